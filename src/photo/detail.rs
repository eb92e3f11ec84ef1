//! Lends the painted area the photo's own pixels, at full resolution.
//!
//! What is painted on a small grid is soft when enlarged. But every painted cell knows which known
//! cell it resembles: so its pixels are copied from there, and shifted in colour by what the two
//! cells differ. Between cells that borrow from different places the copies fade into one another.
//!
//! # Source
//! Detail pasted by the places a match points to, as in Yi et al., *Contextual Residual
//! Aggregation* (CVPR 2020). Theirs come from attention, ours from [`super::texture`]; they add
//! residuals to an enlarged picture, we add colour differences to copied pixels, which is the same
//! within a piece and needs no full-size plane.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cells and pixels inside a picture whose size was checked; colours clamped"
)]

use std::ops::Range;

use super::Between;
use super::color::byte_from;
use super::multigrid::{Multigrid, Values};
use super::patch_match::Matches;
use super::texture::Level;

/// Over how many cells to each side differences in colour are averaged.
const SPREAD: usize = 3;

/// Within this many pixels of the rim, what the pieces agree on meets the photo better than any one
/// of them. Matters where cells are a few pixels wide, as in small photos.
const RIM_PX: f32 = 4.0;

/// A painted area that knows where its pixels come from.
#[derive(Debug)]
pub struct Detail<'a> {
    level: &'a Level,
    cell_px: usize,
    /// For every painted cell how many pixels away it borrows.
    shifts: Vec<[i32; 2]>,
    /// How much brighter a painted cell is than the one it borrows from.
    tints: Vec<[f32; 3]>,
    /// How much of the borrowed detail every painted cell gets.
    strengths: Vec<f32>,
}

/// Cells around a pixel, and their weights.
type Corners = [(usize, f32); 4];

impl<'a> Detail<'a> {
    /// Detail for a level of cells of `cell_px` pixels; `strength` from 0, none, to 1, all.
    ///
    /// # Panics
    /// If level and matches differ in size.
    #[must_use]
    pub fn new(level: &'a Level, cell_px: usize, matches: &Matches, strength: f32) -> Self {
        assert_eq!(level.size, matches.size, "matches of the level");
        let [w, _] = level.size;
        let from = |at: usize| matches.from[at].map(|cell| cell as usize);
        let cells = 0..level.painted.len();
        let shift = |at: usize| {
            let [x, y] = from(at);
            [(x, at % w), (y, at / w)].map(|(from, to)| (from as i32 - to as i32) * cell_px as i32)
        };
        let tint = |at: usize| {
            let [x, y] = from(at);
            [0, 1, 2].map(|c| level.colours[at][c] - level.colours[y * w + x][c])
        };
        let strength_at = |depth: u16| {
            let rim = f32::from(depth) * cell_px as f32 / RIM_PX;
            strength.clamp(0.0, 1.0) * rim.min(1.0)
        };
        Self {
            level,
            cell_px,
            shifts: cells.clone().map(shift).collect(),
            tints: spread(&cells.map(tint).collect::<Vec<_>>(), level),
            strengths: level.depths().into_iter().map(strength_at).collect(),
        }
    }

    /// Paints the hole of a picture, and closes the seam.
    ///
    /// # Shapes and ranges
    /// `rgba`: `width * height * 4`, changed where `hole` is not 0 and nowhere else; alpha stays.
    ///
    /// # Panics
    /// If a length is not that of `size`, or the level is not the picture's.
    pub fn paint(&self, rgba: &mut [u8], hole: &[u8], size: [usize; 2]) {
        let [w, h] = size;
        assert_eq!([rgba.len(), hole.len() * 4], [w * h * 4; 2], "buffers of {size:?}");
        assert_eq!(size.map(|side| side.div_ceil(self.cell_px)), self.level.size, "cells");
        let area = Area { hole, width: w };
        for y in 0..h {
            let mut x = 0;
            while x < w {
                let end = self.same_corners(x).min(w);
                self.paint_run(y, x..end, rgba, area);
                x = end;
            }
        }
        let Some(mut membrane) = Multigrid::<3>::over(hole, size) else { return };
        let photo = &*rgba;
        membrane.solve(|p| Values(self.gap([p % w, p / w], photo, area)));
        membrane.for_each(|Values(corrections), p| {
            for (byte, correction) in rgba[p * 4..].iter_mut().zip(corrections) {
                *byte = byte_from(f32::from(*byte) + correction);
            }
        });
    }

