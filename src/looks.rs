//! Shows a whole photo to a network, and reads what it answers: at more than one size, mirrored or
//! not, the answers averaged.
//!
//! What a network says of one photo at two sizes differs, and by chance; the mean is nearer to the
//! truth than either, and changes less when the photo is cropped. The photo lies in the upper left
//! corner of the network's grid, at its own proportions; the border is continued until the grid is
//! full, and that part of an answer is cut off again. Which looks a task takes is its own affair.

use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use crate::photo::{Photo, resize};

/// One look: where a photo lies on a network's grid, and which way round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    photo: [u32; 2],
    /// The photo on the grid, whole cells.
    size: [usize; 2],
    /// The whole grid.
    padded: [usize; 2],
    mirrored: bool,
}

impl Look {
    /// Lays a photo on a grid.
    ///
    /// # Shapes and ranges
    /// - `photo`: its `[width, height]`
    /// - `side_px`: the longer side of what is seen, a multiple of `cell_px`
    /// - `cell_px`: the largest cell that the network answers, in pixels of what it sees
    /// - `grid_px`: what its input's sides must be multiples of
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a side")]
    pub(crate) fn new(
        photo: [u32; 2],
        side_px: usize,
        [cell_px, grid_px]: [usize; 2],
        mirrored: bool,
    ) -> Self {
        let long = photo[0].max(photo[1]).max(1) as f32;
        let most = (side_px / cell_px).max(1) as f32;
        let cells = |px: u32| (px as f32 / long * most).round().max(1.0) as usize;
        let size = photo.map(|px| cells(px) * cell_px);
        Self { photo, size, padded: size.map(|side| side.next_multiple_of(grid_px)), mirrored }
    }

    /// The photo's own `[width, height]`.
    pub(crate) fn photo(&self) -> [u32; 2] {
        self.photo
    }

    /// The photo's `[width, height]` on the grid.
    pub(crate) fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The whole grid's `[width, height]`.
    pub(crate) fn padded(&self) -> [usize; 2] {
        self.padded
    }

    /// The photo shrunk to its size on the grid: red, green, blue, alpha.
    pub(crate) fn shrunk(&self, photo: &Photo) -> Vec<u8> {
        let whole = self.photo.map(|side| [0.0, f64::from(side)]);
        resize::shrink_rgba(photo.rgba(), self.photo, whole, self.size)
    }

    /// A plane of the grid's size, in which the photo's last column and row are repeated.
    pub(crate) fn padded_plane(&self, plane: &[f32]) -> Vec<f32> {
        let [w, h] = self.size;
        let row = |y: usize| &plane[y.min(h - 1) * w..][..w];
        let [width, height] = self.padded;
        (0..height).flat_map(|y| (0..width).map(move |x| row(y)[x.min(w - 1)])).collect()
    }

    /// Turns a map of the photo into the network's view, or the other way round.
    pub(crate) fn turned(&self, map: Tensor<4>) -> Tensor<4> {
        if self.mirrored { map.flip([3]) } else { map }
    }

    /// The part of an answer that lies on the photo, the photo's way round.
    ///
    /// # Panics
    /// If the answer has other cells than announced.
    pub(crate) fn on_photo(&self, answer: Tensor<4>) -> Tensor<4> {
        let [_, _, rows, columns] = answer.dims();
        let cell = self.padded[0] / columns.max(1);
        let fits = self.padded == [columns * cell, rows * cell];
        assert!(fits, "{columns}×{rows} for {:?}", self.padded);
        let [w, h] = self.size.map(|side| side / cell);
        self.turned(answer).narrow(2, 0, h).narrow(3, 0, w)
    }
}

/// The mean of answers, all at the size of the first; `None` of none.
pub(crate) fn mean(answers: impl IntoIterator<Item = Tensor<4>>) -> Option<Tensor<4>> {
    let (mut count, mut sum) = (0.0, None::<Tensor<4>>);
    for answer in answers {
        count += 1.0;
        sum = Some(match sum {
            None => answer,
            Some(sum) => {
                let [_, _, rows, columns] = sum.dims();
                let how =
                    InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
                sum + interpolate(answer, how.with_output_size([rows, columns]))
            }
        });
    }
    sum.map(|sum| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::tensor_from_planes;
    use burn::tensor::Device;

    fn values(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec::<f32>().expect("floats")
    }

    #[test]
    fn a_photo_keeps_its_proportions_in_whole_cells_and_the_grid_is_full() {
        let look = Look::new([400, 301], 32, [4, 16], false);
        assert_eq!((look.size(), look.padded()), ([32, 24], [32, 32]));
        let sliver = Look::new([4000, 3], 32, [4, 16], false);
        assert_eq!((sliver.size(), sliver.padded()), ([32, 4], [32, 16]));
        let plane: Vec<f32> = (0..32 * 24).map(|i| (i / 32) as f32).collect();
        let padded = look.padded_plane(&plane);
        assert_eq!(padded.len(), 32 * 32);
        assert!(padded[24 * 32..].iter().all(|&v| v == 23.0), "the last row goes on");
        assert_eq!(padded[5 * 32], 5.0, "control: the photo is where it was");
    }

    #[test]
    fn an_answer_is_cut_to_the_photo_and_turned_back() {
        let device = Device::flex();
        for mirrored in [false, true] {
            let look = Look::new([30, 16], 32, [4, 16], mirrored);
            assert_eq!((look.size(), look.padded()), ([32, 16], [32, 16]));
            let narrow = Look::new([16, 30], 32, [4, 32], mirrored);
            assert_eq!((narrow.size(), narrow.padded()), ([16, 32], [32, 32]));
            // An answer in cells of four pixels that says its own column, as the network sees it.
            let seen: Vec<f32> = (0..64).map(|i| (i % 8) as f32).collect();
            let answer = tensor_from_planes(seen, [8, 8], &device);
            let seen = narrow.turned(answer);
            let got = values(narrow.on_photo(seen));
            let wanted: Vec<f32> = (0..32).map(|i| (i % 4) as f32).collect();
            assert_eq!(got, wanted, "mirrored: {mirrored}");
        }
    }

    #[test]
    fn answers_are_averaged_at_the_size_of_the_first() {
        let device = Device::flex();
        let plane = |value: f32, side: usize| {
            tensor_from_planes(vec![value; side * side], [side; 2], &device)
        };
        let mean_of = |answers: Vec<Tensor<4>>| mean(answers).map(values);
        assert_eq!(mean_of(vec![plane(1.0, 4), plane(4.0, 2)]), Some(vec![2.5; 16]));
        assert_eq!(mean_of(vec![plane(3.0, 2)]), Some(vec![3.0; 4]));
        assert_eq!(mean_of(Vec::new()), None);
    }
}
