//! A city across the water at the end of dusk: lit windows, a bridge, the moon and first stars.

use super::canvas::{Canvas, Darkroom};
use super::math::{Camera, V3, grey, hex, lerp, smooth, v3};
use super::noise::{Rng, fbm2, hash, noise2};
use super::ocean::{Waves, Wind};

/// A tower in the skyline; lengths in frame units (half the picture's width is 1).
struct Tower {
    x: f32,
    half: f32,
    height: f32,
    /// 0 stands at the quay, 1 far behind.
    depth: f32,
    /// Width and height of one window cell.
    pitch: (f32, f32),
    lit: f32,
    warmth: f32,
    crown: u32,
    id: i32,
}

struct Scene {
    towers: Vec<Tower>,
    /// Indices of towers, nearest first, by column of the skyline.
    columns: Vec<Vec<usize>>,
    waves: Waves,
    camera: Camera,
    tan_half: f32,
}

const REACH: f32 = 1.9;
const COLUMNS: usize = 400;
const MOON: (f32, f32, f32) = (0.47, 0.445, 0.026);

fn column(x: f32) -> usize {
    (((x + REACH) / (2.0 * REACH) * COLUMNS as f32).max(0.0) as usize).min(COLUMNS - 1)
}

/// The dusk sky by frame position.
fn sky(x: f32, y: f32) -> V3 {
    let glow = 0.75 + 0.35 * (-(x + 0.55).powi(2) * 1.2).exp();
    let stops = [
        (0.0, v3(0.62, 0.25, 0.11)),
        (0.07, v3(0.47, 0.23, 0.16)),
        (0.17, v3(0.22, 0.18, 0.23)),
        (0.34, v3(0.070, 0.105, 0.22)),
        (0.60, v3(0.020, 0.045, 0.125)),
        (0.95, v3(0.008, 0.020, 0.068)),
    ];
    let y = y.max(0.0);
    let mut colour = stops[stops.len() - 1].1;
    for pair in stops.windows(2) {
        if y < pair[1].0 {
            colour = pair[0].1.lerp(pair[1].1, smooth(pair[0].0, pair[1].0, y));
            break;
        }
    }
    colour = colour * lerp(glow, 1.0, smooth(0.1, 0.6, y));
    let (u, v) = (x * 1.3 / (0.35 + y), 1.0 / (0.16 + y));
    let bend = fbm2(u * 0.9, v * 0.9, 3, 3);
    let cloud = smooth(0.02, 0.6, fbm2(u * 1.1 + bend * 0.5, v * 2.3 + bend, 6, 5));
    let under = v3(0.62, 0.21, 0.15).lerp(v3(0.055, 0.06, 0.11), smooth(0.08, 0.42, y));
    colour.lerp(under, cloud * 0.62 * smooth(0.75, 0.1, y) * smooth(0.0, 0.05, y))
}

fn stars(x: f32, y: f32) -> V3 {
    let mut light = V3::default();
    let cell = 0.016;
    let (i, j) = ((x / cell).floor() as i32, (y / cell).floor() as i32);
    let chance = hash(i, j, 31);
    if chance > 0.86 {
        let sx = (i as f32 + 0.15 + 0.7 * hash(i, j, 32)) * cell;
        let sy = (j as f32 + 0.15 + 0.7 * hash(i, j, 33)) * cell;
        let d = (x - sx).hypot(y - sy);
        let size = lerp(0.00075, 0.0014, hash(i, j, 34).powi(6));
        let power = 0.06 + 1.3 * hash(i, j, 35).powi(7);
        let colour = v3(0.75, 0.86, 1.0).lerp(v3(1.0, 0.85, 0.65), hash(i, j, 36));
        light = colour * (power * smooth(size, size * 0.3, d));
    }
    light * smooth(0.22, 0.6, y)
}

fn moon(x: f32, y: f32) -> (V3, f32) {
    let (mx, my, r) = MOON;
    let (dx, dy) = ((x - mx) / r, (y - my) / r);
    let d = dx.hypot(dy);
    let halo = grey(1.0).tint(v3(0.9, 0.95, 1.0))
        * (0.20 * (-(d - 1.0).max(0.0) / 1.4).exp() + 0.035 * (-d / 7.0).exp());
    if d >= 1.02 {
        return (halo, 0.0);
    }
    let seas = smooth(-0.05, 0.35, fbm2(dx * 1.5 + 4.0, dy * 1.5, 5, 50));
    let face = v3(1.0, 0.96, 0.88) * (1.05 * (1.0 - 0.5 * seas) * (1.0 - 0.2 * d * d));
    (face, smooth(1.02, 0.97, d))
}

