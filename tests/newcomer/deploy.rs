//! Where a runtime is, an environment says.

use super::programs::Trial;
use super::walk::command;

#[test]
fn an_environment_says_where_to_deploy() {
    let trial = Trial::start((command("cjoc sink"), &[]), (command("cjoc run"), &[]));
    trial.post(command("curl"));
    let manifest = std::fs::read_to_string(trial.workspace.path().join("cjoc.yaml")).unwrap();
    let with = |runtime: &str| {
        let other = "  elsewhere: { SHOP_URL: https://nto.example }\n";
        let manifest = manifest.replace(
            "  local:",
            &format!("{other}  local:\n    runtime: {runtime}\n  #"),
        );
        trial.workspace.write("cjoc.yaml", &manifest);
    };
    let deploy = |more: &[&str]| {
        let mut arguments = vec!["deploy", "."];
        arguments.extend(more);
        trial.workspace.run(&arguments)
    };
    with(&format!("http://{}", trial.address));
    let ran = deploy(&["--environment", "local", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("1 session goes on"), "{}", ran.out);

    for (arguments, wrong) in [
        (&["--environment", "locale"][..], "did you mean `local`?"),
        (
            &["--environment", "elsewhere"],
            "does not say where its runtime is",
        ),
        (&[], "--to <URL>"),
        (
            &["--environment", "local", "--to", "http://x"],
            "cannot be used with",
        ),
    ] {
        let ran = deploy(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(wrong), "{arguments:?}: {}", ran.err);
    }
    with("localhost:8787");
    let ran = deploy(&["--environment", "local"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.err
            .contains("`localhost:8787` is no address of a runtime"),
        "{}",
        ran.err
    );
}
