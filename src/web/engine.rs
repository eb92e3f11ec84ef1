//! The device and the weights on it.

use std::cell::RefCell;

use burn::tensor::Device;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use super::cutout::Remembered;
use super::{js_from_error, set};
use crate::backend::self_test;
use crate::error::Error;
use crate::generator::Generator;
use crate::task::Task;

/// A device that has passed its self-test, and the weights on it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    device: Device,
    name: &'static str,
    fallback: String,
    generators: Vec<Generator>,
    /// Those that do a task only when they are chosen.
    methods: Vec<Generator>,
    /// The name of the method that does its task now; empty for none.
    chosen: String,
    /// See `web/cutout.rs`.
    pub(super) remembered: RefCell<Option<Remembered>>,
}

impl Engine {
    /// The chosen method, if it does the task, or else the weights for it, the last loaded.
    pub(super) fn generator(&self, task: Task) -> Option<Generator> {
        let chosen = self.methods.iter().filter(|method| method.card.name == self.chosen);
        let does = |generator: &&Generator| generator.card.task == task;
        chosen.chain(self.generators.iter().rev()).find(does).cloned()
    }

    pub(super) fn needed(&self, task: Task) -> Result<Generator, Error> {
        self.generator(task).ok_or_else(|| not_loaded(task.name()))
    }
}

fn not_loaded(name: &str) -> Error {
    Error::WeightsMissing { name: name.into(), why: "load them first".into() }
}

#[wasm_bindgen]
impl Engine {
    /// Opens WebGPU or the CPU: `auto` takes the CPU where WebGPU is missing, computes wrongly, or is
    /// itself a program on the CPU, which takes longer.
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
            methods: Vec::new(),
            chosen: String::new(),
            remembered: RefCell::default(),
        };
        match backend.as_str() {
            "cpu" => Ok(on_cpu("forced")),
            "webgpu" => Self::open_webgpu().await.map_err(|(_, error)| js_from_error(error)),
            "auto" if Adapter::asked_for().await == Adapter::Software => Ok(on_cpu("software")),
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
        if Adapter::asked_for().await == Adapter::None {
            return Err(("no-webgpu", failed("this browser offers no adapter".into())));
        }
        let device = Device::wgpu_options().init_async().await;
        let device = device.map_err(|error| ("no-device", failed(error.to_string())))?;
        self_test(&device).await.map_err(|error| ("self-test", error))?;
        Ok(Engine {
            device,
            name: "webgpu",
            fallback: String::new(),
            generators: Vec::new(),
            methods: Vec::new(),
            chosen: String::new(),
            remembered: RefCell::default(),
        })
    }

    /// `webgpu` or `cpu`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn device(&self) -> String {
        self.name.into()
    }

    /// Why it is not WebGPU: `no-webgpu`, `software`, `no-device`, `self-test` or `forced`; empty when
    /// it is.
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

    /// As [`load`](Self::load), for a method: it paints only while it is chosen.
    ///
    /// # Errors
    /// An `Error` with a `code`.
    pub fn load_method(&mut self, name: &str, sha256: &str, bytes: &[u8]) -> Result<(), JsValue> {
        let generator = Generator::from_bytes(name, Some(sha256), bytes, &self.device);
        self.methods.push(generator.map_err(js_from_error)?);
        Ok(())
    }

    /// Lets a method that was loaded do its task from now on; with an empty name, none does.
    ///
    /// # Errors
    /// An `Error` with code `weights-missing`; what was chosen stays.
    pub fn choose(&mut self, method: String) -> Result<(), JsValue> {
        if !method.is_empty() && !self.methods.iter().any(|each| each.card.name == method) {
            return Err(js_from_error(not_loaded(&method)));
        }
        self.chosen = method;
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

    /// Drops the weights last read for a task; those read before them, if any, are used again.
    pub fn unload(&mut self, task: &str) {
        let is_it = |generator: &Generator| generator.card.task.name() == task;
        if let Some(last) = self.generators.iter().rposition(is_it) {
            self.generators.remove(last);
        }
    }
}

/// What kind of WebGPU adapter the browser gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Adapter {
    None,
    /// A program that imitates a graphics device on the processor.
    Software,
    Hardware,
}

/// Programs that imitate a graphics device, by how they call themselves.
const SOFTWARE: [&str; 5] = ["swiftshader", "llvmpipe", "lavapipe", "basic render", "warp"];

impl Adapter {
    /// Asks the browser, without Burn: it panics where there is no adapter, and a panicked instance
    /// cannot be used again.
    async fn asked_for() -> Self {
        let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap_or_default();
        let found = || -> Option<js_sys::Promise> {
            let gpu = get(&get(&js_sys::global(), "navigator"), "gpu");
            let request: js_sys::Function = get(&gpu, "requestAdapter").dyn_into().ok()?;
            request.call0(&gpu).ok()?.dyn_into().ok()
        };
        let Some(adapter) = found() else { return Self::None };
        let Ok(adapter) = wasm_bindgen_futures::JsFuture::from(adapter).await else {
            return Self::None;
        };
        if !adapter.is_object() {
            return Self::None;
        }
        let info = get(&adapter, "info");
        let is_fallback =
            [&adapter, &info].iter().any(|of| get(of, "isFallbackAdapter").is_truthy());
        let names = ["vendor", "architecture", "device", "description"];
        let is_named = names.iter().filter_map(|name| get(&info, name).as_string()).any(|name| {
            let name = name.to_lowercase();
            SOFTWARE.iter().any(|software| name.contains(software))
        });
        if is_fallback || is_named { Self::Software } else { Self::Hardware }
    }
}
