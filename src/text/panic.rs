//! What a panic says.

use std::any::Any;

/// The most characters of a panic's message: it may quote a page.
const MAX_PANIC_CHARS: usize = 256;

/// The text of a panic's payload, cut.
pub fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("a panic without a message");
    match text.char_indices().nth(MAX_PANIC_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panics_message_is_found_and_cut() {
        let caught = |f: fn()| message(&*std::panic::catch_unwind(f).unwrap_err());
        assert_eq!(caught(|| panic!("plain")), "plain");
        assert_eq!(caught(|| panic!("with {}", 7)), "with 7");
        assert_eq!(caught(|| std::panic::panic_any(7)), "a panic without a message");
        assert_eq!(caught(|| panic!("{}", "ä".repeat(300))).chars().count(), 257);
    }
}
