//! `send`: a message on its template's channel; `emit`: an event of one's own.

use super::super::ast::StepKind;
use super::super::keys::{Shape, Table, optional, required};
use super::super::reader::{Fields, Reader};
use super::{ID, TRANSACTIONAL, WITH};

/// `send:`.
pub(super) static SEND: Table = Table {
    what: "a `send`",
    keys: &[
        required("send", Shape::Name, "The template."),
        WITH,
        optional(
            "hold",
            Shape::Bool,
            "Whether to wait until it is out or suppressed.",
        ),
        TRANSACTIONAL,
        ID,
    ],
};

/// `emit:`.
pub(super) static EMIT: Table = Table {
    what: "an `emit`",
    keys: &[
        required("emit", Shape::Path, "The event: `CONNECTION.EVENT`."),
        WITH,
        ID,
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn send(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let with = fields.with(self);
        let hold = fields.read(self, "hold", Reader::bool).unwrap_or(false);
        let transactional = fields
            .read(self, "transactional", Reader::bool)
            .unwrap_or(false);
        let template = fields.read(self, "send", Reader::reference)?;
        Some(StepKind::Send {
            template,
            with: with?,
            hold,
            transactional,
        })
    }

    pub(super) fn emit(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let with = fields.with(self);
        let event = fields.read(self, "emit", Reader::path)?;
        let with = with?;
        Some(StepKind::Emit { event, with })
    }
}
