//! Weight files: what survives, and what is refused.

use burn::tensor::{Device, Tensor};
use naobu::error::Error;
use naobu::generator::Generator;
use naobu::model::NetworkConfig;
use naobu::model::outpaint::OutpaintConfig;
use naobu::pixels::Fill;
use naobu::task::{Finish, Task};
use naobu::weights::{Card, Manifest, Precision, bytes_from_net, sha256_from_bytes};
use naobu::work::Work;

fn card(config: OutpaintConfig) -> Card {
    Card {
        name: "tiny".into(),
        task: Task::Extend,
        side_px: 32,
        config: NetworkConfig::Outpaint(config),
        licence: "none".into(),
        data: "none".into(),
        work: None,
    }
}

#[test]
fn a_published_work_is_kept_in_the_card_and_is_nobodys_default() {
    let config = OutpaintConfig::smoke().with_channels(4).with_inner_channels(8);
    let net = NetworkConfig::Outpaint(config.clone()).init(&Device::flex());
    let mut manifest = Manifest { version: 1, weights: Vec::new() };
    for (name, work) in [("published", Some(Work::Outpainting)), ("ours", None)] {
        let card = Card { name: name.into(), work, ..card(config.clone()) };
        let bytes = bytes_from_net(&net, &card, Precision::Half);
        let read = Generator::from_bytes(name, None, &bytes, &Device::flex()).unwrap();
        assert_eq!(read.card.work, work);
        let finish = work.map_or(Finish::Blended, Work::finish);
        assert_eq!(read.finish(), finish);
        assert!((finish == Finish::Blended) == work.is_none(), "control: {finish:?}");
        manifest.add("file", &bytes, &card, ["", ""]);
    }
    assert_eq!(manifest.shipped(Task::Extend).unwrap().name, "ours");
    manifest.weights.pop();
    assert!(manifest.shipped(Task::Extend).is_none(), "a published work only when it is named");
}

fn tiny() -> (OutpaintConfig, Vec<u8>) {
    let config =
        OutpaintConfig::smoke().with_fill(Fill::Mean).with_channels(4).with_inner_channels(8);
    let bytes = bytes_from_net(
        &NetworkConfig::Outpaint(config.clone()).init(&Device::flex()),
        &card(config.clone()),
        Precision::Half,
    );
    (config, bytes)
}

#[test]
fn a_net_survives_its_file_within_the_precision_of_f16() {
    let device = Device::flex();
    let config =
        OutpaintConfig::smoke().with_fill(Fill::Mean).with_channels(4).with_inner_channels(8);
    let net = NetworkConfig::Outpaint(config.clone()).init(&device);
    let bytes = bytes_from_net(&net, &card(config.clone()), Precision::Half);
    let hash = sha256_from_bytes(&bytes);
    let read = Generator::from_bytes("tiny", Some(&hash), &bytes, &device).unwrap();
    assert_eq!(read.card.config, NetworkConfig::Outpaint(config.clone()));
    let input = Tensor::<4>::random([1, 4, 8, 12], burn::tensor::Distribution::Default, &device);
    let answers = [&net, &read.net, &NetworkConfig::Outpaint(config).init(&device)].map(|net| {
        net.paint(input.clone(), &[], 0).picture.into_data().try_to_vec::<f32>().unwrap()
    });
    let off =
        |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off(&answers[0], &answers[1]) < 2e-3, "off by {}", off(&answers[0], &answers[1]));
    assert!(off(&answers[0], &answers[2]) > 2e-3, "control: other weights answer otherwise");
    assert_eq!(
        bytes_from_net(&read.net, &read.card, Precision::Half),
        bytes,
        "writing again gives the same file"
    );
}

