//! The two-stage network with contextual attention: Yu et al., "Generative Image Inpainting with
//! Contextual Attention" (CVPR 2018), the first `DeepFill`.
//!
//! A first stage paints the hole coarsely, and a second one paints it anew: one branch of the
//! second has a wide view, the other borrows from known parts (see [`contextual_attention`]). The
//! network is shown what lies in the hole, so a pixelated face can be finished rather than
//! replaced. Start reading at [`Contextual::forward`].
//!
//! [`contextual_attention`]: super::contextual_attention

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, doubled, elu};
use super::contextual_attention::{CELL_PX, HoleCells, Looked, attend};
use super::convolution::Convolve;

/// The settings of a [`Contextual`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct ContextualConfig {
    /// Channels of the first layers; the inner layers have four times as many. 32 as published.
    #[config(default = 32)]
    pub channels: usize,
    /// Distances between kernel taps of the dilated layers, in quarter pixels.
    #[config(default = "[2, 4, 8, 16]")]
    pub dilations: [usize; 4],
}

impl ContextualConfig {
    /// The published network: 3.60 M parameters, 25.8 GMACs at 256² if everything attends to
    /// everything.
    #[must_use]
    pub fn paper() -> Self {
        Self::new()
    }

    /// Returns the number of pixels that both sides of the input must be multiples of.
    #[must_use]
    pub fn grid_px(&self) -> usize {
        CELL_PX
    }

    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Contextual {
        let [c, c2, c4] = [self.channels, 2 * self.channels, 4 * self.channels];
        let plain = |channels| conv(channels, 3, [1, 1], device);
        let halving = |channels| conv(channels, 3, [2, 1], device);
        let first = || conv([5, c], 5, [1, 1], device);
        let dilated = || self.dilations.map(|d| conv([c4, c4], 3, [1, d], device));
        let decoder = |from| Decoder {
            quarter: vec![plain([from, c4]), plain([c4, c4])],
            half: vec![plain([c4, c2]), plain([c2, c2])],
            full: vec![plain([c2, c]), plain([c, c / 2])],
            out: plain([c / 2, 3]),
        };
        let mut coarse = vec![first(), halving([c, c2]), plain([c2, c2]), halving([c2, c4])];
        coarse.extend([plain([c4, c4]), plain([c4, c4])]);
        coarse.extend(dilated());
        let mut wide = vec![first(), halving([c, c]), plain([c, c2]), halving([c2, c2])];
        wide.extend([plain([c2, c4]), plain([c4, c4])]);
        wide.extend(dilated());
        Contextual {
            coarse,
            coarse_decoder: decoder(c4),
            wide,
            matching: vec![
                first(),
                halving([c, c]),
                plain([c, c2]),
                halving([c2, c4]),
                plain([c4, c4]),
            ],
            matched: plain([c4, c4]),
            borrowing: vec![plain([c4, c4]), plain([c4, c4])],
            decoder: decoder(2 * c4),
        }
    }
}

/// Turns features on a quarter of the grid into colours in `-1..=1`.
#[derive(Module, Debug)]
struct Decoder {
    quarter: Vec<Conv2d>,
    half: Vec<Conv2d>,
    full: Vec<Conv2d>,
    out: Conv2d,
}

impl Decoder {
    /// Maps `[n, c, h, w]` to `[n, 3, 4h, 4w]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = all(&self.quarter, x); // [n, 4c, h, w]
        let x = all(&self.half, doubled(x)); // [n, 2c, 2h, 2w]
        let x = all(&self.full, doubled(x)); // [n, c / 2, 4h, 4w]
        self.out.convolve(x).clamp(-1.0, 1.0) // [n, 3, 4h, 4w]
    }
}

/// Applies convolutions one after another, each followed by an ELU.
fn all(layers: &[Conv2d], x: Tensor<4>) -> Tensor<4> {
    layers.iter().fold(x, |x, layer| elu(layer.convolve(x)))
}

/// Paints the holes of a picture in two stages.
///
/// # Source
/// Yu et al. 2018 and their released code: ELU, no normalisation, nearest-neighbour doubling before
/// a convolution, clipped answers. Layers that halve are padded evenly; TensorFlow pads them on the
/// right and below. [`super::contextual_attention`] says where the attention differs.
#[derive(Module, Debug)]
pub struct Contextual {
    coarse: Vec<Conv2d>,
    coarse_decoder: Decoder,
    wide: Vec<Conv2d>,
    matching: Vec<Conv2d>,
    matched: Conv2d,
    borrowing: Vec<Conv2d>,
    decoder: Decoder,
}

/// What [`Contextual::forward`] answers.
#[derive(Clone, Debug)]
pub struct TwoStages {
    /// The first stage's picture, `[n, 3, h, w]`, colours in `0..=1`; it is trained as well.
    pub coarse: Tensor<4>,
    /// The picture, `[n, 3, h, w]`, colours in `0..=1`; those outside the holes are painted as
    /// well.
    pub fine: Tensor<4>,
    /// Where every painted cell looked, one entry per picture.
    pub looked: Vec<Looked>,
}

