//! Solves Poisson's equation in a hole of any shape, in time and memory linear in its pixels.
//!
//! Every painted pixel's balance is `Σ (x_p − x_q) = b_p` over its neighbours `q`; known
//! neighbours have the values they were given, and beyond the border of the picture there are
//! none. Relaxation on every grid removes what is rough there, the next coarser grid the rest.
//!
//! Always holds: several channels share one set of equations and are solved at once; away from the
//! rim all equations of a grid are the same and stored once. Awkward: in a hole a few pixels wide
//! and thousands long, known at its far ends only, `f32` costs about one step of 255. Start at
//! [`Multigrid::solve`], then `cycle`.
//!
//! # Source
//! Dendy, *Black Box Multigrid* (1982): the interpolation follows the equations, so dots, lines
//! and ragged rims converge like a plain rectangle. We differ in that a pixel's known neighbour
//! counts as known on every grid, that the finest grid stores no equations, and that the order of
//! relaxation makes half of the transfers unnecessary.

use std::ops::{Add, AddAssign, Mul, Sub};

use super::runs::{Grid, MARGIN, Row, Run, coarser};

/// A cycle that changed or missed no pixel by more than this was the last. A quarter of it remains,
/// at the worst pixel: less than half a step of 255, which nobody sees.
const TOLERANCE: f32 = 1.0;
/// More than twice what the worst hole takes. More cycles would only stir rounding errors.
const MAX_CYCLES: usize = 30;
/// Edges as weak as this hold nothing: the weakest that matter join the ends of a strip one pixel
/// high and half a million long. Kept, they would shrink from grid to grid until they are
/// subnormal, which made a noisy hole fifty times slower.
const NEGLIGIBLE: f32 = 1e-6;
/// The number of the stencil of an unknown in the open, and of a cell there.
const OPEN: u32 = 0;
/// The number of the stencil of what is no unknown.
const KNOWN: u32 = 1;
/// The number of a cell that nothing follows.
const NOTHING: u32 = u32::MAX;

/// One value a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Values<const C: usize>(pub(super) [f32; C]);

impl<const C: usize> Values<C> {
    pub(super) const ZERO: Self = Self([0.0; C]);

    fn map2(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|c| f(self.0[c], other.0[c])))
    }

    /// Channel by channel the larger amount of both.
    fn larger(self, other: Self) -> Self {
        self.map2(other, |a, b| a.abs().max(b.abs()))
    }
}

impl<const C: usize> Add for Values<C> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.map2(other, |a, b| a + b)
    }
}

impl<const C: usize> Sub for Values<C> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.map2(other, |a, b| a - b)
    }
}

impl<const C: usize> AddAssign for Values<C> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<const C: usize> Mul<f32> for Values<C> {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self(self.0.map(|value| value * factor))
    }
}

/// The equations of one hole: set up once, solved as often as wanted.
#[derive(Debug)]
pub(super) struct Multigrid<const C: usize> {
    fine: Fine<C>,
    pyramid: Vec<Coarse<C>>,
    /// The mean of the known values, which is taken off before solving.
    mean: Values<C>,
}

impl<const C: usize> Multigrid<C> {
    /// Sets up a hole; nothing if no pixel is painted, or all are.
    pub(super) fn over(hole: &[u8], size: [usize; 2]) -> Option<Self> {
        let first = *hole.first()? != 0;
        if hole.iter().all(|&painted| (painted != 0) == first) {
            return None;
        }
        let (mut fine, equations) = Fine::new(hole, size);
        let (mut coarse, down) = Coarse::below(&fine.grid, &equations);
        fine.down = down;
        let mut pyramid = Vec::new();
        while coarse.grid.unknowns() > 1 {
            let (next, down) = Coarse::below(&coarse.grid, &coarse.equations);
            coarse.down = down;
            pyramid.push(std::mem::replace(&mut coarse, next));
        }
        pyramid.push(coarse);
        Some(Self { fine, pyramid, mean: Values::ZERO })
    }

    /// Solves with known values from `known`, by pixel, and without sources unless
    /// [`Multigrid::with_sources`] set some.
    pub(super) fn solve(&mut self, known: impl Fn(usize) -> Values<C>) {
        self.mean = self.fine.load(known);
        self.fine.sweep(&mut self.pyramid[0]);
        for count in 0..MAX_CYCLES {
            correct(&mut self.pyramid, count == 0);
            if self.fine.sweep(&mut self.pyramid[0]) <= TOLERANCE {
                break;
            }
        }
    }

