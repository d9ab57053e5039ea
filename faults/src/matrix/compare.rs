//! Whether what a user of the crate was told follows what plain JavaScript saw.
//!
//! What is to be told is worked out from the plain log by the rules here, without a look at the crate's own code. Every
//! difference that is allowed has a name.

use serde::{Deserialize, Serialize};

use super::log::{At, CloseCause, End, Frame, Ours, Raw};
use super::script::Limits;

/// How far two runs of one script may be apart in time, in milliseconds.
const APART: f64 = 400.0;
/// How late a deadline may be noticed in a browser that is busy.
const LATE: f64 = 3000.0;

/// A difference that is meant.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Rule {
    Deadline,
    Blocked,
    ErrorForLoss,
    NoErrorForEnd,
    SendRefused,
    FrameRefused,
}

impl Rule {
    pub(super) const ALL: [Self; 6] =
        [Self::Deadline, Self::Blocked, Self::ErrorForLoss, Self::NoErrorForEnd, Self::SendRefused, Self::FrameRefused];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Blocked => "blocked",
            Self::ErrorForLoss => "error for a loss",
            Self::NoErrorForEnd => "no error for an end",
            Self::SendRefused => "send refused",
            Self::FrameRefused => "frame refused",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Deadline => {
                "The browser's `close` comes after onclose's deadline, or not at all: the end has 1006 and `timed_out`, with `CloseCause::Local` after a close of ours and `CloseCause::Timeout` otherwise."
            }
            Self::Blocked => {
                "The browser fires `error` and no `close`: the end has 1006, and is `CloseCause::Blocked` if it was never open."
            }
            Self::ErrorForLoss => {
                "The browser fires no `error`, but the connection was lost: the stream has one error."
            }
            Self::NoErrorForEnd => {
                "The browser fires `error` for an end with a Close frame, or one that we asked for: the stream has no error, \
                 the end says how it was."
            }
            Self::SendRefused => "The browser takes a message after our close and drops it: `send` gives it back.",
            Self::FrameRefused => "The browser's `close` throws: there is no such `CloseFrame`.",
        }
    }
}

/// The rules that were used, or why it does not follow.
pub(super) fn follows(raw: &[At<Raw>], ours: &[At<Ours>], limits: Limits) -> Result<Vec<Rule>, String> {
    let expected = Expected::from(raw, limits)?;
    let mut last = None;
    // Where a deadline and the browser's own end are close together, either may come first.
    for expected in expected {
        match expected.check(ours) {
            Ok(()) => return Ok(expected.rules),
            Err(why) => last = Some(why),
        }
    }
    Err(last.unwrap_or_else(|| "It has no end in plain JavaScript, and the crate has no deadline for it.".to_owned()))
}

/// What a user of the crate is to be told.
#[derive(Debug)]
struct Expected {
    /// Everything but the end, in order.
    stream: Vec<Ours>,
    end: Option<End>,
    /// When, if that is a deadline: counted from our close, or from the beginning.
    deadline: Option<Deadline>,
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug)]
struct Deadline {
    after_close: bool,
    millis: f64,
}

impl Expected {
    fn from(raw: &[At<Raw>], limits: Limits) -> Result<Vec<Self>, String> {
        let threw = raw.iter().find_map(|entry| match &entry.what {
            Raw::Threw { name } => Some(Ours::Threw { name: name.clone() }),
            _ => None,
        });
        if let Some(threw) = threw {
            let crowd = raw.iter().filter_map(|entry| crowd(&entry.what));
            return Ok(vec![Self { stream: crowd.chain([threw]).collect(), end: None, deadline: None, rules: vec![] }]);
        }
        let asked = raw.iter().find_map(|entry| match &entry.what {
            Raw::Did { frame: Some(frame), state, threw: None, .. } => Some((frame.clone(), *state, entry.at)),
            _ => None,
        });
        let opened = raw.iter().find(|entry| matches!(entry.what, Raw::Open { .. })).map(|entry| entry.at);
        let close = raw.iter().find_map(|entry| match &entry.what {
            Raw::Close { code, reason, clean } => Some((*code, reason.clone(), *clean, entry.at)),
            _ => None,
        });
        if raw.iter().filter(|entry| matches!(entry.what, Raw::Close { .. })).count() > 1 {
            return Err("Plain JavaScript saw two ends.".to_owned());
        }
        let blocked = close.is_none()
            && raw.iter().any(|entry| entry.what == Raw::Error)
            && matches!(raw.last(), Some(At { what: Raw::Still { state: 3 }, .. }));

        // From when on the crate waits no longer.
        let deadline = match (&asked, opened) {
            (Some((.., at)), _) => Some((at + f64::from(limits.close_timeout), true)),
            (None, None) => Some((f64::from(limits.connect_timeout), false)),
            (None, Some(_)) => None,
        };
        let requested = asked.as_ref().map(|(frame, ..)| frame.clone());
        let first = asked.as_ref().is_some_and(|(_, state, _)| *state < 2);

        let mut all = Vec::new();
        if blocked {
            let cause = match (first, opened) {
                (true, _) => CloseCause::Local,
                (false, Some(_)) => CloseCause::Lost,
                (false, None) => CloseCause::Blocked,
            };
            let end = abnormal(cause, opened.is_some(), false, requested.clone());
            all.push(Self::with(raw, end, None, Some(Rule::Blocked)));
        } else if let Some((code, reason, clean, at)) = close
            && deadline.is_none_or(|(deadline, _)| at < deadline + APART)
        {
            let cause = match (first, code, clean) {
                (true, ..) => CloseCause::Local,
                (false, 1006 | 1015, false) => CloseCause::Lost,
                (false, ..) => CloseCause::Remote,
            };
            let was_open = opened.is_some();
            let end = End { code, reason, clean, cause, was_open, timed_out: false, requested: requested.clone() };
            all.push(Self::with(raw, end, None, None));
        }
        if let Some((by, after_close)) = deadline
            && !blocked
            && raw.iter().all(|entry| !matches!(entry.what, Raw::Close { .. }) || entry.at > by - APART)
        {
            let before: Vec<_> = raw.iter().filter(|entry| entry.at < by).cloned().collect();
            let cause = if first { CloseCause::Local } else { CloseCause::Timeout };
            let end = abnormal(cause, opened.is_some_and(|at| at < by), true, requested);
            let millis = f64::from(if after_close { limits.close_timeout } else { limits.connect_timeout });
            all.push(Self::with(&before, end, Some(Deadline { after_close, millis }), Some(Rule::Deadline)));
        }
        Ok(all)
    }

