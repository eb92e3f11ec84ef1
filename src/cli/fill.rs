//! `naobu fill`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;
use serde_json::json;

use naobu::error::Result;
use naobu::fill::{Filling, Options};
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::photo::hole::{Hole, MAX_RADIUS_PX};
use naobu::scratches;
use naobu::task::Task;

use super::hole::HoleArgs;
use super::models::ModelArgs;
use super::number::within;
use super::photos::{Done, PaintArgs, Photos, Work};

#[derive(clap::Args, Debug)]
pub(crate) struct Fill {
    #[command(flatten)]
    photos: Photos,
    #[command(flatten)]
    settings: Settings,
}

/// Where to paint, and how.
#[derive(clap::Args, Debug)]
pub(crate) struct Settings {
    #[command(flatten)]
    hole: HoleArgs,
    /// Find scratches, dust and cracks, and fill those, with what else is named.
    #[arg(long)]
    scratches: bool,
    /// Grow the hole by this many pixels all around, up to 2048.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0.0,
        value_parser = within(0.0..=MAX_RADIUS_PX)
    )]
    grow: f32,
    /// Fade the painting in over this many pixels inside the rim, up to 2048; what was there shines
    /// through.
    #[arg(
        long,
        value_name = "N",
        default_value_t = Options::default().feather_px,
        value_parser = within(0.0..=MAX_RADIUS_PX)
    )]
    feather: f32,
    #[command(flatten)]
    paint: PaintArgs,
    #[command(flatten)]
    model: ModelArgs,
}

impl Fill {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let besides = self.settings.files()?;
        self.photos.each(&besides, self.settings.ready()?)
    }
}

impl Settings {
    /// Lists the pictures of holes that may be read.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        self.hole.files()
    }

    /// Loads what it takes.
    pub(crate) fn ready(self) -> Result<Work> {
        let generator = self.model.load_if_any(Task::Fill)?;
        let finder =
            if self.scratches { Some(self.model.load_shipped(Task::Scratches)?) } else { None };
        Ok(Box::new(move |name, photo, bar| {
            let hole = self.hole(name, &photo, finder.as_ref())?;
            self.one(photo, hole, bar, generator.as_ref())
        }))
    }

    /// What is named, and what is found where a `finder` looks.
    fn hole(&self, name: &Path, photo: &Photo, finder: Option<&Generator>) -> Result<Hole> {
        let mut hole = self.hole.of_photo(name, photo.size())?;
        hole.grow(self.grow)?;
        if let Some(finder) = finder
            && let Some(found) = pollster::block_on(scratches::find(photo, finder))?
        {
            hole.add(&found);
        }
        Ok(hole)
    }

    fn one(
        &self,
        photo: Photo,
        hole: Hole,
        bar: &ProgressBar,
        generator: Option<&Generator>,
    ) -> Result<Done> {
        let [w, h] = photo.size();
        if self.scratches && hole.is_empty() {
            return Ok(Done {
                photo,
                note: "nothing was found to fill".into(),
                summary: "no scratches were found".into(),
                facts: json!({
                    "size": [w, h], "painted": 0, "steps": 0, "model": null, "sha256": null,
                }),
            });
        }
        let painted = hole.count();
        let Options { detail, .. } = Options::default();
        let options = Options {
            finish: self.model.finish(generator),
            feather_px: self.feather,
            detail: self.paint.detail.unwrap_or(detail),
            seed: self.paint.seed,
        };
        let mut filling = Filling::new(photo, hole, options)?;
        let steps = filling.steps();
        bar.set_length(steps as u64);
        for _ in 0..steps {
            pollster::block_on(filling.step(generator))?;
            bar.inc(1);
        }
        let model = generator.map(|generator| &generator.card.name);
        let by = model.map_or("the photo itself", |name| name);
        Ok(Done {
            photo: filling.finish().photo,
            note: format!("filled from {by}: {painted} of {w}×{h} pixels are painted"),
            summary: format!("{painted} of {w}×{h} pixels"),
            facts: json!({
                "size": [w, h], "painted": painted, "steps": steps, "model": model,
                "sha256": generator.map(|generator| &generator.sha256),
            }),
        })
    }
}
