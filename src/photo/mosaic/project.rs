//! Changes a painted result as little as it takes for every cell to keep its mean colour.
//!
//! A mosaic says one thing for certain: the mean of each cell. What a network paints misses it by a
//! little, cell by cell, and adding each cell its own offset would print the grid back onto the
//! picture. So the offsets are added as one continuous field, bent until its cell means are right;
//! where that is not enough, because a pixel cannot pass 0 or 255 or because the hole cuts a cell,
//! every cell gets a bump that fades towards its borders, as strong as needed. Cells of a pixel or two
//! that they share settle too slowly for that; what is still off then is mended pixel by pixel.
//!
//! Always holds: after rounding every cell's mean is within 1 of 255 of the mosaic's, over the
//! pixels of the hole, weighted by alpha and by how much of a pixel lies in the cell; pixels
//! outside the hole and every alpha keep their bits; towards known pixels the field fades to
//! nothing along straight rims, so that a blended seam stays blended. Memory grows with the
//! number of cells, not with pixels. Start at [`project`].
//!
//! # Source
//! The field is the tent interpolation of values at the cells' centres whose means are those asked
//! for, by Richardson's iteration. The bumps are the projection onto an intersection of
//! hyperplanes and a box by Hildreth's row-by-row dual ascent (1957), as in Censor & Zenios,
//! *Parallel Optimization* (1997), in a norm that weighs pixels near lines more.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places are checked against the frame, values lie in 0..=255"
)]

use std::collections::HashSet;

use super::super::Photo;
use super::super::color::byte_from;
use super::super::poisson::close_gap;
use super::{Grid, bounds};

/// Turns of Richardson's iteration. What is left after them is for the bumps.
const SMOOTH_TURNS: usize = 12;
/// A step of Richardson's iteration: the eigenvalues of tent means lie in 0.25..=1.
const SMOOTH_STEP: f32 = 1.5;
/// How far a mean may be off before rounding, which adds at most a half.
const TOLERANCE: f32 = 0.25;
/// How exactly a bump is solved once it is needed.
const SOLVED: f32 = 0.02;
/// Cells that share pixels disturb one another. Of small cells between black and white some take
/// several hundred; a sweep looks only at those that are not settled.
const MAX_SWEEPS: usize = 2000;
/// What is left of a bump at a line, per axis: without it pixels there could not help.
const BUMP_FLOOR: f32 = 0.05;

/// How far a mean may be off before single pixels are moved.
const MOST_OFF: f32 = 0.9;
/// How often cells are mended that another's mending has put off.
const MENDINGS: usize = 16;

/// Moves `painted` so that every cell's mean over the hole is that of `mosaic`.
///
/// The picture should already meet the photo at the rim of the hole. Fully transparent pixels have
/// no colour: they do not count and stay.
///
/// # Shapes and ranges
/// Both photos of one size. `hole`: `width * height`, 0 is known, anything else was painted.
///
/// # Panics
/// If the sizes differ.
pub fn project(painted: &mut Photo, mosaic: &Photo, grid: &Grid, hole: &[u8]) {
    assert_eq!(painted.size(), mosaic.size(), "painted against mosaic");
    let size = painted.sides();
    assert_eq!(hole.len(), size[0] * size[1], "a hole of {size:?}");
    let Some(cells) = CoveredCells::over(grid, hole, size) else { return };
    for channel in 0..3 {
        let wanted = cells.means(mosaic, channel);
        let field = Tent::between(&cells, &cells.means(painted, channel), &wanted);
        let bumps = cells.bumps(painted, channel, &field, &wanted);
        cells.write(painted, channel, &field, &bumps);
        cells.mend(painted, mosaic, channel, &wanted);
    }
}

/// What a mosaic tells, without its lines: the smoothest continuation of what surrounds the hole,
/// bent until every cell has its mean. Where a network starts from, and what there is without one.
///
/// # Shapes and ranges
/// As [`project`].
///
/// # Panics
/// If the sizes differ.
#[must_use]
pub fn smooth(mosaic: &Photo, grid: &Grid, hole: &[u8]) -> Photo {
    let size = mosaic.sides();
    let mut painted = mosaic.clone();
    let mut put = |p: usize, colour: [f32; 3]| {
        for (byte, value) in painted.rgba_mut()[p * 4..].iter_mut().zip(colour) {
            *byte = byte_from(value);
        }
    };
    // Where nothing is around, any one colour will do.
    (0..hole.len()).filter(|&p| hole[p] != 0).for_each(|p| put(p, [127.5; 3]));
    let colour = |p: usize| [0, 1, 2].map(|c| f32::from(mosaic.rgba()[p * 4 + c]));
    close_gap(hole, size, colour, |colour, p| put(p, colour));
    project(&mut painted, mosaic, grid, hole);
    painted
}

