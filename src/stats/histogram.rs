//! How many values fall into which bucket: what a percentile is read from, within 1 %.
//!
//! Invariant: buckets are the same everywhere and for ever, so that histograms of two stretches add up
//! to that of both. A bucket is named by the smallest value in it. Values below 128 have one each; each
//! doubling above has 64 of one width, so that no value is further than 1/128 from the middle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use unsigned_varint::{decode, encode};

/// Values below 2 to this power have a bucket each.
const EXACT_BITS: u32 = 7;
/// Buckets of a doubling: 2 to this power.
const STEP_BITS: u32 = EXACT_BITS - 1;
/// The last doubling begins at 2 to this power; 2^42 milliseconds are 139 years.
const LAST_BITS: u32 = 41;
/// How kept bytes are to be read.
const VERSION: u8 = 1;

/// The bucket of a value; what is less than nothing counts as 0.
pub(super) fn bucket_of(value: i64) -> i64 {
    let value = value.max(0);
    value - value % width(value)
}

/// How many whole numbers share the bucket of a value.
fn width(value: i64) -> i64 {
    let bits = value.checked_ilog2().unwrap_or_default();
    1 << bits.min(LAST_BITS).saturating_sub(STEP_BITS)
}

/// The same in SQL, of a column.
pub(super) fn bucket_sql(value: &str) -> String {
    let mut widths = String::new();
    for bits in STEP_BITS..LAST_BITS {
        let (until, width) = (1_i64 << (bits + 1), 1_i64 << (bits - STEP_BITS));
        let _ = write!(widths, "WHEN {value} < {until} THEN {width} ");
    }
    let last = 1_i64 << (LAST_BITS - STEP_BITS);
    format!(
        "CASE WHEN {value} < 0 THEN 0 ELSE {value} - {value} % CASE {widths}ELSE {last} END END"
    )
}

/// The number of a bucket, counted from the smallest.
fn index_of(bucket: i64) -> i64 {
    let bits = bucket.checked_ilog2().unwrap_or_default().clamp(STEP_BITS, LAST_BITS);
    let doubling = i64::from(bits - STEP_BITS);
    (doubling << STEP_BITS) + (bucket >> doubling)
}

/// The bucket of a number; none beyond what a value can be.
fn bucket_at(index: i64) -> Option<i64> {
    let last = i64::from(LAST_BITS - STEP_BITS);
    let doubling = ((index >> STEP_BITS) - 1).clamp(0, last);
    (index - (doubling << STEP_BITS)).checked_mul(1 << doubling)
}

/// The number at the beginning of kept bytes, and those after it.
fn read(bytes: &[u8]) -> Result<(i64, &[u8]), Unreadable> {
    let (number, rest) = decode::u64(bytes).map_err(|_| Unreadable)?;
    let number = i64::try_from(number).map_err(|_| Unreadable)?;
    // A tenth byte says more than 63 bits, and those beyond the 64th would be lost without a word.
    if bytes.len() - rest.len() > 9 { Err(Unreadable) } else { Ok((number, rest)) }
}

/// Kept bytes that are no histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a histogram")]
pub(super) struct Unreadable;

/// Counts by bucket; one that is not there has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<i64, i64>);

impl Histogram {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds values to the bucket of one of them.
    pub(super) fn count_in(&mut self, value: i64, values: i64) {
        if values > 0 {
            *self.0.entry(bucket_of(value)).or_default() += values;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (bucket, values) in &other.0 {
            *self.0.entry(*bucket).or_default() += values;
        }
    }

    /// How many values there are.
    pub fn count(&self) -> i64 {
        self.0.values().sum()
    }

    /// Twice the middle of the bucket with the value that so many per cent do not exceed, by nearest
    /// rank; none without values.
    pub(super) fn percentile_doubled(&self, percent: u8) -> Option<i64> {
        let parts = i128::from(self.count()) * i128::from(percent);
        let mut left = ((parts + 99) / 100).max(1);
        for (bucket, values) in &self.0 {
            left -= i128::from(*values);
            if left <= 0 {
                return Some(2 * bucket + width(*bucket) - 1);
            }
        }
        None
    }

    /// The first bucket in which the two differ, with the counts of both.
    pub(super) fn difference(&self, other: &Self) -> Option<(i64, i64)> {
        let buckets: BTreeSet<&i64> = self.0.keys().chain(other.0.keys()).collect();
        let count = |of: &Self, bucket| of.0.get(bucket).copied().unwrap_or_default();
        let mut counts =
            buckets.into_iter().map(|bucket| (count(self, bucket), count(other, bucket)));
        counts.find(|(own, others)| own != others)
    }

    /// As it is kept: a version, then of each bucket how far its number is from the one before, and its
    /// count, as varints.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        let mut last = 0;
        for (bucket, values) in &self.0 {
            let index = index_of(*bucket);
            for number in [index - last, *values] {
                let number = number.unsigned_abs();
                bytes.extend_from_slice(encode::u64(number, &mut encode::u64_buffer()));
            }
            last = index;
        }
        bytes
    }

