use crate::WsErr;
use onclose::ReadyState;

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the four ready states have the browser's names")]
pub enum WsState {
    Connecting,
    Open,
    Closing,
    Closed,
}

impl From<ReadyState> for WsState {
    fn from(state: ReadyState) -> Self {
        match state {
            ReadyState::Connecting => Self::Connecting,
            ReadyState::Open => Self::Open,
            ReadyState::Closing => Self::Closing,
            ReadyState::Closed => Self::Closed,
        }
    }
}

impl TryFrom<u16> for WsState {
    type Error = WsErr;

    fn try_from(state: u16) -> Result<Self, WsErr> {
        let known = ReadyState::try_from(state).map(Self::from);
        known.map_err(|_| WsErr::InvalidWsState { supplied: state })
    }
}
