//! Ties the page's parts together.

mod playground;
mod runs;

use super::connection::Connection;
use super::i18n::{self, Value};
use super::peer::{self, Peer};
use super::raw_socket::Beside;
use super::view::{self, Chooser, CloseFields, Explorer, LoadPanel, PeerFields, ResultPanel, Said, Timeline};
use crate::lang::Lang;
use crate::scenarios::{Choice, Target};
use gloo_events::EventListener;
use onclose::ReadyState;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, Event, EventTarget, HtmlButtonElement, HtmlSelectElement, Window};

pub(crate) struct App {
    window: Window,
    document: Document,
    language: HtmlSelectElement,
    chooser: Chooser,
    peer_fields: PeerFields,
    close_fields: CloseFields,
    timeline: Rc<Timeline>,
    result: ResultPanel,
    explorer: Explorer,
    loads: [LoadPanel; 2],
    /// Of the run that goes on, if one does.
    cancel: RefCell<Option<Rc<Cell<bool>>>>,
    buttons: Buttons,
    panel: Element,
    state_text: Element,
    peer_status: Element,
    peer_address: Element,
    peer_silent: Element,
    peer: RefCell<Peer>,
    tls_ports: RefCell<JsValue>,
    connection: RefCell<Option<Connection>>,
    beside: RefCell<Option<Beside>>,
    /// `None` before the first connection.
    state: Cell<Option<ReadyState>>,
    /// How long the connection may take to close, in milliseconds, for the drawing.
    close_deadline: Cell<u32>,
    /// What the browser said of each, to be set beside what the crate concluded.
    said: RefCell<Said>,
    said_raw: RefCell<Said>,
    listeners: RefCell<Vec<EventListener>>,
}

struct Buttons {
    connect: HtmlButtonElement,
    close: HtmlButtonElement,
    drop: HtmlButtonElement,
    clear: HtmlButtonElement,
}

impl App {
    pub(crate) fn start(window: &Window, lang: Lang) -> Result<Rc<Self>, JsValue> {
        let document = window.document().ok_or("this page needs a document")?;
        let app = Rc::new(Self::new(document, window));
        app.language.set_value(lang.tag());
        app.say_all(lang);
        app.listen();
        app.chosen();
        app.explorer.follow(&window.location().hash().unwrap_or_default());
        let me = Rc::clone(&app);
        spawn_local(async move {
            let peer = peer::find(&me.window).await;
            if let Peer::Found(address) = &peer {
                let ports = peer::tls_ports(&me.window, address).await;
                me.tls_ports.replace(ports);
            }
            me.peer.replace(peer);
            me.refresh();
        });
        Ok(app)
    }

    fn new(document: Document, window: &Window) -> Self {
        Self {
            window: window.clone(),
            language: view::by_id(&document, "language"),
            chooser: Chooser::new(&document),
            peer_fields: PeerFields::new(&document),
            close_fields: CloseFields::new(&document),
            timeline: Timeline::new(&document, window),
            result: ResultPanel::new(&document),
            explorer: Explorer::new(&document),
            loads: [LoadPanel::new(&document, "cycles", 100_000), LoadPanel::new(&document, "echo", 1_000_000)],
            cancel: RefCell::default(),
            buttons: Buttons {
                connect: view::by_id(&document, "connect"),
                close: view::by_id(&document, "close"),
                drop: view::by_id(&document, "drop"),
                clear: view::by_id(&document, "clear"),
            },
            panel: view::by_id(&document, "connection"),
            state_text: view::by_id(&document, "state"),
            peer_status: view::by_id(&document, "peer"),
            peer_address: view::by_id(&document, "peer-address"),
            peer_silent: view::by_id(&document, "peer-silent"),
            peer: RefCell::new(Peer::Looking),
            tls_ports: RefCell::new(JsValue::UNDEFINED),
            connection: RefCell::default(),
            beside: RefCell::default(),
            state: Cell::default(),
            close_deadline: Cell::default(),
            said: RefCell::default(),
            said_raw: RefCell::default(),
            listeners: RefCell::default(),
            document,
        }
    }

