//! A barley field with poppies under fair-weather clouds, a barn at its far end.

use super::canvas::{Canvas, Darkroom};
use super::math::{Camera, V3, hex, lerp, smooth, v3};
use super::noise::{Rng, fbm2, noise2};
use super::sky::{Air, Clouds, Sky};
use std::f32::consts::{PI, TAU};

struct Scene {
    sky: Sky,
    camera: Camera,
    sunlight: V3,
    width: f32,
    height: f32,
}

/// Height of the ground: a field that rises gently to its far edge.
fn ground(x: f32, z: f32) -> f32 {
    let d = -z;
    1.2 * smooth(20.0, 130.0, d) + 0.35 * noise2(x / 22.0, z / 30.0, 4)
        - 0.5 * smooth(130.0, 260.0, d)
}

impl Scene {
    /// Pixel position and pixels per metre at a point.
    fn place(&self, p: V3) -> (f32, f32, f32, f32) {
        let (x, y, depth) = self.camera.project(p);
        let half = self.width / 2.0;
        let unit = self.camera.project(p + v3(0.0, 1.0, 0.0)).1 - y;
        (half + x * half, self.height / 2.0 - y * half, unit.abs() * half, depth)
    }

    fn air(&self, colour: V3, p: V3, depth: f32) -> V3 {
        let dir = (p - self.camera.eye).unit();
        colour.lerp(self.sky.distance(dir) * 0.85, 1.0 - (-depth / 2600.0).exp())
    }

    /// Light on a blade whose tip lies at height share `t`: the shade of its neighbours, the sun
    /// before and behind it.
    fn lit(&self, colour: V3, t: f32, back: f32) -> V3 {
        let open = lerp(0.05, 1.0, t.powf(1.8));
        colour
            .tint(self.sky.ambient * (0.9 * open) + self.sunlight * (open * lerp(0.25, 0.95, back)))
    }

    fn paint_sky(&self, canvas: &mut Canvas) {
        let sky = Canvas::render(canvas.width, canvas.height, 4, |x, y, _| {
            let half = self.width / 2.0;
            let fx = (x as f32 + 0.5) / half - 1.0;
            let fy = (self.height / 2.0 - y as f32 - 0.5) / half;
            self.sky.at(self.camera.ray(fx, fy))
        });
        canvas.pixels = sky.pixels;
    }

    /// Wooded hills on the horizon, each row nearer and darker.
    fn paint_hills(&self, canvas: &mut Canvas) {
        let half = self.width / 2.0;
        for (row, (far, tall)) in
            [(6200.0, 430.0), (3300.0, 190.0), (1500.0, 62.0)].into_iter().enumerate()
        {
            let seed = row as i32 * 9 + 2;
            for px in 0..canvas.width {
                let x = ((px as f32 + 0.5) / half - 1.0) * far * 0.5;
                let n = fbm2(x / (far * 0.16), 0.0, 5, seed);
                let crowns = fbm2(x / (far * 0.006), 0.0, 4, seed + 1) * far * 0.0024;
                let top = self.place(v3(x, tall * (0.62 + 0.9 * n) + crowns, -far)).1;
                let foot = self.place(v3(x, -6.0, -far)).1;
                for py in top.max(0.0) as i32..=foot as i32 {
                    let k = (py as f32 - top) / (foot - top).max(1.0);
                    let fields = smooth(0.05, 0.3, noise2(x / (far * 0.05), k * 3.0, seed + 4))
                        * smooth(0.35, 0.6, k);
                    let wood = v3(0.030, 0.052, 0.022).lerp(v3(0.17, 0.16, 0.055), fields * 0.8);
                    let speckle = 0.75 + 0.5 * noise2(x / (far * 0.004), k * 26.0, seed + 3);
                    let lit = wood.tint(self.sunlight * 0.4 + self.sky.ambient) * speckle;
                    let p = v3(x, 0.0, -far);
                    canvas.over(
                        px as i32,
                        py,
                        self.air(lit, p, far),
                        (py as f32 + 1.0 - top).min(1.0),
                    );
                }
            }
        }
    }

