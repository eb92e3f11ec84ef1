//! The generators, one published network a file; which one a weight file holds is in its config.
//!
//! What they cost at their published size; the tests of each count it:
//!
//! | network | input | parameters | multiply-adds |
//! | --- | --- | --- | --- |
//! | [`outpaint`] | 128² | 3.34 M | 14.7 G |
//! | [`outpaint`], as it ships | 128² | 1.01 M | 0.42 G |
//! | [`outpaint_keras`] | 128 × 256 | 35.1 M | 88.3 G |
//! | [`completion`] | 256² | 6.07 M | 32.6 G |
//! | [`contextual`] | 256² | 3.60 M | 22.4 G and attention |
//!
//! Attention is 3.4 G as published, and 0.65 G where only a hole of 128² asks.

pub mod blocks;
pub mod chroma_bins;
pub mod colorize;
pub mod completion;
pub mod contextual;
pub mod contextual_attention;
#[cfg(feature = "train")]
pub mod critics;
pub mod defade;
pub mod outpaint;
pub mod outpaint_keras;
pub mod resnet;
pub mod self_attention;
pub mod shuffle;
pub mod spectral;
#[cfg(test)]
mod testing;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use outpaint::{Fill, Outpaint, OutpaintConfig, Sides};

/// Which generator, and how large: what a weight file and a training run say of their network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "network", rename_all = "kebab-case")]
pub enum NetworkConfig {
    /// Out-painting, as published or as it ships.
    Outpaint(OutpaintConfig),
}

impl NetworkConfig {
    /// Fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Network {
        match self {
            Self::Outpaint(config) => Network::Outpaint(config.init(device)),
        }
    }

    /// Both sides of the input must divide by this.
    #[must_use]
    pub fn grid_px(&self) -> usize {
        match self {
            Self::Outpaint(config) => config.grid_px(),
        }
    }

    /// What it expects to find in the hole.
    #[must_use]
    pub fn fill(&self) -> Fill {
        match self {
            Self::Outpaint(config) => config.fill,
        }
    }

    /// Which sides of a photo it has learnt to extend.
    #[must_use]
    pub fn sides(&self) -> Sides {
        match self {
            Self::Outpaint(config) => config.sides,
        }
    }

    /// Refuses sizes that no network of ours has, before anything is allocated for them.
    ///
    /// # Errors
    /// What is wrong, for a sentence about a weight file.
    pub fn check(&self) -> Result<(), String> {
        let Self::Outpaint(config) = self;
        let sizes = [config.channels, config.inner_channels];
        if sizes.iter().any(|&n| n == 0 || n > 4096) || config.halvings > 6 {
            return Err(format!("{config:?} is no network that we build"));
        }
        Ok(())
    }
}

/// A generator that paints a hole.
#[derive(Module, Debug)]
pub enum Network {
    /// See [`outpaint`].
    Outpaint(Outpaint),
}

impl Network {
    /// From a picture with a hidden part to a whole one.
    ///
    /// # Shapes and ranges
    /// As [`Outpaint::forward`].
    #[must_use]
    pub fn paint(&self, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Outpaint(net) => net.forward(input),
        }
    }
}
