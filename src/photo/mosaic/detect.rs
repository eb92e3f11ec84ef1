//! Finds mosaics: whether, where, how large the cells are, and how sure that is.
//!
//! Windows with edges at equal distances are candidates (`comb`); each is fitted, grown
//! over the cells that fit (`cells`), fitted again, and weighed. Cells are found in
//! fractions of pixels and need not be square, because photos are rescaled after the mosaic.
//!
//! Found: cells from 4 pixels on, if at least four by four of them lie together. Needed: steps of
//! some brightness between cells; colours alone are not looked at. A clear sky under a mosaic looks
//! like a clear sky: it belongs to the region only where cells around it tell. Pixel art enlarged
//! without smoothing is a mosaic and is found; so is every picture that a mosaic covers wholly.
//! JPEG's own blocks, brick walls, windows and chequerboards are not.
//!
//! Measured on 315 photos, twice: mosaics of 6 to 40 pixels in rectangles and ellipses, 5 cells
//! wide where the photo is, its short side about 256; then JPEG (60 to 95), resized by 0.5 to 1.7,
//! one in four unequally, JPEG again. Cell within 3 % and phase within a tenth of a cell: 90 % at 4
//! to 8 pixels, 94 % at 8 to 16, 96 % above, nearly none below 4. The region covers 80 % of the
//! union too: 44 %, 80 % and 86 %; it fails where the picture is even. False alarms: none on 315
//! untouched photos, 3 on 1260 compressed (20 to 95) or compressed and resized. Start at [`find`].
//!
//! # Source
//! Ours: the edges' comb is a periodogram by folding, the rest region growing and least squares.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "photos have some thousand pixels a side, and places are clamped to them"
)]

use super::super::Photo;
use super::cells::{Label, Patch, fitted};
use super::comb::{Candidate, Plane, candidates};
use super::{Grid, bounds, outline};

/// Windows below this are no candidates.
const LEAST_SCORE: f32 = 0.15;
/// The same where the user says that there is a mosaic.
const LEAST_SCORE_WITHIN: f32 = 0.05;
/// What [`find`] reports is more likely a mosaic than not.
const LEAST_CONFIDENCE: f32 = 0.5;
/// Mosaics stay below 1.5 after JPEG and rescaling, bricks and windows above 3.
const MOST_DETOUR: f32 = 2.0;
/// Fewer cells prove nothing.
const LEAST_CELLS: usize = 6;
/// How many pixels of windows are looked at closely at each scale, with a quarter of the photo.
const MOST_WORK: usize = 1_000_000;
/// Turns of growing; each reaches half as far again.
const MOST_TURNS: usize = 20;

/// A mosaic in a photo.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its cells.
    pub grid: Grid,
    /// What surrounds it: `[left, top, right, bottom]` in pixels, right and bottom excluded.
    pub rect: [usize; 4],
    /// The chance that this is a mosaic with this grid, `0..=1`: a logistic regression over 627
    /// other photos.
    pub confidence: f32,
    /// Row, first and end column; row by row.
    spans: Vec<[usize; 3]>,
}

/// The cells of a mosaic whose region was known.
#[derive(Clone, Copy, Debug)]
pub struct FoundWithin {
    /// Its cells.
    pub grid: Grid,
    /// The chance that this is a mosaic with this grid, `0..=1`.
    pub confidence: f32,
}

impl Found {
    /// Sets the mosaic's pixels to 255 in a hole of the photo's size; the others are left alone.
    ///
    /// # Panics
    /// If the hole is too small.
    pub fn paint(&self, hole: &mut [u8], width: usize) {
        for &[y, from, to] in &self.spans {
            hole[y * width + from..y * width + to].fill(255);
        }
    }
}

/// Finds the mosaics in a photo, the surest first; those that probably are none are left out.
#[must_use]
pub fn find(photo: &Photo) -> Vec<Found> {
    let [w, h] = photo.sides();
    let mut found = found_in(&Plane::new(photo, [0, 0, w, h], &[]), LEAST_SCORE);
    found.retain(|found| found.confidence >= LEAST_CONFIDENCE);
    found
}

