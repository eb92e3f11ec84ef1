//! Chroma as a choice between bins: a network that must name a colour cannot hide in the mean.
//!
//! A network that answers the mean of what it thinks possible answers grey-brown. One that answers
//! how likely each of a few hundred chromas is can be asked for the likely ones: [`decode`] takes a
//! temperature and, for several variants, a leaning that is the same all over the picture.
//!
//! The bins lie on a square grid in the plane of U and V (`photo/color.rs`), [`STEP`] apart. A
//! chroma belongs to the four bins around it, the more to each the nearer it is, so that their mean
//! is that chroma. There are bins wherever sRGB has colours, and nowhere else.
//!
//! # Source
//! Zhang, Isola & Efros, "Colorful Image Colorization" (2016): bins, soft targets, rebalancing,
//! annealed mean. We differ in the plane (theirs is Lab), in the targets (theirs are the five
//! nearest by a Gaussian, whose mean is another chroma), and in the leaning, which they do not
//! have.

use burn::module::Param;
use burn::tensor::activation::{log_softmax, relu, softmax};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};

use crate::photo::color::{LUMA, U_OF_BLUE, V_OF_RED};

/// The distance between neighbouring bins in U and in V, in steps of 255.
pub const STEP: f32 = 16.0;
/// How many steps the grid reaches from grey: V goes up to 156.8, which is nearly ten.
const REACH: usize = 11;

/// How far from grey a chroma begins to be vivid, in steps of 255: where chromas begin to be rare.
const VIVID: f32 = 30.0;

/// The places of all bins.
#[derive(Clone, Debug)]
pub struct ChromaBins {
    places: Vec<[f32; 2]>,
}

impl Default for ChromaBins {
    fn default() -> Self {
        Self::new()
    }
}

impl ChromaBins {
    /// Makes all bins that a colour of sRGB can belong to, row by row along U.
    #[must_use]
    pub fn new() -> Self {
        let side = 2 * REACH + 1;
        let along = |i: usize| (i as f32 - REACH as f32) * STEP;
        let grid = (0..side * side).map(|i| [along(i % side), along(i / side)]);
        Self { places: grid.filter(|place| near_gamut(*place)).collect() }
    }

    /// Returns `[U, V]` of every bin, in steps of 255.
    #[must_use]
    pub fn places(&self) -> &[[f32; 2]] {
        &self.places
    }

    /// Returns what a network should answer for pictures of known chroma: how much each place
    /// belongs to each bin. The mean of the bins, weighted by it, is that chroma.
    ///
    /// # Shapes and ranges
    /// - `uv`: `[n, 2, h, w]`, U and V in steps of 255, of colours that sRGB has
    /// - returns `[n, bins, h, w]`, in `0..=1`; at each place they add up to 1
    #[must_use]
    pub fn targets(&self, uv: &Tensor<4>) -> Tensor<4> {
        let near = |axis: usize| {
            let places = self.along(axis, [1, self.places.len(), 1, 1], &uv.device());
            let steps = (uv.clone().narrow(1, axis, 1) - places).abs() / STEP;
            relu(steps.neg() + 1.0) // [n, bins, h, w]
        };
        near(0) * near(1)
    }

