//! What extending promises the user, with a small generator of random weights: the promises hold
//! whatever the network paints.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a failed step fails the test; bytes may wrap"
)]

use burn::tensor::Device;
use naobu::error::Error;
use naobu::extend::{Amounts, Extension, Options, steps};
use naobu::generator::Generator;
use naobu::model::NetworkConfig;
use naobu::model::outpaint::{OutpaintConfig, Sides};
use naobu::photo::Photo;
use naobu::photo::border::Border;
use naobu::photo::complete::Join;
use naobu::pixels::Fill;
use naobu::task::{Finish, Task};
use naobu::weights::{Card, Precision, bytes_from_net};

fn generator(sides: Sides) -> Generator {
    let device = Device::flex();
    let config = OutpaintConfig::smoke().with_fill(Fill::Mean).with_sides(sides);
    let config = NetworkConfig::Outpaint(config);
    let net = config.init(&device);
    let card = Card {
        name: "random".into(),
        task: Task::Extend,
        side_px: 32,
        config,
        licence: "none".into(),
        data: "none".into(),
        work: None,
    };
    let bytes = bytes_from_net(&net, &card, Precision::Half);
    Generator::from_bytes("random", None, &bytes, &device).unwrap()
}

/// A photo whose every pixel differs from its neighbours, with some transparency.
fn photo(width: u32, height: u32) -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [i % width, i / width];
        [(x * 5) as u8, (y * 7) as u8, (x * 3 + y * 11) as u8, 255 - (x % 3) as u8 * 40]
    };
    Photo::from_rgba8([width, height], (0..width * height).flat_map(pixel).collect()).unwrap()
}

fn extended(photo: &Photo, amounts: Amounts, finish: Finish, generator: &Generator) -> Photo {
    let options = Options { finish, ..Options::default() };
    let mut extension = Extension::new(photo.clone(), amounts, options, generator).unwrap();
    for _ in 0..extension.steps() {
        pollster::block_on(extension.step(generator)).unwrap();
    }
    extension.finish().photo
}

/// Whether every pixel of `photo` lies in `result` at its place, to the last bit.
fn is_untouched(photo: &Photo, result: &Photo, amounts: Amounts) -> bool {
    let [w, h] = photo.size();
    (0..h).all(|y| {
        (0..w).all(|x| result.pixel(x + amounts.left, y + amounts.top) == photo.pixel(x, y))
    })
}

#[test]
fn extending_keeps_every_byte_of_the_photo_and_gives_the_asked_size() {
    let sizes = [[37, 23], [16, 16], [23, 61], [201, 16]];
    let amounts = [
        Amounts { right: 9, ..Amounts::default() },
        Amounts { left: 1, top: 2, right: 3, bottom: 4 },
        Amounts { left: 40, right: 41, ..Amounts::default() },
        Amounts { bottom: 33, ..Amounts::default() },
    ];
    for generator in [generator(Sides::Any), generator(Sides::Columns)] {
        for size in sizes {
            for amounts in amounts {
                let photo = photo(size[0], size[1]);
                let result = extended(&photo, amounts, Finish::Blended, &generator);
                assert_eq!(result.size().map(u64::from), amounts.result_size(size));
                assert!(is_untouched(&photo, &result, amounts), "{size:?} {amounts:?}");
                let shifted = Amounts { left: amounts.left + 1, ..amounts };
                let [w, _] = photo.size();
                if shifted.left + w <= result.size()[0] {
                    assert!(!is_untouched(&photo, &result, shifted), "control: one pixel off");
                }
            }
        }
    }
}

