//! Files in, files out: what we promise of picture files, on files that the tests make themselves.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::cast_possible_truncation, reason = "small pictures, small numbers")]
#![expect(clippy::cast_sign_loss, reason = "small pictures, small numbers")]

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use moxcms::{ColorProfile, LutDataType, LutStore, LutType, LutWarehouse};
use naobu::error::Error;
use naobu::photo::Photo;
use naobu::photo::decode::{decode, decode_shrunk, decode_with_metadata};
use naobu::photo::encode::{Extras, Format, encode, encode_with};
use naobu::photo::metadata::{MAX_BLOCK_BYTES, Metadata, ProfileUse};
use peak_alloc::PeakAlloc;
use png::{BitDepth, ColorType};
use proptest::prelude::*;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;
/// Two tests that measure would measure each other.
static MEASURING: Mutex<()> = Mutex::new(());
/// 26 megapixels, all told: the file, the picture, and what decoder or encoder need.
const MEMORY_LIMIT: usize = 400 * 1024 * 1024;

const FORMATS: [Format; 3] = [Format::Png, Format::Jpeg { quality: 90 }, Format::WebP];

/// A PNG of one row of samples, repeated sixteen times.
fn png(colours: ColorType, depth: BitDepth, row: &[u8], edit: impl Fn(&mut png::Info)) -> Vec<u8> {
    let bits = colours.samples() * depth as usize;
    let mut info = png::Info::with_size((row.len() * 8 / bits) as u32, 16);
    info.color_type = colours;
    info.bit_depth = depth;
    edit(&mut info);
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(&row.repeat(16)).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Sixteen pixels wide: the colours given, then black.
fn row<const N: usize>(colours: &[[u8; N]]) -> Vec<u8> {
    let mut row = colours.concat();
    row.resize(16 * N, 0);
    row
}

fn with_profile<'a>(profile: &'a [u8]) -> impl Fn(&mut png::Info) + 'a {
    |info| info.icc_profile = Some(profile.to_vec().into())
}

/// A chunk of a PNG with its length and checksum.
fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [name, data].concat();
    let crc = !body.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| (c >> 1) ^ (0xEDB8_8320 & (c & 1).wrapping_neg()))
    });
    [&(data.len() as u32).to_be_bytes(), &body[..], &crc.to_be_bytes()].concat()
}

/// Behind the header, which is always as long.
fn with_chunk(png: &[u8], name: &[u8], data: &[u8]) -> Vec<u8> {
    [&png[..33], &chunk(name, data), &png[33..]].concat()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat()
}

/// A JPEG, 16×16, of a single colour: components as they are stored. All quantisers are 1, the only
/// coefficient is the mean, and every category of it has a code of four bits.
fn flat_jpeg(components: &[u8], extra: &[u8]) -> Vec<u8> {
    sampled_jpeg(components, &[[1, 1]; 4][..components.len()], extra)
}

/// As [`flat_jpeg`]; `sampling`: how many blocks of each component a unit has across and down.
fn sampled_jpeg(components: &[u8], sampling: &[[u8; 2]], extra: &[u8]) -> Vec<u8> {
    let n = components.len() as u8;
    let frame = sampling.iter().zip(1..).flat_map(|([h, v], id)| [id, 16 * h + v, 0]);
    let frame: Vec<u8> = [8, 0, 16, 0, 16, n].into_iter().chain(frame).collect();
    let scan = components.iter().zip(1..).flat_map(|(_, id)| [id, 0]);
    let scan: Vec<u8> = [n].into_iter().chain(scan).chain([0, 63, 0]).collect();
    let means = [&[0, 0, 0, 0, 12][..], &[0; 12], &(0..12).collect::<Vec<_>>()].concat();
    let means = [&means[..1], &means[1..17], &means[17..]].concat();
    let ends = [&[0x10, 1][..], &[0; 15], &[0]].concat();
    let mut bits = String::new();
    let most = [0, 1].map(|axis| sampling.iter().map(|blocks| blocks[axis]).max().unwrap());
    let [across, down] = most.map(|blocks| 2_u8.div_ceil(blocks));
    for unit in 0..across * down {
        let blocks = components.iter().zip(sampling);
        let blocks = blocks.flat_map(|(value, [h, v])| (0..h * v).map(move |i| (value, i)));
        for (&value, i) in blocks {
            let mean = if unit + i == 0 { 8 * (i32::from(value) - 128) } else { 0 };
            let category = 32 - mean.unsigned_abs().leading_zeros();
            bits += &format!("{category:04b}");
            if category > 0 {
                let coded = if mean < 0 { mean + (1 << category) - 1 } else { mean };
                bits += &format!("{coded:0width$b}", width = category as usize);
            }
            bits += "0";
        }
    }
    while !bits.len().is_multiple_of(8) {
        bits += "1";
    }
    let data: Vec<u8> = (0..bits.len() / 8)
        .map(|i| u8::from_str_radix(&bits[i * 8..][..8], 2).unwrap())
        .flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] })
        .collect();
    let tables = [segment(0xDB, &[&[0][..], &[1; 64]].concat()), segment(0xC4, &means)].concat();
    let heads = [segment(0xC0, &frame), segment(0xC4, &ends), segment(0xDA, &scan)].concat();
    [&[0xFF, 0xD8], extra, &tables, &heads, &data, &[0xFF, 0xD9]].concat()
}

fn adobe(transform: u8) -> Vec<u8> {
    segment(0xEE, &[&b"Adobe"[..], &[0, 100, 0, 0, 0, 0, transform]].concat())
}

fn icc_segment(profile: &[u8]) -> Vec<u8> {
    segment(0xE2, &[&b"ICC_PROFILE\0\x01\x01"[..], profile].concat())
}

fn pixels<const N: usize>(photo: &Photo, y: u32) -> [[u8; 4]; N] {
    std::array::from_fn(|x| photo.pixel(x as u32, y))
}

fn is_near(got: [u8; 4], wanted: [u8; 4]) -> bool {
    got.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) <= 1)
}

// What P3 numbers are in sRGB: both decoded by the curve of IEC 61966-2-1, then a 3×3 matrix made
// from the primaries of SMPTE EG 432-1 and of BT.709 under D65, in double precision. LittleCMS
// gives the same within 1.
const P3: [[u8; 3]; 5] = [[200, 100, 50], [100, 180, 90], [30, 60, 200], [255, 0, 0], [128; 3]];
const FROM_P3: [[u8; 3]; 5] = [[215, 93, 31], [65, 182, 77], [17, 61, 208], [255, 0, 0], [128; 3]];

