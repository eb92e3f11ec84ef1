//! Reads and writes weight files, and proves that they fit: hash, names, shapes.
//!
//! A weight file is safetensors; its metadata says what it is: see [`Card`]. Nothing in it can
//! execute. How the numbers lie in it is in `file`.

mod file;

use burn::module::Module;
use burn::tensor::Device;
use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::model::{Network, NetworkConfig};
use crate::pixels::{Canvas, Fill, values_from_tensor};

pub use file::{Precision, bytes_from_net, net_from_bytes};

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

/// What a weight file says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Card {
    /// Its name, as `--model` and the manifest have it.
    pub name: String,
    /// The task it was trained for.
    pub task: Task,
    /// Side of the square pictures it was trained on, in pixels.
    pub side_px: usize,
    /// What the network is made of.
    pub config: NetworkConfig,
    /// What it may be used for, and what it was trained on.
    pub licence: String,
    /// The photographs, in one sentence.
    pub data: String,
}

/// One line of `www/weights/manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// As in the file's [`Card`].
    pub name: String,
    /// As in the file's [`Card`].
    pub task: Task,
    /// File name beside the manifest.
    pub file: String,
    /// Size of the file.
    pub bytes: usize,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// As in the file's [`Card`].
    pub licence: String,
    /// As in the file's [`Card`].
    pub data: String,
    /// Which entry of the log of training runs it is; empty where nobody said.
    #[serde(default)]
    pub run: String,
    /// The commit of the code that packed it; empty where nobody said.
    #[serde(default)]
    pub commit: String,
}

/// The weights that ship.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this layout.
    pub version: u32,
    /// One entry per file, the default of each task first.
    pub weights: Vec<Entry>,
}

impl Manifest {
    /// Adds a file to the manifest, in place of an entry of the same name; `run` and `commit` as an
    /// [`Entry`] has them.
    pub fn add(&mut self, file: &str, bytes: &[u8], card: &Card, [run, commit]: [&str; 2]) {
        let entry = Entry {
            name: card.name.clone(),
            task: card.task,
            file: file.to_owned(),
            bytes: bytes.len(),
            sha256: sha256_from_bytes(bytes),
            licence: card.licence.clone(),
            data: card.data.clone(),
            run: run.to_owned(),
            commit: commit.to_owned(),
        };
        match self.weights.iter_mut().find(|other| other.name == entry.name) {
            Some(other) => *other = entry,
            None => self.weights.push(entry),
        }
    }
}

/// As it is: once.
pub const UPRIGHT: [[bool; 2]; 1] = [[false, false]];
/// Every way that keeps a picture's proportions.
pub const MIRRORED: [[bool; 2]; 4] = [[false, false], [true, false], [false, true], [true, true]];
/// Larger pictures, in cells, are shown once: a second look would take too long.
const MOST_MIRRORED: usize = 128 * 128;

/// A generator with its weights on a device, ready to paint.
#[derive(Clone, Debug)]
pub struct Generator {
    /// What its file said.
    pub card: Card,
    /// SHA-256 of its file.
    pub sha256: String,
    /// The network.
    pub net: Network,
}

impl Generator {
    /// What it finds in the hole.
    #[must_use]
    pub fn fill(&self) -> Fill {
        self.card.config.fill(self.card.task)
    }

    /// The device that its weights lie on.
    ///
    /// # Panics
    /// Never: a generator has weights, and they lie on a device.
    #[must_use]
    pub fn device(&self) -> Device {
        let device = self.net.devices().into_iter().next();
        device.expect("a generator has weights, and they lie on a device")
    }

    /// Paints one picture: three planes in `0..=1`, or slightly beyond. Those outside the hole do
    /// not count.
    ///
    /// # Errors
    /// [`Error::Device`].
    pub async fn paint(&self, canvas: &Canvas) -> Result<Vec<f32>> {
        let device = self.device();
        let canvases = std::slice::from_ref(canvas);
        let input = self.card.config.input(self.card.task, canvases, &device);
        values_from_tensor(self.net.paint(input, canvases, 0).picture).await
    }

