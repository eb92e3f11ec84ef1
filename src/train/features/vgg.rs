//! VGG16, the network behind DeOldify's perceptual loss.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::{Layer, Padding, Weights, normalised, pooled};
use crate::error::Result;

/// Channels and number of the convolutions between poolings.
const BLOCKS: [(usize, usize); 5] = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

/// The epsilon of torchvision's batch norm.
const EPSILON: f32 = 1e-5;

/// VGG16 up to its last convolution, with three maps: those before the third, fourth and fifth
/// pooling, at ¼, ⅛ and 1⁄16 of the size.
///
/// Files with torchvision's names, `features.N.weight`, of VGG16 with batch norm or without. Batch
/// norm is folded into the convolutions; a file of `vgg16_bn` where that was done already fits too.
///
/// # Source
/// Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR
/// 2015). The maps are those of DeOldify's `FeatureLoss`: outputs 22, 32 and 42 of `vgg16_bn`.
#[derive(Clone, Debug)]
pub struct Vgg16 {
    blocks: Vec<Vec<Layer>>,
}

impl Vgg16 {
    pub(super) fn new(weights: &Weights) -> Result<Self> {
        // With batch norm the second convolution is the fourth entry of `features`, else the third.
        let entries = if weights.has("features.3.weight") { 3 } else { 2 };
        let mut index = 0;
        let mut c_in = 3;
        let blocks = BLOCKS.map(|(channels, count)| {
            let block = (0..count).map(|_| {
                let layer = layer(weights, index, [c_in, channels])?;
                index += entries;
                c_in = channels;
                Ok(layer)
            });
            let block: Result<Vec<Layer>> = block.collect();
            index += 1;
            block
        });
        Ok(Self { blocks: blocks.into_iter().collect::<Result<_>>()? })
    }

    pub(super) fn taps(&self, pictures: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = normalised(pictures);
        let mut taps = Vec::with_capacity(3);
        for (i, block) in self.blocks.iter().enumerate() {
            if i > 0 {
                x = pooled(x, 2); // [n, c, h / 2, w / 2]
            }
            x = block.iter().fold(x, |x, layer| relu(layer.forward(x)));
            if i >= 2 {
                taps.push(x.clone());
            }
        }
        taps
    }
}

/// The convolution at `features.INDEX`, with the batch norm behind it folded in where there is one.
pub(super) fn layer(weights: &Weights, index: usize, [c_in, c_out]: [usize; 2]) -> Result<Layer> {
    let key = format!("features.{index}");
    let layer = weights.layer(&key, [c_out, c_in, 3, 3], 1, Padding::Even(1))?;
    let norm = format!("features.{}", index + 1);
    if !weights.has(&format!("{norm}.running_mean")) {
        return Ok(layer);
    }
    let of = |part: &str| weights.tensor(&format!("{norm}.{part}"), [c_out]);
    let scale = of("weight")? / (of("running_var")? + EPSILON).sqrt();
    Ok(Layer {
        weight: layer.weight * scale.clone().reshape([c_out, 1, 1, 1]),
        bias: (layer.bias - of("running_mean")?) * scale + of("bias")?,
        ..layer
    })
}
