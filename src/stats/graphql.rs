//! The live floor and the Dashboard in GraphQL.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::TimeDelta;

use super::{
    label,
    measure::{Measure, Totals},
    metric,
    realtime::{self, AgentLoad, Trend},
    service::Today,
    store::OpenDays,
};
use crate::{
    auth::Viewer,
    error::Error,
    graphql::{ContextExt, Date, DateTime, GraphqlResult, Long},
    input::check_filter,
    live::Picture,
    tenant::Language,
    tracker::{Durability, RawEvent, TrackStatus, fact::AgentStatus},
};

#[derive(Default)]
pub struct StatsQuery;

/// Reads figures.
#[Object]
impl StatsQuery {
    /// The live floor: answers from the same session state that history is built from.
    async fn realtime(&self, ctx: &Context<'_>, tenant_id: Option<ID>) -> GraphqlResult<Realtime> {
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        Ok(Realtime(ctx.services()?.live.picture_for(&viewer).await?))
    }

    /// Efficiency figures for the Dashboard page, of one product or of all.
    async fn stats(
        &self,
        ctx: &Context<'_>,
        tenant_id: Option<ID>,
        product: Option<String>,
    ) -> GraphqlResult<Stats> {
        check_filter("product", product.as_deref())?;
        let viewer = ctx.viewer_in(tenant_id.as_ref())?;
        Ok(Stats { viewer, product, open: OpenDays::default() })
    }
}

pub struct Realtime(Picture);

/// The floor at one instant.
#[Object]
impl Realtime {
    async fn overview(&self) -> RealtimeOverview {
        RealtimeOverview(self.0.clone())
    }

    /// Configured channels and those with a visitor in the last ten minutes, in order of their ids.
    async fn channels(&self) -> Vec<Channel> {
        Channel::list(&self.0)
    }

    /// Agents known in the last 24 hours, in order of their ids; with `status`, only those.
    async fn agents(&self, status: Option<AgentStatus>) -> Vec<Agent> {
        Agent::list(&self.0, status)
    }
}

pub struct RealtimeOverview(pub Picture);

/// The counts at the top of the Monitoring page.
#[Object]
impl RealtimeOverview {
    /// Sessions that started and have not ended, with an event in the last 30 minutes.
    async fn active_sessions(&self) -> i32 {
        self.0.floor.overview.active_sessions
    }

    /// Sessions queued, neither assigned nor ended; after a day of silence one is given up.
    async fn queue_count(&self) -> i32 {
        self.0.floor.overview.queue_count
    }

    /// Agents who are not OFFLINE and reported a status within the lease of 90 seconds.
    async fn online_agents(&self) -> i32 {
        self.0.floor.overview.online_agents
    }

    /// Agents known in the last 24 hours.
    async fn total_agents(&self) -> i32 {
        self.0.floor.overview.total_agents
    }

    /// Sessions that now wait in the queue for longer than the tenant's threshold.
    async fn sla_alerts(&self) -> i32 {
        self.0.floor.overview.sla_alerts
    }

    /// Busy agent slots as a percentage of the capacity online, 0 to 100 and above when
    /// overloaded; null without capacity.
    async fn system_load(&self) -> Option<f64> {
        self.0.floor.overview.system_load()
    }

    /// systemLoad as people read it, e.g. "28.4%"; a dash without capacity.
    async fn system_load_label(&self) -> String {
        label::percent(self.0.floor.overview.system_load())
    }

    /// Grows with every change of this tenant's overview; a client that sees a gap has missed
    /// nothing but intermediate states.
    async fn version(&self) -> Long {
        Long(self.0.version)
    }

    /// The instant the counts hold for.
    async fn as_of(&self) -> DateTime {
        DateTime(self.0.as_of)
    }
}

pub struct Channel(realtime::Channel);

impl Channel {
    pub fn list(picture: &Picture) -> Vec<Self> {
        picture.floor.channels.iter().cloned().map(Self).collect()
    }
}

/// A way customers come in.
#[Object]
impl Channel {
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The configured name; the id of a channel that is not configured.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Distinct visitors seen in the last five minutes.
    async fn online_users(&self) -> i32 {
        self.0.online_users
    }

    /// Percentage of the channel's capacity in use.
    async fn load(&self) -> f64 {
        self.0.load
    }

    /// Online users against the five minutes before.
    async fn trend(&self) -> Trend {
        self.0.trend
    }
}

