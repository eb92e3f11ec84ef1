//! Colours of any ICC profile to sRGB, the space in which everything here works.
//!
//! `moxcms` reads the profile, its curves and its tables; the few steps from there to bytes are
//! here, because its ready-made transforms weigh 70 kB of compressed wasm and take other roads on
//! other processors. Always holds: alpha stays as it is, and a profile that describes sRGB changes
//! no byte. Deliberately absent: black point compensation, and tone mapping of HDR curves.
//!
//! # Source
//! ICC.1:2022, chapters 8.10 (computational models) and 10 (tag types). The perceptual table is
//! used where there is one, as Little CMS and browsers do; matrix profiles are relative colorimetric.

use moxcms::{
    ColorProfile, Cube, DataColorSpace, Hypercube, Lab, LutStore, LutWarehouse, ParametricCurve,
    ToneReprCurve,
};

/// The least that each channel of white may become.
const NEARLY_WHITE: u8 = 224;

/// A profile longer than this is not read. The largest of the trade, for print, have 3 MB.
pub(super) const MAX_PROFILE_BYTES: usize = 4 * 1024 * 1024;
/// Steps of the table from linear light to sRGB: a twentieth of a step of 255 where it is steepest.
const ENCODED_LEVELS: usize = 1 << 16;
/// What 1.0 stands for in the XYZ connection space.
const PCS_XYZ_ONE: f32 = 1.0 + 32767.0 / 32768.0;

/// A curve from 0..1 to 0..1. Those of `moxcms` bring their own powers and logarithms, 20 kB.
enum ProfileCurve {
    Table(Vec<f32>),
    Power(ParametricCurve),
}

/// How many levels a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Eight,
    Sixteen,
}

/// The way from samples of one profile to sRGB bytes.
pub(super) struct ToSrgb {
    /// What each level of each channel stands for, 0 to 1: one table for grey, three or four.
    curves: Vec<Vec<f32>>,
    device: Device,
    /// From linear light to a byte.
    encoded: Vec<u8>,
}

/// What follows the curves.
enum Device {
    Grey,
    /// To linear light of sRGB.
    Matrix([[f32; 3]; 3]),
    Table(Box<DeviceTable>),
}

/// A profile's table from device to connection space.
struct DeviceTable {
    grid: Vec<f32>,
    points: [u8; 4],
    /// The newer table type may have it.
    middle: Option<Middle>,
    last: [ProfileCurve; 3],
    space: Space,
    srgb_from_xyz: [[f32; 3]; 3],
}

/// What comes between the grid and the last curves.
struct Middle {
    curves: [ProfileCurve; 3],
    matrix: [[f32; 3]; 3],
    offset: [f32; 3],
}

/// How three numbers from 0 to 1 stand for a colour of the connection space.
enum Space {
    Xyz,
    Lab {
        /// The 16-bit tables keep the coding of version 2, where 0xFF00 stands for 100.
        scale: f32,
    },
}

impl ToSrgb {
    /// Reads a profile's file; `None` if it cannot be used for `channels` (1, 3 or 4).
    ///
    /// Grey pictures may carry a colour profile; they are taken for three equal channels.
    pub(super) fn from_icc(icc: &[u8], channels: usize, depth: Depth) -> Option<Self> {
        let is_short = icc.len() <= MAX_PROFILE_BYTES;
        let profile = is_short.then(|| ColorProfile::new_from_slice(icc).ok())??;
        Self::from_profile(&profile, channels, depth)
    }

