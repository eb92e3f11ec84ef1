//! `naobu enlarge`: one photo or a folder of them.

use std::process::ExitCode;

use indicatif::ProgressBar;
use serde_json::json;

use naobu::enlarge::Enlarging;
use naobu::error::Result;
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::task::Task;

use super::models::ModelArgs;
use super::photos::{Done, Photos, Work};

#[derive(clap::Args, Debug)]
pub(crate) struct Enlarge {
    #[command(flatten)]
    photos: Photos,
    #[command(flatten)]
    settings: Settings,
}

/// How to double the sides.
#[derive(clap::Args, Debug)]
pub(crate) struct Settings {
    #[command(flatten)]
    model: ModelArgs,
}

impl Enlarge {
    pub(crate) fn run(self) -> Result<ExitCode> {
        self.photos.each(&[], self.settings.ready()?)
    }
}

impl Settings {
    /// Loads what it takes.
    pub(crate) fn ready(self) -> Result<Work> {
        let generator = self.model.load_if_any(Task::Enlarge)?;
        Ok(Box::new(move |_, photo, bar| one(photo, bar, generator.as_ref())))
    }
}

fn one(photo: Photo, bar: &ProgressBar, generator: Option<&Generator>) -> Result<Done> {
    let [w, h] = photo.size();
    let mut enlarging = Enlarging::new(photo)?;
    bar.set_length(enlarging.steps() as u64);
    for _ in 0..enlarging.steps() {
        pollster::block_on(enlarging.step(generator))?;
        bar.inc(1);
    }
    let photo = enlarging.finish();
    let [to_w, to_h] = photo.size();
    let model = generator.map(|generator| &generator.card.name);
    let by = model.map_or("plain resampling", |name| name);
    Ok(Done {
        photo,
        note: format!("enlarged by {by}: {w}×{h} to {to_w}×{to_h} pixels"),
        summary: format!("{w}×{h} to {to_w}×{to_h} pixels"),
        facts: json!({
            "size": [w, h], "enlarged": [to_w, to_h], "model": model,
            "sha256": generator.map(|generator| &generator.sha256),
        }),
    })
}
