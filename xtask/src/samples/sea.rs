//! A windy sea at sunset, with sea stacks and a headland.

use super::canvas::{Canvas, Darkroom};
use super::math::{Camera, V3, grey, lerp, smooth, v3};
use super::noise::{Rng, fbm2, fbm3, ridged2};
use super::ocean::{Waves, Wind};
use super::relief::Relief;
use super::sky::{Air, Clouds, Sky};

struct Scene {
    sky: Sky,
    rocks: Relief,
    swell: Waves,
    ripples: Waves,
    camera: Camera,
    sunlight: V3,
}

/// Sea stacks and the headland: centre x, z, radius, height.
const ROCKS: [(f32, f32, f32, f32); 9] = [
    (-62.0, -185.0, 24.0, 44.0),
    (-37.0, -205.0, 11.0, 24.0),
    (-118.0, -230.0, 46.0, 62.0),
    (-190.0, -290.0, 80.0, 78.0),
    (-9.0, -150.0, 5.5, 7.0),
    (-30.0, -112.0, 6.0, 4.6),
    (-20.0, -104.0, 3.6, 2.6),
    (105.0, -420.0, 22.0, 20.0),
    (132.0, -440.0, 14.0, 11.0),
];

/// Height of the rock above the still water, at a point; deep below it elsewhere.
fn rock(x: f32, z: f32) -> f32 {
    let wx = x + 7.0 * fbm2(x / 26.0, z / 26.0, 4, 3);
    let wz = z + 7.0 * fbm2(x / 26.0, z / 26.0, 4, 8);
    let mut best = -12.0f32;
    for &(cx, cz, radius, height) in &ROCKS {
        let d = (wx - cx).hypot(wz - cz) / radius;
        if d > 1.7 {
            continue;
        }
        let side = 1.0 - smooth(0.42, 1.08, d);
        let h = height * (side.powf(0.55) * (1.0 - 0.22 * d)) - 3.2 * smooth(0.8, 1.5, d);
        best = best.max(h);
    }
    if best < -3.0 {
        return best;
    }
    let rough = ridged2(x / 13.0, z / 13.0, 6, 21) - 0.5;
    let crag = fbm2(x / 3.1, z / 3.1, 4, 40);
    best + rough * (1.0 + best.max(0.0) * 0.22) + crag * 0.8
}

impl Scene {
    fn water_height(&self, x: f32, z: f32) -> f32 {
        self.swell.height(x, z) + self.ripples.height(x, z)
    }

    /// First hit of a ray with the sea surface, up to the horizon.
    fn meet_water(&self, eye: V3, dir: V3) -> Option<f32> {
        if dir.y > 0.03 {
            return None;
        }
        let ceiling = 2.4;
        let mut t = if dir.y < 0.0 { ((ceiling - eye.y) / dir.y).max(0.0) } else { 0.0 };
        let mut before = t;
        for _ in 0..260 {
            let p = eye + dir * t;
            let gap = p.y - self.water_height(p.x, p.z);
            if gap < 0.0 {
                let (mut a, mut b) = (before, t);
                for _ in 0..7 {
                    let m = (a + b) / 2.0;
                    let q = eye + dir * m;
                    if q.y < self.water_height(q.x, q.z) { b = m } else { a = m }
                }
                return Some(b);
            }
            if t > 9000.0 || p.y > 6.0 {
                break;
            }
            before = t;
            t += (gap * 0.75).max(0.002 * t + 0.01);
        }
        (dir.y < 0.0).then(|| -eye.y / dir.y)
    }

    fn meet_rock(&self, eye: V3, dir: V3) -> Option<f32> {
        if !(-0.08..0.7).contains(&dir.y) {
            return None;
        }
        self.rocks.meet((eye, dir), (70.0, 560.0), 0.0, |_, _| 0.0)
    }

    fn sky(&self, dir: V3) -> V3 {
        self.sky.at(dir)
    }

