//! The playground: one scenario, through the crate and on a plain `WebSocket`.

use super::App;
use crate::input::ServerFrame;
use crate::lane::{Mark, State};
use crate::page::connection::{Connection, DROP_FRAME, Event, Options};
use crate::page::i18n::Value;
use crate::page::raw_socket::{RawEvent, RawSocket};
use crate::page::view::{self, Detail, Lane, Source};
use crate::page::{labels, peer};
use crate::scenarios::{Scenario, Target};
use onclose::{CloseFrame, CloseInfo, ReadyState};
use std::rc::{Rc, Weak};
use std::time::Duration;

impl App {
    pub(super) fn connect(self: &Rc<Self>) {
        let Some(scenario) = self.scenarios.selected() else { return };
        let frame = match scenario.has_typed_frame() {
            true => self.server_fields.frame(),
            false => Some(ServerFrame { code: 1000, reason: String::new() }),
        };
        let Some(frame) = frame else { return };
        let Some((connect_timeout_s, close_timeout_s)) = self.client_fields.timeouts() else { return };
        let Some((url, shown)) = self.url(scenario, &frame) else { return };

        let replaced = self.is_live();
        self.reset();
        if replaced {
            self.add_entry(Lane::Onclose, Source::You, "replaced", "t.replaced", &Detail::None);
        }
        let (id, raw_id) = (new_id(), new_id());
        for lane in [Lane::Onclose, Lane::Raw] {
            self.timeline.enter(lane, State::Connecting);
            self.add_entry(lane, Source::You, "connecting", "t.connect", &Detail::Untranslated(labels::url(&shown)));
        }
        view::set_data(&self.client_panel, "id", &id);
        view::set_data(&self.client_panel, "raw-id", &raw_id);
        self.result.show_waiting(scenario.user_closes);
        self.result.show_raw("connecting", &self.raw_browser_events.borrow());
        self.state.set(Some(ReadyState::Connecting));
        self.timeline.start_timeout(connect_timeout_s * 1000);
        self.close_timeout_ms.set(close_timeout_s * 1000);

        let me = Rc::downgrade(self);
        let on_event = Rc::new(move |event| {
            if let Some(app) = Weak::upgrade(&me) {
                app.on_event(event);
            }
        });
        let options = Options {
            url: with_id(scenario, &url, &id),
            connect_timeout: Duration::from_secs(connect_timeout_s.into()),
            close_timeout: Duration::from_secs(close_timeout_s.into()),
            hello: scenario.hello,
        };
        match Connection::open(&options, on_event) {
            Ok(connection) => *self.connection.borrow_mut() = Some(connection),
            Err(error) => {
                let detail = Detail::Untranslated(error.message().to_owned());
                let text = ("t.threw", &[("name", Value::Text(error.name()))] as &[_]);
                self.timeline.add(Lane::Onclose, Source::Browser, "threw", text, &detail);
                self.timeline.enter(Lane::Onclose, State::Closed);
                self.result.show_open_error(&error);
                self.state.set(Some(ReadyState::Closed));
            }
        }
        // After the crate's connection: Firefox connects to a host one socket at a time, and that wait must not be part
        // of the crate's times.
        self.open_raw(&with_id(scenario, &url, &raw_id), scenario.hello);
        self.refresh();
        view::scroll_to(&self.client_panel);
    }

    /// Returns the scenario's URL, and the part of it that is shown.
    fn url(&self, scenario: &Scenario, frame: &ServerFrame) -> Option<(String, String)> {
        let peer = self.peer.borrow().address().map(str::to_owned);
        match scenario.target {
            Target::Port(port) => {
                let url = format!("ws://127.0.0.1:{port}/");
                Some((url.clone(), url))
            }
            Target::Tls(name) => {
                let port = peer::tls_port(&self.tls_ports.borrow(), name)?;
                let url = format!("wss://127.0.0.1:{port}/close?delay=500");
                Some((url.clone(), url))
            }
            Target::Route(route) => Some((format!("{}{route}", peer?), route.to_owned())),
            Target::TypedFrame => {
                let reason = js_sys::encode_uri_component(&frame.reason);
                let route = format!("/close?code={}&reason={reason}&delay=500", frame.code);
                Some((format!("{}{route}", peer?), route))
            }
        }
    }

