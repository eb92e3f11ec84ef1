//! Extends, fills and enlarges: a call plans the painting, and each step paints a part of it.

use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::js_from_error;
use super::picture::{HandedHole, Picture};
use crate::enlarge;
use crate::extend::{self, Amounts};
use crate::fill;
use crate::generator::Generator;
use crate::photo::border::Border;
use crate::photo::resize;
use crate::task::Task;

/// How many pixels are added on each side.
#[wasm_bindgen(js_name = Amounts)]
#[derive(Debug)]
pub struct HandedAmounts(Amounts);

#[wasm_bindgen(js_class = Amounts)]
impl HandedAmounts {
    /// Takes four numbers of pixels.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(left: u32, top: u32, right: u32, bottom: u32) -> HandedAmounts {
        Self(Amounts { left, top, right, bottom })
    }
}

#[wasm_bindgen]
impl Engine {
    /// Plans an extension of a photo. A border around it is not continued; it is painted over, too,
    /// or kept. Another `seed` gives another answer.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn extend(
        &self,
        picture: Picture,
        amounts: HandedAmounts,
        paints_border: bool,
        seed: u32,
    ) -> Result<Extension, JsValue> {
        let generator = self.needed(Task::Extend).map_err(js_from_error)?;
        let HandedAmounts(amounts) = amounts;
        let border = Border::of(&picture.photo);
        let seed = seed.into();
        let finish = generator.finish();
        let detail = extend::Options::default().detail;
        let options = extend::Options { finish, detail, seed, border, paints_border };
        extend::Extension::new(picture.photo, amounts, options, &generator)
            .map(|inner| Extension { inner, generator })
            .map_err(js_from_error)
    }

    /// As [`fill()`], with the weights that were trained for it, if they are loaded.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn fill(
        &self,
        picture: Picture,
        hole: HandedHole,
        feather_px: f32,
        seed: u32,
    ) -> Result<Filling, JsValue> {
        let generator = self.generator(Task::Fill);
        filling(picture, hole, feather_px, seed, generator)
    }

    /// As [`enlarge()`], with the weights that were trained for it, if they are loaded.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn enlarge(&self, picture: Picture) -> Result<Enlarging, JsValue> {
        let generator = self.generator(Task::Enlarge);
        Ok(Enlarging { generator, ..enlarge(picture)? })
    }
}

/// Plans to double the sides of a photo without a network: no weights, no device.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn enlarge(picture: Picture) -> Result<Enlarging, JsValue> {
    let planned = enlarge::Enlarging::new(picture.photo);
    planned.map(|inner| Enlarging { inner, generator: None }).map_err(js_from_error)
}

/// Plans to fill a hole in a photo from the photo itself: no weights, no device. The painting fades in
/// over `feather_px` pixels inside the hole's rim. Another `seed` gives another answer.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn fill(
    picture: Picture,
    hole: HandedHole,
    feather_px: f32,
    seed: u32,
) -> Result<Filling, JsValue> {
    filling(picture, hole, feather_px, seed, None)
}

fn filling(
    picture: Picture,
    hole: HandedHole,
    feather_px: f32,
    seed: u32,
    generator: Option<Generator>,
) -> Result<Filling, JsValue> {
    let finish = generator.as_ref().map_or_else(Default::default, Generator::finish);
    let detail = fill::Options::default().detail;
    let options = fill::Options { finish, feather_px, detail, seed: seed.into() };
    let planned = fill::Filling::new(picture.photo, hole.0, options);
    planned.map(|inner| Filling { inner, generator }).map_err(js_from_error)
}

/// An extension in progress.
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

    /// Returns a copy of the picture as it is now, with at most about this many pixels.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn thumbnail(&self, most_pixels: u32) -> Result<Picture, JsValue> {
        let copy = resize::shrunk_copy(&self.inner.picture(), most_pixels);
        copy.map(Picture::from).map_err(js_from_error)
    }

    /// Returns the picture as it is now, and ends the extension.
    #[must_use]
    pub fn finish(self) -> Picture {
        self.inner.finish().into()
    }
}

/// A filling in progress.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Filling {
    inner: fill::Filling,
    generator: Option<Generator>,
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

    /// Returns the picture as it is now, and ends the filling.
    #[must_use]
    pub fn finish(self) -> Picture {
        self.inner.finish().into()
    }
}

/// An enlargement in progress.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Enlarging {
    inner: enlarge::Enlarging,
    generator: Option<Generator>,
}

#[wasm_bindgen]
impl Enlarging {
    /// How often [`Enlarging::step`] has to be called.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn steps(&self) -> usize {
        self.inner.steps()
    }

    /// Enlarges one tile.
    ///
    /// # Errors
    /// An `Error` with code `device`.
    pub async fn step(&mut self) -> Result<(), JsValue> {
        self.inner.step(self.generator.as_ref()).await.map_err(js_from_error)
    }

    /// Returns the picture as it is now, and ends the enlargement.
    #[must_use]
    pub fn finish(self) -> Picture {
        self.inner.finish().into()
    }
}
