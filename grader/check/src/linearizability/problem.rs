//! Which operations must be explained, and which may have happened or not.

use super::order::{NEVER, Order};

/// What part an operation plays in a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It took effect exactly once, between its invocation and its return.
    Required,
    /// It took effect at most once, between its invocation and `until`.
    Optional {
        /// The position behind which it can no longer take effect.
        until: u32,
    },
    /// It is left out.
    Absent,
}

/// The part of every operation, and what to begin with.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) parts: Vec<Part>,
    /// The states to begin with, or `None` for the specification's initial one.
    pub(super) starts: Option<Vec<u32>>,
}

impl Problem {
    /// Everything that returned is required; what is in flight is optional.
    pub(super) fn whole(order: &Order) -> Problem {
        let part =
            |returned| if returned == NEVER { Part::Optional { until: NEVER } } else { Part::Required };
        Problem { parts: order.returned.iter().map(|&returned| part(returned)).collect(), starts: None }
    }

    /// As it looked right before `culprit` returned, without the culprit: what had returned is required, what was invoked is
    /// optional, and the rest has not happened.
    pub(super) fn before(order: &Order, culprit: usize) -> Problem {
        let mut problem = Problem::at(order, order.returned[culprit] - 1, order.returned[culprit]);
        problem.parts[culprit] = Part::Absent;
        problem
    }

    /// The same right after `culprit` returned, with the culprit and all that returned at the same time.
    pub(super) fn after(order: &Order, culprit: usize) -> Problem {
        Problem::at(order, order.tick[culprit], order.returned[culprit])
    }

    fn at(order: &Order, returned: u32, invoked: u32) -> Problem {
        let part = |operation: usize| {
            if order.returned[operation] <= returned {
                Part::Required
            } else if order.invoked[operation] < invoked {
                Part::Optional { until: NEVER }
            } else {
                Part::Absent
            }
        };
        Problem { parts: (0..order.len()).map(part).collect(), starts: None }
    }

    /// The same without what happened before `cut`: what had returned is left out, and what was in flight may have been done or
    /// not. Instead it begins with any of `starts`.
    pub(super) fn since(mut self, order: &Order, cut: u32, starts: Vec<u32>) -> Problem {
        for (operation, part) in self.parts.iter_mut().enumerate() {
            if *part == Part::Required && order.invoked[operation] < cut {
                let until = order.returned[operation];
                *part = if until < cut { Part::Absent } else { Part::Optional { until } };
            }
        }
        self.starts = Some(starts);
        self
    }
}
