//! Checks that the page and the hosted site stay within their sizes.

use std::fs;

use anyhow::{Context, Result, ensure};
use onclose_rig::results::{Place, Report};
use onclose_rig::workspace::Workspace;

use crate::{PAGE, hosted};

/// The most bytes of the page's wasm, before wasm-opt and compression. It had 155,700 when this was set.
const PAGE_BUDGET: u64 = 159_000;

/// The most bytes that a browser loads before the hosted page works, by brotli, including one language.
const FIRST_LOAD: u64 = 60_000;

pub(crate) fn check(workspace: &Workspace, report: &Report) {
    let mut suite = report.suite(Place::new("page: budgets", "host", ""));
    suite.test("the_page_stays_within_its_budget", page(workspace));
    suite.test("the_first_load_of_the_site_stays_within_its_budget", first_load(workspace));
    suite.test("the_site_names_no_address_elsewhere", elsewhere(workspace));
}

fn page(workspace: &Workspace) -> Result<String> {
    let wasm = workspace.target().join(PAGE.output).join("onclose_www_bg.wasm");
    let bytes = fs::metadata(&wasm).context("The page was not built")?.len();
    ensure!(bytes <= PAGE_BUDGET, "the page's wasm has {bytes} bytes, the budget is {PAGE_BUDGET}");
    Ok(format!("{bytes} of {PAGE_BUDGET} bytes"))
}

fn first_load(workspace: &Workspace) -> Result<String> {
    let bytes = hosted::first_load(workspace, &workspace.target().join("site"))?;
    ensure!(bytes < FIRST_LOAD, "the first load has {bytes} bytes by brotli, the budget is {FIRST_LOAD}");
    Ok(format!("{bytes} of {FIRST_LOAD} bytes"))
}

fn elsewhere(workspace: &Workspace) -> Result<&'static str> {
    hosted::loads_nothing_else(&workspace.target().join("site"))?;
    Ok("")
}
