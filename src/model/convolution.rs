//! Convolves on the processor with a quarter of the products.
//!
//! Burn lays a picture out as a matrix, nine times its size for a 3×3 kernel, and multiplies.
//! Here a picture is cut into tiles of 4×4 answers instead, each of which needs 6×6 pixels. Those,
//! and the 3×3 kernel, are turned into 36 numbers each, such that answers are products number by
//! number, summed over the channels: 36 products where 16 × 9 = 144 were, and 36 plain products of
//! matrices for all tiles and channels, which Burn does.
//!
//! The law, with `g` a kernel, `d` a tile and `⊙` the product number by number:
//! `answer = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A`.
//!
//! A dilated kernel sees every `dilation`th pixel only, so its picture falls apart into
//! `dilation²` smaller ones, for each of which the kernel is dense. A transposed 4×4 kernel that
//! doubles the sides is four kernels of 2×2, one for each corner of the doubled pixel, and each of
//! them a 3×3 kernel with zeros.
//!
//! What is left to Burn: other kernels and strides, groups, few channels (whose laying out costs
//! more than their products), every other device, and training, which needs gradients.
//!
//! # Source
//! Lavin & Gray, *Fast Algorithms for Convolutional Neural Networks* (2016), F(4×4, 3×3), after
//! Winograd, *Arithmetic Complexity of Computations* (1980). `benches/README.md` has the times.

use std::array::from_fn;

use burn::module::Param;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::tensor::activation;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};

/// Whether anything is convolved here. `false` leaves all of it to Burn, to compare.
const OWN: bool = true;
/// The fewest channels, in and out, for which this is faster.
const FEWEST_CHANNELS: usize = 12;
/// The fewest tiles for which turning the kernels pays.
const FEWEST_TILES: usize = 16;
/// How many numbers of tiles are worked on at once, about: what the nearest memories hold.
const AT_ONCE: usize = 1 << 21;

/// Side of a kernel.
const TAPS: usize = 3;
/// Side of the answers of a tile.
const ANSWERS: usize = 4;
/// Side of the pixels that they need.
const SEEN: usize = ANSWERS + TAPS - 1;
/// The numbers that a tile, and a kernel, is turned into.
const NUMBERS: usize = SEEN * SEEN;
/// How many tiles, or kernels, are turned side by side: two vectors of four in a browser.
const LANES: usize = 8;
/// A number of each of the tiles side by side.
type Lanes = [f32; LANES];

/// Does what `forward` does, the quickest way that this device has.
pub(crate) trait Convolve {
    /// Convolves pictures.
    ///
    /// # Shapes
    /// As the layer's `forward`: `[n, c_in, h, w]` to `[n, c_out, h', w']`.
    fn convolve(&self, x: Tensor<4>) -> Tensor<4>;
}

impl Convolve for Conv2d {
    fn convolve(&self, x: Tensor<4>) -> Tensor<4> {
        let padding = match self.padding {
            PaddingConfig2d::Valid => [(0, 0); 2],
            PaddingConfig2d::Explicit(top, left, bottom, right) => [(top, bottom), (left, right)],
            PaddingConfig2d::Same => return self.forward(x),
        };
        let options =
            ConvOptions::new_with_padding(self.stride, padding, self.dilation, self.groups);
        conv2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), options)
    }
}

