//! Finds, for every painted cell of a small picture, the known cell whose surroundings look most
//! alike.
//!
//! # Source
//! Barnes et al., *PatchMatch* (2009): neighbours hand their matches on, and random search refines
//! them. Ours is deterministic, and adds a pull: see `PULL`.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grids have a few hundred cells a side, and places are clamped to them"
)]

/// Half the side of the square of cells that is compared.
pub(super) const REACH: i32 = 2;
/// What it costs to borrow from another row *and* another column, for a displacement as long as
/// the picture's short side. Sky lies beside sky and ground beside ground: what goes on to the side
/// is best borrowed along its row, what goes on upwards along its column.
const PULL: f32 = 25.0;
/// What it costs to borrow from a row as far away as the picture's short side: what lies far below
/// is seldom what belongs above.
const LIFT: f32 = 6.0;

/// A small picture: planes of red, green and blue in `0..=1`, and the hole (1 = painted).
#[derive(Clone, Copy, Debug)]
pub struct Low<'a> {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Three planes.
    pub rgb: &'a [f32],
    /// One plane.
    pub hole: &'a [f32],
}

/// For every cell the known cell that it borrows from; known cells borrow from themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Matches {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Column and row, cell by cell.
    pub from: Vec<[i32; 2]>,
    /// How unlike each cell is to the one it borrows from; 0 for known cells.
    pub cost: Vec<f32>,
}

impl Matches {
    /// Every painted cell borrows from a known cell drawn by `dice`; nothing when none is known.
    #[must_use]
    pub fn random(low: Low, dice: &mut Dice) -> Option<Self> {
        let sources = Sources::of(low)?;
        let from = cells(low.size)
            .map(|cell| if sources.is_painted(cell) { sources.any(dice) } else { cell })
            .collect();
        Some(Self { size: low.size, from, cost: vec![0.0; low.hole.len()] })
    }

    /// The same displacements on a picture of another size.
    #[must_use]
    pub fn resized(&self, low: Low, dice: &mut Dice) -> Option<Self> {
        let sources = Sources::of(low)?;
        let [w, h] = self.size;
        let [nw, nh] = low.size;
        let from = cells(low.size).map(|cell| {
            if !sources.is_painted(cell) {
                return cell;
            }
            let [x, y] = cell;
            let parent = [x as usize * w / nw, y as usize * h / nh];
            let [px, py] = self.from[parent[1] * w + parent[0]];
            let moved = |delta: i32, side: usize, was: usize| {
                (delta as f32 * side as f32 / was as f32).round() as i32
            };
            let place =
                [x + moved(px - parent[0] as i32, nw, w), y + moved(py - parent[1] as i32, nh, h)];
            if sources.contains(place) { place } else { sources.any(dice) }
        });
        Some(Self { size: low.size, from: from.collect(), cost: vec![0.0; nw * nh] })
    }

    /// Improves the matches for so many rounds, on a picture of the same size.
    #[must_use]
    pub fn improved(mut self, low: Low, rounds: usize, dice: &mut Dice) -> Self {
        let Some(sources) = Sources::of(low) else { return self };
        let painted: Vec<[i32; 2]> =
            cells(low.size).filter(|&cell| sources.is_painted(cell)).collect();
        for &cell in &painted {
            let at = low.index(cell);
            self.cost[at] = low.cost(cell, self.from[at], f32::INFINITY);
        }
        for round in 0..rounds {
            let back = if round % 2 == 0 { -1 } else { 1 };
            let mut improve = |cell: [i32; 2]| {
                self.propagate(low, &sources, cell, [back, 0]);
                self.propagate(low, &sources, cell, [0, back]);
                self.search(low, &sources, cell, dice);
            };
            if back < 0 {
                painted.iter().for_each(|&cell| improve(cell));
            } else {
                painted.iter().rev().for_each(|&cell| improve(cell));
            }
        }
        self
    }