impl Contextual {
    /// Turns a picture with holes into a whole one.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 4, h, w]`: red, green, blue in `0..=1` with whatever lies in the holes, and
    ///   the hole (1 = paint here); `h` and `w` are multiples of [`ContextualConfig::grid_px`]. As
    ///   published, an empty hole is mid-grey, 0.5: zero in the network's own range.
    /// - `cells`: the same holes, one entry per picture
    /// - `places`: how many of the places that a cell looked at are remembered; 0 while training
    ///
    /// # Panics
    /// If there are not as many `cells` as pictures, or they are of another size.
    #[must_use]
    pub fn forward(&self, input: Tensor<4>, cells: &[HoleCells], places: usize) -> TwoStages {
        let picture = input.clone().narrow(1, 0, 3) * 2.0 - 1.0; // [n, 3, h, w], -1..=1
        let hole = input.narrow(1, 3, 1); // [n, 1, h, w]
        // The ones tell the layers where the picture ends and the padding begins.
        let shown = |picture| Tensor::cat(vec![picture, hole.ones_like(), hole.clone()], 1);

        let coarse = self.coarse_decoder.forward(all(&self.coarse, shown(picture.clone())));
        let kept = picture * (1.0 - hole.clone());
        let second = shown(coarse.clone() * hole.clone() + kept);

        let wide = all(&self.wide, second.clone()); // [n, 4c, h / 4, w / 4]
        let matching = relu(self.matched.convolve(all(&self.matching, second)));
        let (borrowed, looked) = attend(matching, cells, places); // [n, 4c, h / 4, w / 4]
        let borrowed = all(&self.borrowing, borrowed);
        let fine = self.decoder.forward(Tensor::cat(vec![wide, borrowed], 1));
        let unit = |signed: Tensor<4>| (signed + 1.0) / 2.0;
        TwoStages { coarse: unit(coarse), fine: unit(fine), looked }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::model::blocks::gmacs;

    /// Makes a picture of noise with a rectangular hole, `[left, top, right, bottom]` in pixels.
    fn holed(size: [usize; 2], [left, top, right, bottom]: [usize; 4]) -> (Tensor<4>, HoleCells) {
        let [w, h] = size;
        let inside = |at: usize| {
            let [x, y] = [at % w, at / w];
            f32::from(u8::from(x >= left && x < right && y >= top && y < bottom))
        };
        let hole: Vec<f32> = (0..w * h).map(inside).collect();
        let cells = HoleCells::from_hole(&hole, size);
        let device = Device::flex();
        let picture = Tensor::<4>::random([1, 3, h, w], Distribution::Default, &device);
        let hole = Tensor::from_data(TensorData::new(hole, [1, 1, h, w]), &device);
        (Tensor::cat(vec![picture, hole], 1), cells)
    }

    fn small() -> ContextualConfig {
        ContextualConfig::new().with_channels(4)
    }

    #[test]
    fn the_published_size_has_the_published_number_of_parameters() {
        // Weights and biases, layer by layer; 3.60 M in all.
        let inner = 147_584; // 128 to 128
        let coarse = 4_032 + 18_496 + 36_928 + 73_856 + 6 * inner;
        let wide = 4_032 + 9_248 + 18_496 + 36_928 + 73_856 + 5 * inner;
        let borrowing = 4_032 + 9_248 + 18_496 + 73_856 + 4 * inner;
        let decoder = inner + 73_792 + 36_928 + 18_464 + 4_624 + 435;
        let paper = ContextualConfig::paper().init(&Device::flex());
        assert_eq!(coarse + wide + borrowing + 2 * decoder + inner + 295_040, 3_601_542);
        assert_eq!(paper.num_params(), 3_601_542);
        assert_ne!(small().init(&Device::flex()).num_params(), 3_601_542);
    }

    #[test]
    fn the_published_size_costs_what_the_table_says() {
        let [full, half, quarter] = [256 * 256, 128 * 128, 64 * 64];
        let encoder = [vec![full, half, half], vec![quarter; 7]].concat();
        let decoder = vec![quarter, quarter, half, half, full, full, full];
        let borrowing = [vec![full, half, half], vec![quarter; 5]].concat();
        let pixels = [encoder.clone(), decoder.clone(), encoder, borrowing, decoder].concat();
        let layers = gmacs(&ContextualConfig::paper().init(&Device::flex()), &pixels);
        // As published, every cell of the 32² is compared with every other by 3×3 patches of 128
        // channels, and 4×4 patches are borrowed.
        let attention: f64 = 1024.0 * 1024.0 * 128.0 * (9.0 + 16.0) / 1e9;
        assert!((attention - 3.4).abs() < 0.05, "{attention}");
        assert!((layers + attention - 25.8).abs() < 0.05, "{layers}");
    }

    #[test]
    fn the_answer_has_the_size_of_the_question_and_stays_in_range() {
        let net = small().init(&Device::flex());
        let (one, cells) = holed([40, 24], [8, 8, 20, 20]);
        let (other, elsewhere) = holed([40, 24], [30, 3, 31, 4]);
        let both = Tensor::cat(vec![one.clone(), other], 0);
        let painted = net.forward(both, &[cells.clone(), elsewhere], 0);
        for picture in [&painted.coarse, &painted.fine] {
            assert_eq!(picture.dims(), [2, 3, 24, 40]);
            let [least, most] =
                [picture.clone().min(), picture.clone().max()].map(|x| x.into_scalar::<f32>());
            assert!(least >= 0.0 && most <= 1.0, "{least} to {most}");
        }
        // A picture's answer does not depend on its company.
        let alone = net.forward(one, &[cells], 0).fine;
        let apart = (painted.fine.narrow(0, 0, 1) - alone).abs().max().into_scalar::<f32>();
        assert!(apart < 1e-5, "{apart}");
    }

    #[test]
    fn what_lies_in_the_hole_is_seen_by_the_first_stage_alone() {
        let net = small().init(&Device::flex());
        let (input, cells) = holed([32, 32], [8, 8, 24, 24]);
        let hole = input.clone().narrow(1, 3, 1);
        let other = Tensor::cat(
            vec![input.clone().narrow(1, 0, 3) * (1.0 - hole.clone()), hole.clone()],
            1,
        );
        let cells = [cells];
        let painted = net.forward(input.clone(), &cells, 0);
        let emptied = net.forward(other.clone(), &cells, 0);
        assert_ne!(painted.coarse.into_data(), emptied.coarse.into_data());
        // A first stage that answers the same whatever it sees: now the hole cannot matter.
        let mut blind = net;
        blind.coarse_decoder.out.weight = blind.coarse_decoder.out.weight.map(|w| w.zeros_like());
        let [painted, emptied] = [input, other].map(|x| blind.forward(x, &cells, 0).fine);
        assert_eq!(painted.into_data(), emptied.into_data());
    }

    #[test]
    fn an_answer_of_zero_is_mid_grey() {
        let mut net = small().init(&Device::flex());
        net.decoder.out.weight = net.decoder.out.weight.map(|w| w.zeros_like());
        let grey = |bias: f32| {
            let mut net = net.clone();
            net.decoder.out.bias = net.decoder.out.bias.map(|b| b.map(|b| b.full_like(bias)));
            let (input, cells) = holed([16, 16], [0, 0, 8, 8]);
            net.forward(input, &[cells], 0).fine.max().into_scalar::<f32>()
        };
        // Pinned by hand: -1..=1 to 0..=1, clipped.
        for (signed, unit) in [(0.0, 0.5), (-1.0, 0.0), (0.5, 0.75), (3.0, 1.0)] {
            assert!((grey(signed) - unit).abs() < 1e-6, "{signed}");
        }
    }

    #[cfg(feature = "train")]
    #[test]
    fn both_stages_and_both_branches_learn_from_the_picture() {
        use burn::module::{ModuleVisitor, Param};
        use burn::tensor::Gradients;

        /// Collects the kernels that a step would move.
        struct Moving<'a>(&'a Gradients, Vec<String>, Vec<String>);
        impl ModuleVisitor for Moving<'_> {
            fn enter_module(&mut self, name: &str, _: &str) {
                self.1.push(name.to_owned());
            }
            fn exit_module(&mut self, _: &str, _: &str) {
                self.1.pop();
            }
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let slope = param.val().grad(self.0).map(|slope| slope.abs().max().into_scalar());
                let slope: f32 = slope.unwrap_or(0.0);
                assert!(slope.is_finite(), "{:?}", self.1);
                if D == 4 && slope > 0.0 {
                    self.2.push(self.1.join("."));
                }
            }
        }

        let device = Device::flex().autodiff();
        let mut net = small().init(&device);
        // Nothing may be clipped by chance: what is clipped does not learn.
        for out in [&mut net.coarse_decoder.out, &mut net.decoder.out] {
            out.weight = Param::from_tensor((out.weight.val() * 0.1).detach());
        }
        let moving = |corners: [usize; 4]| {
            let (input, cells) = holed([40, 40], corners);
            let painted = net.forward(Tensor::from_inner(input), &[cells], 0);
            let gradients = painted.fine.square().mean().backward();
            let mut moving = Moving(&gradients, Vec::new(), Vec::new());
            net.visit(&mut moving);
            moving.2
        };
        let all = moving([8, 8, 24, 24]);
        // 17 layers of the first stage, 17 of the wide branch and the decoder, 8 that borrow.
        assert_eq!(all.len(), 42, "{all:?}");
        // Control: without a hole the second stage sees nothing of the first.
        let second = moving([0, 0, 0, 0]);
        assert_eq!(second.len(), 25, "{second:?}");
        assert!(second.iter().all(|name| !name.starts_with("coarse")), "{second:?}");
    }
}
