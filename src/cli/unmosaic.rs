//! `naobu unmosaic`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use naobu::backend::{self, Choice};
use naobu::error::{Error, Result};
use naobu::photo::Photo;
use naobu::photo::decode::decode_with_metadata;
use naobu::photo::encode::{Extras, Format, encode_with};
use naobu::photo::hole::Hole;
use naobu::photo::mosaic::Grid;
use naobu::photo::mosaic::detect::{find, find_within};
use naobu::unmosaic::{Options, unmosaic};
use naobu::weights::Generator;

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
    /// A shipped pack by name, or a weight file; without, the smoothest picture with these cells.
    #[arg(long)]
    model: Option<String>,
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
        let generator = match &self.model {
            Some(model) => {
                let device = backend::open_native(self.device)?;
                Some(models::load(model, &models::HOLES, &device)?)
            }
            None => None,
        };
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
        let regions = self.regions(input, &photo)?;
        let painted: usize = regions.iter().map(|(region, _)| region.count()).sum();
        let options = Options { detail: self.detail, seed: self.seed };
        for (region, grid) in &regions {
            photo = pollster::block_on(unmosaic(photo, region, grid, options, generator))?;
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
        let cells: Vec<_> = regions.iter().map(|(_, grid)| grid.cell).collect();
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

    /// The regions and their grids: as told, and found where nothing is told.
    fn regions(&self, input: &Path, photo: &Photo) -> Result<Vec<(Hole, Grid)>> {
        let none = |expected: &str| Error::BadSetting {
            name: "mosaic",
            expected: expected.into(),
            found: "none".into(),
        };
        if !self.region.is_given() {
            let width = photo.size()[0] as usize;
            let all = find(photo).into_iter().map(|found| {
                let mut hole = vec![0; photo.rgba().len() / 4];
                found.paint(&mut hole, width);
                Ok((Hole::from_bytes(photo.size(), hole)?, found.grid))
            });
            let all = all.collect::<Result<Vec<_>>>()?;
            let tell = "one that can be found; name its place with --rect or --hole";
            return if all.is_empty() { Err(none(tell)) } else { Ok(all) };
        }
        let region = self.region.of_photo(input, photo.size())?;
        let bounds = region.bounds().ok_or(Error::HoleEmpty)?;
        let grid = match self.cell {
            Some(cell) if cell.is_finite() && cell >= naobu::photo::mosaic::MIN_CELL_PX => {
                Grid::new([cell; 2], [bounds.left as f32, bounds.top as f32])
            }
            Some(cell) => {
                return Err(Error::BadSetting {
                    name: "cell",
                    expected: "at least 2 pixels".into(),
                    found: cell.to_string(),
                });
            }
            None => {
                let found = find_within(photo, region.pixels());
                found.ok_or_else(|| none("cells that can be found; give their side with --cell"))?.0
            }
        };
        Ok(vec![(region, grid)])
    }
}
