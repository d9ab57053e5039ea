//! The list of choices.

use super::dom::{append, by_id, set};
use crate::page::i18n;
use crate::scenarios::{self, Choice, GROUPS};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlInputElement};

pub(crate) struct Chooser {
    radios: Vec<(HtmlInputElement, &'static Choice)>,
    /// The fields that belong to one of the choices only.
    peer_fields: HtmlElement,
}

impl Chooser {
    pub(crate) fn new(document: &Document) -> Self {
        let list: Element = by_id(document, "choices");
        let peer_fields: HtmlElement = by_id(document, "peer-fields");
        let mut radios = Vec::new();
        for group in GROUPS {
            let fieldset = append(&list, "fieldset", "group", "");
            i18n::put(&append(&fieldset, "legend", "", ""), &format!("group.{}", group.id), &[]);
            for choice in group.choices {
                let card = append(&fieldset, "div", "choice", "");
                radios.push((add(&card, choice), choice));
                if choice.takes_peer_frame() {
                    let _ = card.append_child(&peer_fields);
                }
            }
        }
        if let Some((first, _)) = radios.first() {
            first.set_checked(true);
        }
        let chooser = Self { radios, peer_fields };
        chooser.refresh();
        chooser
    }

    pub(crate) fn chosen(&self) -> Option<&'static Choice> {
        // A browser may restore, or a user take away, whatever was checked.
        let checked = self.radios.iter().find(|(radio, _)| radio.checked());
        checked.map(|(_, choice)| *choice).or_else(|| scenarios::all().next())
    }

    /// Shows the fields that belong to what is chosen.
    pub(crate) fn refresh(&self) {
        let wanted = self.chosen().is_some_and(Choice::takes_peer_frame);
        self.peer_fields.set_hidden(!wanted);
    }
}

fn add(card: &Element, choice: &Choice) -> HtmlInputElement {
    let id = format!("choice-{}", choice.id);
    let note = format!("about-{}", choice.id);
    let radio: HtmlInputElement = append(card, "input", "", "").unchecked_into();
    radio.set_type("radio");
    radio.set_name("choice");
    radio.set_value(choice.id);
    radio.set_id(&id);
    set(&radio, "aria-describedby", &note);
    // A second press of Connect should be for what is seen, not for what was chosen before a reload.
    set(&radio, "autocomplete", "off");
    let label = append(card, "label", "", "");
    set(&label, "for", &id);
    i18n::put(&label, &format!("choice.{}", choice.id), &[]);
    let about = append(card, "p", "", "");
    about.set_id(&note);
    i18n::put(&append(&about, "span", "", ""), &format!("choice.{}.about", choice.id), &[]);
    if choice.needs_peer() {
        // Seen where there is no peer.
        i18n::put(&append(&about, "span", "needs", ""), "needs", &[]);
    }
    radio
}
