//! The laboratory: one case, through the crate and on a plain WebSocket.

use super::App;
use crate::input::PeerFrame;
use crate::lane::{Mark, State};
use crate::page::connection::{Connection, DROPPED, Happening, Plan};
use crate::page::i18n::Value;
use crate::page::raw_socket::{Beside, RawHappening};
use crate::page::view::{self, Detail, Lane, Source};
use crate::page::{labels, peer};
use crate::scenarios::{Choice, Target};
use onclose::{CloseCause, CloseFrame, CloseInfo, ReadyState};
use std::rc::{Rc, Weak};
use std::time::Duration;

impl App {
    pub(super) fn connect(self: &Rc<Self>) {
        let Some(choice) = self.chooser.chosen() else { return };
        let frame = match choice.takes_peer_frame() {
            true => self.peer_fields.frame(),
            false => Some(PeerFrame { code: 1000, reason: String::new() }),
        };
        let Some(frame) = frame else { return };
        let Some((connect, close)) = self.close_fields.both_deadlines() else { return };
        let Some((url, shown)) = self.url(choice, &frame) else { return };

        let replaced = self.is_live();
        self.let_go();
        if replaced {
            self.tell(Lane::Onclose, Source::You, "replaced", "t.replaced", &Detail::None);
        }
        let (id, raw_id) = (new_id(), new_id());
        for lane in [Lane::Onclose, Lane::Raw] {
            self.timeline.enter(lane, State::Connecting);
            self.tell(lane, Source::You, "connecting", "t.connect", &Detail::Plain(labels::url(&shown)));
        }
        view::set_data(&self.panel, "id", &id);
        view::set_data(&self.panel, "raw-id", &raw_id);
        self.result.wait(choice.is_yours);
        self.result.show_raw("connecting", &self.said_raw.borrow());
        self.state.set(Some(ReadyState::Connecting));
        self.timeline.set_deadline(Some(connect * 1000));
        self.close_deadline.set(close * 1000);

        let me = Rc::downgrade(self);
        let report = Rc::new(move |happening| {
            if let Some(app) = Weak::upgrade(&me) {
                app.happened(happening);
            }
        });
        let plan = Plan {
            url: named(choice, &url, &id),
            connect_timeout: Duration::from_secs(connect.into()),
            close_timeout: Duration::from_secs(close.into()),
            hello: choice.hello,
        };
        match Connection::open(&plan, report) {
            Ok(connection) => *self.connection.borrow_mut() = Some(connection),
            Err(error) => {
                let detail = Detail::Plain(error.message().to_owned());
                let what = ("t.threw", &[("name", Value::Text(error.name()))] as &[_]);
                self.timeline.add(Lane::Onclose, Source::Browser, "refused", what, &detail);
                self.timeline.enter(Lane::Onclose, State::Closed);
                self.result.refused(&error);
                self.state.set(Some(ReadyState::Closed));
            }
        }
        // After ours, because one engine connects to a host once at a time.
        self.open_beside(&named(choice, &url, &raw_id), choice.hello);
        self.refresh();
        view::show(&self.panel);
    }

    /// The whole address, and what is shown of it.
    fn url(&self, choice: &Choice, frame: &PeerFrame) -> Option<(String, String)> {
        let peer = self.peer.borrow().address().map(str::to_owned);
        match choice.target {
            Target::Port(port) => {
                let url = format!("ws://127.0.0.1:{port}/");
                Some((url.clone(), url))
            }
            Target::Tls(name) => {
                let port = peer::tls_port(&self.tls_ports.borrow(), name)?;
                let url = format!("wss://127.0.0.1:{port}/close?delay=500");
                Some((url.clone(), url))
            }
            Target::Peer(route) => Some((format!("{}{route}", peer?), route.to_owned())),
            Target::PeerFrame => {
                let reason = js_sys::encode_uri_component(&frame.reason);
                let route = format!("/close?code={}&reason={reason}&delay=500", frame.code);
                Some((format!("{}{route}", peer?), route))
            }
        }
    }

