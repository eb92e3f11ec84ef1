//! Tasks that change all of a photo, colouring and defading: whole photos in their own proportions,
//! the whole way as the page and the command go it. Start reading at [`tables`].

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::colorize::{Hint, Options, VARIANTS, colorize};
use crate::defade::defade;
use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::photo::color::luma_from_srgb;
use crate::photo::tone::auto_levels;
use crate::photo::{Photo, resize};
use crate::pixels::Canvas;
use crate::task::Task;

use super::super::colours::{coloured, faded};
use super::super::data::{Example, Shot};
use super::super::fading::{Ageing, Damage};
use super::super::metrics::colour::{
    ColourError, bleeding, colour_error, colourfulness, patchiness,
};
use super::super::metrics::similarity::psnr;
use super::{Measure, Row, Table};

/// The short side that photos are shrunk to, in pixels: finer than networks see.
pub(super) const SHORT_PX: usize = 400;
/// Colours that a user knows, in the set-up with hints.
const HINTS: usize = 5;
/// Photos that are coloured again and again, cropped and resized.
const ALIKE: usize = 24;
/// Side of the squares that a sheet shows, in pixels.
const SAMPLE_PX: usize = 256;

/// Does the task on each set-up's photos and compares with the truth.
pub(super) fn tables(task: Task, shots: &[&Shot], generators: &[Generator]) -> Result<Vec<Table>> {
    let photos: Vec<Photo> = shots.iter().map(|shot| shot.photo()).collect();
    if task == Task::Defade {
        return defading(&photos, generators);
    }
    Ok(vec![
        colouring(&photos, generators, 0)?,
        colouring(&photos, generators, HINTS)?,
        alike(&photos, generators)?,
    ])
}

/// Middle squares to do the task on, and what becomes of them.
pub(super) fn samples(
    task: Task,
    shots: &[&Shot],
    generator: Option<&Generator>,
) -> Result<(Vec<Example>, Vec<Vec<f32>>)> {
    let size = [SAMPLE_PX; 2];
    let examples: Vec<Example> = shots
        .iter()
        .enumerate()
        .map(|(i, shot)| match (shot.central(SAMPLE_PX), task) {
            (planes, Task::Colorize) => coloured(&planes, size, &[], &Damage::NONE),
            (planes, _) => faded(planes, size, &some_age(i)),
        })
        .collect();
    let done = |example: &Example| {
        let photo = example.seen.to_photo();
        let photo = match (generator, task) {
            (None, _) => photo,
            (Some(generator), Task::Colorize) => painted(photo, Options::default(), generator)?,
            (Some(generator), _) => freshened(photo, generator)?,
        };
        Ok(planes(&photo))
    };
    let painted: Result<_> = examples.iter().map(done).collect();
    Ok((examples, painted?))
}

fn set_up(says: String, photos: usize, rows: Vec<Row>) -> Table {
    Table { set_up: says, photos, skipped: Vec::new(), rows }
}

fn planes(photo: &Photo) -> Vec<f32> {
    let size = photo.sides();
    let pixels = size[0] * size[1];
    Canvas::new(size, vec![0.0; 3 * pixels], vec![1.0; pixels]).of_photo(photo).rgb().to_vec()
}

/// The photo coloured anew, as by the page and the command.
fn painted(photo: Photo, options: Options, generator: &Generator) -> Result<Photo> {
    pollster::block_on(colorize(photo, options, generator))
}

/// The photo with its fading undone, as by the page and the command.
fn freshened(photo: Photo, generator: &Generator) -> Result<Photo> {
    pollster::block_on(defade(photo, 1.0, generator))
}

