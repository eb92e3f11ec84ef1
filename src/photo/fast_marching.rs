//! Fills a hole from its rim inwards: each pixel from what is known within a few pixels of it.
//!
//! Good for scratches and thin holes, and for a first, smooth guess in larger ones: it continues
//! colours and their slopes, never texture. What always holds: known pixels keep their bits, what
//! lay in the hole is never read, the same input gives the same bytes, and time grows with the
//! pixels in the hole. Start at [`inpaint`].
//!
//! Iizuka's published order begins with it: [`super::poisson::compose`] and a baseline of the
//! evaluation use it.
//!
//! # Source
//! Telea, *An Image Inpainting Technique Based on the Fast Marching Method* (2004): distances by
//! marching inwards and outwards from the rim; weights by direction, distance and level; each
//! neighbour extrapolated by its gradient if its own four neighbours are known. We differ in three
//! points. A pixel is painted when its distance is final, not when the front first touches it, so
//! the order does not depend on the direction of a scan. The front waits in buckets, as in Yatziv,
//! Bartesaghi & Sapiro, *O(N) Implementation of the Fast Marching Algorithm* (2006), with some
//! hundredths of a pixel of disorder. And gradients fade with the distance from the rim: as the
//! paper's formula has them they turn noise into stripes of black and white in large holes; as its
//! listing has them, a step of one grey level, they do next to nothing in small ones. Faded, they
//! come nearer to what was in the hole than either, and than none, in thin and in thick holes.
//! `INPAINT_TELEA` in `OpenCV` has the step of one level, but in the opposite direction, and takes
//! gradients across the rim, so that it reads what is in the hole.

/// Buckets per pixel of distance.
const BUCKETS: usize = 64;
/// What a neighbour counts at least by its direction; those beside the path count nothing else.
const LEAST_DIRECTION: f32 = 1e-6;
/// The distance of a pixel in the hole that the front has not passed.
const AHEAD: f32 = f32::INFINITY;
/// The "distance" of what cannot be passed; as a number it loses against every other in `min`.
const ABSENT: f32 = f32::NAN;

/// A channel of a pixel.
pub trait Sample: Copy + Default {
    /// The value, in its own unit.
    fn value(self) -> f32;
    /// The nearest value there is.
    fn nearest(value: f32) -> Self;
}

impl Sample for f32 {
    fn value(self) -> f32 {
        self
    }

    fn nearest(value: f32) -> Self {
        value
    }
}

