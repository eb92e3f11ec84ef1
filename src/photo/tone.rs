//! Tone and colour of a faded photo: a coarse grid of curves, applied at full resolution.
//!
//! Fading is smooth over the picture and acts on each dye by itself, so its inverse is, too: at
//! every place a rising curve for red, for green and for blue. The curves can brighten, stretch
//! and shift colours, but never turn a gradient round or make a detail that is not there.
//! [`auto_levels`] is the plain method to beat, and [`Fading`] the ageing itself, to learn from.
//!
//! Always holds: curves rise or stay level, a grid of identities changes no byte, alpha stays.
//! Deliberately absent: stains, scratches and dirt. Start at [`CurveGrid::apply`].
//!
//! # Source
//! Sliced like the bilateral grid of Chen, Paris & Durand (2007), each channel being its own
//! guide; predicting such a grid for photos is Gharbi et al., *Deep Bilateral Learning* (2017).
//! We differ in that channels do not mix, which is what keeps the curves monotone.

use super::color::byte_from;
use super::{Between, check_within};
use crate::error::{Error, Result};

/// The control points of a curve, evenly spaced over the 256 bytes. A photo that has faded much uses
/// a quarter of these, so there must be enough of them.
pub const POINTS: usize = 29;

/// What 0, 1/28, 2/28 … of full scale become, 0..=1 each and none below the one before it.
pub type Curve = [f32; POINTS];

/// The curve that changes nothing.
pub const IDENTITY: Curve = {
    let mut curve = [0.0; POINTS];
    let mut i = 0;
    while i < POINTS {
        curve[i] = i as f32 / (POINTS - 1) as f32;
        i += 1;
    }
    curve
};

/// Curves for red, green and blue on a coarse grid over the photo; 1×1 is one set for all.
///
/// The centres of the cells have their curves exactly. In between they are faded linearly, and
/// between centres and border they stay.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveGrid {
    size: [usize; 2],
    cells: Vec<[Curve; 3]>,
}

impl CurveGrid {
    /// Takes `size[0] * size[1]` cells, row by row.
    ///
    /// # Errors
    /// [`Error::BadSetting`] when there are more or fewer cells, or none, or when a curve falls or
    /// leaves 0..=1.
    pub fn new(size: [usize; 2], cells: Vec<[Curve; 3]>) -> Result<Self> {
        let [columns, rows] = size;
        if cells.is_empty() || columns.checked_mul(rows) != Some(cells.len()) {
            return Err(Error::BadSetting {
                name: "grid of curves",
                expected: format!("{columns}×{rows} cells, at least one"),
                found: cells.len().to_string(),
            });
        }
        let rises = |curve: &Curve| {
            let inside = curve.iter().all(|value| (0.0..=1.0).contains(value));
            inside && curve.is_sorted()
        };
        if let Some(curve) = cells.iter().flatten().find(|curve| !rises(curve)) {
            return Err(Error::BadSetting {
                name: "tone curve",
                expected: "rising within 0..=1".to_owned(),
                found: format!("{curve:?}"),
            });
        }
        Ok(Self { size, cells })
    }

    /// Takes the curves as plain numbers: cell by cell, the points for red, for green, for blue.
    ///
    /// # Errors
    /// As [`CurveGrid::new`].
    pub fn from_points(size: [usize; 2], points: &[f32]) -> Result<Self> {
        let (curves, incomplete) = points.as_chunks::<POINTS>();
        let (cells, more) = curves.as_chunks::<3>();
        if !incomplete.is_empty() || !more.is_empty() {
            return Err(Error::BadSetting {
                name: "grid of curves",
                expected: format!("{} numbers a cell", 3 * POINTS),
                found: points.len().to_string(),
            });
        }
        Self::new(size, cells.to_vec())
    }

    /// The curves as [`CurveGrid::from_points`] takes them.
    #[must_use]
    pub fn points(&self) -> &[f32] {
        self.cells.as_flattened().as_flattened()
    }

    /// `[columns, rows]`.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The grid of one cell that changes nothing.
    #[must_use]
    pub fn identity() -> Self {
        Self { size: [1, 1], cells: vec![[IDENTITY; 3]] }
    }

