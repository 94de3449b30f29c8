//! Where a code leads: copies in the cache before the links in the table.
//!
//! A copy carries the moment at which it was read. How long the cache has held it says nothing: a copy may have been long
//! on its way there.

use super::links::{Links, Stored};
use super::patience::FOR_EXTRAS;
use super::sharing::{Found, Sharing};
use kata::{Cache, Clock, TableError, Time};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url_shortener::{Config, Env};

/// A link as the cache keeps it. Only links that are there are kept: a code that is not may be made any moment, and must be
/// found then.
#[derive(Serialize, Deserialize)]
struct Copy {
    url: String,
    expires_at: Option<Time>,
    /// A moment before the table was asked.
    read_at: Time,
}

/// Finds links.
pub(super) struct Lookup {
    cache: Cache,
    clock: Clock,
    staleness: Duration,
    links: Sharing,
}

impl Lookup {
    pub(super) fn new(env: &Env, config: &Config, links: Links) -> Lookup {
        let (cache, clock) = (env.cache().derived(), env.clock());
        Lookup {
            cache,
            links: Sharing::new(clock.clone(), config.staleness, links),
            clock,
            staleness: config.staleness,
        }
    }

    /// The URL that a code leads to now.
    pub(super) async fn url(&self, code: &str) -> Result<Option<String>, TableError> {
        let now = self.clock.now();
        if let Some(copy) = self.copy(code).await
            && now < copy.read_at + self.staleness
            && !is_past(copy.expires_at, now)
        {
            return Ok(Some(copy.url));
        }
        let now = self.clock.now();
        let Found { link, read_at, is_first } = self.links.get(code).await?;
        let Some(link) = link else { return Ok(None) };
        if link.deleted || is_past(link.expires_at, now) {
            return Ok(None);
        }
        let Stored { url, expires_at, .. } = link;
        if is_first {
            self.keep(code, &Copy { url: url.clone(), expires_at, read_at }).await;
        }
        Ok(Some(url))
    }

    /// Drops the copy of a link, as a courtesy: it would be disregarded soon.
    pub(super) async fn forget(&self, code: &str) {
        self.clock.timeout(FOR_EXTRAS, self.cache.delete(code)).await;
    }

    /// The cache's copy, if it has one and answers soon.
    async fn copy(&self, code: &str) -> Option<Copy> {
        let cached = self.clock.timeout(FOR_EXTRAS, self.cache.get(code)).await?;
        Some(cached.ok()??.value)
    }

    async fn keep(&self, code: &str, copy: &Copy) {
        self.clock.timeout(FOR_EXTRAS, self.cache.set(code, copy).ttl(self.staleness).into_future()).await;
    }
}

fn is_past(expires_at: Option<Time>, now: Time) -> bool {
    expires_at.is_some_and(|expires_at| expires_at <= now)
}
