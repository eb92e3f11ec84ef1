//! Tasks that paint a part of a photo: what is hidden of its middle square, and who painted it how
//! well. Start reading at [`tables`].

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::error::Result;
use crate::extend::{self, Amounts, Extension};
use crate::fill::{self, Filling};
use crate::generator::{Generator, MIRRORED};
use crate::photo::complete::Join;
use crate::photo::hole::Hole;
use crate::photo::mosaic::light::Averaged;
use crate::photo::mosaic::project::cell_means;
use crate::photo::mosaic::{Grid, MIN_CELL_PX, apply_as};
use crate::photo::{Photo, Rect, resize, seam, size_from_sides};
use crate::pixels::{Canvas, Fill};
use crate::task::{Finish, Task};
use crate::unmosaic::{self, Mosaic};
use crate::wanted::wanted;
use crate::work::Work;

use super::super::config::Holes;
use super::super::data::{Example, Shot};
use super::super::features::Features;
use super::super::holes;
use super::super::metrics::similarity::{psnr, ssim};
use super::super::metrics::{Baseline, rmse, visible_box};
use super::super::metrics::{drift, pattern};
use super::{Exam, Measure, Row, Table, short_px};

/// A set-up: its sentence and its pictures.
struct SetUp {
    says: String,
    examples: Vec<Example>,
    /// What the cells of its mosaics are the means of; whoever undoes them is told.
    averaged: Averaged,
}

/// Paints what each set-up of the task hides and compares with the truth.
pub(super) fn tables(exam: &Exam, shots: &[&Shot], generators: &[Generator]) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for SetUp { says, examples, averaged } in set_ups(exam.task, shots) {
        let mut rows = Vec::new();
        let mut add = |method: String, filled: &[Vec<f32>]| {
            rows.push(row(method, exam, &examples, filled));
        };
        for generator in generators {
            let name = &generator.card.name;
            for method in &methods_of(exam.task, generator) {
                let painted = |e| finished(exam.task, (e, averaged), method, Some(generator));
                let filled: Result<Vec<_>> = examples.iter().map(painted).collect();
                add(format!("{name}{}", method.says), &filled?);
            }
        }
        if exam.task != Task::Extend {
            for method in
                methods(exam.task).iter().filter(|method| method.finish == Finish::Blended)
            {
                let painted = |e| finished(exam.task, (e, averaged), method, None);
                let filled: Result<Vec<_>> = examples.iter().map(painted).collect();
                add(format!("no network{}", method.says), &filled?);
            }
        }
        for (name, filled) in baselines(exam.task, &examples) {
            add(name.to_owned(), &filled);
        }
        let truth: Vec<_> = examples.iter().map(|e| e.truth.rgb().to_vec()).collect();
        add("the photo itself".to_owned(), &truth);
        tables.push(Table { set_up: says, photos: examples.len(), skipped: Vec::new(), rows });
    }
    Ok(tables)
}

/// Examples of the first set-up, and what the whole way makes of them.
pub(super) fn samples(
    task: Task,
    shots: &[&Shot],
    generator: Option<&Generator>,
) -> Result<(Vec<Example>, Vec<Vec<f32>>)> {
    let examples: Vec<Example> =
        set_ups(task, shots).into_iter().next().map_or(Vec::new(), |s| s.examples);
    let method = generator.map_or(methods(task)[0], |generator| methods_of(task, generator)[0]);
    let painted = |e| finished(task, (e, Averaged::Stored), &method, generator);
    let painted: Result<_> = examples.iter().map(painted).collect();
    Ok((examples, painted?))
}

