//! A convolution under spectral normalisation, which stretches nothing beyond its own length.
//!
//! While training, each forward pass takes one step of the power iteration, which follows the
//! largest singular value of the weight; the weight is divided by that value.
//! [`SpectralConv::folded`] divides once and for all. Borders are continued by their outermost
//! pixels, never by zeros, so a network made of these does not know where its picture ends.

use burn::config::Config;
use burn::module::{Module, Param, RunningState};
use burn::nn::Initializer;
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Distribution, Tensor};

use super::convolution::conv2d;

/// He's initialisation for layers followed by a ReLU.
pub(crate) const HE_NORMAL: Initializer =
    Initializer::KaimingNormal { gain: std::f64::consts::SQRT_2, fan_out_only: false };

/// Keeps a vector's length away from 0; as published.
const EPSILON: f64 = 1e-12;

/// Continues a picture by `px` pixels on every side, repeating its outermost ones.
///
/// Maps `[n, c, h, w]` to `[n, c, h + 2 px, w + 2 px]`.
pub(crate) fn pad_edge(x: Tensor<4>, px: usize) -> Tensor<4> {
    if px == 0 { x } else { x.pad((px, px, px, px), PadMode::Edge) }
}

/// The settings of a [`SpectralConv`].
#[derive(Config, Debug, PartialEq)]
pub struct SpectralConvConfig {
    /// Channels `[in, out]`.
    pub channels: [usize; 2],
    /// Side of the square kernel in pixels; odd.
    #[config(default = 3)]
    pub kernel_px: usize,
    /// Whether a constant is added to each output channel.
    #[config(default = true)]
    pub bias: bool,
    /// Whether the weight is already divided, as in a weight file for inference.
    #[config(default = false)]
    pub folded: bool,
}

impl SpectralConvConfig {
    /// Builds the layer with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> SpectralConv {
        let ([c_in, c_out], k) = (self.channels, self.kernel_px);
        let weight = HE_NORMAL.init_with([c_out, c_in, k, k], Some(c_in * k * k), None, device);
        let guess = || Tensor::random([c_out], Distribution::Normal(0.0, 1.0), device);
        SpectralConv {
            weight,
            bias: self.bias.then(|| Initializer::Zeros.init([c_out], device)),
            u: (!self.folded).then(|| RunningState::new(guess())),
        }
    }
}

/// A convolution that keeps the picture's size and divides its weight by the largest singular
/// value.
///
/// # Source
/// Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018), algorithm 1:
/// one step of the power iteration per forward pass, with gradients through the weight and the
/// singular value, but not through the singular vectors. Without gradients the vector is taken a
/// step further but not kept, where `PyTorch` takes it as training left it.
#[derive(Module, Debug)]
pub struct SpectralConv {
    pub(super) weight: Param<Tensor<4>>,
    pub(super) bias: Option<Param<Tensor<1>>>,
    /// The left singular vector that is being followed, of any length; `None` once folded.
    ///
    /// Not one of Burn's reparameterisations: those fold as soon as somebody calls `materialize`,
    /// and the trainer does.
    u: Option<RunningState<Tensor<1>>>,
}

impl SpectralConv {
    /// Maps `[n, c_in, h, w]` to `[n, c_out, h, w]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let weight = self.weight(x.device().is_autodiff());
        let [_, _, kernel_px, _] = weight.dims();
        let bias = self.bias.as_ref().map(Param::val);
        conv2d(
            pad_edge(x, kernel_px / 2),
            weight,
            bias,
            ConvOptions::new([1, 1], [0, 0], [1, 1], 1),
        )
    }

    /// Returns the same convolution with its weight divided once and for all, for inference.
    #[must_use]
    pub fn folded(&self) -> Self {
        let inference = self.valid();
        let weight = Param::from_tensor(inference.weight(false));
        Self { weight, bias: inference.bias, u: None }
    }

    fn weight(&self, keep: bool) -> Tensor<4> {
        let weight = self.weight.val();
        match &self.u {
            Some(u) => divided(weight, u, keep),
            None => weight,
        }
    }
}

/// Divides a weight, `[c_out, c_in, h, w]`, by its largest singular value.
///
/// `state` is the estimate of the left singular vector, `[c_out]`, of any length. One step of the
/// power iteration improves it; `keep` says whether the improved one is kept for the next time.
///
/// # Source
/// Miyato et al. 2018, algorithm 1; see [`SpectralConv`].
pub(crate) fn divided(weight: Tensor<4>, state: &RunningState<Tensor<1>>, keep: bool) -> Tensor<4> {
    let matrix: Tensor<2> = weight.clone().flatten(1, 3); // [c_out, c_in h w]
    let fixed = matrix.clone().detach();
    let u: Tensor<2> = state.value_sync().to_device(&weight.device()).unsqueeze(); // [1, c_out]
    let v = unit(u.matmul(fixed.clone())).transpose(); // [c_in h w, 1]
    let u = unit(fixed.matmul(v.clone()).transpose()); // [1, c_out]
    if keep {
        state.update(u.clone().squeeze_dim(0));
    }
    let largest = u.matmul(matrix).matmul(v); // [1, 1]
    weight / largest.unsqueeze::<4>()
}

