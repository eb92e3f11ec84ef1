//! Colours a photo from its lightness, and from hints if there are any.
//!
//! The network sees the photo small, in its own proportions, and looks twice, at two sizes, once
//! mirrored (`looks.rs`). Its answers are chroma on a coarse grid, which `photo/chroma.rs` enlarges along the photo's edges and puts under
//! the photo's own lightness. What always holds: lightness stays within one step of 255 and alpha
//! stays. Start reading at [`colorize`].

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grids have a few hundred cells a side; checked sizes fit into 32 bits"
)]

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::looks::{self, Look};
use crate::model::chroma_bins::{ChromaBins, Decode, decode_with_variance};
use crate::model::colorize::GRID_PX;
use crate::photo::chroma::{self, Adjustment, ChromaGrid, Coat, Colouring};
use crate::photo::color::luma_from_srgb;
use crate::photo::{Photo, resize};
use crate::pixels::{light_from_rgba, tensor_from_planes, values_from_tensor};
use crate::task::Task;

mod even;
mod hints;

/// The largest cell of chroma that a network of ours answers, in pixels of its input.
const CELL_PX: usize = 4;

/// A colour that the user knows: "this coat was green".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hint {
    /// Its centre `[x, y]`, in photo pixels from the upper left corner.
    pub at: [f32; 2],
    /// The radius within which it holds fully, in photo pixels; beyond, it reaches places that look
    /// alike.
    pub radius_px: f32,
    /// The colour; its lightness is ignored.
    pub rgb: [u8; 3],
    /// How far it reaches beside what is usual, within [`REACHES`]: 1 as far, 0.5 only what is twice
    /// as like its place.
    pub reach: f32,
}

/// What [`Hint::reach`] may be.
pub const REACHES: std::ops::RangeInclusive<f32> = 0.1..=10.0;

impl Hint {
    /// One dab of a brush: a sixty-fourth of the photo's long side around a place.
    ///
    /// As large as those of training are on average.
    #[must_use]
    pub fn dab(at: [f32; 2], rgb: [u8; 3], [w, h]: [u32; 2]) -> Self {
        Self { at, radius_px: w.max(h) as f32 / 64.0, rgb, reach: 1.0 }
    }
}

/// A named way to choose among likely colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variant {
    /// Its name, in commands and on the page.
    pub name: &'static str,
    /// The choice.
    pub decode: Decode,
}

/// The ways to read one answer of a network, the usual one first.
pub const VARIANTS: [Variant; 6] = [
    variant("natural", 0.3, [0.0, 0.0], 0.0),
    variant("calm", 0.6, [0.0, 0.0], -1.0),
    variant("bold", 0.2, [0.0, 0.0], 0.7),
    variant("warm", 0.3, [-0.12, 0.12], 0.0),
    variant("cool", 0.3, [0.15, -0.15], 0.0),
    variant("green", 0.3, [-0.2, -0.2], 0.0),
];

const fn variant(name: &'static str, temperature: f32, lean: [f32; 2], vivid: f32) -> Variant {
    Variant { name, decode: Decode { temperature, lean, vivid } }
}

impl std::str::FromStr for Variant {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = VARIANTS.into_iter().find(|variant| variant.name == text);
        found.ok_or_else(|| Error::BadSetting {
            name: "variant",
            expected: VARIANTS.map(|variant| variant.name).join(", "),
            found: text.into(),
        })
    }
}

/// What the network wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Showing {
    /// The long side of its input, in pixels; rounded to a multiple of [`GRID_PX`].
    side_px: usize,
    /// Whether its input has channels for hints. They stay empty: see `colorize/hints.rs`.
    hints: bool,
    /// How it is shown the photo, at least once; usually [`LOOKS`].
    looks: &'static [Quarters],
}

impl Showing {
    fn of(Generator { card, .. }: &Generator) -> Result<Self> {
        if !card.config.does(Task::Colorize) {
            let why = "its network colours nothing".into();
            return Err(Error::WeightsMisfit { name: card.name.clone(), why });
        }
        Ok(Self { side_px: card.side_px, hints: card.config.takes_hints(), looks: &LOOKS })
    }

    fn look(&self, photo: [u32; 2], &(quarters, mirrored): &Quarters) -> Look {
        let side_px = self.side_px * quarters / 4;
        let side_px = ((side_px + GRID_PX / 2) / GRID_PX).max(1) * GRID_PX;
        Look::new(photo, side_px, [CELL_PX, GRID_PX], mirrored)
    }
}

/// One way to show a photo to a network: how many quarters of [`Showing::side_px`] its long side
/// takes up, and whether it is mirrored.
type Quarters = (usize, bool);

/// The ways to show a photo whose answers are averaged, the one with the finest answer first. A third
/// gains little.
const LOOKS: [Quarters; 2] = [(4, false), (3, true)];

