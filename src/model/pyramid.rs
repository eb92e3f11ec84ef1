//! What our networks on a pretrained encoder share: which of its maps they see, and one size of the
//! pyramid that brings them up.
//!
//! # Source
//! Lin et al., "Feature Pyramid Networks for Object Detection" (CVPR 2017): at each size, what the
//! encoder saw there is added to what came from below, enlarged. We add each layer's answer to its
//! input.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::blocks::conv;
use super::convolution::Convolve;

/// The encoder ends with its second block of 192 channels; more would only add weight.
pub(super) const BLOCKS: usize = 13;
/// The blocks that the pyramid sees, and their channels: at ¼, ⅛, 1/16 and 1/32.
pub(super) const TAPS: [(usize, usize); 4] = [(2, 24), (4, 40), (10, 112), (12, 192)];
/// What the encoder's maps are divided by: they spread by 5 to 10, and our layers expect about 1.
pub(super) const SPREAD: f32 = 8.0;

/// One size of the pyramid.
#[derive(Module, Debug)]
pub(super) struct PyramidStep {
    lateral: Conv2d,
    smooth: Conv2d,
}

impl PyramidStep {
    /// Makes a step of so many channels that sees a map of `seen` channels.
    pub(super) fn new(seen: usize, channels: usize, device: &Device) -> Self {
        Self {
            lateral: conv([seen, channels], 1, [1, 1], device),
            smooth: conv([channels, channels], 3, [1, 1], device),
        }
    }

    /// Joins what came from below, as large as `seen` or one cell for all, and what is seen here.
    pub(super) fn forward(&self, below: Tensor<4>, seen: Tensor<4>) -> Tensor<4> {
        let x = self.lateral.convolve(seen) + below;
        x.clone() + self.smooth.convolve(relu(x))
    }
}
