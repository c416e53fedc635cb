//! A workspace in a temporary folder, and the program run in it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Files in a folder of their own.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

/// How a run ended and what it wrote.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Workspace {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workspace = Self { folder };
        for (path, text) in files {
            workspace.write(path, text);
        }
        workspace
    }

    /// A copy of a folder of the repository.
    #[allow(dead_code, reason = "not every test file needs it")]
    pub(crate) fn copy_of(folder: &str) -> Self {
        let workspace = Self::new(&[]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
                let path = entry.expect("the folder can be listed").path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let name = path.strip_prefix(&root).expect("it is below the folder");
                let copy = workspace.folder.path().join(name);
                std::fs::create_dir_all(copy.parent().expect("it is below the folder"))
                    .expect("folders can be made");
                std::fs::copy(&path, copy).expect("files can be copied");
            }
        }
        workspace
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        let parent = path.parent().expect("it is below the folder");
        std::fs::create_dir_all(parent).expect("folders can be made");
        std::fs::write(path, text).expect("files can be written");
    }

    #[allow(dead_code, reason = "not every test file reads what was written")]
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[], "")
    }

    pub(crate) fn run_with(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        input: &str,
    ) -> Ran {
        let mut command = command(arguments);
        command.current_dir(self.folder.path());
        command.envs(environment.iter().copied());
        finish(command, input)
    }
}

/// The program, in no workspace.
#[allow(dead_code, reason = "not every test file needs it")]
pub(crate) fn cjoc(arguments: &[&str]) -> Ran {
    Workspace::new(&[]).run(arguments)
}

/// The program in a folder of the repository.
#[allow(dead_code, reason = "not every test file needs it")]
pub(crate) fn cjoc_in(folder: &str, arguments: &[&str]) -> Ran {
    let mut command = command(arguments);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    finish(command, "")
}

/// The program with a standard output that nobody reads.
#[allow(dead_code, reason = "not every test file needs it")]
pub(crate) fn with_closed_output(arguments: &[&str]) -> Ran {
    let mut command = command(arguments);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .stdin(Stdio::null())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    ran(&output)
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cjoc"));
    command.args(arguments);
    // What terminals and CI systems set is not for tests that do not ask for it.
    for name in [
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "CLICOLOR",
        "COLUMNS",
        "GITHUB_STEP_SUMMARY",
        "GITHUB_WORKSPACE",
        "CI_PROJECT_DIR",
    ] {
        command.env_remove(name);
    }
    command
}

fn finish(mut command: Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that does not read its input may be gone already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    ran(&child.wait_with_output().expect("the program ends"))
}

fn ran(output: &std::process::Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it writes UTF-8");
    Ran {
        code: output.status.code().expect("it was not killed"),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}
