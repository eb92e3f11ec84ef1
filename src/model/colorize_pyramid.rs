//! The colouring generator that ships: an encoder that knows what photographs show, and a pyramid
//! that brings what it saw up to a quarter of the picture's size.
//!
//! Like [`super::colorize`], it answers how likely each of the [`ChromaBins`] is, from lightness
//! alone. Start reading at [`ColorizePyramid::forward`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, doubled};
use super::chroma_bins::{ChromaBins, Decode, decode, emboldened};
use super::colorize::in_colour;
use super::convolution::Convolve;
use super::efficientnet::{self, EfficientNet};
use super::pyramid::{BLOCKS, PyramidStep, SPREAD, TAPS};

/// The number of pixels that both sides of the input must be multiples of.
pub const GRID_PX: usize = 32;
/// Side of one cell of the answer, in pixels of the input.
pub const CELL_PX: usize = 4;

/// The settings of a [`ColorizePyramid`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct ColorizePyramidConfig {
    /// Channels of the pyramid at 1/32, 1/16 and ⅛.
    #[config(default = 128)]
    pub channels: usize,
    /// Channels of the pyramid at ¼, where it answers.
    #[config(default = 64)]
    pub fine_channels: usize,
}

impl ColorizePyramidConfig {
    /// A network just large enough to see whether training works; its encoder has only one size.
    #[must_use]
    pub fn smoke() -> Self {
        Self::new().with_channels(16).with_fine_channels(16)
    }

    /// Builds the network with fresh weights on `device`, those of the encoder too.
    #[must_use]
    pub fn init(&self, device: &Device) -> ColorizePyramid {
        let (wide, fine) = (self.channels, self.fine_channels);
        let point = |channels| conv(channels, 1, [1, 1], device);
        let smooth = |channels| conv([channels, channels], 3, [1, 1], device);
        let [quarter, eighth, sixteenth, last] = TAPS.map(|(_, channels)| channels);
        let level = |seen, channels| PyramidStep::new(seen, channels, device);
        ColorizePyramid {
            encoder: efficientnet::init(BLOCKS, device),
            context: point([last, wide]),
            levels: [last, sixteenth, eighth].map(|seen| level(seen, wide)),
            narrow: point([wide, fine]),
            finest: level(quarter, fine),
            finish: smooth(fine),
            out: point([fine, ChromaBins::new().places().len()]),
        }
    }
}

/// Finds colours for a black-and-white picture.
///
/// # Source
/// The encoder is [`EfficientNet`]. The decoder is Lin et al., "Feature Pyramid Networks for Object
/// Detection" (CVPR 2017): at each size, what the encoder saw there is added to what came from
/// below, enlarged. We differ in three things. A layer's answer is added to its input. The mean of
/// the coarsest map is added to that map everywhere, since what a picture shows as a whole says
/// much about its colours. And there is one answer, at the finest size. The form of the answer is
/// that of Zhang et al. (2016).
#[derive(Module, Debug)]
pub struct ColorizePyramid {
    encoder: EfficientNet,
    context: Conv2d,
    /// At 1/32, 1/16 and ⅛.
    levels: [PyramidStep; 3],
    narrow: Conv2d,
    finest: PyramidStep,
    finish: Conv2d,
    out: Conv2d,
}

impl ColorizePyramid {
    /// Returns how likely each chroma is, from lightness.
    ///
    /// # Shapes and ranges
    /// - `light`: `[n, 1, h, w]`, lightness (Y of `photo/color.rs`) in `0..=1`; `h` and `w` are
    ///   multiples of [`GRID_PX`]
    /// - returns `[n, bins, h / 4, w / 4]`, logits of the [`ChromaBins`]
    ///
    /// # Panics
    /// If a side is not a multiple of [`GRID_PX`].
    #[must_use]
    pub fn forward(&self, light: Tensor<4>) -> Tensor<4> {
        let [answer, _] = self.answer(light);
        answer
    }

    /// Returns what [`ColorizePyramid::forward`] does, and what the encoder sees at 1/16:
    /// `[n, 112, h / 16, w / 16]`.
    fn answer(&self, light: Tensor<4>) -> [Tensor<4>; 2] {
        let [_, _, h, w] = light.dims();
        assert!(h % GRID_PX == 0 && w % GRID_PX == 0, "{h}×{w} must divide by {GRID_PX}");
        let maps = self.encoder.taps((light * 2.0 - 1.0).repeat_dim(1, 3));
        let [quarter, eighth, sixteenth, last] = TAPS.map(|(at, _)| maps[at].clone() / SPREAD);
        let context = last.clone().mean_dims(&[2, 3]); // [n, 192, 1, 1]
        let [coarsest, middle, fine] = &self.levels;
        let x = coarsest.forward(self.context.convolve(context), last); // [n, wide, h / 32, w / 32]
        let x = middle.forward(doubled(x), sixteenth.clone()); // [n, wide, h / 16, w / 16]
        let x = fine.forward(doubled(x), eighth); // [n, wide, h / 8, w / 8]
        let x = doubled(self.narrow.convolve(relu(x))); // [n, fine, h / 4, w / 4]
        let x = self.finest.forward(x, quarter);
        let x = x.clone() + self.finish.convolve(relu(x));
        [self.out.convolve(relu(x)), sixteenth]
    }

