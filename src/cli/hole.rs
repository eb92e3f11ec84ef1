//! Reads where to paint from the command line: a picture of the hole, rectangles, or both.

use std::path::{Path, PathBuf};

use naobu::error::{Error, Result};
use naobu::photo::Photo;
use naobu::photo::Rect;
use naobu::photo::color::luma_from_srgb;
use naobu::photo::decode::decode;
use naobu::photo::hole::{Hole, Pen};

use super::read;

#[derive(clap::Args, Debug)]
#[group(id = "region", multiple = true)]
pub(crate) struct HoleArgs {
    /// A picture of the hole, as large as the photo: white or opaque is painted. Or a folder of
    /// them, named as the photos are.
    #[arg(long, value_name = "MASK")]
    hole: Option<PathBuf>,
    /// A rectangle to paint, in pixels from the top left; may be given more than once.
    #[arg(long, value_name = "X,Y,W,H")]
    rect: Vec<RectArg>,
}

/// A rectangle such as 40,30,200,100: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
struct RectArg(Rect);

impl std::str::FromStr for RectArg {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers: Option<Vec<u32>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
        let area = match numbers.as_deref() {
            Some(&[x, y, width, height]) if width > 0 && height > 0 => {
                let end = |start: u32, length: u32| start.checked_add(length);
                let ends = end(x, width).zip(end(y, height));
                ends.map(|(right, bottom)| {
                    let [left, top, right, bottom] = [x, y, right, bottom].map(|n| n as usize);
                    Self(Rect { left, top, right, bottom })
                })
            }
            _ => None,
        };
        area.ok_or_else(|| Error::BadSetting {
            name: "rect",
            expected: "left, top, width and height such as 40,30,200,100".into(),
            found: text.into(),
        })
    }
}

impl HoleArgs {
    /// Whether the command line says where to paint.
    pub(crate) fn is_given(&self) -> bool {
        self.hole.is_some() || !self.rect.is_empty()
    }

    /// Lists the pictures of holes that may be read.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        match &self.hole {
            Some(folder) if folder.is_dir() => super::pictures_in(folder),
            file => Ok(file.iter().cloned().collect()),
        }
    }

    /// The hole for a photo: the picture of it and the rectangles.
    pub(crate) fn of_photo(&self, photo: &Path, size: [u32; 2]) -> Result<Hole> {
        let mut hole = match &self.hole {
            Some(path) => {
                let mask = decode(&read(&mask_for(photo, path)?)?)?;
                let hole = Hole::from_photo(&mask);
                if hole.is_empty() && self.rect.is_empty() {
                    return Err(empty(&mask));
                }
                hole
            }
            None => Hole::empty(size)?,
        };
        hole.check_fits(size)?;
        for RectArg(rect) in &self.rect {
            hole.rectangle(*rect, Pen::Add);
        }
        Ok(hole)
    }
}

/// Says why a picture of a hole has none: how light it gets where it can be seen.
fn empty(mask: &Photo) -> Error {
    let visible = mask.rgba().chunks_exact(4).filter(|pixel| pixel[3] != 0);
    let lightest = visible.map(|p| luma_from_srgb([p[0], p[1], p[2]]).round()).reduce(f32::max);
    Error::BadSetting {
        name: "hole",
        expected: "white, or opaque on nothing, where to paint".into(),
        found: match lightest {
            Some(luma) => format!("nothing lighter than {luma} of 255"),
            None => "nothing that can be seen".into(),
        },
    }
}

/// The picture of a photo's hole: `path` itself, or the picture in that folder with the photo's
/// base name.
fn mask_for(photo: &Path, path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let mut masks = super::pictures_in(path)?.into_iter();
    masks.find(|mask| mask.file_stem() == photo.file_stem()).ok_or_else(|| Error::File {
        doing: "finding the hole",
        why: "no picture has the photo's name".into(),
        path: path.display().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_left_top_width_height() {
        let rect = Rect { left: 40, top: 30, right: 240, bottom: 130 };
        assert_eq!("40, 30,200,100".parse::<RectArg>().unwrap(), RectArg(rect));
        for bad in ["", "1,2,3", "1,2,3,4,5", "1,2,0,4", "-1,2,3,4", "a,2,3,4", "1.5,2,3,4"] {
            assert!(bad.parse::<RectArg>().is_err(), "{bad:?}");
        }
    }
}
