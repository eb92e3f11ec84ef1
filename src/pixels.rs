//! Pictures in, tensors out, and back again.
//!
//! The only file that knows the networks' pixel conventions. Training, the command and the browser
//! all go through it, so they cannot drift apart:
//!
//! - a [`Canvas`] is a picture on a network's grid: planes of red, green, blue in `0..=1`;
//! - a hole is a plane where 1 means "paint here" and 0 "keep";
//! - a tensor is `[n, c, h, w]`: pictures, channels, rows, columns.
//!
//! [`input_from_canvases`] makes what a network is shown of a hole, [`light_from_canvases`] what it
//! is shown of a photo without colours. Nothing here resizes or chooses a device.

use burn::tensor::{Device, Tensor, TensorData};

use crate::error::{Error, Result};
use crate::photo::color::{LUMA, U_OF_BLUE, V_OF_RED, byte_from, luma_from_srgb};
use crate::photo::poisson::Membrane;
use crate::photo::tone::{CurveGrid, POINTS};
use crate::photo::{Photo, size_from_sides};

/// What a generator finds in the hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fill {
    /// The mean of the visible part, one number for all channels: Sabini & Rusak.
    Mean,
    /// The mean of the visible part, one number per channel. Iizuka et al. take that of all
    /// training pictures; a visitor's photo has only itself.
    MeanColor,
    /// Mid-grey, 0.5: Yu et al., whose own range has it at 0.
    Grey,
    /// The smoothest continuation of the visible part; the network paints what it lacks. Ours: it
    /// is worth many hours of training, and what a network is unsure of stays calm, not grey.
    Membrane,
    /// What lies there: the cells of a mosaic, or a photo without its colours or with faded ones.
    Cells,
    /// What lies there, a mosaic's cells smoothed by
    /// [`crate::photo::mosaic::project::smooth`]; the network paints what they lack. Ours.
    Smooth,
}

/// A picture on a network's grid, and which part of it is hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct Canvas {
    size: [usize; 2],
    rgb: Vec<f32>,
    hole: Vec<f32>,
    marks: Vec<f32>,
}

impl Canvas {
    /// Takes planes of colour and a plane of hole.
    ///
    /// # Shapes and ranges
    /// - `size`: `[width, height]`
    /// - `rgb`: three planes of `height` rows, in `0..=1`
    /// - `hole`: one plane, each value 0 or 1
    ///
    /// # Panics
    /// If a buffer's length is not that of the size.
    #[must_use]
    pub fn new(size: [usize; 2], rgb: Vec<f32>, hole: Vec<f32>) -> Self {
        let pixels = size[0] * size[1];
        assert_eq!(rgb.len(), 3 * pixels, "three planes of {size:?}");
        assert_eq!(hole.len(), pixels, "one plane of {size:?}");
        Self { size, rgb, hole, marks: Vec::new() }
    }

    /// Returns the same picture with what a visitor's clicks say: one plane, 1 where a place belongs
    /// to the thing that is meant, -1 where it does not, 0 elsewhere.
    ///
    /// # Panics
    /// If the plane is of another size.
    #[must_use]
    pub fn with_marks(self, marks: Vec<f32>) -> Self {
        assert_eq!(marks.len(), self.hole.len(), "one plane of {:?}", self.size);
        Self { marks, ..self }
    }

    /// Returns `[width, height]`.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Returns three planes of colour, in `0..=1`.
    #[must_use]
    pub fn rgb(&self) -> &[f32] {
        &self.rgb
    }

    /// Returns one plane; 1 = paint here.
    #[must_use]
    pub fn hole(&self) -> &[f32] {
        &self.hole
    }

