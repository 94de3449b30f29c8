//! A lock with fencing tokens: acquire, release, and the guarded resource that refuses stale tokens.

use super::Specification;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::marker::PhantomData;

/// A lock that starts free.
#[derive(Clone, Debug)]
pub struct Lock<H> {
    leases: bool,
    holder: PhantomData<H>,
}

/// What clients ask of a lock and of the resource it guards. `H` names who holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op<H> {
    /// Asks for the lock; does not wait for it.
    Acquire(H),
    /// Gives the lock back.
    Release(H),
    /// Uses the guarded resource, showing a fencing token.
    Use {
        /// The token shown.
        token: u64,
    },
}

/// What clients of a lock see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Res {
    /// Yes: acquired (without a token), released, or used.
    Granted,
    /// Acquired, with a token that is higher than every token before.
    Token(u64),
    /// No: held by somebody, not held by the one who releases, or the token is older than one that the resource has seen.
    Refused,
}

/// Who holds the lock, and which tokens were seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State<H> {
    holder: Option<H>,
    /// The highest token handed out, as far as anybody saw.
    issued: Option<u64>,
    /// The highest token shown to the resource.
    shown: Option<u64>,
}

impl<H> Lock<H> {
    /// A lock that is held until its holder gives it back.
    pub const fn new() -> Lock<H> {
        Lock { leases: false, holder: PhantomData }
    }

    /// A lock whose lease may lapse at any time, so that it may be granted while somebody still believes to hold it. Tokens are
    /// then what keeps the resource safe.
    pub const fn with_leases() -> Lock<H> {
        Lock { leases: true, holder: PhantomData }
    }
}

impl<H> Default for Lock<H> {
    fn default() -> Lock<H> {
        Lock::new()
    }
}

impl<H: Clone + Eq + Hash + Debug + Display> Lock<H> {
    fn acquire(&self, state: &State<H>, by: &H, result: Option<&Res>) -> Option<State<H>> {
        let free = self.leases || state.holder.is_none();
        let granted = |issued| State { holder: Some(by.clone()), issued, ..state.clone() };
        match result {
            // Nobody saw the answer: if the lock was free, the one who asked holds it now.
            None if free => Some(granted(state.issued)),
            None => Some(state.clone()),
            Some(Res::Granted) => free.then(|| granted(state.issued)),
            Some(Res::Token(token)) => (free && Some(*token) > state.issued).then(|| granted(Some(*token))),
            Some(Res::Refused) => state.holder.is_some().then(|| state.clone()),
        }
    }

    fn release(&self, state: &State<H>, by: &H, result: Option<&Res>) -> Option<State<H>> {
        let holds = state.holder.as_ref() == Some(by);
        let free = || State { holder: None, ..state.clone() };
        match result {
            None => Some(if holds { free() } else { state.clone() }),
            Some(Res::Granted) => holds.then(free),
            // A lease that lapsed: the lock is free although nobody gave it back.
            Some(Res::Refused) if self.leases => Some(if holds { free() } else { state.clone() }),
            Some(Res::Refused) => (!holds).then(|| state.clone()),
            Some(Res::Token(_)) => None,
        }
    }

    fn show(&self, state: &State<H>, token: u64, result: Option<&Res>) -> Option<State<H>> {
        let stale = state.shown.is_some_and(|shown| token < shown);
        let possible = match result {
            None => true,
            Some(Res::Granted) => !stale,
            Some(Res::Refused) => stale,
            Some(Res::Token(_)) => false,
        };
        possible.then(|| State { shown: state.shown.max(Some(token)), ..state.clone() })
    }
}

impl<H: Clone + Eq + Hash + Debug + Display> Specification for Lock<H> {
    type Op = Op<H>;
    type Res = Res;
    type State = State<H>;
    type Key = ();

    fn key(&self, _: &Op<H>) {}

    fn initial(&self) -> State<H> {
        State { holder: None, issued: None, shown: None }
    }

    fn step(&self, state: &State<H>, op: &Op<H>, result: Option<&Res>) -> Option<State<H>> {
        match op {
            Op::Acquire(by) => self.acquire(state, by, result),
            Op::Release(by) => self.release(state, by, result),
            Op::Use { token } => self.show(state, *token, result),
        }
    }

    fn only_reads(&self, op: &Op<H>, result: Option<&Res>) -> bool {
        let lapsed = self.leases && matches!(op, Op::Release(_));
        matches!(result, Some(Res::Refused)) && !lapsed
    }

    fn describe(&self, op: &Op<H>, result: Option<&Res>) -> String {
        let op = match op {
            Op::Acquire(by) => format!("acquire for {by}"),
            Op::Release(by) => format!("release by {by}"),
            Op::Use { token } => format!("use with token {token}"),
        };
        match result {
            Some(Res::Token(token)) => format!("{op}: token {token}"),
            Some(Res::Granted) => format!("{op}: yes"),
            Some(Res::Refused) => format!("{op}: refused"),
            None => op,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::testing::{accepts, models, rejects};

    const ANA: char = 'a';
    const BO: char = 'b';

    #[test]
    fn models_a_lock() {
        models(
            &Lock::new(),
            &[
                (Op::Release(ANA), Res::Refused),
                (Op::Acquire(ANA), Res::Token(1)),
                (Op::Acquire(BO), Res::Refused),
                (Op::Release(BO), Res::Refused),
                (Op::Release(ANA), Res::Granted),
                (Op::Acquire(BO), Res::Token(7)),
                (Op::Use { token: 7 }, Res::Granted),
                (Op::Use { token: 1 }, Res::Refused),
            ],
        );
    }

    #[test]
    fn accepts_a_grant_while_the_release_before_it_has_no_answer() {
        accepts(
            &Lock::new(),
            &[
                (0, Some(1), Op::Acquire(ANA), Some(Res::Token(1))),
                (2, None, Op::Release(ANA), None),
                (3, Some(4), Op::Acquire(BO), Some(Res::Token(2))),
            ],
        );
    }

    #[test]
    fn accepts_a_lease_that_lapsed_only_where_there_are_leases() {
        let history = [
            (0, Some(1), Op::Acquire(ANA), Some(Res::Token(1))),
            (2, Some(3), Op::Acquire(BO), Some(Res::Token(2))),
            (4, Some(5), Op::Release(ANA), Some(Res::Refused)),
        ];
        accepts(&Lock::with_leases(), &history);
        rejects(&Lock::new(), &history);
    }

    #[test]
    fn rejects_two_holders_a_token_that_does_not_grow_and_a_stale_token_in_use() {
        let ana = (0, Some(1), Op::Acquire(ANA), Some(Res::Token(5)));
        rejects(&Lock::new(), &[ana.clone(), (2, Some(3), Op::Acquire(BO), Some(Res::Granted))]);
        rejects(&Lock::with_leases(), &[ana, (2, Some(3), Op::Acquire(BO), Some(Res::Token(5)))]);
        rejects(
            &Lock::<char>::with_leases(),
            &[
                (0, Some(1), Op::Use { token: 2 }, Some(Res::Granted)),
                (2, Some(3), Op::Use { token: 1 }, Some(Res::Granted)),
            ],
        );
    }
}
