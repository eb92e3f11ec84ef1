//! Photos to a network's grid, and a grid to the size of a photo.

use fast_image_resize::images::{Image, ImageRef, TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

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

/// Resizes one plane of any range, usually enlarging it.
///
/// Catmull-Rom: smooth enough to hide the grid, and it goes through the grid's own values, so a
/// known cell keeps its colour. It may overshoot at hard edges by a few per cent of their height.
///
/// # Panics
/// If the plane's length is not that of `from`, or a side is 0.
#[must_use]
pub fn resize_plane(plane: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    assert_eq!(plane.len(), from[0] * from[1], "one plane of {from:?}");
    let values: Vec<F32> = plane.iter().map(|&value| F32::new(value)).collect();
    let source = TypedImageRef::new(side(from[0]), side(from[1]), &values).expect("just counted");
    let mut result = TypedImage::<F32>::new(side(to[0]), side(to[1]));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize_typed(&source, &mut result, &options).expect("sides above 0");
    result.pixels().iter().map(|pixel| pixel.0).collect()
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
    fn what_is_transparent_does_not_leak() {
        let rgba: Vec<u8> = (0..16)
            .flat_map(|i| if i % 2 == 0 { [255, 0, 0, 0] } else { [0, 200, 0, 255] })
            .collect();
        let shrunk = shrink_rgba(&rgba, [4, 4], [[0.0, 4.0], [0.0, 4.0]], [1, 1]);
        assert!(shrunk[0] <= 2 && shrunk[1] >= 198, "green only: {shrunk:?}");
    }
}
