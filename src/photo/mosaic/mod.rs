//! Mosaics (pixelation): put one on a photo, find one, and keep what one says.
//!
//! A mosaic replaces every cell of a grid by its mean colour. [`apply`] does that, [`detect::find`]
//! finds grid and region in a photo that was compressed and rescaled since, and [`project::project`]
//! changes a painted result as little as it takes for every cell to keep its mean.
//!
//! Means are taken of the sRGB numbers, not of light: that is what pixelation tools do, and a mean
//! of light would not fit the mosaics that people bring. Pixels count as much as they are opaque,
//! so that what hides under full transparency does not leak. Only what lies in the region (and in
//! the photo) counts: the last column of 12-pixel cells across 128 pixels is 8 wide.
//!
//! Coordinates are edges: pixel `x` covers `x..x + 1`, and a line at 5.0 runs between pixels 4
//! and 5. Start at [`Grid`].

mod cells;
mod comb;
pub mod detect;
pub mod project;

use super::Photo;

/// The narrowest cell, in pixels: below two there is nothing to undo.
pub const MIN_CELL_PX: f32 = 2.0;

/// Where a mosaic's cells lie: upright lines at `phase[0] + i * cell[0]`, level ones likewise.
///
/// In a photo that was rescaled since, cells have fractions of pixels and need not be square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Width and height of a cell, in pixels, at least [`MIN_CELL_PX`].
    pub cell: [f32; 2],
    /// The first upright and the first level line, in `0..cell`.
    pub phase: [f32; 2],
}

impl Grid {
    /// A grid with lines through `through` (`[x, y]`, anywhere).
    ///
    /// # Panics
    /// If a cell is narrower than [`MIN_CELL_PX`], or anything is not finite.
    #[must_use]
    pub fn new(cell: [f32; 2], through: [f32; 2]) -> Self {
        assert!(
            cell.iter().all(|side| side.is_finite() && *side >= MIN_CELL_PX)
                && through.iter().all(|at| at.is_finite()),
            "cells of {cell:?} through {through:?}"
        );
        let phase = [0, 1].map(|axis| {
            let phase = through[axis].rem_euclid(cell[axis]);
            // Rounding can return the divisor itself.
            if phase < cell[axis] { phase } else { 0.0 }
        });
        Self { cell, phase }
    }

    /// Where line `index` runs; axis 0 has the upright lines. Cell `index` lies behind it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "back to the type of the grid")]
    pub fn line(&self, axis: usize, index: i32) -> f32 {
        self.exact_line(axis, index) as f32
    }

    /// The cell in which the pixel's centre lies: column and row, -1 before the first line.
    #[must_use]
    pub fn cell_of(&self, [x, y]: [usize; 2]) -> [i32; 2] {
        [self.index_at(0, x as f64 + 0.5), self.index_at(1, y as f64 + 0.5)]
    }

    /// The cells that share any area with a rectangle: `[first, end]` of columns and of rows.
    ///
    /// `rect`: `[left, top, right, bottom]` in pixels, right and bottom excluded.
    #[must_use]
    pub fn cells_over(&self, rect: [usize; 4]) -> [[i32; 2]; 2] {
        [0, 1].map(|axis| {
            let [from, to] = [rect[axis], rect[axis + 2]].map(|at| at as f64);
            if from >= to {
                let at = self.index_at(axis, from);
                return [at, at];
            }
            let last = self.index_at(axis, to);
            // A cell that begins exactly at the end shares nothing.
            [self.index_at(axis, from), last + i32::from(self.exact_line(axis, last) < to)]
        })
    }

    fn exact_line(&self, axis: usize, index: i32) -> f64 {
        f64::from(self.phase[axis]) + f64::from(self.cell[axis]) * f64::from(index)
    }

    #[expect(clippy::cast_possible_truncation, reason = "photos have some thousand pixels a side")]
    fn index_at(&self, axis: usize, at: f64) -> i32 {
        ((at - f64::from(self.phase[axis])) / f64::from(self.cell[axis])).floor() as i32
    }
}

