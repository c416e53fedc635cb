//! Values in text places: literals of the type that is due, and text with expressions in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::context::Checker;
use crate::cel::{self, Facts, Type};
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::model::env::Place;
use crate::model::{self, TextPart};
use crate::resolve::Field;
use crate::source::Span;
use crate::syntax::ast::{Content, ContentKind, Expr, FieldDecl, Name, Part, TextExpr};

/// A path that was read, and where.
pub(super) type Reads = Vec<(cel::Segments, Span)>;

/// The values under a `with`, by parameter.
#[derive(Default)]
pub(super) struct With {
    pub values: BTreeMap<Arc<str>, model::Content>,
    /// What each value reads.
    pub reads: Vec<(Arc<str>, Reads)>,
}

/// The parameters that a `with` may fill, and what has them.
pub(super) struct Signature<'a> {
    /// `template`, `action` or `event`, for messages.
    pub what: &'static str,
    /// What `with` fills: `parameter`, or `field` of an event.
    pub part: &'static str,
    /// As it is written at the step.
    pub name: &'a str,
    pub span: Span,
    pub params: &'a [Field<'a>],
}

impl Checker<'_> {
    /// Checks a `with` against the parameters: each known, each that must be there, each typed.
    pub(super) fn with(
        &mut self,
        signature: &Signature<'_>,
        written: &[(Name, Content)],
        place: &Place,
        facts: &Facts,
    ) -> With {
        let Signature {
            what,
            part,
            name,
            span,
            params,
        } = signature;
        let mut with = With::default();
        let unknown = match *part {
            "field" => &codes::UNKNOWN_FIELD,
            _ => &codes::UNKNOWN_PARAMETER,
        };
        // Where there is none at all, their declaration is what is missing.
        if let ([(first, _), _, ..], []) = (written, params) {
            let count = written.len();
            let message = format!("{what} `{name}` has no {part}s, and {count} are given");
            let help = format!("declare its {part}s, or remove all of them here");
            self.report(Diagnostic::new(unknown, first.span, message).help(help));
            return with;
        }
        let mut misspelt = Vec::new();
        let given: BTreeSet<&str> = written.iter().map(|(name, _)| &*name.text).collect();
        let known = params.iter().map(|field| (&*field.decl.name.text, field));
        let known: BTreeMap<&str, &Field<'_>> = known.rev().collect();
        let names = params.iter().map(|field| &*field.decl.name.text);
        let unused = names.filter(|name| !given.contains(name));
        let missing: Vec<&FieldDecl> = params
            .iter()
            .filter(|f| !f.ty.is_nullable() && f.decl.default.is_none() && !f.ty.is_error())
            .map(|f| f.decl)
            .filter(|d| !given.contains(&*d.name.text))
            .collect();
        // One that is not known and one that is not there: most likely they are the same.
        let strangers = written
            .iter()
            .filter(|(it, _)| !known.contains_key(&*it.text));
        let meant = match missing.as_slice() {
            [only] if strangers.count() == 1 => Some(*only),
            _ => None,
        };
        for (param, content) in written {
            let Some(field) = known.get(&*param.text) else {
                let message = format!("{what} `{name}` has no {part} `{param}`");
                let diagnostic = Diagnostic::new(unknown, param.span, message);
                misspelt.extend(crate::diagnostic::nearest(&param.text, unused.clone()));
                let diagnostic = diagnostic.suggest(&param.text, unused.clone());
                self.report(match (&diagnostic.help, meant) {
                    (_, Some(meant)) if diagnostic.fixes.is_empty() => {
                        let name = &meant.name;
                        misspelt.push(&name.text);
                        diagnostic
                            .label(name.span, "this one has to be given, and is not")
                            .help(format!("did you mean `{name}`?"))
                            .fix(
                                Applicability::Unsafe,
                                format!("rename to `{name}`"),
                                param.span,
                                &*name.text,
                            )
                    }
                    (Some(_), _) => diagnostic,
                    (None, _) => diagnostic.help("remove it"),
                });
                continue;
            };
            let mut reads = Vec::new();
            let value = self.content(content, place, facts, &field.ty, &mut reads);
            reads.shrink_to_fit();
            with.reads.push((param.text.clone(), reads));
            if self.modelled {
                with.values
                    .extend(value.map(|value| (param.text.clone(), value)));
            }
        }
        let missing: Vec<&FieldDecl> = (missing.into_iter())
            .filter(|d| !misspelt.contains(&&*d.name.text))
            .collect();
        if let [first, ..] = missing.as_slice() {
            let quoted: Vec<_> = missing.iter().map(|d| format!("`{}`", d.name)).collect();
            let lines = missing.iter().map(|d| format!("`{}: …`", d.name));
            let lines = lines.collect::<Vec<_>>().join(", ");
            let plural = if missing.len() == 1 { "" } else { "s" };
            let quoted = quoted.join(", ");
            let message = format!("{what} `{name}` needs the {part}{plural} {quoted}");
            self.report(
                Diagnostic::new(&codes::MISSING_PARAMETER, *span, message)
                    .label(first.name.span, "declared here, without a default")
                    .help(format!("add {lines} under `with`")),
            );
        }
        with
    }

    /// Checks a value in a text place against the type that is due. None where it is wrong.
    pub(super) fn content(
        &mut self,
        content: &Content,
        place: &Place,
        facts: &Facts,
        due: &Type,
        reads: &mut Reads,
    ) -> Option<model::Content> {
        match &content.kind {
            ContentKind::Unknown => None,
            ContentKind::Text(text) => {
                self.text_content(text, content.span, place, facts, due, reads)
            }
            ContentKind::List(items) => match due.present() {
                Type::List(_) | Type::Dyn | Type::Error => {
                    let element = match due.present() {
                        Type::List(element) => element,
                        any => any,
                    };
                    let items = items
                        .iter()
                        .map(|item| self.content(item, place, facts, element, reads))
                        .collect::<Vec<_>>();
                    items
                        .into_iter()
                        .collect::<Option<_>>()
                        .map(model::Content::List)
                }
                _ => self.misfit(content.span, due, "a list", None),
            },
            ContentKind::Map(entries) => {
                self.map_content(entries, content.span, place, facts, due, reads)
            }
            ContentKind::Null => self.literal(&json!(null), content.span, due, "`null`", None),
            ContentKind::Bool(value) => {
                let written = value.to_string();
                self.literal(
                    &json!(value),
                    content.span,
                    due,
                    &format!("`{written}`"),
                    Some(&written),
                )
            }
            ContentKind::Int(value) => {
                let written = self.sources.text(content.span).to_owned();
                self.literal(&json!(value), content.span, due, "a number", Some(&written))
            }
            ContentKind::Double(value) => {
                let written = self.sources.text(content.span).to_owned();
                self.literal(&json!(value), content.span, due, "a number", Some(&written))
            }
        }
    }

    fn map_content(
        &mut self,
        entries: &[(Name, Content)],
        span: Span,
        place: &Place,
        facts: &Facts,
        due: &Type,
        reads: &mut Reads,
    ) -> Option<model::Content> {
        let mut values = BTreeMap::new();
        let mut sound = true;
        for (name, value) in entries {
            let ty = match due.present() {
                Type::Map(_, value) => (**value).clone(),
                any @ (Type::Dyn | Type::Error) => any.clone(),
                Type::Object(object) => {
                    if let Some((_, field)) = object.field(&name.text) {
                        field.ty.clone()
                    } else {
                        let known = object.fields.iter().map(|f| &*f.name);
                        let message = format!("`{}` has no field `{name}`", object.name);
                        let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message);
                        self.report(diagnostic.suggest(&name.text, known));
                        sound = false;
                        continue;
                    }
                }
                _ => return self.misfit(span, due, "a map", None),
            };
            match self.content(value, place, facts, &ty, reads) {
                Some(value) => {
                    values.insert(name.text.clone(), value);
                }
                None => sound = false,
            }
        }
        if let Type::Object(object) = due.present() {
            let missing = object
                .fields
                .iter()
                .find(|f| !f.ty.is_nullable() && !entries.iter().any(|(n, _)| n.text == f.name));
            if let (Some(field), true) = (missing, sound) {
                let message = format!("the field `{}` of `{}` is missing", field.name, object.name);
                self.report(
                    Diagnostic::new(&codes::TYPE_MISMATCH, span, message)
                        .help(format!("add `{}`: it is `{}`", field.name, field.ty)),
                );
                sound = false;
            }
        }
        sound.then_some(model::Content::Map(values))
    }

    fn text_content(
        &mut self,
        text: &TextExpr,
        span: Span,
        place: &Place,
        facts: &Facts,
        due: &Type,
        reads: &mut Reads,
    ) -> Option<model::Content> {
        if let Some(expr) = text.as_single() {
            let typed = self.expr(expr, place, facts, Some(due));
            reads.extend(typed.reads);
            return Some(model::Content::Value(typed.model));
        }
        let has_cel = text.parts.iter().any(|part| matches!(part, Part::Cel(_)));
        if !has_cel {
            let literal = self.literal(&json!(text.text.value()), span, due, "text", None);
            match literal {
                Some(_) => self.unfilled(text, place, due),
                None if !due.is_error() => self.meant_path(text, place, due),
                None => {}
            }
            return literal;
        }
        if !matches!(due.present(), Type::String | Type::Dyn | Type::Error) {
            return self.misfit(span, due, "text with `${…}` in it", None);
        }
        let text = self.text(text, place, facts, reads);
        Some(model::Content::Text(text))
    }

    /// Checks text that expressions are filled into: each must be there and have a text form.
    pub(super) fn text(
        &mut self,
        text: &TextExpr,
        place: &Place,
        facts: &Facts,
        reads: &mut Reads,
    ) -> model::Text {
        self.unfilled(text, place, &Type::String);
        let mut parts = Vec::new();
        for part in &text.parts {
            parts.push(match part {
                Part::Literal(literal) => TextPart::Literal(literal.clone()),
                Part::Cel(expr) => {
                    let before = self.out.len();
                    let typed = self.expr(expr, place, facts, None);
                    if self.out.len() == before {
                        self.fills_in(expr, &typed.ty);
                    }
                    reads.extend(typed.reads);
                    TextPart::Cel(typed.model)
                }
            });
        }
        model::Text { parts }
    }

    fn fills_in(&mut self, expr: &Expr, ty: &Type) {
        let file_text = &self.sources.file(expr.text.span().file).text;
        let span = expr.locate(expr.ast.range(expr.ast.root()), file_text);
        let source = expr.source().trim();
        let wrong = match ty {
            Type::Nullable(_) | Type::Null | Type::Optional(_) => {
                let what =
                    format!("`{source}` may be absent, and text cannot hold an absent value");
                Diagnostic::new(&codes::POSSIBLY_ABSENT, span, what)
                    .help("give a fallback with `.orValue(\"…\")`, or guard the step")
            }
            Type::List(_) | Type::Map(..) | Type::Object(_) | Type::Type(_) => {
                let what = format!("`{source}` is `{ty}`, which has no text form");
                Diagnostic::new(&codes::TYPE_MISMATCH, span, what)
                    .help("fill in its parts one by one")
            }
            _ => return,
        };
        self.report(wrong);
    }

    /// A literal of the type that is due; `unquoted` is how a scalar that is no text is written.
    fn literal(
        &mut self,
        json: &serde_json::Value,
        span: Span,
        due: &Type,
        found: &str,
        unquoted: Option<&str>,
    ) -> Option<model::Content> {
        if due.is_error() {
            return None;
        }
        if let (Type::Enum(of), Some(word)) = (due.present(), json.as_str())
            && !of.values.iter().any(|v| &**v == word)
        {
            let message = format!("`{word}` is not one of `{}`", due.present());
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_ENUM_VALUE, span, message);
            self.report(diagnostic.suggest(word, of.values.iter().map(|v| &**v)));
            return None;
        }
        if cel::from_json(json, due).is_err() {
            return self.misfit(span, due, found, unquoted);
        }
        Some(model::Content::Literal(json.clone()))
    }

    fn misfit(
        &mut self,
        span: Span,
        due: &Type,
        found: &str,
        unquoted: Option<&str>,
    ) -> Option<model::Content> {
        if due.is_error() {
            return None;
        }
        let message = format!("expected `{due}`, found {found}");
        let mut diagnostic = Diagnostic::new(&codes::TYPE_MISMATCH, span, message);
        diagnostic = match (due.present(), unquoted) {
            (Type::String | Type::Enum(_), Some(written)) => {
                let quoted = format!("\"{written}\"");
                diagnostic.help(format!("quote it: `{quoted}`")).fix(
                    Applicability::Safe,
                    "quote it",
                    span,
                    quoted,
                )
            }
            (Type::Duration, _) => diagnostic.help("write a duration, as in `90s`, `15m` or `3d`"),
            (Type::Timestamp, _) => {
                diagnostic.help("write a time as RFC 3339 has it: `2026-03-02T18:00:00Z`")
            }
            _ => diagnostic.help(format!(
                "write a value of `{due}`, or an expression: `${{…}}`"
            )),
        };
        self.report(diagnostic);
        None
    }
}
