//! What is in an event, as the products send it.

use serde::Serialize;

/// One event, as an element of `trackEvents`' input.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) product: &'static str,
    pub(super) session_id: String,
    pub(super) data: Data,
    pub(super) occurred_at: String,
}

/// `data` of an event.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Data {
    Start {
        channel: &'static str,
        channel_name: &'static str,
        visitor_id: String,
        customer_name: String,
        page: String,
        user_agent: &'static str,
    },
    Customer {
        text: &'static str,
        language: &'static str,
        intent: &'static str,
    },
    Ai {
        response_time: u32,
        tokens: u32,
        model: &'static str,
        text: &'static str,
    },
    Transfer {
        from: &'static str,
        to: &'static str,
        reason: &'static str,
    },
    Queue {
        queue: &'static str,
        position: u32,
        reason: &'static str,
    },
    Assign {
        agent_id: String,
        agent_name: String,
    },
    Agent {
        response_time: u32,
        agent_id: String,
        text: &'static str,
    },
    End {
        by: &'static str,
        resolved: bool,
        summary: &'static str,
    },
    Rating {
        score: u8,
        comment: &'static str,
    },
}

pub(super) const PRODUCT: &str = "bench";
pub(super) const USER_AGENT: &str =
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36";
pub(super) const MODEL: &str = "assistant-large-2025-10";
pub(super) const CHANNELS: [(&str, &str); 4] =
    [("web", "Website"), ("app", "Mobile app"), ("wechat", "微信"), ("phone", "Telephone")];
pub(super) const INTENTS: [&str; 4] = ["order_status", "refund", "invoice", "other"];
pub(super) const QUESTIONS: [&str; 4] = [
    "Where is my parcel? The tracking page has said \"in transit\" for six days, and nobody has been able to tell me when it is going to arrive at my place.",
    "I was charged twice for the same order on the 14th. Please send one of the two payments back to my card and confirm it by mail to this address.",
    "请问我的发票什么时候可以开具？订单已经完成三天了，但是在订单详情页面里还是看不到下载发票的按钮。",
    "The app signs me out each time I open the settings. I have installed it anew and restarted the phone, and the same thing happens again and again.",
];
pub(super) const ANSWERS: [&str; 4] = [
    "Thank you for waiting. Your parcel left the sorting centre this morning and is due tomorrow before six; you will get a message as soon as it is on its way.",
    "I am sorry about that. I can see both payments, and the second one goes back to your card now; banks take three to five working days to show it.",
    "您好，发票会在订单完成后的五个工作日内开具，开好之后系统会自动发送到您的注册邮箱，请您留意查收。",
    "This is fixed in version 5.12, which is in the store since today. Please update the application, then sign in once more and open the settings again.",
];
pub(super) const SUMMARY: &str = "Asked about an order, got an answer, and had nothing else to ask after it; no follow-up needed.";
pub(super) const COMMENT: &str = "Quick answer, and the problem is solved. I had expected to wait longer than that. Thank you very much for the help!";
pub(super) const REASON: &str =
    "The customer asked for a person after the second answer did not help with the case.";
