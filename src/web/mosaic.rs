//! Finds, makes and undoes mosaics.

use js_sys::{Float32Array, Object, Uint32Array};
use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::picture::{HandedHole, Picture};
use super::{js_from_error, set};
use crate::error::Error;
use crate::generator::Generator;
use crate::photo::mosaic::{self, Grid, MIN_CELL_PX};
use crate::task::Task;
use crate::unmosaic::{self, Mosaic};

/// The cells of a mosaic.
#[wasm_bindgen(js_name = Cells)]
#[derive(Debug)]
pub struct HandedCells(Grid);

#[wasm_bindgen(js_class = Cells)]
impl HandedCells {
    /// Takes the sides of a cell, and where the first upright and level lines run.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(cell: &[f32], phase: &[f32]) -> Result<HandedCells, JsValue> {
        match (cell, phase) {
            (&[a, b], &[x, y]) if a.min(b) >= MIN_CELL_PX && (a + b + x + y).is_finite() => {
                Ok(Self(Grid::new([a, b], [x, y])))
            }
            _ => Err(js_from_error(Error::BadSetting {
                name: "cells",
                expected: format!("two sides of at least {MIN_CELL_PX} pixels and a place"),
                found: format!("{cell:?} through {phase:?}"),
            })),
        }
    }
}

#[wasm_bindgen]
impl Engine {
    /// As [`unmosaic()`], painted by the weights that were trained for it, in one run of the network.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn unmosaic(
        &self,
        picture: Picture,
        hole: HandedHole,
        cells: HandedCells,
        detail: f32,
    ) -> Result<Picture, JsValue> {
        let generator = self.needed(Task::Unmosaic).map_err(js_from_error)?;
        undone(picture, hole, cells, detail, Some(&generator)).await.map_err(js_from_error)
    }
}

/// Finds the mosaic in a photo, or the cells of the one that `hole` covers.
///
/// Answers with `{ cell, phase, confidence, spans }`: the numbers of its [`HandedCells`], the chance
/// that it is a mosaic, and what it covers: row, first and end column, in turn.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn find_mosaic(picture: Picture, hole: Option<HandedHole>) -> Result<Object, JsValue> {
    let photo = picture.photo;
    let found = match hole {
        Some(HandedHole(hole)) => Mosaic::found_within(&photo, hole),
        None => Mosaic::found(&photo),
    };
    let mosaic = found.map_err(js_from_error)?;
    let parts = mosaic.hole().parts();
    let spans: Vec<u32> = parts.runs().iter().flat_map(|r| [r.y, r.first, r.end]).collect();
    let Grid { cell, phase } = mosaic.grid();
    let object = Object::new();
    set(&object, "cell", Float32Array::from(&cell[..]));
    set(&object, "phase", Float32Array::from(&phase[..]));
    set(&object, "confidence", mosaic.confidence());
    set(&object, "spans", Uint32Array::from(&spans[..]));
    Ok(object)
}

/// Makes the steps of a mosaic smooth. `detail`, from 0 to 1, says how much is borrowed from the
/// photo around it.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub async fn unmosaic(
    picture: Picture,
    hole: HandedHole,
    cells: HandedCells,
    detail: f32,
) -> Result<Picture, JsValue> {
    undone(picture, hole, cells, detail, None).await.map_err(js_from_error)
}

async fn undone(
    Picture { photo, .. }: Picture,
    HandedHole(hole): HandedHole,
    HandedCells(grid): HandedCells,
    detail: f32,
    generator: Option<&Generator>,
) -> Result<Picture, Error> {
    let options = unmosaic::Options { detail, ..unmosaic::Options::default() };
    let painted = Mosaic::new(hole, grid)?.painted(&photo, options, generator).await?;
    Ok(if detail > 0.0 { painted.into() } else { painted.photo.into() })
}

/// Puts a mosaic on what `hole` covers.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn pixelate(
    picture: Picture,
    hole: HandedHole,
    cells: HandedCells,
) -> Result<Picture, JsValue> {
    let (mut photo, HandedHole(hole), HandedCells(grid)) = (picture.photo, hole, cells);
    hole.check_fits(photo.size()).map_err(js_from_error)?;
    mosaic::apply(&mut photo, &grid, hole.pixels());
    Ok(photo.into())
}
