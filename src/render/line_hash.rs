//! The hash by which GitHub's code scanning follows a finding when lines move.
//!
//! It is computed as its upload step does, to the digit, since a different one would be reported as
//! inconsistent: for each line the first hundred UTF-16 units from its start on, without blanks and
//! tabs, line ends as `\n`, an end mark and then zeros behind the text, read as a number in base 37
//! modulo 2⁶⁴; then how often the file had this hash so far.

use std::collections::BTreeMap;
use std::collections::VecDeque;

const UNITS: usize = 100;
const BASE: u64 = 37;
/// What stands behind the last character.
const END: u16 = 0xFFFF;

/// The hash of each line, the first line's first.
pub(super) fn of_lines(text: &str) -> Vec<String> {
    let (units, starts) = units(text);
    let mut hashes = Vec::with_capacity(starts.len());
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    let mut window = Window::default();
    let mut starts = starts.into_iter();
    let mut next = starts.next();
    // A window is full of a line's own text once its first unit is the oldest one.
    for (index, unit) in units.into_iter().chain([0; UNITS]).enumerate() {
        if next.is_some_and(|start| start + UNITS == index) {
            let count = seen.entry(window.hash).or_default();
            *count += 1;
            hashes.push(format!("{:x}:{count}", window.hash));
            next = starts.next();
        }
        window.push(unit);
    }
    hashes
}

/// The units that count, and which of them begin a line.
fn units(text: &str) -> (Vec<u16>, Vec<usize>) {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut starts = Vec::new();
    let (mut at_start, mut after_cr) = (true, false);
    for unit in text.encode_utf16().chain([END]) {
        let is = |c: char| u32::from(unit) == u32::from(c);
        let second_half = after_cr && is('\n');
        after_cr = is('\r');
        if is(' ') || is('\t') || second_half {
            continue;
        }
        if at_start {
            starts.push(units.len());
        }
        at_start = is('\n') || is('\r');
        units.push(if is('\r') { u16::from(b'\n') } else { unit });
    }
    (units, starts)
}

/// The last hundred units, and their number.
#[derive(Default)]
struct Window {
    units: VecDeque<u16>,
    hash: u64,
}

impl Window {
    fn push(&mut self, unit: u16) {
        let oldest = if self.units.len() == UNITS {
            self.units.pop_front().unwrap_or(0)
        } else {
            0
        };
        self.units.push_back(unit);
        let weight = BASE.wrapping_pow(UNITS as u32);
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(weight.wrapping_mul(u64::from(oldest)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What GitHub's own step computes for these texts.
    #[test]
    fn the_hashes_are_those_of_code_scanning() {
        assert_eq!(of_lines(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            of_lines(" a\nb\n  \t\tc\n d"),
            [
                "271789c17abda88f:1",
                "54703d4cd895b18:1",
                "180aee12dab6264:1",
                "a23a3dc5e078b07b:1"
            ]
        );
        let breaks = [
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
        ];
        for text in breaks {
            assert_eq!(
                of_lines(text),
                [
                    "e9496ae3ebfced30:1",
                    "fb7c023a8b9ccb3f:1",
                    "ce8ba1a563dcdaca:1",
                    "e20e36e16fcb0cc8:1",
                    "b3edc88f2938467e:1",
                    "c8e28b0b4002a3a0:1",
                    "c129715d7a2bc9a3:1"
                ],
                "{text:?}"
            );
        }
        let repeated = of_lines(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(repeated[5], "a7f2ff13bc495cf2:6");
        assert_eq!(repeated[6], "a7f2ff1481e87703:1");
    }
}
