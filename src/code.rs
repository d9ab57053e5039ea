//! Close codes: every `u16` that a browser can report, and what each one means.

use core::fmt;
use core::str::FromStr;

/// Generates [`CloseCode`] from one table of the registered codes, so that constants, names and documentation agree.
///
/// A row is: number, constant or `_`, IANA name, legacy name or `_`, whether it may be sent, what it means.
macro_rules! close_codes {
    ($($number:literal $constant:tt $name:literal $legacy:tt $on_wire:ident $meaning:literal;)+) => {
        /// A WebSocket close status code ([RFC 6455, section 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4)).
        ///
        /// Any `u16` is a `CloseCode`, because browsers report any `u16` that a peer sends. The registered codes have a
        /// constant, a name and a meaning:
        ///
        /// | code | constant | IANA name | legacy name | on the wire | meaning |
        /// |---|---|---|---|---|---|
        $(#[doc = concat!("| ", $number, " | ", close_codes!(@cell $constant), " | ", $name, " | ", close_codes!(@cell $legacy), " | ", close_codes!(@on_wire $on_wire), " | ", $meaning, " |")])+
        ///
        /// All other codes are described by their [`CodeRange`].
        ///
        /// A script may *send* only 1000 and 3000 to 4999 ([`is_sendable`](Self::is_sendable)). A
        /// [`CloseFrame`](crate::CloseFrame) holds such a code and its reason.
        ///
        /// Codes are compared by number, also with a plain `u16`:
        ///
        /// ```
        /// use onclose::CloseCode;
        ///
        /// assert_eq!(CloseCode::new(1000), CloseCode::NORMAL);
        /// assert_eq!(CloseCode::GOING_AWAY, 1001);
        /// assert_eq!(CloseCode::SERVICE_RESTART.to_string(), "1012 Service Restart");
        /// assert_eq!("CLOSE_ABNORMAL".parse(), Ok(CloseCode::ABNORMAL));
        /// assert_eq!(CloseCode::new(4001).name(), None);
        /// ```
        ///
        /// Sources: [RFC 6455, section 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4) and
        /// [IANA's registry](https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number).
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct CloseCode(u16);

        impl CloseCode {
            $(close_codes!(@const $number $constant $name $legacy $meaning);)+

            /// Returns the name in IANA's registry, if the code has one.
            ///
            /// ```
            /// # use onclose::CloseCode;
            /// assert_eq!(CloseCode::NORMAL.name(), Some("Normal Closure"));
            /// assert_eq!(CloseCode::new(4000).name(), None);
            /// ```
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)+
                    _ => None,
                }
            }

            /// Returns the constant's name in older documentation, such as `CLOSE_NORMAL`, if the code has one.
            #[must_use]
            pub const fn legacy_name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => close_codes!(@option $legacy),)+
                    _ => None,
                }
            }

            /// Returns a sentence that says what the code means, or what its range is for if it has no meaning of its own.
            ///
            /// It is meant for developers and logs. Do not show it to end users: write your own text for the codes that
            /// your server uses.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self.0 {
                    $($number => $meaning,)+
                    _ => self.range().description(),
                }
            }

            const REGISTERED: &'static [CloseCode] = &[$(CloseCode($number)),+];
        }
    };

    (@const $number:literal _ $name:literal $legacy:tt $meaning:literal) => {};
    (@const $number:literal $constant:ident $name:literal $legacy:tt $meaning:literal) => {
        #[doc = concat!("`", $number, "` ", $name, ".")]
        #[doc = ""]
        #[doc = $meaning]
        pub const $constant: CloseCode = CloseCode($number);
    };
    (@option _) => { None };
    (@option $legacy:literal) => { Some($legacy) };
    (@cell _) => { "" };
    (@cell $text:literal) => { concat!("`", $text, "`") };
    (@cell $constant:ident) => { concat!("[`", stringify!($constant), "`](Self::", stringify!($constant), ")") };
    (@on_wire Yes) => { "yes" };
    (@on_wire LocalOnly) => { "never" };
    (@on_wire No) => { "no" };
}

