//! What filling promises the user, with and without a generator: the promises hold whatever it
//! paints.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a failed step fails the test; bytes may wrap"
)]

use burn::tensor::Device;
use naobu::error::Error;
use naobu::fill::{Filling, Options};
use naobu::generator::Generator;
use naobu::model::NetworkConfig;
use naobu::model::contextual::ContextualConfig;
use naobu::model::outpaint::{OutpaintConfig, Sides};
use naobu::photo::Photo;
use naobu::photo::Rect;
use naobu::photo::complete::Join;
use naobu::photo::hole::{Dab, Hole, Pen};
use naobu::pixels::Fill;
use naobu::task::{Finish, Task};
use naobu::weights::{Card, Precision, bytes_from_net};

fn generator() -> Generator {
    generator_with(Fill::Mean)
}

fn generator_with(fill: Fill) -> Generator {
    let config = OutpaintConfig::smoke().with_sides(Sides::Any).with_fill(fill);
    generator_of(NetworkConfig::Outpaint(config), 32)
}

fn generator_of(config: NetworkConfig, side_px: usize) -> Generator {
    let device = Device::flex();
    let net = config.init(&device);
    let card = Card {
        name: "random".into(),
        task: Task::Fill,
        side_px,
        config,
        licence: "none".into(),
        data: "none".into(),
        work: None,
    };
    Generator::from_bytes("random", None, &bytes_from_net(&net, &card, Precision::Half), &device)
        .unwrap()
}

/// A photo whose every pixel differs from its neighbours, with some transparency.
fn photo(width: u32, height: u32) -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [i % width, i / width];
        [(x * 5) as u8, (y * 7) as u8, (x * 3 + y * 11) as u8, 255 - (x % 3) as u8 * 40]
    };
    Photo::from_rgba8([width, height], (0..width * height).flat_map(pixel).collect()).unwrap()
}

fn rectangle(size: [u32; 2], left: usize, top: usize, right: usize, bottom: usize) -> Hole {
    let mut hole = Hole::empty(size).unwrap();
    hole.rectangle(Rect { left, top, right, bottom }, Pen::Add);
    hole
}

fn filled(photo: &Photo, hole: &Hole, options: Options, generator: Option<&Generator>) -> Photo {
    let mut filling = Filling::new(photo.clone(), hole.clone(), options).unwrap();
    for _ in 0..filling.steps() {
        pollster::block_on(filling.step(generator)).unwrap();
    }
    filling.finish().photo
}

/// The pixels that changed, as a hole.
fn changed(before: &Photo, after: &Photo) -> Hole {
    let pairs = before.rgba().chunks_exact(4).zip(after.rgba().chunks_exact(4));
    let bytes = pairs.map(|(before, after)| u8::from(before != after)).collect();
    Hole::from_bytes(before.size(), bytes).unwrap()
}

/// Whether `inner` lies inside `outer`.
fn is_inside(inner: &Hole, outer: &Hole) -> bool {
    inner.pixels().iter().zip(outer.pixels()).all(|(inner, outer)| inner <= outer)
}

#[test]
fn a_network_adds_to_what_the_photo_itself_suggests() {
    let ramp = |i: u32| [(i % 90 * 2) as u8, (i / 90 * 3) as u8, 90, 255];
    let photo = Photo::from_rgba8([90, 70], (0..90 * 70).flat_map(ramp).collect()).unwrap();
    let hole = rectangle([90, 70], 30, 20, 61, 49);
    let by = |generator: Option<&Generator>| filled(&photo, &hole, Options::default(), generator);
    let apart = |generator: &Generator| {
        let [with, without] = [by(Some(generator)), by(None)];
        let pairs = with.rgba().iter().zip(without.rgba());
        pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>() as f32 / hole.count() as f32
    };
    let untrained = apart(&generator_with(Fill::Membrane));
    assert!(untrained < 1.0, "untrained, one that adds to the membrane adds nothing: {untrained}");
    let other = apart(&generator());
    assert!(other > 8.0, "control: what another paints is heeded: {other}");
}

