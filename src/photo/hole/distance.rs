//! Growing and feathering by true distance.
//!
//! The distance between two pixels is that between their centres, so growing by `r` is painting a
//! round disc of radius `r` at every pixel of the hole. The world ends with the photo: its border
//! neither grows into the hole nor feathers it.
//!
//! # Source
//! The exact distance transform of Felzenszwalb & Huttenlocher, *Distance Transforms of Sampled
//! Functions* (2012): the lower envelope of one parabola a pixel, along each row. We differ in that
//! the pass along columns only counts steps, because its input is 0 or infinite; that parabolas out
//! of reach are left out; and that no distance is kept.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "radii are checked, and columns below 2^22"
)]

use super::{Hole, Parts};
use crate::error::{Error, Result};
use crate::photo::Rect;

/// The largest radius to grow or feather by: a third of the longest side of most photos.
pub const MAX_RADIUS_PX: f32 = 2048.0;

/// A squared distance out of reach.
const FAR: u32 = u32::MAX;

impl Hole {
    /// Grows the hole by `radius_px` in every direction.
    ///
    /// # Errors
    /// [`Error::BadSetting`] unless the radius lies in 0..=[`MAX_RADIUS_PX`].
    pub fn grow(&mut self, radius_px: f32) -> Result<()> {
        check_radius(radius_px)?;
        let Some(bounds) = self.bounds() else { return Ok(()) };
        let reached = bounds.widened(radius_px as usize, self.size);
        let steps = Steps::to(1, self, reached, radius_px);
        let width = self.size[0];
        steps.for_each_row(|left, y, squared| {
            let row = &mut self.pixels[y * width + left..][..squared.len()];
            for (pixel, _) in row.iter_mut().zip(squared).filter(|(_, squared)| **squared != FAR) {
                *pixel = 1;
            }
        });
        Ok(())
    }

    /// How much of the painting shows: 0 where the photo is known, rising evenly from there to 255
    /// at the distance `width_px + 1`; 255 in all of the hole for a width of 0.
    ///
    /// Feathering works inward only, so that nothing outside the hole ever changes. What was there
    /// shines through the feather: grow the hole by its width first where it must not.
    ///
    /// # Errors
    /// [`Error::BadSetting`] unless the width lies in 0..=[`MAX_RADIUS_PX`].
    pub fn feather(&self, width_px: f32) -> Result<Vec<u8>> {
        check_radius(width_px)?;
        let mut shown: Vec<u8> = self.pixels.iter().map(|painted| painted * 255).collect();
        let Some(bounds) = self.bounds() else { return Ok(shown) };
        let steps = Steps::to(0, self, bounds.widened(1, self.size), width_px + 1.0);
        let width = self.size[0];
        steps.for_each_row(|left, y, squared| {
            let row = &mut shown[y * width + left..][..squared.len()];
            for (shown, &squared) in row.iter_mut().zip(squared).filter(|(_, s)| **s != FAR) {
                let share = (squared as f32).sqrt() / (width_px + 1.0);
                *shown = (share * 255.0).round() as u8;
            }
        });
        Ok(shown)
    }

    /// How thick each part is at its thickest, in pixels: twice the distance of its innermost pixel
    /// from what is known; infinite where that distance is above [`MAX_RADIUS_PX`].
    ///
    /// # Panics
    /// If the parts are those of another hole.
    #[must_use]
    pub fn thickness(&self, parts: &Parts) -> Vec<f32> {
        let mut deepest = vec![0; parts.parts().len()];
        let Some(bounds) = self.bounds() else { return Vec::new() };
        let steps = Steps::to(0, self, bounds.widened(1, self.size), MAX_RADIUS_PX);
        let mut runs = parts.runs().iter().peekable();
        steps.for_each_row(|left, y, squared| {
            while let Some(run) = runs.next_if(|run| run.y as usize == y) {
                let deepest = &mut deepest[run.part as usize];
                for &squared in &squared[run.first as usize - left..run.end as usize - left] {
                    *deepest = squared.max(*deepest);
                }
            }
        });
        let thickness =
            |squared| if squared == FAR { f32::INFINITY } else { (squared as f32).sqrt() };
        deepest.into_iter().map(|squared| 2.0 * thickness(squared)).collect()
    }
}

