//! Measures a generator on photos it never saw, beside the plain baselines.

use std::path::Path;

use burn::tensor::Device;
use serde::Serialize;

use crate::error::Result;
use crate::extend::{Amounts, Extension, Finish, Options};
use crate::photo::{Photo, seam};
use crate::pixels::{Canvas, byte_from_unit};
use crate::weights::Generator;

use super::data::{Shots, columns_hole};
use super::metrics::{Baseline, squared_error};
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
    let canvas = |shot: &super::data::Shot| shot.central(SIDE_PX, columns_hole(SIDE_PX));
    let canvases: Vec<Canvas> = shots.shots.iter().map(canvas).collect();
    let mut rows = Vec::new();
    for generator in generators {
        for (how, finish) in [("", Finish::Blended), (", network only", Finish::NetworkOnly)] {
            let filled: Result<Vec<_>> =
                canvases.iter().map(|canvas| extended(canvas, finish, generator)).collect();
            let method = format!("{}{how}", generator.card.name);
            rows.push(row(method, &canvases, &filled?));
        }
    }
    for (name, baseline) in Baseline::ALL {
        let filled: Vec<_> = canvases.iter().map(|canvas| baseline.fill(canvas)).collect();
        rows.push(row(name.to_owned(), &canvases, &filled));
    }
    let truth: Vec<_> = canvases.iter().map(|canvas| canvas.rgb().to_vec()).collect();
    rows.push(row("the photo itself".to_owned(), &canvases, &truth));
    if let (Some(path), Some(generator)) = (sheet_path, generators.first()) {
        sheet::draw(
            &generator.net,
            generator.card.config.fill,
            &sheet::watched(&shots.shots, generator.card.side_px),
            device,
            path,
        )?;
    }
    let set_up = format!("middle square at {SIDE_PX}², middle half of the columns kept");
    Ok(Table { set_up, photos: canvases.len(), skipped: shots.skipped, rows })
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

fn row(method: String, canvases: &[Canvas], filled: &[Vec<f32>]) -> Row {
    let mean = |of: fn(&[u8], &[u8], [usize; 2]) -> f64| {
        let each = canvases.iter().zip(filled).map(|(canvas, filled)| {
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
        each.sum::<f64>() / canvases.len().max(1) as f64
    };
    Row {
        method,
        rmse: rmse(canvases, filled),
        seam: mean(seam::score),
        sharpness: mean(seam::sharpness),
    }
}

fn rmse(canvases: &[Canvas], filled: &[Vec<f32>]) -> f64 {
    let errors = canvases.iter().zip(filled).map(|(canvas, filled)| squared_error(canvas, filled));
    let (sum, count) = errors.fold((0.0, 0), |(s, n), (sum, count)| (s + sum, n + count));
    (sum / count as f64).sqrt()
}
