//! The network that undoes fading: it turns a small picture into a coarse grid of tone curves.
//!
//! It answers curves, not pixels: at every place one rising curve each for red, green and blue
//! (`photo/tone.rs`), applied at the photo's own size. So it cannot spoil what it does not know.
//! Nothing blurs, no gradient is reversed and no detail appears, whatever the weights are, and a
//! 24-megapixel photo costs the network no more than a thumbnail. Fading itself is of this kind:
//! each dye and the paper change by themselves, alike over wide areas. Affine maps of all three
//! channels would reach further (dyes that absorb each other's light), but can reverse a gradient
//! and push colours out of range.
//!
//! It starts from what auto-levels would do, and decides what else a picture like this needs, by an
//! encoder that knows what photographs show; and whether the picture needs anything at all.
//!
//! Start reading at [`Defade::forward`]; [`apply_curves`] is for training.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::AvgPool2dConfig;
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::activation::{relu, sigmoid, softplus};
use burn::tensor::{Device, Tensor, TensorData};

use super::blocks::conv;
use super::convolution::Convolve;
use super::efficientnet::{self, EfficientNet};
use super::pyramid::SPREAD;
use super::spectral::pad_edge;
use crate::photo::tone::{POINTS, percentiles};

/// Side of one cell of the grid, in pixels of the input, whose sides must be multiples of it.
pub const CELL_PX: usize = 32;

/// Channels of the answer: [`POINTS`] of the curve for red, then green, then blue.
pub const CHANNELS: usize = 3 * POINTS;

/// The points that a curve bends in, evenly spaced between the picture's own black and white.
const KNOTS: usize = 8;
/// What it says of a cell: the knots, and how much of black and white stays as it is.
const SAID: usize = 3 * (KNOTS + 2);
/// The shares of a picture's pixels that are darker than the tones it is told.
const SHARES: [f32; 11] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.995];
/// The blocks of the encoder that it sees; the last of them has so many channels, at 1/16.
const BLOCKS: usize = 10;
const SEEN: usize = 112;

/// The settings of a [`Defade`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct DefadeConfig {
    /// Channels of what it makes of the encoder's maps.
    #[config(default = 64)]
    pub channels: usize,
}

impl DefadeConfig {
    /// The network that runs on a visitor's machine.
    #[must_use]
    pub fn ship() -> Self {
        Self::new()
    }

    /// A network just large enough to see whether training works at all; its encoder has only one
    /// size.
    #[must_use]
    pub fn smoke() -> Self {
        Self::new().with_channels(8)
    }

    /// Builds the network with fresh weights on `device`, those of the encoder too; but for them, it
    /// does most of what auto-levels would.
    #[must_use]
    pub fn init(&self, device: &Device) -> Defade {
        let n = self.channels;
        let dense = |from: usize, to: usize| {
            LinearConfig::new(from, to)
                .with_initializer(Initializer::KaimingNormal { gain: 1.0, fan_out_only: false })
                .init(device)
        };
        Defade {
            encoder: efficientnet::init(BLOCKS, device),
            whole: vec![dense(2 * SEEN + 3 * SHARES.len(), 2 * n), dense(2 * n, n)],
            needs: silent_dense(n, device),
            narrow: conv([SEEN, n], 1, [1, 1], device),
            around: Conv2dConfig::new([n, n], [3, 3])
                .with_initializer(super::spectral::HE_NORMAL)
                .init(device),
            out: silent(n, device),
        }
    }
}

/// Makes a layer that says at first that a picture probably needs something.
fn silent_dense(from: usize, device: &Device) -> Linear {
    let dense = LinearConfig::new(from, 1).with_initializer(Initializer::Zeros).init(device);
    Linear { bias: Some(Param::from_tensor(Tensor::from_floats([1.0], device))), ..dense }
}

