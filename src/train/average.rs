//! Weights averaged over the last steps: calmer than those of the last step, so they are what is
//! shown, measured and packed.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// Returns `average · decay + net · (1 − decay)`, parameter by parameter; both are off the tape.
///
/// # Source
/// Polyak & Juditsky 1992, in its exponential form; early on the decay is `(1 + step) / (10 + step)`
/// at most, so that the first weights, drawn by chance, are soon forgotten.
///
/// # Panics
/// If the two do not have the same shape.
#[must_use]
pub fn follow<M: Module>(average: M, net: &M, decay: f32, step: usize) -> M {
    blended(average, net, decay.min((1.0 + step as f32) / (10.0 + step as f32)))
}

/// Returns the mean of two networks that come from one, parameter by parameter; both are off the
/// tape.
///
/// # Source
/// Wortsman et al., "Model soups" (ICML 2022): of networks that were trained further in different
/// ways, the mean often knows more than each.
///
/// # Panics
/// If the two do not have the same shape.
#[must_use]
pub fn mean<M: Module>(one: M, other: &M) -> M {
    blended(one, other, 0.5)
}

fn blended<M: Module>(average: M, net: &M, decay: f32) -> M {
    let mut gather = Gather(Vec::new());
    net.visit(&mut gather);
    gather.0.reverse();
    average.map(&mut Blend { newest: gather.0, decay })
}

/// Gathers every parameter, flat, in the order of visiting.
struct Gather(Vec<Tensor<1>>);

impl ModuleVisitor for Gather {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().flatten(0, D - 1));
    }
}

struct Blend {
    /// The next one last.
    newest: Vec<Tensor<1>>,
    decay: f32,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, average, mapper) = param.consume();
        let newest = self.newest.pop().expect("one network, twice").reshape(average.dims());
        let blended = average * self.decay + newest * (1.0 - self.decay);
        Param::from_mapped_value(id, blended, mapper)
    }
}

/// Puts a network that is off the tape onto it: every parameter becomes a leaf whose gradient is
/// kept.
#[must_use]
pub fn onto_tape<M: Module>(net: M) -> M {
    net.map(&mut OntoTape)
}

struct OntoTape;

impl ModuleMapper for OntoTape {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, tensor.autodiff().require_grad(), mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;

    fn linear(weight: f32) -> Linear {
        let device = Device::flex();
        let mut linear = LinearConfig::new(2, 1).init(&device);
        linear.weight =
            Param::from_tensor(Tensor::from_floats([[weight], [2.0 * weight]], &device));
        linear.bias = Some(Param::from_tensor(Tensor::from_floats([weight], &device)));
        linear
    }

    fn weights(linear: &Linear) -> Vec<f32> {
        linear.weight.val().into_data().try_to_vec().unwrap()
    }

    #[test]
    fn a_mean_has_half_of_each() {
        assert_eq!(weights(&mean(linear(1.0), &linear(4.0))), [2.5, 5.0]);
    }

    #[test]
    fn it_follows_as_slowly_as_asked_and_faster_at_first() {
        // By hand: 1 · 0.9 + 3 · 0.1.
        let late = weights(&follow(linear(1.0), &linear(3.0), 0.9, 1_000));
        assert!((late[0] - 1.2).abs() < 1e-6 && (late[1] - 2.4).abs() < 1e-6, "{late:?}");
        // At the start (1 + 0) / (10 + 0) of the old is kept.
        let first = weights(&follow(linear(1.0), &linear(3.0), 0.9, 0));
        assert!((first[0] - 2.8).abs() < 1e-6, "{first:?}");
        assert_eq!(weights(&follow(linear(1.0), &linear(3.0), 0.0, 1_000)), [3.0, 6.0]);
    }
}
