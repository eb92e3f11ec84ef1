//! Finds what lies around a photo and does not belong to it: a scanner's frame, the paper of a
//! print, the bars of a film, a last column that a resize covered by half.
//!
//! Two things are told. A *bar* is even and of one colour, as wide as it likes, and ends in a
//! straight step; what ends so on one side only is a bar up to nine lines, since a calm sea under
//! a white sky has such a step, too. An *edge* is at most nine lines that are the photo's own
//! next line drawn towards one colour: darkened, lightened, half covered. What always holds: only
//! straight lines along a whole side are found, and at most a third of it from either end. Start
//! reading at [`Border::of`].
//!
//! The thresholds come from 315 photographs, of which 20 are said to have a border: 18 have one by
//! eye, two are open to doubt. Of five kinds put around the others, 98.8 per cent of the sides are
//! found, least of lines that are half covered (94.9), for black over black shows nothing
//! (`naobu eval borders`).

use super::{MIN_SIDE_PX, Photo, Rect};
use crate::error::{Error, Result};

/// The most lines of an edge, and of a bar that no other side has.
const THIN: usize = 9;
/// How far a bar's pixels may lie from its colour, of 255: paper has grain.
const EVEN: f32 = 14.0;
/// The share of a bar's line that may lie farther away: dust.
const DUST: f64 = 0.03;
/// How far from the colour of a bar the photo has to be, at the least, along most of its first line.
const STEP: f32 = 24.0;
/// How many lines a soft step takes.
const SOFT: usize = 4;
/// How much two sides' colours may differ for their bars to be one border.
const ALIKE: f32 = 16.0;
/// So many pixels of a line say whether it is even.
const ENOUGH: usize = 512;
/// The mean over how many pixels along a line is compared: texture hides what many of them show.
const MEANS: [usize; 3] = [1, 8, 32];

/// How many pixels on each side do not belong to a photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Border {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

impl Border {
    /// Looks for a border around a photo; all 0 where there is none.
    #[must_use]
    pub fn of(photo: &Photo) -> Self {
        let sides = Side::ALL.map(|side| Lines { photo, side });
        let bars = bars(&sides);
        let mut found = bars.map(|bar| bar.map(|bar| bar.lines));
        for (found, lines) in found.iter_mut().zip(&sides) {
            *found = found.or_else(|| (1..=THIN).rev().find(|&at| lines.has_edge(at, 1.0)));
        }
        // A frame is as wide on all sides, so where others agree less is asked of the last.
        let widths: Vec<usize> = found.iter().flatten().copied().collect();
        if let [width, others @ ..] = &widths[..]
            && !others.is_empty()
            && *width <= THIN
            && others.iter().all(|other| other == width)
        {
            for (found, lines) in found.iter_mut().zip(&sides) {
                *found = found.or_else(|| lines.has_edge(*width, 1.5).then_some(*width));
            }
        }
        let [left, top, right, bottom] = found.map(|lines| {
            u32::try_from(lines.unwrap_or(0)).unwrap_or(0) // At most a third of a side.
        });
        let found = Self { left, top, right, bottom };
        if found.check(photo.size()).is_ok() { found } else { Self::default() }
    }

    /// A border of `px` pixels on every side.
    #[must_use]
    pub fn even(px: u32) -> Self {
        Self { left: px, top: px, right: px, bottom: px }
    }

    /// Refuses a border that leaves less than a photo inside.
    ///
    /// # Errors
    /// [`Error::BadSetting`].
    pub fn check(self, [width, height]: [u32; 2]) -> Result<()> {
        let leaves = |side: u32, one: u32, other: u32| {
            u64::from(side) >= u64::from(one) + u64::from(other) + u64::from(MIN_SIDE_PX)
        };
        if leaves(width, self.left, self.right) && leaves(height, self.top, self.bottom) {
            return Ok(());
        }
        let Self { left, top, right, bottom } = self;
        Err(Error::BadSetting {
            name: "border",
            expected: format!("one that leaves {MIN_SIDE_PX} pixels of {width}×{height}"),
            found: format!("{left}, {top}, {right} and {bottom} pixels"),
        })
    }

    /// Whether all of the picture belongs to the photo.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The part of a picture of this size that belongs to the photo.
    #[must_use]
    pub fn inside(self, [width, height]: [u32; 2]) -> Rect {
        let [left, top, right, bottom] =
            [self.left, self.top, width - self.right, height - self.bottom].map(|px| px as usize);
        Rect { left, top, right, bottom }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Top,
    Right,
    Bottom,
}

impl Side {
    const ALL: [Self; 4] = [Self::Left, Self::Top, Self::Right, Self::Bottom];