/// Does what Burn's function of this name does, the quickest way that this device has.
///
/// # Shapes
/// `[n, c_in, h, w]`, `[c_out, c_in, rows, columns]` and `[c_out]` to `[n, c_out, h', w']`.
pub(crate) fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let [c_out, c_in, rows, columns] = weight.dims();
    let dilation = options.dilation[0];
    let reach = dilation * (TAPS - 1);
    let [before, after] = [options.padding_begin(), options.padding_end()];
    let answer = [0, 1].map(|side| {
        (before[side] + [h, w][side] + after[side]).checked_sub(reach).filter(|sides| *sides > 0)
    });
    let dense = [rows, columns] == [TAPS; 2]
        && options.stride == [1; 2]
        && options.dilation == [dilation; 2]
        && options.groups == 1;
    if let [Some(tall), Some(wide)] = answer
        && dense
        && is_ours(&x)
        && c_in.min(c_out) >= FEWEST_CHANNELS
    {
        let tiling = Tiling::new([h, w], [tall, wide], before, dilation);
        if tiling.tiles.len() >= FEWEST_TILES {
            let bias = bias.map(values);
            return tiling.convolve(x, &kernels(&values(weight), [c_in, c_out]), bias.as_deref());
        }
    }
    burn::tensor::module::conv2d(x, weight, bias, options)
}

impl Convolve for ConvTranspose2d {
    fn convolve(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, c_in, h, w] = x.dims();
        let c_out = self.channels[1];
        let doubles = self.kernel_size == [4, 4]
            && self.stride == [2, 2]
            && self.padding == [1, 1]
            && self.padding_out == [0, 0]
            && self.dilation == [1, 1]
            && self.groups == 1;
        if !doubles || !is_ours(&x) || c_in.min(4 * c_out) < FEWEST_CHANNELS {
            return self.forward(x);
        }
        let tiling = Tiling::new([h, w], [h, w], [1, 1], 1);
        if tiling.tiles.len() < FEWEST_TILES {
            return self.forward(x);
        }
        let corners = corners(&values(self.weight.val()), [c_in, c_out]);
        let device = x.device();
        let quarters = values(tiling.convolve(x, &kernels(&corners, [c_in, 4 * c_out]), None));
        let bias = self.bias.as_ref().map(|bias| values(bias.val()));
        // Four pictures a channel, [n, 2, 2, c_out, h, w], become one, [n, c_out, 2 h, 2 w].
        let mut doubled = vec![0.0; quarters.len()];
        each(&mut doubled, 4 * h * w, |plane, doubled| {
            let [image, channel] = [plane / c_out, plane % c_out];
            let bias = bias.as_ref().map_or(0.0, |bias| bias[channel]);
            for (row, doubled) in doubled.chunks_exact_mut(2 * w).enumerate() {
                let [left, right] = [0, 1].map(|side| {
                    let corner = 2 * (row % 2) + side;
                    let plane = (image * 4 + corner) * c_out + channel;
                    &quarters[(plane * h + row / 2) * w..][..w]
                });
                for ((pair, left), right) in doubled.chunks_exact_mut(2).zip(left).zip(right) {
                    pair.copy_from_slice(&[left + bias, right + bias]);
                }
            }
        });
        Tensor::from_data(TensorData::new(doubled, [n, c_out, 2 * h, 2 * w]), &device)
    }
}

/// Does what Burn's function of this name does, `min(max(x, 0), 6)`: on the processor in place, and
/// four numbers at a time. Not by `max`, which hides what is no number.
pub(crate) fn relu6(x: Tensor<4>) -> Tensor<4> {
    if !is_ours(&x) {
        return activation::relu6(x);
    }
    let (shape, device) = (x.shape(), x.device());
    let mut values = values(x);
    for value in &mut values {
        let above = if *value < 0.0 { 0.0 } else { *value };
        *value = if above > 6.0 { 6.0 } else { above };
    }
    Tensor::from_data(TensorData::new(values, shape), &device)
}

/// Returns whether a tensor lies in this machine's memory and nobody asks for its gradients.
fn is_ours(x: &Tensor<4>) -> bool {
    let device = x.device();
    OWN && !device.is_autodiff() && device == Device::flex()
}

