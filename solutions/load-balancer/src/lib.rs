//! The reference solution of the load-balancer kata: a pool that knows how its backends are, and a policy that chooses among those that
//! are available.
//!
//! [`pool`] holds what is known of the backends, [`rotation`], [`choice`] and [`hash`] are the ways to choose, [`purse`] pays
//! for further tries. None of them waits for anything; all that waits stands here.

mod choice;
mod hash;
mod pool;
mod purse;
mod rotation;

use self::pool::Pool;
use kata::{Caller, Failure, GatewayError, OpenError};
use load_balancer::{
    Config, DrainError, Env, ForwardError, HandleError, LoadBalancer, Method, Request, Response, Status,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One node of the load balancer.
pub struct Balancer {
    env: Env,
    config: Config,
    pool: Mutex<Pool>,
}

impl LoadBalancer for Balancer {
    async fn open(env: Env, config: Config) -> Result<Balancer, OpenError> {
        let pool = Mutex::new(Pool::new(&config));
        Ok(Balancer { env, config, pool })
    }

    async fn handle(&self, caller: &Caller, request: Request) -> Result<Response, HandleError> {
        self.pool().purse.earn();
        let (mut tried, mut is_harmless) = (Vec::new(), true);
        while let Some(backend) = self.choose(caller, &request, &tried) {
            tried.push(backend);
            let name = self.config.backends[backend].name.clone();
            let answer = self.env.backends().forward(name, request.clone()).await;
            self.pool().ended(backend);
            let error = match answer {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            is_harmless &= had_no_effect(&error);
            if !is_harmless && request.method == Method::Post {
                break;
            }
        }
        match (tried.is_empty(), is_harmless) {
            (true, _) => Err(HandleError::NoBackend),
            (false, true) => Err(HandleError::Refused),
            (false, false) => Err(HandleError::Failed(Failure::Unknown)),
        }
    }

    fn drain(&self, backend: String) -> Result<(), DrainError> {
        self.set_draining(&backend, true)
    }

    fn undrain(&self, backend: String) -> Result<(), DrainError> {
        self.set_draining(&backend, false)
    }

    fn status(&self) -> Vec<Status> {
        self.pool().status()
    }

    async fn background(self: Arc<Self>) {
        for backend in 0..self.config.backends.len() {
            tokio::spawn(Arc::clone(&self).probe(backend));
        }
    }
}

impl Balancer {
    /// No panic leaves the pool half changed.
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom the request is handed to next, if to anybody; it is in flight there from now on.
    fn choose(&self, caller: &Caller, request: &Request, tried: &[usize]) -> Option<usize> {
        if tried.len() >= self.config.tries_max as usize {
            return None;
        }
        let (now, random) = (self.env.clock().now(), self.env.random());
        let mut pool = self.pool();
        let candidates = pool.available(tried);
        if candidates.is_empty() || !tried.is_empty() && !pool.purse.pay() {
            return None;
        }
        Some(pool.hand_over(&candidates, &caller.ip, &request.key, now, &random))
    }

    fn set_draining(&self, backend: &str, is_draining: bool) -> Result<(), DrainError> {
        let position = self.config.backends.iter().position(|known| known.name == backend);
        let position = position.ok_or(DrainError::UnknownBackend)?;
        self.pool().set_draining(position, is_draining, self.env.clock().now());
        Ok(())
    }

    /// Probes one backend for as long as the node runs.
    async fn probe(self: Arc<Self>, backend: usize) {
        let (clock, name) = (self.env.clock(), &self.config.backends[backend].name);
        loop {
            let began = clock.now();
            let answer =
                clock.timeout(self.config.probe_timeout, self.env.backends().probe(name.clone())).await;
            let is_good = matches!(answer, Some(Ok(())));
            self.pool().probed(backend, is_good, clock.now());
            clock.sleep_until(began + self.config.probe_every).await;
        }
    }
}

fn had_no_effect(error: &GatewayError<ForwardError>) -> bool {
    match error {
        GatewayError::Declined(ForwardError::Refused) => true,
        GatewayError::Declined(ForwardError::Broken) => false,
        GatewayError::Trouble(trouble) => trouble.is_definite(),
    }
}
