//! `docs/guide/migrating.md`: what it tells users to write compiles.

/// The statements of the tables, in functions.
#[allow(dead_code, unused_must_use, clippy::let_and_return)]
mod sample {
    include!("../../docs/samples/migrating.rs");
}

/// With `SinkExt` in scope a `&mut` handle has two methods `flush`, and the types show which one is called.
#[allow(dead_code)]
fn flush_of_a_mutable_reference(ws: &mut onclose::WebSocket, sender: &mut onclose::WebSocketSender) {
    use futures_util::SinkExt as _;
    use futures_util::sink::Flush;
    use onclose::{FlushFuture, Message, WebSocket, WebSocketSender};

    drop::<Flush<'_, WebSocket, Message>>(ws.flush());
    drop::<FlushFuture<'_>>(WebSocket::flush(ws));
    drop::<FlushFuture<'_>>((*ws).flush());
    drop::<Flush<'_, WebSocketSender, Message>>(sender.flush());
    drop::<FlushFuture<'_>>(WebSocketSender::flush(sender));
    drop::<FlushFuture<'_>>((*sender).flush());
}

#[test]
fn every_row_of_the_migration_tables_is_compiled() {
    let spaceless = |text: &str| text.split_whitespace().collect::<String>();
    let sample = spaceless(include_str!("../../docs/samples/migrating.rs"));
    let guide = include_str!("../../docs/guide/migrating.md");
    let is_row = |line: &&str| line.starts_with("| ") && !line.ends_with("| onclose |");
    let mut rows = 0;
    for row in guide.lines().filter(is_row) {
        // A closure's `|` is escaped in a table.
        let right = row.replace("\\|", "").split('|').nth(2).map(str::to_owned).unwrap_or_default();
        rows += 1;
        for code in right.split('`').skip(1).step_by(2) {
            assert!(sample.contains(&spaceless(code)), "`{code}` is not in docs/samples/migrating.rs");
        }
    }
    assert!(rows > 40, "only {rows} rows were found");
}
