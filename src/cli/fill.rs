//! `naobu fill`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use naobu::backend::Choice;
use naobu::error::Result;
use naobu::fill::{Filling, Options};
use naobu::photo::decode::decode_with_metadata;
use naobu::photo::encode::{Extras, Format, encode_with};
use naobu::weights::{Generator, Task};

use super::hole::HoleArgs;
use super::{models, read, write};

/// JPEG quality of results; the page's default too.
const QUALITY: u8 = 92;

#[derive(clap::Args, Debug)]
pub(crate) struct Fill {
    /// A photo, or a folder of photos.
    input: PathBuf,
    /// The result (.png, .jpg or .webp), or a folder for one PNG per photo.
    output: PathBuf,
    #[command(flatten)]
    hole: HoleArgs,
    /// Paint so many pixels more all around.
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    grow: f32,
    /// Let the painting fade in over so many pixels inside the rim; what was there shines through.
    #[arg(long, value_name = "N", default_value_t = Options::default().feather_px)]
    feather: f32,
    /// A shipped pack by name, or a weight file; by default the one for this, where one ships.
    /// With `none`, the photo fills its own holes.
    #[arg(long, default_value = "")]
    model: String,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Another number, another guess.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// How much of the photo's own detail the hole gets, from 0 to 1.
    #[arg(long, default_value_t = Options::default().detail)]
    detail: f32,
    /// Keep place, time and camera that the photo's file names; without, they are left out.
    #[arg(long)]
    keep_metadata: bool,
    /// Write into the file which program painted how much.
    #[arg(long)]
    note: bool,
    /// Print one line of JSON per photo.
    #[arg(long)]
    json: bool,
}

impl Fill {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let generator = models::load_if_any(&self.model, Task::Fill, self.device)?;
        super::each_photo(&self.input, &self.output, |input, output| {
            self.one(input, output, generator.as_ref())
        })
    }

    fn one(&self, input: &Path, output: &Path, generator: Option<&Generator>) -> Result<()> {
        let began = Instant::now();
        let extension = output.extension().and_then(|name| name.to_str()).unwrap_or_default();
        let format = Format::from_name(&extension.to_ascii_lowercase(), QUALITY)?;
        let (photo, metadata) = decode_with_metadata(&read(input)?)?;
        let [w, h] = photo.size();
        let mut hole = self.hole.of_photo(input, [w, h])?;
        hole.grow(self.grow)?;
        let painted = hole.count();
        let options = Options {
            feather_px: self.feather,
            detail: self.detail,
            seed: self.seed,
            ..Options::default()
        };
        let mut filling = Filling::new(photo, hole, options)?;
        let steps = filling.steps();
        let bar = ProgressBar::new(steps as u64)
            .with_style(ProgressStyle::with_template("{msg} {bar} {pos}/{len}").expect("fixed"))
            .with_message(input.display().to_string());
        for _ in 0..steps {
            pollster::block_on(filling.step(generator))?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        let result = filling.finish();
        let model = generator.map_or("the photo itself", |generator| &generator.card.name);
        let note = format!(
            "naobu {}, filled from {model}: {painted} of {w}×{h} pixels are painted",
            env!("CARGO_PKG_VERSION"),
        );
        let extras = Extras {
            metadata: self.keep_metadata.then_some(&metadata),
            note: self.note.then_some(&note),
        };
        write(output, &encode_with(&result, format, extras)?)?;
        let millis = began.elapsed().as_millis();
        if self.json {
            let line = serde_json::json!({
                "input": input, "output": output, "size": [w, h], "painted": painted,
                "steps": steps, "millis": u64::try_from(millis).unwrap_or(u64::MAX),
                "model": generator.map(|generator| &generator.card.name),
                "sha256": generator.map(|generator| &generator.sha256),
            });
            println!("{line}");
        } else {
            println!("{}: {painted} of {w}×{h} pixels in {millis} ms", output.display());
        }
        Ok(())
    }
}