impl Sample for u8 {
    fn value(self) -> f32 {
        f32::from(self)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    fn nearest(value: f32) -> Self {
        (value + 0.5) as u8
    }
}

/// Paints the hole; a hole without any known pixel around it stays as it is.
///
/// # Shapes and ranges
/// `pixels`: `width * height * CHANNELS` interleaved samples, any unit; a plane has one channel.
/// `hole`: `width * height`, 0 is known, anything else is painted. `size`: `[width, height]`.
/// `radius`: how far away a neighbour may lie, in pixels, at least 1; time grows with its square.
///
/// # Panics
/// If a length is not that of `size`, or `radius` is 0.
pub fn inpaint<S: Sample, const CHANNELS: usize>(
    pixels: &mut [S],
    hole: &[u8],
    size: [usize; 2],
    radius: usize,
) {
    inpaint_as_far_as::<S, CHANNELS>(pixels, (hole, size), radius, f32::INFINITY);
}

/// As [`inpaint`], but only as far as this distance from the rim: up to 1 are the pixels with a
/// known neighbour above, below or beside them.
pub(super) fn inpaint_as_far_as<S: Sample, const CHANNELS: usize>(
    pixels: &mut [S],
    (hole, size): (&[u8], [usize; 2]),
    radius: usize,
    limit: f32,
) {
    let [width, height] = size;
    let lengths = [pixels.len(), hole.len() * CHANNELS];
    assert_eq!(lengths, [width * height * CHANNELS; 2], "buffers against {width}×{height}");
    assert!(radius > 0, "radius must be at least 1");
    let Some(window) = Window::around(hole, size, radius) else { return };
    let (mut times, rim) = window.times(hole, radius);
    let (pixels, _) = pixels.as_chunks_mut();
    let ball = Ball::new(radius, window.width, width);
    march(&mut times, window.width, &rim, limit, |times, at, time| {
        let photo = window.in_photo(at);
        let guess = ball.guess::<S, CHANNELS>(pixels, [at, photo], times, time);
        pixels[photo] = guess.map(S::nearest);
    });
}

/// The rectangle around the hole and as far as its pixels look, also beyond the picture's border,
/// and one pixel more that nobody looks at, so that every other has four neighbours.
struct Window {
    /// Its upper left corner in the picture.
    left: isize,
    top: isize,
    width: usize,
    height: usize,
    photo: [usize; 2],
}

impl Window {
    /// Nothing if nothing is painted.
    fn around(hole: &[u8], [width, height]: [usize; 2], radius: usize) -> Option<Self> {
        let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
        for (y, row) in hole.chunks_exact(width.max(1)).enumerate() {
            let Some(first) = row.iter().position(|&painted| painted != 0) else { continue };
            let last = row.iter().rposition(|&painted| painted != 0).unwrap_or(first);
            (left, right) = (left.min(first), right.max(last + 1));
            (top, bottom) = (top.min(y), y + 1);
        }
        // Beyond the neighbours lie those that make their gradients.
        let margin = radius + 2;
        (bottom > 0).then(|| Self {
            left: left.wrapping_sub(margin).cast_signed(),
            top: top.wrapping_sub(margin).cast_signed(),
            width: right - left + 2 * margin,
            height: bottom - top + 2 * margin,
            photo: [width, height],
        })
    }

    /// The number in the picture of the window's pixel `at`, which lies in the picture.
    fn in_photo(&self, at: usize) -> usize {
        let x = (at % self.width).wrapping_add_signed(self.left);
        let y = (at / self.width).wrapping_add_signed(self.top);
        y * self.photo[0] + x
    }

    /// Every pixel that lies in the picture: its number in the window and in the picture.
    fn pixels(&self) -> impl Iterator<Item = (usize, usize)> {
        let first = [self.left, self.top].map(|edge| edge.min(-1).unsigned_abs());
        let right = self.photo[0].wrapping_sub_signed(self.left).min(self.width - 1);
        let bottom = self.photo[1].wrapping_sub_signed(self.top).min(self.height - 1);
        (first[1]..bottom).flat_map(move |y| {
            let row = y * self.width + first[0];
            let photo = self.in_photo(row);
            (0..right - first[0]).map(move |x| (row + x, photo + x))
        })
    }

