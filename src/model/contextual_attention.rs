//! Contextual attention: every painted cell looks for known cells that resemble it, and borrows
//! their features. Yu et al., "Generative Image Inpainting with Contextual Attention" (CVPR 2018).
//!
//! A cell is 8×8 pixels of the picture, 2×2 of the features. Only painted cells ask and only known
//! ones are asked, some at a time, so memory grows with the hole and not with the square of the
//! picture. What looks at what is worked out on the CPU, once per hole: [`HoleCells`]. Start
//! reading at [`attend`]; [`Looked`] says where each cell looked. The tests, half of this file,
//! state it all once more from its definition.
//!
//! # Source
//! Yu et al. 2018 and their released code, for the order of its steps. Where we differ:
//! - a cell with any pixel in the hole is painted; the code looks only at the cell's first pixel,
//!   and copies from cells that a thin hole crosses;
//! - known cells keep their own features, which are blended with those of the painted cells beside
//!   them; the code paints the known part from itself as well;
//! - scores are carried along the diagonals of the picture; the code also carries them from the end
//!   of a row to the start of the next;
//! - the softmax is over the known cells, as the paper has it; in the code every other cell counts
//!   with a score of zero;
//! - features at the frame are divided by the number of patches that lie there, not always by four.

use burn::tensor::activation::softmax;
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::error::{Error, Result};

/// Side of a cell, in pixels of the picture: features lie on a quarter of its grid, cells on half
/// of theirs.
pub const CELL_PX: usize = 8;

/// How much more a better match weighs; 10 as published.
const SHARPNESS: f64 = 10.0;

/// The smallest length that a patch is divided by; as published.
const LEAST_NORM: f64 = 1e-4;

/// About how many scores are held at once: 4 MB of them. At 256² these are all there are; at 512²
/// with half of it painted, a quarter.
const MOST_SCORES: usize = 1 << 20;

/// Which cells of a picture are painted, and which can lend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoleCells {
    size: [usize; 2],
    /// Cells that the hole touches, row by row.
    painted: Vec<usize>,
    /// All others.
    known: Vec<usize>,
    /// Known cells with nothing painted around them.
    lenders: Vec<usize>,
}

impl HoleCells {
    /// Finds the cells of a picture.
    ///
    /// # Shapes and ranges
    /// - `hole`: one plane of `height` rows; above 0.5 means "paint here"
    /// - `size_px`: `[width, height]`, both multiples of [`CELL_PX`]
    ///
    /// # Panics
    /// If the length is not that of the size, or a side is not a multiple of [`CELL_PX`].
    #[must_use]
    pub fn from_hole(hole: &[f32], size_px: [usize; 2]) -> Self {
        let [width, height] = size_px;
        assert_eq!(hole.len(), width * height, "one plane of {size_px:?}");
        assert!(
            width % CELL_PX == 0 && height % CELL_PX == 0,
            "sides must divide by {CELL_PX}, got {width}×{height}"
        );
        let size = [width / CELL_PX, height / CELL_PX];
        let mut touched = vec![false; size[0] * size[1]];
        for (at, _) in hole.iter().enumerate().filter(|(_, hole)| **hole > 0.5) {
            let [x, y] = [at % width, at / width];
            touched[y / CELL_PX * size[0] + x / CELL_PX] = true;
        }
        let (painted, known) = (0..touched.len()).partition(|&cell| touched[cell]);
        let mut cells = Self { size, painted, known, lenders: Vec::new() };
        let all_known = |cell: &usize| {
            let around = (0..9).map(|at| [at % 3 - 1, at / 3 - 1]);
            around.filter_map(|step| cells.moved(*cell, step)).all(|beside| !touched[beside])
        };
        let lenders = cells.known.iter().copied().filter(all_known).collect();
        cells.lenders = lenders;
        cells
    }

    /// Returns the columns and rows of cells.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Returns where a cell lies: its column and row.
    fn place(&self, cell: usize) -> [usize; 2] {
        [cell % self.size[0], cell / self.size[0]]
    }

