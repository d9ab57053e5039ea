//! The tests of the examples.

mod binary;
mod chat;
mod echo;
mod jsonrpsee;
mod observe;
mod worker_upload;

use std::pin::Pin;

use anyhow::Result;

use crate::page::Page;

type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// A test of an example.
pub(crate) struct Case {
    pub(crate) example: &'static str,
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a Page<'a>) -> Running<'a>,
}

/// Cases named as their functions.
macro_rules! cases {
    ($($example:literal: $module:ident::$case:ident),+ $(,)?) => {
        [$(Case { example: $example, name: stringify!($case), run: |page| Box::pin($module::$case(page)) }),+]
    };
}

/// Returns the cases of an example, in the order in which they are run.
pub(crate) fn of(example: &str) -> Vec<Case> {
    let mut cases = Vec::from(all());
    cases.retain(|case| case.example == example);
    cases
}

fn all() -> [Case; 31] {
    cases![
        "echo": echo::what_is_typed_comes_back,
        "echo": echo::the_code_of_a_restart_is_shown,
        "echo": echo::a_refused_connection_is_shown,
        "observe": observe::a_close_by_the_server_reaches_callback_future_and_page,
        "observe": observe::a_close_by_the_page_is_observed_too,
        "binary": binary::values_come_back_equal,
        "binary": binary::a_message_that_is_no_value_closes_with_a_code,
        "worker-upload": worker_upload::every_byte_arrives_and_progress_is_shown,
        "worker-upload": worker_upload::a_close_during_the_upload_is_shown,
        "jsonrpsee": jsonrpsee::requests_are_answered_and_leaving_closes_with_a_reason,
        "jsonrpsee": jsonrpsee::ticks_are_shown_in_order_until_unsubscribing,
        "jsonrpsee": jsonrpsee::the_code_of_a_dropped_server_is_shown_in_place_of_an_answer,
        "jsonrpsee": jsonrpsee::a_restart_is_shown_in_place_of_an_answer,
        "jsonrpsee": jsonrpsee::a_request_while_closing_fails_with_the_code,
        "jsonrpsee": jsonrpsee::leaving_the_page_leaves_no_connection,
        "jsonrpsee": jsonrpsee::a_refused_connection_is_shown,
        "chat-leptos": chat::messages_of_the_room_are_shown,
        "chat-leptos": chat::a_restart_is_shown_and_connecting_again_works,
        "chat-leptos": chat::leaving_closes_with_a_code,
        "chat-leptos": chat::leaving_while_connecting_leaves_no_connection,
        "chat-leptos": chat::a_refused_connection_is_shown,
        "chat-yew": chat::messages_of_the_room_are_shown,
        "chat-yew": chat::a_restart_is_shown_and_connecting_again_works,
        "chat-yew": chat::leaving_closes_with_a_code,
        "chat-yew": chat::leaving_while_connecting_leaves_no_connection,
        "chat-yew": chat::a_refused_connection_is_shown,
        "chat-dioxus": chat::messages_of_the_room_are_shown,
        "chat-dioxus": chat::a_restart_is_shown_and_connecting_again_works,
        "chat-dioxus": chat::leaving_closes_with_a_code,
        "chat-dioxus": chat::leaving_while_connecting_leaves_no_connection,
        "chat-dioxus": chat::a_refused_connection_is_shown,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use onclose_rig::workspace::Workspace;

    use super::*;
    use crate::EXAMPLES;

    #[test]
    fn every_folder_is_an_example_that_is_excluded_and_listed() {
        let workspace = Workspace::load().unwrap();
        let examples = workspace.root().join("examples");
        let folders: BTreeSet<_> = fs::read_dir(&examples)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("Cargo.lock").is_file())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        let known: BTreeSet<_> = EXAMPLES.iter().map(|example| example.name.to_owned()).collect();
        assert_eq!(folders, known);
        let manifest = fs::read_to_string(workspace.root().join("Cargo.toml")).unwrap();
        let readme = fs::read_to_string(examples.join("README.md")).unwrap();
        for name in known {
            assert!(manifest.contains(&format!("\"examples/{name}\"")), "{name} is not excluded");
            assert!(readme.contains(&format!("]({name}/")), "{name} is not in the README");
        }
    }

    #[test]
    fn every_example_has_a_case_and_every_case_an_example() {
        for example in EXAMPLES {
            assert!(!of(example.name).is_empty(), "{} has no test", example.name);
        }
        for case in all() {
            assert!(EXAMPLES.iter().any(|example| example.name == case.example), "{} is never run", case.name);
        }
    }
}
