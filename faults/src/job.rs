//! From JSON to a job and back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsError;

/// Reads a job's arguments, runs it, and writes its answer.
pub(crate) async fn run<A, R, E>(args: &str, job: impl AsyncFnOnce(A) -> Result<R, E>) -> Result<String, JsError>
where
    A: DeserializeOwned,
    R: Serialize,
    E: std::fmt::Display,
{
    let args = serde_json::from_str(args).map_err(|error| fail(&error))?;
    let answer = job(args).await.map_err(|error| fail(&error))?;
    serde_json::to_string(&answer).map_err(|error| fail(&error))
}

fn fail(error: &impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}