/// Makes a 1×1 convolution that says at first: straight lines from black to white, which are to be
/// the full range's almost.
fn silent(c_in: usize, device: &Device) -> Conv2d {
    // softplus turns this into 1/7.
    let step = (1.0 / (KNOTS - 1) as f32).exp_m1().ln();
    let bias = |i: usize| match i {
        _ if i >= 3 * KNOTS => -2.0,
        _ if i.is_multiple_of(KNOTS) => 0.0,
        _ => step,
    };
    let bias = TensorData::new::<f32, _>((0..SAID).map(bias).collect(), [SAID]);
    let conv =
        Conv2dConfig::new([c_in, SAID], [1, 1]).with_initializer(Initializer::Zeros).init(device);
    Conv2d { bias: Some(Param::from_tensor(Tensor::from_data(bias, device))), ..conv }
}

/// Finds out how a photo has faded.
///
/// # Source
/// After Gharbi et al., "Deep Bilateral Learning for Real-Time Image Enhancement" (2017): features
/// of a small picture, then a local path and one for the whole picture, added. We differ in that it
/// answers curves instead of affine maps, each channel being its own guide; that the features are
/// those of an [`EfficientNet`] that looks at the picture as auto-levels leaves it; and that it is
/// told the picture's percentiles. `DeOldify`'s `DeFade` (2018) paints the picture anew instead, and
/// its author mentions the loss of fidelity.
#[derive(Module, Debug)]
pub struct Defade {
    encoder: EfficientNet,
    whole: Vec<Linear>,
    needs: Linear,
    narrow: Conv2d,
    around: Conv2d,
    out: Conv2d,
}