/// Returns the four 3×3 kernels for the corners of a doubled pixel, `[2, 2, c_out, c_in, 3, 3]`, of
/// transposed 4×4 kernels, `[c_in, c_out, 4, 4]`.
///
/// Pixel `2 y` of the answer sees pixels `y - 1` and `y` through taps 3 and 1, and pixel `2 y + 1`
/// sees `y` and `y + 1` through taps 2 and 0.
fn corners(weights: &[f32], [c_in, c_out]: [usize; 2]) -> Vec<f32> {
    // Row or column of the first and the last corner: tap of the 3×3 kernel and of the 4×4 one.
    const SEEN_THROUGH: [[[usize; 2]; 2]; 2] = [[[0, 3], [1, 1]], [[1, 2], [2, 0]]];
    let mut corners = vec![0.0; 4 * c_out * c_in * TAPS * TAPS];
    for (plane, kernel) in corners.chunks_exact_mut(TAPS * TAPS).enumerate() {
        let [corner, to, from] = [plane / (c_out * c_in), plane / c_in % c_out, plane % c_in];
        let taps = &weights[(from * c_out + to) * 16..][..16];
        for [row, tap_row] in SEEN_THROUGH[corner / 2] {
            for [column, tap_column] in SEEN_THROUGH[corner % 2] {
                kernel[row * TAPS + column] = taps[tap_row * 4 + tap_column];
            }
        }
    }
    corners
}

/// Turns kernels, `[c_out, c_in, 3, 3]`, into `[36, c_out, c_in]`.
fn kernels(weights: &[f32], [c_in, c_out]: [usize; 2]) -> Tensor<3> {
    let mut turned = vec![0.0; c_out * NUMBERS * c_in];
    each(&mut turned, NUMBERS * c_in, |to, turned| {
        let weights = &weights[to * c_in * TAPS * TAPS..][..c_in * TAPS * TAPS];
        for (group, weights) in weights.chunks(LANES * TAPS * TAPS).enumerate() {
            let mut kernel = [[[0.0; LANES]; TAPS]; TAPS];
            for (lane, taps) in weights.chunks_exact(TAPS * TAPS).enumerate() {
                for (at, tap) in taps.iter().enumerate() {
                    kernel[at / TAPS][at % TAPS][lane] = *tap;
                }
            }
            let mut sides = [[[0.0; LANES]; SEEN]; TAPS];
            for (sides, row) in sides.iter_mut().zip(&kernel) {
                *sides = kernel_side(row.each_ref());
            }
            (0..SEEN).for_each(|column| {
                let along = kernel_side(from_fn(|row| &sides[row][column]));
                for (row, lanes) in along.iter().enumerate() {
                    let at = (row * SEEN + column) * c_in + group * LANES;
                    let there = weights.len() / (TAPS * TAPS);
                    turned[at..at + there].copy_from_slice(&lanes[..there]);
                }
            });
        }
    });
    let turned = TensorData::new(turned, [c_out, NUMBERS, c_in]);
    Tensor::from_data(turned, &Device::flex()).swap_dims(0, 1)
}

/// Multiplies three rows of kernels by `G`.
#[inline]
fn kernel_side(x: [&Lanes; TAPS]) -> [Lanes; SEEN] {
    let mut y = [[0.0; LANES]; SEEN];
    for lane in 0..LANES {
        let [a, b, c] = x.map(|row| row[lane]);
        let [even, odd] = [(a + c) / 6.0, b / 6.0];
        let [even_2, odd_2] = [a / 24.0 + c / 6.0, b / 12.0];
        y[0][lane] = a / 4.0;
        y[1][lane] = -even - odd;
        y[2][lane] = odd - even;
        y[3][lane] = even_2 + odd_2;
        y[4][lane] = even_2 - odd_2;
        y[5][lane] = c;
    }
    y
}

