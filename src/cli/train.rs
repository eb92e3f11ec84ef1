//! `naobu train`, `naobu eval` and `naobu pack`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use naobu::backend::{self, Choice};
use naobu::error::{Error, Result};
use naobu::train::checkpoint::Run;
use naobu::train::config::Settings;
use naobu::train::{Job, begin, eval, train};
use naobu::weights::{Card, Generator, Manifest, bytes_from_net, sha256_from_bytes};

/// What can be trained and measured.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Net {
    /// The out-painting generator.
    Extend,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Train {
    /// Which generator.
    net: Net,
    /// Folder of photos to learn from.
    #[arg(long)]
    photos: PathBuf,
    /// Folder of photos to look at only.
    #[arg(long)]
    val: PathBuf,
    /// The run's folder.
    #[arg(long)]
    out: PathBuf,
    /// paper, ship or smoke.
    #[arg(long, default_value = "ship")]
    preset: String,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Steps in all, instead of the preset's.
    #[arg(long)]
    steps: Option<usize>,
    /// Pictures per step, instead of the preset's.
    #[arg(long)]
    batch: Option<usize>,
    /// Side of the square pictures in pixels, instead of the preset's.
    #[arg(long)]
    side: Option<usize>,
    /// Step size at the start, instead of the preset's.
    #[arg(long)]
    rate: Option<f64>,
    /// Shares of the three phases, such as 18:2:80, instead of the preset's.
    #[arg(long)]
    phases: Option<String>,
    /// Seed, instead of 1.
    #[arg(long)]
    seed: Option<u64>,
    /// Start from another run's generator instead of from nothing.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Go on from the run's last checkpoint, with the settings it began with.
    #[arg(long)]
    resume: bool,
}

impl Train {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Net::Extend = self.net;
        let mut settings = Settings::preset(&self.preset)?;
        settings.steps = self.steps.unwrap_or(settings.steps);
        settings.batch = self.batch.unwrap_or(settings.batch);
        settings.learning_rate = self.rate.unwrap_or(settings.learning_rate);
        settings.seed = self.seed.unwrap_or(settings.seed);
        if let Some(side) = self.side {
            settings.side_px = side;
            settings.critic.side_px = side;
        }
        if let Some(phases) = &self.phases {
            settings.phases = phases_from_text(phases)?;
        }
        settings.check()?;
        let device = backend::open_native(self.device)?;
        let job = Job {
            photos: &self.photos,
            val: &self.val,
            out: &self.out,
            from: self.from.as_deref(),
            resume: self.resume,
        };
        train(settings, job, &device)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Three shares with colons between, at least one of them not 0.
fn phases_from_text(text: &str) -> Result<[usize; 3]> {
    let shares: Option<Vec<usize>> = text.split(':').map(|share| share.parse().ok()).collect();
    match shares.as_deref() {
        Some(&[alone, critic, both]) if alone + critic + both > 0 => Ok([alone, critic, both]),
        _ => Err(Error::BadSetting {
            name: "phases",
            expected: "three shares such as 18:2:80".into(),
            found: text.into(),
        }),
    }
}

#[derive(clap::Args, Debug)]
pub(crate) struct Eval {
    /// Which task.
    net: Net,
    /// Folder of photos that the generators never saw.
    #[arg(long)]
    photos: PathBuf,
    /// A shipped pack by name, or a weight file; may be given several times.
    #[arg(long)]
    model: Vec<String>,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Print the table as JSON.
    #[arg(long)]
    json: bool,
    /// Also write a sheet of pictures of the first model.
    #[arg(long)]
    sheet: Option<PathBuf>,
}

impl Eval {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Net::Extend = self.net;
        let device = backend::open_native(self.device)?;
        let models = if self.model.is_empty() { vec![String::new()] } else { self.model };
        let generators: Result<Vec<Generator>> =
            models.iter().map(|model| super::models::load(model, &device)).collect();
        let table = eval::extend(&generators?, &self.photos, &device, self.sheet.as_deref())?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&table).expect("strings and numbers"));
            return Ok(ExitCode::SUCCESS);
        }
        for skipped in &table.skipped {
            eprintln!("skipped: {skipped}");
        }
        println!("{} photos, {}", table.photos, table.set_up);
        for row in &table.rows {
            let eval::Row { method, rmse, seam, sharpness } = row;
            println!("{method:<28} RMSE {rmse:6.2}  seam {seam:5.2}  sharpness {sharpness:4.2}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(clap::Args, Debug)]
pub(crate) struct Pack {
    /// The run's folder.
    run: PathBuf,
    /// The weight file to write; it is entered into the `manifest.json` beside it.
    out: PathBuf,
    /// Name in the manifest; by default that of the file.
    #[arg(long)]
    name: Option<String>,
    /// The photographs it was trained on, in one sentence.
    #[arg(long)]
    data: String,
    /// What it may be used for.
    #[arg(long, default_value = "MIT OR Apache-2.0")]
    licence: String,
}

impl Pack {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let run = Run::new(&self.run);
        let settings = run.settings()?;
        let device = backend::open_native(Choice::Cpu)?;
        let state = run.load(begin(&settings, &device), &device)?;
        let stem = self.out.file_stem().and_then(|stem| stem.to_str()).unwrap_or("extend");
        let card = Card {
            name: self.name.clone().unwrap_or_else(|| stem.to_owned()),
            task: "extend".into(),
            side_px: settings.side_px,
            config: settings.generator,
            licence: self.licence.clone(),
            data: self.data.clone(),
        };
        let bytes = bytes_from_net(&state.generator, &card);
        super::write(&self.out, &bytes)?;
        self.list(&bytes, &card)?;
        println!("{} bytes, SHA-256 {}", bytes.len(), sha256_from_bytes(&bytes));
        Ok(ExitCode::SUCCESS)
    }

    /// Enters the file into the `manifest.json` beside it.
    fn list(&self, bytes: &[u8], card: &Card) -> Result<()> {
        let folder = self.out.parent().unwrap_or(Path::new(""));
        let path = folder.join("manifest.json");
        let mut manifest = if path.exists() {
            super::models::manifest(folder)?
        } else {
            Manifest { version: 1, weights: Vec::new() }
        };
        let file = self.out.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        manifest.add(file, bytes, card);
        let text = serde_json::to_string_pretty(&manifest).expect("plain values") + "\n";
        super::write(&path, text.as_bytes())
    }
}
