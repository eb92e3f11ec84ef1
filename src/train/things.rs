//! What a step sees to learn what a thing is: photos of which that is known, and things put on other
//! photos; with clicks or without.
//!
//! Without a click the whole truth is meant: everything that was put on a photo. A click means one
//! of the things alone.

use rand::{Rng, RngExt};

use crate::model::segmenter::CLICK;
use crate::photo::mosaic::{Grid, MIN_CELL_PX};
use crate::photo::size_from_sides;
use crate::pixels::{Canvas, yuv_planes_from_rgb};

use super::config::{Augment, Settings, Things};
use super::data::{Example, Shot, shuffled};

/// The share of composed pictures with two things.
const TWO: f64 = 0.35;
/// The share of pictures without colours.
const GREY: f64 = 0.05;
/// The longer side of a thing, as a share of the picture's.
const REACH: std::ops::Range<f32> = 0.3..1.1;

/// Which of the photos are good for what, by their places.
#[derive(Debug)]
pub struct Pools<'a> {
    shots: &'a [Shot],
    /// Photos with a thing in its surroundings.
    whole: Vec<usize>,
    /// All that has a thing.
    things: Vec<usize>,
    /// Photos of which no thing is known.
    scenes: Vec<usize>,
}

impl<'a> Pools<'a> {
    /// Looks through the photos.
    #[must_use]
    pub fn of(shots: &'a [Shot]) -> Self {
        let mut pools = Self { shots, whole: Vec::new(), things: Vec::new(), scenes: Vec::new() };
        for (i, shot) in shots.iter().enumerate() {
            match (shot.has_thing(), shot.is_loose()) {
                (true, is_loose) => {
                    pools.things.push(i);
                    pools.whole.extend((!is_loose).then_some(i));
                }
                _ => pools.scenes.push(i),
            }
        }
        pools
    }
}

/// Makes an example: the picture, what in it is meant, and what clicks say.
///
/// # Shapes and ranges
/// - `rgb`: three planes of `size` in `0..=1`; `thing`: one; `marks`: one, or none
///
/// # Panics
/// If there are more or fewer.
#[must_use]
pub fn example(rgb: Vec<f32>, thing: &[f32], marks: Vec<f32>, size: [usize; 2]) -> Example {
    let everywhere = vec![1.0; thing.len()];
    let seen = Canvas::new(size, rgb, everywhere.clone());
    let seen = if marks.is_empty() { seen } else { seen.with_marks(marks) };
    let truth = Canvas::new(size, thing.repeat(3), everywhere);
    Example { seen, truth, grid: Grid::new([MIN_CELL_PX; 2], [0.0; 2]) }
}

/// Makes an example of the middle square of a photo, without a click.
#[must_use]
pub fn central(shot: &Shot, side: usize) -> Example {
    let size = [side, side];
    let [at, part] = shot.middle_part(size);
    let (rgb, thing) = shot.with_thing(at, part, size);
    example(rgb, &thing, Vec::new(), size)
}

/// Makes the example `number` of a run.
#[must_use]
pub fn random(
    pools: &Pools,
    settings: &Settings,
    size: [usize; 2],
    number: usize,
    rng: &mut impl Rng,
) -> Example {
    let shown = settings.things.unwrap_or(Things { composed: 0.0, clicked: 0.0, most_clicks: 1 });
    let Augment { mirror, light, .. } = settings.augment;
    let is_composed = !pools.things.is_empty()
        && (pools.whole.is_empty() || rng.random_bool(f64::from(shown.composed)));
    let of = |pool: &[usize], seed: u64| &pools.shots[pool[shuffled(number, pool.len(), seed)]];
    let scene_seed = settings.seed ^ 0x5ce2;
    let (mut rgb, mut things) = if is_composed {
        let behind = if pools.scenes.is_empty() { &pools.whole } else { &pools.scenes };
        let behind = if behind.is_empty() { &pools.things } else { behind };
        let (mut rgb, _) = cropped(of(behind, scene_seed), &settings.augment, size, rng);
        lit(&mut rgb, light, rng);
        let count = if rng.random_bool(TWO) { 2 } else { 1 };
        let mut things: Vec<Vec<f32>> = Vec::new();
        for i in 0..count {
            let thing = of(&pools.things, settings.seed ^ (i + 1));
            let alpha = put(thing, &mut rgb, size, light, rng);
            for before in &mut things {
                before.iter_mut().zip(&alpha).for_each(|(before, over)| *before *= 1.0 - over);
            }
            things.push(alpha);
        }
        (rgb, things)
    } else {
        let pool = if pools.whole.is_empty() { &pools.scenes } else { &pools.whole };
        let (mut rgb, thing) = cropped(of(pool, settings.seed), &settings.augment, size, rng);
        lit(&mut rgb, light, rng);
        (rgb, vec![thing])
    };
    if rng.random_bool(GREY) {
        let light = yuv_planes_from_rgb(&rgb)[..size[0] * size[1]].to_vec();
        rgb = light.repeat(3);
    }
    if mirror && rng.random_bool(0.5) {
        let turn =
            |plane: &mut Vec<f32>| plane.chunks_exact_mut(size[0]).for_each(<[f32]>::reverse);
        turn(&mut rgb);
        things.iter_mut().for_each(turn);
    }
    let whole: Vec<f32> = (0..size[0] * size[1])
        .map(|i| things.iter().map(|thing| thing[i]).sum::<f32>().min(1.0))
        .collect();
    if !rng.random_bool(f64::from(shown.clicked)) {
        return example(rgb, &whole, Vec::new(), size);
    }
    let one = rng.random_range(0..things.len());
    let others: Vec<f32> = whole.iter().zip(&things[one]).map(|(w, t)| w - t).collect();
    let marks = clicks(&things[one], &others, size, shown.most_clicks, rng);
    match marks {
        Some(marks) => example(rgb, &things[one], marks, size),
        None => example(rgb, &whole, Vec::new(), size),
    }
}

