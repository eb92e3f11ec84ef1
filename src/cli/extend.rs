//! `naobu extend`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use naobu::backend::{self, Choice};
use naobu::error::{Error, Result};
use naobu::extend::{Amounts, Extension, Finish, Options};
use naobu::generator::Generator;
use naobu::photo::decode::decode_with_metadata;
use naobu::photo::encode::{Extras, Format, encode_with};

use super::{models, read, write};

/// JPEG quality of results; the page's default too.
const QUALITY: u8 = 92;

#[derive(clap::Args, Debug)]
pub(crate) struct Extend {
    /// A photo, or a folder of photos.
    input: PathBuf,
    /// The result (.png, .jpg or .webp), or a folder for one PNG per photo.
    output: PathBuf,
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
    /// A shipped pack by name, or a weight file.
    #[arg(long, default_value = "")]
    model: String,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Another number, another guess.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// How much of the photo's own detail the painted margin gets, from 0 to 1.
    #[arg(long, default_value_t = Options::default().detail)]
    detail: f32,
    /// Keep place, time and camera that the photo's file names; without, they are left out.
    #[arg(long)]
    keep_metadata: bool,
    /// Write into the file which program and weights painted which part.
    #[arg(long)]
    note: bool,
    /// Print one line of JSON per photo.
    #[arg(long)]
    json: bool,
    /// Paste what the network painted: no anchored colours, no pieces of the photo, no blending.
    #[arg(long)]
    network_only: bool,
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
        let device = backend::open_native(self.device)?;
        let generator = models::load(&self.model, &models::HOLES, &device)?;
        super::each_photo(&self.input, &self.output, |input, output| {
            self.one(input, output, &generator)
        })
    }

    fn one(&self, input: &Path, output: &Path, generator: &Generator) -> Result<()> {
        let began = Instant::now();
        let extension = output.extension().and_then(|name| name.to_str()).unwrap_or_default();
        let format = Format::from_name(&extension.to_ascii_lowercase(), QUALITY)?;
        let (photo, metadata) = decode_with_metadata(&read(input)?)?;
        let from = photo.size();
        let amounts = self.amounts(from);
        let finish = if self.network_only { Finish::NetworkOnly } else { Finish::Blended };
        let options = Options { finish, detail: self.detail, seed: self.seed };
        let mut extension = Extension::new(photo, amounts, options, generator)?;
        let bar = ProgressBar::new(extension.steps() as u64)
            .with_style(ProgressStyle::with_template("{msg} {bar} {pos}/{len}").expect("fixed"))
            .with_message(input.display().to_string());
        for _ in 0..extension.steps() {
            pollster::block_on(extension.step(generator))?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let steps = extension.steps();
        let result = extension.finish();
        let [[w, h], [rw, rh]] = [from, result.size()];
        let note = format!(
            "naobu {}, {} {}: {rw}×{rh}, all but {w}×{h} at {},{} is painted",
            env!("CARGO_PKG_VERSION"),
            generator.card.name,
            generator.sha256,
            amounts.left,
            amounts.top,
        );
        let extras = Extras {
            metadata: self.keep_metadata.then_some(&metadata),
            note: self.note.then_some(&note),
        };
        write(output, &encode_with(&result, format, extras)?)?;
        let millis = began.elapsed().as_millis();
        if self.json {
            let line = serde_json::json!({
                "input": input, "output": output, "from": from, "to": result.size(),
                "amounts": { "left": amounts.left, "top": amounts.top,
                    "right": amounts.right, "bottom": amounts.bottom },
                "steps": steps, "millis": u64::try_from(millis).unwrap_or(u64::MAX),
                "device": format!("{:?}", self.device).to_lowercase(),
                "model": generator.card.name, "sha256": generator.sha256,
            });
            println!("{line}");
        } else {
            println!("{}: {w}×{h} to {rw}×{rh} in {millis} ms", output.display());
        }
        Ok(())
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
