//! Which agents are there, at any instant: three shifts a day, so that somebody answers whenever the
//! demo is looked at.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    cast::{AGENTS, Agent},
    dice::Dice,
};

/// Where an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) enum Place {
    Desk,
    /// On a break, which the agent has set by hand.
    Break,
    Home,
}

/// A shift, and a piece of it: whoever is on a break is so for all of it.
const SHIFT: TimeDelta = TimeDelta::hours(8);
const PIECE: TimeDelta = TimeDelta::minutes(20);

/// Where an agent is, by its place in the list, and since when.
pub(in crate::demo) fn place(agent: usize, at: DateTime<Utc>) -> (Place, DateTime<Utc>) {
    let (place, mut since) = (place_at(agent, at), part(at, PIECE).1);
    let shift_began = part(at, SHIFT).1;
    while since > shift_began && place_at(agent, since - PIECE) == place {
        since -= PIECE;
    }
    (place, since.max(shift_began))
}

fn place_at(agent: usize, at: DateTime<Utc>) -> Place {
    let (shift, piece) = (part(at, SHIFT).0, part(at, PIECE).0);
    // Two of twelve are at home, others each shift.
    if (i64::try_from(agent).unwrap_or_default() + shift).rem_euclid(6) == 0 {
        Place::Home
    } else if Dice::of(&format!("break-{agent}-{piece}")).chance(9) {
        Place::Break
    } else {
        Place::Desk
    }
}

/// Someone who is at the desk.
pub(super) fn pick(dice: &mut Dice, at: DateTime<Utc>) -> &'static Agent {
    let is_there = |agent: &usize| place_at(*agent, at) == Place::Desk;
    let present: Vec<_> = (0..AGENTS.len()).filter(is_there).collect();
    let last = i64::try_from(present.len()).unwrap_or_default() - 1;
    let chosen = usize::try_from(dice.between((0, last.max(0)))).unwrap_or_default();
    &AGENTS[present.get(chosen).copied().unwrap_or_default()]
}

/// Which of the parts of all time an instant lies in, and when that began.
fn part(at: DateTime<Utc>, len: TimeDelta) -> (i64, DateTime<Utc>) {
    let number = at.timestamp().div_euclid(len.num_seconds());
    let began = DateTime::from_timestamp(number * len.num_seconds(), 0).unwrap_or(at);
    (number, began)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_are_at_their_desks_whatever_the_hour() {
        let midnight: DateTime<Utc> = "2026-03-10T00:00:00Z".parse().unwrap();
        for hour in 0..72 {
            let at = midnight + TimeDelta::hours(hour);
            let count = |wanted| (0..AGENTS.len()).filter(|of| place(*of, at).0 == wanted).count();
            assert_eq!(count(Place::Home), 2, "{at}");
            assert!(count(Place::Desk) >= 5, "{at}");
            assert!((0..AGENTS.len()).all(|of| place(of, at).1 <= at));
        }
    }
}
