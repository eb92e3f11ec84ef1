//! The generators, one published network a file; which one a weight file holds is in its config.

pub mod blocks;
#[cfg(feature = "train")]
pub mod critics;
pub mod outpaint;
