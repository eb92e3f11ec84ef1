//! Daylight: single scattering in a thin spherical atmosphere, and clouds of fractal noise.

use super::canvas::Canvas;
use super::math::{V3, grey, lerp, smooth, v3};
use super::noise::{fbm2, fbm3, noise3};
use std::f32::consts::{FRAC_PI_2, TAU};

const EARTH: f32 = 6_360_000.0;
const AIR_TOP: f32 = 60_000.0;
const RAYLEIGH: V3 = v3(5.8e-6, 13.5e-6, 33.1e-6);
const OZONE: V3 = v3(0.65e-6, 1.88e-6, 0.085e-6);
const SUNLIGHT: f32 = 20.0;
/// Entries in the table of horizon colours.
const HORIZON: usize = 48;

/// Clear air and the sun in it.
#[derive(Clone)]
pub(super) struct Air {
    /// Direction to the sun.
    pub(super) sun: V3,
    /// Mie scattering at sea level, per metre; about 4e-6 on a clear day.
    pub(super) haze: f32,
}

impl Air {
    pub(super) fn new(elevation_degrees: f32, azimuth_degrees: f32, haze: f32) -> Air {
        let (e, a) = (elevation_degrees.to_radians(), azimuth_degrees.to_radians());
        Air { sun: v3(a.sin() * e.cos(), e.sin(), -a.cos() * e.cos()), haze }
    }

    /// Optical depth per metre at `altitude`, split into Rayleigh, Mie and ozone density.
    fn density(altitude: f32) -> (f32, f32, f32) {
        let ozone = (1.0 - (altitude - 25_000.0).abs() / 15_000.0).max(0.0);
        ((-altitude / 8000.0).exp(), (-altitude / 1200.0).exp(), ozone)
    }

    fn extinction(&self, (r, m, o): (f32, f32, f32)) -> V3 {
        RAYLEIGH * r + grey(1.11 * self.haze) * m + OZONE * o
    }

    /// Distance from a point at `altitude` to the top of the air along a ray of vertical cosine
    /// `mu`.
    fn reach(altitude: f32, mu: f32) -> f32 {
        let r = EARTH + altitude;
        let top = EARTH + AIR_TOP;
        (r * r * (mu * mu - 1.0) + top * top).max(0.0).sqrt() - r * mu
    }

    fn transmittance(&self, altitude: f32, mu: f32) -> V3 {
        let reach = Air::reach(altitude, mu);
        let mut depth = V3::default();
        let (r, steps) = (EARTH + altitude, 12);
        for step in 0..steps {
            // Denser steps at the start, where the air is.
            let (a, b) = ((step as f32 / 12.0).powi(2), ((step + 1) as f32 / 12.0).powi(2));
            let t = reach * (a + b) / 2.0;
            let h = ((r * r + t * t + 2.0 * r * t * mu).sqrt() - EARTH).max(0.0);
            depth += self.extinction(Air::density(h)) * (reach * (b - a));
        }
        depth.map(|d| (-d).exp())
    }

    /// Sunlight at the ground (irradiance on a surface that faces the sun, over π).
    pub(super) fn sunlight(&self, altitude: f32) -> V3 {
        self.transmittance(altitude, self.sun.y.max(-0.02)) * (SUNLIGHT / 3.2)
    }

    /// The clear sky in a direction, without the sun's disc.
    pub(super) fn clear_sky(&self, dir: V3) -> V3 {
        let mu = dir.y.max(0.002);
        let cos = dir.dot(self.sun);
        let reach = Air::reach(2.0, mu);
        let rayleigh_phase = 0.0597 * (1.0 + cos * cos);
        let g = 0.78f32;
        let mie_phase = 0.0796 * (1.0 - g * g) / (1.0 + g * g - 2.0 * g * cos).powf(1.5);
        let (mut depth, mut light) = (V3::default(), V3::default());
        let r = EARTH + 2.0;
        let steps = 24;
        for step in 0..steps {
            let edge = |k: i32| (k as f32 / steps as f32).powi(2) * reach;
            let (a, b) = (edge(step), edge(step + 1));
            let t = (a + b) / 2.0;
            let radius = (r * r + t * t + 2.0 * r * t * mu).sqrt();
            let h = (radius - EARTH).max(0.0);
            let d = Air::density(h);
            depth += self.extinction(d) * (b - a);
            // The sun's height as seen from the sample, the curve of the earth included.
            let sun_mu = (self.sun.y * r + t * cos) / radius;
            let lit = self.transmittance(h, sun_mu.max(-0.1)) * smooth(-0.12, -0.02, sun_mu);
            let single = RAYLEIGH * (d.0 * rayleigh_phase) + grey(self.haze * d.1 * mie_phase);
            // Light that was scattered before: nearly white, from everywhere.
            let again = (RAYLEIGH * d.0 + grey(self.haze * d.1)) * 0.022;
            let seen = depth.map(|x| (-x).exp());
            light += (single.tint(lit) + again.tint(lit.lerp(grey(lit.luma()), 0.5))).tint(seen)
                * (b - a);
        }
        light * SUNLIGHT
    }
}