impl Defade {
    /// Finds the curves that undo a picture's fading.
    ///
    /// # Shapes and ranges
    /// - `picture`: `[n, 3, h, w]`, colours in `0..=1`; `h` and `w` are multiples of [`CELL_PX`]
    /// - `tones`: `[n, 3, 11]`, as [`tones`] finds them
    /// - returns `[n, CHANNELS, h / 32, w / 32]`: for red, green and blue the points of a curve, in
    ///   `0..=1`, none below the one before it
    ///
    /// # Panics
    /// If a side is not a multiple of [`CELL_PX`].
    #[must_use]
    pub fn forward(&self, picture: Tensor<4>, tones: Tensor<3>) -> Tensor<4> {
        let [n, _, h, w] = picture.dims();
        assert!(h % CELL_PX == 0 && w % CELL_PX == 0, "{h}×{w} must divide by {CELL_PX}");
        let black = tones.clone().narrow(2, 0, 1); // [n, 3, 1]
        let white = tones.clone().narrow(2, SHARES.len() - 1, 1);
        let reach = (white.clone() - black.clone()).clamp_min(1.0 / 255.0);
        let [dark, wide] = [&black, &reach].map(|t| t.clone().unsqueeze_dim::<4>(3));
        let levelled = ((picture - dark) / wide).clamp(0.0, 1.0);
        let maps = self.encoder.taps(levelled * 2.0 - 1.0);
        let seen = maps.into_iter().next_back().expect("it has blocks") / SPREAD; // [n, 112, h / 16, w / 16]
        let places: Tensor<3> = seen.clone().flatten(2, 3);
        let places = Tensor::cat(vec![places.clone().mean_dim(2), places.max_dim(2)], 1);
        let told = (tones * 2.0 - 1.0).reshape([n, 3 * SHARES.len()]);
        let whole = Tensor::cat(vec![places.squeeze_dim::<2>(2), told], 1);
        let whole = self.whole[1].forward(relu(self.whole[0].forward(whole))); // [n, c]
        let needs = sigmoid(self.needs.forward(relu(whole.clone()))); // [n, 1]
        let local = relu(self.narrow.convolve(seen));
        let local = self.around.convolve(pad_edge(local, 1));
        let c = local.dims()[1];
        let x = relu(local + whole.reshape([n, c, 1, 1]));
        let x = AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).init().forward(x);
        let said = self.out.convolve(x); // [n, SAID, h / 32, w / 32]
        let [_, _, rows, columns] = said.dims();
        let said: Tensor<3> = said.flatten(2, 3); // [n, SAID, cells]
        let curves = curves(said, [black, white, reach], needs);
        curves.reshape([n, CHANNELS, rows, columns])
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

/// Turns what the network says into points of curves over all of `0..=1`.
///
/// # Shapes and ranges
/// - `said`: `[n, SAID, cells]`: the knots of red, green and blue, then for each how much of black
///   and of white stays
/// - `black`, `white`, `reach`: `[n, 3, 1]`, the last their difference, or a little where there is
///   none
/// - `needs`: `[n, 1]`, in `0..=1`: how much of the curve the picture needs
/// - returns `[n, 3, POINTS, cells]`
fn curves(said: Tensor<3>, [black, white, reach]: [Tensor<3>; 3], needs: Tensor<2>) -> Tensor<4> {
    let [n, _, cells] = said.dims();
    let device = said.device();
    let knots = said.clone().narrow(1, 0, 3 * KNOTS).reshape([n, 3, KNOTS, cells]);
    // A start anywhere, then steps upwards.
    let steps = softplus(knots.clone().narrow(2, 1, KNOTS - 1), 1.0);
    let knots = Tensor::cat(vec![knots.narrow(2, 0, 1), steps], 2).cumsum(2);
    let stays = sigmoid(said.narrow(1, 3 * KNOTS, 6)).reshape([n, 3, 2, cells]);
    let [of_black, of_white] = [0, 1].map(|i| stays.clone().narrow(2, i, 1)); // [n, 3, 1, cells]
    let low = of_black * black.clone().unsqueeze_dim::<4>(3);
    let high = 1.0 - of_white * (white.neg() + 1.0).unsqueeze_dim::<4>(3);
    let knots = low.clone() + knots * (high - low);
    // Each point of the answer lies between two knots.
    let line = |count: usize, most: f32| {
        (0..count).map(move |i| most * i as f32 / (count - 1) as f32).collect::<Vec<f32>>()
    };
    let point = TensorData::new(line(POINTS, 1.0), [1, 1, POINTS]);
    let point = Tensor::<3>::from_data(point, &device);
    let knot = TensorData::new(line(KNOTS, (KNOTS - 1) as f32), [1, 1, 1, KNOTS]);
    let knot = Tensor::<4>::from_data(knot, &device);
    let place = ((point.clone() - black) / reach.clone()).clamp(0.0, 1.0) * (KNOTS - 1) as f32;
    let near = relu((place.unsqueeze_dim::<4>(3) - knot).abs().neg() + 1.0); // [n, 3, POINTS, KNOTS]
    let same = point.unsqueeze_dim::<4>(3); // [1, 1, POINTS, 1]
    // A channel of nearly one tone has no black and white to go by.
    let has_range = (reach * 16.0).clamp_max(1.0).unsqueeze_dim::<4>(3); // [n, 3, 1, 1]
    let needs = needs.reshape([n, 1, 1, 1]) * has_range;
    (same.clone() + needs * (near.matmul(knots) - same)).clamp(0.0, 1.0)
}

/// Finds the tones of a picture that [`Defade::forward`] is told.
///
/// # Shapes and ranges
/// - `rgb`: three planes, in `0..=1`
/// - returns 11 for red, then green and blue, from the darkest to the lightest, in `0..=1`
#[must_use]
pub fn tones(rgb: &[f32]) -> Vec<f32> {
    let plane = (rgb.len() / 3).max(1);
    rgb.chunks_exact(plane).flat_map(|plane| percentiles(plane, SHARES)).collect()
}

/// Puts the [`tones`] of pictures together, as [`Defade::forward`] takes them.
#[must_use]
pub fn tones_of<'a>(pictures: impl Iterator<Item = &'a [f32]>, device: &Device) -> Tensor<3> {
    let values: Vec<f32> = pictures.flat_map(tones).collect();
    let count = values.len() / (3 * SHARES.len());
    Tensor::from_data(TensorData::new(values, [count, 3, SHARES.len()]), device)
}

