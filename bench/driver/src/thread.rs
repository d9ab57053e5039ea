//! The main thread of the process that shows the page, and how long it has been on a processor.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A process; its main thread has the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MainThread(u32);

impl MainThread {
    /// Nanoseconds on a processor, as Linux counts them; `None` elsewhere.
    pub(crate) fn on_cpu(self) -> Option<u64> {
        let Self(id) = self;
        let text = fs::read_to_string(format!("/proc/{id}/task/{id}/schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    }

    /// The main threads of a process and of all that it has started.
    pub(crate) fn of_family(leader: u32) -> Vec<Self> {
        let parents: HashMap<u32, u32> = processes().filter_map(|id| Some((id, parent(id)?))).collect();
        let descends = |mut id: u32| {
            while id != leader {
                match parents.get(&id) {
                    Some(&parent) if parent != 0 => id = parent,
                    _ => return false,
                }
            }
            true
        };
        parents.keys().copied().filter(|&id| descends(id)).map(Self).collect()
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(Path::new("/proc")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn parent(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in brackets, may have anything in it; after it come the state and the parent.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// The thread that was busiest between two looks, if it was far ahead of every other one.
pub(crate) fn busiest(before: &[(MainThread, u64)]) -> Option<MainThread> {
    let mut spent: Vec<_> =
        before.iter().filter_map(|&(thread, then)| Some((thread.on_cpu()?.checked_sub(then)?, thread))).collect();
    spent.sort_unstable_by_key(|&(spent, _)| std::cmp::Reverse(spent));
    let (most, thread) = *spent.first()?;
    let next = spent.get(1).map_or(0, |&(spent, _)| spent);
    (most > 2 * next && most > 20_000_000).then_some(thread)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_busy_thread_is_found_among_its_family() {
        let us = std::process::id();
        let family = MainThread::of_family(us);
        assert!(family.contains(&MainThread(us)));
        assert!(!family.contains(&MainThread(1)));

        let mut busy = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let threads = MainThread::of_family(us);
        let before: Vec<_> = threads.iter().filter_map(|&thread| Some((thread, thread.on_cpu()?))).collect();
        let begun = Instant::now();
        let found = loop {
            std::thread::sleep(Duration::from_millis(20));
            let found = busiest(&before);
            if found.is_some() || begun.elapsed() > Duration::from_secs(20) {
                break found;
            }
        };
        busy.kill().unwrap();
        busy.wait().unwrap();
        assert_eq!(found, Some(MainThread(busy.id())));
    }
}
