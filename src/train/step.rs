//! One step of training: a batch, on one device or on several at once.
//!
//! Start reading at [`step`]. With several devices, each has its share of the batch and a replica
//! of the networks; the gradients come together on the first device, which moves the parameters.
//! Batch norms see only their own share, and losses that are means over holes weigh the shares by
//! their pictures; without those, two devices give the same curve as one.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::model::chroma_bins::{ChromaBins, cross_entropy};
use crate::model::{Network, Painted};
use crate::photo::mosaic::Grid;
use crate::pixels::{Canvas, holes_from_canvases, truth_from_canvases};

use super::checkpoint::State;
use super::config::{Game, Loss, Phase, Settings, Shown};
use super::critics::window::{window_anywhere, window_around};
use super::critics::{Critic, CriticConfig, Scene};
use super::data::Example;
use super::features::Features;
use super::losses::cells::cell_means;
use super::losses::pairs::pairs;
use super::losses::penalty;
use super::losses::perceptual::perceptual;
use super::losses::reconstruction::{
    discounts, identity, log_squared, masked_l1, masked_mse, weighted_l1,
};
use super::losses::region::region;
use super::{average, colours};

/// The losses of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Mean squared error of what was painted; 0 in the critic's own phase. For what is coloured it
    /// is that of chroma, as red, green and blue; for what had faded, that of the whole picture.
    pub mse: f32,
    /// The critic's loss; 0 in the generator's own phase.
    pub critic: f32,
    /// The generator's adversarial loss before weighting; 0 outside the third phase.
    pub adversarial: f32,
}

/// What a step's losses need besides the pictures.
#[derive(Debug, Default)]
pub struct Measures {
    /// One feature network per device, for settings with a `loss.features`.
    pub features: Vec<Features>,
    /// What [`colours::rarity`] found, for settings with a `loss.bins`; if absent, all bins count
    /// alike.
    pub rarity: Option<Vec<f32>>,
}

impl Measures {
    /// Returns those of one of the devices.
    fn on(&self, number: usize) -> LocalMeasures<'_> {
        LocalMeasures { features: self.features.get(number), rarity: self.rarity.as_deref() }
    }
}

/// [`Measures`] as one device has them.
#[derive(Clone, Copy)]
struct LocalMeasures<'a> {
    features: Option<&'a Features>,
    rarity: Option<&'a [f32]>,
}

/// Takes one optimisation step on one batch; which networks move depends on the phase.
///
/// `devices` keep the tape; the state lies on the first. There are at most as many devices as
/// examples.
///
/// # Panics
/// If there is no device, or more than examples.
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
    devices: &[Device],
) -> (State, Losses) {
    let phase = settings.phase(state.step);
    let rate = settings.learning_rate_at(state.step);
    let encoder_rate = settings.stage(state.step).encoder_rate;
    let moving = match state.generator.encoder() {
        // A graph that nobody asks for gradients would never be let go.
        _ if phase == Phase::Critic => state.generator.clone().no_grad(),
        Some(encoder) if encoder_rate == 0.0 => {
            state.generator.clone().with_encoder(encoder.clone().no_grad())
        }
        _ => state.generator.clone(),
    };
    let shares = Share::all(&moving, settings, examples, state.step, devices);
    let mut losses = Losses::default();
    let critic_steps = if phase == Phase::Generator { 0 } else { settings.game.critic_steps };
    for _ in 0..critic_steps {
        let pays = |share: &Share, critic: &Critic| {
            vec![critic_loss(critic, &share.batch, share.shown.clone().detach(), settings.game)]
        };
        let on = |share: &Share| share.replica(&state.critic);
        let (gradients, paid) = gradients(&state.critic, &shares, on, pays);
        losses.critic = paid[0];
        let rate = rate * settings.game.critic_rate;
        state.critic = state.critic_adam.step(rate, state.critic, gradients);
    }
    if phase != Phase::Critic {
        let pays = |share: &Share, _: &Network| {
            let Share { batch, painted, shown, .. } = share;
            let squared =
                masked_mse(painted.picture.clone(), batch.truth.clone(), batch.hole.clone());
            let measures = measures.on(share.number);
            let mut loss = batch.reconstruction(painted, squared.clone(), settings.loss, measures);
            if phase != Phase::Both {
                return vec![loss, squared];
            }
            let critic = share.replica(&state.critic);
            let [_, verdicts] = critic.judge_both(batch.truth.clone(), shown.clone(), &batch.scene);
            let views = verdicts.into_iter().map(|view| settings.game.rules.generator(view));
            let adversarial = Tensor::cat(views.collect(), 0).sum();
            loss = loss + adversarial.clone() * settings.game.weight;
            vec![loss, squared, adversarial]
        };
        let on = |share: &Share| share.generator.clone();
        let (mut gradients, paid) = gradients(&state.generator, &shares, on, pays);
        losses.mse = paid[1];
        losses.adversarial = paid.get(2).copied().unwrap_or_default();
        if let Some(encoder) = state.generator.encoder() {
            let slow = split_off(&mut gradients, encoder);
            let adam = &mut state.generator_adam;
            state.generator = adam.step(rate * encoder_rate, state.generator, slow);
        }
        state.generator = state.generator_adam.step(rate, state.generator, gradients);
        let newest = state.generator.valid();
        state.average = average::follow(state.average, &newest, settings.optimizer.ema, state.step);
    }
    state.step += 1;
    (state, losses)
}

