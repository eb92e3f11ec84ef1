//! Whether a grid's cells are those of a mosaic: flat inside, with steps between them.
//!
//! Flat means that the four quarters of a cell have one mean, which neither noise nor JPEG's
//! ringing disturbs much; the margin of a cell is left out, because rescaling blurs it.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "photos have some thousand pixels a side, and places are clamped to them"
)]

use super::Grid;
use super::comb::Plane;

/// A mean step to the neighbours below this cannot be told from JPEG's own blocks.
const LEAST_STEP: f32 = 2.5;
/// Narrower cells have no inside left once their margin is blurred.
const LEAST_CELL_PX: f32 = 3.6;

/// An edge this far from its line counts half.
const ROBUST_PX: f64 = 0.5;

/// What a cell looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) mean: f32,
    /// How far the means of the quarters lie apart.
    pub(super) spread: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// Flat, with steps around.
    Mosaic,
    /// Too even to tell: a mosaic of a clear sky, or the sky itself.
    Neutral,
    /// Not flat.
    Other,
}

/// The cells over a rectangle, row by row.
#[derive(Debug)]
pub(super) struct Patch {
    /// `[first, end]` of columns and rows.
    pub(super) cells: [[i32; 2]; 2],
    /// Columns and rows.
    pub(super) size: [usize; 2],
    /// Nothing where too little of a cell is to be seen.
    pub(super) looks: Vec<Option<Cell>>,
    /// Mean step to the neighbours left, right, above and below.
    pub(super) steps: Vec<f32>,
    pub(super) labels: Vec<Label>,
    /// 0 for wide cells, up to 1: the narrower a cell, the more of its inside is blurred.
    narrow: f32,
}

impl Cell {
    fn at(plane: &Plane, columns: [usize; 2], rows: [usize; 2]) -> Option<Self> {
        let corners =
            [0, 1, 2, 3].map(|i| (rows[i / 2] - i / 2) * plane.size[0] + columns[i % 2] - i % 2);
        if !corners.iter().all(|&at| plane.is_inside(at)) {
            return None;
        }
        // Of an odd number the middle one is left out.
        let halves = |[from, to]: [usize; 2]| {
            let half = (to - from) / 2;
            [[from, from + half], [to - half, to]]
        };
        let (columns, rows) = (halves(columns), halves(rows));
        let quarters = [0, 1, 2, 3].map(|i| mean(plane, columns[i % 2], rows[i / 2]));
        let most = quarters.iter().copied().fold(f32::MIN, f32::max);
        let least = quarters.iter().copied().fold(f32::MAX, f32::min);
        Some(Self { mean: quarters.iter().sum::<f32>() / 4.0, spread: most - least })
    }
}

fn mean(plane: &Plane, columns: [usize; 2], rows: [usize; 2]) -> f32 {
    // Eight rows of a quarter tell as much as all.
    let rows = (rows[0]..rows[1]).step_by((rows[1] - rows[0]).div_ceil(8));
    let count = rows.len() * (columns[1] - columns[0]);
    let mut sum = 0;
    for y in rows {
        let row = y * plane.size[0];
        sum += plane.luma[row + columns[0]..row + columns[1]]
            .iter()
            .map(|&value| u32::from(value))
            .sum::<u32>();
    }
    sum as f32 / count as f32
}

/// The pixels of a cell without its blurred margin; `None` if most lies outside the picture.
fn interior(grid: &Grid, axis: usize, index: i32, side: usize) -> Option<[usize; 2]> {
    let margin = (grid.cell[axis] * 0.2).clamp(0.6, 4.0);
    let line = grid.line(axis, index);
    let from = (line + margin - 0.05).ceil();
    let to = (line + grid.cell[axis] - margin + 0.05).floor();
    let [first, end] = [from.max(0.0), to.min(side as f32)];
    (end - first >= 2.0 && end - first >= (to - from) / 2.0)
        .then_some([first as usize, end as usize])
}