#[test]
fn the_colours_of_a_profile_become_srgb_and_alpha_stays() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let alphas = [255, 128, 1, 0, 77];
    let rgba = [0, 1, 2, 3, 4].map(|i| [P3[i][0], P3[i][1], P3[i][2], alphas[i]]);
    let wanted = [0, 1, 2, 3, 4].map(|i| [FROM_P3[i][0], FROM_P3[i][1], FROM_P3[i][2], alphas[i]]);
    let deep: Vec<u8> = row(&rgba).iter().flat_map(|&v| [v, v]).collect();
    let files = [
        png(ColorType::Rgba, BitDepth::Eight, &row(&rgba), with_profile(&profile)),
        png(ColorType::Rgba, BitDepth::Sixteen, &deep, with_profile(&profile)),
    ];
    for file in files {
        let (photo, metadata) = decode_with_metadata(&file).unwrap();
        assert_eq!(metadata.profile, ProfileUse::Converted);
        for (got, wanted) in pixels::<5>(&photo, 7).into_iter().zip(wanted) {
            assert!(is_near(got, wanted), "{got:?}, wanted {wanted:?}");
            assert_eq!(got[3], wanted[3], "alpha");
        }
        assert_ne!(pixels::<5>(&photo, 7), rgba, "control: something was converted");
    }
    for (p3, wanted) in P3.into_iter().zip(FROM_P3) {
        let extra = [adobe(0), icc_segment(&profile)].concat();
        let (photo, metadata) = decode_with_metadata(&flat_jpeg(&p3, &extra)).unwrap();
        assert_eq!(metadata.profile, ProfileUse::Converted);
        let [red, green, blue] = wanted;
        assert!(is_near(photo.pixel(9, 3), [red, green, blue, 255]), "{:?}", photo.pixel(9, 3));
    }
}

#[test]
fn sixteen_bits_are_converted_before_they_are_rounded() {
    // Linear light: 8 bits would leave 13 of 255 as the second darkest shade.
    let mut linear = ColorProfile::new_srgb();
    let curve = Some(moxcms::ToneReprCurve::Lut(vec![]));
    (linear.red_trc, linear.green_trc, linear.blue_trc) = (curve.clone(), curve.clone(), curve);
    let linear = linear.encode().unwrap();
    let deep: Vec<u8> = (0..16_u16).flat_map(|v| (v * 13).to_be_bytes().repeat(3)).collect();
    let file = png(ColorType::Rgb, BitDepth::Sixteen, &deep, with_profile(&linear));
    let shades = pixels::<16>(&decode(&file).unwrap(), 2).map(|pixel| pixel[0]);
    // 13 / 65535 * 12.92 * 255 = 0.6535 a step.
    assert_eq!(shades, [0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 8, 9, 10]);
}

#[test]
fn a_profile_that_is_srgb_changes_no_byte() {
    let any: Vec<u8> = (0..48).map(|i| (i * 37 % 256) as u8).collect();
    let opaque = |i: usize| [any[i * 3], any[i * 3 + 1], any[i * 3 + 2], 255];
    let mut curve = ColorProfile::new_srgb();
    // The same curve, as a table of 1024 entries, as most sRGB profiles of cameras have it.
    let table = |i: u16| {
        let v = f64::from(i) / 1023.0;
        let light = if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
        (light * 65_535.0).round() as u16
    };
    let trc = Some(moxcms::ToneReprCurve::Lut((0..1024).map(table).collect()));
    (curve.red_trc, curve.green_trc, curve.blue_trc) = (trc.clone(), trc.clone(), trc);
    for (profile, is_srgb) in
        [(ColorProfile::new_srgb(), true), (curve, true), (ColorProfile::new_adobe_rgb(), false)]
    {
        let profile = profile.encode().unwrap();
        let file = png(ColorType::Rgb, BitDepth::Eight, &any, with_profile(&profile));
        let (photo, metadata) = decode_with_metadata(&file).unwrap();
        let same = (0..16).all(|i| photo.pixel(i as u32, 11) == opaque(i));
        assert_eq!(same, is_srgb, "Adobe RGB is the control");
        assert_eq!(metadata.profile == ProfileUse::Srgb, is_srgb);
    }
}

#[test]
fn a_damaged_or_foreign_profile_is_ignored_and_reported() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let grey = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    let mut wild = p3.clone();
    wild[132..].fill(0xAB);
    for profile in [&b"no profile"[..], &p3[..200], &wild, &grey] {
        let extra = [adobe(0), icc_segment(profile)].concat();
        let (photo, metadata) = decode_with_metadata(&flat_jpeg(&P3[0], &extra)).unwrap();
        assert_eq!(metadata.profile, ProfileUse::Ignored);
        assert_eq!(photo.pixel(3, 3), [200, 100, 50, 255], "the numbers as they are");
        let file = png(ColorType::Rgb, BitDepth::Eight, &row(&P3), with_profile(profile));
        let (_, metadata) = decode_with_metadata(&file).unwrap();
        assert_eq!(metadata.profile, ProfileUse::Ignored);
    }
    let (_, metadata) = decode_with_metadata(&flat_jpeg(&P3[0], &adobe(0))).unwrap();
    assert_eq!(metadata.profile, ProfileUse::Absent, "control");
}

#[test]
fn grey_profiles_and_grey_pictures() {
    // (v / 255)^1.8 as light, then the curve of sRGB: 64 is 81.4, 128 is 146.4, 200 is 210.2.
    let grey = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    let samples: Vec<u8> = [64, 128, 200, 255].repeat(4);
    let wanted = [[81, 81, 81, 255], [146, 146, 146, 255], [210, 210, 210, 255], [255; 4]];
    let deep: Vec<u8> = samples.iter().flat_map(|&v| [v, v]).collect();
    let with_alpha: Vec<u8> = samples.iter().flat_map(|&v| [v, 9]).collect();
    let eight = png(ColorType::Grayscale, BitDepth::Eight, &samples, with_profile(&grey));
    assert_eq!(pixels(&decode(&eight).unwrap(), 0), wanted);
    let sixteen = png(ColorType::Grayscale, BitDepth::Sixteen, &deep, with_profile(&grey));
    assert_eq!(pixels(&decode(&sixteen).unwrap(), 15), wanted);
    let alpha = png(ColorType::GrayscaleAlpha, BitDepth::Eight, &with_alpha, with_profile(&grey));
    assert_eq!(pixels(&decode(&alpha).unwrap(), 15), wanted.map(|[v, ..]| [v, v, v, 9]));
    let jpeg = decode(&flat_jpeg(&[128], &icc_segment(&grey))).unwrap();
    assert_eq!(jpeg.pixel(5, 5), wanted[1]);
    // A colour profile on a grey picture: three equal channels, and P3's greys are those of sRGB.
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let file = png(ColorType::Grayscale, BitDepth::Eight, &samples, with_profile(&p3));
    let (photo, metadata) = decode_with_metadata(&file).unwrap();
    assert_eq!(metadata.profile, ProfileUse::Converted);
    assert!(is_near(photo.pixel(1, 1), [128, 128, 128, 255]), "{:?}", photo.pixel(1, 1));
}

