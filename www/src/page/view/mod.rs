//! What is seen: each part of the page owns its elements.

mod chart;
mod chooser;
mod dom;
mod explorer;
mod fields;
mod load;
mod result;
mod timeline;

pub(crate) use chooser::Chooser;
pub(crate) use dom::{by_id, is_radio, on, set, set_data, show};
pub(crate) use explorer::Explorer;
pub(crate) use fields::{CloseFields, PeerFields};
pub(crate) use load::LoadPanel;
pub(crate) use result::{ResultPanel, Said};
pub(crate) use timeline::{Detail, Lane, Source, Timeline};
