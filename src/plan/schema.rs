//! The form of a plan as a JSON Schema (2020-12): what the reader refuses by its shape, the schema
//! refuses too. Whether names exist, trees say what their texts say, and the hash is right, only
//! the reader sees.

use serde_json::{Map, Value as Json, json};

use super::VERSION;

/// The schema as text with a line end. It is the same in every run.
pub fn text() -> String {
    let text = serde_json::to_string_pretty(&schema()).expect("texts and maps are always JSON");
    format!("{text}\n")
}

/// The schema of a plan.
pub fn schema() -> Json {
    let definitions: Map<String, Json> = (FORMS.iter())
        .map(|(name, description, form)| {
            let mut schema = form_of(form);
            schema["description"] = (*description).into();
            ((*name).to_owned(), schema)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A cjoc execution plan",
        "description": "Written by `cjoc plan --out`: a checked workspace, ready to be run.",
        "type": "object",
        "properties": {
            "hash": {
                "description": "BLAKE3 of the canonical document without this key.",
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
            },
            "model": { "$ref": "#/$defs/Model" },
            "version": { "description": "Of this form.", "const": VERSION },
        },
        "required": ["hash", "model", "version"],
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// Every form: its name, what it is, and its keys.
///
/// `key: form`, `key?: form` where it may be left out. A form is a scalar of [`scalar`], the name
/// of another form, `[form]` a list, `{form}` a map. `|` stands between the variants of a choice:
/// a text in quotes, or an object of one key.
const FORMS: &[(&str, &str, &str)] = &[
    (
        "Model",
        "The checked workspace; lists of declarations are sorted by name.",
        "name: text, timezone: text, dedupe: duration, travelers: [Traveler], \
         connections: [Connection], events: [Event], actions: [Action], channels: [Channel], \
         templates: [Template], segments: [Segment], personas: [Persona], journeys: [Journey], \
         rules: [Rule], kpis: [Kpi], models?: [PredictiveModel], environments?: [Environment]",
    ),
    (
        "Expr",
        "A CEL expression, as text and as a tree; `events` are those one of which is being handled when it runs.",
        "cel: text, tree: Node, events?: [text], at: place",
    ),
    ("Text", "Text with expressions in it.", "parts: [TextPart]"),
    ("TextPart", "A piece of text.", "literal: text | cel: Expr"),
    (
        "Content",
        "A value that is handed over.",
        "literal: any | text: Text | value: Expr | list: [Content] | map: {Content}",
    ),
    (
        "Field",
        "A typed field of a profile or payload, a variable or a parameter.",
        "name: text, type: Type, default?: any, pii?: bool, normalize?: Normalize, at: place",
    ),
    (
        "Normalize",
        "What is made of a value before it is compared or kept.",
        "\"email\" | \"phone\" | \"lower\" | \"trim\"",
    ),
    (
        "Type",
        "A type of the language.",
        "\"error\" | \"dyn\" | \"null\" | \"bool\" | \"int\" | \"uint\" | \"double\" | \"string\" | \"bytes\" | \
         \"timestamp\" | \"duration\" | enum: EnumType | list: Type | map: MapType | \
         object: ObjectType | nullable: Type | optional: Type | type: Type",
    ),
    ("EnumType", "One of several words.", "values: [text]"),
    (
        "ObjectType",
        "An object with known fields.",
        "name: text, fields: [TypedField]",
    ),
    (
        "TypedField",
        "A field of an object.",
        "name: text, type: Type, default?: any",
    ),
    (
        "Traveler",
        "Who travels.",
        "name: text, key: text, identities: [text], profile: [Field], consents: [text], \
         traits: [Trait], at: place",
    ),
    (
        "Trait",
        "An aggregate over a traveler's own history.",
        "name: text, type: Type, aggregate: Aggregate, source: TraitSource, field: [text], \
         within?: duration, keep?: natural, when?: Expr, at: place",
    ),
    (
        "Aggregate",
        "What is made of many values.",
        "\"count\" | \"sum\" | \"min\" | \"max\" | \"avg\" | \"first\" | \"last\" | \"list\" | \"distinct\"",
    ),
    (
        "TraitSource",
        "What a trait looks at.",
        "event: text | send: text | call: text",
    ),
    (
        "Connection",
        "A system that sends events and carries out actions.",
        "name: text, uses?: text, pii_allowed: bool, config?: {Content}, delivery?: Delivery, \
         at: place",
    ),
    (
        "Delivery",
        "How a connection's actions are carried out.",
        "timeout?: duration, rate?: Rate, parallel?: natural, retry?: Retry",
    ),
    (
        "Rate",
        "At most so many in such a time.",
        "count: natural, per: duration",
    ),
    (
        "Retry",
        "When and how often a failed attempt is made again.",
        "attempts?: natural, from?: duration, to?: duration, statuses?: [natural]",
    ),
    (
        "Environment",
        "What differs where the plan runs.",
        "name: text, values?: {text}, runtime?: text, connections?: {Replaced}, at: place",
    ),
    (
        "Replaced",
        "What an environment says of a connection, in place of what the connection says.",
        "deliver?: Sink, config?: {Content}, delivery?: Delivery, at: place",
    ),
    (
        "Sink",
        "Where actions go that are only to be looked at.",
        "\"stdout\" | file: text",
    ),
    (
        "Event",
        "An event that a connection sends.",
        "name: text, type: text, fields: [Field], identify: [Identify], update?: [Assign], \
         at: place",
    ),
    (
        "Identify",
        "Which traveler an event concerns.",
        "traveler: text, by: [Assign], at: place",
    ),
    (
        "Assign",
        "A name and what is written to it.",
        "name: text, value: Expr",
    ),
    (
        "Action",
        "Something that a connection carries out.",
        "name: text, channel?: text, params: [Field], returns: [Field], at: place",
    ),
    (
        "Channel",
        "How travelers are reached.",
        "name: text, via?: text, address?: Expr, consent?: text, caps?: [Cap], quiet?: Quiet, \
         at: place",
    ),
    (
        "Cap",
        "At most so many in so long.",
        "max: natural, per: duration, then: Overflow, at: place",
    ),
    (
        "Overflow",
        "What becomes of an action that may not go out now.",
        "\"drop\" | \"defer\"",
    ),
    (
        "Quiet",
        "Hours in which nothing goes out.",
        "from: time, to: time, zone?: Expr, then: Overflow, at: place",
    ),
    (
        "Template",
        "A message.",
        "name: text, channel: text, transactional: bool, params: [Field], subject?: Text, \
         body?: Text, at: place",
    ),
    (
        "Segment",
        "A group of travelers.",
        "name: text, traveler: text, kind: SegmentKind, at: place",
    ),
    (
        "SegmentKind",
        "Who is in a segment.",
        "when: Expr | members: {Texts}",
    ),
    ("Texts", "The values of an identity.", "[text]"),
    (
        "Persona",
        "A kind of traveler.",
        "name: text, traveler: text, priority: integer, when: Expr, at: place",
    ),
    (
        "Journey",
        "Where travelers can go and what happens on the way.",
        "id: text, name: text, title?: text, lifecycle?: text, traveler: text, owner?: text, \
         status: Status, priority: integer, happy_path?: [text], key?: SessionKey, \
         variables: [Field], start: [Trigger], reentry: Reentry, while_active: WhileActive, \
         milestones: [Milestone], rules: [Rule], end: [Trigger], migrate?: Migrate, at: place",
    ),
    (
        "Migrate",
        "How sessions of an earlier plan go on.",
        "milestones?: {Onward}, variables?: {text}, at: place",
    ),
    (
        "Onward",
        "Where a session goes on: a milestone, or its end with an outcome.",
        "milestone: text | end: text",
    ),
    (
        "Status",
        "Whether a journey runs.",
        "\"hypothetical\" | \"shadow\" | \"live\" | \"paused\"",
    ),
    (
        "SessionKey",
        "One session per value.",
        "type: Type, by: {Expr}, at: place",
    ),
    (
        "Reentry",
        "When a journey may start again.",
        "\"never\" | \"always\" | after: ReentryAfter",
    ),
    (
        "ReentryAfter",
        "So long after the last session.",
        "wait: duration, since: Since",
    ),
    (
        "Since",
        "From the end or the start of it.",
        "\"end\" | \"start\"",
    ),
    (
        "WhileActive",
        "What a start does to a running session.",
        "\"ignore\" | \"restart\"",
    ),
    (
        "Milestone",
        "A stage of a journey.",
        "id: text, name: text, title?: text, enter: [Trigger], promise?: Promise, do: [Step], \
         detached: bool, rules: [Rule], at: place",
    ),
    (
        "Promise",
        "Reached within so long.",
        "within: duration, of?: text, at: place",
    ),
    (
        "Rule",
        "What happens whenever something does.",
        "id: text, name: text, in?: [text], trigger: Trigger, do: [Step], at: place",
    ),
    (
        "Kpi",
        "What is measured over ended sessions.",
        "name: text, journey: text, measure: Measure, value: Expr, target?: text, at: place",
    ),
    (
        "Measure",
        "What is made of the values of sessions.",
        "\"rate\" | \"sum\" | \"mean\" | \"p50\" | \"p90\"",
    ),
    (
        "Trigger",
        "What starts a journey, enters a milestone, fires a rule, ends a session or a wait.",
        "on: On, when?: Expr, set?: [Assign], from?: [text], outcome?: text, at: place",
    ),
    (
        "On",
        "When it is looked at.",
        "any: [Occurrence] | after: duration | every: duration | schedule: Schedule | \"condition\"",
    ),
    (
        "Schedule",
        "Five fields of cron.",
        "cron: text, zone?: Expr",
    ),
    (
        "Occurrence",
        "Something that happens.",
        "event: text | \"start\" | \"end\" | milestone: text | segment_entered: text | \
         segment_left: text | journey_started: text | journey_ended: text",
    ),
    (
        "Step",
        "Something that is done; `id` is unique in the plan, `step` in its block.",
        "id: text, step: text, kind: StepKind, at: place",
    ),
    (
        "StepKind",
        "What is done.",
        "wait: Wait | send: Send | call: Call | set: [Assign] | update: [Assign] | emit: Emit | \
         if: If | choose: [Choice] | split: Split | decide: Decide | parallel: [Steps] | \
         goto: text | end: text",
    ),
    ("Steps", "A block of steps.", "[Step]"),
    (
        "Send",
        "A message goes out.",
        "template: text, with: {Content}, hold?: bool, transactional?: bool",
    ),
    (
        "Call",
        "An action of a connection; with `set` it waits for the answer.",
        "action: text, with: {Content}, set?: [Assign], timeout?: duration, else?: [Step], \
         transactional?: bool",
    ),
    (
        "Emit",
        "An event for the same traveler.",
        "event: text, with: {Content}",
    ),
    (
        "If",
        "One of two blocks.",
        "condition: Expr, then: [Step], else?: [Step]",
    ),
    (
        "Choice",
        "A block and when it is taken; without a condition, otherwise.",
        "when?: Expr, do: [Step], at: place",
    ),
    (
        "Split",
        "One of several blocks by shares.",
        "name: text, by_session: bool, arms: [Arm]",
    ),
    (
        "Arm",
        "A block and its share.",
        "name: text, weight: natural, do?: [Step], at: place",
    ),
    (
        "Decide",
        "The eligible offer with the highest score.",
        "name: text, among: [Offer], fallback?: [Step]",
    ),
    (
        "Offer",
        "A block, when it may be taken, and how much it is worth.",
        "name: text, when?: Expr, score: Expr, do: [Step], at: place",
    ),
    (
        "Wait",
        "Until a time or an occurrence.",
        "for: duration | at: WaitAt | until: Expr | on: WaitOn",
    ),
    (
        "WaitAt",
        "The next such time of day; `days` skips so many midnights first.",
        "days: natural, at: TimeOfDay, zone?: Expr",
    ),
    ("TimeOfDay", "A time of day.", "literal: time | cel: Expr"),
    (
        "WaitOn",
        "The first of one or several.",
        "any: [Alternative], timeout?: duration, else?: [Step]",
    ),
    (
        "Alternative",
        "What is awaited, and what is done then.",
        "trigger: Trigger, then?: [Step]",
    ),
    (
        "PredictiveModel",
        "A predictive model, with its file in base64.",
        "name: text, traveler: text, file: text, onnx: text, inputs: [ModelInput], \
         outputs: [ModelOutput], at: place",
    ),
    (
        "ModelInput",
        "What a model is given.",
        "name: text, values: [Expr], at: place",
    ),
    (
        "ModelOutput",
        "What a model answers.",
        "name: text, type: Type, from: text, pick?: Pick, at: place",
    ),
    (
        "Pick",
        "One of several in an answer.",
        "index: natural | class: text",
    ),
    (
        "Argument",
        "What an operator, function or macro is given; `bind` is the variable of a macro.",
        "bind: text | Node",
    ),
    ("MapType", "The types of keys and values.", "pair"),
    ("Node", "A node of an expression's tree.", "node"),
];

fn form_of(form: &str) -> Json {
    match form {
        "pair" => json!({
            "type": "array",
            "prefixItems": [{ "$ref": "#/$defs/Type" }, { "$ref": "#/$defs/Type" }],
            "items": false,
            "minItems": 2,
        }),
        "node" => node(),
        form if form.contains(" | ") => json!({
            "oneOf": form.split(" | ").map(variant).collect::<Vec<_>>(),
        }),
        form if form.contains(": ") => object(form),
        form => reference(form),
    }
}

fn variant(variant: &str) -> Json {
    if let Some(text) = variant.strip_prefix('"') {
        return json!({ "const": text.trim_end_matches('"') });
    }
    form_of(variant)
}

fn object(form: &str) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in form.split(", ") {
        let Some((key, form)) = part.split_once(": ") else {
            continue;
        };
        if !key.ends_with('?') {
            required.push(key);
        }
        properties.insert(key.trim_end_matches('?').to_owned(), reference(form));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn reference(form: &str) -> Json {
    let inside = |open, close| form.strip_prefix(open)?.strip_suffix(close);
    if let Some(item) = inside('[', ']') {
        return json!({ "type": "array", "items": reference(item) });
    }
    if let Some(value) = inside('{', '}') {
        return json!({ "type": "object", "additionalProperties": reference(value) });
    }
    scalar(form).unwrap_or_else(|| json!({ "$ref": format!("#/$defs/{form}") }))
}

/// A duration as ISO 8601 has it, of hours, minutes and seconds.
const DURATION: &str = r"^-?PT([0-9]{1,15}H([0-9]{1,2}M)?([0-9]{1,2}(\.[0-9]{1,9})?S)?|[0-9]{1,2}M([0-9]{1,2}(\.[0-9]{1,9})?S)?|[0-9]{1,2}(\.[0-9]{1,9})?S)$";
const TIME: &str = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?$";

fn scalar(name: &str) -> Option<Json> {
    Some(match name {
        "any" => json!(true),
        "text" => json!({ "type": "string" }),
        "bool" => json!({ "type": "boolean" }),
        "natural" => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        "integer" => json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
        "duration" => json!({ "type": "string", "pattern": DURATION }),
        "time" => json!({ "type": "string", "pattern": TIME }),
        "place" => json!({ "type": "string", "description": "`FILE:LINE:COLUMN`." }),
        _ => return None,
    })
}

/// One of its keys says what a node is; all have a type and a place in the text.
fn node() -> Json {
    let is = |key: &str, value: Json, needs: &[&str], may: &[&str]| {
        let mut properties = json!({
            "type": { "type": "string", "description": "In the notation of the language." },
            "at": { "type": "string", "pattern": "^[0-9]+\\.\\.[0-9]+$", "description": "Its bytes in the text." },
        });
        properties[key] = value;
        let mut required = vec!["at", key, "type"];
        required.extend(needs);
        for other in needs.iter().chain(may) {
            properties[*other] = match *other {
                "optional" if key == "make" => {
                    json!({ "type": "array", "items": { "type": "integer", "minimum": 0 } })
                }
                "optional" => json!({ "const": true }),
                _ => {
                    json!({ "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/Argument" } })
                }
            };
        }
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    let text = json!({ "type": "string" });
    let path = json!({ "type": "array", "minItems": 1, "items": text });
    let make = json!({ "enum": ["list", "map"] });
    json!({ "oneOf": [
        is("literal", json!(true), &[], &[]),
        is("path", path, &[], &[]),
        is("field", text.clone(), &["args"], &["optional"]),
        is("call", text, &[], &["args"]),
        is("make", make, &[], &["args", "optional"]),
    ]})
}
