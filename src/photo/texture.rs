//! Continues a photo's own structures into the painted area, guided by what the network painted.
//!
//! A small network knows which colours belong where, but not how a tree ends or a wave breaks. The
//! photo does: so the painted area is put together from pieces of it. From coarse to fine, every
//! painted cell looks up where its surroundings occur in the known part, and takes the colours that
//! the pieces overlapping it agree on; then again, until the pieces fit one another. The network's
//! answer is where this starts, a hint in every search, and a share of the votes on all levels that
//! are no finer than it.
//!
//! Always holds: nothing but `+ - * /` and whole numbers decides, so the same photo and the same
//! answer give the same pieces on every machine. Start at [`continued`].
//!
//! # Source
//! Wexler, Shechtman & Irani, *Space-Time Completion of Video* (2007): votes count more the better
//! a piece fits and the nearer it lies to the rim. Searched with [`super::patch_match`]. The
//! guidance by a network is ours.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "levels have a few hundred cells a side, places are checked, colours clamped"
)]

use super::Between;
use super::color::byte_from;
use super::detail::spread;
use super::patch_match::{Dice, Field, Matches, REACH};

/// A level whose short side has fewer cells than this says nothing about structure.
const COARSEST: usize = 32;
/// How often search and vote take turns, coarsest level first; the last number goes on.
const TURNS: [usize; 5] = [10, 6, 4, 2, 1];
/// The guide's share of the votes where cells are as large as its own or larger.
const SHARE: f32 = 0.2;
/// How much less a piece counts for each cell that it lies further from the rim.
const FADE: f32 = 0.8;
/// A mean colour that is off by no more than this, of 255, is made what was wished; one that is off
/// by twice as much stays.
const NEARLY: f32 = 6.0;

/// What a network painted, over the whole picture.
#[derive(Clone, Copy, Debug)]
pub struct Guide<'a> {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Three planes in `0..=1`.
    pub rgb: &'a [f32],
    /// `[width, height]` in cells of the grid that the network saw: what surroundings are compared
    /// with it is the photo as soft as that.
    pub seen: [usize; 2],
}

/// The picture in square cells of some pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// `[width, height]` in cells; the last of a row or column may be cut by the picture's border.
    pub size: [usize; 2],
    /// The mean colour of every cell, in `0..=255`.
    pub colours: Vec<[f32; 3]>,
    /// A cell is painted if any of its pixels is.
    pub painted: Vec<bool>,
}

impl Level {
    /// The picture in cells of `cell_px` pixels a side.
    ///
    /// # Shapes and ranges
    /// `rgba`: `width * height * 4`; `hole`: `width * height`, 0 is known.
    ///
    /// # Panics
    /// If a length is not that of `size`, or `cell_px` is 0.
    #[must_use]
    pub fn of(rgba: &[u8], hole: &[u8], [w, h]: [usize; 2], cell_px: usize) -> Self {
        assert_eq!([rgba.len(), hole.len() * 4], [w * h * 4; 2], "buffers of {w}×{h}");
        let size = [w.div_ceil(cell_px), h.div_ceil(cell_px)];
        let mut sums = vec![[0_u32; 4]; size[0] * size[1]];
        let mut painted = vec![false; sums.len()];
        let rows = rgba.chunks_exact(4 * w).zip(hole.chunks_exact(w)).enumerate();
        for (y, (pixels, holes)) in rows {
            let row = y / cell_px * size[0];
            let cells = pixels.chunks(4 * cell_px).zip(holes.chunks(cell_px)).enumerate();
            for (x, (pixels, holes)) in cells {
                painted[row + x] |= holes.iter().any(|&hole| hole != 0);
                let [r, g, b, n] = &mut sums[row + x];
                for pixel in pixels.chunks_exact(4) {
                    *r += u32::from(pixel[0]);
                    *g += u32::from(pixel[1]);
                    *b += u32::from(pixel[2]);
                    *n += 1;
                }
            }
        }
        let mean = |[r, g, b, n]: [u32; 4]| [r, g, b].map(|sum| sum as f32 / n as f32);
        Self { size, colours: sums.into_iter().map(mean).collect(), painted }
    }

