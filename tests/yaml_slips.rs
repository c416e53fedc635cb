//! One slip of the finger is one error, near the slip, and most of the file survives it.

use std::sync::Arc;

use cjoc::diagnostic::Severity;
use cjoc::source::{FileId, LineIndex};
use cjoc::yaml::{Node, Value, parse};

const SAMPLE: &str = r#"journey: backpack
title: From a review to the trail
traveler: customer
happy_path: [considering, ordered, delivered]

variables:
  sku: string | null
  wrong_item: bool = false

start:
  on: shop.review_read
  when: event.product.category == "backpack"
  set: { sku: event.product.sku }
reentry: { after: 30d }       # never by default

milestones:
  considering:
    title: Reading reviews
    touchpoints: [review page, discount mail]
    pain_points: ["Leaves to compare prices"]
    do:
      - wait: 1d
      - send: discount_mail
        with:
          name: ${traveler.?first_name.orValue("there")}
          percent: 10
  ordered:
    enter: { on: shop.order_placed, when: 'event.items.exists(i, i.category == "backpack")' }
  delivered:
    enter: { on: shop.order_delivered }
    do:
      - if: event.sku != event.ordered_sku
        then:
          - set: { wrong_item: true }
          - call: crm.open_case
            with: { subject: "Wrong item in ${event.order_id}", priority: high }
    rules:
      - rule: ask
        after: 3d
        when: "!vars.wrong_item"
        do: [{ send: review_survey }]

end:
  - { on: store.workshop_attended, outcome: success }
  - { after: 60d, outcome: lapsed }
---
template: discount_mail
channel: email
params: { name: string, percent: int }
subject: "${params.percent}% off your backpack"
body: |
  Hello ${params.name},
  it is waiting for you.
"#;

/// Every text that one slip makes of the sample, with the offset of the slip.
fn slips() -> Vec<(usize, String)> {
    let mut slips = Vec::new();
    for (at, c) in SAMPLE.char_indices() {
        let without = || {
            let mut text = SAMPLE.to_owned();
            text.remove(at);
            text
        };
        match c {
            '[' | ']' | '{' | '}' | '"' | '\'' | ':' | '-' | ',' => slips.push((at, without())),
            ' ' => {
                slips.push((at, without()));
                let mut doubled = SAMPLE.to_owned();
                doubled.insert(at, ' ');
                slips.push((at, doubled));
                let is_indentation = SAMPLE[..at].ends_with(['\n', ' ']);
                if is_indentation {
                    let mut tab = SAMPLE.to_owned();
                    tab.replace_range(at..=at, "\t");
                    slips.push((at, tab));
                }
            }
            _ => {}
        }
    }
    slips
}

/// Values that are left; an error is none.
fn count(node: Node<'_>) -> usize {
    match node.value() {
        Value::Error => 0,
        Value::Scalar(_) => 1,
        Value::Seq(seq) => seq.items().map(count).sum(),
        Value::Map(map) => map.entries().map(|entry| count(entry.value)).sum(),
    }
}

#[test]
fn one_slip_is_one_error_near_it_and_the_rest_survives() {
    let whole = parse(FileId(0), &Arc::from(SAMPLE));
    assert_eq!(whole.diagnostics, []);
    let all: usize = whole.tree.documents().map(count).sum();
    let (mut broken, mut near, mut kept) = (0, 0, 0);
    for (at, text) in slips() {
        let text: Arc<str> = text.into();
        let parsed = parse(FileId(0), &text);
        let errors: Vec<_> = parsed
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .collect();
        assert!(errors.len() <= 1, "{errors:#?}\nin {text}");
        let Some(error) = errors.first() else {
            continue;
        };
        let lines = LineIndex::new(&text);
        let slip = lines.position(at as u32).line;
        let places = error
            .labels
            .iter()
            .map(|label| label.span)
            .chain([error.span]);
        broken += 1;
        near += usize::from(
            places
                .map(|span| lines.position(span.start()).line)
                .any(|line| line.abs_diff(slip) <= 1),
        );
        kept += parsed.tree.documents().map(count).sum::<usize>();
    }
    assert!(broken > 300, "only {broken} slips break the text");
    assert!(
        near * 100 >= broken * 97,
        "{near} of {broken} are found near the slip"
    );
    let kept = kept * 100 / (broken * all);
    assert!(kept >= 80, "{kept} % of the values survive");
}
