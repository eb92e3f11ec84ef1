//! `naobu colorize`: one photo or a folder of them.

use std::process::ExitCode;

use serde_json::json;

use naobu::colorize::{Hint, Options, REACHES, VARIANTS, Variant, colorize, colorize_plainly};
use naobu::defade::defade;
use naobu::error::{Error, Result};
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::photo::chroma::{Adjustment, Colouring, colouring};
use naobu::task::Task;

use super::models::ModelArgs;
use super::number::{colour, within};
use super::photos::{Done, Photos, Work};

#[derive(clap::Args, Debug)]
pub(crate) struct Colorize {
    #[command(flatten)]
    photos: Photos,
    #[command(flatten)]
    settings: Settings,
}

/// Which colours, or how much fading is undone.
#[derive(clap::Args, Debug)]
pub(crate) struct Settings {
    /// Factor on the colours, from 0 to 4.
    #[arg(
        long,
        default_value_t = Adjustment::NEUTRAL.saturation,
        value_parser = within(0.0..=4.0),
        conflicts_with = "network_only"
    )]
    saturation: f32,
    /// From -1, towards blue, to 1, towards orange.
    #[arg(
        long,
        default_value_t = Adjustment::NEUTRAL.warmth,
        allow_negative_numbers = true,
        value_parser = within(-1.0..=1.0),
        conflicts_with = "network_only"
    )]
    warmth: f32,
    /// How much of the photo's own colours is replaced, from 0 to 1.
    #[arg(
        long,
        default_value_t = 1.0,
        value_parser = within(0.0..=1.0),
        conflicts_with = "network_only"
    )]
    strength: f32,
    /// Which of the likely colours: natural, calm, bold, warm, cool or green.
    #[arg(long, value_name = "NAME", default_value = VARIANTS[0].name)]
    variant: Variant,
    /// A colour that is known, and where, in pixels from the top left; may be given more than once.
    #[arg(long, value_name = "X,Y,#RRGGBB", conflicts_with = "network_only")]
    hint: Vec<HintArg>,
    /// How far hints reach beside what is usual, from 0.1 to 10.
    #[arg(
        long,
        default_value_t = 1.0,
        value_parser = within(REACHES),
        conflicts_with = "network_only"
    )]
    reach: f32,
    /// Colour a photo anew that has colours of its own.
    #[arg(long)]
    even_if_coloured: bool,
    /// Undo the fading of a colour photo instead of colouring it: how much, from 0 to 1.
    #[arg(
        long,
        value_name = "STRENGTH",
        num_args = 0..=1,
        default_missing_value = "1",
        value_parser = within(0.0..=1.0),
        conflicts_with_all =
            ["saturation", "warmth", "strength", "variant", "hint", "reach", "even_if_coloured"]
    )]
    defade: Option<f32>,
    #[command(flatten)]
    model: ModelArgs,
}

/// A colour and its place, such as 120,80,#2e8b57.
#[derive(Clone, Copy, Debug, PartialEq)]
struct HintArg {
    at: [u32; 2],
    rgb: [u8; 3],
}

impl std::str::FromStr for HintArg {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<_> = text.split(',').map(str::trim).collect();
        let known = match parts.as_slice() {
            [x, y, text] => colour(text)
                .and_then(|rgb| Some(Self { at: [x.parse().ok()?, y.parse().ok()?], rgb })),
            _ => None,
        };
        known.ok_or_else(|| Error::BadSetting {
            name: "hint",
            expected: "a place and a colour such as 120,80,#2e8b57".into(),
            found: text.into(),
        })
    }
}

impl HintArg {
    /// A dab on the middle of its pixel.
    fn hint(self, photo: [u32; 2], reach: f32) -> Hint {
        Hint { reach, ..Hint::dab(self.at.map(|place| place as f32 + 0.5), self.rgb, photo) }
    }
}

impl Colorize {
    pub(crate) fn run(self) -> Result<ExitCode> {
        self.photos.each(&[], self.settings.ready()?)
    }
}

impl Settings {
    /// Loads what it takes.
    pub(crate) fn ready(self) -> Result<Work> {
        let task = if self.defade.is_some() { Task::Defade } else { Task::Colorize };
        let generator = self.model.load(task)?;
        Ok(Box::new(move |_, photo, _| self.one(photo, &generator)))
    }

    fn one(&self, photo: Photo, generator: &Generator) -> Result<Done> {
        let [w, h] = photo.size();
        let colouring = colouring(photo.rgba(), photo.sides()).colouring;
        let is_partly = self.defade.is_none() && matches!(colouring, Colouring::Partly { .. });
        let kept = if is_partly { "; what had colours of its own keeps them" } else { "" };
        let photo = match self.defade {
            Some(strength) => pollster::block_on(defade(photo, strength, generator))?,
            None => self.coloured(photo, colouring, generator)?,
        };
        let (task, model) = (generator.card.task.name(), &generator.card.name);
        Ok(Done {
            photo,
            note: format!("{task} by {model}: the colours are a guess"),
            summary: format!("{w}×{h}, the colours are a guess{kept}"),
            facts: json!({
                "size": [w, h], "task": task, "model": model, "sha256": generator.sha256,
            }),
        })
    }

    fn coloured(&self, photo: Photo, colouring: Colouring, generator: &Generator) -> Result<Photo> {
        if colouring == Colouring::Coloured && !self.even_if_coloured {
            return Err(Error::BadSetting {
                name: "photo",
                expected: "black and white (--even-if-coloured colours it anew)".into(),
                found: "colours of its own".into(),
            });
        }
        if self.variant != VARIANTS[0] && !generator.card.config.has_bins() {
            return Err(Error::BadSetting {
                name: "variant",
                expected: format!("{}: this network knows one only", VARIANTS[0].name),
                found: self.variant.name.into(),
            });
        }
        if self.model.network_only {
            return pollster::block_on(colorize_plainly(photo, self.variant.decode, generator));
        }
        let size = photo.size();
        let hints: Vec<Hint> = self.hint.iter().map(|known| known.hint(size, self.reach)).collect();
        let options = Options {
            hints: &hints,
            decode: self.variant.decode,
            adjustment: Adjustment { saturation: self.saturation, warmth: self.warmth },
            strength: self.strength,
        };
        pollster::block_on(colorize(photo, options, generator))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_a_place_and_a_colour() {
        let known = "120, 80,#2e8B57".parse::<HintArg>().unwrap();
        assert_eq!(known, HintArg { at: [120, 80], rgb: [0x2e, 0x8b, 0x57] });
        assert_eq!(known.hint([640, 200], 1.0).at, [120.5, 80.5]);
        for bad in ["", "1,2", "1,2,3", "1,2,#12345", "1,2,#+12345", "1,2,#1234567", "-1,2,#000000"]
        {
            let text = bad.parse::<HintArg>().unwrap_err().to_string();
            assert!(text.starts_with("hint must be a place and a colour"), "{bad:?}: {text}");
        }
    }
}
