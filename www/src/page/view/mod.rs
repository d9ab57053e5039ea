//! What is seen: each part of the page owns its elements.

mod chart;
mod code_list;
mod dom;
mod fields;
mod load_panel;
mod result;
mod scenario_list;
mod timeline;

pub(crate) use code_list::Explorer;
pub(crate) use dom::{by_id, is_radio, on, set, set_data, show};
pub(crate) use fields::{CloseFields, PeerFields};
pub(crate) use load_panel::LoadPanel;
pub(crate) use result::{ResultPanel, Said};
pub(crate) use scenario_list::Chooser;
pub(crate) use timeline::{Detail, Lane, Source, Timeline};
