//! The parts of a condition that something can be told of: fields, with a value for when they are
//! absent, and constants; and what comparing them says.

use std::fmt::Write as _;
use std::sync::Arc;

use smallvec::smallvec;

use super::derived::{self, Limits};
use super::scale::{Constant, Scale, all_of};
use super::values::{Present, Ranges, Texts, Values};
use super::world::AND;
use super::{Judge, Variable};
use crate::cel::ast::{Ast, BinaryOp, ExprId, Kind, Literal, UnaryOp};
use crate::cel::check::{Named, as_written};
use crate::cel::duration::parse_duration;
use crate::cel::env::Binding;
use crate::cel::timestamp::parse_timestamp;
use crate::cel::types::Type;

/// A field.
#[derive(Clone, Debug)]
pub(super) struct Path<'t> {
    /// Unlike `shown`, different for variables that share a name.
    pub key: Arc<str>,
    pub shown: Arc<str>,
    pub ty: &'t Type,
    /// It may be absent, whatever its own type says.
    may_miss: bool,
    /// Which of the values of its type it has.
    limits: Limits,
    /// It may fail: a text is no time zone.
    pub may_fail: bool,
}

impl Path<'_> {
    fn all(&self) -> Values {
        let mut all = all_of(self.ty);
        all.absent |= self.may_miss;
        if let Limits::Between(low, high) = self.limits {
            let within = Present::Ranges(smallvec![(low.into(), high.into())]);
            all.present = all.present.and(&within);
        }
        all
    }

    /// Those of its values that compare so with a constant.
    fn compare(&self, op: BinaryOp, constant: &Constant) -> Option<Present> {
        if let (Limits::Like(is_like), Constant::Text(text)) = (self.limits, constant)
            && !is_like(text)
        {
            let not = match op {
                BinaryOp::Equal => false,
                BinaryOp::NotEqual => true,
                _ => return None,
            };
            let texts = Texts::default();
            return Some(Present::Texts { not, texts });
        }
        compare(self.ty, op, constant)
    }

    /// Whether it may be compared for being equal: absent is equal to nothing.
    pub(super) fn is_there(&self) -> bool {
        !self.may_miss && !self.ty.is_nullable()
    }
}

/// A part of a path: its type, whether what it is part of may be absent, and the variable that it
/// begins with.
struct Part<'t> {
    ty: &'t Type,
    may_miss: bool,
    local: Option<&'t Variable>,
    limits: Limits,
    may_fail: bool,
}

impl<'t> Part<'t> {
    /// A field of it, whose name is added to the key.
    fn below(self, name: &str, key: &mut String) -> Option<Self> {
        let Type::Object(object) = self.ty.present() else {
            return None;
        };
        let (_, field) = object.field(name)?;
        key.push('.');
        key.push_str(&as_written(name));
        Some(Self {
            ty: &field.ty,
            may_miss: self.may_miss || self.ty.is_nullable(),
            local: self.local,
            limits: field.least.map_or(Limits::None, Limits::from),
            may_fail: self.may_fail,
        })
    }

    fn named(self, key: &str) -> Path<'t> {
        let key: Arc<str> = Arc::from(key);
        let shown = match self.local {
            Some(variable) => Arc::from(format!("{}{}", variable.name, &key[variable.key.len()..])),
            None => Arc::clone(&key),
        };
        let shown = match shown.split_once(AND) {
            // The zone that a time is read in.
            Some((of, zone)) => Arc::from(format!("{of}({zone})")),
            None => shown,
        };
        Path {
            key,
            shown,
            ty: self.ty,
            may_miss: self.may_miss && can_miss(self.ty),
            limits: self.limits,
            may_fail: self.may_fail,
        }
    }
}

/// Whether `T | null` of it says more than the type itself.
fn can_miss(ty: &Type) -> bool {
    !matches!(ty, Type::Dyn | Type::Error | Type::Optional(_))
}

pub(super) enum Term<'t> {
    Constant(Constant),
    /// A field, and what stands for it where it is absent.
    Field(Path<'t>, Option<Constant>),
}

