//! Mosaics (pixelation): put one on a photo, find one, and keep what one says.
//!
//! A mosaic replaces every cell of a grid by its mean colour. [`apply`] does that, [`detect::find`]
//! finds grid and region in a photo that was compressed and rescaled since, and [`project::project`]
//! changes a painted result as little as it takes for every cell to keep its mean.
//!
//! Means are taken of the sRGB numbers, not of light: that is what most pixelation tools do; what
//! the others make is brought there by [`light::as_stored`] first. Pixels count as much as they are opaque,
//! so that what hides under full transparency does not leak. Only what lies in the region (and in
//! the photo) counts: the last column of 12-pixel cells across 128 pixels is 8 wide.
//!
//! Coordinates are edges: pixel `x` covers `x..x + 1`, and a line at 5.0 runs between pixels 4
//! and 5. Start at [`Grid`].

mod cells;
mod comb;
pub mod detect;
pub mod light;
mod outline;
pub mod project;

use super::{Photo, Rect};
use light::Averaged;

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

/// Makes every cell one colour: the mean of its pixels in the region, rounded. Alpha is kept, and
/// so is every pixel outside. A pixel belongs to the cell that has its centre.
///
/// `region`: one byte a pixel, 0 is left alone.
///
/// # Panics
/// If the region's length is not that of the photo.
pub fn apply(photo: &mut Photo, grid: &Grid, region: &[u8]) {
    apply_as(Averaged::Stored, photo, grid, region);
}

/// As [`apply`], with means of the stored numbers or of light.
///
/// # Panics
/// As [`apply`].
pub fn apply_as(averaged: Averaged, photo: &mut Photo, grid: &Grid, region: &[u8]) {
    let [width, height] = photo.sides();
    assert_eq!(region.len(), width * height, "a hole of {width}×{height}");
    let is_inside = |x: usize, y: usize| region[y * width + x] != 0;
    let columns: Vec<usize> = numbers_of_columns(grid, width);
    let cells = columns.last().map_or(0, |last| last + 1);
    let mut y = 0;
    while y < height {
        let row = grid.cell_of([0, y])[1];
        let end = (y..height).find(|&below| grid.cell_of([0, below])[1] != row).unwrap_or(height);
        // Colours weighted by alpha, and the weights.
        let mut sums = vec![[0_u64; 4]; cells];
        let pixels = photo.rgba_mut();
        for y in y..end {
            for (x, &slot) in (0..width).zip(&columns).filter(|&(x, _)| is_inside(x, y)) {
                let pixel = &pixels[(y * width + x) * 4..][..4];
                let alpha = u64::from(pixel[3]);
                for (sum, &value) in sums[slot].iter_mut().zip(&pixel[..3]) {
                    *sum += averaged.of_byte(value) * alpha;
                }
                sums[slot][3] += alpha;
            }
        }
        for y in y..end {
            for (x, &slot) in (0..width).zip(&columns).filter(|&(x, _)| is_inside(x, y)) {
                let [colours @ .., weight] = sums[slot];
                if weight == 0 {
                    continue; // Nothing to see in this cell.
                }
                let pixel = &mut pixels[(y * width + x) * 4..][..3];
                for (value, sum) in pixel.iter_mut().zip(colours) {
                    *value = averaged.byte_of(sum, weight);
                }
            }
        }
        y = end;
    }
}

/// For every pixel of a row the number of its cell, from 0.
fn numbers_of_columns(grid: &Grid, width: usize) -> Vec<usize> {
    let cell_of = |x: usize| grid.cell_of([x, 0])[0];
    let number = |x| usize::try_from(cell_of(x) - cell_of(0)).expect("cells follow one another");
    (0..width).map(number).collect()
}

