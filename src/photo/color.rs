//! Colours in the spaces that separate lightness from chroma: CIE Lab and YUV.
//!
//! Only `+ - * /` and square roots are used, on tables computed by the compiler, so that a browser
//! gets the bytes the command gets. Deliberately absent: other white points and other gamuts, as a
//! photo is sRGB once decoded; and the way back from Lab, in which pictures are measured only.
//!
//! # Source
//! The sRGB curve, primaries and white of IEC 61966-2-1; Lab of CIE 1976 (ISO/CIE 11664-4) with
//! the exact fractions 6/29 for its linear foot, and D65 as white. YUV is the analogue form of
//! BT.601, full range, with the scale factors of `cv2.COLOR_RGB2YUV`, which DeOldify uses.
//! We differ from both in that matrices are derived from the chromaticities instead of being
//! rounded to four digits, and in that chroma is centred on 0.
#![expect(clippy::cast_possible_truncation, reason = "tables narrow from f64; bytes saturate")]

/// Linear light, 0..1, of every sRGB byte.
pub static LINEAR_FROM_SRGB: [f32; 256] = {
    let mut table = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = linear_from_encoded(byte as f64 / 255.0) as f32;
        byte += 1;
    }
    table
};

/// XYZ, relative to white, from linear light: rows add up to 1, so grey has no chroma.
const XYZ_FROM_LINEAR: [[f32; 3]; 3] = narrowed(relative_xyz_from_linear());

/// Where the cube root of CIE Lab gives way to a line.
const FOOT: f32 = 6.0 / 29.0;

/// The weights of red, green and blue in the luma of BT.601.
pub const LUMA: [f32; 3] = [0.299, 0.587, 0.114];
/// U is blue minus luma, times this.
pub const U_OF_BLUE: f32 = 0.492;
/// V is red minus luma, times this.
pub const V_OF_RED: f32 = 0.877;

/// The nearest byte: the one place where colours are rounded; saturates at 0 and 255.
#[must_use]
#[expect(clippy::cast_sign_loss, reason = "casts saturate")]
pub fn byte_from(encoded: f32) -> u8 {
    (encoded + 0.5) as u8
}

/// `[L, a, b]`: L in 0..=100; a and b, within sRGB, in -108..=99.
#[must_use]
pub fn lab_from_srgb(rgb: [u8; 3]) -> [f32; 3] {
    let linear = rgb.map(|byte| LINEAR_FROM_SRGB[byte as usize]);
    let [fx, fy, fz] = times(&XYZ_FROM_LINEAR, linear).map(|t| {
        if t > FOOT * FOOT * FOOT { cube_root(t) } else { t / (3.0 * FOOT * FOOT) + 4.0 / 29.0 }
    });
    [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)]
}

/// Luma in 0..=255.
#[must_use]
pub fn luma_from_srgb([red, green, blue]: [u8; 3]) -> f32 {
    LUMA[0] * f32::from(red) + LUMA[1] * f32::from(green) + LUMA[2] * f32::from(blue)
}

/// `[Y, U, V]`: Y in 0..=255, U in -112..=112, V in -157..=157.
#[must_use]
pub fn yuv_from_srgb(rgb: [u8; 3]) -> [f32; 3] {
    let y = luma_from_srgb(rgb);
    [y, U_OF_BLUE * (f32::from(rgb[2]) - y), V_OF_RED * (f32::from(rgb[0]) - y)]
}

/// What U and V add to luma in red, green and blue, in steps of 255; adds nothing to luma.
#[must_use]
pub fn offsets_from_uv([u, v]: [f32; 2]) -> [f32; 3] {
    let [red, blue] = [v * (1.0 / V_OF_RED), u * (1.0 / U_OF_BLUE)];
    [red, red * (-LUMA[0] / LUMA[1]) + blue * (-LUMA[2] / LUMA[1]), blue]
}

/// The cube root of a number above 0, to the last bit or two, alike on every machine.
///
/// # Source
/// A third of the exponent, then two steps of Halley, as in FreeBSD's `cbrtf`.
fn cube_root(x: f32) -> f32 {
    let mut root = f32::from_bits(x.to_bits() / 3 + 709_958_130);
    for _ in 0..2 {
        let cube = root * root * root;
        root *= (x + x + cube) / (x + cube + cube);
    }
    root
}

