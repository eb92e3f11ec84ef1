//! Decodes picture files to a [`Photo`]: upright, sRGB, 8 bits a channel, straight alpha.
//!
//! PNG, JPEG, WebP, GIF and BMP are told apart by their bytes, not by their names. Of an animation,
//! the first frame is read. Always holds: every size is checked before anything is allocated for
//! it, and a picture is decoded into the buffer that it is returned in; 16 bits a channel become 8
//! row by row, after their colours were converted. Deliberately absent: tone mapping of HDR
//! pictures, whose numbers are taken for sRGB. Awkward: progressive JPEG and lossy WebP need as
//! much memory again while they are decoded, so that 26 megapixels take up to 325 MB. Start at
//! [`decode`].

mod jpeg;

use std::borrow::Cow;
use std::io::Cursor;
use std::path::Path;

use image::codecs::bmp::BmpDecoder;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, Limits, RgbaImage, imageops};
use image_webp::WebPDecoder;
use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, ToneReprCurve};

use crate::error::{Error, Result};

use super::metadata::{MAX_BLOCK_BYTES, Metadata, ProfileUse};
use super::profile::{Depth, MAX_PROFILE_BYTES, ToSrgb};
use super::{MAX_PHOTO_PIXELS, Photo, Rect, check_size};

/// What a decoder may allocate besides the photo: a frame of an animation, a row and what a chunk
/// of a PNG unfolds to.
const MAX_ALLOCATION_BYTES: usize = 100 * 1024 * 1024;

/// The endings of file names that are worth opening, in lower case.
pub const PICTURE_ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "webp", "gif", "bmp"];

/// Whether a file is worth opening, by the end of its name.
#[must_use]
pub fn is_picture_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|e| PICTURE_ENDINGS.contains(&e.to_ascii_lowercase().as_str()))
}

/// Reads a picture file.
///
/// The orientation that the camera noted is applied, and an embedded colour profile is converted.
/// 16 bits a channel become 8 by rounding.
///
/// # Errors
/// [`Error::NotAnImage`] for unknown bytes, [`Error::DamagedImage`] for a file that breaks off or
/// contradicts itself, [`Error::TooSmall`] and [`Error::TooLarge`] before anything is allocated.
pub fn decode(bytes: &[u8]) -> Result<Photo> {
    decode_with_metadata(bytes).map(|(photo, _)| photo)
}

/// As [`decode`], but also returns what else the file says.
///
/// # Errors
/// As [`decode`]. Damaged metadata is no error; [`Metadata`] says what could not be used.
pub fn decode_with_metadata(bytes: &[u8]) -> Result<(Photo, Metadata)> {
    read(bytes, false)
}

/// As [`decode_with_metadata`], but a JPEG beyond the limit, up to 220 megapixels, becomes a half, a
/// quarter or an eighth as wide and high. It is shrunk while it is decoded: no picture of its full size
/// is ever held, but of a progressive one all that its file says of each block.
///
/// # Errors
/// As [`decode`].
pub fn decode_shrunk(bytes: &[u8]) -> Result<(Photo, Metadata)> {
    read(bytes, true)
}

fn read(bytes: &[u8], shrinks: bool) -> Result<(Photo, Metadata)> {
    let format = image::guess_format(bytes).map_err(|_| Error::NotAnImage)?;
    let decoded = match format {
        ImageFormat::Png => from_png(bytes)?,
        ImageFormat::Jpeg => jpeg::read(bytes, shrinks)?,
        ImageFormat::WebP => from_webp(bytes)?,
        ImageFormat::Gif => from_gif(bytes)?,
        ImageFormat::Bmp => {
            from_image(BmpDecoder::new(Cursor::new(bytes)).map_err(error_from_image)?)?
        }
        _ => return Err(Error::NotAnImage),
    };
    let (mut metadata, orientation) = Metadata::read(decoded.exif, decoded.xmp);
    metadata.profile = decoded.profile;
    let [width, height] = decoded.size;
    if orientation == Orientation::NoTransforms {
        return Ok((Photo::from_rgba8([width, height], decoded.rgba)?, metadata));
    }
    let pixels = RgbaImage::from_raw(width, height, decoded.rgba);
    let picture = turned(pixels.ok_or_else(|| damaged("its size is wrong"))?, orientation);
    let upright = [picture.width(), picture.height()];
    Ok((Photo::from_rgba8(upright, picture.into_raw())?, metadata))
}

