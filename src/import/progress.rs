//! A bar on a terminal, silence elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

use crate::import::source::Source;

const TEMPLATE: &str = "{msg} {wide_bar} {human_pos}/{human_len} lines, {per_sec}, {eta} left";

/// A bar over the lines of `source`, drawn on standard error when that is a terminal.
pub(super) fn bar(source: &Source) -> ProgressBar {
    let style = ProgressStyle::with_template(TEMPLATE);
    let bar = ProgressBar::new(source.line_count).with_message(source.base_name().to_owned());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
