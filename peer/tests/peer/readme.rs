//! The README's table is the one in the code.

use onclose_peer::{Route, common_params, routes};

fn code(items: &[&str]) -> String {
    let escaped = items.iter().map(|item| format!("`{}`", item.replace('|', "\\|")));
    escaped.collect::<Vec<_>>().join(" ")
}

fn row(route: &Route) -> String {
    format!("| `{}` | {} | {} | `{}` |", route.path, code(route.params), route.about, route.example)
}

#[test]
fn the_readmes_table_is_the_one_in_the_code() {
    let readme = include_str!("../../README.md");
    let found: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `/")).collect();
    let expected: Vec<String> = routes().iter().map(row).collect();
    assert!(found == expected, "the README's rows are to be:\n{}", expected.join("\n"));
    assert!(readme.contains(&code(common_params())), "the README lacks {}", code(common_params()));
    let websockets = routes().iter().take_while(|route| route.websocket).count();
    assert!(routes()[websockets..].iter().all(|route| !route.websocket));
    let count = format!("The first {websockets} are WebSockets, the others plain HTTP.");
    assert!(readme.contains(&count), "the README lacks: {count}");
}
