//! Pages from the repository's `docs` folder. This module exists only in the documentation.

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("../docs/engines.md")]
pub mod engines {}

#[doc = include_str!("../docs/io_errors.md")]
pub mod io_errors {}

#[doc = include_str!("../docs/load.md")]
pub mod load {}

#[doc = include_str!("../docs/size.md")]
pub mod size {}

#[doc = include_str!("../CHANGELOG.md")]
pub mod changelog {}
