//! Photos, cropped and partly hidden: what one step of training sees.
//!
//! All photos are decoded once and kept small in memory. What a step sees depends only on the seed
//! and the number of the step, so a run that stopped and continued sees the same as one that did
//! not stop.

use std::path::{Path, PathBuf};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::photo::decode::{decode, is_picture_name};
use crate::photo::mosaic::project::smooth;
use crate::photo::mosaic::{self, Grid, MIN_CELL_PX};
use crate::photo::{Between, Photo, size_from_sides};
use crate::pixels::{Canvas, Fill};
use crate::task::Task;

use super::config::{Augment, Settings, Stage};
use super::enlarging::Shrinking;
use super::fading::{Ageing, Damage};
use super::{colours, holes, things, wear};

/// The share of mosaics that consist of whole cells alone.
const WHOLE: f64 = 0.7;
/// A folder of photos, and one beside it with pictures of the same names: white where a thing is.
const IMAGES: &str = "images";
const MASKS: &str = "masks";

/// A decoded photo, kept small: three bytes per pixel.
#[derive(Clone, Debug)]
pub struct Shot {
    size: [u32; 2],
    rgb: Vec<u8>,
    /// What of it is a thing, where its file or a picture beside it says so.
    thing: Option<Thing>,
    /// The first byte of its file's SHA-256.
    hash: u8,
}

/// Which part of a photo is a thing.
#[derive(Clone, Debug)]
struct Thing {
    /// One byte a pixel, 255 where it is.
    alpha: Vec<u8>,
    /// Whether nothing is known of what lies around it: it came with transparency.
    is_loose: bool,
}

/// All photos under a folder.
#[derive(Debug)]
pub struct Shots {
    /// In the order of their paths.
    pub shots: Vec<Shot>,
    /// Damaged files, each with what is wrong; they are skipped.
    pub skipped: Vec<String>,
}

/// Lists every file under `folder` whose name ends like a picture's, sorted. A folder `masks` beside
/// one of `images` is passed by: its pictures say what is a thing in those.
///
/// # Errors
/// [`Error::File`] when a folder cannot be read.
pub fn picture_paths(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error: std::io::Error| Error::File {
            doing: "reading the folder",
            why: error.to_string(),
            path: folder.display().to_string(),
        };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                let is_masks = path.ends_with(MASKS) && path.with_file_name(IMAGES).is_dir();
                folders.extend((!is_masks).then_some(path));
            } else if is_picture_name(&path) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

impl Shots {
    /// Reads all photos under `folder`, shrunk until their short side is `short_px`.
    ///
    /// # Errors
    /// [`Error::File`] when the folder cannot be read, [`Error::BadSetting`] when it holds no photo.
    pub fn read(folder: &Path, short_px: usize) -> Result<Self> {
        let paths = picture_paths(folder)?;
        let read: Vec<_> = paths.par_iter().map(|path| Shot::read(path, short_px)).collect();
        let (mut shots, mut skipped) = (Vec::new(), Vec::new());
        for (path, shot) in paths.iter().zip(read) {
            match shot {
                Ok(shot) => shots.push(shot),
                Err(error) => skipped.push(format!("{error}: {}", path.display())),
            }
        }
        if shots.is_empty() {
            return Err(Error::BadSetting {
                name: "folder of photos",
                expected: "a folder with at least one photo".into(),
                found: folder.display().to_string(),
            });
        }
        Ok(Self { shots, skipped })
    }

    /// Takes out one photo in twenty, to look at only. The hash of its file decides, so that it
    /// stays the same one whatever is added or renamed. At least one photo stays on each side.
    #[must_use]
    pub fn split_off_one_in_twenty(&mut self) -> Self {
        let is_val = |shot: &Shot| shot.hash < 13;
        let (mut val, mut kept): (Vec<_>, Vec<_>) = self.shots.drain(..).partition(is_val);
        if val.is_empty() {
            val.extend(kept.last().cloned());
        }
        if kept.is_empty() {
            kept.extend(val.last().cloned());
        }
        self.shots = kept;
        Self { shots: val, skipped: Vec::new() }
    }
}

