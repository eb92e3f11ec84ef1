//! How far a painted picture is from the true one, value by value.

use burn::tensor::Tensor;

/// Mean squared error inside the hole, averaged over painted values: `Σ h (x − t)² / (3 Σ h)`.
///
/// # Shapes and ranges
/// - `painted`, `truth`: `[n, 3, h, w]`
/// - `hole`: `[n, 1, h, w]`, 1 = painted; at least one pixel of it
///
/// # Source
/// Sabini & Rusak 2018, first phase; Iizuka et al. 2017.
#[must_use]
pub fn masked_mse(painted: Tensor<4>, truth: Tensor<4>, hole: Tensor<4>) -> Tensor<1> {
    let error = (painted - truth).square() * hole.clone();
    error.sum() / (hole.sum() * 3.0)
}

/// Mean over the pictures of `ln(e + 3e-5)`, with `e` each one's mean squared error inside the hole:
/// ten of it are 43 dB less, give or take the constant, below which (45 dB) nothing counts any more.
///
/// # Shapes and ranges
/// As [`masked_mse`]; at least one pixel of hole in each picture.
#[must_use]
pub fn log_squared(painted: Tensor<4>, truth: Tensor<4>, hole: Tensor<4>) -> Tensor<1> {
    let error = ((painted - truth).square() * hole.clone()).sum_dim(1).sum_dim(2).sum_dim(3);
    let pixels = hole.sum_dim(2).sum_dim(3);
    (error / (pixels * 3.0) + 3e-5).log().mean()
}

/// Mean absolute error inside the hole: `Σ h |x − t| / (3 Σ h)`. Of what is known, with `1 − h`.
///
/// # Shapes and ranges
/// As [`masked_mse`].
///
/// # Source
/// Yu et al. 2018: with `1 − h` it is the second part of what their code calls the auto-encoder
/// loss.
#[must_use]
pub fn masked_l1(painted: Tensor<4>, truth: Tensor<4>, hole: Tensor<4>) -> Tensor<1> {
    let error = (painted - truth).abs() * hole.clone();
    error.sum() / (hole.sum() * 3.0)
}

/// Mean squared error over the whole picture: `Σ (x − t)² / (3 n h w)`.
///
/// # Shapes and ranges
/// - `painted`, `truth`: `[n, 3, h, w]`
///
/// # Source
/// The "identity loss" of the Keras variant of Sabini & Rusak, beside its adversarial one.
#[must_use]
pub fn identity(painted: Tensor<4>, truth: Tensor<4>) -> Tensor<1> {
    (painted - truth).square().mean()
}

/// Mean absolute error over the whole picture with one weight a pixel: `Σ w |x − t| / (3 n h w)`.
///
/// # Shapes and ranges
/// - `painted`, `truth`: `[n, 3, h, w]`
/// - `weights`: `[n, 1, h, w]`, such as [`discounts`]
///
/// # Source
/// Yu et al. 2018, the spatially discounted reconstruction loss.
#[must_use]
pub fn weighted_l1(painted: Tensor<4>, truth: Tensor<4>, weights: Tensor<4>) -> Tensor<1> {
    ((painted - truth).abs() * weights).mean()
}

