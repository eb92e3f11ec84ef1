//! The sample pictures of the page, painted by this code alone: no photograph and no texture
//! enters them.
//!
//! Every picture is a small physical scene in linear light: the sky scatters sunlight, water
//! mirrors by Fresnel's law, land fades into the air before it. All randomness is seeded.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "pixel and lattice coordinates are small, and wrapping hashes mean to wrap"
)]

mod canvas;
mod field;
mod math;
mod mountains;
mod night;
mod noise;
mod ocean;
mod portrait;
mod relief;
mod sea;
mod sky;
mod street;
mod tracer;

use canvas::{Canvas, Darkroom};
use std::path::Path;

/// Paints a scene at a size; the scale is 1 for the finished picture and less for a draft.
type Painter = fn(usize, usize, f32) -> (Canvas, Darkroom);

const PICTURES: [(&str, usize, usize, Painter); 6] = [
    ("sea", 1536, 1024, sea::paint),
    ("mountains", 1536, 1024, mountains::paint),
    ("street", 1536, 1024, street::paint),
    ("field", 1280, 960, field::paint),
    ("portrait", 1024, 1536, portrait::paint),
    ("night", 1536, 1024, night::paint),
];

/// Paints every sample picture and its thumbnail into a folder.
pub(crate) fn paint_all(into: &Path) -> Result<(), String> {
    paint_some(into, 1.0, &[])
}

/// Paints the named pictures (all, if none is named) at a fraction of their size.
pub(crate) fn paint_some(into: &Path, scale: f32, names: &[&str]) -> Result<(), String> {
    std::fs::create_dir_all(into).map_err(|e| format!("{}: {e}", into.display()))?;
    for (name, width, height, paint) in PICTURES {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let size = |full: usize| (full as f32 * scale) as usize / 4 * 4;
        let (canvas, room) = paint(size(width), size(height), scale);
        let (bytes, quality) = canvas::save(&canvas.develop(&room), into, name)?;
        println!("{name:<10} {width}×{height} {bytes:>7} bytes, quality {quality}");
    }
    Ok(())
}
