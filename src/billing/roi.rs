//! What the AI saves: the return on investment, as a pure function of its inputs.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

use crate::config::RoiConfig;

/// What happened in the period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    pub(super) ai_resolved: i64,
    pub(super) completed: i64,
    /// Cost of the calls whose price is known, in units of the currency.
    pub(super) token_cost: Decimal,
}

/// The figures of the period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Roi {
    /// With two decimals; below 0 when the tokens cost more than they saved.
    pub(super) saved_cost: Decimal,
    pub(super) auto_resolve_rate: Option<f64>,
    pub(super) equivalent_headcount: f64,
}

/// Works out (`product.md`, "ROI"):
/// saved = AI-resolved sessions × minutes a session × cost a minute − token cost, rounded half to
/// even to two decimals; headcount = AI-resolved sessions × minutes a session ÷ minutes of work a
/// month.
///
/// None when a figure leaves what 96 bits hold, or a month has no hours of work.
pub(super) fn roi(inputs: Inputs, assumptions: &RoiConfig) -> Option<Roi> {
    let resolved = Decimal::from(inputs.ai_resolved);
    let minutes = resolved.checked_mul(assumptions.minutes_per_session)?;
    let saved = minutes.checked_mul(assumptions.cost_per_minute)?.checked_sub(inputs.token_cost)?;
    let work_minutes = assumptions.work_hours_per_month.checked_mul(Decimal::from(60))?;
    Some(Roi {
        saved_cost: shown(saved),
        auto_resolve_rate: percent(inputs.ai_resolved, inputs.completed),
        equivalent_headcount: minutes.checked_div(work_minutes)?.to_f64()?,
    })
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
            let inputs = Inputs { ai_resolved, completed, token_cost: decimal(cost) };
            let roi = roi(inputs, &RoiConfig::default()).unwrap();
            assert_eq!(roi.saved_cost.to_string(), saved, "{inputs:?}");
            assert_eq!(roi.auto_resolve_rate, rate, "{inputs:?}");
            assert!((roi.equivalent_headcount - headcount).abs() < 1e-12, "{inputs:?}");
        }
    }

    #[test]
    fn a_month_without_hours_of_work_has_no_headcount() {
        let assumptions = RoiConfig { work_hours_per_month: Decimal::ZERO, ..RoiConfig::default() };
        let inputs = Inputs { ai_resolved: 1, completed: 1, token_cost: Decimal::ZERO };
        assert_eq!(roi(inputs, &assumptions), None);
    }
}
