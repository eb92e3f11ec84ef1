//! What undoing a mosaic promises the user, with a network or without.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a failed step fails the test; small numbers"
)]

use naobu::photo::Rect;
use naobu::photo::hole::{Hole, Pen};
use naobu::photo::mosaic::project::cell_means;
use naobu::photo::mosaic::{Grid, apply};
use naobu::photo::{Photo, decode::decode};
use naobu::unmosaic::Mosaic;

/// Waves of three colours, with some transparency.
fn photo([width, height]: [u32; 2]) -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [i % width, i / width].map(f64::from);
        let wave = |a: f64, b: f64| (127.5 + 100.0 * (x / a + y / b).sin()).round() as u8;
        [
            wave(23.0, 41.0),
            wave(37.0, -19.0),
            wave(61.0, 13.0),
            if i.is_multiple_of(5) { 99 } else { 255 },
        ]
    };
    Photo::from_rgba8([width, height], (0..width * height).flat_map(pixel).collect()).unwrap()
}

fn rectangle(size: [u32; 2], [left, top, right, bottom]: [usize; 4]) -> Hole {
    let mut hole = Hole::empty(size).unwrap();
    hole.rectangle(Rect { left, top, right, bottom }, Pen::Add);
    hole
}

/// Root of the mean squared difference in the hole, and the largest anywhere else.
fn apart(a: &Photo, b: &Photo, hole: &Hole) -> (f64, u8) {
    let (mut sum, mut count, mut outside) = (0.0, 0.0, 0);
    for (i, (a, b)) in a.rgba().iter().zip(b.rgba()).enumerate() {
        if hole.pixels()[i / 4] == 0 || i % 4 == 3 {
            outside = outside.max(a.abs_diff(*b));
        } else {
            sum += f64::from(a.abs_diff(*b)).powi(2);
            count += 1.0;
        }
    }
    ((sum / count).sqrt(), outside)
}

fn mosaics() -> Vec<([u32; 2], Hole, Grid)> {
    let all = [71, 53];
    vec![
        (all, rectangle(all, [11, 7, 59, 43]), Grid::new([12.0; 2], [11.0, 7.0])),
        (all, rectangle(all, [0, 0, 71, 53]), Grid::new([9.0; 2], [0.0; 2])),
        (all, rectangle(all, [3, 0, 71, 30]), Grid::new([7.5, 6.25], [5.0, 1.0])),
        ([16, 40], rectangle([16, 40], [0, 10, 16, 30]), Grid::new([8.0; 2], [0.0, 10.0])),
    ]
}

#[test]
fn every_cell_keeps_its_mean_and_nothing_else_changes() {
    for (size, hole, grid) in mosaics() {
        let mut mosaic = photo(size);
        apply(&mut mosaic, &grid, hole.pixels());
        let result = Mosaic::new(hole.clone(), grid).unwrap().smoothed(&mosaic).unwrap();
        assert_eq!(apart(&mosaic, &result, &hole).1, 0, "outside, and alpha: {grid:?}");
        let [was, is] = [&mosaic, &result].map(|photo| cell_means(photo, &grid, hole.pixels()));
        let off = was
            .iter()
            .flatten()
            .zip(is.iter().flatten())
            .flat_map(|(was, is)| [0, 1, 2].map(|c| (was[c] - is[c]).abs()));
        let worst = off.fold(0.0, f32::max);
        assert!(worst <= 1.0, "{grid:?}: a mean is {worst} off");
        assert_ne!(mosaic, result, "control: something was done");
    }
}

#[test]
fn smooth_things_come_back_nearly_as_they_were() {
    for (size, hole, grid) in mosaics() {
        let truth = photo(size);
        let mut mosaic = truth.clone();
        apply(&mut mosaic, &grid, hole.pixels());
        let result = Mosaic::new(hole.clone(), grid).unwrap().smoothed(&mosaic).unwrap();
        let [before, after] = [&mosaic, &result].map(|photo| apart(photo, &truth, &hole).0);
        assert!(after < 0.5 * before, "{grid:?}: {after} apart, {before} under the mosaic");
    }
}

#[test]
fn a_mosaic_on_a_picture_is_found_by_itself_and_made_better() {
    let bytes = std::fs::read("www/samples/portrait.jpg").unwrap();
    let truth = decode(&bytes).unwrap();
    let rect = [500, 300, 500 + 16 * 20, 300 + 16 * 15];
    let hole = rectangle(truth.size(), rect);
    let grid = Grid::new([16.0; 2], [500.0, 300.0]);
    let mut mosaic = truth.clone();
    apply(&mut mosaic, &grid, hole.pixels());
    let found = Mosaic::found(&mosaic).unwrap();
    assert!(found.confidence() > 0.9, "{}", found.confidence());
    let off = [0, 1].map(|axis| (found.grid().cell[axis] - 16.0).abs());
    assert!(off.iter().all(|off| *off < 0.1), "cells of {:?}", found.grid().cell);
    let [before, after] = [mosaic.clone(), found.smoothed(&mosaic).unwrap()]
        .map(|photo| apart(&photo, &truth, &hole).0);
    assert!(after < before, "{after} apart, {before} under the mosaic");
    let pointed = Mosaic::found_within(&mosaic, hole).unwrap();
    assert!((pointed.grid().cell[0] - 16.0).abs() < 0.1, "{:?}", pointed.grid());
}

