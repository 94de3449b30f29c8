//! Stage `races`: everybody at once.

use crate::hall::{Buyer, GIG, Hall, LATE, ORGANISER, PRICE, config, event, expect_error, insist, seats};
use futures_util::future::join_all;
use futures_util::join;
use kata::Answer;
use kata_check::{Complaint, Outcome, ensure};
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use ticket_booking::{
    Booking, CancelError, ConfirmError, Event, Hold, OpenEventError, ReserveError, TicketBookingClient,
};

/// How often buyers try again before one of them must have succeeded, as the contract says.
const TRIES: u64 = 5;

/// Tries to get seats until they are held, at most 5 times, with drawn pauses.
async fn tries_for(dc: &Datacentre, buyer: &Buyer<'_>, names: &[&str]) -> Result<Option<Hold>, Complaint> {
    for attempt in 1..=TRIES {
        match buyer.reserve(names, attempt).await {
            Answer::Ok(hold) => return Ok(Some(hold)),
            Answer::Refused(ReserveError::Taken | ReserveError::Failed(_)) => {}
            other => {
                return Err(Complaint::new(
                    format!("{}'s reserve of {} gets no answer", buyer.name, names.join(" ")),
                    "a hold, or Taken",
                    other.to_string(),
                ));
            }
        }
        let pause = 50 + dc.pick(&format!("{} pauses {attempt}", buyer.name), 450);
        dc.sleep(Duration::from_millis(pause)).await;
    }
    Ok(None)
}

/// Demands that no seat is in two of the holds, and that there is at least one.
fn expect_apart(holds: &[(&str, Hold)]) -> Outcome {
    ensure!(
        !holds.is_empty(),
        "nobody gets the seats",
        "one of the buyers holds them",
        "all were turned away"
    );
    for (index, (one, first)) in holds.iter().enumerate() {
        for (other, second) in &holds[index + 1..] {
            let shared = first.seats.iter().find(|seat| second.seats.contains(seat));
            if let Some(seat) = shared {
                return Err(Complaint::new(
                    format!("seat {seat} is held twice"),
                    format!("exactly one hold of {seat}"),
                    format!("{one}: {first:?}, {other}: {second:?}"),
                ));
            }
        }
    }
    Ok(())
}

/// Two people of the box office open an event of the same id at the same time, at different prices. One of them does, the other is told so,
/// and everybody sees the same event from then on.
#[requirement(stage = "races", level = concurrency, points = 2, schedules = 200)]
pub(crate) async fn one_id_one_event(dc: &Datacentre) -> Outcome {
    let hall = Hall::empty(dc, config()).await;
    let (one, other) = (event(GIG), Event { price_cents: PRICE + 1, ..event(GIG) });
    let (first, second) =
        (dc.client::<TicketBookingClient>(ORGANISER), dc.client::<TicketBookingClient>(ORGANISER));
    let opened = match join!(first.open_event(one.clone()), second.open_event(other.clone())) {
        (Answer::Ok(()), Answer::Refused(OpenEventError::Exists)) => one,
        (Answer::Refused(OpenEventError::Exists), Answer::Ok(())) => other,
        (one, other) => {
            return Err(Complaint::new(
                "two events of one id were not told apart",
                "Ok(()) for the one, Err(Exists) for the other",
                format!("{one} and {other}"),
            ));
        }
    };
    for node in [0, 1] {
        let seen = hall.buyer_at("ana", node).office.view(GIG.to_owned()).await.expect_ok("ana's view")?;
        ensure!(seen == opened, "an event is not what was opened", "{opened:?}", "{seen:?}");
    }
    let hold = hall.buyer("ana").holds(&["A1"], 1).await?;
    ensure!(
        hold.price_cents == opened.price_cents,
        "a hold has another event's price",
        "{opened:?}",
        "{hold:?}"
    );
    Ok(())
}

