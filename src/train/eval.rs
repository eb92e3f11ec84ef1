//! Measures a generator on photos it never saw, beside the plain baselines.

use std::path::Path;

use burn::tensor::Device;
use serde::Serialize;

use crate::error::Result;
use crate::pixels::Canvas;
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
        let filled = sheet::painted(&generator.net, generator.card.config.fill, &canvases, device);
        rows.push(Row { method: generator.card.name.clone(), rmse: rmse(&canvases, &filled) });
    }
    for (name, baseline) in Baseline::ALL {
        let filled: Vec<_> = canvases.iter().map(|canvas| baseline.fill(canvas)).collect();
        rows.push(Row { method: name.to_owned(), rmse: rmse(&canvases, &filled) });
    }
    if let (Some(path), Some(generator)) = (sheet_path, generators.first()) {
        sheet::draw(&generator.net, generator.card.config.fill, &sheet::watched(&shots.shots, SIDE_PX), device, path)?;
    }
    let set_up = format!("middle square at {SIDE_PX}², middle half of the columns kept");
    Ok(Table { set_up, photos: canvases.len(), skipped: shots.skipped, rows })
}

fn rmse(canvases: &[Canvas], filled: &[Vec<f32>]) -> f64 {
    let errors = canvases.iter().zip(filled).map(|(canvas, filled)| squared_error(canvas, filled));
    let (sum, count) = errors.fold((0.0, 0), |(s, n), (sum, count)| (s + sum, n + count));
    (sum / count as f64).sqrt()
}
