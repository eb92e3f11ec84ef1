//! Measures a generator on photos it never saw, beside the plain baselines.

use std::path::Path;

use burn::tensor::Device;
use serde::Serialize;

use crate::error::Result;
use crate::extend::{Amounts, Extension, Finish, Options};
use crate::photo::{Photo, seam};
use crate::pixels::{Canvas, Fill, byte_from_unit};

use crate::weights::{Generator, Task};

use super::data::{Example, Shots};
use super::metrics::{Baseline, rmse};
use super::sheet;

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// A pack's name or a baseline's.
    pub method: String,
    /// Root of the mean squared error over all painted values, in units of 255.
    pub rmse: f64,
    /// How visible the border is, 1 = not at all: [`seam::score`], mean over the photos.
    pub seam: f64,
    /// How sharp the painted part is beside the photo, 1 = alike: [`seam::sharpness`], likewise.
    pub sharpness: f64,
}

/// The table that `naobu eval extend` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// How it was measured, in one sentence.
    pub set_up: String,
    /// Photos measured.
    pub photos: usize,
    /// Files skipped as damaged.
    pub skipped: Vec<String>,
    /// Ours first, then the baselines.
    pub rows: Vec<Row>,
}

/// Paints the outer columns of each photo's middle square and compares with the truth.
///
/// # Errors
/// As [`Shots::read`], and [`crate::error::Error::File`] when the sheet cannot be written.
pub fn extend(
    generators: &[Generator],
    photos: &Path,
    device: &Device,
    sheet_path: Option<&Path>,
) -> Result<Table> {
    const SIDE_PX: usize = 128;
    let shots = Shots::read(photos, SIDE_PX)?;
    let example = |shot| Example::central(shot, Task::Extend, Fill::Mean, SIDE_PX);
    let examples: Vec<Example> = shots.shots.iter().map(example).collect();
    let mut rows = Vec::new();
    for generator in generators {
        for (how, finish) in [("", Finish::Blended), (", network only", Finish::NetworkOnly)] {
            let filled: Result<Vec<_>> =
                examples.iter().map(|e| extended(&e.seen, finish, generator)).collect();
            let method = format!("{}{how}", generator.card.name);
            rows.push(row(method, &examples, &filled?));
        }
    }
    for (name, baseline) in Baseline::ALL {
        let filled: Vec<_> = examples.iter().map(|e| baseline.fill(&e.seen)).collect();
        rows.push(row(name.to_owned(), &examples, &filled));
    }
    let truth: Vec<_> = examples.iter().map(|e| e.truth.rgb().to_vec()).collect();
    rows.push(row("the photo itself".to_owned(), &examples, &truth));
    if let (Some(path), Some(generator)) = (sheet_path, generators.first()) {
        let stride = shots.shots.len().div_ceil(24).max(1);
        let side = generator.card.side_px;
        let some = shots.shots.iter().step_by(stride);
        let some: Vec<_> =
            some.map(|shot| Example::central(shot, Task::Extend, generator.fill(), side)).collect();
        let made = (&generator.card.config, Task::Extend);
        let painted = sheet::painted(&generator.net, made, &some, device);
        sheet::draw(&some, &painted, path)?;
    }
    let set_up = format!("middle square at {SIDE_PX}², middle half of the columns kept");
    Ok(Table { set_up, photos: examples.len(), skipped: shots.skipped, rows })
}

/// The canvas's planes as the command and the page would paint them: the visible columns alone are
/// the photo, extended to both sides.
fn extended(canvas: &Canvas, finish: Finish, generator: &Generator) -> Result<Vec<f32>> {
    let [w, h] = canvas.size();
    let quarter = w / 4;
    let visible = |i: &usize| (quarter..w - quarter).contains(&(i % w));
    let pixel = |i: usize| {
        let [r, g, b] = [0, 1, 2].map(|c| byte_from_unit(canvas.rgb()[c * w * h + i]));
        [r, g, b, 255]
    };
    let side = |px: usize| u32::try_from(px).expect("a side in pixels");
    let photo = (0..w * h).filter(visible).flat_map(pixel).collect();
    let photo = Photo::from_rgba8([side(w - 2 * quarter), side(h)], photo)?;
    let options = Options { finish, ..Options::default() };
    let amounts = Amounts { left: side(quarter), right: side(quarter), ..Amounts::default() };
    let mut extension = Extension::new(photo, amounts, options, generator)?;
    for _ in 0..extension.steps() {
        pollster::block_on(extension.step(generator))?;
    }
    let result = extension.finish();
    let plane = |c: usize| result.rgba().iter().skip(c).step_by(4).map(|&v| f32::from(v) / 255.0);
    Ok((0..3).flat_map(plane).collect())
}

fn row(method: String, examples: &[Example], filled: &[Vec<f32>]) -> Row {
    let mean = |of: fn(&[u8], &[u8], [usize; 2]) -> f64| {
        let each = examples.iter().zip(filled).map(|(example, filled)| {
            let canvas = &example.truth;
            let pixels = canvas.hole().len();
            let rgba: Vec<u8> = (0..4 * pixels)
                .map(|i| match i % 4 {
                    3 => 255,
                    channel => byte_from_unit(filled[channel * pixels + i / 4]),
                })
                .collect();
            let hole: Vec<u8> = canvas.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect();
            of(&rgba, &hole, canvas.size())
        });
        each.sum::<f64>() / examples.len().max(1) as f64
    };
    Row {
        method,
        rmse: rmse(examples, filled),
        seam: mean(seam::score),
        sharpness: mean(seam::sharpness),
    }
}
