//! Sample events as JSON, read as they come: one a line, or an array, which is read whole.

use std::io::{self, BufRead, Read as _};

use super::samples::{self, Bad, MAX_BAD, Sample};

/// The longest line, in bytes; a longer one is no event.
pub const MAX_LINE: usize = 16 << 20;

/// So much of a longer line is passed over; what is longer than that is no file of lines.
const MAX_SKIPPED: u64 = 240 << 20;

/// The longest array, in bytes.
const MAX_ARRAY: u64 = 512 << 20;

/// Reads a file. An empty one holds no events.
pub fn read(file: &str, mut input: impl BufRead, tell: &mut dyn FnMut(Sample)) -> io::Result<()> {
    let start = input.fill_buf()?;
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    if start.trim_ascii_start().first() == Some(&b'[') {
        let mut bytes = Vec::new();
        input.take(MAX_ARRAY + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_ARRAY {
            let message = "an array may have 512 MiB; write one event a line";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        samples::read(file, &bytes).into_iter().for_each(tell);
        return Ok(());
    }
    let mut line = Vec::new();
    let mut bad = 0;
    for number in 1.. {
        line.clear();
        let limit = MAX_LINE as u64 + 1;
        if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() > MAX_LINE && line.last() != Some(&b'\n') {
            let limit = MAX_SKIPPED + 1;
            if input.by_ref().take(limit).skip_until(b'\n')? as u64 == limit {
                let message = format!("line {number} is longer than 256 MiB");
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
            }
            bad += 1;
            tell(Sample {
                place: format!("{file}:{number}").into(),
                content: Err(Bad {
                    name: "".into(),
                    id: "".into(),
                    time: None,
                    reason: "invalid JSON: the line is longer than 16 MiB".to_owned(),
                }),
            });
            continue;
        }
        let bytes = match number {
            1 => line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&line),
            _ => &line,
        };
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if let Some(sample) = samples::read_line(file, number, bytes) {
            bad += usize::from(sample.content.is_err());
            tell(sample);
        }
        if bad > MAX_BAD {
            return Err(no_log());
        }
    }
    Ok(())
}

/// What is said of a file that has too many lines that are no events.
pub(super) fn no_log() -> io::Error {
    let message = format!("more than {MAX_BAD} of its lines are no events");
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_a_whole_file_is() {
        let good = r#"{"specversion":"1.0","id":"e-1","source":"shop","type":"shop.x","time":"2026-03-02T18:00:00Z"}"#;
        for text in [
            format!("\u{FEFF}{good}\r\n\n{{\n{good}"),
            format!(" [{good},\n{good}]"),
            String::new(),
            "\n".to_owned(),
        ] {
            let mut found = Vec::new();
            read("e", text.as_bytes(), &mut |sample| found.push(sample)).expect("it can be read");
            assert_eq!(found, samples::read("e", text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_given_up() {
        let mut found = 0;
        let text = "x\n".repeat(MAX_BAD + 10);
        let told = read("e", text.as_bytes(), &mut |_| found += 1);
        let told = told.expect_err("it is no log").to_string();
        assert_eq!(told, "more than 500000 of its lines are no events");
        assert_eq!(found, MAX_BAD + 1);
    }

    #[test]
    fn a_line_that_never_ends_is_given_up() {
        let told = read("e", io::BufReader::new(io::repeat(b'x')), &mut |_| {});
        let told = told.expect_err("it is no log").to_string();
        assert_eq!(told, "line 1 is longer than 256 MiB");
    }

    #[test]
    fn a_line_without_end_costs_no_more_than_itself() {
        let text = format!("{}\n7\n", "x".repeat(MAX_LINE + 2));
        let mut told = Vec::new();
        read("e", text.as_bytes(), &mut |sample: Sample| {
            told.push((
                sample.place.to_string(),
                sample.content.map_err(|bad| bad.reason),
            ));
        })
        .expect("it can be read");
        let reasons: Vec<String> = told
            .into_iter()
            .map(|(place, it)| format!("{place} {}", it.expect_err("it is no event")))
            .collect();
        assert_eq!(
            reasons,
            [
                "e:1 invalid JSON: the line is longer than 16 MiB",
                "e:2 invalid event: not an object"
            ]
        );
    }
}
