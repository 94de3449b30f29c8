//! Stage `aliases`: codes that owners choose.

use crate::clients::{
    aliased, at_each_node, keyspace, leads_nowhere, leads_to, refused, request, shorten, unlimited,
};
use futures_util::future::{join, join_all, try_join_all};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use url_shortener::ShortenError::{AliasTaken, Exhausted, InvalidAlias, ReservedAlias};
use url_shortener::{Config, Shorten, UrlShortenerClient as Client};

const URL: &str = "https://example.com/ana";
const OTHER: &str = "https://example.com/bo";
/// Longer than anybody may remember a code only for a while.
const AGES: Duration = Duration::from_secs(50 * 365 * 24 * 3_600);

/// An alias of the right length and alphabet becomes the link's code, letter by letter. Others are refused, and so are reserved
/// words however they are written; words that merely contain them are not.
#[requirement(stage = "aliases", level = acceptance, points = 3, schedules = 4)]
async fn aliases_follow_their_rules(dc: &Datacentre) -> Outcome {
    let reserved = ["admin", "api", "log-in"].map(str::to_owned).to_vec();
    dc.deploy::<Client>(2, Config { reserved, ..unlimited() }).await;
    let ana = dc.client::<Client>("ana");
    let (longest, too_long) = ("a".repeat(32), "a".repeat(33));
    let right =
        ["abc", "News", "news", "spring-sale_2026", "---", "007", "administer", "api2", "log_in", &longest];
    for (key, alias) in (1..).zip(right) {
        let url = format!("https://example.com/{key}");
        let link = shorten(&ana, aliased(&url, alias, key)).await?;
        let code = link.code;
        ensure!(code == alias, "a link does not have its alias", "{alias:?}", "{code:?}");
        leads_to(&ana, alias, &url).await?;
    }
    for alias in [
        "",
        "ab",
        &too_long,
        "new sale",
        "new/sale",
        "sale!",
        "größe",
        "ünü",
        "a.b",
        "%61bc",
        "abc\0",
        "日本語",
    ] {
        refused(&ana, aliased(URL, alias, 100), InvalidAlias).await?;
    }
    for alias in ["admin", "Admin", "API", "LOG-in"] {
        refused(&ana, aliased(URL, alias, 100), ReservedAlias).await?;
    }
    leads_to(&ana, "News", "https://example.com/2").await?;
    leads_to(&ana, "news", "https://example.com/3").await
}

/// Bo tries an alias that nobody has, in vain, before or while Ana takes it. As soon as she has it, it leads to her URL,
/// through every node.
#[requirement(stage = "aliases", level = concurrency, points = 2, schedules = 600)]
async fn a_new_alias_resolves_at_once(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, unlimited()).await;
    let visitors = at_each_node(dc, "bo");
    // What the service has learned from that, it need not ask again, and so the race below would not be one.
    if dc.pick("tried before", 2) == 0 {
        for visitor in &visitors {
            leads_nowhere(visitor, "launch", "nobody has made it yet").await?;
        }
    }
    let tries = visitors.iter().chain(&visitors).map(async |visitor| {
        for _ in 0..4 {
            // Found or not, both is right as yet.
            let _ = visitor.resolve("launch".to_owned()).await;
        }
    });
    let takes = async {
        shorten(&dc.client("ana"), aliased(URL, "launch", 1)).await?;
        at_once(&visitors).await
    };
    let (_, taken) = join(join_all(tries), takes).await;
    taken?;
    // What was under way when she took it has arrived by now.
    at_once(&visitors).await
}

/// Demands that `launch` lead to its URL through all nodes.
async fn at_once(visitors: &[Client]) -> Outcome {
    try_join_all(visitors.iter().map(|visitor| leads_to(visitor, "launch", URL))).await.map(drop)
}

/// An alias that was deleted or has expired is given to nobody again: not to others, not to its former owner, not after a
/// long time. Nor is a generated code, though it is the only one there is.
#[requirement(stage = "aliases", level = acceptance, points = 3, schedules = 6)]
async fn codes_are_never_given_again(dc: &Datacentre) -> Outcome {
    let config = keyspace("a", 3);
    let staleness = config.staleness;
    dc.deploy::<Client>(2, config).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    let code = shorten(&ana, request(URL, 0)).await?.code;
    ana.delete(code.clone()).await.expect_ok("ana's delete of her link")?;
    let brief = Shorten { lifetime: Some(Duration::from_secs(2)), ..aliased(URL, "brief", 1) };
    shorten(&ana, brief).await?;
    shorten(&ana, aliased(URL, "deleted", 2)).await?;
    ana.delete("deleted".to_owned()).await.expect_ok("ana's delete of her link")?;
    refused(&bo, aliased(OTHER, "deleted", 1), AliasTaken).await?;
    refused(&ana, aliased(URL, "deleted", 3), AliasTaken).await?;
    for pause in [staleness.max(Duration::from_secs(30)), AGES] {
        if pause == AGES {
            // Nobody serves meanwhile, so that they pass quickly.
            dc.nodes().into_iter().for_each(|node| dc.crash(node));
        }
        dc.sleep(pause).await;
        dc.heal().await;
        for (key, alias) in [(2, "brief"), (3, "deleted"), (4, &code)] {
            refused(&bo, aliased(OTHER, alias, key), AliasTaken).await?;
            refused(&ana, aliased(OTHER, alias, 10 + key), AliasTaken).await?;
            leads_nowhere(&bo, alias, "it expired or was deleted").await?;
        }
        refused(&bo, request(OTHER, 5), Exhausted).await?;
    }
    Ok(())
}

/// Codes and aliases are one namespace. With eight codes, one of them an alias and one a reserved word in capitals, the other six
/// are generated, and none of them can be an alias any more.
#[requirement(stage = "aliases", level = acceptance, points = 2, schedules = 10)]
async fn codes_and_aliases_share_one_namespace(dc: &Datacentre) -> Outcome {
    let reserved = vec!["abb".to_owned()];
    dc.deploy::<Client>(2, Config { reserved, ..keyspace("aB", 3) }).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    shorten(&ana, aliased(URL, "BBB", 1)).await?;
    let mut codes = Vec::new();
    for key in 2..8 {
        let code = shorten(&ana, request(OTHER, key)).await?.code;
        ensure!(code != "aBB", "a generated code is a reserved word", "any other code", "{code:?}");
        ensure!(
            code != "BBB" && !codes.contains(&code),
            "a code is given out twice",
            "a code that is neither \"BBB\" nor one of {codes:?}",
            "{code:?}"
        );
        codes.push(code);
    }
    refused(&ana, request(OTHER, 8), Exhausted).await?;
    leads_to(&bo, "BBB", URL).await?;
    refused(&bo, aliased(URL, &codes[0], 1), AliasTaken).await?;
    leads_to(&bo, &codes[0], OTHER).await
}