    /// Finds the cell some steps away, if there is one.
    fn moved(&self, cell: usize, [dx, dy]: [isize; 2]) -> Option<usize> {
        let [x, y] = self.place(cell);
        let [x, y] = [x.checked_add_signed(dx)?, y.checked_add_signed(dy)?];
        (x < self.size[0] && y < self.size[1]).then_some(y * self.size[0] + x)
    }

    /// Lists some cells and their neighbours one step forward and backward, each once, row by row.
    fn with_neighbours(&self, cells: &[usize], [dx, dy]: [isize; 2]) -> Vec<usize> {
        let steps = [[-dx, -dy], [0, 0], [dx, dy]];
        let mut all: Vec<usize> = cells
            .iter()
            .flat_map(|&cell| steps.into_iter().filter_map(move |step| self.moved(cell, step)))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Finds where in `list` the neighbour of each cell is, for three steps: backward, none and
    /// forward. `list.len()` stands for no neighbour.
    fn neighbours_in(
        &self,
        list: &[usize],
        cells: &[usize],
        [dx, dy]: [isize; 2],
    ) -> [Vec<usize>; 3] {
        let mut position = vec![list.len(); self.size[0] * self.size[1]];
        for (at, &cell) in list.iter().enumerate() {
            position[cell] = at;
        }
        [[-dx, -dy], [0, 0], [dx, dy]].map(|step| {
            let found = |&cell: &usize| self.moved(cell, step).map_or(list.len(), |c| position[c]);
            cells.iter().map(found).collect()
        })
    }

    /// Splits the painted cells into portions with about `most` scores each.
    fn portions(&self, most: usize) -> impl Iterator<Item = Portion> {
        let cells = (most / self.known.len().max(1)).max(1);
        self.painted.chunks(cells).map(|painted| {
            let tall = self.with_neighbours(painted, [0, 1]);
            let compared = self.with_neighbours(&tall, [1, 0]);
            Portion {
                across: self.neighbours_in(&compared, &tall, [1, 0]),
                down: self.neighbours_in(&tall, painted, [0, 1]),
                compared,
            }
        })
    }
}

/// Some of the painted cells, and the cells around them whose scores are carried to them.
struct Portion {
    /// The painted cells and all their neighbours; these are compared with the known ones.
    compared: Vec<usize>,
    /// Where in `compared` the left neighbour, the cell itself and the right neighbour are, for the
    /// painted cells and those above and below them.
    across: [Vec<usize>; 3],
    /// Where in the rows of `across` the cell above, the cell itself and the cell below are, for
    /// the painted cells.
    down: [Vec<usize>; 3],
}

/// Where every painted cell of one picture looked; still on the device.
#[derive(Clone, Debug)]
pub struct Looked {
    cells: HoleCells,
    /// Positions among the lenders, and their weights; each `[painted, places]`, the best first.
    found: Option<(Tensor<2, Int>, Tensor<2>)>,
}

/// Where every painted cell of one picture looked.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct AttentionMap {
    /// Columns and rows of cells; a cell is [`CELL_PX`] pixels wide and high.
    pub size: [usize; 2],
    /// One entry per painted cell, row by row.
    pub looks: Vec<CellLook>,
}

impl AttentionMap {
    /// Returns the cell that a painted cell looked at most.
    #[must_use]
    pub fn most(&self, cell: [usize; 2]) -> Option<[usize; 2]> {
        let order = |[x, y]: [usize; 2]| [y, x];
        let found = self.looks.binary_search_by_key(&order(cell), |look| order(look.cell)).ok()?;
        Some(self.looks[found].from.first()?.cell)
    }
}

/// Where one painted cell looked.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct CellLook {
    /// Its column and row.
    pub cell: [usize; 2],
    /// What it borrowed from, the largest share first.
    pub from: Vec<Borrowed>,
}

/// A known cell that something was borrowed from.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Borrowed {
    /// Its column and row.
    pub cell: [usize; 2],
    /// Its share of the whole, in `0..=1`.
    pub weight: f32,
}

