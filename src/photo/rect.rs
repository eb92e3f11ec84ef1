//! Rectangles of whole pixels: cut out of pictures, and put back.

use std::ops::Range;

/// A rectangle of whole pixels, from `left` and `top` up to, not including, `right` and `bottom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Rect {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Rect {
    /// All of a picture of this size.
    #[must_use]
    pub fn whole([right, bottom]: [usize; 2]) -> Self {
        Self { left: 0, top: 0, right, bottom }
    }

    /// The smallest rectangle around all values of a plane that are not 0; `None` if there are
    /// none.
    #[must_use]
    pub fn around(plane: &[u8], width: usize) -> Option<Self> {
        let mut around: Option<Self> = None;
        for (top, row) in plane.chunks_exact(width.max(1)).enumerate() {
            let Some(left) = row.iter().position(|&value| value != 0) else { continue };
            let right = row.iter().rposition(|&value| value != 0).map_or(left, |last| last + 1);
            let here = Self { left, top, right, bottom: top + 1 };
            around = Some(around.map_or(here, |around| around.joined(here)));
        }
        around
    }

    /// `[width, height]`.
    #[must_use]
    pub fn size(self) -> [usize; 2] {
        [self.right - self.left, self.bottom - self.top]
    }

    /// Whether a pixel lies in it.
    #[must_use]
    pub(crate) fn contains(self, [x, y]: [usize; 2]) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Grows by `px` on every side, as far as a picture of `size` goes.
    #[must_use]
    pub fn widened(self, px: usize, [width, height]: [usize; 2]) -> Self {
        Self {
            left: self.left.saturating_sub(px),
            top: self.top.saturating_sub(px),
            right: self.right.saturating_add(px).min(width),
            bottom: self.bottom.saturating_add(px).min(height),
        }
    }

    /// The same rectangle, this far to the right and down.
    #[must_use]
    pub(crate) fn moved(self, [x, y]: [usize; 2]) -> Self {
        let Self { left, top, right, bottom } = self;
        Self { left: left + x, top: top + y, right: right + x, bottom: bottom + y }
    }

    /// Where its rows lie in a picture of this width.
    pub(crate) fn rows(self, width: usize) -> impl Iterator<Item = Range<usize>> + Clone {
        (self.top..self.bottom).map(move |y| y * width + self.left..y * width + self.right)
    }

    /// Cuts its pixels out of a picture of this width.
    pub(crate) fn cut<T: Copy>(self, pixels: &[T], width: usize) -> Vec<T> {
        self.rows(width).flat_map(|row| &pixels[row]).copied().collect()
    }

    /// Puts pixels of this size into those of a picture of this width.
    pub(crate) fn put<T: Copy>(self, part: &[T], pixels: &mut [T], width: usize) {
        for (row, part) in self.rows(width).zip(part.chunks_exact(self.size()[0].max(1))) {
            pixels[row].copy_from_slice(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_out_goes_back_where_it_was() {
        let picture: Vec<u8> = (0..7 * 5).collect();
        let rect = Rect { left: 2, top: 1, right: 5, bottom: 3 };
        assert_eq!(rect.cut(&picture, 7), [9, 10, 11, 16, 17, 18]);
        let mut other = vec![0; 35];
        rect.put(&rect.cut(&picture, 7), &mut other, 7);
        assert_eq!(Rect::around(&other, 7), Some(rect));
        assert!(other.iter().zip(&picture).all(|(got, was)| got == was || *got == 0));
        assert_eq!(Rect::around(&[0; 35], 7), None);
    }
}