/// The settings of a colouring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options<'a> {
    /// Known colours; where they overlap, the last one counts.
    pub hints: &'a [Hint],
    /// How to choose among likely chromas, where the network says how likely they are.
    pub decode: Decode,
    /// Saturation and warmth afterwards.
    pub adjustment: Adjustment,
    /// How much of the photo's own chroma is replaced: 0 leaves the photo as it is, 1 replaces all
    /// of it.
    pub strength: f32,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            hints: &[],
            decode: VARIANTS[0].decode,
            adjustment: Adjustment::NEUTRAL,
            strength: 1.0,
        }
    }
}

/// Colours a photo, whatever colours it has.
///
/// # Errors
/// [`Error::BadSetting`] for a hint outside the photo, a temperature or a slider beyond its range;
/// [`Error::WeightsMisfit`] when the generator colours nothing; [`Error::Device`] when the device
/// fails.
pub async fn colorize(photo: Photo, options: Options<'_>, generator: &Generator) -> Result<Photo> {
    let network = Showing::of(generator)?;
    colorize_with(photo, options, network, &generator.device(), asked(generator)).await
}

/// As [`colorize`], by any `net` from `[1, c, h, w]` to chroma or to logits, as
/// [`Colorize::forward`](crate::model::colorize::Colorize::forward).
async fn colorize_with(
    photo: Photo,
    options: Options<'_>,
    network: Showing,
    device: &Device,
    net: impl Fn(Tensor<4>) -> Tensor<4>,
) -> Result<Photo> {
    // Asked first, so that a wrong setting is refused before the network runs.
    check_decode(options.decode)?;
    options.adjustment.check()?;
    chroma::check_strength(options.strength)?;
    let guess = guess_with(&photo, options.hints, network, device, net)?;
    let chroma = guess.chroma(options.decode).await?;
    put(photo, &chroma, options.adjustment, options.strength)
}

/// Colours a photo with the network's answer alone: its chroma is enlarged without regard to the
/// photo's edges, and put under the photo's lightness.
///
/// # Errors
/// As [`guess`] and [`Guess::chroma`].
pub async fn colorize_plainly(
    mut photo: Photo,
    how: Decode,
    generator: &Generator,
) -> Result<Photo> {
    let chroma = guess(&photo, &[], generator)?.chroma(how).await?;
    let size = photo.sides();
    let plane = |i: usize| {
        let plane: Vec<f32> = chroma.uv().iter().map(|uv| uv[i]).collect();
        resize::resize_plane(&plane, chroma.size(), size)
    };
    let planes = plane(0).into_iter().zip(plane(1));
    for (pixel, (u, v)) in photo.rgba_mut().chunks_exact_mut(4).zip(planes) {
        let luma = luma_from_srgb([pixel[0], pixel[1], pixel[2]]);
        pixel[..3].copy_from_slice(&chroma::srgb_at_luma(luma, [u, v]));
    }
    Ok(photo)
}

/// What a network thinks of a photo's colours, before one of them is chosen.
#[derive(Clone, Debug)]
pub struct Guess {
    look: Look,
    /// Chroma `[1, 2, rows, columns]` of the photo's cells, or logits with a channel for each bin.
    answer: Tensor<4>,
    /// Lightness as the network saw it first, in `0..=1`.
    light: Vec<f32>,
    hints: Vec<Hint>,
}

impl Guess {
    /// The ways to read it; only one if the network answered chroma itself.
    #[must_use]
    pub fn variants(&self) -> &'static [Variant] {
        if self.has_bins() { &VARIANTS } else { &VARIANTS[..1] }
    }

    fn has_bins(&self) -> bool {
        self.answer.dims()[1] != 2
    }

    /// Chooses the chroma, and applies the hints. `how` matters only for networks that say how
    /// likely each chroma is.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a temperature or a lean beyond its range; [`Error::Device`] when
    /// the device fails.
    ///
    /// # Panics
    /// If the network answered another shape than announced.
    pub async fn chroma(&self, how: Decode) -> Result<ChromaGrid> {
        check_decode(how)?;
        let [_, _, rows, columns] = self.answer.dims();
        let answer = self.answer.clone();
        let cells = columns * rows;
        let chroma = match self.has_bins() {
            true => decode_with_variance(answer, &ChromaBins::new(), how),
            false => answer,
        };
        let planes = values_from_tensor(chroma).await?;
        let mut chroma: Vec<[f32; 2]> =
            planes[..cells].iter().zip(&planes[cells..]).map(|(&u, &v)| [u, v]).collect();
        let light = light_of_cells(&self.light, self.look.size(), [columns, rows]);
        if self.has_bins() {
            even::even_out(&mut chroma, &planes[2 * cells..], &light, [columns, rows]);
        }
        if !self.hints.is_empty() {
            let likely = match self.has_bins() {
                true => Some(values_from_tensor(softmax(self.answer.clone(), 1)).await?),
                false => None,
            };
            let cells = hints::Cells {
                size: [columns, rows],
                light: &light,
                likely: likely.as_deref(),
                fine: &self.light,
            };
            let photo = self.look.photo().map(|side| side as f32);
            let scale = [columns as f32 / photo[0], rows as f32 / photo[1]];
            hints::spread(&mut chroma, &cells, &self.hints, scale);
        }
        ChromaGrid::new([columns, rows], chroma)
    }
}

