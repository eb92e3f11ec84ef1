//! The penalty on how steep a critic is: WGAN-GP.
//!
//! It needs the gradient of a gradient, and Burn has first derivatives only: the value of
//! `‖∇ₓD‖` could be had, but its gradient over the weights would be lost. So the length of the
//! gradient is taken as a slope. With `g = ∇ₓD(x)` and `n = g / ‖g‖`, both held constant,
//!
//! `s = (D(x + h n) − D(x − h n)) / 2h`
//!
//! is `‖g‖` up to `O(h²)`, and because `∂‖g‖/∂θ = n · ∂g/∂θ`, the first derivative of `s` over the
//! weights is the true second derivative, up to `O(h²)` as well. The cost is one backward pass to
//! the pictures and two more forward passes.
//!
//! A critic under this penalty must judge each picture by itself and every time alike: no batch
//! norm, no dropout.

use burn::tensor::{Tensor, TensorData};

/// `h` is such that no value of a picture moves by more than this, and one does.
///
/// Measured on the whole-picture critic of `contextual.rs` at 64², against `‖g‖`: 0.1 is off by 11
/// to 18 of 100, because it crosses kinks of the leaky `ReLU`; 0.01 by 1 to 3; 0.001 by 0.7 at most;
/// below 0.0001 rounding in f32 takes over, at 0.1.
const REACH: f32 = 1e-3;

/// Keeps a picture without any slope finite.
const EPSILON: f32 = 1e-12;

/// Pictures on the way from painted to real: `share · real + (1 − share) · painted`.
///
/// # Shapes and ranges
/// - `real`, `painted`: `[n, c, h, w]`
/// - `shares`: one for each picture, evenly from `0..=1`
/// - returns `[n, c, h, w]`, constants
///
/// # Panics
/// If there is not one share per picture.
///
/// # Source
/// Gulrajani et al., "Improved Training of Wasserstein GANs" (NIPS 2017), algorithm 1. Yu et al.
/// 2018 take the completed picture for the painted one.
#[must_use]
pub fn between(real: Tensor<4>, painted: Tensor<4>, shares: &[f32]) -> Tensor<4> {
    let n = real.dims()[0];
    assert_eq!(shares.len(), n, "one share a picture");
    let shares = TensorData::new(shares.to_vec(), [n, 1, 1, 1]);
    let shares = Tensor::from_data(shares, &real.device());
    (painted.clone() + (real - painted) * shares).detach()
}

/// How far the critic's slope is from 1: `mean (‖∇ₓD(x)‖ − 1)²`, to be weighted with 10.
///
/// # Shapes and ranges
/// - `judge`: the critic; its verdicts may have any shape, those of one picture are added up
/// - `at`: `[n, c, h, w]`, from [`between`]
/// - `seen`: `[n, 1, h, w]`, where the gradient counts: the hole in Yu et al. 2018; `None` for all
///
/// # Panics
/// If the verdict does not depend on the pictures.
///
/// # Source
/// Gulrajani et al. 2017, equation 3; the mask from Yu et al. 2018. As a slope: ours, see the head
/// of this file.
#[must_use]
pub fn gradient_penalty<const D: usize>(
    judge: impl Fn(Tensor<4>) -> Tensor<D>,
    at: Tensor<4>,
    seen: Option<Tensor<4>>,
) -> Tensor<1> {
    (slopes(judge, at, seen) - 1.0).square().mean()
}

