//! A tenant as configured, and how its days are cut.
//!
//! Every instant is UTC; a day is a stretch of instants between two midnights of the tenant's
//! IANA zone, so it has 23 or 25 hours where clocks change.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use secrecy::SecretString;
use serde::Deserialize;

/// The name of a tenant, as tokens and keys carry it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(Arc<str>);

impl TenantId {
    /// The tenant of a service without credentials; its Redis keys are the seed's.
    pub const DEFAULT: &str = "default";

    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for TenantId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The language of labels, weekdays and display strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Picks the text of this language.
    pub fn pick(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// One tenant's settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tenant {
    #[serde(skip)]
    pub id: TenantId,
    /// IANA zone in which days are cut.
    pub time_zone: Tz,
    pub language: Language,
    /// Name of an entry of `plans`.
    pub plan: String,
    /// A session that waits longer in the queue is an SLA alert; answered within it counts for the
    /// service level.
    pub sla_threshold_secs: u32,
    /// Slots of an agent who never said how many.
    pub agent_capacity: u32,
    pub channels: BTreeMap<String, ChannelSettings>,
    pub coze: CozeSettings,
    /// Where marks of the quota are told; nowhere without it.
    pub quota_webhook: Option<WebhookSettings>,
}

/// Where a webhook is sent, and what it is signed with: secrets as Standard Webhooks writes them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Receivers put tokens into addresses.
    pub url: SecretString,
    pub secret: SecretString,
    /// Signs as well, until receivers know the new one.
    pub previous_secret: Option<SecretString>,
}

/// How calls of Coze come in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CozeSettings {
    /// The secret that callbacks are signed with; without one they need a key or token as all others.
    pub token: Option<SecretString>,
    /// The model that each bot uses, by the bot's id.
    pub bots: BTreeMap<String, String>,
}

/// One channel's settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSettings {
    pub name: String,
    /// Visitors at once that count as a load of 100 %.
    #[serde(default = "default_channel_capacity")]
    pub capacity: u32,
}

/// Capacity of a channel that is not configured.
pub const fn default_channel_capacity() -> u32 {
    1_000
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            id: TenantId::new(TenantId::DEFAULT),
            time_zone: Tz::Asia__Shanghai,
            language: Language::default(),
            plan: "standard".to_owned(),
            sla_threshold_secs: 60,
            agent_capacity: 5,
            channels: BTreeMap::new(),
            coze: CozeSettings::default(),
            quota_webhook: None,
        }
    }
}

/// A half-open stretch of time, `[start, end)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRange {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Tenant {
    /// The day an instant falls on.
    pub fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.time_zone).date_naive()
    }

    /// The instants of one day.
    pub fn day(&self, date: NaiveDate) -> TimeRange {
        TimeRange { start: self.midnight(date), end: self.midnight(next(date)) }
    }

    /// The instants from the first to the last of some days, both included.
    pub fn days(&self, from: NaiveDate, to: NaiveDate) -> TimeRange {
        TimeRange { start: self.midnight(from), end: self.midnight(next(to)) }
    }

    /// The first instant of a day. Where clocks skip midnight it is the first instant after the
    /// gap; where midnight comes twice it is the first of the two.
    fn midnight(&self, date: NaiveDate) -> DateTime<Utc> {
        let midnight = date.and_time(NaiveTime::MIN);
        // No zone has ever skipped more than a day; a quarter of an hour is the finest step.
        (0..=96)
            .map(|quarters| midnight + TimeDelta::minutes(15 * quarters))
            .find_map(|local| match self.time_zone.from_local_datetime(&local) {
                LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Some(instant),
                LocalResult::None => None,
            })
            .map_or_else(|| midnight.and_utc(), |instant| instant.with_timezone(&Utc))
    }
}

fn next(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(zone: &str) -> Tenant {
        Tenant { time_zone: zone.parse().unwrap(), ..Tenant::default() }
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_have_as_many_hours_as_the_zone_says() {
        let cases = [
            ("Asia/Shanghai", "2026-03-29", 24),
            ("Europe/Berlin", "2026-03-29", 23),
            ("Europe/Berlin", "2026-10-25", 25),
            // Clocks skip midnight itself.
            ("America/Sao_Paulo", "2018-11-04", 23),
        ];
        for (zone, day, hours) in cases {
            let range = tenant(zone).day(date(day));
            assert_eq!((range.end - range.start).num_hours(), hours, "{zone} {day}");
        }
    }

    #[test]
    fn every_instant_falls_on_the_day_whose_range_holds_it() {
        for zone in ["Asia/Kolkata", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "UTC"] {
            let tenant = tenant(zone);
            let mut instant: DateTime<Utc> = "2018-10-01T00:00:00Z".parse().unwrap();
            for _ in 0..2_000 {
                instant += TimeDelta::minutes(97);
                let range = tenant.day(tenant.day_of(instant));
                assert!(range.start <= instant && instant < range.end, "{zone} {instant}");
            }
        }
    }
}
