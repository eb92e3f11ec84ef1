//! How differently a feature network sees two pictures.

use burn::tensor::Tensor;

/// `Σᵢ mean |painted featuresᵢ − true featuresᵢ|`.
///
/// # Shapes and ranges
/// - `painted`, `truth`: feature maps of equal shapes, from
///   [`Features::taps`](crate::train::features::Features::taps); let none flow back into `truth`
///
/// # Panics
/// If there are not as many of each, or none.
///
/// # Source
/// Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution" (ECCV
/// 2016), who take squares. Absolute differences are DeOldify's way, whose maps have weights.
#[must_use]
pub fn perceptual(painted: &[Tensor<4>], truth: &[Tensor<4>]) -> Tensor<1> {
    assert_eq!(painted.len(), truth.len(), "as many maps of each");
    let each = painted.iter().zip(truth).map(|(painted, truth)| {
        assert_eq!(painted.dims(), truth.dims(), "feature maps of one shape");
        (painted.clone() - truth.clone()).abs().mean()
    });
    each.reduce(|sum, part| sum + part).expect("at least one feature map")
}

#[cfg(test)]
mod tests {
    use super::super::check::{gradient_error, random, value};
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn maps_are_averaged_and_added() {
        let device = Device::flex();
        let map =
            |values: [f32; 2]| Tensor::<1>::from_floats(values, &device).reshape([1, 2, 1, 1]);
        let [painted, truth] =
            [[map([3.0, 1.0]), map([0.5, 0.0])], [map([1.0, 2.0]), map([0.0, 0.0])]];
        // By hand: means 1.5 and 0.25.
        assert!((value(perceptual(&painted, &truth)) - 1.75).abs() < 1e-6);
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let truth = [random([1, 2, 3, 3], 1), random([1, 2, 3, 3], 2)];
        let at = truth[0].clone() + 0.3;
        let error = gradient_error(&at, |x| {
            let painted = [x.clone(), x.square() + 1.5];
            perceptual(&painted, &truth)
        });
        assert!(error < 1e-2, "{error}");
    }

    #[test]
    #[should_panic(expected = "feature maps of one shape")]
    fn err_maps_of_two_shapes() {
        let [a, b] = [random([1, 2, 3, 3], 1), random([1, 2, 1, 1], 2)];
        let _ = perceptual(&[a], &[b]);
    }
}
