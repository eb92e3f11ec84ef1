//! Photos, cropped and hidden in part: what one step of training sees.
//!
//! All photos are decoded once and kept small in memory. What a step sees depends on the seed and
//! the number of the step alone, so a run that stopped and went on sees the same as one that did
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
use super::fading::{Ageing, Damage};
use super::{colours, holes};

/// A decoded photo, small: three bytes a pixel.
#[derive(Clone, Debug)]
pub struct Shot {
    size: [u32; 2],
    rgb: Vec<u8>,
    /// The first byte of its file's SHA-256.
    hash: u8,
}

/// All photos under a folder.
#[derive(Debug)]
pub struct Shots {
    /// In the order of their paths.
    pub shots: Vec<Shot>,
    /// Damaged files, each with what is wrong; they are skipped.
    pub skipped: Vec<String>,
}

/// Every file under `folder`, sorted, whose name ends like a picture's.
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
                folders.push(path);
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

    /// Takes one photo in twenty out, to look at only: by the hash of its file, so that it stays
    /// the same one whatever is added or renamed. At least one stays on each side.
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
        let shot = Self { size, rgb, hash };
        let short = size[0].min(size[1]);
        let wanted = u32::try_from(short_px).expect("a side in pixels");
        if short <= wanted {
            return Ok(shot);
        }
        let to = size.map(|side| (u64::from(side) * u64::from(wanted)).div_ceil(u64::from(short)));
        let to = to.map(|side| u32::try_from(side).expect("smaller than it was"));
        let rgb = shot.cropped([0.0, 0.0], size.map(f64::from), to);
        Ok(Self { size: to, rgb, hash })
    }

    /// The part at `at` of size `part`, resized to `to`: rows of RGB8.
    fn cropped(&self, at: [f64; 2], part: [f64; 2], to: [u32; 2]) -> Vec<u8> {
        let from = ImageRef::new(self.size[0], self.size[1], &self.rgb, PixelType::U8x3)
            .expect("three bytes a pixel");
        let mut into = Image::new(to[0], to[1], PixelType::U8x3);
        let options = ResizeOptions::new().crop(at[0], at[1], part[0], part[1]);
        Resizer::new().resize(&from, &mut into, &options).expect("the crop lies inside");
        into.into_vec()
    }

    /// All of it, as it is kept.
    ///
    /// # Panics
    /// Never: it was a photo when it was read.
    #[must_use]
    pub fn photo(&self) -> Photo {
        let rgba = self.rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        Photo::from_rgba8(self.size, rgba).expect("it was a photo when it was read")
    }

    /// The middle square as the planes of a canvas of `side` pixels.
    #[must_use]
    pub fn central(&self, side: usize) -> Vec<f32> {
        self.middle([side, side])
    }

    /// The largest middle part with these proportions, as the planes of a canvas of this size.
    #[must_use]
    pub fn middle(&self, size: [usize; 2]) -> Vec<f32> {
        let whole = self.size.map(f64::from);
        let scale = [0, 1].map(|axis| whole[axis] / size[axis] as f64);
        let part = size.map(|side| side as f64 * scale[0].min(scale[1]));
        self.planes([0, 1].map(|axis| (whole[axis] - part[axis]) / 2.0), part, size)
    }

    /// The part at `at` of size `part`, resized to `size` pixels: three planes in `0..=1`.
    fn planes(&self, at: [f64; 2], part: [f64; 2], size: [usize; 2]) -> Vec<f32> {
        let to = size_from_sides(size);
        let rgb = self.cropped(at, part, to);
        let plane = |c: usize| rgb.iter().skip(c).step_by(3).map(|&v| f32::from(v) / 255.0);
        (0..3).flat_map(plane).collect()
    }

    /// A square from anywhere, of any size, turned, sheared, mirrored and lit as `augment` allows.
    fn augmented(&self, augment: &Augment, side: usize, rng: &mut impl Rng) -> Vec<f32> {
        let within = |most: f32, rng: &mut dyn FnMut() -> f32| most * (2.0 * rng() - 1.0);
        let mut unit = || rng.random_range(0.0..=1.0_f32);
        let angle = within(augment.tilt_degrees.to_radians(), &mut unit);
        let shear = within(augment.skew, &mut unit);
        let share = augment.smallest_crop + (1.0 - augment.smallest_crop) * unit();
        let place = [unit(), unit()].map(f64::from);
        // From the square we want to the photo, around the middle of both.
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

/// The planes of a square of `outer` pixels seen through `place`, which says where in it a point of
/// the square of `side` pixels lies; both run from -1 to 1. Bilinear: the scales are alike.
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

/// What a generator is shown, and what it should have painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The picture with its hole. What lies in the hole is the truth, to be hidden as
    /// [`Fill`] says; for a mosaic it is what the mosaic tells.
    pub seen: Canvas,
    /// The whole picture, the same hole.
    pub truth: Canvas,
    /// The cells of the mosaic, where there is one.
    pub grid: Grid,
}

impl Example {
    /// An example of `task`; `grid` is that of a mosaic's cells, shown as `fill` says.
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

    /// The middle square of a photo with the hole that its task is measured on; to be coloured it is
    /// as new and without hints, faded it is as its file's hash decides.
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
        };
        let truth = Canvas::new(size, planes, hole);
        // Cells of 12 pixels of 256.
        let cell = (side as f32 * 12.0 / 256.0).max(MIN_CELL_PX);
        Self::new(truth, task, fill, Grid::new([cell; 2], [side as f32 / 4.0; 2]))
    }
}

/// What step `step` of a run sees.
#[must_use]
pub fn batch(shots: &[Shot], settings: &Settings, step: usize) -> Vec<Example> {
    let Stage { batch, .. } = settings.stage(step);
    let size = colours::size(settings, step);
    let first = settings.pictures_before(step);
    (first..first + batch)
        .into_par_iter()
        .map(|number| {
            let seed = settings.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number as u64;
            one(shots, settings, size, number, &mut ChaCha8Rng::seed_from_u64(seed))
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
        return match settings.colours {
            Some(shown) => colours::random(&planes, size, shown, rng),
            None => colours::faded(planes, size, &Ageing::draw(rng)),
        };
    };
    let truth = Canvas::new([side, side], planes, holes::random(shares, side, rng));
    let whole = side as f32;
    let cells = settings.mosaic.map_or([1.0, 1.0], |m| [m.least_cell, m.largest_cell]);
    let cell = (whole * rng.random_range(cells[0]..=cells[1])).max(MIN_CELL_PX);
    let through = [0, 1].map(|_| whole * rng.random_range(0.0..1.0_f32));
    let fill = settings.generator.fill(settings.task);
    Example::new(truth, settings.task, fill, Grid::new([cell; 2], through))
}

/// The place in an order that visits every photo once per epoch, another order each epoch.
fn shuffled(number: usize, count: usize, seed: u64) -> usize {
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
            Shot { size, rgb: (0..pixels).map(|i| (i % 251) as u8).collect(), hash: 0 }
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
