//! What an eye finds wrong with invented texture: it repeats itself, or it runs in streaks.
//!
//! Both say nothing alone, since facades repeat and reeds run in streaks; beside the same number of
//! the photo itself they do. What we measure is ours.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small pictures, and places are checked"
)]

/// Pixels of the picture that make a cell: what repeats is larger than a pixel.
const CELL_PX: usize = 2;
/// The mean over so many cells to either side is taken out: light is no texture.
const LIGHT: usize = 4;
/// The shortest displacement at which something can repeat, in cells.
const NEAREST: i32 = 5;
/// The farthest, as a part of the longer side.
const FARTHEST: f64 = 0.6;
/// How much of the painted area has to meet something under a displacement.
const LEAST_OVERLAP: f64 = 0.25;
/// Half the side, in cells, of the square over which one direction is told.
const SQUARE: usize = 3;

/// How much the painted area repeats itself or the photo: the largest correlation of its texture
/// with the picture, displaced; 1 = an exact copy, 0 = nothing of the kind.
///
/// # Shapes and ranges
/// `rgba`: `width * height * 4`; `hole`: `width * height`, 0 is known, anything else painted.
#[must_use]
pub fn repetition(rgba: &[u8], hole: &[u8], size: [usize; 2]) -> f64 {
    let Texture { size: [w, h], values, painted } = Texture::of(rgba, hole, size);
    let cells: Vec<usize> = (0..values.len()).filter(|&at| painted[at]).collect();
    let reach = (w.max(h) as f64 * FARTHEST) as i32;
    let mut most = 0.0_f64;
    for dy in 0..=reach {
        for dx in -reach..=reach {
            if dx * dx + dy * dy < NEAREST * NEAREST || (dy == 0 && dx < 0) {
                continue;
            }
            let (mut both, mut one, mut other, mut count) = (0.0, 0.0, 0.0, 0_usize);
            for &at in &cells {
                let [x, y] = [(at % w) as i32 + dx, (at / w) as i32 + dy];
                if !(0..w as i32).contains(&x) || !(0..h as i32).contains(&y) {
                    continue;
                }
                let [a, b] = [values[at], values[y as usize * w + x as usize]];
                both += a * b;
                one += a * a;
                other += b * b;
                count += 1;
            }
            if count as f64 >= LEAST_OVERLAP * cells.len() as f64 && one * other > 0.0 {
                most = most.max(f64::from(both) / f64::from(one * other).sqrt());
            }
        }
    }
    most
}

/// How much the painted area runs in one direction at each of its places: 1 = nothing but parallel
/// lines, 0 = no direction.
///
/// # Shapes and ranges
/// As [`repetition`].
#[must_use]
pub fn streaks(rgba: &[u8], hole: &[u8], size: [usize; 2]) -> f64 {
    let Texture { size: [w, h], values, painted } = Texture::of(rgba, hole, size);
    let gradient = |at: usize| {
        let [x, y] = [at % w, at / w];
        let inside = x > 0 && y > 0 && x + 1 < w && y + 1 < h;
        if !inside {
            return [0.0; 2];
        }
        [values[at + 1] - values[at - 1], values[at + w] - values[at - w]]
    };
    let gradients: Vec<[f32; 2]> = (0..values.len()).map(gradient).collect();
    let (mut directed, mut all) = (0.0, 0.0);
    for at in (0..values.len()).filter(|&at| painted[at]) {
        let [x, y] = [at % w, at / w];
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for ny in y.saturating_sub(SQUARE)..(y + SQUARE + 1).min(h) {
            for nx in x.saturating_sub(SQUARE)..(x + SQUARE + 1).min(w) {
                let near = ny * w + nx;
                if painted[near] {
                    let [gx, gy] = gradients[near];
                    xx += gx * gx;
                    yy += gy * gy;
                    xy += gx * gy;
                }
            }
        }
        // The difference of the structure tensor's eigenvalues, and their sum.
        directed += f64::from(((xx - yy) * (xx - yy) + 4.0 * xy * xy).sqrt());
        all += f64::from(xx + yy);
    }
    if all > 0.0 { directed / all } else { 0.0 }
}

/// Lightness without light, in cells.
struct Texture {
    size: [usize; 2],
    values: Vec<f32>,
    painted: Vec<bool>,
}

impl Texture {
    fn of(rgba: &[u8], hole: &[u8], [width, height]: [usize; 2]) -> Self {
        let size @ [w, h] = [width / CELL_PX, height / CELL_PX];
        let pixels_of = |at: usize| {
            let first = at / w * CELL_PX * width + at % w * CELL_PX;
            (0..CELL_PX * CELL_PX).map(move |i| first + i / CELL_PX * width + i % CELL_PX)
        };
        let luma = |at: usize| {
            let of = |p: usize| {
                let [r, g, b] = [0, 1, 2].map(|c| f32::from(rgba[4 * p + c]));
                0.299 * r + 0.587 * g + 0.114 * b
            };
            pixels_of(at).map(of).sum::<f32>() / (CELL_PX * CELL_PX) as f32
        };
        let luma: Vec<f32> = (0..w * h).map(luma).collect();
        let light = |at: usize| {
            let [x, y] = [at % w, at / w];
            let (mut sum, mut count) = (0.0, 0.0);
            for y in y.saturating_sub(LIGHT)..(y + LIGHT + 1).min(h) {
                for x in x.saturating_sub(LIGHT)..(x + LIGHT + 1).min(w) {
                    sum += luma[y * w + x];
                    count += 1.0;
                }
            }
            sum / count
        };
        Self {
            size,
            values: (0..w * h).map(|at| luma[at] - light(at)).collect(),
            painted: (0..w * h).map(|at| pixels_of(at).all(|p| hole[p] != 0)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise in cells of two pixels; the right half is painted, and `from` says which column of
    /// cells a column shows.
    fn picture(from: impl Fn(usize) -> usize) -> ([usize; 2], Vec<u8>, Vec<u8>) {
        let size = [128, 64];
        let value = |x: usize, y: usize| {
            let mut mixed = (x * 1000 + y) as u64;
            for shift in [30, 27, 31] {
                mixed = (mixed ^ (mixed >> shift)).wrapping_mul(0xBF58_476D_1CE4_E5B9) + 1;
            }
            (mixed >> 40) as u8
        };
        let rgba = (0..size[0] * size[1]).flat_map(|at| {
            let v = value(from(at % size[0] / 2), at / size[0] / 2);
            [v, v, v, 255]
        });
        let hole = (0..size[0] * size[1]).map(|at| u8::from(at % size[0] >= 64)).collect();
        (size, rgba.collect(), hole)
    }

    #[test]
    fn what_is_copied_over_and_over_repeats() {
        let [fresh, rows] = [picture(|x| x), picture(|x| x % 8)]
            .map(|(size, rgba, hole)| repetition(&rgba, &hole, size));
        assert!(fresh < 0.3, "{fresh}");
        assert!(rows > 0.95, "{rows}");
    }

    #[test]
    fn what_is_drawn_out_runs_in_streaks() {
        let [fresh, drawn] = [picture(|x| x), picture(|x| x.min(34))]
            .map(|(size, rgba, hole)| streaks(&rgba, &hole, size));
        assert!(fresh < 0.4, "{fresh}");
        assert!(drawn > 0.8, "{drawn}");
    }
}