/// Photos coloured anew, `hints` of their true colours told.
fn colouring(photos: &[Photo], generators: &[Generator], hints: usize) -> Result<Table> {
    let mut rows = Vec::new();
    for generator in generators {
        // Variants that lean are meant to be biased.
        for variant in VARIANTS.iter().filter(|variant| variant.decode.lean == [0.0; 2]) {
            let done = photos.iter().enumerate().map(|(i, photo)| {
                let hints = true_hints(photo, hints, i as u64);
                let options =
                    Options { hints: &hints, decode: variant.decode, ..Options::default() };
                painted(photo.clone(), options, generator)
            });
            let done = done.collect::<Result<Vec<_>>>()?;
            let name = format!("{}, {}", generator.card.name, variant.name);
            rows.push(colour_row(&name, photos, &done));
        }
    }
    let tint = mean_tint(photos);
    let grey: Vec<Photo> = photos.iter().map(|photo| tinted(photo.clone(), [0.0; 2])).collect();
    rows.push(colour_row("grey", photos, &grey));
    let mean: Vec<Photo> = photos.iter().map(|photo| tinted(photo.clone(), tint)).collect();
    rows.push(colour_row("mean colour of all photos", photos, &mean));
    rows.push(colour_row("the photo itself", photos, photos));
    let told = match hints {
        0 => String::new(),
        _ => format!(", {hints} places told their true colour"),
    };
    Ok(set_up(format!("whole photos, short side {SHORT_PX} pixels{told}"), photos.len(), rows))
}

/// Places at random, the same every time, each with its mean colour.
fn true_hints(photo: &Photo, count: usize, seed: u64) -> Vec<Hint> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let [w, h] = photo.size();
    let radius = w.max(h) / 64;
    let hint = |_| {
        let [x, y] = [w, h].map(|side| rng.random_range(radius..side - radius));
        let mut sum = [0_u32; 3];
        let mut count = 0;
        for (dx, dy) in (0..=2 * radius).flat_map(|dy| (0..=2 * radius).map(move |dx| (dx, dy))) {
            let pixel = photo.pixel((x + dx - radius).min(w - 1), (y + dy - radius).min(h - 1));
            (0..3).for_each(|c| sum[c] += u32::from(pixel[c]));
            count += 1;
        }
        let rgb = sum.map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX));
        Hint { at: [x as f32, y as f32], radius_px: radius as f32, rgb, reach: 1.0 }
    };
    (0..count).map(hint).collect()
}

