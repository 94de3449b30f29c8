//! What clients asked of a system and what they saw, with times: what checkers judge.
//!
//! Suites record as they go; `kata check` reads the same thing from a file (see `recording`).

/// One operation of one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<Op, Res> {
    /// Who asked. A process usually asks one thing at a time; if it does not, its overlapping operations count as concurrent.
    pub process: String,
    /// When it asked. Any unit, as long as it is the same everywhere.
    pub invoked: u64,
    /// When it had its answer, or `None` if it never had one: then the operation may take effect at any time since it was
    /// invoked, or never.
    pub returned: Option<u64>,
    /// What it asked.
    pub op: Op,
    /// What it saw. `None` if nobody saw it: always so for an operation without an answer.
    pub result: Option<Res>,
}

/// Names an operation of one recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(usize);

/// A recording of operations, in the order in which they were invoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operations<Op, Res> {
    operations: Vec<Operation<Op, Res>>,
}

impl<Op, Res> Operations<Op, Res> {
    /// Nothing recorded yet.
    pub const fn new() -> Operations<Op, Res> {
        Operations { operations: Vec::new() }
    }

    /// `process` asks for `op` at `now`. Until [`Operations::returned`] is called the operation is in flight.
    pub fn invoke(&mut self, process: impl Into<String>, now: u64, op: Op) -> OperationId {
        let process = process.into();
        self.operations.push(Operation { process, invoked: now, returned: None, op, result: None });
        OperationId(self.operations.len() - 1)
    }

    /// The answer to `id` arrived at `now`. Do not call it for answers that leave the effect unknown (a timeout, a lost
    /// connection): such operations stay in flight.
    ///
    /// # Panics
    ///
    /// If `now` lies before the invocation, or the answer is already there: the recording would be wrong.
    pub fn returned(&mut self, id: OperationId, now: u64, result: Res) {
        let operation = &mut self.operations[id.0];
        assert!(now >= operation.invoked, "an operation returned before it was invoked");
        assert!(operation.returned.is_none(), "an operation returned twice");
        operation.returned = Some(now);
        operation.result = Some(result);
    }

    /// Adds an operation whose ends are both known.
    pub fn push(&mut self, operation: Operation<Op, Res>) {
        self.operations.push(operation);
    }

    /// Everything recorded.
    pub fn as_slice(&self) -> &[Operation<Op, Res>] {
        &self.operations
    }
}

impl<Op, Res> Default for Operations<Op, Res> {
    fn default() -> Operations<Op, Res> {
        Operations::new()
    }
}

impl<Op, Res> FromIterator<Operation<Op, Res>> for Operations<Op, Res> {
    fn from_iter<I: IntoIterator<Item = Operation<Op, Res>>>(operations: I) -> Self {
        Operations { operations: operations.into_iter().collect() }
    }
}
