//! Links as the table keeps them.
//!
//! A link's row is never removed, not when it expires and not when it is deleted: it keeps the code from leading elsewhere.

use super::codes::Keyspace;
use super::patience::insist;
use super::rules::Rules;
use super::window::Window;
use kata::{Clock, Condition, Failure, Random, Table, TableError, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use url_shortener::{Config, Env, Link, Shorten, ShortenError};

/// Keys must be remembered for a day; two, so that nothing hangs on the second.
const KEYS_REMEMBERED: Duration = Duration::from_secs(2 * 24 * 3_600);

/// The writes of the transaction that makes a link, in their order. When several conditions fail the first is reported, so a
/// repeated request learns that before it learns that its alias is taken (by itself).
const KEY: usize = 0;
const CODE: usize = 1;

/// A link as it is stored under its code.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) url: String,
    pub(super) owner: String,
    pub(super) expires_at: Option<Time>,
    pub(super) deleted: bool,
}

/// What an owner's key was used for.
#[derive(Serialize, Deserialize)]
struct Used {
    request: Shorten,
    link: Link,
}

/// All links.
#[derive(Clone)]
pub(super) struct Links {
    env: Env,
    clock: Clock,
    random: Random,
    creations_max: u32,
    keyspace: Arc<Keyspace>,
    rules: Arc<Rules>,
    links: Table<Stored>,
    /// By owner and key.
    keys: Table<Used>,
    /// By owner: when the links were made that count towards the limit.
    windows: Table<Vec<Time>>,
}

impl Links {
    pub(super) fn new(env: &Env, config: &Config, rules: Arc<Rules>) -> Links {
        Links {
            env: env.clone(),
            clock: env.clock(),
            random: env.random(),
            creations_max: config.creations_max,
            keyspace: Arc::new(Keyspace::new(config)),
            rules,
            links: env.table("links"),
            keys: env.table("keys"),
            windows: env.table("windows"),
        }
    }

    /// Reads a link, whether or not it may still be found.
    pub(super) async fn get(&self, code: &str) -> Result<Option<Stored>, TableError> {
        let item = insist(&self.clock, || self.links.get(code)).await?;
        Ok(item.map(|item| item.value))
    }

    /// Marks a link as deleted. Nothing else in a row ever changes, so doing it twice is doing it once.
    pub(super) async fn delete(&self, code: &str, link: Stored) -> Result<(), TableError> {
        let deleted = Stored { deleted: true, ..link };
        insist(&self.clock, || self.links.put(code, &deleted)).await?;
        Ok(())
    }

    /// Makes a link, or finds the one that an earlier attempt made.
    ///
    /// Every round ends, or takes another code, or follows another creation of the same owner; there are only so many of each.
    /// The row that refused a round has moved on for good, so no request of that round can take effect later: what is definite at
    /// the end is definite for all of it.
    pub(super) async fn create(&self, owner: &str, request: &Shorten) -> Result<Link, ShortenError> {
        let mut codes = self.codes(request);
        let mut code = codes.next().ok_or(ShortenError::Exhausted)?;
        let mut window = self.window(owner).await?;
        loop {
            let now = self.clock.now();
            let Some(one_more) = window.with(now, self.creations_max) else {
                return self.earlier(owner, request).await?.ok_or(ShortenError::RateLimited);
            };
            let expires_at = request.lifetime.map(|lifetime| now + lifetime);
            let link = Link { code: code.clone(), created_at: now, expires_at };
            match self.write(owner, request, &link, &window, &one_more).await {
                Ok(_) => return Ok(link),
                Err(TableError::ConditionFailed { write: KEY, current: Some(used) }) => {
                    return used.decode::<Used>()?.answer(request);
                }
                Err(TableError::ConditionFailed { write: CODE, .. }) if request.alias.is_some() => {
                    return Err(ShortenError::AliasTaken);
                }
                Err(TableError::ConditionFailed { write: CODE, .. }) => {
                    code = codes.next().ok_or(ShortenError::Exhausted)?;
                }
                Err(TableError::ConditionFailed { .. }) => window = self.window(owner).await?,
                Err(error) if error.is_definite() => return Err(ShortenError::Failed(Failure::Refused)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Makes the link, uses its key up and counts the creation, all or nothing.
    async fn write(
        &self,
        owner: &str,
        request: &Shorten,
        link: &Link,
        window: &Window,
        one_more: &Vec<Time>,
    ) -> Result<(), TableError> {
        let stored = Stored {
            url: request.url.clone(),
            owner: owner.to_owned(),
            expires_at: link.expires_at,
            deleted: false,
        };
        let used = Used { request: request.clone(), link: link.clone() };
        let forget_at = link.created_at + KEYS_REMEMBERED;
        let written = insist(&self.clock, || {
            self.env
                .transaction()
                .put_until(&self.keys, key(owner, request), &used, Condition::Absent, forget_at)
                .put(&self.links, &link.code, &stored, Condition::Absent)
                .put(&self.windows, owner, one_more, window.is_unchanged())
                .commit()
        });
        written.await.map(drop)
    }

    async fn window(&self, owner: &str) -> Result<Window, ShortenError> {
        let item = insist(&self.clock, || self.windows.get(owner)).await;
        item.map(Window::of).map_err(|_| ShortenError::Failed(Failure::Refused))
    }

    /// The codes that would do for a request.
    fn codes(&self, request: &Shorten) -> Box<dyn Iterator<Item = String> + Send + '_> {
        match &request.alias {
            Some(alias) => Box::new(std::iter::once(alias.clone())),
            None => Box::new(self.keyspace.walk(&self.random).filter(|code| !self.rules.is_reserved(code))),
        }
    }

    /// The answer to an earlier request with the same key: it may be what filled the limit.
    async fn earlier(&self, owner: &str, request: &Shorten) -> Result<Option<Link>, ShortenError> {
        let used = insist(&self.clock, || self.keys.get(key(owner, request))).await;
        let used = used.map_err(|_| ShortenError::Failed(Failure::Refused))?;
        used.map(|item| item.value.answer(request)).transpose()
    }
}

impl Used {
    /// What a request is answered whose key is used up.
    fn answer(self, request: &Shorten) -> Result<Link, ShortenError> {
        if self.request == *request { Ok(self.link) } else { Err(ShortenError::KeyReused) }
    }
}

fn key(owner: &str, request: &Shorten) -> (String, String) {
    (owner.to_owned(), request.key.to_string())
}