/// `[left, top, right, bottom]` around what is painted, right and bottom excluded.
fn bounds(hole: &[u8], [width, _]: [usize; 2]) -> Option<[usize; 4]> {
    let Rect { left, top, right, bottom } = Rect::around(hole, width)?;
    Some([left, top, right, bottom])
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers, or their low bits"
)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A region of `[left, top, right, bottom]`, right and bottom excluded, as far as the picture goes.
    pub(in crate::photo) fn rectangle(size: [u32; 2], rect: [usize; 4]) -> Vec<u8> {
        let [w, h] = size.map(|side| side as usize);
        let [left, top, right, bottom] = rect;
        let is_inside = |x, y| (left..right).contains(&x) && (top..bottom).contains(&y);
        (0..w * h).map(|i| u8::from(is_inside(i % w, i / w))).collect()
    }

    /// Colours that repeat with no period of a cell.
    fn picture([w, h]: [u32; 2], salt: u32) -> Photo {
        let value = |i: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(salt * 977) >> 23) as u8;
        let rgba = (0..w * h).flat_map(|i| [value(i), value(i + 7), value(i + 31), 255]);
        Photo::from_rgba8([w, h], rgba.collect()).unwrap()
    }

    #[test]
    fn lines_cells_and_pixels_of_a_grid() {
        let grid = Grid::new([12.0, 7.5], [25.0, -1.5]);
        assert_eq!(grid.phase, [1.0, 6.0]);
        assert_eq!([grid.line(0, 0), grid.line(0, 3), grid.line(1, -1)], [1.0, 37.0, -1.5]);
        // Pixel 0 lies before the first upright line; the centre of row 13 is 13.5, on a line.
        assert_eq!(grid.cell_of([0, 5]), [-1, -1]);
        assert_eq!(grid.cell_of([1, 13]), [0, 1]);
        assert_eq!(grid.cells_over([0, 0, 13, 6]), [[-1, 1], [-1, 0]]);
        assert_eq!(grid.cells_over([1, 6, 14, 7]), [[0, 2], [0, 1]]);
        assert_eq!(grid.cells_over([5, 8, 5, 3]), [[0, 0]; 2], "nothing");
    }

    #[test]
    #[should_panic(expected = "cells of [1.5, 8.0]")]
    fn err_cells_narrower_than_two_pixels() {
        let _ = Grid::new([1.5, 8.0], [0.0; 2]);
    }

    #[test]
    fn the_last_cell_is_what_is_left_of_it() {
        // 20 pixels in cells of 12: the last are 8 wide. Columns hold ten times their number.
        let rgba = (0..20 * 16).flat_map(|i| [(i % 20) as u8 * 10, (i / 20) as u8, 9, 255]);
        let mut photo = Photo::from_rgba8([20, 16], rgba.collect()).unwrap();
        apply(&mut photo, &Grid::new([12.0; 2], [0.0; 2]), &[1; 20 * 16]);
        // Columns 0..12: 55; 12..20: 155. Rows 0..12: 5.5, up; 12..16: 13.5, up.
        assert_eq!(photo.pixel(0, 0), [55, 6, 9, 255]);
        assert_eq!(photo.pixel(11, 11), [55, 6, 9, 255]);
        assert_eq!(photo.pixel(12, 11), [155, 6, 9, 255]);
        assert_eq!(photo.pixel(19, 15), [155, 14, 9, 255]);
    }

    #[test]
    fn what_is_transparent_does_not_leak() {
        let rgba: Vec<u8> = (0..256)
            .flat_map(|i| match i % 16 {
                0..8 => [200, 10, 0, 255],
                8..12 => [0, 0, 0, 0],
                _ => [100, 50, 0, 51],
            })
            .collect();
        let mut photo = Photo::from_rgba8([16, 16], rgba.clone()).unwrap();
        apply(&mut photo, &Grid::new([16.0; 2], [0.0; 2]), &[1; 256]);
        // (8 * 255 * 200 + 4 * 51 * 100) / (8 * 255 + 4 * 51) = 190.9; green 13.6.
        assert_eq!(photo.pixel(3, 3), [191, 14, 0, 255]);
        assert_eq!(photo.pixel(9, 3), [191, 14, 0, 0], "alpha stays");
        let mut photo = Photo::from_rgba8([16, 16], rgba).unwrap();
        apply(&mut photo, &Grid::new([4.0; 2], [0.0; 2]), &[1; 256]);
        assert_eq!(photo.pixel(9, 3), [0, 0, 0, 0], "nothing to see, nothing changed");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn cells_become_their_means_and_nothing_else_changes(
            size in [16u32..41, 16u32..37], cell in 2u8..30, through in [0u8..30, 0u8..30],
            shape in 0usize..4, salt in 0u32..99,
        ) {
            let [w, h] = size.map(|side| side as usize);
            let inside = |x: usize, y: usize| match shape {
                0 => true,
                1 => (x * 3 + y * 5) % 7 < 4,
                2 => x > 3 && y > 2 && x + 2 < w && y + 5 < h,
                _ => false,
            };
            let hole: Vec<u8> = (0..w * h).map(|i| u8::from(inside(i % w, i / w)) * 3).collect();
            let grid = Grid::new([f32::from(cell); 2], through.map(f32::from));
            let before = picture(size, salt);
            let mut after = before.clone();
            apply(&mut after, &grid, &hole);
            for i in 0..w * h {
                let [old, new] = [&before, &after].map(|photo| &photo.rgba()[i * 4..i * 4 + 4]);
                if hole[i] == 0 {
                    prop_assert_eq!(old, new);
                    continue;
                }
                let here = grid.cell_of([i % w, i / w]);
                let cell = (0..w * h).filter(|&j| hole[j] != 0 && grid.cell_of([j % w, j / w]) == here);
                let (mut sum, mut count) = (0, 0);
                for j in cell {
                    sum += u32::from(before.rgba()[j * 4]);
                    count += 1;
                }
                prop_assert_eq!(u32::from(new[0]), (sum + count / 2) / count);
            }
            let mut again = after.clone();
            apply(&mut again, &grid, &hole);
            prop_assert_eq!(&again, &after);
            prop_assert_eq!(after == before, shape == 3, "control: something happens");
            let mut rect = before.clone();
            apply(&mut rect, &grid, &rectangle(size, [4, 3, w - 2, h - 5]));
            prop_assert_eq!(rect == after, shape == 2);
        }
    }

    #[test]
    #[should_panic(expected = "a hole of 16×17")]
    fn err_a_hole_of_another_size() {
        let grid = Grid::new([4.0; 2], [0.0; 2]);
        apply(&mut picture([16, 17], 1), &grid, &[1; 16]);
    }
}