    /// Returns U (0) or V (1) of every bin.
    fn along(&self, axis: usize, shape: [usize; 4], device: &Device) -> Tensor<4> {
        let values: Vec<f32> = self.places.iter().map(|place| place[axis]).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// Returns how much more a rare chroma should count than a frequent one; 1 on average over a
    /// photo.
    ///
    /// # Shapes and ranges
    /// - `seen`: the sum of [`ChromaBins::targets`] over many photos, bin by bin; at least one is
    ///   above 0
    ///
    /// # Source
    /// Zhang et al. 2016: the inverse of the frequency, mixed half and half with an even one. They
    /// smooth it by a Gaussian; here the shares make it smooth enough.
    ///
    /// # Panics
    /// If there is not one number per bin.
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

/// Makes rare chromas likelier in the bias of a network's last layer, by `rarity` to the power of
/// `boldness`. At 0 it stays as learnt. At 1 it is as Zhang et al. (2016) have it, whose answers
/// are too colourful by as much as rare chromas weighed more in training.
///
/// # Panics
/// If `rarity` does not have one number per bin.
pub(super) fn emboldened(
    bias: Param<Tensor<1>>,
    rarity: &[f32],
    boldness: f32,
) -> Param<Tensor<1>> {
    let more: Vec<f32> = rarity.iter().map(|weight| boldness * weight.ln()).collect();
    bias.map(|bias| bias.clone() + Tensor::from_floats(more.as_slice(), &bias.device()))
}

/// Returns whether a colour of sRGB lies less than a step away from `place` in both U and V.
///
/// Seen along grey, six edges of the cube of colours form its outline: three pairs of parallels.
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
    /// 1 is the mean of what is likely, smooth and pale; towards 0 it is the likeliest bin alone,
    /// bold and patchy. Must be above 0.
    pub temperature: f32,
    /// Where doubt leans, in the plane of U and V: 1 makes a chroma one bin further that way e
    /// times as likely. What the network is sure of hardly moves.
    pub lean: [f32; 2],
    /// How far doubt leans away from grey: 1 makes vivid chromas e times as likely as grey, -1
    /// makes grey e times as likely as them.
    pub vivid: f32,
}

impl Default for Decode {
    /// Returns the settings that Zhang et al. 2016 found to look best.
    fn default() -> Self {
        Self { temperature: 0.38, lean: [0.0; 2], vivid: 0.0 }
    }
}

/// Returns the chroma that a network's answer stands for.
///
/// # Shapes and ranges
/// - `logits`: `[n, bins, h, w]`
/// - returns `[n, 2, h, w]`: U and V in steps of 255
///
/// # Panics
/// If there is not one channel per bin.
#[must_use]
pub fn decode(logits: Tensor<4>, bins: &ChromaBins, how: Decode) -> Tensor<4> {
    decode_with_variance(logits, bins, how).narrow(1, 0, 2)
}

/// Does what [`decode`] does, and says how much the likely chromas differ: `[n, 3, h, w]` are U, V
/// and their variance (that of both together, in squared steps of 255).
///
/// # Panics
/// If there is not one channel per bin.
#[must_use]
pub fn decode_with_variance(logits: Tensor<4>, bins: &ChromaBins, how: Decode) -> Tensor<4> {
    let [_, channels, ..] = logits.dims();
    assert_eq!(channels, bins.places.len(), "one channel a bin");
    let along = |axis| bins.along(axis, [1, channels, 1, 1], &logits.device());
    let [u, v] = [along(0), along(1)];
    let mut leaning = (u.clone() * how.lean[0] + v.clone() * how.lean[1]) / STEP;
    if how.vivid != 0.0 {
        let chroma = (u.clone().square() + v.clone().square()).sqrt();
        leaning = leaning - ((chroma / -VIVID).exp() - 1.0) * how.vivid;
    }
    let likely = softmax((logits + leaning) / how.temperature, 1); // [n, bins, h, w]
    let squares = u.clone().square() + v.clone().square();
    let places = Tensor::cat(vec![u, v, squares], 0).reshape([3, channels, 1, 1]);
    let means = conv2d(likely, places, None, ConvOptions::new([1, 1], [0, 0], [1, 1], 1));
    let [chroma, squares] = [means.clone().narrow(1, 0, 2), means.narrow(1, 2, 1)];
    let variance = squares - chroma.clone().square().sum_dim(1);
    Tensor::cat(vec![chroma, variance], 1) // [n, 3, h, w]
}

/// Returns the loss of a network's answer: the cross-entropy, each place weighted by its rarity.
///
/// # Shapes and ranges
/// - `logits`, `targets`: `[n, bins, h, w]`, targets as from [`ChromaBins::targets`]
/// - `rarity`: `[bins]`, as from [`ChromaBins::rarity`]; all ones for a plain cross-entropy
///
/// # Source
/// Zhang et al. 2016, but a place has the mean rarity of its bins instead of that of the nearest.
/// Their weights make rare chromas as much likelier in the answer as they weigh. Here the weights
/// are in the softmax, too (Menon et al., "Long-Tail Learning via Logit Adjustment", 2021), so that
/// the answer that costs least is how likely each bin is, and boldness is left to [`Decode`].
#[must_use]
pub fn cross_entropy(logits: Tensor<4>, targets: Tensor<4>, rarity: Tensor<1>) -> Tensor<1> {
    let [channels] = rarity.dims();
    let rarity = rarity.reshape([1, channels, 1, 1]);
    let weight = (targets.clone() * rarity.clone()).sum_dim(1); // [n, 1, h, w]
    ((log_softmax(logits + rarity.log(), 1) * targets).sum_dim(1) * weight).mean().neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::color::yuv_from_srgb;

    fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_to_vec::<f32>().unwrap()
    }

