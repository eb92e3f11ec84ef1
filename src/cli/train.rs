//! `naobu train`, `naobu eval` and `naobu pack`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use naobu::backend::{self, Choice};
use naobu::error::{Error, Result};
use naobu::generator::Generator;
use naobu::task::Task;
use naobu::train::checkpoint::RunFolder;
use naobu::train::config::Settings;
use naobu::train::eval::Exam;
use naobu::train::features::Features;
use naobu::train::{Job, average, eval, train};
use naobu::weights::{Card, Manifest, Precision, bytes_from_net, sha256_from_bytes};
use naobu::work::Work;

use super::models::load;
use super::number::{whole, within};

#[derive(clap::Args, Debug)]
pub(crate) struct Train {
    /// What the generator is to do: extend, fill, unmosaic, colorize, defade or cutout.
    task: Task,
    /// Folder of photos to learn from.
    #[arg(long)]
    photos: PathBuf,
    /// Folder of photos to look at only; without it one in twenty of the others, by its hash.
    #[arg(long)]
    val: Option<PathBuf>,
    /// The run's folder.
    #[arg(long)]
    out: PathBuf,
    /// paper, ship or smoke.
    #[arg(long, default_value = "ship")]
    preset: String,
    /// A file of settings instead of a preset; a run saves its own as settings.toml.
    #[arg(long, conflicts_with = "preset")]
    settings: Option<PathBuf>,
    /// Changes one setting, such as stages.0.steps=2400 or optimizer.learning_rate=5e-4; may be
    /// given several times.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Another machine that takes its share of every batch: the address of its `naobu worker`, such
    /// as ws://192.168.0.7:7300; may be given several times.
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "URL")]
    worker: Vec<String>,
    /// Start from another run's generator, or a weight file, instead of from nothing.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Weights of EfficientNet-Lite0 that the generator's encoder begins with.
    #[arg(long, value_name = "FILE")]
    encoder: Option<PathBuf>,
    /// Weights of `MobileNetV2`'s first layers, for settings with a loss.features.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// Go on from the run's last checkpoint, with the settings it began with (and --set).
    #[arg(long, conflicts_with_all = ["preset", "settings", "from", "encoder"])]
    resume: bool,
}

impl Train {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let settings = match &self.settings {
            _ if self.resume => RunFolder::new(&self.out).settings(&self.set)?,
            Some(path) => {
                let bytes = super::read(path)?;
                Settings::from_toml(&String::from_utf8_lossy(&bytes), &self.set)?
            }
            None => Settings::preset(self.task, &self.preset, &self.set)?,
        };
        if settings.task != self.task {
            return Err(Error::BadSetting {
                name: "task",
                expected: format!("{}, as the settings have it", settings.task.name()),
                found: self.task.name().into(),
            });
        }
        #[cfg_attr(not(feature = "remote"), expect(unused_mut, reason = "the others are remote"))]
        let mut devices = vec![backend::open_native(self.device)?];
        #[cfg(feature = "remote")]
        for url in &self.worker {
            devices.push(naobu::train::remote::open(url, token().as_deref())?);
        }
        let job = Job {
            photos: &self.photos,
            val: self.val.as_deref(),
            out: &self.out,
            from: self.from.as_deref(),
            encoder: self.encoder.as_deref(),
            resume: self.resume,
            features: self.features.as_deref(),
        };
        train(&settings, job, &devices)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The word that a worker asks for, where one is set; not an option, which everybody could read in
/// the list of processes.
#[cfg(feature = "remote")]
fn token() -> Option<String> {
    std::env::var("NAOBU_TOKEN").ok()
}

/// Lends this machine's device to one that trains; NAOBU_TOKEN is the word that it must know.
#[cfg(feature = "remote")]
#[derive(clap::Args, Debug)]
pub(crate) struct Worker {
    /// Where to listen. Whoever reaches it can use this machine's device.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7300")]
    listen: std::net::SocketAddr,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
}

#[cfg(feature = "remote")]
impl Worker {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let listener = std::net::TcpListener::bind(self.listen).map_err(|error| {
            let why = format!("cannot listen at {}: {error}", self.listen);
            Error::Device { device: "remote", why }
        })?;
        println!("lending its device at ws://{}", listener.local_addr().unwrap_or(self.listen));
        let device = backend::open_native(self.device)?;
        naobu::train::remote::serve(device, token().as_deref(), listener)?;
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(clap::Args, Debug)]
pub(crate) struct Eval {
    /// What is measured: extend, fill, unmosaic, colorize, defade or cutout, or borders: how well
    /// they are told from photos.
    what: Subject,
    /// Folder of photos that the generators never saw.
    #[arg(long)]
    photos: PathBuf,
    /// A shipped pack by name, or a weight file; may be given several times. Without, the shipped
    /// one of the task, where there is one.
    #[arg(long)]
    model: Vec<String>,
    /// How many photos at most, spread over all.
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1_000_000))]
    limit: Option<usize>,
    /// Weights of `MobileNetV2`'s first layers, for the distance.
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: Choice,
    /// Write the tables as JSON, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a sheet of pictures by the first model, too.
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    Task(Task),
    Borders,
}

