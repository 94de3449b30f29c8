//! `kata grade`.

use crate::arguments::Grade as Wanted;
use crate::files::replace;
use crate::hosts::Children;
use crate::judging::{self, Judging, Stages, judge_one, workers};
use crate::last::LastGrade;
use crate::progress::Progress;
use crate::receipt::Tools;
use crate::session::requirement_of;
use crate::target::{self, Target};
use crate::watch::Snapshot;
use crate::workspace::Workspace;
use crate::{
    Exit, Problem, Session, build, gitignore, integration, receipt, repository, terminal, workspace,
};
use kata_check::{Grade, Judgement, Level, Score, Seconds, Verdict};
use kata_report::grade::Commands;
use kata_report::receipt::Kept;
use kata_runner::{BuildEvent, Launch, Limits};
use kata_sim::plan::{Plan, Token};
use kata_sim::{Judge, Requirement};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Grades once, or whenever a file changes.
pub(crate) fn run(session: &Session<'_>, wanted: &Wanted) -> Result<Exit, Problem> {
    let target = target::find(session, wanted.target.as_deref())?;
    // Wrong options are told before anything is built.
    let task = Task::of(&target, wanted)?;
    if task.requirements().iter().any(|requirement| integration::needs_services(requirement))
        && let Some(done) = integration::instead(session)
    {
        return done;
    }
    if !wanted.watch {
        return once(session, &target, wanted, &task);
    }
    loop {
        let before = Snapshot::take(&target.submission.folder)?;
        if let Err(problem) = once(session, &target, wanted, &task) {
            terminal::note(&format!("kata: {problem}\n"));
        }
        terminal::note("\nwaiting for a change; Ctrl-C ends\n\n");
        before.wait_for_change(&target.submission.folder);
    }
}

