//! Finds, for every painted cell of a small picture, the known cell whose surroundings look most
//! alike.
//!
//! Costs are whole numbers, so the same picture gives the same matches on every machine.
//!
//! # Source
//! Barnes et al., *PatchMatch* (2009): neighbours hand their matches on, and random search refines
//! them. Ours adds three costs to how unlike two places look: for what the network painted there
//! (`GUIDE`), for distance (`PULL` and `LIFT`), and for places that many borrow from (`CROWD`), as
//! Kaspar et al., *Self Tuning Texture Optimization* (2015), do against repetition.
//!
//! Tried against rows and not taken: costs divided by how well a source fits anywhere, as Granot et
//! al., *Drop the GAN* (2022), do, scatter things over skies and walls; four times `CROWD` was
//! preferred in 7 of 16 extensions, in a blind comparison.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pictures have a few hundred cells a side, and places are checked to lie inside"
)]

/// Half the side of the square of cells that is compared.
pub(super) const REACH: i32 = 2;
const SPAN: usize = 2 * REACH as usize + 1;
/// What unlike hints cost, beside one compared cell of unlike colour. Sixteen scores better where
/// the network is sure, but follows it into fog where it is not; three looks better today.
const GUIDE: u32 = 3;
/// What it costs to borrow from another row *and* another column, for a displacement as long as
/// the picture's short side, in squared steps of 255. Sky lies beside sky and ground beside ground:
/// what goes on to the side is best borrowed along its row, what goes on upwards along its column.
const PULL: f32 = 75.0 * 255.0 * 255.0;
/// What it costs to borrow from a row as far away as the picture's short side: what lies far below
/// is seldom what belongs above.
const LIFT: f32 = 6.0 * 255.0 * 255.0;
/// What it costs to borrow from where others do, for each of them.
const CROWD: u32 = 1500;
/// More than this many borrowers of one cell cost no more.
const MOST: u32 = 8;

/// A small picture to search in.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Red, green, blue and nothing, cell by cell.
    pub colours: &'a [[u8; 4]],
    /// Coarse colours: what the network wants in painted cells, what the photo has in known ones.
    pub hints: &'a [[u8; 4]],
    /// Which cells are painted.
    pub painted: &'a [bool],
    /// Whether painted cells have colours to compare already; without, their hints alone count.
    pub has_colours: bool,
}

/// For every cell the known cell that it borrows from; known cells borrow from themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matches {
    /// `[width, height]` in cells.
    pub size: [usize; 2],
    /// Column and row, cell by cell.
    pub from: Vec<[i32; 2]>,
    /// How unlike each cell is to the one it borrows from; 0 for known cells.
    pub cost: Vec<u32>,
}

impl Matches {
    /// Lets every painted cell borrow from a known cell drawn by `dice`; `None` when no cell is
    /// known.
    #[must_use]
    pub fn random(field: Field, dice: &mut Dice) -> Option<Self> {
        let sources = Sources::of(field)?;
        let any = |cell| if sources.is_painted(cell) { sources.any(dice) } else { cell };
        let from = cells(field.size).map(any).collect();
        Some(Self { size: field.size, from, cost: vec![0; field.painted.len()] })
    }

    /// The same displacements on a picture with cells half as wide and high.
    #[must_use]
    pub fn doubled(&self, field: Field, dice: &mut Dice) -> Option<Self> {
        let sources = Sources::of(field)?;
        let double = |cell: [i32; 2]| {
            if !sources.is_painted(cell) {
                return cell;
            }
            let parent = cell.map(|at| at / 2);
            let [x, y] = self.from[parent[1] as usize * self.size[0] + parent[0] as usize];
            let place = [cell[0] + 2 * (x - parent[0]), cell[1] + 2 * (y - parent[1])];
            if sources.contains(place) { place } else { sources.any(dice) }
        };
        let from = cells(field.size).map(double).collect();
        Some(Self { size: field.size, from, cost: vec![0; field.painted.len()] })
    }

