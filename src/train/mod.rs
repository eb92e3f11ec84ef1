//! Trains the out-painting generator. Feature `train`; never compiled into the browser.
//!
//! [`train`] reads top to bottom: prepare, then one step after another. [`step`] is one step
//! without any I/O. What a run leaves behind is in `checkpoint.rs`.

pub mod checkpoint;
pub mod config;
pub mod critics;
pub mod data;
pub mod eval;
pub mod features;
pub mod losses;
pub mod metrics;
pub mod sheet;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};

use crate::error::{Error, Result};
use crate::pixels::{Canvas, holes_from_canvases, input_from_canvases, truth_from_canvases};

use checkpoint::{Run, State, failed};
use config::Settings;
use data::Shots;
use losses::adversarial::Adversarial;
use losses::reconstruction::masked_mse;

/// Where a run's photos are, and how it goes on.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Photos to learn from.
    pub photos: &'a Path,
    /// Photos to look at only.
    pub val: &'a Path,
    /// The run's folder.
    pub out: &'a Path,
    /// Another run, whose generator this one starts from.
    pub from: Option<&'a Path>,
    /// Goes on from the run's last checkpoint, with the settings it began with.
    pub resume: bool,
}

/// What one step cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// Masked mean squared error; 0 in the critic's own phase.
    pub mse: f32,
    /// The critic's loss; 0 in the generator's own phase.
    pub critic: f32,
    /// The generator's adversarial loss before weighting; 0 outside the third phase.
    pub adversarial: f32,
}

/// Fresh networks and optimisers.
#[must_use]
pub fn begin(settings: &Settings, device: &Device) -> State {
    device.seed(settings.seed);
    let adam = AdamConfig::new().with_epsilon(1e-8);
    State {
        step: 0,
        // At once: weights that wait for their first use would be drawn after somebody else's.
        generator: settings.generator.init(device).materialize(),
        critic: settings.critic.init(device).materialize(),
        generator_adam: adam.init(),
        critic_adam: adam.init(),
    }
}

/// Runs a whole training, or what is left of one.
///
/// # Errors
/// [`Error::File`] and [`Error::BadSetting`] for folders and checkpoints, [`Error::Device`] when a
/// loss stops being a number; the last checkpoint is kept then.
pub fn train(settings: Settings, job: Job, device: &Device) -> Result<()> {
    let device = device.clone().autodiff();
    let run = Run::new(job.out);
    let settings = if job.resume { run.settings()? } else { settings };
    let mut state = begin(&settings, &device);
    if job.resume {
        state = run.load(state, &device)?;
    } else {
        if let Some(other) = job.from {
            state.generator = Run::new(other).load_generator(state.generator, &device)?;
        }
        run.begin(&settings)?;
    }
    let keep_px = settings.side_px * 5 / 4;
    let [photos, val] = [job.photos, job.val].map(|folder| Shots::read(folder, keep_px));
    let [photos, val] = [photos?, val?];
    for skipped in photos.skipped.iter().chain(&val.skipped) {
        eprintln!("skipped: {skipped}");
    }
    let watched: Vec<Canvas> = sheet::watched(&val.shots, settings.side_px);
    let mut log = Log::open(&run, &settings, state.step)?;
    while state.step < settings.steps {
        let canvases = data::batch(&photos.shots, &settings, state.step);
        let losses;
        (state, losses) = step(state, &settings, &canvases, &device);
        log.line(&state, &settings, losses)?;
        let finished = state.step == settings.steps;
        if state.step.is_multiple_of(500) || finished {
            run.save(&state)?;
        }
        if state.step.is_multiple_of(1000) || finished {
            let path = run.path(&format!("sheets/{:06}.png", state.step));
            sheet::draw(
                &state.generator,
                settings.generator.fill,
                &watched,
                &device.clone().inner(),
                &path,
            )?;
        }
    }
    log.bar.finish();
    Ok(())
}

