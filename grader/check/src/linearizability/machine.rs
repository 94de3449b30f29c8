//! A specification at work on one key: states and operations by number, steps remembered.

use super::numbered::{Lookup, Numbered};
use crate::operations::Operation;
use crate::spec::Specification;

/// A specification at work on one key.
pub(super) struct Machine<'a, S: Specification> {
    spec: &'a S,
    states: Numbered<S::State>,
    /// An example of each kind of operation. Operations are of one kind if they ask and saw the same.
    kinds: Vec<&'a Operation<S::Op, S::Res>>,
    kind_of: Vec<u32>,
    /// By operation.
    reads: Vec<bool>,
    steps: Lookup<(u32, u32), Option<u32>>,
}

impl<'a, S: Specification> Machine<'a, S> {
    pub(super) fn new(spec: &'a S, operations: &[&'a Operation<S::Op, S::Res>]) -> Machine<'a, S> {
        let mut numbers = Lookup::default();
        let mut kinds = Vec::new();
        let mut kind_of = Vec::with_capacity(operations.len());
        for operation in operations {
            let kind = *numbers.entry((&operation.op, operation.result.as_ref())).or_insert_with(|| {
                kinds.push(*operation);
                u32::try_from(kinds.len() - 1).expect("fewer than four thousand million operations")
            });
            kind_of.push(kind);
        }
        let reads = operations.iter().map(|it| spec.only_reads(&it.op, it.result.as_ref())).collect();
        Machine { spec, states: Numbered::new(), kinds, kind_of, reads, steps: Lookup::default() }
    }

    /// The number of the state that everything begins with.
    pub(super) fn initial(&mut self) -> u32 {
        self.states.number(self.spec.initial())
    }

    /// The state after `operation` took effect in `state`, or `None` if it cannot have.
    pub(super) fn step(&mut self, state: u32, operation: usize) -> Option<u32> {
        let kind = self.kind_of[operation];
        if let Some(&known) = self.steps.get(&(state, kind)) {
            return known;
        }
        let example = self.kinds[kind as usize];
        let next = self.spec.step(self.states.thing(state), &example.op, example.result.as_ref());
        let next = next.map(|next| self.states.number(next));
        self.steps.insert((state, kind), next);
        next
    }

    /// Equal for operations that ask and saw the same.
    pub(super) fn kind(&self, operation: usize) -> u32 {
        self.kind_of[operation]
    }

    pub(super) fn only_reads(&self, operation: usize) -> bool {
        self.reads[operation]
    }
}
