//! Changes that keep most of a text sound: words take the place of words, lines are moved, doubled
//! and left out. Plain changes of bytes, which break the grammar early, are a part of it all.

/// What the fuzzer changes bytes with: `(data, size, max_size) -> new size`.
type Plain = fn(&mut [u8], usize, usize) -> usize;

/// Words that mean something to some part of the language.
const WORDS: &[&str] = &[
    "", "null", "true", "0", "-1", "9223372036854775808", "1e400", ".inf", "~", "[]", "{}", "\"\"", "''",
    "*a", "&a x", "<<", "? ", "- ", ": ", " #", "|", ">-", "!!str", "!x", "%YAML 1.2", "---", "...",
    "${", "$${", "}", "\"", "'", "`", "(", ")", "[", "]", "{", "}", ",", "\t", "\r\n", "\u{feff}", "\u{202e}",
    "\u{1b}", "\u{0}", "é", "😀", "event", "traveler", "vars", "session", "segment", "journey", "now", "params",
    "env", "returned", "trigger", "has(", "size(", ".exists(i, ", ".all(", ".map(x, ", ".filter(", ".?a",
    ".orValue(", "optional.of(", "cel.bind(", "duration(\"1h\")", "timestamp(", "matches(", "in", "&&", "||", "==",
    "!", "? :", "string | null", "list(", "map(string, ", "double", "EUR | USD", "= ", "never", "always", "ignore",
    "restart", "start", "end", "milestone.", "std/webhook", "all", "after", "every", "schedule", "wait", "goto",
    "parallel", "split", "decide", "call", "send", "set", "if", "then", "else", "branch", "0s", "1w", "P1D",
    "0 0 30 2 *", "*/0 * * * *", "24:00", "Europe/Paris", "2026-02-30T00:00:00Z", "# cjoc: allow ",
];

/// Changes the first `size` bytes of `data` and answers the new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, plain: Plain) -> usize {
    let mut random = Random(u64::from(seed) | 1 << 40);
    if size == 0 || random.below(10) < 3 {
        return plain(data, size, max_size);
    }
    let mut text = data[..size].to_vec();
    for _ in 0..=random.below(3) {
        once(&mut text, &mut random);
    }
    text.truncate(max_size);
    data[..text.len()].copy_from_slice(&text);
    text.len()
}

fn once(text: &mut Vec<u8>, random: &mut Random) {
    let (from, to) = match random.below(8) {
        // A word for a word.
        0..=2 => (piece(text, random, is_word), piece(text, random, is_word)),
        // A word of the language for a word, or between two.
        3 => {
            let at = piece(text, random, is_word);
            let word = WORDS[random.below(WORDS.len())].as_bytes();
            let at = if random.below(2) == 0 { at } else { at.start..at.start };
            text.splice(at, word.iter().copied());
            return;
        }
        // A line for a line.
        4 => (piece(text, random, is_line), piece(text, random, is_line)),
        // A line once more, elsewhere.
        5 => {
            let at = piece(text, random, is_line).start;
            (piece(text, random, is_line), at..at)
        }
        // Without a line, or with one deeper.
        6 => {
            let line = piece(text, random, is_line);
            let end = (line.end + 1).min(text.len());
            text.splice(line.start..end, []);
            return;
        }
        _ => {
            let at = piece(text, random, is_line).start;
            text.splice(at..at, *b"  ");
            return;
        }
    };
    let taken = text[from].to_vec();
    text.splice(to, taken);
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn is_line(byte: u8) -> bool {
    byte != b'\n'
}

/// The run of such bytes around a random place; empty where there is none.
fn piece(text: &[u8], random: &mut Random, is_in: fn(u8) -> bool) -> std::ops::Range<usize> {
    let at = random.below(text.len() + 1);
    let start = text[..at].iter().rposition(|byte| !is_in(*byte)).map_or(0, |it| it + 1);
    let end = text[at..].iter().position(|byte| !is_in(*byte)).map_or(text.len(), |it| at + it);
    start..end
}

/// SplitMix64: the same seed gives the same changes.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}
