//! Which operations contradict each other: as few as can be found.
//!
//! Leaving an operation out of a history that is wrong does not show anything: without the write of 3, of course nobody can have
//! read 3. So an operation is not left out but made optional: it may have happened within its time, or not. If what remains
//! required still has no order, the operation has nothing to do with what is wrong.
//!
//! The distant past is cut off as a whole: whatever happened there, it left the object in one of the states that the search met.
//! If the rest has no order from any of them, the past has nothing to do with it either.

use super::machine::Machine;
use super::order::Order;
use super::problem::{Part, Problem};
use super::search::{Found, search};
use super::spans::Spans;
use crate::spec::Specification;

/// The least work to allow for, so that also a history that used up its budget gets a window.
const STEPS_MIN: u64 = 100_000;

/// The most work to do: beyond it a smaller window is not worth the wait.
const STEPS_MAX: u64 = 3_000_000;

/// How many states to begin with, if there are more than the search met at that very time. The more, the less a reader of the
/// window needs to know of the past; the fewer, the sooner it is found.
const STARTS: usize = 256;

/// What was found out about a history that is wrong.
pub(super) struct Narrowed {
    pub(super) window: Vec<usize>,
    pub(super) minimal: bool,
    pub(super) explained: Vec<usize>,
}

/// Finds the few operations that contradict `culprit`. What it takes from `steps` may exceed what is left by [`STEPS_MIN`].
pub(super) fn narrow<S: Specification>(
    machine: &mut Machine<'_, S>,
    order: &Order,
    culprit: usize,
    spans: &Spans,
    steps: &mut u64,
) -> Narrowed {
    let allowed = (*steps).clamp(STEPS_MIN, STEPS_MAX);
    let mut left = allowed;
    let explained = match search(machine, order, &Problem::before(order, culprit), &mut left) {
        Found::Order(operations) => operations,
        Found::Nothing { .. } | Found::OutOfSteps => Vec::new(),
    };

    let mut narrowing = Narrowing { machine, order, culprit, left };
    let mut problem = narrowing.cut(spans);
    narrowing.leave_out_reads(&mut problem);
    narrowing.halve(&mut problem);

    let mut window = narrowing.required(&problem);
    window.push(culprit);
    window.sort_unstable_by_key(|&operation| order.invoked[operation]);
    let minimal = narrowing.left > 0;
    *steps = steps.saturating_sub(allowed - narrowing.left);
    Narrowed { window, minimal, explained }
}

struct Narrowing<'a, 'm, S: Specification> {
    machine: &'a mut Machine<'m, S>,
    order: &'a Order,
    culprit: usize,
    left: u64,
}

impl<S: Specification> Narrowing<'_, '_, S> {
    /// Cuts off as much of the past as possible: goes back by 0, 1, 2, 4, ... changes from the culprit, until what is left is
    /// wrong.
    fn cut(&mut self, spans: &Spans) -> Problem {
        let whole = Problem::after(self.order, self.culprit);
        let mut changes = self.required(&whole);
        changes.retain(|&operation| !self.machine.only_reads(operation));
        let mut cuts: Vec<u32> = changes.iter().map(|&operation| self.order.invoked[operation]).collect();
        cuts.retain(|&cut| cut < self.order.invoked[self.culprit]);
        cuts.push(self.order.invoked[self.culprit]);
        let mut before = 0;
        while before < cuts.len() {
            let cut = cuts[cuts.len() - 1 - before];
            let problem = whole.clone().since(self.order, cut, spans.around(cut, STARTS));
            if self.is_wrong(&problem) {
                return problem;
            }
            before = (before * 2).max(1);
        }
        whole
    }

    /// Leaves out all that only read, if that is possible: what was written tells more.
    fn leave_out_reads(&mut self, problem: &mut Problem) {
        let mut reads = self.required(problem);
        reads.retain(|&operation| self.machine.only_reads(operation));
        self.relax(problem, &reads);
    }

    /// Leaves out halves, quarters, ... and at last single operations, until no single one can be left out.
    fn halve(&mut self, problem: &mut Problem) {
        let mut size = self.required(problem).len();
        while size > 0 && self.left > 0 {
            let required = self.required(problem);
            let mut relaxed = false;
            for chunk in required.chunks(size) {
                relaxed |= self.relax(problem, chunk);
            }
            size = match size {
                1 if relaxed => 1,
                _ => size / 2,
            };
        }
    }

    /// Required operations except the culprit, by invocation.
    fn required(&self, problem: &Problem) -> Vec<usize> {
        let is_required =
            |&operation: &usize| problem.parts[operation] == Part::Required && operation != self.culprit;
        let mut required: Vec<usize> = (0..problem.parts.len()).filter(is_required).collect();
        required.sort_unstable_by_key(|&operation| self.order.invoked[operation]);
        required
    }

    /// Makes operations optional if the rest is wrong without them.
    fn relax(&mut self, problem: &mut Problem, operations: &[usize]) -> bool {
        if operations.is_empty() {
            return false;
        }
        let mut relaxed = problem.clone();
        for &operation in operations {
            relaxed.parts[operation] = Part::Optional { until: self.order.returned[operation] };
        }
        let wrong = self.is_wrong(&relaxed);
        if wrong {
            *problem = relaxed;
        }
        wrong
    }

    fn is_wrong(&mut self, problem: &Problem) -> bool {
        matches!(search(self.machine, self.order, problem, &mut self.left), Found::Nothing { .. })
    }
}