    /// As [`paint`](Self::paint); small pictures are shown once in each of the `mirrors` (left to
    /// right, upside down), larger ones in the first, and the mean of the answers counts.
    ///
    /// # Errors
    /// [`Error::Device`].
    ///
    /// # Source
    /// Geometric self-ensemble: Lim et al., "Enhanced Deep Residual Networks for Single Image
    /// Super-Resolution" (2017); theirs turns the picture as well. Errors are not all alike.
    pub async fn paint_mirrored(&self, canvas: &Canvas, mirrors: &[[bool; 2]]) -> Result<Vec<f32>> {
        let size = canvas.size();
        let is_small = canvas.hole().len() <= MOST_MIRRORED;
        let mirrors = if is_small { mirrors } else { &mirrors[..1] };
        let mut mean = vec![0.0; canvas.rgb().len()];
        for &mirror in mirrors {
            let [rgb, hole] =
                [canvas.rgb(), canvas.hole()].map(|planes| mirrored(planes, size, mirror));
            let painted = self.paint(&Canvas::new(size, rgb, hole)).await?;
            let painted = mirrored(&painted, size, mirror);
            for (mean, painted) in mean.iter_mut().zip(painted) {
                *mean += painted / mirrors.len() as f32;
            }
        }
        Ok(mean)
    }
}

/// Planes turned left to right, upside down, or both.
fn mirrored(planes: &[f32], [columns, rows]: [usize; 2], [across, down]: [bool; 2]) -> Vec<f32> {
    let from = |i: usize, last: usize, turned: bool| if turned { last - i } else { i };
    let at = |i: usize| {
        let [x, y] = [i % columns, i / columns];
        from(y, rows - 1, down) * columns + from(x, columns - 1, across)
    };
    let cells = columns * rows;
    planes.chunks_exact(cells).flat_map(|plane| (0..cells).map(move |i| plane[at(i)])).collect()
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256_from_bytes(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes every write");
        hex
    })
}

impl Generator {
    /// Reads a weight file onto `device`.
    ///
    /// `sha256` is what the manifest promises; `None` for a file that has no manifest.
    ///
    /// # Errors
    /// [`Error::WeightsDamaged`] when the hash differs or the file is cut off,
    /// [`Error::WeightsMisfit`] when a tensor is missing, unknown or of another shape.
    pub fn from_bytes(
        name: &str,
        sha256: Option<&str>,
        bytes: &[u8],
        device: &Device,
    ) -> Result<Self> {
        let damaged = |why: String| Error::WeightsDamaged { name: name.into(), why };
        let found = sha256_from_bytes(bytes);
        if sha256.is_some_and(|promised| promised != found) {
            return Err(damaged(format!("its SHA-256 is {found}")));
        }
        SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
        let card = card_from_file(bytes).map_err(|why| misfit(name, why))?;
        let net = net_from_bytes(card.config.init(device), name, bytes)?;
        Ok(Self { card, sha256: found, net })
    }
}

fn misfit(name: &str, why: String) -> Error {
    Error::WeightsMisfit { name: name.into(), why }
}

fn card_from_file(bytes: &[u8]) -> std::result::Result<Card, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let card = metadata.metadata().as_ref().and_then(|all| all.get("naobu"));
    let card = card.ok_or("it has no `naobu` card")?;
    let card: Card = serde_json::from_str(card)
        .map_err(|error| format!("its card is of another version: {error}"))?;
    if !(1..=4096).contains(&card.side_px) {
        return Err(format!("its card speaks of pictures of {} pixels", card.side_px));
    }
    card.config.check()?;
    if !card.config.does(card.task) {
        return Err(format!("its network cannot {}", card.task.name()));
    }
    Ok(card)
}
