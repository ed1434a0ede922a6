//! What the demo tells, worked out beforehand: every conversation of every day, the outage and the
//! conversations that keep the desk busy while someone looks.
//!
//! Invariant: the same tenant's zone and the same date give the same conversations with the same ids,
//! so that telling them again is harmless, and what the figures have to be is known (`truth`).

mod cast;
mod dice;
mod roster;
mod script;
mod session;

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Timelike as _, Utc, Weekday};

pub(super) use self::{
    cast::{AGENTS, CHANNELS, CHATBOT, Channel, MODELS, WORKBENCH},
    dice::Dice,
    roster::{Place, place},
    session::{Call, Event, Session},
};
use self::{
    script::{ALONE, LATE, LONGEST, LUNCH, OUTAGE, SOON, USUAL, make},
    session::after,
};
use crate::tenant::Tenant;

/// Sessions of a weekday, about.
const SESSIONS: i64 = 320;
/// How many of a thousand begin in each hour of the day.
const HOURS: [i64; 24] =
    [6, 4, 3, 3, 3, 6, 14, 28, 58, 84, 92, 86, 70, 62, 76, 82, 78, 66, 52, 44, 36, 26, 15, 6];
/// The hour of the long queue.
const NOON: u32 = 12;
/// How far apart conversations begin that keep the desk busy, and how many in a row are answered soon.
pub(super) const SLOT: TimeDelta = TimeDelta::seconds(45);
const CYCLE: i64 = 6;
/// How long ago the outage began, and how long it took.
const OUTAGE_AGO: TimeDelta = TimeDelta::minutes(65);
const OUTAGE_SESSIONS: i64 = 24;
const OUTAGE_PACE_SECS: i64 = 25;
/// The knowledge base is read anew at the beginning of each month: most of the quota.
const INDEX_TOKENS: i64 = 60_000_000;

/// The conversations of a day, in the order of their beginning. All end on it.
pub(super) fn day(tenant: &Tenant, date: NaiveDate) -> Vec<Session> {
    let range = tenant.day(date);
    let mut dice = Dice::of(&format!("day-{date}"));
    let last = range.end - LONGEST;
    let mut starts: Vec<_> = (0..count(date, &mut dice))
        .map(|_| {
            let hour = i64::try_from(dice.place(HOURS.into_iter())).unwrap_or_default();
            let secs = hour * 3_600 + dice.between((0, 3_599));
            // Of the last hour, as well as where a day is shorter.
            after(range.start, secs).min(after(last, -dice.between((0, 1_800))))
        })
        .collect();
    starts.sort_unstable();
    let session = |(number, at): (usize, DateTime<Utc>)| {
        let hour = at.with_timezone(&tenant.time_zone).hour();
        let mood = if hour == NOON { LUNCH } else { USUAL };
        make(format!("demo-{}-{number:03}", date.format("%Y%m%d")), at, &mood)
    };
    starts.into_iter().enumerate().map(session).collect()
}

/// How many there are: fewer at the weekend, most on Mondays, with some ups and downs.
fn count(date: NaiveDate, dice: &mut Dice) -> i64 {
    let percent = match date.weekday() {
        Weekday::Mon => 114,
        Weekday::Tue => 106,
        Weekday::Sat => 62,
        Weekday::Sun => 54,
        _ => 100,
    };
    SESSIONS * percent / 100 * dice.between((92, 108)) / 100
}

/// The conversation that begins in one slot of all time, so that a few customers always wait, and one
/// of them for too long.
pub(super) fn busy(slot: i64) -> Session {
    let began = DateTime::from_timestamp(slot * SLOT.num_seconds(), 0).unwrap_or_default();
    let mood = match slot.rem_euclid(CYCLE) {
        0 => LATE,
        2 | 4 => SOON,
        _ => ALONE,
    };
    let id = format!("demo-busy-{slot}");
    let at = after(began, Dice::of(&id).between((0, 20)));
    make(id, at, &mood)
}

/// The slot of an instant.
pub(super) fn slot(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(SLOT.num_seconds())
}

