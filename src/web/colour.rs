//! Finds colours with a network, and puts them on a photo.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::picture::Picture;
use super::{js_from_error, set};
use crate::colorize::{self, Hint};
use crate::defade;
use crate::error::Error;
use crate::photo::chroma::{self, Adjustment, ChromaGrid, Colouring};
use crate::photo::tone::CurveGrid;
use crate::photo::{Photo, color};
use crate::task::Task;

#[wasm_bindgen]
impl Engine {
    /// Finds colours for a photo's lightness, in one run of the network.
    ///
    /// `hints` are colours that are known: x and y in photo pixels, red, green and blue, and
    /// how far each reaches beside what is usual, in turn.
    /// Answers with `{ columns, rows, variants: [{ name, uv }] }`, for [`HandedColours`].
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn colours(&self, picture: Picture, hints: &[f32]) -> Result<Object, JsValue> {
        self.find_colours(picture.photo, hints).await.map_err(js_from_error)
    }

    async fn find_colours(&self, photo: Photo, hints: &[f32]) -> Result<Object, Error> {
        let generator = self.needed(Task::Colorize)?;
        let size = photo.size();
        let hints: Vec<Hint> = hints
            .as_chunks::<6>()
            .0
            .iter()
            .map(|&[x, y, r, g, b, reach]| Hint {
                reach,
                ..Hint::dab([x, y], [r, g, b].map(color::byte_from), size)
            })
            .collect();
        let guess = colorize::guess(&photo, &hints, &generator)?;
        let colours = Object::new();
        let variants = js_sys::Array::new();
        for variant in guess.variants() {
            let chroma = guess.chroma(variant.decode).await?;
            let [columns, rows] = chroma.size();
            set(&colours, "columns", columns as f64);
            set(&colours, "rows", rows as f64);
            let named = Object::new();
            set(&named, "name", variant.name);
            set(&named, "uv", js_sys::Float32Array::from(chroma.uv().as_flattened()));
            variants.push(&named);
        }
        set(&colours, "variants", variants);
        Ok(colours)
    }

    /// Finds the curves that undo a photo's fading, in one run of the network: `{ columns, rows,
    /// points }`, for [`HandedCurves`].
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn curves(&self, picture: Picture) -> Result<Object, JsValue> {
        self.find_curves(picture.photo).await.map_err(js_from_error)
    }

    async fn find_curves(&self, photo: Photo) -> Result<Object, Error> {
        let generator = self.needed(Task::Defade)?;
        let grid = defade::curves(&photo, &generator).await?;
        let [columns, rows] = grid.size();
        let curves = Object::new();
        set(&curves, "columns", columns as f64);
        set(&curves, "rows", rows as f64);
        set(&curves, "points", js_sys::Float32Array::from(grid.points()));
        Ok(curves)
    }
}

/// Colours on a coarse grid, such as one of the variants of [`Engine::colours`].
#[wasm_bindgen(js_name = Colours)]
#[derive(Debug)]
pub struct HandedColours(ChromaGrid);

#[wasm_bindgen(js_class = Colours)]
impl HandedColours {
    /// Takes U and V of each cell in turn, row by row.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(columns: usize, rows: usize, uv: &[f32]) -> Result<HandedColours, JsValue> {
        let grid = ChromaGrid::new([columns, rows], uv.as_chunks().0.to_vec());
        grid.map(Self).map_err(js_from_error)
    }
}

/// Curves on a coarse grid, such as those of [`Engine::curves`].
#[wasm_bindgen(js_name = Curves)]
#[derive(Debug)]
pub struct HandedCurves(CurveGrid);

#[wasm_bindgen(js_class = Curves)]
impl HandedCurves {
    /// Takes the points of each cell's three curves in turn, row by row.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(columns: usize, rows: usize, points: &[f32]) -> Result<HandedCurves, JsValue> {
        CurveGrid::from_points([columns, rows], points).map(Self).map_err(js_from_error)
    }
}

/// Tells what kind of colours a photo has: `grey`, `toned` (one colour for each lightness) or
/// `coloured`.
#[wasm_bindgen]
#[must_use]
pub fn colouring(picture: Picture) -> String {
    let photo = picture.photo;
    let verdict = chroma::colouring(photo.rgba(), photo.sides());
    let name = match verdict.colouring {
        Colouring::Grey => "grey",
        Colouring::Toned { .. } => "toned",
        Colouring::Partly { .. } => "partly",
        Colouring::Coloured => "coloured",
    };
    name.into()
}

/// Puts colours on the photo they were found for, or on a copy of it of
/// another size.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn put_colours(
    picture: Picture,
    colours: HandedColours,
    saturation: f32,
    warmth: f32,
    strength: f32,
) -> Result<Picture, JsValue> {
    let HandedColours(chroma) = colours;
    colorize::put(picture.photo, &chroma, Adjustment { saturation, warmth }, strength)
        .map(Picture::from)
        .map_err(js_from_error)
}

/// Applies curves to the photo they were found for, or to a copy of it of another size; `strength`
/// from 0 to 1.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn put_curves(
    picture: Picture,
    curves: HandedCurves,
    strength: f32,
) -> Result<Picture, JsValue> {
    defade::put(picture.photo, curves.0, strength).map(Picture::from).map_err(js_from_error)
}