    /// One broadleaf tree of many leaf dabs, lit from the sun's side.
    fn paint_tree(&self, canvas: &mut Canvas, foot: V3, tall: f32, rng: &mut Rng) {
        let (cx, cy, unit, depth) = self.place(foot);
        let (green, sun) = (v3(0.050, 0.085, 0.022), self.sky.air.sun);
        let trunk = self.air(
            v3(0.05, 0.04, 0.03).tint(self.sky.ambient + self.sunlight * 0.2),
            foot,
            depth,
        );
        canvas.stroke(1.0, tall * unit * 0.5, |t| {
            (cx, cy - t * tall * unit * 0.5, unit * 0.035 * tall * (1.0 - 0.5 * t), trunk)
        });
        let clumps: Vec<(f32, f32, f32)> = (0..22)
            .map(|_| {
                let h = rng.range(0.28, 0.95);
                let wide = 0.36 * (1.0 - ((h - 0.52) / 0.50).powi(2)).max(0.05).sqrt();
                (rng.range(-wide, wide), h, rng.range(0.10, 0.19))
            })
            .collect();
        for pass in 0..4 {
            for &(ox, oy, r) in &clumps {
                for _ in 0..60 {
                    let (a, d) = (rng.range(0.0, TAU), rng.next().sqrt());
                    let (dx, dy) = (a.cos() * d * r, a.sin() * d * r);
                    let lift = (dx * sun.x.signum() * 0.7 + dy) / r;
                    let face = smooth(-1.0, 1.0, lift + 0.5 * rng.normal() * 0.5)
                        * (0.35 + 0.22 * pass as f32);
                    let side = 0.75 + 0.9 * (ox * sun.x.signum());
                    let light = self.sunlight * (face * side * 0.75)
                        + self.sky.ambient * (0.35 + 0.5 * face);
                    let leaf = green.lerp(v3(0.10, 0.12, 0.028), rng.next() * 0.6).tint(light);
                    let (x, y) = (cx + (ox + dx) * tall * unit, cy - (oy + dy) * tall * unit);
                    let size = (tall * unit * 0.012 * rng.range(0.5, 1.2)).max(0.6);
                    canvas.disc((x, y), size, self.air(leaf, foot, depth), (0.8, 0.0));
                }
            }
        }
    }

    fn paint_trees(&self, canvas: &mut Canvas) {
        let mut rng = Rng::new(12);
        for k in -46..46 {
            let x = k as f32 * 5.2 + rng.range(-3.0, 3.0);
            let far = 235.0 + 25.0 * noise2(x / 30.0, 0.0, 3) + rng.range(0.0, 18.0);
            // A gap where the barn stands and another that shows the hills.
            let gap = (14.0..52.0).contains(&x) || (-66.0..-34.0).contains(&x);
            let tall = if gap { rng.range(1.6, 4.2) } else { rng.range(7.0, 15.0) };
            self.paint_tree(canvas, v3(x, ground(x, -far) - 0.2, -far), tall, &mut rng);
        }
    }

    /// A red barn and its silo, as flat walls in perspective.
    fn paint_barn(&self, canvas: &mut Canvas) {
        let base = v3(33.0, ground(33.0, -215.0) - 0.3, -215.0);
        let (_, _, unit, depth) = self.place(base);
        let wall = |rgb: u32, light: f32| {
            self.air(
                hex(rgb).tint(self.sunlight * (0.75 * light) + self.sky.ambient * 0.8),
                base,
                depth,
            )
        };
        let mut shape = |points: &[(f32, f32)], colour: V3, planks: f32| {
            let pixels: Vec<(f32, f32)> = points
                .iter()
                .map(|&(x, y)| {
                    let p = self.place(base + v3(x, y, 0.0));
                    (p.0, p.1)
                })
                .collect();
            fill(canvas, &pixels, |px, _| {
                let board = noise2(px / (unit * 0.22), 0.5, 8);
                colour * (1.0 + planks * board)
            });
        };
        shape(&[(9.2, 0.0), (9.2, 10.5), (12.2, 10.5), (12.2, 0.0)], wall(0xb9b4a8, 0.75), 0.12);
        shape(
            &[(9.2, 10.5), (9.7, 11.6), (10.7, 12.1), (11.7, 11.6), (12.2, 10.5)],
            wall(0x9fa4a8, 0.9),
            0.0,
        );
        shape(&[(-3.4, 0.0), (-3.4, 4.4), (9.0, 4.4), (9.0, 0.0)], wall(0x743028, 0.42), 0.30);
        shape(&[(-3.9, 4.2), (-7.2, 8.6), (5.7, 8.6), (9.4, 4.2)], wall(0x6d665f, 0.80), 0.16);
        let front = [
            (-11.0, 0.0),
            (-11.0, 4.4),
            (-9.7, 7.2),
            (-7.2, 8.7),
            (-4.7, 7.2),
            (-3.4, 4.4),
            (-3.4, 0.0),
        ];
        shape(&front, wall(0x843c30, 1.0), 0.22);
        shape(&[(-8.8, 0.0), (-8.8, 3.3), (-5.6, 3.3), (-5.6, 0.0)], wall(0x6e231c, 0.8), 0.3);
        for x in [-8.9, -7.3, -5.7] {
            shape(
                &[(x, 0.0), (x, 3.4), (x + 0.22, 3.4), (x + 0.22, 0.0)],
                wall(0xe6dfd2, 0.95),
                0.0,
            );
        }
        shape(&[(-8.9, 3.3), (-8.9, 3.55), (-5.48, 3.55), (-5.48, 3.3)], wall(0xe6dfd2, 0.95), 0.0);
        shape(&[(-7.9, 5.2), (-7.9, 6.6), (-6.5, 6.6), (-6.5, 5.2)], wall(0x3a2a24, 0.4), 0.0);
    }

