use super::*;
use crate::train::losses::check::{gradient_error, numbers, random};
use crate::train::losses::perceptual::{DEOLDIFY_WEIGHTS, Difference, perceptual};
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

fn squeezenet() -> Vec<Entry> {
    let mut entries = layer("features.0", [64, 3, 3, 3]).to_vec();
    let fires = [
        (3, 64, 16, 64),
        (4, 128, 16, 64),
        (6, 128, 32, 128),
        (7, 256, 32, 128),
        (9, 256, 48, 192),
        (10, 384, 48, 192),
        (11, 384, 64, 256),
        (12, 512, 64, 256),
    ];
    for (entry, c_in, squeezed, expanded) in fires {
        entries.extend(layer(&format!("features.{entry}.squeeze"), [squeezed, c_in, 1, 1]));
        entries.extend(layer(&format!("features.{entry}.expand1x1"), [expanded, squeezed, 1, 1]));
        entries.extend(layer(&format!("features.{entry}.expand3x3"), [expanded, squeezed, 3, 3]));
    }
    entries
}

/// The convolutions of VGG16 at these entries of `features`.
fn vgg(entries: [usize; 13]) -> Vec<Entry> {
    let c = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512];
    let layers = entries.iter().zip(c.windows(2));
    layers.flat_map(|(i, c)| layer(&format!("features.{i}"), [c[1], c[0], 3, 3])).collect()
}

const WITH_NORM: [usize; 13] = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40];
const WITHOUT_NORM: [usize; 13] = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];

fn read(net: FeatureNet, entries: &[Entry], device: &Device) -> Result<Features> {
    Features::from_bytes(net, "test".into(), &bytes_from_entries(entries), device)
}

fn shapes(features: &Features, picture: Tensor<4>) -> Vec<[usize; 4]> {
    features.taps(picture).iter().map(Tensor::dims).collect()
}

#[test]
fn maps_are_where_the_publications_have_them() {
    let device = Device::flex();
    let picture = random([1, 3, 32, 48], 1);
    let net = read(FeatureNet::MobilenetV2, &mobilenet(), &device).unwrap();
    let wanted =
        [[1, 32, 16, 24], [1, 96, 16, 24], [1, 144, 8, 12], [1, 192, 4, 6], [1, 576, 2, 3]];
    assert_eq!(shapes(&net, picture.clone()), wanted);
    let net = read(FeatureNet::Squeezenet, &squeezenet(), &device).unwrap();
    let wanted = [
        [1, 64, 15, 23],
        [1, 128, 7, 11],
        [1, 256, 3, 5],
        [1, 384, 1, 2],
        [1, 384, 1, 2],
        [1, 512, 1, 2],
        [1, 512, 1, 2],
    ];
    assert_eq!(shapes(&net, picture.clone()), wanted);
    // Windows of 3 that hang over the end: 31 → 15, 14 → 7 and not 6.
    assert_eq!(pooled(Tensor::zeros([1, 1, 31, 14], &device), 3).dims(), [1, 1, 15, 7]);
    let net = read(FeatureNet::Vgg16, &vgg(WITH_NORM), &device).unwrap();
    assert_eq!(shapes(&net, picture), [[1, 256, 8, 12], [1, 512, 4, 6], [1, 512, 2, 3]]);
}

#[test]
fn both_of_torchvisions_layouts_of_vgg_are_read() {
    let device = Device::flex();
    let rename = |entries: Vec<Entry>| -> Vec<Entry> {
        // The same weights under the other layout's names.
        let named = entries.into_iter().map(|(name, shape, values)| {
            let mut parts = name.split('.').skip(1);
            let index: usize = parts.next().unwrap().parse().unwrap();
            let at = WITH_NORM.iter().position(|i| *i == index).unwrap();
            let name = format!("features.{}.{}", WITHOUT_NORM[at], parts.next().unwrap());
            (name, shape, values)
        });
        named.collect()
    };
    let picture = random([1, 3, 32, 32], 1);
    let [with, without] = [vgg(WITH_NORM), rename(vgg(WITH_NORM))].map(|entries| {
        let net = read(FeatureNet::Vgg16, &entries, &device).unwrap();
        numbers(net.taps(picture.clone()).remove(2))
    });
    assert_eq!(with, without);
    let other = read(FeatureNet::Vgg16, &vgg(WITHOUT_NORM), &device).unwrap();
    assert_ne!(with, numbers(other.taps(picture).remove(2)), "control: other weights");
}

