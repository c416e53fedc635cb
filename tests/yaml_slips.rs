//! One slip of the finger is one error, near the slip, and most of the file survives it.

use std::sync::Arc;

use cjoc::diagnostic::Severity;
use cjoc::source::{FileId, LineIndex};
use cjoc::yaml::{Node, Value, parse, unquoted_condition};
use proptest::prelude::*;

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

/// Looks at everything in the tree: no place may lie outside of the text.
fn look_at_all(text: &str, node: Node<'_>) {
    let mut nodes = vec![node];
    while let Some(node) = nodes.pop() {
        assert!(
            text.get(node.span().range.as_usize()).is_some(),
            "{node:?} in {text}"
        );
        let _ = node.is_broken();
        nodes.extend(node.as_seq().into_iter().flat_map(cjoc::yaml::Seq::items));
        for entry in node.as_map().into_iter().flat_map(cjoc::yaml::Map::entries) {
            let _ = unquoted_condition(&entry);
            nodes.extend([entry.key, entry.value]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(200),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn many_slips_are_read_without_a_panic(
        slips in prop::collection::vec(
            (
                any::<prop::sample::Index>(),
                0..12usize,
                prop::sample::select(vec![
                    "", " ", "\t", "\n", "\"", "'", "[", "]", "{", "}", ": ", ":", "- ", "#", "&a ", "*a",
                    "!x ", "|", ">", "---\n", "\\", "@", "é", "😀", ",", "?", "<<: *a\n", "when: a ? b : c\n",
                ]),
            ),
            1..8,
        ),
    ) {
        let mut text = SAMPLE.to_owned();
        for (at, len, inserted) in slips {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let start = *at.get(&ends);
            let end = ends.iter().copied().find(|end| *end >= start + len).unwrap_or(text.len());
            text.replace_range(start..end, inserted);
        }
        let text: Arc<str> = text.into();
        let parsed = parse(FileId(0), &text);
        for diagnostic in &parsed.diagnostics {
            let labels = diagnostic.labels.iter().map(|label| label.span);
            let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
            for span in labels.chain(edits).chain([diagnostic.span]) {
                prop_assert!(text.get(span.range.as_usize()).is_some(), "{:?} in {}", diagnostic, text);
            }
        }
        for document in parsed.tree.all_documents() {
            look_at_all(&text, document);
        }
    }
}
