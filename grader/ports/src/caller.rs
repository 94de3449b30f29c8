//! Who calls a contract's method, as the edge of the datacentre authenticated it.

use crate::Time;
use serde::{Deserialize, Serialize};

/// The authenticated origin of a call. Nothing in it can be forged by a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The account: a user, an advertiser, a gateway calling back.
    pub principal: String,
    /// The device of that account, where a system tells devices apart; else empty.
    pub device: String,
    /// The session at that device, where a system has sessions; else empty.
    pub session: String,
    /// The region the call came in through, such as `eu-west`; else empty.
    pub region: String,
    /// The client's IP address as text; empty if it does not matter.
    pub ip: String,
    /// When the client stops waiting. The handler is not cancelled then; nobody reads its answer any more.
    pub deadline: Option<Time>,
}

impl Caller {
    /// A caller known by its account alone.
    pub fn new(principal: impl Into<String>) -> Caller {
        Caller { principal: principal.into(), ..Caller::default() }
    }
}
