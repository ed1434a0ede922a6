//! What providers send of their calls, with a token or signed by Coze.

use proptest::{prelude::*, sample::select, strategy::BoxedStrategy};
use serde_json::json;
use sha1::{Digest as _, Sha1};

use crate::{
    mutate::{Text, mutated},
    run,
    service::{NOW, Service},
};

const PATHS: [&str; 4] = [
    "/intake/coze/acme",
    "/intake/openai/acme",
    "/intake/openai/default?model=gpt-4o-mini",
    "/intake/coze/default",
];
const BILLED: &str = "{ billing { daily(days: 7) { totalTokens estimatedCost } } }";

pub(crate) struct Target {
    service: Service,
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    path: &'static str,
    is_signed: bool,
    body: Text,
}

fn seeds() -> Vec<String> {
    let chat = json!({
        "id": "r", "bot_id": "bot-7", "conversation_id": "s", "status": "completed",
        "created_at": 1_773_028_700, "completed_at": 1_773_028_800,
        "usage": { "token_count": 1_500, "input_count": 1_000, "output_count": 500 },
    });
    vec![
        json!({ "event": "conversation.chat.completed", "data": chat }).to_string(),
        chat.to_string(),
        json!({
            "id": "r", "object": "chat.completion", "created": 1_773_028_800, "model": "gpt-4o-mini",
            "choices": [{ "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500,
                "prompt_tokens_details": { "cached_tokens": 400 },
                "completion_tokens_details": { "reasoning_tokens": 100 } },
        })
        .to_string(),
        json!({
            "id": "resp_1", "object": "response", "created_at": 1_773_028_800, "status": "completed",
            "model": "gpt-4o-mini",
            "usage": { "input_tokens": 1_000, "input_tokens_details": { "cached_tokens": 400 },
                "output_tokens": 500, "output_tokens_details": { "reasoning_tokens": 100 },
                "total_tokens": 1_500 },
        })
        .to_string(),
    ]
}

impl run::Target for Target {
    type Input = Input;

    const NAME: &str = "intake";
    const OUTCOMES: &[&str] = &["200 ok", "400 BAD_USER_INPUT", "401 UNAUTHENTICATED"];

    async fn open() -> Self {
        Self { service: Service::open().await }
    }

    fn inputs(&self) -> BoxedStrategy<Input> {
        (select(&PATHS[..]), any::<bool>(), mutated(&seeds()))
            .prop_map(|(path, is_signed, body)| Input { path, is_signed, body })
            .boxed()
    }

    async fn offer(&self, input: &Input) -> Result<String, String> {
        let now: chrono::DateTime<chrono::Utc> = NOW.parse().expect("an instant");
        let timestamp = now.timestamp().to_string();
        let signed =
            [timestamp.as_bytes(), b"nonce", b"the secret of acme", &input.body.0].concat();
        let signature = hex::encode(Sha1::digest(signed));
        let headers: [(&str, &[u8]); 3] = [
            ("x-coze-timestamp", timestamp.as_bytes()),
            ("x-coze-nonce", b"nonce"),
            ("x-coze-signature", signature.as_bytes()),
        ];
        let headers = if input.is_signed { &headers[..] } else { &[] };
        let answer = self.service.post(input.path, headers, input.body.0.clone()).await?;
        answer.judge(&input.body.lossy())
    }

    /// What was recorded can be shown.
    async fn close(self) -> Result<(), String> {
        for tenant in ["default", "acme"] {
            let billed = self.service.ask(tenant, BILLED, &json!({})).await;
            if billed["errors"].is_array() {
                return Err(format!("{billed}"));
            }
        }
        self.service.close().await;
        Ok(())
    }
}