/// The mean colour of every cell that [`Grid::cells_over`] the hole's rectangle gives, row by row,
/// as [`project`] counts it; `None` for a cell without a visible pixel in the hole.
///
/// # Panics
/// If the hole's length is not that of the photo.
#[must_use]
pub fn cell_means(photo: &Photo, grid: &Grid, hole: &[u8]) -> Vec<Option<[f32; 3]>> {
    let size = photo.sides();
    assert_eq!(hole.len(), size[0] * size[1], "a hole of {size:?}");
    let Some(cells) = CoveredCells::over(grid, hole, size) else { return Vec::new() };
    let planes = [0, 1, 2].map(|channel| cells.means(photo, channel));
    (0..planes[0].len()).map(|at| Some([planes[0][at]?, planes[1][at]?, planes[2][at]?])).collect()
}

/// How a column (or row) of pixels lies on the grid.
#[derive(Clone, Copy, Debug)]
struct Across {
    /// The first cell it touches, counted from 0, and how much of it lies there; the rest lies in
    /// the next.
    cell: usize,
    share: f32,
    /// The node before its centre, counted with the margin, and the way to the next in 0..1.
    node: usize,
    way: f32,
    /// How strongly a bump acts here.
    bump: f32,
}

/// The cells over a hole.
#[derive(Debug)]
struct CoveredCells<'a> {
    hole: &'a [u8],
    width: usize,
    /// `[left, top, right, bottom]` around the hole.
    rect: [usize; 4],
    /// Of columns and of rows.
    places: [Vec<Across>; 2],
    /// Columns and rows of cells.
    count: [usize; 2],
    /// Whether the photo ends at the left and top, and at the right and bottom of the cells.
    ends: [[bool; 2]; 2],
}

/// One pixel as a cell sees it.
#[derive(Clone, Copy, Debug)]
struct Pull {
    /// Its value without the cell's own bump.
    base: f32,
    /// How far a bump of 1 moves it.
    slope: f32,
    /// What it counts in the mean.
    weight: f32,
}

impl<'a> CoveredCells<'a> {
    fn over(grid: &Grid, hole: &'a [u8], size: [usize; 2]) -> Option<Self> {
        let rect = bounds(hole, size)?;
        let cells = grid.cells_over(rect);
        let count = cells.map(|[first, end]| (end - first) as usize);
        let places = [0, 1].map(|axis| {
            let [phase, cell] = [grid.phase, grid.cell].map(|pair| f64::from(pair[axis]));
            (rect[axis]..rect[axis + 2])
                .map(|at| {
                    // In cells from the first one's line; a thousandth of a pixel is nothing.
                    let from = (at as f64 - phase) / cell - f64::from(cells[axis][0]);
                    let first =
                        ((from + 1e-3 / cell).floor().max(0.0)).min(count[axis] as f64 - 1.0);
                    let share = ((first + 1.0 - from) * cell).min(1.0);
                    let last = first as usize + 1 >= count[axis];
                    let centre = from + 0.5 / cell;
                    let node = (centre + 0.5).floor();
                    let inside = centre - centre.floor();
                    Across {
                        cell: first as usize,
                        share: if last || share > 1.0 - 1e-3 { 1.0 } else { share as f32 },
                        node: node as usize,
                        way: (centre + 0.5 - node) as f32,
                        bump: BUMP_FLOOR + (4.0 * inside * (1.0 - inside)) as f32,
                    }
                })
                .collect()
        });
        let ends = [0, 1].map(|axis| [rect[axis] == 0, rect[axis + 2] == size[axis]]);
        Some(Self { hole, width: size[0], rect, places, count, ends })
    }

