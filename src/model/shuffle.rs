//! Doubles the size by pixel shuffle: each pixel's channels are laid out as a block of four pixels.
//!
//! Two things keep the blocks from showing: weights that start equal for the four pixels (ICNR),
//! and a mean over two by two pixels afterwards ("blur").

use burn::config::Config;
use burn::module::Module;
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PixelShuffle, PixelShuffleConfig};
use burn::tensor::activation::relu;
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor};

use super::spectral::{SpectralConv, SpectralConvConfig};

/// The settings of a [`Shuffle`].
#[derive(Config, Debug, PartialEq)]
pub struct ShuffleConfig {
    /// Channels `[in, out]`.
    pub channels: [usize; 2],
    /// Whether batch normalisation follows the convolution, which then has no bias.
    #[config(default = true)]
    pub normalized: bool,
    /// Whether it ends with a mean over two by two pixels.
    #[config(default = true)]
    pub blur: bool,
    /// Whether the weight is already divided, as in a weight file for inference.
    #[config(default = false)]
    pub folded: bool,
}

impl ShuffleConfig {
    /// Builds the layer with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Shuffle {
        let [c_in, c_out] = self.channels;
        let mut conv = SpectralConvConfig::new([c_in, 4 * c_out])
            .with_kernel_px(1)
            .with_bias(!self.normalized)
            .with_folded(self.folded)
            .init(device);
        conv.weight = conv.weight.init_mapper(alike_in_fours);
        Shuffle {
            conv,
            norm: self.normalized.then(|| BatchNormConfig::new(4 * c_out).init(device)),
            shuffle: PixelShuffleConfig::new(2).init(),
            blur: self.blur.then(|| AvgPool2dConfig::new([2, 2]).with_strides([1, 1]).init()),
        }
    }
}

/// Repeats each kernel of the first quarter four times in a row: `[4 c, c_in, 1, 1]` to the same
/// shape.
fn alike_in_fours(weight: Tensor<4>) -> Tensor<4> {
    let [c_out, c_in, h, w] = weight.dims();
    let first = weight.narrow(0, 0, c_out / 4).unsqueeze_dim::<5>(1); // [c, 1, c_in, h, w]
    first.repeat_dim(1, 4).reshape([c_out, c_in, h, w])
}

/// Doubles both sides.
///
/// # Source
/// `DeOldify` and fastai: 1×1 convolution to 4·C, batch norm, ReLU, pixel shuffle, replicate
/// padding left and above, 2×2 mean with stride 1. ICNR is Aitken et al., "Checkerboard artifact
/// free sub-pixel convolution" (2017). We differ in one thing: the last doubling of the published
/// generator is under spectral norm, too, instead of weight norm.
#[derive(Module, Debug)]
pub struct Shuffle {
    conv: SpectralConv,
    norm: Option<BatchNorm>,
    shuffle: PixelShuffle,
    blur: Option<AvgPool2d>,
}

impl Shuffle {
    /// `[n, c_in, h, w]` to `[n, c_out, 2 h, 2 w]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut x = self.conv.forward(x); // [n, 4 c_out, h, w]
        if let Some(norm) = &self.norm {
            x = norm.forward(x);
        }
        let x = self.shuffle.forward(relu(x)); // [n, c_out, 2 h, 2 w]
        match &self.blur {
            Some(blur) => blur.forward(x.pad((1, 0, 1, 0), PadMode::Edge)),
            None => x,
        }
    }

    /// Returns the same layer with its weight divided once and for all, for inference.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self { conv: self.conv.folded(), ..self.valid() }
    }
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::testing::{random, values};

    fn net(blur: bool, device: &Device) -> Shuffle {
        ShuffleConfig::new([5, 3]).with_blur(blur).init(device)
    }

    #[test]
    fn a_fresh_one_enlarges_without_a_chessboard() {
        let device = Device::flex();
        let fresh = net(false, &device);
        let got = values(fresh.forward(random([1, 5, 2, 4], &device))); // [1, 3, 4, 8]
        assert_eq!(got.len(), 3 * 4 * 8);
        let at = |c: usize, y: usize, x: usize| got[(c * 4 + y) * 8 + x];
        for c in 0..3 {
            for (y, x) in [(0, 0), (0, 6), (2, 4)] {
                let block = [at(c, y, x), at(c, y, x + 1), at(c, y + 1, x), at(c, y + 1, x + 1)];
                assert!(block.iter().all(|v| (v - block[0]).abs() < 1e-6), "{block:?}");
            }
        }
        let uneven = |v: &[f32]| (0..3 * 4 * 4).any(|i| (v[2 * i] - v[2 * i + 1]).abs() > 1e-3);
        assert!(!uneven(&got), "blocks are even");
        let mut plain = fresh.clone();
        plain.conv =
            SpectralConvConfig::new([5, 12]).with_kernel_px(1).with_bias(false).init(&device);
        let board = values(plain.forward(random([1, 5, 2, 4], &device)));
        assert!(uneven(&board), "control: other weights make a chessboard");
    }

    #[test]
    fn the_blur_is_a_mean_over_the_pixel_and_those_left_and_above() {
        let device = Device::flex();
        let (sharp, blurred) = {
            let blurring = net(true, &device);
            (Shuffle { blur: None, ..blurring.clone() }, blurring)
        };
        let x = random([1, 5, 3, 2], &device);
        let [sharp, blurred] = [sharp, blurred].map(|net| values(net.forward(x.clone())));
        let at = |v: &[f32], y: usize, x: usize| v[y * 4 + x]; // the first of [1, 3, 6, 4]
        for (y, x) in [(0, 0), (0, 2), (3, 0), (4, 3)] {
            let (up, left) = (y.max(1) - 1, x.max(1) - 1);
            let four = [(y, x), (up, x), (y, left), (up, left)].map(|(y, x)| at(&sharp, y, x));
            let mean = four.iter().sum::<f32>() / 4.0;
            assert!((at(&blurred, y, x) - mean).abs() < 1e-6, "{y} {x}");
        }
        assert_ne!(sharp, blurred, "control");
    }

    #[test]
    fn folding_changes_the_form_and_not_the_answer() {
        let device = Device::flex().autodiff();
        let net = net(true, &device);
        let x = random([2, 5, 3, 4], &device);
        let _ = net.forward(x.clone()); // so that mean and variance have moved
        let x = x.inner();
        let [open, folded] = [net.valid(), net.folded()].map(|net| values(net.forward(x.clone())));
        let worst = open.iter().zip(&folded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst}");
        assert!(folded.iter().any(|&v| v > 0.0), "control: something gets through");
        assert_eq!(net.folded().num_params(), net.num_params() - 12);
    }
}
