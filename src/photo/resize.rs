//! Shrinks photos to a network's grid, and enlarges a grid to the size of a photo.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places lie inside a checked photo, and weighted values below 2^16"
)]

use fast_image_resize::images::{Image, ImageRef, TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U16x4};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::{MIN_SIDE_PX, Photo, Rect};
use crate::error::{Error, Result};

/// Shrinks (or enlarges) a part of RGBA8 pixels, averaging over all that a target pixel covers.
///
/// Colours are weighted by their alpha, so that what hides under full transparency does not leak.
///
/// # Shapes and ranges
/// - `rgba`: rows of `from[0] * 4` bytes; `from`: `[width, height]`
/// - `part`: first and end along x and along y, in pixels, fractions allowed, inside `from`
/// - returns `to[0] * to[1] * 4` bytes
///
/// # Panics
/// If the buffer is shorter than its size, or the part is empty or lies outside.
#[must_use]
pub fn shrink_rgba(rgba: &[u8], from: [u32; 2], part: [[f64; 2]; 2], to: [usize; 2]) -> Vec<u8> {
    let [width, height] = to.map(side);
    let source =
        ImageRef::new(from[0], from[1], rgba, PixelType::U8x4).expect("four bytes a pixel");
    let mut result = Image::new(width, height, PixelType::U8x4);
    let [[left, right], [top, bottom]] = part;
    // Lanczos is sharpest when shrinking; its ringing stays below what 128 cells can show.
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(left, top, right - left, bottom - top);
    Resizer::new().resize(&source, &mut result, &options).expect("the part lies inside");
    result.into_vec()
}

/// Shrinks one plane of bytes, averaging over all that a target cell covers: returns values in
/// `0..=1`, one for 255.
///
/// # Panics
/// If the plane's length is not that of `from`, or a side is 0.
#[must_use]
pub fn shrink_bytes(plane: &[u8], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let source = ImageRef::new(side(from[0]), side(from[1]), plane, PixelType::U8)
        .expect("one byte a pixel");
    let mut result = Image::new(side(to[0]), side(to[1]), PixelType::U8);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&source, &mut result, &options).expect("all of it");
    result.buffer().iter().map(|&value| f32::from(value) / 255.0).collect()
}

/// Shrinks a photo to at most about this many pixels, in its own proportions as far as
/// [`MIN_SIDE_PX`] allows; returns it unchanged if it has no more.
///
/// # Errors
/// [`Error::BadSetting`] for 0 pixels.
pub fn shrunk(photo: Photo, most_pixels: u32) -> Result<Photo> {
    let is_enough = u64::from(most_pixels) >= photo.rgba().len() as u64 / 4;
    if is_enough { Ok(photo) } else { shrunk_copy(&photo, most_pixels) }
}

/// As [`shrunk`], for a photo that the caller keeps.
///
/// # Errors
/// [`Error::BadSetting`] for 0 pixels.
pub fn shrunk_copy(photo: &Photo, most_pixels: u32) -> Result<Photo> {
    let from = photo.size();
    if most_pixels == 0 {
        return Err(Error::BadSetting {
            name: "pixels of the copy",
            expected: "at least 1".into(),
            found: "0".into(),
        });
    }
    let pixels = f64::from(from[0]) * f64::from(from[1]);
    let scale = (f64::from(most_pixels) / pixels).sqrt();
    if scale >= 1.0 {
        return Ok(photo.clone());
    }
    let to = from.map(|side| ((f64::from(side) * scale).round() as u32).max(MIN_SIDE_PX));
    let whole = from.map(|side| [0.0, f64::from(side)]);
    let rgba = shrink_rgba(photo.rgba(), from, whole, to.map(|side| side as usize));
    Photo::from_rgba8(to, rgba)
}

/// What 255 becomes on the way: half of what 16 bits hold, so that overshooting has room.
const HALF_RANGE: u16 = 255 * 128;
/// Rows of the result that are computed at a time: what they are made from is 8 bytes a pixel.
const BAND: usize = 32;
/// How far the filter reaches, in cells (in pixels where it enlarges).
const LANCZOS_REACH: f64 = 3.0;

