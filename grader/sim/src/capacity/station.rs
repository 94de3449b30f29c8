//! One server with a queue before it: a table partition, a cache shard, a node's core.

use kata_ports::Time;
use std::time::Duration;

/// One server that does one piece of work after the other, in the order they come.
///
/// It keeps no queue: work is known when it comes, so when it will be done is known, too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Station {
    /// When everything that has come is done, in nanoseconds.
    free_at_ns: u64,
    /// All work that has come, in nanoseconds.
    work_ns: u64,
    /// The work that was done before measuring began, in nanoseconds.
    before_ns: u64,
    /// How many requests it took, and how many it refused, since measuring began.
    pub(crate) served: u64,
    pub(crate) refused: u64,
}

impl Station {
    /// How long what comes now waits.
    pub(crate) fn wait(&self, now: Time) -> Duration {
        Duration::from_nanos(self.free_at_ns.saturating_sub(nanos(now)))
    }

    /// Takes a request. Returns how long it is until that is done.
    pub(crate) fn serve(&mut self, now: Time, work_ns: u64) -> Duration {
        self.served += 1;
        self.work(now, work_ns);
        self.wait(now)
    }

    /// Takes a piece of work that is no request.
    pub(crate) fn work(&mut self, now: Time, work_ns: u64) {
        self.free_at_ns = self.free_at_ns.max(nanos(now)) + work_ns;
        self.work_ns += work_ns;
    }

    /// Measures from now on.
    pub(crate) fn begin_measuring(&mut self, now: Time) {
        *self = Station { before_ns: self.done_ns(now), served: 0, refused: 0, ..*self };
    }

    /// For how long it has worked since measuring began. Never longer than that is ago.
    pub(crate) fn busy(&self, now: Time) -> Duration {
        Duration::from_nanos(self.done_ns(now).saturating_sub(self.before_ns))
    }

    fn done_ns(&self, now: Time) -> u64 {
        self.work_ns - self.free_at_ns.saturating_sub(nanos(now))
    }
}

fn nanos(time: Time) -> u64 {
    time.as_micros() * 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;
    use crate::load::exponential;

    /// How many customers: enough for the mean to be within a percent at the load below.
    const CUSTOMERS: u64 = 2_000_000;
    const WORK_US: f64 = 1_000.0;
    const LOAD: f64 = 0.7;

    /// Lets customers arrive at random. Returns how long one waited on average, how many were in the system on average, each
    /// in units of the mean work, and how busy the station was.
    fn queue(work_ns: impl Fn(u64) -> u64) -> (f64, f64, f64) {
        let draw = Draw::new(11);
        let mut station = Station::default();
        let (mut at_us, mut waited_us, mut stayed_us) = (0.0, 0.0, 0.0);
        let mut now = Time::EPOCH;
        for customer in 0..CUSTOMERS {
            at_us += exponential(draw.bits("gap", customer, 0)) * WORK_US / LOAD;
            now = Time::from_micros(at_us as u64);
            waited_us += station.wait(now).as_nanos() as f64 / 1e3;
            stayed_us += station.serve(now, work_ns(customer)).as_nanos() as f64 / 1e3;
        }
        let customers = CUSTOMERS as f64;
        let busy = station.busy(now).as_nanos() as f64 / 1e3 / at_us;
        (waited_us / customers / WORK_US, stayed_us / at_us, busy)
    }

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 0.02, "{found}, not {expected}");
    }

    #[test]
    fn deterministic_work_waits_as_in_an_m_d_1_queue() {
        let (wait, _, busy) = queue(|_| 1_000_000);
        // Pollaczek and Khinchine: half as long as with exponential work.
        check(wait, LOAD / (2.0 * (1.0 - LOAD)));
        check(busy, LOAD);
    }

    #[test]
    fn exponential_work_waits_as_in_an_m_m_1_queue() {
        let draw = Draw::new(12);
        let (wait, inside, busy) =
            queue(|customer| (exponential(draw.bits("work", customer, 0)) * 1e6) as u64);
        check(wait, LOAD / (1.0 - LOAD));
        // Little: as many inside as arrive while one stays.
        check(inside, LOAD / (1.0 - LOAD));
        check(busy, LOAD);
    }

    #[test]
    fn it_is_never_busier_than_always() {
        let mut station = Station::default();
        let start = Time::from_secs(1);
        for _ in 0..100 {
            station.serve(start, 50_000_000);
        }
        station.begin_measuring(start + Duration::from_secs(1));
        let later = start + Duration::from_secs(3);
        assert_eq!(station.busy(later), Duration::from_secs(2));
        assert_eq!(station.busy(start + Duration::from_secs(9)), Duration::from_secs(4));
        assert_eq!(station.wait(later), Duration::from_secs(2));
    }
}
