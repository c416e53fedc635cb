//! Segments, personas, traits and models that are defined by themselves, through each other.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolved;
use crate::cel::{self, ExprId, Kind};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Sources, Span};
use crate::syntax::ast::{Expr, SegmentKind};

/// Between the name of a trait and the traveler type that has it.
const OF: char = '@';

/// What a definition refers to, each with the place of the reference.
type Graph = BTreeMap<String, Vec<(String, Span)>>;

/// Reports each circle once, at the reference that closes it.
pub(super) fn check(resolved: &Resolved<'_>, sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    let mut graph = Graph::new();
    let derived = derived(resolved);
    let mut add = |name: String, traveler: &str, expr: &Expr| {
        let text = &sources.file(expr.text.span().file).text;
        let references = references(&expr.ast, traveler, &derived)
            .into_iter()
            .map(|(to, id)| (to, expr.locate(expr.ast.range(id), text)));
        graph.entry(name).or_default().extend(references);
    };
    for segment in &resolved.segments {
        if let SegmentKind::When(expr) = &segment.kind {
            let name = format!("segment.{}", segment.name);
            add(name, &segment.traveler.text, expr);
        }
    }
    for traveler in &resolved.travelers {
        let of = &traveler.decl.name.text;
        for t in &traveler.traits {
            if let Some(expr) = &t.decl.when {
                add(format!("traveler.{}{OF}{of}", t.decl.name), of, expr);
            }
        }
    }
    for model in &resolved.models {
        let only = resolved.travelers.first().map(|it| &*it.decl.name.text);
        let of = model.traveler.as_ref().map(|name| &*name.text).or(only);
        for value in model.inputs.iter().flat_map(|input| &input.values) {
            add(
                format!("models.{}", model.name),
                of.unwrap_or_default(),
                value,
            );
        }
    }
    // Who a traveler is, is the first persona that holds: it refers to what any of them does.
    for persona in &resolved.personas {
        let of = &persona.traveler.text;
        add(format!("traveler.persona{OF}{of}"), of, &persona.when);
    }
    let mut done: BTreeMap<&str, bool> = BTreeMap::new();
    for start in graph.keys() {
        visit(start, &graph, &mut done, diagnostics);
    }
}

/// Depth first, on a stack of its own: chains may be of any length. `done` says of a name whether
/// all below it has been seen.
fn visit<'g>(
    start: &'g str,
    graph: &'g Graph,
    done: &mut BTreeMap<&'g str, bool>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if done.contains_key(start) {
        return;
    }
    done.insert(start, false);
    // Each name with how many of its references have been followed.
    let mut path: Vec<(&'g str, usize)> = vec![(start, 0)];
    while let Some((name, followed)) = path.last_mut() {
        let Some((to, span)) = graph.get(*name).and_then(|all| all.get(*followed)) else {
            done.insert(*name, true);
            path.pop();
            continue;
        };
        *followed += 1;
        let Some((to, _)) = graph.get_key_value(to) else {
            continue;
        };
        match done.get(to.as_str()) {
            Some(true) => {}
            Some(false) => {
                let start = path.iter().position(|(step, _)| *step == to.as_str());
                let circle = path[start.unwrap_or(0)..].iter().map(|(step, _)| *step);
                let circle: Vec<&str> = circle.chain(std::iter::once(to.as_str())).collect();
                diagnostics.push(closed(&circle, *span));
            }
            None => {
                done.insert(to, false);
                path.push((to, 0));
            }
        }
    }
}

fn closed(circle: &[&str], span: Span) -> Diagnostic {
    let shown = |step: &&str| format!("`{}`", step.split(OF).next().unwrap_or(step));
    let circle: Vec<String> = circle.iter().map(shown).collect();
    let message = if circle.len() == 2 {
        format!("{} refers to itself", circle[0])
    } else {
        format!("circular definition: {}", circle.join(" → "))
    };
    Diagnostic::new(&codes::CIRCULAR_DEFINITION, span, message)
        .here("this closes the loop")
        .help("write out one of the conditions instead of referring to it")
}

/// The names below `traveler` that are defined by expressions, of any type of travelers: nothing
/// comes back through the others.
fn derived<'r>(resolved: &'r Resolved<'_>) -> BTreeSet<&'r str> {
    let traits = resolved.travelers.iter().flat_map(|it| &it.traits);
    let names = traits.map(|it| &*it.decl.name.text);
    names.chain(["persona"]).collect()
}

/// `segment.NAME`, `models.NAME` and `traveler.NAME` in an expression, the last of those that are
/// derived.
fn references(ast: &cel::Ast, traveler: &str, derived: &BTreeSet<&str>) -> Vec<(String, ExprId)> {
    let root = |id: ExprId| match ast.kind(id) {
        Kind::Ident(name) => Some(ast.name(name)),
        _ => None,
    };
    ast.ids()
        .filter_map(|id| match ast.kind(id) {
            Kind::Select { operand, field, .. } => match root(*operand)? {
                root @ ("segment" | "models") => Some((format!("{root}.{}", ast.name(field)), id)),
                "traveler" if derived.contains(ast.name(field)) => {
                    Some((format!("traveler.{}{OF}{traveler}", ast.name(field)), id))
                }
                _ => None,
            },
            _ => None,
        })
        .collect()
}
