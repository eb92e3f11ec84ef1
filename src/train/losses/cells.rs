//! Whether a painted picture keeps what its mosaic says.

use burn::tensor::{Device, Tensor, TensorData};

use crate::photo::mosaic::Grid;

/// Mean squared difference between the mean colours of each mosaic cell, over all cells that have a
/// part in the hole: `Σ (mean x − mean t)² / (3 · cells)`.
///
/// A mosaic tells the mean of each cell exactly, so this much of the truth is known even where
/// every detail is hidden. Cells cut off by the border of the hole, or of the picture, count by
/// what is left of them, and as much as whole ones.
///
/// # Shapes and ranges
/// - `painted`: `[n, 3, h, w]`
/// - `truth`: `[n, 3, h, w]`; the pixelated picture does as well, up to its rounding
/// - `hole`: `[n, 1, h, w]`, 1 = pixelated
/// - `grids`: one for each picture, cells of any size and phase
/// - returns 0 where no hole is
///
/// # Panics
/// If there is not one grid per picture.
///
/// # Source
/// Ours; a pixel belongs to the cell that has its centre, as in
/// [`apply`](crate::photo::mosaic::apply).
#[must_use]
pub fn cell_means(
    painted: Tensor<4>,
    truth: Tensor<4>,
    hole: Tensor<4>,
    grids: &[Grid],
) -> Tensor<1> {
    let [n, _, h, w] = painted.dims();
    assert_eq!(grids.len(), n, "one grid a picture");
    let device = painted.device();
    let rows = members(grids, 1, h, &device); // [n, 1, rows, h]
    let columns = members(grids, 0, w, &device).swap_dims(2, 3); // [n, 1, w, columns]
    // [n, c, rows, columns]
    let sums = |x: Tensor<4>| rows.clone().matmul(x).matmul(columns.clone());
    let pixels = sums(hole.clone());
    let cells = pixels.clone().greater_elem(0.5).float();
    let error = sums((painted - truth) * hole) / pixels.clamp_min(1.0);
    error.square().sum() / (cells.sum() * 3.0).clamp_min(1.0)
}

/// Which cells the pixels of one axis belong to, as a matrix of ones: `[n, 1, cells, pixels]`.
fn members(grids: &[Grid], axis: usize, side: usize, device: &Device) -> Tensor<4> {
    let cell_of = |grid: &Grid, at: usize| {
        let mut pixel = [0; 2];
        pixel[axis] = at;
        // The cell before the first line is -1.
        usize::try_from(grid.cell_of(pixel)[axis] + 1).expect("no pixel lies two cells before")
    };
    // Cells of two pixels or more: no side has more cells than this.
    let cells = side / 2 + 2;
    let mut ones = vec![0.0_f32; grids.len() * cells * side];
    for (i, grid) in grids.iter().enumerate() {
        for at in 0..side {
            ones[(i * cells + cell_of(grid, at)) * side + at] = 1.0;
        }
    }
    Tensor::from_data(TensorData::new(ones, [grids.len(), 1, cells, side]), device)
}

#[cfg(test)]
mod tests {
    use super::super::check::{gradient_error, random, value};
    use super::*;

    fn grid(cell: [f32; 2], phase: [f32; 2]) -> Grid {
        Grid::new(cell, phase)
    }

    #[test]
    fn each_cell_counts_by_its_mean() {
        // 5×1 pixels in cells of 2 from 1: pixels 0 | 1 2 | 3 4, errors 1 | 1 −1 | 2 4.
        let device = Device::flex();
        let row = [[1.0, 1.0, -1.0, 2.0, 4.0]];
        let painted = Tensor::<4>::from_floats([[row, row, row]], &device);
        let truth = painted.zeros_like();
        let hole = Tensor::<4>::ones([1, 1, 1, 5], &device);
        let grids = [grid([2.0, 2.0], [1.0, 0.0])];
        let got = value(cell_means(painted.clone(), truth.clone(), hole, &grids));
        assert!((got - (1.0 + 0.0 + 9.0) / 3.0).abs() < 1e-5, "{got}");
        // Without the first and the last pixel: no first cell, and of the last one half: 0, 4.
        let hole = Tensor::<4>::from_floats([[[[0.0, 1.0, 1.0, 1.0, 0.0]]]], &device);
        let got = value(cell_means(painted.clone(), truth.clone(), hole.clone(), &grids));
        assert!((got - (0.0 + 4.0) / 2.0).abs() < 1e-5, "{got}");
        let none = value(cell_means(painted, truth, hole * 0.0, &grids));
        assert_eq!(none, 0.0, "no hole, nothing to keep");
    }

    #[test]
    fn means_are_those_counted_pixel_by_pixel() {
        let [w, h] = [13, 9];
        let [painted, truth] = [1, 2].map(|seed| random([2, 3, h, w], seed));
        let hole = random([2, 1, h, w], 3).greater_elem(0.3).float();
        let grids = [grid([3.5, 2.0], [1.2, 0.7]), grid([12.0, 4.25], [5.0, 3.9])];
        let got = value(cell_means(painted.clone(), truth.clone(), hole.clone(), &grids));
        let [painted, truth, hole] = [painted, truth, hole].map(super::super::check::numbers);
        let mut cells = std::collections::BTreeMap::<_, (f64, f64)>::new();
        for n in 0..2 {
            for c in 0..3 {
                for i in (0..w * h).filter(|i| hole[n * w * h + i] > 0.5) {
                    let at = (n * 3 + c) * w * h + i;
                    let cell = cells.entry((n, c, grids[n].cell_of([i % w, i / w]))).or_default();
                    cell.0 += f64::from(painted[at] - truth[at]);
                    cell.1 += 1.0;
                }
            }
        }
        let squares = cells.values().map(|(sum, count)| (sum / count).powi(2)).sum::<f64>();
        let wanted = squares / cells.len() as f64;
        assert!((f64::from(got) - wanted).abs() < 1e-5 * wanted, "{got} not {wanted}");
    }

    #[test]
    fn what_keeps_the_means_costs_nothing_and_gradients_are_true() {
        let truth = random([1, 3, 4, 6], 1);
        let hole = truth.clone().narrow(1, 0, 1).ones_like();
        let grids = [grid([3.0, 2.0], [0.0, 0.0])];
        // Swapping the two halves of every cell keeps its mean.
        let swapped = {
            let rows = truth.clone().reshape([1, 3, 2, 2, 6]).flip([3]);
            rows.reshape([1, 3, 4, 6])
        };
        let kept = value(cell_means(swapped, truth.clone(), hole.clone(), &grids));
        assert!(kept < 1e-12, "{kept}");
        let at = random([1, 3, 4, 6], 2);
        let loss = |x| cell_means(x, truth.clone(), hole.clone(), &grids);
        let error = gradient_error(&at, loss);
        assert!(error < 1e-2, "{error}");
        assert!(value(loss(at)) > 1e-4, "control: another picture costs");
    }
}
