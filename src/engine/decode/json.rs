//! A scanner of one JSON text: values of the common forms come out, in one pass over the bytes.
//!
//! It is strict, and gives up (`None`) on whatever it does not know to be right: errors are worded
//! by the reader that takes every form.

use std::borrow::Cow;

use smallvec::SmallVec;

/// How deep values may stand in each other here.
const MAX_DEPTH: u32 = 100;

/// Longer numbers, and those with an exponent, are for the other reader.
const MAX_DIGITS: usize = 300;

/// A number of so many digits and a point is below 2^53.
const SMALL: usize = 15;

/// Objects of more keys that are no fields are for the other reader.
const MAX_KEYS: usize = 32;

/// Powers of ten that doubles hold as they are.
const TENS: [f64; SMALL + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A number as it is written, without an exponent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    pub text: &'a str,
    /// Whether it has no point.
    pub whole: bool,
    /// All its digits as one number, where that is small.
    small: Option<u64>,
    negative: bool,
    decimals: usize,
}

impl Number<'_> {
    #[inline]
    pub(super) fn double(&self) -> Option<f64> {
        let Some(digits) = self.small else {
            return self.text.parse().ok();
        };
        // Both are exact, so that their quotient is the double that is nearest.
        #[expect(clippy::cast_precision_loss, reason = "it is below 2^53")]
        let number = digits as f64 / TENS[self.decimals];
        Some(if self.negative { -number } else { number })
    }

    #[inline]
    pub(super) fn int(&self) -> Option<i64> {
        if !self.whole {
            return None;
        }
        match self.small.map(u64::cast_signed) {
            Some(digits) => Some(if self.negative { -digits } else { digits }),
            None => self.text.parse().ok(),
        }
    }

    pub(super) fn uint(&self) -> Option<u64> {
        self.whole.then(|| self.text.parse().ok()).flatten()
    }
}

/// The keys of one object so far, which are each to be there once.
#[derive(Debug, Default)]
pub(super) struct Keys<'a>(SmallVec<[Cow<'a, str>; 4]>);

impl<'a> Keys<'a> {
    /// None where it is there already; that is for the other reader.
    pub(super) fn add(&mut self, key: Cow<'a, str>) -> Option<()> {
        let known = self.0.len() == MAX_KEYS || self.0.contains(&key);
        self.0.push(key);
        (!known).then_some(())
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// Where the first quote or backslash is, eight bytes at a time.
#[inline]
fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const ESCAPES: u64 = u64::from_le_bytes([b'\\'; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The lowest bit that is set is that of the first byte that is zero.
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
        let found = zero(word ^ QUOTES) | zero(word ^ ESCAPES);
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    found.map(|at| words.len() * 8 + at)
}

/// The lowest of the bytes: of many at a time, the last ones of a long text twice.
#[inline]
fn lowest(bytes: &[u8]) -> u8 {
    let (chunks, rest) = bytes.as_chunks::<32>();
    let last = bytes.last_chunk::<32>();
    let mut low = [u8::MAX; 32];
    for chunk in chunks.iter().chain(last) {
        for (low, byte) in low.iter_mut().zip(chunk) {
            *low = (*low).min(*byte);
        }
    }
    let rest = if last.is_some() { &[] } else { rest };
    low.iter()
        .chain(rest)
        .fold(u8::MAX, |low, byte| low.min(*byte))
}

/// Whether two texts of one length are the same: short ones in two looks, which may overlap.
#[inline]
fn alike(one: &[u8], other: &[u8]) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        text.first_chunk().zip(text.last_chunk())
    }
    match other.len() {
        4..8 => ends::<4>(one) == ends(other),
        8..=16 => ends::<8>(one) == ends(other),
        _ => one == other,
    }
}

impl<'a> Cursor<'a> {
    /// None for text with tabs and the like, which strings must not hold as they are.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let text = text.trim_end_matches('\r');
        (lowest(text.as_bytes()) >= b' ').then_some(Self { text, at: 0 })
    }