/// `‖∇ₓD(x)‖` of each picture, `[n]`, with the right first derivative over the critic's weights.
fn slopes<const D: usize>(
    judge: impl Fn(Tensor<4>) -> Tensor<D>,
    at: Tensor<4>,
    seen: Option<Tensor<4>>,
) -> Tensor<1> {
    let n = at.dims()[0];
    let at = Tensor::from_inner(at.inner());
    let tracked = at.clone().require_grad();
    let gradients = judge(tracked.clone()).sum().backward();
    let gradient = tracked.grad(&gradients).expect("a verdict depends on its picture");
    let gradient = match seen {
        Some(seen) => gradient * seen.inner(),
        None => gradient,
    };
    let length = gradient.clone().square().sum_dims(&[1, 2, 3]).sqrt(); // [n, 1, 1, 1]
    let direction = gradient / length.clamp_min(EPSILON);
    let steepest = direction.clone().abs().max_dims(&[1, 2, 3]); // [n, 1, 1, 1]
    let step = steepest.clamp_min(EPSILON).recip() * REACH; // [n, 1, 1, 1]
    let ahead = Tensor::from_inner(direction * step.clone());
    let verdicts = |pictures| judge(pictures).reshape([n as i64, -1]).sum_dim(1); // [n, 1]
    let climbed = verdicts(at.clone() + ahead.clone()) - verdicts(at - ahead);
    let twice = Tensor::from_inner(step.reshape([n, 1])) * 2.0;
    (climbed / twice).squeeze_dim::<1>(1) // [n]
}

#[cfg(test)]
mod tests {
    use super::super::check::{numbers, random, value};
    use super::*;
    use burn::tensor::Device;
    use burn::tensor::activation::{leaky_relu, tanh};

    /// Weights of a critic of two layers over pictures of 2×3×3 values.
    type Weights = [Tensor<2>; 2];

    fn weights(seed: u64) -> Weights {
        [random([18, 7], seed) * 2.0 - 1.0, random([7, 1], seed + 100) * 2.0 - 1.0]
    }

    fn hidden(weights: &Weights, x: Tensor<4>, kinks: bool) -> Tensor<2> {
        let x = x.flatten::<2>(1, 3).matmul(weights[0].clone());
        if kinks { leaky_relu(x, 0.2) } else { tanh(x) }
    }

    fn judge(weights: &Weights, x: Tensor<4>, kinks: bool) -> Tensor<2> {
        hidden(weights, x, kinks).matmul(weights[1].clone())
    }

    /// `‖∇ₓD(x)‖` of every picture by first derivatives: the value alone.
    fn lengths(weights: &Weights, at: &Tensor<4>, kinks: bool) -> Vec<f64> {
        let tracked = Tensor::from_inner(at.clone()).require_grad();
        let gradients = judge(weights, tracked.clone(), kinks).sum().backward();
        let gradient = numbers(tracked.grad(&gradients).unwrap());
        let squares = |one: &[f32]| one.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>();
        gradient.chunks_exact(18).map(|one| squares(one).sqrt()).collect()
    }

    /// The true penalty by its definition.
    fn truth(weights: &Weights, at: &Tensor<4>, kinks: bool) -> f64 {
        let lengths = lengths(weights, at, kinks);
        lengths.iter().map(|length| (length - 1.0).powi(2)).sum::<f64>() / lengths.len() as f64
    }

    fn ours(weights: &Weights, at: &Tensor<4>, kinks: bool) -> Tensor<1> {
        let judge = |x| judge(weights, x, kinks);
        gradient_penalty(judge, Tensor::from_inner(at.clone()), None)
    }

    #[test]
    fn values_are_those_of_a_linear_critic() {
        // D(x) = w · x has the slope ‖w‖ = √(0.36 + 0.64 + 2.25) everywhere: the penalty is
        // (√3.25 − 1)², its gradient 2 (‖w‖ − 1) w / ‖w‖.
        let device = Device::flex().autodiff();
        let w = Tensor::<4>::from_floats([[[[0.6, -0.8, 1.5]]]], &device).require_grad();
        let at = Tensor::from_inner(random([2, 1, 1, 3], 1));
        let judge = |x: Tensor<4>| (x * w.clone()).sum_dim(3);
        let length = 3.25_f32.sqrt();
        let penalty = gradient_penalty(judge, at, None);
        let gradient = numbers(w.grad(&penalty.backward()).unwrap());
        assert!((value(penalty) - (length - 1.0).powi(2)).abs() < 1e-4);
        for (got, w) in gradient.iter().zip([0.6, -0.8, 1.5]) {
            let wanted = 2.0 * (length - 1.0) * w / length;
            assert!((got - wanted).abs() < 1e-3, "{got} not {wanted}");
        }
    }