fn set_ups(task: Task, shots: &[&Shot]) -> Vec<SetUp> {
    let side = short_px(task);
    let of = |says: &str, example: &dyn Fn(usize, &Shot) -> Example| SetUp {
        says: says.to_owned(),
        examples: shots.iter().enumerate().map(|(i, shot)| example(i, shot)).collect(),
        averaged: Averaged::Stored,
    };
    let hidden = |shot: &Shot, hole: Vec<f32>| {
        Example::new(
            Canvas::new([side, side], shot.central(side), hole),
            task,
            Fill::Cells,
            Grid::new([MIN_CELL_PX; 2], [0.0; 2]),
        )
    };
    // The middle of a photo, of which the middle is kept.
    let cut = |shot: &Shot, size: [usize; 2], kept: [usize; 2]| {
        let is_kept = |i: usize| {
            let at = [i % size[0], i / size[0]];
            (0..2).all(|axis| (2 * at[axis] + 1).abs_diff(size[axis]) < kept[axis])
        };
        let hole = (0..size[0] * size[1]).map(|i| f32::from(u8::from(!is_kept(i)))).collect();
        let truth = Canvas::new(size, shot.middle(size), hole);
        Example::new(truth, task, Fill::Cells, Grid::new([MIN_CELL_PX; 2], [0.0; 2]))
    };
    // Another hole for every photo, the same every time.
    let drawn = |i: usize, shares: Holes| {
        holes::random(shares, side, &mut ChaCha8Rng::seed_from_u64(i as u64))
    };
    let only =
        |boxes: f32, strokes: f32| Holes { columns: 0.0, frame: 0.0, boxes, strokes, wide: 0.0 };
    match task {
        Task::Extend => vec![
            of("middle square at 128², middle half of the columns kept", &|_, shot| {
                Example::central(shot, task, Fill::Cells, 128)
            }),
            of("middle square at 256², 256×192 kept", &|_, shot| {
                cut(shot, [256, 256], [256, 192])
            }),
            of("at 21:9, 448×192, 4:3 kept", &|_, shot| cut(shot, [448, 192], [256, 192])),
            of("384×128, middle square kept, one width on either side", &|_, shot| {
                cut(shot, [384, 128], [128, 128])
            }),
        ],
        Task::Fill => vec![
            of("middle square at 256², boxes of 96 to 128 pixels", &|i, shot| {
                hidden(shot, drawn(i, only(1.0, 0.0)))
            }),
            of("middle square at 256², free-form strokes", &|i, shot| {
                hidden(shot, drawn(i, only(0.0, 1.0)))
            }),
        ],
        Task::Unmosaic => [12.0, 8.0, 20.0]
            .map(|cell| mosaics(shots, cell, Averaged::Stored))
            .into_iter()
            .chain([mosaics(shots, 12.0, Averaged::Light)])
            .collect(),
        _ => unreachable!("they paint all of a photo"),
    }
}

/// The middle squares of photos, the middle of them under cells of `cell` pixels.
fn mosaics(shots: &[&Shot], cell: f32, averaged: Averaged) -> SetUp {
    let side = short_px(Task::Unmosaic);
    let is_fixed = cell == 12.0;
    let phase = if is_fixed { "from its corner" } else { "from anywhere" };
    let light = if averaged == Averaged::Light { ", averaged as light" } else { "" };
    let example = |(i, shot): (usize, &&Shot)| {
        let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
        let through =
            if is_fixed { [64.0; 2] } else { [0, 1].map(|_| rng.random_range(0.0..cell).floor()) };
        let grid = Grid::new([cell; 2], through);
        let truth = Canvas::new([side, side], shot.central(side), holes::central_box(side));
        let hole: Vec<u8> = truth.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect();
        let mut mosaic = truth.to_photo();
        apply_as(averaged, &mut mosaic, &grid, &hole);
        Example { seen: truth.of_photo(&mosaic), truth, grid }
    };
    SetUp {
        says: format!(
            "middle square at {side}², the middle 128² under cells of {cell} pixels{light}, {phase}"
        ),
        examples: shots.iter().enumerate().map(example).collect(),
        averaged,
    }
}

/// A way from an answer to a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Method {
    /// As the table says it, behind the name of who painted.
    says: &'static str,
    finish: Finish,
    /// How much of the photo's own detail there is.
    detail: f32,
}

