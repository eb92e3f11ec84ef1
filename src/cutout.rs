//! Cuts a thing out: from a photo and clicks to what was selected, and from that to the thing on
//! another backdrop.
//!
//! [`Looked`] is what a network saw of a photo; it looks once, and then answers clicks one after
//! another. [`cut_out`] needs no network. What always holds: a pixel that belongs wholly keeps its
//! bytes, and where nothing lies behind the thing, a pixel that does not belong is transparent.
//! Start reading at [`select`].

use burn::tensor::Device;

use crate::error::{Error, Result};
use crate::generator::Generator;
use crate::looks::{self, Look};
use crate::model::Network;
use crate::model::segmenter::{CELL_PX, CLICK, GRID_PX, Seen, Segmenter};
use crate::photo::hole::Hole;
use crate::photo::matte::{Backdrop, Matte, put_on, selected};
use crate::photo::{Photo, size_from_sides};
use crate::pixels::{rgb_planes, tensor_from_planes, values_from_tensor};
use crate::task::{Finish, Task};

/// How long the longer side of what the network sees is, in pixels, and whether it is mirrored.
type Showing = (usize, bool);

/// The ways whose answers are averaged, the one with the finest answer first: finer than the network
/// learnt, for finer edges, and as coarse as it learnt, where it knows best what belongs together.
const LOOKS: [Showing; 2] = [(320, false), (224, true)];
/// A selection with less than this share of the photo is none.
const LEAST: f64 = 0.0005;
/// How far around what is drawn the network looks to fit it to a thing, in shares of its longer side.
const AROUND: f32 = 0.2;

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
    /// The longer side of what it saw, in pixels.
    side_px: usize,
    seen: Seen,
}

impl Looked {
    /// Lets the network look at a photo.
    ///
    /// # Errors
    /// [`Error::WeightsMisfit`] when the generator tells nothing apart.
    pub fn at(photo: &Photo, generator: &Generator) -> Result<Self> {
        let net = segmenter(generator)?;
        let views = LOOKS.map(|how| View::new(photo, how, net, &generator.device()));
        Ok(Self { photo: photo.size(), views })
    }

    /// Returns how likely each cell of a grid that covers the photo belongs to what is clicked on, or
    /// to the photo's subject without a click: the grid's `[columns, rows]` and a plane in `0..=1`.
    ///
    /// As long as all clicks say what was proposed without them, the proposal counts half: the
    /// network draws a subject as a whole better than from one of its places.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a click outside the photo; [`Error::WeightsMisfit`] when the
    /// generator tells nothing apart; [`Error::Device`] when the device fails.
    pub async fn likely(
        &self,
        clicks: &[Click],
        generator: &Generator,
    ) -> Result<([usize; 2], Vec<f32>)> {
        check_clicks(clicks, self.photo)?;
        let (cells, mut logits) = self.logits(clicks, generator).await?;
        if !clicks.is_empty() {
            let (_, proposed) = self.logits(&[], generator).await?;
            let is_proposed = |click: &Click| proposed[self.cell_of(click, cells)] > 0.0;
            if clicks.iter().all(|click| is_proposed(click) == click.belongs) {
                let both = logits.iter_mut().zip(proposed);
                both.for_each(|(logit, proposed)| *logit = f32::midpoint(*logit, proposed));
            }
        }
        Ok((cells, logits.into_iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect()))
    }

    /// What the network says of each cell, above 0 where it belongs.
    async fn logits(
        &self,
        clicks: &[Click],
        generator: &Generator,
    ) -> Result<([usize; 2], Vec<f32>)> {
        let net = segmenter(generator)?;
        let answers = self.views.each_ref().map(|view| {
            let marks = view.marks(clicks, self.photo);
            let marks = tensor_from_planes(marks, view.look.padded(), &generator.device());
            view.look.on_photo(net.forward(&view.seen, view.look.turned(marks)))
        });
        let mean = looks::mean(answers).expect("at least one look");
        let [_, _, rows, columns] = mean.dims();
        Ok(([columns, rows], values_from_tensor(mean).await?))
    }