/// Finds the mosaic in a region that the user marked.
///
/// # Panics
/// If the hole's length is not that of the photo.
#[must_use]
pub fn find_within(photo: &Photo, hole: &[u8]) -> Option<FoundWithin> {
    let size = photo.sides();
    assert_eq!(hole.len(), size[0] * size[1], "a hole of {size:?}");
    let rect = bounds(hole, size)?;
    let found = found_in(&Plane::new(photo, rect, hole), LEAST_SCORE_WITHIN).into_iter().next()?;
    let through = [0, 1].map(|axis| found.grid.phase[axis] + rect[axis] as f32);
    Some(FoundWithin { grid: Grid::new(found.grid.cell, through), confidence: found.confidence })
}

fn found_in(plane: &Plane, least_score: f32) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    let mut work = [plane.luma.len() / 4 + MOST_WORK; 32];
    for candidate in candidates(plane, least_score) {
        let rect = candidate.rect;
        let is_known = |f: &Found| f.confidence > 0.8 && overlap(f.rect, rect) > 0.5;
        if all.iter().any(is_known) {
            continue;
        }
        let cost = (rect[2] - rect[0]) * (rect[3] - rect[1]);
        let work = &mut work[candidate.scale.trailing_zeros() as usize];
        let Some(left) = work.checked_sub(cost) else { continue };
        *work = left;
        all.extend(grown(plane, candidate));
    }
    all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut best: Vec<Found> = Vec::new();
    for found in all {
        if best.iter().all(|better| overlap(better.rect, found.rect) < 0.3) {
            best.push(found);
        }
    }
    best
}

/// The shared part of the smaller rectangle.
fn overlap(a: [usize; 4], b: [usize; 4]) -> f32 {
    let side = |from: usize, to: usize| to.saturating_sub(from);
    let area = |r: [usize; 4]| side(r[0], r[2]) * side(r[1], r[3]);
    let shared = [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])];
    area(shared) as f32 / area(a).min(area(b)).max(1) as f32
}

/// Grows a candidate over all cells that belong to it, fitting the grid again at each step.
fn grown(plane: &Plane, Candidate { grid, rect, .. }: Candidate) -> Option<Found> {
    let window = grid.cells_over(rect).map(|[first, end]| [first + 1, end - 1]);
    let mut grid = fitted(plane, grid, window, |_| true)?;
    let mut rect = rect;
    let mut known = 0;
    for turn in 1.. {
        let patch = Patch::over(plane, &grid, rect);
        let core = patch.core();
        let count = core.iter().filter(|&&member| member).count();
        if count < LEAST_CELLS {
            return None;
        }
        if count.abs_diff(known) * 100 <= count || turn > MOST_TURNS {
            let merged = patch.without_dead_lines(&core, grid);
            if merged.cell == grid.cell {
                return finished(plane, grid, &patch, &core);
            }
            if turn > MOST_TURNS {
                return None;
            }
            (grid, known) = (merged, 0);
            continue;
        }
        known = count;
        let bounds = patch.bounds(&core)?;
        grid = fitted(plane, grid, bounds, |cell| patch.is_member(&core, cell))?;
        let [[left, right], [top, bottom]] = [0, 1].map(|axis| {
            let [first, end] = bounds[axis];
            let more = ((end - first) / 2).max(3);
            [first - more, end + more]
                .map(|line| grid.line(axis, line).clamp(0.0, plane.size[axis] as f32) as usize)
        });
        rect = [left, top, right, bottom];
    }
    None
}