fn times(matrix: &[[f32; 3]; 3], [x, y, z]: [f32; 3]) -> [f32; 3] {
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

/// The curve of IEC 61966-2-1 from an encoded value in 0..=1.
const fn linear_from_encoded(encoded: f64) -> f64 {
    if encoded <= 0.04045 {
        return encoded / 12.92;
    }
    let base = (encoded + 0.055) / 1.055;
    // base^2.4 = base^2 · base^(2/5); the fifth root by Newton, from above.
    let mut root = 1.0;
    let mut step = 0;
    while step < 40 {
        root -= (root - base / (root * root * root * root)) / 5.0;
        step += 1;
    }
    base * base * root * root
}

/// From the chromaticities of the sRGB primaries and of D65, every row divided by that of white.
const fn relative_xyz_from_linear() -> [[f64; 3]; 3] {
    const PRIMARIES: [[f64; 2]; 3] = [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]];
    const D65: [f64; 2] = [0.3127, 0.3290];
    let white = xyz_from_xy(D65);
    let [r, g, b] =
        [xyz_from_xy(PRIMARIES[0]), xyz_from_xy(PRIMARIES[1]), xyz_from_xy(PRIMARIES[2])];
    let columns = [[r[0], g[0], b[0]], [r[1], g[1], b[1]], [r[2], g[2], b[2]]];
    let unmixed = inverse(columns);
    let mut matrix = columns;
    let mut row = 0;
    while row < 3 {
        let mut column = 0;
        while column < 3 {
            // How much of each primary makes white.
            let [a, b, c] = unmixed[column];
            let amount = a * white[0] + b * white[1] + c * white[2];
            matrix[row][column] *= amount / white[row];
            column += 1;
        }
        row += 1;
    }
    matrix
}

const fn xyz_from_xy([x, y]: [f64; 2]) -> [f64; 3] {
    [x / y, 1.0, (1.0 - x - y) / y]
}

/// By cofactors.
const fn inverse(m: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let mut result = [[0.0; 3]; 3];
    let mut row = 0;
    while row < 3 {
        let mut column = 0;
        while column < 3 {
            let [r1, r2] = [(column + 1) % 3, (column + 2) % 3];
            let [c1, c2] = [(row + 1) % 3, (row + 2) % 3];
            result[row][column] = m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
            column += 1;
        }
        row += 1;
    }
    let determinant = m[0][0] * result[0][0] + m[0][1] * result[1][0] + m[0][2] * result[2][0];
    let mut row = 0;
    while row < 3 {
        let mut column = 0;
        while column < 3 {
            result[row][column] /= determinant;
            column += 1;
        }
        row += 1;
    }
    result
}

