//! `naobu colorize`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use burn::tensor::Device;

use naobu::backend::{self, Choice};
use naobu::colorize::{self, Options, colorize};
use naobu::defade::defade;
use naobu::error::{Error, Result};
use naobu::model::{Network, NetworkConfig};
use naobu::photo::Photo;
use naobu::photo::chroma::{Adjustment, Colouring, colouring};
use naobu::photo::decode::decode_with_metadata;
use naobu::photo::encode::{Extras, Format, encode_with};
use naobu::weights::{Generator, Task};

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
    /// Colour a photo anew that has colours of its own.
    #[arg(long)]
    even_if_coloured: bool,
    /// Undo the fading of a colour photo instead of colouring it, so much from 0 to 1.
    #[arg(
        long,
        value_name = "STRENGTH",
        num_args = 0..=1,
        default_missing_value = "1",
        conflicts_with_all = ["saturation", "warmth", "even_if_coloured"]
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

impl Colorize {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let task = if self.defade.is_some() { Task::Defade } else { Task::Colorize };
        let device = backend::open_native(self.device)?;
        let generator = models::load(&self.model, &[task], &device)?;
        super::each_photo(&self.input, &self.output, |input, output| {
            self.one(input, output, &generator, &device)
        })
    }

    fn one(
        &self,
        input: &Path,
        output: &Path,
        generator: &Generator,
        device: &Device,
    ) -> Result<()> {
        let began = Instant::now();
        let extension = output.extension().and_then(|name| name.to_str()).unwrap_or_default();
        let format = Format::from_name(&extension.to_ascii_lowercase(), QUALITY)?;
        let (photo, metadata) = decode_with_metadata(&read(input)?)?;
        let [w, h] = photo.size();
        let photo = match self.defade {
            Some(strength) => defaded(photo, strength, generator, device)?,
            None => self.coloured(photo, generator, device)?,
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

    fn coloured(&self, photo: Photo, generator: &Generator, device: &Device) -> Result<Photo> {
        let verdict = colouring(photo.rgba(), photo.size().map(|side| side as usize));
        if verdict.colouring == Colouring::Coloured && !self.even_if_coloured {
            return Err(Error::BadSetting {
                name: "photo",
                expected: "black and white (--even-if-coloured colours it anew)".into(),
                found: "colours of its own".into(),
            });
        }
        let (Network::Colorize(net), NetworkConfig::Colorize(config)) =
            (&generator.net, &generator.card.config)
        else {
            return Err(misfit(generator));
        };
        let network = colorize::Network { side_px: generator.card.side_px, hints: config.hints };
        let options = Options {
            adjustment: Adjustment { saturation: self.saturation, warmth: self.warmth },
            ..Options::default()
        };
        pollster::block_on(colorize(photo, options, network, device, |seen| net.forward(seen)))
    }
}

fn defaded(photo: Photo, strength: f32, generator: &Generator, device: &Device) -> Result<Photo> {
    let Network::Defade(net) = &generator.net else { return Err(misfit(generator)) };
    pollster::block_on(defade(photo, strength, device, |seen| net.forward(seen)))
}

/// A card's network does its task, so this is for the compiler.
fn misfit(generator: &Generator) -> Error {
    let why = "another network than its task needs".into();
    Error::WeightsMisfit { name: generator.card.name.clone(), why }
}