fn finished(plane: &Plane, grid: Grid, patch: &Patch, core: &[bool]) -> Option<Found> {
    let ratio = grid.cell[0] / grid.cell[1];
    if !(0.6..1.67).contains(&ratio)
        || alternates(patch, core)
        || patch.detour(plane, &grid, core) > MOST_DETOUR
    {
        return None;
    }
    let confidence = confidence(plane, &grid, patch, core)?;
    let spans = outline::spans(plane, &grid, patch, &patch.members(core));
    let rect = [
        spans.iter().map(|span| span[1]).min()?,
        spans.first()?[0],
        spans.iter().map(|span| span[2]).max()?,
        spans.last()?[0] + 1,
    ];
    Some(Found { grid: Grid::new(grid.cell, grid.phase), rect, confidence, spans })
}

/// Whether cells resemble the next but one more than the next: a chequerboard, no mosaic.
fn alternates(patch: &Patch, core: &[bool]) -> bool {
    let [w, _] = patch.size;
    let (mut near, mut far) = (0.0, 0.0);
    for at in 0..core.len() {
        for (stride, fits) in [(1, at % w + 2 < w), (w, at + 2 * w < core.len())] {
            let mean = |at: usize| patch.looks[at].filter(|_| core[at]).map(|look| look.mean);
            if fits
                && let (Some(a), Some(b), Some(c)) =
                    (mean(at), mean(at + stride), mean(at + 2 * stride))
            {
                near += (a - b).abs();
                far += (a - c).abs();
            }
        }
    }
    near > 1.5 * far
}

fn confidence(plane: &Plane, grid: &Grid, patch: &Patch, core: &[bool]) -> Option<f32> {
    let cells = (0..core.len()).filter(|&at| core[at]);
    let count = cells.clone().count() as f32;
    let step = cells.clone().map(|at| patch.steps[at]).sum::<f32>() / count;
    let spread =
        cells.filter_map(|at| patch.looks[at]).map(|look| look.spread).sum::<f32>() / count;
    // The same grid, moved by half a cell, must not do as well.
    let bounds = patch.bounds(core)?;
    let [[left, right], [top, bottom]] = [0, 1].map(|axis| {
        bounds[axis].map(|line| grid.line(axis, line).clamp(0.0, plane.size[axis] as f32) as usize)
    });
    let half = [0, 1].map(|axis| grid.phase[axis] + grid.cell[axis] / 2.0);
    let moved = Patch::over(plane, &Grid::new(grid.cell, half), [left, top, right, bottom]);
    let moved = moved.labels.iter().filter(|&&label| label == Label::Mosaic).count() as f32;
    // JPEG's blocks are cells too, but their steps are weak.
    let is_jpeg = [0, 1].iter().any(|&axis| {
        let [cell, phase] = [grid.cell[axis], grid.phase[axis].rem_euclid(grid.cell[axis])];
        [4.0, 8.0, 16.0].iter().any(|side| (cell / side - 1.0).abs() < 0.01)
            && phase.min(cell - phase) < 0.4
    });
    let usual_step = if is_jpeg { 24.0 } else { 8.0 };
    let unequal = (grid.cell[0] / grid.cell[1]).ln().abs();
    let evidence = 2.3 * count.ln() + 12.0 * (step / usual_step).ln().min(0.0)
        - 20.0 * moved / count
        - 18.0 * spread / step
        - 25.0 * (unequal - 0.1).max(0.0)
        - 2.7;
    Some(1.0 / (1.0 + (-evidence).exp()))
}

#[cfg(test)]
mod tests {
    use super::super::apply;
    use super::super::tests::rectangle;
    use super::*;
    use crate::photo::patch_match::Dice;
    use image::codecs::jpeg::JpegEncoder;
    use image::imageops::{FilterType, resize};
    use image::{ExtendedColorType, RgbaImage};