#[test]
fn few_bits_palettes_and_transparent_colours() {
    // Two bits of grey: 0, 85, 170, 255.
    let file = png(ColorType::Grayscale, BitDepth::Two, &[0b0001_1011; 4], |_| {});
    let shades = [0, 85, 170, 255].map(|v| [v, v, v, 255]);
    assert_eq!(pixels(&decode(&file).unwrap(), 4), shades);
    let file = png(ColorType::Indexed, BitDepth::Four, &[0x01, 0x20].repeat(4), |info| {
        info.palette = Some(vec![10, 20, 30, 40, 50, 60, 70, 80, 90].into());
        info.trns = Some(vec![255, 0].into());
    });
    let wanted = [[10, 20, 30, 255], [40, 50, 60, 0], [70, 80, 90, 255], [10, 20, 30, 255]];
    assert_eq!(pixels(&decode(&file).unwrap(), 9), wanted);
}

#[test]
fn interlaced_pngs_come_back_in_order() {
    // Adam7, 19×17, 16 bits of grey: every pixel says where it belongs. Stored, not compressed.
    let [width, height] = [19_usize, 17];
    let passes = [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
    ];
    let mut rows = Vec::new();
    for [x, y, step_x, step_y] in passes {
        for y in (y..height).step_by(step_y) {
            rows.push(0);
            (x..width).step_by(step_x).for_each(|x| rows.extend([(y * 19 + x) as u8 / 2, 200]));
        }
    }
    let sum = rows.iter().fold([1_u32, 0], |[a, b], &v| {
        let a = (a + u32::from(v)) % 65_521;
        [a, (a + b) % 65_521]
    });
    let length = rows.len() as u16;
    let stored =
        [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &rows].concat();
    let stored = [&stored[..], &(sum[1] << 16 | sum[0]).to_be_bytes()].concat();
    let header = [0, 0, 0, 19, 0, 0, 0, 17, 16, 0, 0, 0, 1];
    let heading = b"\x89PNG\r\n\x1a\n";
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &stored), chunk(b"IEND", b"")].concat();
    let photo = decode(&[&heading[..], &chunks].concat()).unwrap();
    for (i, pixel) in photo.rgba().chunks_exact(4).enumerate() {
        // A sample of 256 * v + 200 is nearest to v where v is 56 or more, else to v + 1.
        let v = i as u8 / 2;
        let shade = (u32::from(v) * 256 + 200 + 128) / 257;
        assert_eq!(pixel, [shade as u8, shade as u8, shade as u8, 255], "pixel {i}");
    }
}

#[test]
fn of_what_a_png_says_about_colour_the_best_wins() {
    let plain = png(ColorType::Rgb, BitDepth::Eight, &row(&P3), |_| {});
    let first = |file: &[u8]| {
        let (photo, metadata) = decode_with_metadata(file).unwrap();
        (photo.pixel(0, 0), metadata.profile)
    };
    let as_it_is = [200, 100, 50, 255];
    assert_eq!(first(&plain), (as_it_is, ProfileUse::Absent));
    // Linear light: 200 is 229.1, 100 is 168.1, 50 is 122.4 after the curve.
    let linear = with_chunk(&plain, b"gAMA", &100_000_u32.to_be_bytes());
    let (got, profile) = first(&linear);
    assert!(is_near(got, [229, 168, 122, 255]), "{got:?}");
    assert_eq!(profile, ProfileUse::Converted);
    let srgb = with_chunk(&linear, b"sRGB", &[0]);
    assert_eq!(first(&srgb), (as_it_is, ProfileUse::Srgb), "sRGB wins over gamma");
    let usual = with_chunk(&plain, b"gAMA", &45_455_u32.to_be_bytes());
    assert_eq!(first(&usual), (as_it_is, ProfileUse::Srgb), "1 / 2.2 means sRGB");
    let senseless = with_chunk(&plain, b"gAMA", &7_u32.to_be_bytes());
    assert_eq!(first(&senseless), (as_it_is, ProfileUse::Ignored));
    let p3 = with_chunk(&srgb, b"cICP", &[12, 13, 0, 1]);
    let (got, profile) = first(&p3);
    assert!(is_near(got, [215, 93, 31, 255]), "code points win over all: {got:?}");
    assert_eq!(profile, ProfileUse::Converted);
    let hdr = with_chunk(&plain, b"cICP", &[9, 16, 0, 1]);
    assert_eq!(first(&hdr), (as_it_is, ProfileUse::Ignored), "HDR is not ours");
}

#[test]
fn inks_become_colours() {
    // Stored is how much light passes. Without a profile the product of ink and black:
    // 200 * 204 / 255 = 160, 100 * 204 / 255 = 80, 255 * 204 / 255 = 204.
    for extra in [adobe(0), Vec::new()] {
        let photo = decode(&flat_jpeg(&[200, 100, 255, 204], &extra)).unwrap();
        assert_eq!(photo.pixel(0, 0), [160, 80, 204, 255], "with and without the word Adobe");
        assert_eq!(photo.pixel(15, 15), [160, 80, 204, 255]);
    }
    // YCbCr (120, 90, 180) is (193, 96, 53) by T.871; that is ink, so (62, 159, 202) is light.
    let photo = decode(&flat_jpeg(&[120, 90, 180, 255], &adobe(2))).unwrap();
    assert_eq!(photo.pixel(0, 0), [62, 159, 202, 255]);
    let photo = decode(&flat_jpeg(&[120, 90, 180, 0], &adobe(2))).unwrap();
    assert_eq!(photo.pixel(0, 0), [0, 0, 0, 255], "all black ink");
    let photo = decode(&flat_jpeg(&[255, 255, 255, 255], &adobe(0))).unwrap();
    assert_eq!(photo.pixel(0, 0), [255; 4], "no ink is white");
}

