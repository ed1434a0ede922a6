//! Who and what there is on the desk: channels, agents, models. Nobody of them is real.

use super::dice::Dice;

/// The product where the AI answers.
pub(in crate::demo) const CHATBOT: &str = "ai_chatbot";
/// The product where people do.
pub(in crate::demo) const WORKBENCH: &str = "agent_workbench";

/// Where customers come from.
#[derive(Debug)]
pub(in crate::demo) struct Channel {
    pub(in crate::demo) id: &'static str,
    pub(in crate::demo) name: &'static str,
    /// Of a hundred sessions.
    pub(in crate::demo) share: i64,
    /// Visitors at once, about, and how many are a load of 100 %.
    pub(in crate::demo) visitors: i64,
    pub(in crate::demo) capacity: u32,
}

/// The one that no AI answers.
const PHONE: &str = "phone";

pub(in crate::demo) const CHANNELS: [Channel; 4] = [
    Channel { id: "app", name: "Fiido App", share: 38, visitors: 15, capacity: 20 },
    Channel { id: "web", name: "Fiido Global", share: 24, visitors: 10, capacity: 20 },
    Channel { id: "wechat", name: "微信小程序", share: 28, visitors: 20, capacity: 26 },
    Channel { id: PHONE, name: "电话呼叫中心", share: 10, visitors: 3, capacity: 10 },
];

impl Channel {
    pub(in crate::demo) fn has_ai(&self) -> bool {
        self.id != PHONE
    }

    pub(super) fn pick(dice: &mut Dice) -> &'static Self {
        &CHANNELS[dice.place(CHANNELS.iter().map(|channel| channel.share))]
    }
}

/// Someone who answers.
#[derive(Debug)]
pub(in crate::demo) struct Agent {
    pub(in crate::demo) id: &'static str,
    pub(in crate::demo) name: &'static str,
}

const fn agent(id: &'static str, name: &'static str) -> Agent {
    Agent { id, name }
}

pub(in crate::demo) const AGENTS: [Agent; 12] = [
    agent("agent_001", "李建国"),
    agent("agent_002", "王小美"),
    agent("agent_003", "坐席 03"),
    agent("agent_004", "坐席 04"),
    agent("agent_005", "坐席 05"),
    agent("agent_006", "坐席 06"),
    agent("agent_007", "坐席 07"),
    agent("agent_008", "坐席 08"),
    agent("agent_009", "坐席 09"),
    agent("agent_010", "坐席 10"),
    agent("agent_011", "坐席 11"),
    agent("agent_012", "坐席 12"),
];

/// A language model, and what a million of its tokens cost in cents; none where that is not known.
#[derive(Debug)]
pub(in crate::demo) struct Model {
    pub(in crate::demo) name: &'static str,
    pub(super) share: i64,
    pub(in crate::demo) input_cents: Option<i64>,
    pub(in crate::demo) output_cents: Option<i64>,
}

pub(in crate::demo) const MODELS: [Model; 3] = [
    Model { name: "demo-small", share: 70, input_cents: Some(15), output_cents: Some(60) },
    Model { name: "demo-large", share: 25, input_cents: Some(250), output_cents: Some(1_000) },
    Model { name: "demo-preview", share: 5, input_cents: None, output_cents: None },
];

impl Model {
    pub(super) fn pick(dice: &mut Dice) -> &'static Self {
        &MODELS[dice.place(MODELS.iter().map(|model| model.share))]
    }

    /// What a call costs, in billionths; a token costs a thousandth of a million's price in millionths,
    /// so that nothing is rounded.
    pub(in crate::demo) fn cost_nanos(&self, input: i64, output: i64) -> Option<i64> {
        const NANOS_OF_CENT: i64 = 10_000_000;
        const MILLION: i64 = 1_000_000;
        let of = |tokens: i64, cents: i64| tokens * (cents * NANOS_OF_CENT / MILLION);
        Some(of(input, self.input_cents?) + of(output, self.output_cents?))
    }
}

/// What customers ask about, as audits name it.
pub(super) const TOPICS: [&str; 5] = ["续航咨询", "物流查询", "退换货", "安装指导", "发票与订单"];

/// Why the AI hands over.
pub(super) const REASONS: [&str; 4] = ["low_confidence", "customer_request", "refund", "complaint"];

/// The queues that people answer.
pub(super) const QUEUES: [&str; 2] = ["service", "after_sales"];
