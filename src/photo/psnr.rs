//! Measures how near a picture is to the truth, where that is known.

use super::Photo;
use super::hole::Hole;
use crate::error::{Error, Result};

/// Peak signal to noise ratio in dB over red, green and blue inside a hole: `10 log₁₀ (255² /
/// MSE)`. Infinite if both are equal, NaN if there is nothing to compare.
///
/// Pixels count as much as they are opaque in the truth: what hides under full transparency does
/// not. In an opaque photo that is the plain ratio.
///
/// # Errors
/// [`Error::BadSetting`] for a picture or a hole of another size than the truth's.
pub fn psnr(truth: &Photo, other: &Photo, hole: &Hole) -> Result<f64> {
    hole.check_fits(truth.size())?;
    if other.size() != truth.size() {
        return Err(Error::BadSetting {
            name: "picture",
            expected: format!("of the truth's size, {:?}", truth.size()),
            found: format!("{:?}", other.size()),
        });
    }
    let pairs = truth.rgba().chunks_exact(4).zip(other.rgba().chunks_exact(4));
    let inside = pairs.zip(hole.pixels()).filter(|(_, hole)| **hole != 0);
    // Whole numbers, so that neither order nor machine matters.
    let (mut sum, mut weight) = (0_u64, 0_u64);
    for ((truth, other), _) in inside {
        let alpha = u64::from(truth[3]);
        let error: u64 =
            truth.iter().zip(other).take(3).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
        sum += alpha * error;
        weight += 3 * alpha;
    }
    Ok(-10.0 * (sum as f64 / weight as f64 / (255.0 * 255.0)).log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 17 by 16 pixels, opaque, of one colour.
    fn flat(rgb: [u8; 3]) -> Photo {
        let [r, g, b] = rgb;
        Photo::from_rgba8([17, 16], [r, g, b, 255].repeat(17 * 16)).unwrap()
    }

    fn hole(is_inside: impl Fn(usize) -> bool) -> Hole {
        let bytes = (0..17 * 16).map(|i| u8::from(is_inside(i))).collect();
        Hole::from_bytes([17, 16], bytes).unwrap()
    }

    #[test]
    fn the_ratio_is_that_worked_out_by_hand() {
        let truth = flat([100, 50, 200]);
        // Errors of 6, 8 and 0: MSE 100 / 3, so 10 log₁₀ (65025 · 3 / 100) = 32.9019 dB.
        let all = hole(|_| true);
        let off = psnr(&truth, &flat([106, 42, 200]), &all).unwrap();
        assert!((off - 32.901_9).abs() < 1e-3, "{off}");
        // Black for white is all the noise there can be.
        assert!(psnr(&flat([255; 3]), &flat([0; 3]), &all).unwrap().abs() < 1e-9);
        assert_eq!(psnr(&truth, &truth, &all).unwrap(), f64::INFINITY);
        assert!(psnr(&truth, &truth, &hole(|_| false)).unwrap().is_nan(), "nothing to compare");
    }

    #[test]
    fn only_what_lies_in_the_hole_and_can_be_seen_counts() {
        let truth = flat([100, 50, 200]);
        let mut other = flat([110, 60, 210]);
        other.rgba_mut()[0] = 0; // Outside.
        let inside = hole(|i| i > 4);
        let plain = psnr(&truth, &other, &inside).unwrap();
        assert!((plain - 28.130_8).abs() < 1e-3, "10 log₁₀ (255² / 10²), got {plain}");
        assert!(psnr(&truth, &other, &hole(|_| true)).unwrap() < plain, "control");
        let mut clear = truth.clone();
        for pixel in clear.rgba_mut().chunks_exact_mut(4).skip(30) {
            pixel[3] = 0;
        }
        other.rgba_mut()[4 * 40] = 0; // Where the truth is transparent.
        assert_eq!(psnr(&clear, &other, &inside).unwrap(), plain);
        assert!(psnr(&truth, &other, &inside).unwrap() < plain, "control: where it is opaque");
    }

    #[test]
    fn err_another_size() {
        let truth = flat([1; 3]);
        let other = Photo::from_rgba8([16, 17], vec![9; 4 * 16 * 17]).unwrap();
        assert!(psnr(&truth, &other, &hole(|_| true)).is_err());
        assert!(psnr(&other, &other, &hole(|_| true)).is_err());
    }
}