#[test]
fn every_painted_pixel_was_taken_from_the_photo_that_was_opened() {
    let generator = generator(Sides::Any);
    let [left, top, right, bottom] = [40, 12, 70, 0];
    let amounts = Amounts { left, top, right, bottom };
    let mut extension =
        Extension::new(photo(37, 23), amounts, Options::default(), &generator).unwrap();
    for _ in 0..extension.steps() {
        pollster::block_on(extension.step(&generator)).unwrap();
    }
    assert!(extension.steps() > 2, "control: later steps borrow from earlier ones");
    let origins = extension.finish().origins;
    let is_photo =
        |[x, y]: [u32; 2]| (left..left + 37).contains(&x) && (top..top + 23).contains(&y);
    let mut places = std::collections::HashSet::new();
    for pixel in (0..35).flat_map(|y| (0..147).map(move |x| [x, y])) {
        match origins.of(pixel) {
            Some(from) => {
                assert!(!is_photo(pixel), "{pixel:?} is the photo's own");
                assert!(is_photo(from), "{pixel:?} from {from:?}");
                places.insert(from);
            }
            None => assert!(is_photo(pixel), "{pixel:?} comes from nowhere"),
        }
    }
    assert!(places.len() > 50, "control: not all from one place, but {}", places.len());
}

#[test]
fn each_step_is_a_part_of_the_next_and_says_how_far_it_has_grown() {
    for sides in [Sides::Any, Sides::Columns] {
        let generator = generator(sides);
        let wanted = Amounts { left: 40, top: 12, right: 70, bottom: 0 };
        let options = Options::default();
        let mut extension = Extension::new(photo(37, 23), wanted, options, &generator).unwrap();
        assert_eq!(extension.grown(), Amounts::default());
        let mut before = (photo(37, 23), Amounts::default());
        assert!(extension.steps() > 2, "control: there is something in between");
        for _ in 0..extension.steps() {
            pollster::block_on(extension.step(&generator)).unwrap();
            let (picture, grown) = (extension.picture().into_owned(), extension.grown());
            assert_ne!(grown, before.1);
            assert_eq!(picture.size().map(u64::from), grown.result_size([37, 23]));
            let place = Amounts {
                left: grown.left - before.1.left,
                top: grown.top - before.1.top,
                ..wanted
            };
            assert!(is_untouched(&before.0, &picture, place), "{grown:?} after {:?}", before.1);
            before = (picture, grown);
        }
        assert_eq!(before.1, wanted);
    }
}

#[test]
fn the_new_area_is_opaque_and_painted() {
    let photo = photo(40, 30);
    let amounts = Amounts { left: 10, top: 10, ..Amounts::default() };
    let result = extended(&photo, amounts, Finish::Blended, &generator(Sides::Any));
    let corner: Vec<_> = (0..10).flat_map(|y| (0..10).map(move |x| [x, y])).collect();
    assert!(corner.iter().all(|&[x, y]| result.pixel(x, y)[3] == 255), "opaque");
    assert!(corner.iter().any(|&[x, y]| result.pixel(x, y)[..3] != [0, 0, 0]), "not left black");
}

#[test]
fn blending_meets_the_photo_at_the_seam_and_the_bare_network_does_not() {
    let flat = Photo::from_rgba8([48, 32], [200, 90, 20, 255].repeat(48 * 32)).unwrap();
    let amounts = Amounts { right: 12, ..Amounts::default() };
    let generator = generator(Sides::Any);
    let jump = |finish| {
        let result = extended(&flat, amounts, finish, &generator);
        (0..32).map(|y| result.pixel(48, y)[0].abs_diff(200)).max().unwrap()
    };
    assert!(jump(Finish::Blended) <= 8, "seam jumps by {}", jump(Finish::Blended));
    assert!(jump(Finish::NetworkOnly) > 16, "control: random weights do not paint 200");
    let sum = |join| {
        let result = extended(&flat, amounts, Finish::Published(join), &generator);
        (0..32).map(|y| u32::from(result.pixel(48, y)[0].abs_diff(200))).sum::<u32>()
    };
    let [cloned, pasted] = [Join::Cloned, Join::Pasted].map(sum);
    assert!(cloned < pasted, "{cloned}, {pasted} if it is pasted");
}

