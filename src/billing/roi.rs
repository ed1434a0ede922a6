//! What the AI saves: the return on investment, as a pure function of its inputs.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

use crate::{
    config::RoiConfig,
    error::{Error, Result},
};

/// Longest work on one session, a week, and the highest cost of a minute, which a question may assume.
const MOST_MINUTES: u32 = 10_080;
const MOST_COST: u32 = 1_000_000;
/// Hours of the longest month.
const MOST_HOURS: u32 = 744;

/// What a question assumes instead of what is configured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Overrides {
    pub(super) minutes_per_session: Option<Decimal>,
    pub(super) cost_per_minute: Option<Decimal>,
    pub(super) work_hours_per_month: Option<Decimal>,
}

impl Overrides {
    /// The assumptions to reckon with.
    ///
    /// # Errors
    /// [`Error::BadInput`] for a value out of bounds.
    pub(super) fn over(self, configured: &RoiConfig) -> Result<RoiConfig> {
        let within = |field: &str, given: Option<Decimal>, configured: Decimal, least, most| {
            let Some(value) = given else { return Ok(configured) };
            if (Decimal::from(least)..=Decimal::from(most)).contains(&value) {
                return Ok(value);
            }
            let field = format!("assumptions.{field}");
            Err(Error::bad_input(field, value, &format!("{least} to {most}")))
        };
        Ok(RoiConfig {
            minutes_per_session: within(
                "minutesPerSession",
                self.minutes_per_session,
                configured.minutes_per_session,
                0,
                MOST_MINUTES,
            )?,
            cost_per_minute: within(
                "costPerMinute",
                self.cost_per_minute,
                configured.cost_per_minute,
                0,
                MOST_COST,
            )?,
            work_hours_per_month: within(
                "workHoursPerMonth",
                self.work_hours_per_month,
                configured.work_hours_per_month,
                1,
                MOST_HOURS,
            )?,
        })
    }
}

/// What happened in the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inputs {
    pub(super) ai_resolved: i64,
    pub(super) completed: i64,
    /// Cost of all calls whose price is known, in units of the currency, whoever ended the session
    /// they were made for.
    pub(super) token_cost: Decimal,
    /// Calls whose cost is not known, and not in `token_cost`.
    pub(super) unpriced_calls: i64,
}

/// The figures of the period, with what they were made of.
#[derive(Clone, Debug)]
pub(super) struct Roi {
    pub(super) inputs: Inputs,
    pub(super) assumptions: RoiConfig,
    /// With two decimals; below 0 when the tokens cost more than they saved.
    pub(super) saved_cost: Decimal,
    pub(super) auto_resolve_rate: Option<f64>,
    pub(super) equivalent_headcount: f64,
    /// The rate at which nothing is saved and nothing lost.
    pub(super) break_even_rate: Option<f64>,
}

impl Roi {
    /// The formula of the saved cost with its numbers.
    pub(super) fn formula(&self) -> String {
        let (inputs, assumptions) = (&self.inputs, &self.assumptions);
        format!(
            "{} aiResolvedSessions × {} minutesPerSession × {} costPerMinute − {} tokenCost = {} savedCost",
            inputs.ai_resolved,
            assumptions.minutes_per_session,
            assumptions.cost_per_minute,
            inputs.token_cost,
            self.saved_cost,
        )
    }
}

/// Works out (`product.md`, "ROI"):
/// saved = AI-resolved sessions × minutes a session × cost a minute − token cost, rounded half to
/// even to two decimals; headcount = AI-resolved sessions × minutes a session ÷ minutes of work a
/// month; break-even rate = token cost ÷ (sessions that ended × minutes a session × cost a minute).
///
/// None when a figure leaves what 96 bits hold, or a month has no hours of work.
pub(super) fn roi(inputs: Inputs, assumptions: &RoiConfig) -> Option<Roi> {
    let resolved = Decimal::from(inputs.ai_resolved);
    let minutes = resolved.checked_mul(assumptions.minutes_per_session)?;
    let session_cost = assumptions.minutes_per_session.checked_mul(assumptions.cost_per_minute)?;
    let saved = minutes.checked_mul(assumptions.cost_per_minute)?.checked_sub(inputs.token_cost)?;
    let work_minutes = assumptions.work_hours_per_month.checked_mul(Decimal::from(60))?;
    Some(Roi {
        saved_cost: shown(saved),
        auto_resolve_rate: percent(inputs.ai_resolved, inputs.completed),
        equivalent_headcount: minutes.checked_div(work_minutes)?.to_f64()?,
        break_even_rate: break_even_percent(inputs, session_cost),
        inputs,
        assumptions: assumptions.clone(),
    })
}

