//! The worked example: Carla reads a review, leaves, gets a mail with a discount, buys as a
//! guest, gets the wrong colour, calls support, turns out to be a loyalty member.

use serde_json::{Value as Json, json};

use super::Story;

pub(super) fn nto() -> Json {
    json!({
        "timezone": "Europe/Paris",
        "types": { "Product": { "sku": "string", "name": "string", "category": "string", "colour": "string | null" } },
        "travelers": { "customer": {
            "key": "customer_id",
            "identities": ["customer_id", "email", "phone", "visitor_id"],
            "profile": {
                "customer_id": "string | null", "email": "string | null", "phone": "string | null",
                "visitor_id": "string | null", "first_name": "string | null",
                "loyalty": "none | member | gold = \"none\"",
                "timezone": "string = \"Europe/Paris\"", "home_store": "string | null"
            },
            "consents": ["marketing"],
            "traits": {
                "orders_year": { "count": "shop.order_placed", "within": "365d" },
                "spend_year": { "sum": "shop.order_placed.total", "within": "365d", "when": "event.currency == \"EUR\"" },
                "last_order": { "last": "shop.order_placed.order_id" },
                "recent_calls": { "list": "support.call_ended.topic", "keep": 5 },
                "mails_2d": { "count": "send.discount_mail", "within": "2d" }
            }
        } },
        "events": {
            "shop.review_read": { "fields": { "product": "Product" }, "identify": { "visitor_id": "trigger.subject" } },
            "shop.order_placed": {
                "fields": { "order_id": "string", "email": "string", "total": "double", "currency": "EUR | USD", "items": "list(Product)" },
                "identify": { "email": "event.email", "visitor_id": "trigger.subject" },
                "update": { "email": "event.email" }
            },
            "shop.newsletter_joined": {
                "fields": { "email": "string", "first_name": "string | null" },
                "identify": { "email": "event.email", "visitor_id": "trigger.subject" },
                "update": { "email": "event.email", "first_name": "event.first_name" }
            },
            "shop.signed_in": {
                "fields": { "customer_id": "string", "email": "string", "first_name": "string | null" },
                "identify": { "customer_id": "event.customer_id", "email": "event.email", "visitor_id": "trigger.subject" },
                "update": { "email": "event.email", "first_name": "event.first_name" }
            },
            "shop.app_opened": { "identify": { "visitor_id": "trigger.subject" } },
            "store.loyalty_joined": {
                "fields": { "customer_id": "string", "store": "string", "first_name": "string | null", "phone": "string | null" },
                "identify": { "customer_id": "event.customer_id", "phone": "event.phone" },
                "update": { "first_name": "event.first_name", "home_store": "event.store" }
            },
            "crm.contact_changed": {
                "fields": { "Id": "string", "Email": "string | null", "Loyalty__c": "string | null" },
                "identify": { "email": "event.Email" },
                "update": { "loyalty": "event.Loyalty__c == \"Gold\" ? \"gold\" : event.Loyalty__c == \"Member\" ? \"member\" : \"none\"" }
            },
            "survey.completed": {
                "fields": { "survey_id": "string", "nps": "int | null" }, "identify": { "customer_id": "trigger.subject" }
            },
            "shop.order_delivered": {
                "fields": { "order_id": "string", "sku": "string", "ordered_sku": "string" },
                "identify": { "visitor_id": "trigger.subject" }
            },
            "preferences.consent_changed": {
                "fields": { "email": "string", "marketing": "bool" },
                "identify": { "email": "event.email" },
                "update": { "consents.marketing": "event.marketing" }
            },
            "support.call_ended": {
                "fields": { "topic": "string", "wait": "duration", "customer_id": "string | null", "email": "string | null" },
                "identify": { "customer_id": "event.customer_id", "email": "event.email" }
            },
            "store.workshop_booked": {
                "fields": { "workshop": "string", "store": "string", "starts_at": "timestamp", "email": "string" },
                "identify": { "email": "event.email" },
                "update": { "home_store": "event.store" }
            },
            "store.workshop_attended": { "fields": { "email": "string" }, "identify": { "email": "event.email" } }
        },
        "actions": {
            "crm.open_case": {
                "params": { "subject": "string", "priority": "low | normal | high", "order_id": "string | null" },
                "returns": { "case_id": "string" }
            },
            "slack.post": { "params": { "channel": "string", "text": "string" } }
        },
        "channels": { "email": {
            "address": "traveler.email", "consent": "marketing",
            "cap": [{ "max": 2, "per": "7d" }, { "max": 5, "per": "30d", "then": "defer" }],
            "quiet": { "from": "21:00", "to": "08:00", "zone": "traveler.timezone", "then": "defer" }
        } },
        "templates": {
            "discount_mail": {
                "params": { "name": "string", "sku": "string", "percent": "int" },
                "subject": "${params.percent}% off your backpack",
                "body": "Hello ${params.name}, ${params.sku} is waiting for you."
            },
            "review_survey": { "subject": "How is it?" },
            "workshop_ticket": {
                "transactional": true,
                "params": { "name": "string", "workshop": "string", "starts_at": "timestamp", "meet_at": "string", "mobile": "bool" },
                "subject": "Your place in ${params.workshop}",
                "body": "We start at ${params.starts_at}. ${params.mobile ? \"It is in the app.\" : \"Please print this.\"}"
            }
        },
        "segments": {
            "big_spenders": { "when": "traveler.spend_year >= 1000.0 || traveler.loyalty == \"gold\"" },
            "beta_testers": { "members": { "email": ["gustav@example.net"] } }
        },
        "personas": { "weekend_hiker": { "priority": 10, "when": "traveler.orders_year >= 1 && traveler.home_store == \"Lyon\"" } },
        "journeys": { "backpack": {
            "priority": 5,
            "variables": { "mobile": "bool = false", "sku": "string | null", "wrong_item": "bool = false" },
            "start": { "on": "shop.review_read", "when": "event.product.category == \"backpack\"", "set": { "sku": "event.product.sku" } },
            "reentry": { "after": "30d" },
            "milestones": [
                { "milestone": "considering", "do": [
                    { "wait": "1d" },
                    { "send": "discount_mail", "with": {
                        "name": "${traveler.?first_name.orValue(\"there\")}",
                        "sku": "${vars.?sku.orValue(\"your pack\")}",
                        "percent": 10
                    } }
                ] },
                { "milestone": "ordered", "enter": { "on": "shop.order_placed", "when": "event.items.exists(i, i.category == \"backpack\")" } },
                { "milestone": "delivered", "enter": { "on": "shop.order_delivered" },
                  "promise": { "within": "5d", "of": "ordered" },
                  "do": [
                    { "if": "event.sku != event.ordered_sku", "then": [
                        { "set": { "wrong_item": true } },
                        { "call": "crm.open_case", "with": { "subject": "Wrong item in ${event.order_id}", "priority": "high", "order_id": "${event.order_id}" } }
                    ] }
                  ],
                  "rules": [{ "rule": "ask_how_it_went", "after": "3d", "when": "!vars.wrong_item", "do": [{ "send": "review_survey" }] }]
                },
                { "milestone": "enrolled", "enter": { "on": "store.workshop_booked", "from": ["delivered"] } }
            ],
            "rules": [{ "rule": "long_hold", "on": "support.call_ended", "when": "event.wait > duration(\"10m\") && segment.big_spenders",
                "do": [{ "call": "slack.post", "with": { "channel": "#care", "text": "A big spender waited ${event.wait}" } }] }],
            "end": [{ "on": "store.workshop_attended", "outcome": "success" }, { "after": "60d", "outcome": "lapsed" }]
        } },
        "rules": { "thank_vip": { "in": ["backpack"], "on": "start", "when": "segment.big_spenders",
            "do": [{ "call": "crm.open_case", "with": { "subject": "VIP on the trail", "priority": "low" } }] },
          "on_mobile": { "in": ["backpack"], "on": "shop.app_opened", "do": [{ "set": { "mobile": true } }] },
          "field_notes": { "in": ["backpack"], "on": "milestone.delivered", "when": "segment.beta_testers", "events": ["shop.order_delivered"],
            "do": [{ "call": "slack.post", "with": { "channel": "#product", "text": "A beta tester has ${event.sku} now: ask for field notes" } }] },
          "workshop_ticket": { "in": ["backpack"], "on": "milestone.enrolled", "events": ["store.workshop_booked"], "do": [{ "send": "workshop_ticket", "with": {
              "name": "${traveler.?first_name.orValue(\"there\")}", "workshop": "${event.workshop}", "starts_at": "${event.starts_at}",
              "meet_at": "${traveler.persona == \"weekend_hiker\" ? \"the trail head\" : \"the store\"}", "mobile": "${vars.mobile}" } }] },
          "close_the_loop": { "in": ["backpack"], "on": "survey.completed", "when": "has(event.nps) && event.nps <= 6", "do": [{ "call": "crm.open_case", "with": {
              "subject": "Would not recommend us: ${event.nps} of 10", "priority": "normal", "order_id": "${traveler.last_order}" } }] } }
    })
}

