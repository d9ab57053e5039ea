//! The close codes, searched and linked to.

use super::dom::{append, by_id, set, set_data};
use crate::codes::{self, Entry};
use crate::page::i18n::{self, Value};
use onclose::CloseCode;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlInputElement};

/// So few are shown open.
const OPEN: usize = 3;

pub(crate) struct Explorer {
    document: Document,
    query: HtmlInputElement,
    found: Element,
    cards: Element,
}

impl Explorer {
    pub(crate) fn new(document: &Document) -> Self {
        let explorer = Self {
            document: document.clone(),
            query: by_id(document, "query"),
            found: by_id(document, "found"),
            cards: by_id(document, "cards"),
        };
        explorer.search();
        explorer
    }

    /// Shows what is searched for.
    pub(crate) fn search(&self) {
        let entries = codes::find(&self.query.value(), words_of);
        self.cards.set_text_content(None);
        for entry in &entries {
            let card = card(&self.cards, *entry);
            if entries.len() <= OPEN {
                set(&card, "open", "");
            }
        }
        match entries.len() {
            0 => i18n::put(&self.found, "codes.none", &[]),
            number => i18n::put(&self.found, "codes.found", &[("n", Value::Text(&number.to_string()))]),
        }
    }

    /// Shows the code that the page's address names, if it names one.
    pub(crate) fn follow(&self, hash: &str) {
        let Some(code) = codes::from_hash(hash) else { return };
        let number = code.as_u16().to_string();
        // All are shown around it; one that is not registered has to be asked for.
        self.query.set_value(if code.name().is_some() { "" } else { &number });
        self.search();
        let Some(card) = self.document.get_element_by_id(&number) else { return };
        set(&card, "open", "");
        set_data(&card, "linked", "true");
        if let Some(summary) = card.first_element_child().and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
            // A focus that fails leaves the card where it is, and open.
            let _ = summary.focus();
        }
        card.scroll_into_view();
    }
}

/// What a search may find an entry by, in the language of now.
fn words_of(entry: Entry) -> String {
    let key = codes::key(entry);
    match entry {
        Entry::Code(code) => i18n::get(&codes::meaning(code)),
        Entry::Range(_) => format!("{} {}", i18n::get(&key), i18n::get(&format!("{key}.means"))),
    }
}

fn card(cards: &Element, entry: Entry) -> Element {
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
                Some(registered) => i18n::put_plain(&name, registered),
                None => i18n::put(&name, "codes.unnamed", &[]),
            }
            if let Some(constant) = code.legacy_name() {
                append(&body, "p", "constant", constant);
            }
            i18n::put(&append(&body, "p", "", ""), &codes::meaning(code), &[]);
            facts(&body, code, &key);
            link(&body, code);
        }
        Entry::Range(range) => {
            let codes = range.codes();
            card.set_id(&key.replace('.', "-"));
            append(&summary, "span", "number", &format!("{}–{}", codes.start(), codes.end()));
            i18n::put(&append(&summary, "span", "name", ""), &key, &[]);
            i18n::put(&append(&body, "p", "", ""), &format!("{key}.means"), &[]);
            let list = append(&body, "dl", "", "");
            fact(&list, "codes.do", &format!("{key}.do"), &[]);
        }
    }
    card
}

fn facts(body: &Element, code: CloseCode, key: &str) {
    let list = append(body, "dl", "", "");
    let number = code.as_u16().to_string();
    fact(&list, "codes.who", codes::sender(code), &[]);
    fact(&list, "codes.script", codes::script(code), &[("code", Value::Text(&number))]);
    fact(&list, "codes.wire", codes::wire(code), &[]);
    fact(&list, "codes.do", &format!("{key}.do"), &[])
}

fn fact(list: &Element, term: &str, text: &str, args: i18n::Args<'_>) {
    let row = append(list, "div", "", "");
    i18n::put(&append(&row, "dt", "", ""), term, &[]);
    let place = append(&row, "dd", "", "");
    set_data(&place, "fact", term);
    i18n::put(&place, text, args);
}

fn link(body: &Element, code: CloseCode) {
    let number = code.as_u16().to_string();
    let link = append(body, "a", "", "");
    set(&link, "href", &["#", &number].concat());
    i18n::put(&link, "codes.link", &[("code", Value::Text(&number))]);
}
