//! Sessions are found by how long they last and when they began, instead of by each of their
//! instants, so that most events change no index.
//!
//! Every instant of a session lies between its first event and its last. Of those whose step is
//! `span`, at most 4^`span` hours long, the ones that reach into a day began at most so long before
//! it; the step changes at most six times in the life of a session.

use sea_orm_migration::prelude::*;

use crate::dialect::is_sqlite;

const TABLE: &str = "analytics_sessions";
/// The instants that had an index each.
const INSTANTS: [&str; 5] =
    ["started_at", "queued_at", "assigned_at", "transferred_at", "ended_at"];
/// Steps with an end, and the one after them.
const STEPS: u32 = 6;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if is_sqlite(manager) {
            let span = Table::alter()
                .table(TABLE)
                .add_column(ColumnDef::new("span").small_integer().not_null().default(0))
                .to_owned();
            manager.alter_table(span).await?;
            // Whole seconds cut off what is below them: a step too high finds a session all the same.
            let secs = "strftime('%s', last_event_at) - strftime('%s', first_event_at) + 1";
            let fill =
                format!("UPDATE {TABLE} SET span = {}", steps(secs, |secs| secs.to_string()));
            connection.execute_unprepared(&fill).await?;
        } else {
            let span =
                steps("last_event_at - first_event_at", |secs| format!("interval '{secs} s'"));
            let add = format!(
                "ALTER TABLE {TABLE} ADD COLUMN span smallint GENERATED ALWAYS AS ({span}) STORED"
            );
            connection.execute_unprepared(&add).await?;
        }
        for instant in INSTANTS {
            let name = format!("idx_sessions_{instant}");
            manager.drop_index(Index::drop().table(TABLE).name(name).to_owned()).await?;
        }
        let index = Index::create()
            .name("idx_sessions_span")
            .table(TABLE)
            .col("tenant_id")
            .col("span")
            .col("first_event_at")
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().table(TABLE).name("idx_sessions_span").to_owned();
        manager.drop_index(index).await?;
        manager.alter_table(Table::alter().table(TABLE).drop_column("span").to_owned()).await?;
        for instant in INSTANTS {
            let index = Index::create()
                .name(format!("idx_sessions_{instant}"))
                .table(TABLE)
                .col("tenant_id")
                .col(instant)
                .cond_where(Expr::col(instant).is_not_null())
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// The step of a length of time in SQL.
fn steps(length: &str, written: impl Fn(u64) -> String) -> String {
    let step = |step| format!("WHEN {length} < {} THEN {step} ", written(3_600 * 4_u64.pow(step)));
    format!("CASE {}ELSE {STEPS} END", (0..STEPS).map(step).collect::<String>())
}
