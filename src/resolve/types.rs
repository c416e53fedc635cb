//! Types as written to types: named object types are looked up in their connection and in the
//! standard one that it uses; elsewhere, in all connections.

use std::collections::BTreeMap;

use super::defaults::{literal, misfit};
use super::{Connection, Field, duplicate};
use crate::cel::{self, Type};
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::syntax::ast::{FieldDecl, Name, ScalarType, TypeDecl, TypeExpr, TypeKind};

/// The named types of all connections, resolved as they are asked for.
pub(super) struct Types<'w> {
    /// By connection: its own types, and those of the standard one that it uses.
    scopes: Vec<BTreeMap<&'w str, &'w TypeDecl>>,
    incomplete: Vec<bool>,
    names: Vec<&'w str>,
    known: BTreeMap<(usize, &'w str), State>,
    /// How many are open, one within the other.
    open: u32,
    /// How many named types stand within one another in what has been resolved of the innermost.
    height: u32,
}

/// How many named types may stand within one another: whoever walks a type can recurse.
const MAX_DEPTH: u32 = 64;

/// How many lists, maps and objects may stand within one another in a named type.
const MAX_LEVELS: u32 = 128;

/// How many types a named one may be made of: whoever writes one out, as a plan does, writes those
/// that stand in it twice two times.
const MAX_PARTS: u32 = 4_096;

enum State {
    /// Being resolved: to meet it again is a circle.
    Open,
    /// With how many stand within one another, itself included.
    Done(Type, u32),
}

