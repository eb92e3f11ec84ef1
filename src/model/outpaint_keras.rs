//! The out-painting generator that sees only the middle: bendangnuksung's "Image-OutPainting"
//! (2018), a Keras variant of Sabini & Rusak at 256².
//!
//! The middle columns of a picture go in, and both missing margins come out. There is no hole: the
//! missing part is cropped away. Start reading at [`OutpaintKeras::forward`].
//!
//! The released code paints each further margin from the two that it has just painted, side by
//! side. What the network sees then has a seam through its middle, and nothing of the photo. Ours
//! is shown the whole picture anew in each step, see [`crate::extend`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::nn::{Dropout, DropoutConfig, GroupNorm, GroupNormConfig};
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, deconv};
use super::convolution::Convolve;

/// The settings of an [`OutpaintKeras`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct OutpaintKerasConfig {
    /// Channels of the first layer; the inner layers have eight times as many. 64 as published.
    #[config(default = 64)]
    pub channels: usize,
    /// Distances between kernel taps of the dilated layers, in quarter pixels.
    #[config(default = "[2, 4, 8, 16]")]
    pub dilations: [usize; 4],
    /// The share of features that are left out at random while training, in `0..1`.
    #[config(default = 0.25)]
    pub dropout: f64,
}

impl OutpaintKerasConfig {
    /// The published network: 35.1 M parameters, 88.3 GMACs for the middle 128 columns of 256².
    #[must_use]
    pub fn paper() -> Self {
        Self::new()
    }

    /// Returns the number of pixels that both sides of the input must be multiples of.
    #[must_use]
    pub fn grid_px(&self) -> usize {
        4
    }

    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> OutpaintKeras {
        let [c, c2, c4, c8] = [1, 2, 4, 8].map(|times| times * self.channels);
        let layer = |channels: [usize; 2], kernel_px, steps| Layer {
            conv: conv(channels, kernel_px, steps, device),
            norm: GroupNormConfig::new(1, channels[1]).init(device),
        };
        let inner = |from| layer([from, c8], 4, [1, 1]);
        OutpaintKeras {
            narrow: vec![
                layer([3, c], 5, [1, 1]),
                layer([c, c2], 4, [2, 1]),
                layer([c2, c4], 4, [2, 1]),
            ],
            widen: vec![inner(c4), inner(c8)],
            dilated: self.dilations.map(|d| layer([c8, c8], 4, [1, d])).into(),
            settle: vec![inner(c8), inner(c8)],
            double: vec![deconv([c8, c4], device), deconv([c4, c2], device)],
            smooth: vec![layer([c2, c2], 4, [1, 1]), layer([c2, c], 4, [1, 1])],
            out: conv([c, 3], 4, [1, 1], device),
            dropout: DropoutConfig::new(self.dropout).init(),
        }
    }
}

/// A convolution, and the normalisation that follows it after ReLU and dropout.
#[derive(Module, Debug)]
struct Layer {
    conv: Conv2d,
    norm: GroupNorm,
}

/// Paints both margins of a picture from its middle.
///
/// # Source
/// The released notebook: convolution, ReLU, dropout (while training), instance normalisation;
/// transposed convolutions are followed by a ReLU alone; tanh at the end. Its normalisation takes
/// all channels of a picture together, and so does ours (normalising each channel by itself would
/// erase the picture's colour). We have a gain and a shift per channel where it has one for all.
/// Its colours are in the order blue, green, red; ours, as everywhere, red, green, blue.
#[derive(Module, Debug)]
pub struct OutpaintKeras {
    narrow: Vec<Layer>,
    widen: Vec<Layer>,
    dilated: Vec<Layer>,
    settle: Vec<Layer>,
    double: Vec<ConvTranspose2d>,
    smooth: Vec<Layer>,
    out: Conv2d,
    dropout: Dropout,
}

