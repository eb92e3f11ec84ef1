//! How visible the border of a painted area is.
//!
//! The eye finds a border where the picture changes more across it than it does to both sides. So
//! the jump across every pair of pixels, one known and one painted, is set against the jumps a few
//! pixels further in on either side, in the same direction.
//!
//! # Source
//! Ours: the jump is the second difference across the border, so a ramp that goes on is no jump.

/// Shrunk by these factors, soft steps show too.
const SCALES: [usize; 3] = [1, 2, 4];
/// How far on either side the picture itself is looked at, in pixels.
const AROUND: [usize; 3] = [3, 5, 7];
/// Jumps below this, in steps of 255, are lost in any photo's noise.
const NOISE: f64 = 1.5;

/// 1 for a border like any other line through the picture, more for a visible one; 1 where there
/// is no border to look at.
///
/// # Shapes and ranges
/// `rgba`: `width * height * 4`; `hole`: `width * height`, 0 is known, anything else painted.
///
/// # Panics
/// If a length is not that of `size`.
#[must_use]
pub fn score(rgba: &[u8], hole: &[u8], size: [usize; 2]) -> f64 {
    assert_eq!([rgba.len(), hole.len() * 4], [size[0] * size[1] * 4; 2], "buffers of {size:?}");
    let worst = SCALES.iter().filter_map(|&scale| {
        let (luma, hole, size) = shrunk(rgba, hole, size, scale);
        jumps(&luma, &hole, size)
    });
    worst.fold(1.0, f64::max)
}

/// Lightness in cells of `scale` pixels, each wholly known, wholly painted, or neither (2).
fn shrunk(
    rgba: &[u8],
    hole: &[u8],
    [w, h]: [usize; 2],
    scale: usize,
) -> (Vec<f64>, Vec<u8>, [usize; 2]) {
    let size = [w / scale, h / scale];
    let mut luma = Vec::with_capacity(size[0] * size[1]);
    let mut holes = Vec::with_capacity(size[0] * size[1]);
    for y in 0..size[1] {
        for x in 0..size[0] {
            let (mut sum, mut painted) = (0.0, 0);
            for dy in 0..scale {
                for dx in 0..scale {
                    let at = (y * scale + dy) * w + x * scale + dx;
                    let [r, g, b] = [0, 1, 2].map(|c| f64::from(rgba[at * 4 + c]));
                    sum += 0.299 * r + 0.587 * g + 0.114 * b;
                    painted += usize::from(hole[at] != 0);
                }
            }
            let area = scale * scale;
            luma.push(sum / area as f64);
            // A cell on the border belongs to the side that has most of it.
            holes.push(u8::from(2 * painted > area));
        }
    }
    (luma, holes, size)
}

/// The mean jump across the border over the mean jump beside it.
fn jumps(luma: &[f64], hole: &[u8], size: [usize; 2]) -> Option<f64> {
    let (mut across, mut beside, mut count) = (0.0, 0.0, 0_u32);
    let strides = [1, size[0]];
    for at in 0..luma.len() {
        let places = [at % size[0], at / size[0]];
        for axis in [0, 1] {
            let (place, side, stride) = (places[axis], size[axis], strides[axis]);
            let Some(&far) = AROUND.last() else { continue };
            if place < far + 1 || place + far + 2 >= side || hole[at] == hole[at + stride] {
                continue;
            }
            // The change from one cell to the next, beyond what the changes before and after it say.
            let jump = |at: usize| {
                let step = luma[at + stride] - luma[at];
                let before = luma[at] - luma[at - stride];
                let after = luma[at + 2 * stride] - luma[at + stride];
                (step - (before + after) / 2.0).abs()
            };
            across += jump(at);
            let around = AROUND.iter().map(|d| jump(at - d * stride) + jump(at + d * stride));
            beside += around.sum::<f64>() / (2 * AROUND.len()) as f64;
            count += 1;
        }
    }
    let count = f64::from(count);
    (count > 0.0).then(|| (across / count + NOISE) / (beside / count + NOISE))
}

