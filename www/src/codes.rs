//! The close codes: which there are, what is known of each, and how one is found.

use onclose::{CloseCode, CodeRange};

/// One card of the explorer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    Code(CloseCode),
    Range(CodeRange),
}

const RANGES: [CodeRange; 6] = [
    CodeRange::Unused,
    CodeRange::Protocol,
    CodeRange::Extension,
    CodeRange::Library,
    CodeRange::Application,
    CodeRange::Undefined,
];

/// The registered codes, then the ranges.
pub fn all() -> Vec<Entry> {
    let ranges = RANGES.into_iter().map(Entry::Range);
    registered().map(Entry::Code).chain(ranges).collect()
}

pub fn registered() -> impl Iterator<Item = CloseCode> {
    // Above 4999 nothing can be registered.
    (0..5000).map(CloseCode::new).filter(|code| code.name().is_some())
}

/// What an entry's words begin with. A code without a name of its own shares its range's.
pub fn key(entry: Entry) -> String {
    match entry {
        Entry::Code(code) if code.name().is_some() => format!("code.{}", code.as_u16()),
        Entry::Code(code) => range_key(code.range()).to_owned(),
        Entry::Range(range) => range_key(range).to_owned(),
    }
}

/// The key of what a code means.
pub fn meaning(code: CloseCode) -> String {
    let key = key(Entry::Code(code));
    if code.name().is_some() { key } else { format!("{key}.means") }
}

fn range_key(range: CodeRange) -> &'static str {
    match range {
        CodeRange::Unused => "range.unused",
        CodeRange::Protocol => "range.protocol",
        CodeRange::Extension => "range.extension",
        CodeRange::Library => "range.library",
        CodeRange::Application => "range.application",
        CodeRange::Undefined => "range.undefined",
    }
}

/// The key of who may send a code.
pub fn sender(code: CloseCode) -> &'static str {
    if code.is_local_only() {
        return "who.local";
    }
    match code.as_u16() {
        1000 | 3000..=4999 => "who.either",
        1001..=1003 | 1007..=1009 => "who.browser",
        1010 => "who.client",
        1011..=1013 => "who.server",
        1014 => "who.gateway",
        _ => "who.nobody",
    }
}

/// The key of whether a script may send it.
pub fn script(code: CloseCode) -> &'static str {
    if code.is_sendable() { "script.yes" } else { "script.no" }
}

/// The key of whether it travels in a Close frame.
pub fn wire(code: CloseCode) -> &'static str {
    match code {
        code if code.is_allowed_on_wire() => "wire.yes",
        code if code.is_local_only() => "wire.local",
        _ => "wire.no",
    }
}

/// What is searched for: a number finds that code, its range, and codes that begin with it; words must all begin one of
/// those that an entry is called by, or of its words, which `words` tells.
pub fn find(query: &str, words: impl Fn(Entry) -> String) -> Vec<Entry> {
    let query = plain(query);
    if !query.is_empty() && query.bytes().all(|byte| byte.is_ascii_digit()) {
        return query.parse().map_or_else(|_| Vec::new(), |number: u16| by_number(CloseCode::new(number), &query));
    }
    let matches = |entry: &Entry| {
        let text = plain(&format!("{} {}", names(*entry), words(*entry)));
        query.split_whitespace().all(|word| has(&text, word))
    };
    all().into_iter().filter(matches).collect()
}

/// “normal” begins no word of “abnormal”; where words have no spaces between them, any place will do.
fn has(text: &str, word: &str) -> bool {
    match word.is_ascii() {
        true => text
            .split(|letter: char| letter.is_ascii() && !letter.is_ascii_alphanumeric())
            .any(|own| own.starts_with(word)),
        false => text.contains(word),
    }
}

fn by_number(code: CloseCode, digits: &str) -> Vec<Entry> {
    let longer = registered().filter(|other| *other != code && other.as_u16().to_string().starts_with(digits));
    [Entry::Code(code)].into_iter().chain(longer.map(Entry::Code)).chain([Entry::Range(code.range())]).collect()
}

/// Number, IANA name and older constant.
fn names(entry: Entry) -> String {
    match entry {
        Entry::Code(code) => format!("{code} {}", code.legacy_name().unwrap_or_default()),
        Entry::Range(range) => format!("{}–{}", range.codes().start(), range.codes().end()),
    }
}

/// In lower case, and a constant's parts as words. Letters beyond ASCII stay: their tables would be the largest part of
/// the page.
fn plain(text: &str) -> String {
    text.trim().replace('_', " ").to_ascii_lowercase()
}

/// The code that an address's fragment names, as `#1012` does.
pub fn from_hash(hash: &str) -> Option<CloseCode> {
    let digits = hash.strip_prefix('#')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok().map(CloseCode::new)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(query: &str) -> Vec<u16> {
        let number = |entry| match entry {
            Entry::Code(code) => Some(code.as_u16()),
            Entry::Range(_) => None,
        };
        find(query, |_| String::new()).into_iter().filter_map(number).collect()
    }

    #[test]
    fn every_registered_code_and_range_is_there_once() {
        assert_eq!(all().len(), 19 + 6);
        assert_eq!(codes("").len(), 19);
    }

    #[test]
    fn a_number_finds_itself_first_then_what_begins_with_it_and_its_range() {
        assert_eq!(codes("1012"), [1012]);
        assert_eq!(codes("101"), [101, 1010, 1011, 1012, 1013, 1014, 1015]);
        assert_eq!(codes("4321"), [4321]);
        assert_eq!(find(" 4321 ", |_| String::new())[1], Entry::Range(CodeRange::Application));
        assert!(codes("65536").is_empty());
    }

    #[test]
    fn names_constants_and_other_words_find_a_code() {
        assert_eq!(codes("going away"), [1001]);
        assert_eq!(codes("CLOSE_TOO_LARGE"), [1009]);
        assert_eq!(codes("close too large"), [1009]);
        assert_eq!(codes("abnormal"), [1006]);
        assert_eq!(codes("CLOSE_NORMAL"), [1000]);
        assert_eq!(codes("CLOSE_ABNORMAL"), [1006]);
        assert!(codes("nonsense").is_empty());
        let restart = |entry| {
            if entry == Entry::Code(CloseCode::SERVICE_RESTART) { "正在重启".to_owned() } else { String::new() }
        };
        assert_eq!(find("重启", restart), [Entry::Code(CloseCode::SERVICE_RESTART)]);
    }

    #[test]
    fn who_may_send_agrees_with_the_crate() {
        for code in (0..=u16::MAX).map(CloseCode::new) {
            let nobody = ["who.nobody", "who.local"].contains(&sender(code));
            assert_eq!(nobody, !code.is_allowed_on_wire(), "{code}");
            assert_eq!(sender(code) == "who.either", code.is_sendable(), "{code}");
        }
    }

    #[test]
    fn a_fragment_is_a_code_only_if_it_is_a_number() {
        assert_eq!(from_hash("#1012"), Some(CloseCode::SERVICE_RESTART));
        for other in ["", "#", "#codes", "#+1012", "#65536", "1012"] {
            assert_eq!(from_hash(other), None, "{other}");
        }
    }
}
