//! What the server saw of each connection.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{ends::TcpEnd, http::Request};

/// Records kept; the oldest is removed first.
const KEPT: usize = 10_000;
/// `last` is cut here: a record is a report, not a copy of the traffic.
const LAST_BYTES: usize = 4096;

/// The first Close frame that the client sent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct SawClose {
    /// `None` if the payload is shorter than a code.
    pub code: Option<u16>,
    pub reason: String,
    /// The whole payload.
    pub hex: String,
}

impl SawClose {
    fn new(payload: &[u8]) -> Self {
        let (code, reason) = match payload {
            [high, low, reason @ ..] => (Some(u16::from_be_bytes([*high, *low])), reason),
            _ => (None, [].as_slice()),
        };
        let reason = String::from_utf8_lossy(reason).into_owned();
        Self { code, reason, hex: HEXLOWER.encode(payload) }
    }
}

/// What the server saw of one connection.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Saw {
    pub id: String,
    pub path: String,
    /// Whether the handshake was answered with 101.
    pub upgraded: bool,
    /// The subprotocols that the client offered.
    pub protocols: Vec<String>,
    pub origin: Option<String>,
    /// Messages from the client, and the sum of their lengths.
    pub messages: u64,
    pub bytes: u64,
    /// The last text from the client, cut at 4096 bytes.
    pub last: Option<String>,
    pub close: Option<SawClose>,
    pub end: TcpEnd,
    /// Why the server rejected the request, if the request itself was wrong.
    pub error: Option<String>,
    pub all: All,
}

impl Saw {
    /// Returns the code of the client's Close frame, if it sent one with a code.
    pub fn close_code(&self) -> Option<u16> {
        self.close.as_ref()?.code
    }

    /// Returns whether TCP has ended.
    pub fn has_ended(&self) -> bool {
        self.end != TcpEnd::Open
    }
}

/// The connections with one id, counted together.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct All {
    pub upgraded: u64,
    /// Upgraded connections whose client sent a Close frame.
    pub closed: u64,
    /// Upgraded connections whose TCP has ended.
    pub ended: u64,
}

/// [`All`] while it is counted, shared by the records of one id.
#[derive(Debug, Default)]
struct Counters {
    upgraded: AtomicU64,
    closed: AtomicU64,
    ended: AtomicU64,
}

impl Counters {
    fn read(&self) -> All {
        let [upgraded, closed, ended] = [&self.upgraded, &self.closed, &self.ended].map(|count| count.load(Relaxed));
        All { upgraded, closed, ended }
    }
}

/// All records, and the connections that are open.
#[derive(Debug)]
pub(crate) struct Store {
    kept: Mutex<Kept>,
    open: Mutex<BTreeMap<u64, String>>,
    /// The number of records ever created; a change wakes those who wait for an id without a record.
    created: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<String, Entry>,
    order: VecDeque<String>,
}

#[derive(Clone, Debug)]
struct Entry {
    saw: watch::Receiver<Saw>,
    all: Arc<Counters>,
}

impl Store {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { kept: Mutex::default(), open: Mutex::default(), created: watch::channel(0).0 })
    }

    /// Creates the record of a new connection, in place of an earlier one with the same id.
    pub(crate) fn create(self: &Arc<Self>, request: &Request) -> Record {
        let id = request.query.get("id").unwrap_or_default().to_owned();
        let (saw, receiver) = watch::channel(Saw {
            id: id.clone(),
            path: request.path().to_owned(),
            upgraded: false,
            protocols: request.protocols.clone(),
            origin: request.origin.clone(),
            messages: 0,
            bytes: 0,
            last: None,
            close: None,
            end: TcpEnd::Open,
            error: None,
            all: All::default(),
        });
        let mut all = Arc::default();
        if !id.is_empty() {
            // Looked up and inserted under one lock: of two connections that begin at the same time, one would otherwise
            // count for itself.
            let mut kept = lock(&self.kept);
            if let Some(earlier) = kept.by_id.get(&id) {
                all = Arc::clone(&earlier.all);
            }
            let entry = Entry { saw: receiver, all: Arc::clone(&all) };
            if kept.by_id.insert(id.clone(), entry).is_some() {
                kept.order.retain(|earlier| *earlier != id);
            }
            kept.order.push_back(id);
            if kept.order.len() > KEPT
                && let Some(oldest) = kept.order.pop_front()
            {
                kept.by_id.remove(&oldest);
            }
        }
        let mut number = 0;
        self.created.send_modify(|created| {
            *created += 1;
            number = *created;
        });
        Record { store: Arc::clone(self), number, saw, all }
    }

    /// Returns what is known now.
    pub(crate) fn get(&self, id: &str) -> Option<Saw> {
        self.entry(id).map(|entry| Saw { all: entry.all.read(), ..entry.saw.borrow().clone() })
    }

    /// Waits until there is a record with this id and its connection has ended.
    pub(crate) async fn ended(&self, id: &str) {
        // Subscribed before the lookup: a record created between the two would otherwise wake no one.
        let mut created = self.created.subscribe();
        loop {
            if let Some(mut entry) = self.entry(id) {
                // An error means that the record was dropped, which ends it.
                let _ = entry.saw.wait_for(Saw::has_ended).await;
                return;
            }
            if created.changed().await.is_err() {
                return;
            }
        }
    }

    /// Returns the number of upgraded connections whose TCP is open and whose id begins with `prefix`.
    pub(crate) fn count(&self, prefix: &str) -> usize {
        lock(&self.open).values().filter(|id| id.starts_with(prefix)).count()
    }

    fn entry(&self, id: &str) -> Option<Entry> {
        lock(&self.kept).by_id.get(id).cloned()
    }
}

