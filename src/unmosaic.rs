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

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::generator::{Generator, MIRRORED};
use crate::model::edsr;
use crate::photo::complete::{Borrowing, complete};
use crate::photo::hole::Hole;
use crate::photo::mosaic::light::{Averaged, as_stored};
use crate::photo::mosaic::project::{project, smooth};
use crate::photo::mosaic::{Grid, detect};
use crate::photo::origins::Origins;
use crate::photo::texture::Guide;
use crate::photo::{Photo, Rect, resize, size_from_sides};
use crate::pixels::{Canvas, Fill, byte_from_unit, rgb_planes};
use crate::task::{Finish, Finished, SEED};

/// Cells of the network's grid along one cell of the mosaic. Networks with a grid of their own expect
/// so many, others trained on 2.2 to 4.5.
const GRID_PER_CELL: usize = edsr::CELL_PX;
/// What is looked at around the region, in cells of the mosaic.
const MARGIN: i32 = 5;
/// Pixels of the photo along one of the network's, at most about: what is finer is shrunk beforehand.
const FINEST: f32 = 4.0;
/// The most cells of a mosaic that are looked at at once, along an axis; larger ones are looked at
/// part by part.
const MOST_CELLS: i32 = 96;

/// The settings for undoing a mosaic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How what is painted joins the photo; with [`Finish::NetworkOnly`] cells do not get their
    /// means back, and no detail is borrowed. A published work's cells keep them, too, though its
    /// authors paste: they are what is certain.
    pub finish: Finish,
    /// How much detail of the photo around is borrowed, from 0, none, to 1, all. What is borrowed
    /// is a guess about texture; the means hold all the same.
    pub detail: f32,
    /// The one seed behind every random choice.
    pub seed: u64,
    /// What the mosaic's cells are the means of. With [`Averaged::Light`] each keeps what was likely
    /// the mean of its stored numbers.
    pub averaged: Averaged,
}

impl Default for Options {
    fn default() -> Self {
        Self { finish: Finish::default(), detail: 0.0, seed: SEED, averaged: Averaged::default() }
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
    confidence: f32,
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
        Ok(Self { hole, grid, confidence: 1.0 })
    }

    /// Finds the surest mosaic in a photo.
    ///
    /// # Errors
    /// [`Error::MosaicNotFound`] if the photo probably has none.
    pub fn found(photo: &Photo) -> Result<Self> {
        let found = detect::find(photo).into_iter().next().ok_or(Error::MosaicNotFound)?;
        Self::of_found(photo, &found)
    }

    /// Finds all mosaics in a photo, the surest first.
    ///
    /// # Errors
    /// [`Error::MosaicNotFound`] if the photo probably has none.
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
        let hole = Hole::from_bytes(photo.size(), bytes)?;
        Ok(Self { confidence: found.confidence, ..Self::new(hole, found.grid)? })
    }

    /// Finds the mosaic in a region that the user marked.
    ///
    /// # Errors
    /// [`Error::HoleEmpty`]; [`Error::BadSetting`] for a region of another photo's size;
    /// [`Error::MosaicNotFound`] if the region shows no regular cells.
    pub fn found_within(photo: &Photo, hole: Hole) -> Result<Self> {
        hole.check_fits(photo.size())?;
        if hole.is_empty() {
            return Err(Error::HoleEmpty);
        }
        let found = detect::find_within(photo, hole.pixels()).ok_or(Error::MosaicNotFound)?;
        Ok(Self { confidence: found.confidence, ..Self::new(hole, found.grid)? })
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

    /// The chance that it is one, `0..=1`; 1 if its cells were given.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        self.confidence
    }

    /// Returns the photo with the mosaic's steps made smooth: what it says for certain, and nothing
    /// else.
    ///
    /// # Errors
    /// [`Error::BadSetting`] if the mosaic is one of another size of photo.
    pub fn smoothed(&self, photo: &Photo) -> Result<Photo> {
        self.hole.check_fits(photo.size())?;
        Ok(smooth(photo, &self.grid, self.hole.pixels()))
    }

    /// Returns the photo with the region painted anew, and where the borrowed detail was taken
    /// from.
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
        self.hole.check_fits(photo.size())?;
        let stored = match options.averaged {
            Averaged::Stored => Cow::Borrowed(photo),
            Averaged::Light => Cow::Owned(as_stored(photo, &self.grid, self.hole.pixels())),
        };
        let photo = stored.as_ref();
        let mut painted = self.smoothed(photo)?;
        let mut origins = Origins::default();
        let region = &self.hole;
        let grid = &self.grid;
        let Some(bounds) = region.bounds() else {
            return Ok(Finished { photo: painted, origins });
        };
        if let Some(generator) = generator {
            let cells = (generator.fill() == Fill::Cells).then_some(photo);
            let smooth = painted.clone();
            for view in View::all(bounds, grid, generator.card.config.grid_px()) {
                let change = view.change(&smooth, cells, region, generator).await?;
                view.add(&mut painted, region, &change);
            }
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

/// What the network sees of the photo: whole cells of the mosaic, and a margin of as many around.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    /// Upright and level lines of the mosaic: where it begins and ends, in pixels. A view may reach
    /// beyond the photo, whose border goes on there.
    from: [f32; 2],
    to: [f32; 2],
    /// The network's grid.
    size: [usize; 2],
    /// Which pixels it paints, if they lie in the region.
    inner: Rect,
}

