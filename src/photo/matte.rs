//! A soft edge for what was selected, and a thing without the colours of what was around it.
//!
//! [`Matte`] says how much of each pixel belongs: one byte, 255 for all of it. It is found on a
//! small copy of the photo as a linear function of colour, which then holds for every pixel of the
//! photo itself, so that hair thinner than a pixel of the copy has its edge too. What always holds:
//! a pixel that belongs wholly keeps its bytes; far from the edge all belongs wholly or not at all.
//! Start reading at [`Matte::of_hole`], then [`put_on`].
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of a byte, and places inside a checked photo"
)]

use super::hole::Hole;
use super::{Between, Photo, check_within, resize};
use crate::error::Result;

/// The most pixels of the small copy.
const MOST_PIXELS: f64 = 1e6;
/// How far an edge reaches, as a share of the copy's longer side; and at least, in its pixels.
const REACH: f32 = 1.0 / 128.0;
const LEAST_REACH: usize = 3;
/// What a difference of colour must exceed to be an edge, squared, of colours in `0..=1`. A tenth of
/// it is too little for numbers of 32 bits.
const EPSILON: f32 = 1e-4;
/// How far colours are looked for first and then, as a share of the copy's longer side; and at least,
/// in its pixels.
const COLOUR_REACH: [f32; 2] = [1.0 / 12.0, 1.0 / 160.0];
const LEAST_COLOUR_REACH: usize = 6;
/// The largest blur, as a share of the copy's longer side.
const MOST_BLUR: f32 = 1.0 / 12.0;

/// How much of each pixel of a photo belongs to a thing: one byte a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matte {
    alpha: Vec<u8>,
}

/// What lies behind a thing that was cut out.
#[derive(Clone, Debug)]
pub enum Backdrop {
    /// Nothing: the result is transparent.
    None,
    /// One colour.
    Colour([u8; 3]),
    /// What was there, blurred: 0 hardly, 1 as much as can be.
    Blur(f32),
    /// Another photo, as much of its middle as covers this one.
    Photo(Photo),
}

impl Matte {
    /// Softens the edge of a hole, as the photo's colours tell it.
    ///
    /// # Errors
    /// [`Error::BadSetting`](crate::error::Error::BadSetting) for a hole that was made for another
    /// size.
    ///
    /// # Source
    /// He, Sun & Tang, "Guided Image Filtering" (2010), section on feathering, computed on a small
    /// copy as in He & Sun, "Fast Guided Filter" (2015). We stretch what comes out, since it never
    /// quite reaches nothing or all.
    pub fn of_hole(photo: &Photo, hole: &Hole) -> Result<Self> {
        hole.check_fits(photo.size())?;
        let copy = Copy::of(photo);
        let bytes: Vec<u8> = hole.pixels().iter().map(|&pixel| 255 * pixel).collect();
        let within = resize::shrink_bytes(&bytes, photo.sides(), copy.size);
        let edge = Guided::new(&copy, &within, copy.radius(REACH).max(LEAST_REACH));
        Ok(Self { alpha: edge.on_photo(photo) })
    }

    /// Keeps the edge of a hole hard.
    #[must_use]
    pub fn hard(hole: &Hole) -> Self {
        Self { alpha: hole.pixels().iter().map(|&pixel| 255 * pixel).collect() }
    }

    /// One byte a pixel, rows from top to bottom.
    #[must_use]
    pub fn alpha(&self) -> &[u8] {
        &self.alpha
    }
}

/// Decides which pixels of a photo belong to what is likely to, on a coarse grid that covers it:
/// half or more of `likely`, in `0..=1`, where edges of the photo decide on the way.
///
/// # Errors
/// As [`Hole::from_bytes`].
///
/// # Panics
/// If the plane's length is not that of `cells`, `[columns, rows]`.
pub fn selected(photo: &Photo, likely: &[f32], cells: [usize; 2]) -> Result<Hole> {
    let copy = Copy::of(photo);
    let likely = resize::resize_plane(likely, cells, copy.size);
    // As far as one cell and a half reaches: what lies beyond is known better by the grid.
    let radius = (3 * copy.size[0] / (2 * cells[0].max(1))).max(2);
    let found = Guided::new(&copy, &likely, radius).on_photo(photo);
    let belongs = found.into_iter().map(|alpha| u8::from(alpha >= 128)).collect();
    Hole::from_bytes(photo.size(), belongs)
}

