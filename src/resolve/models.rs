//! Predictive models: what each answers, by name and type, and whom it is about.

use std::sync::Arc;

use super::collect::unique;
use crate::cel::{Field, ObjectType, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{ModelHead, TravelerId, Vocabulary};
use crate::syntax::ast::{self, ScalarType, TypeExpr, TypeKind};

/// What the vocabulary says of a model. Whether its answers may be absent follows from its inputs,
/// which are typed later.
pub(super) fn head(
    decl: &ast::Model,
    vocabulary: &Vocabulary,
    diagnostics: &mut Vec<Diagnostic>,
) -> ModelHead {
    let traveler = match (&decl.traveler, vocabulary.travelers.len()) {
        (Some(name), _) => vocabulary.find_traveler(&name.text),
        (None, 1) => Some(TravelerId(0)),
        (None, _) => None,
    };
    let outputs = unique("output", &decl.outputs, |output| &output.name, diagnostics);
    let fields = outputs.into_iter().map(|output| Field {
        name: output.name.text.clone(),
        ty: output_type(&output.ty, diagnostics),
        declared: Some(output.name.span),
        default: None,
        least: None,
    });
    ModelHead {
        name: decl.name.text.clone(),
        traveler,
        outputs: Arc::new(ObjectType {
            name: format!("models.{}", decl.name).into(),
            fields: fields.collect(),
        }),
    }
}

fn output_type(written: &TypeExpr, diagnostics: &mut Vec<Diagnostic>) -> Type {
    let ty = match &written.kind {
        TypeKind::Error => return Type::Error,
        TypeKind::List(of) if !of.nullable => scalar(of).map(Type::list),
        TypeKind::Map(of) if !of.nullable => {
            scalar(of).filter(|of| *of == Type::Double).map(Type::map)
        }
        _ => scalar(written),
    };
    let Some(ty) = ty else {
        diagnostics.push(
            Diagnostic::new(
                &codes::INVALID_TYPE,
                written.span,
                "a model does not answer this",
            )
            .help("write `double`, `int`, `bool`, `string`, a `list` of one of them, or `map(double)`"),
        );
        return Type::Error;
    };
    if written.nullable {
        diagnostics.push(
            Diagnostic::new(
                &codes::INVALID_TYPE,
                written.span,
                "whether an answer may be absent follows from the inputs",
            )
            .help(format!("write `{ty}`")),
        );
    }
    ty
}

fn scalar(written: &TypeExpr) -> Option<Type> {
    match written.kind {
        TypeKind::Scalar(ScalarType::Bool) => Some(Type::Bool),
        TypeKind::Scalar(ScalarType::Int) => Some(Type::Int),
        TypeKind::Scalar(ScalarType::Double) => Some(Type::Double),
        TypeKind::Scalar(ScalarType::String) => Some(Type::String),
        _ => None,
    }
}
