//! The words: complete in each language, and none that nobody needs.

use crate::codes::{self, Entry};
use crate::scenarios::{self, GROUPS};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const LANGUAGES: [(&str, &str); 3] = [
    ("en", include_str!("../lang/en.json")),
    ("zh-CN", include_str!("../lang/zh-CN.json")),
    ("pt-BR", include_str!("../lang/pt-BR.json")),
];
const INDEX: &str = include_str!("../index.html");
const SOURCES: [&str; 12] = [
    include_str!("codes.rs"),
    include_str!("page/app.rs"),
    include_str!("page/app/playground.rs"),
    include_str!("page/app/runs.rs"),
    include_str!("page/labels.rs"),
    include_str!("page/view/chart.rs"),
    include_str!("page/view/scenario_list.rs"),
    include_str!("page/view/code_list.rs"),
    include_str!("page/view/fields.rs"),
    include_str!("page/view/load_panel.rs"),
    include_str!("page/view/result.rs"),
    include_str!("page/view/timeline.rs"),
];

fn words(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("words are a JSON object")
}

fn english() -> Map<String, Value> {
    words(LANGUAGES[0].1)
}

fn placeholders(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// The keys that the page asks for without naming them in its sources.
fn derived() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    keys.extend(GROUPS.iter().map(|group| format!("group.{}", group.id)));
    for choice in scenarios::all() {
        keys.extend([format!("choice.{}", choice.id), format!("choice.{}.about", choice.id)]);
    }
    for entry in codes::all() {
        let key = codes::key(entry);
        keys.extend([key.clone(), format!("{key}.do")]);
        if matches!(entry, Entry::Range(_)) {
            keys.insert(format!("{key}.means"));
        }
    }
    for cause in ["local", "remote", "lost", "deadline", "blocked", "other"] {
        keys.extend([format!("cause.{cause}"), format!("why.{cause}")]);
    }
    keys.extend(["none", "connecting", "open", "closing", "closed"].map(|state| format!("state.{state}")));
    keys
}

/// The static elements: what they say in the page as it is sent, by their key.
fn in_the_page(attribute: &str) -> Vec<(&'static str, &'static str)> {
    let find = format!(" {attribute}=\"");
    let parts = INDEX.split(find.as_str()).skip(1);
    parts.map(|part| part.split_once('"').expect("an attribute ends")).collect()
}

#[test]
fn every_language_has_the_same_keys_with_the_same_placeholders() {
    let english = english();
    for (tag, text) in LANGUAGES {
        let words = words(text);
        let keys = |words: &Map<String, Value>| words.keys().cloned().collect::<BTreeSet<_>>();
        let different: Vec<_> = keys(&words).symmetric_difference(&keys(&english)).cloned().collect();
        assert!(different.is_empty(), "{tag}: {different:?}");
        for (key, sentence) in &words {
            let sentence = sentence.as_str().expect("a sentence");
            assert!(!sentence.trim().is_empty(), "{tag}: {key} is empty");
            assert_eq!(placeholders(sentence), placeholders(english[key].as_str().unwrap()), "{tag}: {key}");
        }
    }
}

/// What is the same in English and in another language is so on purpose.
#[test]
fn no_sentence_was_left_in_english() {
    let english = english();
    let same = ["source.onclose", "d.ended", "note.means"];
    for (tag, text) in &LANGUAGES[1..] {
        for (key, sentence) in words(text) {
            let is_a_name = same.contains(&key.as_str()) || sentence.as_str().is_some_and(|text| text.len() < 4);
            assert!(is_a_name || sentence != english[&key], "{tag}: {key} is English");
        }
    }
}

#[test]
fn a_language_file_has_no_key_twice() {
    for (tag, text) in LANGUAGES {
        let lines = text.lines().filter(|line| line.contains("\": \"")).count();
        assert_eq!(lines, words(text).len(), "{tag}");
    }
}

#[test]
fn there_are_words_for_all_that_the_page_says_and_no_others() {
    let mut asked = derived();
    for attribute in ["data-t", "data-t-label", "data-t-title"] {
        asked.extend(in_the_page(attribute).into_iter().map(|(key, _)| key.to_owned()));
    }
    let missing: Vec<_> = asked.iter().filter(|key| !english().contains_key(*key)).collect();
    assert!(missing.is_empty(), "no words for {missing:?}");
    let is_asked =
        |key: &str| asked.contains(key) || SOURCES.iter().any(|source| source.contains(&format!("\"{key}\"")));
    let unused: Vec<_> = english().keys().filter(|key| !is_asked(key)).cloned().collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

/// Before the words are there, and without JavaScript, the page is in English, and it is the same English.
#[test]
fn the_page_as_it_is_sent_says_the_english_words() {
    let english = english();
    for (key, rest) in in_the_page("data-t") {
        let (_, text) = rest.split_once('>').expect("a tag ends");
        let (text, _) = text.split_once('<').expect("an element ends");
        assert_eq!(text, english[key], "{key}");
    }
    for (attribute, plain) in [("data-t-label", "aria-label"), ("data-t-title", "title")] {
        for (key, _) in in_the_page(attribute) {
            let sent = format!("{plain}=\"{}\" {attribute}=\"{key}\"", english[key].as_str().unwrap());
            assert!(INDEX.contains(&sent), "{sent}");
        }
    }
}
