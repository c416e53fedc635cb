//! Documents: the first key says which kind of declaration it is and what its name is.

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, codes, nearest};
use crate::source::{Span, TextRange};
use crate::yaml::{Map, Node};

use super::ast::{Declaration, Kind, Name};
use super::keys::table;
use super::reader::{Entry, Reader, describe, quiet_entries, shorten};
use super::values::{Pattern, name_of};

/// No connection may be called so: references begin with these words.
const RESERVED: [&str; 4] = ["segment", "milestone", "journey", "std"];

/// Of more kinds than these a document without its first line may be anything.
const MAX_GUESSES: usize = 3;

impl<'a> Reader<'a> {
    /// Reads one document. Where YAML could not read all of it, nothing is said of its shape:
    /// what seems to be wrong with it may only be missing.
    pub(super) fn declaration(&mut self, node: Node<'a>, standard: bool) -> Option<Declaration> {
        let before = self.out.len();
        let broken = node.is_broken();
        let declaration = match broken.then(|| self.unread_kind(node)).flatten() {
            Some((kind, name)) => Some(Declaration::Broken(kind, name)),
            None => self.document(node, standard),
        };
        if broken {
            self.out.retain_from(before, |it| !is_about_shape(it));
        }
        declaration
    }

    /// The kind and name in a first line that YAML could not read: `journey backpack`.
    fn unread_kind(&self, node: Node<'a>) -> Option<(Kind, Name)> {
        let first = node.span().start();
        let gap = node
            .tree()
            .gaps()
            .filter(|gap| gap.start() < first)
            .last()?;
        let line = self.text.get(gap.range.as_usize())?.lines().next()?;
        let (keyword, rest) = line.split_once([' ', ':'])?;
        let name = rest.trim_start_matches([' ', ':']).trim_end();
        let kind = kind_of(keyword)?;
        let start = gap.start() + (line.trim_end().len() - name.len()) as u32;
        (!name.is_empty()).then(|| {
            let span = Span::new(gap.file, start, start + name.len() as u32);
            let text = name.into();
            (kind, Name { text, span })
        })
    }

    fn document(&mut self, node: Node<'a>, standard: bool) -> Option<Declaration> {
        let Some(map) = node.as_map() else {
            if !node.is_error() {
                let message = format!("expected a declaration, found {}", describe(node));
                self.report(
                    Diagnostic::new(&codes::WRONG_SHAPE, node.span(), message).help(kinds_help()),
                );
            }
            return None;
        };
        let entries = quiet_entries(map);
        if let Some(kinds) = headless(&entries) {
            return self.without_head(&kinds, &entries);
        }
        let Some((kind, entry)) = self.kind(map, &entries) else {
            return self.unknown_kind(map, &entries);
        };
        let entry = entry.clone();
        // A map may have a million of them, and is gone through again.
        drop(entries);
        let name = self.declaration_name(kind, &entry, standard)?;
        let broken = Declaration::Broken(kind, name.clone());
        let (head, before) = (name.clone(), self.out.len());
        let read = match kind {
            Kind::Traveler => self.traveler(name, map).map(Declaration::Traveler),
            Kind::Connection => self.connection(name, map).map(Declaration::Connection),
            Kind::Channel => self.channel(name, map).map(Declaration::Channel),
            Kind::Template => self.template(name, map).map(Declaration::Template),
            Kind::Segment => self.segment(name, map).map(Declaration::Segment),
            Kind::Persona => self.persona(name, map).map(Declaration::Persona),
            Kind::Variables => self.variables(name, map).map(Declaration::Variables),
            Kind::Journey => self
                .journey(name, map)
                .map(|it| Declaration::Journey(Box::new(it))),
            Kind::Rule => self.global_rule(name, map).map(Declaration::Rule),
            Kind::Kpi => self.kpi(name, map).map(Declaration::Kpi),
            Kind::Model => self.model(name, map).map(Declaration::Model),
            Kind::Test => self.scenario(name, map).map(Declaration::Test),
        };
        if !node.is_broken() {
            self.settle_slips(table(kind), &head, map, before);
        }
        Some(if node.is_broken() {
            broken
        } else {
            read.unwrap_or(broken)
        })
    }

