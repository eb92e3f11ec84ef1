//! Every setting of a training run. The presets are the files of `training/presets/`, which also
//! give the reasons; a run saves the settings that it began with beside its weights.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::NetworkConfig;
use crate::task::Task;

use super::critics::CriticConfig;
use super::losses::adversarial::Adversarial;

/// All settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The task that the generator learns.
    pub task: Task,
    /// The preset that these settings started from.
    pub preset: String,
    /// The one seed behind weights, crops, holes and order.
    pub seed: u64,
    /// Shares of the three phases: generator alone, critic alone, both; 18:2:80 as published.
    pub phases: [usize; 3],
    /// The generator.
    pub generator: NetworkConfig,
    /// What a step is penalised for, apart from the critic.
    pub loss: Loss,
    /// The critic that joins in after the first phase.
    pub critic: CriticConfig,
    /// How the two play against each other.
    pub game: Game,
    /// Sizes of pictures and batches, one stage after another: coarse to fine.
    pub stages: Vec<Stage>,
    /// How weights follow their gradients.
    pub optimizer: Optimizer,
    /// What happens to a photo before a step sees it.
    pub augment: Augment,
    /// How often each kind of hole comes up, for tasks that have holes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holes: Option<Holes>,
    /// The mosaics of [`Task::Unmosaic`], for networks that have no grid of cells of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mosaic: Option<Mosaics>,
    /// What a network that learns [`Task::Colorize`] is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colours: Option<Colours>,
    /// What a network that learns [`Task::Cutout`] is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub things: Option<Things>,
}

/// Which networks learn in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Phase {
    Generator,
    Critic,
    Both,
}

impl Phase {
    /// Returns its place in the order of a run, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        self as usize + 1
    }
}

/// What a step is penalised for, apart from the critic: the weight of each term in their sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// Mean squared error in the hole: Sabini & Rusak, Iizuka et al. In a picture that is coloured
    /// or restored everything is hole; a coloured one differs in chroma alone.
    pub squared: f32,
    /// Mean over the pictures of the logarithm of each one's squared error, whose mean PSNR is. The
    /// last traces of an error count as much as the first. Ours.
    #[serde(default)]
    pub log_squared: f32,
    /// Mean squared error over the whole picture: the Keras variant's "identity".
    pub identity: f32,
    /// Mean absolute error over the whole picture, discounted far inside the hole: Yu et al.
    pub discounted: f32,
    /// The factor by which each pixel of distance to the known part discounts `discounted`: its γ.
    pub discount: f32,
    /// Mean absolute error of the known part: Yu et al.
    pub known: f32,
    /// How much a first draft counts beside the answer, for networks that make one.
    pub draft: f32,
    /// Mean squared error of the means of a mosaic's cells. Ours.
    pub cells: f32,
    /// Difference between the feature maps of the network that `--features` names.
    pub features: f32,
    /// Cross-entropy of the bins of chroma: Zhang et al.
    #[serde(default)]
    pub bins: f32,
    /// How much more rare chromas weigh in it: their rarity to this power. 1 is as in Zhang et al.,
    /// 0 makes no difference.
    #[serde(default = "one")]
    pub rarity: f32,
    /// Difference in how a colouring network's encoder and the last feature map of the network that
    /// `--features` names tell places apart: Liu et al.
    #[serde(default)]
    pub pairs: f32,
    /// Cross-entropy, overlap and edges of what is told apart: Rahman & Wang, Qin et al.
    #[serde(default)]
    pub region: f32,
}

impl Loss {
    /// Returns whether a feature network is needed.
    #[must_use]
    pub fn needs_features(&self) -> bool {
        self.features > 0.0 || self.pairs > 0.0
    }
}

/// How generator and critic play against each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Game {
    /// The rules, which say what each of them is penalised for.
    pub rules: Adversarial,
    /// Weight of the generator's adversarial loss; 0.0004 in two of the works.
    pub weight: f32,
    /// What the critic is shown.
    pub sees: Shown,
    /// Weight of the gradient penalty; 10 as published, 0 for none.
    pub penalty: f32,
    /// The critic's step size, as a multiple of the generator's: two time scales.
    pub critic_rate: f64,
    /// Steps of the critic for each step of the generator.
    pub critic_steps: usize,
}

