//! Blends a painted hole into the photo around it, so that no seam shows.
//!
//! The painting keeps its own detail, or the stronger of its own and another picture's, and gets a
//! correction added that is as smooth as can be: at the rim of the hole it closes the gap between
//! painting and photo. At the border of the picture nothing is fixed.
//!
//! Always holds: known pixels keep their bits, and time and memory grow with the painted pixels,
//! wherever they lie: about 25 bytes each for three channels at once, 10 for one. Deliberately
//! absent: any notion of transparency. Start at [`blend`]; [`super::multigrid`] solves.
//!
//! # Source
//! Pérez, Gangnet & Blake, *Poisson Image Editing* (2003): seamless cloning, with imported and with
//! mixed gradients, in the membrane form, where the unknown is the correction. We differ in that a
//! hole may touch the border of the picture. OpenCV's `seamlessClone` solves another problem: all
//! of the rectangle around the hole, with the target's gradients on the outermost three pixels of
//! the hole. Thus it changes known pixels, and what the target has under the rim shows.

use super::fast_marching;
use super::multigrid::{Multigrid, Values};

/// How far fast marching looks for what lies under a painting, in pixels: as Iizuka et al. do.
const FILL_RADIUS_PX: usize = 1;

/// What a hole gets its detail from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gradients {
    /// The painting.
    #[default]
    Painted,
    /// Between any two neighbours the painting or the target, whichever differs more.
    Stronger,
}

/// Adds to the painted pixels of `guide` what makes them meet `target` at the rim of the hole.
///
/// A hole without any known pixel around it has no rim and stays as it is. With
/// [`Gradients::Painted`], `target` is read only at known pixels that touch the hole.
///
/// # Shapes and ranges
/// `guide` and `target`: `width * height * CHANNELS` interleaved samples, a plane has one channel;
/// any unit, errors stay below half a unit if values span some hundreds, as 0..255 does. `hole`:
/// `width * height`, 0 is known, anything else is painted. `size`: `[width, height]`.
///
/// # Panics
/// If a length is not that of `size`.
pub fn blend<const CHANNELS: usize>(
    guide: &mut [f32],
    target: &[f32],
    hole: &[u8],
    size: [usize; 2],
    gradients: Gradients,
) {
    let [width, height] = size;
    let lengths = [guide.len(), target.len(), hole.len() * CHANNELS];
    assert_eq!(lengths, [width * height * CHANNELS; 3], "buffers against {width}×{height}");
    let Some(mut grid) = Multigrid::<CHANNELS>::over(hole, size) else { return };
    let (guide, _) = guide.as_chunks_mut::<CHANNELS>();
    let (target, _) = target.as_chunks::<CHANNELS>();
    if gradients == Gradients::Stronger {
        grid.set_sources(|p, q| {
            let [painted, other] = [&*guide, target].map(|picture| slope(picture, p, q));
            Values(std::array::from_fn(|c| stronger(painted.0[c], other.0[c]) - painted.0[c]))
        });
    }
    grid.solve(|p| Values(target[p]) - Values(guide[p]));
    grid.for_each(|correction, p| guide[p] = (Values(guide[p]) + correction).0);
}

fn slope<const C: usize>(picture: &[[f32; C]], p: usize, q: usize) -> Values<C> {
    Values(picture[p]) - Values(picture[q])
}

fn stronger(painted: f32, other: f32) -> f32 {
    if other.abs() > painted.abs() { other } else { painted }
}

/// Puts a painting into the hole of a photo: nothing that was in the hole comes back.
///
/// `painted` becomes the result; outside the hole it is the photo, bit by bit.
///
/// # Shapes and ranges
/// As [`blend`]; `painted` is read only in the hole, `photo` only outside.
///
/// # Panics
/// If a length is not that of `size`.
///
/// # Source
/// The order of Iizuka, Simo-Serra & Ishikawa, *Globally and Locally Consistent Image Completion*
/// (2017), in their released program: the painting goes into the photo, the hole of *that* is
/// filled by fast marching, and the painting is cloned onto it. Cloned onto the photo, the removed
/// object would show through. We differ in that without mixed gradients nothing is filled, as
/// [`blend`] reads nothing of the target's hole then.
pub fn compose<const CHANNELS: usize>(
    painted: &mut [f32],
    photo: &[f32],
    hole: &[u8],
    size: [usize; 2],
    gradients: Gradients,
) {
    let [width, height] = size;
    let lengths = [painted.len(), photo.len(), hole.len() * CHANNELS];
    assert_eq!(lengths, [width * height * CHANNELS; 3], "buffers against {width}×{height}");
    let pixels = painted.chunks_exact_mut(CHANNELS).zip(photo.chunks_exact(CHANNELS));
    for ((painted, photo), _) in pixels.zip(hole).filter(|(_, hole)| **hole == 0) {
        painted.copy_from_slice(photo);
    }
    match gradients {
        Gradients::Painted => blend::<CHANNELS>(painted, photo, hole, size, gradients),
        Gradients::Stronger => {
            let mut target = painted.to_vec();
            fast_marching::inpaint::<f32, CHANNELS>(&mut target, hole, size, FILL_RADIUS_PX);
            blend::<CHANNELS>(painted, &target, hole, size, gradients);
        }
    }
}

/// The equations of one hole, for planes that come one after the other.
#[derive(Debug)]
pub struct Membrane {
    grid: Multigrid<1>,
    pixels: usize,
}

impl Membrane {
    /// Sets up a hole; nothing if no pixel is painted, or all are.
    #[must_use]
    pub fn over(hole: &[u8], size: [usize; 2]) -> Option<Self> {
        Some(Self { grid: Multigrid::over(hole, size)?, pixels: hole.len() })
    }

    /// As [`blend`], for one channel: planes of `width * height`.
    ///
    /// # Panics
    /// If a plane has another length than the hole.
    pub fn blend(&mut self, guide: &mut [f32], target: &[f32]) {
        assert_eq!([guide.len(), target.len()], [self.pixels; 2], "planes against the hole");
        self.grid.solve(|p| Values([target[p] - guide[p]]));
        self.grid.for_each(|Values([correction]), p| guide[p] += correction);
    }
}
