//! Picture files to a [`Photo`]: upright, 8 bits a channel, straight alpha, sizes checked first.
//!
//! PNG, JPEG, WebP, GIF and BMP, told apart by their bytes, not by their names; of an animation the
//! first frame. Known gap: an embedded colour profile is not converted, the numbers are taken for
//! sRGB. Start at [`decode`].

use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::error::{Error, Result};

use super::{MAX_PHOTO_PIXELS, Photo, check_size};

/// What a decoder may allocate: 24 megapixels at 16 bits and four channels, and room to work in.
const MAX_ALLOCATION_BYTES: u64 = 512 * 1024 * 1024;

/// Whether a file is worth opening, by the end of its name.
#[must_use]
pub fn is_picture_name(path: &Path) -> bool {
    let known = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|e| known.contains(&e.to_ascii_lowercase().as_str()))
}

/// Reads a picture file.
///
/// The orientation that the camera noted is applied. 16 bits a channel become 8 by rounding.
///
/// # Errors
/// [`Error::NotAnImage`] for unknown bytes, [`Error::DamagedImage`] for a file that breaks off or
/// contradicts itself, [`Error::TooSmall`] and [`Error::TooLarge`] before anything is allocated.
pub fn decode(bytes: &[u8]) -> Result<Photo> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|_| Error::NotAnImage)?;
    let format = reader.format().ok_or(Error::NotAnImage)?;
    if let (ImageFormat::Png, Some(header)) = (format, bytes.get(16..24)) {
        // With 32-bit addresses, as in a browser, the PNG reader refuses what it cannot address
        // without telling the size. Nobody could act on that.
        let side = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|i| header[at + i]));
        check_size([side(0), side(4)], MAX_PHOTO_PIXELS)?;
    }
    // Opening reads the header only; with limits on, it would refuse before we know the size.
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(error_from_image)?;
    check_size(decoder.dimensions().into(), MAX_PHOTO_PIXELS)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION_BYTES);
    decoder.set_limits(limits).map_err(error_from_image)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(error_from_image)?;
    if format == ImageFormat::Jpeg && !is_jpeg_whole(bytes) {
        return Err(Error::DamagedImage { why: "it breaks off before its end".into() });
    }
    let mut picture = DynamicImage::ImageRgba8(picture.into_rgba8());
    picture.apply_orientation(orientation);
    Photo::from_rgba8([picture.width(), picture.height()], picture.into_bytes())
}

