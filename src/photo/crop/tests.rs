use proptest::prelude::*;

use super::*;
use crate::photo::hole::tests::hole;

/// The proportions of training after Iizuka et al. (2017) and Yu et al. (2018): a hole of 128 cells in
/// a picture of 256.
const PUBLISHED: Sight = Sight { side: 256, unit: 8, margin: 0.5, least_margin: 32 };
/// A hole of 8 cells may be seen at full resolution.
const SMALL: Sight = Sight { side: 16, unit: 4, margin: 0.5, least_margin: 3 };

fn cases(cases: u32) -> ProptestConfig {
    let rng_seed = proptest::test_runner::RngSeed::Fixed(1);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

fn noise(at: usize, seed: u64) -> u64 {
    let mut x = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed;
    x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 29)
}

/// Some rectangles, thick and thin, and sometimes dust.
fn any_hole() -> impl Strategy<Value = Hole> {
    let rects = prop::collection::vec((0_usize..70, 0_usize..60, 1_usize..60, 1_usize..30), 0..4);
    (1_usize..80, 1_usize..60, rects, prop::option::weighted(0.3, any::<u64>())).prop_map(
        |(width, height, rects, dust)| {
            hole([width, height], |x, y| {
                rects.iter().any(|&(l, t, w, h)| (l..l + w).contains(&x) && (t..t + h).contains(&y))
                    || dust.is_some_and(|seed| noise(y * width + x, seed).is_multiple_of(40))
            })
        },
    )
}

fn picture(size: [usize; 2], colour: impl Fn(usize, usize) -> [u8; 4]) -> Photo {
    let rgba = (0..size[0] * size[1]).flat_map(|p| colour(p % size[0], p / size[0])).collect();
    let [width, height] = size.map(|side| side as u32);
    Photo { width, height, rgba }
}

fn noisy(size: [usize; 2], seed: u64) -> Photo {
    picture(size, |x, y| {
        let [r, g, b, ..] = noise(y * size[0] + x, seed).to_le_bytes();
        [r, g, b, 255]
    })
}