/// What a critic is shown of a painted picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// All that the generator painted, even where the photo was known, as Sabini & Rusak have it.
    Painted,
    /// The photo with the hole painted, as Iizuka et al. and Yu et al. have it.
    Composite,
}

/// A stretch of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Side of the square pictures, in pixels.
    pub side_px: usize,
    /// Pictures per step.
    pub batch: usize,
    /// The number of steps.
    pub steps: usize,
    /// The step size of a pretrained encoder, as a share of that of all else. 0 lets the encoder
    /// rest, which saves computing its gradients.
    #[serde(default = "all")]
    pub encoder_rate: f64,
}

fn all() -> f64 {
    1.0
}

/// How weights follow their gradients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimizer {
    /// Adam's step size at the start.
    pub learning_rate: f64,
    /// Adam's two decays.
    pub betas: [f32; 2],
    /// Whether the step size falls to nothing along half a cosine; as published, it is constant.
    pub cosine: bool,
    /// The longest gradient allowed for one parameter tensor (Euclidean norm); 0 for no limit.
    pub clip: f32,
    /// How slowly the averaged weights follow; 0 for at once. The averaged weights are the ones
    /// that are shown, measured and packed.
    pub ema: f32,
}

/// What happens to a photo before a step sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// The smallest crop, as a share of a photo's short side.
    pub smallest_crop: f32,
    /// The short side that photos are kept at, in pixels; if left out, a quarter more than that of
    /// the pictures. A network that learns to paint detail needs crops that have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_px: Option<usize>,
    /// Whether pictures are mirrored half of the time.
    pub mirror: bool,
    /// Whether they are turned upside down half of the time, and on their sides half of the time.
    #[serde(default)]
    pub turn: bool,
    /// The largest angle that pictures are turned by, either way, in degrees.
    pub tilt_degrees: f32,
    /// The largest shear, either way: 0.1 moves the top by a tenth of the height.
    pub skew: f32,
    /// The largest change of brightness and of contrast, either way, as a share.
    pub light: f32,
    /// The shorter side of the slimmest pictures, as a share of the longer; 1 if all are square.
    #[serde(default = "one")]
    pub slimmest: f32,
}

fn one() -> f32 {
    1.0
}

/// Shares of the kinds of holes; they need not add up to one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holes {
    /// The outer quarters of the columns: Sabini & Rusak.
    pub columns: f32,
    /// Any set of sides, each up to a quarter.
    pub frame: f32,
    /// A box of 96 to 128 pixels of 256, scaled: Iizuka et al.
    pub boxes: f32,
    /// Wide free-form strokes, as Suvorov et al. (`LaMa`) found best, sometimes with a box.
    pub strokes: f32,
    /// A box from half of the side to all of it, anywhere: there is more to learn from it than from
    /// the others, for networks that need little around it.
    #[serde(default)]
    pub wide: f32,
}

/// Mosaics for training: square cells, anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mosaics {
    /// Side of the smallest cell, as a share of the picture's.
    pub least_cell: f32,
    /// Side of the largest cell, as a share of the picture's.
    pub largest_cell: f32,
}

/// What a network that learns to colour is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// The largest number of places whose colour is told.
    pub most_hints: usize,
    /// The share of pictures that are damaged as old ones are.
    pub damaged: f32,
}

/// What a network that learns to tell things apart is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Things {
    /// The share of pictures that are put together from things and other photos.
    pub composed: f32,
    /// The share of pictures with clicks; the others ask for the subject.
    pub clicked: f32,
    /// The largest number of clicks.
    pub most_clicks: usize,
}

