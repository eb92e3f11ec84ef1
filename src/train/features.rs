//! What a network that learnt to tell things apart sees in a picture.
//!
//! For perceptual losses and distances while training and measuring; never part of the product. The
//! weights come from a safetensors file that the user has; without it, or when it does not fit,
//! there is an error and no substitute. The network learns nothing: gradients flow through it to
//! the picture.

mod mobilenet;

use std::path::Path;

use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors};

use crate::error::{Error, Result};
use mobilenet::MobilenetV2;

/// A feature network with its weights: `MobileNetV2`, small enough for a processor.
#[derive(Clone, Debug)]
pub struct Features(MobilenetV2);

impl Features {
    /// Reads the weights from a safetensors file onto `device`.
    ///
    /// # Errors
    /// [`Error::WeightsMissing`] when the file cannot be read, [`Error::WeightsDamaged`] when it is
    /// cut off or holds something that is not a number, [`Error::WeightsMisfit`] when a tensor is
    /// missing or of another shape or type. Tensors that the network does not ask for are left
    /// alone, such as the layers behind the last map.
    pub fn load(path: &Path, device: &Device) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| Error::WeightsMissing {
            name: name.clone(),
            why: error.to_string(),
        })?;
        Self::from_bytes(name, &bytes, device)
    }

    fn from_bytes(name: String, bytes: &[u8], device: &Device) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| Error::WeightsDamaged {
            name: name.clone(),
            why: error.to_string(),
        })?;
        Ok(Self(MobilenetV2::new(&Weights { name, file, device })?))
    }

    /// The feature maps, finest first.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, colours in `0..=1`; sides of 32 at least
    /// - returns maps `[n, c, h', w']`, after their ReLU
    #[must_use]
    pub fn taps(&self, pictures: Tensor<4>) -> Vec<Tensor<4>> {
        self.0.taps(pictures)
    }

    /// How different the pictures look: 0 for the same, about a half for unrelated photographs.
    ///
    /// # Shapes and ranges
    /// - `a`, `b`: `[n, 3, h, w]`, colours in `0..=1`
    /// - returns `[n]`, one distance a pair, in `0..=4`
    ///
    /// # Source
    /// Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric" (CVPR
    /// 2018). Their learnt weight of each channel is left out, as in their baseline: we have none
    /// for our networks; and the mean is taken over maps, where they add up.
    #[must_use]
    pub fn distance(&self, a: Tensor<4>, b: Tensor<4>) -> Tensor<1> {
        let maps = self.taps(a).into_iter().zip(self.taps(b));
        let each: Vec<_> = maps.map(|(a, b)| apart(a, b)).collect();
        Tensor::cat(each, 1).mean_dim(1).squeeze_dim::<1>(1) // [n]
    }
}

/// The squared distance of the maps' directions at each position, on the mean: `[n, 1]`.
fn apart(a: Tensor<4>, b: Tensor<4>) -> Tensor<2> {
    let [n, ..] = a.dims();
    let unit = |x: Tensor<4>| {
        // As LPIPS keeps positions without any feature finite.
        let length = (x.clone().square().sum_dim(1) + 1e-20).sqrt() + 1e-10; // [n, 1, h, w]
        x / length
    };
    let squares = (unit(a) - unit(b)).square().sum_dim(1); // [n, 1, h, w]
    squares.mean_dims(&[2, 3]).reshape([n, 1])
}

/// How many zeros are added before and after a side, so that `⌈side / stride⌉` pixels come out; the
/// odd one goes to the end, as in TensorFlow's `SAME`.
fn padding(side: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let seen = (side.div_ceil(stride) - 1) * stride + kernel;
    let pad = seen.saturating_sub(side);
    (pad / 2, pad - pad / 2)
}

/// A convolution whose weights stay as they are.
#[derive(Clone, Debug)]
struct Layer {
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
}

impl Layer {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, c_in, h, w] = x.dims();
        let [_, c_group, kernel_h, kernel_w] = self.weight.dims();
        let padding =
            [(h, kernel_h), (w, kernel_w)].map(|(side, kernel)| padding(side, kernel, self.stride));
        let options =
            ConvOptions::new_with_padding([self.stride; 2], padding, [1; 2], c_in / c_group);
        conv2d(x, self.weight.clone(), Some(self.bias.clone()), options)
    }
}

/// A weight file that is being read.
struct Weights<'a> {
    name: String,
    file: SafeTensors<'a>,
    device: &'a Device,
}

impl Weights<'_> {
    fn misfit(&self, why: String) -> Error {
        Error::WeightsMisfit { name: self.name.clone(), why }
    }

    fn values(&self, key: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let view = self.file.tensor(key).map_err(|_| self.misfit(format!("{key} is missing")))?;
        if view.shape() != shape {
            return Err(self.misfit(format!("{key} must be {shape:?}, got {:?}", view.shape())));
        }
        let pairs = || view.data().chunks_exact(2).map(|pair| [pair[0], pair[1]]);
        let values: Vec<f32> = match view.dtype() {
            Dtype::F16 => pairs().map(|pair| f16::from_le_bytes(pair).to_f32()).collect(),
            Dtype::BF16 => pairs().map(|pair| bf16::from_le_bytes(pair).to_f32()).collect(),
            Dtype::F32 => {
                let fours = view.data().chunks_exact(4);
                fours.map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
            }
            other => {
                return Err(self.misfit(format!("{key} must be F16, BF16 or F32, got {other:?}")));
            }
        };
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            let why = format!("{key} holds something that is not a number");
            Err(Error::WeightsDamaged { name: self.name.clone(), why })
        }
    }

    fn tensor<const D: usize>(&self, key: &str, shape: [usize; D]) -> Result<Tensor<D>> {
        let values = self.values(key, &shape)?;
        Ok(Tensor::from_data(TensorData::new(values, shape), self.device))
    }

    /// `KEY.weight` and `KEY.bias`; `shape` is `[c_out, c_in / groups, kernel, kernel]`.
    fn layer(&self, key: &str, shape: [usize; 4], stride: usize) -> Result<Layer> {
        Ok(Layer {
            weight: self.tensor(&format!("{key}.weight"), shape)?,
            bias: self.tensor(&format!("{key}.bias"), [shape[0]])?,
            stride,
        })
    }
}

#[cfg(test)]
mod tests;
