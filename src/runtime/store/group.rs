//! Groups of changes, as they are given to the journal: what becomes durable together.

use jiff::Timestamp;

use super::Store;
use super::form::{JOINED, Kept, Meta, lead_key, time};
use crate::engine::Lead;
use crate::runtime::census::Census;
use crate::runtime::epoch;
use crate::runtime::tables::Space;

/// Changes that become durable together. What is changed twice in it is in it once: the caller
/// sees to that.
#[derive(Default)]
pub struct Group {
    /// As the journal has them.
    pub(super) bytes: Vec<u8>,
}

impl Group {
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn insert(&mut self, space: &Space, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        epoch::put(&mut self.bytes, space.index(), key.as_ref(), value.as_ref());
    }

    fn remove(&mut self, space: &Space, key: impl AsRef<[u8]>) {
        epoch::removed(&mut self.bytes, space.index(), key.as_ref());
    }

    pub fn traveler(&mut self, store: &Store, number: u32, kept: &Kept) {
        if let Some(value) = kept.to_bytes() {
            self.insert(&store.travelers, number.to_be_bytes(), value);
        }
    }

    pub fn lead(&mut self, store: &Store, lead: &Lead, leads: bool) {
        let key = lead_key(lead);
        if leads {
            self.insert(&store.leads, key, lead.value.as_bytes());
        } else {
            self.remove(&store.leads, key);
        }
    }

    pub fn due(&mut self, store: &Store, number: u32, due: Option<Timestamp>) {
        let key = number.to_be_bytes();
        match due {
            Some(due) => self.insert(&store.due, key, time(due)),
            None => self.remove(&store.due, key),
        }
    }

    pub fn id(&mut self, store: &Store, id: [u8; 16], at: Timestamp) {
        self.insert(&store.ids, id, time(at));
    }

    pub fn posted(&mut self, store: &Store, number: u64, action: Option<&[u8]>) {
        let key = number.to_be_bytes();
        match action {
            Some(action) => self.insert(&store.outbox, key, action),
            None => self.remove(&store.outbox, key),
        }
    }

    pub fn dead(&mut self, store: &Store, key: &str, action: Option<&[u8]>) {
        match action {
            Some(action) => self.insert(&store.dead, key, action),
            None => self.remove(&store.dead, key),
        }
    }

    /// Notes what an input did to a traveler, in one of its slots.
    pub fn timeline(&mut self, store: &Store, number: u32, slot: u32, row: &[u8]) {
        let key = [number.to_be_bytes(), slot.to_be_bytes()].concat();
        self.insert(&store.timeline, key, row);
    }

    /// Keeps what there was of a traveler who begins anew.
    pub fn damaged(&mut self, store: &Store, number: u32, bytes: &[u8]) {
        let key = format!("damaged-{number}");
        self.insert(&store.meta, key, bytes);
    }

    /// Notes that a traveler was joined to another.
    pub fn joined(&mut self, store: &Store, number: u32, gone: u32) {
        let key = [number.to_be_bytes(), JOINED, gone.to_be_bytes()].concat();
        self.insert(&store.timeline, key, []);
    }

    pub fn census(&mut self, store: &Store, census: &Census) {
        let bytes = serde_json::to_vec(census).unwrap_or_default();
        self.insert(&store.meta, "census", bytes);
    }

    pub fn plan(&mut self, store: &Store, number: u32, plan: Option<&[u8]>) {
        let key = number.to_be_bytes();
        match plan {
            Some(plan) => self.insert(&store.plans, key, plan),
            None => self.remove(&store.plans, key),
        }
    }

    pub fn meta(&mut self, store: &Store, meta: &Meta) {
        self.insert(&store.meta, "meta", meta.to_bytes());
    }
}