/// One device's part in a step.
struct Share {
    /// Which of the devices, from 0.
    number: usize,
    device: Device,
    /// Its part of the pictures.
    weight: f32,
    batch: Batch,
    /// The generator on this device.
    generator: Network,
    painted: Painted,
    /// What the critic sees.
    shown: Tensor<4>,
}

impl Share {
    /// Deals the examples out as evenly as possible, and lets every device paint its own.
    fn all(
        generator: &Network,
        settings: &Settings,
        examples: &[Example],
        step: usize,
        devices: &[Device],
    ) -> Vec<Self> {
        assert!((1..=examples.len()).contains(&devices.len()), "a picture for every device");
        let first = |number: usize| number * examples.len() / devices.len();
        let share = |(number, device): (usize, &Device)| {
            let examples = &examples[first(number)..first(number + 1)];
            let part = first(number + 1) - first(number);
            let weight = part as f32 / first(devices.len()) as f32;
            let batch = Batch::new(examples, settings, Place { step, share: number }, device);
            let generator = replica(generator, number, device);
            let painted = generator.paint(batch.input.clone(), &batch.canvases, 0);
            let shown = match settings.game.sees {
                Shown::Painted => painted.picture.clone(),
                Shown::Composite => batch.composite(painted.picture.clone()),
            };
            Self { number, device: device.clone(), weight, batch, generator, painted, shown }
        };
        devices.iter().enumerate().map(share).collect()
    }

    fn replica<M: Module>(&self, module: &M) -> M {
        replica(module, self.number, &self.device)
    }
}

/// Returns a module as device `number` has it; the first has it already.
fn replica<M: Module>(module: &M, number: usize, device: &Device) -> M {
    let module = module.clone();
    if number == 0 { module } else { module.fork(device) }
}

/// Takes the gradients of `part` of a module out of those of all of it.
fn split_off<M: Module>(gradients: &mut GradientsParams, part: &M) -> GradientsParams {
    struct Take<'a>(&'a mut GradientsParams, GradientsParams);
    impl ModuleVisitor for Take<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = self.0.remove::<D>(param.id) {
                self.1.register(param.id, gradient);
            }
        }
    }
    let mut take = Take(gradients, GradientsParams::new());
    part.visit(&mut take);
    take.1
}

/// Adds the losses of all shares, and their gradients, together on the first device.
///
/// `pays` returns the loss, and after it whatever else is to be known; all of them come back as
/// means over the shares. No number is read before every device has its work.
fn gradients<M: Module>(
    module: &M,
    shares: &[Share],
    on: impl Fn(&Share) -> M,
    pays: impl Fn(&Share, &M) -> Vec<Tensor<1>>,
) -> (GradientsParams, Vec<f32>) {
    let mut sum = GradientsAccumulator::new();
    let mut paid = Vec::new();
    for share in shares {
        let replica = on(share);
        let losses = pays(share, &replica);
        let backward = (losses[0].clone() * share.weight).backward();
        let gradients = GradientsParams::from_grads(backward, &replica);
        sum.accumulate(module, gradients.to_device(&shares[0].device, &replica));
        paid.push(losses);
    }
    let mut means = vec![0.0; paid[0].len()];
    for (share, losses) in shares.iter().zip(&paid) {
        means.iter_mut().zip(losses).for_each(|(mean, loss)| *mean += share.weight * number(loss));
    }
    (sum.grads(), means)
}

/// Returns the critic's loss: the game's part for each of its views, and the penalty on its slope
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

/// The place of a batch in a run: no two have the same random numbers.
#[derive(Clone, Copy)]
struct Place {
    step: usize,
    /// Which part of the step's pictures, from 0.
    share: usize,
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
    /// How far between painted and real the critic's slope is measured, one number per picture.
    shares: Vec<f32>,
}