    fn open_beside(self: &Rc<Self>, url: &str, hello: Option<&'static str>) {
        let me = Rc::downgrade(self);
        let report = Rc::new(move |happening| {
            if let Some(app) = Weak::upgrade(&me) {
                app.raw_happened(happening);
            }
        });
        let beside = Beside::open(url, hello, report);
        *self.beside.borrow_mut() = beside;
    }

    /// Lets go of both connections, and of what was told of them.
    fn let_go(self: &Rc<Self>) {
        // What is dropped may call back, so nothing is borrowed while it is.
        let (connection, beside) = (self.connection.take(), self.beside.take());
        drop((connection, beside));
        self.timeline.clear();
        self.timeline.begin();
        self.said.take();
        self.said_raw.take();
    }

    pub(super) fn close(&self) {
        if !self.can_end() {
            return;
        }
        let Some(frame) = self.close_fields.frame() else { return };
        if let Some(connection) = &*self.connection.borrow() {
            connection.close(frame.clone());
        }
        if self.timeline.state(Lane::Raw).is_some_and(|state| matches!(state, State::Connecting | State::Open)) {
            self.tell_closing(Lane::Raw, &frame);
            if let Some(beside) = &*self.beside.borrow() {
                beside.close(&frame);
            }
            self.result.show_raw("closing", &self.said_raw.borrow());
        }
    }

    pub(super) fn drop_socket(&self) {
        if let Some(connection) = &*self.connection.borrow() {
            connection.drop_socket();
        }
        self.tell(Lane::Raw, Source::You, "not-dropped", "t.not_dropped", &Detail::None);
    }

    pub(super) fn clear(self: &Rc<Self>) {
        if self.is_live() {
            return;
        }
        // Its listeners may still wait for what the browser says after a deadline.
        self.let_go();
        self.result.clear();
        self.state.set(None);
        self.refresh();
    }

    fn happened(&self, happening: Happening) {
        let lane = Lane::Onclose;
        match &happening {
            Happening::Open => {
                self.state.set(Some(ReadyState::Open));
                self.timeline.set_deadline(None);
                self.timeline.enter(lane, State::Open);
                self.tell(lane, Source::Onclose, "open", "t.open", &Detail::None);
            }
            Happening::Sent(text) => {
                self.tell(lane, Source::You, "sent", "t.sent", &Detail::Plain(format!("“{text}”")));
            }
            Happening::Message(message) => {
                self.timeline.mark(lane, Mark::Message);
                self.tell(lane, Source::Onclose, "message", "t.message", &Detail::Plain(labels::message(message)));
            }
            Happening::ErrorEvent => {
                self.said.borrow_mut().error = true;
                self.timeline.mark(lane, Mark::Error);
                self.browser_said("error-event", "t.error", &Detail::None);
            }
            Happening::CloseEvent(event) => {
                self.said.borrow_mut().close = Some(event.clone());
                self.timeline.mark(lane, Mark::Close);
                self.browser_said("close-event", "t.close", &Detail::Plain(labels::event(event)));
            }
            Happening::Closing(frame) => {
                self.state.set(Some(ReadyState::Closing));
                self.tell_closing(lane, frame);
            }
            Happening::Dropped => {
                self.state.set(Some(ReadyState::Closing));
                self.timeline.set_deadline(Some(self.close_deadline.get()));
                self.timeline.mark(lane, Mark::Ours);
                self.timeline.enter(lane, State::Closing);
                let detail = labels::frame(&DROPPED).map_or(Detail::None, Detail::Plain);
                self.tell(lane, Source::You, "dropped", "t.dropped", &detail);
            }
            Happening::Closed(closed) => self.closed(closed),
        }
        self.refresh();
    }

