use super::*;
use crate::train::losses::check::{gradient_error, numbers, random};
use crate::train::losses::perceptual::perceptual;
use safetensors::tensor::TensorView;

/// A tensor of a file: name, shape, values.
type Entry = (String, Vec<usize>, Vec<f32>);

/// Weights scattered so that signals keep their size, by a formula.
fn scattered(name: &str, shape: &[usize]) -> Entry {
    let fan_in: usize = shape[1..].iter().product();
    let scale = (6.0 / fan_in as f32).sqrt();
    let start = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte));
    let count = u32::try_from(shape.iter().product::<usize>()).unwrap();
    let value = |i: u32| {
        let mixed = (start ^ i).wrapping_mul(2_654_435_769);
        (f32::from(u16::try_from(mixed >> 16).expect("16 bits")) / 32_767.5 - 1.0) * scale
    };
    (name.to_owned(), shape.to_vec(), (0..count).map(value).collect())
}

/// `NAME.weight` of that shape and `NAME.bias`, all zeros but for a small offset.
fn layer(name: &str, shape: [usize; 4]) -> [Entry; 2] {
    let bias = (format!("{name}.bias"), vec![shape[0]], vec![0.01; shape[0]]);
    [scattered(&format!("{name}.weight"), &shape), bias]
}

