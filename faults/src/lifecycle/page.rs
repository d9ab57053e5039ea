//! A socket that is held while its page, iframe or worker ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use onclose::{CloseFrame, CloseInfo, WebSocket, WebSocketSender};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{End, HeldEnd, Hold, State};
use crate::job;

const BYE: CloseFrame = CloseFrame::from_static(4000, "bye");

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

struct Held {
    sender: WebSocketSender,
    closed: Rc<RefCell<Option<CloseInfo>>>,
    pending: Rc<Cell<u32>>,
    _pagehide: Option<Closure<dyn Fn()>>,
}

/// Opens a socket, brings it into a state, and holds it there with a task for each thing that can be awaited.
#[wasm_bindgen]
pub async fn hold(args: String) -> Result<String, JsError> {
    job::run(&args, async |Hold { url, state, farewell, timeout_ms }| -> Result<(), String> {
        let timeout = Duration::from_millis(timeout_ms);
        let builder = WebSocket::builder(&url).connect_timeout(timeout).close_timeout(timeout);
        let socket = builder.open().map_err(|error| error.to_string())?;
        let (sender, closed, pending) = (socket.sender(), Rc::new(RefCell::new(None)), Rc::new(Cell::new(3)));
        let done = |pending: &Cell<u32>| pending.set(pending.get() - 1);
        spawn_local({
            let (future, closed, pending) = (socket.closed(), Rc::clone(&closed), Rc::clone(&pending));
            async move {
                *closed.borrow_mut() = Some(future.await);
                done(&pending);
            }
        });
        spawn_local({
            let (sender, pending) = (sender.clone(), Rc::clone(&pending));
            async move {
                let _ = sender.opened().await;
                done(&pending);
            }
        });
        spawn_local({
            let (mut socket, pending) = (socket, Rc::clone(&pending));
            async move {
                while socket.recv().await.is_some() {}
                done(&pending);
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
        HELD.set(Some(Held { sender, closed, pending, _pagehide: pagehide }));
        Ok(())
    })
    .await
}

#[wasm_bindgen]
pub async fn held_end(args: String) -> Result<String, JsError> {
    job::run(&args, async |HeldEnd| {
        HELD.with_borrow(|held| {
            let held = held.as_ref().ok_or("No socket is held.")?;
            let state = held.sender.state();
            let end = held.closed.borrow().as_ref().map(|closed| End {
                code: closed.code().as_u16(),
                clean: closed.was_clean(),
                cause: Some(closed.cause().into()),
                pending: Some(held.pending.get()),
            });
            match end {
                Some(_) if state != onclose::ReadyState::Closed => {
                    Err("There is a close result before the state is closed.")
                }
                end => Ok(end),
            }
        })
    })
    .await
}
