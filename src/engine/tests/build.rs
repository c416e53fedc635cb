//! Models for the tests of the engine, written in JSON with the keys of the language.
//!
//! No front end: types are read from short notes, `event` in a step is that of the trigger above
//! it (or of the `wait` before it), and places are made of names.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Map, Value as Json, json};

use super::journeys::{journey, rule};
use crate::cel::{Tree, Type, parse_duration};
use crate::model::{
    Action, Aggregate, Assign, Cap, Channel, Content, Event, Expr, Field, Identify, Model,
    Normalize, Overflow, Persona, Quiet, Rule, Segment, SegmentKind, Template, Text, TextPart,
    Trait, TraitSource, Traveler,
};

pub(super) type Names = BTreeMap<String, Type>;

/// The model of what `spec` declares.
pub(super) fn model(spec: &Json) -> Model {
    let mut types = Names::new();
    for (name, fields) in object(&spec["types"]) {
        let fields = fields_of(fields, &types)
            .into_iter()
            .map(|f| crate::cel::Field {
                name: f.name,
                ty: f.ty,
                declared: None,
                default: None,
                least: None,
            });
        let ty = Type::object(name.as_str(), fields.collect());
        types.insert(name.clone(), ty);
    }
    let named = |key: &str| object(&spec[key]);
    let events: Vec<Event> = named("events")
        .map(|(name, it)| event(name, it, &types))
        .collect();
    let travelers = named("travelers").map(|(name, it)| traveler(name, it, &events, &types));
    let actions = named("actions").map(|(name, it)| Action {
        name: name.as_str().into(),
        channel: text_of(&it["channel"]),
        params: fields_of(&it["params"], &types),
        returns: fields_of(&it["returns"], &types),
        at: format!("action {name}").into(),
    });
    let templates = named("templates").map(|(name, it)| Template {
        name: name.as_str().into(),
        channel: text_of(&it["channel"]).unwrap_or("email".into()),
        transactional: it["transactional"] == true,
        params: fields_of(&it["params"], &types),
        subject: it["subject"].as_str().map(|it| text(it, &[])),
        body: it["body"].as_str().map(|it| text(it, &[])),
        at: format!("template {name}").into(),
    });
    let segments = named("segments").map(|(name, it)| Segment {
        name: name.as_str().into(),
        traveler: "customer".into(),
        kind: match &it["members"] {
            Json::Null => SegmentKind::When(cel(&it["when"], &[])),
            members => SegmentKind::Members(
                object(members)
                    .map(|(identity, values)| (identity.as_str().into(), strings(values)))
                    .collect(),
            ),
        },
        at: format!("segment {name}").into(),
    });
    let personas = named("personas").map(|(name, it)| Persona {
        name: name.as_str().into(),
        traveler: "customer".into(),
        priority: it["priority"].as_i64().unwrap_or(0),
        when: cel(&it["when"], &[]),
        at: format!("persona {name}").into(),
    });
    Model {
        models: Vec::new(),
        environments: Vec::new(),
        name: "test".into(),
        timezone: text_of(&spec["timezone"]).unwrap_or("UTC".into()),
        dedupe: duration(&spec["dedupe"]).unwrap_or(SignedDuration::from_hours(7 * 24)),
        travelers: travelers.collect(),
        connections: Vec::new(),
        actions: actions.collect(),
        channels: named("channels")
            .map(|(name, it)| channel(name, it))
            .collect(),
        templates: templates.collect(),
        segments: segments.collect(),
        personas: personas.collect(),
        journeys: named("journeys")
            .map(|(name, it)| journey(name, it, &types))
            .collect(),
        rules: named("rules")
            .map(|(name, it)| Rule {
                journeys: strings(&it["in"]),
                ..rule(&json!({ "rule": name }), it)
            })
            .collect(),
        kpis: Vec::new(),
        events,
    }
}

pub(super) fn object(json: &Json) -> impl Iterator<Item = (&String, &Json)> {
    json.as_object().into_iter().flat_map(Map::iter)
}

