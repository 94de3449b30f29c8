//! The search for an order: depth first over a list of invocations and returns, from which operations are lifted as they are
//! taken and put back as they are given up (Wing and Gong; Lowe).
//!
//! Between two required operations any optional ones may come. Those are tried breadth first, so that a configuration is first
//! met with as little used as possible.

use super::bits::Bits;
use super::list::{Entry, List};
use super::machine::Machine;
use super::optional::Optional;
use super::order::{NEVER, Order};
use super::problem::{Part, Problem};
use super::seen::{Place, Seen};
use super::spans::Spans;
use crate::spec::Specification;

/// What a search came to.
#[derive(Debug)]
pub(super) enum Found {
    /// An order of all required operations, with the optional ones it needs.
    Order(Vec<usize>),
    /// There is none.
    Nothing {
        /// The required operation whose return no attempt got past.
        culprit: usize,
        /// When the object was in which state, over all attempts.
        spans: Spans,
    },
    /// Too much work.
    OutOfSteps,
}

/// Looks for an order of `problem`. Takes what it tries from `steps`.
pub(super) fn search<S: Specification>(
    machine: &mut Machine<'_, S>,
    order: &Order,
    problem: &Problem,
    steps: &mut u64,
) -> Found {
    Search::new(machine, order, problem).run(problem.starts.as_deref(), steps).unwrap_or(Found::OutOfSteps)
}

/// The steps ran out.
struct OutOfSteps;

fn spend(steps: &mut u64) -> Result<(), OutOfSteps> {
    *steps = steps.checked_sub(1).ok_or(OutOfSteps)?;
    Ok(())
}

struct Search<'a, 'm, S: Specification> {
    machine: &'a mut Machine<'m, S>,
    order: &'a Order,

    /// Required operations by invocation.
    required: Vec<usize>,
    list: List,
    done: Bits,
    optional: Optional,

    now: Now,
    taken: Vec<Taken>,
    groups: Vec<Group>,
    seen: Seen,
    furthest: Furthest,
    spans: Spans,
}

/// Where the search stands, apart from what is done and used.
#[derive(Clone, Copy)]
struct Now {
    state: u32,
    /// The highest index among the required operations done.
    top: Option<u32>,
    /// The latest invocation among operations taken; zero if no optional operation has an end, for then it does not matter.
    latest: u32,
    /// The position of the first return in the list: nothing invoked after it can come next.
    horizon: u32,
}

/// An operation taken, and how things were before.
struct Taken {
    what: What,
    before: Now,
}

#[derive(Clone, Copy)]
enum What {
    Required(u32),
    Optional(usize),
}

/// Configurations in which the same required operations are done, reached from one of them by using optional ones.
struct Group {
    /// How many operations were taken on the way to the first of these configurations.
    base: usize,
    /// The others, those that used less before those that used more.
    nodes: Vec<Node>,
    /// Which one is being looked at: 0 is the first configuration, 1 is `nodes[0]`.
    at: usize,
    /// How many operations were taken on the way to the one being looked at.
    here: usize,
    todo: Todo,
}

/// Another configuration of a group.
enum Node {
    /// Reached by using an optional operation.
    Uses {
        /// Where it was used: numbered like [`Group::at`].
        from: usize,
        /// The operation.
        index: usize,
    },
    /// A state to begin with.
    Starts(u32),
}

/// What is still to be tried with a configuration.
enum Todo {
    /// Required operations from this entry on, then optional ones.
    Required(Entry),
    /// Optional operations.
    Optional,
    /// Nothing: it was possible to go on by only reading.
    Nothing,
}

/// The furthest return that an attempt could not get past.
#[derive(Default)]
struct Furthest {
    position: u32,
    culprit: usize,
}