/// As the camera was held. By hand, because `DynamicImage` brings the same for ten kinds of pixels.
fn turned(mut picture: RgbaImage, orientation: Orientation) -> RgbaImage {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match orientation {
        Rotate90 | Rotate90FlipH => picture = imageops::rotate90(&picture),
        Rotate270 | Rotate270FlipH => picture = imageops::rotate270(&picture),
        Orientation::Rotate180 => imageops::rotate180_in_place(&mut picture),
        Orientation::FlipVertical => imageops::flip_vertical_in_place(&mut picture),
        Orientation::NoTransforms | Orientation::FlipHorizontal => {}
    }
    if matches!(orientation, Rotate90FlipH | Rotate270FlipH | Orientation::FlipHorizontal) {
        imageops::flip_horizontal_in_place(&mut picture);
    }
    picture
}

/// A picture as it lies in the file.
struct Decoded {
    size: [u32; 2],
    rgba: Vec<u8>,
    profile: ProfileUse,
    exif: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
}

/// Room for a photo of four bytes a pixel, the size checked.
fn blank(size: [u32; 2]) -> Result<Vec<u8>> {
    check_size(size, MAX_PHOTO_PIXELS)?;
    Ok(vec![0; size[0] as usize * size[1] as usize * 4])
}

fn from_png(bytes: &[u8]) -> Result<Decoded> {
    if let Some(header) = bytes.get(16..24) {
        // With 32-bit addresses, as in a browser, the PNG reader refuses what it cannot address
        // without telling the size. Nobody could act on that.
        let side = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|i| header[at + i]));
        check_size([side(0), side(4)], MAX_PHOTO_PIXELS)?;
    }
    let chunks = PngChunks::of(bytes);
    // The png crate panics on it.
    if !chunks.is_palette_whole {
        return Err(damaged("its palette is cut off"));
    }
    let strict = read_png(bytes, png::DecodeOptions::default());
    strict.or_else(|error| {
        // As browsers do: a wrong checksum of a chunk is nothing where that of all pixels is right,
        // and what comes after the pixels may lack.
        let mut options = png::DecodeOptions::default();
        options.set_ignore_crc(true);
        options.set_ignore_adler32(false);
        let ended = if chunks.lacks_end { [bytes, &PNG_END].concat() } else { Vec::new() };
        let bytes = if chunks.lacks_end { &ended } else { bytes };
        read_png(bytes, options).map_err(|_| error)
    })
}

/// The last chunk of a PNG.
const PNG_END: [u8; 12] = [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82];

/// What is wrong with the chunks of a PNG, seen without decoding them.
struct PngChunks {
    is_palette_whole: bool,
    /// Whether all chunks are whole, but the last one is missing.
    lacks_end: bool,
}

impl PngChunks {
    fn of(bytes: &[u8]) -> Self {
        let mut chunks = Self { is_palette_whole: true, lacks_end: false };
        let mut rest = bytes.get(8..).unwrap_or_default();
        while let [a, b, c, d, name @ .., _, _, _, _] = rest
            && let Some(name) = name.first_chunk::<4>()
        {
            let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
            chunks.is_palette_whole &= name != b"PLTE" || length.is_multiple_of(3);
            match rest.get(length.saturating_add(12)..) {
                Some(after) if name != b"IEND" => rest = after,
                _ => return chunks,
            }
        }
        chunks.lacks_end = true;
        chunks
    }
}

