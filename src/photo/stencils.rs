//! The equations of a grid, and how a grid of every second node gets its own from them.
//!
//! What always holds: equations are symmetric and nonnegative on the diagonal, and a constant costs
//! nothing where nothing is known, so that a coarse grid neither invents nor loses a mean. Start at
//! [`Equations`]; [`CoarseCell`] is the interpolation.
//!
//! # Source
//! Dendy, *Black Box Multigrid* (1982), with Galerkin's choice of the coarse equations: the energy
//! of a coarse correction is that of its interpolation. We differ in that what is known in a grid
//! counts as known in the coarser one too, and ties its neighbours there.

use super::runs::{MARGIN, RestOfRow, SparseGrid, coarser};

/// Edges as weak as this hold nothing: the weakest that matter join the ends of a strip one pixel
/// high and half a million long. Kept, they would shrink from grid to grid until they are
/// subnormal, which made a noisy hole fifty times slower.
const NEGLIGIBLE: f32 = 1e-6;
/// The number of the stencil of an unknown in the open, and of a cell there.
pub(super) const OPEN: u32 = 0;
/// The number of the stencil of what is no unknown.
const KNOWN: u32 = 1;
/// The number of a cell that nothing follows.
const NOTHING: u32 = u32::MAX;

/// How the nodes of a grid follow those of the next coarser one.
#[derive(Debug)]
pub(super) struct Transfers {
    /// For the cell that begins at each coarse node the number of its weights.
    cells: Vec<u32>,
    /// How the upper edge's middle of a cell follows the two ends and its centre the four corners.
    weights: Vec<[f32; 6]>,
}

impl Transfers {
    /// For the cell that begins at a coarse node.
    pub(super) fn at(&self, node: usize) -> [f32; 6] {
        self.weights[self.cells[node] as usize]
    }
}

/// The interpolation to a grid from the coarser one `below` it, and the equations of that.
pub(super) fn coarsened(
    (above, equations): (&SparseGrid, &Equations),
    below: &SparseGrid,
) -> (Transfers, Equations) {
    let open = [&equations.stencils[OPEN as usize]; 9];
    let cell = CoarseCell::new(open);
    let (mut energies, mut weights) = (vec![cell.energy(open)], vec![cell.transfer()]);
    let mut cells = vec![NOTHING; below.len];
    for run in &above.runs {
        // What lies on the upper edge of a cell may have an edge across the corner of the one
        // above.
        let first = run.y / 2 - usize::from(run.y.is_multiple_of(2));
        for line in first..=run.y / 2 {
            let start = below.find(coarser(run.x), line + 1).expect("cells of runs are stored");
            let mut rows = [0, 1, 2].map(|k| above.row(2 * line + k));
            let count = coarser(run.x + run.len - 1) + 1 - coarser(run.x);
            for (i, number) in cells[start..start + count].iter_mut().enumerate() {
                // The run above or before may have been there already.
                if *number != NOTHING {
                    continue;
                }
                let square = equations.square(&mut rows, run.x / 2 * 2 + 2 * i);
                if square == [OPEN; 9] {
                    *number = OPEN;
                    continue;
                }
                let nodes = square.map(|number| &equations.stencils[number as usize]);
                let cell = CoarseCell::new(nodes);
                *number = number_of(weights.len());
                weights.push(cell.transfer());
                energies.push(cell.energy(nodes));
            }
        }
    }
    let equations = Equations::from_energies(below, &cells, &energies);
    (Transfers { cells, weights }, equations)
}

/// The equations of a grid. Few differ: each node has the number of its stencil.
#[derive(Debug)]
pub(super) struct Equations {
    pub(super) nodes: Vec<u32>,
    pub(super) stencils: Vec<Stencil>,
}

