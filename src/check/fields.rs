//! Fields, variables and parameters as the model keeps them, with defaults of their types.

use crate::cel::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::resolve;
use crate::source::{Span, TextRange};
use crate::syntax::ast::{self, Normalize};

use super::context::Checker;

impl Checker<'_> {
    /// The fields, each with its default, in the given order.
    pub(super) fn fields(&mut self, fields: &[resolve::Field<'_>]) -> Vec<model::Field> {
        fields.iter().map(|field| self.field(field)).collect()
    }

    fn field(&mut self, field: &resolve::Field<'_>) -> model::Field {
        if let Some(normalize) = &field.decl.normalize
            && !matches!(field.ty.present(), Type::String | Type::Error)
        {
            let message = format!(
                "only text can be normalized, and `{}` is `{}`",
                field.decl.name,
                field.ty.present()
            );
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, normalize.span, message)
                    .help("remove `normalize`"),
            );
        }
        model::Field {
            name: field.decl.name.text.clone(),
            ty: field.ty.clone(),
            default: self.default(field),
            pii: field.decl.pii,
            normalize: field.decl.normalize.as_ref().map(|n| normalize(n.value)),
            at: self.at(field.decl.name.span),
        }
    }

    /// The default of a field as JSON of its type; none where there is none or it does not fit,
    /// which is reported.
    fn default(&mut self, field: &resolve::Field<'_>) -> Option<serde_json::Value> {
        let written = field.decl.default.as_ref()?;
        let problem = match resolve::literal(&field.ty, &written.text) {
            Ok(value) => return value,
            Err(problem) => problem,
        };
        let span = self.inside(written, problem.range);
        let mut diagnostic = Diagnostic::new(problem.code, span, problem.message);
        diagnostic.label = problem.label;
        diagnostic.help = problem.help;
        for fix in problem.fixes {
            // A text in quotes may not be written the same in a scalar that has its own.
            if let [(range, text)] = fix.edits.as_slice()
                && !text.contains(['"', '\''])
            {
                let span = self.inside(written, *range);
                diagnostic = diagnostic.fix(fix.applicability, fix.message, span, text);
            }
        }
        self.report(diagnostic);
        None
    }

    /// The place of a range of the default's text, where the file has that text as it is.
    fn inside(&self, written: &ast::Default, range: TextRange) -> Span {
        if self.sources.text(written.span) != written.text {
            return written.span;
        }
        let start = written.span.start();
        Span::new(written.span.file, start + range.start, start + range.end)
    }
}

pub(super) fn normalize(written: Normalize) -> model::Normalize {
    match written {
        Normalize::Email => model::Normalize::Email,
        Normalize::Phone => model::Normalize::Phone,
        Normalize::Lower => model::Normalize::Lower,
        Normalize::Trim => model::Normalize::Trim,
    }
}
