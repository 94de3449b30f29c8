//! Sets of texts.

use super::Reply;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A command on a set. A set without members is no key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SetCommand {
    /// Adds a member. Answered with whether it is new.
    Add {
        /// The member.
        member: String,
    },
    /// Removes a member. Answered with whether it was there.
    Rem {
        /// The member.
        member: String,
    },
    /// Asks whether a member is there.
    IsMember {
        /// The member.
        member: String,
    },
    /// Reads all members.
    Members,
    /// Counts the members.
    Card,
}

impl SetCommand {
    pub(super) fn words(&self, key: &str) -> String {
        match self {
            SetCommand::Add { member } => format!("sadd {key} {member}"),
            SetCommand::Rem { member } => format!("srem {key} {member}"),
            SetCommand::IsMember { member } => format!("sismember {key} {member}"),
            SetCommand::Members => format!("smembers {key}"),
            SetCommand::Card => format!("scard {key}"),
        }
    }

    pub(super) fn apply(&self, set: &mut BTreeSet<String>) -> Reply {
        match self {
            SetCommand::Add { member } => Reply::Flag(set.insert(member.clone())),
            SetCommand::Rem { member } => Reply::Flag(set.remove(member)),
            SetCommand::IsMember { member } => Reply::Flag(set.contains(member)),
            SetCommand::Members => Reply::Members(set.clone()),
            SetCommand::Card => Reply::Count(set.len() as u64),
        }
    }
}
