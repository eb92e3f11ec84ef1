//! Made-up holes: what is hidden from a generator while it learns.

use rand::{Rng, RngExt};

use crate::photo::hole::{Dab, Hole, Pen};

use super::config::Holes;

/// The largest share of a square that is ever hidden: beyond it, the rest says too little.
const MOST: f32 = 0.6;

/// Returns the published hole of out-painting: the middle half of the columns stays.
#[must_use]
pub fn columns(side: usize) -> Vec<f32> {
    frame(side, [side / 4, 0, side / 4, 0])
}

/// Returns a box of half the side in the middle: what completion and mosaics are measured on.
#[must_use]
pub fn central_box(side: usize) -> Vec<f32> {
    boxed(side, [side / 4, side / 4], [side / 2, side / 2])
}

/// Draws a hole; its kind is drawn by the shares.
#[must_use]
pub fn random(shares: Holes, side: usize, rng: &mut impl Rng) -> Vec<f32> {
    let all = shares.shares();
    let mut at = rng.random_range(0.0..all.iter().sum::<f32>());
    let kind = all.iter().position(|&share| {
        at -= share;
        at < 0.0
    });
    match kind {
        Some(0) => columns(side),
        Some(1) => random_frame(side, rng),
        Some(2) => random_box(side, rng),
        Some(4) => wide_box(side, rng),
        _ => random_strokes(side, rng),
    }
}

/// Makes a hole along the sides of a square: `[left, top, right, bottom]` pixels wide.
fn frame(side: usize, [left, top, right, bottom]: [usize; 4]) -> Vec<f32> {
    let known =
        |x: usize, y: usize| (left..side - right).contains(&x) && (top..side - bottom).contains(&y);
    (0..side * side).map(|i| if known(i % side, i / side) { 0.0 } else { 1.0 }).collect()
}

fn boxed(side: usize, [left, top]: [usize; 2], [width, height]: [usize; 2]) -> Vec<f32> {
    let hidden =
        |x: usize, y: usize| (left..left + width).contains(&x) && (top..top + height).contains(&y);
    (0..side * side).map(|i| if hidden(i % side, i / side) { 1.0 } else { 0.0 }).collect()
}

/// Draws any set of sides, each up to a quarter wide.
fn random_frame(side: usize, rng: &mut impl Rng) -> Vec<f32> {
    // Left, right, both; top, bottom, both; a corner; all around: each as likely as the next.
    const SETS: [[bool; 4]; 12] = [
        [true, false, false, false],
        [false, false, true, false],
        [true, false, true, false],
        [false, true, false, false],
        [false, false, false, true],
        [false, true, false, true],
        [true, true, false, false],
        [false, true, true, false],
        [false, false, true, true],
        [true, false, false, true],
        [true, true, true, true],
        [true, true, true, true],
    ];
    let set = SETS[rng.random_range(0..SETS.len())];
    let full = rng.random_bool(0.5);
    let widths = set.map(|open| match (open, full) {
        (false, _) => 0,
        (true, true) => side / 4,
        (true, false) => rng.random_range(side / 16..=side / 4),
    });
    frame(side, widths)
}

/// Draws a box as Iizuka et al. 2017 do: width and height from 96 to 128 of 256 pixels, anywhere.
fn random_box(side: usize, rng: &mut impl Rng) -> Vec<f32> {
    let size = [0, 1].map(|_| rng.random_range(side * 3 / 8..=side / 2));
    let at = size.map(|length| rng.random_range(0..=side - length));
    boxed(side, at, size)
}

/// Draws a box with width and height from half of the side to all of it, anywhere.
fn wide_box(side: usize, rng: &mut impl Rng) -> Vec<f32> {
    let size = [0, 1].map(|_| rng.random_range(side / 2..=side));
    let at = size.map(|length| rng.random_range(0..=side - length));
    boxed(side, at, size)
}

/// Returns the whole cells of `cell_px` pixels, counted from the corner, that a hole touches.
#[must_use]
pub fn whole_cells(hole: &[f32], side: usize, cell_px: usize) -> Vec<f32> {
    let cells = side.div_ceil(cell_px);
    let cell_of = |i: usize| i / side / cell_px * cells + i % side / cell_px;
    let mut touched = vec![0.0_f32; cells * cells];
    for (i, &value) in hole.iter().enumerate() {
        touched[cell_of(i)] = touched[cell_of(i)].max(value);
    }
    (0..hole.len()).map(|i| touched[cell_of(i)]).collect()
}