    /// The same picture in cells twice as wide and high.
    fn coarser(&self) -> Self {
        let [w, h] = self.size;
        let size = [w.div_ceil(2), h.div_ceil(2)];
        let children = |at: usize| {
            let [x, y] = [at % size[0] * 2, at / size[0] * 2];
            let cells = [[x, y], [x + 1, y], [x, y + 1], [x + 1, y + 1]];
            cells.into_iter().filter(|[x, y]| *x < w && *y < h).map(|[x, y]| y * w + x)
        };
        let cells = 0..size[0] * size[1];
        let mean = |at: usize| {
            let count = children(at).count() as f32;
            [0, 1, 2].map(|c| children(at).map(|child| self.colours[child][c]).sum::<f32>() / count)
        };
        Self {
            size,
            colours: cells.clone().map(mean).collect(),
            painted: cells.map(|at| children(at).any(|child| self.painted[child])).collect(),
        }
    }

    /// Pieces of an even sky differ a little in light, which shows as patches. So where the painted
    /// cells' mean over a few of them is nearly what was wished, it becomes that; what is finer is
    /// detail, and stays.
    fn even_out(&mut self, wishes: &[[f32; 3]]) {
        let off = |at: usize| [0, 1, 2].map(|c| wishes[at][c] - self.colours[at][c]);
        let off: Vec<_> = (0..wishes.len()).map(off).collect();
        // Twice: a single mean would take a part of a fence's boards for light.
        let off = spread(&spread(&off, self), self);
        for (colour, off) in self.colours.iter_mut().zip(off) {
            let most = off.iter().fold(0.0, |most: f32, off| most.max(off.abs()));
            let share = (2.0 - most / NEARLY).clamp(0.0, 1.0);
            for (value, off) in colour.iter_mut().zip(off) {
                *value = (*value + off * share).clamp(0.0, 255.0);
            }
        }
    }

    fn short(&self) -> usize {
        self.size[0].min(self.size[1])
    }

    fn is_searchable(&self) -> bool {
        self.painted.iter().any(|painted| !painted)
    }

    /// What the guide wants in every cell, in `0..=255`.
    fn wishes(&self, guide: Guide) -> Vec<[f32; 3]> {
        let [w, h] = self.size;
        let [gw, gh] = guide.size;
        let wish = |at: usize| {
            let across = Between::of_pixel(at % w, w, gw);
            let down = Between::of_pixel(at / w, h, gh);
            [0, 1, 2].map(|c| {
                // Rounded, so that the last bits of a device's arithmetic decide nothing.
                let at = |x: usize, y: usize| (guide.rgb[(c * gh + y) * gw + x] * 255.0).round();
                let [above, below] = down.cells.map(|y| {
                    let [left, right] = across.cells.map(|x| at(x, y));
                    left + (right - left) * across.share
                });
                (above + (below - above) * down.share).clamp(0.0, 255.0)
            })
        };
        (0..w * h).map(wish).collect()
    }

    /// What a network with a grid of this size sees of every known cell: the mean of the known cells
    /// that share its place.
    fn seen_by(&self, grid: [usize; 2]) -> Vec<[f32; 3]> {
        let [w, h] = self.size;
        let place = |at: usize| at / w * grid[1] / h * grid[0] + at % w * grid[0] / w;
        let known = (0..self.painted.len()).filter(|at| !self.painted[*at]);
        let mut sums = vec![([0.0; 3], 0.0); grid[0] * grid[1]];
        for at in known {
            let (sum, count) = &mut sums[place(at)];
            for (sum, colour) in sum.iter_mut().zip(self.colours[at]) {
                *sum += colour;
            }
            *count += 1.0;
        }
        let mean = |at: usize| {
            let (sum, count) = sums[place(at)];
            sum.map(|sum| sum / f32::max(count, 1.0))
        };
        (0..self.painted.len()).map(mean).collect()
    }

    /// How far every painted cell lies from the nearest known one, in steps to the eight
    /// neighbours; 0 for known cells.
    pub(super) fn depths(&self) -> Vec<u16> {
        let [w, h] = self.size;
        let far = |painted: &bool| if *painted { u16::MAX - 1 } else { 0 };
        let mut depths: Vec<u16> = self.painted.iter().map(far).collect();
        let mut sweep = |x: usize, y: usize, before: [[isize; 2]; 4]| {
            for [dx, dy] in before {
                if let (Some(x1), Some(y1)) = (x.checked_add_signed(dx), y.checked_add_signed(dy))
                    && x1 < w
                    && y1 < h
                {
                    depths[y * w + x] = depths[y * w + x].min(depths[y1 * w + x1] + 1);
                }
            }
        };
        for at in 0..w * h {
            sweep(at % w, at / w, [[-1, -1], [0, -1], [1, -1], [-1, 0]]);
        }
        for at in (0..w * h).rev() {
            sweep(at % w, at / w, [[1, 1], [0, 1], [-1, 1], [1, 0]]);
        }
        depths
    }
}

