//! What all commands on photos share: which photos, where their results go, how they are reported.
//!
//! What always holds: a result is written completely or not at all, and never replaces a file that
//! is read; only with `--overwrite` may it replace its own photo. A result's name depends on the
//! names of the photos alone, so a second run finds what the first one made. Start at
//! [`Photos::each`].

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use naobu::error::{Error, Result};
use naobu::extend::Options;
use naobu::photo::Photo;
use naobu::photo::decode::{PICTURE_ENDINGS, decode_shrunk, decode_with_metadata};
use naobu::photo::encode::{Extras, Format, encode_with};

use super::number::{whole, within};
use super::{file_error, pictures_in, read, resolved, write};

/// Standard input or standard output, in place of a file.
const STREAM: &str = "-";
/// What `--format` takes.
const FORMATS: [&str; 3] = ["png", "jpg", "webp"];

#[derive(clap::Args, Debug)]
pub(crate) struct Photos {
    /// A photo, a folder of photos, or - for standard input.
    input: PathBuf,
    /// The result (.png, .jpg or .webp), a folder for one result per photo, or - for standard
    /// output.
    output: PathBuf,
    /// The format of results; by default as OUTPUT ends, or else png.
    #[arg(long, value_parser = FORMATS)]
    format: Option<String>,
    /// The quality of JPEG results, from 1 to 100.
    #[arg(long, value_name = "N", default_value_t = 92, value_parser = whole::<u8>(1..=100))]
    quality: u8,
    /// Let a result replace its own photo.
    #[arg(long)]
    overwrite: bool,
    /// Skip photos that have a result no older than they are, however it was made.
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,
    /// How many photos of a folder are worked on at a time; each needs memory of its own.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<u16>(1..=256))]
    jobs: u16,
    /// Open a JPEG of more than 26 megapixels at a half, a quarter or an eighth of its sides; else it is
    /// refused.
    #[arg(long)]
    shrink: bool,
    /// Keep the place, time and camera that the photo's file records; they are left out otherwise.
    #[arg(long)]
    keep_metadata: bool,
    /// Write into the file which program and weights made which part of the picture.
    #[arg(long)]
    note: bool,
    /// Print one line of JSON per photo.
    #[arg(long)]
    json: bool,
}

/// The arguments that say how the painted part of a photo is put together.
#[derive(clap::Args, Debug)]
pub(crate) struct PaintArgs {
    /// How much of the photo's own detail the painted part gets, from 0 to 1; by default all, and
    /// none for a mosaic.
    #[arg(
        long,
        value_name = "SHARE",
        value_parser = within(0.0..=1.0),
        conflicts_with = "network_only"
    )]
    pub(crate) detail: Option<f32>,
    /// The seed of all random choices; another number gives another guess.
    #[arg(
        long,
        value_name = "N",
        default_value_t = Options::default().seed,
        value_parser = whole::<u64>(0..=u64::MAX)
    )]
    pub(crate) seed: u64,
}

/// What became of a photo.
pub(crate) struct Done {
    pub(crate) photo: Photo,
    /// What was done, for the note in the file.
    pub(crate) note: String,
    /// What was done, for the line on the terminal.
    pub(crate) summary: String,
    /// What was done, for the line of JSON: an object.
    pub(crate) facts: Value,
}

/// What a command does to one photo, whose path and bar it is given.
pub(crate) type Work = Box<dyn Fn(&Path, Photo, &ProgressBar) -> Result<Done> + Sync>;

/// A photo, and where and how its result is saved.
struct Planned {
    input: PathBuf,
    output: PathBuf,
    format: Format,
}

