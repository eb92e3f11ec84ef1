//! `naobu colorize`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use naobu::backend::{self, Choice};
use naobu::colorize::{Hint, Options, VARIANTS, Variant, colorize};
use naobu::defade::defade;
use naobu::error::{Error, Result};
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::photo::chroma::{Adjustment, Colouring, colouring};
use naobu::photo::decode::decode_with_metadata;
use naobu::photo::encode::{Extras, Format, encode_with};
use naobu::task::Task;

use super::{models, read, write};

/// JPEG quality of results; the page's default too.
const QUALITY: u8 = 92;

#[derive(clap::Args, Debug)]
pub(crate) struct Colorize {
    /// A photo, or a folder of photos.
    input: PathBuf,
    /// The result (.png, .jpg or .webp), or a folder for one PNG per photo.
    output: PathBuf,
    /// Factor on the colours, from 0 to 4.
    #[arg(long, default_value_t = Adjustment::NEUTRAL.saturation)]
    saturation: f32,
    /// From -1, towards blue, to 1, towards orange.
    #[arg(long, default_value_t = Adjustment::NEUTRAL.warmth, allow_negative_numbers = true)]
    warmth: f32,
    /// How much of the photo's own colours gives way, from 0 to 1.
    #[arg(long, default_value_t = 1.0)]
    strength: f32,
    /// Which of the likely colours: natural, calm, bold, warm, cool or green.
    #[arg(long, value_name = "NAME", default_value = VARIANTS[0].name)]
    variant: Variant,
    /// A colour that is known, and where, in pixels from the top left; may be given more than once.
    #[arg(long, value_name = "X,Y,#RRGGBB")]
    hint: Vec<Known>,
    /// Colour a photo anew that has colours of its own.
    #[arg(long)]
    even_if_coloured: bool,
    /// Undo the fading of a colour photo instead of colouring it, so much from 0 to 1.
    #[arg(
        long,
        value_name = "STRENGTH",
        num_args = 0..=1,
        default_missing_value = "1",
        conflicts_with_all =
            ["saturation", "warmth", "strength", "variant", "hint", "even_if_coloured"]
    )]
    defade: Option<f32>,
    /// Weights by their name, or a weight file.
    #[arg(long, default_value = "")]
    model: String,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Keep place, time and camera that the photo's file names; without, they are left out.
    #[arg(long)]
    keep_metadata: bool,
    /// Write into the file which program chose its colours.
    #[arg(long)]
    note: bool,
    /// Print one line of JSON per photo.
    #[arg(long)]
    json: bool,
}

/// A colour and its place, such as 120,80,#2e8b57.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    at: [u32; 2],
    rgb: [u8; 3],
}

impl std::str::FromStr for Known {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<_> = text.split(',').map(str::trim).collect();
        let known = match parts.as_slice() {
            [x, y, colour] => colour.strip_prefix('#').and_then(|hex| {
                let is_colour = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
                let colour = u32::from_str_radix(hex, 16).ok().filter(|_| is_colour)?;
                let [_, rgb @ ..] = colour.to_be_bytes();
                Some(Self { at: [x.parse().ok()?, y.parse().ok()?], rgb })
            }),
            _ => None,
        };
        known.ok_or_else(|| Error::BadSetting {
            name: "hint",
            expected: "a place and a colour such as 120,80,#2e8b57".into(),
            found: text.into(),
        })
    }
}

impl Known {
    /// A dab on the middle of its pixel.
    fn hint(self, photo: [u32; 2]) -> Hint {
        Hint::dab(self.at.map(|place| place as f32 + 0.5), self.rgb, photo)
    }
}

impl Colorize {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let task = if self.defade.is_some() { Task::Defade } else { Task::Colorize };
        let device = backend::open_native(self.device)?;
        let generator = models::load(&self.model, &[task], &device)?;
        super::each_photo(&self.input, &self.output, |input, output| {
            self.one(input, output, &generator)
        })
    }

    fn one(&self, input: &Path, output: &Path, generator: &Generator) -> Result<()> {
        let began = Instant::now();
        let extension = output.extension().and_then(|name| name.to_str()).unwrap_or_default();
        let format = Format::from_name(&extension.to_ascii_lowercase(), QUALITY)?;
        let (photo, metadata) = decode_with_metadata(&read(input)?)?;
        let [w, h] = photo.size();
        let photo = match self.defade {
            Some(strength) => pollster::block_on(defade(photo, strength, generator))?,
            None => self.coloured(photo, generator)?,
        };
        let (task, model) = (generator.card.task.name(), &generator.card.name);
        let version = env!("CARGO_PKG_VERSION");
        let note = format!("naobu {version}, {task} by {model}: the colours are a guess");
        let extras = Extras {
            metadata: self.keep_metadata.then_some(&metadata),
            note: self.note.then_some(&note),
        };
        write(output, &encode_with(&photo, format, extras)?)?;
        let millis = began.elapsed().as_millis();
        if self.json {
            let line = serde_json::json!({
                "input": input, "output": output, "size": [w, h], "task": task,
                "millis": u64::try_from(millis).unwrap_or(u64::MAX),
                "model": model, "sha256": generator.sha256,
            });
            println!("{line}");
        } else {
            println!("{}: {w}×{h} in {millis} ms; the colours are a guess", output.display());
        }
        Ok(())
    }

    fn coloured(&self, photo: Photo, generator: &Generator) -> Result<Photo> {
        let verdict = colouring(photo.rgba(), photo.size().map(|side| side as usize));
        if verdict.colouring == Colouring::Coloured && !self.even_if_coloured {
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
        let size = photo.size();
        let hints: Vec<Hint> = self.hint.iter().map(|known| known.hint(size)).collect();
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
        let known = "120, 80,#2e8B57".parse::<Known>().unwrap();
        assert_eq!(known, Known { at: [120, 80], rgb: [0x2e, 0x8b, 0x57] });
        assert_eq!(known.hint([640, 200]).at, [120.5, 80.5]);
        for bad in ["", "1,2", "1,2,3", "1,2,#12345", "1,2,#+12345", "1,2,#1234567", "-1,2,#000000"]
        {
            let text = bad.parse::<Known>().unwrap_err().to_string();
            assert!(text.starts_with("hint must be a place and a colour"), "{bad:?}: {text}");
        }
    }
}
