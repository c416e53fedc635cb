//! `cjoc init`: a folder goes in, a small workspace comes out, and a file for CI. What is there
//! already is never written over.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Exit;
use super::terminal::{Terminal, say};
use super::version::VERSION;
use crate::compile;
use crate::render::human;
use crate::source::{MANIFEST, OsFiles};

#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// The folder; created if missing
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Also write a file that checks the workspace; may be given several times
    #[arg(long, value_enum)]
    ci: Vec<Ci>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ci {
    /// A workflow for GitHub Actions
    Github,
    /// A job for GitLab
    Gitlab,
    /// A hook for pre-commit
    PreCommit,
}

impl Ci {
    /// Its place in the repository, and its text.
    const fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Github => (".github/workflows/cjoc.yml", include_str!("ci/github.yml")),
            Self::Gitlab => (".gitlab-ci.yml", include_str!("ci/gitlab.yml")),
            Self::PreCommit => (
                ".pre-commit-config.yaml",
                include_str!("ci/pre-commit.yaml"),
            ),
        }
    }
}

/// The workspace to start with.
const START: &[(&str, &str)] = &[
    (MANIFEST, include_str!("start/cjoc.yaml")),
    (
        "travelers/customer.yaml",
        include_str!("start/travelers/customer.yaml"),
    ),
    (
        "connections/shop.yaml",
        include_str!("start/connections/shop.yaml"),
    ),
    ("channels.yaml", include_str!("start/channels.yaml")),
    (
        "templates/welcome.yaml",
        include_str!("start/templates/welcome.yaml"),
    ),
    (
        "journeys/welcome.yaml",
        include_str!("start/journeys/welcome.yaml"),
    ),
    (
        "tests/welcome.yaml",
        include_str!("start/tests/welcome.yaml"),
    ),
];

pub(super) fn run(args: &InitArgs, terminal: &Terminal) -> Exit {
    match start(args, terminal) {
        Ok(exit) => exit,
        Err((path, error)) => terminal.unable(
            &format!("`{}` cannot be written: {error}", path.display()),
            None,
        ),
    }
}

/// What could not be written, and why.
type Failed = (PathBuf, io::Error);

fn start(args: &InitArgs, terminal: &Terminal) -> Result<Exit, Failed> {
    let folder = &args.folder;
    let there = folder.join(MANIFEST).is_file();
    if there && args.ci.is_empty() {
        let message = format!("`{}` is a workspace already", folder.display());
        return Ok(terminal.unable(
            &message,
            Some("`cjoc check` looks at it; `--ci` adds a file for CI"),
        ));
    }
    fs::create_dir_all(folder).map_err(|error| (folder.clone(), error))?;
    let mut told = Vec::new();
    if !there {
        let others = OsFiles::new(folder)
            .walk()
            .map_err(|error| (folder.clone(), error))?
            .sources;
        let foreign = foreign(folder, others);
        for (path, text) in START {
            let text = if *path == MANIFEST {
                manifest(folder, text, &foreign)
            } else {
                (*text).to_owned()
            };
            if write(folder, path, &text)? {
                told.push(format!("wrote {}", folder.join(path).display()));
            } else {
                told.push(format!(
                    "kept  {}, which was there",
                    folder.join(path).display()
                ));
            }
        }
        if !foreign.is_empty() {
            told.push(format!(
                "left out, by `exclude` in {MANIFEST}: what was there ({})",
                foreign.len()
            ));
        }
    }
    let mut paste = String::new();
    for ci in &args.ci {
        let (repository, path) = repository(folder);
        if path.contains(['#', ':', '"', '\n', '\r']) {
            let message = format!(
                "the path `{}` cannot be written in YAML",
                path.escape_debug()
            );
            return Ok(terminal.unable(&message, Some("give the folder a plainer name")));
        }
        let (name, text) = ci.file();
        let path = quoted(&path);
        let text = match path.as_str() {
            "." => text.replace(" PATH", ""),
            path => text.replace("PATH", path),
        }
        .replace("VERSION", VERSION);
        let shown = repository.join(name);
        if write(&repository, name, &text)? {
            told.push(format!("wrote {}", shown.display()));
        } else {
            let comment = format!(
                "# For {}, which was there:
",
                shown.display()
            );
            paste.push_str(&comment);
            paste.push_str(&text);
        }
    }
    if !told.is_empty() {
        say(&format!("{}\n", told.join("\n")));
    }
    let exit = terminal.product(&paste, Exit::Clean);
    if exit != Exit::Clean {
        return Ok(exit);
    }
    Ok(check(folder, terminal))
}

