//! Drives model and service with one random sequence, and says where the service answers what the model does not permit.
//!
//! What a service names in its own way (versions, offsets, messages) is translated: [`Names`] pairs the model's number with the
//! service's when both first appear, and from then on each stands for the other, in the same order. Clocks are the same machine's.
//! Around every moment at which something expires nothing is asked, and a sequence in which an answer took so long that nobody
//! knows on which side of such a moment it fell is played again.

use kata_ports::{Handled, NodeId, Service, Time, Trouble};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nothing is asked that long before something expires.
const BEFORE_EXPIRY: Duration = Duration::from_millis(60);
/// And no answer may take longer than this while something is about to.
const ANSWER_MAX: Duration = Duration::from_millis(30);
/// Nothing is asked that long after it: services look at their clocks now and then.
const AFTER_EXPIRY: Duration = Duration::from_millis(60);
/// How far the clock of a service may be from this one: they are one machine's.
const CLOCK_SLACK: Duration = Duration::from_millis(50);
/// How many requests before a difference are shown.
const BEFORE_SHOWN: usize = 25;
/// How often a sequence is played at most until it is quick enough.
const TRIES: u64 = 20;

/// What a port needs to be compared.
pub(crate) trait Compared {
    /// Its model.
    type Model: Service<Request = Self::Request, Reply = Self::Reply>;
    type Request: Clone + Debug;
    type Reply: Debug;

    /// A fresh model.
    fn model() -> Self::Model;

    /// The next request; what expires soon is told to `moments`.
    fn request(draw: &mut Draw, seen: &Names, moments: &mut Moments) -> Self::Request;

    /// The request as the service must be asked.
    fn translated(request: &Self::Request, names: &Names) -> Self::Request;

    /// Whether the service may answer like that where the model answers like this.
    fn permits(request: &Self::Request, model: &Self::Reply, real: &Self::Reply, names: &mut Names) -> bool;
}

/// Something that answers requests.
pub(crate) trait Answers<C: Compared> {
    async fn answer(&self, from: NodeId, request: &C::Request) -> Result<C::Reply, Trouble>;
}

/// A difference between a model and a service.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) step: usize,
    /// The latest requests before it, with their answers.
    pub(crate) before: Vec<String>,
    pub(crate) request: String,
    pub(crate) model: String,
    pub(crate) real: String,
}

/// Plays one sequence of `steps` requests on a fresh service and a fresh model.
pub(crate) async fn compare<C: Compared, A: Answers<C>>(
    seed: u64,
    steps: usize,
    fresh: impl AsyncFn() -> A,
) -> Result<(), Difference> {
    for _ in 0..TRIES {
        match play::<C, A>(seed, steps, &fresh().await).await {
            Played::Like => return Ok(()),
            Played::Unlike(difference) => return Err(difference),
            Played::TooSlow => {}
        }
    }
    panic!("no answer of {TRIES} sequences was quick enough: the machine is overloaded");
}

enum Played {
    Like,
    Unlike(Difference),
    TooSlow,
}

async fn play<C: Compared, A: Answers<C>>(seed: u64, steps: usize, service: &A) -> Played {
    let (mut draw, mut model) = (Draw(seed), C::model());
    let (mut names, mut moments) = (Names::default(), Moments::default());
    let mut asked = Vec::new();
    for step in 0..steps {
        moments.pass(draw.one_in(8)).await;
        let request = C::request(&mut draw, &names, &mut moments);
        let from = NodeId(draw.below(2) as u16);
        let before = now();
        let real = service.answer(from, &C::translated(&request, &names)).await;
        let after = now();
        names.slowest = names.slowest.max(after.since(before));
        if moments.may_have_passed(before, after) {
            return Played::TooSlow;
        }
        let mut handled = model.handle(before, from, &request);
        if matches!(handled, Handled::Wait { .. }) {
            handled = model.handle(after, from, &request);
        }
        let permitted = match (&handled, &real) {
            (Handled::Reply(model), Ok(real)) => C::permits(&request, model, real, &mut names),
            _ => false,
        };
        if !permitted {
            let (request, model, real) =
                (format!("{request:?}"), format!("{handled:?}"), format!("{real:?}"));
            let before = asked.split_off(asked.len().saturating_sub(BEFORE_SHOWN));
            return Played::Unlike(Difference { step, before, request, model, real });
        }
        asked.push(format!("{before} {request:?} = {real:?}"));
        moments.asked(before);
    }
    Played::Like
}

