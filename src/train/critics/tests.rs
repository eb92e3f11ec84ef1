//! What every critic must do: be as large as published, and tell real from painted after 200 steps.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::colorizer::{ColorizerCritic, ColorizerCriticConfig};
use super::completion::{CompletionCritic, CompletionCriticConfig};
use super::contextual::{ContextualCriticsConfig, WassersteinCritic};
use super::keras::{KerasCritic, KerasCriticConfig};
use super::outpaint::{OutpaintCritic, OutpaintCriticConfig};
use super::patch::{PatchCritic, PatchCriticConfig};
use super::window::{window_anywhere, window_around, windows};
use crate::train::losses::adversarial::Adversarial;
use crate::train::losses::penalty::{between, gradient_penalty};

/// Parameters that are learnt: Burn counts what batch and spectral norm remember as well.
fn learnt(critic: &impl Module) -> usize {
    #[derive(Default)]
    struct Count(Vec<String>, usize);
    impl ModuleVisitor for Count {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.0.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.0.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let remembered = ["running_mean", "running_var", "direction"];
            if !self.0.iter().any(|name| remembered.contains(&name.as_str())) {
                self.1 += param.lazy_shape().num_elements();
            }
        }
    }
    let mut count = Count::default();
    critic.visit(&mut count);
    count.1
}

/// Weights and biases of convolutions with this kernel through these channels.
fn convolutions(kernel_px: usize, channels: &[usize]) -> usize {
    channels.windows(2).map(|pair| (kernel_px * kernel_px * pair[0] + 1) * pair[1]).sum()
}

#[test]
fn the_completion_critic_has_the_published_number_of_parameters() {
    let critic = CompletionCriticConfig::new().init(&Device::flex());
    // Batch norm adds a scale and an offset a channel; the dense layers see 4×4×512 values.
    let channels = [3, 64, 128, 256, 512, 512, 512];
    let local = convolutions(5, &channels[..6]) + 2 * 1472 + (8192 + 1) * 1024;
    let whole = convolutions(5, &channels) + 2 * 1984 + (8192 + 1) * 1024;
    assert_eq!([local, whole], [19_253_248, 25_808_384], "19.3 M and 25.8 M");
    assert_eq!(learnt(&critic), local + whole + 2049);
}

#[test]
fn the_keras_critic_has_the_published_number_of_parameters() {
    let size =
        |size_px| learnt(&KerasCriticConfig::new().with_size_px(size_px).init(&Device::flex()));
    let layers = convolutions(5, &[3, 32, 64, 64, 128, 128]) + 1025;
    assert_eq!(size([128, 256]), layers + (4 * 8 * 128 + 1) * 1024);
    assert_eq!(size([128, 256]), 4_967_169, "4.97 M");
    assert_eq!(size([256, 256]), 9_161_473, "the whole picture");
}

#[test]
fn the_contextual_critics_have_the_published_number_of_parameters() {
    let critics = ContextualCriticsConfig::new().init(&Device::flex());
    let local = convolutions(5, &[3, 64, 128, 256, 512]) + 8 * 8 * 512 + 1;
    let whole = convolutions(5, &[3, 64, 128, 256, 256]) + 16 * 16 * 256 + 1;
    assert_eq!([learnt(&critics.local), learnt(&critics.whole)], [local, whole]);
    assert_eq!(learnt(&critics), 7_072_770, "7.07 M");
}

#[test]
fn the_patch_critic_has_the_published_number_of_parameters() {
    let count = |conditions| {
        learnt(&PatchCriticConfig::new().with_conditions(conditions).init(&Device::flex()))
    };
    // The released code gives it the hole: four channels.
    assert_eq!(count(1), convolutions(5, &[4, 64, 128, 256, 256, 256, 256]));
    assert_eq!([count(0), count(1), count(3)], [5_945_216, 5_946_816, 5_950_016]);
}

#[test]
fn the_colorizer_critic_has_the_published_number_of_parameters() {
    let critic = ColorizerCriticConfig::new().init(&Device::flex());
    let kernels_of_3 =
        [256, 512, 1024, 2048].map(|c| convolutions(3, &[c, c])).iter().sum::<usize>();
    let kernels_of_4 = convolutions(4, &[3, 256, 512, 1024, 2048]) + 16 * 2048;
    assert_eq!(kernels_of_3 + kernels_of_4, 94_227_968, "94.2 M without its attention");
    let attention = 512 * (64 + 64 + 512) + 1;
    assert_eq!(learnt(&critic), 94_227_968 + attention);
}

