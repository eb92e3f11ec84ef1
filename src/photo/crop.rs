//! Cuts windows around a hole for a network to see, and puts its answers back.
//!
//! A network has a small grid. So a hole is painted through windows of the photo, each with some
//! of what is known around its share of the hole. [`passes()`] plans them; it looks at geometry only.
//! For each [`Crop`] in turn, the caller hides what is unpainted ([`Crop::hidden`]), takes the
//! window on the grid ([`Crop::cells`]), has it painted, puts the answer into the photo where the
//! crop owns it ([`Crop::owned`]), and marks it as painted ([`Crop::finish`]).
//!
//! Always holds: every pixel of the hole belongs to exactly one crop, and a crop paints nothing but
//! its own; a cell is known only if every pixel under it is; no hidden colour leaks
//! into the known cells beside it. Awkward: where the window is the whole photo and that is no
//! multiple of the network's unit, cells are up to some per cent longer than wide.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes were checked, and lengths lie inside the photo"
)]

mod passes;

pub use passes::passes;

use super::hole::{Hole, Pen, runs_of_row};
use super::{Photo, Rect, resize};

/// What a network can take in, and how much around a hole it should see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// The longest side of its grid, in cells.
    pub side: usize,
    /// Both sides of its grid are multiples of this.
    pub unit: usize,
    /// What it should see on each side of a hole, as a multiple of the hole's side.
    pub margin: f64,
    /// The same for small holes, in cells.
    pub least_margin: usize,
}

impl Sight {
    /// The longest side that is a multiple of the unit.
    fn longest(&self) -> usize {
        self.side / self.unit * self.unit
    }

    /// The longest side, in cells, of a hole with its whole margin around it.
    fn core(&self) -> f64 {
        let side = self.longest() as f64;
        (side / (1.0 + 2.0 * self.margin)).min(side - 2.0 * self.least_margin as f64).floor()
    }

    /// How many pixels make a cell if a hole with these sides is to be seen at once: at least one.
    /// Where the window would be the whole photo, no room for margins is needed.
    fn scale(&self, hole: [usize; 2], photo: [usize; 2]) -> f64 {
        let core = self.core();
        let of_axis =
            |axis| (hole[axis] as f64 / core).min(photo[axis] as f64 / self.longest() as f64);
        [0, 1].map(of_axis).into_iter().fold(1.0, f64::max)
    }

    /// The window around a hole, and its grid.
    fn window(&self, hole: Rect, photo: [usize; 2]) -> (Rect, [usize; 2]) {
        let scale = self.scale(hole.size(), photo);
        // A hair less, so that rounding does not cost a unit.
        let units = |cells: f64| ((cells - 1e-6) / self.unit as f64).ceil() as usize * self.unit;
        let wanted = hole.size().map(|px| {
            let cells = px as f64 / scale;
            units(cells + 2.0 * (self.margin * cells).max(self.least_margin as f64))
        });
        // Networks learn from squares: no side is less than half of the other where there is more.
        let least = units(wanted[0].max(wanted[1]).min(self.longest()) as f64 / 2.0);
        let fitted = |axis: usize, [start, end]: [usize; 2]| {
            let all = photo[axis];
            let most = (all as f64 / scale + 1e-6) as usize / self.unit * self.unit;
            let cells = wanted[axis].max(least).min(most).min(self.longest()).max(self.unit);
            let length = (cells as f64 * scale).round() as usize;
            // What the photo has beside whole units is seen only if the hole reaches there.
            let length = if length >= end - start { length.min(all) } else { all };
            let first = ((start + end).saturating_sub(length) / 2).min(all - length);
            (cells, [first, first + length])
        };
        let (across, [left, right]) = fitted(0, [hole.left, hole.right]);
        let (down, [top, bottom]) = fitted(1, [hole.top, hole.bottom]);
        (Rect { left, top, right, bottom }, [across, down])
    }
}

