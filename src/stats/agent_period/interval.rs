//! Arithmetic of stretches of time: union, intersection and length.

use chrono::TimeDelta;

use crate::tenant::TimeRange;

/// The part of a stretch that lies within another; empty when `start` is not before `end`.
pub(super) fn clip(range: TimeRange, within: TimeRange) -> TimeRange {
    TimeRange { start: range.start.max(within.start), end: range.end.min(within.end) }
}

/// How long a stretch is; an empty one is no time.
pub(super) fn length(range: TimeRange) -> TimeDelta {
    (range.end - range.start).max(TimeDelta::zero())
}

/// Stretches that neither overlap nor touch, none of them empty, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Union(Vec<TimeRange>);

impl Union {
    /// Joins what overlaps or touches.
    pub(super) fn of(ranges: impl IntoIterator<Item = TimeRange>) -> Self {
        let mut ranges: Vec<_> =
            ranges.into_iter().filter(|range| range.start < range.end).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<TimeRange> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    pub(super) fn length(&self) -> TimeDelta {
        self.0.iter().copied().map(length).sum()
    }

    /// How much of one stretch lies within the union.
    pub(super) fn overlap(&self, range: TimeRange) -> TimeDelta {
        self.pieces(range).map(length).sum()
    }

    /// What lies within both.
    pub(super) fn intersection(&self, other: &Self) -> Self {
        Self(other.0.iter().flat_map(|range| self.pieces(*range)).collect())
    }

    /// The parts of one stretch that lie within the union.
    fn pieces(&self, range: TimeRange) -> impl Iterator<Item = TimeRange> {
        let from = self.0.partition_point(|own| own.end <= range.start);
        let reaching = self.0[from..].iter().take_while(move |own| own.start < range.end);
        reaching.map(move |own| clip(*own, range))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    /// Stretches, as seconds from and to.
    type Secs = &'static [(i64, i64)];

    fn range((start, end): (i64, i64)) -> TimeRange {
        let at = |secs| DateTime::from_timestamp(secs, 0).unwrap();
        TimeRange { start: at(start), end: at(end) }
    }

    fn union(ranges: &[(i64, i64)]) -> Union {
        Union::of(ranges.iter().copied().map(range))
    }

    #[test]
    fn what_overlaps_or_touches_is_one() {
        let cases: [(Secs, Secs); 6] = [
            (&[], &[]),
            (&[(5, 5), (7, 3)], &[]),
            (&[(0, 10), (5, 20)], &[(0, 20)]),
            (&[(10, 20), (0, 10)], &[(0, 20)]),
            (&[(0, 30), (5, 6), (40, 50)], &[(0, 30), (40, 50)]),
            (&[(1, 2), (1, 2)], &[(1, 2)]),
        ];
        for (ranges, joined) in cases {
            let joined: Vec<_> = joined.iter().copied().map(range).collect();
            assert_eq!(union(ranges).0, joined, "{ranges:?}");
        }
    }

    #[test]
    fn an_intersection_is_what_lies_within_both() {
        let cases: [(Secs, Secs, Secs); 4] = [
            (&[(0, 10)], &[(10, 20)], &[]),
            (&[(0, 10), (20, 30)], &[(5, 25)], &[(5, 10), (20, 25)]),
            (&[(0, 100)], &[(1, 2), (3, 4)], &[(1, 2), (3, 4)]),
            (&[], &[(0, 10)], &[]),
        ];
        for (one, other, both) in cases {
            assert_eq!(union(one).intersection(&union(other)), union(both), "{one:?} {other:?}");
            assert_eq!(union(other).intersection(&union(one)), union(both), "{other:?} {one:?}");
        }
    }

    fn some_ranges() -> impl Strategy<Value = Vec<TimeRange>> {
        let one = (0..60_i64, 0..20_i64).prop_map(|(start, length)| range((start, start + length)));
        prop::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn a_union_is_no_longer_than_its_sum_or_its_hull(ranges in some_ranges()) {
            let joined = Union::of(ranges.clone());
            let sum: TimeDelta = ranges.iter().copied().map(length).sum();
            prop_assert!(joined.length() <= sum);
            let start = ranges.iter().map(|range| range.start).min().unwrap_or_default();
            let end = ranges.iter().map(|range| range.end).max().unwrap_or_default();
            prop_assert!(joined.length() <= end - start);
            prop_assert_eq!(Union::of(joined.0.clone()), joined);
        }

        #[test]
        fn an_intersection_with_itself_is_itself(ranges in some_ranges()) {
            let union = Union::of(ranges);
            prop_assert_eq!(union.intersection(&union), union);
        }

        #[test]
        fn an_intersection_is_the_same_from_both_sides_and_in_parts(
            (one, other) in (some_ranges(), some_ranges()),
        ) {
            let (one, other) = (Union::of(one), Union::of(other));
            let both = one.intersection(&other);
            prop_assert_eq!(&both, &other.intersection(&one));
            let parts: TimeDelta = other.0.iter().map(|range| one.overlap(*range)).sum();
            prop_assert_eq!(both.length(), parts);
            prop_assert!(both.length() <= one.length().min(other.length()));
        }
    }
}
