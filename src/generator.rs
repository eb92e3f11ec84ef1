//! A network with its weights on a device, ready to paint: what every task asks.
//!
//! A task hands over a [`Canvas`] or a tensor and gets an answer of the same size; which network
//! answers, and how it wants to be asked, is decided here and in [`crate::model`]. Start reading at
//! [`Generator::paint`].

use burn::module::Module;
use burn::tensor::Device;

use crate::error::Result;
use crate::model::contextual_attention::AttentionMap;
use crate::model::{Network, Painted};
use crate::pixels::{Canvas, Fill, values_from_tensor};
use crate::task::Finish;
use crate::weights::{self, Card};
use crate::work::Work;

/// One look: the picture as it is.
pub const UPRIGHT: [[bool; 2]; 1] = [[false, false]];
/// Four looks: as it is, mirrored, upside down, and both.
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
    /// What it expects to find in the hole.
    #[must_use]
    pub fn fill(&self) -> Fill {
        self.card.config.fill(self.card.task)
    }

    /// How what it paints joins the photo, unless told otherwise.
    #[must_use]
    pub fn finish(&self) -> Finish {
        self.card.work.map_or(Finish::default(), Work::finish)
    }

    /// Reads a weight file onto `device`; see [`weights::read`].
    ///
    /// # Errors
    /// As [`weights::read`].
    pub fn from_bytes(
        name: &str,
        sha256: Option<&str>,
        bytes: &[u8],
        device: &Device,
    ) -> Result<Self> {
        let (card, sha256, net) = weights::read(name, sha256, bytes, device)?;
        Ok(Self { card, sha256, net })
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

    /// Paints one picture: returns three planes in `0..=1`, or slightly beyond. What lies outside
    /// the hole does not count.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device).
    pub async fn paint(&self, canvas: &Canvas) -> Result<Vec<f32>> {
        values_from_tensor(self.answer(canvas, 0).picture).await
    }

    /// As [`paint`](Self::paint), and tells the one cell that each painted cell looked at most, where
    /// the network looks at cells.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device).
    pub async fn paint_and_tell(
        &self,
        canvas: &Canvas,
    ) -> Result<(Vec<f32>, Option<AttentionMap>)> {
        let Painted { picture, mut looked, .. } = self.answer(canvas, 1);
        let painted = values_from_tensor(picture).await?;
        let map = match looked.pop() {
            Some(looked) => Some(looked.read().await?),
            None => None,
        };
        Ok((painted, map))
    }

    fn answer(&self, canvas: &Canvas, places: usize) -> Painted {
        let canvases = std::slice::from_ref(canvas);
        let input = self.card.config.input(self.card.task, canvases, &self.device());
        self.net.paint(input, canvases, places)
    }

    /// As [`paint`](Self::paint), but averages several looks: a small picture is shown once in each
    /// of the `mirrors` (left to right, upside down), a larger one only in the first.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device).
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
