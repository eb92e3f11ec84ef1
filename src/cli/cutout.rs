//! `naobu cutout`: one photo or a folder of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use naobu::cutout::{Click, cut_out, select, snap};
use naobu::error::{Error, Result};
use naobu::generator::Generator;
use naobu::photo::Photo;
use naobu::photo::decode::decode;
use naobu::photo::matte::Backdrop;
use naobu::task::Task;

use super::hole::HoleArgs;
use super::models::ModelArgs;
use super::number::colour;
use super::photos::{Done, Photos, Work};
use super::read;

#[derive(clap::Args, Debug)]
pub(crate) struct Cutout {
    #[command(flatten)]
    photos: Photos,
    #[command(flatten)]
    settings: Settings,
}

/// What is cut out, and what lies behind it then.
#[derive(clap::Args, Debug)]
pub(crate) struct Settings {
    /// A place on what is meant, in pixels from the top left, or, with a minus at its end, on what is
    /// not; may be given more than once. Without, the photo's subject is cut out.
    #[arg(long, value_name = "X,Y[,-]", conflicts_with = "region")]
    point: Vec<Point>,
    /// What lies behind: transparent, a colour such as #ffffff, blur or blur:0.5 (from 0 to 1), or a
    /// picture's file.
    #[arg(long, default_value = "transparent")]
    background: Background,
    #[command(flatten)]
    region: HoleArgs,
    /// Fit the rectangle or the region to the thing that it is drawn around.
    #[arg(long, requires = "region")]
    snap: bool,
    #[command(flatten)]
    model: ModelArgs,
}

/// A place such as 120,80 or 120,80,-.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point(Click);

impl std::str::FromStr for Point {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<_> = text.split(',').map(str::trim).collect();
        let pixel = |text: &str| text.parse::<u32>().ok().map(|place| place as f32 + 0.5);
        let (places, belongs) = match parts.as_slice() {
            &[x, y] | &[x, y, "+"] => ([x, y], true),
            &[x, y, "-"] => ([x, y], false),
            _ => ([""; 2], true),
        };
        let [x, y] = places.map(pixel);
        let click = x.zip(y).map(|(x, y)| Self(Click { at: [x, y], belongs }));
        click.ok_or_else(|| Error::BadSetting {
            name: "point",
            expected: "a place such as 120,80 or 120,80,-".into(),
            found: text.into(),
        })
    }
}

/// What `--background` takes.
#[derive(Clone, Debug, PartialEq)]
enum Background {
    Transparent,
    Colour([u8; 3]),
    Blur(f32),
    File(PathBuf),
}

impl std::str::FromStr for Background {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::BadSetting {
            name: "background",
            expected: "transparent, a colour such as #2e8b57, blur:0.5 or a file".into(),
            found: text.into(),
        };
        match text {
            "transparent" => Ok(Self::Transparent),
            "blur" => Ok(Self::Blur(0.5)),
            "" => Err(bad()),
            _ => {
                if let Some(blur) = text.strip_prefix("blur:") {
                    let blur = blur.parse().ok().filter(|blur| (0.0..=1.0).contains(blur));
                    return blur.map(Self::Blur).ok_or_else(bad);
                }
                if text.starts_with('#') {
                    return colour(text).map(Self::Colour).ok_or_else(bad);
                }
                Ok(Self::File(text.into()))
            }
        }
    }
}

impl Cutout {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let besides = self.settings.files()?;
        self.photos.each(&besides, self.settings.ready()?)
    }
}

impl Settings {
    /// Lists the other pictures that may be read.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = self.region.files()?;
        if let Background::File(path) = &self.background {
            files.push(path.clone());
        }
        Ok(files)
    }

    /// Loads what it takes.
    pub(crate) fn ready(self) -> Result<Work> {
        let generator = match self.region.is_given() && !self.snap {
            true => None,
            false => Some(self.model.load(Task::Cutout)?),
        };
        let backdrop = match &self.background {
            Background::Transparent => Backdrop::None,
            Background::Colour(rgb) => Backdrop::Colour(*rgb),
            Background::Blur(blur) => Backdrop::Blur(*blur),
            Background::File(path) => Backdrop::Photo(decode(&read(path)?)?),
        };
        Ok(Box::new(move |name, photo, _| self.one(name, photo, generator.as_ref(), &backdrop)))
    }

    fn clicks(&self) -> Vec<Click> {
        self.point.iter().map(|point| point.0).collect()
    }

    fn one(
        &self,
        name: &Path,
        photo: Photo,
        generator: Option<&Generator>,
        backdrop: &Backdrop,
    ) -> Result<Done> {
        let [w, h] = photo.size();
        let hole = match generator {
            None => self.region.of_photo(name, [w, h])?,
            Some(generator) => {
                let found = match self.snap {
                    true => {
                        let drawn = self.region.of_photo(name, [w, h])?;
                        pollster::block_on(snap(&photo, &drawn, generator))?
                    }
                    false => pollster::block_on(select(&photo, &self.clicks(), generator))?,
                };
                found.ok_or(Error::NothingFound)?
            }
        };
        let kept = hole.count();
        let model = generator.map(|generator| &generator.card.name);
        let by = model.map_or("a given region", |name| name);
        Ok(Done {
            photo: cut_out(photo, &hole, backdrop, self.model.finish(None))?,
            note: format!("cut out by {by}: {kept} of {w}×{h} pixels are kept"),
            summary: format!("{kept} of {w}×{h} pixels"),
            facts: json!({
                "size": [w, h], "kept": kept, "model": model,
                "sha256": generator.map(|generator| &generator.sha256),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_a_place_and_may_say_that_it_does_not_belong() {
        let at = [120.5, 80.5];
        assert_eq!("120, 80".parse::<Point>().unwrap().0, Click { at, belongs: true });
        assert_eq!("120,80,-".parse::<Point>().unwrap().0, Click { at, belongs: false });
        for bad in ["", "1", "1,2,3", "-1,2", "1,2,-,-", "x,y"] {
            let text = bad.parse::<Point>().unwrap_err().to_string();
            assert!(text.starts_with("point must be a place"), "{bad:?}: {text}");
        }
    }

    #[test]
    fn a_background_is_a_word_a_colour_or_a_file() {
        let read = |text: &str| text.parse::<Background>();
        assert_eq!(read("transparent").unwrap(), Background::Transparent);
        assert_eq!(read("#2e8B57").unwrap(), Background::Colour([0x2e, 0x8b, 0x57]));
        assert_eq!(read("blur:0.25").unwrap(), Background::Blur(0.25));
        assert_eq!(read("beach.jpg").unwrap(), Background::File("beach.jpg".into()));
        for bad in ["", "#12345", "#+12345", "blur:2", "blur:x"] {
            let text = read(bad).unwrap_err().to_string();
            assert!(text.starts_with("background must be"), "{bad:?}: {text}");
        }
    }
}
