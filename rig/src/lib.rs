//! What all drivers of browsers share: engines and sessions, sites and peers, builds, set-up, processes, and the table
//! of results.

pub mod build;
pub mod counts;
pub mod driver;
pub mod engine;
pub mod net;
pub mod peers;
pub mod process;
pub mod results;
pub mod session;
pub mod setup;
pub mod shrink;
pub mod site;
pub mod workspace;
