//! How near a picture is to the true one: PSNR and SSIM.

use crate::photo::color::LUMA;

/// Side of the window of SSIM, in pixels.
const WINDOW_PX: usize = 11;
/// Standard deviation of the window, in pixels.
const SIGMA_PX: f64 = 1.5;
/// What keeps flat windows finite: `(0.01 L)²` and `(0.03 L)²` with a range L of 1.
const FLAT: [f64; 2] = [1e-4, 9e-4];

/// Peak signal to noise ratio in dB over all channels: `10 log₁₀ (1 / MSE)`; infinite for equal
/// pictures, not a number where the hole is empty.
///
/// # Shapes and ranges
/// - `truth`, `painted`: three planes each, in `0..=1`; what lies outside is clamped
/// - `hole`: one plane, 1 = painted: only that counts; `None` for the whole picture
///
/// # Panics
/// If a length is not that of the others.
#[must_use]
pub fn psnr(truth: &[f32], painted: &[f32], hole: Option<&[f32]>) -> f64 {
    assert_eq!(truth.len(), painted.len(), "pictures of one size");
    if let Some(hole) = hole {
        assert_eq!(truth.len(), 3 * hole.len(), "three planes to one hole");
    }
    let counts = |i: usize| hole.is_none_or(|hole| hole[i % hole.len()] > 0.5);
    let values = truth.iter().zip(painted).enumerate().filter(|(i, _)| counts(*i));
    let (sum, count) = values.fold((0.0_f64, 0_usize), |(sum, count), (_, (a, b))| {
        let error = f64::from(a.clamp(0.0, 1.0)) - f64::from(b.clamp(0.0, 1.0));
        (sum + error * error, count + 1)
    });
    -10.0 * (sum / count as f64).log10()
}

/// Structural similarity of the luma, on the mean over all windows that lie inside the picture: 1
/// for equal pictures. `None` when a side is shorter than the window of 11 pixels.
///
/// # Shapes and ranges
/// - `truth`, `painted`: three planes each of `[width, height]`, in `0..=1`; what lies outside is
///   clamped
///
/// # Panics
/// If a length is not that of the size.
///
/// # Source
/// Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004):
/// Gaussian window of 11×11 with σ = 1.5, population covariance, K = 0.01 and 0.03, on grey
/// pictures. Grey is the luma of BT.601 here, not rounded.
#[must_use]
pub fn ssim(truth: &[f32], painted: &[f32], [width, height]: [usize; 2]) -> Option<f64> {
    let pixels = width * height;
    let lengths = [truth.len(), painted.len()];
    assert_eq!(lengths, [3 * pixels; 2], "three planes each of {width}×{height}");
    if width.min(height) < WINDOW_PX {
        return None;
    }
    let [a, b] = [truth, painted].map(|planes| {
        let value = |c: usize, i: usize| f64::from(planes[c * pixels + i].clamp(0.0, 1.0));
        let luma = |i| (0..3).map(|c| f64::from(LUMA[c]) * value(c, i)).sum();
        (0..pixels).map(luma).collect::<Vec<f64>>()
    });
    let blurred = |value: &dyn Fn(usize) -> f64| {
        let plane: Vec<f64> = (0..pixels).map(value).collect();
        windowed(&plane, width)
    };
    let [mean_a, mean_b] = [blurred(&|i| a[i]), blurred(&|i| b[i])];
    let [aa, bb, ab] =
        [blurred(&|i| a[i] * a[i]), blurred(&|i| b[i] * b[i]), blurred(&|i| a[i] * b[i])];
    let at = |i: usize| {
        let [ma, mb] = [mean_a[i], mean_b[i]];
        let [va, vb, vab] = [aa[i] - ma * ma, bb[i] - mb * mb, ab[i] - ma * mb];
        let structure = (2.0 * vab + FLAT[1]) / (va + vb + FLAT[1]);
        (2.0 * ma * mb + FLAT[0]) / (ma * ma + mb * mb + FLAT[0]) * structure
    };
    Some((0..mean_a.len()).map(at).sum::<f64>() / mean_a.len() as f64)
}

