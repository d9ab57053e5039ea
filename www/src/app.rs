//! Ties the page's parts to its one connection.

use crate::connection::{Connection, Happening};
use crate::peer::{self, Peer};
use crate::view::{self, Chooser, CloseFields, PeerFields, ResultPanel, Source, Timeline};
use crate::{choices::PeerFrame, words};
use gloo_events::EventListener;
use onclose::{Cause, Closed, ReadyState};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, Event, EventTarget, HtmlButtonElement};

pub(crate) struct App {
    chooser: Chooser,
    peer_fields: PeerFields,
    close_fields: CloseFields,
    timeline: Timeline,
    result: ResultPanel,
    buttons: Buttons,
    panel: Element,
    state_text: Element,
    peer_status: Element,
    peer_address: Element,
    peer: RefCell<Peer>,
    connection: RefCell<Option<Connection>>,
    /// `None` before the first connection.
    state: Cell<Option<ReadyState>>,
    /// The browser's events since connecting, to be set beside what the crate concluded.
    said: RefCell<Vec<String>>,
    listeners: RefCell<Vec<EventListener>>,
}

struct Buttons {
    connect: HtmlButtonElement,
    close: HtmlButtonElement,
    drop: HtmlButtonElement,
    clear: HtmlButtonElement,
}

impl App {
    pub(crate) fn start() -> Result<Rc<Self>, JsValue> {
        let window = web_sys::window().ok_or("this page needs a window")?;
        let document = window.document().ok_or("this page needs a document")?;
        let app = Rc::new(Self::new(&document, &window)?);
        app.listen(&document)?;
        app.refresh();
        let me = Rc::clone(&app);
        spawn_local(async move {
            let peer = peer::find(&window).await;
            me.peer.replace(peer);
            me.refresh();
        });
        Ok(app)
    }

    fn new(document: &Document, window: &web_sys::Window) -> Result<Self, JsValue> {
        Ok(Self {
            chooser: Chooser::new(document)?,
            peer_fields: PeerFields::new(document)?,
            close_fields: CloseFields::new(document)?,
            timeline: Timeline::new(document, window.performance())?,
            result: ResultPanel::new(document)?,
            buttons: Buttons {
                connect: view::by_id(document, "connect")?,
                close: view::by_id(document, "close")?,
                drop: view::by_id(document, "drop")?,
                clear: view::by_id(document, "clear")?,
            },
            panel: view::by_id(document, "connection")?,
            state_text: view::by_id(document, "state")?,
            peer_status: view::by_id(document, "peer")?,
            peer_address: view::by_id(document, "peer-address")?,
            peer: RefCell::new(Peer::Looking),
            connection: RefCell::default(),
            state: Cell::default(),
            said: RefCell::default(),
            listeners: RefCell::default(),
        })
    }

    fn listen(self: &Rc<Self>, document: &Document) -> Result<(), JsValue> {
        let choose: EventTarget = view::by_id(document, "choose")?;
        let close_form: EventTarget = view::by_id(document, "close-form")?;
        let listeners = vec![
            self.on(&choose, "submit", |app, event| {
                event.prevent_default();
                app.connect();
            }),
            self.on(&choose, "change", |app, _| app.refresh()),
            self.on(&choose, "input", |app, _| app.peer_fields.refresh()),
            self.on(&close_form, "submit", |app, event| {
                event.prevent_default();
                app.close();
            }),
            self.on(&close_form, "input", |app, _| app.close_fields.refresh()),
            self.on(&self.buttons.drop, "click", |app, _| app.drop_socket()),
            self.on(&self.buttons.clear, "click", |app, _| app.clear()),
        ];
        self.listeners.replace(listeners);
        Ok(())
    }

    /// Weakly, because the app owns its listeners.
    fn on(self: &Rc<Self>, target: &EventTarget, event: &'static str, run: fn(&Rc<Self>, &Event)) -> EventListener {
        let me = Rc::downgrade(self);
        view::on(target, event, move |event| {
            if let Some(app) = Weak::upgrade(&me) {
                run(&app, event);
            }
        })
    }

    fn connect(self: &Rc<Self>) {
        let Some(choice) = self.chooser.chosen() else { return };
        let frame = match choice.takes_peer_frame() {
            true => self.peer_fields.frame(),
            false => Some(PeerFrame { code: 1000, reason: String::new() }),
        };
        let Some(frame) = frame else { return };
        let address = self.peer.borrow().address().map(str::to_owned);
        if address.is_none() && choice.needs_peer() {
            return;
        }

        let replaced = self.is_live();
        let old = self.connection.take();
        drop(old);
        self.timeline.clear();
        self.timeline.begin();
        self.said.take();
        if replaced {
            self.tell(Source::You, "replaced", "Dropped the connection before", "");
        }

        let id = new_id();
        let address = address.unwrap_or_default();
        let mut plan = choice.plan(&address, &frame);
        self.tell(
            Source::You,
            "connecting",
            "Connect",
            &words::url(plan.url.strip_prefix(&address).unwrap_or(&plan.url)),
        );
        if choice.needs_peer() {
            // By this name the peer can be asked what it saw.
            let mark = if plan.url.contains('?') { '&' } else { '?' };
            plan.url.push_str(&format!("{mark}id={id}"));
        }
        view::set_data(&self.panel, "id", &id);
        self.result.wait(choice.is_yours);
        self.state.set(Some(ReadyState::Connecting));

        let me = Rc::downgrade(self);
        let report = Rc::new(move |happening| {
            if let Some(app) = Weak::upgrade(&me) {
                app.happened(happening);
            }
        });
        match Connection::open(&plan, report) {
            Ok(connection) => *self.connection.borrow_mut() = Some(connection),
            Err(error) => {
                self.tell(Source::Browser, "refused", error.name(), error.message());
                self.result.refused(&error);
                self.state.set(Some(ReadyState::Closed));
            }
        }
        self.refresh();
        view::show(&self.panel);
    }