    /// Bare soil and stubble under the crop, so that no gap shows the sky.
    fn paint_soil(&self, canvas: &mut Canvas) {
        let mut z = -300.0f32;
        while z < -1.0 {
            let p = v3(0.0, ground(0.0, z) - 0.05, z);
            let (_, y, unit, depth) = self.place(p);
            let next = self.place(v3(0.0, ground(0.0, z * 0.985) - 0.05, z * 0.985)).1;
            for py in y as i32..=next as i32 {
                for px in 0..canvas.width as i32 {
                    let x = (px as f32 - self.width / 2.0) / unit;
                    let n = 0.75 + 0.5 * noise2(x * 3.0, z * 2.0, 5);
                    let c = v3(0.13, 0.105, 0.035)
                        .lerp(v3(0.030, 0.026, 0.010), smooth(60.0, 6.0, depth));
                    let far = self.lit(c, 0.75, 0.5) * n;
                    canvas.over(px, py, self.air(far, p, depth), 1.0);
                }
            }
            z *= 0.985;
        }
    }

    /// One stalk of barley with its ear and beard.
    fn paint_stalk(&self, canvas: &mut Canvas, root: V3, rng: &mut Rng) {
        let (x, y, unit, depth) = self.place(root);
        let wind = 0.16 + 0.16 * fbm2(root.x / 7.0, root.z / 9.0, 3, 33);
        let tall = rng.range(0.72, 0.98) * (1.0 + 0.12 * noise2(root.x / 3.0, root.z / 4.0, 6));
        let lean = (wind + 0.10 * rng.normal()) * unit;
        let ripe = (0.5 + 0.95 * fbm2(root.x / 9.0, root.z / 15.0, 4, 40) + 0.20 * rng.normal())
            .clamp(0.0, 1.0);
        let vigour = rng.range(0.55, 1.2);
        let straw = v3(0.125, 0.150, 0.045).lerp(v3(0.36, 0.265, 0.105), ripe) * vigour;
        let wave = smooth(-0.35, 0.4, fbm2(root.x / 4.0, root.z / 9.0, 3, 55));
        let back = rng.next() * lerp(0.25, 1.0, wave);
        let tint = |c: V3, t: f32| self.air(self.lit(c, t, back), root, depth);
        let bend = |t: f32| (x + lean * t * t, y - tall * unit * t * (1.0 - 0.10 * t * t));
        let thin = 0.0023 * unit;
        canvas.stroke(0.95, tall * unit, |t| {
            let (px, py) = bend(t);
            (px, py, thin, tint(straw, t))
        });
        let ear = 0.115 * rng.range(0.85, 1.2) * unit;
        let (tx, ty) = bend(1.0);
        let droop = rng.range(0.3, 1.15);
        let gold = straw.lerp(v3(0.50, 0.36, 0.16) * vigour, 0.55);
        let ear_at = |t: f32| (tx + ear * t * droop, ty - ear * (t - 0.55 * droop * t * t));
        if unit > 55.0 {
            for k in 0..9 {
                let (bx, by) = ear_at(0.1 + 0.1 * k as f32);
                let (dx, dy) = (rng.range(0.4, 1.15) * droop, -rng.range(0.2, 1.0) + 0.5 * droop);
                let long = 0.11 * unit;
                canvas.stroke(0.55, long, |t| {
                    (bx + dx * long * t, by + dy * long * t, thin * 0.45, tint(gold * 1.15, 1.0))
                });
            }
        }
        canvas.stroke(1.0, ear, |t| {
            let (px, py) = ear_at(t);
            let grain = 0.75 + 0.35 * ((t * 9.0).fract() - 0.3).abs();
            (px, py, 0.0058 * unit * (0.5 + 2.0 * t * (1.15 - t)), tint(gold, 1.0) * grain)
        });
    }

