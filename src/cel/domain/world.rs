//! What is known of the fields at one point: a list of cases, one of which holds; each says what
//! some fields may be. A field that a case does not speak of may be anything.
//!
//! All that can be is in it, and perhaps more: where the cases become too many, they are made one.

use std::sync::{Arc, LazyLock};

use smallvec::SmallVec;

use super::fields::Fields;
use super::scale::Scale;
use super::terms::{only, written_to};
use super::values::Values;
use crate::cel::ast::Ast;
use crate::cel::types::Type;
use crate::source::{Span, TextRange};

/// Stands between the paths of what hangs on two of them, as a comparison of both does.
pub(super) const AND: char = '\u{1}';

/// More cases than this become one.
const MAX_CASES: usize = 64;

/// More reasons than these are not kept for one field.
const MAX_REASONS: usize = 8;

/// Nothing is said of more fields than these in one case.
const MAX_FIELDS: usize = 64;

/// What more cases than one say of fields, all in all: where it is more, they become one.
const MAX_FACTS: usize = 256;

/// What is known of a field is not narrowed to more pieces than these.
const MAX_PIECES: usize = 256;

/// What is known of the fields. A copy costs nothing: what does not change is shared.
#[derive(Clone, Debug, Default)]
pub struct World {
    known: Known,
}

#[derive(Clone, Debug, Default)]
enum Known {
    /// The one case of which nothing is known.
    #[default]
    Anything,
    Never,
    One(Case),
    /// Two or more.
    Of(Arc<Cases>),
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.same(other) || self.cases() == other.cases()
    }
}

/// By path.
type Case = Arc<Fields<Fact>>;

type Cases = SmallVec<[Case; 2]>;

/// What a field may be, and what says so, in the order of the text.
#[derive(Clone, Debug)]
enum Fact {
    /// One condition alone says it.
    Said(Arc<Reason>),
    Joined(Arc<(Values, Vec<Arc<Reason>>)>),
}

impl Fact {
    fn values(&self) -> &Values {
        match self {
            Self::Said(reason) => &reason.values,
            Self::Joined(joined) => &joined.0,
        }
    }

    fn because(&self) -> &[Arc<Reason>] {
        match self {
            Self::Said(reason) => std::slice::from_ref(reason),
            Self::Joined(joined) => &joined.1,
        }
    }

    /// Other values, for the reasons of both.
    fn joined(&self, values: Values, because: &[Arc<Reason>]) -> Self {
        let reasons = self.because().iter().chain(because).take(MAX_REASONS);
        Self::Joined(Arc::new((values, reasons.cloned().collect())))
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Said(one), Self::Said(other)) => Arc::ptr_eq(one, other),
            (Self::Joined(one), Self::Joined(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl PartialEq for Fact {
    /// Why it is known makes no difference.
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.values() == other.values()
    }
}

/// A part of a condition, and what it says of a field.
#[derive(Clone, Debug)]
pub(super) struct Reason {
    pub place: Place,
    /// Values of the type of the field, and no others.
    pub values: Values,
    /// The field, as it is written.
    pub path: Arc<str>,
    pub scale: Scale,
    /// From where on it holds, in words.
    pub from: &'static str,
}

impl Reason {
    /// "`event.total` is over 100 here"
    pub(super) fn text(&self) -> String {
        let is = self.scale.describe(&self.values);
        format!("`{}` is {is} {}", self.path, self.from)
    }
}

/// Where a reason stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the expression itself.
    Here(TextRange),
    There(Span),
}

/// The cases of a world of which nothing is known.
static ANYTHING: LazyLock<[Case; 1]> = LazyLock::new(Default::default);

impl World {
    /// What cannot be.
    pub fn never() -> Self {
        Self {
            known: Known::Never,
        }
    }

    fn of(mut cases: Cases) -> Self {
        let known = match cases.as_slice() {
            [] => Known::Never,
            [case] if case.is_empty() => Known::Anything,
            [_] => cases.pop().map_or(Known::Never, Known::One),
            _ => Known::Of(Arc::new(cases)),
        };
        Self { known }
    }

    fn cases(&self) -> &[Case] {
        match &self.known {
            Known::Anything => ANYTHING.as_slice(),
            Known::Never => &[],
            Known::One(case) => std::slice::from_ref(case),
            Known::Of(cases) => cases,
        }
    }