/// Takes a thing out of its photo and puts it on a backdrop.
///
/// Where the thing is half there, its own colour is estimated, so that nothing of the old background
/// shines through.
///
/// # Errors
/// [`Error::BadSetting`](crate::error::Error::BadSetting) for a blur outside `0..=1`.
///
/// # Panics
/// If the matte was made for another photo.
///
/// # Source
/// Forte, "Approximate Fast Foreground Colour Estimation" (ICIP 2021): both colours are the means of
/// their surroundings by how much belongs, and what is missing to the photo's colour is added; twice,
/// from far and from near.
pub fn put_on(mut photo: Photo, matte: &Matte, backdrop: &Backdrop) -> Result<Photo> {
    let [width, height] = photo.sides();
    assert_eq!(matte.alpha.len(), width * height, "a matte of this photo");
    if let Backdrop::Blur(blur) = backdrop {
        check_within("blur", *blur, [0.0, 1.0])?;
    }
    let copy = Copy::of(&photo);
    let alpha = resize::shrink_bytes(&matte.alpha, [width, height], copy.size);
    let colours = Colours::of(&copy, &alpha);
    let behind = Behind::new(backdrop, &photo, &copy, &alpha);
    let across: Vec<Between> =
        (0..width).map(|x| Between::of_pixel(x, width, copy.size[0])).collect();
    for (y, row) in photo.rgba_mut().chunks_exact_mut(4 * width).enumerate() {
        let down = Between::of_pixel(y, height, copy.size[1]);
        let alphas = &matte.alpha[y * width..][..width];
        for (x, (pixel, &alpha)) in row.as_chunks_mut::<4>().0.iter_mut().zip(alphas).enumerate() {
            let is_kept = alpha == 255 && (pixel[3] == 255 || behind.is_nothing());
            if is_kept {
                continue;
            }
            let place = Place { x, y, across: across[x], down, columns: copy.size[0] };
            let own = [pixel[0], pixel[1], pixel[2]];
            let own =
                if alpha == 0 || alpha == 255 { own } else { colours.own(own, alpha, &place) };
            let shown = u32::from(alpha) * u32::from(pixel[3]);
            *pixel = behind.under(own, shown, &place);
        }
    }
    Ok(photo)
}

/// A pixel of the photo, and where it lies on the copy.
struct Place {
    x: usize,
    y: usize,
    across: Between,
    down: Between,
    columns: usize,
}

impl Place {
    fn value(&self, plane: &[f32]) -> f32 {
        let [top, bottom] = self.down.cells.map(|row| {
            let [left, right] = self.across.cells.map(|column| plane[row * self.columns + column]);
            left + self.across.share * (right - left)
        });
        top + self.down.share * (bottom - top)
    }
}

/// A small copy of a photo: planes of red, green and blue in `0..=1`.
struct Copy {
    size: [usize; 2],
    rgb: Vec<f32>,
}

impl Copy {
    fn of(photo: &Photo) -> Self {
        let sides = photo.sides();
        let scale = (MOST_PIXELS / (sides[0] * sides[1]) as f64).sqrt().min(1.0);
        let size = sides.map(|side| ((side as f64 * scale).round() as usize).max(1));
        let planes = |rgba: &[u8]| -> Vec<f32> {
            let plane = |c: usize| rgba.iter().skip(c).step_by(4).map(|&v| f32::from(v) / 255.0);
            (0..3).flat_map(plane).collect()
        };
        let rgb = if size == sides {
            planes(photo.rgba())
        } else {
            let whole = photo.size().map(|side| [0.0, f64::from(side)]);
            planes(&resize::shrink_rgba(photo.rgba(), photo.size(), whole, size))
        };
        Self { size, rgb }
    }

    fn radius(&self, share: f32) -> usize {
        ((self.size[0].max(self.size[1]) as f32 * share).round() as usize).max(1)
    }

