//! The crate's values as keys of texts, and as texts that are the same in every language.

use crate::codes;
use onclose::{CloseCause, CloseCode, CloseEvent, CloseFrame, CodeRange, Message};

/// Returns the cause as it is written in Rust.
pub(crate) fn cause_in_rust(cause: CloseCause) -> &'static str {
    // Not `Debug`, whose output the hosted page is built without.
    match cause {
        CloseCause::Local => "CloseCause::Local",
        CloseCause::Remote => "CloseCause::Remote",
        CloseCause::Lost => "CloseCause::Lost",
        CloseCause::Timeout => "CloseCause::Timeout",
        CloseCause::Blocked => "CloseCause::Blocked",
        _ => "CloseCause",
    }
}

/// Returns the key of the text that stands for the name of a code without a registered name.
pub(crate) fn unnamed(code: CloseCode) -> &'static str {
    match code.range() {
        CodeRange::Application => "result.name.app",
        CodeRange::Library => "result.name.library",
        CodeRange::Unused | CodeRange::Protocol | CodeRange::Extension | CodeRange::Undefined => "result.name.none",
    }
}

/// Returns the key of the meaning of a code's range.
pub(crate) fn range(code: CloseCode) -> String {
    format!("{}.means", codes::key(codes::Entry::Range(code.range())))
}

/// Decodes the percent-encoded characters of a URL.
pub(crate) fn url(url: &str) -> String {
    js_sys::decode_uri(url).map_or_else(|_| url.to_owned(), String::from)
}

/// Formats a frame's code and reason in one line; returns `None` if it has no code.
pub(crate) fn frame(frame: &CloseFrame) -> Option<String> {
    let code = frame.code()?;
    Some(if frame.reason().is_empty() { code.to_string() } else { format!("{code}, “{}”", frame.reason()) })
}

/// Formats the browser's event with the names of its properties.
pub(crate) fn event(event: &CloseEvent) -> String {
    format!("code {}, reason “{}”, wasClean {}", event.code().as_u16(), event.reason(), event.was_clean())
}

pub(crate) fn message(message: &Message) -> String {
    match message.as_text() {
        Some(text) => format!("“{text}”"),
        None => format!("{} B", message.len()),
    }
}