    /// The first pixel to the right of `x` that lies between other cells.
    fn same_corners(&self, x: usize) -> usize {
        let half = self.cell_px / 2;
        (x + self.cell_px - half) / self.cell_px * self.cell_px + half
    }

    /// Paints what is hole in a part of a row that lies between the same four cells.
    fn paint_run(&self, y: usize, columns: Range<usize>, rgba: &mut [u8], area: Area) {
        let is_hole = |x: &usize| area.hole[y * area.width + x] != 0;
        let Some(first) = columns.clone().find(is_hole) else { return };
        let whole = self.whole_piece(self.corners([first, y]));
        for x in (first..columns.end).filter(is_hole) {
            let at = (y * area.width + x) * 4;
            let corners = self.corners([x, y]);
            let source = whole.and_then(|shift| area.known([x, y], shift));
            let colour = if let Some(source) = source {
                // Most pixels: all four cells borrow from one place.
                let mut colour = [0, 1, 2].map(|c| f32::from(rgba[source * 4 + c]));
                for (cell, weight) in corners {
                    for (value, tint) in colour.iter_mut().zip(self.tints[cell]) {
                        *value += tint * weight;
                    }
                }
                colour
            } else {
                self.colour([x, y], [x, y], rgba, area)
            };
            for (byte, value) in rgba[at..].iter_mut().zip(colour) {
                *byte = byte_from(value);
            }
        }
    }

    /// From where all four cells borrow, if it is one place and they want all of its detail.
    fn whole_piece(&self, corners: Corners) -> Option<[i32; 2]> {
        let shift = self.shifts[corners[0].0];
        let is_whole = |&(cell, _): &(usize, f32)| {
            self.level.painted[cell] && self.shifts[cell] == shift && self.strengths[cell] >= 1.0
        };
        corners.iter().all(is_whole).then_some(shift)
    }

    /// What separates a known pixel at the rim from the painting, continued by one pixel.
    fn gap(&self, [x, y]: [usize; 2], rgba: &[u8], area: Area) -> [f32; 3] {
        let Area { hole, width: w } = area;
        let h = hole.len() / w;
        let at = (y * w + x) * 4;
        let beside = [
            (x > 0).then(|| [x - 1, y]),
            (y > 0).then(|| [x, y - 1]),
            (x + 1 < w).then_some([x + 1, y]),
            (y + 1 < h).then_some([x, y + 1]),
        ];
        let painted = beside.into_iter().flatten().filter(|[x, y]| hole[y * w + x] != 0);
        let (mut sum, mut count) = ([0.0; 3], 0.0);
        for near in painted {
            let continued = self.colour(near, [x, y], rgba, area);
            for (c, sum) in sum.iter_mut().enumerate() {
                *sum += f32::from(rgba[at + c]) - continued[c];
            }
            count += 1.0;
        }
        sum.map(|sum| sum / f32::max(count, 1.0))
    }

    /// The colour at `place`, as the cells around the painted pixel `by` paint it.
    fn colour(&self, by: [usize; 2], place: [usize; 2], rgba: &[u8], area: Area) -> [f32; 3] {
        let corners = self.corners(by);
        let smooth = self.mean(&corners, |cell| self.level.colours[cell]);
        let strength = self.mean(&corners, |cell| [self.strengths[cell]; 3])[0];
        if strength == 0.0 {
            return smooth;
        }
        let mut faded = ([0.0; 3], 0.0);
        for (i, &(cell, _)) in corners.iter().enumerate() {
            let shift = self.shifts[cell];
            let is_same = |&(other, _): &(usize, f32)| {
                self.level.painted[other] && self.shifts[other] == shift
            };
            if !self.level.painted[cell] || corners[..i].iter().any(is_same) {
                continue;
            }
            let Some(source) = area.known(place, shift) else { continue };
            let same = corners.iter().filter(|corner| is_same(corner));
            let weight: f32 = same.map(|(_, weight)| weight).sum();
            // Cubed weights keep the fade narrow: averaged over its whole width, unlike textures
            // would cancel out and leave a soft spot between every two cells.
            let weight = weight * weight * weight;
            for (c, sum) in faded.0.iter_mut().enumerate() {
                *sum += weight * f32::from(rgba[source * 4 + c]);
            }
            faded.1 += weight;
        }
        if faded.1 == 0.0 {
            return smooth;
        }
        let painted = corners
            .map(|(cell, weight)| (cell, if self.level.painted[cell] { weight } else { 0.0 }));
        let tint = self.mean(&painted, |cell| self.tints[cell]);
        [0, 1, 2].map(|c| {
            let borrowed = faded.0[c] / faded.1 + tint[c];
            smooth[c] + (borrowed - smooth[c]) * strength
        })
    }

