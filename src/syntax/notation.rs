//! The notation of types: `string | null`, `EUR | USD = EUR`, `list(Product)`,
//! `{ city: string, zip: string | null }`.
//!
//! The text of a scalar goes in, a type with the place of its every part comes out, or the one
//! diagnostic that says where it stops making sense. Which named types exist is not known here.

use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::{Span, TextRange};

use super::MAX_VALUES;
use super::ast::{Default, FieldDecl, Name, ScalarType, TypeExpr, TypeKind};

/// How deep types may nest.
const DEPTH: usize = 32;

/// The types that need no declaration.
pub(super) const SCALARS: [(&str, ScalarType); 7] = [
    ("bool", ScalarType::Bool),
    ("int", ScalarType::Int),
    ("double", ScalarType::Double),
    ("string", ScalarType::String),
    ("bytes", ScalarType::Bytes),
    ("timestamp", ScalarType::Timestamp),
    ("duration", ScalarType::Duration),
];

/// A type and, after `=`, the default of what has it.
pub(super) struct Notation {
    pub ty: TypeExpr,
    pub default: Option<Default>,
}

/// Reads the notation; `locate` says where a part of the text stands in the file.
pub(super) fn parse(
    text: &str,
    locate: &dyn Fn(TextRange) -> Span,
) -> Result<Notation, Box<Diagnostic>> {
    let mut parser = Parser {
        text,
        locate,
        at: 0,
        depth: 0,
    };
    parser.declaration()
}

/// The name of a field: a CEL identifier, anything else in back-ticks (which are taken off).
pub(super) fn field_name(written: &str) -> Option<&str> {
    let ticked = written
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'))
        .filter(|name| !name.is_empty() && !name.contains('`'));
    ticked.or_else(|| is_identifier(written).then_some(written))
}

/// Whether CEL reads the text as an identifier after a dot.
pub(super) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !matches!(text, "true" | "false" | "null" | "in")
}

struct Parser<'t> {
    text: &'t str,
    locate: &'t dyn Fn(TextRange) -> Span,
    at: usize,
    depth: usize,
}

/// One side of a `|`.
enum Side {
    Null,
    Word(Name),
    Type(TypeExpr),
}

type Parse<T> = Result<T, Box<Diagnostic>>;

impl<'t> Parser<'t> {
    fn declaration(&mut self) -> Parse<Notation> {
        let ty = self.union()?;
        let default = if self.eat('=') {
            self.skip_blanks();
            let start = self.at;
            let end = start + self.text[start..].trim_end().len();
            if start == end {
                let place = self.text[..start].trim_end().len() - 1;
                return Err(self.error(place, place + 1, "the default after `=` is missing"));
            }
            self.at = self.text.len();
            Some(Default {
                text: self.text[start..end].to_owned(),
                span: self.span(start, end),
                verbatim: false,
            })
        } else {
            None
        };
        self.skip_blanks();
        if self.at < self.text.len() {
            return Err(self.unexpected());
        }
        Ok(Notation { ty, default })
    }

    fn union(&mut self) -> Parse<TypeExpr> {
        self.depth += 1;
        if self.depth > DEPTH {
            let message = format!("types nest at most {DEPTH} deep");
            return Err(self.error(0, self.text.len(), message));
        }
        self.skip_blanks();
        let start = self.at;
        let mut sides = vec![self.side()?];
        while self.eat('|') {
            if self.text[self.at..].starts_with('|') {
                return Err(self.error(self.at - 1, self.at + 1, "types are joined by one `|`"));
            }
            sides.push(self.side()?);
        }
        self.depth -= 1;
        let end = start + self.text[start..self.at].trim_end().len();
        self.join(sides, start, end)
    }

    fn join(&self, sides: Vec<(Side, TextRange)>, start: usize, end: usize) -> Parse<TypeExpr> {
        let span = self.span(start, end);
        let mut nullable = false;
        let mut others = Vec::new();
        for (side, range) in sides {
            match side {
                Side::Null if nullable => {
                    return Err(self.at_range(range, "`null` appears here twice"));
                }
                Side::Null => nullable = true,
                other => others.push((other, range)),
            }
        }
        let kind = if others.len() < 2 {
            match others.pop() {
                None => {
                    let message = "`null` alone is not a type";
                    return Err(Box::new(
                        (*self.at_range(TextRange::new(start as u32, end as u32), message))
                            .help("say what else it may be: `string | null`"),
                    ));
                }
                Some((Side::Word(name), range)) => self.named(name, range)?,
                Some((Side::Type(ty), _)) if !nullable => return Ok(TypeExpr { span, ..ty }),
                Some((Side::Type(ty), _)) => ty.kind,
                Some((Side::Null, _)) => TypeKind::Error,
            }
        } else {
            TypeKind::Enum(self.values(others)?)
        };
        Ok(TypeExpr {
            kind,
            nullable,
            span,
        })
    }