impl Equations {
    /// The finest grid's: every painted pixel wants to be the mean of its neighbours.
    pub(super) fn of_hole(grid: &SparseGrid, hole: &[u8], [width, height]: [usize; 2]) -> Self {
        let mut equations = Self::new(grid.len, Stencil::of_pixel([Some(true); 4]));
        let mut numbers = [None; 81];
        for run in &grid.runs {
            equations.nodes[run.here..][..run.len].fill(OPEN);
            let (left, y) = (run.x - MARGIN, run.y - MARGIN);
            let is_inner = y > 0 && y + 1 < height;
            for i in 0..run.len {
                let (x, p) = (left + i, y * width + left + i);
                let is_painted = |p: usize| hole[p] != 0;
                if is_inner
                    && (1..run.len - 1).contains(&i)
                    && is_painted(p - width)
                    && is_painted(p + width)
                {
                    continue;
                }
                let neighbours = [
                    (y > 0).then(|| is_painted(p - width)),
                    (x > 0).then(|| is_painted(p - 1)),
                    (x + 1 < width).then(|| is_painted(p + 1)),
                    (y + 1 < height).then(|| is_painted(p + width)),
                ];
                let number = neighbours.iter().fold(0, |number, neighbour| {
                    number * 3 + neighbour.map_or(0, |painted| 1 + usize::from(painted))
                });
                equations.nodes[run.here + i] = *numbers[number]
                    .get_or_insert_with(|| equations.add(Stencil::of_pixel(neighbours)));
            }
        }
        equations
    }

    fn new(len: usize, in_the_open: Stencil) -> Self {
        Self { nodes: vec![KNOWN; len], stencils: vec![in_the_open, Stencil::default()] }
    }

    fn add(&mut self, stencil: Stencil) -> u32 {
        self.stencils.push(stencil);
        number_of(self.stencils.len() - 1)
    }

    /// The stencils of three by three nodes, from column `x` on.
    fn square(&self, rows: &mut [RestOfRow<'_>; 3], x: usize) -> [u32; 9] {
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
    fn from_energies(grid: &SparseGrid, cells: &[u32], energies: &[Energy]) -> Self {
        let [a, b, c, d, e, f, g, h] = Stencil::of([&energies[OPEN as usize]; 4], [true; 8]).edges;
        // Equal but for rounding, and with them equal relaxation has less to do.
        let (side, corner) = ((b + d + e + g) * 0.25, (a + c + f + h) * 0.25);
        let in_the_open = [corner, side, corner, side, side, corner, side, corner];
        let mut equations = Self::new(grid.len, Stencil::new(in_the_open, 0.0));
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
                let is_unknown =
                    [above - 1, above, above + 1, here - 1, here + 1, below - 1, below, below + 1]
                        .map(|at| equations.nodes[at] != KNOWN);
                equations.nodes[here] = equations.add(Stencil::of(around, is_unknown));
            }
        }
        equations
    }
}

fn number_of(n: usize) -> u32 {
    u32::try_from(n).expect("photos have fewer pixels")
}

/// The balance of a node: `tie·x_p + Σ edge·(x_p − x_q) = b_p`.
#[derive(Clone, Debug, Default)]
pub(super) struct Stencil {
    /// Up left, up, up right, left, right, down left, down, down right; 0 where there is none.
    pub(super) edges: [f32; 8],
    /// How strongly known pixels hold the node at zero.
    tie: f32,
    /// The tie and all edges, and one over that; both 0 where nothing holds the node.
    pub(super) sum: f32,
    pub(super) inverse: f32,
}

impl Stencil {
    /// The finest grid's: one edge each to the painted neighbours above, left, right and below, and
    /// one tie to each known one.
    fn of_pixel(is_painted: [Option<bool>; 4]) -> Self {
        let [up, left, right, down] = is_painted.map(|n| f32::from(u8::from(n == Some(true))));
        let ties = is_painted.into_iter().filter(|&n| n == Some(false)).count();
        Self::new([0.0, up, 0.0, left, right, 0.0, down, 0.0], ties as f32)
    }

    fn new(edges: [f32; 8], tie: f32) -> Self {
        let sum = tie + edges.iter().sum::<f32>();
        if sum > NEGLIGIBLE {
            Self { edges, tie, sum, inverse: 1.0 / sum }
        } else {
            Self::default()
        }
    }

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
struct CoarseCell {
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

impl CoarseCell {
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