    fn offer(&mut self, low: Low, sources: &Sources, cell: [i32; 2], from: [i32; 2]) {
        let at = low.index(cell);
        if sources.contains(from) {
            let cost = low.cost(cell, from, self.cost[at]);
            if cost < self.cost[at] {
                self.from[at] = from;
                self.cost[at] = cost;
            }
        }
    }

    /// Takes over a neighbour's match, moved along: what lies side by side should come from places
    /// side by side.
    fn propagate(&mut self, low: Low, sources: &Sources, cell: [i32; 2], [dx, dy]: [i32; 2]) {
        let neighbour = [cell[0] + dx, cell[1] + dy];
        let [w, h] = low.size.map(|side| side as i32);
        if (0..w).contains(&neighbour[0]) && (0..h).contains(&neighbour[1]) {
            let [x, y] = self.from[low.index(neighbour)];
            self.offer(low, sources, cell, [x - dx, y - dy]);
        }
    }

    /// Tries one place anywhere, and places ever closer to the match so far.
    fn search(&mut self, low: Low, sources: &Sources, cell: [i32; 2], dice: &mut Dice) {
        self.offer(low, sources, cell, sources.any(dice));
        let mut radius = (low.size[0].max(low.size[1]) / 2) as i32;
        while radius >= 1 {
            let [x, y] = self.from[low.index(cell)];
            let mut step = || dice.below(2 * radius as usize + 1) as i32 - radius;
            let place = [x + step(), y + step()];
            self.offer(low, sources, cell, place);
            radius /= 2;
        }
    }
}

impl Low<'_> {
    fn index(&self, [x, y]: [i32; 2]) -> usize {
        y as usize * self.size[0] + x as usize
    }

    /// How unlike the surroundings of two cells are, and how far apart they lie; at least `give_up`
    /// when it is more. Beyond the border the last cell repeats.
    fn cost(&self, a: [i32; 2], b: [i32; 2], give_up: f32) -> f32 {
        let [w, h] = self.size.map(|side| side as i32);
        let [dx, dy] = [0, 1].map(|axis| (a[axis] - b[axis]).abs() as f32 / w.min(h) as f32);
        let mut sum = PULL * dx.min(dy).powi(2) + LIFT * dy * dy;
        let at = |[x, y]: [i32; 2], dx: i32, dy: i32| {
            self.index([(x + dx).clamp(0, w - 1), (y + dy).clamp(0, h - 1)])
        };
        for dy in -REACH..=REACH {
            for dx in -REACH..=REACH {
                let [i, j] = [at(a, dx, dy), at(b, dx, dy)];
                for plane in self.rgb.chunks_exact(self.hole.len()) {
                    let difference = plane[i] - plane[j];
                    sum += difference * difference;
                }
            }
            if sum > give_up {
                break;
            }
        }
        sum
    }
}

/// Where may be borrowed from: cells whose whole surroundings are known, or, where there is no
/// such cell, known cells.
struct Sources {
    size: [usize; 2],
    painted: Vec<bool>,
    allowed: Vec<bool>,
    list: Vec<[i32; 2]>,
}

impl Sources {
    fn of(low: Low) -> Option<Self> {
        let painted: Vec<bool> = low.hole.iter().map(|&hole| hole > 0.5).collect();
        let [w, h] = low.size.map(|side| side as i32);
        let is_known = |[x, y]: [i32; 2]| {
            (0..w).contains(&x) && (0..h).contains(&y) && !painted[low.index([x, y])]
        };
        let around = |[x, y]: [i32; 2], reach: i32| {
            (-reach..=reach).all(|dy| (-reach..=reach).all(|dx| is_known([x + dx, y + dy])))
        };
        [REACH, 0].into_iter().find_map(|reach| {
            let allowed: Vec<bool> = cells(low.size).map(|cell| around(cell, reach)).collect();
            let list: Vec<_> = cells(low.size).filter(|&cell| allowed[low.index(cell)]).collect();
            let painted = painted.clone();
            (!list.is_empty()).then_some(Self { size: low.size, painted, allowed, list })
        })
    }

