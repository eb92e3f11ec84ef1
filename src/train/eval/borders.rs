//! How well borders are told from photos: five kinds of them put around each, and none.
//!
//! Start reading at [`table`].

use std::path::Path;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::error::Result;
use crate::photo::border::Border;
use crate::photo::decode::decode;
use crate::photo::encode::{Format, encode};
use crate::photo::{Photo, Rect, size_from_sides};

use super::super::data::Shots;
use super::{Measure, Row, Table, spread};

/// A border that is longer by as much as this, where a step is soft, is found, too.
const SLACK: u32 = 3;

/// What is put around, or over the outermost lines of, a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One to eight lines drawn towards black, all or in part.
    Dark,
    /// The same towards white.
    White,
    /// One side's last line half covered by black or white.
    Half,
    /// 6 to 40 lines of grainy paper around it.
    Paper,
    /// Black bars of 10 to 50 lines above and below.
    Letterbox,
}

impl Kind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Dark, "dark frames"),
        (Self::White, "white frames"),
        (Self::Half, "half-covered lines"),
        (Self::Paper, "print paper"),
        (Self::Letterbox, "letterbox bars"),
    ];

    /// The photo with such a border, and how wide it is.
    fn put(self, photo: &Photo, rng: &mut ChaCha8Rng) -> (Photo, Border) {
        let over = |border: Border, share: f32, colour: [f32; 3]| {
            let inside = border.inside(photo.size());
            let mut framed = photo.clone();
            let width = framed.sides()[0];
            for (at, pixel) in framed.rgba_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
                if !inside.contains([at % width, at / width]) {
                    for (byte, colour) in pixel.iter_mut().zip(colour) {
                        *byte = mixed(*byte, share, colour);
                    }
                }
            }
            (framed, border)
        };
        match self {
            Self::Dark => {
                let share = [0.0, 0.25, 0.5][rng.random_range(0..3)];
                over(Border::even(rng.random_range(1..=8)), share, [0.0; 3])
            }
            Self::White => {
                let share = [0.0, 0.3][rng.random_range(0..2)];
                over(Border::even(rng.random_range(1..=8)), share, [255.0; 3])
            }
            Self::Half => {
                let mut sides = [0; 4];
                sides[rng.random_range(0..4)] = 1;
                let [left, top, right, bottom] = sides;
                let colour = [0.0, 255.0][rng.random_range(0..2)];
                let border = Border { left, top, right, bottom };
                over(border, rng.random_range(0.3..0.7), [colour; 3])
            }
            Self::Paper => {
                let light = rng.random_range(225.0..=255.0);
                let tint = [0.0, rng.random_range(0.0..6.0), rng.random_range(0.0..16.0)];
                let grain = rng.random_range(0.0..5.0);
                let border = Border::even(rng.random_range(6..=40));
                let framed = around(photo, border, || {
                    tint.map(|less| light - less + grain * rng.random_range(-1.0..=1.0))
                });
                (framed, border)
            }
            Self::Letterbox => {
                let px = rng.random_range(10..=50);
                let border = Border { top: px, bottom: px, ..Border::default() };
                (around(photo, border, || [0.0; 3]), border)
            }
        }
    }
}

/// A byte of which only a share shows through a colour.
fn mixed(byte: u8, share: f32, colour: f32) -> u8 {
    crate::photo::color::byte_from(f32::from(byte) * share + colour * (1.0 - share))
}

/// A larger picture with the photo in it.
fn around(photo: &Photo, border: Border, mut colour: impl FnMut() -> [f32; 3]) -> Photo {
    let [width, height] = photo.sides();
    let Border { left, top, right, bottom } = border;
    let [left, top, right, bottom] = [left, top, right, bottom].map(|px| px as usize);
    let size = [left + width + right, top + height + bottom];
    let mut pixels: Vec<[u8; 4]> = (0..size[0] * size[1])
        .map(|_| {
            let [r, g, b] = colour().map(crate::photo::color::byte_from);
            [r, g, b, 255]
        })
        .collect();
    Rect::whole([width, height]).moved([left, top]).put(
        photo.rgba().as_chunks().0,
        &mut pixels,
        size[0],
    );
    Photo::from_rgba8(size_from_sides(size), pixels.into_flattened())
        .expect("a small photo and up to 50 pixels more")
}

/// Finds borders around photos. Every other picture went through JPEG.
///
/// # Errors
/// As [`Shots::read`].
pub fn table(photos: &Path, limit: Option<usize>) -> Result<Table> {
    let shots = Shots::read(photos, 256)?;
    let some = spread(&shots.shots, limit);
    let photos: Vec<Photo> = some.iter().map(|shot| shot.photo()).collect();
    let (clean, framed): (Vec<_>, Vec<_>) =
        photos.iter().partition(|photo| Border::of(photo).is_none());
    let mut rows = vec![Row {
        method: "as they are".into(),
        measures: vec![
            // Some of them have a border of their own: look at them.
            Measure { name: "photos", value: photos.len() as f64, decimals: 0 },
            Measure { name: "with_a_border", value: framed.len() as f64, decimals: 0 },
        ],
    }];
    for (kind, name) in Kind::ALL {
        rows.push(row(kind, name, &clean)?);
    }
    let set_up = "five kinds of borders around each, the photos with one of their own left out";
    Ok(Table { set_up: set_up.into(), photos: clean.len(), skipped: shots.skipped, rows })
}

fn row(kind: Kind, name: &str, photos: &[&Photo]) -> Result<Row> {
    let (mut sides, mut found, mut beside) = (0_u32, 0_u32, 0_u32);
    for (i, photo) in photos.iter().enumerate() {
        let mut rng = ChaCha8Rng::seed_from_u64(i as u64);
        let (mut framed, truth) = kind.put(photo, &mut rng);
        if i % 2 == 0 {
            let quality = rng.random_range(80..=95);
            framed = decode(&encode(&framed, Format::from_name("jpeg", quality)?)?)?;
        }
        for (truth, got) in sides_of(truth).into_iter().zip(sides_of(Border::of(&framed))) {
            sides += u32::from(truth > 0);
            found += u32::from(truth > 0 && (truth..=truth + SLACK).contains(&got));
            beside += u32::from(truth == 0 && got > 0);
        }
    }
    let share = |count| 100.0 * f64::from(count) / f64::from(sides.max(1));
    Ok(Row {
        method: name.to_owned(),
        measures: vec![
            Measure { name: "sides", value: sides.into(), decimals: 0 },
            // Per cent of them.
            Measure { name: "found", value: share(found), decimals: 1 },
            // Sides without one that are said to have one.
            Measure { name: "false", value: beside.into(), decimals: 0 },
        ],
    })
}

fn sides_of(Border { left, top, right, bottom }: Border) -> [u32; 4] {
    [left, top, right, bottom]
}
