//! wasm-bindgen-test-runner, as `cargo install wasm-bindgen-cli` would install it.
//!
//! Built in the workspace, it shares its dependencies with the commands, takes a minute instead of five on a fresh
//! machine, and is always of the same version as the library.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
