//! Fills holes in a photo: from a photo and a hole to a photo of the same size.
//!
//! A hole is painted through windows of the photo, coarse ones first; each is a step. The photo
//! itself says what belongs into a window: its colours around the hole are continued across it, and
//! a [`Generator`], if there is one, adds to that. Both are only a guide; the pixels are pieces of
//! the photo. What always holds: every byte outside the hole stays as it was, and so does all
//! alpha. Start reading at [`Filling::step`].

use crate::error::{Error, Result};
use crate::generator::{Generator, MIRRORED};
use crate::photo::color::byte_from;
use crate::photo::complete::{Borrowing, complete, paste};
use crate::photo::crop::{Crop, Sight, passes};
use crate::photo::hole::Hole;
use crate::photo::origins::{Origins, Pieces};
use crate::photo::poisson::close_gap;
use crate::photo::texture::Guide;
use crate::photo::{MIN_SIDE_PX, Photo, Rect, size_from_sides};
use crate::pixels::{Canvas, Fill};
use crate::task::{Finish, Finished, SEED};
use crate::wanted::{painted, wanted};

/// What is looked at: the finest grid of the pieces, and margins as wide as the hole, since whatever
/// shall fill it has to lie in the window. Half or twice as wide did as well.
const SIGHT: Sight = Sight { side: 256, unit: 1, margin: 1.0, least_margin: 80 };

/// The settings of a filling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How what is painted joins the photo. Without a network, [`Finish::NetworkOnly`] leaves the
    /// smoothest continuation.
    pub finish: Finish,
    /// The width in pixels, inside the rim, over which the painting fades in. What was there shines
    /// through; grow the hole by as much if it must not.
    pub feather_px: f32,
    /// How much of the photo's own detail the hole gets, from 0, none, to 1, all.
    pub detail: f32,
    /// The one seed behind every random choice.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { finish: Finish::default(), feather_px: 0.0, detail: 1.0, seed: SEED }
    }
}

impl Options {
    fn borrowing(self) -> Borrowing {
        Borrowing { detail: self.detail, seed: self.seed }
    }
}

/// A filling in progress: call [`Filling::step`] as often as [`Filling::steps`] says.
#[derive(Debug)]
pub struct Filling {
    photo: Photo,
    unpainted: Hole,
    /// How much of the painting shows, per pixel of the photo; all of it where there is no feather.
    shown: Option<Vec<u8>>,
    crops: Vec<Crop>,
    done: usize,
    options: Options,
    origins: Origins,
}

impl Filling {
    /// Plans a filling; nothing is painted yet.
    ///
    /// # Errors
    /// [`Error::HoleEmpty`], [`Error::HoleFull`]; [`Error::BadSetting`] for a hole that was made for
    /// another size, a feather that [`Hole::feather`] refuses, or detail outside 0..=1.
    pub fn new(photo: Photo, hole: Hole, options: Options) -> Result<Self> {
        hole.check_fits(photo.size())?;
        if hole.is_empty() {
            return Err(Error::HoleEmpty);
        }
        if hole.is_full() {
            return Err(Error::HoleFull);
        }
        options.borrowing().check()?;
        let is_hard = options.feather_px == 0.0;
        let shown = if is_hard { None } else { Some(hole.feather(options.feather_px)?) };
        let crops = passes(&hole, &SIGHT);
        let origins = Origins::default();
        Ok(Self { photo, unpainted: hole, shown, crops, done: 0, options, origins })
    }

