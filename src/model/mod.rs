//! The generators, one published network per file. A weight file's config says which one it holds.
//!
//! What each costs at its published size, as its tests count it:
//!
//! | network | input | parameters | multiply-adds |
//! | --- | --- | --- | --- |
//! | [`outpaint`] | 128² | 3.34 M | 14.7 G |
//! | [`outpaint`], as it ships | 128² | 1.01 M | 0.42 G |
//! | [`outpaint_keras`] | 128 × 256 | 35.1 M | 88.3 G |
//! | [`completion`] | 256² | 6.07 M | 32.6 G |
//! | [`contextual`] | 256² | 3.60 M | 22.4 G and attention |
//! | [`colorize`] | 256² | 63.6 M | 195 G |
//! | [`colorize`], small | 256² | 2.3 M | 1.3 G |
//! | [`colorize_pyramid`], as it ships | 192² | 2.0 M | 0.55 G |
//! | [`defade`], as it ships | 256² | 0.6 M | 0.3 G |
//! | [`edsr`], as it ships | 23² cells | 1.3 M | 0.68 G |
//! | [`enlarger`], as it ships | 256² | 0.40 M | 1.6 G |
//! | [`segmenter`], as it ships | 320² | 1.8 M | 1.6 G |
//! | [`unet`], as it ships | 256² | 0.15 M | 0.5 G |
//!
//! Attention costs 3.4 G as published, and 0.65 G if only a hole of 128² asks.

pub mod blocks;
pub mod chroma_bins;
pub mod colorize;
pub mod colorize_pyramid;
pub mod completion;
pub mod contextual;
pub mod contextual_attention;
mod convolution;
pub mod defade;
pub mod edsr;
pub mod efficientnet;
pub mod enlarger;
pub mod outpaint;
pub mod outpaint_keras;
mod pyramid;
pub mod resnet;
pub mod segmenter;
pub mod self_attention;
pub mod shuffle;
pub mod spectral;
#[cfg(all(test, feature = "train"))]
mod testing;
pub mod unet;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::pixels::{Canvas, Fill, input_from_canvases, light_from_canvases, marked_from_canvases};
use crate::task::Task;

use colorize::{Colorize, ColorizeConfig};
use colorize_pyramid::{ColorizePyramid, ColorizePyramidConfig};
use completion::{Completion, CompletionConfig};
use contextual::{Contextual, ContextualConfig};
use contextual_attention::{HoleCells, Looked};
use defade::{Defade, DefadeConfig};
use edsr::{Edsr, EdsrConfig};
use enlarger::{Enlarger, EnlargerConfig};
use outpaint::{Outpaint, OutpaintConfig, Sides};
use outpaint_keras::{OutpaintKeras, OutpaintKerasConfig};
use segmenter::{Segmenter, SegmenterConfig};
use unet::{UNet, UNetConfig};

/// Which generator, and how large: what a weight file and a training run record of their network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "network", rename_all = "kebab-case")]
pub enum NetworkConfig {
    /// Out-painting, as published or as it ships.
    Outpaint(OutpaintConfig),
    /// Out-painting from the middle columns alone.
    OutpaintKeras(OutpaintKerasConfig),
    /// Painting of any hole.
    Completion(CompletionConfig),
    /// Painting of any hole, with a map of where each painted cell looked.
    Contextual(ContextualConfig),
    /// Colours for a black-and-white picture.
    Colorize(ColorizeConfig),
    /// Colours for a black-and-white picture, by an encoder that knows what photographs show.
    ColorizePyramid(ColorizePyramidConfig),
    /// Curves that undo fading.
    Defade(DefadeConfig),
    /// What a mosaic hid, painted on the mosaic's own grid.
    Edsr(EdsrConfig),
    /// What belongs to a thing.
    Segmenter(SegmenterConfig),
    /// What is damaged.
    UNet(UNetConfig),
    /// What a small photo lacks at twice its sides.
    Enlarger(EnlargerConfig),
}

impl NetworkConfig {
    /// Builds the network with fresh weights on `device`.
    #[must_use]
    pub fn init(&self, device: &Device) -> Network {
        match self {
            Self::Outpaint(config) => Network::Outpaint(config.init(device)),
            Self::OutpaintKeras(config) => Network::OutpaintKeras(config.init(device)),
            Self::Completion(config) => Network::Completion(config.init(device)),
            Self::Contextual(config) => Network::Contextual(config.init(device)),
            Self::Colorize(config) => Network::Colorize(config.init(device)),
            Self::ColorizePyramid(config) => Network::ColorizePyramid(config.init(device)),
            Self::Defade(config) => Network::Defade(config.init(device)),
            Self::Edsr(config) => Network::Edsr(config.init(device)),
            Self::Segmenter(config) => Network::Segmenter(config.init(device)),
            Self::UNet(config) => Network::UNet(config.init(device)),
            Self::Enlarger(config) => Network::Enlarger(config.init(device)),
        }
    }

