//! SQL of sessions, for whoever asks for single ones.

use entity::{
    InTenant,
    session::{Column, Entity},
};
use sea_orm::{
    ActiveEnum as _, ColumnTrait, Condition, ConnectionTrait, FromQueryResult as _, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::{Asterisk, Expr, ExprTrait as _, Order, Query, SelectStatement, UnionType},
};

use super::model::{Filter, SessionRow};
use crate::{
    db::bulk,
    error::Result,
    graphql::paging::Cursor,
    stats::{Moment, OUTCOME, session_steps},
    tenant::TenantId,
};

pub(super) async fn find(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<SessionRow>> {
    let found = with_outcome(Entity::in_tenant(tenant)).filter(Column::SessionId.eq(id));
    Ok(found.into_model().one(db).await?)
}

/// Sessions after the one that `after` names, newest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) filter: &'a Filter,
    pub(super) moment: Moment,
    pub(super) after: Option<&'a Cursor>,
    pub(super) len: u64,
}

impl Listing<'_> {
    pub(super) async fn rows(self, db: &impl ConnectionTrait) -> Result<Vec<SessionRow>> {
        Ok(SessionRow::find_by_statement(self.statement(db)).all(db).await?)
    }

    pub(super) fn statement(self, db: &impl ConnectionTrait) -> Statement {
        let select = if self.filter.floor.is_some() { self.of_floor(db) } else { self.by_step(db) };
        db.get_database_backend().build::<SelectStatement>(&select)
    }

    /// There is no index over the first event alone, and none is needed: the one over `span` and first
    /// event holds the sessions of each step in order, so that the first of each are the first of all.
    fn by_step(self, db: &impl ConnectionTrait) -> SelectStatement {
        let mut steps = session_steps().map(|step| {
            let rows = self.matching(db).filter(Column::Span.eq(step)).limit(self.len);
            let rows = newest_first(with_outcome(rows));
            Query::select().column(Asterisk).from_subquery(rows.into_query(), "step").to_owned()
        });
        let mut merged = steps.next().unwrap_or_default();
        for step in steps {
            merged.union(UnionType::All, step);
        }
        merged.order_by("first_event_at", Order::Desc).order_by("session_id", Order::Desc);
        merged.limit(self.len).to_owned()
    }

    /// Open sessions are few, and have an index of their own.
    fn of_floor(self, db: &impl ConnectionTrait) -> SelectStatement {
        newest_first(with_outcome(self.matching(db))).limit(self.len).into_query()
    }

    fn matching(self, db: &impl ConnectionTrait) -> Select<Entity> {
        use Column::{
            AgentId, Channel, EndedAt, FirstEventAt, Product, Queue, SessionId, VisitorId,
        };
        let Self { tenant, filter, moment, after, .. } = self;
        let filter = filter.clone();
        // Only one bound of time bounds the search: so a deep page costs what the first does.
        let end = filter.to.into_iter().chain(after.map(Cursor::end)).min();
        Entity::in_tenant(tenant)
            .apply_if(filter.from, |rows, from| rows.filter(FirstEventAt.gte(from)))
            .apply_if(end, |rows, end| rows.filter(FirstEventAt.lt(end)))
            .apply_if(filter.product, |rows, product| rows.filter(Product.eq(product)))
            .apply_if(filter.channel, |rows, channel| rows.filter(Channel.eq(channel)))
            .apply_if(filter.queue, |rows, queue| rows.filter(Queue.eq(queue)))
            .apply_if(filter.agent_id, |rows, agent| rows.filter(AgentId.eq(agent)))
            .apply_if(filter.visitor_id, |rows, visitor| rows.filter(VisitorId.eq(visitor)))
            .apply_if(filter.outcome, |rows, outcome| {
                rows.filter(Expr::cust(format!("({OUTCOME})")).eq(outcome.to_value()))
            })
            .apply_if(filter.ended, |rows, ended| {
                rows.filter(if ended { EndedAt.is_not_null() } else { EndedAt.is_null() })
            })
            .apply_if(filter.floor, |rows, floor| {
                let condition = floor.sql("analytics_sessions");
                rows.filter(bulk::condition(db, &condition, &moment.values()))
            })
            .apply_if(after, |rows, after| {
                let before = Condition::any().add(FirstEventAt.lt(after.at));
                rows.filter(before.add(SessionId.lt(after.id.as_str())))
            })
    }
}

fn with_outcome(rows: Select<Entity>) -> Select<Entity> {
    rows.expr_as(Expr::cust(OUTCOME), "outcome")
}

fn newest_first(rows: Select<Entity>) -> Select<Entity> {
    rows.order_by_desc(Column::FirstEventAt).order_by_desc(Column::SessionId)
}
