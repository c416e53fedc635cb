//! What the README shows is what the program prints.

mod support;

use support::Workspace;

const README: &str = include_str!("../README.md");

/// The blocks of the README that are marked as output.
fn shown() -> Vec<&'static str> {
    README
        .split("```text\n")
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap_or(rest))
        .collect()
}

#[test]
fn the_readme_shows_what_is_printed() {
    let [story, diagnostic] = shown()[..] else {
        panic!("the README shows a story and a diagnostic");
    };
    let workspace = Workspace::copy_of("examples/nto");
    let ran = workspace.run(&["plan", "--events", "events.jsonl"]);
    assert!(ran.out.contains(story), "{}", ran.out);

    let path = "journeys/backpack.yaml";
    let text = std::fs::read_to_string(workspace.path().join(path)).expect("it is there");
    workspace.write(
        path,
        &text.replace("shop.order_placed, when", "shop.order_place, when"),
    );
    let ran = workspace.run(&["check"]);
    assert!(ran.out.contains(diagnostic), "{}", ran.out);
}

/// Nobody is promised a command or a format that is not there.
#[test]
fn the_commands_of_the_readme_are_there() {
    let workspace = Workspace::copy_of("examples/nto");
    let commands: Vec<&str> = README
        .lines()
        .filter_map(|line| {
            let line = line.trim_start().trim_start_matches("- run: ");
            line.strip_prefix("cjoc ")
        })
        .map(|line| line.split("  ").next().unwrap_or(line))
        .collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let command = command
            .replace(" examples/nto", "")
            .replace("samples/*.jsonl", "events.jsonl");
        let (words, quoted) = command.split_once('\'').unwrap_or((&command, ""));
        let mut arguments: Vec<&str> = words.split_whitespace().collect();
        arguments.extend(quoted.strip_suffix('\''));
        let ran = workspace.run(&arguments);
        assert_eq!(ran.code, 0, "cjoc {command}: {}", ran.err);
    }
}
