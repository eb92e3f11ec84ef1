//! The spectral-norm patch critic: Yu et al., "Free-Form Image Inpainting with Gated Convolution"
//! (ICCV 2019).

use burn::config::Config;
use burn::module::Module;
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use super::spectral::CriticConv;
use super::{LEAK, halvings};

/// What a [`PatchCritic`] is made of.
#[derive(Config, Debug, PartialEq)]
pub struct PatchCriticConfig {
    /// Channels of the condition: 0 for none, 1 for the hole (as published), 3 for a picture such
    /// as the pixelated one.
    #[config(default = 0)]
    pub conditions: usize,
    /// Channels of the first convolution, at most four times as many later; 64 as published.
    #[config(default = 64)]
    pub channels: usize,
    /// How often the picture is halved; 6 as published.
    #[config(default = 6)]
    pub halvings: usize,
}

impl PatchCriticConfig {
    /// Fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> PatchCritic {
        let widths = (0..self.halvings).map(|level| self.channels << level.min(2));
        let channels: Vec<usize> = [3 + self.conditions].into_iter().chain(widths).collect();
        PatchCritic {
            convolutions: halvings(&channels, device)
                .into_iter()
                .map(|conv| CriticConv::new(conv, device))
                .collect(),
            conditions: self.conditions,
        }
    }
}

/// Judges every patch of a picture by many features, each with a hinge of its own.
///
/// With a condition it sees pairs, so that a plausible picture which does not belong to its
/// condition is painted too: without, it can only ask for a plausible one.
///
/// # Source
/// Yu et al. 2019, SN-PatchGAN, with the layers of the released v2 code: the last convolution has a
/// leaky ReLU like the others.
#[derive(Module, Debug)]
pub struct PatchCritic {
    convolutions: Vec<CriticConv>,
    conditions: usize,
}

impl PatchCritic {
    /// Channels of its condition.
    #[must_use]
    pub fn conditions(&self) -> usize {
        self.conditions
    }

    /// How real each patch looks; the hinge is at ±1.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, colours in `0..=1`, any size
    /// - `condition`: `[n, conditions, h, w]`
    /// - returns `[n, 4 · channels, h / 2^halvings, w / 2^halvings]`, any number
    ///
    /// # Panics
    /// If it was made for other conditions.
    #[must_use]
    pub fn forward(&self, pictures: Tensor<4>, condition: Option<Tensor<4>>) -> Tensor<4> {
        let seen = [Some(pictures), condition].into_iter().flatten().collect();
        let mut x = Tensor::cat(seen, 1); // [n, 3 + conditions, h, w]
        for convolution in &self.convolutions {
            x = leaky_relu(convolution.forward(x), LEAK); // [n, c, h / 2, w / 2]
        }
        x
    }
}
