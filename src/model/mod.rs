//! The generators, one published network a file; which one a weight file holds is in its config.

pub mod blocks;
#[cfg(feature = "train")]
pub mod critics;
pub mod outpaint;

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
