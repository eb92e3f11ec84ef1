//! Finds weights by name or path, and lists them: `naobu models`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn::tensor::Device;

use naobu::backend::{self, Choice};
use naobu::error::{Error, Result};
use naobu::generator::Generator;
use naobu::task::{Finish, Task};
use naobu::weights::Manifest;

use super::read;

/// The folder of the shipped weights: named by `NAOBU_WEIGHTS`, beside the program, or in the
/// source it was built from.
fn folder() -> Result<PathBuf> {
    let named = std::env::var_os("NAOBU_WEIGHTS").map(PathBuf::from);
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("weights")));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/weights");
    let mut places = named.into_iter().chain(beside).chain([source]);
    places.find(|place| place.join("manifest.json").is_file()).ok_or_else(|| {
        Error::WeightsMissing {
            name: "manifest.json".into(),
            why: "set NAOBU_WEIGHTS to the folder that holds it".into(),
        }
    })
}

pub(crate) fn manifest(folder: &Path) -> Result<Manifest> {
    let bytes = read(&folder.join("manifest.json"))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::WeightsDamaged {
        name: "manifest.json".into(),
        why: error.to_string(),
    })
}

/// The arguments that choose a network and its device.
#[derive(clap::Args, Debug)]
pub(crate) struct ModelArgs {
    /// Weights by the name that `naobu models` lists, or a weight file; by default those that ship
    /// for the task. With `none`, fill, unmosaic and enlarge work from the photo itself.
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    /// cpu or gpu.
    #[arg(long, default_value = "cpu")]
    pub(crate) device: Choice,
    /// Show what the network made as it is: nothing borrowed from the photo, nothing blended.
    #[arg(long)]
    pub(crate) network_only: bool,
}

impl ModelArgs {
    /// The generator that was asked for, or else the one that ships for a task.
    pub(crate) fn load(&self, task: Task) -> Result<Generator> {
        let device = backend::open_native(self.device)?;
        load(&self.model.clone().map_or_else(|| shipped(task), Ok)?, task, &device)
    }

    /// The generator that ships for a task, whatever was asked for: for what is done besides.
    pub(crate) fn load_shipped(&self, task: Task) -> Result<Generator> {
        load(&shipped(task)?, task, &backend::open_native(self.device)?)
    }

    /// The same for a task that can do without: `None` for `none`, or if no weights ship for it.
    pub(crate) fn load_if_any(&self, task: Task) -> Result<Option<Generator>> {
        let is_without = match self.model.as_deref() {
            Some(NONE) => true,
            Some(_) => false,
            None => of_task(task)?.is_none(),
        };
        if !is_without {
            return self.load(task).map(Some);
        }
        if self.network_only {
            return Err(Error::BadSetting {
                name: "model",
                expected: "a network where --network-only is given".into(),
                found: NONE.into(),
            });
        }
        Ok(None)
    }

    /// How what a generator paints joins the photo.
    pub(crate) fn finish(&self, generator: Option<&Generator>) -> Finish {
        match generator {
            _ if self.network_only => Finish::NetworkOnly,
            Some(generator) => generator.finish(),
            None => Finish::default(),
        }
    }
}

/// The name of the pack that ships for a task.
fn shipped(task: Task) -> Result<String> {
    of_task(task)?.ok_or_else(|| Error::WeightsMissing {
        name: task.name().into(),
        why: "none ship yet; train some, and name their file with --model".into(),
    })
}

/// The model that painting without one is called by.
const NONE: &str = "none";

/// Loads weights for a task: a pack by its name, or a weight file by its path. Generators that paint
/// holes can be asked for each other's tasks.
pub(crate) fn load(model: &str, task: Task, device: &Device) -> Result<Generator> {
    let generator = load_any(model, device)?;
    let found = generator.card.task;
    if found == task || (found.has_hole() && task.has_hole()) {
        return Ok(generator);
    }
    let why = format!("they are for {}, not {}", found.name(), task.name());
    Err(Error::WeightsMisfit { name: model.into(), why })
}

fn load_any(model: &str, device: &Device) -> Result<Generator> {
    if Path::new(model).is_file() {
        return Generator::from_bytes(model, None, &read(Path::new(model))?, device);
    }
    let folder = folder()?;
    let manifest = manifest(&folder)?;
    let entry = manifest.weights.iter().find(|entry| entry.name == model);
    let entry = entry.ok_or_else(|| Error::WeightsMissing {
        name: model.into(),
        why: "it is neither a file nor one of `naobu models`".into(),
    })?;
    let bytes = std::fs::read(folder.join(&entry.file)).map_err(|error| Error::WeightsMissing {
        name: entry.name.clone(),
        why: error.to_string(),
    })?;
    Generator::from_bytes(&entry.name, Some(&entry.sha256), &bytes, device)
}

/// The name of the pack that ships for a task, which no published work does.
pub(crate) fn of_task(task: Task) -> Result<Option<String>> {
    Ok(manifest(&folder()?)?.shipped(task).map(|entry| entry.name.clone()))
}

/// Lists the packs that `--model` knows by name.
#[derive(clap::Args, Debug)]
pub(crate) struct Models {
    /// Print the manifest as JSON.
    #[arg(long)]
    json: bool,
}

impl Models {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let manifest = manifest(&folder()?)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&manifest).expect("plain values"));
        } else {
            for entry in &manifest.weights {
                let megabytes = entry.bytes as f64 / 1e6;
                let [name, task, data] = [&entry.name, entry.task.name(), &entry.data];
                let work = entry.work.map(|work| format!("{}; ", work.authors()));
                let work = work.unwrap_or_default();
                println!("{name:<22} {task:<10} {megabytes:5.1} MB  {work}{data}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
