//! Lends the painted area the photo's own fine detail.
//!
//! A network paints on a small grid; enlarged, that is right in colour and structure but soft.
//! What the photo has beyond its own enlarged grid, its *residual*, lies next door. For every
//! painted cell we look for the known cell whose surroundings look most alike on the grid, and
//! borrow the residual from there, at full resolution.
//!
//! Source: residuals pasted by the places a match points to, as in contextual residual aggregation
//! (Yi et al., CVPR 2020); the matches are found as in PatchMatch (Barnes et al., 2009). Ours is
//! deterministic: the same picture gives the same detail.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grids have a few hundred cells a side, and places are clamped to them"
)]

/// Half the side of the square of cells that is compared.
const REACH: isize = 2;
/// Rounds of propagation and random search; the field settles after four.
const ROUNDS: usize = 5;

/// For every cell of a grid, the known cell that it borrows from; known cells borrow from
/// themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches {
    size: [usize; 2],
    from: Vec<[i32; 2]>,
}

/// A low-resolution picture to match in: planes of red, green, blue and the hole (1 = painted).
#[derive(Clone, Copy, Debug)]
pub struct Low<'a> {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Three planes, any unit.
    pub rgb: &'a [f32],
    /// One plane.
    pub hole: &'a [f32],
}

impl Low<'_> {
    fn is_known(&self, [x, y]: [i32; 2]) -> bool {
        let [w, h] = self.size;
        let inside = |v: i32, side: usize| usize::try_from(v).is_ok_and(|v| v < side);
        inside(x, w) && inside(y, h) && self.hole[y as usize * w + x as usize] < 0.5
    }

    /// How unlike the surroundings of two cells are; cells beyond the border repeat its last cell.
    fn distance(&self, a: [i32; 2], b: [i32; 2], give_up: f32) -> f32 {
        let [w, h] = self.size;
        let at = |[x, y]: [i32; 2], dx: isize, dy: isize| {
            let x = (x as isize + dx).clamp(0, w as isize - 1) as usize;
            let y = (y as isize + dy).clamp(0, h as isize - 1) as usize;
            y * w + x
        };
        let mut sum = 0.0;
        for dy in -REACH..=REACH {
            for dx in -REACH..=REACH {
                let [i, j] = [at(a, dx, dy), at(b, dx, dy)];
                for plane in self.rgb.chunks_exact(w * h) {
                    sum += (plane[i] - plane[j]).powi(2);
                }
            }
            if sum > give_up {
                return sum;
            }
        }
        sum
    }
}

/// Finds where every painted cell borrows from; `None` when nothing is known.
#[must_use]
pub fn find_matches(low: Low, seed: u64) -> Option<Matches> {
    let [w, h] = low.size;
    let cells = || (0..h as i32).flat_map(|y| (0..w as i32).map(move |x| [x, y]));
    let known: Vec<[i32; 2]> = cells().filter(|&cell| low.is_known(cell)).collect();
    if known.is_empty() {
        return None;
    }
    let painted: Vec<[i32; 2]> = cells().filter(|&cell| !low.is_known(cell)).collect();
    let mut dice = Dice(seed ^ 0x9E37_79B9_7F4A_7C15);
    let mut field = Field { low, from: cells().collect(), cost: vec![0.0; w * h] };
    for &cell in &painted {
        let start = known[dice.below(known.len())];
        field.put(cell, start, low.distance(cell, start, f32::INFINITY));
    }
    for round in 0..ROUNDS {
        let back = if round % 2 == 0 { -1 } else { 1 };
        let mut improve = |cell: [i32; 2]| {
            field.propagate(cell, [back, 0]);
            field.propagate(cell, [0, back]);
            field.search(cell, &known, &mut dice);
        };
        if back < 0 {
            painted.iter().for_each(|&cell| improve(cell));
        } else {
            painted.iter().rev().for_each(|&cell| improve(cell));
        }
    }
    Some(Matches { size: low.size, from: field.from })
}

/// The matches so far and what each costs.
struct Field<'a> {
    low: Low<'a>,
    from: Vec<[i32; 2]>,
    cost: Vec<f32>,
}

