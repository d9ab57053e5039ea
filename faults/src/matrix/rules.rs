//! Whether what the crate returned follows from what a plain WebSocket showed.
//!
//! The expected result is derived from the plain log by the rules here, independently of the crate's code. Every allowed
//! difference has a name.

use serde::{Deserialize, Serialize};

use super::log::{At, Cause, CrateEvent, End, Frame, PlainEvent};
use super::script::Limits;

/// By how much the times of two runs of a script may differ, in milliseconds.
const APART_MS: f64 = 400.0;
/// By how much a timer may be late in a busy browser, in milliseconds.
const LATE_MS: f64 = 3000.0;

/// A difference that is intended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rule {
    Timeout,
    Blocked,
    ErrorForLoss,
    NoErrorForClose,
    SendRefused,
    FrameRefused,
}

impl Rule {
    pub(super) const ALL: [Self; 6] = [
        Self::Timeout,
        Self::Blocked,
        Self::ErrorForLoss,
        Self::NoErrorForClose,
        Self::SendRefused,
        Self::FrameRefused,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Blocked => "blocked",
            Self::ErrorForLoss => "error for a loss",
            Self::NoErrorForClose => "no error for a close",
            Self::SendRefused => "send rejected",
            Self::FrameRefused => "frame rejected",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Timeout => {
                "The browser fires `close` later than onclose's timeout, or never: the close info has 1006 and `timed_out`, \
                 with `CloseCause::Local` after a close of the client and `CloseCause::Timeout` otherwise."
            }
            Self::Blocked => {
                "The browser fires `error` without `close`: the close info has 1006, and `CloseCause::Blocked` if the socket was \
                 never open."
            }
            Self::ErrorForLoss => {
                "The browser fires no `error` although the connection was lost: the stream has one error."
            }
            Self::NoErrorForClose => {
                "The browser fires `error` for a close with a Close frame, or for one that the client requested: the stream \
                 has no error, and the close info has the details."
            }
            Self::SendRefused => {
                "The browser accepts a message after the client's close and discards it: `send` returns it."
            }
            Self::FrameRefused => "The browser's `close` throws: such a `CloseFrame` cannot be created.",
        }
    }
}

/// Returns the rules that were applied, or why the log does not follow.
pub(super) fn follows(plain: &[At<PlainEvent>], ours: &[At<CrateEvent>], limits: Limits) -> Result<Vec<Rule>, String> {
    let expected = Expected::from(plain, limits)?;
    let mut last = None;
    // Where the timeout and the browser's own close are due at nearly the same time, either may come first.
    for expected in expected {
        match expected.check(ours) {
            Ok(()) => return Ok(expected.rules),
            Err(why) => last = Some(why),
        }
    }
    Err(last.unwrap_or_else(|| "The plain WebSocket does not close, and no timeout of the crate applies.".to_owned()))
}

/// What the crate must return.
#[derive(Debug)]
struct Expected {
    /// Everything but the close info, in order.
    stream: Vec<CrateEvent>,
    end: Option<End>,
    /// The timeout that produces the close info, if one does.
    timeout: Option<Timeout>,
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug)]
struct Timeout {
    /// Counted from the client's close instead of from the beginning.
    after_close: bool,
    millis: f64,
}

impl Expected {
    fn from(plain: &[At<PlainEvent>], limits: Limits) -> Result<Vec<Self>, String> {
        let threw = plain.iter().find_map(|entry| match &entry.what {
            PlainEvent::Threw { name } => Some(CrateEvent::Threw { name: name.clone() }),
            _ => None,
        });
        if let Some(threw) = threw {
            let crowd = plain.iter().filter_map(|entry| crowd(&entry.what));
            return Ok(vec![Self { stream: crowd.chain([threw]).collect(), end: None, timeout: None, rules: vec![] }]);
        }
        let asked = plain.iter().find_map(|entry| match &entry.what {
            PlainEvent::Did { frame: Some(frame), state, threw: None, .. } => Some((frame.clone(), *state, entry.at)),
            _ => None,
        });
        let opened = plain.iter().find(|entry| matches!(entry.what, PlainEvent::Open { .. })).map(|entry| entry.at);
        let close = plain.iter().find_map(|entry| match &entry.what {
            PlainEvent::Close { code, reason, clean } => Some((*code, reason.clone(), *clean, entry.at)),
            _ => None,
        });
        if plain.iter().filter(|entry| matches!(entry.what, PlainEvent::Close { .. })).count() > 1 {
            return Err("The plain WebSocket fired `close` twice.".to_owned());
        }
        let blocked = close.is_none()
            && plain.iter().any(|entry| entry.what == PlainEvent::Error)
            && matches!(plain.last(), Some(At { what: PlainEvent::Still { state: 3 }, .. }));

        // When the timeout passes, and whether it counts from the close.
        let timeout = match (&asked, opened) {
            (Some((.., at)), _) => Some((at + f64::from(limits.close_timeout), true)),
            (None, None) => Some((f64::from(limits.connect_timeout), false)),
            (None, Some(_)) => None,
        };
        let requested = asked.as_ref().map(|(frame, ..)| frame.clone());
        let first = asked.as_ref().is_some_and(|(_, state, _)| *state < 2);

        let mut all = Vec::new();
        if blocked {
            let cause = match (first, opened) {
                (true, _) => Cause::Local,
                (false, Some(_)) => Cause::Lost,
                (false, None) => Cause::Blocked,
            };
            let end = abnormal(cause, opened.is_some(), false, requested.clone());
            all.push(Self::with(plain, end, None, Some(Rule::Blocked)));
        } else if let Some((code, reason, clean, at)) = close
            && timeout.is_none_or(|(by, _)| at < by + APART_MS)
        {
            let cause = match (first, code, clean) {
                (true, ..) => Cause::Local,
                (false, 1006 | 1015, false) => Cause::Lost,
                (false, ..) => Cause::Remote,
            };
            let was_open = opened.is_some();
            let end = End { code, reason, clean, cause, was_open, timed_out: false, requested: requested.clone() };
            all.push(Self::with(plain, end, None, None));
        }
        if let Some((by, after_close)) = timeout
            && !blocked
            && plain.iter().all(|entry| !matches!(entry.what, PlainEvent::Close { .. }) || entry.at > by - APART_MS)
        {
            let before: Vec<_> = plain.iter().filter(|entry| entry.at < by).cloned().collect();
            let cause = if first { Cause::Local } else { Cause::Timeout };
            let end = abnormal(cause, opened.is_some_and(|at| at < by), true, requested);
            let millis = f64::from(if after_close { limits.close_timeout } else { limits.connect_timeout });
            all.push(Self::with(&before, end, Some(Timeout { after_close, millis }), Some(Rule::Timeout)));
        }
        Ok(all)
    }

