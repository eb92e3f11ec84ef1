//! What cutting out promises, with a network too small to know anything, with none, and with the
//! one that ships.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use burn::tensor::Device;
use naobu::cutout::{Click, Looked, cut_out, select, snap};
use naobu::generator::Generator;
use naobu::model::NetworkConfig;
use naobu::model::segmenter::SegmenterConfig;
use naobu::photo::Photo;
use naobu::photo::Rect;
use naobu::photo::hole::{Hole, Pen};
use naobu::photo::matte::Backdrop;
use naobu::task::{Finish, Task};
use naobu::weights::{Card, Precision, bytes_from_net};

/// A network that has learnt nothing, read from a file as every other.
fn untrained() -> Generator {
    let device = Device::flex();
    device.seed(3);
    let config = SegmenterConfig::new().with_channels(8).with_fine_channels(8);
    let card = Card {
        name: "untrained".into(),
        task: Task::Cutout,
        side_px: 64,
        config: NetworkConfig::Segmenter(config.clone()),
        licence: "none".into(),
        data: "none".into(),
        work: None,
    };
    let net = card.config.init(&device);
    let bytes = bytes_from_net(&net, &card, Precision::Half);
    Generator::from_bytes("untrained", None, &bytes, &device).unwrap()
}

/// A red disc on a green ground.
fn disc(size: [u32; 2]) -> Photo {
    let [w, h] = size;
    let pixel = |i: u32| {
        let [x, y] = [(i % w) as f32 - w as f32 / 2.0, (i / w) as f32 - h as f32 / 2.0];
        if x.hypot(y) < 0.3 * h as f32 { [190, 40, 40, 255] } else { [40, 140, 60, 255] }
    };
    Photo::from_rgba8(size, (0..w * h).flat_map(pixel).collect()).unwrap()
}

fn boxed(size: [u32; 2], rect: Rect) -> Hole {
    let mut hole = Hole::empty(size).unwrap();
    hole.rectangle(rect, Pen::Add);
    hole
}

#[test]
fn the_same_photo_and_clicks_give_the_same_bytes_and_clicks_count() {
    let generator = untrained();
    let photo = disc([90, 70]);
    let click = |x, belongs| Click { at: [x, 35.0], belongs };
    let looked = Looked::at(&photo, &generator).unwrap();
    let likely = |clicks: &[Click]| {
        let (cells, likely) = pollster::block_on(looked.likely(clicks, &generator)).unwrap();
        assert_eq!(likely.len(), cells[0] * cells[1]);
        assert!(likely.iter().all(|v| (0.0..=1.0).contains(v)));
        likely
    };
    let [none, on, off] = [&[][..], &[click(45.0, true)], &[click(45.0, false)]].map(&likely);
    assert_eq!(none, likely(&[]));
    assert!(none != on && on != off, "a click of either kind says something");
    let [a, b] = [0, 1].map(|_| pollster::block_on(select(&photo, &[], &generator)).unwrap());
    assert_eq!(a, b);
    let outside = pollster::block_on(looked.likely(&[click(91.0, true)], &generator));
    assert_eq!(outside.unwrap_err().code(), "bad-setting");
}

#[test]
fn a_selection_has_the_photo_s_size_whatever_its_proportions() {
    let generator = untrained();
    for size in [[16, 16], [400, 16], [33, 257]] {
        let found = pollster::block_on(select(&disc(size), &[], &generator)).unwrap();
        let sides = size.map(|side| side as usize);
        assert!(found.is_none_or(|hole| hole.size() == sides), "{size:?}");
    }
}

#[test]
fn what_is_drawn_loosely_is_fitted_to_the_thing_and_nothing_beyond_it() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/cutout-ship.safetensors");
    let bytes = std::fs::read(file).unwrap();
    let generator = Generator::from_bytes("shipped", None, &bytes, &Device::flex()).unwrap();
    let size = [320, 240];
    let photo = disc(size);
    let thing: Vec<bool> = photo.rgba().chunks_exact(4).map(|p| p[0] > 100).collect();
    let overlap = |hole: &Hole| {
        let both = hole.pixels().iter().zip(&thing);
        let [shared, all] = both.fold([0.0, 0.0], |[shared, all], (&drawn, &thing)| {
            let [and, or] = [drawn == 1 && thing, drawn == 1 || thing];
            [shared + f64::from(u8::from(and)), all + f64::from(u8::from(or))]
        });
        shared / all
    };
    let drawn = boxed(size, Rect { left: 78, top: 38, right: 242, bottom: 202 });
    let fitted = pollster::block_on(snap(&photo, &drawn, &generator)).unwrap().unwrap();
    let [before, after] = [overlap(&drawn), overlap(&fitted)];
    assert!(before < 0.7 && after > 0.9, "{before}, {after}");
    assert_eq!(
        fitted,
        pollster::block_on(snap(&photo, &drawn, &generator)).unwrap().unwrap(),
        "the same again"
    );
    // In a corner of the ground there is nothing of the disc to be had.
    let corner = boxed(size, Rect { left: 2, top: 2, right: 40, bottom: 40 });
    if let Some(found) = pollster::block_on(snap(&photo, &corner, &generator)).unwrap() {
        let bounds = found.bounds().unwrap();
        assert!(bounds.right <= 48 && bounds.bottom <= 48, "{bounds:?}");
    }
    let refused =
        |drawn: &Hole| pollster::block_on(snap(&photo, drawn, &generator)).unwrap_err().code();
    assert_eq!(refused(&Hole::empty(size).unwrap()), "hole-empty");
    assert_eq!(refused(&boxed([30, 40], Rect::whole([9, 9]))), "bad-setting");
}

#[test]
fn a_disc_is_cut_out_along_its_edge() {
    let size = [160, 120];
    let photo = disc(size);
    let hole = Hole::from_bytes(
        size,
        photo.rgba().chunks_exact(4).map(|p| u8::from(p[0] > 100)).collect(),
    );
    let cut = cut_out(photo.clone(), &hole.unwrap(), &Backdrop::None, Finish::Blended).unwrap();
    assert_eq!(cut.pixel(80, 60), photo.pixel(80, 60), "inside as it was");
    assert_eq!(cut.pixel(5, 5), [0; 4], "outside nothing");
    let green = cut.rgba().chunks_exact(4).filter(|p| p[3] > 0 && p[1] > 110).count();
    assert_eq!(green, 0, "no pixel of the ground came along");
}

#[test]
fn err_what_cannot_be_cut_out_is_named() {
    let size = [40, 30];
    let cut = |hole: &Hole| {
        cut_out(disc(size), hole, &Backdrop::None, Finish::Blended).unwrap_err().code()
    };
    assert_eq!(cut(&Hole::empty(size).unwrap()), "hole-empty");
    assert_eq!(cut(&boxed(size, Rect::whole([40, 30]))), "hole-full");
    assert_eq!(cut(&boxed([30, 40], Rect { left: 3, top: 3, right: 9, bottom: 9 })), "bad-setting");
}
