//! `cjoc eval --batch`: cases on standard input, in the form of the standard's own; an answer a
//! line, in their order, on standard output.

use std::io::{self, Read as _, Write as _};

use rayon::prelude::*;
use serde_json::Value as Json;

use crate::cel::cases;
use crate::cli::Exit;
use crate::cli::terminal::Terminal;

/// How many lines are read ahead, to be worked out side by side.
const CHUNK: usize = 4_096;

/// Answers every case. The exit code is 1 where some input is no case.
pub(super) fn run(terminal: &Terminal) -> Exit {
    let mut input = Vec::new();
    if let Err(error) = io::stdin().lock().read_to_end(&mut input) {
        return terminal.unable(&format!("standard input cannot be read: {error}"), None);
    }
    let cases = read(&input);
    let mut exit = Exit::Clean;
    let mut out = io::stdout().lock();
    for chunk in cases.chunks(CHUNK) {
        let answers: Vec<String> = chunk.par_iter().map(answer).collect();
        for (case, answer) in chunk.iter().zip(answers) {
            if !case.as_ref().is_ok_and(cases::is_case) {
                exit = Exit::Found;
            }
            match writeln!(out, "{answer}") {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return exit,
                Err(error) => {
                    let message = format!("standard output cannot be written: {error}");
                    return terminal.unable(&message, None);
                }
            }
        }
    }
    drop(out);
    terminal.product("", exit)
}

/// A case, or where and why there is none.
type Read = Result<Json, (usize, String)>;

fn answer(case: &Read) -> String {
    match case {
        Ok(case) => cases::answer(case).to_string(),
        Err((line, why)) => cases::no_case(*line, why).to_string(),
    }
}

/// All cases of one array, or of one line each; lines count from 1.
fn read(input: &[u8]) -> Vec<Read> {
    let first = input.iter().position(|byte| !byte.is_ascii_whitespace());
    if first.is_some_and(|at| input[at] == b'[') {
        match serde_json::from_slice::<Vec<Json>>(input) {
            Ok(cases) => return cases.into_iter().map(Ok).collect(),
            // An array cut short is one mistake, not one in each of its lines.
            Err(error) if !is_lines(input) => {
                return vec![Err((error.line(), invalid(&error)))];
            }
            Err(_) => {}
        }
    }
    let lines = input.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
        .map(|(index, line)| match serde_json::from_slice::<Json>(line) {
            Ok(case) if case.is_object() => Ok(case),
            Ok(_) => Err((index + 1, "a case is a JSON object".to_owned())),
            Err(error) => Err((index + 1, invalid(&error))),
        })
        .collect()
}

/// What is wrong with the JSON; the line is told by who knows it.
fn invalid(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let why = text.split(" at line ").next().unwrap_or(&text);
    format!("invalid JSON: {why} at column {}", error.column())
}

/// Whether the first line that is not empty is a JSON value.
fn is_lines(input: &[u8]) -> bool {
    input
        .split(|byte| *byte == b'\n')
        .find(|line| !line.iter().all(u8::is_ascii_whitespace))
        .is_some_and(|line| serde_json::from_slice::<Json>(line).is_ok())
}
