//! What the rules accept, and what they reject.

use serde_json::{Value, json};

use super::rules::{Rule, follows};
use super::script::Limits;

const LIMITS: Limits = Limits { connect_timeout: 3000, close_timeout: 3000 };

fn judge(plain: &Value, ours: &Value) -> Result<Vec<Rule>, String> {
    let plain: Vec<_> = serde_json::from_value(plain.clone()).unwrap();
    let ours: Vec<_> = serde_json::from_value(ours.clone()).unwrap();
    follows(&plain, &ours, LIMITS)
}

fn end(code: u16, reason: &str, clean: bool, cause: &str, was_open: bool, requested: &Value) -> Value {
    json!({
        "code": code, "reason": reason, "clean": clean, "cause": cause, "was_open": was_open, "timed_out": false,
        "requested": requested,
    })
}

/// The peer sends a message and closes.
fn peer_closes() -> (Value, Value) {
    let end = end(4000, "bye", true, "Remote", true, &json!(null));
    let plain = json!([
        { "what": "open", "protocol": "", "extensions": "", "at": 3 },
        { "what": "did", "act": "send", "state": 1, "threw": null, "at": 3 },
        { "what": "message", "kind": "text", "content": "hi", "at": 5 },
        { "what": "close", "code": 4000, "reason": "bye", "clean": true, "at": 9 },
    ]);
    let ours = json!([
        { "what": "opened", "protocol": "", "extensions": "", "at": 4 },
        { "what": "did", "act": "send", "refused": false, "at": 4 },
        { "what": "message", "kind": "text", "content": "hi", "at": 5 },
        { "what": "closed", "end": end, "at": 8 },
        { "what": "stream_end", "at": 8 },
    ]);
    (plain, ours)
}

/// The peer does not answer the close; the browser itself times out after this long.
fn unanswered(browser: f64) -> (Value, Value) {
    let mut end = end(1006, "", false, "Local", true, &json!([4000, "ours"]));
    end["timed_out"] = json!(true);
    let plain = json!([
        { "what": "open", "protocol": "", "extensions": "", "at": 3 },
        { "what": "did", "act": "close", "frame": [4000, "ours"], "state": 1, "threw": null, "at": 3 },
        { "what": "close", "code": 1006, "reason": "", "clean": false, "at": browser },
    ]);
    let ours = json!([
        { "what": "opened", "protocol": "", "extensions": "", "at": 4 },
        { "what": "did", "act": "close", "refused": false, "at": 4 },
        { "what": "closed", "end": end, "at": 3005 },
        { "what": "stream_end", "at": 3005 },
    ]);
    (plain, ours)
}

/// The peer sends FIN; some engines fire no `error`.
fn lost(error: bool) -> (Value, Value) {
    let end = end(1006, "", false, "Lost", true, &json!(null));
    let mut plain = json!([
        { "what": "open", "protocol": "", "extensions": "", "at": 3 },
        { "what": "close", "code": 1006, "reason": "", "clean": false, "at": 9 },
    ]);
    if error {
        plain.as_array_mut().unwrap().insert(1, json!({ "what": "error", "at": 9 }));
    }
    let ours = json!([
        { "what": "opened", "protocol": "", "extensions": "", "at": 4 },
        { "what": "stream_error", "end": end, "at": 9 },
        { "what": "stream_end", "at": 9 },
        { "what": "closed", "end": end, "at": 9 },
    ]);
    (plain, ours)
}

/// The browser fires `error` without `close`.
fn blocked() -> (Value, Value) {
    let end = end(1006, "", false, "Blocked", false, &json!(null));
    let plain = json!([{ "what": "error", "at": 2 }, { "what": "still", "state": 3, "at": 2002 }]);
    let ours = json!([
        { "what": "not_opened", "timeout": false, "blocked": true, "end": end, "at": 252 },
        { "what": "stream_error", "end": end, "at": 252 },
        { "what": "stream_end", "at": 252 },
        { "what": "closed", "end": end, "at": 252 },
    ]);
    (plain, ours)
}

#[test]
fn the_same_result_needs_no_rule() {
    let (plain, ours) = peer_closes();
    assert_eq!(judge(&plain, &ours), Ok(vec![]));
}

#[test]
fn each_intended_difference_has_its_rule() {
    for ((plain, ours), rules) in [
        (unanswered(60_003.0), vec![Rule::Timeout]),
        (lost(true), vec![]),
        (lost(false), vec![Rule::ErrorForLoss]),
        (blocked(), vec![Rule::Blocked]),
    ] {
        assert_eq!(judge(&plain, &ours), Ok(rules), "{plain}");
    }
}

#[test]
fn any_change_in_the_crates_log_is_rejected() {
    for (plain, ours) in [peer_closes(), unanswered(60_003.0), lost(true), lost(false), blocked()] {
        assert!(judge(&plain, &ours).is_ok(), "{ours}");
        let entries = ours.as_array().unwrap();
        for index in 0..entries.len() {
            let mut fewer = entries.clone();
            let taken = fewer.remove(index);
            assert!(judge(&plain, &json!(fewer)).is_err(), "without {taken}");
            let mut more = entries.clone();
            more.insert(index, taken.clone());
            assert!(judge(&plain, &json!(more)).is_err(), "twice {taken}");
            for changed in changes(&taken) {
                let mut other = entries.clone();
                other[index] = changed.clone();
                assert!(judge(&plain, &json!(other)).is_err(), "{changed} for {taken}");
            }
        }
    }
}

