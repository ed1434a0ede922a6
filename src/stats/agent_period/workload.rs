//! What an agent did over a stretch of time: sums that add up over stretches, and the figures they
//! give.

use std::ops::AddAssign;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    conversation::Conversation,
    interval::{Union, clip, length},
    timeline::Stint,
};
use crate::{stats::metric::ratio, tenant::TimeRange, tracker::fact::AgentStatus};

/// The sums of one agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    pub online: TimeDelta,
    pub serving: TimeDelta,
    pub away: TimeDelta,
    pub offline: TimeDelta,
    /// With at least one conversation in hand.
    pub busy: TimeDelta,
    /// The same, while ONLINE or SERVING.
    busy_ready: TimeDelta,
    /// Each conversation's time in hand while ONLINE or SERVING.
    held_ready: TimeDelta,
    pub handled: i64,
    ended: i64,
    handle_time: TimeDelta,
    pub ratings: i64,
    rating_sum: i64,
    /// A status was reported.
    reported: bool,
}

impl Workload {
    /// Of one stretch, whose states and conversations these are; up to `now`.
    pub(super) fn of(
        stints: &[Stint],
        conversations: &[Conversation],
        range: TimeRange,
        now: DateTime<Utc>,
        idle: TimeDelta,
    ) -> Self {
        let mut sums = Self::default();
        for stint in stints {
            *sums.state(stint.status) += length(stint.range);
        }
        let ready =
            Union::of(stints.iter().filter(|stint| stint.is_ready()).map(|stint| stint.range));
        let past = TimeRange { start: range.start, end: range.end.min(now) };
        let in_hand: Vec<_> = conversations
            .iter()
            .map(|conversation| clip(conversation.in_hand(now, idle), past))
            .collect();
        sums.held_ready = in_hand.iter().map(|range| ready.overlap(*range)).sum();
        let busy = Union::of(in_hand);
        sums.busy = busy.length();
        sums.busy_ready = busy.intersection(&ready).length();
        for conversation in conversations {
            sums.count(conversation, range);
        }
        sums
    }

    /// What was rated.
    pub(super) fn of_ratings(ratings: i64, rating_sum: i64) -> Self {
        Self { ratings, rating_sum, ..Self::default() }
    }

    /// Whether a status was reported, which counts an agent in whatever its states.
    pub(super) fn of_reports(reported: bool) -> Self {
        Self { reported, ..Self::default() }
    }

    fn state(&mut self, status: AgentStatus) -> &mut TimeDelta {
        match status {
            AgentStatus::Online => &mut self.online,
            AgentStatus::Serving => &mut self.serving,
            AgentStatus::Away => &mut self.away,
            AgentStatus::Offline => &mut self.offline,
        }
    }

    /// Counts a conversation by its own instants, as every figure does.
    fn count(&mut self, conversation: &Conversation, range: TimeRange) {
        let falls_within = |at: DateTime<Utc>| range.start <= at && at < range.end;
        if falls_within(conversation.assigned_at) {
            self.handled += 1;
        }
        if let Some(handle_time) = conversation.handle_time()
            && conversation.ended_at.is_some_and(falls_within)
        {
            self.ended += 1;
            self.handle_time += handle_time;
        }
    }

    /// Whether nothing is known but that the agent was not there.
    pub(super) fn is_absence(&self) -> bool {
        *self == Self { offline: self.offline, ..Self::default() }
    }

    /// As it is kept: times in microseconds.
    pub(super) fn to_numbers(self) -> [i64; 13] {
        [
            micros(self.online),
            micros(self.serving),
            micros(self.away),
            micros(self.offline),
            micros(self.busy),
            micros(self.busy_ready),
            micros(self.held_ready),
            self.handled,
            self.ended,
            micros(self.handle_time),
            self.ratings,
            self.rating_sum,
            self.reported.into(),
        ]
    }

    pub(super) fn from_numbers(numbers: [i64; 13]) -> Self {
        let [online, serving, away, offline, busy, busy_ready, held_ready, ..] =
            numbers.map(TimeDelta::microseconds);
        let [.., handled, ended, handle_time, ratings, rating_sum, reported] = numbers;
        Self {
            online,
            serving,
            away,
            offline,
            busy,
            busy_ready,
            held_ready,
            handled,
            ended,
            handle_time: TimeDelta::microseconds(handle_time),
            ratings,
            rating_sum,
            reported: reported != 0,
        }
    }

    /// Seconds from assignment to end, on average; none without an end.
    pub fn avg_handle_secs(&self) -> Option<f64> {
        ratio(micros(self.handle_time), self.ended * 1_000_000)
    }

    /// Percentage of the ready time with a conversation in hand, never above 100; none without any.
    pub fn occupancy(&self) -> Option<f64> {
        percent(self.busy_ready, self.ready(), 1)
    }

    /// Conversations in hand against those the agent could hold, in percent of the ready time; none
    /// without any, or without capacity.
    pub fn utilisation(&self, capacity: i32) -> Option<f64> {
        percent(self.held_ready, self.ready(), capacity)
    }

    /// The mean rating; none without any.
    pub fn avg_rating(&self) -> Option<f64> {
        ratio(self.rating_sum, self.ratings)
    }

    fn ready(&self) -> TimeDelta {
        self.online + self.serving
    }
}

impl AddAssign for Workload {
    fn add_assign(&mut self, other: Self) {
        self.online += other.online;
        self.serving += other.serving;
        self.away += other.away;
        self.offline += other.offline;
        self.busy += other.busy;
        self.busy_ready += other.busy_ready;
        self.held_ready += other.held_ready;
        self.handled += other.handled;
        self.ended += other.ended;
        self.handle_time += other.handle_time;
        self.ratings += other.ratings;
        self.rating_sum += other.rating_sum;
        self.reported |= other.reported;
    }
}

