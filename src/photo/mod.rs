//! What happens to pixels outside the network: plain Rust on slices, one idea a file, no Burn.
//!
//! [`Photo`] is the gate: whoever holds one knows that its size is checked and its buffer full.

mod between;
pub mod border;
pub mod chroma;
pub mod color;
pub mod complete;
pub mod crop;
pub mod decode;
pub mod detail;
pub mod encode;
pub mod fast_marching;
pub mod hole;
pub mod matte;
pub mod metadata;
pub mod mosaic;
mod multigrid;
pub mod origins;
pub mod patch_match;
pub mod poisson;
mod profile;
pub mod psnr;
mod rect;
pub mod resize;
mod runs;
pub mod seam;
mod stencils;
pub mod texture;
pub mod tone;

pub(crate) use between::Between;
pub use rect::Rect;

use crate::error::{Error, Result};

/// The shortest side a photo may have, in pixels.
pub const MIN_SIDE_PX: u32 = 16;
/// The largest photo we open: 26 megapixels, for what cameras and phones call 24 is up to 24.5.
pub const MAX_PHOTO_PIXELS: u64 = 26_000_000;
/// The largest result we compose.
pub const MAX_RESULT_PIXELS: u64 = 48_000_000;

/// A picture: RGBA8, sRGB, straight alpha, rows from top to bottom, upright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Photo {
    /// Takes `width * height * 4` bytes as a photo.
    ///
    /// # Errors
    /// [`Error::TooSmall`], [`Error::TooLarge`], or [`Error::BadSetting`] when the buffer's length
    /// is not that of the size.
    pub fn from_rgba8([width, height]: [u32; 2], rgba: Vec<u8>) -> Result<Self> {
        check_size([width, height], MAX_RESULT_PIXELS)?;
        let expected = width as usize * height as usize * 4;
        if rgba.len() != expected {
            return Err(Error::BadSetting {
                name: "pixel buffer",
                expected: format!("{expected} bytes for {width}×{height}"),
                found: rgba.len().to_string(),
            });
        }
        Ok(Self { width, height, rgba })
    }

    /// `[width, height]` in pixels.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    /// The same as `usize`.
    #[must_use]
    pub fn sides(&self) -> [usize; 2] {
        self.size().map(|side| side as usize)
    }

    /// A rectangle of it, four bytes a pixel.
    ///
    /// # Panics
    /// If it is not inside.
    #[must_use]
    pub fn part(&self, rect: Rect) -> Vec<u8> {
        rect.cut(self.rgba.as_chunks::<4>().0, self.sides()[0]).into_flattened()
    }

    /// Rows of RGBA8, `width * height * 4` bytes.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The same bytes, to change in place.
    pub fn rgba_mut(&mut self) -> &mut [u8] {
        &mut self.rgba
    }

    /// Gives the buffer away.
    #[must_use]
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// The four bytes at column `x`, row `y`.
    ///
    /// # Panics
    /// If `x` or `y` lies outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        assert!(x < self.width && y < self.height, "({x}, {y}) outside {:?}", self.size());
        let at = (y as usize * self.width as usize + x as usize) * 4;
        [self.rgba[at], self.rgba[at + 1], self.rgba[at + 2], self.rgba[at + 3]]
    }
}

/// Sides of a picture as a photo has them.
pub(crate) fn size_from_sides(sides: [usize; 2]) -> [u32; 2] {
    sides.map(|side| u32::try_from(side).expect("a side in pixels"))
}

/// Refuses a number beyond its range, and what is no number.
pub(crate) fn check_within(name: &'static str, value: f32, [least, most]: [f32; 2]) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let expected = format!("within {least}..={most}");
    Err(Error::BadSetting { name, expected, found: value.to_string() })
}

/// Refuses sizes before anything is allocated for them.
pub(crate) fn check_size([width, height]: [u32; 2], max_pixels: u64) -> Result<()> {
    if width.min(height) < MIN_SIDE_PX {
        return Err(Error::TooSmall { least: MIN_SIDE_PX, width, height });
    }
    if u64::from(width) * u64::from(height) > max_pixels {
        let limit_megapixels = u32::try_from(max_pixels / 1_000_000).unwrap_or(u32::MAX);
        return Err(Error::TooLarge { limit_megapixels, width, height });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cameras_call_24_megapixels_is_not_too_large() {
        for size in [[5712, 4284], [6016, 4016], [6048, 4024], [4024, 6048]] {
            assert!(check_size(size, MAX_PHOTO_PIXELS).is_ok(), "{size:?}");
        }
        assert!(check_size([6144, 4240], MAX_PHOTO_PIXELS).is_err(), "control: 26.05");
    }
}