    fn opposite(self) -> usize {
        (self as usize + 2) % 4
    }
}

type Colour = [f32; 3];

/// The lines of a photo from one side inwards.
#[derive(Clone, Copy, Debug)]
struct Lines<'a> {
    photo: &'a Photo,
    side: Side,
}

impl Lines<'_> {
    /// How many lines are looked at: a third of them.
    fn most(&self) -> usize {
        let [width, height] = self.photo.sides();
        if matches!(self.side, Side::Left | Side::Right) { width / 3 } else { height / 3 }
    }

    /// The pixels of a line, the outermost being 0.
    fn pixels(&self, line: usize) -> impl Iterator<Item = [u8; 4]> {
        self.some_pixels(line, 1)
    }

    /// Every `stride`th of them.
    fn some_pixels(&self, line: usize, stride: usize) -> impl Iterator<Item = [u8; 4]> {
        let [width, height] = self.photo.sides();
        let (first, step, count) = match self.side {
            Side::Left => (line, width, height),
            Side::Right => (width - 1 - line, width, height),
            Side::Top => (line * width, 1, width),
            Side::Bottom => ((height - 1 - line) * width, 1, width),
        };
        let pixels = self.photo.rgba().as_chunks::<4>().0;
        (0..count).step_by(stride).map(move |at| pixels[first + at * step])
    }

    /// The means of each `times` pixels along a line; what is left at its end does not count.
    fn means(&self, line: usize, times: usize) -> Vec<Colour> {
        let pixels: Vec<_> = self.pixels(line).collect();
        let mean = |part: &[[u8; 4]], c: usize| {
            part.iter().map(|pixel| f32::from(pixel[c])).sum::<f32>() / times as f32
        };
        pixels.chunks_exact(times).map(|part| [0, 1, 2].map(|c| mean(part, c))).collect()
    }

    fn is_opaque(&self, line: usize) -> bool {
        self.pixels(line).all(|pixel| pixel[3] == 255)
    }

    /// The middle colour of the outermost line, channel by channel.
    fn colour(&self) -> Colour {
        [0, 1, 2].map(|c| {
            let mut values: Vec<u8> = self.pixels(0).map(|pixel| pixel[c]).collect();
            let middle = values.len() / 2;
            f32::from(*values.select_nth_unstable(middle).1)
        })
    }

    /// The share of a line that lies farther from a colour than `most`, or shows through. Of a long
    /// line some hundred pixels tell it: a white backdrop has a thousand such lines.
    fn share_beyond(&self, line: usize, colour: Colour, most: f32) -> f64 {
        let [width, height] = self.photo.sides();
        let stride = (width.max(height) / ENOUGH).max(1);
        let is_beyond =
            |pixel: [u8; 4]| pixel[3] != 255 || distance(colour_of(pixel), colour) > most;
        let (beyond, all) =
            self.some_pixels(line, stride).fold((0_usize, 0_usize), |(beyond, all), pixel| {
                (beyond + usize::from(is_beyond(pixel)), all + 1)
            });
        beyond as f64 / all as f64
    }

    fn is_even(&self, line: usize, colour: Colour) -> bool {
        self.share_beyond(line, colour, EVEN) <= DUST
    }

    /// An even bar that ends in a step along at least `share` of the side.
    fn bar(&self, share: f64) -> Option<Bar> {
        let colour = self.colour();
        let even = (0..self.most()).find(|&line| !self.is_even(line, colour))?;
        if even == 0 {
            return None;
        }
        let mut steps = even..even + SOFT;
        let lines = steps.find(|&line| self.share_beyond(line, colour, STEP) >= share)?;
        Some(Bar { lines, colour })
    }

    /// Whether the line before line `at` is that line drawn towards one colour, and the lines after
    /// it are not. `ease`: how much less than usual is asked.
    fn has_edge(&self, at: usize, ease: f32) -> bool {
        (0..at).all(|line| self.is_opaque(line))
            && at + SOFT <= self.most()
            && MEANS.iter().any(|&times| {
                let lines: Vec<_> =
                    (at - 1..at + SOFT).map(|line| self.means(line, times)).collect();
                let step = mean_difference(&lines[0], &lines[1]);
                let usual = lines[1..].windows(2).map(|two| mean_difference(&two[0], &two[1]));
                lines[0].len() >= 8
                    && step >= 8.0 / ease
                    && step >= 3.0 / ease * usual.fold(0.0, f32::max)
                    && unexplained(&lines[0], &lines[1]) <= 0.4 * ease * step
            })
    }
}

