//! The body of a residual network, which turns a picture into features at ½, ¼, ⅛, 1/16 and 1/32 of
//! its size.
//!
//! A U-Net stands on it. [`ResnetConfig::new`] has the widths and depths of ResNet-34.

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use super::blocks::with_norm;
use super::convolution::Convolve;
use super::spectral::{HE_NORMAL, pad_edge};

/// The settings of a [`Resnet`].
#[derive(Config, Debug, PartialEq)]
pub struct ResnetConfig {
    /// Channels of the picture.
    pub channels_in: usize,
    /// Channels of the first convolution and of the four stages.
    #[config(default = "[64, 64, 128, 256, 512]")]
    pub channels: [usize; 5],
    /// Blocks of two convolutions in each stage.
    #[config(default = "[3, 4, 6, 3]")]
    pub blocks: [usize; 4],
    /// Whether batch normalisation is already in the convolutions, as in a weight file for
    /// inference.
    #[config(default = false)]
    pub folded: bool,
}

impl ResnetConfig {
    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Resnet {
        let conv = |channels: [usize; 2], kernel_px: usize, stride: usize| {
            let conv = Conv2dConfig::new(channels, [kernel_px; 2])
                .with_stride([stride; 2])
                .with_bias(self.folded)
                .with_initializer(HE_NORMAL)
                .init(device);
            let norm = (!self.folded).then(|| BatchNormConfig::new(channels[1]).init(device));
            ConvNorm { conv, norm }
        };
        let block = |c_in: usize, c_out: usize, stride: usize| Block {
            first: conv([c_in, c_out], 3, stride),
            second: conv([c_out, c_out], 3, 1),
            shortcut: (c_in != c_out || stride != 1).then(|| conv([c_in, c_out], 1, stride)),
        };
        let stage = |stage: usize| {
            let [c_in, c_out] = [self.channels[stage], self.channels[stage + 1]];
            let stride = if stage == 0 { 1 } else { 2 }; // the pooling halves before the first
            (0..self.blocks[stage])
                .map(|i| if i == 0 { block(c_in, c_out, stride) } else { block(c_out, c_out, 1) })
                .collect()
        };
        Resnet {
            stem: conv([self.channels_in, self.channels[0]], 7, 2),
            stages: (0..4).map(stage).collect(),
        }
    }
}

/// Finds features of a picture at five sizes.
///
/// # Source
/// He et al., "Deep Residual Learning for Image Recognition" (2016), 34 layers without the last
/// one. We differ in the borders, which are continued instead of padded with zeros: networks that
/// see zeros know where the border is, and colour it.
#[derive(Module, Debug)]
pub struct Resnet {
    stem: ConvNorm,
    stages: Vec<Vec<Block>>,
}

impl Resnet {
    /// Returns features at ½, ¼, ⅛, 1/16 and 1/32 of the size, the finest first.
    ///
    /// # Shapes and ranges
    /// - `x`: `[n, channels_in, h, w]`; `h` and `w` are multiples of 32
    /// - returns `[n, channels[i], h / 2^(i + 1), w / 2^(i + 1)]`
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Vec<Tensor<4>> {
        let mut maps = vec![relu(self.stem.forward(x))]; // [n, c, h / 2, w / 2]
        let pooling = MaxPoolOptions::new([3, 3]).with_stride([2, 2]);
        let mut x = max_pool2d(pad_edge(maps[0].clone(), 1), pooling); // [n, c, h / 4, w / 4]
        for stage in &self.stages {
            for block in stage {
                x = block.forward(x);
            }
            maps.push(x.clone()); // [n, channels[i], h / 2^(i + 1), w / 2^(i + 1)]
        }
        maps
    }

    /// Returns the same network with batch normalisation in the convolutions, for inference.
    #[must_use]
    pub fn folded(&self) -> Self {
        let fold = |stage: &Vec<Block>| stage.iter().map(Block::folded).collect();
        Self { stem: self.stem.folded(), stages: self.stages.iter().map(fold).collect() }
    }
}