#[test]
fn err_no_mosaic_no_region_and_another_size() {
    let plain = photo([71, 53]);
    let nothing = Mosaic::found(&plain).unwrap_err();
    assert_eq!(nothing.to_string(), "no mosaic was found");
    assert_eq!(nothing.code(), "mosaic-not-found");
    let empty = Hole::empty([71, 53]).unwrap();
    assert_eq!(Mosaic::found_within(&plain, empty.clone()).unwrap_err().code(), "hole-empty");
    let grid = Grid::new([8.0; 2], [0.0; 2]);
    assert_eq!(Mosaic::new(empty, grid).unwrap_err().code(), "hole-empty");
    let other = Mosaic::new(rectangle([40, 30], [0, 0, 9, 9]), grid).unwrap();
    assert_eq!(other.smoothed(&plain).unwrap_err().code(), "bad-setting");
}

mod painted {
    use super::*;
    use burn::tensor::Device;
    use naobu::generator::Generator;
    use naobu::model::NetworkConfig;
    use naobu::model::outpaint::OutpaintConfig;
    use naobu::pixels::Fill;
    use naobu::task::{Finish, Task};
    use naobu::unmosaic::Options;
    use naobu::weights::{Card, Precision, bytes_from_net};

    /// Slanted stripes over a ramp, with some alpha; odd sizes.
    fn photo(stripe_height: usize) -> Photo {
        let [w, h] = [121_usize, 93];
        let pixel = |i: usize| {
            let [x, y] = [i % w, i / w];
            let stripe = if (x + 2 * y) / 9 % 2 == 0 { stripe_height } else { 0 };
            let byte = |n: usize| u8::try_from(n).unwrap();
            [byte(60 + stripe + x / 2), byte(150 - stripe + y / 3), byte(90 + y), byte(255 - x % 5)]
        };
        Photo::from_rgba8([121, 93], (0..w * h).flat_map(pixel).collect()).unwrap()
    }

    /// The photo, its mosaic, the region and the grid.
    fn scene(truth: Photo) -> (Photo, Photo, Hole, Grid) {
        let mut region = Hole::empty(truth.size()).unwrap();
        region.rectangle(Rect { left: 31, top: 0, right: 95, bottom: 57 }, Pen::Add);
        let grid = Grid::new([7.0, 7.0], [3.0, 2.0]);
        let mut mosaic = truth.clone();
        apply(&mut mosaic, &grid, region.pixels());
        (truth, mosaic, region, grid)
    }

    /// A network with weights drawn by chance: what it paints is nonsense, and must do no harm.
    fn nonsense() -> Generator {
        let device = Device::flex();
        device.seed(5);
        let config = NetworkConfig::Outpaint(OutpaintConfig::smoke().with_fill(Fill::Mean));
        let card = Card {
            name: "nonsense".into(),
            task: Task::Unmosaic,
            side_px: 64,
            config: config.clone(),
            licence: "none".into(),
            data: "none".into(),
            work: None,
        };
        let bytes = bytes_from_net(&config.init(&device), &card, Precision::Half);
        Generator::from_bytes("nonsense", None, &bytes, &device).unwrap()
    }

    fn run(
        mosaic: &Photo,
        region: &Hole,
        grid: &Grid,
        detail: f32,
        net: Option<&Generator>,
    ) -> Photo {
        let options = Options { detail, ..Options::default() };
        let mosaic_of = Mosaic::new(region.clone(), *grid).unwrap();
        pollster::block_on(mosaic_of.painted(mosaic, options, net)).unwrap().photo
    }

    #[test]
    fn cells_keep_their_means_and_the_rest_its_bytes_whatever_was_painted() {
        let (_, mosaic, region, grid) = scene(photo(70));
        let net = nonsense();
        let wanted = cell_means(&mosaic, &grid, region.pixels());
        for (detail, net) in [(0.0, None), (1.0, None), (0.0, Some(&net)), (1.0, Some(&net))] {
            let result = run(&mosaic, &region, &grid, detail, net);
            for (i, hole) in region.pixels().iter().enumerate() {
                let [now, was] = [&result, &mosaic].map(|p| &p.rgba()[4 * i..4 * i + 4]);
                assert!(*hole != 0 || now == was, "pixel {i}");
                assert_eq!(now[3], was[3], "alpha of pixel {i}");
            }
            let means = cell_means(&result, &grid, region.pixels());
            let apart = |(a, b): (&Option<[f32; 3]>, &Option<[f32; 3]>)| match (a, b) {
                (Some(a), Some(b)) => (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max),
                _ => 0.0,
            };
            let off = means.iter().zip(&wanted).map(apart).fold(0.0, f32::max);
            assert!(off <= 1.0, "a mean is {off} off with detail {detail}");
            assert_ne!(result.rgba(), mosaic.rgba(), "control: something was painted");
        }
    }