fn inner_and_outer(crop: &Crop, axis: usize) -> ([usize; 2], [usize; 2]) {
    let [inner, outer] = [crop.bounds, crop.window];
    match axis {
        0 => ([inner.left, inner.right], [outer.left, outer.right]),
        _ => ([inner.top, inner.bottom], [outer.top, outer.bottom]),
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn every_pixel_of_the_hole_has_one_owner(hole in any_hole()) {
        let [width, height] = hole.size();
        let mut owners = vec![0; width * height];
        for crop in passes(&hole, &SMALL) {
            let owned = crop.owned();
            for (i, _) in owned.iter().enumerate().filter(|(_, owned)| **owned == 1) {
                let x = crop.window.left + i % crop.window.size()[0];
                let y = crop.window.top + i / crop.window.size()[0];
                owners[y * width + x] += 1;
            }
            prop_assert_eq!(owned.iter().filter(|owned| **owned == 1).count(),
                crop.spans.iter().map(|span| (span.end - span.first) as usize).sum::<usize>());
        }
        prop_assert_eq!(&owners[..], &hole.pixels().iter().map(|&p| i32::from(p)).collect::<Vec<_>>()[..]);
    }

    #[test]
    fn windows_lie_inside_fit_the_grid_and_have_margins(hole in any_hole()) {
        let crops = passes(&hole, &SMALL);
        prop_assert_eq!(crops.is_empty(), hole.is_empty());
        for crop in crops {
            let scale = SMALL.scale(crop.bounds.size(), hole.size());
            for axis in [0, 1] {
                let ([first, end], [start, stop]) = inner_and_outer(&crop, axis);
                let (all, cells) = (hole.size()[axis], crop.grid[axis]);
                prop_assert!(start <= first && end <= stop && stop <= all, "{crop:?}");
                prop_assert!(cells % SMALL.unit == 0 && (SMALL.unit..=SMALL.side).contains(&cells));
                let length = (stop - start) as f64;
                prop_assert!(length >= cells as f64 || all < SMALL.unit, "enlarged: {crop:?}");
                let whole_units = (all as f64 / scale + 1e-6) as usize / SMALL.unit * SMALL.unit;
                if length < all as f64 {
                    prop_assert!((length / cells as f64 - scale).abs() <= 0.51 / cells as f64, "{crop:?}");
                } else {
                    prop_assert!(cells >= whole_units.min(SMALL.side), "{crop:?}");
                }
                let wanted = (0.5 * (end - first) as f64).max(3.0 * scale) - 1.0;
                let enough = |margin: usize| margin as f64 >= wanted;
                prop_assert!(start == 0 || enough(first - start) || cells == whole_units, "{crop:?}");
                prop_assert!(stop == all || enough(stop - end) || cells == whole_units, "{crop:?}");
            }
            let [across, down] = crop.grid;
            let narrow = if across < down { 0 } else { 1 };
            let [long, short] = [across.max(down), across.min(down)];
let room = hole.size()[narrow] as f64 / scale;
            prop_assert!(2 * short >= long || room < (short + SMALL.unit) as f64, "{crop:?}");
        }
    }

    #[test]
    fn no_part_is_painted_more_coarsely_than_it_must(hole in any_hole()) {
        let parts = hole.parts();
        let thickness = hole.thickness(&parts);
        for crop in passes(&hole, &SMALL) {
            let painted = SMALL.scale(crop.bounds.size(), hole.size());
            for span in &crop.spans {
                let run = parts.runs().iter().find(|run| run.y == span.y && run.first <= span.first && span.end <= run.end);
                let part = run.unwrap().part as usize;
                let alone = SMALL.scale(parts.parts()[part].bounds.size(), hole.size());
                let doubled = |least: f64| [1.0, 2.0, 4.0, 8.0, 16.0].into_iter().find(|px| *px >= least);
                let tiles = doubled(f64::from(thickness[part]) / 8.0).unwrap_or(alone);
                // One window of its own, or tiles that span its thickness if these are much finer.
                let wanted = if doubled(alone).unwrap() >= 4.0 * tiles { tiles } else { alone };
                prop_assert!(painted <= wanted + 1e-9, "{} not {} px a cell: {:?}", painted, wanted, crop);
            }
        }
    }

    #[test]
    fn what_fits_together_is_together_and_coarse_comes_first(hole in any_hole()) {
        let crops = passes(&hole, &SMALL);
        prop_assert!(crops.windows(2).all(|pair| pair[0].scale() >= pair[1].scale()));
        let fits = |bounds: Rect| SMALL.scale(bounds.size(), hole.size()) <= 1.0;
        for (i, a) in crops.iter().enumerate() {
            for b in &crops[..i] {
                prop_assert!(!fits(a.bounds.joined(b.bounds)), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn a_cell_is_known_if_every_pixel_under_it_is(hole in any_hole()) {
        for crop in passes(&hole, &SMALL) {
            let hidden = crop.hidden(&hole);
            let ([width, height], [across, down]) = (crop.window.size(), crop.grid);
            let cells = crop.hole_cells(&hidden);
            for (i, cell) in cells.iter().enumerate() {
                // Pixel and cell overlap if each begins before the other ends.
                let over = |px: usize, cell: usize, all: usize, cells: usize| {
                    px * cells < (cell + 1) * all && cell * all < (px + 1) * cells
                };
                let any = (0..width * height).any(|p| {
                    hidden[p] == 1 && over(p % width, i % across, width, across)
                        && over(p / width, i / across, height, down)
                });
                prop_assert_eq!(*cell, f32::from(u8::from(any)));
            }
        }
    }

    #[test]
    fn what_is_painted_is_hidden_no_more(hole in any_hole()) {
        let mut unpainted = hole.clone();
        let crops = passes(&hole, &SMALL);
        for crop in &crops {
            let hidden = crop.hidden(&unpainted);
            prop_assert!(hidden.iter().zip(crop.owned()).all(|(hidden, owned)| *hidden >= owned));
            let before = unpainted.count();
            crop.finish(&mut unpainted);
            let owned = crop.owned().iter().filter(|owned| **owned == 1).count();
            prop_assert_eq!(before - unpainted.count(), owned, "nobody paints what another has painted");
        }
        prop_assert!(unpainted.is_empty());
    }
}

#[test]
fn a_small_hole_gets_its_margin_at_full_resolution() {
    let spot = hole([1000, 801], |x, y| (500..540).contains(&x) && (390..410).contains(&y));
    let crops = passes(&spot, &PUBLISHED);
    // 40 + 2·32 = 104 across; 20 + 2·32 = 84 makes 88 down.
    let window = Rect { left: 468, top: 356, right: 572, bottom: 444 };
    assert_eq!((crops.len(), crops[0].window(), crops[0].grid), (1, window, [104, 88]));
    // In a corner the window moves inward and keeps its size.
    let corner = hole([1000, 801], |x, y| x < 40 && y >= 781);
    let crops = passes(&corner, &PUBLISHED);
    assert_eq!(crops[0].window(), Rect { left: 0, top: 713, right: 104, bottom: 801 });
}

#[test]
fn a_window_is_at_most_twice_as_long_as_wide() {
    let sight = Sight { side: 64, unit: 8, margin: 0.5, least_margin: 4 };
    let grid = |size: [usize; 2]| {
        let line = hole(size, |x, y| x.abs_diff(size[0] / 2) < 16 && y == size[1] / 2);
        passes(&line, &sight)[0].grid
    };
    assert_eq!(grid([300, 200]), [64, 32], "16 would do for a line and its margins");
    assert_eq!(grid([300, 20]), [64, 16], "all there is");
}

#[test]
fn a_large_hole_is_painted_coarsely() {
    let square = hole([2000, 1500], |x, y| (700..1212).contains(&x) && (500..1012).contains(&y));
    let crops = passes(&square, &PUBLISHED);
    assert_eq!((crops.len(), crops[0].scale(), crops[0].grid), (1, 4.0, [256, 256]));
    assert_eq!(crops[0].window(), Rect { left: 444, top: 244, right: 1468, bottom: 1268 });
    // Somewhat longer than thick: still one window.
    let oblong = hole([2000, 1500], |x, y| (700..1412).contains(&x) && (500..900).contains(&y));
    assert_eq!(passes(&oblong, &PUBLISHED).len(), 1);
}

#[test]
fn a_wire_is_never_painted_coarsely_but_a_thick_beam_is() {
    let wire = hole([1900, 700], |x, y| y.abs_diff(x / 3) < 4);
    let crops = passes(&wire, &PUBLISHED);
    assert!(crops.iter().all(|crop| crop.scale() == 1.0), "{:?}", crops.len());
    assert!((15..40).contains(&crops.len()), "{}", crops.len());
    let beam = hole([1900, 700], |_, y| (150..400).contains(&y));
    let coarse = passes(&beam, &PUBLISHED);
    assert!(coarse.iter().all(|crop| (1.5..=2.0).contains(&crop.scale())) && coarse.len() == 8);
}

#[test]
fn far_holes_get_a_window_each_and_near_ones_share() {
    let dots = |at: &'static [[usize; 2]]| {
        let dots = hole([900, 500], |x, y| {
            at.iter().any(|[l, t]| x.abs_diff(*l) < 5 && y.abs_diff(*t) < 5)
        });
        passes(&dots, &PUBLISHED).len()
    };
    assert_eq!(dots(&[[100, 100]]), 1);
    // 9 pixels wide each, so 119 from centre to centre span 128.
    assert_eq!(dots(&[[100, 100], [219, 100]]), 1);
    assert_eq!(dots(&[[100, 100], [220, 100]]), 2);
    assert_eq!(dots(&[[100, 100], [219, 100], [100, 219], [160, 160]]), 1);
    assert_eq!(dots(&[[100, 100], [700, 400], [130, 90], [690, 420]]), 2);
}

#[test]
fn no_hidden_colour_leaks() {
    // A photo of one colour whose hole holds anything: all known cells have that colour.
    let size = [83, 61];
    let spot = hole(size, |x, y| (20..50).contains(&x) && (13..41).contains(&y));
    let crop = &passes(&spot, &SMALL)[0];
    assert!(crop.scale() > 2.0);
    let hidden = crop.hidden(&spot);
    let seen = |seed| {
        let mut photo = noisy(size, seed);
        for (pixel, _) in
            photo.rgba.chunks_exact_mut(4).zip(spot.pixels()).filter(|(_, p)| **p == 0)
        {
            pixel.copy_from_slice(&[200, 100, 3, 255]);
        }
        crop.cells(&photo, &hidden)
    };
    let cells = seen(1);
    assert_eq!(cells, seen(2), "whatever is hidden");
    let [known, all] = [cells.hole.iter().filter(|hole| **hole == 0.0).count(), cells.hole.len()];
    assert!(known > all / 3 && known < all, "{known} of {all}");
    for (i, value) in cells.rgb.iter().enumerate() {
        let wanted =
            if cells.hole[i % all] > 0.0 { 0.0 } else { [200.0, 100.0, 3.0][i / all] / 255.0 };
        assert!((value - wanted).abs() < 0.5 / 255.0, "cell {i}: {value} not {wanted}");
    }
    // Control: shown the hidden pixels, the same cells have other colours.
    let all_seen = crop.cells(&noisy(size, 1), &vec![0; hidden.len()]);
    assert!(all_seen.rgb.iter().zip(&cells.rgb).any(|(a, b)| (a - b).abs() > 0.1));
}

#[test]
fn what_is_shrunk_lies_where_it_lay() {
    // A ramp in x and another in y, shrunk and enlarged again.
    let size = [203, 141];
    let ramp = picture(size, |x, y| [x as u8, y as u8, 90, 255]);
    let beam = hole(size, |x, y| (61..140).contains(&x) && (50..96).contains(&y));
    let sight = Sight { side: 48, unit: 8, margin: 0.5, least_margin: 4 };
    let error = |shift: usize| {
        let mut worst = 0.0_f32;
        for crop in passes(&beam, &sight) {
            assert!(crop.scale() > 1.9);
            let owned = crop.owned();
            let mut cells = crop.cells(&ramp, &vec![0; owned.len()]);
            cells.rgb.rotate_right(shift);
            let Rect { left, top, .. } = crop.window;
            let window = crop.window.size();
            for (channel, plane) in cells.rgb.chunks_exact(cells.hole.len()).enumerate() {
                let plane = resize::resize_plane(plane, crop.grid, window);
                for (i, value) in plane.iter().enumerate().filter(|(i, _)| owned[*i] == 1) {
                    let [x, y] = [left + i % window[0], top + i / window[0]];
                    let wanted = f32::from(ramp.rgba[(y * size[0] + x) * 4 + channel]);
                    worst = worst.max((value * 255.0 - wanted).abs());
                }
            }
        }
        worst
    };
    assert!(error(0) < 1.5, "{}", error(0));
    assert!(error(1) > 1.5, "control: one cell to the right");
}

#[test]
fn at_full_resolution_nothing_is_lost() {
    let size = [61, 40];
    let photo = noisy(size, 5);
    let spot = hole(size, |x, y| [x, y] == [30, 17]);
    let crop = &passes(&spot, &PUBLISHED)[0];
    assert_eq!((crop.window().size(), crop.grid), ([56, 40], [56, 40]));
    let cells = crop.cells(&photo, &crop.hidden(&spot));
    for (i, &value) in cells.rgb.iter().enumerate() {
        let [cell, channel] = [i % (56 * 40), i / (56 * 40)];
        let [x, y] = [crop.window().left + cell % 56, cell / 56];
        let wanted = if [x, y] == [30, 17] {
            0.0
        } else {
            f32::from(photo.pixel(x as u32, y as u32)[channel]) / 255.0
        };
        assert_eq!(value, wanted, "column {x}, row {y}");
    }
}

#[test]
fn a_full_hole_and_an_empty_one() {
    for size in [[1, 1], [91, 1], [7, 13], [80, 50]] {
        assert_eq!(passes(&hole(size, |_, _| false), &SMALL), vec![]);
        let full = hole(size, |_, _| true);
        let crops = passes(&full, &SMALL);
        assert_eq!((crops.len(), crops[0].window().size()), (1, size));
        let cells = crops[0].cells(&noisy(size, 3), &crops[0].hidden(&full));
        assert!(cells.hole.iter().all(|&h| h == 1.0) && cells.rgb.iter().all(|&v| v == 0.0));
    }
}

#[test]
#[should_panic(expected = "no room for a hole")]
fn err_margins_that_leave_no_room() {
    let sight = Sight { least_margin: 8, ..SMALL };
    let _ = passes(&hole([20, 20], |x, _| x == 3), &sight);
}
