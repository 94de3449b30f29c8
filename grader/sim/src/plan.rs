//! Which run: everything that tells one run of a requirement from another, and the token that names it.

use crate::requirement::Sweep;
use std::fmt;
use std::str::FromStr;

/// How a run orders what is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// By drawn latencies, as a quiet network would.
    Timed,
    /// By choice among everything that could come next.
    Explored,
}

/// One run of one requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plan {
    /// How the run orders what is in flight.
    pub order: Order,
    /// Which of the runs of that order; gives the run its seed.
    pub number: u64,
    /// What is done to it, and at which point (the first is 1).
    pub disturbance: Option<(Sweep, u64)>,
}

/// Names one run of one requirement: `one_seat_one_buyer@7:x41` or `one_seat_one_buyer@7:t0-crash12`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The requirement's id.
    pub requirement: String,
    /// The grading's seed.
    pub seed: u64,
    /// The run.
    pub plan: Plan,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            Order::Timed => 't',
            Order::Explored => 'x',
        };
        write!(f, "{order}{}", self.number)?;
        match self.disturbance {
            Some((sweep, point)) => write!(f, "-{}{point}", sweep.word()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}", self.requirement, self.seed, self.plan)
    }
}

/// A token that names no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no replay token; one looks like `one_seat_one_buyer@7:x41`")]
pub struct BadToken(String);

impl FromStr for Token {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Token, BadToken> {
        let parse = || {
            let (requirement, rest) = text.split_once('@')?;
            let (seed, plan) = rest.split_once(':')?;
            let (run, disturbance) = match plan.split_once('-') {
                Some((run, disturbance)) => (run, Some(parse_disturbance(disturbance)?)),
                None => (plan, None),
            };
            let order = match run.get(..1)? {
                "t" => Order::Timed,
                "x" => Order::Explored,
                _ => return None,
            };
            let plan = Plan { order, number: run.get(1..)?.parse().ok()?, disturbance };
            Some(Token { requirement: requirement.to_owned(), seed: seed.parse().ok()?, plan })
        };
        parse().ok_or_else(|| BadToken(text.to_owned()))
    }
}

fn parse_disturbance(text: &str) -> Option<(Sweep, u64)> {
    Sweep::ALL.into_iter().find_map(|sweep| Some((sweep, text.strip_prefix(sweep.word())?.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back() {
        let plans = [None, Some((Sweep::Crashes, 12)), Some((Sweep::LateEffects, 3))]
            .map(|disturbance| Plan { order: Order::Explored, number: 41, disturbance });
        for plan in plans {
            let token = Token { requirement: "one_seat_one_buyer".to_owned(), seed: 7, plan };
            assert_eq!(token.to_string().parse(), Ok(token));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "a", "a@", "a@7", "a@7:", "a@7:y1", "a@7:x", "a@7:x1-", "a@7:x1-storm3", "a@b:x1", "a@7:ü1"]
        {
            assert!(text.parse::<Token>().is_err(), "{text}");
        }
    }
}