/// The presets: task, name, text.
const PRESETS: [(Task, &str, &str); 23] = [
    (Task::Extend, "paper", include_str!("../../training/presets/extend-paper.toml")),
    (Task::Extend, "keras", include_str!("../../training/presets/extend-keras.toml")),
    (Task::Extend, "ship", include_str!("../../training/presets/extend-ship.toml")),
    (Task::Extend, "smoke", include_str!("../../training/presets/extend-smoke.toml")),
    (Task::Fill, "paper", include_str!("../../training/presets/fill-paper.toml")),
    (Task::Fill, "contextual", include_str!("../../training/presets/fill-contextual.toml")),
    (Task::Fill, "ship", include_str!("../../training/presets/fill-ship.toml")),
    (Task::Fill, "smoke", include_str!("../../training/presets/fill-smoke.toml")),
    (Task::Unmosaic, "paper", include_str!("../../training/presets/unmosaic-paper.toml")),
    (Task::Unmosaic, "ship", include_str!("../../training/presets/unmosaic-ship.toml")),
    (Task::Unmosaic, "smoke", include_str!("../../training/presets/unmosaic-smoke.toml")),
    (Task::Colorize, "paper", include_str!("../../training/presets/colorize-paper.toml")),
    (Task::Colorize, "ship", include_str!("../../training/presets/colorize-ship.toml")),
    (Task::Colorize, "smoke", include_str!("../../training/presets/colorize-smoke.toml")),
    (Task::Defade, "paper", include_str!("../../training/presets/defade-paper.toml")),
    (Task::Defade, "ship", include_str!("../../training/presets/defade-ship.toml")),
    (Task::Defade, "smoke", include_str!("../../training/presets/defade-smoke.toml")),
    (Task::Cutout, "ship", include_str!("../../training/presets/cutout-ship.toml")),
    (Task::Cutout, "smoke", include_str!("../../training/presets/cutout-smoke.toml")),
    (Task::Enlarge, "ship", include_str!("../../training/presets/enlarge-ship.toml")),
    (Task::Enlarge, "smoke", include_str!("../../training/presets/enlarge-smoke.toml")),
    (Task::Scratches, "ship", include_str!("../../training/presets/scratches-ship.toml")),
    (Task::Scratches, "smoke", include_str!("../../training/presets/scratches-smoke.toml")),
];

impl Settings {
    /// Returns the settings of a preset by its name, changed as `changes` say: see
    /// [`Settings::from_toml`].
    ///
    /// # Errors
    /// [`Error::BadSetting`] for an unknown name, or a change that makes no sense.
    pub fn preset(task: Task, name: &str, changes: &[String]) -> Result<Self> {
        let of_task = PRESETS.iter().filter(|preset| preset.0 == task);
        let Some((_, _, text)) = of_task.clone().find(|preset| preset.1 == name) else {
            let names: Vec<_> = of_task.map(|preset| preset.1).collect();
            return Err(Error::BadSetting {
                name: "preset",
                expected: names.join(" or "),
                found: name.into(),
            });
        };
        Self::from_toml(text, changes)
    }

    /// Reads settings, changes them and checks them.
    ///
    /// A change is a path and a value in the syntax of TOML: `seed=2`, `optimizer.clip=0.5`,
    /// `stages.0.steps=2400`, `generator.fill="mean"`.
    ///
    /// # Errors
    /// [`Error::BadSetting`] with the first thing that is wrong.
    pub fn from_toml(text: &str, changes: &[String]) -> Result<Self> {
        let unreadable = |error: &dyn std::fmt::Display| Error::BadSetting {
            name: "settings",
            expected: "as in training/presets".into(),
            found: error.to_string(),
        };
        let mut table: toml::Table = text.parse().map_err(|e| unreadable(&e))?;
        for change in changes {
            apply(&mut table, change)?;
        }
        let settings: Self = table.try_into().map_err(|e| unreadable(&e))?;
        settings.check()?;
        Ok(settings)
    }

