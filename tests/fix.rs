//! `cjoc check --fix`, `--unsafe-fixes`, `--diff` and `--add-allow` as people meet them: what is
//! written, what is left alone, what is said.

mod support;

use std::fs;

use support::{Ran, Workspace};

const MANIFEST: (&str, &str) = ("cjoc.yaml", "name: shop\nedition: 2026\n");

fn with(text: &str) -> Workspace {
    Workspace::new(&[MANIFEST, ("a.yaml", text)])
}

fn read(workspace: &Workspace) -> String {
    let bytes = fs::read(workspace.path().join("a.yaml")).expect("the file is there");
    String::from_utf8(bytes).expect("it is text")
}

fn check(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let mut all = vec!["check"];
    all.extend(arguments);
    workspace.run(&all)
}

#[test]
fn safe_fixes_are_made_and_what_remains_is_told() {
    let workspace = with("connection: web\ntitle: no # a name\n---\nconection: shop\n");
    let ran = check(&workspace, &["--fix", "--format", "short"]);
    assert_eq!(
        read(&workspace),
        "connection: web\ntitle: \"no\" # a name\n---\nconection: shop\n"
    );
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .starts_with("a.yaml:4:1: error[CJ0201 unknown-kind]"),
        "{}",
        ran.out
    );
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(
        ran.err.contains("1 problem fixed in 1 file\n"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("1 fixable with `--unsafe-fixes`\n"),
        "{}",
        ran.err
    );

    let ran = check(
        &workspace,
        &["--fix", "--unsafe-fixes", "--format", "short"],
    );
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(read(&workspace).ends_with("\nconnection: shop\n"));
}

#[test]
fn without_being_asked_nothing_is_written_and_a_hint_is_given() {
    let text = "connection: web\ntitle: no\n---\nconection: shop\ntitle: off\n";
    let workspace = with(text);
    let ran = check(&workspace, &[]);
    assert!(
        ran.err
            .contains("2 fixable with `--fix`, 1 more with `--unsafe-fixes`\n"),
        "{}",
        ran.err
    );
    assert_eq!(read(&workspace), text);
}

#[test]
fn a_diff_shows_what_would_be_written_and_writes_nothing() {
    let text = "connection: web\ntitle: no\n";
    let workspace = with(text);
    let ran = check(&workspace, &["--diff"]);
    assert_eq!(
        ran.out,
        "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,2 @@\n connection: web\n-title: no\n+title: \"no\"\n"
    );
    assert_eq!(ran.code, 1);
    assert_eq!(ran.err, "1 problem would be fixed in 1 file\n");
    assert_eq!(read(&workspace), text);
    assert_eq!(check(&workspace, &["--fix", "--diff"]).out, ran.out);
    let clean = check(&with("connection: web\n"), &["--diff"]);
    assert_eq!(
        (clean.code, clean.out.as_str(), clean.err.as_str()),
        (0, "", "")
    );
    assert_eq!(check(&workspace, &["--diff", "--format", "json"]).code, 2);
}

#[test]
fn only_the_bytes_of_the_fix_change() {
    for (before, after) in [
        (
            "\u{feff}connection: web\r\ntitle:   no   # é  \r\n\r\n",
            "\u{feff}connection: web\r\ntitle:   \"no\"   # é  \r\n\r\n",
        ),
        (
            "connection: web\ntitle: no",
            "connection: web\ntitle: \"no\"",
        ),
        (
            "# one\n\n{connection: web, title: no}\n...\n# two",
            "# one\n\n{connection: web, title: \"no\"}\n...\n# two",
        ),
        (
            "connection: web # cjoc: allow(zero-weight) not any more\r\ntitle: x\r\n",
            "connection: web\r\ntitle: x\r\n",
        ),
        (
            "connection: web\n# cjoc: allow(zero-weight, CJ0614, never-due) not any more\ntitle: x\n",
            "connection: web\ntitle: x\n",
        ),
        (
            "\u{feff}# cjoc: allow(zero-weight) not any more\nconnection: web\n",
            "\u{feff}connection: web\n",
        ),
        (
            "connection: web\n# cjoc: allow(zero-weight) old",
            "connection: web\n",
        ),
    ] {
        let workspace = with(before);
        let ran = check(&workspace, &["--fix", "--format", "short"]);
        assert_eq!(read(&workspace), after, "{before:?}");
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{before:?}");
        let again = check(&workspace, &["--fix", "--format", "short"]);
        assert_eq!(read(&workspace), after, "{before:?}");
        assert!(!again.err.contains("fixed"), "{}", again.err);
    }
}