/// What is judged.
pub(crate) enum Task<'a> {
    /// Requirements, by a seed.
    Judge(Vec<&'a Requirement>),
    /// One run of one requirement.
    Replay(&'a Requirement, Token),
}

impl<'a> Task<'a> {
    pub(crate) fn of(target: &Target<'a>, wanted: &Wanted) -> Result<Task<'a>, Problem> {
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

/// Grades once and prints the result.
fn once(
    session: &Session<'_>,
    target: &Target<'_>,
    wanted: &Wanted,
    task: &Task<'_>,
) -> Result<Exit, Problem> {
    let grade = grade(session, target, wanted, task)?;
    terminal::say(&if wanted.json {
        kata_report::json::grade(&grade)
    } else {
        let commands = commands(session, wanted.target.as_deref());
        kata_report::grade::grade(&grade, &commands, session.theme)
    });
    // What was asked for and not judged did not pass.
    let is_skipped = |judgement: &Judgement| {
        judgement.level == Level::Integration && judgement.verdict == Verdict::Skipped
    };
    Ok(match Exit::from(grade.verdict()) {
        Exit::Passed if grade.requirements.iter().any(is_skipped) => Exit::Inconclusive,
        exit => exit,
    })
}

/// Builds a solution, judges it and keeps the grade where there is a place for it.
pub(crate) fn grade(
    session: &Session<'_>,
    target: &Target<'_>,
    wanted: &Wanted,
    task: &Task<'_>,
) -> Result<Grade, Problem> {
    let folder = &target.submission.folder;
    let state = workspace::state_around(folder)?;
    let last = state.as_ref().and_then(|state| LastGrade::load(state, target.kata.id()));
    let grade = graded(session, target, wanted, task, last)?;
    if let (Task::Judge(_), Some(state)) = (task, state) {
        if let Some(workspace) = Workspace::around(folder)? {
            gitignore::amend(&workspace.root)?;
        }
        keep(&state, &grade)?;
        LastGrade { folder: folder.clone(), grade: grade.clone() }.save(&state)?;
    }
    Ok(grade)
}

/// Builds a solution and judges it. What the last grade failed comes first.
pub(crate) fn graded(
    session: &Session<'_>,
    target: &Target<'_>,
    wanted: &Wanted,
    task: &Task<'_>,
    last: Option<LastGrade>,
) -> Result<Grade, Problem> {
    let (suite, folder) = (&target.kata.suite, &target.submission.folder);
    let seed = task.seed(wanted);
    let build = |options, observe: &mut dyn FnMut(BuildEvent<'_>)| {
        kata_runner::build(&target.submission, options, observe)
    };
    let tools = Tools::identify();
    let built = build::with_progress(suite, build, build::problem)?;
    let tools = tools.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let receipt = receipt::receipt(tools, &target.submission, suite, task.requirements(), seed)?;
    let failed_runs = last.map(|last| last.failed_runs(folder, &receipt)).unwrap_or_default();
    let limits = if wanted.debug { Limits::none() } else { Limits::default() };
    let launch = build::launch(built.executable, None, suite, limits)?;
    let begun = Instant::now();
    let requirements = judge(session, &launch, wanted, task, failed_runs)?;
    let seconds = Seconds { build: built.took.as_secs_f64(), grade: begun.elapsed().as_secs_f64() };
    Ok(Grade {
        kata: suite.kata.to_owned(),
        path: session.shown(folder),
        seed,
        contract: receipt::contract(suite),
        score: Score::of(&requirements),
        requirements,
        receipt,
        seconds,
    })
}

/// Judges what needs no services, then what does.
fn judge(
    session: &Session<'_>,
    launch: &Launch,
    wanted: &Wanted,
    task: &Task<'_>,
    failed_runs: BTreeMap<String, Plan>,
) -> Result<Vec<Judgement>, Problem> {
    let Task::Judge(selected) = task else { return simulate(launch, wanted, task, failed_runs) };
    let (real, simulated): (Vec<&Requirement>, Vec<&Requirement>) =
        selected.iter().partition(|requirement| integration::needs_services(requirement));
    let mut judgements = match simulated.is_empty() {
        true => Vec::new(),
        false => simulate(launch, wanted, &Task::Judge(simulated), failed_runs)?,
    };
    judgements.extend(integration::judge(session, &wanted.services, launch, &real, wanted.seed)?);
    Ok(judgements)
}

fn simulate(
    launch: &Launch,
    wanted: &Wanted,
    task: &Task<'_>,
    failed_runs: BTreeMap<String, Plan>,
) -> Result<Vec<Judgement>, Problem> {
    match task {
        Task::Judge(selected) if !wanted.debug => {
            let bar = terminal::progress(selected.len() as u64);
            let stages = if wanted.all || wanted.json { Stages::All } else { Stages::UntilOneFails };
            let workers = workers(wanted.workers);
            let judging = Judging { launch, seed: wanted.seed, stages, workers, failed_runs };
            let judgements = judging.judge(selected, |requirement| {
                bar.set_message(requirement.id);
                bar.inc(1);
            });
            bar.finish_and_clear();
            judgements
        }
        Task::Judge(selected) => {
            let mut children = debugged(launch)?;
            let judge = |requirement: &&Requirement| {
                judge_one(&mut children, wanted.seed, requirement, failed_runs.get(requirement.id))
            };
            Ok(selected.iter().map(judge).collect())
        }
        Task::Replay(requirement, token) => {
            let mut children = if wanted.debug { debugged(launch)? } else { Children::start(launch)? };
            Ok(vec![Judge::new(&mut children, token.seed).replay(requirement, &token.plan)])
        }
    }
}

/// Records what passed and leaves a receipt.
fn keep(state: &Path, grade: &Grade) -> Result<(), Problem> {
    let mut progress = Progress::load(state)?;
    let record = progress.kata(&grade.kata);
    record.grades += 1;
    for judgement in &grade.requirements {
        match judgement.verdict {
            Verdict::Pass => record.judged(&judgement.id, true),
            Verdict::Fail | Verdict::Missed => record.judged(&judgement.id, false),
            Verdict::Inconclusive | Verdict::Skipped => {}
        }
    }
    let path = state.join("receipts").join(format!("{}-{}.json", grade.kata, record.grades));
    replace(&path, kata_report::json::pretty(&Kept::of(grade)).as_bytes())?;
    progress.save(state)
}

/// What to type next, as the reader would from here.
pub(crate) fn commands(session: &Session<'_>, target: Option<&str>) -> Commands {
    let program = if repository::around(&session.here).is_some() { "cargo kata" } else { "kata" };
    let target = target.map(|target| format!(" {target}")).unwrap_or_default();
    Commands { grade: format!("{program} grade{target}"), hint: format!("{program} hint") }
}

/// One process, to which a debugger has been attached.
fn debugged(launch: &Launch) -> Result<Children, Problem> {
    let children = Children::start_one(launch)?;
    let processes: Vec<String> = children.process_ids().iter().map(u32::to_string).collect();
    terminal::note(&format!("attach a debugger to process {}, then press Enter\n", processes.join(", ")));
    let _ = std::io::stdin().read_line(&mut String::new());
    Ok(children)
}
