//! Payloads by their types, straight from the text: what is read becomes a value, the rest is only
//! checked.

use std::sync::Arc;

use super::json::Cursor;
use super::known::Known;
use crate::cel::{self, ObjectType, ObjectValue, Type, Value};

/// A value of a type; none where anything is out of the ordinary. `kept`: somebody reads it; the
/// text of what nobody reads is not copied.
fn value(cursor: &mut Cursor<'_>, ty: &Type, kept: bool, known: &mut Known) -> Option<Value> {
    let next = cursor.peek()?;
    if next == b'n' {
        // Where null is not absence, the other reader knows what it is.
        return match ty {
            Type::Nullable(_) => cursor.null().map(|()| Value::Null),
            _ => None,
        };
    }
    match ty.present() {
        Type::String => {
            let text = cursor.string()?;
            Some(if kept {
                Value::String(known.text(&text))
            } else {
                Value::Null
            })
        }
        Type::Enum(words) => {
            let text = cursor.string()?;
            let word = words.values.iter().find(|word| ***word == *text)?;
            Some(Value::String(word.clone()))
        }
        Type::Double => {
            let (text, _) = cursor.number()?;
            let double: f64 = text.parse().ok()?;
            double.is_finite().then_some(Value::Double(double))
        }
        Type::Int => match cursor.number()? {
            (text, true) => text.parse().ok().map(Value::Int),
            _ => None,
        },
        Type::Uint => match cursor.number()? {
            (text, true) => text.parse().ok().map(Value::Uint),
            _ => None,
        },
        Type::Bool => cursor.bool().map(Value::Bool),
        Type::Timestamp => {
            let text = cursor.string()?;
            cel::parse_timestamp(&text).ok().map(Value::Timestamp)
        }
        Type::Object(object_type) => object(cursor, object_type, &|_| kept, known),
        Type::List(element) => {
            cursor.expect(b'[')?;
            let mut items = Vec::new();
            if !cursor.take(b']') {
                loop {
                    items.push(value(cursor, element, kept, known)?);
                    if !cursor.take(b',') {
                        break;
                    }
                }
                cursor.expect(b']')?;
            }
            Some(Value::list(items))
        }
        _ => {
            let text = cursor.value()?;
            cel::decode_json(text, ty, "data", &mut Vec::new()).ok()
        }
    }
}

/// An object of a type; `kept` says of each slot whether somebody reads it.
pub(super) fn object(
    cursor: &mut Cursor<'_>,
    ty: &Arc<ObjectType>,
    kept: &dyn Fn(usize) -> bool,
    known: &mut Known,
) -> Option<Value> {
    let mut slots = vec![Value::Null; ty.fields.len()];
    let mut there = Filled::default();
    cursor.expect(b'{')?;
    if !cursor.take(b'}') {
        // Producers write fields in one order, most often that of the declaration.
        let mut hint = 0;
        loop {
            let hinted = ty.fields.get(hint).filter(|field| cursor.key(&field.name));
            let found = if let Some(field) = hinted {
                Some((hint, field))
            } else {
                let name = cursor.string()?;
                cursor.expect(b':')?;
                ty.field(&name)
            };
            if let Some((slot, field)) = found {
                hint = slot + 1;
                let absent = field.default.is_some() && cursor.peek()? == b'n';
                if absent || !there.add(slot) {
                    return None;
                }
                slots[slot] = value(cursor, &field.ty, kept(slot), known)?;
            } else {
                cursor.value()?;
            }
            if !cursor.take(b',') {
                break;
            }
        }
        cursor.expect(b'}')?;
    }
    for (slot, field) in ty.fields.iter().enumerate() {
        if there.has(slot) {
            continue;
        }
        slots[slot] = match (&field.default, &field.ty) {
            (Some(default), ty) => cel::from_json(default, ty).ok()?,
            (None, Type::Nullable(_)) => Value::Null,
            // An optional, something of no type, or an error: the other reader knows.
            (None, _) => return None,
        };
    }
    Some(Value::Object(Arc::new(ObjectValue {
        ty: ty.clone(),
        slots,
    })))
}

/// Which slots are filled.
#[derive(Default)]
struct Filled {
    first: u64,
    rest: Vec<usize>,
}

impl Filled {
    fn has(&self, slot: usize) -> bool {
        match 1_u64.checked_shl(slot as u32) {
            Some(bit) => self.first & bit != 0,
            None => self.rest.contains(&slot),
        }
    }

    /// False where it is there already.
    fn add(&mut self, slot: usize) -> bool {
        let new = !self.has(slot);
        match 1_u64.checked_shl(slot as u32) {
            Some(bit) => self.first |= bit,
            None => self.rest.push(slot),
        }
        new
    }
}
