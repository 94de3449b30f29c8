//! What the scenarios of level `scale` share: a box office with many nodes, big events, and a memory of who wanted which seat.

use crate::bank::Bank;
use crate::hall::{LATE, ORGANISER, PRICE, insist};
use futures_util::future::try_join_all;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, Provision};
use std::cell::RefCell;
use ticket_booking::{
    Booking, Config, ConfirmError, Event, Hold, PaymentsService, Reserve, ReserveError, TicketBookingClient,
};

/// As the contract says.
const CACHE_SHARDS: u32 = 4;
/// The numbers of those who come when the crowd has gone.
const LATECOMERS: u64 = 1_000_000;

/// The ordinary times, as no hold lapses while a load lasts.
pub(crate) fn config() -> Config {
    Config { organiser: ORGANISER.to_owned(), ..Config::default() }
}

/// An event with that many seats.
pub(crate) fn event(id: &str, seats: usize) -> Event {
    let seats = (0..seats).map(seat).collect();
    Event { id: id.to_owned(), title: "The Quiet Hours, live".to_owned(), price_cents: PRICE, seats }
}

/// The name of a seat.
pub(crate) fn seat(index: usize) -> String {
    format!("S{index:03}")
}

/// The seat of that name.
pub(crate) fn index_of(seat: &str) -> Option<usize> {
    seat.strip_prefix('S')?.parse().ok()
}

/// A deployed box office.
pub(crate) struct Sale<'a> {
    pub(crate) dc: &'a Datacentre,
    pub(crate) bank: PaymentsService<Bank>,
    config: Config,
}

impl<'a> Sale<'a> {
    /// Deploys so many nodes and puts the events on sale.
    pub(crate) async fn open(
        dc: &'a Datacentre,
        nodes: u16,
        config: Config,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Sale<'a>, Complaint> {
        let bank = PaymentsService::new(Bank::default());
        dc.gateway(bank.clone());
        dc.provision(Provision { cache_shards: CACHE_SHARDS, ..Provision::default() });
        dc.deploy::<TicketBookingClient>(nodes, config.clone()).await;
        let organiser = &dc.client::<TicketBookingClient>(ORGANISER);
        let openings = events.into_iter().map(|event| async move {
            let opened = insist(dc, || organiser.open_event(event.clone())).await;
            opened.expect_ok(&format!("opening {}", event.id))
        });
        try_join_all(openings).await?;
        Ok(Sale { dc, bank, config })
    }

    /// The client of somebody in the crowd.
    pub(crate) fn buyer(&self, number: u64) -> TicketBookingClient {
        self.dc.client(account(number))
    }

    /// Books all that is held, each hold by the one who has it, and demands that everybody has paid for exactly that. Returns
    /// how many seats that are.
    pub(crate) async fn book_all(&self, holds: &[(u64, Hold)]) -> Result<usize, Complaint> {
        try_join_all(holds.iter().map(|(number, hold)| self.book(*number, hold))).await?;
        let seats: usize = holds.iter().map(|(_, hold)| hold.seats.len()).sum();
        let (paid, due) = (self.bank.model().taken(), PRICE * seats as u64);
        ensure!(
            paid == due,
            "the money does not fit what was sold",
            "{due} cents paid for {seats} seats",
            "{paid} cents",
        );
        Ok(seats)
    }

    /// Sleeps until nothing is held that was not booked, also by requests whose outcome nobody knows.
    pub(crate) async fn sleep_until_lapsed(&self) {
        let Config { hold_for, clock_error, grace, .. } = self.config;
        self.dc.sleep(hold_for + clock_error + grace + LATE).await;
    }

    async fn book(&self, number: u64, hold: &Hold) -> Outcome {
        let buyer = self.buyer(number);
        let confirmed = insist(self.dc, || buyer.confirm(hold.id.clone())).await;
        check_booking(hold, &confirmed)?;
        confirmed.expect_ok(&format!("{}'s confirm", account(number)))?;
        Ok(())
    }
}

/// The account of somebody in the crowd.
pub(crate) fn account(number: u64) -> String {
    format!("buyer-{number}")
}

/// A request for seats.
pub(crate) fn wants(event: &str, seats: impl IntoIterator<Item = usize>) -> Reserve {
    let seats = seats.into_iter().map(seat).collect();
    Reserve { event: event.to_owned(), seats, request_id: 1 }
}

/// Demands that a confirm of a hold that lives did not go wrong. Returns whether it is a booking: the alternative is that
/// infrastructure failed.
pub(crate) fn check_booking(hold: &Hold, answer: &Answer<Booking, ConfirmError>) -> Result<bool, Complaint> {
    match answer {
        Answer::Ok(booking) => {
            ensure!(
                booking.seats == hold.seats && booking.paid_cents == hold.price_cents,
                "a booking is not what was held",
                "{hold:?}",
                "{booking:?}",
            );
            Ok(true)
        }
        Answer::Unknown | Answer::Refused(ConfirmError::Failed(_)) => Ok(false),
        Answer::Refused(_) => Err(Complaint::new(
            "a hold that lives cannot be booked under load",
            "a booking",
            answer.to_string(),
        )),
    }
}

