//! What the page says, where the crate does not say it already.

use onclose::{Cause, CloseCode, CloseEvent, CloseFrame, CodeRange, Message};

/// A name for stylesheets and tests.
pub(crate) fn cause_key(cause: Cause) -> &'static str {
    match cause {
        Cause::Local => "local",
        Cause::Remote => "remote",
        Cause::Lost => "lost",
        Cause::Deadline => "deadline",
        Cause::Blocked => "blocked",
        _ => "other",
    }
}

pub(crate) fn cause_sentence(cause: Cause) -> &'static str {
    match cause {
        Cause::Local => "Your close or drop came first, whatever the peer answered.",
        Cause::Remote => "The peer’s Close frame came first.",
        Cause::Lost => "It ended without a Close frame, or was never made. Browsers keep the reason from scripts.",
        Cause::Deadline => "No close event came in the time that the page allows, so onclose stopped waiting.",
        Cause::Blocked => "The browser reported an error and no close: it did not even try.",
        _ => "A cause that this page does not know yet.",
    }
}

pub(crate) fn clean_sentence(clean: bool) -> &'static str {
    match clean {
        true => "Yes: both ends had said Close before TCP ended.",
        false => "No: the closing handshake was not completed.",
    }
}

pub(crate) fn was_open_sentence(was_open: bool) -> &'static str {
    match was_open {
        true => "Yes: the browser fired open.",
        false => "No: there was no open event.",
    }
}

pub(crate) fn code_name(code: CloseCode) -> &'static str {
    code.name().unwrap_or(match code.range() {
        CodeRange::Application => "Your application’s own",
        CodeRange::Library => "A library’s own",
        CodeRange::Unused | CodeRange::Protocol | CodeRange::Extension | CodeRange::Undefined => "No name",
    })
}

pub(crate) fn range(code: CloseCode) -> String {
    let codes = code.range().codes();
    format!("{}–{}. {}", codes.start(), codes.end(), code.range().description())
}

/// As a person would write it.
pub(crate) fn url(url: &str) -> String {
    js_sys::decode_uri(url).map_or_else(|_| url.to_owned(), String::from)
}

/// Its code and reason, in one line.
pub(crate) fn frame(frame: &CloseFrame) -> String {
    match frame.code() {
        None => "no code".to_owned(),
        Some(code) if frame.reason().is_empty() => code.to_string(),
        Some(code) => format!("{code}, “{}”", frame.reason()),
    }
}

/// What the browser's event holds, in its own terms.
pub(crate) fn event(event: &CloseEvent) -> String {
    let code = event.code.as_u16();
    let reason = match event.reason.as_str() {
        "" => "no reason".to_owned(),
        reason => format!("“{reason}”"),
    };
    format!("code {code}, {reason}, wasClean {}", event.was_clean)
}

pub(crate) fn message(message: &Message) -> String {
    match message.as_text() {
        Some(text) => format!("“{text}”"),
        None => format!("{} bytes", message.len()),
    }
}