    fn plane(&self, channel: usize) -> &[f32] {
        let cells = self.size[0] * self.size[1];
        &self.rgb[channel * cells..][..cells]
    }
}

/// What a plane is as a linear function of colour, in each place: three factors and what is added.
struct Guided {
    size: [usize; 2],
    factors: [Vec<f32>; 4],
    /// Where it is nothing or all whatever the colour: 0 or 255; 1 elsewhere.
    solid: Vec<u8>,
}

impl Guided {
    fn new(copy: &Copy, plane: &[f32], radius: usize) -> Self {
        let size = copy.size;
        let mean = |plane: &[f32]| box_mean(plane, size, radius);
        let product = |a: &[f32], b: &[f32]| -> Vec<f32> {
            mean(&a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>())
        };
        let colours = [0, 1, 2].map(|c| copy.plane(c));
        let means = colours.map(mean);
        let mean_plane = mean(plane);
        let with_plane = colours.map(|colour| product(colour, plane));
        let pairs = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]];
        let squares = pairs.map(|[a, b]| product(colours[a], colours[b]));
        let mut factors = [(); 4].map(|()| vec![0.0; plane.len()]);
        for i in 0..plane.len() {
            let mu = [0, 1, 2].map(|c| means[c][i]);
            let slope = [0, 1, 2].map(|c| with_plane[c][i] - mu[c] * mean_plane[i]);
            let mut spread = [0.0; 6];
            for (k, [a, b]) in pairs.into_iter().enumerate() {
                let own = if a == b { EPSILON } else { 0.0 };
                spread[k] = squares[k][i] - mu[a] * mu[b] + own;
            }
            let factor = solved(spread, slope);
            let added = mean_plane[i] - (0..3).map(|c| factor[c] * mu[c]).sum::<f32>();
            for (c, value) in factor.into_iter().chain([added]).enumerate() {
                factors[c][i] = value;
            }
        }
        let factors = factors.map(|plane| mean(&plane));
        let solid = (0..plane.len()).map(|i| {
            let is_flat = (0..3).all(|c| factors[c][i].abs() < 1e-4);
            match factors[3][i] {
                b if is_flat && b < 1e-3 => 0,
                b if is_flat && b > 0.999 => 255,
                _ => 1,
            }
        });
        Self { size, solid: solid.collect(), factors }
    }

    /// On every pixel of the photo, stretched, as bytes.
    fn on_photo(&self, photo: &Photo) -> Vec<u8> {
        let [width, height] = photo.sides();
        let [columns, rows] = self.size;
        let across: Vec<Between> =
            (0..width).map(|x| Between::of_pixel(x, width, columns)).collect();
        let mut alpha = vec![0; width * height];
        for (y, into) in alpha.chunks_exact_mut(width).enumerate() {
            let down = Between::of_pixel(y, height, rows);
            let pixels = photo.rgba()[4 * y * width..].as_chunks::<4>().0;
            for (x, (into, pixel)) in into.iter_mut().zip(pixels).enumerate() {
                let [left, right] = across[x].cells;
                let around = down.cells.map(|row| {
                    [self.solid[row * columns + left], self.solid[row * columns + right]]
                });
                let solid = around[0][0];
                if solid != 1 && around == [[solid; 2]; 2] {
                    *into = solid;
                    continue;
                }
                let place = Place { x, y, across: across[x], down, columns };
                let sum: f32 = (0..3)
                    .map(|c| place.value(&self.factors[c]) * f32::from(pixel[c]) / 255.0)
                    .sum();
                let share = stretched(sum + place.value(&self.factors[3]));
                *into = (255.0 * share).round() as u8;
            }
        }
        alpha
    }
}

/// What is nearly nothing is nothing, and what is nearly all is all.
fn stretched(share: f32) -> f32 {
    ((share - 0.1) / 0.8).clamp(0.0, 1.0)
}

/// Solves three equations with a symmetric matrix, given by its upper half row by row; its
/// determinant is above 0.
fn solved([rr, rg, rb, gg, gb, bb]: [f32; 6], [x, y, z]: [f32; 3]) -> [f32; 3] {
    let [a, b, c] = [gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg];
    let [d, e, f] = [rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg];
    let scale = (rr * a + rg * b + rb * c).max(f32::MIN_POSITIVE).recip();
    [a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z].map(|v| v * scale)
}

