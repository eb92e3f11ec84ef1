//! Plans which windows of a photo a network paints, and in which order.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes were checked, and scales lie between 1 and a side"
)]

use std::collections::BTreeMap;

use super::{Crop, Sight, Span};
use crate::photo::Rect;
use crate::photo::hole::{Hole, Parts};

/// Plans how a hole is painted: windows in the order in which they are to be painted.
///
/// Every pixel of the hole is painted once. A part gets one window, as coarse as its longer side asks
/// for. Only a part so long (a wire, a scratch, a frame) that tiles as wide as it is thick are two
/// doublings finer is cut into these instead.
///
/// Parts and tiles that fit at full resolution share a window if together they still do, so no
/// merging costs resolution.
///
/// Coarse windows come first, so that fine ones see what they painted; then reading order.
///
/// # Panics
/// If the margins leave no room for a hole.
#[must_use]
pub fn passes(hole: &Hole, sight: &Sight) -> Vec<Crop> {
    assert!(sight.core() >= 1.0, "no room for a hole in {sight:?}");
    let Some(bounds) = hole.bounds() else { return Vec::new() };
    let parts = hole.parts();
    let needs = parts
        .parts()
        .iter()
        .zip(hole.thickness(&parts))
        .map(|(part, thickness)| {
            let scale = sight.scale(part.bounds.size(), hole.size());
            let [whole, tiles] =
                [scale, scale.min(f64::from(thickness) / sight.core())].map(doublings_for);
            // Tiles have seams, so they must be worth it.
            Need { scale, doublings: if whole >= tiles + 2 { tiles } else { whole } }
        })
        .collect();
    Planner { sight, photo: hole.size(), bounds, parts: &parts, needs }.crops()
}

/// What it takes to paint a part.
struct Need {
    /// Pixels a cell at which the network spans all of it.
    scale: f64,
    /// A cell is a pixel doubled as often as this, or less.
    doublings: usize,
}

struct Planner<'a> {
    sight: &'a Sight,
    photo: [usize; 2],
    bounds: Rect,
    parts: &'a Parts,
    needs: Vec<Need>,
}

/// What becomes of a part.
#[derive(Clone, Copy)]
enum Way {
    /// One piece, of this number.
    Whole(usize),
    /// Cut by this tiling.
    Cut(Tiling),
}

/// Tiles of whole pixels, all of one size but the last; each is a piece.
#[derive(Clone, Copy)]
struct Tiling {
    origin: [usize; 2],
    tile: [usize; 2],
    across: usize,
    first_piece: usize,
}