impl Looked {
    /// Reads it back. The map is empty if nothing was painted, could lend or was remembered.
    ///
    /// # Errors
    /// [`Error::Device`] when the device fails.
    pub async fn read(self) -> Result<AttentionMap> {
        let failed = |why: String| Error::Device { device: "painting", why };
        let Some((places, weights)) = self.found else {
            return Ok(AttentionMap { size: self.cells.size, looks: Vec::new() });
        };
        let [_, most] = places.dims();
        let places = places.into_data_async().await.map_err(|e| failed(format!("{e:?}")))?;
        let weights = weights.into_data_async().await.map_err(|e| failed(format!("{e:?}")))?;
        let borrowed: Vec<Borrowed> = places
            .iter::<u32>()
            .zip(weights.iter::<f32>())
            .map(|(place, weight)| {
                let lender = self.cells.lenders.get(place as usize);
                let lender = *lender.ok_or_else(|| failed(format!("it looked at cell {place}")))?;
                Ok(Borrowed { cell: self.cells.place(lender), weight })
            })
            .collect::<Result<_>>()?;
        let looks =
            self.cells.painted.iter().zip(borrowed.chunks(most)).map(|(&cell, from)| CellLook {
                cell: self.cells.place(cell),
                from: from.to_vec(),
            });
        Ok(AttentionMap { size: self.cells.size, looks: looks.collect() })
    }
}

/// Puts the features of painted cells together from those of known cells.
///
/// # Shapes and ranges
/// - `features`: `[n, c, h, w]`, on a quarter of the picture's grid
/// - `cells`: one per picture
/// - `places`: how many of the places that a cell looked at are remembered; 0 while training
/// - returns `[n, c, h, w]`, unchanged where no painted cell is near, and what each picture looked
///   at; if no cell can lend, the features come back as they were
///
/// # Panics
/// If there are not as many `cells` as pictures, or their sizes differ.
#[must_use]
pub fn attend(features: Tensor<4>, cells: &[HoleCells], places: usize) -> (Tensor<4>, Vec<Looked>) {
    let [n, _, h, w] = features.dims();
    assert_eq!(cells.len(), n, "one hole a picture");
    let (attended, looked): (Vec<_>, Vec<_>) = cells
        .iter()
        .enumerate()
        .map(|(at, cells)| {
            let [columns, rows] = cells.size;
            assert_eq!([w, h], [2 * columns, 2 * rows], "a cell is two features wide and high");
            attend_once(features.clone().narrow(0, at, 1), cells, places, MOST_SCORES)
        })
        .unzip();
    (Tensor::cat(attended, 0), looked)
}

/// Attends for one picture, with about `most` scores at once; see [`attend`].
fn attend_once(
    features: Tensor<4>,
    cells: &HoleCells,
    places: usize,
    most: usize,
) -> (Tensor<4>, Looked) {
    let device = features.device();
    if cells.painted.is_empty() || cells.lenders.is_empty() {
        return (features, Looked { cells: cells.clone(), found: None });
    }
    let pick = |x: &Tensor<2>, cells: &[usize]| x.clone().select(1, indices(cells, &device));
    let small = small_patches(features.clone()); // [9c, cells]
    let known = pick(&small, &cells.known); // [9c, known]
    let lengths = known.clone().square().sum_dim(0).clamp_min(LEAST_NORM * LEAST_NORM).sqrt();
    let known = known / lengths;
    let large = large_patches(features); // [16c, cells]
    let lent = pick(&large, &cells.lenders); // [16c, lenders]
    let known_across = cells.neighbours_in(&cells.known, &cells.known, [1, 0]);
    let lenders_down = cells.neighbours_in(&cells.known, &cells.lenders, [0, 1]);

    let (mut borrowed, mut found) = (Vec::new(), Vec::new());
    for portion in cells.portions(most) {
        let scores = pick(&small, &portion.compared).transpose().matmul(known.clone());
        let scores = carried(scores, &portion.across, &known_across); // [tall, known]
        let scores = carried(scores, &portion.down, &lenders_down); // [painted, lenders]
        let weights = softmax(scores * SHARPNESS, 1);
        borrowed.push(lent.clone().matmul(weights.clone().transpose())); // [16c, painted]
        if places > 0 {
            found.push(best(weights.detach(), places));
        }
    }
    // Every known cell lends to itself.
    let mut lender: Vec<usize> = (0..cells.size[0] * cells.size[1]).collect();
    for (at, &cell) in cells.painted.iter().enumerate() {
        lender[cell] = cells.size[0] * cells.size[1] + at;
    }
    let all = Tensor::cat([vec![large], borrowed].concat(), 1); // [16c, cells + painted]
    let attended = features_from_patches(pick(&all, &lender), cells.size);
    let (at, weights): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let found = (places > 0).then(|| (Tensor::cat(at, 0), Tensor::cat(weights, 0)));
    (attended, Looked { cells: cells.clone(), found })
}

