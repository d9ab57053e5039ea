//! The sample of `docs/guide/frameworks.md`: a component that connects, shows, sends, and is removed.

include!("../../../docs/samples/component.rs");

use super::*;

type Shown = Rc<RefCell<Vec<String>>>;

/// Mounts the component, and collects the states and lines that it shows.
fn mount_at(url: &str) -> (Connection, Shown, Shown) {
    let (states, show_state) = log();
    let (lines, show_line) = log();
    let connection = mount(url, move |state| show_state(&state.to_string()), move |line| show_line(&line)).unwrap();
    (connection, states, lines)
}

#[peer_test]
async fn component_sample_shows_states_messages_and_the_close_of_the_server() {
    let server = at("/obey");
    let (connection, states, lines) = mount_at(&server.url);
    assert_eq!(*states.borrow(), ["connecting"]);
    assert!(!click(&connection, "early").starts_with("sent"));
    until("it is open", || states.borrow().len() == 2).await;
    assert_eq!(click(&connection, "hi"), "sent: hi");
    server.until("the message", |record| record.last_text().as_deref() == Some("hi")).await;
    server.command("say=hello").await;
    until("the message is shown", || lines.borrow().len() == 1).await;
    server.command("close=4001").await;
    until("the close is shown", || lines.borrow().len() == 2).await;
    assert_eq!(lines.borrow()[0], "hello");
    assert!(lines.borrow()[1].starts_with("closed by the peer: 4001"), "{:?}", lines.borrow());
    let states = states.borrow();
    assert_eq!(
        (&states[..2], states.last().unwrap().as_str()),
        (&["connecting".to_owned(), "open".to_owned()][..], "closed")
    );
    assert!(!click(&connection, "late").starts_with("sent"));
}

#[peer_test]
async fn component_sample_closes_when_it_is_removed_and_shows_no_state_after_that() {
    let uncaught = UncaughtErrors::watch();
    let server = at("/echo");
    let (connection, states, lines) = mount_at(&server.url);
    until("it is open", || states.borrow().len() == 2).await;
    drop(connection);
    assert_eq!(server.record().await.close_frame(), Some((4000, "left the page".to_owned())));
    until("the task ends", || lines.borrow().len() == 1).await;
    assert!(lines.borrow()[0].starts_with("closed locally: 4000"), "{:?}", lines.borrow());
    assert_eq!(*states.borrow(), ["connecting", "open"]);

    let server = at("/echo?accept_delay=1000");
    let (connection, states, lines) = mount_at(&server.url);
    server.until_handshake().await;
    drop(connection);
    server.assert_no_orphan().await;
    until("the task ends", || lines.borrow().len() == 1).await;
    assert_eq!(*states.borrow(), ["connecting"]);
    uncaught.assert_none().await;
}

#[peer_test]
async fn component_sample_shows_an_attempt_that_failed() {
    let (_connection, states, lines) = mount_at(&at("/refuse?status=503").url);
    until("the close is shown", || lines.borrow().len() == 1).await;
    assert!(lines.borrow()[0].contains("1006"), "{:?}", lines.borrow());
    assert_eq!(*states.borrow(), ["connecting", "closed"]);
    assert!(mount("wss://", |_| {}, |_| {}).is_err());
}
