//! Cuts a thing out: from a photo and clicks to what was selected, and from that to the thing on
//! another backdrop.
//!
//! [`Looked`] is what a network saw of a photo; it looks once, and then answers clicks one after
//! another. [`cut_out`] needs no network. What always holds: a pixel that belongs wholly keeps its
//! bytes, and where nothing lies behind the thing, a pixel that does not belong is transparent.
//! Start reading at [`select`].

use burn::tensor::activation::sigmoid;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};

use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::model::Network;
use crate::model::segmenter::{CELL_PX, CLICK, GRID_PX, Seen, Segmenter};
use crate::photo::hole::Hole;
use crate::photo::matte::{Backdrop, Matte, put_on, selected};
use crate::photo::{Photo, resize};
use crate::pixels::{rgb_planes, tensor_from_planes, values_from_tensor};
use crate::task::{Finish, Task};

/// One way to show a photo to the network.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// The longer side of what it sees, in pixels.
    side_px: usize,
    /// Whether left and right change places.
    mirrored: bool,
}

/// The ways whose answers are averaged, the one with the finest answer first: finer than the network
/// learnt, for finer edges, and as coarse as it learnt, where it knows best what belongs together.
const LOOKS: [Look; 2] =
    [Look { side_px: 320, mirrored: false }, Look { side_px: 224, mirrored: true }];
/// A selection with less than this share of the photo is none.
const LEAST: f64 = 0.0005;

/// A place that somebody clicked on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Click {
    /// `[x, y]` in photo pixels from the upper left corner.
    pub at: [f32; 2],
    /// Whether it belongs to the thing that is meant.
    pub belongs: bool,
}

/// What a network saw of a photo.
#[derive(Clone, Debug)]
pub struct Looked {
    photo: [u32; 2],
    views: [View; LOOKS.len()],
}

/// What a network saw in one look.
#[derive(Clone, Debug)]
struct View {
    look: Look,
    /// The photo on the network's grid, in its upper left corner.
    size: [usize; 2],
    /// All of the grid.
    padded: [usize; 2],
    seen: Seen,
}

impl Looked {
    /// Lets the network look at a photo.
    ///
    /// # Errors
    /// [`Error::WeightsMisfit`] when the generator tells nothing apart.
    pub fn at(photo: &Photo, generator: &Generator) -> Result<Self> {
        let net = segmenter(generator)?;
        let views = LOOKS.map(|look| View::new(photo, look, net, &generator.device()));
        Ok(Self { photo: photo.size(), views })
    }

    /// Returns how likely each cell of a grid that covers the photo belongs to what is clicked on, or
    /// to the photo's subject without a click: the grid's `[columns, rows]` and a plane in `0..=1`.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a click outside the photo; [`Error::WeightsMisfit`] when the
    /// generator tells nothing apart; [`Error::Device`] when the device fails.
    ///
    /// # Panics
    /// Never: there is a look.
    pub async fn likely(
        &self,
        clicks: &[Click],
        generator: &Generator,
    ) -> Result<([usize; 2], Vec<f32>)> {
        let net = segmenter(generator)?;
        check_clicks(clicks, self.photo)?;
        let answers = self.views.each_ref().map(|view| {
            let marks = view.marks(clicks, self.photo);
            let marks = tensor_from_planes(marks, view.padded, &generator.device());
            view.on_photo(net.forward(&view.seen, view.turned(marks)))
        });
        let [_, _, rows, columns] = answers[0].dims();
        let how = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
        let sum = answers.into_iter().reduce(|sum, answer| {
            sum + interpolate(answer, how.clone().with_output_size([rows, columns]))
        });
        let mean = sum.expect("at least one look") / LOOKS.len() as f32;
        Ok(([columns, rows], values_from_tensor(sigmoid(mean)).await?))
    }

    /// Selects what is clicked on in the photo that was looked at, or its subject without a click;
    /// `None` where nothing is found.
    ///
    /// # Errors
    /// As [`Looked::likely`].
    ///
    /// # Panics
    /// If it is another photo, of another size.
    pub async fn select(
        &self,
        photo: &Photo,
        clicks: &[Click],
        generator: &Generator,
    ) -> Result<Option<Hole>> {
        assert_eq!(photo.size(), self.photo, "the photo that was looked at");
        let (cells, likely) = self.likely(clicks, generator).await?;
        let hole = selected(photo, &likely, cells)?;
        let is_something = hole.count() as f64 >= LEAST * hole.pixels().len() as f64;
        Ok(is_something.then_some(hole))
    }
}

