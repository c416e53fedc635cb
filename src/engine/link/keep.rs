//! What of events anything in a plan reads: the rest need not be kept where nobody reads a trace.

use std::sync::Arc;

use crate::cel::{Binding, Env, Field, Type, Value};
use crate::engine::linked::{Engine, Expr, Keeps, Source, Written};
use crate::model::env::slot;

use super::Linker;

impl Linker<'_> {
    /// Notes what an expression reads.
    pub(super) fn keep_reads(&self, expr: &Expr, env: &Env) {
        let mut keeps = self.keeps.borrow_mut();
        for (root, path) in expr.program.roots() {
            match (root, path.first()) {
                (slot::EVENT, None) => keeps.payload = true,
                (slot::EVENT, Some(field)) => {
                    let root = env.roots.get(usize::from(root)).map(|root| &root.binding);
                    let field = match root {
                        Some(Binding::Value(Type::Object(object))) => {
                            object.fields.get(usize::from(*field))
                        }
                        _ => None,
                    };
                    match field {
                        Some(field) => drop(keeps.fields.insert(field.name.clone())),
                        None => keeps.payload = true,
                    }
                }
                (slot::TRIGGER, field) => {
                    // In the order of the envelope's fields.
                    keeps.id |= matches!(field, None | Some(0));
                    keeps.source |= matches!(field, None | Some(2));
                    keeps.subject |= matches!(field, None | Some(4));
                }
                _ => {}
            }
        }
    }
}

fn written(field: &Field) -> Written {
    let words = match field.ty.present() {
        Type::Enum(words) => words.values.as_slice(),
        _ => &[],
    };
    let quoted = |word: &Arc<str>| (format!("\"{word}\"").into(), Value::shared(word));
    Written {
        key: format!("\"{}\":", field.name).into(),
        words: words.iter().map(quoted).collect(),
    }
}

impl Engine {
    /// Settles what is kept of each event, once everything is linked.
    pub(super) fn keep(&mut self, keeps: Keeps) {
        for (index, event) in self.events.iter_mut().enumerate() {
            let Type::Object(ty) = &event.payload else {
                continue;
            };
            event.plain = is_plain(&event.payload);
            let kept = |name| keeps.payload || keeps.fields.contains(name);
            event.keep = ty.fields.iter().map(|field| kept(&field.name)).collect();
            event.written = ty.fields.iter().map(written).collect();
            let aggregated = (self.travelers.iter().flat_map(|it| &it.traits))
                .filter(|it| matches!(it.source, Source::Event(id) if id.index() == index))
                .filter_map(|it| it.path.first());
            for slot in aggregated {
                if let Some(kept) = event.keep.get_mut(*slot) {
                    *kept = true;
                }
            }
        }
        self.keeps = keeps;
    }
}

/// Whether the names of all fields, and the words of enums, are written as they are in JSON.
fn is_plain(ty: &Type) -> bool {
    match ty.present() {
        Type::Object(object) => object
            .fields
            .iter()
            .all(|field| !field.name.contains(['"', '\\']) && is_plain(&field.ty)),
        Type::List(element) => is_plain(element),
        Type::Enum(words) => words.values.iter().all(|it| !it.contains(['"', '\\'])),
        _ => true,
    }
}