impl Batch {
    fn new(examples: &[Example], settings: &Settings, place: Place, device: &Device) -> Self {
        let canvases: Vec<Canvas> = examples.iter().map(|e| e.seen.clone()).collect();
        let truth: Vec<Canvas> = examples.iter().map(|e| e.truth.clone()).collect();
        let hole = holes_from_canvases(&canvases, device);
        let size = canvases[0].size();
        let local_px = settings.critic.local_px();
        let [step, share] = [place.step, place.share].map(|number| number as u64);
        let seed = settings.seed ^ step.rotate_left(32) ^ share.rotate_left(48);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
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
        let bins = (settings.loss.bins > 0.0).then(|| {
            let cell_px = settings.generator.cell_px();
            ChromaBins::new().targets(&colours::chroma_from_canvases(&truth, cell_px, device))
        });
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

    /// Returns what was painted where something was hidden, and the photo elsewhere.
    fn composite(&self, painted: Tensor<4>) -> Tensor<4> {
        let hidden = self.hole.clone().repeat_dim(1, 3).greater_elem(0.5);
        self.truth.clone().mask_where(hidden, painted)
    }

    /// Adds up what `loss` says of errors pixel by pixel; `squared` and `discounts` are given.
    fn errors(
        &self,
        picture: &Tensor<4>,
        squared: Tensor<1>,
        loss: Loss,
        discounts: Option<&Tensor<4>>,
    ) -> Tensor<1> {
        let [truth, hole] = [&self.truth, &self.hole];
        let mut sum = squared * loss.squared;
        if loss.log_squared > 0.0 {
            let error = log_squared(picture.clone(), truth.clone(), hole.clone());
            sum = sum + error * loss.log_squared;
        }
        if loss.identity > 0.0 {
            sum = sum + identity(picture.clone(), truth.clone()) * loss.identity;
        }
        if let Some(weights) = discounts {
            let error = weighted_l1(picture.clone(), truth.clone(), weights.clone());
            sum = sum + error * loss.discounted;
        }
        if loss.known > 0.0 {
            let known = 1.0 - hole.clone();
            sum = sum + masked_l1(picture.clone(), truth.clone(), known) * loss.known;
        }
        sum
    }

    /// Adds up all that `loss` names; `squared` is given.
    fn reconstruction(
        &self,
        painted: &Painted,
        squared: Tensor<1>,
        loss: Loss,
        measures: LocalMeasures<'_>,
    ) -> Tensor<1> {
        let LocalMeasures { features, rarity } = measures;
        let device = self.hole.device();
        let [truth, hole] = [&self.truth, &self.hole];
        let discounts = (loss.discounted > 0.0).then(|| {
            let plane = |c: &Canvas| discounts(c.hole(), c.size(), loss.discount);
            let [w, h] = self.canvases[0].size();
            let values: Vec<f32> = self.canvases.iter().flat_map(plane).collect();
            Tensor::from_data(TensorData::new(values, [self.canvases.len(), 1, h, w]), &device)
        });
        let of = |picture: &Tensor<4>, squared: Tensor<1>| {
            self.errors(picture, squared, loss, discounts.as_ref())
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
            let rarity = match rarity {
                Some(rarity) => Tensor::from_floats(rarity, &device).powf_scalar(loss.rarity),
                None => Tensor::ones([targets.dims()[1]], &device),
            };
            sum = sum + cross_entropy(answer.clone(), targets.clone(), rarity) * loss.bins;
        }
        if let Some(answer) = painted.belongs.as_ref().filter(|_| loss.region > 0.0) {
            let [n, _, rows, columns] = answer.dims();
            let cell = truth.dims()[2] / rows;
            let cells = truth.clone().narrow(1, 0, 1).reshape([n, rows, cell, columns, cell]);
            let means: Tensor<4> = cells.mean_dims(&[2, 4]).reshape([n, 1, rows, columns]);
            sum = sum + region(answer.clone(), means) * loss.region;
        }
        if let Some((features, seen)) = features.zip(painted.seen.as_ref())
            && loss.pairs > 0.0
        {
            let known = features.taps(truth.clone()).pop().expect("one map at least").detach();
            sum = sum + pairs(seen.clone(), known) * loss.pairs;
        }
        if let Some(features) = features.filter(|_| loss.features > 0.0) {
            let composite = self.composite(painted.picture.clone());
            let wanted: Vec<_> =
                features.taps(truth.clone()).into_iter().map(Tensor::detach).collect();
            sum = sum + perceptual(&features.taps(composite), &wanted) * loss.features;
        }
        sum
    }
}

fn number(loss: &Tensor<1>) -> f32 {
    loss.clone().detach().to_data().try_to_vec::<f32>().map_or(f32::NAN, |values| values[0])
}
