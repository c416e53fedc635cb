//! Where the documents of a command go: one to standard output, and as many into files as are
//! asked for.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use super::Exit;
use super::terminal::Terminal;
use super::write;
use crate::render::Look;

/// A format, and the file that it goes to; none is standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output<F> {
    pub format: F,
    file: Option<PathBuf>,
}

/// Reads `FORMAT=FILE`.
pub(super) fn parse<F: ValueEnum>(text: &str) -> Result<Output<F>, String> {
    let (format, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or("it is written FORMAT=FILE, with `-` for standard output")?;
    let format = F::from_str(format, false).map_err(|_| {
        let known: Vec<String> = F::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| value.get_name().to_owned())
            .collect();
        format!(
            "there is no format `{format}`: it is one of {}",
            known.join(", ")
        )
    })?;
    let file = (file != "-").then(|| PathBuf::from(file));
    Ok(Output { format, file })
}

/// All that a command was asked to write.
#[derive(Debug)]
pub(super) struct Outputs<F>(Vec<Output<F>>);

impl<F: Copy + Default + PartialEq> Outputs<F> {
    /// What `--format` and `--output` ask for: standard output is `--format`'s, unless an
    /// `--output` names it.
    pub(super) fn new(
        format: Option<F>,
        outputs: &[Output<F>],
        terminal: &Terminal,
    ) -> Result<Self, Exit> {
        let mut all = outputs.to_vec();
        let named = all.iter().any(|output| output.file.is_none());
        if !named || format.is_some() {
            all.push(Output {
                format: format.unwrap_or_default(),
                file: None,
            });
        }
        for (index, output) in all.iter().enumerate() {
            if all[..index].iter().any(|other| other.file == output.file) {
                let place = match &output.file {
                    None => "standard output".to_owned(),
                    Some(file) => format!("`{}`", file.display()),
                };
                terminal.complain(
                    &format!("two formats cannot both go to {place}"),
                    Some("give each a file of its own: `--output FORMAT=FILE`"),
                );
                return Err(Exit::Unable);
            }
        }
        Ok(Self(all))
    }

    /// Whether a format is asked for, wherever it goes.
    pub(super) fn has(&self, format: F) -> bool {
        self.0.iter().any(|output| output.format == format)
    }

    /// Writes all, the files first, and ends with `exit` if that goes well. `document` writes one
    /// format; it is told how the terminal looks, or nothing where it goes to a file.
    pub(super) fn write(
        &self,
        exit: Exit,
        terminal: &Terminal,
        document: impl Fn(F, Option<Look>, &mut dyn Write) -> io::Result<()>,
    ) -> Exit {
        let mut ended = exit;
        for Output { format, file } in &self.0 {
            let Some(file) = file else { continue };
            let mut bytes = Vec::new();
            let written =
                document(*format, None, &mut bytes).and_then(|()| write::whole(file, &bytes));
            if let Err(error) = written {
                let message = format!("`{}` cannot be written: {error}", file.display());
                terminal.complain(&message, None);
                ended = Exit::Unable;
            }
        }
        for output in self.0.iter().filter(|output| output.file.is_none()) {
            ended = terminal.stream(ended, |out| {
                document(output.format, Some(terminal.out), out)
            });
        }
        ended
    }
}