/// The ways that a task's table shows, that of the page and the command first.
fn methods(task: Task) -> &'static [Method] {
    const NETWORK: Method =
        Method { says: ", network only", finish: Finish::NetworkOnly, detail: 0.0 };
    const WHOLE: Method = Method { says: "", finish: Finish::Blended, detail: 1.0 };
    const SMOOTH: Method = Method { detail: 0.0, ..WHOLE };
    match task {
        Task::Extend | Task::Fill => &[WHOLE, NETWORK],
        Task::Unmosaic => &[SMOOTH, Method { says: ", with detail", ..WHOLE }],
        _ => unreachable!("they paint all of a photo"),
    }
}

/// The same for a generator: a published work joins what it paints in its own way, or not at all.
fn methods_of(task: Task, generator: &Generator) -> Vec<Method> {
    match generator.card.work.map(Work::finish) {
        None => methods(task).to_vec(),
        Some(finish) => vec![
            Method { says: ", as published", finish, detail: 0.0 },
            Method { says: ", network only", finish: Finish::Published(Join::Pasted), detail: 0.0 },
        ],
    }
}

/// The planes of the picture as the command and the page would paint it.
fn finished(
    task: Task,
    (example, averaged): (&Example, Averaged),
    method: &Method,
    generator: Option<&Generator>,
) -> Result<Vec<f32>> {
    let canvas = &example.seen;
    let Method { finish, detail, .. } = *method;
    let result = match (task, finish, generator) {
        (Task::Extend, _, Some(generator)) => return extended(canvas, finish, generator),
        (Task::Fill, Finish::NetworkOnly, Some(generator)) => {
            return network_only(canvas, generator);
        }
        (Task::Extend | Task::Fill, Finish::NetworkOnly, None) => return Ok(canvas.rgb().to_vec()),
        (Task::Extend | Task::Fill, finish, generator) => {
            let options = fill::Options { finish, detail, ..fill::Options::default() };
            let mut filling = Filling::new(canvas.to_photo(), hole_of(canvas)?, options)?;
            for _ in 0..filling.steps() {
                pollster::block_on(filling.step(generator))?;
            }
            filling.finish()
        }
        (Task::Unmosaic, _, generator) => {
            let options =
                unmosaic::Options { finish, detail, averaged, ..unmosaic::Options::default() };
            let mosaic = Mosaic::new(hole_of(canvas)?, example.grid)?;
            pollster::block_on(mosaic.painted(&canvas.to_photo(), options, generator))?
        }
        _ => unreachable!("they paint all of a photo"),
    };
    Ok(canvas.of_photo(&result.photo).rgb().to_vec())
}

fn hole_of(canvas: &Canvas) -> Result<Hole> {
    Hole::from_bytes(
        size_from_sides(canvas.size()),
        canvas.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect(),
    )
}

/// The smoothest continuation and what the generator adds to it, without pieces of the photo.
fn network_only(canvas: &Canvas, generator: &Generator) -> Result<Vec<f32>> {
    let grid = fill::grid_of(canvas.size(), generator);
    pollster::block_on(wanted(canvas, grid, generator, &MIRRORED))
}

/// What is visible, a rectangle, is the photo, extended to all of the canvas.
fn extended(canvas: &Canvas, finish: Finish, generator: &Generator) -> Result<Vec<f32>> {
    let [w, h] = canvas.size();
    let [left, top, right, bottom] = visible_box(canvas);
    let known = Rect { left, top, right, bottom };
    let photo = Photo::from_rgba8(size_from_sides(known.size()), canvas.to_photo().part(known))?;
    let options = extend::Options { finish, ..extend::Options::default() };
    let [[left, top], [right, bottom]] =
        [[left, top], [w - right, h - bottom]].map(size_from_sides);
    let amounts = Amounts { left, top, right, bottom };
    let mut extension = Extension::new(photo, amounts, options, generator)?;
    for _ in 0..extension.steps() {
        pollster::block_on(extension.step(generator))?;
    }
    Ok(canvas.of_photo(&extension.finish().photo).rgb().to_vec())
}

