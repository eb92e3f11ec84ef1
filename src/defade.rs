//! Undoes the fading of a colour photo: the network sees it small and answers tone curves, which
//! are applied at the photo's own size.
//!
//! What always holds: strength 0 changes no byte, alpha stays, and no curve falls. Only [`curves`]
//! runs the network; [`put`] is cheap enough for a slider. Start reading at [`defade`].

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grids have a few hundred cells a side"
)]

use burn::tensor::{Device, Tensor};

use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::looks;
use crate::model::Network;
use crate::model::defade::{CELL_PX, CHANNELS, Defade, tones_of};
use crate::photo::tone::CurveGrid;
use crate::photo::{Photo, resize};
use crate::pixels::{grid_from_values, rgb_planes, tensor_from_planes, values_from_tensor};

/// One way to show a photo to the network: the long side of what it sees, in pixels, and whether it is
/// mirrored.
type Showing = (f32, bool);

/// The ways whose curves are averaged, the one with the finest grid first. One more gains little.
const LOOKS: [Showing; 3] = [(256.0, false), (256.0, true), (160.0, false)];

/// Undoes fading: not at all at `strength` 0, completely at 1.
///
/// # Errors
/// [`Error::BadSetting`] when the strength lies outside 0..=1, [`Error::WeightsMisfit`] when the
/// generator undoes no fading, [`Error::Device`] when the device fails.
pub async fn defade(photo: Photo, strength: f32, generator: &Generator) -> Result<Photo> {
    let net = net_of(generator)?;
    defade_with(photo, strength, &generator.device(), &LOOKS, |seen, tones| {
        net.forward(seen, tones)
    })
    .await
}

/// As [`defade`], by any `net` that answers as [`Defade::forward`] does.
async fn defade_with(
    photo: Photo,
    strength: f32,
    device: &Device,
    looks: &[Showing],
    net: impl Fn(Tensor<4>, Tensor<3>) -> Tensor<4>,
) -> Result<Photo> {
    // Asked first, so that a wrong strength is refused before the network runs.
    CurveGrid::identity().with_strength(strength)?;
    let curves = curves_with(&photo, device, looks, net).await?;
    put(photo, curves, strength)
}

/// Runs the network, which answers the curves that undo a photo's fading completely.
///
/// # Errors
/// [`Error::WeightsMisfit`] when the generator undoes no fading, [`Error::Device`] when the device
/// fails.
pub async fn curves(photo: &Photo, generator: &Generator) -> Result<CurveGrid> {
    let net = net_of(generator)?;
    curves_with(photo, &generator.device(), &LOOKS, |seen, tones| net.forward(seen, tones)).await
}

fn net_of(generator: &Generator) -> Result<&Defade> {
    match &generator.net {
        Network::Defade(net) => Ok(net),
        _ => {
            let why = "its network undoes no fading".into();
            Err(Error::WeightsMisfit { name: generator.card.name.clone(), why })
        }
    }
}

/// As [`curves`], by any `net` as for [`defade_with`].
async fn curves_with(
    photo: &Photo,
    device: &Device,
    looks: &[Showing],
    net: impl Fn(Tensor<4>, Tensor<3>) -> Tensor<4>,
) -> Result<CurveGrid> {
    let answers = looks.iter().map(|&(side_px, mirrored)| {
        let (rgb, [w, h]) = seen(photo, side_px);
        let tones = tones_of(std::iter::once(&rgb[..]), device);
        let picture = tensor_from_planes(rgb, [w, h], device);
        let turned = |x: Tensor<4>| if mirrored { x.flip([3]) } else { x };
        let curves = turned(net(turned(picture), tones));
        assert_eq!(curves.dims(), [1, CHANNELS, h / CELL_PX, w / CELL_PX], "curves for {w}×{h}");
        curves
    });
    let curves = looks::mean(answers).expect("at least one look");
    let [_, _, rows, columns] = curves.dims();
    let values = values_from_tensor(curves).await?;
    grid_from_values(&values, [columns, rows])
}

/// Applies the curves to a photo, or to a larger or smaller copy of it; `strength` from 0 to 1.
///
/// # Errors
/// [`Error::BadSetting`] when the strength lies outside 0..=1.
pub fn put(mut photo: Photo, curves: CurveGrid, strength: f32) -> Result<Photo> {
    let size = photo.sides();
    curves.with_strength(strength)?.apply(photo.rgba_mut(), size);
    Ok(photo)
}

