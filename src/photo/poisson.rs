//! Blends a painted hole into the photo around it, so that no seam shows.
//!
//! The painting keeps its own detail, or the stronger of its own and another picture's, and gets a
//! correction added that is as smooth as can be: at the rim of the hole it closes the gap between
//! painting and photo. At the border of the picture nothing is fixed.
//!
//! Always holds: known pixels keep their bits, and time and memory grow with the painted pixels,
//! wherever they lie: about 25 bytes each for three channels at once, 10 for one. Deliberately
//! absent: any notion of transparency. Start at [`blend`]; `multigrid` solves.
//!
//! The product closes gaps with [`close_gap`] and [`Membrane`]. [`blend`] and [`compose`] are the second
//! half of Iizuka's published order (fast marching, then cloning), kept to be compared with; where a
//! published work is chosen, [`super::complete::clone_in`] does nearly the same without planes of the
//! whole photo.
//!
//! # Source
//! Pérez, Gangnet & Blake, *Poisson Image Editing* (2003): seamless cloning, with imported and with
//! mixed gradients, in the membrane form, where the unknown is the correction. We differ in that a
//! hole may touch the border of the picture. `seamlessClone` in `OpenCV` solves another problem: all
//! of the rectangle around the hole, with the target's gradients on the outermost three pixels of
//! the hole. Thus it changes known pixels, and what the target has under the rim shows.

use super::fast_marching::inpaint_as_far_as;
use super::multigrid::{Multigrid, Values};

/// How far fast marching looks for what lies under a painting, in pixels: as Iizuka et al. do.
const FILL_RADIUS_PX: usize = 1;
/// How deep the outermost pixels of a hole lie in it, at most.
const RIM_DEPTH: f32 = 1.0;

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
/// The gap is that between `guide` and `target` at the known pixels that touch the hole, so `guide`
/// has to go on for a pixel there; where it does not, see [`compose`]. A hole without any known
/// pixel around it has no rim and stays as it is. With [`Gradients::Painted`], `target` is read
/// nowhere else.
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
    match gradients {
        Gradients::Painted => solve::<CHANNELS>((guide, target), hole, size, |_, _| {}),
        Gradients::Stronger => {
            let (other, _) = target.as_chunks();
            blend_field::<CHANNELS>(guide, target, hole, size, |guide, p, q| {
                let [painted, other] = [guide, other].map(|picture| slope(picture, p, q).0);
                std::array::from_fn(|c| stronger(painted[c], other[c]))
            });
        }
    }
}

/// As [`blend`], with gradients of any kind: `field(guide, p, q)` is by how much pixel `p` should
/// exceed its neighbour `q`; what `q` should exceed `p` by is asked for on its own.
///
/// # Panics
/// If a length is not that of `size`.
pub fn blend_field<const CHANNELS: usize>(
    guide: &mut [f32],
    target: &[f32],
    hole: &[u8],
    size: [usize; 2],
    field: impl Fn(&[[f32; CHANNELS]], usize, usize) -> [f32; CHANNELS],
) {
    solve::<CHANNELS>((guide, target), hole, size, |grid, guide| {
        grid.set_sources(|p, q| Values(field(guide, p, q)) - slope(guide, p, q));
    });
}

/// Corrects the painted pixels of the first picture so that they meet the second.
fn solve<const CHANNELS: usize>(
    (guide, target): (&mut [f32], &[f32]),
    hole: &[u8],
    size: [usize; 2],
    prepare: impl FnOnce(&mut Multigrid<CHANNELS>, &[[f32; CHANNELS]]),
) {
    let [width, height] = size;
    let lengths = [guide.len(), target.len(), hole.len() * CHANNELS];
    assert_eq!(lengths, [width * height * CHANNELS; 3], "buffers against {width}×{height}");
    let Some(mut grid) = Multigrid::over(hole, size) else { return };
    let (guide, _) = guide.as_chunks_mut();
    let (target, _) = target.as_chunks();
    prepare(&mut grid, guide);
    grid.solve(|p| Values(target[p]) - Values(guide[p]));
    grid.for_each(|correction, p| guide[p] = (Values(guide[p]) + correction).0);
}

