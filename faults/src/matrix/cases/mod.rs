//! The table of cases: every fault, as a script.

mod closing;
mod connecting;
mod frames;

use super::script::Act;

/// The reason of the client's close where a connection opened that should not have.
pub(super) const UNWELCOME: &str = "should not be open";

/// One row of the matrix.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// A sentence, with underscores.
    pub(super) name: String,
    pub(super) group: Group,
    pub(super) to: Target,
    pub(super) protocols: Vec<String>,
    pub(super) at_once: Vec<Act>,
    pub(super) on_open: Vec<Act>,
    pub(super) on_message: Vec<Act>,
    pub(super) kind: Kind,
    /// Two things happen at once and engines may report either first: the case is played several times, and each log of
    /// the crate must match one of the plain WebSocket.
    pub(super) races: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Group {
    PeerCloses,
    PeerEndsTcp,
    PeerViolates,
    ClientCloses,
    NoConnection,
    Tls,
}

impl Group {
    pub(super) const ALL: [Self; 6] =
        [Self::PeerCloses, Self::PeerEndsTcp, Self::PeerViolates, Self::ClientCloses, Self::NoConnection, Self::Tls];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::PeerCloses => "The peer closes",
            Self::PeerEndsTcp => "The peer ends TCP without a Close frame",
            Self::PeerViolates => "The peer violates the protocol",
            Self::ClientCloses => "The client closes",
            Self::NoConnection => "The connection fails, or should fail",
            Self::Tls => "TLS fails",
        }
    }
}

/// How a case is played.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Quick,
    /// One side waits for a timeout.
    Long,
    /// With as many sockets open as the engine allows.
    Crowded,
    /// On a page whose Content-Security-Policy forbids the connection.
    Guarded,
}

/// Where to connect to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A route of the peer with its query.
    Peer(String),
    /// The same with the scheme `http`.
    Http(String),
    /// A redirect to the peer's echo with this scheme.
    Redirect(&'static str),
    /// The peer behind TLS with this fault.
    Tls(&'static str),
    /// TLS to the peer's plain port.
    TlsToPlain,
    /// Plain HTTP to the port for TLS.
    PlainToTls,
    /// A port without a server.
    NoServer,
    /// A port that browsers refuse to connect to.
    Blocked,
    /// A URL as it is.
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

    /// Sends a message that the peer waits for, so that `open` always precedes what the peer does.
    fn asking(self) -> Self {
        self.on_open([Act::send("now")])
    }

    /// Closes a connection that opened although it should not have.
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

    fn protocols(self, protocols: &[&str]) -> Self {
        Self { protocols: protocols.iter().map(|name| (*name).to_owned()).collect(), ..self }
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

/// Encodes bytes for a query.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns all cases, in the order of the report.
pub(super) fn all() -> Vec<Case> {
    let mut cases = closing::by_the_peer();
    cases.extend(closing::by_tcp());
    cases.extend(frames::violating());
    cases.extend(closing::by_the_client());
    cases.extend(connecting::plain());
    cases.extend(connecting::tls());
    cases
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn case_names_are_unique() {
        let mut names = HashSet::new();
        for case in all() {
            assert!(
                case.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{}",
                case.name
            );
            assert!(names.insert(case.name.clone()), "{} occurs twice", case.name);
        }
        assert!(names.len() > 100, "only {}", names.len());
    }

    #[test]
    fn cases_are_in_the_order_of_their_groups() {
        let places: Vec<_> =
            all().iter().map(|case| Group::ALL.iter().position(|group| *group == case.group)).collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}