    /// Minus the distance from the rim for known pixels that the hole looks at, [`AHEAD`] in the
    /// hole, [`ABSENT`] elsewhere; and the rim, the known pixels beside the hole.
    fn times(&self, hole: &[u8], radius: usize) -> (Vec<f32>, Vec<usize>) {
        let mut times = vec![ABSENT; self.width * self.height];
        for (at, _) in self.pixels().filter(|&(_, photo)| hole[photo] == 0) {
            times[at] = AHEAD;
        }
        let mut rim = Vec::new();
        for (at, _) in self.pixels().filter(|&(_, photo)| hole[photo] != 0) {
            for near in around(at, self.width) {
                if times[near] == AHEAD {
                    times[near] = 0.0;
                    rim.push(near);
                }
            }
        }
        // Marching takes diagonals for longer than they are, by a fifth at worst.
        march(&mut times, self.width, &rim, radius as f32 * 1.25 + 1.0, |_, _, _| {});
        for (at, photo) in self.pixels() {
            times[at] = match times[at] {
                _ if hole[photo] != 0 => AHEAD,
                AHEAD => ABSENT,
                time => -time,
            };
        }
        (times, rim)
    }
}

/// Lets a front run from `rim`, whose distance is zero, over all that is [`AHEAD`] and no farther
/// than `limit`.
///
/// Each distance solves the eikonal equation `|∇T| = 1` upwind. When a pixel's distance is final,
/// nearest first, `visit` gets those before it, its number and its own.
fn march(
    times: &mut [f32],
    stride: usize,
    rim: &[usize],
    limit: f32,
    mut visit: impl FnMut(&[f32], usize, f32),
) {
    // The front is nowhere more than a pixel ahead of its last, so two pixels of buckets make a
    // ring.
    let mut buckets = vec![Vec::new(); 2 * BUCKETS];
    let push = |buckets: &mut [Vec<(usize, f32)>], times: &[f32], at: usize| {
        for near in around(at, stride) {
            if times[near] == AHEAD {
                let time = arrival(times, near, stride);
                buckets[bucket(time)].push((near, time));
            }
        }
    };
    for &at in rim {
        push(&mut buckets, times, at);
    }
    let mut empty = 0;
    for turn in (0..2 * BUCKETS).cycle() {
        let mut next = 0;
        // The bucket may grow while it is emptied.
        while let Some(&(at, time)) = buckets[turn].get(next) {
            next += 1;
            if times[at] == AHEAD && time <= limit {
                visit(times, at, time);
                times[at] = time;
                push(&mut buckets, times, at);
            }
        }
        buckets[turn].clear();
        empty = if next > 0 { 0 } else { empty + 1 };
        if empty == 2 * BUCKETS {
            break;
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "short distances")]
fn bucket(time: f32) -> usize {
    (time * BUCKETS as f32) as usize % (2 * BUCKETS)
}

/// The four neighbours of a pixel.
fn around(at: usize, stride: usize) -> [usize; 4] {
    [at - stride, at - 1, at + 1, at + stride]
}

/// When the front comes to a pixel, by what it has passed.
fn arrival(times: &[f32], at: usize, stride: usize) -> f32 {
    let [up, left, right, down] = around(at, stride).map(|near| times[near]);
    let (a, b) = (left.min(right), up.min(down));
    let apart = (a - b).abs();
    if apart < 1.0 { (a + b + (2.0 - apart * apart).sqrt()) * 0.5 } else { a.min(b) + 1.0 }
}

/// The neighbours that a pixel looks at.
struct Ball {
    neighbours: Vec<Neighbour>,
    stride: usize,
    photo_width: usize,
}

/// A neighbour `q` of a pixel `p`.
struct Neighbour {
    /// From the number of `p` to that of `q`, in the window and in the picture.
    window: isize,
    photo: isize,
    /// `p − q`.
    path: [f32; 2],
    /// One over the cube of the path's length: squared for the distance, once more for the
    /// direction, which is a cosine.
    weight: f32,
}

impl Ball {
    fn new(radius: usize, stride: usize, photo_width: usize) -> Self {
        let reach = radius.cast_signed();
        let mut neighbours = Vec::new();
        for [dy, dx] in (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [y, x])) {
            let square = dx * dx + dy * dy;
            if square > 0 && square <= reach * reach {
                let length = (square as f32).sqrt();
                neighbours.push(Neighbour {
                    window: dy * stride.cast_signed() + dx,
                    photo: dy * photo_width.cast_signed() + dx,
                    path: [-dx as f32, -dy as f32],
                    weight: 1.0 / (length * length * length),
                });
            }
        }
        Self { neighbours, stride, photo_width }
    }

    /// What the known neighbours say about a pixel, given its numbers in the window and in the
    /// picture and its distance.
    fn guess<S: Sample, const CHANNELS: usize>(
        &self,
        pixels: &[[S; CHANNELS]],
        [at, photo]: [usize; 2],
        times: &[f32],
        time: f32,
    ) -> [f32; CHANNELS] {
        let normal = self.normal(times, at, time);
        let value = |pixel: usize| pixels[pixel].map(S::value);
        let fade = 0.5 / (1.0 + time);
        let (mut sum, mut weights) = ([0.0; CHANNELS], 0.0);
        for neighbour in &self.neighbours {
            let q = at.wrapping_add_signed(neighbour.window);
            if !times[q].is_finite() {
                continue;
            }
            let [dx, dy] = neighbour.path;
            let direction = (dx * normal[0] + dy * normal[1]).abs().max(LEAST_DIRECTION);
            let level = 1.0 + (times[q] - time).abs();
            let weight = neighbour.weight * direction / level;
            weights += weight;
            let from = photo.wrapping_add_signed(neighbour.photo);
            let mut guess = value(from);
            // One right beside the pixel has an unknown neighbour: the pixel.
            let is_known = |&near: &usize| times[near].is_finite();
            if neighbour.weight < 1.0 && around(q, self.stride).iter().all(is_known) {
                let [up, left, right, down] = around(from, self.photo_width).map(value);
                for c in 0..CHANNELS {
                    guess[c] += ((right[c] - left[c]) * dx + (down[c] - up[c]) * dy) * fade;
                }
            }
            for c in 0..CHANNELS {
                sum[c] += weight * guess[c];
            }
        }
        sum.map(|sum| sum / weights)
    }

    /// The gradient of the distance, from what is final.
    fn normal(&self, times: &[f32], at: usize, time: f32) -> [f32; 2] {
        let slope = |before: f32, after: f32| match [before.is_finite(), after.is_finite()] {
            [true, true] => (after - before) * 0.5,
            [true, false] => time - before,
            [false, true] => after - time,
            [false, false] => 0.0,
        };
        let [up, left, right, down] = around(at, self.stride).map(|near| times[near]);
        [slope(left, right), slope(up, down)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::multigrid::tests::{Dice, hole, zoo};
    use super::*;
    use proptest::prelude::*;

    fn inpainted(pixels: &[f32], hole: &[u8], size: [usize; 2], radius: usize) -> Vec<f32> {
        let mut pixels = pixels.to_vec();
        inpaint::<f32, 3>(&mut pixels, hole, size, radius);
        pixels
    }

    fn farthest(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
    }

    #[test]
    fn known_pixels_keep_their_bits_and_nothing_in_the_hole_is_read() {
        for (name, size, hole) in zoo() {
            let photo = Dice(3).picture(size);
            let emptied = |with: f32| -> Vec<f32> {
                photo
                    .iter()
                    .enumerate()
                    .map(|(i, &v)| if hole[i / 3] == 0 { v } else { with })
                    .collect()
            };
            for radius in [1, 2, 5] {
                let got = inpainted(&emptied(f32::NAN), &hole, size, radius);
                assert_eq!(got, inpainted(&photo, &hole, size, radius), "{name}, {radius}");
                for (i, value) in got.iter().enumerate() {
                    let is_same = value.to_bits() == photo[i].to_bits();
                    assert_eq!(is_same, hole[i / 3] == 0, "{name}, {radius}: sample {i}");
                }
                let other: Vec<f32> = photo.iter().map(|v| v + 1.0).collect();
                assert_ne!(got, inpainted(&other, &hole, size, radius), "control");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn in_any_hole_colours_follow_unit_and_zero(
            width in 1_usize..14,
            height in 1_usize..10,
            radius in 1_usize..5,
            seed in any::<u32>(),
            share in 0.05_f32..0.95,
        ) {
            let size = [width, height];
            let mut dice = Dice(seed);
            let photo = dice.picture(size);
            let mut hole = hole(size, |_, _| dice.unit() < share);
            hole[0] = 0;
            let got = inpainted(&photo, &hole, size, radius);
            let halved: Vec<f32> = photo.iter().map(|v| v * 0.5 - 20.0).collect();
            let from_halved = inpainted(&halved, &hole, size, radius);
            let wanted: Vec<f32> = got.iter().map(|v| v * 0.5 - 20.0).collect();
            prop_assert!(farthest(&from_halved, &wanted) < 0.01);
            prop_assert!(got.iter().all(|v| (-300.0..=600.0).contains(v)), "far from 0..255");
            let grey = inpainted(&vec![93.0; photo.len()], &hole, size, radius);
            prop_assert!(farthest(&grey, &vec![93.0; photo.len()]) < 1e-3, "grey stays grey");
        }
    }

    #[test]
    fn a_single_pixel_is_the_mean_of_its_four_neighbours() {
        let mut row = [0.0, 10.0, 0.0, 20.0, f32::NAN, 30.0, 0.0, 40.0, 0.0];
        inpaint::<f32, 1>(&mut row, &[0, 0, 0, 0, 9, 0, 0, 0, 0], [3, 3], 1);
        assert!((row[4] - 25.0).abs() < 1e-4, "{}", row[4]);
        // With the corners, each counts by one over the cube of its distance and the same level.
        inpaint::<f32, 1>(&mut row, &[0, 0, 0, 0, 9, 0, 0, 0, 0], [3, 3], 2);
        assert!(row[4] > 10.0 && row[4] < 24.0, "control: corners of zero count {}", row[4]);
    }

    #[test]
    fn neighbours_count_by_distance_direction_and_level() {
        // One pixel away, on the rim: 1 / 1² over 1 + 1. Two away, a level out: 1 / 2² over 1 + 2.
        // So six to one: (6 · 10 + 80) / 7 = 20.
        let mut row = [80.0, 10.0, f32::NAN];
        inpaint::<f32, 1>(&mut row, &[0, 0, 1], [3, 1], 2);
        assert!((row[2] - 20.0).abs() < 1e-3, "{}", row[2]);
        inpaint::<f32, 1>(&mut row, &[0, 0, 1], [3, 1], 1);
        assert!((row[2] - 10.0).abs() < 1e-3, "control: one neighbour alone, {}", row[2]);
    }

    #[test]
    fn straight_on_every_row_keeps_its_colour() {
        // Known on the left only: nothing comes from the side.
        let size = [19, 7];
        let photo: Vec<f32> = (0..19 * 7).flat_map(|i| [(i / 19 * 30) as f32; 3]).collect();
        let right = hole(size, |x, _| x >= 5);
        let got = inpainted(&photo, &right, size, 1);
        assert!(farthest(&got, &photo) < 0.05, "{}", farthest(&got, &photo));
        let got = inpainted(&photo, &right, size, 3);
        assert!(farthest(&got, &photo) > 3.0, "control: with a larger radius rows mix");
    }

    #[test]
    fn slopes_go_on_a_little() {
        let size = [29, 9];
        let slope: Vec<f32> = (0..29 * 9).flat_map(|i| [(i % 29 * 4) as f32; 3]).collect();
        let right = hole(size, |x, _| x >= 20);
        let got = inpainted(&slope, &right, size, 4);
        let first = |picture: &[f32], row: usize| picture[(row * 29 + 20) * 3];
        // In a single row nobody has four neighbours, so there are no gradients.
        let flat = inpainted(&slope[..29 * 3], &right[..29], [29, 1], 4);
        assert!((70.0..75.5).contains(&first(&flat, 0)), "flat: {}", first(&flat, 0));
        assert!((75.7..80.0).contains(&first(&got, 4)), "sloped: {}", first(&got, 4));
        assert!(got.iter().all(|v| (0.0..112.0).contains(v)), "and do not run away");
    }

    #[test]
    fn distances_are_nearly_euclidean_and_come_in_order() {
        let size = [41, 37];
        let dot = hole(size, |x, y| [x, y] != [20, 18]);
        let window = Window::around(&dot, size, 1).unwrap();
        let (mut times, rim) = window.times(&dot, 1);
        let mut last = 0.0_f32;
        let mut passed = 0;
        march(&mut times, window.width, &rim, f32::INFINITY, |_, at, time| {
            let photo = window.in_photo(at);
            let straight = ((photo % 41) as f32 - 20.0).hypot((photo / 41) as f32 - 18.0);
            let excess = time - straight;
            assert!((-1e-4..1.1).contains(&excess), "{excess} too far at {straight}");
            assert!(time > last - 2.0 / BUCKETS as f32, "{time} after {last}");
            (last, passed) = (last.max(time), passed + 1);
        });
        assert_eq!(passed, 41 * 37 - 1);
        assert!((26.9..28.0).contains(&last), "to the corner {last}");
    }

    #[test]
    fn outside_distances_are_negative_and_reach_all_neighbours() {
        let size = [23, 17];
        let disc = hole(size, |x, y| x.abs_diff(9).pow(2) + y.abs_diff(8).pow(2) < 30);
        let window = Window::around(&disc, size, 5).unwrap();
        let (times, rim) = window.times(&disc, 5);
        assert!(rim.iter().all(|&at| times[at] == 0.0) && rim.len() > 20);
        let ball = Ball::new(5, window.width, 23);
        let rows = |near: &Neighbour| (near.photo + 11).div_euclid(23);
        let mut seen = 0;
        for (at, photo) in window.pixels().filter(|&(_, photo)| disc[photo] != 0) {
            assert_eq!(times[at], AHEAD);
            for near in &ball.neighbours {
                let x = (photo % 23).checked_add_signed(near.photo - rows(near) * 23);
                let is_inside = x.is_some_and(|x| x < 23)
                    && (0..23 * 17).contains(&(photo.cast_signed() + near.photo));
                let q = at.wrapping_add_signed(near.window);
                let is_known = is_inside && disc[photo.wrapping_add_signed(near.photo)] == 0;
                assert_eq!(times[q] <= 0.0, is_known, "{photo} {:?}", near.path);
                seen += usize::from(is_known);
            }
        }
        assert!(seen > 1000);
    }

    #[test]
    fn bytes_come_out_like_floats() {
        let (_, size, disc) = zoo().swap_remove(3);
        let photo: Vec<u8> = Dice(23).picture(size).iter().map(|v| u8::nearest(*v)).collect();
        let floats: Vec<f32> = photo.iter().map(|&v| f32::from(v)).collect();
        let mut bytes = photo.clone();
        inpaint::<u8, 3>(&mut bytes, &disc, size, 3);
        let got: Vec<f32> = bytes.iter().map(|&v| f32::from(v)).collect();
        let wanted = inpainted(&floats, &disc, size, 3);
        let mean =
            got.iter().zip(&wanted).map(|(a, b)| (a - b.clamp(0.0, 255.0)).abs()).sum::<f32>()
                / got.len() as f32;
        assert!(mean < 1.0, "on average {mean} apart");
        assert!(farthest(&floats, &wanted) > 20.0, "control");
    }

    #[test]
    fn without_a_rim_nothing_changes() {
        let photo = Dice(29).picture([13, 7]);
        assert_eq!(inpainted(&photo, &[0; 91], [13, 7], 3), photo, "nothing painted");
        assert_eq!(inpainted(&photo, &[1; 91], [13, 7], 3), photo, "nothing known");
        assert_eq!(inpainted(&[], &[], [0, 7], 3), Vec::<f32>::new(), "nothing at all");
        let mut almost = [1; 91];
        almost[45] = 0;
        assert_ne!(inpainted(&photo, &almost, [13, 7], 3), photo, "control: one known pixel");
    }

    #[test]
    #[should_panic(expected = "buffers against 4×3")]
    fn err_buffers_of_another_size() {
        inpaint::<u8, 3>(&mut [0; 35], &[0; 12], [4, 3], 1);
    }

    #[test]
    #[should_panic(expected = "radius must be at least 1")]
    fn err_radius_of_nothing() {
        inpaint::<u8, 3>(&mut [0; 36], &[0; 12], [4, 3], 0);
    }
}
