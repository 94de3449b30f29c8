//! My solution of the ad-click-aggregator kata. The contract: `ad_click_aggregator::AdClickAggregator`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use ad_click_aggregator::{
    Ad, AdClickAggregator, Click, ClickError, Config, Env, MinuteClicks, PlaceError, Range, ReconcileError,
    RegisterError, ReportError,
};
use kata::{Caller, OpenError};

/// Counts clicks on ads.
pub struct Aggregator {
    env: Env,
    config: Config,
}

impl AdClickAggregator for Aggregator {
    async fn open(env: Env, config: Config) -> Result<Aggregator, OpenError> {
        Ok(Aggregator { env, config })
    }

    // If something is to happen in the background, give it a body: `async fn background(self: Arc<Self>)`.

    async fn register_ad(&self, caller: &Caller, ad: Ad) -> Result<(), RegisterError> {
        todo!("register an ad")
    }

    async fn place(&self, ad: String) -> Result<String, PlaceError> {
        todo!("issue an impression id")
    }

    async fn click(&self, click: Click) -> Result<String, ClickError> {
        todo!("accept a click, and say where it leads")
    }

    async fn report(&self, caller: &Caller, range: Range) -> Result<Vec<MinuteClicks>, ReportError> {
        todo!("say how many clicks each minute had")
    }

    async fn reconcile(&self) -> Result<(), ReconcileError> {
        todo!("bring back what was lost of derived stores")
    }
}
