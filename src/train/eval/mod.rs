//! Measures generators on photos they never saw, beside the plain baselines.
//!
//! Every task has its set-ups, each a table: what became of each photo, and who brought it back how
//! well. `holes` is for what paints a part, `colours` for what changes all of a photo, `enlarging` for
//! what makes it larger, `things` for what is cut out of one, `scratches` for what is found on one.
//! Start reading at [`measure`].

pub mod borders;
mod colours;
mod enlarging;
mod holes;
mod scratches;
mod things;

use std::path::Path;

use serde::{Serialize, Serializer};

use crate::error::Result;
use crate::generator::Generator;
use crate::task::Task;

use super::data::{Shot, Shots};
use super::features::Features;
use super::sheet;

/// What to measure, and on what.
#[derive(Debug)]
pub struct Exam<'a> {
    /// Which task.
    pub task: Task,
    /// Photos that the generators never saw.
    pub photos: &'a Path,
    /// How many of them at most, spread over all; `None` for all.
    pub limit: Option<usize>,
    /// A feature network, for the distance.
    pub features: Option<&'a Features>,
}

/// One number of a row: a mean over the photos where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// As tables have it, in words joined by `_`.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// Digits behind the point that mean something.
    pub decimals: usize,
}

/// One line of a table.
#[derive(Clone, Debug)]
pub struct Row {
    /// A pack's name or a baseline's.
    pub method: String,
    /// The same ones in every row of a table.
    pub measures: Vec<Measure>,
}

impl Row {
    /// What a measure of that name says.
    #[cfg(test)]
    fn value(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|measure| measure.name == name).map(|measure| measure.value)
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let method = std::iter::once(("method", serde_json::Value::from(self.method.as_str())));
        let numbers = self.measures.iter().map(|measure| (measure.name, measure.value.into()));
        serializer.collect_map(method.chain(numbers))
    }
}

/// What one set-up gave.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// How it was measured, in one sentence.
    pub set_up: String,
    /// Photos measured.
    pub photos: usize,
    /// Files skipped as damaged.
    pub skipped: Vec<String>,
    /// Ours first, then the baselines.
    pub rows: Vec<Row>,
}

/// Lets the generators do their task on each set-up's pictures and compares with the truth.
///
/// # Errors
/// As [`Shots::read`]; [`crate::error::Error::Device`]; whatever a task refuses.
pub fn measure(exam: &Exam, generators: &[Generator]) -> Result<Vec<Table>> {
    let shots = Shots::read(exam.photos, short_px(exam.task))?;
    let some = spread(&shots.shots, exam.limit);
    let mut tables = match exam.task {
        Task::Extend | Task::Fill | Task::Unmosaic => holes::tables(exam, &some, generators)?,
        Task::Colorize | Task::Defade => colours::tables(exam.task, &some, generators)?,
        Task::Cutout => things::tables(&some, generators)?,
        Task::Enlarge => enlarging::tables(&some, generators)?,
        Task::Scratches => scratches::tables(&some, generators)?,
    };
    for table in &mut tables {
        table.skipped.clone_from(&shots.skipped);
    }
    Ok(tables)
}

/// Draws what the first generator (or none, where the task needs none) makes of two dozen photos:
/// seen, result, true; the whole way, as the page and the command go it.
///
/// # Errors
/// As [`measure`], and [`crate::error::Error::File`] when the sheet cannot be written.
pub fn draw_sheet(exam: &Exam, generator: Option<&Generator>, path: &Path) -> Result<()> {
    let shots = Shots::read(exam.photos, short_px(exam.task))?;
    let some = spread(&shots.shots, Some(24));
    let (examples, painted) = match exam.task {
        Task::Extend | Task::Fill | Task::Unmosaic => holes::samples(exam.task, &some, generator)?,
        Task::Colorize | Task::Defade => colours::samples(exam.task, &some, generator)?,
        Task::Cutout => things::samples(&some, generator)?,
        Task::Enlarge => enlarging::samples(&some, generator)?,
        Task::Scratches => scratches::samples(&some, generator)?,
    };
    sheet::draw(&examples, &painted, path)
}

/// The short side that a task's photos are shrunk to, in pixels.
fn short_px(task: Task) -> usize {
    match task {
        Task::Extend | Task::Fill | Task::Unmosaic | Task::Enlarge => 256,
        Task::Colorize | Task::Defade => colours::SHORT_PX,
        Task::Cutout => things::SHORT_PX,
        Task::Scratches => scratches::SHORT_PX,
    }
}

/// Picks at most `limit` photos, spread over all.
fn spread(shots: &[Shot], limit: Option<usize>) -> Vec<&Shot> {
    let stride = limit.map_or(1, |most| shots.len().div_ceil(most.max(1)).max(1));
    shots.iter().step_by(stride).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_one_flat_object() {
        let measures = vec![
            Measure { name: "psnr", value: 21.5, decimals: 2 },
            Measure { name: "seam", value: f64::INFINITY, decimals: 2 },
        ];
        let row = Row { method: "grey".into(), measures };
        let json = serde_json::to_string(&row).unwrap();
        assert_eq!(json, r#"{"method":"grey","psnr":21.5,"seam":null}"#);
        assert_eq!([row.value("psnr"), row.value("ssim")], [Some(21.5), None]);
    }
}