#[test]
fn filling_changes_the_hole_and_nothing_else() {
    let generator = generator();
    for size in [[61_u32, 47], [16, 16], [23, 161], [17, 900]] {
        let plain = photo(size[0], size[1]);
        let [w, h] = size.map(|side| side as usize);
        let holes = [
            rectangle(size, w / 4, h / 4, w / 2, h / 2),
            rectangle(size, 0, 0, w / 3, h),
            rectangle(size, 1, 1, w, h),
            rectangle(size, w - 1, h - 1, w, h),
        ];
        for hole in holes {
            // What lies in the hole does not belong there, so filling it has to change it.
            let mut photo = plain.clone();
            let pixels = photo.rgba_mut().chunks_exact_mut(4).zip(hole.pixels());
            for (pixel, _) in pixels.filter(|(_, hole)| **hole != 0) {
                pixel[..3].iter_mut().for_each(|value| *value = value.wrapping_add(128));
            }
            for (generator, finish) in [
                (None, Finish::Blended),
                (Some(&generator), Finish::Blended),
                (Some(&generator), Finish::NetworkOnly),
                (Some(&generator), Finish::Published(Join::Pasted)),
                (Some(&generator), Finish::Published(Join::Cloned)),
            ] {
                let options = Options { finish, ..Options::default() };
                let result = filled(&photo, &hole, options, generator);
                let changed = changed(&photo, &result);
                assert!(is_inside(&changed, &hole), "{size:?} {:?}", hole.bounds());
                assert!(!changed.is_empty(), "control: {size:?} {:?} was painted", hole.bounds());
                let alpha =
                    |photo: &Photo| photo.rgba().iter().skip(3).step_by(4).copied().collect();
                let [before, after]: [Vec<u8>; 2] = [alpha(&photo), alpha(&result)];
                assert_eq!(before, after, "alpha stays");
            }
        }
    }
    let hole = rectangle([61, 47], 10, 10, 30, 30);
    let smaller = rectangle([61, 47], 10, 10, 29, 30);
    let result = filled(&photo(61, 47), &hole, Options::default(), None);
    assert!(!is_inside(&changed(&photo(61, 47), &result), &smaller), "control: one column less");
}

#[test]
fn a_published_work_is_cloned_into_the_photo_or_pasted() {
    // Its random weights do not paint 200.
    let size = [64, 64];
    let flat = Photo::from_rgba8(size, [200, 90, 20, 255].repeat(64 * 64)).unwrap();
    let hole = rectangle(size, 20, 20, 44, 44);
    let generator = generator();
    let by = |join| {
        let options = Options { finish: Finish::Published(join), ..Options::default() };
        filled(&flat, &hole, options, Some(&generator))
    };
    let jump = |result: &Photo| -> u32 {
        (20..44).map(|y| u32::from(result.pixel(20, y)[0].abs_diff(200))).sum()
    };
    let [pasted, cloned] = [Join::Pasted, Join::Cloned].map(by);
    let [wide, closed] = [&pasted, &cloned].map(jump);
    assert!(closed < wide, "{closed}, {wide} if it is pasted");
}

#[test]
fn contextual_attention_says_where_it_looked() {
    let size = [96, 96];
    let hole = rectangle(size, 36, 36, 60, 60);
    let config = NetworkConfig::Contextual(ContextualConfig::new().with_channels(4));
    let origins_by = |generator: &Generator, finish| {
        let options = Options { finish, ..Options::default() };
        let mut filling = Filling::new(photo(96, 96), hole.clone(), options).unwrap();
        pollster::block_on(filling.step(Some(generator))).unwrap();
        filling.finish().origins
    };
    let finish = Finish::Published(Join::Pasted);
    let origins = origins_by(&generator_of(config, 64), finish);
    for [x, y] in [[37, 37], [48, 48], [59, 40]] {
        let [from_x, from_y] = origins.of([x, y]).unwrap();
        assert!(from_x < 96 && from_y < 96, "it lies in the photo");
        let is_hidden = hole.pixels()[(from_y * 96 + from_x) as usize] != 0;
        assert!(!is_hidden, "what is hidden has nothing to lend: {from_x}, {from_y}");
    }
    assert_eq!(origins.of([30, 48]), None, "what is known came from nowhere else");
    let other = origins_by(&generator(), finish);
    assert_eq!(other.of([48, 48]), None, "control: other networks do not look at cells");
}

/// Grass and sky with a black box between them.
fn scene() -> (Photo, Hole) {
    let size = [120_u32, 90];
    let hole = rectangle(size, 40, 30, 70, 65);
    let pixel = |i: usize| match (hole.pixels()[i], i / 120) {
        (1, _) => [0, 0, 0, 255],
        (_, 0..45) => [120, 160 + (i / 120) as u8, 230, 255],
        _ => [50 + 60 * (i % 120 / 3 % 2) as u8, 130, 40, 255],
    };
    let rgba = (0..120 * 90).flat_map(pixel).collect();
    (Photo::from_rgba8(size, rgba).unwrap(), hole)
}

