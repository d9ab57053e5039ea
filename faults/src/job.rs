//! Jobs: what a page of the laboratory does when the driver asks for it.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The arguments of a job, which both halves know.
#[cfg_attr(target_family = "wasm", allow(dead_code))]
pub(crate) trait Job: Serialize {
    /// Its name on the page: that of the function in `static/raw/`, and of the function that the crate exports.
    const NAME: &'static str;
    /// What it answers; a job can fail with a sentence instead.
    type Answer: DeserializeOwned;
}

/// Reads a job's arguments, runs it, and writes its answer.
#[cfg(target_family = "wasm")]
pub(crate) async fn run<A, R, E>(
    args: &str,
    job: impl AsyncFnOnce(A) -> Result<R, E>,
) -> Result<String, wasm_bindgen::JsError>
where
    A: DeserializeOwned + Job<Answer = R>,
    R: Serialize,
    E: std::fmt::Display,
{
    let args = serde_json::from_str(args).map_err(|error| fail(&error))?;
    let answer = job(args).await.map_err(|error| fail(&error))?;
    serde_json::to_string(&answer).map_err(|error| fail(&error))
}

#[cfg(target_family = "wasm")]
fn fail(error: &impl std::fmt::Display) -> wasm_bindgen::JsError {
    wasm_bindgen::JsError::new(&error.to_string())
}

/// Declares the job that a type has the arguments of.
macro_rules! job {
    ($args:ty, $name:literal -> $answer:ty) => {
        impl crate::job::Job for $args {
            const NAME: &'static str = $name;
            type Answer = $answer;
        }
    };
}
pub(crate) use job;
