//! Real threads.

use super::*;

/// A handle in each thread, the driver in another.
#[test]
fn handles_on_many_threads_lose_and_reorder_nothing() {
    use futures_util::future::{join_all, select};
    const THREADS: usize = 4;
    const EACH: usize = 2_000;
    let (handles, end) = channel("ws://host/".to_owned(), ReadyState::Open, WINDOW);
    let handle = RemoteWebSocket::new(handles);
    let closed = handle.closed();
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let mut sender = handle.sender();
            std::thread::spawn(move || {
                let numbers = (0..EACH).map(|index| thread * EACH + index);
                block_on(async {
                    for number in numbers {
                        match number % 3 {
                            0 => sender.send(message(number)).await.expect("open"),
                            1 => SinkExt::send(&mut sender, message(number)).await.expect("open"),
                            _ => sender.feed(message(number)).await.expect("open"),
                        }
                        // A send that is cancelled, or not.
                        drop(select(sender.send(message(usize::MAX)), core::future::ready(())).await);
                        drop(sender.closed());
                    }
                    sender.flush().await.expect("open");
                });
            })
        })
        .collect();
    let browser = Fake::default();
    let mut actor = Actor::new(browser.clone(), end);
    browser.0.borrow_mut().room = usize::MAX / 2;
    let readers = std::thread::spawn(move || block_on(join_all([closed.clone(), closed])));
    let closes = std::thread::spawn(move || {
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        drop(handle);
    });
    block_on(core::future::poll_fn(|cx| {
        let polled = actor.poll(cx);
        if browser.0.borrow().closing && browser.0.borrow().closed.is_none() {
            browser.closes();
            return actor.poll(cx);
        }
        polled
    }));
    closes.join().expect("no panic");
    assert_eq!(readers.join().expect("no panic").len(), 2);
    let sent: Vec<_> = browser.0.borrow().sent.iter().copied().filter(|number| *number != usize::MAX).collect();
    assert_eq!(sent.len(), THREADS * EACH);
    for thread in 0..THREADS {
        let of_thread: Vec<_> = sent.iter().filter(|number| **number / EACH == thread).collect();
        assert!(of_thread.is_sorted(), "thread {thread}");
    }
}

/// A reader on another thread, with much more to read than the window: the driver pauses and continues many times.
#[test]
fn reader_on_another_thread_gets_everything_beyond_the_window() {
    const COUNT: usize = 20_000;
    let (handles, end) = channel("ws://host/".to_owned(), ReadyState::Open, WINDOW);
    let mut handle = RemoteWebSocket::new(handles);
    let browser = Fake::default();
    for _ in 0..COUNT {
        browser.receive(1 << 10);
    }
    browser.closes();
    let reader = std::thread::spawn(move || {
        block_on(async {
            let mut received = 0;
            while let Some(message) = handle.recv().await {
                received += usize::from(message.expect("a clean close").len() == 1 << 10);
            }
            received
        })
    });
    let mut actor = Actor::new(browser, end);
    block_on(core::future::poll_fn(|cx| actor.poll(cx)));
    assert_eq!(reader.join().expect("no panic"), COUNT);
}

/// Polls only after a wake, so that one that is lost fails the test.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread, AtomicBool);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, Ordering::SeqCst);
            self.0.unpark();
        }
    }
    let woken = Arc::new(Unpark(std::thread::current(), AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = core::pin::pin!(future);
    loop {
        let waited = std::time::Instant::now();
        while !woken.1.swap(false, Ordering::SeqCst) {
            std::thread::park_timeout(std::time::Duration::from_secs(1));
            assert!(waited.elapsed().as_secs() < 30, "nothing wakes it");
        }
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
    }
}