const fn narrowed(m: [[f64; 3]; 3]) -> [[f32; 3]; 3] {
    let mut result = [[0.0; 3]; 3];
    let mut i = 0;
    while i < 9 {
        result[i / 3][i % 3] = m[i / 3][i % 3] as f32;
        i += 1;
    }
    result
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The nearest sRGB bytes; each channel saturates where the colour lies outside the gamut.
    pub(crate) fn srgb_from_yuv([y, u, v]: [f32; 3]) -> [u8; 3] {
        offsets_from_uv([u, v]).map(|offset| byte_from(y + offset))
    }

    /// A prime stride over all colours, and everything near a corner or an edge of the cube.
    fn colours() -> impl Iterator<Item = [u8; 3]> {
        let near = [0, 1, 2, 10, 11, 127, 128, 253, 254, 255];
        let corners = near
            .into_iter()
            .flat_map(move |r| near.into_iter().flat_map(move |g| near.map(|b| [r, g, b])));
        (0..1 << 24).step_by(97).map(rgb_of).chain(corners)
    }

    fn rgb_of(i: u32) -> [u8; 3] {
        let [_, r, g, b] = i.to_be_bytes();
        [r, g, b]
    }

    fn close<const N: usize>(got: [f32; N], wanted: [f32; N], tolerance: f32) -> bool {
        got.iter().zip(wanted).all(|(g, w)| (g - w).abs() <= tolerance)
    }

    #[test]
    fn every_byte_comes_back_from_yuv() {
        assert!(colours().all(|rgb| srgb_from_yuv(yuv_from_srgb(rgb)) == rgb));
        let off = |rgb| srgb_from_yuv(yuv_from_srgb(rgb).map(|v| v + 0.6)) == rgb;
        assert!(colours().filter(|&rgb| off(rgb)).count() < 10_000, "control: a shift shows");
    }

    #[test]
    fn the_curve_is_that_of_the_standard() {
        let pinned = [(0, 0.0), (1, 0.000_303_527), (10, 0.003_035_27), (11, 0.003_346_54)];
        let more = [(55, 0.038_204_37), (128, 0.215_860_5), (188, 0.502_886_5), (255, 1.0)];
        for (byte, linear) in pinned.into_iter().chain(more) {
            let got = LINEAR_FROM_SRGB[byte];
            assert!((got - linear).abs() < 1e-7 + linear * 1e-6, "{byte}: {got} not {linear}");
        }
        for byte in 0..=255_u8 {
            let encoded = f64::from(byte) / 255.0;
            let direct = ((encoded + 0.055) / 1.055).powf(2.4);
            let table = f64::from(LINEAR_FROM_SRGB[byte as usize]);
            assert!(byte < 11 || (table - direct).abs() < 1e-7 * direct, "{byte}");
        }
    }

    #[test]
    fn bytes_change_half_way_between_two_and_saturate() {
        assert_eq!([-3.0, 0.49, 0.5, 254.5, 999.0].map(byte_from), [0, 0, 1, 255, 255]);
    }

    #[test]
    fn corners_of_the_cube_are_where_the_cie_has_them() {
        for (rgb, lab) in [
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 255, 255], [100.0, 0.0, 0.0]),
            ([255, 0, 0], [53.24, 80.09, 67.20]),
            ([0, 255, 0], [87.73, -86.18, 83.18]),
            ([0, 0, 255], [32.30, 79.19, -107.86]),
            ([119, 119, 119], [50.03, 0.0, 0.0]),
            // On the linear foot: 903.3 times 10 / 255 / 12.92.
            ([10, 10, 10], [2.74, 0.0, 0.0]),
        ] {
            assert!(close(lab_from_srgb(rgb), lab, 0.02), "{rgb:?}: {:?}", lab_from_srgb(rgb));
        }
        let swapped = lab_from_srgb([0, 0, 255]);
        assert!(!close(swapped, [53.24, 80.09, 67.20], 20.0), "control: red is not blue");
    }

    #[test]
    fn yuv_is_that_of_opencv() {
        for (rgb, yuv) in [
            ([255, 0, 0], [76.245, -37.512_54, 156.768_13]),
            ([0, 255, 0], [149.685, -73.645_02, -131.273_75]),
            ([0, 0, 255], [29.07, 111.157_56, -25.494_39]),
            ([255, 255, 255], [255.0, 0.0, 0.0]),
            ([40, 90, 20], [67.07, -23.158_44, -23.740_39]),
        ] {
            assert!(close(yuv_from_srgb(rgb), yuv, 1e-3), "{rgb:?}: {:?}", yuv_from_srgb(rgb));
        }
    }

    #[test]
    fn grey_has_no_chroma() {
        for byte in 0..=255 {
            let [_, a, b] = lab_from_srgb([byte; 3]);
            let [_, u, v] = yuv_from_srgb([byte; 3]);
            assert!(close([a, b, u, v], [0.0; 4], 1e-4), "{byte}: {:?}", [a, b, u, v]);
        }
        let [_, a, b] = lab_from_srgb([128, 127, 128]);
        assert!(a.hypot(b) > 0.3, "control: one step of green shows");
    }

    #[test]
    fn cube_roots_are_exact_to_the_last_bits() {
        for i in 1..=20_000_u16 {
            let x = f32::from(i) / 19_000.0;
            let wanted = f64::from(x).cbrt();
            assert!((f64::from(cube_root(x)) - wanted).abs() < 2e-7 * wanted, "{x}");
        }
    }
}
