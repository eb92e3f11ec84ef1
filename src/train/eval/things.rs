//! How well things are told apart and cut out.

use rayon::prelude::*;

use crate::cutout::{Click, Looked, snap};
use crate::error::Result;
use crate::generator::Generator;
use crate::photo::Photo;
use crate::photo::hole::{Hole, Pen};
use crate::photo::matte::Matte;

use super::super::data::{Example, Shot};
use super::super::metrics::overlap;
use super::super::things;
use super::{Measure, Row, Table};

/// The short side that photos are shrunk to, in pixels: finer than networks see.
pub(super) const SHORT_PX: usize = 480;
/// Side of the squares that a sheet shows, in pixels.
const SAMPLE_PX: usize = 256;
/// How many clicks are measured.
const CLICKS: [usize; 4] = [0, 1, 3, 5];
/// How far beside a thing one draws, in shares of its longer side.
const LOOSE: f32 = 0.06;

/// Measures what is selected without a click and with some, and how soft edges are.
pub(super) fn tables(shots: &[&Shot], generators: &[Generator]) -> Result<Vec<Table>> {
    let shots: Vec<&Shot> = shots.iter().copied().filter(|shot| shot.has_thing()).collect();
    let pairs: Vec<(Photo, Vec<u8>)> =
        shots.iter().map(|shot| (shot.photo(), shot.alpha())).collect();
    let mut rows = Vec::new();
    for generator in generators {
        let overlaps: Vec<[f64; CLICKS.len()]> = pairs
            .iter()
            .map(|(photo, truth)| clicked(photo, truth, generator))
            .collect::<Result<_>>()?;
        for (i, clicks) in CLICKS.into_iter().enumerate() {
            let name = format!("{}, {clicks} clicks", generator.card.name);
            rows.push(row(name, &overlaps.iter().map(|o| o[i]).collect::<Vec<_>>()));
        }
    }
    let loose: Vec<[f64; 3]> = pairs
        .iter()
        .map(|(photo, truth)| fitted(photo, truth, &generators[0]))
        .collect::<Result<_>>()?;
    for (i, name) in ["a rectangle around it, fitted", "drawn loosely", "drawn loosely, fitted"]
        .into_iter()
        .enumerate()
    {
        rows.push(row(name.into(), &loose.iter().map(|o| o[i]).collect::<Vec<_>>()));
    }
    let middle: Vec<f64> = pairs.iter().map(|(photo, truth)| middle_box(photo, truth)).collect();
    rows.push(row("the middle half".into(), &middle));
    let says = "what was selected, 480 pixels on the short side; clicks where most is wrong";
    let mut tables =
        vec![Table { set_up: says.into(), photos: pairs.len(), skipped: Vec::new(), rows }];
    let soft: Vec<&(Photo, Vec<u8>)> = pairs.iter().filter(|(_, alpha)| is_soft(alpha)).collect();
    if !soft.is_empty() {
        tables.push(edges(&soft)?);
    }
    Ok(tables)
}

/// Middle squares and what is selected in them without a click.
pub(super) fn samples(
    shots: &[&Shot],
    generator: Option<&Generator>,
) -> Result<(Vec<Example>, Vec<Vec<f32>>)> {
    let examples: Vec<Example> =
        shots.iter().map(|shot| things::central(shot, SAMPLE_PX)).collect();
    let done = |example: &Example| -> Result<Vec<f32>> {
        let photo = example.seen.to_photo();
        let Some(generator) = generator else { return Ok(example.seen.rgb().to_vec()) };
        let hole = pollster::block_on(crate::cutout::select(&photo, &[], generator))?;
        let alpha = match hole.filter(|hole| !hole.is_full()) {
            Some(hole) => Matte::of_hole(&photo, &hole)?.alpha().to_vec(),
            None => vec![0; SAMPLE_PX * SAMPLE_PX],
        };
        Ok(alpha.iter().map(|&v| f32::from(v) / 255.0).collect::<Vec<_>>().repeat(3))
    };
    let painted: Result<_> = examples.iter().map(done).collect();
    Ok((examples, painted?))
}

