//! How near a picture's colours are to the true ones, apart from its lightness.

use crate::photo::color::{lab_from_srgb, yuv_from_srgb};
use crate::pixels::byte_from_unit;

/// How colours differ from the true ones, in units of CIE Lab: below 1 nobody sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColourError {
    /// Mean distance in the plane of a and b.
    pub chroma: f64,
    /// Mean of painted minus true a and b. Greenish below 0, reddish above; bluish below 0,
    /// yellowish above. A picture that turns blue all over has a large bias, one of mixed errors
    /// has none.
    pub bias: [f64; 2],
    /// Mean of the absolute difference in lightness.
    pub lightness: f64,
    /// Largest absolute difference in lightness.
    pub lightness_most: f64,
    /// How much painted hues agree with the true ones and how much they turn from red towards
    /// yellow: the sums of the scalar and of the cross products of true and painted (a, b).
    /// Summed over photos, `atan2` of the second by the first is the mean turn, where what is
    /// colourful counts.
    pub turn: [f64; 2],
}

/// Compares colours pixel by pixel, as the bytes that would be saved.
///
/// # Shapes and ranges
/// - `truth`, `painted`: three planes each, in `0..=1`; what lies outside is clamped
/// - `hole`: one plane, 1 = painted: only that counts; `None` for the whole picture
///
/// # Panics
/// If a length is not that of the others, or nothing counts.
#[must_use]
pub fn colour_error(truth: &[f32], painted: &[f32], hole: Option<&[f32]>) -> ColourError {
    assert_eq!(truth.len(), painted.len(), "pictures of one size");
    let pixels = truth.len() / 3;
    assert!(hole.is_none_or(|hole| hole.len() == pixels), "three planes to one hole");
    let counts = |i: &usize| hole.is_none_or(|hole| hole[*i] > 0.5);
    let lab = |planes: &[f32], i: usize| {
        lab_from_srgb([0, 1, 2].map(|c| byte_from_unit(planes[c * pixels + i]))).map(f64::from)
    };
    let mut sum = ColourError {
        chroma: 0.0,
        bias: [0.0; 2],
        lightness: 0.0,
        lightness_most: 0.0,
        turn: [0.0; 2],
    };
    let mut count = 0.0;
    for i in (0..pixels).filter(counts) {
        let [true_l, true_a, true_b] = lab(truth, i);
        let [l, a, b] = lab(painted, i);
        let [bias_a, bias_b] = [a - true_a, b - true_b];
        sum.chroma += bias_a.hypot(bias_b);
        sum.bias[0] += bias_a;
        sum.bias[1] += bias_b;
        sum.lightness += (l - true_l).abs();
        sum.turn[0] += true_a * a + true_b * b;
        sum.turn[1] += true_a * b - true_b * a;
        sum.lightness_most = sum.lightness_most.max((l - true_l).abs());
        count += 1.0;
    }
    assert!(count > 0.0, "at least one pixel must count");
    ColourError {
        chroma: sum.chroma / count,
        bias: sum.bias.map(|bias| bias / count),
        lightness: sum.lightness / count,
        ..sum
    }
}

/// How colourful a picture looks: 0 for grey, 15 slightly, 45 quite, 109 extremely colourful.
///
/// # Shapes and ranges
/// - `picture`: three planes, in `0..=1`; what lies outside is clamped
///
/// # Panics
/// If there is no pixel.
///
/// # Source
/// Hasler & Süsstrunk, "Measuring colourfulness in natural images" (2003), their measure M⁽³⁾ in
/// units of 255: `√(σ²(rg) + σ²(yb)) + 0.3 √(μ²(rg) + μ²(yb))`.
#[must_use]
pub fn colourfulness(picture: &[f32]) -> f64 {
    let pixels = picture.len() / 3;
    assert!(pixels > 0, "a picture must have a pixel");
    let value = |c: usize, i: usize| f64::from(picture[c * pixels + i].clamp(0.0, 1.0)) * 255.0;
    let opponents: [&dyn Fn(usize) -> f64; 2] = [&|i| value(0, i) - value(1, i), &|i| {
        f64::midpoint(value(0, i), value(1, i)) - value(2, i)
    }];
    let [red_green, yellow_blue] = opponents.map(|opponent| {
        let mean = |of: &dyn Fn(f64) -> f64| {
            (0..pixels).map(|i| of(opponent(i))).sum::<f64>() / pixels as f64
        };
        let middle = mean(&|v| v);
        [mean(&|v| (v - middle).powi(2)), middle * middle]
    });
    (red_green[0] + yellow_blue[0]).sqrt() + 0.3 * (red_green[1] + yellow_blue[1]).sqrt()
}

