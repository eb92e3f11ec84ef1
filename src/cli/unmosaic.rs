//! `naobu unmosaic`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use naobu::backend::Choice;
use naobu::error::{Error, Result};
use naobu::photo::Photo;
use naobu::photo::decode::decode_with_metadata;
use naobu::photo::encode::{Extras, Format, encode_with};
use naobu::photo::mosaic::{Grid, MIN_CELL_PX};
use naobu::unmosaic::{Mosaic, Options};
use naobu::weights::{Generator, Task};

use super::hole::HoleArgs;
use super::{models, read, write};

/// JPEG quality of results; the page's default too.
const QUALITY: u8 = 92;

#[derive(clap::Args, Debug)]
pub(crate) struct Unmosaic {
    /// A photo, or a folder of photos.
    input: PathBuf,
    /// The result (.png, .jpg or .webp), or a folder for one PNG per photo.
    output: PathBuf,
    #[command(flatten)]
    region: HoleArgs,
    /// Side of a cell in pixels; without, it is found. Cells then begin at the region's top left.
    #[arg(long, value_name = "N")]
    cell: Option<f32>,
    /// How much of the photo's own detail the region gets, from 0 to 1.
    #[arg(long, default_value_t = Options::default().detail)]
    detail: f32,
    /// A shipped pack by name, or a weight file; by default the one for this, where one ships.
    /// With `none`, the smoothest picture with these cells.
    #[arg(long, default_value = "")]
    model: String,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Another number, another guess.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
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

impl Unmosaic {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let generator = models::load_if_any(&self.model, Task::Unmosaic, self.device)?;
        super::each_photo(&self.input, &self.output, |input, output| {
            self.one(input, output, generator.as_ref())
        })
    }

    fn one(&self, input: &Path, output: &Path, generator: Option<&Generator>) -> Result<()> {
        let began = Instant::now();
        let extension = output.extension().and_then(|name| name.to_str()).unwrap_or_default();
        let format = Format::from_name(&extension.to_ascii_lowercase(), QUALITY)?;
        let (mut photo, metadata) = decode_with_metadata(&read(input)?)?;
        let [w, h] = photo.size();
        let mosaics = self.mosaics(input, &photo)?;
        let painted: usize = mosaics.iter().map(|mosaic| mosaic.hole().count()).sum();
        let options =
            Options { detail: self.detail, seed: self.seed, ..Options::default() };
        for mosaic in &mosaics {
            photo = pollster::block_on(mosaic.painted(&photo, options, generator))?;
        }
        let model = generator.map_or("its cells alone", |generator| &generator.card.name);
        let note = format!(
            "naobu {}, a mosaic guessed by {model}: {painted} of {w}×{h} pixels are painted",
            env!("CARGO_PKG_VERSION"),
        );
        let extras = Extras {
            metadata: self.keep_metadata.then_some(&metadata),
            note: self.note.then_some(&note),
        };
        write(output, &encode_with(&photo, format, extras)?)?;
        let millis = began.elapsed().as_millis();
        let cells: Vec<_> = mosaics.iter().map(|mosaic| mosaic.grid().cell).collect();
        if self.json {
            let line = serde_json::json!({
                "input": input, "output": output, "size": [w, h], "painted": painted,
                "cells": cells, "millis": u64::try_from(millis).unwrap_or(u64::MAX),
                "model": generator.map(|generator| &generator.card.name),
                "sha256": generator.map(|generator| &generator.sha256),
            });
            println!("{line}");
        } else {
            let cells: Vec<_> = cells.iter().map(|[x, y]| format!("{x:.1}×{y:.1}")).collect();
            let cells = cells.join(", ");
            println!(
                "{}: {painted} of {w}×{h} pixels in {millis} ms, cells of {cells} px; a guess, not evidence",
                output.display()
            );
        }
        Ok(())
    }

    /// The mosaics: as told, and found where nothing is told.
    fn mosaics(&self, input: &Path, photo: &Photo) -> Result<Vec<Mosaic>> {
        if !self.region.is_given() {
            return Mosaic::all_found(photo);
        }
        let region = self.region.of_photo(input, photo.size())?;
        let bounds = region.bounds().ok_or(Error::HoleEmpty)?;
        let Some(cell) = self.cell else {
            return Ok(vec![Mosaic::found_within(photo, region)?.0]);
        };
        if !cell.is_finite() || cell < MIN_CELL_PX {
            return Err(Error::BadSetting {
                name: "cell",
                expected: format!("at least {MIN_CELL_PX} pixels"),
                found: cell.to_string(),
            });
        }
        let grid = Grid::new([cell; 2], [bounds.left as f32, bounds.top as f32]);
        Ok(vec![Mosaic::new(region, grid)?])
    }
}