fn row(method: String, overlaps: &[f64]) -> Row {
    let mean = overlaps.iter().sum::<f64>() / overlaps.len().max(1) as f64;
    let good = overlaps.iter().filter(|&&o| o >= 0.9).count() as f64;
    let measures = vec![
        Measure { name: "iou", value: mean, decimals: 3 },
        Measure { name: "above_0.9", value: good / overlaps.len().max(1) as f64, decimals: 2 },
    ];
    Row { method, measures }
}

/// The overlap with the truth after each of [`CLICKS`].
fn clicked(photo: &Photo, truth: &[u8], generator: &Generator) -> Result<[f64; CLICKS.len()]> {
    let size = photo.sides();
    let belongs: Vec<bool> = truth.iter().map(|&alpha| alpha >= 128).collect();
    let wanted: Vec<f32> = belongs.iter().map(|&b| f32::from(u8::from(b))).collect();
    let looked = Looked::at(photo, generator)?;
    let mut clicks = Vec::new();
    let mut overlaps = [0.0; CLICKS.len()];
    for (overlap_now, count) in overlaps.iter_mut().zip(CLICKS) {
        loop {
            let hole = pollster::block_on(looked.select(photo, &clicks, generator))?;
            let found = match hole {
                Some(hole) => hole.pixels().to_vec(),
                None => vec![0; belongs.len()],
            };
            if clicks.len() >= count {
                let found: Vec<f32> = found.iter().map(|&f| f32::from(f)).collect();
                *overlap_now = overlap(&found, &wanted);
                break;
            }
            // The first click is on the thing, whatever was proposed.
            let wrong: Vec<bool> = match clicks.is_empty() {
                true => belongs.clone(),
                false => found.iter().zip(&belongs).map(|(&f, &b)| (f == 1) != b).collect(),
            };
            let Some(at) = deepest(&wrong, size) else {
                *overlap_now = 1.0;
                break;
            };
            let place = [at % size[0], at / size[0]].map(|v| v as f32 + 0.5);
            clicks.push(Click { at: place, belongs: belongs[at] });
        }
    }
    Ok(overlaps)
}

/// The overlap with the truth of what a rectangle around it is fitted to; and of a loose outline,
/// before and after.
fn fitted(photo: &Photo, truth: &[u8], generator: &Generator) -> Result<[f64; 3]> {
    let belongs: Vec<u8> = truth.iter().map(|&alpha| u8::from(alpha >= 128)).collect();
    let wanted: Vec<f32> = belongs.iter().map(|&b| f32::from(b)).collect();
    let thing = Hole::from_bytes(photo.size(), belongs)?;
    let Some(bounds) = thing.bounds() else { return Ok([1.0; 3]) };
    let score = |hole: &Hole| {
        let found: Vec<f32> = hole.pixels().iter().map(|&f| f32::from(f)).collect();
        overlap(&found, &wanted)
    };
    let snapped = |drawn: &Hole| -> Result<f64> {
        let found = pollster::block_on(snap(photo, drawn, generator))?;
        Ok(found.map_or(0.0, |hole| score(&hole)))
    };
    let mut rectangle = Hole::empty(photo.size())?;
    rectangle.rectangle(bounds, Pen::Add);
    let mut loose = thing;
    let [w, h] = bounds.size();
    loose.grow(w.max(h) as f32 * LOOSE)?;
    Ok([snapped(&rectangle)?, score(&loose), snapped(&loose)?])
}

