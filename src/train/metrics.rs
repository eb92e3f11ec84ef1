//! How good a painted picture is, and the plain baselines it must beat.

pub mod colour;
pub mod drift;
pub mod pattern;
pub mod similarity;

use crate::photo::fast_marching::inpaint;
use crate::pixels::{Canvas, Fill};
use crate::task::Task;

use super::data::Example;

/// A way to fill a hole without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// Each channel's mean over the visible pixels.
    Mean,
    /// The nearest visible pixel of the same row, column or corner.
    Edge,
    /// The visible part mirrored at its border.
    Mirror,
    /// The smoothest continuation: what our own network starts from, so what it adds shows.
    Membrane,
    /// Fast marching, radius 5: Telea 2004.
    Telea,
}

impl Baseline {
    /// Those for a margin, with the names that tables use.
    pub const OF_MARGINS: [(&'static str, Self); 5] = [
        ("mean fill", Self::Mean),
        ("edge repeat", Self::Edge),
        ("mirror", Self::Mirror),
        ("Telea", Self::Telea),
        ("membrane", Self::Membrane),
    ];
    /// Those for any hole.
    pub const OF_HOLES: [(&'static str, Self); 3] =
        [("mean colour", Self::Mean), ("Telea", Self::Telea), ("membrane", Self::Membrane)];

    /// The canvas's planes with the hole filled; for edge and mirror the visible part must be a
    /// rectangle.
    #[must_use]
    pub fn fill(self, canvas: &Canvas) -> Vec<f32> {
        match self {
            Self::Membrane => return canvas.with_hole_filled(Fill::Membrane),
            Self::Mean => return canvas.with_hole_filled(Fill::MeanColor),
            Self::Telea => {
                let hole: Vec<u8> = canvas.hole().iter().map(|&h| u8::from(h > 0.5)).collect();
                let mut planes = canvas.with_hole_filled(Fill::Mean);
                for plane in planes.chunks_exact_mut(hole.len()) {
                    inpaint::<f32, 1>(plane, &hole, canvas.size(), 5);
                }
                return planes;
            }
            Self::Edge | Self::Mirror => {}
        }
        let [w, h] = canvas.size();
        let [left, top, right, bottom] = visible_box(canvas);
        let inside = |at: usize, first: usize, end: usize| match self {
            Self::Mirror => reflected(at, first, end),
            _ => at.clamp(first, end - 1),
        };
        let planes = canvas.rgb().chunks_exact(w * h);
        planes
            .flat_map(|plane| {
                (0..w * h).map(move |i| {
                    let nearest = inside(i / w, top, bottom) * w + inside(i % w, left, right);
                    plane[if canvas.hole()[i] > 0.5 { nearest } else { i }]
                })
            })
            .collect()
    }
}

/// `at` folded back into `first..end` without repeating the border pixel, as `BORDER_REFLECT_101`.
fn reflected(at: usize, first: usize, end: usize) -> usize {
    let length = end - first;
    if length == 1 {
        return first;
    }
    let period = 2 * (length - 1);
    let shifted = (at + period * (first / period + 1) - first) % period;
    first + shifted.min(period - shifted)
}

/// `[left, top, right, bottom]` of the visible part; right and bottom lie just outside.
pub(super) fn visible_box(canvas: &Canvas) -> [usize; 4] {
    let [w, _] = canvas.size();
    let visible = canvas.hole().iter().enumerate().filter(|(_, hole)| **hole < 0.5);
    visible.fold([usize::MAX, usize::MAX, 0, 0], |[l, t, r, b], (i, _)| {
        [l.min(i % w), t.min(i / w), r.max(i % w + 1), b.max(i / w + 1)]
    })
}

/// Sum of squared errors over the hidden values, in units of 255, and how many they are.
#[must_use]
pub fn squared_error(canvas: &Canvas, filled: &[f32]) -> (f64, usize) {
    let pixels = canvas.hole().len();
    let hidden = (0..3 * pixels).filter(|i| canvas.hole()[i % pixels] > 0.5);
    hidden.fold((0.0, 0), |(sum, count), i| {
        let error = f64::from(canvas.rgb()[i] - filled[i].clamp(0.0, 1.0)) * 255.0;
        (sum + error * error, count + 1)
    })
}

/// Root of the mean squared error over all hidden values of all pictures, in units of 255.
#[must_use]
pub fn rmse(examples: &[Example], filled: &[Vec<f32>]) -> f64 {
    let errors =
        examples.iter().zip(filled).map(|(example, filled)| squared_error(&example.truth, filled));
    let (sum, count) = errors.fold((0.0, 0), |(s, n), (sum, count)| (s + sum, n + count));
    (sum / count as f64).sqrt()
}

/// How well what was told apart covers the truth, both in `0..=1` and counted from one half up: what
/// they share, as a share of what either has (`IoU`); 1 where both are empty.
#[must_use]
pub fn overlap(found: &[f32], truth: &[f32]) -> f64 {
    let [both, either] = found.iter().zip(truth).fold([0_u32; 2], |[both, either], (&a, &b)| {
        let [a, b] = [a, b].map(|v| v >= 0.5);
        [both + u32::from(a && b), either + u32::from(a || b)]
    });
    if either == 0 { 1.0 } else { f64::from(both) / f64::from(either) }
}

/// How far a task's held-out photos are off: for colours the mean error of chroma in units of CIE
/// Lab, for things and wear what is missing to an [`overlap`] of 100 per cent, else [`rmse`].
#[must_use]
pub fn held_out(task: Task, examples: &[Example], painted: &[Vec<f32>]) -> f64 {
    if matches!(task, Task::Cutout | Task::Scratches) {
        let plane = |planes: &[f32]| planes[..planes.len() / 3].to_vec();
        let missed = examples
            .iter()
            .zip(painted)
            .map(|(example, painted)| 1.0 - overlap(&plane(painted), &plane(example.truth.rgb())));
        return 100.0 * missed.sum::<f64>() / examples.len() as f64;
    }
    if task != Task::Colorize {
        return rmse(examples, painted);
    }
    let errors = examples.iter().zip(painted).map(|(example, painted)| {
        let truth = &example.truth;
        colour::colour_error(truth.rgb(), painted, Some(truth.hole())).chroma
    });
    errors.sum::<f64>() / examples.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row of five: the middle three are visible, 0.2, 0.4, 0.9.
    fn canvas() -> Canvas {
        let row = [0.0, 0.2, 0.4, 0.9, 0.0];
        Canvas::new([5, 1], [row, row, row].concat(), vec![1.0, 0.0, 0.0, 0.0, 1.0])
    }

    #[test]
    fn each_baseline_fills_as_its_name_says() {
        let ends = |baseline: Baseline| {
            let filled = baseline.fill(&canvas());
            assert_eq!(filled[1..4], [0.2, 0.4, 0.9], "the visible part stays");
            [filled[0], filled[4]]
        };
        assert_eq!(ends(Baseline::Mean), [0.5, 0.5]);
        assert_eq!(ends(Baseline::Edge), [0.2, 0.9]);
        assert_eq!(ends(Baseline::Mirror), [0.4, 0.4]);
        let [left, right] = ends(Baseline::Membrane);
        assert!((left - 0.2).abs() < 2e-3 && (right - 0.9).abs() < 2e-3, "one row: its ends go on");
        // Fast marching looks five pixels far and along the slope: nearer to its end than the mean.
        let [left, right] = ends(Baseline::Telea);
        assert!((left - 0.2).abs() < 0.2 && (right - 0.9).abs() < 0.35, "{left}, {right}");
    }

    #[test]
    fn an_overlap_is_what_both_have_of_what_either_has() {
        assert_eq!(overlap(&[0.9, 0.6, 0.1, 0.0], &[1.0, 0.0, 1.0, 0.4]), 1.0 / 3.0);
        assert_eq!(overlap(&[0.0; 3], &[0.2; 3]), 1.0, "nothing there, nothing found");
        assert_eq!(overlap(&[1.0, 0.0], &[0.0, 1.0]), 0.0);
    }

    #[test]
    fn reflection_folds_any_distance() {
        let seen: Vec<_> = (0..9).map(|at| reflected(at, 3, 6)).collect();
        assert_eq!(seen, [4, 5, 4, 3, 4, 5, 4, 3, 4].map(|i| i), "3 4 5 mirrored at both ends");
        assert_eq!(reflected(7, 3, 4), 3);
    }

    #[test]
    fn the_error_is_in_units_of_255_and_counts_hidden_values_only() {
        let mut filled = canvas().rgb().to_vec();
        filled[0] = 0.2; // off by 51
        filled[2] = 9.0; // visible: does not count
        let (sum, count) = squared_error(&canvas(), &filled);
        assert_eq!(count, 6);
        assert!((sum - 51.0 * 51.0).abs() < 1e-2, "{sum}");
    }
}
