//! Measures generators on photos they never saw, beside the plain baselines.
//!
//! Every task has its set-ups, each a table: what is hidden of the middle square of each photo, and
//! who painted it how well. Start reading at [`measure`].

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::extend::{self, Amounts, Extension};
use crate::fill::{self, Filling};
use crate::photo::hole::Hole;
use crate::photo::mosaic::project::cell_means;
use crate::photo::mosaic::{Grid, MIN_CELL_PX};
use crate::photo::{Photo, resize, seam};
use crate::pixels::{Canvas, Fill};
use crate::unmosaic::{self, Mosaic};
use crate::weights::{Generator, Task};

use super::config::Holes;
use super::data::{Example, Shot, Shots};
use super::features::Features;
use super::holes;
use super::metrics::similarity::{psnr, ssim};
use super::metrics::{Baseline, rmse};
use super::sheet;

/// What to measure, and on what.
#[derive(Debug)]
pub struct Exam<'a> {
    /// Which task.
    pub task: Task,
    /// Photos that the generators never saw.
    pub photos: &'a Path,
    /// At most so many of them, spread over all; `None` for all.
    pub limit: Option<usize>,
    /// A feature network, for the distance.
    pub features: Option<&'a Features>,
}

/// One line of a table; means over the photos where nothing else is said.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// A pack's name or a baseline's.
    pub method: String,
    /// Root of the mean squared error over all painted values, in units of 255.
    pub rmse: f64,
    /// PSNR over the painted values, in dB.
    pub psnr: f64,
    /// SSIM of the whole picture.
    pub ssim: f64,
    /// How different the whole picture looks, 0 = alike: [`Features::distance`], where feature
    /// weights were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance: Option<f64>,
    /// How visible the border is, 1 = not at all: [`seam::score`].
    pub seam: f64,
    /// How sharp the painted part is beside the photo, 1 = alike: [`seam::sharpness`].
    pub sharpness: f64,
    /// How far the mean of a mosaic's cell is off at most, of 255, over all photos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<f64>,
}

/// What one set-up gave.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// How it was measured, in one sentence.
    pub set_up: String,
    /// Photos measured.
    pub photos: usize,
    /// Files skipped as damaged.
    pub skipped: Vec<String>,
    /// Ours first, then the baselines.
    pub rows: Vec<Row>,
}

/// A set-up: its sentence and its pictures.
struct SetUp {
    says: String,
    examples: Vec<Example>,
}

/// Paints what each set-up of the task hides and compares with the truth.
///
/// # Errors
/// [`Error::BadSetting`] for a task that has no set-up yet; as [`Shots::read`]; [`Error::Device`].
pub fn measure(exam: &Exam, generators: &[Generator]) -> Result<Vec<Table>> {
    if matches!(exam.task, Task::Colorize | Task::Defade) {
        return Err(Error::BadSetting {
            name: "task",
            expected: "extend, fill or unmosaic: colours are not measured yet".into(),
            found: exam.task.name().into(),
        });
    }
    let side = side_px(exam.task);
    let shots = Shots::read(exam.photos, side)?;
    let stride = exam.limit.map_or(1, |most| shots.shots.len().div_ceil(most.max(1)).max(1));
    let some: Vec<&Shot> = shots.shots.iter().step_by(stride).collect();
    let mut tables = Vec::new();
    for SetUp { says, examples } in set_ups(exam.task, &some, side) {
        let mut rows = Vec::new();
        let mut add = |method: String, filled: &[Vec<f32>]| {
            rows.push(row(method, exam, &examples, filled));
        };
        for generator in generators {
            let name = &generator.card.name;
            for (how, finish) in finishes(exam.task) {
                let filled: Result<Vec<_>> = examples
                    .iter()
                    .map(|e| finished(exam.task, e, *finish, Some(generator)))
                    .collect();
                add(format!("{name}{how}"), &filled?);
            }
        }
        if exam.task != Task::Extend {
            for (how, finish) in finishes(exam.task).iter().filter(|(_, f)| *f != Finish::Network) {
                let filled: Result<Vec<_>> =
                    examples.iter().map(|e| finished(exam.task, e, *finish, None)).collect();
                add(format!("no network{how}"), &filled?);
            }
        }
        for (name, filled) in baselines(exam.task, &examples) {
            add(name.to_owned(), &filled);
        }
        let truth: Vec<_> = examples.iter().map(|e| e.truth.rgb().to_vec()).collect();
        add("the photo itself".to_owned(), &truth);
        tables.push(Table {
            set_up: says,
            photos: examples.len(),
            skipped: shots.skipped.clone(),
            rows,
        });
    }
    Ok(tables)
}

