//! The tests, which are functions of the page: they fail there, or when the server saw something else.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use onclose_rig::peers::LocalPeer;
use onclose_rig::session::Session;
use onclose_rig::site::Site;

use crate::servers::{self, Protocol, Server};

/// The longest that a page or a server may take for one step.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the page connects to, and what must have been received there.
#[derive(Clone, Copy)]
enum Remote {
    /// A server, and the code of the client's Close frame.
    Server(Protocol, Option<u16>),
    /// A route of the peer.
    Peer(&'static str, Option<Received>),
}

/// What the peer must have received on the last connection, which must have ended.
#[derive(Clone, Copy)]
struct Received {
    bytes: u64,
    code: u16,
}

pub(crate) struct Case {
    /// The name of the page's function.
    pub(crate) name: &'static str,
    remote: Remote,
}

const fn server(name: &'static str, protocol: Protocol, code: Option<u16>) -> Case {
    Case { name, remote: Remote::Server(protocol, code) }
}

const fn peer(name: &'static str, route: &'static str, received: Option<Received>) -> Case {
    Case { name, remote: Remote::Peer(route, received) }
}

#[rustfmt::skip]
pub(crate) const CASES: [Case; 13] = [
    server("graphql_ws_client_receives_a_subscription_and_closes_with_its_code", servers::graphql, Some(4000)),
    server("graphql_ws_client_reports_the_close_code_of_the_server", servers::graphql_forbidden, None),
    server("alloy_receives_the_heads_of_eth_subscribe", servers::ethereum, None),
    peer("every_way_to_close_delivers_closing_and_closed", "/echo", None),
    peer("dropping_the_stream_closes_and_delivers_closing_and_closed", "/echo", None),
    peer("a_close_by_the_server_delivers_its_messages_and_closed",
        "/close?code=4001&reason=moved&text=last%20words&asked", None),
    peer("a_lost_connection_delivers_error_and_closed", "/drop?how=rst&asked", None),
    peer("a_connection_that_is_closing_sends_nothing_and_its_close_can_be_awaited", "/echo", None),
    peer("an_invalid_code_or_reason_closes_nothing", "/echo", Some(Received { bytes: 10, code: 4002 })),
    peer("messages_and_bytes_come_back", "/echo", None),
    peer("what_a_sink_has_accepted_is_sent_before_the_close", "/read?rate=10000000",
        Some(Received { bytes: 3_000_000, code: 4000 })),
    peer("a_close_that_the_server_does_not_answer_ends_after_its_timeout", "/answer?none", None),
    // The last one: Firefox delays the connections that follow a refused one.
    peer("connecting_fails_with_invalid_url_or_the_close_event", "/refuse?status=401", None),
];

impl Case {
    pub(crate) async fn run(&self, session: &Session, site: &Site, peer: &LocalPeer) -> Result<()> {
        match self.remote {
            Remote::Server(protocol, expected) => {
                let mut server = Server::start(protocol).await?;
                self.run_in_page(session, site, &server.url).await?;
                if expected.is_some() {
                    let code = server.closed.recv().await.flatten();
                    ensure!(
                        code == expected,
                        "The server received a Close frame with {code:?}, not with {expected:?}."
                    );
                }
            }
            Remote::Peer(route, expected) => {
                let id = format!("{}-{}", session.engine().name(), self.name);
                let joined = if route.contains('?') { '&' } else { '?' };
                self.run_in_page(session, site, &peer.url(&format!("{route}{joined}id={id}"))).await?;
                if let Some(Received { bytes, code }) = expected {
                    let saw = peer.records.saw(&id, PATIENCE).await.context("The peer saw no connection")?;
                    ensure!(saw.has_ended(), "The connection has not ended: {saw:?}");
                    ensure!((saw.bytes, saw.close_code()) == (bytes, Some(code)), "The peer saw {saw:?}.");
                }
            }
        }
        Ok(())
    }

    async fn run_in_page(&self, session: &Session, site: &Site, url: &str) -> Result<()> {
        // A panic is an uncaught exception, and leaves the promise pending.
        const SCRIPT: &str = "const [name, url, done] = arguments;
            addEventListener('error', (event) => done(event.message));
            page[name](url).then(() => done(null), (error) => done(String(error)));";
        session.goto(&site.url).await?;
        if !session.until("return Boolean(globalThis.page)", PATIENCE).await? {
            bail!("The page did not load its module.");
        }
        let error = session.async_script(SCRIPT, vec![self.name.into(), url.into()]).await?;
        ensure!(error.is_null(), "It failed in the page: {error}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use onclose_rig::workspace::Workspace;

    use super::*;

    #[test]
    fn every_function_of_the_page_is_a_case() {
        let sources = Workspace::load().unwrap().root().join("compat/page/src");
        let mut functions = BTreeSet::new();
        for file in ["clients.rs", "replacement.rs"] {
            let text = fs::read_to_string(sources.join(file)).unwrap();
            let exported = text.split("#[wasm_bindgen]\npub async fn ").skip(1);
            functions.extend(exported.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
        assert_eq!(functions, CASES.iter().map(|case| case.name.to_owned()).collect());
    }
}
