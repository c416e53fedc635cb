//! Segment's HTTP Tracking API: <https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/>,
//! `track` and `identify`, with the write key as the user. `messageId` keeps repeats from counting
//! twice. Workspaces in the EU have `url: https://events.eu1.segmentapis.com`.

use super::super::settings::{Settings, needed};
use super::{Auth, Make, System, action, by_status};

pub(super) static SEGMENT: System = System {
    settings: &[needed("write_key")],
    home: Some("https://api.segment.io"),
    auth: Auth::Basic(credentials),
    actions: &[
        action(
            "track",
            Make::Json(
                "POST",
                "/v1/track",
                r##"{"userId":"$user_id","event":"$event","properties":"$properties",
                    "messageId":"#key"}"##,
            ),
            "",
        ),
        action(
            "set_traits",
            Make::Json(
                "POST",
                "/v1/identify",
                r##"{"userId":"$user_id","traits":"$traits","messageId":"#key"}"##,
            ),
            "",
        ),
    ],
    own: None,
    tells_status: false,
    judge: by_status,
};

fn credentials(settings: &Settings) -> (String, String) {
    (
        settings.text("write_key").unwrap_or_default(),
        String::new(),
    )
}
