//! Stage `rush`: the famous numbers, and what the contract says about load.

use crate::clients::{leads_to, request, shorten, unlimited};
use futures_util::future::{join, try_join_all};
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::outage;
use kata_sim::{Arrivals, Datacentre, Expect, Popularity, Port, Provision, Visitor, requirement};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;
use url_shortener::{
    CREATION_P99_MAX, MILLION_REDIRECTS_DOLLARS_MAX, REDIRECT_P99_MAX, ResolveError, ShortenError,
    UrlShortenerClient as Client,
};

/// Where the rates and latencies are from.
const GUIDE: &str = "the system-design cheat sheet, URL Shortener";
/// Peak. The cheat sheet: about 10,000 redirects a second, each within 50 ms, and creations within 100 ms.
const REDIRECTS_PER_S: u32 = 10_000;
/// Peak, ours: one link for every five redirects is more than any shortener sees. It is twice what one row of the table can
/// take, so that nothing that all creations share may be a row.
const CREATIONS_PER_S: u32 = 2_000;
/// Ours: half of everybody follows one link, more than its row can be read.
const FAMOUS_SHARE: f64 = 0.5;

/// As the contract says under "Load".
const NODES: u16 = 6;
const RENTED: Provision = Provision { cache_shards: 2, log_partitions: 16 };
/// How many links are followed. There may be a billion, but few of them are asked for in any one second.
const LINKS: usize = 300;
/// Time for caches to fill and consumers to get going.
const WARM_UP: Duration = Duration::from_millis(500);

/// Links that visitors follow.
struct Links<'a> {
    dc: &'a Datacentre,
    codes: Vec<String>,
    popularity: Popularity,
    followed: RefCell<BTreeMap<usize, Followed>>,
}

/// How often a link was followed.
#[derive(Clone, Copy, Default)]
struct Followed {
    acknowledged: u64,
    unknown: u64,
}

impl Links<'_> {
    /// Deploys the service, and makes the links.
    async fn make(dc: &Datacentre, popularity: Popularity) -> Result<Links<'_>, Complaint> {
        dc.provision(RENTED);
        dc.deploy::<Client>(NODES, unlimited()).await;
        let mut codes = Vec::new();
        // One after the other: nobody said that so many are made at once.
        for link in 0..LINKS {
            codes.push(shorten(&owner(dc, link), request(&url(link), 1)).await?.code);
        }
        Ok(Links { dc, codes, popularity, followed: RefCell::default() })
    }

    /// A visitor follows a link. Whether that was answered; a complaint if it leads elsewhere.
    async fn follow(&self, visitor: Visitor) -> Result<bool, Complaint> {
        let link = self.popularity.pick(visitor.draw("link"));
        let client = self.dc.client::<Client>("visitor");
        let answer = client.resolve(self.codes[link].clone()).await;
        let mut followed = self.followed.borrow_mut();
        let followed = followed.entry(link).or_default();
        match answer {
            Answer::Ok(ref found) if *found == url(link) => followed.acknowledged += 1,
            Answer::Unknown => followed.unknown += 1,
            Answer::Refused(ResolveError::Failed(_)) => {}
            answer => {
                let summary = "a link does not lead to its URL under load";
                return Err(Complaint::new(summary, format!("Ok({:?})", url(link)), answer.to_string()));
            }
        }
        Ok(matches!(answer, Answer::Ok(_)))
    }

    /// A link's owner looks at its clicks, when all are due. How many are counted, and how many must be.
    async fn look_at(&self, link: usize) -> Result<(u64, u64), Complaint> {
        let answer = owner(self.dc, link).clicks(self.codes[link].clone()).await;
        let counted = answer.expect_ok("an owner's look at the clicks after the load")?;
        let Followed { acknowledged, unknown } =
            self.followed.borrow().get(&link).copied().unwrap_or_default();
        let (url, most) = (url(link), acknowledged + unknown);
        ensure!(
            counted <= most,
            "clicks under load count more than once",
            "at most {most} clicks on {url}",
            "{counted}"
        );
        Ok((counted, acknowledged))
    }

    /// When the clicks are due, all owners look: every visit counts, and counts once.
    async fn are_all_counted(&self) -> Outcome {
        self.dc.sleep(unlimited().click_lag).await;
        let looks = try_join_all((0..LINKS).map(|link| self.look_at(link))).await?;
        let all: u64 = looks.iter().map(|(_, acknowledged)| acknowledged).sum();
        let missing: u64 =
            looks.iter().map(|(counted, acknowledged)| acknowledged.saturating_sub(*counted)).sum();
        ensure!(
            missing == 0,
            "clicks under load are late or lost",
            "all {all} clicks that were acknowledged, counted `click_lag` after the last of them",
            "{missing} of them are not counted yet"
        );
        Ok(())
    }
}

fn owner(dc: &Datacentre, link: usize) -> Client {
    dc.client(format!("owner-{link}"))
}

fn url(link: usize) -> String {
    format!("https://example.com/{link}")
}