    /// Returns the mean over all visible pixels and channels; 0.5 when nothing is visible.
    ///
    /// # Source
    /// Sabini & Rusak 2018 fill the hole with one scalar. Their training took it from the whole
    /// picture, hidden part included; a photo that ends at its frame has no hidden part to ask.
    #[must_use]
    pub fn visible_mean(&self) -> f32 {
        let pixels = self.hole.len();
        let mut sum = 0.0_f64;
        let mut count = 0_usize;
        for (at, _) in self.hole.iter().enumerate().filter(|(_, hole)| **hole < 0.5) {
            sum += (0..3).map(|c| f64::from(self.rgb[c * pixels + at])).sum::<f64>();
            count += 3;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a mean of values in 0..=1")]
        let mean = (sum / count.max(1) as f64) as f32;
        if count == 0 { 0.5 } else { mean }
    }

    /// Returns the mean colour over all visible pixels; mid-grey when nothing is visible.
    fn visible_colour(&self) -> [f32; 3] {
        let visible = self.hole.iter().filter(|&&hole| hole < 0.5).count();
        if visible == 0 {
            return [0.5; 3];
        }
        let mut planes = self.rgb.chunks_exact(self.hole.len());
        [(); 3].map(|()| {
            let plane = planes.next().unwrap_or_default().iter().zip(&self.hole);
            let sum: f64 = plane.filter(|(_, hole)| **hole < 0.5).map(|(&v, _)| f64::from(v)).sum();
            #[expect(clippy::cast_possible_truncation, reason = "a mean of values in 0..=1")]
            let mean = (sum / visible as f64) as f32;
            mean
        })
    }

    /// Returns this picture where it is visible, and `painted` in the hole.
    ///
    /// # Panics
    /// If the sizes differ.
    #[must_use]
    pub fn filled(&self, painted: &Self) -> Self {
        assert_eq!(self.size, painted.size, "canvases of one size");
        let pixels = self.hole.len();
        let pick =
            |i: usize| if self.hole[i % pixels] < 0.5 { self.rgb[i] } else { painted.rgb[i] };
        Self { rgb: (0..3 * pixels).map(pick).collect(), ..self.clone() }
    }

    /// Returns the planes with the hole filled as a generator expects it.
    #[must_use]
    pub fn with_hole_filled(&self, fill: Fill) -> Vec<f32> {
        let mean = self.visible_mean();
        let colours = match fill {
            Fill::Cells | Fill::Smooth => return self.rgb.clone(),
            Fill::Membrane => return self.with_membrane(mean),
            Fill::Mean => [mean; 3],
            Fill::Grey => [0.5; 3],
            Fill::MeanColor => self.visible_colour(),
        };
        self.with_colour(colours)
    }

    fn with_colour(&self, colour: [f32; 3]) -> Vec<f32> {
        let planes = self.rgb.chunks_exact(self.hole.len()).zip(colour);
        let shown = |value: f32, hole: f32, colour: f32| if hole < 0.5 { value } else { colour };
        let plane = |(plane, colour): (&[f32], f32)| -> Vec<f32> {
            plane.iter().zip(&self.hole).map(|(&value, &hole)| shown(value, hole, colour)).collect()
        };
        planes.flat_map(plane).collect()
    }

    fn with_membrane(&self, mean: f32) -> Vec<f32> {
        let mut rgb = self.with_colour([mean; 3]);
        let hole: Vec<u8> = self.hole.iter().map(|&hole| u8::from(hole > 0.5)).collect();
        let Some(mut membrane) = Membrane::over(&hole, self.size) else { return rgb };
        for plane in rgb.chunks_exact_mut(self.hole.len()) {
            // The membrane works in units of 255.
            let known: Vec<f32> = plane.iter().map(|value| value * 255.0).collect();
            let mut stretched = vec![mean * 255.0; plane.len()];
            membrane.blend(&mut stretched, &known);
            let painted = plane.iter_mut().zip(stretched).zip(&hole);
            for ((value, stretched), _) in painted.filter(|(_, hole)| **hole != 0) {
                *value = stretched / 255.0;
            }
        }
        rgb
    }

    /// Returns the picture as an opaque photo, rounded to bytes; the hole is not in it.
    ///
    /// # Panics
    /// If a side is shorter than a photo's may be.
    #[must_use]
    pub fn to_photo(&self) -> Photo {
        let pixels = self.hole.len();
        let rgba = (0..4 * pixels).map(|i| match i % 4 {
            3 => 255,
            channel => byte_from_unit(self.rgb[channel * pixels + i / 4]),
        });
        Photo::from_rgba8(size_from_sides(self.size), rgba.collect()).expect("sides of a photo")
    }

    /// Returns this hole over the colours of `photo`.
    ///
    /// # Panics
    /// If the sizes differ.
    #[must_use]
    pub fn of_photo(&self, photo: &Photo) -> Self {
        Self::new(self.size, rgb_planes(photo.rgba()), self.hole.clone())
    }

    /// Returns the picture with its rows and columns swapped.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let [w, h] = self.size;
        let swap = |planes: &[f32]| -> Vec<f32> {
            planes
                .chunks_exact(w * h)
                .flat_map(|plane| (0..w).flat_map(move |x| (0..h).map(move |y| plane[y * w + x])))
                .collect()
        };
        let [rgb, hole, marks] = [&self.rgb, &self.hole, &self.marks].map(|planes| swap(planes));
        Self { size: [h, w], rgb, hole, marks }
    }
}

