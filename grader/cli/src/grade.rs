//! `kata grade`.

use crate::arguments::Grade as Wanted;
use crate::hosts::Children;
use crate::judging::{self, Stages};
use crate::progress::Progress;
use crate::session::requirement_of;
use crate::target::{self, Target};
use crate::watch::Snapshot;
use crate::{Exit, Problem, Session, build, receipt, repository, terminal, workspace};
use kata_check::{Grade, Judgement, Seconds, Verdict};
use kata_report::grade::Commands;
use kata_report::receipt::Kept;
use kata_runner::{BuildEvent, Limits};
use kata_sim::{Judge, Requirement, plan::Token};
use std::time::Instant;

/// Grades once, or whenever a file changes.
pub(crate) fn run(session: &Session<'_>, wanted: &Wanted) -> Result<Exit, Problem> {
    let target = target::find(session, wanted.target.as_deref())?;
    // Wrong options are told before anything is built.
    let task = Task::of(&target, wanted)?;
    if !wanted.watch {
        return grade(session, &target, wanted, &task);
    }
    loop {
        let before = Snapshot::take(&target.submission.folder)?;
        if let Err(problem) = grade(session, &target, wanted, &task) {
            terminal::note(&format!("kata: {problem}\n"));
        }
        terminal::note("\nwaiting for a change; Ctrl-C ends\n\n");
        before.wait_for_change(&target.submission.folder);
    }
}

/// What is judged.
enum Task<'a> {
    /// Requirements, by a seed.
    Judge(Vec<&'a Requirement>),
    /// One run of one requirement.
    Replay(&'a Requirement, Token),
}

impl<'a> Task<'a> {
    fn of(target: &Target<'a>, wanted: &Wanted) -> Result<Task<'a>, Problem> {
        let Some(token) = &wanted.replay else {
            return Ok(Task::Judge(judging::selected(target.kata, wanted)?));
        };
        let token: Token = token.parse().map_err(|error| Problem::usage(format!("{error}")))?;
        Ok(Task::Replay(requirement_of(target.kata, &token.requirement)?, token))
    }

    fn requirements(&self) -> &[&'a Requirement] {
        match self {
            Task::Judge(selected) => selected,
            Task::Replay(requirement, _) => std::slice::from_ref(requirement),
        }
    }

    fn seed(&self, wanted: &Wanted) -> u64 {
        match self {
            Task::Judge(_) => wanted.seed,
            Task::Replay(_, token) => token.seed,
        }
    }
}

fn grade(
    session: &Session<'_>,
    target: &Target<'_>,
    wanted: &Wanted,
    task: &Task<'_>,
) -> Result<Exit, Problem> {
    let suite = &target.kata.suite;
    let build = |options, observe: &mut dyn FnMut(BuildEvent<'_>)| {
        kata_runner::build(&target.submission, options, observe)
    };
    let built = build::with_progress(build, build::problem)?;
    let limits = if wanted.debug { Limits::none() } else { Limits::default() };
    let begun = Instant::now();
    let mut children = Children::start(&build::launch(built.executable, None, suite, limits)?, wanted.debug)?;
    if wanted.debug {
        wait_for_debugger(&children);
    }
    let requirements = judge(&mut children, wanted, task);
    let seconds = Seconds { build: built.took.as_secs_f64(), grade: begun.elapsed().as_secs_f64() };
    let seed = task.seed(wanted);
    let grade = Grade {
        kata: suite.kata.to_owned(),
        path: session.shown(&target.submission.folder),
        seed,
        contract: receipt::contract(suite),
        score: judging::score(&requirements),
        requirements,
        receipt: receipt::receipt(&target.submission, suite, task.requirements(), seed)?,
        seconds,
    };
    if let Task::Judge(_) = task {
        keep(target, &grade)?;
    }
    terminal::say(&if wanted.json {
        kata_report::json::grade(&grade)
    } else {
        kata_report::grade::grade(&grade, &commands(session, wanted), session.theme)
    });
    Ok(grade.verdict().into())
}

fn judge(children: &mut Children, wanted: &Wanted, task: &Task<'_>) -> Vec<Judgement> {
    match task {
        Task::Judge(selected) => {
            let bar = terminal::progress(selected.len() as u64);
            let stages = if wanted.all || wanted.json { Stages::All } else { Stages::UntilOneFails };
            let judgements = judging::judge(selected, children, wanted.seed, stages, |requirement| {
                bar.set_message(requirement.id);
                bar.inc(1);
            });
            bar.finish_and_clear();
            judgements
        }
        Task::Replay(requirement, token) => {
            vec![Judge::new(children, token.seed).replay(requirement, &token.plan)]
        }
    }
}

/// Records what passed and leaves a receipt, where there is a place for them.
fn keep(target: &Target<'_>, grade: &Grade) -> Result<(), Problem> {
    let Some(state) = workspace::state_around(&target.submission.folder)? else { return Ok(()) };
    let mut progress = Progress::load(&state)?;
    let record = progress.kata(&grade.kata);
    record.grades += 1;
    for judgement in &grade.requirements {
        match judgement.verdict {
            Verdict::Pass => record.judged(&judgement.id, true),
            Verdict::Fail => record.judged(&judgement.id, false),
            Verdict::Inconclusive | Verdict::Skipped => {}
        }
    }
    let path = state.join("receipts").join(format!("{}-{}.json", grade.kata, record.grades));
    crate::embedded::write(&path, kata_report::json::pretty(&Kept::of(grade)).as_bytes())?;
    progress.save(&state)
}

/// What to type next, as the reader would from here.
fn commands(session: &Session<'_>, wanted: &Wanted) -> Commands {
    let program = if repository::around(&session.here).is_some() { "cargo kata" } else { "kata" };
    let target = wanted.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
    Commands { grade: format!("{program} grade{target}"), hint: format!("{program} hint") }
}

/// Shows which process to attach to, and waits for Enter.
fn wait_for_debugger(children: &Children) {
    let processes: Vec<String> = children.process_ids().iter().map(u32::to_string).collect();
    terminal::note(&format!("attach a debugger to process {}, then press Enter\n", processes.join(", ")));
    let _ = std::io::stdin().read_line(&mut String::new());
}
