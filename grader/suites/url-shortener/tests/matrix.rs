//! The reference keeps every promise of the suite, in process, for a few seeds. The faults are `kata verify`'s.

use kata::runtime::role;
use kata_check::Verdict;
use kata_sim::{InProcess, Judge};
use url_shortener::UrlShortenerContract;
use url_shortener_solution::Shortener;

/// How many seeds to try, unless `KATA_SEEDS` says otherwise.
const SEEDS: u64 = 2;

#[test]
fn the_reference_passes() {
    let seeds = std::env::var("KATA_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut failed = Vec::new();
    for requirement in kata_suite_url_shortener::suite().requirements {
        for seed in 0..seeds {
            let mut hosts = InProcess::new(vec![role::<UrlShortenerContract<Shortener>>()]);
            let judgement = Judge::new(&mut hosts, seed).judge(&requirement);
            if judgement.verdict != Verdict::Pass {
                let why = judgement.counterexample.map(|why| (why.replay, why.summary, why.observed));
                failed.push((requirement.id, seed, judgement.verdict, why));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