    /// # Errors
    /// [`Unreadable`] for anything but what [`encode`](Self::encode) gives.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let [VERSION, rest @ ..] = bytes else { return Err(Unreadable) };
        let mut rest = rest;
        let (mut buckets, mut index, mut count) = (BTreeMap::new(), 0_i64, 0_i64);
        while !rest.is_empty() {
            let (step, values);
            (step, rest) = read(rest)?;
            (values, rest) = read(rest)?;
            index = index.checked_add(step).ok_or(Unreadable)?;
            count = count.checked_add(values).ok_or(Unreadable)?;
            let bucket = bucket_at(index).ok_or(Unreadable)?;
            if values == 0 || buckets.insert(bucket, values).is_some() {
                return Err(Unreadable);
            }
        }
        Ok(Self(buckets))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::{ConnectionTrait as _, Statement};

    use super::*;
    use crate::db::testing::database;

    /// As many values of each size, from nothing to a century.
    fn any_value() -> impl Strategy<Value = i64> {
        (0..42_u32, any::<i64>()).prop_map(|(bits, value)| (value & ((2 << bits) - 1)).abs())
    }

    fn of(values: &[i64]) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.count_in(*value, 1);
        }
        histogram
    }

    #[test]
    fn buckets_are_as_wide_as_they_are_said_to_be() {
        for (value, bucket) in [
            (-5, 0),
            (0, 0),
            (127, 127),
            (128, 128),
            (129, 128),
            (255, 254),
            (256, 256),
            (259, 256),
            (8_191, 8_128),
            (8_192, 8_192),
            ((1 << 42) - 1, (1 << 42) - (1 << 35)),
            (1 << 42, 1 << 42),
        ] {
            assert_eq!(bucket_of(value), bucket, "{value}");
        }
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let hundred = of(&(1..=100).collect::<Vec<_>>());
        for (values, percent, doubled) in [
            (&of(&[]), 50, None),
            (&of(&[7]), 50, Some(14)),
            (&of(&[7]), 99, Some(14)),
            (&of(&[1, 2]), 50, Some(2)),
            (&of(&[1, 2, 3]), 50, Some(4)),
            (&hundred, 50, Some(100)),
            (&hundred, 90, Some(180)),
            (&hundred, 99, Some(198)),
            // 1,000 shares its bucket with 1,007.
            (&of(&[1_000, 1_000]), 90, Some(2_007)),
        ] {
            assert_eq!(values.percentile_doubled(percent), doubled, "{values:?} at {percent}");
        }
    }

    #[test]
    fn what_is_no_histogram_is_refused() {
        let kept = of(&[1, 130, 130, 5_000]).encode();
        assert_eq!(kept, [1, 1, 1, 128, 1, 2, 205, 2, 1]);
        for bytes in [
            &[][..],
            &[2, 1, 1],
            // No count, a count of nothing, a bucket twice, a number that goes on and on.
            &[1, 1],
            &[1, 1, 0],
            &[1, 1, 1, 0, 1],
            &[1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
            // Bits beyond the 64th; more buckets, or more values, than there can be.
            &[1, 0, 1, 1, 128, 128, 128, 128, 128, 128, 128, 128, 129, 6],
            &[1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1],
            &[1, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
        ] {
            assert_eq!(Histogram::decode(bytes), Err(Unreadable), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn the_middle_of_a_bucket_is_within_one_per_cent(value in any_value()) {
            let middle = of(&[value]).percentile_doubled(50).unwrap();
            prop_assert!((middle - 2 * value).abs() * 128 <= 2 * value, "{middle} for {value}");
        }

        #[test]
        fn a_bucket_has_its_number(value in 0..i64::MAX) {
            prop_assert_eq!(bucket_at(index_of(bucket_of(value))), Some(bucket_of(value)));
            prop_assert!(index_of(bucket_of(value)) <= index_of(bucket_of(value.saturating_add(1))));
        }

        #[test]
        fn histograms_add_up(
            some in prop::collection::vec(any_value(), 0..50),
            more in prop::collection::vec(any_value(), 0..50),
        ) {
            let mut sum = of(&some);
            sum.add(&of(&more));
            prop_assert_eq!(sum, of(&[some, more].concat()));
        }

        #[test]
        fn what_is_kept_comes_back(values in prop::collection::vec(any_value(), 0..50)) {
            let histogram = of(&values);
            prop_assert_eq!(Histogram::decode(&histogram.encode()), Ok(histogram));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let bytes = [&[VERSION], &bytes[..]].concat();
            if let Ok(histogram) = Histogram::decode(&bytes) {
                prop_assert_eq!(histogram.encode(), bytes);
            }
        }
    }

    #[tokio::test]
    async fn the_database_finds_the_same_buckets() {
        let (db, _folder) = database().await;
        let edges = (0..43).flat_map(|bits| (-1..=1).map(move |by| (1_i64 << bits) + by));
        let random = (0..2_000).map(|_| rand::random::<i64>() >> (rand::random::<u32>() % 63));
        let values: Vec<_> = edges.chain(random).collect();
        let rows: Vec<_> = values.iter().map(|value| format!("({value})")).collect();
        let sql = format!(
            "SELECT v AS value, {} AS bucket FROM (SELECT CAST(column1 AS BIGINT) AS v \
             FROM (VALUES {}) AS given) AS given",
            bucket_sql("v"),
            rows.join(", ")
        );
        let rows = db.pool().query_all_raw(Statement::from_string(db.backend(), sql)).await;
        let rows = rows.unwrap();
        assert_eq!(rows.len(), values.len());
        for row in rows {
            let value: i64 = row.try_get("", "value").unwrap();
            assert_eq!(row.try_get::<i64>("", "bucket").unwrap(), bucket_of(value), "{value}");
        }
    }
}
