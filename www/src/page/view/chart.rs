//! The timeline's chart: both connections, to scale.

use super::dom::{append, set, set_data};
use crate::lane::{self, Lane};
use crate::page::i18n::{self, Value};
use web_sys::Element;

/// Draws the lanes from 0 to `end`, in milliseconds. `timeout` is when the timeout that is running in the first lane
/// elapses.
pub(super) fn draw(chart: &Element, lanes: [(&str, &Lane); 2], end: u32, timeout: Option<u32>) {
    chart.set_text_content(None);
    i18n::set_label(chart, "chart", &[("time", Value::Text(&lane::label(end)))]);
    for (index, (key, lane)) in lanes.into_iter().enumerate() {
        let row = append(chart, "div", "lane", "");
        i18n::set_text(&append(&row, "span", "lane-name", ""), key, &[]);
        let track = append(&row, "div", "track", "");
        for segment in lane.segments(end) {
            let element = append(&track, "i", "segment", "");
            set_data(&element, "state", segment.state.name());
            set_position(&element, segment.from, Some(segment.to));
        }
        for (from, mark) in lane.marks(end) {
            let element = append(&track, "b", "mark", "");
            set_data(&element, "mark", mark.name());
            set_position(&element, from, None);
        }
        if let (0, Some(timeout)) = (index, timeout) {
            let element = append(&track, "b", "mark", "");
            set_data(&element, "mark", "running-timeout");
            set_position(&element, lane::position(timeout, end), None);
        }
    }
    let axis = append(&append(chart, "div", "lane axis", ""), "div", "track", "");
    for tick in lane::ticks(end) {
        let element = append(&axis, "span", "tick", &lane::label(tick));
        set_position(&element, lane::position(tick, end), None);
    }
}

/// Sets the position that the stylesheet uses, in thousandths of the track.
fn set_position(element: &Element, from: u32, to: Option<u32>) {
    let to = to.map_or_else(String::new, |to| format!(";--to:{to}"));
    set(element, "style", &format!("--from:{from}{to}"));
}