/// The place that lies farthest inside, counting steps to the sides; the border is outside.
fn deepest(inside: &[bool], [w, h]: [usize; 2]) -> Option<usize> {
    let mut steps: Vec<u32> =
        inside.iter().map(|&inside| if inside { u32::MAX / 2 } else { 0 }).collect();
    for i in 0..steps.len() {
        let [x, y] = [i % w, i / w];
        let left = if x == 0 { 0 } else { steps[i - 1] };
        let above = if y == 0 { 0 } else { steps[i - w] };
        steps[i] = steps[i].min(left.min(above) + 1);
    }
    for i in (0..steps.len()).rev() {
        let [x, y] = [i % w, i / w];
        let right = if x + 1 == w { 0 } else { steps[i + 1] };
        let below = if y + 1 == h { 0 } else { steps[i + w] };
        steps[i] = steps[i].min(right.min(below) + 1);
    }
    let within = steps.iter().enumerate().filter(|&(i, _)| inside[i]);
    within.max_by_key(|&(_, &steps)| steps).map(|(at, _)| at)
}

/// The overlap of the photo's middle, half as wide and as high, with the truth.
fn middle_box(photo: &Photo, truth: &[u8]) -> f64 {
    let [w, h] = photo.sides();
    let inside = |i: usize| {
        let [x, y] = [i % w, i / w];
        (w / 4..w - w / 4).contains(&x) && (h / 4..h - h / 4).contains(&y)
    };
    let found: Vec<f32> = (0..truth.len()).map(|i| f32::from(u8::from(inside(i)))).collect();
    let wanted: Vec<f32> = truth.iter().map(|&alpha| f32::from(u8::from(alpha >= 128))).collect();
    overlap(&found, &wanted)
}

/// Whether an edge is known finer than yes or no.
fn is_soft(alpha: &[u8]) -> bool {
    let between = alpha.iter().filter(|&&alpha| (32..224).contains(&alpha)).count();
    between * 200 > alpha.len()
}

/// What becomes of the true selection's hard edge.
fn edges(pairs: &[&(Photo, Vec<u8>)]) -> Result<Table> {
    let errors: Vec<[f64; 2]> = pairs
        .par_iter()
        .map(|(photo, truth)| {
            let hard: Vec<u8> = truth.iter().map(|&a| u8::from(a >= 128)).collect();
            let hole = Hole::from_bytes(photo.size(), hard.clone())?;
            let soft = Matte::of_hole(photo, &hole)?;
            let hard: Vec<u8> = hard.iter().map(|&h| 255 * h).collect();
            let mut around = hole;
            let sides = photo.sides();
            around.grow((sides[0].max(sides[1]) / 64) as f32)?;
            let error = |alpha: &[u8]| {
                let off = alpha.iter().zip(truth).zip(around.pixels());
                let off = off.filter(|(_, near)| **near == 1);
                let [sum, count] = off.fold([0.0, 0.0], |[sum, count], ((a, t), _)| {
                    [sum + f64::from(a.abs_diff(*t)) / 255.0, count + 1.0]
                });
                100.0 * sum / f64::max(count, 1.0)
            };
            Ok([error(soft.alpha()), error(&hard)])
        })
        .collect::<Result<_>>()?;
    let mean = |i: usize| errors.iter().map(|e| e[i]).sum::<f64>() / errors.len() as f64;
    let row = |method: &str, value: f64| Row {
        method: method.into(),
        measures: vec![Measure { name: "alpha_error_per_cent", value, decimals: 3 }],
    };
    Ok(Table {
        set_up:
            "soft edges, from the true selection with a hard edge; of use where masks are mattes"
                .into(),
        photos: pairs.len(),
        skipped: Vec::new(),
        rows: vec![row("as it is cut out", mean(0)), row("hard", mean(1))],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_place_is_the_middle_of_the_thickest_part() {
        let [w, h] = [20, 9];
        let inside: Vec<bool> = (0..w * h)
            .map(|i| {
                let [x, y] = [i % w, i / w];
                (x == 1 && y < 8) || ((6..13).contains(&x) && (1..8).contains(&y))
            })
            .collect();
        assert_eq!(deepest(&inside, [w, h]), Some(4 * w + 9));
        assert_eq!(deepest(&[false; 12], [4, 3]), None);
    }
}
