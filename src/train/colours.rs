//! What a step sees when the whole picture changes: pictures without colour, and faded ones.
//!
//! Nothing is hidden there, so the hole is everywhere; for a network that takes hints, it is open
//! where a colour is known. Pictures need not be square, as photos are not.

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

use crate::model::NetworkConfig;
use crate::model::chroma_bins::ChromaBins;
use crate::photo::color::offsets_from_uv;
use crate::photo::hole::Dab;
use crate::photo::mosaic::{Grid, MIN_CELL_PX};
use crate::pixels::{Canvas, yuv_planes_from_rgb};

use super::config::{Colours, Settings};
use super::data::{Example, Shot};
use super::fading::{Ageing, Damage};

/// How many photos are looked at to find out how rare each chroma is.
const COUNTED: usize = 1000;
/// Side of their middle squares when they are counted, in pixels: coarse, as networks answer.
const COUNTED_PX: usize = 32;

/// Returns `[width, height]` of the pictures of a step; the longer side is that of its stage.
#[must_use]
pub fn size(settings: &Settings, step: usize) -> [usize; 2] {
    let side = settings.stage(step).side_px;
    let slimmest = settings.augment.slimmest;
    if slimmest >= 1.0 {
        return [side, side];
    }
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed.rotate_left(17) ^ step as u64);
    let unit = settings.unit_px();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a side"
    )]
    let least = (side as f32 * slimmest / unit as f32).ceil() as usize;
    let short = unit * rng.random_range(least.max(1)..=side / unit);
    if rng.random_bool(0.5) { [side, short] } else { [short, side] }
}

/// Cuts a part of `size`, from anywhere, out of the planes of a square of `side` pixels.
#[must_use]
pub fn cut(planes: &[f32], side: usize, size: [usize; 2], rng: &mut impl Rng) -> Vec<f32> {
    let [left, top] = size.map(|length| rng.random_range(0..=side - length));
    let plane = |plane: &[f32]| -> Vec<f32> {
        let rows = plane.chunks_exact(side).skip(top).take(size[1]);
        rows.flat_map(|row| &row[left..left + size[0]]).copied().collect()
    };
    planes.chunks_exact(side * side).flat_map(plane).collect()
}

/// Draws where colours are known: nowhere half of the time, else in up to `most` places, few more
/// often than many.
///
/// # Source
/// After Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors" (2017),
/// whose numbers are geometric and whose places gather in the middle; ours are anywhere.
#[must_use]
pub fn hints(most: usize, size: [usize; 2], rng: &mut impl Rng) -> Vec<Dab> {
    if most == 0 || rng.random_bool(0.5) {
        return Vec::new();
    }
    let logarithm = rng.random_range(0.0..1.0_f32) * (most as f32 + 1.0).ln();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 or more, few")]
    let count = (logarithm.exp() as usize).clamp(1, most);
    let [w, h] = size.map(|length| length as f32);
    let dab = |_| Dab {
        x: rng.random_range(0.0..w),
        y: rng.random_range(0.0..h),
        radius_px: rng.random_range(0.0..=w.max(h) / 32.0),
    };
    (0..count).map(dab).collect()
}

/// Makes an example to colour, as `colours` allow.
#[must_use]
pub fn random(rgb: &[f32], size: [usize; 2], colours: Colours, rng: &mut impl Rng) -> Example {
    let is_damaged = rng.random_bool(f64::from(colours.damaged));
    let damage = if is_damaged { Damage::draw(rng) } else { Damage::NONE };
    coloured(rgb, size, &hints(colours.most_hints, size, rng), &damage)
}