impl Shot {
    fn read(path: &Path, short_px: usize) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::File {
            doing: "reading the photo",
            why: error.to_string(),
            path: path.display().to_string(),
        })?;
        let photo = decode(&bytes)?;
        let size = photo.size();
        let rgb: Vec<u8> = photo.rgba().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let hash = Sha256::digest(&bytes)[0];
        let alpha: Vec<u8> = photo.rgba().iter().skip(3).step_by(4).copied().collect();
        let thing = match alpha.iter().all(|&alpha| alpha == 255) {
            true => mask_of(path, size)?.map(|alpha| Thing { alpha, is_loose: false }),
            false => Some(Thing { alpha, is_loose: true }),
        };
        Ok(Self { size, rgb, thing, hash }.shrunk(short_px))
    }

    /// Returns the photo with a short side of at most `short_px`; a loose thing without what is
    /// empty around it.
    fn shrunk(self, short_px: usize) -> Self {
        let [at, part] = match &self.thing {
            Some(Thing { alpha, is_loose: true }) => bounds_of(alpha, self.size),
            _ => [[0.0; 2], self.size.map(f64::from)],
        };
        let short = part[0].min(part[1]);
        let to_short = (short_px as f64).min(short);
        if to_short == short && part == self.size.map(f64::from) {
            return self;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "no larger than it was"
        )]
        let to = part.map(|side| (side * to_short / short).ceil().max(1.0) as u32);
        let thing = self.thing.as_ref().map(|Thing { is_loose, .. }| Thing {
            alpha: self.alpha_of(at, part, to),
            is_loose: *is_loose,
        });
        let rgb = match &thing {
            Some(Thing { is_loose: true, .. }) => {
                let rgba = self.loose(at, part, to);
                rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
            }
            _ => self.cropped(at, part, to),
        };
        Self { size: to, rgb, thing, hash: self.hash }
    }

    /// Returns `[width, height]`.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Returns whether it is known what of it is a thing.
    #[must_use]
    pub fn has_thing(&self) -> bool {
        self.thing.is_some()
    }

    /// Returns what of it is a thing: one byte a pixel, 255 where it is.
    #[must_use]
    pub fn alpha(&self) -> Vec<u8> {
        let nothing = || vec![0; self.rgb.len() / 3];
        self.thing.as_ref().map_or_else(nothing, |thing| thing.alpha.clone())
    }

    /// Returns whether nothing is known of what lies around its thing.
    #[must_use]
    pub fn is_loose(&self) -> bool {
        self.thing.as_ref().is_some_and(|thing| thing.is_loose)
    }

    /// Returns where the box around its thing is, and how large; around all of it without one.
    #[must_use]
    pub fn thing_bounds(&self) -> [[f64; 2]; 2] {
        match &self.thing {
            Some(Thing { alpha, .. }) => bounds_of(alpha, self.size),
            None => [[0.0; 2], self.size.map(f64::from)],
        }
    }

    /// Returns the part at `at` of size `part` with what is no thing transparent, resized to `to`:
    /// rows of RGBA8. What is transparent lends no colour.
    ///
    /// # Panics
    /// If the part is not inside.
    #[must_use]
    pub fn loose(&self, at: [f64; 2], part: [f64; 2], to: [u32; 2]) -> Vec<u8> {
        let opaque = vec![255; self.rgb.len() / 3];
        let alpha = self.thing.as_ref().map_or(&opaque, |thing| &thing.alpha);
        let rgba: Vec<u8> =
            self.rgb.chunks_exact(3).zip(alpha).flat_map(|(p, &a)| [p[0], p[1], p[2], a]).collect();
        self.resized(&rgba, PixelType::U8x4, [at, part], to)
    }

    /// Returns what of the part at `at` of size `part` is a thing, resized to `to`: one byte a pixel.
    fn alpha_of(&self, at: [f64; 2], part: [f64; 2], to: [u32; 2]) -> Vec<u8> {
        match &self.thing {
            Some(Thing { alpha, .. }) => self.resized(alpha, PixelType::U8, [at, part], to),
            None => vec![0; to[0] as usize * to[1] as usize],
        }
    }

    /// Returns the part at `at` of size `part`, resized to `size`, and what of it is a thing: three
    /// planes and one, in `0..=1`.
    #[must_use]
    pub fn with_thing(
        &self,
        at: [f64; 2],
        part: [f64; 2],
        size: [usize; 2],
    ) -> (Vec<f32>, Vec<f32>) {
        let alpha = self.alpha_of(at, part, size_from_sides(size));
        let alpha = alpha.into_iter().map(|v| f32::from(v) / 255.0).collect();
        (self.planes(at, part, size), alpha)
    }

    fn resized(
        &self,
        pixels: &[u8],
        kind: PixelType,
        [at, part]: [[f64; 2]; 2],
        to: [u32; 2],
    ) -> Vec<u8> {
        let from = ImageRef::new(self.size[0], self.size[1], pixels, kind).expect("a whole photo");
        let mut into = Image::new(to[0], to[1], kind);
        let options = ResizeOptions::new().crop(at[0], at[1], part[0], part[1]);
        Resizer::new().resize(&from, &mut into, &options).expect("the crop lies inside");
        into.into_vec()
    }

    /// Returns the part at `at` of size `part`, resized to `to`: rows of RGB8.
    fn cropped(&self, at: [f64; 2], part: [f64; 2], to: [u32; 2]) -> Vec<u8> {
        self.resized(&self.rgb, PixelType::U8x3, [at, part], to)
    }

    /// Returns all of it, as it is kept.
    ///
    /// # Panics
    /// Never: it was a photo when it was read.
    #[must_use]
    pub fn photo(&self) -> Photo {
        let rgba = self.rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        Photo::from_rgba8(self.size, rgba).expect("it was a photo when it was read")
    }

    /// Returns the middle square as the planes of a canvas of `side` pixels.
    #[must_use]
    pub fn central(&self, side: usize) -> Vec<f32> {
        self.middle([side, side])
    }

    /// Returns the largest middle part with these proportions, as the planes of a canvas of this
    /// size.
    #[must_use]
    pub fn middle(&self, size: [usize; 2]) -> Vec<f32> {
        let [at, part] = self.middle_part(size);
        self.planes(at, part, size)
    }

    /// Returns where the largest middle part with these proportions is, and how large.
    pub(super) fn middle_part(&self, size: [usize; 2]) -> [[f64; 2]; 2] {
        let whole = self.size.map(f64::from);
        let scale = [0, 1].map(|axis| whole[axis] / size[axis] as f64);
        let part = size.map(|side| side as f64 * scale[0].min(scale[1]));
        [[0, 1].map(|axis| (whole[axis] - part[axis]) / 2.0), part]
    }

    /// Returns the part at `at` of size `part`, resized to `size` pixels: three planes in `0..=1`.
    fn planes(&self, at: [f64; 2], part: [f64; 2], size: [usize; 2]) -> Vec<f32> {
        let to = size_from_sides(size);
        let rgb = self.cropped(at, part, to);
        let plane = |c: usize| rgb.iter().skip(c).step_by(3).map(|&v| f32::from(v) / 255.0);
        (0..3).flat_map(plane).collect()
    }

    /// Returns a square from anywhere, of any size, turned, sheared, mirrored and lit as `augment`
    /// allows.
    fn augmented(&self, augment: &Augment, side: usize, rng: &mut impl Rng) -> Vec<f32> {
        let within = |most: f32, rng: &mut dyn FnMut() -> f32| most * (2.0 * rng() - 1.0);
        let mut unit = || rng.random_range(0.0..=1.0_f32);
        let angle = within(augment.tilt_degrees.to_radians(), &mut unit);
        let shear = within(augment.skew, &mut unit);
        // A photo that is kept for its detail is never enlarged.
        let sharp =
            augment.kept_px.map_or(0.0, |_| side as f32 / self.size[0].min(self.size[1]) as f32);
        let least = augment.smallest_crop.max(sharp).min(1.0);
        let share = least + (1.0 - least) * unit();
        let place = [unit(), unit()].map(f64::from);
        // Leads from the square that we want to the photo, around the middle of both.
        let [sin, cos] = [angle.sin(), angle.cos()];
        let turn = |u: f32, v: f32| {
            let u = u + shear * v;
            [cos * u - sin * v, sin * u + cos * v]
        };
        // The upright square around it.
        let reach = [turn(1.0, 1.0), turn(1.0, -1.0)]
            .concat()
            .into_iter()
            .fold(0.0_f32, |reach, at| reach.max(at.abs()));
        let short = f64::from(self.size[0].min(self.size[1]));
        let part = (short * f64::from(share) * f64::from(reach)).min(short);
        let at = [0, 1].map(|axis| place[axis] * (f64::from(self.size[axis]) - part));
        let mut planes = if angle == 0.0 && shear == 0.0 {
            self.planes(at, [part; 2], [side; 2])
        } else {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most thrice the side"
            )]
            let outer = (side as f32 * reach).ceil() as usize;
            turned(&self.planes(at, [part; 2], [outer; 2]), outer, side, |u, v| {
                turn(u, v).map(|at| at / reach)
            })
        };
        if augment.mirror && unit() < 0.5 {
            planes = mirrored(&planes, side);
        }
        if augment.turn {
            if unit() < 0.5 {
                planes = upside_down(&planes, side);
            }
            if unit() < 0.5 {
                planes = on_its_side(&planes, side);
            }
        }
        if augment.light > 0.0 {
            let [gain, contrast] =
                [1.0 + within(augment.light, &mut unit), 1.0 + within(augment.light, &mut unit)];
            let mean = planes.iter().sum::<f32>() / planes.len() as f32;
            for value in &mut planes {
                *value = ((*value - mean) * contrast + mean * gain).clamp(0.0, 1.0);
            }
        }
        planes
    }
}

