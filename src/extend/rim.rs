//! Keeps the border of a photo while what lies inside of it is extended, and puts it back.

use super::Amounts;
use crate::error::Result;
use crate::photo::border::Border;
use crate::photo::origins::Origins;
use crate::photo::{Photo, Rect, size_from_sides};

/// A border that was taken off a photo.
#[derive(Debug)]
pub(super) struct Rim {
    border: Border,
    /// Of the photo with its border.
    size: [usize; 2],
    /// The border's pixels, in up to four strips that do not overlap.
    strips: Vec<(Rect, Vec<[u8; 4]>)>,
    is_painted_over: bool,
}

impl Rim {
    /// Takes a border off; nothing where there is none.
    ///
    /// # Errors
    /// As [`Border::check`].
    pub(super) fn taken_off(
        photo: Photo,
        border: Border,
        is_painted_over: bool,
    ) -> Result<(Photo, Option<Self>)> {
        if border.is_none() {
            return Ok((photo, None));
        }
        border.check(photo.size())?;
        let (size, inside) = (photo.sides(), border.inside(photo.size()));
        let [width, _] = size;
        let strips = [
            Rect { bottom: inside.top, ..Rect::whole(size) },
            Rect { top: inside.bottom, ..Rect::whole(size) },
            Rect { left: 0, right: inside.left, ..inside },
            Rect { left: inside.right, right: width, ..inside },
        ];
        let pixels = photo.rgba().as_chunks::<4>().0;
        let strips = strips.map(|strip| (strip, strip.cut(pixels, width))).into();
        let inner = Photo::from_rgba8(
            size_from_sides(inside.size()),
            inside.cut(pixels, width).into_flattened(),
        )?;
        Ok((inner, Some(Self { border, size, strips, is_painted_over })))
    }

    /// What has to be painted on each side before the photo itself grows.
    pub(super) fn amounts(&self) -> Amounts {
        let Border { left, top, right, bottom } = self.border;
        Amounts { left, top, right, bottom }
    }

    /// The photo with its border and what was painted around it. `picture`: what the border was
    /// taken off, grown by `painted` on each side. What nothing was painted for yet stays border.
    pub(super) fn put_back(&self, picture: &Photo, painted: Amounts) -> Photo {
        let (grown, missing) = (painted.beyond(self.amounts()), self.amounts().beyond(painted));
        let [across, down] = [grown.left + grown.right, grown.top + grown.bottom];
        let size = [self.size[0] + across as usize, self.size[1] + down as usize];
        let mut pixels = vec![[0; 4]; size[0] * size[1]];
        let of_picture = Rect::whole(picture.sides()).moved(corner(missing));
        let inner = picture.rgba().as_chunks().0;
        if self.is_painted_over {
            self.put_strips(&mut pixels, size[0], grown);
            of_picture.put(inner, &mut pixels, size[0]);
        } else {
            of_picture.put(inner, &mut pixels, size[0]);
            self.put_strips(&mut pixels, size[0], grown);
        }
        Photo::from_rgba8(size_from_sides(size), pixels.into_flattened())
            .expect("no larger than the result that was checked")
    }

    fn put_strips(&self, pixels: &mut [[u8; 4]], width: usize, grown: Amounts) {
        for (strip, of_strip) in &self.strips {
            strip.moved(corner(grown)).put(of_strip, pixels, width);
        }
    }

    /// Where the pixels of the result come from: those of a border that stays, from nowhere.
    pub(super) fn origins(&self, mut origins: Origins, painted: Amounts) -> Origins {
        let (grown, missing) = (painted.beyond(self.amounts()), self.amounts().beyond(painted));
        origins.grow(missing.left, missing.top);
        if !self.is_painted_over {
            self.strips.iter().for_each(|(strip, _)| origins.keep(strip.moved(corner(grown))));
        }
        origins
    }
}

/// How far a photo's corner moves when it grows.
fn corner(grown: Amounts) -> [usize; 2] {
    [grown.left, grown.top].map(|px| px as usize)
}
