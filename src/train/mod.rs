//! Trains the generators. Feature `train`; never compiled into the browser.
//!
//! [`train`] reads top to bottom: prepare, then one step after another. [`step`] is one step
//! without any I/O. What a run leaves behind is in `checkpoint.rs` and `log.rs`.

pub mod average;
pub mod checkpoint;
pub mod config;
pub mod data;
pub mod eval;
pub mod fading;
pub mod holes;
mod log;
pub mod losses;
pub mod metrics;
pub mod sheet;

use std::path::Path;

use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};

use crate::error::Result;
use crate::model::Network;
use crate::pixels::{Canvas, holes_from_canvases, input_from_canvases, truth_from_canvases};
use crate::weights::net_from_bytes;

use checkpoint::{Run, State, failed};
use config::{Settings, Sight};
use data::{Example, Shot, Shots};
use log::Log;

/// A checkpoint is saved every so many steps.
const SAVE_EVERY: usize = 250;
/// The held-out photos are looked at every so many steps.
const LOOK_EVERY: usize = 1000;
/// Held-out photos that are measured while training.
const WATCHED: usize = 64;

/// Where a run's photos are, and how it goes on.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Photos to learn from.
    pub photos: &'a Path,
    /// Photos to look at only; without them, one in twenty of the others by the hash of its file.
    pub val: Option<&'a Path>,
    /// The run's folder.
    pub out: &'a Path,
    /// Another run or a weight file, whose generator this one starts from.
    pub from: Option<&'a Path>,
    /// Goes on from the run's last checkpoint.
    pub resume: bool,
}

/// What one step cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Masked mean squared error; 0 in the critic's own phase.
    pub mse: f32,
    /// The critic's loss; 0 in the generator's own phase.
    pub critic: f32,
    /// The generator's adversarial loss before weighting; 0 outside the third phase.
    pub adversarial: f32,
}

/// Fresh networks and optimisers; `device` keeps the tape.
#[must_use]
pub fn begin(settings: &Settings, device: &Device) -> State {
    device.seed(settings.seed);
    let [beta_1, beta_2] = settings.optimizer.betas;
    let clip = settings.optimizer.clip;
    let clip = (clip > 0.0).then_some(GradientClippingConfig::Norm(clip));
    let adam = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(1e-8);
    // At once: weights that wait for their first use would be drawn after somebody else's.
    let generator = settings.generator.init(device).materialize();
    State {
        step: 0,
        average: generator.valid(),
        generator,
        critic: settings.critic.init(device).materialize(),
        generator_adam: adam.clone().with_grad_clipping(clip).init(),
        critic_adam: adam.init(),
    }
}

/// Runs a whole training, or what is left of one.
///
/// # Errors
/// [`crate::error::Error::File`] and [`crate::error::Error::BadSetting`] for folders and
/// checkpoints, [`crate::error::Error::Device`] when a loss stops being a number; the last
/// checkpoint is kept then.
pub fn train(settings: &Settings, job: Job, device: &Device) -> Result<()> {
    let device = device.clone().autodiff();
    let run = Run::new(job.out);
    let mut state = begin(settings, &device);
    if job.resume {
        state = run.load(state, &device)?;
    } else {
        if let Some(other) = job.from {
            state.generator = start_from(other, settings, &device)?;
            state.average = state.generator.valid();
        }
        run.begin(settings)?;
    }
    let (photos, val) = photos(settings, job)?;
    let watched = watched(&val, settings);
    let mut log = Log::open(&run, settings, state.step)?;
    while state.step < settings.steps() {
        let examples = data::batch(&photos, settings, state.step);
        let losses;
        (state, losses) = step(state, settings, &examples, &device);
        log.line(&state, settings, losses)?;
        let is_last = state.step == settings.steps();
        if state.step.is_multiple_of(SAVE_EVERY) || is_last {
            run.save(&state)?;
        }
        if state.step.is_multiple_of(LOOK_EVERY) || is_last {
            let painted = sheet::painted(
                &state.average,
                settings.generator.fill(),
                &watched,
                &device.clone().inner(),
            );
            log.look(&state, metrics::rmse(&watched, &painted))?;
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

/// The generator of another run, or of a weight file; only its layers have to be the same.
fn start_from(other: &Path, settings: &Settings, device: &Device) -> Result<Network> {
    let inner = device.clone().inner();
    let fresh = settings.generator.init(&inner);
    let net = if other.is_file() {
        let bytes = std::fs::read(other).map_err(|e| failed("reading the weights", &e, other))?;
        let name = other.file_name().map_or_else(String::new, |name| name.display().to_string());
        net_from_bytes(fresh, &name, &bytes)?
    } else {
        Run::new(other).load_generator(fresh, &inner)?
    };
    Ok(average::onto_tape(net))
}

/// The photos to learn from and those to look at, small; names those that are damaged.
fn photos(settings: &Settings, job: Job) -> Result<(Vec<Shot>, Vec<Shot>)> {
    let keep_px = settings.largest_side() * 5 / 4;
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

/// The middle squares of the photos to look at, each with the hole of its task.
fn watched(val: &[Shot], settings: &Settings) -> Vec<Example> {
    let side = settings.stages.last().map_or(0, |stage| stage.side_px);
    val.iter().map(|shot| Example::central(shot, settings.task, side)).collect()
}

/// One optimisation step on one batch: which networks move depends on the phase.
///
/// # Source
/// Sabini & Rusak 2018: in the third phase the critic moves first, then the generator, on the same
/// batch.
#[must_use]
pub fn step(
    mut state: State,
    settings: &Settings,
    examples: &[Example],
    device: &Device,
) -> (State, Losses) {
    let phase = settings.phase(state.step);
    let rate = settings.learning_rate_at(state.step);
    let [seen, truth]: [Vec<Canvas>; 2] = [
        examples.iter().map(|e| e.seen.clone()).collect(),
        examples.iter().map(|e| e.truth.clone()).collect(),
    ];
    let truth = truth_from_canvases(&truth, device);
    let hole = holes_from_canvases(&seen, device);
    let input = input_from_canvases(&seen, settings.generator.fill(), device);
    let painted = state.generator.paint(input);
    let shown = match settings.critic_sees {
        Sight::Painted => painted.clone(),
        Sight::Composite => truth
            .clone()
            .mask_where(hole.clone().repeat_dim(1, 3).greater_elem(0.5), painted.clone()),
    };
    let mut losses = Losses::default();
    if phase >= 1 {
        let real = state.critic.forward(truth.clone());
        let fake = state.critic.forward(shown.clone().detach());
        let loss = losses::critic_loss(real, fake);
        losses.critic = number(&loss);
        let gradients = GradientsParams::from_grads(loss.backward(), &state.critic);
        state.critic = state.critic_adam.step(rate, state.critic, gradients);
    }
    if phase != 1 {
        let mut loss = losses::masked_mse(painted, truth, hole);
        losses.mse = number(&loss);
        if phase == 2 {
            let adversarial = losses::adversarial_loss(state.critic.forward(shown));
            losses.adversarial = number(&adversarial);
            loss = loss + adversarial * settings.adversarial_weight;
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &state.generator);
        state.generator = state.generator_adam.step(rate, state.generator, gradients);
        let newest = state.generator.valid();
        state.average = average::follow(state.average, &newest, settings.optimizer.ema, state.step);
    }
    state.step += 1;
    (state, losses)
}

fn number(loss: &Tensor<1>) -> f32 {
    loss.clone().detach().to_data().try_to_vec::<f32>().map_or(f32::NAN, |values| values[0])
}
