//! Finds scratches, hairs, dust and cracks: from a photo to the hole that Fill shall repair.
//!
//! Nothing is changed here: what is found is shown to whoever asked, who may say no. Old prints are
//! scanned at any size, so a large photo is looked at shrunk, where a scratch is still as wide as those
//! that the network learnt from. It looks twice, the second time upside down: what it mistakes for wear
//! by chance, it mistakes once. Start reading at [`find`].

use burn::tensor::Tensor;

use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::looks;
use crate::model::Network;
use crate::model::unet::{GRID_PX, REACH_PX, UNet};
use crate::photo::hole::Hole;
use crate::photo::{Photo, resize, size_from_sides};
use crate::pixels::{rgb_planes, tensor_from_planes, values_from_tensor};
use crate::task::Task;
use crate::tiles::{Tile, tiles};

/// The longer side of what the network sees, in pixels, at most.
const LONGEST_PX: u32 = 1024;
/// Side of a tile of that, in pixels.
const TILE: usize = 384;
/// A place is worn if this is so likely: glasses, ropes and masts are doubtful.
const LIKELY: f32 = 0.6;
/// How far beyond what was found wear still shows, in pixels of what the network sees.
const RIM_PX: f32 = 2.0;

/// Finds what is worn; `None` where nothing is.
///
/// # Errors
/// [`Error::WeightsMisfit`] when the generator does not find any such thing; [`Error::Device`].
pub async fn find(photo: &Photo, generator: &Generator) -> Result<Option<Hole>> {
    let (size, likely) = likely(photo, generator).await?;
    let sides = photo.sides();
    let cell = |at: usize, axis: usize| at * size[axis] / sides[axis];
    let pixels = (0..sides[0] * sides[1])
        .map(|i| likely[cell(i / sides[0], 1) * size[0] + cell(i % sides[0], 0)] > LIKELY)
        .map(u8::from)
        .collect();
    let mut hole = Hole::from_bytes(photo.size(), pixels)?;
    if hole.is_empty() {
        return Ok(None);
    }
    hole.grow(RIM_PX * sides[0] as f32 / size[0] as f32)?;
    // With nothing left to repair it from, nothing can be told from damage.
    Ok((!hole.is_full()).then_some(hole))
}

/// Returns how likely each pixel of the photo, or of its copy with a longer side of at most 1024
/// pixels, is worn: the copy's `[width, height]` and a plane in `0..=1`.
///
/// # Errors
/// As [`find`].
///
/// # Panics
/// Never: it looks twice.
pub async fn likely(photo: &Photo, generator: &Generator) -> Result<([usize; 2], Vec<f32>)> {
    let net = unet(generator)?;
    let shrunk = shrunk_to(photo, LONGEST_PX);
    let photo = shrunk.as_ref().unwrap_or(photo);
    let sides = photo.sides();
    let mut whole = vec![[0.0_f32]; sides[0] * sides[1]];
    for inner in tiles(sides, TILE) {
        let tile = Tile::around(inner, sides, REACH_PX, GRID_PX);
        let planes = rgb_planes(&tile.seen(photo));
        let picture = tensor_from_planes(planes, tile.size, &generator.device());
        let turned = |x: Tensor<4>| x.flip([2, 3]);
        let both = [net.forward(picture.clone()), turned(net.forward(turned(picture)))];
        let mean = looks::mean(both).expect("two looks");
        let logits = values_from_tensor(mean).await?;
        let likely: Vec<[f32; 1]> =
            logits.into_iter().map(|logit| [1.0 / (1.0 + (-logit).exp())]).collect();
        tile.put(&likely, 1, &mut whole, sides[0]);
    }
    Ok((sides, whole.into_iter().flatten().collect()))
}

/// A copy of a photo whose longer side is at most so long; `None` if its own is not longer.
fn shrunk_to(photo: &Photo, longest: u32) -> Option<Photo> {
    let from = photo.size();
    let long = from[0].max(from[1]);
    if long <= longest {
        return None;
    }
    let shorter = |side: u32| {
        let exact = f64::from(side) * f64::from(longest) / f64::from(long);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side")]
        let side = exact.round() as u32;
        side.max(crate::photo::MIN_SIDE_PX) as usize
    };
    let to = from.map(shorter);
    let whole = from.map(|side| [0.0, f64::from(side)]);
    let rgba = resize::shrink_rgba(photo.rgba(), from, whole, to);
    Photo::from_rgba8(size_from_sides(to), rgba).ok()
}

fn unet(Generator { card, net, .. }: &Generator) -> Result<&UNet> {
    match net {
        Network::UNet(net) => Ok(net),
        _ => {
            let why = format!("its network cannot find {}", Task::Scratches.name());
            Err(Error::WeightsMisfit { name: card.name.clone(), why })
        }
    }
}