impl<'a, 'm, S: Specification> Search<'a, 'm, S> {
    fn new(machine: &'a mut Machine<'m, S>, order: &'a Order, problem: &Problem) -> Search<'a, 'm, S> {
        let is_required = |&operation: &usize| problem.parts[operation] == Part::Required;
        let mut required: Vec<usize> = (0..problem.parts.len()).filter(is_required).collect();
        required.sort_unstable_by_key(|&operation| order.invoked[operation]);
        let state = machine.initial();
        Search {
            list: List::new(&required, order),
            done: Bits::new(required.len()),
            optional: Optional::new(machine, order, problem),
            machine,
            order,
            required,
            now: Now { state, top: None, latest: 0, horizon: 0 },
            taken: Vec::new(),
            groups: Vec::new(),
            seen: Seen::default(),
            furthest: Furthest::default(),
            spans: Spans::default(),
        }
    }

    fn run(mut self, starts: Option<&[u32]>, steps: &mut u64) -> Result<Found, OutOfSteps> {
        if let Some(starts) = starts {
            let nodes = starts.iter().map(|&state| Node::Starts(state)).collect();
            self.groups.push(Group { base: 0, nodes, at: 0, here: 0, todo: Todo::Nothing });
            if !self.go_on(steps)? {
                return Ok(self.nothing());
            }
        }
        loop {
            self.take_reads(steps)?;
            if self.list.first().index().is_none() {
                let operations = self.taken.iter().map(|taken| self.operation(taken.what)).collect();
                return Ok(Found::Order(operations));
            }
            if self.is_new() {
                let here = self.taken.len();
                let todo = Todo::Required(self.list.first());
                self.groups.push(Group { base: here, nodes: Vec::new(), at: 0, here, todo });
            }
            if !self.go_on(steps)? {
                return Ok(self.nothing());
            }
        }
    }

    fn nothing(self) -> Found {
        Found::Nothing { culprit: self.furthest.culprit, spans: self.spans }
    }

    fn operation(&self, what: What) -> usize {
        match what {
            What::Required(index) => self.required[index as usize],
            What::Optional(index) => self.optional.operation(index),
        }
    }

