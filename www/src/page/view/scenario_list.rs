//! The list of scenarios.

use super::dom::{append, by_id, set};
use crate::page::i18n;
use crate::scenarios::{self, GROUPS, Scenario};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlInputElement};

pub(crate) struct ScenarioList {
    radios: Vec<(HtmlInputElement, &'static Scenario)>,
    /// The fields of the server's frame. They are inside the card of the scenario that uses them.
    server_fields: HtmlElement,
}

impl ScenarioList {
    pub(crate) fn new(document: &Document) -> Self {
        let list: Element = by_id(document, "scenarios");
        let server_fields: HtmlElement = by_id(document, "peer-fields");
        let mut radios = Vec::new();
        for group in GROUPS {
            let fieldset = append(&list, "fieldset", "group", "");
            i18n::set_text(&append(&fieldset, "legend", "", ""), &format!("group.{}", group.id), &[]);
            for scenario in group.scenarios {
                let card = append(&fieldset, "div", "scenario", "");
                radios.push((append_scenario(&card, scenario), scenario));
                if scenario.has_typed_frame() {
                    let _ = card.append_child(&server_fields);
                }
            }
        }
        if let Some((first, _)) = radios.first() {
            first.set_checked(true);
        }
        let list = Self { radios, server_fields };
        list.refresh();
        list
    }

    pub(crate) fn selected(&self) -> Option<&'static Scenario> {
        // No radio button is checked if a script or a browser's form restoration has unchecked it.
        let checked = self.radios.iter().find(|(radio, _)| radio.checked());
        checked.map(|(_, scenario)| *scenario).or_else(|| scenarios::all().next())
    }

    /// Shows the fields of the selected scenario.
    pub(crate) fn refresh(&self) {
        let visible = self.selected().is_some_and(Scenario::has_typed_frame);
        self.server_fields.set_hidden(!visible);
    }
}

fn append_scenario(card: &Element, scenario: &Scenario) -> HtmlInputElement {
    let id = format!("scenario-{}", scenario.id);
    let about_id = format!("about-{}", scenario.id);
    let radio: HtmlInputElement = append(card, "input", "", "").unchecked_into();
    radio.set_type("radio");
    radio.set_name("scenario");
    radio.set_value(scenario.id);
    radio.set_id(&id);
    set(&radio, "aria-describedby", &about_id);
    // Otherwise a browser may restore the selection of the last visit after `refresh` has shown another scenario's fields.
    set(&radio, "autocomplete", "off");
    let label = append(card, "label", "", "");
    set(&label, "for", &id);
    i18n::set_text(&label, &format!("scenario.{}", scenario.id), &[]);
    let about = append(card, "p", "", "");
    about.set_id(&about_id);
    i18n::set_text(&append(&about, "span", "", ""), &format!("scenario.{}.about", scenario.id), &[]);
    if scenario.needs_server() {
        // The stylesheet shows it if there is no test server.
        i18n::set_text(&append(&about, "span", "needs", ""), "needs", &[]);
    }
    radio
}