impl View {
    /// As many views as a region takes, each with the mosaic's lines where the network's grid has
    /// some. `unit`: the number that the sides of that grid are multiples of.
    fn all(region: Rect, mosaic: &Grid, unit: usize) -> Vec<Self> {
        let Rect { left, top, right, bottom } = region;
        let cells = mosaic.cells_over([left, top, right, bottom]);
        let parts = [0, 1].map(|axis| {
            let [first, end] = cells[axis];
            let count = (end - first).max(1);
            let parts = (count + MOST_CELLS - 1) / MOST_CELLS;
            let line = move |part: i32| first + part * count / parts;
            (0..parts).map(move |part| [line(part), line(part + 1)])
        });
        let [columns, rows] = parts;
        let of_row = |row| columns.clone().map(move |column| [column, row]);
        rows.flat_map(of_row).map(|part| Self::of(part, region, mosaic, unit)).collect()
    }

    /// The view of the cells from the first up to, not including, the second of each axis.
    fn of(cells: [[i32; 2]; 2], region: Rect, mosaic: &Grid, unit: usize) -> Self {
        let unit = unit.div_ceil(GRID_PER_CELL);
        let count =
            cells.map(|[first, end]| ((end - first + 2 * MARGIN) as usize).next_multiple_of(unit));
        let line = |axis: usize, end: usize| {
            let first = cells[axis][0] - MARGIN;
            mosaic.line(axis, if end == 0 { first } else { first + count[axis] as i32 })
        };
        // A pixel belongs to the cell that has its centre.
        let pixel = |axis: usize, end: usize| {
            (mosaic.line(axis, cells[axis][end]) - 0.5).ceil().max(0.0) as usize
        };
        Self {
            from: [line(0, 0), line(1, 0)],
            to: [line(0, 1), line(1, 1)],
            size: count.map(|cells| cells * GRID_PER_CELL),
            inner: Rect {
                left: pixel(0, 0).max(region.left),
                top: pixel(1, 0).max(region.top),
                right: pixel(0, 1).min(region.right),
                bottom: pixel(1, 1).min(region.bottom),
            },
        }
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
        let before = self.shrunk(smooth);
        let hole = self.hole(region);
        let shown = cells.map_or_else(|| before.clone(), |photo| self.shrunk(photo));
        let shown = Canvas::new(self.size, shown, hole.clone());
        let mut change = generator.paint_mirrored(&shown, &MIRRORED).await?;
        for (i, change) in change.iter_mut().enumerate() {
            *change = hole[i % hole.len()] * (*change - before[i]);
        }
        Ok(change)
    }