/// Makes an example without its colours, except for the mean chroma of each of `known`.
///
/// Damage is done to the lightness, of what is seen and of the truth alike: the network finds
/// chroma, and is not meant to restore what else was lost. A damaged truth may lie slightly beyond
/// `0..=1`.
///
/// # Shapes and ranges
/// - `rgb`: three planes of `size`, in `0..=1`
///
/// # Panics
/// If there are not three planes of that size.
#[must_use]
pub fn coloured(rgb: &[f32], size: [usize; 2], known: &[Dab], damage: &Damage) -> Example {
    let [w, h] = size;
    assert_eq!(rgb.len(), 3 * w * h, "three planes of {size:?}");
    let mut light = yuv_planes_from_rgb(rgb);
    let chroma = light.split_off(w * h);
    damage.apply(&mut light, size);
    let chroma = |i: usize| [chroma[i], chroma[w * h + i]];
    let mut told = vec![None; w * h];
    for dab in known {
        let inside = |i: &usize| {
            let [dx, dy] = [(i % w) as f32 + 0.5 - dab.x, (i / w) as f32 + 0.5 - dab.y];
            dx.hypot(dy) <= dab.radius_px || dx.abs().max(dy.abs()) <= 0.5
        };
        let inside: Vec<usize> = (0..w * h).filter(inside).collect();
        let mean = |axis: usize| {
            inside.iter().map(|&i| chroma(i)[axis]).sum::<f32>() / inside.len().max(1) as f32
        };
        let mean = [mean(0), mean(1)];
        inside.into_iter().for_each(|i| told[i] = Some(mean));
    }
    let planes = |uv: &dyn Fn(usize) -> [f32; 2]| -> Vec<f32> {
        let value = |at: usize| {
            let (c, i) = (at / (w * h), at % (w * h));
            light[i] + offsets_from_uv(uv(i))[c] / 255.0
        };
        (0..3 * w * h).map(value).collect()
    };
    let hole: Vec<f32> = told.iter().map(|told| if told.is_none() { 1.0 } else { 0.0 }).collect();
    Example {
        seen: Canvas::new(size, planes(&|i| told[i].unwrap_or_default()), hole.clone()),
        truth: Canvas::new(size, planes(&chroma), hole),
        grid: no_grid(),
    }
}

/// Makes an example of a faded picture.
///
/// # Shapes and ranges
/// - `rgb`: three planes of `size`, in `0..=1`
///
/// # Panics
/// If there are not three planes of that size.
#[must_use]
pub fn faded(rgb: Vec<f32>, size: [usize; 2], ageing: &Ageing) -> Example {
    let mut seen = rgb.clone();
    ageing.apply(&mut seen, size);
    let hole = vec![1.0; size[0] * size[1]];
    Example {
        seen: Canvas::new(size, seen, hole.clone()),
        truth: Canvas::new(size, rgb, hole),
        grid: no_grid(),
    }
}

/// Returns a grid without a mosaic.
pub(super) fn no_grid() -> Grid {
    Grid::new([MIN_CELL_PX; 2], [0.0; 2])
}

/// Returns what a colouring network should answer: the true chroma of each of its cells.
///
/// # Shapes and ranges
/// Returns `[n, 2, h / cell_px, w / cell_px]`, U and V in steps of 255.
///
/// # Panics
/// If a side is not a multiple of `cell_px`.
#[must_use]
pub fn chroma_from_canvases(canvases: &[Canvas], cell_px: usize, device: &Device) -> Tensor<4> {
    let [w, h] = canvases[0].size();
    let [columns, rows] = [w / cell_px, h / cell_px];
    let uv = |canvas: &Canvas| yuv_planes_from_rgb(canvas.rgb()).split_off(w * h);
    let values: Vec<f32> = canvases.iter().flat_map(uv).collect();
    let n = canvases.len();
    let cells = TensorData::new(values, [n * 2 * rows, cell_px, columns, cell_px]);
    Tensor::<4>::from_data(cells, device).mean_dim(1).mean_dim(3).reshape([n, 2, rows, columns])
}

