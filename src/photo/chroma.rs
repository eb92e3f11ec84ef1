//! Tells whether a photo has colours, and puts colours on a photo.
//!
//! A network says on a coarse grid which colour lies where; the photo says how light every pixel
//! is. [`colorize`] brings the two together at full resolution: the coarse chroma is enlarged
//! along the photo's own edges, and goes under the photo's own luma, as the sliders are set.
//! [`colouring()`] tells a black-and-white photo from a coloured one.
//!
//! Always holds: the luma (Y of [`super::color::yuv_from_srgb`]) of every pixel stays within one
//! step of 255, and alpha stays. Where sRGB has no such colour the chroma shrinks towards grey, at
//! the same luma and hue; no channel is clipped by itself. Memory is a few rows and a few grids.
//! Deliberately absent: which colours are likely; that is the network's trade.
//!
//! # Source
//! Keeping Y and taking U and V from the network is DeOldify's way. The enlarging is the joint
//! bilateral upsampling of Kopf et al. (2007). We differ in three things: the weight in space is a
//! quadratic B-spline, three cells wide, which fades out without a step; the weight in range has
//! the long tails of Cauchy, so that a pixel unlike all cells still gets their mean, and needs no
//! exponential; and the grid is first sharpened by what enlarging is going to take from it (one
//! step of back-projection, Irani & Peleg 1991).
//!
//! Measured with true chroma on the grid, error of chroma in steps of 255 near strong edges, ours,
//! Catmull-Rom's and bilinear: 7.7, 8.7, 9.3 at five pixels a cell of sharp photos; 10.3, 11.2,
//! 11.8 at ten. Where the photo's own chroma is soft (JPEG at half size) and a cell has four
//! pixels, Catmull-Rom has 3.8 to our 4.2. Guided filtering (He, Sun & Tang 2013) came as near
//! with full planes only; its fast form on the grid was worse than bilinear.

mod colouring;

pub use colouring::{Colouring, Tones, Verdict, colouring};

use super::check_within;
use super::color::{
    LUMA, U_OF_BLUE, V_OF_RED, byte_from, luma_from_srgb, offsets_from_uv, yuv_from_srgb,
};
use crate::error::{Error, Result};

/// Chroma of a photo on a coarse grid.
#[derive(Clone, Debug, PartialEq)]
pub struct ChromaGrid {
    size: [usize; 2],
    uv: Vec<[f32; 2]>,
}

impl ChromaGrid {
    /// Takes `size[0] * size[1]` cells, row by row, each `[U, V]` in steps of 255.
    ///
    /// # Errors
    /// [`Error::BadSetting`] when there are more or fewer cells, or none, or when a value is no
    /// number within ±256 (sRGB needs ±157).
    pub fn new(size: [usize; 2], uv: Vec<[f32; 2]>) -> Result<Self> {
        let refused = |expected, found| Error::BadSetting { name: "chroma", expected, found };
        let [columns, rows] = size;
        if uv.is_empty() || columns.checked_mul(rows) != Some(uv.len()) {
            let expected = format!("{columns}×{rows} cells, at least one");
            return Err(refused(expected, uv.len().to_string()));
        }
        if let Some(value) = uv.iter().flatten().find(|v| !(-256.0..=256.0).contains(*v)) {
            return Err(refused("within ±256".to_owned(), value.to_string()));
        }
        Ok(Self { size, uv })
    }

    /// `[columns, rows]`.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// `[U, V]` of every cell, row by row.
    #[must_use]
    pub fn uv(&self) -> &[[f32; 2]] {
        &self.uv
    }
}

/// How colours are put on a photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coat {
    /// The sliders.
    pub adjustment: Adjustment,
    /// How much of it: 0 changes no byte, 1 leaves nothing of the photo's own chroma.
    pub strength: f32,
    /// The tones of a photo of which only a part is black and white: all else keeps its own chroma.
    pub print: Option<Tones>,
}