fn check_radius(radius_px: f32) -> Result<()> {
    if (0.0..=MAX_RADIUS_PX).contains(&radius_px) {
        return Ok(());
    }
    Err(Error::BadSetting {
        name: "radius",
        expected: format!("0 to {MAX_RADIUS_PX} pixels"),
        found: radius_px.to_string(),
    })
}

/// How many pixels up or down the nearest pixel of one kind is, for each pixel of an area.
struct Steps {
    area: Rect,
    steps: Vec<u16>,
    /// No distance above this matters.
    reach: u16,
    reach_squared: u32,
}

impl Steps {
    fn to(kind: u8, hole: &Hole, area: Rect, reach: f32) -> Self {
        let [width, height] = area.size();
        let mut steps = vec![0_u16; width * height];
        let pixels = |y: usize| &hole.pixels[(area.top + y) * hole.size[0] + area.left..][..width];
        let step = |to: &mut u16, from: u16| *to = from.saturating_add(1).min(*to);
        for y in 0..height {
            let (before, here) = steps.split_at_mut(y * width);
            let here = &mut here[..width];
            for (here, &pixel) in here.iter_mut().zip(pixels(y)) {
                *here = if pixel == kind { 0 } else { u16::MAX };
            }
            if y > 0 {
                let above = &before[(y - 1) * width..];
                here.iter_mut().zip(above).for_each(|(here, &above)| step(here, above));
            }
        }
        for y in (1..height).rev() {
            let (above, here) = steps.split_at_mut(y * width);
            let above = &mut above[(y - 1) * width..];
            above.iter_mut().zip(&here[..width]).for_each(|(above, &here)| step(above, here));
        }
        // Between two whole numbers no squared distance lies, so rounding down loses none.
        let reach_squared = (f64::from(reach) * f64::from(reach)) as u32;
        Self { area, steps, reach: reach as u16, reach_squared }
    }

    /// Calls with the area's left, the row's `y`, and the row's squared distances.
    fn for_each_row(&self, mut take: impl FnMut(usize, usize, &[u32])) {
        let [width, _] = self.area.size();
        let mut squared = vec![FAR; width];
        let mut envelope: Vec<Parabola> = Vec::new();
        for (y, steps) in self.steps.chunks_exact(width).enumerate() {
            envelope.clear();
            for (x, &count) in steps.iter().enumerate().filter(|(_, count)| **count <= self.reach) {
                // Between two others of its kind, a pixel is the nearest to none but itself.
                if count == 0 && x > 0 && steps[x - 1] == 0 && steps.get(x + 1) == Some(&0) {
                    continue;
                }
                let (x, height) = (x as f64, f64::from(count) * f64::from(count));
                let mut from = f64::NEG_INFINITY;
                while let Some(last) = envelope.last() {
                    from = (x * x + height - last.x * last.x - last.height) / (2.0 * (x - last.x));
                    if from > last.from {
                        break;
                    }
                    envelope.pop();
                    from = f64::NEG_INFINITY;
                }
                envelope.push(Parabola { x, height, from });
            }
            self.lowest(&envelope, &mut squared);
            for (squared, _) in squared.iter_mut().zip(steps).filter(|(_, count)| **count == 0) {
                *squared = 0;
            }
            take(self.area.left, self.area.top + y, &squared);
        }
    }

    fn lowest(&self, envelope: &[Parabola], squared: &mut [u32]) {
        squared.fill(FAR);
        let ends = envelope.iter().skip(1).map(|next| next.from).chain([f64::INFINITY]);
        let mut x = 0;
        for (parabola, end) in envelope.iter().zip(ends) {
            while x < squared.len() && x as f64 <= end {
                let across = x as f64 - parabola.x;
                let distance = across * across + parabola.height;
                if distance <= f64::from(self.reach_squared) {
                    squared[x] = distance as u32;
                }
                x += 1;
            }
        }
    }
}

/// The squared distance from one column's nearest pixel, along a row.
struct Parabola {
    x: f64,
    height: f64,
    /// Where it becomes the lowest.
    from: f64,
}