close_codes! {
    1000 NORMAL "Normal Closure" "CLOSE_NORMAL" Yes "Normal closure: the purpose of the connection has been fulfilled.";
    1001 GOING_AWAY "Going Away" "CLOSE_GOING_AWAY" Yes "The endpoint is going away, e.g. a server shutting down or a page navigating away.";
    1002 PROTOCOL_ERROR "Protocol error" "CLOSE_PROTOCOL_ERROR" Yes "The endpoint received data that violates the WebSocket protocol.";
    1003 UNSUPPORTED_DATA "Unsupported Data" "CLOSE_UNSUPPORTED" Yes "The endpoint received a type of data that it does not accept, e.g. binary where it expects text.";
    1004 _ "Reserved" _ No "Reserved: the code has no meaning yet and must not be sent.";
    1005 NO_STATUS "No Status Rcvd" "CLOSE_NO_STATUS" LocalOnly "The peer's Close frame had no status code. Set by the browser, never sent.";
    1006 ABNORMAL "Abnormal Closure" "CLOSE_ABNORMAL" LocalOnly "The connection closed without a Close frame. Set by the browser, never sent; browsers hide the cause from scripts.";
    1007 INVALID_PAYLOAD "Invalid frame payload data" _ Yes "The endpoint received a payload that is inconsistent with the message type, e.g. text that is not UTF-8.";
    1008 POLICY_VIOLATION "Policy Violation" _ Yes "The endpoint received a message that violates its policy; also the generic code when no other fits.";
    1009 MESSAGE_TOO_BIG "Message Too Big" "CLOSE_TOO_LARGE" Yes "The endpoint received a message that is too big to process.";
    1010 MANDATORY_EXTENSION "Mandatory Ext." _ Yes "The client expected an extension that the server did not negotiate.";
    1011 INTERNAL_ERROR "Internal Error" _ Yes "The endpoint encountered an unexpected condition and cannot continue.";
    1012 SERVICE_RESTART "Service Restart" _ Yes "The service is restarting. Clients may reconnect, each after a random delay.";
    1013 TRY_AGAIN_LATER "Try Again Later" _ Yes "The service is overloaded. Clients should reconnect later, or to another address.";
    1014 BAD_GATEWAY "Bad Gateway" _ Yes "A gateway or proxy received an invalid response from its upstream server. Older documents list the code as reserved.";
    1015 TLS_HANDSHAKE "TLS handshake" _ LocalOnly "The TLS handshake failed. Set locally, never sent; most browsers report 1006 instead.";
    3000 UNAUTHORIZED "Unauthorized" _ Yes "Authentication is required (like HTTP 401).";
    3003 FORBIDDEN "Forbidden" _ Yes "The client is authenticated but not permitted (like HTTP 403).";
    3008 TIMEOUT "Timeout" _ Yes "The endpoint took too long to respond (like HTTP 408).";
}

impl CloseCode {
    /// Creates a code from its number.
    ///
    /// Every number is accepted, because whatever a peer sends must be representable. To check whether a code may be
    /// *sent*, use [`is_sendable`](Self::is_sendable).
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Returns the number.
    ///
    /// The same as `u16::from(code)`, for places where the type of a conversion cannot be inferred.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Returns the range of the code, which says who assigns its meaning.
    #[must_use]
    pub const fn range(self) -> CodeRange {
        CodeRange::from_code(self.0)
    }

    /// Returns `true` if a browser lets scripts send the code: 1000, and 3000 to 4999.
    ///
    /// For any other code the browser's `close()` throws an `InvalidAccessError`
    /// ([WHATWG](https://websockets.spec.whatwg.org/#dom-websocket-close)).
    #[must_use]
    pub const fn is_sendable(self) -> bool {
        matches!(self.0, 1000 | 3000..=4999)
    }

    /// Returns `true` if the protocol allows the code in a Close frame, sent by either endpoint.
    ///
    /// True for 1000–1003, 1007–1014 and 3000–4999. Browsers also report codes for which this is `false`.
    #[must_use]
    pub const fn is_allowed_on_wire(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    /// Returns `true` for 1005, 1006 and 1015, which are reserved for local use and must never be sent.
    #[must_use]
    pub const fn is_local_only(self) -> bool {
        matches!(self.0, 1005 | 1006 | 1015)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::REGISTERED.iter().copied().find(|code| {
            let is = |known: Option<&str>| known.is_some_and(|known| known.eq_ignore_ascii_case(name));
            is(code.name()) || is(code.legacy_name())
        })
    }
}

/// Formats the number.
impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Formats the number, followed by the IANA name if there is one: `1000 Normal Closure`, `4001`.
impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} {name}", self.0),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

