//! Every setting of a training run, each with its reason; saved beside the weights.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::outpaint::OutpaintConfig;

use super::critics::outpaint::OutpaintCriticConfig;

/// All settings of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The preset these started from.
    pub preset: String,
    /// The generator.
    pub generator: OutpaintConfig,
    /// The critic that joins in after the first phase.
    pub critic: OutpaintCriticConfig,
    /// Side of the square pictures, in pixels.
    pub side_px: usize,
    /// Pictures per step.
    pub batch: usize,
    /// Steps in all three phases together.
    pub steps: usize,
    /// Shares of the three phases: generator alone, critic alone, both.
    pub phases: [usize; 3],
    /// Adam's step size at the start; 1e-3 as published.
    pub learning_rate: f64,
    /// Whether the step size falls to nothing along half a cosine. Published: constant.
    pub cosine: bool,
    /// Weight of the adversarial term; 0.0004 as published.
    pub adversarial_weight: f32,
    /// The smallest crop, as a share of a photo's short side. Published: no cropping.
    pub smallest_crop: f32,
    /// Whether pictures are mirrored half of the time. Published: no.
    pub mirror: bool,
    /// The one seed behind weights, crops, holes and order.
    pub seed: u64,
}

impl Settings {
    /// The settings of a preset by its name.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for any other name.
    pub fn preset(name: &str) -> Result<Self> {
        let paper = Self {
            preset: name.to_owned(),
            generator: OutpaintConfig::paper(),
            critic: OutpaintCriticConfig::new(),
            side_px: 128,
            batch: 16,
            steps: 227_500,
            phases: [18, 2, 80],
            learning_rate: 1e-3,
            cosine: false,
            adversarial_weight: 0.0004,
            smallest_crop: 1.0,
            mirror: false,
            seed: 1,
        };
        match name {
            "paper" => Ok(paper),
            // Structure first: the detail will come from the photo itself, so most of the time
            // goes to the reconstruction, and the critic only comes in at the end.
            "ship" => Ok(Self {
                generator: OutpaintConfig::ship(),
                steps: 20_000,
                phases: [90, 2, 8],
                cosine: true,
                smallest_crop: 0.6,
                mirror: true,
                ..paper
            }),
            // Small enough for two minutes on two cores.
            "smoke" => Ok(Self {
                generator: OutpaintConfig::smoke(),
                critic: OutpaintCriticConfig::new()
                    .with_side_px(64)
                    .with_channels(8)
                    .with_features(32),
                side_px: 64,
                batch: 4,
                steps: 200,
                ..paper
            }),
            _ => Err(Error::BadSetting {
                name: "preset",
                expected: "paper, ship or smoke".into(),
                found: name.into(),
            }),
        }
    }

    /// Refuses settings that cannot work together.
    ///
    /// # Errors
    /// [`Error::BadSetting`] with the first that is wrong.
    pub fn check(&self) -> Result<()> {
        let wrong = |name, expected: &str, found: String| {
            Err(Error::BadSetting { name, expected: expected.into(), found })
        };
        if self.side_px == 0 || !self.side_px.is_multiple_of(32) {
            return wrong("side", "a multiple of 32", self.side_px.to_string());
        }
        if self.batch == 0 || self.steps == 0 {
            return wrong(
                "batch and steps",
                "at least 1",
                format!("{}, {}", self.batch, self.steps),
            );
        }
        if !(self.learning_rate > 0.0 && self.learning_rate < 1.0) {
            return wrong("rate", "between 0 and 1", self.learning_rate.to_string());
        }
        Ok(())
    }

    /// Which phase a step belongs to: 0 generator alone, 1 critic alone, 2 both.
    #[must_use]
    pub fn phase(&self, step: usize) -> usize {
        let all: usize = self.phases.iter().sum();
        let first = self.steps * self.phases[0] / all;
        let second = self.steps * (self.phases[0] + self.phases[1]) / all;
        usize::from(step >= first) + usize::from(step >= second)
    }

    /// The step size of a step: with `cosine`, a short warm-up and half a cosine.
    #[must_use]
    pub fn learning_rate_at(&self, step: usize) -> f64 {
        if !self.cosine {
            return self.learning_rate;
        }
        let warm_up = ((step + 1) as f64 / 100.0).min(1.0);
        let done = step as f64 / self.steps as f64;
        let fall = 0.5 + 0.5 * (std::f64::consts::PI * done).cos();
        self.learning_rate * warm_up * fall.max(0.02)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_s_steps_split_as_published() {
        let paper = Settings::preset("paper").unwrap();
        let count = |phase| (0..paper.steps).filter(|&step| paper.phase(step) == phase).count();
        assert_eq!([count(0), count(1), count(2)], [40_950, 4_550, 182_000]);
        assert!(paper.learning_rate_at(0) == 1e-3 && paper.learning_rate_at(227_499) == 1e-3);
    }

    #[test]
    fn err_an_unknown_preset_is_named() {
        let error = Settings::preset("fast").unwrap_err().to_string();
        assert_eq!(error, "preset must be paper, ship or smoke, got \"fast\"");
    }
}
