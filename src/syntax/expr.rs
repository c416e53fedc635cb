//! Expression places and text places: CEL source, and text with `${ … }` in it.
//!
//! Syntax errors are reported here; names and types are looked at later.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::cel::{self, Segment};
use crate::diagnostic::{Applicability, Diagnostic, codes, nearest};
use crate::source::{Span, TextRange};
use crate::yaml::{Kind, Node, Scalar, Style, Text, Value};

use super::ast::{Assign, Content, ContentKind, Expr, Name, Part, TextExpr};
use super::reader::{Entry, Fields, Reader, describe, mismatch, shorten};
use super::report;
use super::unquoted::{self, Expressions, Placeholders};
use super::values::{split_path, without_ticks};

/// Whether `${ … }` means something in the scalars of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Under `with` and `config`.
    Text,
    /// In fixtures.
    Data,
}

impl<'a> Fields<'a> {
    /// The expression under a key of the table, if the key is there. What cannot be read is an
    /// expression all the same, of an unknown type.
    pub(super) fn expr(&self, r: &mut Reader<'a>, key: &str) -> Option<Expr> {
        self.entry(key).map(|entry| r.expr(&entry))
    }

    /// The assignments under a key of the table.
    pub(super) fn assigns(&self, r: &mut Reader<'a>, key: &str) -> Vec<Assign> {
        self.read_all(r, key, Reader::assigns)
    }

    /// What stands under `with`. None where something else than a map stands there, which has been
    /// reported: then nobody knows what is missing.
    pub(super) fn with(&self, r: &mut Reader<'a>) -> Option<Vec<(Name, Content)>> {
        let with = self.contents(r, "with");
        let entry = self.entry("with");
        let readable = entry.is_none_or(|entry| entry.value.as_map().is_some());
        readable.then_some(with)
    }

    /// The named values under a key of the table, in a text place.
    pub(super) fn contents(&self, r: &mut Reader<'a>, key: &str) -> Vec<(Name, Content)> {
        self.read_all(r, key, |r, node| r.contents(node, Place::Text))
    }
}

impl<'a> Reader<'a> {
    /// An expression place.
    pub(super) fn expr(&mut self, entry: &Entry<'a>) -> Expr {
        self.expr_where(entry, "write an expression after the colon")
    }

