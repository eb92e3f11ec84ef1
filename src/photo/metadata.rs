//! What a file says about its picture: read at decoding, written again only when asked for.
//!
//! Photos must not leak: nothing is written unless the caller passes it on, so the position, the
//! camera's serial number and the small old picture inside EXIF are gone by default. What is kept
//! is made true first: upright, sRGB, of the new size, without the thumbnail that would still show
//! what was removed. Deliberately absent: IPTC blocks, the parts of XMP beyond one JPEG segment, and
//! any look into the maker's own notes, where some cameras hide a second preview. Start at
//! [`Metadata`].
//!
//! # Source
//! EXIF 2.32 (the TIFF structure and its tags); Adobe XMP 1, parts 1 and 3 (the packet and where
//! each format keeps it); IPTC's digital source type for pictures that a trained model completed.

use image::metadata::Orientation;

use crate::error::{Error, Result};

/// Longer EXIF or XMP is left out: one segment of a JPEG holds 65 533 bytes, heading and all.
pub const MAX_BLOCK_BYTES: usize = 65_000;

const BLOCK_START: &str = "<rdf:Description rdf:about=\"\" xmlns:naobu=\"urn:naobu:1.0#\"";
const BLOCK_END: &str = "</rdf:Description>";
const NOTE_START: &str = "<naobu:note>";
const NOTE_END: &str = "</naobu:note>";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const RDF_END: &str = "</rdf:RDF>";
const COMPOSITE: &str =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
const CAPTURE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture";

/// What a file says about its picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// EXIF from its TIFF heading on; its orientation is "upright" and its thumbnail is gone.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet, as text.
    pub xmp: Option<String>,
    /// What [`Extras::note`](super::encode::Extras) said when we wrote the file.
    pub note: Option<String>,
    /// What became of the colour profile.
    pub profile: ProfileUse,
    /// Names of the blocks that are unreadable or over [`MAX_BLOCK_BYTES`], and so not here.
    pub left_out: Vec<&'static str>,
}

/// What became of a file's colour profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfileUse {
    /// None: the numbers were taken for sRGB.
    #[default]
    Absent,
    /// It describes sRGB: no byte was changed.
    Srgb,
    /// The colours were converted to sRGB.
    Converted,
    /// Damaged, or of a kind that we cannot use: the numbers were taken for sRGB.
    Ignored,
}

impl Metadata {
    /// Takes in the blocks of a file; also says how the picture has to be turned.
    pub(super) fn read(exif: Option<Vec<u8>>, xmp: Option<Vec<u8>>) -> (Self, Orientation) {
        let mut metadata = Self::default();
        let mut orientation = Orientation::NoTransforms;
        if let Some(mut exif) = exif {
            if exif.starts_with(b"Exif\0\0") {
                // The heading belongs to JPEG; some programs write it into other formats too.
                exif.drain(..6);
            }
            orientation = Orientation::remove_from_exif_chunk(&mut exif).unwrap_or(orientation);
            metadata.exif = kept_exif(exif);
            if metadata.exif.is_none() {
                metadata.left_out.push("EXIF");
            }
        }
        if let Some(xmp) = xmp {
            let is_usable = (1..=MAX_BLOCK_BYTES).contains(&xmp.len());
            let text = is_usable.then(|| String::from_utf8(xmp).ok());
            metadata.xmp = text.flatten().map(upright_xmp);
            metadata.note = metadata.xmp.as_deref().and_then(note_from_xmp);
            if metadata.xmp.is_none() {
                metadata.left_out.push("XMP");
            }
        }
        (metadata, orientation)
    }

    /// EXIF for a picture of this size.
    pub(super) fn exif_for(&self, [width, height]: [u32; 2]) -> Option<Vec<u8>> {
        let mut exif = self.exif.clone()?;
        let mut tiff = Tiff::new(&mut exif)?;
        if let Some(first) = tiff.u32(4) {
            tiff.set(first, 0x0100, width);
            tiff.set(first, 0x0101, height);
            if let Some(details) = tiff.number(first, 0x8769) {
                tiff.set(details, 0xA002, width);
                tiff.set(details, 0xA003, height);
            }
        }
        Some(exif)
    }
}

/// The XMP packet for a file: what is kept of the old one, and the note.
///
/// # Errors
/// [`Error::BadSetting`] if both together are longer than [`MAX_BLOCK_BYTES`].
pub(super) fn xmp_with_note(kept: Option<&str>, note: Option<&str>) -> Result<Option<String>> {
    let kept = kept.map(without_note);
    let Some(note) = note else { return Ok(kept) };
    // A picture that says "taken by a camera" would lie now; a second statement would be invalid.
    let kept = kept.map(|kept| kept.replace(CAPTURE, COMPOSITE));
    let is_stated = kept.as_ref().is_some_and(|kept| kept.contains("DigitalSourceType"));
    let source = if is_stated {
        String::new()
    } else {
        let namespace = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
        format!(" xmlns:Iptc4xmpExt=\"{namespace}\" Iptc4xmpExt:DigitalSourceType=\"{COMPOSITE}\"")
    };
    let note = escaped(note);
    let block = format!("{BLOCK_START}{source}>{NOTE_START}{note}{NOTE_END}{BLOCK_END}");
    let packet = match kept.as_ref().and_then(|kept| kept.rsplit_once(RDF_END)) {
        Some((head, tail)) => format!("{head}{block}{RDF_END}{tail}"),
        None => format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">\
             {block}{RDF_END}</x:xmpmeta><?xpacket end=\"w\"?>"
        ),
    };
    if packet.len() > MAX_BLOCK_BYTES {
        return Err(Error::BadSetting {
            name: "note",
            expected: format!("at most {MAX_BLOCK_BYTES} bytes, with the XMP that is kept"),
            found: packet.len().to_string(),
        });
    }
    Ok(Some(packet))
}

