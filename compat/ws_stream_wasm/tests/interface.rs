//! The public interface of the original and of this crate, compiled against both, and what of it runs without a browser.

/// What dependents may name, and the bounds that they may ask for.
macro_rules! interface {
    ($of:ident) => {
        pub mod $of {
            use ::$of::{CloseEvent, WsErr, WsEvent, WsMessage, WsMeta, WsState, WsStream, WsStreamIo};
            use async_io_stream::IoStream;
            use futures_util::io::{AsyncBufRead, AsyncRead, AsyncWrite};
            use futures_util::{Sink, Stream};
            use pharos::{Observable, PharErr};
            use std::error::Error;
            use std::fmt::Debug;
            use std::hash::Hash;
            use std::io;

            fn handle<T: Debug + Send + Sync + Unpin + 'static>() {}
            fn value<T: Debug + Clone + Eq + Send + Sync + Unpin + 'static>() {}
            fn error<T: Error + Clone + Eq + Send + Sync + Unpin + 'static>() {}
            fn observable<T: Observable<WsEvent, Error = PharErr>>() {}
            fn messages<T: Stream<Item = WsMessage> + Sink<WsMessage, Error = WsErr>>() {}
            fn frames<T: Stream<Item = io::Result<Vec<u8>>> + Sink<Vec<u8>, Error = io::Error>>() {}
            fn bytes<T: AsyncRead + AsyncBufRead + AsyncWrite + Send + Unpin + 'static>() {}
            #[cfg(feature = "tokio_io")]
            fn tokio_bytes<T: tokio::io::AsyncRead + tokio::io::AsyncWrite>() {}
            fn hashed<T: Hash + AsRef<[u8]> + From<String> + From<Vec<u8>> + Into<Vec<u8>>>() {}
            fn converted<T: TryFrom<web_sys::MessageEvent, Error = WsErr>>() {}
            fn numbered<T: Copy + TryFrom<u16, Error = WsErr>>() {}
            fn event<T: From<web_sys::CloseEvent>>() {}
            fn sent<T>(future: impl Future<Output = Result<T, WsErr>> + Send) {
                drop(future);
            }

            #[test]
            fn types_have_the_bounds_that_dependents_ask_for() {
                handle::<WsMeta>();
                handle::<WsStream>();
                handle::<WsStreamIo>();
                error::<WsErr>();
                value::<WsEvent>();
                value::<CloseEvent>();
                value::<WsMessage>();
                value::<WsState>();
                observable::<WsMeta>();
                messages::<WsStream>();
                frames::<WsStreamIo>();
                bytes::<IoStream<WsStreamIo, Vec<u8>>>();
                #[cfg(feature = "tokio_io")]
                tokio_bytes::<IoStream<WsStreamIo, Vec<u8>>>();
                hashed::<WsMessage>();
                converted::<WsMessage>();
                numbered::<WsState>();
                event::<CloseEvent>();
            }

            /// Compiled only: there is no socket without a browser.
            pub async fn methods() -> Result<(), WsErr> {
                let (_, _): (WsMeta, WsStream) = WsMeta::connect("ws://a", None).await?;
                let (_, _) = WsMeta::connect(String::new(), vec!["a"]).await?;
                let (meta, stream) = WsMeta::connect(&String::new(), Some(vec!["a"])).await?;
                sent::<CloseEvent>(meta.close());
                sent::<CloseEvent>(meta.close_code(1000));
                sent::<CloseEvent>(meta.close_reason(1000, ""));
                sent::<CloseEvent>(meta.close_reason(1000, String::new()));
                let (_, _): (WsState, WsState) = (meta.ready_state(), stream.ready_state());
                let (_, _): (&web_sys::WebSocket, &web_sys::WebSocket) = (meta.wrapped(), stream.wrapped());
                let (_, _, _, _): (u32, String, String, String) =
                    (meta.buffered_amount(), meta.extensions(), meta.protocol(), meta.url());
                let _: WsStreamIo = WsStreamIo::new(stream);
                let (_, stream) = WsMeta::connect("", None).await?;
                let _: IoStream<WsStreamIo, Vec<u8>> = stream.into_io();
                Ok(())
            }

            /// Describes an error, by each of its variants.
            fn error_fields(error: &WsErr) -> String {
                match error {
                    WsErr::InvalidWsState { supplied } => format!("state {supplied}"),
                    WsErr::ConnectionNotOpen => "not open".to_owned(),
                    WsErr::InvalidUrl { supplied } => format!("URL {supplied}"),
                    WsErr::InvalidCloseCode { supplied } => format!("code {supplied}"),
                    WsErr::ReasonStringToLong => "reason".to_owned(),
                    WsErr::ConnectionFailed { event: CloseEvent { code, reason, was_clean } } => {
                        format!("failed {code} {reason} {was_clean}")
                    }
                    WsErr::InvalidEncoding => "encoding".to_owned(),
                    WsErr::CantDecodeBlob => "blob".to_owned(),
                    WsErr::UnknownDataType => "type".to_owned(),
                    WsErr::Unknown(text) => text.clone(),
                    _ => "a variant that the other crate lacks".to_owned(),
                }
            }

            /// Returns what the pure parts of the interface return.
            pub fn results() -> Vec<String> {
                let close = CloseEvent { code: 4000, reason: "bye".to_owned(), was_clean: true };
                let mut results = Vec::new();
                for number in 0..6 {
                    results.push(match WsState::try_from(number) {
                        Ok(state) => format!("{state:?}"),
                        Err(error) => error_fields(&error),
                    });
                }
                let failed = WsErr::ConnectionFailed { event: close.clone() };
                results.push(error_fields(&failed));
                let ends = [WsEvent::Open, WsEvent::Error, WsEvent::Closing];
                for event in ends.into_iter().chain([WsEvent::Closed(close), WsEvent::WsErr(failed)]) {
                    let is =
                        [event.is_open(), event.is_err(), event.is_closing(), event.is_closed(), event.is_ws_err()];
                    results.push(format!("{is:?} {event:?}"));
                }
                for message in [WsMessage::from("text".to_owned()), WsMessage::from(vec![0, 255])] {
                    let bytes = Vec::from(message.clone());
                    results.push(format!("{message:?} {:?} {bytes:?}", message.as_ref()));
                }
                results
            }
        }
    };
}

interface!(original);
interface!(ws_stream_wasm);

#[test]
fn states_events_and_messages_are_those_of_the_original() {
    let results = original::results();
    assert_eq!(results.len(), 14);
    assert_eq!(ws_stream_wasm::results(), results);
}
