//! Did you mean …: the nearest known name, if any is near enough to be meant.

/// Longer words are no names that someone mistyped.
const MAX_LENGTH: usize = 100;

/// How many names are compared letter by letter: of more that are alike, the first are enough.
const MAX_COMPARED: usize = 500;

/// The known name nearest to `written`, or none where the distance says that something else was
/// meant. A third of the letters may differ, and case counts little.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.is_empty() || written.len() > MAX_LENGTH {
        return None;
    }
    let limit = (written.chars().count().max(3)) / 3;
    let word = Word::new(written);
    known
        .into_iter()
        .filter(|name| *name != written && name.len() <= MAX_LENGTH)
        // Almost all of thousands of names end here.
        .filter(|name| word.least_distance(name) <= limit)
        .take(MAX_COMPARED)
        .map(|name| (word.distance(name), name))
        .filter(|(distance, name)| *distance <= limit && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}

/// What was written, made ready to be compared with many names.
struct Word {
    lower: String,
    /// Where each letter stands in it, a bit a place; none for words that are not ASCII or have
    /// more places than bits.
    places: Option<[u64; 128]>,
}

impl Word {
    fn new(written: &str) -> Self {
        let lower = written.to_lowercase();
        let places = (lower.is_ascii() && lower.len() <= 64).then(|| {
            let mut places = [0; 128];
            for (at, byte) in lower.bytes().enumerate() {
                places[usize::from(byte)] |= 1 << at;
            }
            places
        });
        Self { lower, places }
    }

    /// The name is at least so far away, by its length: an edit adds or takes one letter.
    fn least_distance(&self, name: &str) -> usize {
        if name.is_ascii() && self.places.is_some() {
            self.lower.len().abs_diff(name.len())
        } else {
            0
        }
    }

    /// How many letters have to be added, taken, changed, or swapped with the next, whatever their
    /// case.
    fn distance(&self, name: &str) -> usize {
        match &self.places {
            Some(places) if name.is_ascii() => bit_parallel(places, self.lower.len(), name),
            _ => strsim::osa_distance(&self.lower, &name.to_lowercase()),
        }
    }
}

/// The distance of a name to a word of 1 to 64 letters, of which it is known where each stands: a
/// column of the table of distances at a time, a bit a row (Hyyrö, 2003).
fn bit_parallel(places: &[u64; 128], len: usize, name: &str) -> usize {
    let last = 1 << (len - 1);
    let mut distance = len;
    let (mut more, mut less) = (u64::MAX, 0_u64);
    let (mut equal, mut before) = (0_u64, 0_u64);
    for byte in name.bytes() {
        let here = places[usize::from(byte.to_ascii_lowercase())];
        let swapped = ((!equal & here) << 1) & before;
        equal = ((here & more).wrapping_add(more) ^ more) | here | less | swapped;
        let (up, down) = (less | !(equal | more), equal & more);
        distance += usize::from(up & last != 0);
        distance -= usize::from(down & last != 0);
        let up = up << 1 | 1;
        more = down << 1 | !(equal | up);
        less = up & equal;
        before = here;
    }
    distance
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
    fn the_quick_distance_is_the_plain_one() {
        let words = [
            "a",
            "ab",
            "ba",
            "abc",
            "acb",
            "cab",
            "order_placed",
            "oredr_plcaed",
            "ordered",
            "traveler_with_a_name_of_sixty_four_letters_which_is_the_last_fit",
            "travelre_wiht_a_name_of_sixty_four_letters_which_is_the_last_fi",
        ];
        for word in words {
            for name in words {
                let plain = strsim::osa_distance(word, name);
                let upper = name.to_ascii_uppercase();
                assert_eq!(Word::new(word).distance(&upper), plain, "{word} {name}");
            }
        }
    }

    #[test]
    fn ties_go_to_the_first_name_in_order() {
        assert_eq!(nearest("catt", ["cats", "cath"]), Some("cath"));
    }
}