    fn shade_rock(&self, p: V3, t: f32) -> V3 {
        let broad = self.rocks.normal(p.x, p.z, 0.5 + t * 0.0012);
        // Cracks and ledges finer than the grid.
        let crag = |k: f32| {
            let y = p.y * 1.35;
            fbm3(p.x * 0.42 + k, y * 0.42, p.z * 0.42, 5)
                + 0.6 * fbm3(p.x * 1.9, y * 1.1 + k, p.z * 1.9, 3)
        };
        let n = (broad + v3(crag(0.0), 1.1 * crag(31.0), crag(67.0)) * 1.25).unit();
        let sun = self.sky.air.sun;
        let mut lit = n.dot(sun).max(0.0);
        if lit > 0.0 {
            lit *= self.rocks.sunlit(p + n * 0.3, sun, 120.0);
        }
        let strata = 0.5
            + 0.5
                * (p.y * 0.9 + 0.25 * p.x + 5.0 * fbm3(p.x / 14.0, p.y / 14.0, p.z / 14.0, 5))
                    .sin();
        let mut colour = v3(0.105, 0.085, 0.07).lerp(v3(0.22, 0.17, 0.13), strata * 0.6);
        let turf = smooth(0.55, 0.8, n.y) * smooth(8.0, 14.0, p.y);
        colour = colour.lerp(v3(0.07, 0.085, 0.025), turf);
        let wet = 1.0 - smooth(0.6, 2.6, p.y + fbm2(p.x / 3.0, p.z / 3.0, 3, 60));
        colour = colour * (1.0 - 0.68 * wet);
        // Surf runs up the foot of the rock.
        let reach = 1.6 + 2.2 * fbm2(p.x / 5.0, p.z / 5.0, 4, 66);
        let lace = fbm3(p.x * 0.9, p.y * 0.9, p.z * 0.9, 4);
        colour = colour.lerp(grey(0.8), smooth(reach, reach * 0.3, p.y + 2.6 * lace) * 0.8);
        let open = 0.45 + 0.55 * n.y.max(0.0);
        let dome = self.sky.ambient.tint(v3(1.0, 1.0, 1.08)) * (open * 1.7);
        let back = (0.35 + 0.65 * n.x.max(0.0)) * 0.22;
        colour.tint(self.sunlight * lit + dome + self.sunlight * (back * 0.3))
    }

    /// Foam left on the water: on breaking crests and around the rocks.
    fn foam(&self, p: V3, fold: f32) -> f32 {
        let lace = fbm2(p.x * 0.9, p.z * 0.9, 5, 90);
        let fine = 1.0 - 2.6 * fbm2(p.x * 2.7 + lace, p.z * 2.7, 4, 95).abs();
        let crest = smooth(0.62, 1.1, fold + 0.35 * lace) * smooth(-0.1, 0.75, fine);
        let trail = smooth(0.5, 1.0, fold + 0.8 * lace) * smooth(0.35, 0.95, fine) * 0.35;
        let shore =
            smooth(-3.3, -1.2, self.rocks.height(p.x, p.z) + 1.7 * lace) * smooth(0.0, 0.8, fine);
        crest.max(trail).max(shore)
    }

    fn shade_water(&self, p: V3, dir: V3, t: f32, rng: &mut Rng) -> V3 {
        let a = self.swell.at(p.x, p.z);
        let b = self.ripples.at(p.x, p.z);
        let fine = 1.0 / (1.0 + (t / 220.0).powi(2));
        let spread = lerp(0.045, 0.006, fine);
        let (sx, sz) = (a.slope_x + b.slope_x, a.slope_z + b.slope_z);
        let normal = v3(-sx + rng.normal() * spread, 1.0, -sz + rng.normal() * spread).unit();
        let facing = (-dir).dot(normal).max(0.02);
        let fresnel = 0.02 + 0.98 * (1.0 - facing).powi(5);
        let mut out = dir.reflect(normal);
        out.y = out.y.abs().max(0.012);
        let out = out.unit();
        let sun = self.sky.air.sun;
        let mut mirrored = self.sky(out);
        // The sun's glitter, spread over the ripples too small to see.
        let half = (sun - dir).unit();
        let cos = half.dot(normal).max(0.0);
        let rough = lerp(0.09, 0.035, fine);
        let lobe = (-(1.0 / (cos * cos).max(1e-4) - 1.0) / (rough * rough)).exp();
        mirrored += self.sunlight * (lobe * 1.1);
        // Light that enters a wave and leaves it again, strongest through thin crests.
        let through = dir.dot(v3(sun.x, 0.0, sun.z).unit()).max(0.0).powi(3);
        let crest = smooth(-0.2, 1.3, a.height);
        let body = v3(0.006, 0.030, 0.036).lerp(v3(0.012, 0.075, 0.062), crest);
        let scattered =
            body.tint(self.sky.ambient * 2.2 + self.sunlight * (0.05 + 0.5 * through * crest));
        let mut colour = scattered * (1.0 - fresnel) + mirrored * fresnel;
        let foam = self.foam(p, a.fold);
        let white = (self.sky.ambient * 1.25
            + self.sunlight * (0.14 + 0.3 * normal.dot(sun).max(0.0)))
            * 0.8;
        colour = colour.lerp(white, foam * 0.9);
        colour
    }

