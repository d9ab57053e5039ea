//! Tests that the texts in `lang/*.json` are complete in each language, used, and consistent with the crate.

use crate::codes::{self, Entry};
use crate::lang::Lang;
use crate::scenarios::{self, GROUPS};
use onclose::CloseCause;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const INDEX: &str = include_str!("../index.html");
const CAUSES: [CloseCause; 5] =
    [CloseCause::Local, CloseCause::Remote, CloseCause::Lost, CloseCause::Timeout, CloseCause::Blocked];

type Texts = BTreeMap<String, String>;

fn texts(lang: Lang) -> Texts {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("lang/{}.json", lang.tag()));
    let texts: Map<String, Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    texts.into_iter().map(|(key, text)| (key, text.as_str().unwrap().to_owned())).collect()
}

fn translations() -> impl Iterator<Item = (Lang, Texts)> {
    Lang::ALL.into_iter().filter(|lang| *lang != Lang::English).map(|lang| (lang, texts(lang)))
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// Returns the page's sources, without these tests.
fn sources(folder: &Path) -> Vec<String> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources.extend(self::sources(&path));
        } else if !path.ends_with("lang_tests.rs") {
            sources.push(fs::read_to_string(path).unwrap());
        }
    }
    sources
}

/// Returns the string literals of the page's sources.
fn literals() -> BTreeSet<String> {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 15, "the sources were not found");
    // Every second part is inside quotes: these sources have no escaped quotes and no quote in a character literal.
    let lines = sources.iter().flat_map(|source| source.lines()).filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Returns the keys that the page composes at run time.
fn composed_keys() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    keys.extend(GROUPS.iter().map(|group| format!("group.{}", group.id)));
    for scenario in scenarios::all() {
        keys.extend([format!("scenario.{}", scenario.id), format!("scenario.{}.about", scenario.id)]);
    }
    for entry in codes::all() {
        let key = codes::key(entry);
        keys.extend([key.clone(), format!("{key}.do")]);
        if matches!(entry, Entry::Range(_)) {
            keys.insert(format!("{key}.means"));
        }
    }
    for cause in CAUSES {
        keys.extend([format!("cause.{cause}"), format!("why.{cause}")]);
    }
    keys.extend(["none", "connecting", "open", "closing", "closed"].map(|state| format!("state.{state}")));
    keys
}

/// Returns the values of an attribute in index.html, each with the text that follows it.
fn attributes(name: &str) -> Vec<(&'static str, &'static str)> {
    let find = format!(" {name}=\"");
    INDEX.split(find.as_str()).skip(1).map(|part| part.split_once('"').unwrap()).collect()
}

#[test]
fn every_language_has_the_same_keys_and_placeholders() {
    let english = texts(Lang::English);
    for (lang, texts) in translations() {
        let keys = |texts: &Texts| texts.keys().cloned().collect::<BTreeSet<_>>();
        let different: Vec<_> = keys(&texts).symmetric_difference(&keys(&english)).cloned().collect();
        assert!(different.is_empty(), "{lang:?}: {different:?}");
        for (key, text) in &texts {
            assert_eq!(placeholders(text), placeholders(&english[key]), "{lang:?}: {key}");
        }
    }
}

#[test]
fn no_text_is_empty_or_has_an_unclosed_placeholder() {
    for lang in Lang::ALL {
        for (key, text) in texts(lang) {
            assert!(!text.trim().is_empty(), "{lang:?}: {key} is empty");
            assert_eq!(text.matches('{').count(), placeholders(&text).len(), "{lang:?}: {key}");
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{lang:?}: {key}");
        }
    }
}

#[test]
fn no_text_was_left_untranslated() {
    let english = texts(Lang::English);
    // These are names or punctuation, and the same in every language.
    let same = ["source.onclose", "d.closed", "note.means"];
    for (lang, texts) in translations() {
        for (key, text) in texts {
            assert!(same.contains(&key.as_str()) || text != english[&key], "{lang:?}: {key} is English");
            let is_chinese = text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
            assert!(lang != Lang::Chinese || is_chinese || same.contains(&key.as_str()), "{key} has no Chinese");
        }
    }
}

