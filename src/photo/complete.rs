//! Turns what a network painted on a small grid into the pixels of the hole, at any size.
//!
//! Every task that paints a hole ends here. What always holds: neither a pixel outside the hole nor
//! any alpha changes.

use crate::error::Result;

use super::color::byte_from;
use super::detail::Detail;
use super::multigrid::{Multigrid, Values};
use super::origins::Pieces;
use super::texture::{self, Guide, Level};
use super::{Photo, check_within, resize};

/// About how many cells lie along the picture's short side on the finest grid on which pieces are
/// searched: enough to place an edge, few enough to search within a second.
const FINEST: usize = 320;

/// How much is borrowed from the photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Borrowing {
    /// How much of the photo's own detail the painted area gets, from 0, none, to 1, all.
    pub detail: f32,
    /// The one seed behind every random choice.
    pub seed: u64,
}

impl Borrowing {
    /// Refuses a detail outside 0..=1.
    ///
    /// # Errors
    /// [`Error::BadSetting`](crate::error::Error::BadSetting) unless `detail` lies in 0..=1.
    pub fn check(self) -> Result<()> {
        check_within("detail", self.detail, [0.0, 1.0])
    }
}

/// Paints the hole of a photo as `guide` wants it, with pieces and detail of the photo.
///
/// Returns where each piece came from; `None`, with the photo untouched, if no pixel is known.
///
/// # Shapes and ranges
/// `hole`: `width * height`, 0 is known, anything else is painted.
///
/// # Panics
/// If the hole's or the guide's length is not that of its size.
#[must_use]
pub fn complete(
    photo: &mut Photo,
    hole: &[u8],
    guide: Guide,
    borrowing: Borrowing,
) -> Option<Pieces> {
    let size = photo.sides();
    let cell_px = (size[0].min(size[1]) / FINEST).max(1);
    let finest = Level::of(photo.rgba(), hole, size, cell_px);
    let (level, matches) = texture::continued(finest, guide, borrowing.seed)?;
    Detail::new(&level, cell_px, &matches, borrowing.detail).paint(photo.rgba_mut(), hole, size);
    Some(Pieces::new(&level, &matches, cell_px))
}

/// Paints the hole with the guide alone, enlarged.
///
/// # Shapes and ranges
/// `rgba`: `width * height * 4`; `hole` as [`complete`].
///
/// # Panics
/// If the guide's length is not that of its size.
pub fn paste(rgba: &mut [u8], size: [usize; 2], hole: &[u8], guide: Guide) {
    for (channel, plane) in guide.rgb.chunks_exact(guide.size[0] * guide.size[1]).enumerate() {
        let plane = resize::resize_plane(plane, guide.size, size);
        let pixels = rgba.chunks_exact_mut(4).zip(plane).zip(hole);
        for ((pixel, value), _) in pixels.filter(|(_, hole)| **hole != 0) {
            pixel[channel] = byte_from(value * 255.0);
        }
    }
}

/// The pixels of the hole above, below and beside a pixel.
fn painted_beside(
    p: usize,
    hole: &[u8],
    [width, height]: [usize; 2],
) -> impl Iterator<Item = usize> {
    let [x, y] = [p % width, p / width];
    let beside = [
        (x > 0).then(|| p - 1),
        (x + 1 < width).then_some(p + 1),
        (y > 0).then(|| p - width),
        (y + 1 < height).then_some(p + width),
    ];
    beside.into_iter().flatten().filter(move |q| hole[*q] != 0)
}

/// How a guide that is the whole answer joins the photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// As [`paste`].
    Pasted,
    /// As [`clone_in`].
    Cloned,
}

impl Join {
    /// Paints the hole with the guide alone.
    ///
    /// # Panics
    /// As [`paste`].
    pub fn paint(self, rgba: &mut [u8], size: [usize; 2], hole: &[u8], guide: Guide) {
        match self {
            Self::Pasted => paste(rgba, size, hole, guide),
            Self::Cloned => clone_in(rgba, size, hole, guide),
        }
    }
}