/// A print profile with two grid points an ink: L* is 100 less 30 for each of cyan, magenta and
/// yellow and 90 for black, not below 0, and b* is 40 for yellow alone.
fn print_profile() -> ColorProfile {
    let node = |i: usize| {
        let ink = |bit: usize| f64::from(u8::from(i >> bit & 1 == 1));
        let l = (100.0 - 30.0 * (ink(3) + ink(2) + ink(1)) - 90.0 * ink(0)).max(0.0);
        let b = if i == 0b0010 { 40.0 } else { 0.0 };
        [l * 652.8, 128.0 * 256.0, (b + 128.0) * 256.0].map(|v| v.round() as u16)
    };
    let ramp = |n| [0_u16, 65_535].repeat(n);
    let table = LutDataType {
        num_input_channels: 4,
        num_output_channels: 3,
        num_clut_grid_points: 2,
        matrix: moxcms::Matrix3d::IDENTITY,
        num_input_table_entries: 2,
        num_output_table_entries: 2,
        input_table: LutStore::Store16(ramp(4)),
        clut_table: LutStore::Store16((0..16).flat_map(node).collect()),
        output_table: LutStore::Store16(ramp(3)),
        lut_type: LutType::Lut16,
    };
    let mut profile = ColorProfile::default();
    profile.profile_class = moxcms::ProfileClass::OutputDevice;
    profile.color_space = moxcms::DataColorSpace::Cmyk;
    profile.pcs = moxcms::DataColorSpace::Lab;
    profile.white_point = moxcms::WHITE_POINT_D50.to_xyzd();
    profile.lut_a_to_b_perceptual = Some(LutWarehouse::Lut(table));
    profile
}

#[test]
fn inks_follow_their_profile() {
    let profile = print_profile().encode().unwrap();
    let photo_of = |stored: [u8; 4], transform| {
        let extra = [adobe(transform), icc_segment(&profile)].concat();
        let (photo, metadata) = decode_with_metadata(&flat_jpeg(&stored, &extra)).unwrap();
        assert_eq!(metadata.profile, ProfileUse::Converted);
        photo.pixel(8, 8)
    };
    // L* 100, 70, 10 and 55 are the sRGB greys 255, 171, 27 and 132 (CIE 1976 and IEC 61966-2-1).
    assert!(is_near(photo_of([255; 4], 0), [255; 4]), "paper");
    assert!(is_near(photo_of([0, 255, 255, 255], 0), [171, 171, 171, 255]), "cyan");
    assert!(is_near(photo_of([255, 255, 255, 0], 0), [27, 27, 27, 255]), "black");
    assert!(is_near(photo_of([255, 255, 255, 127], 0), [131, 131, 131, 255]), "half of black");
    let yellow = photo_of([255, 255, 0, 255], 0);
    assert!(yellow[0] > yellow[2] + 60 && yellow[3] == 255, "b* of 40: {yellow:?}");
    // Y 255 with grey chroma is full ink of all three: L* 10.
    assert!(is_near(photo_of([255, 128, 128, 255], 2), [27, 27, 27, 255]), "YCCK");
}

/// EXIF with orientation, position, size, colour space and a thumbnail, in either byte order.
fn exif(orientation: u16, is_big_endian: bool) -> Vec<u8> {
    let two = |v: u16| if is_big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let four = |v: u32| if is_big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let short = |tag, v| [&two(tag)[..], &two(3), &four(1), &two(v), &two(0)].concat();
    let long = |tag, v| [&two(tag)[..], &two(4), &four(1), &four(v)].concat();
    let heading: &[u8] = if is_big_endian { b"MM\0*" } else { b"II*\0" };
    // Heading 0..8, first directory 8..50, details 50..92, position 92..110, thumbnail's 110..140.
    let entries = [short(0x0112, orientation), long(0x8769, 50), long(0x8825, 92)].concat();
    let first = [&two(3)[..], &entries, &four(110)].concat();
    let entries = [short(0xA001, 0xFFFF), short(0xA002, 77), long(0xA003, 88)].concat();
    let details = [&two(3)[..], &entries, &four(0)].concat();
    let position = [&two(1)[..], &two(1), &two(2), &four(2), b"N\0\0\0", &four(0)].concat();
    let entries = [long(0x0201, 140), long(0x0202, 9)].concat();
    let thumbnail = [&two(2)[..], &entries, &four(0), b"OLDPHOTO!"].concat();
    [heading, &four(8), &first, &details, &position, &thumbnail].concat()
}

const POSITION_XMP: &str = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
    <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description \
    rdf:about=\"\" xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" tiff:Orientation=\"6\" \
    xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" exif:GPSLatitude=\"47,22.5N\"/></rdf:RDF></x:xmpmeta>";

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// A JPEG with EXIF and XMP, 19×17 as it is stored.
fn told_jpeg(orientation: u16, is_big_endian: bool) -> Vec<u8> {
    let pixel = |i: u32| [(i % 19 * 13) as u8, (i / 19 * 15) as u8, 90, 255];
    let photo = Photo::from_rgba8([19, 17], (0..19 * 17).flat_map(pixel).collect()).unwrap();
    let plain = encode(&photo, Format::Jpeg { quality: 95 }).unwrap();
    let exif = segment(0xE1, &[b"Exif\0\0", &exif(orientation, is_big_endian)[..]].concat());
    let heading = &b"http://ns.adobe.com/xap/1.0/\0"[..];
    let xmp = segment(0xE1, &[heading, POSITION_XMP.as_bytes()].concat());
    [&plain[..2], &exif, &xmp, &plain[2..]].concat()
}

#[test]
fn nothing_is_told_unless_it_is_kept_on_purpose() {
    let (photo, metadata) = decode_with_metadata(&told_jpeg(6, true)).unwrap();
    assert_eq!(photo.size(), [17, 19], "turned once");
    for format in FORMATS {
        let silent = encode(&photo, format).unwrap();
        let extras = Extras { metadata: Some(&metadata), note: None };
        let telling = encode_with(&photo, format, extras).unwrap();
        for word in [&b"GPSLatitude"[..], b"N\0\0\0", b"MM\0*"] {
            assert!(!holds(&silent, word), "{format:?} tells {word:?}");
            assert!(holds(&telling, word), "control: {format:?} keeps {word:?}");
        }
        let (again, nothing) = decode_with_metadata(&silent).unwrap();
        assert_eq!((nothing.exif, nothing.xmp, nothing.note), (None, None, None));
        let (kept, told) = decode_with_metadata(&telling).unwrap();
        assert_eq!(kept, again, "{format:?}: the same pixels, not turned again");
        assert_eq!(told.xmp, metadata.xmp, "{format:?}");
        assert!(told.exif.is_some(), "{format:?}");
    }
}