/// Whether the file was written: one that is there stays as it is.
fn write(folder: &Path, path: &str, text: &str) -> Result<bool, Failed> {
    let path = folder.join(path);
    let failed = |error| (path.clone(), error);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    match File::create_new(&path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(failed)?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

/// The manifest with a name after the folder. YAML that was there is none of the workspace: it
/// speaks of something else.
fn manifest(folder: &Path, text: &str, foreign: &[String]) -> String {
    let mut text = text.replace("NAME", &name(folder));
    let patterns: Vec<String> = foreign
        .iter()
        .map(|path| format!("  - {}\n", serde_json::Value::from(format!("/{path}"))))
        .collect();
    if !patterns.is_empty() {
        text.push_str("exclude:\n");
        text.push_str(&patterns.concat());
    }
    text
}

/// What was there and is none of ours, whatever its name.
fn foreign(folder: &Path, others: Vec<String>) -> Vec<String> {
    let is_ours = |path: &String| {
        let mut start = START.iter();
        start.any(|(own, text)| {
            own == path && fs::read(folder.join(path)).is_ok_and(|there| there == text.as_bytes())
        })
    };
    let mut others = others;
    others.retain(|path| path != MANIFEST && !is_ours(path));
    others
}

/// The folder's name as a name of the language.
fn name(folder: &Path) -> String {
    let full = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mut name = String::new();
    for c in full
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
    {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => name.push(c),
            _ if name.is_empty() || name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_matches('_');
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    if name.is_empty() {
        "workspace".to_owned()
    } else {
        name.to_owned()
    }
}

/// The repository around the folder, and the way from there; without one, the folder itself.
fn repository(folder: &Path) -> (PathBuf, String) {
    let full = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let Some(root) = full.ancestors().find(|it| it.join(".git").exists()) else {
        return (folder.to_owned(), ".".to_owned());
    };
    let parts: Vec<_> = full
        .strip_prefix(root)
        .unwrap_or(Path::new(""))
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let path = if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    };
    (root.to_owned(), path)
}

/// As one word of a shell, inside YAML.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    if path.chars().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'./{}'", path.replace('\'', "'\\''"))
    }
}

/// What the workspace comes to now, and what to do next.
fn check(folder: &Path, terminal: &Terminal) -> Exit {
    let outcome = match compile::diagnose(&OsFiles::new(folder)) {
        Ok(outcome) => outcome,
        Err(error) => {
            let message = format!("`{}` cannot be read: {error}", folder.display());
            return terminal.unable(&message, None);
        }
    };
    say(&human::summary(outcome.summary, terminal.err));
    let path = match quoted(&folder.to_string_lossy()) {
        path if path == "." => String::new(),
        path => format!(" {path}"),
    };
    say(&format!(
        "next: `cjoc check{path} --watch`, and `cjoc test{path}`\n"
    ));
    if outcome.summary.errors > 0 {
        Exit::Found
    } else {
        Exit::Clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_folder_and_the_language() {
        let table = [
            ("/x/shop", "shop"),
            ("/x/My Shop (new)", "my_shop_new"),
            ("/x/2026-journeys", "journeys"),
            ("/x/日本", "workspace"),
            ("/", "workspace"),
        ];
        for (folder, expected) in table {
            assert_eq!(name(Path::new(folder)), expected, "{folder}");
        }
    }

    #[test]
    fn paths_are_one_word_for_a_shell() {
        let table = [
            ("shop/a-b.c", "shop/a-b.c"),
            ("-rf", "'./-rf'"),
            ("a b", "'./a b'"),
            ("it's; rm", r"'./it'\''s; rm'"),
        ];
        for (path, expected) in table {
            assert_eq!(quoted(path), expected);
        }
    }
}