/// The mean `[U, V]` of all pixels of all photos.
fn mean_tint(photos: &[Photo]) -> [f32; 2] {
    let mut sum = [0.0_f64; 3];
    for pixel in photos.iter().flat_map(|photo| photo.rgba().chunks_exact(4)) {
        let yuv = crate::photo::color::yuv_from_srgb([pixel[0], pixel[1], pixel[2]]);
        sum[0] += 1.0;
        sum[1] += f64::from(yuv[1]);
        sum[2] += f64::from(yuv[2]);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a mean of bytes")]
    [1, 2].map(|axis| (sum[axis] / sum[0]) as f32)
}

/// The photo's lightness under one chroma.
fn tinted(mut photo: Photo, uv: [f32; 2]) -> Photo {
    for pixel in photo.rgba_mut().chunks_exact_mut(4) {
        let luma = luma_from_srgb([pixel[0], pixel[1], pixel[2]]);
        pixel[..3].copy_from_slice(&crate::photo::chroma::srgb_at_luma(luma, uv));
    }
    photo
}

fn colour_row(method: &str, photos: &[Photo], done: &[Photo]) -> Row {
    let count = photos.len().max(1) as f64;
    let (mut chroma, mut luma, mut turn, mut bias) = (0.0, 0.0, [0.0; 2], [0.0; 2]);
    let (mut colourful, mut border, mut bled, mut patchy) =
        ([0.0; 2], [0.0; 2], [0.0; 2], [0.0; 2]);
    for (truth, done) in photos.iter().zip(done) {
        let size = truth.sides();
        let planes = [truth, done].map(planes);
        let error: ColourError = colour_error(&planes[0], &planes[1], None);
        let at_border = colour_error(&planes[0], &planes[1], Some(&border_of(size)));
        let ran = bleeding(&planes[1], size);
        let patches = patchiness(&planes[0], &planes[1], size);
        chroma += error.chroma / count;
        luma += luma_moved(truth, done) / count;
        for axis in 0..2 {
            turn[axis] += error.turn[axis];
            bias[axis] += error.bias[axis] / count;
            border[axis] += [at_border.chroma, error.chroma][axis];
            bled[axis] += ran[axis];
            patchy[axis] += patches[axis];
            colourful[axis] += colourfulness(&planes[axis]);
        }
    }
    let measure = |name, value, decimals| Measure { name, value, decimals };
    let measures = vec![
        // Units of CIE Lab.
        measure("chroma_error", chroma, 2),
        // Percent of the truth: Hasler & Süsstrunk.
        measure("colourfulness", 100.0 * colourful[1] / colourful[0], 0),
        // Degrees; in Lab from red towards yellow.
        measure("hue_bias", turn[1].atan2(turn[0]).to_degrees(), 1),
        // Units of CIE Lab: greenish to reddish, bluish to yellowish.
        measure("bias_a", bias[0], 2),
        measure("bias_b", bias[1], 2),
        // Of 100.
        measure("luma_moved", luma, 2),
        // The chroma error along the border of the picture over that of all of it.
        measure("border", border[0] / border[1].max(f64::MIN_POSITIVE), 2),
        // How much colours run over strong edges: 0 not at all, 0.4 as if there was no edge.
        measure("bleeding", bled[0] / bled[1].max(f64::MIN_POSITIVE), 2),
        // The change of chroma over surfaces of one colour, units of CIE Lab.
        measure("patches", patchy[0] / patchy[1].max(f64::MIN_POSITIVE), 2),
    ];
    Row { method: method.to_owned(), measures }
}

/// A plane that has 1 along the border, a sixteenth of the short side deep.
fn border_of([w, h]: [usize; 2]) -> Vec<f32> {
    let deep = (w.min(h) / 16).max(1);
    let inside = |at: usize, side: usize| (deep..side.saturating_sub(deep)).contains(&at);
    (0..w * h).map(|i| f32::from(u8::from(!(inside(i % w, w) && inside(i / w, h))))).collect()
}

/// The mean change of luma, of 100.
fn luma_moved(a: &Photo, b: &Photo) -> f64 {
    let luma = |pixel: &[u8]| luma_from_srgb([pixel[0], pixel[1], pixel[2]]);
    let pairs = a.rgba().chunks_exact(4).zip(b.rgba().chunks_exact(4));
    let sum: f64 = pairs.map(|(a, b)| f64::from((luma(a) - luma(b)).abs())).sum();
    sum / 2.55 / (a.rgba().len() / 4) as f64
}

/// The same photos cropped and resized: whether their colours stay.
fn alike(photos: &[Photo], generators: &[Generator]) -> Result<Table> {
    let stride = photos.len().div_ceil(ALIKE).max(1);
    let some: Vec<&Photo> = photos.iter().step_by(stride).collect();
    let mut rows = Vec::new();
    for generator in generators {
        let mut sums = [0.0; 5];
        for photo in &some {
            for (sum, apart) in sums.iter_mut().zip(apart(photo, generator)?) {
                *sum += apart;
            }
        }
        let names = ["at_1_to_1", "at_3_to_2", "at_1_to_2", "at_400_px", "at_4000_px"];
        let measure =
            |(name, sum)| Measure { name, value: sum / some.len().max(1) as f64, decimals: 2 };
        let measures = names.into_iter().zip(sums).map(measure).collect();
        rows.push(Row { method: generator.card.name.clone(), measures });
    }
    let says = "cropped or resized: mean difference of chroma from that of the whole photo";
    Ok(set_up(says.to_owned(), some.len(), rows))
}

/// How far colours move, in units of CIE Lab, when a photo is cropped to 1:1, 3:2 or 1:2, or resized
/// to a long side of 400 or 4000 pixels.
fn apart(photo: &Photo, generator: &Generator) -> Result<[f64; 5]> {
    let whole = painted(photo.clone(), Options::default(), generator)?;
    let size = photo.size();
    let [w, h] = size.map(f64::from);
    let part_of = |photo: &Photo, part: [[f64; 2]; 2], to: [f64; 2]| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sides")]
        let to = to.map(|side| side.round().max(1.0) as usize);
        let rgba = resize::shrink_rgba(photo.rgba(), photo.size(), part, to);
        let side = |px: usize| u32::try_from(px).expect("a side in pixels");
        Photo::from_rgba8(to.map(side), rgba)
    };
    let chroma = |a: &Photo, b: &Photo| colour_error(&planes(a), &planes(b), None).chroma;
    let cropped = |ratio: f64| {
        let to = [w.min(h * ratio), h.min(w / ratio)].map(f64::floor);
        let first = [(w - to[0]) / 2.0, (h - to[1]) / 2.0].map(f64::floor);
        let part = [0, 1].map(|axis| [first[axis], first[axis] + to[axis]]);
        let again = painted(part_of(photo, part, to)?, Options::default(), generator)?;
        Ok::<_, Error>(chroma(&part_of(&whole, part, to)?, &again))
    };
    let resized = |long_px: f64| {
        let all = [[0.0, w], [0.0, h]];
        let to = [w, h].map(|side| side * long_px / w.max(h));
        let again = painted(part_of(photo, all, to)?, Options::default(), generator)?;
        let all_again = again.size().map(|side| [0.0, f64::from(side)]);
        Ok::<_, Error>(chroma(&whole, &part_of(&again, all_again, [w, h])?))
    };
    Ok([cropped(1.0)?, cropped(1.5)?, cropped(0.5)?, resized(400.0)?, resized(4000.0)?])
}

