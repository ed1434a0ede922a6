//! `format` and `zone` of a time in the mapping file.

use chrono_tz::Tz;
use toml::Value as Toml;

use crate::import::mapping::{
    section::{Problem, Section},
    time::TimeFormat,
};

const FORMATS: &str = "rfc3339, unix, unix_ms, or a pattern like %Y-%m-%d %H:%M:%S";

/// Takes both keys. A zone is needed exactly where the format leaves the distance to UTC open.
pub(super) fn take_format(section: &mut Section) -> Result<TimeFormat, Problem> {
    let path = section.path("format");
    let format = section.take_text("format")?.unwrap_or_else(|| "rfc3339".to_owned());
    let named = match format.as_str() {
        "rfc3339" => Some(TimeFormat::Rfc3339),
        "unix" => Some(TimeFormat::UnixSeconds),
        "unix_ms" => Some(TimeFormat::UnixMillis),
        _ => None,
    };
    let has_offset = named.is_some() || {
        let found = || Toml::String(format.clone());
        TimeFormat::has_offset(&format).ok_or_else(|| Problem::new(&path, &found(), FORMATS))?
    };
    match take_zone(section, has_offset)? {
        Some(zone) => Ok(TimeFormat::Local(format, zone)),
        None => Ok(named.unwrap_or(TimeFormat::Offset(format))),
    }
}

fn take_zone(section: &mut Section, has_offset: bool) -> Result<Option<Tz>, Problem> {
    let path = section.path("zone");
    let zone = section.take_text("zone")?;
    match (zone, has_offset) {
        (None, true) => Ok(None),
        (None, false) => {
            Err(Problem::missing(&path, "the time zone of a format without an offset"))
        }
        (Some(zone), true) => {
            let expected = "no zone for a format that has its own offset";
            Err(Problem::new(&path, &Toml::String(zone), expected))
        }
        (Some(zone), false) => {
            let expected = "an IANA time zone like Asia/Shanghai, or UTC";
            let found = |_| Problem::new(&path, &Toml::String(zone.clone()), expected);
            zone.parse().map(Some).map_err(found)
        }
    }
}
