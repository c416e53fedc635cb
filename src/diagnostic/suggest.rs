//! Did you mean …: the nearest known name, if any is near enough to be meant.

/// Longer words are no names that someone mistyped, and comparing them takes the square of it.
const MAX_LENGTH: usize = 100;

/// The known name nearest to `written`, or none where the distance says that something else was
/// meant. A third of the letters may differ, and case counts little.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > MAX_LENGTH {
        return None;
    }
    let lower = written.to_lowercase();
    let letters = Letters::of(written);
    let limit = (written.chars().count().max(3)) / 3;
    known
        .into_iter()
        .filter(|name| {
            name.len() <= MAX_LENGTH
                && *name != written
                && letters.least_distance(&Letters::of(name)) <= limit
        })
        .map(|name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| *distance <= limit && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

/// How often each letter of a word occurs, whatever its case: tells most words apart much faster
/// than a comparison does.
struct Letters {
    /// By the low bits of the byte; words that are not ASCII have none.
    counts: Option<[u8; 32]>,
}

impl Letters {
    /// Of a word of at most [`MAX_LENGTH`] bytes.
    fn of(word: &str) -> Self {
        let mut counts = [0_u8; 32];
        for byte in word.bytes() {
            let count = &mut counts[usize::from(byte & 31)];
            *count = count.saturating_add(1);
        }
        Self {
            counts: word.is_ascii().then_some(counts),
        }
    }

    /// Two words are at least so far apart: an edit changes one letter into another.
    fn least_distance(&self, other: &Self) -> usize {
        let (Some(a), Some(b)) = (&self.counts, &other.counts) else {
            return 0;
        };
        let more = |a: &[u8; 32], b: &[u8; 32]| -> usize {
            let pairs = a.iter().zip(b);
            pairs.map(|(a, b)| usize::from(a.saturating_sub(*b))).sum()
        };
        more(a, b).max(more(b, a))
    }
}

/// Sentences built around lists of names.
pub mod did_you_mean {
    /// How many names a sentence lists before it only counts them.
    const LISTED: usize = 8;

    /// "there is `a`, `b` and `c`", in the given order; none for an empty list.
    pub fn list(known: &[&str]) -> Option<String> {
        let quoted = |names: &[&str]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>();
        match known {
            [] => None,
            [one] => Some(format!("there is only `{one}`")),
            many if many.len() > LISTED => Some(format!(
                "there are {}, … ({} in all)",
                quoted(&many[..LISTED]).join(", "),
                many.len()
            )),
            [first @ .., last] => Some(format!(
                "there are {} and `{last}`",
                quoted(first).join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(
            nearest("order_placd", ["order_placed", "order_delivered"]),
            Some("order_placed")
        );
        assert_eq!(nearest("Email", ["email", "phone"]), Some("email"));
    }

    #[test]
    fn an_unrelated_word_finds_nothing() {
        assert_eq!(nearest("weather", ["order_placed", "email"]), None);
        assert_eq!(nearest("ab", ["cd"]), None);
    }

    #[test]
    fn ties_go_to_the_first_name_in_order() {
        assert_eq!(nearest("catt", ["cats", "cath"]), Some("cath"));
    }
}
