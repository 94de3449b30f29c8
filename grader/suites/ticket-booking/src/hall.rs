//! What scenarios share: a box office with one event on sale, its provider, and clients that insist.

use crate::bank::Bank;
use kata::Answer;
use kata::failure::ContractError;
use kata_check::{Complaint, Outcome, ensure};
use kata_ports::Time;
use kata_sim::{Datacentre, Expect, Port, rules};
use std::future::Future;
use std::time::Duration;
use ticket_booking::{
    Availability, Booking, CancelError, Config, ConfirmError, Event, Hold, JoinError, PaymentsService, Place,
    Reserve, ReserveError, TicketBookingClient,
};

/// The event that most scenarios sell.
pub(crate) const GIG: &str = "gig";
/// The price of a seat.
pub(crate) const PRICE: u64 = 4_200;
/// Who opens events.
pub(crate) const ORGANISER: &str = "hall";
/// What keys are put together with.
pub(crate) const GLUE: [&str; 9] = ["-", ":", "/", "|", "#", ".", "_", ",", " "];
/// Longer than the ways of one call take: the slack around moments that several calls in a row must meet.
pub(crate) const MOMENT: Duration = Duration::from_millis(500);
/// The longest that a request takes to have its effect once its node gave up on it.
pub(crate) const LATE: Duration = Duration::from_secs(7);

/// Short times, so that scenarios see holds lapse; the waiting room is off.
pub(crate) fn config() -> Config {
    Config {
        organiser: ORGANISER.to_owned(),
        hold_for: Duration::from_secs(20),
        grace: Duration::from_secs(10),
        availability_lag: Duration::from_secs(1),
        refund_within: Duration::from_secs(20),
        clock_error: Duration::from_millis(500),
        seats_per_event_max: 12,
        seats_per_hold_max: 3,
        waiting_room: None,
    }
}

/// An event with seats A1 to A4.
pub(crate) fn event(id: &str) -> Event {
    Event {
        id: id.to_owned(),
        title: "The Quiet Hours, live".to_owned(),
        price_cents: PRICE,
        seats: seats(&["A1", "A2", "A3", "A4"]),
    }
}

pub(crate) fn seats(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A request for seats of the gig.
pub(crate) fn wants(names: &[&str], request_id: u64) -> Reserve {
    Reserve { event: GIG.to_owned(), seats: seats(names), request_id }
}

/// Where requests to the provider go, for rules.
pub(crate) fn payments() -> Port {
    Port::Gateway("payments".to_owned())
}

/// A deployed box office.
pub(crate) struct Hall<'a> {
    pub(crate) dc: &'a Datacentre,
    pub(crate) bank: PaymentsService<Bank>,
    pub(crate) config: Config,
}

/// One client.
pub(crate) struct Buyer<'a> {
    pub(crate) name: &'static str,
    pub(crate) office: TicketBookingClient,
    hall: &'a Hall<'a>,
}

impl<'a> Hall<'a> {
    /// Deploys two nodes; nothing is on sale.
    pub(crate) async fn empty(dc: &'a Datacentre, config: Config) -> Hall<'a> {
        let bank = PaymentsService::new(Bank::default());
        dc.gateway(bank.clone());
        dc.deploy::<TicketBookingClient>(2, config.clone()).await;
        Hall { dc, bank, config }
    }

    /// Deploys two nodes and puts the gig on sale.
    pub(crate) async fn open(dc: &'a Datacentre, config: Config) -> Result<Hall<'a>, Complaint> {
        let hall = Hall::empty(dc, config).await;
        hall.put_on_sale(GIG).await?;
        Ok(hall)
    }

    /// Opens an event.
    pub(crate) async fn put_on_sale(&self, id: &str) -> Outcome {
        let organiser = self.dc.client::<TicketBookingClient>(ORGANISER);
        let opened = insist(self.dc, || organiser.open_event(event(id))).await;
        opened.expect_ok(&format!("opening {id}"))
    }

    /// A client of that account.
    pub(crate) fn buyer(&'a self, name: &'static str) -> Buyer<'a> {
        Buyer { name, office: self.dc.client(name), hall: self }
    }

    /// A client of that account whose calls all go to that node.
    pub(crate) fn buyer_at(&'a self, name: &'static str, node: usize) -> Buyer<'a> {
        let node = self.dc.nodes()[node];
        Buyer { name, office: self.dc.client_at(name, node), hall: self }
    }

    /// From then on a hold that was not booked has lapsed.
    pub(crate) fn over(&self, hold: &Hold) -> Time {
        hold.until + self.config.grace
    }

    /// When every hold there may be now, also of a request that is still late, has lapsed.
    pub(crate) fn all_over(&self) -> Time {
        self.dc.now() + self.config.hold_for + self.config.clock_error + self.config.grace + LATE
    }

    /// Waits until money is back that was charged for holds that ended until `ended`, or is on its way still.
    pub(crate) async fn sleep_until_paid_back(&self, ended: Time) {
        self.dc.sleep_until(ended.max(self.dc.now()) + self.config.refund_within + MOMENT).await;
    }

