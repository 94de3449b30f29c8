//! Stage `aliases`: codes that owners choose.

use crate::clients::{
    aliased, at_each_node, keyspace, leads_nowhere, leads_to, refused, request, shorten, unlimited,
};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use url_shortener::ShortenError::{AliasTaken, InvalidAlias, ReservedAlias};
use url_shortener::{Config, Shorten, UrlShortenerClient as Client};

const URL: &str = "https://example.com/ana";
const OTHER: &str = "https://example.com/bo";

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

/// Bo tries an alias that nobody has, in vain. As soon as Ana has it, it leads to her URL, through every node.
#[requirement(stage = "aliases", level = acceptance, points = 2, schedules = 10)]
async fn a_new_alias_resolves_at_once(dc: &Datacentre) -> Outcome {
    dc.deploy::<Client>(2, unlimited()).await;
    let visitors = at_each_node(dc, "bo");
    for visitor in &visitors {
        leads_nowhere(visitor, "launch", "nobody has made it yet").await?;
    }
    shorten(&dc.client("ana"), aliased(URL, "launch", 1)).await?;
    for visitor in &visitors {
        leads_to(visitor, "launch", URL).await?;
    }
    Ok(())
}

/// An alias that was deleted or has expired is given to nobody again: not to others, not to its former owner, not after a
/// long time.
#[requirement(stage = "aliases", level = acceptance, points = 3, schedules = 6)]
async fn codes_are_never_given_again(dc: &Datacentre) -> Outcome {
    let config = unlimited();
    let staleness = config.staleness;
    dc.deploy::<Client>(2, config).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    let brief = Shorten { lifetime: Some(Duration::from_secs(2)), ..aliased(URL, "brief", 1) };
    shorten(&ana, brief).await?;
    shorten(&ana, aliased(URL, "deleted", 2)).await?;
    ana.delete("deleted".to_owned()).await.expect_ok("ana's delete of her link")?;
    refused(&bo, aliased(OTHER, "deleted", 1), AliasTaken).await?;
    refused(&ana, aliased(URL, "deleted", 3), AliasTaken).await?;
    dc.sleep(staleness.max(Duration::from_secs(30))).await;
    for (key, alias) in [(2, "brief"), (3, "deleted")] {
        refused(&bo, aliased(OTHER, alias, key), AliasTaken).await?;
        refused(&ana, aliased(OTHER, alias, 10 + key), AliasTaken).await?;
        leads_nowhere(&bo, alias, "it expired or was deleted").await?;
    }
    Ok(())
}

/// Codes and aliases are one namespace. With eight codes, one of them an alias and one a reserved word, the other six are
/// generated, and none of them can be an alias any more.
#[requirement(stage = "aliases", level = acceptance, points = 2, schedules = 10)]
async fn codes_and_aliases_share_one_namespace(dc: &Datacentre) -> Outcome {
    let reserved = vec!["aba".to_owned()];
    dc.deploy::<Client>(2, Config { reserved, ..keyspace("ab", 3) }).await;
    let (ana, bo) = (dc.client::<Client>("ana"), dc.client::<Client>("bo"));
    shorten(&ana, aliased(URL, "bbb", 1)).await?;
    let mut codes = Vec::new();
    for key in 2..8 {
        let code = shorten(&ana, request(OTHER, key)).await?.code;
        ensure!(code != "aba", "a generated code is a reserved word", "any other code", "{code:?}");
        ensure!(
            code != "bbb" && !codes.contains(&code),
            "a code is given out twice",
            "a code that is neither \"bbb\" nor one of {codes:?}",
            "{code:?}"
        );
        codes.push(code);
    }
    leads_to(&bo, "bbb", URL).await?;
    refused(&bo, aliased(URL, &codes[0], 1), AliasTaken).await?;
    leads_to(&bo, &codes[0], OTHER).await
}