impl Tower {
    /// Top of the tower over a point of its width, −1..1.
    fn top(&self, u: f32) -> f32 {
        let a = u.abs();
        match self.crown {
            0 => self.height,
            1 => self.height * if a < 0.55 { 1.0 } else { 0.93 },
            2 => {
                self.height
                    * if a < 0.35 {
                        1.0
                    } else if a < 0.7 {
                        0.9
                    } else {
                        0.78
                    }
            }
            3 => self.height * (1.0 - 0.07 * (u + 1.0)),
            4 => {
                let spire = if a < 0.03 { 0.22 } else { 0.0 };
                self.height * (1.0 - 0.16 * smooth(0.3, 0.95, a) + spire)
            }
            _ => self.height * (1.0 - 0.10 * a * a),
        }
    }

    /// Light of the façade at a point, if the tower covers it.
    fn shade(&self, x: f32, y: f32) -> Option<V3> {
        let u = (x - self.x) / self.half;
        if u.abs() > 1.0 || y > self.top(u) {
            return None;
        }
        let back = sky(x, 0.02);
        let up = y / self.height.max(1e-3);
        let wall = v3(0.016, 0.020, 0.034) * (0.7 + 0.6 * hash(self.id, 3, 3));
        let edge = if u > 0.42 { 0.42 } else { 1.0 };
        let mut colour = wall * edge + v3(0.020, 0.028, 0.050) * (up * 0.4);
        let (cw, ch) = self.pitch;
        let (gx, gy) = ((x - self.x + self.half) / cw, y / ch);
        let (i, j) = (gx.floor() as i32, gy.floor() as i32);
        let (fx, fy) = (gx - gx.floor(), gy - gy.floor());
        let crowned = y > self.top(u) - 1.6 * ch;
        let inside = (0.14..0.86).contains(&fx) && (0.24..0.80).contains(&fy) && !crowned;
        if inside && u.abs() < 0.95 && (u - 0.42).abs() > 0.06 {
            colour += self.window(i, j, fx, fy);
        }
        if crowned && self.crown == 1 && self.depth < 0.6 {
            colour += hex(0xffd9a0) * 0.10;
        }
        let haze = 0.04 + 0.30 * self.depth;
        Some(colour.lerp(back * 0.55, haze * smooth(0.75, 0.0, up * 0.7)))
    }

    fn window(&self, i: i32, j: i32, fx: f32, fy: f32) -> V3 {
        let floor_busy = hash(j, self.id, 11);
        let whole = floor_busy > 0.90;
        let clump = noise2(i as f32 * 0.33, j as f32 * 0.21, self.id) * 0.35;
        let on = hash(i, j, self.id * 7 + 1) < self.lit + clump || (whole && hash(i, j, 5) < 0.9);
        if !on {
            // A dark pane mirrors a little of the dusk.
            return v3(0.008, 0.011, 0.020);
        }
        let tone = hash(i, j, self.id * 7 + 2);
        let warm = hex(0xffb765).lerp(hex(0xffd9a8), tone);
        let cool = hex(0xfff0d8).lerp(hex(0xcfe4ff), tone);
        let colour = warm.lerp(cool, if hash(i, j, 9) < self.warmth { 0.0 } else { 1.0 });
        let blind = if hash(i, j, 8) > 0.6 && fy > 0.55 { 0.45 } else { 1.0 };
        let mullion = if (0.47..0.53).contains(&fx) { 0.5 } else { 1.0 };
        colour * (lerp(0.2, 1.9, hash(i, j, 21).powi(2)) * blind * mullion)
    }
}

