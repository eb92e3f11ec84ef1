//! Gives a surface one colour: where the network is in doubt about a cell, neighbours of the same
//! lightness decide.
//!
//! A network reads colours place by place, so that a plain wall gets patches, each of them likely.
//! Here every cell is held to its own chroma as firmly as the network is sure of it, and to that of
//! its neighbours as firmly as they are of one lightness; the chroma that satisfies both best counts.
//! Edges of lightness stay edges of colour. Start reading at [`even_out`].

/// The doubt at which a cell listens to its own chroma half as much as a sure one, in steps of 255
/// (standard deviation).
const DOUBT: f32 = 12.0;
/// How firmly a neighbour of the same lightness holds a cell, beside its own chroma when sure.
const HOLD: f32 = 2.0;
/// A difference in lightness that leaves a quarter of the hold, in steps of 255.
const LIGHT: f32 = 10.0;
/// Times that every cell is looked at; the last ones move nothing that can be seen.
const ROUNDS: usize = 40;

/// Evens chroma out.
///
/// # Shapes and ranges
/// - `chroma`: U and V of each cell, in steps of 255, row by row
/// - `variance`: how far the network thinks each cell may be off, squared
/// - `light`: mean lightness of each cell, in steps of 255
///
/// # Source
/// The quadratic form of Levin, Lischinski & Weiss, "Colorization using Optimization" (SIGGRAPH
/// 2004), in which neighbours of one intensity shall have one colour. We differ: every cell has a
/// colour to begin with, as in Lischinski et al., "Interactive Local Adjustment of Tonal Values"
/// (2006), weighed by how sure it is; likeness of intensity falls off by Cauchy's law, without an
/// exponential; and the equations are relaxed by Gauss and Seidel, since cells are few.
///
/// # Panics
/// If there is not one number for each cell.
pub(super) fn even_out(
    chroma: &mut [[f32; 2]],
    variance: &[f32],
    light: &[f32],
    [columns, rows]: [usize; 2],
) {
    let cells = columns * rows;
    assert_eq!([chroma.len(), variance.len(), light.len()], [cells; 3], "one of each a cell");
    let own = chroma.to_vec();
    let sure = |cell: usize| 1.0 / (1.0 + variance[cell].max(0.0) / (DOUBT * DOUBT));
    let hold = |a: usize, b: usize| {
        let apart = (light[a] - light[b]) / LIGHT;
        let tail = 1.0 + apart * apart;
        HOLD / (tail * tail)
    };
    // Holds to the right and downwards; 0 beyond the border.
    let right: Vec<f32> = (0..cells)
        .map(|cell| if (cell + 1) % columns == 0 { 0.0 } else { hold(cell, cell + 1) })
        .collect();
    let down: Vec<f32> = (0..cells)
        .map(|cell| if cell + columns < cells { hold(cell, cell + columns) } else { 0.0 })
        .collect();
    for _ in 0..ROUNDS {
        for cell in 0..cells {
            let mut total = sure(cell);
            let mut sum = own[cell].map(|value| total * value);
            let mut listen = |neighbour: usize, hold: f32| {
                (0..2).for_each(|axis| sum[axis] += hold * chroma[neighbour][axis]);
                total += hold;
            };
            if cell % columns > 0 {
                listen(cell - 1, right[cell - 1]);
            }
            if (cell + 1) % columns > 0 {
                listen(cell + 1, right[cell]);
            }
            if cell >= columns {
                listen(cell - columns, down[cell - columns]);
            }
            if cell + columns < cells {
                listen(cell + columns, down[cell]);
            }
            chroma[cell] = sum.map(|value| value / total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [9, 6];

    /// The left third bright, the rest dark.
    fn light() -> Vec<f32> {
        (0..54).map(|cell| if cell % 9 < 3 { 200.0 } else { 80.0 }).collect()
    }

    #[test]
    fn a_patch_that_nobody_is_sure_of_takes_the_colour_of_its_surface() {
        let mut chroma = vec![[10.0, -20.0]; 54];
        let mut variance = vec![4.0; 54];
        let patch = 2 * 9 + 6;
        chroma[patch] = [-30.0, 40.0];
        variance[patch] = 900.0;
        let sure = {
            let mut chroma = chroma.clone();
            even_out(&mut chroma, &[4.0; 54], &light(), SIZE);
            chroma[patch]
        };
        even_out(&mut chroma, &variance, &light(), SIZE);
        let off = |[u, v]: [f32; 2]| (u - 10.0).hypot(v + 20.0);
        assert!(off(chroma[patch]) < 4.0, "{:?}", chroma[patch]);
        assert!(off(sure) > 4.0 * off(chroma[patch]), "control: a sure one holds on: {sure:?}");
    }

    #[test]
    fn colours_stop_where_lightness_does() {
        let colour = |cell: usize| if cell % 9 < 3 { [40.0, 0.0] } else { [-40.0, 10.0] };
        let mut chroma: Vec<[f32; 2]> = (0..54).map(colour).collect();
        even_out(&mut chroma, &[100.0; 54], &light(), SIZE);
        for (cell, uv) in chroma.iter().enumerate() {
            let off = (uv[0] - colour(cell)[0]).hypot(uv[1] - colour(cell)[1]);
            assert!(off < 0.2, "{cell}: {uv:?}");
        }
        let mut level: Vec<[f32; 2]> = (0..54).map(colour).collect();
        even_out(&mut level, &[100.0; 54], &[80.0; 54], SIZE);
        let off = (level[2][0] - 40.0).abs();
        assert!(off > 5.0, "control: without an edge they run together: {off}");
    }

    #[test]
    fn one_colour_stays_and_thin_grids_are_evened_too() {
        let mut chroma = vec![[3.0, -7.0]; 54];
        even_out(&mut chroma, &[400.0; 54], &light(), SIZE);
        assert!(chroma.iter().all(|[u, v]| (u - 3.0).abs() < 1e-4 && (v + 7.0).abs() < 1e-4));
        for size in [[5, 1], [1, 5], [1, 1]] {
            let cells = size[0] * size[1];
            let mut chroma = vec![[0.0, 0.0]; cells];
            chroma[cells - 1] = [8.0, 8.0];
            even_out(&mut chroma, &vec![10.0; cells], &vec![50.0; cells], size);
            assert!(chroma[0][0] > 0.0 && chroma[0][0] <= 8.0, "{size:?}: {chroma:?}");
        }
    }
}