/// Replaces a photo's chroma by that of the grid, enlarged along the photo's edges and put on as
/// `coat` says.
///
/// All of this happens in one go, so luma is rounded once and stays within half a step.
///
/// # Errors
/// [`Error::BadSetting`] when a slider is beyond its range, or the strength outside 0..=1.
///
/// # Panics
/// If the buffer is not RGBA8 of that size.
pub fn colorize(rgba: &mut [u8], size: [usize; 2], chroma: &ChromaGrid, coat: Coat) -> Result<()> {
    let Coat { adjustment, strength, print } = coat;
    adjustment.check()?;
    check_strength(strength)?;
    if strength > 0.0 {
        enlarge_onto(rgba, size, chroma, |[luma, own @ ..], uv| {
            let uv = adjustment.applied(luma, uv);
            let kept = print.map_or(0.0, |print| print.keeps([luma, own[0], own[1]]));
            let strength = strength * (1.0 - kept);
            [0, 1].map(|i| own[i] + strength * (uv[i] - own[i]))
        });
    }
    Ok(())
}

/// Gives every pixel the chroma that `choose` makes of its own `[Y, U, V]` and of the grid's.
fn enlarge_onto(
    rgba: &mut [u8],
    size: [usize; 2],
    chroma: &ChromaGrid,
    choose: impl Fn([f32; 3], [f32; 2]) -> [f32; 2],
) {
    let [width, height] = size;
    assert_eq!(rgba.len(), width * height * 4, "RGBA8 of {width}×{height}");
    if rgba.is_empty() {
        return;
    }
    let enlarger = Enlarger::new(rgba, size, chroma);
    let across: Vec<Taps> = (0..width).map(|x| Taps::new(x, width, chroma.size[0])).collect();
    for (y, row) in rgba.chunks_exact_mut(width * 4).enumerate() {
        let columns = enlarger.columns_around(&Taps::new(y, height, chroma.size[1]));
        for (pixel, taps) in row.chunks_exact_mut(4).zip(&across) {
            let own = yuv_from_srgb([pixel[0], pixel[1], pixel[2]]);
            let uv = choose(own, uv_at(byte_from(own[0]), &columns, taps));
            pixel[..3].copy_from_slice(&srgb_at_luma(own[0], uv));
        }
    }
}

/// The nearest bytes with this luma, and with as much of this chroma as sRGB holds at that luma.
#[must_use]
pub fn srgb_at_luma(luma: f32, uv: [f32; 2]) -> [u8; 3] {
    let offsets = offsets_from_uv(uv);
    let mut share = 1.0_f32;
    for offset in offsets {
        let room = if offset > 0.0 { 255.0 - luma } else { luma };
        if offset.abs() > room {
            share = share.min(room / offset.abs());
        }
    }
    offsets.map(|offset| byte_from(luma + share * offset))
}

/// How much a cell of another luma still counts, by the difference in steps of 255.
static LIKENESS: [f32; 256] = {
    /// Differences above this separate. Between 20 and 45 the error hardly moves.
    const REACH: f32 = 30.0;
    let mut table = [0.0; 256];
    let mut difference = 0;
    while difference < 256 {
        let relative = difference as f32 / REACH;
        let tail = 1.0 + relative * relative;
        table[difference] = 1.0 / (tail * tail);
        difference += 1;
    }
    table
};

/// The cell nearest to a pixel along one axis, and the weights of the one before it, of itself and
/// of the one after it, which add up to 1.
#[derive(Clone, Copy, Debug)]
struct Taps {
    nearest: usize,
    weights: [f32; 3],
}

impl Taps {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..cells")]
    fn new(at: usize, pixels: usize, cells: usize) -> Self {
        let place = (at as f32 + 0.5) * cells as f32 / pixels as f32;
        let nearest = (place as usize).min(cells - 1);
        let off = place - nearest as f32 - 0.5;
        let [before, after] = [0.5 - off, 0.5 + off].map(|d| 0.5 * d * d);
        Self { nearest, weights: [before, 1.0 - before - after, after] }
    }
}

