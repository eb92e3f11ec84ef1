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

use super::runs::{MARGIN, NodeRun, SparseGrid, coarser};
use super::stencils::{Equations, OPEN, Stencil, Transfers, coarsened};

/// A cycle that changed or missed no pixel by more than this was the last. What remains is a third
/// of it at the worst pixel of the worst hole: less than half a step of 255, which nobody sees.
const TOLERANCE: f32 = 1.0;
/// More than twice what the worst hole takes. More cycles would only stir rounding errors.
const MAX_CYCLES: usize = 30;

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
    /// Sets up a hole; `None` if no pixel is painted, or all are.
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

    /// Solves with known values by pixel, and without sources unless [`Multigrid::set_sources`]
    /// set some.
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
    pub(super) fn set_sources(&mut self, pull: impl Fn(usize, usize) -> Values<C>) {
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
fn rows<'a, T>(x: &'a mut [T], run: &NodeRun, margin: usize) -> [&'a mut [T]; 3] {
    let (above, rest) = x.split_at_mut(run.here - 1);
    let (here, below) = rest.split_at_mut(run.len + 2);
    let below = &mut below[run.below - run.here - run.len - 1 - margin..];
    let len = run.len + 2 * margin;
    [&mut above[run.above - margin..][..len], here, &mut below[..len]]
}

/// The pixels. Known ones hold what they were given, painted ones the solution.
#[derive(Debug)]
struct Fine<const C: usize> {
    grid: SparseGrid,
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
        let grid = SparseGrid::of_hole(hole, size);
        let (columns, lines) = (MARGIN..MARGIN + width, MARGIN..MARGIN + height);
        let mut rim = Vec::new();
        for [x, y, at] in grid.known() {
            if columns.contains(&x) && lines.contains(&y) {
                rim.push([at, (y - MARGIN) * width + x - MARGIN]);
            }
        }
        let neighbours = grid.runs.iter().map(|run| {
            let vertical = u8::from(run.y > lines.start) + u8::from(run.y + 1 < lines.end);
            let left = u8::from(run.x > columns.start);
            let right = u8::from(run.x + run.len < columns.end);
            match run.len {
                1 => [vertical + left + right; 3],
                _ => [vertical + left + 1, vertical + 2, vertical + 1 + right],
            }
        });
        let neighbours = neighbours.collect();
        let equations = Equations::of_hole(&grid, hole, size);
        let fine =
            Self { grid, size, x: Vec::new(), b: Vec::new(), neighbours, rim, down: Vec::new() };
        (fine, equations)
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
    grid: SparseGrid,
    x: Vec<Values<C>>,
    b: Vec<Values<C>>,
    equations: Equations,
    /// How the grid above follows this one.
    transfers: Transfers,
    /// For each run where the next coarser grid stores the node at or before its first one, and
    /// the node below that. Empty on the coarsest grid.
    down: Vec<[usize; 2]>,
}

impl<const C: usize> Coarse<C> {
    /// Also returns `down` for the grid above.
    fn below(above: &SparseGrid, equations: &Equations) -> (Self, Vec<[usize; 2]>) {
        let grid = SparseGrid::below(above);
        let stored = |x, y| grid.find(x, y).expect("a run is stored with its cells");
        let corners =
            |run: &NodeRun| [0, 1].map(|next| stored(coarser(run.x), coarser(run.y) + next));
        let down: Vec<_> = above.runs.iter().map(corners).collect();
        let (transfers, equations) = coarsened((above, equations), &grid);
        let [x, b] = [(); 2].map(|()| vec![Values::ZERO; grid.len]);
        (Self { grid, x, b, equations, transfers, down: Vec::new() }, down)
    }

