//! The list of close codes, with its search and its links.

use super::dom::{append, by_id, set, set_data};
use crate::codes::{self, Entry};
use crate::page::i18n::{self, Value};
use onclose::CloseCode;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlInputElement};

/// Up to so many entries are shown expanded.
const MAX_EXPANDED: usize = 3;

pub(crate) struct CodeList {
    document: Document,
    query: HtmlInputElement,
    found: Element,
    cards: Element,
}

impl CodeList {
    pub(crate) fn new(document: &Document) -> Self {
        let list = Self {
            document: document.clone(),
            query: by_id(document, "query"),
            found: by_id(document, "found"),
            cards: by_id(document, "cards"),
        };
        list.search();
        list
    }

    /// Shows the entries that match the query.
    pub(crate) fn search(&self) {
        let entries = codes::find(&self.query.value(), searchable_text);
        self.cards.set_text_content(None);
        for entry in &entries {
            let card = append_card(&self.cards, *entry);
            if entries.len() <= MAX_EXPANDED {
                set(&card, "open", "");
            }
        }
        match entries.len() {
            0 => i18n::set_text(&self.found, "codes.none", &[]),
            number => i18n::set_text(&self.found, "codes.found", &[("n", Value::Text(&number.to_string()))]),
        }
    }

    /// Shows the code that the fragment of the page's address names, if it names one.
    pub(crate) fn show_linked(&self, hash: &str) {
        let Some(code) = codes::from_hash(hash) else { return };
        let number = code.as_u16().to_string();
        // An empty query lists all registered codes; one that is not registered is listed only if searched for.
        self.query.set_value(if code.name().is_some() { "" } else { &number });
        self.search();
        let Some(card) = self.document.get_element_by_id(&number) else { return };
        set(&card, "open", "");
        set_data(&card, "linked", "true");
        if let Some(summary) = card.first_element_child().and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
            // The card is visible and open even if it cannot be focused.
            let _ = summary.focus();
        }
        card.scroll_into_view();
    }
}

/// Returns the text of an entry in the current language, for the search.
fn searchable_text(entry: Entry) -> String {
    let key = codes::key(entry);
    match entry {
        Entry::Code(code) => i18n::text(&codes::meaning(code)),
        Entry::Range(_) => format!("{} {}", i18n::text(&key), i18n::text(&format!("{key}.means"))),
    }
}

fn append_card(cards: &Element, entry: Entry) -> Element {
    let card = append(cards, "details", "card", "");
    let summary = append(&card, "summary", "", "");
    let body = append(&card, "div", "body", "");
    let key = codes::key(entry);
    match entry {
        Entry::Code(code) => {
            card.set_id(&code.as_u16().to_string());
            append(&summary, "span", "number", &code.as_u16().to_string());
            let name = append(&summary, "span", "name", "");
            match code.name() {
                Some(registered) => i18n::set_untranslated(&name, registered),
                None => i18n::set_text(&name, "codes.unnamed", &[]),
            }
            if let Some(legacy_name) = code.legacy_name() {
                append(&body, "p", "legacy-name", legacy_name);
            }
            i18n::set_text(&append(&body, "p", "", ""), &codes::meaning(code), &[]);
            append_facts(&body, code, &key);
            append_link(&body, code);
        }
        Entry::Range(range) => {
            let codes = range.codes();
            card.set_id(&key.replace('.', "-"));
            append(&summary, "span", "number", &format!("{}–{}", codes.start(), codes.end()));
            i18n::set_text(&append(&summary, "span", "name", ""), &key, &[]);
            i18n::set_text(&append(&body, "p", "", ""), &format!("{key}.means"), &[]);
            let list = append(&body, "dl", "", "");
            append_fact(&list, "codes.do", &format!("{key}.do"), &[]);
        }
    }
    card
}

fn append_facts(body: &Element, code: CloseCode, key: &str) {
    let list = append(body, "dl", "", "");
    let number = code.as_u16().to_string();
    append_fact(&list, "codes.who", codes::sender(code), &[]);
    append_fact(&list, "codes.script", codes::script(code), &[("code", Value::Text(&number))]);
    append_fact(&list, "codes.wire", codes::wire(code), &[]);
    append_fact(&list, "codes.do", &format!("{key}.do"), &[]);
}

fn append_fact(list: &Element, term: &str, key: &str, args: i18n::Args<'_>) {
    let row = append(list, "div", "", "");
    i18n::set_text(&append(&row, "dt", "", ""), term, &[]);
    let value = append(&row, "dd", "", "");
    set_data(&value, "fact", term);
    i18n::set_text(&value, key, args);
}

fn append_link(body: &Element, code: CloseCode) {
    let number = code.as_u16().to_string();
    let link = append(body, "a", "", "");
    set(&link, "href", &["#", &number].concat());
    i18n::set_text(&link, "codes.link", &[("code", Value::Text(&number))]);
}
