//! What the server saw of each connection, kept for `/saw` and `/count`.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use data_encoding::HEXLOWER;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use tokio::sync::{mpsc, watch};

use crate::{
    http::Request,
    orders::{Given, Orders},
};

/// Records kept; the oldest goes first.
const KEPT: usize = 10_000;
/// `last` is cut here: a record is a report, not a store.
const LAST_BYTES: usize = 4096;

/// How TCP ended, as the server saw it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
    /// It has not.
    Open,
    /// The client's FIN was read.
    Fin,
    /// The client reset it.
    Reset,
    /// The connection was dropped at its time limit.
    Limit,
    /// The server ended it and saw no end from the client.
    Server,
}

/// The first Close frame that the client sent.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SawClose {
    code: Option<u16>,
    reason: String,
    hex: String,
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

/// The report that `/saw` answers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Saw {
    id: String,
    path: String,
    upgraded: bool,
    protocols: Vec<String>,
    origin: Option<String>,
    messages: u64,
    bytes: u64,
    last: Option<String>,
    close: Option<SawClose>,
    end: End,
    /// Why the server refused the request, if it did so on its own account.
    error: Option<String>,
    all: Arc<All>,
}

/// How many connections there were with one id, and what became of them.
#[derive(Debug, Default)]
pub(crate) struct All {
    upgraded: AtomicU64,
    /// Those whose client sent a Close.
    closed: AtomicU64,
    /// Those whose TCP has ended.
    ended: AtomicU64,
}

impl Serialize for All {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_struct("All", 3)?;
        all.serialize_field("upgraded", &self.upgraded.load(Relaxed))?;
        all.serialize_field("closed", &self.closed.load(Relaxed))?;
        all.serialize_field("ended", &self.ended.load(Relaxed))?;
        all.end()
    }
}

/// All records, and the connections that are open.
#[derive(Debug)]
pub(crate) struct Records {
    kept: Mutex<Kept>,
    live: Mutex<BTreeMap<u64, String>>,
    /// Counts the records ever made; tells those who wait for an id that one more is there.
    made: watch::Sender<u64>,
    pub(crate) orders: Orders,
}

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<String, watch::Receiver<Saw>>,
    order: VecDeque<String>,
}

impl Records {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            kept: Mutex::default(),
            live: Mutex::default(),
            made: watch::channel(0).0,
            orders: Orders::default(),
        })
    }

    /// The record of a new connection. A later one with the same id takes the place of an earlier one.
    pub(crate) fn open(self: &Arc<Self>, request: &Request) -> Record {
        let id = request.query.get("id").unwrap_or_default().to_owned();
        let all = self.receiver(&id).map(|saw| Arc::clone(&saw.borrow().all)).unwrap_or_default();
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
            end: End::Open,
            error: None,
            all,
        });
        if !id.is_empty() {
            let mut kept = lock(&self.kept);
            if kept.by_id.insert(id.clone(), receiver).is_some() {
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
        self.made.send_modify(|made| {
            *made += 1;
            number = *made;
        });
        Record { records: Arc::clone(self), number, saw }
    }

    /// What is known now.
    pub(crate) fn get(&self, id: &str) -> Option<Saw> {
        self.receiver(id).map(|saw| saw.borrow().clone())
    }

    /// Waits until there is such a record and its connection has ended.
    pub(crate) async fn ended(&self, id: &str) {
        // Subscribed first, so that a record made between the look and the wait is not missed.
        let mut made = self.made.subscribe();
        loop {
            if let Some(mut saw) = self.receiver(id) {
                // An error means that the record's owner is gone: it changes no more.
                let _ = saw.wait_for(|saw| saw.end != End::Open).await;
                return;
            }
            if made.changed().await.is_err() {
                return;
            }
        }
    }

    /// Upgraded connections whose TCP is open and whose id starts so.
    pub(crate) fn count(&self, prefix: &str) -> usize {
        lock(&self.live).values().filter(|id| id.starts_with(prefix)).count()
    }

    fn receiver(&self, id: &str) -> Option<watch::Receiver<Saw>> {
        lock(&self.kept).by_id.get(id).cloned()
    }
}

/// One connection's record, written by the task that serves it.
#[derive(Debug)]
pub(crate) struct Record {
    records: Arc<Records>,
    number: u64,
    saw: watch::Sender<Saw>,
}

impl Record {
    pub(crate) fn upgraded(&self) {
        let id = self.saw.borrow().id.clone();
        lock(&self.records.live).insert(self.number, id);
        self.saw.send_modify(|saw| {
            saw.upgraded = true;
            saw.all.upgraded.fetch_add(1, Relaxed);
        });
    }

    /// The orders to come for this connection.
    pub(crate) fn orders(&self) -> mpsc::UnboundedReceiver<Given> {
        let id = self.saw.borrow().id.clone();
        self.records.orders.obey(&id)
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
                saw.all.closed.fetch_add(1, Relaxed);
            }
        });
    }

    /// The end, which is told once and does not change.
    pub(crate) fn end(&self, end: End) {
        // Out of the count first: who has seen the end must not find the connection counted.
        lock(&self.records.live).remove(&self.number);
        self.saw.send_if_modified(|saw| {
            let first = saw.end == End::Open;
            if first {
                saw.end = end;
                saw.all.ended.fetch_add(u64::from(saw.upgraded), Relaxed);
            }
            first
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.end(End::Server);
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
    fn the_oldest_records_go_first() {
        let records = Records::new();
        for id in 0..KEPT {
            records.open(&request(id));
        }
        // Used again, the oldest id becomes the newest.
        records.open(&request(0));
        assert!(records.get("1").is_some());
        records.open(&request(KEPT));
        assert!(records.get("0").is_some());
        assert!(records.get("1").is_none());
        assert!(records.get("2").is_some());
        let kept = lock(&records.kept);
        assert_eq!((kept.by_id.len(), kept.order.len()), (KEPT, KEPT));
    }

    #[test]
    fn a_connection_whose_task_is_gone_has_ended() {
        let records = Records::new();
        let record = records.open(&request(7));
        record.upgraded();
        assert_eq!(records.count("7"), 1);
        drop(record);
        assert_eq!(records.count("7"), 0);
        assert_eq!(records.get("7").map(|saw| saw.end), Some(End::Server));
    }

    #[test]
    fn connections_of_one_id_are_counted_together() {
        let records = Records::new();
        let (first, second, refused) = (request(1), request(1), request(1));
        let first = records.open(&first);
        first.upgraded();
        let second = records.open(&second);
        second.upgraded();
        second.close(&[3, 232]);
        second.close(&[3, 232]);
        let counted = || records.get("1").map(|saw| serde_json::json!(*saw.all));
        assert_eq!(counted(), Some(serde_json::json!({ "upgraded": 2, "closed": 1, "ended": 0 })));
        drop((first, second));
        drop(records.open(&refused));
        assert_eq!(counted(), Some(serde_json::json!({ "upgraded": 2, "closed": 1, "ended": 2 })));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let records = Records::new();
        let record = records.open(&request(1));
        record.text(&"€".repeat(LAST_BYTES));
        let saw = records.get("1").map(|saw| (saw.bytes, saw.last.map(|last| last.len())));
        assert_eq!(saw, Some((3 * LAST_BYTES as u64, Some(LAST_BYTES / 3 * 3))));
    }
}
