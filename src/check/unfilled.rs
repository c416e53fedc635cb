//! Placeholders that nothing fills in: `{{traveler.email}}` of another template language, or the
//! path alone, where `${traveler.email}` was meant. What goes out would be these very words.
//!
//! Prose is left alone: what is not in braces must be a whole text and a path that leads somewhere.

use super::context::Checker;
use crate::cel::{self, Env, Facts, Problem, Type};
use crate::diagnostic::{Applicability, codes};
use crate::model::env::Place;
use crate::source::TextRange;
use crate::syntax::ast::{Part, TextExpr};
use crate::syntax::report;

/// What looks like a placeholder in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found<'t> {
    range: TextRange,
    /// The path in it.
    path: &'t str,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `{{path}}`, and `<%= path %>`.
    Template,
    /// `{path}`.
    Brace,
    /// `$path`.
    Dollar,
    /// Nothing but the path.
    Alone,
}

/// How a path is written so that it is filled in.
struct Filled {
    text: String,
    applicability: Applicability,
}

impl Checker<'_> {
    /// Warns of what a text holds that looks as if it were filled in; `due` is the type of the
    /// whole.
    pub(super) fn unfilled(&mut self, text: &TextExpr, place: &Place, due: &Type) {
        let value = text.text.value();
        let cel: Vec<TextRange> = text.parts.iter().filter_map(cel_range).collect();
        let outside = |found: &Found<'_>| {
            // Holes stand in the order of the text.
            let first = cel.partition_point(|range| range.end < found.range.start);
            cel.get(first)
                .is_none_or(|range| range.start > found.range.end)
        };
        let found: Vec<Found<'_>> = find(value).into_iter().filter(outside).collect();
        if found.is_empty() {
            return;
        }
        let env = place.env(&self.names.vocabulary);
        let file_text = &self.sources.file(text.text.span().file).text;
        let all = TextRange::new(0, value.len() as u32);
        for found in found {
            let single = found.range == all;
            let filled = fill(found, &env, single.then_some(due));
            let told = match found.form {
                Form::Template => filled.is_some() || found.path.contains('.'),
                Form::Brace | Form::Alone => filled.is_some(),
                // It is found only where a usual root follows.
                Form::Dollar => true,
            };
            if !told {
                continue;
            }
            let written = &value[found.range.as_usize()];
            let message = format!("`{written}` is sent as it is written");
            let problem = Problem::new(&codes::UNFILLED_TEXT, found.range, message);
            let problem = match filled {
                Some(filled) => problem.help(format!("write `{}`", filled.text)).fix(
                    filled.applicability,
                    format!("write `{}`", filled.text),
                    found.range,
                    filled.text,
                ),
                None => problem.help("write `${…}` with the name that it has here"),
            };
            self.out
                .push(report::at(&text.text, all, problem, file_text));
        }
    }

    /// The `${…}` that a text of the wrong type was to be, as a fix of what has been said of it.
    pub(super) fn meant_path(&mut self, text: &TextExpr, place: &Place, due: &Type) {
        let value = text.text.value();
        let all = TextRange::new(0, value.len() as u32);
        let env = place.env(&self.names.vocabulary);
        let alone = find(value).into_iter().find(|found| found.range == all);
        let filled = alone.and_then(|found| fill(found, &env, Some(due)));
        let Some(filled) = filled.filter(|it| it.applicability == Applicability::Unsafe) else {
            return;
        };
        let file_text = &self.sources.file(text.text.span().file).text;
        if let Some(told) = self.out.last_mut() {
            let help = format!("write `{}`", filled.text);
            let problem = Problem::new(told.code, all, "").fix(
                filled.applicability,
                &*help,
                all,
                filled.text,
            );
            told.fixes = report::at(&text.text, all, problem, file_text).fixes;
            told.help = Some(help);
        }
    }
}

fn cel_range(part: &Part) -> Option<TextRange> {
    match part {
        Part::Cel(expr) => Some(expr.range),
        Part::Literal(_) => None,
    }
}

/// The `${…}` for a path, where the path, or the path below one of the usual roots, leads
/// somewhere. `due` is the type of the whole text, where the path is all of it.
fn fill(found: Found<'_>, env: &Env, due: Option<&Type>) -> Option<Filled> {
    let roots: &[&str] = if found.path.contains('.') {
        &[""]
    } else if found.form == Form::Template {
        &["params.", "event.", "vars.", "traveler."]
    } else {
        &[]
    };
    roots.iter().find_map(|root| {
        let path = format!("{root}{}", found.path);
        let ast = cel::parse(&path).ast;
        let checked = cel::check(&ast, env, &Facts::default(), None);
        if !checked.problems.is_empty() || checked.ty.is_error() {
            return None;
        }
        let fits = match due {
            Some(due) => cel::assignable(&checked.ty, due),
            None => has_text(&checked.ty),
        };
        let (before, last) = path.rsplit_once('.')?;
        Some(match &checked.ty {
            _ if fits => Filled {
                text: format!("${{{path}}}"),
                applicability: Applicability::Unsafe,
            },
            ty => Filled {
                text: match ty {
                    Type::Nullable(inner) if has_text(inner) => {
                        format!("${{{before}.?{last}.orValue(\"…\")}}")
                    }
                    _ => format!("${{{path}}}"),
                },
                applicability: Applicability::DisplayOnly,
            },
        })
    })
}

