//! Whether a case passes: what our user was told, and what the peer saw, beside plain JavaScript.

use super::addresses::Saw;
use super::cases::{Case, Kind};
use super::compare::{self, Rule};
use super::log::{At, Ours, Raw};
use super::report::Played;
use super::script::Limits;

const QUICK: Limits = Limits { connect_timeout: 75_000, close_timeout: 5_000 };
/// For those that wait for somebody: before any browser gives up.
const SHORT: Limits = Limits { connect_timeout: 3_000, close_timeout: 3_000 };
/// Until the peer has seen the end of what the browser has ended.
const SEEN: u32 = 8_000;

pub(super) fn limits(case: &Case) -> Limits {
    if case.kind == Kind::Long { SHORT } else { QUICK }
}

/// The rules that were used, if each of ours is like one of plain JavaScript's, to its user and to the peer.
pub(super) fn judgement(
    case: &Case,
    raw: &[Played<Raw>],
    ours: &[Played<Ours>],
    view: View,
) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    for played in ours {
        let mut why = "Plain JavaScript was not run.".to_owned();
        let found = raw.iter().find_map(|other| {
            let followed = compare::follows(&other.log, &played.log, limits(case));
            match followed.and_then(|rules| view.alike(other.saw.as_ref(), played.saw.as_ref()).map(|()| rules)) {
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

/// How much of what the peer sees of a case is certain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum View {
    /// All.
    Whole,
    /// Not how it ends: what was given up lives on in the browser, for longer in one than in the other.
    NoEnd,
    /// Perhaps nothing: whether anything leaves the browser is chance, or another limit.
    Perhaps,
}

impl View {
    pub(super) fn of(case: &Case, raw: &[Vec<At<Raw>>], ours: &[Vec<At<Ours>>]) -> Self {
        let opened = raw.iter().flatten().any(|entry| matches!(entry.what, Raw::Open { .. }));
        let given_up = ours.iter().flatten().any(|entry| matches!(&entry.what, Ours::Closed { end } if end.timed_out));
        let threw = raw.iter().flatten().any(|entry| matches!(entry.what, Raw::Threw { .. }));
        let certain = case.at_once.is_empty() && !threw && (opened || case.kind == Kind::Quick);
        match (given_up, certain) {
            (true, _) => Self::NoEnd,
            (false, true) => Self::Whole,
            (false, false) => Self::Perhaps,
        }
    }

    /// How long to wait for it, in milliseconds.
    pub(super) fn wait(self) -> u32 {
        match self {
            Self::Whole => SEEN,
            Self::NoEnd => 0,
            Self::Perhaps => 500,
        }
    }

    /// Whether the peer saw the same of both.
    fn alike(self, raw: Option<&Saw>, ours: Option<&Saw>) -> Result<(), String> {
        let comparable = |saw: Option<&Saw>| {
            saw.cloned().map(|saw| Saw { end: if self == Self::Whole { saw.end } else { String::new() }, ..saw })
        };
        let (raw, ours) = (comparable(raw), comparable(ours));
        if raw == ours || (self == Self::Perhaps && (raw.is_none() || ours.is_none())) {
            return Ok(());
        }
        Err(format!("The peer saw {ours:?}, and of plain JavaScript {raw:?}."))
    }
}
