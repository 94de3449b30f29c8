//! What a scenario demands of an answer, with the complaint if it is another.

use kata::Answer;
use kata_check::Complaint;
use std::fmt::Debug;

/// Demands on an answer. `call` names the call in the complaint, such as `bo's reserve of A1`.
pub trait Expect<T, E> {
    /// The value; a complaint if the call was refused or its outcome is unknown.
    fn expect_ok(self, call: &str) -> Result<T, Complaint>;

    /// The error; a complaint if the call succeeded or its outcome is unknown.
    fn expect_refused(self, call: &str) -> Result<E, Complaint>;

    /// The value if there is one, `None` if the outcome is unknown; a complaint if the call was refused.
    fn expect_ok_or_unknown(self, call: &str) -> Result<Option<T>, Complaint>;
}

impl<T: Debug, E: Debug> Expect<T, E> for Answer<T, E> {
    fn expect_ok(self, call: &str) -> Result<T, Complaint> {
        match self {
            Answer::Ok(value) => Ok(value),
            other => Err(Complaint::new(format!("{call} did not succeed"), "Ok(..)", other.to_string())),
        }
    }

    fn expect_refused(self, call: &str) -> Result<E, Complaint> {
        match self {
            Answer::Refused(error) => Ok(error),
            other => Err(Complaint::new(format!("{call} was not refused"), "an error", other.to_string())),
        }
    }

    fn expect_ok_or_unknown(self, call: &str) -> Result<Option<T>, Complaint> {
        match self {
            Answer::Ok(value) => Ok(Some(value)),
            Answer::Unknown => Ok(None),
            Answer::Refused(_) => {
                Err(Complaint::new(format!("{call} was refused"), "Ok(..) or no answer", self.to_string()))
            }
        }
    }
}