/// A window of the photo, its grid, and the pixels of the hole that are painted through it.
#[derive(Clone, Debug, PartialEq)]
pub struct Crop {
    window: Rect,
    grid: [usize; 2],
    /// Around all spans.
    bounds: Rect,
    /// In reading order.
    spans: Vec<Span>,
}

/// Pixels of one row, in the photo.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    y: u32,
    first: u32,
    end: u32,
}

impl Span {
    fn rect(self) -> Rect {
        let [y, left, right] = [self.y, self.first, self.end].map(|at| at as usize);
        Rect { left, top: y, right, bottom: y + 1 }
    }
}

/// A window on the grid of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Three planes in `0..=1`; 0 in the hole.
    pub rgb: Vec<f32>,
    /// One plane: 1 where any pixel under the cell is hidden, else 0.
    pub hole: Vec<f32>,
}

impl Crop {
    /// The part of the photo that the network sees.
    #[must_use]
    pub fn window(&self) -> Rect {
        self.window
    }

    /// How many pixels make a cell, along the axis where that is more.
    fn scale(&self) -> f64 {
        let [x, y] = [0, 1].map(|axis| self.window.size()[axis] as f64 / self.grid[axis] as f64);
        x.max(y)
    }

    /// The pixels it paints: one byte for each of the window, 1 = paint.
    #[must_use]
    pub fn owned(&self) -> Vec<u8> {
        let [width, height] = self.window.size();
        let mut owned = vec![0; width * height];
        self.mark(&mut owned);
        owned
    }

    /// What the network must not see: what it paints, and what nobody has painted yet. One byte for
    /// each pixel of the window, 1 = hidden.
    ///
    /// `unpainted` begins as the whole hole; [`Crop::finish`] takes out what was painted.
    ///
    /// # Panics
    /// If `unpainted` is smaller than the photo that was planned for.
    #[must_use]
    pub fn hidden(&self, unpainted: &Hole) -> Vec<u8> {
        let mut hidden = unpainted.part(self.window);
        self.mark(&mut hidden);
        hidden
    }

    /// Takes this crop's pixels out of what is unpainted.
    pub fn finish(&self, unpainted: &mut Hole) {
        self.spans.iter().for_each(|span| unpainted.rectangle(span.rect(), Pen::Erase));
    }

    fn mark(&self, of_window: &mut [u8]) {
        let width = self.window.size()[0];
        for Rect { left, top, right, .. } in self.spans.iter().map(|span| span.rect()) {
            let row = &mut of_window[(top - self.window.top) * width..][..width];
            row[left - self.window.left..right - self.window.left].fill(1);
        }
    }

    /// The window as the network sees it. `hidden`: one byte for each pixel of the window.
    ///
    /// # Panics
    /// If `hidden` is not of the window's size, or the photo ends before the window.
    #[must_use]
    pub fn cells(&self, photo: &Photo, hidden: &[u8]) -> Shrunk {
        let hole = self.hole_cells(hidden);
        let mut rgb = resize::shrink_known(photo, self.window, hidden, self.grid);
        for plane in rgb.chunks_exact_mut(hole.len()) {
            plane.iter_mut().zip(&hole).filter(|(_, h)| **h > 0.0).for_each(|(v, _)| *v = 0.0);
        }
        Shrunk { size: self.grid, rgb, hole }
    }

    fn hole_cells(&self, hidden: &[u8]) -> Vec<f32> {
        let ([width, height], [across, down]) = (self.window.size(), self.grid);
        assert_eq!(hidden.len(), width * height, "one byte for each pixel of {:?}", self.window);
        let mut hole = vec![0.0; across * down];
        // The cells that pixels from `first` to `end` overlap, in whole numbers.
        let overlapped = |first: usize, end: usize, cells: usize, px: usize| {
            first * cells / px..(end * cells).div_ceil(px)
        };
        for (y, row) in hidden.chunks_exact(width).enumerate() {
            for [first, end] in runs_of_row(row) {
                for row in overlapped(y, y + 1, down, height) {
                    hole[row * across..][overlapped(first, end, across, width)].fill(1.0);
                }
            }
        }
        hole
    }
}

#[cfg(test)]
mod tests;
