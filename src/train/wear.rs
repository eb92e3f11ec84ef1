//! Wears photos out, for training: scratches, hairs, dust, cracks and places where the picture has
//! come off. This way it is known where they are.
//!
//! What a step sees is a photo as old ones are, most without colours, blurred, grainy, faded; on it
//! the wear, sharper than the picture; and all of it scanned, which blurs a little, and often kept
//! as a JPEG. Start reading at [`worn`].

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places inside a small picture"
)]

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use rand::{Rng, RngExt};

use crate::pixels::{Canvas, byte_from_unit, rgb_planes, yuv_planes_from_rgb};

use super::colours::no_grid;
use super::data::Example;
use super::enlarging::through_jpeg;
use super::fading::{Ageing, Damage, blur};
use crate::photo::size_from_sides;

/// Wear that differs less from what lies under it can hardly be seen, and is not asked for: a
/// difference of lightness, of 1; and as a multiple of how much the picture varies there by itself.
const VISIBLE: f32 = 0.1;
const VISIBLE_ON_TEXTURE: f32 = 2.0;
/// The share of a pixel that has to be covered for it to be worn.
const COVERED: f32 = 0.3;

/// A stretch of wear: a line with round ends, or a disc where both ends are one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its ends `[x, y]`, in pixels.
    pub ends: [[f32; 2]; 2],
    /// Its width, in pixels.
    pub width_px: f32,
    /// How much of the picture it hides, `0..=1`.
    pub opacity: f32,
}

/// Wear of one kind, of one colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Wear {
    /// What it consists of.
    pub stretches: Vec<Stretch>,
    /// Its red, green and blue, in `0..=1`.
    pub rgb: [f32; 3],
}

/// The kinds of wear, the frequent ones more than once.
const KINDS: [fn(&mut Pencil<'_>); 8] =
    [scratches, scratches, hairs, dust, dust, cracks, cracks, bare_places];

impl Wear {
    /// Draws wear of some kind, for a picture of this size.
    #[must_use]
    pub fn draw(size: [usize; 2], rng: &mut impl Rng) -> Self {
        let kind = rng.random_range(0..KINDS.len());
        let mut unit = || rng.random_range(0.0..1.0_f32);
        let mut pencil =
            Pencil { size: size.map(|side| side as f32), unit: &mut unit, stretches: vec![] };
        KINDS[kind](&mut pencil);
        let stretches = pencil.stretches;
        // Paper shows white, dust on a negative prints white; ink and hairs are dark.
        let light = if unit() < 0.75 { 0.75 + 0.25 * unit() } else { 0.25 * unit() };
        let rgb = [light, light * (0.93 + 0.07 * unit()), light * (0.85 + 0.15 * unit())];
        let opacity = 0.45 + 0.55 * unit();
        let faint = |stretch: Stretch| Stretch { opacity: stretch.opacity * opacity, ..stretch };
        Self { stretches: stretches.into_iter().map(faint).collect(), rgb }
    }

    /// Returns how much of each pixel it hides: one plane of `size`, in `0..=1`.
    #[must_use]
    pub fn coverage(&self, size: [usize; 2]) -> Vec<f32> {
        let mut plane = vec![0.0_f32; size[0] * size[1]];
        for stretch in &self.stretches {
            stretch.cover(&mut plane, size);
        }
        plane
    }
}

impl Stretch {
    fn cover(&self, plane: &mut [f32], size: [usize; 2]) {
        let reach = self.width_px / 2.0 + 1.0;
        let [columns, rows] = [0, 1].map(|axis| {
            let [a, b] = self.ends.map(|end| end[axis]);
            let first = (a.min(b) - reach).max(0.0) as usize;
            first..((a.max(b) + reach).max(0.0) as usize + 1).min(size[axis])
        });
        let [[ax, ay], [bx, by]] = self.ends;
        let [dx, dy] = [bx - ax, by - ay];
        let length = (dx * dx + dy * dy).max(1e-6);
        for (y, x) in rows.flat_map(|y| columns.clone().map(move |x| (y, x))) {
            let [px, py] = [x as f32 + 0.5 - ax, y as f32 + 0.5 - ay];
            let share = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
            let away = (px - share * dx).hypot(py - share * dy);
            let covered = (self.width_px / 2.0 + 0.5 - away).clamp(0.0, self.width_px.min(1.0));
            let value = &mut plane[y * size[0] + x];
            *value = value.max(covered * self.opacity);
        }
    }
}

/// Draws stretches at random.
struct Pencil<'a> {
    size: [f32; 2],
    unit: &'a mut dyn FnMut() -> f32,
    stretches: Vec<Stretch>,
}

impl Pencil<'_> {
    fn within(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * (self.unit)()
    }

    fn count(&mut self, least: usize, most: usize) -> usize {
        self.within(least as f32, most as f32 + 1.0) as usize
    }

    fn one_of(&mut self, values: &[f32]) -> f32 {
        values[self.count(0, values.len() - 1).min(values.len() - 1)]
    }

    fn place(&mut self) -> [f32; 2] {
        self.size.map(|side| self.within_side(side))
    }

    fn within_side(&mut self, side: f32) -> f32 {
        self.within(0.0, side)
    }

    /// About the normal distribution, of a deviation of 1.
    fn spread(&mut self) -> f32 {
        (0..4).map(|_| self.within(-1.0, 1.0)).sum::<f32>() * 0.866
    }

    /// Walks from a place in steps, turning a little at each; `width` says how wide each step is, and
    /// how much it hides.
    fn walk(
        &mut self,
        from: [f32; 2],
        [mut angle, turn]: [f32; 2],
        (steps, length): (usize, f32),
        mut width: impl FnMut(&mut Self) -> [f32; 2],
    ) {
        let mut at = from;
        for _ in 0..steps {
            angle += turn * self.spread();
            let to = [at[0] + length * angle.cos(), at[1] + length * angle.sin()];
            let [width_px, opacity] = width(self);
            if opacity > 0.0 {
                self.stretches.push(Stretch { ends: [at, to], width_px, opacity });
            }
            at = to;
        }
    }

    fn disc(&mut self, at: [f32; 2], width_px: f32) {
        self.stretches.push(Stretch { ends: [at, at], width_px, opacity: 1.0 });
    }
}