/// Reads what a picture of the same name in a folder `masks` beside this photo's `images` says.
fn mask_of(path: &Path, size: [u32; 2]) -> Result<Option<Vec<u8>>> {
    let folder = path.parent().filter(|folder| folder.ends_with(IMAGES));
    let mask = folder
        .zip(path.file_name())
        .map(|(folder, name)| folder.with_file_name(MASKS).join(name).with_extension("png"));
    let Some(mask) = mask.filter(|mask| mask.is_file()) else { return Ok(None) };
    let bytes = std::fs::read(&mask).map_err(|error| Error::File {
        doing: "reading the mask",
        why: error.to_string(),
        path: mask.display().to_string(),
    })?;
    let mask = decode(&bytes)?;
    if mask.size() != size {
        return Err(Error::BadSetting {
            name: "mask",
            expected: format!("{size:?} pixels, as its photo"),
            found: format!("{:?}", mask.size()),
        });
    }
    Ok(Some(mask.rgba().iter().step_by(4).copied().collect()))
}

/// Where the box around what is not transparent is, and how large; all of it where nothing is.
fn bounds_of(alpha: &[u8], [w, h]: [u32; 2]) -> [[f64; 2]; 2] {
    let width = w as usize;
    let opaque = alpha.iter().enumerate().filter(|(_, alpha)| **alpha > 25);
    let [left, top, right, bottom] =
        opaque.fold([usize::MAX, usize::MAX, 0, 0], |[l, t, r, b], (i, _)| {
            [l.min(i % width), t.min(i / width), r.max(i % width + 1), b.max(i / width + 1)]
        });
    match left < right {
        true => [[left as f64, top as f64], [(right - left) as f64, (bottom - top) as f64]],
        false => [[0.0; 2], [f64::from(w), f64::from(h)]],
    }
}

