//! Saves a run so that it can go on exactly where it stopped: networks, optimisers, step, settings.
//!
//! A run's folder holds `settings.toml`, `losses.csv`, `sheets/` and `checkpoint/`. A checkpoint is
//! written beside the last one and then renamed, so that a run killed while saving loses nothing.

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::Network;
use crate::model::chroma_bins::ChromaBins;

use super::config::Settings;
use super::critics::Critic;

/// Everything that a step changes.
pub struct State {
    /// Steps done.
    pub step: usize,
    /// The network that paints.
    pub generator: Network,
    /// The same, averaged over the last steps and off the tape: see [`super::average`].
    pub average: Network,
    /// The network that judges.
    pub critic: Critic,
    /// Adam over the generator.
    pub generator_adam: ModuleOptimizer,
    /// Adam over the critic.
    pub critic_adam: ModuleOptimizer,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("step", &self.step).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Progress {
    step: usize,
}

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// Takes the run in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Returns the path of a file or folder of the run.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folders and saves the settings.
    ///
    /// # Errors
    /// [`Error::File`] when that fails.
    pub fn begin(&self, settings: &Settings) -> Result<()> {
        let sheets = self.path("sheets");
        fs::create_dir_all(&sheets).map_err(|e| failed("making the run's folder", &e, &sheets))?;
        let path = self.path("settings.toml");
        fs::write(&path, settings.to_toml()).map_err(|e| failed("saving the settings", &e, &path))
    }

    /// Reads the settings that the run began with, changed as `changes` say: see
    /// [`Settings::from_toml`].
    ///
    /// # Errors
    /// [`Error::File`] when there are none, [`Error::BadSetting`] when they make no sense.
    pub fn settings(&self, changes: &[String]) -> Result<Settings> {
        let path = self.path("settings.toml");
        let text =
            fs::read_to_string(&path).map_err(|e| failed("reading the settings", &e, &path))?;
        Settings::from_toml(&text, changes)
    }

    /// Saves what `colours::rarity` found, which packing may want again.
    ///
    /// # Errors
    /// [`Error::File`] when that fails.
    ///
    /// # Panics
    /// Never: numbers can be written.
    pub fn save_rarity(&self, rarity: &[f32]) -> Result<()> {
        let path = self.path("rarity.json");
        let text = serde_json::to_string(rarity).expect("numbers");
        fs::write(&path, text).map_err(|e| failed("saving how rare chromas are", &e, &path))
    }

    /// Loads what [`RunFolder::save_rarity`] saved.
    ///
    /// # Errors
    /// [`Error::File`] when there is none, or not one number a bin.
    pub fn rarity(&self) -> Result<Vec<f32>> {
        let path = self.path("rarity.json");
        let failed = |e: &dyn std::fmt::Display| failed("reading how rare chromas are", e, &path);
        let text = fs::read_to_string(&path).map_err(|e| failed(&e))?;
        let rarity: Vec<f32> = serde_json::from_str(&text).map_err(|e| failed(&e))?;
        let bins = ChromaBins::new().places().len();
        if rarity.len() != bins {
            return Err(failed(&format!("{} numbers for {bins} bins", rarity.len())));
        }
        Ok(rarity)
    }

    /// Saves a checkpoint in place of the last.
    ///
    /// # Errors
    /// [`Error::File`] when that fails; the last checkpoint is then still whole.
    ///
    /// # Panics
    /// Never: a number can be written.
    pub fn save(&self, state: &State) -> Result<()> {
        let [next, last] = ["checkpoint.next", "checkpoint"].map(|name| self.path(name));
        let io = |e: &dyn std::fmt::Display| failed("saving the checkpoint", e, &next);
        let _ = fs::remove_dir_all(&next);
        fs::create_dir_all(&next).map_err(|e| io(&e))?;
        let saved = state.generator.clone().save_file(next.join("generator.bpk"));
        saved.map_err(|e| io(&e))?;
        state.average.clone().save_file(next.join("average.bpk")).map_err(|e| io(&e))?;
        state.critic.clone().save_file(next.join("critic.bpk")).map_err(|e| io(&e))?;
        state.generator_adam.save(next.join("generator-adam.bpk")).map_err(|e| io(&e))?;
        state.critic_adam.save(next.join("critic-adam.bpk")).map_err(|e| io(&e))?;
        let progress = serde_json::to_string(&Progress { step: state.step }).expect("a number");
        fs::write(next.join("progress.json"), progress).map_err(|e| io(&e))?;
        let _ = fs::remove_dir_all(&last);
        fs::rename(&next, &last).map_err(|e| io(&e))
    }

    /// Loads the averaged generator alone: to pack it, or to start another run from it.
    ///
    /// # Errors
    /// [`Error::File`] when there is none or it is that of another network.
    pub fn load_generator(&self, fresh: Network, device: &Device) -> Result<Network> {
        let path = self.path("checkpoint").join("average.bpk");
        let loaded = fresh.try_load_file(&path);
        Ok(loaded.map_err(|e| failed("loading the generator", &e, &path))?.fork(device))
    }

    /// Loads the last checkpoint into fresh networks.
    ///
    /// `fork` and not `to_device`: the latter records a step of its own, so that parameters would no
    /// longer be leaves and the second backward pass would fail.
    ///
    /// # Errors
    /// [`Error::File`] when there is none or it does not fit the settings.
    pub fn load(&self, fresh: State, device: &Device) -> Result<State> {
        let last = self.path("checkpoint");
        let io = |e: &dyn std::fmt::Display| failed("loading the checkpoint", e, &last);
        let text = fs::read_to_string(last.join("progress.json")).map_err(|e| io(&e))?;
        let Progress { step } = serde_json::from_str(&text).map_err(|e| io(&e))?;
        let generator = fresh.generator.try_load_file(last.join("generator.bpk"));
        let average = fresh.average.try_load_file(last.join("average.bpk"));
        let critic = fresh.critic.try_load_file(last.join("critic.bpk"));
        let generator_adam = fresh.generator_adam.load(last.join("generator-adam.bpk"));
        let critic_adam = fresh.critic_adam.load(last.join("critic-adam.bpk"));
        Ok(State {
            step,
            generator: generator.map_err(|e| io(&e))?.fork(device),
            average: average.map_err(|e| io(&e))?.fork(&device.clone().inner()),
            critic: critic.map_err(|e| io(&e))?.fork(device),
            generator_adam: generator_adam.map_err(|e| io(&e))?,
            critic_adam: critic_adam.map_err(|e| io(&e))?,
        })
    }
}

pub(super) fn failed(doing: &'static str, why: &dyn std::fmt::Display, path: &Path) -> Error {
    Error::File { doing, why: why.to_string(), path: path.display().to_string() }
}
