//! The tokens of an expression.

use super::ast::BinaryOp;
use crate::source::TextRange;

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub range: TextRange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare identifier, reserved words included.
    Ident,
    /// An identifier in back-ticks, which the range includes.
    QuotedIdent,
    /// The digits of a number; read where the sign before them is known.
    Number,
    /// A string or bytes literal: the lexer keeps them, unescaped, by index.
    Text(u32),
    True,
    False,
    Null,
    In,
    Operator(BinaryOp),
    /// `=`, `&`, `and`, … where an operator is meant: reported where it stands for one.
    Mistaken(BinaryOp),
    Bang,
    Minus,
    Question,
    Colon,
    Dot,
    Comma,
    Open(Bracket),
    Close(Bracket),
    /// A character that stands for nothing; it has been reported.
    Unknown,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

impl Bracket {
    pub(super) const fn open(self) -> char {
        match self {
            Self::Round => '(',
            Self::Square => '[',
            Self::Curly => '{',
        }
    }

    pub(super) const fn close(self) -> char {
        match self {
            Self::Round => ')',
            Self::Square => ']',
            Self::Curly => '}',
        }
    }
}

/// Whether CEL keeps a word for languages around it: it names no variable.
pub(super) fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "as" | "break"
            | "const"
            | "continue"
            | "else"
            | "for"
            | "function"
            | "if"
            | "import"
            | "let"
            | "loop"
            | "namespace"
            | "package"
            | "return"
            | "var"
            | "void"
            | "while"
    )
}