pub struct Agent {
    agent: realtime::Agent,
    as_of: chrono::DateTime<chrono::Utc>,
}

impl Agent {
    pub fn list(picture: &Picture, status: Option<AgentStatus>) -> Vec<Self> {
        let agents = realtime::with_status(&picture.floor, status);
        agents.into_iter().map(|agent| Self { agent, as_of: picture.as_of }).collect()
    }

    fn in_status(&self) -> TimeDelta {
        self.as_of - self.agent.presence.since
    }
}

/// A person who answers.
#[Object]
impl Agent {
    async fn agent_id(&self) -> ID {
        ID(self.agent.id.clone())
    }

    /// The name of the latest event that gave one, else the id.
    async fn name(&self) -> &str {
        &self.agent.name
    }

    async fn status(&self) -> AgentStatus {
        self.agent.presence.status
    }

    /// Seconds in the present status.
    async fn duration_seconds(&self) -> i32 {
        i32::try_from(self.in_status().num_seconds().max(0)).unwrap_or(i32::MAX)
    }

    /// durationSeconds as people read it, e.g. "12m", "4h".
    async fn duration(&self) -> String {
        label::duration(self.in_status())
    }

    /// Conversations in hand against capacity: from a half MEDIUM, from four fifths HIGH.
    async fn load(&self) -> AgentLoad {
        self.agent.load()
    }
}

pub struct Stats {
    viewer: Viewer,
    product: Option<String>,
    open: OpenDays,
}

/// Figures of one tenant, of one product or of all.
#[Object]
impl Stats {
    /// The present day in the tenant's time zone, up to now.
    async fn today(&self, ctx: &Context<'_>) -> GraphqlResult<TodayStats> {
        let (stats, product) = (&ctx.services()?.stats, self.product.as_deref());
        let today = stats.today(&self.viewer, product, &self.open).await?;
        Ok(TodayStats { today, viewer: self.viewer.clone() })
    }

    /// One point a day, oldest first, the last one today or `until`; a day without sessions is a
    /// point with zeros. 1 to 366 days.
    async fn trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(7)")] days: Option<i32>,
        until: Option<Date>,
    ) -> GraphqlResult<Vec<TrendPoint>> {
        let language = self.viewer.tenant.language;
        let days = self.series(ctx, days.unwrap_or(7), until).await?;
        let point = |(date, totals)| TrendPoint::of(date, &totals, language);
        Ok(days.into_iter().map(point).collect())
    }

    /// Ratings of 1 to 366 days, the last one today or `until`.
    async fn satisfaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(30)")] days: Option<i32>,
        until: Option<Date>,
    ) -> GraphqlResult<Satisfaction> {
        let mut totals = Totals::default();
        for (_, day) in self.series(ctx, days.unwrap_or(30), until).await? {
            totals.add(&day);
        }
        Ok(Satisfaction::of(&totals, self.viewer.tenant.language))
    }

    /// Any stretch of days in the tenant's time zone, both ends included, however long ago; at
    /// most 3,660 days.
    async fn period(&self, ctx: &Context<'_>, from: Date, to: Date) -> GraphqlResult<PeriodStats> {
        let (stats, product) = (&ctx.services()?.stats, self.product.as_deref());
        let totals = stats.period(&self.viewer, product, from.0, to.0, &self.open).await?;
        Ok(PeriodStats(totals))
    }
}

impl Stats {
    async fn series(
        &self,
        ctx: &Context<'_>,
        days: i32,
        until: Option<Date>,
    ) -> crate::error::Result<Vec<(chrono::NaiveDate, Totals)>> {
        let (product, until) = (self.product.as_deref(), until.map(|date| date.0));
        ctx.services()?.stats.series(&self.viewer, product, days, until, &self.open).await
    }
}

pub struct TodayStats {
    today: Today,
    viewer: Viewer,
}

/// The present day so far.
#[Object]
impl TodayStats {
    /// Sessions that started today.
    async fn total_sessions(&self) -> Long {
        Long(metric::TOTAL_SESSIONS.count(&self.today.today))
    }

    /// Mean response time of AI and people in seconds; null when nothing was answered.
    async fn avg_response_time(&self) -> Option<f64> {
        metric::AVG_RESPONSE_TIME.of(&self.today.today)
    }