/// Long and thin, most along the film, with gaps.
fn scratches(pencil: &mut Pencil<'_>) {
    for _ in 0..pencil.count(1, 4) {
        let upright = pencil.within(0.0, 1.0) < 0.6;
        let angle =
            if upright { FRAC_PI_2 } else { pencil.within(0.0, PI) } + 0.15 * pencil.spread();
        let [w, h] = pencil.size;
        let length = pencil.within(0.15, 1.6) * w.max(h);
        let turn = pencil.one_of(&[0.0, 0.02, 0.06]);
        let width = pencil.one_of(&[0.7, 1.0, 1.0, 1.5, 2.0, 3.0]);
        let gaps = pencil.one_of(&[0.0, 0.0, 0.3]);
        let from = [pencil.within(0.0, w), pencil.within(-0.3 * h, h)];
        let mut shown = 1.0_f32;
        pencil.walk(from, [angle, turn], ((length / 8.0) as usize + 2, 8.0), |pencil| {
            let jump = pencil.spread();
            shown = (shown + gaps * jump).clamp(-0.3, 1.0);
            [width, shown.max(0.0)]
        });
    }
}

fn hairs(pencil: &mut Pencil<'_>) {
    for _ in 0..pencil.count(1, 3) {
        let (from, angle) = (pencil.place(), pencil.within(0.0, TAU));
        let turn = pencil.within(0.1, 0.5);
        let (steps, width) = (pencil.count(6, 30), pencil.one_of(&[0.8, 1.2, 2.0]));
        pencil.walk(from, [angle, turn], (steps, 4.0), |_| [width, 1.0]);
    }
}

fn dust(pencil: &mut Pencil<'_>) {
    let count = pencil.one_of(&[3.0, 8.0, 20.0, 50.0]) as usize;
    for _ in 0..count {
        let at = pencil.place();
        let width = pencil.one_of(&[1.0, 1.5, 2.0, 3.0, 4.0, 6.0]);
        pencil.disc(at, width);
        if pencil.within(0.0, 1.0) < 0.6 {
            let beside = [0, 1].map(|axis| at[axis] + 0.4 * width * pencil.spread());
            let other = width * pencil.within(0.5, 1.0);
            pencil.disc(beside, other);
        }
    }
}

