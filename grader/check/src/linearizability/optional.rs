//! The optional operations of a search: which there are, and which of them are used.

use super::bits::Bits;
use super::machine::Machine;
use super::order::{NEVER, Order};
use super::problem::{Part, Problem};
use crate::spec::Specification;
use std::collections::BTreeMap;

/// The optional operations of a search, sorted by the end of their time.
pub(super) struct Optional {
    choices: Vec<Choice>,
    pub(super) used: Bits,
    /// Whether any of them has an end.
    pub(super) ends: bool,
}

struct Choice {
    operation: usize,
    invoked: u32,
    until: u32,
    /// The one before it that asks the same and never ends: that one is used first.
    twin: Option<usize>,
}

impl Optional {
    pub(super) fn new<S: Specification>(
        machine: &Machine<'_, S>,
        order: &Order,
        problem: &Problem,
    ) -> Optional {
        let mut choices = Vec::new();
        for (operation, part) in problem.parts.iter().enumerate() {
            match *part {
                // A read that may as well not have happened explains nothing.
                Part::Optional { until } if !machine.only_reads(operation) => {
                    choices.push(Choice { operation, invoked: order.invoked[operation], until, twin: None });
                }
                Part::Optional { .. } | Part::Required | Part::Absent => {}
            }
        }
        choices.sort_unstable_by_key(|choice| (choice.until, choice.invoked));
        find_twins(&mut choices, machine, order);
        let ends = choices.iter().any(|choice| choice.until != NEVER);
        Optional { used: Bits::new(choices.len()), choices, ends }
    }

    pub(super) fn len(&self) -> usize {
        self.choices.len()
    }

    pub(super) fn operation(&self, index: usize) -> usize {
        self.choices[index].operation
    }

    /// Whether an operation that never ends is among them and not used.
    pub(super) fn misses(&self, operation: usize) -> bool {
        let endless = self.first_open(NEVER - 1);
        (endless..self.len()).any(|index| self.choices[index].operation == operation && !self.used.has(index))
    }

    /// Whether one may come next, where nothing invoked after `horizon` may and something invoked at `latest` is done.
    pub(super) fn is_open(&self, index: usize, horizon: u32, latest: u32) -> bool {
        let choice = &self.choices[index];
        choice.invoked < horizon
            && choice.until > latest
            && !self.used.has(index)
            && choice.twin.is_none_or(|twin| self.used.has(twin))
    }

    /// Whether doing something invoked at `invoked` next, after something invoked at `latest`, forgoes one that could still be used.
    pub(super) fn forgoes(&self, invoked: u32, latest: u32) -> bool {
        self.ends && (self.first_open(latest)..self.first_open(invoked)).any(|index| !self.used.has(index))
    }

    /// The index of the first that can still be used once something invoked at `latest` is done.
    pub(super) fn first_open(&self, latest: u32) -> usize {
        if self.ends { self.choices.partition_point(|choice| choice.until <= latest) } else { 0 }
    }
}

/// Operations of one kind that never end and wait for nothing are interchangeable, except that those invoked earlier can do more.
fn find_twins<S: Specification>(choices: &mut [Choice], machine: &Machine<'_, S>, order: &Order) {
    let mut last = BTreeMap::new();
    for (index, choice) in choices.iter_mut().enumerate() {
        if choice.until == NEVER && order.follows[choice.operation].is_empty() {
            choice.twin = last.insert(machine.kind(choice.operation), index);
        }
    }
}
