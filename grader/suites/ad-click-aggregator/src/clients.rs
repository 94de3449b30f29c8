//! What the clients of all stages have in common.

use ad_click_aggregator::{
    Ad, AdClickAggregatorClient as AdClient, Minute, MinuteClicks, PlaceError, Range, ReconcileError,
    RegisterError, ReportError,
};
use kata::Answer;
use kata_check::Complaint;
use kata_sim::{Datacentre, Expect};
use std::fmt::{Debug, Display};
use std::time::Duration;

/// The advertiser where it does not matter who.
pub(crate) const ANA: &str = "ana";
/// The ad where it does not matter which.
pub(crate) const SHOES: &str = "shoes";

/// How long a client waits before it asks again.
pub(crate) const PATIENCE: Duration = Duration::from_millis(100);
/// With [`PATIENCE`], well beyond everything that a requirement breaks, and a restart after it.
pub(crate) const ATTEMPTS_MAX: u32 = 100;

/// Where an ad of that id leads.
pub(crate) fn url_of(ad: &str) -> String {
    format!("https://ads.example/{}", ad.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// An ad of that id.
pub(crate) fn ad(id: &str) -> Ad {
    Ad { id: id.to_owned(), redirect_url: url_of(id) }
}

/// Registers an ad of ana's, and asks again as long as infrastructure fails.
pub(crate) async fn register(dc: &Datacentre, id: &str) -> Result<(), Complaint> {
    register_by(dc, ANA, id).await
}

/// Registers an ad of somebody's, and asks again as long as infrastructure fails.
pub(crate) async fn register_by(dc: &Datacentre, name: &str, id: &str) -> Result<(), Complaint> {
    let advertiser = dc.client::<AdClient>(name);
    let failed = |error: &RegisterError| matches!(error, RegisterError::Failed(_));
    insist(dc, &format!("{name}'s registration of {id:?}"), failed, || advertiser.register_ad(ad(id))).await
}

/// Places an ad, and asks again as long as infrastructure fails.
pub(crate) async fn place(dc: &Datacentre, id: &str) -> Result<String, Complaint> {
    let page = dc.client::<AdClient>("page");
    let failed = |error: &PlaceError| matches!(error, PlaceError::Failed(_));
    insist(dc, &format!("the placing of {id:?}"), failed, || page.place(id.to_owned())).await
}

/// Reads a report of ana's, and asks again as long as infrastructure fails.
pub(crate) async fn report(
    dc: &Datacentre,
    id: &str,
    from: Minute,
    to: Minute,
) -> Result<Vec<MinuteClicks>, Complaint> {
    let ana = dc.client::<AdClient>(ANA);
    let failed = |error: &ReportError| matches!(error, ReportError::Failed(_));
    let range = || Range { ad: id.to_owned(), from, to };
    insist(dc, &format!("ana's report on {id:?}"), failed, || ana.report(range())).await
}

/// Reconciles, and asks again as long as infrastructure fails.
pub(crate) async fn reconcile(dc: &Datacentre) -> Result<(), Complaint> {
    let scheduler = dc.client::<AdClient>("scheduler");
    let failed = |ReconcileError::Failed(_): &ReconcileError| true;
    insist(dc, "`reconcile`", failed, || scheduler.reconcile()).await
}

/// Asks until there is an answer that is not about infrastructure; a complaint if it is a refusal, or if there never is.
async fn insist<T: Debug, E: Debug + Display>(
    dc: &Datacentre,
    call: &str,
    failed: impl Fn(&E) -> bool,
    ask: impl AsyncFn() -> Answer<T, E>,
) -> Result<T, Complaint> {
    for _ in 0..ATTEMPTS_MAX {
        match ask().await {
            Answer::Ok(value) => return Ok(value),
            Answer::Refused(error) if !failed(&error) => return Answer::Refused(error).expect_ok(call),
            Answer::Refused(_) | Answer::Unknown => dc.sleep(PATIENCE).await,
        }
    }
    Err(Complaint::new(
        format!("{call} never succeeds"),
        "Ok(..) once nodes and services are well again",
        format!("it failed {ATTEMPTS_MAX} times"),
    ))
}

/// Waits for the twentieth second of a minute, so that a call and its answer lie in the same one.
pub(crate) async fn well_inside_a_minute(dc: &Datacentre) {
    let (now, minute) = (dc.now(), Minute::of(dc.now()));
    let (twentieth, fortieth) = (second_of(minute, 20), second_of(minute, 40));
    if now > fortieth {
        dc.sleep_until(second_of(Minute(minute.0 + 1), 20)).await;
    } else {
        dc.sleep_until(twentieth).await;
    }
}

/// A moment of a minute.
pub(crate) fn second_of(minute: Minute, second: u64) -> kata_sim::Time {
    kata_sim::Time::from_secs(minute.0 * 60 + second)
}
