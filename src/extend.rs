//! Extends a photo beyond its frame: from a photo and four amounts to a larger photo.
//!
//! A generator paints at most a quarter of what it sees on each side, on a small grid. So a wide
//! extension is a row of steps, each of which looks at all there is so far: shrink the picture and
//! its new margin to the grid, paint, enlarge, blend the seam. What always holds: every byte of
//! the photo is in the result as it was, but for a border that shall be painted over. A border is
//! never continued: the photo is taken to end inside of it. Start reading at [`Extension::step`].

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grids have a few hundred cells a side; checked sizes fit into 32 bits"
)]

mod rim;

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::generator::{Generator, UPRIGHT};
use crate::model::outpaint::Sides;
use crate::photo::border::Border;
use crate::photo::complete::{Borrowing, Join, complete};
use crate::photo::origins::{Origins, Pieces};
use crate::photo::texture::Guide;
use crate::photo::{MAX_RESULT_PIXELS, Photo, Rect, resize};
use crate::pixels::Canvas;
use crate::task::{Finish, Finished, SEED};
use crate::wanted::wanted;
use crate::weights::Card;
use rim::Rim;

/// How many times as long as the photo's a side of the result may be.
pub const MAX_FACTOR: u32 = 8;
/// The long side of the grid, as a multiple of its short side.
const LONGEST_GRID: usize = 4;
/// The margin is drawn on a grid with this many times as many cells a side as the network's.
const FINER: usize = 4;

/// Pixels to add on each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Amounts {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

impl Amounts {
    /// Returns amounts that give the result the ratio `aspect` (width, height), as equal as
    /// possible on opposite sides; nothing is ever cut off.
    #[must_use]
    pub fn for_aspect([width, height]: [u32; 2], [across, down]: [u32; 2]) -> Self {
        let [w, h, a, d] = [width, height, across, down].map(u64::from);
        let wider = (h * a).div_ceil(d.max(1)).saturating_sub(w);
        let taller = if wider > 0 { 0 } else { (w * d).div_ceil(a.max(1)).saturating_sub(h) };
        let [x, y] = [wider, taller].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Self { left: x / 2, right: x - x / 2, top: y / 2, bottom: y - y / 2 }
    }

    /// The size of the result.
    #[must_use]
    pub fn result_size(&self, [width, height]: [u32; 2]) -> [u64; 2] {
        [
            u64::from(width) + u64::from(self.left) + u64::from(self.right),
            u64::from(height) + u64::from(self.top) + u64::from(self.bottom),
        ]
    }

    /// Refuses what cannot be done, before anything is allocated for it.
    ///
    /// # Errors
    /// [`Error::ExtensionEmpty`], [`Error::ExtensionTooLarge`].
    pub fn check(&self, size: [u32; 2]) -> Result<()> {
        if *self == Self::default() {
            return Err(Error::ExtensionEmpty);
        }
        let [width, height] = self.result_size(size);
        let too_large = |limit: String| Err(Error::ExtensionTooLarge { limit, width, height });
        let factor = u64::from(MAX_FACTOR);
        if width > factor * u64::from(size[0]) || height > factor * u64::from(size[1]) {
            return too_large(format!("make no side more than {MAX_FACTOR} times as long"));
        }
        if width * height > MAX_RESULT_PIXELS {
            return too_large(format!("give at most {} megapixels", MAX_RESULT_PIXELS / 1_000_000));
        }
        Ok(())
    }

    fn map(self, f: impl Fn(u32) -> u32) -> Self {
        let Self { left, top, right, bottom } = self;
        Self { left: f(left), top: f(top), right: f(right), bottom: f(bottom) }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            left: self.left + other.left,
            top: self.top + other.top,
            right: self.right + other.right,
            bottom: self.bottom + other.bottom,
        }
    }

    /// What is left of it beyond `other`.
    fn beyond(self, other: Self) -> Self {
        Self {
            left: self.left.saturating_sub(other.left),
            top: self.top.saturating_sub(other.top),
            right: self.right.saturating_sub(other.right),
            bottom: self.bottom.saturating_sub(other.bottom),
        }
    }

    fn largest(self) -> u32 {
        self.left.max(self.top).max(self.right).max(self.bottom)
    }
}

