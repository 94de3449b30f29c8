//! Another right solution of the load-balancer kata. Turns are written down beforehand: whenever who is available or what they weigh
//! changes, a timetable of a whole round is made, and requests walk along it. Keys are looked at in several places of a ring with few
//! points. All probes of a round begin together. A pair is one number.

use kata::{Caller, Failure, GatewayError, OpenError, Time};
use load_balancer::{
    Config, DrainError, Env, ForwardError, HandleError, LoadBalancer, Policy, Request, Response, Status,
};
use std::sync::{Arc, Mutex};

/// How many places of a key are looked at.
const PLACES: usize = 8;
/// How many points a backend has there.
const POINTS: u64 = 16;

/// One node.
pub struct Balancer {
    env: Env,
    config: Config,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Vec<Known>,
    /// Whose turn it is, one after the other, and for whom with which weights that was made.
    round: Vec<usize>,
    made_for: Vec<(usize, u64)>,
    at: usize,
    hundredths: u64,
}

struct Known {
    flying: u32,
    is_out: bool,
    is_sick: bool,
    /// The last probes in a row that were as good as the last one.
    last: bool,
    in_a_row: u32,
    back: Option<Time>,
}

impl Known {
    fn is_there(&self) -> bool {
        !self.is_out && !self.is_sick
    }
}

/// Takes a request off the count, however that ends.
struct Flight<'a>(&'a Mutex<State>, usize);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.lock().expect("no panic").known[self.1].flying -= 1;
    }
}

impl LoadBalancer for Balancer {
    async fn open(env: Env, config: Config) -> Result<Balancer, OpenError> {
        let known = |_| Known { flying: 0, is_out: false, is_sick: false, last: true, in_a_row: 0, back: None };
        let known = config.backends.iter().map(known).collect();
        let hundredths = u64::from(config.purse) * 100;
        let state = Mutex::new(State { known, hundredths, ..State::default() });
        Ok(Balancer { env, config, state })
    }

    async fn handle(&self, caller: &Caller, request: Request) -> Result<Response, HandleError> {
        {
            let mut state = self.state.lock().expect("no panic");
            let full = u64::from(self.config.purse) * 100;
            state.hundredths = full.min(state.hundredths + u64::from(self.config.purse_percent));
        }
        let (mut had, mut worst) = (Vec::new(), HandleError::NoBackend);
        loop {
            let Some(flight) = self.takes_off(caller, &request, &had) else { return Err(worst) };
            had.push(flight.1);
            let name = self.config.backends[flight.1].name.clone();
            let came = self.env.backends().forward(name, request.clone()).await;
            drop(flight);
            let is_harmless = match came {
                Ok(response) => return Ok(response),
                Err(GatewayError::Declined(error)) => error == ForwardError::Refused,
                Err(GatewayError::Trouble(trouble)) => trouble.is_definite(),
            };
            if !is_harmless {
                worst = HandleError::Failed(Failure::Unknown);
                if !request.method.is_idempotent() {
                    return Err(worst);
                }
            } else if worst == HandleError::NoBackend {
                worst = HandleError::Refused;
            }
        }
    }

    fn drain(&self, backend: String) -> Result<(), DrainError> {
        self.puts(&backend, true)
    }

    fn undrain(&self, backend: String) -> Result<(), DrainError> {
        self.puts(&backend, false)
    }

    fn status(&self) -> Vec<Status> {
        let state = self.state.lock().expect("no panic");
        let status = |(known, backend): (&Known, &load_balancer::Backend)| Status {
            name: backend.name.clone(),
            is_healthy: !known.is_sick,
            is_draining: known.is_out,
            in_flight: known.flying,
        };
        state.known.iter().zip(&self.config.backends).map(status).collect()
    }

    async fn background(self: Arc<Self>) {
        let clock = self.env.clock();
        let mut next = clock.now() + self.config.probe_every / 2;
        loop {
            clock.sleep_until(next).await;
            next = clock.now() + self.config.probe_every;
            for backend in 0..self.config.backends.len() {
                let node = Arc::clone(&self);
                tokio::spawn(async move { node.probe(backend).await });
            }
        }
    }
}

impl Balancer {
    async fn probe(&self, backend: usize) {
        let (clock, backends) = (self.env.clock(), self.env.backends());
        let probe = backends.probe(self.config.backends[backend].name.clone());
        let is_good = matches!(clock.timeout(self.config.probe_timeout, probe).await, Some(Ok(())));
        let mut state = self.state.lock().expect("no panic");
        let known = &mut state.known[backend];
        known.in_a_row = if known.last == is_good { known.in_a_row + 1 } else { 1 };
        known.last = is_good;
        let was_there = known.is_there();
        if is_good && known.in_a_row >= self.config.healthy_after {
            known.is_sick = false;
        }
        if !is_good && known.in_a_row >= self.config.unhealthy_after {
            known.is_sick = true;
        }
        if known.is_there() && !was_there {
            known.back = Some(clock.now());
        }
    }

