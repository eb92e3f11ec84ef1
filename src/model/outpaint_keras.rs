//! The out-painting generator that sees only the middle: bendangnuksung's "Image-OutPainting"
//! (2018), a Keras variant of Sabini & Rusak at 256².
//!
//! The middle columns of a picture go in, both missing margins come out. There is no hole: what is
//! missing is cropped away. Start reading at [`OutpaintKeras::forward`]; [`widened`] paints margin
//! after margin.

use std::ops::Range;

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::nn::{Dropout, DropoutConfig, GroupNorm, GroupNormConfig};
use burn::tensor::activation::{relu, tanh};
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, deconv};

/// What an [`OutpaintKeras`] is made of; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct OutpaintKerasConfig {
    /// Channels of the first layer; the inner layers have eight times as many. 64 as published.
    #[config(default = 64)]
    pub channels: usize,
    /// Distances between kernel taps of the dilated layers, in quarter pixels.
    #[config(default = "[2, 4, 8, 16]")]
    pub dilations: [usize; 4],
    /// How many features are left out at random while training, in `0..1`.
    #[config(default = 0.25)]
    pub dropout: f64,
}

impl OutpaintKerasConfig {
    /// The published network: 35.1 M parameters, 88.3 GMACs for the middle 128 columns of 256².
    #[must_use]
    pub fn paper() -> Self {
        Self::new()
    }

    /// Both sides of the input must divide by this.
    #[must_use]
    pub fn grid_px(&self) -> usize {
        4
    }

    /// Fresh weights on `device`.
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
/// transposed convolutions have a ReLU alone; tanh at the end. Its normalisation takes all channels
/// of a picture together, and so does ours (that of each channel by itself would erase the
/// picture's colour); we have a gain and a shift per channel where it has one for all. Its colours
/// come as blue, green, red, ours as everywhere: red, green, blue.
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
    /// From the middle of a picture to its two margins, each half as wide.
    ///
    /// # Shapes and ranges
    /// - `middle`: `[n, 3, h, w]`: red, green, blue in `0..=1`; `h` and `w` divide by
    ///   [`OutpaintKerasConfig::grid_px`]; 256 and 128 as published
    /// - returns `[n, 3, h, w]`, colours in `0..=1`: the left margin's `w / 2` columns, then the
    ///   right one's
    #[must_use]
    pub fn forward(&self, middle: Tensor<4>) -> Tensor<4> {
        let layers = self.narrow.iter().chain(&self.widen).chain(&self.dilated).chain(&self.settle);
        let x = middle * 2.0 - 1.0; // [n, 3, h, w], -1..=1
        let x = layers.fold(x, |x, layer| self.layer(layer, x)); // [n, 8c, h / 4, w / 4]
        let x = self.double.iter().fold(x, |x, layer| relu(layer.forward(x))); // [n, 2c, h, w]
        let x = self.smooth.iter().fold(x, |x, layer| self.layer(layer, x)); // [n, c, h, w]
        (tanh(self.out.forward(x)) + 1.0) / 2.0 // [n, 3, h, w]
    }

    fn layer(&self, layer: &Layer, x: Tensor<4>) -> Tensor<4> {
        layer.norm.forward(self.dropout.forward(relu(layer.conv.forward(x))))
    }
}

/// The columns that the left and the right margin of a picture are painted from: the outermost
/// `middle_px` at either edge. At first they are the same, all there are.
///
/// # Source
/// The released code feeds the two margins it has just painted, side by side, into the next step:
/// a seam through the middle of what the network sees, and nothing of the photo. Ours crops anew
/// around each edge.
///
/// # Panics
/// If the picture is narrower than `middle_px`.
#[must_use]
pub fn columns_to_paint_from(width_px: usize, middle_px: usize) -> [Range<usize>; 2] {
    assert!(width_px >= middle_px, "at least {middle_px} columns, got {width_px}");
    [0..middle_px, width_px - middle_px..width_px]
}