/// Returns the planes of a square of `outer` pixels as seen through `place`, which says where in it
/// a point of the square of `side` pixels lies; both run from -1 to 1. Bilinear is enough, for the
/// scales are alike.
fn turned(
    planes: &[f32],
    outer: usize,
    side: usize,
    place: impl Fn(f32, f32) -> [f32; 2],
) -> Vec<f32> {
    let to_unit = |at: usize| (at as f32 + 0.5) / side as f32 * 2.0 - 1.0;
    let from_unit = |at: f32| (at + 1.0) / 2.0 * outer as f32 - 0.5;
    let points: Vec<[f32; 2]> = (0..side * side)
        .map(|i| place(to_unit(i % side), to_unit(i / side)).map(from_unit))
        .collect();
    let sample = |plane: &[f32], [x, y]: [f32; 2]| {
        let [across, down] = [x, y].map(|place| Between::new(place, outer));
        let [left, right] = across.cells;
        let row = |y: usize| {
            let [from, to] = [left, right].map(|x| plane[y * outer + x]);
            from * (1.0 - across.share) + to * across.share
        };
        row(down.cells[0]) * (1.0 - down.share) + row(down.cells[1]) * down.share
    };
    let plane = |plane: &[f32]| points.iter().map(|&at| sample(plane, at)).collect::<Vec<_>>();
    planes.chunks_exact(outer * outer).flat_map(plane).collect()
}

