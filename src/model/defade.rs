//! The network that undoes fading: it turns a small picture into a coarse grid of tone curves.
//!
//! It answers curves, not pixels: at every place one rising curve each for red, green and blue
//! (`photo/tone.rs`), applied at the photo's own size. So it cannot spoil what it does not know.
//! Nothing blurs, no gradient is reversed and no detail appears, whatever the weights are, and a
//! 24-megapixel photo costs the network no more than a thumbnail. Fading itself is of this kind:
//! each dye and the paper change by themselves, alike over wide areas. Affine maps of all three
//! channels would reach further (dyes that absorb each other's light), but can reverse a gradient
//! and push colours out of range. Curves through eight points bend where affine maps cannot.
//!
//! Start reading at [`Defade::forward`]; [`apply_curves`] is for training.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::activation::{relu, softplus};
use burn::tensor::{Device, Tensor, TensorData};

use super::spectral::{HE_NORMAL, pad_edge};
use crate::photo::tone::POINTS;

/// Side of one cell of the grid, in pixels of the input, whose sides must be multiples of it.
pub const CELL_PX: usize = 32;

/// Channels of the answer: [`POINTS`] of the curve for red, then green, then blue.
pub const CHANNELS: usize = 3 * POINTS;

/// The settings of a [`Defade`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct DefadeConfig {
    /// Channels after each of the five halvings.
    #[config(default = "[16, 32, 64, 96, 96]")]
    pub channels: [usize; 5],
}

impl DefadeConfig {
    /// The network that runs on a visitor's machine: 0.28 M parameters, 0.07 GMACs at 256².
    #[must_use]
    pub fn ship() -> Self {
        Self::new()
    }

    /// A network just large enough to see whether training works at all.
    #[must_use]
    pub fn smoke() -> Self {
        Self::new().with_channels([8, 8, 12, 16, 16])
    }

    /// Builds the network with fresh weights on `device`; they change no picture.
    #[must_use]
    pub fn init(&self, device: &Device) -> Defade {
        let conv = |channels: [usize; 2], stride: usize| {
            Conv2dConfig::new(channels, [3, 3])
                .with_stride([stride; 2])
                .with_initializer(HE_NORMAL)
                .init(device)
        };
        let [.., inner] = self.channels;
        let mut c_in = 3;
        let down = self.channels.map(|c_out| {
            let halve = conv([c_in, c_out], 2);
            c_in = c_out;
            halve
        });
        let dense = |from: usize| {
            LinearConfig::new(from, inner)
                .with_initializer(Initializer::KaimingNormal { gain: 1.0, fan_out_only: false })
                .init(device)
        };
        Defade {
            down: down.into(),
            local: conv([inner, inner], 1),
            whole: vec![dense(2 * inner), dense(inner)],
            out: silent(inner, device),
        }
    }
}

/// Makes a 1×1 convolution that answers curves that change nothing: they start at 0 and rise in
/// equal steps.
fn silent(c_in: usize, device: &Device) -> Conv2d {
    // softplus turns this into 1/7.
    let step = (1.0 / (POINTS - 1) as f32).exp_m1().ln();
    let bias = (0..CHANNELS).map(|i| if i.is_multiple_of(POINTS) { 0.0 } else { step }).collect();
    let bias = Tensor::from_data(TensorData::new::<f32, _>(bias, [CHANNELS]), device);
    let conv = Conv2dConfig::new([c_in, CHANNELS], [1, 1])
        .with_initializer(Initializer::Zeros)
        .init(device);
    Conv2d { bias: Some(Param::from_tensor(bias)), ..conv }
}

/// Finds out how a photo has faded.
///
/// # Source
/// After Gharbi et al., "Deep Bilateral Learning for Real-Time Image Enhancement" (2017): strided
/// convolutions, then a local path and one for the whole picture, added. We differ in two things.
/// It answers curves instead of affine maps, and each channel is its own guide. The whole picture
/// is seen by means and maxima of the features instead of more strides, so that any size will do.
/// `DeOldify`'s `DeFade` (2018) paints the picture anew instead, and its author mentions the loss
/// of fidelity.
#[derive(Module, Debug)]
pub struct Defade {
    down: Vec<Conv2d>,
    local: Conv2d,
    whole: Vec<Linear>,
    out: Conv2d,
}

