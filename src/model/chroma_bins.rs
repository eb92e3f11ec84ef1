//! Chroma as a choice between bins: a network that must name a colour cannot hide in the mean.
//!
//! A network that answers the mean of what it thinks possible answers grey-brown. One that answers
//! how likely each of a few hundred chromas is can be asked for the likely ones: [`decode`] takes
//! a temperature, and a leaning that is the same all over the picture, for several variants.
//!
//! The bins lie on a square grid in the plane of U and V (`photo/color.rs`), [`STEP`] apart. A
//! chroma belongs to the four around it, as much as it is near to them, so that their mean is that
//! chroma. There are bins wherever sRGB has colours, and not elsewhere.
//!
//! # Source
//! Zhang, Isola & Efros, "Colorful Image Colorization" (2016): bins, soft targets, rebalancing,
//! annealed mean. We differ in the plane (theirs is Lab), in the targets (theirs are the five
//! nearest by a Gaussian, whose mean is another chroma), and in the leaning, which they lack.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};

use crate::photo::color::{LUMA, U_OF_BLUE, V_OF_RED};

/// The distance of neighbouring bins in U and in V, in steps of 255.
pub const STEP: f32 = 16.0;
/// Bins lie within so many steps of grey: V reaches 156.8, which is nearly ten.
const REACH: usize = 11;
const SIDE: usize = 2 * REACH + 1;

/// Where the bins are.
#[derive(Clone, Debug)]
pub struct ChromaBins {
    places: Vec<[f32; 2]>,
    /// The number of the bin at each point of the grid.
    numbers: Vec<Option<usize>>,
}

impl Default for ChromaBins {
    fn default() -> Self {
        Self::new()
    }
}

impl ChromaBins {
    /// All bins that a colour of sRGB can belong to, row by row along U.
    #[must_use]
    pub fn new() -> Self {
        let mut places = Vec::new();
        let along = |i: usize| (i as f32 - REACH as f32) * STEP;
        let numbers = (0..SIDE * SIDE).map(|i| {
            let place = [along(i % SIDE), along(i / SIDE)];
            near_gamut(place).then(|| {
                places.push(place);
                places.len() - 1
            })
        });
        let numbers = numbers.collect();
        Self { places, numbers }
    }

    /// `[U, V]` of every bin, in steps of 255.
    #[must_use]
    pub fn places(&self) -> &[[f32; 2]] {
        &self.places
    }

    /// The bins that a chroma belongs to and how much; adds up to 1, and their mean is that chroma.
    ///
    /// # Panics
    /// If no colour of sRGB has that chroma.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "on the grid")]
    pub fn around(&self, uv: [f32; 2]) -> [(usize, f32); 4] {
        let [x, y] = uv.map(|v| v / STEP + REACH as f32);
        let [left, top] = [x, y].map(|v| v.clamp(0.0, (SIDE - 2) as f32) as usize);
        let [right_share, low_share] = [x - left as f32, y - top as f32];
        let part = |d: usize, share: f32| if d == 0 { 1.0 - share } else { share };
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| {
            let share = part(dx, right_share) * part(dy, low_share);
            let bin = self.numbers[(top + dy) * SIDE + left + dx];
            // At the very edge of the gamut rounding may touch a bin that no colour needs.
            assert!(bin.is_some() || share.abs() < 1e-5, "no sRGB has chroma {uv:?}");
            bin.map_or((0, 0.0), |bin| (bin, share))
        })
    }

    /// What a network should answer for a picture of known chroma.
    ///
    /// # Shapes and ranges
    /// - `uv`: a plane of U, then one of V, in steps of 255
    /// - returns a plane for each bin, in `0..=1`; in each place they add up to 1
    ///
    /// # Panics
    /// If the planes differ, or no colour of sRGB has such a chroma.
    #[must_use]
    pub fn targets(&self, uv: &[f32]) -> Vec<f32> {
        let cells = uv.len() / 2;
        assert_eq!(uv.len(), 2 * cells, "two planes");
        let mut planes = vec![0.0; self.places.len() * cells];
        for (cell, (&u, &v)) in uv[..cells].iter().zip(&uv[cells..]).enumerate() {
            for (bin, share) in self.around([u, v]) {
                planes[bin * cells + cell] += share;
            }
        }
        planes
    }

    /// How much more a rare chroma should count than a frequent one; 1 on average over a photo.
    ///
    /// # Shapes and ranges
    /// - `seen`: the sum of [`ChromaBins::targets`] over many photos, bin by bin; one at least is
    ///   above 0
    ///
    /// # Source
    /// Zhang et al. 2016: the inverse of the frequency mixed half and half with an even one. What
    /// they smooth by a Gaussian is smooth enough here by the shares.
    ///
    /// # Panics
    /// If there is not one number for each bin.
    #[must_use]
    pub fn rarity(&self, seen: &[f32]) -> Vec<f32> {
        assert_eq!(seen.len(), self.places.len(), "one number a bin");
        let total: f32 = seen.iter().sum();
        let even = 1.0 / seen.len() as f32;
        let inverse: Vec<f32> =
            seen.iter().map(|count| 1.0 / (0.5 * count / total + 0.5 * even)).collect();
        let mean: f32 = inverse.iter().zip(seen).map(|(w, count)| w * count / total).sum();
        inverse.iter().map(|w| w / mean).collect()
    }
}