    /// Weakens the curves: 0 is no change, 1 these curves.
    ///
    /// # Errors
    /// [`Error::BadSetting`] when the strength lies outside 0..=1.
    pub fn with_strength(mut self, strength: f32) -> Result<Self> {
        check_within("strength", strength, [0.0, 1.0])?;
        for curve in self.cells.iter_mut().flatten() {
            *curve = mixed(&IDENTITY, curve, strength);
        }
        Ok(self)
    }

    /// Applies the curves to the colours of a photo; alpha stays.
    ///
    /// # Panics
    /// If the buffer is not RGBA8 of that size.
    pub fn apply(&self, rgba: &mut [u8], size: [usize; 2]) {
        let [width, height] = size;
        assert_eq!(rgba.len(), width * height * 4, "RGBA8 of {width}×{height}");
        let [columns, rows] = self.size;
        let segments = segments();
        let across: Vec<_> = (0..width).map(|x| Between::of_pixel(x, width, columns)).collect();
        let mut row_curves = vec![[[0.0; POINTS]; 3]; columns];
        for (y, row) in rgba.chunks_exact_mut((width * 4).max(1)).enumerate() {
            let down = Between::of_pixel(y, height, rows);
            for (x, curves) in row_curves.iter_mut().enumerate() {
                let [above, below] = down.cells.map(|row| &self.cells[row * columns + x]);
                *curves = [0, 1, 2].map(|c| mixed(&above[c], &below[c], down.share));
            }
            for (pixel, Between { cells, share }) in row.chunks_exact_mut(4).zip(&across) {
                let [left, right] = cells.map(|cell| &row_curves[cell]);
                for channel in 0..3 {
                    let segment = segments[usize::from(pixel[channel])];
                    let [a, b] = [left, right].map(|curves| segment.on(&curves[channel]));
                    pixel[channel] = byte_from(255.0 * (a + share * (b - a)));
                }
            }
        }
    }
}

/// A place on a curve: after control point `first`, by `share` of the way to the next.
#[derive(Clone, Copy)]
struct Segment {
    first: usize,
    share: f32,
}

impl Segment {
    fn on(self, curve: &Curve) -> f32 {
        let [from, to] = [curve[self.first], curve[self.first + 1]];
        from + self.share * (to - from)
    }
}

/// Where each byte lies on a curve.
fn segments() -> [Segment; 256] {
    std::array::from_fn(|byte| {
        let scaled = byte * (POINTS - 1);
        let first = (scaled / 255).min(POINTS - 2);
        Segment { first, share: (scaled - first * 255) as f32 / 255.0 }
    })
}

fn mixed(a: &Curve, b: &Curve, share: f32) -> Curve {
    std::array::from_fn(|i| a[i] + share * (b[i] - a[i]))
}

/// Returns the tones that these shares of a plane are darker than, as [`auto_levels`] counts: whole
/// bytes, in `0..=1`. `shares` rise, from 0 to below 1.
#[must_use]
pub fn percentiles<const N: usize>(plane: &[f32], shares: [f32; N]) -> [f32; N] {
    let mut counts = [0_u32; 256];
    for &value in plane {
        counts[usize::from(byte_from(255.0 * value))] += 1;
    }
    let (mut byte, mut seen) = (0, counts[0]);
    shares.map(|share| {
        while byte < 255 && seen as f32 <= share * plane.len() as f32 {
            byte += 1;
            seen += counts[byte];
        }
        byte as f32 / 255.0
    })
}

/// Stretches each channel by itself until half a per cent of it is black, and half a per cent
/// saturated: the plain correction of a faded photo. A channel of one value stays.
///
/// Pixels that cannot be seen do not count.
///
/// # Panics
/// If the buffer is not made of RGBA8.
pub fn auto_levels(rgba: &mut [u8]) {
    assert_eq!(rgba.len() % 4, 0, "four bytes a pixel, got {}", rgba.len());
    let mut counts = [[0_u64; 256]; 3];
    for pixel in rgba.chunks_exact(4).filter(|pixel| pixel[3] > 0) {
        for (counts, &byte) in counts.iter_mut().zip(pixel) {
            counts[usize::from(byte)] += 1;
        }
    }
    let tables: [[u8; 256]; 3] = counts.map(|counts| {
        let end = counts.iter().sum::<u64>() / 200;
        // The first byte, counted from below or above, with more than that before it.
        let beyond = |byte_at: fn(usize) -> usize| {
            let mut seen = 0;
            (0..256).map(byte_at).find(|&byte| {
                seen += counts[byte];
                seen > end
            })
        };
        let (black, white) = (beyond(|i| i).unwrap_or(0), beyond(|i| 255 - i).unwrap_or(255));
        std::array::from_fn::<_, 256, _>(|byte| match white.saturating_sub(black) {
            0 => byte as f32,
            reach => (byte as f32 - black as f32) * 255.0 / reach as f32,
        })
        .map(byte_from)
    });
    for pixel in rgba.chunks_exact_mut(4) {
        for (byte, table) in pixel.iter_mut().zip(&tables) {
            *byte = table[usize::from(*byte)];
        }
    }
}

