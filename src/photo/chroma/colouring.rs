//! Tells a black-and-white photo from a coloured one, so that none is coloured unasked.
//!
//! Awkward: a coloured photo in which every lightness has one colour, such as a dark spider on
//! skin, is toned by all that can be measured. Start at [`colouring`].

use super::super::color::yuv_from_srgb;

/// Whether a photo is coloured, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// What kind of colours the photo has.
    pub colouring: Colouring,
    /// How far the chroma strays from what the lightness alone explains, in steps of 255 (root
    /// mean square over a coarse grid). Of black-and-white photos, toned, yellowed, noisy and
    /// compressed, few have above 2; of coloured ones few below 3: mist, or one colour only.
    pub spread: f32,
}

/// What kind of colours a photo has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Colouring {
    /// No chroma at all.
    Grey,
    /// One colour for each lightness, as in sepia, cyanotypes and yellowed paper.
    Toned {
        /// The mean `[U, V]`, in steps of 255.
        cast: [f32; 2],
    },
    /// Colours of its own.
    Coloured,
}

/// A photo that strays further is coloured.
const SPREAD_OF_COLOURED: f32 = 2.4;
/// A cast below this is not seen: a scanner's, or rounding.
const CAST_OF_TONED: f32 = 2.0;

/// Tells a black-and-white photo from a coloured one.
///
/// Toning and yellowing give every lightness one colour. So the mean chroma of each lightness is
/// taken away, pixel by pixel, and noise by averaging over cells; what is left is colour.
///
/// # Panics
/// If the buffer is not RGBA8 of that size.
#[must_use]
pub fn colouring(rgba: &[u8], size: [usize; 2]) -> Verdict {
    let [width, height] = size;
    assert_eq!(rgba.len(), width * height * 4, "RGBA8 of {width}×{height}");
    // A million pixels say as much as all.
    let step = (1..).find(|step| (width / step) * (height / step) <= 1_000_000).unwrap_or(1);
    let samples = || {
        (step / 2..height).step_by(step).flat_map(move |y| {
            (step / 2..width).step_by(step).filter_map(move |x| {
                let at = (y * width + x) * 4;
                let [luma, u, v] = yuv_from_srgb([rgba[at], rgba[at + 1], rgba[at + 2]]);
                (rgba[at + 3] > 0).then_some(([x, y], luma, [u, v]))
            })
        })
    };
    let mut tones = [Mean::default(); TONES];
    let mut whole = Mean::default();
    for (_, luma, uv) in samples() {
        let (tone, share) = tone_before(luma);
        tones[tone].add(uv, 1.0 - share);
        tones[tone + 1].add(uv, share);
        whole.add(uv, 1.0);
    }
    let tones = tones.map(|tone| tone.value());
    let spread = spread_over_cells(
        samples().map(|(place, luma, uv)| {
            let (tone, share) = tone_before(luma);
            let [before, after] = [tones[tone], tones[tone + 1]];
            (place, [0, 1].map(|i| uv[i] - before[i] - share * (after[i] - before[i])))
        }),
        size,
        step,
    );
    let cast = whole.value();
    let colouring = if spread > SPREAD_OF_COLOURED {
        Colouring::Coloured
    } else if cast[0] * cast[0] + cast[1] * cast[1] > CAST_OF_TONED * CAST_OF_TONED {
        Colouring::Toned { cast }
    } else {
        Colouring::Grey
    };
    Verdict { colouring, spread }
}

/// The root mean square of the cells' mean chroma, free of noise.
///
/// Every cell has its mean twice, from the light and from the dark squares of a chessboard. What
/// is alike in both is colour; what is noise has no say in their product.
#[expect(clippy::cast_possible_truncation, reason = "f64 only for the sums")]
fn spread_over_cells(
    samples: impl Iterator<Item = ([usize; 2], [f32; 2])>,
    size: [usize; 2],
    step: usize,
) -> f32 {
    let longer = size[0].max(size[1]).max(1);
    let cells = size.map(|side| (CELLS * side / longer).min(side / 4).max(1));
    let mut halves = vec![[Mean::default(); 2]; cells[0] * cells[1]];
    for ([x, y], uv) in samples {
        let cell = y * cells[1] / size[1] * cells[0] + x * cells[0] / size[0];
        halves[cell][(x / step + y / step) % 2].add(uv, 1.0);
    }
    let (mut products, mut pixels) = (0.0, 0.0);
    for [light, dark] in halves {
        let weight = light.weight + dark.weight;
        let [[u, v], [other_u, other_v]] = [light, dark].map(|half| half.value());
        products += weight * f64::from(u * other_u + v * other_v);
        pixels += weight;
    }
    (products.max(0.0) / pixels.max(1.0)).sqrt() as f32
}

/// How many lightnesses have a chroma of their own; in between it is interpolated.
const TONES: usize = 32;
/// The cells along the longer side that chroma is averaged over.
const CELLS: usize = 32;

/// The tone at or below a luma, and how far it is to the next.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "luma is 0..=255")]
fn tone_before(luma: f32) -> (usize, f32) {
    let place = luma * ((TONES - 1) as f32 / 255.0);
    let tone = (place as usize).min(TONES - 2);
    (tone, place - tone as f32)
}

