//! The critics of the contextual attention generator: Yu et al., "Generative Image Inpainting with
//! Contextual Attention" (CVPR 2018).

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use super::{LEAK, halvings};

/// What [`ContextualCritics`] are made of.
#[derive(Config, Debug, PartialEq)]
pub struct ContextualCriticsConfig {
    /// Side of the square pictures, in pixels; 256 as published.
    #[config(default = 256)]
    pub side_px: usize,
    /// Side of the local window, in pixels; 128 as published.
    #[config(default = 128)]
    pub local_px: usize,
    /// Channels of the first convolutions; 64 as published.
    #[config(default = 64)]
    pub channels: usize,
}

impl ContextualCriticsConfig {
    /// Fresh weights on `device`.
    ///
    /// # Panics
    /// If a side is not a multiple of 16: there are four halvings.
    #[must_use]
    pub fn init(&self, device: &Device) -> ContextualCritics {
        let Self { side_px, local_px, channels: c } = *self;
        assert!(
            side_px % 16 == 0 && local_px % 16 == 0,
            "critic sides must divide by 16, got {side_px} and {local_px}"
        );
        let critic = |side_px: usize, last: usize| WassersteinCritic {
            convolutions: halvings(&[3, c, 2 * c, 4 * c, last], device),
            verdict: LinearConfig::new((side_px / 16) * (side_px / 16) * last, 1).init(device),
        };
        ContextualCritics { whole: critic(side_px, 4 * c), local: critic(local_px, 8 * c) }
    }
}

/// Two critics that judge apart: one the whole picture, one the window around the hole.
///
/// Each has a loss and a gradient penalty of its own, and the generator adds up both. Real and
/// painted pictures are cut at the same window.
///
/// # Source
/// Yu et al. 2018, with the layers of the released v1 code: no normalisation, so that the gradient
/// penalty is that of one picture.
#[derive(Module, Debug)]
pub struct ContextualCritics {
    /// For whole pictures, `[n, 3, side_px, side_px]`.
    pub whole: WassersteinCritic,
    /// For windows, `[n, 3, local_px, local_px]`.
    pub local: WassersteinCritic,
}

/// Scores pictures without bounds: only differences between scores mean anything.
#[derive(Module, Debug)]
pub struct WassersteinCritic {
    convolutions: Vec<Conv2d>,
    verdict: Linear,
}

impl WassersteinCritic {
    /// How real each picture looks, on a scale of its own.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, side, side]`, colours in `0..=1`
    /// - returns `[n, 1]`, any number
    #[must_use]
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<2> {
        let mut x = pictures;
        for convolution in &self.convolutions {
            x = leaky_relu(convolution.forward(x), LEAK); // [n, c, h / 2, w / 2]
        }
        self.verdict.forward(x.flatten::<2>(1, 3)) // [n, 1]
    }
}