fn backpack() -> Json {
    json!({ "sku": "b-7", "name": "Ridge", "category": "backpack" })
}

fn order(total: f64) -> Json {
    json!({ "order_id": "o-1", "email": "Carla@example.org ", "total": total, "currency": "EUR", "items": [backpack()] })
}

#[test]
fn carla_gets_the_wrong_colour() {
    let mut story = Story::of(&nto());
    story.known(
        &json!({ "visitor_id": "v-1", "email": "carla@example.org", "first_name": "Carla" }),
        &[("marketing", true)],
    );
    story.event(
        "0s",
        "shop.review_read",
        "v-1",
        json!({ "product": backpack() }),
    );
    story.expect(
        r#"0 backpack: started
        0 backpack: set sku = "b-7"
        0 backpack: entered considering
        0 backpack: wait until 2026-03-03T12:00:00Z"#,
    );
    story.event("26h", "shop.order_placed", "v-1", order(129.0));
    story.expect(
        r#"1d backpack: wait over: Time
        1d backpack: Send discount_mail {"name":"Carla","percent":10,"sku":"b-7"}
        1d2h backpack: left considering
        1d2h backpack: entered ordered"#,
    );
    let delivered = json!({ "order_id": "o-1", "sku": "b-8", "ordered_sku": "b-7" });
    story.event("3d", "shop.order_delivered", "v-1", delivered);
    story.expect(
        r#"4d2h backpack: left ordered
        4d2h backpack: entered delivered
        4d2h backpack: branch if "then"
        4d2h backpack: set wrong_item = true
        4d2h backpack: Call crm.open_case {"order_id":"o-1","priority":"high","subject":"Wrong item in o-1"}"#,
    );
    story.pass("4d");
    story.expect("");
    story.event(
        "1d",
        "store.workshop_booked",
        "",
        json!({ "workshop": "w", "store": "Lyon", "starts_at": "2026-03-14T09:00:00Z", "email": "carla@example.org" }),
    );
    story.expect(
        r#"9d2h profile home_store = "Lyon"
        9d2h persona weekend_hiker
        9d2h backpack: left delivered
        9d2h backpack: entered enrolled
        9d2h backpack: rule workshop_ticket
        9d2h backpack: Send workshop_ticket {"meet_at":"the trail head","mobile":false,"name":"Carla","starts_at":"2026-03-14T09:00:00Z","workshop":"w"}"#,
    );
    story.pass("60d");
    story.expect("60d backpack: ended lapsed");
}

