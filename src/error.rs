//! Everything that can go wrong, sorted by who can do something about it.
//!
//! Texts are for the command line and the log. The page picks its own sentence, in the reader's
//! language, by [`Error::code`]; `www/engine/protocol.js` lists the same codes and a test compares them.

/// What stopped a photo from becoming a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message names its fields")]
pub enum Error {
    /// The bytes are not in a picture format we know.
    #[error("not a picture: expected PNG, JPEG, WebP, GIF or BMP")]
    NotAnImage,
    /// A picture format we know, but cut off or damaged.
    #[error("the picture is damaged: {why}")]
    DamagedImage { why: String },
    /// A picture in a variant of its format that we do not read; a browser may.
    #[error("the picture uses a variant of its format that we cannot read")]
    UnknownVariant,
    /// A photo with a side too short to say anything about its surroundings.
    #[error("photo must be at least {least} pixels on each side, got {width}×{height}")]
    TooSmall { least: u32, width: u32, height: u32 },
    /// A photo over the limit.
    #[error("photo must have at most {limit_megapixels} megapixels, got {width}×{height}")]
    TooLarge { limit_megapixels: u32, width: u32, height: u32 },
    /// An extension by no pixels at all.
    #[error("extension must add at least one pixel on one side")]
    ExtensionEmpty,
    /// More than the generator can honestly invent, or than memory holds.
    #[error("extension must {limit}, got {width}×{height}")]
    ExtensionTooLarge { limit: String, width: u64, height: u64 },
    /// No pixel is to be painted.
    #[error("hole must have at least one pixel to paint")]
    HoleEmpty,
    /// No pixel is known.
    #[error("hole must leave a part of the photo to fill it from")]
    HoleFull,
    /// Nothing in the photo looks like a mosaic.
    #[error("no mosaic was found")]
    MosaicNotFound,
    /// Nothing in the photo stands out from what lies around it.
    #[error("nothing was found that could be cut out")]
    NothingFound,
    /// A setting that is unknown or out of range.
    #[error("{name} must be {expected}, got {found:?}")]
    BadSetting { name: &'static str, expected: String, found: String },
    /// The weights are not there.
    #[error("weights {name:?} are missing: {why}")]
    WeightsMissing { name: String, why: String },
    /// The weights were changed on the way.
    #[error("weights {name:?} are damaged: {why}")]
    WeightsDamaged { name: String, why: String },
    /// Intact weights of another generator.
    #[error("weights {name:?} do not fit: {why}")]
    WeightsMisfit { name: String, why: String },
    /// The graphics device refused, was lost, ran out of memory, or computes wrongly.
    #[error("the {device} device failed: {why}")]
    Device { device: &'static str, why: String },
    /// The result could not be written in the wanted format.
    #[error("the picture could not be encoded as {format}: {why}")]
    Encode { format: &'static str, why: String },
    /// A file could not be read or written.
    #[error("{doing}: {why}: {path}")]
    File { doing: &'static str, why: String, path: String },
}

/// What every fallible function of the crate returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Every code, in the order of the variants.
    pub const CODES: [&'static str; 18] = [
        "not-an-image",
        "damaged-image",
        "unknown-variant",
        "too-small",
        "too-large",
        "extension-empty",
        "extension-too-large",
        "hole-empty",
        "hole-full",
        "mosaic-not-found",
        "nothing-found",
        "bad-setting",
        "weights-missing",
        "weights-damaged",
        "weights-misfit",
        "device",
        "encode",
        "file",
    ];

    /// A stable name by which the page chooses its sentence.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnImage => "not-an-image",
            Self::DamagedImage { .. } => "damaged-image",
            Self::UnknownVariant => "unknown-variant",
            Self::TooSmall { .. } => "too-small",
            Self::TooLarge { .. } => "too-large",
            Self::ExtensionEmpty => "extension-empty",
            Self::ExtensionTooLarge { .. } => "extension-too-large",
            Self::HoleEmpty => "hole-empty",
            Self::HoleFull => "hole-full",
            Self::MosaicNotFound => "mosaic-not-found",
            Self::NothingFound => "nothing-found",
            Self::BadSetting { .. } => "bad-setting",
            Self::WeightsMissing { .. } => "weights-missing",
            Self::WeightsDamaged { .. } => "weights-damaged",
            Self::WeightsMisfit { .. } => "weights-misfit",
            Self::Device { .. } => "device",
            Self::Encode { .. } => "encode",
            Self::File { .. } => "file",
        }
    }
}
