//! Finds mosaics: whether, where, how large the cells are, and how sure that is.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "photos have some thousand pixels a side, and places are clamped to them"
)]

use super::super::Photo;
use super::cells::{Label, Patch, fitted};
use super::comb::{Candidate, Plane, candidates};
use super::{Grid, bounds};

/// Windows below this are no candidates.
const LEAST_SCORE: f32 = 0.15;
/// The same where the user says that there is a mosaic.
const LEAST_SCORE_WITHIN: f32 = 0.05;
/// Fewer cells prove nothing.
const LEAST_CELLS: usize = 6;
/// How many pixels of windows are looked at closely at each scale, with a quarter of the photo.
const MOST_WORK: usize = 1_000_000;
/// Turns of growing; each reaches half as far again.
const MOST_TURNS: usize = 20;
/// A region that fills this much of its rectangle is one; an ellipse fills 0.79.
const RECTANGULAR: f32 = 0.8;
/// Quarter cells at the rim of the region whose values lie within this are flat.
const FLAT: u8 = 8;

/// A mosaic in a photo.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its cells.
    pub grid: Grid,
    /// What surrounds it: `[left, top, right, bottom]` in pixels, right and bottom excluded.
    pub rect: [usize; 4],
    /// The chance that this is a mosaic, `0..=1`.
    pub confidence: f32,
    /// debug
    pub features: [f32; 8],
    /// Row, first and end column; row by row.
    spans: Vec<[usize; 3]>,
}

impl Found {
    /// Sets the mosaic's pixels to 255 in a hole of the photo's size; the others are left alone.
    ///
    /// # Panics
    /// If the hole is too small.
    pub fn paint(&self, hole: &mut [u8], width: usize) {
        for &[y, from, to] in &self.spans {
            hole[y * width + from..y * width + to].fill(255);
        }
    }
}

/// The mosaics in a photo, the surest first.
#[must_use]
pub fn find(photo: &Photo) -> Vec<Found> {
    let [w, h] = photo.size().map(|side| side as usize);
    found_in(&Plane::new(photo, [0, 0, w, h], &[]), LEAST_SCORE)
}

/// The grid of a mosaic that somebody pointed at, and the chance that it is one.
///
/// # Panics
/// If the hole's length is not that of the photo.
#[must_use]
pub fn find_within(photo: &Photo, hole: &[u8]) -> Option<(Grid, f32)> {
    let size = photo.size().map(|side| side as usize);
    assert_eq!(hole.len(), size[0] * size[1], "a hole of {size:?}");
    let rect = bounds(hole, size)?;
    let found = found_in(&Plane::new(photo, rect, hole), LEAST_SCORE_WITHIN).into_iter().next()?;
    let through = [0, 1].map(|axis| found.grid.phase[axis] + rect[axis] as f32);
    Some((Grid::new(found.grid.cell, through), found.confidence))
}

fn found_in(plane: &Plane, least_score: f32) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    let mut work = [plane.luma.len() / 4 + MOST_WORK; 32];
    for candidate in candidates(plane, least_score) {
        let rect = candidate.rect;
        let is_known = |f: &Found| f.confidence > 0.8 && overlap(f.rect, rect) > 0.5;
        if all.iter().any(is_known) {
            continue;
        }
        let cost = (rect[2] - rect[0]) * (rect[3] - rect[1]);
        let work = &mut work[candidate.scale.trailing_zeros() as usize];
        let Some(left) = work.checked_sub(cost) else { continue };
        *work = left;
        all.extend(grown(plane, candidate));
    }
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut best: Vec<Found> = Vec::new();
    for found in all {
        if best.iter().all(|better| overlap(better.rect, found.rect) < 0.3) {
            best.push(found);
        }
    }
    best
}

/// The shared part of the smaller rectangle.
fn overlap(a: [usize; 4], b: [usize; 4]) -> f32 {
    let side = |from: usize, to: usize| to.saturating_sub(from);
    let area = |r: [usize; 4]| side(r[0], r[2]) * side(r[1], r[3]);
    let shared = [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])];
    area(shared) as f32 / area(a).min(area(b)).max(1) as f32
}

