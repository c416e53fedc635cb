//! Travelers as records: bytes that a store keeps, each readable by itself.
//!
//! A record is the version of the form, the fingerprint of the plan that it was written under, and
//! what is remembered of the traveler (postcard). Whatever bytes come, reading them gives a
//! traveler that fits the plan, or says why not. Equal travelers are equal bytes.

use postcard::ser_flavors::Flavor;

use super::linked::Engine;
use super::state::Traveler;

/// The version of the form; another one is refused.
pub const RECORD_VERSION: u8 = 2;

/// The bytes before the traveler itself: the version and the plan.
const HEAD: usize = 9;

/// Why bytes are no record, or no state, of this plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackError {
    pub message: String,
}

impl PackError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl std::fmt::Display for PackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PackError {}

/// What is written, at the end of what is there; whole slices at once.
struct Bytes(Vec<u8>);

impl Flavor for Bytes {
    type Output = Vec<u8>;

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

impl Engine {
    pub(super) fn pack(&self, traveler: &Traveler) -> Vec<u8> {
        let mut head = Vec::with_capacity(256);
        head.push(RECORD_VERSION);
        head.extend_from_slice(&self.fingerprint.to_le_bytes());
        postcard::serialize_with_flavor(traveler, Bytes(head)).unwrap_or_default()
    }

    /// Which plan a record was written under, by its fingerprint.
    pub fn plan_of(record: &[u8]) -> Option<u64> {
        let bytes = record.get(1..HEAD)?.try_into().ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    pub(super) fn unpack(&self, record: &[u8]) -> Result<Box<Traveler>, PackError> {
        let Some((head, body)) = record.split_at_checked(HEAD) else {
            return Err(PackError::new("this is no record of a traveler"));
        };
        if head[0] != RECORD_VERSION {
            let message = format!("version {} of records is not known", head[0]);
            return Err(PackError::new(message));
        }
        if head[1..] != self.fingerprint.to_le_bytes() {
            return Err(PackError::new("this record belongs to another plan"));
        }
        let (mut traveler, rest): (Box<Traveler>, &[u8]) = postcard::take_from_bytes(body)
            .map_err(|error| PackError::new(format!("this is no record of a traveler: {error}")))?;
        if !rest.is_empty() {
            return Err(PackError::new("something follows the record of a traveler"));
        }
        if !self.fits(&traveler) {
            return Err(PackError::new("this record does not fit the plan"));
        }
        self.retype(&mut traveler);
        Ok(traveler)
    }
}

/// JSON within a form that has no words for it: as text.
pub(super) mod json {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};
    use serde_json::Value;

    #[expect(clippy::ref_option, reason = "serde hands it over so")]
    pub(in crate::engine) fn serialize<S: Serializer>(
        value: &Option<Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Value::to_string).serialize(serializer)
    }

    pub(in crate::engine) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Value>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let value = text.map(|text| serde_json::from_str(&text));
        value.transpose().map_err(D::Error::custom)
    }
}
