//! How well wear is found on photos that are otherwise as old ones are, and how much of photos without
//! any is taken for it. Start reading at [`tables`].

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::error::Result;
use crate::generator::Generator;
use crate::photo::hole::Hole;
use crate::photo::{Photo, size_from_sides};
use crate::pixels::Canvas;
use crate::scratches::find;

use super::super::data::{Example, Shot};
use super::super::wear::worn;
use super::{Measure, Row, Table};

/// The short side that photos are shrunk to, in pixels: their own.
pub(super) const SHORT_PX: usize = 256;
/// How far beside it, in pixels, wear still counts as found, and what was found as wear.
const NEAR_PX: f32 = 2.0;

/// Looks for wear on photos that have it, and on those that have none.
pub(super) fn tables(shots: &[&Shot], generators: &[Generator]) -> Result<Vec<Table>> {
    // As photos are kept, and twice as large: a scan has more pixels than a print has detail.
    [1, 2]
        .map(|times| {
            let rows: Result<Vec<_>> =
                generators.iter().map(|generator| row(shots, times, generator)).collect();
            let px = times * SHORT_PX;
            let set_up =
                format!("short side {px} pixels, aged and worn; what is within 2 pixels counts");
            Ok(Table { set_up, photos: shots.len(), skipped: Vec::new(), rows: rows? })
        })
        .into_iter()
        .collect()
}

/// Middle squares with wear, and what is found of it.
pub(super) fn samples(
    shots: &[&Shot],
    generator: Option<&Generator>,
) -> Result<(Vec<Example>, Vec<Vec<f32>>)> {
    let examples: Vec<Example> =
        shots.iter().enumerate().map(|(i, shot)| example(shot, [SHORT_PX; 2], i)).collect();
    let done = |example: &Example| -> Result<Vec<f32>> {
        let Some(generator) = generator else { return Ok(example.seen.rgb().to_vec()) };
        let found = found(&example.seen.to_photo(), generator)?;
        Ok(found.iter().map(|&found| f32::from(found)).collect::<Vec<_>>().repeat(3))
    };
    let painted: Result<_> = examples.iter().map(done).collect();
    Ok((examples, painted?))
}

/// A photo aged and worn, the same every time.
fn example(shot: &Shot, size: [usize; 2], number: usize) -> Example {
    worn(&shot.middle(size), size, &mut ChaCha8Rng::seed_from_u64(number as u64))
}

fn found(photo: &Photo, generator: &Generator) -> Result<Vec<u8>> {
    let hole = pollster::block_on(find(photo, generator))?;
    Ok(hole.map_or_else(|| vec![0; photo.rgba().len() / 4], |hole| hole.pixels().to_vec()))
}

fn row(shots: &[&Shot], times: usize, generator: &Generator) -> Result<Row> {
    let (mut hit, mut true_ones, mut right, mut named) = (0, 0, 0, 0);
    let (mut taken, mut all, mut quiet) = (0, 0, 0);
    for (i, shot) in shots.iter().enumerate() {
        let size = shot.size().map(|side| times * side as usize);
        let example = example(shot, size, i);
        let pixels = size[0] * size[1];
        let truth: Vec<u8> =
            example.truth.rgb()[..pixels].iter().map(|&t| u8::from(t > 0.5)).collect();
        let found_here = found(&example.seen.to_photo(), generator)?;
        let [near_truth, near_found] =
            [&truth, &found_here].map(|plane| near(plane, size_from_sides(size)));
        let both = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(a, b)| **a & **b == 1).count();
        let count = |plane: &[u8]| plane.iter().filter(|&&v| v == 1).count();
        hit += both(&truth, &near_found?);
        true_ones += count(&truth);
        right += both(&found_here, &near_truth?);
        named += count(&found_here);
        let as_new = Canvas::new(size, shot.middle(size), vec![1.0; pixels]).to_photo();
        let untouched = count(&found(&as_new, generator)?);
        taken += untouched;
        all += pixels;
        quiet += usize::from(untouched * 1000 < pixels);
    }
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    let measures = vec![
        Measure { name: "recall", value: share(hit, true_ones), decimals: 3 },
        Measure { name: "precision", value: share(right, named), decimals: 3 },
        // Of all pixels of photos as they are, in per cent.
        Measure { name: "taken_for_wear", value: 100.0 * share(taken, all), decimals: 2 },
        // Photos of which less than a thousandth is.
        Measure { name: "left_alone", value: share(quiet, shots.len()), decimals: 2 },
    ];
    Ok(Row { method: generator.card.name.clone(), measures })
}

/// What is marked, and all that is near it.
fn near(plane: &[u8], size: [u32; 2]) -> Result<Vec<u8>> {
    let mut hole = Hole::from_bytes(size, plane.to_vec())?;
    if !hole.is_empty() {
        hole.grow(NEAR_PX)?;
    }
    Ok(hole.pixels().to_vec())
}