fn bytes_from_entries(entries: &[Entry]) -> Vec<u8> {
    let bytes: Vec<(&Entry, Vec<u8>)> = entries
        .iter()
        .map(|entry| (entry, entry.2.iter().flat_map(|value| value.to_le_bytes()).collect()))
        .collect();
    let views = bytes.iter().map(|((name, shape, _), bytes)| {
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

fn mobilenet() -> Vec<Entry> {
    let mut entries = layer("Conv1", [32, 3, 3, 3]).to_vec();
    entries.extend(layer("expanded_conv_depthwise", [32, 1, 3, 3]));
    entries.extend(layer("expanded_conv_project", [16, 32, 1, 1]));
    let outs = [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96];
    for (i, pair) in outs.windows(2).enumerate() {
        let wide = 6 * pair[0];
        entries.extend(layer(&format!("block_{}_expand", i + 1), [wide, pair[0], 1, 1]));
        entries.extend(layer(&format!("block_{}_depthwise", i + 1), [wide, 1, 3, 3]));
        entries.extend(layer(&format!("block_{}_project", i + 1), [pair[1], wide, 1, 1]));
    }
    entries.extend(layer("block_13_expand", [576, 96, 1, 1]));
    entries
}

fn read(entries: &[Entry], device: &Device) -> Result<Features> {
    Features::from_bytes("test".into(), &bytes_from_entries(entries), device)
}

#[test]
fn maps_are_where_the_publication_has_them() {
    let device = Device::flex();
    let net = read(&mobilenet(), &device).unwrap();
    let maps = net.taps(random([1, 3, 32, 48], 1));
    let shapes: Vec<[usize; 4]> = maps.iter().map(Tensor::dims).collect();
    let wanted =
        [[1, 32, 16, 24], [1, 96, 16, 24], [1, 144, 8, 12], [1, 192, 4, 6], [1, 576, 2, 3]];
    assert_eq!(shapes, wanted);
}

#[test]
fn same_padding_is_that_of_tensorflow() {
    for ([side, kernel, stride], pads) in [
        ([8, 3, 2], (0, 1)),
        ([7, 3, 2], (1, 1)),
        ([8, 3, 1], (1, 1)),
        ([5, 1, 2], (0, 0)),
        ([6, 5, 2], (1, 2)),
    ] {
        assert_eq!(padding(side, kernel, stride), pads, "{side} {kernel} {stride}");
    }
    let device = Device::flex();
    let layer = Layer {
        weight: Tensor::ones([1, 1, 3, 3], &device),
        bias: Tensor::zeros([1], &device),
        stride: 2,
    };
    // Windows begin at 0 and 2: of the second, one row or column lies beyond the end.
    let count = numbers(layer.forward(Tensor::ones([1, 1, 4, 4], &device)));
    assert_eq!(count, [9.0, 6.0, 6.0, 4.0], "as PyTorch pads it is 4, 6, 6, 9");
}

#[test]
fn gradients_flow_through_to_the_picture() {
    let device = Device::flex().autodiff();
    let net = read(&mobilenet(), &device).unwrap();
    let [at, other] = [1, 2].map(|seed| random([1, 3, 32, 32], seed));
    // Towards the other picture, where there is a slope to speak of.
    let along = other.clone() - at.clone();
    let from = |t: Tensor<1>| at.clone() + along.clone() * t.reshape([1, 1, 1, 1]);
    let zero = Tensor::<1>::zeros([1], &Device::flex());
    let error = gradient_error(&zero, |t| net.distance(from(t), other.clone()));
    assert!(error < 0.05, "{error}");
}

#[test]
fn maps_are_apart_by_their_directions() {
    // Two positions: (3, 4) beside (4, 3) is (0.6, 0.8) beside (0.8, 0.6), 0.08; (1, 0) beside
    // (0, 2) is 2, the square of √2. In the second picture (0, 0) beside (5, 0): 1, and nothing.
    let device = Device::flex();
    let map = |values: [[[f32; 2]; 2]; 2]| {
        Tensor::<3>::from_floats(values, &device).reshape([2, 2, 1, 2])
    };
    let a = map([[[3.0, 1.0], [4.0, 0.0]], [[0.0, 7.0], [0.0, 7.0]]]);
    let b = map([[[4.0, 0.0], [3.0, 2.0]], [[5.0, 1.0], [0.0, 1.0]]]);
    let got = numbers(apart(a, b));
    assert!((got[0] - 1.04).abs() < 1e-5 && (got[1] - 0.5).abs() < 1e-5, "{got:?}");
}

#[test]
fn a_picture_has_no_distance_to_itself_and_some_to_another() {
    let device = Device::flex();
    let [a, b] = [1, 2].map(|seed| random([2, 3, 32, 40], seed));
    let net = read(&mobilenet(), &device).unwrap();
    assert_eq!(numbers(net.distance(a.clone(), a.clone())), [0.0; 2]);
    let there = numbers(net.distance(a.clone(), b.clone()));
    assert!(there.iter().all(|distance| *distance > 1e-3 && *distance < 4.0), "{there:?}");
    assert_eq!(there, numbers(net.distance(b.clone(), a.clone())));
    let loss = perceptual(&net.taps(a.clone()), &net.taps(b));
    assert!(numbers(loss)[0] > 0.0);
}

#[test]
fn err_files_that_are_absent_damaged_or_of_another_network() {
    let device = Device::flex();
    let missing = Features::load(Path::new("/nowhere/net.safetensors"), &device).unwrap_err();
    let missing = missing.to_string();
    assert!(
        missing.starts_with(r#"weights "/nowhere/net.safetensors" are missing: "#),
        "{missing}"
    );
    let whole = bytes_from_entries(&mobilenet());
    let refused = |entries: &[Entry]| read(entries, &device).unwrap_err().to_string();
    let cut = &whole[..whole.len() - 1];
    let cut = Features::from_bytes("test".into(), cut, &device);
    assert!(matches!(cut.unwrap_err(), Error::WeightsDamaged { .. }));
    let mut entries = mobilenet();
    let last = entries.len() - 2;
    entries[last].1 = vec![576, 48, 2, 1];
    let wanted = "block_13_expand.weight must be [576, 96, 1, 1], got [576, 48, 2, 1]";
    assert_eq!(refused(&entries), format!(r#"weights "test" do not fit: {wanted}"#));
    entries[last].0 = "block_13_project.weight".into();
    assert_eq!(
        refused(&entries),
        r#"weights "test" do not fit: block_13_expand.weight is missing"#
    );
    let mut entries = mobilenet();
    entries[0].2[5] = f32::NAN;
    let wanted = r#"weights "test" are damaged: Conv1.weight holds something that is not a number"#;
    assert_eq!(refused(&entries), wanted);
}

/// With trained weights: what was seen when they were chosen must be seen here.
///
/// `NAOBU_FEATURES=mobilenet.safetensors NAOBU_PHOTOS=folder cargo test --features train --
/// --ignored`
#[test]
#[ignore = "needs NAOBU_FEATURES and NAOBU_PHOTOS"]
fn distances_of_photographs_are_those_seen_before() {
    let device = Device::flex();
    let path = |name: &str| std::path::PathBuf::from(std::env::var_os(name).expect(name));
    let net = Features::load(&path("NAOBU_FEATURES"), &device).unwrap();
    let paths = crate::train::data::picture_paths(&path("NAOBU_PHOTOS")).unwrap();
    let stride = paths.len().div_ceil(6);
    let photos: Vec<Tensor<4>> = paths
        .iter()
        .step_by(stride)
        .map(|path| {
            let photo = crate::photo::decode::decode(&std::fs::read(path).unwrap()).unwrap();
            square(&photo, 256)
        })
        .collect();
    assert!(photos.len() > 2, "too few photos");
    let distance = |a: &Tensor<4>, b: &Tensor<4>| numbers(net.distance(a.clone(), b.clone()))[0];
    let noise = |photo: &Tensor<4>| {
        let noise = photo.random_like(burn::tensor::Distribution::Normal(0.0, 0.1));
        (photo.clone() + noise).clamp(0.0, 1.0)
    };
    for (i, photo) in photos.iter().enumerate() {
        let other = &photos[(i + 1) % photos.len()];
        let [itself, noisy, another] =
            [photo, &noise(photo), other].map(|picture| distance(photo, picture));
        println!("itself {itself:.3}, noise {noisy:.3}, another {another:.3}");
        assert_eq!(itself, 0.0);
        assert!((0.1..0.4).contains(&noisy), "noise: {noisy}");
        assert!((0.35..0.65).contains(&another), "another: {another}");
    }
}

/// The middle square of a photo, shrunk by averaging whole pixels, and nearest for the rest.
fn square(photo: &crate::photo::Photo, side: usize) -> Tensor<4> {
    let [w, h] = photo.sides();
    let short = w.min(h);
    let [left, top] = [(w - short) / 2, (h - short) / 2];
    let mut values = Vec::with_capacity(3 * side * side);
    for c in 0..3 {
        for i in 0..side * side {
            let span = |at: usize| at * short / side..((at + 1) * short).div_ceil(side);
            let (mut sum, mut count) = (0.0, 0.0);
            for y in span(i / side) {
                for x in span(i % side) {
                    sum += f32::from(photo.rgba()[((top + y) * w + left + x) * 4 + c]);
                    count += 255.0;
                }
            }
            values.push(sum / count);
        }
    }
    Tensor::from_data(TensorData::new(values, [1, 3, side, side]), &Device::flex())
}