/// Paints the hole with the guide alone, enlarged, and adds to it, as smoothly as can be, what
/// separates it from the photo at the rim.
///
/// # Shapes and ranges
/// As [`paste`].
///
/// # Panics
/// As [`paste`].
///
/// # Source
/// Seamless cloning with imported gradients: Pérez, Gangnet & Blake, *Poisson Image Editing* (2003),
/// in the membrane form (see [`super::poisson`]). Nothing is imported across the rim, where a network
/// may jump: a painted pixel there begins at its known neighbour, as it does after the fast marching
/// of Iizuka et al. 2017, whose filling is read nowhere else.
pub fn clone_in(rgba: &mut [u8], size: [usize; 2], hole: &[u8], guide: Guide) {
    let cells = guide.size[0] * guide.size[1];
    let planes: Vec<Vec<f32>> = guide
        .rgb
        .chunks_exact(cells)
        .map(|plane| resize::resize_plane(plane, guide.size, size))
        .collect();
    let painted = |p: usize| [0, 1, 2].map(|c| planes[c][p] * 255.0);
    let mut membrane = Multigrid::<3>::over(hole, size);
    if let Some(membrane) = &mut membrane {
        let known = |p: usize| Values([0, 1, 2].map(|c| f32::from(rgba[p * 4 + c])));
        membrane.solve(|p| {
            let mut gap = Values([0.0; 3]);
            let mut count = 0.0;
            for near in painted_beside(p, hole, size) {
                gap += known(p) - Values(painted(near));
                count += 1.0;
            }
            gap * (1.0 / f32::max(count, 1.0))
        });
    }
    let mut put = |p: usize, colour: [f32; 3]| {
        for (byte, value) in rgba[p * 4..].iter_mut().zip(colour) {
            *byte = byte_from(value);
        }
    };
    match membrane {
        Some(membrane) => {
            membrane.for_each(|gap, p| put(p, (Values(painted(p)) + gap).0));
        }
        None => (0..hole.len()).filter(|p| hole[*p] != 0).for_each(|p| put(p, painted(p))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::cast_possible_truncation, reason = "small pictures, small numbers")]

    use super::super::seam;
    use super::*;

    /// A meadow of stripes under a sky with a ramp, 96 × 80, with a hole in the middle that shows
    /// a black object, and what a network would say at 12 × 10.
    fn scene() -> (Photo, Vec<u8>, Vec<f32>) {
        let [w, h] = [96_usize, 80];
        let colour = |x: usize, y: usize| {
            if y < 40 { [90, 140, 200 + y as u8] } else { [40 + 60 * (x / 3 % 2) as u8, 120, 40] }
        };
        let is_hole = |i: usize| (30..60).contains(&(i % w)) && (25..60).contains(&(i / w));
        let hole: Vec<u8> = (0..w * h).map(|i| u8::from(is_hole(i))).collect();
        let pixel = |i: usize| {
            let [r, g, b] = colour(i % w, i / w);
            if is_hole(i) { [0, 0, 0, 77] } else { [r, g, b, 255] }
        };
        let photo = Photo::from_rgba8([96, 80], (0..w * h).flat_map(pixel).collect()).unwrap();
        let coarse = |c: usize| {
            (0..120).map(move |i| {
                let sky = [90.0, 140.0, 220.0];
                let meadow = [70.0, 120.0, 40.0];
                (if i / 12 < 5 { sky } else { meadow })[c] / 255.0
            })
        };
        (photo, hole, (0..3).flat_map(coarse).collect())
    }

    #[test]
    fn the_hole_is_painted_and_nothing_else_changes() {
        let (photo, hole, rgb) = scene();
        let mut result = photo.clone();
        let guide = Guide { size: [12, 10], rgb: &rgb, seen: [12, 10] };
        assert!(complete(&mut result, &hole, guide, Borrowing { detail: 1.0, seed: 1 }).is_some());
        for (i, hole) in hole.iter().enumerate() {
            let [now, was] = [&result, &photo].map(|p| &p.rgba()[i * 4..i * 4 + 4]);
            assert!(*hole != 0 || now == was, "pixel {i} outside the hole");
            assert_eq!(now[3], was[3], "alpha of pixel {i}");
            assert!(*hole == 0 || now[..3].iter().any(|v| *v > 30), "pixel {i} is still black");
        }
    }

    #[test]
    fn a_clone_closes_the_gap_at_the_rim_and_a_paste_leaves_it() {
        // The photo is twice a ramp, the guide the ramp and 40 more: the clone is the photo.
        let [w, h] = [48_usize, 40];
        let value = |i: usize| 60.0 + 2.0 * (i % w) as f32;
        let rgba = (0..w * h).flat_map(|i| [byte_from(value(i)), 100, 7, 9]).collect();
        let photo = Photo::from_rgba8([48, 40], rgba).unwrap();
        let plane = |c: usize| {
            (0..w * h).map(move |i| (if c == 0 { value(i) + 40.0 } else { 10.0 }) / 255.0)
        };
        let rgb: Vec<f32> = (0..3).flat_map(plane).collect();
        let guide = Guide { size: [w, h], rgb: &rgb, seen: [w, h] };
        let hole: Vec<u8> = (0..w * h)
            .map(|i| u8::from((10..30).contains(&(i % w)) && (8..32).contains(&(i / w))))
            .collect();
        let off = |join: Join| {
            let mut result = photo.clone();
            join.paint(result.rgba_mut(), [w, h], &hole, guide);
            let pairs = result.rgba().iter().zip(photo.rgba());
            pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
        };
        // The ramp is not imported across the rim.
        assert!(off(Join::Cloned) <= 2, "off by {}", off(Join::Cloned));
        assert!(off(Join::Pasted) >= 40, "control: off by {}", off(Join::Pasted));
        let mut nothing = photo.clone();
        Join::Cloned.paint(nothing.rgba_mut(), [w, h], &vec![1; w * h], guide);
        assert_eq!(nothing.rgba()[1], 10, "where nothing is known, the guide alone");
    }

    #[test]
    fn detail_makes_no_seam_and_is_as_sharp_as_the_photo() {
        let (photo, hole, rgb) = scene();
        let at = |detail| {
            let mut result = photo.clone();
            let guide = Guide { size: [12, 10], rgb: &rgb, seen: [12, 10] };
            assert!(complete(&mut result, &hole, guide, Borrowing { detail, seed: 1 }).is_some());
            let of = |f: fn(&[u8], &[u8], [usize; 2]) -> f64| f(result.rgba(), &hole, [96, 80]);
            (of(seam::score), of(seam::sharpness))
        };
        let (seam, sharpness) = at(1.0);
        let (soft_seam, softness) = at(0.0);
        assert!(seam <= soft_seam * 1.05, "seam {seam}, {soft_seam} without detail");
        assert!(sharpness >= softness * 0.95, "sharpness {sharpness}, {softness} without");
        assert!(sharpness > 0.6, "stripes go on as stripes: {sharpness}");
    }

    #[test]
    fn odd_and_thin_photos_and_holes_at_every_border() {
        let rgb = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let guide = Guide { size: [2, 1], rgb: &rgb, seen: [2, 1] };
        for [w, h] in [[16_usize, 16], [16, 333], [701, 17], [37, 23]] {
            let rgba: Vec<u8> = (0..w * h)
                .flat_map(|i| [(i * 31 % 251) as u8, (i % w % 256) as u8, 7, 255])
                .collect();
            let photo = Photo::from_rgba8([w, h].map(|s| s as u32), rgba).unwrap();
            let holes: [&dyn Fn(usize, usize) -> bool; 7] = [
                &|x, _| x < w / 3,
                &|x, _| x >= w - w / 3,
                &|_, y| y < h / 3,
                &|_, y| y >= h - h / 3,
                &|x, y| !(w / 3..w - w / 3).contains(&x) || !(h / 3..h - h / 3).contains(&y),
                &|_, _| true,
                &|_, _| false,
            ];
            for (number, is_hole) in holes.iter().enumerate() {
                let hole: Vec<u8> = (0..w * h).map(|i| u8::from(is_hole(i % w, i / w))).collect();
                let mut result = photo.clone();
                let done = complete(&mut result, &hole, guide, Borrowing { detail: 1.0, seed: 1 })
                    .is_some();
                assert_eq!(
                    done,
                    number != 5,
                    "{w}×{h}, hole {number}: nothing known, nothing done"
                );
                for i in (0..w * h).filter(|i| !done || hole[*i] == 0) {
                    let same = result.rgba()[i * 4..][..4] == photo.rgba()[i * 4..][..4];
                    assert!(same, "{w}×{h}, hole {number}, pixel {i}");
                }
            }
        }
    }
}
