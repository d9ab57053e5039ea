//! A chat room. [`Room`] owns the connection by a guard: when it is unmounted, even while connecting, the connection is
//! closed.

use std::fmt;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
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

/// Shows the app; called by the page.
#[wasm_bindgen]
pub fn start(url: String) {
    mount_to_body(move || view! { <App url /> });
}

#[component]
fn App(url: String) -> impl IntoView {
    let joined = RwSignal::new(false);
    let toggle = move |_| joined.update(|joined| *joined = !*joined);
    view! {
        <button id="toggle" on:click=toggle>
            {move || if joined.get() { "Leave" } else { "Join" }}
        </button>
        <Show when=move || joined.get()>
            <Room url=url.clone() />
        </Show>
    }
}

#[component]
fn Room(url: String) -> impl IntoView {
    let status = RwSignal::new(Status::Connecting);
    let lines = RwSignal::new(Vec::new());
    let text = RwSignal::new(String::new());
    // The handles of a socket belong to its thread, so they need local storage.
    let sender = StoredValue::new_local(None::<WebSocketSender>);
    let attempt = RwSignal::new(0);

    Effect::new(move || {
        attempt.track();
        status.set(Status::Connecting);
        match WebSocket::builder(&url).open() {
            Ok(socket) => {
                // The effect owns the guard: it is dropped when the effect runs again, and when the room is unmounted.
                StoredValue::new_local(socket.close_on_drop(LEFT));
                sender.set_value(Some(socket.sender()));
                spawn_local(run(socket, status, lines));
            }
            Err(error) => status.set(Status::Invalid(error.to_string())),
        }
    });

    let send = move |event: SubmitEvent| {
        event.prevent_default();
        sender.with_value(|sender| {
            let Some(sender) = sender else { return };
            // A statement of its own: in the `match`, the guard of `text` would live until `set`, which waits for it.
            let sent = sender.try_send_str(&text.read_untracked());
            match sent {
                Ok(()) => text.set(String::new()),
                Err(error) => lines.update(|lines| lines.push(format!("Not sent: {error}"))),
            }
        });
    };
    let is_open = move || status.with(|status| *status == Status::Open);
    let is_closed = move || status.with(|status| matches!(status, Status::Closed(_)));
    view! {
        <p id="state" role="status">{move || status.get().to_string()}</p>
        <ul id="log" aria-label="Messages">
            <For each=move || lines.get().into_iter().enumerate() key=|(index, _)| *index let((_, line))>
                <li>{line}</li>
            </For>
        </ul>
        <form on:submit=send>
            <input id="text" aria-label="Message" autocomplete="off" bind:value=text />
            <button id="send" disabled=move || !is_open()>"Send"</button>
            <button id="reconnect" type="button" disabled=move || !is_closed() on:click=move |_| attempt.update(|n| *n += 1)>
                "Reconnect"
            </button>
        </form>
    }
}

/// Receives until the connection has closed. The room may have been removed by then, and its signals with it: hence `try_`.
async fn run(mut socket: WebSocket, status: RwSignal<Status>, lines: RwSignal<Vec<String>>) {
    if socket.opened().await.is_ok() {
        status.try_set(Status::Open);
    }
    // An error means that the connection was lost; `closed` has the details.
    while let Some(Ok(message)) = socket.recv().await {
        lines.try_update(|lines| lines.push(message.to_string()));
    }
    status.try_set(Status::Closed(socket.closed().await));
}