/// What is said of a field: which of its values make it true, and which false.
pub(super) struct Claim {
    pub key: Arc<str>,
    pub shown: Arc<str>,
    pub scale: Scale,
    pub yes: Values,
    pub no: Values,
    /// It asks only whether the field is there.
    pub guard: bool,
    /// Working it out may fail.
    pub may_fail: bool,
}

#[expect(
    clippy::large_enum_variant,
    reason = "it lives for a moment, and is nearly always a claim"
)]
pub(super) enum Atom {
    Claim(Claim),
    /// It comes to this, whatever the fields are.
    Fixed(bool),
}

impl Judge<'_> {
    /// The field that a node is.
    fn path(&self, id: ExprId) -> Option<Path<'_>> {
        let mut key = self.room.take();
        key.clear();
        let path = self.walk(id, &mut key).map(|part| part.named(&key));
        self.room.set(key);
        path
    }

    fn field(&self, operand: ExprId, name: &str) -> Option<Path<'_>> {
        let mut key = self.room.take();
        key.clear();
        let part = self.walk(operand, &mut key);
        let part = part.and_then(|part| part.below(name, &mut key));
        let path = part.map(|part| part.named(&key));
        self.room.set(key);
        path
    }

    /// Writes the key of a field.
    fn walk(&self, id: ExprId, key: &mut String) -> Option<Part<'_>> {
        match self.ast.kind(id) {
            Kind::Ident(name) => {
                let plain = self.ast.range(id) == name.range;
                let local = self
                    .scope
                    .iter()
                    .rev()
                    .find(|v| *v.name == *self.ast.name(name));
                if let Some(variable) = local.filter(|_| plain) {
                    key.push_str(&variable.key);
                    return Some(Part {
                        ty: &variable.ty,
                        may_miss: false,
                        local: Some(variable),
                        limits: Limits::None,
                        may_fail: false,
                    });
                }
                let Some(Named::Root(slot)) = self.names.get(id) else {
                    return None;
                };
                let Binding::Value(ty) = &self.env.roots.get(*slot)?.binding else {
                    return None;
                };
                key.push_str(self.ast.name(name));
                Some(Part {
                    ty,
                    may_miss: false,
                    local: None,
                    limits: Limits::None,
                    may_fail: false,
                })
            }
            Kind::Select {
                operand,
                field,
                optional: false,
            } => self.walk(*operand, key)?.below(self.ast.name(field), key),
            Kind::Call {
                target,
                function,
                args,
            } => {
                let name = self.ast.name(function);
                let (of, args) = match (target, &args[..]) {
                    (Some(of), args) => (*of, args),
                    (None, [of]) if name == "size" => (*of, &[][..]),
                    _ => return None,
                };
                let part = self.walk(of, key)?;
                let limits = derived::limits(part.ty.present(), name, args.len())?;
                key.push('.');
                key.push_str(name);
                let always_same = self.argument(args, key)?;
                Some(Part {
                    ty: &self.types[id.index()],
                    may_miss: part.may_miss || part.ty.is_nullable(),
                    local: part.local,
                    limits,
                    may_fail: part.may_fail || !always_same,
                })
            }
            _ => None,
        }
    }

    /// Writes what a function is given, a text or a field; whether it is always the same.
    fn argument(&self, args: &[ExprId], key: &mut String) -> Option<bool> {
        match args {
            [] => key.push_str("()"),
            [arg] => match self.ast.kind(*arg) {
                Kind::Literal(Literal::String(text)) if !text.contains(AND) => {
                    _ = write!(key, "({text:?})");
                }
                _ if key.contains(AND) => return None,
                _ => {
                    key.push(AND);
                    let part = self.walk(*arg, key)?;
                    // Variables of macros are told apart by what a path begins with.
                    if part.local.is_some() {
                        return None;
                    }
                    return Some(false);
                }
            },
            _ => return None,
        }
        Some(true)
    }

    /// `traveler.?country`
    fn optional(&self, id: ExprId) -> Option<Path<'_>> {
        match self.ast.kind(id) {
            Kind::Select {
                operand,
                field,
                optional: true,
            } => {
                let mut path = self.field(*operand, self.ast.name(field))?;
                path.may_miss = can_miss(path.ty);
                Some(path)
            }
            _ => None,
        }
    }

    fn term(&self, id: ExprId) -> Option<Term<'_>> {
        if let Some(constant) = self.constant(id) {
            return Some(Term::Constant(constant));
        }
        if let Kind::Call {
            target: Some(target),
            function,
            args,
        } = self.ast.kind(id)
            && self.ast.name(function) == "orValue"
            && let [instead] = &args[..]
        {
            let constant = self.constant(*instead)?;
            return Some(Term::Field(self.optional(*target)?, Some(constant)));
        }
        Some(Term::Field(self.path(id)?, None))
    }

    fn constant(&self, id: ExprId) -> Option<Constant> {
        constant(self.ast, id)
    }

    /// What a node that is no connective says of a field.
    pub(super) fn atom(&self, id: ExprId) -> Option<Atom> {
        match self.ast.kind(id) {
            Kind::Binary {
                op: BinaryOp::In,
                left,
                right,
                ..
            } => self.membership(*left, *right),
            Kind::Binary {
                op, left, right, ..
            } => match (self.term(*left)?, self.term(*right)?) {
                (Term::Field(path, or), Term::Constant(constant)) => {
                    compared(path, or.as_ref(), *op, &constant)
                }
                (Term::Constant(constant), Term::Field(path, or)) => {
                    compared(path, or.as_ref(), flipped(*op), &constant)
                }
                (Term::Constant(a), Term::Constant(b)) => fixed(&a, *op, &b),
                (Term::Field(a, None), Term::Field(b, None)) if a.key != b.key => {
                    derived::beside(&a, *op, &b)
                }
                (Term::Field(a, x), Term::Field(b, y)) if a.key == b.key && x == y => match op {
                    BinaryOp::Equal | BinaryOp::LessEqual | BinaryOp::GreaterEqual => {
                        Some(Atom::Fixed(true))
                    }
                    BinaryOp::NotEqual | BinaryOp::Less | BinaryOp::Greater => {
                        Some(Atom::Fixed(false))
                    }
                    _ => None,
                },
                _ => None,
            },
            Kind::Call {
                target: None,
                function,
                args,
            } if self.ast.name(function) == "has" => {
                let [arg] = &args[..] else { return None };
                let path = self.path(*arg).or_else(|| self.optional(*arg))?;
                presence(path, true)
            }
            Kind::Call {
                target: Some(target),
                function,
                args,
            } if self.ast.name(function) == "hasValue" && args.is_empty() => {
                presence(self.optional(*target)?, true)
            }
            Kind::Ident(_) | Kind::Select { .. } | Kind::Call { .. } => match self.term(id)? {
                Term::Field(path, or) => {
                    compared(path, or.as_ref(), BinaryOp::Equal, &Constant::Bool(true))
                }
                Term::Constant(_) => None,
            },
            _ => None,
        }
    }

    fn membership(&self, left: ExprId, right: ExprId) -> Option<Atom> {
        let Kind::List(items) = self.ast.kind(right) else {
            return match (self.term(left)?, self.term(right)?) {
                (Term::Field(path, None), Term::Field(of, None)) => derived::within(&path, &of),
                _ => None,
            };
        };
        let constants = || {
            items.iter().map(|item| {
                let constant = self.constant(item.value);
                constant.filter(|_| !item.optional)
            })
        };
        let (path, or) = match self.term(left)? {
            Term::Field(path, or) => (path, or),
            Term::Constant(it) => {
                let equal = |other: Option<Constant>| match fixed(&it, BinaryOp::Equal, &other?)? {
                    Atom::Fixed(equal) => Some(equal),
                    Atom::Claim(_) => None,
                };
                let equal: Option<Vec<bool>> = constants().map(equal).collect();
                return Some(Atom::Fixed(equal?.contains(&true)));
            }
        };
        let mut some = Present::none();
        for constant in constants() {
            some = some.or(&path.compare(BinaryOp::Equal, &constant?)?);
        }
        let default = match &or {
            Some(or) => Some(holds(path.ty, or, &some)?),
            None => None,
        };
        Some(claim(path, &some, default, (false, false)))
    }
}

