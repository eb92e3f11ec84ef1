//! Small pieces that several networks share.

use burn::module::{Module, ModuleVisitor, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, Initializer, PaddingConfig2d};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

/// He's initialisation for layers followed by a ReLU. Burn's default shrinks the signal threefold
/// in each layer, so ten layers without normalisation would start from nothing.
const HE_UNIFORM: Initializer =
    Initializer::KaimingUniform { gain: std::f64::consts::SQRT_2, fan_out_only: false };

/// Makes a convolution that keeps the picture's size, or halves it when `stride` is 2.
///
/// Burn's own `Same` padding ignores dilation, so the padding is spelled out. A kernel of even
/// width has no middle: it reaches one pixel further right and down, as in TensorFlow.
pub(crate) fn conv(
    channels: [usize; 2],
    kernel_px: usize,
    [stride, dilation]: [usize; 2],
    device: &Device,
) -> Conv2d {
    let reach = dilation * (kernel_px - 1);
    let [before, after] = [reach / 2, reach - reach / 2];
    Conv2dConfig::new(channels, [kernel_px, kernel_px])
        .with_stride([stride, stride])
        .with_dilation([dilation, dilation])
        .with_padding(PaddingConfig2d::Explicit(before, before, after, after))
        .with_initializer(HE_UNIFORM)
        .init(device)
}

