//! A woman in a straw hat, seen from behind against the low sun, before a meadow out of focus.

use super::canvas::{Canvas, Darkroom};
use super::math::{Camera, V3, hex, lerp, smooth, v3};
use super::noise::{Rng, fbm2, fbm3, noise2, noise3};

/// Direction to the sun: before her, to the right and low.
const SUN: V3 = v3(0.52, 0.30, -0.80);

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Straw,
    Ribbon,
    Skin,
    Cloth,
}

/// The hat's own frame: tilted a little back and to the side.
fn hat_space(p: V3) -> V3 {
    let q = p - v3(0.0, 0.155, 0.0);
    let (s, c) = (0.13f32.sin(), 0.13f32.cos());
    let q = v3(q.x * c + q.y * s, q.y * c - q.x * s, q.z);
    let (s, c) = (0.24f32.sin(), 0.24f32.cos());
    v3(q.x, q.y * c + q.z * s, q.z * c - q.y * s)
}

fn ellipsoid(p: V3, radii: V3) -> f32 {
    let k = v3(p.x / radii.x, p.y / radii.y, p.z / radii.z);
    let l = k.length();
    (l - 1.0) * radii.x.min(radii.y).min(radii.z) * lerp(1.0, 1.25, (l - 1.0).clamp(0.0, 1.0))
}

fn blend(a: f32, b: f32, k: f32) -> f32 {
    let h = (0.5 + 0.5 * (b - a) / k).clamp(0.0, 1.0);
    lerp(b, a, h) - k * h * (1.0 - h)
}

fn capsule(p: V3, a: V3, b: V3, r: f32) -> f32 {
    let (pa, ba) = (p - a, b - a);
    let t = (pa.dot(ba) / ba.dot(ba)).clamp(0.0, 1.0);
    (pa - ba * t).length() - r
}

/// The brim's height above the hat's own plane.
fn brim_at(q: V3) -> (f32, f32) {
    let r = q.x.hypot(q.z);
    let a = q.z.atan2(q.x);
    let wave = 0.012 * (2.0 * a + 0.7).sin() + 0.006 * (3.0 * a + 2.0).sin();
    let edge = smooth(0.10, 0.27, r);
    (r, -0.050 * edge * edge + wave * edge)
}

/// Distances to the parts; the nearest one wins.
fn figure(p: V3) -> (f32, Part) {
    let q = hat_space(p);
    let (r, lift) = brim_at(q);
    let plate = (q.y - lift).abs() - 0.0028;
    let brim = (plate * 0.7).max(r - 0.262 - 0.003 * noise2(q.z.atan2(q.x) * 9.0, 0.0, 2));
    let dent = 0.030 * (-((q.x / 0.035).powi(2) + ((q.z + 0.02) / 0.07).powi(2))).exp();
    let c = q - v3(0.0, 0.055 - dent, 0.0);
    let k = v3(c.x / 0.101, c.y / 0.083, c.z / 0.116);
    let crown = ((k.x.hypot(k.z).powf(3.2) + k.y.abs().powf(3.2)).powf(1.0 / 3.2) - 1.0) * 0.075;
    let crown = if q.y < -0.03 { crown.max(-0.03 - q.y) } else { crown };
    let band = if (0.004..0.040).contains(&q.y) { crown - 0.0035 } else { 1.0 };
    let neck = capsule(p, v3(0.0, -0.02, 0.01), v3(0.0, -0.24, 0.03), 0.060);
    let head = ellipsoid(p - v3(0.0, 0.07, 0.0), v3(0.083, 0.125, 0.10));
    let skin = blend(neck, head, 0.03);
    let mut cloth = capsule(p, v3(-0.155, -0.305, 0.03), v3(0.155, -0.305, 0.03), 0.072);
    cloth = blend(cloth, ellipsoid(p - v3(0.0, -0.62, 0.02), v3(0.192, 0.42, 0.122)), 0.08);
    cloth = blend(cloth, capsule(p, v3(-0.185, -0.32, 0.02), v3(-0.285, -1.0, 0.02), 0.060), 0.04);
    cloth = blend(cloth, capsule(p, v3(0.185, -0.32, 0.02), v3(0.285, -1.0, 0.02), 0.060), 0.04);
    cloth = blend(cloth, capsule(p, v3(0.0, -0.22, 0.03), v3(0.0, -0.28, 0.03), 0.075), 0.05);
    let sway = 0.06 * (p.y * 13.0 + p.x * 4.0).sin();
    let folds =
        0.015 * fbm3((p.x + sway) * 13.0 + 7.0 * p.x.abs(), p.y * 3.1 + 5.0 * p.x, p.z * 4.0, 2);
    let parts = [
        (brim.min(crown), Part::Straw),
        (band, Part::Ribbon),
        (skin, Part::Skin),
        (cloth + folds, Part::Cloth),
    ];
    parts.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((1.0, Part::Cloth))
}

