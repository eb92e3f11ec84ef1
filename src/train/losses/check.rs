//! What every loss's tests need: its value, and whether its gradient is the true one.

use burn::tensor::{Device, Distribution, Tensor, TensorData};

/// Far enough for rounding to stay below a thousandth, near enough for curvature to.
const STEP: f32 = 4e-3;

/// A loss as a number.
pub(crate) fn value(loss: Tensor<1>) -> f32 {
    numbers(loss)[0]
}

/// A tensor's values in order.
pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// The values of a picture that a test does not care about, in `0..=1`.
pub(crate) fn random<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    let device = Device::flex();
    device.seed(seed);
    Tensor::random(shape, Distribution::Default, &device)
}

/// The largest difference between a loss's gradient and central differences, as a share of the
/// largest part of the gradient; infinite where the gradient is nothing and should not be.
///
/// Between kinks a sound loss is below 0.01.
pub(crate) fn gradient_error<const D: usize>(
    at: &Tensor<D>,
    loss: impl Fn(Tensor<D>) -> Tensor<1>,
) -> f32 {
    let tracked = Tensor::from_inner(at.clone()).require_grad();
    let gradients = loss(tracked.clone()).backward();
    let analytic =
        tracked.grad(&gradients).map_or_else(|| vec![0.0; at.shape().num_elements()], numbers);
    let values = numbers(at.clone());
    let moved = |i: usize, by: f32| {
        let mut values = values.clone();
        values[i] += by;
        let moved = Tensor::from_data(TensorData::new(values, at.shape()), &at.device());
        f64::from(value(loss(moved)))
    };
    let numeric = |i| (moved(i, STEP) - moved(i, -STEP)) / f64::from(2.0 * STEP);
    let largest = analytic.iter().fold(0.0_f64, |most, part| most.max(f64::from(part.abs())));
    let errors = analytic.iter().enumerate().map(|(i, &part)| (f64::from(part) - numeric(i)).abs());
    #[expect(clippy::cast_possible_truncation, reason = "a share, compared with 0.01")]
    let share = (errors.fold(0.0, f64::max) / largest) as f32;
    share
}

#[test]
fn a_wrong_gradient_is_noticed() {
    let at = random([5], 1);
    assert!(gradient_error(&at, |x| x.square().sum()) < 1e-3);
    let half = gradient_error(&at, |x| (x.clone() * x.detach()).sum());
    assert!(half > 0.5, "control: half of the gradient was cut off, {half}");
    let none = gradient_error(&at, |x| x.clone().sum() * 0.0 + x.detach().sum());
    assert_eq!(none, f32::INFINITY, "control: all of it");
}
