//! Which log of a plan reads a file, and whether the file is one of a log at all.

use std::sync::Arc;

use crate::model::{Log, Model};

/// How a file of events is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form<'m> {
    /// `CloudEvents`, one a line or in an array.
    Json,
    Csv(&'m Log),
}

/// Why no log reads a file of CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoLog {
    /// No connection, or not the one that was asked for, has a log.
    None,
    /// There are logs, but for other files: their patterns.
    OtherFiles(Vec<Arc<str>>),
    /// Several could: their connections.
    Several(Vec<Arc<str>>),
}

/// Says how a file is written, by its first bytes and its name. `asked` is the connection whose log
/// is to read what is not JSON.
pub fn choose<'m>(
    model: &'m Model,
    file: &str,
    start: &[u8],
    asked: Option<&str>,
) -> Result<Form<'m>, NoLog> {
    let name = file
        .strip_suffix(".gz")
        .or_else(|| file.strip_suffix(".zst"));
    let name = name.unwrap_or(file);
    let ends = |ends: &[&str]| {
        let name = name.to_ascii_lowercase();
        ends.iter().any(|end| name.ends_with(end))
    };
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let first = start.trim_ascii_start().first();
    let is_csv = ends(&[".csv", ".tsv"]);
    // What is empty holds no events, unless it lacks the first line of a table.
    let says_json = asked.is_none() && ends(&[".json", ".jsonl", ".ndjson"]);
    if matches!(first, Some(b'{' | b'[')) || says_json || first.is_none() && !is_csv {
        return Ok(Form::Json);
    }
    let mut logs = Vec::new();
    for connection in &model.connections {
        if asked.is_none_or(|asked| *connection.name == *asked) {
            logs.extend(connection.logs.iter().map(|log| (&connection.name, log)));
        }
    }
    if logs.is_empty() {
        return if is_csv || asked.is_some() {
            Err(NoLog::None)
        } else {
            Ok(Form::Json)
        };
    }
    let fits = |log: &Log| {
        log.files
            .iter()
            .any(|pattern| matches(pattern, name) || matches(pattern, file))
    };
    let mut fitting: Vec<_> = logs.iter().filter(|(_, log)| fits(log)).collect();
    if fitting.is_empty() {
        fitting = logs
            .iter()
            .filter(|(_, log)| log.files.is_empty())
            .collect();
    }
    // What comes through standard input has no name, and who asks for the only one means it.
    if fitting.is_empty() && logs.len() == 1 && (asked.is_some() || file == "-") {
        fitting = logs.iter().collect();
    }
    match fitting.as_slice() {
        [(_, log)] => Ok(Form::Csv(log)),
        [] => {
            let patterns = logs.iter().flat_map(|(_, log)| &log.files);
            Err(NoLog::OtherFiles(patterns.cloned().collect()))
        }
        several => {
            let mut names: Vec<Arc<str>> =
                several.iter().map(|(name, _)| Arc::clone(name)).collect();
            names.dedup();
            Err(NoLog::Several(names))
        }
    }
}

/// Whether a path is meant by a pattern, in which `*` is any text of one name and `?` any character
/// of it. A pattern counts from the end of the path, name by name.
fn matches(pattern: &str, path: &str) -> bool {
    let path = path.replace('\\', "/");
    let mut names = path.rsplit('/');
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    pattern
        .rsplit('/')
        .all(|pattern| names.next().is_some_and(|name| name_matches(pattern, name)))
}

/// In linear time for what people write, in the product of the lengths at worst.
fn name_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_count_from_the_end_of_a_path() {
        for (pattern, path, fits) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "logs/2026/a.csv", true),
            ("*.csv", "a.csv.bak", false),
            ("logs/*.csv", "data/logs/a.csv", true),
            ("logs/*.csv", "data/other/a.csv", false),
            ("logs/*.csv", "a.csv", false),
            ("visits_????.csv", "visits_2026.csv", true),
            ("visits_????.csv", "visits_26.csv", false),
            ("*a*b*.csv", "xxaxxbxx.csv", true),
            ("*a*b*.csv", "xxbxxaxx.csv", false),
            ("./ecom.csv", "/data/ecom.csv", true),
            ("*", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
        let long = "a".repeat(2_000);
        assert!(!matches(
            &"*a".repeat(500).replace("aa", "a"),
            &format!("{long}b")
        ));
    }
}
