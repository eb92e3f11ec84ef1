//! Wind waves: a random sea of a given wind, summed by a Fourier transform onto a tile that
//! repeats.

use super::noise::{Rng, split};
use std::f32::consts::TAU;

const N: usize = 512;

type Complex = (f32, f32);

/// A square, repeating piece of sea surface.
pub(super) struct Waves {
    side: f32,
    height: Vec<f32>,
    slope_x: Vec<f32>,
    slope_z: Vec<f32>,
    /// How much the crests fold over: foam forms where it is high.
    fold: Vec<f32>,
}

/// What the water does at a point.
#[derive(Clone, Copy, Default)]
pub(super) struct Water {
    pub(super) height: f32,
    pub(super) slope_x: f32,
    pub(super) slope_z: f32,
    pub(super) fold: f32,
}

/// The sea state.
pub(super) struct Wind {
    /// Metres a second.
    pub(super) speed: f32,
    /// Direction the waves run to, as an angle from +x towards +z.
    pub(super) heading: f32,
    /// Shortest and longest wave in metres.
    pub(super) shortest: f32,
    pub(super) longest: f32,
    /// Root-mean-square height in metres.
    pub(super) rms: f32,
    /// How sharp crests are: 0 gives round swells.
    pub(super) choppy: f32,
}

impl Waves {
    pub(super) fn new(side: f32, wind: &Wind, seed: u32) -> Waves {
        let mut rng = Rng::new(seed);
        let (mut h, mut dx, mut dz) =
            (vec![(0.0, 0.0); N * N], vec![(0.0, 0.0); N * N], vec![(0.0, 0.0); N * N]);
        for j in 0..N {
            for i in 0..N {
                let signed = |n: usize| if n < N / 2 { n as f32 } else { n as f32 - N as f32 };
                let (kx, kz) = (signed(i) * TAU / side, signed(j) * TAU / side);
                let k = kx.hypot(kz);
                let (a, b) = (rng.normal(), rng.normal());
                if k < TAU / wind.longest || k > TAU / wind.shortest {
                    continue;
                }
                let along = (kx * wind.heading.cos() + kz * wind.heading.sin()) / k;
                let peak = 9.81 / (wind.speed * wind.speed);
                let spread = if along > 0.0 { along.powi(4) + 0.08 } else { 0.03 };
                let power = (-1.25 * (peak / k).powi(2)).exp() / k.powi(4) * spread;
                let amplitude = power.sqrt();
                let c = (a * amplitude, b * amplitude);
                let at = j * N + i;
                h[at] = c;
                // A crest draws its water together: −i k/|k| turned a quarter.
                dx[at] = (-c.1 * kx / k, c.0 * kx / k);
                dz[at] = (-c.1 * kz / k, c.0 * kz / k);
            }
        }
        for field in [&mut h, &mut dx, &mut dz] {
            transform(field);
        }
        let real = |f: &[Complex]| f.iter().map(|c| c.0).collect::<Vec<f32>>();
        let (mut h, mut dx, mut dz) = (real(&h), real(&dx), real(&dz));
        let rms = (h.iter().map(|v| v * v).sum::<f32>() / (N * N) as f32).sqrt();
        for field in [&mut h, &mut dx, &mut dz] {
            field.iter_mut().for_each(|v| *v *= wind.rms / rms);
        }
        Waves::gather(side, &h, &dx, &dz, wind.choppy)
    }