/// Makes what a network that paints holes is shown: the visible colours, something in the hole, and
/// the hole itself.
///
/// # Shapes and ranges
/// Returns `[n, 4, h, w]`, all in `0..=1`.
///
/// # Panics
/// If the canvases differ in size, or there are none.
#[must_use]
pub fn input_from_canvases(canvases: &[Canvas], fill: Fill, device: &Device) -> Tensor<4> {
    let [w, h] = common_size(canvases);
    let mut values = Vec::with_capacity(canvases.len() * 4 * w * h);
    for canvas in canvases {
        values.extend(canvas.with_hole_filled(fill));
        values.extend_from_slice(&canvas.hole);
    }
    Tensor::from_data(TensorData::new(values, [canvases.len(), 4, h, w]), device)
}

/// Makes what a network that colours is shown: lightness and, if it takes hints, the chroma of what
/// is not hidden. The hole says where colours are unknown.
///
/// # Shapes and ranges
/// Returns what [`Colorize::forward`](crate::model::colorize::Colorize::forward) takes: with
/// `hints` `[n, 4, h, w]`, else `[n, 1, h, w]`.
///
/// # Panics
/// If the canvases differ in size, or there are none.
#[must_use]
pub fn light_from_canvases(canvases: &[Canvas], hints: bool, device: &Device) -> Tensor<4> {
    let [w, h] = common_size(canvases);
    let channels = if hints { 4 } else { 1 };
    let mut values = Vec::with_capacity(canvases.len() * channels * w * h);
    for canvas in canvases {
        let yuv = yuv_planes_from_rgb(&canvas.rgb);
        values.extend_from_slice(&yuv[..w * h]);
        for channel in 1..channels {
            values.extend((0..w * h).map(|i| {
                let hint = hint_from_uv([yuv[w * h + i], yuv[2 * w * h + i]]);
                if canvas.hole[i] < 0.5 { hint[channel - 1] } else { 0.0 }
            }));
        }
    }
    Tensor::from_data(TensorData::new(values, [canvases.len(), channels, h, w]), device)
}

/// Makes what a network that tells things apart is shown: the picture, and what clicks say.
///
/// # Shapes and ranges
/// Returns `[n, 4, h, w]`: colours in `0..=1`, marks in `-1..=1`.
///
/// # Panics
/// If the canvases differ in size, or there are none.
#[must_use]
pub fn marked_from_canvases(canvases: &[Canvas], device: &Device) -> Tensor<4> {
    let [w, h] = common_size(canvases);
    let mut values = Vec::with_capacity(canvases.len() * 4 * w * h);
    for canvas in canvases {
        values.extend_from_slice(&canvas.rgb);
        values.extend_from_slice(&canvas.marks);
        let unmarked = if canvas.marks.is_empty() { w * h } else { 0 };
        values.extend(std::iter::repeat_n(0.0, unmarked));
    }
    Tensor::from_data(TensorData::new(values, [canvases.len(), 4, h, w]), device)
}

/// Makes `[1, c, h, w]` of one picture's planes of `size`, `[width, height]`.
///
/// # Panics
/// If the planes are not whole.
#[must_use]
pub fn tensor_from_planes(planes: Vec<f32>, [w, h]: [usize; 2], device: &Device) -> Tensor<4> {
    let channels = planes.len() / (w * h);
    Tensor::from_data(TensorData::new(planes, [1, channels, h, w]), device)
}

