//! The scenarios that the page offers. Their titles and descriptions are in `lang`, by the scenario's id.

/// One way in which a connection can close, or fail to open.
#[derive(Debug)]
pub struct Scenario {
    /// The id, as in the radio button's value, and in the keys `scenario.ID` and `scenario.ID.about`.
    pub id: &'static str,
    /// Whether the page's user has to press Close or Drop, because the server does not end the connection.
    pub user_closes: bool,
    pub target: Target,
    pub connect_timeout_s: u16,
    pub close_timeout_s: u16,
    /// A message that the client sends as soon as the connection is open.
    pub hello: Option<&'static str>,
}

/// What a scenario connects to.
#[derive(Debug)]
pub enum Target {
    /// A route of the test server.
    Route(&'static str),
    /// The test server's `/close`, with the code and reason that are typed on the page.
    TypedFrame,
    /// The test server's TLS port of this name.
    Tls(&'static str),
    /// A port of this machine where no server listens.
    Port(u16),
}

impl Scenario {
    /// Creates a scenario in which the user closes.
    const fn user(id: &'static str, route: &'static str) -> Self {
        // A minute to connect: the handshake may be left pending, so that there is time to press Close.
        let (connect_timeout_s, close_timeout_s) = (60, 5);
        Self { id, user_closes: true, target: Target::Route(route), connect_timeout_s, close_timeout_s, hello: None }
    }

    /// Creates a scenario in which the connection ends without the user.
    const fn at(id: &'static str, target: Target) -> Self {
        let scenario = Self::user(id, "");
        Self { user_closes: false, target, connect_timeout_s: 10, ..scenario }
    }

    const fn server(id: &'static str, route: &'static str) -> Self {
        Self::at(id, Target::Route(route))
    }

    const fn hello(self, hello: &'static str) -> Self {
        Self { hello: Some(hello), ..self }
    }

    const fn connect_timeout_s(self, connect_timeout_s: u16) -> Self {
        Self { connect_timeout_s, ..self }
    }

    const fn close_timeout_s(self, close_timeout_s: u16) -> Self {
        Self { close_timeout_s, ..self }
    }

    pub fn needs_server(&self) -> bool {
        !matches!(self.target, Target::Port(_))
    }

    pub fn has_typed_frame(&self) -> bool {
        matches!(self.target, Target::TypedFrame)
    }
}

/// Scenarios under one heading, which is `group.ID` in `lang`.
#[derive(Debug)]
pub struct Group {
    pub id: &'static str,
    pub scenarios: &'static [Scenario],
}

/// All scenarios. The first one is selected when the page is loaded.
pub const GROUPS: &[Group] = &[
    Group {
        id: "server-closes",
        scenarios: &[
            Scenario::server("normal", "/close?code=1000&delay=500"),
            Scenario::at("chosen", Target::TypedFrame),
            Scenario::server("no-code", "/close?empty&delay=500"),
            Scenario::server("restart", "/close?code=1012&reason=new%20version&delay=500"),
            Scenario::server("messages", "/send?count=5&size=2&interval=100&close=1000&reason=that%20was%20all"),
            Scenario::server("at-once", "/close?code=4000&reason=too%20soon&with=101"),
            Scenario::server("half-code", "/close?raw=03&delay=500"),
            Scenario::server("bad-reason", "/close?raw=0fa0ff&delay=500"),
            Scenario::server("hold", "/close?code=4000&delay=500&then=hold").close_timeout_s(10),
            Scenario::server("with-fin", "/close?code=4000&delay=500&with=fin"),
            Scenario::server("with-rst", "/close?code=4000&delay=500&with=rst"),
            Scenario::server("after", "/close?code=4000&delay=500&after=1"),
        ],
    },
    Group {
        id: "lost",
        scenarios: &[
            Scenario::server("fin", "/drop?how=fin&delay=500"),
            Scenario::server("reset", "/drop?how=rst&delay=500"),
            Scenario::server("drop-101", "/drop?with=101"),
        ],
    },
    Group {
        id: "never-opens",
        scenarios: &[
            Scenario::server("unauthorized", "/refuse?status=401"),
            Scenario::server("redirect", "/refuse?status=301&location=/close"),
            Scenario::server("hs-hang", "/handshake?fault=hang").connect_timeout_s(2),
            // No service is registered for port 2, and it is not on the browsers' list of blocked ports.
            Scenario::at("refused", Target::Port(2)),
            Scenario::at("blocked", Target::Port(1)),
            Scenario::server("hs-accept", "/handshake?fault=accept"),
            Scenario::server("hs-upgrade", "/handshake?fault=upgrade"),
            Scenario::server("hs-connection", "/handshake?fault=connection"),
            Scenario::server("hs-extension", "/handshake?fault=extension"),
            Scenario::server("hs-protocol", "/close?protocol=not-offered"),
            Scenario::server("hs-drop", "/handshake?fault=drop"),
            Scenario::server("hs-reset", "/handshake?fault=reset"),
            Scenario::server("hs-half", "/handshake?fault=half"),
            Scenario::server("hs-garbage", "/handshake?fault=garbage"),
        ],
    },
    Group {
        id: "tls",
        scenarios: &[
            Scenario::at("tls-self-signed", Target::Tls("self-signed")),
            Scenario::at("tls-expired", Target::Tls("expired")),
            Scenario::at("tls-wrong-name", Target::Tls("wrong-name")),
            Scenario::at("tls-alert", Target::Tls("alert")),
            Scenario::at("tls-fin", Target::Tls("fin")),
            Scenario::at("tls-rst", Target::Tls("rst")),
            Scenario::at("tls-hang", Target::Tls("hang")).connect_timeout_s(2),
        ],
    },
    Group {
        id: "frames",
        // A Close frame with 4000 follows each, so that the scenario also ends in an engine that accepts the frame.
        scenarios: &[
            Scenario::server("f-good", "/frames?asked&hex=01026865890080036c6c6f88020fa0&answer").hello("go on"),
            Scenario::server("f-text", "/frames?asked&hex=8102c32888020fa0").hello("go on"),
            Scenario::server("f-masked", "/frames?asked&hex=818200000000686988020fa0").hello("go on"),
            Scenario::server("f-opcode", "/frames?asked&hex=8302686988020fa0").hello("go on"),
            Scenario::server("f-reserved", "/frames?asked&hex=c102686988020fa0").hello("go on"),
            Scenario::server("f-continuation", "/frames?asked&hex=8002686988020fa0").hello("go on"),
        ],
    },
    Group {
        id: "client-closes",
        scenarios: &[
            Scenario::user("echo", "/echo").hello("hello"),
            Scenario::user("other", "/answer?code=4444&reason=as%20you%20wish"),
            Scenario::user("no-answer", "/answer?none").close_timeout_s(2),
            Scenario::user("late", "/answer?late=3&interval=200"),
            Scenario::user("slow-answer", "/answer?delay=1000"),
            Scenario::user("answer-fin", "/answer?how=fin"),
            Scenario::user("answer-rst", "/answer?how=rst"),
            Scenario::user("answer-hold", "/answer?then=hold").close_timeout_s(10),
            Scenario::user("no-read", "/deaf").close_timeout_s(2),
            Scenario::server("finish", "/finish?count=3&interval=200").hello("done"),
            Scenario::user("slow", "/echo?accept_delay=1500"),
            Scenario::user("connecting", "/handshake?fault=hang"),
            Scenario::user("drop", "/echo"),
        ],
    },
];

pub fn all() -> impl Iterator<Item = &'static Scenario> {
    GROUPS.iter().flat_map(|group| group.scenarios)
}