/// Multiplies six rows of tiles by `Bᵀ`.
#[inline]
fn tile_side(x: [&Lanes; SEEN]) -> [Lanes; SEEN] {
    let mut y = [[0.0; LANES]; SEEN];
    for lane in 0..LANES {
        let [a, b, c, d, e, f] = x.map(|row| row[lane]);
        let [even, odd] = [e - 4.0 * c, d - 4.0 * b];
        let [even_2, odd_2] = [e - c, 2.0 * (d - b)];
        y[0][lane] = 4.0 * a - 5.0 * c + e;
        y[1][lane] = even + odd;
        y[2][lane] = even - odd;
        y[3][lane] = even_2 + odd_2;
        y[4][lane] = even_2 - odd_2;
        y[5][lane] = 4.0 * b - 5.0 * d + f;
    }
    y
}

/// Multiplies six rows of products by `Aᵀ`.
#[inline]
fn answer_side(x: [&Lanes; SEEN]) -> [Lanes; ANSWERS] {
    let mut y = [[0.0; LANES]; ANSWERS];
    for lane in 0..LANES {
        let [a, b, c, d, e, f] = x.map(|row| row[lane]);
        let [sum, less] = [b + c, b - c];
        let [sum_2, less_2] = [d + e, d - e];
        y[0][lane] = a + sum + sum_2;
        y[1][lane] = less + 2.0 * less_2;
        y[2][lane] = sum + 4.0 * sum_2;
        y[3][lane] = less + 8.0 * less_2 + f;
    }
    y
}

/// A tile of a picture.
#[derive(Clone, Copy)]
struct Tile {
    /// Where the first of its pixels lies in a plane of [`Tiling::spread`].
    seen: usize,
    /// Row and column of the first of its answers.
    answers: [usize; 2],
}

/// How a picture is cut into tiles.
struct Tiling {
    /// Height and width of the picture.
    picture: [usize; 2],
    /// Height and width of the answer.
    answer: [usize; 2],
    /// Rows and columns of zeros above and to the left of the picture.
    before: [usize; 2],
    /// Distance between the taps of the kernel.
    dilation: usize,
    /// Height and width of each of the `dilation²` pictures that a picture falls apart into, with
    /// what its tiles see beyond it.
    part: [usize; 2],
    tiles: Vec<Tile>,
}

impl Tiling {
    fn new(picture: [usize; 2], answer: [usize; 2], before: [usize; 2], dilation: usize) -> Self {
        let counts = answer.map(|side| side.div_ceil(dilation).div_ceil(ANSWERS));
        let part = counts.map(|count| count * ANSWERS + TAPS - 1);
        let columns = part[1] * dilation;
        // Along one side: the first answer of a tile, and where it begins to see.
        let along = |side: usize| -> Vec<[usize; 2]> {
            let tile =
                |first, nth| [first + nth * ANSWERS * dilation, first * part[side] + nth * ANSWERS];
            let parts =
                (0..dilation).flat_map(|first| (0..counts[side]).map(move |nth| tile(first, nth)));
            parts.filter(|[first, _]| *first < answer[side]).collect()
        };
        let [rows, columns_of_tiles] = [along(0), along(1)];
        let mut tiles = Vec::with_capacity(rows.len() * columns_of_tiles.len());
        for [answer_y, seen_y] in rows {
            for [answer_x, seen_x] in &columns_of_tiles {
                let seen = seen_y * columns + seen_x;
                tiles.push(Tile { seen, answers: [answer_y, *answer_x] });
            }
        }
        Self { picture, answer, before, dilation, part, tiles }
    }

    /// Lays the pixels of one channel out so that every tile's lie together, with zeros around.
    fn spread(&self, pixels: &[f32], plane: &mut [f32]) {
        let columns = self.part[1] * self.dilation;
        let place = |at: usize, side: usize| {
            let at = at + self.before[side];
            let [first, nth] = [at % self.dilation, at / self.dilation];
            (nth < self.part[side]).then(|| first * self.part[side] + nth)
        };
        for (y, row) in pixels.chunks_exact(self.picture[1]).enumerate() {
            let Some(y) = place(y, 0) else { continue };
            let plane = &mut plane[y * columns..][..columns];
            if self.dilation == 1 {
                let there = row.len().min(columns - self.before[1]);
                plane[self.before[1]..][..there].copy_from_slice(&row[..there]);
                continue;
            }
            for (x, value) in row.iter().enumerate() {
                if let Some(x) = place(x, 1) {
                    plane[x] = *value;
                }
            }
        }
    }

