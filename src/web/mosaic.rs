//! Mosaics: found, made, and undone.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::picture::Picture;
use super::{js_from_error, set};
use crate::error::Error;
use crate::generator::Generator;
use crate::photo::Photo;
use crate::photo::hole::Hole;
use crate::photo::mosaic::{self, Grid, MIN_CELL_PX};
use crate::task::Task;
use crate::unmosaic::{self, Mosaic};

#[wasm_bindgen]
impl Engine {
    /// As [`unmosaic()`], painted by the weights that were trained for it, in one run of the network.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[expect(clippy::too_many_arguments, reason = "JavaScript passes plain numbers")]
    pub async fn unmosaic(
        &self,
        width: u32,
        height: u32,
        rgba: Vec<u8>,
        hole: Vec<u8>,
        cell: &[f32],
        phase: &[f32],
        detail: f32,
    ) -> Result<Picture, JsValue> {
        let mosaic = mosaic_from([width, height], hole, cell, phase);
        let painted = async {
            let generator = self.needed(Task::Unmosaic)?;
            let photo = Photo::from_rgba8([width, height], rgba)?;
            undone(photo, mosaic?, detail, Some(&generator)).await
        };
        painted.await.map_err(js_from_error)
    }
}

/// Finds the mosaic in a photo, or the cells of the one that `hole` covers (one byte a pixel).
///
/// Answers with `{ cell, phase, confidence, spans }`: the cells' sides, where the first upright and
/// level lines run, the chance that it is a mosaic, and what it covers: row, first and end column,
/// in turn.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn find_mosaic(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    hole: Option<Vec<u8>>,
) -> Result<Object, JsValue> {
    let found = || {
        let photo = Photo::from_rgba8([width, height], rgba)?;
        match hole {
            Some(hole) => Mosaic::found_within(&photo, Hole::from_bytes([width, height], hole)?),
            None => Mosaic::found(&photo),
        }
    };
    let (mosaic, confidence) = found().map_err(js_from_error)?;
    let parts = mosaic.hole().parts();
    let spans: Vec<u32> = parts.runs().iter().flat_map(|r| [r.y, r.first, r.end]).collect();
    let Grid { cell, phase } = mosaic.grid();
    let object = Object::new();
    set(&object, "cell", js_sys::Float32Array::from(&cell[..]));
    set(&object, "phase", js_sys::Float32Array::from(&phase[..]));
    set(&object, "confidence", confidence);
    set(&object, "spans", js_sys::Uint32Array::from(&spans[..]));
    Ok(object)
}

/// Makes the steps of a mosaic smooth; `cell` and `phase` as [`find_mosaic`] has them. `detail`, 0 to
/// 1: how much of the photo around is borrowed for it.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "JavaScript passes plain numbers")]
pub async fn unmosaic(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    hole: Vec<u8>,
    cell: &[f32],
    phase: &[f32],
    detail: f32,
) -> Result<Picture, JsValue> {
    let mosaic = mosaic_from([width, height], hole, cell, phase);
    let painted = async {
        let photo = Photo::from_rgba8([width, height], rgba)?;
        undone(photo, mosaic?, detail, None).await
    };
    painted.await.map_err(js_from_error)
}

/// The mosaic in a hole of a photo of `size`, its cells as JavaScript has them.
fn mosaic_from(
    size: [u32; 2],
    hole: Vec<u8>,
    cell: &[f32],
    phase: &[f32],
) -> Result<Mosaic, Error> {
    Mosaic::new(Hole::from_bytes(size, hole)?, grid_from(cell, phase)?)
}

async fn undone(
    photo: Photo,
    mosaic: Mosaic,
    detail: f32,
    generator: Option<&Generator>,
) -> Result<Picture, Error> {
    let options = unmosaic::Options { detail, ..unmosaic::Options::default() };
    let painted = mosaic.painted(&photo, options, generator).await?;
    Ok(if detail > 0.0 { painted.into() } else { painted.photo.into() })
}

/// Puts a mosaic on a photo; `hole`, `cell` and `phase` as [`find_mosaic`] has them.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "JavaScript passes plain numbers")]
pub fn pixelate(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    hole: Vec<u8>,
    cell: &[f32],
    phase: &[f32],
) -> Result<Picture, JsValue> {
    let pixelated = || {
        let mut photo = Photo::from_rgba8([width, height], rgba)?;
        let hole = Hole::from_bytes([width, height], hole)?;
        let grid = grid_from(cell, phase)?;
        mosaic::apply(&mut photo, &grid, hole.pixels());
        Ok(photo)
    };
    pixelated().map(Picture::from).map_err(js_from_error)
}

fn grid_from(cell: &[f32], phase: &[f32]) -> Result<Grid, Error> {
    match (cell, phase) {
        (&[a, b], &[x, y]) if a.min(b) >= MIN_CELL_PX && (a + b + x + y).is_finite() => {
            Ok(Grid::new([a, b], [x, y]))
        }
        _ => Err(Error::BadSetting {
            name: "cells",
            expected: format!("two sides of at least {MIN_CELL_PX} pixels and a place"),
            found: format!("{cell:?} through {phase:?}"),
        }),
    }
}
