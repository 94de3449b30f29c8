//! `kata verify`: what a suite says of the reference, the stub, the alternatives and every fault.

use crate::Theme;
use crate::text::{count, pad, thousands, width};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a suite says of all variants of one kata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The kata's id.
    pub kata: String,
    /// Its requirements, in order.
    pub requirements: Vec<RequirementName>,
    /// The variants, in the order they are shown.
    pub variants: Vec<Variant>,
    /// What is not as it should be, with any seed.
    pub surprises: Vec<Surprise>,
    /// How many seeds were tried.
    pub runs: u64,
    /// How many of them held a surprise.
    pub surprising: u64,
}

/// A column of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementName {
    /// The requirement's id.
    pub id: String,
    /// The stage it belongs to.
    pub stage: String,
    /// Whether a right solution may miss it.
    pub bonus: bool,
}

/// One program that the suite judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name: `reference`, `stub`, or the stem of its file.
    pub id: String,
    /// What it is.
    pub role: Role,
    /// The requirements that it failed, in order.
    pub failed: Vec<Failed>,
    /// The bonuses that it missed, in order.
    pub missed: Vec<Failed>,
    /// The requirements that could not be judged.
    pub inconclusive: Vec<String>,
    /// Native requirements that the machine was too busy to judge a right solution by. They stand in the matrix as if passed:
    /// what is on record must not depend on what else a machine has to do.
    pub undecided: Vec<String>,
    /// The requirements that it was not judged by.
    pub untried: Vec<String>,
}

/// A requirement that a variant failed, or a bonus that it missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The requirement's id.
    pub requirement: String,
    /// What was wrong, as the learner would read it.
    pub why: String,
}

impl Variant {
    /// True if it failed this requirement.
    pub fn fails(&self, requirement: &str) -> bool {
        self.failed.iter().any(|failed| failed.requirement == requirement)
    }

    /// True if it missed this bonus.
    pub fn misses(&self, requirement: &str) -> bool {
        self.missed.iter().any(|missed| missed.requirement == requirement)
    }

    /// True if it passed every requirement, bonuses apart.
    pub fn passes_all(&self) -> bool {
        self.failed.is_empty() && self.inconclusive.is_empty()
    }
}

/// What a variant is, and so what a suite should say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// The right solution: passes everything and misses no bonus.
    Reference,
    /// What a learner starts with: passes nothing.
    Stub,
    /// A right solution of another design: passes everything, but may miss a bonus.
    Alternative,
    /// A plausible wrong solution.
    Fault {
        /// The requirement that must catch it.
        caught_by: String,
    },
}

/// Something that a suite should not have said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Surprise {
    /// The reference failed a requirement, or missed a bonus.
    ReferenceFails {
        /// Which.
        requirement: String,
        /// What was wrong, as the learner would read it.
        why: String,
    },
    /// The stub passed a requirement.
    StubPasses {
        /// Which.
        requirement: String,
    },
    /// A right solution of another design failed a requirement.
    AlternativeFails {
        /// The alternative.
        id: String,
        /// Which requirement.
        requirement: String,
        /// What was wrong, as the learner would read it.
        why: String,
    },
    /// A fault passed everything.
    FaultSlipsThrough {
        /// The fault.
        id: String,
        /// What should have caught it.
        caught_by: String,
    },
    /// A fault was caught, but not by the requirement it names.
    CaughtByAnother {
        /// The fault.
        id: String,
        /// What should have caught it.
        caught_by: String,
        /// What did.
        failed: Vec<String>,
    },
    /// No fault names a requirement, or no right solution misses a bonus: nothing shows that it demands anything.
    Unproven {
        /// Which.
        requirement: String,
        /// Whether it is a bonus.
        bonus: bool,
    },
    /// A requirement could not be judged.
    Inconclusive {
        /// The variant.
        id: String,
        /// The requirement.
        requirement: String,
    },
    /// A requirement that nothing can meet was met: the harness is dead.
    CanaryPasses,
    /// The matrix, or what the reference measures, is not as on record.
    NotAsRecorded {
        /// Which of them.
        what: &'static str,
        /// Where the record stands.
        golden: String,
    },
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Surprise::ReferenceFails { requirement, why } => {
                write!(f, "the reference fails {requirement}: {why}")
            }
            Surprise::StubPasses { requirement } => {
                write!(f, "the stub passes {requirement}, which therefore demands nothing")
            }
            Surprise::AlternativeFails { id, requirement, why } => {
                write!(f, "{id} is a right solution and fails {requirement}: {why}")
            }
            Surprise::FaultSlipsThrough { id, caught_by } => {
                write!(f, "{id} slips through; {caught_by} should catch it")
            }
            Surprise::CaughtByAnother { id, caught_by, failed } => {
                write!(f, "{id} passes {caught_by}, which should catch it; it fails {}", failed.join(", "))
            }
            Surprise::Unproven { requirement, bonus: false } => {
                write!(f, "no fault names {requirement}, so nothing shows that it catches anything; add one")
            }
            Surprise::Unproven { requirement, bonus: true } => {
                write!(
                    f,
                    "no alternative misses {requirement}, so nothing shows that it is a bonus; add one, or demand it"
                )
            }
            Surprise::Inconclusive { id, requirement } => {
                write!(f, "{requirement} is inconclusive on {id}; run it again on a quieter machine")
            }
            Surprise::CanaryPasses => {
                f.write_str("a requirement that nothing can meet was met; the harness judges nothing")
            }
            Surprise::NotAsRecorded { what, golden } => {
                write!(f, "{what} differs from {golden}; if that is right, record it with --bless")
            }
        }
    }
}

