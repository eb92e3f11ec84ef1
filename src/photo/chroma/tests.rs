//! Photos made of numbers, odd and not square; a file of its own for its length.

use super::*;
use crate::photo::color::tests::srgb_from_yuv;
use proptest::prelude::*;

pub(super) const SIZES: [[usize; 2]; 6] = [[1, 1], [1, 90], [70, 1], [7, 13], [83, 47], [16, 200]];

/// Numbers that look like chance and are always the same.
pub(super) fn noise(count: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

/// On a photo that is black and white all over.
fn coat(adjustment: Adjustment, strength: f32) -> Coat {
    Coat { adjustment, strength, print: None }
}

fn luma(pixel: &[u8]) -> f32 {
    luma_from_srgb([pixel[0], pixel[1], pixel[2]])
}

fn chroma(pixel: &[u8]) -> [f32; 2] {
    let [_, u, v] = yuv_from_srgb([pixel[0], pixel[1], pixel[2]]);
    [u, v]
}

fn distance([a, b]: [f32; 2], [c, d]: [f32; 2]) -> f32 {
    (a - c).hypot(b - d)
}

/// The most that luma differs, and whether alpha is the same.
fn worst_luma(before: &[u8], after: &[u8]) -> (f32, bool) {
    let pairs = || before.chunks(4).zip(after.chunks(4));
    let worst = pairs().map(|(b, a)| (luma(b) - luma(a)).abs()).fold(0.0, f32::max);
    (worst, pairs().all(|(b, a)| b[3] == a[3]))
}

pub(super) fn greyed(rgba: &[u8]) -> Vec<u8> {
    rgba.chunks(4).flat_map(|p| [byte_from(luma(p)); 3].into_iter().chain([p[3]])).collect()
}

fn colorized(rgba: &[u8], size: [usize; 2], grid: &ChromaGrid) -> Vec<u8> {
    let mut result = rgba.to_vec();
    colorize(&mut result, size, grid, coat(Adjustment::NEUTRAL, 1.0)).unwrap();
    result
}

/// The mean chroma that a photo has in each cell; what cannot be seen hardly counts.
pub(crate) fn chroma_of_photo(rgba: &[u8], size: [usize; 2], cells: [usize; 2]) -> ChromaGrid {
    let uv = cell_means(rgba, size, cells).into_iter().map(|[_, u, v]| [u, v]).collect();
    ChromaGrid { size: cells, uv }
}

/// Pixels of one chroma with the sliders set.
fn adjusted(rgba: &[u8], uv: [f32; 2], saturation: f32, warmth: f32) -> Vec<u8> {
    let mut result = rgba.to_vec();
    let grid = ChromaGrid::new([1, 1], vec![uv]).unwrap();
    let adjustment = Adjustment { saturation, warmth };
    colorize(&mut result, [rgba.len() / 4, 1], &grid, coat(adjustment, 1.0)).unwrap();
    result
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_chroma_keeps_luma_and_hue(
        rgb in prop::array::uniform3(any::<u8>()),
        uv in prop::array::uniform2(-300.0..300.0_f32),
    ) {
        let y = luma_from_srgb(rgb);
        let got = yuv_from_srgb(srgb_at_luma(y, uv));
        prop_assert!((got[0] - y).abs() <= 0.501, "luma {} not {y}", got[0]);
        // Rounding three bytes moves chroma by less than one step across its direction.
        let across = (got[1] * uv[1] - got[2] * uv[0]) / uv[0].hypot(uv[1]).max(1e-3);
        let along = (got[1] * uv[0] + got[2] * uv[1]) / uv[0].hypot(uv[1]).max(1e-3);
        prop_assert!(across.abs() < 1.0 && along > -1.0, "{got:?} towards {uv:?}");
        // Reduced no more than needed: else a channel stands at its end.
        let full = distance([got[1], got[2]], uv) < 1.0;
        let at_end = srgb_at_luma(y, uv).iter().any(|byte| [0, 255].contains(byte));
        prop_assert!(full || at_end, "{:?} for {uv:?}", srgb_at_luma(y, uv));
    }
}

#[test]
fn clipping_channels_would_change_luma() {
    let [y, u, v] = [200.0, -80.0, 90.0];
    assert!((luma_from_srgb(srgb_from_yuv([y, u, v])) - y).abs() > 10.0, "control");
    assert!((luma_from_srgb(srgb_at_luma(y, [u, v])) - y).abs() <= 0.5);
    // By hand: red 100 + 30 / 0.877, blue 100 - 20 / 0.492, green what luma leaves.
    assert_eq!(srgb_at_luma(100.0, [-20.0, 30.0]), [134, 90, 59]);
    // Orange at luma 200 has room for 55 of the 102.6 that red asks for.
    assert_eq!(srgb_at_luma(200.0, [-80.0, 90.0])[0], 255);
}

#[test]
fn colorize_keeps_luma_and_alpha() {
    for size in SIZES {
        let photo = noise(size[0] * size[1] * 4, 1);
        for cells in [[1, 1], [5, 3], [64, 48], [2, 100]] {
            let uv = noise(cells[0] * cells[1] * 2, 2);
            let uv = uv.chunks(2).map(|p| [p[0], p[1]].map(|v| f32::from(v) * 2.0 - 255.0));
            let grid = ChromaGrid::new(cells, uv.collect()).unwrap();
            let result = colorized(&photo, size, &grid);
            let (worst, same_alpha) = worst_luma(&photo, &result);
            assert!(worst <= 0.501 && same_alpha, "{size:?} with {cells:?}: {worst}");
            assert_ne!(result, photo, "control: {size:?} with {cells:?}");
        }
    }
    colorized(&[], [0, 3], &ChromaGrid::new([1, 1], vec![[9.0; 2]]).unwrap());
}

#[test]
fn one_chroma_is_that_chroma_everywhere_and_none_is_the_grey_photo() {
    for size in SIZES {
        // Around mid-grey, where sRGB holds the colour.
        let photo: Vec<u8> = greyed(&noise(size[0] * size[1] * 4, 3))
            .chunks(4)
            .flat_map(|p| [[p[0] / 4 + 96; 3].as_slice(), &p[3..]].concat())
            .collect();
        let of = |uv| ChromaGrid::new([6, 4], vec![uv; 24]).unwrap();
        let result = colorized(&photo, size, &of([-20.0, 30.0]));
        assert!(result.chunks(4).all(|p| distance(chroma(p), [-20.0, 30.0]) < 1.0), "{size:?}");
        assert_eq!(colorized(&photo, size, &of([0.0; 2])), photo);
        assert_ne!(colorized(&photo, size, &of([1.0, 2.0])), photo, "control");
    }
}

/// Two colours and two lightnesses on both sides of a slanted edge, with texture.
fn two_colours(size: [usize; 2]) -> Vec<u8> {
    let texture = noise(size[0] * size[1], 5);
    (0..size[0] * size[1])
        .flat_map(|i| {
            let bright = i % size[0] + i / size[0] / 3 > size[0] / 2;
            let (y, uv) = if bright { (180.0, [-25.0, 40.0]) } else { (60.0, [35.0, -20.0]) };
            let [r, g, b] = srgb_at_luma(y + f32::from(texture[i] % 16), uv);
            [r, g, b, 255]
        })
        .collect()
}

/// Chroma between cells as plain interpolation has it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the grid")]
fn bilinear(grid: &ChromaGrid, at: [usize; 2], size: [usize; 2]) -> [f32; 2] {
    let axis = |i: usize| {
        let place = (at[i] as f32 + 0.5) * grid.size[i] as f32 / size[i] as f32 - 0.5;
        let place = place.clamp(0.0, grid.size[i] as f32 - 1.0);
        (place as usize, (place as usize + 1).min(grid.size[i] - 1), place.fract())
    };
    let ((x0, x1, fx), (y0, y1, fy)) = (axis(0), axis(1));
    [0, 1].map(|i| {
        let of = |x: usize, y: usize| grid.uv[y * grid.size[0] + x][i];
        let row = |y| of(x0, y) + fx * (of(x1, y) - of(x0, y));
        row(y0) + fy * (row(y1) - row(y0))
    })
}

#[test]
fn colours_stay_on_their_side_of_an_edge() {
    let size = [123, 77];
    let photo = two_colours(size);
    let grid = chroma_of_photo(&photo, size, [12, 8]);
    let result = colorized(&greyed(&photo), size, &grid);
    let (mut ours, mut plain) = (0.0, 0.0);
    for (i, (truth, got)) in photo.chunks(4).zip(result.chunks(4)).enumerate() {
        let there = bilinear(&grid, [i % size[0], i / size[0]], size);
        ours += distance(chroma(got), chroma(truth)).powi(2);
        plain += distance(there, chroma(truth)).powi(2);
    }
    let [ours, plain] = [ours, plain].map(|sum: f32| (sum / (123.0 * 77.0)).sqrt());
    assert!(plain > 8.0, "control: plain interpolation bleeds, {plain}");
    assert!(ours < 0.35 * plain, "{ours} against {plain}");
}

#[test]
fn cells_keep_their_colour_when_enlarged() {
    // The hardest grid: every cell another colour, on a photo without edges.
    let (size, cells) = ([96, 60], [12, 10]);
    let photo = [128, 128, 128, 255].repeat(96 * 60);
    let uv = noise(240, 8);
    let uv: Vec<_> =
        uv.chunks(2).map(|p| [p[0], p[1]].map(|v| f32::from(v) / 8.0 - 16.0)).collect();
    let grid = ChromaGrid::new(cells, uv.clone()).unwrap();
    let error = |got: &[[f32; 2]]| {
        let squares = got.iter().zip(&uv).map(|(g, w)| distance(*g, *w).powi(2));
        (squares.sum::<f32>() / 120.0).sqrt()
    };
    let got = chroma_of_photo(&colorized(&photo, size, &grid), size, cells);
    let mut blunt = Enlarger { columns: 12, cells: uv.iter().map(|uv| (128, *uv)).collect() };
    let without = error(&blunt.shrunk_again(&photo, size, cells));
    blunt = Enlarger::new(&photo, size, &grid);
    let with = error(&blunt.shrunk_again(&photo, size, cells));
    assert!(error(got.uv()) < 0.7 * without, "{} against {without}", error(got.uv()));
    assert!((error(got.uv()) - with).abs() < 0.3, "the samples stand for all: {with}");
}

#[test]
fn cell_means_are_where_their_pixels_are() {
    // 5×3 pixels in 2×3 cells: columns 0..3 and 3..5 of each row.
    let photo: Vec<u8> = (0..15_u8).flat_map(|i| [i * 10, i * 10, i * 10, 255]).collect();
    let lumas = |cells| cell_means(&photo, [5, 3], cells).iter().map(|m| m[0]).collect::<Vec<_>>();
    let wanted = [10.0, 35.0, 60.0, 85.0, 110.0, 135.0];
    assert!(lumas([2, 3]).iter().zip(wanted).all(|(g, w)| (g - w).abs() < 1e-4));
    // More cells than pixels: each has the pixel under its middle.
    let wide = lumas([10, 1]);
    assert!((wide[8] - 90.0).abs() < 1e-4 && (wide[1] - 50.0).abs() < 1e-4, "{wide:?}");
    // Hidden colours hardly count.
    let photo = [[200, 0, 0, 0], [10, 10, 10, 255]].concat();
    assert!(cell_means(&photo, [2, 1], [1, 1])[0][2].abs() < 1.0);
    let photo = [[200, 0, 0, 255], [10, 10, 10, 255]].concat();
    assert!(cell_means(&photo, [2, 1], [1, 1])[0][2] > 30.0, "control");
}

#[test]
fn sliders_keep_luma_and_move_chroma_as_told() {
    let photo = noise(4 * 4001, 10);
    for (saturation, warmth) in [(0.0, 0.0), (0.5, -1.0), (1.0, 1.0), (4.0, 0.3)] {
        let changed = adjusted(&photo, [12.0, -9.0], saturation, warmth);
        let (worst, same_alpha) = worst_luma(&photo, &changed);
        assert!(worst <= 0.501 && same_alpha, "{saturation}, {warmth}: {worst}");
    }
    assert_eq!(adjusted(&photo, [12.0, -9.0], 0.0, 0.0), greyed(&photo));
    let one = |saturation, warmth, colour: [u8; 3]| {
        let [_, uv @ ..] = yuv_from_srgb(colour);
        adjusted(&[colour[0], colour[1], colour[2], 3], uv, saturation, warmth)
    };
    // Luma 128 of grey; ± 32 steps of red and blue, less the 5.9 of luma that they bring along.
    assert_eq!(one(1.0, 1.0, [128; 3]), [154, 122, 90, 3]);
    assert_eq!(one(1.0, -1.0, [128; 3]), [102, 134, 166, 3]);
    assert_eq!(one(1.0, 1.0, [0; 3]), [0, 0, 0, 3]);
    assert_eq!(one(1.0, 1.0, [255; 3]), [255, 255, 255, 3]);
    // Luma of [120, 100, 80] is 103.7; every distance from it doubles.
    assert_eq!(one(2.0, 0.0, [120, 100, 80]), [136, 96, 56, 3]);
}

#[test]
fn err_what_no_slider_and_no_network_may_say() {
    let one = ChromaGrid::new([1, 1], vec![[9.0; 2]]).unwrap();
    let refused = |saturation, warmth| {
        let mut photo = [1, 2, 3, 4];
        let adjustment = Adjustment { saturation, warmth };
        let refusal = colorize(&mut photo, [1, 1], &one, coat(adjustment, 1.0)).unwrap_err();
        assert_eq!(photo, [1, 2, 3, 4]);
        refusal.to_string()
    };
    assert_eq!(refused(4.1, 0.0), "saturation must be within 0..=4, got \"4.1\"");
    assert_eq!(refused(1.0, -1.5), "warmth must be within -1..=1, got \"-1.5\"");
    assert!(refused(f32::NAN, 0.0).contains("NaN") && refused(1.0, f32::NAN).contains("NaN"));
    let grid = |size, uv| ChromaGrid::new(size, uv).unwrap_err().to_string();
    assert_eq!(
        grid([2, 2], vec![[0.0; 2]; 3]),
        "chroma must be 2×2 cells, at least one, got \"3\""
    );
    assert!(grid([0, 2], vec![]).contains("0×2 cells"));
    assert_eq!(grid([1, 1], vec![[0.0, f32::NAN]]), "chroma must be within ±256, got \"NaN\"");
    assert!(grid([1, 1], vec![[0.0, f32::INFINITY]]).contains("inf"));
}

#[test]
fn at_rest_the_sliders_change_nothing_and_out_of_range_nothing_happens() {
    let size = [83, 47];
    let photo = noise(size[0] * size[1] * 4, 5);
    let uv = noise(70, 8).chunks(2).map(|v| [0, 1].map(|i| f32::from(v[i]) - 128.0)).collect();
    let grid = ChromaGrid::new([7, 5], uv).unwrap();
    let with = |adjustment, strength| {
        let mut result = photo.clone();
        let done = colorize(&mut result, size, &grid, coat(adjustment, strength));
        done.map(|()| result)
    };
    let plain = with(Adjustment::NEUTRAL, 1.0).unwrap();
    assert_ne!(plain, photo, "control");
    assert_eq!(with(Adjustment::NEUTRAL, 0.0).unwrap(), photo);
    let vivid = with(Adjustment { saturation: 1.5, warmth: 0.3 }, 1.0).unwrap();
    assert_ne!(vivid, plain, "control");
    let (worst, alpha) = worst_luma(&photo, &vivid);
    assert!(worst <= 0.502 && alpha, "rounded once: {worst}");
    for strength in [-0.1, 1.1, f32::NAN] {
        let text = with(Adjustment::NEUTRAL, strength).unwrap_err().to_string();
        assert!(text.starts_with("strength must be within 0..=1"), "{text}");
    }
    let beyond = Adjustment { saturation: 4.1, warmth: 0.0 };
    assert!(with(beyond, 1.0).is_err());
}