    /// Certainly the same, without a look at the fields.
    fn same(&self, other: &Self) -> bool {
        match (&self.known, &other.known) {
            (Known::Anything, Known::Anything) | (Known::Never, Known::Never) => true,
            (Known::One(a), Known::One(b)) => Arc::ptr_eq(a, b),
            (Known::Of(a), Known::Of(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Nothing can make it so.
    pub fn is_never(&self) -> bool {
        matches!(self.known, Known::Never)
    }

    fn is_anything(&self) -> bool {
        matches!(self.known, Known::Anything)
    }

    /// What holds where both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.both(other, true)
    }

    /// Whether nothing of it is left where all of these hold.
    pub fn is_ruled_out<'w>(&self, others: impl IntoIterator<Item = &'w Self>) -> bool {
        let mut rest = self.clone();
        // Why is not asked.
        others.into_iter().any(|other| {
            rest = rest.both(other, false);
            rest.is_never()
        })
    }

    fn both(&self, other: &Self, with_reasons: bool) -> Self {
        if other.is_anything() || self.same(other) {
            return self.clone();
        }
        if self.is_anything() {
            return other.clone();
        }
        let many = self.cases().len() * other.cases().len() > MAX_CASES * 4;
        let (one, two) = if many {
            (self.as_one(), other.as_one())
        } else {
            (self.clone(), other.clone())
        };
        let mut both = Cases::new();
        for a in one.cases() {
            for b in two.cases() {
                let mut case = a.clone();
                let sound =
                    (b.iter()).all(|(path, fact)| narrow(&mut case, path, fact, with_reasons));
                if sound {
                    add(&mut both, case);
                }
            }
        }
        Self::of(both).limited()
    }

    /// What holds where either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        if self.is_anything() || other.is_never() || self.same(other) {
            return self.clone();
        }
        if self.is_never() || other.is_anything() {
            return other.clone();
        }
        let mut either: Cases = self.cases().iter().cloned().collect();
        for case in other.cases() {
            add(&mut either, case.clone());
        }
        Self::of(either).limited()
    }

    /// What holds where either holds, or nothing: for what is worked out in circles.
    #[must_use]
    pub fn widened(&self, other: &Self) -> Self {
        let within = |case: &Case| self.cases().iter().any(|known| is_in(case, known));
        if other.cases().iter().all(within) {
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
        let path = Arc::from(path);
        let reason = Reason {
            place: Place::There(at),
            values: values.clone(),
            path: Arc::clone(&path),
            scale: Scale::of(ty),
            from: "from here on",
        };
        (*self, _) = self.assume(&path, reason);
    }

    /// Forgets what is known of other paths, and what hangs on one of them.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let keep = |path: &str| {
            if path.as_bytes().contains(&(AND as u8)) {
                path.split(AND).all(&keep)
            } else {
                keep(path)
            }
        };
        if (self.cases().iter()).all(|case| case.keys().all(|path| keep(path))) {
            return;
        }
        let mut kept = Cases::new();
        for case in self.cases() {
            let mut case = case.clone();
            if !case.keys().all(|path| keep(path)) {
                Arc::make_mut(&mut case).retain(|path, _| keep(path));
            }
            add(&mut kept, case);
        }
        *self = Self::of(kept);
    }

    /// What holds where a field is one of these values; where nothing does, also what rules it out.
    pub(super) fn assume(&self, path: &Arc<str>, reason: Reason) -> (Self, Option<Arc<Reason>>) {
        if reason.values.is_empty() {
            return (Self::never(), self.against(path, &reason.values));
        }
        let reason = Arc::new(reason);
        let fact = Fact::Said(Arc::clone(&reason));
        let mut made = Cases::new();
        for case in self.cases() {
            let mut case = case.clone();
            if narrow(&mut case, path, &fact, true) {
                add(&mut made, case);
            }
        }
        let against = made
            .is_empty()
            .then(|| self.against(path, &reason.values))
            .flatten();
        (Self::of(made), against)
    }

