//! Writes the numbers of a network into a weight file, and reads them back.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::error::{Error, Result};
use crate::model::Network;

use super::{Card, misfit};

/// Puts the parameters of a weight file into a network of the same shape, whatever its card says:
/// to go on training from it.
///
/// # Errors
/// As [`Generator::from_bytes`](crate::generator::Generator::from_bytes).
pub fn net_from_bytes(fresh: Network, name: &str, bytes: &[u8]) -> Result<Network> {
    let damaged = |error: safetensors::SafeTensorError| Error::WeightsDamaged {
        name: name.into(),
        why: error.to_string(),
    };
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    module_from_file(fresh, &file).map_err(|why| misfit(name, why))
}

/// Fills `fresh` with its own parameters from a weight file. Others in the file are ignored, such
/// as layers behind the last one that the network needs.
///
/// # Errors
/// [`Error::WeightsDamaged`] when the file is cut off, [`Error::WeightsMisfit`] when a parameter is
/// missing or of another shape.
pub fn part_from_bytes<M: Module>(fresh: M, name: &str, bytes: &[u8]) -> Result<M> {
    let damaged = |error: safetensors::SafeTensorError| Error::WeightsDamaged {
        name: name.into(),
        why: error.to_string(),
    };
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut insert = Insert { file: &file, path: Vec::new(), used: 0, why: None };
    let module = fresh.map(&mut insert);
    insert.why.map_or(Ok(module), |why| Err(misfit(name, why)))
}

/// The precision of the numbers in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// All in f16.
    Half,
    /// Kernels in whole numbers of 8 bits with one scale for each slice along their first axis, all
    /// else in f16. The scale of `NAME` is `NAME.scale`.
    Eight,
}

impl std::str::FromStr for Precision {
    type Err = Error;

    fn from_str(bits: &str) -> Result<Self> {
        match bits {
            "8" => Ok(Self::Eight),
            "16" => Ok(Self::Half),
            _ => Err(Error::BadSetting {
                name: "bits",
                expected: "8 or 16".into(),
                found: bits.into(),
            }),
        }
    }
}

/// Writes a weight file: names sorted, the card in the metadata.
///
/// # Panics
/// Never for a network of ours: safetensors refuses only buffers whose length is not their shape's.
#[must_use]
pub fn bytes_from_net(net: &Network, card: &Card, precision: Precision) -> Vec<u8> {
    let mut collect = Collect { precision, path: Vec::new(), tensors: BTreeMap::new() };
    net.visit(&mut collect);
    let views = collect.tensors.iter().map(|(name, (dtype, shape, bytes))| {
        let view = TensorView::new(*dtype, shape.clone(), bytes).expect("as long as its shape");
        (name.clone(), view)
    });
    let card = serde_json::to_string(card).expect("a card has only strings and numbers");
    let metadata = Some([("naobu".to_owned(), card)].into());
    safetensors::serialize(views, metadata).expect("buffers have the length of their shapes")
}

/// Which variant an enum holds is in the card, so it is no part of a parameter's name.
fn enter(path: &mut Vec<String>, name: &str, container: &str) {
    if !container.starts_with("Enum:") {
        path.push(name.to_owned());
    }
}

fn exit(path: &mut Vec<String>, container: &str) {
    if !container.starts_with("Enum:") {
        path.pop();
    }
}

/// Gathers every parameter by its path, such as `down.0.weight`.
struct Collect {
    precision: Precision,
    path: Vec<String>,
    tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

fn half_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
}

/// Each slice in whole numbers from -127 to 127, and their scales, as f16 has them.
fn eight_bits(values: &[f32], slices: usize) -> (Vec<u8>, Vec<f32>) {
    let (mut whole, mut scales) = (Vec::with_capacity(values.len()), Vec::with_capacity(slices));
    for slice in values.chunks_exact(values.len() / slices) {
        let most = slice.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        // Rounded up, so that the largest value does not need 128.
        let mut scale = f16::from_f32(most / 127.0);
        if scale.to_f32() * 127.0 < most {
            scale = f16::from_bits(scale.to_bits() + 1);
        }
        let scale = scale.to_f32();
        let of = |value: f32| if scale > 0.0 { (value / scale).round() } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "within ±127")]
        whole.extend(slice.iter().map(|&value| (of(value) as i8).cast_unsigned()));
        scales.push(scale);
    }
    (whole, scales)
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, container: &str) {
        enter(&mut self.path, name, container);
    }

    fn exit_module(&mut self, _: &str, container: &str) {
        exit(&mut self.path, container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let data = tensor.to_data();
        let values = data.try_to_vec::<f32>().expect("parameters are f32");
        let (name, shape) = (self.path.join("."), tensor.dims().to_vec());
        let is_kernel = D >= 2 && self.precision == Precision::Eight;
        if !is_kernel {
            self.tensors.insert(name, (Dtype::F16, shape, half_bytes(&values)));
            return;
        }
        let (whole, scales) = eight_bits(&values, shape[0]);
        let scale = (Dtype::F16, vec![shape[0]], half_bytes(&scales));
        self.tensors.insert(format!("{name}.scale"), scale);
        self.tensors.insert(name, (Dtype::I8, shape, whole));
    }
}

fn module_from_file<M: Module>(module: M, file: &SafeTensors) -> std::result::Result<M, String> {
    let mut fill = Insert { file, path: Vec::new(), used: 0, why: None };
    let module = module.map(&mut fill);
    match fill.why {
        Some(why) => Err(why),
        None if fill.used != file.len() => {
            Err(format!("it has {} tensors, the network {}", file.len(), fill.used))
        }
        None => Ok(module),
    }
}

/// Replaces every parameter by the file's tensor of the same path.
struct Insert<'a> {
    file: &'a SafeTensors<'a>,
    path: Vec<String>,
    used: usize,
    why: Option<String>,
}

impl Insert<'_> {
    fn values(&mut self, name: &str, shape: &[usize]) -> std::result::Result<Vec<f32>, String> {
        let view = self.file.tensor(name).map_err(|_| format!("{name} is missing"))?;
        if view.shape() != shape {
            return Err(format!("{name} must be {shape:?}, got {:?}", view.shape()));
        }
        self.used += 1;
        match view.dtype() {
            Dtype::F16 => {
                let pairs = view.data().chunks_exact(2);
                Ok(pairs.map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32()).collect())
            }
            Dtype::I8 if shape.len() >= 2 => {
                let scales = self.values(&format!("{name}.scale"), &shape[..1])?;
                let slice = (view.data().len() / scales.len().max(1)).max(1);
                let whole = view.data().iter().map(|byte| f32::from(byte.cast_signed()));
                Ok(whole.enumerate().map(|(i, whole)| whole * scales[i / slice]).collect())
            }
            other => Err(format!("{name} must be F16, or I8 with a scale, got {other:?}")),
        }
    }
}

impl ModuleMapper for Insert<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        enter(&mut self.path, name, container);
    }

    fn exit_module(&mut self, _: &str, container: &str) {
        exit(&mut self.path, container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let shape = tensor.dims();
        let tensor = match self.values(&self.path.join("."), &shape) {
            Ok(values) => Tensor::from_data(TensorData::new(values, shape), &tensor.device()),
            Err(why) => {
                self.why.get_or_insert(why);
                tensor
            }
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}
