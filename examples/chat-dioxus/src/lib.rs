//! A chat room. The task that [`Room`] spawned owns the connection, and Dioxus drops the tasks of a component with it: when
//! the room is unmounted, even while connecting, the connection is closed.

use std::fmt;

use dioxus::prelude::*;
use onclose::{CloseFrame, CloseInfo, WebSocket, WebSocketSender};
use wasm_bindgen::prelude::wasm_bindgen;

const LEFT: CloseFrame = CloseFrame::from_static(4000, "left the room");

#[derive(Clone, PartialEq)]
enum Status {
    Connecting,
    Open,
    Closed(CloseInfo),
    Invalid(String),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting => f.write_str("connecting"),
            Self::Open => f.write_str("open"),
            Self::Closed(info) => info.fmt(f),
            Self::Invalid(error) => f.write_str(error),
        }
    }
}

/// The address of the server.
#[derive(Clone)]
struct Url(String);

/// Shows the app; called by the page.
#[wasm_bindgen]
pub fn start(url: String) {
    dioxus::LaunchBuilder::web().with_context(Url(url)).launch(App);
}

#[component]
fn App() -> Element {
    let Url(url) = use_context();
    let mut joined = use_signal(|| false);
    rsx! {
        button { id: "toggle", onclick: move |_| joined.toggle(),
            if joined() { "Leave" } else { "Join" }
        }
        if joined() {
            Room { url }
        }
    }
}

#[component]
fn Room(url: String) -> Element {
    let mut status = use_signal(|| Status::Connecting);
    let mut lines = use_signal(Vec::new);
    let mut text = use_signal(String::new);
    let mut sender = use_signal(|| None::<WebSocketSender>);
    let mut attempt = use_signal(|| 0);

    use_effect(move || {
        attempt();
        status.set(Status::Connecting);
        match WebSocket::builder(&url).default_close_frame(LEFT).open() {
            Ok(socket) => {
                sender.set(Some(socket.sender()));
                // Dioxus' own `spawn`: the task ends with the component, and with it the connection.
                spawn(run(socket, status, lines));
            }
            Err(error) => status.set(Status::Invalid(error.to_string())),
        }
    });

    let send = move |event: FormEvent| {
        event.prevent_default();
        let Some(sender) = &*sender.peek() else { return };
        let sent = sender.try_send_str(&text.peek());
        match sent {
            Ok(()) => text.set(String::new()),
            Err(error) => lines.push(format!("Not sent: {error}")),
        }
    };
    let is_closed = matches!(*status.read(), Status::Closed(_));
    rsx! {
        p { id: "state", role: "status", "{status}" }
        ul { id: "log", aria_label: "Messages",
            for line in lines() {
                li { "{line}" }
            }
        }
        form { onsubmit: send,
            input {
                id: "text",
                aria_label: "Message",
                autocomplete: "off",
                value: "{text}",
                oninput: move |event| text.set(event.value()),
            }
            button { id: "send", disabled: status() != Status::Open, "Send" }
            button {
                id: "reconnect",
                r#type: "button",
                disabled: !is_closed,
                onclick: move |_| attempt += 1,
                "Reconnect"
            }
        }
    }
}

/// Receives until the connection has closed.
async fn run(mut socket: WebSocket, mut status: Signal<Status>, mut lines: Signal<Vec<String>>) {
    if socket.opened().await.is_ok() {
        status.set(Status::Open);
    }
    // An error means that the connection was lost; `closed` has the details.
    while let Some(Ok(message)) = socket.recv().await {
        lines.push(message.to_string());
    }
    status.set(Status::Closed(socket.closed().await));
}
