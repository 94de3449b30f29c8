//! Stage `integration`: a sale on real services, with a crowd, and with kills in the middle of it.

use crate::bank::Bank;
use crate::hall::{Hall, MOMENT, ORGANISER, PRICE, config, insist};
use futures_util::future::join_all;
use futures_util::join;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::rules::{outage, unreachable};
use kata_sim::{Arrivals, Datacentre, Expect, Port, requirement};
use std::collections::BTreeMap;
use std::time::Duration;
use ticket_booking::{
    Booking, Config, ConfirmError, Event, Hold, PaymentsService, Reserve, ReserveError,
    TicketBookingClient as Client,
};

const EVENT: &str = "stadium";
/// Enough for a while, and too few for everybody.
const SEATS: u64 = 60;
const BUYERS: u64 = 120;
/// How many groups of seats a buyer tries for.
const TRIES: u64 = 4;

/// Deploys three nodes and puts an event with that many seats on sale.
async fn on_sale(dc: &Datacentre, seats: u64) -> Result<Hall<'_>, Complaint> {
    let bank = PaymentsService::new(Bank::default());
    dc.gateway(bank.clone());
    // A short lag, so that nobody waits for it.
    let availability_lag = Duration::from_millis(200);
    let config = Config { seats_per_event_max: 1_000, availability_lag, ..config() };
    dc.deploy::<Client>(3, config.clone()).await;
    let event = Event {
        id: EVENT.to_owned(),
        title: "The Quiet Hours, at large".to_owned(),
        price_cents: PRICE,
        seats: (1..=seats).map(seat).collect(),
    };
    let organiser = dc.client::<Client>(ORGANISER);
    insist(dc, || organiser.open_event(event.clone())).await.expect_ok("opening the event")?;
    Ok(Hall { dc, bank, config })
}

fn seat(number: u64) -> String {
    format!("S{number}")
}

fn name(buyer: u64) -> String {
    format!("buyer-{buyer}")
}

/// What a buyer got hold of.
struct Got {
    buyer: u64,
    hold: Hold,
    /// What became of it, if it was paid for.
    booking: Option<Booking>,
}

/// Tries to get two neighbouring seats and to pay for them, and others if they are taken.
async fn buys(dc: &Datacentre, buyer: u64) -> Result<Option<Got>, Complaint> {
    let office = dc.client::<Client>(name(buyer));
    for request_id in 1..=TRIES {
        let first = 1 + dc.pick(&format!("{} wants {request_id}", name(buyer)), SEATS - 1);
        let wanted =
            Reserve { event: EVENT.to_owned(), seats: vec![seat(first), seat(first + 1)], request_id };
        let hold = match insist(dc, || office.reserve(wanted.clone())).await {
            Answer::Ok(hold) => hold,
            // An attempt without an answer may have held them for nothing.
            Answer::Refused(ReserveError::Taken | ReserveError::Ended) => continue,
            other => return Err(unanswered(buyer, "reserve", &other)),
        };
        let booking = match insist(dc, || office.confirm(hold.id.clone())).await {
            Answer::Ok(booking) => Some(booking),
            Answer::Refused(ConfirmError::Ended) => None,
            other => return Err(unanswered(buyer, "confirm", &other)),
        };
        return Ok(Some(Got { buyer, hold, booking }));
    }
    Ok(None)
}

fn unanswered(buyer: u64, call: &str, answer: &impl std::fmt::Display) -> Complaint {
    let summary = format!("{}'s {call} never succeeds", name(buyer));
    Complaint::new(summary, "a definite answer once everything works again", answer.to_string())
}

/// Demands that no seat was held or sold twice, that what was sold stays sold and is paid for, and that who asks sees it.
async fn is_sold_soundly(hall: &Hall<'_>, sales: &[Got]) -> Outcome {
    let dc = hall.dc;
    dc.beyond_doubt();
    // Nobody cancels, so whoever holds a seat has it until the hold lapses.
    let none_lapsed = sales.iter().all(|got| dc.now() + hall.config.clock_error < got.hold.until);
    let mut owners = BTreeMap::new();
    for got in sales.iter().filter(|got| none_lapsed || got.booking.is_some()) {
        for seat in &got.hold.seats {
            let before = owners.insert(seat.clone(), got.buyer);
            let (first, second) = (before.map(name).unwrap_or_default(), name(got.buyer));
            ensure!(
                before.is_none(),
                "seat {seat} was sold twice",
                "one hold of {seat} until it lapses or is booked",
                "{first} and {second} have it"
            );
        }
    }
    for Got { buyer, hold, booking } in sales {
        let Some(booking) = booking else {
            ensure!(
                !none_lapsed,
                "a hold ended early",
                "{hold:?} can be confirmed until it lapses",
                "Err(Ended)"
            );
            continue;
        };
        let office = dc.client::<Client>(name(*buyer));
        let again = insist(dc, || office.confirm(hold.id.clone())).await;
        ensure!(
            matches!(&again, Answer::Ok(again) if again == booking),
            "a booking did not last",
            "{booking:?}, however often it is confirmed",
            "{again}"
        );
        hall.expect_paid(&name(*buyer), booking.seats.len())?;
    }
    dc.sleep(hall.config.availability_lag + MOMENT / 5).await;
    let desk = dc.client::<Client>("desk");
    let seen = insist(dc, || desk.availability(EVENT.to_owned())).await.expect_ok("availability")?;
    let on_sale_again = seen.free.iter().find(|seat| owners.contains_key(*seat));
    ensure!(
        on_sale_again.is_none(),
        "a booked seat is on sale",
        "no booked seat is free",
        "{on_sale_again:?} is"
    );
    Ok(())
}

