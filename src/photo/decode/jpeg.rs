//! Reads JPEG files.
//!
//! Most go through zune-jpeg, which is fast and exact. It reads some kinds wrongly without saying so,
//! or not at all; [`Header`] tells them, and the slower jpeg-decoder reads those. Neither tells
//! whether the end of a file is missing: a file without its end marker is read twice, with different
//! things behind it, and only if these change no pixel is it whole. What is beyond the limit can be
//! shrunk while it is decoded, as jpeg-decoder does: each block of eight by eight becomes one of four
//! by four, two by two, or a pixel. Start reading at [`read`].

use std::borrow::Cow;
use std::io::Cursor;

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use super::{Decoded, MAX_PHOTO_PIXELS, ToSrgb, blank, damaged, from_icc, spread_in_place};
use crate::error::{Error, Result};

/// The largest picture that is shrunk while it is decoded: phones and cameras write up to 200
/// megapixels.
const MAX_SHRUNK_PIXELS: u64 = 220_000_000;
/// The same where all of it has to be kept until the last scan: three bytes a pixel at least.
const MAX_SHRUNK_PROGRESSIVE_PIXELS: u64 = 110_000_000;

/// Decodes a JPEG. `shrinks`: one beyond the limit becomes a half, a quarter or an eighth as wide and
/// high, whichever is the largest that is not.
///
/// # Errors
/// [`Error::DamagedImage`], [`Error::UnknownVariant`], and those of a size that cannot be.
pub(super) fn read(bytes: &[u8], shrinks: bool) -> Result<Decoded> {
    if is_whole(bytes) {
        return read_whole(bytes, shrinks);
    }
    // Half of the end marker may be there; data never end so.
    let end = bytes.iter().rposition(|&byte| byte != 0xFF).map_or(0, |at| at + 1);
    let bytes = &bytes[..end];
    let decoded = read_whole(&[bytes, &END].concat(), shrinks)?;
    // What is missing would be made of this, one way or the other.
    let other = [bytes, &[0x5A; 4096], &END].concat();
    match read_whole(&other, shrinks) {
        Ok(other) if other.rgba == decoded.rgba => Ok(decoded),
        _ => Err(damaged("it breaks off before its end")),
    }
}

/// The end marker.
const END: [u8; 2] = [0xFF, 0xD9];

fn read_whole(bytes: &[u8], shrinks: bool) -> Result<Decoded> {
    let header = Header::of(bytes);
    let bytes = header.with_known_transform(bytes);
    let part = if shrinks { header.part() } else { 1 };
    if part > 1 || header.is_unusual() { unusual(&bytes, &header, part) } else { usual(&bytes) }
}

/// What a JPEG says before its first scan.
#[derive(Debug, Default)]
struct Header {
    /// Its `[width, height]`.
    size: [u16; 2],
    /// Identifier, and sampling across and down, of each component.
    components: Vec<(u8, [u8; 2])>,
    /// Whether its scans may hold any components, sharpening as they come.
    is_progressive: bool,
    in_first_scan: usize,
    is_jfif: bool,
    /// Where Adobe's mark says how the colours are stored.
    transform_at: Option<usize>,
    transform: Option<u8>,
}

impl Header {
    fn of(bytes: &[u8]) -> Self {
        let mut header = Self::default();
        let mut at = 2;
        while let Some(&[0xFF, marker, high, low]) = bytes.get(at..at + 4) {
            if marker == 0xFF {
                at += 1;
                continue;
            }
            let data = bytes.get(at + 4..).unwrap_or_default();
            match marker {
                0xC0..=0xC2 => {
                    header.is_progressive = marker == 0xC2;
                    let side = |at: usize| match data.get(at..at + 2) {
                        Some(&[high, low]) => u16::from_be_bytes([high, low]),
                        _ => 0,
                    };
                    header.size = [side(3), side(1)];
                    let count = usize::from(data.get(5).copied().unwrap_or(0));
                    let each = data.get(6..).unwrap_or_default().chunks_exact(3).take(count);
                    header.components = each.map(|c| (c[0], [c[1] >> 4, c[1] & 15])).collect();
                }
                0xE0 => header.is_jfif |= data.starts_with(b"JFIF\0"),
                0xEE if data.starts_with(b"Adobe") => {
                    header.transform_at = Some(at + 4 + 11);
                    header.transform = data.get(11).copied();
                }
                0xDA => {
                    header.in_first_scan = usize::from(data.first().copied().unwrap_or(0));
                    break;
                }
                _ => {}
            }
            at += 2 + usize::from(u16::from_be_bytes([high, low]));
        }
        header
    }