fn read_png(bytes: &[u8], options: png::DecodeOptions) -> Result<Decoded> {
    let mut decoder = png::Decoder::new_with_options(Cursor::new(bytes), options);
    decoder.set_limits(png::Limits { bytes: MAX_ALLOCATION_BYTES });
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(error_from_png)?;
    let size = reader.info().size().into();
    let mut rgba = blank(size)?;
    let stride = size[0] as usize * 4;
    let (colour, bits) = reader.output_color_type();
    let is_grey = colour == png::ColorType::GrayscaleAlpha;
    let is_deep = bits == png::BitDepth::Sixteen;
    let depth = if is_deep { Depth::Sixteen } else { Depth::Eight };
    let (to_srgb, profile) = profile_of_png(reader.info(), if is_grey { 1 } else { 3 }, depth);
    let mut line = vec![0; stride];
    let mut lines_done = 0;
    while let Some(row) = reader.next_interlaced_row().map_err(error_from_png)? {
        let pixels = row.data().len() / if is_grey { 2 } else { 4 } / if is_deep { 2 } else { 1 };
        let line = &mut line[..pixels * 4];
        match (is_grey, is_deep) {
            (false, false) => line.copy_from_slice(row.data()),
            (true, false) => spread_grey(row.data(), line),
            (false, true) => narrow_row::<4>(row.data(), line, to_srgb.as_ref()),
            (true, true) => narrow_row::<2>(row.data(), line, to_srgb.as_ref()),
        }
        if let (Some(to_srgb), false) = (&to_srgb, is_deep) {
            to_srgb.convert_rgba8(line);
        }
        match row.interlace() {
            png::InterlaceInfo::Null(_) => {
                rgba[lines_done * stride..][..stride].copy_from_slice(line);
                lines_done += 1;
            }
            png::InterlaceInfo::Adam7(pass) => {
                png::expand_interlaced_row(&mut rgba, stride, line, pass, 32);
            }
        }
    }
    // EXIF and text may follow the pixels. Those are whole by now, so what is damaged there is
    // as good as absent.
    let _ = reader.finish();
    let info = reader.info();
    let exif = info.exif_metadata.as_ref().map(|exif| exif.to_vec());
    let xmp = info.utf8_text.iter().find(|text| text.keyword == "XML:com.adobe.xmp");
    let xmp = xmp.map(|xmp| {
        // A megabyte may unfold to a gigabyte.
        let mut xmp = xmp.clone();
        let is_short = xmp.decompress_text_with_limit(MAX_BLOCK_BYTES).is_ok();
        if is_short { xmp.get_text().unwrap_or_default().into_bytes() } else { Vec::new() }
    });
    Ok(Decoded { size, rgba, profile, exif, xmp })
}

/// A row of grey and alpha to RGBA.
fn spread_grey(row: &[u8], line: &mut [u8]) {
    for (from, to) in row.chunks_exact(2).zip(line.chunks_exact_mut(4)) {
        to.copy_from_slice(&[from[0], from[0], from[0], from[1]]);
    }
}

/// A row of big-endian 16-bit samples to RGBA8. `N`: 2 for grey and alpha, 4 for RGBA.
fn narrow_row<const N: usize>(row: &[u8], line: &mut [u8], to_srgb: Option<&ToSrgb>) {
    let nearest = |level: usize| u8::try_from((level + 128) / 257).unwrap_or(u8::MAX);
    for (from, to) in row.chunks_exact(2 * N).zip(line.chunks_exact_mut(4)) {
        let level = |i: usize| usize::from(u16::from_be_bytes([from[2 * i], from[2 * i + 1]]));
        let colour = if N == 2 { [level(0); 3] } else { [level(0), level(1), level(2)] };
        let [red, green, blue] =
            to_srgb.map_or_else(|| colour.map(nearest), |to_srgb| to_srgb.srgb(colour));
        to.copy_from_slice(&[red, green, blue, nearest(level(N - 1))]);
    }
}