/// How a colour photo ages, without chance: the same numbers give the same photo.
///
/// The parts act in the order of the fields, on encoded values in 0..=1. All but the vignette are
/// alike everywhere, and each rises with the value, so fading never turns a gradient round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fading {
    /// An exponent for red, green and blue, above 0; 1 is none, above 1 darkens the mid-tones.
    pub gamma: [f32; 3],
    /// The part of the cyan, magenta and yellow dye that is gone, 0..1: shadows turn red, green
    /// and blue as far, as the dyes that absorbed these colours vanish.
    pub dye_loss: [f32; 3],
    /// How far the paper has yellowed, 0..1: so much of blue is swallowed, of green a quarter.
    pub yellowing: f32,
    /// The contrast that is left around mid-grey; 1 is all.
    pub contrast: f32,
    /// By how much the corners are darker than the middle (lighter where negative), -1..1.
    pub vignette: f32,
}

impl Fading {
    /// A photo as new.
    pub const NONE: Self =
        Self { gamma: [1.0; 3], dye_loss: [0.0; 3], yellowing: 0.0, contrast: 1.0, vignette: 0.0 };

    /// Ages the colours of a photo; alpha stays.
    ///
    /// # Panics
    /// If the buffer is not RGBA8 of that size.
    pub fn apply(&self, rgba: &mut [u8], size: [usize; 2]) {
        let [width, height] = size;
        assert_eq!(rgba.len(), width * height * 4, "RGBA8 of {width}×{height}");
        let swallowed = [0.0, 0.25, 1.0];
        let tables: [[f32; 256]; 3] = std::array::from_fn(|c| {
            std::array::from_fn(|byte| {
                let value = (byte as f32 / 255.0).powf(self.gamma[c]);
                let value = 1.0 - (1.0 - value) * (1.0 - self.dye_loss[c]);
                let value = value * (1.0 - self.yellowing * swallowed[c]);
                0.5 + (value - 0.5) * self.contrast
            })
        });
        // 1 in the corners, 0 in the middle.
        let half_square = |at: usize, pixels: usize| {
            let place = (2.0 * at as f32 + 1.0) / pixels as f32 - 1.0;
            0.5 * place * place
        };
        for (y, row) in rgba.chunks_exact_mut((width * 4).max(1)).enumerate() {
            for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
                let away = half_square(x, width) + half_square(y, height);
                let light = 1.0 - self.vignette * away;
                for (byte, table) in pixel.iter_mut().zip(&tables) {
                    *byte = byte_from(255.0 * light * table[usize::from(*byte)]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every byte in every channel, with changing alpha; odd and not square.
    fn all_bytes(size: [usize; 2]) -> Vec<u8> {
        (0..size[0] * size[1])
            .flat_map(|i| [i, i * 7 + 3, i * 31 + 90, i * 5].map(|v| v.to_le_bytes()[0]))
            .collect()
    }

    fn rising() -> impl Strategy<Value = Curve> {
        prop::array::uniform29(0.0..=1.0_f32).prop_map(|mut curve| {
            curve.sort_by(f32::total_cmp);
            curve
        })
    }

    fn grids() -> impl Strategy<Value = CurveGrid> {
        (1..=4_usize, 1..=3_usize).prop_flat_map(|(w, h)| {
            let cell = prop::array::uniform3(rising());
            prop::collection::vec(cell, w * h)
                .prop_map(move |cells| CurveGrid::new([w, h], cells).unwrap())
        })
    }

    fn applied(grid: &CurveGrid, rgba: &[u8], size: [usize; 2]) -> Vec<u8> {
        let mut result = rgba.to_vec();
        grid.apply(&mut result, size);
        result
    }

    fn flat(size: [usize; 2], colour: [u8; 4]) -> Vec<u8> {
        colour.repeat(size[0] * size[1])
    }

    const BRIGHTER: Curve = through([0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);

    /// The curve that goes through eight evenly spaced points.
    const fn through(points: [f32; 8]) -> Curve {
        let mut curve = [0.0; POINTS];
        let mut i = 0;
        while i < POINTS {
            let (first, share) = (i / 4, (i % 4) as f32 / 4.0);
            let next = if first < 7 { first + 1 } else { 7 };
            curve[i] = points[first] + share * (points[next] - points[first]);
            i += 1;
        }
        curve
    }

    #[test]
    fn a_grid_is_the_same_after_being_plain_numbers() {
        let cells = (0..6).map(|i| [IDENTITY, BRIGHTER, [i as f32 / 8.0; POINTS]]).collect();
        let grid = CurveGrid::new([3, 2], cells).unwrap();
        let points = grid.points();
        let cell = 3 * POINTS;
        assert_eq!(points.len(), 6 * cell);
        assert_eq!([points[POINTS], points[cell + 2 * POINTS]], [0.25, 0.125]);
        assert_eq!(CurveGrid::from_points(grid.size(), points).unwrap(), grid);
        assert_ne!(CurveGrid::from_points([2, 3], points).unwrap(), grid, "control");
        // A number too few, a cell too few, none at all; a number and a curve too many.
        let more = [points, &points[..POINTS]].concat();
        for points in [&points[1..], &points[cell..], &[], &more[..6 * cell + 1], &more[..]] {
            let text = CurveGrid::from_points([3, 2], points).unwrap_err().to_string();
            assert!(text.starts_with("grid of curves must be"), "{text}");
        }
    }

    #[test]
    fn identity_changes_no_byte() {
        for size in [[1, 1], [1, 300], [300, 1], [7, 13], [41, 29]] {
            let photo = all_bytes(size);
            for grid in [[1, 1], [5, 3], [2, 40]] {
                let cells = vec![[IDENTITY; 3]; grid[0] * grid[1]];
                let grid = CurveGrid::new(grid, cells).unwrap();
                assert_eq!(applied(&grid, &photo, size), photo, "{size:?}");
            }
            let cells = vec![[IDENTITY, IDENTITY, BRIGHTER]];
            let changed = applied(&CurveGrid::new([1, 1], cells).unwrap(), &photo, size);
            assert_ne!(changed, photo, "control: {size:?}");
        }
        assert_eq!(applied(&CurveGrid::identity(), &[], [0, 5]), [0_u8; 0], "no pixel at all");
    }

    #[test]
    fn curves_go_through_their_points_in_their_channel() {
        // Full scale in seven steps is 36.43 bytes each: 0, 51 (1.4 steps) and 255 are pinned.
        let steep = through([0.0, 0.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0]);
        let grid = CurveGrid::new([1, 1], vec![[BRIGHTER, steep, IDENTITY]]).unwrap();
        let of = |byte| applied(&grid, &[byte, byte, byte, 9], [1, 1]);
        assert_eq!(of(0), [64, 0, 0, 9]); // 0.25 · 255 = 63.75
        assert_eq!(of(51), [112, 51, 51, 9]); // 0.4 + 0.4 · 0.1 = 0.44; 0.4 · 0.5 = 0.2
        assert_eq!(of(255), [255, 255, 255, 9]);
    }

    #[test]
    fn cells_fade_into_one_another_from_centre_to_centre() {
        let dark = [[0.0; POINTS]; 3];
        let light = [[1.0; POINTS]; 3];
        let size = [8, 2];
        let across = CurveGrid::new([2, 1], vec![dark, light]).unwrap();
        let row: Vec<u8> =
            applied(&across, &flat(size, [77; 4]), size).chunks(4).map(|p| p[0]).collect();
        // Centres at 1.5 and 5.5: flat outside, quarters in between.
        let wanted = [0, 0, 32, 96, 159, 223, 255, 255];
        assert_eq!(row, [wanted, wanted].concat());
        let down = CurveGrid::new([1, 2], vec![dark, light]).unwrap();
        let column = applied(&down, &flat([2, 8], [77; 4]), [2, 8]);
        assert!(column.chunks(8).zip(wanted).all(|(row, w)| row[0] == w && row[4] == w));
        let levels = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
        let cells = levels.map(|level| [[level; POINTS]; 3]).to_vec();
        let shown =
            applied(&CurveGrid::new([3, 2], cells).unwrap(), &flat([3, 2], [77; 4]), [3, 2]);
        assert!(shown.chunks(4).map(|p| p[0]).eq([0, 51, 102, 153, 204, 255]), "{shown:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_was_brighter_stays_brighter(
            grid in grids(), at in (0..11_usize, 0..5_usize), strength in 0.0..=1.0_f32,
        ) {
            let grid = grid.with_strength(strength).unwrap();
            let at = (at.1 * 11 + at.0) * 4;
            let of = |byte| applied(&grid, &flat([11, 5], [byte, byte, byte, 200]), [11, 5]);
            let mut before = vec![0; 4];
            for byte in (0..=255).step_by(5) {
                let after = of(byte)[at..at + 4].to_vec();
                prop_assert!(before.iter().zip(&after).all(|(b, a)| b <= a), "{before:?} {after:?}");
                prop_assert_eq!(after[3], 200, "alpha stays");
                before = after;
            }
        }

        #[test]
        fn strength_goes_from_nothing_to_all(grid in grids()) {
            let photo = all_bytes([9, 31]);
            let with = |s| applied(&grid.clone().with_strength(s).unwrap(), &photo, [9, 31]);
            prop_assert_eq!(&with(0.0), &photo);
            let all = applied(&grid, &photo, [9, 31]);
            prop_assert_eq!(&with(1.0), &all);
            prop_assert_ne!(&all, &photo, "control");
            for ((half, none), all) in with(0.5).iter().zip(&photo).zip(&all) {
                let middle = (f32::from(*none) + f32::from(*all)) / 2.0;
                prop_assert!((f32::from(*half) - middle).abs() <= 1.0, "{half} not {middle}");
            }
        }
    }

    #[test]
    fn err_curves_that_fall_or_leave_the_range() {
        let refused = |size, cells| CurveGrid::new(size, cells).unwrap_err().to_string();
        let text = refused([2, 2], vec![[IDENTITY; 3]; 3]);
        assert_eq!(text, "grid of curves must be 2×2 cells, at least one, got \"3\"");
        assert!(refused([0, 3], vec![]).starts_with("grid of curves must be 0×3"));
        for (at, value) in [(10, 0.2), (28, 1.01), (0, -0.01), (0, f32::NAN), (5, f32::NAN)] {
            let mut curve = IDENTITY;
            curve[at] = value;
            let text = refused([1, 1], vec![[IDENTITY, curve, IDENTITY]]);
            assert!(text.starts_with("tone curve must be rising within 0..=1"), "{text}");
        }
        for strength in [-0.1, 1.1, f32::NAN] {
            let refusal = CurveGrid::identity().with_strength(strength).unwrap_err();
            assert!(refusal.to_string().starts_with("strength must be within 0..=1"));
        }
    }

    #[test]
    fn percentiles_are_those_of_levels() {
        let plane: Vec<f32> = (0..1000).map(|i| (i % 200 + 20) as f32 / 255.0).collect();
        let found = percentiles(&plane, [0.0, 0.005, 0.25, 0.5, 0.999]);
        assert_eq!(found.map(|v| (v * 255.0).round()), [20.0, 21.0, 70.0, 120.0, 219.0]);
        let rgba: Vec<u8> = plane.iter().flat_map(|v| [byte_from(255.0 * v), 0, 0, 255]).collect();
        let mut levelled = rgba.clone();
        auto_levels(&mut levelled);
        // What is as dark as the lowest of them becomes black, and nothing lighter does.
        let black = (found[1] * 255.0).round();
        let same = |(old, new): (&[u8], &[u8])| (f32::from(old[0]) <= black) == (new[0] == 0);
        assert!(rgba.chunks(4).zip(levelled.chunks(4)).all(same));
        assert_eq!(percentiles(&[1.0, 1.0], [0.0, 0.9]), [1.0; 2], "one tone only");
    }

    #[test]
    fn levels_stretch_every_channel_by_itself() {
        // Red 50..=150, green full, blue one value; one pixel in two hundred is an outlier at most.
        let mut photo: Vec<u8> =
            (0..=100_u8).flat_map(|i| [50 + i, i * 2 + i / 2 + i / 20, 80, 255]).collect();
        photo.extend([255, 255, 255, 0].repeat(500)); // hidden: no matter how bright
        auto_levels(&mut photo);
        let at = |i: usize| &photo[i * 4..i * 4 + 4];
        assert_eq!(at(0), [0, 0, 80, 255]);
        assert_eq!(at(50), [128, 127, 80, 255]);
        assert_eq!(at(100), [255, 255, 80, 255]);
        let mut outliers = [[100, 0, 0, 255]; 1000];
        outliers[..4].fill([1; 4]);
        outliers[4..400].fill([200, 9, 0, 255]);
        let mut photo = outliers.concat();
        auto_levels(&mut photo);
        assert_eq!([photo[400 * 4], photo[4 * 4]], [0, 255], "four in a thousand are cut off");
    }

    #[test]
    fn fading_does_what_its_numbers_say() {
        let size = [5, 3];
        let faded = |fading: Fading, colour| {
            let mut photo = flat(size, colour);
            fading.apply(&mut photo, size);
            photo
        };
        let photo = all_bytes([43, 6]);
        let mut same = photo.clone();
        Fading::NONE.apply(&mut same, [43, 6]);
        assert_eq!(same, photo, "none is none");
        let black = Fading { dye_loss: [0.2, 0.1, 0.0], ..Fading::NONE };
        assert_eq!(faded(black, [0, 0, 0, 7])[..4], [51, 26, 0, 7]);
        let white = Fading { yellowing: 0.4, ..Fading::NONE };
        assert_eq!(faded(white, [255, 255, 255, 7])[..4], [255, 230, 153, 7]);
        let grey = Fading { gamma: [2.0, 1.0, 0.5], contrast: 0.5, ..Fading::NONE };
        assert_eq!(faded(grey, [51, 51, 51, 7])[..4], [69, 89, 121, 7]); // .04, .2, .447 → halved
        let corner = Fading { vignette: 0.5, ..Fading::NONE };
        let shaded = faded(corner, [200; 4]);
        assert_eq!(shaded[(7 * 4)..][..4], [200, 200, 200, 200], "the middle stays");
        assert_eq!(shaded[0], 146); // (0.8² + (2/3)²) / 2 = 0.542 of a half
    }

    #[test]
    fn the_grid_undoes_what_levels_cannot() {
        // A gradient, aged; the best curves, read off the ageing itself, bring it back.
        let size = [96, 64];
        let photo: Vec<u8> = (0..96 * 64_usize)
            .flat_map(|i| [i % 96 * 2 + 20, i / 96 * 3 + 30, (i * 13) % 200, 255])
            .map(|v: usize| v.to_le_bytes()[0])
            .collect();
        let ageing = Fading {
            gamma: [0.8, 1.0, 1.3],
            dye_loss: [0.3, 0.1, 0.0],
            yellowing: 0.3,
            ..Fading::NONE
        };
        let mut faded = photo.clone();
        ageing.apply(&mut faded, size);
        let undone = |value: f32, c: usize| {
            let value = value / (1.0 - ageing.yellowing * [0.0, 0.25, 1.0][c]);
            let value = 1.0 - (1.0 - value) / (1.0 - ageing.dye_loss[c]);
            value.clamp(0.0, 1.0).powf(1.0 / ageing.gamma[c])
        };
        let curves = std::array::from_fn(|c| IDENTITY.map(|value| undone(value, c)));
        let restored = applied(&CurveGrid::new([1, 1], vec![curves]).unwrap(), &faded, size);
        let mut levelled = faded.clone();
        auto_levels(&mut levelled);
        let error = |got: &[u8]| {
            let squares =
                got.iter().zip(&photo).map(|(&g, &p)| (f64::from(g) - f64::from(p)).powi(2));
            (squares.sum::<f64>() / photo.len() as f64).sqrt()
        };
        let errors = [&restored, &levelled, &faded].map(|picture| error(picture));
        assert!(errors[0] < 4.0 && errors[0] * 4.0 < errors[1] && errors[2] > 20.0, "{errors:?}");
    }
}
