//! Each loss with its formula and source.

use burn::tensor::Tensor;

/// Keeps logarithms finite; as published.
const EPSILON: f32 = 1e-9;

/// Mean squared error inside the hole, averaged over painted values: `Σ h (x − t)² / (3 Σ h)`.
///
/// # Shapes and ranges
/// - `painted`, `truth`: `[n, 3, h, w]`
/// - `hole`: `[n, 1, h, w]`, 1 = painted
///
/// # Source
/// Sabini & Rusak 2018, first phase.
#[must_use]
pub fn masked_mse(painted: Tensor<4>, truth: Tensor<4>, hole: Tensor<4>) -> Tensor<1> {
    let error = (painted - truth).square() * hole.clone();
    error.sum() / (hole.sum() * 3.0)
}

/// What the critic minimises: `−mean[log D(real) + log(1 − D(painted))]`.
///
/// # Shapes and ranges
/// `[n, 1]` each, verdicts in `0..=1`.
///
/// # Source
/// Sabini & Rusak 2018, second phase.
#[must_use]
pub fn critic_loss(real: Tensor<2>, painted: Tensor<2>) -> Tensor<1> {
    let caught = (painted.neg() + 1.0 + EPSILON).log();
    ((real + EPSILON).log() + caught).mean().neg()
}

/// What the generator adds to its error when the critic watches: `−mean log D(painted)`.
///
/// # Source
/// Sabini & Rusak 2018, third phase; the weight α is in the settings.
#[must_use]
pub fn adversarial_loss(painted: Tensor<2>) -> Tensor<1> {
    (painted + EPSILON).log().mean().neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn value(loss: Tensor<1>) -> f32 {
        loss.into_data().try_to_vec::<f32>().unwrap()[0]
    }

    #[test]
    fn the_error_counts_painted_pixels_only() {
        let device = Device::flex();
        let truth = Tensor::<4>::zeros([1, 3, 1, 3], &device);
        let painted = Tensor::<4>::from_floats(
            [[[[0.5, 9.0, 1.0]], [[0.5, 9.0, 1.0]], [[0.5, 9.0, 1.0]]]],
            &device,
        );
        let hole = Tensor::<4>::from_floats([[[[1.0, 0.0, 1.0]]]], &device);
        // By hand: (0.25 + 1) / 2.
        assert!(
            (value(masked_mse(painted.clone(), truth.clone(), hole.clone())) - 0.625).abs() < 1e-6
        );
        let everywhere = hole.ones_like();
        assert!(value(masked_mse(painted, truth, everywhere)) > 20.0, "control: the rest counts");
    }

    #[test]
    fn the_critic_is_paid_for_telling_them_apart() {
        let device = Device::flex();
        let verdict = |v: f32| Tensor::<2>::full([2, 1], v, &device);
        // By hand: −(ln 0.9 + ln 0.8).
        assert!((value(critic_loss(verdict(0.9), verdict(0.2))) - 0.328_504).abs() < 1e-5);
        // The degenerate loss that pays for calling everything false must not come back.
        let right = value(critic_loss(verdict(0.99), verdict(0.01)));
        assert!(right < value(critic_loss(verdict(0.01), verdict(0.01))));
        assert!(right < value(critic_loss(verdict(0.99), verdict(0.99))));
        assert!(value(adversarial_loss(verdict(0.9))) < value(adversarial_loss(verdict(0.1))));
    }
}