pub(super) fn list(json: &Json) -> Vec<&Json> {
    match json {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

pub(super) fn strings(json: &Json) -> Vec<Arc<str>> {
    list(json).into_iter().filter_map(text_of).collect()
}

pub(super) fn text_of(json: &Json) -> Option<Arc<str>> {
    json.as_str().map(Into::into)
}

pub(super) fn duration(json: &Json) -> Option<SignedDuration> {
    json.as_str().map(|it| parse_duration(it).unwrap())
}

/// `string | null`, `list(Product)`, `EUR | USD`.
fn ty(text: &str, types: &Names) -> Type {
    let text = text.trim();
    if let Some(inner) = text.strip_suffix("| null") {
        return ty(inner, types).nullable();
    }
    if let Some(inner) = text
        .strip_prefix("list(")
        .and_then(|it| it.strip_suffix(')'))
    {
        return Type::list(ty(inner, types));
    }
    if text.contains('|') {
        return Type::enumeration(text.split('|').map(str::trim));
    }
    match text {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "double" => Type::Double,
        "string" => Type::String,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        name => types[name].clone(),
    }
}

/// `{ name: "type = default" }`; a default is JSON. `email` is normalized.
pub(super) fn fields_of(json: &Json, types: &Names) -> Vec<Field> {
    let field = |(name, note): (&String, &Json)| {
        let note = note.as_str().unwrap();
        let (note, default) = match note.split_once('=') {
            Some((note, default)) => (note, Some(default)),
            None => (note, None),
        };
        Field {
            name: name.as_str().into(),
            ty: ty(note, types),
            default: default.map(|it| serde_json::from_str(it).unwrap()),
            pii: false,
            normalize: (name == "email").then_some(Normalize::Email),
            at: format!("field {name}").into(),
        }
    };
    object(json).map(field).collect()
}

pub(super) fn cel(json: &Json, events: &[Arc<str>]) -> Expr {
    let cel: Arc<str> = match json {
        Json::String(cel) => cel.as_str().into(),
        other => other.to_string().into(),
    };
    Expr {
        at: format!("cel {cel}").into(),
        tree: Tree::uniform(&cel, &Type::Dyn),
        events: events.to_vec(),
        cel,
    }
}

pub(super) fn assigns(json: &Json, events: &[Arc<str>]) -> Vec<Assign> {
    let assign = |(name, value): (&String, &Json)| Assign {
        name: name.as_str().into(),
        value: cel(value, events),
    };
    object(json).map(assign).collect()
}

pub(super) fn text(text: &str, events: &[Arc<str>]) -> Text {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once("${") {
        let (inner, after) = after.split_once('}').unwrap();
        parts.push(TextPart::Literal(literal.into()));
        parts.push(TextPart::Cel(cel(&inner.into(), events)));
        rest = after;
    }
    parts.push(TextPart::Literal(rest.into()));
    Text { parts }
}

pub(super) fn with(json: &Json, events: &[Arc<str>]) -> BTreeMap<Arc<str>, Content> {
    let content = |value: &Json| match value {
        Json::String(it) => match it.strip_prefix("${").and_then(|it| it.strip_suffix('}')) {
            Some(inner) if !inner.contains("${") => Content::Value(cel(&inner.into(), events)),
            _ if it.contains("${") => Content::Text(text(it, events)),
            _ => Content::Literal(value.clone()),
        },
        other => Content::Literal(other.clone()),
    };
    (object(json).map(|(name, value)| (name.as_str().into(), content(value)))).collect()
}

fn event(name: &str, json: &Json, types: &Names) -> Event {
    let own: [Arc<str>; 1] = [name.into()];
    Event {
        name: name.into(),
        cloud_type: text_of(&json["type"]).unwrap_or(name.into()),
        fields: fields_of(&json["fields"], types),
        identify: vec![Identify {
            traveler: "customer".into(),
            by: assigns(&json["identify"], &own),
            at: format!("identify {name}").into(),
        }],
        update: assigns(&json["update"], &own),
        at: format!("event {name}").into(),
    }
}

fn traveler(name: &str, json: &Json, events: &[Event], types: &Names) -> Traveler {
    let traits = object(&json["traits"]).map(|(name, it)| trait_of(name, it, events));
    Traveler {
        name: name.into(),
        key: text_of(&json["key"]).unwrap(),
        identities: strings(&json["identities"]),
        profile: fields_of(&json["profile"], types),
        consents: strings(&json["consents"]),
        traits: traits.collect(),
        at: format!("traveler {name}").into(),
    }
}

fn trait_of(name: &str, json: &Json, events: &[Event]) -> Trait {
    let kinds = [
        ("count", Aggregate::Count),
        ("sum", Aggregate::Sum),
        ("min", Aggregate::Min),
        ("max", Aggregate::Max),
        ("avg", Aggregate::Avg),
        ("first", Aggregate::First),
        ("last", Aggregate::Last),
        ("list", Aggregate::List),
        ("distinct", Aggregate::Distinct),
    ];
    let (key, aggregate) = *kinds.iter().find(|(key, _)| !json[*key].is_null()).unwrap();
    let path = json[key].as_str().unwrap();
    let (source, field, field_type) = if let Some(template) = path.strip_prefix("send.") {
        (TraitSource::Send(template.into()), Vec::new(), Type::Int)
    } else {
        let mut parts = path.splitn(3, '.');
        let event = format!("{}.{}", parts.next().unwrap(), parts.next().unwrap());
        let declared = events.iter().find(|it| *it.name == *event).unwrap();
        let field: Vec<Arc<str>> = parts.next().map(Into::into).into_iter().collect();
        let found = field
            .first()
            .and_then(|f| declared.fields.iter().find(|it| it.name == *f));
        let ty = found.map_or(Type::Int, |it| it.ty.present().clone());
        (TraitSource::Event(event.as_str().into()), field, ty)
    };
    let ty = match aggregate {
        Aggregate::Count => Type::Int,
        Aggregate::Sum => field_type,
        Aggregate::Avg => Type::Double.nullable(),
        Aggregate::List | Aggregate::Distinct => Type::list(field_type),
        _ => field_type.nullable(),
    };
    let events: Vec<Arc<str>> = match &source {
        TraitSource::Event(name) => vec![name.clone()],
        _ => Vec::new(),
    };
    Trait {
        name: name.into(),
        ty,
        aggregate,
        source,
        field,
        within: duration(&json["within"]),
        keep: json["keep"].as_u64().map(|it| it as u32),
        when: (!json["when"].is_null()).then(|| cel(&json["when"], &events)),
        at: format!("trait {name}").into(),
    }
}

fn channel(name: &str, json: &Json) -> Channel {
    let then = |it: &Json| {
        if it["then"] == "defer" {
            Overflow::Defer
        } else {
            Overflow::Drop
        }
    };
    let at: Arc<str> = format!("channel {name}").into();
    let quiet = &json["quiet"];
    Channel {
        name: name.into(),
        via: Some("mailer".into()),
        address: (!json["address"].is_null()).then(|| cel(&json["address"], &[])),
        consent: text_of(&json["consent"]),
        caps: (list(&json["cap"]).into_iter())
            .map(|cap| Cap {
                max: cap["max"].as_u64().unwrap() as u32,
                per: duration(&cap["per"]).unwrap(),
                then: then(cap),
                at: at.clone(),
            })
            .collect(),
        quiet: quiet.is_object().then(|| Quiet {
            from: quiet["from"].as_str().unwrap().parse().unwrap(),
            to: quiet["to"].as_str().unwrap().parse().unwrap(),
            zone: (!quiet["zone"].is_null()).then(|| cel(&quiet["zone"], &[])),
            then: then(quiet),
            at: at.clone(),
        }),
        at,
    }
}
