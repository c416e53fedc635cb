//! Reading JSON by type, from text or from a tree: any serde deserializer goes in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::base64;
use super::super::duration::parse_data_duration;
use super::super::timestamp::parse_timestamp;
use super::super::types::{EnumType, ObjectType, Type};
use super::super::value::{ObjectValue, Value};
use super::Mismatch;

const BEYOND: &str = "a number beyond 64 bits";

/// Why JSON could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The text is no JSON.
    Syntax(String),
    Mismatch(Mismatch),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message) => f.write_str(message),
            Self::Mismatch(mismatch) => mismatch.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads values by their types, and notes on the way what the types do not know.
#[derive(Debug)]
pub struct Reader<'t> {
    root: &'t str,
    path: Vec<Step<'t>>,
    /// The paths of unknown fields, in the order of the text.
    pub unknown: Vec<String>,
    mismatch: Option<Mismatch>,
}

#[derive(Debug)]
enum Step<'t> {
    Field(&'t str),
    Key(Arc<str>),
    Place(usize),
}

impl<'t> Reader<'t> {
    /// A reader whose paths begin with `root`.
    pub fn new(root: &'t str) -> Self {
        Self {
            root,
            path: Vec::new(),
            unknown: Vec::new(),
            mismatch: None,
        }
    }

    /// Reads one value.
    pub fn read<'de, D: Deserializer<'de>>(
        &mut self,
        ty: &'t Type,
        input: D,
    ) -> Result<Value, ReadError> {
        let read = Seed { reader: self, ty }.deserialize(input);
        read.map_err(|error| match self.mismatch.take() {
            Some(mismatch) => ReadError::Mismatch(mismatch),
            None => ReadError::Syntax(error.to_string()),
        })
    }

    /// Notes what does not fit; the error only unwinds.
    fn no_fit<E: Error>(&mut self, ty: &Type, found: impl Into<String>) -> E {
        self.mismatch = Some(Mismatch {
            path: self.place(),
            expected: ty.to_string(),
            found: found.into(),
        });
        E::custom("the value does not fit")
    }

