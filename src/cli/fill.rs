//! `naobu fill`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use naobu::backend::{self, Choice};
use naobu::error::{Error, Result};
use naobu::fill::{Filling, Options};
use naobu::photo::decode::{decode, decode_with_metadata};
use naobu::photo::encode::{Extras, Format, encode_with};
use naobu::photo::hole::{Hole, Pen, Rect};
use naobu::weights::Generator;

use super::{models, read, write};

/// JPEG quality of results; the page's default too.
const QUALITY: u8 = 92;

#[derive(clap::Args, Debug)]
pub(crate) struct Fill {
    /// A photo, or a folder of photos.
    input: PathBuf,
    /// The result (.png, .jpg or .webp), or a folder for one PNG per photo.
    output: PathBuf,
    /// A picture of the hole, as large as the photo: white or opaque is painted. Or a folder of
    /// them, named as the photos are.
    #[arg(long, value_name = "MASK", required_unless_present = "rect")]
    hole: Option<PathBuf>,
    /// A rectangle to paint, in pixels from the top left; may be given more than once.
    #[arg(long, value_name = "X,Y,W,H")]
    rect: Vec<Area>,
    /// Paint so many pixels more all around.
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    grow: f32,
    /// Let the painting fade in over so many pixels inside the rim; what was there shines through.
    #[arg(long, value_name = "N", default_value_t = Options::default().feather_px)]
    feather: f32,
    /// A shipped pack by name, or a weight file; without, the photo fills its own holes.
    #[arg(long)]
    model: Option<String>,
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

/// A rectangle such as 40,30,200,100: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area(pub(super) Rect);

impl std::str::FromStr for Area {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers: Option<Vec<u32>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
        let area = match numbers.as_deref() {
            Some(&[x, y, width, height]) if width > 0 && height > 0 => {
                let [left, top, across, down] = [x, y, width, height].map(|n| n as usize);
                Some(Self(Rect { left, top, right: left + across, bottom: top + down }))
            }
            _ => None,
        };
        area.ok_or_else(|| Error::BadSetting {
            name: "rect",
            expected: "left, top, width and height such as 40,30,200,100".into(),
            found: text.into(),
        })
    }
}

impl Fill {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let generator = match &self.model {
            Some(model) => Some(models::load(model, &backend::open_native(self.device)?)?),
            None => None,
        };
        if !self.input.is_dir() {
            self.one(&self.input, &self.output, generator.as_ref())?;
            return Ok(ExitCode::SUCCESS);
        }
        std::fs::create_dir_all(&self.output).map_err(|error| Error::File {
            doing: "making the folder",
            why: error.to_string(),
            path: self.output.display().to_string(),
        })?;
        let mut failed = false;
        for input in super::pictures_in(&self.input)? {
            let name = input.file_stem().unwrap_or_default();
            let output = self.output.join(name).with_extension("png");
            if let Err(error) = self.one(&input, &output, generator.as_ref()) {
                eprintln!("skipped: {error}: {}", input.display());
                failed = true;
            }
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn one(&self, input: &Path, output: &Path, generator: Option<&Generator>) -> Result<()> {
        let began = Instant::now();
        let extension = output.extension().and_then(|name| name.to_str()).unwrap_or_default();
        let format = Format::from_name(&extension.to_ascii_lowercase(), QUALITY)?;
        let (photo, metadata) = decode_with_metadata(&read(input)?)?;
        let [w, h] = photo.size();
        let hole = self.hole_of(input, [w, h])?;
        let painted = hole.count();
        let options = Options { feather_px: self.feather, detail: self.detail, seed: self.seed };
        let mut filling = Filling::new(photo, hole, options, generator)?;
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

    /// The hole for a photo: the picture of it, the rectangles, and what they grow by.
    fn hole_of(&self, photo: &Path, size: [u32; 2]) -> Result<Hole> {
        let mut hole = match &self.hole {
            Some(path) => Hole::from_photo(&decode(&read(&mask_for(photo, path)?)?)?),
            None => Hole::empty(size)?,
        };
        hole.check_fits(size)?;
        for Area(rect) in &self.rect {
            hole.rectangle(*rect, Pen::Add);
        }
        hole.grow(self.grow)?;
        Ok(hole)
    }
}

/// The picture of a photo's hole: `path` itself, or the picture in that folder with the photo's
/// base name.
pub(super) fn mask_for(photo: &Path, path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let mut masks = super::pictures_in(path)?.into_iter();
    masks.find(|mask| mask.file_stem() == photo.file_stem()).ok_or_else(|| Error::File {
        doing: "finding the hole",
        why: "no picture has the photo's name".into(),
        path: path.display().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_left_top_width_height() {
        let rect = Rect { left: 40, top: 30, right: 240, bottom: 130 };
        assert_eq!("40, 30,200,100".parse::<Area>().unwrap(), Area(rect));
        for bad in ["", "1,2,3", "1,2,3,4,5", "1,2,0,4", "-1,2,3,4", "a,2,3,4", "1.5,2,3,4"] {
            assert!(bad.parse::<Area>().is_err(), "{bad:?}");
        }
    }
}
