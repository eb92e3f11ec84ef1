//! Land as a grid of heights: built from noise, worn by running water, met by rays.

use super::canvas::fill_rows;
use super::math::{V3, v3};
use super::noise::Rng;

/// Heights on a square grid.
pub(super) struct Relief {
    x0: f32,
    z0: f32,
    cell: f32,
    columns: usize,
    rows: usize,
    heights: Vec<f32>,
    highest: f32,
}

impl Relief {
    /// Samples `height(x, z)` on a grid from the corner `(x0, z0)`.
    pub(super) fn new(
        corner: (f32, f32),
        cell: f32,
        (columns, rows): (usize, usize),
        height: impl Fn(f32, f32) -> f32 + Sync,
    ) -> Relief {
        let mut heights = vec![0.0; columns * rows];
        fill_rows(&mut heights, columns, |i, j| {
            height(corner.0 + i as f32 * cell, corner.1 + j as f32 * cell)
        });
        let (x0, z0) = corner;
        let mut relief = Relief { x0, z0, cell, columns, rows, heights, highest: 0.0 };
        relief.find_highest();
        relief
    }

    fn find_highest(&mut self) {
        self.highest = self.heights.iter().copied().fold(f32::MIN, f32::max);
    }

    /// Bilinear height; outside the grid, its edge.
    pub(super) fn height(&self, x: f32, z: f32) -> f32 {
        let u = ((x - self.x0) / self.cell).clamp(0.0, self.columns as f32 - 1.001);
        let v = ((z - self.z0) / self.cell).clamp(0.0, self.rows as f32 - 1.001);
        let (i, j) = (u as usize, v as usize);
        let (a, b) = (u - i as f32, v - j as f32);
        let at = j * self.columns + i;
        let h = &self.heights;
        let top = h[at] + (h[at + 1] - h[at]) * a;
        let bottom = h[at + self.columns] + (h[at + self.columns + 1] - h[at + self.columns]) * a;
        top + (bottom - top) * b
    }

    /// Upward normal, measured over a distance `e`.
    pub(super) fn normal(&self, x: f32, z: f32, e: f32) -> V3 {
        v3(
            self.height(x - e, z) - self.height(x + e, z),
            2.0 * e,
            self.height(x, z - e) - self.height(x, z + e),
        )
        .unit()
    }

    /// First hit of a ray between two distances, with `extra` added to the land.
    pub(super) fn meet(
        &self,
        (eye, dir): (V3, V3),
        (near, far): (f32, f32),
        lift: f32,
        extra: impl Fn(f32, f32) -> f32,
    ) -> Option<f32> {
        let (mut t, mut before) = (near, near);
        while t < far {
            let p = eye + dir * t;
            if p.y > self.highest + lift && dir.y >= 0.0 {
                return None;
            }
            let mut gap = p.y - self.height(p.x, p.z);
            if gap < lift {
                gap -= extra(p.x, p.z);
            } else {
                gap = (gap - lift).max(0.3 * gap);
            }
            if gap < 0.0 {
                let (mut a, mut b) = (before, t);
                for _ in 0..6 {
                    let m = (a + b) / 2.0;
                    let q = eye + dir * m;
                    let land = self.height(q.x, q.z) + extra(q.x, q.z);
                    if q.y < land { b = m } else { a = m }
                }
                return Some(b);
            }
            before = t;
            t += (gap * 0.4).max(self.cell * 0.12 + t * 0.0006);
        }
        None
    }

    /// How much of the sun reaches a point: 0 in full shade.
    pub(super) fn sunlit(&self, p: V3, sun: V3, reach: f32) -> f32 {
        let (mut light, mut t) = (1.0f32, self.cell * 0.7);
        while t < reach && light > 0.01 {
            let q = p + sun * t;
            let gap = q.y - self.height(q.x, q.z);
            light = light.min(0.5 + gap / (0.012 * t + 0.2 * self.cell));
            t += (gap * 0.5).max(self.cell * 0.5 + 0.02 * t);
        }
        light.clamp(0.0, 1.0)
    }

    /// Wears the land with drops of rain that carry soil downhill.
    pub(super) fn erode(&mut self, drops: usize, seed: u32) {
        let mut rng = Rng::new(seed);
        for _ in 0..drops {
            let x = rng.range(2.0, self.columns as f32 - 3.0);
            let y = rng.range(2.0, self.rows as f32 - 3.0);
            self.run_drop(x, y);
        }
        self.find_highest();
    }

    fn run_drop(&mut self, mut x: f32, mut y: f32) {
        let (mut dx, mut dy, mut speed, mut water, mut soil) = (0.0f32, 0.0f32, 1.0f32, 1.0, 0.0);
        for _ in 0..48 {
            let (here, gx, gy) = self.local(x, y);
            dx = dx * 0.12 - gx * 0.88;
            dy = dy * 0.12 - gy * 0.88;
            let length = dx.hypot(dy);
            if length < 1e-6 {
                return;
            }
            (dx, dy) = (dx / length, dy / length);
            let (nx, ny) = (x + dx, y + dy);
            if nx < 2.0 || ny < 2.0 || nx > self.columns as f32 - 3.0 || ny > self.rows as f32 - 3.0
            {
                return;
            }
            let drop = self.local(nx, ny).0 - here;
            let capacity = (-drop / self.cell).max(0.01) * speed * water * 9.0;
            if soil > capacity || drop > 0.0 {
                let amount = if drop > 0.0 { soil.min(drop) } else { (soil - capacity) * 0.28 };
                soil -= amount;
                self.add(x, y, amount);
            } else {
                let amount = ((capacity - soil) * 0.32).min(-drop);
                soil += amount;
                self.add(x, y, -amount);
            }
            speed = (speed * speed - drop / self.cell * 2.0).max(0.02).sqrt().min(5.0);
            water *= 0.975;
            (x, y) = (nx, ny);
        }
    }

    /// Height and gradient at grid coordinates.
    fn local(&self, x: f32, y: f32) -> (f32, f32, f32) {
        let (i, j) = (x as usize, y as usize);
        let (u, v) = (x - i as f32, y - j as f32);
        let at = j * self.columns + i;
        let (a, b) = (self.heights[at], self.heights[at + 1]);
        let (c, d) = (self.heights[at + self.columns], self.heights[at + self.columns + 1]);
        let gx = (b - a) * (1.0 - v) + (d - c) * v;
        let gy = (c - a) * (1.0 - u) + (d - b) * u;
        let h = (a * (1.0 - u) + b * u) * (1.0 - v) + (c * (1.0 - u) + d * u) * v;
        (h, gx, gy)
    }

    /// Adds soil around a point.
    fn add(&mut self, x: f32, y: f32, amount: f32) {
        let (i, j) = (x as usize, y as usize);
        let (u, v) = (x - i as f32, y - j as f32);
        let at = j * self.columns + i;
        self.heights[at] += amount * (1.0 - u) * (1.0 - v);
        self.heights[at + 1] += amount * u * (1.0 - v);
        self.heights[at + self.columns] += amount * (1.0 - u) * v;
        self.heights[at + self.columns + 1] += amount * u * v;
    }
}
