//! What every subject of the bench does, and the proof that it did it.
//!
//! A subject implements [`Subject`] over its library and names itself to [`subject!`]; the functions that the page
//! calls are then the same for all of them, and for the one in plain JavaScript (`page/plain.js`).

pub mod run;
pub mod tally;

pub use onclose_counting::Counting;
pub use wasm_bindgen;

/// A message as the subject's library hands it over: lent, so that no subject pays for a conversion.
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

/// How a connection ended, as far as the library tells.
#[derive(Debug)]
pub struct End {
    pub code: u16,
    pub reason: String,
    /// `None` if the library does not tell.
    pub clean: Option<bool>,
}

/// A connection, made by a library in the way that its documentation shows.
// Whoever implements it knows its own future's type; nothing here is sent to another thread.
#[allow(async_fn_in_trait)]
pub trait Subject: Sized + 'static {
    /// Connects, and waits until the connection is open.
    async fn connect(url: &str) -> Result<Self, String>;

    /// Sends one message, waiting if the library wants to.
    async fn send(&mut self, data: Data<'_>) -> Result<(), String>;

    /// Waits for the next message and shows it; `false` if there is none any more.
    async fn recv(&mut self, look: &mut impl FnMut(Data<'_>)) -> Result<bool, String>;

    /// Counts every message from here on, for as long as the page lives: by a task, unless the library has another way.
    fn listen(self) {
        run::read(self);
    }

    /// Asks for messages by sending this text, and counts them until it has so many.
    async fn burst(self, ask: &str, times: u32) -> Result<Self, String> {
        run::burst_by_stream(self, ask, times).await
    }

    /// Asks the peer to close by sending this text, and waits until the library tells how the connection ended.
    async fn end(&mut self, ask: &str) -> Result<End, String>;
}

/// Any error, as text.
pub fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Exports what the page calls, for a type that is a [`Subject`].
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

            /// Connects, and keeps the connection for what follows.
            #[wasm_bindgen]
            pub async fn open(url: String) -> Result<(), JsError> {
                run::open(&OPEN, &url).await
            }

            /// Has a task of its own read the kept connection and count what it gets.
            #[wasm_bindgen]
            pub fn listen() -> Result<(), JsError> {
                run::listen(&OPEN)
            }

            /// Sends a message and waits for its echo, so many times.
            #[wasm_bindgen]
            pub async fn echo(text: bool, size: u32, times: u32) -> Result<(), JsError> {
                run::echo(&OPEN, text, size, times).await
            }

            /// Sends so many messages without waiting for any answer, then "done", and waits for the answer to that.
            #[wasm_bindgen]
            pub async fn pipe(size: u32, times: u32) -> Result<(), JsError> {
                run::pipe(&OPEN, size, times).await
            }

            /// Asks for messages, and counts them until it has so many.
            #[wasm_bindgen]
            pub async fn burst(times: u32) -> Result<(), JsError> {
                run::burst(&OPEN, times).await
            }

            /// Has the peer close with this reason; answers when it knew the end, then what it knew.
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

            /// Why the reading task has stopped, if it has.
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