/// One connection's record, written by the task that serves it.
#[derive(Debug)]
pub(crate) struct Record {
    store: Arc<Store>,
    number: u64,
    saw: watch::Sender<Saw>,
    all: Arc<Counters>,
}

impl Record {
    pub(crate) fn id(&self) -> String {
        self.saw.borrow().id.clone()
    }

    pub(crate) fn upgraded(&self) {
        lock(&self.store.open).insert(self.number, self.id());
        self.all.upgraded.fetch_add(1, Relaxed);
        self.saw.send_modify(|saw| saw.upgraded = true);
    }

    pub(crate) fn refused(&self, why: &str) {
        self.saw.send_modify(|saw| saw.error = Some(why.to_owned()));
    }

    pub(crate) fn text(&self, text: &str) {
        let cut = text.floor_char_boundary(LAST_BYTES);
        self.saw.send_modify(|saw| {
            saw.messages += 1;
            saw.bytes += text.len() as u64;
            saw.last = Some(text[..cut].to_owned());
        });
    }

    pub(crate) fn binary(&self, payload: &[u8]) {
        self.saw.send_modify(|saw| {
            saw.messages += 1;
            saw.bytes += payload.len() as u64;
        });
    }

    pub(crate) fn close(&self, payload: &[u8]) {
        self.saw.send_modify(|saw| {
            if saw.close.is_none() {
                saw.close = Some(SawClose::new(payload));
                self.all.closed.fetch_add(1, Relaxed);
            }
        });
    }

    /// Records how TCP ended. Later calls change nothing.
    pub(crate) fn end(&self, end: TcpEnd) {
        // Removed from the count first: a caller that has seen the end must not find the connection counted as open.
        lock(&self.store.open).remove(&self.number);
        self.saw.send_if_modified(|saw| {
            let first = saw.end == TcpEnd::Open;
            if first {
                saw.end = end;
                self.all.ended.fetch_add(u64::from(saw.upgraded), Relaxed);
            }
            first
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.end(TcpEnd::Server);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;

    fn request(id: usize) -> Request {
        let query = Query::parse(&format!("id={id}"));
        Request { method: "GET".into(), target: "/echo".into(), query, origin: None, protocols: Vec::new(), key: None }
    }

    #[test]
    fn the_oldest_record_is_removed_first() {
        let store = Store::new();
        for id in 0..KEPT {
            store.create(&request(id));
        }
        // Used again, the oldest id becomes the newest.
        store.create(&request(0));
        assert!(store.get("1").is_some());
        store.create(&request(KEPT));
        assert!(store.get("0").is_some());
        assert!(store.get("1").is_none());
        assert!(store.get("2").is_some());
        let kept = lock(&store.kept);
        assert_eq!((kept.by_id.len(), kept.order.len()), (KEPT, KEPT));
    }

    #[test]
    fn dropping_a_record_ends_it() {
        let store = Store::new();
        let record = store.create(&request(7));
        record.upgraded();
        assert_eq!(store.count("7"), 1);
        drop(record);
        assert_eq!(store.count("7"), 0);
        assert_eq!(store.get("7").map(|saw| saw.end), Some(TcpEnd::Server));
    }

    #[test]
    fn connections_of_one_id_are_counted_together() {
        let store = Store::new();
        let (first, second, refused) = (request(1), request(1), request(1));
        let first = store.create(&first);
        first.upgraded();
        let second = store.create(&second);
        second.upgraded();
        second.close(&[3, 232]);
        second.close(&[3, 232]);
        let counted = || store.get("1").map(|saw| saw.all);
        assert_eq!(counted(), Some(All { upgraded: 2, closed: 1, ended: 0 }));
        drop((first, second));
        drop(store.create(&refused));
        assert_eq!(counted(), Some(All { upgraded: 2, closed: 1, ended: 2 }));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let store = Store::new();
        let record = store.create(&request(1));
        record.text(&"€".repeat(LAST_BYTES));
        let saw = store.get("1").map(|saw| (saw.bytes, saw.last.map(|last| last.len())));
        assert_eq!(saw, Some((3 * LAST_BYTES as u64, Some(LAST_BYTES / 3 * 3))));
    }

    #[test]
    fn connections_of_one_id_that_begin_at_the_same_time_are_counted_together() {
        const ROUNDS: usize = 2_000;
        let (store, arrived) = (Store::new(), AtomicU64::new(0));
        // A thread that a barrier wakes would come too late.
        let both_have = |arrivals| {
            arrived.fetch_add(1, Relaxed);
            while arrived.load(Relaxed) < 2 * arrivals {
                std::hint::spin_loop();
            }
        };
        let create_all = || {
            for id in 0..ROUNDS {
                let request = request(id);
                both_have(2 * id as u64 + 1);
                store.create(&request).upgraded();
                both_have(2 * id as u64 + 2);
                assert_eq!(store.get(&id.to_string()).map(|saw| saw.all.upgraded), Some(2), "round {id}");
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(create_all);
            create_all();
        });
    }
}