/// Parses a number (`1001`), an IANA name (`Going Away`), a legacy name (`CLOSE_GOING_AWAY`), or the output of `Display`
/// (`1001 Going Away`), case-insensitively.
///
/// # Errors
///
/// [`ParseCloseCodeError`] for anything else, and for a number above 65535.
impl FromStr for CloseCode {
    type Err = ParseCloseCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at(digits);
        if number.is_empty() {
            return Self::from_name(text).ok_or(ParseCloseCodeError(()));
        }
        let code = number.parse().map(Self).map_err(|_| ParseCloseCodeError(()))?;
        let named = |name: &str| code.name().is_some_and(|own| own.eq_ignore_ascii_case(name));
        match rest.strip_prefix(' ') {
            None if rest.is_empty() => Ok(code),
            Some(name) if named(name) => Ok(code),
            _ => Err(ParseCloseCodeError(())),
        }
    }
}

impl From<u16> for CloseCode {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl PartialEq<u16> for CloseCode {
    fn eq(&self, number: &u16) -> bool {
        self.0 == *number
    }
}

impl PartialEq<CloseCode> for u16 {
    fn eq(&self, code: &CloseCode) -> bool {
        *self == code.0
    }
}

/// Returned when a text cannot be parsed as a [`CloseCode`].
#[derive(Clone, PartialEq, Eq)]
pub struct ParseCloseCodeError(());

impl fmt::Debug for ParseCloseCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParseCloseCodeError")
    }
}

impl fmt::Display for ParseCloseCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid close code: expected 0-65535, an IANA name or a CLOSE_* name")
    }
}

impl core::error::Error for ParseCloseCodeError {}

/// Generates [`CodeRange`] from one table of ranges.
macro_rules! code_ranges {
    ($($variant:ident $first:literal $last:literal $shown:literal $meaning:literal;)+) => {
        /// The range of a close code, which says who assigns its meaning ([RFC 6455, section 7.4.2](https://www.rfc-editor.org/rfc/rfc6455#section-7.4.2)).
        ///
        /// | range | codes | meaning |
        /// |---|---|---|
        $(#[doc = concat!("| [`", stringify!($variant), "`](Self::", stringify!($variant), ") | ", $shown, " | ", $meaning, " |")])+
        ///
        /// ```
        /// use onclose::{CloseCode, CodeRange};
        ///
        /// assert_eq!(CloseCode::new(4001).range(), CodeRange::Application);
        /// assert_eq!(CloseCode::ABNORMAL.range(), CodeRange::Protocol);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CodeRange {
            $(
                #[doc = concat!($shown, ": ", $meaning)]
                $variant,
            )+
        }

        impl CodeRange {
            const fn from_code(code: u16) -> Self {
                match code {
                    $($first..=$last => Self::$variant,)+
                }
            }

            /// Returns a sentence that says what the range is for.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)+
                }
            }

            /// Returns the codes in the range.
            #[must_use]
            pub const fn codes(self) -> core::ops::RangeInclusive<u16> {
                match self {
                    $(Self::$variant => $first..=$last,)+
                }
            }
        }
    };
}

code_ranges! {
    Unused 0 999 "0–999" "Not used; no endpoint may send them.";
    Protocol 1000 1999 "1000–1999" "Defined by the protocol; codes without a meaning are reserved for future versions of it.";
    Extension 2000 2999 "2000–2999" "Reserved for extensions of the protocol.";
    Library 3000 3999 "3000–3999" "For libraries and frameworks, registered with IANA; the protocol does not interpret them.";
    Application 4000 4999 "4000–4999" "For private use by applications; cannot be registered.";
    Undefined 5000 65535 "5000–65535" "Not defined, although browsers may report them.";
}

#[cfg(feature = "serde")]
mod serde_impls {
    use super::CloseCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Serializes the number.
    impl Serialize for CloseCode {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u16(self.as_u16())
        }
    }

    /// Deserializes the number.
    impl<'de> Deserialize<'de> for CloseCode {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u16::deserialize(deserializer).map(Self::new)
        }
    }
}
