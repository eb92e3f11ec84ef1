//! The critic of DeOldify (Antic 2018), which also judges what was restored from fading.

use burn::config::Config;
use burn::module::{Initializer, Module, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::{leaky_relu, softmax};
use burn::tensor::{Device, Distribution, Tensor};

use super::LEAK;
use super::spectral::CriticConv;
use crate::model::blocks::conv;

/// What a [`ColorizerCritic`] is made of.
#[derive(Config, Debug, PartialEq)]
pub struct ColorizerCriticConfig {
    /// Channels of the first convolution, doubled by each block; 256 as published.
    #[config(default = 256)]
    pub channels: usize,
    /// Blocks, each of which halves the picture; 3 as published.
    #[config(default = 3)]
    pub blocks: usize,
    /// Share of the channels that each block forgets while training, half of it before the first
    /// block; 0.15 as published.
    #[config(default = 0.15)]
    pub dropout: f64,
}

impl ColorizerCriticConfig {
    /// Fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> ColorizerCritic {
        let spectral = |channels, kernel_px, stride| {
            CriticConv::new(conv(channels, kernel_px, [stride, 1], device), device)
        };
        let c = self.channels;
        let last = c << self.blocks;
        let verdict = Conv2dConfig::new([last, 1], [4, 4])
            .with_padding(PaddingConfig2d::Valid)
            .with_bias(false)
            .init(device);
        ColorizerCritic {
            first: spectral([3, c], 4, 2),
            keep: (0..self.blocks).map(|i| spectral([c << i, c << i], 3, 1)).collect(),
            halve: (0..self.blocks).map(|i| spectral([c << i, c << (i + 1)], 4, 2)).collect(),
            attention: CriticAttention::new(2 * c, device),
            settle: spectral([last, last], 3, 1),
            verdict: CriticConv::new(verdict, device),
            dropout: self.dropout,
        }
    }
}

/// Judges every patch of a picture, having compared far parts of it with each other.
///
/// # Source
/// The custom critic of DeOldify: spectral norm on every convolution, leaky ReLU, dropout of whole
/// channels, self-attention after the first block.
#[derive(Module, Debug)]
pub struct ColorizerCritic {
    first: CriticConv,
    keep: Vec<CriticConv>,
    halve: Vec<CriticConv>,
    attention: CriticAttention,
    settle: CriticConv,
    verdict: CriticConv,
    dropout: f64,
}

impl ColorizerCritic {
    /// The logit of each patch's being real.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, colours in `0..=1`; with three blocks sides of 64 at least
    /// - returns `[n, patches]`, any number; above 0 is real
    #[must_use]
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<2> {
        let x = leaky_relu(self.first.forward(pictures), LEAK); // [n, c, h / 2, w / 2]
        let mut x = drop_channels(x, self.dropout / 2.0);
        for (i, (keep, halve)) in self.keep.iter().zip(&self.halve).enumerate() {
            x = drop_channels(leaky_relu(keep.forward(x), LEAK), self.dropout);
            x = leaky_relu(halve.forward(x), LEAK); // [n, 2c, h / 2, w / 2]
            if i == 0 {
                x = self.attention.forward(x);
            }
        }
        let x = leaky_relu(self.settle.forward(x), LEAK);
        self.verdict.forward(x).flatten::<2>(1, 3) // [n, (h / 16 - 3) (w / 16 - 3)]
    }
}

/// Forgets whole channels of each picture while training, and makes up for it in the others.
///
/// # Source
/// Tompson et al., "Efficient Object Localization Using Convolutional Networks" (CVPR 2015).
fn drop_channels(x: Tensor<4>, share: f64) -> Tensor<4> {
    if !x.device().is_autodiff() || share == 0.0 {
        return x;
    }
    let [n, c, _, _] = x.dims();
    let kept = Tensor::<4>::random([n, c, 1, 1], Distribution::Bernoulli(1.0 - share), &x.device());
    x * (kept / (1.0 - share))
}

/// Adds to every place what similar places hold.
///
/// # Source
/// Zhang et al., "Self-Attention Generative Adversarial Networks" (ICML 2019), in the form of
/// fastai: no biases, no convolution after the values, strength 0 at the start.
#[derive(Module, Debug)]
struct CriticAttention {
    query: CriticConv,
    key: CriticConv,
    value: CriticConv,
    strength: Param<Tensor<1>>,
}

impl CriticAttention {
    fn new(channels: usize, device: &Device) -> Self {
        let to = |c_out: usize| {
            let conv: Conv2d =
                Conv2dConfig::new([channels, c_out], [1, 1]).with_bias(false).init(device);
            CriticConv::new(conv, device)
        };
        Self {
            query: to(channels.div_ceil(8)),
            key: to(channels.div_ceil(8)),
            value: to(channels),
            strength: Initializer::Zeros.init([1], device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, c, h, w] = x.dims();
        // [n, c', hw]
        let rows = |layer: &CriticConv| layer.forward(x.clone()).flatten::<3>(2, 3);
        let scores = rows(&self.query).swap_dims(1, 2).matmul(rows(&self.key)); // [n, hw, hw]
        let looked = rows(&self.value).matmul(softmax(scores, 1)); // [n, c, hw]
        let strength = self.strength.val().reshape([1, 1, 1, 1]);
        looked.reshape([n, c, h, w]) * strength + x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_channels_are_forgotten_and_made_up_for() {
        let x = Tensor::<4>::ones([8, 64, 2, 3], &Device::flex().autodiff());
        let got: Vec<f32> = drop_channels(x, 0.25).into_data().try_to_vec().unwrap();
        let whole = got.chunks_exact(6).map(|channel| {
            assert!(channel.iter().all(|value| *value == channel[0]), "{channel:?}");
            channel[0]
        });
        let whole: Vec<f32> = whole.collect();
        let forgotten = whole.iter().filter(|value| **value == 0.0).count();
        assert!(whole.iter().all(|v| *v == 0.0 || (*v - 4.0 / 3.0).abs() < 1e-6));
        // A quarter of 512 with a deviation of 10.
        assert!(forgotten.abs_diff(128) < 60, "{forgotten}");
        let x = Tensor::<4>::ones([1, 64, 1, 1], &Device::flex());
        let off: Vec<f32> = drop_channels(x, 0.25).into_data().try_to_vec().unwrap();
        assert_eq!(off, [1.0; 64], "off training nothing is forgotten");
    }

    #[test]
    fn attention_adds_nothing_at_first_and_then_what_all_places_hold() {
        let device = Device::flex();
        let mut attention = CriticAttention::new(8, &device);
        let x = Tensor::<4>::random([1, 8, 3, 2], Distribution::Default, &device);
        assert_eq!(attention.forward(x.clone()).into_data(), x.clone().into_data());
        // A flat picture looks everywhere alike: the same is added at each place.
        attention.strength = Param::from_tensor(Tensor::ones([1], &device));
        let added = attention.forward(x.zeros_like() + 0.5) - 0.5;
        let first = added.clone().narrow(2, 0, 1).narrow(3, 0, 1);
        let apart: Vec<f32> = (added - first.clone()).abs().max().into_data().try_to_vec().unwrap();
        let size: Vec<f32> = first.abs().max().into_data().try_to_vec().unwrap();
        assert!(apart[0] < 1e-6 && size[0] > 1e-3, "{apart:?} of {size:?}");
    }
}
