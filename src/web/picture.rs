//! Pictures on their way in and out, and what needs no task.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::{js_from_error, set};
use crate::extend::MAX_FACTOR;
use crate::photo::decode as decoder;
use crate::photo::encode::{Format, encode as encode_photo};
use crate::photo::hole::Hole;
use crate::photo::origins::{OriginMap, Origins};
use crate::photo::psnr::psnr as psnr_inside;
use crate::photo::{MAX_PHOTO_PIXELS, MAX_RESULT_PIXELS, MIN_SIDE_PX, Photo, resize};
use crate::task::Finished;

/// A picture on its way to the page.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Picture {
    photo: Photo,
    origins: Option<Origins>,
}

impl From<Photo> for Picture {
    fn from(photo: Photo) -> Self {
        Self { photo, origins: None }
    }
}

impl From<Finished> for Picture {
    fn from(Finished { photo, origins }: Finished) -> Self {
        Self { photo, origins: Some(origins) }
    }
}

#[wasm_bindgen]
impl Picture {
    /// Width in pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.photo.size()[0]
    }

    /// Height in pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.photo.size()[1]
    }

    /// Where its pixels were taken from, on a grid of at most `longest` cells a side: `{ columns, rows,
    /// from }`, as [`Origins::map`] has them; nothing where none were taken from elsewhere.
    #[must_use]
    pub fn origins(&self, longest: u32) -> Option<Object> {
        let OriginMap { size: [columns, rows], from } =
            self.origins.as_ref()?.map(self.photo.size(), longest);
        let map = Object::new();
        set(&map, "columns", columns);
        set(&map, "rows", rows);
        set(&map, "from", js_sys::Int32Array::from(&from[..]));
        Some(map)
    }

    /// Straight-alpha RGBA8; gives the picture up.
    #[must_use]
    pub fn take_rgba(self) -> Vec<u8> {
        self.photo.into_rgba()
    }
}

/// Reads a picture file: upright, sRGB, RGBA8.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn decode(bytes: &[u8]) -> Result<Picture, JsValue> {
    decoder::decode(bytes).map(Picture::from).map_err(js_from_error)
}

/// Writes a picture file: `png`, `jpeg` or `webp`; `quality` (1 to 100) is for JPEG.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn encode(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    format: &str,
    quality: u8,
) -> Result<Vec<u8>, JsValue> {
    let encoded = Photo::from_rgba8([width, height], rgba)
        .and_then(|photo| encode_photo(&photo, Format::from_name(format, quality)?));
    encoded.map_err(js_from_error)
}

/// `{ min_side_px, max_photo_pixels, max_result_pixels, max_factor }`.
#[wasm_bindgen]
#[must_use]
pub fn limits() -> Object {
    let limits = Object::new();
    set(&limits, "min_side_px", MIN_SIDE_PX);
    set(&limits, "max_photo_pixels", MAX_PHOTO_PIXELS as f64);
    set(&limits, "max_result_pixels", MAX_RESULT_PIXELS as f64);
    set(&limits, "max_factor", MAX_FACTOR);
    limits
}

/// A copy of a photo with at most about so many pixels.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn shrink(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    most_pixels: u32,
) -> Result<Picture, JsValue> {
    let shrunk = Photo::from_rgba8([width, height], rgba)
        .and_then(|photo| resize::shrunk(photo, most_pixels));
    shrunk.map(Picture::from).map_err(js_from_error)
}

/// How near a picture is to the truth inside a hole: PSNR in dB, infinite where both are equal.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn psnr(
    width: u32,
    height: u32,
    truth: Vec<u8>,
    other: Vec<u8>,
    hole: Vec<u8>,
) -> Result<f64, JsValue> {
    let size = [width, height];
    let found = || {
        let [truth, other] = [Photo::from_rgba8(size, truth)?, Photo::from_rgba8(size, other)?];
        psnr_inside(&truth, &other, &Hole::from_bytes(size, hole)?)
    };
    found().map_err(js_from_error)
}
