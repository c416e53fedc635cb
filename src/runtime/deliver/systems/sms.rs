//! Text messages: through a gateway of your own (`POST URL/deliver`, JSON), or with
//! `provider: twilio` through Twilio's Messages resource,
//! <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>: `url` is
//! `https://api.twilio.com/2010-04-01/Accounts/ACCOUNT_SID`, `token` the auth token, `from` a number or
//! the SID of a messaging service.

use super::super::message::{Body, Request};
use super::super::settings::{Settings, needed, optional};
use super::{Auth, Call, Make, System, action, by_status, filled, of_provider, post};

pub(super) fn system(provider: Option<&str>) -> Result<&'static System, String> {
    of_provider(provider, &GATEWAY, &[("twilio", &TWILIO)])
}

static GATEWAY: System = System {
    settings: &[
        needed("url"),
        needed("token"),
        optional("from"),
        optional("provider"),
    ],
    home: None,
    auth: Auth::Bearer("token"),
    actions: &[action("deliver", Make::Code(to_gateway), MESSAGE)],
    own: Some("/"),
    tells_status: false,
    judge: by_status,
};

const MESSAGE: &str = r#"{"message_id":"/message_id"}"#;

static TWILIO: System = System {
    settings: &[
        needed("url"),
        needed("token"),
        needed("from"),
        optional("provider"),
    ],
    home: None,
    auth: Auth::Basic(account),
    actions: &[action(
        "deliver",
        Make::Code(to_twilio),
        r#"{"message_id":"/sid"}"#,
    )],
    own: None,
    tells_status: false,
    judge: by_status,
};

fn from(call: &Call<'_>, settings: &Settings) -> Option<String> {
    let given = call.param("from").and_then(|from| from.as_str());
    given.map(str::to_owned).or_else(|| settings.text("from"))
}

fn to_gateway(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let mut body = filled(call, settings, r#"{"to":"$to","body":"$body"}"#);
    if let Some(from) = from(call, settings) {
        body["from"] = from.into();
    }
    Ok(post("/deliver".into(), body))
}

fn to_twilio(call: &Call<'_>, settings: &Settings) -> Result<Request, String> {
    let from = from(call, settings).unwrap_or_default();
    let sender = if from.starts_with("MG") {
        "MessagingServiceSid"
    } else {
        "From"
    };
    Ok(Request {
        method: "POST",
        path: "/Messages.json".into(),
        headers: Vec::new(),
        body: Body::Form(vec![
            ("To", call.text("to")),
            (sender, from),
            ("Body", call.text("body")),
        ]),
    })
}

/// The account is the last segment of the address.
fn account(settings: &Settings) -> (String, String) {
    let url = settings.text("url").unwrap_or_default();
    let account = url
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    (
        account.to_owned(),
        settings.text("token").unwrap_or_default(),
    )
}
