//! Runs one operation on pictures from files, on one core, for `opencv.py` to compare:
//!
//! `opencv OPERATION SOURCE TARGET HOLE RESULT` prints the milliseconds it took as JSON.
//!
//! Operations take bytes and give bytes, as `OpenCV`'s do, and that is what is timed.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use naobu::error::{Error, Result};
use naobu::photo::encode::{Format, encode};
use naobu::photo::poisson::{Gradients, blend, blend_field, compose};
use naobu::photo::{Photo, decode, fast_marching};

/// Each operation is repeated for so long.
const LEAST: Duration = Duration::from_millis(400);

/// What an operation gets: RGB bytes, a hole, and `[width, height]`.
struct Input {
    source: Vec<u8>,
    target: Vec<u8>,
    hole: Vec<u8>,
    size: [usize; 2],
}

type Operation = fn(&Input) -> Vec<u8>;

const OPERATIONS: [(&str, Operation); 8] = [
    ("telea-1", telea::<1>),
    ("telea-3", telea::<3>),
    ("telea-5", telea::<5>),
    ("normal", |input| cloned(input, Gradients::Painted)),
    ("mixed", |input| cloned(input, Gradients::Stronger)),
    ("compose", composed),
    ("normal-posed", |input| as_opencv(input, false)),
    ("mixed-posed", |input| as_opencv(input, true)),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, source, target, hole, result] = &arguments[..] else {
        println!("nothing to do: run benches/opencv.py");
        return ExitCode::SUCCESS;
    };
    let Some((_, operation)) = OPERATIONS.iter().find(|(known, _)| known == name) else {
        eprintln!("unknown operation {name}");
        return ExitCode::FAILURE;
    };
    match run(*operation, [source, target, hole, result]) {
        Ok(millis) => {
            println!("{{\"operation\": \"{name}\", \"millis\": {millis:.3}}}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// How long it takes, in milliseconds.
fn run(operation: Operation, [source, target, hole, result]: [&str; 4]) -> Result<f64> {
    let source = picture(source)?;
    let size = source.size();
    let input = Input {
        source: rgb(&source),
        target: rgb(&picture(target)?),
        hole: picture(hole)?.rgba().chunks_exact(4).map(|pixel| pixel[0]).collect(),
        size: size.map(|side| side as usize),
    };
    let (started, mut count) = (Instant::now(), 0);
    let before = busy();
    let mut output;
    loop {
        output = operation(&input);
        count += 1;
        if started.elapsed() > LEAST {
            break;
        }
    }
    let taken = match (before, busy()) {
        (Some(before), Some(after)) => after - before,
        _ => started.elapsed(),
    };
    let rgba = output.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    let bytes = encode(&Photo::from_rgba8(size, rgba)?, Format::Png)?;
    std::fs::write(result, bytes).map_err(|error| file_error("writing", result, &error))?;
    Ok(taken.as_secs_f64() * 1e3 / f64::from(count))
}

/// How long this program has been computing, where the system says it: what else runs on the
/// machine does not count then. Linux counts in steps of some milliseconds, hence [`LEAST`].
fn busy() -> Option<Duration> {
    let schedule = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    schedule.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn picture(path: &str) -> Result<Photo> {
    let bytes = std::fs::read(path).map_err(|error| file_error("reading", path, &error))?;
    decode::decode(&bytes)
}

fn file_error(doing: &'static str, path: &str, error: &std::io::Error) -> Error {
    Error::File { doing, why: error.to_string(), path: path.into() }
}

fn rgb(photo: &Photo) -> Vec<u8> {
    photo.rgba().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
}

fn telea<const RADIUS: usize>(input: &Input) -> Vec<u8> {
    let mut pixels = input.source.clone();
    fast_marching::inpaint::<u8, 3>(&mut pixels, &input.hole, input.size, RADIUS);
    pixels
}

fn cloned(input: &Input, gradients: Gradients) -> Vec<u8> {
    let (mut source, target) = (floats(&input.source), floats(&input.target));
    blend::<3>(&mut source, &target, &input.hole, input.size, gradients);
    // Outside the hole the target stays.
    let mut result = input.target.clone();
    let pixels = result.chunks_exact_mut(3).zip(source.chunks_exact(3)).zip(&input.hole);
    for ((result, value), _) in pixels.filter(|(_, hole)| **hole != 0) {
        result.iter_mut().zip(value).for_each(|(byte, value)| *byte = rounded(*value));
    }
    result
}

fn composed(input: &Input) -> Vec<u8> {
    let (mut source, target) = (floats(&input.source), floats(&input.target));
    compose::<3>(&mut source, &target, &input.hole, input.size, Gradients::Painted);
    source.into_iter().map(rounded).collect()
}

/// Our solver on the problem that `seamlessClone` sets itself. It cuts out the rectangle around
/// the hole and fixes the outermost pixels of that. Everything inside is solved for, in the hole
/// and around it: gradients are the source's where all pixels up to three away lie in the hole,
/// the target's elsewhere. What is black outside the hole is the source's, too. With mixed
/// gradients, a pixel of a channel has both of the picture in which the two differ more.
fn as_opencv(input: &Input, is_mixed: bool) -> Vec<u8> {
    const ERODED: usize = 3;
    let [w, h] = input.size;
    let is_hole = |x: usize, y: usize| {
        (1..w - 1).contains(&x) && (1..h - 1).contains(&y) && input.hole[y * w + x] != 0
    };
    let cells = || (0..w * h).map(|p| (p % w, p / w)).filter(|&(x, y)| is_hole(x, y));
    let Some(left) = cells().map(|(x, _)| x).min() else { return input.target.clone() };
    let right = cells().map(|(x, _)| x).max().unwrap_or(left);
    let top = cells().map(|(_, y)| y).min().unwrap_or(0);
    let bottom = cells().map(|(_, y)| y).max().unwrap_or(top);
    let mut rectangle = vec![0; w * h];
    for y in top + 1..bottom {
        rectangle[y * w + left + 1..y * w + right].fill(1);
    }
    let is_whole = |x: usize, y: usize| {
        let columns = x.saturating_sub(ERODED)..=(x + ERODED).min(w - 1);
        let rows = y.saturating_sub(ERODED)..=(y + ERODED).min(h - 1);
        rows.into_iter().all(|y| columns.clone().all(|x| is_hole(x, y)))
    };
    let inner: Vec<bool> = (0..w * h).map(|p| is_whole(p % w, p / w)).collect();
    let mut source = floats(&input.source);
    for (p, pixel) in source.chunks_exact_mut(3).enumerate() {
        if !is_hole(p % w, p / w) {
            pixel.fill(0.0);
        }
    }
    let target = floats(&input.target);
    let ([source, other], _) = ([&source, &target].map(|p| p.as_chunks::<3>().0), ());
    let mut result = target.clone();
    blend_field::<3>(&mut result, &target, &rectangle, input.size, |_, p, q| {
        let (before, after) = (p.min(q), p.max(q));
        std::array::from_fn(|c| {
            let step = |picture: &[[f32; 3]], to: usize| picture[to][c] - picture[before][c];
            let tilt = |picture| f32::abs(step(picture, before + 1) - step(picture, before + w));
            let is_source = inner[before] && (!is_mixed || tilt(source) > tilt(other));
            let forward = step(if is_source { source } else { other }, after);
            if p < q { -forward } else { forward }
        })
    });
    // OpenCV does not round.
    let cut = |value: f32| value.clamp(0.0, 255.0).floor();
    result
        .into_iter()
        .zip(rectangle.iter().flat_map(|&inside| [inside; 3]))
        .map(|(value, inside)| rounded(if inside == 0 { value } else { cut(value) }))
        .collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn rounded(value: f32) -> u8 {
    (value + 0.5) as u8
}
