//! Seeded randomness: a small generator, lattice hashes and fractal noise in two and three
//! dimensions.

use super::math::lerp;

/// Mixes the bits of a 32-bit number.
pub(super) fn scramble(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x7feb_352d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846c_a68b);
    h ^ (h >> 16)
}

fn lattice(x: i32, y: i32, z: i32) -> u32 {
    let h = (x as u32).wrapping_mul(0x9e37_79b1)
        ^ (y as u32).wrapping_mul(0x85eb_ca77)
        ^ (z as u32).wrapping_mul(0xc2b2_ae3d);
    scramble(h)
}

fn unit_float(h: u32) -> f32 {
    (h >> 8) as f32 / 16_777_216.0
}

/// A number in 0..1 that belongs to a lattice point.
pub(super) fn hash(x: i32, y: i32, z: i32) -> f32 {
    unit_float(lattice(x, y, z))
}

/// The lattice cell of a coordinate and the place within it.
pub(super) fn split(x: f32) -> (i32, f32) {
    let i = x as i32;
    let i = if (i as f32) > x { i - 1 } else { i };
    (i, x - i as f32)
}

/// A small sequential generator.
#[derive(Clone)]
pub(super) struct Rng(u32);

impl Rng {
    pub(super) fn new(seed: u32) -> Rng {
        Rng(scramble(seed ^ 0x5bd1_e995))
    }

    /// Uniform in 0..1.
    pub(super) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9);
        unit_float(scramble(self.0))
    }

    pub(super) fn range(&mut self, a: f32, b: f32) -> f32 {
        lerp(a, b, self.next())
    }

    pub(super) fn pick(&mut self, count: usize) -> usize {
        ((self.next() * count as f32) as usize).min(count - 1)
    }

    /// A standard normal number.
    pub(super) fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.next()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.next()).cos()
    }
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn slope(h: u32, x: f32, y: f32) -> f32 {
    const D: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const DIRECTIONS: [(f32, f32); 8] =
        [(1.0, 0.0), (D, D), (0.0, 1.0), (-D, D), (-1.0, 0.0), (-D, -D), (0.0, -1.0), (D, -D)];
    let (gx, gy) = DIRECTIONS[(h & 7) as usize];
    gx * x + gy * y
}

/// Gradient noise, about −1..1.
pub(super) fn noise2(x: f32, y: f32, seed: i32) -> f32 {
    let ((xi, fx), (yi, fy)) = (split(x), split(y));
    let corner =
        |dx: i32, dy: i32| slope(lattice(xi + dx, yi + dy, seed), fx - dx as f32, fy - dy as f32);
    let (u, v) = (fade(fx), fade(fy));
    let top = lerp(corner(0, 0), corner(1, 0), u);
    let bottom = lerp(corner(0, 1), corner(1, 1), u);
    1.5 * lerp(top, bottom, v)
}

/// Value noise in space, −1..1.
pub(super) fn noise3(x: f32, y: f32, z: f32) -> f32 {
    let ((xi, fx), (yi, fy), (zi, fz)) = (split(x), split(y), split(z));
    let (u, v, w) = (fade(fx), fade(fy), fade(fz));
    let edge =
        |dy: i32, dz: i32| lerp(hash(xi, yi + dy, zi + dz), hash(xi + 1, yi + dy, zi + dz), u);
    let near = lerp(edge(0, 0), edge(1, 0), v);
    let far = lerp(edge(0, 1), edge(1, 1), v);
    2.0 * lerp(near, far, w) - 1.0
}

/// Fractal sum of gradient noise; each octave is turned so that lattices never line up.
pub(super) fn fbm2(x: f32, y: f32, octaves: u32, seed: i32) -> f32 {
    let (mut x, mut y, mut amplitude, mut sum) = (x, y, 0.5, 0.0);
    for octave in 0..octaves {
        sum += amplitude * noise2(x, y, seed + octave as i32 * 17);
        (x, y) = (1.616 * x - 1.212 * y + 7.3, 1.212 * x + 1.616 * y - 3.1);
        amplitude *= 0.5;
    }
    sum
}

/// Fractal noise of sharp ridges, 0..1.
pub(super) fn ridged2(x: f32, y: f32, octaves: u32, seed: i32) -> f32 {
    let (mut x, mut y, mut amplitude, mut sum, mut weight) = (x, y, 0.5, 0.0, 1.0);
    for octave in 0..octaves {
        let r = 1.0 - noise2(x, y, seed + octave as i32 * 31).abs();
        let r = r * r * weight;
        weight = (r * 1.6).clamp(0.0, 1.0);
        sum += amplitude * r;
        (x, y) = (1.616 * x - 1.212 * y + 3.7, 1.212 * x + 1.616 * y - 9.1);
        amplitude *= 0.5;
    }
    sum
}

/// Fractal sum of value noise in space.
pub(super) fn fbm3(x: f32, y: f32, z: f32, octaves: u32) -> f32 {
    let (mut x, mut y, mut z, mut amplitude, mut sum) = (x, y, z, 0.5, 0.0);
    for _ in 0..octaves {
        sum += amplitude * noise3(x, y, z);
        (x, y, z) =
            (1.62 * x + 1.22 * z + 5.1, 2.03 * y + 0.13 * x + 1.7, 1.62 * z - 1.22 * x - 8.3);
        amplitude *= 0.5;
    }
    sum
}
