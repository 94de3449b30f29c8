//! Examples of what the aggregator does. Add your own: `cargo test` runs them in a small datacentre of its own.

use ad_click_aggregator::{
    Ad, AdClickAggregatorClient, AdClickAggregatorContract, Click, ClickError, Config, Minute, MinuteClicks,
    Range, ReportError,
};
use ad_click_aggregator_solution::Aggregator;
use kata::Answer;
use kata::testing::{self, Datacentre, Deployment};

const URL: &str = "https://shoes.example/new";

fn ad() -> Ad {
    Ad { id: "shoes".to_owned(), redirect_url: URL.to_owned() }
}

fn click(impression: &str) -> Click {
    Click { ad: "shoes".to_owned(), impression: impression.to_owned() }
}

/// The ten minutes from `first` on.
fn range(first: Minute) -> Range {
    Range { ad: "shoes".to_owned(), from: first, to: Minute(first.0 + 10) }
}

fn client(dc: &Datacentre, name: &str) -> AdClickAggregatorClient {
    dc.client(name)
}

#[test]
fn a_click_leads_to_the_ad_and_is_counted() {
    testing::run::<AdClickAggregatorContract<Aggregator>>(Config::default(), async |dc| {
        let (ana, visitor) = (client(dc, "ana"), client(dc, "visitor"));
        let first = Minute::of(dc.now());
        assert_eq!(ana.register_ad(ad()).await, Answer::Ok(()));
        let impression = visitor.place("shoes".to_owned()).await.ok().unwrap();
        assert_eq!(visitor.click(click(&impression)).await, Answer::Ok(URL.to_owned()));
        dc.sleep(Config::default().freshness).await;
        let counted = vec![MinuteClicks { minute: first, clicks: 1 }];
        assert_eq!(ana.report(range(first)).await, Answer::Ok(counted));
    });
}

#[test]
fn a_second_click_leads_to_the_ad_and_is_not_counted() {
    let nodes = Deployment::<AdClickAggregatorContract<Aggregator>>::new(Config::default()).nodes(2);
    nodes.run(async |dc| {
        let (ana, visitor) = (client(dc, "ana"), client(dc, "visitor"));
        let first = Minute::of(dc.now());
        assert_eq!(ana.register_ad(ad()).await, Answer::Ok(()));
        let impression = visitor.place("shoes".to_owned()).await.ok().unwrap();
        for _ in 0..3 {
            assert_eq!(visitor.click(click(&impression)).await, Answer::Ok(URL.to_owned()));
        }
        dc.sleep(Config::default().freshness).await;
        let counted = vec![MinuteClicks { minute: first, clicks: 1 }];
        assert_eq!(ana.report(range(first)).await, Answer::Ok(counted));
    });
}

#[test]
fn what_was_not_placed_is_refused() {
    testing::run::<AdClickAggregatorContract<Aggregator>>(Config::default(), async |dc| {
        let (ana, forger) = (client(dc, "ana"), client(dc, "forger"));
        assert_eq!(ana.register_ad(ad()).await, Answer::Ok(()));
        assert_eq!(forger.click(click("1")).await, Answer::Refused(ClickError::UnknownImpression));
    });
}

#[test]
fn a_report_is_for_the_ads_owner() {
    testing::run::<AdClickAggregatorContract<Aggregator>>(Config::default(), async |dc| {
        let (ana, bo) = (client(dc, "ana"), client(dc, "bo"));
        assert_eq!(ana.register_ad(ad()).await, Answer::Ok(()));
        let first = Minute::of(dc.now());
        assert_eq!(ana.report(range(first)).await, Answer::Ok(vec![]));
        assert_eq!(bo.report(range(first)).await, Answer::Refused(ReportError::UnknownAd));
    });
}

#[test]
fn a_crash_takes_no_click_along() {
    testing::run::<AdClickAggregatorContract<Aggregator>>(Config::default(), async |dc| {
        let (ana, visitor) = (client(dc, "ana"), client(dc, "visitor"));
        let first = Minute::of(dc.now());
        assert_eq!(ana.register_ad(ad()).await, Answer::Ok(()));
        let impression = visitor.place("shoes".to_owned()).await.ok().unwrap();
        assert_eq!(visitor.click(click(&impression)).await, Answer::Ok(URL.to_owned()));
        dc.crash().await;
        assert_eq!(visitor.click(click(&impression)).await, Answer::Ok(URL.to_owned()));
        dc.sleep(Config::default().freshness).await;
        let counted = vec![MinuteClicks { minute: first, clicks: 1 }];
        assert_eq!(ana.report(range(first)).await, Answer::Ok(counted));
    });
}
