//! A day of agents as it is kept: what its reports come to, and the sums of the day.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::{tally::ByAgent, timeline::Beat, workload::Workload};
use crate::{
    error::{Error, Result},
    stats::report::Report,
    tracker::fact::AgentStatus,
};

/// A day that is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeptDay {
    pub(super) beats: ByAgent<Vec<Beat>>,
    pub(super) sums: KeptSums,
}

/// The sums of a day, and what they take for granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeptSums {
    /// The last report of each agent before the day.
    pub(super) latest: ByAgent<Report>,
    pub(super) all: ByAgent<Workload>,
    /// Of each product that has conversations in the day or ratings.
    pub(super) products: BTreeMap<String, ByAgent<Workload>>,
}

/// A report as it is kept: microseconds, status, whether by hand.
type KeptReport = (i64, String, bool);
/// The same, and whether it goes on.
type KeptBeat = (i64, String, bool, bool);
type Numbers = [i64; 13];

#[derive(Serialize, Deserialize)]
struct Text {
    latest: ByAgent<KeptReport>,
    all: ByAgent<Numbers>,
    products: BTreeMap<String, ByAgent<Numbers>>,
}

impl KeptDay {
    /// The texts of both columns.
    pub(super) fn encode(&self) -> Result<(String, String)> {
        let beats = each(&self.beats, |beats| beats.iter().map(kept_beat).collect::<Vec<_>>());
        let KeptSums { latest, all, products } = &self.sums;
        let numbers = |sums| each(sums, |workload: &Workload| workload.to_numbers());
        let text = Text {
            latest: each(latest, kept_report),
            all: numbers(all),
            products: products.iter().map(|(name, sums)| (name.clone(), numbers(sums))).collect(),
        };
        let internal = |cause: serde_json::Error| Error::Internal(cause.to_string());
        let sums = serde_json::to_string(&text).map_err(internal)?;
        Ok((serde_json::to_string(&beats).map_err(internal)?, sums))
    }

    pub(super) fn decode(beats: &str, sums: &str) -> Result<Self> {
        let unreadable = || Error::Internal("a day of agents cannot be read".to_owned());
        let beats: ByAgent<Vec<KeptBeat>> =
            serde_json::from_str(beats).map_err(|_| unreadable())?;
        let text: Text = serde_json::from_str(sums).map_err(|_| unreadable())?;
        let day = || {
            let beats = beats.into_iter().map(|(id, beats)| {
                let beats: Option<_> = beats.into_iter().map(beat).collect();
                Some((id, beats?))
            });
            let latest = text.latest.into_iter().map(|(id, kept)| Some((id, report(kept)?)));
            let sums = KeptSums {
                latest: latest.collect::<Option<_>>()?,
                all: workloads(text.all),
                products: text
                    .products
                    .into_iter()
                    .map(|(of, sums)| (of, workloads(sums)))
                    .collect(),
            };
            Some(Self { beats: beats.collect::<Option<_>>()?, sums })
        };
        day().ok_or_else(unreadable)
    }
}

fn each<T, K>(of: &ByAgent<T>, kept: impl Fn(&T) -> K) -> ByAgent<K> {
    of.iter().map(|(id, value)| (id.clone(), kept(value))).collect()
}

fn workloads(numbers: ByAgent<Numbers>) -> ByAgent<Workload> {
    numbers.into_iter().map(|(id, numbers)| (id, Workload::from_numbers(numbers))).collect()
}

fn kept_report(report: &Report) -> KeptReport {
    let Report { at, status, by_hand } = *report;
    (at.timestamp_micros(), status.as_str().to_owned(), by_hand)
}

fn report((micros, status, by_hand): KeptReport) -> Option<Report> {
    let (at, status) = (DateTime::from_timestamp_micros(micros)?, AgentStatus::parse(&status)?);
    Some(Report { at, status, by_hand })
}

fn kept_beat(Beat { report, goes_on }: &Beat) -> KeptBeat {
    let (micros, status, by_hand) = kept_report(report);
    (micros, status, by_hand, *goes_on)
}

fn beat((micros, status, by_hand, goes_on): KeptBeat) -> Option<Beat> {
    Some(Beat { report: report((micros, status, by_hand))?, goes_on })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_was_kept() {
        let report = |micros, status, by_hand| Report {
            at: DateTime::from_timestamp_micros(micros).unwrap(),
            status,
            by_hand,
        };
        let before = report(1_700_000_000_000_001, AgentStatus::Away, true);
        let beat = Beat {
            report: report(1_700_000_060_000_000, AgentStatus::Serving, false),
            goes_on: true,
        };
        let sums: ByAgent<_> = [("wu".to_owned(), Workload::of_ratings(2, 9))].into();
        let day = KeptDay {
            beats: [("li \"1\"".to_owned(), vec![beat]), ("wu".to_owned(), vec![])].into(),
            sums: KeptSums {
                latest: [("li \"1\"".to_owned(), before)].into(),
                all: sums.clone(),
                products: [("shop".to_owned(), sums)].into(),
            },
        };
        let (beats, sums) = day.encode().unwrap();
        assert_eq!(KeptDay::decode(&beats, &sums).unwrap(), day);
        assert!(KeptDay::decode(r#"{"li":[[0,"asleep",false,false]]}"#, &sums).is_err());
        assert!(KeptDay::decode(&beats, "{}").is_err());
    }
}
