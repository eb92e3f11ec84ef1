//! The pixels of a mosaic whose cells are known: a hole cuts cells, so its rim is looked for in
//! blocks, quarters of a cell.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "photos have some thousand pixels a side, and places are clamped to them"
)]

use super::cells::{Label, Patch};
use super::comb::Plane;
use super::{Grid, bounds};

/// A region that fills this much of a rectangle, with little beside it, is one; its corners must
/// not look like anything else.
const RECTANGULAR: f32 = 0.85;
/// Blocks at the rim are flat if they vary no more than twice what those inside do, within limits:
/// values of 255.
const FLATNESS: [u8; 2] = [2, 6];

/// The mosaic's rows: row, first and end column, from top to bottom.
pub(super) fn spans(
    plane: &Plane,
    grid: &Grid,
    patch: &Patch,
    members: &[bool],
) -> Vec<[usize; 3]> {
    let mut blocks = Blocks::of(plane, grid, patch, members);
    if blocks.parts > 1 {
        blocks.spread(plane, members);
    }
    blocks.square_up(patch, members);
    blocks.spans()
}

/// The rectangle around the members, without outer rows and columns that have less than half.
fn trimmed(members: &[bool], size: [usize; 2]) -> Option<[usize; 4]> {
    let as_hole: Vec<u8> = members.iter().map(|&member| u8::from(member)).collect();
    let mut rect = bounds(&as_hole, size)?;
    loop {
        let [left, top, right, bottom] = rect;
        if left + 1 >= right || top + 1 >= bottom {
            return Some(rect);
        }
        let share = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>| {
            let all = columns.len() * rows.len();
            let cells = rows.flat_map(|y| columns.clone().map(move |x| y * size[0] + x));
            cells.filter(|&at| members[at]).count() as f32 / all as f32
        };
        let sides = [
            share(left..left + 1, top..bottom),
            share(left..right, top..top + 1),
            share(right - 1..right, top..bottom),
            share(left..right, bottom - 1..bottom),
        ];
        let emptiest = (0..4).min_by(|&a, &b| sides[a].total_cmp(&sides[b]))?;
        if sides[emptiest] >= 0.5 {
            return Some(rect);
        }
        rect[emptiest] = if emptiest < 2 { rect[emptiest] + 1 } else { rect[emptiest] - 1 };
    }
}

/// The cells of a patch, cut into blocks.
#[derive(Debug)]
struct Blocks {
    /// Blocks a cell and side.
    parts: usize,
    /// Columns and rows of blocks.
    size: [usize; 2],
    /// Where blocks begin, in pixels, of columns and of rows.
    edges: [Vec<usize>; 2],
    /// Columns of cells.
    cells: usize,
    is_in: Vec<bool>,
}

impl Blocks {
    fn of(plane: &Plane, grid: &Grid, patch: &Patch, members: &[bool]) -> Self {
        // Blocks of less than three pixels are all blur.
        let parts = match grid.cell[0].min(grid.cell[1]) {
            narrow if narrow < 6.0 => 1,
            middle if middle < 10.0 => 2,
            _ => 4,
        };
        let size = patch.size.map(|count| count * parts);
        let edges = [0, 1].map(|axis| {
            let first = grid.line(axis, patch.cells[axis][0]);
            let edge = |part: usize| first + part as f32 * grid.cell[axis] / parts as f32;
            let end = plane.size[axis] as f32;
            (0..=size[axis]).map(|part| edge(part).round().clamp(0.0, end) as usize).collect()
        });
        let mut blocks = Self { parts, size, edges, cells: patch.size[0], is_in: Vec::new() };
        blocks.is_in = (0..size[0] * size[1]).map(|at| members[blocks.cell_of(at)]).collect();
        blocks
    }

    fn cell_of(&self, at: usize) -> usize {
        let [x, y] = [at % self.size[0], at / self.size[0]];
        y / self.parts * self.cells + x / self.parts
    }

    /// The least and the greatest value of a block, without pixels beside a line: they are blurred.
    fn range(&self, plane: &Plane, at: usize) -> [u8; 2] {
        let place = [at % self.size[0], at / self.size[0]];
        let [columns, rows] = [0, 1].map(|axis| {
            let [from, to] = [self.edges[axis][place[axis]], self.edges[axis][place[axis] + 1]];
            let is_wide = to - from > 2;
            let first = is_wide && place[axis].is_multiple_of(self.parts);
            let last = is_wide && (place[axis] + 1).is_multiple_of(self.parts);
            from + usize::from(first)..to - usize::from(last)
        });
        let mut range = [u8::MAX, 0];
        for y in rows {
            for &value in &plane.luma[y * plane.size[0]..][columns.clone()] {
                range = [range[0].min(value), range[1].max(value)];
            }
        }
        range
    }

