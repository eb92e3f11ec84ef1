//! Photos shrunk in ways that are known, and enlarged again: the whole way, as the page and the
//! command go it, beside plain enlarging. Start reading at [`tables`].

use fast_image_resize::FilterType;

use crate::enlarge::{Enlarging, TIMES};
use crate::error::Result;
use crate::generator::Generator;
use crate::photo::{Photo, resize, size_from_sides};
use crate::pixels::rgb_planes;

use super::super::data::{Example, Shot};
use super::super::enlarging::Shrinking;
use super::super::metrics::similarity::{psnr, ssim};
use super::{Measure, Row, Table};

/// The ways that photos are shrunk in, and what is said of them.
const WAYS: [(&str, Shrinking); 3] = [
    ("pixels averaged", Shrinking { filter: FilterType::Box, jpeg: None }),
    ("by Lanczos", Shrinking { filter: FilterType::Lanczos3, jpeg: None }),
    (
        "pixels averaged, then a JPEG of quality 85",
        Shrinking { filter: FilterType::Box, jpeg: Some(85) },
    ),
];
/// Side of the squares that a sheet shows, in pixels: few, so that each can be seen.
const SAMPLE_PX: usize = 128;

/// A photo shrunk, and what it was.
struct Pair {
    small: Photo,
    size: [usize; 2],
    truth: Vec<f32>,
}

impl Pair {
    /// Shrinks a photo, less a column or a row where there is an odd number.
    fn new(shot: &Shot, how: Shrinking) -> Result<Self> {
        let size = shot.size().map(|side| side as usize / TIMES * TIMES);
        let truth = shot.middle(size);
        let small = size_from_sides(size.map(|side| side / TIMES));
        let small = Photo::from_rgba8(small, how.shrunk(&truth, size))?;
        Ok(Self { small, size, truth })
    }
}

/// Enlarges what each way has shrunk and compares with the truth.
pub(super) fn tables(shots: &[&Shot], generators: &[Generator]) -> Result<Vec<Table>> {
    WAYS.iter()
        .map(|&(says, how)| {
            let pairs: Vec<Pair> =
                shots.iter().map(|shot| Pair::new(shot, how)).collect::<Result<_>>()?;
            let mut rows = Vec::new();
            for generator in generators {
                let done: Result<Vec<_>> =
                    pairs.iter().map(|pair| enlarged(&pair.small, Some(generator))).collect();
                rows.push(row(generator.card.name.clone(), &pairs, &done?));
            }
            let plain: Result<Vec<_>> =
                pairs.iter().map(|pair| enlarged(&pair.small, None)).collect();
            rows.push(row("no network, Lanczos".into(), &pairs, &plain?));
            let bicubic: Vec<_> = pairs.iter().map(bicubic).collect();
            rows.push(row("bicubic".into(), &pairs, &bicubic));
            let set_up = format!("short side 256 pixels, shrunk to half, {says}; enlarged again");
            Ok(Table { set_up, photos: pairs.len(), skipped: Vec::new(), rows })
        })
        .collect()
}

/// Middle squares, shrunk as each photo's number decides, and what they are enlarged to.
pub(super) fn samples(
    shots: &[&Shot],
    generator: Option<&Generator>,
) -> Result<(Vec<Example>, Vec<Vec<f32>>)> {
    let (mut examples, mut done) = (Vec::new(), Vec::new());
    for (i, shot) in shots.iter().enumerate() {
        let [at, part] = shot.middle_part([SAMPLE_PX; 2]);
        let beside = part.map(|side| (side - SAMPLE_PX as f64).max(0.0) / 2.0);
        let at = [at[0] + beside[0], at[1] + beside[1]];
        let part = part.map(|side| side.min(SAMPLE_PX as f64));
        let (truth, _) = shot.with_thing(at, part, [SAMPLE_PX; 2]);
        let (_, how) = WAYS[i % WAYS.len()];
        let small = how.shrunk(&truth, [SAMPLE_PX; 2]);
        let side = size_from_sides([SAMPLE_PX / TIMES; 2]);
        done.push(enlarged(&Photo::from_rgba8(side, small)?, generator)?);
        examples.push(how.example(truth, [SAMPLE_PX; 2]));
    }
    Ok((examples, done))
}

fn enlarged(small: &Photo, generator: Option<&Generator>) -> Result<Vec<f32>> {
    let mut enlarging = Enlarging::new(small.clone())?;
    for _ in 0..enlarging.steps() {
        pollster::block_on(enlarging.step(generator))?;
    }
    Ok(rgb_planes(enlarging.finish().rgba()))
}

fn bicubic(pair: &Pair) -> Vec<f32> {
    let small = pair.small.sides();
    let planes = rgb_planes(pair.small.rgba());
    let plane = |plane: &[f32]| resize::resize_plane(plane, small, pair.size);
    let all = planes.chunks_exact(small[0] * small[1]).flat_map(plane);
    // As bytes, like the others.
    all.map(|v| f32::from(crate::pixels::byte_from_unit(v)) / 255.0).collect()
}

fn row(method: String, pairs: &[Pair], done: &[Vec<f32>]) -> Row {
    let count = pairs.len().max(1) as f64;
    let both = || pairs.iter().zip(done);
    let psnrs = both().map(|(pair, done)| psnr(&pair.truth, done, None));
    let ssims = both().filter_map(|(pair, done)| ssim(&pair.truth, done, pair.size));
    let sharp = both().map(|(pair, done)| roughness(done, pair.size[0]));
    let truly = both().map(|(pair, _)| roughness(&pair.truth, pair.size[0]));
    let measures = vec![
        Measure { name: "psnr", value: psnrs.sum::<f64>() / count, decimals: 2 },
        Measure { name: "ssim", value: ssims.sum::<f64>() / count, decimals: 4 },
        // The mean step from pixel to pixel beside the photo's own.
        Measure {
            name: "sharpness",
            value: sharp.sum::<f64>() / truly.sum::<f64>().max(f64::MIN_POSITIVE),
            decimals: 2,
        },
    ];
    Row { method, measures }
}

/// The mean difference between neighbours in a row.
fn roughness(planes: &[f32], width: usize) -> f64 {
    let steps = planes.chunks_exact(width).flat_map(|row| row.windows(2));
    let sum: f64 = steps.map(|pair| f64::from((pair[1] - pair[0]).abs())).sum();
    sum / planes.len() as f64
}