    /// Convolves pictures with kernels that [`kernels`] turned.
    fn convolve(&self, x: Tensor<4>, kernels: &Tensor<3>, bias: Option<&[f32]>) -> Tensor<4> {
        let [n, c_in, ..] = x.dims();
        let [_, c_out, _] = kernels.dims();
        let device = x.device();
        let pixels = values(x);
        let picture = self.picture[0] * self.picture[1];
        let answer = self.answer[0] * self.answer[1];
        let plane = self.part[0] * self.part[1] * self.dilation * self.dilation;
        let mut planes = vec![0.0; c_in * plane];
        let mut answers = vec![0.0; n * c_out * answer];
        let at_once = (AT_ONCE / (NUMBERS * (c_in + c_out))).next_multiple_of(LANES);
        let images =
            pixels.chunks_exact(c_in * picture).zip(answers.chunks_exact_mut(c_out * answer));
        for (pixels, answers) in images {
            each(&mut planes, plane, |c, plane| {
                self.spread(&pixels[c * picture..][..picture], plane);
            });
            for tiles in self.tiles.chunks(at_once) {
                let columns = tiles.len().next_multiple_of(LANES);
                let mut turned = vec![0.0; c_in * NUMBERS * columns];
                each(&mut turned, NUMBERS * columns, |c, turned| {
                    self.turn(tiles, &planes[c * plane..][..plane], turned);
                });
                let turned = TensorData::new(turned, [c_in, NUMBERS, columns]);
                let turned = Tensor::<3>::from_data(turned, &device).swap_dims(0, 1);
                let products = values(kernels.clone().matmul(turned)); // [36, c_out, columns]
                each(answers, answer, |c, answer| {
                    let bias = bias.map_or(0.0, |bias| bias[c]);
                    let products = (&products[c * columns..], c_out * columns);
                    self.answer(tiles, products, bias, answer);
                });
            }
        }
        Tensor::from_data(
            TensorData::new(answers, [n, c_out, self.answer[0], self.answer[1]]),
            &device,
        )
    }

    /// Turns the tiles of one plane into `[36, columns]`.
    fn turn(&self, tiles: &[Tile], plane: &[f32], turned: &mut [f32]) {
        let columns = turned.len() / NUMBERS;
        let width = self.part[1] * self.dilation;
        for (group, tiles) in tiles.chunks(LANES).enumerate() {
            let mut seen = [[[0.0; LANES]; SEEN]; SEEN];
            for (lane, tile) in tiles.iter().enumerate() {
                for (y, row) in seen.iter_mut().enumerate() {
                    let pixels = &plane[tile.seen + y * width..][..SEEN];
                    row.iter_mut().zip(pixels).for_each(|(lanes, pixel)| lanes[lane] = *pixel);
                }
            }
            let mut sides = [[[0.0; LANES]; SEEN]; SEEN];
            for (sides, row) in sides.iter_mut().zip(&seen) {
                *sides = tile_side(row.each_ref());
            }
            (0..SEEN).for_each(|column| {
                let along = tile_side(from_fn(|row| &sides[row][column]));
                for (row, lanes) in along.iter().enumerate() {
                    let at = (row * SEEN + column) * columns + group * LANES;
                    turned[at..at + LANES].copy_from_slice(lanes);
                }
            });
        }
    }