/// One optimisation step on one batch: which networks move depends on the phase.
///
/// # Source
/// Sabini & Rusak 2018: in the third phase the critic moves first, then the generator, on the same
/// batch; the critic sees what the generator painted, not a composite.
#[must_use]
pub fn step(
    mut state: State,
    settings: &Settings,
    canvases: &[Canvas],
    device: &Device,
) -> (State, Losses) {
    let phase = settings.phase(state.step);
    let rate = settings.learning_rate_at(state.step);
    let truth = truth_from_canvases(canvases, device);
    let painted =
        state.generator.forward(input_from_canvases(canvases, settings.generator.fill, device));
    let mut losses = Losses { mse: 0.0, critic: 0.0, adversarial: 0.0 };
    if phase >= 1 {
        let real = state.critic.forward(truth.clone());
        let fake = state.critic.forward(painted.clone().detach());
        let loss = Adversarial::Dcgan.critic(real, fake);
        losses.critic = number(&loss);
        let gradients = GradientsParams::from_grads(loss.backward(), &state.critic);
        state.critic = state.critic_adam.step(rate, state.critic, gradients);
    }
    if phase != 1 {
        let hole = holes_from_canvases(canvases, device);
        let mut loss = masked_mse(painted.clone(), truth, hole);
        losses.mse = number(&loss);
        if phase == 2 {
            let adversarial = Adversarial::Dcgan.generator(state.critic.forward(painted));
            losses.adversarial = number(&adversarial);
            loss = loss + adversarial * settings.adversarial_weight;
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &state.generator);
        state.generator = state.generator_adam.step(rate, state.generator, gradients);
    }
    state.step += 1;
    (state, losses)
}

fn number(loss: &Tensor<1>) -> f32 {
    loss.clone().detach().to_data().try_to_vec::<f32>().map_or(f32::NAN, |values| values[0])
}

/// The run's progress bar and its `losses.csv`.
struct Log {
    bar: indicatif::ProgressBar,
    csv: std::fs::File,
    began: Instant,
    began_at: usize,
}

impl Log {
    fn open(run: &Run, settings: &Settings, step: usize) -> Result<Self> {
        let path = run.path("losses.csv");
        let io = |e: std::io::Error| failed("writing the losses", &e, &path);
        let mut csv = OpenOptions::new()
            .create(true)
            .append(step > 0)
            .truncate(step == 0)
            .write(true)
            .open(&path);
        if let (0, Ok(csv)) = (step, &mut csv) {
            writeln!(csv, "step,phase,mse,critic,adversarial,seconds").map_err(io)?;
        }
        let style = "{wide_bar} {pos}/{len} {msg} {eta}";
        let bar = indicatif::ProgressBar::new(settings.steps as u64)
            .with_style(indicatif::ProgressStyle::with_template(style).expect("a fixed template"))
            .with_position(step as u64);
        bar.reset_eta();
        Ok(Self { bar, csv: csv.map_err(io)?, began: Instant::now(), began_at: step })
    }

    fn line(&mut self, state: &State, settings: &Settings, losses: Losses) -> Result<()> {
        let Losses { mse, critic, adversarial } = losses;
        if !(mse + critic + adversarial).is_finite() {
            let why = format!("a loss stopped being a number at step {}", state.step);
            return Err(Error::Device { device: "training", why });
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let phase = settings.phase(state.step - 1) + 1;
        let done = state.step;
        let written =
            writeln!(self.csv, "{done},{phase},{mse:.6},{critic:.5},{adversarial:.5},{seconds:.2}");
        written.map_err(|e| failed("writing the losses", &e, Path::new("losses.csv")))?;
        let speed = ((done - self.began_at) * settings.batch) as f64 / seconds;
        self.bar.set_message(format!("phase {phase} mse {mse:.4} · {speed:.1} images/s"));
        self.bar.inc(1);
        if self.bar.is_hidden() && done.is_multiple_of(100) {
            eprintln!("step {done} phase {phase} mse {mse:.5} · {speed:.1} images/s");
        }
        Ok(())
    }
}
