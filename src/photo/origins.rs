//! Tells where painted pixels come from. A photo is completed with pieces of itself, so every
//! painted place was taken from a known one.
//!
//! Start reading at [`Origins::of`].
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "places inside a photo, whose sides fit; signs are checked"
)]

use super::Rect;
use super::patch_match::Matches;
use super::texture::Level;

/// Cells of a network need not be whole pixels; they are drawn in pieces of a quarter.
const PIECES_PER_CELL: usize = 4;

/// The pieces that one run of [`super::complete::complete`] borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// `[width, height]` in cells.
    size: [usize; 2],
    cell_px: usize,
    /// How many pixels away each cell's pixels were taken; none for known cells.
    shifts: Vec<Option<[i32; 2]>>,
}

impl Pieces {
    /// Of a level in cells of `cell_px` pixels.
    pub(super) fn new(level: &Level, matches: &Matches, cell_px: usize) -> Self {
        let [w, _] = level.size;
        let shift = |at: usize| {
            let [x, y] = matches.from[at];
            let px = cell_px as i32;
            level.painted[at].then(|| [(x - (at % w) as i32) * px, (y - (at / w) as i32) * px])
        };
        Self { size: level.size, cell_px, shifts: (0..level.painted.len()).map(shift).collect() }
    }

    /// Of a window in which a network painted cells of its own, coarse `grid`: `most` says which cell
    /// each of them looked at most.
    #[must_use]
    pub fn looked(
        window: [usize; 2],
        grid: [usize; 2],
        most: impl Fn([usize; 2]) -> Option<[usize; 2]>,
    ) -> Self {
        let px = |axis: usize| window[axis] as f32 / grid[axis] as f32;
        let cell_px = (px(0).min(px(1)) as usize / PIECES_PER_CELL).max(1);
        let size = window.map(|side| side.div_ceil(cell_px));
        let shift =
            |at: usize| {
                let middle = [at % size[0], at / size[0]].map(|cell| cell * cell_px + cell_px / 2);
                let cell = [0, 1]
                    .map(|axis| middle[axis].min(window[axis] - 1) * grid[axis] / window[axis]);
                let from = most(cell)?;
                Some([0, 1].map(|axis| {
                    ((from[axis] as f32 - cell[axis] as f32) * px(axis)).round() as i32
                }))
            };
        Self { size, cell_px, shifts: (0..size[0] * size[1]).map(shift).collect() }
    }

    /// Keeps the pieces whose middle pixel `counts`.
    #[must_use]
    pub fn only(mut self, counts: impl Fn([usize; 2]) -> bool) -> Self {
        for (at, shift) in self.shifts.iter_mut().enumerate() {
            let cell = [at % self.size[0], at / self.size[0]];
            if !counts(cell.map(|cell| cell * self.cell_px + self.cell_px / 2)) {
                *shift = None;
            }
        }
        self
    }

    fn shift(&self, [x, y]: [i32; 2]) -> Option<[i32; 2]> {
        let [x, y] = [usize::try_from(x).ok()?, usize::try_from(y).ok()?];
        let cell = [x / self.cell_px, y / self.cell_px];
        let is_inside = cell[0] < self.size[0] && cell[1] < self.size[1];
        is_inside.then(|| self.shifts[cell[1] * self.size[0] + cell[0]])?
    }
}

/// Pieces, and where their first pixel lies in the photo.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    at: [i32; 2],
    pieces: Pieces,
}

impl Placed {
    fn shift(&self, [x, y]: [i32; 2]) -> Option<[i32; 2]> {
        self.pieces.shift([x - self.at[0], y - self.at[1]])
    }
}

/// All that was borrowed for a photo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// In the order of painting.
    runs: Vec<Placed>,
    /// Parts of the photo over which was painted, and that were put back.
    kept: Vec<Rect>,
}

/// [`Origins`] over a grid of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginMap {
    /// Columns and rows.
    pub size: [u32; 2],
    /// For each cell's middle pixel x and y in turn, −1 where there is none.
    pub from: Vec<i32>,
}

impl Origins {
    /// Moves all places, since the photo has grown by this many pixels on the left and at the top.
    pub fn grow(&mut self, left: u32, top: u32) {
        for Placed { at, .. } in &mut self.runs {
            *at = [at[0] + left as i32, at[1] + top as i32];
        }
    }

    /// Returns whether nothing was borrowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Adds pieces that were painted after all others, in a part of the photo that begins at
    /// `place`.
    pub fn add(&mut self, place: [usize; 2], pieces: Pieces) {
        self.runs.push(Placed { at: place.map(|at| at as i32), pieces });
    }

    /// Counts a part of the photo as not painted, whatever was painted there: it was put back.
    pub fn keep(&mut self, part: Rect) {
        self.kept.push(part);
    }