impl Field<'_> {
    fn index(&self, [x, y]: [i32; 2]) -> usize {
        y as usize * self.low.size[0] + x as usize
    }

    fn put(&mut self, cell: [i32; 2], from: [i32; 2], cost: f32) {
        let at = self.index(cell);
        self.from[at] = from;
        self.cost[at] = cost;
    }

    fn offer(&mut self, cell: [i32; 2], from: [i32; 2]) {
        let cost = self.cost[self.index(cell)];
        if self.low.is_known(from) {
            let offered = self.low.distance(cell, from, cost);
            if offered < cost {
                self.put(cell, from, offered);
            }
        }
    }

    /// Takes over a neighbour's match, moved along: what lies side by side should come from places
    /// side by side.
    fn propagate(&mut self, cell: [i32; 2], [dx, dy]: [i32; 2]) {
        let neighbour = [cell[0] + dx, cell[1] + dy];
        let [w, h] = self.low.size.map(|side| side as i32);
        if (0..w).contains(&neighbour[0]) && (0..h).contains(&neighbour[1]) {
            let [x, y] = self.from[self.index(neighbour)];
            self.offer(cell, [x - dx, y - dy]);
        }
    }

    /// Tries places ever closer to the match so far, and one anywhere.
    fn search(&mut self, cell: [i32; 2], known: &[[i32; 2]], dice: &mut Dice) {
        self.offer(cell, known[dice.below(known.len())]);
        let mut radius = self.low.size[0].max(self.low.size[1]) / 2;
        while radius >= 1 {
            let [x, y] = self.from[self.index(cell)];
            let step = |dice: &mut Dice| dice.below(2 * radius + 1) as i32 - radius as i32;
            let place = [x + step(dice), y + step(dice)];
            self.offer(cell, place);
            radius /= 2;
        }
    }
}

/// A small deterministic generator: xorshift64*, Vigna 2014.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }
}

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
    use super::*;

    /// A grid of two bands, dark above bright, whose right third is painted.
    fn bands() -> ([usize; 2], Vec<f32>, Vec<f32>) {
        let [w, h] = [18, 13];
        let plane: Vec<f32> = (0..w * h).map(|i| if i / w < 6 { 0.2 } else { 0.8 }).collect();
        let hole = (0..w * h).map(|i| if i % w < 12 { 0.0 } else { 1.0 }).collect();
        ([w, h], [plane.clone(), plane.clone(), plane].concat(), hole)
    }

    #[test]
    fn painted_cells_borrow_from_known_cells_that_look_alike() {
        let (size, rgb, hole) = bands();
        let matches = find_matches(Low { size, rgb: &rgb, hole: &hole }, 1).unwrap();
        for (i, &[x, y]) in matches.from.iter().enumerate() {
            let cell = [(i % 18) as i32, (i / 18) as i32];
            if hole[i] < 0.5 {
                assert_eq!([x, y], cell, "a known cell is its own match");
            } else {
                assert!((0..12).contains(&x), "from the known part, got {x}");
                assert_eq!(y < 6, cell[1] < 6, "from the same band: {cell:?} from {:?}", [x, y]);
            }
        }
    }

    #[test]
    fn the_same_grid_gives_the_same_matches() {
        let (size, mut rgb, hole) = bands();
        rgb.iter_mut().enumerate().for_each(|(i, v)| *v += (i * 37 % 101) as f32 / 500.0);
        let find = |seed| find_matches(Low { size, rgb: &rgb, hole: &hole }, seed);
        assert_eq!(find(5), find(5));
        assert_ne!(find(5), find(6), "control: the seed matters");
    }

    #[test]
    fn texture_comes_over_at_full_strength_and_known_pixels_stay() {
        // Ten pixels a cell; the photo is the grid plus a noise of ±7.
        let (grid, rgb, hole) = bands();
        let [w, h] = [180, 130];
        let cell = |i: usize| (i / w / 10) * grid[0] + (i % w) / 10;
        let smooth: Vec<f32> = (0..w * h).map(|i| rgb[cell(i)] * 255.0).collect();
        let mut dice = Dice(3);
        let noise: Vec<f32> = (0..w * h).map(|_| [-7.0, 7.0][dice.below(2)]).collect();
        let photo: Vec<f32> = smooth.iter().enumerate().map(|(i, v)| v + noise[i]).collect();
        let full: Vec<u8> = (0..w * h).map(|i| u8::from(hole[cell(i)] > 0.5)).collect();
        let matches = find_matches(Low { size: grid, rgb: &rgb, hole: &hole }, 1).unwrap();
        let mut lent = smooth.clone();
        lend(&mut lent, &photo, &full, [w, h], &matches);
        let change = |i: usize| lent[i] - smooth[i];
        assert!((0..w * h).all(|i| full[i] != 0 || change(i) == 0.0), "known pixels stay");
        let painted: Vec<f32> = (0..w * h).filter(|&i| full[i] != 0).map(change).collect();
        let power = painted.iter().map(|c| c * c).sum::<f32>() / painted.len() as f32;
        assert!((5.6..=7.0).contains(&power.sqrt()), "strength {}, not 7", power.sqrt());
    }

    #[test]
    fn nothing_known_lends_nothing() {
        assert_eq!(find_matches(Low { size: [2, 1], rgb: &[0.0; 6], hole: &[1.0; 2] }, 1), None);
    }
}