/// Folds of the paper: jagged, of changing width, with branches, and chips along them.
fn cracks(pencil: &mut Pencil<'_>) {
    let mut begin: Vec<([f32; 2], f32)> = Vec::new();
    for _ in 0..pencil.count(1, 2) {
        let (from, angle) = (pencil.place(), pencil.within(0.0, TAU));
        begin.push((from, angle));
    }
    let usual = pencil.one_of(&[1.0, 1.0, 2.0, 3.0]);
    let mut branches = pencil.count(0, 3);
    while let Some((from, angle)) = begin.pop() {
        let steps = pencil.count(10, 60);
        let first = pencil.stretches.len();
        pencil.walk(from, [angle, 0.25], (steps, 5.0), |pencil| {
            [usual * pencil.within(0.6, 1.6), 1.0]
        });
        for i in first..pencil.stretches.len() {
            let at = pencil.stretches[i].ends[0];
            if pencil.within(0.0, 1.0) < 0.12 {
                let width = usual * pencil.within(1.5, 4.0);
                pencil.disc(at, width);
            }
            if branches > 0 && pencil.within(0.0, 1.0) < 0.08 {
                branches -= 1;
                let aside = pencil.within(0.5, 1.6)
                    * if pencil.within(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
                begin.push((at, angle + aside));
            }
        }
    }
}

/// Places where the picture has come off the paper.
fn bare_places(pencil: &mut Pencil<'_>) {
    for _ in 0..pencil.count(1, 3) {
        let at = pencil.place();
        let width = pencil.within(4.0, 12.0);
        for _ in 0..pencil.count(3, 8) {
            let beside = [0, 1].map(|axis| at[axis] + 0.5 * width * pencil.spread());
            let part = width * pencil.within(0.3, 0.8);
            pencil.disc(beside, part);
        }
    }
}

/// Makes an example: an old photo with wear on it, and where that is.
///
/// # Shapes and ranges
/// - `rgb`: three planes of `size`, in `0..=1`
///
/// # Panics
/// If there are not three planes of that size.
#[must_use]
pub fn worn(rgb: &[f32], size: [usize; 2], rng: &mut impl Rng) -> Example {
    let pixels = size[0] * size[1];
    assert_eq!(rgb.len(), 3 * pixels, "three planes of {size:?}");
    // Some have none, and some of those are as new: what a photo shows of itself must not be taken
    // for wear.
    let is_new = rng.random_bool(0.12);
    let mut picture = if is_new { rgb.to_vec() } else { old(rgb, size, rng) };
    let mut truth = vec![0.0_f32; pixels];
    let mut light = yuv_planes_from_rgb(&picture)[..pixels].to_vec();
    let least = least_visible(&mut light, size);
    let count = if is_new || rng.random_bool(0.15) { 0 } else { rng.random_range(1..=4) };
    for _ in 0..count {
        let wear = Wear::draw(size, rng);
        for (i, covered) in wear.coverage(size).into_iter().enumerate().filter(|(_, c)| *c > 0.0) {
            for (c, rgb) in wear.rgb.into_iter().enumerate() {
                let value = &mut picture[c * pixels + i];
                *value += covered * (rgb - *value);
            }
            if covered > COVERED && covered * (wear.rgb[1] - light[i]).abs() > least[i] {
                truth[i] = 1.0;
            }
        }
    }
    if rng.random_bool(0.3) {
        let deviation = rng.random_range(0.3..0.6);
        picture.chunks_exact_mut(pixels).for_each(|plane| blur(plane, size, deviation));
    }
    let hole = vec![1.0; pixels];
    Example {
        seen: Canvas::new(size, scanned(&picture, size, rng), hole.clone()),
        truth: Canvas::new(size, truth.repeat(3), hole),
        grid: no_grid(),
    }
}

/// How much wear has to differ from what lies under it to be seen, in each place; leaves of `light`
/// what lies there without its texture.
fn least_visible(light: &mut [f32], size: [usize; 2]) -> Vec<f32> {
    let fine = light.to_vec();
    blur(light, size, 1.5);
    let mut texture: Vec<f32> = fine.iter().zip(&*light).map(|(f, l)| (f - l).abs()).collect();
    blur(&mut texture, size, 3.0);
    texture.into_iter().map(|texture| VISIBLE.max(VISIBLE_ON_TEXTURE * texture)).collect()
}

/// The picture as its print is now, before the wear.
fn old(rgb: &[f32], size: [usize; 2], rng: &mut impl Rng) -> Vec<f32> {
    let pixels = size[0] * size[1];
    if rng.random_bool(0.25) {
        let mut faded = rgb.to_vec();
        Ageing::draw(rng).apply(&mut faded, size);
        return faded;
    }
    let mut light = yuv_planes_from_rgb(rgb)[..pixels].to_vec();
    Damage { scratches: Vec::new(), ..Damage::draw(rng) }.apply(&mut light, size);
    let tint = if rng.random_bool(0.4) { rng.random_range(0.0..1.0_f32) } else { 0.0 };
    let paper = [1.0, 1.0 - 0.05 * tint, 1.0 - 0.16 * tint];
    paper.iter().flat_map(|share| light.iter().map(move |value| value * share)).collect()
}

/// The bytes of the picture, through a JPEG half of the time, as planes again.
fn scanned(picture: &[f32], size: [usize; 2], rng: &mut impl Rng) -> Vec<f32> {
    let pixels = size[0] * size[1];
    let rgb: Vec<u8> =
        (0..3 * pixels).map(|i| byte_from_unit(picture[i % 3 * pixels + i / 3])).collect();
    let quality = rng.random_range(70..=97);
    let kept = if rng.random_bool(0.5) {
        through_jpeg(&rgb, size_from_sides(size), quality)
    } else {
        None
    };
    let plain = || rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    rgb_planes(&kept.unwrap_or_else(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    const SIZE: [usize; 2] = [96, 64];

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    #[test]
    fn a_stretch_covers_what_lies_within_half_its_width() {
        let stretch = Stretch { ends: [[10.0, 20.0], [60.0, 20.0]], width_px: 3.0, opacity: 0.8 };
        let plane = Wear { stretches: vec![stretch], rgb: [1.0; 3] }.coverage(SIZE);
        let at = |x: usize, y: usize| plane[y * SIZE[0] + x];
        assert_eq!([at(30, 19), at(30, 20)], [0.8, 0.8], "half a pixel off its middle");
        assert!((at(30, 21) - 0.4).abs() < 1e-5, "its edge runs through the pixel's middle");
        assert_eq!([at(30, 23), at(70, 20), at(5, 20)], [0.0; 3]);
        let disc = Stretch { ends: [[-2.0, -2.0]; 2], width_px: 2.0, opacity: 1.0 };
        let outside = Wear { stretches: vec![disc], rgb: [1.0; 3] }.coverage(SIZE);
        assert!(outside.iter().all(|&v| v == 0.0), "control: beyond the picture");
    }

    #[test]
    fn the_truth_is_where_the_picture_has_changed() {
        let plain = vec![0.5; 3 * SIZE[0] * SIZE[1]];
        let (mut worn_ones, mut clean) = (0, 0);
        for seed in 0..40 {
            let example = worn(&plain, SIZE, &mut rng(seed));
            let [seen, truth] = [example.seen.rgb(), example.truth.rgb()];
            let pixels = SIZE[0] * SIZE[1];
            assert!(seen.iter().all(|v| (0.0..=1.0).contains(v)));
            let mean = |wanted: f32| {
                let some: Vec<f32> =
                    (0..pixels).filter(|&i| truth[i] == wanted).map(|i| seen[i]).collect();
                (!some.is_empty()).then(|| some.iter().sum::<f32>() / some.len() as f32)
            };
            match mean(1.0) {
                None => clean += 1,
                Some(on) => {
                    worn_ones += 1;
                    let beside = mean(0.0).unwrap();
                    // Light and dark wear may lie on one picture and meet in the mean.
                    let differs = (0..pixels)
                        .filter(|&i| truth[i] == 1.0)
                        .filter(|&i| (seen[i] - beside).abs() > 0.03)
                        .count();
                    let all = truth[..pixels].iter().filter(|&&t| t == 1.0).count();
                    assert!(2 * differs > all, "{seed}: {on} beside {beside}");
                }
            }
        }
        assert!(worn_ones > 25 && clean > 1, "{worn_ones} worn, {clean} not");
    }

    #[test]
    fn the_same_numbers_give_the_same_wear() {
        let plain = vec![0.5; 3 * SIZE[0] * SIZE[1]];
        assert_eq!(worn(&plain, SIZE, &mut rng(7)), worn(&plain, SIZE, &mut rng(7)));
        assert_ne!(worn(&plain, SIZE, &mut rng(7)), worn(&plain, SIZE, &mut rng(8)));
    }
}
