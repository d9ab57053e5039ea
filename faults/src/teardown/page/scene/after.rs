//! What must hold after any order.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use onclose::WebSocketSender;
use web_sys::WebSocket;

use super::super::slot::{self, Slot};
use super::super::traces::{self, ask, pause, until};
use super::{PAST_MS, PATIENCE_MS, Scene};
use crate::teardown::{Start, Step};

impl Scene {
    /// Checks what must hold after any order; returns the cause of the close.
    pub(in super::super) async fn end(mut self) -> Result<String, String> {
        let settled = self.settle().await;
        // Also after a failure, which must not affect the next order.
        slot::arm(None);
        self.stage.on_close.take();
        self.stage.leave_all(0);
        let slots = self.stage.slots.take();
        slots.iter().for_each(Slot::leave);
        self.observer.iter().for_each(Slot::leave);
        traces::unframe();
        settled?;
        pause(0).await;
        self.check_nothing_left("")?;
        let uncaught = traces::uncaught();
        if !uncaught.is_empty() {
            return Err(format!("Uncaught: {uncaught}"));
        }
        if let Some(violation) = self.stage.violations.borrow().first() {
            return Err(format!("Violation: {violation}."));
        }
        let ends = self.stage.ends.borrow();
        match ends.first() {
            Some(first) if ends.iter().all(|end| end == first) => Ok(format!("{:?}", first.cause())),
            Some(_) => Err(format!("Futures returned different results: {ends:?}")),
            None => Ok("not awaited".to_owned()),
        }
    }

    async fn settle(&mut self) -> Result<(), String> {
        let stage = Rc::clone(&self.stage);
        if !until(PATIENCE_MS, || stage.ordering.get() == 0).await {
            // The effects show whether the order or the answer was lost.
            let (came, saw) = (stage.messages.get(), ask(&format!("{}/saw?id={}", self.url, self.id)).await);
            return Err(format!(
                "The peer did not answer an order; {came} messages were received, and it saw {saw:?}."
            ));
        }
        let unframed = self.order.steps.contains(&Step::FrameRemoved);
        // The removal of an iframe fires no event: the close result comes only after a close of ours.
        let closes = if unframed { stage.close() } else { stage.raw.ready_state() >= WebSocket::CLOSING };
        if closes {
            self.nothing_pends("after the close").await?;
            self.late_futures_are_ready()?;
        }
        stage.leave_all(self.order.steps.len());
        self.nothing_pends("after all handles were dropped").await?;
        stage.leave("closed");
        stage.leave("closing");
        pause(0).await;
        self.check_nothing_left(if self.observer.as_ref().is_some_and(Slot::waits) { "close error" } else { "" })?;
        self.peer_saw_the_close(unframed).await?;
        if let Some(observer) = &self.observer
            && !until(PATIENCE_MS, || !observer.waits()).await
        {
            return Err("The observer got no close event.".to_owned());
        }
        Ok(())
    }

    async fn nothing_pends(&self, when: &str) -> Result<(), String> {
        let pending = || -> Vec<_> { self.stage.slots().into_iter().filter(Slot::waits).map(|s| s.name()).collect() };
        match until(PATIENCE_MS, || pending().is_empty()).await {
            true => Ok(()),
            false => Err(format!("Still pending {when}: {}.", pending().join(", "))),
        }
    }

    fn late_futures_are_ready(&self) -> Result<(), String> {
        for slot in self.stage.slots() {
            let Some(closed) = slot.with_handle(WebSocketSender::closed) else { continue };
            match pin!(closed).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(closed) => self.stage.ends.borrow_mut().push(closed),
                Poll::Pending => return Err(format!("A late future of {} is pending.", slot.name())),
            }
        }
        let ends = self.stage.ends.borrow();
        let timed_out = ends.iter().any(|closed| closed.timed_out());
        if timed_out && !self.quiet && !self.order.steps.contains(&Step::FrameRemoved) {
            return Err("A timeout of a minute has passed.".to_owned());
        }
        Ok(())
    }

    /// Checks at this moment, without waiting: what a later event would remove is a leak until then.
    fn check_nothing_left(&self, but_for: &str) -> Result<(), String> {
        let listeners = traces::listeners(&self.stage.raw);
        if listeners != but_for {
            return Err(format!("Listeners are left: {listeners}."));
        }
        let timers = traces::timers();
        // An observer sets a timer after an `error`, to find out whether `close` follows.
        if !timers.is_empty() && but_for.is_empty() {
            return Err(format!("Timers are left: {timers}."));
        }
        Ok(())
    }

    async fn peer_saw_the_close(&self, unframed: bool) -> Result<(), String> {
        let Self { url, id, order, .. } = self;
        let by_server = [Step::ServerCloses, Step::ServerResets, Step::ServerEnds];
        let opened = order.start != Start::Connecting;
        if opened && !unframed && !order.steps.iter().any(|step| by_server.contains(step)) {
            let begun = js_sys::Date::now();
            loop {
                let saw = ask(&format!("{url}/saw?id={id}")).await?;
                match saw["close"]["code"].as_u64() {
                    Some(4000 | 4100) => break,
                    Some(code) => return Err(format!("The peer was closed with {code}.")),
                    None if js_sys::Date::now() - begun > f64::from(PATIENCE_MS) => {
                        return Err("The peer received no Close.".to_owned());
                    }
                    None => pause(5).await,
                }
            }
        }
        if self.quiet {
            // It has seen the Close, and may reset.
            ask(&format!("{url}/tell?id={id}&end=rst")).await?;
        }
        let unknown = |saw: &serde_json::Value| saw.get("error").is_some_and(|error| error == "unknown id");
        if !opened && unknown(&ask(&format!("{url}/saw?id={id}&wait={PAST_MS}")).await?) {
            // Aborted before the browser requested the connection.
            return Ok(());
        }
        let saw = ask(&format!("{url}/saw?id={id}&wait={PATIENCE_MS}")).await?;
        let by_peer = self.quiet || order.steps.iter().any(|step| by_server.contains(step));
        match saw["end"].as_str() {
            Some("fin" | "reset") => Ok(()),
            // Where the peer ends TCP, it need not see more.
            Some("server") if by_peer => Ok(()),
            _ => Err(format!("The browser did not end TCP: {saw}.")),
        }
    }
}