    /// Sets `b`, the sum of `pull(p, q)` over the neighbours `q` of each pixel `p`.
    pub(super) fn with_sources(mut self, pull: impl Fn(usize, usize) -> Values<C>) -> Self {
        let [width, height] = self.fine.size;
        let mut b = vec![Values::ZERO; self.fine.grid.len];
        for [at, p] in self.fine.painted() {
            let (x, y) = (p % width, p / width);
            for (is_inside, q) in [
                (x > 0, p.wrapping_sub(1)),
                (x + 1 < width, p + 1),
                (y > 0, p.wrapping_sub(width)),
                (y + 1 < height, p + width),
            ] {
                if is_inside {
                    b[at] += pull(p, q);
                }
            }
        }
        self.fine.b = b;
        self
    }

    /// Hands out the solution and the pixel's number, for every painted pixel.
    pub(super) fn for_each(&self, mut take: impl FnMut(Values<C>, usize)) {
        for [at, p] in self.fine.painted() {
            take(self.fine.x[at] + self.mean, p);
        }
    }
}

/// Computes the corrections for the imbalances that were handed down. A thorough one visits each
/// grid once more than the one above, so that a sweep of the finest grid, the dear one, counts for
/// more.
fn correct<const C: usize>(pyramid: &mut [Coarse<C>], is_thorough: bool) {
    let Some((here, below)) = pyramid.split_first_mut() else { return };
    here.relax(0);
    if let Some(next) = below.first_mut() {
        here.restrict(next);
        correct(below, is_thorough);
        if is_thorough {
            correct(below, false);
        }
        here.prolong(&below[0]);
    }
    here.relax(1);
}

/// A run with the nodes above and below it, and as many more at each end.
fn rows<'a, T>(x: &'a mut [T], run: &Run, margin: usize) -> [&'a mut [T]; 3] {
    let (above, rest) = x.split_at_mut(run.here - 1);
    let (here, below) = rest.split_at_mut(run.len + 2);
    let below = &mut below[run.below - run.here - run.len - 1 - margin..];
    let len = run.len + 2 * margin;
    [&mut above[run.above - margin..][..len], here, &mut below[..len]]
}

/// The pixels. Known ones hold what they were given, painted ones the solution.
#[derive(Debug)]
struct Fine<const C: usize> {
    grid: Grid,
    size: [usize; 2],
    x: Vec<Values<C>>,
    /// Empty where there are no sources.
    b: Vec<Values<C>>,
    /// For each run how many neighbours its first, its other and its last pixels have.
    neighbours: Vec<[u8; 3]>,
    /// Where the known pixels around the hole are stored, and their numbers in the picture.
    rim: Vec<[usize; 2]>,
    /// As [`Coarse::down`].
    down: Vec<[usize; 2]>,
}

impl<const C: usize> Fine<C> {
    fn new(hole: &[u8], size: [usize; 2]) -> (Self, Equations) {
        let [width, height] = size;
        let grid = Grid::of_hole(hole, size);
        let is_painted = |x: usize, y: usize| hole[(y - MARGIN) * width + x - MARGIN] != 0;
        let (columns, lines) = (MARGIN..MARGIN + width, MARGIN..MARGIN + height);
        let mut rim = Vec::new();
        for [x, y, at] in grid.known() {
            if columns.contains(&x) && lines.contains(&y) {
                rim.push([at, (y - MARGIN) * width + x - MARGIN]);
            }
        }
        let mut equations = Equations::new(grid.len, Stencil::new([0., 1., 0., 1., 1., 0., 1., 0.], 0.));
        let mut numbers = [None; 81];
        let mut neighbours = Vec::with_capacity(grid.runs.len());
        for run in &grid.runs {
            let vertical = u8::from(run.y > MARGIN) + u8::from(run.y + 1 < lines.end);
            let left = u8::from(run.x > MARGIN);
            let right = u8::from(run.x + run.len < columns.end);
            neighbours.push(match run.len {
                1 => [vertical + left + right; 3],
                _ => [vertical + left + 1, vertical + 2, vertical + 1 + right],
            });
            equations.nodes[run.here..][..run.len].fill(OPEN);
            let pixel = (run.y - MARGIN) * width + run.x - MARGIN;
            for (i, x) in (run.x..run.x + run.len).enumerate() {
                let p = pixel + i;
                if i > 0 && i + 1 < run.len && run.y > MARGIN && run.y + 1 < lines.end
                    && hole[p - width] != 0 && hole[p + width] != 0 {
                    continue;
                }
                // 2 is a painted neighbour, 1 a known one, 0 the border.
                let see = |x: usize, y: usize| match columns.contains(&x) && lines.contains(&y) {
                    true => 1 + usize::from(is_painted(x, y)),
                    false => 0,
                };
                let seen = [see(x, run.y - 1), see(x - 1, run.y), see(x + 1, run.y), see(x, run.y + 1)];
                if seen == [2; 4] {
                    equations.nodes[run.here + i] = OPEN;
                    continue;
                }
                let number = &mut numbers[seen.into_iter().fold(0, |sum, one| sum * 3 + one)];
                equations.nodes[run.here + i] = *number.get_or_insert_with(|| {
                    let [up, left, right, down] = seen.map(|one| if one == 2 { 1.0 } else { 0.0 });
                    let tie = seen.into_iter().filter(|&one| one == 1).count();
                    equations.add(Stencil::new([0., up, 0., left, right, 0., down, 0.], tie as f32))
                });
            }
        }
        (Self { grid, size, x: Vec::new(), b: Vec::new(), neighbours, rim, down: Vec::new() }, equations)
    }