impl Defade {
    /// Finds the curves that undo a picture's fading.
    ///
    /// # Shapes and ranges
    /// - `picture`: `[n, 3, h, w]`, colours in `0..=1`; `h` and `w` are multiples of [`CELL_PX`]
    /// - returns `[n, 24, h / 32, w / 32]`: for red, green and blue the eight points of a curve, in
    ///   `0..=1`, none below the one before it
    ///
    /// # Panics
    /// If a side is not a multiple of [`CELL_PX`].
    #[must_use]
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        let [_, _, h, w] = picture.dims();
        assert!(h % CELL_PX == 0 && w % CELL_PX == 0, "{h}×{w} must divide by {CELL_PX}");
        let mut x = (picture - 0.5) * 4.0;
        for halve in &self.down {
            x = relu(halve.forward(pad_edge(x, 1))); // [n, c, h / 2, w / 2]
        }
        let places: Tensor<3> = x.clone().flatten(2, 3); // [n, c, cells]
        let whole = Tensor::cat(vec![places.clone().mean_dim(2), places.max_dim(2)], 1);
        let mut whole: Tensor<2> = whole.squeeze_dim(2); // [n, 2 c]
        whole = self.whole[1].forward(relu(self.whole[0].forward(whole))); // [n, c]
        let local = self.local.forward(pad_edge(x, 1));
        let [n, c, rows, columns] = local.dims();
        let x = relu(local + whole.reshape([n, c, 1, 1]));
        let answer = self.out.forward(x).reshape([n, 3, POINTS, rows, columns]);
        // A start anywhere, then steps upwards; only what lies in 0..=1 shows.
        let steps = softplus(answer.clone().narrow(2, 1, POINTS - 1), 1.0);
        let points = Tensor::cat(vec![answer.narrow(2, 0, 1), steps], 2).cumsum(2);
        points.clamp(0.0, 1.0).reshape([n, CHANNELS, rows, columns])
    }
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
    use crate::model::testing::{random, values};
    use crate::photo::tone::{CurveGrid, IDENTITY};
    use burn::tensor::Distribution;

    #[test]
    fn what_ships_is_small_and_quick() {
        let net = DefadeConfig::ship().init(&Device::flex());
        let mut cost = [0, 0];
        let layers =
            [(3, 16, 128), (16, 32, 64), (32, 64, 32), (64, 96, 16), (96, 96, 8), (96, 96, 8)];
        for (c_in, c_out, side) in layers {
            cost[0] += 9 * c_in * c_out + c_out;
            cost[1] += 9 * c_in * c_out * side * side;
        }
        let whole = (192 * 96 + 96) + (96 * 96 + 96);
        assert_eq!(net.num_params(), cost[0] + whole + (96 * 24 + 24));
        assert_eq!(net.num_params(), 275_224);
        assert_eq!((cost[1] + 192 * 96 + 96 * 96 + 96 * 24 * 64) / 1_000_000, 69);
        assert_ne!(DefadeConfig::smoke().init(&Device::flex()).num_params(), 275_224, "control");
    }

    #[test]
    fn a_fresh_one_changes_nothing() {
        let device = Device::flex();
        let net = DefadeConfig::smoke().init(&device);
        let picture = Tensor::<4>::random([2, 3, 64, 32], Distribution::Default, &device);
        let curves = net.forward(picture.clone());
        assert_eq!(curves.dims(), [2, CHANNELS, 2, 1]);
        let changed = values(apply_curves(picture.clone(), curves));
        let worst = changed.iter().zip(values(picture)).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f32::max) < 1e-5);
        let woken = values(wild(net, &device).forward(random([2, 3, 64, 32], &device)));
        assert!(woken[0] != 0.0 || (woken[2] - IDENTITY[1]).abs() > 1e-3, "control: {woken:?}");
    }

    /// Gives it weights that answer anything.
    fn wild(net: Defade, device: &Device) -> Defade {
        let out = Conv2dConfig::new([16, CHANNELS], [1, 1]).init(device);
        let out = Conv2d { weight: out.weight.map(|weight| weight * 3.0), ..out };
        Defade { out, ..net }
    }

    #[test]
    fn whatever_the_weights_curves_rise_within_their_range() {
        let device = Device::flex();
        let mut clamped = [false; 2];
        for _ in 0..20 {
            let net = wild(DefadeConfig::smoke().init(&device), &device);
            let points = values(net.forward(random([1, 3, 64, 96], &device)));
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
            lift + (1.0 - lift) * (i as f32 / 7.0).powf(bend)
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
        let error = |net: &Defade| {
            let restored = apply_curves(faded.clone(), net.forward(faded.clone()));
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
