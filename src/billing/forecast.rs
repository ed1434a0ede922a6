//! When the tokens of a plan run out, from how many each weekday has used.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc, Weekday};

use super::{
    Billing,
    quota::{Period, Quota},
};
use crate::{auth::Viewer, error::Result, tenant::Tenant};

/// Days that are looked back at: eight of each weekday.
const BACK: i32 = 56;
/// Fewer days of use say nothing about a week.
const LEAST: usize = 7;
/// The 90 % point of the normal distribution: between both ends lie 80 %.
const Z: f64 = 1.281_551_565_544_600_4;

/// When tokens run out, if it is before the period ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Forecast {
    /// None when they are expected to last.
    pub(super) runs_out_on: Option<NaiveDate>,
    /// One in ten times it is before this; none when even then they last.
    pub(super) earliest: Option<NaiveDate>,
    /// One in ten times it is after this; none when they may well last.
    pub(super) latest: Option<NaiveDate>,
    /// Tokens that are expected to be used by the end of the period.
    pub(super) expected: f64,
    /// Whole days of use that it was worked out from.
    pub(super) days: usize,
}

/// What is known at an instant.
#[derive(Clone, Debug)]
struct Known {
    /// Tokens of each whole day, from the first one with any on.
    history: Vec<(NaiveDate, f64)>,
    today: NaiveDate,
    /// Which part of today is still to come.
    rest_of_today: f64,
    /// Tokens used in the period, today included.
    used: f64,
    total: f64,
    /// First day of the next period.
    reset: NaiveDate,
}