#[test]
fn eight_bits_halve_the_file_and_hardly_change_the_answer() {
    let device = Device::flex();
    let config = OutpaintConfig::ship().with_fill(Fill::Mean);
    let net = NetworkConfig::Outpaint(config.clone()).init(&device);
    let [half, eight] = [Precision::Half, Precision::Eight]
        .map(|precision| bytes_from_net(&net, &card(config.clone()), precision));
    assert!(eight.len() * 19 < half.len() * 10, "{} of {}", eight.len(), half.len());
    let input = Tensor::<4>::random([1, 4, 32, 48], burn::tensor::Distribution::Default, &device);
    let answer = |bytes: &[u8]| {
        let read = Generator::from_bytes("tiny", None, bytes, &device).unwrap();
        read.net.paint(input.clone(), &[], 0).picture.into_data().try_to_vec::<f32>().unwrap()
    };
    let [a, b] = [answer(&half), answer(&eight)];
    let mean = |values: &mut dyn Iterator<Item = f32>| values.sum::<f32>() / a.len() as f32;
    let apart = mean(&mut a.iter().zip(&b).map(|(a, b)| (a - b).powi(2))).sqrt();
    let middle = mean(&mut a.iter().copied());
    let spread = mean(&mut a.iter().map(|a| (a - middle).powi(2))).sqrt();
    assert!(apart > 0.0 && apart < spread / 50.0, "{apart} of {spread}");
    let read = Generator::from_bytes("tiny", None, &eight, &device).unwrap();
    let again = bytes_from_net(&read.net, &read.card, Precision::Eight);
    let read = Generator::from_bytes("tiny", None, &again, &device).unwrap();
    assert_eq!(bytes_from_net(&read.net, &read.card, Precision::Eight), again, "it settles");
}

#[test]
fn err_whole_numbers_without_their_scale_are_refused() {
    let config = OutpaintConfig::smoke().with_channels(4).with_inner_channels(8);
    let net = NetworkConfig::Outpaint(config.clone()).init(&Device::flex());
    let bytes = bytes_from_net(&net, &card(config), Precision::Eight);
    let name = b"\"first.weight.scale\"";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    let mut renamed = bytes.clone();
    renamed[at + 1] = b'g';
    let refused = Generator::from_bytes("tiny", None, &renamed, &Device::flex()).unwrap_err();
    assert!(refused.to_string().contains("first.weight.scale is missing"), "{refused}");
    assert!(Generator::from_bytes("tiny", None, &bytes, &Device::flex()).is_ok(), "control");
}

#[test]
fn err_a_changed_byte_or_a_cut_file_is_damaged() {
    let (_, bytes) = tiny();
    let hash = sha256_from_bytes(&bytes);
    let device = Device::flex();
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let refused = Generator::from_bytes("tiny", Some(&hash), &changed, &device).unwrap_err();
    assert!(matches!(refused, Error::WeightsDamaged { .. }), "{refused}");
    for length in [0, 7, 100, bytes.len() - 1] {
        let refused = Generator::from_bytes("tiny", None, &bytes[..length], &device).unwrap_err();
        assert!(matches!(refused, Error::WeightsDamaged { .. }), "{length}: {refused}");
    }
    assert!(Generator::from_bytes("tiny", Some(&hash), &bytes, &device).is_ok(), "control");
}

#[test]
fn err_weights_of_another_net_do_not_fit() {
    let device = Device::flex();
    let (config, _) = tiny();
    let net = NetworkConfig::Outpaint(config.clone()).init(&device);
    let wrong = |config: OutpaintConfig| {
        let bytes = bytes_from_net(&net, &card(config), Precision::Half);
        Generator::from_bytes("tiny", None, &bytes, &device).unwrap_err().to_string()
    };
    let wider = wrong(config.clone().with_inner_channels(9));
    assert!(wider.contains("must be ["), "names the tensor and both shapes: {wider}");
    let deeper = wrong(config.clone().with_halvings(3));
    assert!(deeper.contains("missing"), "{deeper}");
    let shallower = wrong(config.clone().with_halvings(1));
    assert!(shallower.starts_with("weights \"tiny\" do not fit: "), "{shallower}");
    let absurd = wrong(config.with_halvings(40));
    assert!(absurd.contains("no network that we build"), "{absurd}");
}
