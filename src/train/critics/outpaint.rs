//! The critics of the out-painting generator: Sabini & Rusak, "Painting Outside the Box" (2018).

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

/// What an [`OutpaintCritic`] is made of.
#[derive(Config, Debug, PartialEq)]
pub struct OutpaintCriticConfig {
    /// Side of the square pictures it judges, in pixels; 128 as published.
    #[config(default = 128)]
    pub side_px: usize,
    /// Channels of the first convolution, doubled in all others; 32 as published.
    #[config(default = 32)]
    pub channels: usize,
    /// Width of the fully connected layers; 512 as published.
    #[config(default = 512)]
    pub features: usize,
}

impl OutpaintCriticConfig {
    /// Fresh weights on `device`.
    ///
    /// # Panics
    /// If `side_px` is not a multiple of 32: the global critic has five halvings.
    #[must_use]
    pub fn init(&self, device: &Device) -> OutpaintCritic {
        assert_eq!(self.side_px % 32, 0, "critic side must divide by 32, got {}", self.side_px);
        let [c, wide, side] = [self.channels, self.channels * 2, self.side_px];
        let stack = |halvings: usize| -> Vec<Conv2d> {
            (0..halvings)
                .map(|i| {
                    halving(
                        if i == 0 { [3, c] } else { [if i == 1 { c } else { wide }, wide] },
                        device,
                    )
                })
                .collect()
        };
        OutpaintCritic {
            whole: stack(5),
            whole_features: LinearConfig::new((side / 32) * (side / 32) * wide, self.features)
                .init(device),
            half: stack(4),
            half_features: LinearConfig::new((side / 16) * (side / 32) * wide, self.features)
                .init(device),
            verdict: LinearConfig::new(self.features * 3, 1).init(device),
        }
    }
}

/// A 5×5 convolution with stride 2.
fn halving(channels: [usize; 2], device: &Device) -> Conv2d {
    Conv2dConfig::new(channels, [5, 5])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(2, 2, 2, 2))
        .init(device)
}

/// Judges the whole picture, and each margin from close by.
///
/// The left half and the mirrored right half go through the same weights, so that both margins
/// look alike to it: the edge of the photo is always on the same side.
///
/// # Source
/// Sabini & Rusak 2018: global critic, and the local one with shared weights ("LD").
#[derive(Module, Debug)]
pub struct OutpaintCritic {
    whole: Vec<Conv2d>,
    whole_features: Linear,
    half: Vec<Conv2d>,
    half_features: Linear,
    verdict: Linear,
}

impl OutpaintCritic {
    /// How sure it is that each picture is a real photo.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, side_px, side_px]`, colours in `0..=1`
    /// - returns `[n, 1]`, each in `0..=1`
    #[must_use]
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<2> {
        let half = pictures.dims()[3] / 2;
        let left = pictures.clone().narrow(3, 0, half);
        let right = pictures.clone().narrow(3, half, half).flip([3]);
        let seen = [
            features(&self.whole, &self.whole_features, pictures),
            features(&self.half, &self.half_features, left),
            features(&self.half, &self.half_features, right),
        ];
        sigmoid(self.verdict.forward(Tensor::cat(seen.into(), 1))) // [n, 1]
    }
}

fn features(convolutions: &[Conv2d], dense: &Linear, mut x: Tensor<4>) -> Tensor<2> {
    for layer in convolutions {
        x = relu(layer.forward(x));
    }
    relu(dense.forward(x.flatten::<2>(1, 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_critic_has_the_published_number_of_parameters() {
        // Global: convolutions 2 432 + 51 264 + 3 × 102 464, features 524 800.
        // Local: convolutions 2 432 + 51 264 + 2 × 102 464, features 1 049 088. Verdict: 1 537.
        let critic = OutpaintCriticConfig::new().init(&Device::flex());
        let global = 2_432 + 51_264 + 3 * 102_464 + 524_800;
        let local = 2_432 + 51_264 + 2 * 102_464 + 1_049_088;
        assert_eq!(critic.num_params(), global + local + 1_537);
    }

    #[test]
    fn a_mirrored_picture_swaps_the_halves_and_nothing_else() {
        let device = Device::flex();
        let critic = OutpaintCriticConfig::new()
            .with_side_px(32)
            .with_channels(8)
            // So many that not all can be silent by chance: then the control would see no
            // difference.
            .with_features(96)
            .init(&device);
        let picture =
            Tensor::<4>::random([1, 3, 32, 32], burn::tensor::Distribution::Default, &device);
        let half = |x: Tensor<4>| features(&critic.half, &critic.half_features, x).into_data();
        let left = picture.clone().narrow(3, 0, 16);
        let mirrored = picture.flip([3]);
        let right_as_seen = mirrored.clone().narrow(3, 16, 16).flip([3]);
        assert_eq!(half(left.clone()), half(right_as_seen));
        assert_ne!(half(left), half(mirrored.narrow(3, 16, 16)), "control: unmirrored differs");
    }
}
