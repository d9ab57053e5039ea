use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _, TryStreamExt as _};
use onclose::{Error, Message, WebSocket};

/// Sends every message back, until the connection closes.
async fn echo(socket: WebSocket) -> Result<(), Error> {
    let (sender, receiver) = socket.split();
    receiver.err_into().forward(sender.sink_err_into()).await
}

/// Converts to a transport with one error type, as generic code wants it.
fn transport(socket: WebSocket) -> impl Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> {
    socket.err_into::<Error>().sink_err_into::<Error>()
}
