//! The list of close codes: its entries, the keys of their texts, and the search.

use onclose::{CloseCode, CodeRange};

/// One entry of the list: a code or a range.
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

/// Returns the registered codes, then the ranges.
pub fn all() -> Vec<Entry> {
    let ranges = RANGES.into_iter().map(Entry::Range);
    registered().map(Entry::Code).chain(ranges).collect()
}

pub fn registered() -> impl Iterator<Item = CloseCode> {
    // Codes above 4999 cannot be registered.
    (0..5000).map(CloseCode::new).filter(|code| code.name().is_some())
}

/// Returns the prefix of the keys of an entry's texts. A code without a registered name has the texts of its range.
pub fn key(entry: Entry) -> String {
    match entry {
        Entry::Code(code) if code.name().is_some() => format!("code.{}", code.as_u16()),
        Entry::Code(code) => range_key(code.range()).to_owned(),
        Entry::Range(range) => range_key(range).to_owned(),
    }
}

/// Returns the key of a code's meaning.
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

/// Returns the key of the text that says who may send a code.
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
        _ => "who.none",
    }
}

/// Returns the key of the text that says whether a script may send a code.
pub fn script(code: CloseCode) -> &'static str {
    if code.is_sendable() { "script.yes" } else { "script.no" }
}

/// Returns the key of the text that says whether a code is allowed in a Close frame.
pub fn wire(code: CloseCode) -> &'static str {
    match code {
        code if code.is_allowed_on_wire() => "wire.yes",
        code if code.is_local_only() => "wire.local",
        _ => "wire.no",
    }
}

/// Returns the entries that match a query.
///
/// A number matches that code, its range, and the registered codes that start with it. Words match an entry if each of
/// them starts a word of its names or of its text, which `text` returns in the page's language.
pub fn find(query: &str, text: impl Fn(Entry) -> String) -> Vec<Entry> {
    let query = normalized(query);
    if !query.is_empty() && query.bytes().all(|byte| byte.is_ascii_digit()) {
        return query.parse().map_or_else(|_| Vec::new(), |number: u16| by_number(CloseCode::new(number), &query));
    }
    let matches = |entry: &Entry| {
        let text = normalized(&format!("{} {}", names(*entry), text(*entry)));
        query.split_whitespace().all(|word| has_word(&text, word))
    };
    all().into_iter().filter(matches).collect()
}

/// Returns whether a word of the text starts with this one, so that “normal” does not match “abnormal”. Chinese has no
/// spaces between words, so a word that is not ASCII matches anywhere in the text.
fn has_word(text: &str, word: &str) -> bool {
    match word.is_ascii() {
        true => text
            .split(|letter: char| letter.is_ascii() && !letter.is_ascii_alphanumeric())
            .any(|candidate| candidate.starts_with(word)),
        false => text.contains(word),
    }
}

fn by_number(code: CloseCode, digits: &str) -> Vec<Entry> {
    let longer = registered().filter(|other| *other != code && other.as_u16().to_string().starts_with(digits));
    [Entry::Code(code)].into_iter().chain(longer.map(Entry::Code)).chain([Entry::Range(code.range())]).collect()
}

/// Returns what an entry is called in every language: number, IANA name and legacy name.
fn names(entry: Entry) -> String {
    match entry {
        Entry::Code(code) => format!("{code} {}", code.legacy_name().unwrap_or_default()),
        Entry::Range(range) => format!("{}–{}", range.codes().start(), range.codes().end()),
    }
}

/// Lower-cases a text, and makes words of the parts of a legacy name. Letters beyond ASCII keep their case, because the
/// Unicode tables would be the largest part of the page's wasm.
fn normalized(text: &str) -> String {
    text.trim().replace('_', " ").to_ascii_lowercase()
}

/// Returns the code that a URL's fragment names, such as `#1012`.
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
    fn all_has_every_registered_code_and_range_once() {
        assert_eq!(all().len(), 19 + 6);
        assert_eq!(codes("").len(), 19);
    }

    #[test]
    fn number_finds_itself_first_then_longer_codes_and_its_range() {
        assert_eq!(codes("1012"), [1012]);
        assert_eq!(codes("101"), [101, 1010, 1011, 1012, 1013, 1014, 1015]);
        assert_eq!(codes("4321"), [4321]);
        assert_eq!(find(" 4321 ", |_| String::new())[1], Entry::Range(CodeRange::Application));
        assert!(codes("65536").is_empty());
    }

    #[test]
    fn search_matches_iana_names_legacy_names_and_translated_text() {
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
    fn sender_texts_agree_with_the_crate_s_predicates() {
        for code in (0..=u16::MAX).map(CloseCode::new) {
            let none = ["who.none", "who.local"].contains(&sender(code));
            assert_eq!(none, !code.is_allowed_on_wire(), "{code}");
            assert_eq!(sender(code) == "who.either", code.is_sendable(), "{code}");
        }
    }

    #[test]
    fn fragment_is_a_code_only_if_it_is_a_number() {
        assert_eq!(from_hash("#1012"), Some(CloseCode::SERVICE_RESTART));
        for other in ["", "#", "#codes", "#+1012", "#65536", "1012"] {
            assert_eq!(from_hash(other), None, "{other}");
        }
    }
}
