//! EfficientNet-Lite0, up to the block that one of our networks needs: an encoder that already
//! knows what photographs show.
//!
//! Its weights come from `ImageNet` (`naobu train --encoder FILE`); once they are trained further,
//! they are part of a weight file of ours. Batch normalisation is folded into the convolutions from
//! the start. Start reading at [`EfficientNet::taps`].
//!
//! # Source
//! Tan & Le, "`EfficientNet`: Rethinking Model Scaling for Convolutional Neural Networks" (ICML
//! 2019), in its Lite0 form (2020): no squeeze and excitation, and `ReLU6` instead of swish. We
//! differ in two things: strided layers are padded alike on both sides, where TensorFlow pads only
//! the far side, and depthwise kernels are never trained, since their gradients cost more than all
//! others.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Initializer, PaddingConfig2d};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

use super::convolution::{Convolve, relu6};

/// Channels of the first convolution.
const STEM: usize = 32;
/// How many times every block but the first widens its input.
const EXPANSION: usize = 6;
/// Runs of blocks: how many, kernel, stride of the first, channels.
const RUNS: [[usize; 4]; 7] = [
    [1, 3, 1, 16],
    [2, 3, 2, 24],
    [2, 5, 2, 40],
    [3, 3, 2, 80],
    [3, 5, 1, 112],
    [4, 5, 2, 192],
    [1, 3, 1, 320],
];

/// How many blocks there are in all.
pub const BLOCKS: usize = 16;

/// Builds an encoder of the first `blocks` blocks with fresh weights.
///
/// # Panics
/// If there are more than [`BLOCKS`].
#[must_use]
pub fn init(blocks: usize, device: &Device) -> EfficientNet {
    assert!(blocks <= BLOCKS, "{blocks} blocks of {BLOCKS}");
    let all = RUNS.into_iter().flat_map(|[count, kernel, stride, channels]| {
        (0..count).map(move |i| (kernel, if i == 0 { stride } else { 1 }, channels))
    });
    let mut c_in = STEM;
    let blocks = all.take(blocks).enumerate().map(|(i, (kernel, stride, channels))| {
        let wide = if i == 0 { c_in } else { EXPANSION * c_in };
        let block = Block {
            expand: (i > 0).then(|| conv([c_in, wide], [1, 1, 1], device)),
            depthwise: conv([wide, wide], [kernel, stride, wide], device),
            project: conv([wide, channels], [1, 1, 1], device),
        };
        c_in = channels;
        block
    });
    EfficientNet { blocks: blocks.collect(), stem: conv([3, STEM], [3, 2, 1], device) }
}

/// Makes a convolution with kernels of `kernel` pixels, padded by half of that.
fn conv(channels: [usize; 2], [kernel, stride, groups]: [usize; 3], device: &Device) -> Conv2d {
    let pad = (kernel - 1) / 2;
    Conv2dConfig::new(channels, [kernel; 2])
        .with_stride([stride; 2])
        .with_groups(groups)
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_initializer(Initializer::KaimingUniform {
            gain: std::f64::consts::SQRT_2,
            fan_out_only: false,
        })
        .init(device)
}

/// The encoder; see the module.
#[derive(Module, Debug)]
pub struct EfficientNet {
    stem: Conv2d,
    blocks: Vec<Block>,
}

impl EfficientNet {
    /// Returns what each block answers, the first block first.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, red, green and blue in `-1..=1`
    /// - returns `[n, c, h / s, w / s]`, with these `c` and `s` for the sixteen blocks: 16 and 2;
    ///   24 and 4, twice; 40 and 8, twice; 80 and 16, three times; 112 and 16, three times; 192 and
    ///   32, four times; 320 and 32. Values lie around zero and spread by 5 to 10; sides are
    ///   rounded up
    #[must_use]
    pub fn taps(&self, pictures: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = relu6(self.stem.convolve(pictures)); // [n, 32, h / 2, w / 2]
        let answer = |block: &Block| {
            x = block.forward(x.clone());
            x.clone()
        };
        self.blocks.iter().map(answer).collect()
    }
}

/// A block with few channels at both ends and many in the middle; its input is added if the shapes
/// agree.
#[derive(Module, Debug)]
struct Block {
    expand: Option<Conv2d>,
    depthwise: Conv2d,
    project: Conv2d,
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let wide = match &self.expand {
            Some(expand) => relu6(expand.convolve(x.clone())),
            None => x.clone(),
        }; // [n, wide, h, w]
        let narrow = self.project.convolve(relu6(depthwise(&self.depthwise, wide)));
        if narrow.dims() == x.dims() { narrow + x } else { narrow }
    }
}

/// Answers as `conv` would, but lets no gradient flow into its kernels.
fn depthwise(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let [_, _, kernel, _] = conv.weight.dims();
    let options = ConvOptions::new(conv.stride, [(kernel - 1) / 2; 2], conv.dilation, conv.groups);
    let bias = conv.bias.as_ref().map(|bias| bias.val());
    conv2d(x, conv.weight.val().detach(), bias, options)
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::testing::{learnt, random};

    #[test]
    fn it_has_the_published_shapes_and_number_of_parameters() {
        let device = Device::flex();
        let net = init(BLOCKS, &device);
        let taps = net.taps(random([2, 3, 64, 96], &device));
        let shape = |i: usize| taps[i].dims();
        assert_eq!(taps.len(), BLOCKS);
        assert_eq!(shape(0), [2, 16, 32, 48]);
        assert_eq!(shape(2), [2, 24, 16, 24]);
        assert_eq!(shape(4), [2, 40, 8, 12]);
        assert_eq!(shape(10), [2, 112, 4, 6]);
        assert_eq!(shape(15), [2, 320, 2, 3]);
        // As published, 4.65 M with two numbers per channel for batch norm, of which folding leaves
        // one; here without the head, 320 to 1280, and the classifier, 1280 to 1000.
        let whole = learnt(&net) + 321 * 1280 + 1281 * 1000;
        assert_eq!(whole, 4_631_000);
        let odd = init(1, &device).taps(random([1, 3, 7, 5], &device));
        assert_eq!(odd[0].dims(), [1, 16, 4, 3], "sides are rounded up");
    }

    #[test]
    fn gradients_reach_all_but_the_depthwise_kernels() {
        let device = Device::flex().autodiff();
        let net = init(3, &device);
        let loss = net.taps(random([1, 3, 32, 32], &device)).pop().unwrap().square().mean();
        let gradients = loss.backward();
        let block = &net.blocks[1];
        let expand = block.expand.as_ref().unwrap();
        assert!(expand.weight.val().grad(&gradients).is_some());
        assert!(block.depthwise.bias.as_ref().unwrap().val().grad(&gradients).is_some());
        assert!(block.depthwise.weight.val().grad(&gradients).is_none(), "as it came");
    }
}