    /// Hills under a sky, with discs, a fence and grain: smooth, textured and hard-edged parts.
    fn landscape([w, h]: [u32; 2], seed: u64) -> Photo {
        let mut dice = Dice::new(seed);
        let discs: Vec<[f32; 6]> = (0..40)
            .map(|_| {
                let size = 6.0 + dice.below(30) as f32;
                let place = [dice.below(w as usize) as f32, dice.below(h as usize) as f32];
                let [r, g, b] = [0; 3].map(|_| dice.below(256) as f32);
                [place[0], place[1], size, r, g, b]
            })
            .collect();
        let mut rgba = Vec::new();
        for y in 0..h {
            for x in 0..w {
                let [fx, fy] = [x as f32, y as f32];
                let hill = h as f32 * 0.45 + 20.0 * (fx / 37.0).sin() + 9.0 * (fx / 11.0).cos();
                let wave = 25.0 * ((fx * 0.31).sin() * (fy * 0.23).cos());
                let mut rgb = if fy < hill {
                    [110.0 + fy * 0.5, 150.0 + fy * 0.4, 225.0 - fy * 0.2]
                } else {
                    [90.0 + wave, 120.0 + wave - fy * 0.1, 60.0 + wave * 0.5]
                };
                for &[cx, cy, size, r, g, b] in &discs {
                    if (fx - cx).hypot(fy - cy) < size {
                        rgb = [r, g, b].map(|c| c + (fx - cx) * 0.8);
                    }
                }
                let grain = dice.below(9) as f32 - 4.0;
                rgba.extend(rgb.map(|c| (c + grain).clamp(0.0, 255.0) as u8));
                rgba.push(255);
            }
        }
        Photo::from_rgba8([w, h], rgba).unwrap()
    }

