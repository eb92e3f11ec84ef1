//! How differently a feature network sees two pictures.

use burn::tensor::Tensor;

/// What is averaged over a feature map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// `|a − b|`, as DeOldify.
    Absolute,
    /// `(a − b)²`, as Johnson et al.
    Squared,
}

/// DeOldify's weights of VGG16's maps before the third, fourth and fifth pooling.
pub const DEOLDIFY_WEIGHTS: [f32; 3] = [20.0, 70.0, 10.0];

/// `Σᵢ wᵢ mean difference(painted featuresᵢ, true featuresᵢ)`.
///
/// # Shapes and ranges
/// - `painted`, `truth`: feature maps of equal shapes, from
///   [`Features::taps`](crate::train::features::Features::taps); let none flow back into `truth`
/// - `weights`: one for each map
///
/// # Panics
/// If there are not as many of each, or none.
///
/// # Source
/// Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution" (ECCV
/// 2016); with [`Difference::Absolute`] and [`DEOLDIFY_WEIGHTS`] the feature part of DeOldify's
/// loss, which adds the absolute error of the pixels.
#[must_use]
pub fn perceptual(
    painted: &[Tensor<4>],
    truth: &[Tensor<4>],
    weights: &[f32],
    difference: Difference,
) -> Tensor<1> {
    assert!(
        painted.len() == truth.len() && truth.len() == weights.len(),
        "maps and weights must be as many, got {}, {} and {}",
        painted.len(),
        truth.len(),
        weights.len()
    );
    let each = painted.iter().zip(truth).zip(weights).map(|((painted, truth), &weight)| {
        assert_eq!(painted.dims(), truth.dims(), "feature maps of one shape");
        let apart = painted.clone() - truth.clone();
        let apart = match difference {
            Difference::Absolute => apart.abs(),
            Difference::Squared => apart.square(),
        };
        apart.mean() * weight
    });
    each.reduce(|sum, part| sum + part).expect("at least one feature map")
}

#[cfg(test)]
mod tests {
    use super::super::check::{gradient_error, random, value};
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn maps_are_averaged_and_weighted() {
        let device = Device::flex();
        let map =
            |values: [f32; 2]| Tensor::<1>::from_floats(values, &device).reshape([1, 2, 1, 1]);
        let [painted, truth] =
            [[map([3.0, 1.0]), map([0.5, 0.0])], [map([1.0, 2.0]), map([0.0, 0.0])]];
        // By hand: means 1.5 and 0.25 of absolute, 2.5 and 0.125 of squared differences.
        let got = |difference| value(perceptual(&painted, &truth, &[2.0, 8.0], difference));
        assert!((got(Difference::Absolute) - 5.0).abs() < 1e-6);
        assert!((got(Difference::Squared) - 6.0).abs() < 1e-6);
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let truth = [random([1, 2, 3, 3], 1), random([1, 2, 3, 3], 2)];
        let at = truth[0].clone() + 0.3;
        for difference in [Difference::Absolute, Difference::Squared] {
            let error = gradient_error(&at, |x| {
                let painted = [x.clone(), x.square() + 1.5];
                perceptual(&painted, &truth, &[1.0, 3.0], difference)
            });
            assert!(error < 1e-2, "{difference:?}: {error}");
        }
    }

    #[test]
    #[should_panic(expected = "feature maps of one shape")]
    fn err_maps_of_two_shapes() {
        let [a, b] = [random([1, 2, 3, 3], 1), random([1, 2, 1, 1], 2)];
        let _ = perceptual(&[a], &[b], &[1.0], Difference::Squared);
    }
}
