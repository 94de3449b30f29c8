//! The reference solution of the url-shortener kata.
//!
//! The table holds the truth, and one transaction makes a link: its code, its key and its place in the limit come together or
//! not at all (`links`). The cache only saves reads (`lookup`). Clicks go through the log, each with an id under which it
//! counts once (`clicks`).

mod clicks;
mod codes;
mod gathering;
mod links;
mod lookup;
mod patience;
mod rules;
mod sharing;
mod window;

use clicks::Clicks;
use kata::{Caller, Failure, OpenError, TableError};
use links::{Links, Stored};
use lookup::Lookup;
use rules::Rules;
use std::sync::Arc;
use url_shortener::{Config, Env, Link, OwnerError, ResolveError, Shorten, ShortenError, UrlShortener};

/// Links in a table, with a cache before it and a log of clicks behind it.
pub struct Shortener {
    rules: Arc<Rules>,
    links: Links,
    lookup: Lookup,
    clicks: Clicks,
}

impl UrlShortener for Shortener {
    async fn open(env: Env, config: Config) -> Result<Shortener, OpenError> {
        let rules = Arc::new(Rules::new(&config));
        let links = Links::new(&env, &config, Arc::clone(&rules));
        let lookup = Lookup::new(&env, &config, links.clone());
        Ok(Shortener { rules, links, lookup, clicks: Clicks::new(&env) })
    }

    async fn shorten(&self, caller: &Caller, request: Shorten) -> Result<Link, ShortenError> {
        self.rules.check(&request)?;
        self.links.create(&caller.principal, &request).await
    }

    async fn resolve(&self, code: String) -> Result<String, ResolveError> {
        if !rules::is_code(&code) {
            return Err(ResolveError::NotFound);
        }
        let url = self.lookup.url(&code).await.map_err(|_| ResolveError::Failed(Failure::Refused))?;
        let url = url.ok_or(ResolveError::NotFound)?;
        // Acknowledging the click before it is safe would lose it to a crash.
        self.clicks.record(&code).await?;
        Ok(url)
    }

    async fn clicks(&self, caller: &Caller, code: String) -> Result<u64, OwnerError> {
        self.owned(caller, &code).await?;
        self.clicks.total(&code).await.map_err(|_| OwnerError::Failed(Failure::Refused))
    }

    async fn delete(&self, caller: &Caller, code: String) -> Result<(), OwnerError> {
        let link = self.owned(caller, &code).await?;
        match self.links.delete(&code, link).await {
            Ok(()) => {}
            Err(error) if error.is_definite() => return Err(OwnerError::Failed(Failure::Refused)),
            Err(error) => return Err(error.into()),
        }
        self.lookup.forget(&code).await;
        Ok(())
    }

    async fn background(self: Arc<Self>) {
        self.clicks.count_forever().await;
    }
}

impl Shortener {
    /// A link of the caller, whether or not it is still there for others.
    async fn owned(&self, caller: &Caller, code: &str) -> Result<Stored, OwnerError> {
        if !rules::is_code(code) {
            return Err(OwnerError::NotFound);
        }
        let refused = |_: TableError| OwnerError::Failed(Failure::Refused);
        let link = self.links.get(code).await.map_err(refused)?.ok_or(OwnerError::NotFound)?;
        if link.owner == caller.principal { Ok(link) } else { Err(OwnerError::NotYours) }
    }
}