/// Returns copies with one value replaced, for each value but times, which have a test of their own.
fn changes(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!([1000, ""])],
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Number(number) => vec![json!(number.as_u64().unwrap() + 1)],
        Value::String(text) => match text.as_str() {
            "Remote" => vec![json!("Local"), json!("Lost")],
            "Local" => vec![json!("Timeout"), json!("Remote")],
            "Lost" | "Timeout" | "Blocked" => vec![json!("Remote")],
            _ => vec![json!(format!("{text}!"))],
        },
        Value::Array(items) => (0..items.len())
            .flat_map(|index| changes(&items[index]).into_iter().map(move |changed| (index, changed)))
            .map(|(index, changed)| {
                let mut items = items.clone();
                items[index] = changed;
                json!(items)
            })
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "what" && *name != "at")
            .flat_map(|(name, field)| changes(field).into_iter().map(move |changed| (name, changed)))
            .map(|(name, changed)| {
                let mut fields = fields.clone();
                fields.insert(name.clone(), changed);
                json!(fields)
            })
            .collect(),
    }
}

#[test]
fn an_open_connection_is_not_blocked() {
    let (mut plain, mut ours) = lost(true);
    plain[2] = json!({ "what": "still", "state": 3, "at": 2009 });
    assert_eq!(judge(&plain, &ours), Ok(vec![Rule::Blocked]));
    let blocked = end(1006, "", false, "Blocked", true, &json!(null));
    for index in [1, 3] {
        ours[index]["end"] = blocked.clone();
    }
    assert!(judge(&plain, &ours).is_err());
}

#[test]
fn messages_out_of_order_are_rejected() {
    let (plain, ours) = peer_closes();
    let mut two = plain.as_array().unwrap().clone();
    two.insert(3, json!({ "what": "message", "kind": "text", "content": "ho", "at": 6 }));
    let mut told = ours.as_array().unwrap().clone();
    told.insert(2, json!({ "what": "message", "kind": "text", "content": "ho", "at": 6 }));
    assert!(judge(&json!(two), &json!(told)).is_err());
    told.swap(2, 3);
    assert_eq!(judge(&json!(two), &json!(told)), Ok(vec![]));
}

#[test]
fn a_timeout_is_rejected_if_the_browser_closed_in_time() {
    let (plain, ours) = unanswered(500.0);
    assert!(judge(&plain, &ours).is_err());
}

#[test]
fn a_timeout_at_another_time_is_rejected() {
    let (plain, ours) = unanswered(60_003.0);
    for at in [1000, 9000] {
        let mut early = ours.clone();
        early[2]["at"] = json!(at);
        assert!(judge(&plain, &early).is_err(), "{at}");
    }
}

#[test]
fn a_timeout_and_a_close_at_the_same_time_may_come_in_either_order() {
    let (plain, ours) = unanswered(3100.0);
    assert_eq!(judge(&plain, &ours), Ok(vec![Rule::Timeout]));
    let end = end(1006, "", false, "Local", true, &json!([4000, "ours"]));
    let followed =
        json!([ours[0], ours[1], { "what": "closed", "end": end, "at": 3004 }, { "what": "stream_end", "at": 3004 }]);
    assert_eq!(judge(&plain, &followed), Ok(vec![]));
}

#[test]
fn a_plain_socket_that_does_not_close_matches_nothing() {
    let (_, ours) = peer_closes();
    let plain = json!([
        { "what": "open", "protocol": "", "extensions": "", "at": 3 },
        { "what": "still", "state": 1, "at": 9000 },
    ]);
    assert!(judge(&plain, &ours).is_err());
    assert!(judge(&plain, &json!([])).is_err());
}

#[test]
fn an_exception_must_be_the_same() {
    let threw = |name: &str| json!([{ "what": "threw", "name": name, "at": 0 }]);
    assert_eq!(judge(&threw("SyntaxError"), &threw("SyntaxError")), Ok(vec![]));
    assert!(judge(&threw("SyntaxError"), &threw("SecurityError")).is_err());
    assert!(judge(&threw("SyntaxError"), &peer_closes().1).is_err());
    assert!(judge(&peer_closes().0, &threw("SyntaxError")).is_err());
}

#[test]
fn messages_after_the_close_are_returned() {
    let end = end(4000, "ours", true, "Local", true, &json!([4000, "ours"]));
    let plain = json!([
        { "what": "open", "protocol": "", "extensions": "", "at": 3 },
        { "what": "did", "act": "close", "frame": [999, ""], "state": 1, "threw": "InvalidAccessError", "at": 3 },
        { "what": "did", "act": "close", "frame": [4000, "ours"], "state": 1, "threw": null, "at": 3 },
        { "what": "did", "act": "send", "state": 2, "threw": null, "at": 3 },
        { "what": "error", "at": 9 },
        { "what": "close", "code": 4000, "reason": "ours", "clean": true, "at": 9 },
    ]);
    let mut ours = json!([
        { "what": "opened", "protocol": "", "extensions": "", "at": 3 },
        { "what": "did", "act": "close", "refused": true, "at": 3 },
        { "what": "did", "act": "close", "refused": false, "at": 3 },
        { "what": "did", "act": "send", "refused": true, "at": 3 },
        { "what": "closed", "end": end, "at": 9 },
        { "what": "stream_end", "at": 9 },
    ]);
    assert_eq!(judge(&plain, &ours), Ok(vec![Rule::NoErrorForClose, Rule::SendRefused, Rule::FrameRefused]));
    ours[3]["refused"] = json!(false);
    assert!(judge(&plain, &ours).is_err());
}
