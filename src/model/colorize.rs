//! The colouring generator: a U-Net on a residual network, after `DeOldify` (2018).
//!
//! Lightness goes in, chroma comes out; lightness never passes through, so no detail can be lost.
//! [`ColorizeConfig::paper`] is the published size; [`ColorizeConfig::ship`] is ours, made to run
//! on a visitor's machine. Ours stops at a quarter of the size, where chroma has all its detail,
//! names colours instead of answering their mean, and takes hints. Both are the same code. Start
//! reading at [`Colorize::forward`].

use burn::config::Config;
use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

use super::chroma_bins::{ChromaBins, Decode, decode, emboldened};
use super::defade::enlarged;
use super::resnet::{Resnet, ResnetConfig};
use super::self_attention::{SelfAttention, SelfAttentionConfig};
use super::shuffle::{Shuffle, ShuffleConfig};
use super::spectral::{SpectralConv, SpectralConvConfig};
use crate::photo::color::{LUMA, U_OF_BLUE, V_OF_RED};

/// The number of pixels that both sides of the input must be multiples of.
pub const GRID_PX: usize = 32;

/// The largest chroma that [`Head::Mean`] can answer, in steps of 255: sRGB needs 157.
const MAX_CHROMA: f32 = 160.0;

/// What a generator answers for each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// One chroma. Trained on errors, it tends to the mean of what is possible, which is brownish.
    Mean,
    /// How likely each of the [`ChromaBins`] is.
    Bins,
}

/// The settings of a [`Colorize`]; saved beside its weights.
#[derive(Config, Debug, PartialEq)]
pub struct ColorizeConfig {
    /// Channels of the encoder's first convolution and of its four stages.
    #[config(default = "[64, 64, 128, 256, 512]")]
    pub channels: [usize; 5],
    /// Blocks in each stage of the encoder.
    #[config(default = "[3, 4, 6, 3]")]
    pub blocks: [usize; 4],
    /// Channels between the two convolutions at 1/32.
    #[config(default = 1024)]
    pub middle_channels: usize,
    /// Channels of the decoder at 1/16, ⅛, ¼ and ½, or at the first three of them, where it then
    /// stops.
    #[config(default = "vec![768, 768, 672, 300]")]
    pub decoder: Vec<usize>,
    /// Whether two more convolutions follow at full size, which see the picture itself, too.
    #[config(default = true)]
    pub full_size: bool,
    /// Whether it takes hints: known colours in some places.
    #[config(default = false)]
    pub hints: bool,
    /// What it answers.
    #[config(default = "Head::Mean")]
    pub head: Head,
    /// Whether it is made for inference: weights divided, normalisation inside the encoder's
    /// convolutions. [`Colorize::folded`] returns this form.
    #[config(default = false)]
    pub folded: bool,
}

impl ColorizeConfig {
    /// The published "artistic" generator: 63.6 M parameters, 195 GMACs at 256².
    #[must_use]
    pub fn paper() -> Self {
        Self::new()
    }

    /// Our smaller network: 2.3 M parameters, 1.3 GMACs at 256², an answer at a quarter of the
    /// size.
    #[must_use]
    pub fn ship() -> Self {
        Self::new()
            .with_channels([32, 32, 64, 96, 128])
            .with_blocks([2, 3, 4, 2])
            .with_middle_channels(160)
            .with_decoder(vec![96, 64, 64])
            .with_full_size(false)
            .with_hints(true)
            .with_head(Head::Bins)
    }

    /// A network just large enough to see whether training works at all.
    #[must_use]
    pub fn smoke() -> Self {
        Self::ship()
            .with_channels([8, 8, 12, 16, 16])
            .with_blocks([1, 1, 1, 1])
            .with_middle_channels(16)
            .with_decoder(vec![16, 16, 16])
    }

    /// Returns the channels of the input: lightness, and with hints U, V and where they are known.
    #[must_use]
    pub fn input_channels(&self) -> usize {
        if self.hints { 4 } else { 1 }
    }

    /// Returns the channels of the answer.
    #[must_use]
    pub fn output_channels(&self) -> usize {
        match self.head {
            Head::Mean => 2,
            Head::Bins => ChromaBins::new().places().len(),
        }
    }

