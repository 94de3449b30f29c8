//! Stage `waiting-room`: more people than the box office can serve, let in one after the other.

use crate::hall::{Buyer, GIG, Hall, MOMENT, config, event, expect_error, insist, wants};
use futures_util::join;
use kata_check::{Complaint, Outcome, ensure};
use kata_ports::Time;
use kata_sim::{Datacentre, Expect, requirement};
use std::time::Duration;
use ticket_booking::{Config, JoinError, Place, Reserve, ReserveError, WaitingRoom};

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

/// Ana and Bo join at the same time, then Cy, then Dee, through whichever node. Nobody is admitted before somebody who came
/// earlier, however often they ask.
#[requirement(stage = "waiting-room", level = concurrency, points = 2, schedules = 200)]
pub(crate) async fn who_joins_first_is_admitted_first(dc: &Datacentre) -> Outcome {
    let (config, room) = with_room(1, 5);
    let hall = Hall::open(dc, config).await?;
    let names = ["ana", "bo", "cy", "dee"].map(|name| hall.buyer(name));
    let queue: Vec<&Buyer<'_>> = names.iter().collect();
    let began = dc.now();
    let (one, two) = join!(queue[0].join(), queue[1].join());
    one.expect_ok("ana's join")?;
    two.expect_ok("bo's join")?;
    for buyer in &queue[2..] {
        buyer.join().await.expect_ok(&format!("{}'s join", buyer.name))?;
    }
    for _ in 0..3 {
        let now_in = admitted(dc, &queue).await?;
        expect_order(&queue, &[0, 0, 1, 2], &now_in)?;
        expect_rate(room, began, dc.now(), &now_in)?;
        dc.sleep(room.every).await;
    }
    dc.sleep(room.every + MOMENT).await;
    let now_in = admitted(dc, &queue).await?;
    ensure!(!now_in.contains(&false), "somebody waits for too long", "all admitted after 20 s", "{now_in:?}");
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
