//! What finding scratches promises, with a network that has learnt nothing, and with the one that
//! ships.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use burn::tensor::Device;
use naobu::generator::Generator;
use naobu::model::NetworkConfig;
use naobu::model::unet::UNetConfig;
use naobu::photo::Photo;
use naobu::scratches::{find, likely};
use naobu::task::Task;
use naobu::weights::{Card, Precision, bytes_from_net};

fn untrained() -> Generator {
    let device = Device::flex();
    device.seed(4);
    let card = Card {
        name: "untrained".into(),
        task: Task::Scratches,
        side_px: 64,
        config: NetworkConfig::UNet(UNetConfig::new().with_channels([8, 8, 8])),
        licence: "none".into(),
        data: "none".into(),
        work: None,
    };
    let net = card.config.init(&device);
    let bytes = bytes_from_net(&net, &card, Precision::Half);
    Generator::from_bytes("untrained", None, &bytes, &device).unwrap()
}

fn shipped() -> Generator {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/scratches-ship.safetensors");
    let bytes = std::fs::read(file).unwrap();
    Generator::from_bytes("shipped", None, &bytes, &Device::flex()).unwrap()
}

/// A grey portrait of sorts: a light oval before a soft ground, with grain.
fn portrait([w, h]: [u32; 2]) -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [(i % w) as f32 / w as f32 - 0.5, (i / w) as f32 / h as f32 - 0.5];
        let oval = 1.0 / (1.0 + ((x * x * 9.0 + y * y * 5.0).sqrt() * 18.0 - 9.0).exp());
        let grain = (i.wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0 - 0.5;
        let value = 70.0 + 90.0 * oval + 30.0 * (y + 0.5) + 8.0 * grain;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=255")]
        let byte = value as u8;
        [byte, byte, byte, 255]
    };
    Photo::from_rgba8([w, h], (0..w * h).flat_map(pixel).collect()).unwrap()
}

/// The portrait with a scratch from its upper to its lower edge, `width` pixels wide, a little aslant.
fn scratched(size: [u32; 2], width: u32) -> (Photo, Vec<bool>) {
    let mut photo = portrait(size);
    let first = |y: u32| size[0] * 2 / 5 + y / 8;
    let is_worn = |i: u32| (0..width).contains(&(i % size[0]).wrapping_sub(first(i / size[0])));
    let worn: Vec<bool> = (0..size[0] * size[1]).map(is_worn).collect();
    for (pixel, _) in photo.rgba_mut().chunks_exact_mut(4).zip(&worn).filter(|(_, worn)| **worn) {
        pixel[..3].copy_from_slice(&[235; 3]);
    }
    (photo, worn)
}

#[test]
fn the_same_photo_gives_the_same_answer_of_its_own_size() {
    let generator = untrained();
    for size in [[16, 16], [500, 20], [33, 157]] {
        let photo = portrait(size);
        let [a, b] = [0, 1].map(|_| pollster::block_on(find(&photo, &generator)).unwrap());
        assert_eq!(a, b);
        assert!(a.is_none_or(|hole| hole.size() == size.map(|side| side as usize)));
        let (cells, likely) = pollster::block_on(likely(&photo, &generator)).unwrap();
        assert_eq!(likely.len(), cells[0] * cells[1]);
        assert!(likely.iter().all(|v| (0.0..=1.0).contains(v)));
    }
}

#[test]
fn a_scratch_is_found_and_an_unworn_photo_is_left_alone() {
    let generator = shipped();
    // The second is looked at shrunk.
    for (size, width) in [([300, 240], 2), ([2000, 1500], 6)] {
        let (photo, worn) = scratched(size, width);
        let hole = pollster::block_on(find(&photo, &generator)).unwrap().unwrap();
        let both = hole.pixels().iter().zip(&worn).filter(|(h, w)| **h == 1 && **w).count();
        let all = worn.iter().filter(|worn| **worn).count();
        assert!(both * 10 >= all * 9, "{size:?}: {both} of {all}");
        assert!(hole.count() <= all * 4, "{size:?}: {} for {all}", hole.count());
        let clean = pollster::block_on(find(&portrait(size), &generator)).unwrap();
        let taken = clean.map_or(0, |hole| hole.count());
        assert!(taken * 1000 <= worn.len(), "{size:?}: {taken} taken for wear");
    }
}

#[test]
fn err_a_network_for_something_else_is_refused() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/cutout-ship.safetensors");
    let bytes = std::fs::read(file).unwrap();
    let other = Generator::from_bytes("other", None, &bytes, &Device::flex()).unwrap();
    let refused = pollster::block_on(find(&portrait([32, 32]), &other)).unwrap_err();
    assert_eq!(refused.code(), "weights-misfit");
}
