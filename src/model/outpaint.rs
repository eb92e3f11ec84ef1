//! The out-painting generator: Sabini & Rusak, "Painting Outside the Box" (2018).
//!
//! A photo whose margin is hidden goes in, and a photo whose margin is painted comes out.
//! [`OutpaintConfig::paper`] is the published size; [`OutpaintConfig::ship`] is ours, made to run
//! on a visitor's machine. Both are the same code. Start reading at [`Outpaint::forward`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, deconv, silent_conv};
use super::convolution::Convolve;
use crate::pixels::Fill;

/// The sides of a picture that a generator has learnt to paint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sides {
    /// The left and right margins together, as published. Other sides are painted by transposing
    /// the picture.
    Columns,
    /// Any set of sides at once.
    Any,
}

/// The settings of an [`Outpaint`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct OutpaintConfig {
    /// Channels of the first layer; 64 as published.
    #[config(default = 64)]
    pub channels: usize,
    /// Channels of the innermost layers; 256 as published.
    #[config(default = 256)]
    pub inner_channels: usize,
    /// How many times the picture is halved before the dilated layers; 1 as published.
    #[config(default = 1)]
    pub halvings: usize,
    /// Distances between kernel taps of the dilated layers, in pixels of their own grid.
    #[config(default = "[2, 4, 8]")]
    pub dilations: [usize; 3],
    /// Whether each doubling adds the features that its halving started from; not in the paper.
    #[config(default = false)]
    pub skips: bool,
    /// What it expects to find in the hole.
    #[config(default = "Fill::Mean")]
    pub fill: Fill,
    /// Which sides it learns to paint.
    #[config(default = "Sides::Columns")]
    pub sides: Sides,
}

impl OutpaintConfig {
    /// The published network: 3.34 M parameters, 14.7 GMACs at 128².
    #[must_use]
    pub fn paper() -> Self {
        Self::new()
    }

    /// Our smaller network: most of its work happens at an eighth of the resolution, where a kernel
    /// reaches across the whole margin. Skips keep what the halvings would lose at the seam.
    /// `benches/README.md` says what other widths cost.
    #[must_use]
    pub fn ship() -> Self {
        Self::new()
            .with_channels(16)
            .with_inner_channels(128)
            .with_halvings(3)
            .with_dilations([1, 2, 4])
            .with_skips(true)
            .with_fill(Fill::Membrane)
            .with_sides(Sides::Any)
    }

    /// A network just large enough to see whether training works at all.
    #[must_use]
    pub fn smoke() -> Self {
        Self::ship().with_channels(8).with_inner_channels(32).with_halvings(2)
    }

    /// Returns the number of pixels that both sides of the input must be multiples of.
    #[must_use]
    pub fn grid_px(&self) -> usize {
        1 << self.halvings
    }

    /// Returns the number of channels after `level` halvings.
    fn channels_at(&self, level: usize) -> usize {
        (self.channels << level).min(self.inner_channels)
    }

    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Outpaint {
        let inner = self.inner_channels;
        let at = |level| self.channels_at(level);
        Outpaint {
            first: conv([4, at(0)], 5, [1, 1], device),
            down: (0..self.halvings)
                .map(|level| conv([at(level), at(level + 1)], 3, [2, 1], device))
                .collect(),
            widen: conv([at(self.halvings), inner], 3, [1, 1], device),
            dilated: self.dilations.map(|d| conv([inner, inner], 3, [1, d], device)).into(),
            settle: conv([inner, inner], 3, [1, 1], device),
            up: (0..self.halvings)
                .rev()
                .map(|level| {
                    let c_in =
                        if level + 1 == self.halvings { inner } else { self.up_at(level + 1) };
                    deconv([c_in, self.up_at(level)], device)
                })
                .collect(),
            last: conv([self.up_at(0), at(0)], 3, [1, 1], device),
            out: match self.fill {
                Fill::Mean | Fill::MeanColor | Fill::Grey => conv([at(0), 3], 3, [1, 1], device),
                Fill::Membrane | Fill::Cells | Fill::Smooth => silent_conv([at(0), 3], device),
            },
            skips: self.skips,
            adds: matches!(self.fill, Fill::Membrane | Fill::Cells | Fill::Smooth),
        }
    }

    /// Returns the channels of the decoder at `level`: with skips, as many as the encoder has, so
    /// that the two can be added; without, twice as many, as published.
    fn up_at(&self, level: usize) -> usize {
        if self.skips { self.channels_at(level) } else { self.channels_at(level + 1) }
    }
}

