//! Continues a photo's own structures into the painted area, guided by what the network painted.
//!
//! A small network knows which colours belong where, but not how a tree ends or a wave breaks. The
//! photo does: so the painted area is put together from pieces of it. From coarse to fine, every
//! painted cell looks up where its surroundings occur in the known part, and takes the colours that
//! the pieces overlapping it agree on; then again, until the pieces fit one another. The network's
//! answer is where this starts, and a share of every vote on the coarse levels.
//!
//! # Source
//! Wexler, Shechtman & Irani, *Space-Time Completion of Video* (2007), with the matches of
//! [`super::patch_match`]. The guidance by a network is ours.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grids have a few hundred cells a side, and places are clamped to them"
)]

use super::patch_match::{Dice, Low, Matches, REACH};
use super::resize::resize_plane;

/// The photo at one size: planes in `0..=1`, and the hole.
#[derive(Clone, Debug)]
pub struct Level {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Three planes; what lies in the hole does not matter.
    pub rgb: Vec<f32>,
    /// One plane; 1 = painted.
    pub hole: Vec<f32>,
    /// How often matches and votes take turns.
    pub turns: usize,
    /// The network's share of every vote, from 0 to 1.
    pub guidance: f32,
}

/// Fills the holes of the levels, coarsest first, and returns the last one with its matches;
/// nothing when no cell is known.
///
/// `guide` has three planes at the size `guide_size`: the network's answer.
#[must_use]
pub fn continued(
    levels: Vec<Level>,
    guide: &[f32],
    guide_size: [usize; 2],
    seed: u64,
) -> Option<(Level, Matches)> {
    let mut dice = Dice::new(seed);
    let mut last: Option<(Level, Matches)> = None;
    for mut level in levels {
        let each = guide_size[0] * guide_size[1];
        let guide: Vec<f32> = guide
            .chunks_exact(each)
            .flat_map(|plane| resize_plane(plane, guide_size, level.size))
            .collect();
        let mut matches = if let Some((_, coarser)) = &last {
            let matches = coarser.resized(level.low(), &mut dice)?;
            level.vote(&matches, &guide);
            matches
        } else {
            level.take(&guide);
            Matches::random(level.low(), &mut dice)?.improved(level.low(), 3, &mut dice)
        };
        for _ in 0..level.turns {
            matches = matches.improved(level.low(), 2, &mut dice);
            level.vote(&matches, &guide);
        }
        last = Some((level, matches));
    }
    last
}

