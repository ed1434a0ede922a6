//! The import from beginning to end: check everything, then send file by file.

use std::{path::PathBuf, sync::Arc};

use futures_util::StreamExt;
use tokio::{sync::mpsc, task};
use tokio_stream::wrappers::ReceiverStream;

use crate::import::{
    deliver::Courier,
    error::ImportError,
    mapping::Mapping,
    options::ImportOptions,
    progress,
    read::{self, Format},
    rejects::Rejects,
    retry::Backoff,
    source::Source,
    summary::Summary,
    target::Target,
};

/// Batches on their way at once: enough to hide the round trip, few enough to leave a server to others.
const IN_FLIGHT: usize = 4;

/// Imports the files of `options` into `target`.
///
/// # Errors
/// What stops everything; what was sent before stays stored, and the same import again completes it.
pub async fn run(options: &ImportOptions, target: &impl Target) -> Result<Summary, ImportError> {
    run_with(options, target, Backoff::default()).await
}

pub(super) async fn run_with(
    options: &ImportOptions,
    target: &impl Target,
    backoff: Backoff,
) -> Result<Summary, ImportError> {
    options.check_rejects()?;
    let (files, mapping) = (options.files.clone(), options.mapping.clone());
    let (sources, format) = blocking(move || open(files, mapping)).await?;
    let courier = Courier { target, backoff };
    let (mut summary, mut rejects) = (Summary::default(), Rejects::default());
    for source in sources {
        let path = options.rejects_path(&source);
        summary += import(source, &format, &courier, |found| rejects.write(&path, found)).await?;
    }
    summary.rejects = rejects.into_paths();
    Ok(summary)
}

/// Opens everything, so that a wrong mapping or a missing file is known before anything is sent.
fn open(
    files: Vec<PathBuf>,
    mapping: Option<PathBuf>,
) -> Result<(Vec<Source>, Format), ImportError> {
    let format = match mapping {
        Some(path) => Format::Csv(Arc::new(Mapping::load(&path)?)),
        None => Format::Ndjson,
    };
    let mut sources = Vec::new();
    for path in files {
        let source = Source::open(&path)?;
        read::check(&source, &format)?;
        sources.push(source);
    }
    Ok((sources, format))
}

async fn import(
    source: Source,
    format: &Format,
    courier: &Courier<'_, impl Target>,
    mut reject: impl FnMut(&[crate::import::row::Reject]) -> Result<(), ImportError>,
) -> Result<Summary, ImportError> {
    let bar = progress::bar(&source);
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    let format = format.clone();
    let reading = task::spawn_blocking(move || read::read(&source, &format, sender));
    let batches = ReceiverStream::new(receiver);
    // In order, so that the rejects are, too.
    let mut outcomes = batches.map(|batch| courier.deliver(batch)).buffered(IN_FLIGHT);
    let mut summary = Summary::default();
    while let Some(outcome) = outcomes.next().await {
        let outcome = outcome?;
        reject(&outcome.rejects)?;
        summary += outcome.summary;
        bar.set_position(outcome.last_line);
    }
    finish(reading).await?;
    bar.finish_and_clear();
    Ok(summary)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImportError> + Send + 'static,
) -> Result<T, ImportError> {
    finish(task::spawn_blocking(work)).await
}

async fn finish<T>(work: task::JoinHandle<Result<T, ImportError>>) -> Result<T, ImportError> {
    // Blocking work cannot be cancelled once it runs, so this is a panic, and stays one.
    work.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
