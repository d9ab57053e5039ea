//! The timeline's drawing: what lies where on a line of a thousand parts.

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
    Ours,
    Deadline,
}

impl Mark {
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Error => "error",
            Self::Close => "close",
            Self::Ours => "ours",
            Self::Deadline => "deadline",
        }
    }
}

/// What happened to one connection, in milliseconds since it began.
#[derive(Debug, Default)]
pub struct Lane {
    states: Vec<(u32, State)>,
    marks: Vec<(u32, Mark)>,
}

/// A stretch of one state, in thousandths.
#[derive(Debug, PartialEq, Eq)]
pub struct Segment {
    pub state: State,
    pub from: u32,
    pub to: u32,
}

impl Lane {
    pub fn enter(&mut self, at: u32, state: State) {
        // The end is the end, and a state entered again is the same stretch.
        if !matches!(self.state(), Some(State::Closed)) && self.state() != Some(state) {
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

    /// The time of the last thing that happened.
    pub fn last(&self) -> u32 {
        let times = self.states.iter().map(|(at, _)| *at).chain(self.marks.iter().map(|(at, _)| *at));
        times.max().unwrap_or(0)
    }

    /// Its states on a line that ends at `end`; nothing is drawn after it closed.
    pub fn segments(&self, end: u32) -> Vec<Segment> {
        let ends = self.states.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let stretches = self.states.iter().zip(ends).filter(|((_, state), _)| *state != State::Closed);
        stretches.map(|(&(from, state), to)| Segment { state, from: part(from, end), to: part(to, end) }).collect()
    }

    /// Its marks in thousandths.
    pub fn marks(&self, end: u32) -> impl Iterator<Item = (u32, Mark)> {
        self.marks.iter().map(move |(at, mark)| (part(*at, end), *mark))
    }
}

/// Where a time lies on a line that ends at `end`, in thousandths.
pub fn part(at: u32, end: u32) -> u32 {
    let part = u64::from(at.min(end)) * 1000 / u64::from(end.max(1));
    u32::try_from(part).unwrap_or(1000)
}

/// Round times to label, six at most, from 0 on.
pub fn ticks(end: u32) -> Vec<u32> {
    let steps = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
    let step = steps.filter(|step| *step >= 10).find(|step| end / step < 6).unwrap_or(u32::MAX);
    (0..6_u32).map_while(|n| n.checked_mul(step)).take_while(|at| *at <= end).collect()
}

/// A tick's label.
pub fn time(ms: u32) -> String {
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
    fn states_follow_one_another_without_a_gap_and_to_scale() {
        let drawn: Vec<_> = lane().segments(1000).into_iter().map(|seg| (seg.state, seg.from, seg.to)).collect();
        assert_eq!(drawn, [(State::Connecting, 0, 100), (State::Open, 100, 300), (State::Closing, 300, 400)]);
        assert_eq!(lane().marks(600).collect::<Vec<_>>(), [(500, Mark::Ours)]);
        assert_eq!(lane().last(), 400);
    }

    #[test]
    fn after_the_end_no_state_is_entered() {
        let mut lane = lane();
        lane.enter(500, State::Open);
        assert!(!lane.is_live());
        assert_eq!(lane.segments(1000).len(), 3);
    }

    #[test]
    fn what_lasts_still_reaches_to_the_end() {
        let mut lane = Lane::default();
        lane.enter(20, State::Connecting);
        assert_eq!(lane.segments(40), [Segment { state: State::Connecting, from: 500, to: 1000 }]);
    }

    #[test]
    fn ticks_are_round_few_and_within() {
        assert_eq!(ticks(500), [0, 100, 200, 300, 400, 500]);
        assert_eq!(ticks(5_400), [0, 1000, 2000, 3000, 4000, 5000]);
        for end in [0, 1, 99, 600, 999, 60_000, 130_000, u32::MAX] {
            let ticks = ticks(end);
            assert!(ticks.len() <= 6 && ticks.iter().all(|at| *at <= end), "{end}: {ticks:?}");
        }
        assert_eq!([time(0), time(250), time(1500), time(2000)], ["0", "250 ms", "1500 ms", "2 s"]);
    }

    #[test]
    fn the_longest_time_overflows_nothing() {
        assert_eq!(part(u32::MAX, u32::MAX), 1000);
        assert_eq!(part(5, 0), 0);
    }
}