    /// Returns the picture in colour, as training judges it; what [`ColorizePyramid::forward`]
    /// returns; and what the encoder sees. See
    /// [`Colorize::paint`](super::colorize::Colorize::paint).
    #[must_use]
    pub fn paint(&self, light: Tensor<4>) -> [Tensor<4>; 3] {
        let [answer, seen] = self.answer(light.clone());
        let chroma = decode(answer.clone(), &ChromaBins::new(), Decode::default());
        [in_colour(light, chroma), answer, seen]
    }

    /// Returns the encoder, to fill it with weights or to tell its parameters from the others.
    #[must_use]
    pub fn encoder(&self) -> &EfficientNet {
        &self.encoder
    }

    /// Replaces the encoder.
    #[must_use]
    pub fn with_encoder(self, encoder: EfficientNet) -> Self {
        Self { encoder, ..self }
    }

    /// Makes rare chromas likelier: see [`super::Network::emboldened`].
    ///
    /// # Panics
    /// If `rarity` does not have one number per bin.
    #[must_use]
    pub fn emboldened(mut self, rarity: &[f32], boldness: f32) -> Self {
        self.out.bias = self.out.bias.map(|bias| emboldened(bias, rarity, boldness));
        self
    }
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::blocks::gmacs;
    use crate::model::testing::{difference, learnt, random, values};

    #[test]
    fn it_answers_a_quarter_of_the_size_and_has_two_million_parameters() {
        let device = Device::flex();
        let net = ColorizePyramidConfig::new().init(&device);
        let bins = ChromaBins::new().places().len();
        assert_eq!(net.forward(random([2, 1, 64, 96], &device)).dims(), [2, bins, 16, 24]);
        // By hand: the encoder's first 13 blocks have 1,388,976 numbers, the layers that see its
        // maps (192, 192, 112, 40 and 24 channels) 70,720, the 3×3 layers 516,608, narrow 8,256 and
        // out 16,965.
        assert_eq!(learnt(&net), 1_388_976 + 70_720 + 516_608 + 8_256 + 16_965);
        // At 192²: a block widens at the size of its input, and works on at the size of its answer.
        let mut pixels = vec![96 * 96, 96 * 96, 96 * 96];
        let sides = [96, 48, 48, 24, 24, 12, 12, 12, 12, 12, 12, 6, 6_usize];
        pixels.extend(sides.windows(2).flat_map(|s| [s[0], s[1], s[1]].map(|side| side * side)));
        pixels.push(1);
        pixels.extend([6, 6, 12, 12, 24, 24, 24, 48, 48, 48, 48].map(|side: usize| side * side));
        let cost = gmacs(&net, &pixels);
        assert!((cost - 0.55).abs() < 0.005, "{cost}");
    }

    #[test]
    fn the_answer_depends_on_every_size_of_what_is_seen() {
        // Far away from a change, only the mean over the whole picture can tell of it: even at 1/32
        // what is seen ends 200 pixels away.
        let device = Device::flex();
        let net = ColorizePyramidConfig::smoke().init(&device);
        let light = Tensor::<4>::random(
            [1, 1, 32, 640],
            burn::tensor::Distribution::Uniform(0.0, 1.0),
            &device,
        );
        let mut changed = values(light.clone());
        changed.iter_mut().enumerate().filter(|(i, _)| i % 640 >= 608).for_each(|(_, v)| *v = 1.0);
        let data = burn::tensor::TensorData::new(changed, [1, 1, 32, 640]);
        let answer = |light: Tensor<4>, at: usize| values(net.forward(light).narrow(3, at, 1));
        let far = difference(
            &answer(light.clone(), 0),
            &answer(Tensor::from_data(data.clone(), &device), 0),
        );
        assert!(far > 0.0, "the mean reaches everywhere");
        let near =
            difference(&answer(light.clone(), 156), &answer(Tensor::from_data(data, &device), 156));
        assert!(near > 3.0 * far, "control: beside the change much more, {near} {far}");
        assert!(difference(&answer(light.clone(), 0), &answer(light, 0)) < 1e-6, "control");
    }

    #[test]
    fn an_encoder_at_rest_gets_no_gradient_and_the_pyramid_does() {
        let device = Device::flex().autodiff();
        let net = ColorizePyramidConfig::smoke().init(&device);
        let light = random([1, 1, 32, 32], &device);
        let count = |net: &ColorizePyramid| {
            let gradients = net.forward(light.clone()).square().mean().backward();
            let gradients = burn::optim::GradientsParams::from_grads(gradients, net);
            gradients.len()
        };
        let all = count(&net);
        // Weight and bias of context, narrow, finish and out, and of two in each of four levels.
        let encoder = net.encoder().clone().no_grad();
        let resting = count(&net.clone().with_encoder(encoder));
        assert_eq!(resting, 2 * 12);
        assert!(all > resting + 13 * 4, "control: {all}");
    }
}
