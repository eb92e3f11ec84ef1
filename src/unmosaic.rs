//! Guesses what lies under a mosaic: from a photo, a region and its grid to a photo of the same size.
//!
//! A mosaic says one thing for certain, the mean colour of each cell. Without a network nothing
//! else is added: the colours go over from cell to cell, and into the photo around, as smoothly as
//! the means allow. What always holds: bytes outside the region stay, all alpha stays, and every
//! cell keeps its mean within 1 of 255. Start reading at [`Mosaic::smoothed`].
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cells of a checked photo; colours are rounded and clamped"
)]

use crate::error::{Error, Result};
use crate::photo::Photo;
use crate::photo::hole::{Hole, Rect};
use crate::photo::mosaic::project::{cell_means, project};
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
    /// # Errors
    /// [`Error::BadSetting`] if the mosaic was found in a photo of another size.
    pub fn smoothed(&self, photo: &Photo) -> Result<Photo> {
        self.hole.check_fits(photo.size())?;
        let size = self.hole.size();
        let hole = self.hole.pixels();
        let cells = Cells::of(photo, self);
        let place = |p: usize| [p % size[0], p / size[0]];
        let mut result = photo.clone();
        let painted = |p: usize| hole[p] != 0;
        for p in (0..hole.len()).filter(|p| painted(*p)) {
            put(&mut result, p, cells.colour(place(p)));
        }
        // Into the photo around: what it misses there fades out across the region.
        let gap = |p: usize| {
            let between = cells.colour(place(p));
            [0, 1, 2].map(|c| f32::from(photo.rgba()[p * 4 + c]) - between[c])
        };
        close_gap(hole, size, gap, |correction, p| {
            let between = cells.colour(place(p));
            put(&mut result, p, [0, 1, 2].map(|c| between[c] + correction[c]));
        });
        project(&mut result, photo, &self.grid, hole);
        Ok(result)
    }
}

fn put(photo: &mut Photo, p: usize, colour: [f32; 3]) {
    for (byte, value) in photo.rgba_mut()[p * 4..].iter_mut().zip(colour) {
        *byte = value.round().clamp(0.0, 255.0) as u8;
    }
}

/// The mean colours of a mosaic's cells, and what lies between them.
struct Cells {
    grid: Grid,
    /// The first column and row of cells.
    first: [i32; 2],
    /// How many columns.
    across: i32,
    means: Vec<Option<[f32; 3]>>,
}

impl Cells {
    fn of(photo: &Photo, Mosaic { hole, grid }: &Mosaic) -> Self {
        let bounds = hole.bounds();
        let Rect { left, top, right, bottom } =
            bounds.unwrap_or(Rect { left: 0, top: 0, right: 0, bottom: 0 });
        let [columns, rows] = grid.cells_over([left, top, right, bottom]);
        let means = cell_means(photo, grid, hole.pixels());
        Self { grid: *grid, first: [columns[0], rows[0]], across: columns[1] - columns[0], means }
    }

    /// Between the centres of the four nearest cells, their colours by nearness.
    fn colour(&self, pixel: [usize; 2]) -> [f32; 3] {
        let place = [0, 1].map(|axis| {
            let across = pixel[axis] as f32 + 0.5 - self.grid.phase[axis];
            across / self.grid.cell[axis] - 0.5 - self.first[axis] as f32
        });
        let [x, y] = place.map(f32::floor);
        let [fx, fy] = [place[0] - x, place[1] - y];
        let (mut sum, mut total) = ([0.0; 3], 0.0);
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let share =
                (if dx == 0 { 1.0 - fx } else { fx }) * (if dy == 0 { 1.0 - fy } else { fy });
            // A hair for all, so that beside the last cell there is still a colour.
            let weight = share + 1e-6;
            if let Some(mean) = self.mean([x as i32 + dx, y as i32 + dy]) {
                for (sum, mean) in sum.iter_mut().zip(mean) {
                    *sum += mean * weight;
                }
                total += weight;
            }
        }
        if total > 0.0 { sum.map(|sum| sum / total) } else { self.nearest([x as i32, y as i32]) }
    }

    fn mean(&self, [column, row]: [i32; 2]) -> Option<[f32; 3]> {
        if !(0..self.across).contains(&column) || row < 0 {
            return None;
        }
        self.means.get((row * self.across + column) as usize).copied().flatten()
    }

    /// Away from all cells, as known pixels at a slanted rim can be: the nearest cell's colour.
    fn nearest(&self, [column, row]: [i32; 2]) -> [f32; 3] {
        let across = self.across.max(1);
        let known =
            self.means.iter().enumerate().filter_map(|(at, mean)| Some((at as i32, (*mean)?)));
        let far = |at: i32| (at % across - column).pow(2) + (at / across - row).pow(2);
        known.min_by_key(|(at, _)| far(*at)).map_or([0.0; 3], |(_, mean)| mean)
    }
}