    fn open_raw(self: &Rc<Self>, url: &str, hello: Option<&'static str>) {
        let me = Rc::downgrade(self);
        let on_event = Rc::new(move |event| {
            if let Some(app) = Weak::upgrade(&me) {
                app.on_raw_event(event);
            }
        });
        let raw_socket = RawSocket::open(url, hello, on_event);
        *self.raw_socket.borrow_mut() = raw_socket;
    }

    /// Drops both connections and starts an empty timeline.
    fn reset(self: &Rc<Self>) {
        // Dropping a connection can report events, so the cells must not be borrowed meanwhile.
        let (connection, raw_socket) = (self.connection.take(), self.raw_socket.take());
        drop((connection, raw_socket));
        self.timeline.clear();
        self.timeline.start();
        self.browser_events.take();
        self.raw_browser_events.take();
    }

    pub(super) fn close(&self) {
        if !self.can_close() {
            return;
        }
        let Some(frame) = self.client_fields.frame() else { return };
        if let Some(connection) = &*self.connection.borrow() {
            connection.close(frame.clone());
        }
        if self.timeline.state(Lane::Raw).is_some_and(|state| matches!(state, State::Connecting | State::Open)) {
            self.show_closing(Lane::Raw, &frame);
            if let Some(raw_socket) = &*self.raw_socket.borrow() {
                raw_socket.close(&frame);
            }
            self.result.show_raw("closing", &self.raw_browser_events.borrow());
        }
    }

    pub(super) fn drop_socket(&self) {
        if let Some(connection) = &*self.connection.borrow() {
            connection.drop_socket();
        }
        self.add_entry(Lane::Raw, Source::You, "not-dropped", "t.not_dropped", &Detail::None);
    }

    pub(super) fn clear(self: &Rc<Self>) {
        if self.is_live() {
            return;
        }
        // Also drops the connection: its listeners may still wait for the browser's events after a timeout.
        self.reset();
        self.result.clear();
        self.state.set(None);
        self.refresh();
    }

    fn on_event(&self, event: Event) {
        let lane = Lane::Onclose;
        match &event {
            Event::Open => {
                self.state.set(Some(ReadyState::Open));
                self.timeline.stop_timeout();
                self.timeline.enter(lane, State::Open);
                self.add_entry(lane, Source::Onclose, "open", "t.open", &Detail::None);
            }
            Event::Sent(text) => {
                self.add_entry(lane, Source::You, "sent", "t.sent", &Detail::Untranslated(format!("“{text}”")));
            }
            Event::Message(message) => {
                self.timeline.mark(lane, Mark::Message);
                let detail = Detail::Untranslated(labels::message(message));
                self.add_entry(lane, Source::Onclose, "message", "t.message", &detail);
            }
            Event::BrowserError => {
                self.browser_events.borrow_mut().error = true;
                self.timeline.mark(lane, Mark::Error);
                self.show_browser_event("error-event", "t.error", &Detail::None);
            }
            Event::BrowserClose(event) => {
                self.browser_events.borrow_mut().close = Some(event.clone());
                self.timeline.mark(lane, Mark::Close);
                self.show_browser_event("close-event", "t.close", &Detail::Untranslated(labels::event(event)));
            }
            Event::Closing(frame) => {
                self.state.set(Some(ReadyState::Closing));
                self.show_closing(lane, frame);
            }
            Event::Dropped => {
                self.state.set(Some(ReadyState::Closing));
                self.timeline.start_timeout(self.close_timeout_ms.get());
                self.timeline.mark(lane, Mark::Ours);
                self.timeline.enter(lane, State::Closing);
                let detail = labels::frame(&DROP_FRAME).map_or(Detail::None, Detail::Untranslated);
                self.add_entry(lane, Source::You, "dropped", "t.dropped", &detail);
            }
            Event::Closed(info) => self.show_closed(info),
        }
        self.refresh();
    }