fn build() -> Vec<Tower> {
    let mut rng = Rng::new(20);
    let mut towers = Vec::new();
    // Three rows: far haze, the centre, the quay.
    for (row, depth, step) in [(0, 0.95, 0.040), (1, 0.5, 0.052), (2, 0.08, 0.064)] {
        let mut x = -REACH;
        while x < REACH {
            let rise = 0.35
                + 0.75 * (-((x + 0.22) / 0.42).powi(2)).exp()
                + 0.45 * (-((x - 0.95) / 0.30).powi(2)).exp()
                + 0.3 * (-((x + 1.25) / 0.2).powi(2)).exp();
            let base = [0.17, 0.185, 0.066][row];
            let tall = base * (rise + 0.1) * lerp(0.45, 1.3, rng.next()) + 0.015;
            let half = step * rng.range(0.32, 0.72);
            let fine = [0.75, 0.95, 1.25][row];
            let pitch = (fine * rng.range(0.0048, 0.0068), fine * rng.range(0.0058, 0.0074));
            let crown = if row == 2 { [0, 0, 1, 3][rng.pick(4)] } else { rng.pick(6) as u32 };
            let id = towers.len() as i32 + 1;
            let (lit, warmth) = (rng.range(0.12, 0.5), rng.range(0.25, 0.95));
            towers.push(Tower { x, half, height: tall, depth, pitch, lit, warmth, crown, id });
            x += step * rng.range(0.55, 1.25);
        }
    }
    for (x, half, height, crown) in
        [(-0.30, 0.030, 0.37, 4), (-0.145, 0.036, 0.300, 2), (-0.455, 0.033, 0.275, 5)]
    {
        let id = towers.len() as i32 + 1;
        towers.push(Tower {
            x,
            half,
            height,
            depth: 0.35,
            pitch: (0.0052, 0.0063),
            lit: 0.4,
            warmth: 0.6,
            crown,
            id,
        });
    }
    towers.sort_by(|a, b| a.depth.total_cmp(&b.depth));
    towers
}

/// The suspension bridge at the right: its light and its cover.
fn bridge(x: f32, y: f32) -> Option<V3> {
    let deck = 0.052 + 0.006 * (1.0 - ((x - 0.95) / 0.6).powi(2)).max(-1.0);
    if x < 0.30 {
        return None;
    }
    let towers = [0.62f32, 1.32];
    let steel = v3(0.020, 0.022, 0.034);
    for t in towers {
        let d = (x - t).abs();
        if (0.006..0.013).contains(&d) && y < 0.205
            || d < 0.013 && [0.2, 0.15, 0.095].iter().any(|h: &f32| (y - h).abs() < 0.004)
        {
            let wash = hex(0xffcf8a) * (0.10 + 0.30 * smooth(0.16, 0.05, (y - deck).abs()));
            return Some(steel + wash);
        }
    }
    if (y - deck).abs() < 0.0042 {
        let lane = hash((x / 0.0045).floor() as i32, 0, 71);
        return Some(steel + hex(0xffc070) * (0.06 + 0.35 * lane * lane));
    }
    let sag = |a: f32, b: f32, low: f32| {
        let m = (x - (a + b) / 2.0) / ((b - a) / 2.0);
        low + (0.2 - low) * m * m
    };
    let cable = if x < 0.62 {
        lerp(deck, 0.2, ((x - 0.30) / 0.32).powf(1.25))
    } else if x < 1.32 {
        sag(0.62, 1.32, 0.066)
    } else {
        sag(1.32, 2.02, 0.066)
    };
    if (y - cable).abs() < 0.0016 {
        return Some(steel + grey(0.01));
    }
    let rope = (x / 0.0155).fract();
    if y > deck && y < cable && rope < 0.06 {
        return Some(steel + grey(0.006));
    }
    None
}

/// Lamps on the bridge's cable, on the quay and on the highest roofs.
fn lamps(x: f32, y: f32) -> V3 {
    let mut light = V3::default();
    let spot = |sx: f32, sy: f32, size: f32| {
        let d = (x - sx).hypot(y - sy) / size;
        (-d * d * 2.0).exp() * 3.0 + 0.06 / (1.0 + d * d * 0.3)
    };
    let k = (x / 0.034).round();
    let shift = 0.010 * (hash(k as i32, 1, 88) - 0.5);
    if y < 0.04 {
        let colour = hex(0xffb45a).lerp(hex(0xfff2dc), hash(k as i32, 2, 88).powi(3));
        light += colour
            * (spot(k * 0.034 + shift, 0.0105, 0.0024) * (0.5 + 0.8 * hash(k as i32, 3, 88)));
    }
    if x > 0.3 && y > 0.04 {
        let c = ((x - 0.0) / 0.031).round() * 0.031;
        let m = (c - 0.97) / 0.35;
        if (0.62..1.32).contains(&c) {
            light += hex(0xdfeaff) * (spot(c, 0.066 + 0.134 * m * m, 0.0019) * 0.55);
        }
        for t in [0.62, 1.32] {
            light += hex(0xff3322) * spot(t, 0.212, 0.0026);
        }
    }
    if y > 0.2 {
        light += hex(0xff3322) * spot(-0.30, 0.455, 0.0024);
    }
    light
}

