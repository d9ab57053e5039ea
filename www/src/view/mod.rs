//! What is seen: each part of the page owns its elements.

mod chooser;
mod dom;
mod fields;
mod result;
mod timeline;

pub(crate) use chooser::Chooser;
pub(crate) use dom::{by_id, on, set_data, show};
pub(crate) use fields::{CloseFields, PeerFields};
pub(crate) use result::ResultPanel;
pub(crate) use timeline::{Source, Timeline};
