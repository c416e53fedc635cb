//! Journeys, triggers and steps of models for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::build::{
    Names, assigns, cel, duration, fields_of, list, object, strings, text_of, with,
};
use crate::cel::Type;
use crate::model::{
    Alternative, Arm, Choice, Journey, Milestone, Occurrence, Offer, On, Promise, Reentry, Rule,
    SessionKey, Since, Split, Status, Step, StepKind, TimeOfDay, Trigger, Wait, WhileActive,
};

pub(super) fn journey(name: &str, json: &Json, types: &Names) -> Journey {
    let names: Vec<Arc<str>> = (list(&json["milestones"]).into_iter())
        .filter_map(|it| text_of(&it["milestone"]))
        .collect();
    let start = triggers(&json["start"], "start");
    let first = start.iter().flat_map(events_of).collect::<Vec<_>>();
    let milestones = (list(&json["milestones"]).into_iter().enumerate()).map(|(index, it)| {
        let milestone = &names[index];
        let mut enter = triggers(&it["enter"], milestone);
        for trigger in &mut enter {
            if trigger.from.is_empty() {
                trigger.from = names[..index].to_vec();
            }
        }
        let mut events: Vec<_> = enter.iter().flat_map(events_of).collect();
        if index == 0 {
            events.extend(first.clone());
        }
        if it["event"] == false {
            events.clear();
        }
        let promise = &it["promise"];
        Milestone {
            id: Arc::default(),
            name: milestone.clone(),
            title: None,
            promise: promise.is_object().then(|| Promise {
                within: duration(&promise["within"]).unwrap(),
                of: text_of(&promise["of"]),
                at: format!("promise {milestone}").into(),
            }),
            steps: steps(&it["do"], &events),
            detached: it["detached"] == true,
            rules: list(&it["rules"])
                .into_iter()
                .map(|it| rule(it, it))
                .collect(),
            enter,
            at: format!("milestone {milestone}").into(),
        }
    });
    let reentry = &json["reentry"];
    Journey {
        id: Arc::default(),
        name: name.into(),
        title: None,
        lifecycle: None,
        traveler: "customer".into(),
        owner: None,
        status: match json["status"].as_str() {
            Some("shadow") => Status::Shadow,
            Some("paused") => Status::Paused,
            Some("hypothetical") => Status::Hypothetical,
            _ => Status::Live,
        },
        priority: json["priority"].as_i64().unwrap_or(0),
        happy_path: Vec::new(),
        key: json["key"].is_object().then(|| SessionKey {
            ty: Type::String,
            by: object(&json["key"])
                .map(|(event, it)| {
                    let event: Arc<str> = event.as_str().into();
                    (event.clone(), cel(it, &[event]))
                })
                .collect(),
            at: "key".into(),
        }),
        variables: fields_of(&json["variables"], types),
        start,
        reentry: match reentry {
            Json::String(_) => Reentry::Always,
            Json::Object(_) => Reentry::After {
                wait: duration(&reentry["after"]).unwrap(),
                since: if reentry["since"] == "start" {
                    Since::Start
                } else {
                    Since::End
                },
            },
            _ => Reentry::Never,
        },
        while_active: if json["while_active"] == "restart" {
            WhileActive::Restart
        } else {
            WhileActive::Ignore
        },
        milestones: milestones.collect(),
        rules: list(&json["rules"])
            .into_iter()
            .map(|it| rule(it, it))
            .collect(),
        end: triggers(&json["end"], "end"),
        migrate: (!json["migrate"].is_null())
            .then(|| serde_json::from_value(json["migrate"].clone()).unwrap()),
        at: format!("journey {name}").into(),
    }
}

pub(super) fn rule(named: &Json, json: &Json) -> Rule {
    let name = text_of(&named["rule"]).unwrap();
    let trigger = trigger(json, &name);
    let mut events = events_of(&trigger);
    if let Some(given) = json["events"].as_array() {
        events = given.iter().filter_map(text_of).collect();
    }
    Rule {
        id: Arc::default(),
        journeys: Vec::new(),
        steps: steps(&json["do"], &events),
        trigger,
        at: format!("rule {name}").into(),
        name,
    }
}