/// What a PNG says of its colours, in the order of the standard (third edition, 4.3): code points,
/// profile, sRGB, gamma and primaries.
fn profile_of_png(info: &png::Info, channels: usize, depth: Depth) -> (Option<ToSrgb>, ProfileUse) {
    let from_points = |points: png::CodingIndependentCodePoints| {
        let is_full = points.is_video_full_range_image && points.matrix_coefficients == 0;
        let profile = is_full.then(|| profile_from_points(&points))??;
        ToSrgb::from_profile(&profile, channels, depth)
    };
    let points = info.coding_independent_code_points.map(from_points);
    if let Some(Some(to_srgb)) = points {
        return used(Some(to_srgb));
    }
    if let Some(icc) = &info.icc_profile {
        return used(ToSrgb::from_icc(icc, channels, depth));
    }
    if info.srgb.is_some() {
        return (None, ProfileUse::Srgb);
    }
    match (info.gama_chunk, info.chrm_chunk) {
        (None, None) if points.is_some() => (None, ProfileUse::Ignored),
        (None, None) => (None, ProfileUse::Absent),
        // Primaries alone say nothing: what they are mixed in is not known.
        (None, Some(_)) => (None, ProfileUse::Ignored),
        (gamma, primaries) => {
            let profile = profile_from_gamma(gamma, primaries);
            used(profile.and_then(|profile| ToSrgb::from_profile(&profile, channels, depth)))
        }
    }
}

/// A profile of code points (ITU-T H.273). Curves for HDR and for film are not ours: without tone
/// mapping they would only turn dark.
fn profile_from_points(points: &png::CodingIndependentCodePoints) -> Option<ColorProfile> {
    let exponent = match points.transfer_function {
        // BT.709 and its kin are curves of cameras; screens show them as sRGB.
        1 | 6 | 13 | 14 | 15 => None,
        4 => Some(2.2),
        5 => Some(2.8),
        8 => Some(1.0),
        _ => return None,
    };
    let primaries = match points.color_primaries {
        1 => ColorPrimaries::BT_709,
        9 => ColorPrimaries::BT_2020,
        12 => ColorPrimaries::DISPLAY_P3,
        _ => return None,
    };
    let mut profile = profile_with_exponent(exponent);
    profile.update_rgb_colorimetry(Chromaticity::D65.to_xyyb(), primaries);
    Some(profile)
}

/// sRGB with another curve.
fn profile_with_exponent(exponent: Option<f32>) -> ColorProfile {
    let mut profile = ColorProfile::new_srgb();
    if let Some(exponent) = exponent {
        let curve = Some(ToneReprCurve::Parametric(vec![exponent]));
        profile.red_trc.clone_from(&curve);
        profile.green_trc.clone_from(&curve);
        profile.blue_trc = curve;
    }
    profile
}

/// A profile of a PNG's gamma and primaries; `None` if they make no sense.
fn profile_from_gamma(
    gamma: Option<png::ScaledFloat>,
    primaries: Option<png::SourceChromaticities>,
) -> Option<ColorProfile> {
    let gamma = gamma.map_or(1.0 / 2.2, png::ScaledFloat::into_value);
    if !(0.1..=5.0).contains(&gamma) {
        return None;
    }
    // 1 / 2.2 is how programs without colour management wrote "sRGB".
    let is_plain = (gamma - 1.0 / 2.2).abs() > 0.005;
    let mut profile = profile_with_exponent(is_plain.then_some(1.0 / gamma));
    if let Some(primaries) = primaries {
        let at = |(x, y): (png::ScaledFloat, png::ScaledFloat)| {
            (y.into_value() > 0.0).then(|| Chromaticity::new(x.into_value(), y.into_value()))
        };
        let [red, green, blue] = [at(primaries.red)?, at(primaries.green)?, at(primaries.blue)?];
        let white = at(primaries.white)?.to_xyyb();
        profile.update_rgb_colorimetry(white, ColorPrimaries { red, green, blue });
    }
    Some(profile)
}

