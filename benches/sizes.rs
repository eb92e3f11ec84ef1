//! What a size of network costs on the processor: forward passes at 128² and 256², and the layers
//! that a small network might be made of.
//!
//! `cargo bench --bench sizes` prints two Markdown tables and takes a few minutes. Weights are
//! drawn by chance: time does not depend on them. `RAYON_NUM_THREADS=1` for one core's time; with
//! more the cores' times add up.

use std::hint::black_box;
use std::time::Instant;

use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2dConfig};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Distribution, Tensor};
use naobu::model::NetworkConfig;
use naobu::model::blocks::gmacs;
use naobu::model::colorize::ColorizeConfig;
use naobu::model::completion::{CompletionConfig, Norm};
use naobu::model::contextual::ContextualConfig;
use naobu::model::defade::DefadeConfig;
use naobu::model::outpaint::OutpaintConfig;
use naobu::pixels::Canvas;
use naobu::task::Task;

const SIDES: [usize; 2] = [128, 256];
/// So long is each measurement, in seconds.
const LONG: f64 = 0.6;

/// The processor's seconds of this process where Linux counts them, in hundredths, so that what else
/// the machine does hardly matters; elsewhere those of the clock.
fn seconds(began: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name before the parenthesis may have blanks; 11 fields on are the user's ticks and the
    // system's.
    let ticks = stat.rsplit_once(')').and_then(|(_, fields)| {
        let mut fields = fields.split_whitespace().skip(11).map(str::parse::<f64>);
        Some(fields.next()?.ok()? + fields.next()?.ok()?)
    });
    ticks.map_or_else(|| began.elapsed().as_secs_f64(), |ticks| ticks / 100.0)
}

/// Milliseconds of a run, after one that warms up.
fn milliseconds<T>(run: impl Fn() -> T) -> f64 {
    black_box(run());
    let start = Instant::now();
    let began = seconds(start);
    let mut runs = 0;
    loop {
        black_box(run());
        runs += 1;
        let lasted = seconds(start) - began;
        if lasted >= LONG {
            return lasted / f64::from(runs) * 1e3;
        }
    }
}

/// Billions of multiply-adds of an out-painting network at 256².
fn outpaint_gmacs(config: &OutpaintConfig) -> f64 {
    let at = |level: usize| (256 >> level) * (256 >> level);
    let levels = config.halvings;
    let down = (0..=levels).map(at);
    let inner = std::iter::repeat_n(at(levels), 5);
    let up = (1..=levels).rev().map(at);
    let pixels: Vec<usize> = down.chain(inner).chain(up).chain([at(0), at(0)]).collect();
    gmacs(&config.init(&Device::flex()), &pixels)
}

fn completion_gmacs(config: &CompletionConfig) -> f64 {
    let [full, half, quarter] = [256 * 256, 128 * 128, 64 * 64];
    let narrow = vec![full, half, half, quarter, quarter, quarter];
    let wide = vec![quarter, half, half, full, full];
    gmacs(&config.init(&Device::flex()), &[narrow, vec![quarter; 6], wide].concat())
}

/// Its attention not counted, as in the tests.
fn contextual_gmacs(config: &ContextualConfig) -> f64 {
    let [full, half, quarter] = [256 * 256, 128 * 128, 64 * 64];
    let encoder = [vec![full, half, half], vec![quarter; 7]].concat();
    let decoder = vec![quarter, quarter, half, half, full, full, full];
    let borrowing = [vec![full, half, half], vec![quarter; 5]].concat();
    let pixels = [encoder.clone(), decoder.clone(), encoder, borrowing, decoder].concat();
    gmacs(&config.init(&Device::flex()), &pixels)
}

/// Name, network, what it does, billions of multiply-adds at 256².
type Candidate = (String, NetworkConfig, Task, f64);

