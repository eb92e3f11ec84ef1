#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "photos have some thousand pixels a side, and places are clamped to them"
)]

use super::super::Photo;
use super::Grid;

const CAP: u8 = 24;
const STRIP: usize = 32;

/// Brightness, and where to look.
struct Plane {
    size: [usize; 2],
    luma: Vec<u8>,
    /// Empty, or 0 where nothing is to be looked at.
    inside: Vec<u8>,
}

impl Plane {
    fn of(photo: &Photo, rect: [usize; 4]) -> Self {
        let width = photo.size()[0] as usize;
        let mut luma = Vec::with_capacity((rect[2] - rect[0]) * (rect[3] - rect[1]));
        for row in photo.rgba().chunks_exact(width * 4).take(rect[3]).skip(rect[1]) {
            luma.extend(row[rect[0] * 4..rect[2] * 4].chunks_exact(4).map(|p| {
                let sum = 77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]);
                ((sum + 128) >> 8) as u8
            }));
        }
        Self { size: [rect[2] - rect[0], rect[3] - rect[1]], luma, inside: Vec::new() }
    }

    fn step(&self, a: usize, b: usize) -> f32 {
        let step = self.luma[a].abs_diff(self.luma[b]).saturating_sub(1).min(CAP);
        if !self.inside.is_empty() && (self.inside[a] == 0 || self.inside[b] == 0) {
            return 0.0;
        }
        f32::from(step)
    }

    fn at(&self, axis: usize, along: usize, across: usize) -> usize {
        if axis == 0 { across * self.size[0] + along } else { along * self.size[0] + across }
    }
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    grid: Grid,
    rect: [usize; 4],
    score: f32,
}

/// Strips: [axis] -> strips -> profile
fn strips(plane: &Plane) -> [Vec<Vec<f32>>; 2] {
    let [w, h] = plane.size;
    let mut across = vec![vec![0.0_f32; w]; h.div_ceil(STRIP)];
    let mut down = vec![vec![0.0_f32; h]; w.div_ceil(STRIP)];
    for y in 0..h {
        let sums = &mut across[y / STRIP];
        for x in 1..w {
            sums[x] += plane.step(y * w + x - 1, y * w + x);
        }
        if y > 0 {
            for (strip, sums) in down.iter_mut().enumerate() {
                let to = ((strip + 1) * STRIP).min(w);
                sums[y] = (strip * STRIP..to).map(|x| plane.step((y - 1) * w + x, y * w + x)).sum();
            }
        }
    }
    [across, down]
}

fn best_comb(profile: &[f32], least: f32, most: f32) -> Option<(f32, f32, f32)> {
    let n = profile.len() as f32;
    let mut best: Option<(f32, f32, f32)> = None;
    let mut period = least;
    let mut fold = [[0.0_f32; 2]; 16];
    while period < most && n >= period * 3.2 {
        let bins = period.ceil() as usize;
        fold[..bins].fill([0.0; 2]);
        let scale = bins as f32 / period;
        let mut at = 0.0_f32;
        for &value in profile {
            let bin = &mut fold[((at * scale) as usize).min(bins - 1)];
            bin[0] += value;
            bin[1] += 1.0;
            at += 1.0;
            if at >= period {
                at -= period;
            }
        }
        let total = fold[..bins].iter().fold([0.0, 0.0], |t, b| [t[0] + b[0], t[1] + b[1]]);
        for bin in 0..bins {
            let next = fold[(bin + 1) % bins];
            let on = [fold[bin][0] + next[0], fold[bin][1] + next[1]];
            let off = [total[0] - on[0], total[1] - on[1]];
            let [a, b] = [on, off].map(|[sum, count]| sum / count.max(1.0));
            let contrast = (a - b) / (a + b + 1e-3);
            if best.is_none_or(|(_, _, known)| contrast > known) {
                let centre = (bin as f32 + 0.5 + next[0] / (on[0] + 1e-6)) / scale;
                best = Some((period, centre, contrast));
            }
        }
        period += 0.6 * period / n;
    }
    best
}

fn candidates(plane: &Plane, gate: f32) -> Vec<Candidate> {
    let [mut across, mut down] = strips(plane);
    let [w, h] = plane.size;
    let mut found = Vec::new();
    let mut scale = 1_usize;
    loop {
        let half = STRIP * scale;
        let side = 2 * half;
        let mut top = 0;
        loop {
            let mut left = 0;
            loop {
                let rect = [left, top, (left + side).min(w), (top + side).min(h)];
                let profile = |strips: &[Vec<f32>], along: [usize; 2], first: usize| -> Vec<f32> {
                    let bins = (along[1] - along[0]) / scale;
                    let mut sums = vec![0.0; bins];
                    for strip in strips.iter().skip(first / half).take(2) {
                        let part = &strip[along[0]..along[0] + bins * scale];
                        for (sum, bin) in sums.iter_mut().zip(part.chunks_exact(scale)) {
                            *sum += bin.iter().sum::<f32>();
                        }
                    }
                    sums
                };
                let px = profile(&across, [rect[0], rect[2]], top);
                let py = profile(&down, [rect[1], rect[3]], left);
                let ranges: &[[f32; 2]] =
                    if scale == 1 { &[[3.0, 6.0], [6.0, 12.5]] } else { &[[5.8, 12.5]] };
                for &[least, most] in ranges {
                    let Some(x) = best_comb(&px, least, most) else { continue };
                    let Some(y) = best_comb(&py, least, most) else { continue };
                    let score = x.2.min(y.2);
                    if score > gate {
                        let s = scale as f32;
                        let grid = Grid::new(
                            [x.0 * s, y.0 * s],
                            [
                                rect[0] as f32 + (x.1 - 0.5) * s + 0.0,
                                rect[1] as f32 + (y.1 - 0.5) * s + 0.0,
                            ],
                        );
                        found.push(Candidate { grid, rect, score });
                    }
                }
                left += half;
                if left + half >= w && left > 0 {
                    break;
                }
            }
            top += half;
            if top + half >= h && top > 0 {
                break;
            }
        }
        scale *= 2;
        if STRIP * 2 * scale > 2 * w.max(h) {
            break;
        }
        for strips in [&mut across, &mut down] {
            *strips = strips
                .chunks(2)
                .map(|pair| {
                    let mut sum = pair[0].clone();
                    if let Some(second) = pair.get(1) {
                        sum.iter_mut().zip(second).for_each(|(a, b)| *a += b);
                    }
                    sum
                })
                .collect();
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}

