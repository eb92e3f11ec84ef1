//! Guesses what a mosaic hid: from a photo, a region and the grid of its cells to a photo of the
//! same size.
//!
//! A mosaic says one thing for certain, the mean colour of every cell. So there is always an honest
//! answer: the smoothest picture with those means. A [`Generator`] paints what that lacks, and
//! afterwards every cell gets its mean back, whatever was painted. What always holds: every byte
//! outside the region stays as it was, so does all alpha, and every cell's mean is within 1 of 255
//! of the mosaic's. It is a guess: what a cell hid is not in the photo any more. Start reading at
//! [`Mosaic::painted`].
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths lie inside a checked photo"
)]

use crate::error::{Error, Result};
use crate::generator::{Generator, MIRRORED};
use crate::photo::complete::{Borrowing, complete};
use crate::photo::hole::Hole;
use crate::photo::mosaic::project::{project, smooth};
use crate::photo::mosaic::{Grid, detect};
use crate::photo::origins::Origins;
use crate::photo::texture::Guide;
use crate::photo::{Photo, Rect, resize, size_from_sides};
use crate::pixels::{Canvas, Fill, byte_from_unit};
use crate::task::{Finish, Finished, SEED};

/// Cells of the network's grid along one cell of the mosaic: it trained on 2.2 to 4.5.
const GRID_PER_CELL: f64 = 4.0;
/// What is looked at around the region, in cells of the network's grid.
const MARGIN: f64 = 16.0;
/// The longest side of the network's grid; larger regions are looked at more coarsely.
const LONGEST_GRID: f64 = 512.0;

/// How a mosaic is undone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How what is painted joins the photo; with [`Finish::NetworkOnly`] cells do not get their
    /// means back, and no detail is borrowed.
    pub finish: Finish,
    /// How much detail of the photo around is borrowed, from 0, none, to 1, all. What is borrowed
    /// is a guess about texture; the means hold all the same.
    pub detail: f32,
    /// The one seed behind every random choice.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { finish: Finish::default(), detail: 0.0, seed: SEED }
    }
}

impl Options {
    fn borrowing(self) -> Borrowing {
        Borrowing { detail: self.detail, seed: self.seed }
    }
}

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
        Ok((Self::of_found(photo, &found)?, found.confidence))
    }

    /// All mosaics in a photo, the surest first.
    ///
    /// # Errors
    /// [`Error::MosaicNotFound`] where the photo rather has none.
    pub fn all_found(photo: &Photo) -> Result<Vec<Self>> {
        let all = detect::find(photo);
        if all.is_empty() {
            return Err(Error::MosaicNotFound);
        }
        all.iter().map(|found| Self::of_found(photo, found)).collect()
    }

    fn of_found(photo: &Photo, found: &detect::Found) -> Result<Self> {
        let width = photo.size()[0] as usize;
        let mut bytes = vec![0; photo.rgba().len() / 4];
        found.paint(&mut bytes, width);
        Self::new(Hole::from_bytes(photo.size(), bytes)?, found.grid)
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

    /// The photo with the mosaic's steps made smooth: what it says for certain, and nothing else.
    ///
    /// # Errors
    /// [`Error::BadSetting`] if the mosaic is one of another size of photo.
    pub fn smoothed(&self, photo: &Photo) -> Result<Photo> {
        self.hole.check_fits(photo.size())?;
        Ok(smooth(photo, &self.grid, self.hole.pixels()))
    }

    /// The photo with the region painted anew, and where the borrowed detail was taken from.
    ///
    /// `generator`: weights for [`crate::task::Task::Unmosaic`]; without, the answer is the smooth
    /// one, with as much detail as `options` asks for.
    ///
    /// # Errors
    /// As [`Mosaic::smoothed`]; [`Error::Device`]; [`Error::BadSetting`] for detail outside 0..=1.
    pub async fn painted(
        &self,
        photo: &Photo,
        options: Options,
        generator: Option<&Generator>,
    ) -> Result<Finished> {
        options.borrowing().check()?;
        let mut painted = self.smoothed(photo)?;
        let mut origins = Origins::default();
        let region = &self.hole;
        let grid = &self.grid;
        let Some(bounds) = region.bounds() else {
            return Ok(Finished { photo: painted, origins });
        };
        if let Some(generator) = generator {
            let view = View::around(bounds, grid, photo.size(), generator.card.config.grid_px());
            let cells = (generator.fill() == Fill::Cells).then_some(photo);
            let change = view.change(&painted, cells, region, generator).await?;
            view.add(&mut painted, region, &change);
        }
        if options.finish == Finish::NetworkOnly {
            return Ok(Finished { photo: painted, origins });
        }
        if options.detail > 0.0 {
            origins = borrow_detail(&mut painted, region, bounds, grid, options);
        }
        project(&mut painted, photo, grid, region.pixels());
        Ok(Finished { photo: painted, origins })
    }
}

/// What the network sees of the photo.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    window: Rect,
    grid: [usize; 2],
}

