//! `cjoc check --watch` on real files: what it says after saves, renames, removals and switches.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

const MANIFEST: &str = "name: shop\nedition: 2026\n";
const GOOD: &str = "connection: web\n";
const BAD: &str = "connection: web\nevnts: {}\n";

/// Generous: a busy machine is no defect.
const PATIENCE: Duration = Duration::from_secs(60);
/// Long enough to see that nothing comes: more than it takes to look without a hint.
const SILENCE: Duration = Duration::from_millis(2600);

/// A running watch of a folder in a temporary folder.
struct Watch {
    folder: tempfile::TempDir,
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn new(files: &[(&str, &str)], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("shop")).expect("a folder");
        for (path, text) in files {
            write(&folder.path().join("shop").join(path), text);
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_cjoc"))
            .args(["check", "--watch", "--format"])
            .args(if arguments == ["json"] {
                &[]
            } else {
                &["short"][..]
            })
            .args(arguments)
            .current_dir(folder.path().join("shop"))
            .env_remove("CLICOLOR_FORCE")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .expect("the program runs");
        let out = child.stdout.take().expect("it is piped");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            folder,
            child,
            lines,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("shop").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.path(path), text);
    }

    /// As editors save: beside the file, then over it.
    fn replace(&self, path: &str, text: &str) {
        let beside = self.path(&format!("{path}.tmp"));
        write(&beside, text);
        fs::rename(beside, self.path(path)).expect("it can be renamed");
    }

    /// The next line that is not about the time it took; `None` where none comes.
    fn line(&self, patience: Duration) -> Option<String> {
        let line = self.lines.recv_timeout(patience).ok()?;
        Some(match line.rsplit_once(", ") {
            Some((kept, time)) if time.ends_with(" ms") => kept.to_owned(),
            _ => line,
        })
    }

    /// The next answer: the lines between the one that opens it and the one that closes it, and
    /// the latter.
    fn answer(&self) -> (Vec<String>, String) {
        let opens = self.line(PATIENCE).expect("an answer comes");
        assert!(opens.starts_with("== "), "{opens}");
        let mut found = Vec::new();
        loop {
            let line = self.line(PATIENCE).expect("the answer ends");
            match line.strip_prefix("== ") {
                Some(closes) => return (found, closes.to_owned()),
                None => found.push(line),
            }
        }
    }

    /// The closing line of the next answer.
    fn says(&self, expected: &str) {
        let (found, closes) = self.answer();
        assert_eq!(closes, expected, "{found:#?}");
    }

    /// Answers until this one: what is seen on the way depends on when it is looked at.
    fn comes_to(&self, expected: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let (found, closes) = self.answer();
            if closes == expected {
                return;
            }
            assert!(Instant::now() < end, "{closes}: {found:#?}");
        }
    }

    fn is_silent(&self) {
        assert_eq!(self.line(SILENCE), None);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write(path: &Path, text: &str) {
    let parent = path.parent().expect("it is in a folder");
    fs::create_dir_all(parent).expect("folders can be made");
    fs::write(path, text).expect("files can be written");
}

#[test]
fn a_save_is_answered_and_what_changes_nothing_is_not() {
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST), ("a.yaml", GOOD)], &[]);
    watch.says("no errors in 1 declaration (2 files)");
    watch.write("a.yaml", BAD);
    let (found, closes) = watch.answer();
    assert_eq!(closes, "1 error in 1 declaration (2 files)");
    assert!(
        found.len() == 1 && found[0].starts_with("a.yaml:2:1: error[CJ0202 unknown-key]"),
        "{found:?}"
    );
    watch.replace("a.yaml", GOOD);
    watch.says("no errors in 1 declaration (2 files)");
    // What editors leave beside a file, a comment, and a save without a change.
    watch.write(".a.yaml.swp", "x");
    watch.write("a.yaml~", "x");
    watch.write("4913", "");
    watch.write("a.yaml", "# a comment\nconnection: web\n");
    watch.replace("a.yaml", GOOD);
    watch.is_silent();
}