/// The photo on whole cells of the network's grid: three planes, and their width and height. It is
/// stretched a little to fit: curves have no shapes that could suffer, and so every cell lies on the
/// photo.
fn seen(photo: &Photo, side_px: f32) -> (Vec<f32>, [usize; 2]) {
    let from = photo.size();
    let long = from[0].max(from[1]) as f32;
    let cells = |px: u32| (px as f32 / long * side_px / CELL_PX as f32).round().max(1.0) as usize;
    let size = from.map(|px| cells(px) * CELL_PX);
    let whole = from.map(|side| [0.0, f64::from(side)]);
    let rgba = resize::shrink_rgba(photo.rgba(), from, whole, size);
    (rgb_planes(&rgba), size)
}

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::model::defade::DefadeConfig;
    use crate::photo::tone::{Fading, IDENTITY, POINTS};

    fn photo([w, h]: [u32; 2]) -> Photo {
        let bytes = (0..w * h).flat_map(|i| {
            let [x, y] = [i % w * 255 / w, i / w * 255 / h];
            [x, y, (x + y) / 2, 200 + i % 50].map(|v| v.to_le_bytes()[0])
        });
        Photo::from_rgba8([w, h], bytes.collect()).unwrap()
    }

    /// Curves that depend on the cell: the left columns brighten red, the lower rows darken blue.
    fn shaped(input: Tensor<4>, _: Tensor<3>) -> Tensor<4> {
        let [_, _, h, w] = input.dims();
        let [columns, rows] = [w / CELL_PX, h / CELL_PX];
        let value = |i: usize| {
            let (plane, x, y) = (i / (columns * rows), i % columns, i / columns % rows);
            let point = IDENTITY[plane % POINTS];
            match plane / POINTS {
                0 if x < columns / 2 => 0.4 + 0.6 * point,
                2 if y >= rows / 2 => 0.5 * point,
                _ => point,
            }
        };
        let data: Vec<f32> = (0..CHANNELS * columns * rows).map(value).collect();
        let data = TensorData::new(data, [1, CHANNELS, rows, columns]);
        Tensor::from_data(data, &input.device())
    }

    fn defaded(
        photo: &Photo,
        strength: f32,
        net: impl Fn(Tensor<4>, Tensor<3>) -> Tensor<4>,
    ) -> Photo {
        let once = &LOOKS[..1];
        let device = Device::flex();
        let done = defade_with(photo.clone(), strength, &device, once, net);
        pollster::block_on(done).unwrap()
    }

    #[test]
    fn strength_0_changes_no_byte() {
        let net = DefadeConfig::smoke().init(&Device::flex());
        for size in [[31, 47], [200, 17], [64, 64]] {
            let photo = photo(size);
            assert_eq!(defaded(&photo, 0.0, shaped), photo);
            assert_eq!(defaded(&photo, 0.0, |input, tones| net.forward(input, tones)), photo);
            assert_ne!(defaded(&photo, 1.0, shaped), photo, "control");
        }
    }

    #[test]
    fn one_run_of_the_network_serves_every_strength_and_size() {
        let photo = photo([120, 80]);
        let grid =
            pollster::block_on(curves_with(&photo, &Device::flex(), &LOOKS[..1], shaped)).unwrap();
        let plain = CurveGrid::from_points(grid.size(), grid.points()).unwrap();
        for strength in [0.3, 1.0] {
            let piecewise = put(photo.clone(), plain.clone(), strength).unwrap();
            assert_eq!(piecewise, defaded(&photo, strength, shaped));
            assert_ne!(piecewise, photo, "control");
        }
        let small = resize::shrunk(photo, 30 * 20).unwrap();
        let preview = put(small.clone(), plain, 1.0).unwrap();
        // The upper left: red brightens by 0.4 of what it lacks, as it does at full size.
        let [before, after] = [small.pixel(2, 1)[0], preview.pixel(2, 1)[0]].map(f32::from);
        assert!((after - 102.0 - 0.6 * before).abs() <= 1.0, "{before} {after}");
    }

    #[test]
    fn curves_land_in_their_channel_and_place() {
        let photo = photo([120, 80]);
        let result = defaded(&photo, 1.0, shaped);
        let change = |x: u32, y: u32| {
            let [before, after] = [photo.pixel(x, y), result.pixel(x, y)];
            [0, 1, 2, 3].map(|c| i32::from(after[c]) - i32::from(before[c]))
        };
        // By hand: red of 10 · 255/120 = 21 becomes 0.4 · 255 + 0.6 · 21 = 114.6 on the left.
        assert_eq!(change(10, 5), [115 - 21, 0, 0, 0]);
        let half = defaded(&photo, 0.5, shaped).pixel(10, 5)[0];
        assert!(half.abs_diff(68) <= 1, "half-way from 21 to 115: {half}");
        let [red, green, blue, alpha] = change(110, 75);
        assert_eq!([red, green, alpha], [0; 3]);
        assert!((blue + i32::from(photo.pixel(110, 75)[2]) / 2).abs() <= 1, "half: {blue}");
    }

    #[test]
    fn several_looks_are_turned_back_and_their_mean_counts() {
        let photo = photo([240, 160]);
        let with = |looks: &[Showing], net: &dyn Fn(Tensor<4>, Tensor<3>) -> Tensor<4>| {
            let device = Device::flex();
            let curves = curves_with(&photo, &device, looks, net);
            pollster::block_on(curves).unwrap()
        };
        // All curves are level, at how red the picture is there: it grows to the right.
        let by_place = |input: Tensor<4>, _: Tensor<3>| {
            let [n, _, h, w] = input.dims();
            let [rows, columns] = [h / CELL_PX, w / CELL_PX];
            let red = input.narrow(1, 0, 1).reshape([n, rows, CELL_PX, columns, CELL_PX]);
            let red: Tensor<4> = red.mean_dims(&[2, 4]).reshape([n, 1, rows, columns]);
            red.repeat_dim(1, CHANNELS)
        };
        let [once, all] = [&LOOKS[..1], &LOOKS[..]].map(|looks| with(looks, &by_place));
        assert_eq!(once.size(), all.size());
        let apart = once.points().iter().zip(all.points()).map(|(a, b)| (a - b).abs());
        let apart = apart.fold(0.0, f32::max);
        assert!(apart < 0.05, "the same from all looks: {apart}");
        let range = once.points().iter().copied().reduce(f32::max).unwrap() - once.points()[0];
        assert!(range > 0.5, "control: it differs from place to place, {range}");
        let by_size = |input: Tensor<4>, _: Tensor<3>| {
            let [n, _, h, w] = input.dims();
            let level = if w == 160 { 0.6 } else { 0.0 };
            Tensor::full([n, CHANNELS, h / CELL_PX, w / CELL_PX], level, &input.device())
        };
        let mean = with(&LOOKS, &by_size).points()[0];
        assert!((mean - 0.6 / LOOKS.len() as f32).abs() < 1e-6, "{mean}");
    }

    #[test]
    fn a_network_that_knows_undoes_a_cast() {
        let photo = photo([90, 130]);
        let mut faded = photo.clone();
        Fading { dye_loss: [0.3, 0.1, 0.0], ..Fading::NONE }.apply(faded.rgba_mut(), [90, 130]);
        let knows = |input: Tensor<4>, _| {
            let [_, _, h, w] = input.dims();
            let lost = [0.3, 0.1, 0.0];
            let point = |i: usize| {
                let value = IDENTITY[i % POINTS];
                (1.0 - (1.0 - value) / (1.0 - lost[i / POINTS])).max(0.0_f32)
            };
            let points: Vec<f32> = (0..CHANNELS).map(point).collect();
            let points = TensorData::new(points, [1, CHANNELS, 1, 1]);
            let points = Tensor::<4>::from_data(points, &input.device());
            points.expand([1, CHANNELS, h / CELL_PX, w / CELL_PX])
        };
        let error = |result: &Photo| {
            let pairs = result.rgba().iter().zip(photo.rgba());
            pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / photo.rgba().len() as f64
        };
        let [all, half] = [1.0, 0.5].map(|strength| error(&defaded(&faded, strength, knows)));
        assert!(all < 2.0 && all < half && half < error(&faded), "{all} {half}");
    }

    #[test]
    fn err_strengths_and_answers_that_cannot_be() {
        let device = Device::flex();
        let never = |_, _| unreachable!("the network must not run");
        for strength in [-0.1, 1.1, f32::NAN] {
            let result = defade_with(photo([20, 20]), strength, &device, &LOOKS, never);
            let text = pollster::block_on(result).unwrap_err().to_string();
            assert!(text.starts_with("strength must be within 0..=1"), "{text}");
        }
        let broken = |input, tones| shaped(input, tones) * f32::NAN;
        let result = defade_with(photo([20, 20]), 1.0, &device, &LOOKS, broken);
        assert_eq!(pollster::block_on(result).unwrap_err().code(), "device");
    }
}
