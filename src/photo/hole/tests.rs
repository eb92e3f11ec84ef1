#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers of our own"
)]

use proptest::prelude::*;

use super::*;

/// Holes of any size: what is promised must not need 16 pixels.
pub(in crate::photo) fn hole(size: [usize; 2], is_painted: impl Fn(usize, usize) -> bool) -> Hole {
    let pixels = (0..size[0] * size[1]).map(|p| u8::from(is_painted(p % size[0], p / size[0])));
    Hole { size, pixels: pixels.collect() }
}

fn any_hole() -> impl Strategy<Value = Hole> {
    // Thin and odd sizes, sparse and dense holes, down to empty and full.
    (1_usize..18, 1_usize..15, 0_u8..=10).prop_flat_map(|(width, height, tenths)| {
        prop::collection::vec(0_u8..10, width * height).prop_map(move |dice| Hole {
            size: [width, height],
            pixels: dice.into_iter().map(|die| u8::from(die < tenths)).collect(),
        })
    })
}

fn cases(cases: u32) -> ProptestConfig {
    let rng_seed = proptest::test_runner::RngSeed::Fixed(1);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// The squared distance from a pixel to the nearest of one kind, by looking at all.
fn nearest(hole: &Hole, kind: u8, at: usize) -> Option<usize> {
    let width = hole.size[0];
    let squared = |other: usize| {
        let [dx, dy] = [(at % width).abs_diff(other % width), (at / width).abs_diff(other / width)];
        dx * dx + dy * dy
    };
    (0..hole.pixels.len()).filter(|&other| hole.pixels[other] == kind).map(squared).min()
}

fn drawn(hole: &Hole) -> String {
    let row = |row: &[u8]| row.iter().map(|&p| if p == 0 { '.' } else { '#' }).collect::<String>();
    hole.rows().map(row).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn growing_paints_true_discs(hole in any_hole(), quarters in 0_u16..40) {
        let radius = f32::from(quarters) / 4.0;
        let mut grown = hole.clone();
        grown.grow(radius).unwrap();
        let within = |squared: usize| squared as f32 <= radius * radius;
        for at in 0..hole.pixels.len() {
            let is_reached = nearest(&hole, 1, at).is_some_and(within);
            prop_assert_eq!(grown.pixels[at], u8::from(is_reached), "{} grown by {}", drawn(&hole), radius);
        }
    }

    #[test]
    fn a_feather_rises_evenly_inside_and_is_nothing_outside(hole in any_hole(), halves in 0_u16..12) {
        let width = f32::from(halves) / 2.0;
        let feather = hole.feather(width).unwrap();
        for at in 0..hole.pixels.len() {
            let distance = nearest(&hole, 0, at).map_or(f64::INFINITY, |squared| (squared as f64).sqrt());
            let wanted = (255.0 * distance / (f64::from(width) + 1.0)).min(255.0);
            prop_assert!((f64::from(feather[at]) - wanted).abs() < 0.501, "{} {at}: {feather:?}", drawn(&hole));
            prop_assert_eq!(feather[at] == 0, hole.pixels[at] == 0);
        }
    }

    #[test]
    fn parts_are_what_hangs_together(hole in any_hole()) {
        let parts = hole.parts();
        let width = hole.size[0];
        let mut part_of = vec![None; hole.pixels.len()];
        for run in parts.runs() {
            for x in run.first..run.end {
                let pixel = &mut part_of[run.y as usize * width + x as usize];
                prop_assert_eq!(pixel.replace(run.part as usize), None, "two runs on one pixel");
            }
        }
        // By filling, one pixel after the other.
        let mut seen = vec![false; hole.pixels.len()];
        let mut found = 0;
        for start in 0..hole.pixels.len() {
            prop_assert_eq!(part_of[start].is_some(), hole.pixels[start] == 1);
            if hole.pixels[start] == 0 || std::mem::replace(&mut seen[start], true) {
                continue;
            }
            let mut waiting = vec![start];
            let mut around = Rect { left: width, top: usize::MAX, right: 0, bottom: 0 };
            let mut count = 0;
            while let Some(at) = waiting.pop() {
                let [x, y] = [at % width, at / width];
                prop_assert_eq!(part_of[at], Some(found), "{}", drawn(&hole));
                around = around.joined(Rect { left: x, top: y, right: x + 1, bottom: y + 1 });
                count += 1;
                for ny in y.saturating_sub(1)..(y + 2).min(hole.size[1]) {
                    for nx in x.saturating_sub(1)..(x + 2).min(width) {
                        let next = ny * width + nx;
                        if hole.pixels[next] == 1 && !std::mem::replace(&mut seen[next], true) {
                            waiting.push(next);
                        }
                    }
                }
            }
            prop_assert_eq!(parts.parts()[found], Part { bounds: around, count });
            found += 1;
        }
        prop_assert_eq!(parts.parts().len(), found);
    }

    #[test]
    fn a_part_is_twice_as_thick_as_its_innermost_pixel_is_deep(hole in any_hole()) {
        let parts = hole.parts();
        let mut deepest = vec![0.0_f64; parts.parts().len()];
        for run in parts.runs() {
            for x in run.first..run.end {
                let at = run.y as usize * hole.size[0] + x as usize;
                let depth = nearest(&hole, 0, at).map_or(f64::INFINITY, |squared| (squared as f64).sqrt());
                deepest[run.part as usize] = deepest[run.part as usize].max(2.0 * depth);
            }
        }
        let thickness = hole.thickness(&parts);
        prop_assert_eq!(thickness.len(), deepest.len());
        for (got, wanted) in thickness.iter().zip(&deepest) {
            prop_assert!(f64::from(*got) == *wanted || (f64::from(*got) - wanted).abs() < 1e-5);
        }
    }

    #[test]
    fn counts_and_bounds_are_those_of_the_pixels(hole in any_hole()) {
        prop_assert_eq!(hole.count(), hole.pixels.iter().filter(|&&p| p == 1).count());
        prop_assert_eq!(hole.is_empty(), hole.count() == 0);
        prop_assert_eq!(hole.is_full(), hole.count() == hole.pixels.len());
        let around = hole.parts().parts().iter().map(|part| part.bounds).reduce(Rect::joined);
        prop_assert_eq!(hole.bounds(), around);
    }

    #[test]
    fn a_stroke_holds_what_a_moving_disc_passes(
        ends in [(-3.0_f32..16.0, -3.0_f32..12.0, 0.0_f32..5.0), (-3.0_f32..16.0, -3.0_f32..12.0, 0.0_f32..5.0)],
        erase in any::<bool>(),
    ) {
        let dabs = ends.map(|(x, y, radius_px)| Dab { x, y, radius_px });
        let size = [13, 9];
        let mut got = hole(size, |_, _| erase);
        got.stroke(&dabs, if erase { Pen::Erase } else { Pen::Add }).unwrap();
        let between = |i: usize| {
            let t = i as f64 / 3000.0;
            let [from, to] = dabs.map(|d| [d.x, d.y, d.radius_px.max(0.5_f32.sqrt())].map(f64::from));
            [0, 1, 2].map(|k| from[k] + (to[k] - from[k]) * t)
        };
        for p in 0..size[0] * size[1] {
            let [x, y] = [(p % size[0]) as f64 + 0.5, (p / size[0]) as f64 + 0.5];
            // How far the centre lies outside the disc when that is nearest.
            let outside = (0..=3000).map(between)
                .map(|[cx, cy, r]| ((x - cx) * (x - cx) + (y - cy) * (y - cy)).sqrt() - r)
                .fold(f64::INFINITY, f64::min);
            // The disc is tried at 3001 places, so it may be a thousandth nearer than it looks.
            if outside.abs() > 0.01 {
                prop_assert_eq!(got.pixels[p] != u8::from(erase), outside < 0.0, "{:?}\n{}", dabs, drawn(&got));
            }
        }
    }

}

#[test]
fn discs_are_round() {
    let mut dot = hole([9, 9], |x, y| [x, y] == [4, 4]);
    dot.grow(3.0).unwrap();
    let wanted = ".........\n....#....\n..#####..\n..#####..\n.#######.\n..#####..\n..#####..\n....#....\n.........";
    assert_eq!(drawn(&dot), wanted, "all within three pixels of the middle");
    assert_eq!([0, 1].map(|_| dot.grow(f32::NAN).is_err()), [true; 2]);
}

#[test]
fn the_border_of_the_photo_does_not_feather() {
    let half = hole([7, 13], |x, _| x >= 3);
    assert_eq!(half.feather(2.0).unwrap()[..7], [0, 0, 0, 85, 170, 255, 255]);
    let full = hole([7, 13], |_, _| true);
    assert!(full.feather(100.0).unwrap().iter().all(|&shown| shown == 255));
}

#[test]
fn err_radii_out_of_range() {
    for radius in [-0.5, f32::NAN, f32::INFINITY, MAX_RADIUS_PX + 1.0] {
        let mut hole = hole([5, 3], |x, _| x == 2);
        let before = hole.clone();
        let text = hole.grow(radius).unwrap_err().to_string();
        assert!(text.starts_with("radius must be 0 to 2048 pixels, got"), "{text}");
        assert!(hole.feather(radius).is_err() && hole == before);
    }
    assert!(hole([5, 3], |x, _| x == 2).grow(MAX_RADIUS_PX).is_ok(), "control");
}

#[test]
fn a_stroke_has_no_gaps_however_thin() {
    let mut line = hole([11, 7], |_, _| false);
    let ends = [[0.2, 0.4], [10.7, 6.1]].map(|[x, y]| Dab { x, y, radius_px: 0.0 });
    line.stroke(&ends, Pen::Add).unwrap();
    assert_eq!(line.parts().parts().len(), 1, "{}", drawn(&line));
    for i in 0..=1000 {
        let t = f64::from(i) / 1000.0;
        let [x, y] = [0.2 + 10.5 * t, 0.4 + 5.7 * t];
        assert_eq!(line.pixels[y as usize * 11 + x as usize], 1, "{x}, {y}:\n{}", drawn(&line));
    }
    assert!(line.count() < 35, "and stays thin:\n{}", drawn(&line));
    for (x, y) in [(2.0, 3.0), (2.5, 3.5), (2.0, 3.5), (4.999, 0.0)] {
        let mut dot = hole([11, 7], |_, _| false);
        dot.stroke(&[Dab { x, y, radius_px: 0.0 }], Pen::Add).unwrap();
        assert!((1..=4).contains(&dot.count()), "a click paints: {}", drawn(&dot));
    }
}

#[test]
fn strokes_pinned_by_hand() {
    let mut got = hole([9, 5], |_, _| false);
    let dabs = [[2.5, 2.5, 2.0], [6.5, 2.5, 1.0]].map(|[x, y, radius_px]| Dab { x, y, radius_px });
    got.stroke(&dabs, Pen::Add).unwrap();
    // The tangent from the large disc's shoulder falls from row 0 to row 1 on the way right.
    assert_eq!(drawn(&got), "..#......\n.######..\n########.\n.######..\n..#......");
    got.stroke(&dabs[1..], Pen::Erase).unwrap();
    assert_eq!(drawn(&got), "..#......\n.#####...\n#####....\n.#####...\n..#......");
}

#[test]
fn err_strokes_that_are_no_numbers() {
    let mut blank = hole([9, 5], |_, _| false);
    for (x, radius_px) in [(f32::NAN, 1.0), (f32::INFINITY, 1.0), (1.0, f32::NAN), (1.0, -1.0)] {
        let good = Dab { x: 3.0, y: 3.0, radius_px: 1.0 };
        assert!(blank.stroke(&[good, Dab { x, y: 1.0, radius_px }], Pen::Add).is_err());
    }
    assert!(blank.is_empty(), "nothing was drawn");
    // As large as numbers get, in no time.
    let far =
        [[-3e38, 2.5, 1.0], [3e38, 2.5, 1.0]].map(|[x, y, radius_px]| Dab { x, y, radius_px });
    blank.stroke(&far, Pen::Add).unwrap();
    assert_eq!(blank, hole([9, 5], |_, y| (1..4).contains(&y)));
    let drawn = blank.clone();
    blank.stroke(&[], Pen::Erase).unwrap();
    assert_eq!(blank, drawn);
}

#[test]
fn rectangles_are_cut_by_the_border() {
    let mut left = hole([8, 8], |_, _| true);
    left.rectangle(Rect { left: 2, top: 3, right: 100, bottom: 5 }, Pen::Erase);
    assert_eq!(left, hole([8, 8], |x, y| x < 2 || !(3..5).contains(&y)));
    left.rectangle(Rect { left: 50, top: 1, right: 60, bottom: 100 }, Pen::Erase);
    assert_eq!(left.count(), 52, "outside: nothing");
}

fn picture(size: [u32; 2], colour: impl Fn(u32, u32) -> [u8; 4]) -> Photo {
    let rgba = (0..size[0] * size[1]).flat_map(|p| colour(p % size[0], p / size[0])).collect();
    Photo::from_rgba8(size, rgba).unwrap()
}

#[test]
fn white_or_opaque_is_painted() {
    let size = [23, 16];
    let inside = |x: u32, y: u32| (5..20).contains(&x) && y < 9;
    let wanted = hole([23, 16], |x, y| inside(x as u32, y as u32));
    let read = |inner: [u8; 4], outer: [u8; 4]| {
        Hole::from_photo(&picture(size, |x, y| if inside(x, y) { inner } else { outer }))
    };
    for (name, inner, outer) in [
        ("white on black", [255, 255, 255, 255], [0, 0, 0, 255]),
        ("light on dark, as JPEG leaves them", [250, 247, 252, 255], [6, 3, 1, 255]),
        ("yellow on blue", [255, 255, 0, 255], [0, 0, 255, 255]),
        ("white on nothing", [255, 255, 255, 255], [0, 0, 0, 0]),
        ("black on nothing", [0, 0, 0, 255], [0, 0, 0, 0]),
        ("black on white nothing", [0, 0, 0, 255], [255, 255, 255, 0]),
        ("black with a faint shadow around", [0, 0, 0, 255], [0, 0, 0, 60]),
        ("half-transparent red on nothing", [255, 0, 0, 100], [0, 0, 0, 0]),
        ("white on black, both a little transparent", [255, 255, 255, 253], [0, 0, 0, 253]),
        ("the numbers of two classes", [1, 1, 1, 255], [0, 0, 0, 255]),
        ("the colours of two classes", [128, 0, 0, 255], [0, 0, 0, 255]),
        ("two light shades", [255, 255, 255, 255], [200, 200, 200, 255]),
        ("alpha that wavers, as lossy files have it", [255, 255, 255, 252], [0, 0, 0, 255]),
    ] {
        assert_eq!(read(inner, outer), wanted, "{name}");
    }
    assert!(read([255; 4], [255; 4]).is_full() && read([0, 0, 0, 255], [0, 0, 0, 255]).is_empty());
    assert!(read([255, 255, 255, 0], [0; 4]).is_empty(), "nothing is opaque");
    assert_eq!(read([127, 127, 127, 255], [128, 128, 128, 255]).count(), 23 * 16 - 15 * 9);
}

#[test]
fn a_few_clear_pixels_do_not_make_a_drawing_and_many_do() {
    let size = [40, 25];
    let black_and_white = |x: u32, y: u32| if x < 10 && y < 10 { [255; 4] } else { [0, 0, 0, 255] };
    let read = |clear: u32, colour: &dyn Fn(u32, u32) -> [u8; 4]| {
        let pixel = |x: u32, y: u32| {
            let [r, g, b, a] = colour(39 - x, 24 - y);
            [r, g, b, if y * 40 + x < clear { 80 } else { a }]
        };
        Hole::from_photo(&picture(size, pixel)).count()
    };
    for clear in [0, 1, 9] {
        assert_eq!(read(clear, &black_and_white), 100, "{clear} clear pixels of 1000");
    }
    for clear in [10, 200, 500] {
        let opaque = 1000 - clear as usize;
        assert_eq!(read(clear, &black_and_white), opaque, "{clear}: a drawing of two shades");
    }
    assert_eq!(read(1, &|_, _| [255; 4]), 999, "one shade says nothing, so the clear one does");
    let dotted = |x, y| if [x, y] == [3, 3] { [255; 4] } else { [0, 0, 0, 255] };
    assert_eq!(read(3, &dotted), 997, "less white than clear");
}

#[test]
fn err_holes_of_another_photo() {
    let hole = Hole::empty([20, 17]).unwrap();
    let text = hole.check_fits([17, 20]).unwrap_err().to_string();
    assert_eq!(text, "hole must be 17×20 pixels as the photo, got \"20×17\"");
    assert!(hole.check_fits([20, 17]).is_ok());
    let text = Hole::from_bytes([20, 17], vec![0; 339]).unwrap_err().to_string();
    assert_eq!(text, "hole must be 340 bytes for 20×17, got \"339\"");
    assert!(matches!(Hole::empty([15, 100]), Err(Error::TooSmall { .. })));
    assert!(matches!(Hole::empty([8000, 8000]), Err(Error::TooLarge { .. })));
    let bytes = (0..340).map(|p| (p % 256) as u8).collect();
    let hole = Hole::from_bytes([20, 17], bytes).unwrap();
    assert!(
        hole.count() == 338 && hole.pixels.iter().all(|&p| p <= 1),
        "any value but 0 is painted"
    );
}

#[test]
fn thin_empty_and_full_holes() {
    for size in [[1, 1], [61, 1], [1, 29], [7, 13]] {
        for full in [false, true] {
            let mut hole = hole(size, |_, _| full);
            let before = hole.clone();
            hole.grow(3.0).unwrap();
            assert_eq!(hole, before);
            assert_eq!(hole.parts().parts().len(), usize::from(full));
            assert_eq!(
                hole.thickness(&hole.parts()),
                if full { vec![f32::INFINITY] } else { vec![] }
            );
            assert_eq!(hole.bounds().map(Rect::size), full.then_some(size));
        }
    }
}