    /// Returns the side of one cell of the answer, in pixels of the input.
    #[must_use]
    pub fn cell_px(&self) -> usize {
        if self.full_size { 1 } else { GRID_PX >> self.decoder.len() }
    }

    /// Builds the network with fresh weights on `device`.
    ///
    /// # Panics
    /// If the decoder has neither three nor four parts, or only three at full size.
    #[must_use]
    pub fn init(&self, device: &Device) -> Colorize {
        let parts = self.decoder.len();
        let least = if self.full_size { 4 } else { 3 };
        assert!((least..=4).contains(&parts), "decoder needs {least} to 4 parts, got {parts}");
        let [first, skips @ .., inner] = self.channels;
        let folded = self.folded;
        let layer = |channels| LayerConfig::new(channels).with_folded(folded).init(device);
        let mut c_in = inner;
        let finer = skips.into_iter().rev().chain([first]);
        let decoder = self.decoder.iter().zip(finer).enumerate().map(|(i, (&c_out, skip))| {
            let up = c_in / 2;
            let shuffle = ShuffleConfig::new([c_in, up]).with_folded(folded).init(device);
            c_in = c_out;
            Double {
                up: shuffle,
                norm: BatchNormConfig::new(skip).init(device),
                layers: vec![layer([up + skip, c_out]), layer([c_out, c_out])],
                // At ⅛ of the size, as published; any finer and it would take too much memory.
                attention: (i == 1)
                    .then(|| SelfAttentionConfig::new(c_out).with_folded(folded).init(device)),
            }
        });
        let decoder = decoder.collect();
        let whole = c_in + self.input_channels();
        let last = if self.full_size { whole } else { c_in };
        let bare = |channels| {
            let config = LayerConfig::new(channels).with_normalized(false);
            config.with_folded(folded).init(device)
        };
        Colorize {
            encoder: ResnetConfig::new(self.input_channels())
                .with_channels(self.channels)
                .with_blocks(self.blocks)
                .with_folded(folded)
                .init(device),
            norm: BatchNormConfig::new(inner).init(device),
            middle: [[inner, self.middle_channels], [self.middle_channels, inner]]
                .map(layer)
                .into(),
            decoder,
            finish: self.full_size.then(|| FullSize {
                up: ShuffleConfig::new([c_in, c_in])
                    .with_normalized(false)
                    .with_blur(false)
                    .with_folded(folded)
                    .init(device),
                layers: vec![bare([whole, whole]), bare([whole, whole])],
            }),
            out: SpectralConvConfig::new([last, self.output_channels()])
                .with_kernel_px(1)
                // Logits may be as large as they need to be; spectral norm would hold them down.
                .with_folded(folded || self.head == Head::Bins)
                .init(device),
            head: self.head,
        }
    }
}

/// Finds colours for a black-and-white picture.
///
/// # Source
/// Antic, `DeOldify` (2018), the "artistic" generator: fastai's dynamic U-Net on ResNet-34 with
/// spectral norm, batch norm after each ReLU of the decoder, self-attention at ⅛. We differ:
/// - it answers chroma and sees one channel of lightness; the published one answers a whole picture
///   whose lightness is thrown away, and sees three equal channels;
/// - every border is continued instead of padded with zeros, in the encoder, too;
/// - the last doubling is under spectral norm, too, instead of weight norm;
/// - [`Head::Bins`] (its last convolution without spectral norm), hints (after Zhang et al.,
///   "Real-Time User-Guided Image Colorization", 2017) and stopping early are ours.
#[derive(Module, Debug)]
pub struct Colorize {
    encoder: Resnet,
    norm: BatchNorm,
    middle: Vec<Layer>,
    decoder: Vec<Double>,
    finish: Option<FullSize>,
    out: SpectralConv,
    #[module(skip)]
    head: Head,
}