    /// Whether zune-jpeg (0.5.15) would refuse it, or read it wrongly and report success.
    fn is_unusual(&self) -> bool {
        let count = self.components.len();
        if !(count == 1 || count == 3) {
            return false;
        }
        // It reads the first scan as if it held all components.
        let is_separate = !self.is_progressive && self.in_first_scan < count;
        let [(_, first), others @ ..] = &self.components[..] else { return false };
        let odd = |side: u8| !side.is_power_of_two();
        let is_oddly_sampled = self.components.iter().any(|(_, [h, v])| odd(*h) || odd(*v));
        let is_finer = others.iter().any(|(_, [h, v])| *h > first[0] || *v > first[1]);
        // It takes Adobe's mark, or the letters, more seriously than JFIF, which knows no RGB.
        let is_ycc_by_jfif =
            count == 3 && self.is_jfif && (self.transform == Some(0) || self.has_ids(*b"RGB"));
        is_separate || (count > 1 && is_oddly_sampled) || is_finer || is_ycc_by_jfif
    }

    /// By how much its sides have to be divided for it to be within the limit: 1, 2, 4 or 8; 1, too,
    /// where that does not help.
    fn part(&self) -> u16 {
        let [w, h] = self.size.map(u64::from);
        let most =
            if self.is_progressive { MAX_SHRUNK_PROGRESSIVE_PIXELS } else { MAX_SHRUNK_PIXELS };
        if w * h > most || self.components.len() > 3 {
            return 1;
        }
        let fits = |part: &u16| {
            let [w, h] = self.size.map(|side| u64::from(side.div_ceil(*part)));
            w * h <= MAX_PHOTO_PIXELS
        };
        [1, 2, 4, 8].into_iter().find(fits).unwrap_or(1)
    }

    fn has_ids(&self, ids: [u8; 3]) -> bool {
        self.components.iter().map(|(id, _)| *id).eq(ids)
    }

    /// As libjpeg decides it for three components.
    fn is_rgb(&self) -> bool {
        match self.transform {
            _ if self.is_jfif => false,
            Some(transform) => transform == 0,
            None => self.has_ids(*b"RGB"),
        }
    }

    /// The file, with an Adobe mark that nobody knows taken for the usual one, as libjpeg does.
    fn with_known_transform<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match (self.transform, self.transform_at) {
            (Some(3..), Some(at)) => {
                let mut bytes = bytes.to_vec();
                bytes[at] = if self.components.len() == 4 { 2 } else { 1 };
                bytes.into()
            }
            _ => bytes.into(),
        }
    }
}

/// Reads what zune-jpeg does not; `part`: by how much its sides are divided, 1, 2, 4 or 8.
fn unusual(bytes: &[u8], header: &Header, part: u16) -> Result<Decoded> {
    use jpeg_decoder::{ColorTransform, Error as JpegError, PixelFormat};
    let failed = |error: JpegError| match error {
        JpegError::Unsupported(_) => Error::UnknownVariant,
        error => damaged(&error.to_string()),
    };
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(bytes));
    decoder.read_info().map_err(failed)?;
    if part > 1 {
        let [w, h] = header.size.map(|side| side.div_ceil(part));
        decoder.scale(w, h).map_err(failed)?;
    }
    let info = decoder.info().ok_or(Error::UnknownVariant)?;
    let size = [info.width, info.height].map(u32::from);
    let mut rgba = blank(size)?;
    if header.components.len() == 3 {
        let rgb = if header.is_rgb() { ColorTransform::RGB } else { ColorTransform::YCbCr };
        decoder.set_color_transform(rgb);
    }
    let pixels = decoder.decode().map_err(failed)?;
    rgba.get_mut(..pixels.len()).ok_or(Error::UnknownVariant)?.copy_from_slice(&pixels);
    drop(pixels);
    let channels = match info.pixel_format {
        PixelFormat::L8 => {
            spread_in_place::<1>(&mut rgba);
            1
        }
        PixelFormat::RGB24 => {
            spread_in_place::<3>(&mut rgba);
            3
        }
        _ => return Err(Error::UnknownVariant),
    };
    let (to_srgb, profile) = from_icc(decoder.icc_profile(), channels);
    if let Some(to_srgb) = to_srgb {
        to_srgb.convert_rgba8(&mut rgba);
    }
    let [exif, xmp] =
        [decoder.exif_data(), decoder.xmp_data()].map(|data| data.map(<[u8]>::to_vec));
    Ok(Decoded { size, rgba, profile, exif, xmp })
}

