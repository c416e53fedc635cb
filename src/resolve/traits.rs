//! Traits: what each looks at, and the type that follows.

use super::lookup::Lookup;
use super::{Resolved, Trait, TraitSource};
use crate::cel::{ObjectType, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::syntax::ast::{self, Aggregate, EventRef, Name};

/// The trait with its source and type; [`Type::Error`] where something was reported.
pub(super) fn resolve<'w>(
    resolved: &Resolved<'w>,
    decl: &'w ast::Trait,
    diagnostics: &mut Vec<Diagnostic>,
) -> Trait<'w> {
    let source = match source(resolved, &decl.source.event) {
        Ok(source) => Some(source),
        Err(diagnostic) => {
            diagnostics.extend(diagnostic.map(|d| *d));
            None
        }
    };
    let ty = match source {
        Some(source) => match field_type(resolved, source, decl) {
            Ok(field) => aggregate_type(decl, &field),
            Err(diagnostic) => Err(diagnostic),
        },
        None => Ok(Type::Error),
    };
    let ty = ty.unwrap_or_else(|diagnostic| {
        diagnostics.push(*diagnostic);
        Type::Error
    });
    Trait { decl, ty, source }
}

fn source(resolved: &Resolved<'_>, event: &EventRef) -> Lookup<TraitSource> {
    let rest = || {
        let path = &event.names()[1..];
        let span = match (path.first(), path.last()) {
            (Some(first), Some(last)) => first.span.cover(last.span),
            _ => event.span,
        };
        EventRef::new(path, span)
    };
    match (&*event.names()[0].text, event.names().len()) {
        ("send", 2) => resolved
            .find_template(&event.names()[1])
            .map(TraitSource::Send),
        ("call", 3) => resolved.find_action(&rest()).map(TraitSource::Call),
        _ => resolved.find_event(event).map(TraitSource::Event),
    }
}

/// The type of the field that the trait takes, walked from the payload or the parameters.
fn field_type(
    resolved: &Resolved<'_>,
    source: TraitSource,
    decl: &ast::Trait,
) -> Result<Type, Box<Diagnostic>> {
    let vocabulary = &resolved.vocabulary;
    let payload = match source {
        TraitSource::Event(id) => &vocabulary.event(id).payload,
        TraitSource::Send(id) => &vocabulary.template(id).params,
        TraitSource::Call(id) => &vocabulary.action(id).params,
    };
    let mut ty = Type::Object(payload.clone());
    for name in &decl.source.field {
        ty = match ty.present() {
            Type::Object(object) => field(object, name, &decl.source.event.to_string())?,
            Type::Error => Type::Error,
            other => {
                return Err(Box::new(
                    Diagnostic::new(
                        &codes::UNKNOWN_FIELD,
                        name.span,
                        format!("`{other}` has no field `{name}`"),
                    )
                    .help("a trait takes a field of the payload, or of an object in it"),
                ));
            }
        };
    }
    Ok(ty)
}

fn field(object: &ObjectType, name: &Name, owner: &str) -> Result<Type, Box<Diagnostic>> {
    if let Some((_, field)) = object.field(&name.text) {
        Ok(field.ty.clone())
    } else {
        let known = object.fields.iter().map(|f| &*f.name);
        let message = format!("`{owner}` has no field `{name}`");
        let unknown = Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message);
        Err(Box::new(unknown.suggest(&name.text, known)))
    }
}

fn aggregate_type(decl: &ast::Trait, field: &Type) -> Result<Type, Box<Diagnostic>> {
    let wrong = |span, message: String, help: &str| {
        Err(Box::new(
            Diagnostic::new(&codes::INVALID_TRAIT, span, message).help(help),
        ))
    };
    let takes_field = !decl.source.field.is_empty();
    let name = &decl.name;
    let is_list = matches!(decl.aggregate.value, Aggregate::List | Aggregate::Distinct);
    if decl.aggregate.value == Aggregate::Count {
        if takes_field {
            let event = &decl.source.event;
            let message = format!("`count` counts events and takes no field, but `{name}` has one");
            return wrong(
                decl.source.span,
                message,
                &format!("write `count: {event}`"),
            );
        }
    } else if !takes_field {
        return wrong(
            decl.source.span,
            format!(
                "`{name}` needs a field of `{}` to work on",
                decl.source.event
            ),
            "write the field after it, as in `sum: shop.order_placed.total`",
        );
    }
    if is_list && !decl.bounded {
        return wrong(
            decl.aggregate.span,
            format!("`{name}` would grow without limit"),
            "limit what it holds, with `keep: 10` or `within: 30d`",
        );
    }
    if let (false, Some(keep)) = (is_list, &decl.keep) {
        let message = "`keep` is for `list` and `distinct` only".to_owned();
        return wrong(keep.span, message, "remove it, or use `within`");
    }
    let value = field.present().clone();
    if value.is_error() {
        return Ok(Type::Error);
    }
    let is_number = matches!(value, Type::Int | Type::Double | Type::Duration);
    let is_ordered = is_number || matches!(value, Type::String | Type::Timestamp);
    let unfit = |what: &str| {
        wrong(
            decl.source.span,
            format!("`{name}` cannot take {what} of `{value}`"),
            "choose a field of another type, or another aggregate",
        )
    };
    match decl.aggregate.value {
        Aggregate::Count => Ok(Type::Int),
        Aggregate::Sum if is_number => Ok(value),
        Aggregate::Sum => unfit("the sum"),
        Aggregate::Avg if value == Type::Duration => Ok(value.nullable()),
        Aggregate::Avg if is_number => Ok(Type::Double.nullable()),
        Aggregate::Avg => unfit("the average"),
        Aggregate::Min | Aggregate::Max if is_ordered => Ok(value.nullable()),
        Aggregate::Min | Aggregate::Max => unfit("the least or greatest"),
        Aggregate::First | Aggregate::Last => Ok(value.nullable()),
        Aggregate::List | Aggregate::Distinct => Ok(Type::list(value)),
    }
}
