//! Reads and writes weight files, and proves that they fit: hash, names, shapes.
//!
//! A weight file is safetensors; its metadata says what it is: see [`Card`]. Nothing in it can
//! execute. How the numbers lie in it is in `file`; what a network then does, in [`crate::generator`].

mod file;

use burn::tensor::Device;
use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::model::{Network, NetworkConfig};
use crate::task::Task;
use crate::work::Work;

pub use file::{Precision, bytes_from_net, net_from_bytes, part_from_bytes};

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
    /// The published work that it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
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
    /// As in the file's [`Card`]; it is then nobody's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// Which entry of the log of training runs it is; empty if it is not known.
    #[serde(default)]
    pub run: String,
    /// The commit of the code that packed it; empty if it is not known.
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
    /// Returns what ships for a task.
    #[must_use]
    pub fn shipped(&self, task: Task) -> Option<&Entry> {
        self.weights.iter().find(|entry| entry.task == task && entry.work.is_none())
    }

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
            work: card.work,
            run: run.to_owned(),
            commit: commit.to_owned(),
        };
        match self.weights.iter_mut().find(|other| other.name == entry.name) {
            Some(other) => *other = entry,
            None => self.weights.push(entry),
        }
    }
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

/// Reads a weight file onto `device`: its card, its SHA-256 and its network.
///
/// `sha256` is what the manifest promises; `None` for a file that has no manifest.
///
/// # Errors
/// [`Error::WeightsDamaged`] when the hash differs or the file is cut off,
/// [`Error::WeightsMisfit`] when a tensor is missing, unknown or of another shape.
pub fn read(
    name: &str,
    sha256: Option<&str>,
    bytes: &[u8],
    device: &Device,
) -> Result<(Card, String, Network)> {
    let damaged = |why: String| Error::WeightsDamaged { name: name.into(), why };
    let found = sha256_from_bytes(bytes);
    if sha256.is_some_and(|promised| promised != found) {
        return Err(damaged(format!("its SHA-256 is {found}")));
    }
    SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
    let card = card_from_file(bytes).map_err(|why| misfit(name, why))?;
    let net = net_from_bytes(card.config.init(device), name, bytes)?;
    Ok((card, found, net))
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
