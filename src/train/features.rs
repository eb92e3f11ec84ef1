//! Feature networks: what a network that learnt to tell things apart sees in a picture.
//!
//! For perceptual losses and distances while training and measuring; never part of the product. The
//! weights come from a safetensors file that the user has; without it, or when it does not fit,
//! there is an error and no substitute. The networks learn nothing: gradients flow through them to
//! the picture.
//!
//! All take colours in `0..=1` and answer with a list of feature maps, finest first.

pub mod mobilenet;
pub mod squeezenet;
pub mod vgg;

use std::path::Path;

use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use mobilenet::MobilenetV2;
use squeezenet::Squeezenet;
use vgg::Vgg16;

/// The networks whose weights we can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureNet {
    /// [`Vgg16`]: three maps.
    Vgg16,
    /// [`Squeezenet`]: seven maps.
    Squeezenet,
    /// [`MobilenetV2`]: five maps.
    MobilenetV2,
}

/// A feature network with its weights.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a process has one or two of them")]
pub enum Features {
    /// Simonyan & Zisserman 2015.
    Vgg16(Vgg16),
    /// Iandola et al. 2016.
    Squeezenet(Squeezenet),
    /// Sandler et al. 2018.
    MobilenetV2(MobilenetV2),
}

impl Features {
    /// Reads the weights of `net` from a safetensors file onto `device`.
    ///
    /// # Errors
    /// [`Error::WeightsMissing`] when the file cannot be read, [`Error::WeightsDamaged`] when it is
    /// cut off or holds something that is not a number, [`Error::WeightsMisfit`] when a tensor is
    /// missing or of another shape or type. Tensors that the network does not ask for are left
    /// alone, such as the layers behind the last map.
    pub fn load(net: FeatureNet, path: &Path, device: &Device) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| Error::WeightsMissing {
            name: name.clone(),
            why: error.to_string(),
        })?;
        Self::from_bytes(net, name, &bytes, device)
    }

    fn from_bytes(net: FeatureNet, name: String, bytes: &[u8], device: &Device) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| Error::WeightsDamaged {
            name: name.clone(),
            why: error.to_string(),
        })?;
        let weights = Weights { name, file, device };
        Ok(match net {
            FeatureNet::Vgg16 => Self::Vgg16(Vgg16::new(&weights)?),
            FeatureNet::Squeezenet => Self::Squeezenet(Squeezenet::new(&weights)?),
            FeatureNet::MobilenetV2 => Self::MobilenetV2(MobilenetV2::new(&weights)?),
        })
    }

    /// The feature maps, finest first.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, colours in `0..=1`; sides of 32 at least
    /// - returns maps `[n, c, h', w']`, after their ReLU
    #[must_use]
    pub fn taps(&self, pictures: Tensor<4>) -> Vec<Tensor<4>> {
        match self {
            Self::Vgg16(net) => net.taps(pictures),
            Self::Squeezenet(net) => net.taps(pictures),
            Self::MobilenetV2(net) => net.taps(pictures),
        }
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

/// `ImageNet`'s colours: mean 0 and deviation 1 in each channel, for networks that learnt from
/// torchvision.
fn normalised(pictures: Tensor<4>) -> Tensor<4> {
    let device = pictures.device();
    let [mean, deviation] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]
        .map(|three| Tensor::<1>::from_floats(three, &device).reshape([1, 3, 1, 1]));
    (pictures - mean) / deviation
}

/// The larger of every two, or of every window of `side` pixels at every second pixel.
fn pooled(x: Tensor<4>, side: usize) -> Tensor<4> {
    // A window may hang over the end by a part, as torchvision's SqueezeNet has it; windows of 2
    // over an odd side do not.
    let options = MaxPoolOptions::new([side; 2]).with_stride([2; 2]).with_ceil_mode(side > 2);
    max_pool2d(x, options)
}

/// What a layer sees beyond the border, always zeros.
#[derive(Clone, Copy, Debug)]
enum Padding {
    /// So many pixels on all sides.
    Even(usize),
    /// So many that `⌈side / stride⌉` pixels come out, the odd one at the end, as TensorFlow's
    /// `SAME`.
    Same,
}

impl Padding {
    /// Pixels before and after a side.
    fn around(self, side: usize, kernel: usize, stride: usize) -> (usize, usize) {
        match self {
            Self::Even(pad) => (pad, pad),
            Self::Same => {
                let seen = (side.div_ceil(stride) - 1) * stride + kernel;
                let pad = seen.saturating_sub(side);
                (pad / 2, pad - pad / 2)
            }
        }
    }
}

/// A convolution whose weights stay as they are.
#[derive(Clone, Debug)]
struct Layer {
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
    padding: Padding,
}

impl Layer {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, c_in, h, w] = x.dims();
        let [_, c_group, kernel_h, kernel_w] = self.weight.dims();
        let padding = [(h, kernel_h), (w, kernel_w)]
            .map(|(side, kernel)| self.padding.around(side, kernel, self.stride));
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
    fn has(&self, key: &str) -> bool {
        self.file.tensor(key).is_ok()
    }

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
    fn layer(
        &self,
        key: &str,
        shape: [usize; 4],
        stride: usize,
        padding: Padding,
    ) -> Result<Layer> {
        Ok(Layer {
            weight: self.tensor(&format!("{key}.weight"), shape)?,
            bias: self.tensor(&format!("{key}.bias"), [shape[0]])?,
            stride,
            padding,
        })
    }
}

#[cfg(test)]
mod tests;