/// How far apart the two places are that should be of one colour, in pixels.
const APART: usize = 16;

/// How patchy surfaces of one colour are: two sums, the first over the second is the mean change of
/// chroma, in units of CIE Lab, between two places that lie 16 pixels apart and have one colour in
/// truth: less than 3 apart in chroma and less than 6 in lightness.
///
/// # Shapes and ranges
/// - `truth`, `painted`: three planes of `size` each, in `0..=1`
///
/// # Panics
/// If the planes are not of that size.
#[must_use]
pub fn patchiness(truth: &[f32], painted: &[f32], size: [usize; 2]) -> [f64; 2] {
    let [w, h] = size;
    assert_eq!([truth.len(), painted.len()], [3 * w * h; 2], "three planes of {size:?}");
    let lab = |planes: &[f32], i: usize| {
        lab_from_srgb([0, 1, 2].map(|c| byte_from_unit(planes[c * w * h + i]))).map(f64::from)
    };
    let (mut sum, mut count) = (0.0, 0.0);
    let places = (0..h).step_by(4).flat_map(|y| (0..w).step_by(4).map(move |x| [x, y]));
    for [x, y] in places {
        for [to_x, to_y] in [[x + APART, y], [x, y + APART]] {
            if to_x >= w || to_y >= h {
                continue;
            }
            let [here, there] = [y * w + x, to_y * w + to_x];
            let [a, b] = [lab(truth, here), lab(truth, there)];
            if (a[0] - b[0]).abs() < 6.0 && (a[1] - b[1]).hypot(a[2] - b[2]) < 3.0 {
                let [a, b] = [lab(painted, here), lab(painted, there)];
                sum += (a[1] - b[1]).hypot(a[2] - b[2]);
                count += 1.0;
            }
        }
    }
    [sum, count]
}

/// Which pixels from a strong edge are looked at: one beside it, and one of the side's own colour.
const BESIDE: [usize; 2] = [2, 8];
/// A change of luma in steps of 255 that is a strong edge; less than a quarter of it is none.
const STRONG: f32 = 40.0;
/// A change of chroma in steps of 255 that can be seen; less may be rounding.
const SEEN: f64 = 6.0;