/// A picture with one more margin on its left and on its right, each half of `middle_px` wide.
///
/// # Shapes and ranges
/// - `picture`: `[n, 3, h, w]`
/// - `paint`: both margins from the middle, as [`OutpaintKeras::forward`]; it gets the crops of
///   both edges at once
/// - returns `[n, 3, h, w + middle_px]`
///
/// # Panics
/// If the picture is narrower than `middle_px`.
#[must_use]
pub fn widened(
    picture: Tensor<4>,
    middle_px: usize,
    paint: impl FnOnce(Tensor<4>) -> Tensor<4>,
) -> Tensor<4> {
    let [n, _, _, w] = picture.dims();
    let half = middle_px / 2;
    let crops = columns_to_paint_from(w, middle_px)
        .map(|columns| picture.clone().narrow(3, columns.start, columns.len()));
    let margins = paint(Tensor::cat(crops.into(), 0)); // [2n, 3, h, middle_px]
    let left = margins.clone().narrow(0, 0, n).narrow(3, 0, half);
    let right = margins.narrow(0, n, n).narrow(3, half, half);
    Tensor::cat(vec![left, picture, right], 3)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

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

    #[test]
    fn each_edge_is_painted_from_the_columns_beside_it() {
        assert_eq!(columns_to_paint_from(128, 128), [0..128, 0..128]);
        assert_eq!(columns_to_paint_from(256, 128), [0..128, 128..256]);
        assert_eq!(columns_to_paint_from(301, 128), [0..128, 173..301]);
    }

    #[test]
    #[should_panic(expected = "at least 128 columns, got 100")]
    fn err_a_picture_narrower_than_the_middle() {
        let _ = columns_to_paint_from(100, 128);
    }

    const MIDDLE_PX: usize = 8;

    /// Columns whose values go up by one, the first of them `from`.
    fn ramp(from: f32) -> Tensor<4> {
        let values: Vec<f32> =
            (0..3_u8).flat_map(|_| (0..8_u8).map(|column| from + f32::from(column))).collect();
        Tensor::from_data(TensorData::new(values, [1, 3, 1, MIDDLE_PX]), &Device::flex())
    }

    /// Continues a ramp on both sides, from the outermost columns of what it is shown.
    fn continued(middle: Tensor<4>) -> Tensor<4> {
        let half = MIDDLE_PX / 2;
        let steps = ramp(0.0).narrow(3, 0, half);
        let left = middle.clone().narrow(3, 0, 1) - half as f32 + steps.clone();
        let right = middle.narrow(3, MIDDLE_PX - 1, 1) + 1.0 + steps;
        Tensor::cat(vec![left, right], 3)
    }

    /// The largest step between neighbouring columns; 1 on a ramp.
    fn largest_step(picture: Tensor<4>) -> f32 {
        let w = picture.dims()[3];
        let step = picture.clone().narrow(3, 1, w - 1) - picture.narrow(3, 0, w - 1);
        step.abs().max().into_scalar()
    }

    #[test]
    fn margin_after_margin_there_is_no_seam_in_what_is_seen_nor_in_what_is_made() {
        let mut picture = ramp(0.0);
        for step in 1..4 {
            picture = widened(picture, MIDDLE_PX, |middle| {
                assert_eq!(largest_step(middle.clone()), 1.0, "a seam is shown in step {step}");
                continued(middle)
            });
            assert_eq!(picture.dims(), [1, 3, 1, MIDDLE_PX * (step + 1)]);
            assert_eq!(largest_step(picture.clone()), 1.0, "a seam is made in step {step}");
        }
        // Control: the released recursion shows the two margins of the step before, side by side.
        let margins = continued(ramp(0.0));
        assert!(largest_step(margins) > 1.0);
    }

    #[test]
    fn each_edge_gets_its_own_half_of_the_answer() {
        // A painter that answers with what it was shown, a thousand more on the right.
        let told = widened(widened(ramp(0.0), MIDDLE_PX, continued), MIDDLE_PX, |middle| {
            let right = middle.clone().narrow(3, 4, 4) + 1000.0;
            Tensor::cat(vec![middle.narrow(3, 0, 4), right], 3)
        });
        let row = told.narrow(1, 0, 1).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(row[..4], [-4.0, -3.0, -2.0, -1.0], "the left of the left crop");
        assert_eq!(row[4..20], std::array::from_fn::<f32, 16, _>(|at| at as f32 - 4.0));
        assert_eq!(row[20..], [1008.0, 1009.0, 1010.0, 1011.0], "the right of the right crop");
    }
}