    /// What [`Transfers`] keeps of it.
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
    fn add_edge(&mut self, cell: &CoarseCell, [p, q]: [usize; 2], edge: f32) {
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

#[cfg(test)]
mod tests {
    use super::super::multigrid::tests::{Dice, hole, zoo};
    use super::*;

    /// The energy of values at a grid's nodes, by where they are stored.
    fn energy(grid: &SparseGrid, equations: &Equations, x: &[f64]) -> f64 {
        let mut energy = 0.0;
        for run in &grid.runs {
            for i in 0..run.len {
                let [above, here, below] = [run.above, run.here, run.below].map(|at| at + i);
                let stencil = &equations.stencils[equations.nodes[here] as usize];
                let near = [
                    above.wrapping_sub(1),
                    above,
                    above + 1,
                    here - 1,
                    here + 1,
                    below - 1,
                    below,
                    below + 1,
                ];
                energy += f64::from(stencil.tie) * x[here].powi(2);
                for (edge, at) in stencil.edges.iter().zip(near).filter(|(edge, _)| **edge != 0.0) {
                    // Both ends have it.
                    energy += f64::from(*edge) * (x[here] - x[at]).powi(2) * 0.5;
                }
            }
        }
        energy
    }

    /// The values that follow those of the next coarser grid.
    fn interpolated(
        above: &SparseGrid,
        equations: &Equations,
        below: &SparseGrid,
        coarse: &[f64],
    ) -> Vec<f64> {
        let mut x = vec![0.0; above.len];
        for run in &above.runs {
            for i in 0..run.len {
                let [column, line] = [run.x + i, run.y];
                let mut rows = [0, 1, 2].map(|k| above.row(line / 2 * 2 + k));
                let square = equations.square(&mut rows, column / 2 * 2);
                let cell = CoarseCell::new(square.map(|n| &equations.stencils[n as usize]));
                let weights = cell.weights[line % 2 * 3 + column % 2];
                let corner = |k: usize| below.find(coarser(column) + k % 2, coarser(line) + k / 2);
                x[run.here + i] = (0..4)
                    .map(|k| corner(k).map_or(0.0, |at| f64::from(weights[k]) * coarse[at]))
                    .sum();
            }
        }
        x
    }

    #[test]
    fn a_coarse_correction_has_the_energy_of_its_interpolation_on_every_grid() {
        for (name, size, hole) in zoo() {
            let mut dice = Dice(43);
            let mut grid = SparseGrid::of_hole(&hole, size);
            let mut equations = Equations::of_hole(&grid, &hole, size);
            while grid.unknowns() > 1 {
                let below = SparseGrid::below(&grid);
                let (_, next) = coarsened((&grid, &equations), &below);
                let mut coarse = vec![0.0; below.len];
                for run in &below.runs {
                    coarse[run.here..][..run.len].fill_with(|| f64::from(dice.unit()));
                }
                let fine = interpolated(&grid, &equations, &below, &coarse);
                let [got, wanted] =
                    [energy(&below, &next, &coarse), energy(&grid, &equations, &fine)];
                assert!((got - wanted).abs() <= 1e-4 * wanted, "{name}: {got}, not {wanted}");
                assert!(wanted > 0.0 || below.unknowns() == 0, "{name}: control");
                (grid, equations) = (below, next);
            }
        }
    }

    #[test]
    fn a_row_of_four_pinned() {
        // Four painted pixels and a known one. The second follows its neighbours by halves, the
        // fourth the third by a half. So the two kept are joined by a half, and the second of them
        // is tied by a half.
        let (hole, size) = ([1, 1, 1, 1, 0], [5, 1]);
        let grid = SparseGrid::of_hole(&hole, size);
        let equations = Equations::of_hole(&grid, &hole, size);
        let below = SparseGrid::below(&grid);
        let (_, next) = coarsened((&grid, &equations), &below);
        let [first, second] = [0, 1].map(|i| {
            let stencil = &next.stencils[next.nodes[below.runs[0].here + i] as usize];
            (stencil.edges, stencil.tie)
        });
        assert_eq!(first, ([0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0], 0.0));
        assert_eq!(second, ([0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0], 0.5));
    }

    #[test]
    fn where_nothing_is_known_nothing_is_tied() {
        let size = [45, 38];
        let hole = hole(size, |_, _| true);
        let mut grid = SparseGrid::of_hole(&hole, size);
        let mut equations = Equations::of_hole(&grid, &hole, size);
        while grid.unknowns() > 1 {
            let below = SparseGrid::below(&grid);
            let (_, next) = coarsened((&grid, &equations), &below);
            (grid, equations) = (below, next);
            assert!(equations.stencils.iter().all(|stencil| stencil.tie == 0.0));
        }
    }
}
