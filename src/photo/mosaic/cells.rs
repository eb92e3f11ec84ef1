#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "photos have some thousand pixels a side, and places are clamped to them"
)]

use super::Grid;
use super::comb::Plane;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Label {
    Not,
    Neutral,
    Mosaic,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    mean: f32,
    spread: f32,
}

/// Cells of a part of the grid.
struct Patch {
    cells: [[i32; 2]; 2],
    size: [usize; 2],
    stats: Vec<Option<Cell>>,
    steps: Vec<f32>,
    labels: Vec<Label>,
}

fn interior(grid: &Grid, axis: usize, index: i32, side: usize) -> Option<[usize; 2]> {
    let cell = grid.cell[axis];
    let margin = (cell * 0.2).clamp(0.6, 4.0);
    let line = grid.line(axis, index);
    let from = (line + margin - 0.05).ceil();
    let to = (line + cell - margin + 0.05).floor();
    let wanted = to - from;
    let (from, to) = (from.max(0.0), to.min(side as f32));
    if to - from < wanted * 0.5 || to - from < 2.0 {
        return None;
    }
    Some([from as usize, to as usize])
}

impl Patch {
    fn over(plane: &Plane, grid: &Grid, rect: [usize; 4]) -> Self {
        let cells = grid.cells_over(rect);
        let size = cells.map(|[first, end]| (end - first).max(0) as usize);
        let mut stats = Vec::with_capacity(size[0] * size[1]);
        for row in 0..size[1] {
            let rows = interior(grid, 1, cells[1][0] + row as i32, plane.size[1]);
            for column in 0..size[0] {
                let columns = interior(grid, 0, cells[0][0] + column as i32, plane.size[0]);
                stats.push(columns.zip(rows).and_then(|(x, y)| Cell::new(plane, x, y)));
            }
        }
        let mut patch =
            Self { cells, size, stats, steps: vec![0.0; size[0] * size[1]], labels: vec![] };
        patch.label();
        patch
    }

    fn label(&mut self) {
        let [w, h] = self.size;
        for at in 0..w * h {
            let Some(cell) = self.stats[at] else { continue };
            let (mut sum, mut count) = (0.0, 0.0);
            let mut see = |other: usize| {
                if let Some(next) = self.stats[other] {
                    sum += (next.mean - cell.mean).abs();
                    count += 1.0;
                }
            };
            if at % w > 0 {
                see(at - 1);
            }
            if at % w + 1 < w {
                see(at + 1);
            }
            if at >= w {
                see(at - w);
            }
            if at + w < w * h {
                see(at + w);
            }
            self.steps[at] = if count > 0.0 { sum / count } else { 0.0 };
        }
        self.labels = (0..w * h)
            .map(|at| {
                let Some(cell) = self.stats[at] else { return Label::Neutral };
                let step = self.steps[at];
                if step >= 3.0 && cell.spread <= 0.15 * step + 0.7 {
                    Label::Mosaic
                } else if cell.spread > 0.4 * step + 1.5 {
                    Label::Not
                } else {
                    Label::Neutral
                }
            })
            .collect();
    }

    fn is_member(&self, members: &[bool], column: i32, row: i32) -> bool {
        let [x, y] = [column - self.cells[0][0], row - self.cells[1][0]];
        x >= 0
            && y >= 0
            && (x as usize) < self.size[0]
            && (y as usize) < self.size[1]
            && members[y as usize * self.size[0] + x as usize]
    }

