//! How an extension drifts: far from the photo, colours turn to those of nothing in particular, and
//! contrast fades. What we measure is ours.

/// The part of a margin that is looked at: the outermost quarter.
const OUTERMOST: usize = 4;

/// What became of one band, the outermost part of a margin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The mean of red, of green and of blue less that of the truth, in units of 255.
    pub off: [f64; 3],
    /// The deviation of what was painted, and that of the truth, over all values, in units of 255.
    pub contrast: [f64; 2],
}

/// Returns what became of the bands on the left and on the right, where whole columns were painted.
///
/// # Shapes and ranges
/// - `truth`, `painted`: three planes each of `[width, height]`, in `0..=1`; what lies outside is
///   clamped
/// - `hole`: one plane, 1 = painted
///
/// # Panics
/// If a plane is shorter than its size.
#[must_use]
pub fn bands(
    truth: &[f32],
    painted: &[f32],
    hole: &[f32],
    [width, height]: [usize; 2],
) -> Vec<Band> {
    let is_painted = |x: &usize| (0..height).all(|y| hole[y * width + x] > 0.5);
    let left = (0..width).take_while(is_painted).count();
    let right = (0..width).rev().take_while(is_painted).count();
    if left == width {
        return Vec::new();
    }
    let sides = [(0, left), (width - right, right)];
    let outer = |(first, length): (usize, usize)| match first {
        0 => 0..length.div_ceil(OUTERMOST),
        _ => width - length.div_ceil(OUTERMOST)..width,
    };
    let drawn = sides.into_iter().filter(|(_, length)| *length > 0);
    drawn
        .map(|side| {
            let of = |planes: &[f32]| means_and_deviation(planes, outer(side), [width, height]);
            let [(true_means, true_spread), (means, spread)] = [of(truth), of(painted)];
            let off = [0, 1, 2].map(|c| means[c] - true_means[c]);
            Band { off, contrast: [spread, true_spread] }
        })
        .collect()
}

/// The mean of each channel over some columns, and how far values lie from it.
fn means_and_deviation(
    planes: &[f32],
    columns: std::ops::Range<usize>,
    [width, height]: [usize; 2],
) -> ([f64; 3], f64) {
    let count = (columns.len() * height) as f64;
    let values = |c: usize| {
        let row = move |y: usize| (c * height + y) * width;
        let columns = columns.clone();
        (0..height).flat_map(move |y| columns.clone().map(move |x| row(y) + x))
    };
    let value = |i: usize| 255.0 * f64::from(planes[i].clamp(0.0, 1.0));
    let means = [0, 1, 2].map(|c| values(c).map(value).sum::<f64>() / count);
    let squares = (0..3)
        .flat_map(|c| values(c).map(move |i| (c, i)))
        .map(|(c, i)| (value(i) - means[c]).powi(2))
        .sum::<f64>();
    (means, (squares / (3.0 * count)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_tells_its_colour_and_contrast_and_the_photo_itself_has_none_off() {
        // 16 by 4: eight columns are kept, four painted on each side; the outermost one counts.
        let size = [16, 4];
        let hole: Vec<f32> =
            (0..64).map(|i| if (4..12).contains(&(i % 16)) { 0.0 } else { 1.0 }).collect();
        let truth: Vec<f32> = (0..192).map(|i| if i / 16 % 2 == 0 { 0.2 } else { 0.6 }).collect();
        let same = bands(&truth, &truth, &hole, size);
        assert_eq!(same.len(), 2);
        assert!(
            same.iter().all(|band| band.off == [0.0; 3] && band.contrast[0] == band.contrast[1])
        );
        // Grey on the left edge, brighter on the right.
        let painted: Vec<f32> = (0..192)
            .map(|i| match i % 16 {
                0 => 0.5,
                15 => truth[i] + 0.1,
                1..4 => 0.0,
                _ => truth[i],
            })
            .collect();
        let [left, right] = bands(&truth, &painted, &hole, size)[..] else { panic!("two bands") };
        let near = |off: [f64; 3], wanted: f64| off.iter().all(|off| (off - wanted).abs() < 1e-3);
        assert!(near(left.off, 25.5) && left.contrast[0] < 1e-3, "{left:?}");
        assert!((left.contrast[1] - 51.0).abs() < 1e-3, "{left:?}");
        assert!(near(right.off, 25.5), "{right:?}");
        assert!((right.contrast[0] - right.contrast[1]).abs() < 1e-3, "{right:?}");
    }

    #[test]
    fn one_side_alone_and_a_hole_inside_are_told_apart() {
        let planes = vec![0.5; 3 * 64];
        let right: Vec<f32> = (0..64).map(|i| f32::from(u8::from(i % 16 > 9))).collect();
        assert_eq!(bands(&planes, &planes, &right, [16, 4]).len(), 1);
        let inside: Vec<f32> = (0..64).map(|i| f32::from(u8::from(i == 20))).collect();
        assert!(bands(&planes, &planes, &inside, [16, 4]).is_empty());
        assert!(bands(&planes, &planes, &[1.0; 64], [16, 4]).is_empty(), "nothing was kept");
    }
}
