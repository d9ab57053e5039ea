//! Bar charts as SVG, for light and dark themes.

use std::fmt::Write as _;

use super::results::Comparison;
use super::subjects::Role;

/// The style of a chart in a file of its own; the report has it once.
pub(crate) const STYLE: &str = "\
svg { font: 13px system-ui, sans-serif; --ink: #1d232b; --dim: #5c6773; --bar: #a9b4c0; --ours: #1668c7; --none: #a33; }
svg text { fill: var(--ink); } svg .dim { fill: var(--dim); } svg .none { fill: var(--none); font-style: italic; }
svg rect { fill: var(--bar); } svg .ours rect { fill: var(--ours); } svg .ours text { font-weight: 600; }
svg .too rect { fill: var(--ours); opacity: .55; }
svg .title { font-weight: 600; font-size: 14px; }
@media (prefers-color-scheme: dark) { svg { --ink: #e6e9ed; --dim: #9aa5b1; --bar: #55606c; --ours: #5aa2f5; --none: #f08a8a; } }
";

const WIDTH: f64 = 720.0;
const LABEL: f64 = 225.0;
const ROW: f64 = 22.0;
const HEAD: f64 = 44.0;
/// Space for the number behind the longest bar.
const TAIL: f64 = 90.0;

/// Draws a chart: a bar for each subject, shorter is better.
pub(crate) fn chart(comparison: &Comparison<'_>, style: &str) -> String {
    let Comparison { title, unit, engine, lines, .. } = comparison;
    let numbers = lines.iter().filter_map(|line| line.value.as_ref().ok());
    let most = numbers.copied().fold(0.0, f64::max);
    let height = HEAD + ROW * lines.len() as f64;
    let place = if engine.is_empty() { String::new() } else { format!("{engine}, ") };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    );
    if !style.is_empty() {
        let _ = write!(svg, "<style>{style}</style>");
    }
    let _ = write!(
        svg,
        "<text x=\"0\" y=\"15\" class=\"title\">{}</text><text x=\"0\" y=\"33\" class=\"dim\">{place}{unit}, less is better</text>",
        escape(title)
    );
    for (at, line) in lines.iter().enumerate() {
        let top = HEAD + ROW * at as f64;
        let base = top + 15.0;
        let class = match line.named.role {
            Role::Ours => " class=\"ours\"",
            Role::OursToo => " class=\"too\"",
            _ => "",
        };
        let _ = write!(svg, "<g{class}><text x=\"0\" y=\"{base}\">{}</text>", escape(&line.named.name));
        match &line.value {
            Ok(value) => {
                let part = if most > 0.0 { (value / most).max(0.0) } else { 0.0 };
                let width = (part * (WIDTH - LABEL - TAIL)).max(1.0);
                let number = number(*value);
                let behind = LABEL + width + 6.0;
                let top = top + 3.0;
                let _ = write!(
                    svg,
                    "<rect x=\"{LABEL}\" y=\"{top}\" width=\"{width:.1}\" height=\"15\" rx=\"2\"/>\
                     <text x=\"{behind:.1}\" y=\"{base}\">{number}</text>"
                );
            }
            Err(why) => {
                let _ = write!(svg, "<text x=\"{LABEL}\" y=\"{base}\" class=\"none\">{}</text>", escape(why));
            }
        }
        svg.push_str("</g>");
    }
    svg.push_str("</svg>\n");
    svg
}

/// Formats a number with three significant digits.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        big if big >= 99.95 => format!("{value:.0}"),
        middle if middle >= 9.995 => format!("{value:.1}"),
        small if small < 0.005 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::results::Line;
    use super::super::subjects::{Named, SUBJECTS};
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits() {
        let shown = [1234.4, 99.96, 10.04, 0.126, 0.0, -2.5].map(number);
        assert_eq!(shown, ["1234", "100", "10.0", "0.13", "0", "-2.50"]);
    }

    #[test]
    fn a_subject_without_a_number_has_a_reason_and_no_bar() {
        let named: Vec<_> = [SUBJECTS[0], SUBJECTS[3]]
            .into_iter()
            .map(|subject| Named { subject, id: subject.id, role: subject.role, name: "a <b>".to_owned() })
            .collect();
        let lines = vec![
            Line { named: &named[0], value: Ok(2.0) },
            Line { named: &named[1], value: Err("has no wasm".to_owned()) },
        ];
        let comparison = Comparison { id: "x", title: "X", unit: "B", chart: true, engine: "firefox", lines };
        let svg = chart(&comparison, "");
        assert_eq!(svg.matches("<rect").count(), 1);
        assert_eq!(svg.matches("has no wasm").count(), 1);
        assert_eq!(svg.matches("class=\"ours\"").count(), 1);
        assert!(svg.contains("a &lt;b&gt;") && !svg.contains("<b>"));
    }
}