#[test]
fn what_is_kept_is_made_true() {
    for is_big_endian in [true, false] {
        for orientation in 1..=8 {
            let (photo, metadata) =
                decode_with_metadata(&told_jpeg(orientation, is_big_endian)).unwrap();
            let wanted = if orientation < 5 { [19, 17] } else { [17, 19] };
            assert_eq!(photo.size(), wanted);
            let larger = Photo::from_rgba8([300, 40], vec![255; 300 * 40 * 4]).unwrap();
            let extras = Extras { metadata: Some(&metadata), note: None };
            let file = encode_with(&larger, Format::Png, extras).unwrap();
            let exif = decode_with_metadata(&file).unwrap().1.exif.unwrap();
            let number = |at: usize, length: usize| {
                let bytes = &exif[at..at + length];
                let add = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
                if is_big_endian {
                    bytes.iter().fold(0, add)
                } else {
                    bytes.iter().rev().fold(0, add)
                }
            };
            assert_eq!(number(18, 2), 1, "upright");
            assert_eq!(number(46, 4), 0, "no second directory");
            assert_eq!([number(60, 2), number(72, 2), number(84, 4)], [1, 300, 40], "sRGB, size");
            assert!(!holds(&exif, b"OLDPHOTO!"), "the old picture is gone");
            assert!(metadata.xmp.unwrap().contains("tiff:Orientation=\"1\""));
        }
    }
    assert!(holds(&told_jpeg(6, true), b"OLDPHOTO!"), "control");
}

#[test]
fn blocks_that_cannot_be_kept_are_named_and_the_photo_opens() {
    let plain = &told_jpeg(1, true)[..];
    let jpeg = |exif: &[u8]| {
        let exif = segment(0xE1, &[b"Exif\0\0", exif].concat());
        let start = plain.windows(2).position(|w| w == [0xFF, 0xE0]).unwrap();
        [&plain[..2], &exif, &plain[start..]].concat()
    };
    for bad in [&b"junk"[..], &exif(6, true)[..12], &[exif(6, true), vec![1; 65_300]].concat()] {
        let (photo, metadata) = decode_with_metadata(&jpeg(bad)).unwrap();
        assert_eq!((metadata.exif, metadata.left_out), (None, vec!["EXIF"]));
        let is_turned = bad.len() > MAX_BLOCK_BYTES;
        assert_eq!(photo.size() == [17, 19], is_turned, "too long to keep is not too long to read");
    }
    let (_, metadata) = decode_with_metadata(&jpeg(&exif(6, true))).unwrap();
    assert_eq!(metadata.left_out, Vec::<&str>::new(), "control");
}

#[test]
fn a_note_comes_back_from_every_format() {
    let (photo, metadata) = decode_with_metadata(&told_jpeg(1, false)).unwrap();
    let notes = ["Naobu 0.1.0; extend <right> 120 px & \"top\" 3; 脑补 ]]> end", "second"];
    for format in FORMATS {
        for kept in [None, Some(&metadata)] {
            let extras = Extras { metadata: kept, note: Some(notes[0]) };
            let file = encode_with(&photo, format, extras).unwrap();
            let (_, read) = decode_with_metadata(&file).unwrap();
            assert_eq!(read.note.as_deref(), Some(notes[0]), "{format:?}");
            let xmp = read.xmp.as_deref().unwrap();
            assert!(xmp.contains("compositeWithTrainedAlgorithmicMedia"));
            assert_eq!(xmp.contains("GPSLatitude"), kept.is_some());
            // Saved again: the old note is replaced, not joined, or gone.
            let again = Extras { metadata: Some(&read), note: Some(notes[1]) };
            let file = encode_with(&photo, format, again).unwrap();
            let (_, read) = decode_with_metadata(&file).unwrap();
            assert_eq!(read.note.as_deref(), Some(notes[1]));
            assert_eq!(read.xmp.as_deref().unwrap().matches("naobu:note>").count(), 2);
            let silent = Extras { metadata: Some(&read), note: None };
            let file = encode_with(&photo, format, silent).unwrap();
            assert_eq!(decode_with_metadata(&file).unwrap().1.note, None);
        }
    }
    // The longest of everything still fits into a JPEG, and one byte more is refused.
    let full = |length: usize| Metadata {
        exif: Some([exif(1, true), vec![0; MAX_BLOCK_BYTES - exif(1, true).len()]].concat()),
        xmp: Some(POSITION_XMP.replace("47,22.5N", &"9".repeat(length))),
        ..Metadata::default()
    };
    let jpeg = |metadata: &Metadata, note| {
        let extras = Extras { metadata: Some(metadata), note };
        encode_with(&photo, Format::Jpeg { quality: 50 }, extras)
    };
    let file = jpeg(&full(1), Some("&")).unwrap();
    let longest = MAX_BLOCK_BYTES - decode_with_metadata(&file).unwrap().1.xmp.unwrap().len() + 1;
    let (_, read) = decode_with_metadata(&jpeg(&full(longest), Some("&")).unwrap()).unwrap();
    assert_eq!((read.note.as_deref(), read.left_out), (Some("&"), vec![]));
    let refused = jpeg(&full(longest + 1), Some("&"));
    assert!(matches!(refused, Err(Error::BadSetting { name: "note", .. })));
}

#[test]
fn a_kept_statement_that_a_camera_took_it_is_put_right() {
    let photo = Photo::from_rgba8([16, 16], vec![90; 1024]).unwrap();
    let camera = "Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/";
    let xmp = POSITION_XMP.replace("tiff:Orientation=\"6\"", &format!("{camera}digitalCapture\""));
    let metadata = Metadata { xmp: Some(xmp), ..Metadata::default() };
    let extras = Extras { metadata: Some(&metadata), note: Some("painted") };
    let file = encode_with(&photo, Format::WebP, extras).unwrap();
    let xmp = decode_with_metadata(&file).unwrap().1.xmp.unwrap();
    assert_eq!(xmp.matches("DigitalSourceType=").count(), 1);
    assert!(xmp.contains("compositeWith") && !xmp.contains("digitalCapture"), "{xmp}");
}

#[test]
fn a_png_says_that_it_is_srgb() {
    let photo = Photo::from_rgba8([16, 16], vec![90; 1024]).unwrap();
    let file = encode(&photo, Format::Png).unwrap();
    let (_, metadata) = decode_with_metadata(&file).unwrap();
    assert_eq!(metadata.profile, ProfileUse::Srgb);
    let unmarked = png(ColorType::Rgb, BitDepth::Eight, &[9; 48], |_| {});
    let (_, metadata) = decode_with_metadata(&unmarked).unwrap();
    assert_eq!(metadata.profile, ProfileUse::Absent, "control");
}

/// What decoding allocates at its peak, over what was allocated before.
fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let result = work();
    (result, ALLOCATED.peak_usage().saturating_sub(before))
}

