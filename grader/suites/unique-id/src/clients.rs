//! What clients of this kata do, whatever the stage: ask one node or any, and enter what they get into a register.

use super::forms::{self, Form};
use super::register::{Register, Span};
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_ports::NodeId;
use kata_sim::{Datacentre, Expect};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use unique_id::{Config, MintError, TextError, UniqueIdClient as Client};

/// How long clients wait before they ask again.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
/// Ids of one call in a storm: five milliseconds of one worker.
const STORM_COUNT: u32 = 20_000;

/// Deploys `nodes` nodes, and a desk at each.
pub(crate) async fn desks(dc: &Datacentre, nodes: u16, config: Config) -> Vec<Desk<'_>> {
    dc.deploy::<Client>(nodes, config).await;
    dc.nodes().into_iter().map(|node| Desk::new(dc, node)).collect()
}

/// Where clients ask one node.
pub(crate) struct Desk<'a> {
    dc: &'a Datacentre,
    pub(crate) node: NodeId,
    pub(crate) client: Client,
    /// The greatest that this life of the node has answered, per form.
    id: Cell<u64>,
    uuid: RefCell<String>,
    ulid: RefCell<String>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(dc: &'a Datacentre, node: NodeId) -> Desk<'a> {
        let (id, uuid, ulid) = (Cell::default(), RefCell::default(), RefCell::default());
        Desk { dc, node, client: dc.client_at("ana", node), id, uuid, ulid }
    }

    /// Asks for Snowflakes. What a right answer cannot be is a complaint.
    pub(crate) async fn try_mint(
        &self,
        register: &Register,
        count: u32,
    ) -> Result<Answer<Vec<u64>, MintError>, Complaint> {
        let (began, before) = (self.dc.now(), self.id.get());
        let answer = self.client.mint(count).await;
        if let Answer::Ok(ids) = &answer {
            register.enter(count, ids, Span { began, ended: self.dc.now() })?;
            let (first, last) = (ids[0], ids[ids.len() - 1]);
            ensure!(
                first > before,
                "ids of a node do not rise",
                "ids greater than {before}, which it answered before",
                "{first}"
            );
            self.id.set(self.id.get().max(last));
        }
        Ok(answer)
    }

    /// Asks for Snowflakes, which are due.
    pub(crate) async fn mint(&self, register: &Register, count: u32) -> Result<Vec<u64>, Complaint> {
        let what = format!("a call of mint({count}) to {}", self.node);
        self.try_mint(register, count).await?.expect_ok(&what)
    }

    /// Asks for UUIDs, which are always due.
    pub(crate) async fn uuids(&self, register: &Register, count: u32) -> Outcome {
        self.texts(register, forms::uuid, &self.uuid, count, "uuids", self.client.uuids(count)).await
    }

    /// Asks for ULIDs, which are always due.
    pub(crate) async fn ulids(&self, register: &Register, count: u32) -> Outcome {
        self.texts(register, forms::ulid, &self.ulid, count, "ulids", self.client.ulids(count)).await
    }

    async fn texts(
        &self,
        register: &Register,
        form: Form,
        greatest: &RefCell<String>,
        count: u32,
        method: &str,
        call: impl Future<Output = Answer<Vec<String>, TextError>>,
    ) -> Outcome {
        let (began, before) = (self.dc.now(), greatest.borrow().clone());
        let texts = call.await.expect_ok(&format!("a call of {method}({count}) to {}", self.node))?;
        register.enter_texts(form, count, &texts, Span { began, ended: self.dc.now() })?;
        let (first, last) = (texts[0].clone(), texts[texts.len() - 1].clone());
        ensure!(
            first > before,
            "ids of a node do not rise",
            "ids greater than {before}, which it answered before",
            "{first}"
        );
        if last > *greatest.borrow() {
            greatest.replace(last);
        }
        Ok(())
    }

    /// Asks for Snowflakes until there are some; a complaint after `lasting`.
    pub(crate) async fn mint_at_last(&self, register: &Register, count: u32, lasting: Duration) -> Outcome {
        let until = self.dc.now() + lasting;
        loop {
            let answer = self.try_mint(register, count).await?;
            if answer.is_ok() {
                return Ok(());
            }
            ensure!(
                self.dc.now() < until,
                "a node does not mint again",
                "Ok(..) at the latest {lasting:?} after all is well",
                "{answer}"
            );
            self.dc.sleep(PATIENCE).await;
        }
    }

    /// The node starts anew: ids need not rise any more.
    pub(crate) fn new_life(&self) {
        self.id.set(0);
        self.uuid.take();
        self.ulid.take();
    }

    /// Clients ask for so many ids at once that the node mints without a pause, for `rounds` times 20,000 ids. A storm on
    /// several nodes lets each use up the milliseconds that the others use up, too. What is refused is refused; how many
    /// calls were answered.
    pub(crate) async fn storm(&self, register: &Register, rounds: u32) -> Result<u32, Complaint> {
        // Two clients, so that one call is there while the other's answer is on its way.
        let answered = Cell::new(0);
        try_join_all((0..2).map(|_| async {
            for _ in 0..rounds {
                let ok = self.try_mint(register, STORM_COUNT).await?.is_ok();
                answered.set(answered.get() + u32::from(ok));
            }
            Ok::<(), Complaint>(())
        }))
        .await?;
        Ok(answered.get())
    }
}
