//! What every subject of the bench does while it is timed, and the check that it has done it.
//!
//! A subject implements [`Subject`] over its library and exports itself by [`subject!`]. The functions that the page calls
//! are then the same for all subjects, and for the one in plain JavaScript (`page/plain.js`).

pub mod run;
pub mod sink;
pub mod tally;

pub use onclose_counting::Counting;
pub use sink::SinkSubject;
pub use wasm_bindgen;

/// A message as the subject's library returns it; borrowed, so that no subject pays for a conversion.
#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

impl<'a> Data<'a> {
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

/// How a connection closed, as far as the library reports it.
#[derive(Debug)]
pub struct End {
    pub code: u16,
    pub reason: String,
    /// `None` if the library does not report it.
    pub clean: Option<bool>,
}

/// A connection, used as the library's documentation shows.
// No future of this trait is sent to another thread, so its callers need no `Send` bound.
#[allow(async_fn_in_trait)]
pub trait Subject: Sized + 'static {
    /// Connects, and waits until the connection is open.
    async fn connect(url: &str) -> Result<Self, String>;

    /// Sends one message, waiting if the library waits.
    async fn send(&mut self, data: Data<'_>) -> Result<(), String>;

    /// Waits for the next message and passes it on; returns `false` after the last one.
    async fn recv(&mut self, visit: &mut impl FnMut(Data<'_>)) -> Result<bool, String>;

    /// Counts every message from now on until the page is left: by a task, unless the library has another way.
    fn listen(self) {
        run::read(self);
    }

    /// Requests messages by sending this text, and counts them until this many have arrived.
    async fn burst(self, ask: &str, times: u32) -> Result<Self, String> {
        run::burst_by_stream(self, ask, times).await
    }

    /// Requests a close by sending this text, and waits until the library reports it.
    async fn end(&mut self, ask: &str) -> Result<End, String>;
}

/// Formats any error.
pub fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Exports the functions that the page calls, for a [`Subject`].
#[macro_export]
macro_rules! subject {
    ($subject:ty) => {
        #[global_allocator]
        static ALLOCATOR: $crate::Counting = $crate::Counting;

        thread_local! {
            static OPEN: std::cell::RefCell<Option<$subject>> = const { std::cell::RefCell::new(None) };
        }

        mod exports {
            use super::OPEN;
            use $crate::run;
            use $crate::wasm_bindgen;
            use $crate::wasm_bindgen::prelude::*;

            /// Connects, and keeps the connection for the functions below.
            #[wasm_bindgen]
            pub async fn open(url: String) -> Result<(), JsError> {
                run::open(&OPEN, &url).await
            }

            /// Starts a task that reads the kept connection and counts its messages.
            #[wasm_bindgen]
            pub fn listen() -> Result<(), JsError> {
                run::listen(&OPEN)
            }

            /// Sends a message and waits for its echo, this many times.
            #[wasm_bindgen]
            pub async fn echo(text: bool, size: u32, times: u32) -> Result<(), JsError> {
                run::echo(&OPEN, text, size, times).await
            }

            /// Sends this many messages without waiting for an answer, then "done", and waits for the answer to that.
            #[wasm_bindgen]
            pub async fn pipe(size: u32, times: u32) -> Result<(), JsError> {
                run::pipe(&OPEN, size, times).await
            }

            /// Sends this many messages, and waits until the peer has acknowledged this many bytes.
            #[wasm_bindgen]
            pub async fn upload(size: u32, times: u32, acknowledged: f64) -> Result<(), JsError> {
                run::upload(&OPEN, size, times, acknowledged).await
            }

            /// Sends messages for this time; returns how many.
            #[wasm_bindgen]
            pub async fn upload_for(size: u32, millis: f64) -> Result<u32, JsError> {
                run::upload_for(&OPEN, size, millis).await
            }

            /// Requests messages, and counts them until this many have arrived.
            #[wasm_bindgen]
            pub async fn burst(times: u32) -> Result<(), JsError> {
                run::burst(&OPEN, times).await
            }

            /// Makes the peer close with this reason; returns when the library reported the close, its code, and whether it was clean.
            #[wasm_bindgen]
            pub async fn end(reason: String) -> Result<Vec<f64>, JsError> {
                run::end(&OPEN, &reason).await
            }

            /// Drops the kept connection.
            #[wasm_bindgen]
            pub fn drop_it() {
                run::drop_it(&OPEN);
            }

            #[wasm_bindgen]
            pub fn reset() {
                run::reset();
            }

            #[wasm_bindgen]
            pub fn count() -> u32 {
                run::count()
            }

            #[wasm_bindgen]
            pub fn bytes() -> f64 {
                run::bytes()
            }

            #[wasm_bindgen]
            pub fn hash() -> u32 {
                run::hash()
            }

            /// Returns why the reading task has stopped, if it has.
            #[wasm_bindgen]
            pub fn stopped() -> Option<String> {
                run::stopped()
            }

            #[wasm_bindgen]
            pub fn memory_bytes() -> f64 {
                run::memory_bytes()
            }

            #[wasm_bindgen]
            pub fn live_bytes() -> f64 {
                run::live_bytes()
            }
        }
    };
}
