//! The generators, one published network a file; which one a weight file holds is in its config.

pub mod blocks;
pub mod chroma_bins;
pub mod colorize;
#[cfg(feature = "train")]
pub mod critics;
pub mod defade;
pub mod outpaint;
pub mod resnet;
pub mod self_attention;
pub mod shuffle;
pub mod spectral;
#[cfg(test)]
#[cfg(feature = "train")]
mod testing;