/// How much each pixel counts: `γ^d`, with `d` the distance to the nearest known pixel.
///
/// Far inside a hole many answers are right, so the true one counts less there. Known pixels count
/// 1; where nothing is known, all counts 0.
///
/// # Shapes and ranges
/// - `hole`: one plane of `[width, height]`, 1 = painted
/// - `gamma`: 0.99 as published; their code has 0.9, which they advise for 256²
/// - returns one plane, in `0..=1`
///
/// # Panics
/// If the plane is not of that size.
///
/// # Source
/// Yu et al. 2018. The distance is between centres of pixels and exact; their code has, for its one
/// rectangle, that to the nearest side of it.
#[must_use]
pub fn discounts(hole: &[f32], [width, height]: [usize; 2], gamma: f32) -> Vec<f32> {
    assert_eq!(hole.len(), width * height, "one plane of {width}×{height}");
    // Steps up or down to the nearest known pixel of the same column; none is farther than this.
    let far = width + height;
    let mut steps = vec![far; hole.len()];
    for x in 0..width {
        let mut nearest = far;
        for y in (0..height).chain((0..height).rev()) {
            let i = y * width + x;
            nearest = if hole[i] < 0.5 { 0 } else { (nearest + 1).min(far) };
            steps[i] = steps[i].min(nearest);
        }
    }
    let squared = |y: usize, x: usize| {
        let row = &steps[y * width..][..width];
        let mut least = if row[x] == far { usize::MAX } else { row[x] * row[x] };
        for aside in 1..width {
            // Columns farther away than the best so far cannot be nearer.
            if aside * aside >= least {
                break;
            }
            let sides = [x.checked_sub(aside), Some(x + aside).filter(|at| *at < width)];
            for at in sides.into_iter().flatten().filter(|at| row[*at] < far) {
                least = least.min(aside * aside + row[at] * row[at]);
            }
        }
        least
    };
    let discount = |squared: usize| match squared {
        usize::MAX => 0.0,
        squared => gamma.powf((squared as f32).sqrt()),
    };
    (0..hole.len()).map(|i| discount(squared(i / width, i % width))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::check::{gradient_error, numbers, random, value};
    use super::*;
    use burn::tensor::Device;

    /// Three pixels: painted, known, painted; off by 0.5, 8 and −1 in every channel.
    fn three() -> [Tensor<4>; 3] {
        let device = Device::flex();
        let truth = Tensor::<4>::ones([1, 3, 1, 3], &device);
        let row = [[1.5, 9.0, 0.0]];
        let painted = Tensor::<4>::from_floats([[row, row, row]], &device);
        let hole = Tensor::<4>::from_floats([[[[1.0, 0.0, 1.0]]]], &device);
        [painted, truth, hole]
    }

    #[track_caller]
    fn assert_near(loss: Tensor<1>, wanted: f32) {
        let got = value(loss);
        assert!((got - wanted).abs() < 1e-5 * wanted.abs().max(1.0), "{got} not {wanted}");
    }

    #[test]
    fn errors_are_those_worked_out_by_hand() {
        let [x, t, h] = three();
        let known = h.clone().neg() + 1.0;
        assert_near(masked_mse(x.clone(), t.clone(), h.clone()), (0.25 + 1.0) / 2.0);
        assert_near(masked_l1(x.clone(), t.clone(), h.clone()), (0.5 + 1.0) / 2.0);
        assert_near(masked_l1(x.clone(), t.clone(), known.clone()), 8.0);
        assert_near(identity(x.clone(), t.clone()), (0.25 + 64.0 + 1.0) / 3.0);
        assert_near(weighted_l1(x.clone(), t.clone(), h.clone() * 0.5), (0.25 + 0.5) / 3.0);
        assert_near(log_squared(x.clone(), t.clone(), h.clone()), (0.625_f32 + 3e-5).ln());
        let everywhere = value(masked_mse(x, t, h.ones_like()));
        assert!(everywhere > 20.0, "control: the known pixel counts there, {everywhere}");
    }

    #[test]
    fn each_picture_counts_alike_however_far_it_is_off() {
        let device = Device::flex();
        let truth = Tensor::<4>::zeros([2, 3, 2, 2], &device);
        let hole = Tensor::ones([2, 1, 2, 2], &device);
        let off = |by: [f32; 2]| {
            let each = Tensor::<4>::from_floats([[[[by[0]]]], [[[by[1]]]]], &device);
            truth.clone() + each
        };
        let of = |by| value(log_squared(off(by), truth.clone(), hole.clone()));
        let [far, near] = [of([0.5, 0.1]) - of([0.25, 0.1]), of([0.5, 0.1]) - of([0.5, 0.05])];
        assert!((far - near).abs() < 0.02, "half of either error: {far} {near}");
        let plain = |by| value(masked_mse(off(by), truth.clone(), hole.clone()));
        let near = plain([0.5, 0.1]) - plain([0.5, 0.05]);
        assert!(plain([0.5, 0.1]) - plain([0.25, 0.1]) > 20.0 * near, "control");
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let [x, t] = [random([2, 3, 2, 3], 1), random([2, 3, 2, 3], 2)];
        // The absolute value has a kink where both agree: keep away from there.
        let apart = x.clone() - t.clone();
        let x = t.clone() + apart.clone().sign() * (apart.abs() + 0.05);
        let h = random([2, 1, 2, 3], 3).greater_elem(0.4).float();
        let checked: [(&str, &dyn Fn(Tensor<4>) -> Tensor<1>); 5] = [
            ("masked mse", &|x| masked_mse(x, t.clone(), h.clone())),
            ("log squared", &|x| log_squared(x, t.clone(), h.clone())),
            ("masked l1", &|x| masked_l1(x, t.clone(), h.clone())),
            ("identity", &|x| identity(x, t.clone())),
            ("weighted l1", &|x| weighted_l1(x, t.clone(), h.clone() * 0.7 + 0.1)),
        ];
        for (name, loss) in checked {
            let error = gradient_error(&x, loss);
            assert!(error < 1e-2, "{name}: {error}");
        }
    }

    #[test]
    fn pixels_count_less_the_farther_they_are_from_what_is_known() {
        // One known pixel in the upper left of 3×2: distances 0, 1, 2 and 1, √2, √5.
        let mut hole = vec![1.0; 6];
        hole[0] = 0.0;
        let got = discounts(&hole, [3, 2], 0.5);
        let wanted = [1.0, 0.5, 0.25, 0.5, 0.375_214, 0.212_264];
        for (got, wanted) in got.iter().zip(wanted) {
            assert!((got - wanted).abs() < 1e-6, "{got} not {wanted}");
        }
        assert_eq!(discounts(&[0.0; 6], [3, 2], 0.5), [1.0; 6], "all known");
        assert_eq!(discounts(&[1.0; 6], [3, 2], 0.5), [0.0; 6], "nothing known");
    }

    #[test]
    fn distances_are_exact_for_any_hole() {
        let [w, h] = [13, 7];
        for seed in 0..20 {
            let noise = numbers(random([w * h], seed));
            let hole: Vec<f32> = noise.iter().map(|v| f32::from(u8::from(*v < 0.9))).collect();
            let got = discounts(&hole, [w, h], 0.9);
            for (i, got) in got.iter().enumerate() {
                let known = (0..w * h).filter(|j| hole[*j] < 0.5);
                let to = |j: usize| {
                    let [dx, dy] = [(i % w).abs_diff(j % w), (i / w).abs_diff(j / w)];
                    dx * dx + dy * dy
                };
                let nearest = known.map(to).min().expect("one in ten is known");
                let wanted = 0.9_f32.powf((nearest as f32).sqrt());
                assert!((got - wanted).abs() < 1e-6, "seed {seed}, pixel {i}: {got} not {wanted}");
            }
        }
    }
}