/// One file of every kind that we read, with everything that can stand in it.
fn whole_files() -> Vec<Vec<u8>> {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let (photo, metadata) = decode_with_metadata(&told_jpeg(6, false)).unwrap();
    let see_through: Vec<u8> = photo.rgba().iter().map(|&v| v / 2).collect();
    let see_through = Photo::from_rgba8(photo.size(), see_through).unwrap();
    let extras = Extras { metadata: Some(&metadata), note: Some("note") };
    let with_image = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let [w, h] = photo.size();
        let picture = image::RgbaImage::from_raw(w, h, photo.rgba().to_vec()).unwrap();
        image::DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let inks = [adobe(0), icc_segment(&print_profile().encode().unwrap())].concat();
    let mut files = vec![
        told_jpeg(7, true),
        flat_jpeg(&[9, 200, 30, 90], &inks),
        flat_jpeg(&[9, 200, 30, 90], &adobe(2)),
        png(ColorType::Rgba, BitDepth::Sixteen, &[7; 128], with_profile(&profile)),
        with_image(image::ImageFormat::Gif),
        with_image(image::ImageFormat::Bmp),
    ];
    for format in FORMATS {
        files.push(encode_with(&photo, format, extras).unwrap());
        files.push(encode_with(&see_through, format, extras).unwrap());
    }
    files
}

