//! Trains the generators. Feature `train`; never compiled into the browser.
//!
//! [`train`] reads top to bottom: prepare, then one step after another. [`step`] is one step
//! without any I/O. What a run leaves behind is in `checkpoint.rs` and `log.rs`.

pub mod average;
pub mod checkpoint;
pub mod colours;
pub mod config;
pub mod critics;
pub mod data;
pub mod eval;
pub mod fading;
pub mod features;
pub mod holes;
mod log;
pub mod losses;
pub mod metrics;
pub mod sheet;

use std::path::Path;

use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::error::{Error, Result};
use crate::model::chroma_bins::{ChromaBins, cross_entropy};
use crate::model::{Network, NetworkConfig, Painted};
use crate::photo::mosaic::Grid;
use crate::pixels::{Canvas, holes_from_canvases, truth_from_canvases};
use crate::weights::net_from_bytes;

use checkpoint::{Run, State, failed};
use config::{Game, Loss, Settings, Sight};
use critics::window::{window_anywhere, window_around};
use critics::{Critic, CriticConfig, Scene};
use data::{Example, Shot, Shots};
use features::{FeatureNet, Features};
use log::Log;
use losses::cells::cell_means;
use losses::penalty;
use losses::perceptual::{Difference, perceptual};
use losses::reconstruction::{discounts, identity, masked_l1, masked_mse, weighted_l1};

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
    /// A feature network and its weights, for settings with a `loss.features`.
    pub features: Option<(FeatureNet, &'a Path)>,
}

/// What one step cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Mean squared error of what was painted; 0 in the critic's own phase. Of what is coloured it is
    /// that of chroma, as red, green and blue have it; of what had faded that of the whole picture.
    pub mse: f32,
    /// The critic's loss; 0 in the generator's own phase.
    pub critic: f32,
    /// The generator's adversarial loss before weighting; 0 outside the third phase.
    pub adversarial: f32,
}

/// What a step's losses need beside the pictures.
#[derive(Debug, Default)]
pub struct Measures {
    /// For settings with a `loss.features`.
    pub features: Option<Features>,
    /// What [`colours::rarity`] found, for settings with a `loss.bins`; without, all bins count alike.
    pub rarity: Option<Vec<f32>>,
}

