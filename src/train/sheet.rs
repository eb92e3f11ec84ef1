//! Sheets of results to look at: hidden, painted and true pictures side by side, as one PNG.

use std::path::Path;

use burn::tensor::Device;

use crate::error::Result;
use crate::model::outpaint::{Fill, Outpaint};
use crate::pixels::{Canvas, byte_from_unit, input_from_canvases};

use super::checkpoint::failed;
use super::data::{Shot, columns_hole};

/// Pictures a row of the sheet.
const TRIPLES: usize = 3;

/// The middle squares of two dozen photos spread over all, with the published hole.
#[must_use]
pub fn watched(shots: &[Shot], side_px: usize) -> Vec<Canvas> {
    let stride = shots.len().div_ceil(24).max(1);
    let some = shots.iter().step_by(stride);
    some.map(|shot| shot.central(side_px, columns_hole(side_px))).collect()
}

/// The generator's answer, pasted into what was visible; three planes per canvas.
///
/// # Panics
/// Never: generators answer in 32-bit floats.
#[must_use]
pub fn painted(
    generator: &Outpaint,
    fill: Fill,
    canvases: &[Canvas],
    device: &Device,
) -> Vec<Vec<f32>> {
    let mut all = Vec::with_capacity(canvases.len());
    for some in canvases.chunks(8) {
        let answer = generator.forward(input_from_canvases(some, fill, device));
        let values = answer.into_data().try_to_vec::<f32>().expect("generators answer in f32");
        let each = values.len() / some.len();
        for (canvas, painted) in some.iter().zip(values.chunks_exact(each)) {
            let pixels = canvas.hole().len();
            let pick = |i: usize| {
                if canvas.hole()[i % pixels] > 0.5 { painted[i] } else { canvas.rgb()[i] }
            };
            all.push((0..3 * pixels).map(pick).collect());
        }
    }
    all
}

/// Paints the canvases and writes the sheet.
///
/// # Errors
/// [`crate::error::Error::File`] when the file cannot be written.
///
/// # Panics
/// If there is no canvas, or the sheet would be wider than any PNG.
pub fn draw(
    generator: &Outpaint,
    fill: Fill,
    canvases: &[Canvas],
    device: &Device,
    path: &Path,
) -> Result<()> {
    use burn::module::Module as _;
    let generator = generator.valid().to_device(device);
    let results = painted(&generator, fill, canvases, device);
    let [w, h] = canvases[0].size();
    let rows = canvases.len().div_ceil(TRIPLES);
    let [width, height] = [TRIPLES * (3 * w + 8), rows * (h + 4)];
    let mut sheet = vec![255_u8; width * height * 3];
    for (i, (canvas, result)) in canvases.iter().zip(&results).enumerate() {
        let mean = canvas.visible_mean();
        let hide = |(j, &v): (usize, &f32)| if canvas.hole()[j % (w * h)] > 0.5 { mean } else { v };
        let hidden: Vec<f32> = canvas.rgb().iter().enumerate().map(hide).collect();
        for (k, picture) in [&hidden[..], result, canvas.rgb()].into_iter().enumerate() {
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
