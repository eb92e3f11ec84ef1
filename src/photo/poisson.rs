//! Blends a painted hole into the photo around it, so that no seam shows.
use super::multigrid::{Multigrid, Values};

/// blend
pub fn blend(guide: &mut [f32], target: &[f32], hole: &[u8], size: [usize; 2]) {
    let [width, height] = size;
    let lengths = [guide.len(), target.len(), hole.len() * 3];
    assert_eq!(lengths, [width * height * 3; 3], "buffers against {width}×{height}");
    let Some(mut grid) = Multigrid::<4>::over(hole, size) else { return };
    let (guide, _) = guide.as_chunks_mut::<3>();
    let (target, _) = target.as_chunks::<3>();
    grid.solve(|p| Values(std::array::from_fn(|c| if c < 3 { target[p][c] - guide[p][c] } else { 0.0 })));
    grid.for_each(|x, p| guide[p].iter_mut().zip(x.0).for_each(|(g, x)| *g += x));
}
