//! A system of your own, `std/webhook` and `std/survey`: each action is a `POST` of its parameters as
//! JSON to `URL/ACTION`, and the answer's fields are what it returns.

use super::super::settings::{needed, optional};
use super::{Auth, System, by_status};

pub(super) static PLAIN: System = PLAIN_SYSTEM;

const PLAIN_SYSTEM: System = System {
    settings: &[needed("url"), optional("token")],
    home: None,
    auth: Auth::Bearer("token"),
    actions: &[],
    own: Some("/"),
    tells_status: false,
    judge: by_status,
};

pub(super) static SURVEY: System = System {
    settings: &[needed("url"), needed("token")],
    ..PLAIN_SYSTEM
};
