//! Colours: found by a network, put on a photo.

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
    /// `hints` are colours that are known: x and y in photo pixels, red, green and blue, in turn.
    /// Answers with `{ columns, rows, variants: [{ name, uv }] }`, for [`put_colours`].
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn colours(
        &self,
        width: u32,
        height: u32,
        rgba: Vec<u8>,
        hints: &[f32],
    ) -> Result<Object, JsValue> {
        let found = self.find_colours([width, height], rgba, hints).await;
        found.map_err(js_from_error)
    }

    async fn find_colours(
        &self,
        size: [u32; 2],
        rgba: Vec<u8>,
        hints: &[f32],
    ) -> Result<Object, Error> {
        let generator = self.needed(Task::Colorize)?;
        let photo = Photo::from_rgba8(size, rgba)?;
        let hints: Vec<Hint> = hints
            .as_chunks::<5>()
            .0
            .iter()
            .map(|&[x, y, rgb @ ..]| Hint::dab([x, y], rgb.map(color::byte_from), size))
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
    /// points }`, for [`put_curves`].
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn curves(&self, width: u32, height: u32, rgba: Vec<u8>) -> Result<Object, JsValue> {
        self.find_curves([width, height], rgba).await.map_err(js_from_error)
    }

    async fn find_curves(&self, size: [u32; 2], rgba: Vec<u8>) -> Result<Object, Error> {
        let generator = self.needed(Task::Defade)?;
        let photo = Photo::from_rgba8(size, rgba)?;
        let grid = defade::curves(&photo, &generator).await?;
        let [columns, rows] = grid.size();
        let curves = Object::new();
        set(&curves, "columns", columns as f64);
        set(&curves, "rows", rows as f64);
        set(&curves, "points", js_sys::Float32Array::from(grid.points()));
        Ok(curves)
    }
}

/// What kind of colours a photo has: `grey`, `toned` (one colour for each lightness) or `coloured`.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn colouring(width: u32, height: u32, rgba: Vec<u8>) -> Result<String, JsValue> {
    let photo = Photo::from_rgba8([width, height], rgba).map_err(js_from_error)?;
    let verdict = chroma::colouring(photo.rgba(), photo.sides());
    let name = match verdict.colouring {
        Colouring::Grey => "grey",
        Colouring::Toned { .. } => "toned",
        Colouring::Coloured => "coloured",
    };
    Ok(name.into())
}

/// Puts colours of [`Engine::colours`] on the photo they were found for, or on a copy of it of
/// another size.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "JavaScript passes plain numbers")]
pub fn put_colours(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    columns: usize,
    rows: usize,
    uv: &[f32],
    saturation: f32,
    warmth: f32,
    strength: f32,
) -> Result<Picture, JsValue> {
    let put = || {
        let photo = Photo::from_rgba8([width, height], rgba)?;
        let chroma = ChromaGrid::new([columns, rows], uv.as_chunks().0.to_vec())?;
        colorize::put(photo, &chroma, Adjustment { saturation, warmth }, strength)
    };
    put().map(Picture::from).map_err(js_from_error)
}

/// Puts so much of the curves of [`Engine::curves`], 0 to 1, on the photo they were found for, or on
/// a copy of it of another size.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "JavaScript passes plain numbers")]
pub fn put_curves(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    columns: usize,
    rows: usize,
    points: &[f32],
    strength: f32,
) -> Result<Picture, JsValue> {
    let put = || {
        let photo = Photo::from_rgba8([width, height], rgba)?;
        defade::put(photo, CurveGrid::from_points([columns, rows], points)?, strength)
    };
    put().map(Picture::from).map_err(js_from_error)
}