/// Turns bytes into planes of red, green and blue in `0..=1`; alpha is left out.
#[must_use]
pub fn rgb_planes(rgba: &[u8]) -> Vec<f32> {
    let plane = |c: usize| rgba.iter().skip(c).step_by(4).map(|&v| f32::from(v) / 255.0);
    (0..3).flat_map(plane).collect()
}

/// Turns bytes into one plane of lightness in `0..=1`.
#[must_use]
pub fn light_from_rgba(rgba: &[u8]) -> Vec<f32> {
    rgba.chunks_exact(4).map(|p| luma_from_srgb([p[0], p[1], p[2]]) / 255.0).collect()
}

/// Turns planes of red, green and blue in `0..=1` into one of lightness in `0..=1`, one of U and
/// one of V in steps of 255: the same numbers as a photo gives.
///
/// # Panics
/// If there are not three planes.
#[must_use]
pub fn yuv_planes_from_rgb(rgb: &[f32]) -> Vec<f32> {
    let pixels = rgb.len() / 3;
    assert_eq!(rgb.len(), 3 * pixels, "three planes");
    let luma = |i: usize| (0..3).map(|c| LUMA[c] * rgb[c * pixels + i]).sum::<f32>();
    let mut planes: Vec<f32> = (0..pixels).map(luma).collect();
    for (channel, factor) in [(2, U_OF_BLUE), (0, V_OF_RED)] {
        let chroma = |i: usize| 255.0 * factor * (rgb[channel * pixels + i] - planes[i]);
        planes.extend((0..pixels).map(chroma).collect::<Vec<_>>());
    }
    planes
}

/// Returns the three channels after lightness for a place whose chroma is known; they are zeros
/// elsewhere. U and V in steps of 255.
fn hint_from_uv([u, v]: [f32; 2]) -> [f32; 3] {
    [u / 128.0, v / 128.0, 1.0]
}

/// Makes the whole pictures, hidden part included: what a generator is asked for while training.
///
/// # Shapes and ranges
/// Returns `[n, 3, h, w]`, in `0..=1`.
///
/// # Panics
/// If the canvases differ in size, or there are none.
#[must_use]
pub fn truth_from_canvases(canvases: &[Canvas], device: &Device) -> Tensor<4> {
    let [w, h] = common_size(canvases);
    let values: Vec<f32> = canvases.iter().flat_map(|canvas| canvas.rgb.iter().copied()).collect();
    Tensor::from_data(TensorData::new(values, [canvases.len(), 3, h, w]), device)
}

/// Makes `[n, 1, h, w]` of the holes.
///
/// # Panics
/// If the canvases differ in size, or there are none.
#[must_use]
pub fn holes_from_canvases(canvases: &[Canvas], device: &Device) -> Tensor<4> {
    let [w, h] = common_size(canvases);
    let values: Vec<f32> = canvases.iter().flat_map(|canvas| canvas.hole.iter().copied()).collect();
    Tensor::from_data(TensorData::new(values, [canvases.len(), 1, h, w]), device)
}

fn common_size(canvases: &[Canvas]) -> [usize; 2] {
    let size = canvases.first().expect("at least one canvas").size;
    assert!(canvases.iter().all(|canvas| canvas.size == size), "canvases of one size {size:?}");
    size
}

/// Reads a picture back: the only wait for the device.
///
/// # Shapes and ranges
/// From `[n, 3, h, w]` to its values in the same order, normally in `0..=1`.
///
/// # Errors
/// [`Error::Device`] when the device fails, or answers with something that is not a number.
pub async fn values_from_tensor(tensor: Tensor<4>) -> Result<Vec<f32>> {
    let failed = |why: String| Error::Device { device: "painting", why };
    let data = tensor.into_data_async().await.map_err(|error| failed(format!("{error:?}")))?;
    let values = data.try_to_vec::<f32>().map_err(|error| failed(format!("{error:?}")))?;
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(failed("it answered with something that is not a number".into()))
    }
}

