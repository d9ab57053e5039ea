//! Every way to end a connection that the page offers. The list drives the page; its words are in `lang`.

/// One way to end a connection.
#[derive(Debug)]
pub struct Choice {
    /// Its name on the page, and in the words: `choice.ID`.
    pub id: &'static str,
    /// Nothing ends it but the page's user.
    pub is_yours: bool,
    pub target: Target,
    /// In seconds.
    pub connect_deadline: u16,
    pub close_deadline: u16,
    /// Sent as soon as the connection is open.
    pub hello: Option<&'static str>,
}

#[derive(Debug)]
pub enum Target {
    /// A route of the peer.
    Peer(&'static str),
    /// The peer closes with what the page's fields say.
    PeerFrame,
    /// The peer's TLS port of this name.
    Tls(&'static str),
    /// A port of this machine where no peer is.
    Port(u16),
}

impl Choice {
    /// The end is the page's to make: with its Close or Drop button.
    const fn yours(id: &'static str, route: &'static str) -> Self {
        // Long enough to look around; what is too long for the browser it will say itself.
        let (connect_deadline, close_deadline) = (60, 5);
        Self { id, is_yours: true, target: Target::Peer(route), connect_deadline, close_deadline, hello: None }
    }

    const fn at(id: &'static str, target: Target) -> Self {
        let choice = Self::yours(id, "");
        Self { is_yours: false, target, connect_deadline: 10, ..choice }
    }

    const fn peer(id: &'static str, route: &'static str) -> Self {
        Self::at(id, Target::Peer(route))
    }

    const fn saying(self, hello: &'static str) -> Self {
        Self { hello: Some(hello), ..self }
    }

    const fn connecting_within(self, connect_deadline: u16) -> Self {
        Self { connect_deadline, ..self }
    }

    const fn closing_within(self, close_deadline: u16) -> Self {
        Self { close_deadline, ..self }
    }

    pub fn needs_peer(&self) -> bool {
        !matches!(self.target, Target::Port(_))
    }

    pub fn takes_peer_frame(&self) -> bool {
        matches!(self.target, Target::PeerFrame)
    }
}

/// What belongs together; its words are `group.ID`.
#[derive(Debug)]
pub struct Group {
    pub id: &'static str,
    pub choices: &'static [Choice],
}

/// The first one is chosen when the page is loaded.
pub const GROUPS: &[Group] = &[
    Group {
        id: "closes",
        choices: &[
            Choice::peer("normal", "/close?code=1000&delay=500"),
            Choice::at("chosen", Target::PeerFrame),
            Choice::peer("no-code", "/close?empty&delay=500"),
            Choice::peer("restart", "/close?code=1012&reason=new%20version&delay=500"),
            Choice::peer("messages", "/send?count=5&size=2&interval=100&close=1000&reason=that%20was%20all"),
            Choice::peer("at-once", "/close?code=4000&reason=too%20soon&with=101"),
            Choice::peer("half-code", "/close?raw=03&delay=500"),
            Choice::peer("bad-reason", "/close?raw=0fa0ff&delay=500"),
            Choice::peer("hold", "/close?code=4000&delay=500&then=hold").closing_within(10),
            Choice::peer("with-fin", "/close?code=4000&delay=500&with=fin"),
            Choice::peer("with-rst", "/close?code=4000&delay=500&with=rst"),
            Choice::peer("after", "/close?code=4000&delay=500&after=1"),
        ],
    },
    Group {
        id: "lost",
        choices: &[
            Choice::peer("fin", "/drop?how=fin&delay=500"),
            Choice::peer("reset", "/drop?how=rst&delay=500"),
            Choice::peer("drop-101", "/drop?with=101"),
        ],
    },
    Group {
        id: "never",
        choices: &[
            Choice::peer("unauthorized", "/refuse?status=401"),
            Choice::peer("redirect", "/refuse?status=301&location=/close"),
            Choice::peer("silent", "/handshake?fault=hang").connecting_within(2),
            // Port 2 has no service anywhere, and is not on the list of ports that browsers block.
            Choice::at("nobody", Target::Port(2)),
            Choice::at("blocked", Target::Port(1)),
            Choice::peer("hs-accept", "/handshake?fault=accept"),
            Choice::peer("hs-upgrade", "/handshake?fault=upgrade"),
            Choice::peer("hs-connection", "/handshake?fault=connection"),
            Choice::peer("hs-extension", "/handshake?fault=extension"),
            Choice::peer("hs-protocol", "/close?protocol=nobody-asked"),
            Choice::peer("hs-drop", "/handshake?fault=drop"),
            Choice::peer("hs-reset", "/handshake?fault=reset"),
            Choice::peer("hs-half", "/handshake?fault=half"),
            Choice::peer("hs-garbage", "/handshake?fault=garbage"),
        ],
    },
    Group {
        id: "tls",
        choices: &[
            Choice::at("tls-self-signed", Target::Tls("self-signed")),
            Choice::at("tls-expired", Target::Tls("expired")),
            Choice::at("tls-wrong-name", Target::Tls("wrong-name")),
            Choice::at("tls-alert", Target::Tls("alert")),
            Choice::at("tls-fin", Target::Tls("fin")),
            Choice::at("tls-rst", Target::Tls("rst")),
            Choice::at("tls-hang", Target::Tls("hang")).connecting_within(2),
        ],
    },
    Group {
        id: "frames",
        // A Close with 4000 follows each, for engines that take it in their stride.
        choices: &[
            Choice::peer("f-good", "/frames?asked&hex=01026865890080036c6c6f88020fa0&answer").saying("go on"),
            Choice::peer("f-text", "/frames?asked&hex=8102c32888020fa0").saying("go on"),
            Choice::peer("f-masked", "/frames?asked&hex=818200000000686988020fa0").saying("go on"),
            Choice::peer("f-opcode", "/frames?asked&hex=8302686988020fa0").saying("go on"),
            Choice::peer("f-reserved", "/frames?asked&hex=c102686988020fa0").saying("go on"),
            Choice::peer("f-lost", "/frames?asked&hex=8002686988020fa0").saying("go on"),
        ],
    },
    Group {
        id: "yours",
        choices: &[
            Choice::yours("echo", "/echo").saying("hello"),
            Choice::yours("other", "/answer?code=4444&reason=as%20you%20wish"),
            Choice::yours("no-answer", "/answer?none").closing_within(2),
            Choice::yours("late", "/answer?late=3&interval=200"),
            Choice::yours("slow-answer", "/answer?delay=1000"),
            Choice::yours("answer-fin", "/answer?how=fin"),
            Choice::yours("answer-rst", "/answer?how=rst"),
            Choice::yours("answer-hold", "/answer?then=hold").closing_within(10),
            Choice::yours("deaf", "/deaf").closing_within(2),
            Choice::peer("finish", "/finish?count=3&interval=200").saying("done"),
            Choice::yours("slow", "/echo?accept_delay=1500"),
            Choice::yours("connecting", "/handshake?fault=hang"),
            Choice::yours("drop", "/echo"),
        ],
    },
];

pub fn all() -> impl Iterator<Item = &'static Choice> {
    GROUPS.iter().flat_map(|group| group.choices)
}
