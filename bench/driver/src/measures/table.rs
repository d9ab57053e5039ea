//! The table of measures: each is one row.

use serde_json::json;

use super::{Measure, Need, Number, PageUse, Take, Way, Work};

const fn charted(
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    take: Take,
    needs: &'static [Need],
) -> Number {
    Number { id, title, unit, take, chart: true, needs }
}

const fn listed(
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    take: Take,
    needs: &'static [Need],
) -> Number {
    Number { id, title, unit, take, chart: false, needs }
}

/// A row of dispatched events. The lowest decile is what the code takes; the mean includes what the machine adds.
macro_rules! events {
    ($name:literal, $id:literal, $mean:literal, $about:literal, $title:literal, $kind:literal, $page:ident,
     warm $warm:tt, batches $batches:tt) => {
        Measure {
            name: $name,
            about: $about,
            work: Work::Job {
                name: "synthetic",
                args: |pace| {
                    let (warm, batches) = (pace_of!(pace, $warm), pace_of!(pace, $batches));
                    json!({ "kind": $kind, "events": 1000, "warm": warm, "batches": batches })
                },
                baseline: true,
            },
            page: PageUse::$page,
            varies: Some(Way::Receiving),
            takes_cpu: false,
            numbers: &[
                charted($id, $title, "ns", Take::Quiet("ns"), &[Need::Events]),
                listed($mean, concat!($title, ", mean"), "ns", Take::Mean("ns"), &[Need::Events]),
            ],
        }
    };
}

/// A row of messages to or from the peer. Wall time is mostly the browser's own.
macro_rules! network {
    ($name:literal, $id:literal, $wall:literal, $about:literal, $title:literal, $job:literal, varies $varies:expr,
     $args:expr) => {
        Measure {
            name: $name,
            about: $about,
            work: Work::Job { name: $job, args: $args, baseline: false },
            page: PageUse::Round,
            varies: $varies,
            takes_cpu: true,
            numbers: &[
                charted($id, concat!($title, ", main thread"), "µs", Take::Field("cpu_us"), &[Need::Cpu]),
                listed($wall, concat!($title, ", wall"), "µs", Take::Field("wall_us"), &[]),
            ],
        }
    };
}

/// A row of messages to the peer. Wall time includes waiting for the sink, or for the send buffer.
macro_rules! sending {
    ($name:literal, $id:literal, $cpu:literal, $about:literal, $title:literal, $job:literal, $way:ident, $need:ident,
     $args:expr) => {
        Measure {
            name: $name,
            about: $about,
            work: Work::Job { name: $job, args: $args, baseline: false },
            page: PageUse::Round,
            varies: Some(Way::$way),
            takes_cpu: true,
            numbers: &[
                charted($id, concat!($title, ", wall"), "µs", Take::Field("wall_us"), &[Need::$need]),
                listed($cpu, concat!($title, ", main thread"), "µs", Take::Field("cpu_us"), &[Need::$need, Need::Cpu]),
            ],
        }
    };
}

macro_rules! pace_of {
    ($pace:ident, ($check:literal, $quick:literal, $whole:literal)) => {
        $pace.of($check, $quick, $whole)
    };
}

/// The bytes between two acknowledgements.
const ACK: u32 = 512 << 10;