fn indices(cells: &[usize], device: &Device) -> Tensor<1, Int> {
    let cells: Vec<i32> =
        cells.iter().map(|&cell| i32::try_from(cell).expect("a grid has few cells")).collect();
    let count = cells.len();
    Tensor::from_data(TensorData::new(cells, [count]), device)
}

/// Adds to each score those of the neighbouring pairs: if my left neighbour matches your left
/// neighbour, I match you. What does not exist counts as zero.
///
/// Maps `[from_rows, from_columns]` to `[rows, columns]`. For each of three steps, `rows` and
/// `columns` say which of the old ones a new one takes; the first index past the end stands for
/// none.
fn carried(scores: Tensor<2>, rows: &[Vec<usize>; 3], columns: &[Vec<usize>; 3]) -> Tensor<2> {
    let device = scores.device();
    let scores = scores.pad([(0, 1), (0, 1)], PadMode::Constant(0.0));
    let step = |at: usize| {
        let scores = scores.clone().select(0, indices(&rows[at], &device));
        scores.select(1, indices(&columns[at], &device))
    };
    step(0) + step(1) + step(2)
}

/// Finds the largest values of each row, in order: where they are and how large, each
/// `[rows, places]`.
///
/// Burn sorts on the CPU, for which a browser cannot wait; taking the maximum a few times stays on
/// the device.
fn best(mut weights: Tensor<2>, places: usize) -> (Tensor<2, Int>, Tensor<2>) {
    let [rows, columns] = weights.dims();
    let device = weights.device();
    let count = i64::try_from(columns).expect("a grid has few cells");
    let column = Tensor::<1, Int>::arange(0..count, &device).reshape([1, columns]);
    let column = column.expand([rows, columns]);
    let rounds = (0..places.min(columns)).map(|_| {
        let (weight, at) = weights.clone().max_dim_with_indices(1); // [rows, 1]
        let taken = column.clone().equal(at.clone().expand([rows, columns]));
        weights = weights.clone().mask_fill(taken, -1.0);
        (at, weight)
    });
    let (at, weight): (Vec<_>, Vec<_>) = rounds.unzip();
    (Tensor::cat(at, 1), Tensor::cat(weight, 1))
}

/// Makes the patches by which cells are compared: of every other feature each way, 3×3 around each
/// cell, zero beyond the frame. `[1, c, 2 rows, 2 columns]` to `[9c, rows · columns]`.
fn small_patches(features: Tensor<4>) -> Tensor<2> {
    let [_, c, h, w] = features.dims();
    let [rows, columns] = [h / 2, w / 2];
    let halved = features.reshape([c, rows, 2, columns, 2]).narrow(2, 0, 1).narrow(4, 0, 1);
    let halved = halved.reshape([c, rows, columns]).pad([(1, 1), (1, 1)], PadMode::Constant(0.0));
    let taps = (0..9).map(|tap| {
        halved.clone().narrow(1, tap / 3, rows).narrow(2, tap % 3, columns) // [c, rows, columns]
    });
    Tensor::cat(taps.collect(), 0).reshape([9 * c, rows * columns])
}

/// Makes the patches that cells lend: 4×4 features, the cell's own two each way and one more on
/// every side, zero beyond the frame. `[1, c, 2 rows, 2 columns]` to `[16c, rows · columns]`.
fn large_patches(features: Tensor<4>) -> Tensor<2> {
    let [_, c, h, w] = features.dims();
    let [rows, columns] = [h / 2, w / 2];
    let padded = features.pad([(1, 1), (1, 1)], PadMode::Constant(0.0));
    let pairs = padded.reshape([c, rows + 1, 2, columns + 1, 2]);
    let taps = (0..16).map(|tap| {
        let [y, x] = [tap / 4, tap % 4];
        let tap = pairs.clone().narrow(2, y % 2, 1).narrow(4, x % 2, 1);
        tap.narrow(1, y / 2, rows).narrow(3, x / 2, columns).reshape([c, rows, columns])
    });
    Tensor::cat(taps.collect(), 0).reshape([16 * c, rows * columns])
}

