//! Predictive models in a workspace: what the compiler says of them, and what a run makes of them.

use cjoc::compile;
use cjoc::dryrun::scenario;
use cjoc::engine::{Engine, What};
use cjoc::plan::Plan;
use cjoc::source::MemoryFiles;

use super::{compiled, marks};

const BASE: &str = "traveler: customer
key: customer_id
identities: [customer_id, email]
profile:
  customer_id: string | null
  email: string | null
  tier: none | member | gold = none
  spend: double = 0
  divisor: int = 1
  income: double | null
traits:
  visits: { count: shop.ordered }
---
connection: shop
uses: std/webhook
events:
  ordered:
    fields: { order_id: string, total: double }
    identify: { email: trigger.subject }
---
connection: mailer
uses: std/email
---
channel: mail
via: mailer
address: traveler.email
---
template: hello
channel: mail
body: Hello
---
journey: base
traveler: customer
start: { on: shop.ordered, when: traveler.visits > 3 }
milestones:
  first:
    do: [{ send: hello }]
end: { after: 60d, outcome: done }
";

const CHURN: &[u8] = include_bytes!("churn.onnx");
const NAMES: &[u8] = include_bytes!("logistic_names.onnx");

#[test]
fn models_are_checked_at_every_place() {
    let looped = super::hostile::model(&[super::hostile::node("Loop", &["x"], &["y"])]);
    let files: [(&str, &[u8]); 4] = [
        ("models/churn.onnx", CHURN),
        ("models/names.onnx", NAMES),
        ("models/loop.onnx", &looped),
        ("models/text.onnx", b"visits,leaves\n1,0\n"),
    ];
    marks::run("tests/cases/models.yaml", |case| {
        let mut found = compiled::with_files(case, BASE, &files);
        found.retain(|d| !d.code.name.starts_with("unused-") || d.code.name == "unused-model");
        found
    });
}

const MODEL: &str = "model: churn
file: models/churn.onnx
inputs: { visits: traveler.visits / traveler.divisor, spend: traveler.spend, tier: traveler.tier }
outputs: { leaves: { type: double, from: probabilities, at: 1 } }
";

const JOURNEY: &str = "---
journey: j
traveler: customer
start: { on: shop.ordered }
milestones:
  first:
    do:
      - decide:
          name: best
          among:
            - offer: discount
              score: models.churn.leaves
            - offer: nothing
              score: 0.5
          fallback: [{ end: none }]
end: { after: 60d, outcome: done }
";

/// Plays the scenario of a workspace, by way of the plan as it is written; what was taken and at
/// which scores, and what failed.
fn play(test: &str) -> (bool, Vec<String>) {
    let workspace = format!("{BASE}---\n{MODEL}{JOURNEY}---\n{test}");
    let files: MemoryFiles = [
        ("cjoc.yaml", b"name: case\nedition: 2026\n".as_slice()),
        ("all.yaml", workspace.as_bytes()),
        ("models/churn.onnx", CHURN),
    ]
    .into_iter()
    .collect();
    let outcome = compile::check(&files).unwrap();
    let errors: Vec<_> = outcome.diagnostics.iter().map(|d| &d.message).collect();
    let model = outcome.model.unwrap_or_else(|| panic!("{errors:?}"));
    let written = Plan::new(model).to_json();
    let plan = Plan::from_json(&written).unwrap();
    assert_eq!(Plan::new(plan.model.clone()).to_json(), written);
    let engine = Engine::new(&plan.model).unwrap();
    let verdict = scenario::run(&plan.model, &engine, &outcome.tests[0]);
    let told = verdict
        .records
        .iter()
        .filter_map(|record| match &record.what {
            What::BranchTaken { value, scores, .. } => {
                let scores = scores.iter().map(|(offer, x)| format!("{offer} {x:.4}"));
                Some(format!(
                    "{value}: {}",
                    scores.collect::<Vec<_>>().join(", ")
                ))
            }
            What::ConditionFailed { reason, .. } => Some(reason.to_string()),
            _ => None,
        });
    (verdict.failures.is_empty(), told.collect())
}

const EVENTS: &str = "events:
  - { at: 2026-03-02T18:00:00Z, shop.ordered: { order_id: o, total: 1.0 }, subject: a@b.c }
expect: [{ milestone: first }]
";

#[test]
fn the_offer_follows_what_the_model_makes_of_the_traveler() {
    // As onnxruntime answers for one visit and these.
    let table = [
        (
            "{ email: a@b.c, spend: 0, tier: none }",
            "\"discount\": discount 0.7398, nothing 0.5000",
        ),
        (
            "{ email: a@b.c, spend: 900, tier: gold }",
            "\"nothing\": discount 0.0242, nothing 0.5000",
        ),
    ];
    for (traveler, story) in table {
        let (passed, told) = play(&format!("test: t\ntraveler: {traveler}\n{EVENTS}"));
        assert!(passed);
        assert_eq!(told, [story], "{traveler}");
    }
}

#[test]
fn a_test_says_what_a_model_answers() {
    let test = format!("test: t\nmodels: {{ churn: {{ leaves: 0.25 }} }}\n{EVENTS}");
    let (passed, told) = play(&test);
    assert!(passed);
    assert_eq!(told, ["\"nothing\": discount 0.2500, nothing 0.5000"]);
}

#[test]
fn a_model_that_cannot_be_asked_leaves_its_offer_out_and_says_why() {
    let test = format!("test: t\ntraveler: {{ email: a@b.c, divisor: 0 }}\n{EVENTS}");
    let (passed, told) = play(&test);
    assert!(passed);
    let story = [
        "model `churn`: division by zero",
        "\"nothing\": nothing 0.5000",
    ];
    assert_eq!(told, story);
}
