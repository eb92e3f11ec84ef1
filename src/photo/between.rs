//! Linear interpolation between the middles of cells.

/// The two cells between whose middles a place lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between {
    pub(crate) cells: [usize; 2],
    /// How far the place lies on the way to the second one, in `0..=1`.
    pub(crate) share: f32,
}

impl Between {
    /// At a place counted in cells from the middle of the first of `cells`; beyond the outermost there
    /// is only that one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    pub(crate) fn new(place: f32, cells: usize) -> Self {
        let place = place.clamp(0.0, cells as f32 - 1.0);
        let first = place as usize;
        Self { cells: [first, (first + 1).min(cells - 1)], share: place - first as f32 }
    }

    /// At the middle of a pixel, one of `pixels` under all the cells.
    pub(crate) fn of_pixel(at: usize, pixels: usize, cells: usize) -> Self {
        Self::new((at as f32 + 0.5) * cells as f32 / pixels as f32 - 0.5, cells)
    }
}