#[test]
fn verdicts_have_the_shapes_they_should() {
    let device = Device::flex();
    let pictures = |side: usize| Tensor::<4>::zeros([2, 3, side, side], &device);
    let wide = Tensor::<4>::zeros([2, 3, 64, 128], &device);
    let patch = PatchCriticConfig::new().with_channels(2);
    assert_eq!(patch.init(&device).forward(wide.clone(), None).dims(), [2, 8, 1, 2]);
    let pair = patch.with_conditions(3).init(&device);
    assert_eq!(pair.forward(wide.clone(), Some(wide.clone())).dims(), [2, 8, 1, 2]);
    let colorizer = ColorizerCriticConfig::new().with_channels(8).init(&device);
    assert_eq!(colorizer.forward(pictures(128)).dims(), [2, 25]);
    assert_eq!(colorizer.forward(wide).dims(), [2, 5]);
    let keras = KerasCriticConfig::new().with_size_px([64, 32]).with_channels(2).with_features(4);
    let keras = keras.init(&device).forward(Tensor::zeros([3, 3, 32, 64], &device));
    assert_eq!(keras.dims(), [3, 1]);
}

/// Pictures of stripes, and the same with a flat square in the middle, as an untrained generator
/// paints it.
struct Toys {
    side: usize,
    /// Painted pictures are real ones instead, but beside the condition of another.
    mismatched: bool,
    rng: ChaCha8Rng,
    device: Device,
}

/// A critic's view of one batch.
#[derive(Clone)]
struct Seen {
    pictures: Tensor<4>,
    /// Windows of half the side: around the painted square; anywhere in real pictures.
    local: Tensor<4>,
    /// The same place in both.
    window: Tensor<4>,
    /// What the picture was made from.
    condition: Tensor<4>,
}

impl Toys {
    fn new(side: usize) -> Self {
        let device = Device::flex().autodiff();
        Self { side, mismatched: false, rng: ChaCha8Rng::seed_from_u64(1), device }
    }

    fn hole(&self, i: usize) -> bool {
        let inside = self.side / 4..self.side * 3 / 4;
        inside.contains(&(i % self.side)) && inside.contains(&(i / self.side))
    }

    /// `[real, painted]`, `n` pictures each.
    fn batch(&mut self, n: usize) -> [Seen; 2] {
        let side = self.side;
        let mut batch = [Vec::new(), Vec::new()];
        for _ in 0..n {
            let period = self.rng.random_range(3.0..6.0_f32);
            let (fast_y, fast_x) = self.rng.random_range(0.0..6.3_f32).sin_cos();
            for _ in 0..3 {
                let low = self.rng.random_range(0.0..0.3_f32);
                let high = self.rng.random_range(0.7..1.0_f32);
                let stripes: Vec<f32> = (0..side * side)
                    .map(|i| {
                        let along = (i % side) as f32 * fast_x + (i / side) as f32 * fast_y;
                        low + (high - low) * (0.5 + 0.5 * (along * 6.3 / period).sin())
                    })
                    .collect();
                let flat =
                    |i: usize| if self.hole(i) { f32::midpoint(low, high) } else { stripes[i] };
                batch[1].extend((0..side * side).map(flat));
                batch[0].extend(stripes);
            }
        }
        let hole: Vec<f32> = (0..side * side).map(|i| f32::from(u8::from(self.hole(i)))).collect();
        let around = vec![window_around(&hole, [side; 2], side / 2); n];
        let anywhere: Vec<_> =
            (0..n).map(|_| window_anywhere([side; 2], side / 2, &mut self.rng)).collect();
        let [real, painted] = batch.map(|values| {
            let data = TensorData::new(values, [n, 3, side, side]);
            Tensor::<4>::from_data(data, &self.device)
        });
        let first_last = vec![real.clone().narrow(0, 1, n - 1), real.clone().narrow(0, 0, 1)];
        let painted = if self.mismatched { real.clone() } else { painted };
        let seen = |pictures: Tensor<4>, local: &[[usize; 2]], condition| Seen {
            local: windows(pictures.clone(), local, side / 2),
            window: windows(pictures.clone(), &around, side / 2),
            condition,
            pictures,
        };
        [seen(real.clone(), &anywhere, real), seen(painted, &around, Tensor::cat(first_last, 0))]
    }
}

/// Draws all weights anew from a generator of its own: Burn's is one for all tests, which run side by
/// side, so that no run would be like another.
struct Redraw {
    rng: ChaCha8Rng,
    path: Vec<String>,
}

