//! What happens to pixels outside the network, step by step, at 1, 4, 12 and 24 megapixels.
//!
//! `cargo bench --bench photo` takes some minutes, with `-- --quick` less than one. Criterion
//! prints pixels per second: where a step is linear, they stay the same from size to size.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pictures of our own, whose sizes and colours are known"
)]

use std::hint::black_box;

use criterion::{BatchSize, Bencher, Criterion, Throughput, criterion_group, criterion_main};
use naobu::photo::complete::{Borrowing, complete};
use naobu::photo::crop::{Sight, passes};
use naobu::photo::encode::{Format, encode};
use naobu::photo::hole::Hole;
use naobu::photo::poisson::{self, Gradients};
use naobu::photo::texture::Guide;
use naobu::photo::{Photo, decode, fast_marching};

const MEGAPIXELS: [u32; 4] = [1, 4, 12, 24];
const FILL_RADIUS_PX: usize = 3;
/// What a network would have said, in cells.
const GUIDE: [usize; 2] = [96, 64];

/// A photo with a hole of a fifth, and a painting for it.
struct Scene {
    photo: Photo,
    hole: Vec<u8>,
    painting: Vec<f32>,
    guide: Vec<f32>,
    jpeg: Vec<u8>,
}

impl Scene {
    fn new(megapixels: u32) -> Self {
        let height = (f64::from(megapixels) * 1e6 / 1.5).sqrt() as usize;
        let [w, h] = [height * 3 / 2, height];
        let mut dice = 1_u32;
        let mut noise = || {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (dice >> 24) as f32 / 32.0 - 4.0
        };
        let mut painting = Vec::with_capacity(w * h * 3);
        let mut rgba = Vec::with_capacity(w * h * 4);
        let mut hole = Vec::with_capacity(w * h);
        for y in 0..h {
            for x in 0..w {
                let [u, v] = [x as f32 / w as f32, y as f32 / h as f32];
                let waves = ((u * 61.0).sin() + (v * 47.0 + u * 9.0).cos()) * 24.0;
                let colour = [70.0 + 90.0 * v, 110.0 + 60.0 * u, 190.0 - 110.0 * v];
                painting.extend(colour.map(|value| value + waves * 0.8 + 9.0));
                rgba.extend(colour.map(|value| (value + waves + noise()) as u8));
                rgba.push(255);
                let [a, b] = [(u - 0.5) / 0.2523, (v - 0.5) / 0.2523];
                hole.push(u8::from(a * a + b * b < 1.0));
            }
        }
        let photo = Photo::from_rgba8([w as u32, h as u32], rgba).expect("at most 24 megapixels");
        let cells = GUIDE[0] * GUIDE[1];
        let guide = (0..3 * cells).map(|i| {
            let [u, v] = [i % cells % GUIDE[0] * w / GUIDE[0], i % cells / GUIDE[0] * h / GUIDE[1]];
            painting[(v * w + u) * 3 + i / cells] / 255.0
        });
        let jpeg = encode(&photo, Format::Jpeg { quality: 92 }).expect("JPEG takes any photo");
        Self { guide: guide.collect(), photo, hole, painting, jpeg }
    }

    fn size(&self) -> [usize; 2] {
        self.photo.sides()
    }

    fn rgb<T>(&self, of: impl Fn(u8) -> T) -> Vec<T> {
        self.photo.rgba().chunks_exact(4).flat_map(|p| [of(p[0]), of(p[1]), of(p[2])]).collect()
    }
}

type Step = fn(&Scene, &mut Bencher<'_>);

/// In the order in which a photo meets them.
const STEPS: [(&str, Step); 7] = [
    ("decode", |scene, bencher| {
        bencher.iter(|| decode::decode(black_box(&scene.jpeg)).expect("our own JPEG"));
    }),
    ("crop", |scene, bencher| {
        let hole = Hole::from_bytes(scene.photo.size(), scene.hole.clone()).expect("its size");
        // To the grid, as filling sees it.
        let sight = Sight { side: 256, unit: 1, margin: 1.0, least_margin: 80 };
        bencher.iter(|| {
            let crops = passes(&hole, &sight).into_iter();
            crops.map(|crop| crop.cells(&scene.photo, &crop.hidden(&hole))).collect::<Vec<_>>()
        });
    }),
    ("fast_marching", |scene, bencher| {
        let fill = |mut rgb: Vec<u8>| {
            fast_marching::inpaint::<u8, 3>(&mut rgb, &scene.hole, scene.size(), FILL_RADIUS_PX);
            rgb
        };
        bencher.iter_batched(|| scene.rgb(|byte| byte), fill, BatchSize::PerIteration);
    }),
    ("poisson", |scene, bencher| blended(scene, bencher, Gradients::Painted)),
    ("poisson_mixed", |scene, bencher| blended(scene, bencher, Gradients::Stronger)),
    ("detail", |scene, bencher| {
        let finish = |mut photo: Photo| {
            let guide = Guide { size: GUIDE, rgb: &scene.guide, seen: GUIDE };
            let pieces =
                complete(&mut photo, &scene.hole, guide, Borrowing { detail: 1.0, seed: 1 });
            assert!(pieces.is_some(), "most of the photo is known");
            photo
        };
        bencher.iter_batched(|| scene.photo.clone(), finish, BatchSize::PerIteration);
    }),
    ("encode", |scene, bencher| {
        let format = Format::Jpeg { quality: 92 };
        bencher.iter(|| encode(black_box(&scene.photo), format).expect("JPEG takes any photo"));
    }),
];

fn blended(scene: &Scene, bencher: &mut Bencher<'_>, gradients: Gradients) {
    let target = scene.rgb(f32::from);
    let blend = |mut painting: Vec<f32>| {
        poisson::blend::<3>(&mut painting, &target, &scene.hole, scene.size(), gradients);
        painting
    };
    bencher.iter_batched(|| scene.painting.clone(), blend, BatchSize::PerIteration);
}

fn steps(criterion: &mut Criterion) {
    for megapixels in MEGAPIXELS {
        let scene = Scene::new(megapixels);
        let [w, h] = scene.size();
        for (name, step) in STEPS {
            let mut group = criterion.benchmark_group(name);
            group.sample_size(10).throughput(Throughput::Elements((w * h) as u64));
            let id = format!("{megapixels} MP");
            group.bench_function(id, |bencher| step(&scene, bencher));
            group.finish();
        }
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
