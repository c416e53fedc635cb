//! Branches that are never taken, because those before them take all that they ask for.

use crate::cel::World;
use crate::check::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;

/// A branch before another: what is left when it does not hold.
#[derive(Clone)]
pub(in crate::check) struct Earlier {
    pub span: Span,
    pub left: World,
}

/// Earlier branches that take all of a later one are named up to this many.
const MAX_NAMED: usize = 3;

/// So many branches before a later one are looked at.
const MAX_EARLIER: usize = 32;

/// The places that leave nothing of `taken`; none where something may be left.
pub(super) fn takers(earlier: &[Earlier], taken: &World) -> Option<Vec<(Span, &'static str)>> {
    if taken.is_never() {
        return None;
    }
    let earlier = &earlier[..earlier.len().min(MAX_EARLIER)];
    if !taken.is_ruled_out(earlier.iter().map(|branch| &branch.left)) {
        return None;
    }
    let alone = earlier
        .iter()
        .find(|branch| branch.left.is_ruled_out([taken]));
    if let Some(branch) = alone {
        return Some(vec![(
            branch.span,
            "this comes first and covers every case of it",
        )]);
    }
    let parts = earlier.iter().take(MAX_NAMED);
    let parts = parts.map(|branch| (branch.span, "this comes first and covers part of it"));
    Some(parts.collect())
}

impl Checker<'_> {
    /// Tells a branch for which those before it leave nothing; answers whether it did.
    pub(in crate::check) fn shadowed(
        &mut self,
        what: &str,
        span: Span,
        earlier: &[Earlier],
        taken: &World,
    ) -> bool {
        let Some(takers) = takers(earlier, taken) else {
            return false;
        };
        self.tell_shadowed(what, span, &takers);
        true
    }

    pub(super) fn tell_shadowed(
        &mut self,
        what: &str,
        span: Span,
        takers: &[(Span, &'static str)],
    ) {
        let mut diagnostic = Diagnostic::new(
            &codes::SHADOWED_BRANCH,
            span,
            format!("{what}: earlier ones cover every case"),
        )
        .help("put it first, narrow the earlier ones, or remove it");
        for (taker, text) in takers {
            diagnostic = diagnostic.label(*taker, *text);
        }
        self.report(diagnostic);
    }

    /// The personas of a type that are never chosen: others of a higher priority always hold when
    /// they do.
    pub(in crate::check) fn shadowed_personas(&mut self, mut personas: Vec<AskedPersona>) {
        personas.sort_by(|a, b| (-a.priority, &a.name).cmp(&(-b.priority, &b.name)));
        let mut earlier: Vec<Earlier> = Vec::new();
        for persona in personas {
            let what = format!("persona `{}` is never chosen", persona.name);
            let shadowed = self.shadowed(&what, persona.earlier.span, &earlier, &persona.taken);
            if !shadowed {
                earlier.push(persona.earlier);
            }
        }
    }
}

/// A persona and when it holds.
pub(in crate::check) struct AskedPersona {
    pub name: std::sync::Arc<str>,
    pub priority: i128,
    pub taken: World,
    pub earlier: Earlier,
}
