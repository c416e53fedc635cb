//! Text goes in, tokens with exact byte ranges come out. Whatever the text, lexing goes on to its
//! end: what cannot be read is reported, once, and becomes a token that the parser keeps quiet
//! about.

use super::ast::{BinaryOp, Literal};
use super::error::Problem;
use super::quoted;
use super::token::{Bracket, Token, TokenKind};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

pub(super) const UNCLOSED_QUOTE: &str = "this quote is never closed";

/// Reads one token after another.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// What string and bytes literals stand for, in their order.
    texts: Vec<Literal>,
    pub(super) problems: Vec<Problem>,
    /// Where a quote opened that is never closed.
    pub(super) unclosed: Option<TextRange>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, start: usize) -> Self {
        Self {
            text,
            at: start,
            texts: Vec::new(),
            problems: Vec::new(),
            unclosed: None,
        }
    }

    /// Adds all tokens up to and including the end; answers what the literals among them stand for.
    pub(super) fn all(mut self, tokens: &mut Vec<Token>) -> (Vec<Literal>, Vec<Problem>) {
        loop {
            let token = self.next();
            tokens.push(token);
            if token.kind == TokenKind::End {
                return (self.texts, self.problems);
            }
        }
    }

    /// Keeps what a literal stands for.
    fn literal(&mut self, literal: Literal) -> TokenKind {
        self.texts.push(literal);
        TokenKind::Text(self.texts.len() as u32 - 1)
    }

    /// The next token; at the end of the text, `End` again and again.
    pub(super) fn next(&mut self) -> Token {
        self.skip_blank();
        let start = self.at;
        let kind = self.kind();
        Token {
            kind,
            range: TextRange::new(start as u32, self.at as u32),
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_blank(&mut self) {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(b'/') if bytes.get(self.at + 1) == Some(&b'/') => {
                    let rest = self.rest();
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                // Blanks that hardly anybody writes.
                Some(0x0B | 0x0C | 0x80..) if self.peek().is_some_and(char::is_whitespace) => {
                    self.at = self.text.len() - self.rest().trim_start().len();
                }
                _ => return,
            }
        }
    }

    fn kind(&mut self) -> TokenKind {
        let rest = self.rest();
        match rest.as_bytes() {
            [] => TokenKind::End,
            [b'"' | b'\'' | b'b' | b'B' | b'r' | b'R', ..]
                if let Some(prefix) = quoted::prefix(rest) =>
            {
                self.quoted(&prefix)
            }
            [b'_' | b'a'..=b'z' | b'A'..=b'Z', ..] => self.word(),
            [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => {
                self.number();
                TokenKind::Number
            }
            _ => match self.peek() {
                Some(first) if first.is_alphabetic() => self.word(),
                Some(first) => self.symbol(first),
                None => TokenKind::End,
            },
        }
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn number(&mut self) {
        let rest = self.rest();
        if rest.starts_with("0x") || rest.starts_with("0X") {
            self.at += 2;
            self.take_while(|c| c.is_ascii_hexdigit());
            self.take_while(|c| matches!(c, 'u' | 'U'));
            return;
        }
        self.take_while(|c| c.is_ascii_digit());
        let mut fraction = self.rest().chars();
        if fraction.next() == Some('.') && fraction.next().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        if self.rest().starts_with(['e', 'E']) {
            let signed = self.rest()[1..].starts_with(['+', '-']);
            let digits = 1 + usize::from(signed);
            if self.rest()[digits..].starts_with(|c: char| c.is_ascii_digit()) {
                self.at += digits;
                self.take_while(|c| c.is_ascii_digit());
            }
        }
        // A unit or any other word that touches the digits is part of the number, so that it is
        // reported as one thing: `6h`, `1_000`.
        self.take_while(|c| c.is_alphanumeric() || c == '_');
    }

    fn word(&mut self) -> TokenKind {
        let start = self.at;
        let rest = self.rest().bytes();
        self.at += rest
            .take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric())
            .count();
        // Letters of other alphabets, for which there is a message.
        if self
            .text
            .as_bytes()
            .get(self.at)
            .is_some_and(|byte| !byte.is_ascii())
        {
            self.take_while(|c| c == '_' || c.is_alphanumeric());
        }
        let word = &self.text[start..self.at];
        match word {
            "true" => TokenKind::True,
            "false" => TokenKind::False,
            "null" => TokenKind::Null,
            "in" => TokenKind::In,
            _ => {
                if !word.is_ascii() {
                    let range = TextRange::new(start as u32, self.at as u32);
                    let problem = Problem::new(
                        &codes::INVALID_EXPRESSION,
                        range,
                        format!(
                            "`{word}` is not a name of CEL: only ASCII letters, digits and `_` are"
                        ),
                    );
                    let after_dot = self.text[..start].trim_end().ends_with(['.', '?']);
                    self.problems.push(if after_dot {
                        problem.help("put the field's name in back-ticks").fix(
                            Applicability::Safe,
                            "put it in back-ticks",
                            range,
                            format!("`{word}`"),
                        )
                    } else {
                        problem.help("text goes in quotes")
                    });
                }
                TokenKind::Ident
            }
        }
    }

    fn symbol(&mut self, first: char) -> TokenKind {
        let start = self.at;
        if let Some((len, kind)) = operator(self.rest().as_bytes()) {
            self.at += len;
            return kind;
        }
        match first {
            '`' => self.back_ticks(),
            '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»' => self.curly_quotes(first),
            _ => {
                self.at += first.len_utf8();
                let problem = Problem::new(
                    &codes::INVALID_EXPRESSION,
                    self.since(start),
                    format!("`{}` means nothing in an expression", first.escape_debug()),
                );
                self.problems.push(if first == '$' {
                    problem.help(
                        "`${…}` puts an expression into text; where one is due, write it as it is",
                    )
                } else {
                    problem
                });
                TokenKind::Unknown
            }
        }
    }

    fn since(&self, start: usize) -> TextRange {
        TextRange::new(start as u32, self.at as u32)
    }

    fn back_ticks(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 1;
        let name = self.take_while(|c| c != '`' && c != '\n');
        if !self.rest().starts_with('`') {
            let opening = TextRange::new(start as u32, start as u32 + 1);
            self.never_closed(opening, "this back-tick is never closed");
            return TokenKind::Unknown;
        }
        self.at += 1;
        if name.is_empty() {
            self.problems.push(Problem::new(
                &codes::INVALID_EXPRESSION,
                self.since(start),
                "a name in back-ticks is empty",
            ));
            return TokenKind::Unknown;
        }
        TokenKind::QuotedIdent
    }

    fn never_closed(&mut self, opening: TextRange, message: &str) {
        self.unclosed.get_or_insert(opening);
        self.problems.push(
            Problem::new(&codes::INVALID_EXPRESSION, opening, message).help(format!(
                "close it with `{}`",
                &self.text[opening.as_usize()].trim_start_matches(['r', 'R', 'b', 'B'])
            )),
        );
    }

    /// Quotes that a word processor bent: read as straight ones.
    fn curly_quotes(&mut self, first: char) -> TokenKind {
        const CURLY: [char; 8] = ['“', '”', '„', '‘', '’', '‚', '«', '»'];
        let start = self.at;
        self.at += first.len_utf8();
        let inner = self.take_while(|c| !CURLY.contains(&c) && c != '\n');
        let closing = self.at;
        let problem = Problem::new(
            &codes::INVALID_EXPRESSION,
            TextRange::new(start as u32, (start + first.len_utf8()) as u32),
            format!("`{first}` is not a quote of CEL"),
        )
        .help("text goes in `\"` or `'`");
        let Some(last) = self.peek().filter(|c| CURLY.contains(c)) else {
            self.problems.push(problem);
            return TokenKind::Unknown;
        };
        self.at += last.len_utf8();
        let quote = if inner.contains('"') { "'" } else { "\"" };
        self.problems.push(problem.fix_all(
            Applicability::Safe,
            "write straight quotes",
            vec![
                (
                    TextRange::new(start as u32, (start + first.len_utf8()) as u32),
                    quote.into(),
                ),
                (TextRange::new(closing as u32, self.at as u32), quote.into()),
            ],
        ));
        self.literal(Literal::String(inner.into()))
    }

    fn quoted(&mut self, prefix: &quoted::Prefix) -> TokenKind {
        let start = self.at;
        let body = start + prefix.len;
        if let Some(len) = quoted::end(&self.text[body..], prefix) {
            self.at = body + len + prefix.quote.len();
            let (literal, problems) = quoted::read(&self.text[body..body + len], prefix);
            let problems = problems.into_iter().map(|p| p.shift(body as u32));
            self.problems.extend(problems);
            return self.literal(literal);
        }
        // The rest of the line is taken to be inside; what follows may be sound.
        let rest = &self.text[body..];
        let inside = if prefix.quote.len() == 3 {
            rest.len()
        } else {
            rest.find(['\n', '\r']).unwrap_or(rest.len())
        };
        self.at = body + inside;
        self.never_closed(TextRange::new(start as u32, body as u32), UNCLOSED_QUOTE);
        TokenKind::Unknown
    }
}

/// The operator or bracket that the text begins with, and its length.
fn operator(text: &[u8]) -> Option<(usize, TokenKind)> {
    use BinaryOp as B;
    use TokenKind::{Close, Mistaken, Open, Operator};
    Some(match text {
        [b'=', b'=', b'=', ..] => (3, Mistaken(B::Equal)),
        [b'!', b'=', b'=', ..] => (3, Mistaken(B::NotEqual)),
        [b'=', b'=', ..] => (2, Operator(B::Equal)),
        [b'!', b'=', ..] => (2, Operator(B::NotEqual)),
        [b'<', b'=', ..] => (2, Operator(B::LessEqual)),
        [b'>', b'=', ..] => (2, Operator(B::GreaterEqual)),
        [b'&', b'&', ..] => (2, Operator(B::And)),
        [b'|', b'|', ..] => (2, Operator(B::Or)),
        [b'<', b'>', ..] => (2, Mistaken(B::NotEqual)),
        [b'=', b'<', ..] => (2, Mistaken(B::LessEqual)),
        [b'=', b'>', ..] => (2, Mistaken(B::GreaterEqual)),
        [b'<', ..] => (1, Operator(B::Less)),
        [b'>', ..] => (1, Operator(B::Greater)),
        [b'+', ..] => (1, Operator(B::Add)),
        [b'*', ..] => (1, Operator(B::Multiply)),
        [b'/', ..] => (1, Operator(B::Divide)),
        [b'%', ..] => (1, Operator(B::Remainder)),
        [b'=', ..] => (1, Mistaken(B::Equal)),
        [b'&', ..] => (1, Mistaken(B::And)),
        [b'|', ..] => (1, Mistaken(B::Or)),
        [b'-', ..] => (1, TokenKind::Minus),
        [b'!', ..] => (1, TokenKind::Bang),
        [b'?', ..] => (1, TokenKind::Question),
        [b':', ..] => (1, TokenKind::Colon),
        [b'.', ..] => (1, TokenKind::Dot),
        [b',', ..] => (1, TokenKind::Comma),
        [b'(', ..] => (1, Open(Bracket::Round)),
        [b'[', ..] => (1, Open(Bracket::Square)),
        [b'{', ..] => (1, Open(Bracket::Curly)),
        [b')', ..] => (1, Close(Bracket::Round)),
        [b']', ..] => (1, Close(Bracket::Square)),
        [b'}', ..] => (1, Close(Bracket::Curly)),
        _ => return None,
    })
}
