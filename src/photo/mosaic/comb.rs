//! Where a grid could be: windows whose edges stand at equal distances, across and down.
//!
//! Edges are counted in strips, column by column and row by row, so that the picture itself is read
//! once; everything after works on those profiles. Each scale looks at windows of 64 of its pixels
//! for periods of 6 to 12 of them (the finest from 4), then the profiles are halved. Phases are
//! good to about half a pixel of the scale. Natural pictures give candidates too; telling them
//! apart is for [`super::cells`].
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places lie inside the profile, values in 0..=255"
)]

use super::super::Photo;
use super::Grid;

/// Stronger steps count no more than this, or one hard edge would outweigh a whole grid.
const STRONGEST_STEP: u8 = 24;
/// Height (width) of a strip at the finest scale; windows are two strips wide.
const STRIP_PX: usize = 32;
/// A window narrower than this many periods says nothing about a period.
const LEAST_PERIODS: f32 = 3.2;
/// A bin of a folded profile, in the unit of phases.
const BIN: f32 = 16_777_216.0;
/// Longest period that is looked for at a scale, in its pixels.
const LONGEST: f32 = 12.5;

/// Brightness of a part of a photo, and where to look.
#[derive(Debug)]
pub(super) struct Plane {
    /// `[width, height]`.
    pub(super) size: [usize; 2],
    /// Rec. 601 luma of the sRGB numbers: JPEG keeps it at full resolution.
    pub(super) luma: Vec<u8>,
    /// 0 where nothing is to be looked at; empty to look everywhere.
    inside: Vec<u8>,
}

impl Plane {
    /// `rect`: `[left, top, right, bottom]`; `hole`: of the photo's size, or empty.
    pub(super) fn new(photo: &Photo, rect: [usize; 4], hole: &[u8]) -> Self {
        let width = photo.size()[0] as usize;
        let size = [rect[2] - rect[0], rect[3] - rect[1]];
        let mut luma = Vec::with_capacity(size[0] * size[1]);
        let mut inside = Vec::new();
        for y in rect[1]..rect[3] {
            let row = y * width + rect[0]..y * width + rect[2];
            luma.extend(photo.rgba()[row.start * 4..row.end * 4].chunks_exact(4).map(|p| {
                let sum = 77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]);
                ((sum + 128) >> 8) as u8
            }));
            if !hole.is_empty() {
                inside.extend_from_slice(&hole[row]);
            }
        }
        Self { size, luma, inside }
    }

    pub(super) fn is_inside(&self, at: usize) -> bool {
        self.inside.is_empty() || self.inside[at] != 0
    }

    /// How strong an edge is; one step of 255 is noise.
    pub(super) fn step(&self, a: usize, b: usize) -> u8 {
        let step = self.luma[a].abs_diff(self.luma[b]).saturating_sub(1).min(STRONGEST_STEP);
        if self.is_inside(a) && self.is_inside(b) { step } else { 0 }
    }

    /// A pixel by its place along an axis and across it.
    pub(super) fn at(&self, axis: usize, along: usize, across: usize) -> usize {
        if axis == 0 { across * self.size[0] + along } else { along * self.size[0] + across }
    }
}

/// A grid that a window suggests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) grid: Grid,
    /// The window: `[left, top, right, bottom]`.
    pub(super) rect: [usize; 4],
    /// How far edges on the lines outweigh all others, on the worse axis, up to 1.
    pub(super) score: f32,
    /// Pixels a sample of the profile it was found in.
    pub(super) scale: usize,
}