/// Who wanted which seats of an event, and who holds them.
pub(crate) struct Wanted {
    seats: RefCell<Vec<Seat>>,
    holds: RefCell<Vec<(u64, Hold)>>,
    /// Those who never heard what became of their request.
    unheard: RefCell<Vec<(u64, Reserve)>>,
}

/// One seat.
#[derive(Clone, Default)]
struct Seat {
    /// How many have asked for it.
    asked: u32,
    /// Who holds it.
    holder: Option<u64>,
}

impl Wanted {
    pub(crate) fn new(seats: usize) -> Wanted {
        Wanted {
            seats: RefCell::new(vec![Seat::default(); seats]),
            holds: RefCell::default(),
            unheard: RefCell::default(),
        }
    }

    /// Somebody asks for seats. Returns whether the call was served, and demands that its answer fits those of the others: nobody
    /// gets what somebody else holds, and nobody is refused what nobody else wants.
    pub(crate) async fn reserve(
        &self,
        sale: &Sale<'_>,
        number: u64,
        request: Reserve,
    ) -> Result<bool, Complaint> {
        self.asks(&request);
        let answer = sale.buyer(number).reserve(request.clone()).await;
        let served = self.hears(number, &request, answer)?;
        if !served {
            self.unheard.borrow_mut().push((number, request));
        }
        Ok(served)
    }

    /// All who never heard what became of their request ask again until they do. Returns whether there are any.
    pub(crate) async fn insist(&self, sale: &Sale<'_>) -> Result<bool, Complaint> {
        let unheard = self.unheard.take();
        let any = !unheard.is_empty();
        try_join_all(unheard.into_iter().map(async |(number, request)| {
            let buyer = sale.buyer(number);
            let answer = insist(sale.dc, || buyer.reserve(request.clone())).await;
            self.hears(number, &request, answer).map(|_| ())
        }))
        .await?;
        Ok(any)
    }

    /// Latecomers ask for what nobody holds, a seat each, and have to get it.
    pub(crate) async fn sell_the_rest(&self, sale: &Sale<'_>, event: &str) -> Outcome {
        for index in self.left() {
            let (number, name) = (LATECOMERS + index as u64, seat(index));
            let buyer = sale.buyer(number);
            let answer = insist(sale.dc, || buyer.reserve(wants(event, [index]))).await;
            let hold = answer.expect_ok(&format!("a latecomer's reserve of {name}, which nobody holds,"))?;
            self.holds(number, hold)?;
        }
        Ok(())
    }

    /// Notes that somebody asks for seats.
    pub(crate) fn asks(&self, request: &Reserve) {
        let mut seats = self.seats.borrow_mut();
        request.seats.iter().filter_map(|name| index_of(name)).for_each(|index| seats[index].asked += 1);
    }

    /// Notes what somebody was told who asked for seats. Returns whether it was an answer.
    pub(crate) fn hears(
        &self,
        number: u64,
        request: &Reserve,
        answer: Answer<Hold, ReserveError>,
    ) -> Result<bool, Complaint> {
        match answer {
            Answer::Ok(hold) => self.holds(number, hold).map(|()| true),
            Answer::Refused(ReserveError::Taken) => {
                let seats = self.seats.borrow();
                let asked_for = |name: &String| index_of(name).is_some_and(|index| seats[index].asked > 1);
                let (name, wanted) = (account(number), request.seats.join(" "));
                ensure!(
                    request.seats.iter().any(asked_for),
                    "{name} is refused {wanted}, which nobody else has asked for",
                    "a hold",
                    "Err(Taken)",
                );
                Ok(true)
            }
            Answer::Unknown | Answer::Refused(ReserveError::Failed(_)) => Ok(false),
            Answer::Refused(_) => {
                let (name, wanted) = (account(number), request.seats.join(" "));
                let summary = format!("the reserve of {wanted} by {name} is refused under load");
                Err(Complaint::new(summary, "a hold, or Taken", answer.to_string()))
            }
        }
    }

    fn holds(&self, number: u64, hold: Hold) -> Outcome {
        for name in &hold.seats {
            let Some(index) = index_of(name) else { continue };
            let before = self.seats.borrow_mut()[index].holder.replace(number).unwrap_or(number);
            let (one, other) = (account(before), account(number));
            ensure!(
                before == number,
                "seat {name} is held twice",
                "exactly one hold of {name}",
                "holds of {one} and {other}"
            );
        }
        self.holds.borrow_mut().push((number, hold));
        Ok(())
    }

    fn left(&self) -> Vec<usize> {
        let seats = self.seats.borrow();
        (0..seats.len()).filter(|&index| seats[index].holder.is_none()).collect()
    }

    /// What is held, and by whom.
    pub(crate) fn all_holds(&self) -> Vec<(u64, Hold)> {
        self.holds.borrow().clone()
    }
}
