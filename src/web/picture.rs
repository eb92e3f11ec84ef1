//! Pictures on their way in and out, and what needs no task.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::{js_from_error, set};
use crate::extend::MAX_FACTOR;
use crate::photo::border::Border;
use crate::photo::decode as decoder;
use crate::photo::encode::{Extras, Format, encode_with};
use crate::photo::hole::Hole;
use crate::photo::metadata::Metadata;
use crate::photo::origins::{OriginMap, Origins};
use crate::photo::psnr::psnr as psnr_inside;
use crate::photo::{MAX_PHOTO_PIXELS, MAX_RESULT_PIXELS, MIN_SIDE_PX, Photo, resize};
use crate::task::Finished;

/// A picture on its way in or out.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Picture {
    pub(super) photo: Photo,
    origins: Option<Origins>,
    metadata: Option<Metadata>,
}

impl From<Photo> for Picture {
    fn from(photo: Photo) -> Self {
        Self { photo, origins: None, metadata: None }
    }
}

impl From<Finished> for Picture {
    fn from(Finished { photo, origins }: Finished) -> Self {
        let origins = (!origins.is_empty()).then_some(origins);
        Self { photo, origins, metadata: None }
    }
}

#[wasm_bindgen]
impl Picture {
    /// Takes straight-alpha RGBA8, rows from top to bottom.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(width: u32, height: u32, rgba: Vec<u8>) -> Result<Picture, JsValue> {
        Photo::from_rgba8([width, height], rgba).map(Self::from).map_err(js_from_error)
    }

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

    /// Tells where its pixels were taken from, on a grid of at most `longest` cells a side: `{
    /// columns, rows, from }`, as [`Origins::map`] has them; `undefined` if none were taken from
    /// elsewhere.
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

    /// Looks for a border around it, as [`Border::of`] does: `{ left, top, right, bottom }`.
    #[must_use]
    pub fn border(&self) -> Object {
        let Border { left, top, right, bottom } = Border::of(&self.photo);
        let border = Object::new();
        set(&border, "left", left);
        set(&border, "top", top);
        set(&border, "right", right);
        set(&border, "bottom", bottom);
        border
    }

    /// Tells what its file says besides the picture: `{ exif, xmp }`, each where there is one;
    /// `undefined` if that is nothing, or it comes from no file.
    #[must_use]
    pub fn metadata(&self) -> Option<Object> {
        let Metadata { exif, xmp, .. } = self.metadata.as_ref()?;
        if exif.is_none() && xmp.is_none() {
            return None;
        }
        let metadata = Object::new();
        if let Some(exif) = exif {
            set(&metadata, "exif", js_sys::Uint8Array::from(&exif[..]));
        }
        if let Some(xmp) = xmp {
            set(&metadata, "xmp", &**xmp);
        }
        Some(metadata)
    }

    /// Returns straight-alpha RGBA8, and frees the picture.
    #[must_use]
    pub fn take_rgba(self) -> Vec<u8> {
        self.photo.into_rgba()
    }
}

/// Which pixels of a picture are meant: what is to be painted, or covered.
#[wasm_bindgen(js_name = Hole)]
#[derive(Debug)]
pub struct HandedHole(pub(super) Hole);

#[wasm_bindgen(js_class = Hole)]
impl HandedHole {
    /// Takes one byte for each pixel; 0 is known.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[wasm_bindgen(constructor)]
    pub fn new(width: u32, height: u32, bytes: Vec<u8>) -> Result<HandedHole, JsValue> {
        Hole::from_bytes([width, height], bytes).map(Self).map_err(js_from_error)
    }
}

/// Reads a picture file: upright, sRGB, RGBA8.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn decode(bytes: &[u8]) -> Result<Picture, JsValue> {
    let (photo, metadata) = decoder::decode_with_metadata(bytes).map_err(js_from_error)?;
    Ok(Picture { metadata: Some(metadata), ..Picture::from(photo) })
}

/// As [`decode`], but a JPEG beyond the limit becomes a half, a quarter or an eighth as wide and high
/// while it is decoded.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn decode_shrunk(bytes: &[u8]) -> Result<Picture, JsValue> {
    let (photo, metadata) = decoder::decode_shrunk(bytes).map_err(js_from_error)?;
    Ok(Picture { metadata: Some(metadata), ..Picture::from(photo) })
}

/// Writes a picture file: `png`, `jpeg` or `webp`; `quality` (1 to 100) is for JPEG. `exif` and `xmp`
/// are what to keep of the file that the photo came from, as [`Picture::metadata`] has it.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn encode(
    picture: Picture,
    format: &str,
    quality: u8,
    exif: Option<Vec<u8>>,
    xmp: Option<String>,
) -> Result<Vec<u8>, JsValue> {
    let photo = picture.photo;
    let metadata = Metadata { exif, xmp, ..Metadata::default() };
    let extras = Extras { metadata: Some(&metadata), note: None };
    let format = Format::from_name(format, quality);
    format.and_then(|format| encode_with(&photo, format, extras)).map_err(js_from_error)
}

/// The limits of a photo and of a result: `{ min_side_px, max_photo_pixels, max_result_pixels,
/// max_factor }`.
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

/// Shrinks a picture to at most about this many pixels.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn shrink(picture: Picture, most_pixels: u32) -> Result<Picture, JsValue> {
    resize::shrunk(picture.photo, most_pixels).map(Picture::from).map_err(js_from_error)
}

/// Measures how near a picture is to the truth inside a hole: PSNR in dB, infinite if both are
/// equal.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn psnr(truth: Picture, other: Picture, hole: HandedHole) -> Result<f64, JsValue> {
    let ([truth, other], HandedHole(hole)) = ([truth.photo, other.photo], hole);
    psnr_inside(&truth, &other, &hole).map_err(js_from_error)
}