    /// Sets known pixels to their values less the mean, painted ones to zero, and returns the mean.
    /// Small numbers keep rounding errors small, and a constant is met exactly.
    fn load(&mut self, known: impl Fn(usize) -> Values<C>) -> Values<C> {
        let mut mean = Values::ZERO;
        for (i, &[_, pixel]) in self.rim.iter().enumerate() {
            mean += (known(pixel) - mean) * (1.0 / (i + 1) as f32);
        }
        self.x.clear();
        self.x.resize(self.grid.len, Values::ZERO);
        for &[at, pixel] in &self.rim {
            self.x[at] = known(pixel) - mean;
        }
        mean
    }

    /// Where every painted pixel is stored, and its number in the picture.
    fn painted(&self) -> impl Iterator<Item = [usize; 2]> {
        self.grid.runs.iter().flat_map(|run| {
            let pixel = (run.y - MARGIN) * self.size[0] + run.x - MARGIN;
            (0..run.len).map(move |i| [run.here + i, pixel + i])
        })
    }

    /// Takes the correction from the grid below, relaxes, and hands down what is missing then.
    /// Returns the largest change or imbalance of a pixel.
    ///
    /// Row after row, each step as soon as the rows around have made the one before: so the pixels
    /// pass through the cache once, not five times. Only every second pixel takes and gives: the
    /// others are relaxed right after the one and right before the other.
    fn sweep(&mut self, below: &mut Coarse<C>) -> f32 {
        let mut largest = Values::ZERO;
        below.b.fill(Values::ZERO);
        for y in 0..self.grid.height() + 4 {
            self.prolong(y, below, &mut largest);
            self.relax(y.wrapping_sub(1), 1);
            self.relax(y.wrapping_sub(2), 0);
            self.relax(y.wrapping_sub(3), 1);
            self.restrict(y.wrapping_sub(4), below, &mut largest);
        }
        below.x.fill(Values::ZERO);
        largest.0.into_iter().fold(0.0, f32::max)
    }

    /// Sets every second painted pixel of a row, those with `x + y` of this parity, to its balance.
    fn relax(&mut self, y: usize, parity: usize) {
        for index in self.grid.runs_of(y) {
            let run = &self.grid.runs[index];
            let inverse = self.neighbours[index].map(|n| 1.0 / f32::from(n));
            let [above, here, below] = rows(&mut self.x, run, 0);
            let b = self.b.get(run.here..run.here + run.len);
            for i in ((run.x + y + parity) % 2..run.len).step_by(2) {
                let mut sum = (here[i] + here[i + 2]) + (above[i] + below[i]);
                if let Some(b) = b {
                    sum += b[i];
                }
                here[i + 1] = sum * inverse[which(i, run.len)];
            }
        }
    }