/// Works out the forecast of a viewer's tenant; none with too little to go by.
pub(super) async fn of(
    billing: &Billing,
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> Result<Option<Forecast>> {
    let (quota, period) = billing.quota(viewer).await?;
    let days = billing.daily(viewer, BACK + 1, None).await?;
    let tokens = days.into_iter().map(|(day, totals)| (day, totals.tokens)).collect();
    Ok(known(&viewer.tenant, tokens, (quota, period), now).as_ref().and_then(Known::forecast))
}

/// None while nothing was ever used.
fn known(
    tenant: &Tenant,
    mut days: Vec<(NaiveDate, i64)>,
    (quota, period): (Quota, Period),
    now: DateTime<Utc>,
) -> Option<Known> {
    let (today, _) = days.pop()?;
    let first = days.iter().position(|(_, tokens)| *tokens > 0)?;
    let whole = tenant.day(today);
    let secs = |length: TimeDelta| real(length.num_seconds());
    let rest_of_today = secs(whole.end - now) / secs(whole.end - whole.start);
    Some(Known {
        history: days[first..].iter().map(|(day, tokens)| (*day, real(*tokens))).collect(),
        today,
        rest_of_today: rest_of_today.clamp(0.0, 1.0),
        used: real(quota.used),
        total: real(quota.total),
        reset: period.reset,
    })
}

/// How many tokens a weekday takes.
#[derive(Clone, Copy, Debug, Default)]
struct Pattern {
    mean: f64,
    variance: f64,
    /// Days that it was worked out from.
    days: f64,
}

impl Known {
    fn forecast(&self) -> Option<Forecast> {
        if self.history.len() < LEAST {
            return None;
        }
        let patterns = self.patterns();
        let mut found = Forecast {
            runs_out_on: None,
            earliest: None,
            latest: None,
            expected: self.used,
            days: self.history.len(),
        };
        let mut to_come = [0.0; 7];
        for day in self.today.iter_days().take_while(|day| *day < self.reset) {
            let part = if day == self.today { self.rest_of_today } else { 1.0 };
            to_come[index(day.weekday())] += part;
            let (mean, deviation) = sum(&patterns, &to_come);
            let is_gone = |used: f64| self.used + used >= self.total;
            for (date, used) in [
                (&mut found.earliest, mean + Z * deviation),
                (&mut found.runs_out_on, mean),
                (&mut found.latest, mean - Z * deviation),
            ] {
                if date.is_none() && is_gone(used) {
                    *date = Some(day);
                }
            }
            found.expected = self.used + mean;
        }
        Some(found)
    }

    /// The pattern of each weekday; of one without days that of all.
    fn patterns(&self) -> [Pattern; 7] {
        let all: Vec<f64> = self.history.iter().map(|(_, tokens)| *tokens).collect();
        let weekday = |number: usize| -> Vec<f64> {
            let own = self.history.iter().filter(|(day, _)| index(day.weekday()) == number);
            own.map(|(_, tokens)| *tokens).collect()
        };
        let means: Vec<Pattern> = (0..7).map(|number| Pattern::of(&weekday(number))).collect();
        // How far days lie from their weekday, over all of them: of a weekday alone there are few.
        let freedom: f64 = means.iter().map(|pattern| (pattern.days - 1.0).max(0.0)).sum();
        let spread: f64 =
            means.iter().map(|pattern| pattern.variance * (pattern.days - 1.0).max(0.0)).sum();
        let pooled = if freedom > 0.0 { spread / freedom } else { Pattern::of(&all).variance };
        std::array::from_fn(|number| match means[number] {
            pattern if pattern.days > 0.0 => Pattern { variance: pooled, ..pattern },
            _ => Pattern { variance: pooled, ..Pattern::of(&all) },
        })
    }
}

impl Pattern {
    fn of(days: &[f64]) -> Self {
        let count = days.iter().map(|_| 1.0).sum::<f64>();
        if days.is_empty() {
            return Self::default();
        }
        let mean = days.iter().sum::<f64>() / count;
        let squares: f64 = days.iter().map(|tokens| (tokens - mean).powi(2)).sum();
        let variance = if count > 1.0 { squares / (count - 1.0) } else { 0.0 };
        Self { mean, variance, days: count }
    }
}

/// What so many of each weekday take, and how far that may be off: days differ, and the mean of a few is
/// not known exactly.
fn sum(patterns: &[Pattern; 7], to_come: &[f64; 7]) -> (f64, f64) {
    let (mut mean, mut variance) = (0.0, 0.0);
    for (pattern, count) in patterns.iter().zip(to_come) {
        mean += pattern.mean * count;
        variance += pattern.variance * (count + count * count / pattern.days.max(1.0));
    }
    (mean, variance.sqrt())
}

fn index(weekday: Weekday) -> usize {
    weekday.num_days_from_monday() as usize
}

#[expect(clippy::cast_precision_loss, reason = "a forecast needs no exact tokens")]
fn real(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Days before a Monday, the last of them a Sunday.
    fn history(days: u64, tokens: impl FnMut(NaiveDate) -> f64) -> Vec<(NaiveDate, f64)> {
        let monday = date("2026-03-02");
        let first = monday.checked_sub_days(Days::new(days)).unwrap();
        let mut tokens = tokens;
        first.iter_days().take_while(|day| *day < monday).map(|day| (day, tokens(day))).collect()
    }

    fn known(history: Vec<(NaiveDate, f64)>, total: f64) -> Known {
        let (today, reset) = (date("2026-03-02"), date("2026-04-01"));
        Known { history, today, rest_of_today: 1.0, used: 0.0, total, reset }
    }

    #[test]
    fn even_use_runs_out_on_the_day_that_takes_the_last_token() {
        let even = history(14, |_| 100.0);
        for (total, day) in [
            (100.0, Some("2026-03-02")),
            (101.0, Some("2026-03-03")),
            (1_000.0, Some("2026-03-11")),
            (3_000.0, Some("2026-03-31")),
            (3_001.0, None),
        ] {
            let found = known(even.clone(), total).forecast().unwrap();
            let day = day.map(date);
            let told = (found.earliest, found.runs_out_on, found.latest);
            assert_eq!(told, (day, day, day), "{total}");
            assert!((found.expected - 3_000.0).abs() < 1e-6);
        }
        let late = Known { rest_of_today: 0.25, used: 75.0, ..known(even, 100.0) };
        assert_eq!(late.forecast().unwrap().runs_out_on, Some(date("2026-03-02")));
    }

    #[test]
    fn a_weekend_takes_what_weekends_took() {
        let is_weekend = |day: NaiveDate| index(day.weekday()) >= 5;
        let days = history(28, |day| if is_weekend(day) { 0.0 } else { 100.0 });
        let found = known(days.clone(), 501.0).forecast().unwrap();
        assert_eq!(found.runs_out_on, Some(date("2026-03-09")), "nothing on Saturday and Sunday");
        assert_eq!(found.earliest, found.latest);
        assert_eq!(known(days, 500.0).forecast().unwrap().runs_out_on, Some(date("2026-03-06")));
    }

    #[test]
    fn less_than_a_week_says_nothing() {
        assert_eq!(known(history(6, |_| 100.0), 100.0).forecast(), None);
        assert!(known(history(7, |_| 100.0), 100.0).forecast().is_some());
    }

    #[test]
    fn what_is_used_up_is_gone_today() {
        let over = Known { used: 10.0, ..known(history(14, |_| 0.0), 10.0) };
        let found = over.forecast().unwrap();
        assert_eq!((found.earliest, found.latest), (Some(over.today), Some(over.today)));
    }

    /// Desks whose weekdays differ and whose days scatter: eight in ten times the day lies between.
    #[test]
    fn the_interval_holds_about_eight_in_ten() {
        let mut random = StdRng::seed_from_u64(1);
        let runs = 2_000;
        let mut within = 0;
        for _ in 0..runs {
            let base: [f64; 7] = std::array::from_fn(|_| random.random_range(50.0..150.0));
            let mut day_of = |day: NaiveDate| {
                // A sum of twelve is nearly normal, with a deviation of 1.
                let noise: f64 = (0..12).map(|_| random.random_range(-0.5..0.5)).sum();
                base[index(day.weekday())] + 20.0 * noise
            };
            let days = history(56, &mut day_of);
            let known = known(days, 2_000.0);
            let found = known.forecast().unwrap();
            let (mut used, mut gone) = (0.0, None);
            for day in known.today.iter_days().take_while(|day| *day < known.reset) {
                used += day_of(day);
                if used >= known.total {
                    gone = Some(day);
                    break;
                }
            }
            let is_after =
                found.earliest.is_some_and(|earliest| gone.is_none_or(|day| day >= earliest));
            let is_before = found.latest.is_none_or(|latest| gone.is_some_and(|day| day <= latest));
            within += i32::from(is_after && is_before);
        }
        // Whole days make it wider, never narrower.
        let share = f64::from(within) / f64::from(runs);
        assert!((0.78..0.97).contains(&share), "{share}");
    }
}
