//! How colourful a picture is to the eye.

use burn::tensor::Tensor;

/// Keeps the slope of a grey picture finite.
const EPSILON: f32 = 1e-8;

/// `mean (1 − M)` over the pictures: colouring by the mean of all plausible colours is dull, and
/// this pays for more colour.
///
/// `M = √(σ²(rg) + σ²(yb)) + 0.3 √(μ²(rg) + μ²(yb))` with `rg = R − G` and `yb = (R + G) / 2 − B`;
/// 0 for grey, about 0.4 for the most colourful photographs, see
/// [`colourfulness`](crate::train::metrics::colour::colourfulness).
///
/// # Shapes and ranges
/// - `pictures`: `[n, 3, h, w]`, colours in `0..=1`
///
/// # Source
/// Hasler & Süsstrunk, "Measuring colourfulness in natural images" (2003), their third measure, in
/// units of 1 instead of 255; as a loss `DDColor` (ICCV 2023), weight 0.5, whose code takes
/// absolute values of `rg` and `yb` first, so that red against green looks like no colour at all.
#[must_use]
pub fn dullness(pictures: Tensor<4>) -> Tensor<1> {
    let [red, green, blue] = [0, 1, 2].map(|c| pictures.clone().narrow(1, c, 1));
    let red_green = red.clone() - green.clone();
    let yellow_blue = (red + green) * 0.5 - blue;
    let opponent = Tensor::cat(vec![red_green, yellow_blue], 1); // [n, 2, h, w]
    let mean = opponent.clone().mean_dims(&[2, 3]); // [n, 2, 1, 1]
    let variance = (opponent - mean.clone()).square().mean_dims(&[2, 3]);
    let root = |x: Tensor<4>| (x.sum_dim(1) + EPSILON).sqrt(); // [n, 1, 1, 1]
    let colourfulness = root(variance) + root(mean.square()) * 0.3;
    (colourfulness.neg() + 1.0).mean()
}

#[cfg(test)]
mod tests {
    use super::super::check::{gradient_error, random, value};
    use super::*;
    use burn::tensor::Device;

    fn picture(pixels: [[f32; 3]; 2]) -> Tensor<4> {
        Tensor::<2>::from_floats(pixels, &Device::flex()).transpose().reshape([1, 3, 1, 2])
    }

    #[test]
    fn grey_is_dull_and_colours_are_those_worked_out_by_hand() {
        let grey = value(dullness(picture([[0.2; 3], [0.7; 3]])));
        assert!((grey - 1.0).abs() < 2e-4, "{grey}");
        // Red (1, 0, 0) and green (0, 1, 0): rg = ±1, yb = ½; σ² = 1 and 0, μ = 0 and ½.
        let two = value(dullness(picture([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])));
        assert!((two - (1.0 - 1.15)).abs() < 1e-4, "{two}");
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let error = gradient_error(&random([2, 3, 2, 3], 4), dullness);
        assert!(error < 1e-2, "{error}");
        let grey = Tensor::from_inner(picture([[0.5; 3]; 2])).require_grad();
        let gradient = grey.grad(&dullness(grey.clone()).backward()).unwrap();
        assert!(value(gradient.abs().sum()).is_finite(), "all grey has no infinite slope");
    }
}