/// Arranges the control points that a network answers as cells of curves.
///
/// # Shapes and ranges
/// - `values`: the planes for one picture, as
///   [`Defade::forward`](crate::model::defade::Defade::forward) returns them
/// - `size`: columns and rows of cells
///
/// # Errors
/// [`Error::BadSetting`] when a curve falls or leaves `0..=1`.
pub(crate) fn grid_from_values(values: &[f32], size: [usize; 2]) -> Result<CurveGrid> {
    let cells = size[0] * size[1];
    let curve = |cell: usize, c: usize| -> [f32; POINTS] {
        std::array::from_fn(|i| values[(c * POINTS + i) * cells + cell])
    };
    let cell = |cell| [0, 1, 2].map(|c| curve(cell, c));
    CurveGrid::new(size, (0..cells).map(cell).collect())
}

/// Returns a colour in `0..=1` as a byte: rounded, clamped.
#[must_use]
pub fn byte_from_unit(unit: f32) -> u8 {
    byte_from(unit * 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::color::yuv_from_srgb;

    fn worst(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// 3×2, so that a swapped side shows; red ramps, green is flat, blue is 1 in one corner.
    fn canvas() -> Canvas {
        let red = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5];
        let green = [0.25; 6];
        let blue = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        Canvas::new([3, 2], [red, green, blue].concat(), vec![0.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    }

    #[test]
    fn clicks_are_shown_beside_the_whole_picture() {
        let device = Device::flex();
        let marks = vec![0.0, 1.0, 0.0, -1.0, 0.0, 0.0];
        let both = [canvas().with_marks(marks.clone()), canvas()];
        let input = marked_from_canvases(&both, &device);
        assert_eq!(input.dims(), [2, 4, 2, 3]);
        let values: Vec<f32> = input.into_data().try_to_vec().unwrap();
        assert_eq!(values[..18], canvas().rgb()[..], "the hole hides nothing");
        assert_eq!(values[18..24], marks);
        assert_eq!(values[42..], [0.0; 6], "without clicks nothing is marked");
        let turned = both[0].transposed();
        let values: Vec<f32> =
            marked_from_canvases(&[turned], &device).into_data().try_to_vec().unwrap();
        assert_eq!(values[18..], [0.0, -1.0, 1.0, 0.0, 0.0, 0.0], "they turn with it");
    }

    #[test]
    fn the_input_shows_the_visible_part_and_nothing_of_the_rest() {
        let device = Device::flex();
        let canvas = canvas();
        let values = input_from_canvases(std::slice::from_ref(&canvas), Fill::Mean, &device);
        assert_eq!(values.dims(), [1, 4, 2, 3]);
        let values = values.into_data().try_to_vec::<f32>().unwrap();
        // Pinned by hand: four visible pixels, red 0, .1, .3, .4, green .25 each, blue 0.
        let mean = (0.8 + 1.0) / 12.0;
        assert!((canvas.visible_mean() - mean).abs() < 1e-6, "{}", canvas.visible_mean());
        assert_eq!(values[1], 0.1, "red of the pixel at column 1, row 0");
        assert!((values[2] - mean).abs() < 1e-6, "hidden: the mean, not 0.2");
        assert!((values[17] - mean).abs() < 1e-6, "hidden: the mean, not the blue corner");
        assert_eq!(values[18..], [0.0, 0.0, 1.0, 0.0, 0.0, 1.0], "the hole comes last");
        // Control: another hidden colour leaves the input as it is.
        let mut other = canvas.clone();
        other.rgb[2] = 0.9;
        let same = input_from_canvases(&[other.clone()], Fill::Mean, &device).into_data();
        assert_eq!(same.try_to_vec::<f32>().unwrap(), values);
        other.rgb[1] = 0.9;
        assert_ne!(
            input_from_canvases(&[other], Fill::Mean, &device)
                .into_data()
                .try_to_vec::<f32>()
                .unwrap(),
            values
        );
    }

    #[test]
    fn each_fill_hides_the_hole_in_its_own_way() {
        let canvas = canvas();
        let hidden = |fill| {
            let filled = canvas.with_hole_filled(fill);
            assert_eq!([filled[0], filled[7]], [0.0, 0.25], "the visible part stays");
            [filled[2], filled[8], filled[17]]
        };
        let close = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        // By hand: visible are red 0, .1, .3, .4, green .25 each, blue 0.
        assert!(close(hidden(Fill::MeanColor), [0.2, 0.25, 0.0]));
        assert!(close(hidden(Fill::Mean), [0.15; 3]));
        assert!(close(hidden(Fill::Grey), [0.5; 3]));
        assert!(close(hidden(Fill::Cells), [0.2, 0.25, 1.0]), "as it lies there");
    }

    #[test]
    fn a_membrane_continues_the_visible_part_smoothly() {
        // Columns 0.2 and 0.6 visible on the left; the smoothest continuation of one row is flat.
        let row = [0.2, 0.6, 0.0, 0.0];
        let canvas = Canvas::new([4, 1], [row, row, row].concat(), vec![0.0, 0.0, 1.0, 1.0]);
        let filled = canvas.with_hole_filled(Fill::Membrane);
        assert_eq!(filled[..2], [0.2, 0.6], "the visible part stays");
        assert!(filled[2..4].iter().all(|v| (v - 0.6).abs() < 2e-3), "{filled:?}");
        let mean = canvas.with_hole_filled(Fill::Mean);
        assert!((mean[3] - 0.4).abs() < 1e-6, "control: the mean is another number");
    }

    #[test]
    fn the_truth_is_the_whole_picture() {
        let canvas = canvas();
        let truth = truth_from_canvases(&[canvas.clone(), canvas.clone()], &Device::flex());
        assert_eq!(truth.dims(), [2, 3, 2, 3]);
        let values = truth.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(values[..18], canvas.rgb[..]);
        assert_eq!(values[17], 1.0, "the blue corner of row 1, column 2");
    }

    #[test]
    fn training_sees_the_numbers_that_a_photo_gives() {
        // Red, and a grey-green: planes of two pixels.
        let bytes = [[255, 0, 0], [40, 90, 20]];
        let rgb: Vec<f32> =
            (0..3).flat_map(|c| bytes.map(|pixel: [u8; 3]| f32::from(pixel[c]) / 255.0)).collect();
        let planes = yuv_planes_from_rgb(&rgb);
        // By hand: red has Y 76.245, U −37.51, V 156.77.
        assert!(
            (planes[0] - 0.299).abs() < 1e-6 && (planes[4] - 156.768).abs() < 1e-2,
            "{planes:?}"
        );
        for (i, rgb) in bytes.into_iter().enumerate() {
            let [y, u, v] = yuv_from_srgb(rgb);
            let wanted = [y / 255.0, u, v];
            let got = [planes[i], planes[2 + i], planes[4 + i]];
            assert!(worst(&got, &wanted) < 1e-3, "{got:?} not {wanted:?}");
        }
        assert_eq!(hint_from_uv([64.0, -32.0]), [0.5, -0.25, 1.0]);
        let swapped: Vec<f32> = rgb.chunks(2).rev().flatten().copied().collect();
        assert!(worst(&yuv_planes_from_rgb(&swapped), &planes) > 10.0, "control: blue is not red");
    }

    #[test]
    fn transposing_twice_changes_nothing_and_once_swaps_rows_and_columns() {
        let canvas = canvas();
        let swapped = canvas.transposed();
        assert_eq!(swapped.size(), [2, 3]);
        assert_eq!(swapped.rgb()[..6], [0.0, 0.3, 0.1, 0.4, 0.2, 0.5]);
        assert_eq!(swapped.hole(), [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(swapped.transposed(), canvas);
        assert_ne!(swapped, canvas);
    }

    #[test]
    fn every_byte_survives_the_way_to_unit_and_back() {
        for byte in 0..=255_u8 {
            assert_eq!(byte_from_unit(f32::from(byte) / 255.0), byte);
        }
        assert_eq!(byte_from_unit(0.5), 128, "rounds, and does not cut off");
        assert_eq!([byte_from_unit(-1.0), byte_from_unit(7.0)], [0, 255]);
    }
}
