//! What held back an action, in words: consent, address, caps and quiet hours, as they are
//! declared, and what went out before.

use super::story::Story;
use crate::cel::{format_duration, format_timestamp};
use crate::engine::{Action, Reason, Record, What};
use crate::model::{Channel, Model, Occurrence, On};

/// Why an action was held back, and what would have let it pass.
pub(super) fn held(
    model: &Model,
    story: &Story<'_>,
    at: usize,
    action: &Action,
) -> (String, Option<String>) {
    let channel = (action.channel.as_deref())
        .and_then(|name| model.channels.iter().find(|it| &*it.name == name));
    let reason = action.reason.map_or("", Reason::as_str);
    let Some(channel) = channel else {
        return (reason.to_owned(), None);
    };
    let name = &channel.name;
    match action.reason {
        Some(Reason::NoConsent) => {
            let consent = channel.consent.as_deref().unwrap_or("it");
            let text = format!("channel {name} needs the consent `{consent}`, which is not given");
            (
                text,
                Some(format!(
                    "traveler.consents.{consent}: true rather than false"
                )),
            )
        }
        Some(Reason::NoAddress) => {
            let address = channel.address.as_ref().map_or("", |it| &*it.cel);
            let text = format!("`{address}`, the address of channel {name}, is not known");
            (text, Some(format!("{address}: present rather than absent")))
        }
        Some(Reason::Cap) => full_cap(story, at, channel),
        Some(Reason::QuietHours) => match &channel.quiet {
            Some(quiet) => {
                let text = format!(
                    "channel {name} is quiet from {} to {}",
                    quiet.from, quiet.to
                );
                (
                    text,
                    Some(format!("the same outside {} to {}", quiet.from, quiet.to)),
                )
            }
            None => (reason.to_owned(), None),
        },
        _ => (reason.to_owned(), None),
    }
}

/// The first cap that is full, with what filled it.
fn full_cap(story: &Story<'_>, at: usize, channel: &Channel) -> (String, Option<String>) {
    let now = story.time(at);
    let sent: Vec<&Record> = (story.records.iter().take(at).copied())
        .filter(|record| {
            matches!(&record.what, What::ActionEmitted(action)
                if action.channel.as_deref() == Some(&*channel.name))
        })
        .collect();
    for cap in &channel.caps {
        let recent: Vec<&&Record> = (sent.iter())
            .filter(|record| now.duration_since(record.time) < cap.per)
            .collect();
        let max = cap.max as usize;
        if recent.len() < max {
            continue;
        }
        let times: Vec<String> = (recent.iter())
            .map(|record| format_timestamp(record.time))
            .collect();
        let text = format!(
            "channel {} takes {} in {}, and these went out: {}",
            channel.name,
            max,
            format_duration(cap.per),
            times.join(", ")
        );
        let free = (recent.len().checked_sub(max)).and_then(|index| {
            let first = recent.get(index)?;
            first.time.checked_add(cap.per).ok()
        });
        let remedy = free.map(|free| {
            let later = format_duration(free.duration_since(now));
            format!("the same {later} later, or one message fewer before it")
        });
        return (text, remedy);
    }
    ("a cap is full".to_owned(), None)
}

/// Events of a kind that were rejected or sent twice: they came, and did nothing.
pub(super) fn rejected(story: &Story<'_>, model: &Model, on: &On) -> Option<String> {
    let On::Any(any) = on else { return None };
    let types: Vec<&str> = (model.events.iter())
        .filter(|event| any.contains(&Occurrence::Event(event.name.clone())))
        .map(|event| &*event.cloud_type)
        .collect();
    let told: Vec<String> = (story.records.iter())
        .filter_map(|record| match &record.what {
            What::EventRejected { name, id, reason } if types.contains(&&**name) => {
                Some(format!("{name} ({id}) was rejected: {reason}"))
            }
            _ => None,
        })
        .take(3)
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}
