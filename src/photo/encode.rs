//! Encodes a [`Photo`] as a picture file.
//!
//! Always holds: colours are sRGB, and the file says nothing but the picture unless [`Extras`] are
//! passed. PNG is marked as sRGB, which costs thirteen bytes and keeps readers from guessing; JPEG
//! and WebP have no such mark but a whole profile, and all readers take them for sRGB without one.
//! Deliberately absent: lossy WebP, and the alpha channel where every pixel is opaque. Start at
//! [`encode_with`].

use std::borrow::Cow;
use std::io::Write;

use image::codecs::jpeg::JpegEncoder;
use image::{GenericImageView, ImageEncoder, Rgb};
use image_webp::{ColorType, WebPEncoder};

use crate::error::{Error, Result};

use super::Photo;
use super::metadata::{Metadata, xmp_with_note};

/// The heading of XMP in a JPEG, and the most that fits into the segment with it.
const XMP_HEADING: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const MAX_SEGMENT_BYTES: usize = 65_533;
/// What is written at once into a PNG.
const PNG_CHUNK_BYTES: usize = 1 << 16;

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
    /// Returns the format for a name such as `png` or `jpg`; `quality` is kept between 1 and 100.
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

/// What a file says besides its picture; by default nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// What to keep of the file that the photo came from: place, time, camera.
    pub metadata: Option<&'a Metadata>,
    /// What was done to the photo, such as program, version, weights and painted area. It goes
    /// into an XMP packet, in all formats alike, which also says in IPTC's words that a trained
    /// model made part of the picture; [`Metadata::note`] reads it back.
    pub note: Option<&'a str>,
}

/// Writes a picture file that says nothing but the picture.
///
/// # Errors
/// [`Error::Encode`] when the format cannot hold the picture.
pub fn encode(photo: &Photo, format: Format) -> Result<Vec<u8>> {
    encode_with(photo, format, Extras::default())
}

/// Writes a picture file.
///
/// # Errors
/// [`Error::Encode`] when the format cannot hold the picture or what is said about it,
/// [`Error::BadSetting`] for a note that, with the XMP that is kept, is longer than
/// [`MAX_BLOCK_BYTES`](super::metadata::MAX_BLOCK_BYTES).
pub fn encode_with(photo: &Photo, format: Format, extras: Extras) -> Result<Vec<u8>> {
    let exif = extras.metadata.and_then(|metadata| metadata.exif_for(photo.size()));
    let kept = extras.metadata.and_then(|metadata| metadata.xmp.as_deref());
    let xmp = xmp_with_note(kept, extras.note)?;
    let encoded = match format {
        Format::Png => png(photo, exif, xmp).map_err(|error| error.to_string()),
        Format::Jpeg { quality } => jpeg(photo, quality, exif, xmp),
        Format::WebP => webp(photo, exif, xmp).map_err(|error| error.to_string()),
    };
    encoded.map_err(|why| Error::Encode { format: format.name(), why })
}

fn is_opaque(photo: &Photo) -> bool {
    photo.rgba().chunks_exact(4).all(|pixel| pixel[3] == 255)
}

/// Row by row, so that no second picture is held. Stronger compression than `Fast` makes photos
/// 0 to 3 % smaller and takes three to fourteen times as long.
fn png(
    photo: &Photo,
    exif: Option<Vec<u8>>,
    xmp: Option<String>,
) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let [width, height] = photo.size();
    let is_opaque = is_opaque(photo);
    let mut bytes = Vec::new();
    let mut info = png::Info::with_size(width, height);
    info.exif_metadata = exif.map(Cow::Owned);
    let mut encoder = png::Encoder::with_info(&mut bytes, info)?;
    encoder.set_color(if is_opaque { png::ColorType::Rgb } else { png::ColorType::Rgba });
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    if let Some(xmp) = xmp {
        encoder.add_itxt_chunk("XML:com.adobe.xmp".into(), xmp)?;
    }
    let mut writer = encoder.write_header()?;
    let mut rows = writer.stream_writer_with_size(PNG_CHUNK_BYTES)?;
    let mut line = Vec::with_capacity(width as usize * 3);
    for row in photo.rgba().chunks_exact(width as usize * 4) {
        if is_opaque {
            line.clear();
            row.chunks_exact(4).for_each(|pixel| line.extend_from_slice(&pixel[..3]));
            rows.write_all(&line)?;
        } else {
            rows.write_all(row)?;
        }
    }
    rows.finish()?;
    writer.finish()?;
    Ok(bytes)
}

fn jpeg(
    photo: &Photo,
    quality: u8,
    exif: Option<Vec<u8>>,
    xmp: Option<String>,
) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.set_exif_metadata(exif.unwrap_or_default()).map_err(|error| error.to_string())?;
    encoder.encode_image(&OverWhite(photo)).map_err(|error| error.to_string())?;
    if let Some(xmp) = xmp {
        let segment = [XMP_HEADING, xmp.as_bytes()].concat();
        let length = Some(segment.len() + 2).filter(|_| segment.len() <= MAX_SEGMENT_BYTES);
        let length = length.and_then(|length| u16::try_from(length).ok());
        let length = length.ok_or("the XMP block is too long")?.to_be_bytes();
        let at = end_of_headings(&bytes);
        bytes.splice(at..at, [&[0xFF, 0xE1][..], &length, &segment].concat());
    }
    Ok(bytes)
}

/// Behind the segments that must stay in front: JFIF and EXIF.
fn end_of_headings(jpeg: &[u8]) -> usize {
    let mut at = 2;
    while let Some(&[0xFF, 0xE0 | 0xE1, high, low]) = jpeg.get(at..at + 4) {
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    at
}

/// A photo whose transparent pixels show white; the encoder takes it block by block.
struct OverWhite<'a>(&'a Photo);

impl GenericImageView for OverWhite<'_> {
    type Pixel = Rgb<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.0.size().into()
    }

    fn get_pixel(&self, x: u32, y: u32) -> Rgb<u8> {
        let [red, green, blue, alpha] = self.0.pixel(x, y);
        if alpha == 255 {
            return Rgb([red, green, blue]);
        }
        let alpha = u32::from(alpha);
        let over = |colour: u8| (u32::from(colour) * alpha + 255 * (255 - alpha) + 127) / 255;
        Rgb([red, green, blue].map(|colour| u8::try_from(over(colour)).unwrap_or(255)))
    }
}

fn webp(
    photo: &Photo,
    exif: Option<Vec<u8>>,
    xmp: Option<String>,
) -> std::result::Result<Vec<u8>, image_webp::EncodingError> {
    let [width, height] = photo.size();
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif.unwrap_or_default());
    encoder.set_xmp_metadata(xmp.unwrap_or_default().into_bytes());
    if is_opaque(photo) {
        let mut rgb = Vec::with_capacity(photo.rgba().len() / 4 * 3);
        photo.rgba().chunks_exact(4).for_each(|pixel| rgb.extend_from_slice(&pixel[..3]));
        encoder.encode(&rgb, width, height, ColorType::Rgb8)?;
    } else {
        encoder.encode(photo.rgba(), width, height, ColorType::Rgba8)?;
    }
    Ok(bytes)
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
