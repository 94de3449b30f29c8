//! Grades and histories that the tests of this crate render.

mod load;

pub(crate) use load::{measured, overloaded, too_slow, under_load};

use kata_check::recording::{Examination, Model, Options};
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
        bonus: false,
        earned,
        schedules,
        steps: schedules * 30,
        seconds: 0.05,
        measured: None,
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
    Grade {
        kata: "ticket-booking".to_owned(),
        path: "ticket-booking".to_owned(),
        seed: 7,
        contract: "00ab34cd56ef7890".to_owned(),
        score: Score::of(&requirements),
        requirements,
        receipt: Receipt([("submission".to_owned(), "9f2c".to_owned())].into()),
        seconds: Seconds { build: 0.61, grade: 0.42 },
    }
}

/// A register of which a read goes back to a value that was replaced.
pub(crate) const STALE_READ: &str = r#"{"process": "ana", "invoke": 0, "return": 10, "op": "write", "argument": 1}
{"process": "bo", "invoke": 12, "return": 20, "op": "write", "argument": 2}
{"process": "lost", "invoke": 13, "return": null, "op": "cas", "argument": [2, 3]}
{"process": "cy", "invoke": 15, "return": 18, "op": "read", "result": 2}
{"process": "dee", "invoke": 19, "return": 25, "op": "read", "result": 1}
"#;

/// What examining a history of a register comes to.
pub(crate) fn examination(text: &str) -> Examination {
    let lines = kata_check::recording::lines(text).expect("a history");
    Model::Register.examine(&lines, &Options::default()).expect("a history of a register")
}