#[test]
fn a_language_file_has_no_key_twice() {
    for lang in Lang::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("lang/{}.json", lang.tag()));
        let lines = fs::read_to_string(path).unwrap().lines().filter(|line| line.contains("\": \"")).count();
        assert_eq!(lines, texts(lang).len(), "{lang:?}");
    }
}

#[test]
fn every_key_of_the_page_has_a_text_and_every_text_is_used() {
    let english = texts(Lang::English);
    let mut keys = composed_keys();
    for attribute in ["data-t", "data-t-label", "data-t-title"] {
        keys.extend(attributes(attribute).into_iter().map(|(key, _)| key.to_owned()));
    }
    let missing: Vec<_> = keys.iter().filter(|key| !english.contains_key(*key)).collect();
    assert!(missing.is_empty(), "no text for {missing:?}");

    let literals = literals();
    let unused: Vec<_> = english.keys().filter(|key| !keys.contains(*key) && !literals.contains(*key)).collect();
    assert!(unused.is_empty(), "never shown: {unused:?}");
}

/// A literal such as `"r.clean.yes"` is a key if its first part is that of another key.
#[test]
fn every_key_in_the_sources_has_a_text() {
    let english = texts(Lang::English);
    let first_part = |key: &str| key.split_once('.').map(|(first, _)| first.to_owned());
    let first_parts: BTreeSet<_> = english.keys().filter_map(|key| first_part(key)).collect();
    let is_key = |literal: &str| {
        let is_word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
        literal.chars().all(is_word) && first_part(literal).is_some_and(|first| first_parts.contains(&first))
    };
    let files = ["peer.json"];
    let keys: Vec<_> =
        literals().into_iter().filter(|literal| is_key(literal) && !files.contains(&literal.as_str())).collect();
    assert!(keys.len() > 60, "the keys were not found: {keys:?}");
    let missing: Vec<_> = keys.iter().filter(|key| !english.contains_key(*key)).collect();
    assert!(missing.is_empty(), "no text for {missing:?}");
}

/// Until the texts are loaded, and without JavaScript, the page shows the texts in index.html.
#[test]
fn index_html_has_the_english_texts() {
    let english = texts(Lang::English);
    for (key, rest) in attributes("data-t") {
        let (_, text) = rest.split_once('>').unwrap();
        let (text, _) = text.split_once('<').unwrap();
        assert_eq!(text, english[key], "{key}");
    }
    for (attribute, plain) in [("data-t-label", "aria-label"), ("data-t-title", "title")] {
        for (key, _) in attributes(attribute) {
            let expected = format!("{plain}=\"{}\" {attribute}=\"{key}\"", english[key]);
            assert!(INDEX.contains(&expected), "{expected}");
        }
    }
}

#[test]
fn index_html_offers_every_language() {
    let options: Vec<_> = attributes("value").into_iter().map(|(value, _)| value).collect();
    for lang in Lang::ALL {
        assert!(options.contains(&lang.tag()), "{lang:?} cannot be selected");
    }
}

#[test]
fn english_meanings_are_the_crate_s_descriptions() {
    let english = texts(Lang::English);
    for entry in codes::all() {
        let key = codes::key(entry);
        match entry {
            Entry::Code(code) => assert_eq!(english[&key], code.description(), "{code}"),
            Entry::Range(range) => assert_eq!(english[&format!("{key}.means")], range.description(), "{range:?}"),
        }
    }
}

/// 1006 is the code of every cause but `Remote`, so its advice alone must not make an app reconnect after it has closed.
#[test]
fn reconnect_advice_excludes_local_and_blocked() {
    for lang in Lang::ALL {
        let texts = texts(lang);
        for key in ["code.1006.do", "codes.about"] {
            assert!(["Local", "Blocked"].iter().all(|cause| texts[key].contains(cause)), "{lang:?}: {key}");
        }
    }
}