    /// Takes the next required operation that fits, going back as far as it must. `false` if everything was tried.
    fn go_on(&mut self, steps: &mut u64) -> Result<bool, OutOfSteps> {
        while let Some(mut group) = self.groups.pop() {
            self.give_back_to(group.here);
            if let Todo::Required(entry) = group.todo {
                if let Some((index, state, following)) = self.find(entry, steps)? {
                    self.take(What::Required(index), state);
                    group.todo = Todo::Required(following);
                    self.groups.push(group);
                    return Ok(true);
                }
                group.todo = Todo::Optional;
            }
            if let Todo::Optional = group.todo {
                self.expand(&mut group, steps)?;
            }
            if group.at == group.nodes.len() {
                self.give_back_to(group.base);
                continue;
            }
            group.at += 1;
            self.go_to(&mut group, steps)?;
            let reads = self.take_reads(steps)?;
            group.todo = if reads { Todo::Nothing } else { Todo::Required(self.list.first()) };
            self.groups.push(group);
            if reads {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes every operation that only reads and fits: moving it forward to here harms nothing. Notes how far this got. Says whether there was any.
    fn take_reads(&mut self, steps: &mut u64) -> Result<bool, OutOfSteps> {
        let mut any = false;
        let mut entry = self.list.first();
        while entry.is_invocation()
            && let Some(index) = entry.index()
        {
            let mut following = self.list.after(entry);
            let operation = self.required[index as usize];
            if self.is_harmless(operation) && self.is_free(operation) {
                spend(steps)?;
                if self.machine.step(self.now.state, operation).is_some() {
                    if following.index() == Some(index) {
                        // Its own return, which goes with it.
                        following = self.list.after(following);
                    }
                    self.take(What::Required(index), self.now.state);
                    any = true;
                }
            }
            entry = following;
        }
        let horizon = match entry.index() {
            Some(index) => {
                let culprit = self.required[index as usize];
                let position = self.order.returned[culprit];
                if position > self.furthest.position {
                    self.furthest = Furthest { position, culprit };
                }
                position
            }
            None => NEVER,
        };
        self.spans.note(self.now.state, self.now.horizon, horizon);
        self.now.horizon = horizon;
        Ok(any)
    }

    /// The first required operation from `entry` on that fits, the state it leads to, and the entry after it.
    fn find(&mut self, mut entry: Entry, steps: &mut u64) -> Result<Option<(u32, u32, Entry)>, OutOfSteps> {
        while entry.is_invocation()
            && let Some(index) = entry.index()
        {
            let operation = self.required[index as usize];
            entry = self.list.after(entry);
            // What is harmless was tried already, in this very state.
            if self.is_harmless(operation) || !self.is_free(operation) {
                continue;
            }
            spend(steps)?;
            if let Some(state) = self.machine.step(self.now.state, operation) {
                return Ok(Some((index, state, entry)));
            }
        }
        Ok(None)
    }

    /// Adds to the group what using one more optional operation leads to.
    fn expand(&mut self, group: &mut Group, steps: &mut u64) -> Result<(), OutOfSteps> {
        if self.optional.len() == 0 {
            return Ok(());
        }
        for index in self.optional.first_open(self.now.latest)..self.optional.len() {
            let operation = self.optional.operation(index);
            let open = self.optional.is_open(index, self.now.horizon, self.now.latest);
            if !open || !self.is_free(operation) {
                continue;
            }
            spend(steps)?;
            let state = self.machine.step(self.now.state, operation);
            // What changes nothing explains nothing.
            if let Some(state) = state.filter(|&state| state != self.now.state) {
                self.take(What::Optional(index), state);
                self.spans.note(state, self.now.horizon, self.now.horizon);
                if self.is_new() {
                    group.nodes.push(Node::Uses { from: group.at, index });
                }
                self.give_back_to(group.here);
            }
        }
        Ok(())
    }

    /// Goes to the configuration that `group.at` names.
    fn go_to(&mut self, group: &mut Group, steps: &mut u64) -> Result<(), OutOfSteps> {
        self.give_back_to(group.base);
        let mut path = Vec::new();
        let mut at = group.at;
        while at > 0 {
            match group.nodes[at - 1] {
                Node::Uses { from, index } => {
                    path.push(index);
                    at = from;
                }
                Node::Starts(state) => {
                    self.now.state = state;
                    break;
                }
            }
        }
        for index in path.into_iter().rev() {
            spend(steps)?;
            let state = self.machine.step(self.now.state, self.optional.operation(index));
            self.take(What::Optional(index), state.expect("it fitted before"));
        }
        group.here = self.taken.len();
        Ok(())
    }

    /// Whether an operation, done next if it fits, takes no possibility away.
    fn is_harmless(&self, operation: usize) -> bool {
        self.machine.only_reads(operation)
            && !self.optional.forgoes(self.order.invoked[operation], self.now.latest)
    }

    /// Whether what the same process did at the same tick before is done.
    fn is_free(&self, operation: usize) -> bool {
        let invoked = |other: &usize| self.order.invoked[*other];
        self.order.follows[operation].iter().all(|&before| {
            match self.required.binary_search_by_key(&self.order.invoked[before], invoked) {
                Ok(index) => self.done.has(index),
                Err(_) => !self.optional.misses(before),
            }
        })
    }

    fn take(&mut self, what: What, state: u32) {
        self.taken.push(Taken { what, before: self.now });
        self.now.state = state;
        if self.optional.ends {
            self.now.latest = self.now.latest.max(self.order.invoked[self.operation(what)]);
        }
        match what {
            What::Optional(index) => self.optional.used.put(index),
            What::Required(index) => {
                self.done.put(index as usize);
                self.now.top = self.now.top.max(Some(index));
                self.list.lift(index);
            }
        }
    }

    /// Gives back what was taken last until only `count` operations are taken.
    fn give_back_to(&mut self, count: usize) {
        while self.taken.len() > count
            && let Some(taken) = self.taken.pop()
        {
            self.now = taken.before;
            match taken.what {
                What::Optional(index) => self.optional.used.remove(index),
                What::Required(index) => {
                    self.done.remove(index as usize);
                    self.list.put_back(index);
                }
            }
        }
    }

    /// Whether this configuration is worth a look.
    fn is_new(&mut self) -> bool {
        let missing = self.list.first().index().unwrap_or(u32::MAX);
        let place = Place::new(missing, self.now.top, &self.done, self.now.state);
        let first_open = self.optional.first_open(self.now.latest);
        self.seen.is_new(place, self.now.latest, &self.optional.used, first_open)
    }
}
