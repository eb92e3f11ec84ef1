//! `MobileNetV2`: small enough for a perceptual loss on a CPU.

use burn::tensor::Tensor;
use burn::tensor::activation::relu6;

use super::{Layer, Weights};
use crate::error::Result;

/// The blocks behind the first: channels out, stride. Each expands what it gets sixfold.
const BLOCKS: [(usize, usize); 12] = [
    (24, 2),
    (24, 1),
    (32, 2),
    (32, 1),
    (32, 1),
    (64, 2),
    (64, 1),
    (64, 1),
    (64, 1),
    (96, 1),
    (96, 1),
    (96, 1),
];

/// `MobileNetV2` 1.0 up to the expansion of block 13, batch norm folded, with five maps: the first
/// convolution (½ of the size) and the expansions of the blocks 1 (½), 3 (¼), 6 (⅛) and 13 (1⁄16).
///
/// Files with the names of Keras: `Conv1`, `expanded_conv_depthwise`, `expanded_conv_project`,
/// `block_1_expand` and so on, each with `.weight` and `.bias`. Padding is TensorFlow's `SAME`;
/// colours go in as they are.
///
/// # Source
/// Sandler et al., "`MobileNetV2`: Inverted Residuals and Linear Bottlenecks" (CVPR 2018). Which
/// maps make a good distance was measured with the weights at hand: see
/// [`distance`](super::Features).
#[derive(Clone, Debug)]
pub(super) struct MobilenetV2 {
    first: Layer,
    separable: [Layer; 2],
    blocks: Vec<Block>,
    last: Layer,
}

impl MobilenetV2 {
    pub(super) fn new(weights: &Weights) -> Result<Self> {
        let layer = |key: &str, shape, stride| weights.layer(key, shape, stride);
        let mut c_in = 16;
        let mut blocks = Vec::with_capacity(BLOCKS.len());
        for (i, &(channels, stride)) in BLOCKS.iter().enumerate() {
            let key = |part: &str| format!("block_{}_{part}", i + 1);
            let wide = 6 * c_in;
            blocks.push(Block {
                expand: layer(&key("expand"), [wide, c_in, 1, 1], 1)?,
                depthwise: layer(&key("depthwise"), [wide, 1, 3, 3], stride)?,
                project: layer(&key("project"), [channels, wide, 1, 1], 1)?,
            });
            c_in = channels;
        }
        Ok(Self {
            first: layer("Conv1", [32, 3, 3, 3], 2)?,
            separable: [
                layer("expanded_conv_depthwise", [32, 1, 3, 3], 1)?,
                layer("expanded_conv_project", [16, 32, 1, 1], 1)?,
            ],
            blocks,
            last: layer("block_13_expand", [6 * c_in, c_in, 1, 1], 1)?,
        })
    }

    pub(super) fn taps(&self, pictures: Tensor<4>) -> Vec<Tensor<4>> {
        let first = relu6(self.first.forward(pictures)); // [n, 32, h / 2, w / 2]
        let [depthwise, project] = &self.separable;
        let mut x = project.forward(relu6(depthwise.forward(first.clone())));
        let mut taps = vec![first];
        for (i, block) in self.blocks.iter().enumerate() {
            let wide = relu6(block.expand.forward(x.clone())); // [n, 6c, h, w]
            if matches!(i + 1, 1 | 3 | 6) {
                taps.push(wide.clone());
            }
            let narrow = block.project.forward(relu6(block.depthwise.forward(wide)));
            x = if narrow.dims() == x.dims() { narrow + x } else { narrow };
        }
        taps.push(relu6(self.last.forward(x)));
        taps
    }
}

/// Many channels in the middle, few at both ends; added to what came in where shapes agree.
#[derive(Clone, Debug)]
struct Block {
    expand: Layer,
    depthwise: Layer,
    project: Layer,
}
