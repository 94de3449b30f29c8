//! Who belongs to which chat.

use chat::Env;
use kata::{Condition, Table, TableError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How many chats are remembered at most.
const KNOWN_MAX: usize = 10_000;

/// A chat as it was made.
#[derive(PartialEq, Serialize, Deserialize)]
struct Made {
    maker: String,
    members: BTreeSet<String>,
}

/// Who belongs to which chat. That never changes, so what was read once stays right.
pub(crate) struct Members {
    chats: Table<Made>,
    known: Mutex<BTreeMap<u64, Arc<BTreeSet<String>>>>,
}

impl Members {
    pub(crate) fn new(env: &Env) -> Members {
        Members { chats: env.table("chats"), known: Mutex::default() }
    }

    /// Makes a chat. False if there is another one of that id.
    pub(crate) async fn make(
        &self,
        chat: u64,
        maker: &str,
        members: BTreeSet<String>,
    ) -> Result<bool, TableError> {
        let made = Made { maker: maker.to_owned(), members };
        match self.chats.put(chat.to_string(), &made).when(Condition::Absent).await {
            Ok(_) => Ok(true),
            Err(TableError::ConditionFailed { current: Some(item), .. }) => {
                Ok(item.decode::<Made>()? == made)
            }
            Err(error) => Err(error),
        }
    }

    /// The members of a chat, if there is such a chat.
    pub(crate) async fn of(&self, chat: u64) -> Result<Option<Arc<BTreeSet<String>>>, TableError> {
        if let Some(members) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&chat) {
            return Ok(Some(Arc::clone(members)));
        }
        let Some(item) = self.chats.get(chat.to_string()).await? else { return Ok(None) };
        let members = Arc::new(item.value.members);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(chat, Arc::clone(&members));
        Ok(Some(members))
    }

    /// Whether there is such a chat and somebody belongs to it.
    pub(crate) async fn has(&self, chat: u64, member: &str) -> Result<bool, TableError> {
        Ok(self.of(chat).await?.is_some_and(|members| members.contains(member)))
    }
}
