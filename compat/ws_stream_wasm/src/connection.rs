use crate::local::{Home, Local};
use crate::{WsErr, WsEvent, WsState};
use onclose::{CloseCause, ClosedFuture, ClosingFuture, ReadyState};
use pharos::SharedPharos;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use wasm_bindgen_futures::spawn_local;

/// What [`WsMeta`](crate::WsMeta) and [`WsStream`](crate::WsStream) share.
#[derive(Clone)]
pub(crate) struct Connection {
    raw: Local<web_sys::WebSocket>,
    pub(crate) events: SharedPharos<WsEvent>,
    /// One of them has closed the connection.
    close_requested: Arc<AtomicBool>,
}

impl Connection {
    pub(crate) fn new(raw: web_sys::WebSocket) -> (Self, Home<web_sys::WebSocket>) {
        let (raw, home) = Local::new(raw);
        (Self { raw, events: SharedPharos::default(), close_requested: Arc::default() }, home)
    }

    /// Returns the browser's socket.
    ///
    /// # Panics
    ///
    /// On another thread than the socket's.
    pub(crate) fn raw(&self) -> &web_sys::WebSocket {
        self.raw.get()
    }

    /// Returns the state of the connection, of which this is known without asking the browser.
    pub(crate) fn state(&self, known: ReadyState) -> WsState {
        let browser = self.raw.try_get().and_then(|raw| ReadyState::try_from(raw.ready_state()).ok());
        // The browser knows first, unless it still waits for the server after the timeout of a close.
        browser.map_or(known, |browser| browser.max(known)).into()
    }

    /// Has [`WsEvent::Closing`] delivered when closing begins.
    pub(crate) fn request_close(&self) {
        self.close_requested.store(true, SeqCst);
    }

    /// Spawns the task that delivers events, on the socket's thread.
    ///
    /// Not [`WsEvent::Open`]: the original delivers it before anything can be observed.
    pub(crate) fn deliver_events(&self, closing: ClosingFuture, closed: ClosedFuture, home: Home<web_sys::WebSocket>) {
        let (events, close_requested) = (self.events.clone(), Arc::clone(&self.close_requested));
        spawn_local(async move {
            closing.await;
            if close_requested.load(SeqCst) {
                notify(&events, WsEvent::Closing).await;
            }
            let info = closed.await;
            if info.cause() == CloseCause::Lost {
                notify(&events, WsEvent::Error).await;
            }
            notify(&events, WsEvent::Closed(info.event().into())).await;
            // The observers' streams end when the handles are dropped.
            drop(events);
            home.outlive_handles().await;
        });
    }

    /// Delivers that a message could not be read.
    pub(crate) fn unreadable_message(&self) {
        let events = self.events.clone();
        spawn_local(async move { notify(&events, WsEvent::WsErr(WsErr::UnknownDataType)).await });
    }
}

async fn notify(events: &SharedPharos<WsEvent>, event: WsEvent) {
    // Fails only after the sink of events was closed, which nothing does.
    let _closed = events.notify(event).await;
}
