//! Small pieces that several networks share.

use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{Initializer, PaddingConfig2d};
use burn::tensor::Device;

/// He's initialisation for layers followed by a ReLU; Burn's default shrinks the signal threefold
/// a layer, and ten layers without normalisation then start from nothing.
const HE_UNIFORM: Initializer =
    Initializer::KaimingUniform { gain: std::f64::consts::SQRT_2, fan_out_only: false };

/// A convolution that keeps the picture's size, or halves it when `stride` is 2.
///
/// Burn's own `Same` padding ignores dilation, so the padding is spelled out.
pub(crate) fn conv(
    channels: [usize; 2],
    kernel_px: usize,
    [stride, dilation]: [usize; 2],
    device: &Device,
) -> Conv2d {
    let pad = dilation * (kernel_px - 1) / 2;
    Conv2dConfig::new(channels, [kernel_px, kernel_px])
        .with_stride([stride, stride])
        .with_dilation([dilation, dilation])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_initializer(HE_UNIFORM)
        .init(device)
}

/// A 3×3 convolution that starts by answering zero everywhere.
pub(crate) fn silent_conv(channels: [usize; 2], device: &Device) -> Conv2d {
    Conv2dConfig::new(channels, [3, 3])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// A transposed 4×4 convolution with stride ½: doubles both sides.
pub(crate) fn deconv(channels: [usize; 2], device: &Device) -> ConvTranspose2d {
    let [_, c_out] = channels;
    // Burn counts the fan-in of a transposed convolution from its output channels, all 16 taps;
    // an output pixel in fact sees 4 taps of each input channel.
    let seen = channels[0] as f64 * 4.0;
    let counted = c_out as f64 * 16.0;
    let gain = std::f64::consts::SQRT_2 * (counted / seen).sqrt();
    ConvTranspose2dConfig::new(channels, [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .with_initializer(Initializer::KaimingUniform { gain, fan_out_only: false })
        .init(device)
}