    #[test]
    fn only_what_is_seen_counts() {
        let device = Device::flex().autodiff();
        let w = Tensor::<4>::from_floats([[[[3.0, 50.0, 4.0]]]], &device);
        let seen = Tensor::<4>::from_floats([[[[1.0, 0.0, 1.0]]]], &device);
        let at = Tensor::<4>::zeros([1, 1, 1, 3], &device);
        let judge = |x: Tensor<4>| (x * w.clone()).sum_dim(3);
        // The slope over the seen values is 5: (5 − 1)².
        let penalty = value(gradient_penalty(judge, at.clone(), Some(seen)));
        assert!((penalty - 16.0).abs() < 1e-2, "{penalty}");
        assert!(value(gradient_penalty(judge, at, None)) > 2000.0, "control: all of it");
    }

    #[test]
    fn gradients_over_the_weights_are_those_of_the_true_penalty() {
        for (kinks, tolerance) in [(false, 2e-3), (true, 5e-3)] {
            let at = random([3, 2, 3, 3], 5);
            let plain = weights(9);
            let wanted = truth(&plain, &at, kinks);
            let tracked = plain.clone().map(|w| Tensor::from_inner(w).require_grad());
            let penalty = ours(&tracked, &at, kinks);
            let gradients = penalty.backward();
            let got = f64::from(value(penalty));
            assert!((got - wanted).abs() < 2e-3 * wanted, "{got} not {wanted}");
            for layer in 0..2 {
                let analytic = numbers(tracked[layer].grad(&gradients).unwrap());
                let largest = analytic.iter().fold(0.0_f32, |m, g| m.max(g.abs()));
                for i in (0..analytic.len()).step_by(5) {
                    let moved = |by: f32| {
                        let mut weights = plain.clone();
                        let mut values = numbers(weights[layer].clone());
                        values[i] += by;
                        let data = TensorData::new(values, weights[layer].shape());
                        weights[layer] = Tensor::from_data(data, &Device::flex());
                        truth(&weights, &at, kinks)
                    };
                    let numeric = (moved(2e-3) - moved(-2e-3)) / 4e-3;
                    let error = (f64::from(analytic[i]) - numeric).abs();
                    assert!(
                        error < tolerance * f64::from(largest),
                        "kinks {kinks}, layer {layer}, weight {i}: {} not {numeric}",
                        analytic[i]
                    );
                }
            }
        }
    }

    #[test]
    fn the_naive_penalty_is_what_this_is_not() {
        // Control: the length of a first-order gradient is a constant to Burn. Its gradient over
        // the weights, all that the penalty is for, is not there.
        let tracked = weights(9).map(|w| Tensor::from_inner(w).require_grad());
        let x = Tensor::from_inner(random([3, 2, 3, 3], 5)).require_grad();
        let first = judge(&tracked, x.clone(), false).sum().backward();
        let naive = (x.grad(&first).unwrap().square().sum().sqrt() - 1.0).square();
        assert!(value(naive.clone()) > 1e-3 && !Tensor::is_tracked(&naive));
        let penalty = ours(&tracked, &random([3, 2, 3, 3], 5), false);
        assert!(penalty.is_tracked());
    }

    #[test]
    fn between_real_and_painted_lie_their_mixtures() {
        let device = Device::flex().autodiff();
        let [real, painted] = [8.0, 4.0].map(|v| Tensor::<4>::full([3, 1, 1, 1], v, &device));
        let got = numbers(between(real, painted, &[0.0, 1.0, 0.25]));
        assert_eq!(got, [4.0, 8.0, 5.0]);
    }
}
