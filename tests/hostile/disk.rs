//! Folders that are not as one would wish, and streams that are closed or full.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use cjoc::compile;
use cjoc::source::Files;

use super::cases::CUSTOMER;
use super::shown::harmless;
use super::support::{Ran, Workspace};

const MANIFEST: (&str, &str) = ("cjoc.yaml", "name: hostile\nedition: 2026\n");
const FINE: (&str, &str) = ("customer.yaml", CUSTOMER);

/// The lines of a check, each without its severity and code.
fn short(workspace: &Workspace) -> (i32, Vec<String>) {
    let ran = workspace.run(&["check", "--format", "short"]);
    harmless("a check", &ran.out);
    harmless("a check", &ran.err);
    let lines = ran.out.lines().map(str::to_owned).collect();
    (ran.code, lines)
}

#[cfg(unix)]
fn link(to: impl AsRef<Path>, from: impl AsRef<Path>) {
    std::os::unix::fs::symlink(to, from).expect("links can be made");
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let root = workspace.path();
    link(".", root.join("here"));
    link("self.yaml", root.join("self.yaml"));
    link("a", root.join("b"));
    link("b", root.join("a"));
    let (code, lines) = short(&workspace);
    assert_eq!(code, 1, "{lines:?}");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].ends_with("`self.yaml` cannot be read: it is a link that leads back to itself"),
        "{lines:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_told_as_one() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    link("nowhere.yaml", workspace.path().join("link.yaml"));
    let (code, lines) = short(&workspace);
    assert_eq!(code, 1, "{lines:?}");
    assert_eq!(
        lines,
        [
            "link.yaml:1:1: error[CJ0106 invalid-text]: `link.yaml` cannot be read: it is a link to nothing"
        ]
    );
}