    /// Improves the matches for this many rounds, on a picture of the same size; places further
    /// than `radius` cells from the match so far are tried once a round, nearer ones more often.
    #[must_use]
    pub fn improved(self, field: Field, rounds: usize, radius: i32, dice: &mut Dice) -> Self {
        let Some(sources) = Sources::of(field) else { return self };
        let mut search = Search::new(field, &sources, self);
        let painted: Vec<[i32; 2]> =
            cells(field.size).filter(|&cell| sources.is_painted(cell)).collect();
        for &cell in &painted {
            search.look(cell);
        }
        for round in 0..rounds {
            let back = if round % 2 == 0 { -1 } else { 1 };
            let mut improve = |cell: [i32; 2]| {
                search.propagate(cell, [back, 0]);
                search.propagate(cell, [0, back]);
                search.wander(cell, radius, dice);
            };
            if back < 0 {
                painted.iter().for_each(|&cell| improve(cell));
            } else {
                painted.iter().rev().for_each(|&cell| improve(cell));
            }
        }
        search.matches
    }
}

/// A search under way.
struct Search<'a> {
    field: Field<'a>,
    sources: &'a Sources,
    /// The colours inside a margin as wide as the reach, in which the border repeats.
    padded: Vec<[u8; 4]>,
    /// Which of them cannot be compared.
    blank: Vec<bool>,
    matches: Matches,
    /// How many cells borrow from each.
    borrowers: Vec<u32>,
    pull: f32,
    lift: f32,
}

impl<'a> Search<'a> {
    fn new(field: Field<'a>, sources: &'a Sources, matches: Matches) -> Self {
        let [w, h] = field.size.map(|side| side as i32);
        let inside = |x: i32, y: i32| (y.clamp(0, h - 1) * w + x.clamp(0, w - 1)) as usize;
        let margin: Vec<usize> = (-REACH..h + REACH)
            .flat_map(|y| (-REACH..w + REACH).map(move |x| inside(x, y)))
            .collect();
        let padded = margin.iter().map(|at| field.colours[*at]).collect();
        let blank = margin.iter().map(|at| field.painted[*at] && !field.has_colours).collect();
        let mut borrowers = vec![0; field.painted.len()];
        for cell in cells(field.size).filter(|&cell| sources.is_painted(cell)) {
            borrowers[field.at(matches.from[field.at(cell)])] += 1;
        }
        let area = (w.min(h) * w.min(h)) as f32;
        Self {
            field,
            sources,
            padded,
            blank,
            matches,
            borrowers,
            pull: PULL / area,
            lift: LIFT / area,
        }
    }

    /// Computes again what the match of a cell costs.
    fn look(&mut self, cell: [i32; 2]) {
        let at = self.field.at(cell);
        self.matches.cost[at] = self.cost(cell, self.matches.from[at], u32::MAX);
    }

    fn offer(&mut self, cell: [i32; 2], from: [i32; 2]) {
        let at = self.field.at(cell);
        let now = self.matches.from[at];
        if from == now || !self.sources.contains(from) {
            return;
        }
        let [here, there] = [self.field.at(now), self.field.at(from)];
        // A cell does not crowd itself.
        let crowd = |borrowers: u32| CROWD * borrowers.min(MOST);
        let kept = self.matches.cost[at] + crowd(self.borrowers[here] - 1);
        let crowded = crowd(self.borrowers[there]);
        if crowded >= kept {
            return;
        }
        let cost = self.cost(cell, from, kept - crowded);
        if cost < kept - crowded {
            self.matches.from[at] = from;
            self.matches.cost[at] = cost;
            self.borrowers[here] -= 1;
            self.borrowers[there] += 1;
        }
    }

    /// Takes over a neighbour's match, moved along: what lies side by side should come from places
    /// side by side.
    fn propagate(&mut self, cell: [i32; 2], [dx, dy]: [i32; 2]) {
        let neighbour = [cell[0] + dx, cell[1] + dy];
        let [w, h] = self.field.size.map(|side| side as i32);
        if (0..w).contains(&neighbour[0]) && (0..h).contains(&neighbour[1]) {
            let [x, y] = self.matches.from[self.field.at(neighbour)];
            self.offer(cell, [x - dx, y - dy]);
        }
    }

    /// Tries one place anywhere, and places ever closer to the match so far.
    fn wander(&mut self, cell: [i32; 2], radius: i32, dice: &mut Dice) {
        let anywhere = self.sources.any(dice);
        self.offer(cell, anywhere);
        let mut radius = radius;
        while radius >= 1 {
            let [x, y] = self.matches.from[self.field.at(cell)];
            let mut step = || dice.below(2 * radius as usize + 1) as i32 - radius;
            let place = [x + step(), y + step()];
            self.offer(cell, place);
            radius /= 2;
        }
    }

