//! Cuts a photo into tiles, for networks whose answer at a place depends on what is near it alone.
//!
//! Each tile is shown with so much around it that no seam can arise, and begins on lines of one grid,
//! so that what is answered does not depend on where the others begin. What is computed at once stays
//! small, and so does the wait for whoever cancels.

use crate::photo::{Photo, Rect};

/// A tile of a photo and what is shown around it. Where the photo ends its border goes on, if the
/// network's grid needs a few pixels more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tile {
    /// What it is for; the tiles of a photo cover it without overlap.
    pub inner: Rect,
    /// The first column and the first row that are shown.
    pub first: [usize; 2],
    /// The columns and rows that are shown.
    pub size: [usize; 2],
}

/// The tiles of a photo of `sides`, each of at most `side` pixels.
pub(crate) fn tiles([width, height]: [usize; 2], side: usize) -> Vec<Rect> {
    let tile = move |left: usize, top: usize| Rect {
        left,
        top,
        right: (left + side).min(width),
        bottom: (top + side).min(height),
    };
    let rows = (0..height).step_by(side);
    rows.flat_map(|top| (0..width).step_by(side).map(move |left| tile(left, top))).collect()
}

impl Tile {
    /// `margin`: what is shown around, at least; `unit`: the number of pixels that both sides of what
    /// is shown must be multiples of.
    pub(crate) fn around(inner: Rect, sides: [usize; 2], margin: usize, unit: usize) -> Self {
        let first = [inner.left, inner.top].map(|at| at.saturating_sub(margin) / unit * unit);
        let end = [0, 1].map(|axis| ([inner.right, inner.bottom][axis] + margin).min(sides[axis]));
        let size = [0, 1].map(|axis| (end[axis] - first[axis]).next_multiple_of(unit));
        Self { inner, first, size }
    }

    /// What is shown of the photo: rows of RGBA8.
    pub(crate) fn seen(&self, photo: &Photo) -> Vec<u8> {
        let sides = photo.sides();
        let pixels = photo.rgba().as_chunks::<4>().0;
        let [columns, rows] = self.size;
        let row = |y: usize| (self.first[1] + y).min(sides[1] - 1) * sides[0];
        let column = |x: usize| (self.first[0] + x).min(sides[0] - 1);
        (0..rows).flat_map(|y| (0..columns).flat_map(move |x| pixels[row(y) + column(x)])).collect()
    }

    /// Copies the inner part of rows of `N` values a pixel, `times` as many as are shown along each
    /// side, to its place in those of the whole photo.
    pub(crate) fn put<T: Copy, const N: usize>(
        &self,
        shown: &[[T; N]],
        times: usize,
        whole: &mut [[T; N]],
        width: usize,
    ) {
        let [left, top] =
            [self.inner.left - self.first[0], self.inner.top - self.first[1]].map(|at| at * times);
        let length = (self.inner.right - self.inner.left) * times;
        for y in 0..(self.inner.bottom - self.inner.top) * times {
            let from = (top + y) * self.size[0] * times + left;
            let to = (self.inner.top * times + y) * width * times + self.inner.left * times;
            whole[to..to + length].copy_from_slice(&shown[from..from + length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_all_and_begin_on_lines_of_one_grid() {
        let sides = [101, 45];
        for (margin, unit) in [(0, 1), (22, 2), (9, 8)] {
            let mut covered = vec![[0_u8; 1]; sides[0] * sides[1]];
            for inner in tiles(sides, 32) {
                let tile = Tile::around(inner, sides, margin, unit);
                assert!(tile.first.iter().chain(&tile.size).all(|at| at.is_multiple_of(unit)));
                assert!(inner.left == 0 || tile.first[0] + margin <= inner.left, "{tile:?}");
                assert!(
                    tile.first[0] + tile.size[0] >= (inner.right + margin).min(101),
                    "{tile:?}"
                );
                tile.put(&vec![[1]; tile.size[0] * tile.size[1]], 1, &mut covered, sides[0]);
            }
            assert!(covered.iter().all(|&[value]| value == 1));
        }
    }

    #[test]
    fn what_is_shown_lies_where_it_does_in_the_photo_and_its_border_goes_on() {
        let sides = [37_u32, 21];
        let rgba = (0..21).flat_map(|y| (0..37).flat_map(move |x| [x, y, 0, 255])).collect();
        let photo = Photo::from_rgba8(sides, rgba).unwrap();
        let tile = Tile::around(Rect { left: 32, top: 0, right: 37, bottom: 21 }, [37, 21], 6, 8);
        assert_eq!((tile.first, tile.size), ([24, 0], [16, 24]));
        let seen = tile.seen(&photo);
        let pixel = |x: usize, y: usize| [seen[(y * 16 + x) * 4], seen[(y * 16 + x) * 4 + 1]];
        assert_eq!([pixel(0, 0), pixel(12, 20)], [[24, 0], [36, 20]]);
        assert_eq!(pixel(15, 23), [36, 20], "beyond the corner");
        let mut whole = vec![[0_u8; 4]; 37 * 21 * 4];
        let twice: Vec<[u8; 4]> = vec![[7; 4]; 32 * 48];
        tile.put(&twice, 2, &mut whole, 37);
        assert_eq!(whole.iter().filter(|pixel| **pixel == [7; 4]).count(), 10 * 42);
    }
}
