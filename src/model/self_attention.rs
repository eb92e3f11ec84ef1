//! Self-attention over all places of a feature map, so that what is far away can decide a colour
//! here.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

use super::spectral::{SpectralConv, SpectralConvConfig};

/// The settings of a [`SelfAttention`].
#[derive(Config, Debug, PartialEq)]
pub struct SelfAttentionConfig {
    /// Channels in and out. An eighth of them is used to compare places.
    pub channels: usize,
    /// Whether the weights are already divided, as in a weight file for inference.
    #[config(default = false)]
    pub folded: bool,
}

impl SelfAttentionConfig {
    /// Builds the layer with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> SelfAttention {
        let project = |c_out: usize| {
            SpectralConvConfig::new([self.channels, c_out])
                .with_kernel_px(1)
                .with_bias(false)
                .with_folded(self.folded)
                .init(device)
        };
        let compared = (self.channels / 8).max(1);
        SelfAttention {
            query: project(compared),
            key: project(compared),
            value: project(self.channels),
            gamma: Initializer::Zeros.init([1], device),
        }
    }
}

/// Adds to every place a mean over all places, weighted by how well they match.
///
/// Its weight γ starts at 0, so that a fresh layer changes nothing.
///
/// # Source
/// Zhang et al., "Self-Attention Generative Adversarial Networks" (2018), as in fastai and
/// `DeOldify`: spectral norm on the three projections, channels / 8 for comparing, all channels as
/// value (the paper has an eighth, and a fourth projection). Names are from the point of view of
/// the place that asks: our query is what those call g and "key".
#[derive(Module, Debug)]
pub struct SelfAttention {
    query: SpectralConv,
    key: SpectralConv,
    value: SpectralConv,
    gamma: Param<Tensor<1>>,
}

impl SelfAttention {
    /// Maps `[n, c, h, w]` to the same shape; holds `n (h w)²` weights on the way.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, c, h, w] = x.dims();
        let flat = |projection: &SpectralConv| {
            let y = projection.forward(x.clone());
            let [_, channels, ..] = y.dims();
            y.reshape([n, channels, h * w])
        };
        let fit = flat(&self.query).swap_dims(1, 2).matmul(flat(&self.key)); // [n, h w, h w]
        let looked_at = softmax(fit, 2).matmul(flat(&self.value).swap_dims(1, 2)); // [n, h w, c]
        let seen = looked_at.swap_dims(1, 2).reshape([n, c, h, w]);
        seen * self.gamma.val().unsqueeze::<4>() + x
    }

    /// Returns the same layer with its weights divided once and for all, for inference.
    #[must_use]
    pub fn folded(&self) -> Self {
        let [query, key, value] = [&self.query, &self.key, &self.value].map(SpectralConv::folded);
        Self { query, key, value, gamma: self.gamma.valid() }
    }
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::testing::{random, values};

    #[test]
    fn a_fresh_one_changes_nothing() {
        let device = Device::flex();
        let net = SelfAttentionConfig::new(16).init(&device);
        let x = random([2, 16, 3, 5], &device);
        assert_eq!(values(net.forward(x.clone())), values(x.clone()));
        let woken = SelfAttention { gamma: Param::from_tensor(Tensor::ones([1], &device)), ..net };
        assert_ne!(values(woken.forward(x.clone())), values(x), "control");
    }

    #[test]
    fn two_places_are_the_ones_worked_out_by_hand() {
        // One channel; query and key are x itself, the value is 2x. Of the places 0 and 1, the
        // first finds both equal (mean value 1), the second prefers itself by e to 1: 2e / (1 + e).
        let device = Device::flex();
        let by = |weight: f32| {
            let config = SpectralConvConfig::new([1, 1]).with_kernel_px(1).with_bias(false);
            let mut net = config.with_folded(true).init(&device);
            net.weight = Param::from_tensor(Tensor::full([1, 1, 1, 1], weight, &device));
            net
        };
        let gamma = Param::from_tensor(Tensor::from_floats([0.5], &device));
        let net = SelfAttention { query: by(1.0), key: by(1.0), value: by(2.0), gamma };
        let got = values(net.forward(Tensor::from_floats([[[[0.0, 1.0]]]], &device)));
        let e = std::f32::consts::E;
        assert!((got[0] - 0.5).abs() < 1e-6, "{got:?}");
        assert!((got[1] - (1.0 + e / (1.0 + e))).abs() < 1e-6, "{got:?}");
    }

    #[test]
    fn folding_changes_the_form_and_not_the_answer() {
        let device = Device::flex().autodiff();
        let net = SelfAttentionConfig::new(16).init(&device);
        let net = SelfAttention { gamma: Param::from_tensor(Tensor::ones([1], &device)), ..net };
        let x = random([1, 16, 4, 3], &device.clone().inner());
        let [open, folded] = [net.valid(), net.folded()].map(|net| values(net.forward(x.clone())));
        let worst = open.iter().zip(&folded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst}");
        assert_eq!(net.folded().num_params(), net.num_params() - 2 - 2 - 16);
        assert!(open.iter().zip(values(x)).any(|(a, b)| (a - b).abs() > 0.01), "control: it acts");
    }
}