    /// As [`Self::from_icc`], for a profile in memory.
    pub(super) fn from_profile(
        profile: &ColorProfile,
        channels: usize,
        depth: Depth,
    ) -> Option<Self> {
        let srgb = ColorProfile::new_srgb();
        let srgb_from_xyz = matrix_from_moxcms(&srgb.colorant_matrix().inverse().v)?;
        let perceptual = profile.lut_a_to_b_perceptual.as_ref();
        let table = perceptual.or(profile.lut_a_to_b_colorimetric.as_ref());
        let trc = |curve: &Option<ToneReprCurve>| ProfileCurve::new(curve.as_ref()?);
        let (curves, device) = match (profile.color_space, channels, table) {
            (DataColorSpace::Gray, 1, _) => (vec![trc(&profile.gray_trc)?], Device::Grey),
            (DataColorSpace::Rgb, 1 | 3, None) => {
                let curves = [&profile.red_trc, &profile.green_trc, &profile.blue_trc].map(trc);
                let matrix = matrix_from_moxcms(&profile.transform_matrix(&srgb).v)?;
                (curves.into_iter().collect::<Option<_>>()?, Device::Matrix(matrix))
            }
            (DataColorSpace::Rgb, 1 | 3, Some(table)) => {
                let (curves, table) = DeviceTable::new(table, 3, profile.pcs, srgb_from_xyz)?;
                (curves, Device::Table(Box::new(table)))
            }
            (DataColorSpace::Cmyk, 4, Some(table)) => {
                let (curves, table) = DeviceTable::new(table, 4, profile.pcs, srgb_from_xyz)?;
                (curves, Device::Table(Box::new(table)))
            }
            _ => return None,
        };
        let mut curves: Vec<_> = curves.iter().map(|curve| curve.levels(depth)).collect();
        if matches!(device, Device::Grey) && profile.pcs == DataColorSpace::Lab {
            // Grey that was measured in lightness: no tint, so a* and b* are in the middle.
            let middle = 128.0 / 255.0;
            curves[0].iter_mut().for_each(|l| *l = xyz_from_lab([*l, middle, middle])[1]);
        }
        Some(Self { curves, device, encoded: encoded_levels() }).filter(Self::keeps_white)
    }

    /// Whether white stays as good as white: a profile that cannot be read whole, or whose primaries
    /// are absurd, turns pictures black or magenta.
    fn keeps_white(&self) -> bool {
        let top = self.curves[0].len() - 1;
        let white = if self.curves.len() == 4 { self.srgb([0; 4]) } else { self.srgb([top; 3]) };
        white.iter().all(|value| *value >= NEARLY_WHITE)
    }

    /// Whether it moves no colour by more than one step of 255, so that bytes are better left alone.
    pub(super) fn is_identity(&self) -> bool {
        let top = self.curves[0].len() - 1;
        let stays = |colour: [u8; 3]| {
            let got = self.srgb(colour.map(|v| usize::from(v) * top / 255));
            got.iter().zip(colour).all(|(got, wanted)| got.abs_diff(wanted) <= 1)
        };
        let corners = (0..9_usize.pow(3)).map(|i| [i / 81, i / 9 % 9, i % 9]);
        let mut lattice = corners.map(|c| c.map(|v| u8::try_from(v * 255 / 8).unwrap_or(255)));
        match self.curves.len() {
            4 => false,
            1 => (0..=255).all(|v| stays([v; 3])),
            _ => {
                let ramps = |v| [[v; 3], [v, 0, 0], [0, v, 0], [0, 0, v]].into_iter().all(stays);
                (0..=255).all(ramps) && lattice.all(stays)
            }
        }
    }

    /// Converts RGBA8 in place; grey is read from the first channel.
    pub(super) fn convert_rgba8(&self, rgba: &mut [u8]) {
        for pixel in rgba.chunks_exact_mut(4) {
            let colour = self.srgb([pixel[0], pixel[1], pixel[2]].map(usize::from));
            pixel[..3].copy_from_slice(&colour);
        }
    }

    /// Converts ink amounts (0 none, 255 full) in place to opaque RGBA8.
    pub(super) fn convert_cmyk8(&self, pixels: &mut [u8]) {
        let mut last = ([0; 4], self.srgb([0; 4]));
        for pixel in pixels.chunks_exact_mut(4) {
            let inks = [pixel[0], pixel[1], pixel[2], pixel[3]];
            if inks != last.0 {
                last = (inks, self.srgb(inks.map(usize::from)));
            }
            pixel[..3].copy_from_slice(&last.1);
            pixel[3] = 255;
        }
    }

