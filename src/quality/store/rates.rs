//! SQL of audits in numbers: by where they stand, how scores agree, their mean.

use entity::{
    InTenant,
    quality_audit::{Column, Entity, Status},
};
use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, ConnectionTrait, FromQueryResult, QueryFilter, QuerySelect, Statement, Value,
};

use crate::{
    error::Result,
    quality::{
        model::{Agreement, Summary},
        rates::Verdicts,
    },
    tenant::{TenantId, TimeRange},
};

pub(in crate::quality) async fn count_by_status(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
) -> Result<Summary> {
    let counts: Vec<(Status, i64)> = Entity::in_tenant(tenant)
        .select_only()
        .column(Column::Status)
        .expr(Column::Id.count())
        .group_by(Column::Status)
        .into_tuple()
        .all(db)
        .await?;
    let count = |wanted| counts.iter().find(|(status, _)| *status == wanted).map_or(0, |c| c.1);
    Ok(Summary {
        passed: count(Status::Passed),
        failed: count(Status::Failed),
        pending_review: count(Status::PendingReview),
    })
}

/// The mean of the final scores audited within `range`.
pub(in crate::quality) async fn mean_final_score(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    range: TimeRange,
) -> Result<Option<Decimal>> {
    let sums: Option<(Option<i64>, i64)> = Entity::in_tenant(tenant)
        .filter(Column::Status.is_in([Status::Passed, Status::Failed]))
        .filter(Column::AuditedAt.gte(range.start))
        .filter(Column::AuditedAt.lt(range.end))
        .select_only()
        .expr(Column::Score.sum())
        .expr(Column::Id.count())
        .into_tuple()
        .one(db)
        .await?;
    let Some((Some(sum), count)) = sums else { return Ok(None) };
    Ok(Decimal::from(sum).checked_div(Decimal::from(count)))
}

#[derive(FromQueryResult)]
struct Compared {
    pairs: i64,
    within_ten: i64,
    both_yes: i64,
    only_first: i64,
    only_second: i64,
}

/// Compares a machine's score with a person's, of the audits that have both.
pub(in crate::quality) async fn compare_scores(
    db: &impl ConnectionTrait,
    tenant: &TenantId,
    pass_mark: i32,
) -> Result<Agreement> {
    let sql = "SELECT COUNT(*) AS pairs, \
         COUNT(CASE WHEN ABS(auto_score - human_score) <= 10 THEN 1 END) AS within_ten, \
         COUNT(CASE WHEN auto_score >= $2 AND human_score >= $2 THEN 1 END) AS both_yes, \
         COUNT(CASE WHEN auto_score >= $2 AND human_score < $2 THEN 1 END) AS only_first, \
         COUNT(CASE WHEN auto_score < $2 AND human_score >= $2 THEN 1 END) AS only_second \
         FROM analytics_quality_audits \
         WHERE tenant_id = $1 AND auto_score IS NOT NULL AND human_score IS NOT NULL";
    let values: Vec<Value> = vec![tenant.as_str().into(), pass_mark.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let Some(found) = Compared::find_by_statement(statement).one(db).await? else {
        return Ok(Agreement::default());
    };
    let Compared { pairs, within_ten, both_yes, only_first, only_second } = found;
    let both_no = pairs - both_yes - only_first - only_second;
    let verdicts = Verdicts { both_yes, only_first, only_second, both_no };
    Ok(Agreement { pairs, within_ten, verdicts })
}