impl Colorize {
    /// Turns lightness into chroma.
    ///
    /// # Shapes and ranges
    /// - `input`: `[n, 1, h, w]`, lightness (Y of `photo/color.rs`) in `0..=1`; with hints
    ///   `[n, 4, h, w]`, then U / 128, V / 128 and 1 where they are known, all three 0 elsewhere;
    ///   `h` and `w` are multiples of [`GRID_PX`]
    /// - returns `[n, c, h / cell, w / cell]` with [`ColorizeConfig::cell_px`]: for [`Head::Mean`]
    ///   U and V in steps of 255, for [`Head::Bins`] logits of the bins
    ///
    /// # Panics
    /// If a side is not a multiple of [`GRID_PX`].
    #[must_use]
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let [answer, _] = self.answer(input);
        answer
    }

    /// Returns what [`Colorize::forward`] does, and what the encoder sees at 1/16:
    /// `[n, c, h / 16, w / 16]`.
    fn answer(&self, input: Tensor<4>) -> [Tensor<4>; 2] {
        let [_, channels, h, w] = input.dims();
        assert!(h % GRID_PX == 0 && w % GRID_PX == 0, "{h}×{w} must divide by {GRID_PX}");
        // Lightness now spreads as widely as the encoder's published input: a deviation of about 1.
        let light = (input.clone().narrow(1, 0, 1) - 0.5) * 4.0;
        let input = match channels {
            1 => light,
            _ => Tensor::cat(vec![light, input.narrow(1, 1, channels - 1)], 1),
        }; // [n, 1 or 4, h, w]
        let mut finer = self.encoder.forward(input.clone());
        let mut x = finer.pop().expect("the encoder answers five maps"); // [n, c, h / 32, w / 32]
        let seen = finer.last().expect("four more").clone(); // [n, c, h / 16, w / 16]
        x = relu(self.norm.forward(x));
        for layer in &self.middle {
            x = layer.forward(x);
        }
        for double in &self.decoder {
            let skip = finer.pop().expect("at most four parts");
            x = double.forward(x, skip); // [n, c, 2 h, 2 w]
        }
        if let Some(finish) = &self.finish {
            x = finish.forward(x, input); // [n, c, h, w]
        }
        let answer = self.out.forward(x); // [n, 2 or bins, h / cell, w / cell]
        match self.head {
            Head::Mean => [(sigmoid(answer) * 2.0 - 1.0) * MAX_CHROMA, seen],
            Head::Bins => [answer, seen],
        }
    }

    /// Turns lightness into chroma in steps of 255, whatever the head:
    /// `[n, 2, h / cell, w / cell]`.
    ///
    /// With [`Head::Mean`] there is nothing to choose, and `how` is ignored.
    #[must_use]
    pub fn chroma(&self, input: Tensor<4>, bins: &ChromaBins, how: Decode) -> Tensor<4> {
        match self.head {
            Head::Mean => self.forward(input),
            Head::Bins => decode(self.forward(input), bins, how),
        }
    }

    /// Returns the picture in colour, as training judges it; what [`Colorize::forward`] returns;
    /// and what the encoder sees.
    ///
    /// The chroma is enlarged linearly; that of a photo is enlarged along its edges instead.
    ///
    /// # Shapes and ranges
    /// - `input`: as [`Colorize::forward`] takes it
    /// - returns `[n, 3, h, w]`, the lightness that was shown with the chroma that was found, in
    ///   `0..=1` where sRGB has such a colour; `[n, c, h / cell, w / cell]`; and
    ///   `[n, c, h / 16, w / 16]`
    #[must_use]
    pub fn paint(&self, input: Tensor<4>) -> [Tensor<4>; 3] {
        let light = input.clone().narrow(1, 0, 1);
        let [answer, seen] = self.answer(input);
        let chroma = match self.head {
            Head::Mean => answer.clone(),
            Head::Bins => decode(answer.clone(), &ChromaBins::new(), Decode::default()),
        };
        [in_colour(light, chroma), answer, seen]
    }

    /// Makes rare chromas likelier: see [`super::Network::emboldened`].
    ///
    /// # Panics
    /// If `rarity` does not have one number per channel of the answer.
    #[must_use]
    pub fn emboldened(mut self, rarity: &[f32], boldness: f32) -> Self {
        self.out.bias = self.out.bias.map(|bias| emboldened(bias, rarity, boldness));
        self
    }

    /// Returns the same network for inference, without what only training needs.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self {
            encoder: self.encoder.folded(),
            norm: self.norm.valid(),
            middle: self.middle.iter().map(Layer::folded).collect(),
            decoder: self.decoder.iter().map(Double::folded).collect(),
            finish: self.finish.as_ref().map(FullSize::folded),
            out: self.out.folded(),
            head: self.head,
        }
    }
}

