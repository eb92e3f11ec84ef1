//! Saves a run so that it can go on exactly where it stopped: networks, optimisers, step, settings.
//!
//! A run's folder holds `settings.json`, `losses.csv`, `sheets/` and `checkpoint/`. A checkpoint is
//! written beside the last one and then renamed, so that a run killed while saving loses nothing.

use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::outpaint::Outpaint;

use super::config::Settings;
use super::critics::outpaint::OutpaintCritic;

/// Everything that a step changes.
pub struct State {
    /// Steps done.
    pub step: usize,
    /// The network that paints.
    pub generator: Outpaint,
    /// The network that judges.
    pub critic: OutpaintCritic,
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

/// Where a run keeps its things.
#[derive(Clone, Debug)]
pub struct Run(PathBuf);

impl Run {
    /// The run in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// A file or folder of the run.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folders and saves the settings.
    ///
    /// # Errors
    /// [`Error::File`] when that fails.
    ///
    /// # Panics
    /// Never: settings are plain values, and those can be written.
    pub fn begin(&self, settings: &Settings) -> Result<()> {
        let sheets = self.path("sheets");
        fs::create_dir_all(&sheets).map_err(|e| failed("making the run's folder", &e, &sheets))?;
        let path = self.path("settings.json");
        let text = serde_json::to_string_pretty(settings).expect("settings are plain values");
        fs::write(&path, text + "\n").map_err(|e| failed("saving the settings", &e, &path))
    }

    /// The settings the run began with.
    ///
    /// # Errors
    /// [`Error::File`] when there are none, or not of this version.
    pub fn settings(&self) -> Result<Settings> {
        let path = self.path("settings.json");
        let text =
            fs::read_to_string(&path).map_err(|e| failed("reading the settings", &e, &path))?;
        serde_json::from_str(&text).map_err(|e| failed("reading the settings", &e, &path))
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
        state.critic.clone().save_file(next.join("critic.bpk")).map_err(|e| io(&e))?;
        state.generator_adam.save(next.join("generator-adam.bpk")).map_err(|e| io(&e))?;
        state.critic_adam.save(next.join("critic-adam.bpk")).map_err(|e| io(&e))?;
        let progress = serde_json::to_string(&Progress { step: state.step }).expect("a number");
        fs::write(next.join("progress.json"), progress).map_err(|e| io(&e))?;
        let _ = fs::remove_dir_all(&last);
        fs::rename(&next, &last).map_err(|e| io(&e))
    }

    /// Loads the generator alone, to start another run from it.
    ///
    /// # Errors
    /// [`Error::File`] when there is none or it is another network.
    pub fn load_generator(&self, fresh: Outpaint, device: &Device) -> Result<Outpaint> {
        let path = self.path("checkpoint").join("generator.bpk");
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
        let critic = fresh.critic.try_load_file(last.join("critic.bpk"));
        let generator_adam = fresh.generator_adam.load(last.join("generator-adam.bpk"));
        let critic_adam = fresh.critic_adam.load(last.join("critic-adam.bpk"));
        Ok(State {
            step,
            generator: generator.map_err(|e| io(&e))?.fork(device),
            critic: critic.map_err(|e| io(&e))?.fork(device),
            generator_adam: generator_adam.map_err(|e| io(&e))?,
            critic_adam: critic_adam.map_err(|e| io(&e))?,
        })
    }
}

pub(super) fn failed(doing: &'static str, why: &dyn std::fmt::Display, path: &Path) -> Error {
    Error::File { doing, why: why.to_string(), path: path.display().to_string() }
}
