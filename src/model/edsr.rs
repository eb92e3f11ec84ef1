//! The generator that undoes mosaics: a residual network on the mosaic's own grid.
//!
//! A mosaic is a photo shrunk to the means of its cells, so undoing one is super-resolution. The
//! grid to work on has one position per cell: nine times fewer than at a third of the photo, and
//! every kernel reaches the same number of cells whatever their size. Start reading at
//! [`Edsr::forward`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{PixelShuffle, PixelShuffleConfig, PixelUnshuffle, PixelUnshuffleConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, silent_conv};
use super::convolution::Convolve;

/// Side of one cell, in pixels of the picture.
pub const CELL_PX: usize = 4;
/// Values of the picture and its hole in one cell.
const SEEN: usize = 4 * CELL_PX * CELL_PX;
/// Values painted in one cell.
const PAINTED: usize = 3 * CELL_PX * CELL_PX;

/// The settings of an [`Edsr`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct EdsrConfig {
    /// Channels of every layer; 64 in the published baseline.
    #[config(default = 64)]
    pub channels: usize,
    /// Residual blocks of two convolutions each; 16 in the published baseline.
    #[config(default = 16)]
    pub blocks: usize,
}

impl EdsrConfig {
    /// A network just large enough to see whether training works at all.
    #[must_use]
    pub fn smoke() -> Self {
        Self::new().with_channels(16).with_blocks(2)
    }

    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Edsr {
        let c = self.channels;
        let block = |_| Block {
            first: conv([c, c], 3, [1, 1], device),
            // A block that starts by adding nothing can be trained without a factor of 0.1.
            second: silent_conv([c, c], device),
        };
        Edsr {
            gather: PixelUnshuffleConfig::new(CELL_PX).init(),
            first: conv([SEEN, c], 3, [1, 1], device),
            blocks: (0..self.blocks).map(block).collect(),
            last: conv([c, c], 3, [1, 1], device),
            out: silent_conv([c, PAINTED], device),
            spread: PixelShuffleConfig::new(CELL_PX).init(),
        }
    }
}

/// Paints what the smoothed mosaic lacks.
///
/// # Source
/// Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution" (2017), its
/// baseline. We differ at both ends. The input is not the small picture but the smooth one, with
/// what is known around the mosaic, as four by four pixels per cell. The output is added to it, by
/// one pixel shuffle of four instead of two of two.
#[derive(Module, Debug)]
pub struct Edsr {
    gather: PixelUnshuffle,
    first: Conv2d,
    blocks: Vec<Block>,
    last: Conv2d,
    out: Conv2d,
    spread: PixelShuffle,
}

#[derive(Module, Debug)]
struct Block {
    first: Conv2d,
    second: Conv2d,
}

impl Edsr {
    /// Turns a smoothed mosaic into what it may have hidden.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 4, h, w]`: red, green, blue in `0..=1`, the mosaic smoothed as
    ///   [`Fill::Smooth`](crate::pixels::Fill::Smooth) says, and the hole (1 = paint here); `h` and
    ///   `w` are multiples of [`CELL_PX`], and the mosaic's lines run between blocks of that size
    /// - returns `[n, 3, h, w]`, colours in `0..=1`, or slightly beyond
    #[must_use]
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let smooth = input.clone().narrow(1, 0, 3);
        let first = self.first.convolve(self.gather.forward(input)); // [n, c, h / 4, w / 4]
        let mut x = first.clone();
        for block in &self.blocks {
            x = x.clone() + block.second.convolve(relu(block.first.convolve(x)));
        }
        let x = relu(self.last.convolve(x) + first);
        smooth + self.spread.forward(self.out.convolve(x)) // [n, 3, h, w]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::gmacs;

    #[test]
    fn its_size_is_that_of_the_published_baseline_but_for_both_ends() {
        let net = EdsrConfig::new().init(&Device::flex());
        // 33 convolutions of 64 to 64, as published; ours begins with 64 values and ends with 48.
        let layer = |c_in: usize, c_out: usize| 9 * c_in * c_out + c_out;
        assert_eq!(net.num_params(), 34 * layer(64, 64) + layer(64, 48));
        // 128² under cells of 12, with six cells around: 23 by 23.
        let cost = gmacs(&net, &[23 * 23; 35]);
        assert!((0.67..0.69).contains(&cost), "{cost}");
    }

    #[test]
    fn an_untrained_net_leaves_the_smooth_picture_as_it_is() {
        let device = Device::flex();
        let net = EdsrConfig::smoke().init(&device);
        let random = burn::tensor::Distribution::Default;
        let input = Tensor::<4>::random([2, 4, 12, 8], random, &device);
        let answer = net.forward(input.clone());
        assert_eq!(answer.into_data(), input.narrow(1, 0, 3).into_data());
    }

    #[test]
    fn what_a_cell_shows_reaches_that_cell_first() {
        let device = Device::flex();
        let mut net = EdsrConfig::smoke().with_blocks(0).init(&device);
        // A layer that tells places apart; the silent one that it starts with would hide
        // everything.
        net.out = conv([16, PAINTED], 3, [1, 1], &device);
        let ask = |at: [usize; 2]| {
            let dark = Tensor::<4>::zeros([1, 4, 40, 40], &device);
            let dot = Tensor::<4>::ones([1, 1, 1, 1], &device);
            let place = [0..1, 0..1, at[1]..at[1] + 1, at[0]..at[0] + 1];
            let picture = dark.slice_assign(place, dot);
            net.forward(picture).narrow(1, 1, 1).into_data().try_to_vec::<f32>().unwrap()
        };
        let (dark, dot) = (ask([39, 39]), ask([17, 22]));
        let reached =
            |at: [usize; 2]| (dark[at[1] * 40 + at[0]] - dot[at[1] * 40 + at[0]]).abs() > 1e-7;
        assert!(reached([16, 20]) && reached([19, 23]), "its own cell");
        assert!(!reached([0, 20]) && !reached([17, 0]), "four cells away is beyond three kernels");
    }
}