/// Shrinks a window of a photo, looking at known pixels only: each cell is the mean of the known
/// pixels around it, weighted by the filter and their alpha, whatever lies hidden between them.
///
/// Colours are averaged as they are stored, not as light: so were the pictures that the networks
/// learned from, and detail is lent and blended in stored values too. As light, photos shrunk 4
/// (16) times would be brighter by 2 (5) of 255 on average, 5 % of their cells by 9 (16).
///
/// # Shapes and ranges
/// - `window`: inside the photo; `hidden`: its rows, 0 is known, anything else does not exist
/// - returns three planes of `to[0] * to[1]`, in `0..=1`; 0 where nothing known is near
///
/// # Panics
/// If `hidden` is not of the window's size, or the window empty or partly outside.
#[must_use]
pub fn shrink_known(photo: &Photo, window: Rect, hidden: &[u8], to: [usize; 2]) -> Vec<f32> {
    let [width, height] = window.size();
    assert_eq!(hidden.len(), width * height, "one byte for each pixel of {window:?}");
    let cells = to[0] * to[1];
    let mut rgb = vec![0.0; 3 * cells];
    let reach = LANCZOS_REACH * (height as f64 / to[1] as f64).max(1.0) + 1.0;
    let mut resizer = Resizer::new();
    for first in (0..to[1]).step_by(BAND) {
        let end = (first + BAND).min(to[1]);
        let [top, down] = stretch(first, end, height, to[1]);
        let rows = (top - reach).max(0.0) as usize..height.min((top + down + reach) as usize);
        let mut source = vec![U16x4::new([0; 4]); width * rows.len()];
        for (y, row) in rows.clone().zip(source.chunks_exact_mut(width)) {
            let rgba = &photo.rgba()[((window.top + y) * photo.width as usize + window.left) * 4..];
            let pixels = rgba.chunks_exact(4).zip(&hidden[y * width..]);
            for (weighted, (pixel, _)) in row.iter_mut().zip(pixels).filter(|(_, p)| *p.1 == 0) {
                *weighted = U16x4::new(weighted_by_alpha(pixel));
            }
        }
        let source = TypedImageRef::new(side(width), side(rows.len()), &source)
            .expect("as many as were counted");
        let mut band = TypedImage::<U16x4>::new(side(to[0]), side(end - first));
        let top = top - rows.start as f64;
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .use_alpha(false)
            .crop(0.0, top, width as f64, down.min(rows.len() as f64 - top));
        resizer.resize_typed(&source, &mut band, &options).expect("the band lies inside");
        for (i, pixel) in band.pixels().iter().enumerate().filter(|(_, pixel)| pixel.0[3] > 0) {
            for c in 0..3 {
                let unit = f32::from(pixel.0[c]) / f32::from(pixel.0[3]);
                rgb[c * cells + first * to[0] + i] = unit.min(1.0);
            }
        }
    }
    rgb
}

fn weighted_by_alpha(pixel: &[u8]) -> [u16; 4] {
    let [r, g, b, alpha] = [pixel[0], pixel[1], pixel[2], pixel[3]].map(u32::from);
    let half = |value: u32| (value * u32::from(HALF_RANGE) / (255 * 255)) as u16;
    [half(r * alpha), half(g * alpha), half(b * alpha), half(255 * alpha)]
}

/// Resizes one plane of any range, usually enlarging it.
///
/// Catmull-Rom: smooth enough to hide the grid, and it goes through the grid's own values, so a
/// known cell keeps its colour. It may overshoot at hard edges by a few per cent of their height.
///
/// # Panics
/// If the plane's length is not that of `from`, or a side is 0.
#[must_use]
pub fn resize_plane(plane: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    // A hair keeps the filter from hitting a cell exactly, and changes nothing: see `resize_part`.
    let hair = |axis: usize| if from[axis] == to[axis] { 0.0 } else { HAIR };
    resize_part(plane, from, [0, 1].map(|axis| [hair(axis), from[axis] as f64 - hair(axis)]), to)
}

/// A filter that is 0 at whole cells leaves out the cells next to one that it hits exactly; if it does
/// so for the first or the last column of the result, `fast_image_resize` 5.5 takes what the others
/// need for outside, and panics or reads there.
pub const HAIR: f64 = 1e-9;