fn baselines(task: Task, examples: &[Example]) -> Vec<(&'static str, Vec<Vec<f32>>)> {
    let all = |kinds: &[(&'static str, Baseline)]| {
        let each = |(name, baseline): &(&'static str, Baseline)| {
            (*name, examples.iter().map(|e| baseline.fill(&e.seen)).collect())
        };
        kinds.iter().map(each).collect()
    };
    match task {
        Task::Extend => all(&Baseline::OF_MARGINS),
        Task::Fill => all(&Baseline::OF_HOLES),
        Task::Unmosaic => vec![
            ("the cells", examples.iter().map(|e| e.seen.rgb().to_vec()).collect()),
            ("bicubic of the cells", examples.iter().map(bicubic).collect()),
        ],
        _ => unreachable!("they paint all of a photo"),
    }
}

/// The means of a mosaic's cells, enlarged by Catmull-Rom as if every cell were whole.
fn bicubic(example: &Example) -> Vec<f32> {
    let Example { seen, grid, .. } = example;
    let size = seen.size();
    let hole: Vec<u8> = seen.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect();
    let Some(Rect { left, top, right, bottom }) = Rect::around(&hole, size[0]) else {
        return seen.rgb().to_vec();
    };
    let [columns, rows] = grid.cells_over([left, top, right, bottom]);
    let count = [columns, rows].map(|[first, end]| usize::try_from(end - first).unwrap_or(0));
    let means = cell_means(&seen.to_photo(), grid, &hole);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundred pixels"
    )]
    let whole = [0, 1].map(|axis| (count[axis] as f32 * grid.cell[axis]).round() as usize);
    let first = [grid.line(0, columns[0]), grid.line(1, rows[0])];
    let planes = (0..3).flat_map(|c| {
        let small: Vec<f32> =
            means.iter().map(|mean| mean.map_or(0.0, |rgb| rgb[c]) / 255.0).collect();
        let large = resize::resize_plane(&small, count, whole);
        let seen = &seen.rgb()[c * hole.len()..][..hole.len()];
        let at = |i: usize, axis: usize| {
            let place = [i % size[0], i / size[0]][axis] as f32 - first[axis];
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let place = place.round().clamp(0.0, (whole[axis] - 1) as f32) as usize;
            place
        };
        (0..hole.len())
            .map(|i| if hole[i] == 0 { seen[i] } else { large[at(i, 1) * whole[0] + at(i, 0)] })
            .collect::<Vec<_>>()
    });
    planes.collect()
}

fn row(method: String, exam: &Exam, examples: &[Example], filled: &[Vec<f32>]) -> Row {
    let count = examples.len().max(1) as f64;
    let pairs = || examples.iter().zip(filled);
    let of_bytes = |of: fn(&[u8], &[u8], [usize; 2]) -> f64| {
        let each = pairs().map(|(example, filled)| {
            let canvas = &example.truth;
            let photo =
                Canvas::new(canvas.size(), filled.clone(), canvas.hole().to_vec()).to_photo();
            let hole: Vec<u8> = canvas.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect();
            of(photo.rgba(), &hole, canvas.size())
        });
        each.sum::<f64>() / count
    };
    let psnrs = pairs().map(|(e, filled)| psnr(e.truth.rgb(), filled, Some(e.truth.hole())));
    let ssims = pairs().filter_map(|(e, filled)| ssim(e.truth.rgb(), filled, e.truth.size()));
    let mut measures = vec![
        // Root of the mean squared error over all painted values, in units of 255.
        Measure { name: "rmse", value: rmse(examples, filled), decimals: 2 },
        Measure { name: "psnr", value: psnrs.sum::<f64>() / count, decimals: 2 },
        // Of the whole picture.
        Measure { name: "ssim", value: ssims.sum::<f64>() / count, decimals: 3 },
        // How visible the border is, 1 = not at all; how sharp the painting is beside the photo.
        Measure { name: "seam", value: of_bytes(seam::score), decimals: 2 },
        Measure { name: "sharpness", value: of_bytes(seam::sharpness), decimals: 2 },
    ];
    if exam.task != Task::Unmosaic {
        // Both to be held against the photo's own, in the last row.
        let repetition = of_bytes(pattern::repetition);
        measures.push(Measure { name: "repetition", value: repetition, decimals: 3 });
        measures.push(Measure { name: "streaks", value: of_bytes(pattern::streaks), decimals: 3 });
    }
    if exam.task == Task::Extend {
        let far: Vec<drift::Band> = pairs()
            .flat_map(|(e, filled)| {
                drift::bands(e.truth.rgb(), filled, e.truth.hole(), e.truth.size())
            })
            .collect();
        measures.extend(drifted(&far));
    }
    if let Some(features) = exam.features {
        let value = distance(features, examples, filled);
        measures.push(Measure { name: "distance", value, decimals: 3 });
    }
    if exam.task == Task::Unmosaic {
        let value = pairs().map(|(e, filled)| cells_off(e, filled)).fold(0.0, f64::max);
        measures.push(Measure { name: "cells_off_at_most", value, decimals: 1 });
        // How much brighter than the photo, in units of 255.
        measures.push(Measure { name: "bias", value: bias(examples, filled), decimals: 2 });
    }
    Row { method, measures }
}