/// Cuts a part out of a photo, of nearly the proportions of `size`: the picture and its thing.
fn cropped(
    shot: &Shot,
    augment: &Augment,
    size: [usize; 2],
    rng: &mut impl Rng,
) -> (Vec<f32>, Vec<f32>) {
    let stretch = f64::from(augment.skew * rng.random_range(-1.0..=1.0_f32)).exp();
    let shape = [size[0] as f64 * stretch, size[1] as f64];
    let whole = shot.size().map(f64::from);
    let most = (whole[0] / shape[0]).min(whole[1] / shape[1]);
    let share = f64::from(rng.random_range(augment.smallest_crop..=1.0));
    let part = [0, 1].map(|axis| (shape[axis] * most * share).min(whole[axis]));
    let at = [0, 1].map(|axis| rng.random_range(0.0..=1.0) * (whole[axis] - part[axis]));
    shot.with_thing(at, part, size)
}

/// Changes brightness, contrast and colour, each by up to `most` as a share.
fn lit(rgb: &mut [f32], most: f32, rng: &mut impl Rng) {
    let mut by = |most: f32| 1.0 + most * rng.random_range(-1.0..=1.0_f32);
    let [gain, contrast] = [by(most), by(most)];
    let tint = [(); 3].map(|()| by(most / 2.0));
    let mean = rgb.iter().sum::<f32>() / rgb.len() as f32;
    let pixels = rgb.len() / 3;
    for (plane, tint) in rgb.chunks_exact_mut(pixels).zip(tint) {
        for value in plane {
            *value = (((*value - mean) * contrast + mean * gain) * tint).clamp(0.0, 1.0);
        }
    }
}

/// Puts the thing of a photo somewhere on a picture, at some size: returns where it is.
fn put(shot: &Shot, rgb: &mut [f32], size: [usize; 2], light: f32, rng: &mut impl Rng) -> Vec<f32> {
    let [at, part] = shot.thing_bounds();
    let [w, h] = size;
    let side = w.max(h) as f32;
    let reach = rng.random_range(REACH) * side;
    let stretch = (0.15 * rng.random_range(-1.0..=1.0_f32)).exp();
    #[expect(clippy::cast_possible_truncation, reason = "sides of a thing")]
    let shape = [part[0] as f32 * stretch, part[1] as f32];
    let scale = reach / shape[0].max(shape[1]);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most a little more than the picture"
    )]
    let to = shape.map(|side| (side * scale).round().max(4.0) as usize);
    let rgba = shot.loose(at, part, size_from_sides(to));
    let pixels = to[0] * to[1];
    let mut own = crate::pixels::rgb_planes(&rgba);
    lit(&mut own, light, rng);
    // Its middle lies on the picture; people stand on the ground more often than they fly.
    let corner = [0, 1].map(|axis| {
        let middle = if axis == 1 && rng.random_bool(0.4) {
            size[1] as f32 - to[1] as f32 / 2.0
        } else {
            rng.random_range(0.1..0.9) * size[axis] as f32
        };
        #[expect(clippy::cast_possible_truncation, reason = "a place near the picture")]
        let corner = (middle - to[axis] as f32 / 2.0).round() as isize;
        corner
    });
    let mut alpha = vec![0.0; w * h];
    for i in 0..pixels {
        let [x, y] = [(i % to[0]).cast_signed() + corner[0], (i / to[0]).cast_signed() + corner[1]];
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { continue };
        if x >= w || y >= h {
            continue;
        }
        let over = f32::from(rgba[4 * i + 3]) / 255.0;
        let into = y * w + x;
        alpha[into] = over;
        for c in 0..3 {
            let below = &mut rgb[c * w * h + into];
            *below += over * (own[c * pixels + i] - *below);
        }
    }
    alpha
}