/// Runs the network on a photo's lightness.
///
/// # Errors
/// [`Error::BadSetting`] for a hint outside the photo, [`Error::WeightsMisfit`] when the generator
/// colours nothing.
pub fn guess(photo: &Photo, hints: &[Hint], generator: &Generator) -> Result<Guess> {
    guess_with(photo, hints, Showing::of(generator)?, &generator.device(), asked(generator))
}

/// The network of a generator that [`Showing::of`] has let through.
fn asked(generator: &Generator) -> impl Fn(Tensor<4>) -> Tensor<4> {
    |seen| generator.net.chroma(seen).expect("a network that colours")
}

/// As [`guess`], by any `net` as for [`colorize_with`].
fn guess_with(
    photo: &Photo,
    hints: &[Hint],
    network: Showing,
    device: &Device,
    net: impl Fn(Tensor<4>) -> Tensor<4>,
) -> Result<Guess> {
    check_hints(hints, photo.size())?;
    let looks: Vec<Look> =
        network.looks.iter().map(|how| network.look(photo.size(), how)).collect();
    let lights: Vec<Vec<f32>> =
        looks.iter().map(|look| light_from_rgba(&look.shrunk(photo))).collect();
    let answers = looks.iter().zip(&lights).map(|(look, light)| {
        look.on_photo(net(look.turned(seen(look, light, network.hints, device))))
    });
    let answer = looks::mean(answers).expect("at least one look");
    let light = lights.into_iter().next().unwrap_or_default();
    Ok(Guess { look: looks[0], answer, light, hints: hints.to_vec() })
}

/// Puts chroma under a photo's lightness; see [`chroma::colorize`]. The grid may be that of
/// a larger or smaller copy of the photo. Of a photo that is black and white for the most part, what
/// is not keeps its colours.
///
/// # Errors
/// [`Error::BadSetting`] for a slider beyond its range.
pub fn put(
    mut photo: Photo,
    chroma: &ChromaGrid,
    adjustment: Adjustment,
    strength: f32,
) -> Result<Photo> {
    let size = photo.sides();
    let print = match chroma::colouring(photo.rgba(), size).colouring {
        Colouring::Partly { tones } => Some(tones),
        _ => None,
    };
    let coat = Coat { adjustment, strength, print };
    chroma::colorize(photo.rgba_mut(), size, chroma, coat)?;
    Ok(photo)
}

fn refused<T>(name: &'static str, expected: String, found: String) -> Result<T> {
    Err(Error::BadSetting { name, expected, found })
}

fn check_hints(hints: &[Hint], [w, h]: [u32; 2]) -> Result<()> {
    let inside = |hint: &Hint| {
        let [x, y] = hint.at;
        (0.0..w as f32).contains(&x) && (0.0..h as f32).contains(&y) && hint.radius_px >= 0.0
    };
    match hints.iter().find(|hint| !inside(hint)) {
        Some(Hint { at: [x, y], .. }) => {
            refused("hint", format!("inside {w}×{h}"), format!("{},{}", x.floor(), y.floor()))
        }
        None => Ok(()),
    }?;
    match hints.iter().find(|hint| !REACHES.contains(&hint.reach)) {
        Some(hint) => {
            let [least, most] = [REACHES.start(), REACHES.end()];
            refused("reach", format!("within {least}..={most}"), hint.reach.to_string())
        }
        None => Ok(()),
    }
}

fn check_decode(Decode { temperature, lean, vivid }: Decode) -> Result<()> {
    if !(0.01..=1.0).contains(&temperature) {
        return refused("temperature", "within 0.01..=1".into(), temperature.to_string());
    }
    if lean.iter().chain([&vivid]).any(|v| !(-10.0..=10.0).contains(v)) {
        return refused("lean", "within ±10".into(), format!("{lean:?}, {vivid}"));
    }
    Ok(())
}

/// What the network sees in one look: lightness on the whole grid, and no hints.
fn seen(look: &Look, light: &[f32], hints: bool, device: &Device) -> Tensor<4> {
    let mut planes = look.padded_plane(light);
    let unknown = if hints { 3 * planes.len() } else { 0 };
    planes.extend(std::iter::repeat_n(0.0, unknown));
    tensor_from_planes(planes, look.padded(), device)
}

/// The mean of each cell, in steps of 255.
fn light_of_cells(light: &[f32], [width, _]: [usize; 2], [columns, rows]: [usize; 2]) -> Vec<f32> {
    let cell = width / columns;
    let mut sums = vec![0.0; columns * rows];
    for (i, light) in light.iter().enumerate() {
        sums[i / width / cell * columns + i % width / cell] += 255.0 * light;
    }
    sums.into_iter().map(|sum| sum / (cell * cell) as f32).collect()
}

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests;