impl Planner<'_> {
    fn crops(&self) -> Vec<Crop> {
        let (ways, pieces) = self.ways();
        let mut bounds: Vec<Option<Rect>> = vec![None; pieces];
        self.for_each_span(&ways, |piece, span| {
            let here = span.rect();
            bounds[piece] = Some(bounds[piece].map_or(here, |bounds| bounds.joined(here)));
        });
        let groups = self.groups(&bounds);
        let mut crops: Vec<Crop> = Vec::new();
        let mut crop_of_group: Vec<Option<usize>> = vec![None; pieces];
        self.for_each_span(&ways, |piece, span| {
            let here = span.rect();
            let crop = *crop_of_group[groups[piece]].get_or_insert_with(|| {
                crops.push(Crop { window: here, grid: [1; 2], bounds: here, spans: vec![] });
                crops.len() - 1
            });
            crops[crop].bounds = crops[crop].bounds.joined(here);
            crops[crop].spans.push(span);
        });
        for crop in &mut crops {
            (crop.window, crop.grid) = self.sight.window(crop.bounds, self.photo);
        }
        crops.sort_by(|a, b| b.scale().total_cmp(&a.scale()));
        crops
    }

    /// What becomes of each part, and how many pieces there are, empty ones included.
    fn ways(&self) -> (Vec<Way>, usize) {
        let mut pieces = 0;
        // By doublings: parts that are cut at one scale share the tiles.
        let mut tilings: BTreeMap<usize, Tiling> = BTreeMap::new();
        let mut ways = Vec::with_capacity(self.needs.len());
        for need in &self.needs {
            ways.push(if need.scale <= px_per_cell(need.doublings) {
                pieces += 1;
                Way::Whole(pieces - 1)
            } else {
                Way::Cut(*tilings.entry(need.doublings).or_insert_with(|| {
                    let tiling = self.tiling(px_per_cell(need.doublings), pieces);
                    pieces += tiling.across * self.bounds.size()[1].div_ceil(tiling.tile[1]);
                    tiling
                }))
            });
        }
        (ways, pieces)
    }

    /// Tiles over the whole hole that the network spans at this scale.
    fn tiling(&self, px_per_cell: f64, first_piece: usize) -> Tiling {
        let tile = [0, 1].map(|axis| {
            let all = self.bounds.size()[axis];
            if self.photo[axis] as f64 <= self.sight.longest() as f64 * px_per_cell {
                return all;
            }
            // As even as can be, so that the last is no sliver.
            all.div_ceil(all.div_ceil((self.sight.core() * px_per_cell) as usize))
        });
        let origin = [self.bounds.left, self.bounds.top];
        Tiling { origin, tile, across: self.bounds.size()[0].div_ceil(tile[0]), first_piece }
    }

    /// Calls with each piece's number and pixels, in reading order.
    fn for_each_span(&self, ways: &[Way], mut take: impl FnMut(usize, Span)) {
        for run in self.parts.runs() {
            match ways[run.part as usize] {
                Way::Whole(piece) => take(piece, Span { y: run.y, first: run.first, end: run.end }),
                Way::Cut(Tiling { origin, tile, across, first_piece }) => {
                    let row = (run.y as usize - origin[1]) / tile[1];
                    let mut first = run.first as usize;
                    while first < run.end as usize {
                        let column = (first - origin[0]) / tile[0];
                        let end = (origin[0] + (column + 1) * tile[0]).min(run.end as usize);
                        let span = Span { y: run.y, first: first as u32, end: end as u32 };
                        take(first_piece + row * across + column, span);
                        first = end;
                    }
                }
            }
        }
    }

    /// For each piece the number of the piece that stands for its group: groups are merged as long
    /// as any two together fit at full resolution.
    ///
    /// Groups lie in buckets as large as the network spans, by their centres. Those that fit
    /// together lie in neighbouring buckets, so each piece looks at nine.
    fn groups(&self, pieces: &[Option<Rect>]) -> Vec<usize> {
        let fits = |bounds: Rect| self.sight.scale(bounds.size(), self.photo) <= 1.0;
        let side = self
            .photo
            .map(|all| if all <= self.sight.longest() { all } else { self.sight.core() as usize });
        let count = [0, 1].map(|axis| self.photo[axis] / side[axis] + 1);
        let mut buckets: Vec<Vec<(usize, Rect)>> = vec![Vec::new(); count[0] * count[1]];
        let mut into: Vec<usize> = (0..pieces.len()).collect();
        for (number, piece) in pieces.iter().enumerate() {
            let Some(mut bounds) = piece.filter(|bounds| fits(*bounds)) else { continue };
            let home = 'grow: loop {
                let x = (bounds.left + bounds.right) / 2 / side[0];
                let y = (bounds.top + bounds.bottom) / 2 / side[1];
                for by in y.saturating_sub(1)..(y + 2).min(count[1]) {
                    for bx in x.saturating_sub(1)..(x + 2).min(count[0]) {
                        let bucket = &mut buckets[by * count[0] + bx];
                        let found =
                            bucket.iter().position(|(_, other)| fits(bounds.joined(*other)));
                        if let Some((other, theirs)) = found.map(|at| bucket.remove(at)) {
                            into[other] = number;
                            bounds = bounds.joined(theirs);
                            continue 'grow;
                        }
                    }
                }
                break y * count[0] + x;
            };
            buckets[home].push((number, bounds));
        }
        // Groups only ever went into later pieces, so these know already where they ended.
        for number in (0..into.len()).rev() {
            into[number] = into[into[number]];
        }
        into
    }
}

/// How often a pixel must be doubled to be a cell of at least this many.
fn doublings_for(scale: f64) -> usize {
    (0..31).find(|&doublings| px_per_cell(doublings) >= scale).unwrap_or(31)
}

fn px_per_cell(doublings: usize) -> f64 {
    f64::from(1_u32 << doublings)
}