    /// Hands the imbalance of a row down, where `x + y` is even.
    fn restrict(&mut self, y: usize, to: &mut Coarse<C>, largest: &mut Values<C>) {
        for index in self.grid.runs_of(y) {
            let (run, down) = (&self.grid.runs[index], self.down[index]);
            let count = self.neighbours[index].map(f32::from);
            let [above, here, below] = rows(&mut self.x, run, 0);
            let b = self.b.get(run.here..run.here + run.len);
            for i in ((run.x + y) % 2..run.len).step_by(2) {
                let mut sum = (here[i] + here[i + 2]) + (above[i] + below[i]);
                if let Some(b) = b {
                    sum += b[i];
                }
                let imbalance = sum - here[i + 1] * count[which(i, run.len)];
                *largest = largest.larger(imbalance);
                to.take(run, i, down, imbalance);
            }
        }
    }

    /// Adds the correction to a row, where `x + y` is even.
    fn prolong(&mut self, y: usize, from: &Coarse<C>, largest: &mut Values<C>) {
        for index in self.grid.runs_of(y) {
            let (run, down) = (&self.grid.runs[index], self.down[index]);
            let here = &mut self.x[run.here..][..run.len];
            for i in ((run.x + y) % 2..run.len).step_by(2) {
                let change = from.give(run, i, down);
                *largest = largest.larger(change);
                here[i] += change;
            }
        }
    }
}

/// Which of a run's three numbers of neighbours is that of its pixel `i`.
#[inline(always)]
fn which(i: usize, len: usize) -> usize {
    usize::from(i > 0) + usize::from(i > 0 && i + 1 == len)
}

/// A grid of every second node. Its unknowns are corrections to the grid above, so known pixels
/// count as zero and show up only as ties.
#[derive(Debug)]
struct Coarse<const C: usize> {
    grid: Grid,
    x: Vec<Values<C>>,
    b: Vec<Values<C>>,
    equations: Equations,
    /// For the cell that begins at each node the number of its transfer.
    cells: Vec<u32>,
    /// How the upper edge's middle of a cell follows the two ends and its centre the four corners.
    transfers: Vec<[f32; 6]>,
    /// For each run where the next coarser grid stores the node at or before its first one, and
    /// the node below that. Empty on the coarsest grid.
    down: Vec<[usize; 2]>,
}

impl<const C: usize> Coarse<C> {
    /// Galerkin's choice: the energy of a coarse correction is that of its interpolation. Also
    /// returns `down` for the grid above.
    fn below(above: &Grid, equations: &Equations) -> (Self, Vec<[usize; 2]>) {
        let grid = Grid::below(above);
        let stored = |x, y| grid.find(x, y).expect("corners of cells are stored");
        let down: Vec<[usize; 2]> = (above.runs.iter())
            .map(|run| [0, 1].map(|next| stored(coarser(run.x), coarser(run.y) + next)))
            .collect();
        let in_the_open = Cell::new([&equations.stencils[0]; 9]);
        let mut energies = vec![in_the_open.energy([&equations.stencils[0]; 9])];
        let mut transfers = vec![in_the_open.transfer()];
        let mut cells = vec![NOTHING; grid.len];
        for (run, &[first, _]) in above.runs.iter().zip(&down) {
            let (x, y) = (run.x / 2 * 2, run.y / 2 * 2);
            let mut rows = [y, y + 1, y + 2].map(|y| above.row(y));
            let count = coarser(run.x + run.len - 1) + 1 - coarser(run.x);
            for (i, cell) in cells[first..first + count].iter_mut().enumerate() {
                if *cell != NOTHING {
                    continue;
                }
                let nodes = equations.square(&mut rows, x + 2 * i);
                *cell = match nodes {
                    [OPEN, OPEN, OPEN, OPEN, OPEN, OPEN, OPEN, OPEN, OPEN] => OPEN,
                    _ => {
                        let nodes = nodes.map(|number| &equations.stencils[number as usize]);
                        let cell = Cell::new(nodes);
                        transfers.push(cell.transfer());
                        energies.push(cell.energy(nodes));
                        number(energies.len() - 1)
                    }
                };
            }
        }
        let equations = Equations::from_energies(&grid, &cells, &energies);
        let [x, b] = [(); 2].map(|()| vec![Values::ZERO; grid.len]);
        (Self { grid, x, b, equations, cells, transfers, down: Vec::new() }, down)
    }

