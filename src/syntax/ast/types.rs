//! Types as written, and the declarations of fields, variables and parameters.

use super::{Name, Spanned};
use crate::source::Span;

/// `string`, `EUR | USD`, `list(Product) | null`, `{ city: string, zip: string | null }`.
#[derive(Clone, Debug)]
pub struct TypeExpr {
    pub kind: TypeKind,
    /// `| null` stands after it.
    pub nullable: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TypeKind {
    /// Could not be read; it has been reported.
    Error,
    Scalar(ScalarType),
    Enum(Vec<Name>),
    List(Box<TypeExpr>),
    Map(Box<TypeExpr>),
    Named(Name),
    Object(Vec<FieldDecl>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarType {
    Bool,
    Int,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
}

/// A field of a profile, payload or object type; a variable; a parameter.
#[derive(Clone, Debug)]
pub struct FieldDecl {
    pub name: Name,
    pub ty: TypeExpr,
    pub default: Option<Default>,
    /// Personal data.
    pub pii: bool,
    pub normalize: Option<Spanned<Normalize>>,
    pub description: Option<String>,
}

/// What is made of a value before it is compared or kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// Trimmed and lower-cased.
    Email,
    /// Digits and a leading `+`.
    Phone,
    Lower,
    Trim,
}

/// The literal after `=`: a bare word of an enum, a duration, or a CEL literal.
#[derive(Clone, Debug)]
pub struct Default {
    pub text: String,
    pub span: Span,
    /// The file has the text as it is: a place in the one is a place in the other.
    pub verbatim: bool,
}

/// A named object type: `types: { Product: { … } }`.
#[derive(Clone, Debug)]
pub struct TypeDecl {
    pub name: Name,
    pub ty: TypeExpr,
}