/// Cuts an extension into steps that a generator can paint.
///
/// In each step no side grows by more than a quarter of the short side of what the generator then
/// sees, so at least half of it is known along each axis: the proportions it was trained on.
#[must_use]
pub fn steps(size: [u32; 2], amounts: Amounts, sides: Sides) -> Vec<Amounts> {
    if sides == Sides::Columns && amounts.left.max(amounts.right) > 0 {
        let across = Amounts { top: 0, bottom: 0, ..amounts };
        let wider = [size[0] + amounts.left + amounts.right, size[1]];
        let down = Amounts { left: 0, right: 0, ..amounts };
        let mut all = steps(size, across, Sides::Any);
        all.extend(steps(wider, down, Sides::Any));
        return all;
    }
    let mut steps = Vec::new();
    let mut size = size;
    let mut left_over = amounts;
    while left_over != Amounts::default() {
        let mut most = (size[0].min(size[1]) / 2).max(1);
        let step = loop {
            let step = left_over.map(|n| n.min(most));
            let [w, h] = step.result_size(size);
            let quarter = u32::try_from(w.min(h) / 4).unwrap_or(u32::MAX).max(1);
            if step.largest() <= quarter {
                break step;
            }
            most = quarter;
        };
        steps.push(step);
        left_over = left_over.beyond(step);
        size = [size[0] + step.left + step.right, size[1] + step.top + step.bottom];
    }
    steps
}

/// The settings of an extension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// How the painted margin joins the photo.
    pub finish: Finish,
    /// How much of the photo's own detail the margin gets, from 0 to 1.
    pub detail: f32,
    /// The one seed behind every random choice.
    pub seed: u64,
    /// What around the photo is not to be continued, as [`Border::of`] finds it.
    pub border: Border,
    /// Whether that is painted over, rather than kept.
    pub paints_border: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            finish: Finish::default(),
            detail: 1.0,
            seed: SEED,
            border: Border::default(),
            paints_border: false,
        }
    }
}

impl Options {
    fn borrowing(self) -> Borrowing {
        Borrowing { detail: self.detail, seed: self.seed }
    }
}

/// An extension in progress: call [`Extension::step`] as often as [`Extension::steps`] says.
#[derive(Debug)]
pub struct Extension {
    picture: Photo,
    steps: Vec<Amounts>,
    done: usize,
    options: Options,
    anchor: [Spread; 3],
    origins: Origins,
    rim: Option<Rim>,
}

impl Extension {
    /// Plans an extension; nothing is computed yet.
    ///
    /// # Errors
    /// As [`Amounts::check`]; [`Error::BadSetting`] for detail outside 0..=1, or a border that leaves
    /// too little of the photo.
    pub fn new(
        photo: Photo,
        amounts: Amounts,
        options: Options,
        generator: &Generator,
    ) -> Result<Self> {
        amounts.check(photo.size())?;
        options.borrowing().check()?;
        let (picture, rim) = Rim::taken_off(photo, options.border, options.paints_border)?;
        let amounts = rim.as_ref().map_or(amounts, |rim| amounts.plus(rim.amounts()));
        let steps = steps(picture.size(), amounts, generator.card.config.sides());
        let anchor = spread_of_photo(&picture);
        Ok(Self { picture, steps, done: 0, options, anchor, origins: Origins::default(), rim })
    }

    /// How many steps it takes.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Paints one more step; does nothing when all are done.
    ///
    /// # Errors
    /// [`Error::Device`]; the extension is as it was before the step then.
    pub async fn step(&mut self, generator: &Generator) -> Result<()> {
        let Some(&amounts) = self.steps.get(self.done) else { return Ok(()) };
        let Card { side_px, config, .. } = &generator.card;
        let coarse = Layout::new(self.picture.size(), amounts, *side_px, config.grid_px());
        let published = matches!(self.options.finish, Finish::Published(_));
        let grid = if published { coarse } else { coarse.finer() };
        let canvas = grid.canvas(&self.picture);
        let turned = config.sides() == Sides::Columns && amounts.left.max(amounts.right) == 0;
        let (shown, cells) = if turned {
            (canvas.transposed(), [coarse.grid[1], coarse.grid[0]])
        } else {
            (canvas.clone(), coarse.grid)
        };
        let painted = if published {
            generator.paint(&shown).await?
        } else {
            wanted(&shown, cells, generator, &UPRIGHT).await?
        };
        let painted = Canvas::new(shown.size(), painted, shown.hole().to_vec());
        let mut painted = if turned { painted.transposed() } else { painted };
        if self.options.finish == Finish::Blended {
            painted = canvas.filled(&anchored(&painted, &self.anchor));
        }
        let (picture, pieces) = grid.compose(&self.picture, &painted, coarse.grid, self.options)?;
        self.picture = picture;
        self.origins.grow(amounts.left, amounts.top);
        if let Some(pieces) = pieces {
            self.origins.add([0, 0], pieces);
        }
        self.done += 1;
        Ok(())
    }