/// How much colours run over strong edges of lightness: two sums, the first over the second is 0
/// where colours change with the edge, 0.4 where they fade evenly from one side to the other.
///
/// Wherever luma steps along a row or a column by more than 40 of 255 between two even sides: how
/// far the chroma of the second pixel from the edge has gone from its own side's, that of the
/// eighth, towards the other side's. Edges count by the square of their step in chroma.
///
/// # Shapes and ranges
/// - `picture`: three planes of `size`, in `0..=1`; what lies outside is clamped
///
/// # Panics
/// If the planes are not of that size.
#[must_use]
pub fn bleeding(picture: &[f32], size: [usize; 2]) -> [f64; 2] {
    let pixels = size[0] * size[1];
    assert_eq!(picture.len(), 3 * pixels, "three planes");
    let yuv = |i: usize| yuv_from_srgb([0, 1, 2].map(|c| byte_from_unit(picture[c * pixels + i])));
    let yuv: Vec<[f32; 3]> = (0..pixels).map(yuv).collect();
    let [near, far] = BESIDE;
    let mut sums = [0.0; 2];
    for at in 0..pixels {
        for (place, side, stride) in [(at % size[0], size[0], 1), (at / size[0], size[1], size[0])]
        {
            if place + 1 < far || place + far >= side {
                continue;
            }
            // Both sides seen from the edge, which lies between this pixel and the next.
            let sides = [near, far].map(|d| [yuv[at + stride - d * stride], yuv[at + d * stride]]);
            let [[own_near, other_near], [own, other]] = sides;
            let steps = |a: [f32; 3], b: [f32; 3]| (a[0] - b[0]).abs();
            let even = steps(own_near, own).max(steps(other_near, other)) < STRONG / 4.0;
            if !even || steps(own_near, other_near) < STRONG {
                continue;
            }
            let step = [1, 2].map(|c| f64::from(other[c] - own[c]));
            if step[0].hypot(step[1]) < SEEN {
                continue;
            }
            for axis in 0..2 {
                let run = f64::from(own_near[axis + 1] - own[axis + 1])
                    - f64::from(other_near[axis + 1] - other[axis + 1]);
                sums[0] += run * step[axis];
                sums[1] += 2.0 * step[axis] * step[axis];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_with_patches_is_patchy_and_a_coloured_edge_is_not() {
        let size = [48, 32];
        let picture = |red: &dyn Fn(usize, usize) -> f32| {
            let pixel = |i: usize| {
                crate::photo::chroma::srgb_at_luma(120.0, [0.0, red(i % size[0], i / size[0])])
            };
            let value = |at: usize| f32::from(pixel(at % (48 * 32))[at / (48 * 32)]) / 255.0;
            (0..3 * 48 * 32).map(value).collect::<Vec<f32>>()
        };
        let of = |truth: &[f32], painted: &[f32]| {
            let [sum, count] = patchiness(truth, painted, size);
            assert!(count > 0.0);
            sum / count
        };
        let wall = picture(&|_, _| 20.0);
        let patches = picture(&|x, y| if (x / 16 + y / 16) % 2 == 0 { 10.0 } else { 30.0 });
        assert!(of(&wall, &wall) < 1e-9);
        let patchy = of(&wall, &patches);
        assert!(patchy > 5.0, "{patchy}");
        // Where the truth changes colour, the painted one may.
        let halves = picture(&|x, _| if x < 24 { 0.0 } else { 40.0 });
        assert!(of(&halves, &halves) < 1e-9);
        assert!(of(&wall, &halves) > 5.0, "control");
    }

    #[test]
    fn colours_that_fade_over_an_edge_bleed_and_those_that_stop_there_do_not() {
        let size = [64, 20];
        let picture = |chroma: &dyn Fn(f32) -> f32| {
            let pixel = |i: usize| {
                let place = i % size[0];
                let light = if place < 32 { 80.0 } else { 160.0 };
                let red = 30.0 * chroma(place as f32 - 31.5);
                crate::photo::chroma::srgb_at_luma(light, [0.0, red])
            };
            planes(&(0..64 * 20).map(pixel).collect::<Vec<_>>())
        };
        let score = |picture: &[f32], size| {
            let [run, steps] = bleeding(picture, size);
            assert!(steps > 0.0);
            run / steps
        };
        let stops = score(&picture(&f32::signum), size);
        assert!(stops.abs() < 0.01, "{stops}");
        let fading = |x: f32| (x / 16.0).clamp(-1.0, 1.0);
        let fades = score(&picture(&fading), size);
        // Between 7.5 pixels on both sides, 1.5 pixels from the edge: 6 of 15.
        assert!((fades - 0.4).abs() < 0.02, "{fades}");
        let turned: Vec<f32> = {
            let lying = picture(&fading);
            (0..lying.len())
                .map(|i| {
                    let (plane, at) = (i / 1280, i % 1280);
                    lying[plane * 1280 + at % 20 * 64 + at / 20]
                })
                .collect()
        };
        assert!((score(&turned, [20, 64]) - fades).abs() < 1e-6, "columns count as rows do");
        assert_eq!(bleeding(&picture(&|_| 0.0), size), [0.0; 2], "grey has no steps");
    }

    /// Planes of a few pixels given one by one.
    fn planes(pixels: &[[u8; 3]]) -> Vec<f32> {
        (0..3).flat_map(|c| pixels.iter().map(move |p| f32::from(p[c]) / 255.0)).collect()
    }

    #[test]
    fn colour_errors_are_those_of_the_lab_values() {
        // CIE: red is L 53.24, a 80.09, b 67.20; blue 32.30, 79.19, −107.86; grey 119 is 50.03, 0,
        // 0.
        let truth = planes(&[[255, 0, 0], [119, 119, 119]]);
        let painted = planes(&[[0, 0, 255], [119, 119, 119]]);
        let got = colour_error(&truth, &painted, None);
        let near =
            |got: f64, wanted: f64| assert!((got - wanted).abs() < 0.02, "{got} not {wanted}");
        near(got.chroma, 0.9_f64.hypot(175.06) / 2.0);
        near(got.bias[0], -0.9 / 2.0);
        near(got.bias[1], -175.06 / 2.0);
        near(got.lightness, 20.94 / 2.0);
        near(got.lightness_most, 20.94);
        let got = colour_error(&truth, &painted, Some(&[0.0, 1.0]));
        near(got.chroma + got.lightness_most + got.bias[1].abs(), 0.0);
    }

    #[test]
    fn errors_that_cancel_are_no_bias_but_an_error() {
        let truth = planes(&[[200, 80, 80], [80, 80, 200]]);
        let swapped = planes(&[[80, 80, 200], [200, 80, 80]]);
        let got = colour_error(&truth, &swapped, None);
        assert!(got.chroma > 50.0, "{got:?}");
        assert!(got.bias[0].hypot(got.bias[1]) < 1e-9, "{got:?}");
        let blue = planes(&[[80, 80, 200]; 2]);
        assert!(colour_error(&truth, &blue, None).bias[1] < -30.0, "control: all blue is a bias");
    }

    #[test]
    fn a_turn_is_the_angle_between_true_and_painted_hues() {
        let turn = |truth: &[[u8; 3]], painted: &[[u8; 3]]| {
            let [with, across] = colour_error(&planes(truth), &planes(painted), None).turn;
            across.atan2(with).to_degrees()
        };
        // CIE: red lies at 40.0°, pure yellow at 102.85°.
        let got = turn(&[[255, 0, 0]], &[[255, 255, 0]]);
        assert!((got - 62.85).abs() < 0.1, "{got}");
        assert!((turn(&[[255, 255, 0]], &[[255, 0, 0]]) + got).abs() < 1e-9, "and back");
        let same = turn(&[[200, 80, 30], [9, 9, 200]], &[[210, 100, 50], [9, 9, 200]]);
        assert!(same.abs() < 10.0, "{same}");
        let both = turn(&[[255, 0, 0], [255, 255, 0]], &[[255, 255, 0], [255, 0, 0]]);
        assert!(both.abs() < 1e-6, "turns that cancel are no bias: {both}");
    }

    #[test]
    fn colourfulness_is_that_worked_out_by_hand() {
        assert!(colourfulness(&planes(&[[9, 9, 9], [200, 200, 200]])) < 1e-9, "grey");
        // Red and green: rg = ±255, yb = 127.5: σ 255, μ 127.5.
        let got = colourfulness(&planes(&[[255, 0, 0], [0, 255, 0]]));
        assert!((got - (255.0 + 0.3 * 127.5)).abs() < 1e-6, "{got}");
        // One colour has no spread: (40, 90, 20) has rg −50, yb 45.
        let got = colourfulness(&planes(&[[40, 90, 20]]));
        assert!((got - 0.3 * 50.0_f64.hypot(45.0)).abs() < 1e-4, "{got}");
    }

    #[test]
    #[should_panic(expected = "at least one pixel must count")]
    fn err_an_empty_hole_has_no_colour() {
        let one = planes(&[[1, 2, 3]]);
        let _ = colour_error(&one, &one, Some(&[0.0]));
    }
}