/// Grows a candidate over all cells that belong to it, fitting the grid again at each step.
fn grown(plane: &Plane, Candidate { grid, rect, .. }: Candidate) -> Option<Found> {
    let window = grid.cells_over(rect).map(|[first, end]| [first + 1, end - 1]);
    let mut grid = fitted(plane, grid, window, |_| true)?;
    let mut rect = rect;
    let mut known = 0;
    for turn in 1.. {
        let patch = Patch::over(plane, &grid, rect);
        let core = patch.core();
        let count = core.iter().filter(|&&member| member).count();
        if count < LEAST_CELLS {
            return None;
        }
        if count.abs_diff(known) * 100 <= count || turn > MOST_TURNS {
            let merged = patch.without_dead_lines(&core, grid);
            if merged.cell == grid.cell || turn > MOST_TURNS {
                return finished(plane, grid, &patch, &core);
            }
            (grid, known) = (merged, 0);
            continue;
        }
        known = count;
        let bounds = patch.bounds(&core)?;
        grid = fitted(plane, grid, bounds, |cell| patch.is_member(&core, cell))?;
        let [[left, right], [top, bottom]] = [0, 1].map(|axis| {
            let [first, end] = bounds[axis];
            let more = ((end - first) / 2).max(3);
            [first - more, end + more]
                .map(|line| grid.line(axis, line).clamp(0.0, plane.size[axis] as f32) as usize)
        });
        rect = [left, top, right, bottom];
    }
    None
}

fn finished(plane: &Plane, grid: Grid, patch: &Patch, core: &[bool]) -> Option<Found> {
    let members = &patch.members(core);
    let features = features(plane, &grid, patch, core)?;
    let confidence = confidence(&features);
    let spans = outline(plane, &grid, patch, members)?;
    let rect = [
        spans.iter().map(|span| span[1]).min()?,
        spans.first()?[0],
        spans.iter().map(|span| span[2]).max()?,
        spans.last()?[0] + 1,
    ];
    Some(Found { grid: Grid::new(grid.cell, grid.phase), rect, confidence, features, spans })
}

fn features(plane: &Plane, grid: &Grid, patch: &Patch, members: &[bool]) -> Option<[f32; 8]> {
    let (mut n, mut steps, mut spread, mut mosaic) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
    let (mut lag1, mut lag2) = (0.0_f32, 0.0_f32);
    let w = patch.size[0];
    for at in (0..members.len()).filter(|&at| members[at]) {
        n += 1.0;
        let Some(cell) = patch.looks[at] else { continue };
        steps += patch.steps[at];
        spread += cell.spread;
        mosaic += f32::from(u8::from(patch.labels[at] == Label::Mosaic));
        for (stride, fits) in [(1, at % w + 2 < w), (w, at + 2 * w < members.len())] {
            if fits
                && members[at + stride]
                && members[at + 2 * stride]
                && let (Some(a), Some(b)) = (patch.looks[at + stride], patch.looks[at + 2 * stride])
            {
                lag1 += (a.mean - cell.mean).abs();
                lag2 += (b.mean - cell.mean).abs();
            }
        }
    }
    let b = patch.bounds(members)?;
    let corner = |axis: usize, which: usize| {
        grid.line(axis, b[axis][which]).round().clamp(0.0, plane.size[axis] as f32) as usize
    };
    let rect = [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)];
    let half = [0, 1].map(|axis| grid.phase[axis] + grid.cell[axis] / 2.0);
    let other = Patch::over(plane, &Grid::new(grid.cell, half), rect);
    let shifted =
        other.labels.iter().filter(|&&l| l == Label::Mosaic).count() as f32 / mosaic.max(1.0);
    let ratio = grid.cell[0] / grid.cell[1];
    Some([
        n,
        mosaic / n,
        spread / steps.max(1e-3),
        steps / n,
        lag1 / lag2.max(1e-3),
        ratio.max(1.0 / ratio),
        shifted,
        grid.cell[0].min(grid.cell[1]),
    ])
}

fn confidence(f: &[f32; 8]) -> f32 {
    let x = 4.0 * (f[3] / 8.0).ln().min(0.0) + 2.0 * (f[0] * f[1]).ln()
        - 6.0 * f[6]
        - 10.0 * f[2]
        - 4.0
        - 10.0 * (f[5].ln() - 0.2).max(0.0);
    1.0 / (1.0 + (-x).exp())
}

