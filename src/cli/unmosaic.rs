//! `naobu unmosaic`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use naobu::error::{Error, Result};
use naobu::photo::Photo;
use naobu::photo::decode::{decode, decode_with_metadata};
use naobu::photo::encode::{Extras, Format, encode_with};
use naobu::photo::hole::{Hole, Pen};
use naobu::photo::mosaic::{Grid, MIN_CELL_PX};
use naobu::unmosaic::Mosaic;

use super::fill::{Area, mask_for};
use super::{read, write};

/// JPEG quality of results; the page's default too.
const QUALITY: u8 = 92;

#[derive(clap::Args, Debug)]
pub(crate) struct Unmosaic {
    /// A photo, or a folder of photos.
    input: PathBuf,
    /// The result (.png, .jpg or .webp), or a folder for one PNG per photo.
    output: PathBuf,
    /// Where the mosaic lies, in pixels from the top left; found by itself where not given.
    #[arg(long, value_name = "X,Y,W,H", conflicts_with = "hole")]
    rect: Option<Area>,
    /// The same as a picture as large as the photo: white or opaque is the mosaic. Or a folder of
    /// them, named as the photos are.
    #[arg(long, value_name = "MASK")]
    hole: Option<PathBuf>,
    /// The side of a cell in pixels, counted from the region's corner; found by itself where not
    /// given.
    #[arg(long, value_name = "N")]
    cell: Option<f32>,
    /// Keep place, time and camera that the photo's file names; without, they are left out.
    #[arg(long)]
    keep_metadata: bool,
    /// Write into the file that this is a guess, and of which cells.
    #[arg(long)]
    note: bool,
    /// Print one line of JSON per photo.
    #[arg(long)]
    json: bool,
}

impl Unmosaic {
    pub(crate) fn run(self) -> Result<ExitCode> {
        if !self.input.is_dir() {
            self.one(&self.input, &self.output)?;
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
            if let Err(error) = self.one(&input, &output) {
                eprintln!("skipped: {error}: {}", input.display());
                failed = true;
            }
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn one(&self, input: &Path, output: &Path) -> Result<()> {
        let began = Instant::now();
        let extension = output.extension().and_then(|name| name.to_str()).unwrap_or_default();
        let format = Format::from_name(&extension.to_ascii_lowercase(), QUALITY)?;
        let (photo, metadata) = decode_with_metadata(&read(input)?)?;
        let (mosaic, confidence) = self.mosaic_of(input, &photo)?;
        let result = mosaic.smoothed(&photo)?;
        let Grid { cell, phase } = mosaic.grid();
        let painted = mosaic.hole().count();
        let note = format!(
            "naobu {}, a guess and no evidence: {painted} pixels under cells of {:.2}×{:.2} pixels",
            env!("CARGO_PKG_VERSION"),
            cell[0],
            cell[1],
        );
        let extras = Extras {
            metadata: self.keep_metadata.then_some(&metadata),
            note: self.note.then_some(&note),
        };
        write(output, &encode_with(&result, format, extras)?)?;
        let millis = began.elapsed().as_millis();
        if self.json {
            let line = serde_json::json!({
                "input": input, "output": output, "size": photo.size(), "painted": painted,
                "cell": cell, "phase": phase, "confidence": confidence,
                "millis": u64::try_from(millis).unwrap_or(u64::MAX),
            });
            println!("{line}");
        } else {
            println!(
                "{}: cells of {:.2}×{:.2} pixels in {millis} ms; a guess, no evidence",
                output.display(),
                cell[0],
                cell[1],
            );
        }
        Ok(())
    }

    /// The mosaic of a photo, and how sure it is; no chance where the cells were given.
    fn mosaic_of(&self, input: &Path, photo: &Photo) -> Result<(Mosaic, Option<f32>)> {
        let size = photo.size();
        let hole = match (&self.rect, &self.hole) {
            (Some(Area(rect)), _) => {
                let mut hole = Hole::empty(size)?;
                hole.rectangle(*rect, Pen::Add);
                Some(hole)
            }
            (None, Some(path)) => Some(Hole::from_photo(&decode(&read(&mask_for(input, path)?)?)?)),
            (None, None) => None,
        };
        let Some(hole) = hole else {
            let (found, confidence) = Mosaic::found(photo)?;
            let Some(cell) = self.cell else { return Ok((found, Some(confidence))) };
            return Ok((Mosaic::new(found.hole().clone(), grid_in(found.hole(), cell)?)?, None));
        };
        hole.check_fits(size)?;
        match self.cell {
            Some(cell) => {
                let grid = grid_in(&hole, cell)?;
                Ok((Mosaic::new(hole, grid)?, None))
            }
            None => Mosaic::found_within(photo, hole)
                .map(|(mosaic, confidence)| (mosaic, Some(confidence))),
        }
    }
}

/// Cells that begin at the corner of a region.
fn grid_in(hole: &Hole, cell: f32) -> Result<Grid> {
    let bounds = hole.bounds().ok_or(Error::HoleEmpty)?;
    if !(cell.is_finite() && cell >= MIN_CELL_PX) {
        return Err(Error::BadSetting {
            name: "cell",
            expected: format!("a side of at least {MIN_CELL_PX} pixels"),
            found: cell.to_string(),
        });
    }
    Ok(Grid::new([cell; 2], [bounds.left as f32, bounds.top as f32]))
}
