//! Stage `confirm`: money is taken, and the hold becomes a booking.

use crate::hall::{GLUE, Hall, ORGANISER, PRICE, config, event, expect_error, insist, seats};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::collections::BTreeSet;
use ticket_booking::{CancelError, Config, ConfirmError, Event, Reserve, ReserveError, TicketBookingClient};

/// Ana pays for her seats, and they are hers for good: long after every hold has lapsed, nobody else can have them.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 8)]
pub(crate) async fn a_confirmed_hold_is_paid_and_booked(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A2", "A1"], 1).await?;
    let booking = ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    ensure!(
        booking.event == hold.event && booking.seats == hold.seats && booking.paid_cents == hold.price_cents,
        "a booking is not what was held",
        "a booking of {hold:?}",
        "{booking:?}",
    );
    hall.expect_paid("ana", 2)?;
    bo.finds_taken(&["A1"], 1, "ana has booked A1").await?;
    dc.sleep_until(hall.over(&hold) + hall.config.availability_lag).await;
    bo.finds_taken(&["A2"], 2, "ana has booked A2").await?;
    let free = bo.sees_free().await?;
    ensure!(free == seats(&["A3", "A4"]), "booked seats are shown as free", "A3, A4", "{free:?}");
    hall.expect_paid("ana", 2)
}

/// Ana confirms twice, and once more long after the hold would have lapsed. It is one booking, paid once.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 8)]
pub(crate) async fn confirming_again_gives_the_same_booking(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let (hold, other) = (ana.holds(&["A1"], 1).await?, bo.holds(&["A2"], 1).await?);
    let first = ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    let second = ana.confirm(&hold).await.expect_ok("ana's second confirm")?;
    let others = bo.confirm(&other).await.expect_ok("bo's confirm")?;
    ensure!(
        others.id != first.id,
        "two bookings have the same id",
        "different ids",
        "the same for ana and bo"
    );
    dc.sleep_until(hall.over(&hold)).await;
    let third = ana.confirm(&hold).await.expect_ok("ana's confirm long after")?;
    ensure!(
        first == second && first == third,
        "confirming again gives another booking",
        "{first:?} each time",
        "{second:?}, then {third:?}",
    );
    let again = ana.reserve(&["A1"], 1).await.expect_ok("ana's request sent again after she booked")?;
    ensure!(again.id == hold.id, "a request sent again is another hold", "{hold:?}", "{again:?}");
    hall.expect_paid("ana", 1)?;
    hall.expect_paid("bo", 1)
}

/// Ana's bank declines, twice. She keeps her hold meanwhile, pays nothing, and books once the bank agrees.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 8)]
pub(crate) async fn a_declined_payment_can_be_tried_again(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    hall.bank.model_mut().decline("ana");
    for _ in 0..2 {
        expect_error(ana.confirm(&hold).await, ConfirmError::Declined, "a confirm that the bank declines")?;
        bo.finds_taken(&["A1"], 1, "ana's hold outlives a declined payment").await?;
        let again =
            ana.reserve(&["A1"], 1).await.expect_ok("ana's request sent again after a declined payment")?;
        ensure!(again == hold, "a request sent again is another hold", "{hold:?}", "{again:?}");
    }
    hall.expect_paid("ana", 0)?;
    hall.bank.model_mut().accept("ana");
    ana.confirm(&hold).await.expect_ok("ana's confirm once her bank agrees")?;
    hall.expect_paid("ana", 1)
}

/// A booking is final: it cannot be cancelled, and nothing is paid back.
#[requirement(stage = "confirm", level = acceptance, points = 2, schedules = 6)]
pub(crate) async fn a_booking_is_final(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    let booking = ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    expect_error(ana.cancel(&hold).await, CancelError::Booked, "a cancel of what is booked")?;
    bo.finds_taken(&["A1"], 1, "ana has booked A1").await?;
    let again = ana.confirm(&hold).await.expect_ok("ana's confirm after her cancel was refused")?;
    ensure!(again == booking, "a refused cancel changed the booking", "{booking:?}", "{again:?}");
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", 1)
}