    /// A lone word: one of the language's types, or a named one.
    fn named(&self, name: Name, range: TextRange) -> Parse<TypeKind> {
        if let Some((_, scalar)) = SCALARS.iter().find(|(word, _)| **word == *name.text) {
            return Ok(TypeKind::Scalar(*scalar));
        }
        if is_identifier(&name.text) {
            return Ok(TypeKind::Named(name));
        }
        Err(Box::new(
            (*self.at_range(range, format!("`{}` is not a type", name.text))).help(type_help()),
        ))
    }

    fn values(&self, sides: Vec<(Side, TextRange)>) -> Parse<Vec<Name>> {
        if let Some((_, range)) = sides.get(MAX_VALUES) {
            let message = format!("an enum has at most {MAX_VALUES} values");
            let mut error = self.at_range(*range, message);
            error.code = &codes::LIMIT_EXCEEDED;
            return Err(Box::new(error.help("make it a `string`")));
        }
        let mut values: Vec<Name> = Vec::new();
        for (side, range) in sides {
            let Side::Word(name) = side else {
                return Err(self.one_type(range));
            };
            if SCALARS.iter().any(|(word, _)| **word == *name.text) {
                return Err(self.one_type(range));
            }
            if let Some(first) = values.iter().find(|value| value.text == name.text) {
                let message = format!("the value `{}` appears here twice", name.text);
                let error = self.at_range(range, message);
                return Err(Box::new(error.label(first.span, "first here")));
            }
            if name.text.parse::<f64>().is_ok() || matches!(&*name.text, "true" | "false") {
                let message = format!("`{}` is not an enum value", name.text);
                let error = self.at_range(range, message);
                return Err(Box::new(
                    error.help("the values of an enum are words: `EUR | USD`"),
                ));
            }
            values.push(name);
        }
        Ok(values)
    }

    fn one_type(&self, range: TextRange) -> Box<Diagnostic> {
        let error = self.at_range(range, "a value has one type");
        Box::new(
            error.help("`|` goes between the words of an enum (`EUR | USD`) and before `null`"),
        )
    }

    fn side(&mut self) -> Parse<(Side, TextRange)> {
        self.skip_blanks();
        let start = self.at;
        if self.eat('{') {
            let ty = self.object(start)?;
            return Ok((Side::Type(ty), self.range(start)));
        }
        let word = self.word();
        if word.is_empty() {
            return Err(self.unexpected());
        }
        let name = Name {
            text: word.into(),
            span: self.span(start, self.at),
        };
        let range = self.range(start);
        match self.text[self.at..].chars().next() {
            Some('(') => {
                self.at += 1;
                let ty = self.generic(word, start)?;
                Ok((Side::Type(ty), self.range(start)))
            }
            Some('?') => Err(self.foreign(
                (self.at, self.at + 1),
                "`?` is not how the language says that a value may be absent",
                (start, self.at + 1),
                &format!("{word} | null"),
            )),
            Some('[') if self.text[self.at..].starts_with("[]") => Err(self.foreign(
                (self.at, self.at + 2),
                "`[]` is not how the language writes lists",
                (start, self.at + 2),
                &format!("list({word})"),
            )),
            Some(open @ ('<' | '[')) => {
                let close = if open == '<' { '>' } else { ']' };
                let rest = &self.text[self.at + 1..];
                let inner = rest.split(close).next().unwrap_or(rest).trim().to_owned();
                let end = (self.at + 1 + rest.find(close).map_or(rest.len(), |n| n + 1))
                    .min(self.text.len());
                Err(self.foreign(
                    (self.at, self.at + 1),
                    "the element type goes in round brackets",
                    (start, end),
                    &format!("{word}({inner})"),
                ))
            }
            _ if word == "null" => Ok((Side::Null, range)),
            _ if matches!(word, "list" | "map") => Err(Box::new(
                (*self.at_range(range, format!("`{word}` does not say of what"))).help(format!(
                    "write `{word}(string)`, or another type in the brackets"
                )),
            )),
            _ => Ok((Side::Word(name), range)),
        }
    }

    /// `list(…)` or `map(…)`, after its opening bracket.
    fn generic(&mut self, word: &str, start: usize) -> Parse<TypeExpr> {
        if !matches!(word, "list" | "map") {
            let error = self.error(
                start,
                start + word.len(),
                format!("`{word}(…)` is not a type"),
            );
            return Err(Box::new(error.suggest(word, ["list", "map"])));
        }
        let inner_start = self.at;
        let inner = self.union()?;
        if self.eat(',') {
            let mut error = *self.error(self.at - 1, self.at, format!("`{word}` takes one type"));
            if word == "map" && self.text[inner_start..].trim_start().starts_with("string") {
                let rest = self.text[self.at..].len() - self.text[self.at..].trim_start().len();
                error = error
                    .help("the keys of a map are strings, so only the values have a type")
                    .fix(
                        Applicability::Safe,
                        "leave out the keys' type",
                        self.span(inner_start, self.at + rest),
                        "",
                    );
            }
            return Err(Box::new(error));
        }
        if !self.eat(')') {
            self.skip_blanks();
            if self.at < self.text.len() {
                return Err(self.unexpected());
            }
            let open = start + word.len();
            return Err(self.error(open, open + 1, "this bracket is not closed"));
        }
        let inner = Box::new(inner);
        Ok(TypeExpr {
            kind: if word == "list" {
                TypeKind::List(inner)
            } else {
                TypeKind::Map(inner)
            },
            nullable: false,
            span: self.span(start, self.at),
        })
    }