    fn paint_poppy(&self, canvas: &mut Canvas, root: V3, rng: &mut Rng) {
        let (x, y, unit, depth) = self.place(root);
        let tall = rng.range(0.84, 1.10);
        let lean = rng.range(-0.1, 0.2) * unit;
        let (hx, hy) = (x + lean, y - tall * unit);
        let stem = self.air(self.lit(v3(0.06, 0.09, 0.03), 0.8, 0.4), root, depth);
        canvas.stroke(1.0, tall * unit, |t| {
            (x + lean * t * t, y - tall * unit * t, 0.0022 * unit, stem)
        });
        let size = rng.range(0.019, 0.031) * unit;
        let turn = rng.range(0.45, 0.85);
        for k in 0..4 {
            let a = k as f32 * 1.571 + rng.range(-0.3, 0.3);
            let (px, py) = (hx + a.cos() * size * 0.62, hy + a.sin() * size * 0.62 * turn);
            let shade = if a.sin() > 0.2 { 0.62 } else { 1.0 } * rng.range(0.8, 1.1);
            let red = v3(0.40, 0.022, 0.012) * shade;
            let lit =
                self.air(red.tint(self.sunlight * 0.62 + self.sky.ambient * 0.7), root, depth);
            let r = size * 0.72;
            canvas.stroke(0.9, r * 1.2, |t| {
                (
                    px + (t - 0.5) * r * 0.9,
                    py,
                    r * (0.72 + 0.2 * (t * PI).sin()),
                    lit * (0.88 + 0.2 * t),
                )
            });
        }
        if unit > 60.0 {
            canvas.disc((hx, hy), size * 0.22, v3(0.02, 0.018, 0.02), (0.9, 0.0));
        }
    }

    /// The crop from back to front; returns the finished canvas after the lens's depth of field.
    fn paint_crop(&self, canvas: &mut Canvas) {
        let mut rng = Rng::new(99);
        let mut far = 225.0f32;
        while far > 1.15 {
            let half_width = far * 0.66 + 0.6;
            let unit = self.place(v3(0.0, ground(0.0, -far), -far)).2;
            // Stalks stand as close as pixels can show them.
            let gap = (0.030f32).max(1.7 / unit);
            let count = (2.0 * half_width / gap) as usize;
            let step = (far * 0.013).max(0.035);
            for _ in 0..count {
                let x = rng.range(-half_width, half_width);
                let z = -far + rng.range(-step, step);
                let root = v3(x, ground(x, z), z);
                let patch = fbm2(x / 6.0 + 2.0, z / 8.0, 4, 60) + 0.12 * smooth(40.0, 8.0, far);
                let poppies = 0.06 * smooth(0.05, 0.4, patch) * smooth(3.2, 6.0, far);
                if rng.next() < poppies * (gap / 0.030).min(2.0) {
                    self.paint_poppy(canvas, root, &mut rng);
                } else {
                    self.paint_stalk(canvas, root, &mut rng);
                }
            }
            far -= step;
        }
    }
}

/// Fills a polygon row by row.
fn fill(canvas: &mut Canvas, points: &[(f32, f32)], colour: impl Fn(f32, f32) -> V3) {
    let top = points.iter().map(|p| p.1).fold(f32::MAX, f32::min) as i32;
    let bottom = points.iter().map(|p| p.1).fold(f32::MIN, f32::max) as i32;
    for y in top..=bottom {
        let line = y as f32 + 0.5;
        let mut cuts: Vec<f32> = Vec::new();
        for (k, a) in points.iter().enumerate() {
            let b = points[(k + 1) % points.len()];
            if (a.1 <= line) != (b.1 <= line) {
                cuts.push(a.0 + (line - a.1) / (b.1 - a.1) * (b.0 - a.0));
            }
        }
        cuts.sort_by(f32::total_cmp);
        for pair in cuts.chunks_exact(2) {
            for x in pair[0].round() as i32..pair[1].round() as i32 {
                canvas.over(x, y, colour(x as f32, line), 1.0);
            }
        }
    }
}

pub(super) fn paint(width: usize, height: usize, scale: f32) -> (Canvas, Darkroom) {
    let air = Air::new(24.0, -63.0, 4e-6);
    let clouds = Clouds {
        base: 1100.0,
        top: 2300.0,
        cover: -0.27,
        size: 1250.0,
        density: 0.014,
        veil: 0.5,
        seed: 21.9,
    };
    let sky = Sky::paint(air, Some(&clouds), 60.0, scale.max(0.4));
    let sunlight = sky.air.sunlight(0.0);
    let (w, h) = (width * 2, height * 2);
    let camera = Camera::look(v3(0.0, 1.38, 0.0), v3(0.0, 2.05, -20.0), 58.0);
    let scene = Scene { sky, camera, sunlight, width: w as f32, height: h as f32 };
    let mut canvas = Canvas::new(w, h);
    scene.paint_sky(&mut canvas);
    scene.paint_hills(&mut canvas);
    scene.paint_soil(&mut canvas);
    scene.paint_trees(&mut canvas);
    scene.paint_barn(&mut canvas);
    scene.paint_crop(&mut canvas);
    let room = Darkroom { exposure: 0.39, saturation: 1.12, bloom: 0.04, ..Darkroom::default() };
    (canvas.shrink(2), room)
}
