//! The manual of figures, `docs/metrics.md`, from the declarations themselves.

use std::fmt::Write as _;

use async_graphql::InputType as _;

use super::{
    distribution::Distribution,
    live_metric::LiveMetric,
    measure::Measure,
    metric::{self, Metric},
};

/// A figure that is a state and no sum: what it is, its unit, what it goes by.
struct StateFigure {
    id: &'static str,
    formula: &'static str,
    unit: &'static str,
    goes_by: &'static str,
}

const STATE_FIGURES: [StateFigure; 7] = [
    StateFigure {
        id: "pass_rate",
        formula: "Passed ÷ (passed + failed) audits; those that await review are left out.",
        unit: "percent",
        goes_by: "all time",
    },
    StateFigure {
        id: "quality_rating",
        formula: "Grade of the mean final score: from 95, 85 and 60, else to be improved.",
        unit: "grade",
        goes_by: "audits of the last 30 days",
    },
    StateFigure {
        id: "usage_percent",
        formula: "Tokens of the billing period ÷ tokens of the plan.",
        unit: "percent",
        goes_by: "time of use, from the plan's reset day",
    },
    StateFigure {
        id: "estimated_cost",
        formula: "Tokens × the price of their model on the day of use; unknown without a price.",
        unit: "currency of the prices",
        goes_by: "time of use",
    },
    StateFigure {
        id: "saved_cost",
        formula: "AI-resolved sessions × minutes a person needs × cost a minute − token cost.",
        unit: "currency of the prices",
        goes_by: "this calendar month",
    },
    StateFigure {
        id: "break_even_rate",
        formula: "Auto-resolve rate at which the saved cost is 0; unknown without ended sessions.",
        unit: "percent",
        goes_by: "this calendar month",
    },
    StateFigure {
        id: "equivalent_headcount",
        formula: "AI-resolved sessions × minutes a person needs ÷ working minutes of a month.",
        unit: "full-time agents",
        goes_by: "this calendar month",
    },
];

/// Figures of one agent over a stretch of days, with the same columns.
const AGENT_FIGURES: [StateFigure; 11] = [
    seconds("online_seconds", "In the state ONLINE."),
    seconds("serving_seconds", "In the state SERVING."),
    seconds("away_seconds", "In the state AWAY."),
    seconds("offline_seconds", "In the state OFFLINE, or silent for longer than the lease."),
    StateFigure {
        id: "sessions_handled",
        formula: "Sessions whose last assignment is to the agent.",
        unit: "count",
        goes_by: "the last assignment",
    },
    StateFigure {
        id: "avg_handle_time",
        formula: "Mean time from the last assignment to the end.",
        unit: "seconds",
        goes_by: "`ended_at`",
    },
    seconds(
        "busy_seconds",
        "At least one conversation in hand, from its last assignment to its end.",
    ),
    StateFigure {
        id: "occupancy",
        formula: "Busy while ONLINE or SERVING ÷ ONLINE or SERVING.",
        unit: "percent",
        goes_by: "time that passed",
    },
    StateFigure {
        id: "utilisation",
        formula: "Time of all conversations in hand while ONLINE or SERVING ÷ \
                  (ONLINE or SERVING × capacity).",
        unit: "percent",
        goes_by: "time that passed",
    },
    StateFigure {
        id: "rating_count",
        formula: "Ratings that name the agent.",
        unit: "count",
        goes_by: "`occurred_at`",
    },
    StateFigure {
        id: "avg_rating",
        formula: "Mean of these ratings.",
        unit: "1 to 5",
        goes_by: "`occurred_at`",
    },
];

const fn seconds(id: &'static str, formula: &'static str) -> StateFigure {
    StateFigure { id, formula, unit: "seconds", goes_by: "time that passed" }
}