#[test]
fn what_was_in_the_hole_does_not_matter_and_is_gone() {
    let (photo, hole) = scene();
    let mut other = photo.clone();
    let pixels = other.rgba_mut().chunks_exact_mut(4);
    for (pixel, _) in pixels.zip(hole.pixels()).filter(|(_, hole)| **hole != 0) {
        pixel[..3].copy_from_slice(&[255, 0, 255]);
    }
    let result = filled(&photo, &hole, Options::default(), None);
    assert_eq!(result, filled(&other, &hole, Options::default(), None));
    let darkest = (40..70).flat_map(|x| (30..65).map(move |y| [x, y]));
    let darkest = darkest.map(|[x, y]| result.pixel(x, y)[1]).min();
    assert!(darkest > Some(100), "the black box still shows: {darkest:?}");
    assert_ne!(photo, other, "control: the photos differ in the hole");
}

#[test]
fn the_sky_goes_on_as_sky_and_the_grass_as_stripes() {
    let (photo, hole) = scene();
    let result = filled(&photo, &hole, Options::default(), None);
    let [sky, grass] = [result.pixel(55, 34), result.pixel(55, 62)];
    assert!(sky[2] > 200 && grass[2] < 80, "blue above {sky:?}, green below {grass:?}");
    let reds: Vec<u8> = (45..65).map(|x| result.pixel(x, 60)[0]).collect();
    let [least, most] = [reds.iter().min(), reds.iter().max()].map(|red| *red.unwrap());
    assert!(most - least > 40, "stripes, not a mean: {reds:?}");
}

#[test]
fn a_feather_fades_in_from_the_rim_and_never_outside() {
    let (photo, hole) = scene();
    let hard = filled(&photo, &hole, Options::default(), None);
    let options = Options { feather_px: 7.0, ..Options::default() };
    let soft = filled(&photo, &hole, options, None);
    assert!(is_inside(&changed(&photo, &soft), &hole));
    let green = |photo: &Photo, x| i32::from(photo.pixel(x, 40)[1]);
    // Black shows through: one eighth of the way in at the rim, all of it eight pixels further.
    for (x, share) in [(40, 1), (41, 2), (43, 4), (46, 7), (47, 8), (55, 8)] {
        let wanted = green(&hard, x) * share / 8;
        assert!((green(&soft, x) - wanted).abs() <= 1, "column {x}: {}", green(&soft, x));
    }
    assert_ne!(hard, soft, "control: the feather does something");
}

#[test]
fn nothing_is_borrowed_from_what_is_transparent() {
    let (mut photo, hole) = scene();
    // From the hole on to the right all is transparent, and would be magenta if it were seen.
    for (i, pixel) in photo.rgba_mut().chunks_exact_mut(4).enumerate() {
        if i % 120 >= 70 {
            pixel.copy_from_slice(&[255, 0, 255, 0]);
        }
    }
    let result = filled(&photo, &hole, Options::default(), None);
    let pink = (30..65).flat_map(|y| (40..70).map(move |x| [x, y]));
    let pink = pink.filter(|&[x, y]| result.pixel(x, y)[1] < 90).count();
    assert_eq!(pink, 0, "pixels without green came from the transparent half");
}

#[test]
fn far_holes_are_steps_of_their_own_and_near_ones_are_not() {
    let size = [1300, 700];
    let mut hole = rectangle(size, 30, 30, 60, 50);
    hole.rectangle(Rect { left: 70, top: 40, right: 90, bottom: 60 }, Pen::Add);
    let count = |hole: &Hole| {
        Filling::new(photo(1300, 700), hole.clone(), Options::default()).unwrap().steps()
    };
    assert_eq!(count(&hole), 1);
    hole.rectangle(Rect { left: 1200, top: 600, right: 1250, bottom: 640 }, Pen::Add);
    hole.stroke(&[Dab { x: 650.0, y: 100.0, radius_px: 20.0 }], Pen::Add).unwrap();
    assert_eq!(count(&hole), 3);
    let result = filled(&photo(1300, 700), &hole, Options::default(), None);
    let changed = changed(&photo(1300, 700), &result);
    assert!(is_inside(&changed, &hole));
    let unpainted = hole.parts().parts().len() - changed.parts().parts().len().min(4);
    assert_eq!(unpainted, 0, "all four were painted");
}