/// As [`resize_plane`], of a part of the plane; the filter looks beyond its border.
///
/// `part`: first and end along x and along y, in cells, fractions allowed, inside `from`.
///
/// # Panics
/// As [`resize_plane`]; if the part is empty or lies outside.
#[must_use]
pub fn resize_part(
    plane: &[f32],
    from: [usize; 2],
    part: [[f64; 2]; 2],
    to: [usize; 2],
) -> Vec<f32> {
    assert_eq!(plane.len(), from[0] * from[1], "one plane of {from:?}");
    let values: Vec<F32> = plane.iter().map(|&value| F32::new(value)).collect();
    let source = TypedImageRef::new(side(from[0]), side(from[1]), &values).expect("just counted");
    let mut result = TypedImage::<F32>::new(side(to[0]), side(to[1]));
    let [[left, right], [top, bottom]] = part;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
        .crop(left, top, right - left, bottom - top);
    Resizer::new().resize_typed(&source, &mut result, &options).expect("the part lies inside");
    result.pixels().iter().map(|pixel| pixel.0).collect()
}

/// Where the pixels from `first` to `end`, of `to` that lie over `from` cells, begin in cells, and
/// how many cells they cover. The sum never exceeds `from`, however it is rounded.
fn stretch(first: usize, end: usize, from: usize, to: usize) -> [f64; 2] {
    let [start, end] = [first, end].map(|px| (px * from) as f64 / to as f64);
    let mut length = end - start;
    while start + length > from as f64 {
        length = length.next_down();
    }
    [start, length]
}