    /// An object with nothing in it.
    pub(super) const fn empty() -> Self {
        Self { text: "{}", at: 0 }
    }

    #[inline]
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The next byte that is no blank, which is not taken.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match self.bytes().get(self.at) {
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.behind_blanks(),
        }
    }

    #[cold]
    fn behind_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Takes this byte, behind blanks.
    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        let found = self.peek()?;
        self.at += 1;
        (found == byte).then_some(())
    }

    /// Takes this byte if it is next.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Whether nothing but blanks is left.
    pub(super) fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let found = self.text.get(self.at..self.at + word.len())? == word;
        self.at += word.len();
        found.then_some(())
    }

    pub(super) fn null(&mut self) -> Option<()> {
        self.word("null")
    }

    #[inline]
    pub(super) fn bool(&mut self) -> Option<bool> {
        if self.peek()? == b't' {
            self.word("true")?;
            return Some(true);
        }
        self.word("false")?;
        Some(false)
    }

    /// A string, borrowed where nothing in it is escaped.
    #[inline]
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        match self.plain() {
            Some(text) => Some(Cow::Borrowed(text)),
            None => self.escaped(),
        }
    }

    /// A string in which nothing is escaped; with another one it stays where it is.
    #[inline]
    pub(super) fn plain(&mut self) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at + 1;
        let end = start + quote_or_escape(self.bytes().get(start..)?)?;
        if self.bytes()[end] != b'"' {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Takes a string of this length, if there is something to be made of its bytes; only of what
    /// holds no quotes or backslashes may something be made.
    #[inline]
    pub(super) fn made_of<const N: usize, T>(
        &mut self,
        read: impl FnOnce(&[u8; N]) -> Option<T>,
    ) -> Option<T> {
        self.peek()?;
        let (first, rest) = self.bytes().get(self.at..)?.split_first()?;
        let (text, behind) = rest.split_first_chunk::<N>()?;
        if *first != b'"' || behind.first() != Some(&b'"') {
            return None;
        }
        let made = read(text)?;
        self.at += N + 2;
        Some(made)
    }

    /// Takes a string if it is this one, which holds no quotes or backslashes.
    #[inline]
    pub(super) fn is(&mut self, text: &str) -> bool {
        self.same(text).is_some()
    }

    /// The same, and answers where it stands.
    #[inline]
    pub(super) fn same(&mut self, text: &str) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at + 1;
        let end = start + text.len();
        let bytes = self.bytes();
        let found = alike(bytes.get(start..end)?, text.as_bytes()) && *bytes.get(end)? == b'"';
        if !found {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// Takes a key and its colon if it is this one, which holds no quotes or backslashes.
    #[inline]
    pub(super) fn key(&mut self, name: &str) -> bool {
        let start = self.at;
        if self.is(name) {
            if self.bytes().get(self.at) == Some(&b':') {
                self.at += 1;
                return true;
            }
            self.at = start;
        }
        false
    }

    /// Takes what stands here if it is this: a key or a string, with its quotes.
    #[inline]
    pub(super) fn quoted(&mut self, text: &str) -> bool {
        loop {
            let here = self.bytes().get(self.at..self.at + text.len());
            if here.is_some_and(|here| alike(here, text.as_bytes())) {
                self.at += text.len();
                return true;
            }
            // Few write blanks.
            match self.bytes().get(self.at) {
                Some(..=b' ') if self.behind_blanks().is_some() => {}
                _ => return false,
            }
        }
    }

    #[cold]
    fn escaped(&mut self) -> Option<Cow<'a, str>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut end = start;
        loop {
            match *self.bytes().get(end)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        self.at = end + 1;
        let quoted = self.text.get(start - 1..=end)?;
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    }

    /// A number.
    #[inline]
    pub(super) fn number(&mut self) -> Option<Number<'a>> {
        self.peek()?;
        let (bytes, start) = (self.bytes(), self.at);
        let negative = bytes[start] == b'-';
        let first = start + usize::from(negative);
        let mut digits = 0_u64;
        let mut read = |from: usize| {
            let mut at = from;
            while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0'))
                && digit < 10
            {
                // Only as long as it is small is it looked at.
                digits = digits.wrapping_mul(10).wrapping_add(u64::from(digit));
                at += 1;
            }
            at
        };
        let mut end = read(first);
        if end == first || (end - first > 1 && bytes[first] == b'0') {
            return None;
        }
        let mut decimals = 0;
        let whole = bytes.get(end) != Some(&b'.');
        if !whole {
            let point = end;
            end = read(point + 1);
            decimals = end - point - 1;
            if decimals == 0 {
                return None;
            }
        }
        if end - start > MAX_DIGITS || matches!(bytes.get(end), Some(b'e' | b'E')) {
            return None;
        }
        self.at = end;
        Some(Number {
            text: self.text.get(start..end)?,
            small: (end - first <= SMALL).then_some(digits),
            negative,
            decimals,
            whole,
        })
    }

    /// Takes a value, whatever it is, and answers its text.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        self.peek()?;
        let start = self.at;
        self.skip(0)?;
        self.text.get(start..self.at)
    }

    fn skip(&mut self, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => {
                self.at += 1;
                if self.take(b'}') {
                    return Some(());
                }
                let mut keys = Keys::default();
                loop {
                    keys.add(self.string()?)?;
                    self.expect(b':')?;
                    self.skip(depth + 1)?;
                    if !self.take(b',') {
                        return self.expect(b'}');
                    }
                }
            }
            b'[' => {
                self.at += 1;
                if self.take(b']') {
                    return Some(());
                }
                loop {
                    self.skip(depth + 1)?;
                    if !self.take(b',') {
                        return self.expect(b']');
                    }
                }
            }
            b't' | b'f' => self.bool().map(drop),
            b'n' => self.null(),
            _ => self.number().map(drop),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    /// What it takes, the other reader takes too.
    #[test]
    fn what_it_takes_is_json() {
        let texts = [
            r#"{"a":[1,-2.5,"x\n\u00e9",true,null,{}],"b":{"c":[]}}"#,
            "  [ 1 , 2 ]  ",
            "01",
            "1.",
            "-",
            ".5",
            "+1",
            "1e5",
            "tru",
            "nul",
            "[1,]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"a\u{1}b\"",
            "\"",
            "\"\\",
            "[",
            "{",
            "",
            "1 2",
            "{\"a\":1,}",
            "-0",
            "0",
            "0.0",
            "\"\u{1F600}\"",
        ];
        for text in texts {
            let cursor = Cursor::new(text);
            let taken = cursor.is_some_and(|mut it| it.value().is_some() && it.at_end());
            let known = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert!(!taken || known, "{text}");
            assert!(taken || !known || text.contains('e'), "{text}");
        }
    }

    #[test]
    fn numbers_are_what_the_other_reader_makes_of_them() {
        for text in [
            "0",
            "-0",
            "0.1",
            "-0.1",
            "929.18",
            "0.000000000000001",
            "99999999999999.9",
            "999999999999999",
            "9999999999999999",
            "123456789.123456789",
            "9007199254740993",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "18446744073709551615",
            "179769313486231570000000000000000000000000000000.5",
        ] {
            let mut cursor = Cursor::new(text).unwrap();
            let number = cursor.number().unwrap();
            let double: f64 = text.parse().unwrap();
            assert_eq!(
                number.double().map(f64::to_bits),
                Some(double.to_bits()),
                "{text}"
            );
            assert_eq!(number.int(), text.parse().ok(), "{text}");
            assert_eq!(number.uint(), text.parse().ok(), "{text}");
        }
    }
}