    fn jpeg(photo: &Photo, quality: u8) -> Photo {
        let [w, h] = photo.size();
        let rgb: Vec<u8> = photo.rgba().chunks(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode(&rgb, w, h, ExtendedColorType::Rgb8)
            .unwrap();
        let image = image::load_from_memory(&bytes).unwrap().to_rgba8();
        Photo::from_rgba8([w, h], image.into_raw()).unwrap()
    }

    fn scaled(photo: &Photo, [w, h]: [u32; 2], filter: FilterType) -> Photo {
        let [from_w, from_h] = photo.size();
        let image = RgbaImage::from_raw(from_w, from_h, photo.rgba().to_vec()).unwrap();
        Photo::from_rgba8([w, h], resize(&image, w, h, filter).into_raw()).unwrap()
    }

    fn hole([w, h]: [u32; 2], inside: impl Fn(f32, f32) -> bool) -> Vec<u8> {
        let pixels = (0..w * h).map(|i| [(i % w) as f32 + 0.5, (i / w) as f32 + 0.5]);
        pixels.map(|[x, y]| u8::from(inside(x, y)) * 255).collect()
    }

    /// Shared over joint area.
    fn iou(a: &[u8], b: &[u8]) -> f32 {
        let count = |both: bool| {
            let pairs = a.iter().zip(b).map(|(a, b)| [*a != 0, *b != 0]);
            pairs.filter(|[a, b]| if both { *a && *b } else { *a || *b }).count()
        };
        count(true) as f32 / count(false) as f32
    }

    fn painted(found: &Found, [w, h]: [u32; 2]) -> Vec<u8> {
        let mut hole = vec![0; (w * h) as usize];
        found.paint(&mut hole, w as usize);
        hole
    }

    /// Within 3 % of the cell, and at `at` within a tenth of a cell of a line where one should be.
    fn fits(found: Grid, wanted: Grid, at: [f32; 2]) -> bool {
        [0, 1].iter().all(|&axis| {
            let off = |grid: Grid| (at[axis] - grid.phase[axis]) / grid.cell[axis];
            let shift = off(found) - off(wanted);
            (found.cell[axis] / wanted.cell[axis] - 1.0).abs() < 0.03
                && (shift - shift.round()).abs() < 0.1
        })
    }

    #[test]
    fn a_mosaic_is_found_after_jpeg_and_rescaling() {
        use FilterType::{CatmullRom, Lanczos3, Triangle};
        let size = [331, 257];
        for (seed, cell, to, filter, ellipse) in [
            (1, 12.0, [331, 257], Triangle, false),
            (2, 8.0, [497, 386], CatmullRom, false),
            (3, 23.0, [202, 157], Lanczos3, false),
            (4, 17.0, [420, 280], Lanczos3, true),
            (5, 10.0, [400, 311], Triangle, true),
            (6, 40.0, [365, 283], CatmullRom, false),
        ] {
            let mut photo = landscape(size, seed);
            // The hole cuts cells on all sides.
            let is_inside = |x: f32, y: f32| {
                let [dx, dy] = [(x - 170.0) / 140.0, (y - 130.0) / 110.0];
                if ellipse { dx.hypot(dy) < 1.0 } else { dx.abs().max(dy.abs()) < 1.0 }
            };
            let region = hole(size, is_inside);
            apply(&mut photo, &Grid::new([cell; 2], [5.0, 3.0]), &region);
            let photo = jpeg(&scaled(&jpeg(&photo, 80), to, filter), 70);
            let scale = [0, 1].map(|axis| to[axis] as f32 / size[axis] as f32);
            let wanted =
                Grid::new(scale.map(|scale| cell * scale), [5.0 * scale[0], 3.0 * scale[1]]);
            let found = find(&photo);
            let first = found.first().unwrap_or_else(|| panic!("mosaic {seed} not found"));
            let middle = [170.0 * scale[0], 130.0 * scale[1]];
            assert!(fits(first.grid, wanted, middle), "{seed}: {:?} not {wanted:?}", first.grid);
            let half =
                Grid::new(wanted.cell, [0, 1].map(|a| wanted.phase[a] + wanted.cell[a] / 4.0));
            assert!(!fits(first.grid, half, middle), "control: a quarter of a cell beside");
            let truth = hole(to, |x, y| is_inside(x / scale[0], y / scale[1]));
            let got = painted(first, to);
            assert!(
                iou(&got, &truth) > 0.8,
                "{seed}: region {} {:?}",
                iou(&got, &truth),
                first.rect
            );
            let [left, top, right, bottom] = first.rect.map(|side| side as f32);
            let rect = hole(to, |x, y| x > left && x < right && y > top && y < bottom);
            assert!(got.iter().zip(&rect).all(|(g, r)| *g == 0 || *r != 0), "{seed}: rectangle");
        }
    }

    /// Bricks in running bond, a façade, a chequerboard, lines of letters: `[w, h]` to brightness.
    fn regular(name: &str, x: u32, y: u32) -> u8 {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(97) >> 29;
        let noise = noise as u8;
        match name {
            "bricks" => {
                let (row, shift) = (y / 14, y / 14 % 2 * 15);
                let tone = 90 + ((x + shift) / 30 * 7 + row * 13) % 40;
                if y % 14 < 2 || (x + shift) % 30 < 2 { 190 + noise } else { tone as u8 + noise }
            }
            "facade" => {
                let is_window = (8..22).contains(&(x % 30)) && (10..30).contains(&(y % 40));
                if is_window { 40 + noise } else { 170 + noise }
            }
            "board" => {
                if (x / 16 + y / 16).is_multiple_of(2) {
                    30
                } else {
                    220
                }
            }
            "letters" => {
                let stroke = (x / 8 * 31 + y / 16 * 17) % 7;
                let is_ink = y % 16 > 4 && x % 8 > 1 && (x + y * stroke) % 5 < 2;
                if is_ink { 20 } else { 250 }
            }
            _ => unreachable!(),
        }
    }

    #[test]
    fn nothing_is_found_where_there_is_no_mosaic() {
        let size = [331, 257];
        for name in ["bricks", "facade", "board", "letters"] {
            let pixels = (0..size[0] * size[1]).map(|i| regular(name, i % size[0], i / size[0]));
            let rgba = pixels.flat_map(|v| [v, v, v, 255]).collect();
            let photo = Photo::from_rgba8(size, rgba).unwrap();
            for photo in
                [photo.clone(), jpeg(&photo, 75), scaled(&photo, [290, 225], FilterType::Triangle)]
            {
                let found = find(&photo);
                assert!(found.is_empty(), "{name}: {:?}", found[0]);
            }
        }
        for seed in 0..4 {
            let photo = landscape(size, seed);
            assert!(find(&photo).is_empty(), "landscape {seed}");
            for quality in [15, 40, 75] {
                assert!(find(&jpeg(&photo, quality)).is_empty(), "landscape {seed} at {quality}");
            }
            let mut pixelated = photo;
            apply(&mut pixelated, &Grid::new([8.0; 2], [0.0; 2]), &[1; 331 * 257]);
            assert_eq!(find(&jpeg(&pixelated, 75)).len(), 1, "control: cells on JPEG's own grid");
        }
    }

    #[test]
    fn pixel_art_is_a_mosaic() {
        let mut dice = Dice::new(9);
        let palette = [0; 12].map(|_| [0; 3].map(|_| dice.below(256) as u8));
        let cells: Vec<[u8; 3]> = (0..24 * 20).map(|_| palette[dice.below(12)]).collect();
        let rgba = (0..240 * 200).flat_map(|i| {
            let [r, g, b] = cells[i / 240 / 10 * 24 + i % 240 / 10];
            [r, g, b, 255]
        });
        let found = find(&Photo::from_rgba8([240, 200], rgba.collect()).unwrap());
        assert!(fits(found[0].grid, Grid::new([10.0; 2], [0.0; 2]), [120.0, 100.0]), "{found:?}");
    }

    #[test]
    fn two_mosaics_are_two() {
        let size = [420, 300];
        let mut photo = landscape(size, 4);
        apply(&mut photo, &Grid::new([9.0; 2], [1.0, 2.0]), &rectangle(size, [10, 20, 150, 160]));
        apply(&mut photo, &Grid::new([20.0; 2], [3.0; 2]), &rectangle(size, [223, 103, 403, 283]));
        let found = find(&jpeg(&photo, 85));
        assert_eq!(found.len(), 2, "{found:?}");
        let mut cells: Vec<f32> = found.iter().map(|found| found.grid.cell[0]).collect();
        cells.sort_by(f32::total_cmp);
        assert!((cells[0] - 9.0).abs() < 0.1 && (cells[1] - 20.0).abs() < 0.2, "{cells:?}");
    }

    #[test]
    fn a_hand_drawn_region_is_enough() {
        let size = [331, 257];
        let mut photo = landscape(size, 7);
        let grid = Grid::new([14.0; 2], [4.0, 9.0]);
        apply(&mut photo, &grid, &rectangle(size, [60, 37, 200, 177]));
        let photo = jpeg(&photo, 75);
        let drawn = hole(size, |x, y| (x - 130.0).hypot(y - 107.0) < 65.0);
        let found = find_within(&photo, &drawn).expect("there is one");
        assert!(fits(found.grid, grid, [130.0, 107.0]), "{found:?}");
        assert!(found.confidence > 0.5, "{found:?}");
        // Control: another place, and none at all.
        let beside = hole(size, |x, y| (x - 265.0).hypot(y - 190.0) < 60.0);
        assert!(find_within(&photo, &beside).is_none_or(|found| found.confidence < 0.5));
        assert!(find_within(&photo, &vec![0; 331 * 257]).is_none());
    }

    #[test]
    fn small_thin_and_empty_pictures_have_none() {
        for size in [[16, 16], [16, 700], [700, 17], [64, 64]] {
            let grey =
                Photo::from_rgba8(size, vec![128; (size[0] * size[1] * 4) as usize]).unwrap();
            assert!(find(&grey).is_empty(), "{size:?}");
            assert!(find(&landscape(size, 3)).is_empty(), "{size:?}");
        }
    }

    #[test]
    #[should_panic(expected = "a hole of [16, 16]")]
    fn err_a_hole_of_another_size() {
        let _ = find_within(&landscape([16, 16], 1), &[1; 255]);
    }
}
