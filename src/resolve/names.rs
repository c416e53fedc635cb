//! Names made from names.

/// `Contact` → `contact`, `LoyaltyCard` → `loyalty_card`, `HTTPLog` → `http_log`.
pub fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (index, c) in chars.iter().enumerate() {
        if c.is_ascii_uppercase() {
            let before = index.checked_sub(1).map(|i| chars[i]);
            let after = chars.get(index + 1);
            let starts_word = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                || (before.is_some_and(|b| b.is_ascii_uppercase())
                    && after.is_some_and(char::is_ascii_lowercase));
            if starts_word {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(*c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn capitals_begin_words() {
        for (camel, snake) in [
            ("Contact", "contact"),
            ("LoyaltyCard", "loyalty_card"),
            ("HTTPLog", "http_log"),
            ("order2Line", "order2_line"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake_case(camel), snake);
        }
    }
}
