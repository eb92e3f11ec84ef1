//! Parses the numbers that the user gives, each within its range, and colours.

use std::ops::RangeInclusive;

/// Parses a number within a range, and refuses anything else in one sentence.
pub(crate) fn within(
    range: RangeInclusive<f32>,
) -> impl Fn(&str) -> Result<f32, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("must be a number from {} to {}", range.start(), range.end()))
    }
}

/// The same for whole numbers.
pub(crate) fn whole<T: TryFrom<u64> + Send + Sync + 'static>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| {
            format!("must be a whole number from {} to {}", range.start(), range.end())
        })
    }
}

/// Reads a colour such as #2e8b57.
pub(super) fn colour(text: &str) -> Option<[u8; 3]> {
    let hex = text.strip_prefix('#')?;
    let is_colour = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    let colour = u32::from_str_radix(hex, 16).ok().filter(|_| is_colour)?;
    let [_, rgb @ ..] = colour.to_be_bytes();
    Some(rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn err_numbers_beyond_their_range_are_refused_in_one_sentence() {
        let warmth = within(-1.0..=1.0);
        for (text, number) in [("-1", -1.0), ("1", 1.0), ("0", 0.0), (".5", 0.5), ("-1e-3", -0.001)]
        {
            assert_eq!(warmth(text), Ok(number), "control: {text:?}");
        }
        for text in ["1.0001", "-2", "nan", "-NaN", "inf", "1e39", "", "half", "1,5", "1 0"] {
            assert_eq!(warmth(text), Err("must be a number from -1 to 1".into()), "{text:?}");
        }
        let quality = whole::<u8>(1..=100);
        for (text, number) in [("1", 1), ("100", 100), (" 7", 7)] {
            assert_eq!(quality(text), Ok(number), "control: {text:?}");
        }
        for text in ["0", "101", "300", "-1", "1.5", "", "nan", "99999999999999999999"] {
            let refused = Err("must be a whole number from 1 to 100".into());
            assert_eq!(quality(text), refused, "{text:?}");
        }
    }
}
