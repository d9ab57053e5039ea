//! The table: every fault, as a script.

mod closing;
mod connecting;
mod frames;

use super::script::Act;

/// The reason that we close with where nothing should have opened.
pub(super) const UNWELCOME: &str = "should not be open";

/// One row of the matrix.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// A sentence, with underscores.
    pub(super) name: String,
    pub(super) group: Group,
    pub(super) to: Target,
    pub(super) protocols: Vec<&'static str>,
    pub(super) at_once: Vec<Act>,
    pub(super) on_open: Vec<Act>,
    pub(super) on_message: Vec<Act>,
    pub(super) kind: Kind,
    /// Two things happen at once, and engines may see either first: it is played several times, and each of ours has to
    /// be like one in plain JavaScript.
    pub(super) races: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Group {
    PeerCloses,
    PeerLeaves,
    PeerIsWrong,
    WeClose,
    NoConnection,
    Tls,
}

impl Group {
    pub(super) const ALL: [Self; 6] =
        [Self::PeerCloses, Self::PeerLeaves, Self::PeerIsWrong, Self::WeClose, Self::NoConnection, Self::Tls];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::PeerCloses => "The peer closes",
            Self::PeerLeaves => "The peer ends TCP without a Close",
            Self::PeerIsWrong => "The peer breaks the protocol",
            Self::WeClose => "We close",
            Self::NoConnection => "No connection is made, or one that should not be",
            Self::Tls => "TLS goes wrong",
        }
    }
}

/// How a case is run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Quick,
    /// Somebody has to be waited for.
    Long,
    /// With as many sockets open as the engine allows.
    Crowded,
    /// On a page whose policy forbids the connection.
    Guarded,
}

/// Where to connect to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A route of the peer, with its query.
    Peer(String),
    /// The same by the scheme `http`.
    Http(String),
    /// A redirect to the peer's echo, at this scheme.
    Redirect(&'static str),
    /// The peer behind TLS with this fault.
    Tls(&'static str),
    /// TLS spoken to the peer's plain port.
    TlsToPlain,
    /// Plain HTTP spoken to the port of TLS.
    PlainToTls,
    /// A port at which nobody listens.
    Nobody,
    /// A port that browsers refuse to connect to.
    Blocked,
    /// As it is.
    Url(&'static str),
}

impl Case {
    fn new(group: Group, name: impl Into<String>, to: Target) -> Self {
        Self {
            name: name.into(),
            group,
            to,
            protocols: Vec::new(),
            at_once: Vec::new(),
            on_open: Vec::new(),
            on_message: Vec::new(),
            kind: Kind::Quick,
            races: false,
        }
    }

    /// The peer waits for this before it does what it is to do, so that nobody misses the `open`.
    fn asking(self) -> Self {
        self.on_open([Act::Send { text: "now" }])
    }

    /// It should not open; if it does, it is to end.
    fn unwelcome(self) -> Self {
        self.on_open([Act::close(4000, UNWELCOME)])
    }

    fn at_once(self, acts: impl IntoIterator<Item = Act>) -> Self {
        Self { at_once: acts.into_iter().collect(), ..self }
    }

    fn on_open(self, acts: impl IntoIterator<Item = Act>) -> Self {
        Self { on_open: acts.into_iter().collect(), ..self }
    }

    fn on_message(self, acts: impl IntoIterator<Item = Act>) -> Self {
        Self { on_message: acts.into_iter().collect(), ..self }
    }

    fn protocols(self, protocols: &[&'static str]) -> Self {
        Self { protocols: protocols.to_vec(), ..self }
    }

    fn long(self) -> Self {
        Self { kind: Kind::Long, ..self }
    }

    fn racing(self) -> Self {
        Self { races: true, ..self }
    }
}

fn peer(route: impl Into<String>) -> Target {
    Target::Peer(route.into())
}

/// Bytes as a query takes them.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn all() -> Vec<Case> {
    let mut cases = closing::by_the_peer();
    cases.extend(closing::leaving());
    cases.extend(frames::wrong());
    cases.extend(closing::by_us());
    cases.extend(connecting::plain());
    cases.extend(connecting::tls());
    cases
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let mut names = HashSet::new();
        for case in all() {
            assert!(
                case.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{}",
                case.name
            );
            assert!(names.insert(case.name.clone()), "{} is there twice", case.name);
        }
        assert!(names.len() > 100, "only {}", names.len());
    }

    #[test]
    fn cases_stand_in_the_order_of_their_groups() {
        let places: Vec<_> =
            all().iter().map(|case| Group::ALL.iter().position(|group| *group == case.group)).collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}
