//! Photos made of numbers and networks that are no networks; a file of its own for its length.

use super::*;
use crate::photo::color::{byte_from, srgb_from_yuv};
use std::cell::RefCell;

const NETWORK: Network = Network { side_px: 64, hints: true };

/// A landscape of soft colours, and its grey copy; opaque but for one corner.
fn photos([w, h]: [u32; 2]) -> [Photo; 2] {
    let mut rgba = Vec::new();
    let mut grey = Vec::new();
    for i in 0..w * h {
        let [x, y] = [(i % w) as f32 / w as f32, (i / w) as f32 / h as f32];
        let luma = 90.0 + 60.0 * (9.0 * x).sin() * (7.0 * y).cos();
        let rgb = srgb_from_yuv([luma, 50.0 * (x - 0.5), 50.0 * (0.5 - y)]);
        let alpha = if i == 0 { 7 } else { 255 };
        rgba.extend([rgb[0], rgb[1], rgb[2], alpha]);
        grey.extend([byte_from(luma_from_srgb(rgb)); 3].into_iter().chain([alpha]));
    }
    [rgba, grey].map(|bytes| Photo::from_rgba8([w, h], bytes).unwrap())
}

fn of(photo: &Photo, f: impl Fn([f32; 3]) -> f32) -> Vec<f32> {
    photo.rgba().chunks(4).map(|p| f(yuv_from_srgb([p[0], p[1], p[2]]))).collect()
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A network that knows the answer: the photo's own chroma, cell by cell.
fn knowing(photo: &Photo, cell: usize) -> impl Fn(Tensor<4>) -> Tensor<4> {
    let work = Work::new(photo.size(), NETWORK.side_px);
    let cells = work.size.map(|side| side / cell);
    let size = photo.size().map(|side| side as usize);
    let truth = ChromaGrid::of_photo(photo.rgba(), size, cells);
    move |input: Tensor<4>| {
        let [n, _, h, w] = input.dims();
        assert_eq!([w, h], work.padded);
        let [columns, rows] = [w / cell, h / cell];
        let value = |c: usize, x: usize, y: usize| match x < cells[0] && y < cells[1] {
            true => truth.uv()[y * cells[0] + x][c],
            false => 99.0, // beyond the photo: must not show
        };
        let data = (0..2 * columns * rows)
            .map(|i| value(i / (columns * rows), i % columns, i / columns % rows))
            .collect::<Vec<f32>>();
        Tensor::from_data(TensorData::new(data, [n, 2, rows, columns]), &input.device())
    }
}

fn coloured(photo: &Photo, options: Options, net: impl Fn(Tensor<4>) -> Tensor<4>) -> Photo {
    let device = Device::flex();
    pollster::block_on(colorize(photo.clone(), options, NETWORK, &device, net)).unwrap()
}

#[test]
fn a_network_that_knows_gives_the_colours_back_at_any_aspect() {
    for size in [[97, 61], [61, 97], [300, 100], [64, 64]] {
        for cell in [1, 2, 4] {
            let [photo, grey] = photos(size);
            let result = coloured(&grey, Options::default(), knowing(&photo, cell));
            assert_eq!(result.size(), photo.size());
            assert!(worst(&of(&result, |[y, ..]| y), &of(&grey, |[y, ..]| y)) <= 0.501);
            for channel in [1, 2] {
                let [got, wanted] = [&result, &photo].map(|p| of(p, |yuv| yuv[channel]));
                let off = worst(&got, &wanted);
                // Within the outermost half cell chroma is level; there are five rows at least.
                assert!(off < 5.5, "{size:?}, {cell}: {off}");
                let squashed = worst(&got, &of(&grey, |yuv| yuv[channel]));
                assert!(squashed > 15.0, "control: grey is further off, {squashed}");
            }
            assert!(result.rgba().chunks(4).zip(photo.rgba().chunks(4)).all(|(a, b)| a[3] == b[3]));
        }
    }
}

#[test]
fn lightness_stays_within_one_step_whatever_the_network_answers() {
    let [photo, _] = photos([70, 33]);
    let adjustment = Adjustment { saturation: 1.7, warmth: 0.8 };
    let options = Options { adjustment, ..Options::default() };
    let result = coloured(&photo, options, |input| {
        let [n, _, h, w] = input.dims();
        let noise = burn::tensor::Distribution::Uniform(-150.0, 150.0);
        Tensor::random([n, 2, h / 4, w / 4], noise, &input.device())
    });
    let light = [&result, &photo].map(|p| of(p, |[y, ..]| y));
    assert!(worst(&light[0], &light[1]) <= 1.002, "{}", worst(&light[0], &light[1]));
    assert_ne!(result, photo, "control");
}

#[test]
fn the_sliders_act_on_chroma() {
    let [photo, grey] = photos([50, 40]);
    let with = |saturation, warmth| {
        let adjustment = Adjustment { saturation, warmth };
        let options = Options { adjustment, ..Options::default() };
        coloured(&grey, options, knowing(&photo, 4))
    };
    assert_eq!(with(0.0, 0.0), grey);
    let mean =
        |photo: &Photo, channel: usize| of(photo, |yuv| yuv[channel]).iter().sum::<f32>() / 2000.0;
    assert!(mean(&with(1.0, 1.0), 2) > mean(&with(1.0, 0.0), 2) + 5.0, "warm is red");
    assert!(mean(&with(1.0, 1.0), 1) < mean(&with(1.0, 0.0), 1) - 5.0, "and not blue");
}

#[test]
fn bins_are_decoded_at_the_wanted_temperature() {
    let [_, grey] = photos([40, 40]);
    let bins = ChromaBins::new();
    let bin = |place: [f32; 2]| bins.places().iter().position(|p| *p == place).unwrap();
    let [red, blue] = [bin([-16.0, 48.0]), bin([48.0, -16.0])];
    let net = |input: Tensor<4>| {
        let [_, _, h, w] = input.dims();
        let mut logits = vec![-40.0; bins.places().len()];
        (logits[red], logits[blue]) = (0.5, 0.0);
        let shape = [1, logits.len(), 1, 1];
        let logits = Tensor::<4>::from_data(TensorData::new(logits, shape), &input.device());
        logits.expand([1, bins.places().len(), h / 4, w / 4])
    };
    let red_of = |temperature, lean| {
        let options = Options { decode: Decode { temperature, lean }, ..Options::default() };
        of(&coloured(&grey, options, net), |[_, _, v]| v)[777]
    };
    assert!((red_of(0.02, [0.0; 2]) - 48.0).abs() < 1.5);
    assert!((red_of(1.0, [0.0; 2]) - 23.8).abs() < 1.5, "48 · .622 − 16 · .378");
    assert!((red_of(0.02, [0.5, 0.0]) + 16.0).abs() < 1.5, "leaning to blue");
}

#[test]
fn the_network_sees_lightness_and_hints_where_they_are() {
    // 80×40 on a grid of 64×32: one pixel of the photo is 0.8 of the grid.
    let mut photo = Photo::from_rgba8([80, 40], [50, 50, 50, 255].repeat(3200)).unwrap();
    for (x, y) in (40..60).flat_map(|x| (10..20).map(move |y| (x, y))) {
        photo.rgba_mut()[(y * 80 + x) * 4..][..3].fill(200);
    }
    let hints = [
        Hint { at: [10.0, 30.0], radius_px: 0.0, rgb: [255, 0, 0] },
        Hint { at: [60.0, 20.0], radius_px: 5.0, rgb: [0, 0, 255] },
    ];
    let seen = RefCell::new(Vec::new());
    let net = |input: Tensor<4>| {
        assert_eq!(input.dims(), [1, 4, 32, 64]);
        *seen.borrow_mut() = input.clone().into_data().try_to_vec::<f32>().unwrap();
        Tensor::zeros([1, 2, 8, 16], &input.device())
    };
    let options = Options { hints: &hints, ..Options::default() };
    let device = Device::flex();
    pollster::block_on(colorize(photo, options, NETWORK, &device, net)).unwrap();
    let seen = seen.take();
    let at = |channel: usize, x: usize, y: usize| seen[(channel * 32 + y) * 64 + x];
    assert!((at(0, 40, 12) - 200.0 / 255.0).abs() < 0.01, "inside: {}", at(0, 40, 12));
    assert!((at(0, 10, 25) - 50.0 / 255.0).abs() < 0.01, "outside: {}", at(0, 10, 25));
    // By hand: red has U −37.5, V 156.8; (10, 30) is (8, 24) of the grid.
    assert!((at(1, 8, 24) + 37.51 / 128.0).abs() < 1e-3 && at(3, 8, 24) == 1.0);
    assert!((at(2, 8, 24) - 156.77 / 128.0).abs() < 1e-3);
    assert_eq!([at(3, 9, 24), at(3, 8, 25), at(3, 24, 8)], [0.0; 3], "one pixel only");
    // Five pixels around (60, 20) are four around (48, 16): some 50 of the grid.
    let blue = (0..2048).filter(|i| seen[3 * 2048 + i] == 1.0).count() - 1;
    assert!((44..58).contains(&blue), "{blue}");
    assert!(at(3, 48, 16) == 1.0 && at(1, 48, 16) > 0.8 && at(3, 53, 16) == 0.0);
}

#[test]
fn what_lies_beyond_the_photo_is_its_border_going_on() {
    let work = Work::new([64, 48], 64);
    assert_eq!([work.size, work.padded], [[64, 48], [64, 64]]);
    let plane: Vec<f32> = (0..64 * 48).map(|i| i as f32).collect();
    let padded = work.padded_plane(&plane);
    assert_eq!(padded[..64 * 48], plane);
    assert!((48..64).all(|y| padded[y * 64..][..64] == plane[47 * 64..]));
    // Proportions hold within half a cell, and a strip has one cell at least.
    assert_eq!(Work::new([1000, 700], 256).size, [256, 180]); // 179.2
    assert_eq!(Work::new([3000, 16], 256).size, [256, 4]);
    assert_eq!(Work::new([500, 1000], 250).padded, [128, 256]);
}

#[test]
fn err_settings_are_refused_before_the_network_runs() {
    let [_, grey] = photos([40, 30]);
    let refused = |options: Options, hints: bool| {
        let network = Network { hints, ..NETWORK };
        let net = |_: Tensor<4>| unreachable!("the network must not run");
        let device = Device::flex();
        let result = colorize(grey.clone(), options, network, &device, net);
        pollster::block_on(result).unwrap_err().to_string()
    };
    let hinted =
        |hint: Hint, taken: bool| refused(Options { hints: &[hint], ..Options::default() }, taken);
    let hint = Hint { at: [40.0, 3.0], radius_px: 2.0, rgb: [1, 2, 3] };
    let options = Options::default();
    assert!(hinted(hint, true).starts_with("hint must be inside 40×30"));
    let inside = Hint { at: [4.0, 3.0], ..hint };
    let bad = Hint { radius_px: f32::NAN, ..inside };
    assert!(hinted(bad, true).starts_with("hint must be"));
    assert!(hinted(inside, false).starts_with("hints must be none"));
    for temperature in [0.0, f32::NAN, 3.0] {
        let decode = Decode { temperature, ..Decode::default() };
        let text = refused(Options { decode, ..options }, true);
        assert!(text.starts_with("temperature must be within 0.01..=1"), "{text}");
    }
    let adjustment = Adjustment { saturation: 5.0, warmth: 0.0 };
    assert!(refused(Options { adjustment, ..options }, true).starts_with("saturation"));
}

#[test]
fn err_an_answer_that_is_not_a_number() {
    let [_, grey] = photos([40, 30]);
    let net = |input: Tensor<4>| Tensor::full([1, 2, 16, 16], f32::NAN, &input.device());
    let device = Device::flex();
    let result = colorize(grey, Options::default(), NETWORK, &device, net);
    assert_eq!(pollster::block_on(result).unwrap_err().code(), "device");
}

#[test]
fn training_sees_the_numbers_that_a_photo_gives() {
    // Red, and a grey-green: planes of two pixels.
    let bytes = [[255, 0, 0], [40, 90, 20]];
    let rgb: Vec<f32> =
        (0..3).flat_map(|c| bytes.map(|pixel: [u8; 3]| f32::from(pixel[c]) / 255.0)).collect();
    let planes = yuv_planes_from_rgb(&rgb);
    // By hand: red has Y 76.245, U −37.51, V 156.77.
    assert!((planes[0] - 0.299).abs() < 1e-6 && (planes[4] - 156.768).abs() < 1e-2, "{planes:?}");
    for (i, rgb) in bytes.into_iter().enumerate() {
        let [y, u, v] = yuv_from_srgb(rgb);
        let wanted = [y / 255.0, u, v];
        let got = [planes[i], planes[2 + i], planes[4 + i]];
        assert!(worst(&got, &wanted) < 1e-3, "{got:?} not {wanted:?}");
    }
    assert_eq!(hint_from_uv([64.0, -32.0]), [0.5, -0.25, 1.0]);
    let swapped: Vec<f32> = rgb.chunks(2).rev().flatten().copied().collect();
    assert!(worst(&yuv_planes_from_rgb(&swapped), &planes) > 10.0, "control: blue is not red");
}

/// How likely four chromas are, by the lightness of the place and by what is hinted there.
fn doubtful(input: Tensor<4>) -> Tensor<4> {
    let bins = ChromaBins::new();
    let bin = |place: [f32; 2]| bins.places().iter().position(|p| *p == place).unwrap();
    let chosen = [[-16.0, 48.0], [48.0, -16.0], [-32.0, -32.0], [0.0, 0.0]].map(bin);
    let [_, _, h, w] = input.dims();
    let seen = input.clone().into_data().try_to_vec::<f32>().unwrap();
    let cells = [w / 4, h / 4];
    let mut logits = vec![-40.0; bins.places().len() * cells[0] * cells[1]];
    for cell in 0..cells[0] * cells[1] {
        let at = (4 * (cell / cells[0]) + 2) * w + 4 * (cell % cells[0]) + 2;
        let likely = [seen[at], 1.0 - seen[at], seen[at] / 2.0, 0.2];
        for (bin, likely) in chosen.iter().zip(likely) {
            logits[bin * cells[0] * cells[1] + cell] = likely;
        }
    }
    let shape = [1, bins.places().len(), cells[1], cells[0]];
    Tensor::from_data(TensorData::new(logits, shape), &input.device())
}

#[test]
fn one_run_of_the_network_gives_every_variant_and_the_same_bytes_as_colouring_at_once() {
    let [_, grey] = photos([90, 61]);
    let runs = std::cell::Cell::new(0);
    let net = |input| {
        runs.set(runs.get() + 1);
        doubtful(input)
    };
    let guess = guess(&grey, &[], NETWORK, &Device::flex(), net).unwrap();
    let adjustment = Adjustment { saturation: 1.3, warmth: -0.4 };
    let mut all = Vec::new();
    for variant in guess.variants() {
        let chroma = pollster::block_on(guess.chroma(variant.decode)).unwrap();
        // As the page has it: plain numbers.
        let plain: Vec<f32> = chroma.uv().as_flattened().to_vec();
        let chroma = ChromaGrid::new(chroma.size(), plain.as_chunks().0.to_vec()).unwrap();
        let piecewise = put(grey.clone(), &chroma, adjustment, 0.7).unwrap();
        let options =
            Options { decode: variant.decode, adjustment, strength: 0.7, ..Options::default() };
        assert_eq!(piecewise, coloured(&grey, options, doubtful), "{}", variant.name);
        assert!(!all.contains(&piecewise), "control: {} is another picture", variant.name);
        all.push(piecewise);
    }
    assert_eq!((runs.get(), all.len()), (1, 6));
}

#[test]
fn variants_do_what_they_are_called() {
    let [_, grey] = photos([90, 61]);
    let mean = |name: &str, of_uv: fn([f32; 3]) -> f32| {
        let decode = name.parse::<Variant>().unwrap().decode;
        let options = Options { decode, ..Options::default() };
        let photo = coloured(&grey, options, doubtful);
        of(&photo, of_uv).iter().sum::<f32>() / (90.0 * 61.0)
    };
    let chroma = |name| mean(name, |[_, u, v]| u.hypot(v));
    let warmth = |name| mean(name, |[_, u, v]| v - u);
    assert!(chroma("calm") < chroma("natural") && chroma("natural") < chroma("bold"));
    assert!(warmth("warm") > warmth("natural") + 3.0 && warmth("cool") < warmth("natural") - 3.0);
    let greenness = |name| mean(name, |[_, u, v]| -u - v);
    assert!(greenness("green") > greenness("natural") + 3.0);
    let text = "loud".parse::<Variant>().unwrap_err().to_string();
    assert!(text.starts_with("variant must be natural, calm, bold,"), "{text}");
}

#[test]
fn where_the_network_answers_chroma_itself_there_is_one_variant() {
    let [photo, grey] = photos([64, 64]);
    let guess = guess(&grey, &[], NETWORK, &Device::flex(), knowing(&photo, 4)).unwrap();
    assert_eq!(guess.variants(), &VARIANTS[..1]);
    let cold = Decode { temperature: 0.01, lean: [9.0, 9.0] };
    let [usual, cold] =
        [Decode::default(), cold].map(|how| pollster::block_on(guess.chroma(how)).unwrap());
    assert_eq!(usual, cold);
}

#[test]
fn strength_goes_from_the_photos_own_bytes_to_all_of_the_new_colour() {
    // Also a photo with colours of its own: at 0 they stay.
    let [photo, grey] = photos([57, 43]);
    for before in [&grey, &photo] {
        let with = |strength| {
            let adjustment = Adjustment { saturation: 2.0, warmth: 1.0 };
            let options = Options { adjustment, strength, ..Options::default() };
            coloured(before, options, doubtful)
        };
        assert_eq!(&with(0.0), before);
        let [half, all] = [0.5, 1.0].map(with);
        for channel in [1, 2] {
            let [from, got, to] = [before, &half, &all].map(|p| of(p, |yuv| yuv[channel]));
            let mean: Vec<f32> = from.iter().zip(&to).map(|(a, b)| (a + b) / 2.0).collect();
            assert!(worst(&got, &mean) < 1.6, "rounded thrice: {}", worst(&got, &mean));
            assert!(worst(&from, &to) > 15.0, "control: {}", worst(&from, &to));
        }
        let light = [before, &half, &all].map(|p| of(p, |[y, ..]| y));
        assert!(light[1..].iter().all(|now| worst(now, &light[0]) <= 0.502));
    }
}

/// A network that believes what it is told: the hint's chroma in its cell, grey elsewhere.
fn believing(input: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = input.dims();
    let seen = input.clone().into_data().try_to_vec::<f32>().unwrap();
    let [columns, rows] = [w / 4, h / 4];
    let value = |i: usize| {
        let (c, x, y) = (i / (columns * rows), i % columns, i / columns % rows);
        let inside = (0..16).map(|k| (4 * y + k / 4) * w + 4 * x + k % 4);
        128.0
            * inside
                .map(|at| seen[(1 + c) * w * h + at])
                .fold(0.0, |a: f32, b| if a.abs() > b.abs() { a } else { b })
    };
    let values: Vec<f32> = (0..2 * columns * rows).map(value).collect();
    Tensor::from_data(TensorData::new(values, [1, 2, rows, columns]), &input.device())
}

#[test]
fn a_hint_colours_the_place_around_it_and_no_other() {
    let grey = Photo::from_rgba8([128, 96], [120, 120, 120, 255].repeat(128 * 96)).unwrap();
    let hint = Hint::dab([40.0, 30.0], [40, 160, 60], grey.size());
    assert!((hint.radius_px - 2.0).abs() < 1e-6, "128 / 64");
    let with = |hints: &[Hint]| {
        let options = Options { hints, ..Options::default() };
        coloured(&grey, options, believing)
    };
    assert_eq!(with(&[]), grey, "control");
    let hinted = with(&[hint]);
    let [_, u, v] = yuv_from_srgb(hint.rgb);
    let at = |x, y| {
        let [r, g, b, _] = hinted.pixel(x, y);
        yuv_from_srgb([r, g, b])
    };
    let [_, near_u, near_v] = at(40, 30);
    assert!(
        near_u * u + near_v * v > 0.6 * (u * u + v * v),
        "{:?} not {:?}",
        [near_u, near_v],
        [u, v]
    );
    for (x, y) in [(90, 30), (40, 80), (3, 3)] {
        assert_eq!(hinted.pixel(x, y), grey.pixel(x, y), "({x}, {y})");
    }
}
