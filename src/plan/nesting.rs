//! How deep a plan may nest: held before a document is read, so that no document can use up the
//! stack, and read with room enough for the deepest.

use std::thread;

use super::PlanError;

/// The most levels within one another. What compiles has fewer, by the limits on files (128
/// levels), expressions (200) and types (128): `tests/plan_form.rs` writes and reads the deepest of each.
pub const MAX_NESTING: usize = 1_500;

/// What a level takes of the stack, at most, without optimization.
const STACK_PER_LEVEL: usize = 64 * 1024;

/// Refuses a text with more levels. Whether it is JSON is not looked at.
pub(super) fn hold(text: &str) -> Result<(), PlanError> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return Err(PlanError::TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Runs on a stack that holds [`MAX_NESTING`] levels, whatever the caller has left of its own.
pub(super) fn with_room<T: Send>(
    read: impl FnOnce() -> Result<T, PlanError> + Send,
) -> Result<T, PlanError> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(MAX_NESTING * STACK_PER_LEVEL);
        let refused = || PlanError::NotAPlan("there is no memory to read it".to_owned());
        match builder.spawn_scoped(scope, read) {
            Ok(reader) => reader.join().unwrap_or_else(|_| Err(refused())),
            Err(_) => Err(refused()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_texts_do_not_count() {
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(hold(&deep(MAX_NESTING)), Ok(()));
        assert_eq!(hold(&deep(MAX_NESTING + 1)), Err(PlanError::TooDeep));
        let quoted = format!("\"\\\"{}\"", "[".repeat(MAX_NESTING + 1));
        assert_eq!(hold(&quoted), Ok(()));
        assert_eq!(hold(&"[]".repeat(MAX_NESTING + 1)), Ok(()));
    }
}
