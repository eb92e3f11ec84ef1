//! The generators, one published network a file; which one a weight file holds is in its config.

pub mod blocks;
pub mod outpaint;
