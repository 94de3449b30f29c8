//! `kata show`.

use crate::registry::Kata;
use crate::{Exit, Problem, Session};
use kata_report::show;
use kata_sim::Requirement;

/// Shows the brief of a kata, or the story of a requirement.
pub(crate) fn run(session: &Session<'_>, what: &[String], json: bool) -> Result<Exit, Problem> {
    match session.named(what)? {
        (kata, Some(requirement)) => {
            let page = requirement_page(kata, requirement)?;
            session.answer(json, &page, || show::requirement(&page, session.theme));
        }
        (kata, None) => {
            let page = kata_page(kata)?;
            session.answer(json, &page, || show::kata(&page, session.theme));
        }
    }
    Ok(Exit::Passed)
}

fn kata_page(kata: &Kata) -> Result<show::Kata, Problem> {
    let mut stages = Vec::new();
    for stage in &kata.suite.stages {
        let of_stage = kata.suite.requirements.iter().filter(|requirement| requirement.stage == stage.id);
        stages.push(show::Stage {
            id: stage.id.to_owned(),
            story: stage.story.to_owned(),
            requirements: of_stage
                .map(|requirement| requirement_page(kata, requirement))
                .collect::<Result<_, _>>()?,
        });
    }
    Ok(show::Kata { kata: kata.id().to_owned(), brief: kata.brief().to_owned(), stages })
}

fn requirement_page(kata: &Kata, requirement: &Requirement) -> Result<show::Requirement, Problem> {
    Ok(show::Requirement {
        id: requirement.id.to_owned(),
        kata: kata.id().to_owned(),
        stage: requirement.stage.to_owned(),
        level: requirement.level.to_string(),
        points: requirement.points,
        bonus: requirement.bonus,
        story: requirement.story.to_owned(),
        hints: kata.hints()?.get(requirement.id).map_or(0, |hints| hints.len() as u64),
    })
}
