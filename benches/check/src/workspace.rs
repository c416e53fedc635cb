//! Workspaces of any size, the same for the same size: teams of ten files with a hundred
//! conditions each, the way people write them.
//!
//! A condition is a `when:`, `if:` or `until:` with CEL in it; all other expressions (`set`, `with`,
//! `identify`, text with `${…}`) come on top and are not counted.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::conditions::{Conditions, Place};

/// The conditions of one team.
pub const TEAM: usize = 100;

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// A multiple of [`TEAM`].
    pub conditions: usize,
    /// Whether every condition reads a field that is not there.
    pub faulty: bool,
    /// Whether all teams share one file.
    pub one_file: bool,
}

/// Writes a workspace below `root`, which must be empty or not there.
pub fn write(root: &Path, plan: Plan) -> io::Result<()> {
    fs::create_dir_all(root)?;
    fs::write(root.join("cjoc.yaml"), include_str!("texts/cjoc.yaml"))?;
    fs::write(
        root.join("traveler.yaml"),
        include_str!("texts/traveler.yaml"),
    )?;
    fs::write(
        root.join("channels.yaml"),
        include_str!("texts/channels.yaml"),
    )?;
    let mut conditions = Conditions::new(plan.faulty);
    let mut all = String::new();
    for team in 0..plan.conditions / TEAM {
        for (path, text) in files_of(team, &mut conditions) {
            if plan.one_file {
                all.push_str(&text);
                all.push_str("---\n");
                continue;
            }
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(path, text)?;
        }
    }
    if plan.one_file {
        fs::write(root.join("all.yaml"), all)?;
    }
    assert_eq!(
        conditions.written(),
        plan.conditions,
        "a team has {TEAM} conditions"
    );
    Ok(())
}

/// The ten files of a team.
fn files_of(team: usize, conditions: &mut Conditions) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (folder, name, text) in [
        ("connections", "shop", include_str!("texts/connection.yaml")),
        ("segments", "segments", include_str!("texts/segments.yaml")),
        ("rules", "rules", include_str!("texts/rules.yaml")),
        ("templates", "mails", include_str!("texts/templates.yaml")),
        ("tests", "orders", include_str!("texts/tests.yaml")),
    ] {
        let path = format!("{folder}/{name}_{team}.yaml");
        files.push((path, fill(text, team, 0, conditions)));
    }
    for journey in 0..5 {
        let text = include_str!("texts/journey.yaml");
        let path = format!("journeys/team_{team}/buy_{journey}.yaml");
        files.push((path, fill(text, team, journey, conditions)));
    }
    files
}

/// A text with its holes filled: `@T` the team, `@J` the journey, `@ORDER`, `@ITEMS`, `@VIEW`,
/// `@PROFILE` and `@SESSION` a condition that stands where an order, a view, or no event is being handled.
fn fill(text: &str, team: usize, journey: usize, conditions: &mut Conditions) -> String {
    let mut filled = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        filled.push_str(before);
        let end = after
            .find(|c: char| !c.is_ascii_uppercase())
            .unwrap_or(after.len());
        let (hole, behind) = after.split_at(end);
        match hole {
            "T" => write!(filled, "{team}").expect("a string takes all"),
            "J" => write!(filled, "{journey}").expect("a string takes all"),
            "ORDER" => filled.push_str(&conditions.next(Place::Order, team)),
            "ITEMS" => filled.push_str(&conditions.next(Place::Items, team)),
            "VIEW" => filled.push_str(&conditions.next(Place::View, team)),
            "PROFILE" => filled.push_str(&conditions.next(Place::Profile, team)),
            "SESSION" => filled.push_str(&conditions.next(Place::Session, team)),
            // An address in the text.
            _ => {
                filled.push('@');
                filled.push_str(hole);
            }
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}