    /// The photo on the grid: three planes in `0..=1`.
    ///
    /// Large cells are shrunk twice, or what is looked at beyond the photo could be of any size.
    fn shrunk(&self, photo: &Photo) -> Vec<f32> {
        let sides = photo.sides();
        // What is seen of the photo, in whole pixels.
        let seen = [0, 1].map(|axis| {
            let [from, to] = [self.from[axis].floor(), self.to[axis].ceil()];
            [from.max(0.0) as usize, (to as usize).min(sides[axis])]
        });
        let size = seen.map(|[first, end]| end - first);
        let small = [0, 1].map(|axis| {
            let grid_px = (self.to[axis] - self.from[axis]) / self.size[axis] as f32;
            (size[axis] / (grid_px / FINEST).max(1.0) as usize).max(1)
        });
        let whole = size.map(|side| [0.0, side as f64]);
        let [[left, right], [top, bottom]] = seen;
        let part = photo.part(Rect { left, top, right, bottom });
        let part = if small == size {
            part
        } else {
            resize::shrink_rgba(&part, size_from_sides(size), whole, small)
        };
        // Where the view lies, in pixels of that.
        let view = [0, 1].map(|axis| {
            let scale = small[axis] as f32 / size[axis] as f32;
            [self.from[axis], self.to[axis]].map(|at| (at - seen[axis][0] as f32) * scale)
        });
        let first = view.map(|[from, _]| from.floor());
        let places = [0, 1].map(|axis| {
            let place = |at: i64| at.clamp(0, small[axis] as i64 - 1) as usize;
            (first[axis] as i64..view[axis][1].ceil() as i64).map(place).collect::<Vec<_>>()
        });
        let [columns, rows] = &places;
        let pixel = |x: &usize, y: &usize| part.as_chunks::<4>().0[y * small[0] + x];
        let rgba: Vec<u8> =
            rows.iter().flat_map(|y| columns.iter().flat_map(move |x| pixel(x, y))).collect();
        let place = [0, 1].map(|axis| view[axis].map(|at| f64::from(at - first[axis])));
        let sides = size_from_sides([columns.len(), rows.len()]);
        rgb_planes(&resize::shrink_rgba(&rgba, sides, place, self.size))
    }

    /// The region on the grid.
    fn hole(&self, region: &Hole) -> Vec<f32> {
        let sides = region.size();
        let middles = [0, 1].map(|axis| {
            let step = (self.to[axis] - self.from[axis]) / self.size[axis] as f32;
            let last = sides[axis] as f32 - 1.0;
            (0..self.size[axis])
                .map(|at| (self.from[axis] + (at as f32 + 0.5) * step).clamp(0.0, last) as usize)
                .collect::<Vec<_>>()
        });
        let [columns, rows] = &middles;
        let value = |x: &usize, y: &usize| f32::from(region.pixels()[y * sides[0] + x].min(1));
        rows.iter().flat_map(|y| columns.iter().map(move |x| value(x, y))).collect()
    }