/// All windows with a score above `least_score`, best first.
pub(super) fn candidates(plane: &Plane, least_score: f32) -> Vec<Candidate> {
    let [w, h] = plane.size;
    let mut found = Vec::new();
    let mut profiles = Profiles::of(plane);
    while profiles.scale == 1 || STRIP_PX * profiles.scale <= w.max(h) {
        let step = STRIP_PX * profiles.scale;
        for top in starts(h, step) {
            for left in starts(w, step) {
                let rect = [left, top, (left + 2 * step).min(w), (top + 2 * step).min(h)];
                found.extend(profiles.candidates(rect).filter(|c| c.score > least_score));
            }
        }
        profiles = profiles.halved();
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}

/// Where windows of two steps begin; the last reaches the end.
fn starts(side: usize, step: usize) -> impl Iterator<Item = usize> {
    (0..side).step_by(step).filter(move |&start| start == 0 || start + step < side)
}

/// Edges summed in strips: upright ones by column, level ones by row.
#[derive(Debug)]
struct Profiles {
    /// Pixels a strip's unit; a sample of a profile stays one pixel.
    scale: usize,
    strips: [Vec<Vec<f32>>; 2],
}

impl Profiles {
    fn of(plane: &Plane) -> Self {
        let [w, h] = plane.size;
        let mut upright = vec![vec![0.0; w]; h.div_ceil(STRIP_PX)];
        let mut level = vec![vec![0.0; h]; w.div_ceil(STRIP_PX)];
        for y in 0..h {
            let row = y * w;
            for (x, sum) in upright[y / STRIP_PX].iter_mut().enumerate().skip(1) {
                *sum += f32::from(plane.step(row + x - 1, row + x));
            }
            for (strip, sums) in level.iter_mut().enumerate().take(if y == 0 { 0 } else { w }) {
                let columns = strip * STRIP_PX..((strip + 1) * STRIP_PX).min(w);
                let sum: u32 = columns.map(|x| u32::from(plane.step(row - w + x, row + x))).sum();
                sums[y] = sum as f32;
            }
        }
        Self { scale: 1, strips: [upright, level] }
    }

    fn halved(self) -> Self {
        let strips = self.strips.map(|strips| {
            let mut strips = strips.into_iter();
            let mut pairs = Vec::new();
            while let Some(mut first) = strips.next() {
                for (sum, value) in first.iter_mut().zip(strips.next().unwrap_or_default()) {
                    *sum += value;
                }
                pairs.push(first);
            }
            pairs
        });
        Self { scale: self.scale * 2, strips }
    }

    /// The best grid of each octave in a window.
    fn candidates(&self, rect: [usize; 4]) -> impl Iterator<Item = Candidate> {
        let scale = self.scale as f32;
        let profiles = [0, 1].map(|axis| {
            let bins = (rect[axis + 2] - rect[axis]) / self.scale;
            let along = rect[axis]..rect[axis] + bins * self.scale;
            let first = rect[1 - axis] / (STRIP_PX * self.scale);
            let mut sums = vec![0.0; bins];
            for strip in self.strips[axis].iter().skip(first).take(2) {
                for (sum, bin) in sums.iter_mut().zip(strip[along.clone()].chunks(self.scale)) {
                    *sum += bin.iter().sum::<f32>();
                }
            }
            // Of one hard edge less remains than of many weak ones.
            sums.iter_mut().for_each(|sum: &mut f32| *sum = sum.sqrt());
            sums
        });
        let finest: &[_] = if scale == 1.0 { &[3.8..6.2] } else { &[] };
        finest.iter().cloned().chain([5.8..LONGEST]).filter_map(move |periods| {
            let [x, y] = [0, 1].map(|axis| Comb::best(&profiles[axis], periods.clone()));
            let [x, y] = [x?, y?];
            let through = [(x, rect[0]), (y, rect[1])]
                .map(|(comb, from)| from as f32 + comb.phase * scale - 0.5);
            let grid = Grid::new([x.period * scale, y.period * scale], through);
            Some(Candidate { grid, rect, score: x.contrast.min(y.contrast), scale: self.scale })
        })
    }
}

/// Equal distances in a profile.
#[derive(Clone, Copy, Debug)]
struct Comb {
    period: f32,
    /// Where a tooth lies; the first sample covers 0..1.
    phase: f32,
    /// `(on - off) / (on + off)`, of the means on the teeth and off them.
    contrast: f32,
}

impl Comb {
    /// The comb of the highest contrast, by folding the profile at every period.
    fn best(profile: &[f32], periods: std::ops::Range<f32>) -> Option<Self> {
        let length = profile.len() as f32;
        let mut best: Option<Self> = None;
        let mut period = periods.start;
        while period < periods.end && length >= period * LEAST_PERIODS {
            // Sums and counts by phase; about a sample wide.
            let bins = period.ceil() as usize;
            let mut fold = [[0.0_f32; 2]; LONGEST as usize + 2];
            let per_sample = bins as f32 / period;
            // Bins in fractions of 2^24: a window is short enough for their rounding.
            let [step, end] = [(per_sample * BIN) as u32, bins as u32 * BIN as u32];
            let mut at = step / 2;
            for value in profile {
                let bin = &mut fold[(at / BIN as u32) as usize];
                *bin = [bin[0] + value, bin[1] + 1.0];
                at += step;
                if at >= end {
                    at -= end;
                }
            }
            let all = fold[..bins].iter().fold([0.0; 2], |[a, b], bin| [a + bin[0], b + bin[1]]);
            for bin in 0..bins {
                // A line between two pixels, or blurred, falls into two bins.
                let [here, next] = [fold[bin], fold[(bin + 1) % bins]];
                let on = [here[0] + next[0], here[1] + next[1]];
                let [on_mean, off_mean] =
                    [on, [all[0] - on[0], all[1] - on[1]]].map(|[sum, n]| sum / n.max(1.0));
                let contrast = (on_mean - off_mean) / (on_mean + off_mean).max(1e-3);
                if best.is_none_or(|known| contrast > known.contrast) {
                    let phase = (bin as f32 + 0.5 + next[0] / on[0].max(1e-3)) / per_sample;
                    best = Some(Self { period, phase, contrast });
                }
            }
            // Over the whole profile the last tooth moves by less than a sample.
            period += 0.6 * period / length;
        }
        best
    }
}
