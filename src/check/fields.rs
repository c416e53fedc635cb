//! Fields, variables and parameters as the model keeps them, with defaults of their types.

use crate::cel::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::resolve;
use crate::syntax::ast::Normalize;

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
        match resolve::literal(&field.ty, &written.text) {
            Ok(value) => value,
            Err(problem) => {
                self.report(resolve::misfit(written, *problem));
                None
            }
        }
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
