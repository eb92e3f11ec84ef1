//! Where weights are found, and `naobu models`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn::tensor::Device;

use naobu::backend::{self, Choice};
use naobu::error::{Error, Result};
use naobu::generator::Generator;
use naobu::task::Task;
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

/// Tasks whose generators paint a hole, each of which can be asked to do the others'.
pub(crate) const HOLES: [Task; 3] = [Task::Extend, Task::Fill, Task::Unmosaic];

/// Weights for one of `tasks`: a pack by its name (empty: the first of the manifest), or a weight
/// file by its path.
pub(crate) fn load(model: &str, tasks: &[Task], device: &Device) -> Result<Generator> {
    let generator = load_any(model, tasks, device)?;
    let task = generator.card.task;
    if tasks.contains(&task) {
        return Ok(generator);
    }
    let names: Vec<_> = tasks.iter().map(|task| task.name()).collect();
    let why = format!("they are for {}, not {}", task.name(), names.join(" or "));
    Err(Error::WeightsMisfit { name: model.into(), why })
}

/// The model that painting without one is called by.
const NONE: &str = "none";

/// Weights for a task that can do without: by name or path, or when empty the shipped ones, where
/// some are; nothing for `none`.
pub(crate) fn load_if_any(model: &str, task: Task, device: Choice) -> Result<Option<Generator>> {
    let model = match model {
        NONE => None,
        "" => of_task(task)?,
        model => Some(model.to_owned()),
    };
    model.map(|model| load(&model, &HOLES, &backend::open_native(device)?)).transpose()
}

fn load_any(model: &str, tasks: &[Task], device: &Device) -> Result<Generator> {
    if Path::new(model).is_file() {
        return Generator::from_bytes(model, None, &read(Path::new(model))?, device);
    }
    let folder = folder()?;
    let manifest = manifest(&folder)?;
    let mut weights = manifest.weights.iter();
    let entry = if model.is_empty() {
        weights.find(|entry| tasks.contains(&entry.task)).ok_or_else(|| Error::WeightsMissing {
            name: tasks[0].name().into(),
            why: "none ship yet; train some, and name their file with --model".into(),
        })?
    } else {
        weights.find(|entry| entry.name == model).ok_or_else(|| Error::WeightsMissing {
            name: model.into(),
            why: "it is neither a file nor one of `naobu models`".into(),
        })?
    };
    let bytes = std::fs::read(folder.join(&entry.file)).map_err(|error| Error::WeightsMissing {
        name: entry.name.clone(),
        why: error.to_string(),
    })?;
    Generator::from_bytes(&entry.name, Some(&entry.sha256), &bytes, device)
}

/// The name of the first shipped pack for a task.
pub(crate) fn of_task(task: Task) -> Result<Option<String>> {
    let packs = manifest(&folder()?)?.weights;
    Ok(packs.into_iter().find(|entry| entry.task == task).map(|entry| entry.name))
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
                println!(
                    "{:<16} {:<10} {megabytes:5.1} MB  {}",
                    entry.name,
                    entry.task.name(),
                    entry.data
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
