//! Guesses what lies under a mosaic: from a photo, a region and its grid to a photo of the same size.
//!
//! A mosaic says one thing for certain, the mean colour of each cell. Without a network nothing
//! else is added: the colours go over from cell to cell, and into the photo around, as smoothly as
//! the means allow. What always holds: bytes outside the region stay, all alpha stays, and every
//! cell keeps its mean within 1 of 255. Start reading at [`Mosaic::smoothed`].
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "colours are rounded and clamped"
)]

use crate::error::{Error, Result};
use crate::photo::Photo;
use crate::photo::hole::Hole;
use crate::photo::mosaic::project::project;
use crate::photo::mosaic::{Grid, detect};
use crate::photo::poisson::close_gap;

/// A mosaic in a photo: where it lies, and its cells.
#[derive(Clone, Debug)]
pub struct Mosaic {
    hole: Hole,
    grid: Grid,
}

impl Mosaic {
    /// Takes a region and the cells that are known to lie in it.
    ///
    /// # Errors
    /// [`Error::HoleEmpty`] for a region without a pixel.
    pub fn new(hole: Hole, grid: Grid) -> Result<Self> {
        if hole.is_empty() {
            return Err(Error::HoleEmpty);
        }
        Ok(Self { hole, grid })
    }

    /// The surest mosaic in a photo, and the chance that it is one, `0..=1`.
    ///
    /// # Errors
    /// [`Error::MosaicNotFound`] where the photo rather has none.
    pub fn found(photo: &Photo) -> Result<(Self, f32)> {
        let found = detect::find(photo).into_iter().next().ok_or(Error::MosaicNotFound)?;
        let [width, height] = photo.size();
        let mut bytes = vec![0; width as usize * height as usize];
        found.paint(&mut bytes, width as usize);
        let hole = Hole::from_bytes(photo.size(), bytes)?;
        Ok((Self::new(hole, found.grid)?, found.confidence))
    }

    /// The mosaic in a region that somebody pointed at, and the chance that it is one.
    ///
    /// # Errors
    /// [`Error::HoleEmpty`]; [`Error::BadSetting`] for a region of another photo's size;
    /// [`Error::MosaicNotFound`] where the region shows no regular cells.
    pub fn found_within(photo: &Photo, hole: Hole) -> Result<(Self, f32)> {
        hole.check_fits(photo.size())?;
        if hole.is_empty() {
            return Err(Error::HoleEmpty);
        }
        let found = detect::find_within(photo, hole.pixels()).ok_or(Error::MosaicNotFound)?;
        Ok((Self::new(hole, found.0)?, found.1))
    }

    /// Which pixels it covers.
    #[must_use]
    pub fn hole(&self) -> &Hole {
        &self.hole
    }

    /// Its cells.
    #[must_use]
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// The photo with the mosaic's steps made smooth.
    ///
    /// The colours around the region are stretched across it, and bent until every cell has its
    /// mean: [`project()`] adds one smooth field, so nothing else is needed between the cells.
    ///
    /// # Errors
    /// [`Error::BadSetting`] if the mosaic was found in a photo of another size.
    pub fn smoothed(&self, photo: &Photo) -> Result<Photo> {
        self.hole.check_fits(photo.size())?;
        let hole = self.hole.pixels();
        let mut result = photo.clone();
        // Where nothing is around, any one colour will do.
        for (p, _) in hole.iter().enumerate().filter(|(_, hole)| **hole != 0) {
            put(&mut result, p, [127.5; 3]);
        }
        let colour = |p: usize| [0, 1, 2].map(|c| f32::from(photo.rgba()[p * 4 + c]));
        close_gap(hole, self.hole.size(), colour, |colour, p| put(&mut result, p, colour));
        project(&mut result, photo, &self.grid, hole);
        Ok(result)
    }
}

fn put(photo: &mut Photo, p: usize, colour: [f32; 3]) {
    for (byte, value) in photo.rgba_mut()[p * 4..].iter_mut().zip(colour) {
        *byte = value.round().clamp(0.0, 255.0) as u8;
    }
}
