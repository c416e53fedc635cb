//! What an expression names: roots, iteration variables, types as values, fields.

use std::sync::Arc;

use super::super::ast::{ExprId, Kind, Name};
use super::super::env::{Absent, Binding};
use super::super::error::Problem;
use super::super::functions;
use super::super::types::{ObjectType, Type};
use super::facts::{Path, as_written};
use super::misfits::called_here;
use super::{Checker, Named, Typed};
use crate::diagnostic::{Applicability, codes, nearest};

/// Types that stand as values, by their names.
fn type_named(name: &str) -> Option<Type> {
    Some(Type::Type(
        match name {
            "bool" => Type::Bool,
            "int" => Type::Int,
            "uint" => Type::Uint,
            "double" => Type::Double,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "list" => Type::list(Type::Dyn),
            "map" => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
            "null_type" => Type::Null,
            "optional_type" => Type::Optional(Type::Dyn.into()),
            "google.protobuf.Timestamp" => Type::Timestamp,
            "google.protobuf.Duration" => Type::Duration,
            "type" => Type::Type(Type::Error.into()),
            _ => return None,
        }
        .into(),
    ))
}

/// Words of other languages for what CEL writes otherwise.
pub(super) fn word_of_cel(word: &str) -> Option<&'static str> {
    Some(match word {
        "True" | "TRUE" | "yes" => "true",
        "False" | "FALSE" | "no" => "false",
        "None" | "NULL" | "Null" | "nil" | "undefined" | "none" | "empty" => "null",
        _ => return None,
    })
}

