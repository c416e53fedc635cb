//! Rounds of fixes until nothing changes: each is checked, and what does not keep its promise is
//! taken back.

use std::io;

use super::edits::{Choice, choose, make};
use super::net::{Against, against};
use super::overlay::Overlay;
use crate::compile::{self, Outcome};
use crate::diagnostic::Applicability;

/// How often fixes are looked for in what fixes have left: enough for edits that wait for each
/// other, and an end for what goes in circles.
pub(super) const ROUNDS: usize = 20;
/// How many checks one round may take to find the fixes that do harm.
const CHECKS: usize = 64;

/// What became of a workspace.
#[derive(Debug)]
pub struct Mended<'f> {
    pub overlay: Overlay<'f>,
    /// How many fixes were made.
    pub fixes: usize,
    /// What was tried and taken back, in the order of files and places.
    pub refused: Vec<Refused>,
    /// What remains to be said.
    pub outcome: Outcome,
}

/// A fix that was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `FILE:LINE:COLUMN` of the diagnostic, after all fixes that were made.
    pub at: String,
    /// The name of the diagnostic.
    pub name: &'static str,
    /// What the fix says of itself.
    pub message: String,
    pub applicability: Applicability,
    pub why: Why,
}

/// What speaks against a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The diagnostic stays.
    MendsNothing,
    /// It brings this error.
    BringsError(String),
    /// Too much had to be tried to say.
    NotTried,
}

/// Makes all fixes that are certain enough, in files that may be changed.
pub fn mend<'f>(
    mut overlay: Overlay<'f>,
    least: Applicability,
    may_change: &dyn Fn(&str) -> bool,
) -> io::Result<Mended<'f>> {
    let mut outcome = compile::diagnose(&overlay)?;
    let mut fixes = 0;
    let mut refused = Vec::new();
    for _ in 0..ROUNDS {
        let round = Round::run(
            &overlay,
            &outcome,
            choose(&outcome, least, |_| true, may_change),
        )?;
        refused = round.refused;
        let Some((next, after)) = round.reached else {
            break;
        };
        fixes += round.made;
        overlay = next;
        outcome = after;
    }
    refused.sort_by(|a: &Refused, b| a.at.cmp(&b.at));
    Ok(Mended {
        overlay,
        fixes,
        refused,
        outcome,
    })
}

/// One round.
pub(super) struct Round<'r, 'f> {
    overlay: &'r Overlay<'f>,
    before: &'r Outcome,
    /// The fixes that are known to do no harm.
    good: Vec<Choice<'r>>,
    /// What they lead to; none where there are none.
    reached: Option<(Overlay<'f>, Outcome)>,
    refused: Vec<Refused>,
    checks: usize,
}

/// What a round came to.
pub(super) struct Ended<'f> {
    pub(super) reached: Option<(Overlay<'f>, Outcome)>,
    pub(super) made: usize,
    pub(super) refused: Vec<Refused>,
}

impl<'r, 'f> Round<'r, 'f> {
    /// Makes those of the chosen fixes that do no harm together.
    pub(super) fn run(
        overlay: &'r Overlay<'f>,
        before: &'r Outcome,
        chosen: Vec<Choice<'r>>,
    ) -> io::Result<Ended<'f>> {
        let mut round = Self {
            overlay,
            before,
            good: Vec::new(),
            reached: None,
            refused: Vec::new(),
            checks: 0,
        };
        // From the last to the first: a stack of groups that have not been tried.
        let mut open = vec![chosen];
        while let Some(group) = open.pop() {
            if group.is_empty() {
                continue;
            }
            let Some(why) = round.try_group(&group)? else {
                continue;
            };
            if let [single] = group.as_slice() {
                round.refuse(*single, why);
            } else {
                let (first, second) = group.split_at(group.len() / 2);
                open.push(second.to_vec());
                open.push(first.to_vec());
            }
        }
        Ok(Ended {
            made: round.good.len(),
            reached: round.reached,
            refused: round.refused,
        })
    }

    /// Adds a group to the good ones, or says what speaks against it.
    fn try_group(&mut self, group: &[Choice<'r>]) -> io::Result<Option<Why>> {
        if self.checks == CHECKS {
            return Ok(Some(Why::NotTried));
        }
        self.checks += 1;
        let all: Vec<Choice<'r>> = self.good.iter().chain(group).copied().collect();
        let edits = all.iter().flat_map(|choice| &choice.fix.edits);
        let Some(edited) = make(edits, &self.before.sources, self.overlay) else {
            return Ok(Some(Why::NotTried));
        };
        let mut next = self.overlay.clone();
        for (path, text) in &edited.texts {
            next.put(path.clone(), text.clone());
        }
        let after = compile::diagnose(&next)?;
        match against(&all, &edited, self.before, &after) {
            None => {
                self.good = all;
                self.reached = Some((next, after));
                Ok(None)
            }
            Some(Against::Nothing) => Ok(Some(Why::MendsNothing)),
            Some(Against::Error(message)) => Ok(Some(Why::BringsError(message))),
        }
    }

    fn refuse(&mut self, choice: Choice<'_>, why: Why) {
        let sources = &self.before.sources;
        let span = choice.diagnostic.span;
        let start = sources.start(span);
        let path = sources.path(span.file);
        self.refused.push(Refused {
            at: format!("{path}:{}:{}", start.line, start.column),
            name: choice.diagnostic.code.name,
            message: choice.fix.message.clone(),
            applicability: choice.fix.applicability,
            why,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Fix;
    use crate::source::{Files as _, MemoryFiles};

    /// Makes one round of fixes that put these texts in the place of the values warned of.
    fn round(texts: &[&str]) -> (usize, Vec<Why>, String) {
        let files: MemoryFiles = [(
            "a.yaml",
            "connection: web\ntitle: no\n---\nconnection: shop\ntitle: off\n",
        )]
        .into_iter()
        .collect();
        let overlay = Overlay::new(&files);
        let mut outcome = compile::check(&overlay).expect("memory lists");
        let warnings = outcome.diagnostics.iter_mut();
        for (diagnostic, text) in warnings.zip(texts) {
            diagnostic.fixes[0].edits[0].text = (*text).to_owned();
        }
        let offers: Vec<&Fix> = outcome.diagnostics.iter().flat_map(|d| &d.fixes).collect();
        assert_eq!(offers.len(), texts.len(), "one warning a text");
        let chosen = choose(&outcome, Applicability::Safe, |_| true, |_| true);
        let ended = Round::run(&overlay, &outcome, chosen).expect("memory lists");
        let overlay = ended.reached.map_or(overlay.clone(), |(next, _)| next);
        let bytes = overlay.read("a.yaml").expect("it is there");
        (
            ended.made,
            ended
                .refused
                .into_iter()
                .map(|refused| refused.why)
                .collect(),
            String::from_utf8(bytes).expect("it is text"),
        )
    }

    #[test]
    fn a_fix_that_does_harm_is_taken_back_and_the_others_are_made() {
        let (made, refused, text) = round(&["[", "\"off\""]);
        assert_eq!(made, 1);
        assert!(
            matches!(refused.as_slice(), [Why::BringsError(_)]),
            "{refused:?}"
        );
        assert_eq!(
            text,
            "connection: web\ntitle: no\n---\nconnection: shop\ntitle: \"off\"\n"
        );
    }

    #[test]
    fn a_fix_that_mends_nothing_is_no_fix() {
        let (made, refused, text) = round(&["\"no\"", "off"]);
        assert_eq!((made, refused.as_slice()), (1, &[Why::MendsNothing][..]));
        assert!(text.contains("title: \"no\"") && text.contains("title: off"));
    }
}