    /// How unlike the surroundings of two cells are, and how far apart they lie; at least `give_up`
    /// when it is more. Beyond the border the last cell repeats.
    fn cost(&self, a: [i32; 2], b: [i32; 2], give_up: u32) -> u32 {
        let [dx, dy] = [0, 1].map(|axis| (a[axis] - b[axis]).abs() as f32);
        let near = dx.min(dy);
        let mut sum = (self.pull * near * near + self.lift * dy * dy) as u32;
        let hints = [a, b].map(|cell| self.field.hints[self.field.at(cell)]);
        sum += GUIDE * unlike(&hints[..1], &hints[1..]);
        let stride = self.field.size[0] + SPAN - 1;
        let first = |[x, y]: [i32; 2]| y as usize * stride + x as usize;
        let [a, b] = [first(a), first(b)];
        for row in 0..SPAN {
            if sum >= give_up {
                break;
            }
            let [i, j] = [a, b].map(|first| first + row * stride);
            let [a, b] = [i, j].map(|first| &self.padded[first..][..SPAN]);
            sum += if self.field.has_colours {
                unlike(a, b)
            } else {
                let shown = (0..SPAN).filter(|x| !self.blank[i + x]);
                shown.map(|x| unlike(&a[x..=x], &b[x..=x])).sum()
            };
        }
        sum
    }
}

/// The sum of squared differences.
fn unlike(a: &[[u8; 4]], b: &[[u8; 4]]) -> u32 {
    let each = |(a, b): (&u8, &u8)| {
        let difference = i32::from(*a) - i32::from(*b);
        (difference * difference) as u32
    };
    a.as_flattened().iter().zip(b.as_flattened()).map(each).sum()
}