impl Patch {
    pub(super) fn over(plane: &Plane, grid: &Grid, rect: [usize; 4]) -> Self {
        let cells = grid.cells_over(rect);
        let size = cells.map(|[first, end]| (end - first) as usize);
        let [columns, rows] = [0, 1].map(|axis| -> Vec<_> {
            (cells[axis][0]..cells[axis][1])
                .map(|index| interior(grid, axis, index, plane.size[axis]))
                .collect()
        });
        let looks: Vec<_> = rows
            .iter()
            .flat_map(|row| columns.iter().map(|column| Cell::at(plane, (*column)?, (*row)?)))
            .collect();
        let narrow = ((10.0 - grid.cell[0].min(grid.cell[1])) / 5.0).clamp(0.0, 1.0);
        let (steps, labels) = (Vec::new(), Vec::new());
        let mut patch = Self { cells, size, looks, steps, labels, narrow };
        patch.steps = (0..patch.looks.len()).map(|at| patch.step_around(at)).collect();
        patch.labels = patch
            .looks
            .iter()
            .zip(&patch.steps)
            .map(|(look, &step)| match look {
                // An even slope has a spread of 0.3 steps and more.
                Some(look) if look.spread > (0.6 + 0.1 * narrow) * step + 1.5 => Label::Other,
                Some(look)
                    if step >= LEAST_STEP && look.spread <= (0.2 + 0.1 * narrow) * step + 0.6 =>
                {
                    Label::Mosaic
                }
                _ => Label::Neutral,
            })
            .collect();
        patch
    }

    /// The mean of the two middle steps of four: one hard edge beside an even cell is no mosaic.
    fn step_around(&self, at: usize) -> f32 {
        let Some(here) = self.looks[at] else { return 0.0 };
        let [w, x] = [self.size[0], at % self.size[0]];
        let near = [
            (x > 0).then(|| at - 1),
            (x + 1 < w).then(|| at + 1),
            at.checked_sub(w),
            (at + w < self.looks.len()).then_some(at + w),
        ];
        let mut steps = [0.0; 4];
        let mut count = 0;
        for look in near.iter().filter_map(|near| self.looks[(*near)?]) {
            steps[count] = (look.mean - here.mean).abs();
            count += 1;
        }
        steps[..count].sort_by(f32::total_cmp);
        match count {
            0 => 0.0,
            _ => f32::midpoint(steps[(count - 1) / 2], steps[count / 2]),
        }
    }

    /// Up to eight neighbours.
    pub(super) fn near(&self, at: usize) -> impl Iterator<Item = usize> {
        let [w, h] = self.size;
        let [x, y] = [at % w, at / w];
        (y.saturating_sub(1)..(y + 2).min(h))
            .flat_map(move |y| (x.saturating_sub(1)..(x + 2).min(w)).map(move |x| y * w + x))
            .filter(move |&near| near != at)
    }

    /// The cells that are mosaic beyond doubt: the largest set of them that hangs together, if need
    /// be across even ones.
    pub(super) fn core(&self) -> Vec<bool> {
        let is_mosaic = |at: usize| self.labels[at] == Label::Mosaic;
        let mut core: Vec<bool> = (0..self.labels.len())
            .map(|at| {
                let company = self.near(at).filter(|&near| is_mosaic(near)).count();
                match self.labels[at] {
                    Label::Mosaic => company >= 2,
                    Label::Neutral => company >= 3,
                    Label::Other => false,
                }
            })
            .collect();
        self.keep_largest(&mut core);
        for (at, member) in core.iter_mut().enumerate() {
            *member &= is_mosaic(at);
        }
        core
    }

    /// The whole mosaic around its core.
    pub(super) fn members(&self, core: &[bool]) -> Vec<bool> {
        let mut members = core.to_vec();
        self.grow(&mut members);
        for _ in 0..3 {
            let before = members.clone();
            for at in (0..before.len()).filter(|&at| !before[at] && self.looks[at].is_some()) {
                let [few, all] =
                    [self.near(at).filter(|&near| before[near]).count(), self.near(at).count()];
                members[at] = match self.labels[at] {
                    Label::Other => few * 4 >= all * 3,
                    _ => few * 8 >= all * 5,
                };
            }
        }
        self.fill_between(&mut members);
        members
    }