/// The matrix of one kata: a row for each variant, a column for each requirement, stages apart. This is what
/// golden files hold.
pub fn matrix(verification: &Verification, theme: Theme) -> String {
    let names = verification.variants.iter().map(|variant| width(&variant.id)).max().unwrap_or_default();
    let requirements = count(verification.requirements.len() as u64, "requirement");
    let mut text = format!("{}  {requirements}\n", theme.strong(&verification.kata));
    for variant in &verification.variants {
        text += &row(verification, variant, names, theme);
    }
    let mut legend =
        "  · passes   ✘ fails   ◆ fails the requirement that should catch it   ? inconclusive".to_owned();
    if verification.variants.iter().any(|variant| !variant.missed.is_empty()) {
        legend += "   ○ misses a bonus";
    }
    if verification.variants.iter().any(|variant| !variant.untried.is_empty()) {
        legend += "   - not tried";
    }
    text += &format!("{}\n\n", theme.faint(&legend));
    for stage in verification.requirements.chunk_by(|one, next| one.stage == next.stage) {
        let ids: Vec<&str> = stage.iter().map(|requirement| requirement.id.as_str()).collect();
        text += &format!("  {}: {}\n", stage[0].stage, ids.join(", "));
    }
    text
}

fn row(verification: &Verification, variant: &Variant, names: usize, theme: Theme) -> String {
    let mut cells = String::new();
    for (position, requirement) in verification.requirements.iter().enumerate() {
        if position > 0 && verification.requirements[position - 1].stage != requirement.stage {
            cells.push(' ');
        }
        cells.push(cell(variant, &requirement.id));
    }
    let is_right = is_as_it_should_be(variant, verification.requirements.len());
    let mark = if is_right { theme.good("✔") } else { theme.bad("✘") };
    let role = match &variant.role {
        Role::Reference | Role::Stub => String::new(),
        Role::Alternative => "  right, of another design".to_owned(),
        Role::Fault { caught_by } => format!("  {caught_by}"),
    };
    format!("  {mark} {}  {cells}{}\n", pad(&variant.id, names), theme.faint(&role))
}

/// What one requirement says of one variant, as a single sign.
fn cell(variant: &Variant, requirement: &str) -> char {
    match &variant.role {
        _ if variant.untried.iter().any(|id| id == requirement) => '-',
        _ if variant.inconclusive.iter().any(|id| id == requirement) => '?',
        Role::Fault { caught_by } if caught_by == requirement && variant.fails(requirement) => '◆',
        _ if variant.fails(requirement) => '✘',
        _ if variant.misses(requirement) => '○',
        _ => '·',
    }
}

