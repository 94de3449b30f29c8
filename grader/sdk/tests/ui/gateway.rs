//! Gateways.

#[kata::gateway]
pub trait Payments<T> {
    fn waits_for_nothing(&self) -> Result<u64, String>;
    async fn new(&self) -> Result<u64, String>;
    async fn borrows(&self, from: &Caller) -> Result<u64, String>;
    async fn cannot_fail(&self) -> u64;
}

#[kata::gateway(config = ())]
pub trait Maps {
    async fn route(&self) -> Result<u64, String>;
}

fn main() {}
