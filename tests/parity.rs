//! Our networks answer as `PyTorch` does, with the same weights on the same picture.
//!
//! `parity/record.py` has the networks a second time and recorded the answers. Weights and pictures
//! are computed on both sides by one rule; only the answers are stored.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use naobu::model::colorize::{ColorizeConfig, Head};
use naobu::model::colorize_pyramid::ColorizePyramidConfig;
use naobu::model::completion::CompletionConfig;
use naobu::model::contextual::ContextualConfig;
use naobu::model::contextual_attention::HoleCells;
use naobu::model::defade::{DefadeConfig, tones_of};
use naobu::model::outpaint::OutpaintConfig;
use naobu::model::outpaint_keras::OutpaintKerasConfig;
use naobu::pixels::Fill;

/// How far apart the two may be. Sums in another order were found to differ by 1e-6 in the end.
const TOLERANCE: f64 = 1e-5;
/// The same for networks of thirty layers with attention, as a share of how far their answers
/// spread: `PyTorch` in 32 and in 64 bits was found to differ by 1.4e-5 of it, ours by 5e-5.
const DEEP_TOLERANCE: f64 = 1e-4;

/// Numbers in -1..1 from a name and a position: FNV-1a, then the finaliser of Murmur 3.
struct Noise(u32);

impl Noise {
    fn named(name: &str) -> Self {
        let mix = |seed: u32, byte: u8| (seed ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        Self(name.bytes().fold(0x811C_9DC5, mix))
    }

    fn at(&self, index: u32) -> f32 {
        let mut x = index.wrapping_mul(0x9E37_79B9) ^ self.0;
        x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B);
        x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
        x ^= x >> 16;
        #[expect(clippy::cast_possible_truncation, reason = "the same rounding as in PyTorch")]
        let value = ((f64::from(x) + 0.5) / f64::from(1_u32 << 31) - 1.0) as f32;
        value
    }

    fn values(self, count: usize) -> impl Iterator<Item = f32> {
        (0..u32::try_from(count).unwrap()).map(move |index| self.at(index))
    }
}

/// Replaces every parameter by what its name says.
#[derive(Default)]
struct ByName {
    path: Vec<String>,
    /// A name that is read as another: the control.
    misnamed: Option<&'static str>,
}

impl ModuleMapper for ByName {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let (shape, mut name) = (tensor.dims(), self.path.join("."));
        let scaled: Box<dyn Fn(f32) -> f32> = if D == 4 {
            let fan: usize = shape[1..].iter().product();
            let faint = match name.as_str() {
                "matched.weight" => 1.0 / 32.0,
                "out.weight" | "decoder.out.weight" => 1.0 / 2.0,
                _ => 1.0,
            };
            #[expect(clippy::cast_possible_truncation, reason = "the same rounding as in PyTorch")]
            let scale = ((6.0 / fan as f64).sqrt() * faint) as f32;
            Box::new(move |value| value * scale)
        } else if name.ends_with("gamma") {
            Box::new(|value| 1.0 + value / 4.0)
        } else if name.ends_with("running_var") {
            Box::new(|value| (1.0 + value / 4.0) * 0.625)
        } else {
            Box::new(|value| value / 10.0)
        };
        if self.misnamed == Some(name.as_str()) {
            name.push('!');
        }
        let mut values: Vec<f32> =
            Noise::named(&name).values(shape.iter().product()).map(scaled).collect();
        if name == "out.bias" && shape.as_slice() == [30] {
            // Curves whose steps are small: larger ones end at 1 at once.
            for (i, value) in values.iter_mut().enumerate().take(24) {
                *value += if i % 8 > 0 { -2.0 } else { 0.3 };
            }
        }
        let tensor = Tensor::from_data(TensorData::new(values, shape), &tensor.device());
        Param::from_mapped_value(id, tensor, mapper)
    }
}

fn filled<M: Module>(net: M) -> M {
    net.map(&mut ByName::default())
}