    /// Adds even cells that are flat and stepped together with their neighbours: what one cell
    /// cannot show for noise, nine can.
    fn grow(&self, members: &mut [bool]) {
        let is_likely = |at: usize| {
            let (mut n, mut spread, mut step) = (0.0, 0.0, 0.0);
            for near in self.near(at).chain([at]) {
                if let Some(look) = self.looks[near].filter(|_| self.labels[near] != Label::Other) {
                    n += 1.0;
                    spread += look.spread;
                    step += self.steps[near];
                }
            }
            self.labels[at] == Label::Neutral
                && self.looks[at].is_some()
                && step >= 0.7 * n
                && spread <= (0.15 + 0.15 * self.narrow) * step + 0.15 * n
        };
        let mut open: Vec<usize> = (0..members.len()).filter(|&at| members[at]).collect();
        while let Some(at) = open.pop() {
            for near in self.near(at) {
                if !members[near] && is_likely(near) {
                    members[near] = true;
                    open.push(near);
                }
            }
        }
    }

    fn keep_largest(&self, members: &mut [bool]) {
        let mut component = vec![0_usize; members.len()];
        let mut sizes = vec![0];
        let mut open = Vec::new();
        for start in 0..members.len() {
            if !members[start] || component[start] != 0 {
                continue;
            }
            sizes.push(0);
            let name = sizes.len() - 1;
            component[start] = name;
            open.push(start);
            while let Some(at) = open.pop() {
                sizes[name] += usize::from(self.labels[at] == Label::Mosaic);
                for near in self.near(at) {
                    if members[near] && component[near] == 0 {
                        component[near] = name;
                        open.push(near);
                    }
                }
            }
        }
        let largest = (0..sizes.len()).max_by_key(|&name| sizes[name]).unwrap_or(0);
        for (member, name) in members.iter_mut().zip(component) {
            *member = *member && name == largest;
        }
    }

    /// Even cells between members of their row, and between members of their column, belong too.
    fn fill_between(&self, members: &mut [bool]) {
        let [w, h] = self.size;
        for _ in 0..2 {
            let before = members.to_vec();
            let mut between = vec![0_u8; members.len()];
            let lines = (0..h).map(|y| (y * w, 1, w)).chain((0..w).map(|x| (x, w, h)));
            for (first, stride, count) in lines {
                let at = |i: usize| first + i * stride;
                let Some(from) = (0..count).find(|&i| before[at(i)]) else { continue };
                let to = (0..count).rfind(|&i| before[at(i)]).unwrap_or(from);
                for i in from..to {
                    between[at(i)] += 1;
                }
            }
            for (at, member) in members.iter_mut().enumerate() {
                *member |= between[at] == 2 && self.labels[at] != Label::Other;
            }
        }
    }

    pub(super) fn is_member(&self, members: &[bool], [column, row]: [i32; 2]) -> bool {
        let [x, y] = [column - self.cells[0][0], row - self.cells[1][0]].map(usize::try_from);
        matches!((x, y), (Ok(x), Ok(y))
            if x < self.size[0] && y < self.size[1] && members[y * self.size[0] + x])
    }

    /// `[first, end]` of the members' columns and rows.
    pub(super) fn bounds(&self, members: &[bool]) -> Option<[[i32; 2]; 2]> {
        let as_hole: Vec<u8> = members.iter().map(|&member| u8::from(member)).collect();
        let [left, top, right, bottom] = super::bounds(&as_hole, self.size)?;
        let [x, y] = self.cells.map(|[first, _]| first);
        Some([[x + left as i32, x + right as i32], [y + top as i32, y + bottom as i32]])
    }

