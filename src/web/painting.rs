//! Extending and filling: planned at once, painted step by step.

use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::js_from_error;
use super::picture::Picture;
use crate::error::Error;
use crate::extend::{self, Amounts, Options};
use crate::fill;
use crate::generator::Generator;
use crate::photo::hole::Hole;
use crate::photo::{Photo, resize};
use crate::task::Task;

#[wasm_bindgen]
impl Engine {
    /// Plans an extension of a photo by so many pixels on each side.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[expect(clippy::too_many_arguments, reason = "JavaScript passes plain numbers")]
    pub fn extend(
        &self,
        width: u32,
        height: u32,
        rgba: Vec<u8>,
        left: u32,
        top: u32,
        right: u32,
        bottom: u32,
    ) -> Result<Extension, JsValue> {
        let generator = self.needed(Task::Extend).map_err(js_from_error)?;
        let amounts = Amounts { left, top, right, bottom };
        Photo::from_rgba8([width, height], rgba)
            .and_then(|photo| {
                extend::Extension::new(photo, amounts, Options::default(), &generator)
            })
            .map(|inner| Extension { inner, generator })
            .map_err(js_from_error)
    }

    /// As [`fill()`], with the weights that were trained for it, if they are loaded.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    #[expect(clippy::too_many_arguments, reason = "JavaScript passes plain numbers")]
    pub fn fill(
        &self,
        width: u32,
        height: u32,
        rgba: Vec<u8>,
        hole: Vec<u8>,
        feather_px: f32,
    ) -> Result<Filling, JsValue> {
        let planned =
            Filling::new([width, height], rgba, hole, feather_px, self.generator(Task::Fill));
        planned.map_err(js_from_error)
    }
}

/// Plans to fill a hole in a photo from the photo itself: no weights, no device. `hole` has one byte
/// for each pixel, 0 is known; the painting fades in over `feather_px` pixels inside its rim.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn fill(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    hole: Vec<u8>,
    feather_px: f32,
) -> Result<Filling, JsValue> {
    Filling::new([width, height], rgba, hole, feather_px, None).map_err(js_from_error)
}

/// One extension on its way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Extension {
    inner: extend::Extension,
    generator: Generator,
}

#[wasm_bindgen]
impl Extension {
    /// How often [`Extension::step`] has to be called.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn steps(&self) -> usize {
        self.inner.steps()
    }

    /// Paints one step.
    ///
    /// # Errors
    /// An `Error` with code `device`.
    pub async fn step(&mut self) -> Result<(), JsValue> {
        self.inner.step(&self.generator).await.map_err(js_from_error)
    }

    /// How far the picture has grown so far: left, top, right, bottom.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn grown(&self) -> Vec<u32> {
        let Amounts { left, top, right, bottom } = self.inner.grown();
        vec![left, top, right, bottom]
    }

    /// A copy of the picture as it is now, with at most about so many pixels.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn thumbnail(&self, most_pixels: u32) -> Result<Picture, JsValue> {
        let copy = resize::shrunk_copy(self.inner.picture(), most_pixels);
        copy.map(Picture::from).map_err(js_from_error)
    }

    /// The picture as it is now; gives the extension up.
    #[must_use]
    pub fn finish(self) -> Picture {
        self.inner.finish().into()
    }
}

/// One filling on its way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Filling {
    inner: fill::Filling,
    generator: Option<Generator>,
}

impl Filling {
    fn new(
        size: [u32; 2],
        rgba: Vec<u8>,
        hole: Vec<u8>,
        feather_px: f32,
        generator: Option<Generator>,
    ) -> Result<Self, Error> {
        let photo = Photo::from_rgba8(size, rgba)?;
        let hole = Hole::from_bytes(size, hole)?;
        let options = fill::Options { feather_px, ..fill::Options::default() };
        let inner = fill::Filling::new(photo, hole, options)?;
        Ok(Self { inner, generator })
    }
}

#[wasm_bindgen]
impl Filling {
    /// How often [`Filling::step`] has to be called.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn steps(&self) -> usize {
        self.inner.steps()
    }

    /// Paints one step.
    ///
    /// # Errors
    /// An `Error` with code `device`.
    pub async fn step(&mut self) -> Result<(), JsValue> {
        self.inner.step(self.generator.as_ref()).await.map_err(js_from_error)
    }

    /// The picture as it is now; gives the filling up.
    #[must_use]
    pub fn finish(self) -> Picture {
        self.inner.finish().into()
    }
}