#[test]
fn the_same_photo_and_hole_give_the_same_bytes() {
    let (photo, hole) = scene();
    let generator = generator();
    for generator in [None, Some(&generator)] {
        let once = filled(&photo, &hole, Options::default(), generator);
        assert_eq!(once, filled(&photo, &hole, Options::default(), generator));
    }
    let other = Options { seed: 2, ..Options::default() };
    // In the scene there is one best way; here there are many.
    let noisy = self::photo(120, 90);
    let [one, two] =
        [Options::default(), other].map(|options| filled(&noisy, &hole, options, None));
    assert!(one != two, "control: another seed, other pieces");
}

#[test]
fn a_hole_that_leaves_a_thin_rim_is_filled_from_it() {
    // On the grid of the pieces no cell of the rim is whole, so only its colours can go on.
    let size = [1300, 1300];
    let grey = Photo::from_rgba8(size, [90, 100, 110, 255].repeat(1300 * 1300)).unwrap();
    let hole = rectangle(size, 1, 1, 1299, 1299);
    let mut black = grey.clone();
    let pixels = black.rgba_mut().chunks_exact_mut(4);
    for (pixel, _) in pixels.zip(hole.pixels()).filter(|(_, hole)| **hole != 0) {
        pixel[..3].fill(0);
    }
    let result = filled(&black, &hole, Options::default(), None);
    let furthest = result.rgba().iter().zip(grey.rgba()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(furthest <= Some(1), "{furthest:?} of 255 off");
}

#[test]
fn a_network_that_sees_nothing_of_the_photo_adds_nothing() {
    // Two pixels all around are known, but no cell of the network's coarser grid is.
    let photo = photo(250, 250);
    let hole = rectangle([250, 250], 2, 2, 248, 248);
    let by = |generator: Option<&Generator>| filled(&photo, &hole, Options::default(), generator);
    assert_eq!(by(Some(&generator())), by(None));
}

#[test]
fn err_empty_full_and_foreign_holes_are_refused_in_one_sentence() {
    let refusal =
        |hole: Hole, options: Options| Filling::new(photo(40, 30), hole, options).unwrap_err();
    let plain = Options::default();
    let empty = refusal(Hole::empty([40, 30]).unwrap(), plain);
    assert_eq!(empty.to_string(), "hole must have at least one pixel to paint");
    assert_eq!(empty.code(), "hole-empty");
    let full = refusal(rectangle([40, 30], 0, 0, 40, 30), plain);
    assert_eq!(full.to_string(), "hole must leave a part of the photo to fill it from");
    assert_eq!(full.code(), "hole-full");
    let foreign = refusal(rectangle([30, 40], 0, 0, 4, 4), plain);
    assert_eq!(foreign.to_string(), "hole must be 40×30 pixels as the photo, got \"30×40\"");
    for feather_px in [-1.0, f32::NAN, f32::INFINITY] {
        let bad = refusal(rectangle([40, 30], 0, 0, 4, 4), Options { feather_px, ..plain });
        assert!(matches!(bad, Error::BadSetting { name: "radius", .. }), "{bad}");
    }
    for detail in [7.0, -0.1, f32::NAN, f32::INFINITY] {
        let bad = refusal(rectangle([40, 30], 0, 0, 4, 4), Options { detail, ..plain });
        assert!(bad.to_string().starts_with("detail must be within 0..=1"), "{bad}");
    }
    let almost = rectangle([40, 30], 1, 0, 40, 30);
    assert!(Filling::new(photo(40, 30), almost, plain).is_ok(), "one column is enough");
}

#[test]
fn every_painted_pixel_was_taken_from_outside_the_hole() {
    // Two holes far apart, so that there are two windows; cells of two pixels in the larger one.
    let size = [1400, 700];
    let mut hole = rectangle(size, 40, 40, 120, 100);
    hole.rectangle(Rect { left: 800, top: 100, right: 1300, bottom: 600 }, Pen::Add);
    let mut filling = Filling::new(photo(1400, 700), hole.clone(), Options::default()).unwrap();
    for _ in 0..filling.steps() {
        pollster::block_on(filling.step(None)).unwrap();
    }
    assert!(filling.steps() > 1, "control: several windows");
    let origins = filling.finish().origins;
    let is_hole = |[x, y]: [u32; 2]| hole.pixels()[(y * 1400 + x) as usize] != 0;
    let mut painted = 0;
    for pixel in (0..700).step_by(3).flat_map(|y| (0..1400).step_by(3).map(move |x| [x, y])) {
        if let Some(from) = origins.of(pixel) {
            assert!(!is_hole(from), "{pixel:?} from {from:?}, which was hidden");
            painted += u32::from(is_hole(pixel));
        } else {
            assert!(!is_hole(pixel), "{pixel:?} comes from nowhere");
        }
    }
    assert!(painted > 20_000, "control: {painted} painted pixels were asked for");
}

/// Colours that change evenly from corner to corner, with grain of a deviation of `grain` levels.
fn ramp([w, h]: [u32; 2], grain: f32) -> Photo {
    let mut state = 1_u32;
    let mut noise = || {
        // The sum of four even numbers is bell-shaped enough; its deviation is 0.577.
        let mut sum = -2.0;
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sum += (state >> 8) as f32 / 16_777_216.0;
        }
        sum / 0.577
    };
    let mut value = |base: f32| {
        let level = (base + grain * noise()).round() as i32;
        u8::try_from(level.clamp(0, 255)).unwrap()
    };
    let pixel = |i: u32| {
        let [x, y] = [(i % w) as f32 / w as f32, (i / w) as f32 / h as f32];
        [value(90.0 + 60.0 * x), value(100.0 + 50.0 * y), value(140.0 - 40.0 * x), 255]
    };
    Photo::from_rgba8([w, h], (0..w * h).flat_map(pixel).collect()).unwrap()
}