impl Checker<'_> {
    pub(super) fn ident(&mut self, id: ExprId, name: &Name) -> Typed {
        let absolute = self.ast.range(id).start < name.range.start;
        let written = self.ast.name(name);
        if !absolute && let Some(variable) = self.scope.iter().rev().find(|v| *v.name == *written) {
            let path = Path::variable(written, &variable.key);
            return self.narrowed(variable.ty.clone(), path);
        }
        let env = self.env;
        if let Some((slot, root)) = env.root(written) {
            self.names.insert(id, Named::Root(slot));
            return match &root.binding {
                Binding::Value(ty) => self.narrowed(ty.clone(), Path::root(&root.name)),
                Binding::Absent(absent) => {
                    // One reason for all the places.
                    if !self.absent.contains(&slot) {
                        self.absent.push(slot);
                        self.report(unavailable(absent, name));
                    }
                    Typed::error()
                }
            };
        }
        if let Some(ty) = type_named(written) {
            self.names.insert(id, Named::Type(ty.clone()));
            return Typed::of(ty);
        }
        self.unknown.insert(id, self.problems.len());
        let problem = self.unknown_name(name);
        self.report(problem);
        Typed::error()
    }

    /// A value at a path; what is known to be present is.
    fn narrowed(&self, ty: Type, path: Path) -> Typed {
        match ty {
            Type::Nullable(inner) if self.known.is_present(&path) => {
                Typed::at(Type::clone(&inner), path)
            }
            ty => Typed::at(ty, path),
        }
    }

    fn unknown_name(&self, name: &Name) -> Problem {
        let written = self.ast.name(name);
        let problem = Problem::new(
            &codes::UNKNOWN_NAME,
            name.range,
            format!("there is no `{written}` here"),
        );
        let write = |problem: Problem, best: &str| {
            problem.help(format!("did you mean `{best}`?")).fix(
                Applicability::Unsafe,
                format!("write `{best}`"),
                name.range,
                best,
            )
        };
        if let Some(word) = word_of_cel(written) {
            return write(problem, word);
        }
        for root in &self.env.roots {
            if let Binding::Value(Type::Object(object)) = &root.binding
                && object.field(written).is_some()
            {
                return write(problem, &format!("{}.{}", root.name, as_written(written)));
            }
        }
        let known = || {
            let variables = self.scope.iter().map(|v| &*v.name);
            variables.chain(self.env.roots.iter().map(|r| &*r.name))
        };
        if nearest(written, known()).is_some() {
            return problem.suggest(written, known());
        }
        if functions::lookup(written).is_some() {
            return problem.help(format!("`{written}` is a function: call it with `(…)`"));
        }
        problem.suggest(written, known())
    }

    pub(super) fn select(
        &mut self,
        id: ExprId,
        operand: ExprId,
        field: &Name,
        optional: bool,
    ) -> Typed {
        if !optional && let Some(typed) = self.dotted(id) {
            return typed;
        }
        let target = self.visit(operand);
        let inner = self.present(operand, &target);
        let (inner, through_optional) = match &inner {
            Type::Optional(inner) => (Type::clone(inner.present()), true),
            other => (other.clone(), false),
        };
        let optional = optional || through_optional;
        let Some((ty, name)) = self.field_type(operand, &inner, field) else {
            // What could be read before the mistake has been read.
            if let Some(path) = target.path.filter(|path| !path.is_variable()) {
                self.reads.push(super::Read {
                    path: path.segments,
                    range: self.ast.range(operand),
                });
            }
            return Typed::error();
        };
        let ty = match ty {
            ty if !optional => ty,
            Type::Optional(inner) => Type::Optional(inner),
            ty => Type::Optional(ty.present().clone().into()),
        };
        match target.path {
            Some(path) => self.narrowed(ty, path.field(name, optional)),
            None => Typed::of(ty),
        }
    }

    /// `google.protobuf.Timestamp`, or a root whose name has dots.
    fn dotted(&mut self, id: ExprId) -> Option<Typed> {
        let dotted = self.dotted_roots;
        if !dotted && self.first_name(id) != Some("google") {
            return None;
        }
        let name = self.dotted_name(id)?;
        let first = name.split('.').next().unwrap_or_default();
        if self.scope.iter().any(|v| &*v.name == first) {
            return None;
        }
        if dotted
            && let Some((slot, root)) = self.env.root(&name)
            && let Binding::Value(ty) = &root.binding
        {
            self.names.insert(id, Named::Root(slot));
            return Some(self.narrowed(ty.clone(), Path::root(&root.name)));
        }
        if self.env.root(first).is_some() {
            return None;
        }
        let ty = type_named(&name)?;
        self.names.insert(id, Named::Type(ty.clone()));
        Some(Typed::of(ty))
    }

    /// The name that a chain of fields begins with.
    pub(super) fn first_name(&self, mut id: ExprId) -> Option<&str> {
        loop {
            match self.ast.kind(id) {
                Kind::Ident(name) => return Some(self.ast.name(name)),
                Kind::Select { operand, .. } => id = *operand,
                _ => return None,
            }
        }
    }

    /// The node as `a.b.c`, if it is names alone.
    pub(super) fn dotted_name(&self, id: ExprId) -> Option<String> {
        match self.ast.kind(id) {
            Kind::Ident(name) => Some(self.ast.name(name).to_string()),
            Kind::Select {
                operand,
                field,
                optional: false,
            } => {
                let mut name = self.dotted_name(*operand)?;
                name.push('.');
                name.push_str(self.ast.name(field));
                Some(name)
            }
            _ => None,
        }
    }

    /// The type and name of a field of a present value; none, reported, if it has no such field.
    fn field_type(&mut self, operand: ExprId, ty: &Type, field: &Name) -> Option<(Type, Arc<str>)> {
        let name = || Arc::from(self.ast.name(field));
        match ty {
            Type::Error => None,
            Type::Dyn => Some((Type::Dyn, name())),
            Type::Map(key, value) if super::relate::assignable(&Type::String, key) => {
                Some((Type::clone(value), name()))
            }
            Type::Object(object) => {
                let declared = object.field(self.ast.name(field));
                let declared = declared.map(|(_, f)| (f.ty.clone(), Arc::clone(&f.name)));
                if declared.is_none() {
                    let unknown = unknown_field(object, field, self.ast.name(field));
                    self.report(unknown);
                }
                declared
            }
            other => {
                let problem = Problem::new(
                    &codes::UNKNOWN_FIELD,
                    field.range,
                    format!("a `{other}` has no field `{}`", self.ast.name(field)),
                )
                .label(self.ast.range(operand), format!("this is `{other}`"));
                let is_method = |name: &str| {
                    functions::lookup(name).is_some_and(|f| f.overloads.iter().any(|o| o.receiver))
                };
                let written = self.ast.name(field);
                let call = Some(written).filter(|name| is_method(name));
                let call = call.or_else(|| called_here(written).filter(|name| is_method(name)));
                self.report(match call {
                    Some("size") => problem.help("write `.size()`").fix(
                        Applicability::Unsafe,
                        "write `size()`",
                        field.range,
                        "size()",
                    ),
                    Some(call) => {
                        problem.help(format!("`{call}` is a function: write `.{call}(…)`"))
                    }
                    None => problem,
                });
                None
            }
        }
    }
}

fn unavailable(absent: &Absent, name: &Name) -> Problem {
    let mut problem = Problem::new(&codes::UNAVAILABLE_NAME, name.range, &*absent.message);
    problem.help = Some(absent.help.to_string());
    let because = absent.because.map(|(span, label)| (span, label.to_owned()));
    problem.elsewhere.extend(because);
    problem
}

fn unknown_field(object: &ObjectType, field: &Name, written: &str) -> Problem {
    let known = || object.fields.iter().map(|f| &*f.name);
    let mut problem = Problem::new(
        &codes::UNKNOWN_FIELD,
        field.range,
        format!("`{}` has no field `{written}`", object.name),
    )
    .suggest(written, known());
    let near = nearest(written, known()).and_then(|best| object.field(best));
    if let Some((_, declared)) = near
        && let Some(span) = declared.declared
    {
        let label = format!("`{}` is declared here", declared.name);
        problem.elsewhere.push((span, label));
    }
    for (_, text) in problem.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
        *text = as_written(text).into_owned();
    }
    if object.fields.is_empty() {
        problem.help = Some(format!("`{}` has no fields", object.name));
    }
    problem
}
