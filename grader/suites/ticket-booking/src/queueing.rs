//! Stage `waiting-room`: more people than the box office can serve, let in one after the other.

use crate::hall::{Buyer, GIG, GLUE, Hall, MOMENT, config, event, expect_error, insist, wants};
use futures_util::future::join_all;
use futures_util::join;
use kata_check::{Complaint, Outcome, ensure};
use kata_ports::Time;
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use ticket_booking::{Config, JoinError, Place, Reserve, ReserveError, TicketBookingClient, WaitingRoom};

/// A box office with a waiting room.
fn with_room(admit: u32, every_s: u64) -> (Config, WaitingRoom) {
    let room = WaitingRoom { admit, every: Duration::from_secs(every_s) };
    (Config { waiting_room: Some(room), ..config() }, room)
}

/// Who is admitted, asked from the last to the first: who came earlier is asked later, so that nobody is admitted in between
/// who should not have been before them.
async fn admitted(dc: &Datacentre, queue: &[&Buyer<'_>]) -> Result<Vec<bool>, Complaint> {
    let mut found = Vec::new();
    for buyer in queue.iter().rev() {
        let place = insist(dc, || buyer.join()).await.expect_ok(&format!("{}'s join", buyer.name))?;
        found.push(place == Place::Admitted);
    }
    found.reverse();
    Ok(found)
}

/// Demands that whoever is admitted has nobody waiting before them, except in their own rank: those of one rank joined at the
/// same time.
fn expect_order(queue: &[&Buyer<'_>], ranks: &[u32], admitted: &[bool]) -> Outcome {
    for (late, (&rank, _)) in ranks.iter().zip(admitted).enumerate().filter(|(_, (_, admitted))| **admitted) {
        let overtaken = (0..ranks.len()).find(|&early| ranks[early] < rank && !admitted[early]);
        if let Some(early) = overtaken {
            let (first, second) = (queue[early].name, queue[late].name);
            return Err(Complaint::new(
                format!("{second} was admitted before {first}"),
                format!("{first} first: that join had ended when {second} joined"),
                format!("{second}: Admitted, {first}: Waiting"),
            ));
        }
    }
    Ok(())
}

/// Demands that no more are admitted than may be since `began`.
fn expect_rate(room: WaitingRoom, began: Time, now: Time, admitted: &[bool]) -> Outcome {
    let secs = now.since(began).as_secs_f64();
    let spans = secs / room.every.as_secs_f64() + 2.0;
    let (count, most) = (admitted.iter().filter(|&&is| is).count(), f64::from(room.admit) * spans);
    ensure!(
        count as f64 <= most,
        "the waiting room lets too many in",
        "at most {most:.1} admitted after {secs:.1} s",
        "{count}",
    );
    Ok(())
}

/// Demands that everybody who was admitted still is.
fn expect_to_stay(queue: &[&Buyer<'_>], told: &[bool], admitted: &[bool]) -> Outcome {
    for (buyer, (&before, &now)) in queue.iter().zip(told.iter().zip(admitted)) {
        let name = buyer.name;
        ensure!(
            now || !before,
            "{name} was admitted and is not any more",
            "{name}: Admitted",
            "{name}: Waiting"
        );
    }
    Ok(())
}

/// Without a place, or with one far behind, nobody reserves; whoever is admitted does. Not too many are admitted at once, and all
/// are in the end. Each event has a queue of its own.
#[requirement(stage = "waiting-room", level = acceptance, points = 3, schedules = 6)]
pub(crate) async fn only_the_admitted_reserve(dc: &Datacentre) -> Outcome {
    let (config, room) = with_room(1, 10);
    let hall = Hall::open(dc, config).await?;
    hall.put_on_sale("gala").await?;
    let names = ["ana", "bo", "cy", "dee"].map(|name| hall.buyer(name));
    let queue: Vec<&Buyer<'_>> = names.iter().collect();
    let answer = queue[0].reserve(&["A1"], 1).await;
    expect_error(answer, ReserveError::NotAdmitted, "a reserve of somebody who never joined")?;
    let answer = queue[0].office.join("opera".to_owned()).await;
    expect_error(answer, JoinError::NoSuchEvent, "a join of no event")?;
    let began = dc.now();
    for buyer in &queue {
        buyer.join().await.expect_ok(&format!("{}'s join", buyer.name))?;
    }
    let now_in = admitted(dc, &queue).await?;
    expect_rate(room, began, dc.now(), &now_in)?;
    let last = queue[3];
    ensure!(!now_in[3], "the last of four is admitted at once", "dee: Waiting", "Admitted");
    let answer = last.reserve(&["A4"], 1).await;
    expect_error(answer, ReserveError::NotAdmitted, "a reserve of somebody who waits")?;
    // The last has three others before them.
    dc.sleep_until(dc.now() + room.every * 4).await;
    for (buyer, seat) in queue.iter().zip(["A1", "A2", "A3", "A4"]) {
        let place = buyer.join().await.expect_ok(&format!("{}'s join", buyer.name))?;
        let name = buyer.name;
        ensure!(
            place == Place::Admitted,
            "{name} waits for too long",
            "{name} is admitted within 40 s",
            "{place:?}",
        );
        buyer
            .reserve(&[seat], 2)
            .await
            .expect_ok(&format!("the reserve of {}, who is admitted", buyer.name))?;
    }
    let gala = Reserve { event: "gala".to_owned(), ..wants(&["A1"], 3) };
    let answer = queue[0].office.reserve(gala).await;
    expect_error(answer, ReserveError::NotAdmitted, "a reserve for an event that one has not queued for")?;
    let seen = queue[0].office.view(GIG.to_owned()).await.expect_ok("a view, which needs no place")?;
    ensure!(seen == event(GIG), "an event changed", "what was opened", "{seen:?}");
    Ok(())
}

/// Ana, on her phone and on her laptop, and Bo join at the same time, then Cy, then Dee, through whichever node. Nobody is admitted
/// before somebody who came earlier, however often they ask, and who was told to be admitted is.
#[requirement(stage = "waiting-room", level = concurrency, points = 2, schedules = 200)]
pub(crate) async fn who_joins_first_is_admitted_first(dc: &Datacentre) -> Outcome {
    let (config, room) = with_room(1, 5);
    let hall = Hall::open(dc, config).await?;
    let names = ["ana", "bo", "cy", "dee"].map(|name| hall.buyer(name));
    let queue: Vec<&Buyer<'_>> = names.iter().collect();
    let began = dc.now();
    let laptop = hall.buyer("ana");
    let (one, again, two) = join!(queue[0].join(), laptop.join(), queue[1].join());
    let (one, again) = (one.expect_ok("ana's join")?, again.expect_ok("ana's join on her laptop")?);
    let mut told =
        vec![[one, again].contains(&Place::Admitted), two.expect_ok("bo's join")? == Place::Admitted];
    told.resize(queue.len(), false);
    for buyer in &queue[2..] {
        buyer.join().await.expect_ok(&format!("{}'s join", buyer.name))?;
    }
    for _ in 0..4 {
        let now_in = admitted(dc, &queue).await?;
        expect_order(&queue, &[0, 0, 1, 2], &now_in)?;
        expect_rate(room, began, dc.now(), &now_in)?;
        expect_to_stay(&queue, &told, &now_in)?;
        told = now_in;
        dc.sleep(room.every).await;
    }
    // Before dee there are four joins: ana's count twice.
    dc.sleep(room.every + MOMENT).await;
    let now_in = admitted(dc, &queue).await?;
    ensure!(!now_in.contains(&false), "somebody waits for too long", "all admitted after 25 s", "{now_in:?}");
    Ok(())
}

/// Ana, then Bo, join in a storm, asking again while there is no answer. Neither loses the place, nor gets a worse one by asking.
#[requirement(
    stage = "waiting-room", level = faults, points = 2, schedules = 4,
    sweep = [crashes, lost_answers, late_effects]
)]
pub(crate) async fn a_place_survives_any_storm(dc: &Datacentre) -> Outcome {
    let (config, room) = with_room(1, 5);
    let hall = Hall::open(dc, config).await?;
    let (ana, bo) = (hall.buyer("ana"), hall.buyer("bo"));
    let queue = [&ana, &bo];
    let began = dc.now();
    for buyer in queue {
        insist(dc, || buyer.join()).await.expect_ok(&format!("{}'s join", buyer.name))?;
    }
    dc.heal().await;
    for _ in 0..3 {
        let now_in = admitted(dc, &queue).await?;
        expect_order(&queue, &[0, 1], &now_in)?;
        expect_rate(room, began, dc.now(), &now_in)?;
        dc.sleep(room.every).await;
    }
    dc.sleep(crate::hall::LATE).await;
    let now_in = admitted(dc, &queue).await?;
    ensure!(!now_in.contains(&false), "somebody waits for too long", "both admitted", "{now_in:?}");
    for (buyer, seat) in queue.into_iter().zip(["A1", "A2"]) {
        buyer.holds(&[seat], 1).await?;
    }
    Ok(())
}

/// Nobody came for an hour, then six come at once. They are let in one by one all the same: what was not used is not saved up.
#[requirement(stage = "waiting-room", level = acceptance, points = 2, schedules = 6)]
pub(crate) async fn after_a_lull_they_come_one_by_one(dc: &Datacentre) -> Outcome {
    let (config, room) = with_room(1, 10);
    let hour = Duration::from_secs(3_600);
    let hall = Hall::open(dc, Config { grace: hour, refund_within: hour, ..config }).await?;
    hall.buyer("ana").join().await.expect_ok("ana's join")?;
    dc.sleep(hour).await;
    let names = ["bo", "cy", "dee", "eve", "fay", "gil"].map(|name| hall.buyer(name));
    let queue: Vec<&Buyer<'_>> = names.iter().collect();
    let began = dc.now();
    for (buyer, joined) in queue.iter().zip(join_all(queue.iter().map(|buyer| buyer.join())).await) {
        joined.expect_ok(&format!("{}'s join", buyer.name))?;
    }
    for _ in 0..3 {
        let now_in = admitted(dc, &queue).await?;
        expect_rate(room, began, dc.now(), &now_in)?;
        dc.sleep(room.every).await;
    }
    // Each of them has ana and five others before.
    dc.sleep(room.every * 4 + MOMENT).await;
    let now_in = admitted(dc, &queue).await?;
    ensure!(!now_in.contains(&false), "somebody waits for too long", "all admitted after 70 s", "{now_in:?}");
    Ok(())
}

/// Many wait for the gig. Ana is the only one to join each of some other events, so she is the next there, though the names of an event
/// and an account, put together, may look like those of others. A day later she may still reserve.
#[requirement(stage = "waiting-room", level = acceptance, points = 2, schedules = 3)]
pub(crate) async fn each_event_has_a_queue_of_its_own(dc: &Datacentre) -> Outcome {
    let (config, room) = with_room(1, 10);
    let hour = Duration::from_secs(3_600);
    let hall = Hall::open(dc, Config { grace: hour, refund_within: hour, ..config }).await?;
    let ana = hall.buyer("ana");
    let events = GLUE.map(|glue| format!("{GIG}{glue}A"));
    for event in &events {
        hall.put_on_sale(event).await?;
    }
    // `gig:A:ana` is both `A:ana` at the gig and `ana` at `gig:A`.
    for glue in GLUE {
        let name = format!("A{glue}ana");
        let office = dc.client::<TicketBookingClient>(name.clone());
        office.join(GIG.to_owned()).await.expect_ok(&format!("the join of {name:?}"))?;
    }
    for event in &events {
        ana.office.join(event.clone()).await.expect_ok(&format!("ana's join of {event:?}"))?;
    }
    dc.sleep(room.every + MOMENT).await;
    for (number, event) in (1..).zip(&events) {
        let place = ana.office.join(event.clone()).await.expect_ok(&format!("ana's join of {event:?}"))?;
        ensure!(
            place == Place::Admitted,
            "ana waits for too long, with nobody before her in the queue of {event:?}",
            "admitted within 10 s",
            "{place:?}",
        );
        let request = Reserve { event: event.clone(), ..wants(&["A1"], number) };
        ana.office.reserve(request).await.expect_ok(&format!("ana's reserve of A1 of {event:?}"))?;
    }
    dc.sleep(25 * hour).await;
    for (number, event) in (11..).zip(&events) {
        // Without another join.
        let request = Reserve { event: event.clone(), ..wants(&["A2"], number) };
        ana.office
            .reserve(request)
            .await
            .expect_ok(&format!("ana's reserve of A2 of {event:?}, a day later"))?;
    }
    Ok(())
}
