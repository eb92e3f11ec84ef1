//! The generators, one published network a file; which one a weight file holds is in its config.
//!
//! What they cost at their published size; the tests of each count it:
//!
//! | network | input | parameters | multiply-adds |
//! | --- | --- | --- | --- |
//! | [`outpaint`] | 128² | 3.34 M | 14.7 G |
//! | [`outpaint`], as it ships | 128² | 1.01 M | 0.42 G |
//! | [`outpaint_keras`] | 128 × 256 | 35.1 M | 88.3 G |
//! | [`completion`] | 256² | 6.07 M | 32.6 G |
//! | [`contextual`] | 256² | 3.60 M | 22.4 G and attention |
//!
//! Attention is 3.4 G as published, and 0.65 G where only a hole of 128² asks.

pub mod blocks;
pub mod completion;
pub mod contextual;
pub mod contextual_attention;
#[cfg(feature = "train")]
pub mod critics;
pub mod outpaint;
pub mod outpaint_keras;
