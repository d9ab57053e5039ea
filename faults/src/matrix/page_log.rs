//! What happened, and when.

use onclose::{CloseInfo, ConnectError, Message};
use serde::Serialize;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Serialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    what: What,
    /// Milliseconds since the socket was made.
    at: f64,
}

#[derive(Clone, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum What {
    Crowd {
        open: usize,
    },
    Threw {
        name: String,
    },
    Opened {
        protocol: String,
        extensions: String,
    },
    NotOpened {
        timeout: bool,
        blocked: bool,
        end: Option<End>,
    },
    Message {
        kind: &'static str,
        content: String,
    },
    Did {
        act: &'static str,
        refused: bool,
    },
    StreamError {
        end: Option<End>,
    },
    StreamEnd,
    Closed {
        end: End,
    },
    Still,
    /// Something that a user would hold for impossible.
    Broken {
        why: &'static str,
    },
}

#[derive(Clone, PartialEq, Serialize)]
pub(super) struct End {
    code: u16,
    reason: String,
    clean: bool,
    cause: String,
    was_open: bool,
    timed_out: bool,
    requested: Option<(Option<u16>, String)>,
}

impl From<&CloseInfo> for End {
    fn from(closed: &CloseInfo) -> Self {
        Self {
            code: closed.code().as_u16(),
            reason: closed.reason().to_owned(),
            clean: closed.was_clean(),
            cause: format!("{:?}", closed.cause()),
            was_open: closed.was_open(),
            timed_out: closed.timed_out(),
            requested: closed
                .requested()
                .map(|frame| (frame.code().map(onclose::CloseCode::as_u16), frame.reason().to_owned())),
        }
    }
}

impl From<ConnectError> for What {
    fn from(error: ConnectError) -> Self {
        let end = error.close_info().map(End::from);
        Self::NotOpened { timeout: error.is_timeout(), blocked: error.is_blocked(), end }
    }
}

impl From<Message> for What {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(content) => Self::Message { kind: "text", content },
            Message::Binary(bytes) => {
                let content = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Self::Message { kind: "binary", content }
            }
        }
    }
}

/// Shared by all who watch one socket.
#[derive(Clone)]
pub(super) struct Log {
    begun: f64,
    entries: Rc<RefCell<Vec<Entry>>>,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { begun: js_sys::Date::now(), entries: Rc::default() }
    }

    pub(super) fn now(&self) -> f64 {
        js_sys::Date::now() - self.begun
    }

    pub(super) fn add(&self, what: What) {
        self.add_at(self.now(), what);
    }

    pub(super) fn add_at(&self, at: f64, what: What) {
        self.entries.borrow_mut().push(Entry { what, at });
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.entries.borrow().clone()
    }
}
