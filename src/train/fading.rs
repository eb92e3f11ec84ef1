//! Makes photos look old, for training: this way the truth is known.
//!
//! [`Ageing`] fades and stains the colours, for the network that undoes it. [`Damage`] is what old
//! black-and-white photos have suffered, for the network that colours them and must not mistake a
//! scratch for a thing. Both are parameters that can be drawn, and the same parameters give the
//! same picture.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places and reaches lie inside a small picture"
)]

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

use crate::photo::tone::Fading;
use crate::pixels::byte_from_unit;

/// How much of red, green and blue the paper swallows where it is stained.
const STAIN: [f32; 3] = [0.25, 0.45, 0.7];

/// A soft brown stain of the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stain {
    /// Its middle `[x, y]`, in `0..=1` of width and height.
    pub at: [f32; 2],
    /// Where it ends, as a part of the longer side.
    pub radius: f32,
    /// How dark it is in its middle, `0..=1`.
    pub strength: f32,
}

/// How a colour photo has aged.
#[derive(Clone, Debug, PartialEq)]
pub struct Ageing {
    /// What happened to the whole photo.
    pub fading: Fading,
    /// What happened in some places.
    pub stains: Vec<Stain>,
}

impl Ageing {
    /// A photo as new.
    pub const NONE: Self = Self { fading: Fading::NONE, stains: Vec::new() };

    /// Draws an age at random. One in ten is as new: the network must learn to leave those alone.
    ///
    /// In the dark the cyan dye goes first, then the magenta one, then the yellow one.
    #[must_use]
    pub fn draw(rng: &mut impl Rng) -> Self {
        if rng.random_bool(0.1) {
            return Self::NONE;
        }
        let gamma = [(); 3].map(|()| rng.random_range(-0.35..=0.35_f32).exp());
        let dye_loss = [0.5, 0.35, 0.25].map(|most| most * rng.random_range(0.0..=1.0_f32));
        let fading = Fading {
            gamma,
            dye_loss,
            yellowing: rng.random_range(0.0..=0.35),
            contrast: rng.random_range(0.5..=1.0),
            vignette: rng.random_range(-0.1..=0.35),
        };
        let count = if rng.random_bool(0.3) { rng.random_range(1..=3) } else { 0 };
        let stains = (0..count).map(|_| Stain {
            at: [rng.random_range(0.0..=1.0), rng.random_range(0.0..=1.0)],
            radius: rng.random_range(0.1..=0.5),
            strength: rng.random_range(0.1..=0.6),
        });
        Self { fading, stains: stains.collect() }
    }

    /// Ages a picture. It becomes bytes on the way, as every faded photo is.
    ///
    /// # Shapes and ranges
    /// - `rgb`: three planes of `size`, in `0..=1`
    ///
    /// # Panics
    /// If there are not three planes of that size.
    pub fn apply(&self, rgb: &mut [f32], size: [usize; 2]) {
        let pixels = size[0] * size[1];
        assert_eq!(rgb.len(), 3 * pixels, "three planes of {size:?}");
        let byte =
            |i: usize| if i % 4 == 3 { 255 } else { byte_from_unit(rgb[i % 4 * pixels + i / 4]) };
        let mut rgba: Vec<u8> = (0..4 * pixels).map(byte).collect();
        self.fading.apply(&mut rgba, size);
        let long = size[0].max(size[1]) as f32;
        for i in 0..pixels {
            let [x, y] = [i % size[0], i / size[0]].map(|at| at as f32 + 0.5);
            let mut swallowed = 0.0_f32;
            for stain in &self.stains {
                let [dx, dy] = [x - stain.at[0] * size[0] as f32, y - stain.at[1] * size[1] as f32];
                let away = dx.hypot(dy) / (stain.radius * long);
                // Level in the middle, level at the end.
                let share = (1.0 - away * away).max(0.0).powi(2);
                swallowed = swallowed.max(stain.strength * share);
            }
            for (c, part) in STAIN.into_iter().enumerate() {
                let value = f32::from(rgba[i * 4 + c]) * (1.0 - part * swallowed);
                rgb[c * pixels + i] = f32::from(byte_from_unit(value / 255.0)) / 255.0;
            }
        }
    }
}

