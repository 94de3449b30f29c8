//! Choices by how busy backends are.

use super::pool::Member;
use kata::Random;

/// The first candidate with the fewest requests in flight.
pub(super) fn least_busy(candidates: &[usize], members: &[Member]) -> usize {
    let least = candidates.iter().copied().min_by_key(|position| members[*position].in_flight);
    least.unwrap_or(candidates[0])
}

/// The less busy one of two candidates that are drawn.
pub(super) fn better_of_two(candidates: &[usize], members: &[Member], random: &Random) -> usize {
    let drawn = |bound: usize| random.below(bound as u64) as usize;
    let first = drawn(candidates.len());
    if candidates.len() == 1 {
        return candidates[first];
    }
    // One of the others: those from the first on are one further.
    let second = drawn(candidates.len() - 1);
    let second = second + usize::from(second >= first);
    least_busy(&[candidates[first], candidates[second]], members)
}
