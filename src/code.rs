//! Close codes: every `u16` a browser can report, and what each one means.

use core::fmt;
use core::str::FromStr;

/// Generates [`CloseCode`] from one list of the registered codes, so that constants, names and documentation agree.
///
/// A row is: number, constant or `_`, IANA name, older constant or `_`, who may use it, what it means.
macro_rules! close_codes {
    ($($number:literal $konst:tt $name:literal $old:tt $travel:ident $meaning:literal;)+) => {
        /// The number that says why a WebSocket closed.
        ///
        /// Any `u16` is a `CloseCode`, because engines deliver any `u16` that a peer sends. The registered ones have
        /// a constant, a name and a meaning:
        ///
        /// | code | constant | IANA name | older constant | on the wire | meaning |
        /// |---|---|---|---|---|---|
        $(#[doc = concat!("| ", $number, " | ", close_codes!(@cell $konst), " | ", $name, " | ", close_codes!(@cell $old), " | ", close_codes!(@travel $travel), " | ", $meaning, " |")])+
        ///
        /// The codes between them are described by their [`CodeRange`].
        ///
        /// A page or worker may *send* only 1000 and 3000 to 4999 ([`is_sendable`](Self::is_sendable)); a valid one
        /// together with its reason is a [`CloseFrame`](crate::CloseFrame).
        ///
        /// Two codes are equal when their numbers are, and a code compares with a plain `u16`:
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
            $(close_codes!(@const $number $konst $name $old $meaning);)+

            /// The name in IANA's registry, for the codes that have one.
            ///
            /// ```
            /// # use onclose::CloseCode;
            /// assert_eq!(CloseCode::NORMAL.name(), Some("Normal Closure"));
            /// assert_eq!(CloseCode::new(4000).name(), None);
            /// ```
            ///
            /// # Panics
            ///
            /// Never.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)+
                    _ => None,
                }
            }

            /// The constant that older documentation uses, such as `CLOSE_NORMAL`, for the seven codes that have one.
            ///
            /// # Panics
            ///
            /// Never.
            #[must_use]
            pub const fn legacy_name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => close_codes!(@option $old),)+
                    _ => None,
                }
            }

            /// What the code means, in a sentence; for a code without a meaning of its own, what its range is for.
            ///
            /// # Panics
            ///
            /// Never.
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

    (@const $number:literal _ $name:literal $old:tt $meaning:literal) => {};
    (@const $number:literal $konst:ident $name:literal $old:tt $meaning:literal) => {
        #[doc = concat!("`", $number, "` ", $name, ".")]
        #[doc = ""]
        #[doc = $meaning]
        pub const $konst: CloseCode = CloseCode($number);
    };
    (@option _) => { None };
    (@option $old:literal) => { Some($old) };
    (@cell _) => { "" };
    (@cell $text:literal) => { concat!("`", $text, "`") };
    (@cell $konst:ident) => { concat!("[`", stringify!($konst), "`](Self::", stringify!($konst), ")") };
    (@travel Wire) => { "yes" };
    (@travel Local) => { "never" };
    (@travel Nobody) => { "no" };
}

close_codes! {
    1000 NORMAL "Normal Closure" "CLOSE_NORMAL" Wire "The connection did what it was opened for.";
    1001 GOING_AWAY "Going Away" "CLOSE_GOING_AWAY" Wire "An end is leaving: the server shuts down, or the page was left.";
    1002 PROTOCOL_ERROR "Protocol error" "CLOSE_PROTOCOL_ERROR" Wire "The other end broke the WebSocket protocol.";
    1003 UNSUPPORTED_DATA "Unsupported Data" "CLOSE_UNSUPPORTED" Wire "A kind of data arrived that this end does not take, such as binary where only text is understood.";
    1004 _ "Reserved" _ Nobody "Reserved: it has no meaning yet and must not be sent.";
    1005 NO_STATUS "No Status Rcvd" "CLOSE_NO_STATUS" Local "The peer's Close frame held no code. Reported by the browser, never sent.";
    1006 ABNORMAL "Abnormal Closure" "CLOSE_ABNORMAL" Local "The connection ended without a Close frame. Reported by the browser, never sent; why is kept from scripts on purpose.";
    1007 INVALID_PAYLOAD "Invalid frame payload data" _ Wire "A message did not hold what its type says, such as text that is not UTF-8.";
    1008 POLICY_VIOLATION "Policy Violation" _ Wire "A message broke the other end's rules; the refusal to use when no other code fits.";
    1009 MESSAGE_TOO_BIG "Message Too Big" "CLOSE_TOO_LARGE" Wire "A message was larger than the other end handles.";
    1010 MANDATORY_EXTENSION "Mandatory Ext." _ Wire "The client needed an extension that the server did not grant.";
    1011 INTERNAL_ERROR "Internal Error" _ Wire "An end met a condition it did not expect and cannot go on.";
    1012 SERVICE_RESTART "Service Restart" _ Wire "The service restarts. Reconnect after a delay that differs from client to client.";
    1013 TRY_AGAIN_LATER "Try Again Later" _ Wire "The service is overloaded. Reconnect later, or to another address.";
    1014 BAD_GATEWAY "Bad Gateway" _ Wire "A gateway got an invalid answer from the server behind it. Documents from before its registration list it as reserved.";
    1015 TLS_HANDSHAKE "TLS handshake" _ Local "TLS could not be set up. Reported locally, never sent; most browsers report 1006 instead.";
    3000 UNAUTHORIZED "Unauthorized" _ Wire "Log in first: what HTTP says with 401.";
    3003 FORBIDDEN "Forbidden" _ Wire "Logged in, but not allowed: what HTTP says with 403.";
    3008 TIMEOUT "Timeout" _ Wire "An end took too long to answer: what HTTP says with 408.";
}

