//! Workers on the wasm memory of the test: threads.

use super::javascript::run_script;
use std::sync::{Mutex, TryLockError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

type Job = Box<dyn FnOnce() + Send>;

/// What the workers that were started have not taken yet.
static JOBS: Mutex<Vec<(u32, Job)>> = Mutex::new(Vec::new());

/// Uses the list without ever waiting for the lock as std does: a page must not block.
fn jobs<T>(mut used: impl FnMut(&mut Vec<(u32, Job)>) -> T) -> T {
    loop {
        match JOBS.try_lock() {
            Ok(mut jobs) => return used(&mut jobs),
            Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            Err(TryLockError::Poisoned(_)) => panic!("another thread has panicked"),
        }
    }
}

/// Called by the script of a worker.
#[wasm_bindgen]
pub fn run_job(number: u32) {
    let job = jobs(|jobs| {
        let at = jobs.iter().position(|(job, _)| *job == number).expect("a job");
        jobs.remove(at).1
    });
    job();
}

/// A thread, which ends when this is dropped.
#[must_use = "dropping it ends the thread"]
pub struct Thread(JsValue);

impl Thread {
    /// Starts a worker that runs this function. Tasks that the function spawns run on.
    pub fn start(job: impl FnOnce() + Send + 'static) -> Self {
        let number = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
        let mut job: Option<Job> = Some(Box::new(job));
        jobs(|jobs| jobs.extend(job.take().map(|job| (number, job))));
        let state = js_sys::Array::of3(&wasm_bindgen::module(), &wasm_bindgen::memory(), &number.into());
        // The name that wasm-bindgen-test-runner serves the tests by.
        Self(run_script(
            "const script = `
                 import init, { run_job } from '${location.origin}/wasm-bindgen-test.js';
                 onmessage = async ({ data: [module_or_path, memory, number] }) => {
                     await init({ module_or_path, memory });
                     run_job(number);
                 };`;
             const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
             const worker = new Worker(url, { type: 'module' });
             worker.onerror = (event) => { console.error('worker:', event.message); };
             worker.postMessage(it);
             return worker;",
            &state,
        ))
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        run_script("it.terminate()", &self.0);
    }
}