/// The mean of the square around each place, `radius` cells each way, as far as the plane goes.
fn box_mean(plane: &[f32], [columns, rows]: [usize; 2], radius: usize) -> Vec<f32> {
    // Sums of up to `2 radius + 1` values in `0..=1` at a time: a running sum keeps six digits.
    let mut across = vec![0.0_f32; plane.len()];
    for (row, into) in plane.chunks_exact(columns).zip(across.chunks_exact_mut(columns)) {
        let mut sum: f64 = row.iter().take(radius).map(|&v| f64::from(v)).sum();
        for (x, into) in into.iter_mut().enumerate() {
            sum += row.get(x + radius).map_or(0.0, |&v| f64::from(v));
            sum -= if x > radius { f64::from(row[x - radius - 1]) } else { 0.0 };
            let count = (x + radius).min(columns - 1) + 1 - x.saturating_sub(radius);
            *into = (sum / count as f64) as f32;
        }
    }
    let mut sums: Vec<f64> = vec![0.0; columns];
    let add = |sums: &mut [f64], y: usize, sign: f64| {
        let row = &across[y * columns..][..columns];
        sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum += sign * f64::from(v));
    };
    (0..radius.min(rows)).for_each(|y| add(&mut sums, y, 1.0));
    let mut mean = Vec::with_capacity(plane.len());
    for y in 0..rows {
        if y + radius < rows {
            add(&mut sums, y + radius, 1.0);
        }
        if y > radius {
            add(&mut sums, y - radius - 1, -1.0);
        }
        let count = (y + radius).min(rows - 1) + 1 - y.saturating_sub(radius);
        mean.extend(sums.iter().map(|sum| (sum / count as f64) as f32));
    }
    mean
}

/// The colours of a thing and of what is around it, smooth, three planes each in `0..=1`.
struct Colours {
    thing: [Vec<f32>; 3],
    around: [Vec<f32>; 3],
}

impl Colours {
    fn of(copy: &Copy, alpha: &[f32]) -> Self {
        let rest: Vec<f32> = alpha.iter().map(|alpha| 1.0 - alpha).collect();
        let mut thing = [0, 1, 2].map(|c| copy.plane(c).to_vec());
        let mut around = thing.clone();
        for (step, share) in COLOUR_REACH.into_iter().enumerate() {
            let radius = copy.radius(share).max(LEAST_COLOUR_REACH);
            thing = thing.map(|plane| weighted_mean(&plane, alpha, copy.size, radius));
            around = around.map(|plane| weighted_mean(&plane, &rest, copy.size, radius));
            if step + 1 < COLOUR_REACH.len() {
                for c in 0..3 {
                    for (i, &colour) in copy.plane(c).iter().enumerate() {
                        let [f, b] = [thing[c][i], around[c][i]];
                        let missing = colour - alpha[i] * f - rest[i] * b;
                        thing[c][i] = (f + alpha[i] * missing).clamp(0.0, 1.0);
                        around[c][i] = (b + rest[i] * missing).clamp(0.0, 1.0);
                    }
                }
            }
        }
        Self { thing, around }
    }

    /// The colour of the thing in a pixel of which a part belongs to it.
    fn own(&self, pixel: [u8; 3], alpha: u8, place: &Place) -> [u8; 3] {
        let alpha = f32::from(alpha) / 255.0;
        let mut own = [0; 3];
        for (c, own) in own.iter_mut().enumerate() {
            let [thing, around] = [&self.thing[c], &self.around[c]].map(|plane| place.value(plane));
            let missing = f32::from(pixel[c]) / 255.0 - alpha * thing - (1.0 - alpha) * around;
            *own = (255.0 * (thing + alpha * missing).clamp(0.0, 1.0)).round() as u8;
        }
        own
    }
}