    /// Takes over the imbalance of the `i`th node of a run of the grid above. Nobody has one to
    /// give in even columns of odd rows, as they are relaxed last.
    #[inline(always)]
    fn take(&mut self, run: &NodeRun, i: usize, [upper, lower]: [usize; 2], imbalance: Values<C>) {
        let step = (run.x % 2 + i) / 2;
        let [upper, lower] = [upper + step, lower + step];
        let is_on_node = (run.x + i).is_multiple_of(2);
        if is_on_node {
            self.b[upper] += imbalance;
            return;
        }
        let [left, right, centre @ ..] = self.transfers.at(upper);
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
    fn give(&self, run: &NodeRun, i: usize, [upper, lower]: [usize; 2]) -> Values<C> {
        let step = (run.x % 2 + i) / 2;
        let [upper, lower] = [upper + step, lower + step];
        let is_on_node = (run.x + i).is_multiple_of(2);
        if is_on_node {
            return self.x[upper];
        }
        let [left, right, centre @ ..] = self.transfers.at(upper);
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
        let open = &self.equations.stencils[OPEN as usize];
        for run in &self.grid.runs[self.grid.runs_of(y)] {
            let [above, here, below] = rows(&mut self.x, run, 1);
            let b = &self.b[run.here..][..run.len];
            let nodes = &self.equations.nodes[run.here..][..run.len];
            for parity in order {
                for i in ((run.x + parity) % 2..run.len).step_by(2) {
                    here[i + 1] = if nodes[i] == OPEN {
                        let [corner, side, ..] = open.edges;
                        let sides = (here[i] + here[i + 2]) + (above[i + 1] + below[i + 1]);
                        let corners = (above[i] + above[i + 2]) + (below[i] + below[i + 2]);
                        (b[i] + sides * side + corners * corner) * open.inverse
                    } else {
                        let stencil = &self.equations.stencils[nodes[i] as usize];
                        let pulls = pulls(stencil, &above[i..], &here[i..], &below[i..]);
                        (b[i] + pulls) * stencil.inverse
                    }
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
                let pulls = pulls(stencil, &above[i..], &here[i..], &below[i..]);
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
fn without_last_set(run: &NodeRun) -> (usize, usize) {
    if run.y.is_multiple_of(2) { (0, 1) } else { (1 - run.x % 2, 2) }
}

/// What its neighbours pull at the node in the middle of three rows of three.
#[inline(always)]
fn pulls<const C: usize>(
    stencil: &Stencil,
    above: &[Values<C>],
    here: &[Values<C>],
    below: &[Values<C>],
) -> Values<C> {
    let e = &stencil.edges;
    (above[0] * e[0] + above[1] * e[1] + above[2] * e[2])
        + (here[0] * e[3] + here[2] * e[4])
        + (below[0] * e[5] + below[1] * e[6] + below[2] * e[7])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Numerical Recipes' generator.
    pub(in super::super) struct Dice(pub(in super::super) u32);

    impl Dice {
        /// From 0 to 1.
        pub(in super::super) fn unit(&mut self) -> f32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / 16_777_216.0
        }

        pub(in super::super) fn picture(&mut self, [w, h]: [usize; 2]) -> Vec<f32> {
            (0..w * h * 3).map(|_| self.unit() * 255.0).collect()
        }
    }

    pub(in super::super) fn hole(
        [w, h]: [usize; 2],
        mut is_painted: impl FnMut(usize, usize) -> bool,
    ) -> Vec<u8> {
        (0..w * h).map(|i| u8::from(is_painted(i % w, i / w))).collect()
    }

    /// Holes of all kinds, each in a picture of its size.
    pub(in super::super) fn zoo() -> Vec<(&'static str, [usize; 2], Vec<u8>)> {
        let mut dice = Dice(5);
        let wide = [47, 31];
        let disc = |x: usize, y: usize, [cx, cy, r]: [usize; 3]| {
            x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < r * r
        };
        vec![
            ("frame", wide, hole(wide, |x, y| !((9..34).contains(&x) && (4..25).contains(&y)))),
            ("right", wide, hole(wide, |x, _| x >= 26)),
            ("top", wide, hole(wide, |_, y| y < 13)),
            ("disc", wide, hole(wide, |x, y| disc(x, y, [21, 14, 12]))),
            ("two", wide, hole(wide, |x, y| disc(x, y, [8, 8, 7]) || disc(x, y, [33, 20, 9]))),
            ("ragged", wide, hole(wide, |x, y| y > 6 && dice.unit() < 0.9 || x > 40)),
            ("noise", wide, hole(wide, |_, _| dice.unit() < 0.5)),
            ("all but two", wide, hole(wide, |x, y| [x, y] != [13, 20] && [x, y] != [46, 0])),
            ("board", wide, hole(wide, |x, y| (x + y) % 2 == 0)),
            ("lines", wide, hole(wide, |x, _| x % 3 != 1)),
            ("row", [61, 1], hole([61, 1], |x, _| (5..52).contains(&x))),
            ("end of a row", [61, 1], hole([61, 1], |x, _| x > 20)),
            ("column", [1, 29], hole([1, 29], |_, y| y != 7)),
            ("band", [2, 33], hole([2, 33], |_, y| (3..30).contains(&y))),
            ("one", [17, 13], hole([17, 13], |x, y| [x, y] == [16, 12])),
        ]
    }

    /// The same equations, relaxed one after the other until nothing moves; known pixels keep
    /// their values of `x`.
    fn by_brute_force(mut x: Vec<f64>, b: &[f64], hole: &[u8], [w, h]: [usize; 2]) -> Vec<f64> {
        for _ in 0..100_000 {
            let mut moved = 0.0_f64;
            for p in (0..w * h).filter(|&p| hole[p] != 0) {
                let near = neighbours(p, [w, h]);
                let sum: f64 = near.iter().map(|&q| x[q]).sum();
                // Over-relaxed: some hundred rounds instead of some thousand.
                let step = 1.8 * ((b[p] + sum) / near.len() as f64 - x[p]);
                x[p] += step;
                moved = moved.max(step.abs());
            }
            if moved < 1e-7 {
                break;
            }
        }
        x
    }

    fn neighbours(p: usize, [w, h]: [usize; 2]) -> Vec<usize> {
        let x = p % w;
        let near = [
            (x > 0).then(|| p - 1),
            (x + 1 < w).then(|| p + 1),
            (p >= w).then(|| p.wrapping_sub(w)),
            (p + w < w * h).then(|| p + w),
        ];
        near.into_iter().flatten().collect()
    }

    #[test]
    fn it_solves_the_equations_in_every_hole_with_and_without_sources() {
        for (name, size, hole) in zoo() {
            let pixels = size[0] * size[1];
            let mut dice = Dice(11);
            // Noise along the rim is harder than any photo.
            let known = dice.picture(size);
            let pulls = dice.picture(size);
            let pull = |p: usize, q: usize| (pulls[p] - pulls[q]) * 0.2;
            for has_sources in [false, true] {
                let mut grid = Multigrid::<2>::over(&hole, size).unwrap();
                if has_sources {
                    grid.set_sources(|p, q| Values([pull(p, q), -pull(p, q)]));
                }
                grid.solve(|p| Values([known[p], 2.0 * known[p]]));
                let mut got = [vec![f32::NAN; pixels], vec![f32::NAN; pixels]];
                grid.for_each(|x, p| (got[0][p], got[1][p]) = (x.0[0], x.0[1]));
                for (got, [scale, sign]) in got.iter().zip([[1.0, 1.0], [2.0, -1.0]]) {
                    let b = (0..pixels).map(|p| {
                        let pulls = neighbours(p, size).into_iter().map(|q| f64::from(pull(p, q)));
                        if has_sources { sign * pulls.sum::<f64>() } else { 0.0 }
                    });
                    let b: Vec<f64> = b.collect();
                    let start = (0..pixels).map(|p| scale * f64::from(known[p])).collect();
                    let wanted = by_brute_force(start, &b, &hole, size);
                    let painted = (0..pixels).filter(|&p| hole[p] != 0);
                    let errors: Vec<f64> =
                        painted.map(|p| (f64::from(got[p]) - wanted[p]).abs()).collect();
                    let worst = errors.iter().fold(0.0, |a: f64, &b| a.max(b));
                    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
                    // Promised is half a step of 255, here for values up to 510.
                    assert!(worst < 0.4 && mean < 0.2, "{name}: at most {worst}, mean {mean}");
                    let unknown = got.iter().zip(&hole).all(|(x, hole)| x.is_nan() == (*hole == 0));
                    assert!(unknown, "{name}: exactly the painted pixels are handed out");
                }
            }
        }
    }

    #[test]
    fn every_cycle_leaves_less_than_half_and_a_few_suffice() {
        let mut longest = 0;
        for (name, size, hole) in zoo() {
            let known = Dice(3).picture(size);
            let mut grid = Multigrid::<1>::over(&hole, size).unwrap();
            let Multigrid { fine, pyramid, .. } = &mut grid;
            fine.load(|p| Values([known[p]]));
            fine.sweep(&mut pyramid[0]);
            let mut turn = |count| {
                correct(pyramid, count == 0);
                fine.sweep(&mut pyramid[0])
            };
            let changes: Vec<f32> = (0..12).map(&mut turn).collect();
            // Two cycles to settle; below a hundredth rounding takes over.
            for pair in changes[2..].windows(2).filter(|pair| pair[0] > 1e-2) {
                assert!(pair[1] < pair[0] * 0.5, "{name}: {changes:?}");
            }
            let cycles = 1 + changes.iter().position(|change| *change <= TOLERANCE).unwrap();
            longest = longest.max(cycles);
        }
        assert!((3..=MAX_CYCLES / 2).contains(&longest), "{longest} cycles");
    }

    #[test]
    fn memory_follows_the_painted_pixels() {
        // A thin frame around a large picture.
        let size = [400, 300];
        let frame = hole(size, |x, y| !((3..397).contains(&x) && (3..297).contains(&y)));
        let painted = frame.iter().filter(|&&hole| hole != 0).count();
        let grid = Multigrid::<1>::over(&frame, size).unwrap();
        let stored: usize = grid.pyramid.iter().map(|coarse| coarse.grid.len).sum();
        assert!(grid.fine.grid.len < 3 * painted, "{} for {painted}", grid.fine.grid.len);
        assert!(stored < 4 * painted, "{stored} for {painted}");
    }
}