    /// Returns the pixel of the original photo from which a painted pixel was taken; `None` for a
    /// pixel that was not painted, or not with a piece.
    ///
    /// A run may borrow from what an earlier one painted; then the origin of that counts.
    #[must_use]
    pub fn of(&self, pixel: [u32; 2]) -> Option<[u32; 2]> {
        if self.kept.iter().any(|part| part.contains(pixel.map(|side| side as usize))) {
            return None;
        }
        let mut at = pixel.map(|side| side as i32);
        let mut earlier = &self.runs[..];
        let mut is_borrowed = false;
        while let Some((run, [dx, dy])) =
            earlier.iter().enumerate().find_map(|(run, of)| Some((run, of.shift(at)?)))
        {
            at = [at[0] + dx, at[1] + dy];
            earlier = &earlier[..run];
            is_borrowed = true;
        }
        is_borrowed.then_some(at.map(|side| side.max(0) as u32))
    }

    /// The same for a grid over a photo of `size` pixels, of at most `longest` cells a side.
    #[must_use]
    pub fn map(&self, size: [u32; 2], longest: u32) -> OriginMap {
        let long = size[0].max(size[1]).max(1);
        let cells = size.map(|side| (side * longest.min(long)).div_ceil(long).max(1));
        let middle = |axis: usize, cell: u32| {
            let doubled = u64::from(2 * cell + 1) * u64::from(size[axis]);
            (doubled / u64::from(2 * cells[axis])) as u32
        };
        let from = (0..cells[1]).flat_map(|y| (0..cells[0]).map(move |x| [x, y]));
        let from = from.flat_map(|[x, y]| {
            let found = self.of([middle(0, x), middle(1, y)]);
            found.map_or([-1; 2], |place| place.map(|side| side as i32))
        });
        OriginMap { size: cells, from: from.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells of 4 pixels in a row; `shifts` in cells.
    fn pieces(shifts: &[Option<i32>]) -> Pieces {
        let shifts = shifts.iter().map(|shift| shift.map(|cells| [4 * cells, 0])).collect();
        Pieces { size: [6, 1], cell_px: 4, shifts }
    }

    #[test]
    fn a_painted_pixel_leads_to_the_one_it_was_taken_from() {
        let mut origins = Origins::default();
        assert!(origins.is_empty());
        origins.add([0, 0], pieces(&[None, None, None, None, Some(-3), Some(-4)]));
        assert!(!origins.is_empty());
        assert_eq!(origins.of([17, 2]), Some([5, 2]));
        assert_eq!(origins.of([22, 1]), Some([6, 1]));
        assert_eq!(origins.of([5, 2]), None, "known");
        assert_eq!(origins.of([24, 0]), None, "beside the picture");
    }

    #[test]
    fn what_was_borrowed_from_a_painting_is_followed_to_the_photo() {
        let mut origins = Origins::default();
        origins.add([0, 0], pieces(&[None, None, None, Some(-2), Some(-3), Some(-4)]));
        // Then it grows by two cells at the left, which borrow from the first run's cells.
        origins.grow(8, 0);
        origins.add([0, 0], pieces(&[Some(5), Some(1), None, None, None, None]));
        assert_eq!(origins.of([0, 0]), Some([12, 0]), "by way of 20, which came from 12");
        assert_eq!(origins.of([7, 3]), Some([11, 3]), "from the photo itself");
        assert_eq!(origins.of([21, 0]), Some([13, 0]), "the first run has moved with the photo");
    }

    #[test]
    fn what_a_network_looked_at_is_scaled_from_its_cells_to_pixels() {
        // Cells of 20 by 25 pixels: the third of the first row looked at the first of the second.
        let most = |cell| (cell == [2, 0]).then_some([0, 1]);
        let mut origins = Origins::default();
        origins.add([7, 3], Pieces::looked([100, 50], [5, 2], most));
        assert_eq!(origins.of([7 + 50, 3 + 10]), Some([7 + 10, 3 + 35]));
        assert_eq!(origins.of([7 + 41, 3 + 1]), Some([7 + 1, 3 + 26]));
        assert_eq!(origins.of([7 + 30, 3 + 10]), None, "the second is known");
        assert_eq!(origins.of([7 + 50, 3 + 30]), None, "so is the one below");
    }

    #[test]
    fn pieces_that_do_not_count_are_left_out() {
        let first = pieces(&[Some(2), Some(3), None, None, None, None]).only(|[x, _]| x > 4);
        let mut origins = Origins::default();
        origins.add([100, 50], first);
        assert_eq!([origins.of([101, 51]), origins.of([105, 51])], [None, Some([117, 51])]);
    }

    #[test]
    fn a_map_has_a_cell_for_each_place_and_says_where_nothing_was_borrowed() {
        let mut origins = Origins::default();
        origins.add([0, 0], pieces(&[None, None, None, None, Some(-3), Some(-4)]));
        let OriginMap { size, from } = origins.map([24, 4], 6);
        assert_eq!(size, [6, 1]);
        assert_eq!(from, [-1, -1, -1, -1, -1, -1, -1, -1, 6, 2, 6, 2]);
        assert_eq!(origins.map([24, 4], 1000).size, [24, 4], "no finer than pixels");
        let none = OriginMap { size: [2, 1], from: vec![-1; 4] };
        assert_eq!(Origins::default().map([3, 1], 2), none);
    }
}
