//! Times of a file, in any format and zone, as UTC instants.
//!
//! A local time that a clock change makes twofold is the earlier instant; one that it skips is moved on
//! by the length of the gap. These are the rules of RFC 5545 and of most calendars.

use chrono::{
    DateTime, Days, LocalResult, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeDelta,
    TimeZone, Utc,
    format::{Fixed, Item, Numeric, Parsed, StrftimeItems, parse},
};
use chrono_tz::Tz;

/// How a cell says a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TimeFormat {
    Rfc3339,
    UnixSeconds,
    UnixMillis,
    /// The pattern has an offset of its own.
    Offset(String),
    Local(String, Tz),
}

impl TimeFormat {
    /// Whether `pattern` says the distance to UTC itself. `None` when it is no pattern.
    pub(super) fn has_offset(pattern: &str) -> Option<bool> {
        let mut has_offset = false;
        let mut has_field = false;
        for item in StrftimeItems::new(pattern) {
            match item {
                Item::Error => return None,
                Item::Numeric(Numeric::Timestamp, _)
                | Item::Fixed(
                    Fixed::TimezoneOffset
                    | Fixed::TimezoneOffsetZ
                    | Fixed::TimezoneOffsetColon
                    | Fixed::TimezoneOffsetColonZ
                    | Fixed::TimezoneOffsetDoubleColon
                    | Fixed::TimezoneOffsetTripleColon
                    | Fixed::RFC2822
                    | Fixed::RFC3339,
                ) => has_offset = true,
                Item::Literal(_) | Item::OwnedLiteral(_) | Item::Space(_) | Item::OwnedSpace(_) => {
                }
                _ => has_field = true,
            }
        }
        (has_field || has_offset).then_some(has_offset)
    }

    /// Reads `text`; `None` when it has another format or no calendar has such a day.
    pub(super) fn read(&self, text: &str) -> Option<DateTime<Utc>> {
        match self {
            Self::Rfc3339 => DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()),
            Self::UnixSeconds => read_unix(text),
            Self::UnixMillis => DateTime::from_timestamp_millis(text.parse().ok()?),
            Self::Offset(pattern) => {
                parsed(text, pattern)?.to_datetime().ok().map(|at| at.to_utc())
            }
            Self::Local(pattern, zone) => to_utc(read_local(text, pattern)?, *zone),
        }
    }

    /// The format in a message.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Rfc3339 => "an RFC 3339 instant like 2025-12-25T08:00:00Z".to_owned(),
            Self::UnixSeconds => "seconds since 1970".to_owned(),
            Self::UnixMillis => "milliseconds since 1970".to_owned(),
            Self::Offset(pattern) | Self::Local(pattern, _) => format!("a time like {pattern}"),
        }
    }
}

fn parsed(text: &str, pattern: &str) -> Option<Parsed> {
    let mut parsed = Parsed::new();
    parse(&mut parsed, text, StrftimeItems::new(pattern)).ok()?;
    Some(parsed)
}

/// A date without a time is its first moment.
fn read_local(text: &str, pattern: &str) -> Option<NaiveDateTime> {
    let parsed = parsed(text, pattern)?;
    let time = parsed.to_naive_datetime_with_offset(0);
    let date = || parsed.to_naive_date().ok().filter(|_| parsed.hour_div_12().is_none());
    time.ok().or_else(|| date().and_then(|date: NaiveDate| date.and_hms_opt(0, 0, 0)))
}

/// Whole or fractional seconds; digits, not floats, so that nanoseconds survive.
fn read_unix(text: &str) -> Option<DateTime<Utc>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_short = (1..=9).contains(&fraction.len());
    if !is_short || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    let nanos = if whole.starts_with('-') { -nanos } else { nanos };
    DateTime::from_timestamp(whole.parse().ok()?, 0)?
        .checked_add_signed(TimeDelta::nanoseconds(nanos))
}

fn to_utc(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => {
            let day_before = local.checked_sub_days(Days::new(1))?;
            let MappedLocalTime::Single(before) = zone.from_local_datetime(&day_before) else {
                return None;
            };
            Some(local.checked_sub_offset(before.offset().fix())?.and_utc())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(pattern: &str, zone: Tz) -> TimeFormat {
        TimeFormat::Local(pattern.to_owned(), zone)
    }

    #[test]
    fn times_are_read_in_their_format_and_zone() {
        let minute = |zone| local("%Y-%m-%d %H:%M", zone);
        let fine = local("%Y-%m-%d %H:%M:%S%.f", Tz::UTC);
        let cases = [
            (fine.clone(), "2023-11-16 18:15:46.6805900", "2023-11-16T18:15:46.680590Z"),
            (fine, "2023-11-16 18:15:46", "2023-11-16T18:15:46Z"),
            (minute(Tz::Asia__Shanghai), "2023-11-17 02:15", "2023-11-16T18:15:00Z"),
            (local("%d.%m.%Y", Tz::Europe__Berlin), "17.11.2023", "2023-11-16T23:00:00Z"),
            // Clocks went back at 03:00: the first 02:30 is meant.
            (minute(Tz::Europe__Berlin), "2023-10-29 02:30", "2023-10-29T00:30:00Z"),
            // Clocks went from 02:00 to 03:00: 02:30 is read as 03:30.
            (minute(Tz::Europe__Berlin), "2023-03-26 02:30", "2023-03-26T01:30:00Z"),
            // Samoa had no 30 December 2011.
            (minute(Tz::Pacific__Apia), "2011-12-30 12:00", "2011-12-30T22:00:00Z"),
            (TimeFormat::Rfc3339, "2023-11-17T02:15:00+08:00", "2023-11-16T18:15:00Z"),
            (TimeFormat::UnixSeconds, "1700158546.68059", "2023-11-16T18:15:46.680590Z"),
            (TimeFormat::UnixSeconds, "-1.5", "1969-12-31T23:59:58.500Z"),
            (TimeFormat::UnixMillis, "1700158546680", "2023-11-16T18:15:46.680Z"),
            (
                TimeFormat::Offset("%d/%b/%Y:%H:%M:%S %z".to_owned()),
                "17/Nov/2023:02:15:46 +0800",
                "2023-11-16T18:15:46Z",
            ),
        ];
        for (format, text, expected) in cases {
            let at = format.read(text).unwrap();
            let shown = at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            assert_eq!(shown, expected, "{format:?} {text}");
        }
    }

    #[test]
    fn what_is_not_a_time_in_the_format_is_none() {
        let cases = [
            (local("%Y-%m-%d", Tz::UTC), "2023-02-30"),
            (local("%Y-%m-%d %H:%M", Tz::UTC), "2023-02-03"),
            (local("%Y-%m-%d %H", Tz::UTC), "2023-02-03 25"),
            (TimeFormat::Rfc3339, "2023-11-17 02:15"),
            (TimeFormat::UnixSeconds, "1.x"),
            (TimeFormat::UnixSeconds, "1."),
            (TimeFormat::UnixMillis, "99999999999999999999"),
        ];
        for (format, text) in cases {
            assert_eq!(format.read(text), None, "{format:?} {text}");
        }
    }

    #[test]
    fn patterns_tell_whether_they_have_an_offset() {
        let cases = [
            ("%Y-%m-%d %H:%M:%S", Some(false)),
            ("%Y-%m-%d %H:%M:%S%:z", Some(true)),
            ("%s", Some(true)),
            ("%+", Some(true)),
            ("%Q", None),
            ("iso", None),
        ];
        for (pattern, expected) in cases {
            assert_eq!(TimeFormat::has_offset(pattern), expected, "{pattern}");
        }
    }
}
