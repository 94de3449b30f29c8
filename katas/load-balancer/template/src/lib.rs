//! My solution of the load-balancer kata. The contract: `load_balancer::LoadBalancer`; the story: `kata show`.
// Take this line away once the methods have bodies.
#![allow(dead_code, unused_variables)]

use kata::{Caller, OpenError};
use load_balancer::{Config, DrainError, Env, HandleError, LoadBalancer, Request, Response, Status};
use std::sync::Arc;

/// One node of the load balancer.
pub struct Balancer {
    env: Env,
    config: Config,
}

impl LoadBalancer for Balancer {
    async fn open(env: Env, config: Config) -> Result<Balancer, OpenError> {
        Ok(Balancer { env, config })
    }

    async fn handle(&self, caller: &Caller, request: Request) -> Result<Response, HandleError> {
        todo!("choose a backend, and hand the request to it with `self.env.backends().forward(..)`")
    }

    fn drain(&self, backend: String) -> Result<(), DrainError> {
        todo!("give a backend nothing new")
    }

    fn undrain(&self, backend: String) -> Result<(), DrainError> {
        todo!("give it requests again")
    }

    fn status(&self) -> Vec<Status> {
        todo!("tell how the backends are")
    }

    async fn background(self: Arc<Self>) {
        // Runs for as long as the node does: the place to probe backends.
    }
}
