//! Our side of `peer.mjs`: networks with weights that the other side can have, too.
//!
//! Compiled into a WebAssembly module of its own by `cargo xtask peer`; no part of the page.
#![cfg(target_arch = "wasm32")]

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use naobu::model::colorize_pyramid::ColorizePyramidConfig;
use naobu::model::completion::{CompletionConfig, Norm};
use naobu::model::edsr::EdsrConfig;
use naobu::model::efficientnet;
use naobu::model::enlarger::EnlargerConfig;
use naobu::model::outpaint::OutpaintConfig;
use naobu::model::unet::UNetConfig;
use wasm_bindgen::prelude::*;

/// The encoder up to its blocks of 192 channels, as colouring uses it.
const BLOCKS: usize = 13;

/// Replaces every parameter by noise that keeps a signal alive, and takes it down.
struct Noise {
    path: Vec<String>,
    state: u32,
    taken: Vec<Parameter>,
}

/// A parameter as the other side shall have it.
struct Parameter {
    name: String,
    shape: Vec<u32>,
    values: Vec<f32>,
}

impl Noise {
    /// A number in -1..1, from a linear congruential generator (Numerical Recipes).
    fn next(&mut self) -> f32 {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.state >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

impl ModuleMapper for Noise {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let seen: usize = shape.iter().skip(1).product();
        let scale = if D == 4 { (3.0 / seen as f32).sqrt() } else { 0.1 };
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| scale * self.next()).collect();
        self.taken.push(Parameter {
            name: self.path.join("."),
            shape: shape.iter().map(|side| *side as u32).collect(),
            values: values.clone(),
        });
        let tensor = Tensor::from_data(TensorData::new(values, shape), &tensor.device());
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// A network on a device.
#[wasm_bindgen]
pub struct Peer {
    device: Device,
    forward: Box<dyn Fn(Tensor<4>) -> Tensor<4>>,
    parameters: Vec<Parameter>,
}

#[wasm_bindgen]
impl Peer {
    /// Builds a network of `networks.mjs` on `cpu` or `webgpu`.
    ///
    /// # Errors
    /// A sentence, for a network or a device that there is not.
    pub async fn open(network: String, device: String) -> Result<Peer, String> {
        let device = if device == "webgpu" {
            Device::wgpu_options().init_async().await.map_err(|error| error.to_string())?
        } else {
            Device::flex()
        };
        Ok(match network.as_str() {
            "completion" => {
                let config = CompletionConfig::paper().with_norm(Norm::Folded);
                Self::of(config.init(&device), device, |net, x| net.forward(x))
            }
            "outpaint" => {
                Self::of(OutpaintConfig::ship().init(&device), device, |net, x| net.forward(x))
            }
            "edsr" => Self::of(EdsrConfig::new().init(&device), device, |net, x| net.forward(x)),
            "enlarger" => {
                Self::of(EnlargerConfig::new().init(&device), device, |net, x| net.forward(x))
            }
            "u-net" => Self::of(UNetConfig::new().init(&device), device, |net, x| net.forward(x)),
            "colorize-pyramid" => {
                let config = ColorizePyramidConfig::new();
                Self::of(config.init(&device), device, |net, x| net.forward(x))
            }
            "efficientnet" => Self::of(efficientnet::init(BLOCKS, &device), device, |net, x| {
                net.taps(x).pop().expect("it has blocks")
            }),
            _ => return Err(format!("there is no network {network:?}")),
        })
    }

    fn of<M: Module + 'static>(
        net: M,
        device: Device,
        forward: impl Fn(&M, Tensor<4>) -> Tensor<4> + 'static,
    ) -> Self {
        let mut noise = Noise { path: Vec::new(), state: 1, taken: Vec::new() };
        let net = net.map(&mut noise);
        Self { device, forward: Box::new(move |x| forward(&net, x)), parameters: noise.taken }
    }

    /// How many parameters there are.
    pub fn count(&self) -> usize {
        self.parameters.len()
    }

    /// The name of a parameter.
    pub fn name(&self, at: usize) -> String {
        self.parameters[at].name.clone()
    }

    /// The shape of a parameter.
    pub fn shape(&self, at: usize) -> Vec<u32> {
        self.parameters[at].shape.clone()
    }

    /// The values of a parameter.
    pub fn values(&self, at: usize) -> Vec<f32> {
        self.parameters[at].values.clone()
    }

    /// Answers a picture `[1, c, h, w]`.
    ///
    /// # Errors
    /// A sentence, where the device fails.
    pub async fn answer(&self, pixels: Vec<f32>, shape: Vec<u32>) -> Result<Vec<f32>, String> {
        let shape: Vec<usize> = shape.into_iter().map(|side| side as usize).collect();
        let x = Tensor::from_data(TensorData::new(pixels, shape), &self.device);
        naobu::pixels::values_from_tensor((self.forward)(x))
            .await
            .map_err(|error| error.to_string())
    }
}