impl ModuleMapper for Redraw {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let shape: [usize; D] = tensor.dims();
        let count: usize = shape.iter().product();
        // Dense layers are `[in, out]`, convolutions `[out, in, k, k]`.
        let fan_in = if D == 2 { shape[0] } else { count / shape[0] };
        let bound = (6.0 / fan_in as f32).sqrt();
        let values: Vec<f32> = match self.path.last().map_or("", String::as_str) {
            "weight" => (0..count).map(|_| self.rng.random_range(-bound..bound)).collect(),
            "bias" => vec![0.0; count],
            "direction" => vec![1.0 / (count as f32).sqrt(); count],
            // What norms and attention begin with is not drawn.
            _ => return Param::from_mapped_value(id, tensor, mapper),
        };
        let drawn = Tensor::from_data(TensorData::new(values, shape), &tensor.device());
        Param::from_mapped_value(id, drawn.require_grad(), mapper)
    }
}

/// The share of fresh pictures on the right side of the boundary after 200 steps.
///
/// `judge` gives `[n, verdicts]`; the boundary is one of these: `None` for half way between the
/// mean verdicts on one more batch.
fn told_apart<M: Module + Clone>(
    critic: M,
    mut toys: Toys,
    boundary: Option<f32>,
    judge: impl Fn(&M, Seen) -> Tensor<2>,
    loss: impl Fn(&M, [Seen; 2]) -> Tensor<1>,
) -> f32 {
    let mut critic =
        critic.map(&mut Redraw { rng: ChaCha8Rng::seed_from_u64(2), path: Vec::new() });
    let mut adam = AdamConfig::new().with_beta_1(0.5).with_beta_2(0.9).init();
    for _ in 0..200 {
        let loss = loss(&critic, toys.batch(4));
        let gradients = GradientsParams::from_grads(loss.backward(), &critic);
        // Twice the usual: spectral norm makes small critics slow to start.
        critic = adam.step(2e-3, critic, gradients);
    }
    // Off training: no dropout, the norms as they were learnt.
    let critic = critic.valid();
    let verdicts = |seen: Seen| -> Vec<f32> {
        let seen = Seen {
            pictures: seen.pictures.inner(),
            local: seen.local.inner(),
            window: seen.window.inner(),
            condition: seen.condition.inner(),
        };
        judge(&critic, seen).mean_dim(1).into_data().try_to_vec().unwrap()
    };
    let mean = |all: Vec<f32>| all.iter().sum::<f32>() / all.len() as f32;
    let boundary = boundary.unwrap_or_else(|| {
        let [real, painted] = toys.batch(4).map(|seen| mean(verdicts(seen)));
        f32::midpoint(real, painted)
    });
    let [real, painted] = toys.batch(16).map(verdicts);
    let right = real.iter().filter(|v| **v > boundary).count()
        + painted.iter().filter(|v| **v < boundary).count();
    right as f32 / 32.0
}

/// Both batches through the same judge, and a pair of losses.
fn playing<M>(
    game: Adversarial,
    judge: impl Fn(&M, Seen) -> Tensor<2>,
) -> impl Fn(&M, [Seen; 2]) -> Tensor<1> {
    move |critic, [real, painted]| game.critic(judge(critic, real), judge(critic, painted))
}

#[test]
fn the_outpaint_critic_learns_to_tell_them_apart() {
    let toys = Toys::new(32);
    let config = OutpaintCriticConfig::new().with_side_px(32).with_channels(8).with_features(32);
    let critic = config.init(&toys.device);
    let judge = |critic: &OutpaintCritic, seen: Seen| critic.forward(seen.pictures);
    let right = told_apart(critic, toys, Some(0.5), judge, playing(Adversarial::Dcgan, judge));
    assert!(right > 0.9, "{right}");
}

#[test]
fn the_completion_critic_learns_to_tell_them_apart() {
    let toys = Toys::new(64);
    let config = CompletionCriticConfig::new().with_side_px(64).with_local_px(32);
    let critic = config.with_channels(8).with_features(32).init(&toys.device);
    let judge = |critic: &CompletionCritic, seen: Seen| critic.forward(seen.pictures, seen.local);
    // In one batch, as `Critic::judge_both`.
    let loss = |critic: &CompletionCritic, [real, painted]: [Seen; 2]| {
        let n = real.pictures.dims()[0];
        let both = |a, b| Tensor::cat(vec![a, b], 0);
        let [whole, local] =
            [both(real.pictures, painted.pictures), both(real.local, painted.local)];
        let verdicts = critic.forward(whole, local);
        Adversarial::Dcgan.critic(verdicts.clone().narrow(0, 0, n), verdicts.narrow(0, n, n))
    };
    let right = told_apart(critic, toys, Some(0.5), judge, loss);
    assert!(right > 0.9, "{right}");
}