fn normal(p: V3) -> V3 {
    let e = 0.0012;
    let d = |o: V3| figure(p + o).0 - figure(p - o).0;
    v3(d(v3(e, 0.0, 0.0)), d(v3(0.0, e, 0.0)), d(v3(0.0, 0.0, e))).unit()
}

fn meet(eye: V3, dir: V3, far: f32, mut t: f32) -> Option<f32> {
    for _ in 0..150 {
        let d = figure(eye + dir * t).0;
        if d < 0.0004 {
            return Some(t);
        }
        t += d * 0.72;
        if t > far {
            return None;
        }
    }
    None
}

/// Straw braid sewn round in rings: its brightness and its bump.
fn braid(q: V3, side: f32) -> f32 {
    let along = q.z.atan2(q.x) * 46.0;
    let ring = side * 150.0;
    let stitch = (along + if (ring.floor() as i32) & 1 == 0 { 0.0 } else { 1.57 }).sin();
    let valley = (ring.fract() - 0.5).abs() * 2.0;
    0.80 + 0.20 * stitch * (1.0 - valley) - 0.35 * valley.powi(4)
        + 0.12 * noise3(q.x * 160.0, q.y * 160.0, q.z * 160.0)
}

fn shade(p: V3, dir: V3) -> V3 {
    let part = figure(p).1;
    let n = normal(p);
    let sun_colour = v3(5.2, 3.1, 1.35);
    let shadow = if meet(p + n * 0.004, SUN.unit(), 0.9, 0.004).is_some() { 0.0 } else { 1.0 };
    let lit = n.dot(SUN.unit()).max(0.0) * shadow;
    // The bright western sky wraps round the outline; behind the camera the sky is dim and blue.
    let west = smooth(-0.75, 1.0, -n.z) * 0.55;
    let dome = v3(0.56, 0.48, 0.44) * (0.62 + 0.38 * n.y) + v3(1.25, 0.80, 0.45) * west;
    let rim = (1.0 - (-dir).dot(n).max(0.0)).powi(4);
    let mut light = sun_colour * lit + dome;
    let near = |k: f32| smooth(0.0, k, figure(p + n * k).0);
    light = light * (0.35 + 0.65 * near(0.06));
    match part {
        Part::Straw => {
            let q = hat_space(p);
            let (r, _) = brim_at(q);
            let crown = r < 0.120 && q.y > 0.0;
            let weave = braid(q, if crown && q.y < 0.115 { q.y } else { r });
            let straw = hex(0xd8b070) * weave;
            // Sunlight shines through the brim.
            let glow = if crown { 0.06 } else { 0.20 };
            straw.tint(light + sun_colour * (glow + 0.25 * rim))
        }
        Part::Ribbon => {
            let weave = 0.85 + 0.15 * (p.y * 2400.0).sin();
            (hex(0x2c3a52) * weave).tint(light) + sun_colour * (0.05 * rim)
        }
        Part::Skin => {
            hex(0xc98d6a).tint(light) + sun_colour.tint(v3(0.5, 0.22, 0.12)) * (0.5 * rim)
        }
        Part::Cloth => {
            let (u, v) = (p.x * 190.0, p.y * 190.0);
            let rib = 0.86 + 0.14 * u.sin() * (0.6 + 0.4 * (v * 1.4 + u).sin());
            let dots = sprig(p);
            let base = hex(0xe9dcc8).lerp(hex(0xa8543c), dots) * rib;
            base.tint(light) + v3(2.6, 1.5, 0.66) * (0.75 * rim)
        }
    }
}

/// Small printed flowers on the dress.
fn sprig(p: V3) -> f32 {
    let (u, v) = (p.x / 0.034, p.y / 0.034);
    let (i, j) = (u.floor(), v.floor());
    let shift = if (j as i32) & 1 == 0 { 0.25 } else { 0.75 };
    let (dx, dy) = (u - i - shift, v - j - 0.5);
    let (r, a) = (dx.hypot(dy), dy.atan2(dx));
    smooth(0.17, 0.12, r - 0.05 * (a * 5.0).cos()) * 0.8
}

