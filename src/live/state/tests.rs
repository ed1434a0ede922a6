use super::{
    script::{Applied, Part, Reading, Terms},
    *,
};
use crate::{
    clock::ManualClock,
    live::testing::PrivateRedis,
    stats::{SessionChange, Visit},
};

fn now() -> DateTime<Utc> {
    "2026-03-10T04:00:00Z".parse().unwrap()
}

fn ago(secs: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(secs)
}

/// A Redis and an empty database, and the replicas over them.
struct Floor {
    redis: PrivateRedis,
    config: Arc<Config>,
    db: Db,
    _folder: tempfile::TempDir,
}

impl Floor {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default().checked().unwrap();
        config.store.data_dir = Some(folder.path().to_owned());
        let db = Db::connect(&config.store).await.unwrap();
        db.migrate().await.unwrap();
        let redis = PrivateRedis::start().await;
        Self { redis, config: Arc::new(config), db, _folder: folder }
    }

    async fn replica(&self) -> Arc<FloorState> {
        let link = RedisLink::connect(self.redis.client()).await.unwrap();
        let (db, config) = (self.db.clone(), Arc::clone(&self.config));
        let clock = Arc::new(ManualClock::at(now()));
        Arc::new(FloorState::new(db, clock, config, link, Keys::new("f")))
    }

    fn tenant(&self) -> Arc<Tenant> {
        self.config.tenant(TenantId::DEFAULT).unwrap()
    }

    /// A replica over a state that stands.
    async fn built(&self) -> Arc<FloorState> {
        let state = self.replica().await;
        state.rebuild(&self.tenant()).await.unwrap();
        state
    }
}

fn started() -> SessionChange {
    SessionChange { is_started: true, ..SessionChange::silent(ago(10)) }
}

fn whole(change: SessionChange) -> SessionChange {
    SessionChange { is_whole: true, ..change }
}

/// Applies changes past everything that looks after them.
async fn apply(
    state: &FloorState,
    tenant: &Tenant,
    sessions: &[(&str, SessionChange)],
    latest_ms: i64,
) -> Applied {
    let sessions: Vec<_> =
        sessions.iter().map(|(id, change)| ((*id).to_owned(), change.clone())).collect();
    let part = Part { sessions: &sessions, ..Part::default() };
    let terms = Terms { latest_ms, since_ms: i64::MAX, token: None };
    state.place(&tenant.id).apply(&part, terms).await.unwrap()
}

fn done() -> Applied {
    Applied::But(Vec::new())
}

async fn counted(state: &Arc<FloorState>, tenant: &Tenant) -> Option<(i64, i64)> {
    let (counted, _) = state.count(tenant, now()).await;
    let counted = counted?;
    Some((counted.sessions.active, counted.sessions.queued))
}

#[tokio::test]
async fn what_is_said_of_a_session_joins_in_any_order() {
    let queued = SessionChange { queued_at: Some(ago(5)), ..SessionChange::silent(ago(5)) };
    let assigned =
        SessionChange { agent: Some((ago(3), "li".to_owned())), ..SessionChange::silent(ago(3)) };
    let parts = [whole(started()), queued, assigned];
    let floor = Floor::start().await;
    let tenant = floor.tenant();
    for order in [[0, 1, 2], [0, 2, 1]] {
        let state = floor.built().await;
        for index in order {
            let said = apply(&state, &tenant, &[("s", parts[index].clone())], 0).await;
            assert_eq!(said, done());
        }
        let counted = state.count(&tenant, now()).await.0.unwrap();
        assert_eq!((counted.sessions.active, counted.sessions.queued), (1, 0), "{order:?}");
        assert_eq!(counted.busy, [("li".to_owned(), 1)].into(), "{order:?}");
    }
}

#[tokio::test]
async fn a_session_that_is_not_known_is_asked_for_and_an_ended_one_stays_so() {
    let floor = Floor::start().await;
    let (tenant, state) = (floor.tenant(), floor.built().await);
    let unknown = apply(&state, &tenant, &[("s", started())], 0).await;
    assert_eq!(unknown, Applied::But(vec!["s".to_owned()]));
    let ended = SessionChange { is_ended: true, ..SessionChange::silent(ago(1)) };
    assert_eq!(apply(&state, &tenant, &[("s", ended)], 0).await, done());
    // Its beginning comes after its end.
    assert_eq!(apply(&state, &tenant, &[("s", whole(started()))], 0).await, done());
    assert_eq!(counted(&state, &tenant).await, Some((0, 0)));
}

#[tokio::test]
async fn a_state_that_was_begun_later_is_not_told_of_sessions_that_had_ended() {
    let floor = Floor::start().await;
    let (tenant, state) = (floor.tenant(), floor.built().await);
    // One replica commits that a session began, and is slow to tell. Another ends the session and
    // tells; then the state is built anew, and holds neither.
    let mut late = FloorChanges::new(true);
    late.add_change("s", whole(started()));
    tokio::time::sleep(Duration::from_millis(5)).await;
    let ended = SessionChange { is_ended: true, ..SessionChange::silent(ago(1)) };
    assert_eq!(apply(&state, &tenant, &[("s", ended)], 0).await, done());
    floor.built().await;
    state.changed(&tenant.id, late, &[]);
    assert_eq!(counted(&state, &tenant).await, Some((0, 0)), "the database knows of none");
}