impl Scene {
    /// Everything above the water line.
    fn skyline(&self, x: f32, y: f32) -> V3 {
        let quay = 0.0065 + 0.0015 * noise2(x * 9.0, 0.0, 3);
        if y < quay {
            return v3(0.018, 0.016, 0.016) + lamps(x, y) * 0.6;
        }
        let trees = quay
            + 0.012 * smooth(-0.1, 0.5, fbm2(x * 22.0, 0.0, 5, 8))
            + 0.004 * fbm2(x * 160.0, 0.0, 3, 9);
        if y < trees {
            return v3(0.010, 0.012, 0.010) + lamps(x, y);
        }
        if let Some(colour) = bridge(x, y) {
            return colour + lamps(x, y);
        }
        if y < 0.5 {
            for &i in &self.columns[column(x)] {
                if let Some(colour) = self.towers[i].shade(x, y) {
                    return colour + lamps(x, y);
                }
            }
        }
        let hill = 0.036 + 0.05 * fbm2(x * 1.7 + 2.0, 0.0, 5, 14);
        if y < hill {
            return sky(x, 0.03) * 0.22 + lamps(x, y);
        }
        let (light, cover) = moon(x, y);
        let open = sky(x, y) + stars(x, y) * (1.0 - cover);
        if cover > 0.0 { open.lerp(light, cover) } else { open + light + lamps(x, y) }
    }

    fn trace(&self, x: f32, y: f32, rng: &mut Rng) -> V3 {
        let dir = self.camera.ray(x, y);
        let level = dir.y / -dir.z / self.tan_half;
        if level > 0.0 {
            return self.skyline(dir.x / -dir.z / self.tan_half, level);
        }
        let t = (self.camera.eye.y / -dir.y).min(3000.0);
        let p = self.camera.eye + dir * t;
        let w = self.waves.at(p.x, p.z);
        let fade = 1.0 / (1.0 + t / 300.0);
        let (jx, jz) = (rng.normal() * 0.010, rng.normal() * lerp(0.034, 0.022, fade));
        let n = v3(-w.slope_x * fade + jx, 1.0, -w.slope_z * fade + jz).unit();
        let mut out = dir.reflect(n);
        out.y = out.y.abs();
        let facing = (-dir).dot(n).max(0.01);
        let fresnel = 0.025 + 0.975 * (1.0 - facing).powi(5);
        let (ox, oy) = (out.x / -out.z / self.tan_half, out.y / -out.z / self.tan_half);
        let mirrored = self.skyline(ox, oy.min(1.4)).map(|c| c.min(6.0));
        v3(0.003, 0.006, 0.011) * (1.0 - fresnel) + mirrored * fresnel.max(0.08)
    }
}

pub(super) fn paint(width: usize, height: usize, scale: f32) -> (Canvas, Darkroom) {
    let breeze =
        Wind { speed: 3.6, heading: 1.2, shortest: 0.3, longest: 9.0, rms: 0.035, choppy: 0.7 };
    let towers = build();
    let mut columns = vec![Vec::new(); COLUMNS];
    for (i, t) in towers.iter().enumerate() {
        for slot in &mut columns[column(t.x - t.half)..=column(t.x + t.half)] {
            slot.push(i);
        }
    }
    let fov = 58.0f32;
    let scene = Scene {
        towers,
        columns,
        waves: Waves::new(61.0, &breeze, 9),
        camera: Camera::look(v3(0.0, 5.0, 0.0), v3(0.0, 7.9, -40.0), fov),
        tan_half: (fov.to_radians() / 2.0).tan(),
    };
    let side = if scale > 0.9 { 4 } else { 3 };
    let canvas = Canvas::sample(width, height, side, 3, |x, y, rng| scene.trace(x, y, rng));
    let room = Darkroom { exposure: 1.2, bloom: 0.10, grain: 0.005, ..Darkroom::default() };
    (canvas, room)
}