/// Whether a colour of sRGB lies less than a step away from `place` in both U and V.
///
/// Of the cube of colours, seen along grey, six edges form the outline: three pairs of parallels.
fn near_gamut(place: [f32; 2]) -> bool {
    let cross = |a: [f32; 2], b: [f32; 2]| a[0] * b[1] - a[1] * b[0];
    let axes = [0, 1, 2].map(|c| {
        let luma = LUMA[c] * 255.0;
        let of = |channel: usize| if c == channel { 255.0 } else { 0.0 };
        [U_OF_BLUE * (of(2) - luma), V_OF_RED * (of(0) - luma)]
    });
    let within_edges = axes.iter().all(|&edge| {
        let reach: f32 = axes.iter().map(|&axis| cross(edge, axis).abs()).sum::<f32>() / 2.0;
        let grown = STEP * (edge[0].abs() + edge[1].abs());
        cross(edge, place).abs() < reach + grown
    });
    let within_box = (0..2).all(|i| {
        let reach: f32 = axes.iter().map(|axis| axis[i].abs()).sum::<f32>() / 2.0;
        place[i].abs() < reach + STEP
    });
    within_edges && within_box
}

/// How to choose among likely chromas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decode {
    /// 1 is the mean of what is likely, smooth and pale; towards 0 the likeliest bin alone, bold
    /// and patchy. Above 0.
    pub temperature: f32,
    /// Where all doubt leans to, in the plane of U and V: 1 makes a chroma one bin further that way
    /// e times as likely. What the network is sure of hardly moves.
    pub lean: [f32; 2],
}

impl Default for Decode {
    /// As Zhang et al. 2016 found it to look best.
    fn default() -> Self {
        Self { temperature: 0.38, lean: [0.0; 2] }
    }
}

/// The chroma that a network's answer stands for.
///
/// # Shapes and ranges
/// - `logits`: `[n, bins, h, w]`
/// - returns `[n, 2, h, w]`: U and V in steps of 255
///
/// # Panics
/// If there is not one channel for each bin.
#[must_use]
pub fn decode(logits: Tensor<4>, bins: &ChromaBins, how: Decode) -> Tensor<4> {
    let [_, channels, ..] = logits.dims();
    assert_eq!(channels, bins.places.len(), "one channel a bin");
    let device = logits.device();
    let leaning = |[u, v]: &[f32; 2]| (how.lean[0] * u + how.lean[1] * v) / STEP;
    let leaning: Vec<f32> = bins.places.iter().map(leaning).collect();
    let leaning = Tensor::from_data(TensorData::new(leaning, [1, channels, 1, 1]), &device);
    let likely = softmax((logits + leaning) / how.temperature, 1); // [n, bins, h, w]
    let places = (0..2).flat_map(|i| bins.places.iter().map(move |place| place[i])).collect();
    let places = Tensor::from_data(TensorData::new::<f32, _>(places, [2, channels, 1, 1]), &device);
    conv2d(likely, places, None, ConvOptions::new([1, 1], [0, 0], [1, 1], 1)) // [n, 2, h, w]
}

/// What a network loses by its answer: the cross-entropy, each place weighted by its rarity.
///
/// # Shapes and ranges
/// - `logits`, `targets`: `[n, bins, h, w]`, targets of [`ChromaBins::targets`]
/// - `rarity`: `[bins]`, of [`ChromaBins::rarity`]
///
/// # Source
/// Zhang et al. 2016, equation 2; a place has the mean rarity of its bins instead of its nearest's.
#[must_use]
pub fn cross_entropy(logits: Tensor<4>, targets: Tensor<4>, rarity: Tensor<1>) -> Tensor<1> {
    let [channels] = rarity.dims();
    let weight = (targets.clone() * rarity.reshape([1, channels, 1, 1])).sum_dim(1); // [n, 1, h, w]
    ((log_softmax(logits, 1) * targets).sum_dim(1) * weight).mean().neg()
}