/// The Keras critic by a loss over verdicts of real and painted pictures.
fn keras(loss: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1>) -> f32 {
    let toys = Toys::new(32);
    let config = KerasCriticConfig::new().with_size_px([32, 32]).with_channels(8);
    // Dropout is drawn by Burn's one generator.
    let critic = config.with_features(64).with_dropout(0.0).init(&toys.device);
    let judge = |critic: &KerasCritic, seen: Seen| critic.forward(seen.pictures);
    told_apart(critic, toys, Some(0.5), judge, |critic, [real, painted]| {
        loss(judge(critic, real), judge(critic, painted))
    })
}

#[test]
fn the_keras_critic_learns_to_tell_them_apart_and_not_by_its_published_loss() {
    let right = keras(|real, painted| Adversarial::LeastSquares.critic(real, painted));
    assert!(right > 0.9, "{right}");
    // Control: as published, log(1 − D) for real and painted alike. Everything is called painted.
    let all_painted = |verdict: Tensor<2>| (verdict.neg() + 1.0 + 1e-7).log().mean().neg();
    let degenerate = keras(|real, painted| all_painted(real) + all_painted(painted));
    assert_eq!(degenerate, 0.5, "it cannot tell anything apart");
}

#[test]
fn the_contextual_critics_learn_to_tell_them_apart() {
    for local in [false, true] {
        let mut toys = Toys::new(32);
        let config = ContextualCriticsConfig::new().with_side_px(32).with_local_px(16);
        let critics = config.with_channels(8).init(&toys.device);
        let critic = if local { critics.local } else { critics.whole };
        let picture = move |seen: Seen| if local { seen.window } else { seen.pictures };
        let judge = move |critic: &WassersteinCritic, seen: Seen| critic.forward(picture(seen));
        let mut rng = ChaCha8Rng::seed_from_u64(toys.rng.random());
        let shares: Vec<[f32; 4]> = (0..200).map(|_| [0; 4].map(|_| rng.random())).collect();
        let step = std::cell::Cell::new(0);
        let loss = |critic: &WassersteinCritic, [real, painted]: [Seen; 2]| {
            let shares = &shares[step.replace(step.get() + 1)];
            let at = between(picture(real.clone()), picture(painted.clone()), shares);
            let penalty = gradient_penalty(|x| critic.forward(x), at, None);
            let game = Adversarial::Wasserstein.critic(judge(critic, real), judge(critic, painted));
            game + penalty * 10.0
        };
        let right = told_apart(critic, toys, None, judge, loss);
        assert!(right > 0.9, "local {local}: {right}");
    }
}

#[test]
fn the_patch_critic_learns_to_tell_them_apart() {
    let toys = Toys::new(32);
    let config = PatchCriticConfig::new().with_channels(8).with_halvings(4);
    let critic = config.init(&toys.device);
    let judge =
        |critic: &PatchCritic, seen: Seen| critic.forward(seen.pictures, None).flatten::<2>(1, 3);
    let right = told_apart(critic, toys, None, judge, playing(Adversarial::Hinge, judge));
    assert!(right > 0.9, "{right}");
}

#[test]
fn the_patch_critic_notices_pictures_that_do_not_belong_to_their_condition() {
    let right = |conditions: usize| {
        let toys = Toys { mismatched: true, ..Toys::new(32) };
        let config = PatchCriticConfig::new().with_channels(8).with_halvings(3);
        let critic = config.with_conditions(conditions).init(&toys.device);
        let judge = move |critic: &PatchCritic, seen: Seen| {
            let condition = (conditions > 0).then_some(seen.condition);
            critic.forward(seen.pictures, condition).flatten::<2>(1, 3)
        };
        told_apart(critic, toys, None, judge, playing(Adversarial::Hinge, judge))
    };
    let pairs = right(3);
    assert!(pairs > 0.9, "{pairs}");
    assert_eq!(right(0), 0.5, "control: without the condition both are real photos");
}

#[test]
fn the_colorizer_critic_learns_to_tell_them_apart() {
    let toys = Toys::new(64);
    let config = ColorizerCriticConfig::new().with_channels(8).with_dropout(0.0);
    let critic = config.init(&toys.device);
    let judge = |critic: &ColorizerCritic, seen: Seen| critic.forward(seen.pictures);
    let right = told_apart(critic, toys, Some(0.0), judge, playing(Adversarial::Logistic, judge));
    assert!(right > 0.9, "{right}");
}
