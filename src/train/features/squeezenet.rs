//! `SqueezeNet` 1.1, the smallest network of LPIPS.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::{Layer, Padding, Weights, normalised, pooled};
use crate::error::Result;

/// The fire modules: entry of `features`, channels squeezed to, and of each of the two expansions.
const FIRES: [(usize, usize, usize); 8] = [
    (3, 16, 64),
    (4, 16, 64),
    (6, 32, 128),
    (7, 32, 128),
    (9, 48, 192),
    (10, 48, 192),
    (11, 64, 256),
    (12, 64, 256),
];

/// `SqueezeNet` 1.1 with seven maps: the first convolution, and the fires 2, 4 to 8 of what
/// remains, as LPIPS taps them.
///
/// Files with torchvision's names: `features.0.weight`, `features.3.squeeze.weight`,
/// `features.3.expand1x1.weight`, `features.3.expand3x3.weight` and so on.
///
/// # Source
/// Iandola et al., "`SqueezeNet`" (2016), version 1.1; taps of Zhang et al. 2018 (LPIPS), whose
/// scaling of −1..1 is the same as torchvision's of 0..1.
#[derive(Clone, Debug)]
pub struct Squeezenet {
    first: Layer,
    fires: Vec<Fire>,
}

impl Squeezenet {
    pub(super) fn new(weights: &Weights) -> Result<Self> {
        let mut c_in = 64;
        let fires = FIRES.map(|(entry, squeezed, expanded)| {
            let layer = |part: &str, shape, pad| {
                weights.layer(&format!("features.{entry}.{part}"), shape, 1, Padding::Even(pad))
            };
            let fire = Fire {
                squeeze: layer("squeeze", [squeezed, c_in, 1, 1], 0)?,
                expand: [
                    layer("expand1x1", [expanded, squeezed, 1, 1], 0)?,
                    layer("expand3x3", [expanded, squeezed, 3, 3], 1)?,
                ],
            };
            c_in = 2 * expanded;
            Ok(fire)
        });
        Ok(Self {
            first: weights.layer("features.0", [64, 3, 3, 3], 2, Padding::Even(0))?,
            fires: fires.into_iter().collect::<Result<_>>()?,
        })
    }

    pub(super) fn taps(&self, pictures: Tensor<4>) -> Vec<Tensor<4>> {
        let mut x = relu(self.first.forward(normalised(pictures))); // [n, 64, h / 2, w / 2]
        let mut taps = vec![x.clone()];
        for (i, fire) in self.fires.iter().enumerate() {
            if matches!(i, 0 | 2 | 4) {
                x = pooled(x, 3); // [n, c, h / 2, w / 2]
            }
            x = fire.forward(x);
            if !matches!(i, 0 | 2) {
                taps.push(x.clone());
            }
        }
        taps
    }
}

/// Few channels, from which many are made by kernels of two sizes.
#[derive(Clone, Debug)]
struct Fire {
    squeeze: Layer,
    expand: [Layer; 2],
}

impl Fire {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = relu(self.squeeze.forward(x));
        let both = self.expand.iter().map(|layer| relu(layer.forward(x.clone())));
        Tensor::cat(both.collect(), 1) // [n, 2 · expanded, h, w]
    }
}