    /// Writes the settings as TOML.
    ///
    /// # Panics
    /// Never: settings are plain values.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings are plain values")
    }

    /// Refuses settings that cannot work together.
    fn check(&self) -> Result<()> {
        must(!self.stages.is_empty(), "stages", "at least one", "none".into())?;
        let unit = self.generator.grid_px();
        for Stage { side_px, batch, steps, encoder_rate } in self.stages.iter().copied() {
            let fits = (0.0..=1.0).contains(&encoder_rate);
            must(fits, "encoder_rate", "from 0 to 1", encoder_rate.to_string())?;
            let fits = side_px > 0 && side_px.is_multiple_of(unit);
            must(fits, "side_px", &format!("a multiple of {unit}"), side_px.to_string())?;
            let found = format!("{batch}, {steps}");
            must(batch > 0 && steps > 0, "batch and steps", "at least 1", found)?;
        }
        let shares = self.phases.iter().sum::<usize>();
        must(shares > 0, "phases", "shares that are not all 0", format!("{:?}", self.phases))?;
        let unit = self.critic.unit_px();
        for Stage { side_px, .. } in self.stages_watched() {
            let fits = side_px.is_multiple_of(unit) && self.critic.local_px() <= side_px;
            let expected = format!("a multiple of {unit} where the critic looks");
            must(fits, "side_px", &expected, side_px.to_string())?;
            let only = self.critic.side_px();
            let fits = only.is_none_or(|only| only == side_px);
            let expected = format!("{} where the critic looks", only.unwrap_or(0));
            must(fits, "side_px", &expected, side_px.to_string())?;
        }
        let steps = self.game.critic_steps;
        must(steps > 0, "game.critic_steps", "at least 1", steps.to_string())?;
        let rate = self.optimizer.learning_rate;
        must(rate > 0.0 && rate < 1.0, "learning_rate", "between 0 and 1", rate.to_string())?;
        let ema = self.optimizer.ema;
        must((0.0..1.0).contains(&ema), "ema", "from 0 to below 1", ema.to_string())?;
        let crop = self.augment.smallest_crop;
        must(crop > 0.05 && crop <= 1.0, "smallest_crop", "above 0.05, up to 1", crop.to_string())?;
        self.check_pictures()
    }

    /// Refuses pictures that do not fit the task, and a task that does not fit the generator.
    fn check_pictures(&self) -> Result<()> {
        let task = self.task;
        let name = task.name();
        must(self.generator.does(task), "task", "one that the generator can learn", name.into())?;
        must(
            self.holes.is_some() == task.has_hole(),
            "holes",
            "there for tasks with a hole alone",
            format!("{:?}", self.holes),
        )?;
        let shares = self.holes.map_or([1.0; 5], |holes| holes.shares());
        let some = shares.iter().all(|&share| share >= 0.0) && shares.iter().sum::<f32>() > 0.0;
        must(some, "holes", "shares from 0, not all 0", format!("{shares:?}"))?;
        let slimmest = self.augment.slimmest;
        must(
            slimmest > 0.0 && slimmest <= 1.0,
            "slimmest",
            "above 0, up to 1",
            slimmest.to_string(),
        )?;
        let any = !task.has_hole()
            && (self.critic.side_px().is_none() || self.stages_watched().next().is_none());
        must(
            slimmest == 1.0 || any,
            "slimmest",
            "1: pictures must be square",
            slimmest.to_string(),
        )?;
        let bins = self.loss.bins;
        must(bins == 0.0 || self.generator.has_bins(), "bins", "0 without bins", bins.to_string())?;
        let pairs = self.loss.pairs;
        must(
            pairs == 0.0 || task == Task::Colorize,
            "pairs",
            "0 but to colour",
            pairs.to_string(),
        )?;
        let found = format!("{:?}", self.colours);
        let takes_hints = self.generator.takes_hints();
        let fits = self
            .colours
            .is_none_or(|c| (0.0..=1.0).contains(&c.damaged) && (c.most_hints == 0 || takes_hints));
        let needed = (task == Task::Colorize) == self.colours.is_some();
        let expected = "there for colorize alone, hints where the generator takes them";
        must(fits && needed, "colours", expected, found)?;
        self.check_things()?;
        let found = format!("{:?}", self.mosaic);
        let cells =
            self.mosaic.is_none_or(|m| m.least_cell > 0.0 && m.least_cell <= m.largest_cell);
        let draws = task == Task::Unmosaic && self.generator.mosaic_px().is_none();
        let expected = "there to undo mosaics on any grid alone, its cells above 0";
        must(cells && draws == self.mosaic.is_some(), "mosaic", expected, found)?;
        let kept = self.augment.kept_px;
        let fits = kept.is_none_or(|px| px >= self.largest_side());
        must(fits, "kept_px", "no less than a picture's side", format!("{kept:?}"))
    }

    /// Refuses what is shown of things, and a loss of theirs, for another task.
    fn check_things(&self) -> Result<()> {
        let task = self.task;
        let found = format!("{:?}", self.things);
        let fits = self.things.is_none_or(|t| {
            [t.composed, t.clicked].iter().all(|share| (0.0..=1.0).contains(share))
                && t.most_clicks > 0
        });
        let needed = (task == Task::Cutout) == self.things.is_some();
        must(fits && needed, "things", "there for cutout alone, shares from 0 to 1", found)?;
        let region = self.loss.region;
        let fits = region == 0.0 || matches!(task, Task::Cutout | Task::Scratches);
        must(fits, "region", "0 but to tell things apart", region.to_string())
    }

    /// Returns the stages in which the critic looks.
    fn stages_watched(&self) -> impl Iterator<Item = Stage> + '_ {
        let watched = (0..self.steps()).find(|&step| self.phase(step) != Phase::Generator);
        let mut end = 0;
        self.stages.iter().copied().filter(move |stage| {
            end += stage.steps;
            watched.is_some_and(|first| first < end)
        })
    }

    /// Returns the number of pixels that both sides of a picture must be multiples of.
    #[must_use]
    pub fn unit_px(&self) -> usize {
        let is_watched = self.stages_watched().next().is_some();
        // Both are powers of two wherever pictures need not be square.
        self.generator.grid_px().max(if is_watched { self.critic.unit_px() } else { 1 })
    }

    /// Returns the number of steps in all.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.stages.iter().map(|stage| stage.steps).sum()
    }

    /// Returns the stage of a step; for any step after the end, the last stage.
    ///
    /// # Panics
    /// Never: there is at least one stage.
    #[must_use]
    pub fn stage(&self, step: usize) -> Stage {
        let mut before = 0;
        let mut ends = self.stages.iter().map(|stage| {
            before += stage.steps;
            (before, stage)
        });
        let found = ends.find(|(end, _)| step < *end).map(|(_, stage)| stage);
        *found.or(self.stages.last()).expect("settings have a stage")
    }

    /// Returns the largest side that any stage shows.
    #[must_use]
    pub fn largest_side(&self) -> usize {
        self.stages.iter().map(|stage| stage.side_px).max().unwrap_or(0)
    }

    /// Returns the short side that photos are kept at.
    #[must_use]
    pub fn kept_px(&self) -> usize {
        self.augment.kept_px.unwrap_or(self.largest_side() * 5 / 4)
    }

    /// Returns how many pictures were shown before a step.
    #[must_use]
    pub fn pictures_before(&self, step: usize) -> usize {
        let mut left = step;
        self.stages.iter().fold(0, |seen, stage| {
            let steps = left.min(stage.steps);
            left -= steps;
            seen + steps * stage.batch
        })
    }

    /// Returns the phase that a step belongs to.
    #[must_use]
    pub fn phase(&self, step: usize) -> Phase {
        let all: usize = self.phases.iter().sum();
        let first = self.steps() * self.phases[0] / all;
        let second = self.steps() * (self.phases[0] + self.phases[1]) / all;
        match step {
            _ if step < first => Phase::Generator,
            _ if step < second => Phase::Critic,
            _ => Phase::Both,
        }
    }

    /// Returns the step size of a step: with `cosine`, a short warm-up and then half a cosine.
    #[must_use]
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        let Optimizer { learning_rate, cosine, .. } = self.optimizer;
        if !cosine {
            return learning_rate;
        }
        let warm_up = ((step + 1) as f64 / 100.0).min(1.0);
        let done = step as f64 / self.steps() as f64;
        let fall = 0.5 + 0.5 * (std::f64::consts::PI * done).cos();
        learning_rate * warm_up * fall.max(0.02)
    }
}