    /// Returns the chromas of every corner and edge of the cube of colours, and of a prime stride
    /// through it.
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

    /// Lays chromas side by side, as a picture of one row.
    fn row(uv: &[[f32; 2]]) -> Tensor<4> {
        let planes = (0..2).flat_map(|axis| uv.iter().map(move |place| place[axis])).collect();
        let data = TensorData::new::<f32, _>(planes, [1, 2, 1, uv.len()]);
        Tensor::from_data(data, &Device::flex())
    }

    #[test]
    fn every_colour_has_bins_of_its_mean_and_no_bin_is_without_colours() {
        let bins = ChromaBins::new();
        let all: Vec<[f32; 2]> = chromas().collect();
        let targets = bins.targets(&row(&all));
        let total = values(targets.clone().sum_dim(1));
        assert!(total.iter().all(|t| (t - 1.0).abs() < 1e-4), "each belongs somewhere, once");
        let used = values(targets.clone().max_dim(3));
        assert!(used.iter().all(|most| *most > 0.0), "{:?}", used.iter().position(|m| *m == 0.0));
        assert_eq!(used.len(), 261);
        for (axis, mean) in (0..2).map(|axis| {
            let places = bins.along(axis, [1, 261, 1, 1], &Device::flex());
            (axis, values((targets.clone() * places).sum_dim(1)))
        }) {
            assert!(mean.iter().zip(&all).all(|(m, uv)| (m - uv[axis]).abs() < 1e-2));
        }
        let nowhere = values(bins.targets(&row(&[[111.0, 156.0]])).sum_dim(1));
        assert!(nowhere[0] < 0.5, "control: no sRGB has that chroma");
    }

    #[test]
    fn shares_are_those_worked_out_by_hand() {
        // A quarter to the right of grey, and half-way up to the next row.
        let bins = ChromaBins::new();
        let shares = values(bins.targets(&row(&[[4.0, 8.0]])));
        let mut got: Vec<_> =
            bins.places.iter().zip(shares).filter(|(_, share)| *share > 0.0).collect();
        got.sort_by(|a, b| a.0.partial_cmp(b.0).unwrap());
        let wanted = [
            (&[0.0, 0.0], 0.375),
            (&[0.0, 16.0], 0.375),
            (&[16.0, 0.0], 0.125),
            (&[16.0, 16.0], 0.125),
        ];
        assert_eq!(got, wanted);
    }

    fn logits_from(targets: Tensor<4>) -> Tensor<4> {
        (targets + 1e-9).log()
    }