    /// The bytes for one colour, given by its levels.
    pub(super) fn srgb<const N: usize>(&self, levels: [usize; N]) -> [u8; 3] {
        let channel = |i: usize| self.curves[i][levels[i]];
        let linear = match &self.device {
            Device::Grey => [channel(0); 3],
            Device::Matrix(matrix) => times(matrix, [channel(0), channel(1), channel(2)]),
            Device::Table(table) => {
                let fourth = if N == 4 { channel(3) } else { 0.0 };
                table.linear([channel(0), channel(1), channel(2), fourth], N)
            }
        };
        linear.map(|light| self.encoded[nearest(light, ENCODED_LEVELS - 1)])
    }
}

impl ProfileCurve {
    /// Nothing for a formula with a wrong number of parameters.
    fn new(curve: &ToneReprCurve) -> Option<Self> {
        let power = |g| Some(Self::Power(ParametricCurve::new(&[g])?));
        match curve {
            ToneReprCurve::Lut(values) => match values[..] {
                [] => power(1.0),
                // A single entry is an exponent, in 256ths.
                [exponent] => power(f32::from(exponent) / 256.0),
                _ => Some(Self::Table(values.iter().map(|&v| f32::from(v) / 65_535.0).collect())),
            },
            ToneReprCurve::Parametric(values) if values.is_empty() => None,
            ToneReprCurve::Parametric(values) => ParametricCurve::new(values).map(Self::Power),
        }
    }

    fn at(&self, x: f32) -> f32 {
        let x = x.clamp(0.0, 1.0);
        let y = match self {
            Self::Table(values) => {
                let last = values.len() - 1;
                let place = x * last as f32;
                let below = nearest(place.floor() / last as f32, last);
                let part = place - below as f32;
                values[below] + (values[(below + 1).min(last)] - values[below]) * part
            }
            Self::Power(p) if x < p.d => p.c * x + p.f,
            Self::Power(p) => (p.a * x + p.b).powf(p.g) + p.e,
        };
        y.clamp(0.0, 1.0)
    }

    /// The curve at every level of a sample.
    fn levels(&self, depth: Depth) -> Vec<f32> {
        let top = match depth {
            Depth::Eight => 255,
            Depth::Sixteen => 65_535_u16,
        };
        (0..=top).map(|v| self.at(f32::from(v) / f32::from(top))).collect()
    }
}

impl DeviceTable {
    /// The curves before the grid, and the rest; `None` if the parts do not fit together.
    fn new(
        table: &LutWarehouse,
        inputs: usize,
        pcs: DataColorSpace,
        srgb_from_xyz: [[f32; 3]; 3],
    ) -> Option<(Vec<ProfileCurve>, Self)> {
        let mut middle = None;
        let mut scale = 1.0;
        let (first, grid, points, last) = match table {
            LutWarehouse::Lut(table) => {
                if matches!(table.clut_table, LutStore::Store16(_)) {
                    scale = 65_535.0 / 65_280.0;
                }
                let first = split(&table.input_table, table.num_input_table_entries);
                let last = split(&table.output_table, table.num_output_table_entries);
                (first, Some(&table.clut_table), [table.num_clut_grid_points; 4], last)
            }
            LutWarehouse::Multidimensional(table) => {
                if !table.m_curves.is_empty() {
                    middle = Some(Middle {
                        curves: three(&table.m_curves)?,
                        matrix: matrix_from_moxcms(&table.matrix.v)?,
                        offset: table.bias.v.map(narrow),
                    });
                }
                let mut first = table.a_curves.clone();
                if table.clut.is_none() {
                    // Then there are no curves before it either; an empty one changes nothing.
                    first = vec![ToneReprCurve::Lut(Vec::new()); 3];
                }
                let points = [0, 1, 2, 3].map(|i| table.grid_points[i]);
                (first, table.clut.as_ref(), points, table.b_curves.clone())
            }
        };
        let grid = grid.map_or_else(Vec::new, |grid| match grid {
            LutStore::Store8(values) => values.iter().map(|&v| f32::from(v) / 255.0).collect(),
            LutStore::Store16(values) => values.iter().map(|&v| f32::from(v) / 65_535.0).collect(),
        });
        let nodes: usize = points[..inputs].iter().map(|&n| usize::from(n)).product();
        let is_whole = nodes > 0 && grid.len() % 3 == 0 && grid.len() / 3 == nodes;
        let is_left_out = grid.is_empty() && inputs == 3;
        let space = match pcs {
            DataColorSpace::Lab => Space::Lab { scale },
            DataColorSpace::Xyz => Space::Xyz,
            _ => return None,
        };
        let first: Vec<ProfileCurve> =
            first.iter().map(ProfileCurve::new).collect::<Option<_>>()?;
        let last = three(&last)?;
        ((is_whole || is_left_out) && first.len() == inputs)
            .then_some((first, Self { grid, points, middle, last, space, srgb_from_xyz }))
    }