impl Holes {
    /// Returns the shares in the order of the fields.
    #[must_use]
    pub fn shares(&self) -> [f32; 5] {
        [self.columns, self.frame, self.boxes, self.strokes, self.wide]
    }
}

fn must(is_good: bool, name: &'static str, expected: &str, found: String) -> Result<()> {
    let bad = || Error::BadSetting { name, expected: expected.into(), found };
    if is_good { Ok(()) } else { Err(bad()) }
}

/// Sets one value of a table by its path.
fn apply(table: &mut toml::Table, change: &str) -> Result<()> {
    let bad = || Error::BadSetting {
        name: "change",
        expected: "an existing setting and a value, such as optimizer.clip=0.5".into(),
        found: change.into(),
    };
    let (path, value) = change.split_once('=').ok_or_else(bad)?;
    let parsed: toml::Table = format!("value = {value}").parse().map_err(|_| bad())?;
    let mut names = path.trim().split('.');
    let first = names.next().ok_or_else(bad)?;
    let mut place = table.get_mut(first).ok_or_else(bad)?;
    for name in names {
        place = match place {
            toml::Value::Table(table) => table.get_mut(name),
            toml::Value::Array(items) => name.parse().ok().and_then(|at: usize| items.get_mut(at)),
            _ => None,
        }
        .ok_or_else(bad)?;
    }
    *place = parsed.get("value").ok_or_else(bad)?.clone();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_reads_back_as_it_was_written() {
        for (task, name, _) in PRESETS {
            let settings = Settings::preset(task, name, &[]).unwrap();
            assert_eq!((settings.task, settings.preset.as_str()), (task, name));
            assert_eq!(Settings::from_toml(&settings.to_toml(), &[]).unwrap(), settings);
        }
    }

    #[test]
    fn the_paper_s_steps_split_as_published() {
        let paper = Settings::preset(Task::Extend, "paper", &[]).unwrap();
        let count = |phase| (0..paper.steps()).filter(|&step| paper.phase(step) == phase).count();
        let phases = [Phase::Generator, Phase::Critic, Phase::Both];
        assert_eq!(phases.map(count), [40_950, 4_550, 182_000]);
        assert!(paper.learning_rate_at(0) == 1e-3 && paper.learning_rate_at(227_499) == 1e-3);
    }

    #[test]
    fn changes_reach_what_they_name_and_nothing_else() {
        let plain = Settings::preset(Task::Fill, "smoke", &[]).unwrap();
        let changes = ["seed=7", "stages.0.steps = 12", "generator.fill=\"mean\""];
        let changed = Settings::preset(Task::Fill, "smoke", &changes.map(str::to_owned)).unwrap();
        assert_eq!((changed.seed, changed.steps()), (7, 12));
        assert_eq!(changed.generator.fill(Task::Fill), crate::pixels::Fill::Mean);
        assert_eq!(Settings { seed: 1, ..changed }.augment, plain.augment);
    }

    #[test]
    fn stages_follow_one_another() {
        let text = Settings::preset(Task::Fill, "smoke", &[]).unwrap().to_toml();
        let second = "[[stages]]\nside_px = 96\nbatch = 2\nsteps = 10\n\n[optimizer]";
        let text = text.replace("[optimizer]", second);
        let only_first = ["phases=[1, 0, 0]".to_owned()];
        let two = Settings::from_toml(&text, &only_first).unwrap();
        assert_eq!(
            [two.stage(199).side_px, two.stage(200).side_px, two.stage(999).side_px],
            [64, 96, 96]
        );
        assert_eq!([two.pictures_before(200), two.pictures_before(203)], [800, 806]);
        let refused = Settings::from_toml(&text, &[]).unwrap_err().to_string();
        assert!(refused.contains("64 where the critic looks, got \"96\""), "{refused}");
    }

    #[test]
    fn err_what_makes_no_sense_is_named() {
        let error = |changes: &[&str]| {
            let changes: Vec<_> = changes.iter().map(|&change| change.to_owned()).collect();
            Settings::preset(Task::Fill, "smoke", &changes).unwrap_err().to_string()
        };
        let unknown = Settings::preset(Task::Extend, "fast", &[]).unwrap_err().to_string();
        assert_eq!(unknown, "preset must be paper or keras or ship or smoke, got \"fast\"");
        assert!(error(&["stages.0.side_px=66"]).contains("a multiple of 4"));
        assert!(error(&["phases=[0, 0, 0]"]).contains("not all 0"));
        assert!(error(&["optimizer.ema=1.0"]).contains("below 1"));
        assert!(error(&["sedd=2"]).contains("an existing setting"));
        assert!(error(&["seed=two"]).contains("an existing setting"));
        assert!(error(&["seed=-1"]).contains("as in training/presets"));
        assert!(error(&["task=\"colorize\""]).contains("one that the generator can learn"));
        assert!(error(&["loss.bins=1.0"]).contains("0 without bins"));
        assert!(error(&["loss.pairs=1.0"]).contains("0 but to colour"));
        assert!(error(&["augment.slimmest=0.5"]).contains("must be square"));
        let blind = ["generator.hints=false".to_owned()];
        let refused = Settings::preset(Task::Colorize, "smoke", &blind).unwrap_err().to_string();
        assert!(refused.contains("hints where the generator takes them"), "{refused}");
    }
}