/// Reads a [`matrix`] back: which requirements each variant fails. Lines that are no rows of it are left out.
pub fn failures(matrix: &str) -> BTreeMap<String, BTreeSet<String>> {
    let stages = matrix.lines().skip_while(|line| !line.is_empty());
    let requirements: Vec<&str> =
        stages.filter_map(|line| line.split_once(": ")).flat_map(|(_, ids)| ids.split(", ")).collect();
    let mut failures = BTreeMap::new();
    for line in matrix.lines().take_while(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let (Some("✔" | "✘"), Some(variant)) = (words.next(), words.next()) else { continue };
        // What catches a fault stands behind the last cell.
        let cells = words.flat_map(str::chars);
        let failed = requirements.iter().zip(cells).filter(|(_, cell)| matches!(cell, '✘' | '◆'));
        failures.insert(variant.to_owned(), failed.map(|(id, _)| (*id).to_owned()).collect());
    }
    failures
}

/// True if nothing about this variant is a surprise.
fn is_as_it_should_be(variant: &Variant, requirements: usize) -> bool {
    match &variant.role {
        Role::Reference => variant.passes_all() && variant.missed.is_empty(),
        Role::Alternative => variant.passes_all(),
        Role::Stub => variant.failed.len() + variant.missed.len() == requirements,
        Role::Fault { caught_by } => variant.fails(caught_by),
    }
}

/// What is not as it should be, one line each; or that everything is.
pub fn surprises(verification: &Verification, theme: Theme) -> String {
    if verification.surprises.is_empty() {
        return format!("  {}\n", theme.good("no surprises"));
    }
    verification.surprises.iter().map(|surprise| format!("  {} {surprise}\n", theme.bad("✘"))).collect()
}

/// What the machine was too busy to tell, one line each; nothing if it told everything.
pub fn undecided(verification: &Verification, theme: Theme) -> String {
    let lines = verification.variants.iter().flat_map(|variant| {
        variant.undecided.iter().map(|requirement| {
            let line = format!(
                "{requirement} did not tell anything of {}, on a machine as busy as this",
                variant.id
            );
            format!("  {}\n", theme.faint(&line))
        })
    });
    lines.collect()
}

/// How often something surprised, where more than one seed was tried.
pub fn flake_rate(verification: &Verification, theme: Theme) -> String {
    if verification.runs < 2 {
        return String::new();
    }
    let rate = format!("{} of {} seeds surprised", verification.surprising, thousands(verification.runs));
    format!("  {}\n", if verification.surprising == 0 { theme.good(&rate) } else { theme.bad(&rate) })
}

/// `kata verify --json`: one object per kata.
pub fn json(verifications: &[Verification]) -> String {
    crate::json::pretty(&verifications.iter().map(VerificationObject::new).collect::<Vec<_>>())
}

#[derive(Serialize)]
struct VerificationObject<'a> {
    kata: &'a str,
    reference: Passed,
    stub: PassedAny,
    alternatives: Vec<AlternativeObject<'a>>,
    faults: Vec<FaultObject<'a>>,
    surprises: Vec<String>,
    runs: u64,
    surprising: u64,
}

#[derive(Serialize)]
struct Passed {
    passed: bool,
}

#[derive(Serialize)]
struct PassedAny {
    passed_any: bool,
}

#[derive(Serialize)]
struct AlternativeObject<'a> {
    id: &'a str,
    passed: bool,
}

#[derive(Serialize)]
struct FaultObject<'a> {
    id: &'a str,
    caught_by: &'a str,
    failed: Vec<&'a str>,
    caught: bool,
}

