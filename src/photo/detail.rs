//! Lends the painted area the photo's own fine detail.
//!
//! What is painted on a small grid is soft when enlarged. What the photo has beyond its own
//! enlarged grid, its *residual*, lies next door: every painted cell knows which known cell it
//! resembles, and borrows the residual from there, at full resolution.
//!
//! # Source
//! Residuals pasted by the places a match points to, as in Yi et al., *Contextual Residual
//! Aggregation* (CVPR 2020); theirs come from attention, ours from [`super::patch_match`].
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grids have a few hundred cells a side, and places are clamped to them"
)]

use super::patch_match::Matches;

/// Adds borrowed residuals to the painted pixels of one channel.
///
/// Between the four nearest cells the borrowed residuals are faded into one another.
///
/// # Shapes and ranges
/// - `enlarged`: the grid at full size, `width * height`, in the unit of `photo`; painted pixels
///   change
/// - `photo`: the same channel of the photo; read where `hole` is 0
/// - `hole`: 0 is known, anything else painted
///
/// # Panics
/// If a length is not that of `size`.
pub fn lend(enlarged: &mut [f32], photo: &[f32], hole: &[u8], size: [usize; 2], matches: &Matches) {
    let [w, h] = size;
    assert_eq!([enlarged.len(), photo.len(), hole.len()], [w * h; 3], "planes of {size:?}");
    let [gw, gh] = matches.size;
    let [sx, sy] = [gw as f32 / w as f32, gh as f32 / h as f32]; // cells per pixel
    let cell_before = |at: usize, scale: f32, cells: usize| {
        let centre = (at as f32 + 0.5) * scale - 0.5;
        let first = centre.floor().clamp(0.0, cells as f32 - 1.0);
        (first as usize, (first as usize + 1).min(cells - 1), (centre - first).clamp(0.0, 1.0))
    };
    for y in 0..h {
        let (y0, y1, fy) = cell_before(y, sy, gh);
        for x in 0..w {
            if hole[y * w + x] == 0 {
                continue;
            }
            let (x0, x1, fx) = cell_before(x, sx, gw);
            let corners = [
                (x0, y0, (1.0 - fx) * (1.0 - fy)),
                (x1, y0, fx * (1.0 - fy)),
                (x0, y1, (1.0 - fx) * fy),
                (x1, y1, fx * fy),
            ];
            let mut places = [([0_i32; 2], 0.0_f32); 4];
            for (place, (cx, cy, weight)) in places.iter_mut().zip(corners) {
                let [mx, my] = matches.from[cy * gw + cx];
                *place = ([mx - cx as i32, my - cy as i32], weight);
            }
            let borrowed = faded(&places, |[dx, dy]| {
                let px = (x as f32 + dx as f32 / sx).round();
                let py = (y as f32 + dy as f32 / sy).round();
                let [px, py] = [px.clamp(0.0, w as f32 - 1.0), py.clamp(0.0, h as f32 - 1.0)];
                let at = py as usize * w + px as usize;
                if hole[at] == 0 { photo[at] - enlarged[at] } else { 0.0 }
            });
            enlarged[y * w + x] += borrowed;
        }
    }
}

/// The residuals of up to four places, faded by their weights.
///
/// Cubed weights keep the fade narrow: averaged over its whole width, unlike residuals would cancel
/// out and leave a soft spot between every two cells.
fn faded(places: &[([i32; 2], f32); 4], residual: impl Fn([i32; 2]) -> f32) -> f32 {
    let mut sum = 0.0;
    let mut weights = 0.0;
    for (i, &(offset, _)) in places.iter().enumerate() {
        if places[..i].iter().any(|&(earlier, _)| earlier == offset) {
            continue;
        }
        let share: f32 = places.iter().filter(|(o, _)| *o == offset).map(|(_, w)| w).sum();
        let weight = share.powi(3);
        sum += weight * residual(offset);
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::patch_match::tests::{bands, matches};
    use super::super::patch_match::{Dice, Low};
    use super::*;

    #[test]
    fn texture_comes_over_at_full_strength_and_known_pixels_stay() {
        // Ten pixels a cell; the photo is the grid plus a noise of ±7.
        let (grid, rgb, hole) = bands();
        let [w, h] = [180, 130];
        let cell = |i: usize| (i / w / 10) * grid[0] + (i % w) / 10;
        let smooth: Vec<f32> = (0..w * h).map(|i| rgb[cell(i)] * 255.0).collect();
        let mut dice = Dice::new(3);
        let noise: Vec<f32> = (0..w * h).map(|_| [-7.0, 7.0][dice.below(2)]).collect();
        let photo: Vec<f32> = smooth.iter().enumerate().map(|(i, v)| v + noise[i]).collect();
        let full: Vec<u8> = (0..w * h).map(|i| u8::from(hole[cell(i)] > 0.5)).collect();
        let matches = matches(Low { size: grid, rgb: &rgb, hole: &hole }, 1).unwrap();
        let mut lent = smooth.clone();
        lend(&mut lent, &photo, &full, [w, h], &matches);
        let change = |i: usize| lent[i] - smooth[i];
        assert!((0..w * h).all(|i| full[i] != 0 || change(i) == 0.0), "known pixels stay");
        let painted: Vec<f32> = (0..w * h).filter(|&i| full[i] != 0).map(change).collect();
        let power = painted.iter().map(|c| c * c).sum::<f32>() / painted.len() as f32;
        assert!((5.6..=7.0).contains(&power.sqrt()), "strength {}, not 7", power.sqrt());
    }
}