    fn with(raw: &[At<Raw>], end: End, deadline: Option<Deadline>, rule: Option<Rule>) -> Self {
        let mut rules: Vec<_> = rule.into_iter().collect();
        let mut stream = Vec::new();
        for At { what, .. } in raw {
            stream.extend(match what {
                Raw::Crowd { .. } => crowd(what),
                Raw::Open { protocol, extensions } => {
                    Some(Ours::Opened { protocol: protocol.clone(), extensions: extensions.clone() })
                }
                Raw::Message { kind, content } => Some(Ours::Message { kind: kind.clone(), content: content.clone() }),
                Raw::Did { act, state, threw, frame } => {
                    let dropped = frame.is_none() && *state >= 2;
                    if dropped {
                        rules.push(Rule::SendRefused);
                    }
                    if threw.is_some() {
                        rules.push(Rule::FrameRefused);
                    }
                    Some(Ours::Did { act: act.clone(), refused: dropped || threw.is_some() })
                }
                Raw::Threw { .. } | Raw::Error | Raw::Close { .. } | Raw::Still { .. } => None,
            });
        }
        if !end.was_open {
            stream.push(Ours::NotOpened {
                timeout: end.cause == CloseCause::Timeout,
                blocked: end.cause == CloseCause::Blocked,
                end: Some(end.clone()),
            });
        }
        // One error for a loss, however many the browser fires; the end, once.
        let lost = matches!(end.cause, CloseCause::Lost | CloseCause::Timeout | CloseCause::Blocked);
        if lost {
            stream.push(Ours::StreamError { end: Some(end.clone()) });
        }
        stream.push(Ours::StreamEnd);
        let errors = raw.iter().any(|entry| entry.what == Raw::Error);
        match (errors, end.cause) {
            (false, CloseCause::Lost) => rules.push(Rule::ErrorForLoss),
            (true, CloseCause::Local | CloseCause::Remote) => rules.push(Rule::NoErrorForEnd),
            _ => {}
        }
        rules.sort();
        rules.dedup();
        Self { stream, end: Some(end), deadline, rules }
    }

    fn check(&self, ours: &[At<Ours>]) -> Result<(), String> {
        let (ends, stream): (Vec<_>, Vec<_>) = ours.iter().partition(|entry| matches!(entry.what, Ours::Closed { .. }));
        for (index, expected) in self.stream.iter().enumerate() {
            match stream.get(index) {
                Some(found) if found.what == *expected => {}
                Some(found) => return Err(format!("{:?} was told where {expected:?} is to be.", found.what)),
                None => return Err(format!("{expected:?} was not told.")),
            }
        }
        if let Some(more) = stream.get(self.stream.len()) {
            return Err(format!("{:?} was told after all was over.", more.what));
        }
        match (&self.end, ends.as_slice()) {
            (None, []) => return Ok(()),
            (Some(end), [At { what: Ours::Closed { end: found }, .. }]) if end == found => {}
            (expected, found) => return Err(format!("The end is {found:?}, not {expected:?}.")),
        }
        let Some(Deadline { after_close, millis }) = self.deadline else { return Ok(()) };
        let from = ours.iter().find(|entry| matches!(&entry.what, Ours::Did { act, refused: false } if act == "close"));
        let from = if after_close { from.map_or(0.0, |entry| entry.at) } else { 0.0 };
        let took = ends[0].at - from;
        // Timers and clocks count whole milliseconds.
        if took < millis - 5.0 || took > millis + LATE {
            return Err(format!("The deadline was kept after {took} ms instead of {millis} ms."));
        }
        Ok(())
    }
}

fn crowd(what: &Raw) -> Option<Ours> {
    match what {
        Raw::Crowd { open } => Some(Ours::Crowd { open: *open }),
        _ => None,
    }
}

fn abnormal(cause: CloseCause, was_open: bool, timed_out: bool, requested: Option<Frame>) -> End {
    End { code: 1006, reason: String::new(), clean: false, cause, was_open, timed_out, requested }
}
