//! What the tests of several networks share.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Distribution, Tensor};

/// Returns all values of a tensor in order.
pub(crate) fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_to_vec::<f32>().expect("networks answer in f32")
}

/// Draws numbers around 0, different ones each time.
pub(crate) fn random(shape: [usize; 4], device: &Device) -> Tensor<4> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

/// Returns the largest difference between two answers, as a share of the first one's largest value.
pub(crate) fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().fold(0.0, |most: f32, v| most.max(v.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest.max(f32::MIN_POSITIVE)
}

/// Counts the numbers that are learnt: no running means and no singular vectors.
pub(crate) fn learnt(net: &impl Module) -> usize {
    struct Count {
        path: Vec<String>,
        numbers: usize,
    }
    impl ModuleVisitor for Count {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }

        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let name = self.path.last().map_or("", String::as_str);
            if !["running_mean", "running_var", "u"].contains(&name) {
                self.numbers += param.lazy_shape().num_elements();
            }
        }
    }
    let mut count = Count { path: Vec::new(), numbers: 0 };
    net.visit(&mut count);
    count.numbers
}
