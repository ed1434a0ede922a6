//! The tests of events once more with every operation left to the engine.
//!
//! Beside the precompiled path there must be no other behaviour: what holds there holds here.

#[path = "../events.rs"]
mod events;

/// The harness, its services without the precompiled path.
mod harness {
    pub(crate) use crate::harness::NOW;

    /// Starts what the tests know by this name.
    pub(crate) struct TestApp;

    impl TestApp {
        pub(crate) async fn spawn() -> crate::harness::TestApp {
            let off = |config: &mut deskpulse::config::Config| {
                config.server.precompiled_ingest = false;
            };
            crate::harness::TestApp::spawn_with(off).await
        }
    }
}