    /// Enlarges the planes and adds them to the region. The smooth answer meets the photo around at
    /// every pixel; what is added is as coarse as the grid, and ends where the region does.
    fn add(&self, photo: &mut Photo, region: &Hole, change: &[f32]) {
        let size = self.inner.size();
        let first = [self.inner.left, self.inner.top];
        let part = [0, 1].map(|axis| {
            let scale = self.size[axis] as f64 / f64::from(self.to[axis] - self.from[axis]);
            [first[axis], first[axis] + size[axis]]
                // A hair: see `resize::HAIR`.
                .map(|at| (at as f64 - f64::from(self.from[axis])) * scale + resize::HAIR)
        });
        let width = region.size()[0];
        for (channel, plane) in change.chunks_exact(self.size[0] * self.size[1]).enumerate() {
            let plane = resize::resize_part(plane, self.size, part, size);
            for (i, value) in plane.iter().enumerate() {
                let at = (first[1] + i / size[0]) * width + first[0] + i % size[0];
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
    let scale = (cell / GRID_PER_CELL as f64).max(1.0);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::mosaic::apply;

    /// Squares of five pixels, each of another colour.
    fn photo([width, height]: [u32; 2]) -> Photo {
        let value = |i: u32| {
            let square = i / width / 5 * 100 + i % width / 5;
            (square.wrapping_mul(2_654_435_761) >> 24) as u8
        };
        let pixels = (0..width * height).flat_map(|i| [value(i), value(i + 9), value(i + 77), 255]);
        Photo::from_rgba8([width, height], pixels.collect()).unwrap()
    }

    /// How far each block of four by four pixels of a view is from being of one colour, on average
    /// over those of the region.
    fn uneven(view: &View, mosaic: &Photo) -> f32 {
        let columns = view.size[0];
        let plane = &view.shrunk(mosaic)[..columns * view.size[1]];
        let margin = MARGIN as usize * GRID_PER_CELL;
        let (mut sum, mut blocks) = (0.0, 0.0);
        for y in (margin..view.size[1] - margin).step_by(GRID_PER_CELL) {
            for x in (margin..columns - margin).step_by(GRID_PER_CELL) {
                // The four in the middle: the filter blurs what lies beside a line.
                let at = |i: usize| plane[(y + 1 + i / 2) * columns + x + 1 + i % 2] * 255.0;
                let values = [at(0), at(1), at(2), at(3)];
                sum += values.into_iter().fold(f32::MIN, f32::max)
                    - values.into_iter().fold(f32::MAX, f32::min);
                blocks += 1.0;
            }
        }
        sum / blocks
    }

    #[test]
    fn a_view_has_four_by_four_pixels_for_every_cell_whatever_its_size() {
        for (cell, through) in
            [([12.0, 12.0], [5.0, 3.0]), ([9.0, 14.5], [0.0, 7.25]), ([5.0; 2], [1.5; 2])]
        {
            let grid = Grid::new(cell, through);
            let region = Rect { left: 20, top: 11, right: 83, bottom: 70 };
            let mut mosaic = photo([97, 80]);
            apply(&mut mosaic, &grid, &vec![1; 97 * 80]);
            let view = |grid: &Grid| match View::all(region, grid, 8)[..] {
                [view] => view,
                ref views => panic!("one view, not {views:?}"),
            };
            let (seen, cells) = (view(&grid), grid.cells_over([20, 11, 83, 70])[0]);
            assert_eq!(seen.inner, region);
            assert_eq!(seen.from[0], grid.line(0, cells[0] - MARGIN));
            assert!(seen.size.iter().all(|side| side.is_multiple_of(8)), "{:?}", seen.size);
            let aligned = uneven(&seen, &mosaic);
            // Control: with the lines half a cell further, blocks lie across cells.
            let half = [0, 1].map(|axis| through[axis] + cell[axis] / 2.0);
            let beside = uneven(&view(&Grid::new(cell, half)), &mosaic);
            assert!(aligned < 0.3 * beside, "{cell:?}: {aligned} and {beside} of 255");
        }
    }

    #[test]
    fn cells_larger_than_the_photo_need_no_more_memory_than_others() {
        let mut flat = photo([97, 80]);
        flat.rgba_mut().as_chunks_mut::<4>().0.fill([200, 90, 30, 255]);
        for cell in [60.0, 700.0, 16_384.0] {
            let region = Rect { left: 20, top: 11, right: 83, bottom: 70 };
            let [view] = View::all(region, &Grid::new([cell; 2], [20.0, 11.0]), 4)[..] else {
                panic!("one view")
            };
            let planes = view.shrunk(&flat);
            assert_eq!(planes.len(), 3 * view.size[0] * view.size[1]);
            let red = &planes[..planes.len() / 3];
            assert!(red.iter().all(|value| (value * 255.0 - 200.0).abs() < 1.5), "{cell}: {red:?}");
        }
    }

    #[test]
    fn many_cells_are_looked_at_part_by_part_and_every_pixel_once() {
        let region = Rect { left: 3, top: 5, right: 1180, bottom: 300 };
        let views = View::all(region, &Grid::new([4.5, 2.75], [1.0, 2.0]), 4);
        assert_eq!(views.len(), 3 * 2);
        let mut seen = vec![0_u8; 1200 * 320];
        for view in &views {
            assert!(view.size.iter().all(|&side| side <= (96 + 10) * 4), "{:?}", view.size);
            for y in view.inner.top..view.inner.bottom {
                (view.inner.left..view.inner.right).for_each(|x| seen[y * 1200 + x] += 1);
            }
        }
        let inside = |i: usize| (3..1180).contains(&(i % 1200)) && (5..300).contains(&(i / 1200));
        assert!((0..seen.len()).all(|i| seen[i] == u8::from(inside(i))));
    }

    #[test]
    fn what_is_painted_lands_where_it_was_seen() {
        let size = [97, 80];
        let grey = Photo::from_rgba8(size, [90, 90, 90, 255].repeat(97 * 80)).unwrap();
        let region = Rect { left: 0, top: 11, right: 83, bottom: 80 };
        let mut hole = Hole::empty(size).unwrap();
        hole.rectangle(region, crate::photo::hole::Pen::Add);
        for view in View::all(region, &Grid::new([9.0, 7.5], [4.0, 1.0]), 4) {
            // A ramp along x: as bright as the photo's column is far.
            let step = (view.to[0] - view.from[0]) / view.size[0] as f32;
            let ramp = |i: usize| (view.from[0] + ((i % view.size[0]) as f32 + 0.5) * step) / 255.0;
            let change: Vec<f32> = (0..3 * view.size[0] * view.size[1]).map(ramp).collect();
            let mut painted = grey.clone();
            view.add(&mut painted, &hole, &change);
            for (i, pixel) in painted.rgba().chunks_exact(4).enumerate() {
                let added = if hole.pixels()[i] == 0 { 0.0 } else { (i % 97) as f32 + 0.5 };
                assert!(
                    (f32::from(pixel[1]) - 90.0 - added).abs() <= 1.0,
                    "{i}: {pixel:?} not {added}"
                );
            }
        }
    }
}