    #[test]
    fn what_was_put_into_bins_comes_out_again() {
        let bins = ChromaBins::new();
        let uv = [3.0, -41.0, 0.0, 60.7, 11.0, -90.0, 1.0, 60.5, 0.0, -100.0, -12.0, 30.0];
        let picture = TensorData::new(uv.to_vec(), [1, 2, 2, 3]);
        let picture = Tensor::<4>::from_data(picture, &Device::flex());
        let logits = logits_from(bins.targets(&picture));
        let mean = Decode { temperature: 1.0, ..Decode::default() };
        let out = values(decode(logits.clone(), &bins, mean));
        let worst =
            |out: &[f32]| out.iter().zip(uv).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst(&out) < 1e-2, "{out:?}");
        // At a lower temperature the likeliest bin takes over: at most half a step away, and on the
        // grid.
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
        let of = |temperature, lean| {
            let how = Decode { temperature, lean, vivid: 0.0 };
            values(decode(logits.clone(), &bins, how))
        };
        // By hand: shares e to 1.
        let blue = std::f32::consts::E / (1.0 + std::f32::consts::E);
        let both = Decode { temperature: 1.0, lean: [0.0; 2], vivid: 0.0 };
        let [.., variance] = values(decode_with_variance(logits.clone(), &bins, both))[..] else {
            panic!("three planes of one place");
        };
        let apart = 112.0_f32.powi(2) + 96.0_f32.powi(2);
        assert!((variance / (blue * (1.0 - blue) * apart) - 1.0).abs() < 1e-3, "{variance}");
        let mean = of(1.0, [0.0; 2]);
        assert!((mean[0] - (64.0 * blue - 48.0 * (1.0 - blue))).abs() < 1e-2, "{mean:?}");
        assert!((mean[1] - (-16.0 * blue + 80.0 * (1.0 - blue))).abs() < 1e-2, "{mean:?}");
        let bold = of(0.05, [0.0; 2]);
        assert!((bold[0] - 64.0).abs() < 0.1, "{bold:?}");
        // Seven bins further along −U and six along V: a lean of −0.2 there is worth 1.4.
        let leaned = of(0.05, [-0.2, 0.0]);
        assert!((leaned[0] + 48.0).abs() < 0.1 && (leaned[1] - 80.0).abs() < 0.1, "{leaned:?}");
        // Grey and a chroma 66 away, equally likely: by hand, 1 − e^(−66/30) more or less.
        let mut doubt = vec![-30.0_f32; bins.places.len()];
        doubt[bin([0.0, 0.0])] = 0.0;
        doubt[bin([64.0, -16.0])] = 0.0;
        let data = TensorData::new(doubt, [1, bins.places.len(), 1, 1]);
        let doubt = Tensor::<4>::from_data(data, &Device::flex());
        for vivid in [0.0_f32, 2.0, -2.0] {
            let how = Decode { temperature: 1.0, lean: [0.0; 2], vivid };
            let more = (vivid * (1.0 - (-(64.0_f32.hypot(16.0)) / 30.0).exp())).exp();
            let got = values(decode(doubt.clone(), &bins, how))[0];
            assert!((got - 64.0 * more / (1.0 + more)).abs() < 0.05, "{vivid}: {got}");
        }
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
        let targets = bins.targets(&row(&[[4.0, 8.0]]));
        let even = vec![1.0; bins.places.len()];
        let loss = |logits: &Tensor<4>, rarity: &[f32]| {
            let rarity = Tensor::from_floats(rarity, &device);
            values(cross_entropy(logits.clone(), targets.clone(), rarity))[0]
        };
        // Knowing nothing costs ln 261; the truth costs its entropy.
        let nothing = targets.zeros_like();
        assert!((loss(&nothing, &even) - 261.0_f32.ln()).abs() < 1e-4);
        let truth = logits_from(targets.clone());
        let entropy = -2.0 * (0.375 * 0.375_f32.ln() + 0.125 * 0.125_f32.ln());
        assert!((loss(&truth, &even) - entropy).abs() < 1e-3);
        let twice: Vec<f32> = even.iter().map(|w| 2.0 * w).collect();
        assert!((loss(&truth, &twice) - 2.0 * entropy).abs() < 1e-3, "rarity weighs");
        let other = logits_from(bins.targets(&row(&[[60.0, -30.0]])));
        assert!(
            loss(&other, &even) > loss(&nothing, &even),
            "control: wrong is worse than nothing"
        );
    }

    #[test]
    fn weights_of_rare_chromas_do_not_make_them_likelier() {
        // Nine places of one bin and one of another, which counts five times.
        let device = Device::flex();
        let bins = ChromaBins::new();
        let often = [0.0, 0.0];
        let rare = [64.0, -16.0];
        let mut places = vec![often; 9];
        places.push(rare);
        let targets = bins.targets(&row(&places));
        let bin = |place: [f32; 2]| bins.places.iter().position(|p| *p == place).unwrap();
        let mut rarity = vec![1.0; bins.places.len()];
        rarity[bin(rare)] = 5.0;
        let rarity = Tensor::from_floats(rarity.as_slice(), &device);
        let loss = |share: f32| {
            let mut answer = vec![-30.0_f32; bins.places.len()];
            answer[bin(rare)] = share.ln();
            answer[bin(often)] = (1.0 - share).ln();
            let data = TensorData::new(answer, [1, bins.places.len(), 1, 1]);
            let logits = Tensor::<4>::from_data(data, &device).repeat_dim(3, 10);
            values(cross_entropy(logits, targets.clone(), rarity.clone()))[0]
        };
        let best = loss(0.1);
        assert!(best < loss(0.09) && best < loss(0.11), "a tenth is the truth");
        // 5 · 0.1 of 5 · 0.1 + 0.9, as the weights alone would have it.
        assert!(loss(0.357) > best + 0.1, "control: {} {best}", loss(0.357));
    }
}
