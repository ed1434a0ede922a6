//! Where pictures are kept: which tenants have one, and what all of them may take in memory.
//!
//! A picture that is to be made finds room where another has not been asked for a while; one that grows takes
//! it from the one that was asked longest ago. Whoever finds none is answered by the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use metrics::gauge;
use tokio::sync::RwLock;

use super::{Picture, Shared};
use crate::tenant::TenantId;

/// For how long a picture keeps its place before another tenant, unless that grows.
const KEPT: Duration = Duration::from_mins(1);

/// What is kept of a tenant's audits in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pictured {
    pub audits: usize,
    pub bytes: usize,
}

impl Pictured {
    pub(super) fn of(picture: &Picture) -> Self {
        Self { audits: picture.len(), bytes: picture.bytes() }
    }
}

/// What a tenant has on the shelf.
pub(super) enum Wish {
    Have(Shared),
    /// Nothing, and whoever asked is to make it.
    Make,
    /// Nothing for the time being.
    Without,
}

/// The pictures of all tenants.
#[derive(Debug)]
pub(super) struct Shelf {
    max_bytes: usize,
    places: Mutex<HashMap<TenantId, Place>>,
}

type Places = HashMap<TenantId, Place>;

#[derive(Debug)]
struct Place {
    content: Content,
    asked: Instant,
}

#[derive(Debug)]
enum Content {
    Picture(Shared, Pictured),
    /// Someone makes it.
    Making,
    /// Nothing, and nobody makes it before then.
    Empty(Instant),
}

impl Place {
    fn size(&self) -> Option<Pictured> {
        match &self.content {
            Content::Picture(_, size) => Some(*size),
            Content::Making | Content::Empty(_) => None,
        }
    }
}

impl Shelf {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, places: Mutex::default() }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for the picture of a tenant.
    pub(super) fn find(&self, tenant: &TenantId) -> Wish {
        if self.max_bytes == 0 {
            return Wish::Without;
        }
        let (mut places, now) = (self.places(), Instant::now());
        let empty = || Place { content: Content::Empty(now), asked: now };
        let place = places.entry(tenant.clone()).or_insert_with(empty);
        place.asked = now;
        match &place.content {
            Content::Picture(picture, _) => return Wish::Have(Arc::clone(picture)),
            Content::Making => return Wish::Without,
            Content::Empty(until) if now < *until => return Wish::Without,
            Content::Empty(_) => {}
        }
        place.content = Content::Making;
        Wish::Make
    }

    /// Puts up a picture that was made.
    pub(super) fn put(&self, tenant: &TenantId, picture: Picture) {
        let size = Pictured::of(&picture);
        let mut places = self.places();
        if let Some(place) = places.get_mut(tenant) {
            place.content = Content::Picture(Arc::new(RwLock::new(picture)), size);
        }
        self.hold_bound(&mut places, tenant);
    }

    /// Notes what a picture takes by now.
    pub(super) fn note_size(&self, tenant: &TenantId, size: Pictured) {
        let mut places = self.places();
        if let Some(Content::Picture(_, known)) =
            places.get_mut(tenant).map(|place| &mut place.content)
        {
            *known = size;
        }
        self.hold_bound(&mut places, tenant);
    }

    /// Says that no picture was made, and none is to be for a while.
    pub(super) fn give_up(&self, tenant: &TenantId, pause: Duration) {
        if let Some(place) = self.places().get_mut(tenant) {
            place.content = Content::Empty(Instant::now() + pause);
        }
    }

    /// Takes a picture down that is of no use any more.
    pub(super) fn take_down(&self, tenant: &TenantId) {
        let mut places = self.places();
        take_down(&mut places, tenant, Duration::ZERO);
        tell(&places);
    }

    /// Whether a picture of such a size has room, once those are gone that nobody has asked for a while.
    pub(super) fn has_room(&self, tenant: &TenantId, bytes: usize) -> bool {
        let mut places = self.places();
        while used(&places, tenant) + bytes > self.max_bytes {
            let Some(idle) = least_asked(&places, tenant, KEPT) else { return false };
            take_down(&mut places, &idle, Duration::ZERO);
        }
        tell(&places);
        true
    }

    /// Takes pictures down until the others fit, that of the tenant last.
    fn hold_bound(&self, places: &mut Places, tenant: &TenantId) {
        let own = |places: &Places| places.get(tenant).and_then(Place::size).unwrap_or_default();
        while used(places, tenant) + own(places).bytes > self.max_bytes {
            if let Some(other) = least_asked(places, tenant, Duration::ZERO) {
                take_down(places, &other, Duration::ZERO);
                continue;
            }
            tracing::info!(%tenant, "too many audits for `quality.index_memory_mb`");
            take_down(places, tenant, super::NO_ROOM);
            break;
        }
        tell(places);
    }

    pub(super) fn pictured(&self, tenant: &TenantId) -> Option<Pictured> {
        self.places().get(tenant).and_then(Place::size)
    }
}

/// What the pictures of all other tenants take.
fn used(places: &Places, but: &TenantId) -> usize {
    let others = places.iter().filter(|(tenant, _)| *tenant != but);
    others.filter_map(|(_, place)| place.size()).map(|size| size.bytes).sum()
}

