//! The parts of a condition that something can be told of: fields, with a value for when they are
//! absent, and constants; and what comparing them says.

use std::sync::Arc;

use smallvec::smallvec;

use super::scale::{Constant, Scale, all_of};
use super::values::{Present, Ranges, Texts, Values};
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
    ty: &'t Type,
    /// It may be absent, whatever its own type says.
    may_miss: bool,
}

impl Path<'_> {
    fn all(&self) -> Values {
        let mut all = all_of(self.ty);
        all.absent |= self.may_miss;
        all
    }
}

/// A part of a path: its type, whether what it is part of may be absent, and the variable that it
/// begins with.
struct Part<'t> {
    ty: &'t Type,
    may_miss: bool,
    local: Option<&'t Variable>,
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
        })
    }

    fn named(self, key: &str) -> Path<'t> {
        let key: Arc<str> = Arc::from(key);
        let shown = match self.local {
            Some(variable) => Arc::from(format!("{}{}", variable.name, &key[variable.key.len()..])),
            None => Arc::clone(&key),
        };
        Path {
            key,
            shown,
            ty: self.ty,
            may_miss: self.may_miss && can_miss(self.ty),
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
                })
            }
            Kind::Select {
                operand,
                field,
                optional: false,
            } => self.walk(*operand, key)?.below(self.ast.name(field), key),
            _ => None,
        }
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
            return None;
        };
        let Term::Field(path, or) = self.term(left)? else {
            return None;
        };
        let mut some = Present::none();
        for item in items {
            let constant = self.constant(item.value).filter(|_| !item.optional)?;
            some = some.or(&compare(path.ty, BinaryOp::Equal, &constant)?);
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
    let some = compare(path.ty, op, constant)?;
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
        no: Values {
            absent: all.absent && absent.1,
            present: all.present.except(some),
        },
        scale: Scale::of(path.ty),
        key: path.key,
        shown: path.shown,
        guard: false,
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
