//! Push notifications: through a gateway of your own (`POST URL/ACTION`, JSON), or with
//! `provider: expo` through Expo's push service,
//! <https://docs.expo.dev/push-notifications/sending-notifications/#http2-api>, whose tokens lead to
//! Apple and Google both.

use std::time::Duration;

use serde_json::Value as Json;

use super::super::message::{Failure, Response};
use super::super::settings::{needed, optional};
use super::{Auth, Call, Make, System, action, by_status, of_provider};

pub(super) fn system(provider: Option<&str>) -> Result<&'static System, String> {
    of_provider(provider, &GATEWAY, &[("expo", &EXPO)])
}

static GATEWAY: System = System {
    settings: &[needed("url"), needed("token"), optional("provider")],
    home: None,
    auth: Auth::Bearer("token"),
    actions: &[action(
        "deliver",
        Make::Json(
            "POST",
            "/deliver",
            r#"{"to":"$to","body":"$body","subject":"$subject","link":"$link",
                    "image":"$image","badge":"$badge"}"#,
        ),
        r#"{"message_id":"/message_id"}"#,
    )],
    own: Some("/"),
    tells_status: false,
    judge: by_status,
};

static EXPO: System = System {
    settings: &[optional("token"), optional("provider")],
    home: Some("https://exp.host/--/api/v2"),
    auth: Auth::Bearer("token"),
    actions: &[action(
        "deliver",
        Make::Json(
            "POST",
            "/push/send",
            r#"{"to":"$to","body":"$body","title":"$subject","data":{"link":"$link"},
                "richContent":{"image":"$image"},"badge":"$badge"}"#,
        ),
        r#"{"message_id":"/data/id"}"#,
    )],
    own: None,
    tells_status: false,
    judge: ticket,
};

/// A ticket of status `error` is a refusal.
fn ticket(_: &Call<'_>, response: &Response) -> Result<(), Failure> {
    let body = response.json().unwrap_or_default();
    let text = |at: &str| body.pointer(at).and_then(Json::as_str).unwrap_or_default();
    if text("/data/status") == "ok" {
        return Ok(());
    }
    let code = text("/data/details/error");
    let reason = format!("refused: {code}: {}", text("/data/message"));
    Err(if code == "MessageRateExceeded" {
        Failure::Again(reason, Some(Duration::from_secs(5)))
    } else {
        Failure::Dead(reason)
    })
}