    fn cell_of(&self, click: &Click, [columns, rows]: [usize; 2]) -> usize {
        let [x, y] = [(0, columns), (1, rows)].map(|(axis, cells)| {
            let share = click.at[axis] / self.photo[axis].max(1) as f32;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within the grid"
            )]
            let cell = (share * cells as f32) as usize;
            cell.min(cells - 1)
        });
        y * columns + x
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
    fn new(photo: &Photo, (side_px, mirrored): Showing, net: &Segmenter, device: &Device) -> Self {
        let look = Look::new(photo.size(), side_px, [CELL_PX, GRID_PX], mirrored);
        let [w, h] = look.size();
        let rgb = rgb_planes(&look.shrunk(photo));
        let planes = rgb.chunks_exact(w * h).flat_map(|plane| look.padded_plane(plane)).collect();
        let picture = look.turned(tensor_from_planes(planes, look.padded(), device));
        Self { look, side_px, seen: net.see(picture) }
    }

    /// The clicks as discs on the network's grid.
    fn marks(&self, clicks: &[Click], photo: [u32; 2]) -> Vec<f32> {
        let ([width, height], size) = (self.look.padded(), self.look.size());
        let mut marks = vec![0.0; width * height];
        let radius = CLICK * self.side_px as f32;
        for click in clicks {
            let centre = [0, 1].map(|axis| click.at[axis] * size[axis] as f32 / photo[axis] as f32);
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

/// Fits what is drawn around or over a thing to the thing itself: a rectangle or a loose loop becomes
/// its outline. `None` where nothing is found.
///
/// The network is shown the part of the photo around it, so that a small thing is seen as large as
/// any other, and is told its middle. Farther from what is drawn than it looks, nothing is selected.
///
/// # Errors
/// [`Error::HoleEmpty`] where nothing is drawn; [`Error::BadSetting`] for a hole of another size;
/// else as [`Looked::at`] and [`Looked::likely`].
pub async fn snap(photo: &Photo, drawn: &Hole, generator: &Generator) -> Result<Option<Hole>> {
    drawn.check_fits(photo.size())?;
    let bounds = drawn.bounds().ok_or(Error::HoleEmpty)?;
    let [w, h] = bounds.size();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a side"
    )]
    let beside = (AROUND * w.max(h) as f32).ceil() as usize;
    let seen = bounds.widened(beside, photo.sides());
    let part = Photo::from_rgba8(size_from_sides(seen.size()), photo.part(seen))?;
    let middle = middle_of(&drawn.part(seen), seen.size());
    let click = Click { at: middle, belongs: true };
    let Some(found) = select(&part, &[click], generator).await? else { return Ok(None) };
    let mut near = drawn.clone();
    near.grow(beside as f32 / 2.0)?;
    let both: Vec<u8> =
        found.pixels().iter().zip(near.part(seen)).map(|(&found, near)| found & near).collect();
    let mut pixels = vec![0; photo.rgba().len() / 4];
    seen.put(&both, &mut pixels, photo.sides()[0]);
    let hole = Hole::from_bytes(photo.size(), pixels)?;
    Ok((!hole.is_empty()).then_some(hole))
}

/// The mean place of what is drawn, or the drawn place that is nearest to it.
fn middle_of(drawn: &[u8], [width, _]: [usize; 2]) -> [f32; 2] {
    let places = || {
        let inside = drawn.iter().enumerate().filter(|(_, drawn)| **drawn == 1);
        inside.map(|(i, _)| [(i % width) as f32 + 0.5, (i / width) as f32 + 0.5])
    };
    let (mut sum, mut count) = ([0.0_f64; 2], 0.0);
    for [x, y] in places() {
        sum = [sum[0] + f64::from(x), sum[1] + f64::from(y)];
        count += 1.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the photo")]
    let mean = sum.map(|sum| (sum / f64::max(count, 1.0)) as f32);
    let away = |place: &[f32; 2]| (place[0] - mean[0]).hypot(place[1] - mean[1]);
    places().min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(mean)
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
        Finish::NetworkOnly | Finish::Published(_) => Matte::hard(hole),
    };
    put_on(photo, &matte, backdrop)
}
