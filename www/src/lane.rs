//! One connection in the timeline's chart: its states and marks, and their positions in thousandths of the chart's width.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Connecting,
    Open,
    Closing,
    Closed,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Message,
    Error,
    Close,
    /// The client called `close`, or dropped the socket.
    Ours,
    /// A timeout elapsed before the browser fired `close`.
    Timeout,
}

impl Mark {
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Error => "error",
            Self::Close => "close",
            Self::Ours => "ours",
            Self::Timeout => "timeout",
        }
    }
}

/// The states and marks of one connection, at times in milliseconds since it was created.
#[derive(Debug, Default)]
pub struct Lane {
    states: Vec<(u32, State)>,
    marks: Vec<(u32, Mark)>,
}

/// The part of a lane in which the connection was in one state; `from` and `to` are in thousandths.
#[derive(Debug, PartialEq, Eq)]
pub struct Segment {
    pub state: State,
    pub from: u32,
    pub to: u32,
}

impl Lane {
    pub fn enter(&mut self, at: u32, state: State) {
        // Nothing follows `Closed`, and entering the current state again does not start another segment.
        if self.state() != Some(State::Closed) && self.state() != Some(state) {
            self.states.push((at, state));
        }
    }

    pub fn mark(&mut self, at: u32, mark: Mark) {
        self.marks.push((at, mark));
    }

    pub fn state(&self) -> Option<State> {
        self.states.last().map(|(_, state)| *state)
    }

    pub fn is_live(&self) -> bool {
        !matches!(self.state(), None | Some(State::Closed))
    }

    /// Returns the time of the last state or mark.
    pub fn last_ms(&self) -> u32 {
        let times = self.states.iter().map(|(at, _)| *at).chain(self.marks.iter().map(|(at, _)| *at));
        times.max().unwrap_or(0)
    }

    /// Returns the segments of a chart that ends at `end`. There is none for `Closed`.
    pub fn segments(&self, end: u32) -> Vec<Segment> {
        let ends = self.states.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let segments = self.states.iter().zip(ends).filter(|((_, state), _)| *state != State::Closed);
        segments
            .map(|(&(from, state), to)| Segment { state, from: position(from, end), to: position(to, end) })
            .collect()
    }

    /// Returns the marks and their positions in a chart that ends at `end`.
    pub fn marks(&self, end: u32) -> impl Iterator<Item = (u32, Mark)> {
        self.marks.iter().map(move |(at, mark)| (position(*at, end), *mark))
    }
}

/// Returns the position of a time in a chart that ends at `end`, in thousandths.
pub fn position(at: u32, end: u32) -> u32 {
    let position = u64::from(at.min(end)) * 1000 / u64::from(end.max(1));
    u32::try_from(position).unwrap_or(1000)
}

/// Returns at most six round times from 0 to `end`, for the axis.
pub fn ticks(end: u32) -> Vec<u32> {
    let steps = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
    let step = steps.filter(|step| *step >= 10).find(|step| end / step < 6).unwrap_or(u32::MAX);
    (0..6_u32).map_while(|n| n.checked_mul(step)).take_while(|at| *at <= end).collect()
}

/// Formats a time for the axis.
pub fn label(ms: u32) -> String {
    match ms {
        0 => "0".to_owned(),
        ms if ms % 1000 == 0 => format!("{} s", ms / 1000),
        ms => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane() -> Lane {
        let mut lane = Lane::default();
        lane.enter(0, State::Connecting);
        lane.enter(100, State::Open);
        lane.mark(300, Mark::Ours);
        lane.enter(300, State::Closing);
        lane.enter(350, State::Closing);
        lane.enter(400, State::Closed);
        lane
    }

    #[test]
    fn segments_are_contiguous_and_to_scale() {
        let drawn: Vec<_> = lane().segments(1000).into_iter().map(|seg| (seg.state, seg.from, seg.to)).collect();
        assert_eq!(drawn, [(State::Connecting, 0, 100), (State::Open, 100, 300), (State::Closing, 300, 400)]);
        assert_eq!(lane().marks(600).collect::<Vec<_>>(), [(500, Mark::Ours)]);
        assert_eq!(lane().last_ms(), 400);
    }

    #[test]
    fn no_state_is_entered_after_closed() {
        let mut lane = lane();
        lane.enter(500, State::Open);
        assert!(!lane.is_live());
        assert_eq!(lane.segments(1000).len(), 3);
    }

    #[test]
    fn current_state_s_segment_reaches_the_chart_s_end() {
        let mut lane = Lane::default();
        lane.enter(20, State::Connecting);
        assert_eq!(lane.segments(40), [Segment { state: State::Connecting, from: 500, to: 1000 }]);
    }

    #[test]
    fn ticks_are_round_at_most_six_and_within_the_chart() {
        assert_eq!(ticks(500), [0, 100, 200, 300, 400, 500]);
        assert_eq!(ticks(5_400), [0, 1000, 2000, 3000, 4000, 5000]);
        for end in [0, 1, 99, 600, 999, 60_000, 130_000, u32::MAX] {
            let ticks = ticks(end);
            assert!(ticks.len() <= 6 && ticks.iter().all(|at| *at <= end), "{end}: {ticks:?}");
        }
        assert_eq!([label(0), label(250), label(1500), label(2000)], ["0", "250 ms", "1500 ms", "2 s"]);
    }

    #[test]
    fn position_of_the_longest_time_does_not_overflow() {
        assert_eq!(position(u32::MAX, u32::MAX), 1000);
        assert_eq!(position(5, 0), 0);
    }
}
