//! `cjoc.yaml`: what holds for the whole workspace.

use jiff::tz::TimeZone;

use crate::diagnostic::{Applicability, Diagnostic, Kept, codes};
use crate::source::Span;
use crate::yaml::{Node, Tree};

use super::MAX_PATTERNS;
use super::ast::{Level, LevelSetting, Manifest, Spanned};
use super::delivery::ENVIRONMENT;
use super::keys::{Shape, Table, optional, required};
use super::reader::{Entry, Reader};
use super::traveler::first_key;
use super::values::quoted;

/// The edition of the language that this compiler knows.
pub const EDITION: &str = "2026";
const LEVELS: &[&str] = &["ignore", "warning", "error"];

/// How other linters call them.
const OTHER_LEVELS: &[(&str, &str)] = &[
    ("off", "ignore"),
    ("none", "ignore"),
    ("warn", "warning"),
    ("err", "error"),
];

/// `cjoc.yaml`.
pub(super) static MANIFEST: Table = Table {
    what: "the manifest",
    keys: &[
        required("name", Shape::Text, "The name of the workspace."),
        required(
            "edition",
            Shape::Word(&[EDITION]),
            "The edition of the language: `2026`.",
        ),
        optional(
            "exclude",
            Shape::List(&Shape::Text),
            "Files and folders to leave out.",
        ),
        optional(
            "levels",
            Shape::Named(&Shape::Word(LEVELS)),
            "How much diagnostics matter, by name.",
        ),
        optional(
            "timezone",
            Shape::Text,
            "The fallback zone; `UTC` by default.",
        ),
        optional(
            "dedupe",
            Shape::Duration,
            "How long event ids are remembered; `7d` by default.",
        ),
        optional(
            "lifecycles",
            Shape::List(&Shape::Name),
            "Lifecycle stages of its own.",
        ),
        optional(
            "environments",
            Shape::Named(&ENVIRONMENT),
            "What differs where a plan runs: values, and how connections deliver.",
        ),
    ],
};

/// Reads the manifest. What is not written, or could not be read, is as by default.
pub fn read_manifest(tree: &Tree) -> (Manifest, Kept) {
    let mut r = Reader::new(tree.text());
    let mut documents = tree.documents();
    let Some(node) = documents.next() else {
        if tree.gaps().next().is_none() {
            let start = Span::new(tree.file(), 0, 0);
            r.report(
                Diagnostic::new(&codes::MISSING_KEY, start, "the manifest is empty")
                    .help(format!("write `name:` and `edition: {EDITION}`")),
            );
        }
        return (Manifest::default(), r.out);
    };
    let manifest = r.manifest(node);
    if let Some(second) = documents.next() {
        let at = second.as_map().map_or(second.span(), first_key);
        r.report(
            Diagnostic::new(&codes::WRONG_SHAPE, at, "the manifest is one document")
                .help("move what stands behind the `---` to another file"),
        );
    }
    (manifest, r.out)
}

impl<'a> Reader<'a> {
    fn manifest(&mut self, node: Node<'a>) -> Manifest {
        let default = Manifest::default();
        let Some(map) = self.map(node, "a map with the keys of the manifest") else {
            return default;
        };
        let fields = self.fields(map, &MANIFEST, first_key(map));
        fields.read(self, "edition", Reader::edition);
        Manifest {
            name: fields.read(self, "name", Reader::reference),
            exclude: fields.read_all(self, "exclude", |r, node| {
                let items = r.items(node, "a list of patterns");
                let items = r.at_most(MAX_PATTERNS, items, "patterns", |item| item.span());
                r.read_each(items, Reader::spanned_text)
            }),
            levels: fields.read_all(self, "levels", |r, node| {
                r.each(node, "a map of diagnostics to levels", Reader::level)
            }),
            timezone: fields.read(self, "timezone", Reader::time_zone),
            dedupe: fields
                .read(self, "dedupe", Reader::duration)
                .map_or(default.dedupe, |dedupe| dedupe.value),
            lifecycles: fields.read_all(self, "lifecycles", Reader::references),
            environments: fields.read_all(self, "environments", |r, node| {
                r.each(node, "a map of environments", Reader::environment)
            }),
        }
    }

    fn edition(&mut self, node: Node<'a>) -> Option<()> {
        let scalar = self.scalar(node, "an edition, as in `2026`")?;
        if scalar.value() != EDITION {
            let message = format!("the edition `{}` is not known", scalar.value());
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, scalar.span(), message)
                    .help(format!("this compiler knows the edition `{EDITION}`"))
                    .fix(
                        Applicability::Unsafe,
                        format!("write `{EDITION}`"),
                        scalar.span(),
                        EDITION,
                    ),
            );
        }
        Some(())
    }

    fn level(&mut self, entry: &Entry<'a>) -> Option<LevelSetting> {
        if codes::find(entry.key).is_none() {
            let message = format!("there is no diagnostic `{}`", entry.key);
            self.report(
                Diagnostic::new(&codes::UNKNOWN_DIAGNOSTIC, entry.at, message)
                    .suggest(entry.key, codes::ALL.iter().map(|code| code.name)),
            );
            return None;
        }
        if entry.value.is_missing() {
            self.empty(entry);
            return None;
        }
        let elsewhere = entry.value.as_scalar().and_then(|scalar| {
            let mut words = OTHER_LEVELS.iter();
            let (_, meant) = words.find(|(word, _)| *word == scalar.value())?;
            Some((scalar, *meant))
        });
        if let Some((scalar, meant)) = elsewhere {
            let message = format!("`{}` is not one of {}", scalar.value(), quoted(LEVELS));
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, scalar.span(), message)
                    .help(format!("write `{meant}`"))
                    .fix(
                        Applicability::Unsafe,
                        format!("write `{meant}`"),
                        scalar.span(),
                        meant,
                    ),
            );
            return None;
        }
        let level = match self.word(entry.value, LEVELS)? {
            0 => Level::Ignore,
            1 => Level::Warning,
            _ => Level::Error,
        };
        Some(LevelSetting {
            diagnostic: entry.name(),
            level,
        })
    }

    fn time_zone(&mut self, node: Node<'a>) -> Option<Spanned<String>> {
        let scalar = self.scalar(node, "a time zone, as in `Europe/Paris`")?;
        if TimeZone::get(scalar.value()).is_err() {
            self.unknown_zone(scalar.value(), scalar.span());
            return None;
        }
        self.spanned_text(node)
    }
}