    /// Calls `take` for every visible pixel of the hole in the part: its place in the picture, its
    /// column's and its row's place on the grid.
    fn for_each(
        &self,
        photo: &Photo,
        part: [[usize; 2]; 2],
        mut take: impl FnMut(usize, &Across, &Across),
    ) {
        let [columns, rows] = &self.places;
        for (y, row) in (part[1][0]..).zip(&rows[part[1][0]..part[1][1]]) {
            let first = (self.rect[1] + y) * self.width + self.rect[0];
            for (x, column) in (part[0][0]..).zip(&columns[part[0][0]..part[0][1]]) {
                let at = first + x;
                if self.hole[at] != 0 && photo.rgba()[at * 4 + 3] != 0 {
                    take(at, column, row);
                }
            }
        }
    }

    fn everywhere(&self) -> [[usize; 2]; 2] {
        [0, 1].map(|axis| [0, self.places[axis].len()])
    }

    /// Up to four cells that share a pixel, with the shares.
    fn shares(&self, column: &Across, row: &Across) -> impl Iterator<Item = (usize, f32)> {
        let first = row.cell * self.count[0] + column.cell;
        let [x, y] = [[column.share, 1.0 - column.share], [row.share, 1.0 - row.share]];
        let stride = self.count[0];
        (0..4)
            .map(move |i| (first + i % 2 + i / 2 * stride, x[i % 2] * y[i / 2]))
            .filter(|(_, share)| *share > 0.0)
    }

    fn means(&self, photo: &Photo, channel: usize) -> Vec<Option<f32>> {
        let mut sums = vec![[0.0_f64; 2]; self.count[0] * self.count[1]];
        self.for_each(photo, self.everywhere(), |at, column, row| {
            let pixel = &photo.rgba()[at * 4..at * 4 + 4];
            for (cell, share) in self.shares(column, row) {
                let weight = f64::from(share) * f64::from(pixel[3]);
                sums[cell][0] += weight * f64::from(pixel[channel]);
                sums[cell][1] += weight;
            }
        });
        sums.iter().map(|&[sum, weight]| (weight > 0.0).then(|| (sum / weight) as f32)).collect()
    }

    /// How strong each cell's bump must be.
    fn bumps(
        &self,
        photo: &Photo,
        channel: usize,
        field: &Tent,
        wanted: &[Option<f32>],
    ) -> Vec<f32> {
        let mut bumps = vec![0.0; wanted.len()];
        let mut is_settled = vec![false; wanted.len()];
        let parts = [0, 1].map(|axis| self.parts(axis));
        let mut pulls = Vec::new();
        for _ in 0..MAX_SWEEPS {
            let mut is_done = true;
            for (cell, wanted) in wanted.iter().enumerate() {
                let Some(wanted) = *wanted else { continue };
                if std::mem::replace(&mut is_settled[cell], true) {
                    continue;
                }
                let [x, y] = [cell % self.count[0], cell / self.count[0]];
                pulls.clear();
                self.for_each(photo, [parts[0][x], parts[1][y]], |at, column, row| {
                    let strength = column.bump * row.bump;
                    let mut base =
                        f32::from(photo.rgba()[at * 4 + channel]) + field.at(column, row);
                    let mut own = 0.0;
                    for (other, share) in self.shares(column, row) {
                        if other == cell {
                            own = share;
                        } else {
                            base += strength * share * bumps[other];
                        }
                    }
                    if own > 0.0 {
                        let weight = own * f32::from(photo.rgba()[at * 4 + 3]);
                        pulls.push(Pull { base, slope: strength * own, weight });
                    }
                });
                let (mean, _) = mean_and_slope(&pulls, bumps[cell]);
                if (mean - wanted).abs() <= TOLERANCE {
                    continue;
                }
                is_done = false;
                bumps[cell] = solved(&pulls, wanted, bumps[cell]);
                for near in [-1, 0, 1].iter().flat_map(|dy| [-1, 0, 1].map(|dx| [dx, *dy])) {
                    if let (Some(x), Some(y)) =
                        (x.checked_add_signed(near[0]), y.checked_add_signed(near[1]))
                        && near != [0, 0]
                        && x < self.count[0]
                        && y < self.count[1]
                    {
                        is_settled[y * self.count[0] + x] = false;
                    }
                }
            }
            if is_done {
                break;
            }
        }
        bumps
    }