    fn show_closing(&self, lane: Lane, frame: &CloseFrame) {
        if lane == Lane::Onclose {
            self.timeline.start_timeout(self.close_timeout_ms.get());
        }
        self.timeline.mark(lane, Mark::Ours);
        self.timeline.enter(lane, State::Closing);
        let detail = labels::frame(frame).map_or(Detail::Translated("d.no_code", &[]), Detail::Untranslated);
        self.add_entry(lane, Source::You, "our-close", "t.closing", &detail);
    }

    fn show_closed(&self, info: &CloseInfo) {
        let lane = Lane::Onclose;
        // Not only with `CloseCause::Timeout`: a close of ours that the server does not answer is `Local`.
        if info.timed_out() {
            self.timeline.mark(lane, Mark::Timeout);
            self.add_entry(lane, Source::Onclose, "timeout", "t.timeout", &Detail::None);
        }
        self.timeline.stop_timeout();
        self.timeline.enter(lane, State::Closed);
        let cause = format!("cause.{}", info.cause());
        let code = info.code().to_string();
        let args = [("cause", Value::Key(&cause)), ("code", Value::Text(&code))];
        self.add_entry(lane, Source::Onclose, "closed", "t.closed", &Detail::Translated("d.closed", &args));
        self.state.set(Some(ReadyState::Closed));
        self.result.show(info);
        self.result.show_browser(&self.browser_events.borrow());
    }

    /// Shows an event of the browser in the timeline and in the result.
    fn show_browser_event(&self, kind: &str, key: &str, detail: &Detail<'_>) {
        self.add_entry(Lane::Onclose, Source::Browser, kind, key, detail);
        if self.state.get() == Some(ReadyState::Closed) {
            self.browser_events.borrow_mut().after_timeout = true;
        }
        self.result.show_browser(&self.browser_events.borrow());
    }

    fn on_raw_event(&self, event: RawEvent) {
        let lane = Lane::Raw;
        match &event {
            RawEvent::Open => {
                self.timeline.enter(lane, State::Open);
                self.add_entry(lane, Source::Browser, "open", "t.open", &Detail::None);
            }
            RawEvent::Message => {
                self.timeline.mark(lane, Mark::Message);
                self.add_entry(lane, Source::Browser, "message", "t.message", &Detail::None);
            }
            RawEvent::Error => {
                self.raw_browser_events.borrow_mut().error = true;
                self.timeline.mark(lane, Mark::Error);
                self.add_entry(lane, Source::Browser, "error-event", "t.error", &Detail::None);
            }
            RawEvent::Close(event) => {
                self.raw_browser_events.borrow_mut().close = Some(event.clone());
                self.timeline.mark(lane, Mark::Close);
                self.timeline.enter(lane, State::Closed);
                let detail = Detail::Untranslated(labels::event(event));
                self.add_entry(lane, Source::Browser, "close-event", "t.close", &detail);
            }
            RawEvent::Threw(name) => {
                let text = ("t.threw", &[("name", Value::Text(name))] as &[_]);
                self.timeline.add(lane, Source::Browser, "threw", text, &Detail::None);
            }
        }
        let state = self.timeline.state(lane).map_or("none", State::name);
        self.result.show_raw(state, &self.raw_browser_events.borrow());
    }

    fn add_entry(&self, lane: Lane, source: Source, kind: &str, key: &str, detail: &Detail<'_>) {
        self.timeline.add(lane, source, kind, (key, &[]), detail);
    }

    pub(super) fn is_live(&self) -> bool {
        !matches!(self.state.get(), None | Some(ReadyState::Closed))
    }

    pub(super) fn can_close(&self) -> bool {
        matches!(self.state.get(), Some(ReadyState::Connecting | ReadyState::Open))
    }
}

/// Returns a random name for a connection, by which the test server can be asked for its record.
fn new_id() -> String {
    let number = (js_sys::Math::random() * 1e9) as u32;
    format!("www-{number}")
}

fn with_id(scenario: &Scenario, url: &str, id: &str) -> String {
    match scenario.needs_server() {
        true => format!("{url}{}id={id}", if url.contains('?') { '&' } else { '?' }),
        false => url.to_owned(),
    }
}
