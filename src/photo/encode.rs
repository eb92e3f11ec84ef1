//! A [`Photo`] to a picture file.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::error::{Error, Result};

use super::Photo;

/// The formats that results are saved in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lossless; without an alpha channel where every pixel is opaque.
    Png,
    /// Lossy; transparent pixels are laid over white.
    Jpeg {
        /// From 1, small, to 100, good.
        quality: u8,
    },
    /// Lossless.
    WebP,
}

impl Format {
    /// The format of a name such as `png` or `jpg`; `quality` is kept between 1 and 100.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for any other name.
    pub fn from_name(name: &str, quality: u8) -> Result<Self> {
        match name {
            "png" => Ok(Self::Png),
            "jpeg" | "jpg" => Ok(Self::Jpeg { quality: quality.clamp(1, 100) }),
            "webp" => Ok(Self::WebP),
            _ => Err(Error::BadSetting {
                name: "format",
                expected: "png, jpg or webp".into(),
                found: name.into(),
            }),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg { .. } => "JPEG",
            Self::WebP => "WebP",
        }
    }
}

/// Writes a picture file.
///
/// # Errors
/// [`Error::Encode`] when the format cannot hold the picture.
pub fn encode(photo: &Photo, format: Format) -> Result<Vec<u8>> {
    let [width, height] = photo.size();
    let is_opaque = photo.rgba().chunks_exact(4).all(|pixel| pixel[3] == 255);
    let mut bytes = Vec::new();
    let (pixels, colours) = match format {
        Format::Jpeg { .. } => (over_white(photo), ExtendedColorType::Rgb8),
        _ if is_opaque => (over_white(photo), ExtendedColorType::Rgb8),
        _ => (photo.rgba().to_vec(), ExtendedColorType::Rgba8),
    };
    let written = match format {
        Format::Png => {
            PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
                .write_image(&pixels, width, height, colours)
        }
        Format::Jpeg { quality } => JpegEncoder::new_with_quality(&mut bytes, quality)
            .write_image(&pixels, width, height, colours),
        Format::WebP => {
            WebPEncoder::new_lossless(&mut bytes).write_image(&pixels, width, height, colours)
        }
    };
    written.map_err(|error| Error::Encode { format: format.name(), why: error.to_string() })?;
    Ok(bytes)
}

/// Three bytes a pixel; what is transparent shows white.
fn over_white(photo: &Photo) -> Vec<u8> {
    let over = |colour: u8, alpha: u8| {
        let [colour, alpha] = [u32::from(colour), u32::from(alpha)];
        u8::try_from((colour * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
    };
    photo.rgba().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]].map(|c| over(c, p[3]))).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::cast_possible_truncation, reason = "small pictures, small numbers")]

    use super::super::decode::decode;
    use super::*;

    fn photo(alpha: u8) -> Photo {
        let pixel = |i: u32| [(i % 21 * 12) as u8, (i / 21 * 15) as u8, 7, alpha];
        Photo::from_rgba8([21, 17], (0..21 * 17).flat_map(pixel).collect()).unwrap()
    }

    #[test]
    fn lossless_formats_keep_every_bit_of_colour_and_alpha() {
        for alpha in [255, 90, 0] {
            for format in [Format::Png, Format::WebP] {
                let photo = photo(alpha);
                let back = decode(&encode(&photo, format).unwrap()).unwrap();
                assert_eq!(back, photo, "{format:?}, alpha {alpha}");
            }
        }
        assert_eq!(photo(90).pixel(20, 16), [240, 240, 7, 90], "pinned");
    }

    #[test]
    fn an_opaque_png_has_no_alpha_channel() {
        let colour_type = |alpha| encode(&photo(alpha), Format::Png).unwrap()[25];
        assert_eq!([colour_type(255), colour_type(254)], [2, 6], "RGB, RGBA");
    }

    #[test]
    fn jpeg_lays_what_is_transparent_over_white() {
        let jpeg = Format::Jpeg { quality: 95 };
        let shown = decode(&encode(&photo(0), jpeg).unwrap()).unwrap();
        assert!(shown.rgba().iter().all(|&v| v >= 253), "all white");
        let opaque = decode(&encode(&photo(255), jpeg).unwrap()).unwrap();
        let off = opaque.rgba().iter().zip(photo(255).rgba()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off.unwrap() < 40, "close to the photo, off by {off:?}");
        let rough = encode(&photo(255), Format::Jpeg { quality: 5 }).unwrap();
        assert!(rough.len() < encode(&photo(255), jpeg).unwrap().len(), "quality matters");
    }

    #[test]
    fn err_an_unknown_format_is_named() {
        let message = Format::from_name("tiff", 90).unwrap_err().to_string();
        assert_eq!(message, "format must be png, jpg or webp, got \"tiff\"");
        assert_eq!(Format::from_name("jpg", 0).unwrap(), Format::Jpeg { quality: 1 });
    }
}
