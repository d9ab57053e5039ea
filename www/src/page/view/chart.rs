//! The two connections drawn to scale.

use super::dom::{append, set, set_data};
use crate::lane::{self, Lane};
use crate::page::i18n::{self, Value};
use web_sys::Element;

/// Draws the lanes on a line that ends at `end`; `deadline` is the one that we still wait for, in the first lane.
pub(super) fn draw(place: &Element, lanes: [(&str, &Lane); 2], end: u32, deadline: Option<u32>) {
    place.set_text_content(None);
    i18n::put_label(place, "chart", &[("time", Value::Text(&lane::time(end)))]);
    for (index, (name, lane)) in lanes.into_iter().enumerate() {
        let row = append(place, "div", "lane", "");
        i18n::put(&append(&row, "span", "lane-name", ""), name, &[]);
        let track = append(&row, "div", "track", "");
        for segment in lane.segments(end) {
            let stretch = append(&track, "i", "stretch", "");
            set_data(&stretch, "state", segment.state.name());
            at(&stretch, segment.from, Some(segment.to));
        }
        for (from, mark) in lane.marks(end) {
            let sign = append(&track, "b", "mark", "");
            set_data(&sign, "mark", mark.name());
            at(&sign, from, None);
        }
        if let (0, Some(deadline)) = (index, deadline) {
            let sign = append(&track, "b", "mark", "");
            set_data(&sign, "mark", "ahead");
            at(&sign, lane::part(deadline, end), None);
        }
    }
    let axis = append(&append(place, "div", "lane axis", ""), "div", "track", "");
    for tick in lane::ticks(end) {
        at(&append(&axis, "span", "tick", &lane::time(tick)), lane::part(tick, end), None);
    }
}

/// Puts a thing where it lies, in thousandths.
fn at(element: &Element, from: u32, to: Option<u32>) {
    let to = to.map_or_else(String::new, |to| format!(";--to:{to}"));
    set(element, "style", &format!("--from:{from}{to}"));
}
