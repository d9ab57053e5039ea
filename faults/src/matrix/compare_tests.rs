//! What the comparison lets pass, and what it does not.

use serde_json::{Value, json};

use super::compare::{Rule, follows};
use super::script::Limits;

const LIMITS: Limits = Limits { connect_timeout: 3000, close_timeout: 3000 };

fn judge(raw: &Value, ours: &Value) -> Result<Vec<Rule>, String> {
    let raw: Vec<_> = serde_json::from_value(raw.clone()).unwrap();
    let ours: Vec<_> = serde_json::from_value(ours.clone()).unwrap();
    follows(&raw, &ours, LIMITS)
}

fn end(code: u16, reason: &str, clean: bool, cause: &str, was_open: bool, requested: &Value) -> Value {
    json!({
        "code": code, "reason": reason, "clean": clean, "cause": cause, "was_open": was_open, "timed_out": false,
        "requested": requested,
    })
}

/// The peer says hi and closes.
fn peer_closes() -> (Value, Value) {
    let end = end(4000, "bye", true, "Remote", true, &json!(null));
    let raw = json!([
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
    (raw, ours)
}

/// Our close is not answered; the browser itself gives up after so long.
fn unanswered(browser: f64) -> (Value, Value) {
    let mut end = end(1006, "", false, "Local", true, &json!([4000, "ours"]));
    end["timed_out"] = json!(true);
    let raw = json!([
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
    (raw, ours)
}

/// FIN, without an `error` in some engines.
fn lost(error: bool) -> (Value, Value) {
    let end = end(1006, "", false, "Lost", true, &json!(null));
    let mut raw = json!([
        { "what": "open", "protocol": "", "extensions": "", "at": 3 },
        { "what": "close", "code": 1006, "reason": "", "clean": false, "at": 9 },
    ]);
    if error {
        raw.as_array_mut().unwrap().insert(1, json!({ "what": "error", "at": 9 }));
    }
    let ours = json!([
        { "what": "opened", "protocol": "", "extensions": "", "at": 4 },
        { "what": "stream_error", "end": end, "at": 9 },
        { "what": "stream_end", "at": 9 },
        { "what": "closed", "end": end, "at": 9 },
    ]);
    (raw, ours)
}

/// `error`, and no `close`.
fn blocked() -> (Value, Value) {
    let end = end(1006, "", false, "Blocked", false, &json!(null));
    let raw = json!([{ "what": "error", "at": 2 }, { "what": "still", "state": 3, "at": 2002 }]);
    let ours = json!([
        { "what": "not_opened", "timeout": false, "blocked": true, "end": end, "at": 252 },
        { "what": "stream_error", "end": end, "at": 252 },
        { "what": "stream_end", "at": 252 },
        { "what": "closed", "end": end, "at": 252 },
    ]);
    (raw, ours)
}

#[test]
fn the_same_follows_without_a_rule() {
    let (raw, ours) = peer_closes();
    assert_eq!(judge(&raw, &ours), Ok(vec![]));
}

#[test]
fn each_difference_that_is_meant_has_its_rule() {
    for ((raw, ours), rules) in [
        (unanswered(60_003.0), vec![Rule::Deadline]),
        (lost(true), vec![]),
        (lost(false), vec![Rule::ErrorForLoss]),
        (blocked(), vec![Rule::Blocked]),
    ] {
        assert_eq!(judge(&raw, &ours), Ok(rules), "{raw}");
    }
}

#[test]
fn anything_changed_on_our_side_is_found() {
    for (raw, ours) in [peer_closes(), unanswered(60_003.0), lost(true), lost(false), blocked()] {
        assert!(judge(&raw, &ours).is_ok(), "{ours}");
        let entries = ours.as_array().unwrap();
        for index in 0..entries.len() {
            let mut fewer = entries.clone();
            let taken = fewer.remove(index);
            assert!(judge(&raw, &json!(fewer)).is_err(), "without {taken}");
            let mut more = entries.clone();
            more.insert(index, taken.clone());
            assert!(judge(&raw, &json!(more)).is_err(), "twice {taken}");
            for changed in changes(&taken) {
                let mut other = entries.clone();
                other[index] = changed.clone();
                assert!(judge(&raw, &json!(other)).is_err(), "{changed} for {taken}");
            }
        }
    }
}

/// The same with one value in it replaced, for each value; times are the business of another test.
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
fn what_was_open_was_not_blocked() {
    let (mut raw, mut ours) = lost(true);
    raw[2] = json!({ "what": "still", "state": 3, "at": 2009 });
    assert_eq!(judge(&raw, &ours), Ok(vec![Rule::Blocked]));
    let blocked = end(1006, "", false, "Blocked", true, &json!(null));
    for index in [1, 3] {
        ours[index]["end"] = blocked.clone();
    }
    assert!(judge(&raw, &ours).is_err());
}

#[test]
fn messages_out_of_order_are_found() {
    let (raw, ours) = peer_closes();
    let mut two = raw.as_array().unwrap().clone();
    two.insert(3, json!({ "what": "message", "kind": "text", "content": "ho", "at": 6 }));
    let mut told = ours.as_array().unwrap().clone();
    told.insert(2, json!({ "what": "message", "kind": "text", "content": "ho", "at": 6 }));
    assert!(judge(&json!(two), &json!(told)).is_err());
    told.swap(2, 3);
    assert_eq!(judge(&json!(two), &json!(told)), Ok(vec![]));
}

#[test]
fn a_deadline_is_no_excuse_where_the_browser_was_in_time() {
    let (raw, ours) = unanswered(500.0);
    assert!(judge(&raw, &ours).is_err());
}

#[test]
fn a_deadline_is_kept() {
    let (raw, ours) = unanswered(60_003.0);
    for at in [1000, 9000] {
        let mut early = ours.clone();
        early[2]["at"] = json!(at);
        assert!(judge(&raw, &early).is_err(), "{at}");
    }
}

#[test]
fn where_both_are_due_at_once_either_may_come_first() {
    let (raw, ours) = unanswered(3100.0);
    assert_eq!(judge(&raw, &ours), Ok(vec![Rule::Deadline]));
    let end = end(1006, "", false, "Local", true, &json!([4000, "ours"]));
    let followed =
        json!([ours[0], ours[1], { "what": "closed", "end": end, "at": 3004 }, { "what": "stream_end", "at": 3004 }]);
    assert_eq!(judge(&raw, &followed), Ok(vec![]));
}

#[test]
fn without_an_end_nothing_is_expected_and_nothing_passes() {
    let (_, ours) = peer_closes();
    let raw = json!([
        { "what": "open", "protocol": "", "extensions": "", "at": 3 },
        { "what": "still", "state": 1, "at": 9000 },
    ]);
    assert!(judge(&raw, &ours).is_err());
    assert!(judge(&raw, &json!([])).is_err());
}

#[test]
fn what_is_thrown_is_thrown_by_us_too() {
    let threw = |name: &str| json!([{ "what": "threw", "name": name, "at": 0 }]);
    assert_eq!(judge(&threw("SyntaxError"), &threw("SyntaxError")), Ok(vec![]));
    assert!(judge(&threw("SyntaxError"), &threw("SecurityError")).is_err());
    assert!(judge(&threw("SyntaxError"), &peer_closes().1).is_err());
    assert!(judge(&peer_closes().0, &threw("SyntaxError")).is_err());
}

#[test]
fn what_is_sent_after_our_close_is_given_back() {
    let end = end(4000, "ours", true, "Local", true, &json!([4000, "ours"]));
    let raw = json!([
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
    assert_eq!(judge(&raw, &ours), Ok(vec![Rule::NoErrorForEnd, Rule::SendRefused, Rule::FrameRefused]));
    ours[3]["refused"] = json!(false);
    assert!(judge(&raw, &ours).is_err());
}