/// A layer of heaped clouds.
#[derive(Clone)]
pub(super) struct Clouds {
    pub(super) base: f32,
    pub(super) top: f32,
    /// −1 clears the sky, 1 closes it.
    pub(super) cover: f32,
    /// Width of a heap in metres.
    pub(super) size: f32,
    /// Extinction per metre at full density.
    pub(super) density: f32,
    /// Strength of the thin, high veil.
    pub(super) veil: f32,
    pub(super) seed: f32,
}

impl Clouds {
    fn at(&self, p: V3) -> f32 {
        let h = (p.y - self.base) / (self.top - self.base);
        if !(0.0..=1.0).contains(&h) {
            return 0.0;
        }
        let k = 1.0 / self.size;
        let (x, y, z) = (p.x * k + self.seed, p.y * k * 1.3, p.z * k - self.seed);
        let broad = noise3(x * 0.37, 0.0, z * 0.37) * 0.35 + noise3(x, y, z) * 0.5;
        // Round feet, thinning heads.
        let profile = smooth(0.0, 0.08, h) * 0.5 - 0.5 - 0.62 * h * h;
        let rough = broad + self.cover + profile;
        if rough < -0.45 {
            return 0.0;
        }
        let detail = fbm3(x * 2.3 + 3.0, y * 2.3, z * 2.3, 5);
        ((rough + detail * 0.75) * 3.2).clamp(0.0, 1.0)
    }

    /// Light that reaches `p`: the direct beam and a slower, scattered share.
    fn sun_at(&self, p: V3, sun: V3) -> (f32, f32) {
        let (mut tau, mut t) = (0.0, 0.0);
        for step in 0..6 {
            let dt = (self.top - self.base) * 0.035 * 1.7f32.powi(step);
            tau += self.at(p + sun * (t + dt / 2.0)) * dt * self.density;
            t += dt;
        }
        ((-tau).exp(), (-tau * 0.22).exp())
    }

    /// The clouds' light along a ray and the share of sky they leave visible.
    fn march(&self, dir: V3, air: &Air, ambient: V3, jitter: f32) -> (V3, f32, f32) {
        let lift = dir.y.max(0.004);
        let flat = |h: f32| {
            // The horizon falls away: layers come down to it.
            let r = EARTH;
            (r * r * lift * lift + 2.0 * r * h).sqrt() - r * lift
        };
        let (near, far) = (flat(self.base), flat(self.top).min(90_000.0));
        if near > 80_000.0 {
            return (V3::default(), 1.0, near);
        }
        let cos = dir.dot(air.sun);
        let lobe = |g: f32| (1.0 - g * g) / (1.0 + g * g - 2.0 * g * cos).powf(1.5) * 0.0796;
        let phase = 0.62 * lobe(0.72) + 0.38 * lobe(-0.15);
        let steps = 56;
        let dt = (far - near) / steps as f32;
        let sunlight = air.transmittance(self.base, air.sun.y.max(0.0)) * SUNLIGHT;
        let (mut light, mut seen, mut depth_sum) = (V3::default(), 1.0f32, 0.0);
        for step in 0..steps {
            let t = near + (step as f32 + jitter) * dt;
            let mut p = dir * t;
            p.y += t * t * (1.0 - dir.y * dir.y) / (2.0 * EARTH);
            let density = self.at(p);
            if density <= 0.0 {
                continue;
            }
            let h = ((p.y - self.base) / (self.top - self.base)).clamp(0.0, 1.0);
            let (direct, scattered) = self.sun_at(p, air.sun);
            let source =
                sunlight * (direct * phase + scattered * 0.055) + ambient * lerp(0.35, 0.8, h);
            let stay = (-density * self.density * dt).exp();
            light += source * (seen * (1.0 - stay));
            depth_sum += t * seen * (1.0 - stay);
            seen *= stay;
            if seen < 0.01 {
                break;
            }
        }
        (light, seen, depth_sum / (1.0 - seen).max(1e-4))
    }

    /// Thin ice clouds drawn out by the wind.
    fn veil_at(&self, dir: V3) -> f32 {
        let k = 8000.0 / dir.y.max(0.03) / 9000.0;
        let (x, z) = (dir.x * k + self.seed, dir.z * k);
        let bend = fbm2(x * 0.6, z * 0.6, 3, 5);
        let streaks = fbm2(x * 0.55 + bend, z * 2.4 + bend * 1.7, 6, 9);
        let broad = fbm2(x * 0.3, z * 0.4, 2, 12);
        (smooth(-0.12, 0.75, streaks + broad * 0.9) * smooth(0.03, 0.22, dir.y)).powf(1.3)
    }
}

