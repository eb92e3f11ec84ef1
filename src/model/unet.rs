//! The network that finds damage: places that look unlike what lies around them, at full size.
//!
//! A scratch is a pixel or two wide, so the answer is as fine as the picture; whether a line is a
//! scratch or a wire is said by a hundred pixels around it, which are looked at on coarser grids.
//! Start reading at [`UNet::forward`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{PixelShuffle, PixelShuffleConfig, PixelUnshuffle, PixelUnshuffleConfig};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, doubled};
use super::convolution::Convolve;

/// The number of pixels that both sides of the input must be multiples of.
pub const GRID_PX: usize = 8;
/// How many pixels beyond a place may change what is said of it, at most.
pub const REACH_PX: usize = 96;
/// Pixels that are gathered into one cell of the finest grid, along each side.
const CELL_PX: usize = 2;

/// The settings of a [`UNet`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct UNetConfig {
    /// Channels at ½, ¼ and ⅛ of the picture.
    #[config(default = "[24, 40, 64]")]
    pub channels: [usize; 3],
}

impl UNetConfig {
    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> UNet {
        let [half, quarter, eighth] = self.channels;
        let plain = |channels| conv(channels, 3, [1, 1], device);
        let halved = |channels| conv(channels, 3, [2, 1], device);
        let point = |channels| conv(channels, 1, [1, 1], device);
        UNet {
            gather: PixelUnshuffleConfig::new(CELL_PX).init(),
            first: plain([3 * CELL_PX * CELL_PX, half]),
            fine: plain([half, half]),
            down: [halved([half, quarter]), halved([quarter, eighth])],
            middle: plain([quarter, quarter]),
            wide: [2, 4].map(|apart| conv([eighth, eighth], 3, [1, apart], device)),
            up: [point([eighth, quarter]), point([quarter, half])],
            join: [plain([quarter, quarter]), plain([half, half])],
            out: plain([half, CELL_PX * CELL_PX]),
            spread: PixelShuffleConfig::new(CELL_PX).init(),
        }
    }
}

/// Tells places that belong to something, such as damage, from those that do not.
///
/// # Source
/// Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation" (2015):
/// down and up again, each size joined with what was seen there. Ours has two steps instead of four
/// and dilated kernels at the bottom (Yu & Koltun 2016); sizes are added, not stacked, and layers
/// add to what they were given. The first and the last layer work on cells of two by two pixels.
#[derive(Module, Debug)]
pub struct UNet {
    gather: PixelUnshuffle,
    first: Conv2d,
    fine: Conv2d,
    down: [Conv2d; 2],
    middle: Conv2d,
    wide: [Conv2d; 2],
    up: [Conv2d; 2],
    join: [Conv2d; 2],
    out: Conv2d,
    spread: PixelShuffle,
}

impl UNet {
    /// Returns how sure it is of each pixel.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, h, w]`, red, green and blue in `0..=1`; `h` and `w` are multiples of
    ///   [`GRID_PX`]
    /// - returns `[n, 1, h, w]`, logits: above 0 belongs
    ///
    /// # Panics
    /// If a side is not a multiple of [`GRID_PX`].
    #[must_use]
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<4> {
        let [_, _, h, w] = pictures.dims();
        assert!(h % GRID_PX == 0 && w % GRID_PX == 0, "{h}×{w} must divide by {GRID_PX}");
        let more = |x: Tensor<4>, layer: &Conv2d| relu(x.clone() + layer.convolve(x));
        let half = relu(self.first.convolve(self.gather.forward(pictures - 0.5)));
        let half = more(half, &self.fine); // [n, c, h / 2, w / 2]
        let quarter = more(relu(self.down[0].convolve(half.clone())), &self.middle);
        let eighth = relu(self.down[1].convolve(quarter.clone()));
        let eighth = self.wide.iter().fold(eighth, more);
        let x = doubled(self.up[0].convolve(eighth)) + quarter;
        let x = relu(x.clone() + self.join[0].convolve(relu(x)));
        let x = doubled(self.up[1].convolve(x)) + half;
        let x = relu(x.clone() + self.join[1].convolve(relu(x)));
        self.spread.forward(self.out.convolve(x)) // [n, 1, h, w]
    }

    /// Returns how likely each pixel belongs, three times, as training shows it; and what
    /// [`UNet::forward`] returns.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 3, h, w]` or more planes, of which the first three count
    /// - returns `[n, 3, h, w]` in `0..=1`, and `[n, 1, h, w]`
    #[must_use]
    pub fn paint(&self, input: Tensor<4>) -> [Tensor<4>; 2] {
        let answer = self.forward(input.narrow(1, 0, 3));
        [sigmoid(answer.clone()).repeat_dim(1, 3), answer]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::gmacs;

    fn dark(size: [usize; 2], device: &Device) -> Tensor<4> {
        Tensor::zeros([1, 3, size[1], size[0]], device)
    }

    #[test]
    fn it_answers_each_pixel_and_is_as_small_as_it_should_be() {
        let device = Device::flex();
        let net = UNetConfig::new().init(&device);
        let [picture, answer] = net.paint(dark([48, 64], &device));
        assert_eq!((picture.dims(), answer.dims()), ([1, 3, 64, 48], [1, 1, 64, 48]));
        assert_eq!(net.num_params(), 152_004);
        // A megapixel: what is fine costs most.
        let [half, quarter, eighth] = [1 << 18, 1 << 16, 1 << 14];
        let places = [
            half, half, quarter, eighth, quarter, eighth, eighth, eighth, quarter, quarter, half,
            half,
        ];
        let cost = gmacs(&net, &places);
        assert!((7.0..9.0).contains(&cost), "{cost}");
    }

    #[test]
    fn a_place_hears_of_what_is_near_and_of_nothing_beyond_its_reach() {
        let device = Device::flex();
        let net = UNetConfig::new().with_channels([8, 8, 8]).init(&device);
        let ask = |at: [usize; 2]| {
            let dot = Tensor::<4>::ones([1, 3, 1, 1], &device) * 9.0;
            let place = [0..1, 0..3, at[1]..at[1] + 1, at[0]..at[0] + 1];
            let answer = net.forward(dark([320, 16], &device).slice_assign(place, dot));
            answer.into_data().try_to_vec::<f32>().unwrap()[8 * 320 + 40]
        };
        let nothing = ask([319, 8]);
        assert!((ask([41, 8]) - nothing).abs() > 1e-6 && (ask([80, 8]) - nothing).abs() > 1e-9);
        assert_eq!(ask([40 + REACH_PX + 8, 8]), nothing, "what is far does not count");
    }
}