/// Returns how much each bin weighs for its rarity in these photos; `None` if `generator` names no
/// colours.
///
/// # Panics
/// Never: shares are 32-bit floats.
#[must_use]
pub fn rarity(shots: &[Shot], generator: &NetworkConfig) -> Option<Vec<f32>> {
    if !generator.has_bins() {
        return None;
    }
    let bins = ChromaBins::new();
    let mut seen = vec![0.0; bins.places().len()];
    for shot in shots.iter().step_by(shots.len().div_ceil(COUNTED).max(1)) {
        let square = Canvas::new(
            [COUNTED_PX; 2],
            shot.central(COUNTED_PX),
            vec![0.0; COUNTED_PX * COUNTED_PX],
        );
        let targets = bins.targets(&chroma_from_canvases(&[square], 1, &Device::flex()));
        let shares = targets.sum_dim(3).sum_dim(2).into_data().try_to_vec::<f32>();
        for (seen, share) in seen.iter_mut().zip(shares.expect("shares are 32-bit floats")) {
            *seen += share;
        }
    }
    Some(bins.rarity(&seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    fn picture([w, h]: [usize; 2]) -> Vec<f32> {
        (0..3 * w * h).map(|i| ((i * 37 + i / 7) % 256) as f32 / 255.0).collect()
    }

    fn near(a: &[f32], b: &[f32], most: f32) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= most)
    }

    #[test]
    fn a_picture_to_colour_is_grey_and_its_truth_is_the_picture() {
        let size = [8, 6];
        let rgb = picture(size);
        let example = coloured(&rgb, size, &[], &Damage::NONE);
        assert!(near(example.truth.rgb(), &rgb, 1e-5), "the truth");
        let [red, green, blue] = [0, 1, 2].map(|c| &example.seen.rgb()[c * 48..][..48]);
        assert!(red == green && green == blue, "no colour is shown");
        // By hand, the second pixel: 37, 37 · 49 + 7 and 37 · 97 + 13 of 256.
        let light = (0.299 * 37.0 + 0.587 * (1820.0 % 256.0) + 0.114 * (3602.0 % 256.0)) / 255.0;
        assert!((red[1] - light).abs() < 1e-5, "{} {light}", red[1]);
        assert!(example.seen.hole().iter().all(|&hole| hole == 1.0), "all of it is to be coloured");
        assert!(!near(example.seen.rgb(), &rgb, 0.1), "control: the picture had colours");
    }

    #[test]
    fn hints_show_the_mean_chroma_of_their_dab_and_open_the_hole_there() {
        let size = [8, 8];
        // Left half red, right half blue; a dab over the border of both, and one pixel.
        let of = |c: usize, i: usize| if (i % 8 < 4) == (c == 0) && c != 1 { 1.0 } else { 0.0 };
        let rgb: Vec<f32> = (0..192).map(|i| of(i / 64, i % 64)).collect();
        let known =
            [Dab { x: 4.0, y: 4.0, radius_px: 1.0 }, Dab { x: 0.5, y: 0.5, radius_px: 0.0 }];
        let example = coloured(&rgb, size, &known, &Damage::NONE);
        let open: Vec<usize> = (0..64).filter(|&i| example.seen.hole()[i] == 0.0).collect();
        assert_eq!(open, [0, 27, 28, 35, 36]);
        let uv = yuv_planes_from_rgb(example.seen.rgb());
        let at = |i: usize| [uv[64 + i], uv[128 + i]];
        // By hand: red has U −0.492 · 0.299 · 255 and V 0.877 · 0.701 · 255, blue 0.492 · 0.886 · 255
        // and −0.877 · 0.114 · 255.
        let [red, blue] = [[-37.513, 156.768], [111.158, -25.494]];
        assert!(near(&at(0), &red, 0.01), "{:?}", at(0));
        let mean = [(red[0] + blue[0]) / 2.0, (red[1] + blue[1]) / 2.0];
        for i in [27, 28, 35, 36] {
            assert!(near(&at(i), &mean, 0.01), "{i}: {:?}", at(i));
        }
        assert!(near(&at(1), &[0.0; 2], 0.01), "control: elsewhere no chroma shows");
    }

    #[test]
    fn half_of_the_pictures_have_no_hint_and_few_have_many() {
        let mut counts = [0; 9];
        for seed in 0..4000 {
            let dabs = hints(8, [64, 32], &mut rng(seed));
            counts[dabs.len()] += 1;
            let inside = |d: &Dab| d.x < 64.0 && d.y < 32.0 && d.radius_px <= 2.0;
            assert!(dabs.iter().all(inside), "{dabs:?}");
        }
        // One: half of log 2 / log 9, two: of log 1.5 / log 9, eight: of log 9/8 / log 9.
        for (count, share) in [(0, 0.5), (1, 0.1577), (2, 0.0923), (8, 0.0268)] {
            let got = f64::from(counts[count]) / 4000.0;
            assert!((got - share).abs() < 0.025, "{count}: {got}, not {share}: {counts:?}");
        }
        assert!(
            hints(0, [64, 32], &mut rng(1)).is_empty()
                && hints(0, [64, 32], &mut rng(2)).is_empty()
        );
    }

    #[test]
    fn damage_is_to_the_lightness_alone() {
        let size = [16, 16];
        let rgb = picture(size);
        let damage = Damage { tone: [0.2, 0.8], ..Damage::NONE };
        let [plain, damaged] = [&Damage::NONE, &damage].map(|d| coloured(&rgb, size, &[], d));
        let [a, b] = [&plain, &damaged].map(|e| yuv_planes_from_rgb(e.truth.rgb()));
        assert!(near(&a[256..], &b[256..], 1e-2), "chroma is the true one");
        let expected: Vec<f32> = a[..256].iter().map(|y| 0.2 + 0.6 * y).collect();
        assert!(near(&b[..256], &expected, 1e-5), "lightness is the damaged one");
        assert!(near(&yuv_planes_from_rgb(damaged.seen.rgb())[..256], &expected, 1e-5), "and seen");
        assert!(!near(&a[..256], &b[..256], 0.05), "control");
    }

    #[test]
    fn a_faded_picture_keeps_its_truth() {
        let size = [12, 5];
        let rgb = picture(size);
        let ageing = Ageing::draw(&mut rng(3));
        let example = faded(rgb.clone(), size, &ageing);
        assert_eq!(example.truth.rgb(), rgb);
        let mut aged = rgb.clone();
        ageing.apply(&mut aged, size);
        assert_eq!(example.seen.rgb(), aged);
        assert_ne!(aged, rgb, "control: it has aged");
    }

    #[test]
    fn a_part_is_cut_out_as_it_is() {
        let planes: Vec<f32> = (0..75).map(|i| i as f32).collect();
        let mut first = Vec::new();
        for seed in 0..40 {
            let part = cut(&planes, 5, [3, 2], &mut rng(seed));
            let by = |i: usize| part[i] - part[0];
            let wanted = [0, 1, 2, 5, 6, 7].map(|at| at as f32);
            let places: Vec<f32> = (0..18).map(by).collect();
            let all: Vec<f32> =
                (0..3).flat_map(|c| wanted.map(|at| at + 25.0 * c as f32)).collect();
            assert_eq!(places, all, "seed {seed}");
            first.push(part[0]);
        }
        first.sort_by(f32::total_cmp);
        first.dedup();
        assert_eq!(
            [first[0], first[first.len() - 1]],
            [0.0, 17.0],
            "{first:?}: from corner to corner"
        );
        assert_eq!(cut(&planes, 5, [5, 5], &mut rng(1)), planes, "control: all of it");
    }

    #[test]
    fn sizes_are_of_every_ratio_that_is_allowed_and_whole_cells() {
        let changes = ["augment.slimmest=0.5", "stages.0.side_px=128"].map(str::to_owned);
        let settings = Settings::preset(Task::Colorize, "smoke", &changes).unwrap();
        let mut all: Vec<_> = (0..60).map(|step| size(&settings, step)).collect();
        assert_eq!(all, (0..60).map(|step| size(&settings, step)).collect::<Vec<_>>());
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, [[64, 128], [96, 128], [128, 64], [128, 96], [128, 128]]);
        let square = Settings::preset(Task::Fill, "smoke", &[]).unwrap();
        assert_eq!(size(&square, 7), [64, 64], "control");
    }

    #[test]
    fn the_chroma_of_a_cell_is_the_mean_of_its_pixels() {
        let size = [8, 4];
        let canvas = Canvas::new(size, picture(size), vec![1.0; 32]);
        let uv = yuv_planes_from_rgb(canvas.rgb());
        let got = chroma_from_canvases(&[canvas.clone(), canvas], 2, &Device::flex());
        assert_eq!(got.dims(), [2, 2, 2, 4]);
        let got = got.into_data().try_to_vec::<f32>().unwrap();
        // V of the third cell of the second row, in both pictures.
        let wanted = [20, 21, 28, 29].map(|i| uv[64 + i]).iter().sum::<f32>() / 4.0;
        assert!(near(&[got[14], got[30]], &[wanted; 2], 1e-3), "{got:?}, {wanted}");
    }
}
