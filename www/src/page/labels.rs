//! What the crate's values are called in the words' keys, and what is the same in every language.

use crate::codes;
use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, CodeRange, Message};

/// A name for keys, stylesheets and tests.
pub(crate) fn cause(cause: CloseCause) -> &'static str {
    match cause {
        CloseCause::Local => "local",
        CloseCause::Remote => "remote",
        CloseCause::Lost => "lost",
        CloseCause::Timeout => "deadline",
        CloseCause::Blocked => "blocked",
        _ => "other",
    }
}

pub(crate) fn cause_in_rust(cause: CloseCause) -> &'static str {
    match cause {
        CloseCause::Local => "CloseCause::Local",
        CloseCause::Remote => "CloseCause::Remote",
        CloseCause::Lost => "CloseCause::Lost",
        CloseCause::Timeout => "CloseCause::Timeout",
        CloseCause::Blocked => "CloseCause::Blocked",
        _ => "",
    }
}

/// The key of a name for a code that has none of its own.
pub(crate) fn unnamed(code: CloseCode) -> &'static str {
    match code.range() {
        CodeRange::Application => "result.name.app",
        CodeRange::Library => "result.name.library",
        CodeRange::Unused | CodeRange::Protocol | CodeRange::Extension | CodeRange::Undefined => "result.name.none",
    }
}

/// The key of what a code's range means.
pub(crate) fn range(code: CloseCode) -> String {
    format!("{}.means", codes::key(codes::Entry::Range(code.range())))
}

/// As a person would write it.
pub(crate) fn url(url: &str) -> String {
    js_sys::decode_uri(url).map_or_else(|_| url.to_owned(), String::from)
}

/// Its code and reason in one line; `None` if it has no code.
pub(crate) fn frame(frame: &CloseFrame) -> Option<String> {
    let code = frame.code()?;
    Some(if frame.reason().is_empty() { code.to_string() } else { format!("{code}, “{}”", frame.reason()) })
}

/// What the browser's event holds, by its own names.
pub(crate) fn event(event: &CloseEvent) -> String {
    format!("code {}, reason “{}”, wasClean {}", event.code().as_u16(), event.reason(), event.was_clean())
}

pub(crate) fn message(message: &Message) -> String {
    match message.as_text() {
        Some(text) => format!("“{text}”"),
        None => format!("{} B", message.len()),
    }
}
