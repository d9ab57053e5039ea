//! The main thread of the page's process, and its processor time.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A process, whose main thread has the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MainThread(u32);

impl MainThread {
    /// Returns the processor time in nanoseconds; `None` elsewhere than on Linux.
    pub(crate) fn on_cpu(self) -> Option<u64> {
        let Self(id) = self;
        let text = fs::read_to_string(format!("/proc/{id}/task/{id}/schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    }

    /// Returns the main threads of a process and of its descendants.
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
    // The name, in brackets, can contain any character; the state and the parent follow it.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Returns the thread with the most processor time since `before`, if it had more than twice that of every other one.
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
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    #[test]
    fn a_busy_thread_is_found_among_its_family() {
        let us = std::process::id();
        assert!(MainThread::of_family(us).contains(&MainThread(us)));
        assert!(!MainThread::of_family(us).contains(&MainThread(1)));

        // A family of its own: other tests in this process start busy programs too.
        let script = "while :; do :; done & echo $!; wait";
        let mut leader = Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(leader.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let busy: u32 = line.trim().parse().unwrap();

        let family = MainThread::of_family(leader.id());
        let before: Vec<_> = family.iter().filter_map(|&thread| Some((thread, thread.on_cpu()?))).collect();
        let begun = Instant::now();
        let found = loop {
            std::thread::sleep(Duration::from_millis(20));
            let found = busiest(&before);
            if found.is_some() || begun.elapsed() > Duration::from_secs(20) {
                break found;
            }
        };
        Command::new("kill").arg(busy.to_string()).status().unwrap();
        leader.wait().unwrap();
        assert_eq!(found, Some(MainThread(busy)));
    }
}
