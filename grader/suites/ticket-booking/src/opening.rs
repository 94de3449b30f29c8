//! Stage `opening`: the organiser puts an event on sale, and everybody can look at it.

use crate::hall::{GIG, Hall, ORGANISER, PRICE, config, event, expect_error, insist, seats};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use ticket_booking::{
    AvailabilityError, Event, JoinError, OpenEventError, Place, ReserveError, TicketBookingClient, ViewError,
};

/// The organiser opens an event, twice because the first answer might have been lost. Everybody sees it, through whichever
/// node, with all its seats free, in the order of the event. It cannot be opened anew with another price, title or order of seats.
#[requirement(stage = "opening", level = acceptance, points = 2, schedules = 6)]
pub(crate) async fn an_event_is_seen_as_it_was_opened(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (organiser, ana) = (dc.client::<TicketBookingClient>(ORGANISER), hall.buyer("ana"));
    organiser.open_event(event(GIG)).await.expect_ok("opening the same event again")?;
    for (what, other) in [
        ("at another price", Event { price_cents: PRICE + 1, ..event(GIG) }),
        ("with another title", Event { title: "The Quiet Hours, unplugged".to_owned(), ..event(GIG) }),
        ("with its seats in another order", Event { seats: seats(&["A2", "A1", "A3", "A4"]), ..event(GIG) }),
    ] {
        let answer = organiser.open_event(other).await;
        expect_error(answer, OpenEventError::Exists, &format!("opening an event of the same id {what}"))?;
    }
    let answer = ana.office.open_event(event(GIG)).await;
    expect_error(answer, OpenEventError::NotAllowed, "opening the same event again as a buyer")?;
    let seen = ana.office.view(GIG.to_owned()).await.expect_ok("ana's view")?;
    let opened = event(GIG);
    let all = &opened.seats;
    ensure!(seen == opened, "an event is not what was opened", "{opened:?}", "{seen:?}");
    let free = ana.sees_free().await?;
    ensure!(free == *all, "seats of a new event are not free", "{all:?}", "{free:?}");
    // From the stage to the back, as the organiser has it.
    let club = Event { seats: seats(&["B2", "B10", "A1", "b1"]), ..event("club") };
    insist(dc, || organiser.open_event(club.clone())).await.expect_ok("opening the club")?;
    let seen = ana.office.view(club.id.clone()).await.expect_ok("ana's view of the club")?;
    ensure!(seen == club, "an event is not what was opened", "{club:?}", "{seen:?}");
    let free = ana.office.availability(club.id.clone()).await.expect_ok("availability of the club")?.free;
    ensure!(
        free == club.seats,
        "free seats are not shown in the order of the event",
        "B2, B10, A1, b1",
        "{free:?}",
    );
    for (what, id) in [("no event", "opera"), ("an event without an id", "")] {
        let answer = ana.office.view(id.to_owned()).await;
        expect_error(answer, ViewError::NoSuchEvent, &format!("a view of {what}"))?;
        let answer = ana.office.availability(id.to_owned()).await;
        expect_error(answer, AvailabilityError::NoSuchEvent, &format!("availability of {what}"))?;
        let answer = ana.office.join(id.to_owned()).await;
        expect_error(answer, JoinError::NoSuchEvent, &format!("a join of {what}"))?;
    }
    let place = ana.join().await.expect_ok("ana's join")?;
    ensure!(place == Place::Admitted, "there is no waiting room, and ana waits", "Admitted", "{place:?}");
    Ok(())
}

/// Buyers cannot put events on sale, and events that break the rules (no seats, one of them twice, too many, no name, no
/// price) are on nobody's sale. Once a sound one is, everybody finds it, also who has looked for it too early.
#[requirement(stage = "opening", level = acceptance, points = 2, schedules = 4)]
pub(crate) async fn only_the_organiser_opens_sound_events(dc: &Datacentre) -> Outcome {
    let hall = Hall::empty(dc, config()).await;
    let organiser = dc.client::<TicketBookingClient>(ORGANISER);
    for name in ["ana", "Hall", "hall-2", ""] {
        let answer = dc.client::<TicketBookingClient>(name).open_event(event(GIG)).await;
        expect_error(answer, OpenEventError::NotAllowed, &format!("opening an event as {name:?}"))?;
    }
    let too_many = (0..=config().seats_per_event_max).map(|seat| format!("A{seat}")).collect();
    let unsound = [
        ("no seats", Event { seats: Vec::new(), ..event(GIG) }),
        ("a seat twice", Event { seats: seats(&["A1", "A2", "A1"]), ..event(GIG) }),
        ("too many seats", Event { seats: too_many, ..event(GIG) }),
        ("a seat without a name", Event { seats: seats(&["A1", ""]), ..event(GIG) }),
        ("a long name of a seat", Event { seats: vec!["A".repeat(17)], ..event(GIG) }),
        ("a short name of a seat that has 18 bytes", Event { seats: vec!["ä".repeat(9)], ..event(GIG) }),
        ("no price", Event { price_cents: 0, ..event(GIG) }),
        ("too high a price", Event { price_cents: 10_000_001, ..event(GIG) }),
        ("no id", Event { id: String::new(), ..event(GIG) }),
        ("a long id", Event { id: "g".repeat(65), ..event(GIG) }),
        ("a short id that has 66 bytes", Event { id: "ä".repeat(33), ..event(GIG) }),
    ];
    for (what, event) in unsound {
        let answer = organiser.open_event(event).await;
        expect_error(answer, OpenEventError::Invalid, &format!("opening an event with {what}"))?;
    }
    let everywhere = [hall.buyer_at("ana", 0), hall.buyer_at("ana", 1)];
    for ana in &everywhere {
        let answer = ana.office.view(GIG.to_owned()).await;
        expect_error(answer, ViewError::NoSuchEvent, "a view of an event that was refused")?;
        let answer = ana.office.availability(GIG.to_owned()).await;
        expect_error(answer, AvailabilityError::NoSuchEvent, "availability of an event that was refused")?;
        let answer = ana.reserve(&["A1"], 1).await;
        expect_error(answer, ReserveError::NoSuchEvent, "a reserve of an event that was refused")?;
    }
    insist(dc, || organiser.open_event(event(GIG))).await.expect_ok("opening a sound event")?;
    for ana in &everywhere {
        ana.office.view(GIG.to_owned()).await.expect_ok("a view of an event that was opened meanwhile")?;
        ana.sees_free().await?;
    }
    everywhere[0].reserve(&["A1"], 1).await.expect_ok("a reserve of an event that was opened meanwhile")?;
    Ok(())
}
