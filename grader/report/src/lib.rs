//! Every sentence, table and file format that a person or a program reads from Kata.
//!
//! Pure rendering: data in, text out. Nothing here decides a verdict, reads a file or knows whether it writes to a terminal;
//! the caller picks a [`Theme`]. One small function per thing said. Text is laid out for 80 columns.
//!
//! Where to start: [`grade`] for what a learner sees, [`json`] for what a program sees.

pub mod catalogue;
pub mod check;
pub mod clean;
pub mod compare;
mod diagram;
pub mod doctor;
pub mod grade;
pub mod hint;
pub mod history;
mod html;
pub mod json;
pub mod page;
pub mod receipt;
pub mod scale;
pub mod show;
mod speed;
pub mod text;
pub mod theme;
pub mod timeline;
pub mod verify;
pub mod workspace;

#[cfg(test)]
mod fixtures;

pub use theme::Theme;

/// The widest line of any rendering, in columns.
pub const COLUMNS: usize = 80;
