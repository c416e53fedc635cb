//! Names: roots and fields become loads of slots, macro variables places in the frame.

use super::super::super::ast::{ExprId, Kind};
use super::super::super::env::Binding;
use super::super::super::error::EvalErrorKind;
use super::super::super::types::Type;
use super::super::super::value::Value;
use super::super::{Node, NodeId};
use super::Compiler;

/// A path below a root that is known before the program runs, and the type at its end.
struct StaticPath<'a> {
    root: u16,
    fields: Vec<u16>,
    ty: &'a Type,
}

impl<'a> Compiler<'a> {
    /// Whether the name is written `.name`, past all macro variables.
    pub(super) fn is_absolute(&self, id: ExprId) -> bool {
        match self.ast.kind(id) {
            Kind::Ident(name) => self.ast.range(id).start < name.range.start,
            _ => false,
        }
    }

    pub(super) fn local(&self, id: ExprId, name: &str) -> Option<u16> {
        if self.is_absolute(id) {
            return None;
        }
        self.scope
            .iter()
            .rposition(|n| *n == name)
            .map(|place| place as u16)
    }

    pub(super) fn identifier(&mut self, id: ExprId, name: &str) -> NodeId {
        if let Some(local) = self.local(id, name) {
            return self.add(id, Node::Local(local));
        }
        if let Some(path) = self.static_path(id) {
            return self.load(id, &path);
        }
        match (self.env.root(name), type_name(name)) {
            (Some((_, root)), _) => {
                let message = match &root.binding {
                    Binding::Absent(absent) => absent.message.to_string(),
                    Binding::Value(_) => format!("`{name}` cannot be read"),
                };
                self.fail(id, EvalErrorKind::InvalidArgument, message)
            }
            (None, Some(ty)) => self.constant(id, Value::Type(ty.into())),
            (None, None) => {
                let message = format!("unknown variable `{name}`");
                self.fail(id, EvalErrorKind::InvalidArgument, message)
            }
        }
    }

    fn root(&self, name: &str) -> Option<StaticPath<'a>> {
        let (root, entry) = self.env.root(name)?;
        let Binding::Value(ty) = &entry.binding else {
            return None;
        };
        Some(StaticPath {
            root: root as u16,
            fields: Vec::new(),
            ty,
        })
    }

    /// The expression as `a.b.c`, if it is that and `a` is no macro variable.
    fn dotted_name(&self, id: ExprId) -> Option<String> {
        match self.ast.kind(id) {
            Kind::Ident(name) if self.local(id, self.ast.name(name)).is_none() => {
                Some(self.ast.name(name).to_string())
            }
            Kind::Select {
                operand,
                field,
                optional: false,
            } => Some(format!(
                "{}.{}",
                self.dotted_name(*operand)?,
                self.ast.name(field)
            )),
            _ => None,
        }
    }

    /// The path that the expression is, when it goes from a root through objects only.
    fn static_path(&self, id: ExprId) -> Option<StaticPath<'a>> {
        match self.ast.kind(id) {
            Kind::Ident(name) if self.local(id, self.ast.name(name)).is_none() => {
                self.root(self.ast.name(name))
            }
            Kind::Select {
                operand,
                field,
                optional: false,
            } => {
                let dotted = self.env.roots.iter().any(|root| root.name.contains('.'));
                if dotted
                    && let Some(name) = self.dotted_name(id)
                    && let Some(root) = self.root(&name)
                {
                    return Some(root);
                }
                let mut path = self.static_path(*operand)?;
                let (slot, field) = object_field(path.ty, self.ast.name(field))?;
                path.fields.push(slot);
                path.ty = field;
                Some(path)
            }
            _ => None,
        }
    }

    fn load(&mut self, id: ExprId, path: &StaticPath<'_>) -> NodeId {
        let start = self.program.paths.len() as u32;
        self.program.paths.extend(&path.fields);
        self.add(
            id,
            Node::Load {
                root: path.root,
                length: path.fields.len() as u16,
                start,
            },
        )
    }

    pub(super) fn select(
        &mut self,
        id: ExprId,
        operand: ExprId,
        field: &str,
        optional: bool,
    ) -> NodeId {
        if optional {
            // Straight to the slot, where there is one.
            if let Some(mut path) = self.static_path(operand)
                && let Some((slot, ty)) = object_field(path.ty, field)
                && !matches!(ty, Type::Optional(_))
            {
                path.fields.push(slot);
                let load = self.load(id, &path);
                return self.add(id, Node::Wrap(load));
            }
            let operand = self.expression(operand);
            let name = self.name(field);
            return self.add(id, Node::OptionalSelect { operand, name });
        }
        if let Some(path) = self.static_path(id) {
            return self.load(id, &path);
        }
        if let Some(name) = self.dotted_name(id)
            && name.starts_with("google.protobuf.")
            && let Some(ty) = type_name(&name)
        {
            return self.constant(id, Value::Type(ty.into()));
        }
        let slot = self.type_of(operand).and_then(|ty| object_field(ty, field));
        let operand = self.expression(operand);
        let name = self.name(field);
        let node = match slot {
            Some((slot, _)) => Node::Field {
                operand,
                slot,
                name,
            },
            None => Node::Select { operand, name },
        };
        self.add(id, node)
    }

    pub(super) fn has(&mut self, id: ExprId, selected: ExprId) -> Option<NodeId> {
        let Kind::Select {
            operand,
            field,
            optional,
        } = self.ast.kind(selected)
        else {
            return None;
        };
        if !optional && let Some(path) = self.static_path(selected) {
            let load = self.load(selected, &path);
            return Some(self.add(id, Node::Present(load)));
        }
        let operand = self.expression(*operand);
        let name = self.name(self.ast.name(field));
        Some(self.add(id, Node::Has { operand, name }))
    }
}

/// The slot and type of a field, where the type is an object, absent or not.
fn object_field<'t>(ty: &'t Type, field: &str) -> Option<(u16, &'t Type)> {
    match ty.present() {
        Type::Object(object) => {
            let (slot, field) = object.field(field)?;
            Some((u16::try_from(slot).ok()?, &field.ty))
        }
        _ => None,
    }
}

/// The types that have a name as a value: `type(x) == int`.
fn type_name(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "int" => Type::Int,
        "google.protobuf.Duration" => Type::Duration,
        "google.protobuf.Timestamp" => Type::Timestamp,
        "list" => Type::list(Type::Dyn),
        "map" => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
        "null_type" => Type::Null,
        "optional_type" => Type::Optional(Type::Dyn.into()),
        "string" => Type::String,
        "type" => Type::Type(Type::Dyn.into()),
        "uint" => Type::Uint,
        _ => return None,
    })
}