#[test]
fn a_guest_turns_out_to_be_a_member() {
    let mut story = Story::of(&nto());
    story.known(
        &json!({ "customer_id": "n-1001", "first_name": "Carla", "home_store": "Lyon" }),
        &[],
    );
    story.event(
        "0s",
        "shop.review_read",
        "v-1",
        json!({ "product": backpack() }),
    );
    story.expect(
        r#"0 created visitor_id:v-1
        0 profile visitor_id = "v-1"
        0 backpack: started
        0 backpack: set sku = "b-7"
        0 backpack: entered considering
        0 backpack: wait until 2026-03-03T12:00:00Z"#,
    );
    story.event("2h", "shop.order_placed", "v-1", order(1200.0));
    story.expect(
        r#"2h profile email = "carla@example.org"
        2h into big_spenders
        2h backpack: left considering
        2h backpack: entered ordered"#,
    );
    let call = json!({ "topic": "colour", "wait": "PT11M", "customer_id": "n-1001", "email": "carla@example.org" });
    story.event("1h", "support.call_ended", "", call);
    story.expect(
        r#"3h n-1001 merged visitor_id:v-1
        3h profile email = "carla@example.org"
        3h profile visitor_id = "v-1"
        3h into big_spenders
        3h persona weekend_hiker
        3h backpack: rule long_hold
        3h backpack: Call slack.post {"channel":"\#care","text":"A big spender waited 660s"}"#
            .replace("\\#", "#")
            .as_str(),
    );
    story.pass("5d");
    story.expect("5d2h backpack: promise delivered not reached within 5d");
}