    fn listen(self: &Rc<Self>) {
        let target = |id: &str| view::by_id::<EventTarget>(&self.document, id);
        let (choose, close_form, find) = (target("choose"), target("close-form"), target("find"));
        let (cycles, echo) = (target("cycles"), target("echo"));
        let mut listeners = vec![
            self.on(&choose, "submit", |app, event| {
                event.prevent_default();
                app.connect();
            }),
            self.on(&choose, "change", |app, event| {
                // The fields of the peer's frame are in the same form, and change no deadline.
                match event.target().is_some_and(|target| view::is_radio(&target)) {
                    true => app.chosen(),
                    false => app.refresh(),
                }
            }),
            self.on(&choose, "input", |app, _| app.peer_fields.refresh()),
            self.on(&close_form, "submit", |app, event| {
                event.prevent_default();
                app.close();
            }),
            self.on(&close_form, "input", |app, _| app.close_fields.refresh()),
            self.on(&self.buttons.drop, "click", |app, _| app.drop_socket()),
            self.on(&self.buttons.clear, "click", |app, _| app.clear()),
            self.on(&self.language, "change", |app, _| app.change_language()),
            self.on(&find, "input", |app, _| app.explorer.search()),
            self.on(&find, "submit", |_, event| event.prevent_default()),
            self.on(&self.window, "hashchange", |app, _| {
                let hash = app.window.location().hash().unwrap_or_default();
                app.explorer.follow(&hash);
            }),
            self.on(&cycles, "submit", |app, event| {
                event.prevent_default();
                app.run_cycles();
            }),
            self.on(&echo, "submit", |app, event| {
                event.prevent_default();
                app.run_echo();
            }),
        ];
        listeners.extend(self.loads.iter().map(|load| self.on(load.cancel_button(), "click", |app, _| app.cancel())));
        self.listeners.replace(listeners);
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

    fn change_language(self: &Rc<Self>) {
        let lang = Lang::from_tag(&self.language.value()).unwrap_or(Lang::English);
        super::keep(&self.window, lang);
        let me = Rc::clone(self);
        spawn_local(async move {
            // Where the words cannot be fetched, those that are there stay.
            if i18n::load(&me.window, lang).await.is_ok() {
                me.say_all(lang);
            }
        });
    }

    fn say_all(&self, lang: Lang) {
        if let Some(root) = self.document.document_element() {
            view::set(&root, "lang", lang.tag());
        }
        i18n::say_all(&self.document);
        // What was found may be another by other words.
        self.explorer.search();
    }

    /// Another choice brings its own deadlines.
    fn chosen(&self) {
        if let Some(choice) = self.chooser.chosen() {
            self.close_fields.set_deadlines(choice.connect_deadline, choice.close_deadline);
        }
        self.refresh();
    }

    fn has_what_it_needs(&self, choice: &Choice) -> bool {
        match choice.target {
            Target::Port(_) => true,
            Target::Tls(name) => peer::tls_port(&self.tls_ports.borrow(), name).is_some(),
            Target::Peer(_) | Target::PeerFrame => self.peer.borrow().address().is_some(),
        }
    }

    /// Brings what is shown up to date with what is.
    fn refresh(&self) {
        self.chooser.refresh();
        self.peer_fields.refresh();
        self.close_fields.refresh();
        self.refresh_peer();

        let state = self.state.get().map_or("none".to_owned(), |state| state.to_string());
        view::set_data(&self.panel, "state", &state);
        i18n::put(&self.state_text, &format!("state.{state}"), &[]);

        let can_connect = self.chooser.chosen().is_none_or(|choice| self.has_what_it_needs(choice));
        self.buttons.connect.set_disabled(!can_connect);
        self.buttons.close.set_disabled(!self.can_end());
        self.buttons.drop.set_disabled(!self.can_end());
        self.buttons.clear.set_disabled(self.is_live() || self.timeline.is_empty());
        self.refresh_loads();
    }

    fn refresh_peer(&self) {
        let peer = self.peer.borrow();
        let state = match &*peer {
            Peer::Looking => "looking",
            Peer::Found(_) => "found",
            Peer::Silent(_) => "silent",
            Peer::Unknown => "unknown",
        };
        view::set_data(&self.peer_status, "state", state);
        let address = peer.address().unwrap_or_default();
        self.peer_address.set_text_content(Some(address));
        i18n::put(&self.peer_silent, "peer.silent", &[("address", Value::Text(address))]);
        if let Some(root) = self.document.document_element() {
            view::set_data(&root, "peer", state);
        }
    }
}