impl Level {
    fn low(&self) -> Low<'_> {
        Low { size: self.size, rgb: &self.rgb, hole: &self.hole }
    }

    /// Fills the hole with the guide.
    fn take(&mut self, guide: &[f32]) {
        let cells = self.hole.len();
        for (i, value) in self.rgb.iter_mut().enumerate() {
            if self.hole[i % cells] > 0.5 {
                *value = guide[i];
            }
        }
    }

    /// Gives every painted cell the mean of what the pieces over it say, better pieces counting
    /// more.
    fn vote(&mut self, matches: &Matches, guide: &[f32]) {
        let [w, h] = self.size.map(|side| side as i32);
        let cells = self.hole.len();
        let painted = self.hole.iter().filter(|&&hole| hole > 0.5).count().max(1);
        let usual = matches.cost.iter().sum::<f32>() / painted as f32 + 1e-6;
        let voted: Vec<[f32; 3]> = (0..cells)
            .map(|at| {
                let [x, y] = [at as i32 % w, at as i32 / w];
                if self.hole[at] < 0.5 {
                    return [0.0; 3];
                }
                let (mut sum, mut weights) = ([0.0; 3], 0.0);
                for dy in -REACH..=REACH {
                    for dx in -REACH..=REACH {
                        let [qx, qy] = [x + dx, y + dy];
                        if !(0..w).contains(&qx) || !(0..h).contains(&qy) {
                            continue;
                        }
                        let q = (qy * w + qx) as usize;
                        let [sx, sy] = matches.from[q];
                        let [sx, sy] = [(sx - dx).clamp(0, w - 1), (sy - dy).clamp(0, h - 1)];
                        let source = (sy * w + sx) as usize;
                        if self.hole[q] < 0.5 || self.hole[source] > 0.5 {
                            continue;
                        }
                        let weight = (-2.0 * matches.cost[q] / usual).exp() + 1e-9;
                        for (c, sum) in sum.iter_mut().enumerate() {
                            *sum += weight * self.rgb[c * cells + source];
                        }
                        weights += weight;
                    }
                }
                let say = |c: usize| {
                    let guide = guide[c * cells + at];
                    if weights == 0.0 {
                        return guide;
                    }
                    sum[c] / weights * (1.0 - self.guidance) + guide * self.guidance
                };
                [say(0), say(1), say(2)]
            })
            .collect();
        for (i, value) in self.rgb.iter_mut().enumerate() {
            if self.hole[i % cells] > 0.5 {
                *value = voted[i % cells][i / cells];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fence: dark and bright columns in turn, two cells each, under a flat sky; the right third
    /// is painted.
    fn fence(scale: usize, turns: usize, guidance: f32) -> Level {
        let [w, h] = [30 * scale, 17 * scale];
        let shade = |x: usize, y: usize| match (y < 6 * scale, (x / scale) % 4 < 2) {
            (true, _) => 0.5,
            (false, dark) => {
                if dark {
                    0.1
                } else {
                    0.9
                }
            }
        };
        let plane: Vec<f32> = (0..w * h).map(|i| shade(i % w, i / w)).collect();
        let hole = (0..w * h).map(|i| if i % w < 20 * scale { 0.0 } else { 1.0 }).collect();
        Level {
            size: [w, h],
            rgb: [plane.clone(), plane.clone(), plane].concat(),
            hole,
            turns,
            guidance,
        }
    }

    /// The painted values of one row.
    fn row(level: &Level, y: usize) -> Vec<f32> {
        let [w, _] = level.size;
        level.rgb[y * w + w * 2 / 3..(y + 1) * w].to_vec()
    }

    #[test]
    fn a_fence_goes_on_as_a_fence_and_sky_as_sky() {
        let guide = vec![0.5; 3 * 9]; // a network that knows nothing but grey
        let levels = vec![fence(1, 6, 0.0), fence(2, 2, 0.0)];
        let truth = row(&fence(2, 0, 0.0), 25);
        let (result, matches) = continued(levels, &guide, [3, 3], 1).unwrap();
        let error =
            |a: &[f32]| a.iter().zip(&truth).map(|(a, b)| (a - b).abs()).sum::<f32>() / 20.0;
        assert!(error(&row(&result, 25)) < 0.1, "off by {}", error(&row(&result, 25)));
        assert!(error(&[0.5; 20]) > 0.3, "control: the guide alone is no fence");
        assert!(row(&result, 3).iter().all(|v| (v - 0.5).abs() < 0.05), "sky stays sky");
        assert_eq!(matches.size, result.size);
    }

    #[test]
    fn what_is_known_stays_and_the_guide_has_its_share() {
        let guide = [vec![1.0; 9], vec![0.0; 18]].concat(); // red
        let painted = |guidance| {
            let (result, _) = continued(vec![fence(1, 3, guidance)], &guide, [3, 3], 1).unwrap();
            let [w, h] = result.size;
            let known = (0..w * h).filter(|i| i % w < 20);
            assert!(known.clone().all(|i| result.rgb[i] == fence(1, 0, 0.0).rgb[i]), "known stays");
            let cells = (0..w * h).filter(|i| i % w >= 20);
            cells.map(|i| result.rgb[i] - result.rgb[w * h + i]).sum::<f32>() / (10 * h) as f32
        };
        assert!(painted(0.0).abs() < 1e-3, "the fence is grey");
        assert!(painted(0.4) > 0.3, "red shows through: {}", painted(0.4));
    }
}