impl View {
    /// The region with a margin, on a grid with [`GRID_PER_CELL`] cells to one of the mosaic.
    fn around(region: Rect, mosaic: &Grid, photo: [u32; 2], unit: usize) -> Self {
        let photo = photo.map(|side| side as usize);
        let cell = f64::from(mosaic.cell[0].min(mosaic.cell[1]));
        let longest = region.size().into_iter().max().unwrap_or(1) as f64;
        let scale = (cell / GRID_PER_CELL).max(longest / (LONGEST_GRID - 2.0 * MARGIN)).max(1.0);
        let fitted = |[start, end]: [usize; 2], most: usize| {
            let wanted = (end - start) as f64 / scale + 2.0 * MARGIN;
            let cells = (wanted / unit as f64).ceil() as usize * unit;
            let length = ((cells as f64 * scale).round() as usize).min(most).max(end - start);
            let first = ((start + end).saturating_sub(length) / 2).min(most - length);
            // A photo that ends before the window does has fewer cells, in whole units.
            let cells = (length as f64 / scale / unit as f64).round().max(1.0) as usize * unit;
            (cells, [first, first + length])
        };
        let (across, [left, right]) = fitted([region.left, region.right], photo[0]);
        let (down, [top, bottom]) = fitted([region.top, region.bottom], photo[1]);
        Self { window: Rect { left, top, right, bottom }, grid: [across, down] }
    }

    /// What the network adds to the smooth answer, shown that or the photo's cells: three planes of
    /// the grid, nothing outside of the region.
    async fn change(
        &self,
        smooth: &Photo,
        cells: Option<&Photo>,
        region: &Hole,
        generator: &Generator,
    ) -> Result<Vec<f32>> {
        let [width, height] = self.window.size();
        let visible = vec![0; width * height];
        let shrunk = |photo| resize::shrink_known(photo, self.window, &visible, self.grid);
        let before = shrunk(smooth);
        let mut hole = vec![0.0; self.grid[0] * self.grid[1]];
        for (i, hole) in hole.iter_mut().enumerate() {
            let at = [i % self.grid[0], i / self.grid[0]];
            let middle = |axis: usize, length: usize, first: usize| {
                first + (2 * at[axis] + 1) * length / (2 * self.grid[axis])
            };
            let [x, y] = [middle(0, width, self.window.left), middle(1, height, self.window.top)];
            *hole = f32::from(region.pixels()[y * region.size()[0] + x].min(1));
        }
        let shown = cells.map_or_else(|| before.clone(), shrunk);
        let shown = Canvas::new(self.grid, shown, hole.clone());
        let mut change = generator.paint_mirrored(&shown, &MIRRORED).await?;
        for (i, change) in change.iter_mut().enumerate() {
            *change = hole[i % hole.len()] * (*change - before[i]);
        }
        Ok(change)
    }

    /// Enlarges the planes and adds them to the region. The smooth answer meets the photo around at
    /// every pixel; what is added is as coarse as the grid, and ends where the region does.
    fn add(&self, photo: &mut Photo, region: &Hole, change: &[f32]) {
        let size = self.window.size();
        let width = region.size()[0];
        for (channel, plane) in change.chunks_exact(self.grid[0] * self.grid[1]).enumerate() {
            let plane = resize::resize_plane(plane, self.grid, size);
            for (i, value) in plane.iter().enumerate() {
                let at = (self.window.top + i / size[0]) * width + self.window.left + i % size[0];
                if region.pixels()[at] != 0 {
                    let byte = &mut photo.rgba_mut()[4 * at + channel];
                    *byte = byte_from_unit(f32::from(*byte) / 255.0 + value);
                }
            }
        }
    }
}

/// Puts the region together from pieces of the photo around that look like the answer, as far as
/// `options.detail` says; answers with where they come from.
fn borrow_detail(
    answer: &mut Photo,
    region: &Hole,
    bounds: Rect,
    mosaic: &Grid,
    options: Options,
) -> Origins {
    let mut origins = Origins::default();
    let [width, height] = answer.sides();
    let longest = bounds.size().into_iter().max().unwrap_or(1);
    let window = bounds.widened(longest, [width, height]);
    let size = window.size();
    let hole = region.part(window);
    let Ok(mut view) = Photo::from_rgba8(size_from_sides(size), answer.part(window)) else {
        return origins;
    };
    let cell = f64::from(mosaic.cell[0].min(mosaic.cell[1]));
    let scale = (cell / GRID_PER_CELL).max(1.0);
    let coarse = size.map(|side| ((side as f64 / scale).round() as usize).max(1));
    let rgb = resize::shrink_known(&view, Rect::whole(size), &vec![0; hole.len()], coarse);
    let guide = Guide { size: coarse, rgb: &rgb, seen: coarse };
    let Some(pieces) = complete(&mut view, &hole, guide, options.borrowing()) else {
        return origins;
    };
    let pixels = answer.rgba_mut().as_chunks_mut::<4>().0;
    window.put(view.rgba().as_chunks().0, pixels, width);
    let is_hole = |[x, y]: [usize; 2]| x < size[0] && y < size[1] && hole[y * size[0] + x] != 0;
    origins.add([window.left, window.top], pieces.only(is_hole));
    origins
}
