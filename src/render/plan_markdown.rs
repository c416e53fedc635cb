//! A plan for a pull request: what starts, where travelers can go, what is sent to whom and when,
//! and how much of it at worst, in Markdown with a picture of every journey.

use std::fmt::Write as _;

use super::mermaid;
use super::plan_summary::{self, MAX_SENDERS, sender_name, sentence};
use super::text::{clean, count, duration};
use crate::model::{Journey, Milestone, Model, Rule, Status, Step, StepKind, TimeOfDay, Wait};
use crate::plan::{Plan, worst_case};

/// What a description of a pull request may hold, with room for what stands around it; pictures
/// that come after are left out.
const MAX_BYTES: usize = 60_000;

/// The whole page.
pub fn render(plan: &Plan) -> String {
    let model = &plan.model;
    let mut page = String::new();
    let _ = writeln!(page, "# Plan of {}\n", code(&model.name));
    let _ = writeln!(page, "{}.\n", plan_summary::counts(model));
    worst(&mut page, model);
    for journey in &model.journeys {
        self::journey(&mut page, journey, model);
    }
    let _ = writeln!(page, "Plan `{}`", &plan.hash);
    page
}

/// A text that keeps its lines.
pub fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

fn worst(page: &mut String, model: &Model) {
    let all = worst_case(model);
    if all.is_empty() {
        return;
    }
    page.push_str("## At worst, one traveler gets within any 7 days\n\n");
    page.push_str("| channel | traveler | messages | why | sent by |\n");
    page.push_str("| --- | --- | --- | --- | --- |\n");
    for worst in all {
        let many = match worst.messages {
            Some(messages) => messages.to_string(),
            None => "**unbounded**".to_owned(),
        };
        let senders = worst.senders.iter().take(MAX_SENDERS).map(|sender| {
            let many = match sender.messages {
                Some(messages) => messages.to_string(),
                None => "any number".to_owned(),
            };
            format!("{} ({many})", code(&sender_name(sender)))
        });
        let mut senders: Vec<String> = senders.collect();
        if worst.senders.len() > MAX_SENDERS {
            senders.push(format!("{} others", worst.senders.len() - MAX_SENDERS));
        }
        let cells = [
            code(&worst.channel),
            code(&worst.traveler),
            many,
            quoted(&worst.why),
            senders.join(", "),
        ];
        row(page, &cells);
    }
    page.push('\n');
}

fn journey(page: &mut String, journey: &Journey, model: &Model) {
    let title = journey
        .title
        .as_deref()
        .map(|title| format!(": {}", escaped(title)));
    let _ = writeln!(
        page,
        "## Journey {}{}\n",
        code(&journey.name),
        title.unwrap_or_default()
    );
    let status = match journey.status {
        Status::Live => "",
        Status::Hypothetical => ", hypothetical: cannot be deployed",
        Status::Shadow => ", in shadow: nothing goes out",
        Status::Paused => ", paused: nothing starts",
    };
    let key = if journey.key.is_some() {
        ", one session per key"
    } else {
        ""
    };
    let _ = writeln!(
        page,
        "For each {}, {}{key}{status}. At {}.\n",
        code(&journey.traveler),
        plan_summary::reentry(journey),
        code(&journey.at),
    );
    for trigger in &journey.start {
        let _ = writeln!(page, "- starts {}", sentence_of(&sentence(trigger)));
    }
    for trigger in &journey.end {
        let outcome = trigger.outcome.as_deref().unwrap_or("ended");
        let _ = writeln!(
            page,
            "- ends as {} {}",
            code(outcome),
            sentence_of(&sentence(trigger))
        );
    }
    page.push('\n');
    if page.len() < MAX_BYTES {
        let _ = writeln!(
            page,
            "```mermaid\n{}```\n",
            mermaid::journey(journey, model)
        );
    } else {
        page.push_str("The picture is left out: the page is long already.\n\n");
    }
    let mut rows = Rows {
        model,
        rows: Vec::new(),
    };
    for milestone in &journey.milestones {
        rows.milestone(milestone);
    }
    let outside = model.rules.iter();
    let outside = outside.filter(|rule| rule.journeys.contains(&journey.name));
    for rule in outside.chain(&journey.rules) {
        rows.rule(rule, "");
    }
    if rows.rows.is_empty() {
        page.push_str("Nothing is sent.\n\n");
        return;
    }
    page.push_str("| what goes out | on | where | when |\n| --- | --- | --- | --- |\n");
    for cells in rows.rows {
        row(page, &cells);
    }
    page.push('\n');
}