    /// Returns the number of pixels that both sides of the input must be multiples of.
    #[must_use]
    pub fn grid_px(&self) -> usize {
        match self {
            Self::Outpaint(config) => config.grid_px(),
            // It is shown the middle half of the columns.
            Self::OutpaintKeras(config) => 2 * config.grid_px(),
            Self::Completion(config) => config.grid_px(),
            Self::Contextual(config) => config.grid_px(),
            Self::Colorize(_) => colorize::GRID_PX,
            Self::ColorizePyramid(_) => colorize_pyramid::GRID_PX,
            Self::Defade(_) => defade::CELL_PX,
            Self::Edsr(_) | Self::Enlarger(_) => edsr::CELL_PX,
            Self::Segmenter(_) => segmenter::GRID_PX,
            Self::UNet(_) => unet::GRID_PX,
        }
    }

    /// Returns whether it can be trained for `task`.
    #[must_use]
    pub fn does(&self, task: Task) -> bool {
        match self {
            Self::Colorize(_) | Self::ColorizePyramid(_) => task == Task::Colorize,
            Self::Defade(_) => task == Task::Defade,
            Self::Edsr(_) => task == Task::Unmosaic,
            Self::Segmenter(_) => task == Task::Cutout,
            Self::UNet(_) => task == Task::Scratches,
            Self::Enlarger(_) => task == Task::Enlarge,
            _ => task.has_hole(),
        }
    }

    /// Returns whether it answers how likely each of the [`chroma_bins`] is.
    #[must_use]
    pub fn has_bins(&self) -> bool {
        match self {
            Self::Colorize(config) => config.head == colorize::Head::Bins,
            Self::ColorizePyramid(_) => true,
            _ => false,
        }
    }

    /// Returns whether it takes hints: known colours in some places.
    #[must_use]
    pub fn takes_hints(&self) -> bool {
        matches!(self, Self::Colorize(config) if config.hints)
    }

    /// Returns the side of one cell of the chroma that it answers, in pixels of its input; 1 for
    /// networks that answer no chroma.
    #[must_use]
    pub fn cell_px(&self) -> usize {
        match self {
            Self::Colorize(config) => config.cell_px(),
            Self::ColorizePyramid(_) => colorize_pyramid::CELL_PX,
            _ => 1,
        }
    }

    /// Returns the side of a mosaic's cell, in pixels of its input, for networks that expect the
    /// mosaic's lines on lines of their own grid; `None` for those that take cells of any size.
    #[must_use]
    pub fn mosaic_px(&self) -> Option<usize> {
        matches!(self, Self::Edsr(_)).then_some(edsr::CELL_PX)
    }

    /// Makes the input of [`Network::paint`] from canvases, for `task`.
    ///
    /// # Panics
    /// If the canvases differ in size, or there are none.
    #[must_use]
    pub fn input(&self, task: Task, canvases: &[Canvas], device: &Device) -> Tensor<4> {
        match self {
            Self::Colorize(_) | Self::ColorizePyramid(_) => {
                light_from_canvases(canvases, self.takes_hints(), device)
            }
            Self::Segmenter(_) => marked_from_canvases(canvases, device),
            _ => input_from_canvases(canvases, self.fill(task), device),
        }
    }

    /// Returns what it expects to find in the hole when it does `task`.
    #[must_use]
    pub fn fill(&self, task: Task) -> Fill {
        match self {
            Self::Outpaint(config) => config.fill,
            Self::OutpaintKeras(_) => Fill::Mean,
            Self::Completion(_) | Self::Contextual(_) if task == Task::Unmosaic => Fill::Cells,
            Self::Completion(_) => Fill::MeanColor,
            Self::Contextual(_) => Fill::Grey,
            Self::Colorize(_)
            | Self::ColorizePyramid(_)
            | Self::Defade(_)
            | Self::Segmenter(_)
            | Self::UNet(_)
            | Self::Enlarger(_) => Fill::Cells,
            Self::Edsr(_) => Fill::Smooth,
        }
    }

