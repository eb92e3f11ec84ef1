//! Trains the generators. Feature `train`; never compiled into the browser.
//!
//! [`train`] reads top to bottom: prepare, then one step after another. [`step()`] is one step
//! without any I/O. What a run leaves behind is in `checkpoint.rs` and `log.rs`.
//!
//! Everything is computed in 32 bits. Burn 0.22.1 has no mixed precision: neither operations that
//! choose their own precision nor a scale for the loss (asked for in tracel-ai/burn#5696, open in
//! 2026). What it does have is `Device::configure`, which makes all of a device's numbers halves,
//! Adam's and the weights among them; there Adam's 1e-8 is zero, and a step below a two-thousandth
//! of a weight is lost, so it is not offered.

pub mod average;
pub mod checkpoint;
pub mod colours;
pub mod config;
pub mod critics;
pub mod data;
pub mod enlarging;
pub mod eval;
pub mod fading;
pub mod features;
pub mod holes;
mod log;
pub mod losses;
pub mod metrics;
#[cfg(feature = "remote")]
pub mod remote;
pub mod sheet;
mod step;
pub mod things;
pub mod wear;

use std::path::Path;

use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::AdamConfig;
use burn::tensor::Device;

use crate::error::{Error, Result};
use crate::model::Network;
use crate::weights::{net_from_bytes, part_from_bytes};

use checkpoint::{RunFolder, State, failed};
use config::Settings;
use data::{Example, Shot, Shots};
use features::Features;
use log::Log;

pub use step::{Losses, Measures, step};

/// How many steps lie between two checkpoints.
const SAVE_EVERY: usize = 250;
/// How many steps lie between two looks at the held-out photos.
const LOOK_EVERY: usize = 1000;
/// How many held-out photos are measured while training.
const WATCHED: usize = 64;

/// Where a run's photos are, and what it starts from.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Photos to learn from.
    pub photos: &'a Path,
    /// Photos only to look at; if absent, one in twenty of the others, chosen by the hash of its
    /// file.
    pub val: Option<&'a Path>,
    /// The run's folder.
    pub out: &'a Path,
    /// Another run or a weight file, whose generator this one starts from.
    pub from: Option<&'a Path>,
    /// Weights of `ImageNet` that the generator's encoder begins with.
    pub encoder: Option<&'a Path>,
    /// Whether it goes on from the run's last checkpoint.
    pub resume: bool,
    /// The weights of a feature network, for settings with a `loss.features`.
    pub features: Option<&'a Path>,
}

/// Makes fresh networks and optimisers; `device` keeps the tape.
#[must_use]
pub fn begin(settings: &Settings, device: &Device) -> State {
    device.seed(settings.seed);
    let [beta_1, beta_2] = settings.optimizer.betas;
    let clip = settings.optimizer.clip;
    let clip = (clip > 0.0).then_some(GradientClippingConfig::Norm(clip));
    let adam = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(1e-8);
    let generator = settings.generator.init(device);
    let critic = settings.critic.init(device);
    // Parameters are drawn when they are first read; unread, they would be drawn after somebody
    // else's.
    let _ = critic.valid();
    State {
        step: 0,
        average: generator.valid(),
        generator,
        critic,
        generator_adam: adam.clone().with_grad_clipping(clip).init(),
        critic_adam: adam.init(),
    }
}

/// Runs a whole training, or what is left of one. The networks live on the first of `devices`; each
/// takes its share of every batch.
///
/// # Errors
/// [`crate::error::Error::File`] and [`crate::error::Error::BadSetting`] for folders and
/// checkpoints, [`crate::error::Error::Device`] when a loss stops being a number; the last
/// checkpoint is kept then.
///
/// # Panics
/// If there is no device.
pub fn train(settings: &Settings, job: Job, devices: &[Device]) -> Result<()> {
    let devices: Vec<Device> = devices.iter().map(|device| device.clone().autodiff()).collect();
    let device = devices[0].clone();
    check_shares(settings, devices.len())?;
    keep_freed_memory();
    let run = RunFolder::new(job.out);
    let mut state = first_state(settings, job, &run, &device)?;
    let load = |device| job.features.map(|path| Features::load(path, device));
    let features: Vec<Features> = devices.iter().filter_map(load).collect::<Result<_>>()?;
    if settings.loss.needs_features() && features.is_empty() {
        return Err(Error::BadSetting {
            name: "features",
            expected: "a file of feature weights, as loss.features or loss.pairs asks for".into(),
            found: "none".into(),
        });
    }
    let (photos, val) = photos(settings, job)?;
    let measures = Measures { features, rarity: colours::rarity(&photos, &settings.generator) };
    if let Some(rarity) = &measures.rarity {
        run.save_rarity(rarity)?;
    }
    let watched = watched(&val, settings);
    let mut log = Log::open(&run, settings, state.step)?;
    while state.step < settings.steps() {
        let examples = data::batch(&photos, settings, state.step);
        let losses;
        (state, losses) = step(state, settings, &examples, &measures, &devices);
        log.line(&state, settings, losses)?;
        let is_last = state.step == settings.steps();
        if state.step.is_multiple_of(SAVE_EVERY) || is_last {
            run.save(&state)?;
        }
        if state.step.is_multiple_of(LOOK_EVERY) || is_last {
            let inner = device.clone().inner();
            let painted = sheet::painted(&state.average, settings, &watched, &inner);
            log.look(&state, settings, metrics::held_out(settings.task, &watched, &painted))?;
            let few = 24.min(watched.len());
            sheet::draw(
                &watched[..few],
                &painted[..few],
                &run.path(&format!("sheets/{:06}.png", state.step)),
            )?;
        }
    }
    log.finish(settings)
}

