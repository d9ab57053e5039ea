//! What the arguments of `cargo xtask test` select.

use std::fs;
use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use onclose_rig::engine::Engine;
use onclose_rig::process::Show;
use onclose_rig::workspace::Workspace;

use super::Build;
use crate::{Context, TestArgs};

#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) host: bool,
    /// The crate's suites in the browser.
    pub(super) suites: bool,
    pub(super) page: bool,
    pub(super) faults: bool,
    pub(super) npm: bool,
    pub(super) engines: Vec<Engine>,
    pub(super) contexts: Vec<Context>,
    pub(super) filter: Option<&'a str>,
}

/// The places that have a test with the name in the filter; all without a filter.
struct Named {
    suites: bool,
    page: bool,
    faults: bool,
    npm: bool,
}

impl Named {
    fn new(workspace: &Workspace, filter: Option<&str>) -> Result<Self> {
        let Some(filter) = filter else { return Ok(Self { suites: true, page: true, faults: true, npm: true }) };
        let (page, faults) = (onclose_www_driver::has_test(filter), onclose_faults::has_test(filter));
        // If no other place has the name, the suites report that there is no such test.
        let suites = !(page || faults) || has_source(&workspace.root().join("tests"), filter)?;
        Ok(Self { suites, page, faults, npm: false })
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(workspace: &'a Workspace, args: &'a TestArgs) -> Result<Self> {
        let named = Named::new(workspace, args.filter.as_deref())?;
        Ok(Self::select(workspace, args, &named))
    }

    fn select(workspace: &'a Workspace, args: &'a TestArgs, named: &Named) -> Self {
        // A special build changes only the crate's suites.
        let usual = args.build == Build::Usual;
        let everything = !args.faults && !args.npm;
        let in_browser = everything && !args.host_only;
        let suites = in_browser && !args.page_only;
        // A context selects the suites; a name selects every place that has it.
        let rest = usual && suites && (args.context.is_empty() || args.filter.is_some());
        Self {
            workspace,
            host: usual && everything && !args.no_host && !args.page_only,
            suites: suites && named.suites,
            page: usual && in_browser && !args.no_page && named.page,
            faults: args.faults || (rest && !args.no_faults && named.faults),
            npm: args.npm || (rest && !args.no_npm && named.npm),
            engines: or_default(&args.engine, args.build.engines(), &Engine::ALL),
            contexts: or_default(&args.context, args.build.contexts(), Context::value_variants()),
            filter: args.filter.as_deref(),
        }
    }

    pub(super) fn needs_browsers(&self) -> bool {
        self.suites || self.page || self.faults || self.npm
    }

    /// The output of several engines is printed suite by suite; that of one as it comes.
    pub(super) fn show(&self) -> Show {
        if self.needs_browsers() && self.engines.len() > 1 { Show::Nothing } else { Show::Live }
    }
}

/// Returns whether a function in this folder, or a module with a function, has this in its name.
fn has_source(folder: &Path, filter: &str) -> Result<bool> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if has_source(&path, filter)? {
                return Ok(true);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = path.file_stem().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&path)?;
            let functions = text.lines().filter_map(|line| line.split_once("fn ")?.1.split_once('('));
            if functions.into_iter().any(|(name, _)| format!("{module}::{name}").contains(filter)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the chosen values, each once and in the usual order; the default if none was chosen.
fn or_default<T: Copy + PartialEq>(chosen: &[T], default: &[T], all: &[T]) -> Vec<T> {
    let chosen = if chosen.is_empty() { default } else { chosen };
    all.iter().copied().filter(|one| chosen.contains(one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYWHERE: Named = Named { suites: true, page: true, faults: true, npm: true };

    /// The selected places: host, suites, page, faults, npm.
    fn places(args: &TestArgs, named: &Named) -> [bool; 5] {
        let workspace = Workspace::load().unwrap();
        let Plan { host, suites, page, faults, npm, .. } = Plan::select(&workspace, args, named);
        [host, suites, page, faults, npm]
    }

    #[test]
    fn everything_is_selected_by_default() {
        assert_eq!(places(&TestArgs::default(), &EVERYWHERE), [true; 5]);
    }

    #[test]
    fn a_context_or_a_build_selects_the_suites() {
        let context = TestArgs { context: vec![Context::Page], no_page: true, ..TestArgs::default() };
        assert_eq!(places(&context, &EVERYWHERE), [true, true, false, false, false]);
        let build = TestArgs { build: Build::Unwind, ..TestArgs::default() };
        assert_eq!(places(&build, &EVERYWHERE), [false, true, false, false, false]);
    }

    #[test]
    fn each_place_can_be_selected_alone() {
        let host = TestArgs { host_only: true, ..TestArgs::default() };
        assert_eq!(places(&host, &EVERYWHERE), [true, false, false, false, false]);
        let page = TestArgs { page_only: true, ..TestArgs::default() };
        assert_eq!(places(&page, &EVERYWHERE), [false, false, true, false, false]);
        let faults = TestArgs { faults: true, ..TestArgs::default() };
        assert_eq!(places(&faults, &EVERYWHERE), [false, false, false, true, false]);
        let npm = TestArgs { npm: true, ..TestArgs::default() };
        assert_eq!(places(&npm, &EVERYWHERE), [false, false, false, false, true]);
    }

    #[test]
    fn a_name_selects_the_places_that_have_it_whatever_the_context() {
        let args = TestArgs {
            no_host: true,
            filter: Some("fin_arrives".to_owned()),
            context: vec![Context::Page],
            ..TestArgs::default()
        };
        let faults = Named { suites: false, page: false, faults: true, npm: false };
        assert_eq!(places(&args, &faults), [false, false, false, true, false]);
        let suites = Named { suites: true, faults: false, ..faults };
        assert_eq!(places(&args, &suites), [false, true, false, false, false]);
    }

    #[test]
    fn names_are_found_where_they_are() {
        let workspace = Workspace::load().unwrap();
        let named = |filter| {
            let Named { suites, page, faults, .. } = Named::new(&workspace, Some(filter)).unwrap();
            [suites, page, faults]
        };
        assert_eq!(named("the_page_is_accessible"), [false, true, false]);
        assert_eq!(named("fin_arrives_while_open"), [false, false, true]);
        assert_eq!(named("no_such_test_anywhere"), [true, false, false]);
        assert!(has_source(&workspace.root().join("tests"), "closing::").unwrap());
    }

    #[test]
    fn nothing_chosen_is_the_default_in_the_usual_order() {
        assert_eq!(or_default(&[], &Engine::ALL, &Engine::ALL), Engine::ALL);
        assert_eq!(or_default(&[], &[Engine::Firefox], &Engine::ALL), [Engine::Firefox]);
        let two = [Engine::Webkit, Engine::Chromium, Engine::Webkit];
        assert_eq!(or_default(&two, &[Engine::Firefox], &Engine::ALL), [Engine::Chromium, Engine::Webkit]);
    }
}
