//! Sheets of results to look at: seen, painted and true pictures side by side, as one PNG.

use std::path::Path;

use burn::tensor::Device;

use crate::error::Result;
use crate::model::Network;
use crate::pixels::byte_from_unit;

use super::checkpoint::failed;
use super::config::Settings;
use super::data::Example;

/// Triples of pictures in a row of the sheet.
const TRIPLES: usize = 3;

/// Returns what the generator paints, pasted into what was known; three planes per example.
///
/// # Panics
/// Never: generators answer in 32-bit floats.
#[must_use]
pub fn painted(
    generator: &Network,
    settings: &Settings,
    examples: &[Example],
    device: &Device,
) -> Vec<Vec<f32>> {
    let mut all = Vec::with_capacity(examples.len());
    for some in examples.chunks(8) {
        let seen: Vec<_> = some.iter().map(|example| example.seen.clone()).collect();
        let input = settings.generator.input(settings.task, &seen, device);
        let answer = generator.paint(input, &seen, 0).picture;
        let values = answer.into_data().try_to_vec::<f32>().expect("generators answer in f32");
        let each = values.len() / some.len();
        for (canvas, painted) in seen.iter().zip(values.chunks_exact(each)) {
            let pixels = canvas.hole().len();
            let pick = |i: usize| {
                if canvas.hole()[i % pixels] > 0.5 { painted[i] } else { canvas.rgb()[i] }
            };
            all.push((0..3 * pixels).map(pick).collect());
        }
    }
    all
}

/// Writes the sheet. A hole of which nothing is known is shown in the mean colour.
///
/// # Errors
/// [`crate::error::Error::File`] when the file cannot be written.
///
/// # Panics
/// If there is no example, or the sheet would be wider than any PNG.
pub fn draw(examples: &[Example], painted: &[Vec<f32>], path: &Path) -> Result<()> {
    let [w, h] = examples[0].seen.size();
    let rows = examples.len().div_ceil(TRIPLES);
    let [width, height] = [TRIPLES * (3 * w + 8), rows * (h + 4)];
    let mut sheet = vec![255_u8; width * height * 3];
    for (i, (example, result)) in examples.iter().zip(painted).enumerate() {
        let canvas = &example.seen;
        // A photo that has not faded is shown as it is, too.
        let all = canvas.hole().iter().all(|&hole| hole > 0.5);
        let tells = all || canvas.rgb() != example.truth.rgb();
        let mean = canvas.visible_mean();
        let is_hidden = |j: usize| !tells && canvas.hole()[j % (w * h)] > 0.5;
        let seen =
            canvas.rgb().iter().enumerate().map(|(j, &v)| if is_hidden(j) { mean } else { v });
        let seen: Vec<f32> = seen.collect();
        for (k, picture) in [&seen[..], result, example.truth.rgb()].into_iter().enumerate() {
            let at = [(i % TRIPLES) * (3 * w + 8) + k * w, (i / TRIPLES) * (h + 4)];
            for y in 0..h {
                for x in 0..w {
                    let to = ((at[1] + y) * width + at[0] + x) * 3;
                    for c in 0..3 {
                        sheet[to + c] = byte_from_unit(picture[c * w * h + y * w + x]);
                    }
                }
            }
        }
    }
    let side = |n: usize| u32::try_from(n).expect("a sheet of a few thousand pixels");
    image::save_buffer(path, &sheet, side(width), side(height), image::ExtendedColorType::Rgb8)
        .map_err(|e| failed("writing the sheet", &e, path))
}
