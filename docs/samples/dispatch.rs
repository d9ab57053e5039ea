use onclose::{CloseEvent, CloseEventError};
use std::cell::Cell;
use std::rc::Rc;

/// Tests a handler without a server: the event's listeners run before `dispatch` returns.
fn code_seen_by_handler(socket: &web_sys::WebSocket) -> Result<u16, CloseEventError> {
    let seen = Rc::new(Cell::new(0));
    let listener = onclose::on_close(socket, {
        let seen = Rc::clone(&seen);
        move |event| seen.set(event.code().as_u16())
    });
    CloseEvent::new(4001, "kicked", true).dispatch(socket)?;
    drop(listener);
    Ok(seen.get())
}