/// A value that is written down.
fn constant(ast: &Ast, id: ExprId) -> Option<Constant> {
    match ast.kind(id) {
        Kind::Literal(literal) => Some(match literal {
            Literal::Null => Constant::Null,
            Literal::Bool(value) => Constant::Bool(*value),
            Literal::Int(value) => Constant::Int((*value).into()),
            Literal::Uint(value) => Constant::Int((*value).into()),
            Literal::Double(value) => Constant::Double(*value),
            Literal::String(text) => Constant::Text(Arc::from(&**text)),
            Literal::Bytes(_) => return None,
        }),
        Kind::Unary {
            op: UnaryOp::Negate,
            operand,
            ..
        } => match constant(ast, *operand)? {
            Constant::Int(value) => Some(Constant::Int(-value)),
            Constant::Double(value) => Some(Constant::Double(-value)),
            _ => None,
        },
        Kind::Call {
            target: None,
            function,
            args,
        } => {
            let [arg] = &args[..] else { return None };
            let Kind::Literal(Literal::String(text)) = ast.kind(*arg) else {
                return None;
            };
            match ast.name(function) {
                "duration" => {
                    let duration = parse_duration(text).ok()?;
                    Some(Constant::Duration(duration.as_nanos()))
                }
                "timestamp" => {
                    let timestamp = parse_timestamp(text).ok()?;
                    Some(Constant::Timestamp(timestamp.as_nanosecond()))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The values of a field that a constant has been written to; none where it is no constant.
pub(super) fn written_to(ty: &Type, ast: &Ast) -> Option<Values> {
    let value = constant(ast, ast.root())?;
    if value == Constant::Null {
        return ty.is_nullable().then_some(Values {
            absent: true,
            present: Present::none(),
        });
    }
    let present = compare(ty, BinaryOp::Equal, &value)?;
    Some(Values {
        absent: false,
        present: all_of(ty).present.and(&present),
    })
}

/// The values of a field that is only this, as JSON; absent where there is none.
pub(super) fn only(ty: &Type, value: Option<&serde_json::Value>) -> Option<Values> {
    use serde_json::Value as Json;
    let constant = match value {
        None => {
            return Some(Values {
                absent: true,
                present: Present::none(),
            });
        }
        Some(Json::Bool(value)) => Constant::Bool(*value),
        Some(Json::String(text)) if matches!(ty.present(), Type::String | Type::Enum(_)) => {
            Constant::Text(Arc::from(text.as_str()))
        }
        _ => return None,
    };
    let present = compare(ty, BinaryOp::Equal, &constant)?;
    Some(Values {
        absent: false,
        present: all_of(ty).present.and(&present),
    })
}

/// The operator with its sides changed.
fn flipped(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        op => op,
    }
}

/// Whether a field is there; only of those that may be absent.
fn presence(path: Path<'_>, there: bool) -> Option<Atom> {
    let all = path.all();
    if !all.absent {
        return None;
    }
    let absent = Values {
        absent: true,
        present: Present::none(),
    };
    let present = Values {
        absent: false,
        present: all.present,
    };
    let (yes, no) = if there {
        (present, absent)
    } else {
        (absent, present)
    };
    Some(Atom::Claim(Claim {
        scale: Scale::of(path.ty),
        key: path.key,
        shown: path.shown,
        yes,
        no,
        guard: true,
        may_fail: false,
    }))
}

fn compared(
    path: Path<'_>,
    or: Option<&Constant>,
    op: BinaryOp,
    constant: &Constant,
) -> Option<Atom> {
    if *constant == Constant::Null && or.is_none() {
        return match op {
            BinaryOp::Equal => presence(path, false),
            BinaryOp::NotEqual => presence(path, true),
            _ => None,
        };
    }
    let some = path.compare(op, constant)?;
    let default = match or {
        Some(or) => Some(holds(path.ty, or, &some)?),
        None => None,
    };
    // Absent equals nothing; anything else that asks for a value fails without one.
    let absent = match op {
        BinaryOp::Equal => (false, true),
        BinaryOp::NotEqual => (true, false),
        _ => (false, false),
    };
    Some(claim(path, &some, default, absent))
}

/// Whether a constant is among values of a type.
fn holds(ty: &Type, constant: &Constant, some: &Present) -> Option<bool> {
    let only = compare(ty, BinaryOp::Equal, constant)?;
    Some(!only.and(some).is_empty())
}

fn claim(path: Path<'_>, some: &Present, default: Option<bool>, absent: (bool, bool)) -> Atom {
    let absent = default.map_or(absent, |holds| (holds, !holds));
    let all = path.all();
    Atom::Claim(Claim {
        yes: Values {
            absent: all.absent && absent.0,
            present: all.present.and(some),
        },
        // What fails does not hold, whatever it would have been.
        no: if path.may_fail {
            all
        } else {
            Values {
                absent: all.absent && absent.1,
                present: all.present.except(some),
            }
        },
        scale: Scale::of(path.ty),
        key: path.key,
        shown: path.shown,
        guard: false,
        may_fail: path.may_fail,
    })
}

/// The values of a type that compare so with a constant.
fn compare(ty: &Type, op: BinaryOp, constant: &Constant) -> Option<Present> {
    let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
    if let (Type::String | Type::Enum(_), Constant::Text(text)) = (ty.present(), constant) {
        return equality.then(|| Present::Texts {
            not: op == BinaryOp::NotEqual,
            texts: Texts::one(text.clone()),
        });
    }
    let scale = Scale::of(ty);
    if scale == Scale::Bool && !equality {
        return None;
    }
    let (at, exact) = scale.place(constant)?;
    let (min, max) = (i128::MIN, i128::MAX);
    let ranges: Ranges = match op {
        BinaryOp::Equal if exact => smallvec![(at, at)],
        BinaryOp::Equal => smallvec![],
        BinaryOp::NotEqual if exact => smallvec![(min, at - 1), (at + 1, max)],
        BinaryOp::NotEqual => smallvec![(min, max)],
        BinaryOp::Less if exact => smallvec![(min, at - 1)],
        BinaryOp::Less | BinaryOp::LessEqual => smallvec![(min, at)],
        BinaryOp::GreaterEqual if exact => smallvec![(at, max)],
        BinaryOp::Greater | BinaryOp::GreaterEqual => smallvec![(at + 1, max)],
        _ => return None,
    };
    Some(Present::Ranges(ranges))
}

/// A comparison of two constants.
fn fixed(a: &Constant, op: BinaryOp, b: &Constant) -> Option<Atom> {
    let ty = match (a, b) {
        (Constant::Null, Constant::Null) => {
            return match op {
                BinaryOp::Equal => Some(Atom::Fixed(true)),
                BinaryOp::NotEqual => Some(Atom::Fixed(false)),
                _ => None,
            };
        }
        (Constant::Bool(_), Constant::Bool(_)) => Type::Bool,
        (Constant::Text(_), Constant::Text(_)) => Type::String,
        (Constant::Int(_), Constant::Int(_)) => Type::Int,
        (Constant::Int(_) | Constant::Double(_), Constant::Int(_) | Constant::Double(_)) => {
            Type::Double
        }
        (Constant::Duration(_), Constant::Duration(_)) => Type::Duration,
        (Constant::Timestamp(_), Constant::Timestamp(_)) => Type::Timestamp,
        _ => return None,
    };
    let some = compare(&ty, op, b)?;
    holds(&ty, a, &some).map(Atom::Fixed)
}
