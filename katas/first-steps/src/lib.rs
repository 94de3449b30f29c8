//! The contract of the first-steps kata: counters that many clients add to, through any of several nodes.
//!
//! A counter exists from the start, at 0, under every name. What makes it a system and not a variable:
//!
//! - **Nodes share nothing but the table.** Two clients may add to one counter at the same moment, each through a node of
//!   its own. No addition is lost.
//! - **Answers get lost.** A client that heard nothing sends the same addition again, with the same request id, perhaps
//!   to another node, perhaps while the first attempt is still running. However often it arrives, it counts once.
//! - **Answers fit one order.** It is as if each addition and each read happened at one moment between its beginning and its
//!   end, one after the other, an addition and all its attempts together. So no read misses what an earlier one held.
//! - **Nodes crash** at any moment and come back with empty memory. What was acknowledged stays counted, and a client
//!   that was cut off tries again and is counted once.
//!
//! Start with [`Counter`].

use kata::Failure;

/// What the grader configures a node with.
#[kata::data(Copy)]
pub struct Config {
    /// The longest name of a counter, in bytes. No name is empty.
    pub key_bytes_max: u32,
    /// The most that one addition adds. The least is 1.
    pub by_max: i64,
}

impl Default for Config {
    fn default() -> Config {
        Config { key_bytes_max: 64, by_max: 1_000 }
    }
}

/// One addition, as a client asks for it.
#[kata::data(Eq)]
pub struct Addition {
    /// The name of the counter, 1 to [`Config::key_bytes_max`] bytes.
    pub key: String,
    /// How much to add, 1 to [`Config::by_max`].
    pub by: i64,
    /// Names this addition. A client draws it at random and uses it for this one addition only, but sends it again as
    /// often as it takes to get an answer.
    pub request_id: u64,
}

/// Why an addition was not counted.
#[kata::error(Eq)]
pub enum AddError {
    /// The counter's name is empty or too long.
    InvalidKey,
    /// The amount is less than 1 or more than [`Config::by_max`].
    InvalidAmount,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Why a counter could not be read.
#[kata::error(Eq)]
pub enum GetError {
    /// The counter's name is empty or too long.
    InvalidKey,
    /// Infrastructure failed.
    Failed(Failure),
}

/// Counters by name.
#[kata::contract(config = Config, ports(table))]
pub trait Counter {
    /// Adds to a counter. `Ok` means that it is counted and stays so, whatever crashes afterwards.
    ///
    /// An addition whose request id was counted already is not counted again; the answer is `Ok` then too. What is
    /// refused for its key or amount, or with [`Failure::Refused`], is not counted by this call, now or later.
    async fn add(&self, addition: Addition) -> Result<(), AddError>;

    /// The sum of what was added to a counter; 0 if nothing was.
    ///
    /// It holds every addition that was acknowledged before the call began, each once, and none that was begun only
    /// after the answer left. Additions under way meanwhile may or may not be in it, but what is in it was counted before
    /// all that is not: a sum that the counter never had is no answer.
    async fn get(&self, key: String) -> Result<i64, GetError>;
}