    /// Turns the products of tiles back into the answers of one plane. They come with how far the
    /// numbers of a tile lie apart.
    fn answer(
        &self,
        tiles: &[Tile],
        (products, apart): (&[f32], usize),
        bias: f32,
        answer: &mut [f32],
    ) {
        let [height, width] = self.answer;
        for (group, tiles) in tiles.chunks(LANES).enumerate() {
            let mut numbers = [[[0.0; LANES]; SEEN]; SEEN];
            for (number, lanes) in numbers.as_flattened_mut().iter_mut().enumerate() {
                lanes.copy_from_slice(&products[number * apart + group * LANES..][..LANES]);
            }
            // Loops, which stay loops: unrolled, they would be kilobytes for every visitor.
            let mut sides = [[[0.0; LANES]; ANSWERS]; SEEN];
            for (sides, row) in sides.iter_mut().zip(&numbers) {
                *sides = answer_side(row.each_ref());
            }
            let mut columns = [[[0.0; LANES]; ANSWERS]; ANSWERS]; // [x][y]
            for (x, column) in columns.iter_mut().enumerate() {
                *column = answer_side(from_fn(|row| &sides[row][x]));
            }
            for (lane, tile) in tiles.iter().enumerate() {
                let [top, left] = tile.answers;
                for y in (0..ANSWERS).take_while(|y| top + y * self.dilation < height) {
                    let row = &mut answer[(top + y * self.dilation) * width..][..width];
                    let places = row[left..].iter_mut().step_by(self.dilation);
                    for (value, column) in places.zip(&columns) {
                        *value = column[y][lane] + bias;
                    }
                }
            }
        }
    }
}

/// Does `work` for every stretch of `length` values, on all cores where there are threads.
fn each(values: &mut [f32], length: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    #[cfg(not(target_arch = "wasm32"))]
    {
        use rayon::prelude::*;
        let stretches = values.par_chunks_exact_mut(length).enumerate();
        stretches.for_each(|(number, stretch)| work(number, stretch));
    }
    #[cfg(target_arch = "wasm32")]
    for (number, stretch) in values.chunks_exact_mut(length).enumerate() {
        work(number, stretch);
    }
}

/// Reads the values of a tensor that lies in this machine's memory.
#[expect(clippy::disallowed_methods, reason = "what lies in memory is not waited for")]
fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_into_vec().expect("numbers of 32 bits in memory")
}

#[cfg(test)]
mod tests {
    use burn::nn::conv::{Conv2dConfig, ConvTranspose2dConfig};
    use burn::tensor::Distribution;

    use super::*;

    fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    /// Returns the largest difference between Burn's answer and ours, as a share of the former's
    /// spread.
    fn apart(layer: &Conv2d, ours: &Conv2d, x: Tensor<4>) -> f32 {
        let burns = layer.forward(x.clone());
        let spread = burns.clone().square().mean().sqrt().into_scalar::<f32>();
        let ours = ours.convolve(x);
        assert_eq!(ours.dims(), burns.dims());
        (ours - burns).abs().max().into_scalar::<f32>() / spread
    }

    fn layer(channels: [usize; 2], dilation: usize, padding: [usize; 4]) -> Conv2d {
        let [top, left, bottom, right] = padding;
        Conv2dConfig::new(channels, [TAPS; 2])
            .with_dilation([dilation; 2])
            .with_padding(PaddingConfig2d::Explicit(top, left, bottom, right))
            .init(&Device::flex())
    }

    #[test]
    fn answers_are_those_of_burn_at_every_size_border_and_distance_of_taps() {
        let sizes = [[16, 16], [17, 31], [40, 22], [13, 64]];
        for (dilation, size) in [1, 2, 3, 4, 8, 16].into_iter().zip(sizes.into_iter().cycle()) {
            for padding in [[dilation; 4], [0, 1, 2, 3].map(|more| more + dilation)] {
                let layer = layer([13, 19], dilation, padding);
                let x = random([2, 13, size[0], size[1]]);
                let off = apart(&layer, &layer, x.clone());
                assert!(off < 1e-4, "{size:?}, {dilation}, {padding:?}: {off}");
                assert!(off > 0.0, "computed by Burn");
                // A wrong tap: the last of the last kernel.
                let mut wrong = layer.clone();
                wrong.weight = wrong.weight.map(|weight| {
                    let nudge = Tensor::full([1, 1, 1, 1], 0.02, &Device::flex());
                    let at = [18..19, 12..13, 2..3, 2..3];
                    let nudged = weight.clone().slice(at.clone()) + nudge;
                    weight.slice_assign(at, nudged)
                });
                assert!(apart(&layer, &wrong, x) > 1e-2, "control");
            }
        }
    }