/// When things expire.
#[derive(Default)]
pub(crate) struct Moments {
    /// That long after the request under way.
    coming: Vec<Duration>,
    at: Vec<Time>,
}

impl Moments {
    /// What the request under way makes expires that much later.
    pub(crate) fn after(&mut self, by: Duration) -> Duration {
        self.coming.push(by);
        by
    }

    fn asked(&mut self, at: Time) {
        self.at.extend(self.coming.drain(..).map(|by| at + by));
    }

    /// Whether something may have expired while an answer was under way.
    fn may_have_passed(&self, from: Time, to: Time) -> bool {
        to.since(from) > ANSWER_MAX && !self.at.is_empty()
    }

    /// Waits until nothing is about to expire; or, if `on` says so, until something has.
    async fn pass(&mut self, on: bool) {
        let next = self.at.iter().min().copied().filter(|_| on);
        let until = next.map_or(now(), |at| at + AFTER_EXPIRY);
        tokio::time::sleep(until.since(now())).await;
        while let Some(until) = self.blocked_until(now()) {
            tokio::time::sleep(until.since(now())).await;
        }
        let now = now();
        self.at.retain(|at| *at + AFTER_EXPIRY > now);
    }

    fn blocked_until(&self, now: Time) -> Option<Time> {
        let near = |at: &&Time| now + BEFORE_EXPIRY > **at && now < **at + AFTER_EXPIRY;
        self.at.iter().filter(near).map(|at| *at + AFTER_EXPIRY).max()
    }
}

/// The model's numbers and the service's.
#[derive(Clone, Default)]
pub(crate) struct Names {
    pairs: BTreeMap<(String, u64), u64>,
    /// How long the slowest answer took so far.
    slowest: Duration,
}

impl Names {
    /// Whether the service may have noted `real` for what the model did at `model`, which is when it was asked for: by the service's clock,
    /// any moment until the answer.
    pub(crate) fn same_moment(&self, model: Time, real: Time) -> bool {
        real + CLOCK_SLACK > model && real < model + self.slowest + CLOCK_SLACK
    }

    /// Whether both name the same thing of that kind; pairs them if both are new and in order.
    pub(crate) fn same(&mut self, kind: &str, model: u64, real: u64) -> bool {
        let key = |number| (kind.to_owned(), number);
        if let Some(known) = self.pairs.get(&key(model)) {
            return *known == real;
        }
        let below = self.pairs.range(key(0)..key(model)).next_back().is_none_or(|(_, below)| *below < real);
        let above =
            self.pairs.range(key(model)..=key(u64::MAX)).next().is_none_or(|(_, above)| real < *above);
        self.pairs.insert(key(model), real);
        below && above
    }

    /// The service's number; one that it never gives where the model never gave its own.
    pub(crate) fn real(&self, kind: &str, model: u64) -> u64 {
        self.pairs.get(&(kind.to_owned(), model)).copied().unwrap_or(u64::MAX - 7)
    }

    /// The model's numbers of that kind, in order.
    pub(crate) fn known(&self, kind: &str) -> Vec<u64> {
        let range = (kind.to_owned(), 0)..=(kind.to_owned(), u64::MAX);
        self.pairs.range(range).map(|((_, model), _)| *model).collect()
    }
}

/// Random numbers: SplitMix64.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }
}

pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(since.as_micros() as u64)
}