/// Opens or refuses it, in one sentence, within the limit.
fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (result, peak) = peak_of(|| {
        decode_with_metadata(bytes).map(|(photo, metadata)| {
            let extras = Extras { metadata: Some(&metadata), note: None };
            (photo.size(), encode_with(&photo, Format::Png, extras).is_ok())
        })
    });
    prop_assert!(peak <= MEMORY_LIMIT, "{peak} bytes");
    match result {
        Ok((_, is_written)) => prop_assert!(is_written),
        Err(error) => {
            let text = error.to_string();
            prop_assert!(!text.is_empty() && text.len() < 300 && !text.contains('\n'), "{text}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn damaged_files_open_or_are_refused(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..6),
        cut in any::<prop::sample::Index>(),
        [from, to] in any::<[prop::sample::Index; 2]>(),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let _alone = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
        let files = whole_files();
        for whole in &files {
            prop_assert!(decode(whole).is_ok(), "control: the whole file opens");
            let mut flipped = whole.clone();
            for (at, flip) in &flips {
                // More often in the headings, where it matters.
                let at = at.index(whole.len());
                flipped[at % (if flip % 2 == 0 { 64 } else { whole.len() }).min(whole.len())] ^= flip;
            }
            survives(&flipped)?;
            survives(&whole[..cut.index(whole.len())])?;
            let [from, to] = [from.index(whole.len()), to.index(whole.len())];
            survives(&[&whole[..from], &whole[to..]].concat())?;
            survives(&[&whole[..from], &noise, &whole[from..]].concat())?;
            survives(&[&whole[..12.min(whole.len())], &noise].concat())?;
        }
        for other in &files {
            let (a, b) = (&files[cut.index(files.len())], other);
            survives(&[&a[..from.index(a.len())], &b[to.index(b.len())..]].concat())?;
        }
    }

    #[test]
    fn damaged_profiles_are_ignored(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let profiles = [
            ColorProfile::new_display_p3(),
            ColorProfile::new_gray_with_gamma(2.2),
            print_profile(),
        ];
        for profile in profiles {
            let mut profile = profile.encode().unwrap();
            for (at, value) in &flips {
                let length = profile.len();
                profile[at.index(length)] = *value;
            }
            for components in [&[100][..], &[1, 2, 3], &[250, 3, 77, 128]] {
                for profile in [&profile[..], &profile[..cut.index(profile.len())]] {
                    let extra = [adobe(0), icc_segment(profile)].concat();
                    prop_assert!(decode(&flat_jpeg(components, &extra)).is_ok());
                }
            }
        }
    }
}

#[test]
fn err_small_files_that_claim_much_are_refused_before_anything_is_allocated() {
    let _alone = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
    let png_file = hugely_flat_png([60_000; 2]);
    let mut jpeg = flat_jpeg(&[1, 2, 3], &[]);
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    // Lossless WebP has 14 bits a side: 16 383 × 16 383.
    let webp = [&b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f"[..], &[0xFE, 0xBF, 0xFF, 0x0F], &[0; 12]]
        .concat();
    let mut gif = whole_files().swap_remove(4);
    gif[6..10].copy_from_slice(&[0x60, 0xEA, 0x60, 0xEA]);
    let four = |v: u32| v.to_le_bytes();
    let bmp = [&b"BM"[..], &four(99), &four(0), &four(54), &four(40), &four(60_000), &four(60_000)];
    let bmp = [&bmp.concat()[..], &[1, 0, 24, 0], &[0; 40]].concat();
    for (name, file) in
        [("PNG", png_file), ("JPEG", jpeg), ("WebP", webp), ("GIF", gif), ("BMP", bmp)]
    {
        let (result, peak) = peak_of(|| decode(&file));
        let error = result.unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{name}: {error}");
        assert!(peak < 1_000_000, "{name}: {peak} bytes");
    }
    // A chunk of a WebP that claims 3 GB.
    let photo = Photo::from_rgba8([16, 16], vec![90; 1024]).unwrap();
    let metadata = Metadata { exif: Some(exif(1, true)), ..Metadata::default() };
    let extras = Extras { metadata: Some(&metadata), note: None };
    let mut webp = encode_with(&photo, Format::WebP, extras).unwrap();
    let at = webp.windows(4).position(|w| w == b"EXIF").unwrap();
    webp[at + 4..at + 8].copy_from_slice(&3_000_000_000_u32.to_le_bytes());
    let (result, peak) = peak_of(|| decode_with_metadata(&webp));
    assert_eq!(result.unwrap().1.left_out, ["EXIF"]);
    assert!(peak < 1_000_000, "{peak} bytes");
    let (_, peak) = peak_of(|| vec![1_u8; 2_000_000]);
    assert!(peak >= 2_000_000, "control: what is allocated is seen");
}

/// A PNG of sixteen rows in two colours of a palette.
fn indexed_png() -> Vec<u8> {
    let palette = |info: &mut png::Info| info.palette = Some(vec![9, 90, 200, 200, 90, 9].into());
    png(ColorType::Indexed, BitDepth::Eight, &row(&[[1], [1]]), palette)
}

/// Where a chunk begins, its length included.
fn place_of(png: &[u8], name: &[u8; 4]) -> usize {
    png.windows(4).position(|window| window == name).unwrap() - 4
}

#[test]
fn a_png_whose_palette_is_cut_off_is_refused_in_a_sentence() {
    let whole = indexed_png();
    assert_eq!(decode(&whole).unwrap().pixel(0, 0), [200, 90, 9, 255], "control");
    let at = place_of(&whole, b"PLTE");
    let cut = [&whole[..at], &chunk(b"PLTE", &[9, 90, 200, 200]), &whole[at + 18..]].concat();
    let error = decode(&cut).unwrap_err();
    assert!(error.to_string().contains("palette"), "{error}");
}

#[test]
fn a_png_without_its_end_or_with_a_wrong_checksum_opens_as_in_browsers() {
    let whole = indexed_png();
    let photo = decode(&whole).unwrap();
    let endless = &whole[..place_of(&whole, b"IEND")];
    assert_eq!(decode(endless).unwrap(), photo, "no last chunk");
    let mut wrong = whole.clone();
    let checksum = place_of(&whole, b"IEND") - 1;
    wrong[checksum] ^= 1;
    assert_eq!(decode(&wrong).unwrap(), photo, "the checksum of the pixels' chunk");
    // Controls: a pixel that is not what the checksums say, and pixels that are missing.
    let mut damaged = wrong.clone();
    let pixels = place_of(&whole, b"IDAT") + 12;
    damaged[pixels] ^= 0x10;
    assert!(decode(&damaged).is_err());
    assert!(decode(&whole[..checksum - 8]).is_err());
}

#[test]
fn text_that_unfolds_to_more_than_is_kept_takes_no_memory() {
    let _alone = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
    let whole = indexed_png();
    let bomb = {
        let mut info = png::Info::with_size(16, 16);
        let mut text =
            png::text_metadata::ITXtChunk::new("XML:com.adobe.xmp", "x".repeat(60_000_000));
        text.compressed = true;
        info.utf8_text.push(text);
        let mut bytes = Vec::new();
        png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
        let at = place_of(&bytes, b"iTXt");
        let length = u32::from_be_bytes(*bytes[at..].first_chunk().unwrap()) as usize;
        bytes[at..at + length + 12].to_vec()
    };
    assert!(bomb.len() < 400_000, "{} bytes", bomb.len());
    let at = place_of(&whole, b"IEND");
    let file = [&whole[..at], &bomb, &whole[at..]].concat();
    let (result, peak) = peak_of(|| decode_with_metadata(&file));
    let (photo, metadata) = result.unwrap();
    assert_eq!(photo, decode(&whole).unwrap());
    assert_eq!(metadata.xmp, None);
    assert_eq!(metadata.left_out, ["XMP"]);
    assert!(peak < 2_000_000, "{peak} bytes");
}

#[test]
fn a_jpeg_damaged_in_its_middle_is_refused_and_not_read_as_half_transparent() {
    // 160 × 120, its scan damaged after some rows.
    let damaged = std::fs::read("tests/assets/damaged.jpg").unwrap();
    let error = decode(&damaged).unwrap_err();
    assert!(error.to_string().contains("a part of it is missing"), "{error}");
}

#[test]
fn a_jpeg_with_components_in_separate_scans_is_read_and_not_as_stripes() {
    // Both made from one of the page's samples, with the same tables.
    let of = |name: &str| decode(&std::fs::read(format!("tests/assets/{name}.jpg")).unwrap());
    let (separate, whole) = (of("separate-scans").unwrap(), of("one-scan").unwrap());
    assert_eq!(separate.size(), whole.size());
    let apart = separate.rgba().iter().zip(whole.rgba()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(apart <= Some(3), "{apart:?}");
    let spread =
        whole.rgba().iter().filter(|v| **v < 255).collect::<std::collections::HashSet<_>>();
    assert!(spread.len() > 100, "control: it shows something");
}

/// A photo with something to see all over it.
fn busy_photo() -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [i % 80, i / 80];
        [x * 3, y * 4, (x * 7) ^ (y * 5), 255].map(|v| (v % 256) as u8)
    };
    Photo::from_rgba8([80, 60], (0..80 * 60).flat_map(pixel).collect()).unwrap()
}

#[test]
fn a_jpeg_that_lacks_only_its_end_marker_opens_and_one_that_lacks_blocks_does_not() {
    let whole = encode(&busy_photo(), Format::Jpeg { quality: 90 }).unwrap();
    let photo = decode(&whole).unwrap();
    let scan = whole.windows(2).rposition(|two| two == [0xFF, 0xDA]).unwrap();
    let bare = &whole[..whole.len() - 2];
    assert_eq!(decode(bare).unwrap(), photo);
    for trailer in [&b"\0\0\0\0"[..], b"A trailer of another program.", &[0xFF; 7]] {
        assert_eq!(decode(&[bare, trailer].concat()).unwrap(), photo, "{trailer:?}");
    }
    for lacks in [12, 40, 200, (bare.len() - scan) / 2] {
        let error = decode(&bare[..bare.len() - lacks]).unwrap_err().to_string();
        assert!(error.contains("it breaks off before its end"), "{lacks}: {error}");
    }
    assert!(decode(&whole[..scan]).is_err(), "no scan at all");
}

#[test]
fn the_colours_of_a_jpeg_are_those_that_libjpeg_finds() {
    let jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let stored = [150, 100, 180];
    let plain = decode(&flat_jpeg(&stored, &jfif)).unwrap().pixel(8, 8);
    assert!(plain[..3] != stored, "JFIF is YCbCr");
    let rgb = decode(&flat_jpeg(&stored, &adobe(0))).unwrap().pixel(8, 8);
    assert_eq!(rgb[..3], stored, "Adobe's 0 is RGB");
    let of = |extra: &[u8], ids: [u8; 3]| {
        let mut file = flat_jpeg(&stored, extra);
        let frame = file.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
        let scan = file.windows(2).position(|two| two == [0xFF, 0xDA]).unwrap();
        for (i, id) in ids.into_iter().enumerate() {
            file[frame + 10 + 3 * i] = id;
            file[scan + 5 + 2 * i] = id;
        }
        decode(&file).unwrap().pixel(8, 8)
    };
    let both = [jfif.clone(), adobe(0)].concat();
    assert!(is_near(of(&both, [1, 2, 3]), plain), "JFIF wins over Adobe's 0");
    assert!(is_near(of(&jfif, *b"RGB"), plain), "and over the letters");
    assert_eq!(of(&[], *b"RGB")[..3], stored, "which count where it says nothing");
    assert!(is_near(of(&adobe(99), [1, 2, 3]), plain), "a mark that nobody knows is the usual one");
}

#[test]
fn a_jpeg_whose_chroma_is_finer_or_oddly_sampled_is_read() {
    let with = |sampling: [[u8; 2]; 3]| decode(&sampled_jpeg(&[150, 100, 180], &sampling, &[]));
    let plain = with([[1, 1]; 3]).unwrap();
    for sampling in [[[2, 2], [1, 1], [1, 1]], [[1, 1], [1, 2], [1, 2]], [[3, 1], [1, 1], [1, 1]]] {
        let found = with(sampling).unwrap();
        for (x, y) in [(0, 0), (15, 0), (7, 8), (15, 15)] {
            let (found, wanted) = (found.pixel(x, y), plain.pixel(x, y));
            assert!(is_near(found, wanted), "{sampling:?} at {x}, {y}: {found:?} not {wanted:?}");
        }
    }
}

#[test]
fn a_gif_opens_with_unknown_extensions_and_a_screen_of_no_size() {
    let whole = whole_files().swap_remove(4);
    let photo = decode(&whole).unwrap();
    let tables = 13 + if whole[10] & 0x80 != 0 { 3 << ((whole[10] & 7) + 1) } else { 0 };
    let unknown = [&whole[..tables], &[0x21, 0x42, 2, 1, 2, 0], &whole[tables..]].concat();
    assert_eq!(decode(&unknown).unwrap(), photo);
    let mut no_screen = whole.clone();
    no_screen[6..10].fill(0);
    assert_eq!(decode(&no_screen).unwrap(), photo, "as large as its frame");
    assert!(decode(&whole[..tables + 20]).is_err(), "control");
}

#[test]
fn a_webp_with_a_flag_too_many_opens_and_one_that_breaks_off_does_not() {
    let lossy = std::fs::read("tests/assets/lossy.webp").unwrap();
    let photo = decode(&lossy).unwrap();
    let [w, h] = photo.size().map(|side| (side - 1).to_le_bytes());
    let flags = [0x10, 0, 0, 0, w[0], w[1], w[2], h[0], h[1], h[2]];
    let chunks = [&b"VP8X"[..], &10_u32.to_le_bytes(), &flags, &lossy[12..]].concat();
    let length = (chunks.len() as u32 + 4).to_le_bytes();
    let flagged = [&b"RIFF"[..], &length, b"WEBP", &chunks].concat();
    assert_eq!(decode(&flagged).unwrap(), photo);
    for lacks in [1, 2, 50] {
        let error = decode(&lossy[..lossy.len() - lacks]).unwrap_err().to_string();
        assert!(error.contains("it breaks off before its end"), "{lacks}: {error}");
    }
}

#[test]
fn a_jpeg_beyond_the_limit_is_shrunk_while_it_is_decoded() {
    let _alone = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
    let size = [8_000_u32, 5_000];
    let pixel = |i: u32| [i % size[0] / 32, i / size[0] / 20, 90, 255].map(|v| v as u8);
    let rgba = (0..size[0] * size[1]).flat_map(pixel).collect();
    let format = Format::Jpeg { quality: 90 };
    let jpeg = encode(&Photo::from_rgba8(size, rgba).unwrap(), format).unwrap();
    assert_eq!(decode(&jpeg).unwrap_err().code(), "too-large");
    let (shrunk, peak) = peak_of(|| decode_shrunk(&jpeg).unwrap().0);
    assert_eq!(shrunk.size(), [4_000, 2_500]);
    for [x, y] in [[0, 0], [3_999, 0], [1_234, 2_345], [3_000, 1_000]] {
        let wanted = [2 * x / 32, 2 * y / 20, 90].map(|v| v as u8);
        let got = shrunk.pixel(x, y);
        let off = (0..3).map(|c| got[c].abs_diff(wanted[c])).max();
        assert!(off <= Some(3), "{x}, {y}: {got:?}, not {wanted:?}");
    }
    let whole = 3 * size[0] as usize * size[1] as usize;
    assert!(peak < whole, "{peak} bytes: it was never held whole, which takes {whole}");
    let small = encode(&shrunk, format).unwrap();
    assert_eq!(decode_shrunk(&small).unwrap().0, decode(&small).unwrap(), "control: it fits");
    let png = hugely_flat_png([60_000, 60_000]);
    assert_eq!(decode_shrunk(&png).unwrap_err().code(), "too-large", "a JPEG alone is shrunk");
}

/// A PNG that says it is as large as that, and has nothing in it.
fn hugely_flat_png(size: [u32; 2]) -> Vec<u8> {
    let [w, h] = size.map(u32::to_be_bytes);
    let header = chunk(b"IHDR", &[&w[..], &h, &[8, 6, 0, 0, 0]].concat());
    [b"\x89PNG\r\n\x1a\n", &header[..], &chunk(b"IDAT", &[])].concat()
}

/// Nearly 26 megapixels.
const LARGE: [u32; 2] = [6048, 4288];

/// As much detail as a photo has.
fn large_photo() -> Photo {
    let mut seed = 1_u32;
    let pixel = |i: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [x, y, noise] = [i % LARGE[0], i / LARGE[0], seed >> 29];
        [x / 24 + noise / 2, y / 16 + noise, (x ^ y) / 64 % 256, 255].map(|v| v.min(255) as u8)
    };
    Photo::from_rgba8(LARGE, (0..LARGE[0] * LARGE[1]).flat_map(pixel).collect()).unwrap()
}