/// Whether the end marker follows somewhere outside the segments that carry a length. Our JPEG
/// decoder fills what is missing with grey and reports success, so we have to look ourselves; what
/// comes after the end, as the film in a motion photo, does not matter.
fn is_jpeg_whole(bytes: &[u8]) -> bool {
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

fn error_from_image(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => Error::DamagedImage { why: "it asks for too much memory".into() },
        ImageError::Unsupported(_) => Error::DamagedImage {
            why: "it uses a variant of its format that we cannot read".into(),
        },
        error => Error::DamagedImage { why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::cast_possible_truncation, reason = "small pictures, small numbers")]

    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    const SIZE: [u32; 2] = [21, 17];
    const FORMATS: [ImageFormat; 5] = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
    ];

    /// Red grows to the right, green downwards; the top left corner is blue.
    fn picture() -> RgbImage {
        RgbImage::from_fn(SIZE[0], SIZE[1], |x, y| {
            Rgb([(x * 12) as u8, (y * 15) as u8, if x < 8 && y < 8 { 250 } else { 0 }])
        })
    }

    fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A JPEG that says how it was held: an APP1 segment with a single EXIF entry.
    fn oriented(orientation: u8) -> Vec<u8> {
        let plain = file(picture(), ImageFormat::Jpeg);
        let exif = [b'E', b'x', b'i', b'f', 0, 0, b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1];
        let entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        let length = 2 + exif.len() + entry.len();
        let segment = [&[0xFF, 0xE1, 0, length as u8][..], &exif, &entry].concat();
        [&plain[..2], &segment, &plain[2..]].concat()
    }

    #[test]
    fn lossless_formats_come_back_bit_for_bit() {
        use ImageFormat::{Bmp, Png, WebP};
        for format in [Png, Bmp, WebP] {
            let photo = decode(&file(picture(), format)).unwrap();
            assert_eq!(photo.size(), SIZE);
            assert_eq!(photo.pixel(20, 3), [240, 45, 0, 255], "pinned, {format:?}");
            assert_eq!(photo.pixel(3, 16), [36, 240, 0, 255], "pinned, {format:?}");
        }
        let gif =
            decode(&file(DynamicImage::from(picture()).to_rgba8(), ImageFormat::Gif)).unwrap();
        assert_eq!(gif.size(), SIZE);
    }

    #[test]
    fn transparency_stays_straight() {
        let clear = RgbaImage::from_fn(21, 17, |x, _| Rgba([200, 100, 50, (x * 12) as u8]));
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let photo = decode(&file(clear.clone(), format)).unwrap();
            assert_eq!(
                photo.pixel(1, 5),
                [200, 100, 50, 12],
                "colour under thin alpha, {format:?}"
            );
        }
    }

    #[test]
    fn grey_and_sixteen_bits_become_eight_by_rounding() {
        let deep = image::ImageBuffer::from_pixel(21, 17, image::Luma([0x7FFF_u16]));
        let photo = decode(&file(DynamicImage::ImageLuma16(deep), ImageFormat::Png)).unwrap();
        assert_eq!(photo.pixel(4, 4), [127, 127, 127, 255]);
        let deep = image::ImageBuffer::from_pixel(21, 17, Rgb([0x80FF_u16, 0x00FF, 0xFF00]));
        let photo = decode(&file(DynamicImage::ImageRgb16(deep), ImageFormat::Png)).unwrap();
        // 0x80FF / 257 = 128.49, 0x00FF / 257 = 0.99, 0xFF00 / 257 = 254.01
        assert_eq!(photo.pixel(4, 4), [128, 1, 254, 255], "rounded, not cut off");
    }

    #[test]
    fn all_eight_orientations_end_upright() {
        // Where the blue corner and the long red ramp lie once the photo is upright (EXIF 2.3).
        let corners = ["tl", "tr", "br", "bl", "tl", "tr", "br", "bl"];
        for (i, corner) in corners.into_iter().enumerate() {
            let photo = decode(&oriented(i as u8 + 1)).unwrap();
            let upright = if i < 4 { SIZE } else { [SIZE[1], SIZE[0]] };
            assert_eq!(photo.size(), upright, "orientation {}", i + 1);
            let [w, h] = upright;
            let places =
                [("tl", [1, 1]), ("tr", [w - 2, 1]), ("br", [w - 2, h - 2]), ("bl", [1, h - 2])];
            for (name, [x, y]) in places {
                let is_blue = photo.pixel(x, y)[2] > 150;
                assert_eq!(is_blue, name == corner, "orientation {}, corner {name}", i + 1);
            }
        }
    }

    #[test]
    fn err_what_is_no_picture_says_so() {
        for bytes in [&b""[..], b"hello", b"%PDF-1.7 and so on", &[0; 400]] {
            assert!(matches!(decode(bytes), Err(Error::NotAnImage)), "{bytes:?}");
        }
    }

    #[test]
    fn err_a_file_that_breaks_off_is_damaged_and_never_a_panic() {
        for format in FORMATS {
            let whole = file(DynamicImage::from(picture()).to_rgba8(), format);
            assert!(decode(&whole).is_ok(), "control: the whole {format:?} opens");
            for length in (12..whole.len() - 12).step_by(23) {
                let refused = decode(&whole[..length]);
                assert!(refused.is_err(), "{format:?} cut to {length} of {}", whole.len());
            }
        }
    }

    #[test]
    fn what_follows_the_end_of_a_jpeg_does_not_matter() {
        // A film behind a motion photo may hold any bytes, markers of JPEG among them.
        let film = [0x00, 0xFF, 0xDA, 0x00, 0x0C, 0x17].repeat(9);
        let photo = [file(picture(), ImageFormat::Jpeg), film].concat();
        assert!(decode(&photo).is_ok());
    }

    #[test]
    fn flipped_bytes_never_panic() {
        let mut seed = 1_u32;
        for format in FORMATS {
            let whole = file(DynamicImage::from(picture()).to_rgba8(), format);
            for _ in 0..150 {
                let mut bytes = whole.clone();
                for _ in 0..3 {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let at = seed as usize % bytes.len();
                    bytes[at] ^= (seed >> 24) as u8 | 1;
                }
                let _ = decode(&bytes);
            }
        }
    }

    #[test]
    fn err_sizes_are_refused_before_anything_is_allocated() {
        // A PNG header alone that claims 60 000 × 60 000, 14 GB as RGBA.
        let mut png = file(picture(), ImageFormat::Png);
        png[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        // The header's checksum, so that only the size is wrong.
        let sum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        let refused = decode(&png).unwrap_err();
        assert!(matches!(refused, Error::TooLarge { width: 60_000, .. }), "{refused}");
        let thin = RgbImage::new(300, 15);
        assert!(matches!(decode(&file(thin, ImageFormat::Png)), Err(Error::TooSmall { .. })));
        assert!(decode(&file(RgbImage::new(300, 16), ImageFormat::Png)).is_ok(), "control");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |c, _| {
                (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg())
            })
        })
    }
}
