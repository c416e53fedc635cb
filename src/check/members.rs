//! Static lists of segments: a CSV file whose columns are identities of the traveler type.
//!
//! What is wrong with a list is told at the `members` that names it, with the file and line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::Checker;
use super::csv::{self, Malformed, Record};
use super::fields;
use crate::diagnostic::{codes, did_you_mean, nearest};
use crate::model::{self, Normalize};
use crate::source::Files;
use crate::syntax::ast::{self, Name};

/// A column: the identity, and what is made of its values.
type Column = (Arc<str>, Option<Normalize>);

impl Checker<'_> {
    /// Reads the list of a segment. None where it is wrong, or its traveler type is.
    pub(super) fn members(
        &mut self,
        segment: &ast::Segment,
        path: &Name,
        files: &dyn Files,
    ) -> Option<model::SegmentKind> {
        let id = self
            .names
            .vocabulary
            .find_traveler(&segment.traveler.text)?;
        let (file, text) = self.list_file(path, files)?;
        let mut records = csv::read(&text);
        let head = match records.next() {
            Some(Ok(head)) => head,
            Some(Err(error)) => return self.malformed(path, &file, &error),
            None => {
                let message = format!("`{file}` is empty");
                let help = "its first line names identities, as in `email,customer_id`";
                return self.bad_file(&codes::INVALID_VALUE, path, message, help);
            }
        };
        let columns = self.columns(id.index(), path, &file, &head)?;
        let mut members: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
        for (name, _) in &columns {
            members.insert(name.clone(), BTreeSet::new());
        }
        for row in records {
            let row = match row {
                Ok(row) => row,
                Err(error) => return self.malformed(path, &file, &error),
            };
            if row.cells.len() != columns.len() {
                let cells = |n: usize| match n {
                    1 => "1 cell".to_owned(),
                    n => format!("{n} cells"),
                };
                let message = format!(
                    "`{file}:{}` has {}, the first line has {}",
                    row.line,
                    cells(row.cells.len()),
                    cells(columns.len())
                );
                let help = "give every line a cell for every column, empty where nothing is known";
                return self.bad_file(&codes::INVALID_VALUE, path, message, help);
            }
            if !self.modelled {
                continue;
            }
            for ((name, normalize), cell) in columns.iter().zip(row.cells) {
                let value = match normalize {
                    Some(normalize) => Cow::Owned(normalize.apply(&cell)),
                    None => cell,
                };
                if !value.trim().is_empty() {
                    members
                        .entry(name.clone())
                        .or_default()
                        .insert(Arc::from(value));
                }
            }
        }
        let sorted = members
            .into_iter()
            .map(|(name, values)| (name, values.into_iter().collect()));
        Some(model::SegmentKind::Members(sorted.collect()))
    }

    /// Says that a list is no CSV.
    fn malformed<T>(&mut self, path: &Name, file: &str, error: &Malformed) -> Option<T> {
        let message = format!("`{file}:{}`: {}", error.line, error.message);
        let help = "write it as CSV: cells with a comma, a quote or a line end in quotes";
        self.bad_file(&codes::INVALID_VALUE, path, message, help)
    }

    /// The file and its text.
    fn list_file(&mut self, path: &Name, files: &dyn Files) -> Option<(String, String)> {
        let (file, bytes) = self.workspace_file(path, files, "list")?;
        if let Ok(text) = String::from_utf8(bytes) {
            Some((file, text))
        } else {
            let message = format!("`{file}` is not UTF-8");
            self.bad_file(&codes::INVALID_VALUE, path, message, "save it as UTF-8")
        }
    }

    /// The columns that the first line names: identities, each once.
    fn columns(
        &mut self,
        traveler: usize,
        path: &Name,
        file: &str,
        head: &Record<'_>,
    ) -> Option<Vec<Column>> {
        let traveler = &self.names.travelers[traveler];
        let decl = traveler.decl;
        let mut identities: Vec<&Name> = decl.identities.iter().collect();
        if identities.is_empty() {
            identities.push(&decl.key);
        }
        let known: Vec<&str> = identities.iter().map(|name| &*name.text).collect();
        let mut columns: Vec<Column> = Vec::new();
        let line = head.line;
        for cell in &head.cells {
            let cell = cell.trim();
            let Some(identity) = identities.iter().find(|name| *name.text == *cell) else {
                let message = format!(
                    "`{file}:{line}`: `{cell}` is not an identity of `{}`",
                    decl.name
                );
                let help = match nearest(cell, known.iter().copied()) {
                    Some(best) => format!("did you mean `{best}`?"),
                    None => did_you_mean::list(&known)
                        .unwrap_or_else(|| "name identities in the first line".to_owned()),
                };
                return self.bad_file(&codes::UNKNOWN_IDENTITY, path, message, &help);
            };
            if columns.iter().any(|(name, _)| *name == identity.text) {
                let message = format!("`{file}:{line}`: two columns are called `{cell}`");
                let help = "put all values of an identity into one column";
                return self.bad_file(&codes::INVALID_VALUE, path, message, help);
            }
            let field = traveler
                .profile
                .iter()
                .find(|field| field.decl.name.text == identity.text);
            let normalize = field.and_then(|field| field.decl.normalize.as_ref());
            columns.push((
                identity.text.clone(),
                normalize.map(|n| fields::normalize(n.value)),
            ));
        }
        Some(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::{checked, places};
    use crate::source::{MemoryFiles, Sources};

    const TRAVELER: &str = "traveler: customer
key: customer_id
identities: [customer_id, email, phone]
profile:
  customer_id: string | null
  email: { type: string | null, normalize: email }
  phone: { type: string | null, normalize: phone }
  city: string | null
";

    type Lists = BTreeMap<Arc<str>, Vec<Arc<str>>>;

    /// The members of a segment in `segments/a.yaml` with this list, and what is wrong with it.
    fn read(path: &str, files: &[(&str, &[u8])]) -> (Option<Lists>, Vec<String>, Vec<String>) {
        let segment = format!("segment: beta\ntraveler: customer\nmembers: {path}\n");
        let sources = Sources::from_texts([
            ("customer.yaml", TRAVELER),
            ("segments/a.yaml", segment.as_str()),
        ]);
        let files: MemoryFiles = files.iter().map(|(path, text)| (*path, *text)).collect();
        let (kind, found) = checked(&sources, |checker| {
            let segment = checker.names.segments[0];
            let ast::SegmentKind::Members(path) = &segment.kind else {
                panic!("the segment is a list");
            };
            checker.members(segment, path, &files)
        });
        let lists = kind.map(|kind| match kind {
            model::SegmentKind::Members(lists) => lists,
            model::SegmentKind::When(_) => panic!("the segment is a list"),
        });
        let messages = found.iter().map(|d| d.message.clone()).collect();
        (lists, places(&sources, "segments/a.yaml", &found), messages)
    }

    fn lists(path: &str, files: &[(&str, &[u8])]) -> Vec<(String, String)> {
        let (lists, places, messages) = read(path, files);
        assert_eq!(places, [""; 0], "{messages:?}");
        let lists = lists.expect("the list is sound");
        let entries = lists.iter();
        entries
            .map(|(name, values)| (name.to_string(), values.join(" ")))
            .collect()
    }

    #[test]
    fn values_are_normalized_sorted_and_kept_once() {
        let text = "email,phone,customer_id\r\n\"  Zoe@B.c \",+33 (0)6-1,c-2\r\n\r\nann@b.c,,c-1\r\nzoe@b.c,+33 06 1,\r\n";
        let found = lists(
            "lists/beta.csv",
            &[("segments/lists/beta.csv", text.as_bytes())],
        );
        let expected = [
            ("customer_id", "c-1 c-2"),
            ("email", "ann@b.c zoe@b.c"),
            ("phone", "+33061"),
        ];
        let expected = expected.map(|(name, values)| (name.to_owned(), values.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn lists_stand_beside_the_declaration_or_below_the_root() {
        let list: &[u8] = b"email\na@b.c\n";
        for (path, file) in [
            ("beta.csv", "segments/beta.csv"),
            ("./beta.csv", "segments/beta.csv"),
            ("lists/beta.csv", "lists/beta.csv"),
            ("../lists/beta.csv", "lists/beta.csv"),
            ("segments/beta.csv", "segments/beta.csv"),
        ] {
            let found = lists(path, &[(file, list)]);
            assert_eq!(found, [("email".to_owned(), "a@b.c".to_owned())], "{path}");
        }
        let both: &[(&str, &[u8])] = &[
            ("segments/beta.csv", b"email\nnear@b.c\n"),
            ("beta.csv", b"email\nroot@b.c\n"),
        ];
        assert_eq!(lists("beta.csv", both)[0].1, "near@b.c");
    }

    #[test]
    fn what_is_wrong_with_a_list_is_told_at_its_name() {
        let table: &[(&str, &[u8], &str, &str)] = &[
            (
                "beta.csv",
                b"mail\na@b.c\n",
                "3:10-18 unknown-identity",
                "`segments/beta.csv:1`: `mail` is not an identity of `customer`",
            ),
            (
                "beta.csv",
                b"email,city\n",
                "3:10-18 unknown-identity",
                "`city` is not an identity",
            ),
            (
                "beta.csv",
                b"email,email\n",
                "3:10-18 invalid-value",
                "two columns are called `email`",
            ),
            (
                "beta.csv",
                b"email,phone\na@b.c,1\na@b.c\n",
                "3:10-18 invalid-value",
                "`segments/beta.csv:3` has 1 cell, the first line has 2 cells",
            ),
            (
                "beta.csv",
                b"email\n\n\"a@b.c\n",
                "3:10-18 invalid-value",
                "`segments/beta.csv:3`: a quote is never closed",
            ),
            (
                "beta.csv",
                b"\n",
                "3:10-18 invalid-value",
                "`segments/beta.csv` is empty",
            ),
            (
                "beta.csv",
                b"email\n\xff\n",
                "3:10-18 invalid-value",
                "is not UTF-8",
            ),
            (
                "beto.csv",
                b"email\n",
                "3:10-18 unknown-file",
                "there is no file `beto.csv`",
            ),
            (
                "../../beta.csv",
                b"email\n",
                "3:10-24 unknown-file",
                "is not inside the workspace",
            ),
            (
                "/etc/passwd",
                b"email\n",
                "3:10-21 unknown-file",
                "is not inside the workspace",
            ),
        ];
        for (path, text, place, part) in table {
            let (lists, places, messages) = read(path, &[("segments/beta.csv", *text)]);
            assert_eq!(lists, None, "{path}");
            assert_eq!(places, [*place], "{messages:?}");
            assert!(messages[0].contains(part), "{messages:?}");
        }
    }
}