/// A cell seen from a row of pixels: its luma, its weight, and its chroma times the weight.
#[derive(Clone, Copy, Debug)]
struct Near {
    luma: u8,
    weight: f32,
    uv: [f32; 2],
}

/// A grid of chroma with the luma of the photo under each cell.
struct Enlarger {
    columns: usize,
    cells: Vec<(u8, [f32; 2])>,
}

impl Enlarger {
    fn new(rgba: &[u8], size: [usize; 2], chroma: &ChromaGrid) -> Self {
        let lumas = cell_means(rgba, size, chroma.size).into_iter().map(|[y, ..]| byte_from(y));
        let cells = lumas.zip(chroma.uv.iter().copied()).collect();
        let mut enlarger = Self { columns: chroma.size[0], cells };
        let blurred = enlarger.shrunk_again(rgba, size, chroma.size);
        for ((_, uv), blurred) in enlarger.cells.iter_mut().zip(blurred) {
            *uv = [2.0 * uv[0] - blurred[0], 2.0 * uv[1] - blurred[1]];
        }
        enlarger
    }

    /// The cells' means after enlarging, from some 64 pixels a cell; a cell without any stays.
    fn shrunk_again(&self, rgba: &[u8], size: [usize; 2], cells: [usize; 2]) -> Vec<[f32; 2]> {
        let [width, height] = size;
        let [step_x, step_y] = [0, 1].map(|i| (size[i] / cells[i] / 8).max(1));
        let across: Vec<(usize, Taps)> = (step_x / 2..width)
            .step_by(step_x)
            .map(|x| (x, Taps::new(x, width, cells[0])))
            .collect();
        let mut sums = vec![([0.0_f32; 2], 0.0_f32); self.cells.len()];
        for y in (step_y / 2..height).step_by(step_y) {
            let columns = self.columns_around(&Taps::new(y, height, cells[1]));
            for (x, taps) in &across {
                let [r, g, b] = [0, 1, 2].map(|c| rgba[(y * width + x) * 4 + c]);
                let uv = uv_at(byte_from(luma_from_srgb([r, g, b])), &columns, taps);
                let owner = y * cells[1] / height * cells[0] + x * cells[0] / width;
                let (sum, count) = &mut sums[owner];
                *sum = [sum[0] + uv[0], sum[1] + uv[1]];
                *count += 1.0;
            }
        }
        let means = sums.into_iter().zip(&self.cells);
        means.map(|(([u, v], n), (_, uv))| if n > 0.0 { [u / n, v / n] } else { *uv }).collect()
    }

    /// The cells above, beside and below a row of pixels, column by column. Beyond every border
    /// the outermost cell goes on, so that column `i` of the grid is entry `i + 1`.
    fn columns_around(&self, down: &Taps) -> Vec<[Near; 3]> {
        let last = self.cells.len() / self.columns - 1;
        let rows = [down.nearest.saturating_sub(1), down.nearest, (down.nearest + 1).min(last)];
        let column = |x: usize| {
            let x = x.clamp(1, self.columns) - 1;
            [0, 1, 2].map(|i| {
                let ((luma, [u, v]), weight) =
                    (self.cells[rows[i] * self.columns + x], down.weights[i]);
                Near { luma, weight, uv: [weight * u, weight * v] }
            })
        };
        (0..self.columns + 2).map(column).collect()
    }
}

/// The chroma of a pixel from the nine cells around it, those of its own luma first.
fn uv_at(luma: u8, columns: &[[Near; 3]], across: &Taps) -> [f32; 2] {
    let (mut u, mut v, mut total) = (0.0, 0.0, 0.0);
    for (column, weight) in columns[across.nearest..][..3].iter().zip(across.weights) {
        for near in column {
            let weight = weight * LIKENESS[usize::from(luma.abs_diff(near.luma))];
            u += weight * near.uv[0];
            v += weight * near.uv[1];
            total += weight * near.weight;
        }
    }
    [u / total, v / total]
}

