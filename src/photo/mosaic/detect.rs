//! Finds mosaics: whether, where, how large the cells are, and how sure that is.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "photos have some thousand pixels a side, and places are clamped to them"
)]

use super::super::Photo;
use super::{Grid, Region};

/// One mosaic in a photo.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its cells.
    pub grid: Grid,
    /// What surrounds it: `[left, top, right, bottom]` in pixels, right and bottom excluded.
    pub rect: [usize; 4],
    /// How sure this is, `0..=1`.
    pub confidence: f32,
    /// Debug features.
    pub features: [f32; 8],
    region: Vec<(usize, usize, usize)>,
}

impl Found {
    /// Sets the pixels of the mosaic to 255 in a hole of `width` columns.
    pub fn paint(&self, hole: &mut [u8], width: usize) {
        for &(y, from, to) in &self.region {
            hole[y * width + from..y * width + to].fill(255);
        }
    }
}

/// Looks for mosaics; the surest first.
#[must_use]
pub fn find(photo: &Photo) -> Vec<Found> {
    let [w, h] = photo.size().map(|s| s as usize);
    let plane = Plane::of(photo, [0, 0, w, h]);
    let all = candidates(&plane, 0.3);
    let mut best: Vec<Found> = Vec::new();
    for candidate in all.iter().take(60) {
        if best.iter().any(|f| overlap(f.rect, candidate.rect) > 0.5) {
            continue;
        }
        if let Some(found) = grown(&plane, *candidate)
            && !best.iter().any(|f| overlap(f.rect, found.rect) > 0.5)
        {
            best.push(found);
        }
    }
    best.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    best
}

fn overlap(a: [usize; 4], b: [usize; 4]) -> f32 {
    let side = |from: usize, to: usize| to.saturating_sub(from) as f32;
    let shared = side(a[0].max(b[0]), a[2].min(b[2])) * side(a[1].max(b[1]), a[3].min(b[3]));
    let area = |r: [usize; 4]| side(r[0], r[2]) * side(r[1], r[3]);
    shared / area(a).min(area(b)).max(1.0)
}

fn grown(plane: &Plane, candidate: Candidate) -> Option<Found> {
    let [w, h] = plane.size;
    let mut grid = candidate.grid;
    let mut rect = candidate.rect;
    grid = fitted(plane, grid, &|_, _| true, {
        let c = grid.cells_over(rect);
        [[c[0][0] + 1, c[0][1] - 1], [c[1][0] + 1, c[1][1] - 1]]
    })?;
    let mut last = 0;
    for round in 0..16 {
        if !(0.6..1.6).contains(&(grid.cell[0] / grid.cell[1])) && round > 3 {
            return None;
        }
        let patch = Patch::over(plane, &grid, rect);
        let members = patch.region();
        let count = members.iter().filter(|&&m| m).count();
        let bounds = patch.bounds(&members)?;
        if count < 6 {
            return None;
        }
        if round > 0 && count == last {
            let whole = patch.without_dead_lines(&members, grid);
            if whole == grid {
                return finished(plane, grid, &patch, &members);
            }
            grid = whole;
            last = 0;
            continue;
        }
        last = count;
        grid = fitted(plane, grid, &|x, y| patch.is_member(&members, x, y), bounds)?;
        let extend = |axis: usize| {
            let cells = ((bounds[axis][1] - bounds[axis][0]) / 2).max(3);
            let limit = plane.size[axis] as f32;
            let from = grid.line(axis, bounds[axis][0] - cells).clamp(0.0, limit);
            let to = grid.line(axis, bounds[axis][1] + cells).clamp(0.0, limit);
            [from as usize, to as usize]
        };
        let ([left, right], [top, bottom]) = (extend(0), extend(1));
        rect = [left, top, right.min(w), bottom.min(h)];
    }
    None
}

fn finished(plane: &Plane, grid: Grid, patch: &Patch, members: &[bool]) -> Option<Found> {
    let bounds = patch.bounds(members)?;
    let [w, _] = patch.size;
    let (mut n, mut steps, mut spread, mut mosaic) = (0.0, 0.0, 0.0, 0.0);
    let (mut lag1, mut lag2, mut count1, mut count2) = (0.0, 0.0, 0.0, 0.0_f32);
    for at in (0..members.len()).filter(|&at| members[at]) {
        n += 1.0;
        let Some(cell) = patch.stats[at] else { continue };
        steps += patch.steps[at];
        spread += cell.spread;
        mosaic += f32::from(u8::from(patch.labels[at] == Label::Mosaic));
        for (stride, fits) in [(1, at % w + 2 < w), (w, at + 2 * w < members.len())] {
            if fits && members[at + stride] && members[at + 2 * stride] {
                if let (Some(a), Some(b)) = (patch.stats[at + stride], patch.stats[at + 2 * stride]) {
                    lag1 += (a.mean - cell.mean).abs();
                    lag2 += (b.mean - cell.mean).abs();
                    count1 += 1.0;
                    count2 += 1.0;
                }
            }
        }
    }
    let box_cells = ((bounds[0][1] - bounds[0][0]) * (bounds[1][1] - bounds[1][0])) as f32;
    let shifted = {
        let mut other = grid;
        for axis in 0..2 {
            other.phase[axis] += grid.cell[axis] / 2.0;
        }
        let corner = |axis: usize, which: usize| {
            grid.line(axis, bounds[axis][which]).round().clamp(0.0, plane.size[axis] as f32) as usize
        };
        let rect = [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)];
        let patch = Patch::over(plane, &other, rect);
        patch.labels.iter().filter(|&&l| l == Label::Mosaic).count() as f32 / mosaic.max(1.0)
    };
    let features = [
        n,
        mosaic / n,
        spread / steps.max(1e-3),
        steps / n,
        (lag1 / f32::max(count1, 1.0)) / (lag2 / count2.max(1.0)).max(1e-3),
        n / box_cells,
        shifted,
        0.0,
    ];
    let corner = |axis: usize, which: usize| {
        grid.line(axis, bounds[axis][which]).round().clamp(0.0, plane.size[axis] as f32) as usize
    };
    let rect = [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)];
    let mut region = Vec::new();
    for y in rect[1]..rect[3] {
        for x in rect[0]..rect[2] {
            let [cx, cy] = grid.cell_of([x, y]);
            if patch.is_member(members, cx, cy) {
                region.push((y, x, x + 1));
            }
        }
    }
    let grid = Grid::new(grid.cell, grid.phase);
    Some(Found { grid, rect, confidence: mosaic / 100.0, features, region })
}

/// Unused yet.
#[must_use]
pub fn find_within(photo: &Photo, region: Region<'_>) -> Option<(Grid, f32)> {
    let _ = (photo, region);
    None
}