    /// The largest connected set of mosaic cells, bridged over neutral ones.
    fn region(&self) -> Vec<bool> {
        let [w, h] = self.size;
        let near = |at: usize| {
            let (x, y) = ((at % w) as i32, (at / w) as i32);
            (-1..=1).flat_map(move |dy| (-1..=1).map(move |dx| (x + dx, y + dy))).filter(
                move |&(nx, ny)| {
                    (nx, ny) != (x, y) && nx >= 0 && ny >= 0 && nx < w as i32 && ny < h as i32
                },
            ).map(move |(nx, ny)| ny as usize * w + nx as usize)
        };
        let mosaic = |at: usize| self.labels[at] == Label::Mosaic;
        // Mosaic cells with company.
        let mut set: Vec<bool> = (0..w * h)
            .map(|at| mosaic(at) && near(at).filter(|&n| mosaic(n)).count() >= 2)
            .collect();
        for _ in 0..3 {
            let before = set.clone();
            for at in 0..w * h {
                if !before[at] && self.labels[at] == Label::Neutral {
                    let count = near(at).filter(|&n| before[n]).count();
                    let all = near(at).count();
                    if count * 2 >= all {
                        set[at] = true;
                    }
                }
            }
        }
        // Largest component.
        let mut component = vec![0_u32; w * h];
        let mut best = (0, 0);
        let mut id = 0;
        let mut stack = Vec::new();
        for start in 0..w * h {
            if !set[start] || component[start] > 0 {
                continue;
            }
            id += 1;
            let mut count = 0;
            stack.push(start);
            component[start] = id;
            while let Some(at) = stack.pop() {
                count += usize::from(mosaic(at));
                for n in near(at) {
                    if set[n] && component[n] == 0 {
                        component[n] = id;
                        stack.push(n);
                    }
                }
            }
            best = best.max((count, id));
        }
        (0..w * h).map(|at| set[at] && component[at] == best.1).collect()
    }

    /// Whether only every second, third, ... line has steps.
    fn without_dead_lines(&self, members: &[bool], grid: Grid) -> Grid {
        let mut grid = grid;
        for axis in 0..2 {
            let stride = [1, self.size[0]][axis];
            let mut lines = vec![[0.0_f32; 2]; self.size[axis]];
            for at in 0..members.len() {
                let line = [at % self.size[0], at / self.size[0]][axis];
                if line > 0
                    && members[at]
                    && members[at - stride]
                    && let (Some(a), Some(b)) = (self.stats[at - stride], self.stats[at])
                {
                    lines[line][0] += (a.mean - b.mean).abs();
                    lines[line][1] += 1.0;
                }
            }
            let mut best = (0.3_f32, 1, 0);
            for k in [2, 3, 5, 7] {
                for residue in 0..k {
                    let (mut on, mut off) = ([0.0, 0.0], [0.0, 0.0]);
                    for (i, line) in lines.iter().enumerate() {
                        let side = if i % k == residue { &mut on } else { &mut off };
                        side[0] += line[0];
                        side[1] += line[1];
                    }
                    if on[1] == 0.0 || off[1] == 0.0 {
                        continue;
                    }
                    let ratio = (off[0] / off[1]) / (on[0] / on[1]).max(1e-3);
                    if ratio < best.0 {
                        best = (ratio, k, residue);
                    }
                }
            }
            let (_, k, residue) = best;
            if k > 1 {
                let line = grid.line(axis, self.cells[axis][0] + residue as i32);
                let cell = grid.cell[axis] * k as f32;
                grid.cell[axis] = cell;
                grid.phase[axis] = line.rem_euclid(cell);
            }
        }
        grid
    }

    fn bounds(&self, members: &[bool]) -> Option<[[i32; 2]; 2]> {
        let [w, _] = self.size;
        let mut bounds: Option<[[i32; 2]; 2]> = None;
        for at in (0..members.len()).filter(|&at| members[at]) {
            let [x, y] = [(at % w) as i32 + self.cells[0][0], (at / w) as i32 + self.cells[1][0]];
            let b = bounds.get_or_insert([[x, x + 1], [y, y + 1]]);
            *b = [[b[0][0].min(x), b[0][1].max(x + 1)], [b[1][0].min(y), b[1][1].max(y + 1)]];
        }
        bounds
    }
}

