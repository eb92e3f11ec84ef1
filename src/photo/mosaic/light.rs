//! Mosaics whose cells are means of light, and not of the numbers that a file stores.
//!
//! GIMP and all that stands on GEGL average so. Such a cell is brighter than the mean of what it
//! hides, by the more the more it hides: on 105 photos under cells of 12 pixels by 4.4 of 255. How
//! much it hides cannot be known, but cells that differ from their neighbours hide more than those
//! that do not. [`as_stored`] takes off what is likely.
//!
//! # Source
//! Ours. One number, by least squares over 8 million values of cells of 6 to 24 pixels in 600
//! photos, and a sixth more: what is left at 8, 12 and 20 pixels is then -0.2, 0.4 and 1.4 of 255 on
//! 105 other photos, of 3.4, 4.4 and 5.9.

use super::super::Photo;
use super::super::color::{LINEAR_FROM_SRGB, byte_from};
use super::Grid;
use super::project::cell_means;

/// How much brighter a cell is for how far it and its neighbours lie apart.
const BRIGHTER: f32 = 0.17;
/// Dark cells gain more than bright ones, for the curve is bent more; so much keeps black finite.
const FOOT: f32 = 0.4;

/// What the cells of a mosaic are the means of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Averaged {
    /// The sRGB numbers, as most programs have it.
    #[default]
    Stored,
    /// Light.
    Light,
}

/// Units of light from black to white.
const WHITE: f32 = 65_535.0;

impl Averaged {
    /// What is averaged, for a byte.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to 65,535")]
    pub(super) fn of_byte(self, byte: u8) -> u64 {
        match self {
            Self::Stored => u64::from(byte),
            Self::Light => (LINEAR_FROM_SRGB[usize::from(byte)] * WHITE).round() as u64,
        }
    }

    /// The byte whose value is nearest to a mean; `weight` is above 0.
    pub(super) fn byte_of(self, sum: u64, weight: u64) -> u8 {
        if self == Self::Stored {
            return u8::try_from((sum + weight / 2) / weight).unwrap_or(u8::MAX);
        }
        let is_below = |byte: &u8| {
            let [here, next] = [*byte, byte.saturating_add(1)].map(|byte| self.of_byte(byte));
            *byte < u8::MAX && (here + next) * weight <= 2 * sum
        };
        (0..=u8::MAX).find(|byte| !is_below(byte)).unwrap_or(u8::MAX)
    }
}