#[test]
fn a_photo_of_26_megapixels_fits_into_400_mb() {
    let _alone = MEASURING.lock().unwrap_or_else(PoisonError::into_inner);
    let photo = large_photo();
    let jpeg = encode(&photo, Format::Jpeg { quality: 92 }).unwrap();
    // Turned on its side, so that there are two of it for a moment.
    let turned = segment(0xE1, &[b"Exif\0\0", &exif(6, true)[..]].concat());
    let jpeg = [&jpeg[..2], &turned, &jpeg[2..]].concat();
    let webp = encode(&photo, Format::WebP).unwrap();
    let mut deep = Vec::new();
    let mut encoder = png::Encoder::new(&mut deep, LARGE[0], LARGE[1]);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Sixteen);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    for row in photo.rgba().chunks_exact(LARGE[0] as usize * 4) {
        rows.write_all(&row.iter().flat_map(|&v| [v, v ^ 0x5A]).collect::<Vec<_>>()).unwrap();
    }
    rows.finish().unwrap();
    writer.finish().unwrap();
    drop(photo);
    let [png, jpg, web] = FORMATS;
    let ways =
        [("JPEG", &jpeg, [jpg, web]), ("WebP", &webp, [png, web]), ("PNG", &deep, [png, web])];
    for (name, file, formats) in ways {
        for format in formats {
            let (size, peak) = peak_of(|| {
                let photo = decode(file).unwrap();
                encode(&photo, format).unwrap();
                photo.size()
            });
            let peak = peak + file.len();
            println!("{name} to {format:?}: {} MB", peak / 1_048_576);
            assert_eq!(size[0] * size[1], LARGE[0] * LARGE[1], "{name}");
            assert!(peak <= MEMORY_LIMIT, "{name} to {format:?}: {peak} bytes");
            assert!(peak >= 96_000_000, "control: the photo alone takes more");
        }
    }
}
