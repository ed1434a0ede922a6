//! What a caller asks about figures, in words that every surface shares.

use super::{
    cube::{Dimension, Filter},
    live_metric::LiveMetric,
    metric::Metric,
};
use crate::{
    error::{Error, Result},
    input::check_filter,
};

/// Most values of one dimension of a filter.
const MAX_VALUES: usize = 100;

/// The values of one dimension as they are given; `None` among them stands for rows that have none.
pub(crate) type Values = Option<Vec<Option<String>>>;

/// Reads the id of a metric.
///
/// # Errors
/// [`Error::BadInput`] when it is not in the catalogue.
pub(crate) fn find_metric(field: &str, id: &str) -> Result<&'static Metric> {
    Metric::find(id).ok_or_else(|| {
        let expected = if LiveMetric::find(id).is_some() {
            "a figure of days: this one is of the present, and `realtime` has it"
        } else {
            "an id of `metricCatalogue`, such as `total_sessions`"
        };
        Error::bad_text(field, id, expected)
    })
}

/// Reads a filter from the values of each dimension, beside the field that has them.
///
/// # Errors
/// [`Error::BadInput`] that names the field.
pub(crate) fn read_filter(given: [(&str, Dimension, Values); 5]) -> Result<Filter> {
    let mut filter = Filter::default();
    for (field, dimension, values) in given {
        let Some(values) = values else { continue };
        if values.len() > MAX_VALUES {
            let expected = format!("at most {MAX_VALUES} values");
            return Err(Error::bad_input(field, format!("{} values", values.len()), &expected));
        }
        for value in values.iter().flatten() {
            check_filter(field, Some(value))?;
        }
        filter.narrow(dimension, values.into_iter().collect());
    }
    Ok(filter)
}