/// Ten thousand visitors a second follow three hundred links, some far more often than others. 99 of 100 are sent on within 50 ms,
/// all to the right place, and every click is counted.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn redirects_are_fast_at_ten_thousand_a_second(dc: &Datacentre) -> Outcome {
    let links = Links::make(dc, Popularity::zipf(LINKS, 1.0)).await?;
    let arrivals = Arrivals::poisson(REDIRECTS_PER_S, Duration::from_secs(2));
    let redirects = dc.load("redirects", arrivals).warming_up(WARM_UP);
    let redirects = redirects.run(|visitor| links.follow(visitor)).await?;
    redirects.p99_within(REDIRECT_P99_MAX, GUIDE)?;
    links.are_all_counted().await
}

/// A link gets famous: of ten thousand visitors a second half follow that one, more than its row of the table can be read and far
/// more than it can be written. Nobody waits for that, and every click is counted.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn one_famous_link_holds_nobody_up(dc: &Datacentre) -> Outcome {
    let links = Links::make(dc, Popularity::celebrity(LINKS, FAMOUS_SHARE)).await?;
    let arrivals = Arrivals::poisson(REDIRECTS_PER_S, Duration::from_secs(2));
    let redirects = dc.load("redirects", arrivals).warming_up(WARM_UP);
    let redirects = redirects.run(|visitor| links.follow(visitor)).await?;
    redirects.p99_within(REDIRECT_P99_MAX, GUIDE)?;
    links.are_all_counted().await
}

/// Every node restarts and the cache is empty when ten thousand visitors a second come, half of them for one link. Later the cache
/// loses everything once more, and then it is down for half a second. Redirects stay as fast as ever.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn a_lost_cache_holds_nobody_up(dc: &Datacentre) -> Outcome {
    let links = Links::make(dc, Popularity::celebrity(LINKS, FAMOUS_SHARE)).await?;
    for node in dc.nodes() {
        dc.crash(node);
    }
    dc.clear_cache();
    dc.heal().await;
    let arrivals = Arrivals::poisson(REDIRECTS_PER_S, Duration::from_secs(2));
    let redirects = dc.load("redirects", arrivals);
    let trouble = async {
        dc.sleep(Duration::from_millis(600)).await;
        dc.clear_cache();
        dc.sleep(Duration::from_millis(600)).await;
        let _down = dc.install(outage(Port::Cache));
        dc.sleep(Duration::from_millis(500)).await;
    };
    let (redirects, ()) = join(redirects.run(|visitor| links.follow(visitor)), trouble).await;
    redirects?.p99_within(REDIRECT_P99_MAX, GUIDE)?;
    links.are_all_counted().await
}

/// Two thousand owners a second make a link each. 99 of 100 have it within 100 ms, no two have the same code, and the links lead
/// where they should.
#[requirement(stage = "rush", level = scale, points = 4)]
async fn links_are_made_fast_at_two_thousand_a_second(dc: &Datacentre) -> Outcome {
    dc.provision(RENTED);
    dc.deploy::<Client>(NODES, unlimited()).await;
    let made: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let make = async |visitor: Visitor| {
        let link = visitor.number as usize;
        let answer = owner(dc, link).shorten(request(&url(link), 1)).await;
        let code = match answer {
            Answer::Ok(link) => link.code,
            Answer::Unknown | Answer::Refused(ShortenError::Failed(_)) => return Ok(false),
            answer => {
                let summary = "a link that nothing speaks against is not made under load";
                return Err(Complaint::new(summary, "Ok(..)", answer.to_string()));
            }
        };
        let other = made.borrow_mut().insert(code.clone(), link);
        ensure!(other.is_none(), "a code is given out twice", "a code of its own", "{code:?} again");
        Ok(true)
    };
    let arrivals = Arrivals::poisson(CREATIONS_PER_S, Duration::from_secs(2));
    let creations = dc.load("creations", arrivals).warming_up(WARM_UP).run(make).await?;
    creations.p99_within(CREATION_P99_MAX, GUIDE)?;
    let visitor = dc.client::<Client>("visitor");
    let made = made.into_inner();
    let some = made.iter().step_by(10);
    try_join_all(some.map(async |(code, link)| leads_to(&visitor, code, &url(*link)).await)).await?;
    Ok(())
}

/// What a million redirects cost at list prices: every request until the last click is counted and looked at, and everything that
/// is rented.
#[requirement(stage = "rush", level = scale, points = 3)]
async fn a_million_redirects_cost_little(dc: &Datacentre) -> Outcome {
    let links = Links::make(dc, Popularity::zipf(LINKS, 1.0)).await?;
    let arrivals = Arrivals::poisson(REDIRECTS_PER_S, Duration::from_secs(2));
    let redirects = dc.load("redirects", arrivals).run(|visitor| links.follow(visitor)).await?;
    links.are_all_counted().await?;
    // What is paid for is measured up to the end of a load: this one.
    let looks = Arrivals::poisson(100, Duration::from_secs(1));
    let look = async |visitor: Visitor| {
        let link = Popularity::zipf(LINKS, 0.0).pick(visitor.draw("link"));
        links.look_at(link).await.map(|_| true)
    };
    dc.load("looks at clicks", looks).run(look).await?;
    redirects.million_costs_at_most(MILLION_REDIRECTS_DOLLARS_MAX, "the contract, under \"Load\"")
}
