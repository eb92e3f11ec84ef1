//! Photos and made-up holes: what one step of training sees.
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

use crate::error::{Error, Result};
use crate::model::outpaint::Sides;
use crate::photo::decode::{decode, is_picture_name};
use crate::pixels::Canvas;

use super::config::Settings;

/// A decoded photo, small: three bytes a pixel.
#[derive(Clone, Debug)]
pub struct Shot {
    size: [u32; 2],
    rgb: Vec<u8>,
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
        let shot = Self { size, rgb };
        let short = size[0].min(size[1]);
        let wanted = u32::try_from(short_px).expect("a side in pixels");
        if short <= wanted {
            return Ok(shot);
        }
        let to = size.map(|side| (u64::from(side) * u64::from(wanted)).div_ceil(u64::from(short)));
        let to = to.map(|side| u32::try_from(side).expect("smaller than it was"));
        let rgb = shot.cropped([0.0, 0.0], size.map(f64::from), to);
        Ok(Self { size: to, rgb })
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

    /// The middle square, resized to `side` pixels, with `hole`.
    #[must_use]
    pub fn central(&self, side: usize, hole: Vec<f32>) -> Canvas {
        let short = f64::from(self.size[0].min(self.size[1]));
        let at = self.size.map(|s| (f64::from(s) - short) / 2.0);
        self.canvas(at, short, side, hole)
    }

    fn canvas(&self, at: [f64; 2], part: f64, side: usize, hole: Vec<f32>) -> Canvas {
        let to = u32::try_from(side).expect("a side in pixels");
        let rgb = self.cropped(at, [part, part], [to, to]);
        let plane = |c: usize| rgb.iter().skip(c).step_by(3).map(|&v| f32::from(v) / 255.0);
        Canvas::new([side, side], (0..3).flat_map(plane).collect(), hole)
    }
}

/// The published hole: the middle half of the columns stays.
#[must_use]
pub fn columns_hole(side: usize) -> Vec<f32> {
    frame_hole(side, [side / 4, 0, side / 4, 0])
}

/// A hole along the sides of a square: `[left, top, right, bottom]` pixels wide.
fn frame_hole(side: usize, [left, top, right, bottom]: [usize; 4]) -> Vec<f32> {
    let known =
        |x: usize, y: usize| (left..side - right).contains(&x) && (top..side - bottom).contains(&y);
    (0..side * side).map(|i| if known(i % side, i / side) { 0.0 } else { 1.0 }).collect()
}

/// A hole for training: the published one, or any set of sides of any width up to a quarter.
fn random_hole(sides: Sides, side: usize, rng: &mut impl Rng) -> Vec<f32> {
    if sides == Sides::Columns || rng.random_bool(0.4) {
        return columns_hole(side);
    }
    // Left, right, both; top, bottom, both; a corner; all around: each as likely as the next.
    const SETS: [[bool; 4]; 12] = [
        [true, false, false, false],
        [false, false, true, false],
        [true, false, true, false],
        [false, true, false, false],
        [false, false, false, true],
        [false, true, false, true],
        [true, true, false, false],
        [false, true, true, false],
        [false, false, true, true],
        [true, false, false, true],
        [true, true, true, true],
        [true, true, true, true],
    ];
    let set = SETS[rng.random_range(0..SETS.len())];
    let full = rng.random_bool(0.5);
    let widths = set.map(|open| match (open, full) {
        (false, _) => 0,
        (true, true) => side / 4,
        (true, false) => rng.random_range(side / 16..=side / 4),
    });
    frame_hole(side, widths)
}

/// What step `step` of a run sees.
#[must_use]
pub fn batch(shots: &[Shot], settings: &Settings, step: usize) -> Vec<Canvas> {
    let seed_of = |i: usize| {
        settings.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ ((step * settings.batch + i) as u64)
    };
    (0..settings.batch)
        .into_par_iter()
        .map(|i| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed_of(i));
            one(shots, settings, step * settings.batch + i, &mut rng)
        })
        .collect()
}

fn one(shots: &[Shot], settings: &Settings, number: usize, rng: &mut impl Rng) -> Canvas {
    let shot = &shots[shuffled(number, shots.len(), settings.seed)];
    let short = f64::from(shot.size[0].min(shot.size[1]));
    let part = short * f64::from(rng.random_range(settings.smallest_crop..=1.0_f32));
    let at = shot.size.map(|s| rng.random_range(0.0..=1.0) * (f64::from(s) - part));
    let hole = random_hole(settings.generator.sides, settings.side_px, rng);
    let canvas = shot.canvas(at, part, settings.side_px, hole);
    if settings.mirror && rng.random_bool(0.5) { mirrored(&canvas) } else { canvas }
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

fn mirrored(canvas: &Canvas) -> Canvas {
    let [w, _] = canvas.size();
    let flip = |planes: &[f32]| -> Vec<f32> {
        planes.chunks_exact(w).flat_map(|row| row.iter().rev().copied()).collect()
    };
    Canvas::new(canvas.size(), flip(canvas.rgb()), flip(canvas.hole()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shots() -> Vec<Shot> {
        let shot = |size: [u32; 2]| {
            let pixels = size[0] * size[1] * 3;
            Shot { size, rgb: (0..pixels).map(|i| (i % 251) as u8).collect() }
        };
        vec![shot([40, 23]), shot([23, 40]), shot([31, 31])]
    }

    #[test]
    fn the_published_hole_keeps_the_middle_64_of_128_columns() {
        let hole = columns_hole(128);
        let row: Vec<f32> = hole[128 * 77..128 * 78].to_vec();
        assert_eq!(
            (0..128).filter(|&x| row[x] == 0.0).collect::<Vec<_>>(),
            (32..96).collect::<Vec<_>>()
        );
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

    #[test]
    fn a_step_sees_the_same_whenever_it_is_asked() {
        let settings =
            Settings { smallest_crop: 0.6, mirror: true, ..Settings::preset("smoke").unwrap() };
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
    fn a_training_hole_never_takes_more_than_a_quarter_from_a_side() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut kinds = std::collections::BTreeSet::new();
        for _ in 0..400 {
            let hole = random_hole(Sides::Any, 32, &mut rng);
            assert!(
                (8..24).all(|y| (8..24).all(|x| hole[y * 32 + x] == 0.0)),
                "the middle is known"
            );
            assert!(hole.contains(&1.0), "something is hidden");
            kinds.insert(
                [hole[16 * 32], hole[16], hole[16 * 32 + 31], hole[31 * 32 + 16]].map(|h| h > 0.5),
            );
        }
        assert_eq!(kinds.len(), 11, "every set of sides comes up: {kinds:?}");
    }
}