fn candidates() -> Vec<Candidate> {
    let ship = OutpaintConfig::ship;
    let inner = [64, 96, 128, 192, 256].map(|inner| {
        let ships = if inner == 128 { ", ships" } else { "" };
        (format!("out-painting, inner {inner}{ships}"), ship().with_inner_channels(inner))
    });
    let others = [
        ("first layer of 8", ship().with_channels(8)),
        ("first layer of 32", ship().with_channels(32)),
        ("two halvings", ship().with_halvings(2)),
        ("no skips", ship().with_skips(false)),
        ("as published", OutpaintConfig::paper()),
    ];
    let others = others.map(|(name, config)| (format!("out-painting, {name}"), config));
    let outpaint = |(name, config): (String, OutpaintConfig)| {
        let cost = outpaint_gmacs(&config);
        (name, NetworkConfig::Outpaint(config), Task::Extend, cost)
    };
    let mut all: Vec<Candidate> = inner.into_iter().chain(others).map(outpaint).collect();
    let completion = CompletionConfig::paper().with_channels(16).with_norm(Norm::Folded);
    let cost = completion_gmacs(&completion);
    let network = NetworkConfig::Completion(completion);
    all.push(("completion, a quarter of its width".into(), network, Task::Fill, cost));
    let contextual = ContextualConfig::paper().with_channels(8);
    let cost = contextual_gmacs(&contextual);
    let network = NetworkConfig::Contextual(contextual);
    all.push(("contextual, a quarter of its width".into(), network, Task::Fill, cost));
    // The multiply-adds of colouring are those that its own test counts; those of undoing fading, 0.286,
    // were added up layer by layer.
    let colorize = NetworkConfig::Colorize(ColorizeConfig::ship().with_folded(true));
    all.push(("colorize, the small U-Net".into(), colorize, Task::Colorize, 1.3));
    let defade = NetworkConfig::Defade(DefadeConfig::ship());
    all.push(("defade, ships".into(), defade, Task::Defade, 0.3));
    all
}

/// A picture of noise with a hole of a quarter in its middle.
fn noise(side: usize, device: &Device) -> Canvas {
    let random = Tensor::<1>::random([3 * side * side], Distribution::Default, device);
    let rgb = random.into_data().try_to_vec().expect("numbers that were just drawn");
    let middle = side / 4..3 * side / 4;
    let is_hole = |i: usize| middle.contains(&(i % side)) && middle.contains(&(i / side));
    let hole = (0..side * side).map(|i| f32::from(u8::from(is_hole(i))));
    Canvas::new([side; 2], rgb, hole.collect())
}

fn networks(device: &Device) {
    println!("| network | parameters | GMACs at 256² | ms at 128² | ms at 256² |");
    println!("| --- | --- | --- | --- | --- |");
    for (name, config, task, gmacs) in candidates() {
        let net = config.init(device);
        let [small, large] = SIDES.map(|side| {
            let canvases = [noise(side, device)];
            let input = config.input(task, &canvases, device);
            milliseconds(|| net.paint(input.clone(), &canvases, 0).picture.into_data())
        });
        let millions = net.num_params() as f64 / 1e6;
        println!("| {name} | {millions:.2} M | {gmacs:.2} | {small:.0} | {large:.0} |");
    }
}

/// A layer and its name.
type Layer = (&'static str, Box<dyn Fn(Tensor<4>) -> Tensor<4>>);

fn conv(channels: [usize; 2], kernel_px: usize, groups: usize, device: &Device) -> Conv2d {
    let pad = kernel_px / 2;
    Conv2dConfig::new(channels, [kernel_px; 2])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_groups(groups)
        .init(device)
}

fn layers(device: &Device) {
    let plain = conv([128, 128], 3, 1, device);
    let [depthwise, pointwise] = [conv([128, 128], 3, 128, device), conv([128, 128], 1, 1, device)];
    let transposed = ConvTranspose2dConfig::new([128, 64], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .init(device);
    let [after, before] = [conv([128, 64], 3, 1, device), conv([128, 256], 3, 1, device)];
    let all: [Layer; 5] = [
        ("3×3, 128 to 128", Box::new(move |x| plain.forward(x))),
        (
            "3×3 depthwise, then 1×1, 128 to 128",
            Box::new(move |x| pointwise.forward(depthwise.forward(x))),
        ),
        ("doubling by a transposed 4×4, 128 to 64", Box::new(move |x| transposed.forward(x))),
        (
            "doubling by repeating pixels, then 3×3, 128 to 64",
            Box::new(move |x| {
                let [_, _, h, w] = x.dims();
                let options = InterpolateOptions::new(InterpolateMode::Nearest);
                after.forward(interpolate(x, options.with_output_size([2 * h, 2 * w])))
            }),
        ),
        (
            "doubling by 3×3 to 256, then pixel shuffle, 128 to 64",
            Box::new(move |x| {
                let [n, _, h, w] = x.dims();
                let x = before.forward(x).reshape([n, 64, 2, 2, h, w]);
                x.permute([0, 1, 4, 2, 5, 3]).reshape([n, 64, 2 * h, 2 * w])
            }),
        ),
    ];
    println!("\n| layer | ms at 32² | ms at 128² |");
    println!("| --- | --- | --- |");
    for (name, layer) in all {
        let [small, large] = [32, 128].map(|side| {
            let x = Tensor::<4>::random([1, 128, side, side], Distribution::Default, device);
            milliseconds(|| layer(x.clone()).into_data())
        });
        println!("| {name} | {small:.1} | {large:.1} |");
    }
}

fn main() {
    let device = Device::flex();
    networks(&device);
    layers(&device);
}