#[tokio::test]
async fn what_comes_too_late_is_not_applied() {
    let floor = Floor::start().await;
    let (tenant, state) = (floor.tenant(), floor.built().await);
    let in_the_past = state.redis.time_at(Instant::now()).unwrap() - 1_000;
    let said = apply(&state, &tenant, &[("s", whole(started()))], in_the_past).await;
    assert_eq!(said, Applied::Lost);
    assert_eq!(counted(&state, &tenant).await, Some((0, 0)));
}

#[tokio::test]
async fn a_redis_that_started_anew_is_not_believed_until_the_state_is_built() {
    let mut floor = Floor::start().await;
    floor.redis = PrivateRedis::durable().await;
    let (tenant, state) = (floor.tenant(), floor.built().await);
    assert_eq!(counted(&state, &tenant).await, Some((0, 0)));
    floor.redis.kill();
    floor.redis.revive().await;
    let again = floor.replica().await;
    assert_eq!(counted(&again, &tenant).await, None, "it may have forgotten the last second");
    again.rebuild(&tenant).await.unwrap();
    assert_eq!(counted(&again, &tenant).await, Some((0, 0)));
}

#[tokio::test]
async fn what_could_not_be_told_makes_the_state_doubtful_until_it_is_built() {
    let floor = Floor::start().await;
    let (tenant, state) = (floor.tenant(), floor.replica().await);
    // There is no state yet.
    let mut changes = FloorChanges::new(true);
    changes.add_change("s", whole(started()));
    state.changed(&tenant.id, changes, &[]);
    assert_eq!(counted(&state, &tenant).await, None);
    let other = floor.built().await;
    assert_eq!(counted(&other, &tenant).await, Some((0, 0)));
    assert_eq!(counted(&state, &tenant).await, None, "another may have read before its commit");
    state.rebuild(&tenant).await.unwrap();
    assert_eq!(counted(&state, &tenant).await, Some((0, 0)));
}

#[tokio::test]
async fn only_one_builds_a_state_at_a_time_and_nobody_reads_it_meanwhile() {
    let floor = Floor::start().await;
    let (tenant, state) = (floor.tenant(), floor.built().await);
    let place = state.place(&tenant.id);
    assert!(place.begin("first").await.unwrap().is_some());
    assert_eq!(place.begin("second").await.unwrap(), None);
    assert_eq!(state.try_rebuild(&tenant).await.unwrap(), None);
    let bounds = Bounds {
        now: now(),
        idle: TimeDelta::minutes(30),
        threshold: TimeDelta::minutes(1),
        window: TimeDelta::minutes(5),
    };
    assert!(matches!(place.read(bounds).await.unwrap(), Reading::Building));
    assert!(!place.finish("second", true).await.unwrap());
    // One that fails leaves a state that nobody believes in.
    assert!(!place.finish("first", false).await.unwrap());
    assert!(matches!(place.read(bounds).await.unwrap(), Reading::Lost));
    assert!(state.try_rebuild(&tenant).await.unwrap().is_some());
    assert!(matches!(place.read(bounds).await.unwrap(), Reading::Counted { .. }));
}

#[tokio::test]
async fn a_replica_that_falls_silent_is_noticed_once_and_one_that_leaves_is_not() {
    let floor = Floor::start().await;
    let (state, keys) = (floor.replica().await, Keys::new("f"));
    let beat = async |name: &str, silence_ms: u64| {
        let silence = Duration::from_millis(silence_ms);
        script::beat(&state.redis, &keys, name, silence).await.unwrap()
    };
    assert_eq!(beat("a", 10_000).await, (false, Vec::new()));
    assert_eq!(beat("a", 10_000).await, (true, Vec::new()));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(beat("b", 10).await, (false, vec!["a".to_owned()]));
    assert_eq!(beat("a", 10_000).await, (false, Vec::new()), "believed dead, it is told so");
    assert_eq!(beat(&state.name, 10_000).await, (false, Vec::new()));
    state.leave().await;
    assert_eq!(beat(&state.name, 10_000).await, (false, Vec::new()));
}

#[tokio::test]
async fn visitors_are_counted_exactly_in_both_windows() {
    let floor = Floor::start().await;
    let (tenant, state) = (floor.tenant(), floor.built().await);
    let mut changes = FloorChanges::new(true);
    for visitor in 0..12_000 {
        let at = |secs| Visit { visitor, at: ago(secs) };
        changes.add_visit("web", at(10));
        if visitor % 2 == 0 {
            changes.add_visit("web", at(10));
            changes.add_visit("web", at(400));
        }
        if visitor % 3 == 0 {
            changes.add_visit("web", at(700));
        }
    }
    state.changed(&tenant.id, changes, &[]);
    let at = async |secs: i64| {
        let later = now() + TimeDelta::seconds(secs);
        let counted = state.count(&tenant, later).await.0.unwrap();
        counted.visitors.get("web").copied().unwrap_or_default()
    };
    assert_eq!(at(0).await, (12_000, 6_000));
    assert_eq!(at(289).await, (12_000, 0));
    assert_eq!(at(290).await, (0, 12_000));
    assert_eq!(at(590).await, (0, 0));
}

#[tokio::test]
async fn a_floor_that_is_wrong_is_found_by_comparison_and_built_anew() {
    let floor = Floor::start().await;
    let (tenant, state) = (floor.tenant(), floor.built().await);
    apply(&state, &tenant, &[("nowhere", whole(started()))], 0).await;
    assert_eq!(counted(&state, &tenant).await, Some((1, 0)));
    state.verify(&tenant).await;
    assert_eq!(counted(&state, &tenant).await, None, "nobody believes in it any more");
    state.mend().await.unwrap();
    assert_eq!(counted(&state, &tenant).await, Some((0, 0)));
}