#[cfg(unix)]
#[test]
fn files_that_a_command_names_are_told_in_the_same_words() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let root = workspace.path();
    link("circle", root.join("circle"));
    link("nowhere", root.join("nothing"));
    fs::create_dir(root.join("folder")).expect("folders can be made");
    let long = "x".repeat(300);
    for (file, why) in [
        ("circle", "it is a link that leads back to itself"),
        ("nothing", "it is a link to nothing"),
        ("folder", "it is a folder"),
        ("gone", "it is not there"),
        (
            "cjoc.yaml/x",
            "it leads through a file as if that were a folder",
        ),
        (long.as_str(), "its name is too long"),
    ] {
        let told = format!("cannot be read: {why}");
        for arguments in [
            ["eval", "1", "--with", file].as_slice(),
            &["plan", "--events", file],
            &["plan", "--summary", "--events", file],
        ] {
            let ran = workspace.run(arguments);
            assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
            assert!(ran.err.contains(&told), "{arguments:?}: {}", ran.err);
        }
        if !["folder", "gone"].contains(&file) {
            let ran = workspace.run(&["check", file]);
            assert_eq!(ran.code, 2, "{file}: {}", ran.err);
            assert!(ran.err.contains(why), "{file}: {}", ran.err);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_never_ends_is_not_read_to_its_end() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    for (arguments, told) in [
        (
            ["eval", "1", "--with", "/dev/zero"].as_slice(),
            "is too long",
        ),
        (&["plan", "--events", "/dev/zero"], "/dev/zero"),
        (&["plan", "--summary", "--events", "/dev/zero"], "/dev/zero"),
    ] {
        let ran = workspace.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn folders_full_of_links_to_one_another_end() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let root = workspace.path();
    for folder in 0..14 {
        let path = root.join(format!("f{folder}"));
        fs::create_dir(&path).expect("folders can be made");
        for other in 0..14 {
            link(format!("../f{other}"), path.join(format!("l{other}")));
        }
    }
    let (code, lines) = short(&workspace);
    assert_eq!(code, 0, "{lines:?}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_workspace_are_errors_and_show_nothing_of_what_is_there() {
    let secret = Workspace::new(&[
        ("id.yaml", "secret: hunter2\n"),
        ("x/y.yaml", "more: hunter2\n"),
        ("m.csv", "id\nhunter2\n"),
    ]);
    let list = "segment: s\ntraveler: customer\nmembers: m.csv\n";
    let workspace = Workspace::new(&[MANIFEST, FINE, ("s.yaml", list)]);
    let root = workspace.path();
    link(secret.path().join("id.yaml"), root.join("file.yaml"));
    link(secret.path(), root.join("folder"));
    link("/", root.join("all"));
    link(secret.path().join("m.csv"), root.join("m.csv"));
    let ran = workspace.run(&["check"]);
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    let (code, lines) = short(&workspace);
    assert_eq!(code, 1);
    for path in ["all", "file.yaml", "folder"] {
        let line = format!(
            "{path}:1:1: error[CJ0106 invalid-text]: `{path}` cannot be read: it leads out of the workspace"
        );
        assert!(lines.contains(&line), "{line} in {lines:?}");
    }
    assert!(
        lines
            .iter()
            .any(|line| line.contains("`m.csv` cannot be read")),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 4, "{lines:?}");
    // Who knows them may leave them out.
    workspace.write(
        "cjoc.yaml",
        &format!("{}exclude: [all, folder, file.yaml, s.yaml]\n", MANIFEST.1),
    );
    assert_eq!(short(&workspace), (0, Vec::new()));
}

#[cfg(unix)]
#[test]
fn links_that_stay_in_the_workspace_are_read() {
    let workspace = Workspace::new(&[
        MANIFEST,
        ("..data/c.yaml", CUSTOMER),
        (
            ".more/s.yaml",
            "segment: s\ntraveler: customer\nwhen: traveler.n == 1\n",
        ),
    ]);
    link("..data/c.yaml", workspace.path().join("c.yaml"));
    link(".more", workspace.path().join("more"));
    let ran = workspace.run(&["plan"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("segment s:"), "{}", ran.out);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let pipe = workspace.path().join("pipe.yaml");
    let made = Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let (code, lines) = short(&workspace);
    assert_eq!(code, 1);
    assert!(
        lines[0].ends_with("`pipe.yaml` cannot be read: it is neither a file nor a folder"),
        "{lines:?}"
    );
}

/// A check by someone who may not read a file: us, or where we may read everything, somebody who
/// owns nothing.
#[cfg(unix)]
fn as_who_may_not(workspace: &Workspace, file: &Path) -> (i32, String) {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let arguments = ["check", "--format", "short"];
    if fs::read(file).is_err() {
        let ran = workspace.run(&arguments);
        return (ran.code, ran.out);
    }
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(workspace.path(), open.clone()).expect("it is ours");
    // Where it was built, others may not be let in.
    let program = workspace.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_cjoc"), &program).expect("there is room");
    fs::set_permissions(&program, open).expect("it is ours");
    let output = Command::new(&program)
        .args(arguments)
        .current_dir(workspace.path())
        .stdin(Stdio::null())
        .uid(65534)
        .gid(65534)
        .output()
        .expect("who may read everything may become somebody else");
    let code = output.status.code().expect("it was not killed");
    (
        code,
        String::from_utf8(output.stdout).expect("it writes UTF-8"),
    )
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_told_with_its_name() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::new(&[
        MANIFEST,
        FINE,
        ("closed/b.yaml", "a: 1\n"),
        ("a.yaml", "a: 1\n"),
    ]);
    let closed = |path: &str| {
        let path = workspace.path().join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).expect("it is ours");
        path
    };
    let file = closed("a.yaml");
    let folder = closed("closed");
    let (code, out) = as_who_may_not(&workspace, &file);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, 1, "{lines:?}");
    for path in ["a.yaml", "closed"] {
        let told = format!("`{path}` cannot be read: permission denied");
        assert!(
            lines.iter().any(|line| line.ends_with(&told)),
            "{told} in {lines:?}"
        );
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).expect("it is ours");
}

#[cfg(target_os = "linux")]
#[test]
fn what_says_which_files_are_left_out_is_a_file_of_some_size() {
    let bad = "a.yaml:1:1: error";
    let large = "x\n".repeat(600_000);
    for folder in ["", "below/"] {
        for (of, why) in [
            (
                "/dev/zero",
                "`.gitignore` cannot be read: it leads out of the workspace",
            ),
            (
                "",
                "`.gitignore` is too large: a `.gitignore` may have 1 MiB at most",
            ),
        ] {
            let why = why.replacen("`.gitignore`", &format!("`{folder}.gitignore`"), 1);
            let workspace = Workspace::new(&[
                MANIFEST,
                FINE,
                ("a.yaml", "a: 1\n"),
                ("below/b.yaml", "b: 1\n"),
            ]);
            let path = format!("{folder}.gitignore");
            if of.is_empty() {
                workspace.write(&path, &large);
            } else {
                link(of, workspace.path().join(&path));
            }
            let (code, lines) = short(&workspace);
            assert_eq!(code, 1);
            assert!(
                lines.iter().any(|line| line.ends_with(&why)),
                "{why} in {lines:?}"
            );
            assert!(lines.iter().any(|line| line.starts_with(bad)), "{lines:?}");
        }
    }
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let made = Command::new("mkfifo")
        .arg(workspace.path().join(".gitignore"))
        .status();
    if made.is_ok_and(|status| status.success()) {
        let (_, lines) = short(&workspace);
        let why = "`.gitignore` cannot be read: it is neither a file nor a folder";
        assert!(lines.iter().any(|line| line.ends_with(why)), "{lines:?}");
    }
}

#[test]
fn a_folder_that_is_called_like_a_file_is_a_folder() {
    let workspace = Workspace::new(&[
        MANIFEST,
        FINE,
        (
            "x.yaml/s.yaml",
            "segment: s\ntraveler: custmer\nwhen: traveler.n == 1\n",
        ),
    ]);
    let (_, lines) = short(&workspace);
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("x.yaml/s.yaml:2:11: error[CJ0304")),
        "{lines:?}"
    );
}