#[test]
fn holes_at_borders_and_corners_thin_ones_and_many_are_filled_as_well_as_any() {
    let size = [200, 150];
    let dots = || {
        let mut hole = Hole::empty(size).unwrap();
        for i in 0..500_usize {
            let [left, top] = [i * 37 % 195, i * 53 % 145];
            hole.rectangle(Rect { left, top, right: left + 3, bottom: top + 3 }, Pen::Add);
        }
        hole
    };
    let frame = || {
        let mut hole = rectangle(size, 0, 0, 200, 150);
        hole.rectangle(Rect { left: 10, top: 10, right: 190, bottom: 140 }, Pen::Erase);
        hole
    };
    let holes = [
        ("in the middle", rectangle(size, 80, 50, 125, 90)),
        ("in a corner", rectangle(size, 0, 0, 40, 35)),
        ("at a border", rectangle(size, 160, 50, 200, 80)),
        ("a line from end to end", rectangle(size, 0, 74, 200, 76)),
        ("500 dots", dots()),
        ("all around", frame()),
    ];
    let plain = ramp(size, 0.0);
    for (name, hole) in holes {
        let result = filled(&plain, &hole, Options::default(), None);
        let pairs = result.rgba().chunks(4).zip(plain.rgba().chunks(4)).zip(hole.pixels());
        let inside = pairs.filter(|(_, inside)| **inside == 1);
        let sum: u32 = inside
            .map(|((a, b), _)| (0..3).map(|c| u32::from(a[c].abs_diff(b[c]))).sum::<u32>())
            .sum();
        let error = sum as f32 / (3 * hole.count()) as f32;
        assert!(error <= 3.0, "{name}: {error} of 255");
    }
}

#[test]
fn what_is_filled_has_the_grain_of_its_surroundings() {
    let size = [160, 120];
    let hole = rectangle(size, 50, 35, 110, 85);
    // How far each pixel lies from the mean of its four neighbours.
    let grain = |photo: &Photo, inside: u8| {
        let mut squares = (0.0, 0.0);
        for (x, y) in (1..119).flat_map(|y| (1..159).map(move |x| (x, y))) {
            if hole.pixels()[y * 160 + x] == inside {
                let at = |x: usize, y: usize| f32::from(photo.pixel(x as u32, y as u32)[1]);
                let around = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
                squares = (squares.0 + (4.0 * at(x, y) - around).powi(2), squares.1 + 1.0);
            }
        }
        f32::sqrt(squares.0 / squares.1)
    };
    for deviation in [4.0, 10.0, 20.0] {
        let result = filled(&ramp(size, deviation), &hole, Options::default(), None);
        let ratio = grain(&result, 1) / grain(&result, 0);
        assert!((0.7..1.4).contains(&ratio), "deviation {deviation}: {ratio}");
    }
    let bland = filled(&ramp(size, 0.0), &hole, Options::default(), None);
    let ratio = grain(&bland, 1) / grain(&ramp(size, 10.0), 0);
    assert!(ratio < 0.3, "control: without grain there is none, {ratio}");
}