fn picture(shape: [usize; 4]) -> Tensor<4> {
    let values = Noise::named("input").values(shape.iter().product());
    let values: Vec<f32> = values.map(|value| (value + 1.0) / 2.0).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// One plane with a rectangular hole, `[left, top, right, bottom]`.
fn hole([w, h]: [usize; 2], [left, top, right, bottom]: [usize; 4]) -> Vec<f32> {
    let inside = |at| (left..right).contains(&(at % w)) && (top..bottom).contains(&(at / w));
    (0..w * h).map(|at| f32::from(u8::from(inside(at)))).collect()
}

/// A batch of two pictures and their holes.
fn input(size: [usize; 2], holes: [[usize; 4]; 2]) -> (Tensor<4>, [HoleCells; 2]) {
    let [w, h] = size;
    let planes = holes.map(|corners| hole(size, corners));
    let cells = planes.clone().map(|plane| HoleCells::from_hole(&plane, size));
    let planes = TensorData::new(planes.concat(), [2, 1, h, w]);
    let planes = Tensor::from_data(planes, &Device::flex());
    (Tensor::cat(vec![picture([2, 3, h, w]), planes], 1), cells)
}

fn recorded(network: &str) -> serde_json::Value {
    let path = format!("{}/tests/parity/{network}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// How far an answer is from what was recorded: in its mean, its spread, or any of its samples.
fn furthest(recorded: &serde_json::Value, shape: &[usize], values: &[f32]) -> f64 {
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    assert_eq!(recorded["shape"], serde_json::json!(shape));
    let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
    let samples = recorded["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 32);
    let sampled = samples
        .iter()
        .enumerate()
        .map(|(i, wanted)| number(wanted) - values[i * 7919 % values.len()]);
    let overall = [number(&recorded["mean"]) - mean, number(&recorded["spread"]) - spread];
    sampled.chain(overall).map(f64::abs).fold(0.0, f64::max)
}

fn assert_recorded(recorded: &serde_json::Value, found: &Tensor<4>) {
    assert_within(TOLERANCE, recorded, found);
}

fn assert_recorded_deep(recorded: &serde_json::Value, found: &Tensor<4>) {
    assert_within(DEEP_TOLERANCE * recorded["spread"].as_f64().unwrap(), recorded, found);
}

fn assert_within(tolerance: f64, recorded: &serde_json::Value, found: &Tensor<4>) {
    let apart = furthest(recorded, &found.dims(), &found.to_data().try_to_vec::<f32>().unwrap());
    assert!(apart < tolerance, "{apart}");
    // What is the same everywhere proves nothing.
    assert!(recorded["spread"].as_f64().unwrap() > 1000.0 * tolerance, "{recorded}");
}

#[test]
fn the_published_outpainting_generator() {
    let config = OutpaintConfig::paper().with_channels(6).with_inner_channels(12);
    let (input, _) = input([104, 72], [[80, 0, 104, 72]; 2]);
    let net = filled(config.init(&Device::flex()));
    assert_recorded(&recorded("outpaint")["picture"], &net.forward(input));
}

#[test]
fn our_outpainting_generator() {
    let config = OutpaintConfig::ship().with_channels(4).with_inner_channels(16);
    assert_eq!((config.fill, config.halvings), (Fill::Membrane, 3));
    let (input, _) = input([104, 72], [[80, 0, 104, 72]; 2]);
    let net = filled(config.init(&Device::flex()));
    assert_recorded(&recorded("outpaint-ship")["picture"], &net.forward(input));
}

#[test]
fn the_completion_network_as_trained_and_as_shipped() {
    let net = filled(CompletionConfig::new().with_channels(8).init(&Device::flex()));
    let (input, _) = input([104, 72], [[29, 15, 62, 57]; 2]);
    let recorded = &recorded("completion")["picture"];
    assert_recorded(recorded, &net.forward(input.clone()));
    assert_recorded(recorded, &net.folded().forward(input));
}

#[test]
fn the_network_with_contextual_attention() {
    let net = filled(ContextualConfig::new().with_channels(4).init(&Device::flex()));
    let (input, cells) = input([64, 48], [[20, 11, 37, 30], [0, 0, 15, 16]]);
    let painted = net.forward(input, &cells, 2);
    let recorded = recorded("contextual");
    assert_recorded(&recorded["coarse"], &painted.coarse);
    assert_recorded(&recorded["fine"], &painted.fine);

    let maps = painted.looked.into_iter().map(|looked| pollster::block_on(looked.read()).unwrap());
    let looks: Vec<_> = maps.flat_map(|map| map.looks).collect();
    let borrowed = || looks.iter().flat_map(|look| &look.from);
    let at: Vec<f32> = borrowed().map(|from| (from.cell[1] * 8 + from.cell[0]) as f32).collect();
    let by: Vec<f32> = borrowed().map(|from| from.weight).collect();
    let shape = [looks.len(), 2];
    assert!(furthest(&recorded["looked at"], &shape, &at) < TOLERANCE);
    assert!(furthest(&recorded["by"], &shape, &by) < 10.0 * TOLERANCE, "sharpened tenfold");
}

#[test]
fn the_generator_that_sees_only_the_middle() {
    let net = filled(OutpaintKerasConfig::new().with_channels(4).init(&Device::flex()));
    assert_recorded(
        &recorded("outpaint-keras")["picture"],
        &net.forward(picture([2, 3, 112, 104])),
    );
}

/// Small, and no two widths or depths alike.
fn colouring(blocks: [usize; 4], decoder: &[usize]) -> ColorizeConfig {
    ColorizeConfig::new()
        .with_channels([8, 8, 12, 16, 24])
        .with_blocks(blocks)
        .with_middle_channels(20)
        .with_decoder(decoder.to_vec())
}

#[test]
fn the_published_colouring_generator_as_trained_and_as_shipped() {
    let config = colouring([2, 1, 2, 1], &[16, 16, 12, 10]);
    let net = filled(config.init(&Device::flex()));
    let recorded = &recorded("colorize")["chroma"];
    let input = picture([2, 1, 64, 96]);
    assert_recorded_deep(recorded, &net.forward(input.clone()));
    assert_recorded_deep(recorded, &net.folded().forward(input));
}

#[test]
fn our_colouring_generator_with_bins_and_hints() {
    let config = colouring([1, 2, 1, 1], &[16, 16, 12])
        .with_full_size(false)
        .with_hints(true)
        .with_head(Head::Bins);
    let net = filled(config.init(&Device::flex()));
    let recorded = &recorded("colorize-ship")["chroma"];
    let input = picture([2, 4, 64, 96]);
    assert_recorded_deep(recorded, &net.forward(input.clone()));
    assert_recorded_deep(recorded, &net.folded().forward(input));
}

#[test]
fn our_colouring_generator_on_a_pretrained_encoder() {
    let config = ColorizePyramidConfig::new().with_channels(12).with_fine_channels(8);
    let net = filled(config.init(&Device::flex()));
    let recorded = &recorded("colorize-pyramid")["chroma"];
    assert_recorded_deep(recorded, &net.forward(picture([2, 1, 64, 96])));
}

#[test]
fn the_network_that_undoes_fading() {
    let net = filled(DefadeConfig::new().with_channels(20).init(&Device::flex()));
    let pictures = picture([2, 3, 96, 128]);
    let values = pictures.to_data().try_to_vec::<f32>().unwrap();
    let tones = tones_of(values.chunks_exact(3 * 96 * 128), &Device::flex());
    assert_recorded(&recorded("defade")["curves"], &net.forward(pictures, tones));
}

#[test]
fn one_other_layer_makes_another_answer() {
    let config = CompletionConfig::new().with_channels(8);
    let recorded = &recorded("completion")["picture"];
    let (input, _) = input([104, 72], [[29, 15, 62, 57]; 2]);
    for name in ["narrow.0.conv.weight", "dilated.3.conv.weight", "smooth.norm.running_mean"] {
        let mut by_name = ByName { misnamed: Some(name), ..ByName::default() };
        let found = config.init(&Device::flex()).map(&mut by_name).forward(input.clone());
        let values = found.to_data().try_to_vec::<f32>().unwrap();
        let apart = furthest(recorded, &found.dims(), &values);
        assert!(apart > 100.0 * TOLERANCE, "{name}: {apart}");
    }
    let config = colouring([2, 1, 2, 1], &[16, 16, 12, 10]);
    let recorded = &self::recorded("colorize")["chroma"];
    for name in ["encoder.stages.2.1.second.norm.beta", "decoder.1.attention.value.weight"] {
        let mut by_name = ByName { misnamed: Some(name), ..ByName::default() };
        let net = config.init(&Device::flex()).map(&mut by_name);
        let found = net.forward(picture([2, 1, 64, 96]));
        let values = found.to_data().try_to_vec::<f32>().unwrap();
        let apart = furthest(recorded, &found.dims(), &values);
        let spread = recorded["spread"].as_f64().unwrap();
        assert!(apart > 10.0 * DEEP_TOLERANCE * spread, "{name}: {apart}");
    }
    let config = ColorizePyramidConfig::new().with_channels(12).with_fine_channels(8);
    let recorded = &self::recorded("colorize-pyramid")["chroma"];
    for name in ["encoder.blocks.9.depthwise.bias", "levels.0.lateral.weight"] {
        let mut by_name = ByName { misnamed: Some(name), ..ByName::default() };
        let net = config.init(&Device::flex()).map(&mut by_name);
        let found = net.forward(picture([2, 1, 64, 96]));
        let values = found.to_data().try_to_vec::<f32>().unwrap();
        let apart = furthest(recorded, &found.dims(), &values);
        let spread = recorded["spread"].as_f64().unwrap();
        assert!(apart > 10.0 * DEEP_TOLERANCE * spread, "{name}: {apart}");
    }
}