/// Bo has read Ana's hold id over her shoulder. He can neither cancel her hold nor confirm it, neither at her cost nor at his,
/// and learns nothing from trying.
#[requirement(stage = "confirm", level = acceptance, points = 3, schedules = 6)]
pub(crate) async fn a_hold_is_its_holders_alone(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let hold = ana.holds(&["A1"], 1).await?;
    expect_error(bo.cancel(&hold).await, CancelError::NoSuchHold, "bo's cancel of ana's hold")?;
    expect_error(bo.confirm(&hold).await, ConfirmError::NoSuchHold, "bo's confirm of ana's hold")?;
    for id in ["no-such-hold", ""] {
        let answer = bo.office.cancel(id.to_owned()).await;
        expect_error(answer, CancelError::NoSuchHold, &format!("bo's cancel of the hold {id:?}"))?;
        let answer = bo.office.confirm(id.to_owned()).await;
        expect_error(answer, ConfirmError::NoSuchHold, &format!("bo's confirm of the hold {id:?}"))?;
    }
    hall.expect_paid("bo", 0)?;
    hall.expect_paid("ana", 0)?;
    ana.confirm(&hold).await.expect_ok("ana's confirm")?;
    hall.expect_paid("ana", 1)?;
    expect_error(bo.confirm(&hold).await, ConfirmError::NoSuchHold, "bo's confirm of ana's booking")?;
    expect_error(bo.cancel(&hold).await, CancelError::NoSuchHold, "bo's cancel of ana's booking")?;
    let hold = ana.holds(&["A2"], 2).await?;
    ana.cancel(&hold).await.expect_ok("ana's cancel")?;
    expect_error(bo.cancel(&hold).await, CancelError::NoSuchHold, "bo's cancel of what ana cancelled")?;
    expect_error(bo.confirm(&hold).await, ConfirmError::NoSuchHold, "bo's confirm of what ana cancelled")
}

/// Names are what they are, byte by byte: A1 and a1 are two seats, and events, seats and accounts may have a dash, a colon or a space
/// in their names, wherever that makes two of them look alike once they are put together. Each can be held and paid for.
#[requirement(stage = "confirm", level = acceptance, points = 2, schedules = 4)]
pub(crate) async fn names_are_what_they_are(dc: &Datacentre) -> Outcome {
    let hall = Hall::empty(dc, config()).await;
    let organiser = dc.client::<TicketBookingClient>(ORGANISER);
    let cases = seats(&["A1", "a1", "A1 ", "À1", "A\u{300}1"]);
    let glued = GLUE.map(|glue| format!("A{glue}1")).to_vec();
    let halls = GLUE.map(|glue| (format!("ball{glue}A"), seats(&["1"])));
    for (id, seats) in
        [("Ball".to_owned(), cases.clone()), ("ball".to_owned(), glued)].into_iter().chain(halls)
    {
        let event = Event { seats, ..event(&id) };
        insist(dc, || organiser.open_event(event.clone())).await.expect_ok(&format!("opening {id:?}"))?;
    }
    let mut wanted = Vec::new();
    for (request_id, seat) in (1..).zip(&cases) {
        wanted.push(("Ana".to_owned(), "Ball".to_owned(), seat.clone(), request_id));
    }
    // `ball:A:1` is both, and so is `ball:A:ana:1`.
    for (request_id, glue) in (1..).zip(GLUE) {
        wanted.push((format!("A{glue}ana"), "ball".to_owned(), format!("A{glue}1"), request_id));
        wanted.push(("ana".to_owned(), format!("ball{glue}A"), "1".to_owned(), request_id));
    }
    let mut ids = BTreeSet::new();
    for (buyer, event, seat, request_id) in wanted {
        let call = format!("the reserve of {seat:?} of {event:?} by {buyer:?}");
        let office = dc.client::<TicketBookingClient>(buyer.clone());
        let paid = hall.bank.model().paid(&buyer);
        let request = Reserve { event: event.clone(), seats: vec![seat], request_id };
        let hold = office.reserve(request.clone()).await.expect_ok(&call)?;
        ensure!(
            hold.event == event && hold.seats == request.seats && ids.insert(hold.id.clone()),
            "a hold is not what was asked for",
            "a hold of its own for {request:?}",
            "{hold:?}",
        );
        let booking =
            office.confirm(hold.id.clone()).await.expect_ok(&format!("the confirm after {call}"))?;
        let more = hall.bank.model().paid(&buyer) - paid;
        ensure!(
            booking.event == event && booking.seats == request.seats && more == PRICE,
            "a booking is not what was held",
            "a booking of {hold:?} for {PRICE} cents",
            "{booking:?} for {more} cents",
        );
    }
    Ok(())
}