    /// For every column (or row) of cells the pixels that touch it, from and to.
    fn parts(&self, axis: usize) -> Vec<[usize; 2]> {
        let mut parts = vec![[usize::MAX, 0]; self.count[axis]];
        for (at, place) in self.places[axis].iter().enumerate() {
            let last = place.cell + usize::from(place.share < 1.0);
            for part in &mut parts[place.cell..=last] {
                *part = [part[0].min(at), at + 1];
            }
        }
        parts
    }

    fn write(&self, photo: &mut Photo, channel: usize, field: &Tent, bumps: &[f32]) {
        let [columns, rows] = &self.places;
        for (y, row) in rows.iter().enumerate() {
            let first = (self.rect[1] + y) * self.width + self.rect[0];
            for (x, column) in columns.iter().enumerate() {
                let at = first + x;
                let pixel = &mut photo.rgba_mut()[at * 4..at * 4 + 4];
                if self.hole[at] == 0 || pixel[3] == 0 {
                    continue;
                }
                let bump: f32 =
                    self.shares(column, row).map(|(cell, share)| share * bumps[cell]).sum();
                let value = f32::from(pixel[channel])
                    + field.at(column, row)
                    + column.bump * row.bump * bump;
                pixel[channel] = byte_from(value);
            }
        }
    }
}

impl CoveredCells<'_> {
    /// Moves single pixels of the cells whose means are off after rounding, those that no other cell
    /// shares before all. Cells that stay off get the mosaic's own pixels, which have its means; in
    /// the worst case, all do.
    fn mend(&self, photo: &mut Photo, mosaic: &Photo, channel: usize, wanted: &[Option<f32>]) {
        let parts = [0, 1].map(|axis| self.parts(axis));
        let mut taken = HashSet::new();
        for turn in 0..MENDINGS + wanted.len() {
            let means = self.means(photo, channel);
            let off = (0..wanted.len()).filter_map(|cell| {
                let [wanted, mean] = [wanted[cell]?, means[cell]?];
                ((wanted - mean).abs() > MOST_OFF).then_some((cell, wanted))
            });
            let off: Vec<(usize, f32)> = off.collect();
            if off.is_empty() {
                return;
            }
            for (cell, wanted) in off {
                let part = [parts[0][cell % self.count[0]], parts[1][cell / self.count[0]]];
                // Those of this cell alone, and those that others share.
                let mut pixels = [Vec::new(), Vec::new()];
                let mut missing = 0.0;
                self.for_each(photo, part, |at, column, row| {
                    let own = self.shares(column, row).find(|(other, _)| *other == cell);
                    let Some((_, share)) = own else { return };
                    let weight = share * f32::from(photo.rgba()[at * 4 + 3]);
                    missing += weight * (wanted - f32::from(photo.rgba()[at * 4 + channel]));
                    if !taken.contains(&at) {
                        pixels[usize::from(share < 1.0)].push((at, weight));
                    }
                });
                if turn < MENDINGS {
                    missing = spread(photo, channel, &pixels[0], missing);
                    spread(photo, channel, &pixels[1], missing);
                    continue;
                }
                for (at, _) in pixels.concat() {
                    photo.rgba_mut()[at * 4 + channel] = mosaic.rgba()[at * 4 + channel];
                    taken.insert(at);
                }
            }
        }
    }
}

/// Adds what is `missing` to the sum of weighted pixels, as evenly as whole steps and the ends of the
/// range allow. Returns what is missing still.
fn spread(photo: &mut Photo, channel: usize, pixels: &[(usize, f32)], mut missing: f32) -> f32 {
    let mut left: f32 = pixels.iter().map(|(_, weight)| weight).sum();
    for &(at, weight) in pixels {
        let byte = &mut photo.rgba_mut()[at * 4 + channel];
        let before = f32::from(*byte);
        *byte = byte_from(before + missing / left);
        missing -= weight * (f32::from(*byte) - before);
        left -= weight;
    }
    missing
}

/// The mean of the clamped values, and how it grows with the bump.
fn mean_and_slope(pulls: &[Pull], bump: f32) -> (f32, f32) {
    let (mut sum, mut slope, mut weight) = (0.0_f64, 0.0_f64, 0.0_f64);
    for pull in pulls {
        let value = pull.base + pull.slope * bump;
        sum += f64::from(pull.weight * value.clamp(0.0, 255.0));
        weight += f64::from(pull.weight);
        if (0.0..=255.0).contains(&value) {
            slope += f64::from(pull.weight * pull.slope);
        }
    }
    ((sum / weight) as f32, (slope / weight) as f32)
}

