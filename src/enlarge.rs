//! Doubles the sides of a photo: from a photo to one of four times its pixels.
//!
//! What lies between a photo's pixels was not recorded. The plain answer is the smoothest one, as
//! every program gives it; a [`Generator`] adds what is likely: edges as sharp as photos have them,
//! and no blocks of JPEG. It is painted tile by tile, each a step, and every tile is shown so much
//! around it that no seam can arise. What always holds: both sides exactly double, alpha is enlarged
//! smoothly, and a plain colour stays that colour, with the weights that ship within 6 of 255. Start
//! reading at [`Enlarging::step`].

use crate::error::Result;
use crate::generator::{Generator, UPRIGHT};
use crate::photo::{MAX_RESULT_PIXELS, Photo, Rect, check_size, resize, size_from_sides};
use crate::pixels::{Canvas, byte_from_unit, rgb_planes};
use crate::tiles::{Tile, tiles};

/// How many times as long the sides become.
pub const TIMES: usize = 2;
/// Side of a tile, in pixels of the photo.
const TILE: usize = 224;
/// What is shown around a tile: as far as the kernels of the network that ships reach, eleven of
/// three cells of two pixels.
const MARGIN: usize = 22;

/// An enlargement in progress: call [`Enlarging::step`] as often as [`Enlarging::steps`] says.
#[derive(Debug)]
pub struct Enlarging {
    photo: Photo,
    enlarged: Vec<u8>,
    tiles: Vec<Rect>,
    done: usize,
}

impl Enlarging {
    /// Plans an enlargement; nothing is painted yet.
    ///
    /// # Errors
    /// [`Error::TooLarge`](crate::error::Error::TooLarge) if the result would be.
    pub fn new(photo: Photo) -> Result<Self> {
        let sides = photo.sides().map(|side| side * TIMES);
        check_size(size_from_sides(sides), MAX_RESULT_PIXELS)?;
        let tiles = tiles(photo.sides(), TILE);
        let enlarged = vec![0; photo.rgba().len() * TIMES * TIMES];
        Ok(Self { photo, enlarged, tiles, done: 0 })
    }

    /// How many steps it takes: one per tile.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.tiles.len()
    }

    /// Enlarges one more tile; does nothing when all are done.
    ///
    /// `generator`: weights for [`crate::task::Task::Enlarge`]; without, the answer is the plain one.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device); the step can be tried again then.
    pub async fn step(&mut self, generator: Option<&Generator>) -> Result<()> {
        let Some(&inner) = self.tiles.get(self.done) else { return Ok(()) };
        let unit = generator.map_or(1, |generator| generator.card.config.grid_px());
        let sides = self.photo.sides();
        let tile = Tile::around(inner, sides, MARGIN, unit.div_ceil(TIMES));
        let mut large = enlarge_rgba(&tile.seen(&self.photo), tile.size);
        if let Some(generator) = generator {
            let size = tile.size.map(|side| side * TIMES);
            let plain = Canvas::new(size, rgb_planes(&large), vec![1.0; size[0] * size[1]]);
            let painted = generator.paint_mirrored(&plain, &UPRIGHT).await?;
            sharpen(&mut large, &painted);
        }
        let whole = self.enlarged.as_chunks_mut::<4>().0;
        tile.put(large.as_chunks::<4>().0, TIMES, whole, sides[0]);
        self.done += 1;
        Ok(())
    }

    /// The enlarged photo, when all steps are done; what is not done yet is transparent.
    ///
    /// # Panics
    /// Never: the size was checked when it was planned.
    #[must_use]
    pub fn finish(self) -> Photo {
        let size = size_from_sides(self.photo.sides().map(|side| side * TIMES));
        Photo::from_rgba8(size, self.enlarged).expect("checked when it was planned")
    }
}

/// Takes over the painted colours where something can be seen; transparent places keep theirs.
fn sharpen(large: &mut [u8], painted: &[f32]) {
    let pixels = large.len() / 4;
    for (i, pixel) in large.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let alpha = f32::from(pixel[3]) / 255.0;
        for (c, byte) in pixel[..3].iter_mut().enumerate() {
            let plain = f32::from(*byte) / 255.0;
            *byte = byte_from_unit(plain + alpha * (painted[c * pixels + i] - plain));
        }
    }
}

/// Doubles the sides of rows of RGBA8 without a network: what a generator is shown, and what it adds
/// to.
///
/// # Panics
/// If there are not so many pixels.
#[must_use]
pub fn enlarge_rgba(rgba: &[u8], size: [usize; 2]) -> Vec<u8> {
    let whole = size.map(|side| [0.0, side as f64]);
    resize::shrink_rgba(rgba, size_from_sides(size), whole, size.map(|side| side * TIMES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo([w, h]: [u32; 2]) -> Photo {
        let byte = |value: u32| u8::try_from(value % 256).unwrap();
        let pixel = |i: u32| [byte(i * 7 % 251), byte(i / w * 3), byte(i % w), 255];
        Photo::from_rgba8([w, h], (0..w * h).flat_map(pixel).collect()).unwrap()
    }

    fn plainly(photo: Photo) -> Photo {
        let mut enlarging = Enlarging::new(photo).unwrap();
        for _ in 0..enlarging.steps() {
            pollster::block_on(enlarging.step(None)).unwrap();
        }
        enlarging.finish()
    }

    #[test]
    fn tiles_show_no_seam() {
        let photo = photo([u32::try_from(TILE).unwrap() + 31, 40]);
        let whole = enlarge_rgba(photo.rgba(), photo.sides());
        let tiled = plainly(photo.clone());
        assert_eq!(tiled.size(), [photo.size()[0] * 2, 80]);
        assert_eq!(tiled.rgba(), whole);
    }

    #[test]
    fn err_a_result_beyond_the_limit_is_refused_before_anything_is_allocated() {
        let photo = Photo::from_rgba8([7000, 1800], vec![0; 7000 * 1800 * 4]).unwrap();
        assert_eq!(Enlarging::new(photo).unwrap_err().code(), "too-large");
    }
}
