//! Payloads by their types, straight from the text: what is read becomes a value, the rest is only
//! checked.

use std::borrow::Cow;

use super::json::{Cursor, Keys};
use crate::cel::{self, ObjectType, Type, Value};
use crate::engine::linked::Written;

/// What somebody reads; the text of what nobody reads is not copied.
#[derive(Clone, Copy)]
pub(super) enum Kept<'k> {
    All,
    Nothing,
    /// By slot.
    Some(&'k [bool]),
}

impl Kept<'_> {
    #[inline]
    fn below(self, slot: usize) -> Kept<'static> {
        let kept = match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Some(slots) => slots.get(slot).copied().unwrap_or(true),
        };
        if kept { Kept::All } else { Kept::Nothing }
    }

    const fn is_nothing(self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// Puts a value of a type in place of another one; none where anything is out of the ordinary.
#[inline]
fn value(cursor: &mut Cursor<'_>, ty: &Type, kept: Kept<'_>, into: &mut Value) -> Option<()> {
    let next = cursor.peek()?;
    if next == b'n' {
        // Where null is not absence, the other reader knows what it is.
        return match ty {
            Type::Nullable(_) => {
                *into = Value::Null;
                cursor.null()
            }
            _ => None,
        };
    }
    match ty.present() {
        Type::String => {
            let text = match cursor.plain() {
                Some(text) => Cow::Borrowed(text),
                None => cursor.string()?,
            };
            *into = if kept.is_nothing() {
                Value::Null
            } else {
                Value::string(&*text)
            };
        }
        Type::Enum(words) => {
            let text = cursor.string()?;
            let word = words.values.iter().find(|word| ***word == *text)?;
            *into = Value::shared(word);
        }
        Type::Double => {
            let double = cursor.number()?.double()?;
            double.is_finite().then_some(())?;
            *into = Value::Double(double);
        }
        Type::Int => *into = Value::Int(cursor.number()?.int()?),
        Type::Uint => *into = Value::Uint(cursor.number()?.uint()?),
        Type::Bool => *into = Value::Bool(cursor.bool()?),
        Type::Timestamp => {
            let text = cursor.string()?;
            *into = Value::Timestamp(cel::parse_timestamp(&text).ok()?);
        }
        Type::Object(object_type) => {
            let mut slots = Vec::new();
            let names = Names {
                declared: object_type,
                written: &[],
            };
            object(cursor, names, kept, &mut slots)?;
            *into = crate::engine::scope::object(object_type, slots);
        }
        Type::List(element) => {
            cursor.expect(b'[')?;
            let mut items = Vec::new();
            if !cursor.take(b']') {
                loop {
                    let mut item = Value::Null;
                    value(cursor, element, kept, &mut item)?;
                    items.push(item);
                    if !cursor.take(b',') {
                        break;
                    }
                }
                cursor.expect(b']')?;
            }
            *into = Value::list(items);
        }
        _ => {
            let text = cursor.value()?;
            *into = cel::decode_json(text, ty, "data", &mut Vec::new()).ok()?;
        }
    }
    Some(())
}

/// The names of an object's fields.
#[derive(Clone, Copy)]
pub(super) struct Names<'t> {
    pub declared: &'t ObjectType,
    /// As they are written, where that is known.
    pub written: &'t [Written],
}

/// The fields of an object of a type, in place of what is in `slots`.
pub(super) fn object(
    cursor: &mut Cursor<'_>,
    names: Names<'_>,
    kept: Kept<'_>,
    slots: &mut Vec<Value>,
) -> Option<()> {
    let ty = names.declared;
    // What stands there is of another event, and gives way field by field.
    if slots.len() != ty.fields.len() {
        slots.clear();
        slots.resize(ty.fields.len(), Value::Null);
    }
    let mut there = Filled::default();
    let mut strangers = Keys::default();
    cursor.expect(b'{')?;
    if !cursor.take(b'}') {
        // Producers write fields in one order, most often that of the declaration.
        let mut hint = 0;
        loop {
            let hinted = ty
                .fields
                .get(hint)
                .filter(|field| match names.written.get(hint) {
                    Some(written) => cursor.quoted(&written.key),
                    None => cursor.key(&field.name),
                });
            let found = if let Some(field) = hinted {
                Some((hint, field))
            } else {
                let name = cursor.string()?;
                cursor.expect(b':')?;
                let found = ty.field(&name);
                if found.is_none() {
                    strangers.add(name)?;
                }
                found
            };
            if let Some((slot, field)) = found {
                hint = slot + 1;
                let absent = field.default.is_some() && cursor.peek()? == b'n';
                if absent || !there.add(slot) {
                    return None;
                }
                let words = names.written.get(slot).map_or(&[][..], |it| &it.words);
                match words.iter().find(|(word, _)| cursor.quoted(word)) {
                    Some((_, word)) => slots[slot].clone_from(word),
                    None => value(cursor, &field.ty, kept.below(slot), &mut slots[slot])?,
                }
            } else {
                cursor.value()?;
            }
            if !cursor.take(b',') {
                break;
            }
        }
        cursor.expect(b'}')?;
    }
    if there.count == ty.fields.len() {
        return Some(());
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
    Some(())
}

/// Which slots are filled.
#[derive(Default)]
struct Filled {
    first: u64,
    rest: Vec<usize>,
    count: usize,
}

impl Filled {
    #[inline]
    fn has(&self, slot: usize) -> bool {
        match 1_u64.checked_shl(slot as u32) {
            Some(bit) => self.first & bit != 0,
            None => self.rest.contains(&slot),
        }
    }

    /// False where it is there already.
    #[inline]
    fn add(&mut self, slot: usize) -> bool {
        let new = !self.has(slot);
        match 1_u64.checked_shl(slot as u32) {
            Some(bit) => self.first |= bit,
            None => self.rest.push(slot),
        }
        self.count += usize::from(new);
        new
    }
}