/// Returns the state that a run begins or goes on with.
fn first_state(settings: &Settings, job: Job, run: &RunFolder, device: &Device) -> Result<State> {
    let mut state = begin(settings, device);
    if job.resume {
        return run.load(state, device);
    }
    if let Some(other) = job.from {
        state.generator = start_from(other, settings, device)?;
    }
    if let Some(path) = job.encoder {
        state.generator = with_encoder_from(path, state.generator, device)?;
    }
    state.average = state.generator.valid();
    check_encoder(settings, job, &state.generator)?;
    run.begin(settings)?;
    Ok(state)
}

/// Lets the allocator keep what one step frees for the next one.
///
/// glibc hands large blocks back to the system as soon as they are freed, and a step frees hundreds
/// of megabytes; having their pages cleared again was a sixteenth of a run's time. Its limits for
/// this rise to the largest block below 32 MiB that was ever freed (mallopt(3), `M_MMAP_THRESHOLD`),
/// so one such block will do. Elsewhere this does nothing.
fn keep_freed_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(31 << 20)));
}

/// Refuses more devices than a batch has pictures.
fn check_shares(settings: &Settings, devices: usize) -> Result<()> {
    match settings.stages.iter().map(|stage| stage.batch).min() {
        Some(batch) if batch < devices => Err(Error::BadSetting {
            name: "batch",
            expected: format!("at least {devices}, one picture for each device"),
            found: batch.to_string(),
        }),
        _ => Ok(()),
    }
}

/// Returns the generator of another run, or of a weight file; only its layers have to be the same.
fn start_from(other: &Path, settings: &Settings, device: &Device) -> Result<Network> {
    let inner = device.clone().inner();
    let fresh = settings.generator.init(&inner);
    let net = if other.is_file() {
        let bytes = std::fs::read(other).map_err(|e| failed("reading the weights", &e, other))?;
        let name = other.file_name().map_or_else(String::new, |name| name.display().to_string());
        net_from_bytes(fresh, &name, &bytes)?
    } else {
        RunFolder::new(other).load_generator(fresh, &inner)?
    };
    Ok(average::onto_tape(net))
}

/// Returns the generator with the encoder of a file of weights, such as those of `ImageNet`.
fn with_encoder_from(path: &Path, generator: Network, device: &Device) -> Result<Network> {
    let Some(fresh) = generator.encoder().map(Module::valid) else {
        return Err(Error::BadSetting {
            name: "encoder",
            expected: "none: this generator has no encoder to fill".into(),
            found: path.display().to_string(),
        });
    };
    let bytes = std::fs::read(path).map_err(|e| failed("reading the weights", &e, path))?;
    let name = path.display().to_string();
    let encoder = part_from_bytes(fresh.fork(&device.clone().inner()), &name, &bytes)?;
    Ok(generator.with_encoder(average::onto_tape(encoder)))
}

/// Refuses to leave an encoder at rest that never learnt anything.
fn check_encoder(settings: &Settings, job: Job, generator: &Network) -> Result<()> {
    let is_fresh = job.encoder.is_none() && job.from.is_none() && generator.encoder().is_some();
    if is_fresh && settings.stages.iter().any(|stage| stage.encoder_rate == 0.0) {
        return Err(Error::BadSetting {
            name: "encoder",
            expected: "weights for an encoder that rests (--encoder or --from)".into(),
            found: "none".into(),
        });
    }
    Ok(())
}

/// Returns the photos to learn from and those to look at, small; names those that are damaged.
fn photos(settings: &Settings, job: Job) -> Result<(Vec<Shot>, Vec<Shot>)> {
    let keep_px = settings.kept_px();
    let mut photos = Shots::read(job.photos, keep_px)?;
    let mut val = match job.val {
        Some(folder) => Shots::read(folder, keep_px)?,
        None => photos.split_off_one_in_twenty(),
    };
    for skipped in photos.skipped.iter().chain(&val.skipped) {
        eprintln!("skipped: {skipped}");
    }
    let stride = val.shots.len().div_ceil(WATCHED).max(1);
    Ok((photos.shots, val.shots.drain(..).step_by(stride).collect()))
}

/// Returns the middle squares of the photos to look at, each with the hole of its task.
fn watched(val: &[Shot], settings: &Settings) -> Vec<Example> {
    let side = settings.stages.last().map_or(0, |stage| stage.side_px);
    // Twenty of its cells, so that the hole has whole ones and they are as coarse as elsewhere.
    let side = settings.generator.mosaic_px().map_or(side, |cell_px| 20 * cell_px);
    val.iter()
        .map(|shot| {
            Example::central(shot, settings.task, settings.generator.fill(settings.task), side)
        })
        .collect()
}