/// The bump that gives the wanted mean: Newton's steps, halving where they leave the bracket.
fn solved(pulls: &[Pull], wanted: f32, start: f32) -> f32 {
    // Far enough for every pixel to reach 0 or 255.
    let far = |goal: f32| pulls.iter().map(move |pull| (goal - pull.base) / pull.slope);
    let (mut low, mut high) = (far(0.0).fold(0.0, f32::min), far(255.0).fold(0.0, f32::max));
    let mut bump = start.clamp(low, high);
    for _ in 0..60 {
        let (mean, slope) = mean_and_slope(pulls, bump);
        if (mean - wanted).abs() <= SOLVED {
            break;
        }
        if mean < wanted {
            low = bump;
        } else {
            high = bump;
        }
        let next = bump + (wanted - mean) / slope.max(1e-12);
        bump = if next > low && next < high { next } else { f32::midpoint(low, high) };
    }
    bump
}

/// Tent interpolation between values at the cells' centres.
#[derive(Debug)]
struct Tent {
    /// Rows of nodes, with a margin of one all around.
    nodes: Vec<f32>,
    stride: usize,
}

impl Tent {
    fn between(cells: &CoveredCells<'_>, is: &[Option<f32>], wanted: &[Option<f32>]) -> Self {
        let [w, h] = cells.count;
        let stride = w + 2;
        let node = |cell: usize| (cell / w + 1) * stride + cell % w + 1;
        let gaps: Vec<(usize, f32)> =
            (0..w * h).filter_map(|cell| Some((node(cell), wanted[cell]? - is[cell]?))).collect();
        let mut field = Self { nodes: vec![0.0; stride * (h + 2)], stride };
        let mut is_cell = vec![false; field.nodes.len()];
        for &(at, _) in &gaps {
            is_cell[at] = true;
        }
        let outside = Outside::around(cells, &is_cell, stride);
        for _ in 0..SMOOTH_TURNS {
            let changes: Vec<f32> = gaps.iter().map(|&(at, gap)| gap - field.mean(at)).collect();
            for (&(at, _), change) in gaps.iter().zip(changes) {
                field.nodes[at] += SMOOTH_STEP * change;
            }
            outside.mirror(&mut field.nodes);
        }
        field
    }

    /// The field's mean over a whole cell: per axis an eighth of each neighbour.
    fn mean(&self, at: usize) -> f32 {
        let row =
            |at: usize| 0.75 * self.nodes[at] + 0.125 * (self.nodes[at - 1] + self.nodes[at + 1]);
        0.75 * row(at) + 0.125 * (row(at - self.stride) + row(at + self.stride))
    }

    fn at(&self, column: &Across, row: &Across) -> f32 {
        let first = row.node * self.stride + column.node;
        let line = |at: usize| self.nodes[at] + column.way * (self.nodes[at + 1] - self.nodes[at]);
        let [above, below] = [line(first), line(first + self.stride)];
        above + row.way * (below - above)
    }
}

/// Nodes that are no cells but touch some: minus what they touch where pixels are known, so that
/// the field is nothing at the line between; plus where the photo ends, which holds nothing.
#[derive(Debug)]
struct Outside {
    /// Node, sign over count, and the nodes that it mirrors.
    nodes: Vec<(usize, f32, Vec<usize>)>,
}

impl Outside {
    fn around(cells: &CoveredCells<'_>, is_cell: &[bool], stride: usize) -> Self {
        let rows = is_cell.len() / stride;
        let mut nodes = Vec::new();
        for at in (0..is_cell.len()).filter(|&at| !is_cell[at]) {
            let [x, y] = [at % stride, at / stride];
            let near = |offsets: [[isize; 2]; 4]| -> Vec<usize> {
                let inside = offsets.iter().filter_map(|&[dx, dy]| {
                    let [x, y] = [x.checked_add_signed(dx)?, y.checked_add_signed(dy)?];
                    (x < stride && y < rows && is_cell[y * stride + x]).then_some(y * stride + x)
                });
                inside.collect()
            };
            let mut mirrored = near([[-1, 0], [1, 0], [0, -1], [0, 1]]);
            if mirrored.is_empty() {
                mirrored = near([[-1, -1], [1, -1], [-1, 1], [1, 1]]);
            }
            if mirrored.is_empty() {
                continue;
            }
            let [left_right, top_bottom] = cells.ends;
            let is_beyond = x == 0 && left_right[0]
                || x == stride - 1 && left_right[1]
                || y == 0 && top_bottom[0]
                || y == rows - 1 && top_bottom[1];
            let sign = if is_beyond { 1.0 } else { -1.0 };
            nodes.push((at, sign / mirrored.len() as f32, mirrored));
        }
        Self { nodes }
    }

