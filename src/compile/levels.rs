//! The manifest's `levels`: how much each diagnostic matters in this workspace.
//!
//! Warnings can be ignored or made errors. Errors stay errors: what follows relies on them.

use crate::diagnostic::{Code, Diagnostic, Severity, codes};
use crate::syntax::ast::{Level, LevelSetting};

/// What the manifest says, with names looked up.
#[derive(Debug, Default)]
pub(super) struct Levels(Vec<(&'static Code, Level)>);

impl Levels {
    /// Reads the settings; those that cannot be are reported.
    pub(super) fn new(settings: &[LevelSetting], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut levels: Vec<(&'static Code, Level)> = Vec::new();
        for LevelSetting { diagnostic, level } in settings {
            let Some(code) = codes::find(&diagnostic.text) else {
                diagnostics.push(unknown(&diagnostic.text, diagnostic.span));
                continue;
            };
            if code.severity == Severity::Error && *level != Level::Error {
                diagnostics.push(
                    Diagnostic::new(
                        &codes::INVALID_VALUE,
                        diagnostic.span,
                        format!("`{}` is an error and stays one", code.name),
                    )
                    .help("remove this line: `levels` can ignore warnings or make them errors"),
                );
                continue;
            }
            if levels.iter().any(|(of, _)| *of == code) {
                let message = format!("`{}` is given a level twice", code.name);
                diagnostics.push(
                    Diagnostic::new(&codes::DUPLICATE_KEY, diagnostic.span, message)
                        .note(format!(
                            "`{}` and `{}` are one diagnostic",
                            code.name, code.id
                        ))
                        .help("keep one of them"),
                );
                continue;
            }
            levels.push((code, *level));
        }
        Self(levels)
    }

    /// Gives every diagnostic its level; those that are ignored are gone.
    pub(super) fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain_mut(|diagnostic| match self.of(diagnostic.code) {
            // It has a severity already, which may be less than that of its code.
            None => true,
            Some(_) => match self.severity(diagnostic.code) {
                None => false,
                Some(severity) => {
                    diagnostic.severity = severity;
                    true
                }
            },
        });
    }

    /// How much it matters here; none where nobody wants to hear of it.
    pub(super) fn severity(&self, code: &Code) -> Option<Severity> {
        match self.of(code) {
            None => Some(code.severity),
            Some(Level::Ignore) => None,
            Some(Level::Warning) => Some(Severity::Warning),
            Some(Level::Error) => Some(Severity::Error),
        }
    }

    /// Whether the workspace does not want to hear of it.
    pub(super) fn ignores(&self, code: &Code) -> bool {
        self.of(code) == Some(Level::Ignore)
    }

    fn of(&self, code: &Code) -> Option<Level> {
        self.0
            .iter()
            .find(|(of, _)| *of == code)
            .map(|(_, level)| *level)
    }
}

/// A name that no diagnostic has.
pub(super) fn unknown(name: &str, span: crate::source::Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &codes::UNKNOWN_DIAGNOSTIC,
        span,
        format!("there is no diagnostic `{name}`"),
    );
    let known = codes::ALL.iter().flat_map(|code| [code.name, code.id]);
    match crate::diagnostic::nearest(name, known.clone()) {
        Some(_) => diagnostic.suggest(name, known),
        None => diagnostic.help("`cjoc explain` lists them all"),
    }
}
