//! A snowy range behind a lake on a clear morning, with forest on the far shore.

use super::canvas::{Canvas, Darkroom};
use super::math::{Camera, V3, lerp, smooth, v3};
use super::noise::{Rng, fbm2, hash, noise2, ridged2};
use super::ocean::{Waves, Wind};
use super::relief::Relief;
use super::sky::{Air, Clouds, Sky};

const CELL: f32 = 11.0;
const TREE: f32 = 17.0;

struct Scene {
    sky: Sky,
    land: Relief,
    ripples: Waves,
    sunlight: V3,
}

/// The uneroded land; the lake's surface lies at 0.
fn raw_height(x: f32, z: f32) -> f32 {
    let wx = x + 420.0 * fbm2(x / 1900.0, z / 1900.0, 3, 1);
    let wz = z + 420.0 * fbm2(x / 1900.0, z / 1900.0, 3, 2);
    let far = -z;
    let rise = smooth(1500.0, 5600.0, far + 900.0 * fbm2(x / 2600.0, 0.3, 2, 7));
    let ridges = ridged2(wx / 2900.0 + 0.9, wz / 2900.0 + 0.2, 8, 11);
    let peaks = 1750.0 * rise * (0.22 + 1.0 * ridges);
    // Spurs come down to the lake from both sides.
    let side =
        smooth(500.0, 2300.0, x.abs() + 260.0 * fbm2(z / 900.0, 0.0, 3, 5) - 0.12 * far + 160.0);
    let spur = side
        * (250.0 + 700.0 * ridged2(wx / 1500.0, wz / 1500.0, 6, 19))
        * smooth(350.0, 2100.0, far);
    let bay = smooth(90.0, 470.0, (x + 40.0).abs() + 130.0 * fbm2(far / 300.0, 0.0, 3, 31));
    let shore = far - lerp(1350.0, 560.0, bay) - 300.0 * fbm2(x / 420.0, 0.7, 4, 30);
    let hills = 130.0 * smooth(0.0, 900.0, shore) * (0.7 + fbm2(x / 420.0, z / 420.0, 5, 44));
    let bed = -9.0 + smooth(-160.0, 60.0, shore) * 11.0;
    let land = bed.max(-9.0) + hills + spur + peaks;
    land + 3.0 * fbm2(x / 60.0, z / 60.0, 3, 61) * smooth(0.0, 20.0, land)
}

impl Scene {
    /// Where trees can stand, 0..1.
    fn woods(&self, x: f32, z: f32, h: f32) -> f32 {
        let line = 560.0 + 240.0 * fbm2(x / 500.0, z / 500.0, 3, 70);
        let n = self.land.normal(x, z, 14.0);
        let clearing = fbm2(x / 170.0, z / 170.0, 3, 75);
        smooth(1.5, 6.0, h)
            * (1.0 - smooth(line * 0.7, line, h))
            * smooth(0.62, 0.76, n.y)
            * smooth(-0.32, -0.12, clearing)
    }

    /// Height of the forest's crowns above the ground.
    fn trees(&self, x: f32, z: f32) -> f32 {
        let h = self.land.height(x, z);
        if !(1.5..900.0).contains(&h) {
            return 0.0;
        }
        let spacing = 6.5;
        let (ci, cj) = ((x / spacing).floor() as i32, (z / spacing).floor() as i32);
        let mut crown = 0.0f32;
        for j in cj - 1..=cj + 1 {
            for i in ci - 1..=ci + 1 {
                let cx = (i as f32 + 0.15 + 0.7 * hash(i, j, 1)) * spacing;
                let cz = (j as f32 + 0.15 + 0.7 * hash(i, j, 2)) * spacing;
                let tall = TREE * (0.5 + 0.5 * hash(i, j, 3));
                let d = (x - cx).hypot(z - cz) / (0.19 * tall + 0.7);
                if d < 1.0 {
                    crown = crown.max(tall * (1.0 - d.powf(0.85)));
                }
            }
        }
        if crown <= 0.0 { 0.0 } else { crown * smooth(0.25, 0.5, self.woods(x, z, h)) }
    }

    fn meet(&self, eye: V3, dir: V3, near: f32) -> Option<f32> {
        self.land.meet((eye, dir), (near, 13_500.0), TREE, |x, z| self.trees(x, z))
    }