    fn mean(&self, corners: &Corners, of: impl Fn(usize) -> [f32; 3]) -> [f32; 3] {
        let total: f32 = corners.iter().map(|(_, weight)| weight).sum();
        let mut mean = [0.0; 3];
        for &(cell, weight) in corners {
            for (mean, value) in mean.iter_mut().zip(of(cell)) {
                *mean += value * weight / total;
            }
        }
        mean
    }

    /// The four cells whose centres lie around a pixel.
    fn corners(&self, [x, y]: [usize; 2]) -> Corners {
        let [w, h] = self.level.size;
        let cell = self.cell_px as f32;
        let axis = |at: usize, cells| Between::new((at as f32 + 0.5) / cell - 0.5, cells);
        let (Between { cells: [x0, x1], share: fx }, Between { cells: [y0, y1], share: fy }) =
            (axis(x, w), axis(y, h));
        [
            (y0 * w + x0, (1.0 - fx) * (1.0 - fy)),
            (y0 * w + x1, fx * (1.0 - fy)),
            (y1 * w + x0, (1.0 - fx) * fy),
            (y1 * w + x1, fx * fy),
        ]
    }
}

/// The mean over the painted cells around every painted cell; 0 elsewhere. Pieces differ in light from the place
/// they come to, which is smooth; what is not smooth is their detail, and stays.
pub(super) fn spread(tints: &[[f32; 3]], level: &Level) -> Vec<[f32; 3]> {
    let [w, h] = level.size;
    let mean = |at: usize| {
        let [x, y] = [at % w, at / w];
        let (mut sum, mut count) = ([0.0; 3], 0.0);
        for y in y.saturating_sub(SPREAD)..(y + SPREAD + 1).min(h) {
            let row = y * w;
            for x in x.saturating_sub(SPREAD)..(x + SPREAD + 1).min(w) {
                if level.painted[row + x] {
                    for (sum, tint) in sum.iter_mut().zip(tints[row + x]) {
                        *sum += tint;
                    }
                    count += 1.0;
                }
            }
        }
        sum.map(|sum| sum / f32::max(count, 1.0))
    };
    (0..tints.len()).map(|at| if level.painted[at] { mean(at) } else { [0.0; 3] }).collect()
}

/// A picture's hole and width.
#[derive(Clone, Copy)]
struct Area<'a> {
    hole: &'a [u8],
    width: usize,
}