/// The mosaic with every cell as its means would likely be, had the stored numbers been averaged.
///
/// # Shapes and ranges
/// `hole`: a byte for each pixel of `mosaic`, 0 is left alone.
///
/// # Panics
/// If the hole's length is not that of the photo.
#[must_use]
pub fn as_stored(mosaic: &Photo, grid: &Grid, hole: &[u8]) -> Photo {
    let mut stored = mosaic.clone();
    let Some([left, top, right, bottom]) = super::bounds(hole, mosaic.sides()) else {
        return stored;
    };
    let [columns, rows] = grid.cells_over([left, top, right, bottom]);
    let means = cell_means(mosaic, grid, hole);
    let cell_at = |column: i32, row: i32| {
        let is_there =
            (columns[0]..columns[1]).contains(&column) && (rows[0]..rows[1]).contains(&row);
        let at = (row - rows[0]) * (columns[1] - columns[0]) + column - columns[0];
        usize::try_from(at).ok().filter(|_| is_there)
    };
    let brighter = |[column, row]: [i32; 2]| {
        let near = (-1..=1).flat_map(|y| (-1..=1).map(move |x| [column + x, row + y]));
        let near: Vec<[f32; 3]> = near.filter_map(|[x, y]| means[cell_at(x, y)?]).collect();
        let here = cell_at(column, row).and_then(|at| means[at]).unwrap_or_default();
        [0, 1, 2].map(|c| {
            let count = near.len().max(1) as f32;
            let mean = near.iter().map(|rgb| rgb[c]).sum::<f32>() / count;
            let square = near.iter().map(|rgb| (rgb[c] - mean).powi(2)).sum::<f32>() / count;
            BRIGHTER * square.sqrt() / (here[c] / 255.0 + FOOT)
        })
    };
    let of_cell: Vec<[f32; 3]> = (rows[0]..rows[1])
        .flat_map(|row| (columns[0]..columns[1]).map(move |column| [column, row]))
        .map(brighter)
        .collect();
    let width = mosaic.sides()[0];
    for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
        let [column, row] = grid.cell_of([x, y]);
        let Some(at) = cell_at(column, row).filter(|_| hole[y * width + x] != 0) else { continue };
        let pixel = &mut stored.rgba_mut()[4 * (y * width + x)..][..3];
        for (byte, brighter) in pixel.iter_mut().zip(of_cell[at]) {
            *byte = byte_from(f32::from(*byte) - brighter);
        }
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::super::apply_as;
    use super::*;

    /// Waves of many lengths, shorter and longer than a cell, all as high.
    fn photo(size: u32) -> Photo {
        let value = |i: u32, shift: f32| {
            let [x, y] = [i % size, i / size].map(|at| at as f32 + shift);
            let wave = |length: f32| {
                22.0 * (((x * 0.8 + y * 0.6) / length).sin() + ((x * 0.6 - y) / length).cos())
            };
            byte_from(120.0 + [2.0, 3.7, 6.1, 11.0, 19.0].map(wave).iter().sum::<f32>())
        };
        let pixels =
            (0..size * size).flat_map(|i| [value(i, 0.0), value(i, 40.0), value(i, 90.0), 255]);
        Photo::from_rgba8([size; 2], pixels.collect()).unwrap()
    }

    /// By how much the second is brighter on average.
    fn brighter(photo: &Photo, other: &Photo) -> f64 {
        let pairs = photo.rgba().chunks(4).zip(other.rgba().chunks(4));
        let sum: i64 = pairs
            .map(|(a, b)| (0..3).map(|c| i64::from(b[c]) - i64::from(a[c])).sum::<i64>())
            .sum();
        sum as f64 / (photo.rgba().len() / 4 * 3) as f64
    }

    #[test]
    fn half_white_and_half_black_is_188_as_light_and_128_as_stored() {
        let pixels =
            (0..256).flat_map(|i| [if i % 2 == 0 { 255 } else { 0 }; 3].into_iter().chain([255]));
        let stripes = Photo::from_rgba8([16, 16], pixels.collect()).unwrap();
        for (averaged, mean) in [(Averaged::Stored, 128), (Averaged::Light, 188)] {
            let mut mosaic = stripes.clone();
            apply_as(averaged, &mut mosaic, &Grid::new([8.0; 2], [0.0; 2]), &[1; 256]);
            assert_eq!(mosaic.pixel(3, 9), [mean, mean, mean, 255], "{averaged:?}");
        }
    }

    #[test]
    fn every_byte_is_its_own_mean() {
        for byte in 0..=255 {
            assert_eq!(Averaged::Light.byte_of(7 * Averaged::Light.of_byte(byte), 7), byte);
        }
        assert_eq!(Averaged::Light.byte_of(Averaged::Light.of_byte(255), 2), 188, "half of white");
    }

    #[test]
    fn a_mosaic_of_light_is_as_bright_as_what_it_hides_once_it_is_as_stored() {
        let photo = photo(120);
        let hole = vec![1; 120 * 120];
        let grid = Grid::new([12.0; 2], [0.0; 2]);
        let mut mosaic = photo.clone();
        apply_as(Averaged::Light, &mut mosaic, &grid, &hole);
        let before = brighter(&photo, &mosaic);
        let after = brighter(&photo, &as_stored(&mosaic, &grid, &hole));
        assert!(before > 4.0 && after.abs() < before / 4.0, "{before} and {after} of 255");
        let mut stored = photo.clone();
        apply_as(Averaged::Stored, &mut stored, &grid, &hole);
        assert!(
            brighter(&photo, &as_stored(&stored, &grid, &hole)) < -1.0,
            "control: a wrong guess is dark"
        );
    }

    #[test]
    fn even_cells_and_everything_outside_stay() {
        let mut photo = photo(48);
        let before = photo.clone();
        let hole: Vec<u8> = (0..48 * 48).map(|i| u8::from(i % 48 > 11 && i / 48 > 11)).collect();
        let grid = Grid::new([12.0; 2], [0.0; 2]);
        apply_as(Averaged::Light, &mut photo, &grid, &hole);
        let stored = as_stored(&photo, &grid, &hole);
        let outside = (0..48 * 48).filter(|&i| hole[i] == 0);
        assert!(
            outside
                .map(|i| 4 * i..4 * i + 4)
                .all(|at| stored.rgba()[at.clone()] == before.rgba()[at])
        );
        assert_ne!(stored, photo, "control: inside something changes");
        let even = Photo::from_rgba8([48, 48], [90, 120, 30, 255].repeat(48 * 48)).unwrap();
        assert_eq!(as_stored(&even, &grid, &hole), even);
    }
}