/// The biggest event there may be, with the longest names, the highest price and as many seats in a hold as the contract allows, is
/// sold like any other; and so is the smallest.
#[requirement(stage = "confirm", level = acceptance, points = 2, schedules = 3)]
pub(crate) async fn the_biggest_event_is_sold(dc: &Datacentre) -> Outcome {
    const SEATS: usize = 1_000;
    const GROUP: usize = 32;
    const DEAR: u64 = 10_000_000;
    let config = Config { seats_per_event_max: SEATS as u32, seats_per_hold_max: GROUP as u32, ..config() };
    let hall = Hall::empty(dc, config).await;
    let organiser = dc.client::<TicketBookingClient>(ORGANISER);
    // 64 and 16 bytes.
    let names: Vec<String> = (0..SEATS).map(|seat| format!("Süd-{seat:011}")).collect();
    let stadium = Event { id: "ö".repeat(32), price_cents: DEAR, seats: names.clone(), ..event("") };
    let kiosk = Event { id: "k".to_owned(), price_cents: 1, seats: seats(&["1"]), ..event("") };
    for event in [&stadium, &kiosk] {
        let opened = insist(dc, || organiser.open_event(event.clone())).await;
        opened.expect_ok(&format!("opening an event of {} seats", event.seats.len()))?;
    }
    let (ana, bo, cy) = (hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy"));
    let seen = ana.office.view(stadium.id.clone()).await.expect_ok("ana's view")?;
    ensure!(seen == stadium, "an event is not what was opened", "all of its {SEATS} seats", "{seen:?}");
    let of = |event: &Event, seats: &[String]| Reserve {
        event: event.id.clone(),
        seats: seats.to_vec(),
        request_id: u64::MAX,
    };
    let answer = ana.office.reserve(of(&stadium, &names[..=GROUP])).await;
    expect_error(answer, ReserveError::InvalidSeats, "a reserve of 33 seats")?;
    let hold = ana.office.reserve(of(&stadium, &names[SEATS - GROUP..])).await;
    let hold = hold.expect_ok("ana's reserve of 32 seats")?;
    ensure!(
        hold.seats == names[SEATS - GROUP..] && hold.price_cents == DEAR * GROUP as u64,
        "a hold is not what was asked for",
        "the last 32 seats for 320000000 cents",
        "{hold:?}",
    );
    // Only the last of his is hers.
    let overlapping = SEATS - 2 * GROUP + 1..SEATS - GROUP + 1;
    let answer = bo.office.reserve(of(&stadium, &names[overlapping])).await;
    expect_error(answer, ReserveError::Taken, "bo's reserve of 32 seats, the last of which ana holds")?;
    let rest = cy.office.reserve(of(&stadium, &names[SEATS - 2 * GROUP..SEATS - GROUP])).await;
    rest.expect_ok("cy's reserve of 32 seats, most of which bo did not get")?;
    ana.books(&hold).await?;
    let paid = hall.bank.model().paid("ana");
    ensure!(paid == hold.price_cents, "ana has paid the wrong price", "320000000 cents", "{paid} cents");
    dc.sleep(hall.config.availability_lag).await;
    let free = insist(dc, || bo.office.availability(stadium.id.clone())).await;
    let free = free.expect_ok("availability of the stadium")?.free;
    ensure!(
        free == names[..SEATS - 2 * GROUP],
        "the wrong seats are shown as free",
        "all but the last 64",
        "{free:?}",
    );
    let hold =
        bo.office.reserve(of(&kiosk, &kiosk.seats)).await.expect_ok("bo's reserve of the only seat")?;
    bo.books(&hold).await?;
    let paid = hall.bank.model().paid("bo");
    ensure!(paid == 1, "bo has paid the wrong price", "1 cent", "{paid} cents");
    Ok(())
}