/// An age that has left something to undo, the same every time.
fn some_age(number: usize) -> Ageing {
    let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
    loop {
        let ageing = Ageing::draw(&mut rng);
        if ageing != Ageing::NONE {
            return ageing;
        }
    }
}

fn defading(photos: &[Photo], generators: &[Generator]) -> Result<Vec<Table>> {
    let aged = |(i, photo): (usize, &Photo)| {
        let size = photo.sides();
        let mut rgb = planes(photo);
        some_age(i).apply(&mut rgb, size);
        let pixels = size[0] * size[1];
        Canvas::new(size, rgb, vec![1.0; pixels]).to_photo()
    };
    let old: Vec<Photo> = photos.iter().enumerate().map(aged).collect();
    let methods = |seen: &[Photo]| {
        let mut all = Vec::new();
        for generator in generators {
            let done = seen.iter().map(|photo| freshened(photo.clone(), generator));
            all.push((generator.card.name.clone(), done.collect::<Result<Vec<_>>>()?));
        }
        let levels = seen.iter().map(|photo| levelled(photo.clone())).collect();
        all.extend([("as it is".into(), seen.to_vec()), ("auto-levels".into(), levels)]);
        Ok::<_, Error>(all)
    };
    let table = |says: &str, methods: &[(String, Vec<Photo>)], those: &[usize]| {
        let row = |(name, done): &(String, Vec<Photo>)| {
            tone_row(name, those.iter().map(|&i| (&photos[i], &done[i])))
        };
        let says = format!("{says}, short side {SHORT_PX} pixels");
        set_up(says, those.len(), methods.iter().map(row).collect())
    };
    let (of_old, of_new) = (methods(&old)?, methods(photos)?);
    let all: Vec<usize> = (0..photos.len()).collect();
    let strong: Vec<usize> =
        all.iter().copied().filter(|&i| shift(&photos[i], &old[i]) >= STRONG).collect();
    Ok(vec![
        table("whole photos, their fading simulated", &of_old, &all),
        table("whole photos that have not faded, to be left alone", &of_new, &all),
        table("those of the first that have faded strongly", &of_old, &strong),
    ])
}

/// How far a channel's mean has moved where fading is strong, of 255.
const STRONG: f64 = 40.0;

/// How far the mean of a channel moved, of that which moved most, of 255.
fn shift(truth: &Photo, faded: &Photo) -> f64 {
    let mean = |photo: &Photo, c: usize| {
        let values = photo.rgba().iter().skip(c).step_by(4);
        values.map(|&v| f64::from(v)).sum::<f64>() * 4.0 / photo.rgba().len() as f64
    };
    (0..3).map(|c| (mean(truth, c) - mean(faded, c)).abs()).fold(0.0, f64::max)
}

fn levelled(mut photo: Photo) -> Photo {
    auto_levels(photo.rgba_mut());
    photo
}

/// What a photo that is left as it is counts, in dB; a mean with infinity says nothing.
const UNCHANGED: f64 = 60.0;