    /// Linear light of sRGB.
    fn linear(&self, [x, y, z, w]: [f32; 4], inputs: usize) -> [f32; 3] {
        let [a, b, c, _] = self.points;
        // The lengths were compared in `new`, so that neither of the two can fail.
        let mut colour = match inputs {
            4 => Hypercube::new_hypercube(&self.grid, self.points, 3)
                .map_or([x, y, z], |grid| grid.quadlinear_vec3(x, y, z, w).v),
            _ if self.grid.is_empty() => [x, y, z],
            _ => Cube::new_cube(&self.grid, [a, b, c], 3)
                .map_or([x, y, z], |grid| grid.trilinear_vec3(x, y, z).v),
        };
        let through = |curves: &[ProfileCurve; 3], colour: [f32; 3]| {
            [0, 1, 2].map(|i| curves[i].at(colour[i]))
        };
        if let Some(middle) = &self.middle {
            colour = times(&middle.matrix, through(&middle.curves, colour));
            colour = [0, 1, 2].map(|i| colour[i] + middle.offset[i]);
        }
        colour = through(&self.last, colour);
        let xyz = match self.space {
            Space::Xyz => colour.map(|v| v * PCS_XYZ_ONE),
            Space::Lab { scale } => xyz_from_lab(colour.map(|v| v * scale)),
        };
        times(&self.srgb_from_xyz, xyz)
    }
}

/// XYZ under D50 from L*, a* and b*, each coded from 0 to 1.
fn xyz_from_lab([l, a, b]: [f32; 3]) -> [f32; 3] {
    let xyz = Lab::new(l, a, b).to_pcs_xyz();
    [xyz.x, xyz.y, xyz.z].map(|v| v * PCS_XYZ_ONE)
}

/// One curve a channel, from a table that holds them one after the other.
fn split(tables: &LutStore, entries: u16) -> Vec<ToneReprCurve> {
    // A single entry would be taken for an exponent.
    let entries = usize::from(entries).max(2);
    let values: Vec<u16> = match tables {
        LutStore::Store8(values) => values.iter().map(|&v| u16::from(v) * 257).collect(),
        LutStore::Store16(values) => values.clone(),
    };
    values.chunks_exact(entries).map(|curve| ToneReprCurve::Lut(curve.to_vec())).collect()
}

fn three(curves: &[ToneReprCurve]) -> Option<[ProfileCurve; 3]> {
    let [a, b, c] = curves else { return None };
    Some([ProfileCurve::new(a)?, ProfileCurve::new(b)?, ProfileCurve::new(c)?])
}

/// The curve of sRGB (IEC 61966-2-1) from linear light to bytes.
fn encoded_levels() -> Vec<u8> {
    let encode = |light: f32| {
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
    };
    (0..ENCODED_LEVELS)
        .map(|i| nearest(encode(i as f32 / (ENCODED_LEVELS - 1) as f32), 255))
        .map(|v| u8::try_from(v).unwrap_or(255))
        .collect()
}

/// `unit`, cut to 0 to 1, as the nearest of the levels from 0 to `top`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to 0..=top")]
fn nearest(unit: f32, top: usize) -> usize {
    (unit.clamp(0.0, 1.0) * top as f32 + 0.5) as usize
}

fn times(matrix: &[[f32; 3]; 3], [x, y, z]: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| (row[0] * x + row[1] * y) + row[2] * z)
}