/// A scratch: a straight line, lighter or darker than the photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scratch {
    /// Its two ends `[x, y]`, in `0..=1` of width and height.
    pub ends: [[f32; 2]; 2],
    /// Its width, in pixels.
    pub width_px: f32,
    /// Its lightness, in `0..=1`.
    pub light: f32,
}

/// What an old black-and-white photo has suffered, in the order of the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Damage {
    /// The deviation of a Gaussian that it is blurred by, in pixels.
    pub blur_px: f32,
    /// What black and white have become, in `0..=1`: the tone of the paper, and of what is left.
    pub tone: [f32; 2],
    /// The deviation of the grain in mid-grey; black and white have none.
    pub grain: f32,
    /// Scratches, anywhere on the photo.
    pub scratches: Vec<Scratch>,
    /// What the grain is drawn from.
    pub seed: u64,
}

impl Damage {
    /// A photo as new.
    pub const NONE: Self =
        Self { blur_px: 0.0, tone: [0.0, 1.0], grain: 0.0, scratches: Vec::new(), seed: 0 };

    /// Draws some damage at random; each kind in about half of the photos.
    #[must_use]
    pub fn draw(rng: &mut impl Rng) -> Self {
        let mut half = |most: f32| {
            if rng.random_bool(0.5) { rng.random_range(0.0..=most) } else { 0.0 }
        };
        let (blur_px, grain) = (half(1.5), half(0.08));
        let tone = [half(0.2), 1.0 - half(0.25)];
        let count = if rng.random_bool(0.4) { rng.random_range(1..=6) } else { 0 };
        let place = |rng: &mut dyn FnMut() -> f32| [rng(), rng()];
        let mut unit = || rng.random_range(0.0..=1.0_f32);
        let scratches = (0..count).map(|_| {
            let [x, y] = place(&mut unit);
            // Most run along the film, so upright and long.
            let [dx, dy] = place(&mut unit);
            let to = [x + 0.2 * (dx - 0.5), y + 1.6 * (dy - 0.5)];
            let light = if unit() < 0.7 { 0.75 + 0.25 * unit() } else { 0.2 * unit() };
            Scratch { ends: [[x, y], to], width_px: 0.6 + 1.6 * unit(), light }
        });
        let scratches = scratches.collect();
        Self { blur_px, tone, grain, scratches, seed: rng.random() }
    }

