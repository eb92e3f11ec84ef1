//! The network that tells a thing in a photo from what lies around it: the subject, or what was
//! clicked on.
//!
//! It begins with an encoder that knows what photographs show, which runs once a photo; a click is
//! told to the pyramid behind it, so that the next answer costs only that. Start reading at
//! [`Segmenter::forward`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, doubled};
use super::convolution::Convolve;
use super::efficientnet::{self, EfficientNet};
use super::pyramid::{BLOCKS, PyramidStep, SPREAD, TAPS};

/// The number of pixels that both sides of the input must be multiples of.
pub const GRID_PX: usize = 32;
/// Side of one cell of the answer, in pixels of the input.
pub const CELL_PX: usize = 2;
/// The radius of a click's disc, as a share of the picture's longer side.
pub const CLICK: f32 = 1.0 / 48.0;

/// Channels of the encoder's first map, at ½.
const STEM: usize = 16;
/// What a level is told of clicks: where they are, how much each place looks like them, and whether
/// there are any.
const TOLD: usize = 5;

/// The settings of a [`Segmenter`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct SegmenterConfig {
    /// Channels of the pyramid at 1/32, 1/16 and ⅛.
    #[config(default = 96)]
    pub channels: usize,
    /// Channels of the pyramid at ¼; half as many at ½, where it answers.
    #[config(default = 48)]
    pub fine_channels: usize,
}

impl SegmenterConfig {
    /// Builds the network with fresh weights on `device`, those of the encoder too.
    #[must_use]
    pub fn init(&self, device: &Device) -> Segmenter {
        let (wide, fine) = (self.channels, self.fine_channels);
        let finest = (fine / 2).max(1);
        let point = |channels| conv(channels, 1, [1, 1], device);
        let [quarter, eighth, sixteenth, last] = TAPS.map(|(_, channels)| channels);
        let level = |seen, channels| PyramidStep::new(seen, channels, device);
        Segmenter {
            encoder: efficientnet::init(BLOCKS, device),
            context: point([last, wide]),
            levels: [
                level(last, wide),
                level(sixteenth, wide),
                level(eighth, wide),
                level(quarter, fine),
            ],
            told: [wide, wide, wide, fine].map(|channels| point([TOLD, channels])),
            around: conv([wide, wide], 3, [1, 1], device),
            narrow: point([wide, fine]),
            narrower: point([fine, finest]),
            finest: level(STEM, finest),
            out: conv([finest, 1], 3, [1, 1], device),
        }
    }
}

/// Finds what belongs to a thing.
///
/// # Source
/// The encoder is [`EfficientNet`], the decoder a pyramid as in
/// [`super::colorize_pyramid`], with the mean of the coarsest map in all of it. Clicks are told as
/// discs, as Sofiiuk et al., "Reviving Iterative Training with Mask Guidance for Interactive
/// Segmentation" (2021) found best; they join late, as in Sofiiuk et al., "f-BRS" (CVPR 2020), so
/// that the encoder need not run again. We add how much each place looks like the clicked ones: the
/// cosine between what the encoder sees there and its mean over the clicks.
#[derive(Module, Debug)]
pub struct Segmenter {
    encoder: EfficientNet,
    context: Conv2d,
    /// At 1/32, 1/16, ⅛ and ¼, as are `told`.
    levels: [PyramidStep; 4],
    told: [Conv2d; 4],
    around: Conv2d,
    narrow: Conv2d,
    narrower: Conv2d,
    finest: PyramidStep,
    out: Conv2d,
}

/// What the encoder sees of pictures: its maps at ½, ¼, ⅛, 1/16 and 1/32.
#[derive(Clone, Debug)]
pub struct Seen {
    maps: [Tensor<4>; 5],
}