    /// Returns which sides of a photo it has learnt to extend.
    #[must_use]
    pub fn sides(&self) -> Sides {
        match self {
            Self::Outpaint(config) => config.sides,
            Self::OutpaintKeras(_) => Sides::Columns,
            _ => Sides::Any,
        }
    }

    /// Refuses sizes that none of our networks has, before anything is allocated for them.
    ///
    /// # Errors
    /// Returns what is wrong, as part of a sentence about a weight file.
    pub fn check(&self) -> Result<(), String> {
        let (widths, halvings) = match self {
            Self::Outpaint(config) => {
                (vec![config.channels, config.inner_channels], config.halvings)
            }
            Self::OutpaintKeras(config) => (vec![config.channels], 0),
            Self::Completion(config) => (vec![config.channels], 0),
            Self::Contextual(config) => (vec![config.channels], 0),
            Self::Colorize(config) => {
                let parts = config.decoder.len();
                if parts > 4 || parts < if config.full_size { 4 } else { 3 } {
                    return Err(format!("its decoder has {parts} parts"));
                }
                let widths = [&config.channels[..], &config.decoder, &[config.middle_channels]];
                // The number of blocks in a stage has the same limits as a width.
                ([&widths.concat()[..], &config.blocks].concat(), 0)
            }
            Self::ColorizePyramid(config) => (vec![config.channels, config.fine_channels], 0),
            Self::Defade(config) => (vec![config.channels], 0),
            Self::Edsr(config) => (vec![config.channels, config.blocks], 0),
            Self::Segmenter(config) => (vec![config.channels, config.fine_channels], 0),
            Self::UNet(config) => (config.channels.to_vec(), 0),
            Self::Enlarger(config) => (vec![config.channels, config.blocks], 0),
        };
        if widths.iter().any(|&n| n == 0 || n > 1024) || halvings > 6 {
            return Err(format!("{self:?} is no network that we build"));
        }
        Ok(())
    }
}

/// A generator that paints a hole, or changes the whole picture.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Network {
    /// See [`outpaint`].
    Outpaint(Outpaint),
    /// See [`outpaint_keras`].
    OutpaintKeras(OutpaintKeras),
    /// See [`completion`].
    Completion(Completion),
    /// See [`contextual`].
    Contextual(Contextual),
    /// See [`colorize`].
    Colorize(Colorize),
    /// See [`colorize_pyramid`].
    ColorizePyramid(ColorizePyramid),
    /// See [`defade`].
    Defade(Defade),
    /// See [`edsr`].
    Edsr(Edsr),
    /// See [`segmenter`].
    Segmenter(Segmenter),
    /// See [`unet`].
    UNet(UNet),
    /// See [`enlarger`].
    Enlarger(Enlarger),
}

/// What a generator answers.
#[derive(Debug)]
pub struct Painted {
    /// The picture, `[n, 3, h, w]`: colours in `0..=1` or slightly beyond. Those outside the hole
    /// do not count.
    pub picture: Tensor<4>,
    /// A first draft of the same, if the network makes one.
    pub coarse: Option<Tensor<4>>,
    /// What a colouring network says of chroma, in the form of [`Colorize::forward`].
    pub chroma: Option<Tensor<4>>,
    /// What a colouring network's encoder sees, `[n, c, h / 16, w / 16]`, for a teacher to judge.
    pub seen: Option<Tensor<4>>,
    /// How sure a network is that a place belongs, in the form of [`Segmenter::forward`] or
    /// [`UNet::forward`].
    pub belongs: Option<Tensor<4>>,
    /// Where every painted cell looked, one entry per picture, if the network tells.
    pub looked: Vec<Looked>,
}