/// Whether a value of the type can stand in a text.
fn has_text(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::String
            | Type::Timestamp
            | Type::Duration
            | Type::Enum(_)
    )
}

/// What looks like a placeholder, from left to right.
fn find(text: &str) -> Vec<Found<'_>> {
    let trimmed = text.trim();
    if trimmed.contains('.') && is_path(trimmed) {
        let range = TextRange::new(0, text.len() as u32);
        let (path, form) = (trimmed, Form::Alone);
        return vec![Found { range, path, form }];
    }
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(start) =
        memchr::memchr3(b'{', b'<', b'$', &text.as_bytes()[at..]).map(|found| at + found)
    {
        if let Some(found) = dollar(text, start) {
            at = found.range.end as usize;
            all.push(found);
            continue;
        }
        if text[..start].ends_with('$') {
            at = start + 1;
            continue;
        }
        let forms = [
            ("{{", "}}", Form::Template),
            ("<%=", "%>", Form::Template),
            ("{", "}", Form::Brace),
        ];
        let found = forms.into_iter().find_map(|(open, close, form)| {
            let inside = text[start..].strip_prefix(open)?;
            let mut reach = inside.len().min(MAX_PATH);
            while !inside.is_char_boundary(reach) {
                reach -= 1;
            }
            let (path, _) = inside[..reach].split_once(close)?;
            let end = start + open.len() + path.len() + close.len();
            let path = path.trim();
            is_path(path).then(|| Found {
                range: TextRange::new(start as u32, end as u32),
                path,
                form,
            })
        });
        at = match found {
            Some(found) => found.range.end as usize,
            None => start + 1,
        };
        all.extend(found);
    }
    all
}

/// No path is longer; brackets that are never closed are not followed to the end of the text.
const MAX_PATH: usize = 200;

/// What expressions in texts begin with.
const ROOTS: [&str; 7] = [
    "event.",
    "trigger.",
    "traveler.",
    "vars.",
    "session.",
    "params.",
    "returned.",
];

/// `$traveler.email`, and `$traveler.email}`.
fn dollar(text: &str, start: usize) -> Option<Found<'_>> {
    let behind = text[start..].strip_prefix('$')?;
    let root = ROOTS.into_iter().find(|root| behind.starts_with(root))?;
    if text[..start].ends_with('$') {
        return None;
    }
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '?');
    let end = behind.find(|c| !part(c)).unwrap_or(behind.len());
    let path = behind[..end].trim_end_matches(['.', '?']);
    let brace = behind[path.len()..].starts_with('}');
    let end = start + 1 + path.len() + usize::from(brace);
    (path.len() > root.len() && is_path(&path.replace(".?", "."))).then(|| Found {
        range: TextRange::new(start as u32, end as u32),
        path,
        form: Form::Dollar,
    })
}

/// `traveler.email`: names and dots, nothing else.
fn is_path(text: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_placeholder_is_found_and_prose_is_not() {
        for (text, due) in [
            ("Hi {{traveler.first_name}}!", "{{traveler.first_name}}"),
            ("Hi {{ first_name }}, {{x.y}}", "{{ first_name }} {{x.y}}"),
            ("Dear <%= params.name %>", "<%= params.name %>"),
            ("{traveler.email}", "{traveler.email}"),
            ("traveler.email", "traveler.email"),
            ("see traveler.email", ""),
            ("${traveler.email}", ""),
            ("$${traveler.email}", ""),
            ("{{#if vip}}", ""),
            ("a < b { c } {}", "{ c }"),
            ("{\"a\": {\"b\": 1}}", ""),
            ("Northern Trail Outfitters", ""),
            ("{{{x}}}", "{{x}}"),
            ("{{unclosed", ""),
            ("Of $event.sku, $vars.?sku.", "$event.sku $vars.?sku"),
            ("$event.sku} costs $5 or $x.y", "$event.sku}"),
        ] {
            let found: Vec<&str> = find(text)
                .iter()
                .map(|found| &text[found.range.as_usize()])
                .collect();
            assert_eq!(found.join(" "), due, "{text}");
        }
    }
}