/// Makes a 3×3 convolution that starts by answering zero everywhere.
pub(crate) fn silent_conv(channels: [usize; 2], device: &Device) -> Conv2d {
    Conv2dConfig::new(channels, [3, 3])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// Makes a transposed 4×4 convolution with stride ½, which doubles both sides.
pub(crate) fn deconv(channels: [usize; 2], device: &Device) -> ConvTranspose2d {
    let [_, c_out] = channels;
    // Burn counts the fan-in of a transposed convolution from its output channels, all 16 taps;
    // an output pixel in fact sees 4 taps of each input channel.
    let seen = channels[0] as f64 * 4.0;
    let counted = c_out as f64 * 16.0;
    let gain = std::f64::consts::SQRT_2 * (counted / seen).sqrt();
    ConvTranspose2dConfig::new(channels, [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .with_initializer(Initializer::KaimingUniform { gain, fan_out_only: false })
        .init(device)
}

/// Folds `norm` into the layer before it: returns the weight and bias of one layer that answers as
/// both do outside of training. `c_out` is the dimension of the weight that counts the output
/// channels: 0 for a convolution, 1 for a transposed one.
///
/// Take the network off the training device first (`valid()`).
pub(crate) fn with_norm(
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    norm: &BatchNorm,
    c_out: usize,
) -> (Param<Tensor<4>>, Option<Param<Tensor<1>>>) {
    let spread = (norm.running_var.value_sync() + norm.epsilon).sqrt();
    let gain = norm.gamma.val() / spread; // [c_out]
    let shift = norm.beta.val() - norm.running_mean.value_sync() * gain.clone();
    let shift = match bias {
        Some(bias) => bias.val() * gain.clone() + shift,
        None => shift,
    };
    let mut along = [1; 4];
    along[c_out] = gain.dims()[0];
    let weight = weight.map(|weight| weight * gain.reshape(along));
    (weight, Some(Param::from_tensor(shift)))
}

/// Repeats each pixel four times, which doubles both sides.
pub(crate) fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let options = InterpolateOptions::new(InterpolateMode::Nearest).with_align_corners(false);
    interpolate(x, options.with_output_size([2 * h, 2 * w]))
}

/// Applies the exponential linear unit: `x` above 0, `exp(x) - 1` below.
///
/// Burn's own takes `exp` of positive values as well; from 89 on that is infinite, and the gradient
/// is not a number.
pub(crate) fn elu(x: Tensor<4>) -> Tensor<4> {
    x.clone().clamp_min(0.0) + x.clamp_max(0.0).exp() - 1.0
}

/// Counts the multiply-adds for one picture, in billions. Each kernel, in the order of the
/// network's fields, is applied once for each of its `pixels` (for a transposed convolution, those
/// of its smaller side).
///
/// # Panics
/// If there is not one number of pixels per kernel.
#[must_use]
pub fn gmacs<M: Module>(net: &M, pixels: &[usize]) -> f64 {
    #[derive(Default)]
    struct Kernels(Vec<usize>);
    impl ModuleVisitor for Kernels {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if D == 4 {
                self.0.push(param.lazy_shape().num_elements());
            }
        }
    }
    let mut kernels = Kernels::default();
    net.visit(&mut kernels);
    assert_eq!(kernels.0.len(), pixels.len(), "one number of pixels a kernel");
    kernels.0.iter().zip(pixels).map(|(taps, pixels)| (taps * pixels) as f64).sum::<f64>() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[f32]) -> Tensor<4> {
        Tensor::<1>::from_floats(values, &Device::flex()).reshape([1, 1, 1, values.len()])
    }

    fn values(x: Tensor<4>) -> Vec<f32> {
        x.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn the_outpainting_generators_cost_what_the_table_says() {
        use crate::model::outpaint::OutpaintConfig;

        let cost =
            |config: OutpaintConfig, pixels: &[usize]| gmacs(&config.init(&Device::flex()), pixels);
        let [full, half, quarter, eighth] = [128 * 128, 64 * 64, 32 * 32, 16 * 16];
        let pixels = [vec![full], vec![half; 7], vec![full; 2]].concat();
        let paper = cost(OutpaintConfig::paper(), &pixels);
        assert!((paper - 14.7).abs() < 0.05, "{paper}");
        let doublings = vec![eighth, quarter, half, full, full];
        let pixels = [vec![full, half, quarter], vec![eighth; 6], doublings].concat();
        let ship = cost(OutpaintConfig::ship(), &pixels);
        assert!((ship - 0.42).abs() < 0.005, "{ship}");
        assert_eq!(OutpaintConfig::ship().init(&Device::flex()).num_params(), 1_011_427);
    }

    #[test]
    fn doubling_repeats_every_pixel_twice_each_way() {
        let twice = doubled(row(&[1.0, 2.0, 3.0]));
        assert_eq!(twice.dims(), [1, 1, 2, 6]);
        assert_eq!(values(twice), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0].repeat(2));
        let column = row(&[1.0, 2.0]).swap_dims(2, 3);
        assert_eq!(values(doubled(column)), [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn elu_is_straight_above_zero_and_levels_off_at_minus_one() {
        let found = values(elu(row(&[2.5, 100.0, 0.0, -1.0, -200.0])));
        let e = std::f32::consts::E;
        for (found, wanted) in found.iter().zip([2.5, 100.0, 0.0, 1.0 / e - 1.0, -1.0]) {
            assert!((found - wanted).abs() < 1e-6, "{found} is not {wanted}");
        }
    }

    #[cfg(feature = "train")]
    #[test]
    fn elu_has_a_gradient_where_its_exponential_would_overflow() {
        let slope = |x: f32, elu: &dyn Fn(Tensor<4>) -> Tensor<4>| -> f32 {
            let x = Tensor::<4>::full([1, 1, 1, 1], x, &Device::flex().autodiff()).require_grad();
            let gradients = elu(x.clone()).sum().backward();
            x.grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap()[0]
        };
        assert!((slope(100.0, &elu) - 1.0).abs() < 1e-6);
        assert!((slope(-1.0, &elu) - (-1.0_f32).exp()).abs() < 1e-6);
        let burns = |x| burn::tensor::activation::elu(x, 1.0);
        assert!(slope(100.0, &burns).is_nan(), "control: Burn's own; where it is mended, use it");
    }

    #[test]
    fn an_even_kernel_keeps_the_size_and_leans_to_the_right() {
        let device = Device::flex();
        for [kernel, dilation] in [[4, 1], [4, 2], [4, 16], [5, 1], [3, 8]] {
            let same = conv([1, 1], kernel, [1, dilation], &device);
            assert_eq!(same.forward(Tensor::zeros([1, 1, 6, 10], &device)).dims(), [1, 1, 6, 10]);
            let half = conv([1, 1], kernel, [2, 1], &device);
            assert_eq!(half.forward(Tensor::zeros([1, 1, 6, 10], &device)).dims(), [1, 1, 3, 5]);
        }
        // A spot at column 2 is seen by the four outputs whose taps -1, 0, 1, 2 meet it.
        let mut seen = conv([1, 1], 4, [1, 1], &device);
        seen.weight = seen.weight.map(|weight| weight.ones_like());
        seen.bias = None;
        let spot = values(seen.forward(row(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0])));
        assert_eq!(spot, [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    }
}