#[test]
fn a_manifest_that_is_a_folder_is_none() {
    let workspace = Workspace::new(&[FINE]);
    fs::create_dir(workspace.path().join("cjoc.yaml")).expect("folders can be made");
    let ran = workspace.run(&["check"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("`cjoc.yaml`"), "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn names_of_files_may_be_anything() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let write = |name: &[u8]| {
        fs::write(
            workspace.path().join(OsStr::from_bytes(name)),
            "nothing: 1\n",
        )
        .expect("files can be written");
    };
    write(b"new\nline.yaml");
    write(b"esc\x1b[31m.yaml");
    write(b"not\xffutf8.yaml");
    write("turned\u{202e}.yaml".as_bytes());
    let (code, lines) = short(&workspace);
    assert_eq!(code, 1);
    let starts = [
        "esc\\u{1b}[31m.yaml:1:1: ",
        "new\\nline.yaml:1:1: ",
        "not\u{fffd}utf8.yaml:1:1: ",
        "turned\\u{202e}.yaml:1:1: ",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} {start}");
    }
    assert!(
        lines[2].ends_with("cannot be read: its name is not UTF-8"),
        "{lines:?}"
    );
    let ran = workspace.run(&["check"]);
    harmless("names", &ran.out);
}

/// Another text at each look, or none.
struct Restless {
    looks: AtomicUsize,
}

impl Files for Restless {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(vec![
            "cjoc.yaml".to_owned(),
            "a.yaml".to_owned(),
            "gone.yaml".to_owned(),
        ])
    }

    fn names_in(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let look = self.looks.fetch_add(1, Ordering::Relaxed);
        let text = match path {
            "gone.yaml" => return Err(io::ErrorKind::NotFound.into()),
            "cjoc.yaml" if look == 0 => "name: x\nedition: 2026\nexclude: [b.yaml]\n".to_owned(),
            "cjoc.yaml" => "name".to_owned(),
            _ => "journey: ".repeat(look),
        };
        Ok(text.into_bytes())
    }
}