impl Area<'_> {
    /// The pixel at a shift, if it lies in the picture and is known.
    fn known(self, [x, y]: [usize; 2], [dx, dy]: [i32; 2]) -> Option<usize> {
        let x = x.checked_add_signed(dx as isize).filter(|x| *x < self.width)?;
        let at = y.checked_add_signed(dy as isize)? * self.width + x;
        self.hole.get(at).is_some_and(|hole| *hole == 0).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::patch_match::tests::Bands;
    use super::super::patch_match::{Dice, Matches};
    use super::*;

    const CELL_PX: usize = 10;

    /// Bands of ten pixels a cell with a noise of ±7; the right third is painted and black.
    struct Scene {
        size: [usize; 2],
        rgba: Vec<u8>,
        hole: Vec<u8>,
        level: Level,
        matches: Matches,
    }

    impl Scene {
        fn new() -> Self {
            let bands = Bands::new();
            let [w, h] = bands.size.map(|side| side * CELL_PX);
            let cell = |i: usize| i / w / CELL_PX * bands.size[0] + i % w / CELL_PX;
            let hole: Vec<u8> = (0..w * h).map(|i| u8::from(bands.painted[cell(i)])).collect();
            let mut dice = Dice::new(3);
            let mut pixel = |i: usize| {
                let value = bands.colours[cell(i)][0] + [0, 14][dice.below(2)] - 7;
                if hole[i] == 0 { [value, value, value, 200] } else { [0, 0, 0, 200] }
            };
            let rgba: Vec<u8> = (0..w * h).flat_map(&mut pixel).collect();
            let mut level = Level::of(&rgba, &hole, [w, h], CELL_PX);
            for (at, colour) in level.colours.iter_mut().enumerate() {
                *colour = [f32::from(bands.colours[at][0]); 3];
            }
            let mut dice = Dice::new(1);
            let matches = Matches::random(bands.field(), &mut dice).unwrap();
            let matches = matches.improved(bands.field(), 5, 9, &mut dice);
            Self { size: [w, h], rgba, hole, level, matches }
        }

        fn painted(&self, strength: f32) -> Vec<u8> {
            let mut rgba = self.rgba.clone();
            let detail = Detail::new(&self.level, CELL_PX, &self.matches, strength);
            detail.paint(&mut rgba, &self.hole, self.size);
            rgba
        }

        /// The deviation of the painted pixels from their band, outside cells at the rim.
        fn deviation(&self, rgba: &[u8]) -> f32 {
            let [w, h] = self.size;
            let inside = (0..w * h).filter(|i| i % w > 130 && (i / w).abs_diff(60) > 10);
            let (sum, count) = inside.fold((0.0, 0.0), |(sum, count), i| {
                let band = if i / w < 60 { 50.0 } else { 200.0 };
                (sum + (f32::from(rgba[i * 4]) - band).powi(2), count + 1.0)
            });
            (sum / count).sqrt()
        }
    }

    #[test]
    fn texture_comes_over_at_full_strength_and_known_pixels_and_alpha_stay() {
        let scene = Scene::new();
        let painted = scene.painted(1.0);
        for (i, hole) in scene.hole.iter().enumerate() {
            let [now, was] = [&painted, &scene.rgba].map(|rgba| &rgba[i * 4..i * 4 + 4]);
            assert_eq!(now[3], 200, "alpha at {i}");
            assert!(*hole != 0 || now == was, "known pixel {i}");
        }
        let deviation = scene.deviation(&painted);
        assert!((5.6..=7.4).contains(&deviation), "strength {deviation}, not 7");
    }

    #[test]
    fn runs_end_where_the_cells_change() {
        let scene = Scene::new();
        for cell_px in [1, 2, 3, 8, 10] {
            let level = Level::of(&scene.rgba, &scene.hole, scene.size, cell_px);
            let matches = Matches {
                size: level.size,
                from: vec![[0; 2]; level.painted.len()],
                cost: vec![0; level.painted.len()],
            };
            let detail = Detail::new(&level, cell_px, &matches, 1.0);
            let cells = |x: usize| detail.corners([x, 70]).map(|(cell, _)| cell);
            let mut x = 0;
            while x < scene.size[0] {
                let end = detail.same_corners(x).min(scene.size[0]);
                assert!(end > x, "cells of {cell_px}: a run of nothing at {x}");
                for other in x..end {
                    assert_eq!(cells(other), cells(x), "cells of {cell_px}: {x} and {other}");
                }
                x = end;
            }
        }
    }

    #[test]
    fn strength_goes_from_none_to_all() {
        let scene = Scene::new();
        let [none, half, all] = [0.0, 0.5, 1.0].map(|s| scene.deviation(&scene.painted(s)));
        assert!(none < 1.5, "smooth cells have no texture: {none}");
        assert!((half - all / 2.0).abs() < 1.0, "half of {all} is {half}");
    }

    #[test]
    fn a_painting_in_another_light_meets_the_photo() {
        let mut scene = Scene::new();
        for (colour, painted) in scene.level.colours.iter_mut().zip(&scene.level.painted) {
            if *painted {
                *colour = colour.map(|value| value + 30.0);
            }
        }
        let [w, _] = scene.size;
        let painted = scene.painted(1.0);
        let mean = |rgba: &[u8], columns: Range<usize>| {
            let sum: u32 = (0..50)
                .flat_map(|y| columns.clone().map(move |x| (y * w + x) * 4))
                .map(|at| u32::from(rgba[at]))
                .sum();
            sum as f32 / (50 * columns.len()) as f32
        };
        let step = mean(&painted, 120..124) - mean(&painted, 116..120);
        assert!(step.abs() < 4.0, "a step of {step} at the seam");
        let mut level = scene.level.clone();
        level.painted.fill(true);
        // Control: the cells themselves are 30 brighter.
        let cells = [scene.level.colours[12][0], scene.level.colours[11][0]];
        assert_eq!(cells[0] - cells[1], 30.0);
    }
}
