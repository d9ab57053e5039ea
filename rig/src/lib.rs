//! What all drivers of browsers share: engines and sessions, sites and peers, builds, set-up, and tables of results.

pub mod build;
pub mod driver;
pub mod net;
pub mod peers;
pub mod process;
pub mod report;
pub mod session;
pub mod setup;
pub mod shrink;
pub mod site;
pub mod suite;
pub mod summary;
pub mod workspace;
