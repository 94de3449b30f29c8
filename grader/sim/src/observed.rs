//! Calls of clients and what they saw, recorded as they happen and judged by a specification.
//!
//! Time is the order in which the scenario made its calls and had its answers: finer than the clock, which may stand still
//! meanwhile.

use kata_check::linearizability::{Answer, Budget, Violation, check};
use kata_check::spec::Specification;
use kata_check::{Complaint, Operation, Operations, Outcome};
use std::cell::{Cell, RefCell};
use std::future::Future;

/// How many calls a complaint tells of. Nobody follows more.
const TOLD_MAX: usize = 12;

/// What a client's answer says about its operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<R> {
    /// It happened, with this result.
    Result(R),
    /// It did not happen and never will.
    NoEffect,
    /// Nobody knows: it may happen at any time from its call on, or never.
    Unknown,
}

/// Operations in the order of their calls; `None` for those without effect.
type Calls<S> = Vec<Option<Operation<<S as Specification>::Op, <S as Specification>::Res>>>;

/// What clients asked of an object and what they saw, for a specification of it.
///
/// ```ignore
/// let likes = Observed::new(Counter);
/// likes.call("ana", Op::Add(5), ana.add(addition(5, 1)), |answer| match answer {
///     Answer::Ok(()) => Seen::Result(Res::Added),
///     Answer::Refused(_) => Seen::NoEffect,
///     Answer::Unknown => Seen::Unknown,
/// }).await;
/// likes.fits_one_order()
/// ```
pub struct Observed<S: Specification> {
    spec: S,
    calls: RefCell<Calls<S>>,
    moments: Cell<u64>,
}

impl<S: Specification> Observed<S> {
    /// Nothing asked yet.
    pub const fn new(spec: S) -> Observed<S> {
        Observed { spec, calls: RefCell::new(Vec::new()), moments: Cell::new(0) }
    }

    /// Awaits `call`, by which `who` asks for `op`, and records it; `seen` says what its answer tells. A call may be a client's
    /// whole effort, with all its attempts. One that is dropped before it ends stays unknown.
    pub async fn call<A>(
        &self,
        who: &str,
        op: S::Op,
        call: impl Future<Output = A>,
        seen: impl FnOnce(&A) -> Seen<S::Res>,
    ) -> A {
        let at = self.calls.borrow().len();
        let (process, invoked) = (who.to_owned(), self.moment());
        let asked = Operation { process, invoked, returned: None, op, result: None };
        self.calls.borrow_mut().push(Some(asked));
        let answer = call.await;
        let returned = self.moment();
        let slot = &mut self.calls.borrow_mut()[at];
        match seen(&answer) {
            Seen::Result(result) => {
                if let Some(operation) = slot {
                    (operation.returned, operation.result) = (Some(returned), Some(result));
                }
            }
            Seen::NoEffect => *slot = None,
            Seen::Unknown => {}
        }
        answer
    }

    /// Complains unless everything seen could have been seen if the operations had happened one after the other, each at some
    /// moment of its call. A recording too tangled to tell is not complained of.
    pub fn fits_one_order(&self) -> Outcome {
        let operations: Operations<S::Op, S::Res> = self.calls.borrow().iter().flatten().cloned().collect();
        match check(&self.spec, &operations, Budget::default()).answer {
            Answer::Violated(violation) => Err(self.complaint(operations.as_slice(), &violation)),
            Answer::Linearizable | Answer::Unsettled { .. } => Ok(()),
        }
    }

    fn moment(&self) -> u64 {
        self.moments.set(self.moments.get() + 1);
        self.moments.get()
    }

    fn complaint(&self, operations: &[Operation<S::Op, S::Res>], violation: &Violation<S::Key>) -> Complaint {
        let culprit = &operations[violation.culprit];
        let told = self.around(operations, violation);
        Complaint::new(
            format!("no order of the calls explains {}'s `{}`", culprit.process, self.shown(culprit)),
            "answers as if each call happened at one moment between its beginning and its end",
            self.told(&told),
        )
    }