#[test]
fn an_answer_to_a_save_takes_milliseconds() {
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST), ("a.yaml", GOOD)], &[]);
    watch.says("no errors in 1 declaration (2 files)");
    let mut times = Vec::new();
    for text in [BAD, GOOD, BAD, GOOD, BAD] {
        let start = Instant::now();
        watch.write("a.yaml", text);
        watch.answer();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    // Less than where nothing hints; the machine may be busy with other tests.
    assert!(times[0] < Duration::from_millis(400), "{times:?}");
}

#[test]
fn files_and_folders_come_move_and_go() {
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST), ("a.yaml", GOOD)], &[]);
    watch.says("no errors in 1 declaration (2 files)");
    watch.write("deep/er/b.yaml", "connection: shop\n");
    watch.comes_to("no errors in 2 declarations (3 files)");
    // A folder that was followed only since it came.
    watch.write("deep/er/b.yaml", "connection: shop\nevnts: {}\n");
    watch.comes_to("1 error in 2 declarations (3 files)");
    fs::rename(watch.path("deep"), watch.path("other")).expect("it can be renamed");
    let (found, closes) = watch.answer();
    assert_eq!(closes, "1 error in 2 declarations (3 files)");
    assert!(found[0].starts_with("other/er/b.yaml:2:1: "), "{found:?}");
    watch.write("other/er/b.yaml", "connection: shop\n");
    watch.comes_to("no errors in 2 declarations (3 files)");
    fs::remove_dir_all(watch.path("other")).expect("it can be removed");
    watch.comes_to("no errors in 1 declaration (2 files)");
    // An empty folder is followed as well.
    fs::create_dir(watch.path("empty")).expect("a folder");
    watch.is_silent();
    watch.write("empty/c.yaml", "connection: shop\nevnts: {}\n");
    watch.comes_to("1 error in 2 declarations (3 files)");
}

#[test]
fn what_is_ignored_is_so_as_in_a_check() {
    let watch = Watch::new(
        &[
            ("cjoc.yaml", MANIFEST),
            ("a.yaml", GOOD),
            ("drafts/b.yaml", BAD),
            (".gitignore", "drafts/\n"),
        ],
        &[],
    );
    watch.says("no errors in 1 declaration (2 files)");
    watch.write("drafts/c.yaml", BAD);
    watch.is_silent();
    watch.write(".gitignore", "drafts/c.yaml\n");
    watch.comes_to("2 errors in 2 declarations (3 files)");
    watch.write(
        "cjoc.yaml",
        "name: shop\nedition: 2026\nexclude: [drafts/]\n",
    );
    watch.comes_to("no errors in 1 declaration (2 files)");
    // That of a folder above counts too.
    write(&watch.folder.path().join(".gitignore"), "a.yaml\n");
    watch.comes_to("no errors in 0 declarations (1 file)");
}

#[test]
fn the_manifest_breaks_goes_and_comes_back() {
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST), ("a.yaml", GOOD)], &[]);
    watch.says("no errors in 1 declaration (2 files)");
    watch.write("cjoc.yaml", "name: shop\nedition: 1999\n");
    watch.comes_to("1 error in 1 declaration (2 files)");
    fs::remove_file(watch.path("cjoc.yaml")).expect("it can be removed");
    watch.comes_to("`cjoc.yaml` is gone: waiting for it");
    watch.replace("cjoc.yaml", MANIFEST);
    watch.comes_to("no errors in 1 declaration (2 files)");
}