#[test]
fn the_same_photo_gives_the_same_bytes() {
    let photo = photo(50, 34);
    let amounts = Amounts { left: 30, bottom: 5, ..Amounts::default() };
    let generator = generator(Sides::Any);
    let once = extended(&photo, amounts, Finish::Blended, &generator);
    assert_eq!(once, extended(&photo, amounts, Finish::Blended, &generator));
    assert_ne!(once, extended(&photo, amounts, Finish::NetworkOnly, &generator));
}

#[test]
fn steps_add_up_and_never_hide_more_than_half() {
    for (size, amounts) in [
        ([400, 300], Amounts { left: 0, top: 0, right: 1900, bottom: 0 }),
        ([300, 400], Amounts { left: 100, top: 900, right: 100, bottom: 31 }),
        ([16, 100], Amounts { left: 56, top: 0, right: 56, bottom: 0 }),
        ([1000, 1000], Amounts { left: 500, top: 500, right: 500, bottom: 500 }),
    ] {
        for sides in [Sides::Any, Sides::Columns] {
            let steps = steps(size, amounts, sides);
            let mut at = size;
            for step in &steps {
                let whole = step.result_size(at);
                let short = whole[0].min(whole[1]);
                for n in [step.left, step.top, step.right, step.bottom] {
                    assert!(u64::from(n) <= (short / 4).max(1), "{step:?} of {whole:?}");
                }
                let turned = step.left + step.right > 0 && step.top + step.bottom > 0;
                assert!(sides == Sides::Any || !turned, "one axis at a time");
                at = whole.map(|side| u32::try_from(side).unwrap());
            }
            assert_eq!(at.map(u64::from), amounts.result_size(size));
        }
    }
    let all_around = Amounts { left: 500, top: 500, right: 500, bottom: 500 };
    assert_eq!(steps([1000, 1000], all_around, Sides::Any).len(), 1, "half of it known: one step");
    assert_eq!(steps([1000, 1000], all_around, Sides::Columns).len(), 3, "across, then down twice");
}

#[test]
fn err_nothing_too_much_and_too_many_pixels_are_refused() {
    let refusal = |amounts: Amounts, size| amounts.check(size).unwrap_err();
    assert!(matches!(refusal(Amounts::default(), [40, 40]), Error::ExtensionEmpty));
    let wide = Amounts { right: 281, ..Amounts::default() };
    let message = refusal(wide, [40, 40]).to_string();
    assert_eq!(message, "extension must make no side more than 8 times as long, got 321×40");
    assert!(
        Amounts { right: 280, ..Amounts::default() }.check([40, 40]).is_ok(),
        "8 times is fine"
    );
    let huge = Amounts { right: 6000, ..Amounts::default() };
    assert!(matches!(refusal(huge, [6000, 4001]), Error::ExtensionTooLarge { .. }));
    let generator = generator(Sides::Any);
    for detail in [7.0, -0.1, f32::NAN] {
        let options = Options { detail, ..Options::default() };
        let amounts = Amounts { left: 9, ..Amounts::default() };
        let message = Extension::new(photo(40, 40), amounts, options, &generator).unwrap_err();
        assert!(message.to_string().starts_with("detail must be within 0..=1"), "{message}");
    }
    let overflow = Amounts { left: u32::MAX, right: u32::MAX, top: u32::MAX, bottom: u32::MAX };
    assert!(matches!(refusal(overflow, [40, 40]), Error::ExtensionTooLarge { .. }));
}

#[test]
fn a_ratio_is_reached_by_adding_only() {
    for (size, aspect) in [([400, 300], [16, 9]), ([301, 777], [1, 1]), ([1600, 900], [9, 16])] {
        let amounts = Amounts::for_aspect(size, aspect);
        let [w, h] = amounts.result_size(size);
        assert!(w >= u64::from(size[0]) && h >= u64::from(size[1]));
        let off = w as f64 / h as f64 - f64::from(aspect[0]) / f64::from(aspect[1]);
        assert!(off.abs() < 0.01, "{size:?} to {aspect:?}: {w}×{h}");
        assert!(
            amounts.left.abs_diff(amounts.right) <= 1 && amounts.top.abs_diff(amounts.bottom) <= 1
        );
    }
    assert_eq!(Amounts::for_aspect([160, 90], [16, 9]), Amounts::default());
}

