//! The reference keeps every promise, in process and with several seeds.

use kata_check::Verdict;
use kata_sim::{InProcess, Judge};
use ticket_booking::TicketBookingContract;
use ticket_booking_solution::BoxOffice;

/// More with `SEEDS=50 cargo test`.
const SEEDS: u64 = 1;

#[test]
fn the_reference_passes() {
    let seeds = std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let only = std::env::var("ONLY").unwrap_or_default();
    for seed in 0..seeds {
        for requirement in kata_suite_ticket_booking::suite().requirements {
            if !requirement.id.contains(&only) {
                continue;
            }
            let mut host = InProcess::new(vec![kata::runtime::role::<TicketBookingContract<BoxOffice>>()]);
            let judgement = Judge::new(&mut host, seed).judge(&requirement);
            println!("{seed} {} schedules {} steps {}", judgement.id, judgement.schedules, judgement.steps);
            assert_eq!(judgement.verdict, Verdict::Pass, "{:#?}", judgement.counterexample);
        }
    }
}
