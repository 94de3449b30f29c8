//! Examples of what a box office does. Add your own: `cargo test` runs them in a small datacentre of its own.

use kata::testing::{Datacentre, Deployment, NodeId};
use kata::{Answer, Time};
use std::collections::BTreeMap;
use std::time::Duration;
use ticket_booking::{
    Charge, Config, ConfirmError, Event, PaymentError, PaymentState, PaymentsModel, PaymentsService, Receipt,
    Refund, Reserve, ReserveError, TicketBookingClient, TicketBookingContract,
};
use ticket_booking_solution::BoxOffice;

/// A payment provider that pays whatever is asked for. It knows what was paid, by key; nothing once the key is closed.
#[derive(Default)]
struct Bank(BTreeMap<String, Option<Charge>>);

impl Bank {
    /// What all accounts have paid and not got back.
    fn taken_cents(&self) -> u64 {
        self.0.values().flatten().map(|charge| charge.amount_cents).sum()
    }
}

impl PaymentsModel for Bank {
    fn charge(&mut self, _now: Time, _from: NodeId, charge: Charge) -> Result<Receipt, PaymentError> {
        let receipt = Receipt { key: charge.key.clone(), amount_cents: charge.amount_cents };
        match self.0.entry(charge.key.clone()).or_insert(Some(charge.clone())) {
            Some(first) if *first == charge => Ok(receipt),
            Some(_) => Err(PaymentError::KeyReused),
            None => Err(PaymentError::Closed),
        }
    }

    fn refund(&mut self, _now: Time, _from: NodeId, key: String) -> Result<Refund, PaymentError> {
        let charged = self.0.insert(key, None).flatten();
        Ok(Refund { amount_cents: charged.map_or(0, |charge| charge.amount_cents) })
    }

    fn look_up(&mut self, _now: Time, _from: NodeId, key: String) -> Result<PaymentState, PaymentError> {
        Ok(match self.0.get(&key) {
            None => PaymentState::Unknown,
            Some(Some(_)) => PaymentState::Charged,
            Some(None) => PaymentState::Closed,
        })
    }
}

/// A box office of two nodes, with one event of three seats on sale.
fn on_sale(scenario: impl AsyncFnOnce(&Datacentre, PaymentsService<Bank>)) {
    let bank = PaymentsService::new(Bank::default());
    let deployment = Deployment::<TicketBookingContract<BoxOffice>>::new(Config::default());
    deployment.nodes(2).gateway(bank.clone()).run(async |dc| {
        let organiser = dc.client::<TicketBookingClient>(&Config::default().organiser);
        let seats = ["A1", "A2", "A3"].map(str::to_owned).to_vec();
        let event = Event { id: "gig".to_owned(), title: "A gig".to_owned(), price_cents: 4_200, seats };
        assert_eq!(organiser.open_event(event).await, Answer::Ok(()));
        scenario(dc, bank).await;
    });
}

fn wants(seats: &[&str], request_id: u64) -> Reserve {
    let seats = seats.iter().map(|&seat| seat.to_owned()).collect();
    Reserve { event: "gig".to_owned(), seats, request_id }
}

#[test]
fn a_hold_becomes_a_booking_and_is_paid_once() {
    on_sale(async |dc, bank| {
        let ana = dc.client::<TicketBookingClient>("ana");
        let hold = ana.reserve(wants(&["A1", "A2"], 1)).await.ok().unwrap();
        let booking = ana.confirm(hold.id.clone()).await.ok().unwrap();
        assert_eq!(booking.seats, hold.seats);
        assert_eq!(ana.confirm(hold.id).await, Answer::Ok(booking));
        assert_eq!(bank.model().taken_cents(), 8_400);
    });
}

#[test]
fn a_group_is_held_whole_or_not_at_all() {
    on_sale(async |dc, _| {
        let (ana, bo) = (dc.client::<TicketBookingClient>("ana"), dc.client::<TicketBookingClient>("bo"));
        assert!(bo.reserve(wants(&["A2"], 1)).await.is_ok());
        let group = ana.reserve(wants(&["A1", "A2", "A3"], 1)).await;
        assert_eq!(group, Answer::Refused(ReserveError::Taken));
        assert!(bo.reserve(wants(&["A1", "A3"], 2)).await.is_ok());
    });
}

#[test]
fn a_hold_lapses() {
    on_sale(async |dc, bank| {
        let (ana, bo) = (dc.client::<TicketBookingClient>("ana"), dc.client::<TicketBookingClient>("bo"));
        let hold = ana.reserve(wants(&["A1"], 1)).await.ok().unwrap();
        dc.sleep(Config::default().hold_for - Duration::from_secs(1)).await;
        assert_eq!(bo.reserve(wants(&["A1"], 1)).await, Answer::Refused(ReserveError::Taken));
        dc.sleep(Config::default().grace + Duration::from_secs(1)).await;
        assert!(bo.reserve(wants(&["A1"], 2)).await.is_ok());
        assert_eq!(ana.confirm(hold.id).await, Answer::Refused(ConfirmError::Ended));
        assert_eq!(bank.model().taken_cents(), 0);
    });
}

#[test]
fn a_cancelled_seat_can_be_had() {
    on_sale(async |dc, _| {
        let (ana, bo) = (dc.client::<TicketBookingClient>("ana"), dc.client::<TicketBookingClient>("bo"));
        let hold = ana.reserve(wants(&["A1"], 1)).await.ok().unwrap();
        assert_eq!(ana.cancel(hold.id).await, Answer::Ok(()));
        assert!(bo.reserve(wants(&["A1"], 1)).await.is_ok());
        dc.sleep(Config::default().availability_lag).await;
        let free = ana.availability("gig".to_owned()).await.ok().unwrap().free;
        assert_eq!(free, ["A2", "A3"]);
    });
}

#[test]
fn a_crash_forgets_no_hold() {
    on_sale(async |dc, _| {
        let ana = dc.client::<TicketBookingClient>("ana");
        let hold = ana.reserve(wants(&["A1"], 1)).await.ok().unwrap();
        dc.crash().await;
        assert_eq!(ana.reserve(wants(&["A1"], 1)).await, Answer::Ok(hold));
    });
}