    /// Takes over the imbalance of the `i`th node of a run of the grid above. Nobody has one to
    /// give in even columns of odd rows, as they are relaxed last.
    #[inline(always)]
    fn take(&mut self, run: &Run, i: usize, [upper, lower]: [usize; 2], imbalance: Values<C>) {
        let step = (run.x % 2 + i) / 2;
        let [upper, lower] = [upper + step, lower + step];
        let is_between = (run.x + i) % 2 > 0;
        if !is_between {
            self.b[upper] += imbalance;
            return;
        }
        let [left, right, centre @ ..] = self.transfers[self.cells[upper] as usize];
        if run.y.is_multiple_of(2) {
            self.b[upper] += imbalance * left;
            self.b[upper + 1] += imbalance * right;
        } else {
            self.b[upper] += imbalance * centre[0];
            self.b[upper + 1] += imbalance * centre[1];
            self.b[lower] += imbalance * centre[2];
            self.b[lower + 1] += imbalance * centre[3];
        }
    }

    /// The correction for the `i`th node of a run of the grid above; see [`Coarse::take`].
    #[inline(always)]
    fn give(&self, run: &Run, i: usize, [upper, lower]: [usize; 2]) -> Values<C> {
        let step = (run.x % 2 + i) / 2;
        let [upper, lower] = [upper + step, lower + step];
        let is_between = (run.x + i) % 2 > 0;
        if !is_between {
            return self.x[upper];
        }
        let [left, right, centre @ ..] = self.transfers[self.cells[upper] as usize];
        let x = &self.x;
        if run.y.is_multiple_of(2) {
            x[upper] * left + x[upper + 1] * right
        } else {
            (x[upper] * centre[0] + x[upper + 1] * centre[1])
                + (x[lower] * centre[2] + x[lower + 1] * centre[3])
        }
    }

    /// Solves node after node for itself alone: in all rows of this parity the even columns, then
    /// the odd ones, and in the others the odd ones first.
    fn relax(&mut self, parity: usize) {
        for y in (parity..self.grid.height() + 1).step_by(2) {
            self.relax_row(y, [0, 1]);
            self.relax_row(y.wrapping_sub(1), [1, 0]);
        }
    }

    fn relax_row(&mut self, y: usize, order: [usize; 2]) {
        let Stencil { edges: [corner, side, ..], inverse, .. } = self.equations.stencils[OPEN as usize];
        for run in &self.grid.runs[self.grid.runs_of(y)] {
            let [above, here, below] = rows(&mut self.x, run, 1);
            let b = &self.b[run.here..][..run.len];
            let nodes = &self.equations.nodes[run.here..][..run.len];
            for parity in order {
                for i in ((run.x + parity) % 2..run.len).step_by(2) {
                    if nodes[i] == OPEN {
                        let sides = (here[i] + here[i + 2]) + (above[i + 1] + below[i + 1]);
                        let corners = (above[i] + above[i + 2]) + (below[i] + below[i + 2]);
                        here[i + 1] = (b[i] + sides * side + corners * corner) * inverse;
                        continue;
                    }
                    let stencil = &self.equations.stencils[nodes[i] as usize];
                    let pulls = stencil.pulls(&above[i..], &here[i..], &below[i..]);
                    here[i + 1] = (b[i] + pulls) * stencil.inverse;
                }
            }
        }
    }

    /// Hands the imbalance down, except from the set that was relaxed last and has none.
    fn restrict(&mut self, next: &mut Self) {
        next.x.fill(Values::ZERO);
        next.b.fill(Values::ZERO);
        for (run, &down) in self.grid.runs.iter().zip(&self.down) {
            let [above, here, below] = rows(&mut self.x, run, 1);
            let b = &self.b[run.here..][..run.len];
            let nodes = &self.equations.nodes[run.here..][..run.len];
            let (first, step) = without_last_set(run);
            for i in (first..run.len).step_by(step) {
                let stencil = &self.equations.stencils[nodes[i] as usize];
                let pulls = stencil.pulls(&above[i..], &here[i..], &below[i..]);
                next.take(run, i, down, b[i] + pulls - here[i + 1] * stencil.sum);
            }
        }
    }

    /// Adds the coarse correction, except to the set that is relaxed next.
    fn prolong(&mut self, next: &Self) {
        for (run, &down) in self.grid.runs.iter().zip(&self.down) {
            let here = &mut self.x[run.here..][..run.len];
            let (first, step) = without_last_set(run);
            for i in (first..run.len).step_by(step) {
                here[i] += next.give(run, i, down);
            }
        }
    }
}