/// Draws where somebody who means `thing` would click: on it, and on what is not it, on `others`
/// before all; `None` where there is hardly anything of it.
fn clicks(
    thing: &[f32],
    others: &[f32],
    size: [usize; 2],
    most: usize,
    rng: &mut impl Rng,
) -> Option<Vec<f32>> {
    let side = size[0].max(size[1]) as f32;
    let inside: Vec<usize> = (0..thing.len()).filter(|&i| thing[i] > 0.9).collect();
    if inside.len() < thing.len() / 400 {
        return None;
    }
    let mut marks = vec![0.0; thing.len()];
    // Few clicks more often than many.
    let count = (1..most).take_while(|_| rng.random_bool(0.55)).count() + 1;
    for i in 0..count {
        let is_on = i == 0 || rng.random_bool(0.5);
        let mark = if is_on { 1.0 } else { -1.0 };
        let found = if is_on {
            Some(deepest(&inside, thing, size, rng))
        } else {
            outside(thing, others, size, rng)
        };
        if let Some(at) = found {
            disc(&mut marks, size, at, CLICK * side * rng.random_range(0.7..1.3), mark);
        }
    }
    Some(marks)
}

/// Of a few places inside, the one with the most of the thing around it.
fn deepest(inside: &[usize], thing: &[f32], size: [usize; 2], rng: &mut impl Rng) -> usize {
    let reach = (size[0].max(size[1]) / 16).max(1);
    let tries: Vec<usize> = (0..3).map(|_| inside[rng.random_range(0..inside.len())]).collect();
    let depth = |at: usize| -> f32 {
        around(at, reach, size).map(|near| near.map_or(0.0, |near| thing[near])).sum()
    };
    tries.into_iter().max_by(|&a, &b| depth(a).total_cmp(&depth(b))).unwrap_or(inside[0])
}

/// A place that is not the thing: on another, or else beside it, or anywhere.
fn outside(thing: &[f32], others: &[f32], size: [usize; 2], rng: &mut impl Rng) -> Option<usize> {
    let reach = (size[0].max(size[1]) / 10).max(1);
    let is_near = |at: usize| around(at, reach, size).flatten().any(|near| thing[near] > 0.5);
    let tries: Vec<usize> =
        (0..24).map(|_| rng.random_range(0..thing.len())).filter(|&at| thing[at] < 0.05).collect();
    let best = |at: &&usize| if others[**at] > 0.5 { 2 } else { u8::from(is_near(**at)) };
    tries.iter().max_by_key(best).copied()
}

/// Eight places at a distance, `None` for those beyond the picture.
fn around(at: usize, reach: usize, [w, h]: [usize; 2]) -> impl Iterator<Item = Option<usize>> {
    let reach = reach.cast_signed();
    let [x, y] = [(at % w).cast_signed(), (at / w).cast_signed()];
    let steps = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];
    steps.into_iter().map(move |[dx, dy]: [isize; 2]| {
        let [x, y] = [x + dx * reach, y + dy * reach].map(|v| usize::try_from(v).ok());
        x.zip(y).filter(|&(x, y)| x < w && y < h).map(|(x, y)| y * w + x)
    })
}

