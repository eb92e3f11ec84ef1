//! The published works that this project stands on, as far as a weight file can hold one of them.
//!
//! A pack of such a work is a *method*: chosen by name beside what ships for a task, never taken by
//! itself. Its network is built and trained as published, if with fewer channels, and what it paints
//! is joined to the photo as its authors did.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::photo::complete::Join;
use crate::task::Finish;

/// A published work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Sabini & Rusak, "Painting Outside the Box: Image Outpainting with GANs" (2018).
    Outpainting,
    /// Its variant in Keras, which sees the middle alone.
    OutpaintingKeras,
    /// Iizuka, Simo-Serra & Ishikawa, "Globally and Locally Consistent Image Completion" (2017).
    Completion,
    /// Yu et al., "Generative Image Inpainting with Contextual Attention" (2018).
    ContextualAttention,
    /// Antic, "`DeOldify`" (2018).
    #[serde(rename = "deoldify")]
    DeOldify,
}

impl Work {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Outpainting,
        Self::OutpaintingKeras,
        Self::Completion,
        Self::ContextualAttention,
        Self::DeOldify,
    ];

    /// As weight files and commands have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Outpainting => "outpainting",
            Self::OutpaintingKeras => "outpainting-keras",
            Self::Completion => "completion",
            Self::ContextualAttention => "contextual-attention",
            Self::DeOldify => "deoldify",
        }
    }

    /// Whose it is, and of which year.
    #[must_use]
    pub fn authors(self) -> &'static str {
        match self {
            Self::Outpainting => "Sabini & Rusak 2018",
            Self::OutpaintingKeras => "Sabini & Rusak 2018, in Keras",
            Self::Completion => "Iizuka et al. 2017",
            Self::ContextualAttention => "Yu et al. 2018",
            Self::DeOldify => "Antic 2018",
        }
    }

    /// Returns how what its network paints joins the photo.
    ///
    /// # Source
    /// Sabini & Rusak 2018 and Iizuka et al. 2017 clone it seamlessly; the others paste it.
    #[must_use]
    pub fn finish(self) -> Finish {
        match self {
            Self::Outpainting | Self::Completion => Finish::Published(Join::Cloned),
            Self::OutpaintingKeras | Self::ContextualAttention | Self::DeOldify => {
                Finish::Published(Join::Pasted)
            }
        }
    }
}

impl std::str::FromStr for Work {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|work| work.name() == text).ok_or_else(|| Error::BadSetting {
            name: "work",
            expected: Self::ALL.map(Self::name).join(", "),
            found: text.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_files_and_commands_name_a_work_alike() {
        for work in Work::ALL {
            assert_eq!(serde_json::to_string(&work).unwrap(), format!("\"{}\"", work.name()));
            assert_eq!(work.name().parse::<Work>().unwrap(), work);
        }
        assert!("deepfill".parse::<Work>().is_err());
    }
}