    /// The calls that contradict each other. If few calls came before that changed something, those too, so that a reader sees
    /// where a value comes from.
    fn around<'a>(
        &self,
        operations: &'a [Operation<S::Op, S::Res>],
        violation: &Violation<S::Key>,
    ) -> Vec<&'a Operation<S::Op, S::Res>> {
        let over = operations[violation.culprit].returned;
        let is_told = |&(at, operation): &(usize, &Operation<S::Op, S::Res>)| {
            let changes = !self.spec.only_reads(&operation.op, operation.result.as_ref())
                && self.spec.key(&operation.op) == violation.key
                && over.is_none_or(|over| operation.invoked < over);
            changes || violation.window.contains(&at)
        };
        let all: Vec<_> = operations.iter().enumerate().filter(is_told).map(|(_, told)| told).collect();
        if all.len() <= TOLD_MAX {
            return all;
        }
        violation.window.iter().take(TOLD_MAX).map(|&at| &operations[at]).collect()
    }

    fn shown(&self, operation: &Operation<S::Op, S::Res>) -> String {
        self.spec.describe(&operation.op, operation.result.as_ref())
    }

    /// Operations in the order of their beginnings and ends; one that nothing interrupts in one phrase.
    fn told(&self, operations: &[&Operation<S::Op, S::Res>]) -> String {
        let mut ends: Vec<(u64, usize)> = Vec::new();
        for (at, operation) in operations.iter().enumerate() {
            ends.push((operation.invoked, at));
            ends.extend(operation.returned.map(|returned| (returned, at)));
        }
        ends.sort_unstable();
        let mut phrases = Vec::new();
        let mut ends = ends.into_iter().peekable();
        while let Some((moment, at)) = ends.next() {
            let operation = operations[at];
            let (who, asked) = (&operation.process, self.spec.describe(&operation.op, None));
            phrases.push(if moment != operation.invoked {
                format!("{who} ends `{}`", self.shown(operation))
            } else if operation.returned.is_none() {
                format!("{who} begins `{asked}` (no answer)")
            } else if ends.next_if(|&(_, next)| next == at).is_some() {
                format!("{who}: `{}`", self.shown(operation))
            } else {
                format!("{who} begins `{asked}`")
            });
        }
        phrases.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use futures_util::future::{pending, ready};
    use kata_check::spec::counter::{Counter, Op, Res};

    fn adds(likes: &Observed<Counter>, number: i64, seen: Seen<Res>) {
        likes.call("ana", Op::Add(number), ready(()), |()| seen).now_or_never();
    }

    fn reads(likes: &Observed<Counter>, sum: i64) {
        likes.call("cy", Op::Read, ready(()), |()| Seen::Result(Res::Sum(sum))).now_or_never();
    }

    #[test]
    fn what_has_no_effect_is_not_seen() {
        let likes = Observed::new(Counter);
        adds(&likes, 1, Seen::Result(Res::Added));
        adds(&likes, 2, Seen::NoEffect);
        reads(&likes, 1);
        assert_eq!(likes.fits_one_order(), Ok(()));
        reads(&likes, 3);
        assert!(likes.fits_one_order().is_err());
    }

    #[test]
    fn what_is_unknown_happens_at_any_time_or_never() {
        for sums in [[0, 0], [0, 1], [1, 1]] {
            let likes = Observed::new(Counter);
            adds(&likes, 1, Seen::Unknown);
            for sum in sums {
                reads(&likes, sum);
            }
            assert_eq!(likes.fits_one_order(), Ok(()), "{sums:?}");
        }
        let likes = Observed::new(Counter);
        likes.call("ana", Op::Add(1), pending::<()>(), |()| Seen::NoEffect).now_or_never();
        reads(&likes, 1);
        assert_eq!(likes.fits_one_order(), Ok(()));
    }

    #[test]
    fn a_complaint_tells_what_began_and_ended_in_order() {
        let likes = Observed::new(Counter);
        let both = async {
            adds(&likes, 1, Seen::Result(Res::Added));
            adds(&likes, 10, Seen::Result(Res::Added));
        };
        likes.call("cy", Op::Read, both, |()| Seen::Result(Res::Sum(10))).now_or_never();
        let complaint = likes.fits_one_order().unwrap_err();
        assert_eq!(complaint.summary, "no order of the calls explains cy's `read: 10`");
        assert_eq!(complaint.observed, "cy begins `read`; ana: `add 1`; ana: `add 10`; cy ends `read: 10`");
    }
}
