//! Every way to end a connection that the page offers. The list drives the page.

use crate::connection::Plan;
use std::time::Duration;

/// One way to end a connection.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) explanation: &'static str,
    /// Nothing ends it but the page's user.
    pub(crate) is_yours: bool,
    target: Target,
    connect_timeout: Duration,
    close_timeout: Duration,
    hello: Option<&'static str>,
}

#[derive(Debug)]
enum Target {
    /// A route of the peer.
    Peer(&'static str),
    /// The peer closes with what the page's fields say.
    PeerFrame,
    /// A port of this machine where no peer is.
    Port(u16),
}

/// What the peer is asked to close with. It may be a code that no peer should send.
#[derive(Debug)]
pub(crate) struct PeerFrame {
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Choice {
    /// The end is the page's to make: with its Close or Drop button.
    const fn yours(id: &'static str, label: &'static str, explanation: &'static str, route: &'static str) -> Self {
        // Long enough to look around; what is too long for the browser it will say itself.
        let patience = Duration::from_secs(60);
        let close_timeout = Duration::from_secs(5);
        let target = Target::Peer(route);
        Self { id, label, explanation, is_yours: true, target, connect_timeout: patience, close_timeout, hello: None }
    }

    const fn at(id: &'static str, label: &'static str, explanation: &'static str, target: Target) -> Self {
        let choice = Self::yours(id, label, explanation, "");
        Self { is_yours: false, target, connect_timeout: Duration::from_secs(10), ..choice }
    }

    const fn peer(id: &'static str, label: &'static str, explanation: &'static str, route: &'static str) -> Self {
        Self::at(id, label, explanation, Target::Peer(route))
    }

    pub(crate) fn needs_peer(&self) -> bool {
        !matches!(self.target, Target::Port(_))
    }

    pub(crate) fn takes_peer_frame(&self) -> bool {
        matches!(self.target, Target::PeerFrame)
    }

    pub(crate) fn plan(&self, peer: &str, frame: &PeerFrame) -> Plan {
        let url = match &self.target {
            Target::Peer(route) => format!("{peer}{route}"),
            Target::PeerFrame => {
                let reason = js_sys::encode_uri_component(&frame.reason);
                format!("{peer}/close?code={}&reason={reason}&delay=500", frame.code)
            }
            Target::Port(port) => format!("ws://127.0.0.1:{port}/"),
        };
        let Self { connect_timeout, close_timeout, hello, .. } = *self;
        Plan { url, connect_timeout, close_timeout, hello }
    }
}

pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) choices: &'static [Choice],
}

/// The first one is chosen when the page is loaded.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        title: "The peer closes",
        choices: &[
            Choice::peer(
                "normal",
                "With 1000",
                "The proper goodbye: half a second after opening, a Close frame that says all is well.",
                "/close?code=1000&delay=500",
            ),
            Choice::at(
                "chosen",
                "With a code and reason of your choice",
                "Any code from 0 to 65535, also those that no peer should send.",
                Target::PeerFrame,
            ),
            Choice::peer(
                "no-code",
                "Without a code",
                "An empty Close frame, for which the browser reports 1005.",
                "/close?empty&delay=500",
            ),
            Choice::peer(
                "restart",
                "For a restart, with 1012",
                "The service restarts and asks its clients to come back later.",
                "/close?code=1012&reason=new%20version&delay=500",
            ),
            Choice::peer(
                "messages",
                "After five messages",
                "All five are delivered before the end is.",
                "/send?count=5&size=2&interval=100&close=1000&reason=that%20was%20all",
            ),
            Choice::peer(
                "at-once",
                "In the same packet as the handshake",
                "Opened and closed in one breath: an end that is easily missed.",
                "/close?code=4000&reason=too%20soon&with=101",
            ),
        ],
    },
    Group {
        title: "The connection is lost",
        choices: &[
            Choice::peer(
                "fin",
                "FIN without Close",
                "The peer ends TCP in good order, but without a word of WebSocket.",
                "/drop?how=fin&delay=500",
            ),
            Choice::peer(
                "reset",
                "TCP reset",
                "The connection is torn down, as when a process is killed or a firewall loses patience.",
                "/drop?how=rst&delay=500",
            ),
        ],
    },
    Group {
        title: "It never opens",
        choices: &[
            Choice::peer(
                "unauthorized",
                "Refused with HTTP 401",
                "The server wants a login; browsers hide that from the page.",
                "/refuse?status=401",
            ),
            Choice {
                connect_timeout: Duration::from_secs(2),
                ..Choice::peer(
                    "silent",
                    "No answer to the handshake",
                    "Some browsers would wait for minutes; connect_timeout is two seconds here.",
                    "/handshake?fault=hang",
                )
            },
            // Port 2 has no service anywhere, and is not on the list of ports that browsers block.
            Choice::at("nobody", "Nobody listens", "TCP is refused: port 2 of this machine.", Target::Port(2)),
            Choice::at(
                "blocked",
                "A port that browsers block",
                "Port 1 is never tried; one engine reports an error and no close at all.",
                Target::Port(1),
            ),
        ],
    },
    Group {
        title: "You end it",
        choices: &[
            Choice {
                hello: Some("hello"),
                ..Choice::yours(
                    "echo",
                    "You close, the peer echoes",
                    "The peer answers with your own code and reason.",
                    "/echo",
                )
            },
            Choice::yours(
                "other",
                "You close, the peer answers with another code",
                "The browser reports the peer's 4444; yours is kept in requested().",
                "/answer?code=4444&reason=as%20you%20wish",
            ),
            Choice {
                close_timeout: Duration::from_secs(2),
                ..Choice::yours(
                    "no-answer",
                    "You close, the peer never answers",
                    "Browsers wait between 5 and 60 seconds; close_timeout is two here.",
                    "/answer?none",
                )
            },
            Choice::yours(
                "connecting",
                "You close while connecting",
                "The peer sits on the handshake: press Close before it opens.",
                "/handshake?fault=hang",
            ),
            Choice::yours(
                "drop",
                "You drop the socket",
                "Press Drop: the value goes, the on_drop frame is sent, and the future of the end still resolves.",
                "/echo",
            ),
        ],
    },
];

pub(crate) fn all() -> impl Iterator<Item = &'static Choice> {
    GROUPS.iter().flat_map(|group| group.choices)
}