    /// How far the photo has grown so far.
    #[must_use]
    pub fn grown(&self) -> Amounts {
        let grown = self.painted();
        self.rim.as_ref().map_or(grown, |rim| grown.beyond(rim.amounts()))
    }

    /// The amounts of the steps that are done.
    fn painted(&self) -> Amounts {
        self.steps[..self.done].iter().fold(Amounts::default(), |sum, step| sum.plus(*step))
    }

    /// The picture as it is now. Each step keeps all that the one before has painted, so any
    /// earlier picture is a part of a later one.
    #[must_use]
    pub fn picture(&self) -> Cow<'_, Photo> {
        match &self.rim {
            None => Cow::Borrowed(&self.picture),
            Some(rim) => Cow::Owned(rim.put_back(&self.picture, self.painted())),
        }
    }

    /// The picture as it is now: the result, when all steps are done.
    #[must_use]
    pub fn finish(self) -> Finished {
        let painted = self.painted();
        let Self { picture: photo, origins, rim, .. } = self;
        let Some(rim) = rim else { return Finished { photo, origins } };
        Finished { photo: rim.put_back(&photo, painted), origins: rim.origins(origins, painted) }
    }
}

/// Where a picture and its new margin lie on the network's grid.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// The picture so far, in pixels.
    known: [u32; 2],
    amounts: Amounts,
    /// The picture with its margin, in pixels.
    whole: [u32; 2],
    /// The same on the grid.
    grid: [usize; 2],
}

impl Layout {
    /// A grid whose short side has about `side` cells, both sides a multiple of `unit`.
    fn new(known: [u32; 2], amounts: Amounts, side: usize, unit: usize) -> Self {
        let whole = amounts.result_size(known).map(|side| u32::try_from(side).expect("checked"));
        let [short, long] = [whole[0].min(whole[1]), whole[0].max(whole[1])].map(f64::from);
        let scale = (side as f64 / short).min((side * LONGEST_GRID) as f64 / long);
        let cells = |px: u32| (f64::from(px) * scale / unit as f64).round() as usize;
        let grid = whole.map(|px| cells(px).max(1) * unit);
        Self { known, amounts, whole, grid }
    }

    /// The same place on a grid on which the photo's own continuation is drawn finely; as fine as
    /// the pixels where those are few.
    fn finer(self) -> Self {
        let times = [0, 1].map(|axis| self.whole[axis] as usize / self.grid[axis]);
        let times = times[0].min(times[1]).clamp(1, FINER);
        Self { grid: self.grid.map(|cells| cells * times), ..self }
    }

    /// Grid cells per pixel, along each axis.
    fn scale(&self) -> [f64; 2] {
        [0, 1].map(|axis| self.grid[axis] as f64 / f64::from(self.whole[axis]))
    }

    /// The grid cells that lie wholly inside the known picture: first and end, along each axis.
    ///
    /// At least one cell stays known, and at least one is hidden on each side that grows.
    fn known_cells(&self) -> [[usize; 2]; 2] {
        let before = [self.amounts.left, self.amounts.top];
        let after = [self.amounts.right, self.amounts.bottom];
        [0, 1].map(|axis| {
            let scale = self.scale()[axis];
            let first = (f64::from(before[axis]) * scale).ceil() as usize;
            let end = (f64::from(before[axis] + self.known[axis]) * scale).floor() as usize;
            let first = if before[axis] == 0 { 0 } else { first.clamp(1, self.grid[axis] - 2) };
            let last = self.grid[axis] - usize::from(after[axis] > 0);
            let end = if after[axis] == 0 { last } else { end.min(last) };
            [first, end.max(first + 1)]
        })
    }