impl Cell {
    fn new(plane: &Plane, x: [usize; 2], y: [usize; 2]) -> Option<Self> {
        let w = plane.size[0];
        if !plane.inside.is_empty() {
            let corners = [
                y[0] * w + x[0],
                y[0] * w + x[1] - 1,
                (y[1] - 1) * w + x[0],
                (y[1] - 1) * w + x[1] - 1,
            ];
            if corners.iter().any(|&at| plane.inside[at] == 0) {
                return None;
            }
        }
        let middle = |[from, to]: [usize; 2]| from + (to - from) / 2;
        let halves = |[from, to]: [usize; 2]| {
            let length = to - from;
            if length < 2 { [[from, to]; 2] } else {
                [[from, middle([from, to])], [from + length.div_ceil(2), to]]
            }
        };
        let mean = |x: [usize; 2], y: [usize; 2]| {
            let mut sum = 0_u32;
            for row in y[0]..y[1] {
                sum += plane.luma[row * w + x[0]..row * w + x[1]].iter().map(|&v| u32::from(v)).sum::<u32>();
            }
            sum as f32 / ((x[1] - x[0]) * (y[1] - y[0])) as f32
        };
        let (hx, hy) = (halves(x), halves(y));
        let quadrants =
            [mean(hx[0], hy[0]), mean(hx[1], hy[0]), mean(hx[0], hy[1]), mean(hx[1], hy[1])];
        let most = quadrants.iter().copied().fold(f32::MIN, f32::max);
        let least = quadrants.iter().copied().fold(f32::MAX, f32::min);
        Some(Self { mean: quadrants.iter().sum::<f32>() / 4.0, spread: most - least })
    }
}

/// Fits lines to the edges at the borders between members.
fn fitted(plane: &Plane, grid: Grid, member: &dyn Fn(i32, i32) -> bool, cells: [[i32; 2]; 2]) -> Option<Grid> {
    let mut grid = grid;
    for _ in 0..3 {
        let mut fresh = [[0.0_f64; 2]; 2];
        for axis in 0..2 {
            let reach = (grid.cell[axis] * 0.35).clamp(1.0, 4.0);
            let [lines, bands] = [cells[axis], cells[1 - axis]];
            // Weighted sums: w, wi, wii, wx, wix.
            let mut sums = [0.0_f64; 5];
            for line in lines[0]..=lines[1] {
                let place = grid.line(axis, line);
                let from = (place - reach).ceil().max(1.0) as usize;
                let to = ((place + reach).floor().max(0.0) as usize).min(plane.size[axis] - 1);
                if from > to {
                    continue;
                }
                let (mut energy, mut moment) = (0.0, 0.0);
                for band in bands[0]..bands[1] {
                    let pair = if axis == 0 {
                        [member(line - 1, band), member(line, band)]
                    } else {
                        [member(band, line - 1), member(band, line)]
                    };
                    if pair != [true; 2] {
                        continue;
                    }
                    let Some([first, end]) = interior(&grid, 1 - axis, band, plane.size[1 - axis]) else {
                        continue;
                    };
                    for across in first..end {
                        for along in from..=to {
                            let step = plane.step(plane.at(axis, along - 1, across), plane.at(axis, along, across));
                            energy += step;
                            moment += step * (along as f32 - place);
                        }
                    }
                }
                if energy <= 0.0 {
                    continue;
                }
                let weight = f64::from(energy).sqrt();
                let x = f64::from(place + moment / energy);
                let i = f64::from(line);
                for (sum, term) in sums.iter_mut().zip([1.0, i, i * i, x, i * x]) {
                    *sum += weight * term;
                }
            }
            let [w, wi, wii, wx, wix] = sums;
            let determinant = w * wii - wi * wi;
            if determinant <= 1e-6 * w * w {
                return None;
            }
            let cell = (w * wix - wi * wx) / determinant;
            fresh[axis] = [cell, (wx - cell * wi) / w];
        }
        let cell = [fresh[0][0] as f32, fresh[1][0] as f32];
        if (0..2).any(|axis| !(0.85..1.18).contains(&(cell[axis] / grid.cell[axis])) || cell[axis] < 3.6) {
            return None;
        }
        // Keep the numbering of cells: phase may leave 0..cell meanwhile.
        grid = Grid { cell, phase: [fresh[0][1] as f32, fresh[1][1] as f32] };
    }
    Some(grid)
}