impl<'a> VerificationObject<'a> {
    fn new(verification: &'a Verification) -> VerificationObject<'a> {
        let requirements = verification.requirements.len();
        let mut object = VerificationObject {
            kata: &verification.kata,
            reference: Passed { passed: false },
            stub: PassedAny { passed_any: false },
            alternatives: Vec::new(),
            faults: Vec::new(),
            surprises: verification.surprises.iter().map(Surprise::to_string).collect(),
            runs: verification.runs,
            surprising: verification.surprising,
        };
        for variant in &verification.variants {
            let passed = variant.passes_all();
            match &variant.role {
                Role::Reference => object.reference.passed = passed,
                Role::Stub => {
                    let judged = variant.failed.len() + variant.missed.len() + variant.inconclusive.len();
                    object.stub.passed_any = judged < requirements;
                }
                Role::Alternative => object.alternatives.push(AlternativeObject { id: &variant.id, passed }),
                Role::Fault { caught_by } => object.faults.push(FaultObject {
                    id: &variant.id,
                    caught_by,
                    failed: variant.failed.iter().map(|failed| failed.requirement.as_str()).collect(),
                    caught: variant.fails(caught_by),
                }),
            }
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn variant(id: &str, role: Role, failed: &[&str]) -> Variant {
        let failed = own(failed)
            .into_iter()
            .map(|requirement| Failed { requirement, why: "seat A1 was sold twice".to_owned() })
            .collect();
        let (missed, inconclusive, undecided, untried) = Default::default();
        Variant { id: id.to_owned(), role, failed, missed, inconclusive, undecided, untried }
    }

    fn fault(id: &str, caught_by: &str, failed: &[&str]) -> Variant {
        variant(id, Role::Fault { caught_by: caught_by.to_owned() }, failed)
    }

    fn verification() -> Verification {
        let all = ["holds_a_seat", "all_or_none", "one_seat_one_buyer"];
        let stages = ["reserve", "reserve", "races"];
        let requirements = all
            .iter()
            .zip(stages)
            .map(|(id, stage)| RequirementName {
                id: (*id).to_owned(),
                stage: stage.to_owned(),
                bonus: false,
            })
            .collect();
        Verification {
            kata: "ticket-booking".to_owned(),
            requirements,
            variants: vec![
                variant("reference", Role::Reference, &[]),
                variant("stub", Role::Stub, &all),
                variant("row_per_seat", Role::Alternative, &[]),
                fault("always_refuses", "holds_a_seat", &["holds_a_seat", "all_or_none"]),
                Variant {
                    untried: own(&["holds_a_seat"]),
                    ..fault("check_then_insert", "one_seat_one_buyer", &["all_or_none"])
                },
            ],
            surprises: vec![Surprise::CaughtByAnother {
                id: "check_then_insert".to_owned(),
                caught_by: "one_seat_one_buyer".to_owned(),
                failed: own(&["all_or_none"]),
            }],
            runs: 1,
            surprising: 1,
        }
    }

    #[test]
    fn the_matrix_marks_the_declared_requirement() {
        insta::assert_snapshot!(matrix(&verification(), Theme::PLAIN));
    }

    #[test]
    fn a_missed_bonus_is_no_failure() {
        let mut verification = verification();
        verification.requirements[2].bonus = true;
        let stub = &mut verification.variants[1];
        stub.missed = stub.failed.split_off(2);
        verification.variants[2].missed = verification.variants[1].missed.clone();
        let told = matrix(&verification, Theme::PLAIN);
        assert_eq!(told.matches('○').count(), 3, "{told}");
        assert!(told.contains("✔ row_per_seat") && told.contains("✔ stub"), "{told}");
        assert!(failures(&told)["row_per_seat"].is_empty());
    }

    #[test]
    fn a_matrix_reads_back() {
        let told = failures(&matrix(&verification(), Theme::PLAIN));
        let mut expected = BTreeMap::new();
        for variant in verification().variants {
            let failed = variant.failed.into_iter().map(|failed| failed.requirement).collect();
            expected.insert(variant.id, failed);
        }
        assert_eq!(told, expected);
    }

    #[test]
    fn what_a_busy_machine_left_open_is_told_and_changes_nothing_else() {
        let (quiet, mut busy) = (verification(), verification());
        busy.variants[0].undecided = own(&["one_seat_one_buyer"]);
        assert_eq!(matrix(&busy, Theme::PLAIN), matrix(&quiet, Theme::PLAIN));
        assert_eq!(json(std::slice::from_ref(&busy)), json(std::slice::from_ref(&quiet)));
        assert_eq!(undecided(&quiet, Theme::PLAIN), "");
        let told = "  one_seat_one_buyer did not tell anything of reference, on a machine as busy as this\n";
        assert_eq!(undecided(&busy, Theme::PLAIN), told);
    }

    #[test]
    fn surprises_say_what_should_have_happened() {
        insta::assert_snapshot!(surprises(&verification(), Theme::PLAIN));
    }

    #[test]
    fn the_flake_rate_shows_where_there_is_one() {
        let one = verification();
        let many = Verification { runs: 10_000, surprising: 0, ..verification() };
        assert_eq!(flake_rate(&one, Theme::PLAIN), "");
        assert_eq!(flake_rate(&many, Theme::PLAIN), "  0 of 10,000 seeds surprised\n");
    }

    #[test]
    fn json_has_the_documented_keys() {
        insta::assert_snapshot!(json(&[verification()]));
    }
}