/// How one hair falls: where its waves begin and how wide they swing, how far it strays, its
/// length and its brightness.
struct Curl {
    phase: f32,
    swell: f32,
    bend: f32,
    long: f32,
    tone: f32,
}

struct Scene {
    camera: Camera,
    width: f32,
    height: f32,
}

impl Scene {
    fn place(&self, p: V3) -> (f32, f32, f32) {
        let (x, y, depth) = self.camera.project(p);
        let half = self.width / 2.0;
        (half + x * half, self.height / 2.0 - y * half, depth)
    }

    /// The meadow and the evening sky, far out of focus.
    fn backdrop(&self, w: usize, h: usize) -> Canvas {
        let mut canvas = Canvas::render(w, h, 2, |x, y, _| {
            let (u, v) = (x as f32 / w as f32, y as f32 / w as f32);
            let sun = (u - 0.86).hypot((v - 0.50) * 1.1);
            let sky = v3(0.27, 0.35, 0.50).lerp(v3(1.15, 0.70, 0.34), smooth(0.0, 0.72, v));
            let mut c = sky
                + v3(2.6, 1.55, 0.62) * (1.7 * (-sun / 0.11).exp() + 0.30 * (-sun / 0.36).exp());
            let hill = 0.70 + 0.05 * fbm2(u * 2.2, 0.0, 3, 4);
            let trees = 0.56 + 0.20 * fbm2(u * 3.1 + 5.0, 0.0, 4, 8) + 0.10 * smooth(0.1, 0.9, u)
                - 0.10 * smooth(0.35, 0.0, u);
            let burn = (-sun / 0.17).exp();
            c = c.lerp(
                v3(0.46, 0.33, 0.20) + v3(1.3, 0.75, 0.28) * burn,
                smooth(hill - 0.01, hill + 0.02, v),
            );
            let wood = v3(0.050, 0.050, 0.026) + v3(1.05, 0.58, 0.18) * (burn * 0.85);
            c = c.lerp(wood, smooth(trees, trees + 0.04, v) * 0.95);
            let meadow = smooth(0.80, 0.86, v);
            let streak = fbm2(u * 6.0, v * 16.0, 4, 21);
            let grass = v3(0.26, 0.20, 0.055).lerp(v3(0.75, 0.48, 0.14), smooth(-0.4, 0.5, streak))
                * lerp(1.25, 0.55, smooth(0.82, 1.45, v));
            c.lerp(grass + v3(0.9, 0.5, 0.16) * (burn * 0.4), meadow)
        });
        canvas = canvas.blur(w / 40);
        let mut rng = Rng::new(71);
        let k = w as f32;
        for _ in 0..420 {
            let (u, v) = (rng.next(), rng.range(0.40, 1.30));
            let wood = v < 0.86;
            let sun = (u - 0.86).hypot(v - 0.50);
            let radius = k * if wood {
                rng.range(0.010, 0.026)
            } else {
                rng.range(0.006, 0.006 + 0.030 * (v - 0.8).max(0.1))
            };
            let gold = v3(1.9, 1.15, 0.42).lerp(v3(1.3, 1.15, 0.45), rng.next());
            let power = (0.55 + 2.6 * (-sun / 0.33).exp()) * rng.range(0.3, 1.0);
            canvas.disc((u * k, v * k), radius, gold * power, (rng.range(0.18, 0.62), 0.5));
        }
        let soft = canvas.blur(2);
        canvas.pixels = soft.pixels;
        canvas
    }

    /// Long, loosely waved hair from under the hat down the back.
    fn hair(&self, canvas: &mut Canvas) {
        let mut rng = Rng::new(303);
        let lock_count = 150;
        let mut order: Vec<usize> = (0..lock_count).collect();
        // Inner locks first, then the outer ones over them, the flanks last.
        order.sort_by_key(|&k| ((k as u32).wrapping_mul(2_654_435_761)) >> 8);
        for (rank, &k) in order.iter().enumerate() {
            let a = (k as f32 + 0.5) / lock_count as f32 * 2.0 - 1.0;
            let layer = rank as f32 / lock_count as f32;
            let (phase, reach) = (rng.range(0.0, std::f32::consts::TAU), rng.range(0.80, 1.06));
            let swell = rng.range(0.7, 1.3);
            for _ in 0..if self.width > 1500.0 { 90 } else { 45 } {
                let (jx, jz) = (rng.normal() * 0.0065, rng.normal() * 0.006);
                let stray = if rng.next() > 0.965 { 3.2 } else { 1.0 };
                let (p0, bend) = (phase + rng.normal() * 0.22, rng.normal() * 0.010 * stray);
                let tone = rng.next();
                let long = reach * rng.range(0.86, 1.04);
                let curl = Curl { phase: p0, swell, bend, long, tone };
                self.strand(canvas, (a, layer), (jx * stray, jz), curl);
            }
        }
    }