/// The nodes of a run but for those in even columns of odd rows: the first, and the step.
fn without_last_set(run: &Run) -> (usize, usize) {
    if run.y.is_multiple_of(2) { (0, 1) } else { (1 - run.x % 2, 2) }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("photos have fewer pixels")
}

/// The balance of a node: `tie·x_p + Σ edge·(x_p − x_q) = b_p`.
#[derive(Clone, Debug, Default)]
struct Stencil {
    /// Up left, up, up right, left, right, down left, down, down right; 0 where there is none.
    edges: [f32; 8],
    /// How strongly known pixels hold the node at zero.
    tie: f32,
    /// The tie and all edges, and one over that; both 0 where nothing holds the node.
    sum: f32,
    inverse: f32,
}

impl Stencil {
    fn new(edges: [f32; 8], tie: f32) -> Self {
        let sum = tie + edges.iter().sum::<f32>();
        if sum > NEGLIGIBLE { Self { edges, tie, sum, inverse: 1.0 / sum } } else { Self::default() }
    }

    /// What the neighbours pull at the node in the middle of three rows.
    #[inline(always)]
    fn pulls<const C: usize>(
        &self,
        above: &[Values<C>],
        here: &[Values<C>],
        below: &[Values<C>],
    ) -> Values<C> {
        let e = &self.edges;
        (above[0] * e[0] + above[1] * e[1] + above[2] * e[2])
            + (here[0] * e[3] + here[2] * e[4])
            + (below[0] * e[5] + below[1] * e[6] + below[2] * e[7])
    }
}

/// The equations of a grid. Few differ: each node has the number of its stencil.
#[derive(Debug)]
struct Equations {
    nodes: Vec<u32>,
    stencils: Vec<Stencil>,
}

impl Equations {
    fn new(len: usize, in_the_open: Stencil) -> Self {
        Self { nodes: vec![KNOWN; len], stencils: vec![in_the_open, Stencil::default()] }
    }

    fn add(&mut self, stencil: Stencil) -> u32 {
        self.stencils.push(stencil);
        number(self.stencils.len() - 1)
    }

