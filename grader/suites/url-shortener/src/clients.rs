//! What the clients of all stages have in common.

use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, NodeId};
use std::fmt::Debug;
use std::time::Duration;
use url_shortener::{
    Config, Link, OwnerError, ResolveError, Shorten, ShortenError, UrlShortenerClient as Client,
};

/// How long a client waits before it asks again.
const PATIENCE: Duration = Duration::from_millis(500);
/// With [`PATIENCE`], well beyond everything that a requirement breaks, and a restart after it.
const ATTEMPTS_MAX: u32 = 20;

/// Longer than any request can be late.
pub(crate) const SETTLED: Duration = Duration::from_secs(7);
/// How long before an exact moment a call begins that must be over by then: more hops than a call needs.
pub(crate) const MARGIN: Duration = Duration::from_secs(1);

/// A configuration without a limit that matters.
pub(crate) fn unlimited() -> Config {
    Config { creations_max: 1_000, ..Config::default() }
}

/// A configuration with few codes.
pub(crate) fn keyspace(alphabet: &str, code_length: u32) -> Config {
    Config { alphabet: alphabet.to_owned(), code_length, ..unlimited() }
}

/// A request for a generated code.
pub(crate) fn request(url: &str, key: u64) -> Shorten {
    Shorten { url: url.to_owned(), alias: None, lifetime: None, key }
}

/// A request for an alias.
pub(crate) fn aliased(url: &str, alias: &str, key: u64) -> Shorten {
    Shorten { alias: Some(alias.to_owned()), ..request(url, key) }
}

/// A client at each node.
pub(crate) fn at_each_node(dc: &Datacentre, name: &str) -> Vec<Client> {
    let client = |node: NodeId| dc.client_at::<Client>(name, node);
    dc.nodes().into_iter().map(client).collect()
}

/// Makes a link that nothing speaks against.
pub(crate) async fn shorten(client: &Client, request: Shorten) -> Result<Link, Complaint> {
    let call = format!("shorten({request:?})");
    client.shorten(request).await.expect_ok(&call)
}

/// Asks for a link, and demands that it be refused just so.
pub(crate) async fn refused(client: &Client, request: Shorten, expected: ShortenError) -> Outcome {
    let call = format!("shorten({request:?})");
    let answer = client.shorten(request).await;
    ensure!(
        answer == Answer::Refused(expected.clone()),
        "{call} is answered wrongly",
        "Err({expected:?})",
        "{answer}"
    );
    Ok(())
}

/// Resolves a code, and demands that it lead to `url`.
pub(crate) async fn leads_to(client: &Client, code: &str, url: &str) -> Outcome {
    let answer = client.resolve(code.to_owned()).await;
    ensure!(
        answer == Answer::Ok(url.to_owned()),
        "{code:?} does not lead to its URL",
        "Ok({url:?})",
        "{answer}"
    );
    Ok(())
}

/// Resolves a code, and demands that it lead nowhere; `why` says why it should not.
pub(crate) async fn leads_nowhere(client: &Client, code: &str, why: &str) -> Outcome {
    let answer = client.resolve(code.to_owned()).await;
    ensure!(
        answer == Answer::Refused(ResolveError::NotFound),
        "{code:?} leads somewhere though {why}",
        "Err(NotFound)",
        "{answer}"
    );
    Ok(())
}

/// Sends a request until it is answered: a link, or a refusal for the request itself.
pub(crate) async fn shorten_at_last(
    dc: &Datacentre,
    client: &Client,
    request: &Shorten,
) -> Result<Link, Complaint> {
    let is_trouble = |error: &ShortenError| matches!(error, ShortenError::Failed(_));
    at_last(dc, &format!("shorten({request:?})"), is_trouble, async || client.shorten(request.clone()).await)
        .await
}

/// Deletes until that is acknowledged.
pub(crate) async fn delete_at_last(dc: &Datacentre, client: &Client, code: &str) -> Outcome {
    let is_trouble = |error: &OwnerError| matches!(error, OwnerError::Failed(_));
    at_last(dc, &format!("delete({code:?})"), is_trouble, async || client.delete(code.to_owned()).await).await
}

async fn at_last<T: Debug, E: Debug>(
    dc: &Datacentre,
    call: &str,
    is_trouble: impl Fn(&E) -> bool,
    ask: impl AsyncFn() -> Answer<T, E>,
) -> Result<T, Complaint> {
    for _ in 0..ATTEMPTS_MAX {
        match ask().await {
            Answer::Unknown => {}
            Answer::Refused(error) if is_trouble(&error) => {}
            answer => return answer.expect_ok(call),
        }
        dc.sleep(PATIENCE).await;
    }
    Err(Complaint::new(
        format!("{call} is never answered"),
        "an answer once nodes and services are well again",
        format!("{ATTEMPTS_MAX} attempts without one"),
    ))
}