    /// `{ name: type, … }`, after its opening brace.
    fn object(&mut self, start: usize) -> Parse<TypeExpr> {
        let mut fields = Vec::new();
        loop {
            if self.eat('}') {
                break;
            }
            self.skip_blanks();
            if self.at == self.text.len() {
                return Err(self.error(start, start + 1, "this brace is not closed"));
            }
            let from = self.at;
            let word = self.word();
            let Some(name) = field_name(word) else {
                return Err(self.unexpected_at(from));
            };
            let name = Name {
                text: name.into(),
                span: self.span(from, self.at),
            };
            if !self.eat(':') {
                let message = format!("the field `{}` has no type", name.text);
                return Err(self.error(from, self.at.min(from + word.len()), message));
            }
            let ty = self.union()?;
            fields.push(FieldDecl {
                name,
                ty,
                default: None,
                pii: false,
                normalize: None,
                description: None,
            });
            self.skip_blanks();
            if !self.eat(',') && !self.text[self.at..].starts_with('}') && self.at < self.text.len()
            {
                return Err(self.unexpected());
            }
        }
        Ok(TypeExpr {
            kind: TypeKind::Object(fields),
            nullable: false,
            span: self.span(start, self.at),
        })
    }

    /// A word in another language's notation, with what to write instead of `whole`.
    fn foreign(
        &self,
        at: (usize, usize),
        message: &str,
        whole: (usize, usize),
        instead: &str,
    ) -> Box<Diagnostic> {
        Box::new(
            self.error(at.0, at.1, message)
                .help(format!("write `{instead}`"))
                .fix(
                    Applicability::Safe,
                    format!("write `{instead}`"),
                    self.span(whole.0, whole.1),
                    instead,
                ),
        )
    }

    /// Letters, digits and what may join them, or anything in back-ticks.
    fn word(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let length = match rest.strip_prefix('`').and_then(|inner| inner.find('`')) {
            Some(inner) => inner + 2,
            None => rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
                .unwrap_or(rest.len()),
        };
        self.at += length;
        &rest[..length]
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let found = self.text[self.at..].starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn range(&self, start: usize) -> TextRange {
        TextRange::new(start as u32, self.at as u32)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        (self.locate)(TextRange::new(start as u32, end as u32))
    }

    fn at_range(&self, range: TextRange, message: impl Into<String>) -> Box<Diagnostic> {
        self.error(range.start as usize, range.end as usize, message)
    }

    fn error(&self, start: usize, end: usize, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(
            &codes::INVALID_TYPE,
            self.span(start, end),
            message,
        ))
    }

    fn unexpected(&self) -> Box<Diagnostic> {
        self.unexpected_at(self.at)
    }

    /// Something else was due from `start` on.
    fn unexpected_at(&self, start: usize) -> Box<Diagnostic> {
        let rest = &self.text[start..];
        let Some(first) = rest.chars().next() else {
            let end = self.text.trim_end().len();
            let last = self.text[..end]
                .chars()
                .next_back()
                .map_or(0, char::len_utf8);
            let error = self.error(end - last, end, "the type is incomplete here");
            return Box::new(error.help(type_help()));
        };
        if let '"' | '\'' = first {
            let word = rest[1..].split(first).next().unwrap_or_default();
            let end = (start + word.len() + 2).min(self.text.len());
            let error = self.error(start, end, format!("`{word}` must not be quoted in a type"));
            return Box::new(
                error
                    .help("the words of an enum are not quoted: `EUR | USD`")
                    .fix(
                        Applicability::Safe,
                        "remove the quotes",
                        self.span(start, end),
                        word,
                    ),
            );
        }
        let length = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .filter(|length| *length > 0)
            .unwrap_or_else(|| {
                if first.is_alphanumeric() {
                    rest.len()
                } else {
                    first.len_utf8()
                }
            });
        let found = &rest[..length];
        let error = self.error(
            start,
            start + length,
            format!("`{found}` does not belong in a type"),
        );
        Box::new(error.help(type_help()))
    }
}

fn type_help() -> &'static str {
    "types are `bool int double string bytes timestamp duration`, `EUR | USD`, `list(T)`, \
     `map(T)` and named ones; `T | null` may be absent"
}
