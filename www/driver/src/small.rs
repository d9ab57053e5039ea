//! Whether the crate is as small as it promises: what it depends on, and what the page weighs.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::hosted as site;
use onclose_rig::report::Report;
use onclose_rig::workspace::Workspace;

/// What the crate promises to depend on by default, and nothing else.
const DEPENDENCIES: [&str; 5] = ["futures-core", "futures-sink", "js-sys", "wasm-bindgen", "web-sys"];

/// Most bytes of the page's wasm, before wasm-opt and compression. It was 155,700 when this was set: the page has become
/// a laboratory, with the close codes, three languages, and memory and speed.
const PAGE_BUDGET: u64 = 159_000;

/// Most bytes that a browser has to load before the hosted page is there, by brotli, all included.
const FIRST_LOAD: usize = 60_000;

pub fn run(workspace: &Workspace, report: &mut Report) {
    report.check(
        "small",
        &[
            ("the_crate_depends_on_what_it_promises_and_nothing_else", &|| dependencies(workspace)),
            ("the_page_stays_within_its_budget", &|| page(workspace)),
            ("the_site_is_loaded_with_little", &|| first_load(workspace)),
            ("the_site_loads_nothing_from_elsewhere", &|| elsewhere(workspace)),
        ],
    );
}

fn dependencies(workspace: &Workspace) -> Result<String> {
    let found = workspace.default_dependencies()?;
    ensure!(found == DEPENDENCIES, "by default the crate depends on {found:?}, not on {DEPENDENCIES:?}");
    Ok(format!("{} dependencies", found.len()))
}

fn first_load(workspace: &Workspace) -> Result<String> {
    let bytes = site::first_load(&workspace.target().join("site"))?;
    ensure!(bytes < FIRST_LOAD, "the first load is {bytes} bytes by brotli, the budget is {FIRST_LOAD}");
    Ok(format!("{bytes} of {FIRST_LOAD} bytes"))
}

fn elsewhere(workspace: &Workspace) -> Result<String> {
    site::loads_nothing_else(&workspace.target().join("site"))?;
    Ok("no other address".to_owned())
}

fn page(workspace: &Workspace) -> Result<String> {
    let wasm = workspace.target().join("www").join("onclose_www_bg.wasm");
    let bytes = fs::metadata(&wasm).context("The page was not built")?.len();
    ensure!(bytes <= PAGE_BUDGET, "the page's wasm has {bytes} bytes, the budget is {PAGE_BUDGET}");
    Ok(format!("{bytes} of {PAGE_BUDGET} bytes"))
}
