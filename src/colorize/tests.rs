//! Photos made of numbers and networks that are no networks; a file of its own for its length.

use super::*;
use crate::photo::chroma::tests::chroma_of_photo;
use crate::photo::color::tests::srgb_from_yuv;
use crate::photo::color::{byte_from, yuv_from_srgb};
use burn::tensor::TensorData;
use std::cell::RefCell;

const NETWORK: Showing = Showing { side_px: 64, hints: true, looks: &[LOOKS[0]] };

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
    let look = NETWORK.look(photo.size(), &LOOKS[0]);
    let cells = look.size().map(|side| side / cell);
    let size = photo.sides();
    let truth = chroma_of_photo(photo.rgba(), size, cells);
    move |input: Tensor<4>| {
        let [n, _, h, w] = input.dims();
        assert_eq!([w, h], look.padded());
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
    pollster::block_on(colorize_with(photo.clone(), options, NETWORK, &device, net)).unwrap()
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
        let options =
            Options { decode: Decode { temperature, lean, vivid: 0.0 }, ..Options::default() };
        of(&coloured(&grey, options, net), |[_, _, v]| v)[777]
    };
    assert!((red_of(0.02, [0.0; 2]) - 48.0).abs() < 1.5);
    assert!((red_of(1.0, [0.0; 2]) - 23.8).abs() < 1.5, "48 · .622 − 16 · .378");
    assert!((red_of(0.02, [0.5, 0.0]) + 16.0).abs() < 1.5, "leaning to blue");
}

#[test]
fn the_network_sees_lightness_and_no_hints() {
    // 80×40 on a grid of 64×32: one pixel of the photo is 0.8 of the grid.
    let mut photo = Photo::from_rgba8([80, 40], [50, 50, 50, 255].repeat(3200)).unwrap();
    for (x, y) in (40..60).flat_map(|x| (10..20).map(move |y| (x, y))) {
        photo.rgba_mut()[(y * 80 + x) * 4..][..3].fill(200);
    }
    let hints = [Hint { at: [10.0, 30.0], radius_px: 5.0, rgb: [255, 0, 0], reach: 1.0 }];
    for channels in [1, 4] {
        let seen = RefCell::new(Vec::new());
        let net = |input: Tensor<4>| {
            assert_eq!(input.dims(), [1, channels, 32, 64]);
            *seen.borrow_mut() = input.clone().into_data().try_to_vec::<f32>().unwrap();
            Tensor::zeros([1, 2, 8, 16], &input.device())
        };
        let options = Options { hints: &hints, ..Options::default() };
        let network = Showing { hints: channels == 4, ..NETWORK };
        let device = Device::flex();
        let photo = photo.clone();
        pollster::block_on(colorize_with(photo, options, network, &device, net)).unwrap();
        let seen = seen.take();
        let at = |x: usize, y: usize| seen[y * 64 + x];
        assert!((at(40, 12) - 200.0 / 255.0).abs() < 0.01, "inside: {}", at(40, 12));
        assert!((at(10, 25) - 50.0 / 255.0).abs() < 0.01, "outside: {}", at(10, 25));
        assert!(seen[2048..].iter().all(|value| *value == 0.0));
    }
    let look = NETWORK.look([80, 40], &LOOKS[0]);
    let cells = light_of_cells(&light_from_rgba(&look.shrunk(&photo)), look.size(), [16, 8]);
    assert!((cells[3 * 16 + 10] - 200.0).abs() < 1.0 && (cells[0] - 50.0).abs() < 1.0);
}

#[test]
fn what_is_seen_is_a_whole_grid() {
    let look = |photo, side_px| Showing { side_px, ..NETWORK }.look(photo, &LOOKS[0]);
    // Proportions hold within half a cell, and a strip has one cell at least.
    assert_eq!(look([1000, 700], 256).size(), [256, 180]); // 179.2
    assert_eq!(look([3000, 16], 256).size(), [256, 4]);
    assert_eq!(look([500, 1000], 250).padded(), [128, 256]);
}

#[test]
fn the_network_looks_twice_and_the_mean_counts() {
    let [photo, _] = photos([120, 80]);
    // Answers how light each cell is, so that a look that lay wrong would show.
    let sides = RefCell::new(Vec::new());
    let net = |input: Tensor<4>| {
        let [_, _, h, w] = input.dims();
        let light = input.narrow(1, 0, 1).into_data().try_to_vec::<f32>().unwrap();
        sides.borrow_mut().push(w);
        let level = if w == 128 { 40.0 } else { -20.0 };
        let middle = |i: usize| (4 * (i / (w / 4)) + 2) * w + 4 * (i % (w / 4)) + 2;
        let cell = |i: usize| light[middle(i)] * 100.0 + level;
        let plane: Vec<f32> = (0..w / 4 * (h / 4)).map(cell).collect();
        let data = TensorData::new(plane.repeat(2), [1, 2, h / 4, w / 4]);
        Tensor::from_data(data, &Device::flex())
    };
    let answer = |looks: &'static [Quarters]| {
        let network = Showing { side_px: 128, hints: false, looks };
        let guess = guess_with(&photo, &[], network, &Device::flex(), net).unwrap();
        pollster::block_on(guess.chroma(Decode::default())).unwrap()
    };
    let [once, twice] = [&LOOKS[..1], &LOOKS[..]].map(answer);
    assert_eq!(once.size(), [32, 21]);
    assert_eq!(twice.size(), once.size(), "as fine as the first look");
    let apart = once.uv().iter().zip(twice.uv()).map(|(once, twice)| once[0] - twice[0]);
    // The second look says 60 less, and sees the same photo after it was turned back.
    let worst = apart.map(|apart| (apart - 30.0).abs()).fold(0.0, f32::max);
    assert!(worst < 4.0, "{worst}");
    assert_eq!(sides.take(), [128, 128, 96]);
}