/// The conversations of the ten minutes in which the models answered late or not at all.
pub(super) fn outage(now: DateTime<Utc>) -> Vec<Session> {
    let began = now - OUTAGE_AGO;
    let name = began.format("%Y%m%d%H%M").to_string();
    let session = |number: i64| {
        let at = after(began, number * OUTAGE_PACE_SECS);
        make(format!("demo-outage-{name}-{number:02}"), at, &OUTAGE)
    };
    (0..OUTAGE_SESSIONS).map(session).collect()
}

/// The great call of the first day of a month.
pub(super) fn index_call(tenant: &Tenant, date: NaiveDate) -> Option<Call> {
    (date.day() == 1).then(|| Call {
        id: format!("demo-index-{}", date.format("%Y%m")),
        session_id: None,
        model: &MODELS[0],
        input: INDEX_TOKENS,
        output: 0,
        has_failed: false,
        api_type: "workflow",
        at: after(tenant.day(date).start, 300),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_the_same_each_time_and_ends_within_itself() {
        for zone in ["Asia/Shanghai", "Europe/Berlin", "UTC"] {
            let tenant = Tenant { time_zone: zone.parse().unwrap(), ..Tenant::default() };
            for text in ["2026-03-09", "2026-03-29", "2026-10-25"] {
                let (range, sessions) = (tenant.day(date(text)), day(&tenant, date(text)));
                assert!(sessions.iter().all(|session| range.start <= session.started_at));
                let events = sessions.iter().flat_map(Session::events);
                let last = events.map(|event| event.at).max().unwrap();
                assert!(last < range.end, "{zone} {text}: {last}");
                let told = |sessions: &[Session]| {
                    sessions
                        .iter()
                        .flat_map(Session::events)
                        .map(|event| (event.id, event.data))
                        .collect::<Vec<_>>()
                };
                assert_eq!(told(&sessions), told(&day(&tenant, date(text))));
            }
        }
    }

    #[test]
    fn a_week_has_its_rhythm_and_noon_its_queue() {
        let tenant = Tenant::default();
        let (monday, sunday) = (day(&tenant, date("2026-03-09")), day(&tenant, date("2026-03-15")));
        assert!((250..=420).contains(&monday.len()), "{}", monday.len());
        assert!(sunday.len() * 3 < monday.len() * 2, "{}", sunday.len());
        let longest = |at_noon: bool| {
            let of = monday.iter().filter(|session| {
                let hour = session.started_at.with_timezone(&tenant.time_zone).hour();
                (hour == NOON) == at_noon
            });
            let waits = of.filter_map(|session| {
                Some(session.assigned()?.0 - session.handover.as_ref()?.queued_at)
            });
            waits.max().unwrap()
        };
        assert!(longest(true) > longest(false) * 2);
    }

    #[test]
    fn ninety_days_are_at_most_a_quarter_of_a_million_events() {
        let (tenant, first) = (Tenant::default(), date("2026-03-09"));
        let week = first.iter_days().take(7).map(|date| {
            day(&tenant, date).iter().map(|session| session.events().len()).sum::<usize>()
        });
        let week: usize = week.sum();
        assert!((10_000..=250_000 * 7 / 90).contains(&week), "{week}");
    }

    #[test]
    fn someone_always_waits_and_mostly_for_too_long() {
        let now: DateTime<Utc> = "2026-03-10T19:00:00Z".parse().unwrap();
        let limit = TimeDelta::seconds(super::super::settings::THRESHOLD_SECS.into());
        let late_at = |now: DateTime<Utc>| {
            let sessions: Vec<_> = (slot(now) - 60..=slot(now)).map(busy).collect();
            let waits = sessions.iter().filter_map(|session| {
                let handover = session.handover.as_ref()?;
                let answered = handover.assigned.map_or(session.ended_at, |(at, _)| at);
                (handover.queued_at..answered).contains(&now).then(|| now - handover.queued_at)
            });
            let waits: Vec<_> = waits.collect();
            (waits.len(), waits.iter().any(|wait| *wait > limit))
        };
        let found: Vec<_> =
            (0..500).map(|minutes| late_at(now + TimeDelta::minutes(minutes))).collect();
        let waiting: usize = found.iter().map(|(waiting, _)| waiting).sum();
        assert!((1_000..4_000).contains(&waiting), "{waiting}");
        let late = found.iter().filter(|(_, is_late)| *is_late).count();
        assert!(late > 400, "{late}");
    }
}