/// Fresh networks and optimisers; `device` keeps the tape.
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
    let features =
        job.features.map(|(net, path)| Features::load(net, path, &device)).transpose()?;
    if settings.loss.features > 0.0 && features.is_none() {
        return Err(Error::BadSetting {
            name: "features",
            expected: "a file of feature weights, as loss.features asks for".into(),
            found: "none".into(),
        });
    }
    let (photos, val) = photos(settings, job)?;
    let measures = Measures { features, rarity: colours::rarity(&photos, &settings.generator) };
    let watched = watched(&val, settings);
    let mut log = Log::open(&run, settings, state.step)?;
    while state.step < settings.steps() {
        let examples = data::batch(&photos, settings, state.step);
        let losses;
        (state, losses) = step(state, settings, &examples, &measures, &device);
        log.line(&state, settings, losses)?;
        let is_last = state.step == settings.steps();
        if state.step.is_multiple_of(SAVE_EVERY) || is_last {
            run.save(&state)?;
        }
        if state.step.is_multiple_of(LOOK_EVERY) || is_last {
            let painted = sheet::painted(
                &state.average,
                (&settings.generator, settings.task),
                &watched,
                &device.clone().inner(),
            );
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
    val.iter()
        .map(|shot| {
            Example::central(shot, settings.task, settings.generator.fill(settings.task), side)
        })
        .collect()
}

/// One optimisation step on one batch: which networks move depends on the phase.
///
/// # Source
/// Sabini & Rusak 2018: in the third phase the critic moves first, then the generator, on the same
/// batch. Where a critic takes several steps (Yu et al. 2018: five), they are on the same batch too;
/// theirs are on batches of their own.
#[must_use]
pub fn step(
    mut state: State,
    settings: &Settings,
    examples: &[Example],
    measures: &Measures,
    device: &Device,
) -> (State, Losses) {
    let phase = settings.phase(state.step);
    let rate = settings.learning_rate_at(state.step);
    let batch = Batch::new(examples, settings, state.step, device);
    let painted = state.generator.paint(batch.input.clone(), &batch.canvases, 0);
    let shown = match settings.game.sees {
        Sight::Painted => painted.picture.clone(),
        Sight::Composite => batch.composite(painted.picture.clone()),
    };
    let mut losses = Losses::default();
    for _ in 0..if phase >= 1 { settings.game.critic_steps } else { 0 } {
        let loss = critic_loss(&state.critic, &batch, shown.clone().detach(), settings.game);
        losses.critic = number(&loss);
        let gradients = GradientsParams::from_grads(loss.backward(), &state.critic);
        let rate = rate * settings.game.critic_rate;
        state.critic = state.critic_adam.step(rate, state.critic, gradients);
    }
    if phase != 1 {
        let squared = masked_mse(painted.picture.clone(), batch.truth.clone(), batch.hole.clone());
        losses.mse = number(&squared);
        let mut loss = batch.reconstruction(&painted, squared, settings.loss, measures);
        if phase == 2 {
            let [_, verdicts] = state.critic.judge_both(batch.truth.clone(), shown, &batch.scene);
            let views = verdicts.into_iter().map(|view| settings.game.rules.generator(view));
            let adversarial = Tensor::cat(views.collect(), 0).sum();
            losses.adversarial = number(&adversarial);
            loss = loss + adversarial * settings.game.weight;
        }
        let gradients = GradientsParams::from_grads(loss.backward(), &state.generator);
        state.generator = state.generator_adam.step(rate, state.generator, gradients);
        let newest = state.generator.valid();
        state.average = average::follow(state.average, &newest, settings.optimizer.ema, state.step);
    }
    state.step += 1;
    (state, losses)
}

/// What the critic pays: the game's part for each of its views, and the penalty on its slope
/// between real and painted pictures, in the hole.
fn critic_loss(critic: &Critic, batch: &Batch, painted: Tensor<4>, game: Game) -> Tensor<1> {
    let [real, fake] = critic.judge_both(batch.truth.clone(), painted.clone(), &batch.scene);
    let views = real.into_iter().zip(fake).map(|(real, fake)| game.rules.critic(real, fake));
    let mut loss = Tensor::cat(views.collect(), 0).sum();
    if game.penalty > 0.0 {
        let at = penalty::between(batch.truth.clone(), painted, &batch.shares);
        for view in 0..critic.judge(at.clone(), &batch.scene).len() {
            let judge = |x: Tensor<4>| critic.judge(x, &batch.scene).swap_remove(view);
            let slope = penalty::gradient_penalty(judge, at.clone(), Some(batch.hole.clone()));
            loss = loss + slope * game.penalty;
        }
    }
    loss
}

/// One step's pictures on the device.
struct Batch {
    canvases: Vec<Canvas>,
    grids: Vec<Grid>,
    input: Tensor<4>,
    truth: Tensor<4>,
    hole: Tensor<4>,
    /// What a network that names colours should answer.
    bins: Option<Tensor<4>>,
    scene: Scene,
    /// How far between painted and real the critic's slope is measured, one a picture.
    shares: Vec<f32>,
}

impl Batch {
    fn new(examples: &[Example], settings: &Settings, step: usize, device: &Device) -> Self {
        let canvases: Vec<Canvas> = examples.iter().map(|e| e.seen.clone()).collect();
        let truth: Vec<Canvas> = examples.iter().map(|e| e.truth.clone()).collect();
        let hole = holes_from_canvases(&canvases, device);
        let size = canvases[0].size();
        let local_px = settings.critic.local_px();
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed ^ (step as u64).rotate_left(32));
        let around = |c: &Canvas| window_around(c.hole(), size, local_px);
        let corners: Vec<_> = canvases.iter().map(around).collect();
        // Iizuka et al. look at real pictures elsewhere; all others at the same place.
        let real_corners = match settings.critic {
            CriticConfig::Completion(_) => {
                corners.iter().map(|_| window_anywhere(size, local_px, &mut rng)).collect()
            }
            _ => corners.clone(),
        };
        let seen = truth_from_canvases(&canvases, device);
        let bins = match &settings.generator {
            NetworkConfig::Colorize(config) if settings.loss.bins > 0.0 => {
                let chroma = colours::chroma_from_canvases(&truth, config.cell_px(), device);
                Some(ChromaBins::new().targets(&chroma))
            }
            _ => None,
        };
        Self {
            grids: examples.iter().map(|example| example.grid).collect(),
            input: settings.generator.input(settings.task, &canvases, device),
            bins,
            truth: truth_from_canvases(&truth, device),
            shares: canvases.iter().map(|_| rng.random_range(0.0..=1.0)).collect(),
            scene: Scene { corners, real_corners, local_px, hole: hole.clone(), seen },
            canvases,
            hole,
        }
    }

    /// What was painted where something was hidden, the photo elsewhere.
    fn composite(&self, painted: Tensor<4>) -> Tensor<4> {
        let hidden = self.hole.clone().repeat_dim(1, 3).greater_elem(0.5);
        self.truth.clone().mask_where(hidden, painted)
    }

    /// All that `loss` names; `squared` is there already.
    fn reconstruction(
        &self,
        painted: &Painted,
        squared: Tensor<1>,
        loss: Loss,
        measures: &Measures,
    ) -> Tensor<1> {
        let device = self.hole.device();
        let [truth, hole] = [&self.truth, &self.hole];
        let discounts = (loss.discounted > 0.0).then(|| {
            let plane = |c: &Canvas| discounts(c.hole(), c.size(), loss.discount);
            let [w, h] = self.canvases[0].size();
            let values: Vec<f32> = self.canvases.iter().flat_map(plane).collect();
            Tensor::from_data(TensorData::new(values, [self.canvases.len(), 1, h, w]), &device)
        });
        let of = |picture: &Tensor<4>, squared: Tensor<1>| {
            let mut sum = squared * loss.squared;
            if loss.identity > 0.0 {
                sum = sum + identity(picture.clone(), truth.clone()) * loss.identity;
            }
            if let Some(weights) = &discounts {
                let error = weighted_l1(picture.clone(), truth.clone(), weights.clone());
                sum = sum + error * loss.discounted;
            }
            if loss.known > 0.0 {
                let known = 1.0 - hole.clone();
                sum = sum + masked_l1(picture.clone(), truth.clone(), known) * loss.known;
            }
            sum
        };
        let mut sum = of(&painted.picture, squared);
        if let Some(draft) = painted.coarse.as_ref().filter(|_| loss.draft > 0.0) {
            let squared = masked_mse(draft.clone(), truth.clone(), hole.clone());
            sum = sum + of(draft, squared) * loss.draft;
        }
        if loss.cells > 0.0 {
            let [picture, hole] = [painted.picture.clone(), hole.clone()];
            sum = sum + cell_means(picture, truth.clone(), hole, &self.grids) * loss.cells;
        }
        if let Some((answer, targets)) = painted.chroma.as_ref().zip(self.bins.as_ref()) {
            let rarity = match &measures.rarity {
                Some(rarity) => Tensor::from_floats(&rarity[..], &device),
                None => Tensor::ones([targets.dims()[1]], &device),
            };
            sum = sum + cross_entropy(answer.clone(), targets.clone(), rarity) * loss.bins;
        }
        if let Some(features) = measures.features.as_ref().filter(|_| loss.features > 0.0) {
            let composite = self.composite(painted.picture.clone());
            let wanted: Vec<_> =
                features.taps(truth.clone()).into_iter().map(Tensor::detach).collect();
            let weights = vec![1.0; wanted.len()];
            let apart =
                perceptual(&features.taps(composite), &wanted, &weights, Difference::Absolute);
            sum = sum + apart * loss.features;
        }
        sum
    }
}

fn number(loss: &Tensor<1>) -> f32 {
    loss.clone().detach().to_data().try_to_vec::<f32>().map_or(f32::NAN, |values| values[0])
}
