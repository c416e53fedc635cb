//! Signatures of functions against the types of arguments.

use smallvec::SmallVec;

use super::super::functions::{Overload, Sig};
use super::super::types::Type;
use super::relate::assignable;

/// What the type parameters of one overload stand for in one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings(SmallVec<[Option<Type>; 2]>);

impl Bindings {
    fn slot(&mut self, n: u8) -> &mut Option<Type> {
        let n = usize::from(n);
        if self.0.len() <= n {
            self.0.resize(n + 1, None);
        }
        &mut self.0[n]
    }

    /// Whether an argument of this type fits the parameter; binds what it decides.
    pub(super) fn fit(&mut self, sig: Sig, ty: &Type, lenient: bool) -> bool {
        match (sig, ty) {
            (Sig::Param(n), ty) => {
                let slot = self.slot(n);
                match slot {
                    None | Some(Type::Error) => *slot = Some(ty.clone()),
                    Some(bound) if assignable(ty, bound) => {
                        if *ty == Type::Dyn {
                            *slot = Some(Type::Dyn);
                        }
                    }
                    Some(bound) if *ty == Type::Null => *slot = Some(bound.clone().nullable()),
                    Some(bound) if assignable(bound, ty) => *slot = Some(ty.clone()),
                    Some(_) if lenient => *slot = Some(Type::Dyn),
                    Some(_) => return false,
                }
                true
            }
            (
                Sig::List(inner) | Sig::Optional(inner) | Sig::Type(inner),
                Type::Dyn | Type::Error,
            ) => self.fit(*inner, ty, lenient),
            (Sig::Map(key, value), Type::Dyn | Type::Error) => {
                self.fit(*key, ty, lenient) && self.fit(*value, ty, lenient)
            }
            (Sig::Dyn, _)
            | (_, Type::Dyn | Type::Error)
            | (Sig::Null, Type::Null)
            | (Sig::Bool, Type::Bool)
            | (Sig::Int, Type::Int)
            | (Sig::Uint, Type::Uint)
            | (Sig::Double, Type::Double)
            | (Sig::String, Type::String | Type::Enum(_))
            | (Sig::Bytes, Type::Bytes)
            | (Sig::Timestamp, Type::Timestamp)
            | (Sig::Duration, Type::Duration) => true,
            (Sig::List(inner), Type::List(ty))
            | (Sig::Optional(inner), Type::Optional(ty))
            | (Sig::Type(inner), Type::Type(ty)) => self.fit(*inner, ty, lenient),
            (Sig::Map(key, value), Type::Map(k, v)) => {
                self.fit(*key, k, lenient) && self.fit(*value, v, lenient)
            }
            _ => false,
        }
    }

    /// What is due at a parameter, as far as the arguments before it decide.
    pub(super) fn due(&self, sig: Sig) -> String {
        match (sig, self.resolve(sig)) {
            (Sig::Param(_), decided) if !decided.is_error() => decided.to_string(),
            _ => describe_sig(sig),
        }
    }

    /// The type that a signature stands for; what nothing decides is left open.
    pub(super) fn resolve(&self, sig: Sig) -> Type {
        match sig {
            Sig::Dyn => Type::Dyn,
            Sig::Null => Type::Null,
            Sig::Bool => Type::Bool,
            Sig::Int => Type::Int,
            Sig::Uint => Type::Uint,
            Sig::Double => Type::Double,
            Sig::String => Type::String,
            Sig::Bytes => Type::Bytes,
            Sig::Timestamp => Type::Timestamp,
            Sig::Duration => Type::Duration,
            Sig::Param(n) => self
                .0
                .get(usize::from(n))
                .cloned()
                .flatten()
                .unwrap_or(Type::Error),
            Sig::List(inner) => Type::list(self.resolve(*inner)),
            Sig::Map(key, value) => {
                Type::Map(self.resolve(*key).into(), self.resolve(*value).into())
            }
            Sig::Optional(inner) => Type::Optional(self.resolve(*inner).present().clone().into()),
            Sig::Type(inner) => Type::Type(self.resolve(*inner).into()),
        }
    }
}

/// The first argument that an overload does not take.
pub(super) struct Misfit {
    pub at: usize,
    /// What would be due there.
    pub due: String,
}

/// The signature as it is written: `string.contains(string) -> bool`.
pub(super) fn describe(name: &str, overload: &Overload) -> String {
    let params: Vec<String> = overload
        .params
        .iter()
        .map(|sig| describe_sig(*sig))
        .collect();
    let result = describe_sig(overload.result);
    match params.split_first() {
        Some((target, rest)) if overload.receiver => {
            format!("{target}.{name}({}) -> {result}", rest.join(", "))
        }
        _ => format!("{name}({}) -> {result}", params.join(", ")),
    }
}

fn describe_sig(sig: Sig) -> String {
    match sig {
        Sig::Param(n) => char::from(b'A' + n % 26).to_string(),
        Sig::List(inner) => format!("list({})", describe_sig(*inner)),
        Sig::Map(key, value) => format!("map({}, {})", describe_sig(*key), describe_sig(*value)),
        Sig::Optional(inner) => format!("optional({})", describe_sig(*inner)),
        Sig::Type(inner) => format!("type({})", describe_sig(*inner)),
        plain => Bindings::default().resolve(plain).to_string(),
    }
}
