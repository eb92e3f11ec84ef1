//! Selects things with a network, and wear; cuts out what was selected.

use wasm_bindgen::prelude::*;

use super::engine::Engine;
use super::js_from_error;
use super::picture::{HandedHole, Picture};
use crate::cutout::{self, Click, Looked};
use crate::error::Error;
use crate::generator::Generator;
use crate::photo::Photo;
use crate::photo::hole::Hole;
use crate::photo::matte;
use crate::scratches;
use crate::task::{Finish, Task};

/// What the network saw of the photo that was clicked on last: the next click on it needs no second
/// look, which takes most of the time.
#[derive(Debug)]
pub(super) struct Remembered {
    of: Key,
    looked: Looked,
}

/// Tells a photo, and who looked at it, from others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    size: [u32; 2],
    /// A sum of all pixels that a change of any would change.
    sum: u64,
    weights: String,
}

impl Key {
    fn new(photo: &Photo, generator: &Generator) -> Self {
        // FNV-1a, eight bytes at a time.
        let step = |sum: u64, bytes: &[u8; 8]| {
            (sum ^ u64::from_le_bytes(*bytes)).wrapping_mul(0x0100_0000_01b3).rotate_left(29)
        };
        let (pairs, rest) = photo.rgba().as_chunks::<8>();
        let sum = pairs.iter().fold(0xcbf2_9ce4_8422_2325, step);
        let last = rest.iter().fold(0, |last, &byte| last << 8 | u64::from(byte));
        let sum = step(sum, &last.to_le_bytes());
        Self { size: photo.size(), sum, weights: generator.sha256.clone() }
    }
}

#[wasm_bindgen]
impl Engine {
    /// Selects what was clicked on, or the photo's subject without a click.
    ///
    /// `clicks` are x and y in photo pixels, and 1 where a place belongs to what is meant, -1 where it
    /// does not, in turn. Answers with the selection's row, first column and end column in turn; with
    /// nothing where nothing was found.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn select(&self, picture: Picture, clicks: &[f32]) -> Result<Vec<u32>, JsValue> {
        self.spans(&picture.photo, clicks).await.map_err(js_from_error)
    }

    /// Fits what is drawn around or over a thing to the thing: answers as [`Engine::select`] does.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn snap(&self, picture: Picture, hole: HandedHole) -> Result<Vec<u32>, JsValue> {
        let HandedHole(drawn) = hole;
        self.snapped(&picture.photo, &drawn).await.map_err(js_from_error)
    }

    /// Finds scratches, dust and cracks: answers as [`Engine::select`] does.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub async fn scratches(&self, picture: Picture) -> Result<Vec<u32>, JsValue> {
        self.worn(&picture.photo).await.map_err(js_from_error)
    }

    async fn worn(&self, photo: &Photo) -> Result<Vec<u32>, Error> {
        let generator = self.needed(Task::Scratches)?;
        Ok(spans_from(scratches::find(photo, &generator).await?.as_ref()))
    }

    async fn snapped(&self, photo: &Photo, drawn: &Hole) -> Result<Vec<u32>, Error> {
        let generator = self.needed(Task::Cutout)?;
        Ok(spans_from(cutout::snap(photo, drawn, &generator).await?.as_ref()))
    }

    async fn spans(&self, photo: &Photo, clicks: &[f32]) -> Result<Vec<u32>, Error> {
        let generator = self.needed(Task::Cutout)?;
        // A pointer at the very edge may be said to be a little beyond.
        let [w, h] = photo.size().map(|side| side as f32);
        let clicks: Vec<Click> = clicks
            .as_chunks::<3>()
            .0
            .iter()
            .map(|&[x, y, sign]| Click {
                at: [x.clamp(0.0, w), y.clamp(0.0, h)],
                belongs: sign > 0.0,
            })
            .collect();
        let looked = self.looked(photo, &generator)?;
        Ok(spans_from(looked.select(photo, &clicks, &generator).await?.as_ref()))
    }
}

/// The row, the first column and the end column of all that is selected, in turn.
fn spans_from(hole: Option<&Hole>) -> Vec<u32> {
    let parts = hole.map(Hole::parts);
    let runs = parts.iter().flat_map(|parts| parts.runs());
    runs.flat_map(|run| [run.y, run.first, run.end]).collect()
}

impl Engine {
    fn looked(&self, photo: &Photo, generator: &Generator) -> Result<Looked, Error> {
        let key = Key::new(photo, generator);
        if let Some(Remembered { of, looked }) = &*self.remembered.borrow()
            && *of == key
        {
            return Ok(looked.clone());
        }
        let looked = Looked::at(photo, generator)?;
        self.remembered.replace(Some(Remembered { of: key, looked: looked.clone() }));
        Ok(looked)
    }
}

/// What lies behind a thing that was cut out.
#[wasm_bindgen(js_name = Backdrop)]
#[derive(Debug)]
pub struct HandedBackdrop(matte::Backdrop);

#[wasm_bindgen(js_class = Backdrop)]
impl HandedBackdrop {
    /// Takes a kind: `none`, `colour` (then red, green and blue count) or `blur` (then `blur` does,
    /// from 0 to 1).
    ///
    /// # Errors
    /// An `Error` with code `bad-setting` for another kind.
    #[wasm_bindgen(constructor)]
    pub fn new(
        kind: &str,
        red: u8,
        green: u8,
        blue: u8,
        blur: f32,
    ) -> Result<HandedBackdrop, JsValue> {
        match kind {
            "none" => Ok(Self(matte::Backdrop::None)),
            "colour" => Ok(Self(matte::Backdrop::Colour([red, green, blue]))),
            "blur" => Ok(Self(matte::Backdrop::Blur(blur))),
            _ => Err(js_from_error(Error::BadSetting {
                name: "backdrop",
                expected: "none, colour or blur".into(),
                found: kind.into(),
            })),
        }
    }

    /// Takes another photo, of which the middle covers this one.
    #[must_use]
    pub fn of_photo(picture: Picture) -> HandedBackdrop {
        Self(matte::Backdrop::Photo(picture.photo))
    }
}

/// Cuts out what a hole covers, with a soft edge, and puts it on a backdrop.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen]
pub fn cut_out(
    picture: Picture,
    hole: HandedHole,
    backdrop: HandedBackdrop,
) -> Result<Picture, JsValue> {
    let (HandedHole(hole), HandedBackdrop(backdrop)) = (hole, backdrop);
    cutout::cut_out(picture.photo, &hole, &backdrop, Finish::Blended)
        .map(Picture::from)
        .map_err(js_from_error)
}