/// The Gaussian mean around every pixel whose window lies inside the plane.
fn windowed(plane: &[f64], width: usize) -> Vec<f64> {
    let half = (WINDOW_PX / 2) as f64;
    let weights: Vec<f64> = (0..WINDOW_PX)
        .map(|i| (-(i as f64 - half).powi(2) / (2.0 * SIGMA_PX * SIGMA_PX)).exp())
        .collect();
    let all: f64 = weights.iter().sum();
    let mean = |at: &dyn Fn(usize) -> f64| {
        weights.iter().enumerate().map(|(i, weight)| weight * at(i)).sum::<f64>() / all
    };
    let inner = width + 1 - WINDOW_PX;
    let rows = plane.chunks_exact(width);
    let level: Vec<f64> = rows
        .flat_map(|row| (0..inner).map(move |x| (row, x)))
        .map(|(row, x)| mean(&|i| row[x + i]))
        .collect();
    let ends = level.len() - (WINDOW_PX - 1) * inner;
    (0..ends).map(|at| mean(&|i| level[at + i * inner])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three planes from a formula of column and row.
    fn planes([w, h]: [usize; 2], value: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
        let value = &value;
        (0..3).flat_map(|c| (0..w * h).map(move |i| value(c, i % w, i / w))).collect()
    }

    /// Whole numbers scattered by a formula that every language computes alike, in `0..=1`.
    fn scattered(c: usize, x: usize, y: usize) -> f32 {
        ((x * 7 + y * 13 + c * 5 + (x * y) % 11) % 32) as f32 / 31.0
    }

    #[test]
    fn psnr_is_that_worked_out_by_hand() {
        let size = [5, 3];
        let truth = planes(size, |_, _, _| 0.5);
        let painted = planes(size, |_, x, _| if x < 2 { 0.6 } else { 0.5 });
        // Two columns of five are off by 0.1: 0.01 · 2/5 = 0.004.
        assert!((psnr(&truth, &painted, None) - 23.979_4).abs() < 1e-3);
        let hole: Vec<f32> = (0..15).map(|i| f32::from(u8::from(i % 5 < 2))).collect();
        assert!((psnr(&truth, &painted, Some(&hole)) - 20.0).abs() < 1e-3);
        let around: Vec<f32> = hole.iter().map(|h| 1.0 - h).collect();
        assert_eq!(
            psnr(&truth, &painted, Some(&around)),
            f64::INFINITY,
            "control: the rest agrees"
        );
        let bright = planes(size, |_, _, _| 9.0);
        assert!((psnr(&truth, &bright, None) - 6.0206).abs() < 1e-3, "clamped to 1");
    }

    #[test]
    fn flat_pictures_have_the_similarity_worked_out_by_hand() {
        // No variance: (2 · 0.25 · 0.75 + 10⁻⁴) / (0.25² + 0.75² + 10⁻⁴).
        let size = [13, 12];
        let [a, b] = [0.25, 0.75].map(|v| planes(size, |_, _, _| v));
        let wanted = 0.3751 / 0.6251;
        let got = ssim(&a, &b, size).unwrap();
        assert!((got - wanted).abs() < 1e-6, "{got} not {wanted}");
        assert!((ssim(&a, &a, size).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(ssim(&a[..3 * 130], &b[..3 * 130], [13, 10]), None, "shorter than the window");
    }

    #[test]
    fn similarity_is_that_of_scikit_image() {
        let size = [23, 17];
        let truth = planes(size, scattered);
        let painted =
            planes(size, |c, x, y| 0.8 * scattered(c, x, y) + 0.2 * scattered(c, x + 3, y + 1));
        let got = ssim(&truth, &painted, size).unwrap();
        assert!((got - SCIKIT_IMAGE).abs() < 1e-5, "{got} not {SCIKIT_IMAGE}");
        let upside_down = planes(size, |c, x, y| scattered(c, x, 16 - y));
        assert!(ssim(&truth, &upside_down, size).unwrap() < 0.5, "control: another picture");
    }

    /// scikit-image 0.26.0 with numpy 2.4.6: `p = ((x*7 + y*13 + c*5 + (x*y) % 11) % 32) / 31` on
    /// 23×17, `p(x, y)` beside `0.8 p(x, y) + 0.2 p(x + 3, y + 1)`, luma `0.299 R + 0.587 G + 0.114
    /// B`, `structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
    /// use_sample_covariance=False, data_range=1.0)`. Ours differs by f32 planes and f32 luma
    /// weights.
    const SCIKIT_IMAGE: f64 = 0.975_819_548;
}