/// Applies curves to a picture as `photo/tone.rs` does, with gradients for both.
///
/// # Shapes and ranges
/// - `picture`: `[n, 3, h, w]`, colours in `0..=1`
/// - `curves`: `[n, 24, rows, columns]`, as [`Defade::forward`] returns them
/// - returns `[n, 3, h, w]`, in `0..=1`
#[must_use]
pub fn apply_curves(picture: Tensor<4>, curves: Tensor<4>) -> Tensor<4> {
    let [n, _, h, w] = picture.dims();
    let device = picture.device();
    let curves: Tensor<5> = enlarged(curves, [w, h]).reshape([n, 3, POINTS, h, w]);
    let point: Vec<f32> = (0..POINTS).map(|i| i as f32).collect();
    let point = Tensor::<5>::from_data(TensorData::new(point, [1, 1, POINTS, 1, 1]), &device);
    let place = picture.unsqueeze_dim::<5>(2) * (POINTS - 1) as f32; // [n, 3, 1, h, w]
    let near = relu((place - point).abs().neg() + 1.0); // [n, 3, points, h, w]
    (near * curves).sum_dim(2).squeeze_dim(2) // [n, 3, h, w]
}

/// Enlarges cells to `[n, c, h, w]`: linear between their centres, level beyond the outermost.
pub(super) fn enlarged(cells: Tensor<4>, [w, h]: [usize; 2]) -> Tensor<4> {
    let [n, c, rows, columns] = cells.dims();
    let device = cells.device();
    let cells: Tensor<3> = cells.reshape([n * c, rows, columns]);
    let down = enlarging(h, rows, &device).unsqueeze::<3>(); // [1, h, rows]
    let across = enlarging(w, columns, &device).transpose().unsqueeze::<3>(); // [1, columns, w]
    down.matmul(cells).matmul(across).reshape([n, c, h, w])
}

