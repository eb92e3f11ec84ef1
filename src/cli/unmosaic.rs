//! `naobu unmosaic`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::ProgressBar;
use serde_json::json;

use naobu::error::{Error, Result};
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::photo::mosaic::light::Averaged;
use naobu::photo::mosaic::{Grid, MIN_CELL_PX};
use naobu::task::Task;
use naobu::unmosaic::{Mosaic, Options};

use super::hole::HoleArgs;
use super::models::ModelArgs;
use super::number::within;
use super::photos::{Done, PaintArgs, Photos, Work};

/// The widest cell that can be asked for; no photo is much wider.
const MAX_CELL_PX: f32 = 16_384.0;

#[derive(clap::Args, Debug)]
pub(crate) struct Unmosaic {
    #[command(flatten)]
    photos: Photos,
    #[command(flatten)]
    settings: Settings,
}

/// Which mosaic, and how.
#[derive(clap::Args, Debug)]
pub(crate) struct Settings {
    #[command(flatten)]
    region: HoleArgs,
    /// Side of a cell in pixels, from 2; without, it is found. Cells then begin at the region's top
    /// left.
    #[arg(
        long,
        value_name = "N",
        requires = "region",
        value_parser = within(MIN_CELL_PX..=MAX_CELL_PX)
    )]
    cell: Option<f32>,
    /// The cells are means of light, as GIMP makes them; most programs average the stored numbers.
    /// Nothing in a file tells
    #[arg(long)]
    linear_light: bool,
    #[command(flatten)]
    paint: PaintArgs,
    #[command(flatten)]
    model: ModelArgs,
}

impl Unmosaic {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let besides = self.settings.files()?;
        self.photos.each(&besides, self.settings.ready()?)
    }
}

impl Settings {
    /// Lists the pictures of holes that may be read.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        self.region.files()
    }

    /// Loads what it takes.
    pub(crate) fn ready(self) -> Result<Work> {
        let generator = self.model.load_if_any(Task::Unmosaic)?;
        Ok(Box::new(move |name, photo, bar| self.one(name, photo, bar, generator.as_ref())))
    }

    fn one(
        &self,
        name: &Path,
        mut photo: Photo,
        bar: &ProgressBar,
        generator: Option<&Generator>,
    ) -> Result<Done> {
        let [w, h] = photo.size();
        let mosaics = self.mosaics(name, &photo)?;
        let painted: usize = mosaics.iter().map(|mosaic| mosaic.hole().count()).sum();
        let Options { detail, .. } = Options::default();
        let options = Options {
            finish: self.model.finish(generator),
            detail: self.paint.detail.unwrap_or(detail),
            seed: self.paint.seed,
            averaged: if self.linear_light { Averaged::Light } else { Averaged::Stored },
        };
        bar.set_length(mosaics.len() as u64);
        for mosaic in &mosaics {
            photo = pollster::block_on(mosaic.painted(&photo, options, generator))?.photo;
            bar.inc(1);
        }
        let cells: Vec<_> = mosaics.iter().map(|mosaic| mosaic.grid().cell).collect();
        let told: Vec<_> = cells.iter().map(|[x, y]| format!("{x:.1}×{y:.1}")).collect();
        let told = told.join(", ");
        let model = generator.map(|generator| &generator.card.name);
        let by = model.map_or("its cells alone", |name| name);
        Ok(Done {
            photo,
            note: format!("a mosaic guessed by {by}: {painted} of {w}×{h} pixels are painted"),
            summary: format!(
                "{painted} of {w}×{h} pixels, cells of {told} px, a guess, not evidence"
            ),
            facts: json!({
                "size": [w, h], "painted": painted, "cells": cells, "model": model,
                "sha256": generator.map(|generator| &generator.sha256),
            }),
        })
    }

    /// The mosaics: as told, and found where nothing is told.
    fn mosaics(&self, name: &Path, photo: &Photo) -> Result<Vec<Mosaic>> {
        if !self.region.is_given() {
            return Mosaic::all_found(photo);
        }
        let region = self.region.of_photo(name, photo.size())?;
        let bounds = region.bounds().ok_or(Error::HoleEmpty)?;
        let mosaic = match self.cell {
            None => Mosaic::found_within(photo, region)?,
            Some(cell) => {
                let corner = [bounds.left as f32, bounds.top as f32];
                Mosaic::new(region, Grid::new([cell; 2], corner))?
            }
        };
        Ok(vec![mosaic])
    }
}