#[test]
fn the_whole_folder_goes_and_comes_back() {
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST), ("a.yaml", GOOD)], &[]);
    watch.says("no errors in 1 declaration (2 files)");
    let root = fs::canonicalize(watch.path("")).expect("it is there");
    fs::remove_dir_all(&root).expect("it can be removed");
    watch.comes_to(&format!("`{}` is gone: waiting for it", root.display()));
    watch.write("a.yaml", BAD);
    watch.write("cjoc.yaml", MANIFEST);
    watch.comes_to("1 error in 1 declaration (2 files)");
    watch.write("a.yaml", GOOD);
    watch.comes_to("no errors in 1 declaration (2 files)");
}

#[test]
fn files_that_are_no_sources_count_when_they_are_read() {
    let segment = "traveler: customer\nkey: id\nprofile: { id: string | null }\n---\n\
                   segment: beta\ntraveler: customer\nmembers: lists/beta.csv\n";
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST), ("a.yaml", segment)], &[]);
    let (found, _) = watch.answer();
    assert!(
        found.iter().any(|line| line.contains("unknown-file")),
        "{found:?}"
    );
    watch.write("lists/beta.csv", "id\n1\n");
    let (found, _) = watch.answer();
    assert!(
        !found.iter().any(|line| line.contains("unknown-file")),
        "{found:?}"
    );
}

#[test]
fn a_switch_of_branches_is_one_change() {
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST)], &[]);
    watch.says("no errors in 0 declarations (1 file)");
    let git = |arguments: &[&str]| {
        let ran = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .current_dir(watch.path(""))
            .output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    if !git(&["init", "-q", "-b", "main"]) {
        // There is no git here.
        return;
    }
    assert!(git(&["add", "."]) && git(&["commit", "-qm", "empty"]));
    assert!(git(&["switch", "-qc", "full"]));
    for number in 0..300 {
        watch.write(
            &format!("folder{}/c{number}.yaml", number % 30),
            &format!("connection: c{number}\n"),
        );
    }
    watch.comes_to("no errors in 300 declarations (301 files)");
    assert!(git(&["add", "."]) && git(&["commit", "-qm", "full"]));
    assert!(git(&["switch", "-q", "main"]));
    watch.says("no errors in 0 declarations (1 file)");
    assert!(git(&["switch", "-q", "full"]));
    watch.says("no errors in 300 declarations (301 files)");
}

#[test]
fn what_fails_a_check_is_told_and_programs_get_a_document_an_answer() {
    let doubtful = "connection: web\ntitle: no\n";
    let watch = Watch::new(
        &[("cjoc.yaml", MANIFEST), ("a.yaml", doubtful)],
        &["--deny", "warnings"],
    );
    let (_, closes) = watch.answer();
    assert!(
        closes.starts_with("1 warning in 1 declaration (2 files), ")
            && closes.ends_with(" ms; warnings fail this check"),
        "{closes}"
    );
    let watch = Watch::new(&[("cjoc.yaml", MANIFEST), ("a.yaml", doubtful)], &["json"]);
    for (text, warnings) in [(GOOD, 1), (doubtful, 0), (GOOD, 1)] {
        let line = watch.line(PATIENCE).expect("a document comes");
        let document: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
        assert_eq!(document["summary"]["warnings"], warnings);
        watch.write("a.yaml", text);
    }
}

#[test]
fn where_there_is_no_workspace_it_does_not_wait_for_one() {
    let mut watch = Watch::new(&[("a.yaml", GOOD)], &[]);
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(status) = watch.child.try_wait().expect("it can be asked") {
            assert_eq!(status.code(), Some(2));
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it goes on");
}

/// Without a handler of its own: nothing of the terminal has to be put back.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_at_once() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut watch = Watch::new(&[("cjoc.yaml", MANIFEST)], &[]);
    watch.says("no errors in 0 declarations (1 file)");
    let pid = watch.child.id().to_string();
    let sent = Command::new("sh")
        .args(["-c", "kill -INT \"$1\"", "sh", &pid])
        .status();
    assert!(sent.is_ok_and(|status| status.success()));
    let status = watch.child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(2), "{status}");
}
