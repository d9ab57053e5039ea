//! The application: owns the parts of the page and connects their events.

mod playground;
mod runs;

use super::connection::Connection;
use super::i18n::{self, Value};
use super::peer::{self, Peer};
use super::raw_socket::RawSocket;
use super::view::{
    self, BrowserEvents, ClientFields, CodeList, LoadPanel, ResultPanel, ScenarioList, ServerFields, Timeline,
};
use crate::lang::Lang;
use crate::scenarios::{Scenario, Target};
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
    scenarios: ScenarioList,
    server_fields: ServerFields,
    client_fields: ClientFields,
    timeline: Rc<Timeline>,
    result: ResultPanel,
    codes: CodeList,
    load_panels: [LoadPanel; 2],
    /// Set to `true` to cancel the load run in progress; `None` if there is none.
    cancel: RefCell<Option<Rc<Cell<bool>>>>,
    buttons: Buttons,
    client_panel: Element,
    state_text: Element,
    peer_status: Element,
    peer_address: Element,
    peer_unreachable: Element,
    peer: RefCell<Peer>,
    tls_ports: RefCell<JsValue>,
    connection: RefCell<Option<Connection>>,
    raw_socket: RefCell<Option<RawSocket>>,
    /// `None` before the first connection.
    state: Cell<Option<ReadyState>>,
    /// The connection's `close_timeout`, for the chart.
    close_timeout_ms: Cell<u32>,
    browser_events: RefCell<BrowserEvents>,
    raw_browser_events: RefCell<BrowserEvents>,
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
        let document = window.document().ok_or("there is no document")?;
        let app = Rc::new(Self::new(document, window));
        app.language.set_value(lang.tag());
        app.translate(lang);
        app.listen();
        app.scenario_selected();
        app.codes.show_linked(&window.location().hash().unwrap_or_default());
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
            scenarios: ScenarioList::new(&document),
            server_fields: ServerFields::new(&document),
            client_fields: ClientFields::new(&document),
            timeline: Timeline::new(&document, window),
            result: ResultPanel::new(&document),
            codes: CodeList::new(&document),
            load_panels: [LoadPanel::new(&document, "cycles", 100_000), LoadPanel::new(&document, "echo", 1_000_000)],
            cancel: RefCell::default(),
            buttons: Buttons {
                connect: view::by_id(&document, "connect"),
                close: view::by_id(&document, "close"),
                drop: view::by_id(&document, "drop"),
                clear: view::by_id(&document, "clear"),
            },
            client_panel: view::by_id(&document, "connection"),
            state_text: view::by_id(&document, "state"),
            peer_status: view::by_id(&document, "peer"),
            peer_address: view::by_id(&document, "peer-address"),
            peer_unreachable: view::by_id(&document, "peer-unreachable"),
            peer: RefCell::new(Peer::Searching),
            tls_ports: RefCell::new(JsValue::UNDEFINED),
            connection: RefCell::default(),
            raw_socket: RefCell::default(),
            state: Cell::default(),
            close_timeout_ms: Cell::default(),
            browser_events: RefCell::default(),
            raw_browser_events: RefCell::default(),
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
                // The fields of the server's frame are in the same form, but must not reset the timeouts.
                match event.target().is_some_and(|target| view::is_radio(&target)) {
                    true => app.scenario_selected(),
                    false => app.refresh(),
                }
            }),
            self.on(&choose, "input", |app, _| app.server_fields.refresh()),
            self.on(&close_form, "submit", |app, event| {
                event.prevent_default();
                app.close();
            }),
            self.on(&close_form, "input", |app, _| app.client_fields.refresh()),
            self.on(&self.buttons.drop, "click", |app, _| app.drop_socket()),
            self.on(&self.buttons.clear, "click", |app, _| app.clear()),
            self.on(&self.language, "change", |app, _| app.change_language()),
            self.on(&find, "input", |app, _| app.codes.search()),
            self.on(&find, "submit", |_, event| event.prevent_default()),
            self.on(&self.window, "hashchange", |app, _| {
                let hash = app.window.location().hash().unwrap_or_default();
                app.codes.show_linked(&hash);
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
        let cancel = |panel: &LoadPanel| self.on(panel.cancel_button(), "click", |app, _| app.cancel());
        listeners.extend(self.load_panels.iter().map(cancel));
        self.listeners.replace(listeners);
    }

    /// Adds a listener that holds the app weakly: the app owns its listeners, and a strong reference would be a cycle.
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
        super::store_language(&self.window, lang);
        let me = Rc::clone(self);
        spawn_local(async move {
            // If the texts cannot be fetched, the page keeps its current language.
            if i18n::load(&me.window, lang).await.is_ok() {
                me.translate(lang);
            }
        });
    }

    fn translate(&self, lang: Lang) {
        if let Some(root) = self.document.document_element() {
            view::set(&root, "lang", lang.tag());
        }
        i18n::translate_all(&self.document);
        // The search also matches translated texts, so the same query may match other codes.
        self.codes.search();
    }

    /// Sets the timeouts of the selected scenario.
    fn scenario_selected(&self) {
        if let Some(scenario) = self.scenarios.selected() {
            self.client_fields.set_timeouts(scenario.connect_timeout_s, scenario.close_timeout_s);
        }
        self.refresh();
    }

    fn can_run(&self, scenario: &Scenario) -> bool {
        match scenario.target {
            Target::Port(_) => true,
            Target::Tls(name) => peer::tls_port(&self.tls_ports.borrow(), name).is_some(),
            Target::Route(_) | Target::TypedFrame => self.peer.borrow().address().is_some(),
        }
    }

    /// Updates everything that depends on the app's state.
    fn refresh(&self) {
        self.scenarios.refresh();
        self.server_fields.refresh();
        self.client_fields.refresh();
        self.refresh_peer();

        let state = self.state.get().map_or("none".to_owned(), |state| state.to_string());
        view::set_data(&self.client_panel, "state", &state);
        i18n::set_text(&self.state_text, &format!("state.{state}"), &[]);

        let can_connect = self.scenarios.selected().is_none_or(|scenario| self.can_run(scenario));
        self.buttons.connect.set_disabled(!can_connect);
        self.buttons.close.set_disabled(!self.can_close());
        self.buttons.drop.set_disabled(!self.can_close());
        self.buttons.clear.set_disabled(self.is_live() || self.timeline.is_empty());
        self.refresh_load_panels();
    }

    fn refresh_peer(&self) {
        let peer = self.peer.borrow();
        let state = match &*peer {
            Peer::Searching => "searching",
            Peer::Found(_) => "found",
            Peer::Unreachable(_) => "unreachable",
            Peer::Unknown => "unknown",
        };
        view::set_data(&self.peer_status, "state", state);
        let address = peer.address().unwrap_or_default();
        self.peer_address.set_text_content(Some(address));
        i18n::set_text(&self.peer_unreachable, "peer.unreachable", &[("address", Value::Text(address))]);
        if let Some(root) = self.document.document_element() {
            view::set_data(&root, "peer", state);
        }
    }
}
