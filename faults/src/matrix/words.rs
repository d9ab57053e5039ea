//! Logs in words: a line for the record, and a few words for a table.

use super::cases::UNWELCOME;
use super::log::{At, End, Ours, Raw};

/// A whole log, without times.
pub(super) fn line(log: &[At<Raw>]) -> String {
    let words: Vec<_> = log.iter().map(|entry| raw(&entry.what)).collect();
    words.join(", ")
}

fn raw(what: &Raw) -> String {
    match what {
        Raw::Crowd { open } => format!("{open} others open"),
        Raw::Threw { name } => format!("throws {name}"),
        Raw::Open { protocol, extensions } => opened("open", protocol, extensions),
        Raw::Message { kind, content } => format!("{kind} {content:?}"),
        Raw::Error => "error".to_owned(),
        Raw::Close { code, reason, clean } => format!("close {code} {reason:?} {}", cleanly(*clean)),
        Raw::Did { act, state, threw, frame } => {
            let frame = match frame {
                Some((Some(code), reason)) => format!(" {code} {reason:?}"),
                Some((None, _)) => " without a code".to_owned(),
                None => String::new(),
            };
            let threw = threw.as_ref().map(|name| format!(" throws {name}")).unwrap_or_default();
            format!("we {act}{frame} in state {state}{threw}")
        }
        Raw::Still { state } => format!("still in state {state}"),
    }
}

/// The same of what a user of the crate is told.
pub(super) fn our_line(log: &[At<Ours>]) -> String {
    let words: Vec<_> = log.iter().map(|entry| ours(&entry.what)).collect();
    words.join(", ")
}

/// How it ended, as a user of the crate is told.
pub(super) fn our_short(log: &[At<Ours>]) -> String {
    let end = log.iter().find(|entry| matches!(entry.what, Ours::Closed { .. } | Ours::Threw { .. }));
    end.map_or_else(|| "no end".to_owned(), |entry| ours(&entry.what))
}

fn ours(what: &Ours) -> String {
    match what {
        Ours::Crowd { open } => format!("{open} others open"),
        Ours::Threw { name } => format!("OpenError {name}"),
        Ours::Opened { protocol, extensions } => opened("opened", protocol, extensions),
        Ours::NotOpened { .. } => "ConnectError".to_owned(),
        Ours::Message { kind, content } => format!("{kind} {content:?}"),
        Ours::Did { act, refused } => format!("we {act}{}", if *refused { ": refused" } else { "" }),
        Ours::StreamError { .. } => "Err".to_owned(),
        Ours::StreamEnd => "None".to_owned(),
        Ours::Closed { end: End { code, reason, clean, cause, .. } } => {
            format!("{cause:?} {code} {reason:?} {}", cleanly(*clean))
        }
        Ours::Still => "no end".to_owned(),
        Ours::Broken { why } => why.clone(),
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

/// A log in a few words, with the time if it took long: since our close, or since the beginning.
pub(super) fn short(log: &[At<Raw>]) -> String {
    let has = |wanted: fn(&Raw) -> bool| log.iter().filter(|entry| wanted(&entry.what)).count();
    let mut words = Vec::new();
    if let Some(At { what: Raw::Threw { name }, .. }) = log.last() {
        return format!("throws {name}");
    }
    if let Some(At { what: Raw::Crowd { open }, .. }) = log.first() {
        words.push(format!("with {open} others"));
    }
    if log.iter().any(|entry| matches!(&entry.what, Raw::Did { frame: Some((_, reason)), .. } if reason == UNWELCOME)) {
        words.push("opens".to_owned());
        return words.join(", ");
    }
    if has(|what| matches!(what, Raw::Open { .. })) == 0 {
        words.push("never opens".to_owned());
    }
    match has(|what| matches!(what, Raw::Message { .. })) {
        0 => {}
        1 => words.push("1 message".to_owned()),
        count => words.push(format!("{count} messages")),
    }
    if has(|what| *what == Raw::Error) > 0 {
        words.push("error".to_owned());
    }
    let Some(last) = log.last() else { return "nothing".to_owned() };
    let closing = log.iter().rfind(|entry| matches!(entry.what, Raw::Did { frame: Some(_), threw: None, .. }));
    let since = match last.what {
        Raw::Close { .. } => closing.map_or(0.0, |entry| entry.at),
        _ => 0.0,
    };
    // The seconds that have passed, and a timer that is early by a moment has passed.
    let after = match ((last.at - since) / 1000.0 + 0.2).floor() {
        ..2.0 => String::new(),
        seconds => format!(" after {seconds} s"),
    };
    words.push(match &last.what {
        Raw::Close { code, reason, clean } => {
            let reason = match reason.chars().count() {
                0 => String::new(),
                1..=16 => format!(" {reason:?}"),
                _ => format!(" with {} bytes", reason.len()),
            };
            format!("{code}{reason} {}{after}", cleanly(*clean))
        }
        Raw::Still { state: 0 } => format!("still connecting{after}"),
        Raw::Still { state: 1 } => format!("still open{after}"),
        Raw::Still { state: 2 } => format!("still closing{after}"),
        Raw::Still { .. } => "no close".to_owned(),
        other => raw(other),
    });
    words.join(", ")
}

/// A case's name as a sentence.
pub(super) fn sentence(name: &str) -> String {
    let shouted = ["fin", "rst", "tcp", "tls", "http", "url", "bom", "nul", "ascii"];
    let words: Vec<_> = name
        .split('_')
        .map(|word| if shouted.contains(&word) { word.to_uppercase() } else { word.to_owned() })
        .collect();
    words.join(" ").replace("utf 8", "UTF-8")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_log_is_told_in_full_and_in_short() {
        let log: Vec<At<Raw>> = serde_json::from_value(json!([
            { "what": "open", "protocol": "chat", "extensions": "", "at": 2 },
            { "what": "did", "act": "close", "frame": [4000, "ours"], "state": 1, "threw": null, "at": 2 },
            { "what": "message", "kind": "text", "content": "hi", "at": 3 },
            { "what": "error", "at": 20_100 },
            { "what": "close", "code": 1006, "reason": "", "clean": false, "at": 20_100 },
        ]))
        .unwrap();
        let whole = "open as \"chat\", we close 4000 \"ours\" in state 1, text \"hi\", error, close 1006 \"\" unclean";
        assert_eq!(line(&log), whole);
        assert_eq!(short(&log), "1 message, error, 1006 unclean after 20 s");
    }

    #[test]
    fn names_become_sentences() {
        assert_eq!(sentence("fin_comes_right_after_the_101"), "FIN comes right after the 101");
        assert_eq!(sentence("a_reason_that_is_not_utf_8_comes_first"), "a reason that is not UTF-8 comes first");
    }
}
