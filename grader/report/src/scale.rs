//! Level `scale`: what was measured, for the terminal and as pictures.
//!
//! `figures` says single figures, `rows` puts those of several solutions side by side, `lines` is the terminal's view. The pictures
//! are inline SVG: `layout` decides where the parts of a design stand and `drawing` draws them, `plots` draws how a load went on
//! the axes of `plot`, `heat` and `cost` are tables with bars, and `section` is all of it. `record` keeps the reference's figures.

mod cost;
mod drawing;
pub(crate) mod figures;
mod heat;
mod layout;
pub(crate) mod lines;
mod plot;
mod plots;
pub mod record;
pub(crate) mod rows;
pub(crate) mod section;