fn slope<const CHANNELS: usize>(
    picture: &[[f32; CHANNELS]],
    p: usize,
    q: usize,
) -> Values<CHANNELS> {
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
/// filled by fast marching, and the painting is cloned onto the filling. Cloned onto the photo,
/// the removed object would come back: the clone begins at the outermost pixels of the hole. We
/// differ in that it begins at the outermost one everywhere, where `OpenCV` takes the gradients of
/// three; and in that a filling whose inside nobody reads is left out.
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
    let (composite, _) = painted.as_chunks_mut::<CHANNELS>();
    let (photo, _) = photo.as_chunks::<CHANNELS>();
    for ((pixel, photo), _) in composite.iter_mut().zip(photo).zip(hole).filter(|(_, h)| **h == 0) {
        *pixel = *photo;
    }
    let mut filled = painted.to_vec();
    let depth = if gradients == Gradients::Painted { RIM_DEPTH } else { f32::INFINITY };
    inpaint_as_far_as::<f32, CHANNELS>(&mut filled, (hole, size), FILL_RADIUS_PX, depth);
    let inner = eroded(hole, size);
    blend::<CHANNELS>(painted, &filled, &inner, size, gradients);
    let (composite, _) = painted.as_chunks_mut::<CHANNELS>();
    let (filled, _) = filled.as_chunks::<CHANNELS>();
    for (p, _) in inner.iter().enumerate().filter(|(_, inner)| **inner == 0) {
        composite[p] = filled[p];
    }
}

/// The hole without the pixels that have a known neighbour above, below or beside them.
fn eroded(hole: &[u8], [width, height]: [usize; 2]) -> Vec<u8> {
    let mut inner = hole.to_vec();
    for y in 0..height {
        for x in 0..width {
            let p = y * width + x;
            let is_rim = (x > 0 && hole[p - 1] == 0)
                || (x + 1 < width && hole[p + 1] == 0)
                || (y > 0 && hole[p - width] == 0)
                || (y + 1 < height && hole[p + width] == 0);
            if is_rim {
                inner[p] = 0;
            }
        }
    }
    inner
}

/// Finds the smoothest correction of the painted pixels that meets `gap`, asked for known pixels
/// that touch the hole, and hands it out with the pixel's number, for every painted pixel.
pub fn close_gap<const CHANNELS: usize>(
    hole: &[u8],
    size: [usize; 2],
    gap: impl Fn(usize) -> [f32; CHANNELS],
    mut take: impl FnMut([f32; CHANNELS], usize),
) {
    let Some(mut grid) = Multigrid::over(hole, size) else { return };
    grid.solve(|p| Values(gap(p)));
    grid.for_each(|Values(correction), p| take(correction, p));
}

/// The equations of one hole, for planes that come one after the other.
#[derive(Debug)]
pub struct Membrane {
    grid: Multigrid<1>,
    pixels: usize,
}

impl Membrane {
    /// Sets up a hole; `None` if no pixel is painted, or all are.
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
        self.close(|p| target[p] - guide[p]);
        self.for_each(|correction, p| guide[p] += correction);
    }

    /// Finds the correction that meets `gap`, asked for known pixels that touch the hole.
    pub fn close(&mut self, gap: impl Fn(usize) -> f32) {
        self.grid.solve(|p| Values([gap(p)]));
    }

    /// Hands out the correction found last and the pixel's number, for every painted pixel.
    pub fn for_each(&self, mut take: impl FnMut(f32, usize)) {
        self.grid.for_each(|Values([correction]), p| take(correction, p));
    }
}

#[cfg(test)]
mod tests {
    use super::super::multigrid::tests::{Dice, hole, zoo};
    use super::*;
    use Gradients::{Painted, Stronger};

    fn blended(guide: &[f32], target: &[f32], hole: &[u8], size: [usize; 2]) -> Vec<f32> {
        with(Painted, guide, target, (hole, size))
    }

    fn with(
        gradients: Gradients,
        guide: &[f32],
        target: &[f32],
        (hole, size): (&[u8], [usize; 2]),
    ) -> Vec<f32> {
        let mut guide = guide.to_vec();
        blend::<3>(&mut guide, target, hole, size, gradients);
        guide
    }