    fn strand(
        &self,
        canvas: &mut Canvas,
        (a, layer): (f32, f32),
        (jx, jz): (f32, f32),
        Curl { phase, swell, bend, long, tone }: Curl,
    ) {
        let at = |t: f32| {
            let t = t * long;
            let y = 0.135 - 0.60 * t;
            let width =
                lerp(0.089, 0.128, smooth(0.0, 0.42, t)) * lerp(1.0, 0.50, smooth(0.55, 1.08, t));
            let wave = 0.019 * swell * smooth(0.08, 0.5, t) * (phase + t * 15.0).sin();
            let spread = 1.0 + 1.6 * smooth(0.8, 1.1, t);
            let x = a * width + wave + (jx + bend * t) * spread;
            let round = (1.0 - (a * 0.97) * (a * 0.97)).sqrt();
            let depth = lerp(0.100, 0.128, smooth(0.0, 0.5, t)) * round + 0.02 + 0.014 * layer + jz;
            (v3(x, y, depth), wave)
        };
        let base = hex(0x4b3526).lerp(hex(0x8f6a45), tone * tone);
        let first = self.place(at(0.0).0);
        let last = self.place(at(1.0).0);
        let length = (first.0 - last.0).hypot(first.1 - last.1);
        let thick = self.width * 0.00034;
        canvas.stroke(0.62, length, |t| {
            let (p, wave) = at(t);
            let (x, y, _) = self.place(p);
            let rim = smooth(0.55, 1.0, a.abs()).powi(2) * if a > 0.0 { 1.0 } else { 0.6 };
            let crest = smooth(-0.017, 0.019, wave * (1.0 - 0.5 * tone) + 0.004 * (tone - 0.5));
            let shade = smooth(0.0, 0.16, t) * 0.75 + 0.25;
            let ends = smooth(0.55, 1.0, t) * 0.35;
            let light = v3(0.62, 0.52, 0.46) * (0.35 + 0.9 * crest * crest + 0.35 * layer)
                + v3(3.7, 2.6, 1.45) * (rim * (0.30 + 0.75 * tone) + ends * 0.22 * tone);
            (x, y, thick * (1.1 - 0.6 * t), base.tint(light) * shade)
        });
    }
}

pub(super) fn paint(width: usize, height: usize, _scale: f32) -> (Canvas, Darkroom) {
    let (w, h) = (width * 2, height * 2);
    let camera = Camera::look(v3(-0.06, 0.07, 2.1), v3(0.015, -0.10, 0.0), 23.5);
    let scene = Scene { camera, width: w as f32, height: h as f32 };
    let backdrop = scene.backdrop(width / 2, height / 2);
    let half = w as f32 / 2.0;
    let mut canvas = Canvas::render(w, h, 8, |x, y, rng| {
        let fx = (x as f32 + rng.next()) / half - 1.0;
        let fy = (h as f32 / 2.0 - y as f32 - rng.next()) / half;
        let dir = camera.ray(fx, fy);
        match meet(camera.eye, dir, 2.7, 1.55) {
            Some(t) => shade(camera.eye + dir * t, dir),
            None => backdrop.bilinear((x as f32 + 0.5) / 4.0, (y as f32 + 0.5) / 4.0),
        }
    });
    // The hair falls before the back but under the brim: keep the hat's pixels and lay them over.
    let hat = canvas.clone();
    scene.hair(&mut canvas);
    for y in 0..h {
        for x in 0..w {
            let fx = (x as f32 + 0.5) / half - 1.0;
            let fy = (h as f32 / 2.0 - y as f32 - 0.5) / half;
            if fy < -0.1 {
                break;
            }
            let dir = camera.ray(fx, fy);
            let Some(t) = meet(camera.eye, dir, 2.7, 1.55) else { continue };
            let part = figure(camera.eye + dir * t).1;
            if part == Part::Straw || part == Part::Ribbon {
                canvas.pixels[y * w + x] = hat.pixels[y * w + x];
            }
        }
    }
    let room = Darkroom {
        exposure: 0.62,
        saturation: 1.05,
        bloom: 0.08,
        vignette: 0.22,
        ..Darkroom::default()
    };
    (canvas.shrink(2), room)
}
