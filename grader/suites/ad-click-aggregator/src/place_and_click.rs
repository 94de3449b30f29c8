//! Stage `place-and-click`: an ad, an impression, a click.

use crate::clients::{ANA, ad, place, register, url_of};
use ad_click_aggregator::{
    Ad, AdClickAggregatorClient as AdClient, Click, ClickError, Config, PlaceError, RegisterError,
};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};

/// An advertiser registers two ads, a page places both, and visitors who click arrive where the ads lead, whichever nodes
/// serve them. Pages that ask before the ads are registered are told that there are none, and that spoils nothing.
#[requirement(stage = "place-and-click", level = acceptance, points = 3, schedules = 10)]
async fn click_leads_to_the_ad(dc: &Datacentre) -> Outcome {
    dc.deploy::<AdClient>(2, Config::default()).await;
    let visitor = dc.client::<AdClient>("visitor");
    let pages: Vec<AdClient> = dc.nodes().into_iter().map(|node| dc.client_at("page", node)).collect();
    for id in ["shoes", "hats"] {
        for page in &pages {
            let call = format!("the placing of {id:?}, which is not registered yet,");
            let error = page.place(id.to_owned()).await.expect_refused(&call)?;
            ensure!(
                error == PlaceError::UnknownAd,
                "an unknown ad is refused for another reason",
                "UnknownAd for {id:?}",
                "{error:?}"
            );
        }
        register(dc, id).await?;
        for page in &pages {
            let call = format!("the placing of {id:?}, which is registered,");
            let impression = page.place(id.to_owned()).await.expect_ok(&call)?;
            let click = Click { ad: id.to_owned(), impression };
            let url = visitor.click(click).await.expect_ok("a click")?;
            let expected = url_of(id);
            ensure!(url == expected, "a click leads astray", "{expected}", "{url}");
        }
    }
    Ok(())
}

/// An ad is refused whose id is empty, too long or holds control characters, or whose URL begins with neither `http://` nor
/// `https://`, ends there, is too long, or holds white space or control characters. What is exactly at a limit is fine.
#[requirement(stage = "place-and-click", level = acceptance, points = 2, schedules = 3)]
async fn registrations_are_checked(dc: &Datacentre) -> Outcome {
    // Ten characters in eleven bytes.
    const IDS: [&str; 7] = ["", "12345678901", "caf\u{e9} 67890", "a\nb", "a\0b", "a\u{7f}b", "a\u{85}b"];
    // The last ones: 28 characters in 29 bytes, and white space and a control character beyond ASCII.
    const URLS: [&str; 14] = [
        "",
        "a.example",
        "ftp://a.example",
        "http:/a.example",
        "http://",
        "https://",
        "https://123456789012345678901",
        "https://a.example/ b",
        "https://a.example/\t",
        "https://a.example\r\nSet",
        "javascript:alert(1)",
        "https://1234567890123456789\u{e9}",
        "https://a.example/\u{a0}b",
        "https://a.example/\u{9f}",
    ];
    dc.deploy::<AdClient>(1, Config { ad_bytes_max: 10, url_bytes_max: 28, ..Config::default() }).await;
    let ana = dc.client::<AdClient>(ANA);
    let with_url = |id: &str, url: &str| Ad { id: id.to_owned(), redirect_url: url.to_owned() };
    for id in IDS {
        let refused = ana.register_ad(with_url(id, "https://a.example")).await;
        let error = refused.expect_refused(&format!("the registration of {id:?}"))?;
        ensure!(
            error == RegisterError::InvalidId,
            "a bad id is refused for another reason",
            "InvalidId for {id:?}",
            "{error:?}"
        );
    }
    for url in URLS {
        let refused = ana.register_ad(with_url("shoes", url)).await;
        let error = refused.expect_refused(&format!("the registration of an ad that leads to {url:?}"))?;
        ensure!(
            error == RegisterError::InvalidUrl,
            "a bad URL is refused for another reason",
            "InvalidUrl for {url:?}",
            "{error:?}"
        );
    }
    let refused =
        ana.place("shoes".to_owned()).await.expect_refused("the placing of an ad that was refused")?;
    ensure!(
        refused == PlaceError::UnknownAd,
        "an ad that was refused is there all the same",
        "UnknownAd",
        "{refused:?}"
    );
    // What is refused has no effect: the id is still free.
    let bo = dc.client::<AdClient>("bo");
    bo.register_ad(with_url("shoes", "http://bo"))
        .await
        .expect_ok("bo's registration of an id that ana was refused")?;
    for (id, url) in [("1234567890", "https://12345678901234567890"), (" caf\u{e9}/#?", "http://x")] {
        let call = format!("the registration of {id:?}, which leads to {url:?}");
        ana.register_ad(with_url(id, url)).await.expect_ok(&call)?;
        let impression = place(dc, id).await?;
        let click = Click { ad: id.to_owned(), impression };
        let found = ana.click(click).await.expect_ok(&format!("a click on {id:?}"))?;
        ensure!(found == url, "a click leads astray", "{url}", "{found}");
    }
    Ok(())
}