impl Field<'_> {
    fn at(&self, [x, y]: [i32; 2]) -> usize {
        y as usize * self.size[0] + x as usize
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
    fn of(field: Field) -> Option<Self> {
        let painted = field.painted.to_vec();
        let [w, h] = field.size.map(|side| side as i32);
        let is_known = |[x, y]: [i32; 2]| {
            (0..w).contains(&x) && (0..h).contains(&y) && !painted[field.at([x, y])]
        };
        let around = |[x, y]: [i32; 2], reach: i32| {
            (-reach..=reach).all(|dy| (-reach..=reach).all(|dx| is_known([x + dx, y + dy])))
        };
        [REACH, 0].into_iter().find_map(|reach| {
            let allowed: Vec<bool> = cells(field.size).map(|cell| around(cell, reach)).collect();
            let list: Vec<_> = cells(field.size).filter(|&cell| allowed[field.at(cell)]).collect();
            let painted = painted.clone();
            (!list.is_empty()).then_some(Self { size: field.size, painted, allowed, list })
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
    /// Begins with a seed; any is as good as any other.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self((seed ^ 0x9E37_79B9_7F4A_7C15).max(1))
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
    pub(in super::super) struct Bands {
        pub(in super::super) size: [usize; 2],
        pub(in super::super) colours: Vec<[u8; 4]>,
        pub(in super::super) painted: Vec<bool>,
    }

    impl Bands {
        pub(in super::super) fn new() -> Self {
            let size = [18, 13];
            let cells = 0..size[0] * size[1];
            let shade = |at: usize| if at / 18 < 6 { [50, 50, 50, 0] } else { [200, 200, 200, 0] };
            let colours = cells.clone().map(shade).collect();
            Self { size, colours, painted: cells.map(|at| at % 18 >= 12).collect() }
        }

        pub(in super::super) fn field(&self) -> Field<'_> {
            let Self { size, colours, painted } = self;
            Field { size: *size, colours, hints: colours, painted, has_colours: true }
        }
    }

    fn matches(field: Field, seed: u64) -> Option<Matches> {
        let mut dice = Dice::new(seed);
        Some(Matches::random(field, &mut dice)?.improved(field, 5, 9, &mut dice))
    }

    #[test]
    fn painted_cells_borrow_from_known_cells_that_look_alike() {
        let bands = Bands::new();
        let found = matches(bands.field(), 1).unwrap();
        for (i, &[x, y]) in found.from.iter().enumerate() {
            let cell = [(i % 18) as i32, (i / 18) as i32];
            if bands.painted[i] {
                assert!((2..10).contains(&x), "wholly inside the known part, got {x}");
                assert_eq!(y < 6, cell[1] < 6, "from the same band: {cell:?} from {:?}", [x, y]);
            } else {
                assert_eq!([x, y], cell, "a known cell is its own match");
            }
        }
    }

    #[test]
    fn the_hint_decides_where_looks_do_not() {
        // All the same grey; only the hints tell left from right.
        let mut bands = Bands::new();
        bands.colours = vec![[90, 90, 90, 0]; 18 * 13];
        let hint = |at: usize| if (6..15).contains(&(at % 18)) { [255; 4] } else { [0; 4] };
        let hints: Vec<_> = (0..18 * 13).map(hint).collect();
        let found = matches(Field { hints: &hints, ..bands.field() }, 1).unwrap();
        let wanted = |i: &usize| {
            let from = found.from[*i][0] as usize;
            hints[*i] == hints[from]
        };
        let painted: Vec<usize> = (0..18 * 13).filter(|i| bands.painted[*i]).collect();
        let right = painted.iter().filter(|i| wanted(i)).count();
        assert!(right * 100 > painted.len() * 95, "{right} of {}", painted.len());
        let blind = matches(bands.field(), 1).unwrap();
        let lucky = painted.iter().filter(|i| hints[**i] == hints[blind.from[**i][0] as usize]);
        assert!(lucky.count() * 100 < painted.len() * 80, "control: without hints it is luck");
    }

    #[test]
    fn no_cell_is_borrowed_from_by_all() {
        // A flat picture: every match is as good as any other.
        let mut bands = Bands::new();
        bands.colours.fill([90, 90, 90, 0]);
        let found = matches(bands.field(), 1).unwrap();
        let mut borrowers = vec![0; 18 * 13];
        for (i, &[x, y]) in found.from.iter().enumerate().filter(|(i, _)| bands.painted[*i]) {
            assert!(!bands.painted[y as usize * 18 + x as usize], "{i} borrows from a known cell");
            borrowers[y as usize * 18 + x as usize] += 1;
        }
        let most = borrowers.into_iter().max().unwrap();
        // 78 cells borrow from 72; left to chance the most popular has five or more.
        assert!(most <= 3, "{most} cells borrow from one");
    }

    #[test]
    fn the_same_picture_gives_the_same_matches() {
        let mut bands = Bands::new();
        for (i, colour) in bands.colours.iter_mut().enumerate() {
            colour[1] += (i * 37 % 51) as u8;
        }
        let find = |seed| matches(bands.field(), seed).unwrap().from;
        assert_eq!(find(5), find(5));
        assert_ne!(find(5), find(6), "control: the seed matters");
        assert_ne!(find(0x9E37_79B9_7F4A_7C15), find(6), "the seed that our own constant cancels");
    }

    #[test]
    fn a_doubled_field_keeps_its_displacements() {
        let bands = Bands::new();
        let small = matches(bands.field(), 1).unwrap();
        let half = |i: usize| (i / 36 / 2) * 18 + i % 36 / 2;
        let painted: Vec<bool> = (0..36 * 26).map(|i| bands.painted[half(i)]).collect();
        let colours = vec![[0; 4]; 36 * 26];
        let field = Field {
            size: [36, 26],
            colours: &colours,
            hints: &colours,
            painted: &painted,
            ..bands.field()
        };
        let large = small.doubled(field, &mut Dice::new(1)).unwrap();
        for i in (0..36 * 26).filter(|&i| painted[i]) {
            let cell = [i % 36, i / 36].map(|c| c as i32);
            let parent = cell.map(|c| c / 2);
            let [px, py] = small.from[half(i)];
            let [x, y] = large.from[i];
            let wanted = [cell[0] + 2 * (px - parent[0]), cell[1] + 2 * (py - parent[1])];
            assert_eq!([x, y], wanted, "cell {cell:?}");
        }
    }

    #[test]
    fn nothing_known_matches_nothing_and_one_known_cell_serves_all() {
        let colours = [[1; 4], [2; 4]];
        let mut field = Field {
            size: [2, 1],
            colours: &colours,
            hints: &colours,
            painted: &[true; 2],
            has_colours: true,
        };
        assert!(matches(field, 1).is_none());
        field.painted = &[true, false];
        assert_eq!(matches(field, 1).unwrap().from, [[1, 0], [1, 0]]);
    }
}
