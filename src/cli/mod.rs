//! The commands, one per file, and how they read and write files. Those that work on photos share
//! `photos`.

mod colorize;
mod cutout;
mod enlarge;
mod extend;
mod fill;
mod hole;
mod models;
mod number;
mod photos;
mod recipe;
#[cfg(feature = "train")]
mod train;
mod unmosaic;

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use naobu::error::{Error, Result};

/// Finishes photographs: extends them beyond their frame, fills holes in them, finds their colours,
/// cuts things out, enlarges them.
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
    /// Cut a thing out of a photo, or of each photo of a folder.
    Cutout(cutout::Cutout),
    /// Double the sides of a photo, or of each photo of a folder.
    Enlarge(enlarge::Enlarge),
    /// Do several of these to a photo, or to a folder of photos, as a file says.
    Run(recipe::Run),
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
    /// Runs the command.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.task {
            Task::Extend(extend) => extend.run(),
            Task::Fill(fill) => fill.run(),
            Task::Unmosaic(unmosaic) => unmosaic.run(),
            Task::Colorize(colorize) => colorize.run(),
            Task::Cutout(cutout) => cutout.run(),
            Task::Enlarge(enlarge) => enlarge.run(),
            Task::Run(run) => run.run(),
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

fn file_error(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.display().to_string();
    move |error| Error::File { doing, why: error.to_string(), path }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(file_error("cannot read the file", path))
}

/// Writes a file whole or not at all: under another name beside its place, then into it.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    // Not a link, but what it points to.
    let path = resolved(path);
    let written = if path.exists() && !path.is_file() {
        // A device or a pipe has a place that must not be taken.
        std::fs::write(&path, bytes)
    } else {
        write_beside(&path, bytes)
    };
    written.map_err(file_error("cannot write the file", &path))
}

fn write_beside(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let (part, mut file) = part_beside(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        // That it could not be written is told; that it could not be cleared away would hide it.
        let _ = std::fs::remove_file(&part);
    })
}

/// A new hidden file in the same folder.
fn part_beside(path: &Path) -> std::io::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    loop {
        let part = path.with_file_name(format!(".naobu-{}-{number}.part", std::process::id()));
        match File::create_new(&part) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|file| (part, file)),
        }
    }
}

/// Where a path leads, links followed; the path itself where nothing is there.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The files of a folder whose names end like a picture's, sorted; hidden ones and folders inside
/// are left alone.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || file_error("cannot read the folder", folder);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable())? {
        let entry = entry.map_err(unreadable())?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let path = entry.path();
        if !is_hidden && naobu::photo::decode::is_picture_name(&path) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
