//! What clients see of one counter, whoever asks: additions and reads, judged together.

use first_steps::{AddError, GetError};
use kata::Answer;
use kata_check::Outcome;
use kata_check::spec::counter::{Counter, Op, Res};
use kata_sim::{Observed, Seen};
use std::future::Future;

/// The calls to one counter so far.
pub(crate) struct Likes(Observed<Counter>);

impl Likes {
    pub(crate) fn new() -> Likes {
        Likes(Observed::new(Counter))
    }

    /// `who` adds by one attempt.
    pub(crate) async fn add(
        &self,
        who: &str,
        by: i64,
        attempt: impl Future<Output = Answer<(), AddError>>,
    ) -> Answer<(), AddError> {
        let seen = |answer: &Answer<(), AddError>| match answer {
            Answer::Ok(()) => Seen::Result(Res::Added),
            Answer::Refused(_) => Seen::NoEffect,
            Answer::Unknown => Seen::Unknown,
        };
        self.0.call(who, Op::Add(by), attempt, seen).await
    }

    /// `who` adds by as many attempts as it takes.
    pub(crate) async fn add_at_last(
        &self,
        who: &str,
        by: i64,
        attempts: impl Future<Output = Outcome>,
    ) -> Outcome {
        let seen = |outcome: &Outcome| outcome.as_ref().map_or(Seen::Unknown, |()| Seen::Result(Res::Added));
        self.0.call(who, Op::Add(by), attempts, seen).await
    }

    /// `who` reads.
    pub(crate) async fn read(
        &self,
        who: &str,
        call: impl Future<Output = Answer<i64, GetError>>,
    ) -> Answer<i64, GetError> {
        let seen = |answer: &Answer<i64, GetError>| match answer {
            Answer::Ok(sum) => Seen::Result(Res::Sum(*sum)),
            Answer::Refused(_) | Answer::Unknown => Seen::NoEffect,
        };
        self.0.call(who, Op::Read, call, seen).await
    }

    /// Complains unless all that was seen fits one order.
    pub(crate) fn fit_one_order(&self) -> Outcome {
        self.0.fits_one_order()
    }
}