/// Marks a disc around a place.
fn disc(marks: &mut [f32], [w, h]: [usize; 2], at: usize, radius: f32, mark: f32) {
    let [x, y] = [at % w, at / w];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few pixels")]
    let reach = radius.ceil() as usize;
    for row in y.saturating_sub(reach)..(y + reach + 1).min(h) {
        for column in x.saturating_sub(reach)..(x + reach + 1).min(w) {
            if (row.abs_diff(y) as f32).hypot(column.abs_diff(x) as f32) <= radius {
                marks[row * w + column] = mark;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;
    use crate::train::data::{Shots, batch};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use std::path::{Path, PathBuf};

    const SIZE: [usize; 2] = [64, 48];

    /// A folder with a photo of a thing, its mask, a loose thing and a scene; gone with the value.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("naobu-things-{test}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            let inside = |i: u32| (16..48).contains(&(i % 64)) && (8..40).contains(&(i / 64));
            let save = |name: &str, pixel: &dyn Fn(u32) -> [u8; 4]| {
                let path = path.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                let rgba: Vec<u8> = (0..64 * 48).flat_map(pixel).collect();
                image::save_buffer(path, &rgba, 64, 48, image::ExtendedColorType::Rgba8).unwrap();
            };
            save("pairs/images/a.png", &|i| {
                if inside(i) { [220, 30, 30, 255] } else { [30, 120, 40, 255] }
            });
            save("pairs/masks/a.png", &|i| if inside(i) { [255; 4] } else { [0, 0, 0, 255] });
            save("loose/b.png", &|i| if inside(i) { [30, 30, 230, 255] } else { [0; 4] });
            save("scenes/c.png", &|_| [128, 128, 128, 255]);
            Self(path)
        }

        fn shots(&self) -> Vec<Shot> {
            let read = Shots::read(Path::new(&self.0), 48).unwrap();
            assert!(read.skipped.is_empty(), "{:?}", read.skipped);
            read.shots
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn settings(changes: &[&str]) -> Settings {
        let changes: Vec<_> = changes.iter().map(|&change| change.to_owned()).collect();
        Settings::preset(Task::Cutout, "smoke", &changes).unwrap()
    }

    #[test]
    fn masks_are_read_beside_their_photos_and_are_none_themselves() {
        let folder = Folder::new("masks");
        let shots = folder.shots();
        assert_eq!(shots.len(), 3, "loose, pair, scene");
        let [loose, pair, scene] = [&shots[0], &shots[1], &shots[2]];
        assert!(loose.is_loose() && loose.size() == [32, 32], "without what is empty around it");
        assert!(pair.has_thing() && !pair.is_loose() && !scene.has_thing());
        assert_eq!(pair.alpha().iter().filter(|&&alpha| alpha == 255).count(), 32 * 32);
        assert_eq!(pair.thing_bounds(), [[16.0, 8.0], [32.0, 32.0]]);
    }

    #[test]
    fn err_a_mask_of_another_size_is_named() {
        let folder = Folder::new("size");
        let small = [0; 4 * 16 * 16];
        let path = folder.0.join("pairs/masks/a.png");
        image::save_buffer(path, &small, 16, 16, image::ExtendedColorType::Rgba8).unwrap();
        let read = Shots::read(&folder.0, 48).unwrap();
        assert_eq!(read.shots.len(), 2);
        assert!(read.skipped[0].starts_with("mask must be"), "{:?}", read.skipped);
    }

    #[test]
    fn the_truth_is_where_the_thing_s_colours_are() {
        let folder = Folder::new("truth");
        let shots = folder.shots();
        for (composed, things) in [("0.0", 1), ("1.0", 2)] {
            let change = format!("things.composed={composed}");
            let settings = settings(&[&change, "things.clicked=0.0", "stages.0.side_px=64"]);
            let examples: Vec<Example> = (0..6).flat_map(|n| batch(&shots, &settings, n)).collect();
            let mut colours = std::collections::BTreeSet::new();
            for example in &examples {
                let [rgb, truth] = [example.seen.rgb(), example.truth.rgb()];
                for i in (0..64 * 64).filter(|&i| truth[i] > 0.99 || truth[i] < 0.01) {
                    let [r, g, b] = [0, 1, 2].map(|c| rgb[c * 64 * 64 + i]);
                    let is_thing = r > g + 0.3 || b > g + 0.3;
                    assert_eq!(is_thing, truth[i] > 0.5, "{composed}: {r} {g} {b}");
                    colours.extend(is_thing.then_some(r > b));
                }
            }
            assert_eq!(colours.len(), things, "{composed}: red alone, or red and blue ones");
        }
    }

    #[test]
    fn clicks_say_what_is_true_and_the_first_one_is_on_the_thing() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let on = |i: usize| (20..44).contains(&(i % 64)) && (10..30).contains(&(i / 64));
        let thing: Vec<f32> = (0..64 * 48).map(|i| f32::from(u8::from(on(i)))).collect();
        let others: Vec<f32> = (0..64 * 48).map(|i| f32::from(u8::from(i % 64 < 12))).collect();
        let mut minus = 0;
        for _ in 0..60 {
            let marks = clicks(&thing, &others, SIZE, 4, &mut rng).unwrap();
            assert!(marks.contains(&1.0));
            minus += usize::from(marks.contains(&-1.0));
            // A disc may reach beyond the edge that its middle lies near.
            let wrong = (0..marks.len()).filter(|&i| (marks[i] > 0.0) != on(i) && marks[i] != 0.0);
            assert!(wrong.count() * 2 <= marks.iter().filter(|&&mark| mark != 0.0).count());
        }
        assert!((5..55).contains(&minus), "{minus} of 60 say what is not meant");
        assert!(clicks(&vec![0.0; 64 * 48], &others, SIZE, 4, &mut rng).is_none(), "nothing there");
    }

    #[test]
    fn a_step_sees_the_same_whenever_it_is_asked() {
        let folder = Folder::new("same");
        let shots = folder.shots();
        let settings = settings(&["augment.slimmest=0.6", "stages.0.side_px=96"]);
        assert_eq!(batch(&shots, &settings, 9), batch(&shots, &settings, 9));
        assert_ne!(batch(&shots, &settings, 9), batch(&shots, &settings, 10));
    }
}
