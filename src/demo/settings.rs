//! What the demo needs of the configuration: its tenant, plan, prices and scorecard.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    TENANT,
    plan::{CHANNELS, MODELS},
};
use crate::{
    config::{Category, Plan, Price, Scorecard},
    tenant::{ChannelSettings, Tenant},
};

/// The name of the plan.
pub(crate) const PLAN: &str = "demo";
/// The scorecard of the audits.
pub(crate) const SCORECARD: &str = "demo-service";
/// A customer waits longer than usual before somebody is alarmed: some always wait.
pub(super) const THRESHOLD_SECS: u32 = 120;
/// Conversations that an agent has at once.
pub(super) const CAPACITY: u32 = 3;
/// Of a month; some 70 % of it are used.
const TOKENS: i64 = 100_000_000;

/// Its tenant.
pub(crate) fn tenant() -> Tenant {
    let channels = CHANNELS.iter().map(|channel| {
        let settings =
            ChannelSettings { name: channel.name.to_owned(), capacity: channel.capacity };
        (channel.id.to_owned(), settings)
    });
    Tenant {
        plan: PLAN.to_owned(),
        sla_threshold_secs: THRESHOLD_SECS,
        agent_capacity: CAPACITY,
        channels: BTreeMap::from_iter(channels),
        ..Tenant::default()
    }
}

pub(crate) fn plan() -> Plan {
    Plan { tokens: TOKENS, ..Plan::default() }
}

/// The prices of its models, for its tenant alone.
pub(crate) fn prices() -> impl Iterator<Item = Price> {
    let cents = |cents: i64| Decimal::new(cents, 2);
    MODELS.iter().filter_map(move |model| {
        Some(Price {
            model: model.name.to_owned(),
            tenant: Some(TENANT.to_owned()),
            from: NaiveDate::default(),
            input_per_million: cents(model.input_cents?),
            cached_input_per_million: None,
            output_per_million: cents(model.output_cents?),
            reasoning_per_million: None,
        })
    })
}

pub(crate) fn scorecard() -> Scorecard {
    let category = |id: &str, title: &str, points, weight, critical| Category {
        id: id.to_owned(),
        title: title.to_owned(),
        points,
        weight,
        critical,
    };
    Scorecard {
        id: SCORECARD.to_owned(),
        version: 1,
        title: "服务质量 Service".to_owned(),
        categories: vec![
            category("greeting", "问候与倾听 Greets and listens", 5, 10, false),
            category("solution", "解决问题 Solves the problem", 5, 30, false),
            category("tone", "语气与耐心 Tone and patience", 5, 15, false),
            category("privacy", "保护隐私 Keeps what is private", 1, 10, true),
        ],
    }
}