    /// An expression place; `due` says what to do where nothing stands in it.
    fn expr_where(&mut self, entry: &Entry<'a>, due: &str) -> Expr {
        if let Some(text) = &entry.meant {
            let parsed = parsed(text);
            return match parsed.problems.as_slice() {
                [] => whole(Arc::clone(text), parsed.ast),
                _ => unknown(entry),
            };
        }
        if entry.value.is_missing() {
            self.report(
                Diagnostic::new(
                    &codes::WRONG_SHAPE,
                    entry.at,
                    format!("the value of `{}` is missing", entry.key),
                )
                .help(due),
            );
            return unknown(entry);
        }
        let Some(scalar) = entry.value.as_scalar() else {
            if !entry.value.is_error() {
                let diagnostic = mismatch(entry.value, "an expression");
                self.report(match entry.value.as_seq() {
                    Some(_) => diagnostic.help("combine conditions with `&&` or `||`"),
                    None => diagnostic.help(
                        "write an expression of CEL, in quotes where YAML reads something else",
                    ),
                });
            }
            return unknown(entry);
        };
        let text = Arc::new(scalar.to_text());
        if let Some(literal) = literal(scalar) {
            let ast = cel::parse(&literal).ast;
            return Expr {
                literal: Some(literal.into()),
                ..whole(text, ast)
            };
        }
        if scalar.value().trim().is_empty() {
            self.report(
                Diagnostic::new(
                    &codes::INVALID_EXPRESSION,
                    scalar.span(),
                    "an expression cannot be empty",
                )
                .help("an empty string in CEL is `\"\"`, in quotes of its own: `'\"\"'`"),
            );
            return unknown(entry);
        }
        if let Kind::Float(_) = scalar.kind()
            && scalar.value().ends_with(|c: char| c.is_ascii_alphabetic())
        {
            let message = format!("`{}` is not a number of the language", scalar.value());
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, scalar.span(), message)
                    .help("doubles are finite"),
            );
            return unknown(entry);
        }
        let parsed = parsed(&text);
        if !parsed.problems.is_empty()
            && let Some(diagnostic) = cut_by_comment(scalar, self.text)
        {
            self.report(diagnostic);
            return unknown(entry);
        }
        let expr = Expr {
            sound: parsed.problems.is_empty(),
            ..whole(text, parsed.ast)
        };
        if !parsed.problems.is_empty()
            && let Some(found) = Placeholders::find(scalar.value())
        {
            self.report(in_expression(&expr, &found, self.text));
            return unknown(entry);
        }
        for problem in parsed.problems {
            self.report(report::problem(&expr, problem, self.text));
        }
        expr
    }

    /// A time zone: an IANA name, or CEL.
    pub(super) fn zone(&mut self, entry: &Entry<'a>) -> Expr {
        let Some(scalar) = entry
            .value
            .as_scalar()
            .filter(|scalar| !scalar.is_missing())
        else {
            return self.expr(entry);
        };
        let name = scalar.value();
        let known = TimeZone::get(name).is_ok();
        if !known && !looks_like_zone(name) {
            let expr = self.expr(entry);
            if let Some((name, span)) = constant(&expr, self.text)
                && TimeZone::get(&name).is_err()
            {
                self.unknown_zone(&name, span);
            }
            return expr;
        }
        if !known {
            self.unknown_zone(name, scalar.span());
            return unknown(entry);
        }
        let literal = format!("\"{name}\"");
        let ast = cel::parse(&literal).ast;
        Expr {
            literal: Some(literal.into()),
            ..whole(Arc::new(scalar.to_text()), ast)
        }
    }

    /// Reports a name that the time zone database does not have.
    pub(super) fn unknown_zone(&mut self, name: &str, span: Span) {
        let zones: Vec<String> = jiff::tz::db()
            .available()
            .map(|zone| zone.to_string())
            .collect();
        let message = format!("`{name}` is not a time zone");
        let diagnostic = Diagnostic::new(&codes::INVALID_TIME, span, message);
        let city = name
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .replace(' ', "_");
        let same_city = zones.iter().find(|zone| {
            zone.rsplit('/')
                .next()
                .is_some_and(|end| end.eq_ignore_ascii_case(&city))
        });
        let near = same_city
            .map(String::as_str)
            .or_else(|| nearest(name, zones.iter().map(String::as_str)));
        self.report(match near {
            Some(best) => diagnostic.help(format!("did you mean `{best}`?")).fix(
                Applicability::Unsafe,
                format!("write `{best}`"),
                span,
                best,
            ),
            None => diagnostic.help("write an IANA name: `Europe/Paris`, `UTC`"),
        });
    }

    /// `{ NAME: CEL, … }` under `set`, `update` or `identify`; names may have dots.
    pub(super) fn assigns(&mut self, node: Node<'a>) -> Vec<Assign> {
        let Some(map) = self.map(node, "a map of names to expressions") else {
            return Vec::new();
        };
        let mut entries = self.entries(map);
        unquoted::repair(self, &mut entries, &Expressions::all());
        self.take_lost(&mut entries, |_| true);
        entries.iter().map(|entry| self.assign(entry)).collect()
    }

    pub(super) fn assign(&mut self, entry: &Entry<'a>) -> Assign {
        let target = match entry.raw.key.as_scalar() {
            Some(key) => {
                let text = key.to_text();
                split_path(entry.key, entry.at, &|range| text.locate(range, self.text))
            }
            None => split_path(entry.key, entry.at, &|_| entry.at),
        };
        Assign {
            target,
            value: self.assigned(entry),
        }
    }

    /// The expression of an assignment. Several words in a row are a text that lacks the quotes
    /// of CEL.
    fn assigned(&mut self, entry: &Entry<'a>) -> Expr {
        if let Some(scalar) = entry.value.as_scalar().filter(|it| is_prose(it.value())) {
            let text = scalar.value();
            let quoted = format!("\"{text}\"");
            let message = format!(
                "`{}` is bare text, where an expression is expected",
                shorten(text)
            );
            let diagnostic = Diagnostic::new(&codes::BARE_WORD, scalar.span(), message)
                .note("this is read as CEL, where text is quoted")
                .help(report::quote_for_cel(text));
            let rewritable = scalar.is_plain() || scalar.style() == Style::SingleQuoted;
            self.report(if rewritable && !entry.value.is_alias() {
                diagnostic.fix(
                    Applicability::Safe,
                    "quote it",
                    scalar.span(),
                    format!("'{}'", quoted.replace('\'', "''")),
                )
            } else {
                diagnostic
            });
            return unknown(entry);
        }
        self.expr_where(
            entry,
            "write an expression after the colon, `null` for nothing",
        )
    }

    /// A scalar with `${ … }` in it.
    pub(super) fn text_expr(&mut self, node: Node<'a>) -> Option<TextExpr> {
        if unquoted::is_placeholder(node) {
            self.report(unquoted::placeholder(node));
            return None;
        }
        let scalar = self.scalar(node, "text")?;
        self.untagged(scalar);
        if scalar.kind() != Kind::String {
            let written = scalar.value();
            let message = format!("expected text, found {}", describe(node));
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, scalar.span(), message)
                    .help("put it in quotes")
                    .fix(
                        Applicability::Safe,
                        "put it in quotes",
                        scalar.span(),
                        format!("\"{written}\""),
                    ),
            );
        }
        Some(self.interpolated(scalar))
    }

    fn interpolated(&mut self, scalar: Scalar<'a>) -> TextExpr {
        let text = Arc::new(scalar.to_text());
        let (segments, problems) = cel::interpolations(scalar.value());
        let all = TextRange::new(0, scalar.value().len() as u32);
        for problem in problems {
            self.report(report::at(&text, all, problem, self.text));
        }
        let mut parts = Vec::with_capacity(segments.len());
        for segment in segments {
            parts.push(match segment {
                Segment::Literal { text, .. } => Part::Literal(text.into()),
                Segment::Cel { range, outer } => {
                    let (whole, part) = text.shared();
                    let parsed = cel::parse_in(whole, range.shift(part.start));
                    let expr = Expr {
                        text: Arc::clone(&text),
                        range,
                        ast: Arc::new(parsed.ast),
                        literal: None,
                        sound: parsed.problems.is_empty(),
                    };
                    // What is empty or never closed has been told.
                    let closed = outer.end > range.end;
                    if closed && !expr.source().trim().is_empty() {
                        for problem in parsed.problems {
                            self.report(report::problem(&expr, problem, self.text));
                        }
                    }
                    Part::Cel(expr)
                }
            });
        }
        TextExpr { text, parts }
    }

    /// A value of a text place, or plain data; values may nest.
    pub(super) fn content(&mut self, node: Node<'a>, place: Place) -> Content {
        let span = node.span();
        let kind = match node.value() {
            Value::Error => ContentKind::Unknown,
            Value::Map(_) if place == Place::Text && unquoted::is_placeholder(node) => {
                self.report(unquoted::placeholder(node));
                ContentKind::Unknown
            }
            Value::Map(_) => ContentKind::Map(self.contents(node, place)),
            Value::Seq(seq) => {
                ContentKind::List(seq.items().map(|item| self.content(item, place)).collect())
            }
            Value::Scalar(scalar) => match scalar.kind() {
                Kind::Null => ContentKind::Null,
                Kind::Bool(value) => ContentKind::Bool(value),
                Kind::Int(value) => ContentKind::Int(value),
                Kind::Float(value) if value.is_finite() => ContentKind::Double(value),
                Kind::Float(_) | Kind::HugeInt => {
                    let message =
                        format!("`{}` is not a number that JSON can carry", scalar.value());
                    self.report(
                        Diagnostic::new(&codes::INVALID_VALUE, span, message)
                            .help("numbers are finite, whole ones within 64 bits"),
                    );
                    ContentKind::Unknown
                }
                Kind::String | Kind::Mismatch => ContentKind::Text(match place {
                    Place::Text => {
                        self.untagged(scalar);
                        self.interpolated(scalar)
                    }
                    Place::Data => verbatim(scalar),
                }),
            },
        };
        Content { kind, span }
    }

    /// Named values.
    pub(super) fn contents(&mut self, node: Node<'a>, place: Place) -> Vec<(Name, Content)> {
        let entries = self.named(node, "a map of names to values");
        let mut contents = Vec::with_capacity(entries.len());
        for entry in entries {
            if place == Place::Text && entry.value.is_missing() {
                match entry.value.as_scalar() {
                    Some(scalar) if unquoted::local_tag(scalar).is_some() => self.untagged(scalar),
                    _ => self.empty(&entry),
                }
                continue;
            }
            let value = self.content(entry.value, place);
            let name = Name {
                text: without_ticks(entry.key).into(),
                span: entry.at,
            };
            contents.push((name, value));
        }
        contents
    }
}