impl Network {
    /// Turns pictures with a hidden part into whole ones.
    ///
    /// # Shapes and ranges
    /// - `input`: what [`NetworkConfig::input`] makes of `canvases`
    /// - `places`: how many of the places that a cell looked at are remembered
    ///
    /// # Panics
    /// If the network's own `forward` does.
    #[must_use]
    pub fn paint(&self, input: Tensor<4>, canvases: &[Canvas], places: usize) -> Painted {
        let only = |picture| Painted {
            picture,
            coarse: None,
            chroma: None,
            seen: None,
            belongs: None,
            looked: Vec::new(),
        };
        match self {
            Self::Outpaint(net) => only(net.forward(input)),
            Self::Completion(net) => only(net.forward(input)),
            Self::Edsr(net) => only(net.forward(input)),
            Self::Enlarger(net) => only(net.forward(input)),
            Self::Colorize(net) => {
                let [picture, chroma, seen] = net.paint(input);
                Painted { chroma: Some(chroma), seen: Some(seen), ..only(picture) }
            }
            Self::ColorizePyramid(net) => {
                let [picture, chroma, seen] = net.paint(input);
                Painted { chroma: Some(chroma), seen: Some(seen), ..only(picture) }
            }
            Self::Segmenter(net) => {
                let [picture, belongs] = net.paint(input);
                Painted { belongs: Some(belongs), ..only(picture) }
            }
            Self::UNet(net) => {
                let [picture, belongs] = net.paint(input);
                Painted { belongs: Some(belongs), ..only(picture) }
            }
            Self::Defade(net) => {
                let faded = input.narrow(1, 0, 3);
                let tones = defade::tones_of(canvases.iter().map(Canvas::rgb), &faded.device());
                only(defade::apply_curves(faded.clone(), net.forward(faded, tones)))
            }
            Self::OutpaintKeras(net) => {
                let margin = input.dims()[3] / 4;
                let middle = input.narrow(1, 0, 3).narrow(3, margin, 2 * margin);
                let margins = net.forward(middle.clone()); // [n, 3, h, 2 margin]
                let [left, right] = [0, margin].map(|at| margins.clone().narrow(3, at, margin));
                only(Tensor::cat(vec![left, middle, right], 3))
            }
            Self::Contextual(net) => {
                let cells = |canvas: &Canvas| HoleCells::from_hole(canvas.hole(), canvas.size());
                let cells: Vec<HoleCells> = canvases.iter().map(cells).collect();
                let painted = net.forward(input, &cells, places);
                let [picture, coarse] = [painted.fine, painted.coarse];
                Painted { coarse: Some(coarse), looked: painted.looked, ..only(picture) }
            }
        }
    }

    /// Returns what a colouring network answers to `input`, as [`Colorize::forward`] does; `None`
    /// for any other network.
    #[must_use]
    pub fn chroma(&self, input: Tensor<4>) -> Option<Tensor<4>> {
        match self {
            Self::Colorize(net) => Some(net.forward(input)),
            Self::ColorizePyramid(net) => Some(net.forward(input)),
            _ => None,
        }
    }

    /// Returns the same network with rare chromas likelier, by `rarity` to the power of `boldness`,
    /// if it says how likely they are. At 0 it answers as it learnt.
    ///
    /// # Panics
    /// If `rarity` does not have one number per bin.
    #[must_use]
    pub fn emboldened(self, rarity: &[f32], boldness: f32) -> Option<Self> {
        match self {
            Self::Colorize(net) => Some(Self::Colorize(net.emboldened(rarity, boldness))),
            Self::ColorizePyramid(net) => {
                Some(Self::ColorizePyramid(net.emboldened(rarity, boldness)))
            }
            _ => None,
        }
    }

    /// Returns the pretrained encoder inside, if there is one.
    #[must_use]
    pub fn encoder(&self) -> Option<&efficientnet::EfficientNet> {
        match self {
            Self::ColorizePyramid(net) => Some(net.encoder()),
            Self::Segmenter(net) => Some(net.encoder()),
            Self::Defade(net) => Some(net.encoder()),
            _ => None,
        }
    }

    /// Replaces the encoder, if there is one.
    #[must_use]
    pub fn with_encoder(self, encoder: efficientnet::EfficientNet) -> Self {
        match self {
            Self::ColorizePyramid(net) => Self::ColorizePyramid(net.with_encoder(encoder)),
            Self::Segmenter(net) => Self::Segmenter(net.with_encoder(encoder)),
            Self::Defade(net) => Self::Defade(net.with_encoder(encoder)),
            other => other,
        }
    }

    /// Returns the same network without what only training needs: quicker and smaller. Its config
    /// changes with it.
    #[must_use]
    pub fn folded(self, config: NetworkConfig) -> (Self, NetworkConfig) {
        match (self, config) {
            (Self::Completion(net), NetworkConfig::Completion(config)) => {
                let config = config.with_norm(completion::Norm::Folded);
                (Self::Completion(net.folded()), NetworkConfig::Completion(config))
            }
            (Self::Colorize(net), NetworkConfig::Colorize(config)) => {
                (Self::Colorize(net.folded()), NetworkConfig::Colorize(config.with_folded(true)))
            }
            other => other,
        }
    }
}