impl std::str::FromStr for Subject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "borders" { Ok(Self::Borders) } else { text.parse().map(Self::Task) }
    }
}

impl Eval {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.what {
            Subject::Borders => self.tell(&[eval::borders::table(&self.photos, self.limit)?])?,
            Subject::Task(task) => self.measure(task)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn measure(&self, task: Task) -> Result<()> {
        let device = backend::open_native(self.device)?;
        let models = match super::models::of_task(task)? {
            Some(name) if self.model.is_empty() => vec![name],
            _ => self.model.clone(),
        };
        let generators: Result<Vec<Generator>> =
            models.iter().map(|model| load(model, task, &device)).collect();
        let generators = generators?;
        let cpu = backend::open_native(Choice::Cpu)?;
        let load = |path: &PathBuf| Features::load(path, &cpu);
        let features = self.features.as_ref().map(load).transpose()?;
        let exam =
            Exam { task, photos: &self.photos, limit: self.limit, features: features.as_ref() };
        self.tell(&eval::measure(&exam, &generators)?)?;
        if let Some(path) = &self.sheet {
            eval::draw_sheet(&exam, generators.first(), path)?;
        }
        Ok(())
    }

    fn tell(&self, tables: &[eval::Table]) -> Result<()> {
        for table in tables {
            for skipped in &table.skipped {
                eprintln!("skipped: {skipped}");
            }
            println!("{} photos, {}", table.photos, table.set_up);
            table.rows.iter().for_each(print_row);
        }
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(tables).expect("strings and numbers");
            super::write(path, text.as_bytes())?;
        }
        Ok(())
    }
}

fn print_row(row: &eval::Row) {
    print!("{:<28}", row.method);
    for eval::Measure { name, value, decimals } in &row.measures {
        print!("  {} {value:.decimals$}", name.replace('_', " "));
    }
    println!();
}

#[derive(clap::Args, Debug)]
pub(crate) struct Pack {
    /// The run's folder.
    run: PathBuf,
    /// The weight file to write; it is entered into the `manifest.json` beside it.
    out: PathBuf,
    /// Another run that began with this one's network: the mean of both is packed.
    #[arg(long, value_name = "RUN")]
    average: Option<PathBuf>,
    /// Name in the manifest; by default that of the file.
    #[arg(long)]
    name: Option<String>,
    /// The photographs it was trained on, in one sentence.
    #[arg(long)]
    data: String,
    /// 16 bits a number, or 8 for those of kernels, which halves the file.
    #[arg(long, default_value = "16")]
    bits: Precision,
    /// How much rare chromas are favoured where a network names colours: 0 not at all, 1 as much as
    /// they weighed in training, 2 at most.
    #[arg(long, default_value_t = 0.0, value_parser = within(0.0..=2.0))]
    boldness: f32,
    /// What it may be used for.
    #[arg(long, default_value = "MIT OR Apache-2.0")]
    licence: String,
    /// The published work that it is: outpainting, outpainting-keras, completion,
    /// contextual-attention or deoldify. Nobody's default then, and joined to photos as published.
    #[arg(long)]
    work: Option<Work>,
    /// Which entry of the log of training runs it is, for the manifest.
    #[arg(long)]
    logged_as: Option<String>,
    /// The commit of the code, for the manifest.
    #[arg(long)]
    commit: Option<String>,
}

impl Pack {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let run = RunFolder::new(&self.run);
        let settings = run.settings(&[])?;
        let device = backend::open_native(Choice::Cpu)?;
        let fresh = || settings.generator.init(&device);
        let mut net = run.load_generator(fresh(), &device)?;
        if let Some(other) = &self.average {
            let other = RunFolder::new(other).load_generator(fresh(), &device)?;
            net = average::mean(net, &other);
        }
        let (mut net, config) = net.folded(settings.generator.clone());
        if self.boldness != 0.0 {
            let bold = net.emboldened(&run.rarity()?, self.boldness);
            net = bold.ok_or_else(|| Error::BadSetting {
                name: "boldness",
                expected: "0 for networks that name no colours".into(),
                found: self.boldness.to_string(),
            })?;
        }
        let stem =
            self.out.file_stem().and_then(|stem| stem.to_str()).unwrap_or(settings.task.name());
        let card = Card {
            name: self.name.clone().unwrap_or_else(|| stem.to_owned()),
            task: settings.task,
            side_px: settings.stages.last().map_or(0, |stage| stage.side_px),
            config,
            licence: self.licence.clone(),
            data: self.data.clone(),
            work: self.work,
        };
        let bytes = bytes_from_net(&net, &card, self.bits);
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
        let said = [&self.logged_as, &self.commit].map(|said| said.as_deref().unwrap_or_default());
        manifest.add(file, bytes, card, said);
        let text = serde_json::to_string_pretty(&manifest).expect("plain values") + "\n";
        super::write(&path, text.as_bytes())
    }
}