/// Fills the painted cells with pieces of the known ones, and returns where they come from; `None`
/// when no cell is known.
///
/// # Panics
/// If the guide's planes do not have its size.
#[must_use]
pub fn continued(finest: Level, guide: Guide, seed: u64) -> Option<(Level, Matches)> {
    let [gw, gh] = guide.size;
    assert_eq!(guide.rgb.len(), 3 * gw * gh, "three planes of {gw}×{gh}");
    let mut levels = vec![finest];
    while let Some(last) = levels.last()
        && last.short() >= 2 * COARSEST
    {
        let coarser = last.coarser();
        if !coarser.is_searchable() {
            break;
        }
        levels.push(coarser);
    }
    let mut dice = Dice::new(seed);
    let mut found: Option<Matches> = None;
    for number in (0..levels.len()).rev() {
        let turn = (levels.len() - 1 - number).min(TURNS.len() - 1);
        let mut work = Painting::new(levels[number].clone(), guide);
        let mut matches = match &found {
            Some(coarser) => {
                let matches = coarser.doubled(work.field(), &mut dice)?;
                // Reckons the costs, by which votes are weighed.
                let matches = matches.improved(work.field(), 0, 0, &mut dice);
                work.vote(&matches);
                matches
            }
            None => {
                // An answer is softer than any photo: compared with it, soft pieces would win.
                let blank = Field { has_colours: false, ..work.field() };
                let radius = work.level.short() as i32 / 2;
                let matches = Matches::random(blank, &mut dice)?;
                let matches = matches.improved(blank, 6, radius, &mut dice);
                work.vote(&matches);
                matches
            }
        };
        let radius = if found.is_some() { 4 } else { work.level.short() as i32 / 2 };
        for _ in 0..TURNS[turn] {
            matches = matches.improved(work.field(), 2, radius, &mut dice);
            work.vote(&matches);
        }
        if number == 0 {
            work.level.even_out(&work.wishes);
        }
        levels[number] = work.level;
        found = Some(matches);
    }
    found.map(|matches| (levels.swap_remove(0), matches))
}

/// A level under way.
struct Painting {
    level: Level,
    bytes: Vec<[u8; 4]>,
    wishes: Vec<[f32; 3]>,
    hints: Vec<[u8; 4]>,
    trust: Vec<f32>,
    share: f32,
}

impl Painting {
    /// Starts with the network's answer in the hole.
    fn new(mut level: Level, guide: Guide) -> Self {
        let wishes = level.wishes(guide);
        let guide_short = guide.size[0].min(guide.size[1]);
        let seen = level.seen_by(guide.seen);
        let hint = |at: usize| if level.painted[at] { wishes[at] } else { seen[at] };
        let hints = (0..wishes.len()).map(|at| bytes(hint(at))).collect();
        let share = if level.short() <= guide_short { SHARE } else { 0.0 };
        let fade = |depth: u16| (1..depth.min(40)).fold(1.0, |trust: f32, _| trust * FADE);
        let trust = level.depths().into_iter().map(fade).collect();
        for (at, _) in level.painted.iter().enumerate().filter(|(_, painted)| **painted) {
            level.colours[at] = wishes[at];
        }
        let bytes = level.colours.iter().copied().map(bytes).collect();
        Self { level, bytes, wishes, hints, trust, share }
    }

    fn field(&self) -> Field<'_> {
        Field {
            size: self.level.size,
            colours: &self.bytes,
            hints: &self.hints,
            painted: &self.level.painted,
            has_colours: true,
        }
    }

    /// Gives every painted cell the mean of what the pieces over it say.
    fn vote(&mut self, matches: &Matches) {
        let painted: Vec<usize> =
            (0..self.bytes.len()).filter(|&at| self.level.painted[at]).collect();
        let costs: u64 = painted.iter().map(|&at| u64::from(matches.cost[at])).sum();
        let usual = costs as f32 / painted.len().max(1) as f32 + 1.0;
        let weigh = |at: usize| {
            let badness = 1.0 + matches.cost[at] as f32 / usual;
            self.trust[at] / (badness * badness * badness)
        };
        let weights: Vec<f32> = (0..self.bytes.len()).map(weigh).collect();
        for &at in &painted {
            if let Some(colour) = self.voted(at, matches, &weights) {
                let wish = self.wishes[at];
                let share = self.share;
                self.level.colours[at] =
                    [0, 1, 2].map(|c| colour[c] * (1.0 - share) + wish[c] * share);
                self.bytes[at] = bytes(self.level.colours[at]);
            }
        }
    }

    fn voted(&self, at: usize, matches: &Matches, weights: &[f32]) -> Option<[f32; 3]> {
        let [w, h] = self.level.size.map(|side| side as i32);
        let [x, y] = [at as i32 % w, at as i32 / w];
        let (mut sum, mut total) = ([0.0; 3], 0.0);
        for qy in (y - REACH).max(0)..=(y + REACH).min(h - 1) {
            for qx in (x - REACH).max(0)..=(x + REACH).min(w - 1) {
                let q = (qy * w + qx) as usize;
                let [sx, sy] = [matches.from[q][0] + x - qx, matches.from[q][1] + y - qy];
                if !self.level.painted[q] || !(0..w).contains(&sx) || !(0..h).contains(&sy) {
                    continue;
                }
                let source = (sy * w + sx) as usize;
                if self.level.painted[source] {
                    continue;
                }
                for (sum, colour) in sum.iter_mut().zip(self.level.colours[source]) {
                    *sum += weights[q] * colour;
                }
                total += weights[q];
            }
        }
        (total > 0.0).then(|| sum.map(|sum| sum / total))
    }
}

