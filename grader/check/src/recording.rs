//! Histories in files, one operation a line, recorded anywhere: what `kata check` reads. `docs/histories.md` describes the format.
//!
//! One file per model says how its operations are written. Where to start: [`Model::examine`].

mod counter;
mod edn;
mod examination;
mod jepsen;
mod key_value;
mod line;
mod lock;
mod log;
mod model;
mod queue;
mod register;
mod set;
mod value;

pub use examination::{Breach, Examination, Part, Row};
pub use line::{Line, Unreadable, lines};
pub use model::{Model, Options};
pub use value::Value;