/// Three buyers race for one seat. Exactly one holds it, whatever the interleaving, and can pay for it.
#[requirement(stage = "races", level = concurrency, points = 3, schedules = 600)]
pub(crate) async fn one_seat_one_buyer(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let buyers = [hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy")];
    let answers = join_all(buyers.iter().map(|buyer| buyer.reserve(&["A1"], 1))).await;
    let mut holds: Vec<(&Buyer<'_>, Hold)> = Vec::new();
    for (buyer, answer) in buyers.iter().zip(answers) {
        match answer {
            Answer::Ok(hold) => holds.push((buyer, hold)),
            Answer::Refused(ReserveError::Taken | ReserveError::Failed(_)) => {}
            other => {
                let call = format!("{}'s reserve of A1", buyer.name);
                return Err(Complaint::new(
                    format!("{call} gets no answer"),
                    "Ok or Taken",
                    other.to_string(),
                ));
            }
        }
    }
    // They may have turned each other away; then ana, alone now, has her way.
    if holds.is_empty() {
        let hold =
            buyers[0].reserve(&["A1"], 2).await.expect_ok("ana's reserve after all were turned away")?;
        holds.push((&buyers[0], hold));
    }
    let named: Vec<(&str, Hold)> = holds.iter().map(|(buyer, hold)| (buyer.name, hold.clone())).collect();
    expect_apart(&named)?;
    for (buyer, hold) in &holds {
        buyer.confirm(hold).await.expect_ok(&format!("{}'s confirm", buyer.name))?;
        hall.expect_paid(buyer.name, 1)?;
    }
    Ok(())
}

/// Ana's first attempt still runs when she loses patience and sends her request again. Both answers are the same hold: she is not
/// turned away by herself.
#[requirement(stage = "races", level = concurrency, points = 3, schedules = 300)]
pub(crate) async fn an_impatient_retry_gets_the_same_hold(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, again) = (hall.buyer("ana"), hall.buyer("ana"));
    let (one, two) = join!(ana.reserve(&["A1", "A2"], 1), again.reserve(&["A1", "A2"], 1));
    let one = one.expect_ok("ana's reserve")?;
    let two = two.expect_ok("ana's reserve, sent again while the first attempt runs")?;
    ensure!(one == two, "a request sent again is another hold", "{one:?}", "{two:?}");
    ana.confirm(&one).await.expect_ok("ana's confirm")?;
    hall.expect_paid("ana", 2)
}

/// Three groups want two seats each, and every two of them share one. They try again when turned away. No seat is held twice,
/// nobody waits for ever, and one group gets its seats.
#[requirement(stage = "races", level = concurrency, points = 3, schedules = 400)]
pub(crate) async fn overlapping_groups_do_not_starve(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (ana, bo, cy) = (hall.buyer("ana"), hall.buyer("bo"), hall.buyer("cy"));
    let (one, two, three) = join!(
        tries_for(dc, &ana, &["A1", "A2"]),
        tries_for(dc, &bo, &["A2", "A3"]),
        tries_for(dc, &cy, &["A3", "A1"]),
    );
    let found = [("ana", one?), ("bo", two?), ("cy", three?)];
    let holds: Vec<(&str, Hold)> = found.into_iter().filter_map(|(name, hold)| Some((name, hold?))).collect();
    expect_apart(&holds)
}

/// Ana confirms on her phone and on her laptop at the same time. Both show the same booking, and she pays once.
#[requirement(stage = "races", level = concurrency, points = 3, schedules = 400)]
pub(crate) async fn confirming_at_the_same_time_books_once(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (phone, laptop) = (hall.buyer("ana"), hall.buyer("ana"));
    let hold = phone.holds(&["A1", "A2"], 1).await?;
    let (one, two) = join!(phone.confirm(&hold), laptop.confirm(&hold));
    let one = one.expect_ok("the confirm on ana's phone")?;
    let two = two.expect_ok("the confirm on ana's laptop")?;
    ensure!(one == two, "one hold became two bookings", "the same booking twice", "{one:?} and {two:?}");
    hall.expect_paid("ana", 2)
}

/// Ana cancels on her phone while her laptop confirms. One of them wins: a paid booking, or free seats and her money back.
#[requirement(stage = "races", level = concurrency, points = 4, schedules = 400)]
pub(crate) async fn cancel_and_confirm_have_one_winner(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (phone, laptop, bo) = (hall.buyer("ana"), hall.buyer("ana"), hall.buyer("bo"));
    let hold = phone.holds(&["A1"], 1).await?;
    let (cancelled, confirmed) = join!(phone.cancel(&hold), laptop.confirm(&hold));
    let booked = match (&cancelled, &confirmed) {
        (Answer::Ok(()), Answer::Refused(ConfirmError::Ended)) => false,
        (Answer::Refused(CancelError::Booked), Answer::Ok(_)) => true,
        _ => {
            return Err(Complaint::new(
                "a cancel and a confirm do not agree who won",
                "Ok(()) and Err(Ended), or Err(Booked) and Ok(booking)",
                format!("cancel: {cancelled}, confirm: {confirmed}"),
            ));
        }
    };
    if booked {
        bo.finds_taken(&["A1"], 1, "ana has booked A1").await?;
    } else {
        bo.reserve(&["A1"], 1).await.expect_ok("bo's reserve of what ana cancelled")?;
    }
    hall.sleep_until_paid_back(dc.now()).await;
    hall.expect_paid("ana", usize::from(booked))?;
    let learnt = laptop.learns(&hold).await?;
    ensure!(
        learnt.is_some() == booked,
        "who won changes afterwards",
        "booked: {booked}",
        "{learnt:?} when confirmed again",
    );
    ensure!(
        learnt.is_none_or(|booking| booking.seats == seats(&["A1"])),
        "a booking is not what was held",
        "A1",
        "other seats",
    );
    Ok(())
}

/// Ana's bank declines on her laptop and, twice, on her phone; then it changes its mind, and she books on the phone. Whatever
/// the laptop's confirm still does, and however late, her booking is hers, paid once, and final.
#[requirement(stage = "races", level = concurrency, points = 2, schedules = 800, sweep = late_effects)]
pub(crate) async fn a_decline_undoes_no_booking(dc: &Datacentre) -> Outcome {
    let hall = Hall::open(dc, config()).await?;
    let (phone, laptop, bo) = (hall.buyer("ana"), hall.buyer("ana"), hall.buyer("bo"));
    let hold = phone.holds(&["A1"], 1).await?;
    hall.bank.model_mut().decline("ana");
    let again_and_again = async {
        let declined = [phone.confirm(&hold).await, phone.confirm(&hold).await];
        hall.bank.model_mut().accept("ana");
        (declined, phone.confirm(&hold).await)
    };
    let ((declined, accepted), elsewhere) = join!(again_and_again, laptop.confirm(&hold));
    let answers = declined.into_iter().chain([accepted, elsewhere]);
    let mut told: Vec<Booking> = answers.filter_map(Answer::ok).collect();
    // Both may have asked for the payment before the bank changed its mind, and then both were declined.
    for _ in 0..3 {
        if told.is_empty() {
            told.extend(phone.insist_confirm(&hold).await.ok());
        }
    }
    let Some(booking) = told.first() else {
        return Err(Complaint::new("ana's hold cannot be booked once her bank agrees", "a booking", "none"));
    };
    ensure!(
        told.iter().all(|other| other == booking),
        "one hold became two bookings",
        "{booking:?}",
        "{told:?}"
    );
    dc.heal().await;
    dc.sleep(LATE).await;
    let cancelled = insist(dc, || laptop.cancel(&hold)).await;
    expect_error(cancelled, CancelError::Booked, "a cancel of what ana has booked")?;
    let learnt = phone.books(&hold).await?;
    ensure!(learnt == *booking, "a decline changed a booking", "{booking:?}", "{learnt:?}");
    bo.finds_taken(&["A1"], 1, "ana has booked A1").await?;
    hall.sleep_until_paid_back(hall.over(&hold)).await;
    hall.expect_paid("ana", 1)
}