    /// The kind of a document and the entry that names it. Where that entry stands lower than
    /// first, this is reported, and the document read all the same.
    fn kind<'e>(
        &mut self,
        map: Map<'a>,
        entries: &'e [Entry<'a>],
    ) -> Option<(Kind, &'e Entry<'a>)> {
        let first = entries.first()?;
        let named = kind_of(first.key);
        // Keys of a kind that a kind does not know, and that another one knows all of, were sorted.
        let better = entries[1..]
            .iter()
            .filter(|entry| {
                entry
                    .value
                    .as_scalar()
                    .is_some_and(|name| !name.is_missing())
            })
            .filter_map(|entry| Some((kind_of(entry.key)?, entry)))
            .map(|(kind, entry)| (strangers(kind, entries), kind, entry))
            .min_by_key(|(strangers, ..)| *strangers);
        match (named, better) {
            (Some(kind), Some((0, other, entry))) if strangers(kind, entries) > 0 => {
                self.misplaced_kind(map, other, first, entry);
                Some((other, entry))
            }
            (Some(kind), _) => Some((kind, first)),
            // An unknown first key may be a slip: then most of the rest is known to the kind meant.
            (None, Some((count, other, entry)))
                if table(other).key(first.key).is_some()
                    || (count * 2 < entries.len() - 1 && slip(first.key).is_none()) =>
            {
                // A key that is none of its own is told as such, and then it is the first.
                let mut above = entries.iter().take_while(|it| it.at != entry.at);
                if above.any(|it| table(other).key(it.key).is_some()) {
                    self.misplaced_kind(map, other, first, entry);
                }
                Some((other, entry))
            }
            (None, _) => None,
        }
    }

    /// Reports a document whose first line is missing. What it declares is not known by name.
    fn without_head(&mut self, kinds: &[Kind], entries: &[Entry<'a>]) -> Option<Declaration> {
        let first = entries.first()?;
        let whats: Vec<&str> = kinds.iter().map(|kind| table(*kind).what).collect();
        let lines: Vec<String> = (kinds.iter())
            .map(|kind| format!("`{}: NAME`", kind.keyword()))
            .collect();
        let message = "this document does not say what it declares";
        self.report(
            Diagnostic::new(&codes::UNKNOWN_KIND, first.at, message)
                .here(format!(
                    "the keys from here on are those of {}",
                    whats.join(" or ")
                ))
                .note("the first key of a document names its kind")
                .help(format!("put {} before it", lines.join(" or "))),
        );
        let name = Name {
            text: "".into(),
            span: first.at,
        };
        Some(Declaration::Broken(*kinds.first()?, name))
    }

    fn misplaced_kind(&mut self, map: Map<'a>, kind: Kind, first: &Entry<'a>, entry: &Entry<'a>) {
        let keyword = kind.keyword();
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_KIND,
            entry.at,
            format!("`{keyword}` has to be the first key of the document"),
        )
        .label(first.at, "this is the first")
        .note("the first key of a document names its kind")
        .help("move it up");
        let edits = (!map.node().is_flow_collection())
            .then(|| move_up(self.text, first.at, entry))
            .flatten();
        self.report(match edits {
            Some(edits) => {
                let mut diagnostic = diagnostic;
                diagnostic.fixes.push(Fix {
                    message: format!("move `{keyword}` up"),
                    applicability: Applicability::Safe,
                    edits,
                });
                diagnostic
            }
            None => diagnostic,
        });
    }

    /// Reports a document without a kind. Where one was meant, its name is known all the same.
    fn unknown_kind(&mut self, map: Map<'a>, entries: &[Entry<'a>]) -> Option<Declaration> {
        let Some(first) = entries.first() else {
            if !map.node().is_broken() {
                let message = "an empty map is not a declaration";
                self.report(
                    Diagnostic::new(&codes::WRONG_SHAPE, map.span(), message).help(kinds_help()),
                );
            }
            return None;
        };
        let unknown = || {
            let message = format!("`{}` is not a kind of declaration", shorten(first.key));
            Diagnostic::new(&codes::UNKNOWN_KIND, first.at, message)
        };
        let Some(best) = slip(first.key) else {
            if !map.node().is_broken() {
                self.out.push_with(&codes::UNKNOWN_KIND, first.at, || {
                    unknown().help(kinds_help())
                });
            }
            return None;
        };
        self.report(unknown().help(format!("did you mean `{best}`?")).fix(
            Applicability::Unsafe,
            format!("rename to `{best}`"),
            first.at,
            best,
        ));
        let name = first.value.as_scalar().filter(|name| !name.is_missing())?;
        Some(Declaration::Broken(kind_of(best)?, name_of(name)))
    }

    fn declaration_name(&mut self, kind: Kind, entry: &Entry<'a>, standard: bool) -> Option<Name> {
        let keyword = kind.keyword();
        if entry.value.is_missing() {
            let what = table(kind).what;
            let (code, what) = (&codes::MISSING_KEY, format!("{what} needs a name"));
            self.report(
                Diagnostic::new(code, entry.at, what)
                    .help(format!("write it after the colon: `{keyword}: NAME`")),
            );
            return None;
        }
        let name = name_of(self.scalar(entry.value, "a name")?);
        if kind == Kind::Test {
            return Some(name);
        }
        if kind == Kind::Connection && RESERVED.contains(&&*name.text) && !standard {
            let message = format!("no connection may be called `{name}`");
            self.report(
                Diagnostic::new(&codes::INVALID_NAME, name.span, message)
                    .note(format!(
                        "what begins with `{name}.` refers to something else"
                    ))
                    .help("give it another name"),
            );
            return Some(name);
        }
        Some(self.declared(name, Pattern::Snake))
    }
}