/// Averages the patches that overlap at each feature: [`large_patches`] in reverse.
fn features_from_patches(patches: Tensor<2>, [columns, rows]: [usize; 2]) -> Tensor<4> {
    let device = patches.device();
    let c = patches.dims()[0] / 16;
    let patches = patches.reshape([16, c, rows, columns]);
    // Features of even and of odd rows and columns; each comes from two patches each way.
    let planes = (0..4).map(|plane| {
        let part = |part: usize| {
            let [y, x] = [part / 2, part % 2];
            let tap = (plane / 2 + 2 * y) * 4 + plane % 2 + 2 * x;
            let shift = [(y, 1 - y), (x, 1 - x)];
            patches.clone().narrow(0, tap, 1).pad(shift, PadMode::Constant(0.0))
        };
        part(0) + part(1) + part(2) + part(3) // [1, c, rows + 1, columns + 1]
    });
    let [h, w] = [2 * rows, 2 * columns];
    let sums = Tensor::cat(planes.collect(), 0).reshape([2, 2, c, rows + 1, columns + 1]);
    let sums = sums.permute([2, 3, 0, 4, 1]).reshape([1, c, h + 2, w + 2]);
    let sums = sums.narrow(2, 1, h).narrow(3, 1, w); // [1, c, h, w]
    let share = |at: usize, side: usize| if at == 0 || at + 1 == side { 1.0 } else { 0.5 };
    let shares: Vec<f32> = (0..h * w).map(|at| share(at / w, h) * share(at % w, w)).collect();
    sums * Tensor::from_data(TensorData::new(shares, [1, 1, h, w]), &device)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes numbers that look like noise, the same on every run, in `0..1`.
    fn noise(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        (0..count).map(|_| next()).collect()
    }

    /// Makes a hole that covers whole cells.
    fn cells([columns, rows]: [usize; 2], painted: &[[usize; 2]]) -> HoleCells {
        let width = columns * CELL_PX;
        let mut hole = vec![0.0; width * rows * CELL_PX];
        for (at, value) in hole.iter_mut().enumerate() {
            let cell = [at % width / CELL_PX, at / width / CELL_PX];
            *value = f32::from(u8::from(painted.contains(&cell)));
        }
        HoleCells::from_hole(&hole, [width, rows * CELL_PX])
    }

    /// The same, worked out from its definition: every cell with every other, one number at a time.
    struct Dense<'a> {
        features: &'a [f32],
        channels: usize,
        cells: &'a HoleCells,
    }

    impl Dense<'_> {
        fn feature(&self, channel: usize, [x, y]: [isize; 2]) -> f64 {
            let [w, h] = self.cells.size.map(|side| 2 * side);
            let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return 0.0 };
            if x < w && y < h { f64::from(self.features[(channel * h + y) * w + x]) } else { 0.0 }
        }

        /// Returns the 3×3 cells around one, each by its first feature.
        fn patch(&self, cell: usize) -> Vec<f64> {
            let [x, y] = self.cells.place(cell).map(usize::cast_signed);
            let at = |tap: isize| [2 * (x + tap % 3 - 1), 2 * (y + tap / 3 - 1)];
            (0..self.channels)
                .flat_map(|channel| (0..9).map(move |tap| self.feature(channel, at(tap))))
                .collect()
        }

        fn score(&self, asks: usize, lends: usize) -> f64 {
            let [asks, lends] = [self.patch(asks), self.patch(lends)];
            let length = lends.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-4);
            asks.iter().zip(&lends).map(|(a, b)| a * b).sum::<f64>() / length
        }

        /// Returns the cell at a place, if there is one.
        fn cell(&self, [x, y]: [isize; 2]) -> Option<usize> {
            let [columns, rows] = self.cells.size.map(usize::cast_signed);
            let inside = (0..columns).contains(&x) && (0..rows).contains(&y);
            inside.then(|| (y * columns + x).cast_unsigned())
        }

        /// Adds the scores of the neighbours in the same direction.
        fn carried(&self, asks: usize, lends: usize) -> f64 {
            let [asks, lends] =
                [asks, lends].map(|at| self.cells.place(at).map(usize::cast_signed));
            (0..9)
                .map(|at| [at % 3 - 1, at / 3 - 1])
                .filter_map(|[dx, dy]| {
                    let asks = self.cell([asks[0] + dx, asks[1] + dy])?;
                    Some(self.score(asks, self.cell([lends[0] + dx, lends[1] + dy])?))
                })
                .sum()
        }

        /// Returns how much a cell borrows of each cell.
        fn weights(&self, cell: usize, score: &dyn Fn(usize, usize) -> f64) -> Vec<f64> {
            let count = self.cells.size[0] * self.cells.size[1];
            let mut weights = vec![0.0; count];
            if self.cells.known.contains(&cell) {
                weights[cell] = 1.0;
                return weights;
            }
            let lenders = &self.cells.lenders;
            let scores: Vec<f64> =
                lenders.iter().map(|&lends| SHARPNESS * score(cell, lends)).collect();
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|s| (s - most).exp()).sum();
            for (&lends, s) in lenders.iter().zip(&scores) {
                weights[lends] = (s - most).exp() / sum;
            }
            weights
        }

        /// Returns all weights, and the features they make.
        fn attend(&self, score: &dyn Fn(usize, usize) -> f64) -> (Vec<Vec<f64>>, Vec<f64>) {
            let [columns, rows] = self.cells.size;
            let weights: Vec<_> =
                (0..columns * rows).map(|cell| self.weights(cell, score)).collect();
            let mut out = Vec::new();
            for channel in 0..self.channels {
                for at in 0..4 * columns * rows {
                    let [x, y] = [at % (2 * columns), at / (2 * columns)].map(usize::cast_signed);
                    let (mut sum, mut patches) = (0.0, 0.0);
                    for (cell, weights) in weights.iter().enumerate() {
                        let place = self.cells.place(cell).map(usize::cast_signed);
                        let tap = [x - 2 * place[0], y - 2 * place[1]];
                        if tap.iter().all(|tap| (-1..3).contains(tap)) {
                            patches += 1.0;
                            for (lends, weight) in weights.iter().enumerate() {
                                let from = self.cells.place(lends).map(usize::cast_signed);
                                let from = [2 * from[0] + tap[0], 2 * from[1] + tap[1]];
                                sum += weight * self.feature(channel, from);
                            }
                        }
                    }
                    out.push(sum / patches);
                }
            }
            (weights, out)
        }
    }

    fn furthest(found: &Tensor<4>, wanted: &[f64]) -> f64 {
        let found = found.to_data().try_to_vec::<f32>().unwrap();
        assert_eq!(found.len(), wanted.len());
        found.iter().zip(wanted).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max)
    }

    /// Makes features so faint that no cell takes all the weight.
    fn faint(c: usize, cells: &HoleCells, seed: u32) -> (Vec<f32>, Tensor<4>) {
        let [w, h] = cells.size.map(|side| 2 * side);
        let values: Vec<f32> = noise(c * w * h, seed).iter().map(|v| v * 0.2).collect();
        let features = TensorData::new(values.clone(), [1, c, h, w]);
        (values, Tensor::from_data(features, &Device::flex()))
    }

    #[test]
    fn it_is_what_every_cell_with_every_other_gives() {
        let corner = cells([6, 5], &[[0, 0], [1, 0], [0, 1]]);
        let middle = cells([7, 5], &[[3, 2], [4, 2], [3, 3], [3, 4]]);
        for (seed, cells) in [(1, corner), (2, middle)] {
            let (values, features) = faint(3, &cells, seed);
            let dense = Dense { features: &values, channels: 3, cells: &cells };
            let (weights, wanted) = dense.attend(&|a, b| dense.carried(a, b));
            // All at once, and one cell at a time.
            for most in [MOST_SCORES, 1] {
                let (found, looked) = attend_once(features.clone(), &cells, 4, most);
                assert!(furthest(&found, &wanted) < 1e-5, "{}", furthest(&found, &wanted));
                let map = pollster::block_on(looked.read()).unwrap();
                assert_eq!(map.looks.len(), cells.painted.len());
                for (look, &cell) in map.looks.iter().zip(&cells.painted) {
                    assert_eq!(look.cell, cells.place(cell));
                    let mut order: Vec<usize> = (0..weights[cell].len()).collect();
                    order.sort_by(|a, b| weights[cell][*b].total_cmp(&weights[cell][*a]));
                    assert_eq!(look.from.len(), 4);
                    for (borrowed, lender) in look.from.iter().zip(order) {
                        assert_eq!(borrowed.cell, cells.place(lender));
                        let apart = f64::from(borrowed.weight) - weights[cell][lender];
                        assert!(apart.abs() < 1e-5, "{apart}");
                    }
                }
            }
            // Control: scores that are not carried along make other features.
            let (_, alone) = dense.attend(&|a, b| dense.score(a, b));
            let (found, _) = attend_once(features, &cells, 0, MOST_SCORES);
            assert!(furthest(&found, &alone) > 1e-3, "{}", furthest(&found, &alone));
        }
    }

    #[test]
    fn a_cell_borrows_from_the_place_it_was_copied_from() {
        // Noise, with the 5×5 cells around (3, 3) copied to around (10, 4), where a cell is
        // painted.
        let [columns, rows, c] = [14, 8, 6];
        let cells = cells([columns, rows], &[[10, 4]]);
        let mut values = noise(c * 4 * columns * rows, 7);
        let at = |channel: usize, x: usize, y: usize| (channel * 2 * rows + y) * 2 * columns + x;
        for channel in 0..c {
            for (x, y) in (0..10).flat_map(|x| (0..10).map(move |y| (x, y))) {
                values[at(channel, 16 + x, 4 + y)] = values[at(channel, 2 + x, 2 + y)];
            }
        }
        let features = TensorData::new(values.clone(), [1, c, 2 * rows, 2 * columns]);
        let features = Tensor::from_data(features, &Device::flex());
        let (found, looked) = attend(features, &[cells], 2);
        let map = pollster::block_on(looked[0].clone().read()).unwrap();
        assert_eq!(map.looks[0].cell, [10, 4]);
        assert_eq!(map.looks[0].from[0].cell, [3, 3]);
        assert!(map.looks[0].from[0].weight > 0.99, "{:?}", map.looks[0].from);
        // What it borrowed is what was there already.
        let found = found.into_data().try_to_vec::<f32>().unwrap();
        let apart = found.iter().zip(&values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "{apart}");
    }

    #[test]
    fn features_away_from_the_hole_stay_as_they_are() {
        let cells = cells([6, 4], &[[2, 1]]);
        let (values, features) = faint(2, &cells, 3);
        let found = attend(features, &[cells], 0).0.into_data().try_to_vec::<f32>().unwrap();
        for (at, (found, before)) in found.iter().zip(&values).enumerate() {
            // Cell (2, 1) is features 4 and 5 by 2 and 3; its patch reaches one further.
            let [x, y] = [at % 12, at / 12 % 8];
            let near = (3..7).contains(&x) && (1..5).contains(&y);
            assert_eq!(found == before, !near, "feature {x}, {y}");
        }
    }

    #[test]
    fn a_hole_of_one_pixel_makes_its_cell_painted_and_its_neighbours_no_lenders() {
        let mut hole = vec![0.0; 40 * 24];
        hole[9 * 40 + 15] = 1.0;
        let cells = HoleCells::from_hole(&hole, [40, 24]);
        assert_eq!(cells.size(), [5, 3]);
        assert_eq!(cells.painted, [6], "column 1, row 1");
        assert_eq!(cells.known.len(), 14);
        assert_eq!(cells.lenders, [3, 4, 8, 9, 13, 14], "the two columns on the right");
    }

    #[test]
    #[should_panic(expected = "sides must divide by 8, got 12×8")]
    fn err_a_side_that_is_no_number_of_cells() {
        let _ = HoleCells::from_hole(&[0.0; 96], [12, 8]);
    }

    #[test]
    fn where_nothing_can_lend_the_features_stay() {
        let all = cells([3, 3], &[[1, 1]]);
        assert!(all.lenders.is_empty());
        let none = cells([3, 3], &[]);
        for cells in [all, none] {
            let (values, features) = faint(2, &cells, 4);
            let (found, looked) = attend(features, &[cells], 3);
            assert_eq!(found.into_data().try_to_vec::<f32>().unwrap(), values);
            let map = pollster::block_on(looked[0].clone().read()).unwrap();
            assert_eq!(map, AttentionMap { size: [3, 3], looks: Vec::new() });
        }
    }

    #[test]
    fn each_picture_of_a_batch_has_its_own_hole() {
        let holes = [cells([5, 4], &[[0, 0]]), cells([5, 4], &[[4, 3], [3, 3]])];
        let (_, one) = faint(2, &holes[0], 5);
        let (_, other) = faint(2, &holes[1], 6);
        let both = Tensor::cat(vec![one.clone(), other.clone()], 0);
        let (found, looked) = attend(both, &holes, 1);
        assert_eq!(looked.len(), 2);
        let alone = [one, other].into_iter().zip(&holes);
        let alone = alone.map(|(x, hole)| attend(x, std::slice::from_ref(hole), 1).0).collect();
        assert_eq!(found.into_data(), Tensor::cat(alone, 0).into_data());
    }

    #[test]
    fn a_large_picture_never_has_all_its_scores_at_once() {
        // 512² with its left half painted.
        let side = 512;
        let hole: Vec<f32> =
            (0..side * side).map(|at| f32::from(u8::from(at % side < side / 2))).collect();
        let cells = HoleCells::from_hole(&hole, [side, side]);
        let scores = |portion: &Portion| portion.compared.len() * cells.known.len();
        let most = cells.portions(MOST_SCORES).map(|p| scores(&p)).max().unwrap();
        assert!(most < MOST_SCORES * 5 / 4, "{most}");
        let painted: usize = cells.portions(MOST_SCORES).map(|p| p.down[1].len()).sum();
        assert_eq!(painted, 2048, "every painted cell has its turn");
        let at_once = cells.portions(usize::MAX).map(|p| scores(&p)).max().unwrap();
        assert!(at_once > 4 * MOST_SCORES, "control: in one portion it is {at_once}");
    }

    #[test]
    fn asking_for_the_hole_alone_costs_a_fifth_of_everything_with_everything() {
        // The published case: 256² with 128² painted in its middle, 128 channels.
        let inside = |at: usize| (64..192).contains(&(at % 256)) && (64..192).contains(&(at / 256));
        let hole: Vec<f32> = (0..256 * 256).map(|at| f32::from(u8::from(inside(at)))).collect();
        let cells = HoleCells::from_hole(&hole, [256, 256]);
        assert_eq!([cells.painted.len(), cells.known.len()], [16 * 16, 32 * 32 - 16 * 16]);
        assert_eq!(cells.lenders.len(), 32 * 32 - 18 * 18);
        let compared: usize = cells.portions(MOST_SCORES).map(|p| p.compared.len()).sum();
        assert_eq!(compared, 18 * 18);
        let pairs =
            compared * cells.known.len() * 9 + cells.painted.len() * cells.lenders.len() * 16;
        let gmacs = (pairs * 128) as f64 / 1e9;
        assert!((gmacs - 0.65).abs() < 0.005, "{gmacs}; everything with everything is 3.4");
    }

    #[cfg(feature = "train")]
    #[test]
    fn what_is_learnt_reaches_the_features_even_where_all_are_zero() {
        let cells = cells([6, 5], &[[2, 2]]);
        let (values, _) = faint(2, &cells, 8);
        // A row of cells as dark as a ReLU makes them.
        let values: Vec<f32> =
            values.iter().enumerate().map(|(at, v)| if at % 120 < 60 { 0.0 } else { *v }).collect();
        let data = TensorData::new(values, [1, 2, 10, 12]);
        let features = Tensor::<4>::from_data(data, &Device::flex().autodiff()).require_grad();
        let (attended, _) = attend(features.clone(), &[cells], 0);
        let gradients = (attended.square()).sum().backward();
        let slope = features.grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap();
        assert!(slope.iter().all(|slope| slope.is_finite()));
        assert!(slope.iter().any(|slope| slope.abs() > 1e-3));
    }
}