    /// Adds flat blocks beside members, and those of the same cell and value beside them.
    fn spread(&mut self, plane: &Plane, members: &[bool]) {
        let mut open: Vec<usize> = (0..self.is_in.len()).filter(|&at| self.is_in[at]).collect();
        if open.is_empty() {
            return;
        }
        let vary = |[least, most]: [u8; 2]| most.saturating_sub(least);
        let mut inside: Vec<u8> = open.iter().map(|&at| vary(self.range(plane, at))).collect();
        let middle = inside.len() / 2;
        let median = *inside.select_nth_unstable(middle).1;
        let flat = median.saturating_mul(2).clamp(FLATNESS[0], FLATNESS[1]);
        let [w, h] = self.size;
        while let Some(at) = open.pop() {
            let near = [
                (at % w > 0).then(|| at - 1),
                (at % w + 1 < w).then_some(at + 1),
                at.checked_sub(w),
                (at + w < w * h).then_some(at + w),
            ];
            for next in near.into_iter().flatten() {
                let is_same_cell = self.cell_of(next) == self.cell_of(at);
                // From cell to cell only out of a member.
                if self.is_in[next] || !is_same_cell && !members[self.cell_of(at)] {
                    continue;
                }
                let mut range = self.range(plane, next);
                if is_same_cell {
                    let here = self.range(plane, at);
                    range = [range[0].min(here[0]), range[1].max(here[1])];
                }
                if vary(range) <= flat {
                    self.is_in[next] = true;
                    open.push(next);
                }
            }
        }
    }

    /// A region that is nearly a rectangle becomes one, with each side where most of it is flat.
    fn square_up(&mut self, patch: &Patch, members: &[bool]) {
        let Some([left, top, right, bottom]) = trimmed(members, patch.size) else { return };
        let columns = patch.size[0];
        let inside = (top..bottom).flat_map(|y| (left..right).map(move |x| y * columns + x));
        let count = inside.filter(|&at| members[at]).count() as f32;
        let all = members.iter().filter(|&&member| member).count() as f32;
        let is_corner_other = [left, right - 1].iter().any(|x| {
            [top, bottom - 1].iter().any(|y| patch.labels[y * columns + x] == Label::Other)
        });
        let area = ((right - left) * (bottom - top)) as f32;
        if count < RECTANGULAR * area.max(all) || is_corner_other {
            return;
        }
        let core = [left, top, right, bottom].map(|side| side * self.parts);
        let mut rect = core;
        for side in [0, 1, 2, 3] {
            let axis = side % 2;
            let across = core[1 - axis]..core[3 - axis];
            for _ in 0..self.parts {
                let next = if side < 2 { rect[side].checked_sub(1) } else { Some(rect[side]) };
                let Some(next) = next.filter(|&next| next < self.size[axis]) else { break };
                let at = |along: usize, across: usize| {
                    if axis == 0 {
                        across * self.size[0] + along
                    } else {
                        along * self.size[0] + across
                    }
                };
                let flat = across.clone().filter(|&across| self.is_in[at(next, across)]).count();
                if flat * 2 < across.len() {
                    break;
                }
                rect[side] = if side < 2 { next } else { next + 1 };
            }
        }
        for (at, is_in) in self.is_in.iter_mut().enumerate() {
            let [x, y] = [at % self.size[0], at / self.size[0]];
            *is_in = (rect[0]..rect[2]).contains(&x) && (rect[1]..rect[3]).contains(&y);
        }
    }

    fn spans(&self) -> Vec<[usize; 3]> {
        let mut spans = Vec::new();
        for (row, blocks) in self.is_in.chunks_exact(self.size[0]).enumerate() {
            for y in self.edges[1][row]..self.edges[1][row + 1] {
                let mut column = 0;
                while column < blocks.len() {
                    let end = blocks[column..].iter().position(|is_in| !is_in);
                    let end = end.map_or(blocks.len(), |length| column + length);
                    let [from, to] = [column, end].map(|edge| self.edges[0][edge]);
                    if from < to {
                        spans.push([y, from, to]);
                    }
                    column = end + 1;
                }
            }
        }
        spans
    }
}