#[test]
fn files_that_change_while_they_are_read_are_taken_as_they_were_once() {
    for looks in 0..6 {
        let files = Restless {
            looks: AtomicUsize::new(looks),
        };
        let outcome = compile::check(&files).expect("it lists");
        let gone = outcome
            .diagnostics
            .iter()
            .any(|d| d.message == "`gone.yaml` cannot be read: it is not there");
        assert!(gone && outcome.summary.errors >= 2, "{:?}", outcome.summary);
    }
}

#[test]
fn files_that_are_written_meanwhile_are_no_trouble() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let path = workspace.path().join("a.yaml");
    let text = "segment: s\ntraveler: customer\nwhen: traveler.n == 1\n".repeat(2_000);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !done.load(Ordering::Relaxed) {
                turn += 1;
                let written = match turn % 3 {
                    0 => fs::remove_file(&path),
                    1 => fs::write(&path, &text),
                    _ => fs::write(&path, &text[..text.len() / 2]),
                };
                // It may be gone already.
                let _ = written;
            }
        });
        for _ in 0..8 {
            let ran = workspace.run(&["check", "--format", "short"]);
            assert!(ran.code <= 1, "{}", ran.err);
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Runs it with this standard output.
fn with_output(workspace: &Workspace, arguments: &[&str], output: Stdio) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_cjoc"))
        .args(arguments)
        .current_dir(workspace.path())
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .expect("the program runs");
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: String::new(),
        err: String::from_utf8(output.stderr).expect("it writes UTF-8"),
    }
}

/// Commands that write something to standard output, and how they end.
const COMMANDS: [(&[&str], i32); 7] = [
    (&["check"], 1),
    (&["check", "--format", "json"], 1),
    (&["plan", "--format", "json"], 1),
    (&["test", "--format", "json"], 1),
    (&["eval", "1 + 1"], 0),
    (&["explain"], 0),
    (&["schema", "workspace"], 0),
];

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let workspace = Workspace::new(&[MANIFEST, ("a.yaml", "nothing: 1\n")]);
    for (arguments, _) in COMMANDS {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("Linux has it");
        let ran = with_output(&workspace, arguments, full.into());
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(
            ran.err.contains("standard output cannot be written"),
            "{arguments:?}: {}",
            ran.err
        );
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let workspace = Workspace::new(&[MANIFEST, ("a.yaml", &"nothing: 1\n---\n".repeat(3_000))]);
    for (arguments, code) in COMMANDS {
        let (reader, writer) = io::pipe().expect("pipes can be made");
        drop(reader);
        let ran = with_output(&workspace, arguments, writer.into());
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
}

#[test]
fn an_environment_of_nothing_or_of_nonsense_is_fine() {
    let workspace = Workspace::new(&[MANIFEST, FINE]);
    let run = |environment: &[(&str, &str)]| {
        Command::new(env!("CARGO_BIN_EXE_cjoc"))
            .args(["plan", "--format", "json"])
            .current_dir(workspace.path())
            .env_clear()
            .envs(environment.iter().copied())
            .output()
            .expect("the program runs")
    };
    let plain = run(&[]);
    assert_eq!(plain.status.code(), Some(0));
    for name in [
        "TZ", "LANG", "LC_ALL", "TERM", "COLUMNS", "NO_COLOR", "HOME", "TMPDIR", "PATH",
    ] {
        for value in [
            "",
            "Mars/Base",
            ":/etc/passwd",
            "%s%n",
            "99999999999999999999",
            "/nowhere",
        ] {
            let odd = run(&[(name, value)]);
            assert_eq!(odd.status.code(), Some(0), "{name}={value}");
            assert_eq!(odd.stdout, plain.stdout, "{name}={value}");
        }
    }
}