#[derive(Clone, Copy, Debug)]
struct Bar {
    lines: usize,
    colour: Colour,
}

/// The bars of all sides: a thin one counts by itself, a wide one if another side has its like.
fn bars(sides: &[Lines; 4]) -> [Option<Bar>; 4] {
    let mut bars = sides.map(|lines| lines.bar(0.75));
    let clear = bars;
    let alike = |bar: Bar, other: Bar| distance(bar.colour, other.colour) <= ALIKE;
    for (at, lines) in sides.iter().enumerate() {
        // Beside white paper a white sky shows little of the step.
        bars[at] = bars[at].or_else(|| {
            let faint = lines.bar(0.1)?;
            let is_like = |bar: &Bar| {
                alike(*bar, faint) && bar.lines.abs_diff(faint.lines) <= 2 + faint.lines / 8
            };
            clear.iter().flatten().any(is_like).then_some(faint)
        });
        // Or nothing, before the night: then as much as on the other side.
        bars[at] = bars[at].or_else(|| {
            let other = clear[lines.side.opposite()]?;
            let fits = other.lines < lines.most()
                && (0..other.lines).all(|line| lines.is_even(line, other.colour));
            fits.then_some(other)
        });
    }
    let found = bars;
    for (at, bar) in bars.iter_mut().enumerate() {
        let has_like = |bar: Bar| {
            let mut others = (0..4).filter(|&other| other != at);
            others.any(|other| found[other].is_some_and(|other| alike(other, bar)))
        };
        *bar = bar.filter(|bar| bar.lines <= THIN || has_like(*bar));
    }
    bars
}

fn colour_of([r, g, b, _]: [u8; 4]) -> Colour {
    [r, g, b].map(f32::from)
}

/// In the channel where it is most.
fn distance(one: Colour, other: Colour) -> f32 {
    (0..3).map(|c| (one[c] - other[c]).abs()).fold(0.0, f32::max)
}

fn mean_difference(one: &[Colour], other: &[Colour]) -> f32 {
    let sum: f32 =
        one.as_flattened().iter().zip(other.as_flattened()).map(|(a, b)| (a - b).abs()).sum();
    sum / (3 * one.len().max(1)) as f32
}

