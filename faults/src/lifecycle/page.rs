//! A socket that is held while its page, frame or worker goes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use onclose::{CloseFrame, CloseInfo, WebSocket, WebSocketSender};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::job;

const BYE: CloseFrame = CloseFrame::from_static(4000, "bye");

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

#[derive(Deserialize)]
struct Hold {
    url: String,
    state: State,
    /// Closes in `pagehide`.
    farewell: bool,
    /// For opening and closing, in milliseconds.
    deadline: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Connecting,
    Open,
    Closing,
}

struct Held {
    sender: WebSocketSender,
    closed: Rc<RefCell<Option<CloseInfo>>>,
    /// Waiters that were not told anything yet.
    waiting: Rc<Cell<u32>>,
    _pagehide: Option<Closure<dyn Fn()>>,
}

#[derive(Serialize)]
struct End {
    code: u16,
    clean: bool,
    cause: String,
    waiting: u32,
}

/// Opens a socket, brings it into a state, and keeps it there, with waiters for everything.
#[wasm_bindgen]
pub async fn hold(args: String) -> Result<String, JsError> {
    job::run(&args, async |Hold { url, state, farewell, deadline }: Hold| -> Result<(), String> {
        let deadline = Duration::from_millis(deadline);
        let builder = WebSocket::builder(&url).connect_timeout(deadline).close_timeout(deadline);
        let socket = builder.open().map_err(|error| error.to_string())?;
        let (sender, closed, waiting) = (socket.sender(), Rc::new(RefCell::new(None)), Rc::new(Cell::new(3)));
        let done = |waiting: &Cell<u32>| waiting.set(waiting.get() - 1);
        spawn_local({
            let (ended, closed, waiting) = (socket.closed(), Rc::clone(&closed), Rc::clone(&waiting));
            async move {
                *closed.borrow_mut() = Some(ended.await);
                done(&waiting);
            }
        });
        spawn_local({
            let (sender, waiting) = (sender.clone(), Rc::clone(&waiting));
            async move {
                let _ = sender.opened().await;
                done(&waiting);
            }
        });
        spawn_local({
            let (mut socket, waiting) = (socket, Rc::clone(&waiting));
            async move {
                while socket.recv().await.is_some() {}
                done(&waiting);
            }
        });
        let pagehide = farewell.then(|| {
            let sender = sender.clone();
            let closure = Closure::<dyn Fn()>::new(move || drop(sender.close(BYE)));
            let global: web_sys::EventTarget = js_sys::global().unchecked_into();
            global.add_event_listener_with_callback("pagehide", closure.as_ref().unchecked_ref()).map(|()| closure)
        });
        let pagehide = pagehide.transpose().map_err(|error| format!("{error:?}"))?;
        if state != State::Connecting {
            sender.opened().await.map_err(|error| error.to_string())?;
        }
        if state == State::Closing {
            drop(sender.close(BYE));
        }
        HELD.set(Some(Held { sender, closed, waiting, _pagehide: pagehide }));
        Ok(())
    })
    .await
}

/// How it ended, if it has, and who still waits.
#[wasm_bindgen]
pub async fn held_end(args: String) -> Result<String, JsError> {
    job::run(&args, async |(): ()| {
        HELD.with_borrow(|held| {
            let held = held.as_ref().ok_or("Nothing is held.")?;
            let state = held.sender.state();
            let end = held.closed.borrow().as_ref().map(|closed| End {
                code: closed.code().as_u16(),
                clean: closed.was_clean(),
                cause: format!("{:?}", closed.cause()),
                waiting: held.waiting.get(),
            });
            match end {
                Some(_) if state != onclose::ReadyState::Closed => Err("It has ended and is not closed."),
                end => Ok(end),
            }
        })
    })
    .await
}
