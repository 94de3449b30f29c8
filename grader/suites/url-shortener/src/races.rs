//! Stage `races`: many ask at once for the same few codes.

use crate::clients::{aliased, keyspace, leads_to, refused, request, shorten, unlimited};
use futures_util::future::join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, requirement};
use std::collections::BTreeMap;
use url_shortener::{OwnerError, ShortenError, UrlShortenerClient as Client};

const OWNERS: [&str; 4] = ["ana", "bo", "cy", "di"];

/// Four links are asked for at once, by four owners or by one, through three nodes, and there are four codes. Each link gets one
/// of them, which leads to the right URL, and then no code is left.
#[requirement(stage = "races", level = concurrency, points = 5, schedules = 1_000)]
async fn no_code_leads_to_two_urls(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, keyspace("ab", 2)).await;
    let is_alone = dc.pick("owners", 2) == 0;
    let clients = OWNERS.map(|owner| dc.client::<Client>(if is_alone { OWNERS[0] } else { owner }));
    let url = |key: u64| format!("https://example.com/{key}");
    let asks = (1..).zip(&clients).map(async |(key, client)| {
        let link = shorten(client, request(&url(key), key)).await?;
        Ok::<_, Complaint>((link.code, key))
    });
    let mut urls: BTreeMap<String, u64> = BTreeMap::new();
    for made in join_all(asks).await {
        let (code, key) = made?;
        if let Some(other) = urls.insert(code.clone(), key) {
            let told = format!("{:?} and {:?} both have {code:?}", url(other), url(key));
            return Err(Complaint::new("one code was given to two URLs", "four different codes", told));
        }
    }
    for (code, key) in urls {
        leads_to(&clients[0], &code, &url(key)).await?;
    }
    refused(&clients[0], request(&url(5), 5), ShortenError::Exhausted).await
}

/// Three owners ask for one alias at once, through three nodes. One gets it, the others learn that it is taken, and it leads where
/// its owner said.
#[requirement(stage = "races", level = concurrency, points = 4, schedules = 500)]
async fn one_alias_has_one_owner(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(3, unlimited()).await;
    let clients: Vec<(&str, Client)> = OWNERS[..3].iter().map(|owner| (*owner, dc.client(*owner))).collect();
    let url = |owner: &str| format!("https://example.com/{owner}");
    let answers =
        join_all(clients.iter().map(|(owner, client)| client.shorten(aliased(&url(owner), "sale", 1)))).await;
    let told: Vec<String> =
        clients.iter().zip(&answers).map(|((owner, _), answer)| format!("{owner}: {answer}")).collect();
    let told = told.join(", ");
    let owners: Vec<&str> = clients
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.is_ok())
        .map(|((owner, _), _)| *owner)
        .collect();
    let taken = answers.iter().filter(|answer| **answer == Answer::Refused(ShortenError::AliasTaken)).count();
    ensure!(
        owners.len() == 1 && taken == 2,
        "three ask for one alias",
        "one link and two `AliasTaken`",
        "{told}"
    );
    let winner = owners[0];
    for (_, client) in &clients {
        leads_to(client, "sale", &url(winner)).await?;
    }
    for (owner, client) in &clients {
        let deleted = client.delete("sale".to_owned()).await;
        let is_theirs = deleted != Answer::Refused(OwnerError::NotYours);
        ensure!(
            is_theirs == (*owner == winner),
            "an alias belongs to somebody else than the one who got it",
            "{winner} may delete it, and nobody else",
            "{owner}'s delete: {deleted}"
        );
    }
    Ok(())
}
