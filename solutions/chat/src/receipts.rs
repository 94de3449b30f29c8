//! How far members have got.

use chat::{Env, Progress, Receipt};
use kata::{Condition, Table, TableError};
use std::collections::{BTreeMap, BTreeSet};

/// How far members have got.
pub(crate) struct Receipts {
    /// By chat and member.
    progress: Table<Progress>,
}

impl Receipts {
    pub(crate) fn new(env: &Env) -> Receipts {
        Receipts { progress: env.table("progress") }
    }

    /// Notes progress; what is further already stays.
    pub(crate) async fn mark(&self, chat: u64, member: &str, progress: Progress) -> Result<(), TableError> {
        let key = || (chat.to_string(), member.to_owned());
        loop {
            let noted = self.progress.get(key()).await?;
            let (before, condition) = match noted {
                Some(item) => (item.value, Condition::Version(item.version)),
                None => (Progress::default(), Condition::Absent),
            };
            let further = Progress {
                delivered: before.delivered.max(progress.delivered),
                read: before.read.max(progress.read),
            };
            if further == before {
                return Ok(());
            }
            match self.progress.put(key(), &further).when(condition).await {
                // Somebody else went forward meanwhile.
                Err(TableError::ConditionFailed { .. }) => {}
                written => return written.map(|_| ()),
            }
        }
    }

    /// The receipts of all members.
    pub(crate) async fn of(&self, chat: u64, members: &BTreeSet<String>) -> Result<Vec<Receipt>, TableError> {
        let rows = self.progress.query(chat.to_string()).all().await?;
        let noted: BTreeMap<String, Progress> =
            rows.into_iter().map(|item| (item.key.sort, item.value)).collect();
        let receipt = |member: &String| Receipt {
            member: member.clone(),
            progress: noted.get(member).copied().unwrap_or_default(),
        };
        Ok(members.iter().map(receipt).collect())
    }
}