/// Registering the same ad again is fine and changes nothing. The id is taken for everybody else, and for another URL.
#[requirement(stage = "place-and-click", level = acceptance, points = 2, schedules = 5)]
async fn an_ad_has_one_owner(dc: &Datacentre) -> Outcome {
    dc.deploy::<AdClient>(2, Config::default()).await;
    let (ana, bo) = (dc.client::<AdClient>(ANA), dc.client::<AdClient>("bo"));
    ana.register_ad(ad("shoes")).await.expect_ok("ana's registration")?;
    ana.register_ad(ad("shoes")).await.expect_ok("ana's registration of the same ad again")?;
    let elsewhere = Ad { redirect_url: "https://elsewhere.example".to_owned(), ..ad("shoes") };
    for (client, wanted, call) in [
        (&bo, ad("shoes"), "bo's registration of ana's ad"),
        (&bo, elsewhere.clone(), "bo's registration of ana's id"),
        (&ana, elsewhere, "ana's registration of another URL"),
    ] {
        let error = client.register_ad(wanted).await.expect_refused(call)?;
        ensure!(error == RegisterError::Taken, "an id has two owners", "Taken for {call}", "{error:?}");
    }
    let impression = place(dc, "shoes").await?;
    let url = bo.click(Click { ad: "shoes".to_owned(), impression }).await.expect_ok("a click")?;
    let expected = url_of("shoes");
    ensure!(url == expected, "an ad has changed", "{expected}", "{url}");
    Ok(())
}

/// An ad that nobody registered can neither be placed nor clicked, whatever its id looks like. The impression of another ad
/// does not help.
#[requirement(stage = "place-and-click", level = acceptance, points = 2, schedules = 3)]
async fn unknown_ads_are_refused(dc: &Datacentre) -> Outcome {
    dc.deploy::<AdClient>(1, Config::default()).await;
    register(dc, "shoes").await?;
    let visitor = dc.client::<AdClient>("visitor");
    let long = "x".repeat(5_000);
    for id in ["Shoes", "shoe", "shoes ", "", "a\0b", &long] {
        let shown: String = id.chars().take(20).collect();
        let error =
            visitor.place(id.to_owned()).await.expect_refused(&format!("the placing of {shown:?}"))?;
        ensure!(
            error == PlaceError::UnknownAd,
            "an unknown ad is refused for another reason",
            "UnknownAd for {shown:?}",
            "{error:?}"
        );
        let click = Click { ad: id.to_owned(), impression: place(dc, "shoes").await? };
        let error = visitor.click(click).await.expect_refused(&format!("a click on {shown:?}"))?;
        ensure!(
            error == ClickError::UnknownImpression,
            "a click on an unknown ad is refused for another reason",
            "UnknownImpression for {shown:?}",
            "{error:?}"
        );
    }
    Ok(())
}