/// None without sessions that ended, or where a person costs nothing. Above 100 when not even all
/// sessions would pay for the tokens.
fn break_even_percent(inputs: Inputs, session_cost: Decimal) -> Option<f64> {
    let all_people = session_cost.checked_mul(Decimal::from(inputs.completed))?;
    let ratio = inputs.token_cost.checked_div(all_people)?;
    ratio.checked_mul(Decimal::ONE_HUNDRED)?.to_f64()
}

fn shown(amount: Decimal) -> Decimal {
    let mut shown = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven);
    shown.rescale(2);
    shown
}

fn percent(part: i64, whole: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of sessions lie far below 2^53")]
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn inputs(ai_resolved: i64, completed: i64, cost: &str) -> Inputs {
        Inputs { ai_resolved, completed, token_cost: decimal(cost), unpriced_calls: 0 }
    }

    #[test]
    fn savings_rate_and_headcount_follow_their_formulas() {
        let cases = [
            // 1,760 × 6 min = 10,560 min = 1.1 × 160 h; × 0.50 = 5,280, less 480 for tokens.
            (1_760, 2_200, "480", "4800.00", Some(80.0), 1.1),
            (0, 0, "0", "0.00", None, 0.0),
            (0, 4, "0.123456789", "-0.12", Some(0.0), 0.0),
            // Half a cent goes to the even neighbour.
            (1, 1, "0.005", "3.00", Some(100.0), 0.000_625),
            (1, 1, "0.015", "2.98", Some(100.0), 0.000_625),
        ];
        for (ai_resolved, completed, cost, saved, rate, headcount) in cases {
            let inputs = inputs(ai_resolved, completed, cost);
            let roi = roi(inputs, &RoiConfig::default()).unwrap();
            assert_eq!(roi.saved_cost.to_string(), saved, "{inputs:?}");
            assert_eq!(roi.auto_resolve_rate, rate, "{inputs:?}");
            assert!((roi.equivalent_headcount - headcount).abs() < 1e-12, "{inputs:?}");
        }
    }

    #[test]
    fn a_month_without_hours_of_work_has_no_headcount() {
        let assumptions = RoiConfig { work_hours_per_month: Decimal::ZERO, ..RoiConfig::default() };
        assert!(roi(inputs(1, 1, "0"), &assumptions).is_none());
    }

    #[test]
    fn at_the_break_even_rate_nothing_is_saved() {
        let cases = [
            // A session with a person costs 3; 12 for tokens are 4 of 10 sessions.
            (10, "12", Some(40.0)),
            (10, "0", Some(0.0)),
            (1, "6", Some(200.0)),
            (0, "12", None),
        ];
        for (completed, cost, rate) in cases {
            let roi = roi(inputs(0, completed, cost), &RoiConfig::default()).unwrap();
            assert_eq!(roi.break_even_rate, rate, "{completed} at {cost}");
        }
        assert_eq!(
            roi(inputs(4, 10, "12"), &RoiConfig::default()).unwrap().saved_cost,
            decimal("0")
        );
        let free = RoiConfig { cost_per_minute: Decimal::ZERO, ..RoiConfig::default() };
        assert_eq!(roi(inputs(4, 10, "12"), &free).unwrap().break_even_rate, None);
    }

    #[test]
    fn the_formula_has_its_numbers() {
        let roi = roi(inputs(3, 4, "1.50"), &RoiConfig::default()).unwrap();
        assert_eq!(
            roi.formula(),
            "3 aiResolvedSessions × 6 minutesPerSession × 0.50 costPerMinute − 1.50 tokenCost \
             = 7.50 savedCost"
        );
    }

    #[test]
    fn an_assumption_out_of_bounds_is_refused_by_name() {
        let configured = RoiConfig::default();
        let assume = |minutes: &str, cost: &str, hours: &str| {
            let overrides = Overrides {
                minutes_per_session: minutes.parse().ok(),
                cost_per_minute: cost.parse().ok(),
                work_hours_per_month: hours.parse().ok(),
            };
            overrides.over(&configured)
        };
        let kept = assume("", "0.75", "").unwrap();
        assert_eq!(kept.minutes_per_session, configured.minutes_per_session);
        assert_eq!(kept.cost_per_minute, decimal("0.75"));
        let cases = [
            (assume("-1", "", ""), "`assumptions.minutesPerSession` is -1, expected 0 to 10080"),
            (
                assume("", "1000000.1", ""),
                "`assumptions.costPerMinute` is 1000000.1, expected 0 to 1000000",
            ),
            (assume("", "", "0.9"), "`assumptions.workHoursPerMonth` is 0.9, expected 1 to 744"),
        ];
        for (refused, expected) in cases {
            assert_eq!(refused.unwrap_err().to_string(), expected);
        }
    }
}
