use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_core::Stream;
use send_wrapper::SendWrapper;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

/// A value that only its own thread uses, in handles that any thread may own and drop.
#[derive(Clone)]
pub(crate) struct Local<T> {
    // The order matters: `Home` takes the drop of the second field for the drop of the first.
    value: Arc<SendWrapper<T>>,
    _alive: UnboundedSender<Infallible>,
}

/// Keeps a value on its own thread until no [`Local`] is left: a `SendWrapper` that is dropped on another thread panics.
pub(crate) struct Home<T> {
    value: Arc<SendWrapper<T>>,
    handles: UnboundedReceiver<Infallible>,
}

impl<T> Local<T> {
    pub(crate) fn new(value: T) -> (Self, Home<T>) {
        let value = Arc::new(SendWrapper::new(value));
        let (alive, handles) = unbounded();
        (Self { value: Arc::clone(&value), _alive: alive }, Home { value, handles })
    }

    /// Returns the value.
    ///
    /// # Panics
    ///
    /// On another thread than the value's own.
    pub(crate) fn get(&self) -> &T {
        &self.value
    }

    /// Returns the value, or `None` on another thread than its own.
    pub(crate) fn try_get(&self) -> Option<&T> {
        self.value.valid().then(|| self.get())
    }
}

impl<T> Home<T> {
    /// Waits until no handle is left, and drops the value.
    pub(crate) async fn outlive_handles(mut self) {
        while poll_fn(|cx| Pin::new(&mut self.handles).poll_next(cx)).await.is_some() {}
        drop(self.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::rc::Rc;
    use std::thread;

    #[test]
    fn value_is_dropped_on_its_own_thread_after_a_handle_was_dropped_on_another() {
        let value = Rc::new(());
        let (local, home) = Local::new(Rc::clone(&value));
        let moved = local.clone();
        assert!(thread::spawn(move || moved.try_get().is_none()).join().unwrap());

        let mut home = Box::pin(home.outlive_handles());
        assert!(home.as_mut().now_or_never().is_none());
        assert!(local.try_get().is_some());
        thread::spawn(move || drop(local)).join().unwrap();
        assert_eq!(Rc::strong_count(&value), 2);
        assert!(home.now_or_never().is_some());
        assert_eq!(Rc::strong_count(&value), 1);
    }
}