/// Draws what the whole way through the first generator (or without one) makes of two dozen photos:
/// seen, painted, true.
///
/// # Errors
/// As [`measure`], and [`Error::File`] when the sheet cannot be written.
pub fn draw_sheet(exam: &Exam, generator: Option<&Generator>, path: &Path) -> Result<()> {
    let side = side_px(exam.task);
    let shots = Shots::read(exam.photos, side)?;
    let stride = shots.shots.len().div_ceil(24).max(1);
    let some: Vec<&Shot> = shots.shots.iter().step_by(stride).collect();
    let examples: Vec<Example> =
        set_ups(exam.task, &some, side).into_iter().next().map_or(Vec::new(), |s| s.examples);
    let Some(&(_, finish)) = finishes(exam.task).first() else { return Ok(()) };
    let painted: Result<Vec<_>> =
        examples.iter().map(|e| finished(exam.task, e, finish, generator)).collect();
    sheet::draw(&examples, &painted?, path)
}

/// Side of the square pictures that a task is measured on.
fn side_px(task: Task) -> usize {
    match task {
        Task::Extend => 128,
        _ => 256,
    }
}

fn set_ups(task: Task, shots: &[&Shot], side: usize) -> Vec<SetUp> {
    let of = |says: &str, example: &dyn Fn(usize, &Shot) -> Example| SetUp {
        says: format!("middle square at {side}², {says}"),
        examples: shots.iter().enumerate().map(|(i, shot)| example(i, shot)).collect(),
    };
    let hidden = |shot: &Shot, hole: Vec<f32>| {
        Example::new(
            Canvas::new([side, side], shot.central(side), hole),
            task,
            Fill::Cells,
            Grid::new([MIN_CELL_PX; 2], [0.0; 2]),
        )
    };
    // Another hole for every photo, the same every time.
    let drawn = |i: usize, shares: Holes| {
        holes::random(shares, side, &mut ChaCha8Rng::seed_from_u64(i as u64))
    };
    let only = |boxes: f32, strokes: f32| Holes { columns: 0.0, frame: 0.0, boxes, strokes };
    match task {
        Task::Extend => vec![of("middle half of the columns kept", &|_, shot| {
            Example::central(shot, task, Fill::Cells, side)
        })],
        Task::Fill => vec![
            of("boxes of 96 to 128 pixels", &|i, shot| hidden(shot, drawn(i, only(1.0, 0.0)))),
            of("free-form strokes", &|i, shot| hidden(shot, drawn(i, only(0.0, 1.0)))),
        ],
        Task::Colorize | Task::Defade => Vec::new(),
        Task::Unmosaic => [12.0_f32, 8.0, 20.0]
            .map(|cell| {
                let fixed = cell == 12.0;
                let phase = if fixed { "from its corner" } else { "from anywhere" };
                of(
                    &format!("the middle 128² under cells of {cell} pixels, {phase}"),
                    &|i, shot| {
                        let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
                        let through = if fixed {
                            [64.0; 2]
                        } else {
                            [0, 1].map(|_| rng.random_range(0.0..cell).floor())
                        };
                        let truth =
                            Canvas::new([side, side], shot.central(side), holes::central_box(side));
                        Example::new(truth, task, Fill::Cells, Grid::new([cell; 2], through))
                    },
                )
            })
            .into(),
    }
}

/// How an answer becomes a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Finish {
    /// The task as the page and the command do it, with so much of the photo's own detail.
    Whole(f32),
    /// What the network painted, enlarged and pasted.
    Network,
}

/// The ways that a task's table shows, the default first.
fn finishes(task: Task) -> &'static [(&'static str, Finish)] {
    match task {
        Task::Extend | Task::Fill => {
            &[("", Finish::Whole(1.0)), (", network only", Finish::Network)]
        }
        Task::Colorize | Task::Defade => &[],
        Task::Unmosaic => &[("", Finish::Whole(0.0)), (", with detail", Finish::Whole(1.0))],
    }
}

/// The planes of the picture as the command and the page would paint it.
fn finished(
    task: Task,
    example: &Example,
    finish: Finish,
    generator: Option<&Generator>,
) -> Result<Vec<f32>> {
    let canvas = &example.seen;
    let result = match (task, finish, generator) {
        (Task::Extend, finish, Some(generator)) => return extended(canvas, finish, generator),
        (Task::Fill, Finish::Network, Some(generator)) => return network_only(canvas, generator),
        (Task::Extend | Task::Fill, finish, generator) => {
            let Finish::Whole(detail) = finish else { return Ok(canvas.rgb().to_vec()) };
            let options = fill::Options { detail, ..fill::Options::default() };
            let mut filling =
                Filling::new(canvas.to_photo(), hole_of(canvas)?, options, generator)?;
            for _ in 0..filling.steps() {
                pollster::block_on(filling.step(generator))?;
            }
            filling.finish()
        }
        (Task::Colorize | Task::Defade, ..) => return Ok(canvas.rgb().to_vec()),
        (Task::Unmosaic, finish, generator) => {
            let detail = if let Finish::Whole(detail) = finish { detail } else { 0.0 };
            let options = unmosaic::Options { detail, ..unmosaic::Options::default() };
            let hole = hole_of(canvas)?;
            let photo = canvas.to_photo();
            let mosaic = Mosaic::new(hole, example.grid)?;
            pollster::block_on(mosaic.painted(&photo, options, generator))?
        }
    };
    Ok(canvas.of_photo(&result).rgb().to_vec())
}

