//! Texts that come again and again: one copy is shared by all values that say the same.

use std::sync::Arc;

/// How many texts are remembered, of those that came last.
const PLACES: usize = 256;

/// Longer texts rarely come again.
const SHORT: usize = 32;

/// The texts that came last, each at a place that follows from it.
#[derive(Debug)]
pub(super) struct Known(Vec<Option<Arc<str>>>);

impl Default for Known {
    fn default() -> Self {
        Self(vec![None; PLACES])
    }
}

impl Known {
    /// The text, shared if it came before.
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if text.len() > SHORT {
            return text.into();
        }
        let place = &mut self.0[place(text.as_bytes())];
        match place {
            Some(known) if **known == *text => known.clone(),
            _ => place.insert(text.into()).clone(),
        }
    }
}

/// A number below [`PLACES`]: no more than a hint, so it need not be a good one.
fn place(bytes: &[u8]) -> usize {
    let sum = bytes.iter().fold(bytes.len() as u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    (sum ^ (sum >> 8)) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_one_text_and_what_differs_is_not() {
        let mut known = Known::default();
        let texts: Vec<String> = (0..2_000).map(|number| format!("text {number}")).collect();
        for text in &texts {
            let first = known.text(text);
            let again = known.text(text);
            assert_eq!(*first, **text);
            assert!(Arc::ptr_eq(&first, &again));
        }
        let long = "x".repeat(SHORT + 1);
        assert_eq!(*known.text(&long), *long);
    }
}
