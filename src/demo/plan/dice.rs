//! Chance that falls alike each time: SplitMix64, seeded by what it is for.

use xxhash_rust::xxh3::xxh3_64;

/// A row of numbers that looks like chance.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Dice(u64);

impl Dice {
    /// Those of one thing: the same for the same name.
    pub(in crate::demo) fn of(name: &str) -> Self {
        Self(xxh3_64(name.as_bytes()))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included.
    pub(in crate::demo) fn between(&mut self, (low, high): (i64, i64)) -> i64 {
        let span = u64::try_from(high - low).unwrap_or_default() + 1;
        low + i64::try_from(self.roll() % span).unwrap_or_default()
    }

    /// The same, where small numbers are more frequent.
    pub(in crate::demo) fn skewed(&mut self, range: (i64, i64)) -> i64 {
        let (first, second) = (self.between(range), self.between(range));
        first.min(second)
    }

    pub(in crate::demo) fn chance(&mut self, percent: i64) -> bool {
        self.between((1, 100)) <= percent
    }

    /// A place in a list of weights, by its weight.
    pub(in crate::demo) fn place(&mut self, weights: impl Iterator<Item = i64> + Clone) -> usize {
        let mut left = self.between((1, weights.clone().sum::<i64>().max(1)));
        weights
            .clone()
            .position(|weight| {
                left -= weight;
                left <= 0
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_falls_alike_and_within_its_bounds() {
        let rolls = |name: &str| {
            let mut dice = Dice::of(name);
            (0..1_000).map(|_| dice.between((-3, 3))).collect::<Vec<_>>()
        };
        assert_eq!(rolls("a"), rolls("a"));
        assert_ne!(rolls("a"), rolls("b"));
        let of_a = rolls("a");
        assert!((-3..=3).all(|number| of_a.contains(&number)));
        assert!(of_a.iter().all(|number| (-3..=3).contains(number)));
    }

    #[test]
    fn a_place_goes_by_its_weight() {
        let mut dice = Dice::of("weights");
        let places: Vec<_> = (0..1_000).map(|_| dice.place([0, 9, 1].into_iter())).collect();
        let count = |place| places.iter().filter(|found| **found == place).count();
        assert_eq!(count(0), 0);
        assert!(count(1) > 800 && count(2) > 50, "{} {}", count(1), count(2));
    }
}
