//! Timestamps of query strings: ISO 8601 in UTC, to seconds since 1970.

/// Reads `2026-07-09T12:30:00Z`, with an optional fraction and an optional offset; `None` when it is anything else.
pub(crate) fn epoch_seconds(text: &str) -> Option<f64> {
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, offset_seconds) = split_offset(time)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':')?;
    let in_range = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !in_range || fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    let seconds = i64::from(days_since_1970(year, month, day)) * 86_400
        + i64::from(hour * 3_600 + minute * 60 + second - offset_seconds);
    // At most 12 digits, so a double holds the second exactly.
    #[expect(clippy::cast_precision_loss, reason = "bounded by the year 9999")]
    Some(seconds as f64 + fraction)
}

fn numbers(text: &str, separator: char) -> Option<[i32; 3]> {
    let mut parts = text.split(separator).map(number);
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn number(text: &str) -> Option<i32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Takes `Z`, `+02:00` or `-0530` off the end of a time.
fn split_offset(time: &str) -> Option<(&str, i32)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let at = time.find(['+', '-'])?;
    let (time, offset) = time.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset
        .chars()
        .skip(1)
        .filter(|character| *character != ':')
        .collect();
    let offset = number(&digits).filter(|_| digits.len() == 4)?;
    Some((time, sign * (offset / 100 * 3_600 + offset % 100 * 60)))
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that the leap
/// day comes last.
fn days_since_1970(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::epoch_seconds;

    #[test]
    fn an_iso_timestamp_is_read_to_the_fraction_of_a_second() {
        assert_eq!(epoch_seconds("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(epoch_seconds("2000-02-29T12:00:00.5Z"), Some(951_825_600.5));
        assert_eq!(
            epoch_seconds("2024-01-01T02:00:00+02:00"),
            Some(1_704_067_200.0)
        );
        assert_eq!(
            epoch_seconds("2023-12-31T19:00:00.000-0500"),
            Some(1_704_067_200.0)
        );
    }

    #[test]
    fn what_is_not_a_timestamp_is_refused() {
        for text in [
            "",
            "T",
            "2024-01-01",
            "2024-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+2",
            "99999-01-01T00:00:00Z",
            "2024-01-01T00:00:00Zé",
        ] {
            assert_eq!(epoch_seconds(text), None, "{text}");
        }
    }
}