/// Which pixels: a rectangle or a hole.
#[derive(Clone, Copy, Debug)]
pub enum Region<'a> {
    /// `[left, top, right, bottom]` in pixels, right and bottom excluded; the photo cuts it.
    Rect([usize; 4]),
    /// One byte a pixel: 0 is left alone, anything else belongs to the region.
    Hole(&'a [u8]),
}

/// Makes every cell one colour: the mean of its pixels in the region, rounded. Alpha is kept, and
/// so is every pixel outside. A pixel belongs to the cell that has its centre.
///
/// # Panics
/// If a hole's length is not that of the photo.
pub fn apply(photo: &mut Photo, grid: &Grid, region: Region<'_>) {
    let [width, height] = photo.size().map(|side| side as usize);
    if let Region::Hole(hole) = region {
        assert_eq!(hole.len(), width * height, "a hole of {width}×{height}");
    }
    let rect = match region {
        Region::Rect([left, top, right, bottom]) => {
            [left, top, right.min(width), bottom.min(height)]
        }
        Region::Hole(_) => [0, 0, width, height],
    };
    if rect[0] >= rect[2] || rect[1] >= rect[3] {
        return;
    }
    let is_inside = |x: usize, y: usize| match region {
        Region::Rect(_) => true,
        Region::Hole(hole) => hole[y * width + x] != 0,
    };
    let columns: Vec<usize> = slots(grid, 0, rect);
    let cells = columns.last().map_or(0, |last| last + 1);
    let mut y = rect[1];
    while y < rect[3] {
        let row = grid.cell_of([0, y])[1];
        let end = (y..rect[3]).find(|&below| grid.cell_of([0, below])[1] != row).unwrap_or(rect[3]);
        // Colours weighted by alpha, and the weights.
        let mut sums = vec![[0_u64; 4]; cells];
        let pixels = photo.rgba_mut();
        for y in y..end {
            for (x, &slot) in (rect[0]..rect[2]).zip(&columns).filter(|&(x, _)| is_inside(x, y)) {
                let pixel = &pixels[(y * width + x) * 4..][..4];
                let alpha = u64::from(pixel[3]);
                for (sum, &value) in sums[slot].iter_mut().zip(&pixel[..3]) {
                    *sum += u64::from(value) * alpha;
                }
                sums[slot][3] += alpha;
            }
        }
        for y in y..end {
            for (x, &slot) in (rect[0]..rect[2]).zip(&columns).filter(|&(x, _)| is_inside(x, y)) {
                let [colours @ .., weight] = sums[slot];
                if weight == 0 {
                    continue; // Nothing to see in this cell.
                }
                let pixel = &mut pixels[(y * width + x) * 4..][..3];
                for (value, sum) in pixel.iter_mut().zip(colours) {
                    *value = u8::try_from((sum + weight / 2) / weight).unwrap_or(u8::MAX);
                }
            }
        }
        y = end;
    }
}

/// For every pixel along one side of the rectangle the number of its cell, from 0.
fn slots(grid: &Grid, axis: usize, rect: [usize; 4]) -> Vec<usize> {
    let cell_of = |at: usize| grid.cell_of([at; 2])[axis];
    let first = cell_of(rect[axis]);
    (rect[axis]..rect[axis + 2])
        .map(|at| usize::try_from(cell_of(at) - first).expect("cells follow one another"))
        .collect()
}

/// `[left, top, right, bottom]` around what is painted, right and bottom excluded.
fn bounds(hole: &[u8], [width, height]: [usize; 2]) -> Option<[usize; 4]> {
    let [mut left, mut top, mut right, mut bottom] = [width, height, 0, 0];
    for (y, row) in hole.chunks_exact(width.max(1)).enumerate() {
        let Some(first) = row.iter().position(|&painted| painted != 0) else { continue };
        let last = row.iter().rposition(|&painted| painted != 0).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last + 1));
        (top, bottom) = (top.min(y), y + 1);
    }
    (bottom > 0).then_some([left, top, right, bottom])
}