/// Words and the marks between them, which no expression is made of: at least two words without
/// an operator in between.
fn is_prose(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&str| {
        let letters = word.trim_end_matches([',', '.', '!', '?', ':', ';']);
        letters.starts_with(char::is_alphabetic)
            && letters
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '\'' | '’'))
            && !matches!(letters, "in" | "has" | "not" | "and" | "or" | "is")
    };
    words.len() > 1 && words.iter().all(is_word)
}

/// `${…}` or `{{…}}` where an expression is expected.
fn in_expression(expr: &Expr, found: &Placeholders, file_text: &str) -> Diagnostic {
    let span = expr.text.locate(found.first, file_text);
    let diagnostic = Diagnostic::new(&codes::INVALID_EXPRESSION, span, found.message())
        .help(format!("write it as it is: `{}`", shorten(&found.meant)));
    let all = TextRange::new(0, expr.text.value().len() as u32);
    match expr.text.edit(all, &found.meant, file_text) {
        Some(edit) => diagnostic.fix(
            Applicability::Safe,
            "leave out the braces",
            edit.span,
            edit.text,
        ),
        None => diagnostic,
    }
}

fn verbatim(scalar: Scalar<'_>) -> TextExpr {
    let part = Part::Literal(scalar.value().into());
    TextExpr {
        text: Arc::new(scalar.to_text()),
        parts: vec![part],
    }
}

