//! The critics: networks that tell real photos from painted ones, one published critic a file.
//!
//! All take colours in `0..=1`. What a verdict means depends on the loss that a critic was
//! published with, see [`Adversarial`](super::losses::adversarial::Adversarial): a probability for
//! [`outpaint`], [`completion`] and [`keras`], any number for [`contextual`], [`patch`] and
//! [`colorizer`]. Where the local critics look is decided in [`window`].
//!
//! Convolutions of an odd kernel pad alike on all sides, as `PyTorch` does; TensorFlow's `SAME`
//! lays the taps of a stride of 2 one pixel further, which learnt weights cannot notice.

pub mod colorizer;
pub mod completion;
pub mod contextual;
pub mod keras;
pub mod outpaint;
pub mod patch;
pub mod spectral;
pub mod window;

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::model::blocks::conv;

use colorizer::{ColorizerCritic, ColorizerCriticConfig};
use completion::{CompletionCritic, CompletionCriticConfig};
use contextual::{ContextualCritics, ContextualCriticsConfig};
use keras::{KerasCritic, KerasCriticConfig};
use outpaint::{OutpaintCritic, OutpaintCriticConfig};
use patch::{PatchCritic, PatchCriticConfig};
use window::windows;

/// The slope below zero of every leaky ReLU here, as published.
const LEAK: f64 = 0.2;

/// Which critic, and how large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "network", rename_all = "kebab-case")]
pub enum CriticConfig {
    /// See [`outpaint`].
    Outpaint(OutpaintCriticConfig),
    /// See [`completion`].
    Completion(CompletionCriticConfig),
    /// See [`keras`].
    Keras(KerasCriticConfig),
    /// See [`contextual`].
    Contextual(ContextualCriticsConfig),
    /// See [`patch`].
    Patch(PatchCriticConfig),
    /// See [`colorizer`].
    Colorizer(ColorizerCriticConfig),
}

impl CriticConfig {
    /// Fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Critic {
        match self {
            Self::Outpaint(config) => Critic::Outpaint(config.init(device)),
            Self::Completion(config) => Critic::Completion(config.init(device)),
            Self::Keras(config) => Critic::Keras(config.init(device)),
            Self::Contextual(config) => Critic::Contextual(config.init(device)),
            Self::Patch(config) => Critic::Patch(config.init(device)),
            Self::Colorizer(config) => Critic::Colorizer(config.init(device)),
        }
    }

    /// The one side of the square pictures it can judge; `None` for any size.
    #[must_use]
    pub fn side_px(&self) -> Option<usize> {
        match self {
            Self::Outpaint(config) => Some(config.side_px),
            Self::Completion(config) => Some(config.side_px),
            Self::Contextual(config) => Some(config.side_px),
            Self::Keras(config) => Some(config.size_px[0]),
            Self::Patch(_) | Self::Colorizer(_) => None,
        }
    }

    /// How often it halves a picture: its side must divide by two so often.
    #[must_use]
    pub fn unit_px(&self) -> usize {
        match self {
            Self::Outpaint(_) => 32,
            Self::Completion(_) => 64,
            Self::Keras(_) | Self::Contextual(_) => 16,
            Self::Patch(config) => 1 << config.halvings.min(12),
            Self::Colorizer(_) => 64,
        }
    }

    /// Side of the window that it looks at closely; 0 where it has none.
    #[must_use]
    pub fn local_px(&self) -> usize {
        match self {
            Self::Completion(config) => config.local_px,
            Self::Contextual(config) => config.local_px,
            _ => 0,
        }
    }
}

/// Any of the critics.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
#[expect(missing_docs, reason = "each is in the file of its name")]
pub enum Critic {
    Outpaint(OutpaintCritic),
    Completion(CompletionCritic),
    Keras(KerasCritic),
    Contextual(ContextualCritics),
    Patch(PatchCritic),
    Colorizer(ColorizerCritic),
}

/// What a critic knows beside the pictures.
#[derive(Clone, Debug)]
pub struct Scene {
    /// `[left, top]` of the window of painted pictures that is looked at closely, one per picture.
    pub corners: Vec<[usize; 2]>,
    /// The same of real ones.
    pub real_corners: Vec<[usize; 2]>,
    /// Its side in pixels; 0 where none is needed.
    pub local_px: usize,
    /// `[n, 1, h, w]`, 1 = painted.
    pub hole: Tensor<4>,
    /// `[n, 3, h, w]`: the picture as the generator was shown it, such as the pixelated one.
    pub seen: Tensor<4>,
}

impl Critic {
    /// The verdicts of each of its views.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, colours in `0..=1`
    /// - returns `[n, verdicts]` for each view; what they mean is in the critic's own file
    ///
    /// # Panics
    /// As the critic's own `forward`.
    #[must_use]
    pub fn judge(&self, pictures: Tensor<4>, scene: &Scene) -> Vec<Tensor<2>> {
        let local = || windows(pictures.clone(), &scene.corners, scene.local_px);
        match self {
            Self::Outpaint(critic) => vec![critic.forward(pictures)],
            Self::Keras(critic) => vec![critic.forward(pictures)],
            Self::Colorizer(critic) => vec![critic.forward(pictures)],
            Self::Completion(critic) => vec![critic.forward(pictures.clone(), local())],
            Self::Contextual(critic) => {
                let local = critic.local.forward(local());
                vec![critic.whole.forward(pictures), local]
            }
            Self::Patch(critic) => {
                let condition = match critic.conditions() {
                    0 => None,
                    1 => Some(scene.hole.clone()),
                    _ => Some(scene.seen.clone()),
                };
                vec![critic.forward(pictures, condition).flatten(1, 3)]
            }
        }
    }

    /// The verdicts on real and on painted pictures, `[real, painted]`, in one batch, so that a
    /// critic with batch normalisation judges both by the same measure.
    ///
    /// In batches of their own, each kind would be normalised by itself, and so lose a part of what
    /// tells them apart; what is learnt does not hold off training then. On striped toys Iizuka's
    /// critic got 50 to 88 of 100 right so, against 100 of 100 together.
    #[must_use]
    pub fn judge_both(
        &self,
        real: Tensor<4>,
        painted: Tensor<4>,
        scene: &Scene,
    ) -> [Vec<Tensor<2>>; 2] {
        let n = real.dims()[0];
        let twice = |x: &Tensor<4>| Tensor::cat(vec![x.clone(), x.clone()], 0);
        let both = Scene {
            corners: [scene.real_corners.clone(), scene.corners.clone()].concat(),
            real_corners: Vec::new(),
            local_px: scene.local_px,
            hole: twice(&scene.hole),
            seen: twice(&scene.seen),
        };
        let verdicts = self.judge(Tensor::cat(vec![real, painted], 0), &both);
        [0, n].map(|at| verdicts.iter().map(|view| view.clone().narrow(0, at, n)).collect())
    }
}

/// A chain of 5×5 convolutions, each with stride 2, through these channels.
fn halvings(channels: &[usize], device: &Device) -> Vec<Conv2d> {
    channels.windows(2).map(|pair| conv([pair[0], pair[1]], 5, [2, 1], device)).collect()
}

#[cfg(test)]
mod tests;
