//! `call`: an action of a connection, with or without waiting for its answer.

use super::super::ast::StepKind;
use super::super::keys::{Shape, Table, optional, required};
use super::super::reader::{Fields, Reader};
use super::{ELSE, ID, TRANSACTIONAL, WITH};

/// `call:`.
pub(super) static CALL: Table = Table {
    what: "a `call`",
    keys: &[
        required("call", Shape::Path, "The action: `CONNECTION.ACTION`."),
        WITH,
        optional(
            "set",
            Shape::Named(&Shape::Expression),
            "Variables that take the answer, `returned.NAME`; it is waited for.",
        ),
        optional(
            "timeout",
            Shape::Duration,
            "How long the answer is waited for.",
        ),
        ELSE,
        TRANSACTIONAL,
        ID,
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn call(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let with = fields.with(self);
        let set = fields.assigns(self, "set");
        let timeout = fields.read(self, "timeout", Reader::duration);
        let otherwise = fields.read_all(self, "else", Reader::steps);
        let transactional = fields
            .read(self, "transactional", Reader::bool)
            .unwrap_or(false);
        let action = fields.read(self, "call", Reader::path)?;
        Some(StepKind::Call {
            action,
            with: with?,
            set,
            timeout,
            otherwise,
            transactional,
        })
    }
}
