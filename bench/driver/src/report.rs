//! The report: a page, a JSON file, a table for the terminal, and the chart of sizes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::chart::{STYLE, chart, escape, number};
use super::results::{Comparison, Results};
use onclose_rig::results::table;

/// Writes both files; returns the page's path.
pub(crate) fn write(results: &Results, folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let json = serde_json::to_string_pretty(results)?;
    fs::write(folder.join("report.json"), json + "\n").context("The report could not be written")?;
    let page = folder.join("report.html");
    fs::write(&page, html(results)).context("The report could not be written")?;
    Ok(page)
}

/// Writes the chart of sizes.
pub(crate) fn write_chart(results: &Results, file: &Path) -> Result<()> {
    let comparisons = results.comparisons();
    let size = comparisons.iter().find(|comparison| comparison.id == "size");
    let size = size.context("The chart needs the measure `sizes`.")?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, chart(size, STYLE)).with_context(|| format!("{} could not be written", file.display()))
}

const PAGE_STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
svg { display: block; width: 100%; max-width: 720px; margin: 1.5rem 0; }
table { border-collapse: collapse; font-size: 13px; } td, th { padding: .15rem .5rem; text-align: right; }
td:first-child, th:first-child { text-align: left; } .wide { overflow-x: auto; }
tr { border-bottom: 1px solid #8884; }
";

fn html(results: &Results) -> String {
    let comparisons = results.comparisons();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>onclose: the bench</title>\
         <style>{PAGE_STYLE}{STYLE}</style></head><body>\n<h1>onclose beside others</h1>\n"
    );
    let browsers: Vec<_> = results.browsers.iter().map(|browser| escape(&browser.version)).collect();
    let _ = writeln!(
        page,
        "<p>{}. The median of {} round(s); in each round one subject after another. Synthetic events are dispatched \
         1000 per task; the time without a listener is subtracted, and the lowest decile of all batches is taken. \
         Compare ratios within one run, not numbers of different runs.</p>",
        browsers.join(", "),
        results.rounds
    );
    for comparison in comparisons.iter().filter(|comparison| comparison.chart && comparison.has_numbers()) {
        page.push_str(&chart(comparison, ""));
    }
    page.push_str("<h2>All numbers</h2>\n<div class=\"wide\"><table>\n<tr>");
    for cell in header(results) {
        let _ = write!(page, "<th>{}</th>", escape(&cell));
    }
    page.push_str("</tr>\n");
    for comparison in &comparisons {
        page.push_str("<tr>");
        for cell in row(results, comparison, |reason| reason) {
            let _ = write!(page, "<td>{}</td>", escape(&cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n<h2>Sizes</h2>\n<div class=\"wide\"><table>\n<tr><th>app</th>");
    for part in ["wasm", "JavaScript", "both"] {
        let _ = write!(page, "<th>{part}</th><th>gzip</th><th>brotli</th>");
    }
    page.push_str("</tr>\n");
    for weight in &results.sizes {
        let _ = write!(page, "<tr><td>{}, {}</td>", weight.app.name(), weight.subject);
        for bytes in [weight.wasm, weight.glue, weight.total()] {
            let _ = write!(page, "<td>{}</td><td>{}</td><td>{}</td>", bytes.raw, bytes.gzip, bytes.brotli);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n</body></html>\n");
    page
}

fn header(results: &Results) -> Vec<String> {
    let mut cells = vec!["".to_owned(), "engine".to_owned(), "unit".to_owned()];
    cells.extend(results.subjects.iter().map(|named| named.name.clone()));
    cells.extend(["ratio to best other crate", "ratio to web-sys", "ratio to best plain"].map(str::to_owned));
    cells
}

/// `why` formats the reason for a missing number.
fn row(results: &Results, comparison: &Comparison<'_>, why: fn(&str) -> &str) -> Vec<String> {
    let mut cells = vec![comparison.title.to_owned(), comparison.engine.to_owned(), comparison.unit.to_owned()];
    cells.extend(results.subjects.iter().map(|named| {
        let line = comparison.lines.iter().find(|line| line.named.id == named.id);
        line.map_or_else(String::new, |line| match &line.value {
            Ok(value) => number(*value),
            Err(reason) => why(reason).to_owned(),
        })
    }));
    let ratios = [comparison.to_best_other(), comparison.to_by_hand(), comparison.to_plain()];
    cells.extend(ratios.map(|ratio| ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"))));
    cells
}

fn short(reason: &str) -> &str {
    if reason.starts_with("FAILED") { "FAILED" } else { "–" }
}

/// Prints the table, with the short names of the subjects.
pub(crate) fn print(results: &Results) {
    let mut header = header(results);
    for (cell, named) in header[3..].iter_mut().zip(&results.subjects) {
        named.id.clone_into(cell);
    }
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = table(&names, 3..names.len());
    let comparisons = results.comparisons();
    for comparison in &comparisons {
        let mut cells = row(results, comparison, short);
        comparison.id.clone_into(&mut cells[0]);
        table.add_row(cells);
    }
    if !comparisons.is_empty() {
        println!("\n{}", table.trim_fmt());
    }
    for one in &results.crossings {
        println!("\n{}, {}: calls a message", one.subject, one.engine);
        for (what, counts) in one.counts.as_object().into_iter().flatten() {
            println!("  {what}: {} in, {} out, {} wakes", counts["in"], counts["out"], counts["wakes"]);
            for (name, count) in counts["calls"].as_object().into_iter().flatten() {
                println!("    {count:>6} {name}");
            }
        }
    }
}
