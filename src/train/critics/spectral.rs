//! Spectral norm for critics: on any convolution, with zeros around the picture.

use burn::module::{Module, RunningState};
use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2d;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor};

use crate::model::spectral::divided;

/// A convolution with spectral norm: it stretches no picture more than its bias adds.
///
/// The direction of the largest singular value is followed by one step of the power iteration per
/// forward pass while training, and stays as it is otherwise.
///
/// # Source
/// Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (ICLR 2018),
/// algorithm 1, as in [`crate::model::spectral`].
#[derive(Module, Debug)]
pub struct CriticConv {
    conv: Conv2d,
    /// The left singular vector that is being followed, `[c_out]`, of any length.
    direction: RunningState<Tensor<1>>,
}

impl CriticConv {
    /// Puts spectral norm on a convolution with explicit padding.
    ///
    /// # Panics
    /// If its padding is not explicit or absent.
    #[must_use]
    pub fn new(conv: Conv2d, device: &Device) -> Self {
        assert!(conv.padding != PaddingConfig2d::Same, "padding must be spelled out");
        let [c_out, ..] = conv.weight.lazy_shape().dims::<4>();
        let random = Tensor::<1>::random([c_out], Distribution::Normal(0.0, 1.0), device);
        Self { conv, direction: RunningState::new(random) }
    }

    /// `[n, c_in, h, w]` to `[n, c_out, h / stride, w / stride]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let Conv2d { stride, dilation, groups, .. } = self.conv;
        let padding = match self.conv.padding {
            PaddingConfig2d::Explicit(top, left, bottom, right) => [(top, bottom), (left, right)],
            _ => [(0, 0); 2],
        };
        let options = ConvOptions::new_with_padding(stride, padding, dilation, groups);
        let bias = self.conv.bias.as_ref().map(|bias| bias.val());
        let weight = divided(self.conv.weight.val(), &self.direction, x.device().is_autodiff());
        conv2d(x, weight, bias, options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::conv;
    use burn::module::Param;

    /// 2×2 weights as a 1×1 convolution: `[[3, 0], [4, 5]]` has the singular values √45 and √5.
    fn known(device: &Device) -> CriticConv {
        let mut conv = conv([2, 2], 1, [1, 1], device);
        let weights = Tensor::<2>::from_floats([[3.0, 0.0], [4.0, 5.0]], device);
        conv.weight = Param::from_tensor(weights.reshape([2, 2, 1, 1]));
        conv.bias = None;
        CriticConv::new(conv, device)
    }

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn weights_are_divided_by_the_largest_singular_value() {
        let device = Device::flex().autodiff();
        device.seed(3);
        let layer = known(&device);
        let x = Tensor::<4>::ones([1, 2, 1, 1], &device);
        for _ in 0..20 {
            let _ = layer.forward(x.clone());
        }
        // Control: what it does to a picture before division, 3 and 9, is not the answer.
        let got = values(layer.forward(x));
        for (got, wanted) in got.iter().zip([3.0, 9.0].map(|v: f32| v / 45.0_f32.sqrt())) {
            assert!((got - wanted).abs() < 1e-5, "{got} not {wanted}");
        }
    }

    #[test]
    fn off_training_nothing_moves() {
        let device = Device::flex();
        device.seed(3);
        let layer = known(&device);
        let before = values(layer.direction.value_sync());
        let x = Tensor::<4>::ones([1, 2, 1, 1], &device);
        let first = values(layer.forward(x.clone()));
        assert_eq!(values(layer.forward(x)), first);
        assert_eq!(values(layer.direction.value_sync()), before);
        let training = Device::flex().autodiff();
        training.seed(3);
        let layer = known(&training);
        let before = values(layer.direction.value_sync());
        let _ = layer.forward(Tensor::ones([1, 2, 1, 1], &training));
        assert_ne!(values(layer.direction.value_sync()), before, "control: training follows it");
    }

    #[test]
    fn the_gradient_has_no_part_along_the_weights_themselves() {
        // Scaling the weights changes nothing, so the gradient is at right angles to them.
        let device = Device::flex().autodiff();
        device.seed(3);
        let layer = known(&device);
        let x = Tensor::<4>::from_floats([[[[0.7]], [[-0.2]]]], &device);
        for _ in 0..20 {
            let _ = layer.forward(x.clone());
        }
        let gradients = layer.forward(x).square().sum().backward();
        let weight = layer.conv.weight.val();
        let gradient = weight.grad(&gradients).unwrap();
        let along = values((gradient.clone() * weight.inner()).sum())[0];
        let length = values(gradient.square().sum().sqrt())[0];
        assert!(length > 0.01, "control: there is a gradient at all, {length}");
        assert!(along.abs() < 1e-4 * length, "{along} of {length}");
    }
}
