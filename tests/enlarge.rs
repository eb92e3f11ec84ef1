//! What enlarging promises, with a network that has learnt nothing, and with none.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Distribution, Tensor};
use naobu::enlarge::Enlarging;
use naobu::generator::Generator;
use naobu::model::NetworkConfig;
use naobu::model::enlarger::EnlargerConfig;
use naobu::photo::Photo;
use naobu::task::Task;
use naobu::weights::{Card, Precision, bytes_from_net};

/// Moves every weight a little.
struct Shaken;

impl ModuleMapper for Shaken {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|weights| {
            let range = Distribution::Uniform(-0.04, 0.04);
            let noise = Tensor::random(weights.dims(), range, &weights.device());
            weights + noise
        })
    }
}

/// A network whose answer is anything, read from a file as every other.
fn untrained(blocks: usize) -> Generator {
    let device = Device::flex();
    device.seed(5);
    let config = EnlargerConfig::new().with_channels(16).with_blocks(blocks);
    let card = Card {
        name: "untrained".into(),
        task: Task::Enlarge,
        side_px: 96,
        config: NetworkConfig::Enlarger(config),
        licence: "none".into(),
        data: "none".into(),
        work: None,
    };
    // A fresh one answers nothing.
    let net = card.config.init(&device).map(&mut Shaken);
    let bytes = bytes_from_net(&net, &card, Precision::Half);
    Generator::from_bytes("untrained", None, &bytes, &device).unwrap()
}

fn enlarged(photo: &Photo, generator: Option<&Generator>) -> Photo {
    let mut enlarging = Enlarging::new(photo.clone()).unwrap();
    for _ in 0..enlarging.steps() {
        pollster::block_on(enlarging.step(generator)).unwrap();
    }
    enlarging.finish()
}

/// Stripes and a ramp, opaque.
fn photo([w, h]: [u32; 2]) -> Photo {
    let byte = |v: u32| u8::try_from(v % 256).unwrap();
    let pixel = |i: u32| [byte(i % w * 5), byte(i / w * 3), byte((i % 7) * 30), 255];
    Photo::from_rgba8([w, h], (0..w * h).flat_map(pixel).collect()).unwrap()
}

#[test]
fn both_sides_double_whatever_they_are_and_the_same_photo_gives_the_same_bytes() {
    let generator = untrained(1);
    for size in [[16, 16], [31, 45], [300, 17]] {
        let photo = photo(size);
        for generator in [None, Some(&generator)] {
            let large = enlarged(&photo, generator);
            assert_eq!(large.size(), size.map(|side| 2 * side));
            assert_eq!(large, enlarged(&photo, generator));
            assert!(large.rgba().chunks_exact(4).all(|pixel| pixel[3] == 255), "opaque stays so");
        }
        assert_ne!(enlarged(&photo, None), enlarged(&photo, Some(&generator)), "it has a say");
    }
}

#[test]
fn a_network_s_tiles_show_no_seam() {
    // As deep as the one that ships: what it sees around a tile must be enough.
    let generator = untrained(4);
    let [w, h] = [260_u32, 40];
    let wide = photo([w, h]);
    let whole = enlarged(&wide, Some(&generator));
    // The right part alone, cut on a line of the network's grid: it begins elsewhere, so the tiles do.
    let from = 60;
    let rows = wide.rgba().chunks_exact(4 * w as usize).flat_map(|row| &row[4 * from..]);
    let part = Photo::from_rgba8([w - 60, h], rows.copied().collect()).unwrap();
    let part = enlarged(&part, Some(&generator));
    let beyond = 2 * (22 + 4); // What the cut itself changes.
    for y in 0..2 * h {
        for x in beyond..2 * (w - 60) {
            let [a, b] = [part.pixel(x, y), whole.pixel(x + 120, y)];
            let apart = (0..3).map(|c| a[c].abs_diff(b[c])).max();
            assert!(apart <= Some(1), "{x}, {y}: {a:?} {b:?}");
        }
    }
}

#[test]
fn what_is_transparent_stays_so_and_lends_no_colour() {
    let size = [40_u32, 24];
    let pixel = |i: u32| if i % size[0] < 20 { [255, 0, 0, 0] } else { [0, 90, 200, 255] };
    let rgba = (0..size[0] * size[1]).flat_map(pixel).collect();
    let large = enlarged(&Photo::from_rgba8(size, rgba).unwrap(), None);
    assert_eq!(large.pixel(4, 20)[3], 0);
    assert_eq!(large.pixel(70, 20), [0, 90, 200, 255]);
    let reddest = large.rgba().chunks_exact(4).filter(|p| p[3] > 8).map(|p| p[0]).max();
    assert!(reddest <= Some(8), "{reddest:?}");
}

#[test]
fn a_plain_colour_stays_that_colour_and_nearly_so_with_the_weights_that_ship() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/enlarge-ship.safetensors");
    let bytes = std::fs::read(file).unwrap();
    let shipped = Generator::from_bytes("shipped", None, &bytes, &Device::flex()).unwrap();
    for rgb in [[120, 60, 200], [0, 0, 0], [255, 255, 255], [255, 0, 0], [40, 200, 90]] {
        let colour = [rgb[0], rgb[1], rgb[2], 255];
        let plain = Photo::from_rgba8([60, 50], colour.repeat(3000)).unwrap();
        let large = enlarged(&plain, None);
        assert!(large.rgba().chunks_exact(4).all(|pixel| pixel == colour));
        let large = enlarged(&plain, Some(&shipped));
        let off =
            large.rgba().chunks_exact(4).flat_map(|p| [0, 1, 2].map(|c| p[c].abs_diff(rgb[c])));
        let off = off.max().unwrap();
        // Pure red is off by 5.
        assert!(off <= 6, "{rgb:?}: {off}");
    }
}

#[test]
fn err_a_result_beyond_the_limit_is_refused() {
    let photo = Photo::from_rgba8([4100, 3000], vec![255; 4100 * 3000 * 4]).unwrap();
    assert_eq!(Enlarging::new(photo).unwrap_err().code(), "too-large");
}