fn unit(vector: Tensor<2>) -> Tensor<2> {
    let length = vector.clone().square().sum().sqrt() + EPSILON;
    vector / length.unsqueeze()
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::testing::values;

    /// Makes a 1×1 convolution of two channels with the given weight and the first guess (1, 1).
    fn conv(weight: [[f32; 2]; 2], device: &Device) -> SpectralConv {
        let config = SpectralConvConfig::new([2, 2]).with_kernel_px(1).with_bias(false);
        let weight = Tensor::<2>::from_floats(weight, device).reshape([2, 2, 1, 1]);
        SpectralConv {
            weight: Param::from_tensor(weight),
            u: Some(RunningState::new(Tensor::ones([2], device))),
            ..config.init(device)
        }
    }

    #[test]
    fn one_step_is_the_one_worked_out_by_hand() {
        // Of (3 0, 0 1) the first guess (1, 1) makes v = (3, 1)/√10 and W v = (9, 1)/√10, so the
        // estimate is √82/√10; the next guess (9, 1) makes √6562/√730.
        let device = Device::flex().autodiff();
        let net = conv([[3.0, 0.0], [0.0, 1.0]], &device);
        let x = Tensor::<4>::ones([1, 2, 1, 1], &device);
        for largest in [(82.0_f32 / 10.0).sqrt(), (6562.0_f32 / 730.0).sqrt()] {
            let got = values(net.forward(x.clone()));
            assert!((got[0] - 3.0 / largest).abs() < 1e-5, "{got:?}, {largest}");
            assert!((got[1] - 1.0 / largest).abs() < 1e-5, "{got:?}, {largest}");
        }
    }

    #[test]
    fn training_finds_the_largest_singular_value_and_inference_does_not_move_it() {
        let device = Device::flex().autodiff();
        // (2 1, 1 2) has the singular values 3 and 1.
        let net = conv([[2.0, 1.0], [1.0, 2.0]], &device);
        let net = SpectralConv {
            u: Some(RunningState::new(Tensor::from_floats([1.0, 0.3], &device))),
            ..net
        };
        let x = Tensor::<4>::ones([1, 2, 1, 1], &device);
        let early = values(net.valid().forward(x.clone().inner()));
        assert_eq!(values(net.valid().forward(x.clone().inner())), early, "inference only looks");
        for _ in 0..20 {
            let _ = net.forward(x.clone());
        }
        let late = values(net.valid().forward(x.inner()));
        assert!((late[0] - 1.0).abs() < 1e-5, "3/3, not {late:?}");
        assert!((early[0] - late[0]).abs() > 0.01, "control: it was not there at once: {early:?}");
    }

    #[test]
    fn folding_changes_the_form_and_not_the_answer() {
        let device = Device::flex().autodiff();
        let net = SpectralConvConfig::new([5, 7]).init(&device);
        let x = Tensor::<4>::random([2, 5, 6, 9], Distribution::Default, &device);
        let _ = net.forward(x.clone());
        let x = x.inner();
        let [open, folded] = [net.valid(), net.folded()].map(|net| values(net.forward(x.clone())));
        let worst = open.iter().zip(&folded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst}");
        assert_eq!(net.folded().num_params(), net.num_params() - 7, "no vector is left");
        let again = net.folded().folded();
        assert_eq!(values(again.forward(x.clone())), folded, "folding again changes nothing");
        // Control: the bare weight answers something else.
        let bare = SpectralConv { u: None, ..net.valid() };
        assert_ne!(values(bare.forward(x)), folded);
    }

    #[test]
    fn gradients_are_those_of_a_weight_divided_by_its_largest_singular_value() {
        // Far along the iteration the vectors are right, and σ moves with the weight as uᵀ dW v.
        let weight = [[2.0, 0.5], [-0.3, 1.0]];
        let answer = |weight: [[f32; 2]; 2], device: &Device| {
            let net = conv(weight, device);
            let x = Tensor::<4>::from_floats([[[[0.7]], [[-0.4]]]], device);
            for _ in 0..60 {
                let _ = net.forward(x.clone());
            }
            let mixed = net.forward(x) * Tensor::from_floats([[[[1.0]], [[3.0]]]], device);
            (mixed.sum(), net)
        };
        let device = Device::flex().autodiff();
        let (loss, net) = answer(weight, &device);
        let gradients = loss.backward();
        let gradient = values(net.weight.val().grad(&gradients).unwrap());
        for i in 0..4 {
            let moved = |by: f32| {
                let mut weight = weight;
                weight[i / 2][i % 2] += by;
                values(answer(weight, &device).0)[0]
            };
            let slope = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((gradient[i] - slope).abs() < 2e-3, "{i}: {} not {slope}", gradient[i]);
        }
        // Control: without the singular value's own gradient it would be x / σ, as 0.7 / 2.07.
        assert!((gradient[0] - 0.7 / 2.07).abs() > 0.02, "{gradient:?}");
    }

    #[test]
    fn a_flat_picture_stays_flat_up_to_the_border() {
        let device = Device::flex();
        let net = SpectralConvConfig::new([3, 4]).init(&device);
        let flat = Tensor::<4>::full([1, 3, 5, 7], 0.8, &device);
        let spread =
            |x: Tensor<4>| values(x).chunks(35).map(|p| (p[0] - p[17]).abs()).fold(0.0, f32::max);
        assert!(spread(net.forward(flat.clone())) < 1e-6);
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        let zeros = conv2d(flat, net.folded().weight.val(), None, options);
        assert!(spread(zeros) > 1e-2, "control: zeros around the picture show");
    }
}