/// Renders the manual.
pub(super) fn render() -> String {
    let mut text = HEAD.to_owned();
    for metric in metric::ALL {
        let Metric { id, title_en, title_zh, unit, .. } = metric;
        let (adds_up, goes_by) = (yes_no(metric.is_additive()), metric.instant().column());
        let (formula, unit) = (metric.in_words(), unit.name());
        let left_out: Vec<_> = metric.left_out.iter().map(|left| left.title_en).collect();
        let left_out = left_out.join("; ");
        let _ = writeln!(
            text,
            "| `{id}` | {title_en} {title_zh} | `{formula}` | {unit} | `{goes_by}` | {adds_up} | {left_out} |"
        );
    }
    text.push_str(MEASURES_HEAD);
    for measure in Measure::ALL {
        let (column, definition) = (measure.column(), measure.definition().trim());
        let _ = writeln!(text, "| `{column}` | {definition} | `{}` |", measure.instant().column());
    }
    text.push_str(DISTRIBUTIONS_HEAD);
    for of in Distribution::ALL {
        let (id, definition) = (of.id(), of.definition().trim());
        let counts: Vec<_> = of.counts().iter().map(|count| count.column()).collect();
        let (counts, goes_by) = (counts.join(" + "), of.instant().column());
        let _ = writeln!(text, "| `{id}` | {definition} | `{counts}` | `{goes_by}` |");
    }
    text.push_str(LIVE_HEAD);
    for LiveMetric { id, title_zh, title_en, unit, formula, sessions } in LiveMetric::ALL {
        let unit = unit.name();
        let rows = sessions.map_or_else(String::new, |sessions| {
            format!("`sessions(filter: {{floor: {}}})`", sessions.to_value())
        });
        let _ = writeln!(text, "| `{id}` | {title_en} {title_zh} | {formula} | {unit} | {rows} |");
    }
    for (head, figures) in [(STATES_HEAD, &STATE_FIGURES[..]), (AGENTS_HEAD, &AGENT_FIGURES)] {
        text.push_str(head);
        for StateFigure { id, formula, unit, goes_by } in figures {
            let _ = writeln!(text, "| `{id}` | {formula} | {unit} | {goes_by} |");
        }
    }
    text
}

const HEAD: &str = "# Figures\n\n\
Rendered from the declarations in `src/stats` (a test holds it to them). Every page, live or \
historical, uses these.\nDurations are in seconds, rates in percent; a mean or a rate without a \
denominator is null, never 0 or 100. Days are cut\nin the tenant's time zone.\n\
`metrics` tells each of them by hour, day, week or month and by up to two of channel, product, agent, queue and model;\n\
`explain` shows the rows that it counts, and how many are left out.\n\n\
| id | title | formula | unit | goes by | adds up | leaves out |\n|---|---|---|---|---|---|---|\n";

const MEASURES_HEAD: &str = "\n## Measures\n\n\
Additive over days, products and tenants; the columns of `analytics_daily_stats`.\n\n\
| measure | counts | goes by |\n|---|---|---|\n";

const DISTRIBUTIONS_HEAD: &str = "\n## Distributions\n\n\
How values are spread, in milliseconds, by buckets that are the same everywhere, so that they merge over days, \
products and\ntenants. A percentile is the nearest rank, told as the middle of its bucket: within 1 % of \
the value. It is null where not all\nvalues that are counted are known: those of messages that were removed before \
distributions were kept.\n\n\
| distribution | values | counted by | goes by |\n|---|---|---|---|\n";

const LIVE_HEAD: &str = "\n## The floor as it is now\n\n\
Counted from the same state of sessions and agents as the days are; they belong to no day, and do not add up.\n\n\
| id | title | formula | unit | the rows |\n|---|---|---|---|---|\n";

const STATES_HEAD: &str = "\n## Audits and billing\n\n\
| id | formula | unit | goes by |\n|---|---|---|---|\n";

const AGENTS_HEAD: &str = "\n## Agents over a period\n\n\
Of each agent, for as long as raw events are kept. A status holds until the next; ONLINE, SERVING and \
an AWAY not set by\nhand hold for the lease at most. Of a session only the last assignment is kept.\n\n\
| id | formula | unit | goes by |\n|---|---|---|---|\n";

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_says_what_is_declared() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, render()).unwrap();
        }
        let manual = std::fs::read_to_string(path).unwrap();
        assert!(manual == render(), "run the tests with UPDATE_DOCS=1 and read the difference");
    }

    #[test]
    fn no_figure_mixes_two_instants() {
        for metric in metric::ALL {
            let measures = metric.measures();
            let first = measures[0].instant();
            assert!(measures.iter().all(|measure| measure.instant() == first), "{}", metric.id);
        }
    }
}