/// The places of some bins as a network's targets, on a device.
///
/// # Panics
/// As [`ChromaBins::targets`]; or if the planes are not of that size.
#[must_use]
pub fn targets_on(bins: &ChromaBins, uv: &[f32], [w, h]: [usize; 2], device: &Device) -> Tensor<4> {
    let shape = [1, bins.places.len(), h, w];
    Tensor::from_data(TensorData::new(bins.targets(uv), shape), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::color::yuv_from_srgb;

    fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_to_vec::<f32>().unwrap()
    }

    /// Every corner and edge of the cube of colours, and a prime stride through it.
    fn chromas() -> impl Iterator<Item = [f32; 2]> {
        let ends = [0, 1, 254, 255];
        let edge = (0..=255)
            .flat_map(move |i| ends.into_iter().flat_map(move |a| ends.map(|b| [i, a, b])))
            .flat_map(|[i, a, b]| [[i, a, b], [a, i, b], [a, b, i]]);
        let through = (0..1 << 24).step_by(997).map(|i: u32| {
            let [_, r, g, b] = i.to_be_bytes();
            [r, g, b]
        });
        edge.chain(through).map(|rgb| {
            let [_, u, v] = yuv_from_srgb(rgb);
            [u, v]
        })
    }

    #[test]
    fn every_colour_has_its_four_bins_and_no_bin_is_without_colours() {
        let bins = ChromaBins::new();
        let mut used = vec![false; bins.places.len()];
        for uv in chromas() {
            let around = bins.around(uv);
            let mean = |i: usize| -> f32 {
                around.iter().map(|&(bin, share)| share * bins.places[bin][i]).sum()
            };
            let close = (mean(0) - uv[0]).abs() < 1e-3 && (mean(1) - uv[1]).abs() < 1e-3;
            assert!(close, "{uv:?}: {around:?}");
            let total: f32 = around.iter().map(|(_, share)| share).sum();
            assert!((total - 1.0).abs() < 1e-5 && around.iter().all(|(_, share)| *share >= 0.0));
            around.iter().filter(|(_, share)| *share > 0.0).for_each(|&(bin, _)| used[bin] = true);
        }
        assert!(used.iter().all(|used| *used), "{:?}", used.iter().position(|used| !used));
        assert_eq!(used.len(), 261);
    }

    #[test]
    #[should_panic(expected = "no sRGB has chroma [111.0, 156.0]")]
    fn what_no_colour_has_belongs_nowhere() {
        let _ = ChromaBins::new().around([111.0, 156.0]);
    }

    #[test]
    fn shares_are_those_worked_out_by_hand() {
        // A quarter to the right of grey, and half-way up to the next row.
        let bins = ChromaBins::new();
        let mut got = bins.around([4.0, 8.0]).map(|(bin, share)| (bins.places[bin], share));
        got.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap());
        let wanted = [
            ([0.0, 0.0], 0.375),
            ([0.0, 16.0], 0.375),
            ([16.0, 0.0], 0.125),
            ([16.0, 16.0], 0.125),
        ];
        assert_eq!(got, wanted);
    }

    fn logits_from(targets: &[f32], size: [usize; 2], device: &Device) -> Tensor<4> {
        let bins = targets.len() / size[0] / size[1];
        let data = targets.iter().map(|share| (share + 1e-9).ln()).collect();
        Tensor::from_data(TensorData::new::<f32, _>(data, [1, bins, size[1], size[0]]), device)
    }

    #[test]
    fn what_was_put_into_bins_comes_out_again() {
        let bins = ChromaBins::new();
        let uv = [[3.0, -41.0, 0.0, 60.7, 11.0, -90.0], [1.0, 60.5, 0.0, -100.0, -12.0, 30.0]];
        let logits = logits_from(&bins.targets(&uv.concat()), [3, 2], &Device::flex());
        let mean = Decode { temperature: 1.0, lean: [0.0; 2] };
        let out = values(decode(logits.clone(), &bins, mean));
        let worst = |out: &[f32]| {
            out.iter().zip(uv.concat()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        assert!(worst(&out) < 1e-2, "{out:?}");
        // Colder, the likeliest bin takes over: at most half a step away, and on the grid.
        let cold = values(decode(logits, &bins, Decode { temperature: 0.01, ..mean }));
        assert!((1.0..8.1).contains(&worst(&cold)), "control: {cold:?}");
        assert!(cold.iter().all(|v| (v / STEP - (v / STEP).round()).abs() < 0.1), "{cold:?}");
    }

    #[test]
    fn where_two_chromas_are_likely_the_temperature_decides_and_a_lean_prefers() {
        let bins = ChromaBins::new();
        let bin = |place: [f32; 2]| bins.places.iter().position(|p| *p == place).unwrap();
        let mut logits = vec![-30.0_f32; bins.places.len()];
        logits[bin([64.0, -16.0])] = 1.0; // blue
        logits[bin([-48.0, 80.0])] = 0.0; // orange
        let data = TensorData::new(logits, [1, bins.places.len(), 1, 1]);
        let logits = Tensor::<4>::from_data(data, &Device::flex());
        let of =
            |temperature, lean| values(decode(logits.clone(), &bins, Decode { temperature, lean }));
        // By hand: shares e to 1.
        let blue = std::f32::consts::E / (1.0 + std::f32::consts::E);
        let mean = of(1.0, [0.0; 2]);
        assert!((mean[0] - (64.0 * blue - 48.0 * (1.0 - blue))).abs() < 1e-2, "{mean:?}");
        assert!((mean[1] - (-16.0 * blue + 80.0 * (1.0 - blue))).abs() < 1e-2, "{mean:?}");
        let bold = of(0.05, [0.0; 2]);
        assert!((bold[0] - 64.0).abs() < 0.1, "{bold:?}");
        // Seven bins further along −U and six along V: a lean of −0.2 there is worth 1.4.
        let leaned = of(0.05, [-0.2, 0.0]);
        assert!((leaned[0] + 48.0).abs() < 0.1 && (leaned[1] - 80.0).abs() < 0.1, "{leaned:?}");
        let hardly = of(0.05, [-0.1, 0.0]);
        assert!((hardly[0] - 64.0).abs() < 0.5, "control: 0.7 is not worth 1: {hardly:?}");
    }

    #[test]
    fn rare_chromas_count_more_and_one_photo_counts_one() {
        let bins = ChromaBins::new();
        let mut seen = vec![0.0; bins.places.len()];
        seen[3] = 900.0;
        seen[7] = 100.0;
        let rarity = bins.rarity(&seen);
        let mean: f32 = rarity.iter().zip(&seen).map(|(w, n)| w * n / 1000.0).sum();
        assert!((mean - 1.0).abs() < 1e-5, "{mean}");
        // By hand: with 261 bins, (0.1 + 1/261) / (0.9 + 1/261) the other way round.
        let wanted = (0.9 + 1.0 / 261.0) / (0.1 + 1.0 / 261.0);
        assert!(
            (rarity[7] / rarity[3] - wanted).abs() < 1e-3,
            "{} {wanted}",
            rarity[7] / rarity[3]
        );
        assert!(rarity[0] > rarity[7], "what was never seen counts most");
    }

    #[test]
    fn the_loss_is_the_one_worked_out_by_hand_and_least_for_the_truth() {
        let device = Device::flex();
        let bins = ChromaBins::new();
        let targets = targets_on(&bins, &[4.0, 8.0], [1, 1], &device);
        let even = vec![1.0; bins.places.len()];
        let loss = |logits: &Tensor<4>, rarity: &[f32]| {
            let rarity = Tensor::from_floats(rarity, &device);
            values(cross_entropy(logits.clone(), targets.clone(), rarity))[0]
        };
        // Knowing nothing costs ln 261; the truth costs its entropy.
        let nothing = targets.zeros_like();
        assert!((loss(&nothing, &even) - 261.0_f32.ln()).abs() < 1e-4);
        let truth = logits_from(&values(targets.clone()), [1, 1], &device);
        let entropy = -2.0 * (0.375 * 0.375_f32.ln() + 0.125 * 0.125_f32.ln());
        assert!((loss(&truth, &even) - entropy).abs() < 1e-3);
        let twice: Vec<f32> = even.iter().map(|w| 2.0 * w).collect();
        assert!((loss(&truth, &twice) - 2.0 * entropy).abs() < 1e-3, "rarity weighs");
        let other = logits_from(&bins.targets(&[60.0, -30.0]), [1, 1], &device);
        assert!(
            loss(&other, &even) > loss(&nothing, &even),
            "control: wrong is worse than nothing"
        );
    }
}