/// Draws one to four strokes with round joints, wide for their length, at times with a box.
///
/// # Source
/// Suvorov et al. 2022 (`LaMa`): strokes of up to 100 pixels of 256 and boxes; the numbers are ours.
fn random_strokes(side: usize, rng: &mut impl Rng) -> Vec<f32> {
    let px = u32::try_from(side).expect("a side in pixels");
    let whole = side as f32;
    loop {
        let mut hole = Hole::empty([px, px]).expect("sides of training are sides of photos");
        for _ in 0..rng.random_range(1..=4) {
            let radius_px = whole * rng.random_range(0.03..0.16);
            let mut at = [0, 1].map(|_| whole * rng.random_range(0.0..1.0_f32));
            let mut angle = rng.random_range(0.0..std::f32::consts::TAU);
            let mut dabs = vec![Dab { x: at[0], y: at[1], radius_px }];
            for _ in 0..rng.random_range(1..=5) {
                angle += rng.random_range(-1.2..1.2_f32);
                let length = whole * rng.random_range(0.05..0.3);
                at = [at[0] + length * angle.cos(), at[1] + length * angle.sin()];
                dabs.push(Dab { x: at[0], y: at[1], radius_px });
            }
            hole.stroke(&dabs, Pen::Add).expect("finite points");
        }
        let mut plane: Vec<f32> =
            hole.pixels().iter().map(|&byte| f32::from(byte.min(1))).collect();
        if rng.random_bool(0.2) {
            for (value, boxed) in plane.iter_mut().zip(random_box(side, rng)) {
                *value = value.max(boxed);
            }
        }
        let share = plane.iter().sum::<f32>() / plane.len() as f32;
        if share > 0.02 && share < MOST {
            return plane;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn share(hole: &[f32]) -> f32 {
        hole.iter().sum::<f32>() / hole.len() as f32
    }

    #[test]
    fn the_published_hole_keeps_the_middle_64_of_128_columns() {
        let hole = columns(128);
        let row: Vec<f32> = hole[128 * 77..128 * 78].to_vec();
        assert_eq!(
            (0..128).filter(|&x| row[x] == 0.0).collect::<Vec<_>>(),
            (32..96).collect::<Vec<_>>()
        );
        assert_eq!(share(&central_box(64)), 0.25);
    }

    #[test]
    fn a_frame_never_takes_more_than_a_quarter_from_a_side() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut kinds = std::collections::BTreeSet::new();
        for _ in 0..400 {
            let hole = random_frame(32, &mut rng);
            assert!(
                (8..24).all(|y| (8..24).all(|x| hole[y * 32 + x] == 0.0)),
                "the middle is known"
            );
            assert!(hole.contains(&1.0), "something is hidden");
            kinds.insert(
                [hole[16 * 32], hole[16], hole[16 * 32 + 31], hole[31 * 32 + 16]].map(|h| h > 0.5),
            );
        }
        assert_eq!(kinds.len(), 11, "every set of sides comes up: {kinds:?}");
    }

    #[test]
    fn boxes_are_as_published_and_strokes_leave_enough() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let mut shares: Vec<f32> = Vec::new();
        for _ in 0..200 {
            let boxed = random_box(64, &mut rng);
            let row = boxed.chunks(64).map(|row| row.iter().sum::<f32>()).fold(0.0, f32::max);
            assert!((24.0..=32.0).contains(&row), "{row} of 64 wide, 96 to 128 of 256 asked");
            let strokes = random_strokes(64, &mut rng);
            assert!(strokes.iter().all(|&value| value == 0.0 || value == 1.0));
            shares.push(share(&strokes));
        }
        shares.sort_by(f32::total_cmp);
        assert!(shares[0] > 0.02 && shares[199] < MOST);
        assert!(shares[20] < 0.12 && shares[180] > 0.3, "thin and wide ones: {shares:?}");
    }

    #[test]
    fn kinds_come_up_by_their_shares() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let only = |columns, strokes| Holes { columns, frame: 0.0, boxes: 0.0, strokes, wide: 0.0 };
        assert_eq!(random(only(1.0, 0.0), 64, &mut rng), columns(64));
        assert_ne!(random(only(0.0, 1.0), 64, &mut rng), columns(64));
        let half = (0..400).filter(|_| random(only(0.3, 0.3), 64, &mut rng) == columns(64)).count();
        assert!((150..250).contains(&half), "{half} of 400");
        let wide = Holes { wide: 1.0, ..only(0.0, 0.0) };
        let shares: Vec<f32> = (0..50).map(|_| share(&random(wide, 64, &mut rng))).collect();
        assert!(shares.iter().all(|share| (0.25..=1.0).contains(share)));
        assert!(shares.iter().any(|&share| share > 0.7), "more than any other kind");
    }

    #[test]
    fn whole_cells_hold_all_of_the_hole_and_no_cell_that_it_does_not_touch() {
        let hole = boxed(16, [3, 4], [2, 8]);
        assert_eq!(whole_cells(&hole, 16, 4), boxed(16, [0, 4], [8, 8]));
        assert_eq!(whole_cells(&boxed(16, [4, 4], [8, 4]), 16, 4), boxed(16, [4, 4], [8, 4]));
        assert_eq!(whole_cells(&[0.0; 256], 16, 4), vec![0.0; 256]);
    }
}