    fn at(&self, [x, y]: [i32; 2]) -> Option<usize> {
        let [w, h] = self.size;
        let [x, y] = [usize::try_from(x).ok()?, usize::try_from(y).ok()?];
        (x < w && y < h).then_some(y * w + x)
    }

    fn contains(&self, cell: [i32; 2]) -> bool {
        self.at(cell).is_some_and(|at| self.allowed[at])
    }

    fn is_painted(&self, cell: [i32; 2]) -> bool {
        self.at(cell).is_some_and(|at| self.painted[at])
    }

    fn any(&self, dice: &mut Dice) -> [i32; 2] {
        self.list[dice.below(self.list.len())]
    }
}

/// All cells, row by row.
fn cells([w, h]: [usize; 2]) -> impl Iterator<Item = [i32; 2]> {
    (0..h as i32).flat_map(move |y| (0..w as i32).map(move |x| [x, y]))
}

/// A small deterministic generator: xorshift64*, Vigna 2014.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Any seed is as good as any other.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Two bands, dark above bright, whose right third is painted.
    pub(in super::super) fn bands() -> ([usize; 2], Vec<f32>, Vec<f32>) {
        let [w, h] = [18, 13];
        let plane: Vec<f32> = (0..w * h).map(|i| if i / w < 6 { 0.2 } else { 0.8 }).collect();
        let hole = (0..w * h).map(|i| if i % w < 12 { 0.0 } else { 1.0 }).collect();
        ([w, h], [plane.clone(), plane.clone(), plane].concat(), hole)
    }

    pub(in super::super) fn matches(low: Low, seed: u64) -> Option<Matches> {
        let mut dice = Dice::new(seed);
        Some(Matches::random(low, &mut dice)?.improved(low, 5, &mut dice))
    }

    #[test]
    fn painted_cells_borrow_from_known_cells_that_look_alike() {
        let (size, rgb, hole) = bands();
        let found = matches(Low { size, rgb: &rgb, hole: &hole }, 1).unwrap();
        for (i, &[x, y]) in found.from.iter().enumerate() {
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
    fn the_same_picture_gives_the_same_matches() {
        let (size, mut rgb, hole) = bands();
        rgb.iter_mut().enumerate().for_each(|(i, v)| *v += (i * 37 % 101) as f32 / 500.0);
        let find = |seed| matches(Low { size, rgb: &rgb, hole: &hole }, seed).unwrap().from;
        assert_eq!(find(5), find(5));
        assert_ne!(find(5), find(6), "control: the seed matters");
    }

    #[test]
    fn a_resized_field_keeps_its_displacements() {
        let (size, rgb, hole) = bands();
        let mut dice = Dice::new(1);
        let small = matches(Low { size, rgb: &rgb, hole: &hole }, 1).unwrap();
        let twice: Vec<f32> = (0..36 * 26).map(|i| hole[(i / 36 / 2) * 18 + i % 36 / 2]).collect();
        let planes = vec![0.5; 3 * 36 * 26];
        let large = Low { size: [36, 26], rgb: &planes, hole: &twice };
        let large = small.resized(large, &mut dice).unwrap();
        let displacement = |m: &Matches, x: i32, y: i32| {
            let [fx, fy] = m.from[(y as usize) * m.size[0] + x as usize];
            [fx - x, fy - y]
        };
        let doubled = (0..26).flat_map(|y| (24..36).map(move |x| [x, y])).filter(|&[x, y]| {
            displacement(&large, x, y) == displacement(&small, x / 2, y / 2).map(|d| 2 * d)
        });
        assert!(doubled.count() > 12 * 26 * 3 / 4, "most displacements double");
    }

    #[test]
    fn nothing_known_matches_nothing() {
        let low = Low { size: [2, 1], rgb: &[0.0; 6], hole: &[1.0; 2] };
        assert!(matches(low, 1).is_none());
    }
}
