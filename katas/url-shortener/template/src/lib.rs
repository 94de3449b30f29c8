//! My solution of the url-shortener kata. The contract: `url_shortener::UrlShortener`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use kata::{Caller, OpenError};
use url_shortener::{Config, Env, Link, OwnerError, ResolveError, Shorten, ShortenError, UrlShortener};

/// Links, wherever I keep them.
pub struct Shortener {
    env: Env,
    config: Config,
}

impl UrlShortener for Shortener {
    async fn open(env: Env, config: Config) -> Result<Shortener, OpenError> {
        Ok(Shortener { env, config })
    }

    async fn shorten(&self, caller: &Caller, request: Shorten) -> Result<Link, ShortenError> {
        todo!("make a link")
    }

    async fn resolve(&self, code: String) -> Result<String, ResolveError> {
        todo!("find where a code leads, and record the click")
    }

    async fn clicks(&self, caller: &Caller, code: String) -> Result<u64, OwnerError> {
        todo!("tell an owner the clicks of a link")
    }

    async fn delete(&self, caller: &Caller, code: String) -> Result<(), OwnerError> {
        todo!("delete a link of an owner")
    }

    // Work that no call waits for, such as counting clicks, goes here:
    // async fn background(self: std::sync::Arc<Self>) {}
}
