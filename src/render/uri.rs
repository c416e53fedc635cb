//! Texts as parts of a URI: what has a meaning there is written as its bytes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what RFC 3986 calls unreserved.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as one part of a path, or a value of a query or form: nothing in it leads elsewhere.
pub fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// A relative path, whose slashes stay.
pub fn path(path: &str) -> String {
    const PATH: &AsciiSet = &PART.remove(b'/');
    utf8_percent_encode(path, PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_part_and_a_path_keeps_its_slashes() {
        assert_eq!(part("email:a b/c@x.org"), "email%3Aa%20b%2Fc%40x.org");
        assert_eq!(part("n-1001"), "n-1001");
        assert_eq!(path("a b/é.yaml"), "a%20b/%C3%A9.yaml");
    }
}