    fn below<T, E>(
        &mut self,
        step: Step<'t>,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    /// The path to here, as an expression would say it.
    fn place(&self) -> String {
        let mut place = self.root.to_owned();
        for step in &self.path {
            let name = match step {
                Step::Place(index) => {
                    place.extend(["[", &index.to_string(), "]"]);
                    continue;
                }
                Step::Field(name) => name,
                Step::Key(name) => &**name,
            };
            if is_plain(name) {
                place.push_str(if place.is_empty() { "" } else { "." });
                place.push_str(name);
            } else {
                place.extend(["[", &format!("{name:?}"), "]"]);
            }
        }
        place
    }
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

/// One value to be read as one type.
struct Seed<'r, 't> {
    reader: &'r mut Reader<'t>,
    ty: &'t Type,
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }
}

/// Reads nothing from `null`: a default takes its place.
struct OrNull<'r, 't>(Seed<'r, 't>);

impl<'de> DeserializeSeed<'de> for OrNull<'_, '_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Option<Value>, D::Error> {
        input.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OrNull<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Option<Value>, D::Error> {
        self.0.deserialize(input).map(Some)
    }
}

impl<'t> Seed<'_, 't> {
    /// The type that a present value must have.
    fn due(&self) -> &'t Type {
        match self.ty.present() {
            Type::Optional(inner) => inner.present(),
            present => present,
        }
    }

    /// A present value, as an optional where one is due.
    fn present(&self, value: Value) -> Value {
        match self.ty {
            Type::Optional(_) => Value::Optional(Some(Arc::new(value))),
            _ => value,
        }
    }

    fn refuse<E: Error>(self, found: impl Into<String>) -> E {
        let due = self.due();
        self.reader.no_fit(due, found)
    }

    /// A whole number, however it is written: `1`, `1.0`, `1e3`.
    fn whole<E: Error>(self, v: i128) -> Result<Value, E> {
        let read = match self.due() {
            Type::Int => i64::try_from(v).map(Value::Int).map_err(|_| BEYOND),
            Type::Uint if v < 0 => Err("a negative number"),
            Type::Uint => u64::try_from(v).map(Value::Uint).map_err(|_| BEYOND),
            #[allow(
                clippy::cast_precision_loss,
                reason = "a double takes the nearest value of a whole number"
            )]
            Type::Double => Ok(Value::Double(v as f64)),
            Type::Dyn | Type::Error => i64::try_from(v)
                .map(Value::Int)
                .or_else(|_| u64::try_from(v).map(Value::Uint))
                .map_err(|_| BEYOND),
            _ => Err("a number"),
        };
        match read {
            Ok(value) => Ok(self.present(value)),
            Err(found) => Err(self.refuse(found)),
        }
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.ty)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        absent(self.ty).ok_or_else(|| self.refuse("null"))
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        match self.due() {
            Type::Bool | Type::Dyn | Type::Error => Ok(self.present(Value::Bool(v))),
            _ => Err(self.refuse("a bool")),
        }
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        self.whole(v.into())
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        self.whole(v.into())
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        match self.due() {
            Type::Double | Type::Dyn | Type::Error if v.is_finite() => {
                Ok(self.present(Value::Double(v)))
            }
            Type::Double => Err(self.refuse("a number beyond the range of doubles")),
            Type::Int | Type::Uint if v.fract() != 0.0 => {
                Err(self.refuse("a number with a fraction"))
            }
            // Any double up to here is exact as an i128, and beyond every int and uint.
            Type::Int | Type::Uint if v.abs() < 1e20 => self.whole(v as i128),
            Type::Int | Type::Uint => Err(self.refuse(BEYOND)),
            _ => Err(self.refuse("a number")),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        let read = match self.due() {
            Type::String | Type::Dyn | Type::Error => Ok(Value::string(text)),
            Type::Enum(words) => word(words, text),
            Type::Bytes => base64::decode(text)
                .map(|bytes| Value::Bytes(bytes.into()))
                .ok_or_else(|| "a string that is not base64".to_owned()),
            Type::Timestamp => parse_timestamp(text)
                .map(Value::Timestamp)
                .map_err(|e| format!("a string that is not a timestamp: {e}")),
            Type::Duration => parse_data_duration(text)
                .map(Value::Duration)
                .map_err(|e| format!("a string that is not a duration: {e}")),
            _ => Err("a string".to_owned()),
        };
        match read {
            Ok(value) => Ok(self.present(value)),
            Err(found) => Err(self.refuse(found)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut input: A) -> Result<Value, A::Error> {
        let element = match self.due() {
            Type::List(element) => &**element,
            due @ (Type::Dyn | Type::Error) => due,
            _ => return Err(self.refuse("a list")),
        };
        let mut items = Vec::new();
        loop {
            let item = self.reader.below(Step::Place(items.len()), |reader| {
                input.next_element_seed(Seed {
                    reader,
                    ty: element,
                })
            });
            match item? {
                Some(item) => items.push(item),
                None => return Ok(self.present(Value::list(items))),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, input: A) -> Result<Value, A::Error> {
        let value = match self.due() {
            Type::Object(object) => self.reader.object(object, input)?,
            Type::Map(key, value) => self.reader.map(key, value, input)?,
            due @ (Type::Dyn | Type::Error) => self.reader.map(&Type::String, due, input)?,
            _ => return Err(self.refuse("an object")),
        };
        Ok(self.present(value))
    }
}

impl<'t> Reader<'t> {
    fn object<'de, A: MapAccess<'de>>(
        &mut self,
        object: &'t Arc<ObjectType>,
        mut input: A,
    ) -> Result<Value, A::Error> {
        let mut slots: Vec<Option<Value>> = vec![None; object.fields.len()];
        while let Some(Name(name)) = input.next_key()? {
            if let Some((slot, field)) = object.field(&name) {
                slots[slot] = self.below(Step::Field(&field.name), |reader| {
                    let ty = &field.ty;
                    let seed = Seed { reader, ty };
                    if field.default.is_some() {
                        input.next_value_seed(OrNull(seed))
                    } else {
                        input.next_value_seed(seed).map(Some)
                    }
                })?;
            } else {
                let place = self.below(Step::Key(name.as_ref().into()), |r| {
                    Ok::<_, A::Error>(r.place())
                });
                self.unknown.push(place?);
                input.next_value::<IgnoredAny>()?;
            }
        }
        let mut values = Vec::with_capacity(slots.len());
        for (slot, field) in slots.into_iter().zip(&object.fields) {
            let filled = || super::from_json(field.default.as_ref()?, &field.ty).ok();
            values.push(match slot.or_else(filled).or_else(|| absent(&field.ty)) {
                Some(value) => value,
                None => {
                    return self.below(Step::Field(&field.name), |r| {
                        Err(r.no_fit(&field.ty, "nothing"))
                    });
                }
            });
        }
        Ok(Value::Object(Arc::new(ObjectValue {
            ty: object.clone(),
            slots: values,
        })))
    }

    fn map<'de, A: MapAccess<'de>>(
        &mut self,
        key: &'t Type,
        value: &'t Type,
        mut input: A,
    ) -> Result<Value, A::Error> {
        let mut entries: Vec<(Arc<str>, Value)> = Vec::new();
        while let Some(Name(name)) = input.next_key()? {
            let name: Arc<str> = name.as_ref().into();
            let value = self.below(Step::Key(name.clone()), |reader| {
                let fits = match key {
                    Type::String | Type::Dyn | Type::Error => Ok(()),
                    Type::Enum(words) => word(words, &name).map(drop),
                    _ => Err("a string".to_owned()),
                };
                fits.map_err(|found| reader.no_fit(key, found))?;
                input.next_value_seed(Entry(Seed { reader, ty: value }))
            })?;
            entries.push((name, value));
        }
        // Of a repeated key the last counts; an entry that is null is one that is missing, unless
        // nothing is known about the map.
        entries.reverse();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|(a, _), (b, _)| a == b);
        let untyped = matches!(value, Type::Dyn | Type::Error);
        let present = (entries.into_iter()).filter(|(_, value)| untyped || !value.is_null());
        let entries = present.map(|(key, value)| (Value::string(key), value));
        Ok(Value::Map(Arc::new(entries.collect())))
    }
}

/// The value of an entry: null stands for none, whatever the type.
struct Entry<'r, 't>(Seed<'r, 't>);

impl<'de> DeserializeSeed<'de> for Entry<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        self.0.deserialize(input)
    }
}

/// A key, borrowed where the input allows.
struct Name<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        input.deserialize_str(Read)
    }
}

/// What an absent value of the type is; none where it must be there.
fn absent(ty: &Type) -> Option<Value> {
    match ty {
        Type::Nullable(_) | Type::Null | Type::Dyn | Type::Error => Some(Value::Null),
        Type::Optional(_) => Some(Value::Optional(None)),
        _ => None,
    }
}

/// The enum's own copy of the word, so that all values of it share one text.
fn word(words: &EnumType, text: &str) -> Result<Value, String> {
    let word = words.values.iter().find(|word| ***word == *text);
    word.map(|word| Value::string(word.clone())).ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("{shown:?}")
    })
}
