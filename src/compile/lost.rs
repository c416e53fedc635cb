//! What is told only because something before it could not be read: diagnostics go in, and those
//! that are no fault of their own are taken out.
//!
//! A declaration that is lost takes its names with it. A name that is not found, while a file
//! with a lost part holds that very word, is most likely declared there. Nothing is hidden for
//! good: once the text can be read, what is still wrong is reported.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::source::{FileId, Sources, Span};

/// Where a part of the text never became a declaration.
const LOSSES: &[&Code] = &[
    &codes::INVALID_YAML,
    &codes::UNKNOWN_KIND,
    &codes::WRONG_SHAPE,
    &codes::LIMIT_EXCEEDED,
];

/// Where a part of the text is not taken for what it says, and declares nothing that has a name.
const UNTAKEN: &[&Code] = &[&codes::DUPLICATE_KEY, &codes::INVALID_MERGE];

/// What a name that was lost leaves behind, in any file.
pub(super) const NAMELESS: &[&Code] = &[
    &codes::UNKNOWN_EVENT,
    &codes::UNKNOWN_CONNECTION,
    &codes::UNKNOWN_TRAVELER,
    &codes::UNKNOWN_JOURNEY,
    &codes::UNKNOWN_MILESTONE,
    &codes::UNKNOWN_SEGMENT,
    &codes::UNKNOWN_CHANNEL,
    &codes::UNKNOWN_TEMPLATE,
    &codes::UNKNOWN_ACTION,
    &codes::UNKNOWN_PARAMETER,
    &codes::UNKNOWN_VARIABLE,
    &codes::UNKNOWN_FIELD,
    &codes::UNKNOWN_NAME,
    &codes::UNKNOWN_TYPE,
    &codes::UNKNOWN_IDENTITY,
    &codes::WRONG_TRAVELER,
    &codes::UNKNOWN_MODEL,
    &codes::TYPE_MISMATCH,
    &codes::UNKNOWN_ENUM_VALUE,
    &codes::INVALID_VALUE,
    &codes::INVALID_FIXTURE,
    &codes::UNCLEARED_PERSONAL_DATA,
];

/// What a step or a key that was lost leaves behind, in the same file.
const INCOMPLETE: &[&Code] = &[
    &codes::MISSING_PARAMETER,
    &codes::UNREACHABLE_MILESTONE,
    &codes::UNSET_VARIABLE,
    &codes::INVALID_FIXTURE,
    &codes::UNMAPPED_FIELD,
];

/// Takes out what follows from bytes that could not be read as text, and the fixes of such files:
/// places in them are none in the file.
pub(super) fn remove_unread(sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    let replaced = |diagnostic: &Diagnostic| sources.text(diagnostic.span).contains('\u{FFFD}');
    let is_unread = |diagnostic: &Diagnostic| {
        let span = diagnostic.span;
        [&codes::INVALID_TEXT, &codes::LIMIT_EXCEEDED].contains(&diagnostic.code)
            && sources
                .get(span.file)
                .is_some_and(|file| file.text.is_empty())
    };
    let is_repaired =
        |diagnostic: &Diagnostic| diagnostic.code == &codes::INVALID_TEXT && replaced(diagnostic);
    let files = |is: &dyn Fn(&Diagnostic) -> bool| -> BTreeSet<FileId> {
        let found = diagnostics.iter().filter(|diagnostic| is(diagnostic));
        found.map(|diagnostic| diagnostic.span.file).collect()
    };
    let (unread, repaired) = (files(&is_unread), files(&is_repaired));
    if unread.is_empty() && repaired.is_empty() {
        return;
    }
    diagnostics.retain(|diagnostic| {
        let file = diagnostic.span.file;
        let follows = unread.contains(&file) && !is_unread(diagnostic)
            || repaired.contains(&file) && replaced(diagnostic) && !is_repaired(diagnostic);
        !follows
    });
    for diagnostic in diagnostics {
        diagnostic.fixes.retain(|fix| {
            let mut edits = fix.edits.iter();
            !edits.any(|edit| repaired.contains(&edit.span.file))
        });
    }
}

/// How many keys are looked at as displaced. One slip displaces a few; where there are more, something
/// else is wrong, and each is compared with all that is told.
const MAX_DISPLACED: usize = 64;

