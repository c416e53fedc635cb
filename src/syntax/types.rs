//! Types and field declarations: scalars in the notation of types, maps as object types in place,
//! the long form `{ type:, pii:, normalize:, description: }`.

use crate::diagnostic::{Applicability, Diagnostic, codes, nearest};
use crate::source::Span;
use crate::yaml::{Kind, Map, Node, Value};

use super::MAX_FIELDS;
use super::ast::{FieldDecl, Name, Normalize, Spanned, TypeDecl, TypeExpr, TypeKind};
use super::keys::{Shape, Table, optional, required};
use super::notation::{self, Notation};
use super::reader::{Entry, Reader};
use super::values::Pattern;

const NORMALIZE: &[&str] = &["email", "phone", "lower", "trim"];

/// The long form of a field.
pub(super) static FIELD: Table = Table {
    what: "a field",
    keys: &[
        required(
            "type",
            Shape::Type,
            "Its type, with a default if it has one.",
        ),
        optional("pii", Shape::Bool, "Whether it is personal data."),
        optional(
            "normalize",
            Shape::Word(NORMALIZE),
            "What is made of a value before it is compared or kept.",
        ),
        optional("description", Shape::Text, "What it says, for people."),
    ],
};

impl<'a> Reader<'a> {
    /// `{ NAME: TYPE, … }`.
    pub(super) fn fields_of(&mut self, node: Node<'a>, pattern: Pattern) -> Vec<FieldDecl> {
        let entries = self.named(node, "a map of names to types");
        let entries = self.at_most(MAX_FIELDS, entries, "fields", |entry| entry.at);
        entries
            .iter()
            .map(|entry| self.field(entry, pattern))
            .collect()
    }

    fn field(&mut self, entry: &Entry<'a>, pattern: Pattern) -> FieldDecl {
        let name = self.key_name(entry, pattern);
        if let Some(map) = entry.value.as_map().filter(|map| is_long_form(*map)) {
            return self.long_form(name, map, entry.at);
        }
        let Notation { ty, default } = self.notation(entry.value, Some(entry));
        FieldDecl {
            name,
            ty,
            default,
            pii: false,
            normalize: None,
            description: None,
        }
    }

    fn long_form(&mut self, name: Name, map: Map<'a>, head: Span) -> FieldDecl {
        let fields = self.fields(map, &FIELD, head);
        let Notation { ty, default } = fields
            .read(self, "type", |r, node| Some(r.notation(node, None)))
            .unwrap_or_else(|| broken(map.span()));
        let normalize = fields.read(self, "normalize", |r, node| {
            let value = match r.word(node, NORMALIZE)? {
                0 => Normalize::Email,
                1 => Normalize::Phone,
                2 => Normalize::Lower,
                _ => Normalize::Trim,
            };
            let span = node.span();
            Some(Spanned { value, span })
        });
        FieldDecl {
            name,
            ty,
            default,
            pii: fields.read(self, "pii", Reader::bool).unwrap_or(false),
            normalize,
            description: fields.read(self, "description", Reader::text),
        }
    }

    /// A type, with a default behind it if it stands in a scalar.
    pub(super) fn notation(&mut self, node: Node<'a>, entry: Option<&Entry<'a>>) -> Notation {
        let span = node.span();
        match node.value() {
            Value::Error => broken(span),
            Value::Map(_) => Notation {
                ty: TypeExpr {
                    kind: TypeKind::Object(self.fields_of(node, Pattern::Field)),
                    nullable: false,
                    span,
                },
                default: None,
            },
            Value::Seq(seq) => {
                let words: Option<Vec<&str>> = seq.items().map(Node::as_str).collect();
                let diagnostic =
                    Diagnostic::new(&codes::WRONG_SHAPE, span, "expected a type, found a list");
                self.report(match words {
                    Some(words) if words.len() > 1 => {
                        let meant = words.join(" | ");
                        diagnostic
                            .help(format!("an enum is written `{meant}`"))
                            .fix(Applicability::Safe, format!("write `{meant}`"), span, meant)
                    }
                    _ => diagnostic.help("a list of texts is `list(string)`"),
                });
                broken(span)
            }
            Value::Scalar(scalar) if scalar.is_missing() => {
                let at = entry.map_or(span, |entry| entry.at);
                let what = entry.map_or_else(
                    || "a type is missing here".to_owned(),
                    |entry| format!("the type of `{}` is missing", entry.key),
                );
                self.report(
                    Diagnostic::new(&codes::INVALID_TYPE, at, what)
                        .help("write one after the colon: `string`, `int`, `EUR | USD`, …"),
                );
                broken(at)
            }
            Value::Scalar(scalar) => {
                if !matches!(scalar.kind(), Kind::String | Kind::Null) {
                    let message = format!("`{}` is a value, not a type", scalar.value());
                    self.report(
                        Diagnostic::new(&codes::INVALID_TYPE, span, message)
                            .help("a default goes after the type: `int = 3`"),
                    );
                    return broken(span);
                }
                let text = scalar.to_text();
                let file_text = self.text;
                let locate = |range| text.locate(range, file_text);
                match notation::parse(scalar.value(), &locate) {
                    Ok(mut notation) => {
                        if let Some(default) = &mut notation.default {
                            let written = file_text.get(default.span.range.as_usize());
                            default.verbatim = written == Some(&*default.text);
                        }
                        notation
                    }
                    Err(diagnostic) => {
                        self.report(*diagnostic);
                        broken(span)
                    }
                }
            }
        }
    }

    /// `types:` of a connection.
    pub(super) fn types(&mut self, node: Node<'a>) -> Vec<TypeDecl> {
        let entries = self.named(node, "a map of names to types");
        let mut types = Vec::new();
        for entry in &entries {
            let name = self.key_name(entry, Pattern::Type);
            let builtin = notation::SCALARS
                .iter()
                .any(|(word, _)| **word == *name.text);
            if builtin || matches!(&*name.text, "list" | "map" | "null") {
                let message = format!("`{name}` is a type of the language");
                self.report(
                    Diagnostic::new(&codes::INVALID_NAME, name.span, message)
                        .help("give it another name"),
                );
            }
            let Notation { ty, default } = self.notation(entry.value, Some(entry));
            if let Some(default) = default {
                self.report(
                    Diagnostic::new(
                        &codes::INVALID_TYPE,
                        default.span,
                        format!("the type `{name}` cannot have a default"),
                    )
                    .help("give the default to the fields that have the type"),
                );
            }
            types.push(TypeDecl { name, ty });
        }
        types
    }
}

/// Whether a map is the long form of a field rather than an object type with a field `type`.
fn is_long_form(map: Map<'_>) -> bool {
    let marked = map.get("pii").and_then(|entry| entry.value.as_scalar());
    if marked.is_some_and(|value| matches!(value.kind(), Kind::Bool(_))) {
        return true;
    }
    map.get("type").is_some()
        && map.entries().all(|entry| {
            entry.name().is_none_or(|name| {
                FIELD.key(name).is_some() || nearest(name, FIELD.names()).is_some()
            })
        })
}

fn broken(span: Span) -> Notation {
    Notation {
        ty: TypeExpr {
            kind: TypeKind::Error,
            nullable: false,
            span,
        },
        default: None,
    }
}
