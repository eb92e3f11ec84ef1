//! The generator that enlarges photos: the network that undoes mosaics, on the small photo's grid.
//!
//! A photo of half the size is a mosaic of cells of two by two pixels whose means are known, so what
//! learns to undo those learns to enlarge. What is to be added is faint beside the colours, and a
//! network that sees colours as they are learns it slowly; so it is shown them less mid-grey. Start
//! reading at [`Enlarger::forward`].

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::edsr::{Edsr, EdsrConfig};

/// The settings of an [`Enlarger`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct EnlargerConfig {
    /// Channels of every layer.
    #[config(default = 64)]
    pub channels: usize,
    /// Residual blocks of two convolutions each.
    #[config(default = 4)]
    pub blocks: usize,
}

impl EnlargerConfig {
    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Enlarger {
        let Self { channels, blocks } = *self;
        let edsr = EdsrConfig::new().with_channels(channels).with_blocks(blocks);
        Enlarger { edsr: edsr.init(device) }
    }
}

/// Paints what a plainly enlarged photo lacks.
///
/// # Source
/// Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution" (2017), for twice
/// the sides, with a quarter of its blocks, as [`Edsr`] has it: on cells of two by two pixels of the
/// small photo. As published, it sees colours less a mean.
#[derive(Module, Debug)]
pub struct Enlarger {
    edsr: Edsr,
}

impl Enlarger {
    /// Turns a photo that was plainly enlarged to twice its sides into what it may have been.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 3, h, w]` or more planes, of which the first three count: red, green, blue in
    ///   `0..=1`; `h` and `w` are multiples of [`CELL_PX`](super::edsr::CELL_PX)
    /// - returns `[n, 3, h, w]`, colours in `0..=1`, or slightly beyond
    #[must_use]
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let colours = input.narrow(1, 0, 3) - 0.5;
        let hole = colours.clone().narrow(1, 0, 1).zeros_like(); // All of it is to be painted.
        self.edsr.forward(Tensor::cat(vec![colours, hole], 1)) + 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::gmacs;

    #[test]
    fn an_untrained_net_leaves_the_picture_as_it_is() {
        let device = Device::flex();
        let net = EnlargerConfig::new().with_channels(8).with_blocks(1).init(&device);
        let random = burn::tensor::Distribution::Default;
        let input = Tensor::<4>::random([2, 4, 12, 8], random, &device);
        let values = |x: Tensor<4>| x.into_data().try_to_vec::<f32>().unwrap();
        let [before, after] = [values(input.clone().narrow(1, 0, 3)), values(net.forward(input))];
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn a_megapixel_costs_what_it_should() {
        let net = EnlargerConfig::new().init(&Device::flex());
        // A quarter of a million cells, eleven layers.
        let cost = gmacs(&net, &[250_000; 11]);
        assert!((95.0..105.0).contains(&cost), "{cost}");
    }
}