    fn shade_land(&self, p: V3, t: f32) -> V3 {
        let sun = self.sky.air.sun;
        let ground = self.land.height(p.x, p.z);
        let tree = p.y - ground;
        let e = (t * 0.0011).max(4.0);
        let broad = self.land.normal(p.x, p.z, e);
        let grit = 0.55 * smooth(9000.0, 2500.0, t) + 0.25;
        let bump = |s: i32| fbm2(p.x / 26.0 + p.y / 31.0, p.z / 26.0 - p.y / 37.0, 5, s) * grit;
        let n = (broad + v3(bump(100), 0.0, bump(130))).unit();
        let light = self.land.sunlit(p + v3(0.0, 1.0, 0.0), sun, 6000.0);
        let sky_light = self.sky.ambient * (0.35 + 0.65 * broad.y);
        if tree > 0.8 {
            let cell = hash((p.x / 6.5).floor() as i32, (p.z / 6.5).floor() as i32, 9);
            let green = v3(0.018, 0.040, 0.016).lerp(v3(0.050, 0.068, 0.020), cell);
            let top = smooth(0.0, TREE, tree);
            let facing = (0.45 + 0.55 * broad.dot(sun)).max(0.0);
            let dapple = 0.55 + 0.9 * noise2(p.x / 1.7, p.y / 1.7 + p.z / 1.7, 3).abs();
            return green.tint(
                self.sunlight * (light * facing * (0.25 + 0.85 * top) * dapple)
                    + sky_light * (0.35 + 0.5 * top),
            );
        }
        let strata = fbm2(p.x / 260.0, p.y / 34.0 + p.z / 300.0, 5, 150);
        let mut colour = v3(0.17, 0.155, 0.145).lerp(v3(0.27, 0.245, 0.22), 0.5 + strata);
        let meadow =
            smooth(0.68, 0.84, broad.y) * (1.0 - smooth(600.0, 1150.0, p.y + 300.0 * strata));
        colour = colour.lerp(v3(0.10, 0.115, 0.04), meadow);
        let line = 640.0 + 420.0 * fbm2(p.x / 700.0, p.z / 700.0, 5, 160);
        let hold =
            smooth(0.52, 0.70, n.y * 0.55 + broad.y * 0.45 + 0.10 * smooth(1200.0, 2400.0, p.y));
        let snow = hold * smooth(line - 130.0, line + 260.0, p.y);
        colour = colour.lerp(v3(0.86, 0.88, 0.92), snow);
        let beach = 1.0 - smooth(1.0, 3.5, p.y);
        colour = colour.lerp(v3(0.30, 0.28, 0.24), beach);
        let lambert = n.dot(sun).max(0.0);
        colour.tint(self.sunlight * (lambert * light) + sky_light * 1.1)
    }

    fn air(&self, colour: V3, dir: V3, t: f32) -> V3 {
        let sky = self.sky.distance(dir);
        let seen = v3((-t / 26_000.0).exp(), (-t / 19_000.0).exp(), (-t / 12_500.0).exp());
        colour.tint(seen) + sky.tint(v3(1.0, 1.0, 1.0) - seen) * 0.8
    }

    fn far_view(&self, eye: V3, dir: V3, near: f32) -> V3 {
        match self.meet(eye, dir, near) {
            Some(t) => self.air(self.shade_land(eye + dir * t, t), dir, t),
            None => self.sky.at(dir),
        }
    }

    fn trace(&self, eye: V3, dir: V3, rng: &mut Rng) -> V3 {
        if dir.y > -0.0005 {
            return self.far_view(eye, dir, 250.0);
        }
        let t = -eye.y / dir.y;
        if let Some(hit) = self.meet(eye, dir, 250.0).filter(|&hit| hit < t) {
            return self.air(self.shade_land(eye + dir * hit, hit), dir, hit);
        }
        let p = eye + dir * t;
        // Cat's paws: the breeze ruffles the lake in patches.
        let patch = smooth(-0.15, 0.5, fbm2(p.x / 260.0, p.z / 40.0, 4, 200));
        let calm = lerp(0.22, 1.0, patch) / (1.0 + (t / 170.0).powf(1.6));
        let w = self.ripples.at(p.x, p.z);
        let spread = lerp(0.0008, 0.006, patch) / (1.0 + t / 250.0);
        let (jx, jz) = (rng.normal() * spread, rng.normal() * spread);
        let n = v3(-w.slope_x * calm + jx, 1.0, -w.slope_z * calm + jz).unit();
        let facing = (-dir).dot(n).max(0.01);
        let fresnel = 0.02 + 0.98 * (1.0 - facing).powi(5);
        let mut out = dir.reflect(n);
        out.y = out.y.abs().max(0.002);
        let mirrored = self.far_view(p, out.unit(), 4.0 + (250.0 - t).max(0.0));
        let shallow = smooth(26.0, 4.0, t);
        let body = v3(0.012, 0.050, 0.055).lerp(v3(0.07, 0.085, 0.06), shallow);
        let lit = body.tint(self.sunlight * 0.55 + self.sky.ambient);
        lit * (1.0 - fresnel) + mirrored * fresnel
    }
}

pub(super) fn paint(width: usize, height: usize, scale: f32) -> (Canvas, Darkroom) {
    let air = Air::new(36.0, -98.0, 2.2e-6);
    let clouds = Clouds {
        base: 2300.0,
        top: 3500.0,
        cover: -0.24,
        size: 2600.0,
        density: 0.011,
        veil: 0.55,
        seed: 3.7,
    };
    let sky = Sky::paint(air, Some(&clouds), 60.0, scale.max(0.4));
    let mut land = Relief::new((-6600.0, -12_500.0), CELL, (1200, 1120), raw_height);
    land.erode(300_000, 8);
    let breeze =
        Wind { speed: 3.2, heading: 1.3, shortest: 0.25, longest: 5.0, rms: 0.012, choppy: 0.5 };
    let sunlight = sky.air.sunlight(1200.0);
    let scene = Scene { sky, land, ripples: Waves::new(41.0, &breeze, 3), sunlight };
    let camera = Camera::look(v3(0.0, 4.0, 0.0), v3(60.0, 330.0, -2600.0), 58.0);
    let canvas = Canvas::sample(width, height, 2, 7, |x, y, rng| {
        scene.trace(camera.eye, camera.ray(x, y), rng)
    });
    let room = Darkroom {
        exposure: 0.37,
        saturation: 1.1,
        grain: 0.0035,
        bloom: 0.03,
        ..Darkroom::default()
    };
    (canvas, room)
}
