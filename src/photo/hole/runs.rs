//! A hole as runs of pixels: its separate parts, and its compact bytes.
#![expect(clippy::cast_possible_truncation, reason = "a checked size fits into 32 bits")]

use super::{Hole, Rect};
use crate::error::{Error, Result};
use crate::photo::{MAX_RESULT_PIXELS, check_size};

/// What the bytes begin with; the last is the version.
const HEADER: [u8; 5] = *b"hole\x01";

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

    /// The hole in few bytes: for undo, and to send.
    ///
    /// A header `hole`, a version, width and height as four bytes each (little endian), then the
    /// lengths of known and painted runs in turn, over the rows one after the other, each as a
    /// LEB128 number. The first run is known and may be empty; no other is.
    #[must_use]
    pub fn to_runs(&self) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        for side in self.size {
            bytes.extend((side as u32).to_le_bytes());
        }
        let mut done = 0;
        for [first, end] in runs_of_row(&self.pixels) {
            for mut length in [first - done, end - first] {
                while length >= 0x80 {
                    bytes.push(length as u8 | 0x80);
                    length >>= 7;
                }
                bytes.push(length as u8);
            }
            done = end;
        }
        // The known rest needs no length.
        bytes
    }

    /// Reads what [`Hole::to_runs`] wrote. Nothing is allocated before all of it was checked.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for anything that [`Hole::to_runs`] does not write,
    /// [`Error::TooSmall`], [`Error::TooLarge`].
    pub fn from_runs(bytes: &[u8]) -> Result<Self> {
        let bad = |found: &str| Error::BadSetting {
            name: "runs of a hole",
            expected: "whole, of version 1".into(),
            found: found.into(),
        };
        let rest = bytes.strip_prefix(&HEADER).ok_or_else(|| bad("another beginning"))?;
        let (sides, rest) = rest.split_at_checked(8).ok_or_else(|| bad("half a header"))?;
        let side = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| sides[at + i]));
        let size = [side(0), side(4)];
        check_size(size, MAX_RESULT_PIXELS)?;
        let pixels = size[0] as usize * size[1] as usize;
        let mut at = 0;
        let mut lengths = 0_usize;
        for length in Lengths(rest) {
            let length = length.ok_or_else(|| bad("a broken number"))?;
            if length == 0 && lengths > 0 {
                return Err(bad("an empty run"));
            }
            at += length;
            lengths += 1;
            if at > pixels {
                return Err(bad("more pixels than the size has"));
            }
        }
        if !lengths.is_multiple_of(2) {
            return Err(bad("half a pair of runs"));
        }
        let mut hole = Self::empty(size)?;
        let mut at = 0;
        for (i, length) in Lengths(rest).flatten().enumerate() {
            hole.pixels[at..at + length].fill((i % 2) as u8);
            at += length;
        }
        Ok(hole)
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

/// Reads LEB128 numbers below 2^28; nothing in place of one that is cut off, too large, or longer
/// than it need be.
struct Lengths<'a>(&'a [u8]);

impl Iterator for Lengths<'_> {
    type Item = Option<usize>;

    fn next(&mut self) -> Option<Option<usize>> {
        let mut number = 0;
        for (i, &byte) in self.0.iter().take(4).enumerate() {
            number |= usize::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                self.0 = &self.0[i + 1..];
                return Some((byte != 0 || i == 0).then_some(number));
            }
        }
        let was_empty = self.0.is_empty();
        self.0 = &[];
        (!was_empty).then_some(None)
    }
}
