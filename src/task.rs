//! The tasks that users can ask for and generators are trained for, and what they have in common.
//!
//! A task is added in these steps, each of which the compiler or a test asks for once the one before
//! is done:
//!
//! 1. its name here, in [`Task`]; whether a part of the photo is painted for it
//!    ([`Task::has_hole`]);
//! 2. a file of its own beside `fill.rs`, with the promise in its head: from a photo and `Options` to a
//!    photo. The last argument is the generator: a [`Generator`](crate::generator::Generator), or an
//!    `Option` of one where the task can do without. Checks come before the first wait; a long way is
//!    cut into steps, and a task that paints a hole ends with [`Finished`];
//! 3. its promises in `tests/`: what never changes, what is refused, with controls;
//! 4. which networks can do it, and what they are shown: `does` and `fill` of
//!    [`NetworkConfig`](crate::model::NetworkConfig); a new network is a file in `model/`;
//! 5. a command in `cli/`: arguments, one call, what is told of it;
//! 6. an export in `web/`, which takes a picture and hands over the generator that was loaded for
//!    it; then a record in `www/worker/tasks.js`, a method in `www/engine/engine.js`, and the page;
//! 7. to train it: what an example is (`train/data.rs`), its presets in `training/presets/`, its rows
//!    in `train/eval/`; then weights, and their card.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::photo::Photo;
use crate::photo::complete::Join;
use crate::photo::origins::Origins;

/// The seed that the page and the command take unless told otherwise: the same photo then gives the
/// same bytes.
pub(crate) const SEED: u64 = 1;

/// How what was painted joins the photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// Held to what the photo says, structures and detail continued from it, seam blended.
    #[default]
    Blended,
    /// What the network painted, enlarged and pasted.
    NetworkOnly,
    /// All that the network painted on its own grid, enlarged, joined to the photo as its authors
    /// did: for the published works (see [`crate::work`]).
    Published(Join),
}

/// A photo of which a part was painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The whole photo.
    pub photo: Photo,
    /// Where the painted pixels come from, in pixels of the photo.
    pub origins: Origins,
}

/// What a generator was trained for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Paint beyond the frame.
    Extend,
    /// Paint any hole.
    Fill,
    /// Paint what a mosaic left of a region.
    Unmosaic,
    /// Find colours for a black-and-white photo.
    Colorize,
    /// Undo the fading of a colour photo.
    Defade,
    /// Tell a thing from what lies around it.
    Cutout,
    /// Double the sides of a photo.
    Enlarge,
    /// Find scratches, dust and cracks.
    Scratches,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Extend,
        Self::Fill,
        Self::Unmosaic,
        Self::Colorize,
        Self::Defade,
        Self::Cutout,
        Self::Enlarge,
        Self::Scratches,
    ];

    /// As commands, presets and weight files have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Extend => "extend",
            Self::Fill => "fill",
            Self::Unmosaic => "unmosaic",
            Self::Colorize => "colorize",
            Self::Defade => "defade",
            Self::Cutout => "cutout",
            Self::Enlarge => "enlarge",
            Self::Scratches => "scratches",
        }
    }

    /// Whether a part of the photo is painted, rather than all of it changed.
    #[must_use]
    pub fn has_hole(self) -> bool {
        matches!(self, Self::Extend | Self::Fill | Self::Unmosaic)
    }
}

impl std::str::FromStr for Task {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|task| task.name() == text).ok_or_else(|| Error::BadSetting {
            name: "task",
            expected: "extend, fill, unmosaic, colorize, defade, cutout, enlarge or scratches"
                .into(),
            found: text.into(),
        })
    }
}
