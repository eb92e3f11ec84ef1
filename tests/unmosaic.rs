//! What undoing a mosaic promises the user, without a network.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a failed step fails the test; small numbers"
)]

use naobu::photo::hole::{Hole, Pen, Rect};
use naobu::photo::mosaic::project::cell_means;
use naobu::photo::mosaic::{Grid, Region, apply};
use naobu::photo::{Photo, decode::decode};
use naobu::unmosaic::Mosaic;

/// Waves of three colours, with some transparency.
fn photo([width, height]: [u32; 2]) -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [i % width, i / width].map(f64::from);
        let wave = |a: f64, b: f64| (127.5 + 100.0 * (x / a + y / b).sin()).round() as u8;
        [
            wave(23.0, 41.0),
            wave(37.0, -19.0),
            wave(61.0, 13.0),
            if i.is_multiple_of(5) { 99 } else { 255 },
        ]
    };
    Photo::from_rgba8([width, height], (0..width * height).flat_map(pixel).collect()).unwrap()
}

fn rectangle(size: [u32; 2], [left, top, right, bottom]: [usize; 4]) -> Hole {
    let mut hole = Hole::empty(size).unwrap();
    hole.rectangle(Rect { left, top, right, bottom }, Pen::Add);
    hole
}

/// Root of the mean squared difference in the hole, and the largest anywhere else.
fn apart(a: &Photo, b: &Photo, hole: &Hole) -> (f64, u8) {
    let (mut sum, mut count, mut outside) = (0.0, 0.0, 0);
    for (i, (a, b)) in a.rgba().iter().zip(b.rgba()).enumerate() {
        if hole.pixels()[i / 4] == 0 || i % 4 == 3 {
            outside = outside.max(a.abs_diff(*b));
        } else {
            sum += f64::from(a.abs_diff(*b)).powi(2);
            count += 1.0;
        }
    }
    ((sum / count).sqrt(), outside)
}

fn mosaics() -> Vec<([u32; 2], Hole, Grid)> {
    let all = [71, 53];
    vec![
        (all, rectangle(all, [11, 7, 59, 43]), Grid::new([12.0; 2], [11.0, 7.0])),
        (all, rectangle(all, [0, 0, 71, 53]), Grid::new([9.0; 2], [0.0; 2])),
        (all, rectangle(all, [3, 0, 71, 30]), Grid::new([7.5, 6.25], [5.0, 1.0])),
        ([16, 40], rectangle([16, 40], [0, 10, 16, 30]), Grid::new([8.0; 2], [0.0, 10.0])),
    ]
}

#[test]
fn every_cell_keeps_its_mean_and_nothing_else_changes() {
    for (size, hole, grid) in mosaics() {
        let mut mosaic = photo(size);
        apply(&mut mosaic, &grid, Region::Hole(hole.pixels()));
        let result = Mosaic::new(hole.clone(), grid).unwrap().smoothed(&mosaic).unwrap();
        assert_eq!(apart(&mosaic, &result, &hole).1, 0, "outside, and alpha: {grid:?}");
        let [was, is] = [&mosaic, &result].map(|photo| cell_means(photo, &grid, hole.pixels()));
        let off = was
            .iter()
            .flatten()
            .zip(is.iter().flatten())
            .flat_map(|(was, is)| [0, 1, 2].map(|c| (was[c] - is[c]).abs()));
        let worst = off.fold(0.0, f32::max);
        assert!(worst <= 1.0, "{grid:?}: a mean is {worst} off");
        assert_ne!(mosaic, result, "control: something was done");
    }
}

#[test]
fn smooth_things_come_back_nearly_as_they_were() {
    for (size, hole, grid) in mosaics() {
        let truth = photo(size);
        let mut mosaic = truth.clone();
        apply(&mut mosaic, &grid, Region::Hole(hole.pixels()));
        let result = Mosaic::new(hole.clone(), grid).unwrap().smoothed(&mosaic).unwrap();
        let [before, after] = [&mosaic, &result].map(|photo| apart(photo, &truth, &hole).0);
        assert!(after < 0.5 * before, "{grid:?}: {after} apart, {before} under the mosaic");
    }
}

#[test]
fn a_mosaic_on_a_picture_is_found_by_itself_and_made_better() {
    let bytes = std::fs::read("www/samples/portrait.jpg").unwrap();
    let truth = decode(&bytes).unwrap();
    let rect = [500, 300, 500 + 16 * 20, 300 + 16 * 15];
    let hole = rectangle(truth.size(), rect);
    let grid = Grid::new([16.0; 2], [500.0, 300.0]);
    let mut mosaic = truth.clone();
    apply(&mut mosaic, &grid, Region::Rect(rect));
    let (found, confidence) = Mosaic::found(&mosaic).unwrap();
    assert!(confidence > 0.9, "{confidence}");
    let off = [0, 1].map(|axis| (found.grid().cell[axis] - 16.0).abs());
    assert!(off.iter().all(|off| *off < 0.1), "cells of {:?}", found.grid().cell);
    let [before, after] = [mosaic.clone(), found.smoothed(&mosaic).unwrap()]
        .map(|photo| apart(&photo, &truth, &hole).0);
    assert!(after < before, "{after} apart, {before} under the mosaic");
    let (pointed, _) = Mosaic::found_within(&mosaic, hole).unwrap();
    assert!((pointed.grid().cell[0] - 16.0).abs() < 0.1, "{:?}", pointed.grid());
}

#[test]
fn err_no_mosaic_no_region_and_another_size() {
    let plain = photo([71, 53]);
    let nothing = Mosaic::found(&plain).unwrap_err();
    assert_eq!(nothing.to_string(), "no mosaic was found");
    assert_eq!(nothing.code(), "mosaic-not-found");
    let empty = Hole::empty([71, 53]).unwrap();
    assert_eq!(Mosaic::found_within(&plain, empty.clone()).unwrap_err().code(), "hole-empty");
    let grid = Grid::new([8.0; 2], [0.0; 2]);
    assert_eq!(Mosaic::new(empty, grid).unwrap_err().code(), "hole-empty");
    let other = Mosaic::new(rectangle([40, 30], [0, 0, 9, 9]), grid).unwrap();
    assert_eq!(other.smoothed(&plain).unwrap_err().code(), "bad-setting");
}
