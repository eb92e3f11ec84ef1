//! What a step sees to learn enlarging: photos shrunk to half their sides, and enlarged again.
//!
//! How a photo got so small is not known later, so the ways differ: filters that average more or
//! less, and, half of the time, a JPEG on the way, as photos have that were sent or put on a page.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::ImageEncoder as _;
use image::codecs::jpeg::JpegEncoder;
use rand::{Rng, RngExt};

use crate::enlarge::{TIMES, enlarge_rgba};
use crate::photo::decode::decode;
use crate::photo::{Photo, size_from_sides};
use crate::pixels::{Canvas, byte_from_unit, rgb_planes};

use super::colours::no_grid;
use super::data::Example;

/// How a photo became small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shrinking {
    /// What averages its pixels.
    pub filter: FilterType,
    /// The quality of a JPEG that it was kept as; `None` if it was not.
    pub jpeg: Option<u8>,
}

impl Shrinking {
    /// Draws one at random.
    #[must_use]
    pub fn draw(rng: &mut impl Rng) -> Self {
        let filters =
            [FilterType::Box, FilterType::Bilinear, FilterType::CatmullRom, FilterType::Lanczos3];
        let filter = filters[rng.random_range(0..filters.len())];
        let quality = rng.random_range(60..=97);
        Self { filter, jpeg: rng.random_bool(0.5).then_some(quality) }
    }

    /// Makes an example of a picture: what is seen is it, shrunk and plainly enlarged.
    ///
    /// # Shapes and ranges
    /// - `rgb`: three planes of `size`, in `0..=1`; both sides are even
    ///
    /// # Panics
    /// As [`Shrinking::shrunk`].
    #[must_use]
    pub fn example(self, rgb: Vec<f32>, size: [usize; 2]) -> Example {
        let rgba = self.shrunk(&rgb, size);
        let large = rgb_planes(&enlarge_rgba(&rgba, size.map(|side| side / TIMES)));
        let hole = vec![1.0; size[0] * size[1]];
        Example {
            seen: Canvas::new(size, large, hole.clone()),
            truth: Canvas::new(size, rgb, hole),
            grid: no_grid(),
        }
    }

    /// Shrinks a picture to half its sides: rows of RGBA8.
    ///
    /// # Shapes and ranges
    /// - `rgb`: three planes of `size`, in `0..=1`; both sides are even
    ///
    /// # Panics
    /// If there are not three planes of that size, or a side is not even.
    #[must_use]
    pub fn shrunk(self, rgb: &[f32], size: [usize; 2]) -> Vec<u8> {
        let pixels = size[0] * size[1];
        assert_eq!(rgb.len(), 3 * pixels, "three planes of {size:?}");
        let small = size.map(|side| side / TIMES);
        assert_eq!(small.map(|side| side * TIMES), size, "even sides");
        let bytes: Vec<u8> =
            (0..3 * pixels).map(|i| byte_from_unit(rgb[i % 3 * pixels + i / 3])).collect();
        let [from, to] = [size, small].map(size_from_sides);
        let source =
            ImageRef::new(from[0], from[1], &bytes, PixelType::U8x3).expect("three planes");
        let mut shrunk = Image::new(to[0], to[1], PixelType::U8x3);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(self.filter));
        Resizer::new().resize(&source, &mut shrunk, &options).expect("all of it");
        let plain = || shrunk.buffer().chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]);
        let kept = self.jpeg.and_then(|quality| through_jpeg(shrunk.buffer(), to, quality));
        kept.unwrap_or_else(|| plain().collect())
    }
}

/// What a JPEG leaves of rows of RGB8, as rows of RGBA8; `None` if no photo is so small.
pub(super) fn through_jpeg(rgb: &[u8], [width, height]: [u32; 2], quality: u8) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut file, quality);
    encoder.write_image(rgb, width, height, image::ExtendedColorType::Rgb8).ok()?;
    decode(&file).ok().map(Photo::into_rgba)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn picture() -> Vec<f32> {
        // Coarse enough for a half of the size, with hard edges.
        let cell = |i: usize| (i % 64 / 5 * 37 + i / 64 / 5 * 91) % 256;
        (0..3 * 64 * 32).map(|i| cell(i) as f32 / 255.0).collect()
    }

    #[test]
    fn what_is_seen_lacks_detail_and_what_a_jpeg_took() {
        let size = [64, 32];
        let clean = Shrinking { filter: FilterType::Box, jpeg: None };
        let [clean, jpeg] =
            [clean, Shrinking { jpeg: Some(60), ..clean }].map(|how| how.example(picture(), size));
        assert_eq!(clean.truth.rgb(), picture());
        let off = |example: &Example| -> f32 {
            example.seen.rgb().iter().zip(picture()).map(|(a, b)| (a - b).powi(2)).sum()
        };
        assert!(off(&clean) > 1.0 && off(&jpeg) > 1.05 * off(&clean));
        let flat = Shrinking { filter: FilterType::Lanczos3, jpeg: None }
            .example(vec![0.4; 3 * 2048], size);
        assert!(flat.seen.rgb().iter().all(|v| (v - 0.4).abs() < 0.003), "control: plain stays");
    }

    #[test]
    fn half_of_the_pictures_were_a_jpeg_and_all_filters_come() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let all: Vec<_> = (0..200).map(|_| Shrinking::draw(&mut rng)).collect();
        assert!((70..130).contains(&all.iter().filter(|how| how.jpeg.is_some()).count()));
        for filter in [FilterType::Box, FilterType::Lanczos3] {
            assert!(all.iter().filter(|how| how.filter == filter).count() > 20, "{filter:?}");
        }
    }
}