    fn close(&self) {
        if !self.can_end() {
            return;
        }
        let Some(frame) = self.close_fields.frame() else { return };
        if let Some(connection) = &*self.connection.borrow() {
            connection.close(frame);
        }
    }

    fn drop_socket(&self) {
        if let Some(connection) = &*self.connection.borrow() {
            connection.drop_socket();
        }
    }

    fn clear(&self) {
        if self.is_live() {
            return;
        }
        // Its listeners may still wait for what the browser says after a deadline.
        let old = self.connection.take();
        drop(old);
        self.timeline.clear();
        self.result.clear();
        self.state.set(None);
        self.refresh();
    }

    fn happened(&self, happening: Happening) {
        match &happening {
            Happening::Open => {
                self.state.set(Some(ReadyState::Open));
                self.tell(Source::Onclose, "open", "Open", "");
            }
            Happening::Sent(text) => self.tell(Source::You, "sent", "Sent", &format!("“{text}”")),
            Happening::Message(message) => {
                self.tell(Source::Onclose, "message", "Message", &words::message(message));
            }
            Happening::ErrorEvent => self.browser_said("error-event", "error", "error event", ""),
            Happening::CloseEvent(event) => {
                let detail = words::event(event);
                self.browser_said("close-event", &format!("close with {detail}"), "close event,", &detail);
            }
            Happening::Closing(frame) => {
                self.state.set(Some(ReadyState::Closing));
                self.tell(Source::You, "our-close", "Close", &words::frame(frame));
            }
            Happening::Dropped => {
                self.state.set(Some(ReadyState::Closing));
                self.tell(Source::You, "dropped", "Dropped the socket", "");
            }
            Happening::Closed(closed) => self.closed(closed),
        }
        self.refresh();
    }

    fn closed(&self, closed: &Closed) {
        if closed.cause() == Cause::Deadline {
            self.tell(Source::Onclose, "deadline", "Deadline:", "stopped waiting for the browser");
        }
        self.tell(Source::Onclose, "closed", "Ended,", &closed.to_string());
        self.state.set(Some(ReadyState::Closed));
        self.result.show(closed);
        self.result.show_browser(&self.said.borrow());
    }

    /// An event of the browser's own, for the timeline and for the result.
    fn browser_said(&self, kind: &str, short: &str, what: &str, detail: &str) {
        self.tell(Source::Browser, kind, what, detail);
        let late = self.state.get() == Some(ReadyState::Closed);
        self.said.borrow_mut().push(if late { format!("{short} (after the deadline)") } else { short.to_owned() });
        self.result.show_browser(&self.said.borrow());
    }

    fn tell(&self, source: Source, kind: &str, what: &str, detail: &str) {
        // A line that cannot be shown is no reason to stop a connection.
        let _ = self.timeline.add(source, kind, what, detail);
    }

    fn is_live(&self) -> bool {
        !matches!(self.state.get(), None | Some(ReadyState::Closed))
    }

    fn can_end(&self) -> bool {
        matches!(self.state.get(), Some(ReadyState::Connecting | ReadyState::Open))
    }

    /// Brings what is shown up to date with what is.
    fn refresh(&self) {
        self.chooser.refresh();
        self.peer_fields.refresh();
        self.close_fields.refresh();
        self.refresh_peer();

        let state = self.state.get().map_or("none".to_owned(), |state| state.to_string());
        view::set_data(&self.panel, "state", &state);
        self.state_text.set_text_content(Some(if state == "none" { "not connected" } else { &state }));

        let needs_peer = self.chooser.chosen().is_none_or(|choice| choice.needs_peer());
        let has_peer = self.peer.borrow().address().is_some();
        self.buttons.connect.set_disabled(needs_peer && !has_peer);
        self.buttons.close.set_disabled(!self.can_end());
        self.buttons.drop.set_disabled(!self.can_end());
        self.buttons.clear.set_disabled(self.is_live() || self.timeline.is_empty());
    }

    fn refresh_peer(&self) {
        let peer = self.peer.borrow();
        view::set_data(
            &self.peer_status,
            "state",
            match &*peer {
                Peer::Looking => "looking",
                Peer::Found(_) => "found",
                Peer::Silent(_) => "silent",
                Peer::Unknown => "unknown",
            },
        );
        self.peer_address.set_text_content(peer.address());
    }
}

/// A name for a connection, by which the peer can be asked what it saw.
fn new_id() -> String {
    let number = (js_sys::Math::random() * 1e9) as u32;
    format!("www-{number}")
}
