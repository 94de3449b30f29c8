//! Which of the things that could come next does.
//!
//! A strategy sees what is ready in the order in which a timed run would take it, and picks by position: 0 is "as a quiet network
//! would". A run's choices are therefore a list of positions, and a run with fewer positions other than 0 is a simpler
//! story; shrinking works on that.

use crate::draw::Draw;
use crate::plan::{Order, Plan};
use std::collections::BTreeMap;

/// Something that could come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    /// The causal chain it belongs to: what it follows from, and that from what.
    pub(crate) chain: u64,
}

/// Picks what comes next.
pub(crate) trait Strategy {
    /// The position in `ready`, which is not empty. `choice` counts from 1.
    fn choose(&mut self, choice: u64, ready: &[Ready]) -> usize;
}

/// The strategy of a run.
pub(crate) fn strategy(plan: &Plan, draw: Draw) -> Box<dyn Strategy> {
    if let Some(tape) = &plan.tape {
        return Box::new(Taped(tape.0.clone()));
    }
    match plan.order {
        Order::Timed => Box::new(Taped(BTreeMap::new())),
        Order::Walk => Box::new(Walk(draw)),
        Order::Pct => Box::new(Pct::new(plan.number, draw)),
    }
}

/// Everything that is ready is as likely as any other. Finds what many orders show; one particular order of n events in k/n!
/// of k runs.
struct Walk(Draw);

impl Strategy for Walk {
    fn choose(&mut self, choice: u64, ready: &[Ready]) -> usize {
        usize::try_from(self.0.below(ready.len() as u64, "what comes next", choice, 0)).unwrap_or_default()
    }
}

/// Probabilistic concurrency testing over causal chains (PCTCP: Ozkan, Majumdar, Niksic, Befrouei and Weissenbacher,
/// "Randomized testing of distributed systems with probabilistic guarantees", OOPSLA 2018).
///
/// Every chain has a random priority and the ready event of the highest one comes next, so that one chain runs far while
/// another waits: what a random walk almost never does. At `depth - 1` random moments the chain about to run falls to the
/// lowest priority. A bug that needs `d` events in one particular order, in a run of `n` events in at most `w` concurrent
/// chains, shows with a probability of at least 1 / (w² · n^(d-1)) per run. The run's length is not known beforehand; it is
/// drawn from powers of two up to 512, which costs at most a factor of 18 (one in nine draws fits, within a factor of two).
struct Pct {
    draw: Draw,
    /// At which choices the chain about to run falls, and how low: the later, the lower.
    falls: BTreeMap<u64, u64>,
    fallen: BTreeMap<u64, u64>,
}

impl Pct {
    fn new(number: u64, draw: Draw) -> Pct {
        let length = 2 << draw.below(9, "length", 0, 0);
        let depth = 2 + number % 3;
        let fall = |nth: u64| (1 + draw.below(length, "fall", nth, 0), depth - nth);
        Pct { draw, falls: (1..depth).map(fall).collect(), fallen: BTreeMap::new() }
    }

    fn highest(&self, ready: &[Ready]) -> usize {
        let priority = |chain: u64| match self.fallen.get(&chain) {
            Some(&low) => (0, low),
            None => (1, self.draw.bits("priority", chain, 0)),
        };
        (0..ready.len())
            .max_by_key(|&at| (priority(ready[at].chain), std::cmp::Reverse(at)))
            .unwrap_or_default()
    }
}

impl Strategy for Pct {
    fn choose(&mut self, choice: u64, ready: &[Ready]) -> usize {
        let highest = self.highest(ready);
        match self.falls.get(&choice) {
            Some(&low) => {
                self.fallen.insert(ready[highest].chain, low);
                self.highest(ready)
            }
            None => highest,
        }
    }
}

/// Position 0 except where the tape says otherwise.
struct Taped(BTreeMap<u64, u32>);

impl Strategy for Taped {
    fn choose(&mut self, choice: u64, ready: &[Ready]) -> usize {
        let position = self.0.get(&choice).copied().unwrap_or_default();
        usize::try_from(position).unwrap_or_default().min(ready.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two chains of `n` events each, always both ready: in which order do they run?
    fn interleaving(strategy: &mut dyn Strategy, n: usize) -> String {
        let mut left = [n, n];
        (1..=2 * n as u64)
            .map(|choice| {
                let ready: Vec<u64> = (0..2).filter(|&chain| left[chain as usize] > 0).collect();
                let states: Vec<Ready> = ready.iter().map(|&chain| Ready { chain }).collect();
                let chain = ready[strategy.choose(choice, &states)];
                left[chain as usize] -= 1;
                char::from(b'a' + chain as u8)
            })
            .collect()
    }

    #[test]
    fn pct_runs_one_chain_far_while_the_other_waits() {
        // A walk does this in one of 2^9 runs.
        let runs = (0..100).map(|seed| interleaving(&mut Pct::new(0, Draw::new(seed)), 10));
        let far = runs.filter(|run| run.starts_with("aaaaaaaaa") || run.starts_with("bbbbbbbbb")).count();
        assert!(far > 40, "{far} of 100");
    }

    #[test]
    fn pct_switches_at_every_single_moment() {
        // Depth 2 at every position: a^k b^10 a^(10-k).
        let runs: std::collections::BTreeSet<String> =
            (0..3_000).map(|seed| interleaving(&mut Pct::new(0, Draw::new(seed)), 10)).collect();
        for k in 1..10 {
            let wanted = format!("{}{}{}", "a".repeat(k), "b".repeat(10), "a".repeat(10 - k));
            assert!(runs.contains(&wanted), "{wanted}");
        }
    }

    #[test]
    fn a_tape_is_the_plain_run_but_where_it_differs() {
        assert_eq!(interleaving(&mut Taped(BTreeMap::new()), 2), "aabb");
        assert_eq!(interleaving(&mut Taped(BTreeMap::from([(1, 1)])), 2), "baab");
        assert_eq!(interleaving(&mut Taped(BTreeMap::from([(1, 9)])), 2), "baab");
    }
}