fn mirrored(planes: &[f32], width: usize) -> Vec<f32> {
    planes.chunks_exact(width).flat_map(|row| row.iter().rev().copied()).collect()
}

fn upside_down(planes: &[f32], side: usize) -> Vec<f32> {
    let flipped = |plane: &[f32]| plane.rchunks_exact(side).flatten().copied().collect::<Vec<_>>();
    planes.chunks_exact(side * side).flat_map(flipped).collect()
}

/// Swaps rows and columns of squares.
fn on_its_side(planes: &[f32], side: usize) -> Vec<f32> {
    let swapped = |plane: &[f32]| -> Vec<f32> {
        (0..side * side).map(|i| plane[i % side * side + i / side]).collect()
    };
    planes.chunks_exact(side * side).flat_map(swapped).collect()
}

/// What a generator is shown, and what it should have painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The picture with its hole. In the hole lies the truth, which is hidden as [`Fill`] says; for
    /// a mosaic it is what the mosaic tells.
    pub seen: Canvas,
    /// The whole picture, with the same hole.
    pub truth: Canvas,
    /// The cells of the mosaic, if there is one.
    pub grid: Grid,
}

impl Example {
    /// Makes an example of `task`; `grid` holds a mosaic's cells, which are shown as `fill` says.
    #[must_use]
    pub fn new(truth: Canvas, task: Task, fill: Fill, grid: Grid) -> Self {
        if task != Task::Unmosaic {
            return Self { seen: truth.clone(), truth, grid };
        }
        let hole: Vec<u8> = truth.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect();
        let mut mosaic = truth.to_photo();
        mosaic::apply(&mut mosaic, &grid, &hole);
        let seen = match fill {
            Fill::Smooth => truth.of_photo(&smooth(&mosaic, &grid, &hole)),
            _ => truth.of_photo(&mosaic),
        };
        Self { seen, truth, grid }
    }

