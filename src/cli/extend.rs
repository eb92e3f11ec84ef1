//! `naobu extend`: one photo or a folder of them.

use std::process::ExitCode;

use indicatif::ProgressBar;
use serde_json::json;

use naobu::error::{Error, Result};
use naobu::extend::{Amounts, Extension, Options};
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::photo::border::Border;
use naobu::task::Task;

use super::models::ModelArgs;
use super::photos::{Done, PaintArgs, Photos, Work};

#[derive(clap::Args, Debug)]
pub(crate) struct Extend {
    #[command(flatten)]
    photos: Photos,
    #[command(flatten)]
    settings: Settings,
}

/// How far, and how.
#[derive(clap::Args, Debug)]
pub(crate) struct Settings {
    /// Pixels to add on the left, or per cent of the photo's width.
    #[arg(long, value_name = "N|N%")]
    left: Option<Length>,
    /// The same on the right.
    #[arg(long, value_name = "N|N%")]
    right: Option<Length>,
    /// Pixels to add at the top, or per cent of the photo's height.
    #[arg(long, value_name = "N|N%")]
    top: Option<Length>,
    /// The same at the bottom.
    #[arg(long, value_name = "N|N%")]
    bottom: Option<Length>,
    /// Extend to this ratio instead, evenly on both sides.
    #[arg(long, value_name = "W:H", conflicts_with_all = ["left", "right", "top", "bottom"])]
    aspect: Option<Aspect>,
    /// What to do about a border around the photo (a dark frame, print paper, the bars of a film,
    /// a half-covered last column). auto: if one is found, continue the photo from inside of it, and
    /// keep it; found: paint it over, too; N: paint over N pixels on each side; none: take
    /// everything for photo.
    #[arg(long, value_name = "auto|found|none|N", default_value = "auto")]
    trim: Trim,
    #[command(flatten)]
    paint: PaintArgs,
    #[command(flatten)]
    model: ModelArgs,
}

/// What is done about a border.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trim {
    Auto,
    Found,
    None,
    Pixels(u32),
}

impl std::str::FromStr for Trim {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "found" => Ok(Self::Found),
            "none" => Ok(Self::None),
            _ => text.parse().map(Self::Pixels).map_err(|_| Error::BadSetting {
                name: "trim",
                expected: "auto, found, none, or pixels such as 4".into(),
                found: text.into(),
            }),
        }
    }
}

impl Trim {
    /// The border of a photo that is not to be continued.
    fn border(self, photo: &Photo) -> Border {
        match self {
            Self::Auto | Self::Found => Border::of(photo),
            Self::None => Border::default(),
            Self::Pixels(px) => Border::even(px),
        }
    }

    fn paints(self) -> bool {
        matches!(self, Self::Found | Self::Pixels(_))
    }

    /// What was done about a border, if there is one, to go on with after a comma.
    fn told(self, border: Border) -> String {
        let Border { left, top, right, bottom } = border;
        if border.is_none() {
            return String::new();
        }
        let what = if self.paints() { "painted over" } else { "kept, and not continued" };
        format!(
            ", the border ({left} px left, {top} top, {right} right, {bottom} bottom) was {what}"
        )
    }
}

/// A number of pixels, or a share of a side.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    Pixels(u32),
    Percent(f64),
}

impl std::str::FromStr for Length {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let length = match text.strip_suffix('%') {
            Some(share) => {
                share.parse().ok().filter(|p| (0.0..=10_000.0).contains(p)).map(Self::Percent)
            }
            None => text.parse().ok().map(Self::Pixels),
        };
        length.ok_or_else(|| Error::BadSetting {
            name: "amount",
            expected: "pixels such as 200, or a share such as 25%".into(),
            found: text.into(),
        })
    }
}

impl Length {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a side"
    )]
    fn of(self, side: u32) -> u32 {
        match self {
            Self::Pixels(pixels) => pixels,
            Self::Percent(share) => (f64::from(side) * share / 100.0).round() as u32,
        }
    }
}

/// A ratio such as 16:9.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Aspect([u32; 2]);

impl std::str::FromStr for Aspect {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let sides =
            text.split_once(':').and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
        sides.filter(|sides| !sides.contains(&0)).map(Self).ok_or_else(|| Error::BadSetting {
            name: "aspect",
            expected: "a ratio such as 16:9".into(),
            found: text.into(),
        })
    }
}

impl Extend {
    pub(crate) fn run(self) -> Result<ExitCode> {
        self.photos.each(&[], self.settings.ready()?)
    }
}

impl Settings {
    /// Loads what it takes.
    pub(crate) fn ready(self) -> Result<Work> {
        let generator = self.model.load(Task::Extend)?;
        Ok(Box::new(move |_, photo, bar| self.one(photo, bar, &generator)))
    }

    fn one(&self, photo: Photo, bar: &ProgressBar, generator: &Generator) -> Result<Done> {
        let from = photo.size();
        let amounts = self.amounts(from);
        let Options { detail, .. } = Options::default();
        let options = Options {
            finish: self.model.finish(Some(generator)),
            detail: self.paint.detail.unwrap_or(detail),
            seed: self.paint.seed,
            border: self.trim.border(&photo),
            paints_border: self.trim.paints(),
        };
        let mut extension = Extension::new(photo, amounts, options, generator)?;
        let steps = extension.steps();
        bar.set_length(steps as u64);
        for _ in 0..steps {
            pollster::block_on(extension.step(generator))?;
            bar.inc(1);
        }
        let photo = extension.finish().photo;
        let to = photo.size();
        let [[w, h], [rw, rh]] = [from, to];
        let Amounts { left, top, right, bottom } = amounts;
        let border = options.border;
        let (model, sha256) = (&generator.card.name, &generator.sha256);
        Ok(Done {
            photo,
            note: format!(
                "{model} {sha256}: {rw}×{rh}, all but {w}×{h} at {left},{top} is painted"
            ),
            summary: format!("{w}×{h} to {rw}×{rh}{}", self.trim.told(options.border)),
            facts: json!({
                "from": from, "to": to,
                "amounts": { "left": left, "top": top, "right": right, "bottom": bottom },
                "border": {
                    "left": border.left, "top": border.top,
                    "right": border.right, "bottom": border.bottom,
                },
                "steps": steps, "device": format!("{:?}", self.model.device).to_lowercase(),
                "model": model, "sha256": sha256,
            }),
        })
    }

    fn amounts(&self, [width, height]: [u32; 2]) -> Amounts {
        if let Some(Aspect(aspect)) = self.aspect {
            return Amounts::for_aspect([width, height], aspect);
        }
        let of = |length: Option<Length>, side| length.map_or(0, |length| length.of(side));
        Amounts {
            left: of(self.left, width),
            top: of(self.top, height),
            right: of(self.right, width),
            bottom: of(self.bottom, height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_pixels_or_shares() {
        assert_eq!("200".parse::<Length>().unwrap(), Length::Pixels(200));
        assert_eq!("12.5%".parse::<Length>().unwrap().of(1001), 125);
        for bad in ["", "-3", "3px", "%", "nan%", "-1%"] {
            assert!(bad.parse::<Length>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn err_a_ratio_needs_two_sides() {
        assert_eq!("21:9".parse::<Aspect>().unwrap(), Aspect([21, 9]));
        for bad in ["16", "16:0", "a:b", "16:9:1"] {
            assert!(bad.parse::<Aspect>().is_err(), "{bad:?}");
        }
    }
}