/// A weighted mean of chroma.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: [f64; 2],
    weight: f64,
}

impl Mean {
    fn add(&mut self, uv: [f32; 2], weight: f32) {
        let weight = f64::from(weight);
        self.sum = [0, 1].map(|i| self.sum[i] + weight * f64::from(uv[i]));
        self.weight += weight;
    }

    /// 0 where there is nothing.
    #[expect(clippy::cast_possible_truncation, reason = "f64 only for the sums")]
    fn value(self) -> [f32; 2] {
        self.sum.map(|sum| if self.weight > 0.0 { (sum / self.weight) as f32 } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::color::byte_from;
    use super::super::srgb_at_luma;
    use super::super::tests::{SIZES, greyed, noise};
    use super::*;

    /// Smooth light, texture, and two patches of colour a few hundredths of the picture large.
    fn scene(size: [usize; 2], colour: f32, tone: impl Fn(f32) -> [f32; 2], grain: f32) -> Vec<u8> {
        let grains = noise(size[0] * size[1] * 3, 12);
        (0..size[0] * size[1])
            .flat_map(|i| {
                let [x, y] = [i % size[0], i / size[0]].map(|v| v as f32);
                let [x, y] = [x / size[0] as f32, y / size[1] as f32];
                let luma = 127.0 + 90.0 * (x * 9.0).sin() * (y * 5.0 + 1.0).cos();
                let patch = |cx: f32, cy: f32| f32::from((x - cx).hypot(y - cy) < 0.1);
                let [u, v] = tone(luma);
                let uv = [
                    u + colour * (patch(0.3, 0.3) - patch(0.7, 0.6)),
                    v + colour * (patch(0.7, 0.6) * 0.8 - patch(0.3, 0.3)),
                ];
                let rgb = srgb_at_luma(luma, uv);
                let grain = |c: usize| grain * (f32::from(grains[i * 3 + c]) / 127.5 - 1.0);
                [0, 1, 2, 3]
                    .map(|c| if c < 3 { byte_from(f32::from(rgb[c]) + grain(c)) } else { 255 })
            })
            .collect()
    }

    #[test]
    fn black_and_white_is_told_from_colour_however_toned() {
        let sepia = |luma: f32| [-0.001 * luma * (255.0 - luma) - 4.0, 0.08 * (255.0 - luma) + 3.0];
        let size = [151, 97];
        let of = |colour, tone: &dyn Fn(f32) -> [f32; 2], grain| {
            colouring(&scene(size, colour, tone, grain), size)
        };
        let none = |_: f32| [0.0; 2];
        let Verdict { colouring, spread } = of(0.0, &none, 0.0);
        assert!(colouring == Colouring::Grey && spread < 1e-5, "{spread}");
        assert_eq!(of(0.0, &none, 20.0).colouring, Colouring::Grey, "grain of colour");
        assert_eq!(of(0.0, &|_| [-1.0, 0.6], 5.0).colouring, Colouring::Grey, "a scanner's cast");
        for grain in [0.0, 15.0] {
            let Verdict { colouring, spread } = of(0.0, &sepia, grain);
            let Colouring::Toned { cast: [u, v] } = colouring else {
                panic!("toned is not {colouring:?}, {spread}")
            };
            assert!((-20.0..-10.0).contains(&u) && (8.0..18.0).contains(&v), "{u}, {v}");
        }
        for tone in [&none as &dyn Fn(f32) -> [f32; 2], &sepia] {
            for grain in [0.0, 15.0] {
                let verdict = of(25.0, tone, grain);
                assert_eq!(verdict.colouring, Colouring::Coloured, "{}", verdict.spread);
            }
        }
    }

    #[test]
    fn hidden_pixels_and_thin_photos_are_judged_too() {
        for size in SIZES {
            let mut photo = noise(size[0] * size[1] * 4, 14);
            photo.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = 0);
            assert_eq!(colouring(&photo, size).colouring, Colouring::Grey, "nothing to see");
            assert_eq!(colouring(&greyed(&photo), size).spread, 0.0);
            let pixels = size[0] * size[1];
            let half: Vec<u8> = (0..pixels)
                .flat_map(|i| if i * 2 < pixels { [90, 60, 40, 9] } else { [40, 70, 120, 9] })
                .collect(); // of one luma
            let coloured = colouring(&half, size).colouring == Colouring::Coloured;
            assert_eq!(coloured, size != [1, 1], "{size:?}: one pixel has one tone");
        }
        // Two colours of one luma, each on its half: both lie half their distance off the mean.
        let bands =
            [[90, 60, 40, 255].repeat(60 * 20), [40, 70, 120, 255].repeat(60 * 20)].concat();
        let apart = colouring(&bands, [60, 40]).spread;
        assert!((29.0..30.0).contains(&apart), "{apart}"); // (39.3² + 43.9²)½ / 2 = 29.5
        assert_eq!(colouring(&[], [0, 0]).colouring, Colouring::Grey);
        // Larger than what is looked at: same verdict as its smaller self.
        let [small, large] = [[120, 90], [1201, 903]]
            .map(|size| colouring(&scene(size, 25.0, |_| [0.0; 2], 3.0), size).spread);
        assert!((small - large).abs() < 0.1 * small && small > 3.0, "{small} {large}");
    }
}