    fn puts(&self, backend: &str, is_out: bool) -> Result<(), DrainError> {
        let at = self.config.backends.iter().position(|known| known.name == backend);
        let mut state = self.state.lock().expect("no panic");
        let known = &mut state.known[at.ok_or(DrainError::UnknownBackend)?];
        let was_there = known.is_there();
        known.is_out = is_out;
        if known.is_there() && !was_there {
            known.back = Some(self.env.clock().now());
        }
        Ok(())
    }

    /// What a backend weighs, in tenths.
    fn tenths(&self, state: &State, at: usize, now: Time) -> u64 {
        if self.config.policy != Policy::WeightedRoundRobin {
            return 10;
        }
        let whole = u64::from(self.config.backends[at].weight);
        let slow = self.config.slow_start.as_micros() as u64;
        let Some(back) = state.known[at].back.filter(|_| slow > 0) else { return whole * 10 };
        whole * (now.since(back).as_micros() as u64 * 10 / slow + 1).min(10)
    }

    fn takes_off(&self, caller: &Caller, request: &Request, had: &[usize]) -> Option<Flight<'_>> {
        if had.len() >= self.config.tries_max as usize {
            return None;
        }
        let mut guard = self.state.lock().expect("no panic");
        let state = &mut *guard;
        let there: Vec<usize> = (0..state.known.len()).filter(|at| state.known[*at].is_there()).collect();
        let left: Vec<usize> = there.iter().copied().filter(|at| !had.contains(at)).collect();
        if left.is_empty() {
            return None;
        }
        if !had.is_empty() {
            state.hundredths = state.hundredths.checked_sub(100)?;
        }
        let random = self.env.random();
        let chosen = match self.config.policy {
            Policy::RoundRobin | Policy::WeightedRoundRobin => {
                let now = self.env.clock().now();
                let weights: Vec<(usize, u64)> =
                    there.iter().map(|at| (*at, self.tenths(state, *at, now))).collect();
                if state.made_for != weights {
                    state.round = timetable(&weights);
                    state.made_for = weights;
                    state.at = 0;
                }
                let length = state.round.len();
                let turns = (0..length).map(|further| (state.at + further) % length);
                let at = turns.into_iter().find(|at| !had.contains(&state.round[*at]))?;
                state.at = at + 1;
                state.round[at]
            }
            Policy::LeastConnections => {
                let start = random.below(left.len() as u64) as usize;
                let order = left[start..].iter().chain(&left[..start]);
                *order.min_by_key(|at| state.known[**at].flying)?
            }
            Policy::TwoChoices if left.len() == 1 => left[0],
            Policy::TwoChoices => {
                let pairs: Vec<(usize, usize)> = (0..left.len())
                    .flat_map(|high| (0..high).map(move |low| (low, high)))
                    .collect();
                let (low, high) = pairs[random.below(pairs.len() as u64) as usize];
                let (low, high) = (left[low], left[high]);
                if state.known[low].flying <= state.known[high].flying { low } else { high }
            }
            Policy::AddressHash => self.nearest(&caller.ip, &left),
            Policy::ConsistentHash => self.nearest(&request.key, &left),
        };
        state.known[chosen].flying += 1;
        Some(Flight(&self.state, chosen))
    }

    /// The backend whose point is nearest behind any of the places of a text.
    fn nearest(&self, text: &str, left: &[usize]) -> usize {
        let text = digest(text, 1);
        let places: [u64; PLACES] = std::array::from_fn(|place| stir(text ^ stir(place as u64 + 77)));
        let way = |at: usize| {
            let name = digest(&self.config.backends[at].name, 2);
            let points = (0..POINTS).map(|point| stir(name ^ stir(point)));
            points.flat_map(|point| places.map(|place| point.wrapping_sub(place))).min()
        };
        left.iter().copied().min_by_key(|at| way(*at)).unwrap_or(left[0])
    }
}

/// A round in which each has as many turns as it weighs, at equal distances.
fn timetable(weights: &[(usize, u64)]) -> Vec<usize> {
    let gcd = |a: u64, b: u64| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let common = weights.iter().fold(0, |common, (_, weight)| gcd(common, *weight)).max(1);
    let turns = weights.iter().flat_map(|(at, weight)| {
        let weight = weight / common;
        (0..weight).map(move |turn| ((turn as f64 + 0.5) / weight as f64, *at))
    });
    let mut turns: Vec<(f64, usize)> = turns.collect();
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    turns.into_iter().map(|(_, at)| at).collect()
}

fn digest(text: &str, seed: u64) -> u64 {
    text.bytes().fold(stir(seed), |digest, byte| stir(digest ^ u64::from(byte)))
}

/// MurmurHash3's finaliser.
fn stir(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}