/// A profile that describes sRGB is better not used: bytes stay as they are.
fn used(to_srgb: Option<ToSrgb>) -> (Option<ToSrgb>, ProfileUse) {
    match to_srgb {
        None => (None, ProfileUse::Ignored),
        Some(to_srgb) if to_srgb.is_identity() => (None, ProfileUse::Srgb),
        to_srgb => (to_srgb, ProfileUse::Converted),
    }
}

fn from_icc(icc: Option<Vec<u8>>, channels: usize) -> (Option<ToSrgb>, ProfileUse) {
    icc.map_or((None, ProfileUse::Absent), |icc| {
        used(ToSrgb::from_icc(&icc, channels, Depth::Eight))
    })
}

/// Reads the first frame of a GIF. A screen that the frame does not fit on grows, as in browsers.
fn from_gif(bytes: &[u8]) -> Result<Decoded> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.allow_unknown_blocks(true);
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(error_from_gif)?;
    let screen = [decoder.width(), decoder.height()].map(u32::from);
    let frame = decoder.next_frame_info().map_err(error_from_gif)?;
    let frame = frame.ok_or_else(|| damaged("it has no picture"))?;
    let [left, top] = [frame.left, frame.top].map(usize::from);
    let [across, down] = [frame.width, frame.height].map(usize::from);
    let side = |end: usize, screen: u32| u32::try_from(end).unwrap_or(u32::MAX).max(screen);
    let size = [side(left + across, screen[0]), side(top + down, screen[1])];
    let mut rgba = blank(size)?;
    let mut pixels = vec![0; 4 * across * down];
    decoder.read_into_buffer(&mut pixels).map_err(error_from_gif)?;
    let at = Rect { left, top, right: left + across, bottom: top + down };
    at.put(pixels.as_chunks::<4>().0, rgba.as_chunks_mut().0, size[0] as usize);
    let (to_srgb, profile) = from_icc(decoder.icc_profile().map(<[u8]>::to_vec), 3);
    if let Some(to_srgb) = to_srgb {
        to_srgb.convert_rgba8(&mut rgba);
    }
    let xmp = decoder.xmp_metadata().map(<[u8]>::to_vec);
    Ok(Decoded { size, rgba, profile, exif: None, xmp })
}

fn error_from_gif(error: gif::DecodingError) -> Error {
    damaged(&error.to_string())
}

/// The chunks of a WebP: the name of each, and where it begins.
fn webp_chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let head = bytes.get(at..at + 8)?;
        let (name, begin) = (&head[..4], at);
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        at = at.checked_add(8)?.checked_add(usize::try_from(length).ok()?.next_multiple_of(2))?;
        Some((name, begin))
    })
}

/// The file without a promise of transparency that it does not keep: browsers open it so, our
/// decoder does not.
fn webp_with_true_flags(bytes: &[u8]) -> Cow<'_, [u8]> {
    const ALPHA: u8 = 0x10;
    let has = |wanted: &[u8]| webp_chunks(bytes).any(|(name, _)| name == wanted);
    let extended = webp_chunks(bytes).find(|(name, _)| *name == b"VP8X").map(|(_, at)| at + 8);
    match extended {
        Some(flags) if bytes.get(flags).is_some_and(|flags| flags & ALPHA != 0) => {
            if !has(b"VP8 ") || has(b"ALPH") {
                return bytes.into();
            }
            let mut bytes = bytes.to_vec();
            bytes[flags] &= !ALPHA;
            bytes.into()
        }
        _ => bytes.into(),
    }
}