impl Photos {
    /// Makes a result of every photo and saves it. `besides` are files that `make` reads, too; it is
    /// given the photo's path, the photo, and a bar to show its progress on.
    ///
    /// In a folder, a photo that fails is named and the others are still done; the exit code says
    /// that some failed.
    pub(crate) fn each(
        &self,
        besides: &[PathBuf],
        make: impl Fn(&Path, Photo, &ProgressBar) -> Result<Done> + Sync,
    ) -> Result<ExitCode> {
        let jobs = self.planned(besides)?;
        let bars = MultiProgress::new();
        let one = |planned: &Planned| {
            self.one(planned, &bars, |photo, bar| make(&planned.input, photo, bar))
        };
        if !self.input.is_dir() {
            return jobs.iter().try_for_each(one).map(|()| ExitCode::SUCCESS);
        }
        let [next, failed] = [0, 0].map(AtomicUsize::new);
        let work = || {
            while let Some(planned) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = one(planned) {
                    let name = planned.input.display();
                    bars.suspend(|| eprintln!("skipped: {error}: {name}"));
                    failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.jobs {
                scope.spawn(work);
            }
            work();
        });
        match failed.into_inner() {
            0 => Ok(ExitCode::SUCCESS),
            failed => {
                eprintln!("naobu: {failed} of {} photos failed", jobs.len());
                Ok(ExitCode::FAILURE)
            }
        }
    }

    fn one(
        &self,
        planned: &Planned,
        bars: &MultiProgress,
        make: impl FnOnce(Photo, &ProgressBar) -> Result<Done>,
    ) -> Result<()> {
        if self.resume && is_done(planned) {
            bars.suspend(|| eprintln!("there already: {}", planned.output.display()));
            return Ok(());
        }
        let began = Instant::now();
        let bytes = bytes_from(&planned.input)?;
        let decode = if self.shrink { decode_shrunk } else { decode_with_metadata };
        let (photo, metadata) = decode(&bytes)?;
        drop(bytes);
        let bar = bars.add(ProgressBar::new(1));
        bar.set_style(ProgressStyle::with_template("{msg} {bar} {pos}/{len}").expect("fixed"));
        bar.set_message(planned.input.display().to_string());
        let done = make(photo, &bar);
        bar.finish_and_clear();
        let done = done?;
        let note = format!("naobu {}, {}", env!("CARGO_PKG_VERSION"), done.note);
        let extras = Extras {
            metadata: self.keep_metadata.then_some(&metadata),
            note: self.note.then_some(&note),
        };
        bytes_to(&planned.output, &encode_with(&done.photo, planned.format, extras)?)?;
        let line = self.line(planned, done, began.elapsed().as_millis());
        bars.suspend(|| print_line(&line, &planned.output))
    }

    /// What is told of a result: a sentence, or an object that also names both files.
    fn line(&self, planned: &Planned, done: Done, millis: u128) -> String {
        let [input, output] =
            [&planned.input, &planned.output].map(|path| path.display().to_string());
        if !self.json {
            return format!("{output}: {}, {millis} ms", done.summary);
        }
        let mut facts = done.facts;
        facts["input"] = json!(input);
        facts["output"] = json!(output);
        facts["millis"] = json!(u64::try_from(millis).unwrap_or(u64::MAX));
        facts.to_string()
    }

    /// Every photo, with a place for its result that nothing else has. `besides` are read, too.
    fn planned(&self, besides: &[PathBuf]) -> Result<Vec<Planned>> {
        let photos = self.photos()?;
        let into_folder = self.input.is_dir() || self.output.is_dir();
        let ending = self.ending(into_folder)?;
        let format = Format::from_name(&ending, self.quality)?;
        if is_stream(&self.output) {
            let [input, output] = [&self.input, &self.output].map(Clone::clone);
            return Ok(vec![Planned { input, output, format }]);
        }
        self.check_folder(into_folder)?;
        let mut taken: HashSet<Place> =
            photos.iter().chain(besides).map(|path| Place::of(path)).collect();
        let mut jobs = Vec::new();
        for input in photos {
            let own = Place::of(&input);
            let is_free = |place: &Place| *place == own || !taken.contains(place);
            let named = |number| self.output.join(numbered(&input, number, &ending));
            let mut output = if into_folder { named(1) } else { self.output.clone() };
            for number in 2.. {
                if !into_folder || is_free(&Place::of(&output)) {
                    break;
                }
                output = named(number);
            }
            let place = Place::of(&output);
            if !is_free(&place) || (place == own && !self.overwrite) {
                return Err(refused("cannot replace what is read", &output));
            }
            taken.insert(place);
            jobs.push(Planned { input, output, format });
        }
        Ok(jobs)
    }