    /// Makes an example of the middle square of a photo, with the hole that its task is measured
    /// on. For colouring it is as new and without hints; for undoing fading it is faded, for
    /// enlarging it is shrunk, for finding scratches it is worn, as its file's hash decides.
    #[must_use]
    pub fn central(shot: &Shot, task: Task, fill: Fill, side: usize) -> Self {
        let (planes, size) = (shot.central(side), [side, side]);
        let hole = match task {
            Task::Extend => holes::columns(side),
            Task::Fill | Task::Unmosaic => holes::central_box(side),
            Task::Colorize => return colours::coloured(&planes, size, &[], &Damage::NONE),
            Task::Defade => {
                let mut rng = ChaCha8Rng::seed_from_u64(u64::from(shot.hash));
                return colours::faded(planes, size, &Ageing::draw(&mut rng));
            }
            Task::Cutout => return things::central(shot, side),
            Task::Enlarge => {
                let mut rng = ChaCha8Rng::seed_from_u64(u64::from(shot.hash));
                return Shrinking::draw(&mut rng).example(planes, size);
            }
            Task::Scratches => {
                let mut rng = ChaCha8Rng::seed_from_u64(u64::from(shot.hash));
                return wear::worn(&planes, size, &mut rng);
            }
        };
        let truth = Canvas::new(size, planes, hole);
        // Cells of about 12 pixels of 256: whole ones, for networks with a grid of their own.
        let cell = (side as f32 * 12.0 / 256.0).round().max(MIN_CELL_PX);
        Self::new(truth, task, fill, Grid::new([cell; 2], [side as f32 / 4.0; 2]))
    }
}

/// Returns what step `step` of a run sees.
#[must_use]
pub fn batch(shots: &[Shot], settings: &Settings, step: usize) -> Vec<Example> {
    let Stage { batch, .. } = settings.stage(step);
    let size = colours::size(settings, step);
    let first = settings.pictures_before(step);
    let pools = settings.things.map(|_| things::Pools::of(shots));
    (first..first + batch)
        .into_par_iter()
        .map(|number| {
            let seed = settings.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number as u64;
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            match &pools {
                Some(pools) => things::random(pools, settings, size, number, &mut rng),
                None => one(shots, settings, size, number, &mut rng),
            }
        })
        .collect()
}

fn one(
    shots: &[Shot],
    settings: &Settings,
    size: [usize; 2],
    number: usize,
    rng: &mut impl Rng,
) -> Example {
    let shot = &shots[shuffled(number, shots.len(), settings.seed)];
    let side = size[0].max(size[1]);
    let planes = shot.augmented(&settings.augment, side, rng);
    let Some(shares) = settings.holes else {
        let planes =
            if size == [side; 2] { planes } else { colours::cut(&planes, side, size, rng) };
        return match (settings.task, settings.colours) {
            (_, Some(shown)) => colours::random(&planes, size, shown, rng),
            (Task::Enlarge, None) => Shrinking::draw(rng).example(planes, size),
            (Task::Scratches, None) => wear::worn(&planes, size, rng),
            _ => colours::faded(planes, size, &Ageing::draw(rng)),
        };
    };
    let mut hole = holes::random(shares, side, rng);
    let fill = settings.generator.fill(settings.task);
    if let Some(cell_px) = settings.generator.mosaic_px() {
        // Photos end anywhere, and so do regions that people draw.
        if rng.random_bool(WHOLE) {
            hole = holes::whole_cells(&hole, side, cell_px);
        }
        let truth = Canvas::new([side, side], planes, hole);
        let grid = Grid::new([cell_px as f32; 2], [0.0; 2]);
        return Example::new(truth, settings.task, fill, grid);
    }
    let truth = Canvas::new([side, side], planes, hole);
    let whole = side as f32;
    let cells = settings.mosaic.map_or([1.0, 1.0], |m| [m.least_cell, m.largest_cell]);
    let cell = (whole * rng.random_range(cells[0]..=cells[1])).max(MIN_CELL_PX);
    let through = [0, 1].map(|_| whole * rng.random_range(0.0..1.0_f32));
    Example::new(truth, settings.task, fill, Grid::new([cell; 2], through))
}