impl OutpaintKeras {
    /// Paints the two margins of a picture from its middle; each is half as wide as the middle.
    ///
    /// # Shapes and ranges
    /// - `middle`: `[n, 3, h, w]`: red, green, blue in `0..=1`; `h` and `w` are multiples of
    ///   [`OutpaintKerasConfig::grid_px`]; 256 and 128 as published
    /// - returns `[n, 3, h, w]`, colours in `0..=1`: the `w / 2` columns of the left margin, then
    ///   those of the right one
    #[must_use]
    pub fn forward(&self, middle: Tensor<4>) -> Tensor<4> {
        let layers = self.narrow.iter().chain(&self.widen).chain(&self.dilated).chain(&self.settle);
        let x = middle * 2.0 - 1.0; // [n, 3, h, w], -1..=1
        let x = layers.fold(x, |x, layer| self.layer(layer, x)); // [n, 8c, h / 4, w / 4]
        let x = self.double.iter().fold(x, |x, layer| relu(layer.convolve(x))); // [n, 2c, h, w]
        let x = self.smooth.iter().fold(x, |x, layer| self.layer(layer, x)); // [n, c, h, w]
        (tanh(self.out.convolve(x)) + 1.0) / 2.0 // [n, 3, h, w]
    }

    fn layer(&self, layer: &Layer, x: Tensor<4>) -> Tensor<4> {
        layer.norm.forward(self.dropout.forward(relu(layer.conv.convolve(x))))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::model::blocks::gmacs;

    #[test]
    fn the_published_size_has_the_published_number_of_parameters() {
        // Weights and biases of the sixteen layers: 35.1 M.
        let narrow = 4_864 + 131_200 + 524_544;
        let inner = 2_097_664 + 7 * 4_194_816;
        let wide = 2_097_408 + 524_416 + 262_272 + 131_136 + 3_075;
        // Gain and shift of the thirteen normalised layers.
        let norms = 2 * (64 + 128 + 256 + 8 * 512 + 128 + 64);
        let paper = OutpaintKerasConfig::paper().init(&Device::flex());
        assert_eq!(narrow + inner + wide, 35_140_291);
        assert_eq!(paper.num_params(), 35_140_291 + norms);
    }

    #[test]
    fn the_published_size_costs_what_the_table_says() {
        let [full, half, quarter] = [256 * 128, 128 * 64, 64 * 32];
        let pixels = [vec![full, half], vec![quarter; 9], vec![quarter, half, full, full, full]];
        let cost = gmacs(&OutpaintKerasConfig::paper().init(&Device::flex()), &pixels.concat());
        assert!((cost - 88.3).abs() < 0.05, "{cost}");
    }

    #[test]
    fn the_margins_together_are_as_wide_as_the_middle() {
        let net = OutpaintKerasConfig::new().with_channels(4).init(&Device::flex());
        for [h, w] in [[16, 8], [12, 20]] {
            let middle = Tensor::random([2, 3, h, w], Distribution::Default, &Device::flex());
            let margins = net.forward(middle);
            assert_eq!(margins.dims(), [2, 3, h, w]);
            let range = [margins.clone().min(), margins.max()].map(|x| x.into_scalar::<f32>());
            assert!(range[0] >= 0.0 && range[1] <= 1.0, "{range:?}");
        }
    }

    #[cfg(feature = "train")]
    #[test]
    fn features_are_left_out_while_training_only() {
        let twice = |dropout: f64, device: &Device| {
            let net = OutpaintKerasConfig::new().with_channels(4).with_dropout(dropout);
            let net = net.init(device);
            let middle = Tensor::<4>::full([1, 3, 8, 8], 0.3, device);
            [net.forward(middle.clone()).into_data(), net.forward(middle).into_data()]
        };
        let [once, again] = twice(0.25, &Device::flex().autodiff());
        assert_ne!(once, again);
        let [once, again] = twice(0.25, &Device::flex());
        assert_eq!(once, again, "the same photo must give the same margins");
        let [once, again] = twice(0.0, &Device::flex().autodiff());
        assert_eq!(once, again, "control: nothing else in it is left to chance");
    }
}
