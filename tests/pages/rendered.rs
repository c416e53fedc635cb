//! What people see of each diagnostic: the first example of its page as the terminal shows it, to be
//! reviewed as a whole. A snapshot holds a range of codes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cjoc::diagnostic::codes;
use cjoc::render::Look;

use super::{page, workspace};

#[test]
fn every_diagnostic_is_shown_as_reviewed() {
    let mut ranges: BTreeMap<&str, String> = BTreeMap::new();
    for code in codes::ALL {
        let faces = page::faces(code.page).expect("a page that can be read");
        let wrong = workspace::check(code.name, &faces[0].wrong);
        let shown = ranges.entry(&code.id[..4]).or_default();
        let printed = wrong.printed();
        write!(shown, "== {} {}\n\n{printed}", code.id, code.name).expect("a string");
    }
    for (range, shown) in ranges {
        insta::assert_snapshot!(range, shown);
    }
}

/// A terminal of twenty columns, and one of none, still says what is wrong and where.
#[test]
fn every_diagnostic_can_be_read_in_a_narrow_terminal() {
    for code in codes::ALL {
        let faces = page::faces(code.page).expect("a page that can be read");
        for face in faces {
            let wrong = workspace::check(code.name, &face.wrong);
            for width in [0, 20] {
                let look = Look {
                    colour: true,
                    width,
                };
                let shown = wrong.printed_for(look);
                assert!(shown.contains(code.name), "{shown}");
                for mark in wrong.marks(code.name) {
                    let place = format!("{}:{}:{}", mark.path, mark.line, mark.start);
                    assert!(shown.contains(&place), "no `{place}` in\n{shown}");
                }
            }
        }
    }
}