/// The other tenant with a picture that was asked longest ago, and not for so long.
fn least_asked(places: &Places, but: &TenantId, unasked: Duration) -> Option<TenantId> {
    let is_idle = |place: &Place| place.size().is_some() && place.asked.elapsed() >= unasked;
    let idle = places.iter().filter(|(tenant, place)| *tenant != but && is_idle(place));
    idle.min_by_key(|(_, place)| place.asked).map(|(tenant, _)| tenant.clone())
}

fn take_down(places: &mut Places, tenant: &TenantId, pause: Duration) {
    if let Some(place) = places.get_mut(tenant)
        && place.size().is_some()
    {
        place.content = Content::Empty(Instant::now() + pause);
        gauge!("quality_index_audits", "tenant" => tenant.to_string()).set(0.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and bytes are far below 2^53")]
fn tell(places: &Places) {
    let mut bytes = 0;
    for (tenant, size) in places.iter().filter_map(|(tenant, place)| Some((tenant, place.size()?)))
    {
        bytes += size.bytes;
        gauge!("quality_index_audits", "tenant" => tenant.to_string()).set(size.audits as f64);
    }
    gauge!("quality_index_bytes").set(bytes as f64);
}

#[cfg(test)]
mod tests {
    use entity::quality_audit::{AuditType, Status};

    use super::*;
    use crate::quality::store::Change;

    fn picture(audits: i64) -> Picture {
        let audit = |id| Change {
            id,
            audited_at: chrono::DateTime::UNIX_EPOCH,
            score: 50,
            auto_score: Some(50),
            human_score: None,
            status: Status::Failed,
            audit_type: AuditType::Auto,
            agent_id: None,
            session_type: None,
            customer_name: None,
            claimed_until: None,
            number: id,
        };
        let mut picture = Picture::new(60, 0);
        picture.apply(&(1..=audits).map(audit).collect::<Vec<_>>());
        picture
    }

    fn tenants() -> [TenantId; 3] {
        ["a", "b", "c"].map(TenantId::new)
    }

    /// Makes and puts up a picture; whether it has found room.
    fn make(shelf: &Shelf, tenant: &TenantId) -> bool {
        assert!(matches!(shelf.find(tenant), Wish::Make));
        let picture = picture(100);
        let has_room = shelf.has_room(tenant, picture.bytes());
        if has_room {
            shelf.put(tenant, picture);
        } else {
            shelf.give_up(tenant, Duration::ZERO);
        }
        has_room
    }

    fn leave_for(shelf: &Shelf, tenant: &TenantId, time: Duration) {
        shelf.places().get_mut(tenant).unwrap().asked -= time;
    }

    #[test]
    fn a_picture_is_made_by_one_alone() {
        let ([a, ..], shelf) = (tenants(), Shelf::new(1 << 20));
        assert!(matches!(shelf.find(&a), Wish::Make));
        assert!(matches!(shelf.find(&a), Wish::Without));
        shelf.give_up(&a, Duration::from_hours(1));
        assert!(matches!(shelf.find(&a), Wish::Without));
        shelf.give_up(&a, Duration::ZERO);
        assert!(make(&shelf, &a));
        assert!(matches!(shelf.find(&a), Wish::Have(_)));
        assert_eq!(shelf.pictured(&a).map(|size| size.audits), Some(100));
        shelf.take_down(&a);
        assert_eq!(shelf.pictured(&a), None);
    }

    #[test]
    fn a_newcomer_takes_the_place_of_one_that_nobody_has_asked_for_a_minute() {
        let [a, b, c] = tenants();
        let shelf = Shelf::new(2 * picture(100).bytes());
        assert!(make(&shelf, &a) && make(&shelf, &b));
        assert!(!make(&shelf, &c), "both were asked just now");
        leave_for(&shelf, &b, KEPT);
        assert!(make(&shelf, &c));
        assert_eq!(
            [&a, &b, &c].map(|tenant| shelf.pictured(tenant).is_some()),
            [true, false, true]
        );
    }

    #[test]
    fn one_that_grows_takes_the_place_of_the_one_asked_longest_ago_and_at_last_its_own() {
        let [a, b, _] = tenants();
        let bytes = picture(100).bytes();
        let shelf = Shelf::new(2 * bytes);
        assert!(make(&shelf, &a) && make(&shelf, &b));
        leave_for(&shelf, &a, Duration::from_secs(1));
        shelf.note_size(&b, Pictured { audits: 150, bytes: bytes * 3 / 2 });
        assert_eq!((shelf.pictured(&a), shelf.pictured(&b).is_some()), (None, true));
        shelf.note_size(&b, Pictured { audits: 250, bytes: bytes * 5 / 2 });
        assert_eq!(shelf.pictured(&b), None);
        assert!(matches!(shelf.find(&b), Wish::Without));
    }

    #[test]
    fn without_memory_there_is_nothing_to_make() {
        let ([a, ..], shelf) = (tenants(), Shelf::new(0));
        assert!(matches!(shelf.find(&a), Wish::Without));
    }
}
