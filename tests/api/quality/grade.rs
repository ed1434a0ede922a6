//! The grade of quality that today shows.

use chrono::TimeDelta;
use deskpulse::auth::Role;
use serde_json::{Value, json};

use super::{audit, given_audit};
use crate::harness::TestApp;

const RATING: &str = "{ stats { today { qualityRating } } }";

#[tokio::test]
async fn today_s_grade_is_that_of_the_mean_final_score_in_the_tenant_s_language() {
    let app = TestApp::spawn().await;
    let chinese = app.operator();
    let english = app.caller("acme", Role::Operator, "ann");
    let mut grades = Vec::new();
    for (score, by) in [(40, "AUTO"), (95, "MANUAL"), (75, "AUTO"), (60, "MANUAL"), (0, "MANUAL")] {
        let mut both = Vec::new();
        for client in [&chinese, &english] {
            given_audit(client, &audit(score, by)).await;
            both.push(client.ask(RATING).await["stats"]["today"]["qualityRating"].clone());
        }
        grades.push(both);
    }
    assert_eq!(
        json!(grades),
        json!([
            // Not final, so it does not count.
            [null, null],
            ["卓越", "Excellent"],
            ["良好", "Good"],
            ["合格", "Acceptable"],
            ["待改进", "Needs improvement"],
        ])
    );
}

#[tokio::test]
async fn a_grade_is_made_of_thirty_days() {
    let app = TestApp::spawn().await;
    given_audit(&app.product(), &audit(100, "AUTO")).await;
    app.advance(TimeDelta::days(29));
    let last = app.viewer().ask(RATING).await;
    app.advance(TimeDelta::days(1));
    let gone = app.viewer().ask(RATING).await;
    let rating = |answer: &Value| answer["stats"]["today"]["qualityRating"].clone();
    assert_eq!((rating(&last), rating(&gone)), (json!("卓越"), Value::Null));
}
