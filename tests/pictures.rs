//! Pictures of journeys, as the page of the runtime shows them: all of a journey is in its
//! picture, and nothing from outside can be anything but text.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use cjoc::compile;
use cjoc::model::Model;
use cjoc::render::journey_svg;
use cjoc::source::{MemoryFiles, OsFiles};

fn example(name: &str) -> Model {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    compile::check(&OsFiles::new(folder))
        .unwrap()
        .model
        .unwrap()
}

fn picture(model: &Model, name: &str) -> Option<String> {
    let journey = model.journeys.iter().find(|it| &*it.name == name).unwrap();
    journey_svg::journey(journey, model)
}

#[test]
fn every_milestone_and_outcome_of_an_example_is_in_its_picture() {
    for name in ["nto", "shop", "bank", "telecom", "ecom"] {
        let model = example(name);
        for journey in &model.journeys {
            let svg = picture(&model, &journey.name).unwrap();
            if let Some(folder) = std::env::var_os("CJOC_PICTURES") {
                let path = std::path::Path::new(&folder).join(format!("{}.svg", journey.name));
                std::fs::write(path, &svg).unwrap();
            }
            for milestone in &journey.milestones {
                let node = format!("data-milestone=\"{}\"", milestone.name);
                assert_eq!(svg.matches(&node).count(), 1, "{svg}");
            }
            for outcome in journey.end.iter().filter_map(|it| it.outcome.as_ref()) {
                assert!(
                    svg.contains(&format!("data-outcome=\"{outcome}\"")),
                    "{svg}"
                );
            }
            assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        }
    }
}

/// A journey of so many milestones, with a title in YAML.
fn chain(milestones: usize, title: &str) -> Model {
    let mut text = String::from(
        "journey: long\ntraveler: visitor\nstart: { on: web.seen }\nend: { on: web.left, outcome: gone }\nmilestones:\n",
    );
    text.extend((0..milestones).map(|index| {
        format!(
            "  m{index}:\n    title: {title}\n    enter: {{ on: web.went, when: event.to == {index} }}\n"
        )
    }));
    let mut files = MemoryFiles::new();
    files.insert("cjoc.yaml", "name: long\nedition: 2026\n");
    files.insert(
        "all.yaml",
        "traveler: visitor\nkey: id\nidentities: [id]\nprofile: { id: string | null }\n---\n\
         connection: web\nevents:\n  seen: { identify: { id: trigger.subject } }\n  \
         left: { identify: { id: trigger.subject } }\n  \
         went: { fields: { to: int }, identify: { id: trigger.subject } }\n",
    );
    files.insert("long.yaml", text);
    let outcome = compile::check(&files).unwrap();
    assert!(outcome.model.is_some(), "{:?}", outcome.diagnostics);
    outcome.model.unwrap()
}

#[test]
fn what_is_written_in_a_title_stays_text() {
    let model = chain(2, r#""<script>alert(1)</script> \u202E&\a""#);
    let svg = picture(&model, "long").unwrap();
    assert!(!svg.contains("<script"), "{svg}");
    assert!(svg.contains("&lt;script&gt;"), "{svg}");
    assert!(svg.chars().all(|c| !c.is_control() || c == '\n'), "{svg}");
}

#[test]
fn a_journey_of_which_nobody_could_read_the_picture_is_not_drawn() {
    assert!(picture(&chain(12, "x"), "long").is_some());
    assert!(picture(&chain(300, "x"), "long").is_none());
}

/// The words at arrows: where the middle of each is, and how wide it is, about.
fn words_at_arrows(svg: &str) -> Vec<(f64, f64, f64)> {
    let arrows = svg.split("<g class=\"arrow").skip(1);
    let number = |text: &str, name: &str| -> f64 {
        let rest = text.split_once(&format!(" {name}=\"")).unwrap().1;
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let texts =
        arrows.filter_map(|arrow| Some(arrow.split_once("<text")?.1.split_once("</text>")?.0));
    let read = texts.map(|text| {
        let letters = text.rsplit('>').next().unwrap().chars();
        (
            number(text, "x"),
            number(text, "y"),
            letters.map(|_| 6.0).sum(),
        )
    });
    read.collect()
}

#[test]
fn words_at_the_arrows_of_an_example_do_not_lie_on_each_other() {
    let words = words_at_arrows(&picture(&example("nto"), "backpack").unwrap());
    assert!(words.len() > 5, "{words:?}");
    for (index, a) in words.iter().enumerate() {
        for b in &words[..index] {
            let apart = (a.0 - b.0).abs() >= f64::midpoint(a.2, b.2) || (a.1 - b.1).abs() >= 11.0;
            assert!(apart, "{a:?} {b:?}");
        }
    }
}
