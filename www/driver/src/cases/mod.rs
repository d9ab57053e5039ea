//! The tests of the page.

mod basics;
mod beside;
mod codes;
mod ends;
mod loads;
mod site;

use std::pin::Pin;

use anyhow::Result;
use onclose_rig::session::Session;

use crate::Context;

type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;
type Function = for<'a> fn(&'a Session, &'a Context<'a>) -> Running<'a>;

/// A test of the page.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Firefox delays each connection after a failed one, up to half a minute: some cases need a browser without failures.
    pub(crate) needs_new_browser: bool,
    body: Body,
}

enum Body {
    Function(Function),
    /// A row of the table in `ends`.
    Row(&'static ends::Row),
}

impl Case {
    pub(crate) async fn run(&self, session: &Session, context: &Context<'_>) -> Result<()> {
        match self.body {
            Body::Function(run) => run(session, context).await,
            Body::Row(row) => ends::run(row, session, context).await,
        }
    }
}

/// Cases named as their functions.
macro_rules! functions {
    ($($module:ident::$case:ident),+ $(,)?) => {
        [$((stringify!($case), (|session, context| Box::pin($module::$case(session, context))) as Function)),+]
    };
}

/// Returns all cases, in the order in which they are run.
pub(crate) fn all() -> Vec<Case> {
    let functions = functions![
        basics::the_page_loads_without_an_error,
        basics::a_peer_that_does_not_answer_is_reported,
        basics::buttons_are_enabled_only_when_they_have_an_effect,
        basics::the_keyboard_alone_can_choose_and_connect,
        basics::nothing_overflows_at_360_pixels,
        basics::an_invalid_close_frame_is_rejected_before_it_is_sent,
        basics::an_invalid_frame_for_the_peer_is_rejected_before_connecting,
        basics::an_invalid_timeout_is_rejected,
        basics::a_second_connection_drops_the_first,
        beside::each_group_closes_the_same_on_both_sides,
        beside::the_chart_is_to_scale,
        codes::a_code_is_found_by_number_name_constant_and_words,
        codes::a_link_to_a_code_shows_it,
        codes::each_language_shows_its_own_texts,
        codes::the_language_comes_from_the_address_or_an_earlier_choice,
        loads::opening_and_closing_leaves_memory_flat,
        loads::echoes_are_counted_to_the_last,
        loads::a_run_can_be_cancelled,
        site::the_page_is_accessible,
        site::the_site_explains_what_needs_a_peer,
        site::the_site_works_with_a_peer_in_its_address,
        site::the_site_loads_only_its_own_files,
    ];
    let new_browser = ["each_group_closes_the_same_on_both_sides"];
    let functions = functions.into_iter().map(|(name, run)| Case {
        name,
        needs_new_browser: new_browser.contains(&name),
        body: Body::Function(run),
    });
    let rows = ends::ROWS.iter().map(|row| Case { name: row.name, needs_new_browser: false, body: Body::Row(row) });
    functions.chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn case_names_are_unique() {
        let cases = all();
        let names: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), cases.len());
        assert!(cases.iter().any(|case| case.needs_new_browser));
    }
}