#[test]
fn fixes_that_overlap_take_turns() {
    let text = "connection: web\n# cjoc: allow(zero-weight, zero-duration, never-due, literal-secret) old\ntitle: no\n";
    let workspace = with(text);
    let ran = check(&workspace, &["--fix"]);
    assert_eq!(read(&workspace), "connection: web\ntitle: \"no\"\n");
    assert!(
        ran.err.contains("5 problems fixed in 1 file\n"),
        "{}",
        ran.err
    );
}

#[test]
fn a_fix_that_leads_to_an_error_is_taken_back() {
    // Quoted, it would be a text where a number is due.
    let text = "connection: mailer\nuses: std/email\n---\ntraveler: customer\nkey: id\n\
                identities: [id]\nprofile: { id: string | null, email: string | null }\n---\n\
                channel: web\nvia: mailer\naddress: traveler.email\n\
                cap: [{ max: 010, per: 7d }]\n";
    let workspace = with(text);
    let ran = check(&workspace, &["--unsafe-fixes", "--format", "short"]);
    assert_eq!(read(&workspace), text, "{}{}", ran.out, ran.err);
    assert!(
        ran.err
            .contains("\"quote it\" is not made: it would lead to"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("fixed"), "{}", ran.err);
}

#[test]
fn all_formats_tell_of_what_remains() {
    for (format, start) in [
        ("json", "{\"version\":1,\"diagnostics\":[{"),
        ("human", "error["),
    ] {
        let workspace = with("connection: web\ntitle: no\n---\nsegmnt: a\n");
        let ran = check(&workspace, &["--fix", "--format", format]);
        assert!(ran.out.starts_with(start), "{}", ran.out);
        assert!(!ran.out.contains("ambiguous"), "{}", ran.out);
    }
}

#[cfg(unix)]
#[test]
fn links_stay_links_rights_stay_and_nothing_outside_is_written() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let text = "connection: web\ntitle: no\n";
    let outside = with(text);
    let workspace = Workspace::new(&[
        MANIFEST,
        (".hidden/real.yaml", "connection: shop\ntitle: no\n"),
    ]);
    let root = workspace.path();
    symlink(root.join(".hidden/real.yaml"), root.join("b.yaml")).expect("a link");
    symlink(outside.path().join("a.yaml"), root.join("out.yaml")).expect("a link");
    let real = root.join(".hidden/real.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("it is ours");
    let ran = check(&workspace, &["--fix", "--format", "short"]);
    assert_eq!(
        fs::read_to_string(&real).expect("it is there"),
        "connection: shop\ntitle: \"no\"\n"
    );
    let mode = fs::metadata(&real)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(
        fs::symlink_metadata(root.join("b.yaml"))
            .expect("a link")
            .is_symlink()
    );
    assert_eq!(read(&outside), text);
    assert!(
        ran.out.contains("`out.yaml` cannot be read: it leads out"),
        "{}",
        ran.out
    );
    let left: Vec<_> = fs::read_dir(root.join(".hidden"))
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1, "nothing is left beside it");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_left_alone_and_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = "connection: web\ntitle: no\n";
    let workspace = with(text);
    let path = workspace.path().join("a.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("it is ours");
    let ran = check(&workspace, &["--fix", "--format", "short"]);
    assert_eq!(read(&workspace), text);
    assert!(
        ran.err.contains("`a.yaml` is not changed: it is read-only"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_no_utf8_is_not_written() {
    let workspace = with("");
    let bytes = b"connection: web\ntitle: no\n# caf\xe9\n";
    fs::write(workspace.path().join("a.yaml"), bytes).expect("it is written");
    check(&workspace, &["--fix", "--unsafe-fixes", "--add-allow"]);
    assert_eq!(
        fs::read(workspace.path().join("a.yaml")).expect("it is there"),
        bytes
    );
}

#[test]
fn what_is_warned_of_can_be_allowed_wherever_it_stands() {
    for (before, after) in [
        (
            "connection: web\ntitle: no\n",
            "connection: web\n# cjoc: allow(ambiguous-scalar) it was here before cjoc\ntitle: no\n",
        ),
        (
            "connection: web\r\ntitle: no",
            "connection: web\r\n# cjoc: allow(ambiguous-scalar) it was here before cjoc\r\ntitle: no",
        ),
        (
            "\u{feff}{connection: web, title: no}",
            "\u{feff}# cjoc: allow(ambiguous-scalar) it was here before cjoc\n{connection: web, title: no}",
        ),
        (
            "{ connection: web,\n    title:\n      no,\n}\n",
            "{ connection: web,\n    title:\n      # cjoc: allow(ambiguous-scalar) it was here before cjoc\n      no,\n}\n",
        ),
        (
            "connection: web\nconfig:\n    password: |\n        hunter2\n        # cjoc: allow(literal-secret) this is text\n    token: yes\n",
            "connection: web\nconfig:\n    # cjoc: allow(literal-secret) it was here before cjoc\n    password: |\n        hunter2\n        # cjoc: allow(literal-secret) this is text\n    # cjoc: allow(ambiguous-scalar, literal-secret) it was here before cjoc\n    token: yes\n",
        ),
        (
            "connection: web\nconfig: { secret: \"two\n  lines\", region: no }\n",
            "connection: web\n# cjoc: allow(literal-secret) it was here before cjoc\nconfig: { secret: \"two\n  lines\", region: no } # cjoc: allow(ambiguous-scalar) it was here before cjoc\n",
        ),
        (
            "connection: web\n# cjoc: allow(ambiguous-scalar)\ntitle: no\n",
            "connection: web\n# cjoc: allow(ambiguous-scalar) it was here before cjoc\ntitle: no\n",
        ),
        // What is meant for the file goes to its top, and allows it there.
        (
            "connection: web\ntitle: no\n---\n# cjoc: allow-file(ambiguous-scalar) they are old\nconnection: shop\n",
            "# cjoc: allow-file(ambiguous-scalar) they are old\nconnection: web\ntitle: no\n---\nconnection: shop\n",
        ),
        // What allows nothing goes.
        (
            "# cjoc: allow(literal-secret) once\nconnection: web\ntitle: no\n---\n# cjoc: allow-file(literal-secret) never\nconnection: shop\n",
            "connection: web\n# cjoc: allow(ambiguous-scalar) it was here before cjoc\ntitle: no\n---\nconnection: shop\n",
        ),
    ] {
        let workspace = with(before);
        let ran = check(&workspace, &["--add-allow", "--format", "short"]);
        assert_eq!(
            read(&workspace),
            after,
            "{before:?}\n{}{}",
            ran.out,
            ran.err
        );
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{before:?}");
        let again = check(&workspace, &["--add-allow", "--fix", "--format", "short"]);
        assert_eq!(read(&workspace), after, "{before:?}");
        assert!(!again.err.contains("allowed"), "{}", again.err);
    }
}

#[test]
fn the_reason_is_ones_own_and_is_one_line() {
    let workspace = with("connection: web\ntitle: no\n");
    for bad in ["", "  ", "one\ntwo", "..."] {
        let ran = check(&workspace, &["--add-allow", "--reason", bad]);
        assert_eq!(ran.code, 2, "{bad:?}");
    }
    assert_eq!(check(&workspace, &["--reason", "x"]).code, 2);
    let ran = check(&workspace, &["--add-allow", "--reason", "see ticket 12"]);
    assert!(
        ran.err.contains("1 warning allowed in 1 file\n"),
        "{}",
        ran.err
    );
    assert_eq!(
        read(&workspace),
        "connection: web\n# cjoc: allow(ambiguous-scalar) see ticket 12\ntitle: no\n"
    );
}

#[test]
fn a_file_that_is_no_text_is_left_alone_and_told_why() {
    let workspace = with("connection: web\ntitle: no\n");
    let path = workspace.path().join("a.yaml");
    let bytes = b"connection: web\ntitle: no\nowner: \xff\n";
    fs::write(&path, bytes).expect("it is written");
    let ran = check(&workspace, &["--add-allow"]);
    assert!(
        ran.err
            .contains("note: `a.yaml` is not changed: it is not in UTF-8"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read(&path).expect("it is there"), bytes);
}

#[test]
fn errors_and_what_the_manifest_made_one_stay() {
    let levels = "name: shop\nedition: 2026\nlevels: { literal-secret: error }\n";
    let text = "connection: web\nconfig: { token: abc }\ntitle: no\nowner: x\n";
    let workspace = Workspace::new(&[("cjoc.yaml", levels), ("a.yaml", text)]);
    let ran = check(&workspace, &["--add-allow", "--format", "short"]);
    assert_eq!(ran.code, 1);
    let names: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.split('[').nth(1))
        .collect();
    assert!(names[0].starts_with("CJ0605 literal-secret"), "{}", ran.out);
    assert!(names[1].starts_with("CJ0202 unknown-key"), "{}", ran.out);
    assert_eq!(names.len(), 2);
    assert!(read(&workspace).contains("# cjoc: allow(ambiguous-scalar)"));
}

#[test]
fn the_manifest_is_mended_and_allowed_like_any_file() {
    let manifest = "name: no\nedition: 2026\n";
    let workspace = Workspace::new(&[("cjoc.yaml", manifest), ("a.yaml", "connection: web\n")]);
    check(&workspace, &["--add-allow", "--reason", "our name"]);
    let path = workspace.path().join("cjoc.yaml");
    assert_eq!(
        fs::read_to_string(&path).expect("it is there"),
        format!("# cjoc: allow(ambiguous-scalar) our name\n{manifest}")
    );
    fs::write(&path, manifest).expect("it is written");
    check(&workspace, &["--fix"]);
    assert_eq!(
        fs::read_to_string(&path).expect("it is there"),
        "name: \"no\"\nedition: 2026\n"
    );
}

#[test]
fn a_fix_comes_before_a_comment_and_the_diff_shows_both() {
    let workspace = with("connection: web\ntitle: no\nconfig: { token: abc }\n");
    let ran = check(&workspace, &["--diff", "--fix", "--add-allow"]);
    assert!(ran.out.contains("+title: \"no\"\n"), "{}", ran.out);
    assert!(
        ran.out.contains("+# cjoc: allow(literal-secret)"),
        "{}",
        ran.out
    );
    assert_eq!(
        ran.err,
        "1 problem would be fixed and 1 warning would be allowed in 1 file\n"
    );
    let only = check(&workspace, &["--diff", "--add-allow"]);
    assert!(only.out.contains("allow(ambiguous-scalar)"), "{}", only.out);
}

#[test]
fn single_warnings_can_be_denied_by_name_or_code() {
    let workspace = with("connection: web\ntitle: no\n");
    for (denied, code) in [
        ("ambiguous-scalar", 1),
        ("CJ0103", 1),
        ("never-due,ambiguous-scalar", 1),
        ("never-due", 0),
        ("ambiguous-scaler", 2),
    ] {
        let ran = check(&workspace, &["--deny", denied]);
        assert_eq!(ran.code, code, "{denied}: {}", ran.err);
    }
    let slip = check(&workspace, &["--deny", "ambiguous-scaler"]);
    assert!(
        slip.err.contains("did you mean `ambiguous-scalar`?"),
        "{}",
        slip.err
    );
    let ran = check(&workspace, &["--deny", "CJ0103"]);
    assert!(
        ran.err
            .contains("`ambiguous-scalar` fails this check (`--deny ambiguous-scalar`)"),
        "{}",
        ran.err
    );
}

#[test]
fn every_command_hears_of_the_same_suppressions() {
    let text = "connection: web\n# cjoc: allow(ambiguous-scalar) a name\ntitle: no\n";
    let workspace = with(text);
    for command in ["check", "plan", "test"] {
        let ran = workspace.run(&[command]);
        assert!(!ran.err.contains("warning"), "{command}: {}", ran.err);
    }
}

#[test]
fn what_stands_in_a_text_is_allowed_above_the_line_where_the_text_begins() {
    let workspace = Workspace::copy_of("examples/nto");
    let path = workspace.path().join("rules/thank_vip.yaml");
    let old = fs::read_to_string(&path).expect("it is there");
    let when = "when: segment.big_spenders\n";
    assert!(old.contains(when));
    let never = "when: |\n  segment.big_spenders &&\n  !segment.big_spenders\n";
    fs::write(&path, old.replace(when, never)).expect("it is written");
    let ran = check(&workspace, &["--format", "short"]);
    assert!(ran.out.contains("constant-condition"), "{}", ran.out);
    let ran = check(&workspace, &["--add-allow", "--format", "short"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let allowed = "# cjoc: allow(constant-condition) it was here before cjoc\nwhen: |\n";
    let now = fs::read_to_string(&path).expect("it is there");
    assert!(now.contains(allowed), "{now}");
    assert_eq!(check(&workspace, &["--format", "short"]).out, "");
}
