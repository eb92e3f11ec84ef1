//! The losses, one idea a file, each with its formula and source.
//!
//! Pictures are `[n, 3, h, w]` in `0..=1`, holes `[n, 1, h, w]` with 1 = painted; every loss is one
//! number. Second derivatives, which Burn does not have, are needed by [`penalty`] alone.

pub mod adversarial;
pub mod cells;
pub mod pairs;
pub mod penalty;
pub mod perceptual;
pub mod reconstruction;
pub mod region;

#[cfg(test)]
pub(crate) mod check;
