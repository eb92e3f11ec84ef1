//! Strokes and rectangles.
//!
//! One rule for all: a pixel belongs to a shape if its centre does. Pixel `(x, y)` has its centre
//! at `(x + ½, y + ½)` of the photo. Shapes may lie partly or wholly outside.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places are clamped to the picture first"
)]

use super::Hole;
use crate::error::{Error, Result};
use crate::photo::Rect;

/// Whether a shape is painted or kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pen {
    /// The shape is to be painted.
    Add,
    /// The shape is known again.
    Erase,
}

/// A point of a stroke, in photo pixels; the page turns pressure into the radius.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Dab {
    pub x: f32,
    pub y: f32,
    pub radius_px: f32,
}

/// A thinner brush would slip between the centres of the pixels it passes: this is how far a point
/// of a pixel can be from its centre, so a stroke holds every pixel on its way.
const LEAST_RADIUS_PX: f64 = std::f64::consts::FRAC_1_SQRT_2;

impl Hole {
    /// Draws a rectangle, as far as it lies inside.
    pub fn rectangle(&mut self, rect: Rect, pen: Pen) {
        for y in rect.top..rect.bottom.min(self.size[1]) {
            self.span(y, [rect.left, rect.right.min(self.size[0])], pen);
        }
    }

    /// Draws a stroke with round ends and joints: all that a disc passes whose centre and radius go
    /// evenly from dab to dab. One dab is a disc; a radius below √½ counts as √½.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a number that is not finite, or a radius below 0; nothing is drawn
    /// then.
    pub fn stroke(&mut self, dabs: &[Dab], pen: Pen) -> Result<()> {
        let is_good = |dab: &Dab| {
            [dab.x, dab.y, dab.radius_px].iter().all(|n| n.is_finite()) && dab.radius_px >= 0.0
        };
        if let Some(bad) = dabs.iter().find(|dab| !is_good(dab)) {
            return Err(Error::BadSetting {
                name: "stroke",
                expected: "finite points and radii from 0".into(),
                found: format!("{}, {}, radius {}", bad.x, bad.y, bad.radius_px),
            });
        }
        // The last dab alone is a disc again, which is all there is of a single one.
        for (i, from) in dabs.iter().enumerate() {
            let to = dabs.get(i + 1).unwrap_or(from);
            let capsule = Capsule::new(Disc::from_dab(from), Disc::from_dab(to));
            for y in rows_within(capsule.vertical(), self.size[1]) {
                if let Some([left, right]) = capsule.across(y as f64 + 0.5) {
                    let first = (left - 0.5).ceil().max(0.0) as usize;
                    let end = ((right - 0.5).floor() + 1.0).max(0.0) as usize;
                    self.span(y, [first, end.min(self.size[0])], pen);
                }
            }
        }
        Ok(())
    }

    fn span(&mut self, y: usize, [first, end]: [usize; 2], pen: Pen) {
        if first < end {
            let row = &mut self.pixels[y * self.size[0]..][..self.size[0]];
            row[first..end].fill(u8::from(pen == Pen::Add));
        }
    }
}

/// The rows whose centre lies within `[top, bottom]`.
fn rows_within([top, bottom]: [f64; 2], height: usize) -> std::ops::Range<usize> {
    let first = (top - 0.5).ceil().max(0.0) as usize;
    let end = ((bottom - 0.5).floor() + 1.0).max(0.0) as usize;
    first..end.min(height)
}

#[derive(Clone, Copy)]
struct Disc {
    centre: [f64; 2],
    radius: f64,
}

impl Disc {
    fn from_dab(dab: &Dab) -> Self {
        let radius = f64::from(dab.radius_px).max(LEAST_RADIUS_PX);
        Self { centre: [dab.x.into(), dab.y.into()], radius }
    }
}

/// Two discs and what lies between their common tangents.
struct Capsule {
    discs: [Disc; 2],
    /// Where the tangents touch, around; `None` if one disc holds the other.
    corners: Option<[[f64; 2]; 4]>,
}

impl Capsule {
    fn new(a: Disc, b: Disc) -> Self {
        let [dx, dy] = [0, 1].map(|axis| b.centre[axis] - a.centre[axis]);
        let distance = (dx * dx + dy * dy).sqrt();
        let narrowing = a.radius - b.radius;
        let corners = (distance > narrowing.abs()).then(|| {
            let [ux, uy] = [dx / distance, dy / distance];
            let along = narrowing / distance;
            let aside = (1.0 - along * along).max(0.0).sqrt();
            let normals = [1.0, -1.0]
                .map(|side| [ux * along - uy * aside * side, uy * along + ux * aside * side]);
            let touch = |disc: Disc, normal: [f64; 2]| {
                [0, 1].map(|axis| disc.centre[axis] + disc.radius * normal[axis])
            };
            [touch(a, normals[0]), touch(b, normals[0]), touch(b, normals[1]), touch(a, normals[1])]
        });
        Self { discs: [a, b], corners }
    }

    /// The topmost and the bottommost place.
    fn vertical(&self) -> [f64; 2] {
        let [a, b] = self.discs;
        let top = (a.centre[1] - a.radius).min(b.centre[1] - b.radius);
        [top, (a.centre[1] + a.radius).max(b.centre[1] + b.radius)]
    }

    /// The leftmost and the rightmost place at height `y`: the shape is convex.
    fn across(&self, y: f64) -> Option<[f64; 2]> {
        let mut ends = [f64::INFINITY, f64::NEG_INFINITY];
        let mut see = |x: f64| ends = [ends[0].min(x), ends[1].max(x)];
        for Disc { centre, radius } in self.discs {
            let squared = radius * radius - (y - centre[1]) * (y - centre[1]);
            if squared >= 0.0 {
                see(centre[0] - squared.sqrt());
                see(centre[0] + squared.sqrt());
            }
        }
        for (i, corners) in self.corners.iter().flat_map(|c| (0..4).map(move |i| (i, c))) {
            let [a, b] = [corners[i], corners[(i + 1) % 4]];
            if (a[1] <= y) != (b[1] <= y) {
                see(a[0] + (b[0] - a[0]) * ((y - a[1]) / (b[1] - a[1])));
            }
        }
        (ends[0] <= ends[1]).then_some(ends)
    }
}
