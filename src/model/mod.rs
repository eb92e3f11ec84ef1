//! The generators, one published network a file; which one a weight file holds is in its config.

pub mod blocks;
pub mod completion;
pub mod contextual;
pub mod contextual_attention;
#[cfg(feature = "train")]
pub mod critics;
pub mod outpaint;
pub mod outpaint_keras;
