//! The log port.
use serde::{Deserialize, Serialize};
/// What nodes ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {}
/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {}
impl std::fmt::Display for Request {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}
impl std::fmt::Display for Reply {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}