#[test]
fn batch_norm_is_folded_as_it_would_have_computed() {
    let device = Device::flex();
    let norm =
        |part: &str, values: [f32; 2]| (format!("features.1.{part}"), vec![2], values.to_vec());
    let mut entries = layer("features.0", [2, 1, 3, 3]).to_vec();
    let plain = bytes_from_entries(&entries);
    entries.extend([norm("weight", [1.5, -0.5]), norm("bias", [0.1, 0.2])]);
    entries.extend([norm("running_mean", [0.3, -0.4]), norm("running_var", [0.25, 4.0])]);
    let folded = bytes_from_entries(&entries);
    let x = random([1, 1, 5, 4], 1);
    let [before, got] = [&plain, &folded].map(|bytes| {
        let file = SafeTensors::deserialize(bytes).unwrap();
        let weights = Weights { name: "test".into(), file, device: &device };
        numbers(vgg::layer(&weights, 0, [1, 2]).unwrap().forward(x.clone()))
    });
    for (i, (before, got)) in before.iter().zip(got).enumerate() {
        let c = i / 20;
        let deviation = ([0.25, 4.0][c] + 1e-5_f32).sqrt();
        let wanted = (before - [0.3, -0.4][c]) / deviation * [1.5, -0.5][c] + [0.1, 0.2][c];
        assert!((got - wanted).abs() < 1e-5, "{got} not {wanted}");
    }
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
        assert_eq!(Padding::Same.around(side, kernel, stride), pads, "{side} {kernel} {stride}");
    }
    let device = Device::flex();
    let count = |padding| {
        let layer = Layer {
            weight: Tensor::ones([1, 1, 3, 3], &device),
            bias: Tensor::zeros([1], &device),
            stride: 2,
            padding,
        };
        numbers(layer.forward(Tensor::ones([1, 1, 4, 4], &device)))
    };
    // Windows begin at 0 and 2: of the second, one row or column lies beyond the end.
    assert_eq!(count(Padding::Same), [9.0, 6.0, 6.0, 4.0]);
    assert_eq!(count(Padding::Even(1)), [4.0, 6.0, 6.0, 9.0], "control: as PyTorch pads");
}

#[test]
fn gradients_flow_through_to_the_picture() {
    let device = Device::flex().autodiff();
    let net = read(FeatureNet::MobilenetV2, &mobilenet(), &device).unwrap();
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
    let net = read(FeatureNet::Vgg16, &vgg(WITH_NORM), &device).unwrap();
    assert_eq!(numbers(net.distance(a.clone(), a.clone())), [0.0; 2]);
    let there = numbers(net.distance(a.clone(), b.clone()));
    assert!(there.iter().all(|distance| *distance > 1e-3 && *distance < 4.0), "{there:?}");
    assert_eq!(there, numbers(net.distance(b.clone(), a.clone())));
    let loss =
        perceptual(&net.taps(a.clone()), &net.taps(b), &DEOLDIFY_WEIGHTS, Difference::Absolute);
    assert!(numbers(loss)[0] > 0.0);
}

#[test]
fn err_files_that_are_absent_damaged_or_of_another_network() {
    let device = Device::flex();
    let error = |net, path: &str| Features::load(net, Path::new(path), &device).unwrap_err();
    let missing = error(FeatureNet::Vgg16, "/nowhere/vgg16.safetensors").to_string();
    assert!(
        missing.starts_with(r#"weights "/nowhere/vgg16.safetensors" are missing: "#),
        "{missing}"
    );
    let whole = bytes_from_entries(&mobilenet());
    let refused = |entries: &[Entry]| {
        read(FeatureNet::MobilenetV2, entries, &device).unwrap_err().to_string()
    };
    let cut = &whole[..whole.len() - 1];
    let cut = Features::from_bytes(FeatureNet::MobilenetV2, "test".into(), cut, &device);
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
    // A batch norm that is there by half.
    let mut entries = vgg(WITH_NORM);
    entries.push(("features.1.running_mean".into(), vec![64], vec![0.0; 64]));
    let error = read(FeatureNet::Vgg16, &entries, &device).unwrap_err().to_string();
    assert_eq!(error, r#"weights "test" do not fit: features.1.weight is missing"#);
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
    let net = Features::load(FeatureNet::MobilenetV2, &path("NAOBU_FEATURES"), &device).unwrap();
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
    let [w, h] = photo.size().map(|side| side as usize);
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