impl Segmenter {
    /// Returns how sure it is of each place, once the pictures have been [seen](Self::see).
    ///
    /// # Shapes and ranges
    /// - `marks`: `[n, 1, h, w]`, 1 where a click says that a place belongs, -1 where it says that it
    ///   does not, 0 elsewhere
    /// - returns `[n, 1, h / 2, w / 2]`, logits: above 0 belongs
    #[must_use]
    pub fn forward(&self, seen: &Seen, marks: Tensor<4>) -> Tensor<4> {
        let [half, quarter, eighth, sixteenth, last] = seen.maps.clone();
        let [coarsest, middle, fine, finer] = &self.levels;
        let clicks = [relu(marks.clone()), relu(-marks)];
        let told = |level: usize, map: &Tensor<4>| self.told[level].convolve(told(&clicks, map));
        let context = self.context.convolve(last.clone().mean_dims(&[2, 3])); // [n, wide, 1, 1]
        let x = coarsest.forward(context + told(0, &last), last); // [n, wide, h / 32, w / 32]
        let x = x.clone() + self.around.convolve(relu(x));
        let x = middle.forward(doubled(x) + told(1, &sixteenth), sixteenth);
        let x = fine.forward(doubled(x) + told(2, &eighth), eighth);
        let x = doubled(self.narrow.convolve(relu(x))) + told(3, &quarter); // [n, fine, h / 4, w / 4]
        let x = finer.forward(x, quarter);
        let x = self.finest.forward(doubled(self.narrower.convolve(relu(x))), half);
        self.out.convolve(relu(x))
    }

    /// Lets the encoder look at pictures.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, red, green and blue in `0..=1`; `h` and `w` are multiples of
    ///   [`GRID_PX`]
    ///
    /// # Panics
    /// If a side is not a multiple of [`GRID_PX`].
    #[must_use]
    pub fn see(&self, pictures: Tensor<4>) -> Seen {
        let [_, _, h, w] = pictures.dims();
        assert!(h % GRID_PX == 0 && w % GRID_PX == 0, "{h}×{w} must divide by {GRID_PX}");
        let maps = self.encoder.taps(pictures * 2.0 - 1.0);
        let [quarter, eighth, sixteenth, last] = TAPS.map(|(at, _)| maps[at].clone() / SPREAD);
        Seen { maps: [maps[0].clone() / SPREAD, quarter, eighth, sixteenth, last] }
    }

