//! Stage `rush`: the famous numbers, and what the contract says about load.

use crate::book::Book;
use crate::clients::{check, config, rule, wrong};
use kata::Answer;
use kata_check::{Complaint, Outcome};
use kata_sim::{Arrivals, Datacentre, Popularity, Provision, Visitor, requirement};
use rate_limiter::{CHECK_P99_MAX, CheckError, Config, Decision, Limit, RateLimiterClient as Client, Rule};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// Where rate and bound are from.
const GUIDE: &str = "the system-design cheat sheet, Rate Limiter";
/// Peak. The cheat sheet: 100,000 checks a second, each within 10 ms.
const CHECKS_PER_S: u32 = 100_000;
/// Ours: half of it is one user, as many as a fifth of what a shard serves.
const FLOOD_PER_S: u32 = 40_000;
/// As the contract says under "Load".
const NODES: u16 = 32;
const RENTED: Provision = Provision { cache_shards: 16, log_partitions: 1 };
/// Short: ten thousand checks show it.
const LASTING: Duration = Duration::from_millis(120);
const WARM_UP: Duration = Duration::from_millis(20);
const USERS: usize = 10_000;
const ADDRESSES: usize = 1_000;

/// Books by subject.
struct Books<'a> {
    dc: &'a Datacentre,
    client: Client,
    books: RefCell<BTreeMap<(usize, usize), Book>>,
    limits: Vec<Limit>,
}

impl Books<'_> {
    fn new(dc: &Datacentre, limits: Vec<Limit>) -> Books<'_> {
        Books { dc, client: dc.client("service"), books: RefCell::default(), limits }
    }

    /// Whether a check was answered.
    async fn check(&self, names: &[(&str, usize)]) -> Result<bool, Complaint> {
        let shown: Vec<(&str, String)> = names.iter().map(|(kind, name)| (*kind, name.to_string())).collect();
        let subjects: Vec<(&str, &str)> = shown.iter().map(|(kind, name)| (*kind, name.as_str())).collect();
        let (began, one) = (self.dc.now(), check(&subjects, 1));
        match self.client.check(one.clone()).await {
            Answer::Ok(Decision::Admitted { .. }) => {
                let mut books = self.books.borrow_mut();
                for (rule, (_, name)) in names.iter().enumerate() {
                    let book = books
                        .entry((rule, *name))
                        .or_insert_with(|| Book::new(self.limits[rule], Duration::ZERO));
                    book.note(began, self.dc.now(), 1);
                }
                Ok(true)
            }
            Answer::Ok(Decision::Refused { .. }) => Ok(true),
            Answer::Unknown | Answer::Refused(CheckError::Failed(_)) | Answer::Ok(Decision::Unmetered) => {
                Ok(false)
            }
            answer => Err(wrong("a check is answered wrongly under load", "a decision", &one, &answer)),
        }
    }

    fn are_within_the_rules(&self) -> Outcome {
        self.books.borrow().values().try_for_each(Book::is_within_the_rule)
    }
}

/// A hundred thousand checks a second, each for a user and an address. 99 of 100 are answered within ten milliseconds, and no limit is
/// exceeded.
#[requirement(stage = "rush", level = scale, points = 8)]
async fn checks_are_fast_at_a_hundred_thousand_a_second(dc: &Datacentre) -> Outcome {
    dc.provision(RENTED);
    let user = Limit::TokenBucket { capacity: 20, interval: Duration::from_millis(100) };
    let address = Limit::FixedWindow { limit: 800, window: Duration::from_secs(1) };
    let rules =
        vec![rule("per-user", "user", user), Rule { slack: 320, ..rule("per-address", "ip", address) }];
    dc.deploy::<Client>(NODES, Config { nodes_max: u32::from(NODES), ..config(rules) }).await;
    let books = Books::new(dc, vec![user, address]);
    let (users, addresses) = (Popularity::zipf(USERS, 0.0), Popularity::zipf(ADDRESSES, 0.0));
    let arrivals = Arrivals::poisson(CHECKS_PER_S, LASTING);
    let checks = dc.load("checks", arrivals).warming_up(WARM_UP);
    let checks = checks
        .run(async |visitor: Visitor| {
            let (user, address) = (users.pick(visitor.draw("user")), addresses.pick(visitor.draw("address")));
            books.check(&[("user", user), ("ip", address)]).await
        })
        .await?;
    checks.p99_within(CHECK_P99_MAX, GUIDE)?;
    books.are_within_the_rules()
}

/// One user has used up her quota and goes on asking, twenty thousand times a second. Nobody waits because of her, and neither
/// does she.
#[requirement(stage = "rush", level = scale, points = 6)]
async fn a_flood_holds_nobody_up(dc: &Datacentre) -> Outcome {
    dc.provision(RENTED);
    let user = Limit::TokenBucket { capacity: 20, interval: Duration::from_secs(10) };
    let rules = vec![rule("per-user", "user", user)];
    dc.deploy::<Client>(NODES, Config { nodes_max: u32::from(NODES), ..config(rules) }).await;
    let books = Books::new(dc, vec![user]);
    for _ in 0..20 {
        books.check(&[("user", 0)]).await?;
    }
    let users = Popularity::celebrity(USERS, 0.5);
    let arrivals = Arrivals::poisson(FLOOD_PER_S, LASTING);
    let checks = dc.load("checks", arrivals).warming_up(WARM_UP);
    let visit = async |visitor: Visitor| books.check(&[("user", users.pick(visitor.draw("user")))]).await;
    let checks = checks.run(visit).await?;
    checks.p99_within(CHECK_P99_MAX, GUIDE)?;
    books.are_within_the_rules()
}
