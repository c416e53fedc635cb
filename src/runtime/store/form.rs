//! How things are written: what a folder says of itself, records of travelers, times, and the keys of what
//! leads to whom. Bytes go in and come out; nothing is read from a disk here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{StoreError, broken};
use crate::engine::{Lead, RECORD_VERSION};

/// The version of the layout, and the first that is known. Since 3 the files of the journal are written
/// again: who does not know that would take them for empty.
pub const LAYOUT: u32 = 3;
const FIRST_LAYOUT: u32 = 2;

/// What is read first of what a folder says of itself: whether this program knows the rest.
#[derive(Deserialize)]
struct Versions {
    layout: u32,
    records: u8,
}

/// What is true of all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    pub layout: u32,
    /// The version of the form of travelers' records.
    pub records: u8,
    /// The plan that it was written under: its hash, and the fingerprint that records carry.
    pub plan: String,
    pub fingerprint: u64,
    /// What the engine's clock showed last; it never turns back.
    pub clock: Timestamp,
    /// How many numbers of travelers are given away.
    pub numbers: u32,
    /// How many inputs there were that count for who was active last.
    pub sequence: u64,
    /// How many actions were put into the outbox.
    pub posted: u64,
    /// How many inputs were handled: the order of timelines.
    pub noted: u64,
    /// Of the travelers that an earlier plan left, from which number on they are still to be looked
    /// at; none: all are on the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unswept: Option<u32>,
    /// Which generation of ids is written, and since when.
    pub generation: u64,
    pub generation_since: Timestamp,
}

/// A traveler as it is kept.
pub enum Kept {
    Record {
        /// How many of its inputs were ever noted in its timeline.
        noted: u32,
        record: Vec<u8>,
    },
    /// It was joined to another.
    Gone(u32),
    /// What there is cannot be read; why.
    Damaged(String),
}

impl Meta {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Kept {
    /// As it is written; what is damaged stays as it is.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Record { noted, record } => {
                let mut bytes = Vec::with_capacity(record.len() + 5);
                bytes.push(RECORD);
                bytes.extend_from_slice(&noted.to_be_bytes());
                bytes.extend_from_slice(record);
                Some(bytes)
            }
            Self::Gone(into) => {
                let mut bytes = vec![GONE];
                bytes.extend_from_slice(&into.to_be_bytes());
                Some(bytes)
            }
            Self::Damaged(_) => None,
        }
    }
}

/// Records of travelers, by number.
const RECORD: u8 = 0;
const GONE: u8 = 1;

/// Keys of timelines: a traveler and a slot, or a traveler, this and who was joined to it.
pub(super) const NOTE: usize = 8;
pub(super) const JOINED: [u8; 4] = [0xff; 4];

/// What a folder says of itself, as this version has it; of a new one there is nothing else.
pub(super) fn read_meta(bytes: &[u8]) -> Result<Option<Meta>, StoreError> {
    let useless = |error| StoreError {
        message: format!("what it says of itself is no use: {error}"),
    };
    let said: Value = serde_json::from_slice(bytes).map_err(useless)?;
    let versions = Versions::deserialize(&said).map_err(useless)?;
    let records = u32::from(RECORD_VERSION);
    let known = [
        ("layout", versions.layout, FIRST_LAYOUT, LAYOUT),
        ("records", u32::from(versions.records), records, records),
    ];
    for (what, found, first, known) in known {
        if found > known {
            return broken(format!(
                "a later version of cjoc wrote it ({what} of version {found}, and this one knows \
                 {known}): run that version, or a later one"
            ));
        }
        if found < first {
            return broken(format!(
                "version {found} of its {what} is not known any more"
            ));
        }
    }
    if said.get("plan").is_none() {
        return Ok(None);
    }
    let mut meta = Meta::deserialize(said).map_err(useless)?;
    meta.layout = LAYOUT;
    Ok(Some(meta))
}

/// A traveler as it is kept.
pub(super) fn kept(bytes: &[u8]) -> Kept {
    let read = || {
        let (tag, rest) = bytes.split_first()?;
        match *tag {
            RECORD => {
                let (noted, record) = rest.split_first_chunk::<4>()?;
                Some(Kept::Record {
                    noted: u32::from_be_bytes(*noted),
                    record: record.to_vec(),
                })
            }
            GONE => Some(Kept::Gone(u32::from_be_bytes(rest.try_into().ok()?))),
            _ => None,
        }
    };
    read().unwrap_or_else(|| Kept::Damaged("this is no record of a traveler".to_owned()))
}

/// The key of a lead: the value itself may be longer than a key can be.
pub(super) fn lead_key(lead: &Lead) -> Vec<u8> {
    let hash = blake3::hash(lead.value.as_bytes());
    let mut key = Vec::with_capacity(26);
    key.extend_from_slice(&lead.ty.to_be_bytes());
    key.extend_from_slice(&lead.identity.to_be_bytes());
    key.extend_from_slice(&lead.number.to_be_bytes());
    key.extend_from_slice(&hash.as_bytes()[..16]);
    key
}

pub(super) fn time(time: Timestamp) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&time.as_second().to_be_bytes());
    bytes[8..].copy_from_slice(&time.subsec_nanosecond().to_be_bytes());
    bytes
}

pub(super) fn read_time(bytes: &[u8]) -> Option<Timestamp> {
    let (second, nanos) = bytes.split_first_chunk::<8>()?;
    let nanos = nanos.try_into().ok()?;
    Timestamp::new(i64::from_be_bytes(*second), i32::from_be_bytes(nanos)).ok()
}

pub(super) fn read_lead(key: &[u8], value: &[u8]) -> Option<Lead> {
    let (ty, rest) = key.split_first_chunk::<4>()?;
    let (identity, rest) = rest.split_first_chunk::<2>()?;
    let (number, _) = rest.split_first_chunk::<4>()?;
    Some(Lead {
        ty: u32::from_be_bytes(*ty),
        identity: u16::from_be_bytes(*identity),
        number: u32::from_be_bytes(*number),
        value: std::str::from_utf8(value).ok()?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_the_epoch_and_between_seconds_are_read_back() {
        for text in [
            "1969-12-31T23:59:59.25Z",
            "1970-01-01T00:00:00Z",
            "2026-03-02T18:00:00.000000001Z",
        ] {
            let at: Timestamp = text.parse().expect("it is a time");
            assert_eq!(read_time(&time(at)), Some(at), "{text}");
        }
        assert_eq!(read_time(&[0; 11]), None);
    }
}
