//! Reads a page of `spec/diagnostics/`: its title, and its examples as files with marks.
//!
//! The form is described in `spec/diagnostics/README.md`. What does not keep it comes back as a
//! sentence that says so.

/// An example of wrong and the example that mends it.
#[derive(Debug, Default)]
pub(super) struct Face {
    /// The line of the page on which its `## Wrong` stands.
    pub(super) line: usize,
    pub(super) wrong: Vec<File>,
    pub(super) right: Vec<File>,
}

/// A file of an example, without its marks.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) marks: Vec<Mark>,
}

/// Where a diagnostic is: 1-based line and character columns, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) start: usize,
    /// None where it ends on another line.
    pub(super) end: Option<usize>,
    pub(super) severity: String,
}

/// The pairs of examples of a page.
pub(super) fn faces(page: &str) -> Result<Vec<Face>, String> {
    let mut faces: Vec<Face> = Vec::new();
    let mut right = None;
    let mut block: Option<Vec<&str>> = None;
    for (index, line) in page.lines().enumerate() {
        let number = index + 1;
        match &mut block {
            Some(lines) if line == "```" => {
                let file = file(lines).map_err(|why| format!("line {number}: {why}"))?;
                block = None;
                let face = faces.last_mut().filter(|_| right.is_some());
                let Some(face) = face else {
                    return Err(format!(
                        "line {number}: an example outside of `## Wrong` and `## Right`"
                    ));
                };
                match right {
                    Some(true) if !file.marks.is_empty() => {
                        return Err(format!("line {number}: a right example has no marks"));
                    }
                    Some(true) => face.right.push(file),
                    _ => face.wrong.push(file),
                }
            }
            Some(lines) => lines.push(line),
            None if line.starts_with("```") => block = Some(Vec::new()),
            None if line.starts_with("## Wrong") => {
                right = Some(false);
                faces.push(Face {
                    line: number,
                    ..Face::default()
                });
            }
            None if line.starts_with("## Right") => right = Some(true),
            None if line.starts_with("## ") => right = None,
            None => {}
        }
    }
    for face in &mut faces {
        let line = face.line;
        if face.wrong.iter().all(|file| file.marks.is_empty()) {
            return Err(format!("line {line}: the wrong example marks nothing"));
        }
        if face.right.is_empty() {
            return Err(format!("line {line}: there is no right example"));
        }
        for file in &face.wrong {
            if face.right.iter().all(|other| other.path != file.path) {
                face.right.push(file.clone());
            }
        }
    }
    Ok(faces)
}

/// A block: its first line may be a comment that names the file.
fn file(lines: &[&str]) -> Result<File, String> {
    let named = lines
        .first()
        .and_then(|line| line.strip_prefix("# "))
        .filter(|name| name.contains('.') && !name.contains(' '));
    let mut file = File {
        path: named.unwrap_or("example.yaml").to_owned(),
        text: String::new(),
        marks: Vec::new(),
    };
    let mut count = 0;
    for line in &lines[usize::from(named.is_some())..] {
        let (kept, marks) = split_marks(line);
        // A mark on a line of its own is no line of the file.
        let own = kept.is_empty() && !marks.is_empty();
        if !own {
            file.text.push_str(&spelled_out(kept)?);
            file.text.push('\n');
            count += 1;
        }
        for (severity, place) in marks {
            let (above, columns) = match place.strip_prefix('-').and_then(|n| n.split_once(':')) {
                Some((above, columns)) => (number(above)? - usize::from(own), columns),
                None => (0, place),
            };
            let (start, end) = match columns.split_once('-') {
                Some((start, end)) => (start, Some(number(end)?)),
                None => (columns, None),
            };
            file.marks.push(Mark {
                path: file.path.clone(),
                line: count - above,
                start: number(start)?,
                end,
                severity: severity.to_owned(),
            });
        }
    }
    Ok(file)
}

/// A line without its marks, and the marks: severity and place.
fn split_marks(line: &str) -> (&str, Vec<(&'static str, &str)>) {
    let mut kept = line;
    let mut marks = Vec::new();
    while let Some((severity, at)) = ["error", "warning"]
        .into_iter()
        .filter_map(|severity| Some((severity, kept.rfind(&format!("# {severity}: "))?)))
        .max_by_key(|(_, at)| *at)
    {
        marks.push((severity, kept[at + severity.len() + 4..].trim()));
        kept = kept[..at].trim_end();
    }
    (kept, marks)
}

/// `‹U+202E›` as the character, `‹( × 3›` as `(((`.
fn spelled_out(line: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('‹') {
        let (inside, after) = after
            .split_once('›')
            .ok_or_else(|| format!("`{line}` has a `‹` without a `›`"))?;
        text.push_str(before);
        if let Some((part, times)) = inside.split_once(" × ") {
            text.push_str(&part.repeat(number(times)?));
        } else {
            let character = inside
                .strip_prefix("U+")
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .and_then(char::from_u32)
                .ok_or_else(|| format!("`‹{inside}›` is no character"))?;
            text.push(character);
        }
        rest = after;
    }
    Ok(text + rest)
}

fn number(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number"))
}
