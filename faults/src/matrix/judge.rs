//! Whether a case passes: what the crate returned, and what the peer saw, compared with the plain WebSocket.

use super::cases::{Case, Kind};
use super::log::{At, CrateEvent, PlainEvent};
use super::report::{PeerView, Played};
use super::rules::{self, Rule};
use super::script::Limits;

const QUICK: Limits = Limits { connect_timeout: 75_000, close_timeout: 5_000 };
/// For cases in which one side waits: shorter than the timeouts of all browsers.
const SHORT: Limits = Limits { connect_timeout: 3_000, close_timeout: 3_000 };
/// How long the peer may take to see the end of a connection that the browser has closed.
const SEEN_MS: u64 = 8_000;

pub(super) fn limits(case: &Case) -> Limits {
    if case.kind == Kind::Long { SHORT } else { QUICK }
}

/// Returns the rules that were applied if each run of the crate matches one of the plain WebSocket, for its user and for the
/// peer.
pub(super) fn judgement(
    case: &Case,
    plain: &[Played<PlainEvent>],
    ours: &[Played<CrateEvent>],
    view: View,
) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    for played in ours {
        let mut why = "The plain WebSocket was not run.".to_owned();
        let found = plain.iter().find_map(|other| {
            let followed = rules::follows(&other.log, &played.log, limits(case));
            match followed.and_then(|rules| view.compare(other.saw.as_ref(), played.saw.as_ref()).map(|()| rules)) {
                Ok(rules) => Some(rules),
                Err(one) => {
                    why = one;
                    None
                }
            }
        });
        rules.extend(found.ok_or(why)?);
    }
    rules.sort();
    rules.dedup();
    Ok(rules)
}

/// Which part of the peer's view is deterministic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum View {
    /// All of it.
    Whole,
    /// All but how TCP ends: after a timeout the browser keeps the connection, on each side for another time.
    NoEnd,
    /// Possibly nothing: whether the browser sends anything is a race, or depends on another limit.
    Perhaps,
}

impl View {
    pub(super) fn of(case: &Case, plain: &[Vec<At<PlainEvent>>], ours: &[Vec<At<CrateEvent>>]) -> Self {
        let opened = plain.iter().flatten().any(|entry| matches!(entry.what, PlainEvent::Open { .. }));
        let timed_out =
            ours.iter().flatten().any(|entry| matches!(&entry.what, CrateEvent::Closed { end } if end.timed_out));
        let threw = plain.iter().flatten().any(|entry| matches!(entry.what, PlainEvent::Threw { .. }));
        let certain = case.at_once.is_empty() && !threw && (opened || case.kind == Kind::Quick);
        match (timed_out, certain) {
            (true, _) => Self::NoEnd,
            (false, true) => Self::Whole,
            (false, false) => Self::Perhaps,
        }
    }

    /// Returns how long to wait for the end of the connection, in milliseconds.
    pub(super) fn wait_ms(self) -> u64 {
        match self {
            Self::Whole => SEEN_MS,
            Self::NoEnd => 0,
            Self::Perhaps => 500,
        }
    }

    /// Fails unless the peer saw the same of both.
    fn compare(self, plain: Option<&PeerView>, ours: Option<&PeerView>) -> Result<(), String> {
        let comparable = |saw: Option<&PeerView>| {
            saw.cloned().map(|mut saw| {
                saw.end = saw.end.filter(|_| self == Self::Whole);
                saw
            })
        };
        let (plain, ours) = (comparable(plain), comparable(ours));
        if plain == ours || (self == Self::Perhaps && (plain.is_none() || ours.is_none())) {
            return Ok(());
        }
        Err(format!("The peer saw {ours:?} of the crate, and {plain:?} of the plain WebSocket."))
    }
}