/// A photo whose colours change slowly, in a dark frame of three pixels.
fn framed() -> Photo {
    let [width, height] = [60_u32, 44];
    let pixel = |i: u32| {
        let [x, y] = [i % width, i / width];
        let is_frame = x < 3 || y < 3 || x >= width - 3 || y >= height - 3;
        let light = if is_frame { 0 } else { 1 };
        [light * (140 + x) as u8, light * (120 + y) as u8, light * 150, 255]
    };
    Photo::from_rgba8([width, height], (0..width * height).flat_map(pixel).collect()).unwrap()
}

/// The darkest value of the result's first three columns.
fn darkest_at_left(photo: &Photo) -> u8 {
    let pixels = (0..photo.size()[1]).flat_map(|y| (0..3).map(move |x| photo.pixel(x, y)));
    pixels.flat_map(|[r, g, b, _]| [r, g, b]).min().unwrap()
}

#[test]
fn a_border_is_kept_and_not_continued_or_painted_over() {
    let (photo, generator) = (framed(), generator(Sides::Any));
    let border = Border::of(&photo);
    assert_eq!(border, Border::even(3));
    let amounts = Amounts { left: 20, right: 4, ..Amounts::default() };
    let with = |border, paints_border| {
        let options = Options { border, paints_border, ..Options::default() };
        let mut extension = Extension::new(photo.clone(), amounts, options, &generator).unwrap();
        for _ in 0..extension.steps() {
            pollster::block_on(extension.step(&generator)).unwrap();
            let size = extension.picture().size().map(u64::from);
            assert_eq!(size, extension.grown().result_size(photo.size()));
        }
        let finished = extension.finish();
        assert_eq!(finished.photo.size(), [84, 44]);
        finished
    };
    let kept = with(border, false);
    assert!(is_untouched(&photo, &kept.photo, amounts), "every byte, the border's too");
    assert!(darkest_at_left(&kept.photo) > 60, "{}", darkest_at_left(&kept.photo));
    assert_eq!(kept.origins.of([20, 20]), None, "the border that was put back");
    assert!(kept.origins.of([19, 20]).is_some(), "control: painted");

    let painted = with(border, true);
    let inside = border.inside(photo.size());
    let inner = |photo: &Photo, [x, y]: [u32; 2]| photo.pixel(x, y);
    for y in 3..41 {
        for x in 3..57 {
            assert_eq!(inner(&painted.photo, [x + 20, y]), inner(&photo, [x, y]));
        }
    }
    assert_eq!(inside.size(), [54, 38]);
    assert!(painted.photo.pixel(21, 20)[0] > 60, "no frame is left");
    assert!(painted.origins.of([21, 20]).is_some());

    let control = with(Border::default(), false);
    assert!(darkest_at_left(&control.photo) < 60, "without, the frame goes on");
}

#[test]
fn an_extension_that_is_ended_early_has_the_photo_with_its_border() {
    let (photo, generator) = (framed(), generator(Sides::Any));
    let amounts = Amounts { left: 90, ..Amounts::default() };
    for paints_border in [false, true] {
        let options = Options { border: Border::even(3), paints_border, ..Options::default() };
        let extension = Extension::new(photo.clone(), amounts, options, &generator).unwrap();
        assert!(extension.steps() > 1, "control");
        assert_eq!(extension.finish().photo, photo, "before the first step");
    }
}

#[test]
fn err_a_border_that_leaves_nothing_is_refused() {
    let amounts = Amounts { left: 9, ..Amounts::default() };
    let options = Options { border: Border::even(20), ..Options::default() };
    let refused = Extension::new(photo(37, 23), amounts, options, &generator(Sides::Any));
    assert!(matches!(refused, Err(Error::BadSetting { name: "border", .. })), "{refused:?}");
}