/// What became of the outermost quarter of each margin; nothing where there is none to the sides.
fn drifted(bands: &[drift::Band]) -> Vec<Measure> {
    if bands.is_empty() {
        return Vec::new();
    }
    let mean =
        |of: &dyn Fn(&drift::Band) -> f64| bands.iter().map(of).sum::<f64>() / bands.len() as f64;
    let all = [0, 1, 2].map(|c| mean(&|band| band.off[c]).abs());
    let each = mean(&|band| band.off.iter().map(|off| off.abs()).sum::<f64>() / 3.0);
    let contrast = mean(&|band| band.contrast[0]) / mean(&|band| band.contrast[1]).max(1e-9);
    vec![
        // How far the mean colour over all photos is off, and that of each on average: units of 255.
        Measure { name: "drift", value: all.into_iter().fold(0.0, f64::max), decimals: 1 },
        Measure { name: "each_off", value: each, decimals: 1 },
        // Beside the truth's.
        Measure { name: "contrast", value: contrast, decimals: 2 },
    ]
}

/// The mean of what was painted minus that of what was hidden, in units of 255.
fn bias(examples: &[Example], filled: &[Vec<f32>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (example, filled) in examples.iter().zip(filled) {
        let Example { truth, .. } = example;
        for (i, (painted, was)) in filled.iter().zip(truth.rgb()).enumerate() {
            let hole = f64::from(truth.hole()[i % truth.hole().len()]);
            sum += hole * f64::from(painted - was);
            count += hole;
        }
    }
    255.0 * sum / f64::max(count, 1.0)
}

/// The mean distance, a few photos at a time.
fn distance(features: &Features, examples: &[Example], filled: &[Vec<f32>]) -> f64 {
    let device = Device::flex();
    let mut sum = 0.0;
    for (examples, filled) in examples.chunks(8).zip(filled.chunks(8)) {
        let [w, h] = examples[0].truth.size();
        let tensor = |planes: Vec<f32>| {
            Tensor::<4>::from_data(TensorData::new(planes, [examples.len(), 3, h, w]), &device)
        };
        let truth = examples.iter().flat_map(|e| e.truth.rgb().iter().copied()).collect();
        let painted = filled.iter().flatten().map(|v| v.clamp(0.0, 1.0)).collect();
        let apart = features.distance(tensor(truth), tensor(painted)).into_data();
        sum +=
            apart.try_to_vec::<f32>().map_or(f64::NAN, |v| v.iter().map(|&v| f64::from(v)).sum());
    }
    sum / examples.len().max(1) as f64
}

/// How far a cell's mean is off at most, of 255.
fn cells_off(example: &Example, filled: &[f32]) -> f64 {
    let hole: Vec<u8> = example.seen.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect();
    let means = |planes: &[f32]| {
        let canvas =
            Canvas::new(example.seen.size(), planes.to_vec(), example.seen.hole().to_vec());
        cell_means(&canvas.to_photo(), &example.grid, &hole)
    };
    let pairs = means(example.seen.rgb()).into_iter().zip(means(filled));
    pairs
        .filter_map(|(a, b)| {
            let (a, b) = (a?, b?);
            Some((0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max))
        })
        .map(f64::from)
        .fold(0.0, f64::max)
}