/// The pixels of the members and of what is flat beside them: a hole may cut cells.
fn outline(plane: &Plane, grid: &Grid, patch: &Patch, members: &[bool]) -> Option<Vec<[usize; 3]>> {
    let parts = match grid.cell[0].min(grid.cell[1]) {
        narrow if narrow < 6.0 => 1,
        middle if middle < 10.0 => 2,
        _ => 4,
    };
    let edges = [0, 1].map(|axis| -> Vec<usize> {
        (0..=patch.size[axis] * parts)
            .map(|part| {
                let line = grid.line(axis, patch.cells[axis][0]);
                let at = line + part as f32 * grid.cell[axis] / parts as f32;
                at.round().clamp(0.0, plane.size[axis] as f32) as usize
            })
            .collect()
    });
    let size = patch.size.map(|count| count * parts);
    let cell_of = |at: usize| at / size[0] / parts * patch.size[0] + at % size[0] / parts;
    let mut blocks: Vec<bool> = (0..size[0] * size[1]).map(|at| members[cell_of(at)]).collect();
    let mut open: Vec<usize> = (0..blocks.len()).filter(|&at| blocks[at]).collect();
    let range = |at: usize| {
        let place = [at % size[0], at / size[0]];
        // Beside a line it is blurred.
        let [x, y] = [0, 1].map(|axis| {
            let [from, to] = [edges[axis][place[axis]], edges[axis][place[axis] + 1]];
            let first = place[axis].is_multiple_of(parts) && to - from > 1;
            let last = (place[axis] + 1).is_multiple_of(parts) && to - from > 1;
            [from + usize::from(first), to - usize::from(last)]
        });
        let mut range = [u8::MAX, 0];
        for y in y[0]..y[1] {
            for &value in &plane.luma[y * plane.size[0]..][x[0]..x[1]] {
                range = [range[0].min(value), range[1].max(value)];
            }
        }
        range
    };
    let mut ranges: Vec<u8> = open
        .iter()
        .map(|&at| {
            let [least, most] = range(at);
            most.saturating_sub(least)
        })
        .collect();
    let middle = ranges.len() / 2;
    let flat = 2 * (*ranges.select_nth_unstable(middle).1).clamp(1, FLAT / 2);
    while parts > 1
        && let Some(at) = open.pop()
    {
        let [x, y] = [at % size[0], at / size[0]];
        let near = [
            (x > 0).then(|| at - 1),
            (x + 1 < size[0]).then_some(at + 1),
            (y > 0).then(|| at.wrapping_sub(size[0])),
            (y + 1 < size[1]).then_some(at + size[0]),
        ];
        for next in near.into_iter().flatten() {
            // From cell to cell only out of the region.
            if blocks[next] || cell_of(next) != cell_of(at) && !members[cell_of(at)] {
                continue;
            }
            let mut values = range(next);
            if cell_of(next) == cell_of(at) {
                let here = range(at);
                values = [values[0].min(here[0]), values[1].max(here[1])];
            }
            if values[1].saturating_sub(values[0]) <= flat {
                blocks[next] = true;
                open.push(next);
            }
        }
    }
    square_up(&mut blocks, size, members, patch, parts);
    let mut spans = Vec::new();
    for row in 0..size[1] {
        for y in edges[1][row]..edges[1][row + 1] {
            let mut column = 0;
            while column < size[0] {
                let end =
                    (column..size[0]).find(|&x| !blocks[row * size[0] + x]).unwrap_or(size[0]);
                if end > column && edges[0][column] < edges[0][end] {
                    spans.push([y, edges[0][column], edges[0][end]]);
                }
                column = end + 1;
            }
        }
    }
    (!spans.is_empty()).then_some(spans)
}

/// A region that is nearly a rectangle becomes one, with each side where most of it is flat.
fn square_up(blocks: &mut [bool], size: [usize; 2], members: &[bool], patch: &Patch, parts: usize) {
    let count = members.iter().filter(|&&member| member).count();
    let as_hole: Vec<u8> = members.iter().map(|&member| u8::from(member)).collect();
    let Some(rect) = bounds(&as_hole, patch.size) else { return };
    let [columns, rows] = [rect[2] - rect[0], rect[3] - rect[1]];
    let corners = [0, 1, 2, 3]
        .map(|i| (rect[1] + i / 2 * (rows - 1)) * patch.size[0] + rect[0] + i % 2 * (columns - 1));
    if (count as f32) < RECTANGULAR * (columns * rows) as f32
        || corners.iter().any(|&at| patch.labels[at] == Label::Other)
    {
        return;
    }
    let core = rect.map(|side| side * parts);
    let mut squared = core;
    for side in 0..4 {
        let axis = side % 2;
        let across = core[1 - axis]..core[3 - axis];
        for _ in 0..parts {
            let next = if side < 2 { squared[side].checked_sub(1) } else { Some(squared[side]) };
            let Some(next) = next.filter(|&next| next < size[axis]) else { break };
            let flat = across
                .clone()
                .filter(|&at| {
                    blocks[if axis == 0 { at * size[0] + next } else { next * size[0] + at }]
                })
                .count();
            if flat * 2 < across.len() {
                break;
            }
            squared[side] = if side < 2 { next } else { next + 1 };
        }
    }
    for (at, block) in blocks.iter_mut().enumerate() {
        let [x, y] = [at % size[0], at / size[0]];
        *block = (squared[0]..squared[2]).contains(&x) && (squared[1]..squared[3]).contains(&y);
    }
}
