//! Tells a black-and-white photo from a coloured one, so that none is coloured unasked.
//!
//! A third kind is black and white for the most part: a stamp on a print, the page of an album
//! around it. Then the grey parts are told from the others, which keep their colours.
//!
//! Awkward: a coloured photo in which every lightness has one colour, such as a dark spider on
//! skin, is toned by all that can be measured. Start at [`colouring`].

#![expect(clippy::cast_possible_truncation, reason = "f64 only for sums and equations")]

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
    /// Grey or toned for the most part, with colours of its own in some places.
    Partly {
        /// What the larger part looks like.
        tones: Tones,
    },
    /// Colours of its own.
    Coloured,
}

/// The chroma of each lightness in the black-and-white part of a photo, and how far it strays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tones {
    /// For U and V: what to multiply 1, the luma and its square with, luma in `0..=1`.
    factors: [[f32; 3]; 2],
    /// The deviation of a pixel's chroma from that, in steps of 255.
    noise: f32,
}

impl Tones {
    fn at(&self, luma: f32) -> [f32; 2] {
        let luma = luma / 255.0;
        self.factors.map(|[a, b, c]| a + luma * (b + luma * c))
    }

    /// How much of its own chroma a pixel keeps, given its `[Y, U, V]`: all of it, 1, where that is
    /// clearly not the tone of the black-and-white part.
    #[must_use]
    pub fn keeps(&self, [luma, u, v]: [f32; 3]) -> f32 {
        let [tone_u, tone_v] = self.at(luma);
        let least = 6.0 + 3.0 * self.noise;
        let share = (((u - tone_u).hypot(v - tone_v) - least) / 8.0).clamp(0.0, 1.0);
        share * share * (3.0 - 2.0 * share)
    }
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
        match tones_of_most(&cells_of(samples(), size, step)) {
            Some(tones) => Colouring::Partly { tones },
            None => Colouring::Coloured,
        }
    } else if cast[0] * cast[0] + cast[1] * cast[1] > CAST_OF_TONED * CAST_OF_TONED {
        Colouring::Toned { cast }
    } else {
        Colouring::Grey
    };
    Verdict { colouring, spread }
}

/// The mean luma and chroma of a cell's light and of its dark squares: of a chessboard of pixels.
#[derive(Clone, Copy, Default)]
struct Halves([Mean; 2]);

impl Halves {
    fn weight(&self) -> f64 {
        self.0[0].weight + self.0[1].weight
    }

    fn luma(&self) -> f32 {
        ((self.0[0].luma + self.0[1].luma) / self.weight().max(1.0)) as f32
    }

    fn mean(&self) -> [f32; 2] {
        let sum = [0, 1].map(|i| self.0[0].sum[i] + self.0[1].sum[i]);
        sum.map(|sum| (sum / self.weight().max(1.0)) as f32)
    }

    /// How far its chroma lies from `tone`, squared. What is alike in both halves is colour; what is
    /// noise has no say in their product.
    fn apart(&self, tone: [f32; 2]) -> f64 {
        let [[u, v], [other_u, other_v]] = self.0.map(Mean::value);
        let [a, b] = [[u, other_u].map(|u| u - tone[0]), [v, other_v].map(|v| v - tone[1])];
        f64::from(a[0] * a[1] + b[0] * b[1])
    }

    /// The variance of a pixel's chroma, from how far the halves differ.
    fn noise(&self) -> f64 {
        let [[u, v], [other_u, other_v]] = self.0.map(Mean::value);
        let apart = f64::from((u - other_u).powi(2) + (v - other_v).powi(2)) / 2.0;
        apart * self.weight() / 4.0
    }
}

/// The photo's cells, row by row.
fn cells_of(
    samples: impl Iterator<Item = ([usize; 2], f32, [f32; 2])>,
    size: [usize; 2],
    step: usize,
) -> Vec<Halves> {
    let longer = size[0].max(size[1]).max(1);
    let cells = size.map(|side| (CELLS * side / longer).min(side / 4).max(1));
    let mut halves = vec![Halves::default(); cells[0] * cells[1]];
    for ([x, y], luma, uv) in samples {
        let cell = y * cells[1] / size[1] * cells[0] + x * cells[0] / size[0];
        let half = &mut halves[cell].0[(x / step + y / step) % 2];
        half.add(uv, 1.0);
        half.luma += f64::from(luma);
    }
    halves
}

