//! `naobu fill`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;
use serde_json::json;

use naobu::error::Result;
use naobu::fill::{Filling, Options};
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::photo::hole::MAX_RADIUS_PX;
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
        Ok(Box::new(move |name, photo, bar| self.one(name, photo, bar, generator.as_ref())))
    }

    fn one(
        &self,
        name: &Path,
        photo: Photo,
        bar: &ProgressBar,
        generator: Option<&Generator>,
    ) -> Result<Done> {
        let [w, h] = photo.size();
        let mut hole = self.hole.of_photo(name, [w, h])?;
        hole.grow(self.grow)?;
        let painted = hole.count();
        let Options { detail, .. } = Options::default();
        let options = Options {
            finish: self.model.finish(),
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