/// Two convolutions, whose answer is added to their input.
#[derive(Module, Debug)]
struct Block {
    first: ConvNorm,
    second: ConvNorm,
    /// Fits the input to the size and channels of the output; `None` if it fits already.
    shortcut: Option<ConvNorm>,
}

impl Block {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.second.forward(relu(self.first.forward(x.clone())));
        relu(y + self.shortcut.as_ref().map_or(x.clone(), |fit| fit.forward(x)))
    }

    fn folded(&self) -> Self {
        let [first, second] = [&self.first, &self.second].map(ConvNorm::folded);
        Self { first, second, shortcut: self.shortcut.as_ref().map(ConvNorm::folded) }
    }
}

/// A convolution and its batch normalisation; once folded, only a convolution.
#[derive(Module, Debug)]
struct ConvNorm {
    conv: Conv2d,
    norm: Option<BatchNorm>,
}

impl ConvNorm {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.conv.convolve(pad_edge(x, self.conv.kernel_size[0] / 2));
        match &self.norm {
            Some(norm) => norm.forward(x),
            None => x,
        }
    }

    fn folded(&self) -> Self {
        let Self { mut conv, norm } = self.valid();
        if let Some(norm) = norm {
            (conv.weight, conv.bias) = with_norm(conv.weight, conv.bias, &norm, 0);
        }
        Self { conv, norm: None }
    }
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests {
    use super::*;
    use crate::model::testing::{difference, learnt, random, values};

    #[test]
    fn the_published_body_has_the_published_number_of_parameters() {
        // torchvision's resnet34 has 21 797 672, of which its last layer has 512 · 1000 + 1000.
        let body = ResnetConfig::new(3).init(&Device::flex());
        assert_eq!(learnt(&body), 21_797_672 - 513_000);
        let shallow = ResnetConfig::new(3).with_blocks([2, 2, 2, 2]).init(&Device::flex());
        assert_eq!(learnt(&shallow), 11_689_512 - 513_000, "control: resnet18");
    }

    fn small(device: &Device) -> Resnet {
        ResnetConfig::new(2).with_channels([3, 4, 5, 6, 7]).with_blocks([1, 2, 1, 1]).init(device)
    }

    #[test]
    fn there_are_five_sizes() {
        let device = Device::flex();
        let maps = small(&device).forward(random([2, 2, 64, 96], &device));
        let shapes: Vec<_> = maps.iter().map(Tensor::dims).collect();
        let wanted = [[2, 3, 32, 48], [2, 4, 16, 24], [2, 5, 8, 12], [2, 6, 4, 6], [2, 7, 2, 3]];
        assert_eq!(shapes, wanted);
    }

    #[test]
    fn folding_changes_the_form_and_not_the_answer() {
        let device = Device::flex().autodiff();
        let net = small(&device);
        let x = random([2, 2, 32, 64], &device);
        for _ in 0..3 {
            let _ = net.forward(x.clone()); // so that mean and variance have moved
        }
        let x = x.inner();
        let [open, folded] = [net.valid(), net.folded()].map(|net| net.forward(x.clone()));
        for (open, folded) in open.into_iter().zip(folded) {
            let [open, folded] = [open, folded].map(values);
            assert!(difference(&open, &folded) < 1e-5, "{}", difference(&open, &folded));
        }
        // Control: without the normalisation the answer is different.
        let unfolded = {
            let mut net = net.valid();
            net.stem.norm = None;
            values(net.forward(x.clone()).remove(0))
        };
        let right = values(net.valid().forward(x).remove(0));
        assert!(difference(&right, &unfolded) > 0.01);
        // A network that was folded has the shape of one that was made folded.
        let made = ResnetConfig::new(2)
            .with_channels([3, 4, 5, 6, 7])
            .with_blocks([1, 2, 1, 1])
            .with_folded(true)
            .init(&device);
        assert_eq!(made.num_params(), net.folded().num_params());
    }
}
