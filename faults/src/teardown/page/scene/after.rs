//! What has to hold after any order.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use onclose::WebSocketSender;
use web_sys::WebSocket;

use super::super::slot::{self, Slot};
use super::super::traces::{self, ask, pause, until};
use super::super::{Start, Step};
use super::{PAST, PATIENCE, Scene};

impl Scene {
    /// What has to hold after any order; says how it ended.
    pub(in super::super) async fn end(mut self) -> Result<String, String> {
        let told = self.settle().await;
        // Whatever was wrong, the next order is not to meet what this one left.
        slot::arm(None);
        self.stage.on_close.take();
        self.stage.leave_all(0);
        let slots = self.stage.slots.take();
        slots.iter().for_each(Slot::leave);
        self.observer.iter().for_each(Slot::leave);
        traces::unframe();
        told?;
        pause(0).await;
        self.check_nothing_left("")?;
        let uncaught = traces::uncaught();
        if !uncaught.is_empty() {
            return Err(format!("Nobody caught {uncaught}"));
        }
        if let Some(wrong) = self.stage.wrong.borrow().first() {
            return Err(format!("Wrong: {wrong}."));
        }
        let ends = self.stage.ends.borrow();
        match ends.first() {
            Some(first) if ends.iter().all(|end| end == first) => Ok(format!("{:?}", first.cause())),
            Some(_) => Err(format!("Waiters were told different ends: {ends:?}")),
            None => Ok("unseen".to_owned()),
        }
    }

    async fn settle(&mut self) -> Result<(), String> {
        let stage = Rc::clone(&self.stage);
        if !until(PATIENCE, || stage.telling.get() == 0).await {
            // Which of the two got lost shows in what came of it.
            let (came, saw) = (stage.messages.get(), ask(&format!("{}/saw?id={}", self.url, self.id)).await);
            return Err(format!("The peer did not answer an order; {came} messages came, and it saw {saw:?}."));
        }
        let unframed = self.order.steps.contains(&Step::FrameRemoved);
        // The end of a frame has no event: who wants to know the socket's end asks for it.
        let ending = if unframed { stage.close() } else { stage.raw.ready_state() >= WebSocket::CLOSING };
        if ending {
            self.nobody_waits("as it ended").await?;
            self.late_waiters_are_told()?;
        }
        stage.leave_all(self.order.steps.len());
        self.nobody_waits("after all handles had gone").await?;
        stage.leave("closed");
        stage.leave("closing");
        pause(0).await;
        self.check_nothing_left(if self.observer.as_ref().is_some_and(Slot::waits) { "close error" } else { "" })?;
        self.peer_saw_the_end(unframed).await?;
        if let Some(observer) = &self.observer
            && !until(PATIENCE, || !observer.waits()).await
        {
            return Err("The observer was told no end.".to_owned());
        }
        Ok(())
    }

    async fn nobody_waits(&self, when: &str) -> Result<(), String> {
        let waiting = || -> Vec<_> { self.stage.slots().into_iter().filter(Slot::waits).map(|s| s.name()).collect() };
        match until(PATIENCE, || waiting().is_empty()).await {
            true => Ok(()),
            false => Err(format!("Still waiting {when}: {}.", waiting().join(", "))),
        }
    }

    fn late_waiters_are_told(&self) -> Result<(), String> {
        for slot in self.stage.slots() {
            let Some(ended) = slot.with_handle(WebSocketSender::closed) else { continue };
            match pin!(ended).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(closed) => self.stage.ends.borrow_mut().push(closed),
                Poll::Pending => return Err(format!("A late waiter at {} waits.", slot.name())),
            }
        }
        let ends = self.stage.ends.borrow();
        let deadline = ends.iter().any(|closed| closed.timed_out());
        if deadline && !self.quiet && !self.order.steps.contains(&Step::FrameRemoved) {
            return Err("A deadline passed that was a minute away.".to_owned());
        }
        Ok(())
    }

    /// At the moment, not after a while: what is left may still go by itself, and would be a leak until then.
    fn check_nothing_left(&self, but_for: &str) -> Result<(), String> {
        let listeners = traces::listeners(&self.stage.raw);
        if listeners != but_for {
            return Err(format!("Listeners are left: {listeners}."));
        }
        let timers = traces::timers();
        // An observer may look at the state after an error.
        if !timers.is_empty() && but_for.is_empty() {
            return Err(format!("Timers are left: {timers}."));
        }
        Ok(())
    }

    async fn peer_saw_the_end(&self, unframed: bool) -> Result<(), String> {
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
                    None if js_sys::Date::now() - begun > f64::from(PATIENCE) => {
                        return Err("The peer saw no Close.".to_owned());
                    }
                    None => pause(5).await,
                }
            }
        }
        if self.quiet {
            // It has seen all there was to see, and lets go.
            ask(&format!("{url}/tell?id={id}&end=rst")).await?;
        }
        let unknown = |saw: &serde_json::Value| saw.get("error").is_some_and(|error| error == "unknown id");
        if !opened && unknown(&ask(&format!("{url}/saw?id={id}&wait={PAST}")).await?) {
            // Given up before the browser asked for it.
            return Ok(());
        }
        let saw = ask(&format!("{url}/saw?id={id}&wait={PATIENCE}")).await?;
        let by_lab = self.quiet || order.steps.iter().any(|step| by_server.contains(step));
        match saw["end"].as_str() {
            Some("fin" | "reset") => Ok(()),
            // Where the peer ends it, it need not see more.
            Some("server") if by_lab => Ok(()),
            _ => Err(format!("The browser did not end it: {saw}.")),
        }
    }
}