/// How much finer or coarser the painted area is than the known part beside it: the painted
/// part's mean jump over the known part's, 1 when alike, below 1 when soft.
///
/// # Shapes and ranges
/// As [`score`]; `reach` is how far from the border is looked, in pixels.
#[must_use]
pub fn sharpness(rgba: &[u8], hole: &[u8], size: [usize; 2]) -> f64 {
    let (luma, _, [w, h]) = shrunk(rgba, hole, size, 1);
    let mut sums = [[0.0, 0.0]; 2];
    for y in 1..h.saturating_sub(1) {
        for x in 1..w.saturating_sub(1) {
            let at = y * w + x;
            let near = [at - 1, at + 1, at - w, at + w];
            let own = u8::from(hole[at] != 0);
            if near.iter().all(|&p| u8::from(hole[p] != 0) == own) {
                let mean = near.iter().map(|&p| luma[p]).sum::<f64>() / 4.0;
                let [sum, count] = &mut sums[usize::from(own)];
                *sum += (luma[at] - mean).abs();
                *count += 1.0;
            }
        }
    }
    let [known, painted] = sums.map(|[sum, count]: [f64; 2]| sum / count.max(1.0));
    (painted + 0.05) / (known + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 61 × 47 with a painted right third: a ramp, a ripple, a little noise, and `step` added to
    /// the painted pixels' brightness.
    fn picture(noise: u32, step: i32) -> ([usize; 2], Vec<u8>, Vec<u8>) {
        let size = [61, 47];
        let hole: Vec<u8> = (0..61 * 47).map(|i| u8::from(i % 61 > 40)).collect();
        let mut seed = 7_u32;
        let pixel = |i: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [x, y] = [i % 61, i / 61].map(|at| i32::try_from(at).unwrap());
            let grain = i32::try_from((seed >> 16) % (noise + 1)).unwrap();
            let value = 60 + x + y + grain + if hole[i] != 0 { step } else { 0 };
            let value = u8::try_from(value).unwrap();
            [value, value, value, 255]
        };
        (size, (0..61 * 47).flat_map(pixel).collect(), hole.clone())
    }

    #[test]
    fn no_step_is_no_seam_and_a_larger_step_is_a_worse_one() {
        let at = |noise, step| {
            let (size, rgba, hole) = picture(noise, step);
            score(&rgba, &hole, size)
        };
        assert!((at(0, 0) - 1.0).abs() < 1e-9, "a ramp that goes on: {}", at(0, 0));
        let [small, middle, large] = [4, 12, 40].map(|step| at(6, step));
        assert!(1.2 < small && small < middle && middle < large, "{small} {middle} {large}");
        assert!(at(6, 0) < 1.2, "noise alone is no seam: {}", at(6, 0));
        assert!(at(40, 12) < at(0, 12), "strong texture hides a step");
    }

    #[test]
    fn a_soft_step_shows_as_well() {
        // The step of 40 in four equal parts, over four pixels.
        let (size, mut rgba, hole) = picture(0, 40);
        for y in 0..47 {
            for (x, part) in [(39, 8), (40, 16)] {
                rgba[(y * 61 + x) * 4..][..3].iter_mut().for_each(|v| *v += part);
            }
            for (x, part) in [(41, 16), (42, 8)] {
                rgba[(y * 61 + x) * 4..][..3].iter_mut().for_each(|v| *v -= part);
            }
        }
        let (luma, holes, small) = shrunk(&rgba, &hole, size, 1);
        let fine = jumps(&luma, &holes, small).unwrap();
        assert!(score(&rgba, &hole, size) > 2.0 * fine, "seen at a coarser scale");
    }

    #[test]
    fn rows_and_columns_count_alike_and_no_border_is_no_seam() {
        let (size, rgba, hole) = picture(9, 17);
        let turned = |at: usize| at % 47 * 61 + at / 47;
        let rgba_turned: Vec<u8> =
            (0..61 * 47).flat_map(|i| rgba[turned(i) * 4..][..4].to_vec()).collect();
        let hole_turned: Vec<u8> = (0..61 * 47).map(|i| hole[turned(i)]).collect();
        let [a, b] = [score(&rgba, &hole, size), score(&rgba_turned, &hole_turned, [47, 61])];
        assert!((a - b).abs() < 1e-9, "{a} {b}");
        assert_eq!(score(&rgba, &[0; 61 * 47], size), 1.0);
        assert_eq!(score(&rgba, &[1; 61 * 47], size), 1.0);
        for thin in [[1, 9], [9, 1], [7, 3]] {
            let hole: Vec<u8> = (0..thin[0] * thin[1]).map(|i| u8::from(i % 2 == 0)).collect();
            let rgba = vec![9; hole.len() * 4];
            assert_eq!(score(&rgba, &hole, thin), 1.0, "too thin to tell: {thin:?}");
        }
    }

    #[test]
    fn sharpness_tells_soft_from_grainy() {
        let (size, mut rgba, hole) = picture(20, 0);
        let alike = sharpness(&rgba, &hole, size);
        assert!((0.85..1.15).contains(&alike), "the same grain on both sides: {alike}");
        for (i, hole) in hole.iter().enumerate() {
            if *hole != 0 {
                rgba[i * 4..i * 4 + 3].fill(90);
            }
        }
        assert!(sharpness(&rgba, &hole, size) < 0.2, "a flat painting is soft");
    }
}