    /// How much the brightness goes up and down from cell to cell, over how far it gets: 1 for
    /// plain steps, far more for joints between bricks or frames of windows.
    pub(super) fn detour(&self, plane: &Plane, grid: &Grid, members: &[bool]) -> f32 {
        let interiors = [0, 1].map(|axis| -> Vec<_> {
            (self.cells[axis][0]..self.cells[axis][1])
                .map(|index| interior(grid, axis, index, plane.size[axis]))
                .collect()
        });
        let (mut way, mut steps) = (0.0, 0.0);
        for at in (0..members.len()).filter(|&at| members[at]) {
            let place = [at % self.size[0], at / self.size[0]];
            for axis in 0..2 {
                let next = at + [1, self.size[0]][axis];
                if place[axis] + 1 == self.size[axis] || !members[next] {
                    continue;
                }
                let along = [place[axis], place[axis] + 1].map(|i| interiors[axis][i]);
                let ([Some([_, from]), Some([to, _])], Some([first, end])) =
                    (along, interiors[1 - axis][place[1 - axis]])
                else {
                    continue;
                };
                let (mut sum, mut lanes) = (0.0, 0.0_f32);
                for across in (first..end).step_by((end - first).div_ceil(6)) {
                    let value = |along: usize| plane.luma[plane.at(axis, along, across)];
                    sum += (from..=to)
                        .map(|along| {
                            f32::from(value(along - 1).abs_diff(value(along)).saturating_sub(1))
                        })
                        .sum::<f32>();
                    lanes += 1.0;
                }
                if let (Some(a), Some(b)) = (self.looks[at], self.looks[next]) {
                    way += sum / lanes.max(1.0);
                    steps += (a.mean - b.mean).abs();
                }
            }
        }
        way / f32::max(steps, 1e-3)
    }

    /// The grid without lines that have no steps: where only every second (third, ...) has, the
    /// cells are two (three, ...) times as large.
    pub(super) fn without_dead_lines(&self, members: &[bool], grid: Grid) -> Grid {
        let mut grid = grid;
        for axis in 0..2 {
            let lines = self.line_steps(members, axis);
            let mut best = (0.4, 1, 0);
            for every in [2, 3, 5, 7] {
                for first in 0..every {
                    let mut sums = [[0.0_f32; 2]; 2];
                    let mut alive = 0;
                    for (i, line) in lines.iter().enumerate().filter(|(_, line)| line[1] > 0.0) {
                        let side = usize::from(i % every == first);
                        alive += side;
                        sums[side] = [sums[side][0] + line[0], sums[side][1] + line[1]];
                    }
                    let [off, on] = sums.map(|[sum, count]| sum / count.max(1.0));
                    if alive >= 2 && off / on.max(1e-3) < best.0 {
                        best = (off / on.max(1e-3), every, first);
                    }
                }
            }
            let (_, every, first) = best;
            let line = grid.line(axis, self.cells[axis][0] + first as i32);
            grid.cell[axis] *= every as f32;
            grid.phase[axis] = line;
        }
        Grid::new(grid.cell, grid.phase)
    }

    /// Sum and number of the steps between members at every line.
    fn line_steps(&self, members: &[bool], axis: usize) -> Vec<[f32; 2]> {
        let stride = [1, self.size[0]][axis];
        let mut lines = vec![[0.0, 0.0]; self.size[axis]];
        for at in (0..members.len()).filter(|&at| members[at]) {
            let line = [at % self.size[0], at / self.size[0]][axis];
            if line > 0
                && members[at - stride]
                && let (Some(a), Some(b)) = (self.looks[at - stride], self.looks[at])
            {
                let step = (a.mean - b.mean).abs().min(8.0);
                lines[line] = [lines[line][0] + step, lines[line][1] + 1.0];
            }
        }
        lines
    }
}

