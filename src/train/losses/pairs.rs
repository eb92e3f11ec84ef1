//! What a teacher knows about which places belong together, without its ever naming them.
//!
//! Colour alone teaches slowly what things are: a wall can be any colour. A network that learnt to
//! tell things apart sees two walls alike and a wall and a sky apart. Our encoder is asked to see
//! the same likenesses, in whatever directions of its own, so nothing of the teacher ships.

use burn::tensor::module::adaptive_avg_pool2d;
use burn::tensor::{Int, Tensor};

/// How many places are compared with one another at most: a million pairs.
const PLACES: usize = 1024;

/// The mean squared difference between how alike `student` and `teacher` see two places.
///
/// # Shapes and ranges
/// - `student`: `[n, c, h, w]`
/// - `teacher`: `[n, c', h', w']` of the same pictures; averaged to the student's places; let nothing
///   flow back into it
/// - returns a number in `0..=4`: likeness is the cosine between two places' features
///
/// # Source
/// Liu et al., "Structured Knowledge Distillation for Semantic Segmentation" (CVPR 2019), its
/// pair-wise part. We differ: places of all pictures of a batch are compared, not only those of one,
/// and features are taken from their mean over the batch, for after a ReLU all cosines are near 1.
#[must_use]
pub fn pairs(student: Tensor<4>, teacher: Tensor<4>) -> Tensor<1> {
    let [_, _, h, w] = student.dims();
    let teacher = adaptive_avg_pool2d(teacher, [h, w]);
    (likeness(student) - likeness(teacher)).square().mean()
}

/// Cosines between places, `[places, places]`.
fn likeness(map: Tensor<4>) -> Tensor<2> {
    let [n, c, h, w] = map.dims();
    let all = n * h * w;
    let rows = map.permute([0, 2, 3, 1]).reshape([all, c]);
    let stride = all.div_ceil(PLACES);
    let rows = match stride {
        1 => rows,
        _ => {
            let most = i64::try_from(all).expect("places of pictures in memory");
            let some = Tensor::<1, Int>::arange_step(0..most, stride, &rows.device());
            rows.select(0, some)
        }
    };
    let rows = rows.clone() - rows.mean_dim(0);
    let length = (rows.clone().square().sum_dim(1) + 1e-8).sqrt();
    let unit = rows / length;
    unit.clone().matmul(unit.transpose())
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::check::{gradient_error, random, value};
    use super::*;

    fn row(values: &[f32], c: usize) -> Tensor<4> {
        let w = values.len() / c;
        Tensor::<1>::from_floats(values, &Device::flex()).reshape([1, c, 1, w])
    }

    #[test]
    fn likeness_is_the_cosine_from_the_mean() {
        // Two channels, three places: (1, 0), (-1, 0), (0, 0) and, from their mean, the same; the
        // last has no direction at all.
        let student = row(&[1.0, -1.0, 0.0, 0.0, 0.0, 0.0], 2);
        // (3, 1), (1, 3), (2, 2): from their mean (1, -1), (-1, 1) and nothing. The same likenesses.
        let turned = row(&[3.0, 1.0, 2.0, 1.0, 3.0, 2.0], 2);
        assert!(value(pairs(student.clone(), turned)) < 1e-6);
        // All the other way round: (1), (1), (-2). By hand the cosines are 1, -1 and -1 instead of
        // -1, 0 and 0, and 1 instead of 0 for the last with itself: 4 + 1 + 1 twice, and 1, of nine.
        let other = row(&[1.0, 1.0, -2.0], 1);
        let apart = value(pairs(student, other));
        assert!((apart - 13.0 / 9.0).abs() < 1e-5, "{apart}");
    }

    #[test]
    fn a_finer_teacher_is_averaged_and_many_places_are_thinned_out() {
        let fine = random([1, 3, 8, 8], 1);
        let coarse = adaptive_avg_pool2d(fine.clone(), [4, 4]);
        assert!(value(pairs(coarse.clone(), fine)) < 1e-9);
        assert!(value(pairs(coarse, random([1, 3, 8, 8], 2))) > 0.01, "control");
        let large = random([5, 3, 16, 16], 3);
        assert!(likeness(large).dims()[0] <= PLACES);
    }

    #[test]
    fn gradients_are_those_of_differences() {
        let teacher = random([2, 3, 2, 2], 4);
        let apart = |x| pairs(x, Tensor::from_inner(teacher.clone()));
        assert!(gradient_error(&random([2, 2, 2, 2], 5), apart) < 0.01);
    }
}