/// How much of a line remains, on the mean, when the best `share * inner + colour` is taken from it.
fn unexplained(outer: &[Colour], inner: &[Colour]) -> f32 {
    let centred = |line: &[Colour]| {
        let mean: Colour =
            [0, 1, 2].map(|c| line.iter().map(|p| p[c]).sum::<f32>() / line.len().max(1) as f32);
        line.iter().flat_map(|p| [0, 1, 2].map(|c| p[c] - mean[c])).collect::<Vec<f32>>()
    };
    let [outer, inner] = [centred(outer), centred(inner)];
    let power: f32 = inner.iter().map(|v| v * v).sum();
    let both: f32 = outer.iter().zip(&inner).map(|(a, b)| a * b).sum();
    // Where the photo is as good as even there is nothing to draw.
    let share = if power > inner.len() as f32 { (both / power).clamp(0.0, 1.0) } else { 0.0 };
    let left: f32 = outer.iter().zip(&inner).map(|(a, b)| (a - share * b).abs()).sum();
    left / outer.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A photo from the brightness and hue of each pixel, with grain.
    fn scene([width, height]: [u32; 2], colour: impl Fn(f32, f32) -> Colour) -> Photo {
        let mut state = 1_u32;
        let mut grain = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as f32 / 255.0 * 6.0 - 3.0
        };
        let rgba = (0..width * height).flat_map(|at| {
            let [x, y] = [at % width, at / width].map(|place| place as f32);
            let noise = grain();
            let [r, g, b] = colour(x / width as f32, y / height as f32)
                .map(|value| crate::photo::color::byte_from(value + noise));
            [r, g, b, 255]
        });
        Photo::from_rgba8([width, height], rgba.collect()).unwrap()
    }

    /// Hills under a sky.
    fn hills(size: [u32; 2]) -> Photo {
        scene(size, |x, y| {
            let ridge = 0.45 + 0.1 * (9.0 * x).sin() + 0.03 * (40.0 * x).sin();
            let rough = 30.0 * ((70.0 * x).sin() * (55.0 * y).cos());
            if y < ridge {
                [90.0 + 90.0 * y, 140.0, 220.0]
            } else {
                [70.0 + rough, 90.0 + rough, 40.0]
            }
        })
    }

    /// Draws every pixel outside of the border towards a colour.
    fn framed(mut photo: Photo, border: Border, share: f32, colour: Colour) -> Photo {
        let inside = border.inside(photo.size());
        let width = photo.sides()[0];
        for (at, pixel) in photo.rgba_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
            if !inside.contains([at % width, at / width]) {
                for (byte, colour) in pixel.iter_mut().zip(colour) {
                    let value = f32::from(*byte) * share + colour * (1.0 - share);
                    *byte = crate::photo::color::byte_from(value);
                }
            }
        }
        photo
    }

    #[test]
    fn frames_paper_bars_and_half_covered_lines_are_found_to_the_pixel() {
        let [black, white, paper] = [[0.0; 3], [255.0; 3], [243.0, 240.0, 232.0]];
        let one = Border { right: 1, ..Border::default() };
        let letterbox = Border { top: 30, bottom: 30, ..Border::default() };
        for (border, share, colour) in [
            (Border::even(2), 0.25, black),
            (Border::even(8), 0.0, black),
            (Border::even(1), 0.3, white),
            (one, 0.5, white),
            (one, 0.5, black),
            (Border::even(20), 0.0, paper),
            (letterbox, 0.0, black),
        ] {
            let photo = framed(hills([240, 180]), border, share, colour);
            assert_eq!(Border::of(&photo), border, "{share} of the photo, {colour:?}");
        }
    }

    #[test]
    fn a_frame_that_the_night_hides_on_one_side_is_as_wide_there_as_opposite() {
        let night = scene([240, 180], |x, y| {
            let is_sky = y < 0.3 + 0.05 * (12.0 * x).sin();
            if is_sky { [1.0; 3] } else { [60.0 + 80.0 * x, 50.0, 40.0 + 60.0 * y] }
        });
        let letterbox = Border { top: 20, bottom: 20, ..Border::default() };
        assert_eq!(Border::of(&framed(night, letterbox, 0.0, [0.0; 3])), letterbox);
    }

    #[test]
    fn what_belongs_to_a_photo_is_no_border() {
        let (lamp, size) = ([0.5_f32, 0.6_f32], [240, 180]);
        let from_lamp = |x: f32, y: f32| (x - lamp[0]).hypot(y - lamp[1]);
        let photos =
            [
                ("hills", hills(size)),
                ("snow", scene(size, |x, y| [236.0 + 8.0 * x, 240.0 + 6.0 * y, 248.0])),
                ("all white", scene(size, |_, _| [255.0; 3])),
                (
                    "a white backdrop",
                    scene(size, |x, y| {
                        if from_lamp(x, y) < 0.3 { [180.0, 60.0, 40.0] } else { [252.0; 3] }
                    }),
                ),
                (
                    "a street lamp at night",
                    scene(size, |x, y| [250.0 * (-12.0 * from_lamp(x, y)).exp(); 3]),
                ),
                (
                    "a level sea under a white sky",
                    scene(size, |x, y| {
                        if y < 0.2 {
                            [252.0; 3]
                        } else {
                            [40.0, 70.0 + 40.0 * y, 100.0 + 20.0 * (90.0 * x).sin()]
                        }
                    }),
                ),
                (
                    "a vignette",
                    scene(size, |x, y| {
                        let far = (x - 0.5).hypot(y - 0.5);
                        [200.0 * (1.0 - 1.1 * far * far); 3]
                    }),
                ),
            ];
        for (name, photo) in photos {
            assert_eq!(Border::of(&photo), Border::default(), "{name}");
        }
    }

    #[test]
    fn what_is_transparent_is_not_looked_at() {
        let mut photo = framed(hills([240, 180]), Border::even(3), 0.0, [0.0; 3]);
        assert_eq!(Border::of(&photo), Border::even(3), "control");
        for pixel in photo.rgba_mut().as_chunks_mut::<4>().0.iter_mut().step_by(7) {
            pixel[3] = 254;
        }
        assert!(Border::of(&photo).is_none());
    }

    #[test]
    fn err_a_border_leaves_a_photo_inside() {
        assert!(Border::even(2).check([20, 20]).is_ok());
        assert!(Border::even(3).check([20, 40]).is_err());
        assert!(Border::even(u32::MAX).check([20, 40]).is_err());
    }
}
