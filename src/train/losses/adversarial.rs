//! The two sides of the game: what a critic is paid for, and what a generator is paid for by it.

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, softplus};
use serde::{Deserialize, Serialize};

/// Keeps logarithms finite; as published by Sabini & Rusak.
const EPSILON: f32 = 1e-9;

/// A pair of losses; all are means over all verdicts, of pictures or of patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adversarial {
    /// Critic `−log D(real) − log(1 − D(painted))`, generator `−log D(painted)`; verdicts are
    /// probabilities.
    ///
    /// Goodfellow et al. 2014 in the form of Sabini & Rusak 2018, second and third phase.
    Dcgan,
    /// Critic `½ (D(real) − 1)² + ½ D(painted)²`, generator `½ (D(painted) − 1)²`.
    ///
    /// Mao et al., "Least Squares Generative Adversarial Networks" (ICCV 2017), with their 0 and 1.
    LeastSquares,
    /// Critic `max(0, 1 − D(real)) + max(0, 1 + D(painted))`, generator `−D(painted)`.
    ///
    /// Lim & Ye 2017, Miyato et al. 2018. The code of Yu et al. 2019 halves the critic's, which
    /// Adam cannot notice.
    Hinge,
    /// Critic `log(1 + e^−D(real)) + log(1 + e^D(painted))`, generator `log(1 + e^−D(painted))`;
    /// verdicts are logits. The same game as [`Dcgan`](Self::Dcgan), finite everywhere.
    ///
    /// Goodfellow et al. 2014, the non-saturating form. DeOldify halves the critic's: its threshold
    /// of 0.65 for letting the generator play is 1.3 here.
    Logistic,
    /// Critic `D(painted) − D(real)`, generator `−D(painted)`.
    ///
    /// Arjovsky et al., "Wasserstein GAN" (ICML 2017); worth nothing without the
    /// [gradient penalty](super::penalty::gradient_penalty).
    Wasserstein,
}

impl Adversarial {
    /// What the critic minimises.
    ///
    /// # Shapes and ranges
    /// Verdicts of any shape; `real` and `painted` may differ in number.
    #[must_use]
    pub fn critic<const D: usize>(self, real: Tensor<D>, painted: Tensor<D>) -> Tensor<1> {
        match self {
            Self::Dcgan => {
                let caught = (painted.neg() + 1.0 + EPSILON).log();
                (real + EPSILON).log().mean().neg() - caught.mean()
            }
            Self::LeastSquares => {
                (real - 1.0).square().mean() * 0.5 + painted.square().mean() * 0.5
            }
            Self::Hinge => relu(real.neg() + 1.0).mean() + relu(painted + 1.0).mean(),
            Self::Logistic => softplus(real.neg(), 1.0).mean() + softplus(painted, 1.0).mean(),
            Self::Wasserstein => painted.mean() - real.mean(),
        }
    }

    /// What the generator adds to its reconstruction error, before its weight.
    ///
    /// # Shapes and ranges
    /// Verdicts of any shape.
    #[must_use]
    pub fn generator<const D: usize>(self, painted: Tensor<D>) -> Tensor<1> {
        match self {
            Self::Dcgan => (painted + EPSILON).log().mean().neg(),
            Self::LeastSquares => (painted - 1.0).square().mean() * 0.5,
            Self::Hinge | Self::Wasserstein => painted.mean().neg(),
            Self::Logistic => softplus(painted.neg(), 1.0).mean(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{gradient_error, random, value};
    use super::*;
    use burn::tensor::Device;

    use Adversarial::{Dcgan, Hinge, LeastSquares, Logistic, Wasserstein};

    const ALL: [Adversarial; 5] = [Dcgan, LeastSquares, Hinge, Logistic, Wasserstein];

    fn verdict(v: f32) -> Tensor<2> {
        Tensor::full([2, 1], v, &Device::flex())
    }

    #[test]
    fn losses_are_those_worked_out_by_hand() {
        // By hand, of the verdicts 0.9 and 0.2; ln 0.9 = −0.105361, ln 0.8 = −0.223144,
        // ln 0.2 = −1.609438, ln(1 + e^−0.9) = 0.341154, ln(1 + e^0.2) = 0.798139.
        for (kind, critic, generator) in [
            (Dcgan, 0.105_361 + 0.223_144, 1.609_438),
            (LeastSquares, 0.005 + 0.02, 0.32),
            (Hinge, 0.1 + 1.2, -0.2),
            (Logistic, 0.341_154 + 0.798_139, 0.598_139),
            (Wasserstein, -0.7, -0.2),
        ] {
            let got = value(kind.critic(verdict(0.9), verdict(0.2)));
            assert!((got - critic).abs() < 1e-5, "{kind:?} critic {got} not {critic}");
            let got = value(kind.generator(verdict(0.2)));
            assert!((got - generator).abs() < 1e-5, "{kind:?} generator {got} not {generator}");
        }
    }

    #[test]
    fn the_critic_is_paid_for_telling_them_apart_and_the_generator_for_fooling_it() {
        for kind in ALL {
            let critic = |real, painted| value(kind.critic(verdict(real), verdict(painted)));
            let right = critic(0.99, 0.01);
            assert!(right < critic(0.5, 0.5), "{kind:?}");
            // The degenerate loss that pays for calling everything false must not come back.
            assert!(right < critic(0.01, 0.01), "{kind:?} all painted");
            assert!(right < critic(0.99, 0.99), "{kind:?} all real");
            let generator = |painted| value(kind.generator(verdict(painted)));
            assert!(generator(0.9) < generator(0.1), "{kind:?}");
        }
        let degenerate = |real: f32, painted: f32| -(1.0 - real).ln() - (1.0 - painted).ln();
        assert!(degenerate(0.99, 0.01) > degenerate(0.01, 0.01), "control: it pays for that");
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let [real, painted] = [1, 2].map(|seed| random([5, 1], seed) * 0.8 + 0.1);
        for kind in ALL {
            let errors = [
                gradient_error(&real, |x| kind.critic(x, painted.clone())),
                gradient_error(&painted, |x| kind.critic(real.clone(), x)),
                gradient_error(&painted, |x| kind.generator(x)),
            ];
            assert!(errors.iter().all(|error| *error < 1e-2), "{kind:?} {errors:?}");
        }
    }

    #[test]
    fn sure_verdicts_stay_finite() {
        for sure in [verdict(0.0), verdict(1.0)] {
            assert!(value(Dcgan.critic(sure.clone(), sure.clone())).is_finite());
        }
        for sure in [verdict(-200.0), verdict(200.0)] {
            assert!(value(Logistic.critic(sure.clone(), sure.clone())).is_finite());
            assert!(value(Logistic.generator(sure)).is_finite());
        }
    }
}