/// Without the block that we wrote earlier.
fn without_note(xmp: &str) -> String {
    let Some((head, rest)) = xmp.split_once(BLOCK_START) else { return xmp.into() };
    let Some((_, tail)) = rest.split_once(BLOCK_END) else { return xmp.into() };
    [head, tail].concat()
}

fn note_from_xmp(xmp: &str) -> Option<String> {
    let (_, block) = xmp.split_once(BLOCK_START)?;
    let (_, rest) = block.split_once(NOTE_START)?;
    let (note, _) = rest.split_once(NOTE_END)?;
    Some(note.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Fit for XML 1.0, which has no place for control characters.
fn escaped(text: &str) -> String {
    let is_allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.chars().filter(is_allowed).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// XMP may repeat the orientation, as an attribute or as an element.
fn upright_xmp(mut xmp: String) -> String {
    let key = "tiff:Orientation";
    let starts: Vec<usize> = xmp.match_indices(key).map(|(at, _)| at + key.len()).collect();
    for at in starts {
        let value =
            at + xmp[at..].find(|c: char| !matches!(c, '=' | '"' | '\'' | '>')).unwrap_or(0);
        if xmp[value..].starts_with(|c| ('2'..='8').contains(&c)) {
            xmp.replace_range(value..=value, "1");
        }
    }
    xmp
}

/// Without its thumbnail and marked as sRGB; `None` if it is not EXIF or still too long.
fn kept_exif(mut exif: Vec<u8>) -> Option<Vec<u8>> {
    let mut tiff = Tiff::new(&mut exif)?;
    let first = tiff.u32(4)?;
    if let Some(details) = tiff.number(first, 0x8769) {
        tiff.set(details, 0xA001, 1);
    }
    let mut end = tiff.bytes.len();
    let link = tiff.end_of(first)?;
    let thumbnail = tiff.u32(link)?;
    if thumbnail > 0 {
        let [at, length] = [0x0201, 0x0202].map(|tag| tiff.number(thumbnail, tag).unwrap_or(0));
        let range = at..at.saturating_add(length);
        if let Some(bytes) = tiff.bytes.get_mut(range.clone()) {
            bytes.fill(0);
            // Mostly the picture is the end of the block, and most of its bytes.
            if range.end == end {
                end = range.start.max(link + 4);
            }
        }
        tiff.put(link, &[0; 4]);
    }
    exif.truncate(end);
    (exif.len() <= MAX_BLOCK_BYTES).then_some(exif)
}

/// EXIF's structure: directories of twelve-byte entries, read and changed in place.
struct Tiff<'a> {
    bytes: &'a mut [u8],
    is_big_endian: bool,
}

impl<'a> Tiff<'a> {
    fn new(bytes: &'a mut [u8]) -> Option<Self> {
        let is_big_endian = match bytes.get(..4)? {
            [b'M', b'M', 0, 42] => true,
            [b'I', b'I', 42, 0] => false,
            _ => return None,
        };
        Some(Self { bytes, is_big_endian })
    }

    fn u16(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        let value =
            if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
        Some(usize::from(value))
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value =
            if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        usize::try_from(value).ok()
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        if let Some(place) = at.checked_add(value.len()).and_then(|end| self.bytes.get_mut(at..end))
        {
            place.copy_from_slice(value);
        }
    }

    /// Where the link to the next directory stands.
    fn end_of(&self, directory: usize) -> Option<usize> {
        directory.checked_add(2 + 12 * self.u16(directory)?)
    }

    /// Where the entry of a tag begins.
    fn entry(&self, directory: usize, tag: usize) -> Option<usize> {
        let end = self.end_of(directory)?;
        (directory + 2..end).step_by(12).find(|&at| self.u16(at) == Some(tag))
    }

    /// The value of a tag that is a single short or long number.
    fn number(&self, directory: usize, tag: usize) -> Option<usize> {
        let at = self.entry(directory, tag)?;
        match (self.u16(at + 2)?, self.u32(at + 4)?) {
            (3, 1) => self.u16(at + 8),
            (4 | 13, 1) => self.u32(at + 8),
            _ => None,
        }
    }

    /// Changes the value of such a tag where it is present and the new one fits.
    fn set(&mut self, directory: usize, tag: usize, value: u32) {
        let Some(at) = self.entry(directory, tag) else { return };
        let is_single = self.u32(at + 4) == Some(1);
        let short = u16::try_from(value);
        let [mut long, mut short] =
            [value.to_be_bytes().to_vec(), short.map_or(Vec::new(), |v| v.to_be_bytes().to_vec())];
        if !self.is_big_endian {
            long.reverse();
            short.reverse();
        }
        match self.u16(at + 2) {
            Some(3) if is_single => self.put(at + 8, &short),
            Some(4) if is_single => self.put(at + 8, &long),
            _ => {}
        }
    }
}
