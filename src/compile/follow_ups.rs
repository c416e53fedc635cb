//! Unused declarations are told only where nothing hides a use: of a misspelt name, what was meant
//! would otherwise be called unused.

use crate::diagnostic::{Code, Diagnostic, Severity, codes};

/// The warnings that something is unused.
static UNUSED: [&Code; 9] = [
    &codes::UNUSED_VARIABLE,
    &codes::UNUSED_TEMPLATE,
    &codes::UNUSED_SEGMENT,
    &codes::UNUSED_EVENT,
    &codes::UNUSED_ACTION,
    &codes::UNUSED_PARAMETER,
    &codes::UNUSED_CHANNEL,
    &codes::UNUSED_PERSONA,
    &codes::UNUSED_TRAIT,
];

/// Takes back what may be a follow-up of an error.
pub(super) fn drop_unused(diagnostics: &mut Vec<Diagnostic>) {
    let errors: Vec<&'static Code> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| diagnostic.code)
        .collect();
    diagnostics.retain(|diagnostic| {
        !UNUSED.contains(&diagnostic.code)
            || !errors.iter().any(|error| may_hide(error, diagnostic.code))
    });
}

/// Whether behind an error there may be the use of a thing that seems unused. What could not be
/// read may have used anything, an unknown name only what it could have meant; a wrong type does
/// not hide what is used.
fn may_hide(error: &Code, unused: &Code) -> bool {
    let hidden: &[&Code] = match error.name {
        "unknown-event" => &[&codes::UNUSED_EVENT],
        "unknown-connection" => &[
            &codes::UNUSED_EVENT,
            &codes::UNUSED_ACTION,
            &codes::UNUSED_CHANNEL,
        ],
        "unknown-segment" => &[&codes::UNUSED_SEGMENT],
        "unknown-channel" => &[&codes::UNUSED_CHANNEL],
        "unknown-template" => &[&codes::UNUSED_TEMPLATE],
        "unknown-action" => &[&codes::UNUSED_ACTION],
        "unknown-variable" => &[&codes::UNUSED_VARIABLE],
        "unknown-parameter" | "missing-parameter" => &[&codes::UNUSED_PARAMETER],
        "unknown-field" => &[
            &codes::UNUSED_TRAIT,
            &codes::UNUSED_VARIABLE,
            &codes::UNUSED_PARAMETER,
        ],
        "unknown-enum-value" => &[&codes::UNUSED_PERSONA],
        "unknown-milestone" | "unknown-function" | "unknown-type" | "unknown-identity"
        | "unknown-file" | "unknown-traveler" => &[],
        "bare-word" => return true,
        _ => {
            return ["CJ01", "CJ02", "CJ03"]
                .iter()
                .any(|stage| error.id.starts_with(stage));
        }
    };
    hidden.contains(&unused)
}
