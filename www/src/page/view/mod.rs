//! The view: each part of the page owns its elements.

mod chart;
mod code_list;
mod dom;
mod fields;
mod load_panel;
mod result;
mod scenario_list;
mod timeline;

pub(crate) use code_list::CodeList;
pub(crate) use dom::{by_id, is_radio, on, scroll_to, set, set_data};
pub(crate) use fields::{ClientFields, ServerFields};
pub(crate) use load_panel::LoadPanel;
pub(crate) use result::{BrowserEvents, ResultPanel};
pub(crate) use scenario_list::ScenarioList;
pub(crate) use timeline::{Detail, Lane, Source, Timeline};
