//! Logs as text: a line for the record, and a short form for tables.

use super::cases::UNWELCOME;
use super::log::{At, CrateEvent, End, PlainEvent};

/// Returns the whole log without times.
pub(super) fn line(log: &[At<PlainEvent>]) -> String {
    let words: Vec<_> = log.iter().map(|entry| plain(&entry.what)).collect();
    words.join(", ")
}

fn plain(what: &PlainEvent) -> String {
    match what {
        PlainEvent::Crowd { open } => format!("{open} others open"),
        PlainEvent::Threw { name } => format!("throws {name}"),
        PlainEvent::Open { protocol, extensions } => opened("open", protocol, extensions),
        PlainEvent::Message { kind, content } => format!("{kind} {content:?}"),
        PlainEvent::Error => "error".to_owned(),
        PlainEvent::Close { code, reason, clean } => format!("close {code} {reason:?} {}", cleanly(*clean)),
        PlainEvent::Did { act, state, threw, frame } => {
            let frame = match frame {
                Some((Some(code), reason)) => format!(" {code} {reason:?}"),
                Some((None, _)) => " without a code".to_owned(),
                None => String::new(),
            };
            let threw = threw.as_ref().map(|name| format!(" throws {name}")).unwrap_or_default();
            format!("client: {act}{frame} in state {state}{threw}")
        }
        PlainEvent::Still { state } => format!("still in state {state}"),
    }
}

/// Returns the whole log of the crate without times.
pub(super) fn crate_line(log: &[At<CrateEvent>]) -> String {
    let words: Vec<_> = log.iter().map(|entry| ours(&entry.what)).collect();
    words.join(", ")
}

/// Returns how the connection closed, as the crate returned it.
pub(super) fn crate_short(log: &[At<CrateEvent>]) -> String {
    let end = log.iter().find(|entry| matches!(entry.what, CrateEvent::Closed { .. } | CrateEvent::Threw { .. }));
    end.map_or_else(|| "no close".to_owned(), |entry| ours(&entry.what))
}

fn ours(what: &CrateEvent) -> String {
    match what {
        CrateEvent::Crowd { open } => format!("{open} others open"),
        CrateEvent::Threw { name } => format!("OpenError {name}"),
        CrateEvent::Opened { protocol, extensions } => opened("opened", protocol, extensions),
        CrateEvent::NotOpened { .. } => "ConnectError".to_owned(),
        CrateEvent::Message { kind, content } => format!("{kind} {content:?}"),
        CrateEvent::Did { act, refused } => format!("client: {act}{}", if *refused { ", rejected" } else { "" }),
        CrateEvent::StreamError { .. } => "Err".to_owned(),
        CrateEvent::StreamEnd => "None".to_owned(),
        CrateEvent::Closed { end: End { code, reason, clean, cause, .. } } => {
            format!("{cause:?} {code} {reason:?} {}", cleanly(*clean))
        }
        CrateEvent::Still => "no close".to_owned(),
        CrateEvent::Broken { why } => why.clone(),
    }
}

fn opened(word: &str, protocol: &str, extensions: &str) -> String {
    let protocol = if protocol.is_empty() { String::new() } else { format!(" as {protocol:?}") };
    let extensions = if extensions.is_empty() { String::new() } else { format!(" with {extensions:?}") };
    format!("{word}{protocol}{extensions}")
}

fn cleanly(clean: bool) -> &'static str {
    if clean { "clean" } else { "unclean" }
}

/// Returns a log in a few words, with the time since the client's close or since the beginning if that was long.
pub(super) fn short(log: &[At<PlainEvent>]) -> String {
    let has = |wanted: fn(&PlainEvent) -> bool| log.iter().filter(|entry| wanted(&entry.what)).count();
    let mut words = Vec::new();
    if let Some(At { what: PlainEvent::Threw { name }, .. }) = log.last() {
        return format!("throws {name}");
    }
    if let Some(At { what: PlainEvent::Crowd { open }, .. }) = log.first() {
        words.push(format!("with {open} others"));
    }
    if log
        .iter()
        .any(|entry| matches!(&entry.what, PlainEvent::Did { frame: Some((_, reason)), .. } if reason == UNWELCOME))
    {
        words.push("opens".to_owned());
        return words.join(", ");
    }
    if has(|what| matches!(what, PlainEvent::Open { .. })) == 0 {
        words.push("never opens".to_owned());
    }
    match has(|what| matches!(what, PlainEvent::Message { .. })) {
        0 => {}
        1 => words.push("1 message".to_owned()),
        count => words.push(format!("{count} messages")),
    }
    if has(|what| *what == PlainEvent::Error) > 0 {
        words.push("error".to_owned());
    }
    let Some(last) = log.last() else { return "nothing".to_owned() };
    let closing = log.iter().rfind(|entry| matches!(entry.what, PlainEvent::Did { frame: Some(_), threw: None, .. }));
    let since = match last.what {
        PlainEvent::Close { .. } => closing.map_or(0.0, |entry| entry.at),
        _ => 0.0,
    };
    // Rounded down, after allowing for a timer that fires a little early.
    let after = match ((last.at - since) / 1000.0 + 0.2).floor() {
        ..2.0 => String::new(),
        seconds => format!(" after {seconds} s"),
    };
    words.push(match &last.what {
        PlainEvent::Close { code, reason, clean } => {
            let reason = match reason.chars().count() {
                0 => String::new(),
                1..=16 => format!(" {reason:?}"),
                _ => format!(" with {} bytes", reason.len()),
            };
            format!("{code}{reason} {}{after}", cleanly(*clean))
        }
        PlainEvent::Still { state: 0 } => format!("still connecting{after}"),
        PlainEvent::Still { state: 1 } => format!("still open{after}"),
        PlainEvent::Still { state: 2 } => format!("still closing{after}"),
        PlainEvent::Still { .. } => "no close".to_owned(),
        other => plain(other),
    });
    words.join(", ")
}

/// Returns the name of a case as a sentence.
pub(super) fn sentence(name: &str) -> String {
    let capitals = ["fin", "rst", "tcp", "tls", "http", "url", "bom", "nul", "ascii"];
    let words: Vec<_> = name
        .split('_')
        .map(|word| if capitals.contains(&word) { word.to_uppercase() } else { word.to_owned() })
        .collect();
    words.join(" ").replace("utf 8", "UTF-8")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn logs_have_a_long_and_a_short_form() {
        let log: Vec<At<PlainEvent>> = serde_json::from_value(json!([
            { "what": "open", "protocol": "chat", "extensions": "", "at": 2 },
            { "what": "did", "act": "close", "frame": [4000, "ours"], "state": 1, "threw": null, "at": 2 },
            { "what": "message", "kind": "text", "content": "hi", "at": 3 },
            { "what": "error", "at": 20_100 },
            { "what": "close", "code": 1006, "reason": "", "clean": false, "at": 20_100 },
        ]))
        .unwrap();
        let whole =
            "open as \"chat\", client: close 4000 \"ours\" in state 1, text \"hi\", error, close 1006 \"\" unclean";
        assert_eq!(line(&log), whole);
        assert_eq!(short(&log), "1 message, error, 1006 unclean after 20 s");
    }

    #[test]
    fn names_become_sentences() {
        assert_eq!(sentence("fin_comes_right_after_the_101"), "FIN comes right after the 101");
        assert_eq!(sentence("a_reason_that_is_not_utf_8_comes_first"), "a reason that is not UTF-8 comes first");
    }
}
