//! Inputs that nobody would send on purpose, through every door of the service.
//!
//! A target changes examples at random (`mutate`), sends them by the real path within one process and
//! the embedded store, and holds every answer to the same promises (`answer`): no panic, no failure of
//! ours, nothing of what is inside. A few hundred inputs a target are part of the tests, the same each
//! time; `tests/fuzz.sh` sends as many as are asked for. ADR 39 says why it is done this way.

mod answer;
mod body;
mod configuration;
mod credentials;
mod cursors;
mod events;
mod exports;
mod intake;
mod mappings;
mod mutate;
mod precompiled;
mod run;
mod seeds;
mod service;

use run::fuzz;

#[test]
fn the_body_of_a_request() {
    fuzz::<body::Target>();
}

#[test]
fn the_data_of_an_event() {
    fuzz::<events::Target>();
}

#[test]
fn the_precompiled_path_beside_the_engine() {
    fuzz::<precompiled::Target>();
}

#[test]
fn the_cursor_of_a_page() {
    fuzz::<cursors::Target>();
}

#[test]
fn the_parameters_of_an_export() {
    fuzz::<exports::Target>();
}

#[test]
fn the_payload_of_a_provider() {
    fuzz::<intake::Target>();
}

#[test]
fn the_credentials_of_a_caller() {
    fuzz::<credentials::Target>();
}

#[test]
fn the_mapping_and_the_rows_of_an_import() {
    fuzz::<mappings::Target>();
}

#[test]
fn the_text_of_a_configuration() {
    fuzz::<configuration::Target>();
}
