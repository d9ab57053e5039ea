//! A chat room. [`Room`] owns the connection by a guard: when it is unmounted, even while connecting, the connection is
//! closed.

use std::fmt;
use std::rc::Rc;

use onclose::{CloseFrame, CloseInfo, WebSocket, WebSocketSender};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

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

/// The lines of the room. A reducer, because a task that runs for long would append to the lines of an earlier render.
#[derive(Default)]
struct Lines(Vec<String>);

impl Reducible for Lines {
    type Action = String;

    fn reduce(self: Rc<Self>, line: String) -> Rc<Self> {
        let mut lines = self.0.clone();
        lines.push(line);
        Rc::new(Self(lines))
    }
}

/// Shows the app; called by the page.
#[wasm_bindgen]
pub fn start(url: String) {
    let document = web_sys::window().and_then(|window| window.document()).expect("a page has a document");
    let main = document.get_element_by_id("main").expect("index.html has an element `main`");
    yew::Renderer::<App>::with_root_and_props(main, Props { url: url.into() }).render();
}

#[derive(Clone, PartialEq, Properties)]
struct Props {
    url: AttrValue,
}

#[component]
fn App(props: &Props) -> Html {
    let joined = use_state(|| false);
    let toggle = {
        let joined = joined.clone();
        move |_| joined.set(!*joined)
    };
    html! {
        <>
            <button id="toggle" onclick={toggle}>{ if *joined { "Leave" } else { "Join" } }</button>
            if *joined {
                <Room url={props.url.clone()} />
            }
        </>
    }
}

#[component]
fn Room(props: &Props) -> Html {
    let status = use_state(|| Status::Connecting);
    let lines = use_reducer(Lines::default);
    let input = use_node_ref();
    let sender = use_mut_ref(|| None::<WebSocketSender>);
    let attempt = use_state(|| 0);

    use_effect_with((props.url.clone(), *attempt), {
        let (status, lines, sender) = (status.setter(), lines.dispatcher(), sender.clone());
        move |(url, _)| {
            status.set(Status::Connecting);
            let guard = match WebSocket::builder(url).open() {
                Ok(socket) => {
                    let guard = socket.close_on_drop(LEFT);
                    sender.replace(Some(socket.sender()));
                    spawn_local(run(socket, status, lines));
                    Some(guard)
                }
                Err(error) => {
                    status.set(Status::Invalid(error.to_string()));
                    None
                }
            };
            // Called before the effect runs again, and when the room is unmounted.
            move || drop(guard)
        }
    });

    let send = {
        let (input, lines) = (input.clone(), lines.dispatcher());
        move |event: SubmitEvent| {
            event.prevent_default();
            let (Some(input), Some(sender)) = (input.cast::<HtmlInputElement>(), &*sender.borrow()) else { return };
            match sender.try_send_str(&input.value()) {
                Ok(()) => input.set_value(""),
                Err(error) => lines.dispatch(format!("Not sent: {error}")),
            }
        }
    };
    let reconnect = {
        let attempt = attempt.clone();
        move |_| attempt.set(*attempt + 1)
    };
    let is_closed = matches!(*status, Status::Closed(_));
    html! {
        <>
            <p id="state" role="status">{ status.to_string() }</p>
            <ul id="log" aria-label="Messages">
                { for lines.0.iter().map(|line| html! { <li>{ line }</li> }) }
            </ul>
            <form onsubmit={send}>
                <input id="text" aria-label="Message" autocomplete="off" ref={input} />
                <button id="send" disabled={*status != Status::Open}>{ "Send" }</button>
                <button id="reconnect" type="button" disabled={!is_closed} onclick={reconnect}>{ "Reconnect" }</button>
            </form>
        </>
    }
}

/// Receives until the connection has closed. The room may have been removed by then: Yew ignores what is set after that.
async fn run(mut socket: WebSocket, status: UseStateSetter<Status>, lines: UseReducerDispatcher<Lines>) {
    if socket.opened().await.is_ok() {
        status.set(Status::Open);
    }
    // An error means that the connection was lost; `closed` has the details.
    while let Some(Ok(message)) = socket.recv().await {
        lines.dispatch(message.to_string());
    }
    status.set(Status::Closed(socket.closed().await));
}