/// What is sent and called, a line each.
struct Rows<'m> {
    model: &'m Model,
    rows: Vec<[String; 4]>,
}

impl Rows<'_> {
    fn milestone(&mut self, milestone: &Milestone) {
        let place = code(&milestone.name);
        self.steps(&milestone.steps, &place, &mut Vec::new());
        for rule in &milestone.rules {
            self.rule(rule, &format!("{place}, "));
        }
    }

    fn rule(&mut self, rule: &Rule, place: &str) {
        let place = format!("{place}rule {}", code(&rule.name));
        let mut when = vec![sentence_of(&sentence(&rule.trigger))];
        self.steps(&rule.steps, &place, &mut when);
    }

    /// `when` is what has to happen first, since the place was reached.
    fn steps(&mut self, steps: &[Step], place: &str, when: &mut Vec<String>) {
        let before = when.len();
        for step in steps {
            match &step.kind {
                StepKind::Send { template, .. } => {
                    let found = self.model.templates.iter().find(|it| it.name == *template);
                    let channel = found.map(|it| code(&it.channel)).unwrap_or_default();
                    self.row(template, channel, place, when);
                }
                StepKind::Call { action, .. } => {
                    let found = self.model.actions.iter().find(|it| it.name == *action);
                    let channel = found.and_then(|it| it.channel.as_deref()).map(code);
                    self.row(action, channel.unwrap_or_default(), place, when);
                }
                StepKind::Wait(Wait::On { .. }) => {}
                StepKind::Wait(wait) => when.push(waited(wait)),
                _ => {}
            }
            let heads = heads(&step.kind);
            for (block, head) in step.kind.blocks().into_iter().zip(heads) {
                when.push(head);
                self.steps(block, place, when);
                when.pop();
            }
            if let StepKind::Wait(Wait::On { any, timeout, .. }) = &step.kind {
                let awaited: Vec<String> = any.iter().map(|it| sentence(&it.trigger)).collect();
                let late = timeout.map(|it| format!(" or after {}", duration(it)));
                let text = sentence_of(&awaited.join(" or "));
                when.push(format!("{text}{}", late.unwrap_or_default()));
            }
        }
        when.truncate(before);
    }

    fn row(&mut self, name: &str, channel: String, place: &str, when: &[String]) {
        let when = if when.is_empty() {
            "at once".to_owned()
        } else {
            when.join(", ")
        };
        self.rows
            .push([code(name), channel, place.to_owned(), when]);
    }
}

fn waited(wait: &Wait) -> String {
    match wait {
        Wait::For(time) => format!("{} later", duration(*time)),
        Wait::At { days, at, .. } => {
            let at = match at {
                TimeOfDay::Literal(time) => time.strftime("%H:%M").to_string(),
                TimeOfDay::Cel(expr) => code(&expr.cel),
            };
            match days {
                0 => format!("at the next {at}"),
                days => format!("{} on, at {at}", count(*days as usize, "day")),
            }
        }
        Wait::Until(time) => format!("at {}", code(&time.cel)),
        Wait::On { .. } => String::new(),
    }
}

