//! The completion network: Iizuka, Simo-Serra & Ishikawa, "Globally and Locally Consistent Image
//! Completion" (SIGGRAPH 2017).
//!
//! A picture with holes of any shape goes in, and one without comes out; any size will do. Start
//! reading at [`Completion::forward`]. It learns with batch normalisation and ships without:
//! [`Completion::folded`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::blocks::{conv, deconv, with_norm};
use super::convolution::Convolve;

/// How the layers keep their signals in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    /// Batch normalisation after every layer but the last, as published.
    Batch,
    /// None: what batch normalisation has learnt is part of the convolutions.
    Folded,
}

/// The settings of a [`Completion`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct CompletionConfig {
    /// Channels of the first layer; the inner layers have four times as many. 64 as published.
    #[config(default = 64)]
    pub channels: usize,
    /// Distances between kernel taps of the dilated layers, in quarter pixels.
    #[config(default = "[2, 4, 8, 16]")]
    pub dilations: [usize; 4],
    /// How the layers keep their signals in range.
    #[config(default = "Norm::Batch")]
    pub norm: Norm,
}

impl CompletionConfig {
    /// The published network: 6.07 M parameters, 32.6 GMACs at 256².
    #[must_use]
    pub fn paper() -> Self {
        Self::new()
    }

    /// Returns the number of pixels that both sides of the input must be multiples of.
    #[must_use]
    pub fn grid_px(&self) -> usize {
        4
    }

    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Completion {
        let [half, c, c2, c4] =
            [self.channels / 2, self.channels, 2 * self.channels, 4 * self.channels];
        let norm = |channels| {
            (self.norm == Norm::Batch).then(|| BatchNormConfig::new(channels).init(device))
        };
        let layer = |channels: [usize; 2], kernel_px, steps| Layer {
            conv: conv(channels, kernel_px, steps, device),
            norm: norm(channels[1]),
        };
        let doubling = |channels: [usize; 2]| Doubling {
            deconv: deconv(channels, device),
            norm: norm(channels[1]),
        };
        Completion {
            narrow: vec![
                layer([4, c], 5, [1, 1]),
                layer([c, c2], 3, [2, 1]),
                layer([c2, c2], 3, [1, 1]),
                layer([c2, c4], 3, [2, 1]),
                layer([c4, c4], 3, [1, 1]),
                layer([c4, c4], 3, [1, 1]),
            ],
            dilated: self.dilations.map(|d| layer([c4, c4], 3, [1, d])).into(),
            settle: vec![layer([c4, c4], 3, [1, 1]), layer([c4, c4], 3, [1, 1])],
            double: doubling([c4, c2]),
            smooth: layer([c2, c2], 3, [1, 1]),
            double_again: doubling([c2, c]),
            smooth_again: layer([c, half], 3, [1, 1]),
            out: conv([half, 3], 3, [1, 1], device),
        }
    }
}

/// A convolution, its normalisation and a ReLU.
#[derive(Module, Debug)]
struct Layer {
    conv: Conv2d,
    norm: Option<BatchNorm>,
}

impl Layer {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        relu(normed(self.conv.convolve(x), self.norm.as_ref()))
    }

    fn folded(mut self) -> Self {
        if let Some(norm) = self.norm.take() {
            (self.conv.weight, self.conv.bias) =
                with_norm(self.conv.weight, self.conv.bias, &norm, 0);
        }
        self
    }
}

/// A transposed convolution that doubles both sides, its normalisation and a ReLU.
#[derive(Module, Debug)]
struct Doubling {
    deconv: ConvTranspose2d,
    norm: Option<BatchNorm>,
}

impl Doubling {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        relu(normed(self.deconv.convolve(x), self.norm.as_ref()))
    }

    fn folded(mut self) -> Self {
        if let Some(norm) = self.norm.take() {
            (self.deconv.weight, self.deconv.bias) =
                with_norm(self.deconv.weight, self.deconv.bias, &norm, 1);
        }
        self
    }
}

fn normed(x: Tensor<4>, norm: Option<&BatchNorm>) -> Tensor<4> {
    match norm {
        Some(norm) => norm.forward(x),
        None => x,
    }
}

