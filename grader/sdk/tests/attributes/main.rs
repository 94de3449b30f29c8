//! What the attributes make of a small kata, and the datacentre that `cargo test` runs it in.

mod contract;
mod data;
mod drives;
mod gateway;
mod shop;
mod testing;
