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
fn the_readme_has_exactly_the_routes_there_are() {
    let readme = include_str!("../../README.md");
    let found: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `/")).collect();
    let expected: Vec<String> = routes().iter().map(row).collect();
    assert!(found == expected, "the README's rows are to be:\n{}", expected.join("\n"));
    assert!(readme.contains(&code(common_params())), "the README lacks {}", code(common_params()));
}