    fn mirror(&self, values: &mut [f32]) {
        for (at, factor, mirrored) in &self.nodes {
            values[*at] = factor * mirrored.iter().map(|&near| values[near]).sum::<f32>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::apply;
    use super::*;
    use proptest::prelude::*;

    fn photo([w, h]: [u32; 2], pixel: impl Fn(u32, u32) -> [u8; 4]) -> Photo {
        let rgba = (0..w * h).flat_map(|i| pixel(i % w, i / w)).collect();
        Photo::from_rgba8([w, h], rgba).unwrap()
    }

    /// Noise that likes the ends of the range.
    fn noise(x: u32, y: u32, salt: u32, extreme: u32) -> u8 {
        let mixed = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_add(salt);
        let mixed = mixed.wrapping_mul(2_246_822_519) >> 16;
        match mixed % 8 {
            n if n < extreme => 0,
            n if n < 2 * extreme => 255,
            _ => (mixed >> 3) as u8,
        }
    }

    fn worst(a: &Photo, b: &Photo, grid: &Grid, hole: &[u8]) -> f32 {
        let [a, b] = [a, b].map(|photo| cell_means(photo, grid, hole));
        let pairs = a.iter().flatten().zip(b.iter().flatten());
        pairs.flat_map(|(a, b)| [0, 1, 2].map(|c| (a[c] - b[c]).abs())).fold(0.0, f32::max)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn every_cell_keeps_its_mean_and_nothing_else_changes(
            size in [16u32..53, 16u32..45],
            cell in prop_oneof![
                [2u8..20, 2u8..20].prop_map(|cell| cell.map(f32::from)),
                [2.0f32..20.0, 2.0f32..20.0],
            ],
            through in [0.0f32..20.0, 0.0f32..20.0], whole_phase in any::<bool>(),
            shape in 0usize..5, salts in [0u32..9999, 0u32..9999], extreme in 0u32..5,
            pixelated in any::<bool>(),
        ) {
            let [w, h] = size.map(|side| side as usize);
            let hole: Vec<u8> = (0..w * h).map(|i| {
                let [x, y] = [i % w, i / w];
                u8::from(match shape {
                    0 => true,
                    1 => (x * 3 + y * 5) % 7 < 4,
                    2 => x > 3 && y > 2 && x + 2 < w && y + 5 < h,
                    3 => (x as f32 - 20.0).hypot(y as f32 - 9.0) < 13.0,
                    _ => y == 11,
                }) * 9
            }).collect();
            let grid = Grid::new(cell, if whole_phase { through.map(f32::floor) } else { through });
            let [before, mut mosaic] = salts.map(|salt| photo(size, |x, y| {
                let value = |channel| noise(x, y, salt + channel, extreme);
                [value(0), value(1), value(2), if extreme == 2 { noise(x, y, 5, 1) } else { 255 }]
            }));
            if pixelated {
                apply(&mut mosaic, &grid, &hole);
            }
            let mut after = before.clone();
            project(&mut after, &mosaic, &grid, &hole);
            let off = worst(&after, &mosaic, &grid, &hole);
            prop_assert!(off <= 1.0, "{off}");
            for (i, &painted) in hole.iter().enumerate() {
                let [old, new] = [&before, &after].map(|photo| &photo.rgba()[i * 4..i * 4 + 4]);
                prop_assert_eq!(old[3], new[3]);
                prop_assert!(painted != 0 && old[3] != 0 || old == new, "pixel {i}");
            }
        }
    }

    #[test]
    fn cells_that_disturb_one_another_for_long_settle() {
        let size = [36, 16];
        let hole: Vec<u8> =
            (0..36 * 16).map(|i| u8::from((i % 36 * 3 + i / 36 * 5) % 7 < 4)).collect();
        let grid = Grid::new([2.0; 2], [0.0, 12.316_974]);
        let [mut painted, mosaic] = [539_u32, 428].map(|salt| {
            let value = |x, y, channel| noise(x, y, salt + channel, 2);
            photo(size, |x, y| [value(x, y, 0), value(x, y, 1), value(x, y, 2), noise(x, y, 5, 1)])
        });
        assert!(worst(&painted, &mosaic, &grid, &hole) > 100.0, "control");
        project(&mut painted, &mosaic, &grid, &hole);
        // After 200 sweeps a cell that shall be 255 is still 253.
        let off = worst(&painted, &mosaic, &grid, &hole);
        assert!(off <= 1.0, "{off}");
    }

    #[test]
    fn a_cell_of_one_pixel_that_another_shares_gets_its_mean() {
        let size = [30, 41];
        let hole: Vec<u8> = (0..30 * 41)
            .map(|i| {
                let [x, y] = [i % 30, i / 30];
                u8::from(x > 3 && y > 2 && x + 2 < 30 && y + 5 < 41)
            })
            .collect();
        let grid = Grid::new([14.0, 2.0], [13.020_506, 4.028_265_5]);
        let [mut painted, mosaic] = [3917_u32, 4405].map(|salt| {
            let value = |x, y, channel| noise(x, y, salt + channel, 2);
            photo(size, |x, y| [value(x, y, 0), value(x, y, 1), value(x, y, 2), noise(x, y, 5, 1)])
        });
        assert!(worst(&painted, &mosaic, &grid, &hole) > 100.0, "control");
        project(&mut painted, &mosaic, &grid, &hole);
        // Without mending one cell is off by two.
        let off = worst(&painted, &mosaic, &grid, &hole);
        assert!(off <= 1.0, "{off}");
    }

    /// How much stronger steps across lines are than all others, on average.
    fn seam(photo: &Photo, grid: &Grid) -> f32 {
        let [w, h] = photo.sides();
        let mut sums = [[0.0_f32; 2]; 2];
        for y in 0..h {
            for x in 1..w {
                let [a, b] = [x - 1, x].map(|x| f32::from(photo.rgba()[(y * w + x) * 4]));
                let is_line = grid.cell_of([x - 1, y])[0] != grid.cell_of([x, y])[0];
                let sum = &mut sums[usize::from(is_line)];
                *sum = [sum[0] + (a - b).abs(), sum[1] + 1.0];
            }
        }
        let [inside, lines] = sums.map(|[sum, count]| sum / count);
        lines - inside
    }

    #[test]
    fn the_grid_is_not_printed_onto_a_smooth_picture() {
        let size = [203, 149];
        let hole = [1; 203 * 149];
        for cell in [8.0, 12.0, 17.3, 31.0] {
            let grid = Grid::new([cell; 2], [3.0, 5.0]);
            let smooth = |x: u32, y: u32| {
                let [x, y] = [x as f32, y as f32];
                128.0 + 60.0 * (x / 41.0).sin() + 30.0 * (y / 29.0 + x / 90.0).cos()
            };
            let mut mosaic = photo(size, |x, y| [smooth(x, y) as u8, 0, 0, 255]);
            apply(&mut mosaic, &grid, &hole);
            // A painter who is off by -8..8, differently in every cell's neighbourhood.
            let painted = photo(size, |x, y| {
                let [u, v] = [x as f32 / cell, y as f32 / cell];
                let off = 5.0 * (u * 0.9).sin() * (v * 1.1).cos() + 3.0 * (u * 0.3 + v * 0.5).sin();
                [(smooth(x, y) + off) as u8, 0, 0, 255]
            });
            let mut projected = painted.clone();
            project(&mut projected, &mosaic, &grid, &hole);
            let [before, after] = [&painted, &projected].map(|photo| seam(photo, &grid));
            assert!(after < before + 0.15, "{cell}: {before} became {after}");
            // Control: plain offsets print it.
            let means = [&painted, &mosaic].map(|photo| cell_means(photo, &grid, &hole));
            let [columns, rows] = grid.cells_over([0, 0, 203, 149]);
            let plain = photo(size, |x, y| {
                let [cx, cy] = grid.cell_of([x as usize, y as usize]);
                let at = (cy - rows[0]) * (columns[1] - columns[0]) + cx - columns[0];
                let [is, wanted] = [0, 1].map(|i| means[i][at as usize].unwrap()[0]);
                [(f32::from(painted.pixel(x, y)[0]) + wanted - is).round() as u8, 0, 0, 255]
            });
            assert!(seam(&plain, &grid) > before + 0.6, "{cell}: {} control", seam(&plain, &grid));
            assert!(worst(&projected, &mosaic, &grid, &hole) <= 1.0);
        }
    }

    #[test]
    fn a_mean_counts_shares_of_pixels_and_their_alpha() {
        let hole: Vec<u8> = (0..16 * 16).map(|i| u8::from(i % 16 < 6 && i / 16 == 4)).collect();
        let rising = photo([16, 16], |x, _| [x as u8 * 10, 0, 0, if x == 1 { 51 } else { 255 }]);
        let means = cell_means(&rising, &Grid::new([2.5, 16.0], [0.0; 2]), &hole);
        // (0 + 10 / 5 + 20 / 2) / (1 + 1 / 5 + 1 / 2); (20 / 2 + 30 + 40) / 2.5; 50 alone.
        let reds = means.iter().map(|mean| mean.unwrap()[0]).collect::<Vec<_>>();
        let pinned = [12.0 / 1.7, 32.0, 50.0];
        assert!(reds.iter().zip(pinned).all(|(a, b)| (a - b).abs() < 1e-3), "{reds:?}");
        assert_eq!(reds.len(), 3);
    }

    #[test]
    fn a_picture_that_is_off_by_a_constant_is_mended_by_it() {
        // All is hole: nothing holds the rim, so the field is flat.
        let grid = Grid::new([7.0, 9.0], [2.0, 4.0]);
        let mut painted = photo([40, 33], |_, _| [100, 250, 3, 255]);
        let mosaic = photo([40, 33], |_, _| [110, 255, 0, 255]);
        project(&mut painted, &mosaic, &grid, &[1; 40 * 33]);
        assert_eq!(painted, mosaic);
    }

    #[test]
    fn at_a_straight_rim_the_field_is_nothing() {
        // Hole on grid lines, from 12 to 36; the painting is too dark by 20 everywhere.
        let hole: Vec<u8> =
            (0..48 * 48).map(|i| u8::from((12..36).contains(&(i % 48)) && i / 48 >= 12)).collect();
        let grid = Grid::new([12.0; 2], [0.0; 2]);
        let mut painted = photo([48, 48], |_, _| [100; 4]);
        project(&mut painted, &photo([48, 48], |_, _| [120; 4]), &grid, &hole);
        let change = |x, y| painted.pixel(x, y)[0] - 100;
        assert!(change(12, 30) <= 4 && change(35, 30) <= 4, "beside the rim {}", change(12, 30));
        assert!(change(18, 47) >= 20, "the photo's own end holds nothing: {}", change(18, 47));
        assert!(change(18, 30) > 20, "control: what the rim does not get the middle does");
    }

    #[test]
    fn what_is_right_already_keeps_its_bytes() {
        let truth =
            photo([50, 40], |x, y| [noise(x, y, 0, 1), noise(x, y, 1, 1), noise(x, y, 2, 1), 255]);
        let grid = Grid::new([9.4, 11.2], [3.3, 1.0]);
        let mut same = truth.clone();
        project(&mut same, &truth, &grid, &[1; 2000]);
        assert_eq!(same, truth);
        let other = photo([50, 40], |x, y| [noise(x, y, 9, 1), noise(x, y, 10, 1), 0, 255]);
        project(&mut same, &other, &grid, &[0; 2000]);
        assert_eq!(same, truth, "no hole");
        project(&mut same, &other, &grid, &[1; 2000]);
        assert_ne!(same, truth, "control");
    }

    #[test]
    #[should_panic(expected = "painted against mosaic")]
    fn err_photos_of_two_sizes() {
        let [mut painted, mosaic] = [[16, 17], [17, 16]].map(|size| photo(size, |_, _| [1; 4]));
        project(&mut painted, &mosaic, &Grid::new([4.0; 2], [0.0; 2]), &[1; 272]);
    }
}