/// Nothing unless all numbers are finite.
fn matrix_from_moxcms(matrix: &[[f64; 3]; 3]) -> Option<[[f32; 3]; 3]> {
    let matrix = matrix.map(|row| row.map(narrow));
    matrix.iter().flatten().all(|v| v.is_finite()).then_some(matrix)
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are plenty for a colour")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use moxcms::{LutMultidimensionalType, Matrix3d, ProfileClass, Vector3d};

    /// sRGB once more, as the newer table type: two grid points a channel that change nothing (or
    /// none at all), the curves, the matrix of its primaries, and three straight curves.
    fn table_profile(grid: Option<LutStore>, matrix: Matrix3d) -> ColorProfile {
        let srgb = ColorProfile::new_srgb();
        let straight = || vec![ToneReprCurve::Lut(Vec::new()); 3];
        let curve = srgb.red_trc.clone().unwrap();
        let scaled = matrix.v.map(|row| row.map(|v| v / f64::from(PCS_XYZ_ONE)));
        let mut grid_points = [0; 16];
        grid_points[..3].fill(2);
        let mut profile = ColorProfile::default();
        profile.profile_class = ProfileClass::DisplayDevice;
        profile.color_space = DataColorSpace::Rgb;
        profile.pcs = DataColorSpace::Xyz;
        profile.lut_a_to_b_perceptual =
            Some(LutWarehouse::Multidimensional(LutMultidimensionalType {
                num_input_channels: 3,
                num_output_channels: 3,
                grid_points,
                clut: grid,
                a_curves: straight(),
                b_curves: straight(),
                m_curves: vec![curve; 3],
                matrix: Matrix3d { v: scaled },
                bias: Vector3d { v: [0.0; 3] },
            }));
        profile
    }

    #[test]
    fn the_newer_table_type_can_say_what_a_matrix_says() {
        let [srgb, p3] = [ColorProfile::new_srgb(), ColorProfile::new_display_p3()]
            .map(|profile| profile.colorant_matrix());
        let corner = |i: u8| [i >> 2 & 1, i >> 1 & 1, i & 1].map(|bit| bit * 255);
        let grid = || LutStore::Store8((0..8).flat_map(corner).collect());
        for has_grid in [true, false] {
            let convert = |matrix| {
                let profile = table_profile(has_grid.then(grid), matrix);
                ToSrgb::from_profile(&profile, 3, Depth::Eight).unwrap()
            };
            assert!(convert(srgb).is_identity());
            assert!(!convert(p3).is_identity(), "control");
            // As through the P3 profile itself, whose numbers `tests/files.rs` pins.
            assert_eq!(convert(p3).srgb([200, 100, 50]), [215, 93, 31]);
        }
    }

    #[test]
    fn tables_whose_parts_do_not_fit_are_refused() {
        let matrix = ColorProfile::new_srgb().colorant_matrix();
        for values in [23, 25, 24 * 2] {
            let profile = table_profile(Some(LutStore::Store16(vec![u16::MAX; values])), matrix);
            assert!(ToSrgb::from_profile(&profile, 3, Depth::Eight).is_none(), "{values}");
        }
        let profile = table_profile(Some(LutStore::Store16(vec![u16::MAX; 24])), matrix);
        assert!(ToSrgb::from_profile(&profile, 3, Depth::Eight).is_some(), "control");
        assert!(ToSrgb::from_profile(&profile, 4, Depth::Eight).is_none(), "inks need four");
    }

    #[test]
    fn a_profile_that_darkens_white_is_not_used() {
        let matrix = ColorProfile::new_srgb().colorant_matrix();
        for (level, is_used) in [(u16::MAX, true), (u16::MAX / 10 * 9, true), (9, false)] {
            let profile = table_profile(Some(LutStore::Store16(vec![level; 24])), matrix);
            let used = ToSrgb::from_profile(&profile, 3, Depth::Eight).is_some();
            assert_eq!(used, is_used, "{level}");
        }
        let mut blind = ColorProfile::new_srgb();
        blind.red_colorant = moxcms::Xyzd::default();
        assert!(ToSrgb::from_profile(&blind, 3, Depth::Eight).is_none(), "without its red");
    }
}