    /// Demands that an account has paid for that many seats, no more and no less.
    pub(crate) fn expect_paid(&self, account: &str, seats: usize) -> Outcome {
        let (paid, due) = (self.bank.model().paid(account), PRICE * seats as u64);
        let told = self.bank.model().told(account);
        ensure!(
            paid == due,
            "{account} has paid {paid} cents for {seats} booked seats",
            "{due} cents paid and not paid back",
            "{paid} cents: {told}",
        );
        Ok(())
    }
}

impl Buyer<'_> {
    pub(crate) async fn reserve(&self, names: &[&str], request_id: u64) -> Answer<Hold, ReserveError> {
        self.office.reserve(wants(names, request_id)).await
    }

    pub(crate) async fn confirm(&self, hold: &Hold) -> Answer<Booking, ConfirmError> {
        self.office.confirm(hold.id.clone()).await
    }

    pub(crate) async fn cancel(&self, hold: &Hold) -> Answer<(), CancelError> {
        self.office.cancel(hold.id.clone()).await
    }

    pub(crate) async fn join(&self) -> Answer<Place, JoinError> {
        self.office.join(GIG.to_owned()).await
    }

    /// Reserves, again while there is no answer.
    pub(crate) async fn insist_reserve(&self, names: &[&str], request_id: u64) -> Answer<Hold, ReserveError> {
        insist(self.hall.dc, || self.reserve(names, request_id)).await
    }

    /// Confirms, again while there is no answer.
    pub(crate) async fn insist_confirm(&self, hold: &Hold) -> Answer<Booking, ConfirmError> {
        insist(self.hall.dc, || self.confirm(hold)).await
    }

    /// Reserves; a complaint if that does not succeed.
    pub(crate) async fn holds(&self, names: &[&str], request_id: u64) -> Result<Hold, Complaint> {
        let call = format!("{}'s reserve of {}", self.name, names.join(" "));
        self.insist_reserve(names, request_id).await.expect_ok(&call)
    }

    /// Confirms; a complaint if that does not succeed.
    pub(crate) async fn books(&self, hold: &Hold) -> Result<Booking, Complaint> {
        let call = format!("{}'s confirm of {}", self.name, hold.seats.join(" "));
        self.insist_confirm(hold).await.expect_ok(&call)
    }

    /// Confirms while no answer of the provider arrives: what it was asked for happens, and nobody hears of it. A complaint if the
    /// confirm succeeds nevertheless.
    pub(crate) async fn confirms_unheard(&self, hold: &Hold) -> Outcome {
        let mute = self.hall.dc.install(rules::lose_answers(payments(), 1_000));
        let confirmed = self.confirm(hold).await;
        ensure!(
            !confirmed.is_ok(),
            "a confirm whose payment is unknown pretends to know",
            "no answer, or Err(Failed(..))",
            "{confirmed}",
        );
        drop(mute);
        Ok(())
    }

    /// Confirms after all is said and done: the booking, or nothing if the hold has ended. Anything else is a complaint.
    pub(crate) async fn learns(&self, hold: &Hold) -> Result<Option<Booking>, Complaint> {
        match self.insist_confirm(hold).await {
            Answer::Ok(booking) => Ok(Some(booking)),
            Answer::Refused(ConfirmError::Ended) => Ok(None),
            other => Err(Complaint::new(
                format!("{} cannot learn what became of the hold of {}", self.name, hold.seats.join(" ")),
                "its booking, or Ended",
                other.to_string(),
            )),
        }
    }

    /// Reserves what others have; a complaint unless that is refused as taken.
    pub(crate) async fn finds_taken(&self, names: &[&str], request_id: u64, why: &str) -> Outcome {
        let call = format!("{}'s reserve of {}", self.name, names.join(" "));
        let answer = self.reserve(names, request_id).await;
        if answer == Answer::Refused(ReserveError::Taken) {
            return Ok(());
        }
        Err(Complaint::new(format!("{call} was not refused: {why}"), "Err(Taken)", answer.to_string()))
    }

    /// The seats of the gig that can be had.
    pub(crate) async fn sees_free(&self) -> Result<Vec<String>, Complaint> {
        let Availability { free } = insist(self.hall.dc, || self.office.availability(GIG.to_owned()))
            .await
            .expect_ok("availability")?;
        Ok(free)
    }
}

/// Calls until there is an answer that is not about infrastructure, as clients do who mean it; gives up once any storm must be
/// over.
pub(crate) async fn insist<T, E: ContractError, F: Future<Output = Answer<T, E>>>(
    dc: &Datacentre,
    call: impl Fn() -> F,
) -> Answer<T, E> {
    const TRIES: u32 = 8;
    for _ in 1..TRIES {
        match call().await {
            Answer::Unknown => {}
            Answer::Refused(error) if error.failure().is_some() => {}
            answer => return answer,
        }
        dc.sleep(MOMENT).await;
    }
    call().await
}

/// Demands that a call was refused with that error.
pub(crate) fn expect_error<T: std::fmt::Debug, E: std::fmt::Debug + PartialEq>(
    answer: Answer<T, E>,
    error: E,
    call: &str,
) -> Outcome {
    match &answer {
        Answer::Refused(told) if *told == error => Ok(()),
        _ => Err(Complaint::new(
            format!("{call} was not refused as it should be"),
            format!("Err({error:?})"),
            answer.to_string(),
        )),
    }
}
