//! Runs the hostile submission.
#![allow(dead_code, reason = "each test program uses a part of it")]

use hostile::{Config, Deed, DeedError, HostileContract};
use kata::private::Contract;
use kata_ports::wire::{Act, Delivery, Event, Role};
use kata_ports::{Caller, NodeId, Time};
use kata_runner::sandbox::SandboxStub;
use kata_runner::{BuildOptions, ChildHost, Launch, Limits, Mode, Submission, Transport, build};
use kata_sim::{Host, HostError};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The hostile submission, built.
pub(crate) fn executable() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hostile");
        let submission = Submission::find(&folder).expect("the fixture is a submission");
        let options = BuildOptions { offline: true, ..BuildOptions::default() };
        build(&submission, options, &mut |_| ()).expect("the fixture compiles").executable
    };
    BUILT.get_or_init(build).clone()
}

/// How to start it, in the sandbox.
pub(crate) fn launch() -> Launch {
    let role = Role { contract: "Hostile".to_owned(), hash: HostileContract::<Nobody>::hash() };
    let stub = SandboxStub { program: env!("CARGO_BIN_EXE_kata-sandbox").into(), args: Vec::new() };
    Launch {
        executable: executable(),
        variant: None,
        roles: vec![role],
        limits: Limits::default(),
        sandbox: Some(stub),
        transport: Transport::Mailbox,
    }
}

/// A type for the contract's sake.
pub(crate) struct Nobody;

impl hostile::Hostile for Nobody {
    async fn open(_env: hostile::Env, _config: Config) -> Result<Nobody, kata::OpenError> {
        Ok(Nobody)
    }

    async fn act(&self, _deed: Deed) -> Result<u64, DeedError> {
        Ok(0)
    }

    fn act_at_once(&self, deed: Deed) -> u64 {
        deed as u64
    }
}

/// A host with one schedule begun.
pub(crate) fn begun(launch: Launch, mode: Mode) -> Result<ChildHost, HostError> {
    let mut host = ChildHost::start(launch, mode)?;
    host.begin()?;
    Ok(host)
}

/// Starts a node.
pub(crate) fn start_node(host: &mut ChildHost, node: u16) -> Result<Vec<Act>, HostError> {
    start_node_with(host, node, 7)
}

/// Starts a node with this seed.
pub(crate) fn start_node_with(host: &mut ChildHost, node: u16, seed: u64) -> Result<Vec<Act>, HostError> {
    let config = postcard::to_stdvec(&Config {}).expect("a configuration encodes");
    deliver(host, node, Event::Start { seed, role: 0, config })
}

/// Delivers an event.
pub(crate) fn deliver(host: &mut ChildHost, node: u16, event: Event) -> Result<Vec<Act>, HostError> {
    let mut acts = Vec::new();
    let delivery = Delivery { node: NodeId(node), now: Time::from_secs(1_800_000_000), event };
    host.deliver(&delivery, &mut acts)?;
    Ok(acts)
}

/// Calls a node that runs.
pub(crate) fn call(host: &mut ChildHost, node: u16, deed: Deed) -> Result<Vec<Act>, HostError> {
    let args = postcard::to_stdvec(&(deed,)).expect("a deed encodes");
    deliver(host, node, Event::Call { call: 1, method: 0, caller: Caller::default(), args })
}

/// What a node that runs answers.
pub(crate) fn answer(host: &mut ChildHost, node: u16, deed: Deed) -> Result<u64, HostError> {
    let acts = call(host, node, deed)?;
    let result = acts.iter().find_map(|act| match act {
        Act::Return { result, .. } => Some(result),
        _ => None,
    });
    let result = result.unwrap_or_else(|| panic!("{deed:?} returns nothing: {acts:?}"));
    let answer: Result<u64, DeedError> = postcard::from_bytes(result).expect("an answer decodes");
    Ok(answer.expect("a deed answers"))
}