#[test]
fn no_mail_at_night_without_consent_or_address() {
    let mut story = Story::of(&nto());
    story.known(
        &json!({ "visitor_id": "v-1", "email": "a@example.org" }),
        &[("marketing", true)],
    );
    story.known(
        &json!({ "visitor_id": "v-2", "email": "b@example.org" }),
        &[],
    );
    story.known(&json!({ "visitor_id": "v-3" }), &[("marketing", true)]);
    for visitor in ["v-1", "v-2", "v-3"] {
        story.event(
            "9h",
            "shop.review_read",
            visitor,
            json!({ "product": backpack() }),
        );
    }
    story.lines.clear();
    story.pass("2d");
    story.expect(
        r#"1d9h backpack: wait over: Time
        1d9h backpack: deferred discount_mail (quiet hours) until 2026-03-04T07:00:00Z
        1d18h backpack: wait over: Time
        1d18h backpack: suppressed discount_mail (no consent)
        1d19h backpack: Send discount_mail {"name":"there","percent":10,"sku":"b-7"}
        2d3h backpack: wait over: Time
        2d3h backpack: suppressed discount_mail (no address)"#,
    );
}

#[test]
fn a_repeated_id_is_dropped_and_a_bad_payload_leaves_nothing_behind() {
    let mut story = Story::of(&nto());
    let mut bad = order(10.0);
    bad["items"][0]["sku"] = json!(7);
    story.event_with_id("0s", "x", "shop.order_placed", "v-1", bad);
    story.event_with_id("1s", "x", "shop.order_placed", "v-1", order(10.0));
    story.event_with_id("1s", "x", "shop.order_placed", "v-1", order(10.0));
    story.event_with_id("7d", "x", "shop.order_placed", "v-1", order(10.0));
    story.event("1s", "shop.order_placed", "", json!({}));
    story.event("1s", "shop.unheard_of", "v-1", json!({}));
    story.event(
        "1s",
        "shop.review_read",
        "",
        json!({ "product": backpack() }),
    );
    story.expect(
        r#"0 rejected shop.order_placed: invalid payload: `data.items[0].sku`: expected `string`, found a number
        1s created email:carla@example.org
        1s profile email = "carla@example.org"
        1s profile visitor_id = "v-1"
        2s duplicate shop.order_placed x
        7d3s rejected shop.order_placed: invalid payload: `data.currency`: expected `EUR | USD`, found nothing
        7d4s rejected shop.unheard_of: unknown type
        7d5s rejected shop.review_read: no traveler"#,
    );
}

#[test]
fn who_lapsed_may_travel_again_after_30_days_and_not_a_second_earlier() {
    let mut story = Story::of(&nto());
    story.known(&json!({ "visitor_id": "v-2" }), &[]);
    let review = json!({ "product": backpack() });
    story.event("0s", "shop.review_read", "v-2", review.clone());
    story.pass("60d");
    story.lines.clear();
    story.event("2591999s", "shop.review_read", "v-2", review.clone());
    story.event("1s", "shop.review_read", "v-2", review);
    story.expect(
        r#"89d23h59m59s ignored shop.review_read
        90d backpack 2: started
        90d backpack 2: set sku = "b-7"
        90d backpack 2: entered considering
        90d backpack 2: wait until 2026-06-01T12:00:00Z"#,
    );
}
