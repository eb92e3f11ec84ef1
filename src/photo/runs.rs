//! Where the unknowns of a sparse grid lie: in runs along its rows, stored with the nodes around
//! them and nothing else, so that memory and time follow the unknowns wherever they are.
//!
//! A grid has a margin of two nodes on the left and above: column 2 is the picture's first. Every
//! second node of every second row, from the first of the picture, is a node of the next coarser
//! grid; column `x` lies at or right after the coarser column [`coarser`]`(x)`. What always holds:
//! the nodes above, below and beside a run are stored side by side, each row in one piece.

use std::ops::Range;

/// The margin on the left and above.
pub(super) const MARGIN: usize = 2;

/// Unknowns side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeRun {
    /// The first one's column, and the row.
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) len: usize,
    /// Where the first one is stored, and the nodes above and below it.
    pub(super) here: usize,
    pub(super) above: usize,
    pub(super) below: usize,
}

/// Stored nodes side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    /// The first one's column.
    pub(super) x: usize,
    pub(super) end: usize,
    /// Where it is stored.
    pub(super) at: usize,
}

/// The runs of a grid and its storage.
#[derive(Debug)]
pub(super) struct SparseGrid {
    pub(super) runs: Vec<NodeRun>,
    /// How many nodes are stored.
    pub(super) len: usize,
    spans: Vec<Stored>,
    /// The number of the first span of each row.
    rows: Vec<usize>,
    /// The number of the first run of each row.
    lines: Vec<usize>,
}

/// Column or row of the node of the next coarser grid at or right before this one.
pub(super) fn coarser(x: usize) -> usize {
    x / 2 + 1
}

impl SparseGrid {
    /// The painted pixels and their four neighbours; also what lies beyond the border.
    pub(super) fn of_hole(hole: &[u8], [width, height]: [usize; 2]) -> Self {
        let mut rows = vec![Vec::new(); height + MARGIN + 1];
        let mut runs = Vec::new();
        for (y, row) in hole.chunks_exact(width.max(1)).enumerate() {
            let y = y + MARGIN;
            let mut x = 0;
            while let Some(first) = row[x..].iter().position(|&painted| painted != 0) {
                let first = x + first;
                let len = row[first..].iter().position(|&painted| painted == 0);
                let len = len.unwrap_or(width - first);
                x = first + len;
                let first = first + MARGIN;
                runs.push([first, y, len]);
                rows[y - 1].push([first, first + len]);
                rows[y].push([first - 1, first + len + 1]);
                rows[y + 1].push([first, first + len]);
            }
        }
        Self::new(rows, &runs)
    }

    /// Every second node of every second row, and the corners of every square of such nodes that
    /// has an unknown in it.
    pub(super) fn below(above: &Self) -> Self {
        let height = above.rows.len();
        let mut rows = vec![Vec::new(); coarser(height) + MARGIN];
        let mut runs = Vec::new();
        for run in &above.runs {
            let [left, right] = [run.x, run.x + run.len - 1].map(coarser);
            let y = coarser(run.y);
            for row in &mut rows[y - 1..=y + 1] {
                row.push([left - 1, right + 2]);
            }
            if run.y.is_multiple_of(2) {
                let first = left + run.x % 2;
                if first <= right {
                    runs.push([first, y, right + 1 - first]);
                }
            }
        }
        Self::new(rows, &runs)
    }

    /// From stretches of columns to store, row by row, and runs: column, row, length.
    fn new(rows: Vec<Vec<[usize; 2]>>, runs: &[[usize; 3]]) -> Self {
        let mut grid =
            Self { runs: Vec::new(), len: 0, spans: Vec::new(), rows: vec![0], lines: vec![0] };
        for mut stretches in rows {
            let first = grid.spans.len();
            stretches.sort_unstable();
            for [x, end] in stretches {
                match grid.spans[first..].last_mut() {
                    Some(span) if x <= span.end => {
                        grid.len += end.saturating_sub(span.end);
                        span.end = span.end.max(end);
                    }
                    _ => {
                        grid.spans.push(Stored { x, end, at: grid.len });
                        grid.len += end - x;
                    }
                }
            }
            grid.rows.push(grid.spans.len());
        }
        let stored = |x, y| grid.find(x, y).expect("a run is stored with its neighbours");
        let run = |&[x, y, len]: &[usize; 3]| NodeRun {
            x,
            y,
            len,
            here: stored(x, y),
            above: stored(x, y - 1),
            below: stored(x, y + 1),
        };
        grid.runs = runs.iter().map(run).collect();
        for y in 0..grid.rows.len() - 1 {
            let count = runs[grid.lines[y]..].iter().take_while(|run| run[1] == y).count();
            grid.lines.push(grid.lines[y] + count);
        }
        grid
    }

    pub(super) fn unknowns(&self) -> usize {
        self.runs.iter().map(|run| run.len).sum()
    }

    pub(super) fn height(&self) -> usize {
        self.lines.len() - 1
    }