impl View {
    fn new(photo: &Photo, look: Look, net: &Segmenter, device: &Device) -> Self {
        let sides = photo.sides();
        let long = sides[0].max(sides[1]) as f32;
        let cells = (look.side_px / CELL_PX) as f32;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most a side"
        )]
        let size =
            sides.map(|side| (side as f32 / long * cells).round().max(1.0) as usize * CELL_PX);
        let padded = size.map(|side| side.next_multiple_of(GRID_PX));
        let whole = photo.size().map(|side| [0.0, f64::from(side)]);
        let rgb = rgb_planes(&resize::shrink_rgba(photo.rgba(), photo.size(), whole, size));
        let planes: Vec<f32> =
            rgb.chunks_exact(size[0] * size[1]).flat_map(|p| stretched(p, size, padded)).collect();
        let picture = tensor_from_planes(planes, padded, device);
        let picture = if look.mirrored { picture.flip([3]) } else { picture };
        Self { look, size, padded, seen: net.see(picture) }
    }

    /// Mirrors a map that lies as the photo does, or the other way round.
    fn turned(&self, map: Tensor<4>) -> Tensor<4> {
        if self.look.mirrored { map.flip([3]) } else { map }
    }

    /// The part of an answer that lies on the photo.
    fn on_photo(&self, answer: Tensor<4>) -> Tensor<4> {
        let [columns, rows] = self.size.map(|side| side / CELL_PX);
        self.turned(answer).narrow(2, 0, rows).narrow(3, 0, columns)
    }

    /// The clicks as discs on the network's grid.
    fn marks(&self, clicks: &[Click], photo: [u32; 2]) -> Vec<f32> {
        let width = self.padded[0];
        let mut marks = vec![0.0; width * self.padded[1]];
        let radius = CLICK * self.look.side_px as f32;
        for click in clicks {
            let centre =
                [0, 1].map(|axis| click.at[axis] * self.size[axis] as f32 / photo[axis] as f32);
            for (i, mark) in marks.iter_mut().enumerate() {
                let place = [(i % width) as f32 + 0.5, (i / width) as f32 + 0.5];
                if (place[0] - centre[0]).hypot(place[1] - centre[1]) <= radius {
                    *mark = if click.belongs { 1.0 } else { -1.0 };
                }
            }
        }
        marks
    }
}

fn check_clicks(clicks: &[Click], [w, h]: [u32; 2]) -> Result<()> {
    let is_inside =
        |at: [f32; 2]| (0.0..=w as f32).contains(&at[0]) && (0.0..=h as f32).contains(&at[1]);
    match clicks.iter().find(|click| !is_inside(click.at)) {
        None => Ok(()),
        Some(Click { at: [x, y], .. }) => Err(Error::BadSetting {
            name: "click",
            expected: format!("inside {w}×{h}"),
            found: format!("{x},{y}"),
        }),
    }
}

fn segmenter(Generator { card, net, .. }: &Generator) -> Result<&Segmenter> {
    match net {
        Network::Segmenter(net) => Ok(net),
        _ => {
            let why = format!("its network cannot {}", Task::Cutout.name());
            Err(Error::WeightsMisfit { name: card.name.clone(), why })
        }
    }
}

/// A plane of a larger size, in which the last column and row are repeated.
fn stretched(plane: &[f32], [w, h]: [usize; 2], [width, height]: [usize; 2]) -> Vec<f32> {
    let row = |y: usize| &plane[y.min(h - 1) * w..][..w];
    (0..height).flat_map(|y| (0..width).map(move |x| row(y)[x.min(w - 1)])).collect()
}

/// Looks at a photo and selects what is clicked on: see [`Looked::select`].
///
/// # Errors
/// As [`Looked::at`] and [`Looked::likely`].
pub async fn select(
    photo: &Photo,
    clicks: &[Click],
    generator: &Generator,
) -> Result<Option<Hole>> {
    Looked::at(photo, generator)?.select(photo, clicks, generator).await
}

/// Cuts out what was selected and puts it on a backdrop: with a soft edge, or, for
/// [`Finish::NetworkOnly`], along the edge that was selected.
///
/// # Errors
/// [`Error::HoleEmpty`] where nothing is selected, [`Error::HoleFull`] where everything is;
/// [`Error::BadSetting`] for a selection of another size, or a blur beyond its range.
pub fn cut_out(photo: Photo, hole: &Hole, backdrop: &Backdrop, finish: Finish) -> Result<Photo> {
    hole.check_fits(photo.size())?;
    if hole.is_empty() {
        return Err(Error::HoleEmpty);
    }
    if hole.is_full() {
        return Err(Error::HoleFull);
    }
    let matte = match finish {
        Finish::Blended => Matte::of_hole(&photo, hole)?,
        Finish::NetworkOnly => Matte::hard(hole),
    };
    put_on(photo, &matte, backdrop)
}