fn bytes(colour: [f32; 3]) -> [u8; 4] {
    let [r, g, b] = colour.map(byte_from);
    [r, g, b, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fence: dark and bright columns in turn, two cells each, under a flat sky; the right third
    /// is painted.
    fn fence(columns: usize) -> Level {
        let size = [3 * columns, 2 * columns - 1];
        let shade = |at: usize| match (at / size[0] < columns, at % size[0] % 8 < 4) {
            (true, _) => [128.0; 3],
            (false, true) => [25.0; 3],
            (false, false) => [230.0; 3],
        };
        let cells = 0..size[0] * size[1];
        let painted = cells.clone().map(|at| at % size[0] >= 2 * columns).collect();
        Level { size, colours: cells.map(shade).collect(), painted }
    }

    /// The red of the painted cells of one row.
    fn row(level: &Level, y: usize) -> Vec<f32> {
        let [w, _] = level.size;
        (y * w..(y + 1) * w)
            .filter(|at| level.painted[*at])
            .map(|at| level.colours[at][0])
            .collect()
    }

    #[test]
    fn a_patch_in_slightly_another_light_is_evened_out_and_nothing_else() {
        // All painted but a column: an even wish, detail of ±9, patches too bright by 4 and by 40.
        let size = [60, 30];
        let patch = |at: usize| match (at % 60, at / 60) {
            (5..25, 5..25) => 4.0,
            (35..55, 5..25) => 40.0,
            _ => 0.0,
        };
        let detail = |at: usize| [-9.0, 9.0][(at % 60 + at / 60) % 2];
        let cells = 0..size[0] * size[1];
        let mut level = Level {
            size,
            colours: cells.clone().map(|at| [100.0 + patch(at) + detail(at); 3]).collect(),
            painted: cells.clone().map(|at| at % 60 > 0).collect(),
        };
        let before = level.clone();
        level.even_out(&vec![[100.0; 3]; size[0] * size[1]]);
        let mean = |level: &Level, x: usize| {
            let middle = (13..17).flat_map(|y| (x - 2..x + 2).map(move |x| y * 60 + x));
            middle.map(|at| level.colours[at][1]).sum::<f32>() / 16.0
        };
        assert!((mean(&before, 15) - 104.0).abs() < 0.01, "control: there is a patch");
        assert!((mean(&level, 15) - 100.0).abs() < 0.5, "{}", mean(&level, 15));
        assert!((mean(&level, 45) - 140.0).abs() < 0.01, "no patch, a thing: {}", mean(&level, 45));
        let apart = |level: &Level| level.colours[15 * 60 + 15][0] - level.colours[15 * 60 + 16][0];
        assert!((apart(&level) - apart(&before)).abs() < 0.5, "detail stays: {}", apart(&level));
        let mut known = cells.filter(|at| at % 60 == 0);
        assert!(known.all(|at| level.colours[at] == before.colours[at]));
    }

    #[test]
    fn a_fence_goes_on_as_a_fence_and_sky_as_sky() {
        // A network that knows nothing but grey.
        let guide = Guide { size: [3, 3], rgb: &[0.5; 27], seen: [3, 3] };
        let (result, matches) = continued(fence(40), guide, 1).unwrap();
        // Four cells on the other colour begins; where the phase slips, one board is wider.
        let fence = row(&result, 60);
        let turned = (4..40).filter(|&x| (fence[x] + fence[x - 4] - 255.0).abs() < 20.0).count();
        let bright = fence.iter().filter(|v| (**v - 230.0).abs() < 25.0).count();
        assert!(turned >= 26, "{turned} of 36 cells differ from the board before: {fence:?}");
        assert!((12..=28).contains(&bright), "{bright} of 40 cells are bright");
        assert!(row(&result, 7).iter().all(|v| (v - 128.0).abs() < 12.0), "sky stays sky");
        assert_eq!(matches.size, result.size);
    }

    #[test]
    fn what_is_known_stays_and_the_guide_chooses_among_pieces() {
        // Left half red, right half blue, and the painted strip in the middle of the top.
        let size = [40, 33];
        let cells = 0..size[0] * size[1];
        let side = |at: usize| if at % 40 < 20 { [200.0, 30.0, 30.0] } else { [30.0, 30.0, 200.0] };
        let painted = |at: usize| (15..25).contains(&(at % 40)) && at / 40 < 9;
        let level = Level {
            size,
            colours: cells.clone().map(side).collect(),
            painted: cells.clone().map(painted).collect(),
        };
        for (red, blue) in [(0.8, 0.1), (0.1, 0.8)] {
            let rgb = [[red; 9], [0.1; 9], [blue; 9]].concat();
            let guide = Guide { size: [3, 3], rgb: &rgb, seen: [3, 3] };
            let (result, _) = continued(level.clone(), guide, 1).unwrap();
            for at in cells.clone().filter(|at| !level.painted[*at]) {
                assert_eq!(result.colours[at], level.colours[at], "known cell {at}");
            }
            let hole = cells.clone().filter(|at| level.painted[*at]);
            let wanted = |at: &usize| {
                let [r, _, b] = result.colours[*at];
                (r > b) == (red > blue)
            };
            let right = hole.clone().filter(wanted).count();
            assert!(right * 10 > hole.count() * 8, "{right} follow a guide of {red}, {blue}");
        }
    }

    #[test]
    fn cells_average_their_pixels_and_one_painted_pixel_paints_a_cell() {
        // 5 × 3 pixels in cells of 2: the last column and row are cut.
        let rgba: Vec<u8> = (0..15).flat_map(|i| [i * 10, 0, 255, 9]).collect();
        let mut hole = [0; 15];
        hole[8] = 7;
        let level = Level::of(&rgba, &hole, [5, 3], 2);
        assert_eq!(level.size, [3, 2]);
        assert_eq!(level.colours[0], [30.0, 0.0, 255.0], "pixels 0, 1, 5, 6");
        assert_eq!(level.colours[2], [65.0, 0.0, 255.0], "pixels 4 and 9");
        assert_eq!(level.colours[5], [140.0, 0.0, 255.0], "pixel 14 alone");
        assert_eq!(level.painted, [false, true, false, false, false, false]);
        let coarser = level.coarser();
        assert_eq!(coarser.size, [2, 1]);
        assert_eq!(coarser.painted, [true, false]);
        assert_eq!(coarser.colours[1][0], 102.5, "of the last column's two cells");
    }

    #[test]
    fn depth_counts_steps_to_the_rim() {
        let painted = |at: usize| (1..6).contains(&(at % 7)) && at / 7 < 3;
        let painted: Vec<bool> = (0..28).map(painted).collect();
        let level = Level { size: [7, 4], colours: vec![[0.0; 3]; 28], painted };
        assert_eq!(level.depths()[..7], [0, 1, 2, 3, 2, 1, 0], "open above, closed below");
        assert_eq!(level.depths()[14..21], [0, 1, 1, 1, 1, 1, 0]);
    }

    #[test]
    fn the_last_bits_of_a_guide_decide_nothing() {
        let rgb: Vec<f32> = (0..27).map(|i| (i * 7 % 27) as f32 / 27.0).collect();
        let other: Vec<f32> = rgb.iter().map(|value| value * (1.0 + 3e-7)).collect();
        let far: Vec<f32> = rgb.iter().map(|value| value * 0.8).collect();
        let painted = |rgb: &[f32]| {
            continued(fence(20), Guide { size: [3, 3], rgb, seen: [3, 3] }, 1).unwrap()
        };
        assert_eq!(painted(&rgb), painted(&other));
        assert_ne!(painted(&rgb), painted(&far), "control: the guide matters");
    }

    #[test]
    fn nothing_known_is_not_continued() {
        let level = Level { size: [3, 1], colours: vec![[0.0; 3]; 3], painted: vec![true; 3] };
        assert!(
            continued(level, Guide { size: [1, 1], rgb: &[0.5; 3], seen: [1, 1] }, 1).is_none()
        );
    }
}