/// Makes the picture that has this lightness and this chroma, enlarged linearly.
///
/// # Shapes and ranges
/// - `light`: `[n, 1, h, w]`, in `0..=1`
/// - `chroma`: `[n, 2, rows, columns]`, U and V in steps of 255
/// - returns `[n, 3, h, w]`, in `0..=1` where sRGB has such a colour
pub(super) fn in_colour(light: Tensor<4>, chroma: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = light.dims();
    let chroma = enlarged(chroma, [w, h]) / 255.0;
    let blue = chroma.clone().narrow(1, 0, 1) / U_OF_BLUE;
    let red = chroma.narrow(1, 1, 1) / V_OF_RED;
    let green = (red.clone() * LUMA[0] + blue.clone() * LUMA[2]) / -LUMA[1];
    Tensor::cat(vec![red, green, blue], 1) + light
}

/// The settings of a [`Layer`].
#[derive(Config, Debug, PartialEq)]
struct LayerConfig {
    channels: [usize; 2],
    #[config(default = true)]
    normalized: bool,
    #[config(default = false)]
    folded: bool,
}

impl LayerConfig {
    fn init(&self, device: &Device) -> Layer {
        let [_, c_out] = self.channels;
        Layer {
            conv: SpectralConvConfig::new(self.channels)
                .with_bias(!self.normalized)
                .with_folded(self.folded)
                .init(device),
            norm: self.normalized.then(|| BatchNormConfig::new(c_out).init(device)),
        }
    }
}

/// A 3×3 convolution, a ReLU, and batch normalisation after it.
#[derive(Module, Debug)]
struct Layer {
    conv: SpectralConv,
    norm: Option<BatchNorm>,
}

impl Layer {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = relu(self.conv.forward(x));
        match &self.norm {
            Some(norm) => norm.forward(x),
            None => x,
        }
    }

    fn folded(&self) -> Self {
        Self { conv: self.conv.folded(), norm: self.norm.valid() }
    }
}

/// One part of the decoder: twice the size, joined with what the encoder saw at that size.
#[derive(Module, Debug)]
struct Double {
    up: Shuffle,
    norm: BatchNorm,
    layers: Vec<Layer>,
    attention: Option<SelfAttention>,
}

impl Double {
    fn forward(&self, x: Tensor<4>, skip: Tensor<4>) -> Tensor<4> {
        let x = vec![self.up.forward(x), self.norm.forward(skip)];
        let mut x = relu(Tensor::cat(x, 1)); // [n, up + skip, 2 h, 2 w]
        for layer in &self.layers {
            x = layer.forward(x);
        }
        self.attention.as_ref().map_or(x.clone(), |attention| attention.forward(x))
    }

    fn folded(&self) -> Self {
        Self {
            up: self.up.folded(),
            norm: self.norm.valid(),
            layers: self.layers.iter().map(Layer::folded).collect(),
            attention: self.attention.as_ref().map(SelfAttention::folded),
        }
    }
}

/// The last part, at full size: a residual block on what was found and the picture itself.
#[derive(Module, Debug)]
struct FullSize {
    up: Shuffle,
    layers: Vec<Layer>,
}

impl FullSize {
    fn forward(&self, x: Tensor<4>, input: Tensor<4>) -> Tensor<4> {
        let x = Tensor::cat(vec![self.up.forward(x), input], 1); // [n, c + input, h, w]
        let mut y = x.clone();
        for layer in &self.layers {
            y = layer.forward(y);
        }
        x + y
    }

    fn folded(&self) -> Self {
        Self { up: self.up.folded(), layers: self.layers.iter().map(Layer::folded).collect() }
    }
}

#[cfg(test)]
#[cfg(feature = "train")]
mod tests;