/// Takes out what follows from a key that stands where it is not known, as one that is indented too
/// far or too little: what is declared below it is not found elsewhere, and what was to stand below
/// it is set twice where it came to stand.
pub(super) fn remove_displaced(sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    // A key that is only misspelt is read as what was meant.
    let is_rename = |it: &Diagnostic| {
        (it.fixes.iter()).any(|fix| fix.edits.iter().any(|edit| edit.span == it.span))
    };
    let unknown = |it: &&Diagnostic| *it.code == codes::UNKNOWN_KEY && !is_rename(it);
    let unknown = diagnostics.iter().filter(unknown);
    let displaced: Vec<Displaced<'_>> = unknown
        .filter(|it| sources.get(it.span.file).is_some())
        .take(MAX_DISPLACED)
        .map(|it| Displaced::new(it.span, &sources.file(it.span.file).text))
        .collect();
    if displaced.is_empty() {
        return;
    }
    diagnostics.retain(|it| {
        if sources.get(it.span.file).is_none() {
            return true;
        }
        let within = |block: &Displaced<'_>| {
            it.span.file == block.span.file
                && (block.span.start()..block.span.end()).contains(&it.span.start())
        };
        if *it.code == codes::DUPLICATE_KEY {
            return !displaced.iter().any(within);
        }
        let word = words(sources.text(it.span)).last().unwrap_or_default();
        let declared = |block: &Displaced<'_>| !within(block) && block.keys.contains(word);
        !NAMELESS.contains(&it.code) || !displaced.iter().any(declared)
    });
}

/// A key that is not known where it stands, with what stands below it.
struct Displaced<'t> {
    span: Span,
    /// The key and those below it.
    keys: BTreeSet<&'t str>,
}

impl<'t> Displaced<'t> {
    fn new(key: Span, text: &'t str) -> Self {
        let start = key.start() as usize;
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let column = start - line_start;
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let is_blank = |line: &str| {
            let line = line.trim_start();
            line.is_empty() || line.starts_with('#')
        };
        let mut lines = text[start..].split_inclusive('\n');
        let head = lines.next().unwrap_or_default();
        let open = head.split(" #").next().unwrap_or_default().trim_end();
        let mut keys: BTreeSet<&str> = words(&text[start..key.end() as usize]).collect();
        let mut end = start + head.len();
        // With nothing below it, what was to stand there stands beside it.
        let below = lines.clone().find(|line| !is_blank(line));
        let beside = open.ends_with(':') && below.is_some_and(|line| indent(line) == column);
        let within = |line: &&str| {
            is_blank(line) || indent(line) > column || beside && indent(line) == column
        };
        for line in lines.take_while(|line| !line.starts_with("---") && within(line)) {
            let key = line.trim_start().split(':').next().unwrap_or_default();
            keys.extend(words(key).last());
            end += line.len();
        }
        let span = Span::new(key.file, key.start(), end as u32);
        Self { span, keys }
    }
}

/// Takes out what follows from parts of the text that were lost.
pub(super) fn remove_follow_ups(sources: &Sources, diagnostics: &mut Vec<Diagnostic>) {
    let mut lost: Vec<FileId> = diagnostics
        .iter()
        .filter(|diagnostic| LOSSES.contains(&diagnostic.code))
        .map(|diagnostic| diagnostic.span.file)
        .filter(|file| sources.get(*file).is_some())
        .collect();
    lost.sort_unstable();
    lost.dedup();
    let untaken: BTreeSet<FileId> = diagnostics
        .iter()
        .filter(|diagnostic| UNTAKEN.contains(&diagnostic.code))
        .map(|diagnostic| diagnostic.span.file)
        .collect();
    if lost.is_empty() && untaken.is_empty() {
        return;
    }
    // How often each word stands in the lost files, by file: counted once.
    let words: Vec<(FileId, HashMap<&str, u32>)> = (lost.iter())
        .map(|file| {
            let mut counts = HashMap::new();
            for word in words(&sources.file(*file).text) {
                *counts.entry(word).or_default() += 1;
            }
            (*file, counts)
        })
        .collect();
    let lines: BTreeSet<_> = diagnostics
        .iter()
        .filter(|diagnostic| LOSSES.contains(&diagnostic.code))
        .map(|diagnostic| (diagnostic.span.file, sources.start(diagnostic.span).line))
        .collect();
    diagnostics.retain(|diagnostic| {
        let file = diagnostic.span.file;
        if sources.get(file).is_none() {
            return true;
        }
        let here = lost.binary_search(&file).is_ok();
        if (here || untaken.contains(&file)) && INCOMPLETE.contains(&diagnostic.code) {
            return false;
        }
        if here && diagnostic.code == &codes::MISSING_KEY {
            let line = sources.start(diagnostic.span).line;
            return !lines.contains(&(file, line));
        }
        // A key that names something of another file: an environment's value for a setting.
        let names =
            NAMELESS.contains(&diagnostic.code) || !here && diagnostic.code == &codes::UNKNOWN_KEY;
        !names || !is_word_of(sources.text(diagnostic.span), file, &words)
    });
}

/// Whether the last word of a place stands in one of the files, besides the place itself.
fn is_word_of(place: &str, file: FileId, counted: &[(FileId, HashMap<&str, u32>)]) -> bool {
    let Some(word) = words(place).last() else {
        return false;
    };
    counted.iter().any(|(at, counts)| {
        let needed = if *at == file { 2 } else { 1 };
        counts.get(word).is_some_and(|count| *count >= needed)
    })
}

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}
