//! Undoing a mosaic: what always holds, with a network or without.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use burn::tensor::Device;
use naobu::error::Error;
use naobu::model::NetworkConfig;
use naobu::model::outpaint::OutpaintConfig;
use naobu::photo::Photo;
use naobu::photo::hole::{Hole, Pen, Rect};
use naobu::photo::mosaic::project::cell_means;
use naobu::photo::mosaic::{self, Grid, Region};
use naobu::pixels::Fill;
use naobu::unmosaic::{Options, unmosaic};
use naobu::weights::{Card, Generator, Task, bytes_from_net};

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
    mosaic::apply(&mut mosaic, &grid, Region::Hole(region.pixels()));
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
    };
    let bytes = bytes_from_net(&config.init(&device), &card);
    Generator::from_bytes("nonsense", None, &bytes, &device).unwrap()
}

fn run(mosaic: &Photo, region: &Hole, grid: &Grid, detail: f32, net: Option<&Generator>) -> Photo {
    let options = Options { detail, ..Options::default() };
    pollster::block_on(unmosaic(mosaic.clone(), region, grid, options, net)).unwrap()
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
fn err_an_empty_region_or_one_of_another_size() {
    let (_, mosaic, region, grid) = scene(photo(70));
    let refused = |region: &Hole, photo: &Photo| {
        let options = Options::default();
        pollster::block_on(unmosaic(photo.clone(), region, &grid, options, None)).unwrap_err()
    };
    let empty = Hole::empty(mosaic.size()).unwrap();
    assert!(matches!(refused(&empty, &mosaic), Error::HoleEmpty));
    let other = Photo::from_rgba8([20, 20], vec![0; 1600]).unwrap();
    assert!(matches!(refused(&region, &other), Error::BadSetting { .. }));
}