    /// The numbers of a row's runs; none beyond the grid.
    pub(super) fn runs_of(&self, y: usize) -> Range<usize> {
        if y < self.height() { self.lines[y]..self.lines[y + 1] } else { 0..0 }
    }

    /// Where a node is stored, if it is.
    pub(super) fn find(&self, x: usize, y: usize) -> Option<usize> {
        let row = &self.spans[*self.rows.get(y)?..*self.rows.get(y + 1)?];
        let span = row[..row.partition_point(|span| span.x <= x)].last()?;
        (x < span.end).then(|| span.at + x - span.x)
    }

    /// As [`SparseGrid::find`], for ever greater columns of one row.
    pub(super) fn row(&self, y: usize) -> RestOfRow<'_> {
        let ends = [y, y + 1].map(|y| self.rows.get(y).map_or(self.spans.len(), |&at| at));
        RestOfRow(&self.spans[ends[0]..ends[1]])
    }

    /// The stored nodes that are no unknowns: column, row and where they are stored.
    pub(super) fn known(&self) -> impl Iterator<Item = [usize; 3]> {
        (0..self.height()).flat_map(move |y| {
            let runs = self.runs[self.runs_of(y)].iter();
            let spans = &self.spans[self.rows[y]..self.rows[y + 1]];
            // Before the first run, between two, and behind the last, as far as nodes are stored.
            let starts = std::iter::once(0).chain(runs.clone().map(|run| run.x + run.len));
            let ends = runs.map(|run| run.x).chain(std::iter::once(usize::MAX));
            starts.zip(ends).flat_map(move |(start, end)| {
                let first = spans.partition_point(|span| span.end <= start);
                let spans = spans[first..].iter().take_while(move |span| span.x < end);
                spans.flat_map(move |span| {
                    let columns = start.max(span.x)..end.min(span.end);
                    columns.map(move |x| [x, y, span.at + x - span.x])
                })
            })
        })
    }
}

/// The rest of a row's spans.
#[derive(Debug)]
pub(super) struct RestOfRow<'a>(&'a [Stored]);

impl RestOfRow<'_> {
    /// Where a node is stored, and how many nodes from it on are stored with it. No later call may
    /// ask for a column further left.
    pub(super) fn find(&mut self, x: usize) -> Option<(usize, usize)> {
        while let Some((span, rest)) = self.0.split_first() {
            if x < span.end {
                return (span.x <= x).then(|| (span.at + x - span.x, span.end - x));
            }
            self.0 = rest;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::multigrid::tests::zoo;
    use super::*;

    #[test]
    fn runs_are_the_painted_pixels_and_lie_beside_their_neighbours() {
        for (name, size, hole) in zoo() {
            let grid = SparseGrid::of_hole(&hole, size);
            let mut painted = vec![0; hole.len()];
            for run in &grid.runs {
                for i in 0..run.len {
                    let (x, y) = (run.x + i, run.y);
                    painted[(y - MARGIN) * size[0] + x - MARGIN] += 1;
                    let near = [run.above + i, run.here + i - 1, run.here + i + 1, run.below + i];
                    let wanted = [(x, y - 1), (x - 1, y), (x + 1, y), (x, y + 1)];
                    assert_eq!(near.map(Some), wanted.map(|(x, y)| grid.find(x, y)), "{name}");
                }
            }
            let wanted: Vec<i32> = hole.iter().map(|&hole| i32::from(hole != 0)).collect();
            assert_eq!(painted, wanted, "{name}: each once");
            let known = grid.known().count();
            assert_eq!(known + grid.unknowns(), grid.len, "{name}: nothing else is stored");
            assert!(grid.known().all(|[x, y, at]| grid.find(x, y) == Some(at)), "{name}");
        }
    }

    #[test]
    fn every_second_node_of_every_second_row_is_kept_on_every_grid() {
        for (name, size, hole) in zoo() {
            let mut grid = SparseGrid::of_hole(&hole, size);
            while grid.unknowns() > 1 {
                let below = SparseGrid::below(&grid);
                let kept: Vec<[usize; 2]> = nodes(&grid)
                    .filter(|node| node.iter().all(|side| side.is_multiple_of(2)))
                    .map(|node| node.map(coarser))
                    .collect();
                assert_eq!(nodes(&below).collect::<Vec<_>>(), kept, "{name}");
                for [x, y] in nodes(&grid) {
                    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                        let corner = below.find(coarser(x) + dx, coarser(y) + dy);
                        assert!(corner.is_some(), "{name}: a corner of {x}, {y} is missing");
                    }
                }
                grid = below;
            }
            assert_eq!(grid.find(10_000, MARGIN), None, "control: {name}");
            assert_eq!(grid.find(MARGIN, 10_000), None, "control: {name}");
        }
    }

    fn nodes(grid: &SparseGrid) -> impl Iterator<Item = [usize; 2]> {
        grid.runs.iter().flat_map(|run| (run.x..run.x + run.len).map(|x| [x, run.y]))
    }
}
