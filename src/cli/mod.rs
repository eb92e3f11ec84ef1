//! The commands, one a file, and how they read and write files.

mod colorize;
mod extend;
mod fill;
mod hole;
mod models;
#[cfg(feature = "train")]
mod train;
mod unmosaic;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use naobu::error::{Error, Result};

/// Finishes photographs: extends them beyond their frame, fills holes in them, finds their colours.
#[derive(clap::Parser, Debug)]
#[command(name = "naobu", version)]
pub(crate) struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand, Debug)]
enum Task {
    /// Extend a photo, or a folder of photos, beyond its frame.
    Extend(extend::Extend),
    /// Fill holes in a photo, or in a folder of photos.
    Fill(fill::Fill),
    /// Guess what a mosaic hid, in a photo or in a folder of photos.
    Unmosaic(unmosaic::Unmosaic),
    /// Find colours for a black-and-white photo or a folder of them, or undo fading.
    Colorize(colorize::Colorize),
    /// List the weights that `--model` knows by name.
    Models(models::Models),
    /// Train a generator on a folder of photos.
    #[cfg(feature = "train")]
    Train(train::Train),
    /// Lend this machine's device to one that trains.
    #[cfg(feature = "remote")]
    Worker(train::Worker),
    /// Measure generators on photos they never saw, beside plain baselines.
    #[cfg(feature = "train")]
    Eval(train::Eval),
    /// Make a weight file from a run.
    #[cfg(feature = "train")]
    Pack(train::Pack),
}

impl Command {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.task {
            Task::Extend(extend) => extend.run(),
            Task::Fill(fill) => fill.run(),
            Task::Unmosaic(unmosaic) => unmosaic.run(),
            Task::Colorize(colorize) => colorize.run(),
            Task::Models(models) => models.run(),
            #[cfg(feature = "train")]
            Task::Train(train) => train.run(),
            #[cfg(feature = "remote")]
            Task::Worker(worker) => worker.run(),
            #[cfg(feature = "train")]
            Task::Eval(eval) => eval.run(),
            #[cfg(feature = "train")]
            Task::Pack(pack) => pack.run(),
        }
    }
}

/// Runs `one` on a photo, or on every photo of a folder into another folder, as PNG; a photo that
/// fails is named and skipped, and the exit code says that some did.
fn each_photo(
    input: &Path,
    output: &Path,
    one: impl Fn(&Path, &Path) -> Result<()>,
) -> Result<ExitCode> {
    if !input.is_dir() {
        return one(input, output).map(|()| ExitCode::SUCCESS);
    }
    std::fs::create_dir_all(output).map_err(file_error("making the folder", output))?;
    let mut failed = false;
    for photo in pictures_in(input)? {
        let result = output.join(photo.file_stem().unwrap_or_default()).with_extension("png");
        if let Err(error) = one(&photo, &result) {
            eprintln!("skipped: {error}: {}", photo.display());
            failed = true;
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn file_error(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.display().to_string();
    move |error| Error::File { doing, why: error.to_string(), path }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(file_error("cannot read the file", path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(file_error("cannot write the file", path))
}

/// The files of a folder whose names end like a picture's, sorted; folders inside are left alone.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).map_err(file_error("cannot read the folder", folder))?;
    let mut paths: Vec<PathBuf> =
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.is_file() && naobu::photo::decode::is_picture_name(path));
    paths.sort();
    Ok(paths)
}
