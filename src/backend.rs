//! Opens the device that computes, and proves that it computes correctly.

use burn::tensor::{Device, Tensor, TensorData};

use crate::error::{Error, Result};
use crate::pixels::values_from_tensor;

/// A device that a user can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The processor.
    Cpu,
    /// The graphics device: Vulkan natively, WebGPU in a browser.
    Gpu,
    /// The processor through `LibTorch`, for training.
    #[cfg(feature = "tch")]
    Torch,
    /// The first CUDA device through `LibTorch`, for training.
    #[cfg(feature = "tch")]
    TorchCuda,
}

/// The devices that this build can be asked for.
const NAMES: &str =
    if cfg!(feature = "tch") { "cpu, gpu, torch or torch-cuda" } else { "cpu or gpu" };

impl std::str::FromStr for Choice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "cpu" => Ok(Self::Cpu),
            "gpu" | "webgpu" => Ok(Self::Gpu),
            #[cfg(feature = "tch")]
            "torch" => Ok(Self::Torch),
            #[cfg(feature = "tch")]
            "torch-cuda" => Ok(Self::TorchCuda),
            _ => Err(Error::BadSetting {
                name: "device",
                expected: NAMES.into(),
                found: text.into(),
            }),
        }
    }
}

/// Opens a device of this machine.
///
/// # Errors
/// [`Error::Device`] when this build or this machine has no such device.
#[cfg(not(target_arch = "wasm32"))]
pub fn open_native(choice: Choice) -> Result<Device> {
    match choice {
        Choice::Cpu => Ok(Device::flex()),
        #[cfg(feature = "tch")]
        #[expect(deprecated, reason = "Burn 0.22 has nothing as fast to train with on a processor")]
        Choice::Torch => Ok(Device::libtorch()),
        #[cfg(feature = "tch")]
        #[expect(deprecated, reason = "as above")]
        Choice::TorchCuda => Ok(Device::libtorch_cuda(0)),
        #[cfg(feature = "vulkan")]
        Choice::Gpu => burn::tensor::Device::wgpu_options()
            .graphics_api(burn::tensor::wgpu::WgpuBackend::Vulkan)
            .init()
            .map_err(|error| Error::Device { device: "Vulkan", why: error.to_string() }),
        #[cfg(all(feature = "cuda", not(feature = "vulkan")))]
        Choice::Gpu => Ok(Device::cuda(0)),
        #[cfg(not(any(feature = "vulkan", feature = "cuda")))]
        Choice::Gpu => Err(Error::Device {
            device: "GPU",
            why: "this build has none; build with --features vulkan".into(),
        }),
    }
}

/// Runs a small convolution whose answer was worked out by hand.
///
/// A device that computes wrongly paints grey pictures, so it is better to find out first.
///
/// # Errors
/// [`Error::Device`] when the device fails or its answer is off by more than 0.001.
pub async fn self_test(device: &Device) -> Result<()> {
    // A 3×3 cross of ones over 0, 1, …, 11 in three rows of four, with zeros outside.
    let picture = TensorData::new((0..12_u8).map(f32::from).collect::<Vec<_>>(), [1, 1, 3, 4]);
    let cross =
        TensorData::new(vec![0.0_f32, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0], [1, 1, 3, 3]);
    let expected = [5.0, 8.0, 12.0, 12.0, 17.0, 25.0, 30.0, 27.0, 21.0, 32.0, 36.0, 28.0];
    let answer = burn::tensor::module::conv2d(
        Tensor::from_data(picture, device),
        Tensor::<4>::from_data(cross, device),
        None,
        burn::tensor::ops::ConvOptions::new([1, 1], [1, 1], [1, 1], 1),
    );
    let answer = values_from_tensor(answer).await?;
    let off = answer.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    if answer.len() == expected.len() && off < 1e-3 {
        Ok(())
    } else {
        let why = format!("its self-test is off by {off}");
        Err(Error::Device { device: "painting", why })
    }
}