    /// The stencils of three by three nodes, from column `x` on.
    fn square(&self, rows: &mut [Row<'_>; 3], x: usize) -> [u32; 9] {
        let mut square = [KNOWN; 9];
        for (row, three) in rows.iter_mut().zip(square.as_chunks_mut::<3>().0) {
            match row.find(x) {
                Some((at, 3..)) => three.copy_from_slice(&self.nodes[at..at + 3]),
                _ => {
                    for (k, number) in three.iter_mut().enumerate() {
                        *number = row.find(x + k).map_or(KNOWN, |(at, _)| self.nodes[at]);
                    }
                }
            }
        }
        square
    }

    /// Every node gets its part of the energy of the cells around it.
    fn from_energies(grid: &Grid, cells: &[u32], energies: &[Energy]) -> Self {
        let open = &energies[OPEN as usize];
        let mut equations = Self::new(grid.len, Stencil::of([open; 4], [true; 8]));
        for run in &grid.runs {
            equations.nodes[run.here..][..run.len].fill(OPEN);
        }
        let nothing = Energy::default();
        for run in &grid.runs {
            for i in 0..run.len {
                let [above, here, below] = [run.above, run.here, run.below].map(|at| at + i);
                let around = [above - 1, above, here - 1, here].map(|at| cells[at]);
                if around == [OPEN; 4] {
                    continue;
                }
                let around = around.map(|cell| energies.get(cell as usize).unwrap_or(&nothing));
                let is_unknown = [
                    above - 1, above, above + 1, here - 1, here + 1, below - 1, below, below + 1,
                ]
                .map(|at| equations.nodes[at] != KNOWN);
                equations.nodes[here] = equations.add(Stencil::of(around, is_unknown));
            }
        }
        equations
    }
}

impl Stencil {
    /// From the cells up left, up right, down left and down right of a node. What it shares with
    /// known nodes ties it to zero.
    fn of(cells: [&Energy; 4], is_unknown: [bool; 8]) -> Self {
        let [a, b, c, d] = cells.map(|cell| &cell.edges);
        let mut edges = [
            a[0][3],
            a[1][3] + b[0][2],
            b[1][2],
            a[2][3] + c[0][1],
            b[2][3] + d[0][1],
            c[1][2],
            c[1][3] + d[0][2],
            d[0][3],
        ];
        let mut tie = cells.iter().enumerate().map(|(k, cell)| cell.ties[3 - k]).sum();
        for (edge, is_unknown) in edges.iter_mut().zip(is_unknown) {
            if edge.abs() < NEGLIGIBLE {
                *edge = 0.0;
            } else if !is_unknown {
                tie += std::mem::take(edge);
            }
        }
        Self::new(edges, tie)
    }
}

/// Three by three nodes, row by row, and how they follow the four corners, which are the nodes
/// that the next coarser grid keeps.
#[derive(Debug)]
struct Cell {
    weights: [[f32; 4]; 9],
    /// One less the sum of the weights, computed without cancellation: in the open it is exactly
    /// 0, or rounding would tie down what nothing holds.
    lacks: [f32; 9],
}

/// The equations that one cell adds to the grid of the corners.
#[derive(Clone, Debug, Default)]
struct Energy {
    /// Between corners; only the upper triangle is used.
    edges: [[f32; 4]; 4],
    ties: [f32; 4],
}

impl Cell {
    fn new(nodes: [&Stencil; 9]) -> Self {
        let mut weights = [[0.0; 4]; 9];
        let mut lacks = [1.0; 9];
        for (corner, k) in [0, 2, 6, 8].into_iter().enumerate() {
            weights[k][corner] = 1.0;
            lacks[k] = 0.0;
        }
        // The middle of an edge follows its ends, as if the nodes beside it followed it.
        for (k, ends) in [(1, [0, 1]), (7, [2, 3]), (3, [0, 2]), (5, [1, 3])] {
            let [nw, n, ne, w, e, sw, s, se] = nodes[k].edges;
            let pulls = match ends {
                [0, 1] | [2, 3] => [nw + w + sw, ne + e + se],
                _ => [nw + n + ne, sw + s + se],
            };
            let tie = nodes[k].tie.max(0.0);
            let sum = pulls[0] + pulls[1] + tie;
            if sum > NEGLIGIBLE {
                weights[k][ends[0]] = pulls[0] / sum;
                weights[k][ends[1]] = pulls[1] / sum;
                lacks[k] = tie / sum;
            }
        }
        let Stencil { edges: pulls, tie, sum, .. } = nodes[4];
        if *sum > NEGLIGIBLE {
            lacks[4] = tie / sum;
            for (pull, k) in pulls.iter().zip([0, 1, 2, 3, 5, 6, 7, 8]) {
                let share = pull / sum;
                weights[4] = std::array::from_fn(|c| weights[4][c] + share * weights[k][c]);
                lacks[4] += share * lacks[k];
            }
        }
        Self { weights, lacks }
    }

    /// What the transfers need of it, as [`Coarse::transfers`] has it.
    fn transfer(&self) -> [f32; 6] {
        let ([left, right, ..], [a, b, c, d]) = (self.weights[1], self.weights[4]);
        [left, right, a, b, c, d]
    }

    /// Each edge and tie belongs to one cell: those on the right and lower side to the next.
    fn energy(&self, nodes: [&Stencil; 9]) -> Energy {
        let mut energy = Energy::default();
        for k in [0, 1, 3, 4] {
            let [.., right, _, down, down_right] = nodes[k].edges;
            energy.add_edge(self, [k, k + 1], right);
            energy.add_edge(self, [k, k + 3], down);
            energy.add_edge(self, [k, k + 4], down_right);
            energy.add_edge(self, [k + 1, k + 3], nodes[k + 1].edges[5]);
            energy.add(nodes[k].tie, self.weights[k], 1.0 - self.lacks[k]);
        }
        energy
    }
}

impl Energy {
    fn add_edge(&mut self, cell: &Cell, [p, q]: [usize; 2], edge: f32) {
        if edge != 0.0 {
            let slope = std::array::from_fn(|k| cell.weights[p][k] - cell.weights[q][k]);
            self.add(edge, slope, cell.lacks[q] - cell.lacks[p]);
        }
    }

    /// Adds `strength` times the square of a linear form whose coefficients sum to `sum`.
    fn add(&mut self, strength: f32, form: [f32; 4], sum: f32) {
        for k in 0..4 {
            for other in k + 1..4 {
                self.edges[k][other] -= strength * form[k] * form[other];
            }
            self.ties[k] += strength * form[k] * sum;
        }
    }
}
