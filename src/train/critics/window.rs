//! Where the local critics look.

use burn::tensor::Tensor;
use rand::{Rng, RngExt};

/// The upper left corner, `[left, top]`, of the square window in the middle of which the hole lies;
/// pushed back into the picture where it would stick out.
///
/// Without a hole the window is in the middle of the picture.
///
/// # Shapes and ranges
/// - `hole`: one plane of `[width, height]`, 1 = painted
/// - `side_px`: side of the window, in pixels
///
/// # Panics
/// If the window is larger than the picture, or the plane not of its size.
///
/// # Source
/// Iizuka et al. 2017: a patch centred on the completed region. With an odd distance to the sides
/// it lies half a pixel to the upper left.
#[must_use]
pub fn window_around(hole: &[f32], [width, height]: [usize; 2], side_px: usize) -> [usize; 2] {
    assert_eq!(hole.len(), width * height, "one plane of {width}×{height}");
    assert!(side_px <= width.min(height), "a window of {side_px} in {width}×{height}");
    let painted = hole.iter().enumerate().filter(|(_, hole)| **hole > 0.5);
    let bounds = painted.fold([usize::MAX, usize::MAX, 0, 0], |[l, t, r, b], (i, _)| {
        let [x, y] = [i % width, i / width];
        [l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)]
    });
    let [left, top, right, bottom] = if bounds[2] == 0 { [0, 0, width, height] } else { bounds };
    [(left + right, width), (top + bottom, height)]
        .map(|(twice_middle, side)| (twice_middle.saturating_sub(side_px) / 2).min(side - side_px))
}

/// The upper left corner of a window anywhere in the picture, all places equally likely: where to
/// look at real pictures, which have no hole.
///
/// # Panics
/// If the window is larger than the picture.
///
/// # Source
/// Iizuka et al. 2017 place the window of real pictures by a second, independent hole. The middle
/// of such a hole is anywhere; the hole itself is never painted, so it need not be drawn.
#[must_use]
pub fn window_anywhere(
    [width, height]: [usize; 2],
    side_px: usize,
    rng: &mut impl Rng,
) -> [usize; 2] {
    assert!(side_px <= width.min(height), "a window of {side_px} in {width}×{height}");
    [width, height].map(|side| rng.random_range(0..=side - side_px))
}

/// Cuts one square window out of every picture; gradients flow back to where it was cut.
///
/// # Shapes and ranges
/// - `pictures`: `[n, c, h, w]`
/// - `corners`: `[left, top]` for each of the `n` pictures
/// - returns `[n, c, side_px, side_px]`
///
/// # Panics
/// If there is not one corner a picture, or a window sticks out.
#[must_use]
pub fn windows(pictures: Tensor<4>, corners: &[[usize; 2]], side_px: usize) -> Tensor<4> {
    let [n, _, h, w] = pictures.dims();
    assert_eq!(corners.len(), n, "one window a picture");
    let cut = corners.iter().enumerate().map(|(i, &[left, top])| {
        assert!(
            left + side_px <= w && top + side_px <= h,
            "a window of {side_px} at {left}, {top} in {w}×{h}"
        );
        let picture = pictures.clone().narrow(0, i, 1);
        picture.narrow(2, top, side_px).narrow(3, left, side_px) // [1, c, side_px, side_px]
    });
    Tensor::cat(cut.collect(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    /// A hole of one rectangle, `[left, top, right, bottom]`.
    fn hole([w, h]: [usize; 2], [left, top, right, bottom]: [usize; 4]) -> Vec<f32> {
        let inside =
            |i: usize| (left..right).contains(&(i % w)) && (top..bottom).contains(&(i / w));
        (0..w * h).map(|i| f32::from(u8::from(inside(i)))).collect()
    }

    #[test]
    fn the_window_lies_around_the_hole_and_inside_the_picture() {
        let size = [13, 9];
        let around = |rect| window_around(&hole(size, rect), size, 5);
        assert_eq!(around([6, 3, 9, 4]), [5, 1], "middle 7.5, 3.5");
        assert_eq!(around([0, 0, 1, 1]), [0, 0], "pushed back at the upper left");
        assert_eq!(around([12, 8, 13, 9]), [8, 4], "pushed back at the lower right");
        assert_eq!(around([0, 0, 0, 0]), [4, 2], "no hole: the middle");
        assert_eq!(around([1, 1, 12, 8]), [4, 2], "larger than the window: its middle");
    }

    #[test]
    fn windows_of_real_pictures_reach_every_place() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let seen: std::collections::BTreeSet<_> =
            (0..500).map(|_| window_anywhere([7, 6], 5, &mut rng)).collect();
        assert_eq!(seen.len(), 6, "3 columns × 2 rows: {seen:?}");
        assert_eq!(window_anywhere([5, 5], 5, &mut rng), [0, 0]);
    }

    #[test]
    fn each_picture_is_cut_at_its_own_corner() {
        let device = Device::flex();
        // Values count columns, rows by tens, pictures by hundreds.
        let pictures =
            Tensor::<1, Int>::arange(0..2 * 3 * 10, &device).float().reshape([2, 1, 3, 10]);
        let cut = windows(pictures, &[[1, 0], [8, 1]], 2);
        let wanted = [[[[1.0f32, 2.0], [11.0, 12.0]]], [[[48.0, 49.0], [58.0, 59.0]]]];
        cut.into_data().assert_eq(&wanted.into(), true);
    }
}