/// Paints the holes of a picture.
///
/// # Source
/// Iizuka et al. 2017, completion network: convolution, batch normalisation, ReLU, in this order.
/// With fewer channels, or folded, it is ours.
#[derive(Module, Debug)]
pub struct Completion {
    narrow: Vec<Layer>,
    dilated: Vec<Layer>,
    settle: Vec<Layer>,
    double: Doubling,
    smooth: Layer,
    double_again: Doubling,
    smooth_again: Layer,
    out: Conv2d,
}

impl Completion {
    /// Turns a picture with holes into a whole one.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 4, h, w]`: red, green, blue in `0..=1` with one colour in the holes, and the
    ///   hole (1 = paint here); `h` and `w` are multiples of [`CompletionConfig::grid_px`]. As
    ///   published, the colour is the mean of all training pictures.
    /// - returns `[n, 3, h, w]`, colours in `0..=1`; those outside the holes are painted anew as
    ///   well
    ///
    /// # Panics
    /// If a side is not a multiple of four.
    #[must_use]
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let [_, _, h, w] = input.dims();
        assert!(h % 4 == 0 && w % 4 == 0, "sides must divide by 4, got {w}×{h}");
        let layers = self.narrow.iter().chain(&self.dilated).chain(&self.settle);
        let mut x = layers.fold(input, |x, layer| layer.forward(x)); // [n, 4c, h / 4, w / 4]
        x = self.smooth.forward(self.double.forward(x)); // [n, 2c, h / 2, w / 2]
        x = self.smooth_again.forward(self.double_again.forward(x)); // [n, c / 2, h, w]
        sigmoid(self.out.convolve(x)) // [n, 3, h, w]
    }

    /// Returns the same network without normalisation, for painting only. Its answers are the same
    /// within rounding, and its config is that of the trained one with [`Norm::Folded`].
    ///
    /// Take a network off the training device first (`valid()`).
    #[must_use]
    pub fn folded(self) -> Self {
        let fold = |layers: Vec<Layer>| layers.into_iter().map(Layer::folded).collect();
        Self {
            narrow: fold(self.narrow),
            dilated: fold(self.dilated),
            settle: fold(self.settle),
            double: self.double.folded(),
            smooth: self.smooth.folded(),
            double_again: self.double_again.folded(),
            smooth_again: self.smooth_again.folded(),
            out: self.out,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::module::{ModuleMapper, Param};
    use burn::tensor::Distribution;

    use super::*;
    use crate::model::blocks::gmacs;

    /// Gives the norms something to have learnt, without which there would be nothing to fold.
    struct Lived;

    impl ModuleMapper for Lived {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, tensor, mapper) = param.consume();
            let lived =
                if D == 1 { tensor.random_like(Distribution::Uniform(0.4, 1.6)) } else { tensor };
            Param::from_mapped_value(id, lived, mapper)
        }
    }

    /// Makes kernels take the mean, and biases zero, so that no ReLU silences them by chance.
    struct Means;

    impl ModuleMapper for Means {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, tensor, mapper) = param.consume();
            let seen: usize = tensor.dims()[1..].iter().product();
            let mean = if D == 4 { 1.0 / seen as f64 } else { 0.0 };
            Param::from_mapped_value(id, tensor.full_like(mean), mapper)
        }
    }

    fn random(shape: [usize; 4]) -> Tensor<4> {
        Tensor::random(shape, Distribution::Default, &Device::flex())
    }

    fn largest_difference(a: Tensor<4>, b: Tensor<4>) -> f32 {
        (a - b).abs().max().into_data().try_to_vec::<f32>().unwrap()[0]
    }

    #[test]
    fn the_published_size_has_the_published_number_of_parameters() {
        // Weights and biases of the seventeen layers: 6.07 M.
        let narrow = 6_464 + 73_856 + 147_584 + 295_168 + 2 * 590_080;
        let inner = 6 * 590_080;
        let wide = 524_416 + 147_584 + 131_136 + 18_464 + 867;
        // Gain and shift of each normalised channel, and the running mean and variance beside
        // them, which Burn counts as well.
        let normed = 64 + 128 + 128 + 9 * 256 + 128 + 128 + 64 + 32;
        let config = CompletionConfig::paper();
        let paper = config.init(&Device::flex());
        assert_eq!(narrow + inner + wide + 2 * normed, 6_072_131);
        assert_eq!(paper.num_params(), 6_072_131 + 2 * normed);
        let folded = config.with_norm(Norm::Folded).init(&Device::flex());
        assert_eq!(folded.num_params(), 6_066_179);
    }

    #[test]
    fn the_published_size_costs_what_the_table_says() {
        let [full, half, quarter] = [256 * 256, 128 * 128, 64 * 64];
        let pixels = [
            vec![full, half, half, quarter, quarter, quarter],
            vec![quarter; 6],
            vec![quarter, half, half, full, full],
        ];
        let cost = gmacs(&CompletionConfig::paper().init(&Device::flex()), &pixels.concat());
        assert!((cost - 32.6).abs() < 0.05, "{cost}");
    }

    #[test]
    fn any_size_that_divides_by_four_keeps_its_size() {
        let net = CompletionConfig::new().with_channels(4).init(&Device::flex());
        for [h, w] in [[4, 12], [20, 8], [28, 36]] {
            assert_eq!(net.forward(random([2, 4, h, w])).dims(), [2, 3, h, w]);
        }
    }

    #[test]
    #[should_panic(expected = "sides must divide by 4, got 10×8")]
    fn err_a_side_that_does_not_divide_by_four() {
        let _ = CompletionConfig::new()
            .with_channels(4)
            .init(&Device::flex())
            .forward(random([1, 4, 8, 10]));
    }

    #[test]
    fn folding_changes_nothing_but_the_number_of_tensors() {
        let device = Device::flex();
        let config = CompletionConfig::new().with_channels(8);
        let net = config.init(&device).map(&mut Lived);
        let input = random([2, 4, 12, 20]);
        let before = net.forward(input.clone());
        let folded = net.clone().folded();
        let shape_of_folded = config.with_norm(Norm::Folded).init(&device);
        assert_eq!(folded.num_params(), shape_of_folded.num_params());
        assert!(largest_difference(before.clone(), folded.forward(input.clone())) < 1e-4);
        // Control: leaving the normalisation out without folding it in makes another network.
        let mut bare = net;
        for layer in &mut bare.narrow {
            layer.norm = None;
        }
        assert!(largest_difference(before, bare.forward(input)) > 1e-3);
    }

    #[cfg(feature = "train")]
    #[test]
    fn what_it_learnt_ships_folded() {
        use burn::optim::{AdamConfig, GradientsParams};

        let device = Device::flex().autodiff();
        let mut net = CompletionConfig::new().with_channels(4).init(&device);
        let mut adam = AdamConfig::new().init();
        let input = Tensor::<4>::random([2, 4, 16, 16], Distribution::Default, &device);
        let truth = input.clone().narrow(1, 0, 3);
        let mut losses = Vec::new();
        for _ in 0..40 {
            let loss = (net.forward(input.clone()) - truth.clone()).square().mean();
            losses.push(loss.clone().into_scalar::<f32>());
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = adam.step(0.01, net, gradients);
        }
        assert!(losses[39] < 0.7 * losses[0], "{losses:?}");
        // Painting takes the running mean and variance, which the last step has moved as well.
        let net = net.valid();
        let input = random([1, 4, 12, 8]);
        let before = net.forward(input.clone());
        let apart = largest_difference(before.clone(), net.clone().folded().forward(input.clone()));
        assert!(apart < 1e-5, "{apart}");
        // Control: statistics as they were before the first step.
        let mut unmoved = net;
        unmoved.narrow[0].norm = Some(BatchNormConfig::new(4).init(&Device::flex()));
        assert!(largest_difference(before, unmoved.folded().forward(input)) > 1e-3);
    }

    #[test]
    fn the_middle_of_a_large_hole_sees_the_picture_around_it() {
        let device = Device::flex();
        let config = CompletionConfig::new().with_channels(4).with_norm(Norm::Folded);
        let paint = |net: &Completion, visible: f32| {
            let hole = Tensor::<4>::zeros([1, 4, 64, 96], &device);
            let beside = Tensor::<4>::full([1, 4, 64, 32], visible, &device);
            let out = net.forward(Tensor::cat(vec![hole, beside], 3));
            out.slice([0..1, 0..3, 32..33, 0..1]).into_data()
        };
        let net = config.init(&device).map(&mut Means);
        assert_ne!(paint(&net, 0.1), paint(&net, 0.9), "96 px away");
        let near = config.with_dilations([1, 1, 1, 1]).init(&device).map(&mut Means);
        assert_eq!(paint(&near, 0.1), paint(&near, 0.9), "control: no dilation, no reach");
    }
}