    /// The picture so far on the grid, its margin hidden.
    fn canvas(&self, picture: &Photo) -> Canvas {
        let [xs, ys] = self.known_cells();
        let [gw, gh] = self.grid;
        let before = [self.amounts.left, self.amounts.top].map(f64::from);
        let cells = [xs[1] - xs[0], ys[1] - ys[0]];
        let part = [0, 1].map(|axis| {
            let [first, end] =
                [xs, ys][axis].map(|cell| cell as f64 / self.scale()[axis] - before[axis]);
            let most = f64::from(self.known[axis]);
            [first.clamp(0.0, most - 0.5), end.clamp(0.5, most)]
        });
        let shrunk = resize::shrink_rgba(picture.rgba(), self.known, part, cells);
        let mut rgb = vec![0.0; 3 * gw * gh];
        let mut hole = vec![1.0; gw * gh];
        for (i, pixel) in shrunk.chunks_exact(4).enumerate() {
            let at = (ys[0] + i / cells[0]) * gw + xs[0] + i % cells[0];
            hole[at] = 0.0;
            for c in 0..3 {
                rgb[c * gw * gh + at] = f32::from(pixel[c]) / 255.0;
            }
        }
        Canvas::new(self.grid, rgb, hole)
    }

    /// Joins what was painted with the picture: put together from the picture's own pieces, or, for
    /// the network alone and where nothing can be borrowed, enlarged and pasted or cloned. `seen`:
    /// the grid that the network saw.
    fn compose(
        &self,
        picture: &Photo,
        painted: &Canvas,
        seen: [usize; 2],
        options: Options,
    ) -> Result<(Photo, Option<Pieces>)> {
        let (rgba, hole) = self.pasted(picture);
        let mut result = Photo::from_rgba8(self.whole, rgba)?;
        let guide = Guide { size: self.grid, rgb: painted.rgb(), seen };
        let borrowing = options.borrowing();
        if options.finish == Finish::Blended
            && let Some(pieces) = complete(&mut result, &hole, guide, borrowing)
        {
            return Ok((result, Some(pieces)));
        }
        let size = result.sides();
        let join = match options.finish {
            Finish::Published(join) => join,
            _ => Join::Pasted,
        };
        join.paint(result.rgba_mut(), size, &hole, guide);
        Ok((result, None))
    }

    /// The larger picture with the known one in its place, and the hole around it; opaque black
    /// where nothing is painted yet.
    fn pasted(&self, picture: &Photo) -> (Vec<u8>, Vec<u8>) {
        let [w, h] = self.whole.map(|side| side as usize);
        let mut rgba = [0, 0, 0, 255].repeat(w * h);
        let mut hole = vec![1; w * h];
        let [left, top] = [self.amounts.left, self.amounts.top].map(|px| px as usize);
        let [width, height] = picture.sides();
        let known = Rect { left, top, right: left + width, bottom: top + height };
        known.put(picture.rgba().as_chunks::<4>().0, rgba.as_chunks_mut().0, w);
        known.rows(w).for_each(|row| hole[row].fill(0));
        (rgba, hole)
    }
}

/// Mean and standard deviation of one channel, in `0..=1`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    mean: f32,
    deviation: f32,
}

impl Spread {
    fn of(values: impl Iterator<Item = f32> + Clone) -> Self {
        let count = values.clone().count().max(1) as f64;
        let mean = values.clone().map(f64::from).sum::<f64>() / count;
        let variance = values.map(|v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
        Self { mean: mean as f32, deviation: variance.sqrt() as f32 }
    }
}

fn spread_of_photo(photo: &Photo) -> [Spread; 3] {
    // Every 17th pixel: a prime, so that no common width makes it look at a few columns only.
    let pixels = photo.rgba().chunks_exact(4).step_by(17);
    [0, 1, 2].map(|c| Spread::of(pixels.clone().map(move |p| f32::from(p[c]) / 255.0)))
}

/// Holds the painted part's colours near the *original* photo's, however many steps there were:
/// its mean stays within one deviation of the photo's, its deviation within the photo's own.
///
/// Each step looks at the last step's answer, so a small drift would otherwise compound.
fn anchored(painted: &Canvas, anchor: &[Spread; 3]) -> Canvas {
    let cells = painted.hole().len();
    let mut rgb = painted.rgb().to_vec();
    for (c, anchor) in anchor.iter().enumerate() {
        let plane = &mut rgb[c * cells..(c + 1) * cells];
        let hidden = plane.iter().zip(painted.hole()).filter(|(_, h)| **h > 0.5).map(|(v, _)| *v);
        let found = Spread::of(hidden);
        let [low, high] = [anchor.mean - anchor.deviation, anchor.mean + anchor.deviation];
        let mean = found.mean.clamp(low, high);
        let gain = if found.deviation > anchor.deviation {
            anchor.deviation / found.deviation
        } else {
            1.0
        };
        for value in plane {
            *value = ((*value - found.mean) * gain + mean).clamp(0.0, 1.0);
        }
    }
    Canvas::new(painted.size(), rgb, painted.hole().to_vec())
}