/// Reads what zune-jpeg reads well.
fn usual(bytes: &[u8]) -> Result<Decoded> {
    // The colours to come out are set before the headers are read: that is when the reader picks
    // its conversion. Its limit on sides would refuse without telling the size.
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| damaged(&error.to_string()))?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    let side = |length| u32::try_from(length).unwrap_or(u32::MAX);
    let size = [side(width), side(height)];
    let mut rgba = blank(size)?;
    let components = decoder.info().map_or(0, |info| info.components);
    let colours = match (components, decoder.input_colorspace()) {
        (1, Some(ColorSpace::Luma)) => ColorSpace::Luma,
        // With three components Adobe's marks for inks mean RGB and YCbCr; the reader sees that
        // only later, while it decodes.
        (3, Some(ColorSpace::RGB | ColorSpace::CMYK)) => ColorSpace::RGB,
        (3, Some(ColorSpace::YCbCr | ColorSpace::YCCK)) => ColorSpace::YCbCr,
        (4, Some(colours @ (ColorSpace::CMYK | ColorSpace::YCCK))) => colours,
        _ => return Err(Error::UnknownVariant),
    };
    let channels = usize::from(components);
    if !matches!(colours, ColorSpace::Luma | ColorSpace::YCbCr) {
        // The reader's own ways from here to RGBA mix up the pixels; as they are, they are right.
        decoder.set_options(options.jpeg_set_out_colorspace(colours));
    }
    let length = decoder.output_buffer_size().unwrap_or(0).min(rgba.len());
    decoder.decode_into(&mut rgba[..length]).map_err(|error| damaged(&error.to_string()))?;
    // Our decoder leaves what it could not reach half transparent, and reports success.
    let is_opaque = || rgba.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255);
    if matches!(colours, ColorSpace::Luma | ColorSpace::YCbCr) && !is_opaque() {
        return Err(damaged("a part of it is missing"));
    }
    let (to_srgb, profile) = from_icc(decoder.icc_profile(), channels);
    if colours == ColorSpace::RGB {
        spread_in_place::<3>(&mut rgba);
    }
    if channels == 4 {
        rgba_from_inks(&mut rgba, colours, to_srgb.as_ref());
    } else if let Some(to_srgb) = to_srgb {
        to_srgb.convert_rgba8(&mut rgba);
    }
    Ok(Decoded { size, rgba, profile, exif: decoder.exif().cloned(), xmp: decoder.xmp().cloned() })
}

/// Four components of a JPEG to RGBA, in place.
///
/// Every program that writes them stores how much light passes, 255 for no ink, as Adobe did, and
/// every reader expects it, whether the file says "Adobe" or not. Without a profile, light that
/// passes one ink passes the others too: the product.
fn rgba_from_inks(pixels: &mut [u8], colours: ColorSpace, to_srgb: Option<&ToSrgb>) {
    for pixel in pixels.chunks_exact_mut(4) {
        if colours == ColorSpace::YCCK {
            // ITU-T T.871 in 16 bits of fraction; what it yields is ink, so light is the rest.
            let [y, blue, red] = [0, 1, 2].map(|i| i32::from(pixel[i]));
            let [blue, red] = [blue - 128, red - 128];
            let half = 1 << 15;
            let ink = [
                y + ((91_881 * red + half) >> 16),
                y - ((22_554 * blue + 46_802 * red + half) >> 16),
                y + ((116_130 * blue + half) >> 16),
            ];
            for (light, ink) in pixel.iter_mut().zip(ink) {
                *light = u8::try_from(255 - ink.clamp(0, 255)).unwrap_or(0);
            }
        }
        if to_srgb.is_some() {
            pixel.iter_mut().for_each(|light| *light = 255 - *light);
        } else {
            let black = u32::from(pixel[3]);
            for light in &mut pixel[..3] {
                *light = u8::try_from((u32::from(*light) * black + 127) / 255).unwrap_or(255);
            }
            pixel[3] = 255;
        }
    }
    if let Some(to_srgb) = to_srgb {
        to_srgb.convert_cmyk8(pixels);
    }
}

/// Whether the end marker follows somewhere outside the segments that carry a length. What comes
/// after the end, as the film in a motion photo, does not matter.
fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&[lead, marker]) = bytes.get(at..at + 2) {
        match (lead, marker) {
            (0xFF, 0xD9) => return true,
            // Fill bytes, escaped data, restarts, the start and TEM stand alone.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            (0xFF, _) => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
            _ => at += 1,
        }
    }
    false
}