/// Paints the hidden margin of a picture.
///
/// # Source
/// Sabini & Rusak 2018, table of the generator. With more than one halving, or with skips, it is
/// ours.
#[derive(Module, Debug)]
pub struct Outpaint {
    first: Conv2d,
    down: Vec<Conv2d>,
    widen: Conv2d,
    dilated: Vec<Conv2d>,
    settle: Conv2d,
    up: Vec<ConvTranspose2d>,
    last: Conv2d,
    out: Conv2d,
    skips: bool,
    /// Whether the answer is added to what was in the hole, instead of replacing it.
    adds: bool,
}

impl Outpaint {
    /// Turns a picture with a hidden part into a whole one.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 4, h, w]`: red, green, blue in `0..=1` with the hidden part filled as
    ///   [`OutpaintConfig::fill`] says, and the hole (1 = paint here); `h` and `w` are multiples of
    ///   [`OutpaintConfig::grid_px`]
    /// - returns `[n, 3, h, w]`, colours in `0..=1`; with [`Fill::Membrane`] at times slightly
    ///   beyond
    #[must_use]
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let mut x = relu(self.first.convolve(input.clone())); // [n, c, h, w]
        let mut finer = Vec::with_capacity(self.down.len());
        for halve in &self.down {
            finer.push(x.clone());
            x = relu(halve.convolve(x)); // [n, min(2c, inner), h / 2, w / 2]
        }
        x = relu(self.widen.convolve(x)); // [n, inner, h / grid, w / grid]
        for layer in &self.dilated {
            x = relu(layer.convolve(x));
        }
        x = relu(self.settle.convolve(x));
        for double in &self.up {
            x = relu(double.convolve(x)); // [n, …, 2h, 2w]
            if let Some(before) = finer.pop().filter(|_| self.skips) {
                x = x + before;
            }
        }
        x = relu(self.last.convolve(x)); // [n, c, h, w]
        let answer = self.out.convolve(x); // [n, 3, h, w]
        if self.adds { input.narrow(1, 0, 3) + answer } else { sigmoid(answer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_size_has_the_published_number_of_parameters() {
        let device = Device::flex();
        let paper = OutpaintConfig::paper().init(&device);
        // The 3.34 M of the layer table, counted: weights and biases of the ten layers.
        assert_eq!(paper.num_params(), 3_335_747);
        assert_ne!(OutpaintConfig::ship().init(&device).num_params(), 3_335_747);
    }

    #[test]
    fn the_answer_has_the_size_of_the_question() {
        let device = Device::flex();
        for config in [OutpaintConfig::smoke(), OutpaintConfig::smoke().with_skips(false)] {
            let [h, w] = [5 * config.grid_px(), 3 * config.grid_px()];
            let answer = config.init(&device).forward(Tensor::zeros([2, 4, h, w], &device));
            assert_eq!(answer.dims(), [2, 3, h, w]);
        }
    }

    #[test]
    fn an_untrained_net_that_adds_leaves_the_filled_picture_as_it_is() {
        let device = Device::flex();
        let random = burn::tensor::Distribution::Default;
        let input = Tensor::<4>::random([1, 4, 8, 12], random, &device);
        let answer = |fill| {
            let net = OutpaintConfig::smoke().with_fill(fill).init(&device);
            net.forward(input.clone()).into_data()
        };
        let filled = input.clone().narrow(1, 0, 3).into_data();
        assert_eq!(answer(Fill::Membrane), filled);
        assert_ne!(answer(Fill::Mean), filled, "control");
    }

    #[test]
    fn the_far_end_of_the_margin_sees_the_visible_part() {
        let device = Device::flex();
        let config = OutpaintConfig::paper().with_channels(4).with_inner_channels(8);
        let paint = |net: &Outpaint, visible: f32| {
            let margin = Tensor::<4>::zeros([1, 4, 8, 32], &device);
            let centre = Tensor::<4>::full([1, 4, 8, 64], visible, &device);
            let out = net.forward(Tensor::cat(vec![margin, centre], 3));
            out.slice([0..1, 0..3, 4..5, 0..1]).into_data()
        };
        // Several draws, since eight channels may all be silent there in one.
        let sees = |config: &OutpaintConfig| {
            let mut nets = (0..8).map(|_| config.init(&device));
            nets.any(|net| paint(&net, 0.1) != paint(&net, 0.9))
        };
        assert!(sees(&config));
        // Control: the poster's smaller dilations (1, 1, 2) do not reach across 32 px.
        assert!(!sees(&config.with_dilations([1, 1, 2])));
    }
}