/// Whether this may only be so because a part of the document is missing.
fn is_about_shape(diagnostic: &Diagnostic) -> bool {
    let structural = [
        &codes::UNKNOWN_KIND,
        &codes::MISSING_KEY,
        &codes::WRONG_SHAPE,
        &codes::CONFLICTING_KEYS,
        &codes::INVALID_NAME,
        &codes::INVALID_TYPE,
    ];
    let unknown_key = *diagnostic.code == codes::UNKNOWN_KEY && diagnostic.fixes.is_empty();
    unknown_key || structural.contains(&diagnostic.code)
}

fn kind_of(key: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.keyword() == key)
}

/// The kind that a key nearly names.
fn slip(key: &str) -> Option<&'static str> {
    nearest(key, Kind::ALL.map(Kind::keyword))
}

/// The kinds that a document is of which has lost its first line: no keyword in it fits all the
/// keys, and they are those of another kind, with all that it needs.
fn headless(entries: &[Entry<'_>]) -> Option<Vec<Kind>> {
    let has = |name: &str| entries.iter().any(|entry| entry.key == name);
    let named = |kind: &Kind| has(kind.keyword());
    let mut all = Kind::ALL.into_iter();
    if entries.len() < 2 || all.any(|kind| named(&kind) && strangers(kind, entries) == 0) {
        return None;
    }
    let fits = |kind: &Kind| {
        let mut needed = table(*kind).keys.iter().skip(1).filter(|key| key.required);
        !named(kind) && strangers(*kind, entries) == 0 && needed.all(|key| has(key.name))
    };
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(fits).collect();
    (1..=MAX_GUESSES).contains(&kinds.len()).then_some(kinds)
}

/// How many of the keys a document of this kind does not know.
fn strangers(kind: Kind, entries: &[Entry<'_>]) -> usize {
    let table = table(kind);
    entries
        .iter()
        .filter(|entry| {
            table.key(entry.key).is_none() && !(entry.key == "true" && table.key("on").is_some())
        })
        .count()
}

fn kinds_help() -> String {
    let kinds: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("`{}`", kind.keyword()))
        .collect();
    format!(
        "the first key of a document names its kind: {}",
        kinds.join(", ")
    )
}

/// The edits that move the line of an entry before the first key.
fn move_up(text: &str, first: Span, entry: &Entry<'_>) -> Option<Vec<Edit>> {
    let (start, end) = (entry.at.start() as usize, entry.value.span().end() as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    if text[line_start..start].trim() != "" || text.get(start..end)?.contains('\n') {
        return None;
    }
    let edit = |range: TextRange, text: String| Edit {
        span: Span {
            file: first.file,
            range,
        },
        text,
    };
    let line = text[start..line_end].trim_end();
    let indent = &text[line_start..start];
    let newline = if text[..line_end].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    Some(vec![
        edit(
            TextRange::at(first.start()),
            format!("{line}{newline}{indent}"),
        ),
        edit(
            TextRange::new(line_start as u32, line_end as u32),
            String::new(),
        ),
    ])
}