    /// Sea air between the camera and a distance.
    fn air(&self, colour: V3, dir: V3, t: f32) -> V3 {
        let horizon = self.sky.distance(dir);
        let near = 1.0 - (-t / 2600.0).exp();
        colour.lerp(horizon, near.min(0.93))
    }

    fn trace(&self, dir: V3, rng: &mut Rng) -> V3 {
        let eye = self.camera.eye;
        let water = self.meet_water(eye, dir);
        if let Some(t) = self.meet_rock(eye, dir).filter(|&t| water.is_none_or(|w| t < w)) {
            return self.air(self.shade_rock(eye + dir * t, t), dir, t * 0.8);
        }
        match water {
            None => self.sky(dir) + self.sky.sun_at(dir, 1.0),
            Some(t) => {
                let p = eye + dir * t;
                let mut colour = self.shade_water(p, dir, t, rng);
                if t < 700.0 {
                    let a = self.swell.at(p.x, p.z);
                    let out = dir.reflect(v3(-a.slope_x * 0.7, 1.0, -a.slope_z * 0.7).unit());
                    let up = v3(out.x, out.y.abs().max(0.01), out.z).unit();
                    if let Some(s) = self.mirror_rock(p, up) {
                        let mirrored = self.shade_rock(p + up * s, s) * 0.6;
                        colour = colour * 0.45 + mirrored * 0.4;
                    }
                }
                self.air(colour, dir, t)
            }
        }
    }

    fn mirror_rock(&self, p: V3, up: V3) -> Option<f32> {
        let mut t = 2.0;
        while t < 160.0 {
            let q = p + up * t;
            if q.y > 80.0 {
                return None;
            }
            if q.y < self.rocks.height(q.x, q.z) {
                return Some(t);
            }
            t *= 1.18;
        }
        None
    }
}

pub(super) fn paint(width: usize, height: usize, scale: f32) -> (Canvas, Darkroom) {
    let air = Air::new(7.0, 13.0, 7e-6);
    let clouds = Clouds {
        base: 1500.0,
        top: 2900.0,
        cover: -0.10,
        size: 2300.0,
        density: 0.012,
        veil: 0.85,
        seed: 11.3,
    };
    let sky = Sky::paint(air, Some(&clouds), 70.0, scale.max(0.5));
    let sunlight = sky.air.sunlight(0.0);
    let wind =
        Wind { speed: 8.5, heading: 1.9, shortest: 3.0, longest: 110.0, rms: 0.36, choppy: 1.15 };
    let breeze =
        Wind { speed: 5.0, heading: 2.3, shortest: 0.12, longest: 3.4, rms: 0.035, choppy: 0.8 };
    let scene = Scene {
        sky,
        rocks: Relief::new((-330.0, -520.0), 0.3, (1640, 1530), rock),
        swell: Waves::new(232.0, &wind, 5),
        ripples: Waves::new(27.3, &breeze, 6),
        camera: Camera::look(v3(0.0, 3.6, 0.0), v3(0.0, 5.2, -40.0), 56.0),
        sunlight,
    };
    let canvas = Canvas::sample(width, height, 3, 42, |x, y, rng| {
        let dir = scene.camera.ray(x, y);
        scene.trace(dir, rng)
    });
    let room =
        Darkroom { exposure: 0.5, bloom: 0.09, balance: v3(1.0, 1.0, 1.03), ..Darkroom::default() };
    (canvas, room)
}