/// The mean around each place by weight; where there is next to none of it, that of the whole plane.
fn weighted_mean(plane: &[f32], weights: &[f32], size: [usize; 2], radius: usize) -> Vec<f32> {
    /// Counts where next to nothing else does.
    const LITTLE: f32 = 1e-4;
    let weighted: Vec<f32> = plane.iter().zip(weights).map(|(v, w)| v * w).collect();
    let all: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let sum: f64 = weighted.iter().map(|&v| f64::from(v)).sum();
    let mean = (sum / all.max(1e-9)) as f32;
    let [weighted, weights] = [&weighted, weights].map(|plane| box_mean(plane, size, radius));
    let pairs = weighted.into_iter().zip(weights);
    pairs.map(|(v, w)| (v + LITTLE * mean) / (w + LITTLE)).collect()
}

/// What lies behind each pixel.
enum Behind {
    Nothing,
    Colour([u8; 3]),
    /// Three smooth planes in `0..=1`.
    Smooth([Vec<f32>; 3]),
    /// Rows of RGBA8 of the photo's own width.
    Picture(Vec<u8>, usize),
}

impl Behind {
    fn new(backdrop: &Backdrop, photo: &Photo, copy: &Copy, alpha: &[f32]) -> Self {
        match backdrop {
            Backdrop::None => Self::Nothing,
            Backdrop::Colour(rgb) => Self::Colour(*rgb),
            Backdrop::Blur(blur) => {
                let radius = copy.radius(blur.max(0.02) * MOST_BLUR);
                let mut rest: Vec<f32> = alpha.iter().map(|alpha| 1.0 - alpha).collect();
                let mut planes = [0, 1, 2].map(|c| copy.plane(c).to_vec());
                // Three boxes are nearly a bell. The thing lends no colour to what is behind it.
                for _ in 0..3 {
                    planes = planes.map(|plane| weighted_mean(&plane, &rest, copy.size, radius));
                    rest = box_mean(&rest, copy.size, radius);
                }
                Self::Smooth(planes)
            }
            Backdrop::Photo(other) => {
                let [to, from] = [photo.size(), other.size()].map(|size| size.map(f64::from));
                let scale = (from[0] / to[0]).min(from[1] / to[1]);
                let part = [0, 1].map(|axis| {
                    let length = (to[axis] * scale).min(from[axis]);
                    let first = (from[axis] - length) / 2.0;
                    [first, first + length]
                });
                let rgba = resize::shrink_rgba(other.rgba(), other.size(), part, photo.sides());
                Self::Picture(rgba, photo.sides()[0])
            }
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// A colour of which `shown`, in 255ths of 255ths, covers what is behind it.
    fn under(&self, own: [u8; 3], shown: u32, place: &Place) -> [u8; 4] {
        const ALL: u32 = 255 * 255;
        let over = |behind: [u8; 3]| {
            let mut mixed = [0, 0, 0, 255];
            for c in 0..3 {
                let sum = u32::from(own[c]) * shown + u32::from(behind[c]) * (ALL - shown);
                mixed[c] = ((sum + ALL / 2) / ALL) as u8;
            }
            mixed
        };
        match self {
            Self::Nothing if shown == 0 => [0; 4],
            Self::Nothing => [own[0], own[1], own[2], ((shown + 127) / 255) as u8],
            Self::Colour(rgb) => over(*rgb),
            Self::Smooth(planes) => {
                let [r, g, b] = planes;
                over([r, g, b].map(|plane| (255.0 * place.value(plane)).round() as u8))
            }
            Self::Picture(rgba, width) => {
                let at = 4 * (place.y * width + place.x);
                let mut mixed = over([rgba[at], rgba[at + 1], rgba[at + 2]]);
                // Where the other photo has nothing, the thing alone shows.
                let behind = u32::from(rgba[at + 3]);
                mixed[3] = ((shown + behind * (ALL - shown) / 255 + 127) / 255).min(255) as u8;
                mixed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 96;

    /// Red stripes that end softly in front of green ones, and how much of each pixel is red: all up
    /// to column 46, nothing from column 50 on.
    fn soft_edge() -> (Photo, Vec<f32>) {
        let share = |x: usize| ((50.0 - x as f32) / 4.0).clamp(0.0, 1.0);
        let shade = |i: usize| 20.0 * ((i / SIDE) % 7) as f32 / 7.0;
        let pixel = |i: usize| {
            let a = share(i % SIDE);
            let [front, back] = [[200.0 + shade(i), 40.0, 50.0], [30.0, 150.0 + shade(i), 60.0]];
            let mixed = |c: usize| (a * front[c] + (1.0 - a) * back[c]).round() as u8;
            [mixed(0), mixed(1), mixed(2), 255]
        };
        let rgba = (0..SIDE * SIDE).flat_map(pixel).collect();
        let shares = (0..SIDE * SIDE).map(|i| share(i % SIDE)).collect();
        (Photo::from_rgba8([SIDE as u32; 2], rgba).unwrap(), shares)
    }

    fn hole_of(shares: &[f32]) -> Hole {
        let bytes = shares.iter().map(|&share| u8::from(share >= 0.5)).collect();
        Hole::from_bytes([SIDE as u32; 2], bytes).unwrap()
    }

    fn with_alpha(bytes: Vec<u8>) -> Matte {
        Matte { alpha: bytes }
    }

    #[test]
    fn a_hard_selection_gets_the_soft_edge_that_the_colours_have() {
        let (photo, shares) = soft_edge();
        let hole = hole_of(&shares);
        let matte = Matte::of_hole(&photo, &hole).unwrap();
        let error = |alpha: &[u8]| -> f32 {
            let off = alpha.iter().zip(&shares).map(|(&a, s)| (f32::from(a) / 255.0 - s).abs());
            off.sum::<f32>() / shares.len() as f32
        };
        let hard: Vec<u8> = hole.pixels().iter().map(|&pixel| 255 * pixel).collect();
        let [soft, hard] = [error(matte.alpha()), error(&hard)];
        assert!(soft < 0.7 * hard, "{soft}, hard {hard}");
        for (i, &alpha) in matte.alpha().iter().enumerate() {
            match i % SIDE {
                0..38 => assert_eq!(alpha, 255, "{i}: far inside"),
                58.. => assert_eq!(alpha, 0, "{i}: far outside"),
                _ => {}
            }
        }
    }

    #[test]
    fn what_belongs_wholly_keeps_its_bytes_and_what_does_not_is_gone() {
        let (photo, shares) = soft_edge();
        let matte = Matte::of_hole(&photo, &hole_of(&shares)).unwrap();
        let cut = put_on(photo.clone(), &matte, &Backdrop::None).unwrap();
        let pixels = cut.rgba().chunks_exact(4).zip(photo.rgba().chunks_exact(4));
        for ((after, before), &alpha) in pixels.zip(matte.alpha()) {
            match alpha {
                255 => assert_eq!(after, before),
                0 => assert_eq!(after, [0; 4]),
                _ => assert_eq!(after[3], alpha),
            }
        }
    }

    #[test]
    fn nothing_of_the_old_background_shines_through() {
        let (photo, shares) = soft_edge();
        let alpha = shares.iter().map(|share| (255.0 * share).round() as u8).collect();
        let cut = put_on(photo.clone(), &with_alpha(alpha), &Backdrop::None).unwrap();
        let at = 50 * SIDE + 48; // Half of it belongs.
        let [own, mixed] = [&cut, &photo].map(|p| &p.rgba()[4 * at..4 * at + 3]);
        assert!(mixed[1] > 80, "control: the photo is half green there, {mixed:?}");
        assert!(own[0] > 185 && own[1] < 60, "{own:?} is the stripes' red");
    }

    #[test]
    fn each_backdrop_lies_behind() {
        let (photo, shares) = soft_edge();
        let hard: Vec<u8> = hole_of(&shares).pixels().iter().map(|&pixel| 255 * pixel).collect();
        let matte = with_alpha(hard);
        let on = |backdrop: &Backdrop| put_on(photo.clone(), &matte, backdrop).unwrap();
        let blue = on(&Backdrop::Colour([10, 20, 250]));
        assert_eq!(blue.pixel(80, 40), [10, 20, 250, 255]);
        assert_eq!(blue.pixel(10, 40), photo.pixel(10, 40));
        let blurred = on(&Backdrop::Blur(1.0));
        let [r, g, _, a] = blurred.pixel(52, 40);
        assert!(r < 70 && g > 130 && a == 255, "no red is smeared into the green: {r}, {g}");
        assert_ne!(blurred.pixel(80, 6), photo.pixel(80, 6), "its stripes are gone");
        let other = Photo::from_rgba8([32, 16], [1, 2, 3, 255].repeat(512)).unwrap();
        assert_eq!(on(&Backdrop::Photo(other)).pixel(80, 40), [1, 2, 3, 255]);
        let refused = put_on(photo.clone(), &matte, &Backdrop::Blur(1.5)).unwrap_err();
        assert_eq!(refused.code(), "bad-setting");
    }

    #[test]
    fn a_photo_s_own_transparency_counts_too() {
        let (mut photo, _) = soft_edge();
        photo.rgba_mut().chunks_exact_mut(4).for_each(|pixel| pixel[3] = 100);
        let all = with_alpha(vec![255; SIDE * SIDE]);
        let cut = put_on(photo.clone(), &all, &Backdrop::None).unwrap();
        assert_eq!(cut, photo);
        let half = with_alpha(vec![128; SIDE * SIDE]);
        let cut = put_on(photo.clone(), &half, &Backdrop::None).unwrap();
        assert_eq!(cut.pixel(3, 3)[3], 50);
        let over = put_on(photo.clone(), &all, &Backdrop::Colour([0; 3])).unwrap();
        let [r, _, _, a] = over.pixel(3, 3);
        let expected = f32::from(photo.pixel(3, 3)[0]) * 100.0 / 255.0;
        assert!((f32::from(r) - expected).abs() <= 1.0 && a == 255, "{r}, not {expected}");
    }

    #[test]
    fn a_coarse_guess_ends_at_the_photo_s_own_edge() {
        // Sharp: red up to column 47. The guess, on 12 cells, ends two columns later, gradually.
        let pixel = |i: usize| if i % SIDE < 47 { [200, 40, 50, 255] } else { [30, 150, 60, 255] };
        let rgba = (0..SIDE * SIDE).flat_map(pixel).collect();
        let photo = Photo::from_rgba8([SIDE as u32; 2], rgba).unwrap();
        let likely: Vec<f32> = (0..144)
            .map(|i| [1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.3].get(i % 12).map_or(0.0, |&v| v))
            .collect();
        let hole = selected(&photo, &likely, [12, 12]).unwrap();
        let wrong = |x: usize| hole.pixels()[48 * SIDE + x] != u8::from(x < 47);
        let off = (0..SIDE).filter(|&x| wrong(x)).count();
        assert!(off <= 1, "{off} columns are wrong");
    }

    #[test]
    fn a_box_mean_is_that_of_its_square() {
        let size = [13, 9];
        let plane: Vec<f32> = (0..117).map(|i| ((i * 37) % 29) as f32 / 29.0).collect();
        for radius in [1, 3, 20] {
            let got = box_mean(&plane, size, radius);
            for (i, &got) in got.iter().enumerate() {
                let [x, y] = [i % 13, i / 13];
                let near = (0..plane.len())
                    .filter(|j| (j % 13).abs_diff(x) <= radius && (j / 13).abs_diff(y) <= radius);
                let near: Vec<f32> = near.map(|j| plane[j]).collect();
                let mean = near.iter().sum::<f32>() / near.len() as f32;
                assert!((got - mean).abs() < 1e-5, "{radius}, {i}: {got} not {mean}");
            }
        }
    }

    #[test]
    fn three_equations_are_solved() {
        let [x, y, z] = solved([4.0, 1.0, 0.5, 3.0, -1.0, 2.0], [1.0, 2.0, 3.0]);
        let close = |a: f32, b: f32| (a - b).abs() < 1e-4;
        assert!(close(4.0 * x + y + 0.5 * z, 1.0), "{x}, {y}, {z}");
        assert!(close(x + 3.0 * y - z, 2.0) && close(0.5 * x - y + 2.0 * z, 3.0));
    }
}
