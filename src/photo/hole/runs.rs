//! The separate parts of a hole, as runs of pixels.
#![expect(clippy::cast_possible_truncation, reason = "a checked size fits into 32 bits")]

use super::Hole;
use crate::photo::Rect;

/// A piece of a row that is to be painted: columns from `first` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Run {
    /// The number of the part it belongs to.
    pub part: u32,
    pub y: u32,
    pub first: u32,
    pub end: u32,
}

/// Pixels that hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The smallest rectangle around it.
    pub bounds: Rect,
    /// How many pixels it has.
    pub count: usize,
}

/// The separate parts of a hole, numbered by their first pixel in reading order.
#[derive(Clone, Debug)]
pub struct Parts {
    parts: Vec<Part>,
    runs: Vec<Run>,
}

impl Parts {
    /// All parts, in reading order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All runs of all parts, in reading order.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }
}

impl Hole {
    /// Finds what hangs together by sides or corners.
    ///
    /// Memory is 16 bytes a run: nothing for what people draw, 8 bytes a pixel for a chessboard.
    ///
    /// # Source
    /// Two passes over runs with a union-find forest, the textbook labelling after Rosenfeld &
    /// Pfaltz (1966); the forest lives in the runs' part numbers until these are final.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let mut runs: Vec<Run> = Vec::new();
        let mut above = 0..0;
        for (y, row) in self.rows().enumerate() {
            let start = runs.len();
            let mut touching = above.start;
            for [first, end] in runs_of_row(row) {
                let number = runs.len();
                runs.push(Run {
                    part: number as u32,
                    y: y as u32,
                    first: first as u32,
                    end: end as u32,
                });
                // Runs above that end before this one begins cannot touch later ones either.
                while touching < above.end && (runs[touching].end as usize) < first {
                    touching += 1;
                }
                let mut next = touching;
                while next < above.end && runs[next].first as usize <= end {
                    join(&mut runs, next, number);
                    next += 1;
                }
            }
            above = start..runs.len();
        }
        let mut parts: Vec<Part> = Vec::new();
        for number in 0..runs.len() {
            // A root is the first run of its part, so every root is numbered before it is needed.
            let run = runs[number];
            let [left, right, y] = [run.first, run.end, run.y].map(|at| at as usize);
            let here = Rect { left, top: y, right, bottom: y + 1 };
            let part = if run.part as usize == number {
                parts.push(Part { bounds: here, count: 0 });
                parts.len() - 1
            } else {
                runs[run.part as usize].part as usize
            };
            runs[number].part = part as u32;
            parts[part].bounds = parts[part].bounds.joined(here);
            parts[part].count += right - left;
        }
        Parts { parts, runs }
    }
}

/// First and end of each run of painted pixels.
pub(in crate::photo) fn runs_of_row(row: &[u8]) -> impl Iterator<Item = [usize; 2]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = at + row[at..].iter().position(|&painted| painted != 0)?;
        let end = row[first..].iter().position(|&painted| painted == 0);
        at = end.map_or(row.len(), |length| first + length);
        Some([first, at])
    })
}

/// Makes two runs one part, under the earlier of their roots.
fn join(runs: &mut [Run], a: usize, b: usize) {
    let [a, b] = [a, b].map(|run| root(runs, run));
    runs[a.max(b)].part = a.min(b) as u32;
}

fn root(runs: &mut [Run], mut at: usize) -> usize {
    while runs[at].part as usize != at {
        // Every other run on the way now points past its parent: later ways are half as long.
        runs[at].part = runs[runs[at].part as usize].part;
        at = runs[at].part as usize;
    }
    at
}
