//! Grades and histories that the tests of this crate render.

use kata_check::{
    Counterexample, Grade, History, Judgement, Level, Line, LineKind, Receipt, Score, Seconds, Verdict,
};

pub(crate) fn line(at_us: u64, kind: LineKind, from: &str, to: &str, what: &str, outcome: &str) -> Line {
    let own = str::to_owned;
    Line { at_us, kind, from: own(from), to: own(to), what: own(what), outcome: own(outcome) }
}

/// Two buyers, one seat, and a solution that looks before it leaps.
pub(crate) fn seat_race() -> Vec<Line> {
    vec![
        line(10, LineKind::Call, "ana", "node-1", "reserve A1", ""),
        line(420, LineKind::Request, "node-1", "table", "get seats/A1", "free"),
        line(500, LineKind::Call, "bo", "node-2", "reserve A1", ""),
        line(740, LineKind::Request, "node-2", "table", "get seats/A1", "free"),
        line(910, LineKind::Request, "node-1", "table", "put seats/A1", "held by ana"),
        line(990, LineKind::Request, "node-2", "table", "put seats/A1", "held by bo"),
        line(1300, LineKind::Return, "node-1", "ana", "Ok(hold 1)", ""),
        line(1410, LineKind::Return, "node-2", "bo", "Ok(hold 2)", ""),
    ]
}

pub(crate) fn judged(id: &str, stage: &str, verdict: Verdict) -> Judgement {
    let earned = if verdict == Verdict::Pass { 10 } else { 0 };
    let schedules = if verdict == Verdict::Skipped { 0 } else { 500 };
    Judgement {
        id: id.to_owned(),
        stage: stage.to_owned(),
        level: Level::Concurrency,
        verdict,
        points: 10,
        earned,
        schedules,
        steps: schedules * 30,
        seconds: 0.05,
        counterexample: None,
    }
}

pub(crate) fn oversold() -> Judgement {
    let mut judgement = judged("one_seat_one_buyer", "races", Verdict::Fail);
    judgement.schedules = 41;
    judgement.counterexample = Some(Counterexample {
        summary: "seat A1 was sold twice".to_owned(),
        expected: "exactly one reservation of A1".to_owned(),
        observed: "ana: Ok(hold 1), bo: Ok(hold 2)".to_owned(),
        found_at: "schedule 41 of 2000".to_owned(),
        history: History(seat_race()),
        replay: "tb-7-3f9a".to_owned(),
    });
    judgement
}

pub(crate) fn grade(requirements: Vec<Judgement>) -> Grade {
    let sum = |points: fn(&Judgement) -> u32| requirements.iter().map(points).sum();
    Grade {
        kata: "ticket-booking".to_owned(),
        path: "ticket-booking".to_owned(),
        seed: 7,
        contract: "00ab34cd56ef7890".to_owned(),
        score: Score {
            earned: sum(|judgement| judgement.earned),
            possible: sum(|judgement| judgement.points),
        },
        requirements,
        receipt: Receipt([("submission".to_owned(), "9f2c".to_owned())].into()),
        seconds: Seconds { build: 0.61, grade: 0.42 },
    }
}
