//! The body of a request, or the query of its address, with headers of all kinds.

use axum::http::Method;
use deskpulse::auth::Role;
use proptest::{prelude::*, sample::select, strategy::BoxedStrategy};

use crate::{
    mutate::{Text, mutated},
    run,
    seeds::{self, encoded, sendable},
    service::{Service, bearer},
};

const ACCEPTS: [&str; 5] = [
    "application/graphql-response+json",
    "application/json",
    "*/*",
    "text/event-stream",
    "text/html;q=0.9, application/json;charset=latin-1",
];
const CONTENT_TYPES: [&str; 4] =
    ["application/json", "application/json; charset=utf-8", "text/plain", "multipart/form-data"];

pub(crate) struct Target {
    service: Service,
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    method: &'static str,
    accept: &'static str,
    content_type: &'static str,
    text: Text,
}

impl run::Target for Target {
    type Input = Input;

    const NAME: &str = "body";
    const OUTCOMES: &[&str] = &["200 ok", "200 BAD_USER_INPUT", "400 BAD_USER_INPUT", "415 "];

    async fn open() -> Self {
        let service = Service::open().await;
        for operation in seeds::operations() {
            if operation.kind == "mutation" {
                service.ask("default", operation.query, &operation.variables).await;
            }
        }
        Self { service }
    }

    fn inputs(&self) -> BoxedStrategy<Input> {
        let operations = seeds::operations();
        let bodies: Vec<_> = operations.iter().map(seeds::Operation::body).collect();
        let addresses = operations.iter().map(|operation| {
            let variables = operation.variables.to_string();
            let (query, variables) =
                (encoded(operation.query.as_bytes()), encoded(variables.as_bytes()));
            format!("query={query}&variables={variables}&extensions=%7B%7D")
        });
        let addresses: Vec<_> = addresses.collect();
        let text = |texts: &[String], method: &'static str| {
            mutated(texts).prop_map(move |text| (method, text)).boxed()
        };
        let request = prop_oneof![8 => text(&bodies, "POST"), 1 => text(&addresses, "GET")];
        let accept = prop_oneof![8 => select(&ACCEPTS[..3]), 1 => select(&ACCEPTS[3..])];
        let content_type =
            prop_oneof![16 => select(&CONTENT_TYPES[..2]), 1 => select(&CONTENT_TYPES[2..])];
        (request, accept, content_type)
            .prop_map(|((method, text), accept, content_type)| Input {
                method,
                accept,
                content_type,
                text,
            })
            .boxed()
    }

    async fn offer(&self, input: &Input) -> Result<String, String> {
        let token = bearer("default", Role::Operator);
        let headers: [(&str, &[u8]); 3] = [
            ("accept", input.accept.as_bytes()),
            ("content-type", input.content_type.as_bytes()),
            ("authorization", token.as_bytes()),
        ];
        let (method, address, body) = match input.method {
            "GET" => (Method::GET, format!("/graphql?{}", sendable(&input.text.0)), Vec::new()),
            _ => (Method::POST, "/graphql".to_owned(), input.text.0.clone()),
        };
        match self.service.send(method, &address, &headers, body).await {
            Some(answer) => {
                let is_address = input.method == "GET";
                let sent = if is_address { input.text.of_address() } else { input.text.lossy() };
                answer?.judge(&sent)
            }
            None => Ok("unsendable".to_owned()),
        }
    }

    async fn close(self) -> Result<(), String> {
        self.service.close().await;
        Ok(())
    }
}