fn from_webp(bytes: &[u8]) -> Result<Decoded> {
    let said = bytes.get(4..8).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let is_whole = u64::from(said) + 8 <= bytes.len() as u64;
    let bytes = &webp_with_true_flags(bytes)[..];
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(error_from_webp)?;
    let size = decoder.dimensions().into();
    let mut rgba = blank(size)?;
    // Our decoder reports success for a file that ends within its picture.
    if !is_whole {
        return Err(damaged("it breaks off before its end"));
    }
    let length = decoder.output_buffer_size().unwrap_or(0).min(rgba.len());
    decoder.read_image(&mut rgba[..length]).map_err(error_from_webp)?;
    if !decoder.has_alpha() {
        spread_in_place::<3>(&mut rgba);
    }
    // A chunk is as long as it says, which may be gigabytes. One that cannot be read is passed on
    // empty, and then counts as unusable.
    decoder.set_memory_limit(bytes.len().min(MAX_PROFILE_BYTES));
    let icc = decoder.icc_profile().unwrap_or_else(|_| Some(Vec::new()));
    let exif = decoder.exif_metadata().unwrap_or_else(|_| Some(Vec::new()));
    let xmp = decoder.xmp_metadata().unwrap_or_else(|_| Some(Vec::new()));
    let (to_srgb, profile) = from_icc(icc, 3);
    if let Some(to_srgb) = to_srgb {
        to_srgb.convert_rgba8(&mut rgba);
    }
    Ok(Decoded { size, rgba, profile, exif, xmp })
}

fn from_image(mut decoder: impl ImageDecoder) -> Result<Decoded> {
    let size = decoder.dimensions().into();
    let mut rgba = blank(size)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION_BYTES as u64);
    decoder.set_limits(limits).map_err(error_from_image)?;
    let icc = decoder.icc_profile().unwrap_or_else(|_| Some(Vec::new()));
    let colours = decoder.color_type();
    let length = usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX).min(rgba.len());
    decoder.read_image(&mut rgba[..length]).map_err(error_from_image)?;
    let (to_srgb, profile) = match colours {
        ColorType::Rgba8 => from_icc(icc, 3),
        ColorType::Rgb8 => {
            spread_in_place::<3>(&mut rgba);
            from_icc(icc, 3)
        }
        ColorType::L8 => {
            spread_in_place::<1>(&mut rgba);
            from_icc(icc, 1)
        }
        _ => return Err(Error::UnknownVariant),
    };
    if let Some(to_srgb) = to_srgb {
        to_srgb.convert_rgba8(&mut rgba);
    }
    Ok(Decoded { size, rgba, profile, exif: None, xmp: None })
}

/// `N` bytes a pixel, which fill the front of the buffer, to four; from the end, so that none is
/// overwritten before it was read. `N`: 1 for grey, 3 for RGB.
fn spread_in_place<const N: usize>(pixels: &mut [u8]) {
    for i in (0..pixels.len() / 4).rev() {
        let colour = [0, 1, 2].map(|channel| pixels[i * N + channel % N]);
        pixels[i * 4..][..3].copy_from_slice(&colour);
        pixels[i * 4 + 3] = 255;
    }
}

const TOO_MUCH: &str = "it asks for too much memory";

/// Some readers quote their texts or end them with a new line.
fn damaged(why: &str) -> Error {
    let words: Vec<_> = why.trim_matches('"').split_whitespace().collect();
    Error::DamagedImage { why: words.join(" ") }
}

fn error_from_png(error: png::DecodingError) -> Error {
    match error {
        png::DecodingError::LimitsExceeded => damaged(TOO_MUCH),
        error => damaged(&error.to_string()),
    }
}

fn error_from_webp(error: image_webp::DecodingError) -> Error {
    match error {
        image_webp::DecodingError::UnsupportedFeature(_) => Error::UnknownVariant,
        error => damaged(&error.to_string()),
    }
}

fn error_from_image(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => damaged(TOO_MUCH),
        ImageError::Unsupported(_) => Error::UnknownVariant,
        error => damaged(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::cast_possible_truncation, reason = "small pictures, small numbers")]

    use super::*;
    use image::{DynamicImage, Rgb, RgbImage, Rgba};

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