    fn with(plain: &[At<PlainEvent>], end: End, timeout: Option<Timeout>, rule: Option<Rule>) -> Self {
        let mut rules: Vec<_> = rule.into_iter().collect();
        let mut stream = Vec::new();
        for At { what, .. } in plain {
            stream.extend(match what {
                PlainEvent::Crowd { .. } => crowd(what),
                PlainEvent::Open { protocol, extensions } => {
                    Some(CrateEvent::Opened { protocol: protocol.clone(), extensions: extensions.clone() })
                }
                PlainEvent::Message { kind, content } => {
                    Some(CrateEvent::Message { kind: kind.clone(), content: content.clone() })
                }
                PlainEvent::Did { act, state, threw, frame } => {
                    let dropped = frame.is_none() && *state >= 2;
                    if dropped {
                        rules.push(Rule::SendRefused);
                    }
                    if threw.is_some() {
                        rules.push(Rule::FrameRefused);
                    }
                    Some(CrateEvent::Did { act: act.clone(), refused: dropped || threw.is_some() })
                }
                PlainEvent::Threw { .. } | PlainEvent::Error | PlainEvent::Close { .. } | PlainEvent::Still { .. } => {
                    None
                }
            });
        }
        if !end.was_open {
            stream.push(CrateEvent::NotOpened {
                timeout: end.cause == Cause::Timeout,
                blocked: end.cause == Cause::Blocked,
                end: Some(end.clone()),
            });
        }
        // One error for a loss, however many `error` events the browser fires.
        let lost = matches!(end.cause, Cause::Lost | Cause::Timeout | Cause::Blocked);
        if lost {
            stream.push(CrateEvent::StreamError { end: Some(end.clone()) });
        }
        stream.push(CrateEvent::StreamEnd);
        let errors = plain.iter().any(|entry| entry.what == PlainEvent::Error);
        match (errors, end.cause) {
            (false, Cause::Lost) => rules.push(Rule::ErrorForLoss),
            (true, Cause::Local | Cause::Remote) => rules.push(Rule::NoErrorForClose),
            _ => {}
        }
        rules.sort();
        rules.dedup();
        Self { stream, end: Some(end), timeout, rules }
    }

    fn check(&self, ours: &[At<CrateEvent>]) -> Result<(), String> {
        let (ends, stream): (Vec<_>, Vec<_>) =
            ours.iter().partition(|entry| matches!(entry.what, CrateEvent::Closed { .. }));
        for (index, expected) in self.stream.iter().enumerate() {
            match stream.get(index) {
                Some(found) if found.what == *expected => {}
                Some(found) => return Err(format!("{:?} was returned instead of {expected:?}.", found.what)),
                None => return Err(format!("{expected:?} was not returned.")),
            }
        }
        if let Some(more) = stream.get(self.stream.len()) {
            return Err(format!("{:?} was returned after the end of the stream.", more.what));
        }
        match (&self.end, ends.as_slice()) {
            (None, []) => return Ok(()),
            (Some(end), [At { what: CrateEvent::Closed { end: found }, .. }]) if end == found => {}
            (expected, found) => return Err(format!("The close info is {found:?}, not {expected:?}.")),
        }
        let Some(Timeout { after_close, millis }) = self.timeout else { return Ok(()) };
        let from =
            ours.iter().find(|entry| matches!(&entry.what, CrateEvent::Did { act, refused: false } if act == "close"));
        let from = if after_close { from.map_or(0.0, |entry| entry.at) } else { 0.0 };
        let took = ends[0].at - from;
        // Timers and clocks have whole milliseconds.
        if took < millis - 5.0 || took > millis + LATE_MS {
            return Err(format!("The timeout took {took} ms instead of {millis} ms."));
        }
        Ok(())
    }
}

fn crowd(what: &PlainEvent) -> Option<CrateEvent> {
    match what {
        PlainEvent::Crowd { open } => Some(CrateEvent::Crowd { open: *open }),
        _ => None,
    }
}

fn abnormal(cause: Cause, was_open: bool, timed_out: bool, requested: Option<Frame>) -> End {
    End { code: 1006, reason: String::new(), clean: false, cause, was_open, timed_out, requested }
}
