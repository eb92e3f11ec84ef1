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

use burn::nn::conv::Conv2d;
use burn::tensor::Device;

use crate::model::blocks::conv;

/// The slope below zero of every leaky ReLU here, as published.
const LEAK: f64 = 0.2;

/// A chain of 5×5 convolutions, each with stride 2, through these channels.
fn halvings(channels: &[usize], device: &Device) -> Vec<Conv2d> {
    channels.windows(2).map(|pair| conv([pair[0], pair[1]], 5, [2, 1], device)).collect()
}

#[cfg(test)]
mod tests;