/// Everybody buys at the same time.
async fn crowd(dc: &Datacentre, buyers: u64) -> Result<Vec<Got>, Complaint> {
    let mut sales = Vec::new();
    for bought in join_all((0..buyers).map(|buyer| buys(dc, buyer))).await {
        sales.extend(bought?);
    }
    let have = sales.len();
    ensure!(
        have >= 5,
        "hardly anybody gets seats",
        "{buyers} buyers of {SEATS} free seats, and at least 5 of them have two in the end",
        "{have} have"
    );
    Ok(sales)
}

/// 120 buyers want 60 seats at the same time, from three nodes on a real database: no seat is sold twice, nobody pays for what
/// they do not have, and seats are sold.
#[requirement(stage = "integration", level = integration, points = 4)]
pub(crate) async fn a_crowd_buys_each_seat_once(dc: &Datacentre) -> Outcome {
    let hall = on_sale(dc, SEATS).await?;
    let sales = crowd(dc, BUYERS).await?;
    is_sold_soundly(&hall, &sales).await
}

/// A node and the cache are killed while the crowd buys, and started again: everybody who insists gets a definite answer, and what
/// was sold stays sold, once.
#[requirement(stage = "integration", level = integration, points = 4)]
pub(crate) async fn a_sale_survives_kills(dc: &Datacentre) -> Outcome {
    let hall = on_sale(dc, SEATS).await?;
    let kills = async {
        let node = dc.nodes()[dc.pick("victim", 3) as usize];
        dc.sleep(Duration::from_millis(100)).await;
        dc.crash(node);
        let gone = dc.install(outage(Port::Cache));
        dc.sleep(Duration::from_millis(300)).await;
        drop(gone);
        dc.restart(node).await;
    };
    let (sales, ()) = join!(crowd(dc, BUYERS), kills);
    dc.heal().await;
    is_sold_soundly(&hall, &sales?).await
}

/// The database stands still for a while in the middle of the sale, as if its machine were paused. What was under way may have
/// happened or not; who asks again learns, and no seat is sold twice.
#[requirement(stage = "integration", level = integration, points = 4)]
pub(crate) async fn a_sale_survives_a_paused_database(dc: &Datacentre) -> Outcome {
    let hall = on_sale(dc, SEATS).await?;
    let pause = async {
        dc.sleep(Duration::from_millis(60)).await;
        let paused = dc.install(unreachable(Port::Table));
        dc.sleep(Duration::from_millis(1_300)).await;
        drop(paused);
    };
    let (sales, ()) = join!(crowd(dc, BUYERS / 3), pause);
    dc.heal().await;
    is_sold_soundly(&hall, &sales?).await
}

/// How the box office serves visitors who come when they come, 150 a second for two seconds and a half: one in ten reserves a seat, the others
/// look what is free. Worth no points: what it takes depends on the machine.
#[requirement(stage = "integration", level = integration, points = 0)]
pub(crate) async fn a_load_is_measured(dc: &Datacentre) -> Outcome {
    let _hall = on_sale(dc, 500).await?;
    let load = dc.load("visits", Arrivals::poisson(150, Duration::from_millis(2_500)));
    let served = load.warming_up(Duration::from_millis(500)).run(|visitor| async move {
        let office = dc.client::<Client>(name(visitor.number));
        if !visitor.is_one_in("buys", 0.1) {
            return Ok(office.availability(EVENT.to_owned()).await.is_ok());
        }
        let seats = vec![seat(1 + visitor.draw("seat") % 500)];
        let answer = office.reserve(Reserve { event: EVENT.to_owned(), seats, request_id: 1 }).await;
        Ok(matches!(answer, Answer::Ok(_) | Answer::Refused(ReserveError::Taken)))
    });
    served.await.map(drop)
}