fn hole_of(canvas: &Canvas) -> Result<Hole> {
    let size = canvas.size().map(|side| u32::try_from(side).expect("a side in pixels"));
    Hole::from_bytes(size, canvas.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect())
}

/// The generator's answer on its own grid, enlarged into the hole.
fn network_only(canvas: &Canvas, generator: &Generator) -> Result<Vec<f32>> {
    let size = canvas.size();
    let grid = size.map(|_| generator.card.side_px);
    // Nothing of what is hidden may show through the smaller picture.
    let known = canvas.with_hole_filled(Fill::Membrane);
    let smaller = |plane: &[f32]| resize::resize_plane(plane, size, grid);
    let rgb = known.chunks_exact(size[0] * size[1]).flat_map(smaller).collect();
    let hole = smaller(canvas.hole()).into_iter().map(|hole| if hole > 0.02 { 1.0 } else { 0.0 });
    let small = Canvas::new(grid, rgb, hole.collect());
    let answer = pollster::block_on(generator.paint(&small))?;
    let larger = |plane: &[f32]| resize::resize_plane(plane, grid, size);
    let painted = answer.chunks_exact(grid[0] * grid[1]).flat_map(larger).collect();
    Ok(canvas.filled(&Canvas::new(size, painted, canvas.hole().to_vec())).rgb().to_vec())
}

/// The visible columns alone are the photo, extended to both sides.
fn extended(canvas: &Canvas, finish: Finish, generator: &Generator) -> Result<Vec<f32>> {
    let [w, h] = canvas.size();
    let quarter = w / 4;
    let visible = |i: &usize| (quarter..w - quarter).contains(&(i % w));
    let whole = canvas.to_photo();
    let pixels = whole.rgba().chunks_exact(4).enumerate().filter(|(i, _)| visible(i));
    let side = |px: usize| u32::try_from(px).expect("a side in pixels");
    let rgba = pixels.flat_map(|(_, pixel)| pixel).copied().collect();
    let photo = Photo::from_rgba8([side(w - 2 * quarter), side(h)], rgba)?;
    let finish = match finish {
        Finish::Whole(_) => extend::Finish::Blended,
        Finish::Network => extend::Finish::NetworkOnly,
    };
    let options = extend::Options { finish, ..extend::Options::default() };
    let amounts = Amounts { left: side(quarter), right: side(quarter), ..Amounts::default() };
    let mut extension = Extension::new(photo, amounts, options, generator)?;
    for _ in 0..extension.steps() {
        pollster::block_on(extension.step(generator))?;
    }
    Ok(canvas.of_photo(&extension.finish()).rgb().to_vec())
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
        Task::Colorize | Task::Defade => Vec::new(),
        Task::Unmosaic => vec![
            ("the cells", examples.iter().map(|e| e.seen.rgb().to_vec()).collect()),
            ("bicubic of the cells", examples.iter().map(bicubic).collect()),
        ],
    }
}

/// The means of a mosaic's cells, enlarged by Catmull-Rom as if every cell were whole.
fn bicubic(example: &Example) -> Vec<f32> {
    let Example { seen, grid, .. } = example;
    let size = seen.size();
    let hole: Vec<u8> = seen.hole().iter().map(|&hole| u8::from(hole > 0.5)).collect();
    let hidden = (0..hole.len()).filter(|&i| hole[i] != 0);
    let [left, top, right, bottom] =
        hidden.fold([usize::MAX, usize::MAX, 0, 0], |[l, t, r, b], i| {
            let [x, y] = [i % size[0], i / size[0]];
            [l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)]
        });
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
    Row {
        method,
        rmse: rmse(examples, filled),
        psnr: psnrs.sum::<f64>() / count,
        ssim: ssims.sum::<f64>() / count,
        distance: exam.features.map(|features| distance(features, examples, filled)),
        seam: of_bytes(seam::score),
        sharpness: of_bytes(seam::sharpness),
        cells: (exam.task == Task::Unmosaic)
            .then(|| pairs().map(|(e, filled)| cells_off(e, filled)).fold(0.0, f64::max)),
    }
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
