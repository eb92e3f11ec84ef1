//! Which pixels of a photo are to be painted, in the photo's own pixels.
//!
//! A [`Hole`] is one byte a pixel, 1 = paint, 0 = known: the planes that the solvers take, ready
//! without a copy. That is 24 MB for 24 megapixels beside the photo's 96; one bit a pixel would
//! save 21 MB and cost every solver a plane of its own.
//!
//! Always holds: the size was checked as a photo's is, every byte is 0 or 1, and everything here
//! takes time in proportion to the pixels, whatever the radius and however many the parts.
//! Deliberately absent: soft holes. A pixel is painted or it is not; softness is
//! [`Hole::feather`], and lies inside. Start at [`Hole`], then `draw`, `distance`, `runs`.

mod distance;
mod draw;
mod runs;

pub use distance::MAX_RADIUS_PX;
pub use draw::{Dab, Pen};
pub(super) use runs::runs_of_row;
pub use runs::{Part, Parts, Run};

use super::{MAX_RESULT_PIXELS, Photo, Rect, check_size};
use crate::error::{Error, Result};

/// A picture of a hole is a drawing on nothing if one opaque pixel in so many, or more, is clear.
const MIN_CLEAR: usize = 100;

/// Which pixels of a photo are to be painted: one byte a pixel, 1 = paint, 0 = known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    size: [usize; 2],
    pixels: Vec<u8>,
}

impl Hole {
    /// A hole in which nothing is to be painted, for a photo of this size.
    ///
    /// # Errors
    /// [`Error::TooSmall`], [`Error::TooLarge`].
    pub fn empty(size: [u32; 2]) -> Result<Self> {
        check_size(size, MAX_RESULT_PIXELS)?;
        let size = size.map(|side| side as usize);
        Ok(Self { size, pixels: vec![0; size[0] * size[1]] })
    }

    /// Takes `width * height` bytes: 0 is known, anything else is to be painted.
    ///
    /// # Errors
    /// As [`Hole::empty`], and [`Error::BadSetting`] when the length is not that of the size.
    pub fn from_bytes(size: [u32; 2], mut bytes: Vec<u8>) -> Result<Self> {
        check_size(size, MAX_RESULT_PIXELS)?;
        let size = size.map(|side| side as usize);
        if bytes.len() != size[0] * size[1] {
            return Err(Error::BadSetting {
                name: "hole",
                expected: format!("{} bytes for {}×{}", size[0] * size[1], size[0], size[1]),
                found: bytes.len().to_string(),
            });
        }
        bytes.iter_mut().for_each(|byte| *byte = u8::from(*byte != 0));
        Ok(Self { size, pixels: bytes })
    }

    /// Reads a picture of a hole: white or opaque = paint.
    ///
    /// A pixel is opaque if its alpha is more than half of the largest in the picture. Where many
    /// are not, the picture is a drawing on nothing: opaque is painted, whatever the colour. Else it
    /// is black and white, and what is nearer to white is painted; of two shades, however dark, as
    /// programs that number their classes write them, the lighter one. A picture without any opaque
    /// pixel paints nothing.
    ///
    /// Half of the largest, not of 255, so that strokes drawn half-transparent count.
    #[must_use]
    pub fn from_photo(photo: &Photo) -> Self {
        let pixels = || photo.rgba().chunks_exact(4);
        let largest = pixels().map(|p| p[3]).max().unwrap_or(0);
        let is_opaque = |p: &&[u8]| u16::from(p[3]) * 2 > u16::from(largest);
        let least = least_white(pixels().filter(is_opaque).map(luma));
        let is_white = |p: &&[u8]| p[3] > 0 && luma(p) >= least;
        let [opaque, white] = [
            pixels().filter(is_opaque).count(),
            pixels().filter(is_opaque).filter(is_white).count(),
        ];
        let clear = pixels().count() - opaque;
        // A few clear pixels in a picture that has more of black and of white: a slip.
        let is_slip = clear * MIN_CLEAR <= opaque && clear < white.min(opaque - white);
        let paints = |p| if clear == 0 || is_slip { is_white(&p) } else { is_opaque(&p) };
        let pixels = pixels().map(|p| u8::from(paints(p))).collect();
        Self { size: photo.sides(), pixels }
    }

    /// `[width, height]` in pixels.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// One byte a pixel, rows from top to bottom: 1 = paint, 0 = known.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Refuses a hole that was made for a photo of another size.
    ///
    /// # Errors
    /// [`Error::BadSetting`].
    pub fn check_fits(&self, photo: [u32; 2]) -> Result<()> {
        let [width, height] = photo;
        if self.size == photo.map(|side| side as usize) {
            return Ok(());
        }
        Err(Error::BadSetting {
            name: "hole",
            expected: format!("{width}×{height} pixels as the photo"),
            found: format!("{}×{}", self.size[0], self.size[1]),
        })
    }

    /// How many pixels are to be painted.
    #[must_use]
    pub fn count(&self) -> usize {
        // Sums of a byte each in short pieces: several times as fast as counting one by one.
        let piece = |bytes: &[u8]| usize::from(bytes.iter().sum::<u8>());
        self.pixels.chunks(255).map(piece).sum()
    }

    /// Whether nothing is to be painted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.pixels.contains(&1)
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_full(&self) -> bool {
        !self.pixels.contains(&0)
    }

    /// Adds what another hole paints.
    ///
    /// # Panics
    /// If it was made for another size.
    pub fn add(&mut self, other: &Self) {
        assert_eq!(self.size, other.size, "holes of one photo");
        self.pixels.iter_mut().zip(&other.pixels).for_each(|(pixel, other)| *pixel |= other);
    }

    /// The smallest rectangle around everything that is to be painted; `None` if there is nothing.
    #[must_use]
    pub fn bounds(&self) -> Option<Rect> {
        Rect::around(&self.pixels, self.size[0])
    }

    /// A rectangle of it, one byte a pixel.
    #[must_use]
    pub fn part(&self, rect: Rect) -> Vec<u8> {
        rect.cut(&self.pixels, self.size[0])
    }

    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.size[0].max(1))
    }
}

/// Rec. 601 luma, the usual measure of how light a colour is; in thousandths.
fn luma(pixel: &[u8]) -> u32 {
    let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    299 * r + 587 * g + 114 * b
}

/// The least luma that counts as white: half of the scale, or the lighter one where there are two.
fn least_white(lumas: impl Iterator<Item = u32> + Clone) -> u32 {
    let [darkest, lightest] = [lumas.clone().min(), lumas.clone().max()].map(|l| l.unwrap_or(0));
    let are_two = darkest < lightest && lumas.clone().all(|l| l == darkest || l == lightest);
    if are_two { lightest } else { 128_000 }
}

#[cfg(test)]
pub(super) mod tests;
