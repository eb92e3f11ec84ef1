//! Fills a hole from its rim inwards: each pixel from what is known within a few pixels of it.
//!
//! Good for scratches and thin holes, and for a first, smooth guess in larger ones: it continues
//! colours and their slopes, never texture. What always holds: known pixels keep their bits, what
//! lay in the hole is never read, the same input gives the same bytes, and time grows with the
//! pixels in the hole. Start at [`inpaint`].
//!
//! # Source
//! Telea, *An Image Inpainting Technique Based on the Fast Marching Method* (2004): distances by
//! marching inwards and outwards from the rim; weights by direction, distance and level; each
//! neighbour extrapolated by its gradient where its own four neighbours are known. We differ in
//! four points. A pixel is painted when its distance is final, not when the front first touches
//! it, so the order does not depend on the direction of a scan. The front waits in buckets, as in
//! Yatziv, Bartesaghi & Sapiro, *O(N) Implementation of the Fast Marching Algorithm* (2006), with
//! some hundredths of a pixel of disorder. The gradients enter as the paper's formula has them; its
//! listing, and OpenCV with it, shortens their sum to the length of one step. And an extrapolation
//! stays between the darkest and brightest neighbour, or noise would grow from pixel to pixel.

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
    let [width, height] = size;
    let lengths = [pixels.len(), hole.len() * CHANNELS];
    assert_eq!(lengths, [width * height * CHANNELS; 2], "buffers against {width}×{height}");
    assert!(radius > 0, "radius must be at least 1");
    let Some(window) = Window::around(hole, size, radius) else { return };
    let (mut times, rim) = window.times(hole, radius);
    let (pixels, _) = pixels.as_chunks_mut();
    let ball = Ball::new(radius, window.width, width);
    march(&mut times, window.width, &rim, f32::INFINITY, |times, at, time| {
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
        for (at, photo) in self.pixels().filter(|&(_, photo)| hole[photo] == 0) {
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
        let mut sum = [0.0; CHANNELS]; let mut j=[[0.0f32;2];CHANNELS];
        let mut range = [[f32::MAX; CHANNELS], [f32::MIN; CHANNELS]];
        let mut weights = 0.0;
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
            let value = |p: usize, c: usize| pixels[p][c].value();
            // A neighbour right beside the pixel has that for a neighbour, which is not known.
            let is_whole = neighbour.weight < 1.0
                && around(q, self.stride).iter().all(|&near| times[near].is_finite());
            for c in 0..CHANNELS {
                let mut guess = value(from, c);
                range[0][c] = range[0][c].min(guess);
                range[1][c] = range[1][c].max(guess);
                if is_whole {
                    let [gx, gy] = [
                        value(from + 1, c) - value(from - 1, c),
                        value(from + self.photo_width, c) - value(from - self.photo_width, c),
                    ];
                    j[c][0]+=weight*gx*dx; j[c][1]+=weight*gy*dy;
                }
                sum[c] += weight * guess;
            }
        }
        std::array::from_fn(|c| (sum[c] / weights + (j[c][0]+j[c][1])/((j[c][0]*j[c][0]+j[c][1]*j[c][1]).sqrt()+1e-20)).clamp(range[0][c], range[1][c]))
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