    #[test]
    fn the_network_alone_changes_the_region_and_keeps_no_means() {
        let (_, mosaic, region, grid) = scene(photo(70));
        let undone = Mosaic::new(region.clone(), grid).unwrap();
        let net = nonsense();
        let painted = |options| pollster::block_on(undone.painted(&mosaic, options, Some(&net)));
        let alone = Options { finish: Finish::NetworkOnly, ..Options::default() };
        let [alone, whole] =
            [alone, Options::default()].map(|options| painted(options).unwrap().photo);
        for (i, hole) in region.pixels().iter().enumerate() {
            let [now, was] = [&alone, &mosaic].map(|p| &p.rgba()[4 * i..4 * i + 4]);
            assert!((*hole != 0 || now == was) && now[3] == was[3], "pixel {i}");
        }
        assert_ne!(alone.rgba(), whole.rgba(), "control: means are given back");
        for detail in [7.0, -0.1, f32::NAN] {
            let error = painted(Options { detail, ..Options::default() }).unwrap_err();
            assert!(error.to_string().starts_with("detail must be within 0..=1"), "{error}");
        }
    }

    #[test]
    fn borrowed_detail_says_where_it_was_taken_from() {
        let (_, mosaic, region, grid) = scene(photo(0));
        let undone = Mosaic::new(region.clone(), grid).unwrap();
        let origins = |detail: f32| {
            let options = Options { detail, ..Options::default() };
            pollster::block_on(undone.painted(&mosaic, options, None)).unwrap().origins
        };
        let [w, h] = mosaic.size();
        let is_hidden = |[x, y]: [u32; 2]| region.pixels()[(y * w + x) as usize] != 0;
        let (none, all) = (origins(0.0), origins(1.0));
        for pixel in (0..h).flat_map(|y| (0..w).map(move |x| [x, y])) {
            assert_eq!(none.of(pixel), None, "nothing was borrowed");
            let from = all.of(pixel);
            assert_eq!(from.is_some(), is_hidden(pixel), "{pixel:?} from {from:?}");
            assert!(from.is_none_or(|from| !is_hidden(from)), "{pixel:?} from {from:?}");
        }
    }

    #[test]
    fn without_a_network_the_answer_is_nearer_to_the_truth_than_the_mosaic() {
        // Stripes finer than a cell are gone for good; a ramp is not.
        let (truth, mosaic, region, grid) = scene(photo(0));
        let error = |photo: &Photo| -> f64 {
            let pairs = photo.rgba().iter().zip(truth.rgba());
            pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
        };
        let smooth = run(&mosaic, &region, &grid, 0.0, None);
        assert!(error(&smooth) < 0.3 * error(&mosaic), "{} of {}", error(&smooth), error(&mosaic));
    }

    #[test]
    fn a_mirrored_mosaic_gets_the_mirrored_answer() {
        let mirror = |photo: &Photo, [across, down]: [bool; 2]| {
            let [w, h] = photo.size();
            let pixel = |i: u32| {
                let [x, y] = [i % w, i / w];
                photo.pixel(if across { w - 1 - x } else { x }, if down { h - 1 - y } else { y })
            };
            Photo::from_rgba8([w, h], (0..w * h).flat_map(pixel).collect()).unwrap()
        };
        // As wide around the region on all sides, so that the same part of the photo is shown.
        let [w, h] = [96, 64];
        let pixel = |i: usize| [(i * 37 % 211) as u8, (i % w * 2) as u8, (i / w * 3) as u8, 255];
        let truth = Photo::from_rgba8([96, 64], (0..w * h).flat_map(pixel).collect()).unwrap();
        let mut region = Hole::empty(truth.size()).unwrap();
        region.rectangle(Rect { left: 32, top: 16, right: 64, bottom: 48 }, Pen::Add);
        let grid = Grid::new([8.0, 8.0], [0.0, 0.0]);
        let mut mosaic = truth.clone();
        apply(&mut mosaic, &grid, region.pixels());
        let net = nonsense();
        let answer = run(&mosaic, &region, &grid, 0.0, Some(&net));
        for turned in [[true, false], [false, true], [true, true]] {
            let other = run(&mirror(&mosaic, turned), &region, &grid, 0.0, Some(&net));
            let back = mirror(&other, turned);
            let pairs = answer.rgba().iter().zip(back.rgba());
            let most = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(most <= 2, "{turned:?}: {most}");
        }
        let smooth = run(&mosaic, &region, &grid, 0.0, None);
        assert_ne!(answer.rgba(), smooth.rgba(), "control: the network did something");
    }
}