/// When each of a step's blocks is taken.
fn heads(step: &StepKind) -> Vec<String> {
    match step {
        StepKind::Call { .. } => vec!["without an answer".to_owned()],
        StepKind::If { condition, .. } => {
            let condition = code(&condition.cel);
            vec![format!("if {condition}"), format!("unless {condition}")]
        }
        StepKind::Choose(choices) => (choices.iter())
            .map(|choice| match &choice.when {
                Some(when) => format!("if {}", code(&when.cel)),
                None => "otherwise".to_owned(),
            })
            .collect(),
        StepKind::Split(split) => {
            let sum: u64 = split.arms.iter().map(|arm| u64::from(arm.weight)).sum();
            let share = |weight: u32| (u64::from(weight) * 100 + sum / 2) / sum.max(1);
            (split.arms.iter())
                .map(|arm| format!("for the {}% in {}", share(arm.weight), code(&arm.name)))
                .collect()
        }
        StepKind::Decide { among, .. } => (among.iter())
            .map(|offer| format!("if {} is the best offer", code(&offer.name)))
            .chain(["if no offer fits".to_owned()])
            .collect(),
        StepKind::Wait(Wait::On { any, timeout, .. }) => {
            let late = timeout.map(|it| format!("after {} in vain", duration(it)));
            (any.iter().map(|it| sentence_of(&sentence(&it.trigger))))
                .chain([late.unwrap_or_default()])
                .collect()
        }
        StepKind::Parallel(blocks) => vec!["at the same time".to_owned(); blocks.len()],
        _ => Vec::new(),
    }
}

/// `on shop.seen when event.n > 1`: what is code stands as such.
fn sentence_of(sentence: &str) -> String {
    let (word, rest) = sentence.split_once(' ').unwrap_or((sentence, ""));
    let plain = ["the ", "reaching ", "joining ", "leaving "];
    if rest.is_empty() || plain.iter().any(|it| rest.starts_with(it)) && !rest.contains(" when ") {
        return escaped(sentence);
    }
    match rest.split_once(" when ") {
        Some((what, when)) if plain.iter().any(|it| what.starts_with(it)) => {
            format!("{word} {} when {}", escaped(what), code(when))
        }
        Some((what, when)) => format!("{word} {} when {}", code(what), code(when)),
        None if word == "as" => match rest.strip_prefix("soon as ") {
            Some(when) => format!("as soon as {}", code(when)),
            None => escaped(sentence),
        },
        None => format!("{word} {}", code(rest)),
    }
}

/// A row of a table, in which a bar is escaped within code, too.
fn row(page: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// What stands in back-ticks stays so, what is around it is text.
fn quoted(why: &str) -> String {
    let parts = why.split('`').enumerate();
    parts
        .map(|(index, part)| {
            if index % 2 == 1 {
                code(part)
            } else {
                escaped(part)
            }
        })
        .collect()
}

/// Text as code: a fence longer than any in it, one line.
fn code(text: &str) -> String {
    let text = clean(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if longest == 0 {
        return format!("`{text}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

/// Text without what means something to Markdown, HTML or those who are told of mentions.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in clean(&text.split_whitespace().collect::<Vec<_>>().join(" ")).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("@\u{200B}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '!' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    // Blanks at the ends of a part keep words apart.
    let lead = if text.starts_with(' ') { " " } else { "" };
    let trail = if text.ends_with(' ') && !escaped.is_empty() {
        " "
    } else {
        ""
    };
    format!("{lead}{escaped}{trail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a == \"b\" || c"), "`a == \"b\" || c`");
        assert_eq!(code("event.`x-y` > 1"), "`` event.`x-y` > 1 ``");
        let mut page = String::new();
        row(&mut page, &[code("a\n| b"), escaped("c | d")]);
        assert_eq!(page, "| `a \\| b` | c \\| d |\n");
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            escaped("<img> [a](b) @all"),
            "&lt;img&gt; \\[a\\](b) @\u{200B}all"
        );
        assert_eq!(
            quoted("`j` starts with every `shop.a`"),
            "`j` starts with every `shop.a`"
        );
    }

    #[test]
    fn sentences_keep_their_words() {
        for (sentence, shown) in [
            (
                "on shop.a when event.n > 1",
                "on `shop.a` when `event.n > 1`",
            ),
            ("after 3d", "after `3d`"),
            ("on the start", "on the start"),
            ("on reaching one when a", "on reaching one when `a`"),
            ("as soon as traveler.vip", "as soon as `traveler.vip`"),
        ] {
            assert_eq!(sentence_of(sentence), shown);
        }
    }
}
