//! Marks the browser tests that need the test server.

use proc_macro::TokenStream;

/// A `wasm_bindgen_test` that needs the test server: ignored, with the reason, if `ONCLOSE_PEER` is not set.
///
/// A browser has no environment variables, so the variable is read when the test is compiled. The test binary names it in
/// `option_env!`, so that cargo compiles again when it changes.
#[proc_macro_attribute]
pub fn peer_test(_: TokenStream, test: TokenStream) -> TokenStream {
    let ignore = match std::env::var_os("ONCLOSE_PEER") {
        Some(_) => "",
        None => {
            "#[ignore = \"needs the test server: `cargo xtask test`, or `cargo xtask peer` with ONCLOSE_PEER=ws://127.0.0.1:9917\"]"
        }
    };
    let attributes = format!("#[::wasm_bindgen_test::wasm_bindgen_test] {ignore}");
    let mut tokens: TokenStream = match attributes.parse() {
        Ok(tokens) => tokens,
        Err(error) => return format!("compile_error!({:?});", error.to_string()).parse().unwrap_or_default(),
    };
    tokens.extend(test);
    tokens
}
