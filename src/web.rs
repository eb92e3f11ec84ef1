//! What JavaScript holds. Translates types and errors; every decision is made elsewhere.

use burn::tensor::Device;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::backend::self_test;
use crate::colorize::{self, Hint};
use crate::defade;
use crate::error::Error;
use crate::extend::{self, Amounts, MAX_FACTOR, Options};
use crate::fill;
use crate::generator::Generator;
use crate::photo::chroma::{self, Adjustment, ChromaGrid, Colouring};
use crate::photo::decode as decoder;
use crate::photo::encode::{Format, encode as encode_photo};
use crate::photo::hole::Hole;
use crate::photo::mosaic::{self, Grid, MIN_CELL_PX};
use crate::photo::origins::Origins;
use crate::photo::psnr::psnr as psnr_inside;
use crate::photo::tone::CurveGrid;
use crate::photo::{MAX_PHOTO_PIXELS, MAX_RESULT_PIXELS, MIN_SIDE_PX, Photo, color, resize};
use crate::task::Task;
use crate::unmosaic::{self, Mosaic};

/// Sends the text of a panic to the console before the instance dies.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// A JavaScript `Error` that carries [`Error::code`], so that no page has to read messages.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn js_from_error(error: Error) -> JsValue {
    let js = js_sys::Error::new(&error.to_string());
    set(&js, "code", error.code());
    js.into()
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &name.into(), &value.into()).expect("a fresh object accepts properties");
}

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
        let ([columns, rows], from) = self.origins.as_ref()?.map(self.photo.size(), longest);
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

/// A device that has passed its self-test, and the weights on it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    device: Device,
    name: &'static str,
    fallback: String,
    generators: Vec<Generator>,
}

impl Engine {
    /// The weights for a task, the last loaded.
    fn generator(&self, task: Task) -> Option<Generator> {
        self.generators.iter().rev().find(|generator| generator.card.task == task).cloned()
    }

    fn needed(&self, task: Task) -> Result<Generator, Error> {
        let why = "load them first".into();
        self.generator(task).ok_or(Error::WeightsMissing { name: task.name().into(), why })
    }
}

#[wasm_bindgen]
impl Engine {
    /// Opens WebGPU or the CPU: `auto` takes the CPU where WebGPU is missing or computes wrongly.
    ///
    /// # Errors
    /// An `Error` with code `device` when `webgpu` is asked for and cannot be had, or
    /// `bad-setting` for an unknown `backend`.
    pub async fn open(backend: String) -> Result<Engine, JsValue> {
        let on_cpu = |fallback: &str| Engine {
            device: Device::flex(),
            name: "cpu",
            fallback: fallback.into(),
            generators: Vec::new(),
        };
        match backend.as_str() {
            "cpu" => Ok(on_cpu("forced")),
            "webgpu" => Self::open_webgpu().await.map_err(|(_, error)| js_from_error(error)),
            "auto" => match Self::open_webgpu().await {
                Ok(engine) => Ok(engine),
                Err((why, _)) => Ok(on_cpu(why)),
            },
            _ => Err(js_from_error(Error::BadSetting {
                name: "backend",
                expected: "auto, webgpu or cpu".into(),
                found: backend,
            })),
        }
    }

    async fn open_webgpu() -> Result<Engine, (&'static str, Error)> {
        let failed = |why: String| Error::Device { device: "WebGPU", why };
        if !has_adapter().await {
            return Err(("no-webgpu", failed("this browser offers no adapter".into())));
        }
        let device = Device::wgpu_options().init_async().await;
        let device = device.map_err(|error| ("no-device", failed(error.to_string())))?;
        self_test(&device).await.map_err(|error| ("self-test", error))?;
        Ok(Engine { device, name: "webgpu", fallback: String::new(), generators: Vec::new() })
    }

    /// `webgpu` or `cpu`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn device(&self) -> String {
        self.name.into()
    }

    /// Why it is not WebGPU: `no-webgpu`, `no-device`, `self-test` or `forced`; empty when it is.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn fallback(&self) -> String {
        self.fallback.clone()
    }

    /// Reads a weight file whose SHA-256 the manifest promised.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn load(&mut self, name: &str, sha256: &str, bytes: &[u8]) -> Result<(), JsValue> {
        let generator = Generator::from_bytes(name, Some(sha256), bytes, &self.device);
        self.generators.push(generator.map_err(js_from_error)?);
        Ok(())
    }

    /// Reads a weight file of the visitor's own, which no manifest vouches for; its task is done with
    /// it from now on. Answers with `{ name, task }`, as its card has them.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn load_own(&mut self, file: &str, bytes: &[u8]) -> Result<Object, JsValue> {
        let generator = Generator::from_bytes(file, None, bytes, &self.device);
        let generator = generator.map_err(js_from_error)?;
        let card = Object::new();
        set(&card, "name", generator.card.name.as_str());
        set(&card, "task", generator.card.task.name());
        self.generators.push(generator);
        Ok(card)
    }

    /// Gives up the weights last read for a task; those read before them, if any, count again.
    pub fn unload(&mut self, task: &str) {
        let is_it = |generator: &Generator| generator.card.task.name() == task;
        if let Some(last) = self.generators.iter().rposition(is_it) {
            self.generators.remove(last);
        }
    }

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
    let verdict = chroma::colouring(photo.rgba(), photo.size().map(|side| side as usize));
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

/// Whether the browser gives out a WebGPU adapter, asked without Burn: it panics where there is
/// none, and a panicked instance cannot be used again.
async fn has_adapter() -> bool {
    let found = || -> Option<js_sys::Promise> {
        let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
        let gpu = Reflect::get(&navigator, &"gpu".into()).ok()?;
        let request = Reflect::get(&gpu, &"requestAdapter".into()).ok()?;
        let request: js_sys::Function = request.dyn_into().ok()?;
        request.call0(&gpu).ok()?.dyn_into().ok()
    };
    let Some(adapter) = found() else { return false };
    let adapter = wasm_bindgen_futures::JsFuture::from(adapter).await;
    adapter.is_ok_and(|adapter| adapter.is_object())
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
        let origins = Some(self.inner.origins().clone());
        Picture { photo: self.inner.finish(), origins }
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
        let origins = Some(self.inner.origins().clone());
        Picture { photo: self.inner.finish(), origins }
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
    let (photo, origins) = mosaic.painted_from(&photo, options, generator).await?;
    Ok(Picture { photo, origins: (detail > 0.0).then_some(origins) })
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
