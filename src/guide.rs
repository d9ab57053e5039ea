//! Pages from the repository's `docs` folder. This module exists only in the documentation.

#[doc = include_str!("../docs/comparison.md")]
pub mod comparison {}

#[doc = include_str!("../docs/guide/authentication.md")]
pub mod authentication {}

#[doc = include_str!("../docs/guide/binary.md")]
pub mod binary {}

#[doc = include_str!("../docs/engines.md")]
pub mod engines {}

#[doc = include_str!("../docs/guide/frameworks.md")]
pub mod frameworks {}

#[doc = include_str!("../docs/guide/hidden_pages.md")]
pub mod hidden_pages {}

#[doc = include_str!("../docs/io_errors.md")]
pub mod io_errors {}

#[doc = include_str!("../docs/load.md")]
pub mod load {}

#[doc = include_str!("../docs/guide/migrating.md")]
pub mod migrating {}

#[doc = include_str!("../docs/guide/servers.md")]
pub mod servers {}

#[doc = include_str!("../docs/size.md")]
pub mod size {}

#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../CHANGELOG.md")]
pub mod changelog {}