    /// Returns how likely each pixel belongs, three times, as training shows it; and what
    /// [`Segmenter::forward`] returns.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 4, h, w]`: the pictures and their marks
    /// - returns `[n, 3, h, w]` in `0..=1`, and `[n, 1, h / 2, w / 2]`
    #[must_use]
    pub fn paint(&self, input: Tensor<4>) -> [Tensor<4>; 2] {
        let seen = self.see(input.clone().narrow(1, 0, 3));
        let answer = self.forward(&seen, input.narrow(1, 3, 1));
        [sigmoid(doubled(answer.clone())).repeat_dim(1, 3), answer]
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
}

/// What a level is told of two kinds of clicks, `[n, 1, h, w]` each, on the cells of its `map`:
/// `[n, 5, rows, columns]`.
fn told([plus, minus]: &[Tensor<4>; 2], map: &Tensor<4>) -> Tensor<4> {
    let [_, _, rows, columns] = map.dims();
    let [n, _, h, _] = plus.dims();
    let cell = h / rows;
    let length = map.clone().square().sum_dim(1).sqrt() + 1e-3; // [n, 1, rows, columns]
    let direction = map.clone() / length;
    let pooled = |clicks: &Tensor<4>| -> Tensor<4> {
        let cells: Tensor<5> = clicks.clone().reshape([n, rows, cell, columns, cell]);
        cells.max_dims(&[2, 4]).reshape([n, 1, rows, columns])
    };
    let likeness = |clicks: &Tensor<4>| {
        let mean = (direction.clone() * clicks.clone()).sum_dims(&[2, 3])
            / (clicks.clone().sum_dims(&[2, 3]) + 1e-3); // [n, c, 1, 1]
        (direction.clone() * mean).sum_dim(1)
    };
    let [plus, minus] = [plus, minus].map(pooled);
    let any = (plus.clone().max_dims(&[2, 3]) + minus.clone().max_dims(&[2, 3])).clamp(0.0, 1.0);
    let any = any.expand([n, 1, rows, columns]);
    let likes = [&plus, &minus].map(likeness);
    let [like, unlike] = likes;
    Tensor::cat(vec![plus, minus, like, unlike, any], 1)
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::testing::{learnt, random};
    use burn::tensor::TensorData;

    fn values(x: Tensor<4>) -> Vec<f32> {
        x.into_data().try_to_vec().unwrap()
    }

    fn marked(at: &[(usize, f32)], device: &Device) -> Tensor<4> {
        let mut marks = vec![0.0; 64 * 96];
        at.iter().for_each(|&(i, mark)| marks[i] = mark);
        Tensor::from_data(TensorData::new(marks, [1, 1, 64, 96]), device)
    }

    #[test]
    fn it_answers_at_half_the_size_and_is_as_small_as_it_should_be() {
        let device = Device::flex();
        let net = SegmenterConfig::new().init(&device);
        let input = random([2, 4, 64, 96], &device);
        let [picture, answer] = net.paint(input);
        assert_eq!(answer.dims(), [2, 1, 32, 48]);
        assert_eq!(picture.dims(), [2, 3, 64, 96]);
        assert!(values(picture).iter().all(|v| (0.0..=1.0).contains(v)));
        let decoder = learnt(&net) - learnt(net.encoder());
        assert!((400_000..480_000).contains(&decoder), "{decoder} parameters behind the encoder");
    }

    #[test]
    fn a_click_is_told_everywhere_and_both_kinds_differ() {
        let device = Device::flex();
        let net = SegmenterConfig::new().with_channels(16).with_fine_channels(8).init(&device);
        let seen = net.see(random([1, 3, 64, 96], &device));
        let answer = |at: &[(usize, f32)]| values(net.forward(&seen, marked(at, &device)));
        let place = 30 * 96 + 40;
        let [none, plus, minus] = [&[][..], &[(place, 1.0)], &[(place, -1.0)]].map(answer);
        let apart = |a: &[f32], b: &[f32], i: usize| (a[i] - b[i]).abs();
        let far = 32 * 48 - 1;
        assert!(apart(&none, &plus, far) > 0.0, "the far corner hears of it");
        assert!((0..none.len()).any(|i| apart(&plus, &minus, i) > 1e-3));
        assert_eq!(none, answer(&[]), "control: the same question, the same answer");
    }

    #[test]
    fn places_that_look_like_the_clicked_one_are_told_so() {
        // Two kinds of places, left and right, at right angles in two channels.
        let device = Device::flex();
        let kind = |i: usize, c: usize| if (i % 12 < 6) == (c == 0) { 2.0 } else { 0.0 };
        let map: Vec<f32> = (0..2).flat_map(|c| (0..96).map(move |i| kind(i, c))).collect();
        let map = Tensor::<4>::from_data(TensorData::new(map, [1, 2, 8, 12]), &device);
        let clicks = [marked(&[(20 * 96 + 10, 1.0)], &device), marked(&[], &device)];
        let told = values(told(&clicks, &map));
        let channel = |c: usize| &told[c * 96..(c + 1) * 96];
        for (i, &like) in channel(2).iter().enumerate() {
            let expected = if i % 12 < 6 { 1.0 } else { 0.0 };
            assert!((like - expected).abs() < 0.01, "{i}: {like}");
        }
        assert!(channel(3).iter().all(|&v| v == 0.0), "nothing was said not to belong");
        assert_eq!(channel(0).iter().sum::<f32>(), 1.0, "one cell holds the click");
        assert!(channel(4).iter().all(|&v| v == 1.0));
    }
}