/// Returns how much each of `cells` counts in each of `pixels`, as `[pixels, cells]`: linear
/// between the centres of the cells, level beyond the outermost.
fn enlarging(pixels: usize, cells: usize, device: &Device) -> Tensor<2> {
    let weights = (0..pixels * cells).map(|i| {
        let place = ((i / cells) as f32 + 0.5) * cells as f32 / pixels as f32 - 0.5;
        let place = place.clamp(0.0, (cells - 1) as f32);
        (1.0 - (place - (i % cells) as f32).abs()).max(0.0)
    });
    Tensor::from_data(TensorData::new(weights.collect::<Vec<f32>>(), [pixels, cells]), device)
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::testing::{learnt, random, values};
    use crate::photo::tone::CurveGrid;
    use burn::tensor::Distribution;

    /// A net's curves for a picture, as a task asks for them.
    fn asked(net: &Defade, picture: &Tensor<4>) -> Tensor<4> {
        let all = values(picture.clone());
        let each = all.len() / picture.dims()[0];
        net.forward(picture.clone(), tones_of(all.chunks_exact(each), &picture.device()))
    }

    #[test]
    fn what_ships_is_small_and_quick() {
        let net = DefadeConfig::ship().init(&Device::flex());
        // By hand: the encoder's first ten blocks, the two layers for the whole picture, which see
        // 224 numbers of it and 33 tones, what it needs, and three layers for places.
        let whole = (257 * 128 + 128) + (128 * 64 + 64) + 65;
        let places = (112 * 64 + 64) + (9 * 64 * 64 + 64) + (64 * 30 + 30);
        assert_eq!(learnt(&net), learnt(&efficientnet::init(10, &Device::flex())) + whole + places);
        assert!((0.5e6..0.75e6).contains(&(learnt(&net) as f64)), "{}", learnt(&net));
    }

    #[test]
    fn a_fresh_one_does_most_of_what_levels_do() {
        let device = Device::flex();
        let net = DefadeConfig::smoke().init(&device);
        let pale = Distribution::Uniform(0.4, 0.7);
        let picture = Tensor::<4>::random([2, 3, 64, 32], pale, &device);
        let curves = asked(&net, &picture);
        assert_eq!(curves.dims(), [2, CHANNELS, 2, 1]);
        let changed = values(apply_curves(picture.clone(), curves));
        let spread = |of: &[f32]| {
            let [low, high] = [f32::min, f32::max].map(|f| of.iter().copied().reduce(f).unwrap());
            high - low
        };
        assert!(spread(&changed) > 2.0 * spread(&values(picture)), "{}", spread(&changed));
        let flat = Tensor::<4>::full([1, 3, 32, 32], 0.5, &device);
        let kept = values(apply_curves(flat.clone(), asked(&net, &flat)));
        assert!(kept.iter().all(|v| (v - 0.5).abs() < 0.05), "one tone has no levels: {}", kept[0]);
    }

    #[test]
    fn levels_are_those_that_it_is_told() {
        // All knots on their line, nothing stays, all is needed: exactly auto-levels.
        let device = Device::flex();
        let tone = |v: f32| Tensor::<3>::full([1, 3, 1], v, &device);
        let step = (1.0 / (KNOTS - 1) as f32).exp_m1().ln();
        let said = (0..SAID).map(|i| match i {
            _ if i >= 3 * KNOTS => -40.0,
            _ if i.is_multiple_of(KNOTS) => 0.0,
            _ => step,
        });
        let said = TensorData::new(said.collect::<Vec<f32>>(), [1, SAID, 1]);
        let of = |needs: f32| {
            let said = Tensor::<3>::from_data(said.clone(), &device);
            let needs = Tensor::<2>::full([1, 1], needs, &device);
            values(curves(said, [tone(0.25), tone(0.75), tone(0.5)], needs))
        };
        let (all, none) = (of(1.0), of(0.0));
        for i in 0..POINTS {
            let at = i as f32 / (POINTS - 1) as f32;
            let wanted = ((at - 0.25) * 2.0).clamp(0.0, 1.0);
            assert!((all[i] - wanted).abs() < 1e-4, "{i}: {} not {wanted}", all[i]);
            assert!((none[i] - at).abs() < 1e-6, "where nothing is needed, nothing changes");
        }
    }

    #[test]
    fn tones_are_told_by_channel() {
        let plane = |low: f32| (0..200).map(move |i| low + (i as f32) / 500.0);
        let rgb: Vec<f32> = [0.1, 0.3, 0.5].into_iter().flat_map(plane).collect();
        let found = tones(&rgb);
        assert_eq!(found.len(), 3 * SHARES.len());
        for c in 0..3 {
            let of = &found[c * SHARES.len()..][..SHARES.len()];
            assert!(of.is_sorted());
            let middle = [0.1, 0.3, 0.5][c] + 0.2;
            assert!((of[5] - middle).abs() < 0.006, "{c}: {} not {middle}", of[5]);
        }
    }

    /// Gives it weights that answer anything.
    fn wild(net: Defade, device: &Device) -> Defade {
        let out = Conv2dConfig::new([8, SAID], [1, 1]).init(device);
        let out = Conv2d { weight: out.weight.map(|weight| weight * 3.0), ..out };
        Defade { out, ..net }
    }

    #[test]
    fn whatever_the_weights_curves_rise_within_their_range() {
        let device = Device::flex();
        let mut clamped = [false; 2];
        for _ in 0..20 {
            let net = wild(DefadeConfig::smoke().init(&device), &device);
            let points = values(asked(&net, &random([1, 3, 64, 96], &device)));
            for cell in 0..6 {
                for channel in 0..3 {
                    let curve: Vec<f32> =
                        (0..POINTS).map(|p| points[(channel * POINTS + p) * 6 + cell]).collect();
                    assert!(curve.is_sorted(), "{curve:?}");
                    assert!(curve.iter().all(|v| (0.0..=1.0).contains(v)), "{curve:?}");
                    clamped[0] |= curve[0] == 0.0;
                    clamped[1] |= curve[POINTS - 1] == 1.0;
                }
            }
        }
        assert_eq!(clamped, [true; 2], "control: some would have left it");
    }

    /// Makes rising curves that differ from cell to cell, as a tensor and as the photo engine has
    /// them.
    fn some_curves(size: [usize; 2], device: &Device) -> (Tensor<4>, CurveGrid) {
        let cells = size[0] * size[1];
        let point = |cell: usize, channel: usize, i: usize| {
            let bend = 1.0 + ((cell * 7 + channel * 3) % 5) as f32 * 0.4;
            let lift = (cell + channel) as f32 / (cells + 3) as f32 * 0.4;
            lift + (1.0 - lift) * (i as f32 / (POINTS - 1) as f32).powf(bend)
        };
        let planes = (0..CHANNELS * cells)
            .map(|i| point(i % cells, i / cells / POINTS, i / cells % POINTS))
            .collect::<Vec<f32>>();
        let tensor = TensorData::new(planes, [1, CHANNELS, size[1], size[0]]);
        let cell = |cell| [0, 1, 2].map(|c| std::array::from_fn(|i| point(cell, c, i)));
        (
            Tensor::from_data(tensor, device),
            CurveGrid::new(size, (0..cells).map(cell).collect()).unwrap(),
        )
    }

    #[test]
    fn tensors_and_the_photo_engine_agree() {
        let device = Device::flex();
        for (size, grid) in [([37, 23], [3, 2]), ([16, 40], [1, 5]), ([5, 4], [8, 9])] {
            let pixels = size[0] * size[1];
            let mut rgba: Vec<u8> =
                (0..pixels * 4).map(|i: usize| (i * 97 + i / 5).to_le_bytes()[0]).collect();
            let planes = (0..3 * pixels).map(|i| f32::from(rgba[i % pixels * 4 + i / pixels]));
            let picture =
                TensorData::new(planes.map(|v| v / 255.0).collect(), [1, 3, size[1], size[0]]);
            let picture = Tensor::<4>::from_data::<TensorData>(picture, &device);
            let (curves, engine) = some_curves(grid, &device);
            engine.apply(&mut rgba, size);
            let worst = |planes: Vec<f32>| {
                let pairs = planes.iter().enumerate();
                let apart = |(i, v): (usize, &f32)| {
                    (v * 255.0 - f32::from(rgba[i % pixels * 4 + i / pixels])).abs()
                };
                pairs.map(apart).fold(0.0, f32::max)
            };
            let got = worst(values(apply_curves(picture.clone(), curves.clone())));
            assert!(got < 0.51, "rounding alone: {got}");
            let turned = values(apply_curves(picture, curves.flip([2, 3])));
            assert!(worst(turned) > 5.0, "control: the grid the wrong way round");
        }
    }

    #[test]
    fn gradients_are_those_of_a_small_change() {
        let device = Device::flex().autodiff();
        let picture =
            Tensor::<4>::from_floats([[[[0.2, 0.9]], [[0.5, 0.1]], [[0.35, 0.66]]]], &device);
        let (curves, _) = some_curves([2, 1], &device.clone().inner());
        let curves = values(curves);
        let loss = |curves: &[f32]| {
            let data = TensorData::new(curves.to_vec(), [1, CHANNELS, 1, 2]);
            let curves = Tensor::<4>::from_data(data, &device).require_grad();
            (apply_curves(picture.clone(), curves.clone()).square().sum(), curves)
        };
        let (value, leaf) = loss(&curves);
        let gradient = values(leaf.grad(&value.backward()).unwrap());
        let mut reached = 0;
        for i in 0..curves.len() {
            let moved = |by: f32| {
                let mut curves = curves.clone();
                curves[i] += by;
                values(loss(&curves).0)[0]
            };
            let slope = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((gradient[i] - slope).abs() < 1e-3, "{i}: {} not {slope}", gradient[i]);
            reached += usize::from(slope.abs() > 0.01);
        }
        assert!(reached >= 6, "control: some points matter");
    }

    #[test]
    fn it_learns_to_undo_a_cast() {
        use burn::optim::{AdamConfig, GradientsParams};
        let device = Device::flex().autodiff();
        let truth = Tensor::<4>::random([4, 3, 32, 32], Distribution::Default, &device);
        let cast = Tensor::<4>::from_floats([[[[0.8]], [[0.6]], [[0.4]]]], &device);
        let faded = truth.clone() * cast + 0.1;
        let all = values(faded.clone());
        let tones = tones_of(all.chunks_exact(all.len() / 4), &device);
        let error = |net: &Defade| {
            let restored = apply_curves(faded.clone(), net.forward(faded.clone(), tones.clone()));
            (restored - truth.clone()).square().mean()
        };
        let mut net = DefadeConfig::smoke().init(&device);
        let before = values(error(&net))[0];
        let mut adam = AdamConfig::new().init();
        for _ in 0..60 {
            let gradients = GradientsParams::from_grads(error(&net).backward(), &net);
            net = adam.step(0.02, net, gradients);
        }
        let after = values(error(&net))[0];
        assert!(after < 0.1 * before, "{after} of {before}");
    }
}
