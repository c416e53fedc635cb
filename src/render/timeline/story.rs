//! Records into stories: one a traveler, under the name that says most.

use std::collections::BTreeMap;

use super::super::text::{clean, value};
use crate::engine::{Record, What};

/// What one traveler went through.
pub(super) struct Story<'a> {
    /// "Carla · n-1001".
    pub(super) title: String,
    pub(super) records: Vec<&'a Record>,
}

/// The records of each traveler, in the order in which travelers were first met; what concerns
/// nobody comes last. Two that were joined are one story.
pub(super) fn stories<'a>(records: &[&'a Record]) -> Vec<Story<'a>> {
    let mut groups = Groups::default();
    for record in records {
        groups.add(record);
    }
    let mut stories: Vec<Story<'a>> = groups
        .members
        .into_iter()
        .filter(|member| !member.records.is_empty())
        .map(Member::into_story)
        .collect();
    if !groups.nobody.is_empty() {
        stories.push(Story {
            title: "Events of no traveler".to_owned(),
            records: groups.nobody,
        });
    }
    stories
}

#[derive(Default)]
struct Groups<'a> {
    members: Vec<Member<'a>>,
    /// Every name that a traveler had → its member.
    by_name: BTreeMap<&'a str, usize>,
    by_number: BTreeMap<u32, usize>,
    nobody: Vec<&'a Record>,
}

#[derive(Default)]
struct Member<'a> {
    /// The latest.
    name: &'a str,
    records: Vec<&'a Record>,
    profile: BTreeMap<&'a str, &'a serde_json::Value>,
}

impl<'a> Groups<'a> {
    fn add(&mut self, record: &'a Record) {
        let Some(name) = record.traveler.as_deref() else {
            self.nobody.push(record);
            return;
        };
        // A traveler may get another name, and names come back: the number is what stays.
        let known = match record.number {
            Some(number) => self.by_number.get(&number),
            None => self.by_name.get(name),
        };
        let index = known.copied().unwrap_or_else(|| {
            self.members.push(Member::default());
            self.members.len() - 1
        });
        self.by_name.insert(name, index);
        self.by_number
            .extend(record.number.map(|number| (number, index)));
        if let What::TravelerMerged { name: ended } = &record.what
            && let Some(other) = self.by_name.get(&**ended).copied()
            && other != index
        {
            self.join(index, other);
        }
        let member = &mut self.members[index];
        member.name = name;
        if let What::ProfileChanged { name, value } = &record.what {
            member.profile.insert(name, value);
        }
        member.records.push(record);
    }

    /// The story of `ended` becomes part of that of `survivor`.
    fn join(&mut self, survivor: usize, ended: usize) {
        let ended_member = std::mem::take(&mut self.members[ended]);
        let names = self.by_name.values_mut();
        for index in names.chain(self.by_number.values_mut()) {
            if *index == ended {
                *index = survivor;
            }
        }
        let member = &mut self.members[survivor];
        member.records.extend(ended_member.records);
        // Stable: at one instant each keeps its own order.
        member.records.sort_by_key(|record| record.time);
        for (name, value) in ended_member.profile {
            member.profile.entry(name).or_insert(value);
        }
    }
}

impl<'a> Member<'a> {
    fn into_story(self) -> Story<'a> {
        let known = ["name", "first_name", "last_name", "email"];
        let person: Vec<String> = known
            .iter()
            .filter_map(|field| self.profile.get(field))
            .filter(|written| written.is_string())
            .map(|written| value(written))
            .take(1)
            .collect();
        let name = clean(self.name);
        Story {
            title: match person.first() {
                Some(person) if !name.contains(person) => format!("{person} · {name}"),
                _ => name,
            },
            records: self.records,
        }
    }
}
