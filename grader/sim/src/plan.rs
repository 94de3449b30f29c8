//! Which run: everything that tells one run of a requirement from another, and the token that names it.

use crate::requirement::Sweep;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// How a run orders what is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// By drawn latencies, as a quiet network would.
    Timed,
    /// By a random walk through everything that could come next.
    Walk,
    /// By priorities of causal chains, which fall at a few random moments.
    Pct,
}

impl Order {
    const ALL: [Order; 3] = [Order::Timed, Order::Walk, Order::Pct];

    pub(crate) const fn letter(self) -> char {
        match self {
            Order::Timed => 't',
            Order::Walk => 'w',
            Order::Pct => 'p',
        }
    }
}

/// One run of one requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How the run orders what is in flight.
    pub order: Order,
    /// Which of the runs of that order; gives the run its seed.
    pub number: u64,
    /// What is done to it, and at which point (the first is 1).
    pub disturbance: Option<(Sweep, u64)>,
    /// The choices of an explored run, where they are given instead of made.
    pub tape: Option<Tape>,
}

impl Plan {
    /// The timed run of that number, undisturbed.
    pub fn plain(number: u64) -> Plan {
        Plan { order: Order::Timed, number, disturbance: None, tape: None }
    }
}

/// Which of the things that could come next did, by position in the order of a timed run; by number of choice, where the
/// position is not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tape(pub BTreeMap<u64, u32>);

/// Names one run of one requirement: `one_seat_one_buyer@7:w41`, `one_seat_one_buyer@7:t0-crash12` or, with the choices
/// that matter, `one_seat_one_buyer@7:w41~12.1,15.2`.
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
        write!(f, "{}{}", self.order.letter(), self.number)?;
        if let Some((sweep, point)) = self.disturbance {
            write!(f, "-{}{point}", sweep.word())?;
        }
        if let Some(Tape(tape)) = &self.tape {
            let choices: Vec<String> =
                tape.iter().map(|(choice, position)| format!("{choice}.{position}")).collect();
            write!(f, "~{}", choices.join(","))?;
        }
        Ok(())
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}", self.requirement, self.seed, self.plan)
    }
}

/// A token that names no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no replay token; one looks like `one_seat_one_buyer@7:w41`")]
pub struct BadToken(String);

impl FromStr for Token {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Token, BadToken> {
        let parse = || {
            let (requirement, rest) = text.split_once('@')?;
            let (seed, plan) = rest.split_once(':')?;
            let (plan, tape) = match plan.split_once('~') {
                Some((plan, tape)) => (plan, Some(parse_tape(tape)?)),
                None => (plan, None),
            };
            let (run, disturbance) = match plan.split_once('-') {
                Some((run, disturbance)) => (run, Some(parse_disturbance(disturbance)?)),
                None => (plan, None),
            };
            let order = Order::ALL.into_iter().find(|order| run.starts_with(order.letter()))?;
            let plan = Plan { order, number: run.get(1..)?.parse().ok()?, disturbance, tape };
            Some(Token { requirement: requirement.to_owned(), seed: seed.parse().ok()?, plan })
        };
        parse().ok_or_else(|| BadToken(text.to_owned()))
    }
}

fn parse_disturbance(text: &str) -> Option<(Sweep, u64)> {
    Sweep::ALL.into_iter().find_map(|sweep| Some((sweep, text.strip_prefix(sweep.word())?.parse().ok()?)))
}

fn parse_tape(text: &str) -> Option<Tape> {
    let choice = |text: &str| {
        let (choice, position) = text.split_once('.')?;
        Some((choice.parse().ok()?, position.parse().ok()?))
    };
    text.split(',').filter(|text| !text.is_empty()).map(choice).collect::<Option<_>>().map(Tape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back() {
        let disturbances = [None, Some((Sweep::Crashes, 12)), Some((Sweep::LateEffects, 3))];
        let tapes = [None, Some(Tape::default()), Some(Tape(BTreeMap::from([(12, 1), (15, 2)])))];
        for disturbance in disturbances {
            for tape in tapes.clone() {
                for order in Order::ALL {
                    let plan = Plan { order, disturbance, tape: tape.clone(), ..Plan::plain(41) };
                    let token = Token { requirement: "one_seat_one_buyer".to_owned(), seed: 7, plan };
                    assert_eq!(token.to_string().parse(), Ok(token));
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for plan in ["", "y1", "w", "w1-", "w1-storm3", "w1~a", "w1~1", "ü1"] {
            assert!(format!("a@7:{plan}").parse::<Token>().is_err(), "{plan}");
        }
        for text in ["", "a", "a@", "a@7", "a@b:w1"] {
            assert!(text.parse::<Token>().is_err(), "{text}");
        }
    }
}