    fn tell_closing(&self, lane: Lane, frame: &CloseFrame) {
        if lane == Lane::Onclose {
            self.timeline.set_deadline(Some(self.close_deadline.get()));
        }
        self.timeline.mark(lane, Mark::Ours);
        self.timeline.enter(lane, State::Closing);
        let detail = labels::frame(frame).map_or(Detail::Said("d.no_code", &[]), Detail::Plain);
        self.tell(lane, Source::You, "our-close", "t.closing", &detail);
    }

    fn closed(&self, closed: &CloseInfo) {
        let lane = Lane::Onclose;
        if closed.cause() == CloseCause::Timeout {
            self.timeline.mark(lane, Mark::Deadline);
            self.tell(lane, Source::Onclose, "deadline", "t.deadline", &Detail::None);
        }
        self.timeline.set_deadline(None);
        self.timeline.enter(lane, State::Closed);
        let cause = format!("cause.{}", labels::cause(closed.cause()));
        let code = closed.code().to_string();
        let args = [("cause", Value::Word(&cause)), ("code", Value::Text(&code))];
        self.tell(lane, Source::Onclose, "closed", "t.ended", &Detail::Said("d.ended", &args));
        self.state.set(Some(ReadyState::Closed));
        self.result.show(closed);
        self.result.show_browser(&self.said.borrow());
    }

    /// An event of the browser's own, for the timeline and for the result.
    fn browser_said(&self, kind: &str, what: &str, detail: &Detail<'_>) {
        self.tell(Lane::Onclose, Source::Browser, kind, what, detail);
        if self.state.get() == Some(ReadyState::Closed) {
            self.said.borrow_mut().late = true;
        }
        self.result.show_browser(&self.said.borrow());
    }

    fn raw_happened(&self, happening: RawHappening) {
        let lane = Lane::Raw;
        match &happening {
            RawHappening::Open => {
                self.timeline.enter(lane, State::Open);
                self.tell(lane, Source::Browser, "open", "t.open", &Detail::None);
            }
            RawHappening::Message => {
                self.timeline.mark(lane, Mark::Message);
                self.tell(lane, Source::Browser, "message", "t.message", &Detail::None);
            }
            RawHappening::Error => {
                self.said_raw.borrow_mut().error = true;
                self.timeline.mark(lane, Mark::Error);
                self.tell(lane, Source::Browser, "error-event", "t.error", &Detail::None);
            }
            RawHappening::Close(event) => {
                self.said_raw.borrow_mut().close = Some(event.clone());
                self.timeline.mark(lane, Mark::Close);
                self.timeline.enter(lane, State::Closed);
                self.tell(lane, Source::Browser, "close-event", "t.close", &Detail::Plain(labels::event(event)));
            }
            RawHappening::Threw(name) => {
                let what = ("t.threw", &[("name", Value::Text(name))] as &[_]);
                self.timeline.add(lane, Source::Browser, "threw", what, &Detail::None);
            }
        }
        let state = self.timeline.state(lane).map_or("none", State::name);
        self.result.show_raw(state, &self.said_raw.borrow());
    }

    fn tell(&self, lane: Lane, source: Source, kind: &str, what: &str, detail: &Detail<'_>) {
        self.timeline.add(lane, source, kind, (what, &[]), detail);
    }

    pub(super) fn is_live(&self) -> bool {
        !matches!(self.state.get(), None | Some(ReadyState::Closed))
    }

    pub(super) fn can_end(&self) -> bool {
        matches!(self.state.get(), Some(ReadyState::Connecting | ReadyState::Open))
    }
}

/// A name for a connection, by which the peer can be asked what it saw.
fn new_id() -> String {
    let number = (js_sys::Math::random() * 1e9) as u32;
    format!("www-{number}")
}

fn named(choice: &Choice, url: &str, id: &str) -> String {
    match choice.needs_peer() {
        true => format!("{url}{}id={id}", if url.contains('?') { '&' } else { '?' }),
        false => url.to_owned(),
    }
}
