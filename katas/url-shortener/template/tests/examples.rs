//! Examples of what a URL shortener does. Add your own: `cargo test` runs them in a small datacentre of its own.

use kata::Answer;
use kata::testing::{self, Deployment};
use std::time::Duration;
use url_shortener::{
    Config, OwnerError, ResolveError, Shorten, ShortenError, UrlProblem, UrlShortenerClient,
    UrlShortenerContract,
};
use url_shortener_solution::Shortener;

const URL: &str = "https://example.com/a/long/way";

fn request(url: &str, key: u64) -> Shorten {
    Shorten { url: url.to_owned(), alias: None, lifetime: None, key }
}

fn aliased(url: &str, alias: &str, key: u64) -> Shorten {
    Shorten { alias: Some(alias.to_owned()), ..request(url, key) }
}

#[test]
fn a_code_leads_to_its_url() {
    testing::run::<UrlShortenerContract<Shortener>>(Config::default(), async |dc| {
        let ana = dc.client::<UrlShortenerClient>("ana");
        let link = ana.shorten(request(URL, 1)).await.ok().unwrap();
        assert_eq!(link.code.len(), 7);
        assert_eq!(ana.resolve(link.code).await, Answer::Ok(URL.to_owned()));
        assert_eq!(ana.resolve("nothing".to_owned()).await, Answer::Refused(ResolveError::NotFound));
    });
}

#[test]
fn an_alias_is_given_once() {
    Deployment::<UrlShortenerContract<Shortener>>::new(Config::default()).nodes(2).run(async |dc| {
        let (ana, bo) = (dc.client::<UrlShortenerClient>("ana"), dc.client::<UrlShortenerClient>("bo"));
        assert!(ana.shorten(aliased(URL, "sale", 1)).await.is_ok());
        let taken = bo.shorten(aliased("https://example.com/other", "sale", 1)).await;
        assert_eq!(taken, Answer::Refused(ShortenError::AliasTaken));
        assert_eq!(bo.resolve("sale".to_owned()).await, Answer::Ok(URL.to_owned()));
        assert_eq!(bo.delete("sale".to_owned()).await, Answer::Refused(OwnerError::NotYours));
    });
}

#[test]
fn some_urls_are_refused() {
    testing::run::<UrlShortenerContract<Shortener>>(Config::default(), async |dc| {
        let ana = dc.client::<UrlShortenerClient>("ana");
        for (url, problem) in [
            ("ftp://example.com", UrlProblem::Scheme),
            ("https://ana@example.com", UrlProblem::Credentials),
            ("https://exa mple.com", UrlProblem::ForbiddenCharacter),
            ("https://example.com:port", UrlProblem::Host),
            // The first letter is Cyrillic.
            ("https://аpple.com", UrlProblem::MixedScripts),
            ("http://127.0.0.1", UrlProblem::PrivateHost),
        ] {
            assert_eq!(
                ana.shorten(request(url, 1)).await,
                Answer::Refused(ShortenError::InvalidUrl(problem)),
                "{url}"
            );
        }
        let blocked = ana.shorten(request("https://www.phish.example", 1)).await;
        assert_eq!(blocked, Answer::Refused(ShortenError::Blocked));
        assert!(ana.shorten(request("https://münchen.example", 1)).await.is_ok());
    });
}

#[test]
fn a_link_expires() {
    testing::run::<UrlShortenerContract<Shortener>>(Config::default(), async |dc| {
        let ana = dc.client::<UrlShortenerClient>("ana");
        let minute = Some(Duration::from_secs(60));
        let link = ana.shorten(Shorten { lifetime: minute, ..request(URL, 1) }).await.ok().unwrap();
        dc.sleep(Duration::from_secs(55)).await;
        assert_eq!(ana.resolve(link.code.clone()).await, Answer::Ok(URL.to_owned()));
        dc.sleep(Duration::from_secs(5)).await;
        assert_eq!(ana.resolve(link.code).await, Answer::Refused(ResolveError::NotFound));
    });
}

#[test]
fn a_request_sent_twice_makes_one_link() {
    testing::run::<UrlShortenerContract<Shortener>>(Config::default(), async |dc| {
        let ana = dc.client::<UrlShortenerClient>("ana");
        let link = ana.shorten(request(URL, 1)).await;
        assert_eq!(ana.shorten(request(URL, 1)).await, link);
        let other = ana.shorten(request("https://example.com/other", 1)).await;
        assert_eq!(other, Answer::Refused(ShortenError::KeyReused));
    });
}

#[test]
fn owners_make_so_many_links_a_minute() {
    let config = Config { creations_max: 1, ..Config::default() };
    testing::run::<UrlShortenerContract<Shortener>>(config, async |dc| {
        let ana = dc.client::<UrlShortenerClient>("ana");
        assert!(ana.shorten(request(URL, 1)).await.is_ok());
        assert_eq!(ana.shorten(request(URL, 2)).await, Answer::Refused(ShortenError::RateLimited));
        dc.sleep(Duration::from_secs(60)).await;
        assert!(ana.shorten(request(URL, 2)).await.is_ok());
    });
}

#[test]
fn clicks_are_counted_and_survive_a_crash() {
    let config = Config::default();
    let click_lag = config.click_lag;
    Deployment::<UrlShortenerContract<Shortener>>::new(config).nodes(2).run(async |dc| {
        let ana = dc.client::<UrlShortenerClient>("ana");
        assert!(ana.shorten(aliased(URL, "sale", 1)).await.is_ok());
        for _ in 0..3 {
            assert!(ana.resolve("sale".to_owned()).await.is_ok());
        }
        dc.crash().await;
        dc.sleep(click_lag).await;
        assert_eq!(ana.clicks("sale".to_owned()).await, Answer::Ok(3));
    });
}