/// The CEL literal that a YAML literal in another notation than CEL's stands for.
fn literal(scalar: Scalar<'_>) -> Option<String> {
    let canonical = match scalar.kind() {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) if value.is_finite() => format!("{value:?}"),
        Kind::Float(_) | Kind::HugeInt | Kind::String | Kind::Mismatch => return None,
    };
    let numeric = matches!(scalar.kind(), Kind::Int(_) | Kind::Float(_));
    let same =
        canonical == scalar.value() || (numeric && cel::parse(scalar.value()).problems.is_empty());
    (!same).then_some(canonical)
}

/// What to say of an expression that only a ` #` cut short.
fn cut_by_comment(scalar: Scalar<'_>, file_text: &str) -> Option<Diagnostic> {
    if !scalar.is_plain() || scalar.node().is_alias() {
        return None;
    }
    let span = scalar.span();
    let rest = file_text.get(span.end() as usize..)?.lines().next()?;
    let written = format!("{}{}", scalar.value(), rest.trim_end());
    let comment = rest.trim_start().starts_with('#');
    if !comment || !cel::parse(&written).problems.is_empty() {
        return None;
    }
    let whole = Span::new(
        span.file,
        span.start(),
        span.end() + rest.trim_end().len() as u32,
    );
    Some(
        Diagnostic::new(
            &codes::UNQUOTED_CONDITION,
            whole,
            "this expression must be quoted",
        )
        .here("a `#` after a space starts a comment")
        .help("put it in single quotes")
        .fix(
            Applicability::Safe,
            "quote the expression",
            whole,
            format!("'{}'", written.replace('\'', "''")),
        ),
    )
}

/// The text that an expression always gives, with its place without the quotes; none where it is
/// worked out.
pub(super) fn constant(expr: &Expr, file_text: &str) -> Option<(Box<str>, Span)> {
    let root = expr.ast.root();
    let cel::Kind::Literal(cel::Literal::String(value)) = expr.ast.kind(root) else {
        return None;
    };
    let mut range = expr.ast.range(root);
    // Where it is written with escapes, the whole literal is meant.
    if let Some(at) = expr.source().get(range.as_usize())?.find(&**value) {
        let start = range.start + at as u32;
        range = TextRange::new(start, start + value.len() as u32);
    }
    Some((value.clone(), expr.locate(range, file_text)))
}

/// `Area/City`, without anything that only CEL has.
fn looks_like_zone(text: &str) -> bool {
    text.contains('/')
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'))
}

/// The whole of a text as an expression, which shares it.
fn parsed(text: &Text) -> cel::Parsed {
    let (whole, part) = text.shared();
    cel::parse_in(whole, part)
}

fn whole(text: Arc<Text>, ast: cel::Ast) -> Expr {
    let range = TextRange::new(0, text.value().len() as u32);
    Expr {
        text,
        range,
        ast: Arc::new(ast),
        literal: None,
        sound: true,
    }
}

/// An expression of an unknown type, where none could be read.
fn unknown(entry: &Entry<'_>) -> Expr {
    let text = Text::new("", entry.at, crate::yaml::Style::Plain, false);
    whole(Arc::new(text), cel::parse("").ast)
}