fn percent(part: TimeDelta, whole: TimeDelta, times: i32) -> Option<f64> {
    ratio(micros(part), micros(whole) * i64::from(times)).map(|part| part * 100.0)
}

/// As exact as both databases keep instants.
fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IDLE: TimeDelta = TimeDelta::seconds(1_800);

    fn at(secs: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + secs, 0).unwrap()
    }

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange { start: at(start), end: at(end) }
    }

    fn stint(status: AgentStatus, start: i64, end: i64) -> Stint {
        Stint { status, range: range(start, end) }
    }

    fn ended(assigned: i64, ended: i64) -> Conversation {
        let (assigned_at, last_event_at) = (at(assigned), at(ended));
        Conversation { assigned_at, ended_at: Some(at(ended)), last_event_at }
    }

    fn open(assigned: i64, last: i64) -> Conversation {
        Conversation { assigned_at: at(assigned), ended_at: None, last_event_at: at(last) }
    }

    fn workload(stints: &[Stint], conversations: &[Conversation], now: i64) -> Workload {
        Workload::of(stints, conversations, range(0, 10_000), at(now), IDLE)
    }

    #[test]
    fn overlapping_conversations_are_busy_once_and_held_twice() {
        let stints = [
            stint(AgentStatus::Online, 0, 600),
            stint(AgentStatus::Serving, 600, 1_000),
            stint(AgentStatus::Away, 1_000, 2_000),
        ];
        let sums = workload(&stints, &[ended(100, 900), ended(300, 1_100)], 9_000);
        assert_eq!(sums.busy, TimeDelta::seconds(1_000));
        assert_eq!(sums.occupancy(), Some(90.0));
        assert_eq!(sums.utilisation(2), Some(75.0));
        assert_eq!(sums.utilisation(1), Some(150.0));
        assert_eq!(sums.utilisation(0), None);
        assert_eq!(sums.avg_handle_secs(), Some(800.0));
    }

    #[test]
    fn a_conversation_is_busy_within_the_stretch_and_up_to_now() {
        let cases = [
            ("ended before", ended(-500, -100), 9_000, 0),
            ("reaches in", ended(-500, 100), 9_000, 100),
            ("reaches out", ended(9_900, 12_000), 20_000, 100),
            ("open and heard of", open(1_000, 8_000), 9_000, 8_000),
            ("open and silent", open(1_000, 3_000), 9_000, 2_000),
            ("silent for just that long", open(1_000, 7_200), 9_000, 6_200),
            ("ends ahead of now", ended(1_000, 2_000), 1_500, 500),
            ("assigned after its end", ended(2_000, 1_000), 9_000, 0),
        ];
        for (name, conversation, now, busy) in cases {
            let sums = workload(&[], &[conversation], now);
            assert_eq!(sums.busy.num_seconds(), busy, "{name}");
            assert_eq!(sums.occupancy(), None, "{name}");
        }
    }

    #[test]
    fn conversations_are_counted_by_their_instants() {
        let cases = [
            ("both within", ended(0, 9_999), (1, Some(9_999.0))),
            ("assigned before", ended(-1, 0), (0, Some(1.0))),
            ("ended after", ended(9_999, 10_000), (1, None)),
            ("open", open(5, 6), (1, None)),
            ("clocks disagree", ended(6, 5), (1, Some(0.0))),
        ];
        for (name, conversation, counted) in cases {
            let sums = workload(&[], &[conversation], 20_000);
            assert_eq!((sums.handled, sums.avg_handle_secs()), counted, "{name}");
        }
    }

    #[test]
    fn a_workload_is_read_as_it_was_kept() {
        let stints = [stint(AgentStatus::Online, 0, 600), stint(AgentStatus::Away, 600, 1_000)];
        let mut sums = workload(&stints, &[ended(100, 900), open(300, 1_100)], 9_000);
        sums += Workload::of_ratings(3, 14);
        sums += Workload::of_reports(true);
        assert_eq!(Workload::from_numbers(sums.to_numbers()), sums);
        let all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1];
        assert_eq!(Workload::from_numbers(all).to_numbers(), all);
    }

    #[test]
    fn only_absence_leaves_an_agent_out() {
        assert!(workload(&[stint(AgentStatus::Offline, 0, 100)], &[], 9_000).is_absence());
        assert!(!workload(&[stint(AgentStatus::Away, 0, 100)], &[], 9_000).is_absence());
        assert!(!workload(&[], &[open(5, 6)], 9_000).is_absence());
        assert!(!Workload::of_reports(true).is_absence());
        assert!(!Workload::of_ratings(1, 5).is_absence());
    }

    proptest! {
        #[test]
        fn occupancy_is_never_above_a_hundred(
            lengths in prop::collection::vec((0..4_usize, 0..500_i64), 0..12),
            conversations in prop::collection::vec((-500..6_000_i64, 0..3_000_i64), 0..12),
        ) {
            let (mut start, mut stints) = (0, Vec::new());
            for (status, length) in lengths {
                stints.push(stint(AgentStatus::ALL[status], start, start + length));
                start += length;
            }
            let conversations: Vec<_> = conversations
                .into_iter()
                .map(|(start, length)| ended(start, start + length))
                .collect();
            let sums = workload(&stints, &conversations, 20_000);
            prop_assert!(sums.occupancy().is_none_or(|percent| (0.0..=100.0).contains(&percent)));
            prop_assert!(sums.occupancy() <= sums.utilisation(1));
        }
    }
}
