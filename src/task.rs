//! What a generator can be trained for, and users can ask for.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

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
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Extend, Self::Fill, Self::Unmosaic, Self::Colorize, Self::Defade];

    /// As commands, presets and weight files have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Extend => "extend",
            Self::Fill => "fill",
            Self::Unmosaic => "unmosaic",
            Self::Colorize => "colorize",
            Self::Defade => "defade",
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
            expected: "extend, fill, unmosaic, colorize or defade".into(),
            found: text.into(),
        })
    }
}
