//! What is known of the fields at one point: a list of cases, one of which holds; each says what
//! some fields may be. A field that a case does not speak of may be anything.
//!
//! All that can be is in it, and perhaps more: where the cases become too many, they are made one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::scale::{Scale, all_of};
use super::terms::written_to;
use super::values::Values;
use crate::cel::ast::Ast;
use crate::cel::types::Type;
use crate::source::{Span, TextRange};

/// More cases than this become one.
const MAX_CASES: usize = 64;

/// More reasons than these are not kept for one field.
const MAX_REASONS: usize = 8;

/// What is known of the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    cases: Vec<Case>,
}

/// By path.
type Case = BTreeMap<Arc<str>, Fact>;

#[derive(Clone, Debug)]
struct Fact {
    values: Values,
    /// What says so, in the order of the text.
    because: Vec<Arc<Reason>>,
}

impl PartialEq for Fact {
    /// Why it is known makes no difference.
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

/// A part of a condition, and what it says of a field.
#[derive(Clone, Debug)]
pub(super) struct Reason {
    pub place: Place,
    pub values: Values,
    /// "`event.total` is over 100 here"
    pub text: String,
}

/// Where a reason stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the expression itself.
    Here(TextRange),
    There(Span),
}

impl Default for World {
    /// Nothing is known.
    fn default() -> Self {
        Self {
            cases: vec![Case::new()],
        }
    }
}

impl World {
    /// What cannot be.
    pub fn never() -> Self {
        Self { cases: Vec::new() }
    }

    /// Nothing can make it so.
    pub fn is_never(&self) -> bool {
        self.cases.is_empty()
    }

    /// What holds where both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let many = self.cases.len() * other.cases.len() > MAX_CASES * 4;
        let (one, two) = if many {
            (self.as_one(), other.as_one())
        } else {
            (self.clone(), other.clone())
        };
        let mut both = Self::never();
        for a in &one.cases {
            for b in &two.cases {
                let mut case = a.clone();
                let sound = b.iter().all(|(path, fact)| {
                    narrow(&mut case, path, &fact.values, &fact.values, &fact.because)
                });
                if sound {
                    both.add(case);
                }
            }
        }
        both.limited()
    }

    /// What holds where either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut either = self.clone();
        for case in &other.cases {
            either.add(case.clone());
        }
        either.limited()
    }

    /// What holds where either holds, or nothing: for what is worked out in circles.
    #[must_use]
    pub fn widened(&self, other: &Self) -> Self {
        let within = |case: &Case| self.cases.iter().any(|known| is_in(case, known));
        if other.cases.iter().all(within) {
            self.clone()
        } else {
            Self::default()
        }
    }

    /// Forgets what is known of a path and of those below it.
    pub fn forget(&mut self, root: &str) {
        self.retain(|path| {
            path != root
                && !path
                    .strip_prefix(root)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
    }

    /// A value has been written to a path: what was known of it is forgotten, and a constant is
    /// known from now on.
    pub fn write(&mut self, path: &str, ty: &Type, value: &Ast, at: Span) {
        self.forget(path);
        let Some(values) = written_to(ty, value).filter(|values| !values.is_empty()) else {
            return;
        };
        let shown = Scale::of(ty).describe(&values);
        let reason = Reason {
            place: Place::There(at),
            text: format!("`{path}` is {shown} from here on"),
            values: values.clone(),
        };
        *self = self.assume(&Arc::from(path), &all_of(ty), &Arc::new(reason));
    }

    /// Forgets what is known of other paths.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let cases = std::mem::take(&mut self.cases);
        for mut case in cases {
            case.retain(|path, _| keep(path));
            self.add(case);
        }
    }

    /// The places of the expression become places of the workspace.
    pub fn locate(&mut self, at: impl Fn(TextRange) -> Span) {
        for fact in self.cases.iter_mut().flat_map(BTreeMap::values_mut) {
            for reason in &mut fact.because {
                if let Place::Here(range) = reason.place {
                    let mut moved = Reason::clone(reason);
                    moved.place = Place::There(at(range));
                    *reason = Arc::new(moved);
                }
            }
        }
    }

    /// What holds where a field is one of these values.
    pub(super) fn assume(&self, path: &Arc<str>, all: &Values, reason: &Arc<Reason>) -> Self {
        let mut made = Self::never();
        for case in &self.cases {
            let mut case = case.clone();
            let because = std::slice::from_ref(reason);
            if narrow(&mut case, path, all, &reason.values, because) {
                made.add(case);
            }
        }
        made
    }

    /// What rules out that a field is one of these values.
    pub(super) fn against(&self, path: &str, values: &Values) -> Option<Arc<Reason>> {
        let facts = self.cases.iter().filter_map(|case| case.get(path));
        let mut reasons = facts.flat_map(|fact| &fact.because);
        let mut last = None;
        reasons
            .find(|reason| {
                last = Some(Arc::clone(reason));
                reason.values.and(values).is_empty()
            })
            .cloned()
            .or(last)
    }

    fn add(&mut self, case: Case) {
        for known in &mut self.cases {
            if is_in(&case, known) {
                return;
            }
            if let Some(path) = differs_in(known, &case) {
                if let (Some(fact), Some(other)) = (known.get_mut(&path), case.get(&path)) {
                    fact.values = fact.values.or(&other.values);
                    fact.because.extend(other.because.iter().cloned());
                    fact.because.truncate(MAX_REASONS);
                }
                return;
            }
        }
        self.cases.push(case);
    }

    fn limited(self) -> Self {
        if self.cases.len() > MAX_CASES {
            self.as_one()
        } else {
            self
        }
    }

    /// One case with all that the cases have in common.
    fn as_one(&self) -> Self {
        let mut cases = self.cases.iter();
        let Some(mut one) = cases.next().cloned() else {
            return Self::never();
        };
        for case in cases {
            one.retain(|path, fact| match case.get(path) {
                Some(other) => {
                    fact.values = fact.values.or(&other.values);
                    true
                }
                None => false,
            });
        }
        Self { cases: vec![one] }
    }
}

/// Whether a case is one of another.
fn is_in(case: &Case, other: &Case) -> bool {
    other.iter().all(|(path, wide)| {
        case.get(path)
            .is_some_and(|fact| fact.values.is_in(&wide.values))
    })
}

/// The only path on which two cases differ.
fn differs_in(one: &Case, other: &Case) -> Option<Arc<str>> {
    if one.len() != other.len() {
        return None;
    }
    let mut differ = None;
    for ((path, a), (other_path, b)) in one.iter().zip(other) {
        if path != other_path {
            return None;
        }
        if a != b && differ.replace(path).is_some() {
            return None;
        }
    }
    differ.cloned()
}

/// Narrows a field; false where nothing is left.
fn narrow(
    case: &mut Case,
    path: &Arc<str>,
    all: &Values,
    values: &Values,
    because: &[Arc<Reason>],
) -> bool {
    let fact = case.entry(path.clone()).or_insert_with(|| Fact {
        values: all.clone(),
        because: Vec::new(),
    });
    fact.values = fact.values.and(values);
    let room = MAX_REASONS.saturating_sub(fact.because.len());
    fact.because.extend(because.iter().take(room).cloned());
    !fact.values.is_empty()
}