/// The mean `[Y, U, V]` of each cell, pixels weighted by their alpha. A pixel belongs to the cell
/// that its corner lies in; a cell smaller than a pixel has the pixel at its own middle.
#[expect(clippy::cast_possible_truncation, reason = "f64 only for the quotient")]
fn cell_means(rgba: &[u8], size: [usize; 2], cells: [usize; 2]) -> Vec<[f32; 3]> {
    let [width, height] = size;
    assert_eq!(rgba.len(), width * height * 4, "RGBA8 of {width}×{height}");
    let owner = |at: usize, axis: usize| at * cells[axis] / size[axis];
    let columns: Vec<usize> = (0..width).map(|x| owner(x, 0)).collect();
    let mut sums = vec![[0_u64; 4]; cells[0] * cells[1]];
    for (y, row) in rgba.chunks_exact(width * 4).enumerate() {
        let sums = &mut sums[owner(y, 1) * cells[0]..][..cells[0]];
        for (pixel, &column) in row.chunks_exact(4).zip(&columns) {
            // What is fully transparent counts a little, so that no cell is without a mean.
            let weight = u64::from(pixel[3].max(1));
            let sum = &mut sums[column];
            for channel in 0..3 {
                sum[channel] += weight * u64::from(pixel[channel]);
            }
            sum[3] += weight;
        }
    }
    let middle = |cell: usize, axis: usize| (2 * cell + 1) * size[axis] / (2 * cells[axis]);
    let mean = |(cell, sum): (usize, [u64; 4])| {
        let [red, green, blue, weight] = sum;
        let [x, y] = [middle(cell % cells[0], 0), middle(cell / cells[0], 1)];
        let of = |sum: u64, channel: usize| match weight {
            0 => f32::from(rgba[(y * width + x) * 4 + channel]),
            _ => (sum as f64 / weight as f64) as f32,
        };
        let [red, green, blue] = [of(red, 0), of(green, 1), of(blue, 2)];
        let luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
        [luma, U_OF_BLUE * (blue - luma), V_OF_RED * (red - luma)]
    };
    sums.into_iter().enumerate().map(mean).collect()
}

/// The two sliders for colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjustment {
    /// Factor on the chroma, 0..=4; 0 is grey, 1 leaves it.
    pub saturation: f32,
    /// From -1, towards blue, to 1, towards orange; 0 leaves it. Acts on the mid-tones most, on
    /// black and white not at all, as they would have to change their lightness.
    pub warmth: f32,
}

impl Adjustment {
    /// Leaves the chroma as it is.
    pub const NEUTRAL: Self = Self { saturation: 1.0, warmth: 0.0 };

    /// Refuses a slider beyond its range.
    ///
    /// # Errors
    /// [`Error::BadSetting`] when one is beyond it.
    pub fn check(self) -> Result<()> {
        check_within("saturation", self.saturation, [0.0, 4.0])?;
        check_within("warmth", self.warmth, [-1.0, 1.0])
    }

    /// What becomes of a chroma at this luma.
    fn applied(self, luma: f32, [u, v]: [f32; 2]) -> [f32; 2] {
        // A parabola: 0 at black and white, 1 half-way.
        let warmth = self.warmth * luma * (255.0 - luma) * (4.0 / (255.0 * 255.0));
        [self.saturation * u + warmth * WARM_UV[0], self.saturation * v + warmth * WARM_UV[1]]
    }
}

/// Refuses a strength outside 0..=1.
///
/// # Errors
/// [`Error::BadSetting`] outside 0..=1.
pub fn check_strength(strength: f32) -> Result<()> {
    check_within("strength", strength, [0.0, 1.0])
}

/// What full warmth does to mid-grey: red up and blue down by 32 steps, at the same luma.
const WARM_UV: [f32; 2] = {
    const STEPS: f32 = 32.0;
    const LIGHTER: f32 = STEPS * (LUMA[0] - LUMA[2]);
    [U_OF_BLUE * (-STEPS - LIGHTER), V_OF_RED * (STEPS - LIGHTER)]
};

#[cfg(test)]
pub(crate) mod tests;