    #[test]
    fn without_padding_the_border_goes() {
        let layer = layer([16, 16], 2, [0; 4]);
        assert!(apart(&layer, &layer, random([1, 16, 21, 34])) < 1e-4);
        assert_eq!(layer.convolve(random([1, 16, 21, 34])).dims(), [1, 16, 17, 30]);
    }

    #[test]
    fn a_transposed_layer_doubles_as_burns_does() {
        let layer = |channels| {
            ConvTranspose2dConfig::new(channels, [4, 4])
                .with_stride([2, 2])
                .with_padding([1, 1])
                .init(&Device::flex())
        };
        let apart = |layer: &ConvTranspose2d, ours: &ConvTranspose2d, x: Tensor<4>| {
            let burns = layer.forward(x.clone());
            let ours = ours.convolve(x);
            assert_eq!(ours.dims(), burns.dims());
            (ours - burns).abs().max().into_scalar::<f32>()
        };
        let [right, wrong] = [layer([20, 12]), layer([20, 12])];
        for [h, w] in [[16, 16], [9, 31]] {
            let x = random([2, 20, h, w]);
            let off = apart(&right, &right, x.clone());
            assert!(off > 0.0 && off < 1e-4, "{h}×{w}: {off}");
            assert!(apart(&right, &wrong, x) > 1e-2, "control");
        }
    }

    #[test]
    fn what_is_quicker_elsewhere_is_left_to_burn() {
        let same = |layer: Conv2d, x: Tensor<4>| {
            layer.convolve(x.clone()).into_data() == layer.forward(x).into_data()
        };
        let with = |config: Conv2dConfig| config.init(&Device::flex());
        let x = || random([1, 16, 24, 24]);
        assert!(same(with(Conv2dConfig::new([16, 16], [5, 5])), x()));
        assert!(same(with(Conv2dConfig::new([16, 16], [1, 1])), x()));
        assert!(same(with(Conv2dConfig::new([16, 16], [3, 3]).with_stride([2, 2])), x()));
        assert!(same(with(Conv2dConfig::new([16, 16], [3, 3]).with_groups(16)), x()));
        assert!(same(layer([16, 3], 1, [1; 4]), x()), "few channels");
        assert!(same(layer([16, 16], 1, [1; 4]), random([1, 16, 8, 8])), "few tiles");
        assert!(!same(layer([16, 16], 1, [1; 4]), x()), "control");
    }

    #[test]
    fn relu6_is_burns() {
        let x = random([2, 3, 5, 7]) * 5.0;
        let same = |ours: Tensor<4>, burns: Tensor<4>| ours.into_data() == burns.into_data();
        assert!(same(relu6(x.clone()), activation::relu6(x.clone())));
        assert!(!same(relu6(x.clone()), activation::relu(x)), "control");
        let none = Tensor::<4>::full([1; 4], f32::NAN, &Device::flex());
        assert!(relu6(none).into_scalar::<f32>().is_nan(), "what is no number stays so");
    }

    #[cfg(feature = "train")]
    #[test]
    fn training_has_its_gradients() {
        let device = Device::flex().autodiff();
        let layer = Conv2dConfig::new([16, 16], [3, 3]).init(&device);
        let x = Tensor::random([1, 16, 24, 24], Distribution::Default, &device);
        let gradients = layer.convolve(x).square().mean().backward();
        assert!(layer.weight.val().grad(&gradients).is_some());
    }
}