#[test]
fn err_settings_are_refused_before_the_network_runs() {
    let [_, grey] = photos([40, 30]);
    let refused = |options: Options| {
        let net = |_: Tensor<4>| unreachable!("the network must not run");
        let device = Device::flex();
        let result = colorize_with(grey.clone(), options, NETWORK, &device, net);
        pollster::block_on(result).unwrap_err().to_string()
    };
    let hinted = |hint: Hint| refused(Options { hints: &[hint], ..Options::default() });
    let hint = Hint { at: [40.0, 3.0], radius_px: 2.0, rgb: [1, 2, 3], reach: 1.0 };
    let options = Options::default();
    assert!(hinted(hint).starts_with("hint must be inside 40×30"));
    let inside = Hint { at: [4.0, 3.0], ..hint };
    let bad = Hint { radius_px: f32::NAN, ..inside };
    assert!(hinted(bad).starts_with("hint must be"));
    for reach in [0.0, 11.0, f32::NAN] {
        assert!(hinted(Hint { reach, ..inside }).starts_with("reach must be within 0.1..=10"));
    }
    for temperature in [0.0, f32::NAN, 3.0] {
        let decode = Decode { temperature, ..Decode::default() };
        let text = refused(Options { decode, ..options });
        assert!(text.starts_with("temperature must be within 0.01..=1"), "{text}");
    }
    let adjustment = Adjustment { saturation: 5.0, warmth: 0.0 };
    assert!(refused(Options { adjustment, ..options }).starts_with("saturation"));
}

#[test]
fn err_an_answer_that_is_not_a_number() {
    let [_, grey] = photos([40, 30]);
    let net = |input: Tensor<4>| Tensor::full([1, 2, 16, 16], f32::NAN, &input.device());
    let device = Device::flex();
    let result = colorize_with(grey, Options::default(), NETWORK, &device, net);
    assert_eq!(pollster::block_on(result).unwrap_err().code(), "device");
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
    let guess = guess_with(&grey, &[], NETWORK, &Device::flex(), net).unwrap();
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
    let guess = guess_with(&grey, &[], NETWORK, &Device::flex(), knowing(&photo, 4)).unwrap();
    assert_eq!(guess.variants(), &VARIANTS[..1]);
    let cold = Decode { temperature: 0.01, lean: [9.0, 9.0], vivid: 3.0 };
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

#[test]
fn a_hint_colours_the_place_around_it_and_what_looks_alike() {
    // A dark coat before a light wall.
    let mut grey = Photo::from_rgba8([128, 96], [200, 200, 200, 255].repeat(128 * 96)).unwrap();
    for (x, y) in (20..60).flat_map(|x| (10..80).map(move |y| (x, y))) {
        grey.rgba_mut()[(y * 128 + x) * 4..][..3].fill(70);
    }
    let hint = Hint::dab([40.0, 30.0], [40, 110, 60], grey.size());
    assert!((hint.radius_px - 2.0).abs() < 1e-6, "128 / 64");
    let colourless = |input: Tensor<4>| {
        let [_, _, h, w] = input.dims();
        Tensor::zeros([1, 2, h / 4, w / 4], &input.device())
    };
    let with = |hints: &[Hint]| {
        let options = Options { hints, ..Options::default() };
        coloured(&grey, options, colourless)
    };
    assert_eq!(with(&[]), grey, "control");
    let hinted = with(&[hint]);
    let [_, u, v] = yuv_from_srgb(hint.rgb);
    let share = |x, y| {
        let [r, g, b, _] = hinted.pixel(x, y);
        let [_, here_u, here_v] = yuv_from_srgb([r, g, b]);
        (here_u * u + here_v * v) / (u * u + v * v)
    };
    assert!((share(40, 30) - 1.0).abs() < 0.1, "{}", share(40, 30));
    assert!(share(40, 70) > 0.6, "the coat's other end: {}", share(40, 70));
    assert!(share(100, 30) < 0.2, "the wall: {}", share(100, 30));
}

#[test]
fn a_stamp_on_a_print_keeps_its_colours() {
    let [plain, mut print] = photos([120, 90]);
    let is_stamp = |i: usize| i % 120 < 24 && i / 120 < 20;
    for (i, pixel) in print.rgba_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        if is_stamp(i) {
            pixel[..3].copy_from_slice(&[40 + (i % 7) as u8, 60, 150]);
        }
    }
    let chroma = ChromaGrid::new([1, 1], vec![[-30.0, 25.0]]).unwrap();
    let moved = |photo: &Photo, is_wanted: &dyn Fn(usize) -> bool| {
        let done = put(photo.clone(), &chroma, Adjustment::NEUTRAL, 1.0).unwrap();
        let pairs = photo.rgba().chunks(4).zip(done.rgba().chunks(4)).enumerate();
        let apart = pairs.filter(|(i, _)| is_wanted(*i)).map(|(_, (before, after))| {
            (0..3).map(|c| before[c].abs_diff(after[c])).max().unwrap()
        });
        let apart: Vec<u8> = apart.collect();
        [*apart.iter().min().unwrap(), *apart.iter().max().unwrap()]
    };
    assert!(moved(&print, &is_stamp)[1] <= 1, "the stamp: {:?}", moved(&print, &is_stamp));
    let rest = moved(&print, &|i| !is_stamp(i));
    assert!(rest[0] >= 15, "the rest is coloured: {rest:?}");
    let colours = moved(&plain, &is_stamp);
    assert!(colours[0] >= 8, "control: a photo in colour is coloured anew, all of it: {colours:?}");
}
