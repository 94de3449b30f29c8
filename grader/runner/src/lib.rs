//! Builds submissions and runs them as sandboxed child processes.
//!
//! [`Submission::find`] finds a package, [`build`] makes a program of it, and [`ChildHost`] is where its nodes run;
//! [`sandbox`] is what holds them. [`variants`] makes one program of a reference and all its faults. Whoever links this
//! crate calls [`sandbox::stub_main`] when its program is started as the sandbox's stub.

mod build;
mod child;
mod content_hash;
mod cores;
mod host;
mod limits;
pub mod sandbox;
mod submission;
pub mod variants;

pub use build::{BuildError, BuildEvent, BuildOptions, Built, Profile, build};
pub use child::{Launch, Transport};
pub use content_hash::ContentHash;
pub use cores::{cores, stay_on_core};
pub use host::{ChildHost, Mode};
pub use limits::Limits;
pub use submission::{Submission, SubmissionError};