/// The root mean square of the cells' mean chroma, free of noise.
fn spread_over_cells(
    samples: impl Iterator<Item = ([usize; 2], [f32; 2])>,
    size: [usize; 2],
    step: usize,
) -> f32 {
    let cells = cells_of(samples.map(|(place, uv)| (place, 0.0, uv)), size, step);
    let (mut products, mut pixels) = (0.0, 0.0);
    for cell in cells {
        products += cell.weight() * cell.apart([0.0; 2]);
        pixels += cell.weight();
    }
    (products.max(0.0) / pixels.max(1.0)).sqrt() as f32
}

/// Cells whose chroma strays no further than this from the tones of a print are part of it.
const SPREAD_OF_TONED: f64 = 0.8;
/// So much of what is neither black nor white must be part of the print.
const LEAST_PRINT: f64 = 0.49;
/// The deviation of the luma of its cells: what is all of one lightness is no print.
const LEAST_SPREAD: f64 = 10.0;
/// Lumas between which a colour would be seen.
const SEEN: std::ops::Range<f32> = 24.0..232.0;

/// The tones of the black-and-white part of a photo, if that is most of it.
///
/// A print has one chroma for each lightness: a parabola through it, fitted so that what lies off it
/// counts little (Cauchy's weights), from no chroma at all, from that of the cells in the middle, and
/// from what fits all of the photo best; the one that more of the photo agrees with.
///
/// Measured: of 375 photographs in colour none was taken for such a print. Of 40 in black and white,
/// half of them toned, with a stamp, 37 were, and of the same with an even page around them, 26; the
/// others counted as grey or toned all over.
fn tones_of_most(cells: &[Halves]) -> Option<Tones> {
    let seen: Vec<&Halves> =
        cells.iter().filter(|cell| SEEN.contains(&cell.luma()) && cell.weight() >= 8.0).collect();
    let middle = |c: usize| {
        let mut values: Vec<f32> = seen.iter().map(|cell| cell.mean()[c]).collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let total: f64 = seen.iter().map(|cell| cell.weight()).sum();
    let starts = [([0.0; 2], NEAR), ([middle(0), middle(1)], NEAR), ([0.0; 2], 400.0)];
    let found = starts.map(|(start, reach)| {
        let tones = fitted(&seen, start, reach);
        let print = seen
            .iter()
            .filter(|cell| cell.apart(tones.at(cell.luma())) < SPREAD_OF_TONED * SPREAD_OF_TONED);
        let (mut share, mut noise, mut luma, mut square) = (0.0, 0.0, 0.0, 0.0);
        for cell in print {
            let weight = cell.weight() / total;
            share += weight;
            noise += weight * cell.noise();
            luma += weight * f64::from(cell.luma());
            square += weight * f64::from(cell.luma()).powi(2);
        }
        let of_print = |sum: f64| if share > 0.0 { sum / share } else { 0.0 };
        let spread = (of_print(square) - of_print(luma).powi(2)).max(0.0).sqrt();
        let noise = of_print(noise).sqrt() as f32;
        (if spread < LEAST_SPREAD { 0.0 } else { share }, Tones { noise, ..tones })
    });
    let [(share, tones), others @ ..] = found;
    let best = others.into_iter().fold((share, tones), |a, b| if b.0 > a.0 { b } else { a });
    (best.0 >= LEAST_PRINT).then_some(best.1)
}

/// A chroma this far off, squared, counts a quarter.
const NEAR: f64 = 2.0;

/// Fits the tones of most cells, starting from one chroma for all; `reach` is what [`NEAR`] is at
/// first.
fn fitted(cells: &[&Halves], start: [f32; 2], reach: f64) -> Tones {
    let mut tones = Tones { factors: start.map(|chroma| [chroma, 0.0, 0.0]), noise: 0.0 };
    let total: f64 = cells.iter().map(|cell| cell.weight()).sum();
    for round in 0..12 {
        let reach = NEAR.max(reach * 0.6_f64.powi(round));
        // Normal equations of weighted least squares; bends are held back a little, since few
        // lightnesses may be there.
        let held = total / cells.len().max(1) as f64;
        let little = 1e-3 * held;
        let mut sums = [[little, 0.0, 0.0], [0.0, little, 0.0], [0.0, 0.0, little]];
        let mut sides = [[0.0; 3]; 2];
        for cell in cells {
            let [tone, mean] = [tones.at(cell.luma()), cell.mean()];
            let off = f64::from((mean[0] - tone[0]).powi(2) + (mean[1] - tone[1]).powi(2));
            let weight = cell.weight() / (1.0 + off / reach).powi(2);
            let luma = f64::from(cell.luma()) / 255.0;
            let row = [1.0, luma, luma * luma];
            for i in 0..3 {
                for j in 0..3 {
                    sums[i][j] += weight * row[i] * row[j];
                }
                for (side, mean) in sides.iter_mut().zip(mean) {
                    side[i] += weight * row[i] * f64::from(mean);
                }
            }
        }
        tones.factors = sides.map(|side| solved(sums, side).map(|v| v as f32));
    }
    tones
}

/// Solves three equations whose matrix is positive definite, by Gauss's elimination.
fn solved(mut matrix: [[f64; 3]; 3], mut side: [f64; 3]) -> [f64; 3] {
    for at in 0..3 {
        for below in at + 1..3 {
            let times = matrix[below][at] / matrix[at][at];
            let row = matrix[at];
            for (value, above) in matrix[below].iter_mut().zip(row) {
                *value -= times * above;
            }
            side[below] -= times * side[at];
        }
    }
    for at in (0..3).rev() {
        let known: f64 = (at + 1..3).map(|i| matrix[at][i] * side[i]).sum();
        side[at] = (side[at] - known) / matrix[at][at];
    }
    side
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

/// A weighted mean of chroma, and a sum of luma.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: [f64; 2],
    luma: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, uv: [f32; 2], weight: f32) {
        let weight = f64::from(weight);
        self.sum = [0, 1].map(|i| self.sum[i] + weight * f64::from(uv[i]));
        self.weight += weight;
    }

    /// 0 where there is nothing.
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
                let Colouring::Partly { tones } = verdict.colouring else {
                    panic!("two coloured patches: {verdict:?}")
                };
                let [u, v] = tone(120.0);
                assert!(tones.keeps([120.0, u, v]) < 0.01, "the rest is coloured");
                assert!(tones.keeps([120.0, u + 25.0, v - 25.0]) > 0.9, "the patches stay");
            }
        }
    }

    #[test]
    fn a_page_around_a_print_is_no_reason_to_take_it_for_a_colour_photo() {
        let size = [160, 120];
        let sepia = |luma: f32| [-0.06 * (255.0 - luma), 0.04 * (255.0 - luma)];
        for tone in [&(|_| [0.0_f32; 2]) as &dyn Fn(f32) -> [f32; 2], &sepia] {
            let mut photo = scene(size, 0.0, tone, 4.0);
            for (i, pixel) in photo.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let [x, y] = [i % 160, i / 160];
                if !(14..146).contains(&x) || !(14..106).contains(&y) {
                    *pixel = [130 + (i % 5) as u8, 95 + (i % 3) as u8, 60, 255];
                }
            }
            let found = colouring(&photo, size).colouring;
            let Colouring::Partly { tones } = found else { panic!("{found:?}") };
            assert!(tones.keeps(yuv_from_srgb([130, 95, 60])) > 0.9, "the page stays as it is");
            let [u, v] = tone(100.0);
            assert!(tones.keeps([100.0, u, v]) < 0.01, "the print does not");
        }
        // Half in colour, of many colours: a colour photo, however grey the rest.
        let mut photo = scene(size, 0.0, |_| [0.0; 2], 0.0);
        let colours = noise(64, 5);
        for (i, pixel) in photo.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let [x, y] = [i % 160 / 20, i / 160 / 15];
            if x != 3 && y != 5 {
                let [u, v] =
                    [colours[x * 8 + y], colours[y * 8 + x]].map(|v| f32::from(v) / 4.0 - 32.0);
                let luma = 100.0 + f32::from(pixel[0]) / 5.0;
                pixel[..3].copy_from_slice(&srgb_at_luma(luma, [u, v]));
            }
        }
        assert_eq!(colouring(&photo, size).colouring, Colouring::Coloured);
        let night: Vec<u8> = (0..160 * 120_u32)
            .flat_map(|i| {
                if i % 160 < 110 {
                    [4, 4, 4, 255]
                } else {
                    [200 - (i % 90) as u8, 90, (i / 160) as u8, 255]
                }
            })
            .collect();
        assert_eq!(colouring(&night, size).colouring, Colouring::Coloured, "black is no print");
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