    /// Ratings of 4 and 5 as a percentage of all ratings; null without ratings.
    async fn satisfaction_rate(&self) -> Option<f64> {
        metric::SATISFACTION_RATE.of(&self.today.today)
    }

    /// Grade of the mean final audit score of the last 30 days in the tenant's language, e.g.
    /// "卓越"; null without audits.
    async fn quality_rating(&self, ctx: &Context<'_>) -> Option<GraphqlResult<&'static str>> {
        let grade = async { ctx.services()?.quality.grade(&self.viewer.tenant).await };
        grade.await.map_err(Into::into).transpose()
    }

    /// Against the same elapsed part of yesterday.
    async fn changes(&self) -> StatChanges {
        StatChanges(self.today.clone())
    }
}

pub struct StatChanges(Today);

/// Changes as people read them; null where there is nothing to compare.
#[Object]
impl StatChanges {
    /// In percent, e.g. "+12%".
    async fn sessions(&self) -> Option<String> {
        let count = |totals| metric::TOTAL_SESSIONS.count(totals);
        label::change_ratio(count(&self.0.today), count(&self.0.yesterday))
    }

    /// In seconds, e.g. "-4s".
    async fn response_time(&self) -> Option<String> {
        let mean = |totals| metric::AVG_RESPONSE_TIME.of(totals);
        label::change(mean(&self.0.today), mean(&self.0.yesterday), 0, "s")
    }

    /// In percentage points, e.g. "+0.2%".
    async fn satisfaction(&self) -> Option<String> {
        let rate = |totals| metric::SATISFACTION_RATE.of(totals);
        label::change(rate(&self.0.today), rate(&self.0.yesterday), 1, "%")
    }
}

/// One day of the trend.
#[derive(SimpleObject)]
pub struct TrendPoint {
    date: Date,
    /// Weekday in the tenant's language, e.g. "周一".
    name: String,
    /// Sessions that started.
    sessions: Long,
}

impl TrendPoint {
    fn of(date: chrono::NaiveDate, totals: &Totals, language: Language) -> Self {
        Self {
            date: Date(date),
            name: label::weekday(date, language).to_owned(),
            sessions: Long(metric::TOTAL_SESSIONS.count(totals)),
        }
    }
}

/// How customers rated.
#[derive(SimpleObject)]
pub struct Satisfaction {
    /// Very satisfied (5), satisfied (4), to be improved (1 to 3), in this order. Shares add up to
    /// exactly 100 whenever there is a rating, and are all 0 otherwise.
    distribution: Vec<SatisfactionShare>,
}

/// One part of the ratings.
#[derive(SimpleObject)]
pub struct SatisfactionShare {
    label: String,
    /// Whole percent.
    value: i32,
    /// For charts, e.g. "#00a6a0".
    color: String,
}

impl Satisfaction {
    fn of(totals: &Totals, language: Language) -> Self {
        let five = totals.get(Measure::Rating5Count);
        let four = totals.get(Measure::Rating4Count);
        let less = totals.get(Measure::RatingCount) - five - four;
        let labels = [
            (language.pick("非常满意", "Very satisfied"), "#00a6a0"),
            (language.pick("满意", "Satisfied"), "#ffffff"),
            (language.pick("待改进", "To be improved"), "#ef4444"),
        ];
        let shares = label::shares([five, four, less]);
        let share = |((label, color), value): ((&str, &str), i32)| SatisfactionShare {
            label: label.to_owned(),
            value,
            color: color.to_owned(),
        };
        Self { distribution: labels.into_iter().zip(shares).map(share).collect() }
    }
}

pub struct PeriodStats(Totals);

/// Figures of a stretch of days. Durations in seconds, rates in percent; a mean or a rate without
/// a denominator is null.
#[Object]
impl PeriodStats {
    /// Sessions that started.
    async fn total_sessions(&self) -> Long {
        Long(metric::TOTAL_SESSIONS.count(&self.0))
    }

    /// Sessions that ended.
    async fn completed_sessions(&self) -> Long {
        Long(metric::COMPLETED_SESSIONS.count(&self.0))
    }

    /// Sessions that ended, never transferred, queued or assigned to a person, and whose end does
    /// not say `resolved: false`. By the end.
    async fn ai_resolved(&self) -> Long {
        Long(metric::AI_RESOLVED.count(&self.0))
    }

    /// Sessions handed over from the AI to a person. By the first hand-over.
    async fn transferred(&self) -> Long {
        Long(metric::TRANSFERRED.count(&self.0))
    }

