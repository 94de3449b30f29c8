//! Stage `opening`: the organiser puts an event on sale, and everybody can look at it.

use crate::hall::{GIG, Hall, ORGANISER, PRICE, config, event, expect_error, insist, seats};
use kata_check::{Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use ticket_booking::{AvailabilityError, Event, OpenEventError, TicketBookingClient, ViewError};

/// The organiser opens an event, twice because the first answer might have been lost. Everybody sees it, through whichever
/// node, with all its seats free. It cannot be opened anew with another price.
#[requirement(stage = "opening", level = acceptance, points = 2, schedules = 6)]
pub(crate) async fn an_event_is_seen_as_it_was_opened(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (organiser, ana) = (dc.client::<TicketBookingClient>(ORGANISER), hall.buyer("ana"));
    organiser.open_event(event(GIG)).await.expect_ok("opening the same event again")?;
    let dearer = Event { price_cents: PRICE + 1, ..event(GIG) };
    let answer = organiser.open_event(dearer).await;
    expect_error(answer, OpenEventError::Exists, "opening another event of the same id")?;
    let seen = ana.office.view(GIG.to_owned()).await.expect_ok("ana's view")?;
    let opened = event(GIG);
    let all = &opened.seats;
    ensure!(seen == opened, "an event is not what was opened", "{opened:?}", "{seen:?}");
    let free = ana.sees_free().await?;
    ensure!(free == *all, "seats of a new event are not free", "{all:?}", "{free:?}");
    expect_error(ana.office.view("opera".to_owned()).await, ViewError::NoSuchEvent, "a view of no event")?;
    let answer = ana.office.availability("opera".to_owned()).await;
    expect_error(answer, AvailabilityError::NoSuchEvent, "availability of no event")
}

/// Buyers cannot put events on sale, and events that break the rules (no seats, one of them twice, too many, no name, no
/// price) are on nobody's sale.
#[requirement(stage = "opening", level = acceptance, points = 2, schedules = 4)]
pub(crate) async fn only_the_organiser_opens_sound_events(dc: &Datacentre) -> Outcome {
    let hall = Hall::empty(dc, config()).await;
    let (organiser, ana) = (dc.client::<TicketBookingClient>(ORGANISER), hall.buyer("ana"));
    let answer = ana.office.open_event(event(GIG)).await;
    expect_error(answer, OpenEventError::NotAllowed, "opening an event as a buyer")?;
    let too_many = (0..=config().seats_per_event_max).map(|seat| format!("A{seat}")).collect();
    let unsound = [
        ("no seats", Event { seats: Vec::new(), ..event(GIG) }),
        ("a seat twice", Event { seats: seats(&["A1", "A2", "A1"]), ..event(GIG) }),
        ("too many seats", Event { seats: too_many, ..event(GIG) }),
        ("a seat without a name", Event { seats: seats(&["A1", ""]), ..event(GIG) }),
        ("a long name of a seat", Event { seats: vec!["A".repeat(17)], ..event(GIG) }),
        ("no price", Event { price_cents: 0, ..event(GIG) }),
        ("no id", Event { id: String::new(), ..event(GIG) }),
        ("a long id", Event { id: "g".repeat(65), ..event(GIG) }),
    ];
    for (what, event) in unsound {
        let answer = organiser.open_event(event).await;
        expect_error(answer, OpenEventError::Invalid, &format!("opening an event with {what}"))?;
    }
    let answer = ana.office.view(GIG.to_owned()).await;
    expect_error(answer, ViewError::NoSuchEvent, "a view of an event that was refused")?;
    insist(dc, || organiser.open_event(event(GIG))).await.expect_ok("opening a sound event")
}