pub(crate) const MEASURES: &[Measure] = &[
    Measure {
        name: "sizes",
        about: "Weigh a minimal app, and one that only awaits the close of an existing socket",
        work: Work::Sizes,
        page: PageUse::Round,
        varies: None,
        takes_cpu: false,
        numbers: &[],
    },
    events!(
        "text64",
        "text-64",
        "text-64-mean",
        "Dispatch events with 64 bytes of text",
        "An event with 64 B of text",
        "text64",
        Round,
        warm(1, 3, 5),
        batches(3, 20, 40)
    ),
    events!(
        "text4k",
        "text-4k",
        "text-4k-mean",
        "Dispatch events with 4 KiB of ASCII text",
        "An event with 4 KiB of ASCII text",
        "text4k",
        Round,
        warm(1, 3, 5),
        batches(2, 8, 12)
    ),
    events!(
        "mixed4k",
        "mixed-4k",
        "mixed-4k-mean",
        "Dispatch events with 4 KiB of text in many scripts",
        "An event with 4 KiB of text in many scripts",
        "mixed4k",
        Round,
        warm(1, 3, 5),
        batches(2, 8, 12)
    ),
    events!(
        "binary64",
        "binary-64",
        "binary-64-mean",
        "Dispatch events with 64 bytes",
        "An event with 64 B",
        "binary64",
        Round,
        warm(1, 3, 5),
        batches(3, 20, 40)
    ),
    // One page: its memory grows to 64 MB and stays so, and growing it takes WebKit many seconds.
    events!(
        "binary64k",
        "binary-64k",
        "binary-64k-mean",
        "Dispatch events with 64 KiB",
        "An event with 64 KiB",
        "binary64k",
        Measure,
        warm(1, 1, 2),
        batches(1, 3, 5)
    ),
    network!(
        "echo-text", "echo-text", "echo-text-wall", "Send 64 bytes of text and await the echo, one after another",
        "64 B of text and its echo", "echo", varies None,
        |pace| json!({ "text": true, "size": 64, "warm": 50, "times": pace.of(50, 500, 1000) })
    ),
    network!(
        "echo-binary", "echo-binary", "echo-binary-wall", "Send 64 bytes and await the echo, one after another",
        "64 B and their echo", "echo", varies None,
        |pace| json!({ "text": false, "size": 64, "warm": 50, "times": pace.of(50, 500, 1000) })
    ),
    network!(
        "pipe", "pipe", "pipe-wall", "Send 64 bytes repeatedly without awaiting answers",
        "Sending 64 B without awaiting", "pipe", varies None,
        |pace| json!({ "size": 64, "times": pace.of(100, 1000, 2000) })
    ),
    network!(
        "burst64", "burst-64", "burst-64-wall", "Receive 64 bytes of text as fast as the peer sends",
        "Receiving 64 B of text in a burst", "burst", varies Some(Way::Receiving),
        |pace| json!({ "text": true, "size": 64, "times": pace.of(200, 3000, 6000) })
    ),
    network!(
        "burst64k", "burst-64k", "burst-64k-wall", "Receive 64 KiB as fast as the peer sends",
        "Receiving 64 KiB in a burst", "burst", varies Some(Way::Receiving),
        |pace| json!({ "text": false, "size": 65_536, "times": pace.of(20, 150, 300) })
    ),
    sending!(
        "sink-echo",
        "sink-echo",
        "sink-echo-cpu",
        "Send 100 bytes of text by `SinkExt::send` and await the echo, one after another",
        "100 B by SinkExt::send and their echo",
        "sinkEcho",
        Sending,
        Sink,
        |pace| json!({ "text": true, "size": 100, "warm": 50, "times": pace.of(50, 500, 1000) })
    ),
    sending!(
        "sink-run",
        "sink-run",
        "sink-run-cpu",
        "Send runs of 100 bytes of text by `SinkExt::send`, then receive the echoes",
        "100 B by SinkExt::send in a run of 500, and their echoes",
        "sinkRun",
        Sending,
        Sink,
        |pace| json!({ "size": 100, "times": 500, "runs": pace.of(1, 4, 10) })
    ),
    sending!(
        "forward",
        "forward",
        "forward-cpu",
        "Forward a stream of texts of 100 bytes into the sink, until it has closed",
        "100 B of text, forwarded into the sink",
        "forward",
        Sending,
        ClosingSink,
        |pace| json!({ "size": 100, "times": pace.of(1000, 10_000, 10_000) })
    ),
    sending!(
        "upload",
        "upload",
        "upload-cpu",
        "Send 64 KiB repeatedly, waiting for capacity, to a peer that reads",
        "Sending 64 KiB with backpressure",
        "upload",
        Waiting,
        Backpressure,
        |pace| json!({ "size": 65_536, "times": pace.of(128, 1024, 2048) })
    ),
    sending!(
        "upload-ack",
        "upload-ack",
        "upload-ack-cpu",
        "The same as upload, to a peer that acknowledges each 512 KiB",
        "Sending 64 KiB with backpressure, acknowledged",
        "upload",
        Waiting,
        Backpressure,
        |pace| json!({ "size": 65_536, "times": pace.of(128, 1024, 2048), "ack": ACK })
    ),
    Measure {
        name: "upload-hidden",
        about: "Do the same as upload and upload-ack from a hidden page, whose timers are throttled",
        work: Work::Hidden { args: |pace| json!({ "size": 65_536, "millis": pace.of(2, 4, 8) * 1000, "ack": ACK }) },
        // One round: the arguments say how long it takes.
        page: PageUse::Subject,
        varies: None,
        takes_cpu: false,
        numbers: &[
            charted(
                "upload-hidden",
                "Sending 64 KiB from a hidden page",
                "µs",
                Take::Field("silent_us"),
                &[Need::Backpressure, Need::Hiding],
            ),
            charted(
                "upload-hidden-ack",
                "Sending 64 KiB from a hidden page, acknowledged",
                "µs",
                Take::Field("acknowledged_us"),
                &[Need::Backpressure, Need::Hiding],
            ),
        ],
    },
    Measure {
        name: "ends",
        about: "Time a connection's whole life, and from its `close` event to the task that resumes",
        work: Work::Job {
            name: "ends",
            args: |pace| json!({ "warm": 2, "times": pace.of(3, 10, 20) }),
            baseline: false,
        },
        page: PageUse::Round,
        varies: None,
        takes_cpu: false,
        numbers: &[
            charted("life", "Opening, asking for the close, and receiving it", "ms", Take::Median("life_ms"), &[]),
            charted(
                "resume",
                "From the close event to the task that resumes",
                "µs",
                Take::QuickerHalf("resume_us"),
                &[Need::CloseEvent],
            ),
        ],
    },
    Measure {
        name: "backlog",
        about: "Measure wasm memory after a backlog of 64 MB has been received",
        work: Work::Job { name: "backlog", args: |_| json!({ "kind": "binary64k", "events": 1024 }), baseline: false },
        page: PageUse::Subject,
        varies: None,
        takes_cpu: false,
        numbers: &[charted(
            "backlog",
            "wasm memory after a backlog of 64 MB",
            "MB",
            Take::Millions("after"),
            &[Need::Events, Need::Wasm],
        )],
    },
    Measure {
        name: "left",
        about: "Measure what closed and dropped connections leave in memory",
        work: Work::Leftovers,
        page: PageUse::Subject,
        varies: None,
        takes_cpu: false,
        numbers: &[
            charted(
                "closed-wasm",
                "wasm bytes left by a closed connection",
                "B",
                Take::Field("closed_wasm"),
                &[Need::CloseEvent, Need::Wasm],
            ),
            charted(
                "closed-heap",
                "JavaScript bytes left by a closed connection",
                "B",
                Take::Field("closed_heap"),
                &[Need::CloseEvent, Need::Heap],
            ),
            charted(
                "dropped-wasm",
                "wasm bytes left by a dropped connection",
                "B",
                Take::Field("dropped_wasm"),
                &[Need::CloseEvent, Need::Wasm],
            ),
            charted(
                "dropped-heap",
                "JavaScript bytes left by a dropped connection",
                "B",
                Take::Field("dropped_heap"),
                &[Need::CloseEvent, Need::Heap],
            ),
        ],
    },
];