fn tone_row<'a>(method: &str, pairs: impl Iterator<Item = (&'a Photo, &'a Photo)>) -> Row {
    let (mut ratio, mut chroma, mut lightness, mut count) = (0.0, 0.0, 0.0, 0);
    for (truth, done) in pairs {
        let [truth, done] = [truth, done].map(planes);
        let error = colour_error(&truth, &done, None);
        ratio += psnr(&truth, &done, None).min(UNCHANGED);
        chroma += error.chroma;
        lightness += error.lightness;
        count += 1;
    }
    let measure = |name, sum: f64| {
        let value = sum / f64::from(count.max(1));
        Measure { name, value, decimals: 2 }
    };
    // Units of CIE Lab, but for the first.
    let measures = vec![
        measure("psnr", ratio),
        measure("chroma_error", chroma),
        measure("lightness_error", lightness),
    ];
    Row { method: method.to_owned(), measures }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(size: [u32; 2], colour: impl Fn(u32, u32) -> [u8; 3]) -> Photo {
        let [w, h] = size;
        let pixel = |i: u32| {
            let [r, g, b] = colour(i % w, i / w);
            [r, g, b, 255]
        };
        Photo::from_rgba8(size, (0..w * h).flat_map(pixel).collect()).unwrap()
    }

    #[test]
    fn baselines_are_as_far_off_as_worked_out_by_hand() {
        // Half red, half blue, so that no mean is right for either.
        let half = photo([40, 30], |x, _| if x < 20 { [200, 60, 60] } else { [60, 60, 200] });
        let photos = [half];
        let table = colouring(&photos, &[], 0).unwrap();
        let value = |method: &str, name: &str| {
            let row = table.rows.iter().find(|row| row.method == method).unwrap();
            row.value(name).unwrap()
        };
        assert_eq!(value("the photo itself", "chroma_error"), 0.0);
        assert_eq!(value("the photo itself", "colourfulness"), 100.0);
        assert!(value("the photo itself", "hue_bias").abs() < 1e-9);
        // CIE Lab of both colours: a 54.6, b 31.0 and a 47.7, b −72.6: lengths 62.8 and 86.9.
        let grey = value("grey", "chroma_error");
        assert!((grey - 74.8).abs() < 0.5, "{grey}");
        assert!(value("grey", "colourfulness") < 1.0);
        assert!(value("grey", "luma_moved") < 0.2, "{}", value("grey", "luma_moved"));
        let mean = value("mean colour of all photos", "chroma_error");
        assert!(mean > 20.0 && mean < grey, "{mean}");
    }

    #[test]
    fn true_hints_tell_the_colour_of_their_place() {
        let half = photo([64, 40], |x, _| if x < 32 { [200, 60, 60] } else { [60, 60, 200] });
        let hints = true_hints(&half, 30, 7);
        assert_eq!(hints, true_hints(&half, 30, 7), "the same every time");
        for hint in &hints {
            let expected = match hint.at[0] {
                x if x < 31.0 => [200, 60, 60],
                x if x > 33.0 => [60, 60, 200],
                _ => continue,
            };
            assert_eq!(hint.rgb, expected, "{hint:?}");
        }
        assert!(hints.iter().any(|h| h.at[0] < 31.0) && hints.iter().any(|h| h.at[0] > 33.0));
    }

    #[test]
    fn fading_costs_and_auto_levels_cost_what_was_well() {
        let colours = |x: u32, y: u32| [90 + x, 100 + y, 110].map(|v| u8::try_from(v).unwrap());
        let photos = [photo([64, 48], colours)];
        let tables = defading(&photos, &[]).unwrap();
        let value = |table: usize, row: usize| tables[table].rows[row].value("psnr").unwrap();
        assert!(value(0, 0) < 30.0, "faded: {}", value(0, 0));
        assert_eq!(value(1, 0), UNCHANGED, "not faded");
        assert!(value(1, 1) < 20.0, "levels stretch what was well: {}", value(1, 1));
        let (plain, dyed) = (photo([64, 48], colours), photo([64, 48], |_, _| [150, 105, 110]));
        assert!(shift(&plain, &plain) < 1e-9);
        assert!((shift(&plain, &dyed) - 28.5).abs() < 1e-6, "{}", shift(&plain, &dyed)); // 121.5
    }
}