impl<'w> Types<'w> {
    pub(super) fn new(connections: &[Connection<'w>], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut scopes = Vec::new();
        for connection in connections {
            let mut scope: BTreeMap<&'w str, &'w TypeDecl> = BTreeMap::new();
            let standard = connection.standard.map_or(&[][..], |s| &s.types[..]);
            for decl in standard.iter().chain(&connection.decl.types) {
                match scope.get(&*decl.name.text) {
                    Some(first) => diagnostics.push(duplicate(
                        "type",
                        &decl.name.text,
                        decl.name.span,
                        first.name.span,
                    )),
                    None => {
                        scope.insert(&decl.name.text, decl);
                    }
                }
            }
            scopes.push(scope);
        }
        Self {
            scopes,
            incomplete: connections.iter().map(|c| c.incomplete).collect(),
            names: connections.iter().map(|c| &*c.decl.name.text).collect(),
            known: BTreeMap::new(),
            open: 0,
            height: 0,
        }
    }

    /// Resolves every declared type, used or not.
    pub(super) fn all(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        for scope in 0..self.scopes.len() {
            let names: Vec<&'w str> = self.scopes[scope].keys().copied().collect();
            for name in names {
                self.declared(scope, name, diagnostics);
            }
        }
    }

    /// The fields of a declaration with their types, each name once.
    pub(super) fn fields(
        &mut self,
        what: &str,
        scope: Option<usize>,
        fields: &'w [FieldDecl],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Field<'w>> {
        self.fields_of(what, scope, fields, diagnostics)
    }

    /// The same for fields from several places.
    pub(super) fn fields_of(
        &mut self,
        what: &str,
        scope: Option<usize>,
        fields: impl IntoIterator<Item = &'w FieldDecl>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Field<'w>> {
        super::collect::unique(what, fields, |f| &f.name, diagnostics)
            .into_iter()
            .map(|decl| Field {
                decl,
                ty: self.resolve(scope, &decl.ty, diagnostics),
            })
            .collect()
    }

    /// The type that an expression of the notation stands for, in a connection or outside any.
    pub(super) fn resolve(
        &mut self,
        scope: Option<usize>,
        written: &'w TypeExpr,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Type {
        let ty = match &written.kind {
            TypeKind::Error => Type::Error,
            TypeKind::Scalar(scalar) => scalar_type(*scalar),
            TypeKind::Enum(values) => Type::enumeration(values.iter().map(|v| v.text.clone())),
            TypeKind::List(element) => Type::list(self.resolve(scope, element, diagnostics)),
            TypeKind::Map(value) => Type::map(self.resolve(scope, value, diagnostics)),
            TypeKind::Named(name) => self.named(scope, name, diagnostics),
            TypeKind::Object(fields) => self.object(None, scope, fields, diagnostics),
        };
        if written.nullable { ty.nullable() } else { ty }
    }

    fn object(
        &mut self,
        name: Option<&str>,
        scope: Option<usize>,
        fields: &'w [FieldDecl],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Type {
        let fields = self.fields("field", scope, fields, diagnostics);
        for field in &fields {
            if let Some(default) = &field.decl.default
                && let Err(problem) = literal(&field.ty, &default.text)
            {
                diagnostics.push(misfit(default, *problem));
            }
        }
        let fields = cel_fields(&fields);
        if let Some(name) = name {
            Type::object(name, fields)
        } else {
            let shown: Vec<String> = fields
                .iter()
                .map(|f| format!("{}: {}", f.name, f.ty))
                .collect();
            Type::object(format!("{{ {} }}", shown.join(", ")), fields)
        }
    }

    fn named(
        &mut self,
        scope: Option<usize>,
        name: &'w Name,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Type {
        let Some(scope) = scope else {
            return self.anywhere(name, diagnostics);
        };
        if self.is_open(scope, &name.text) {
            diagnostics.push(circle(name));
            return Type::Error;
        }
        if let Some((known, _)) = self.scopes[scope].get_key_value(&*name.text) {
            return self.declared(scope, known, diagnostics);
        }
        if !self.incomplete[scope] {
            let known: Vec<&str> = self.scopes[scope].keys().copied().collect();
            diagnostics.push(unknown(name, &known));
        }
        Type::Error
    }

    /// Outside connections a name may lead to the type of any, if they agree on it.
    fn anywhere(&mut self, name: &'w Name, diagnostics: &mut Vec<Diagnostic>) -> Type {
        let scopes: Vec<usize> = (0..self.scopes.len())
            .filter(|i| self.scopes[*i].contains_key(&*name.text))
            .collect();
        let mut found: Option<Type> = None;
        for scope in &scopes {
            let ty = self.declared(*scope, &name.text, diagnostics);
            match &found {
                Some(first) if *first != ty && !ty.is_error() && !first.is_error() => {
                    let owners: Vec<String> = scopes
                        .iter()
                        .map(|i| format!("`{}`", self.names[*i]))
                        .collect();
                    diagnostics.push(
                        Diagnostic::new(
                            &codes::UNKNOWN_TYPE,
                            name.span,
                            format!("`{name}` means different types in {}", owners.join(" and ")),
                        )
                        .help("write the fields inline: `{ … }`"),
                    );
                    return Type::Error;
                }
                Some(_) => {}
                None => found = Some(ty),
            }
        }
        found.unwrap_or_else(|| {
            if !self.incomplete.contains(&true) {
                let mut known: Vec<&str> =
                    self.scopes.iter().flat_map(|s| s.keys().copied()).collect();
                known.sort_unstable();
                known.dedup();
                diagnostics.push(unknown(name, &known));
            }
            Type::Error
        })
    }

    fn is_open(&self, scope: usize, name: &str) -> bool {
        matches!(self.known.get(&(scope, name)), Some(State::Open))
    }

    fn declared(&mut self, scope: usize, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Type {
        let Some((&name, &decl)) = self.scopes[scope].get_key_value(name) else {
            return Type::Error;
        };
        match self.known.get(&(scope, name)) {
            Some(State::Done(ty, height)) => {
                self.height = self.height.max(*height);
                return ty.clone();
            }
            Some(State::Open) => return Type::Error,
            None => {}
        }
        self.known.insert((scope, name), State::Open);
        let outer = std::mem::take(&mut self.height);
        self.open += 1;
        let ty = if self.open > MAX_DEPTH {
            Type::Error
        } else {
            self.written(scope, decl, diagnostics)
        };
        self.height += 1;
        let (ty, height) = if !fits(&ty, MAX_LEVELS, &mut MAX_PARTS.clone()) {
            diagnostics.push(too_large(decl));
            (Type::Error, 0)
        } else if self.open.max(self.height) > MAX_DEPTH {
            diagnostics.push(too_deep(decl));
            (Type::Error, 0)
        } else {
            (ty, self.height)
        };
        self.open -= 1;
        self.height = outer.max(height);
        self.known
            .insert((scope, name), State::Done(ty.clone(), height));
        ty
    }

    fn written(
        &mut self,
        scope: usize,
        decl: &'w TypeDecl,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Type {
        match &decl.ty.kind {
            TypeKind::Object(fields) => {
                let name = Some(&*decl.name.text);
                let ty = self.object(name, Some(scope), fields, diagnostics);
                if decl.ty.nullable { ty.nullable() } else { ty }
            }
            _ => self.resolve(Some(scope), &decl.ty, diagnostics),
        }
    }
}

fn scalar_type(scalar: ScalarType) -> Type {
    match scalar {
        ScalarType::Bool => Type::Bool,
        ScalarType::Int => Type::Int,
        ScalarType::Double => Type::Double,
        ScalarType::String => Type::String,
        ScalarType::Bytes => Type::Bytes,
        ScalarType::Timestamp => Type::Timestamp,
        ScalarType::Duration => Type::Duration,
    }
}

/// Fields as expressions see them.
pub(super) fn cel_fields(fields: &[Field<'_>]) -> Vec<cel::Field> {
    fields
        .iter()
        .map(|field| cel::Field {
            name: field.decl.name.text.clone(),
            ty: field.ty.clone(),
            declared: Some(field.decl.name.span),
            default: (field.decl.default.as_ref())
                .and_then(|it| literal(&field.ty, &it.text).ok().flatten()),
            least: None,
        })
        .collect()
}

fn unknown(name: &Name, known: &[&str]) -> Diagnostic {
    const SCALARS: [&str; 7] = [
        "bool",
        "int",
        "double",
        "string",
        "bytes",
        "timestamp",
        "duration",
    ];
    let diagnostic = Diagnostic::new(
        &codes::UNKNOWN_TYPE,
        name.span,
        format!("there is no type `{name}`"),
    );
    match elsewhere(&name.text) {
        Some(meant) => diagnostic.help(format!("write `{meant}`")).fix(
            Applicability::Unsafe,
            format!("write `{meant}`"),
            name.span,
            meant,
        ),
        None if matches!(&*name.text.to_lowercase(), "array" | "list") => {
            diagnostic.help("write `list(T)` with the type of its items, as in `list(string)`")
        }
        None if matches!(
            &*name.text.to_lowercase(),
            "object" | "map" | "dict" | "json"
        ) =>
        {
            diagnostic
                .help("write the fields inline, as in `{ city: string }`, or `map(T)` for any keys")
        }
        None => diagnostic.suggest(&name.text, SCALARS.iter().chain(known).copied()),
    }
}

/// What other languages call our types.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name.to_lowercase().as_str() {
        "boolean" => "bool",
        "integer" | "long" | "int32" | "int64" => "int",
        "number" | "float" | "float32" | "float64" | "decimal" | "numeric" => "double",
        "str" | "text" | "varchar" | "uuid" => "string",
        "binary" | "blob" => "bytes",
        "date" | "datetime" | "time" => "timestamp",
        "interval" | "timedelta" => "duration",
        _ => return None,
    })
}

fn too_deep(decl: &TypeDecl) -> Diagnostic {
    Diagnostic::new(
        &codes::LIMIT_EXCEEDED,
        decl.name.span,
        format!("types nest more than {MAX_DEPTH} deep here"),
    )
    .help("keep the inner one's id instead of all of it")
}

fn too_large(decl: &TypeDecl) -> Diagnostic {
    Diagnostic::new(
        &codes::LIMIT_EXCEEDED,
        decl.name.span,
        format!(
            "`{}` is made of more than {MAX_PARTS} types, or of more than {MAX_LEVELS} within one another",
            decl.name
        ),
    )
    .help("keep the inner one's id instead of all of it")
}

/// Whether a type has no more than so many levels and parts.
fn fits(ty: &Type, levels: u32, parts: &mut u32) -> bool {
    let Some(left) = parts.checked_sub(1) else {
        return false;
    };
    *parts = left;
    let mut below = |ty: &Type| levels > 0 && fits(ty, levels - 1, parts);
    match ty {
        Type::Nullable(inner) => fits(inner, levels, parts),
        Type::List(inner) | Type::Optional(inner) | Type::Type(inner) => below(inner),
        Type::Map(key, value) => below(key) && below(value),
        Type::Object(object) => object.fields.iter().all(|field| below(&field.ty)),
        _ => true,
    }
}

fn circle(name: &Name) -> Diagnostic {
    Diagnostic::new(
        &codes::CIRCULAR_DEFINITION,
        name.span,
        format!("the type `{name}` contains itself"),
    )
    .help("keep the inner one's id instead of all of it")
}