    /// Moves every point of the surface sideways by its displacement, then reads it on a grid.
    fn gather(side: f32, h: &[f32], dx: &[f32], dz: &[f32], choppy: f32) -> Waves {
        let cell = side / N as f32;
        let mut height = vec![0.0; N * N];
        let mut fold = vec![0.0; N * N];
        for j in 0..N {
            for i in 0..N {
                let (px, pz) = (i as f32, j as f32);
                let (mut qx, mut qz) = (px, pz);
                for _ in 0..7 {
                    let (sx, sz) = (tile(dx, qx, qz), tile(dz, qx, qz));
                    qx = 0.5 * qx + 0.5 * (px - choppy * sx / cell);
                    qz = 0.5 * qz + 0.5 * (pz - choppy * sz / cell);
                }
                height[j * N + i] = tile(h, qx, qz);
                let xx = (tile(dx, qx + 1.0, qz) - tile(dx, qx - 1.0, qz)) / (2.0 * cell);
                let zz = (tile(dz, qx, qz + 1.0) - tile(dz, qx, qz - 1.0)) / (2.0 * cell);
                let xz = (tile(dx, qx, qz + 1.0) - tile(dx, qx, qz - 1.0)) / (2.0 * cell);
                let area = (1.0 + choppy * xx) * (1.0 + choppy * zz) - (choppy * xz).powi(2);
                fold[j * N + i] = 1.0 - area;
            }
        }
        let at = |i: usize, j: usize| height[(j % N) * N + i % N];
        let mut slope_x = vec![0.0; N * N];
        let mut slope_z = vec![0.0; N * N];
        for j in 0..N {
            for i in 0..N {
                slope_x[j * N + i] = (at(i + 1, j) - at(i + N - 1, j)) / (2.0 * cell);
                slope_z[j * N + i] = (at(i, j + 1) - at(i, j + N - 1)) / (2.0 * cell);
            }
        }
        Waves { side, height, slope_x, slope_z, fold }
    }

    pub(super) fn height(&self, x: f32, z: f32) -> f32 {
        let k = N as f32 / self.side;
        tile(&self.height, x * k, z * k)
    }

    pub(super) fn at(&self, x: f32, z: f32) -> Water {
        let k = N as f32 / self.side;
        let (x, z) = (x * k, z * k);
        Water {
            height: tile(&self.height, x, z),
            slope_x: tile(&self.slope_x, x, z),
            slope_z: tile(&self.slope_z, x, z),
            fold: tile(&self.fold, x, z),
        }
    }
}

/// Bilinear look-up in a repeating grid.
fn tile(field: &[f32], x: f32, y: f32) -> f32 {
    let ((x0, u), (y0, v)) = (split(x), split(y));
    // N is a power of two, so a mask wraps.
    let (x0, y0) = ((x0 as usize) & (N - 1), (y0 as usize) & (N - 1));
    let (x1, y1) = ((x0 + 1) % N, (y0 + 1) % N);
    let top = field[y0 * N + x0] * (1.0 - u) + field[y0 * N + x1] * u;
    let bottom = field[y1 * N + x0] * (1.0 - u) + field[y1 * N + x1] * u;
    top * (1.0 - v) + bottom * v
}

/// The two-dimensional inverse Fourier transform, unscaled.
fn transform(field: &mut [Complex]) {
    for row in field.chunks_mut(N) {
        transform_row(row);
    }
    let mut column = vec![(0.0, 0.0); N];
    for i in 0..N {
        for j in 0..N {
            column[j] = field[j * N + i];
        }
        transform_row(&mut column);
        for j in 0..N {
            field[j * N + i] = column[j];
        }
    }
}

fn transform_row(row: &mut [Complex]) {
    let bits = N.trailing_zeros();
    for i in 0..N {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            row.swap(i, j);
        }
    }
    let mut half = 1;
    while half < N {
        let step = TAU / (2 * half) as f32;
        for start in (0..N).step_by(2 * half) {
            for k in 0..half {
                let (s, c) = (step * k as f32).sin_cos();
                let (a, b) = (row[start + k], row[start + k + half]);
                let b = (b.0 * c - b.1 * s, b.0 * s + b.1 * c);
                row[start + k] = (a.0 + b.0, a.1 + b.1);
                row[start + k + half] = (a.0 - b.0, a.1 - b.1);
            }
        }
        half *= 2;
    }
}
