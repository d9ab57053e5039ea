//! A reader that takes nothing.

mod page;