    /// Sessions assigned to a person. By the first assignment.
    async fn answered(&self) -> Long {
        Long(metric::ANSWERED.count(&self.0))
    }

    /// Sessions that ended in the queue without an answer by a person. By the end.
    async fn abandoned(&self) -> Long {
        Long(metric::ABANDONED.count(&self.0))
    }

    /// Sessions that ended with `resolved: true`. By the end.
    async fn resolved(&self) -> Long {
        Long(metric::RESOLVED.count(&self.0))
    }

    /// Mean duration of the sessions that ended, as the end says or from start to end.
    async fn avg_session_duration(&self) -> Option<f64> {
        metric::AVG_SESSION_DURATION.of(&self.0)
    }

    /// Mean `response_time` over messages by AI and people.
    async fn avg_response_time(&self) -> Option<f64> {
        metric::AVG_RESPONSE_TIME.of(&self.0)
    }

    /// Mean wait from queue to first assignment, over queued sessions that were assigned.
    async fn avg_speed_of_answer(&self) -> Option<f64> {
        metric::AVG_SPEED_OF_ANSWER.of(&self.0)
    }

    /// Answered within the tenant's threshold ÷ (queued − abandoned within it), as a percentage.
    /// By the time of queueing.
    async fn service_level(&self) -> Option<f64> {
        metric::SERVICE_LEVEL.of(&self.0)
    }

    /// Messages by customers, AI and people.
    async fn total_messages(&self) -> Long {
        Long(metric::TOTAL_MESSAGES.count(&self.0))
    }

    /// Mean rating, 1 to 5.
    async fn avg_rating(&self) -> Option<f64> {
        metric::AVG_RATING.of(&self.0)
    }

    async fn rating_count(&self) -> Long {
        Long(metric::RATING_COUNT.count(&self.0))
    }

    /// Ratings of 4 and 5 as a percentage of all.
    async fn satisfaction_rate(&self) -> Option<f64> {
        metric::SATISFACTION_RATE.of(&self.0)
    }
}

/// A status set by hand.
#[derive(InputObject)]
pub struct AgentStatusInput {
    agent_id: ID,
    status: AgentStatus,
    /// At most 100 characters.
    name: Option<String>,
    /// Conversations this agent can hold at once, 0 to 10,000.
    capacity: Option<i32>,
}

#[derive(Default)]
pub struct StatsMutation;

/// Changes the floor.
#[Object]
impl StatsMutation {
    /// Sets an agent's status, which is stored as an `agent.status` event. ONLINE and SERVING hold
    /// for the lease of 90 seconds; AWAY and OFFLINE stay until the next status.
    async fn update_agent_status(
        &self,
        ctx: &Context<'_>,
        input: AgentStatusInput,
    ) -> GraphqlResult<Agent> {
        let (services, viewer) = (ctx.services()?, ctx.viewer()?);
        let agent_id = input.agent_id.0.clone();
        let results =
            services.tracker.track(viewer, vec![input.into()], Durability::Stored).await?;
        if let Some(rejected) = results.iter().find(|result| result.status == TrackStatus::Rejected)
        {
            let reason = rejected.reason.as_deref().unwrap_or_default();
            return Err(Error::Refused(as_argument(reason)).into());
        }
        let picture = services.live.picture(&viewer.tenant).await?;
        let agent =
            Agent::list(&picture, None).into_iter().find(|agent| agent.agent.id == agent_id);
        Ok(agent.ok_or_else(|| Error::not_found("agent", agent_id))?)
    }
}

/// Names the arguments of `updateAgentStatus` instead of the fields of its event.
fn as_argument(reason: &str) -> String {
    let renamed = [("data.agent_id", "agentId"), ("data.agent_name", "name"), ("data.", "")];
    renamed.iter().fold(reason.to_owned(), |reason, (field, name)| reason.replace(field, name))
}

impl From<AgentStatusInput> for RawEvent {
    fn from(input: AgentStatusInput) -> Self {
        let data = serde_json::json!({
            "agent_id": input.agent_id.as_str(),
            "agent_name": input.name,
            "status": input.status.as_str(),
            "capacity": input.capacity,
            "by_hand": true,
        });
        Self {
            name: "agent.status".to_owned(),
            product: "deskpulse".to_owned(),
            data: Some(data),
            ..Self::default()
        }
    }
}