    fn differences<'a>(a: &'a [f32], b: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        a.iter().zip(b).map(|(a, b)| (a - b).abs())
    }

    fn largest(values: impl Iterator<Item = f32>) -> f32 {
        values.fold(0.0, f32::max)
    }

    #[test]
    fn a_painting_that_is_off_by_a_constant_becomes_the_photo() {
        for (name, size, hole) in zoo() {
            let target = Dice(7).picture(size);
            let off: Vec<f32> =
                target.iter().zip([40.0, -16.0, 0.5].iter().cycle()).map(|(t, d)| t + d).collect();
            let inside: Vec<bool> = hole.iter().flat_map(|&h| [h != 0; 3]).collect();
            let got = blended(&off, &target, &hole, size);
            let errors = differences(&got, &target).zip(&inside);
            assert!(
                largest(errors.filter(|(_, inside)| **inside).map(|(e, _)| e)) < 1e-3,
                "{name}"
            );
            let errors = differences(&off, &target).zip(&inside);
            assert!(
                errors.filter(|(_, inside)| **inside).any(|(e, _)| e > 39.0),
                "control: {name}"
            );
        }
    }

    #[test]
    fn known_pixels_keep_their_bits_and_painted_ones_change() {
        for ((name, size, hole), gradients) in zoo().into_iter().zip([Painted, Stronger].repeat(8))
        {
            let mut dice = Dice(13);
            let (guide, target) = (dice.picture(size), dice.picture(size));
            let got = with(gradients, &guide, &target, (&hole, size));
            for (p, &painted) in hole.iter().enumerate() {
                let [before, after] = [&guide, &got].map(|picture| &picture[p * 3..p * 3 + 3]);
                assert_eq!(before != after, painted != 0, "{name}: pixel {p}");
            }
        }
    }

    #[test]
    fn a_gap_fades_in_a_straight_line_across_a_row() {
        // Gaps of 10 and 50 at the ends, four pixels to cross: 18, 26, 34, 42. The second channel
        // has a gap on the left only, the third none.
        let target =
            [10.0, 5.0, 0.0, 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 50.0, 0.0, 0.0];
        let got = blended(&[0.0; 18], &target, &[0, 1, 1, 1, 1, 0], [6, 1]);
        let pinned = [0., 0., 0., 18., 4., 0., 26., 3., 0., 34., 2., 0., 42., 1., 0., 0., 0., 0.];
        assert!(largest(differences(&got, &pinned)) < 1e-3, "{got:?}");
        // What lies under the hole in the target is nobody's business.
        let mut other = target;
        other[7] = 200.0;
        assert!(blended(&[0.0; 18], &other, &[0, 1, 1, 1, 1, 0], [6, 1]) == got);
        other[0] = 200.0;
        assert_ne!(blended(&[0.0; 18], &other, &[0, 1, 1, 1, 1, 0], [6, 1]), got, "control");
    }

    #[test]
    fn the_border_of_the_picture_holds_nothing() {
        // Known on the left only: the gap goes on unchanged to the right border.
        let size = [23, 5];
        let target = [30.0, -7.0, 200.0].repeat(23 * 5);
        let got = blended(&[0.0; 23 * 5 * 3], &target, &hole(size, |x, _| x > 0), size);
        let last = &got[(2 * 23 + 22) * 3..][..3];
        assert!(largest(differences(last, &[30.0, -7.0, 200.0])) < 1e-3, "{last:?}");
    }

    #[test]
    fn without_a_rim_nothing_changes() {
        let size = [13, 7];
        let mut dice = Dice(17);
        let (guide, target) = (dice.picture(size), dice.picture(size));
        assert_eq!(blended(&guide, &target, &[0; 91], size), guide, "nothing painted");
        assert_eq!(blended(&guide, &target, &[1; 91], size), guide, "nothing known");
        assert_eq!(blended(&[], &[], &[], [0, 7]), Vec::<f32>::new(), "nothing at all");
        let mut almost = [1; 91];
        almost[45] = 0;
        assert_ne!(blended(&guide, &target, &almost, size), guide, "control: one known pixel");
    }

    #[test]
    fn any_value_but_zero_is_painted_and_planes_blend_like_pictures() {
        let (_, size, hole) = zoo().swap_remove(4);
        let mut dice = Dice(19);
        let (guide, target) = (dice.picture(size), dice.picture(size));
        let wanted = blended(&guide, &target, &hole, size);
        let bright: Vec<u8> = hole.iter().map(|&painted| painted * 255).collect();
        assert!(blended(&guide, &target, &bright, size) == wanted);
        let mut membrane = Membrane::over(&hole, size).unwrap();
        let plane = |picture: &[f32], channel| -> Vec<f32> {
            picture.iter().skip(channel).step_by(3).copied().collect()
        };
        // One membrane for all: nothing of one channel may stay for the next.
        for channel in [2, 0, 1] {
            let [guide, target, wanted] = [&guide, &target, &wanted].map(|p| plane(p, channel));
            let (mut got, mut alone) = (guide.clone(), guide.clone());
            membrane.blend(&mut got, &target);
            blend::<1>(&mut alone, &target, &hole, size, Painted);
            assert!(got == alone, "channel {channel}");
            // All channels together stop when the last is done.
            assert!(largest(differences(&got, &wanted)) < 0.5, "channel {channel}");
            assert!(largest(differences(&guide, &wanted)) > 50.0, "control");
        }
    }

    #[test]
    fn the_stronger_gradient_wins_between_each_two_pixels() {
        // The painting steps by 0, 30, 0, 0, the target by 5, 4, 3, 2, from a known pixel on:
        // 5, 30, 3 and 2 it is. Nothing is known on the right.
        let plane = |values: [f32; 5]| values.to_vec();
        let (guide, target) =
            (plane([7.0, 7.0, 37.0, 37.0, 37.0]), plane([100.0, 105.0, 109.0, 112.0, 114.0]));
        let mixed = |gradients| {
            let mut guide = guide.clone();
            blend::<1>(&mut guide, &target, &[0, 1, 1, 1, 1], [5, 1], gradients);
            guide
        };
        let pinned = [7.0, 105.0, 135.0, 138.0, 140.0];
        assert!(largest(differences(&mixed(Stronger), &pinned)) < 1e-2, "{:?}", mixed(Stronger));
        let pinned = [7.0, 100.0, 130.0, 130.0, 130.0];
        assert!(largest(differences(&mixed(Painted), &pinned)) < 1e-2, "control");
    }

    #[test]
    fn mixed_with_a_flat_picture_of_the_same_rim_nothing_is_mixed() {
        for (name, size, hole) in zoo() {
            let mut dice = Dice(31);
            let guide = dice.picture(size);
            let target = vec![80.0; guide.len()];
            let [a, b] = [Painted, Stronger].map(|g| with(g, &guide, &target, (&hole, size)));
            assert!(largest(differences(&a, &b)) < 0.5, "{name}");
            // And a flat painting takes over every gradient: it becomes the target.
            let target = dice.picture(size);
            let flat = vec![80.0; guide.len()];
            let got = with(Stronger, &flat, &target, (&hole, size));
            for (p, _) in hole.iter().enumerate().filter(|(_, hole)| **hole != 0) {
                let [got, wanted] = [&got, &target].map(|picture| &picture[p * 3..][..3]);
                assert!(largest(differences(got, wanted)) < 0.5, "{name}: {p}");
            }
            let got = with(Painted, &flat, &target, (&hole, size));
            assert!(largest(differences(&got, &target)) > 5.0, "control: {name}");
        }
    }

    #[test]
    fn a_field_without_a_potential_is_met_as_well_as_can_be() {
        // Half the field of one picture and half of another is that of their mean.
        let (_, size, hole) = zoo().swap_remove(3);
        let mut dice = Dice(37);
        let (a, b, target) = (dice.picture(size), dice.picture(size), dice.picture(size));
        let mean: Vec<f32> = a.iter().zip(&b).map(|(a, b)| (a + b) * 0.5).collect();
        let mut got = target.clone();
        let [a, b] = [&a, &b].map(|picture| picture.as_chunks::<3>().0);
        blend_field::<3>(&mut got, &target, &hole, size, |_, p, q| {
            std::array::from_fn(|c| (a[p][c] - a[q][c]) * 0.5 + (b[p][c] - b[q][c]) * 0.5)
        });
        let wanted = blended(&mean, &target, &hole, size);
        let inside = (0..got.len()).filter(|i| hole[i / 3] != 0);
        assert!(inside.clone().all(|i| (got[i] - wanted[i]).abs() < 0.5));
        assert!(inside.clone().any(|i| (mean[i] - wanted[i]).abs() > 5.0), "control");
    }

    /// A smooth photo, a loud object in its hole, and a painting that continues the photo in
    /// slightly wrong colours.
    fn removal(object: f32) -> ([Vec<f32>; 2], Vec<u8>, [usize; 2]) {
        let size = [37, 23];
        let hole = hole(size, |x, y| (9..30).contains(&x) && y < 15);
        let sky = |p: usize, c: usize| 90.0 + (p / 37 * 3) as f32 + c as f32 * 20.0;
        let photo = (0..37 * 23 * 3).map(|i| {
            let is_object = hole[i / 3] != 0 && (i / 3 % 37 / 3 + i / 3 / 37 / 3) % 2 == 0;
            if is_object { object } else { sky(i / 3, i % 3) }
        });
        let painted = (0..37 * 23 * 3).map(|i| sky(i / 3, i % 3) + 12.0);
        ([photo.collect(), painted.collect()], hole.clone(), size)
    }

    #[test]
    fn what_was_removed_never_comes_back() {
        for gradients in [Painted, Stronger] {
            let composed = |object: f32| {
                let ([photo, mut painted], hole, size) = removal(object);
                compose::<3>(&mut painted, &photo, &hole, size, gradients);
                painted
            };
            let ([photo, painted], hole, size) = removal(255.0);
            let got = composed(255.0);
            for other in [0.0, 100.0, f32::NAN] {
                assert!(composed(other) == got, "{gradients:?}: the object has an influence");
            }
            for (i, (got, photo)) in got.iter().zip(&photo).enumerate() {
                assert!(hole[i / 3] != 0 || got == photo, "{gradients:?}: known pixels stay");
                // The sky goes from 90 to 196.
                assert!((80.0..=205.0).contains(got), "{gradients:?}: {got}");
            }
            let seam = |picture: &[f32]| {
                (0..15)
                    .map(|y| (y * 37 + 8) * 3)
                    .fold(0.0, |most, i| f32::max(most, (picture[i] - picture[i + 3]).abs()))
            };
            assert!(seam(&got) < 3.0, "{gradients:?}: a seam of {}", seam(&got));
            let pasted: Vec<f32> = (0..got.len())
                .map(|i| if hole[i / 3] == 0 { photo[i] } else { painted[i] })
                .collect();
            assert!(seam(&pasted) > 11.0, "control: {}", seam(&pasted));
            // Cloned onto the photo instead, from the outermost pixels of the hole inwards.
            let leaked = with(gradients, &pasted, &photo, (&eroded(&hole, size), size));
            let inside = |p: &[f32]| p[(7 * 37 + 20) * 3];
            let leak = (inside(&leaked) - inside(&got)).abs();
            assert!(leak > 20.0, "control: {gradients:?} leaks {leak}");
        }
    }

    #[test]
    fn thin_holes_and_all_others_are_composed() {
        for ((name, size, hole), gradients) in zoo().into_iter().zip([Painted, Stronger].repeat(8))
        {
            let photo = Dice(41).picture(size);
            let mut grey = vec![128.0; photo.len()];
            compose::<3>(&mut grey, &photo, &hole, size, gradients);
            for (i, value) in grey.iter().enumerate() {
                assert!((-200.0..455.0).contains(value), "{name}: {value}");
                assert!(hole[i / 3] != 0 || *value == photo[i], "{name}: known pixels stay");
            }
            let inner = eroded(&hole, size);
            assert!(inner.iter().zip(&hole).all(|(inner, hole)| inner <= hole), "{name}");
        }
        let size = [7, 5];
        let square = hole(size, |x, y| x > 1 && y < 3);
        let pinned = hole(size, |x, y| x > 2 && y < 2);
        assert_eq!(eroded(&square, size), pinned, "the border of the picture erodes nothing");
    }

    #[test]
    #[should_panic(expected = "buffers against 4×3")]
    fn err_buffers_of_another_size() {
        blend::<3>(&mut [0.0; 36], &[0.0; 35], &[0; 12], [4, 3], Painted);
    }
}