/// Returns a place in an order that visits every photo once per epoch, in another order each epoch.
pub(super) fn shuffled(number: usize, count: usize, seed: u64) -> usize {
    let epoch = (number / count) as u64;
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ epoch.wrapping_mul(0xD1B5_4A32_D192_ED03));
    // An affine walk whose stride shares no factor with the count visits every place once.
    let start = rng.random_range(0..count);
    let stride = loop {
        let stride = rng.random_range(1..=count);
        if gcd(stride, count) == 1 {
            break stride;
        }
    };
    (start + (number % count) * stride) % count
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shots() -> Vec<Shot> {
        let shot = |size: [u32; 2]| {
            let pixels = size[0] * size[1] * 3;
            Shot { size, rgb: (0..pixels).map(|i| (i % 251) as u8).collect(), thing: None, hash: 0 }
        };
        vec![shot([40, 23]), shot([23, 40]), shot([31, 31])]
    }

    #[test]
    fn every_photo_comes_once_an_epoch_and_in_another_order_the_next() {
        let epoch =
            |e: usize| (e * 97..(e + 1) * 97).map(|n| shuffled(n, 97, 5)).collect::<Vec<_>>();
        let mut seen = epoch(3);
        assert_ne!(seen, epoch(4));
        seen.sort_unstable();
        assert_eq!(seen, (0..97).collect::<Vec<_>>());
    }

    fn settings(task: Task, changes: &[&str]) -> Settings {
        let changes: Vec<_> = changes.iter().map(|&change| change.to_owned()).collect();
        Settings::preset(task, "smoke", &changes).unwrap()
    }

    #[test]
    fn one_photo_in_twenty_is_held_out_by_its_hash_alone() {
        let shot = |hash| Shot { hash, ..shots()[0].clone() };
        let mut all = Shots { shots: (0..=255).map(shot).collect(), skipped: Vec::new() };
        let val = all.split_off_one_in_twenty();
        assert_eq!([val.shots.len(), all.shots.len()], [13, 243]);
        assert!(val.shots.iter().all(|shot| shot.hash < 13));
        let mut one = Shots { shots: vec![shot(200)], skipped: Vec::new() };
        assert_eq!([one.split_off_one_in_twenty().shots.len(), one.shots.len()], [1, 1]);
    }

    #[test]
    fn a_step_sees_the_same_whenever_it_is_asked() {
        let all = [
            "augment.smallest_crop=0.6",
            "augment.mirror=true",
            "augment.tilt_degrees=20.0",
            "augment.skew=0.1",
            "augment.light=0.2",
        ];
        let settings = settings(Task::Fill, &all);
        assert_eq!(batch(&shots(), &settings, 9), batch(&shots(), &settings, 9));
        assert_ne!(batch(&shots(), &settings, 9), batch(&shots(), &settings, 10));
        let other = Settings { seed: settings.seed + 256, ..settings.clone() };
        assert_ne!(
            batch(&shots(), &settings, 9),
            batch(&shots(), &other, 9),
            "all of the seed counts"
        );
    }

    #[test]
    fn a_step_to_colour_or_restore_sees_the_same_whenever_it_is_asked() {
        for task in [Task::Colorize, Task::Defade] {
            let settings = settings(task, &["augment.slimmest=0.5", "stages.0.side_px=128"]);
            let seen = |number| batch(&shots(), &settings, number);
            assert_eq!(seen(9), seen(9));
            assert_ne!(seen(9), seen(10));
            let sizes: Vec<_> = (0..9).map(|number| seen(number)[0].seen.size()).collect();
            assert!(sizes.iter().any(|size| size[0] != size[1]), "{sizes:?}: not all are square");
            assert!((0..9).all(|n| seen(n).iter().all(|e| e.seen.size() == sizes[n])), "as one");
            let hints = (0..9).flat_map(seen).filter(|e| e.seen.hole().contains(&0.0)).count();
            assert_eq!(hints > 0, task == Task::Colorize, "{hints} of 36 show colours");
        }
    }

    #[test]
    fn a_network_at_the_grid_of_cells_sees_its_mosaics_there() {
        let changes = ["stages.0.side_px=32", "augment.kept_px=40"].map(str::to_owned);
        let settings = Settings::preset(Task::Unmosaic, "ship", &changes).unwrap();
        let seen: Vec<Example> = (0..6).flat_map(|n| batch(&shots(), &settings, n)).collect();
        assert!(seen.iter().all(|e| e.grid == Grid::new([4.0; 2], [0.0; 2])));
        let is_whole = |e: &&Example| holes::whole_cells(e.seen.hole(), 32, 4) == e.seen.hole();
        let whole = seen.iter().filter(is_whole).count();
        assert!((48..96).contains(&whole), "{whole} of 96 holes are whole cells");
        let hidden = |e: &Example| e.seen.hole().iter().sum::<f32>() / 1024.0;
        assert!(seen.iter().map(hidden).sum::<f32>() / 96.0 > 0.4, "most of a picture counts");
    }

    #[test]
    fn a_picture_is_turned_without_losing_a_pixel() {
        let planes: Vec<f32> = (0..27).map(|i| i as f32).collect();
        assert_eq!(upside_down(&planes, 3)[..9], [6., 7., 8., 3., 4., 5., 0., 1., 2.]);
        assert_eq!(on_its_side(&planes, 3)[9..18], [9., 12., 15., 10., 13., 16., 11., 14., 17.]);
    }

    #[test]
    fn each_augmentation_changes_the_picture_and_keeps_its_range() {
        let plain = settings(Task::Fill, &[]);
        for change in [
            "augment.smallest_crop=0.5",
            "augment.tilt_degrees=30.0",
            "augment.skew=0.3",
            "augment.light=0.3",
        ] {
            let other = settings(Task::Fill, &[change]);
            let [a, b] = [&plain, &other].map(|settings| batch(&shots(), settings, 3));
            assert!(a.iter().zip(&b).any(|(a, b)| a.truth.rgb() != b.truth.rgb()), "{change}");
            assert!(b.iter().all(|e| e.truth.rgb().iter().all(|v| (0.0..=1.0).contains(v))));
        }
        let mut turned = plain.clone();
        turned.augment.turn = true;
        assert_ne!(batch(&shots(), &plain, 3), batch(&shots(), &turned, 3));
    }

    #[test]
    fn a_quarter_turn_moves_every_pixel_to_its_place() {
        let planes: Vec<f32> = (0..48).map(|i| i as f32).collect();
        let got = turned(&planes, 4, 4, |u, v| [-v, u]);
        for (i, value) in got.iter().enumerate() {
            let [c, y, x] = [i / 16, i % 16 / 4, i % 4];
            assert!((value - planes[c * 16 + x * 4 + 3 - y]).abs() < 1e-4, "{i}: {value}");
        }
        let same = turned(&planes, 4, 4, |u, v| [u, v]);
        assert!(same.iter().zip(&planes).all(|(a, b)| (a - b).abs() < 1e-4), "control: no turn");
    }

    #[test]
    fn a_mosaic_hides_all_but_the_means_of_its_cells() {
        let noise = |i: usize| ((i * 7919) % 101) as f32 / 101.0;
        let hole = holes::central_box(32);
        let grid = Grid::new([4.0; 2], [8.0; 2]);
        let truth = Canvas::new([32, 32], (0..3 * 1024).map(noise).collect(), hole.clone());
        let example = Example::new(truth.clone(), Task::Unmosaic, Fill::Smooth, grid);
        assert_eq!(example.truth, truth);
        let cell = |canvas: &Canvas| -> f32 {
            (12..16)
                .flat_map(|y| (8..12).map(move |x| y * 32 + x))
                .map(|i| canvas.rgb()[i])
                .sum::<f32>()
                / 16.0
        };
        let off = (cell(&example.seen) - cell(&truth)).abs() * 255.0;
        assert!(off <= 1.0, "a cell's mean is {off} of 255 off");
        let apart = |i: usize| (example.seen.rgb()[i] - truth.rgb()[i]).abs();
        assert!(
            (0..1024).filter(|&i| hole[i] < 0.5).all(|i| apart(i) < 0.003),
            "outside as it was"
        );
        assert!((0..1024).filter(|&i| hole[i] > 0.5 && apart(i) > 0.05).count() > 100, "hidden");
        let plain = Example::new(truth.clone(), Task::Fill, Fill::Smooth, grid);
        assert_eq!(plain.seen, truth, "control: without a mosaic nothing is changed");
    }
}
