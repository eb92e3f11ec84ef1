//! How far what a network takes for a thing is from the thing.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, sigmoid};

/// Cross-entropy, the share by which the regions miss each other, and the difference of their
/// edges, added up:
/// `mean CE(σ(a), t) + mean (1 − Σ p t / Σ (p + t − p t)) + 2 mean |∇p − ∇t|`, `p = σ(a)`.
///
/// The first judges each place, the second each picture, however small the thing; the third asks
/// for edges as sharp as the true ones, where they are.
///
/// # Shapes and ranges
/// - `answer`: `[n, 1, h, w]`, logits
/// - `truth`: `[n, 1, h, w]`, in `0..=1`
///
/// # Source
/// The soft form of the intersection over the union: Rahman & Wang, "Optimizing
/// Intersection-Over-Union in Deep Neural Networks for Image Segmentation" (2016). Its sum with
/// cross-entropy: Qin et al., "`BASNet`: Boundary-Aware Salient Object Detection" (CVPR 2019), where
/// structural similarity stands for our edges.
#[must_use]
pub fn region(answer: Tensor<4>, truth: Tensor<4>) -> Tensor<1> {
    let certain = log_sigmoid(answer.clone()) * truth.clone();
    let entropy: Tensor<4> = certain + log_sigmoid(answer.clone().neg()) * (1.0 - truth.clone());
    let likely = sigmoid(answer);
    let both = (likely.clone() * truth.clone()).sum_dims(&[1, 2, 3]);
    let either = (likely.clone() + truth.clone()).sum_dims(&[1, 2, 3]) - both.clone();
    let missed: Tensor<4> = 1.0 - (both + 1.0) / (either + 1.0);
    let error = likely - truth;
    let edges = [2, 3].map(|axis| {
        let length = error.dims()[axis] - 1;
        let step = error.clone().narrow(axis, 1, length) - error.clone().narrow(axis, 0, length);
        step.abs().mean()
    });
    let [across, down] = edges;
    missed.mean() - entropy.mean() + (across + down) * 2.0
}

#[cfg(test)]
mod tests {
    use super::super::check::{gradient_error, random, value};
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn it_is_the_sum_of_its_three_parts() {
        // Two rows of three, sure of all: right of the first row, wrong of one place in the second.
        let device = Device::flex();
        let sure = 20.0_f32;
        let rows = [[sure, sure, -sure], [sure, -sure, -sure]];
        let answer = Tensor::<4>::from_floats([[rows]], &device);
        let truth = Tensor::<4>::from_floats([[[[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]], &device);
        let got = value(region(answer, truth));
        let entropy = sure / 6.0;
        let missed = 1.0 - (2.0 + 1.0) / (3.0 + 1.0);
        // One of four steps across is wrong by 1, and one of three down.
        let edges = 2.0 * (1.0 / 4.0 + 1.0 / 3.0);
        assert!((got - (entropy + missed + edges)).abs() < 1e-3, "{got}");
    }

    #[test]
    fn what_is_right_costs_next_to_nothing_and_gradients_are_true() {
        let truth = random([2, 1, 6, 5], 1).greater_elem(0.5).float();
        let right = (truth.clone() * 2.0 - 1.0) * 12.0;
        assert!(value(region(right.clone(), truth.clone())) < 1e-3);
        assert!(value(region(-right, truth.clone())) > 10.0, "control: all of it wrong");
        let at = random([2, 1, 6, 5], 2) * 4.0 - 2.0;
        let error = gradient_error(&at, |x| region(x, truth.clone()));
        assert!(error < 1e-2, "{error}");
    }
}