fn side(px: usize) -> u32 {
    u32::try_from(px).expect("a side in pixels")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_keeps_constants_ramps_and_its_own_values() {
        let flat = resize_plane(&[3.5; 15], [5, 3], [41, 7]);
        assert!(flat.len() == 41 * 7 && flat.iter().all(|v| (v - 3.5).abs() < 1e-5));
        let ramp: Vec<f32> = (0..8).map(|x| x as f32).collect();
        let wide = resize_plane(&ramp, [8, 1], [32, 1]);
        // Away from the ends, column i shows what lies at (i + ½) / 4 − ½.
        for (i, shown) in wide.iter().enumerate().take(22).skip(10) {
            let expected = (i as f32 + 0.5) / 4.0 - 0.5;
            assert!((shown - expected).abs() < 1e-4, "column {i}: {shown} not {expected}");
        }
        assert_eq!(resize_plane(&ramp, [8, 1], [8, 1]), ramp, "the same size changes nothing");
        let tall = resize_plane(&ramp, [1, 8], [1, 3]);
        assert!(tall[0] < tall[1] && tall[1] < tall[2], "rows stay rows: {tall:?}");
    }

    #[test]
    fn a_part_of_a_plane_is_that_part_of_the_enlarged_plane() {
        let plane: Vec<f32> = (0..48).map(|i| ((i * 37) % 23) as f32).collect();
        let whole = resize_plane(&plane, [8, 6], [40, 30]);
        // Columns 10..25 and rows 5..20 of the whole.
        let part = resize_part(&plane, [8, 6], [[2.0 + HAIR, 5.0], [1.0 + HAIR, 4.0]], [15, 15]);
        let at = |i: usize| whole[(5 + i / 15) * 40 + 10 + i % 15];
        assert!(part.iter().enumerate().all(|(i, value)| (value - at(i)).abs() < 1e-3));
        let beside = resize_part(&plane, [8, 6], [[2.5, 5.5], [1.0, 4.0]], [15, 15]);
        assert!(beside.iter().enumerate().any(|(i, value)| (value - at(i)).abs() > 1.0), "control");
    }

    #[test]
    fn a_copy_has_the_wanted_pixels_and_the_photos_proportions() {
        let photo = |w: u32, h: u32| {
            Photo::from_rgba8([w, h], [9, 80, 200, 255].repeat((w * h) as usize)).unwrap()
        };
        assert_eq!(shrunk(photo(120, 90), 3000).unwrap(), photo(63, 47)); // 63.2 × 47.4
        assert_eq!(shrunk(photo(120, 90), 10_800).unwrap(), photo(120, 90));
        assert_eq!(
            shrunk(photo(2000, 20), 400).unwrap().size(),
            [200, 16],
            "no thinner than a photo"
        );
        assert_eq!(shrunk(photo(120, 90), 0).unwrap_err().code(), "bad-setting");
    }

    #[test]
    fn a_part_is_averaged_where_it_lies() {
        // Left half black, right half white; 10 × 4.
        let rgba: Vec<u8> =
            (0..40).flat_map(|i| if i % 10 < 5 { [0, 0, 0, 255] } else { [255; 4] }).collect();
        let one = |part| shrink_rgba(&rgba, [10, 4], part, [1, 1])[0];
        // The filter reaches a little beyond the part, so its neighbour shows through a little.
        assert!(one([[0.0, 5.0], [0.0, 4.0]]) < 32);
        assert!(one([[5.0, 10.0], [0.0, 4.0]]) > 223);
        assert!(one([[0.0, 10.0], [0.0, 4.0]]).abs_diff(128) <= 1, "both: grey");
    }

    #[test]
    fn with_all_known_it_is_an_ordinary_shrinking() {
        // A ramp with edges, a ramp, and rows that differ; more than are computed at a time.
        let [width, height] = [190_u32, 301];
        let rgba: Vec<u8> = (0..width * height)
            .flat_map(|p| {
                let [x, y] = [p % width, p / width];
                let edge = if (x / 40 + y / 50) % 2 == 0 { 60 } else { 0 };
                [(x + edge) as u8, (y * 2 / 3) as u8, (20 + (y * y * 7 + x) % 200) as u8, 255]
            })
            .collect();
        let photo = Photo::from_rgba8([width, height], rgba).unwrap();
        let window = Rect { left: 11, top: 4, right: 182, bottom: 297 };
        let wanted = {
            let rows =
                (4..297).flat_map(|y| &photo.rgba()[(y * 190 + 11) * 4..(y * 190 + 182) * 4]);
            let rgba: Vec<u8> = rows.copied().collect();
            shrink_rgba(&rgba, [171, 293], [[0.0, 171.0], [0.0, 293.0]], [49, 83])
        };
        let got = shrink_known(&photo, window, &[0; 171 * 293], [49, 83]);
        assert_eq!(got.len(), 3 * 49 * 83);
        for (i, value) in got.iter().enumerate() {
            let byte = wanted[i % (49 * 83) * 4 + i / (49 * 83)];
            // The other way rounds to bytes twice.
            assert!((value * 255.0 - f32::from(byte)).abs() < 1.3, "{i}: {value} against {byte}");
        }
    }

    #[test]
    fn half_transparent_pixels_count_half() {
        let rgba = [[250, 0, 0, 51], [0, 0, 100, 255]].concat().repeat(16 * 8);
        let photo = Photo::from_rgba8([16, 16], rgba).unwrap();
        let window = Rect { left: 0, top: 0, right: 16, bottom: 16 };
        let got = shrink_known(&photo, window, &[0; 256], [1, 1]);
        // 250·51 / (51 + 255) and 100·255 / (51 + 255).
        for (got, wanted) in got.iter().zip([41.67, 0.0, 83.33]) {
            assert!((got * 255.0 - wanted).abs() < 1.5, "{got} not {wanted}");
        }
    }

    #[test]
    fn pixels_may_lie_over_the_very_centres_of_cells() {
        // Three times as large: the pixels 1, 4, 7, … do, those of the outermost cells among them.
        let plane: Vec<f32> = (0..8).map(|x| (x * x) as f32).collect();
        for (from, to) in [([8, 1], [24, 1]), ([1, 8], [1, 24])] {
            let whole = resize_plane(&plane, from, to);
            for (cell, value) in plane.iter().enumerate() {
                let got = whole[3 * cell + 1];
                assert!((got - value).abs() < 1e-4, "{cell}: {got} not {value}");
            }
        }
    }

    #[test]
    fn what_is_transparent_does_not_leak() {
        let rgba: Vec<u8> = (0..16)
            .flat_map(|i| if i % 2 == 0 { [255, 0, 0, 0] } else { [0, 200, 0, 255] })
            .collect();
        let shrunk = shrink_rgba(&rgba, [4, 4], [[0.0, 4.0], [0.0, 4.0]], [1, 1]);
        assert!(shrunk[0] <= 2 && shrunk[1] >= 198, "green only: {shrunk:?}");
    }
}