impl CloseCode {
    /// The code with this number.
    ///
    /// Every number is accepted: what a peer sent must be representable. Whether it may be *sent* is another
    /// question, see [`is_sendable`](Self::is_sendable).
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    ///
    /// The same as `u16::from(code)`, for places where a conversion's type cannot be inferred.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// The range the code lies in, which says who gives it its meaning.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub const fn range(self) -> CodeRange {
        CodeRange::of(self.0)
    }

    /// Whether a browser lets a script send it: 1000, and 3000 to 4999.
    ///
    /// Everything else makes the browser's own `close()` throw an `InvalidAccessError`
    /// ([WHATWG](https://websockets.spec.whatwg.org/#dom-websocket-close)).
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub const fn is_sendable(self) -> bool {
        matches!(self.0, 1000 | 3000..=4999)
    }

    /// Whether the protocol allows it in a Close frame, sent by whichever end.
    ///
    /// True for 1000–1003, 1007–1014 and 3000–4999. Engines also deliver codes for which this is false.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub const fn is_allowed_on_wire(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    /// Whether it stands for something only this end knows, and is never sent: 1005, 1006 and 1015.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    pub const fn is_local_only(self) -> bool {
        matches!(self.0, 1005 | 1006 | 1015)
    }

    fn by_word(word: &str) -> Option<Self> {
        Self::REGISTERED.iter().copied().find(|code| {
            let is = |known: Option<&str>| known.is_some_and(|known| known.eq_ignore_ascii_case(word));
            is(code.name()) || is(code.legacy_name())
        })
    }
}

/// Shows the number.
impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Shows the number, and the IANA name where there is one: `1000 Normal Closure`, `4001`.
impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} {name}", self.0),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

/// Reads a number (`1001`), an IANA name (`Going Away`), an older constant (`CLOSE_GOING_AWAY`), or what `Display`
/// writes (`1001 Going Away`). Letters' case does not matter.
///
/// # Errors
///
/// Anything else, and a number above 65535.
impl FromStr for CloseCode {
    type Err = ParseCloseCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at(digits);
        if number.is_empty() {
            return Self::by_word(text).ok_or(ParseCloseCodeError(()));
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

/// The error of reading a [`CloseCode`] from text.
#[derive(Clone, PartialEq, Eq)]
pub struct ParseCloseCodeError(());

impl fmt::Debug for ParseCloseCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParseCloseCodeError")
    }
}

impl fmt::Display for ParseCloseCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a close code is a number up to 65535, its IANA name or its CLOSE_ constant")
    }
}

impl core::error::Error for ParseCloseCodeError {}

/// Generates [`CodeRange`] from one list of ranges.
macro_rules! code_ranges {
    ($($variant:ident $first:literal $last:literal $shown:literal $meaning:literal;)+) => {
        /// Who gives a close code its meaning, by [RFC 6455, section 7.4.2](https://www.rfc-editor.org/rfc/rfc6455#section-7.4.2).
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
            const fn of(number: u16) -> Self {
                match number {
                    $($first..=$last => Self::$variant,)+
                }
            }

            /// What the range is for, in a sentence.
            ///
            /// # Panics
            ///
            /// Never.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)+
                }
            }

            /// The numbers of the range.
            ///
            /// # Panics
            ///
            /// Never.
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
    Unused 0 999 "0–999" "Not used: no end may send them.";
    Protocol 1000 1999 "1000–1999" "For the protocol itself; those without a meaning yet are reserved for its later versions.";
    Extension 2000 2999 "2000–2999" "Reserved for extensions of the protocol.";
    Library 3000 3999 "3000–3999" "For libraries and frameworks, which register them with IANA; the protocol gives them no meaning.";
    Application 4000 4999 "4000–4999" "For applications: private, never registered, and whatever both ends agree on.";
    Undefined 5000 65535 "5000–65535" "Not defined by anyone, yet engines deliver them as received.";
}

#[cfg(feature = "serde")]
mod serde_impls {
    use super::CloseCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// As its number.
    impl Serialize for CloseCode {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u16(self.as_u16())
        }
    }

    /// From its number.
    impl<'de> Deserialize<'de> for CloseCode {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u16::deserialize(deserializer).map(Self::new)
        }
    }
}
