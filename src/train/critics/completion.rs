//! The critics of the completion network: Iizuka, Simo-Serra & Ishikawa, "Globally and Locally
//! Consistent Image Completion" (SIGGRAPH 2017).

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::halvings;

/// What a [`CompletionCritic`] is made of.
#[derive(Config, Debug, PartialEq)]
pub struct CompletionCriticConfig {
    /// Side of the square pictures, in pixels; 256 as published.
    #[config(default = 256)]
    pub side_px: usize,
    /// Side of the local window, in pixels; 128 as published.
    #[config(default = 128)]
    pub local_px: usize,
    /// Channels of the first convolution; the last ones have eight times as many. 64 as published.
    #[config(default = 64)]
    pub channels: usize,
    /// Width of the fully connected layers; 1024 as published.
    #[config(default = 1024)]
    pub features: usize,
}

impl CompletionCriticConfig {
    /// Fresh weights on `device`.
    ///
    /// # Panics
    /// If `side_px` is not a multiple of 64, or `local_px` of 32: there are six and five halvings.
    #[must_use]
    pub fn init(&self, device: &Device) -> CompletionCritic {
        let Self { side_px, local_px, channels: c, features } = *self;
        assert!(
            side_px % 64 == 0 && local_px % 32 == 0,
            "critic sides must divide by 64 and 32, got {side_px} and {local_px}"
        );
        let channels = [3, c, 2 * c, 4 * c, 8 * c, 8 * c, 8 * c];
        CompletionCritic {
            whole: Trunk::new(&channels, side_px, features, device),
            local: Trunk::new(&channels[..6], local_px, features, device),
            verdict: LinearConfig::new(2 * features, 1).init(device),
        }
    }
}

/// Judges the whole picture, and a window around the hole from close by.
///
/// Batch norm makes a verdict depend on the rest of its batch while training: show it real and
/// painted pictures together, as [`Critic::judge_both`](super::Critic::judge_both) does, and use no
/// gradient penalty.
///
/// # Source
/// Iizuka et al. 2017, the two discriminators; convolution, batch norm, ReLU in the paper's order
/// (the `PyTorch` port by otenim has the ReLU first).
#[derive(Module, Debug)]
pub struct CompletionCritic {
    whole: Trunk,
    local: Trunk,
    verdict: Linear,
}

impl CompletionCritic {
    /// How sure it is that each picture is a real photo.
    ///
    /// # Shapes and ranges
    /// - `whole`: `[n, 3, side_px, side_px]`, colours in `0..=1`; of a painted picture the
    ///   composite, its known pixels pasted
    /// - `local`: `[n, 3, local_px, local_px]`, cut out of `whole` by
    ///   [`windows`](super::window::windows): around the hole of a painted picture, and of a real
    ///   one around a second hole that was never painted
    /// - returns `[n, 1]`, each in `0..=1`
    #[must_use]
    pub fn forward(&self, whole: Tensor<4>, local: Tensor<4>) -> Tensor<2> {
        let seen = vec![self.local.features(local), self.whole.features(whole)];
        sigmoid(self.verdict.forward(Tensor::cat(seen, 1))) // [n, 1]
    }
}

#[derive(Module, Debug)]
struct Trunk {
    convolutions: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    dense: Linear,
}

impl Trunk {
    fn new(channels: &[usize], side_px: usize, features: usize, device: &Device) -> Self {
        let side = side_px >> (channels.len() - 1);
        let last = channels[channels.len() - 1];
        Self {
            convolutions: halvings(channels, device),
            norms: channels[1..].iter().map(|&c| BatchNormConfig::new(c).init(device)).collect(),
            dense: LinearConfig::new(side * side * last, features).init(device),
        }
    }

    fn features(&self, mut x: Tensor<4>) -> Tensor<2> {
        for (convolution, norm) in self.convolutions.iter().zip(&self.norms) {
            x = relu(norm.forward(convolution.forward(x))); // [n, c, h / 2, w / 2]
        }
        relu(self.dense.forward(x.flatten::<2>(1, 3))) // [n, features]
    }
}
