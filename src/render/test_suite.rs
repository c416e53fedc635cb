//! A `JUnit` document: the form that CI systems read test results in. Cases go in, XML comes out.

use std::fmt::Write as _;

use super::text::reorders;

/// Something that passed or did not.
#[derive(Debug, Default)]
pub(super) struct Case {
    pub name: String,
    /// The group that it is shown in.
    pub class: String,
    /// As the repository has it.
    pub file: String,
    pub line: Option<u32>,
    pub failure: Option<Failure>,
    /// What there is to say all the same.
    pub remark: Option<String>,
}

/// Why something did not pass.
#[derive(Debug)]
pub(super) struct Failure {
    /// In a line.
    pub message: String,
    pub kind: String,
    /// In full.
    pub text: String,
    /// Whether it could not be tried at all.
    pub is_error: bool,
}

/// The document with one suite, with a line end.
pub(super) fn document(suite: &str, cases: &[Case]) -> String {
    let of = |is_error| {
        let failures = cases.iter().filter_map(|case| case.failure.as_ref());
        failures.filter(|it| it.is_error == is_error).count()
    };
    let numbers = format!(
        "name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"0\"",
        escape(suite),
        cases.len(),
        of(false),
        of(true)
    );
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // The sum takes no `skipped` in the form that most readers agree on.
    let sum = numbers.replace(" skipped=\"0\"", "");
    let _ = writeln!(out, "<testsuites {sum}>\n  <testsuite {numbers}>");
    for case in cases {
        write_case(&mut out, case);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn write_case(out: &mut String, case: &Case) {
    let _ = write!(
        out,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\"",
        escape(&case.name),
        escape(&case.class),
        escape(&case.file)
    );
    if let Some(line) = case.line {
        let _ = write!(out, " line=\"{line}\"");
    }
    out.push_str(" time=\"0\"");
    if case.failure.is_none() && case.remark.is_none() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    if let Some(failure) = &case.failure {
        let tag = if failure.is_error { "error" } else { "failure" };
        let _ = writeln!(
            out,
            "      <{tag} message=\"{}\" type=\"{}\">{}</{tag}>",
            escape(&failure.message),
            escape(&failure.kind),
            escape_lines(&failure.text)
        );
    }
    if let Some(remark) = &case.remark {
        let _ = writeln!(
            out,
            "      <system-out>{}</system-out>",
            escape_lines(remark)
        );
    }
    out.push_str("    </testcase>\n");
}

/// Text between tags: its lines stay lines.
fn escape_lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(escape).collect();
    lines.join("\n")
}

/// Text for an attribute, or a line between tags; what XML 1.0 cannot hold is replaced.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            // A reader finds it as it was; a terminal that shows the document does not.
            c if c.is_control() || reorders(c) => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_means_something_by_or_cannot_hold_does_not_get_through() {
        assert_eq!(
            escape("a<b>&\"c'\u{1b}[1m\u{FFFF}\n"),
            "a&lt;b&gt;&amp;&quot;c&apos;\u{FFFD}[1m\u{FFFD}&#10;"
        );
        assert_eq!(escape("\u{202E}x\u{9B}"), "&#8238;x&#155;");
    }
}