/// The grid whose lines lie closest to the edges between members of `cells`, by least squares.
///
/// Lines keep their numbers, so the phase may leave its range; `None` if the fit runs away.
pub(super) fn fitted(
    plane: &Plane,
    start: Grid,
    cells: [[i32; 2]; 2],
    is_member: impl Fn([i32; 2]) -> bool,
) -> Option<Grid> {
    let mut grid = start;
    for turn in 0..4 {
        let mut fresh = grid;
        for axis in 0..2 {
            // First as far as a candidate may be off, then what rescaling blurs.
            let reach = grid.cell[axis] * 0.3;
            let reach = if turn == 0 { reach } else { reach.min(4.0) }.max(1.0);
            let mut edges = Vec::new();
            for line in cells[axis][0]..=cells[axis][1] {
                let is_border = |band: i32| {
                    let [before, behind] = if axis == 0 {
                        [[line - 1, band], [line, band]]
                    } else {
                        [[band, line - 1], [band, line]]
                    };
                    is_member(before) && is_member(behind)
                };
                let bands =
                    (cells[1 - axis][0]..cells[1 - axis][1]).filter(|&band| is_border(band));
                let (energy, offset) = edge_near(plane, &grid, (axis, line, reach), bands);
                if energy > 0.0 {
                    let place = f64::from(grid.line(axis, line) + offset);
                    edges.push([f64::from(line), place, f64::from(energy).sqrt()]);
                }
            }
            let [phase, cell] = straight_line(&edges)?;
            [fresh.cell[axis], fresh.phase[axis]] = [cell as f32, phase as f32];
        }
        let is_sane = |axis: usize| {
            fresh.cell[axis] >= LEAST_CELL_PX
                && (0.85..1.18).contains(&(fresh.cell[axis] / start.cell[axis]))
        };
        if !is_sane(0) || !is_sane(1) {
            return None;
        }
        grid = fresh;
    }
    Some(grid)
}

/// Offset and slope of the line through `[x, y, weight]` by least squares. Points far from it count
/// less and less: where a hole cuts cells, its rim is an edge beside the grid's line.
fn straight_line(points: &[[f64; 3]]) -> Option<[f64; 2]> {
    let mut line: Option<[f64; 2]> = None;
    for _ in 0..5 {
        let (mut w, mut wx, mut wxx, mut wy, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &[x, y, weight] in points {
            let far = line.map_or(0.0, |[offset, slope]| (y - offset - slope * x) / ROBUST_PX);
            let weight = weight / (1.0 + far * far);
            (w, wx, wxx) = (w + weight, wx + weight * x, wxx + weight * x * x);
            (wy, wxy) = (wy + weight * y, wxy + weight * x * y);
        }
        let determinant = w * wxx - wx * wx;
        if determinant <= 1e-6 * w * w {
            return None;
        }
        let slope = (w * wxy - wx * wy) / determinant;
        line = Some([(wy - slope * wx) / w, slope]);
    }
    line
}

/// The edges within reach of a line: how strong together, and their mean offset from it.
fn edge_near(
    plane: &Plane,
    grid: &Grid,
    (axis, line, reach): (usize, i32, f32),
    bands: impl Iterator<Item = i32>,
) -> (f32, f32) {
    let place = grid.line(axis, line);
    let from = (place - reach).ceil().max(1.0) as usize;
    let to = ((place + reach).floor().max(0.0) as usize).min(plane.size[axis] - 1);
    let (mut energy, mut moment) = (0.0, 0.0);
    for [first, end] in
        bands.filter_map(|band| interior(grid, 1 - axis, band, plane.size[1 - axis]))
    {
        // A dozen rows of a cell tell as much as all.
        for across in (first..end).step_by((end - first).div_ceil(12)) {
            for along in from..=to {
                let [before, behind] =
                    [along - 1, along].map(|along| plane.at(axis, along, across));
                let step = f32::from(plane.step(before, behind));
                energy += step;
                moment += step * (along as f32 - place);
            }
        }
    }
    (energy, moment / f32::max(energy, 1e-3))
}