    /// Damages a picture.
    ///
    /// # Shapes and ranges
    /// - `light`: one plane of `size`, lightness in `0..=1`
    ///
    /// # Panics
    /// If it is not a plane of that size.
    pub fn apply(&self, light: &mut [f32], size: [usize; 2]) {
        let [w, h] = size;
        assert_eq!(light.len(), w * h, "one plane of {size:?}");
        if self.blur_px > 0.0 {
            blur(light, size, self.blur_px);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let [black, white] = self.tone;
        for (i, value) in light.iter_mut().enumerate() {
            *value = black + *value * (white - black);
            if self.grain > 0.0 {
                *value += self.grain * 4.0 * *value * (1.0 - *value) * gaussian(&mut rng);
            }
            let at = [(i % w) as f32 + 0.5, (i / w) as f32 + 0.5];
            for scratch in &self.scratches {
                let covered = scratch.covers(at, [w as f32, h as f32]);
                *value += covered * (scratch.light - *value);
            }
            *value = value.clamp(0.0, 1.0);
        }
    }
}

impl Scratch {
    /// Returns how much of the pixel around `at` it covers.
    fn covers(&self, at: [f32; 2], size: [f32; 2]) -> f32 {
        let [[ax, ay], [bx, by]] = self.ends.map(|[x, y]| [x * size[0], y * size[1]]);
        let [dx, dy] = [bx - ax, by - ay];
        let along = (at[0] - ax) * dx + (at[1] - ay) * dy;
        let share = (along / (dx * dx + dy * dy).max(1e-6)).clamp(0.0, 1.0);
        let away = (at[0] - ax - share * dx).hypot(at[1] - ay - share * dy);
        (self.width_px / 2.0 + 0.5 - away).clamp(0.0, self.width_px.min(1.0))
    }
}

/// Draws one number from the normal distribution, by Box and Muller.
fn gaussian(rng: &mut impl Rng) -> f32 {
    let [a, b] = [1.0 - rng.random::<f32>(), rng.random::<f32>()];
    (-2.0 * a.ln()).sqrt() * (std::f32::consts::TAU * b).cos()
}

/// Blurs a plane by a Gaussian, rows first; the border is continued.
pub(super) fn blur(plane: &mut [f32], [w, h]: [usize; 2], deviation_px: f32) {
    let reach = (3.0 * deviation_px).ceil() as usize;
    let weight = |i: usize| {
        let away = (i as f32 - reach as f32) / deviation_px;
        (-0.5 * away * away).exp()
    };
    let weights: Vec<f32> = (0..=2 * reach).map(weight).collect();
    let total: f32 = weights.iter().sum();
    let mut pass = |step: usize, side: usize| {
        let from = plane.to_vec();
        for (i, value) in plane.iter_mut().enumerate() {
            let place = i / step % side;
            let taps = weights.iter().enumerate().map(|(tap, weight)| {
                let at = (place + tap).saturating_sub(reach).min(side - 1);
                weight * from[i - place * step + at * step]
            });
            *value = taps.sum::<f32>() / total;
        }
    };
    pass(1, w);
    pass(w, h);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    /// Makes three planes of bytes, odd and not square.
    fn picture([w, h]: [usize; 2]) -> Vec<f32> {
        (0..3 * w * h).map(|i| ((i * 37 + i / 7) % 256) as f32 / 255.0).collect()
    }

    fn aged(ageing: &Ageing, rgb: &[f32], size: [usize; 2]) -> Vec<f32> {
        let mut result = rgb.to_vec();
        ageing.apply(&mut result, size);
        result
    }

    #[test]
    fn none_changes_nothing_and_every_age_gives_bytes() {
        let size = [13, 7];
        let new = picture(size);
        assert_eq!(aged(&Ageing::NONE, &new, size), new);
        let mut untouched = 0;
        for seed in 0..60 {
            let ageing = Ageing::draw(&mut rng(seed));
            let old = aged(&ageing, &new, size);
            let whole = |v: &f32| (v * 255.0 - (v * 255.0).round()).abs() < 1e-3;
            assert!(old.iter().all(|v| (0.0..=1.0).contains(v) && whole(v)));
            assert_eq!(old, aged(&ageing, &new, size), "the same numbers, the same photo");
            assert_eq!(old == new, ageing == Ageing::NONE, "control: {ageing:?}");
            untouched += usize::from(old == new);
        }
        assert!((1..15).contains(&untouched), "about one in ten: {untouched}");
        assert_ne!(Ageing::draw(&mut rng(1)), Ageing::draw(&mut rng(257)));
    }

    #[test]
    fn a_stain_is_brown_and_ends() {
        let size = [40, 20];
        let white = vec![1.0; 3 * 800];
        let stain = Stain { at: [0.5, 0.5], radius: 0.25, strength: 0.6 };
        let stained = aged(&Ageing { stains: vec![stain], ..Ageing::NONE }, &white, size);
        let at =
            |x: usize, y: usize| [0, 1, 2].map(|c| (stained[c * 800 + y * 40 + x] * 255.0).round());
        // By hand, half a pixel off the middle: (1 − 0.5/100)² = 0.990 of 0.6.
        assert_eq!(at(20, 10), [217.0, 187.0, 149.0]);
        assert_eq!(at(31, 10), [255.0; 3], "11.5 pixels away, it reaches 10");
        assert_eq!(at(20, 1), at(20, 18), "round");
        assert!(at(20, 4)[2] < 255.0 && at(20, 4)[2] > 149.0);
    }

    #[test]
    fn fading_reaches_the_right_plane() {
        let size = [3, 2];
        let black = vec![0.0; 18];
        let fading = Fading { dye_loss: [0.2, 0.1, 0.0], ..Fading::NONE };
        let old = aged(&Ageing { fading, stains: vec![] }, &black, size);
        let wanted = [51.0, 26.0, 0.0].map(|byte: f32| byte / 255.0);
        assert!(
            old.chunks(6).zip(wanted).all(|(plane, w)| plane.iter().all(|v| *v == w)),
            "{old:?}"
        );
    }

    fn damaged(damage: &Damage, light: &[f32], size: [usize; 2]) -> Vec<f32> {
        let mut result = light.to_vec();
        damage.apply(&mut result, size);
        result
    }

    #[test]
    fn no_damage_is_none_and_the_same_damage_is_the_same() {
        let size = [17, 9];
        let light = picture([17, 3])[..153].to_vec();
        assert_eq!(damaged(&Damage::NONE, &light, size), light);
        let mut seen = [0; 4];
        for seed in 0..80 {
            let damage = Damage::draw(&mut rng(seed));
            let result = damaged(&damage, &light, size);
            assert_eq!(result, damaged(&damage, &light, size));
            assert!(result.iter().all(|v| (0.0..=1.0).contains(v)));
            let kinds = [
                damage.blur_px > 0.0,
                damage.grain > 0.0,
                damage.tone != [0.0, 1.0],
                !damage.scratches.is_empty(),
            ];
            seen.iter_mut().zip(kinds).for_each(|(seen, kind)| *seen += usize::from(kind));
        }
        assert!(seen.iter().all(|seen| (20..70).contains(seen)), "{seen:?}");
        let grainy = Damage { grain: 0.05, ..Damage::NONE };
        let other = Damage { seed: 1 << 40, ..grainy.clone() };
        assert_ne!(
            damaged(&grainy, &light, size),
            damaged(&other, &light, size),
            "all of the seed"
        );
    }

    #[test]
    fn blur_spreads_a_point_and_keeps_its_light() {
        let size = [21, 15];
        let mut point = vec![0.0; 315];
        point[7 * 21 + 10] = 1.0;
        let spread = damaged(&Damage { blur_px: 1.0, ..Damage::NONE }, &point, size);
        assert!((spread.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        // By hand: the weights 1, e^-½, e^-2, e^-4.5 on both sides add up to 2.5057.
        let middle = 1.0 / 2.505_7_f32;
        assert!((spread[7 * 21 + 10] - middle * middle).abs() < 1e-4);
        assert!((spread[7 * 21 + 11] - 0.606_53 * middle * middle).abs() < 1e-4);
        assert!((spread[9 * 21 + 10] - 0.135_34 * middle * middle).abs() < 1e-4, "two rows down");
        let flat = damaged(&Damage { blur_px: 2.0, ..Damage::NONE }, &[0.7; 315], size);
        assert!(flat.iter().all(|v| (v - 0.7).abs() < 1e-5), "no border shows");
    }

    #[test]
    fn tone_grain_and_scratches_do_what_their_numbers_say() {
        let size = [90, 60];
        let grey = vec![0.5; 5400];
        let tone = damaged(&Damage { tone: [0.1, 0.8], ..Damage::NONE }, &grey, size);
        assert!(tone.iter().all(|v| (v - 0.45).abs() < 1e-6), "half-way from 0.1 to 0.8");
        let grainy = damaged(&Damage { grain: 0.06, seed: 3, ..Damage::NONE }, &grey, size);
        let mean = grainy.iter().sum::<f32>() / 5400.0;
        let variance = grainy.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 5400.0;
        assert!((mean - 0.5).abs() < 0.004 && (variance.sqrt() - 0.06).abs() < 0.004);
        let white = damaged(&Damage { grain: 0.06, ..Damage::NONE }, &[1.0; 5400], size);
        assert!(white.iter().all(|v| *v == 1.0), "white has no grain");
        // Upright through the middle, two pixels wide: columns 44 and 45, from row 15 to 45.
        let ends = [[0.5, 0.25], [0.5, 0.75]];
        let scratch = Scratch { ends, width_px: 2.0, light: 0.9 };
        let cut = damaged(&Damage { scratches: vec![scratch], ..Damage::NONE }, &grey, size);
        let at = |x: usize, y: usize| cut[y * 90 + x];
        assert!((at(44, 30) - 0.9).abs() < 1e-6 && (at(45, 20) - 0.9).abs() < 1e-6);
        assert_eq!([at(42, 30), at(47, 30), at(44, 5), at(45, 55)], [0.5; 4]);
        let hit = cut.iter().filter(|v| **v > 0.6).count();
        assert!((60..72).contains(&hit), "{hit}");
    }
}
