//! CSV as RFC 4180 has it: a header, records of fields, quotes around what holds commas.

/// A table with a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Reads a table; the error continues "the file …".
pub(super) fn read(text: &str) -> Result<Table, String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut records = records(text)?.into_iter();
    let columns = records.next().ok_or("is empty")?;
    let columns: Vec<String> = columns.iter().map(|c| c.trim().to_owned()).collect();
    let rows: Vec<Vec<String>> = records.collect();
    if let Some(row) = rows.iter().find(|row| row.len() != columns.len()) {
        return Err(format!(
            "has {} columns, and a line with {}",
            columns.len(),
            row.len()
        ));
    }
    Ok(Table { columns, rows })
}

fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let mut chars = text.chars().peekable();
    let mut started = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if field.is_empty() => {
                started = true;
                loop {
                    match chars.next() {
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            field.push('"');
                        }
                        Some('"') => break,
                        Some(c) => field.push(c),
                        None => return Err("has a quote that is never closed".to_owned()),
                    }
                }
            }
            ',' => {
                started = true;
                record.push(std::mem::take(&mut field));
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                if started || !field.is_empty() {
                    record.push(std::mem::take(&mut field));
                    records.push(std::mem::take(&mut record));
                }
                started = false;
            }
            c => field.push(c),
        }
    }
    if started || !field.is_empty() {
        record.push(field);
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas_lines_and_quotes() {
        let table = read("email,name\r\na@b.c,\"Doe, \"\"J\"\"\nII\"\n\n").expect("a table");
        assert_eq!(table.columns, ["email", "name"]);
        assert_eq!(table.rows, [["a@b.c", "Doe, \"J\"\nII"]]);
    }

    #[test]
    fn what_is_no_table_is_said() {
        assert_eq!(read(""), Err("is empty".to_owned()));
        assert_eq!(
            read("a,b\n1\n"),
            Err("has 2 columns, and a line with 1".to_owned())
        );
        assert_eq!(
            read("a\n\"1\n"),
            Err("has a quote that is never closed".to_owned())
        );
    }
}