/// A painted sky that scenes look up by direction.
pub(super) struct Sky {
    pub(super) air: Air,
    map: Canvas,
    /// Half the width in radians; azimuth 0 is in the middle.
    half: f32,
    /// The light of the whole dome, for shadows.
    pub(super) ambient: V3,
    /// Clear sky low over the horizon, by azimuth over the full circle.
    horizon: Vec<V3>,
}

impl Sky {
    /// Paints the part of the sky `half_width` degrees to both sides of azimuth 0 (−z).
    pub(super) fn paint(air: Air, clouds: Option<&Clouds>, half_width: f32, scale: f32) -> Sky {
        let ambient = dome(&air);
        let (w, h) = ((1500.0 * scale) as usize, (900.0 * scale) as usize);
        let half = half_width.to_radians();
        let map = Canvas::render(w, h, 1, |x, y, rng| {
            let azimuth = ((x as f32 + 0.5) / w as f32 * 2.0 - 1.0) * half;
            let elevation = elevation_of((y as f32 + 0.5) / h as f32);
            let dir = v3(
                azimuth.sin() * elevation.cos(),
                elevation.sin(),
                -azimuth.cos() * elevation.cos(),
            );
            let mut colour = air.clear_sky(dir);
            let Some(clouds) = clouds else { return colour };
            if clouds.veil > 0.0 {
                let veil = clouds.veil_at(dir) * clouds.veil;
                let glow = 0.5 + 1.6 * dir.dot(air.sun).max(0.0).powi(6);
                let lit = air.sunlight(8000.0) * (0.13 * glow) + ambient * 0.5;
                colour = colour.lerp(lit, veil * 0.8);
            }
            let (light, seen, far) = clouds.march(dir, &air, ambient, rng.next());
            // Far clouds fade into the air before them.
            let fade = (-far / 55_000.0).exp();
            (light * fade + colour * (1.0 - fade) * (1.0 - seen)) + colour * seen
        });
        let horizon = (0..HORIZON).map(|i| {
            let a = i as f32 / HORIZON as f32 * TAU;
            air.clear_sky(v3(a.sin(), 0.07, -a.cos()).unit())
        });
        Sky { horizon: horizon.collect(), map: map.blur_once(), half, ambient, air }
    }

    /// The sky in any direction; below the horizon it gives the horizon.
    pub(super) fn at(&self, dir: V3) -> V3 {
        let azimuth = dir.x.atan2(-dir.z);
        let u = (azimuth / self.half * 0.5 + 0.5).clamp(0.0, 1.0);
        let v = row_of(dir.y.clamp(0.0, 1.0).asin());
        self.map.bilinear(u * self.map.width as f32, v * self.map.height as f32)
    }

    /// The colour that distant things fade into.
    pub(super) fn distance(&self, dir: V3) -> V3 {
        let turn = dir.x.atan2(-dir.z) / TAU;
        let at = turn.rem_euclid(1.0) * HORIZON as f32;
        let i = at as usize;
        self.horizon[i % HORIZON].lerp(self.horizon[(i + 1) % HORIZON], at.fract())
    }

    /// The sun's disc and the glare around it.
    pub(super) fn sun_at(&self, dir: V3, strength: f32) -> V3 {
        let angle = dir.dot(self.air.sun).clamp(-1.0, 1.0).acos().to_degrees();
        let disc = smooth(0.45, 0.33, angle) * 28.0;
        let glare = 1.6 * (-angle / 0.9).exp() + 0.35 * (-angle / 4.0).exp();
        let colour = self.air.sunlight(0.0);
        colour * (strength * (disc + glare))
    }
}

/// Map rows crowd towards the horizon.
fn elevation_of(row: f32) -> f32 {
    FRAC_PI_2 * row.powf(1.8)
}

fn row_of(elevation: f32) -> f32 {
    (elevation / FRAC_PI_2).powf(1.0 / 1.8)
}

/// Mean radiance of the clear dome, weighted as a level surface sees it.
fn dome(air: &Air) -> V3 {
    let (mut sum, mut weight) = (V3::default(), 0.0);
    for i in 0..8 {
        for j in 0..12 {
            let (e, a) = ((i as f32 + 0.5) / 8.0 * FRAC_PI_2, (j as f32 + 0.5) / 12.0 * TAU);
            let dir = v3(a.sin() * e.cos(), e.sin(), -a.cos() * e.cos());
            let w = e.cos() * e.sin();
            sum += air.clear_sky(dir) * w;
            weight += w;
        }
    }
    sum * (1.0 / weight)
}

impl Canvas {
    /// Takes the sampling noise off: a 3×3 binomial filter.
    fn blur_once(&self) -> Canvas {
        Canvas::render(self.width, self.height, 0, |x, y, _| {
            let (x, y) = (x as i32, y as i32);
            let mut sum = V3::default();
            for (dy, wy) in [(-1, 0.25), (0, 0.5), (1, 0.25)] {
                for (dx, wx) in [(-1, 0.25), (0, 0.5), (1, 0.25)] {
                    sum += self.get(x + dx, y + dy) * (wx * wy);
                }
            }
            sum
        })
    }
}
