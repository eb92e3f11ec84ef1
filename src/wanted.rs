//! Finds the colours that belong into a hole, before any detail.
//!
//! The photo says most of it, finely: the colours around the hole, stretched across it as smoothly as
//! can be. What a network adds to that on its own, coarser grid is enlarged and added; not what it
//! paints, so what the photo says at the rim is kept.

use crate::error::Result;
use crate::generator::Generator;
use crate::model::contextual_attention::AttentionMap;
use crate::photo::resize;
use crate::pixels::{Canvas, Fill};

/// Returns three planes of the canvas's size, in `0..=1` or slightly beyond: the canvas where it is
/// known; in the hole its smoothest continuation and what the network adds on its `grid`, shown it
/// in each of the `mirrors` (see [`Generator::paint_mirrored`]).
///
/// Where the network's grid has no known cell, it adds nothing.
///
/// Measured: pieces that follow the smoothest continuation come nearer to what was in the hole than
/// those that follow fast marching (24 photographs, the same grid: RMSE 33.6 against 34.7), and
/// leave no smudge in a clear sky; a coarser grid is worse with either.
///
/// # Errors
/// [`crate::error::Error::Device`].
pub(crate) async fn wanted(
    canvas: &Canvas,
    grid: [usize; 2],
    generator: &Generator,
    mirrors: &[[bool; 2]],
) -> Result<Vec<f32>> {
    let size = canvas.size();
    let mut wanted = canvas.with_hole_filled(Fill::Membrane);
    let coarse = on_grid(canvas, &wanted, grid);
    if !coarse.hole().contains(&0.0) {
        return Ok(wanted);
    }
    let before = coarse.with_hole_filled(Fill::Membrane);
    let mut added = generator.paint_mirrored(&coarse, mirrors).await?;
    for (i, added) in added.iter_mut().enumerate() {
        *added = coarse.hole()[i % coarse.hole().len()] * (*added - before[i]);
    }
    let added = resized(&added, grid, size);
    for (i, (wanted, added)) in wanted.iter_mut().zip(added).enumerate() {
        *wanted += canvas.hole()[i % canvas.hole().len()] * added;
    }
    Ok(wanted)
}

/// Returns what a network paints on its own `grid`, the known part as well, as the published works
/// show it: three planes of the grid, and what its cells looked at, if it tells; `None` where the
/// grid has no known cell.
///
/// # Errors
/// [`crate::error::Error::Device`].
pub(crate) async fn painted(
    canvas: &Canvas,
    grid: [usize; 2],
    generator: &Generator,
) -> Result<Option<(Vec<f32>, Option<AttentionMap>)>> {
    let coarse = on_grid(canvas, &canvas.with_hole_filled(Fill::Membrane), grid);
    let is_known = coarse.hole().contains(&0.0);
    Ok(if is_known { Some(generator.paint_and_tell(&coarse).await?) } else { None })
}

/// A canvas on another grid, black in the hole; `filled` are its planes with the hole filled. A cell
/// is known only if all of it is.
fn on_grid(canvas: &Canvas, filled: &[f32], grid: [usize; 2]) -> Canvas {
    let hole = resized(canvas.hole(), canvas.size(), grid);
    let hole: Vec<f32> = hole.into_iter().map(|share| f32::from(u8::from(share > 0.01))).collect();
    let mut rgb = resized(filled, canvas.size(), grid);
    rgb.iter_mut().enumerate().for_each(|(i, v)| *v *= 1.0 - hole[i % hole.len()]);
    Canvas::new(grid, rgb, hole)
}

fn resized(planes: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let planes = planes.chunks_exact(from[0] * from[1]);
    planes.flat_map(|plane| resize::resize_plane(plane, from, to)).collect()
}