fn triggers(json: &Json, name: &str) -> Vec<Trigger> {
    list(json).into_iter().map(|it| trigger(it, name)).collect()
}

/// The events that a trigger names.
fn events_of(trigger: &Trigger) -> Vec<Arc<str>> {
    match &trigger.on {
        On::Any(any) => (any.iter())
            .filter_map(|it| match it {
                Occurrence::Event(name) => Some(name.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn occurrence(text: &str) -> Occurrence {
    let parts: Vec<_> = text.split('.').collect();
    match parts[..] {
        ["start"] => Occurrence::Start,
        ["end"] => Occurrence::End,
        ["milestone", name] => Occurrence::Milestone(name.into()),
        ["segment", name, "entered"] => Occurrence::SegmentEntered(name.into()),
        ["segment", name, "left"] => Occurrence::SegmentLeft(name.into()),
        ["journey", name, "started"] => Occurrence::JourneyStarted(name.into()),
        ["journey", name, "ended"] => Occurrence::JourneyEnded(name.into()),
        _ => Occurrence::Event(text.into()),
    }
}

fn trigger(json: &Json, name: &str) -> Trigger {
    let on = if let Some(time) = duration(&json["after"]) {
        On::After(time)
    } else if let Some(time) = duration(&json["every"]) {
        On::Every(time)
    } else if let Some(cron) = text_of(&json["schedule"]) {
        On::Schedule {
            cron,
            zone: (!json["zone"].is_null()).then(|| cel(&json["zone"], &[])),
        }
    } else if json["on"].is_null() {
        On::Condition
    } else {
        On::Any(
            strings(&json["on"])
                .iter()
                .map(|it| occurrence(it))
                .collect(),
        )
    };
    let mut trigger = Trigger {
        on,
        when: None,
        set: Vec::new(),
        from: strings(&json["from"]),
        outcome: text_of(&json["outcome"]),
        at: format!("trigger {name}").into(),
    };
    let mut events = events_of(&trigger);
    if let Some(given) = json["events"].as_array() {
        events = given.iter().filter_map(text_of).collect();
    }
    trigger.when = (!json["when"].is_null()).then(|| cel(&json["when"], &events));
    trigger.set = assigns(&json["set"], &events);
    trigger
}

fn steps(json: &Json, events: &[Arc<str>]) -> Vec<Step> {
    let mut events = events.to_vec();
    let mut seen = BTreeMap::<String, u32>::new();
    let mut all = Vec::new();
    for it in list(json) {
        let kind = step(it, &mut events);
        let mut id = match &kind {
            StepKind::Send { template, .. } => format!("send {template}"),
            StepKind::Call { action, .. } => format!("call {action}"),
            StepKind::Emit { event, .. } => format!("emit {event}"),
            _ => it.as_object().unwrap().keys().next().unwrap().clone(),
        };
        for key in ["wait", "if", "split", "choose", "decide", "parallel"] {
            if !it[key].is_null() {
                id = key.into();
            }
        }
        let count = seen.entry(id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            id = format!("{id} {count}");
        }
        all.push(Step {
            path: Arc::default(),
            at: format!("step {id}").into(),
            id: it["id"].as_str().map_or(id.as_str().into(), Into::into),
            kind,
        });
    }
    all
}

fn step(it: &Json, events: &mut Vec<Arc<str>>) -> StepKind {
    if !it["wait"].is_null() {
        return StepKind::Wait(wait(&it["wait"], events));
    }
    let has = |key: &str| !it[key].is_null();
    let timeout = duration(&it["timeout"]);
    let transactional = it["transactional"] == true;
    if has("send") {
        StepKind::Send {
            template: text_of(&it["send"]).unwrap(),
            with: with(&it["with"], events),
            hold: it["hold"] == true,
            transactional,
        }
    } else if has("call") {
        StepKind::Call {
            action: text_of(&it["call"]).unwrap(),
            with: with(&it["with"], events),
            set: assigns(&it["set"], events),
            timeout,
            otherwise: steps(&it["else"], events),
            transactional,
        }
    } else if has("set") {
        StepKind::Set(assigns(&it["set"], events))
    } else if has("update") {
        StepKind::Update(assigns(&it["update"], events))
    } else if has("emit") {
        StepKind::Emit {
            event: text_of(&it["emit"]).unwrap(),
            with: with(&it["with"], events),
        }
    } else if has("if") {
        StepKind::If {
            condition: cel(&it["if"], events),
            then: steps(&it["then"], events),
            otherwise: steps(&it["else"], events),
        }
    } else if has("choose") {
        let choice = |it: &Json| Choice {
            when: (!it["when"].is_null()).then(|| cel(&it["when"], events)),
            steps: steps(
                if it["otherwise"].is_null() {
                    &it["do"]
                } else {
                    &it["otherwise"]
                },
                events,
            ),
            at: "choice".into(),
        };
        StepKind::Choose(list(&it["choose"]).into_iter().map(choice).collect())
    } else if has("split") {
        let split = &it["split"];
        let arm = |(name, arm): (&String, &Json)| Arm {
            name: name.as_str().into(),
            weight: arm["weight"].as_u64().unwrap_or(1) as u32,
            steps: steps(&arm["do"], events),
            at: format!("arm {name}").into(),
        };
        StepKind::Split(Split {
            name: text_of(&split["name"]).unwrap(),
            by_session: split["by"] == "session",
            arms: object(&split["arms"]).map(arm).collect(),
        })
    } else if has("decide") {
        let decide = &it["decide"];
        let offer = |it: &Json| Offer {
            name: text_of(&it["offer"]).unwrap(),
            when: (!it["when"].is_null()).then(|| cel(&it["when"], events)),
            score: cel(&it["score"], events),
            steps: steps(&it["do"], events),
            at: "offer".into(),
        };
        StepKind::Decide {
            name: text_of(&decide["name"]).unwrap(),
            among: list(&decide["among"]).into_iter().map(offer).collect(),
            fallback: steps(&decide["fallback"], events),
        }
    } else if has("parallel") {
        let blocks = it["parallel"].as_array().unwrap().iter();
        StepKind::Parallel(blocks.map(|block| steps(block, events)).collect())
    } else if has("goto") {
        StepKind::Goto(text_of(&it["goto"]).unwrap())
    } else {
        StepKind::End(text_of(&it["end"]).unwrap())
    }
}

fn wait(it: &Json, events: &mut Vec<Arc<str>>) -> Wait {
    if let Some(time) = duration(it) {
        events.clear();
        return Wait::For(time);
    }
    let wait = if it["at"].is_string() {
        let at = it["at"].as_str().unwrap();
        Wait::At {
            days: it["days"].as_u64().unwrap_or(0) as u32,
            at: match at.parse() {
                Ok(time) => TimeOfDay::Literal(time),
                Err(_) => TimeOfDay::Cel(cel(&it["at"], events)),
            },
            zone: (!it["zone"].is_null()).then(|| cel(&it["zone"], events)),
        }
    } else if !it["until"].is_null() {
        Wait::Until(cel(&it["until"], events))
    } else {
        let alternatives = match &it["any"] {
            Json::Null => vec![it],
            any => list(any),
        };
        let alternative = |it: &Json| {
            let trigger = trigger(it, "wait");
            let events = events_of(&trigger);
            Alternative {
                then: steps(&it["then"], &events),
                trigger,
            }
        };
        let any: Vec<_> = alternatives.into_iter().map(alternative).collect();
        *events = match &any[..] {
            [one] => events_of(&one.trigger),
            _ => Vec::new(),
        };
        return Wait::On {
            any,
            timeout: duration(&it["timeout"]),
            otherwise: steps(&it["else"], &[]),
        };
    };
    events.clear();
    wait
}