    /// The photo, or those of the folder.
    fn photos(&self) -> Result<Vec<PathBuf>> {
        let why = |doing, why: &str, path: &Path| {
            Err(Error::File { doing, why: why.into(), path: path.display().to_string() })
        };
        if !self.input.is_dir() {
            if is_stream(&self.input) && self.output.is_dir() {
                let reason = "standard input has none to give it in a folder";
                return why("cannot name the result", reason, &self.output);
            }
            return Ok(vec![self.input.clone()]);
        }
        if is_stream(&self.output) {
            return why("cannot write to standard output", "it holds one photo", &self.input);
        }
        let photos = pictures_in(&self.input)?;
        if photos.is_empty() {
            let ends = PICTURE_ENDINGS.join(", .");
            return why("no photo found", &format!("no name ends in .{ends}"), &self.input);
        }
        Ok(photos)
    }

    /// How the names of results end: as asked, as that of a single one does, or else in png.
    fn ending(&self, into_folder: bool) -> Result<String> {
        let asked = self.format.as_deref();
        if into_folder || is_stream(&self.output) {
            return Ok(asked.unwrap_or("png").to_owned());
        }
        let named = self.output.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let named = if named == "jpeg" { "jpg".to_owned() } else { named };
        match asked {
            None => Ok(named),
            Some(asked) if FORMATS.contains(&named.as_str()) && asked != named => {
                let expected = format!("{named}, as the result's name ends");
                Err(Error::BadSetting { name: "format", expected, found: asked.into() })
            }
            Some(asked) => Ok(asked.to_owned()),
        }
    }

    /// Makes the folder of the results; a single result needs one that is there.
    fn check_folder(&self, into_folder: bool) -> Result<()> {
        let path = &self.output;
        if !into_folder {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            return match folder.map(std::fs::metadata) {
                Some(Err(error)) => Err(file_error("cannot write the file", path)(error)),
                _ => Ok(()),
            };
        }
        std::fs::create_dir_all(path).map_err(file_error("cannot make the folder", path))?;
        if self.input.is_dir() && !self.overwrite && resolved(path) == resolved(&self.input) {
            return Err(refused("cannot put results among the photos", path));
        }
        Ok(())
    }
}

fn is_stream(path: &Path) -> bool {
    path == Path::new(STREAM)
}

fn refused(doing: &'static str, path: &Path) -> Error {
    let why = "name another place for results, or say --overwrite".into();
    Error::File { doing, why, path: path.display().to_string() }
}

/// The name of a photo's result, whole but for its ending: `scan.001.png`, then `scan.001-2.png`.
fn numbered(photo: &Path, number: u32, ending: &str) -> OsString {
    let mut name = photo.file_stem().unwrap_or_default().to_owned();
    if number > 1 {
        name.push(format!("-{number}"));
    }
    name.push(format!(".{ending}"));
    name
}

/// Where a file lies, whatever path leads there; names that differ in capitals alone are one, as
/// they are on some systems.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    folder: PathBuf,
    name: String,
}

impl Place {
    fn of(path: &Path) -> Self {
        let path = resolved(path);
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        Self { folder: resolved(folder.unwrap_or(Path::new("."))), name }
    }
}

/// Whether a photo has a result that is no older. Results are written whole, so one that is there is
/// finished.
fn is_done(planned: &Planned) -> bool {
    let changed = |path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let times = changed(&planned.output).zip(changed(&planned.input));
    times.is_some_and(|(result, photo)| result >= photo)
}

fn bytes_from(path: &Path) -> Result<Vec<u8>> {
    if !is_stream(path) {
        return read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(file_error("cannot read", path))?;
    Ok(bytes)
}

fn bytes_to(path: &Path, bytes: &[u8]) -> Result<()> {
    if !is_stream(path) {
        return write(path, bytes);
    }
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(file_error("cannot write", path))
}

/// Prints a line on standard output or, where that is the result, beside it.
fn print_line(line: &str, output: &Path) -> Result<()> {
    let printed = if is_stream(output) {
        writeln!(std::io::stderr().lock(), "{line}")
    } else {
        writeln!(std::io::stdout().lock(), "{line}")
    };
    printed.map_err(file_error("cannot report the result", output))
}