    /// How many steps it takes: one for a hole, however large; several for holes far apart.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.crops.len()
    }

    /// Paints one more window; does nothing when all are done.
    ///
    /// # Errors
    /// [`Error::Device`]; the filling is as it was before the step then.
    pub async fn step(&mut self, generator: Option<&Generator>) -> Result<()> {
        let Some(crop) = self.crops.get(self.done) else { return Ok(()) };
        let hidden = crop.hidden(&self.unpainted);
        let cells = crop.cells(&self.photo, &hidden);
        let canvas = Canvas::new(cells.size, cells.rgb, cells.hole);
        let mut view = self.photo.part(crop.window());
        let window = (&mut view, crop.window().size());
        let pieces = match (self.options.finish, generator) {
            (Finish::Published(join), Some(generator)) => {
                let grid = grid_of(canvas.size(), generator);
                let painted = painted(&canvas, grid, generator).await?;
                let (view, size) = window;
                if let Some((rgb, looked)) = painted {
                    let guide = Guide { size: grid, rgb: &rgb, seen: grid };
                    join.paint(view, size, &hidden, guide);
                    looked.map(|map| Pieces::looked(size, map.size, |cell| map.most(cell)))
                } else {
                    stretch(view, size, &hidden);
                    None
                }
            }
            _ => self.completed(window, hidden, &canvas, generator).await?,
        };
        put(&mut self.photo, &view, crop, self.shown.as_deref());
        if let Some(pieces) = pieces {
            let Rect { left, top, right, bottom } = crop.window();
            let owned = crop.owned();
            let is_owned = |[x, y]: [usize; 2]| {
                x < right - left && y < bottom - top && owned[y * (right - left) + x] != 0
            };
            self.origins.add([left, top], pieces.only(is_owned));
        }
        crop.finish(&mut self.unpainted);
        self.done += 1;
        Ok(())
    }

    /// Paints the hidden pixels of a window as a generator, and the photo itself, want it.
    async fn completed(
        &self,
        (view, window): (&mut Vec<u8>, [usize; 2]),
        mut hidden: Vec<u8>,
        canvas: &Canvas,
        generator: Option<&Generator>,
    ) -> Result<Option<Pieces>> {
        let size = canvas.size();
        let is_known = canvas.hole().contains(&0.0);
        let wanted = match generator {
            None => canvas.with_hole_filled(Fill::Membrane),
            Some(generator) => {
                wanted(canvas, grid_of(size, generator), generator, &MIRRORED).await?
            }
        };
        let guide = Guide { size, rgb: &wanted, seen: size };
        if self.options.finish == Finish::NetworkOnly && is_known {
            paste(view, window, &hidden, guide);
            return Ok(None);
        }
        // What is wholly transparent has no colour to lend.
        for (hidden, pixel) in hidden.iter_mut().zip(view.chunks_exact(4)) {
            *hidden |= u8::from(pixel[3] == 0);
        }
        fill_view(view, window, &hidden, is_known.then_some(guide), self.options.borrowing())
    }

    /// The photo as it is now: the result, when all steps are done.
    #[must_use]
    pub fn finish(self) -> Finished {
        Finished { photo: self.photo, origins: self.origins }
    }
}

/// The grid on which a network paints a window: its long side is that of the pictures that the
/// network was trained on.
pub(crate) fn grid_of(window: [usize; 2], generator: &Generator) -> [usize; 2] {
    let unit = generator.card.config.grid_px();
    let longest = window[0].max(window[1]);
    // To the nearest whole unit.
    window.map(|side| {
        let halves = 2 * side * generator.card.side_px / (longest * unit);
        halves.div_ceil(2).max(1) * unit
    })
}

/// Fills the hidden pixels of a window with pieces of the others. Where nothing can be borrowed, or
/// the window is narrower than any photo, the colours at its rim are stretched across the hole.
fn fill_view(
    view: &mut Vec<u8>,
    size: [usize; 2],
    hidden: &[u8],
    guide: Option<Guide>,
    borrowing: Borrowing,
) -> Result<Option<Pieces>> {
    let size_px = size_from_sides(size);
    if let Some(guide) = guide.filter(|_| size_px[0].min(size_px[1]) >= MIN_SIDE_PX) {
        let mut photo = Photo::from_rgba8(size_px, std::mem::take(view))?;
        let pieces = complete(&mut photo, hidden, guide, borrowing);
        *view = photo.into_rgba();
        if pieces.is_some() {
            return Ok(pieces);
        }
    }
    stretch(view, size, hidden);
    Ok(None)
}

/// Stretches the colours at the rim of the hidden pixels across them.
fn stretch(view: &mut Vec<u8>, size: [usize; 2], hidden: &[u8]) {
    let mut stretched = view.clone();
    let colour = |p: usize| [0, 1, 2].map(|c| f32::from(view[p * 4 + c]));
    close_gap(hidden, size, colour, |colour, p| {
        for (byte, value) in stretched[p * 4..].iter_mut().zip(colour) {
            *byte = byte_from(value);
        }
    });
    *view = stretched;
}

/// Copies the pixels that a crop paints from its window into the photo, as far as they show.
fn put(photo: &mut Photo, view: &[u8], crop: &Crop, shown: Option<&[u8]>) {
    let width = photo.sides()[0];
    let Rect { left, top, right, .. } = crop.window();
    let owned = crop.owned();
    for (from, _) in owned.iter().enumerate().filter(|(_, owned)| **owned != 0) {
        let [x, y] = [left + from % (right - left), top + from / (right - left)];
        let to = y * width + x;
        let share = f32::from(shown.map_or(255, |shown| shown[to])) / 255.0;
        let bytes = photo.rgba_mut()[to * 4..to * 4 + 3].iter_mut();
        for (byte, &new) in bytes.zip(&view[from * 4..]) {
            let old = f32::from(*byte);
            *byte = byte_from(old + (f32::from(new) - old) * share);
        }
    }
}