    /// What rules out that a field is one of these values.
    pub(super) fn against(&self, path: &str, values: &Values) -> Option<Arc<Reason>> {
        let facts = self.cases().iter().filter_map(|case| case.get(path));
        let mut reasons = facts.flat_map(Fact::because);
        let mut last = None;
        reasons
            .find(|reason| {
                last = Some(Arc::clone(reason));
                reason.values.and(values).is_empty()
            })
            .cloned()
            .or(last)
    }

    /// What in this one rules out another.
    pub(super) fn contradiction(&self, other: &Self) -> Option<Arc<Reason>> {
        let facts = other.cases().iter().flat_map(|case| case.iter());
        let mut facts = facts.filter(|(path, fact)| {
            let here = self.cases().iter().filter_map(|case| case.get(path));
            here.into_iter()
                .any(|here| here.values().and(fact.values()).is_empty())
        });
        let (path, fact) = facts.next()?;
        self.against(path, fact.values())
    }

    /// A field that is nothing but this, absent where there is no value; none where nothing can be
    /// told of such values.
    pub fn fixed(
        path: &str,
        ty: &Type,
        value: Option<&serde_json::Value>,
        at: Span,
        why: &'static str,
    ) -> Option<Self> {
        let path = Arc::from(path);
        let reason = Reason {
            place: Place::There(at),
            values: only(ty, value)?,
            path: Arc::clone(&path),
            scale: Scale::of(ty),
            from: why,
        };
        let (world, _) = Self::default().assume(&path, reason);
        (!world.is_never()).then_some(world)
    }

    /// What is known of some fields alone.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut world = self.clone();
        world.retain(keep);
        world
    }

    fn limited(self) -> Self {
        let cases = self.cases();
        let facts = || cases.iter().map(|case| case.len()).sum::<usize>();
        if cases.len() > MAX_CASES || cases.len() > 1 && facts() > MAX_FACTS {
            self.as_one()
        } else {
            self
        }
    }

    /// One case with all that the cases have in common.
    fn as_one(&self) -> Self {
        let mut cases = self.cases().iter();
        let Some(mut one) = cases.next().cloned() else {
            return Self::never();
        };
        for case in cases {
            Arc::make_mut(&mut one).retain(|path, fact| match case.get(path) {
                Some(other) => {
                    *fact = fact.joined(fact.values().or(other.values()), &[]);
                    true
                }
                None => false,
            });
        }
        Self::of(Cases::from_elem(one, 1))
    }
}

/// Adds a case, unless it is one of those already; one that differs in a single field widens that.
fn add(cases: &mut Cases, case: Case) {
    for known in cases.iter_mut() {
        if is_in(&case, known) {
            return;
        }
        if let Some(path) = differs_in(known, &case) {
            let known = Arc::make_mut(known);
            if let (Some(fact), Some(other)) = (known.get_mut(&path), case.get(&path)) {
                *fact = fact.joined(fact.values().or(other.values()), other.because());
            }
            return;
        }
    }
    cases.push(case);
}

/// Whether a case is one of another.
fn is_in(case: &Case, other: &Case) -> bool {
    if Arc::ptr_eq(case, other) {
        return true;
    }
    if case.len() < other.len() {
        return false;
    }
    // Both are in the order of the paths.
    let mut facts = case.iter();
    other.iter().all(|(path, wide)| {
        let fact = facts.find(|(known, _)| known == &path);
        fact.is_some_and(|(_, fact)| fact.is_same(wide) || fact.values().is_in(wide.values()))
    })
}

/// The only path on which two cases differ.
fn differs_in(one: &Case, other: &Case) -> Option<Arc<str>> {
    if one.len() != other.len() {
        return None;
    }
    let mut differ = None;
    for ((path, a), (other_path, b)) in one.iter().zip(other.iter()) {
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
fn narrow(case: &mut Case, path: &Arc<str>, fact: &Fact, with_reasons: bool) -> bool {
    let narrowed = match case.get(path) {
        // Less may be known than could be.
        None if case.len() >= MAX_FIELDS => return true,
        None => fact.clone(),
        Some(known) => {
            let values = known.values().and(fact.values());
            if values.is_empty() {
                return false;
            }
            let pieces = values.pieces();
            if pieces > MAX_PIECES && known.values().pieces() < pieces {
                return true;
            }
            let because = if with_reasons { fact.because() } else { &[] };
            known.joined(values, because)
        }
    };
    Arc::make_mut(case).insert(path, narrowed);
    true
}
