//! `set` and `update`: values written to variables and to the profile.

use super::super::keys::{Shape, Table, required};
use super::ID;

/// `set:`.
pub(super) static SET: Table = Table {
    what: "a `set`",
    keys: &[
        required(
            "set",
            Shape::Named(&Shape::Expression),
            "Variables that take new values.",
        ),
        ID,
    ],
};

/// `update:`.
pub(super) static UPDATE: Table = Table {
    what: "an `update`",
    keys: &[
        required(
            "update",
            Shape::Named(&Shape::Expression),
            "Profile fields that take new values.",
        ),
        ID,
    ],
};
