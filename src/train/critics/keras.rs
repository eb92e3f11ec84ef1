//! The critic of the Keras variant of the out-painting generator.

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::{leaky_relu, relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::{LEAK, halvings};

/// What a [`KerasCritic`] is made of.
#[derive(Config, Debug, PartialEq)]
pub struct KerasCriticConfig {
    /// `[width, height]` of the pictures it judges, in pixels. Published: `[128, 256]`, the painted
    /// columns without the photo between them.
    #[config(default = "[256, 256]")]
    pub size_px: [usize; 2],
    /// Channels of the first convolution, four times as many in the last; 32 as published.
    #[config(default = 32)]
    pub channels: usize,
    /// Width of the fully connected layer; 1024 as published.
    #[config(default = 1024)]
    pub features: usize,
    /// Share of the values that each convolution forgets while training; 0.25 as published.
    #[config(default = 0.25)]
    pub dropout: f64,
}

impl KerasCriticConfig {
    /// Fresh weights on `device`.
    ///
    /// # Panics
    /// If a side is not a multiple of 32: there are five halvings.
    #[must_use]
    pub fn init(&self, device: &Device) -> KerasCritic {
        let [width, height] = self.size_px;
        let c = self.channels;
        assert!(
            width % 32 == 0 && height % 32 == 0,
            "sides must divide by 32, got {width}×{height}"
        );
        KerasCritic {
            convolutions: halvings(&[3, c, 2 * c, 2 * c, 4 * c, 4 * c], device),
            forget: DropoutConfig::new(self.dropout).init(),
            dense: LinearConfig::new((width / 32) * (height / 32) * 4 * c, self.features)
                .init(device),
            verdict: LinearConfig::new(self.features, 1).init(device),
        }
    }
}

/// Judges the whole picture, what was kept and what was painted.
///
/// # Source
/// The notebook of bendangnuksung/Image-OutPainting. We differ in what it looks at: the published
/// one sees the painted columns alone, glued together, so that nothing supervises the seam between
/// them and the photo; ours sees the composite. Its loss is degenerate as published (it rewards
/// calling everything painted); train it with
/// [`Adversarial::LeastSquares`](crate::train::losses::adversarial::Adversarial).
#[derive(Module, Debug)]
pub struct KerasCritic {
    convolutions: Vec<Conv2d>,
    forget: Dropout,
    dense: Linear,
    verdict: Linear,
}

impl KerasCritic {
    /// How sure it is that each picture is a real photo.
    ///
    /// # Shapes and ranges
    /// - `pictures`: `[n, 3, height, width]`, colours in `0..=1`
    /// - returns `[n, 1]`, each in `0..=1`
    #[must_use]
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<2> {
        let mut x = pictures;
        for convolution in &self.convolutions {
            x = leaky_relu(convolution.forward(x), LEAK); // [n, c, h / 2, w / 2]
            x = self.forget.forward(x);
        }
        let x = relu(self.dense.forward(x.flatten::<2>(1, 3))); // [n, features]
        sigmoid(self.verdict.forward(x)) // [n, 1]
    }
}
